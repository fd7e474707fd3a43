#requires -Version 7.4
#requires -Modules HandlePool
<#
.SYNOPSIS
    Plays the race of two threads that find a pool full at the same time, and records it as rows to replay.
.PARAMETER Path
    The CSV file for the rows.
.PARAMETER Allocator
    The allocator of the pool.
.OUTPUTS
    The results of the two resizers, when played and when replayed, and the events of the replay.
#>
[CmdletBinding()]
param(
    [Parameter(Mandatory)] [string] $Path,
    [ValidateSet('SegmentedBitmap', 'HierarchicalBitmap', 'FdTwoLevel', 'Bitmap', 'DBitmap')] [string] $Allocator = 'SegmentedBitmap'
)

$recorded = New-HandleSession -Allocator $Allocator -Record
$server, $client = 'server', 'client' | New-HandleProcess
$null = New-HandleNode $server -Count 63 | Add-HandleReference $client

# Both threads find the pool full, and both allocate without the lock before either of them takes it again.
$first, $second = 1..2 | ForEach-Object { Request-HandlePoolResize $client -Grow }
$played = $second, $first | Complete-HandlePoolResize
$null = New-HandleNode $server -Count 2 | Add-HandleReference $client
Get-HandleOperation | Export-Csv $Path -ErrorAction Stop

$replay = New-HandleSession -Allocator $Allocator
$replayed = Import-Csv $Path | Invoke-HandleOperation | Where-Object Operation -EQ CompleteResize | ForEach-Object Result

[pscustomobject]@{
    Played      = $played
    Replayed    = $replayed
    Events      = Get-HandleEvent
    SameHandles = -not (Compare-Object (Get-HandleReference client -Session $recorded).Handle (Get-HandleReference client -Session $replay).Handle)
}
