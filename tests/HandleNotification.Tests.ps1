BeforeAll {
    Import-Module "$PSScriptRoot/../HandlePool.psd1"
    Import-Module "$PSScriptRoot/HandleErrorAssertion.psm1"

    # A client that holds handles 1 to 3 of a server.
    function New-World {
        $script:session = New-HandleSession
        $script:server = New-HandleProcess 'server' -Id 10
        $script:client = New-HandleProcess 'client' -Id 20
        $script:references = New-HandleNode $server -Count 3 | Add-HandleReference $client
    }
}

Describe 'Request-HandleNotification' {
    BeforeEach { New-World }

    It 'sets a notification, given <Form>' -ForEach @(
        @{ Form = 'an object and a handle'; Request = { Request-HandleNotification $client 2 } }
        @{ Form = 'a name'; Request = { Request-HandleNotification CLIENT 2 Death } }
        @{ Form = 'a reference in the pipeline'; Request = { $references[1] | Request-HandleNotification } }
        @{ Form = 'a row of strings'; Request = { "Process,Handle,Kind,Cookie`nclient,2,death,2" | ConvertFrom-Csv | Request-HandleNotification } }
    ) {
        $notification = & $Request
        $notification | Should -BeOfType HandlePool.HandleNotification
        $notification.Process | Should -Be $client
        $notification.Node | Should -Be $references[1].Node
        $notification.Handle, $notification.Cookie | Should -Be 2, 2
        "$($notification.Kind) $($notification.State)" | Should -Be 'Death Requested'
    }

    It 'takes any cookie of 64 bits, and several handles' {
        (Request-HandleNotification $client 1 -Cookie ([ulong]::MaxValue)).Cookie | Should -Be ([ulong]::MaxValue)
        (Request-HandleNotification $client 2, 3).Cookie | Should -Be 2, 3
    }

    It 'is told at once of an owner that is dead' {
        Remove-HandleProcess $server
        "$((Request-HandleNotification $client 1).State)" | Should -Be 'Queued'
    }

    It 'is refused for an unheld handle, for a second time, and for a taken cookie' {
        $null = Request-HandleNotification $client 1 Freeze -Cookie 7
        { Request-HandleNotification $client 9 } | Should -WriteHandleError HandleNotFound
        { Request-HandleNotification $client 1 Freeze } | Should -WriteHandleError NotificationExists
        { Request-HandleNotification $client 2 Freeze -Cookie 7 } | Should -WriteHandleError CookieInUse
        @(Get-HandleNotification) | Should -HaveCount 1
    }

    It 'fails without memory, and a death is then BR_ERROR to read' {
        $null = New-HandleSession -Driver Rust
        $null = 'server', 'client' | New-HandleProcess
        $null = New-HandleNode server -Count 2 | Add-HandleReference client
        $fault = Add-HandleFault -FailNotification client -Count 2
        { Request-HandleNotification client 1 Freeze } | Should -WriteHandleError AllocationFailed
        Receive-HandleNotification client | Should -BeNullOrEmpty
        { Request-HandleNotification client 1 } | Should -WriteHandleError AllocationFailed
        $fault.Hits | Should -Be 2
        $null = Request-HandleNotification client 2 Freeze
        $read = Receive-HandleNotification client
        $read.Return | ForEach-Object { "$_" } | Should -Be 'BR_ERROR', 'BR_FROZEN_BINDER'
        $read[0].Cookie | Should -BeNullOrEmpty
        (Get-HandleNotification).Handle | Should -Be 2
    }

    It 'goes on with the next handle after one that is refused' {
        (Request-HandleNotification $client 9, 2 -ErrorAction SilentlyContinue -ErrorVariable refused).Handle | Should -Be 2
        $refused | Should -HaveCount 1
    }
}

Describe 'Receive-HandleNotification' {
    BeforeEach { New-World }

    It 'reads everything that is there, once' {
        $null = $references | Request-HandleNotification
        Receive-HandleNotification $client | Should -BeNullOrEmpty
        Remove-HandleProcess $server
        $read = Receive-HandleNotification $client
        $read | Should -BeOfType HandlePool.HandleReturn
        $read.Return | Should -Be (@('BR_DEAD_BINDER') * 3)
        $read.Cookie | Should -Be 1, 2, 3
        $read.IsFrozen | Should -Be $null, $null, $null
        Receive-HandleNotification $client | Should -BeNullOrEmpty
    }

    It 'reads as many messages of each process as it is told' {
        $null = $references | Request-HandleNotification
        $other = New-HandleProcess 'other'
        $null = $references[0].Node | Add-HandleReference $other | Request-HandleNotification -Cookie 9
        Remove-HandleProcess $server
        (Receive-HandleNotification client, other -Count 1).Cookie | Should -Be 1, 9
        (Get-HandleProcess | Receive-HandleNotification).Cookie | Should -Be 2, 3
    }

    It 'says whether the owner is frozen' {
        $null = Request-HandleNotification $client 1 Freeze
        Suspend-HandleProcess $server
        $read = Receive-HandleNotification $client
        $read.IsFrozen | Should -BeTrue
        "$($read.Return) $($read.Kind)" | Should -Be 'BR_FROZEN_BINDER Freeze'
    }

    It 'is refused for a process that has exited' {
        Remove-HandleProcess $client
        { Receive-HandleNotification $client } | Should -WriteHandleError ProcessDead
    }
}

Describe 'Complete-HandleNotification' {
    BeforeEach {
        New-World
        $null = $references | Request-HandleNotification
        Remove-HandleProcess $server
    }

    It 'completes what was received, and writes nothing but with -PassThru' {
        Receive-HandleNotification $client -Count 1 | Complete-HandleNotification | Should -BeNullOrEmpty
        $done = Receive-HandleNotification $client | Complete-HandleNotification -PassThru
        $done.Handle | Should -Be 2, 3
        (Get-HandleNotification).State | ForEach-Object { "$_" } | Should -Be 'Done', 'Done', 'Done'
    }

    It 'passes over BR_ERROR' {
        $null = Add-HandleFault -FailNotification
        $null = Request-HandleNotification $client 1 -ErrorAction SilentlyContinue
        $done = Receive-HandleNotification $client | Complete-HandleNotification -PassThru -ErrorAction Stop
        $done.Handle | Should -Be 1, 2, 3
    }

    It 'passes over confirmations' {
        $null = Receive-HandleNotification $client
        Clear-HandleNotification $client 1
        Complete-HandleNotification $client 1, 2
        $confirmation = Receive-HandleNotification $client
        "$($confirmation.Return)" | Should -Be 'BR_CLEAR_DEATH_NOTIFICATION_DONE'
        $confirmation | Complete-HandleNotification -ErrorAction Stop
    }

    It 'is refused for what was not received' {
        { Complete-HandleNotification $client 1 } | Should -WriteHandleError NotificationNotFound
        (Get-HandleNotification).State | ForEach-Object { "$_" } | Should -Be 'Queued', 'Queued', 'Queued'
    }

    It 'changes nothing with -WhatIf' {
        Receive-HandleNotification $client | Complete-HandleNotification -WhatIf
        (Get-HandleNotification -State Delivered) | Should -HaveCount 3
    }
}

Describe 'Clear-HandleNotification' {
    BeforeEach {
        New-World
        $null = $references | Request-HandleNotification
    }

    It 'clears notifications from the pipeline, and each is confirmed' {
        $cleared = Get-HandleNotification $client | Clear-HandleNotification -PassThru
        $cleared.State | ForEach-Object { "$_" } | Should -Be 'Cleared', 'Cleared', 'Cleared'
        Remove-HandleProcess $server
        (Receive-HandleNotification $client).Return | Should -Be (@('BR_CLEAR_DEATH_NOTIFICATION_DONE') * 3)
        Get-HandleNotification | Should -BeNullOrEmpty
    }

    It 'is refused for another cookie, kind or handle' {
        { Clear-HandleNotification $client 1 -Cookie 5 } | Should -WriteHandleError NotificationNotFound
        { Clear-HandleNotification $client 1 Freeze } | Should -WriteHandleError NotificationNotFound
        { Clear-HandleNotification $client 9 } | Should -WriteHandleError HandleNotFound
        @(Get-HandleNotification -State Requested) | Should -HaveCount 3
    }

    It 'changes nothing with -WhatIf' {
        Get-HandleNotification | Clear-HandleNotification -WhatIf
        @(Get-HandleNotification -State Requested) | Should -HaveCount 3
    }
}

Describe 'Get-HandleNotification' {
    BeforeEach {
        New-World
        $null = Request-HandleNotification $client 3 -Cookie 30
        $null = Request-HandleNotification $client 1 Freeze -Cookie 10
        $null = Request-HandleNotification $client 1 -Cookie 11
    }

    It 'gets all, in the order of handles' {
        (Get-HandleNotification).Cookie | Should -Be 11, 10, 30
        Get-HandleNotification server | Should -BeNullOrEmpty
    }

    It 'gets those of a process, handle, kind and state' {
        (Get-HandleNotification cl* -Handle 1).Cookie | Should -Be 11, 10
        ($client | Get-HandleNotification -Kind Death).Cookie | Should -Be 11, 30
        (Get-HandleNotification -State Queued, Done).Cookie | Should -Be 10
        ($references[2] | Get-HandleNotification).Cookie | Should -Be 30
    }

    It 'completes cookies and handles of the process' {
        (TabExpansion2 'Complete-HandleNotification client ' 35).CompletionMatches.CompletionText | Should -Be '10', '11', '30'
        (TabExpansion2 'Clear-HandleNotification client 1 -Cookie 3' 43).CompletionMatches.CompletionText | Should -Be '30'
        (TabExpansion2 'Request-HandleNotification client ' 34).CompletionMatches.CompletionText | Should -Be '1', '2', '3'
    }

    It 'gets what comes back from a session file and a dump' {
        Export-HandleSession "$TestDrive/notify.json"
        $null = Import-HandleSession "$TestDrive/notify.json" -Name again
        (Get-HandleNotification).Cookie | Should -Be 11, 10, 30
        $null = Switch-HandleSession $session
        Export-HandleDump "$TestDrive/state.txt"
        $null = Import-HandleDump "$TestDrive/state.txt" -Name dump
        $imported = Get-HandleNotification -Kind Death
        $imported.Handle | Should -Be 1, 3
        $imported.Cookie | Should -Be $null, $null
    }

    It 'is played by rows of operations' {
        $rows = @'
Operation,Process,Handle,Kind,Cookie,Count
Suspend-HandleProcess,server,,,,
Receive-HandleNotification,client,,,,1
Complete-HandleNotification,client,,Freeze,10,
Clear-HandleNotification,client,3,Death,30,
Resume-HandleProcess,server,,,,
Remove-HandleProcess,server,,,,
Receive-HandleNotification,client,,,,
Request-HandleNotification,client,3,,31,
'@
        $results = $rows | ConvertFrom-Csv | Invoke-HandleOperation
        $results.Succeeded | Should -Not -Contain $false
        $results[6].Result.Return | Should -Be 'BR_CLEAR_DEATH_NOTIFICATION_DONE', 'BR_FROZEN_BINDER', 'BR_DEAD_BINDER'
        "$($results[7].Result.State)" | Should -Be 'Queued'
    }
}

Describe 'Suspend-HandleProcess' {
    BeforeEach { New-World }

    It 'gives the answer of a driver (<Driver>) about a pid that is not there: <Answer>' -ForEach @(
        @{ Driver = 'C'; Answer = 'EINVAL' }
        @{ Driver = 'Rust'; Answer = 'Success' }
    ) {
        $session = New-HandleSession absent -Driver $Driver
        Suspend-HandleProcess 99 -Session $session -ErrorAction SilentlyContinue -ErrorVariable refused
        Resume-HandleProcess '99' -Session $session -ErrorAction SilentlyContinue -ErrorVariable +refused
        Resume-HandleProcess name -Session $session -ErrorAction SilentlyContinue -ErrorVariable +refused
        $refused.Exception.DriverAnswer | Should -Be $Answer, $Answer, $null
        Remove-HandleSession absent
    }

    It 'freezes a pid in all contexts, and tells who asked' {
        $null = New-HandleProcess 'server' -Id 10 -Context hwbinder
        $null = Request-HandleNotification $client 1 Freeze
        $frozen = Suspend-HandleProcess $server -PassThru
        $frozen.Context | Should -Be 'binder', 'hwbinder'
        $frozen.IsFrozen | Should -Be $true, $true
        (Receive-HandleNotification $client).IsFrozen | Should -BeTrue
        (Get-HandleEvent -Kind ProcessFrozen).Process.Context | Should -Be 'binder', 'hwbinder'
        $server | Format-Table | Out-String | Should -Match 'frozen'
    }

    It 'takes patterns, and writes nothing by default' {
        Suspend-HandleProcess * | Should -BeNullOrEmpty
        (Get-HandleProcess).IsFrozen | Should -Be $true, $true
    }

    It 'only begins with -Begin, which the next call ends' {
        $begun = Suspend-HandleProcess $server -Begin -PassThru
        $begun.IsFreezing, $begun.IsFrozen | Should -Be $true, $false
        $server | Format-Table | Out-String | Should -Match 'freezes'
        Get-HandleEvent $server -Kind FreezeBegun | Should -HaveCount 1
        Suspend-HandleProcess $server
        $server.IsFreezing, $server.IsFrozen | Should -Be $false, $true
    }

    It 'answers a request during freezing as <Driver> does, and tells nobody of a failure' -ForEach @(
        @{ Driver = 'Rust'; IsFrozen = $false }
        @{ Driver = 'C'; IsFrozen = $true }
    ) {
        $null = New-HandleSession -Driver $Driver
        $null = 'server', 'client' | New-HandleProcess
        Suspend-HandleProcess server -Begin
        $null = New-HandleNode server | Add-HandleReference client | Request-HandleNotification -Kind Freeze
        $null = Add-HandleFault -FailFreeze server
        Suspend-HandleProcess server -ErrorAction SilentlyContinue -ErrorVariable refused
        $refused.FullyQualifiedErrorId | Should -Be 'ProcessBusy,HandlePool.PowerShell.SuspendHandleProcessCommand'
        "$($refused.CategoryInfo.Category) $($refused.Exception.DriverAnswer)" | Should -Be 'ResourceBusy EAGAIN'
        (Receive-HandleNotification client).IsFrozen | Should -Be $IsFrozen
        Complete-HandleNotification client 1 Freeze
        Receive-HandleNotification client | Should -BeNullOrEmpty
    }

    It 'changes nothing with -WhatIf, and is refused for a process that has exited' {
        Suspend-HandleProcess $server -WhatIf
        $server.IsFrozen | Should -BeFalse
        Remove-HandleProcess $server
        { Suspend-HandleProcess $server } | Should -WriteHandleError ProcessDead
    }
}

Describe 'Resume-HandleProcess' {
    BeforeEach { New-World }

    It 'thaws, and tells who asked' {
        Suspend-HandleProcess $server
        $null = Request-HandleNotification $client 1 Freeze
        Receive-HandleNotification $client | Complete-HandleNotification
        'server' | Resume-HandleProcess
        $server.IsFrozen | Should -BeFalse
        (Receive-HandleNotification $client).IsFrozen | Should -BeFalse
        (Get-HandleEvent -Kind ProcessThawed).Process | Should -Be $server
    }

    It 'changes nothing with -WhatIf' {
        Suspend-HandleProcess $server
        Resume-HandleProcess $server -WhatIf
        $server.IsFrozen | Should -BeTrue
    }
}
