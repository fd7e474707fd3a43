#requires -Version 7.4

<#
.SYNOPSIS
    Writes the table of docs/pipelines.md: what pipes into what, as the real module binds it.
.DESCRIPTION
    For each cmdlet, looks which of the types that cmdlets write its parameters take by value, and which of its parameters are filled from a
    property of their name. tests/Pipelines.Tests.ps1 compares the page with this.
.PARAMETER Path
    The page, whose table is replaced. Without it, the lines of the table are written.
.EXAMPLE
    ./tools/Get-PipelineMap.ps1 -Path docs/pipelines.md
#>
[CmdletBinding()]
param([string] $Path)

Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
Import-Module "$PSScriptRoot/../HandlePool.psd1"
$commands = Get-Command -Module HandlePool
$types = $commands.ForEach({ $_.OutputType.Name }).Where({ $_ -like 'HandlePool.*' }) | Sort-Object { ($_ -split '\.')[-1] } -Unique

# What the transformations of the parameter let through, without an object of the type: by the type itself.
$byValue = @{
    'ProcessIdentity' = 'HandleProcess'
    'NodeIdentity'    = 'HandleNode'
    'SessionIdentity' = 'HandleSession'
    'UsageRow'        = 'HandleUsage', 'HandleUsageChange', 'HandleLeakSuspect'
    'Object'          = 'HandleSession', 'HandleUsage', 'HandleLeakSuspect', 'HandleIncident', 'HandleEvidence', 'HandleGrowthResult', 'HandleRow'
}

function Test-Value([type] $Parameter, [type] $Type) {
    $element = $Parameter.IsArray ? $Parameter.GetElementType() : $Parameter
    $element -eq $Type -or ($byValue.ContainsKey($element.Name) -and $Type.Name -in $byValue[$element.Name]) -or
    ($element -eq [psobject] -and $Type.Name -eq 'HandleOperation')
}

$rows = foreach ($command in $commands) {
    $parameters = $command.ParameterSets.ForEach('Parameters').ForEach({ $_ })
    $values = foreach ($name in $types) {
        $type = [Management.Automation.PSTypeName]::new($name).Type
        $takers = $parameters.Where({ $_.ValueFromPipeline -and (Test-Value $_.ParameterType $type) }).ForEach('Name') | Sort-Object -Unique
        if ($takers) { '`{0}` ({1})' -f $type.Name, ($takers.ForEach({ '`-{0}`' -f $_ }) -join ', ') }
    }
    $strings = $parameters.Where({ $_.ValueFromPipeline -and $_.ParameterType.Name -match '^(Process|Node|Session)Identity|^String' }).ForEach('Name') |
        Sort-Object -Unique | Where-Object { $_ -ne 'Session' -or $command.Noun -eq 'HandleSession' }
    if ($strings) { $values = @($values) + ('text ({0})' -f ($strings.ForEach({ '`-{0}`' -f $_ }) -join ', ')) }
    $properties = $parameters.Where({ $_.ValueFromPipelineByPropertyName }).ForEach('Name') | Sort-Object -Unique
    if ($values -or $properties) {
        $names = @($properties).Where({ $_ }).ForEach({ '`{0}`' -f $_ }) -join ', '
        ('| `{0}` | {1} | {2} |' -f $command.Name, (@($values).Where({ $_ }) -join ', '), $names) -replace '  \|', ' |'
    }
}

$table = @('| Cmdlet | objects that it takes (parameter) | properties that it takes |', '| --- | --- | --- |') + $rows
if (-not $Path) { return $table }
$text = (Get-Content -Raw $Path) -replace '\r\n', "`n"
$old = [regex]::Match($text, '(?m)^\| Cmdlet \|.*\n(\|.*\n)+')
if (-not $old.Success) { throw "$Path has no table that begins with '| Cmdlet |'." }
Set-Content $Path ($text.Remove($old.Index, $old.Length).Insert($old.Index, ($table -join "`n") + "`n")) -NoNewline
