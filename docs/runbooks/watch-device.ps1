#requires -Version 7.4
#requires -Modules HandlePool
<#
.SYNOPSIS
    Takes a dump if a command is given, and analyzes the dumps in a folder as a series.
.PARAMETER Folder
    The folder of the dumps. Their names must contain the time, as in state-20261101-080000.txt.
.PARAMETER Command
    A command that writes a dump, such as { adb shell cat /dev/binderfs/binder_logs/state }. By default, no dump is taken.
.PARAMETER Last
    The number of dumps to analyze, from the newest.
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
    $Folder = (New-Item $Folder -ItemType Directory -Force -ErrorAction Stop).FullName
    $lines = [string[]] @(& $Command)
    if (-not ($lines -match '\S')) { throw 'The device returned no dump. Check that it is connected and that you have root access.' }

    # Half a dump would look like a fall of all counts, and Set-Content says nothing if the disk is full.
    $file = Join-Path $Folder "state-$(Get-Date -Format 'yyyyMMdd-HHmmss.fff').txt"
    try { [IO.File]::WriteAllLines($file, $lines) }
    catch {
        Remove-Item -LiteralPath $file -ErrorAction Ignore
        throw
    }
}

$series = Get-ChildItem $Folder -File -Filter 'state-*' | Sort-Object Name | Select-Object -Last $Last | Import-HandleDump
try {
    if (@($series).Count -lt 2) { Write-Warning 'One dump shows no growth. Run this again after the next dump.' }
    $suspects = Find-HandleLeak $series
    if ($suspects) { Export-HandleReport (Join-Path $Folder 'report.html') -ErrorAction Stop -Session $series }
    $suspects
}
finally {
    $series | Remove-HandleSession
}
