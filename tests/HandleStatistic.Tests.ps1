BeforeAll {
    Import-Module "$PSScriptRoot/Engine.psm1"
    Import-Module "$PSScriptRoot/../HandlePool.psd1"
    Import-Module "$PSScriptRoot/HandleErrorAssertion.psm1"

    $data = "$PSScriptRoot/data/real"

    # Statistics of two processes, of which the second one has a name.
    function Import-Statistic([int] $Handles, [string] $Name = "s$Handles") {
        @"
binder stats:
BC_TRANSACTION: 7
ref: active $Handles total 900
node: active 4 total 9
proc 7001
context binder
  nodes: 4
  refs: 0 s 0 w 0
proc 7002 (client)
context binder
  threads: 3
  requested threads: 0+2/15
  free async space 520192
  nodes: 0
  refs: $Handles s $Handles w 300
  buffers: 2
  pending transactions: 1
  BC_INCREFS: 310
  BC_DECREFS: 10
  BC_REQUEST_DEATH_NOTIFICATION: 5
  BC_CLEAR_DEATH_NOTIFICATION: 2
"@ -split '\r?\n' | Import-HandleDump -Name $Name
    }

    # The dump of one process, whose nodes list 1411 as their holder.
    function Import-Listing([int] $Nodes) {
        'binder proc state:', 'proc 6100', 'context binder' + (1..$Nodes | ForEach-Object {
                "  node $(9000 + $_): u0000000000001000 c0000000000002000 pri 0:139 hs 1 hw 1 ls 0 lw 0 is 1 iw 1 tr 1 proc 1411"
            }) | Import-HandleDump -Name "g$Nodes"
    }
}

Describe 'Get-HandleStatistic' {
    BeforeEach { $session = Import-Statistic 301 }

    It 'shows what the driver printed of each process' {
        $all = Get-HandleStatistic
        $all | Should -BeOfType HandlePool.HandleStatistic
        $all.ProcessId | Should -Be 7001, 7002
        $all.Handles | Should -Be 0, 301
        "$($all.Source)" | Should -Be 'Statistics Statistics'
        $client = $all[1]
        $client.Process | Should -Be (Get-HandleProcess client)
        $client.Strong, $client.Weak, $client.Nodes, $client.Buffers, $client.Threads, $client.DeathLinks, $client.Churn | Should -Be 301, 300, 0, 2, 3, 3, 10
        $client.StartedThreads, $client.MaxThreads, $client.FreeAsyncSpace, $client.PendingTransactions | Should -Be 2, 15, 520192, 1
        $client.ReadyThreads, $client.Pages | Should -Be $null, $null
        $client.Counters['BC_INCREFS'] | Should -Be 310
        $client.Counters.CountOf('BC_REPLY') | Should -Be 0
        $client.WeakBalance | Should -Be 0
        $session.Statistics.Counters.BC_TRANSACTION | Should -Be 7
        $session.Statistics.GetObjects('ref').Total | Should -Be 900
    }

    It 'takes <Form>' -ForEach @(
        @{ Form = 'a name'; Get = { Get-HandleStatistic client } }
        @{ Form = 'a pid'; Get = { Get-HandleStatistic 7002 } }
        @{ Form = 'a wildcard'; Get = { Get-HandleStatistic cli* } }
        @{ Form = 'an object in the pipeline'; Get = { Get-HandleProcess client | Get-HandleStatistic } }
        @{ Form = 'a name in the pipeline'; Get = { 'client' | Get-HandleStatistic } }
        @{ Form = 'what it wrote itself'; Get = { Get-HandleStatistic client | Get-HandleStatistic } }
        @{ Form = 'sessions in the pipeline'; Get = { $session | Get-HandleStatistic client } }
    ) {
        (& $Get).Handles | Should -Be 301
    }

    It 'takes many sessions from the pipeline' {
        $other = Import-Statistic 401
        ($session, $other | Get-HandleStatistic).Handles | Should -Be 0, 301, 0, 401
        ($session, $other | Get-HandleStatistic -Context hwbinder) | Should -BeNullOrEmpty
        ($session.Name, $other.Name | ForEach-Object { Get-HandleStatistic client -Session $_ }).Handles | Should -Be 301, 401
    }

    It 'shows what the tables say of a session without statistics' {
        $null = New-HandleSession
        $server, $client = 'server', 'client' | New-HandleProcess
        $null = New-HandleNode $server -Count 3 | Add-HandleReference $client -Count 2
        $statistic = Get-HandleStatistic client
        "$($statistic.Source)" | Should -Be 'State'
        $statistic.Handles, $statistic.Strong, $statistic.Weak, $statistic.Nodes | Should -Be 3, 6, 0, 0
        $statistic.Threads, $statistic.Churn, $statistic.DeathLinks | Should -Be $null, $null, $null
        $statistic.Counters.Count | Should -Be 0
    }

    It 'reports a process that does not exist' {
        { Get-HandleStatistic nobody } | Should -WriteHandleError ProcessNotFound
    }
}

Describe 'A session of statistics alone' {
    BeforeEach { $session = Import-Statistic 301 }

    It 'never says that a process holds nothing' {
        $session.Processes, $session.Nodes | Should -Be 2, 4
        (Get-HandleProcess client).HandleCount | Should -Be 301
        "$((Get-HandleProcess client).CountSource)" | Should -Be 'Statistics'
        (Get-HandleProcess | Format-Table | Out-String -Width 120) | Should -Match '7002 client +binder +counted +301 +0 *\r?\n'
        Get-HandleReference client -WarningVariable warning -WarningAction SilentlyContinue | Should -BeNullOrEmpty
        $warning | Should -Match '1 process holds 301 handles whose references are unknown'
        Measure-HandleUsage Holder -WarningAction SilentlyContinue | Get-HandleReference -WarningVariable warning -WarningAction SilentlyContinue
        $warning | Should -Match '1 process holds 301 handles whose references are unknown'
        Get-HandleNode -WarningVariable warning -WarningAction SilentlyContinue | Should -BeNullOrEmpty
        $warning | Should -Match '1 process offers 4 nodes that the statistics only count\.|2 processes offer 4 nodes that the statistics only count\.'
        Get-HandleNode -Id 1 -WarningVariable warning -WarningAction SilentlyContinue -ErrorAction Ignore
        $warning | Should -BeNullOrEmpty
        Get-HandlePool client -WarningVariable warning -WarningAction SilentlyContinue | Should -BeNullOrEmpty
        $warning | Should -Match 'The pool of 1 process is unknown'
        Get-HandleBitmap client -WarningVariable warning -WarningAction SilentlyContinue | Should -BeNullOrEmpty
        $warning | Should -Match 'The pool of 1 process is unknown'
        { Export-HandleDump TestDrive:/none.txt } | Should -WriteHandleError DumpFormat
        Test-Path TestDrive:/none.txt | Should -BeFalse
    }

    It 'is measured by holder without an owner' {
        $usage = Measure-HandleUsage Holder
        $usage.Handles, $usage.HolderName | Should -Be 301, 'client'
        "$($usage.Source)" | Should -Be 'Statistics'
        $pair = Measure-HandleUsage -WarningVariable warning -WarningAction SilentlyContinue
        $pair.OwnerName, $pair.Owner | Should -Be '(unknown)', $null
        $warning | Should -Match 'do not tell their owners'
    }

    It 'is no verdict on leaks' {
        Find-HandleLeak -Verbose -WarningVariable warning -WarningAction SilentlyContinue 4>&1 | Should -BeLike 'No verdict in session*'
        "$warning" | Should -BeLike 'No verdict on session*tell no owners. Take a dump of the whole state*'
    }

    It 'shows growth over a series, with no owner claimed' {
        $series = 100, 200, 300, 400 | ForEach-Object { Import-Statistic $_ }
        $suspect = $series | Find-HandleLeak | Select-Object -First 1
        $suspect.HolderName, $suspect.OwnerName, $suspect.Growth | Should -Be 'client', '(unknown)', 300
        $change = Compare-HandleSession $series[0] $series[3] -WarningVariable warning -WarningAction SilentlyContinue
        $change.Before, $change.After | Should -Be 100, 400
        "$warning" | Should -Match 'compared by the number of handles'
    }

    It 'survives a session file' {
        $null = Export-HandleSession TestDrive:/s.json
        $read = Import-HandleSession TestDrive:/s.json
        (Get-HandleStatistic client -Session $read).Counters['BC_INCREFS'] | Should -Be 310
        (Get-HandleProcess client -Session $read).HandleCount | Should -Be 301
    }
}

Describe 'Statistics and states' {
    It 'give one session without an anomaly, for <_>' -ForEach '2-full', '3-buffer', '5-dead', '10-handle0' {
        $session = Import-HandleDump "$data/stats/$_.txt", "$data/small/$_.txt" -Merge
        $session.Findings | Should -BeNullOrEmpty
        foreach ($statistic in Get-HandleStatistic) {
            "$($statistic.Source)" | Should -Be 'Statistics'
            $statistic.Handles | Should -Be $statistic.Process.HandleCount
            "$($statistic.Process.CountSource)" | Should -Be 'State'
        }
    }
}

Describe 'The holders that nodes list' {
    It 'are counted as pairs, marked as such' {
        $series = 100, 200, 300 | ForEach-Object { Import-Listing $_ }
        $usage = Measure-HandleUsage -Session $series[2] -WarningVariable warning -WarningAction SilentlyContinue
        $usage.HolderName, $usage.OwnerName, $usage.Handles | Should -Be '1411', '6100', 300
        "$($usage.Source)" | Should -Be 'HolderList'
        $warning | Should -Match 'counted by the holders that nodes list'
        (Get-HandleProcess 1411).HandleCount | Should -Be 300
        "$((Get-HandleStatistic 1411).Source)" | Should -Be 'HolderList'
        (Compare-HandleSession $series[0] $series[2] -WarningAction SilentlyContinue).Added | Should -Be 200
        $suspect = $series | Find-HandleLeak
        $suspect.HolderName, $suspect.OwnerName, $suspect.Growth | Should -Be '1411', '6100', 200
    }
}
