BeforeAll {
    Import-Module "$PSScriptRoot/../HandlePool.psd1"
    Import-Module "$PSScriptRoot/HandleErrorAssertion.psm1"
}

Describe 'Add-HandleReference' {
    BeforeEach {
        $session = New-HandleSession
        $manager = New-HandleProcess 'sm' -Id 1 -Manager
        $owner = New-HandleProcess 'owner' -Id 2
        $app = New-HandleProcess 'app' -Id 3
        $node = New-HandleNode $owner 'service'
    }

    It 'adds a reference to a node given as <Form>' -ForEach @(
        @{ Form = 'objects'; Add = { Add-HandleReference $app $node } }
        @{ Form = 'names'; Add = { Add-HandleReference APP SERVICE } }
        @{ Form = 'ids'; Add = { Add-HandleReference -Process 3 -Node $node.Id } }
        @{ Form = 'a node in the pipeline'; Add = { $node | Add-HandleReference app } }
        @{ Form = 'a node''s name in the pipeline'; Add = { 'service' | Add-HandleReference app } }
        @{ Form = 'a node''s id in the pipeline, without asking'; Add = { $node.Id | Add-HandleReference app -Confirm:$false } }
        @{ Form = 'a process in the pipeline'; Add = { $app | Add-HandleReference -Node $node } }
        @{ Form = 'a process''s name in the pipeline'; Add = { 'app' | Add-HandleReference -Node service } }
        @{ Form = 'a row of strings'; Add = { "Process,Node`n3,service" | ConvertFrom-Csv | Add-HandleReference } }
        @{ Form = 'a row of objects'; Add = { [pscustomobject]@{ Process = $app; Node = $node } | Add-HandleReference } }
    ) {
        $reference = & $Add
        $reference | Should -BeOfType HandlePool.HandleReference
        $reference.Process | Should -Be $app
        $reference.Node.Id | Should -Be $node.Id
        $reference.Owner | Should -Be $owner
        $reference.Handle, $reference.Strong, $reference.Weak | Should -Be 1, 1, 0
        $app.HandleCount | Should -Be 1
    }

    It 'increases a reference by handle, given as <Form>' -ForEach @(
        @{ Form = 'object and number'; Add = { Add-HandleReference $app -Handle 1 } }
        @{ Form = 'name and string'; Add = { Add-HandleReference app -Handle '1' } }
        @{ Form = 'a process in the pipeline'; Add = { $app | Add-HandleReference -Handle 1 } }
        @{ Form = 'a row of numbers'; Add = { [pscustomobject]@{ Process = 3; Handle = 1 } | Add-HandleReference } }
        @{ Form = 'a row of strings'; Add = { "Process,Handle`napp,1" | ConvertFrom-Csv | Add-HandleReference } }
    ) {
        $null = Add-HandleReference $app $node
        $reference = & $Add
        $reference.Handle, $reference.Strong, $reference.Weak | Should -Be 1, 2, 0
        $app.HandleCount | Should -Be 1
    }

    It 'returns the lowest unused handle, from 1' {
        $nodes = New-HandleNode $owner -Count 5
        ($nodes | Add-HandleReference $app).Handle | Should -Be (1..5)
        Remove-HandleReference $app 4, 2
        (New-HandleNode $owner -Count 3 | Add-HandleReference $app).Handle | Should -Be 2, 4, 6
    }

    It 'gives the manager''s node handle 0, by node and by handle' {
        $own = Get-HandleNode -Process $manager
        (Add-HandleReference $app $own).Handle | Should -Be 0
        $byHandle = Add-HandleReference $owner -Handle 0
        $byHandle.Handle, $byHandle.Node.Id | Should -Be 0, $own.Id
        (Add-HandleReference $owner -Handle 0).Strong | Should -Be 2
    }

    It 'adds counts to the reference that the process has' {
        $null = Add-HandleReference $app $node -Count 2
        $null = Add-HandleReference $app $node -Weak -Count 3
        $reference = Add-HandleReference $app $node
        $reference.Handle, $reference.Strong, $reference.Weak | Should -Be 1, 3, 3
        $app.HandleCount | Should -Be 1
        $node.HolderCount, $node.Strong, $node.Weak | Should -Be 1, 3, 3
    }

    It 'takes process, node and handle from rows of strings, but not the counts' {
        $rows = "Process,Node`napp,service" | ConvertFrom-Csv
        ($rows | Add-HandleReference -Count 4).Strong | Should -Be 4
        $rows = [pscustomobject]@{ Process = 'app'; Handle = '1'; Weak = 7 }
        $reference = $rows | Add-HandleReference -Count 2
        $reference.Strong, $reference.Weak | Should -Be 6, 0
    }

    It 'shares the references of one process with another' {
        New-HandleNode $owner -Count 3 | Add-HandleReference $app | Should -HaveCount 3
        $other = New-HandleProcess 'other'
        $shared = Get-HandleReference app | Add-HandleReference -Process $other
        $shared.Process | Should -Be $other, $other, $other
        $shared.Handle | Should -Be 1, 2, 3
        $shared.Strong | Should -Be 1, 1, 1
    }

    It 'increases references in the pipeline by one strong count each' {
        $null = Add-HandleReference $app $node
        $null = Add-HandleReference $app $node -Weak
        $after = Get-HandleReference $app | Add-HandleReference
        $after.Strong, $after.Weak | Should -Be 2, 1
    }

    It 'grows the pool at the 64th handle' {
        $references = New-HandleNode $owner -Count 63 | Add-HandleReference $app
        $references[-1].Handle | Should -Be 63
        $app.Capacity | Should -Be 64
        (New-HandleNode $owner | Add-HandleReference $app).Handle | Should -Be 64
        $app.Capacity | Should -Be 128
        (Get-HandlePool $app).GrowCount | Should -Be 1
        @(Get-HandleEvent -Kind Grow).ToCapacity | Should -Be 128
    }

    It 'refuses a new reference when the pool is exhausted, and changes nothing' {
        $small = New-HandleSession -MaxCapacity 64
        $full = New-HandleProcess 'full'
        $nodes = New-HandleProcess 'owner' | New-HandleNode -Count 64
        $null = $nodes[0..62] | Add-HandleReference $full
        { Add-HandleReference $full $nodes[63] } | Should -WriteHandleError PoolExhausted -Naming full, '64'
        { Add-HandleReference $full $nodes[63] -ErrorAction Stop } | Should -WriteHandleError PoolExhausted -Terminating
        $full.HandleCount | Should -Be 63
        $nodes[63].HolderCount | Should -Be 0
        (Get-HandleEvent -Kind PoolExhausted).Process | Select-Object -First 1 | Should -Be $full
        (Add-HandleReference $full $nodes[62]).Strong | Should -Be 2
        Remove-HandleReference $full 7 -Session $small
        (Add-HandleReference $full $nodes[63]).Handle | Should -Be 7
    }

    It 'refuses a node of another context' {
        $hal = New-HandleProcess 'hal' -Context hwbinder
        $foreign = New-HandleNode $hal 'hal-service'
        { Add-HandleReference $app $foreign } | Should -WriteHandleError NodeNotFound -Naming hal-service, hwbinder, app
        { Add-HandleReference $app hal-service } | Should -WriteHandleError NodeNotFound -Naming hal-service
        $app.HandleCount, $foreign.HolderCount | Should -Be 0, 0
    }

    It 'refuses a node of another session' {
        $other = New-HandleSession
        $foreign = New-HandleProcess 'there' | New-HandleNode -Name 'far'
        { Add-HandleReference $app $foreign } | Should -WriteHandleError NodeNotFound -Naming far
        { Add-HandleReference $app $node -Session $other } | Should -WriteHandleError ProcessNotFound -Naming app
        { Add-HandleReference there $node -Session $other } | Should -WriteHandleError NodeNotFound -Naming service
        $app.HandleCount, $foreign.HolderCount, $node.HolderCount | Should -Be 0, 0, 0
        (Add-HandleReference $app $node).Handle | Should -Be 1
    }

    It 'looks a name up in the session of the object beside it' {
        $null = New-HandleSession
        (Add-HandleReference $app service).Handle | Should -Be 1
        ($node | Add-HandleReference app).Strong | Should -Be 2
    }

    It 'takes a dead node as long as a process holds it' {
        $null = Add-HandleReference $app $node
        $other = New-HandleProcess 'other'
        Remove-HandleProcess $owner
        $reference = Add-HandleReference $other $node
        $reference.Handle, $reference.IsDead | Should -Be 1, $true
        Get-HandleReference | Remove-HandleReference
        { Add-HandleReference $app $node } | Should -WriteHandleError NodeNotFound -Naming service
        $app.HandleCount | Should -Be 0
    }

    It 'refuses a node for a process that has exited' {
        Remove-HandleProcess $app
        { Add-HandleReference $app $node } | Should -WriteHandleError ProcessDead -Naming app
        $node.HolderCount | Should -Be 0
    }

    It 'refuses handle <_>, which the process does not hold' -ForEach 2, -1, 4294967295, ([long]::MaxValue) {
        $null = Add-HandleReference $app $node
        { Add-HandleReference $app -Handle $_ } | Should -WriteHandleError HandleNotFound -Naming "$_", app
        (Get-HandleReference $app).Strong | Should -Be 1
    }

    It 'refuses handle 0 in a context without a manager' {
        $hal = New-HandleProcess 'hal' -Context hwbinder
        { Add-HandleReference $hal -Handle 0 } | Should -WriteHandleError ManagerMissing -Naming hal, hwbinder
        $hal.HandleCount | Should -Be 0
    }

    It 'refuses the manager a handle to its own node' {
        $own = Get-HandleNode -Process $manager
        { Add-HandleReference $manager -Handle 0 } | Should -WriteHandleError ManagerSelfReference -Naming sm
        { Add-HandleReference $manager $own } | Should -WriteHandleError ManagerSelfReference -Naming sm
        $manager.HandleCount | Should -Be 0
    }

    It 'refuses a strong count by handle where all counts are weak' {
        $null = Add-HandleReference $app $node -Weak
        { Add-HandleReference $app -Handle 1 } | Should -WriteHandleError WeakReferenceOnly -Naming app, '1', 'Use Add-HandleReference -Node.'
        (Add-HandleReference $app -Handle 1 -Weak).Weak | Should -Be 2
        $reference = Add-HandleReference $app $node
        $reference.Strong, $reference.Weak | Should -Be 1, 2
    }

    It 'refuses a count beyond 2147483647' {
        $null = Add-HandleReference $app $node -Count ([int]::MaxValue)
        { Add-HandleReference $app $node } | Should -WriteHandleError CountOverflow -Naming app, '2147483647'
        { Add-HandleReference $app -Handle 1 -Count 5 } | Should -WriteHandleError CountOverflow -Naming '5'
        (Get-HandleReference $app).Strong | Should -Be ([int]::MaxValue)
    }

    It 'refuses <_> as a count' -ForEach 0, -1, 2147483648 {
        { Add-HandleReference $app $node -Count $_ } | Should -Throw -ErrorId '*Argument*,*'
        $app.HandleCount | Should -Be 0
    }

    It 'refuses node and handle together' {
        { Add-HandleReference $app $node -Handle 1 } | Should -Throw
        $app.HandleCount | Should -Be 0
    }
}

Describe 'Remove-HandleReference' {
    BeforeEach {
        $session = New-HandleSession
        $owner = New-HandleProcess 'owner' -Id 2
        $app = New-HandleProcess 'app' -Id 3
        $nodes = New-HandleNode $owner 'n' -Count 3
        $null = $nodes | Add-HandleReference $app -Count 2
    }

    It 'drops nothing for text that is not a whole number: <_>' -ForEach '', ' ', '1,2', '1.7', '0x1', 'one' {
        $null = New-HandleProcess manager -Manager
        $null = Add-HandleReference $app -Handle 0
        $before = $app.HandleCount
        { [pscustomobject]@{ Process = 'app'; Handle = $_ } | Remove-HandleReference -ErrorAction Stop } | Should -Throw
        { Remove-HandleReference app $_ } | Should -Throw
        { Remove-HandleReference app @($_) } | Should -Throw
        $app.HandleCount | Should -Be $before
    }

    It 'drops the reference with all its counts, given <Form>' -ForEach @(
        @{ Form = 'object and number'; Remove = { Remove-HandleReference $app 2 } }
        @{ Form = 'name and string'; Remove = { Remove-HandleReference APP '2' } }
        @{ Form = 'pid, without asking'; Remove = { Remove-HandleReference -Process 3 -Handle 2 -Confirm:$false } }
        @{ Form = 'a reference in the pipeline'; Remove = { Get-HandleReference app 2 | Remove-HandleReference } }
        @{ Form = 'a row of strings'; Remove = { "Process,Handle`n3,2" | ConvertFrom-Csv | Remove-HandleReference } }
        @{ Form = 'a reference'; Remove = { Remove-HandleReference -InputObject (Get-HandleReference app 2) } }
        @{ Form = 'a process in the pipeline'; Remove = { $app | Remove-HandleReference -Handle 2 } }
        @{ Form = 'handles in the pipeline by property name'; Remove = {
                [pscustomobject]@{ Handle = 2 } | Remove-HandleReference -Process app
            }
        }
    ) {
        $null = Add-HandleReference $app -Handle 2 -Weak
        & $Remove | Should -BeNullOrEmpty
        (Get-HandleReference $app).Handle | Should -Be 1, 3
        (Get-HandlePool $app).LowestFree | Should -Be 2
    }

    It 'takes a number from the pipeline as no handle' {
        { 3 | Remove-HandleReference -ErrorAction Stop } | Should -Throw -ErrorId 'InputObjectMissingMandatory,*'
        { 2 | Remove-HandleReference app -ErrorAction Stop } | Should -Throw -ErrorId 'InputObjectNotBound,*'
        $app.HandleCount | Should -Be 3
    }

    It 'refuses references of another session with -Session' {
        $references = Get-HandleReference $app
        $null = New-HandleSession elsewhere
        { $references[0] | Remove-HandleReference -Session elsewhere } | Should -WriteHandleError ProcessNotFound
        $app.HandleCount | Should -Be 3
        Remove-HandleSession elsewhere
    }

    It 'removes as many counts as -Count says, strong or weak' {
        Remove-HandleReference $app 1 -Count 1
        (Get-HandleReference $app).Strong | Should -Be 1, 2, 2
        Remove-HandleReference $app 1 -Count 1
        (Get-HandleReference $app).Handle | Should -Be 2, 3
        $null = Add-HandleReference $app -Handle 2 -Weak -Count 5
        Remove-HandleReference $app 2 -Weak -Count 2
        (Get-HandleReference $app 2).Weak | Should -Be 3
        Get-HandleReference $app | Remove-HandleReference -Count 1
        (Get-HandleReference $app).Strong | Should -Be 1, 1
    }

    It 'keeps a reference until both counts are 0, then its handle is unused' {
        $null = Add-HandleReference $app -Handle 2 -Weak
        Remove-HandleReference $app 2 -Count 2
        $reference = Get-HandleReference $app 2
        $reference.Strong, $reference.Weak | Should -Be 0, 1
        Remove-HandleReference $app 2 -Weak -Count 1
        (Get-HandlePool $app).LowestFree | Should -Be 2
        $nodes[1].HolderCount | Should -Be 0
        { Get-HandleReference $app 2 } | Should -WriteHandleError HandleNotFound -Naming '2'
    }

    It 'takes several handles' {
        Remove-HandleReference $app 3, 1
        (Get-HandleReference $app).Handle | Should -Be 2
    }

    It 'writes what is left with -PassThru' {
        $left = Remove-HandleReference $app 2 -Count 1 -PassThru
        $left | Should -BeOfType HandlePool.HandleReference
        $left.Handle, $left.Strong | Should -Be 2, 1
        $gone = Remove-HandleReference $app 1, 3 -PassThru
        $gone.Handle | Should -Be 1, 3
        $gone.Strong | Should -Be 0, 0
        $last = Remove-HandleReference $app 2 -Count 1 -PassThru
        $last.Strong, $last.Weak | Should -Be 0, 0
    }

    It 'leaves nothing held of what a dump shows or an analysis suspects' {
        $path = Join-Path $TestDrive 'held.txt'
        Export-HandleDump $path
        $null = Import-HandleDump $path
        (Get-HandleReference).Strong | Should -Be 2, 2, 2
        Measure-HandleUsage | ForEach-Object { Get-HandleReference $_.Holder -Owner $_.Owner } | Remove-HandleReference
        Get-HandleReference | Should -BeNullOrEmpty
        (Get-HandleProcess | Measure-Object HandleCount -Sum).Sum | Should -Be 0
    }

    It 'says with -WhatIf what would be dropped, or decreased to what: <Line>' -ForEach @(
        @{ Line = 'Remove-HandleReference app 2'; Says = 'Performing the operation "Drop handle 2 (strong 2, weak 1)" on target "process ''app'', node ''n2''".' }
        @{ Line = 'Remove-HandleReference app 2 -Count 1'; Says = 'Performing the operation "Decrease the strong count of handle 2 by 1 to 1" on target "process ''app'', node ''n2''".' }
        @{ Line = 'Remove-HandleReference app 2 -Weak -Count 1'; Says = 'Performing the operation "Decrease the weak count of handle 2 by 1 to 0" on target "process ''app'', node ''n2''".' }
        @{ Line = 'Remove-HandleReference app 1 -Count 2'; Says = 'Performing the operation "Decrease the strong count of handle 1 by 2 to 0, which drops it" on target "process ''app'', node ''n1''".' }
    ) {
        $null = Add-HandleReference $app -Handle 2 -Weak
        $null = Start-Transcript TestDrive:/told.txt -UseMinimalHeader
        try { & ([scriptblock]::Create("$Line -WhatIf")) }
        finally { $null = Stop-Transcript }
        Get-Content TestDrive:/told.txt | Should -Contain "What if: $Says"
    }

    It 'refuses with -WhatIf what it would refuse, as the driver answers it' {
        $null = New-HandleSession -Driver C
        $null = 'server', 'client' | New-HandleProcess
        $null = New-HandleNode server | Add-HandleReference client
        foreach ($preview in $true, $false) {
            { Remove-HandleReference client 1 -Count 2 -WhatIf:$preview } | Should -WriteHandleError CountUnderflow -Naming client, '1', '2'
            { Remove-HandleReference client 1 -Weak -Count 1 -WhatIf:$preview } | Should -WriteHandleError CountUnderflow -Naming client, '0'
            Remove-HandleReference client 1 -Count 2 -WhatIf:$preview -ErrorVariable refused -ErrorAction SilentlyContinue
            $refused[0].Exception.DriverAnswer | Should -Be 'Success'
        }
        (Get-HandleReference client).Strong | Should -Be 1
    }

    It 'drops what Get-HandleReference finds, first with -WhatIf' {
        $null = New-HandleProcess 'app2' | Add-HandleReference -Node $nodes[0]
        $null = New-HandleProcess 'other' | Add-HandleReference -Node $nodes[0]
        Get-HandleProcess app* | Get-HandleReference | Remove-HandleReference -WhatIf
        Get-HandleReference | Should -HaveCount 5
        Get-HandleProcess app* | Get-HandleReference | Remove-HandleReference
        (Get-HandleReference).Process.Name | Should -Be 'other'
    }

    It 'drops a reference to a dead node' {
        Remove-HandleProcess $owner
        Get-HandleReference -Dead | Remove-HandleReference
        $app.HandleCount | Should -Be 0
        $session.Nodes | Should -Be 0
    }

    It 'shrinks a pool whose last used handle is in the first quarter' {
        $references = New-HandleNode $owner -Count 100 | Add-HandleReference $app
        $app.Capacity | Should -Be 128
        $references | Where-Object Handle -GT 32 | Remove-HandleReference
        $app.Capacity | Should -Be 128
        Remove-HandleReference $app 32
        $app.Capacity | Should -Be 64
        (Get-HandlePool $app).ShrinkCount | Should -Be 1
        $app.HandleCount | Should -Be 31
    }

    It 'refuses to go below zero and changes nothing' {
        { Remove-HandleReference $app 1 -Count 3 } | Should -WriteHandleError CountUnderflow -Naming app, '1', '2', '3'
        { Remove-HandleReference $app 1 -Weak -Count 1 } | Should -WriteHandleError CountUnderflow -Naming app, '0'
        { Remove-HandleReference $app 1 -Count 3 -ErrorAction Stop } | Should -WriteHandleError CountUnderflow -Terminating
        $reference = Get-HandleReference $app 1
        $reference.Strong, $reference.Weak | Should -Be 2, 0
    }

    It 'refuses handles that the process does not hold, and continues' {
        { Remove-HandleReference $app 0, -1, 4294967295, ([long]::MaxValue), 2 } |
            Should -WriteHandleError HandleNotFound -Times 4 -Naming app
        (Get-HandleReference $app).Handle | Should -Be 1, 3
        { [pscustomobject]@{ Process = 'app'; Handle = 99 }, (Get-HandleReference $app 3) | Remove-HandleReference } |
            Should -WriteHandleError HandleNotFound -Naming '99'
        (Get-HandleReference $app).Handle | Should -Be 1
    }

    It 'refuses a reference that was already dropped' {
        $reference = Get-HandleReference $app 1
        $reference | Remove-HandleReference
        { $reference | Remove-HandleReference } | Should -WriteHandleError HandleNotFound -Naming '1'
    }

    It 'refuses the references of an exited process' {
        $references = Get-HandleReference $app
        Remove-HandleProcess $app
        { $references | Remove-HandleReference } | Should -WriteHandleError ProcessDead -Times 3 -Naming app
    }

    It 'refuses <_> as a count' -ForEach 0, -1, 2147483648 {
        { Remove-HandleReference $app 1 -Count $_ } | Should -Throw -ErrorId '*Argument*,*'
        (Get-HandleReference $app 1).Strong | Should -Be 2
    }

    It 'refuses $null as a handle, and -Weak without -Count' {
        { Remove-HandleReference $app $null } | Should -Throw
        $command = Get-Command Remove-HandleReference
        $command.ParameterSets.Where({ $_.Name -eq 'HandleCount' }).Parameters.Where({ $_.Name -eq 'Count' }).IsMandatory | Should -BeTrue
        $command.Parameters['Weak'].ParameterSets.Keys | Sort-Object | Should -Be 'HandleCount', 'ReferenceCount'
        $command.Parameters.Keys | Should -Not -Contain 'All'
        $app.HandleCount | Should -Be 3
    }
}

Describe 'Get-HandleReference' {
    BeforeEach {
        $session = New-HandleSession
        $owner = New-HandleProcess 'owner' -Id 2
        $app1 = New-HandleProcess 'app1' -Id 11
        $app2 = New-HandleProcess 'app2' -Id 12
        $nodes = New-HandleNode $owner 'n' -Count 3
        $own = New-HandleNode $app1 'own'
        $null = $nodes | Add-HandleReference $app1
        $null = $nodes[2], $own | Add-HandleReference $app2
    }

    It 'asks for a handle that no process holds' {
        (Get-HandleReference -Handle 3).Process | Should -Be $app1
        { $script:found = Get-HandleReference -Handle 3, 99 } | Should -WriteHandleError HandleNotFound -Naming 99
        $found | Should -HaveCount 1
        { [pscustomobject]@{ Handle = 1132 } | Get-HandleReference } | Should -WriteHandleError HandleNotFound -Naming 1132
        Get-HandleReference app* 99 | Should -BeNullOrEmpty
    }

    It 'lists all references of the session by process and handle' {
        (Get-HandleReference).Process | Should -Be $app1, $app1, $app1, $app2, $app2
        (Get-HandleReference).Handle | Should -Be 1, 2, 3, 1, 2
    }

    It 'finds references by process: an object, name, pid, wildcard or pipeline input' {
        Get-HandleReference $app1 | Should -HaveCount 3
        Get-HandleReference APP2, 11 | Should -HaveCount 5
        Get-HandleReference app* | Should -HaveCount 5
        Get-HandleProcess app2 | Get-HandleReference | Should -HaveCount 2
        'app1', 12 | Get-HandleReference | Should -HaveCount 5
        "Process`napp2" | ConvertFrom-Csv | Get-HandleReference | Should -HaveCount 2
        Get-HandlePool app2 | Get-HandleReference | Should -HaveCount 2
        Get-HandleReference owner | Should -BeNullOrEmpty
    }

    It 'finds handles' {
        (Get-HandleReference app1 3, 1).Node.Name | Should -Be 'n3', 'n1'
        (Get-HandleReference app1 -Handle '2').Node.Name | Should -Be 'n2'
        ("Process,Handle`napp1,2`n12,1" | ConvertFrom-Csv | Get-HandleReference).Node.Name | Should -Be 'n2', 'n3'
    }

    It 'reads piped references again' {
        $old = Get-HandleReference app1
        $null = Add-HandleReference app1 n2
        ($old | Get-HandleReference).Strong | Should -Be 1, 2, 1
    }

    It 'finds references by node: an object, name, id, wildcard or pipeline input' {
        (Get-HandleReference -Node $nodes[2]).Process | Should -Be $app1, $app2
        (Get-HandleReference -Node own).Process | Should -Be $app2
        (Get-HandleReference -Node $own.Id).Process | Should -Be $app2
        (Get-HandleReference -Node n*).Process | Should -Be $app1, $app1, $app1, $app2
        ($own | Get-HandleReference).Process | Should -Be $app2
        ($nodes[2] | Get-HandleReference).Process | Should -Be $app1, $app2
    }

    It 'finds the references to nodes of an owner' {
        (Get-HandleReference -Owner owner).Process | Should -Be $app1, $app1, $app1, $app2
        (Get-HandleReference -Owner $app1).Node.Name | Should -Be 'own'
        (Get-HandleReference app2 -Owner 2).Node.Name | Should -Be 'n3'
        Get-HandleReference -Owner app* | Should -HaveCount 1
    }

    It 'finds the references to dead nodes' {
        Get-HandleReference -Dead | Should -BeNullOrEmpty
        Remove-HandleProcess $app1
        $dead = Get-HandleReference -Dead
        $dead.Node.Name | Should -Be 'own'
        $dead.IsDead | Should -BeTrue
        (Get-HandleReference).IsDead | Should -Be $false, $true
    }

    It 'filters by context' {
        $hal = New-HandleProcess 'app1' -Id 11 -Context hwbinder
        $null = New-HandleNode $hal | Add-HandleReference $hal
        Get-HandleReference app1 | Should -HaveCount 4
        Get-HandleReference app1 -Context binder | Should -HaveCount 3
        Get-HandleReference -Context hwbinder | Should -HaveCount 1
        Get-HandleReference 11 -Context hwbinder | Should -HaveCount 1
    }

    It 'refuses handles that the process does not hold, and continues' {
        { $script:found = Get-HandleReference app1 0, -1, 4294967295, ([long]::MaxValue), 2 } |
            Should -WriteHandleError HandleNotFound -Times 4 -Naming app1
        $script:found.Handle | Should -Be 2
        { Get-HandleReference app1 99 -ErrorAction Stop } | Should -WriteHandleError HandleNotFound -Terminating -Naming '99'
    }

    It 'refuses $null as a handle rather than listing all' {
        { Get-HandleReference app1 -Handle $null } | Should -Throw
    }

    It 'writes nothing for $null in the pipeline' {
        $null | Get-HandleReference -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
    }

    It 'has the properties that scripts rely on' {
        $reference = Get-HandleReference app2 2
        'Handle', 'Strong', 'Weak' | ForEach-Object { $reference.$_ -is [int] -or $reference.$_ -is [long] | Should -BeTrue }
        $reference.Process | Should -Be $app2
        $reference.Owner | Should -Be $app1
        $reference.Node | Should -BeOfType HandlePool.HandleNode
        $reference.IsDead | Should -BeOfType bool
    }

    It 'shows as a table by process and as a list' {
        $table = Get-HandleReference | Out-String -Width 100
        $table | Should -Match '(?m)^ +Handle +NodeId NodeName +OwnerName +State +Strong +Weak'
        $table | Should -Match '(?m)^ +Process: app2 \(12, binder\)'
        $list = Get-HandleReference app1 1 | Format-List | Out-String -Width 100
        'Handle', 'NodeName', 'OwnerName', 'Strong', 'Weak', 'IsDead' | ForEach-Object { $list | Should -Match "(?m)^$_ +:" }
    }

    It 'shows the largest count whole' {
        $null = Add-HandleReference $app2 -Handle 2 -Count ([int]::MaxValue - 1)
        Get-HandleReference $app2 | Out-String -Width 100 | Should -Match '2147483647'
    }
}
