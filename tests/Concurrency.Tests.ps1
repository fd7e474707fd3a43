BeforeAll {
    Import-Module "$PSScriptRoot/../HandlePool.psd1"
    $manifest = (Resolve-Path "$PSScriptRoot/../HandlePool.psd1").Path
    $rounds = 8

    # What each thread does to the one session, as text: script blocks belong to the runspace that they were written in.
    # It drops only handles that it was given itself, and keeps five of each round.
    $writer = {
        param($Manifest, $Session, $Rounds)
        $ErrorActionPreference = 'Stop'
        Import-Module $Manifest
        foreach ($round in 1..$Rounds) {
            $nodes = New-HandleNode server -Count 10 -Session $Session
            $taken = $nodes | Add-HandleReference client -Session $Session
            Remove-HandleReference client $taken[0..4].Handle -Session $Session
            $null = Add-HandleReference client shared -Session $Session
            $null = Add-HandleReference client shared -Weak -Count 2 -Session $Session

            $guest = New-HandleProcess 'guest' -Session $Session
            $null = $nodes[5..9] | Add-HandleReference $guest
            $null = New-HandleNode $guest | Add-HandleReference $guest
            $guest | Remove-HandleProcess

            # What the others have made of the pool decides whether there is anything to resize, and their faults whether there is memory.
            $null = Resize-HandlePool client -Grow -Session $Session -ErrorAction SilentlyContinue
            $null = Resize-HandlePool client -Shrink -Force -Session $Session -ErrorAction SilentlyContinue
            $null = Optimize-HandlePool -Session $Session -ErrorAction SilentlyContinue
            $null = Add-HandleFault -FailAllocation client -Shrink -Session $Session
            Get-HandleFault -Session $Session | Remove-HandleFault -ErrorAction SilentlyContinue
            $taken[5..9] | Select-Object Handle, Node
        }
    }.ToString()

    # What others read of it meanwhile: each answer says whether it fits together.
    $reader = {
        param($Manifest, $Session, $Rounds, $Folder)
        $ErrorActionPreference = 'Stop'
        Import-Module $Manifest
        foreach ($round in 1..$Rounds) {
            $handles = (Get-HandleReference client -Session $Session).Handle
            $bitmap = Get-HandleBitmap client -Session $Session
            $pool = Get-HandlePool client -Session $Session
            $path = Join-Path $Folder ([guid]::NewGuid())
            Export-HandleSession "$path.json" -Session $Session
            Export-HandleDump "$path.txt" -Session $Session
            [pscustomobject]@{
                HandlesAreUnique = "$handles" -eq "$($handles | Sort-Object -Unique)"
                BitmapFits       = [int]($bitmap.Runs | Measure-Object Length -Sum).Sum -eq $bitmap.InUse
                PoolFits         = $pool.InUse -le $pool.Capacity -and $pool.HighestUsed -lt $pool.Capacity
                NodesAreUnique   = @(Get-HandleNode -Session $Session | Group-Object Id | Where-Object Count -GT 1).Count -eq 0
                UsageFits        = @(Measure-HandleUsage -Session $Session | Where-Object Handles -LT 1).Count -eq 0
                EventsFit        = @(Get-HandleEvent -Session $Session | Where-Object Kind -EQ Mismatch).Count -eq 0
                IsWell           = Test-HandlePool -Session $Session
                SessionIsWell    = Import-HandleSession "$path.json" | Test-HandlePool
                DumpIsWell       = Import-HandleDump "$path.txt" | Test-HandlePool
                DumpFindings     = (Get-HandleSession -Current).Findings.Count
            }
        }
    }.ToString()
}

Describe 'One session used concurrently by <Runner>' -ForEach @(
    @{
        Runner = 'ForEach-Object -Parallel'
        Run = {
            $jobs | ForEach-Object -ThrottleLimit 4 -Parallel {
                & ([scriptblock]::Create($_.Script)) $using:manifest $using:session $using:rounds $using:TestDrive
            }
        }
    }
    @{
        Runner = 'thread jobs'
        Run = {
            $jobs | ForEach-Object {
                Start-ThreadJob ([scriptblock]::Create($_.Script)) -ArgumentList $manifest, $session, $rounds, "$TestDrive" -ThrottleLimit 4
            } | Receive-Job -Wait -AutoRemoveJob
        }
    }
    @{
        Runner = 'runspaces'
        Run = {
            $shells = foreach ($job in $jobs) {
                $shell = [powershell]::Create()
                $null = $shell.AddScript($job.Script).AddArgument($manifest).AddArgument($session).AddArgument($rounds).AddArgument("$TestDrive")
                [pscustomobject]@{ Shell = $shell; Pending = $shell.BeginInvoke() }
            }
            foreach ($each in $shells) {
                $each.Shell.EndInvoke($each.Pending)
                $each.Shell.Runspace.Dispose()
                $each.Shell.Dispose()
            }
        }
    }
) {
    BeforeAll {
        $session = New-HandleSession -MaxCapacity 1024
        $client = New-HandleProcess 'server', 'client' | Select-Object -Last 1
        $shared = New-HandleNode server -Name shared
        $jobs = @($writer, $writer, $writer, $reader | ForEach-Object { @{ Script = $_ } })
        $results = & $Run
        $kept = $results | Where-Object Handle
        $read = $results | Where-Object { $_.PSObject.Properties['IsWell'] }
    }

    AfterAll {
        $session | Remove-HandleSession
    }

    It 'gives each thread what it was told it has, and nothing twice' {
        $kept | Should -HaveCount (3 * $rounds * 5)
        $kept.Handle | Sort-Object -Unique | Should -HaveCount (3 * $rounds * 5)
        foreach ($each in $kept) {
            (Get-HandleReference client -Handle $each.Handle).Node | Should -Be $each.Node
        }
    }

    It 'counts the work of all threads' {
        $client.HandleCount | Should -Be (3 * $rounds * 5 + 1)
        $shared.Strong, $shared.Weak, $shared.HolderCount | Should -Be (3 * $rounds), (2 * 3 * $rounds), 1
        $session.Nodes | Should -Be (3 * $rounds * 10 + 1)
        (Get-HandleProcess).Name | Should -Be 'server', 'client'
        Get-HandleProcess -IncludeDead | Where-Object IsDead | Should -HaveCount (3 * $rounds)
        Get-HandleEvent -Kind ProcessExit | Should -HaveCount (3 * $rounds)
        Get-HandleFault | Should -BeNullOrEmpty
        Test-HandlePool | Should -BeTrue
    }

    It 'shows readers a consistent state, in memory, in a file and in a dump' {
        $read | Should -HaveCount $rounds
        foreach ($each in $read) {
            $each.PSObject.Properties | Where-Object { $_.Name -ne 'DumpFindings' -and -not $_.Value } | Should -BeNullOrEmpty
            $each.DumpFindings | Should -Be 0
        }
    }
}
