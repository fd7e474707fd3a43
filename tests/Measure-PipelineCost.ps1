#requires -Version 7.4

<#
.SYNOPSIS
    Prints what cmdlets cost per object in a pipeline, as ratios to Write-Output over the same objects.
.DESCRIPTION
    The two sides of a ratio are measured by turns in this one run, after a warm-up; a ratio is the median over the repetitions.
    Write-Output does nothing but take an object from the pipeline and pass it on, so that it is the least that a compiled
    cmdlet can cost.

    A cmdlet that writes a new object for each costs more. Two of a few lines show how much of the module's ratio that is: Write-NewObject has one
    typed parameter and writes an empty object, and Write-NewReference calls the library's AddReference without names, checks or errors.

    The module must be built: ./build.ps1 Build.
.PARAMETER Count
    How many nodes there are.
.PARAMETER Repetitions
    How often each side is measured.
.PARAMETER AsJson
    Writes the figures as one JSON array instead, times in milliseconds.
.EXAMPLE
    ./tests/Measure-PipelineCost.ps1

    The ratios for 100,000 nodes.
.EXAMPLE
    ./tests/Measure-PipelineCost.ps1 -Count 10000 -Repetitions 21

    Fewer objects, more repetitions.
.OUTPUTS
    An object for each command with its ratio, or a string of JSON.
#>
[CmdletBinding()]
param(
    [ValidateRange(100, 10000000)]
    [int] $Count = 100000,

    [ValidateRange(1, 1000)]
    [int] $Repetitions = 11,

    [switch] $AsJson
)

Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
Import-Module (Join-Path (Split-Path $PSScriptRoot) 'HandlePool.psd1')

function Measure-Duration([scriptblock] $Command) {
    # Collecting what the last command left is not this one's cost.
    [GC]::Collect()
    [GC]::WaitForPendingFinalizers()
    $watch = [Diagnostics.Stopwatch]::StartNew()
    & $Command
    $watch.Elapsed.TotalMilliseconds
}

function Get-Median([double[]] $Values) {
    $sorted = [double[]] ($Values | Sort-Object)
    ($sorted[[Math]::Floor(($sorted.Count - 1) / 2)] + $sorted[[Math]::Floor($sorted.Count / 2)]) / 2
}

$library = [HandlePool.HandleProcess].Assembly.Location
# The compiler would warn that the library refers to an older runtime.
$least = Add-Type -PassThru -CompilerOptions '-nowarn:CS1701' -ReferencedAssemblies $library, ([psobject].Assembly.Location) -TypeDefinition @'
using System.Management.Automation;
using HandlePool;

[Cmdlet("Write", "NewObject")]
public sealed class WriteNewObjectCommand : Cmdlet
{
    [Parameter(Mandatory = true, ValueFromPipeline = true)]
    public HandleNode Node { get; set; }

    protected override void ProcessRecord() => WriteObject(new object());
}

[Cmdlet("Write", "NewReference")]
public sealed class WriteNewReferenceCommand : Cmdlet
{
    [Parameter(Mandatory = true, ValueFromPipeline = true)]
    public HandleNode Node { get; set; }

    [Parameter(Mandatory = true, Position = 0)]
    public HandleProcess Process { get; set; }

    protected override void ProcessRecord() => WriteObject(Process.AddReference(Node, 1, 0));
}
'@
Import-Module -Assembly $least[0].Assembly

$session = New-HandleSession -Name 'pipeline cost'
New-HandleProcess -Name owner | Out-Null
$nodes = @(New-HandleNode -Process owner -Count $Count)
$process = $null
$references = $null

$renew = {
    if ($process) { $process | Remove-HandleProcess }
    $script:process = New-HandleProcess -Name p
}
$fill = {
    . $renew
    $null = $nodes | Add-HandleReference -Process p
    $script:references = @(Get-HandleReference p)
}
$cases = @(
    @{ Command = '$nodes | Add-HandleReference -Process p'; Prepare = $renew
        Run = { $null = $nodes | Add-HandleReference -Process p }; Baseline = { $null = $nodes | Write-Output } }
    @{ Command = '$nodes | Add-HandleReference -Process $process'; Prepare = $renew
        Run = { $null = $nodes | Add-HandleReference -Process $process }; Baseline = { $null = $nodes | Write-Output } }
    @{ Command = '$nodes | Write-NewObject'; Prepare = $renew
        Run = { $null = $nodes | Write-NewObject }; Baseline = { $null = $nodes | Write-Output } }
    @{ Command = '$nodes | Write-NewReference $process'; Prepare = $renew
        Run = { $null = $nodes | Write-NewReference $process }; Baseline = { $null = $nodes | Write-Output } }
    @{ Command = 'Get-HandleReference p'; Prepare = $fill
        Run = { $null = Get-HandleReference p }; Baseline = { $null = $references | Write-Output } }
    @{ Command = 'Get-HandleReference p | Remove-HandleReference'; Prepare = $fill
        Run = { $null = Get-HandleReference p | Remove-HandleReference }; Baseline = { $null = $references | Write-Output } }
)

$warmUpRounds = 12
$rows = foreach ($case in $cases) {
    $times = [Collections.Generic.List[double]]::new()
    $baselines = [Collections.Generic.List[double]]::new()
    $ratios = [Collections.Generic.List[double]]::new()
    # The warm-up is long: until the runtime has compiled PowerShell's own pipeline at its best, Write-Output takes up to twice its
    # time, which would flatter the first ratio.
    foreach ($round in -$warmUpRounds..$Repetitions) {
        . $case.Prepare
        if ($round % 2) {
            $baseline = Measure-Duration $case.Baseline
            $time = Measure-Duration $case.Run
        }
        else {
            $time = Measure-Duration $case.Run
            $baseline = Measure-Duration $case.Baseline
        }
        if ($round -le 0) { continue }
        $times.Add($time)
        $baselines.Add($baseline)
        $ratios.Add($time / $baseline)
    }
    [pscustomobject]@{
        Command      = $case.Command
        Against      = 'Write-Output'
        Over         = '{0:N0} objects' -f $Count
        Ratio        = [Math]::Round((Get-Median $ratios), 4)
        Time         = [Math]::Round((Get-Median $times), 1)
        AgainstTime  = [Math]::Round((Get-Median $baselines), 1)
        Least        = [Math]::Round(($times | Measure-Object -Minimum).Minimum, 1)
        AgainstLeast = [Math]::Round(($baselines | Measure-Object -Minimum).Minimum, 1)
        Skipped      = $null
    }
}
$session | Remove-HandleSession

if ($AsJson) {
    ConvertTo-Json @($rows)
}
else {
    $rows | Select-Object Ratio, @{ Name = 'Comparison'; Expression = { "$($_.Command) against $($_.Against), $($_.Over)" } },
        @{ Name = 'ms'; Expression = { $_.Time } }, @{ Name = 'Other ms'; Expression = { $_.AgainstTime } }
}
