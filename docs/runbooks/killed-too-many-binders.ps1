#requires -Version 7.4
#requires -Modules HandlePool
<#
.SYNOPSIS
    Tells from a bug report whose process Android killed for too many binder objects, which interface leaks, and when it will happen again.
.PARAMETER Path
    A bug report (.zip, .gz or text), taken after the kill.
.PARAMETER Evidence
    The folder for the evidence: report.html, and a CSV file with the lines that show it. By default, and if nothing is found, nothing is written.
.OUTPUTS
    An object for each uid that sent too much.
#>
[CmdletBinding()]
param(
    [Parameter(Mandatory)] [string] $Path,
    [string] $Evidence
)

$session = Import-HandleDump $Path -ErrorAction Stop | Select-Object -Last 1
$incidents = Get-HandleIncident Kill, ProxyLimit -Session $session | Sort-Object Time
if (-not $incidents) { Write-Warning 'The report shows no kill for too many binder objects.' }
$usage = Measure-HandleUsage Uid -Session $session

foreach ($group in $incidents | Group-Object SenderUid, Holder) {
    $last = $group.Group[-1]

    # After libbinder's own limit, nothing is killed, and PerHour needs two kills.
    $kills = @($group.Group | Where-Object Kind -EQ Kill)
    $rate = $kills ? $kills[-1].PerHour : $null
    $largest = $last.Evidence | Where-Object Kind -EQ InterfaceCount | Sort-Object Count -Descending | Select-Object -First 1
    $now = $usage | Where-Object { $_.Uid -eq $last.SenderUid -and $_.Holder.Id -eq $last.HolderId } | Select-Object -First 1
    $held = $now.AndroidCount ?? $now.Handles
    [pscustomobject]@{
        Sender         = $last.Sender
        Victim         = $kills ? $kills[-1].Victim : $null
        Holder         = $last.Holder
        Limit          = $last.Limit
        Kills          = $kills.Count
        Last           = $last.Time
        Interface      = $largest.Name
        InterfaceCount = $largest ? $largest.Count : $null
        PerHour        = $rate ? [Math]::Round($rate) : $null
        HeldNow        = $held
        HoursLeft      = $rate -and $null -ne $held ? [Math]::Round(($last.Limit - $held) / $rate, 1) : $null
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
    Export-HandleReport (Join-Path $folder 'report.html') -ErrorAction Stop -Session $session -Title "Killed for too many binder objects: $($session.Name)"
}
