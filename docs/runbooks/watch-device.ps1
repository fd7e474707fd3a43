#requires -Version 7.4
#requires -Modules HandlePool
<#
.SYNOPSIS
    Takes a dump, if told how, and looks at all the dumps in a folder as a series.
.PARAMETER Folder
    Where the dumps are. Their names must have the time in them, as state-20261101-080000.txt has.
.PARAMETER Command
    Writes a dump: by default none is taken. For a device: { adb shell cat /dev/binderfs/binder_logs/state }.
.PARAMETER Last
    How many dumps, the newest, are looked at.
.OUTPUTS
    The suspects.
#>
[CmdletBinding()]
param(
    [Parameter(Mandatory)] [string] $Folder,
    [scriptblock] $Command,
    [ValidateRange(2, 1000)] [int] $Last = 48
)

if ($Command) {
    $null = New-Item $Folder -ItemType Directory -Force
    $file = Join-Path $Folder "state-$(Get-Date -Format 'yyyyMMdd-HHmmss').txt"
    & $Command | Set-Content $file
    if (-not (Get-Item $file).Length) { throw "No dump came from the device: is it connected, and are you root?" }
}

$series = Get-ChildItem $Folder -File -Filter 'state-*' | Sort-Object Name | Select-Object -Last $Last | Import-HandleDump
try {
    if (@($series).Count -lt 2) { Write-Warning 'One dump shows no growth; come back after the next.' }
    $suspects = Find-HandleLeak $series
    if ($suspects) { Export-HandleReport (Join-Path $Folder 'report.html') -Session $series }
    $suspects
}
finally {
    $series | Remove-HandleSession -Confirm:$false
}
