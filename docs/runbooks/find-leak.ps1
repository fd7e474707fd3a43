#requires -Version 7.4
#requires -Modules HandlePool
<#
.SYNOPSIS
    Finds the processes that leak handles in a bug report or a dump, and writes the evidence.
.PARAMETER Path
    A bug report (.zip or text) or a state dump.
.PARAMETER Evidence
    The folder for the evidence: report.html, and a CSV file with the references of each suspect.
.OUTPUTS
    The suspects.
#>
[CmdletBinding()]
param(
    [Parameter(Mandatory)] [string] $Path,
    [Parameter(Mandatory)] [string] $Evidence
)

$session = Import-HandleDump $Path -ErrorAction Stop | Select-Object -Last 1
$null = New-Item $Evidence -ItemType Directory -Force

$suspects = Find-HandleLeak $session
foreach ($suspect in $suspects) {
    $suspect.References |
        Select-Object Handle, @{ n = 'Node'; e = { $_.Node.Id } }, Strong, Weak, IsDead, @{ n = 'Holders'; e = { $_.Node.HolderCount } } |
        Export-Csv (Join-Path $Evidence "suspect-$($suspect.Rank).csv")
}

Export-HandleReport (Join-Path $Evidence 'report.html') -Session $session -Title "Binder handles: $($session.Name)"
$suspects
