#requires -Version 7.4

<#
.SYNOPSIS
    The main job on a real dump: who holds whose handles, and what that does to a pool.
.DESCRIPTION
    Imports a dump of binder_logs/state as the C driver prints it, looks for who holds what and who leaks, then goes on
    with the same session as a model: references are added until the pool grows, two threads race to grow it, and
    references are dropped until it shrinks. At last a report is written.
#>
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
$root = Split-Path (Split-Path $PSScriptRoot)
Import-Module (Join-Path $root 'HandlePool.psd1')

function Write-Step([string] $Text) { Write-Host "`n== $Text" -ForegroundColor Cyan }

Write-Step '1. Import a dump'
Import-HandleDump (Join-Path $root 'tests/data/state-pixel.txt') | Out-Host

Write-Step '2. Which processes are there, and how many handles does each hold?'
Get-HandleProcess | Sort-Object HandleCount -Descending | Out-Host

Write-Step '3. Who holds how many handles of whom?'
Measure-HandleUsage -Top 5 | Out-Host

Write-Step '4. Who leaks?'
$suspect = Find-HandleLeak -Top 1
$suspect | Out-Host
$app, $server = $suspect.Holder, $suspect.Owner
Get-HandleBitmap $app | Out-Host

Write-Step '5. It goes on leaking: 70 more references, until the pool grows'
$nodes = New-HandleNode $server -Name session -Count 70
$nodes | Add-HandleReference $app | Select-Object -Last 2 | Out-Host
Get-HandleEvent $app | Out-Host

Write-Step '6. Two threads find the pool too small at once: both allocate, the loser is discarded'
$first = Request-HandlePoolResize $app -Grow
$second = Request-HandlePoolResize $app -Grow
$first, $second | Complete-HandlePoolResize | Out-Host

Write-Step "7. The leak is mended: what $app held of $server is dropped, newest first, and the pool shrinks"
Get-HandleReference $app -Owner $server |
    Where-Object Handle -gt 12 |
    Sort-Object Handle -Descending |
    Remove-HandleReference -All
Get-HandleEvent $app -Kind Shrink | Out-Host

Write-Step '8. The bitmap after'
Get-HandleBitmap $app | Out-Host
Get-HandlePool $app | Format-List | Out-Host

Write-Step '9. The evidence for the ticket, a page to open in a browser'
$report = Join-Path ([IO.Directory]::CreateTempSubdirectory('handlepool-demo-').FullName) 'leak.html'
Import-HandleDump (Join-Path $root 'tests/data/state-pixel.txt') | Export-HandleReport $report -PassThru | Select-Object FullName, Length | Out-Host
