#requires -Version 7.4

<#
.SYNOPSIS
    Runs the commands that the documentation shows at the prompt, and updates their output.
.DESCRIPTION
    In each "console" block, lines that begin with "PS> " are commands, and the lines after them are their output. All commands
    of a file run in order in one fresh runspace, in a folder that contains only what the file names of tests/data. A block after the comment
    "output varies", such as a measurement, runs too, but its text is kept. Times of day count as equal.
.PARAMETER Path
    The Markdown files.
.PARAMETER PassThru
    Changes no file; writes the expected text to the pipeline instead.
.OUTPUTS
    With -PassThru, an object for each file: Path, Old (the current text) and New (the expected text). Otherwise the changed files.
#>
[CmdletBinding()]
param(
    [Parameter(Mandatory, Position = 0)]
    [string[]] $Path,

    [switch] $PassThru
)

Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
$root = Split-Path $PSScriptRoot
Import-Module "$root/tests/HelpExample.psm1"

function Invoke-Line([powershell] $Shell, [string] $Line) {
    $Shell.Commands.Clear()
    $null = $Shell.AddScript($Line, $false)
    $Shell.Commands.Commands[0].MergeMyResults('All', 'Output')
    $null = $Shell.AddScript('process { if ($_ -is [Management.Automation.WarningRecord]) { "WARNING: $_" } else { $_ } }')
    $null = $Shell.AddCommand('Out-String').AddParameter('Width', 100)
    (-join $Shell.Invoke()) -split '\r?\n' | ForEach-Object { $_.TrimEnd() }
}

# Returns the block with the output of its commands, with a blank line between commands.
function Get-Transcript([powershell] $Shell, [string] $Block) {
    $parts = foreach ($line in $Block -split '\r?\n' -like 'PS> *') {
        $shown = ((Invoke-Line $Shell $line.Substring(4)) -join "`n").TrimEnd()
        $shown ? "$line`n$shown`n" : $line
    }
    $parts -join "`n"
}

foreach ($file in Resolve-Path $Path) {
    $old = (Get-Content -Raw $file) -replace '\r\n', "`n"
    $folder = [IO.Directory]::CreateTempSubdirectory('handlepool-transcript-').FullName
    Copy-ExampleData $old $folder
    $shell = [powershell]::Create((Get-ExampleState))
    try {
        $null = Invoke-Line $shell "`$PSStyle.OutputRendering = 'PlainText'; Set-Location '$folder'"
        $new = [regex]::Replace($old, '(?ms)(?<varies><!-- output varies -->\s*)?^```console\n(?<block>PS> .*?)\n```', {
                param($match)
                $block = $match.Groups['block'].Value
                $is = (Get-Transcript $shell $block).TrimEnd()
                $comparable = { $args[0] -replace '\d\d:\d\d:\d\d', '00:00:00' }
                if ($match.Groups['varies'].Success -or (& $comparable $is) -ceq (& $comparable $block)) { return $match.Value }
                "$($match.Groups['varies'].Value)``````console`n$is`n``````"
            })
    }
    finally {
        $shell.Dispose()
        Remove-Item $folder -Recurse -Force
    }

    if ($PassThru) {
        [pscustomobject]@{ Path = "$file"; Old = $old; New = $new }
    }
    elseif ($new -cne $old) {
        Set-Content $file $new -NoNewline
        Get-Item $file
    }
}
