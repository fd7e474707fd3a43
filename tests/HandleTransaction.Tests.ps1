BeforeAll {
    Import-Module "$PSScriptRoot/Engine.psm1"
    Import-Module "$PSScriptRoot/../HandlePool.psd1"
    Import-Module "$PSScriptRoot/HandleErrorAssertion.psm1"

    $report = "$PSScriptRoot/data/evidence/stuck.txt"
}

AfterAll {
    Get-HandleSession | Remove-HandleSession
}

Describe 'Get-HandleTransaction' {
    BeforeEach { $session = Import-HandleDump $report }

    It 'gets the calls under way, the oldest first, then buffers, failures and the log' {
        $calls = Get-HandleTransaction -WarningVariable warnings
        $calls | Should -BeOfType HandlePool.Analysis.HandleTransaction
        $calls.Id | Should -Be 9001, 9002, 9003, 9005, 8790, 8801, 8700, 8720, 8731, 8810, 8811, 8950
        ($calls | Group-Object State -NoElement).ForEach({ "$($_.Name) $($_.Count)" }) | Should -Be 'Pending 1', 'Running 3', 'NotFreed 2', 'Failed 3', 'Logged 3'
        $warnings | Should -BeNullOrEmpty
    }

    It 'joins what each text tells of a call, and its processes' {
        $call = Get-HandleTransaction -State Pending
        $call.From, $call.To, "$($call.Kind)" | Should -Be '1754:1840 (system_server)', '4100 (com.example.mail)', 'Call'
        $call.Node, $call.Handle, $call.Code, $call.Flags, $call.Age.TotalSeconds, $call.Size, $call.OffsetsSize | Should -Be 400, 1, 1, 16, 29.9, 96, 8
        $call.FromProcess, $call.ToProcess | Should -Be (Get-HandleProcess 1754, 4100)
        (Get-Content $report)[$call.Line - 1] | Should -Match 'transaction 9003: .* from 1754:1840'
        $call.Source | Should -BeLike '*stuck.txt:*'
    }

    It 'names errors' {
        (Get-HandleTransaction Failed).ForEach({ "$($_.Id) $($_.Return) $($_.Error) $($_.DriverLine)" }) |
            Should -Be '8700 BR_FAILED_REPLY EINVAL 3156', '8720 BR_FAILED_REPLY ENOSPC 3340', '8731 BR_DEAD_REPLY ESRCH 3188'
    }

    It 'says what has become of handles of the log' {
        (Get-HandleTransaction | Where-Object Remark).ForEach({ "$($_.Id) $($_.HandleState) $($_.Remark)" }) | Should -Be @(
            '9005 Held The driver was still writing this entry.'
            '8700 Dropped com.example.mail has no handle 9: the reference was dropped, perhaps before the call.'
            '8720 Dropped system_server has no handle 4: the reference was dropped since.'
            '8731 Unknown Process 5050 is not in the dump: it has exited since, or the dump lacks it.'
            '8950 Reused Handle 2 of com.example.mail is now that of node 310: the reference to node 300 was dropped since.')
    }

    It 'tells who waits for whom' {
        $calls = Get-HandleTransaction Running, Pending
        $calls.Cycle | Should -Be Processes, Processes, Processes, None
        $calls[3].WaitsFor | Should -BeExactly '1754:1841 (system_server) waits for 410:410 (servicemanager), which runs.'
        $calls[0].WaitsFor | Should -BeLike ('4100:4100 (com.example.mail) waits for 1754:1822 (system_server), which runs. ' +
            'Meanwhile 1754:1840 (system_server) waits for 4100 (com.example.mail): these processes wait for each other*')
    }

    It 'says that a deadlock of threads is one' {
        $null = 'binder transactions:', 'proc 655', 'context binder', '  thread 701: l 11 need_return 0 tr 0',
        '    outgoing transaction 7: 0 from 655:701 to 1754:1800 code 1 flags 10 pri 0:120 r1', 'proc 1754', 'context binder', '  thread 1800: l 11 need_return 0 tr 0',
        '    outgoing transaction 8: 0 from 1754:1800 to 655:701 code 1 flags 10 pri 0:120 r1' | Import-HandleDump -WarningAction Ignore
        (Get-HandleTransaction -From 655 -WarningAction Ignore).WaitsFor | Should -BeExactly 'Deadlock: 655:701 waits for 1754:1800, which waits for 655:701.'
        Get-HandleTransaction -WarningAction Ignore | Format-Table | Out-String -Width 80 | Should -Match 'Deadlock(\s|$)'
    }

    It 'tells the free space for one-way calls of a process that frees no buffers' {
        $buffers = Get-HandleTransaction NotFreed
        $buffers.FreeAsyncSpace | Should -Be 519136, 519136
        ($buffers | Measure-Object Size -Sum).Sum | Should -Be 1064
    }

    It 'filters by <Name>' -ForEach @(
        @{ Name = 'states'; Get = { Get-HandleTransaction Failed, Pending }; Count = 4 }
        @{ Name = 'kinds'; Get = { Get-HandleTransaction -Kind OneWay, Reply }; Count = 4 }
        @{ Name = 'a pid on either side'; Get = { Get-HandleTransaction -Process 2100 }; Count = 5 }
        @{ Name = 'a name on either side'; Get = { Get-HandleTransaction -Process servicemanager }; Count = 2 }
        @{ Name = 'a sender'; Get = { Get-HandleTransaction -From com.example.* }; Count = 4 }
        @{ Name = 'a receiver'; Get = { Get-HandleTransaction -To 4100, 410 }; Count = 4 }
        @{ Name = 'both sides'; Get = { Get-HandleTransaction -From system_server -To *mail -State Pending }; Count = 1 }
        @{ Name = 'a process that the dump lacks'; Get = { Get-HandleTransaction -Process 5050 }; Count = 1 }
        @{ Name = 'a name that nothing has'; Get = { Get-HandleTransaction -To nobody -ErrorAction Stop }; Count = 0 }
    ) {
        & $Get | Should -HaveCount $Count
    }

    It 'takes processes and sessions' {
        Get-HandleTransaction -From (Get-HandleProcess 2100) | Should -HaveCount 1
        $session | Get-HandleTransaction Failed | Should -HaveCount 3
        $null = New-HandleSession other
        Get-HandleTransaction -Session $session -State Failed | Should -HaveCount 3
        { Get-HandleTransaction -Session nope } | Should -WriteHandleError SessionNotFound
        { Get-HandleTransaction -To '[a' -ErrorAction Stop } | Should -Throw -ErrorId 'BadPattern,*'
    }

    It 'warns once of what a session lacks' {
        $null = New-HandleSession bare
        Get-HandleTransaction -WarningVariable warnings -WarningAction SilentlyContinue | Should -BeNullOrEmpty
        $warnings | Should -HaveCount 1
        $warnings | Should -BeLike "Session 'bare' has no text in which the driver shows calls.*"
        $null = Import-HandleDump "$PSScriptRoot/data/state-pixel.txt" -Name state
        $null = Get-HandleTransaction -WarningVariable warnings -WarningAction SilentlyContinue
        $warnings | Should -BeLike "Session 'state' has no log of calls, so that only those under way are known.*"
    }

    It 'fits into <_> columns' -ForEach 80, 120 {
        $lines = (Get-HandleTransaction | Format-Table | Out-String -Width $_) -split '\r?\n'
        ($lines | Measure-Object Length -Maximum).Maximum | Should -BeLessOrEqual $_
        $lines -match '^ +9001 Call   Running ' | Should -HaveCount 1
        Get-HandleTransaction Pending | Format-List | Out-String -Width 120 | Should -Match 'Code +: 1\s'
    }

    It 'has its stuck calls in the report' {
        $session | Export-HandleReport TestDrive:/report.md
        $text = Get-Content -Raw TestDrive:/report.md
        $text | Should -Match '(?s)## Stuck calls.*Perhaps a deadlock: 3 of these calls.*\| 9001 \|'
        Import-HandleDump "$PSScriptRoot/data/evidence/killed.txt" | Export-HandleReport TestDrive:/other.md
        Get-Content -Raw TestDrive:/other.md | Should -Not -Match 'Stuck calls'
    }
}

Describe 'Import-HandleDump of calls alone' {
    It 'makes a session without handles, which is said' {
        $session = Import-HandleDump "$PSScriptRoot/data/cases/s2_transactions.txt" -WarningVariable warnings -WarningAction SilentlyContinue
        $warnings | Should -BeLike '*so the session has no handles*Get-HandleTransaction*'
        $session.Processes | Should -Be 0
        (Get-HandleTransaction -WarningAction Ignore).Id | Should -Be 88, 9
    }
}
