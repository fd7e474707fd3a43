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
$folder = (New-Item $Evidence -ItemType Directory -Force -ErrorAction Stop).FullName

$suspects = Find-HandleLeak $session
foreach ($suspect in $suspects) {
    if (-not $suspect.References) { continue }
    $file = Join-Path $folder "suspect-$($suspect.Rank).csv"
    try {
        $suspect.References |
            Select-Object Handle, @{ n = 'Node'; e = { $_.Node.Id } }, Strong, Weak, IsDead, @{ n = 'Holders'; e = { $_.Node.HolderCount } } |
            Export-Csv $file -ErrorAction Stop
    }
    catch {
        Remove-Item $file -ErrorAction Ignore
        throw
    }
}

Export-HandleReport (Join-Path $folder 'report.html') -ErrorAction Stop -Session $session -Title "Binder handles: $($session.Name)"
$suspects
