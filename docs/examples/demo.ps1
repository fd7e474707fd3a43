#requires -Version 7.4

<#
.SYNOPSIS
    Finds the leak in a dump, and shows what it does to the pool.
.DESCRIPTION
    Imports a dump of binder_logs/state as the C driver prints it, and lists the usage and the leak suspect. Then uses the same
    session as a model: adds references until the pool grows, plays two threads that race to grow it, and drops references
    until it shrinks. Finally writes a report.
#>
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
$root = Split-Path (Split-Path $PSScriptRoot)
Import-Module (Join-Path $root 'HandlePool.psd1')

function Write-Step([string] $Text) { Write-Host "`n== $Text" -ForegroundColor Cyan }

Write-Step '1. Import a dump'
Import-HandleDump (Join-Path $root 'tests/data/state-pixel.txt') | Out-Host

Write-Step '2. List the processes and the number of handles that each holds'
Get-HandleProcess | Sort-Object HandleCount -Descending | Out-Host

Write-Step '3. Count the handles of each pair of holder and owner'
Measure-HandleUsage -Top 5 | Out-Host

Write-Step '4. Find the leak'
$suspect = Find-HandleLeak -Top 1
$suspect | Out-Host
$app, $server = $suspect.Holder, $suspect.Owner
Get-HandleBitmap $app | Out-Host

Write-Step '5. The leak continues: 70 more references make the pool grow'
$nodes = New-HandleNode $server -Name session -Count 70
$nodes | Add-HandleReference $app | Select-Object -Last 2 | Out-Host
Get-HandleEvent $app | Out-Host

Write-Step '6. Two threads grow the pool at once: both allocate, and the second look discards the loser'
$first = Request-HandlePoolResize $app -Grow
$second = Request-HandlePoolResize $app -Grow
$first, $second | Complete-HandlePoolResize | Out-Host

Write-Step "7. The leak is fixed: $app drops its handles to nodes of $server, newest first, and the pool shrinks"
Get-HandleReference $app -Owner $server |
    Where-Object Handle -gt 12 |
    Sort-Object Handle -Descending |
    Remove-HandleReference
Get-HandleEvent $app -Kind Shrink | Out-Host

Write-Step '8. The bitmap afterward'
Get-HandleBitmap $app | Out-Host
Get-HandlePool $app | Format-List | Out-Host

Write-Step '9. Write the evidence for the ticket: a page to open in a browser'
$report = Join-Path ([IO.Directory]::CreateTempSubdirectory('handlepool-demo-').FullName) 'leak.html'
Import-HandleDump (Join-Path $root 'tests/data/state-pixel.txt') | Export-HandleReport $report -PassThru | Select-Object FullName, Length | Out-Host
