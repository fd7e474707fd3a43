#requires -Version 7.4
#requires -Modules HandlePool
<#
.SYNOPSIS
    Tells from a bug report which process crashed because it held too many binder proxies, of whom, of which interface, and when it will happen again.
.PARAMETER Path
    A bug report (.zip, .gz or text) or a log, taken after the crash.
.PARAMETER Evidence
    The folder for the evidence: report.html, and a CSV file with the lines that show it. By default, and if nothing is found, nothing is written.
.OUTPUTS
    An object for each process name that crashed.
#>
[CmdletBinding()]
param(
    [Parameter(Mandatory)] [string] $Path,
    [string] $Evidence
)

$session = Import-HandleDump $Path -ErrorAction Stop | Select-Object -Last 1
$incidents = Get-HandleIncident ProxyMapOverflow -Session $session
if (-not $incidents) { Write-Warning 'The report shows no process that crashed because it held too many binder proxies.' }
$pairs = Measure-HandleUsage Pair -Session $session
$holders = Measure-HandleUsage Holder -Session $session

foreach ($group in $incidents | Group-Object VictimUid, { $_.Victim -replace ' \(\d+\)$' }) {
    $last = $group.Group[-1]
    $largest = $last.Evidence | Where-Object Kind -EQ InterfaceCount | Sort-Object Count -Descending | Select-Object -First 1

    # The process that runs now has another pid than the one that ended.
    $name = $last.Victim -replace ' \(\d+\)$'
    $pair = $pairs | Where-Object HolderName -EQ $name | Select-Object -First 1
    $now = $holders | Where-Object HolderName -EQ $name | Select-Object -First 1
    $held = $now.JavaProxies ?? $now.Handles
    [pscustomobject]@{
        Process        = $name
        Limit          = $last.Limit
        Crashes        = $group.Count
        Last           = $last.Time
        Since          = $last.Since
        PerHour        = $last.PerHour ? [Math]::Round($last.PerHour) : $null
        Sender         = $last.Sender
        Interface      = $largest.Name
        InterfaceCount = $largest ? $largest.Count : $null
        OwnedBy        = $pair.OwnerName
        HeldNow        = $held
        HoursLeft      = $last.PerHour -and $null -ne $held ? [Math]::Round(($last.Limit - $held) / $last.PerHour, 1) : $null
        Cause          = $last.Cause
    }
}

if ($Evidence -and $incidents) {
    $folder = (New-Item $Evidence -ItemType Directory -Force -ErrorAction Stop).FullName
    $file = Join-Path $folder 'lines.csv'
    try { $incidents.Evidence | Select-Object Time, Kind, Pid, Uid, Name, Count, Source, Text | Export-Csv $file -ErrorAction Stop }
    catch {
        Remove-Item $file -ErrorAction Ignore
        throw
    }
    Export-HandleReport (Join-Path $folder 'report.html') -ErrorAction Stop -Session $session -Title "Crashed with too many binder proxies: $($session.Name)"
}
