BeforeAll {
    Import-Module "$PSScriptRoot/../HandlePool.psd1"
    Import-Module "$PSScriptRoot/HandleErrorAssertion.psm1"

    # A client whose pool of 64 is full but for handle 0.
    function Initialize-World([string] $Allocator = 'HierarchicalBitmap', [string] $Driver = 'HandlePool') {
        Get-HandleSession | Remove-HandleSession
        $null = New-HandleSession 'world' -Allocator $Allocator -Driver $Driver
        $null = 'server', 'client' | New-HandleProcess
        $null = New-HandleNode server -Count 63 | Add-HandleReference client
    }
}

Describe 'Set-HandleFault' {
    BeforeEach { Initialize-World }

    It 'makes freezing fail, and leaves the process thawed' {
        $fault = Set-HandleFault FailFreeze server -After 1
        Suspend-HandleProcess server
        { Suspend-HandleProcess server } | Should -WriteHandleError ProcessBusy
        (Get-HandleProcess server).IsFrozen | Should -BeFalse
        Get-HandleEvent server -Kind FreezeFailed | Should -HaveCount 1
        $fault.Hits, $fault.Remaining | Should -Be 1, 0
        Suspend-HandleProcess server
        (Get-HandleProcess server).IsFrozen | Should -BeTrue
    }

    It 'refuses <Name> for <Kind>' -ForEach @(
        foreach ($kind in 'FailNotification', 'FailFreeze') {
            @{ Kind = $kind; Name = '-Handle'; With = @{ Handle = 1 } }
            @{ Kind = $kind; Name = '-Direction'; With = @{ Direction = 'Grow' } }
            @{ Kind = $kind; Name = '-Delay'; With = @{ Delay = '0:0:1' } }
        }
    ) {
        { Set-HandleFault $Kind client @With -ErrorAction Stop } | Should -Throw -ErrorId 'BadFault,*' -ExpectedMessage "*$Name*"
        Get-HandleFault | Should -BeNullOrEmpty
    }

    It 'makes growing fail once, which changes nothing' {
        $fault = Set-HandleFault FailAllocation client
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
        $fault = Set-HandleFault FailAllocation client -After 1 -Count 2
        $null = Resize-HandlePool client -Grow
        1..2 | ForEach-Object { { Resize-HandlePool client -Grow } | Should -WriteHandleError AllocationFailed }
        (Resize-HandlePool client -Grow).ToCapacity | Should -Be 256
        $fault.Hits | Should -Be 2
    }

    It 'affects only the given -Direction: a failure to shrink is only an event' {
        $null = Set-HandleFault FailAllocation client -Direction Shrink
        $null = Resize-HandlePool client -Grow
        Get-HandleReference client | Where-Object Handle -GT 30 | Remove-HandleReference -ErrorAction Stop
        Get-HandleEvent -Kind AllocationFailed | Should -HaveCount 1
        (Get-HandlePool client).Capacity | Should -Be 128
        Remove-HandleReference client 30
        (Get-HandlePool client).Capacity | Should -Be 64
    }

    It 'disables a bitmap of the C driver, whose pool continues without it' {
        Initialize-World DBitmap C
        $null = Set-HandleFault FailAllocation client
        (New-HandleNode server | Add-HandleReference client).Handle | Should -Be 64
        (Get-HandlePool client).IsDisabled | Should -BeTrue
        Get-HandleEvent -Kind BitmapDisabled | Should -HaveCount 1
    }

    It 'applies to all processes, or only to the one named' {
        $null = Set-HandleFault FailAllocation server
        (Resize-HandlePool client -Grow).Applied | Should -BeTrue
        $null = Set-HandleFault FailAllocation
        { Resize-HandlePool client -Grow } | Should -WriteHandleError AllocationFailed
    }

    It 'delays -Count allocations' {
        $fault = Set-HandleFault DelayAllocation client -Delay 0:0:0.001 -Count 1
        $null = Resize-HandlePool client -Grow
        $null = Resize-HandlePool client -Grow
        $fault.Hits | Should -Be 1
    }

    It 'flips the bit of a held handle, which fails one add, with <_>' -ForEach @(
        'HierarchicalBitmap', 'Bitmap', 'DBitmap', 'TreeScan', 'AugmentedTree'
    ) {
        Initialize-World $_
        $fault = Set-HandleFault FlipBit client 5
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
        $null = Set-HandleFault FlipBit client 7
        (New-HandleNode server | Add-HandleReference client).Handle | Should -Be 64
    }

    It 'marks a full word as free in a summary, which fails one add' {
        $null = Resize-HandlePool client -Grow
        $null = New-HandleNode server -Count 64 | Add-HandleReference client
        $null = Resize-HandlePool client -Grow
        $fault = Set-HandleFault BreakSummary client 64
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
        $null = Set-HandleFault BreakSummary client 127
        (New-HandleNode server | Add-HandleReference client).Handle | Should -Be 164
    }

    It 'marks a used word as empty in a summary, which still limits shrinking' {
        $null = New-HandleNode server -Count 237 | Add-HandleReference client
        Get-HandleReference client | Where-Object Handle -In (10..299) | Remove-HandleReference
        $null = Set-HandleFault BreakSummary client 300
        Remove-HandleReference client 9
        (Get-HandlePool client).Capacity | Should -Be 512
        (Get-HandleReference client).Handle[-1] | Should -Be 300
    }

    It 'takes processes from the pipeline' {
        (Get-HandleProcess | Set-HandleFault FailAllocation).Process.Name | Should -Be 'server', 'client'
    }

    It 'refuses <Line>' -ForEach @(
        @{ Line = 'Set-HandleFault FlipBit client' }
        @{ Line = 'Set-HandleFault FlipBit -Handle 3' }
        @{ Line = 'Set-HandleFault FlipBit client 64' }
        @{ Line = 'Set-HandleFault FlipBit client 3 -Count 2' }
        @{ Line = 'Set-HandleFault BreakSummary client' }
        @{ Line = 'Set-HandleFault BreakSummary -Handle 3' }
        @{ Line = 'Set-HandleFault BreakSummary wide 128' }
        @{ Line = 'Set-HandleFault BreakSummary wide 3 -After 1' }
        @{ Line = 'Set-HandleFault BreakSummary wide 3 -Count 1' }
        @{ Line = 'Set-HandleFault BreakSummary wide 3 -Direction Grow' }
        @{ Line = 'Set-HandleFault BreakSummary wide 3 -Delay 0:0:1' }
        @{ Line = 'Set-HandleFault BreakSummary client 3' }
        @{ Line = 'Set-HandleFault BreakSummary flat 3 -Session flat' }
        @{ Line = 'Set-HandleFault DelayAllocation' }
        @{ Line = 'Set-HandleFault DelayAllocation -Delay 0' }
        @{ Line = 'Set-HandleFault FailAllocation -Delay 0:0:1' }
        @{ Line = 'Set-HandleFault FailAllocation client 3' }
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
        { Set-HandleFault FailAllocation $gone } | Should -WriteHandleError ProcessDead -Naming 'client'
        { Set-HandleFault DelayAllocation $gone -Delay 0:0:1 } | Should -WriteHandleError ProcessDead -Naming 'client'
        { Set-HandleFault FlipBit $gone 3 } | Should -WriteHandleError ProcessDead -Naming 'client'
        { Set-HandleFault BreakSummary $gone 3 } | Should -WriteHandleError ProcessDead -Naming 'client'
        { Set-HandleFault FailAllocation $gone -WhatIf } | Should -WriteHandleError ProcessDead -Naming 'client'
        Get-HandleFault | Should -BeNullOrEmpty
    }
}

Describe 'Get-HandleFault' {
    BeforeEach {
        Initialize-World
        $fail = Set-HandleFault FailAllocation client
        $delay = Set-HandleFault DelayAllocation -Delay 0:0:0.001
        $flip = Set-HandleFault FlipBit server 3
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

Describe 'Clear-HandleFault' {
    BeforeEach {
        Initialize-World
        $null = Set-HandleFault FailAllocation client
        $null = Set-HandleFault FailAllocation server
        $null = Set-HandleFault FlipBit client 3
    }

    It 'clears all faults, so that allocations work again' {
        Clear-HandleFault
        Get-HandleFault | Should -BeNullOrEmpty
        (Resize-HandlePool client -Grow).Applied | Should -BeTrue
    }

    It 'clears the faults of a kind or process, or those given' {
        Clear-HandleFault FailAllocation client
        (Get-HandleFault).Id | Should -Be 2, 3
        Get-HandleFault FlipBit | Clear-HandleFault
        (Get-HandleFault).Id | Should -Be 2
    }

    It 'ends a delay that has begun' {
        Clear-HandleFault
        $delay = Set-HandleFault DelayAllocation client -Delay 1:0:0
        $shell = [powershell]::Create().AddScript('$args[0].Resize("Grow")').AddArgument((Get-HandleProcess client))
        $call = $shell.BeginInvoke()
        while (-not $delay.Hits -and -not $call.IsCompleted) { $null = [Threading.Thread]::Yield() }
        $delay | Clear-HandleFault
        $shell.EndInvoke($call).ToCapacity | Should -Be 128
        $shell.Dispose()
    }

    It 'does not repair the damage' {
        Clear-HandleFault
        (Get-HandleBitmap client).IsSet(3) | Should -BeFalse
    }
}
