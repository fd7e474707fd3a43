#requires -Version 7.4
#requires -Modules HandlePool
<#
.SYNOPSIS
    Finds the calls that create the references of leak suspects.
.PARAMETER Trace
    The trace of binder events, or its parts in the order of time.
.PARAMETER State
    A dump that was taken at the end of the trace.
.OUTPUTS
    The calls, those with the most references first.
#>
[CmdletBinding()]
param(
    [Parameter(Mandatory)] [string[]] $Trace,
    [Parameter(Mandatory)] [string] $State
)

$events = Import-HandleTrace $Trace -ErrorAction Stop
$session = Import-HandleDump $State -ErrorAction Stop | Select-Object -Last 1
Find-HandleLeak $session | Find-HandleSource $events
