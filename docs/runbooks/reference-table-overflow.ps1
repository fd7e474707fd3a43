#requires -Version 7.4
#requires -Modules HandlePool
<#
.SYNOPSIS
    Tells from a bug report whose table of JNI references was full, of what, and who holds it.
.PARAMETER Path
    A bug report (.zip, .gz or text), a log, a tombstone or a trace.
.PARAMETER Evidence
    The folder for the evidence: report.html, and a CSV file with the lines that show it. By default, and if nothing is found, nothing is written.
.OUTPUTS
    An object for each process name whose table was full.
#>
[CmdletBinding()]
param(
    [Parameter(Mandatory)] [string] $Path,
    [string] $Evidence
)

$session = Import-HandleDump $Path -ErrorAction Stop | Select-Object -Last 1
$incidents = Get-HandleIncident ReferenceTableOverflow -Session $session
if (-not $incidents) { Write-Warning 'The report shows no table of JNI references that was full.' }
$pairs = Measure-HandleUsage Pair -Session $session

foreach ($group in $incidents | Group-Object VictimUid, { $_.Victim -replace ' \(\d+\)$' }) {
    $last = $group.Group[-1]
    $times = @($group.Group.Time)
    $hours = $times.Count -gt 1 ? ($times[-1] - $times[-2]).TotalHours : $null
    $class = $last.Evidence | Where-Object Kind -EQ ReferenceCount | Sort-Object Count -Descending | Select-Object -First 1

    # The process that runs now has another pid than the one that ended.
    $name = $last.Victim -replace ' \(\d+\)$'
    $isProxies = $class.Name -match 'BinderProxy'
    $largest = $pairs | Where-Object { ($isProxies ? $_.HolderName : $_.OwnerName) -eq $name } | Select-Object -First 1
    [pscustomobject]@{
        Process    = $name
        Limit      = $last.Limit
        Overflows  = $times.Count
        Last       = $last.Time
        Class      = $class.Name
        ClassCount = $class.Count
        References = $isProxies ? 'proxies of objects that it holds'
            : $largest ? 'its own objects, which others hold' : 'unknown'
        HeldBy     = $isProxies ? $name : $largest.HolderName
        OwnedBy    = $isProxies ? $largest.OwnerName : $name
        HeldNow    = $largest.Handles
        PerHour    = $hours ? [Math]::Round($last.Limit / $hours) : $null
        Cause      = $last.Cause
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
    Export-HandleReport (Join-Path $folder 'report.html') -ErrorAction Stop -Session $session -Title "Full table of references: $($session.Name)"
}
