#requires -Version 7.4
#requires -Modules HandlePool
<#
.SYNOPSIS
    Judges the dumps of a night by a policy, and writes what build servers read.
.DESCRIPTION
    Exits with 0 if all passed, 1 if something failed, and 2 if something could not be decided or read.
.PARAMETER Path
    The dumps of a device, or a folder for each device. Patterns are resolved.
.PARAMETER Policy
    The policy, a .psd1 file. It is read, and never run.
.PARAMETER Folder
    The folder for junit.xml, handles.sarif and summary.md. Each is written whole or not at all; those of an earlier night are removed.
.OUTPUTS
    The results that did not pass.
#>
[CmdletBinding()]
param(
    [Parameter(Mandatory)] [string[]] $Path,
    [Parameter(Mandatory)] [string] $Policy,
    [Parameter(Mandatory)] [string] $Folder
)

$converters = @{
    'junit.xml'     = 'ConvertTo-HandleJUnit'
    'handles.sarif' = 'ConvertTo-HandleSarif'
    'summary.md'    = 'ConvertTo-HandleMarkdown'
}

try {
    $Folder = (New-Item $Folder -ItemType Directory -Force -ErrorAction Stop).FullName
    $converters.Keys | ForEach-Object { Join-Path $Folder $_ } | Where-Object { Test-Path -LiteralPath $_ } | Remove-Item -ErrorAction Stop
    $results = @(Test-HandleGrowth -Path $Path -Policy $Policy -ErrorVariable problems)
    foreach ($name in $results ? @($converters.Keys) : @()) {
        $file = Join-Path $Folder $name
        try {
            # Set-Content says nothing if the disk is full.
            [IO.File]::WriteAllLines("$file.tmp", [string[]] @($results | & $converters[$name]))
            Move-Item -LiteralPath "$file.tmp" $file -Force -ErrorAction Stop
        }
        finally { Remove-Item -LiteralPath "$file.tmp" -ErrorAction Ignore }
    }
}
catch {
    Write-Error $_ -ErrorAction Continue
    exit 2
}

$results | Where-Object Outcome -NE Passed
if ($results.Outcome -contains 'Failed') { exit 1 }
exit ($problems -or -not $results -or $results.Outcome -contains 'Undecidable' ? 2 : 0)
