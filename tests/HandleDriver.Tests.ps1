BeforeAll {
    Import-Module "$PSScriptRoot/../HandlePool.psd1"
    Import-Module "$PSScriptRoot/HandleErrorAssertion.psm1"
}

Describe 'New-HandleSession -Driver' {
    BeforeEach { Get-HandleSession | Remove-HandleSession }

    It 'has the allocator and the limit of <Driver>' -ForEach @(
        @{ Driver = 'HandlePool'; Allocator = 'SegmentedBitmap'; MaxCapacity = 1073741824 }
        @{ Driver = 'Rust'; Allocator = 'Bitmap'; MaxCapacity = 33554432 }
        @{ Driver = 'RustTree'; Allocator = 'TreeScan'; MaxCapacity = 1073741824 }
        @{ Driver = 'C'; Allocator = 'DBitmap'; MaxCapacity = 33554432 }
        @{ Driver = 'C611rc1'; Allocator = 'DBitmap'; MaxCapacity = 33554432 }
        @{ Driver = 'CTree'; Allocator = 'TreeScan'; MaxCapacity = 1073741824 }
    ) {
        $session = New-HandleSession -Driver $Driver
        $session.Driver, $session.Allocator, $session.MaxCapacity | Should -Be $Driver, $Allocator, $MaxCapacity
        $session | Format-List | Out-String | Should -Match "Driver +: $Driver"
    }

    It 'gives way to -Allocator and -MaxCapacity' {
        $session = New-HandleSession -Driver C -Allocator HierarchicalBitmap -MaxCapacity 128
        $session.Driver, $session.Allocator, $session.MaxCapacity | Should -Be 'C', 'HierarchicalBitmap', 128
    }

    It 'refuses several drivers, as every cmdlet with -Driver does: <_>' -ForEach @(
        'New-HandleSession', 'Import-HandleDump none', 'Measure-HandlePool', 'Measure-HandleContention'
    ) {
        { & ([scriptblock]::Create("$_ -Driver 'Rust,C'")) } | Should -Throw "*'Rust,C' is not one of HandlePool, Rust, *" -ErrorId 'ParameterArgumentTransformationError,*'
        { & ([scriptblock]::Create("$_ -Driver Rust, C")) } | Should -Throw -ErrorId 'ParameterArgumentTransformationError,*'
    }

    It 'refuses an unknown driver' {
        { New-HandleSession -Driver Zig } | Should -Throw -ErrorId 'ParameterArgumentTransformationError,*'
        Get-HandleSession | Should -HaveCount 1
    }

    It 'is kept by a session file' {
        $null = New-HandleSession one -Driver RustTree
        Export-HandleSession TestDrive:/one.json
        (Import-HandleSession TestDrive:/one.json).Driver | Should -Be RustTree
    }

    It 'applies to an imported dump' {
        $dump = 'binder state:', 'proc 5', 'context binder', '  ref 9: desc 3 dead node 7 s 1 w 1 d 0'
        ($dump | Import-HandleDump).Driver | Should -Be HandlePool
        ($dump | Import-HandleDump -Driver Rust).Driver | Should -Be Rust
    }

    It 'leaks freeze listeners as the Rust driver did, with <Way>' -ForEach @(
        @{ Way = 'New-HandleSession'; Make = { New-HandleSession -Driver Rust -FreezeListenerLeak } }
        @{ Way = 'a session in the pipeline'; Make = { New-HandleSession -Driver RustTree -FreezeListenerLeak | New-HandleSession -Name copy } }
        @{ Way = 'an imported dump'; Make = { 'binder state:', 'proc 5', 'context binder' | Import-HandleDump -Driver Rust -FreezeListenerLeak } }
        @{ Way = 'a session file'; Make = {
                $null = New-HandleSession leaking -Driver Rust -FreezeListenerLeak | Export-HandleSession -Path TestDrive:/leak.json
                Import-HandleSession TestDrive:/leak.json
            }
        }
    ) {
        $session = & $Make
        $session.FreezeListenerLeak | Should -BeTrue
        $session | Format-List | Out-String | Should -Match 'FreezeListenerLeak +: True'
        $null = 'server', 'client' | New-HandleProcess
        $null = New-HandleNode server -Count 2 | Add-HandleReference client
        $null = Request-HandleNotification client 1 Freeze -Cookie 7
        Remove-HandleReference client 1
        "$((Get-HandleNotification client).State)" | Should -Be 'Leaked'
        { Request-HandleNotification client 2 Freeze -Cookie 7 } | Should -WriteHandleError CookieInUse
    }

    It 'refuses -FreezeListenerLeak with <_>' -ForEach HandlePool, C, C611rc1, CTree {
        $before = Get-HandleSession
        { New-HandleSession -Driver $_ -FreezeListenerLeak -ErrorAction Stop } | Should -Throw -ErrorId 'DriverWithoutLeak,*'
        { 'binder state:' | Import-HandleDump -Driver $_ -FreezeListenerLeak } | Should -Throw -ErrorId 'DriverWithoutLeak,*'
        Get-HandleSession | Should -Be $before
    }

    It 'can be measured' {
        Measure-HandlePool Bitmap, DBitmap -Driver C -Count 200 | Should -HaveCount 1
        Measure-HandleContention Optimistic -Driver Rust -Threads 1 -Count 256 -Delay 0:0:0 | Should -HaveCount 1
    }

    It 'reports what the driver answers and logs' {
        $null = New-HandleSession -Driver C
        $null = New-HandleProcess app 40
        $refused = try { Add-HandleReference app -Handle 9 -ErrorAction Stop } catch { $_.Exception }
        $refused.ErrorId, $refused.Errno, $refused.DriverAnswer | Should -Be 'HandleNotFound', 'ENOENT', 'Success'
        $refused.DriverLog | Should -Be '40:40 Acquire 1 refcount change on invalid ref 9 ret -22'
    }
}

Describe 'Set-HandleProcess' {
    BeforeEach {
        Get-HandleSession | Remove-HandleSession
        $null = New-HandleSession world -Driver Rust
        $manager = New-HandleProcess servicemanager -Manager
        $app = New-HandleProcess app
    }

    It 'makes a running process the manager, and writes it with -PassThru' {
        Remove-HandleProcess $manager
        Set-HandleProcess app -Manager -PassThru | Should -Be $app
        $app.IsManager, $app.NodeCount | Should -Be $true, 1
        New-HandleProcess other | Out-Null
        (Add-HandleReference other -Handle 0).Owner | Should -Be $app
    }

    It 'writes nothing without -PassThru, and changes nothing with -WhatIf' {
        Remove-HandleProcess $manager
        Set-HandleProcess app -Manager -WhatIf
        $app.IsManager | Should -BeFalse
        $app | Set-HandleProcess -Manager | Should -BeNullOrEmpty
    }

    It 'refuses a second manager, and a manager with another uid' {
        { Set-HandleProcess app -Manager } | Should -WriteHandleError ManagerExists -Naming servicemanager
        Remove-HandleProcess $manager
        $null = New-HandleProcess other -Uid 1000
        { Set-HandleProcess other -Manager } | Should -WriteHandleError ManagerUidMismatch -Naming 1000
        (Get-HandleProcess other).IsManager | Should -BeFalse
    }
}

Describe 'New-HandleProcess -Reopen' {
    BeforeEach {
        Get-HandleSession | Remove-HandleSession
        $null = New-HandleSession world -Record
        $first = New-HandleProcess app 7
    }

    It 'opens the device again, with handles of its own' {
        $second = New-HandleProcess -Id 7 -Reopen
        $second.Name, $second.OpenNumber, $first.OpenNumber | Should -Be 'app', 2, 1
        $null = New-HandleProcess server | New-HandleNode | Add-HandleReference $second
        $second.HandleCount, $first.HandleCount | Should -Be 1, 0
        Get-HandleProcess app | Should -HaveCount 2
    }

    It 'is ambiguous by name and pid, but not as an object' {
        $second = New-HandleProcess -Id 7 -Reopen
        { New-HandleNode app } | Should -WriteHandleError ProcessAmbiguous -Naming 'open 2'
        (New-HandleNode $second).Owner | Should -Be $second
    }

    It 'is recorded, and replayed to the same state' {
        $second = New-HandleProcess -Id 7 -Reopen -Uid 5
        $null = New-HandleNode $second | Add-HandleReference $first
        $rows = Get-HandleOperation
        $null = New-HandleSession again
        $rows | Invoke-HandleOperation | Where-Object Succeeded -EQ $false | Should -BeNullOrEmpty
        (Get-HandleProcess app).ForEach({ "$($_.OpenNumber) $($_.Uid) $($_.HandleCount) $($_.NodeCount)" }) | Should -Be '1 0 1 0', '2 5 0 1'
    }
}
