BeforeAll {
    Import-Module "$PSScriptRoot/../HandlePool.psd1"
    Import-Module "$PSScriptRoot/HandleErrorAssertion.psm1"
}

BeforeDiscovery {
    Import-Module "$PSScriptRoot/../HandlePool.psd1"
    $allocators = [Enum]::GetNames([HandlePool.HandleAllocator])
    $growthPolicies = [Enum]::GetNames([HandlePool.GrowthPolicy])
}

Describe 'New-HandleSession' {
    BeforeEach {
        # A runspace's sessions outlive a test: start from one that nobody has used.
        Get-HandleSession | Remove-HandleSession
        $session = New-HandleSession 'start'
    }

    It 'makes the new session current and writes it' {
        $new = New-HandleSession 'second'
        $new | Should -BeOfType HandlePool.HandleSession
        $new.Name | Should -BeExactly 'second'
        Get-HandleSession -Current | Should -Be $new
    }

    It 'gives each unnamed session its own name' {
        $names = 1..3 | ForEach-Object { (New-HandleSession).Name }
        $names | Should -Not -BeNullOrEmpty
        $names | Sort-Object -Unique | Should -HaveCount 3
    }

    It 'defaults to the hierarchical bitmap, the driver''s policies and 2^30 handles' {
        $session.Allocator | Should -Be 'SegmentedBitmap'
        $session.GrowthPolicy | Should -Be 'Optimistic'
        $session.ShrinkPolicy | Should -Be 'Immediate'
        $session.MaxCapacity | Should -Be 1073741824
    }

    It 'takes the allocator <_>, which gives the same handles as the others' -ForEach $allocators {
        $new = New-HandleSession -Allocator $_
        $new.Allocator | Should -Be $_
        $owner = New-HandleProcess 'owner'
        $app = New-HandleProcess 'app'
        $nodes = New-HandleNode $owner -Count 70
        ($nodes | Add-HandleReference $app).Handle | Should -Be (1..70)
        Remove-HandleReference $app 5, 2, 66
        (New-HandleNode $owner -Count 4 | Add-HandleReference $app).Handle | Should -Be 2, 5, 66, 71
    }

    It 'takes the growth policy <_>, with which a full pool grows' -ForEach $growthPolicies {
        (New-HandleSession -GrowthPolicy $_).GrowthPolicy | Should -Be $_
        $app = New-HandleProcess 'app'
        (New-HandleProcess 'owner' | New-HandleNode -Count 70 | Add-HandleReference $app)[-1].Handle | Should -Be 70
        $app.Capacity | Should -Be 128
    }

    It 'takes shrink policy <Policy>, which leaves an emptied pool at <Capacity>' -ForEach @(
        @{ Policy = 'Immediate'; Capacity = 64 }
        @{ Policy = 'OnDemand'; Capacity = 256 }
        @{ Policy = 'Never'; Capacity = 256 }
    ) {
        (New-HandleSession -ShrinkPolicy $Policy).ShrinkPolicy | Should -Be $Policy
        $app = New-HandleProcess 'app'
        $references = New-HandleProcess 'owner' | New-HandleNode -Count 200 | Add-HandleReference $app
        [array]::Reverse($references)
        $references | Remove-HandleReference
        $app.HandleCount | Should -Be 0
        $app.Capacity | Should -Be $Capacity
    }

    It 'takes a limit, beyond which no pool grows' {
        (New-HandleSession -MaxCapacity 128).MaxCapacity | Should -Be 128
        $app = New-HandleProcess 'app'
        $nodes = New-HandleProcess 'owner' | New-HandleNode -Count 130
        { $nodes | Add-HandleReference $app } | Should -WriteHandleError PoolExhausted -Times 3 -Naming 128
        $app.HandleCount | Should -Be 127
    }

    It 'takes rows of strings' {
        $rows = @'
Name,Allocator,GrowthPolicy,ShrinkPolicy,MaxCapacity
one,Bitmap,Optimistic,OnDemand,64
two,SegmentedBitmap,Optimistic,Never,256
'@ | ConvertFrom-Csv
        $new = $rows | New-HandleSession
        $new.Name | Should -Be 'one', 'two'
        $new.Allocator | Should -Be 'Bitmap', 'SegmentedBitmap'
        $new.GrowthPolicy | Should -Be 'Optimistic', 'Optimistic'
        $new.ShrinkPolicy | Should -Be 'OnDemand', 'Never'
        $new.MaxCapacity | Should -Be 64, 256
    }

    It 'refuses a row with an invalid option, rather than using the default' {
        { [pscustomobject]@{ Name = 'bad'; Allocator = 'Abacus' } | New-HandleSession -ErrorAction Stop } | Should -Throw
        Get-HandleSession -Current | Should -Be $session
    }

    It 'takes the options of another session by property name' {
        $like = New-HandleSession 'like' -Allocator Bitmap -MaxCapacity 128
        $rows = $like | Select-Object @{ n = 'Name'; e = { 'copy' } }, Allocator, GrowthPolicy, ShrinkPolicy, MaxCapacity
        $copy = $rows | New-HandleSession
        $copy.Allocator | Should -Be 'Bitmap'
        $copy.MaxCapacity | Should -Be 128
    }

    It 'refuses a name in use, ignoring case, and keeps the current session' {
        { New-HandleSession 'START' } | Should -WriteHandleError SessionExists -Naming 'START'
        Get-HandleSession -Current | Should -Be $session
        Get-HandleSession | Should -HaveCount 1
    }

    It 'continues with the next row after a name in use' {
        $rows = 'start', 'next' | ForEach-Object { [pscustomobject]@{ Name = $_ } }
        { $rows | New-HandleSession } | Should -WriteHandleError SessionExists
        (Get-HandleSession -Current).Name | Should -Be 'next'
    }

    It 'stops at a name in use with -ErrorAction Stop' {
        { New-HandleSession 'start' -ErrorAction Stop } | Should -WriteHandleError SessionExists -Terminating
    }

    It 'refuses <_> as a limit' -ForEach 63, 0, -1, 2147483648 {
        { New-HandleSession 'bad' -MaxCapacity $_ } | Should -Throw -ErrorId '*Argument*,*'
        Get-HandleSession -Current | Should -Be $session
    }

    It 'refuses an invalid allocator or name' {
        { New-HandleSession -Allocator 'Abacus' } | Should -Throw '*Abacus*'
        { New-HandleSession '' } | Should -Throw
        { New-HandleSession $null } | Should -Throw
    }

    It 'creates sessions that share nothing' {
        $here = New-HandleProcess 'app' -Id 7 -Manager
        $other = New-HandleSession
        $there = New-HandleProcess 'app' -Id 7 -Manager
        $there | Should -Not -Be $here
        (New-HandleNode $there).Id | Should -Be (New-HandleNode $here).Id
        $other.Processes | Should -Be 1
    }
}

Describe 'Get-HandleSession' {
    BeforeEach {
        # A runspace's sessions outlive a test: start from one that nobody has used.
        Get-HandleSession | Remove-HandleSession
        $session = New-HandleSession 'start'
    }

    It 'lists all sessions of the runspace' {
        $null = New-HandleSession 'b'
        (Get-HandleSession).Name | Should -Be 'start', 'b'
    }

    It 'finds a name with wildcard characters, escaped or not' {
        $odd = New-HandleSession 'st[a]rt'
        Get-HandleSession 'st`[a`]rt' | Should -Be $odd
        Get-HandleSession 'st[a]rt' | Should -Be $odd
    }

    It 'finds by name, several names and wildcards, in any case' {
        $null = 'one', 'two', 'other' | ForEach-Object { New-HandleSession $_ }
        (Get-HandleSession 'ONE').Name | Should -Be 'one'
        (Get-HandleSession one, two).Name | Should -Be 'one', 'two'
        (Get-HandleSession o*).Name | Should -Be 'one', 'other'
        (Get-HandleSession [ot]*[eo]).Name | Should -Be 'one', 'two'
    }

    It 'takes names from the pipeline' {
        ('start', 'start' | Get-HandleSession).Name | Should -Be 'start', 'start'
    }

    It 'returns the current session' {
        $null = New-HandleSession 'b'
        (Get-HandleSession -Current).Name | Should -Be 'b'
    }

    It 'has a current session in a new runspace from the start' {
        $found = [powershell]::Create().AddScript({
                param($manifest)
                Import-Module $manifest
                Get-HandleSession -Current
                New-HandleProcess 'app'
            }).AddArgument("$PSScriptRoot/../HandlePool.psd1").Invoke()
        $found[0] | Should -BeOfType HandlePool.HandleSession
        $found[1].Session | Should -Be $found[0]
        $found[0] | Should -Not -Be $session
    }

    It 'refuses an unknown name, and continues' {
        { $script:found = 'nope', 'start' | Get-HandleSession } | Should -WriteHandleError SessionNotFound -Naming nope, start
        $script:found.Name | Should -Be 'start'
        { Get-HandleSession nope -ErrorAction Stop } | Should -WriteHandleError SessionNotFound -Terminating
    }

    It 'returns nothing for a wildcard that matches nothing' {
        Get-HandleSession nope* -ErrorAction Stop | Should -BeNullOrEmpty
    }

    It 'takes either a name or -Current' {
        { Get-HandleSession start -Current } | Should -Throw
        { Get-HandleSession $null } | Should -Throw
    }

    It 'has the properties that scripts rely on' {
        $null = New-HandleProcess 'app' | New-HandleNode -Count 3
        $session.Processes | Should -BeOfType int
        $session.Processes | Should -Be 1
        $session.Nodes | Should -BeOfType int
        $session.Nodes | Should -Be 3
        $session.MaxCapacity | Should -BeOfType int
        , $session.Findings | Should -BeOfType System.Collections.IEnumerable
        $session.Findings | Should -BeNullOrEmpty
    }

    It 'shows as a table that marks the current session, and as a list' {
        $null = New-HandleSession 'b'
        $table = (Get-HandleSession | Out-String -Width 100) -split '\r?\n'
        $table[1] | Should -Match '^Name +IsCurrent +Processes +Nodes +FindingCount +Allocator'
        $table -match '^start' | Should -Not -Match '\*'
        $table -match '^b ' | Should -Match '\*'
        $list = $session | Format-List | Out-String -Width 100
        'Name', 'Processes', 'Nodes', 'FindingCount', 'Allocator', 'GrowthPolicy', 'ShrinkPolicy', 'MaxCapacity' |
            ForEach-Object { $list | Should -Match "(?m)^$_ +:" }
    }
}

Describe 'Switch-HandleSession' {
    BeforeEach {
        # A runspace's sessions outlive a test: start from one that nobody has used.
        Get-HandleSession | Remove-HandleSession
        $session = New-HandleSession 'start'
        $other = New-HandleSession 'other'
    }

    It 'makes a session given as <Form> current' -ForEach @(
        @{ Form = 'an object'; Switch = { Switch-HandleSession $session } }
        @{ Form = 'a name'; Switch = { Switch-HandleSession 'start' } }
        @{ Form = 'a name in other letters'; Switch = { Switch-HandleSession -Session 'START' } }
        @{ Form = 'an object in the pipeline'; Switch = { $session | Switch-HandleSession } }
        @{ Form = 'a name in the pipeline'; Switch = { 'start' | Switch-HandleSession } }
        @{ Form = '-Name'; Switch = { Switch-HandleSession -Name start } }
        @{ Form = 'a pattern that matches one'; Switch = { Switch-HandleSession st* } }
    ) {
        & $Switch | Should -BeNullOrEmpty
        Get-HandleSession -Current | Should -Be $session
        $null = New-HandleProcess 'app'
        $session.Processes | Should -Be 1
    }

    It 'refuses a pattern that matches none or several, and keeps the current one' {
        { Switch-HandleSession st*x } | Should -WriteHandleError SessionNotFound -Naming 'st*x', start
        { Switch-HandleSession -Name * } | Should -WriteHandleError SessionAmbiguous -Naming '2 sessions', start, other
        { Switch-HandleSession '[a' -ErrorAction Stop } | Should -Throw -ErrorId 'BadPattern,*'
        Get-HandleSession -Current | Should -Be $other
    }

    It 'writes the session with -PassThru' {
        Switch-HandleSession $session -PassThru | Should -Be $session
    }

    It 'refuses an unknown session, and keeps the current one' {
        $old = New-HandleSession gone
        Remove-HandleSession $old
        $null = New-HandleSession gone
        { Get-HandleProcess -Session $old } | Should -WriteHandleError SessionNotFound -Naming gone, removed
        Remove-HandleSession gone
        { Switch-HandleSession 'nope' } | Should -WriteHandleError SessionNotFound -Naming nope, start, other
        { 'nope', 'start' | Switch-HandleSession } | Should -WriteHandleError SessionNotFound
        Get-HandleSession -Current | Should -Be $session
    }

    It 'refuses a removed session' {
        Remove-HandleSession $session
        { Switch-HandleSession $session } | Should -WriteHandleError SessionNotFound -Naming start
        Get-HandleSession -Current | Should -Be $other
    }
}

Describe 'Remove-HandleSession' {
    BeforeEach {
        # A runspace's sessions outlive a test: start from one that nobody has used.
        Get-HandleSession | Remove-HandleSession
        $session = New-HandleSession 'start'
        $other = New-HandleSession 'other'
    }

    It 'removes a session given as <Form>' -ForEach @(
        @{ Form = 'an object'; Remove = { Remove-HandleSession $session } }
        @{ Form = 'a name'; Remove = { Remove-HandleSession 'start' } }
        @{ Form = 'an object in the pipeline'; Remove = { $session | Remove-HandleSession } }
        @{ Form = '-Name'; Remove = { Remove-HandleSession -Name st* } }
        @{ Form = 'a name in the pipeline, without asking'; Remove = { 'start' | Remove-HandleSession -Confirm:$false } }
    ) {
        & $Remove | Should -BeNullOrEmpty
        (Get-HandleSession).Name | Should -Be 'other'
        Get-HandleSession -Current | Should -Be $other
    }

    It 'removes several at once' {
        $third = New-HandleSession 'third'
        Remove-HandleSession $session, 'other'
        Get-HandleSession | Should -Be $third
    }

    It 'leaves a current session when the current one or all are removed' {
        Remove-HandleSession $other
        Get-HandleSession -Current | Should -Not -Be $other
        Get-HandleSession | Remove-HandleSession
        Get-HandleSession -Current | Should -BeOfType HandlePool.HandleSession
        (Get-HandleSession -Current).Processes | Should -Be 0
    }

    It 'keeps objects of the removed session readable' {
        $app = New-HandleProcess 'app'
        Remove-HandleSession $other
        $app.Name | Should -Be 'app'
        $app.Session.Name | Should -Be 'other'
    }

    It 'refuses an unknown or removed session, and continues' {
        Remove-HandleSession $other
        { 'nope', $other, 'start' | Remove-HandleSession } | Should -WriteHandleError SessionNotFound -Times 2
        (Get-HandleSession).Name | Should -Not -Contain 'start'
    }
}

Describe 'Use-HandleSession' {
    BeforeEach {
        Get-HandleSession | Remove-HandleSession
        $world = New-HandleSession world
    }

    It 'runs the block in a new session, which is gone afterwards' {
        $inside = Use-HandleSession {
            $null = New-HandleProcess app
            Get-HandleSession -Current
            (Get-HandleProcess).Name
        }
        $inside[0].Name | Should -Be 'Session'
        $inside[1] | Should -Be 'app'
        (Get-HandleSession).Name | Should -Be 'world'
        (Get-HandleSession -Current) | Should -Be $world
        Get-HandleProcess | Should -BeNullOrEmpty
        { New-HandleProcess -Session $inside[0] } | Should -WriteHandleError SessionNotFound
    }

    It 'takes every option of New-HandleSession' {
        $options = @{ Name = 'tmp'; Driver = 'Rust'; FreezeListenerLeak = $true; Allocator = 'Bitmap'; GrowthPolicy = 'GrowingFlag'; ShrinkPolicy = 'Never'; MaxCapacity = 256; Record = $true }
        $session = Use-HandleSession { $null = Get-HandleOperation -ErrorAction Stop; Get-HandleSession -Current } @options
        foreach ($name in $options.Keys.Where({ $_ -ne 'Record' })) { $session.$name | Should -Be $options[$name] }
        $new = (Get-Command New-HandleSession).Parameters.Keys.Where({ $_ -notin 'WhatIf', 'Confirm' })
        $new.Where({ $_ -notin (Get-Command Use-HandleSession).Parameters.Keys }) | Should -BeNullOrEmpty
    }

    It 'uses a session that it is given, and does not remove it: <Form>' -ForEach @(
        @{ Form = 'an object'; Use = { Use-HandleSession { (Get-HandleSession -Current).Name } -Session $other } }
        @{ Form = 'a name'; Use = { Use-HandleSession -Session OTHER { (Get-HandleSession -Current).Name } } }
        @{ Form = 'the current one'; Use = { $null = Switch-HandleSession other; Use-HandleSession -Session other { (Get-HandleSession -Current).Name }; $null = Switch-HandleSession world } }
    ) {
        $other = New-HandleSession other
        $null = Switch-HandleSession world
        & $Use | Should -Be 'other'
        (Get-HandleSession).Name | Should -Be 'world', 'other'
        (Get-HandleSession -Current).Name | Should -Be 'world'
        $null = New-HandleProcess -Session $other
    }

    It 'restores the former session when the block <Way>' -ForEach @(
        @{ Way = 'throws'; Block = { throw 'boom' } }
        @{ Way = 'fails'; Block = { Get-HandleProcess nobody -ErrorAction Stop } }
        @{ Way = 'returns'; Block = { return } }
        @{ Way = 'switches'; Block = { $null = Switch-HandleSession spare } }
        @{ Way = 'removes its session'; Block = { Get-HandleSession -Current | Remove-HandleSession } }
        @{ Way = 'is nested'; Block = { Use-HandleSession { Use-HandleSession { throw 'inner' } } } }
    ) {
        $null = New-HandleSession spare
        $null = Switch-HandleSession world
        try { Use-HandleSession $Block } catch { $null = $_ }
        (Get-HandleSession -Current).Name | Should -Be 'world'
        (Get-HandleSession).Name | Should -Be 'world', 'spare'
    }

    It 'leaves another session current when the block removes the former one' {
        $null = New-HandleSession spare
        $null = Switch-HandleSession world
        Use-HandleSession { Remove-HandleSession world }
        (Get-HandleSession -Current).Name | Should -Be 'spare'
    }

    It 'lets output, errors, variables, $_ and arguments through as they come' {
        $seen = [Collections.Generic.List[object]]::new()
        Use-HandleSession { 1; $seen.Add('first'); 2; $seen.Add('second') } | ForEach-Object { $seen.Add($_) }
        $seen | Should -Be 1, 'first', 2, 'second'
        Use-HandleSession { 1; $seen.Add('third'); 2 } | Select-Object -First 1 | Should -Be 1
        $seen | Should -Not -Contain 'third'
        (Get-HandleSession).Name | Should -Be 'world'
        5, 6 | ForEach-Object { Use-HandleSession { $_ } } | Should -Be 5, 6
        Use-HandleSession { param($First) "$First $args" } -ArgumentList 'a', 'b', 'c' | Should -Be 'a b c'
        Use-HandleSession { $kept = 7 }
        $kept | Should -Be 7
        $both = Use-HandleSession { Get-HandleProcess nobody; 'after' } 2>&1
        $both[0].FullyQualifiedErrorId | Should -BeLike 'ProcessNotFound,*'
        $both[1] | Should -Be 'after'
    }

    It 'runs nothing where there is no session to use: <Line>' -ForEach @(
        @{ Line = 'Use-HandleSession { $script:ran = $true } -Session nope'; Id = 'SessionNotFound' }
        @{ Line = 'Use-HandleSession { $script:ran = $true } -Name world'; Id = 'SessionExists' }
        @{ Line = 'Use-HandleSession { $script:ran = $true } -Driver C -FreezeListenerLeak'; Id = 'DriverWithoutLeak' }
    ) {
        $script:ran = $false
        $record = & ([scriptblock]::Create($Line)) 2>&1
        $record.FullyQualifiedErrorId | Should -BeLike "$Id,*"
        $script:ran | Should -BeFalse
        (Get-HandleSession).Name | Should -Be 'world'
    }

    It 'binds no block that is none, no session with options, and no pipeline: <_>' -ForEach @(
        'Use-HandleSession $null', 'Use-HandleSession text', 'Use-HandleSession {} -Session world -Driver C', 'Use-HandleSession {} -Session $null'
        'Use-HandleSession {} -ArgumentList $null', 'Get-HandleSession | Use-HandleSession {}', 'Use-HandleSession {} -MaxCapacity 1'
    ) {
        { & ([scriptblock]::Create("$_ -ErrorAction Stop")) } | Should -Throw
        (Get-HandleSession).Name | Should -Be 'world'
    }
}

Describe 'Copy-HandleSession' {
    BeforeEach {
        Get-HandleSession | Remove-HandleSession
        $world = New-HandleSession world -Driver C -MaxCapacity 1024
        $server, $client = 'server', 'client' | New-HandleProcess
        $null = New-HandleNode $server -Count 70 | Add-HandleReference $client -Count 2
        $null = Request-HandleNotification $client 3
        $null = Add-HandleFault -FailAllocation $client -Grow -After 1
        $null = Add-HandleFault -FlipBit $client 5

        function Get-Everything($Session) {
            $Session | Select-Object Driver, Allocator, GrowthPolicy, ShrinkPolicy, MaxCapacity, Processes, Nodes | ConvertTo-Csv
            Get-HandleProcess -Session $Session -IncludeDead | Select-Object * -ExcludeProperty Session | ConvertTo-Csv
            Get-HandleNode -Session $Session | Select-Object * -ExcludeProperty Session | ConvertTo-Csv
            Get-HandleReference -Session $Session | Select-Object * -ExcludeProperty Session | ConvertTo-Csv
            Get-HandlePool -Session $Session | Select-Object * -ExcludeProperty Session | ConvertTo-Csv
            Get-HandleNotification -Session $Session | Select-Object * -ExcludeProperty Session | ConvertTo-Csv
            Get-HandleFault -Session $Session | Select-Object * -ExcludeProperty Session | ConvertTo-Csv
            Get-HandleEvent -Session $Session | Select-Object * -ExcludeProperty Session | ConvertTo-Csv
            Find-HandleMismatch -Session $Session | ForEach-Object { "$_" }
        }
    }

    It 'copies everything under a new name, and stays in the current session' {
        $copy = Copy-HandleSession -Name before
        $copy | Should -BeOfType HandlePool.HandleSession
        $copy.Name | Should -Be 'before'
        (Get-HandleSession -Current) | Should -Be $world
        (Get-HandleSession).Name | Should -Be 'world', 'before'
        Get-Everything $copy | Should -Be (Get-Everything $world)
    }

    It 'shares nothing with the session' {
        $copy = Copy-HandleSession
        $copy.Name | Should -Be 'world (2)'
        $before = Get-Everything $copy
        $null = Repair-HandlePool
        Get-HandleFault | Remove-HandleFault
        Get-HandleReference $client | Remove-HandleReference
        Remove-HandleProcess server
        Get-Everything $copy | Should -Be $before
        Remove-HandleSession world
        (Get-HandleReference client -Session $copy).Count | Should -Be 70
    }

    It 'takes sessions by name and from the pipeline' {
        $null = New-HandleSession other
        (Copy-HandleSession WORLD again).Name | Should -Be 'again'
        (Get-HandleSession world, other | Copy-HandleSession).Name | Should -Be 'world (2)', 'other (2)'
        ($world | Copy-HandleSession -Name third).Processes | Should -Be 2
        (Get-HandleSession -Current).Name | Should -Be 'other'
    }

    It 'refuses a name that is taken, and a session that is not there' {
        { Copy-HandleSession -Name WORLD } | Should -WriteHandleError SessionExists -Naming WORLD
        { Copy-HandleSession nope } | Should -WriteHandleError SessionNotFound -Naming nope
        $gone = New-HandleSession gone
        Remove-HandleSession gone
        { Copy-HandleSession $gone } | Should -WriteHandleError SessionNotFound -Naming gone
        { Copy-HandleSession -Name ' ' } | Should -Throw
        { Copy-HandleSession $null } | Should -Throw
        (Get-HandleSession).Name | Should -Be 'world'
    }

    It 'is not recorded' {
        $null = New-HandleSession recorded -Record
        $copy = Copy-HandleSession
        Get-HandleOperation -Session $copy -ErrorVariable refused -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        $refused[0].FullyQualifiedErrorId | Should -BeLike 'NotRecorded,*'
    }
}
