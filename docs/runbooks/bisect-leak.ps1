#requires -Version 7.4
#requires -Modules HandlePool, @{ ModuleName = 'Pester'; ModuleVersion = '5.7' }
<#
.SYNOPSIS
    Finds the commit that brought a leak: git halves the commits, and a Pester suite judges each one.
.DESCRIPTION
    The commits are checked out in a folder of their own, so the working tree stays as it is. A commit is bad if an assertion of the suite
    fails, good if all tests pass, and skipped if the suite cannot judge it, for example because the code does not build.
.PARAMETER Suite
    The suite. Its parameter Build gets the folder of the commit. It is the same file for all commits, whatever they have of it.
.PARAMETER Good
    A commit that does not leak.
.PARAMETER Bad
    A later commit that does. HEAD by default.
.PARAMETER Repository
    The folder of the repository. The current location by default.
.OUTPUTS
    The first commit that is bad, with the message of the assertion, and the commits that were judged.
#>
[CmdletBinding()]
param(
    [Parameter(Mandatory)] [string] $Suite,
    [Parameter(Mandatory)] [string] $Good,
    [string] $Bad = 'HEAD',
    [string] $Repository = '.'
)

function Invoke-Git([string] $Folder, [string[]] $Arguments) {
    $output = & git -C $Folder @Arguments 2>&1
    if ($LASTEXITCODE) { throw "git $Arguments failed: $output" }
    $output | Where-Object { $_ -is [string] }
}

# A name such as HEAD~2 means another commit in the folder of the commits, and yet another one after each checkout.
function Resolve-Commit([string] $Parameter, [string] $Revision) {
    $hash = & git -C $Repository rev-parse --verify "$Revision^{commit}" 2>&1
    if ($LASTEXITCODE) { throw "-$Parameter '$Revision' is no commit of the repository: $hash" }
    "$(@($hash)[-1])"
}

# Judges a commit in a runspace of its own, so that nothing is left of the code of the one before.
function Test-Commit([string] $Folder) {
    $shell = [powershell]::Create()
    try {
        $null = $shell.AddScript({
                param($modules, $suite, $folder)
                Import-Module $modules
                $configuration = New-PesterConfiguration
                $configuration.Run.Container = New-PesterContainer -Path $suite -Data @{ Build = $folder }
                $configuration.Run.PassThru = $true
                $configuration.Output.Verbosity = 'None'
                Invoke-Pester -Configuration $configuration
            }).AddArgument((Get-Module HandlePool, Pester).Path).AddArgument($suitePath).AddArgument($Folder)
        $run = $shell.Invoke()[-1]
        $failures = @($run.Failed.ErrorRecord).Where({ $_.FullyQualifiedErrorId -eq 'PesterAssertionFailed' })
        $isWhole = $run.PassedCount -gt 0 -and -not ($run.FailedCount + $run.FailedBlocksCount + $run.FailedContainersCount)
        [pscustomobject]@{
            Commit  = Invoke-Git $Folder 'rev-parse', '--short', 'HEAD'
            Verdict = $failures ? 'bad' : $isWhole ? 'good' : 'skip'
            Message = $failures ? "$($failures[0])" : $null
        }
    }
    finally { $shell.Dispose() }
}

$suitePath = (Resolve-Path -LiteralPath $Suite -ErrorAction Stop).ProviderPath
$badCommit = Resolve-Commit Bad $Bad
$goodCommit = Resolve-Commit Good $Good
$work = Join-Path ([IO.Path]::GetTempPath()) "bisect-$([guid]::NewGuid())"
$null = Invoke-Git $Repository 'worktree', 'add', '--quiet', '--detach', $work, $badCommit
try {
    $null = Invoke-Git $work 'bisect', 'start', $badCommit, $goodCommit, '--'
    $judged = [Collections.Generic.List[object]]::new()
    do {
        $judged.Add((Test-Commit $work))
        Write-Verbose "$($judged[-1].Commit) is $($judged[-1].Verdict)"

        $answer = & git -C $work bisect $judged[-1].Verdict 2>&1
        $isStuck = $LASTEXITCODE -ne 0
        $log = Invoke-Git $work 'bisect', 'log'
        if ($log -match '^# only skipped commits left') { throw 'No verdict: the suite can judge none of the commits that are left. Use a suite that builds them.' }
        if ($isStuck) { throw "git cannot go on after commit $($judged[-1].Commit), which is $($judged[-1].Verdict): $answer" }
    } until ($log -match '^# first bad commit')

    # The last one is taken to be bad, without a look.
    $null = Invoke-Git $work 'checkout', '--quiet', '--detach', 'refs/bisect/bad'
    # Only NUL is in no author and no subject.
    $about = Invoke-Git $work 'log', '-1', '--no-show-signature', '--no-color', '--format=%h%x00%an%x00%aI%x00%s', 'refs/bisect/bad'
    $commit, $author, $date, $subject = $about -join ' ' -split "`0", 4
    if ($commit -notin $judged.Commit) { $judged.Add((Test-Commit $work)) }
    [pscustomobject]@{
        Commit  = $commit
        Author  = $author
        Date    = $date -as [datetimeoffset]
        Subject = $subject
        Message = $judged.Where({ $_.Commit -eq $commit }).Message
        Judged  = $judged
    }
}
finally {
    $null = & git -C $work bisect reset 2>&1
    $null = Invoke-Git $Repository 'worktree', 'remove', '--force', $work
}
