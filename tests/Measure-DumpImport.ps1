#requires -Version 7.4

<#
.SYNOPSIS
    Prints what Import-HandleDump takes for a large dump, as ratios to a switch -Regex loop and to mawk.
.DESCRIPTION
    Two dumps are generated into the temporary folder and deleted in the end. In one of them 300 processes hold the same nodes,
    so that it is references almost throughout: 1,500,000 of them make about 100 MB. The other, of the same size, is as
    tools/New-SampleDump.ps1 makes them: most references have a node of their own, whose line is longer than theirs.

    The other two only count the references of each process, while the import builds the whole model. The sides are measured
    by turns in this one run, after a warm-up with the same dump; a ratio is the median over the repetitions. The loop takes so
    long that it is measured at most three times.

    The module must be built: ./build.ps1 Build.
.PARAMETER References
    How many references the first dump has, in 300s.
.PARAMETER Repetitions
    How often each side is measured.
.PARAMETER Large
    Measures also whether it stays linear: a dump of 1 GB against one of a tenth of that. Takes 1.1 GB of disk, 6 GB of memory, and
    some minutes.
.PARAMETER AsJson
    Writes the figures as one JSON array instead, times in milliseconds.
.EXAMPLE
    ./tests/Measure-DumpImport.ps1 -References 100000

    A smaller dump, in seconds.
.OUTPUTS
    An object for each comparison with its ratio, or a string of JSON.
#>
[CmdletBinding()]
param(
    [ValidateRange(3000, 20000000)]
    [int] $References = 1500000,

    [ValidateRange(1, 100)]
    [int] $Repetitions = 5,

    [switch] $Large,

    [switch] $AsJson
)

Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
Import-Module (Join-Path (Split-Path $PSScriptRoot) 'HandlePool.psd1')

function Measure-Duration([scriptblock] $Command) {
    [GC]::Collect()
    [GC]::WaitForPendingFinalizers()
    $watch = [Diagnostics.Stopwatch]::StartNew()
    $null = & $Command
    $watch.Elapsed.TotalMilliseconds
}

function Get-Median([double[]] $Values) {
    $sorted = [double[]] ($Values | Sort-Object)
    ($sorted[[Math]::Floor(($sorted.Count - 1) / 2)] + $sorted[[Math]::Floor($sorted.Count / 2)]) / 2
}

function Write-SharedDump([string] $Path) {
    $holders = 300
    $server = 500
    $nodes = [int]($References / $holders)
    $holderIds = 1000..(999 + $holders)
    $writer = [IO.StreamWriter]::new($Path)
    $writer.NewLine = "`n"
    try {
        $writer.WriteLine("binder state:`nproc $server`ncontext binder`n  thread ${server}: l 12 need_return 0 tr 0")
        $tail = " pri 0:139 hs 1 hw 1 ls 0 lw 0 is $holders iw $holders tr 0 proc $holderIds"
        for ($node = 1; $node -le $nodes; $node++) {
            $writer.WriteLine("  node ${node}: ub4000070341aac40 cb4000070341171f0$tail")
        }
        $id = $nodes
        foreach ($holder in $holderIds) {
            $writer.WriteLine("proc $holder`ncontext binder`n  thread ${holder}: l 12 need_return 0 tr 0")
            for ($node = 1; $node -le $nodes; $node++) {
                $id++
                $writer.WriteLine("  ref ${id}: desc $node node $node s 1 w 1 d 0000000000000000")
            }
        }
    }
    finally {
        $writer.Dispose()
    }
}

$folder = [IO.Directory]::CreateTempSubdirectory('handlepool-measure-').FullName
$dump = Join-Path $folder 'state.txt'

$import = {
    $script:imported = Import-HandleDump $dump
}
$forget = {
    if ($imported) { $imported | Remove-HandleSession }
    $script:imported = $null
}
$loop = {
    $counts = @{}
    $process = ''
    switch -Regex -File $dump {
        '^proc (\d+)' { $process = $Matches[1]; continue }
        '^  ref \d+: desc \d+' { $counts[$process]++ }
    }
    $counts
}
$awkProgram = '/^proc / { p = $2 } /^  ref / { n[p]++ } END { for (p in n) print p, n[p] }'
$awk = { & mawk $awkProgram $dump }
$imported = $null

function Measure-Pair([string] $Against, [string] $Over, [scriptblock] $Command, [int] $Rounds) {
    $times = [Collections.Generic.List[double]]::new()
    $others = [Collections.Generic.List[double]]::new()
    $ratios = [Collections.Generic.List[double]]::new()
    for ($round = 0; $round -lt $Rounds; $round++) {
        $other = Measure-Duration $Command
        $time = Measure-Duration $import
        . $forget
        $times.Add($time)
        $others.Add($other)
        $ratios.Add($time / $other)
    }
    [pscustomobject]@{
        Command      = 'Import-HandleDump'
        Against      = $Against
        Over         = $Over
        Ratio        = [Math]::Round((Get-Median $ratios), 4)
        Time         = [Math]::Round((Get-Median $times), 1)
        AgainstTime  = [Math]::Round((Get-Median $others), 1)
        Least        = [Math]::Round(($times | Measure-Object -Minimum).Minimum, 1)
        AgainstLeast = [Math]::Round(($others | Measure-Object -Minimum).Minimum, 1)
        Skipped      = $null
    }
}

function Measure-Dump([string] $Kind) {
    $over = '{0:N0} MB of {1}' -f ((Get-Item $dump).Length / 1e6), $Kind
    $first = Measure-Duration $import
    . $forget
    Measure-Pair 'switch -Regex -File' "$over, the first import in $([int]$first) ms" $loop ([Math]::Min(3, $Repetitions))
    if (Get-Command mawk -CommandType Application -ErrorAction Ignore) {
        Measure-Pair 'mawk' $over $awk $Repetitions
    }
    else {
        [pscustomobject]@{
            Command = 'Import-HandleDump'; Against = 'mawk'; Over = $over; Ratio = 0; Time = 0; AgainstTime = 0; Least = 0; AgainstLeast = 0
            Skipped = 'mawk is not installed'
        }
    }
}

# Time by size, of a dump and of one of ten times its size; the median of three each.
function Measure-Linearity {
    $sizes = 620000, 6200000
    $measured = foreach ($references in $sizes) {
        $null = & (Join-Path $PSScriptRoot '../tools/New-SampleDump.ps1') -Path $dump -References $references -Processes 300 -Seed 1
        $times = foreach ($round in 1..3) {
            Measure-Duration $import
            . $forget
        }
        [pscustomobject]@{ Megabytes = (Get-Item $dump).Length / 1e6; Time = Get-Median $times; Least = ($times | Measure-Object -Minimum).Minimum }
    }
    [pscustomobject]@{
        Command      = 'Import-HandleDump'
        Against      = 'a tenth of the size, by the megabyte'
        Over         = '{0:N0} MB against {1:N0} MB of mostly own nodes' -f $measured[1].Megabytes, $measured[0].Megabytes
        Ratio        = [Math]::Round(($measured[1].Time / $measured[1].Megabytes) / ($measured[0].Time / $measured[0].Megabytes), 4)
        Time         = [Math]::Round($measured[1].Time, 1)
        AgainstTime  = [Math]::Round($measured[0].Time, 1)
        Least        = [Math]::Round($measured[1].Least, 1)
        AgainstLeast = [Math]::Round($measured[0].Least, 1)
        Skipped      = $null
    }
}

try {
    $rows = @(
        Write-SharedDump $dump
        Measure-Dump 'shared nodes'

        # A generated dump takes about 161 bytes a reference, the nodes' lines included.
        $generated = [int]((Get-Item $dump).Length / 161)
        $null = & (Join-Path $PSScriptRoot '../tools/New-SampleDump.ps1') -Path $dump -References $generated -Processes 300 -Seed 1
        Measure-Dump 'mostly own nodes'
        if ($Large) { Measure-Linearity }
    )
}
finally {
    Remove-Item -LiteralPath $folder -Recurse
}

if ($AsJson) {
    ConvertTo-Json @($rows)
}
else {
    $rows | Where-Object Skipped | ForEach-Object { Write-Warning "Not measured against $($_.Against): $($_.Skipped)." }
    $rows | Where-Object { -not $_.Skipped } | Select-Object Ratio,
        @{ Name = 'Comparison'; Expression = { "$($_.Command) against $($_.Against), $($_.Over)" } },
        @{ Name = 'ms'; Expression = { $_.Time } }, @{ Name = 'Other ms'; Expression = { $_.AgainstTime } }
}
