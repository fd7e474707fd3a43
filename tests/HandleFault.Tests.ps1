BeforeAll {
    Import-Module "$PSScriptRoot/../HandlePool.psd1"
    Import-Module "$PSScriptRoot/HandleErrorAssertion.psm1"

    # A client whose pool of 64 is full but for handle 0.
    function Initialize-World([string] $Allocator = 'SegmentedBitmap', [string] $Driver = 'HandlePool') {
        Get-HandleSession | Remove-HandleSession
        $null = New-HandleSession 'world' -Allocator $Allocator -Driver $Driver
        $null = 'server', 'client' | New-HandleProcess
        $null = New-HandleNode server -Count 63 | Add-HandleReference client
    }
}

Describe 'Add-HandleFault' {
    BeforeEach { Initialize-World }

    It 'makes freezing fail, and leaves the process thawed' {
        $fault = Add-HandleFault -FailFreeze server -After 1
        Suspend-HandleProcess server
        { Suspend-HandleProcess server } | Should -WriteHandleError ProcessBusy
        (Get-HandleProcess server).IsFrozen | Should -BeFalse
        Get-HandleEvent server -Kind FreezeFailed | Should -HaveCount 1
        $fault.Hits, $fault.Remaining | Should -Be 1, 0
        Suspend-HandleProcess server
        (Get-HandleProcess server).IsFrozen | Should -BeTrue
    }

    It 'makes growing fail once, which changes nothing' {
        $fault = Add-HandleFault -FailAllocation client
        $fault.Kind, $fault.Process.Name, $fault.Count, $fault.Hits, $fault.Remaining | Should -Be 'FailAllocation', 'client', 1, 0, 1
        $node = New-HandleNode server
        { Add-HandleReference client $node } | Should -WriteHandleError AllocationFailed
        (Get-HandlePool client).Capacity | Should -Be 64
        (Get-HandleReference client).Count | Should -Be 63
        $node.HolderCount | Should -Be 0
        $fault.Hits, $fault.Remaining | Should -Be 1, 0
        (Add-HandleReference client $node).Handle | Should -Be 64
    }

    It 'lets -After allocations pass, then fails -Count of them' {
        $fault = Add-HandleFault -FailAllocation client -After 1 -Count 2
        $null = Resize-HandlePool client -Grow
        1..2 | ForEach-Object { { Resize-HandlePool client -Grow } | Should -WriteHandleError AllocationFailed }
        (Resize-HandlePool client -Grow).ToCapacity | Should -Be 256
        $fault.Hits | Should -Be 2
    }

    It 'affects only one direction: a failure to shrink is only an event' {
        $null = Add-HandleFault -FailAllocation client -Shrink
        $null = Resize-HandlePool client -Grow
        Get-HandleReference client | Where-Object Handle -GT 30 | Remove-HandleReference -ErrorAction Stop
        Get-HandleEvent -Kind AllocationFailed | Should -HaveCount 1
        (Get-HandlePool client).Capacity | Should -Be 128
        Remove-HandleReference client 30
        (Get-HandlePool client).Capacity | Should -Be 64
    }

    It 'disables a bitmap of the C driver, whose pool continues without it' {
        Initialize-World DBitmap C
        $null = Add-HandleFault -FailAllocation client
        (New-HandleNode server | Add-HandleReference client).Handle | Should -Be 64
        (Get-HandlePool client).IsDisabled | Should -BeTrue
        Get-HandleEvent -Kind BitmapDisabled | Should -HaveCount 1
    }

    It 'applies to all processes, or only to the one named' {
        $null = Add-HandleFault -FailAllocation server
        (Resize-HandlePool client -Grow).Applied | Should -BeTrue
        $null = Add-HandleFault -FailAllocation
        { Resize-HandlePool client -Grow } | Should -WriteHandleError AllocationFailed
    }

    It 'delays -Count allocations' {
        $fault = Add-HandleFault -DelayAllocation client -Delay 0:0:0.001 -Count 1
        $null = Resize-HandlePool client -Grow
        $null = Resize-HandlePool client -Grow
        $fault.Hits | Should -Be 1
    }

    It 'flips the bit of a held handle, which fails one add, with <_>' -ForEach @(
        'SegmentedBitmap', 'HierarchicalBitmap', 'Bitmap', 'DBitmap', 'TreeScan', 'AugmentedTree', 'FdTwoLevel', 'XArray'
    ) {
        Initialize-World $_
        $fault = Add-HandleFault -FlipBit client 5
        $fault.Hits, $fault.Remaining, $fault.Handle | Should -Be 1, 0, 5
        (Get-HandleBitmap client).IsSet(5) | Should -BeFalse
        $node = New-HandleNode server
        { Add-HandleReference client $node } | Should -WriteHandleError PoolCorrupted -Naming '5'
        (Get-HandleBitmap client).IsSet(5) | Should -BeTrue
        (Get-HandleEvent -Kind Mismatch).Handle | Should -Be 5
        (Add-HandleReference client $node).Handle | Should -Be 64
    }

    It 'flips the bit of an unused handle, which is never given out' {
        Remove-HandleReference client 7
        $null = Add-HandleFault -FlipBit client 7
        (New-HandleNode server | Add-HandleReference client).Handle | Should -Be 64
    }

    It 'marks a full word as free in a summary, which fails one add' {
        $null = Resize-HandlePool client -Grow
        $null = New-HandleNode server -Count 64 | Add-HandleReference client
        $null = Resize-HandlePool client -Grow
        $fault = Add-HandleFault -BreakSummary client 64
        "$($fault.Kind)", $fault.Handle, $fault.Hits, $fault.Remaining | Should -Be 'BreakSummary', 64, 1, 0
        (Get-HandleBitmap client).IsSet(64) | Should -BeTrue
        $node = New-HandleNode server
        { Add-HandleReference client $node } | Should -WriteHandleError PoolCorrupted -Naming client, summaries
        (Get-HandleEvent -Kind Mismatch).Process.Name | Should -Be 'client'
        (Get-HandleProcess client).HandleCount, $node.HolderCount | Should -Be 127, 0
        (Add-HandleReference client $node).Handle | Should -Be 128
    }

    It 'breaks a summary, which hides the free handles of a word' {
        $null = New-HandleNode server -Count 100 | Add-HandleReference client
        Remove-HandleReference client 70
        $null = Add-HandleFault -BreakSummary client 127
        (New-HandleNode server | Add-HandleReference client).Handle | Should -Be 164
    }

    It 'breaks the summary of the last used word, which still limits shrinking' {
        $null = New-HandleNode server -Count 237 | Add-HandleReference client
        Get-HandleReference client | Where-Object Handle -In (10..299) | Remove-HandleReference
        $null = Add-HandleFault -BreakSummary client 300
        Remove-HandleReference client 9
        (Get-HandlePool client).Capacity | Should -Be 512
        (Get-HandleReference client).Handle[-1] | Should -Be 300
    }

    It 'takes processes from the pipeline' {
        (Get-HandleProcess | Add-HandleFault -FailAllocation).Process.Name | Should -Be 'server', 'client'
    }

    It 'affects allocations to grow, to shrink, or both' {
        (Add-HandleFault -FailAllocation client -Grow).Direction | Should -Be 'Grow'
        (Add-HandleFault -DelayAllocation -Delay 0:0:1 -Shrink).Direction | Should -Be 'Shrink'
        (Add-HandleFault -FailAllocation client).Direction | Should -BeNullOrEmpty
        (Add-HandleFault -FailAllocation client -Grow -Shrink).Direction | Should -BeNullOrEmpty
    }

    It 'takes a delay as a duration: <_>' -ForEach '0:0:0.25', ([timespan] '0:0:0.25') {
        (Add-HandleFault -DelayAllocation -Delay $_).Delay.TotalMilliseconds | Should -Be 250
    }

    It 'takes no other delay: <_>' -ForEach 50, '50', 0, '0:0:0', '-0:0:1', '1.0:0:1', '50ms', $null, '', ([datetime]::MaxValue) {
        $delay = $_
        { Add-HandleFault -DelayAllocation client -Delay $delay } | Should -Throw -ErrorId '*Argument*,*'
        Get-HandleFault | Should -BeNullOrEmpty
    }

    It 'binds only what the kind takes: <_>' -ForEach @(
        'Add-HandleFault client', 'Add-HandleFault', 'Add-HandleFault -FailAllocation -FlipBit client 3'
        'Add-HandleFault -FlipBit client 3 -Count 2', 'Add-HandleFault -FlipBit client 3 -Grow', 'Add-HandleFault -BreakSummary client 3 -After 1'
        'Add-HandleFault -BreakSummary client 3 -Delay 0:0:1', 'Add-HandleFault -FailAllocation -Delay 0:0:1'
        'Add-HandleFault -FailFreeze client -Grow', 'Add-HandleFault -FailNotification client -Delay 0:0:1', 'Add-HandleFault -FailFreeze client -Handle 1'
    ) {
        { & ([scriptblock]::Create($_)) } | Should -Throw -ErrorId 'AmbiguousParameterSet,*'
        Get-HandleFault | Should -BeNullOrEmpty
    }

    It 'asks for what the kind needs: <Kind>' -ForEach @(
        @{ Kind = 'FailAllocation'; Needs = @() }
        @{ Kind = 'DelayAllocation'; Needs = @('Delay') }
        @{ Kind = 'FailNotification'; Needs = @() }
        @{ Kind = 'FailFreeze'; Needs = @() }
        @{ Kind = 'FlipBit'; Needs = 'Handle', 'Process' }
        @{ Kind = 'BreakSummary'; Needs = 'Handle', 'Process' }
    ) {
        $set = (Get-Command Add-HandleFault).ParameterSets.Where({ $_.Name -eq $Kind })
        $set.Parameters.Where({ $_.IsMandatory }).Name | Sort-Object | Should -Be (@($Kind) + $Needs | Sort-Object)
        [enum]::GetNames([HandlePool.HandleFaultKind]) | Sort-Object | Should -Be ((Get-Command Add-HandleFault).ParameterSets.Name | Sort-Object)
    }

    It 'refuses <Line>' -ForEach @(
        @{ Line = 'Add-HandleFault -FlipBit client 64' }
        @{ Line = 'Add-HandleFault -BreakSummary wide 128' }
        @{ Line = 'Add-HandleFault -BreakSummary client 3' }
        @{ Line = 'Add-HandleFault -BreakSummary flat 3 -Session flat' }
    ) {
        $null = New-HandleProcess wide | Resize-HandlePool -Grow
        $null = New-HandleSession flat -Allocator Bitmap
        $null = New-HandleProcess flat | Resize-HandlePool -Grow
        $null = Switch-HandleSession world
        & ([scriptblock]::Create($Line)) -ErrorVariable errors 2>$null | Should -BeNullOrEmpty
        $record = & ([scriptblock]::Create($Line)) 2>&1
        $record.FullyQualifiedErrorId | Should -BeLike 'BadFault,*'
        Get-HandleFault | Should -BeNullOrEmpty
        Test-HandlePool | Should -BeTrue
    }

    It 'refuses a process that has exited' {
        $gone = Remove-HandleProcess client -PassThru
        { Add-HandleFault -FailAllocation $gone } | Should -WriteHandleError ProcessDead -Naming 'client'
        { Add-HandleFault -DelayAllocation $gone -Delay 0:0:1 } | Should -WriteHandleError ProcessDead -Naming 'client'
        { Add-HandleFault -FlipBit $gone 3 } | Should -WriteHandleError ProcessDead -Naming 'client'
        { Add-HandleFault -BreakSummary $gone 3 } | Should -WriteHandleError ProcessDead -Naming 'client'
        { Add-HandleFault -FailAllocation $gone -WhatIf } | Should -WriteHandleError ProcessDead -Naming 'client'
        Get-HandleFault | Should -BeNullOrEmpty
    }
}

Describe 'Get-HandleFault' {
    BeforeEach {
        Initialize-World
        $fail = Add-HandleFault -FailAllocation client
        $delay = Add-HandleFault -DelayAllocation -Delay 0:0:0.001
        $flip = Add-HandleFault -FlipBit server 3
    }

    It 'gets all faults, in the order in which they were set' {
        Get-HandleFault | Should -Be $fail, $delay, $flip
        (Get-HandleFault).Id | Should -Be 1, 2, 3
    }

    It 'gets the faults of a kind, and of a process' {
        Get-HandleFault FlipBit | Should -Be $flip
        Get-HandleFault -Process cli* | Should -Be $fail
        Get-HandleProcess server | Get-HandleFault | Should -Be $flip
    }
}

Describe 'Remove-HandleFault' {
    BeforeEach {
        Initialize-World
        $null = Add-HandleFault -FailAllocation client
        $null = Add-HandleFault -FailAllocation server
        $null = Add-HandleFault -FlipBit client 3
    }

    It 'removes all faults that it is given, so that allocations work again' {
        Get-HandleFault | Remove-HandleFault | Should -BeNullOrEmpty
        Get-HandleFault | Should -BeNullOrEmpty
        (Resize-HandlePool client -Grow).Applied | Should -BeTrue
    }

    It 'removes the faults of a kind, of a process, or of both' {
        Remove-HandleFault -Kind FailAllocation -Process cl*
        (Get-HandleFault).Id | Should -Be 2, 3
        Remove-HandleFault -Kind FlipBit
        (Get-HandleFault).Id | Should -Be 2
        Remove-HandleFault -Process server, client
        Get-HandleFault | Should -BeNullOrEmpty
        { Remove-HandleFault -Kind FlipBit -ErrorAction Stop } | Should -Not -Throw
    }

    It 'removes none without being told which' {
        $command = Get-Command Remove-HandleFault
        $command.DefaultParameterSet | Should -Be 'Fault'
        $command.ParameterSets.ForEach({ @($_.Parameters.Where({ $_.IsMandatory })).Count }) | Should -Be 1, 1, 1, 1
        { Remove-HandleFault -InputObject $null } | Should -Throw
        { Remove-HandleFault -InputObject @() } | Should -Throw
        { 'client' | Remove-HandleFault -ErrorAction Stop } | Should -Throw
        Get-HandleFault | Should -HaveCount 3
    }

    It 'removes faults by their ids, and no others' {
        $null = New-HandleSession other
        Remove-HandleFault -Session world -Id 3, 1
        (Get-HandleFault -Session world).Id | Should -Be 2
        $null = Switch-HandleSession world
        { Remove-HandleFault -Id 1 } | Should -WriteHandleError FaultNotFound -Naming world, '1'
        { Get-HandleProcess server | Remove-HandleFault -ErrorAction Stop } | Should -Throw
        { [pscustomobject] @{ Id = 2 } | Remove-HandleFault -ErrorAction Stop } | Should -Throw
        (Get-HandleFault).Id | Should -Be 2
    }

    It 'refuses a fault that was removed, and one of another session' {
        $fault = Get-HandleFault -Process server
        $fault | Remove-HandleFault
        { $fault | Remove-HandleFault } | Should -WriteHandleError FaultNotFound -Naming world, '2'
        { $fault | Remove-HandleFault -WhatIf } | Should -WriteHandleError FaultNotFound -Naming world, '2'
        $null = New-HandleSession other
        $first = Get-HandleFault -Session world -Kind FailAllocation
        { $first | Remove-HandleFault -Session other } | Should -WriteHandleError FaultNotFound -Naming world, other
        $first | Remove-HandleFault
        (Get-HandleFault -Session world).Id | Should -Be 3
    }

    It 'removes the faults of a process that has exited' {
        $gone = Remove-HandleProcess client -PassThru
        Remove-HandleFault -Process $gone
        (Get-HandleFault).Id | Should -Be 2
    }

    It 'ends a delay that has begun' {
        $delay = Add-HandleFault -DelayAllocation server -Delay 1:0:0
        $shell = [powershell]::Create().AddScript('$args[0].Resize("Grow")').AddArgument((Get-HandleProcess server))
        Remove-HandleFault -Kind FailAllocation
        $call = $shell.BeginInvoke()
        while (-not $delay.Hits -and -not $call.IsCompleted) { $null = [Threading.Thread]::Yield() }
        $delay | Remove-HandleFault
        $shell.EndInvoke($call).ToCapacity | Should -Be 128
        $shell.Dispose()
    }

    It 'does not repair the damage' {
        Get-HandleFault | Remove-HandleFault
        (Get-HandleBitmap client).IsSet(3) | Should -BeFalse
    }
}
