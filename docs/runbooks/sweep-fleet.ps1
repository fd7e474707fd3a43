#requires -Version 7.4
#requires -Modules HandlePool
<#
.SYNOPSIS
    Reads a folder of bug reports on all cores, and writes what they say about handles as rows, in NDJSON and CSV.
.DESCRIPTION
    A file in the folder is a device with one report. A folder in it is a device with a series of reports, which shows growth, too.
    The files are written whole or not at all. A report that cannot be read is a row, and does not stop the sweep.
    The exit code is 0 if all reports were read, 1 if some were not, and 2 if nothing was written.
.PARAMETER Path
    The folder of the devices.
.PARAMETER Destination
    The folder for rows.ndjson and rows.csv, or rows-3-of-16.ndjson and rows-3-of-16.csv with -Shard 3/16.
.PARAMETER Shard
    The part of the devices to read: 3/16 is the third of sixteen. A device is always in the same part. If its rows are there, nothing is read.
.PARAMETER ThrottleLimit
    The number of devices that are read at the same time, each of which takes the memory of its largest report, or of its series.
.PARAMETER Top
    The number of pairs of each report that become rows, the largest first. All suspects and incidents do.
.PARAMETER Baseline
    A file of New-HandleBaseline, by which suspects are judged.
.PARAMETER Force
    Reads all and replaces rows that are there.
.OUTPUTS
    An object with what was read and written, and how fast.
#>
[CmdletBinding()]
param(
    [Parameter(Mandatory)] [string] $Path,
    [Parameter(Mandatory)] [string] $Destination,
    [ValidatePattern('^[1-9]\d{0,5}/[1-9]\d{0,5}$')] [string] $Shard = '1/1',
    [ValidateRange(1, 1024)] [int] $ThrottleLimit = [Environment]::ProcessorCount,
    [ValidateRange(0, [int]::MaxValue)] [int] $Top = 20,
    [string] $Baseline,
    [switch] $Force
)

$ErrorActionPreference = 'Stop'
$part, $parts = [int[]] ($Shard -split '/')
$temporary = @()
$writers = @()
try {
    if ($part -gt $parts) { throw "There is no shard $Shard. Use 1/$parts to $parts/$parts." }
    $folder = (New-Item $Destination -ItemType Directory -Force).FullName
    $name = $parts -eq 1 ? 'rows' : "rows-$part-of-$parts"
    $csv, $ndjson = 'csv', 'ndjson' | ForEach-Object { Join-Path $folder "$name.$_" }
    if ((Test-Path -LiteralPath $ndjson) -and -not $Force) {
        Write-Warning "'$ndjson' is there, so that nothing was read. Use -Force to replace it."
        exit 0
    }

    # By a hash of its name, a device stays in its part when others come and go.
    $root = Convert-Path -LiteralPath $Path
    $devices = @(Get-ChildItem -LiteralPath $root | Where-Object {
            $hash = [Security.Cryptography.SHA256]::HashData([Text.Encoding]::UTF8.GetBytes($_.Name))
            [BitConverter]::ToUInt32($hash) % $parts -eq $part - 1
        })

    # The new files take their names when they are complete, the NDJSON last: where it is, the shard is done.
    $temporary = @($csv, $ndjson | ForEach-Object { "$_.$([guid]::NewGuid().ToString('N')).tmp" })
    $writers = @($temporary | ForEach-Object { [IO.StreamWriter]::new($_) })
    $writers.ForEach({ $_.NewLine = "`n" })
    $writers[0].WriteLine((@() | ConvertTo-HandleRow -As Csv))

    $module = (Get-Module HandlePool).Path
    $judge = $Baseline ? @{ Baseline = Convert-Path -LiteralPath $Baseline } : @{}
    # An empty session is judged first, so that a baseline that cannot be read is no row of each device.
    Use-HandleSession { Find-HandleLeak @judge -WarningAction Ignore }
    $total = [ordered]@{ Devices = 0; Reports = 0; Failed = 0; Suspects = 0; Incidents = 0; Rows = 0; Megabytes = 0 }
    $process = [Diagnostics.Process]::GetCurrentProcess()
    $clock, $before = [Diagnostics.Stopwatch]::StartNew(), $process.TotalProcessorTime
    $devices | ForEach-Object -ThrottleLimit $ThrottleLimit -Parallel {
        Import-Module $using:module
        $device = $_
        $top = $using:Top
        $judge = $using:judge
        $reports = @($device.PSIsContainer ? (Get-ChildItem -LiteralPath $device) : $device)
        $nameOf = [ordered]@{}
        $rows = @(
            foreach ($report in $reports) {
                $about = @{ Device = $device.Name; Report = [IO.Path]::GetRelativePath($using:root, $report.FullName).Replace('\', '/') }

                # Errors and warnings become rows as what is found does.
                & {
                    try {
                        foreach ($session in Import-HandleDump -LiteralPath $report -Merge:$report.PSIsContainer -ErrorAction Continue) {
                            $nameOf[$session] = $about.Report
                            $session
                            Get-HandleIncident -Session $session
                            if ($top) { Measure-HandleUsage -Session $session -Top $top }
                        }
                    }
                    catch { $_ }
                } 2>&1 3>&1 | ConvertTo-HandleRow @about
            }

            # Its sessions are one series, and a suspect is of the last of them that was judged.
            if ($nameOf.Count) {
                & {
                    try { Find-HandleLeak @($nameOf.Keys) @judge }
                    catch { $_ }
                } 2>&1 3>&1 | ForEach-Object {
                    $session = ($_.Holder ?? $_.Owner).Session
                    $_ | ConvertTo-HandleRow -Device $device.Name -Report ($session ? $nameOf[$session] : $about.Report)
                }
                $nameOf.Keys | Remove-HandleSession
            }
        )
        [pscustomobject]@{
            Reports   = $reports.Count
            Failed    = @($rows | Where-Object Record -EQ Error | Sort-Object Report -Unique).Count
            Suspects  = @($rows | Where-Object Record -EQ Suspect).Count
            Incidents = @($rows | Where-Object Record -EQ Incident).Count
            Rows      = $rows.Count
            Megabytes = ($reports | Measure-Object Length -Sum).Sum / 1MB
            Csv       = @($rows | ConvertTo-HandleRow -As Csv | Select-Object -Skip 1)
            Ndjson    = @($rows | ConvertTo-HandleRow -As Json)
        }
    } | ForEach-Object {
        $total.Devices++
        foreach ($count in @($total.Keys) -ne 'Devices') { $total[$count] += $_.$count }
        $_.Csv | ForEach-Object { $writers[0].WriteLine($_) }
        $_.Ndjson | ForEach-Object { $writers[1].WriteLine($_) }
        Write-Progress 'Sweeping the fleet' "$($total.Devices) of $($devices.Count) devices, $($total.Failed) reports failed" -PercentComplete (100 * $total.Devices / $devices.Count)
    }
    $writers.ForEach({ $_.Dispose() })
    if ($total.Devices -ne $devices.Count) { throw "Only $($total.Devices) of $($devices.Count) devices were read to the end." }
    Move-Item -LiteralPath $temporary[0] $csv -Force
    Move-Item -LiteralPath $temporary[1] $ndjson -Force

    $process.Refresh()
    $seconds = ($process.TotalProcessorTime - $before).TotalSeconds
    $total.Megabytes = [Math]::Round($total.Megabytes, 1)
    $total.Seconds = [Math]::Round($clock.Elapsed.TotalSeconds, 1)
    $total.ProcessorSeconds = [Math]::Round($seconds, 1)
    $total.ReportsPerCoreSecond = [Math]::Round($total.Reports / $seconds, 2)
    $total.PeakMegabytes = [Math]::Round($process.PeakWorkingSet64 / 1MB)
    $total.Ndjson = $ndjson
    $total.Csv = $csv
    [pscustomobject] $total
}
catch {
    Write-Error $_ -ErrorAction Continue
    exit 2
}
finally {
    # On a full disk, what is buffered cannot be written now either.
    foreach ($writer in $writers) {
        try { $writer.Dispose() }
        catch [IO.IOException] { Write-Verbose "$_" }
    }
    $temporary | Where-Object { Test-Path -LiteralPath $_ } | Remove-Item -LiteralPath { $_ }
}

exit ($total.Failed ? 1 : 0)
