BeforeAll {
    Import-Module "$PSScriptRoot/../HandlePool.psd1"
    Import-Module "$PSScriptRoot/HandleErrorAssertion.psm1"
}

Describe 'Measure-HandleUsage' {
    BeforeEach {
        # server's first node is held by both apps, dead1's two nodes by app1 alone; six handles of app1, two of app2, one of server.
        $session = New-HandleSession
        $server = New-HandleProcess 'server' -Id 10
        $app1 = New-HandleProcess 'app1' -Id 11
        $app2 = New-HandleProcess 'app2' -Id 12
        $gone = New-HandleProcess 'gone' -Id 13
        $nodes = New-HandleNode $server -Count 3
        $null = $nodes | Add-HandleReference $app1 -Count 2
        $null = New-HandleNode $app2 | Add-HandleReference $app1 -Weak
        $null = $nodes[0] | Add-HandleReference $app2
        $null = $nodes[1] | Add-HandleReference $app2 -Weak -Count 3
        $null = New-HandleNode $app1 | Add-HandleReference $server
        $null = New-HandleNode $gone -Count 2 | Add-HandleReference $app1
        Remove-HandleProcess $gone
    }

    It 'counts by pair by default, dead nodes apart' {
        $usage = Measure-HandleUsage
        $usage | Should -BeOfType HandlePool.Analysis.HandleUsage
        "$($usage.By | Sort-Object -Unique)" | Should -Be 'Pair'
        $usage | ForEach-Object { "$($_.HolderName) $($_.OwnerName) $($_.IsDead) $($_.Handles)" } | Should -Be @(
            'app1 server False 3', 'app1 gone True 2', 'app2 server False 2', 'app1 app2 False 1', 'server app1 False 1'
        )
        $usage[0].Holder | Should -Be $app1
        $usage[0].Owner | Should -Be $server
        $usage[0].Context | Should -Be 'binder'
        $usage.Dead | Should -Be 0, 2, 0, 0, 0
        $usage.WeakOnly | Should -Be 0, 0, 1, 1, 0
        $usage.SingleHolder | Should -Be 1, 2, 0, 1, 1
        $usage.Strong | Should -Be 6, 2, 1, 0, 1
        $usage.Weak | Should -Be 0, 0, 3, 1, 0
    }

    It 'counts by <By>' -ForEach @(
        @{ By = 'Holder'; Rows = 'app1 (all) 6 2 1', 'app2 (all) 2 0 1', 'server (all) 1 0 0' }
        @{ By = 'Owner'; Rows = '(all) server 5 0 1', '(all) gone 2 2 0', '(all) app1 1 0 0', '(all) app2 1 0 1' }
        @{ By = 'Context'; Rows = '(all) (all) 9 2 2' }
    ) {
        $usage = Measure-HandleUsage -By $By
        $usage | ForEach-Object { "$($_.HolderName) $($_.OwnerName) $($_.Handles) $($_.Dead) $($_.WeakOnly)" } | Should -Be $Rows
        ($usage | Measure-Object Handles -Sum).Sum | Should -Be 9
        ($usage | Measure-Object Share -Sum).Sum | Should -BeGreaterThan 0.9999
        (Measure-HandleUsage $By).Handles | Should -Be $usage.Handles
    }

    It 'counts each context separately, and so two processes of one pid' {
        $server2 = New-HandleProcess 'server' -Id 10 -Context hwbinder
        $app = New-HandleProcess 'app1' -Id 11 -Context hwbinder
        $null = New-HandleNode $server2 -Count 4 | Add-HandleReference $app
        Measure-HandleUsage -By Context | ForEach-Object { "$($_.Context) $($_.Handles)" } | Should -Be 'binder 9', 'hwbinder 4'
        $usage = Measure-HandleUsage -Context hwbinder
        $usage.Handles | Should -Be 4
        $usage.Holder | Should -Be $app
        $usage.Share | Should -Be (4 / 13)
        (Measure-HandleUsage -By Holder -Holder app1).Context | Should -Be 'binder', 'hwbinder'
        (Measure-HandleUsage -By Holder -Holder app1 -Context hwbinder).Handles | Should -Be 4
    }

    It 'shows the share of all handles, whatever is filtered' {
        (Measure-HandleUsage)[0].Share | Should -Be (3 / 9)
        (Measure-HandleUsage -Holder app2).Share | Should -Be (2 / 9)
        (Measure-HandleUsage -Top 1).Share | Should -Be (3 / 9)
    }

    It 'finds the handles of a holder given as <Form>' -ForEach @(
        @{ Form = 'an object'; Measure = { Measure-HandleUsage -Holder $app2 } }
        @{ Form = 'a name'; Measure = { Measure-HandleUsage -Holder APP2 } }
        @{ Form = 'a pid'; Measure = { Measure-HandleUsage -Holder 12 } }
        @{ Form = 'a wildcard'; Measure = { Measure-HandleUsage -Holder *2 } }
    ) {
        $usage = & $Measure
        $usage.Holder | Should -Be $app2
        $usage.Owner | Should -Be $server
        $usage.Handles | Should -Be 2
    }

    It 'finds the handles to an owner given as <Form>' -ForEach @(
        @{ Form = 'an object'; Measure = { Measure-HandleUsage -Owner $server } }
        @{ Form = 'a name'; Measure = { Measure-HandleUsage -Owner Server } }
        @{ Form = 'a pid'; Measure = { Measure-HandleUsage -Owner 10 } }
        @{ Form = 'a wildcard'; Measure = { Measure-HandleUsage -Owner s*r } }
        @{ Form = 'several that overlap'; Measure = { Measure-HandleUsage -Owner s*, 10, $server } }
    ) {
        (& $Measure).Handles | Should -Be 3, 2
    }

    It 'finds the handles to an owner that has exited' {
        (Measure-HandleUsage -Owner $gone).Handles | Should -Be 2
        (Measure-HandleUsage -Owner gone).Handles | Should -Be 2
    }

    It 'filters by holder and owner together before it groups' {
        (Measure-HandleUsage -Holder app1 -Owner app2, gone).Handles | Should -Be 2, 1
        (Measure-HandleUsage -By Context -Holder app1 -Owner server).Handles | Should -Be 3
        Measure-HandleUsage -Holder server -Owner server | Should -BeNullOrEmpty
    }

    It 'refuses a process that the context does not have' {
        { Measure-HandleUsage -Holder app1 -Context vndbinder } | Should -WriteHandleError ProcessNotFound -Naming app1
    }

    It 'returns -Top rows, the most handles first' {
        (Measure-HandleUsage -Top 2).Handles | Should -Be 3, 2
        (Measure-HandleUsage -Top 100).Count | Should -Be 5
        { Measure-HandleUsage -Top 0 } | Should -Throw
        { Measure-HandleUsage -Top -1 } | Should -Throw
    }

    It 'measures the session that is <Form>' -ForEach @(
        @{ Form = 'named'; Measure = { Measure-HandleUsage -Session $session.Name } }
        @{ Form = 'given'; Measure = { Measure-HandleUsage -Session $session } }
        @{ Form = 'in the pipeline'; Measure = { $session | Measure-HandleUsage } }
    ) {
        $null = New-HandleSession
        Measure-HandleUsage | Should -BeNullOrEmpty
        (& $Measure).Handles | Should -Be 3, 2, 2, 1, 1
    }

    It 'measures several piped sessions separately' {
        $other = New-HandleSession
        $holder = New-HandleProcess 'holder'
        $null = New-HandleNode $holder -Count 2 | Add-HandleReference (New-HandleProcess 'second')
        $usage = $session, $other | Measure-HandleUsage -By Context
        $usage.Handles | Should -Be 9, 2
        $usage.Share | Should -Be 1, 1
    }

    It 'writes nothing for an empty session or processes that hold nothing' {
        $null = New-HandleSession
        Measure-HandleUsage | Should -BeNullOrEmpty
        $null = New-HandleProcess 'idle' -Manager
        foreach ($by in 'Pair', 'Holder', 'Owner', 'Context') { Measure-HandleUsage -By $by -ErrorAction Stop | Should -BeNullOrEmpty }
    }

    It 'sorts equal numbers by name' {
        $null = New-HandleSession
        $owner = New-HandleProcess 'owner'
        $node = New-HandleNode $owner
        'c', 'a', 'b' | ForEach-Object { $null = $node | Add-HandleReference (New-HandleProcess $_) }
        (Measure-HandleUsage).HolderName | Should -Be a, b, c
    }

    It 'names what a dump does not: unnamed processes, and owners of dead nodes' {
        $null = Import-HandleDump "$PSScriptRoot/data/state-pixel.txt"
        $usage = Measure-HandleUsage
        ($usage | Measure-Object Handles -Sum).Sum | Should -Be @(Get-HandleReference).Count
        $usage.HolderName | Should -Not -Contain $null
        foreach ($row in $usage) {
            $row.HolderName | Should -Be $(if ($row.Holder.Name) { $row.Holder.Name } else { "$($row.Holder.Id)" })
        }
        $usage.Where({ $_.IsDead -and -not $_.Owner }).OwnerName | ForEach-Object { $_ | Should -Be '(dead)' }
    }

    It 'shows the limit at which Android acts for pairs and holders, and none for owners' {
        $null = New-HandleSession
        $owner = New-HandleProcess 'owner'
        $holder = New-HandleProcess 'holder'
        $held = 0
        $expected = @(
            @{ Handles = 1599; Pair = 'BinderHighWatermark'; Holder = 'JavaProxies'; Near = @() }
            @{ Handles = 1600; Pair = 'BinderHighWatermark'; Holder = 'JavaProxies'; Near = 'Pair' }
            @{ Handles = 2500; Pair = 'BinderHighWatermark'; Holder = 'JavaProxies'; Near = 'Pair' }
            @{ Handles = 15999; Pair = 'BinderHighWatermark'; Holder = 'JavaProxies'; Near = 'Pair' }
            @{ Handles = 16000; Pair = 'BinderHighWatermark'; Holder = 'JavaProxies'; Near = 'Pair', 'Holder' }
            @{ Handles = 20000; Pair = 'BinderHighWatermark'; Holder = 'JavaProxiesNewer'; Near = 'Pair', 'Holder' }
            @{ Handles = 25001; Pair = 'BinderHighWatermark'; Holder = 'JniReferences'; Near = 'Pair', 'Holder' }
        )
        $limits = @{ BinderHighWatermark = 2500; JavaProxies = 20000; JavaProxiesNewer = 25000; JniReferences = 51200 }
        foreach ($step in $expected) {
            $null = New-HandleNode $owner -Count ($step.Handles - $held) | Add-HandleReference $holder
            $held = $step.Handles
            foreach ($by in 'Pair', 'Holder') {
                $usage = Measure-HandleUsage -By $by
                $usage.Limit.Name | Should -Be $step[$by] -Because "$by $held"
                $usage.Limit.Handles | Should -Be $limits[$step[$by]]
                $usage.LimitShare | Should -Be ($held / $limits[$step[$by]])
                $usage.IsNearLimit | Should -Be ($by -in $step.Near) -Because "$by $held"
            }
        }
        (Measure-HandleUsage).Limit.Warning | Should -Be 2250
        foreach ($by in 'Context', 'Owner') {
            $usage = Measure-HandleUsage -By $by
            $usage.Limit, $usage.LimitShare | Should -Be $null, $null
            $usage.IsNearLimit | Should -BeFalse
        }
        Measure-HandleUsage | Format-Table | Out-String -Width 120 | Should -Match 'owner .*25001 .*1000% of 2500'
    }

    It 'counts in integers' {
        $usage = Measure-HandleUsage -Top 1
        'Handles', 'Dead', 'WeakOnly', 'SingleHolder' | ForEach-Object { $usage.$_ | Should -BeOfType int }
        'Strong', 'Weak' | ForEach-Object { $usage.$_ | Should -BeOfType long }
    }

    It 'changes nothing' {
        $before = @(Get-HandleReference | ForEach-Object { "$($_.Process) $($_.Handle) $($_.Strong) $($_.Weak)" })
        $null = Measure-HandleUsage
        @(Get-HandleReference | ForEach-Object { "$($_.Process) $($_.Handle) $($_.Strong) $($_.Weak)" }) | Should -Be $before
        Get-HandleEvent | Where-Object Kind -NE ProcessExit | Should -BeNullOrEmpty
    }

    It 'shows as a table and as a list' {
        Measure-HandleUsage | Format-Table | Out-String -Width 100 |
            Should -Match '(?m)^Context +HolderName +OwnerName +Handles +Dead +Share +Limit'
        $list = Measure-HandleUsage -Top 1 | Format-List | Out-String -Width 100
        'HolderName', 'OwnerName', 'Context', 'Handles', 'SingleHolder', 'Strong' | ForEach-Object { $list | Should -Match "(?m)^$_ +:" }
        $list | Should -Match '33\.3'
    }

    It 'leads from a row to its references' {
        $row = Measure-HandleUsage -Top 1
        (Get-HandleReference $row.Holder -Owner $row.Owner).Count | Should -Be $row.Handles
    }
}
