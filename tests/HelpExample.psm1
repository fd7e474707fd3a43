# Runs the examples of a page of the help, for Help.Tests.ps1, which compares what they show, and Update-HelpExample.ps1, which writes it.
# Update-Transcript.ps1 takes the data of a page from here.

$root = (Resolve-Path "$PSScriptRoot/..").Path
$state = $null

function Invoke-HelpExample {
    <#
    .SYNOPSIS
    Runs the examples of a page in order, in a runspace of their own, and writes each with the output that the page has and that it shows.
    .PARAMETER Page
    The text of the page. A block of code is followed by a block of Output if it shows anything; a comment between the two, output varies, says
    that only words are the same each time.
    .PARAMETER Folder
    The current location of the examples, which is created. It has the dumps in tests/data that the page names.
    #>
    param([string] $Page, [string] $Folder)

    $null = New-Item $Folder -ItemType Directory -Force
    Copy-ExampleData $Page $Folder
    $runspace = [runspacefactory]::CreateRunspace((Get-ExampleState))
    $rendering = $PSStyle.OutputRendering
    try {
        $PSStyle.OutputRendering = 'PlainText'
        $runspace.ThreadOptions = 'ReuseThread'
        $runspace.Open()
        $shell = [powershell]::Create($runspace)
        $null = Invoke-Statement $shell "[cultureinfo]::CurrentCulture = 'en-US'; Set-Location '$Folder'"
        $pattern = '(?ms)^```powershell\r?\n(?<code>.*?)^```(?:\s*(?<varies><!-- output varies -->))?(?:\s*^```Output\r?\n(?<output>.*?)^```)?'
        foreach ($match in [regex]::Matches($Page, $pattern)) {
            $code = $match.Groups['code'].Value
            [pscustomobject]@{
                Code   = $code
                Output = $match.Groups['output'].Value
                Varies = $match.Groups['varies'].Success
                Shown  = Invoke-Code $shell $code
                Match  = $match
            }
        }
    }
    finally {
        $runspace.Dispose()
        $PSStyle.OutputRendering = $rendering
    }
}

function Get-ExampleState {
    <#
    .SYNOPSIS
    What a session has at first: PowerShell's own cmdlets, and the module. Cmdlets that are found only when they are called take ten times as long.
    #>
    if (-not $script:state) {
        $script:state = [initialsessionstate]::CreateDefault()
        $script:state.ImportPSModule("$root/HandlePool.psd1")
    }
    $script:state
}

function Copy-ExampleData {
    <#
    .SYNOPSIS
    Copies what a page names of tests/data, by path or pattern, to the same place in a folder. All of it takes longer than most examples.
    #>
    param([string] $Page, [string] $Folder)

    foreach ($path in [regex]::Matches($Page, '\btests/data/[\w./*-]*\w').Value | Sort-Object -Unique) {
        foreach ($file in Get-ChildItem "$root/$path" -File) {
            $target = Join-Path $Folder ([IO.Path]::GetRelativePath($root, $file.FullName))
            $null = New-Item (Split-Path $target) -ItemType Directory -Force
            Copy-Item -LiteralPath $file.FullName $target
        }
    }
}

# As at the prompt, each statement has an output of its own.
function Invoke-Code([powershell] $Shell, [string] $Code) {
    $syntax = [System.Management.Automation.Language.Parser]::ParseInput($Code, [ref]$null, [ref]$null)
    -join $syntax.EndBlock.Statements.ForEach({ Invoke-Statement $Shell $_.Extent.Text })
}

# What a statement shows at the prompt, but for what goes to the host.
function Invoke-Statement([powershell] $Shell, [string] $Statement) {
    $Shell.Commands.Clear()
    $null = $Shell.AddScript($Statement, $false)
    $Shell.Commands.Commands[0].MergeMyResults('All', 'Output')
    $null = $Shell.AddScript('process { if ($_ -is [Management.Automation.WarningRecord]) { "WARNING: $_" } else { $_ } }')
    $null = $Shell.AddCommand('Out-String').AddParameter('Width', 80)
    -join $Shell.Invoke()
}

function Format-Output {
    <#
    .SYNOPSIS
    Takes away what does not count in a comparison: blanks at the end, empty lines around, and in output that varies all but the words.
    #>
    param([string] $Text, [bool] $Varies)

    $lines = $Text -split '\r?\n' | ForEach-Object { $_.TrimEnd() }
    if ($Varies) {
        # Numbers, times, widths of columns, the order of rows and what a busy machine is warned of are the machine's.
        $lines = $lines -notlike 'WARNING: The machine was too busy*' -replace '[\d.,:]+', '0' -replace '0 [KMG]B', '0 B' -replace '-{2,}', '--' -replace '\s+', ' ' -replace ' ?- ?0', '-0' -replace '\b[KM]?B\b', 'B' |
            ForEach-Object Trim | Sort-Object
    }
    ($lines -join "`n").Trim("`n")
}

Export-ModuleMember -Function Invoke-HelpExample, Get-ExampleState, Copy-ExampleData, Format-Output
