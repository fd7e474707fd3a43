#requires -Version 7.4

<#
.SYNOPSIS
    Builds, tests and shows HandlePool.
.DESCRIPTION
    Build   compiles the module into ./bin; afterwards Import-Module ./HandlePool.psd1 works. The default.
    Test    builds, runs the library's tests (xunit) and the cmdlets' (Pester), and counts both.
    Bench   builds, and prints the latency table of all allocators and each target with what was measured: some minutes.
    Demo    builds, and runs docs/examples/demo.ps1 on a dump as devices write it.
    Pack    builds, and packs the module into ./out as a .nupkg for Install-PSResource.
    Help    turns the pages in docs/en-US into ./en-US, which Get-Help reads. For those who edit the pages; needs PlatyPS 1.0.
    Conform boots Linux in QEMU, drives its binder driver, and compares what it did with the model. Linux only; it says what it needs.
    Clean   deletes what the other tasks made, except ./en-US, which is under version control.

    All but Help need the .NET 10 SDK and NuGet, and no network once the packages are restored.

    Part of Test is a model of the rules, with which random sequences of operations are compared: 1,000,000 operations, the same ones each
    time. Another part reads 200,000 damaged files, eight threads call every cmdlet, and exports are killed. -Long makes it 100,000,000
    operations, 10,000,000 files, ten minutes of calls and 100 kills, some hours in all, and -Seed makes them others.
.PARAMETER Task
    Build, Test, Bench, Demo, Pack, Help, Conform or Clean.
.PARAMETER Long
    Test and Conform. Test: 100,000,000 operations against the model, 10,000,000 damaged files, ten minutes of eight threads, and 100 kills.
    Overrides HANDLEPOOL_TEST_OPERATIONS, HANDLEPOOL_TEST_INPUTS, HANDLEPOOL_TEST_MINUTES and HANDLEPOOL_TEST_KILLS. Conform: 200 random
    scenarios on each kernel, which can take an hour.
.PARAMETER Seed
    Test and Conform: the seed of the random operations and files, or of the random scenarios, 0 or more. Overrides HANDLEPOOL_TEST_SEED. A failure
    names the seed that leads to it.
.PARAMETER Kernel
    Conform only: a bootable kernel for x64, such as /boot/vmlinuz, instead of Debian's 6.1, 6.12 and newest.
.PARAMETER Modules
    Conform only: the folder of that kernel's modules, which have binder_linux. Without it, the driver must be part of the kernel.
.PARAMETER Driver
    Conform only: the rules that the driver of -Kernel follows: C, whose handles come from a bitmap, or CTree, which scans a tree. Without it, those
    of the kernel's version, which are wrong where a change of the driver was ported back.
.PARAMETER Measure
    Conform only: measures how the round trip of a node grows with the number of live nodes, instead of comparing.
.PARAMETER Keep
    Conform only: a new or empty folder for what the guests wrote (rows, dumps, traces, measured times) and the steps of each scenario.
.EXAMPLE
    ./build.ps1 Test
.EXAMPLE
    ./build.ps1 Test -Long -Seed 7
.EXAMPLE
    ./build.ps1 Conform -Kernel /boot/vmlinuz -Modules "/lib/modules/$(uname -r)"
#>
[CmdletBinding()]
param(
    [Parameter(Position = 0)]
    [ValidateSet('Build', 'Test', 'Bench', 'Demo', 'Pack', 'Help', 'Conform', 'Clean')]
    [string] $Task = 'Build',

    [switch] $Long,

    [ValidateRange(0, [int]::MaxValue)]
    [int] $Seed,

    # An empty variable must not boot Debian's kernels instead.
    [ValidateNotNullOrEmpty()]
    [string] $Kernel,

    [ValidateNotNullOrEmpty()]
    [string] $Modules,

    [ValidateSet('C', 'CTree')]
    [string] $Driver,

    [switch] $Measure,

    [ValidateNotNullOrEmpty()]
    [string] $Keep
)

Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
$PSNativeCommandUseErrorActionPreference = $false
$env:DOTNET_CLI_UI_LANGUAGE = 'en'
$env:DOTNET_NOLOGO = '1'
$root = $PSScriptRoot
$isSeedGiven = $PSBoundParameters.ContainsKey('Seed')
if ($Task -notin 'Test', 'Conform' -and ($Long -or $isSeedGiven)) { throw "-Long and -Seed are for the tasks Test and Conform, not for $Task." }
if ($Task -ne 'Conform' -and ($Kernel -or $Modules -or $Driver -or $Measure -or $Keep)) { throw "-Kernel, -Modules, -Driver, -Measure and -Keep are for the task Conform, not for $Task." }
Import-Module "$root/tests/Engine.psm1"

# Says what is missing before anything fails for want of it.
function Assert-Ready {
    if (-not (Get-Command dotnet -CommandType Application -ErrorAction Ignore)) {
        throw "There is no 'dotnet' on PATH. Install the .NET SDK 10 or later: https://dotnet.microsoft.com/download"
    }

    Push-Location -LiteralPath $root
    try { $version = & dotnet --version 2>$null }
    finally { Pop-Location }
    if (-not $version) {
        throw "'dotnet' has no SDK that can build this. Install the .NET SDK 10 or later: https://dotnet.microsoft.com/download"
    }

    $probe = Join-Path $root ".writable-$([guid]::NewGuid())"
    try { [IO.File]::Create($probe).Dispose() }
    catch { throw "$root cannot be written to, and a build writes there. Copy the checkout to a folder that can be." }
    finally { [IO.File]::Delete($probe) }
}

function Invoke-Native([string] $Command, [string[]] $Arguments) {
    & $Command @Arguments | Out-Host
    if ($LASTEXITCODE -ne 0) { throw "$Command $($Arguments -join ' ') failed with exit code $LASTEXITCODE." }
}

function Restore-Package([string] $Project) {
    & dotnet restore "$root/$Project" --verbosity quiet | Out-Host
    if ($LASTEXITCODE -ne 0) {
        throw "The packages of $Project could not be restored. Connect to NuGet once (a proxy: HTTPS_PROXY; a mirror: nuget.config), and run this again."
    }
}

# Published beside ./bin and moved there as a whole, so that a build that fails or is stopped leaves nothing half-built in it. Where nothing
# has changed ./bin stays, as another process may have the assemblies loaded.
function Invoke-Build {
    Restore-Package 'src/HandlePool.PowerShell/HandlePool.PowerShell.csproj'
    $made = "$root/obj/bin"
    Remove-Item -LiteralPath $made -Recurse -Force -ErrorAction Ignore

    # The folder is given relative to the project, as the SDK cannot publish to a path with an apostrophe.
    Invoke-Native dotnet @(
        'publish', "$root/src/HandlePool.PowerShell/HandlePool.PowerShell.csproj", '--configuration', 'Release', '--no-restore', '--verbosity', 'quiet',
        '-property:PublishDir=../../obj/bin/')
    if ((Get-FolderHash "$root/bin") -ne (Get-FolderHash $made)) {
        # A compiler that was killed can leave a part of an assembly, which a later build takes for whole.
        Invoke-Engine -Command "try { Import-Module $(ConvertTo-Literal "$made/HandlePool.PowerShell.dll") -ErrorAction Stop } catch { exit 1 }"
        if ($LASTEXITCODE -ne 0) { throw 'The assemblies that were built cannot be loaded. Run ./build.ps1 Clean, and build again.' }
        if (Test-Path -LiteralPath "$root/bin") { Remove-Item -LiteralPath "$root/bin" -Recurse -Force }
        Move-Item -LiteralPath $made "$root/bin"
    }

    Write-Host "Built: Import-Module $(Join-Path $root 'HandlePool.psd1')"
}

function Get-FolderHash([string] $Folder) {
    $files = Get-ChildItem -LiteralPath $Folder -File -Recurse -ErrorAction Ignore | Sort-Object FullName
    $files.ForEach({ "$($_.Name) $((Get-FileHash -LiteralPath $_.FullName).Hash)" }) -join "`n"
}

# The help is made by those who edit its pages, and tracked, so that nobody else needs PlatyPS.
function Invoke-HelpBuild {
    if (-not (Get-Module -ListAvailable Microsoft.PowerShell.PlatyPS | Where-Object Version -GE 1.0.0)) {
        throw "PlatyPS 1.0 turns docs/en-US into help, and it is not installed: Install-PSResource Microsoft.PowerShell.PlatyPS -Version '[1.0,2.0)'"
    }

    Invoke-Engine -File "$root/tools/Convert-Help.ps1" "$root/en-US" | Out-Host
    if ($LASTEXITCODE -ne 0) { throw "tools/Convert-Help.ps1 failed with exit code $LASTEXITCODE." }
}

# Where the tests of the library were built, and the newest and the oldest Pester, both of which are restored with their packages.
function Get-TestTool {
    $project = 'tests/HandlePool.Tests/HandlePool.Tests.csproj'
    $names = 'TargetPath', 'PkgPester', 'OldestPesterVersion'
    $properties = (& dotnet msbuild "$root/$project" -property:Configuration=Release "-getProperty:$($names -join ',')" | ConvertFrom-Json).Properties
    if (-not $properties.PkgPester) { throw "Pester is not among the packages of $project, where the suites take it from." }
    $newest, $oldest = foreach ($folder in $properties.PkgPester, (Join-Path (Split-Path $properties.PkgPester) $properties.OldestPesterVersion)) {
        $manifest = Join-Path $folder 'tools/Pester.psd1'
        if (-not (Test-Path -LiteralPath $manifest)) { throw "$manifest is not there. Pester is restored with the packages of $project." }
        $manifest
    }
    [pscustomobject]@{ Library = $properties.TargetPath; NewestPester = $newest; OldestPester = $oldest }
}

# The tests of the library run beside the suites of the cmdlets, by their own runner, which takes less than dotnet test. Their output is shown
# afterwards.
function Start-LibraryTest([string] $Assembly) {
    Invoke-Native dotnet @('build', "$root/HandlePool.slnx", '--configuration', 'Release', '--no-restore', '--verbosity', 'quiet')
    $operations = $Long ? '100,000,000' : $env:HANDLEPOOL_TEST_OPERATIONS ?? '1,000,000'
    $inputs = $Long ? '10,000,000' : $env:HANDLEPOOL_TEST_INPUTS ?? '200,000'
    Write-Host "The tests of the library run in the background: $operations operations against the model, $inputs damaged files."
    Start-ThreadJob {
        & dotnet $using:Assembly -noLogo -noColor 2>&1
        "exit code $LASTEXITCODE"
    }
}

function Receive-LibraryTest([object] $Job) {
    $output = Receive-Job $Job -Wait | ForEach-Object { Write-Host $_; "$_" }
    $counts = $output | Select-String 'Total: (\d+), Errors: (\d+), Failed: (\d+), Skipped: (\d+), Not Run: (\d+)' | Select-Object -Last 1
    if (-not $counts) { throw 'The runner of xunit ran no test.' }
    $total, $errors, $failed, $skipped, $notRun = $counts.Matches[0].Groups[1..5].ForEach({ [int]$_.Value })
    $result = [pscustomobject]@{ Passed = $total - $failed - $skipped - $notRun; Failed = $failed + $errors; Skipped = $skipped + $notRun }
    if (@($output)[-1] -ne 'exit code 0' -and $result.Failed -eq 0) { throw 'The runner of xunit failed.' }
    $result
}

# Runs suites in an engine of its own, in the background.
function Start-Suite([string] $Pester, [string[]] $Path) {
    $resultPath = [IO.Path]::GetTempFileName()
    $suites = $Path.ForEach({ ConvertTo-Literal $_ }) -join ', '
    $command = "& $(ConvertTo-Literal "$root/tests/Invoke-Suite.ps1") -Pester $(ConvertTo-Literal $Pester) -Path $suites -ResultPath $(ConvertTo-Literal $resultPath)"
    $job = Start-ThreadJob {
        Import-Module "$using:root/tests/Engine.psm1"
        Invoke-Engine -Command $using:command 2>&1 | ForEach-Object { "$_" }
    }
    [pscustomobject]@{ Path = $Path; ResultPath = $resultPath; Job = $job }
}

# Shows the output of suites while they run, and returns their counts.
function Receive-Suite([object] $Suite) {
    Receive-Job $Suite.Job -Wait | Out-Host
    $result = Get-Content -Raw -LiteralPath $Suite.ResultPath | ConvertFrom-Json
    if (-not $result -or $result.Passed + $result.Failed -eq 0) { throw "Pester ran no test of $($Suite.Path)." }
    $result
}

function Invoke-Test {
    Restore-Package 'HandlePool.slnx'
    $tool = Get-TestTool

    # Most code of tests runs too briefly for the profiles by which .NET would optimize it.
    $environment = @{ DOTNET_TieredPGO = '0' }
    if ($Long) {
        $environment += @{
            HANDLEPOOL_TEST_OPERATIONS = '100000000'
            HANDLEPOOL_TEST_INPUTS     = '10000000'
            HANDLEPOOL_TEST_MINUTES    = '10'
            HANDLEPOOL_TEST_KILLS      = '100'
        }
    }
    if ($isSeedGiven) { $environment.HANDLEPOOL_TEST_SEED = "$Seed" }
    $before = @{}
    foreach ($name in $environment.Keys) { $before[$name] = [Environment]::GetEnvironmentVariable($name) }
    $job = $suites = @()
    try {
        foreach ($name in $environment.Keys) { [Environment]::SetEnvironmentVariable($name, $environment[$name]) }
        $job += Start-LibraryTest $tool.Library

        # Every suite with the newest Pester. The examples, which users copy, and the assertions also with the oldest that they may have. The
        # suites of single nouns, of copies, and all that compile C#, which takes seconds the first time, take as long as the others. With them is
        # that of the package, which packs and installs, and is last as it changes the environment.
        # Pester has room for the operators of the assertions, or for those of the other suites, so that they have engines of their own.
        $examples = "$root/docs/examples", "$root/tests/HandleAssertion.Tests.ps1"
        $all = (Get-ChildItem "$root/tests/*.Tests.ps1" -Exclude HandleAssertion.Tests.ps1).FullName
        $half = $all | Where-Object { (Split-Path -Leaf $_) -cmatch '^(Handle|Copies|Manners|Proxies|Runbooks|SampleDump)' }
        $package = (Get-Item "$root/tests/Package.Tests.ps1").FullName
        $suites += Start-Suite $tool.NewestPester $all.Where({ $_ -notin @($half) + $package })
        $suites += Start-Suite $tool.NewestPester (@($half) + $package)
        $suites += Start-Suite $tool.NewestPester $examples
        $suites += Start-Suite $tool.OldestPester $examples
        $results = $suites.ForEach({ Receive-Suite $_ })
        $library = Receive-LibraryTest $job[0]
    }
    finally {
        $job + $suites.ForEach({ $_.Job }) | Remove-Job -Force
        $suites.ForEach({ $_.ResultPath }) | Remove-Item
        foreach ($name in $before.Keys) { [Environment]::SetEnvironmentVariable($name, $before[$name]) }
    }

    Write-Host "Library: $($library.Passed) passed, $($library.Failed) failed, $($library.Skipped) skipped."
    foreach ($result in $results) {
        Write-Host "Cmdlets, by Pester $($result.Version): $($result.Passed) passed, $($result.Failed) failed, $($result.Skipped) skipped."
        foreach ($reason in $result.Reasons) { Write-Host "  Skipped: $reason" }
    }

    $sum = @{}
    foreach ($count in 'Passed', 'Failed', 'Skipped') { $sum[$count] = (@($library) + $results | Measure-Object $count -Sum).Sum }
    Write-Host "$($sum.Passed) passed, $($sum.Failed) failed, $($sum.Skipped) skipped"
    if ($sum.Failed -gt 0) { exit 1 }
}

# A program of its own: what it needs is not part of the build.
function Invoke-Conformance {
    if (-not $IsLinux) { throw 'Conform needs Linux, whose QEMU boots the kernels. In a container or a virtual machine of Linux it works on other systems, too.' }
    $project = "$root/tests/HandlePool.Conformance"
    Restore-Package 'tests/HandlePool.Conformance/HandlePool.Conformance.csproj'
    Invoke-Native dotnet @('build', $project, '--configuration', 'Release', '--no-restore', '--verbosity', 'quiet')
    $arguments = @($root)
    if ($Long) { $arguments += '--long' }
    if ($Measure) { $arguments += '--measure' }
    if ($isSeedGiven) { $arguments += '--seed', "$Seed" }
    if ($Driver) { $arguments += '--driver', $Driver }
    foreach ($path in @{ '--kernel' = $Kernel; '--modules' = $Modules; '--keep' = $Keep }.GetEnumerator()) {
        if ($path.Value) { $arguments += $path.Key, $PSCmdlet.GetUnresolvedProviderPathFromPSPath($path.Value) }
    }

    Invoke-Stoppable dotnet (@("$project/bin/Release/net8.0/HandlePool.Conformance.dll") + $arguments)
}

# At Ctrl+C PowerShell kills a program that it runs itself. This one is told to end, cleans up, and gives the exit code; it also ends when PowerShell is killed.
function Invoke-Stoppable([string] $Command, [string[]] $Arguments) {
    $whole = @($Command) + $Arguments
    if (Get-Command setpriv -CommandType Application -ErrorAction Ignore) {
        # That of other systems than util-linux has other options.
        & setpriv --pdeathsig TERM true 2>$null
        if ($LASTEXITCODE -eq 0) { $whole = @('setpriv', '--pdeathsig', 'TERM') + $whole }
    }

    $start = [Diagnostics.ProcessStartInfo]::new($whole[0])
    foreach ($argument in $whole | Select-Object -Skip 1) { $start.ArgumentList.Add($argument) }
    $process = [Diagnostics.Process]::Start($start)
    try { $process.WaitForExit() }
    finally {
        # Ctrl+C also stops this script, after the wait, and PowerShell would return 0. A PowerShell that a user types in goes on.
        $isSignaled = $process.ExitCode -gt 128
        if ($isSignaled -and [Environment]::GetCommandLineArgs() -contains '-NonInteractive') { [Environment]::Exit($process.ExitCode) }
    }

    if ($process.ExitCode -ne 0) { exit $process.ExitCode }
}

function Clear-Output {
    $folders = 'out', 'bin', 'obj', 'src/*/bin', 'src/*/obj', 'tests/*/bin', 'tests/*/obj'
    Get-Item $folders.ForEach({ "$root/$_" }) -ErrorAction Ignore | Remove-Item -Recurse -Force
}

Assert-Ready
if ($Task -in 'Build', 'Test', 'Bench', 'Demo', 'Pack') { Invoke-Build }
switch ($Task) {
    'Test' { Invoke-Test }
    'Bench' {
        $project = "$root/tests/HandlePool.Benchmarks"
        Invoke-Native dotnet @('build', $project, '--configuration', 'Release', '--verbosity', 'quiet')
        foreach ($mode in 'table', 'compare') {
            Invoke-Native dotnet @('run', '--project', $project, '--configuration', 'Release', '--no-build', '--', $mode)
        }
        Write-Host "The full suite, which takes hours; --filter and --job short narrow it:"
        Write-Host "    dotnet run --project tests/HandlePool.Benchmarks --configuration Release -- --filter '*' --job short"
    }
    'Demo' {
        Invoke-Engine -File "$root/docs/examples/demo.ps1"
        if ($LASTEXITCODE -ne 0) { throw "The demo failed with exit code $LASTEXITCODE." }
    }
    'Pack' { & "$root/tools/New-Package.ps1" | ForEach-Object { Write-Host "Packed: $($_.FullName)" } }
    'Help' { Invoke-HelpBuild }
    'Conform' {
        # The exit code 1 says that driver and model differ.
        try { Invoke-Conformance }
        catch {
            Write-Error -ErrorRecord $_ -ErrorAction Continue
            exit 2
        }
    }
    'Clean' { Clear-Output }
}
