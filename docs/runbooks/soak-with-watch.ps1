#requires -Version 7.4
#requires -Modules HandlePool
<#
.SYNOPSIS
    Watches a device during a soak test, with dumps at the beginning, at each leak and at the end, and analyzes them.
.PARAMETER Folder
    The folder for the samples, the dumps and the report. It is created.
.PARAMETER Duration
    The time of the test.
.PARAMETER Interval
    The time from one poll to the next.
.PARAMETER Watch
    Other arguments of Watch-HandleDump, such as @{ MinimumGrowth = 200 }.
.PARAMETER Device
    Arguments of Get-HandleDump and Watch-HandleDump that say which device, such as @{ Serial = 'emulator-5554'; UseSu = $true }.
.OUTPUTS
    Leaks, Events, Suspects and Report.
#>
[CmdletBinding()]
param(
    [Parameter(Mandatory)] [string] $Folder,
    [timespan] $Duration = '10:0:0',
    [timespan] $Interval = '0:0:30',
    [hashtable] $Watch = @{},
    [hashtable] $Device = @{}
)

$null = New-Item $Folder -ItemType Directory -Force -ErrorAction Stop
$first = Get-HandleDump -LiteralPath $Folder @Device -ErrorAction Stop

$events = [Collections.Generic.List[object]]::new()
Watch-HandleDump $Folder -Duration $Duration -Interval $Interval @Watch @Device -ErrorAction Stop |
    ForEach-Object {
        if ($_.Event -ne 'None') { $events.Add($_) }

        # A spreadsheet would run a name that begins as a formula does.
        $row = $_ | Select-Object *
        foreach ($column in 'Process', 'ProcessName', 'Message') { $row.$column = $row.$column -replace '^[=+\-@]|\p{Cc}', { '[U+{0:X4}]' -f [int] [char] $_.Value } }
        $row
    } |
    Export-Csv (Join-Path $Folder 'samples.csv') -ErrorAction Stop
$last = Get-HandleDump -LiteralPath $Folder @Device

# Names begin with the serial and the time.
$dumps = @($first) + ($events.Dump | Where-Object { $_ } | Sort-Object -Unique | Get-Item) + @($last) | Where-Object { $_ } | Sort-Object Name -Unique
$series = $dumps | Import-HandleDump
try {
    $suspects = Find-HandleLeak $series
    $report = if ($suspects) { Export-HandleReport (Join-Path $Folder 'report.html') -ErrorAction Stop -Session $series -PassThru }
    [pscustomobject]@{
        Leaks    = @($events | Where-Object Event -EQ Leak)
        Events   = @($events | Group-Object Event -NoElement)
        Suspects = @($suspects | Select-Object HolderName, OwnerName, Handles, Growth, Reason)
        Report   = $report
    }
}
finally {
    $series | Remove-HandleSession
}
