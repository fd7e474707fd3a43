#requires -Version 7.4
#requires -Modules HandlePool
<#
.SYNOPSIS
    Checks whether the leaks of one series of dumps are gone in another.
.PARAMETER Before
    The folder with the series of dumps before the fix.
.PARAMETER After
    The folder with the series of dumps after the fix, taken under the same load.
.OUTPUTS
    An object for each leak of the first series: its growth before and after, and whether it is fixed.
#>
[CmdletBinding()]
param(
    [Parameter(Mandatory)] [string] $Before,
    [Parameter(Mandatory)] [string] $After
)

$was = Get-ChildItem $Before -File -Filter 'state-*' | Sort-Object Name | Import-HandleDump
$is = Get-ChildItem $After -File -Filter 'state-*' | Sort-Object Name | Import-HandleDump
try {
    $leaks = Find-HandleLeak $was | Where-Object GrowthPerDump
    if (-not $leaks) { throw "Nothing grows in '$Before', so there is nothing to prove. Use a load that shows the leak." }
    $left = Find-HandleLeak $is

    # Pids differ between the two series, so pairs are matched by name.
    $first, $last = $is[0], $is[-1] | ForEach-Object { , @(Measure-HandleUsage -Session $_) }
    foreach ($leak in $leaks) {
        $pair = { $_.HolderName -eq $leak.HolderName -and $_.OwnerName -eq $leak.OwnerName -and $_.Context -eq $leak.Context }
        $start = ($first | Where-Object $pair | Measure-Object Handles -Sum).Sum
        $end = ($last | Where-Object $pair | Measure-Object Handles -Sum).Sum
        [pscustomobject]@{
            Holder       = $leak.HolderName
            Owner        = $leak.OwnerName
            GrowthBefore = $leak.Growth
            GrowthAfter  = $end - $start
            Fixed        = -not ($left | Where-Object $pair)
        }
    }
}
finally {
    @($was) + @($is) | Remove-HandleSession
}
