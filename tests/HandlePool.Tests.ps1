BeforeAll {
    Import-Module "$PSScriptRoot/../HandlePool.psd1"
    Import-Module "$PSScriptRoot/HandleErrorAssertion.psm1"

    # What no operation does, and no fault: a node that is said to be held by seven.
    function Invoke-Miscount($Node) {
        [HandlePool.HandleNode].BaseType.GetField('_holders', 'NonPublic, Instance').SetValue($Node.psobject.BaseObject, 7)
    }
}

Describe 'Get-HandlePool' {
    BeforeEach {
        $session = New-HandleSession
        $owner = New-HandleProcess 'owner' -Id 1
        $app = New-HandleProcess 'app' -Id 2
        $null = New-HandleNode $owner -Count 3 | Add-HandleReference $app
    }

    It 'returns the pools of all processes, or of those given as <Form>' -ForEach @(
        @{ Form = 'none'; Get = { Get-HandlePool }; Names = 'owner', 'app' }
        @{ Form = 'an object'; Get = { Get-HandlePool $app }; Names = 'app' }
        @{ Form = 'name and pid'; Get = { Get-HandlePool APP, 1 }; Names = 'app', 'owner' }
        @{ Form = 'a wildcard'; Get = { Get-HandlePool a* }; Names = 'app' }
        @{ Form = 'a wildcard that fits nothing'; Get = { Get-HandlePool nope* -ErrorAction Stop }; Names = $null }
        @{ Form = 'objects in the pipeline'; Get = { Get-HandleProcess | Get-HandlePool }; Names = 'owner', 'app' }
        @{ Form = 'name and pid in the pipeline'; Get = { 'app', 1 | Get-HandlePool }; Names = 'app', 'owner' }
        @{ Form = 'rows of strings'; Get = { "Process`n2`nowner" | ConvertFrom-Csv | Get-HandlePool }; Names = 'app', 'owner' }
        @{ Form = 'what another cmdlet wrote'; Get = { Get-HandleReference app 2 | Get-HandlePool }; Names = 'app' }
    ) {
        @(& $Get).Process.Name | Should -Be $Names
    }

    It 'has the properties that scripts rely on' {
        $pool = Get-HandlePool $app
        $pool | Should -BeOfType HandlePool.HandlePoolStatus
        'Capacity', 'MaxCapacity', 'InUse', 'LowestFree', 'HighestUsed', 'Bytes', 'GrowCount', 'ShrinkCount', 'DiscardedResizes',
        'LockAcquisitions', 'Waits' | ForEach-Object { $pool.$_ -is [int] -or $pool.$_ -is [long] | Should -BeTrue -Because $_ }
        $pool.Process | Should -Be $app
        $pool.Allocator | Should -Be 'SegmentedBitmap'
        $pool.Capacity, $pool.MaxCapacity, $pool.InUse, $pool.LowestFree, $pool.HighestUsed | Should -Be 64, 1073741824, 3, 4, 3
        $pool.GrowCount, $pool.ShrinkCount, $pool.DiscardedResizes | Should -Be 0, 0, 0
        $pool.Bytes | Should -BeGreaterOrEqual 8
    }

    It 'leaves HighestUsed of an empty pool and LowestFree of a full pool empty' {
        $empty = Get-HandlePool $owner
        $empty.HighestUsed | Should -BeNullOrEmpty
        $empty.LowestFree | Should -Be 1
        $null = New-HandleNode $owner -Count 60 | Add-HandleReference $app
        (Get-HandlePool $app).LowestFree | Should -BeNullOrEmpty
        (Get-HandlePool $app).InUse | Should -Be 63
    }

    It 'is a snapshot' {
        $before = Get-HandlePool $app
        Remove-HandleReference $app 1
        $before.InUse | Should -Be 3
        (Get-HandlePool $app).LowestFree | Should -Be 1
    }

    It 'counts growing and shrinking' {
        1..3 | ForEach-Object { $null = Resize-HandlePool $app -Grow }
        $null = Resize-HandlePool $app -Shrink
        $pool = Get-HandlePool $app
        $pool.Capacity, $pool.GrowCount, $pool.ShrinkCount | Should -Be 256, 3, 1
    }

    It 'returns the pools of a context' {
        $null = New-HandleProcess 'app' -Id 2 -Context hwbinder
        (Get-HandlePool -Context hwbinder).Process.Context | Should -Be 'hwbinder'
    }

    It 'shows as a table and as a list' {
        $table = Get-HandlePool | Format-Table | Out-String -Width 100
        $table | Should -Match '(?m)^Process +Capacity +InUse +LowestFree +HighestUsed +GrowCount'
        $table | Should -Match '(?m)^app +64 +3 +4 +3 +0'
        $list = Get-HandlePool app | Format-List | Out-String -Width 100
        'Process', 'Allocator', 'Capacity', 'MaxCapacity', 'InUse', 'LowestFree', 'HighestUsed', 'Bytes', 'GrowCount', 'ShrinkCount',
        'DiscardedResizes' | ForEach-Object { $list | Should -Match "(?m)^$_ +:" }
    }
}

Describe 'Resize-HandlePool' {
    BeforeEach {
        $session = New-HandleSession -MaxCapacity 1024
        $owner = New-HandleProcess 'owner' -Id 1
        $app = New-HandleProcess 'app' -Id 2
    }

    It 'grows a pool that is not full, given <Form>' -ForEach @(
        @{ Form = 'an object'; Resize = { Resize-HandlePool $app -Grow } }
        @{ Form = 'a name'; Resize = { Resize-HandlePool APP -Grow } }
        @{ Form = 'a pid'; Resize = { Resize-HandlePool -Process 2 -Grow -Confirm:$false } }
        @{ Form = 'an object in the pipeline'; Resize = { $app | Resize-HandlePool -Grow } }
        @{ Form = 'a name in the pipeline'; Resize = { 'app' | Resize-HandlePool -Grow } }
        @{ Form = 'a row of strings'; Resize = { "Process`n2" | ConvertFrom-Csv | Resize-HandlePool -Grow } }
        @{ Form = 'what another cmdlet wrote'; Resize = { Get-HandlePool app | Resize-HandlePool -Grow } }
    ) {
        $result = & $Resize
        $result | Should -BeOfType HandlePool.HandlePoolResizeResult
        $result.Process | Should -Be $app
        "$($result.Direction)" | Should -Be 'Grow'
        $result.Applied | Should -BeTrue
        $result.Reason | Should -Not -BeNullOrEmpty
        $result.FromCapacity, $result.ToCapacity | Should -Be 64, 128
        $result.FromCapacity | Should -BeOfType int
        $app.Capacity | Should -Be 128
        $owner.Capacity | Should -Be 64
    }

    It 'shrinks as the policy allows' {
        1..2 | ForEach-Object { $null = Resize-HandlePool $app -Grow }
        $null = New-HandleNode $owner | Add-HandleReference $app
        $result = Resize-HandlePool $app -Shrink
        "$($result.Direction)" | Should -Be 'Shrink'
        $result.Applied, $result.FromCapacity, $result.ToCapacity | Should -Be $true, 256, 128
        $app.Capacity | Should -Be 128
        $app.HandleCount | Should -Be 1
    }

    It 'shrinks an empty pool to 64 at once' {
        1..3 | ForEach-Object { $null = Resize-HandlePool $app -Grow }
        (Resize-HandlePool $app -Shrink).ToCapacity | Should -Be 64
    }

    It 'refuses to shrink below a handle, naming it, unless -Force is given' {
        $references = New-HandleNode $owner -Count 70 | Add-HandleReference $app
        1..2 | ForEach-Object { $null = Resize-HandlePool $app -Grow }
        $references[0..68] | Remove-HandleReference
        { Resize-HandlePool $app -Shrink } | Should -WriteHandleError ShrinkNotPossible -Naming app, 'handle 70', '256', 'Use -Force to shrink to 128.'
        $app.Capacity | Should -Be 256
        $result = Resize-HandlePool $app -Shrink -Force
        $result.Applied, $result.FromCapacity, $result.ToCapacity | Should -Be $true, 256, 128
        { Resize-HandlePool $app -Shrink -Force } | Should -WriteHandleError ShrinkNotPossible -Naming app, 'handle 70', '128'
        { Resize-HandlePool $app -Shrink -Force -ErrorAction Stop } | Should -WriteHandleError ShrinkNotPossible -Terminating
        $app.Capacity | Should -Be 128
        (Get-HandleReference $app).Handle | Should -Be 70
        Remove-HandleReference $app 70
        $app.Capacity | Should -Be 64
    }

    It 'refuses to shrink below 64 and to grow beyond the limit' {
        { Resize-HandlePool $app -Shrink } | Should -WriteHandleError ShrinkNotPossible -Naming app, '64'
        { Resize-HandlePool $app -Shrink -Force } | Should -WriteHandleError ShrinkNotPossible -Naming app, '64'
        1..4 | ForEach-Object { $null = Resize-HandlePool $app -Grow }
        { Resize-HandlePool $app -Grow } | Should -WriteHandleError PoolExhausted -Naming app, '1024', '-MaxCapacity'
        $app.Capacity | Should -Be 1024
    }

    It 'continues with the next process after an error' {
        $null = Resize-HandlePool $app -Grow
        { $script:results = 'owner', 'nope', 'app' | Resize-HandlePool -Shrink -ErrorVariable script:errors 2>$null } | Should -Not -Throw
        $script:errors.FullyQualifiedErrorId -replace ',.*' | Should -Be 'ShrinkNotPossible', 'ProcessNotFound'
        $script:results.Process | Should -Be $app
    }

    It 'refuses a process that has exited even with -Force' {
        Remove-HandleProcess $app
        { Resize-HandlePool $app -Shrink -Force } | Should -WriteHandleError ProcessDead -Naming app
    }

    It 'asks for a direction, not for the value of a switch' {
        { Resize-HandlePool $app } | Should -Throw -ErrorId 'AmbiguousParameterSet,*'
        { $app | Resize-HandlePool } | Should -Throw -ErrorId 'AmbiguousParameterSet,*'
        { Resize-HandlePool $app -Grow:$false } | Should -Throw -ErrorId 'ParameterArgumentValidationError,*' -ExpectedMessage '*$false chooses nothing*'
        $app.Capacity | Should -Be 64
    }

    It 'refuses both directions, and -Force with -Grow' {
        { Resize-HandlePool $app -Grow -Shrink } | Should -Throw
        { Resize-HandlePool $app -Grow -Force } | Should -Throw
        $app.Capacity | Should -Be 64
    }

    It 'shows its result as a table and as a list' {
        $result = Resize-HandlePool $app -Grow
        $result | Format-Table | Out-String -Width 100 | Should -Match '(?m)^Process +Direction +Applied +FromCapacity +ToCapacity +Reason'
        $list = $result | Format-List | Out-String -Width 100
        'Process', 'Direction', 'Applied', 'Reason', 'FromCapacity', 'ToCapacity' | ForEach-Object { $list | Should -Match "(?m)^$_ +:" }
    }
}

Describe 'Optimize-HandlePool' {
    BeforeEach {
        $null = New-HandleSession -ShrinkPolicy OnDemand
        $owner = New-HandleProcess owner
        $app = New-HandleProcess app
        $other = New-HandleProcess other
        $nodes = New-HandleNode $owner -Count 200
        $null = $nodes | Add-HandleReference $app
        $null = $nodes | Add-HandleReference $other
        Get-HandleReference app, other | Where-Object Handle -GT 70 | Remove-HandleReference
    }

    It 'finds pools that did not shrink on release under policy OnDemand' {
        $app.Capacity, $other.Capacity | Should -Be 256, 256
        (Get-HandlePool $app).ShrinkCount | Should -Be 0
    }

    It 'shrinks all pools as far as possible and reports what it freed' {
        $results = Optimize-HandlePool
        $results.Process | Should -Be $app, $other
        $results.Applied | Should -Be $true, $true
        $results.ToCapacity | Should -Be 128, 128
        $results[0].FromCapacity, $results[0].Direction | Should -Be 256, 'Shrink'
        $results[0].BytesFreed | Should -Be 16
        $results[0].BytesFreed | Should -BeOfType long
        Optimize-HandlePool | Should -BeNullOrEmpty
    }

    It 'shrinks the pool of one process, given as <Form>' -ForEach @(
        @{ Form = 'object'; Optimize = { Optimize-HandlePool $app } }
        @{ Form = 'name'; Optimize = { Optimize-HandlePool app } }
        @{ Form = 'pid'; Optimize = { Optimize-HandlePool -Process 2 } }
        @{ Form = 'pattern'; Optimize = { Optimize-HandlePool a* } }
        @{ Form = 'pipeline'; Optimize = { $app | Optimize-HandlePool } }
        @{ Form = 'property'; Optimize = { Get-HandlePool $app | Optimize-HandlePool } }
        @{ Form = 'name in a session'; Optimize = { Optimize-HandlePool app -Session (Get-HandleSession -Current) } }
    ) {
        (& $Optimize).Process | Should -Be $app
        $app.Capacity, $other.Capacity | Should -Be 128, 256
    }

    It 'shrinks to 64 when nothing is held' {
        Get-HandleReference $app | Remove-HandleReference
        (Optimize-HandlePool $app).ToCapacity | Should -Be 64
    }

    It 'ignores a tree, which has no capacity' {
        $null = New-HandleSession -Allocator AugmentedTree
        $null = New-HandleProcess app
        Optimize-HandlePool | Should -BeNullOrEmpty
    }
}

Describe 'Test-HandlePool' {
    BeforeEach {
        $session = New-HandleSession world
        $server, $client, $other = 'server', 'client', 'other' | New-HandleProcess
        $nodes = New-HandleNode $server -Count 100
        $null = $nodes | Add-HandleReference $client
        $null = $nodes | Select-Object -First 3 | Add-HandleReference $other
    }

    AfterEach { Get-HandleSession | Remove-HandleSession }

    It 'writes one [bool] for all that it gets: <_>' -ForEach @(
        { Test-HandlePool }
        { Test-HandlePool client, other }
        { Test-HandlePool c* -Context BINDER }
        { Get-HandleProcess | Test-HandlePool }
        { 'client', 'other' | Test-HandlePool }
        { Get-HandlePool | Test-HandlePool }
        { Get-HandleSession | Test-HandlePool }
        { Test-HandlePool -Session world }
    ) {
        $null = New-HandleSession second
        $null = Switch-HandleSession world
        $answer = @(& $_)
        $answer | Should -HaveCount 1
        $answer[0] | Should -BeOfType bool
        $answer[0] | Should -BeTrue
        $null = Add-HandleFault -FlipBit $client 5
        $answer = @(& $_)
        $answer | Should -HaveCount 1
        $answer[0] | Should -BeOfType bool
        $answer[0] | Should -BeFalse
    }

    It 'looks only at what it is given' {
        $null = Add-HandleFault -FlipBit $client 5
        Test-HandlePool other | Should -BeTrue
        Test-HandlePool client | Should -BeFalse
        $second = New-HandleSession second
        Test-HandlePool | Should -BeTrue
        $second | Test-HandlePool | Should -BeTrue
        Test-HandlePool -Session world | Should -BeFalse
        Test-HandlePool $client | Should -BeFalse
        Get-HandleSession world, second | Test-HandlePool | Should -BeFalse
    }

    It 'does not call consistent what it could not check' {
        { $script:answer = Test-HandlePool nobody, client } | Should -WriteHandleError ProcessNotFound -Naming nobody
        $script:answer | Should -BeFalse
        { $script:answer = 'nobody', 'client' | Test-HandlePool } | Should -WriteHandleError ProcessNotFound -Naming nobody
        $script:answer | Should -BeFalse
        { $script:answer = Test-HandlePool -Session nope } | Should -WriteHandleError SessionNotFound -Naming nope
        $script:answer | Should -BeFalse
        { Test-HandlePool nobody -ErrorAction Stop } | Should -WriteHandleError ProcessNotFound -Terminating
        Remove-HandleProcess client
        { $script:answer = Test-HandlePool client } | Should -WriteHandleError ProcessDead -Naming client
        $script:answer | Should -BeFalse
    }

    It 'does not call consistent what it did not look at: <_>' -ForEach @(
        { Test-HandlePool nope* -WarningVariable script:warnings -WarningAction SilentlyContinue }
        { Test-HandlePool -Context nope -WarningVariable script:warnings -WarningAction SilentlyContinue -ErrorAction Ignore }
        { Get-HandleProcess nope* | Test-HandlePool -WarningVariable script:warnings -WarningAction SilentlyContinue }
    ) {
        & $_ | Should -BeFalse
        "$script:warnings" | Should -Be 'No process matches: nothing was checked.'
    }
}

Describe 'Find-HandleMismatch' {
    BeforeEach {
        $session = New-HandleSession world
        $server, $client, $other = 'server', 'client', 'other' | New-HandleProcess
        $nodes = New-HandleNode $server -Count 100
        $null = $nodes | Add-HandleReference $client
        $null = $nodes | Select-Object -First 3 | Add-HandleReference $other
    }

    AfterEach { Get-HandleSession | Remove-HandleSession }

    It 'writes nothing where all is consistent' {
        Find-HandleMismatch | Should -BeNullOrEmpty
        Test-HandlePool | Should -BeTrue
    }

    It 'finds a held handle that the pool marks as unused, with <_>' -ForEach @(
        'SegmentedBitmap', 'HierarchicalBitmap', 'Bitmap', 'DBitmap', 'TreeScan', 'AugmentedTree', 'FdTwoLevel', 'XArray'
    ) {
        $null = New-HandleSession $_ -Allocator $_
        $server, $client = 'server', 'client' | New-HandleProcess
        $null = New-HandleNode $server -Count 100 | Add-HandleReference $client
        $null = Add-HandleFault -FlipBit $client 70
        $found = Find-HandleMismatch
        $found | Should -HaveCount 1
        $found | Should -BeOfType HandlePool.HandleMismatch
        "$($found.Kind)", $found.Process, $found.Handle | Should -Be 'BitClear', $client, 70
        $found.Location, $found.Expected, $found.Found | Should -Be 'pool, handle 70', 'used', 'unused'
        $found.Node | Should -BeNullOrEmpty
        Test-HandlePool | Should -BeFalse
    }

    It 'finds an unheld handle that the pool marks as used, with <_>' -ForEach @(
        'SegmentedBitmap', 'HierarchicalBitmap', 'Bitmap', 'DBitmap', 'TreeScan', 'AugmentedTree', 'FdTwoLevel', 'XArray'
    ) {
        $null = New-HandleSession $_ -Allocator $_
        $server, $client = 'server', 'client' | New-HandleProcess
        $null = New-HandleNode $server -Count 100 | Add-HandleReference $client
        $null = Add-HandleFault -FlipBit $client 101
        $found = Find-HandleMismatch
        $found | Should -HaveCount 1
        "$($found.Kind)", $found.Process, $found.Handle | Should -Be 'BitSet', $client, 101
        $found.Location, $found.Expected, $found.Found | Should -Be 'pool, handle 101', 'unused', 'used'
        Test-HandlePool | Should -BeFalse
    }

    It 'finds summaries that do not match the words' {
        $null = Add-HandleFault -BreakSummary $client 64
        $found = Find-HandleMismatch
        $found | Should -HaveCount 1
        "$($found.Kind)", $found.Process | Should -Be 'Summary', $client
        $found.Handle | Should -BeNullOrEmpty
        $found.Location, $found.Expected, $found.Found | Should -Be 'full words, word 0', 'fffffffffffffffd', 'ffffffffffffffff'
        Test-HandlePool | Should -BeFalse
    }

    It 'finds a node with a wrong holder count' {
        Invoke-Miscount $nodes[4]
        $found = Find-HandleMismatch
        "$($found.Kind)", $found.Node, $found.Process, $found.Handle | Should -Be 'NodeCount', $nodes[4], $null, $null
        $found.Location, $found.Expected, $found.Found | Should -Be 'holders', '1', '7'
        (Find-HandleMismatch client).Node | Should -Be $nodes[4]
        Test-HandlePool other | Should -BeTrue
        $found | Out-String -Width 80 | Should -Match '(?s)   In: nodes\r?\n.*\nNodeCount +node 5, holders +1 +7\r?\n'
    }

    It 'finds all that is wrong, by process' {
        $null = Add-HandleFault -FlipBit $other 2
        $null = 5, 105 | ForEach-Object { Add-HandleFault -FlipBit $client $_ }
        $found = Find-HandleMismatch
        $found.Process | Should -Be $client, $client, $other
        $found.Handle | Should -Be 5, 105, 2
    }

    It 'checks the processes given as <Form>' -ForEach @(
        @{ Form = 'an object'; Test = { Find-HandleMismatch $other } }
        @{ Form = 'a name'; Test = { Find-HandleMismatch OTHER } }
        @{ Form = 'a pid'; Test = { Find-HandleMismatch -Process 3 } }
        @{ Form = 'a pattern'; Test = { Find-HandleMismatch o* } }
        @{ Form = 'one thing twice'; Test = { Find-HandleMismatch other, 3 } }
        @{ Form = 'an object in the pipeline'; Test = { $other | Find-HandleMismatch } }
        @{ Form = 'a name in the pipeline'; Test = { 'other' | Find-HandleMismatch } }
        @{ Form = 'a name in the pipeline that is a session''s as well'; Test = { $null = New-HandleSession other; 'other' | Find-HandleMismatch -Session world } }
        @{ Form = 'a pid in the pipeline'; Test = { 3 | Find-HandleMismatch } }
        @{ Form = 'a row of strings'; Test = { "Process`nother" | ConvertFrom-Csv | Find-HandleMismatch } }
        @{ Form = 'what another cmdlet wrote'; Test = { Get-HandlePool other | Find-HandleMismatch } }
        @{ Form = 'name and context'; Test = { Find-HandleMismatch other -Context binder } }
    ) {
        $null = New-HandleProcess other -Context hwbinder -Id 4
        $null = Add-HandleFault -FlipBit $client 5
        $null = Add-HandleFault -FlipBit $other 2
        $found = & $Test
        $found | Should -HaveCount 1
        $found.Process | Should -Be $other
    }

    It 'checks the processes of a context' {
        $there = New-HandleProcess other -Context hwbinder
        $null = Add-HandleFault -FlipBit $client 5
        Test-HandlePool -Context hwbinder | Should -BeTrue
        $null = Add-HandleFault -FlipBit $there 2
        (Find-HandleMismatch -Context HWBINDER).Process | Should -Be $there
        Test-HandlePool | Should -BeFalse
    }

    It 'checks the current session, or that of -Session, pipeline or process' {
        $null = Add-HandleFault -FlipBit $client 5
        $second = New-HandleSession second
        Find-HandleMismatch | Should -BeNullOrEmpty
        (Find-HandleMismatch -Session world).Process | Should -Be $client
        (Find-HandleMismatch -Session $session).Process | Should -Be $client
        ($session | Find-HandleMismatch).Process | Should -Be $client
        (Find-HandleMismatch $client).Process | Should -Be $client
        $second | Find-HandleMismatch | Should -BeNullOrEmpty
        Get-HandleSession world, second | Find-HandleMismatch | Should -HaveCount 1
        { Find-HandleMismatch $client -Session second } | Should -WriteHandleError ProcessNotFound -Naming client
        { Find-HandleMismatch -Session nope } | Should -WriteHandleError SessionNotFound -Naming nope
    }

    It 'writes what it finds beside what it cannot check' {
        $null = Add-HandleFault -FlipBit $client 5
        { $script:found = 'nobody', 'client' | Find-HandleMismatch } | Should -WriteHandleError ProcessNotFound -Naming nobody
        $script:found.Process | Should -Be $client
        { Find-HandleMismatch nobody -ErrorAction Stop } | Should -WriteHandleError ProcessNotFound -Terminating
    }

    It 'warns where nothing was checked: <_>' -ForEach @(
        { Find-HandleMismatch nope* -WarningVariable script:warnings -WarningAction SilentlyContinue }
        { Find-HandleMismatch -Context nope -WarningVariable script:warnings -WarningAction SilentlyContinue -ErrorAction Ignore }
        { Get-HandleProcess nope* | Find-HandleMismatch -WarningVariable script:warnings -WarningAction SilentlyContinue }
    ) {
        & $_ | Should -BeNullOrEmpty
        "$script:warnings" | Should -Be 'No process matches: nothing was checked.'
    }

    It 'finds nothing wrong with a process that has exited' {
        $null = Add-HandleFault -FlipBit $client 5
        Remove-HandleProcess $client
        Test-HandlePool $client -ErrorAction Stop | Should -BeTrue
        Test-HandlePool | Should -BeTrue
    }

    It 'changes nothing' {
        $null = Add-HandleFault -FlipBit $client 5
        $events = @(Get-HandleEvent).Count
        $first = Find-HandleMismatch
        "$(Find-HandleMismatch)" | Should -Be "$first"
        Get-HandleEvent | Should -HaveCount $events
        (Get-HandleBitmap $client).IsSet(5) | Should -BeFalse
    }

    It 'finds nothing after an addition has repaired it: <Kind>' -ForEach @(
        @{ Kind = 'FlipBit'; Handle = 5; Naming = 'handle 5' }
        @{ Kind = 'BreakSummary'; Handle = 64; Naming = 'summaries' }
    ) {
        $null = New-HandleNode $server -Count 27 | Add-HandleReference $client
        $chosen = @{ $Kind = $true }
        $null = Add-HandleFault @chosen $client $Handle
        $node = New-HandleNode $server
        { Add-HandleReference $client $node } | Should -WriteHandleError PoolCorrupted -Naming client, $Naming
        Test-HandlePool | Should -BeTrue
        (Add-HandleReference $client $node).Handle | Should -Be 128
    }
}

Describe 'Repair-HandlePool' {
    BeforeEach {
        $session = New-HandleSession world
        $server, $client, $other = 'server', 'client', 'other' | New-HandleProcess
        $nodes = New-HandleNode $server -Count 100
        $null = $nodes | Add-HandleReference $client
        $null = $nodes | Select-Object -First 3 | Add-HandleReference $other

        function Get-Held { Get-HandleReference | Select-Object Process, Handle, Node, Strong, Weak | ConvertTo-Csv }
    }

    AfterEach { Get-HandleSession | Remove-HandleSession }

    It 'repairs what it finds and writes it, with <_>' -ForEach 'SegmentedBitmap', 'HierarchicalBitmap', 'Bitmap', 'DBitmap', 'TreeScan', 'AugmentedTree', 'FdTwoLevel', 'XArray' {
        $null = New-HandleSession $_ -Allocator $_
        $server, $client = 'server', 'client' | New-HandleProcess
        $null = New-HandleNode $server -Count 100 | Add-HandleReference $client -Count 2
        Remove-HandleReference $client 30
        $held = Get-Held
        $null = 5, 30, 110 | ForEach-Object { Add-HandleFault -FlipBit $client $_ }
        $repaired = Repair-HandlePool
        $repaired.Kind | Should -Be 'BitClear', 'BitSet', 'BitSet'
        $repaired.Handle | Should -Be 5, 30, 110
        $repaired.Process | Should -Be $client, $client, $client
        Test-HandlePool | Should -BeTrue
        Get-Held | Should -Be $held
        (New-HandleNode $server -Count 2 | Add-HandleReference $client).Handle | Should -Be 30, 101
    }

    It 'repairs summaries, so that hidden handles are given out again' {
        70, 71 | ForEach-Object { Remove-HandleReference $client $_ }
        $null = Add-HandleFault -BreakSummary $client 64
        $held = Get-Held
        (Get-HandlePool $client).LowestFree | Should -BeNullOrEmpty
        (Repair-HandlePool).Kind | Should -Be 'Summary'
        Test-HandlePool | Should -BeTrue
        Get-Held | Should -Be $held
        (New-HandleNode $server -Count 2 | Add-HandleReference $client).Handle | Should -Be 70, 71
    }

    It 'keeps the capacity and counts no resize' {
        $null = Resize-HandlePool $client -Grow
        $null = Add-HandleFault -FlipBit $client 5
        $before = Get-HandlePool $client
        $null = Repair-HandlePool
        $after = Get-HandlePool $client
        $after.Capacity, $after.InUse, $after.GrowCount | Should -Be $before.Capacity, 100, $before.GrowCount
    }

    It 'repairs only the process that is given as <Form>' -ForEach @(
        @{ Form = 'an object'; Repair = { Repair-HandlePool $other } }
        @{ Form = 'a name'; Repair = { Repair-HandlePool OTHER } }
        @{ Form = 'a pid'; Repair = { Repair-HandlePool -Process 3 -Confirm:$false } }
        @{ Form = 'a pattern'; Repair = { Repair-HandlePool o* } }
        @{ Form = 'an object in the pipeline'; Repair = { $other | Repair-HandlePool } }
        @{ Form = 'a name in the pipeline'; Repair = { 'other' | Repair-HandlePool } }
        @{ Form = 'a name, and a session'; Repair = { Repair-HandlePool other -Session world } }
        @{ Form = 'what Find-HandleMismatch found'; Repair = { Find-HandleMismatch other | Repair-HandlePool } }
        @{ Form = 'some of what Find-HandleMismatch found'; Repair = { Repair-HandlePool -InputObject (Find-HandleMismatch | Where-Object Process -EQ $other) } }
        @{ Form = 'a context'; Repair = { Repair-HandlePool other -Context binder } }
    ) {
        $null = Add-HandleFault -FlipBit $client 5
        $null = Add-HandleFault -FlipBit $other 2
        $repaired = & $Repair
        $repaired | Should -HaveCount 1
        $repaired.Process | Should -Be $other
        (Find-HandleMismatch).Process | Should -Be $client
    }

    It 'repairs a node with a wrong holder count' {
        Invoke-Miscount $nodes[4]
        (Repair-HandlePool).Kind | Should -Be 'NodeCount'
        $nodes[4].HolderCount | Should -Be 1
        Test-HandlePool | Should -BeTrue
    }

    It 'repairs what Find-HandleMismatch found and writes what still applies' {
        $null = Add-HandleFault -FlipBit $client 5
        $found = Find-HandleMismatch
        $repaired = $found | Repair-HandlePool
        "$repaired" | Should -Be "$found"
        $found | Repair-HandlePool | Should -BeNullOrEmpty
        Find-HandleMismatch | Repair-HandlePool | Should -BeNullOrEmpty
    }

    It 'repairs each piped session' {
        $null = Add-HandleFault -FlipBit $client 5
        $second = New-HandleSession second
        $app = New-HandleProcess app
        $null = Add-HandleFault -FlipBit $app 7
        (Get-HandleSession world, second | Repair-HandlePool).Process | Should -Be $client, $app
        Get-HandleSession world, second | Test-HandlePool | Should -BeTrue
    }

    It 'refuses mismatches of a session other than -Session, repairing nothing' {
        $null = Add-HandleFault -FlipBit $client 5
        $null = New-HandleSession second
        { Repair-HandlePool $client -Session second } | Should -WriteHandleError ProcessNotFound -Naming client
        { Find-HandleMismatch $client | Repair-HandlePool -Session second } | Should -WriteHandleError ProcessNotFound -Naming client, world, second
        { Repair-HandlePool -Session nope } | Should -WriteHandleError SessionNotFound -Naming nope
        Find-HandleMismatch -Session world | Should -HaveCount 1
    }

    It 'refuses $null as a mismatch' {
        { Repair-HandlePool -InputObject $null } | Should -Throw
    }

    It 'records what it repaired as an event of the process' {
        $null = 5, 105 | ForEach-Object { Add-HandleFault -FlipBit $client $_ }
        $null = Add-HandleFault -FlipBit $other 2
        $null = Repair-HandlePool
        $events = Get-HandleEvent -Kind Repaired
        $events.Process | Should -Be $client, $other
        $events.Message | Should -Be '2 mismatches were repaired.', '1 mismatch was repaired.'
    }

    It 'does nothing where all is consistent' {
        $held = Get-Held
        $events = @(Get-HandleEvent).Count
        Repair-HandlePool | Should -BeNullOrEmpty
        Get-HandleEvent | Should -HaveCount $events
        Get-Held | Should -Be $held
    }
}

Describe 'Measure-HandlePool' {
    It 'returns a row for each allocator and range' {
        $measurement = Measure-HandlePool -Count 400 -RangeSize 200
        $measurement.Rows.Count | Should -Be 10
        $measurement.Rows.Allocator | Select-Object -Unique | Should -HaveCount 5
        $measurement.Rows[0].Range, $measurement.Rows[1].Range | Should -Be '1-200', '201-400'
        $measurement.Rows[1].Capacity | Should -Be 512
        $measurement.Rows[0].Mean, $measurement.Rows[0].Median, $measurement.Rows[0].P99 | Should -BeOfType double
        $measurement.Rows[0].Steps | Should -Be 200
    }

    It 'measures the workload <_>' -ForEach 'Append', 'Churn', 'DrainNewestFirst', 'DrainOldestFirst', 'Mixed' {
        $measurement = Measure-HandlePool Bitmap -Workload $_ -Count 300 -ShrinkPolicy Never -Seed 7
        $measurement.Workload, $measurement.ShrinkPolicy, $measurement.Seed | Should -Be $_, 'Never', 7
        $measurement.Rows.Count | Should -Be 10
        ($measurement.Rows.Resizes | Measure-Object -Sum).Sum | Should -Be $(if ($_ -like 'Drain*') { 0 } else { 3 })
    }

    It 'says that TreeScan is sampled' {
        $measurement = Measure-HandlePool TreeScan -Count 2000 -RangeSize 1000
        $measurement.Rows.IsSampled | Should -Be $true, $true
        $measurement | Out-String -Width 100 | Should -Match 'TreeScan is sampled: 100 of 1000 steps'
    }

    It 'shows ranges as rows, allocators as columns and the growth below' {
        $text = Measure-HandlePool HierarchicalBitmap, Bitmap -Count 2000 -RangeSize 1000 | Out-String -Width 100
        $text | Should -Match '(?m)^Live +HierarchicalBitmap +Bitmap'
        $text | Should -Match '(?m)^1001-2000 +[\d.,]+ +[\d.,]+'
        $text | Should -Match '(?m)^last / first +[\d.]+x +[\d.]+x'
        ($text -split "`n" | Measure-Object Length -Maximum).Maximum | Should -BeLessOrEqual 80
    }

    It 'shows as a table and as a list, and so do its rows' {
        $measurement = Measure-HandlePool Bitmap -Count 64
        $measurement | Format-Table | Out-String | Should -Match 'Workload +Count +RangeSize'
        $measurement | Format-List | Out-String | Should -Match '(?m)^Workload +: Append'
        $measurement.Rows | Out-String | Should -Match 'Allocator +Range +Mean +Median +P99'
    }

    It 'returns the costs of each allocator at each size, whose counts are exact' {
        $costs = Measure-HandlePool Bitmap, SegmentedBitmap -Live 1000, 64 -WarningAction Ignore
        $costs | ForEach-Object { "$($_.Allocator) $($_.Live)" } | Should -Be 'Bitmap 64', 'SegmentedBitmap 64', 'Bitmap 1000', 'SegmentedBitmap 1000'
        $again = Measure-HandlePool Bitmap, SegmentedBitmap -Live 64, 1000 -WarningAction Ignore
        foreach ($count in 'AppendWords', 'ChurnWords', 'DrainWords', 'BytesPerHandle', 'CopiedBytes', 'AllocatedBytes', 'ReleaseBytes', 'LongestWords') {
            $again.$count | Should -Be $costs.$count
        }

        # From 64 to 1,024: 1, 2, 4 and 8 words are copied, and 2 to 16 allocated beside the first.
        $costs[2].CopiedBytes, $costs[2].AllocatedBytes | Should -Be (8 * 15), (8 * 31)
        $costs[2].BytesPerHandle | Should -Be 0.128
        $costs.Append | ForEach-Object { $_ | Should -BeGreaterThan 0 }
    }

    It 'measures the pools of sessions by their sizes' {
        $session = New-HandleSession sizes
        $app = New-HandleProcess app
        $null = New-HandleNode $app -Count 100 | Add-HandleReference $app
        $null = New-HandleProcess none
        $cost = $session | Measure-HandlePool Bitmap -WarningAction Ignore
        $cost.Pools, $cost.Live | Should -Be 1, 100
        (Measure-HandlePool Bitmap -FromDump sizes -WarningAction Ignore).LongestWords | Should -Be $cost.LongestWords
    }

    It 'warns that sessions whose processes hold nothing have no pool to measure' {
        $null = New-HandleSession nothing
        $null = New-HandleProcess none
        Measure-HandlePool -FromDump nothing -WarningVariable warnings -WarningAction SilentlyContinue | Should -BeNullOrEmpty
        $warnings | Should -Be 'No process of these sessions holds a handle, so that there is no pool to measure.'
        Remove-HandleSession nothing
        Measure-HandlePool -FromDump nothing -WarningVariable warnings -ErrorAction Ignore
        $warnings | Should -BeNullOrEmpty
    }

    It 'shows long times without decimals, so that they fit' {
        $cost = [pscustomobject] @{ Append = 1429776.9; Churn = 999.94; Drain = 4.25 }
        [HandlePool.PowerShell.Views.ViewText]::Append[$cost], [HandlePool.PowerShell.Views.ViewText]::Churn[$cost], [HandlePool.PowerShell.Views.ViewText]::Drain[$cost] |
            Should -Be '1429777', '999.9', '4.3'
    }

    It 'says how much of a processor a measurement had' {
        (Measure-HandlePool Bitmap -Count 64 -WarningAction Ignore).ProcessorShare | Should -BeGreaterThan 0
    }

    It 'refuses <_>' -ForEach '-Count 63', '-Count -1', '-RangeSize 0', '-Workload Nap', '-Allocator Abacus', '-Allocator $null', '-Live 0', '-FromDump nothing', '-Live 64 -Count 64' {
        { Invoke-Expression "Measure-HandlePool $_ -ErrorAction Stop" } | Should -Throw
    }
}

Describe 'Measure-HandleContention' {
    It 'returns a result for each policy and delay' {
        $results = Measure-HandleContention -Threads 2 -Count 500 -Delay 0:0:0, 0:0:0.001
        $results.GrowthPolicy | Should -Be 'Optimistic', 'GrowingFlag', 'AllocationLock', 'Optimistic', 'GrowingFlag', 'AllocationLock'
        $results.Delay.TotalMilliseconds | Should -Be 0, 0, 0, 1, 1, 1
        $results.GrowCount | Select-Object -Unique | Should -Be 3
        $results.Throughput | ForEach-Object { $_ | Should -BeGreaterThan 0 }
        ($results | Where-Object GrowthPolicy -NE Optimistic).DiscardedResizes | Select-Object -Unique | Should -Be 0
    }

    It 'measures only what is asked for' {
        $result = Measure-HandleContention GrowingFlag -Threads 3 -Count 300 -Delay 0:0:0 -Allocator Bitmap
        $result.GrowthPolicy, $result.Threads, $result.Count | Should -Be 'GrowingFlag', 3, 300
        $result.LockAcquisitions | Should -BeGreaterOrEqual 300
    }

    It 'shows as a table and as a list' {
        $result = Measure-HandleContention Optimistic -Threads 1 -Count 256 -Delay 0:0:0
        $result | Out-String -Width 100 | Should -Match 'GrowthPolicy +Delay +Throughput +DiscardedResizes'
        $result | Format-List | Out-String | Should -Match '(?m)^WorstAdd +:'
    }

    It 'refuses <_>' -ForEach '-Threads 0', '-Threads 257', '-Count 255', '-Delay 1', '-Delay 0:0:0, 5', '-Delay -0:0:1', '-Delay 0:0:11', '-Delay $null', '-Delay @()', '-GrowthPolicy Hope' {
        { Invoke-Expression "Measure-HandleContention $_" } | Should -Throw
    }
}
