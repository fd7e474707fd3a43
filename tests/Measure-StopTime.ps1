#requires -Version 7.4

<#
.SYNOPSIS
    Measures how long commands go on after Ctrl+C, on sessions of many processes.
.DESCRIPTION
    Stops each command at several times after its start, and writes the longest time until it ended. On a busy machine this is the wait for a
    processor; the processor time that the process took meanwhile is not, but includes that of its other threads. ./build.ps1 Build must have
    run. A command that ended before it was stopped is not counted at that time.
.PARAMETER Processes
    The number of processes of each of two sessions. Each fourth one holds a handle: files with more are refused for their memory.
.PARAMETER After
    The times after which to stop, in milliseconds.
.EXAMPLE
    ./tests/Measure-StopTime.ps1 -Processes 400000
#>
[CmdletBinding()]
param(
    [ValidateRange(1, 1000000)]
    [int] $Processes = 400000,

    [int[]] $After = @(50, 300, 1000, 2000)
)

Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
$manifest = (Resolve-Path "$PSScriptRoot/../HandlePool.psd1").Path
Import-Module $manifest
$folder = (New-Item (Join-Path ([IO.Path]::GetTempPath()) "handlepool-stop-$PID") -ItemType Directory).FullName
try {
    foreach ($name in 'one', 'two') {
        $writer = [IO.StreamWriter]::new("$folder/$name.txt")
        $writer.Write("binder state:`n")
        for ($id = 1; $id -le $Processes; $id++) {
            $writer.Write("proc $id`ncontext binder`n")
            if ($id % 4 -ne 0) { continue }
            $writer.Write("  node $(2 * $id): u00 c00 hs 1 hw 1 ls 0 lw 0 is 1 iw 1 tr 1 proc $id`n  ref $(3 * $id): desc 1 node $(2 * $id) s 1 w 1 d 0`n")
        }
        $writer.Dispose()
    }

    $one = Import-HandleDump "$folder/one.txt" 3> $null
    $two = Import-HandleDump "$folder/two.txt" 3> $null
    Export-HandleSession "$folder/one.json" -Session $one
    $lines = @(
        'Find-HandleLeak $one, $two', 'Compare-HandleSession $one $two', 'Measure-HandleUsage -Session $one', 'New-HandleBaseline $one', 'Test-HandlePool -Session $one'
        'Copy-HandleSession $one', 'Export-HandleSession $folder/out.json -Session $one', 'Export-HandleDump $folder/out.txt -Session $one'
        'Export-HandleReport $folder/out.html $one, $two', 'Import-HandleDump $folder/one.txt', 'Import-HandleSession $folder/one.json'
    )
    foreach ($line in $lines) {
        $times = foreach ($milliseconds in $After) {
            $shell = [powershell]::Create()
            foreach ($name in 'one', 'two', 'folder') { $shell.Runspace.SessionStateProxy.SetVariable($name, (Get-Variable $name -ValueOnly)) }
            $null = $shell.AddScript("Import-Module '$manifest'").Invoke()
            $shell.Commands.Clear()
            $run = $shell.AddScript("`$null = $line").BeginInvoke()
            [Threading.Thread]::Sleep($milliseconds)
            $wasRunning = -not $run.IsCompleted
            $watch = [Diagnostics.Stopwatch]::StartNew()
            $before = [Diagnostics.Process]::GetCurrentProcess().TotalProcessorTime
            $shell.Stop()
            $elapsed = $watch.Elapsed.TotalMilliseconds
            $processor = ([Diagnostics.Process]::GetCurrentProcess().TotalProcessorTime - $before).TotalMilliseconds
            if ($wasRunning) { [pscustomobject]@{ After = $milliseconds; Elapsed = $elapsed; Processor = $processor } }
            $shell.Dispose()
        }
        [pscustomobject]@{
            Command     = $line
            Stopped     = @($times).Count
            ElapsedMs   = [Math]::Round(($times | Measure-Object Elapsed -Maximum).Maximum)
            ProcessorMs = [Math]::Round(($times | Measure-Object Processor -Maximum).Maximum)
        }
    }
}
finally {
    Remove-Item $folder -Recurse
}
