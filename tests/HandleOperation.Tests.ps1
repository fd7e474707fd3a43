BeforeAll {
    Import-Module "$PSScriptRoot/../HandlePool.psd1"
    Import-Module "$PSScriptRoot/HandleErrorAssertion.psm1"

    $rows = @'
Operation,Process,Node,Handle,Count,Weak,Context,Id,Kind,Cookie,Direction,After,Delay,Fault
NewManager,manager,,,,,,1
NewProcess,server,,,,,,10
NewProcess,client,,,,,,11
NewNode,server,listener,,3,,,
AddReference,client,listener1,,,,,
AddReference,client,listener2,,2,,,
AddReference,client,listener3,,,true,,
AddReference,client,,0,,,,
AddReference,client,,2,3,1,,
RemoveReference,client,,1,,,,
AddReference,client,listener1,,,,,
RemoveReference,client,listener2,,2,,,
DropReference,client,listener3,,,,,
GrowPool,client,,,,,,
ShrinkPool,client,,,,,,
GrowPool,client,,,,,,
GrowPool,client,,,,,,
FitPool,client,,,,,,
OptimizePool,client,,,,,,
RequestGrow,client,,,,,,
RequestGrow,client,,,,,,
CompleteResize,client,,,2,,,
CompleteResize,client,,,,,,
RequestShrink,client,,,,,,
RequestFit,client,,,,,,
CompleteResize,client,,,,,,
CompleteResize,client,,,,,,
RequestNotification,client,,1,,,,,Freeze,7
BeginSuspendProcess,server,,,,,,
SuspendProcess,server,,,,,,
ReceiveNotification,client,,,1,,,
CompleteNotification,client,,,,,,,Freeze,7
ResumeProcess,server,,,,,,
ClearNotification,client,,1,,,,,Freeze,7
NewNode,client,,,,,,
RemoveNode,,listener3,,,,,
RemoveProcess,server,,,,,,
RemoveProcess,manager,,,,,,
SetManager,client,,,,,,
FailNotification,client,,,2,,,
FailFreeze,client,,,,,,
FailAllocation,client,,,2,,,,,,Grow,1000
DelayAllocation,,,,,,,,,,Shrink,1000,0:0:0.5
GrowPool,client
FlipBit,client,,50
FlipBit,client,,50
BreakSummary,client,,100
BreakSummary,client,,100
ShrinkPool,client
RemoveFault,,,,,,,,,,,,,1
'@ | ConvertFrom-Csv

    # What a script can see of a session. Ids of nodes and processes are part of it.
    function Get-State($Session) {
        Get-HandleProcess -Session $Session -IncludeDead | ForEach-Object { "$($_.Id) $($_.Name) $($_.Context) $($_.IsManager) $($_.IsDead) $($_.Capacity)" }
        Get-HandleNode -Session $Session | ForEach-Object { "$($_.Id) $($_.Name) $($_.Owner) $($_.IsDead) $($_.Strong) $($_.Weak)" }
        Get-HandleReference -Session $Session | ForEach-Object { "$($_.Process) $($_.Handle) $($_.Node.Id) $($_.Strong) $($_.Weak)" }
        Get-HandleNotification -Session $Session | ForEach-Object { "$($_.Process) $($_.Handle) $($_.Kind) $($_.Cookie) $($_.State)" }
        Get-HandlePool -Session $Session | ForEach-Object { "$($_.Process) $($_.Capacity) $($_.GrowCount) $($_.ShrinkCount) $($_.DiscardedResizes)" }
        Get-HandleFault -Session $Session | ForEach-Object { "$($_.Id) $($_.Kind) $($_.Process) $($_.Handle) $($_.Direction) $($_.After) $($_.Count) $($_.Delay) $($_.Hits)" }
        Find-HandleMismatch -Session $Session | ForEach-Object { "$_" }
        Get-HandleEvent -Session $Session | ForEach-Object { "$($_.Sequence) $($_.Kind) $($_.FromCapacity) $($_.ToCapacity) $($_.Handle)" }
    }

    function Get-Summary($Results) {
        $Results | ForEach-Object { "$($_.Row) $($_.Operation) $($_.Process) $($_.Node) $($_.Handle) $($_.Count) $($_.Weak) $($_.Succeeded) $($_.ErrorId)" }
    }
}

Describe 'Invoke-HandleOperation' {
    BeforeEach { $session = New-HandleSession -MaxCapacity 1024 }
    AfterAll { Get-HandleSession | Remove-HandleSession }

    It 'does every operation, in the order of the rows, with a result for each' {
        $results = $rows | Invoke-HandleOperation -ErrorVariable errors
        $errors | Should -BeNullOrEmpty
        $results | Should -BeOfType HandlePool.HandleOperationResult
        $results.Row | Should -Be (1..$rows.Count)
        $results.Operation | Should -Be $rows.Operation
        $results.Succeeded | Should -Not -Contain $false
        [enum]::GetNames([HandlePool.HandleOperationKind]).Where({ $_ -notin $rows.Operation }) | Should -BeNullOrEmpty

        # Handles 1, 2, 3, 0; then 2 by itself; 1 is dropped and got again; 2 keeps three weak counts; 3 is dropped.
        $results[4..12].Handle | Should -Be 1, 2, 3, 0, 2, 1, 1, 2, 3
        $references = Get-HandleReference client
        $references | ForEach-Object { "$($_.Handle) $($_.Strong) $($_.Weak)" } | Should -Be '0 1 0', '1 1 0', '2 0 3'
        $client = Get-HandleProcess client
        $client.Id, $client.NodeCount, $client.Capacity | Should -Be 11, 2, 64
        (Get-HandleProcess server -IncludeDead).IsDead | Should -BeTrue
        $client.IsManager | Should -BeTrue
        (Get-HandlePool client).DiscardedResizes | Should -BeGreaterOrEqual 2
        $faults = Get-HandleFault
        $faults.Id | Should -Be (2..8)
        $faults[1].Process.Name, $faults[1].Direction, $faults[1].After, $faults[1].Count | Should -Be 'client', 'Grow', 1000, 2
        $faults[2].Process, $faults[2].Direction, $faults[2].Delay, $faults[2].Remaining | Should -Be $null, 'Shrink', ([timespan] '0:0:0.5'), ([int]::MaxValue)
    }

    It 'reads every column of rows that are <Form>' -ForEach @(
        @{ Form = 'CSV'; Convert = { $operations | ConvertTo-Csv | ConvertFrom-Csv } }
        @{ Form = 'JSON'; Convert = { $operations | ConvertTo-Json | ConvertFrom-Json } }
        @{ Form = 'hashtables'; Convert = { $operations | ConvertTo-Json | ConvertFrom-Json -AsHashtable } }
        @{ Form = 'objects'; Convert = { $operations | Select-Object * } }
    ) {
        $null = New-HandleSession -Record
        @'
Operation,Process,Node,Handle,Count,Weak,Context,Id,Uid,OpenNumber,Kind,Cookie,Direction,After,Delay,Fault
NewProcess,server,,,,,near,10,3,,,
NewProcess,client,,,,,near,11,4,,,
NewProcess,client,,,,,near,11,5,2,,
NewNode,,node,,2,,near,10,,,,
AddReference,,node1,,2,true,near,11,,2,,
RequestNotification,,,1,,,near,11,,2,Freeze,7
FailAllocation,,,,,,near,11,,2,,,Grow,3
DelayAllocation,,,,5,,,,,,,,Shrink,,0:0:0.25
RemoveFault,,,,,,,,,,,,,,,1
'@ | ConvertFrom-Csv | Invoke-HandleOperation | ForEach-Object Succeeded | Should -Not -Contain $false
        $operations = Get-HandleOperation
        foreach ($column in [HandlePool.HandleOperation].GetProperties().Name) {
            $operations.$column.Where({ $_ }) | Should -Not -BeNullOrEmpty -Because "rows must have the column $column"
        }

        $null = New-HandleSession -Record
        & $Convert | Invoke-HandleOperation | ForEach-Object Succeeded | Should -Not -Contain $false
        Get-HandleOperation | ConvertTo-Csv | Should -Be ($operations | ConvertTo-Csv)
    }

    It 'reads which open of the device a process object is' {
        $null = New-HandleProcess app -Id 5
        $second = New-HandleProcess app -Id 5 -Reopen
        [pscustomobject]@{ Operation = 'NewNode'; Process = $second } | Invoke-HandleOperation | ForEach-Object Succeeded | Should -BeTrue
        (Get-HandleProcess -Id 5).NodeCount | Should -Be 0, 1
    }

    It 'refuses a row of a fault that is incomplete or wrong: <Row>' -ForEach @(
        @{ Row = 'DelayAllocation'; With = @{}; Says = '*needs a Delay*' }
        @{ Row = 'DelayAllocation'; With = @{ Delay = 50 }; Says = "*Delay is '50'*0:0:0.05*" }
        @{ Row = 'DelayAllocation'; With = @{ Delay = '2:0:0:0' }; Says = '*at most 1 day*' }
        @{ Row = 'DelayAllocation'; With = @{ Delay = @{ Ticks = 'many' } }; Says = '*Delay is*' }
        @{ Row = 'FailAllocation'; With = @{ Direction = 'Up' }; Says = "*Direction is 'Up'. Give Grow or Shrink.*" }
        @{ Row = 'FailAllocation'; With = @{ After = -1 }; Says = '*After is*' }
        @{ Row = 'FailFreeze'; With = @{ Count = 0 }; Says = '*Count is*' }
        @{ Row = 'FlipBit'; With = @{}; Says = '*needs a Process*' }
        @{ Row = 'FlipBit'; With = @{ Process = 'app' }; Says = '*needs a Node or a Handle*' }
        @{ Row = 'FlipBit'; With = @{ Process = 'app'; Handle = 64 }; Says = '*handle 64 is beyond the pool*64 handles*' }
        @{ Row = 'FlipBit'; With = @{ Process = 'app'; Handle = 4294967295 }; Says = '*beyond the pool*' }
        @{ Row = 'BreakSummary'; With = @{ Process = 'app'; Handle = 1 }; Says = '*summar*' }
        @{ Row = 'RemoveFault'; With = @{}; Says = '*needs a Fault*' }
        @{ Row = 'RemoveFault'; With = @{ Fault = 'first' }; Says = '*Fault is*' }
    ) {
        $null = New-HandleProcess app
        $result = @{ Operation = $Row } + $With | Invoke-HandleOperation -ErrorAction SilentlyContinue
        $result.ErrorId | Should -Be 'OperationFormat'
        $result.Message | Should -BeLike $Says
        Get-HandleFault | Should -BeNullOrEmpty
        Test-HandlePool | Should -BeTrue
    }

    It 'refuses to remove a fault that is not there' {
        $result = @{ Operation = 'RemoveFault'; Fault = 3 } | Invoke-HandleOperation -ErrorAction SilentlyContinue
        $result.ErrorId | Should -Be 'FaultNotFound'
        $result = @{ Operation = 'FailAllocation'; Process = 'nobody' } | Invoke-HandleOperation -ErrorAction SilentlyContinue
        $result.ErrorId | Should -Be 'ProcessNotFound'
    }

    It 'shows the outcome of a row in Result' {
        $results = $rows[0..5] + $rows[13] + $rows[20] | Invoke-HandleOperation
        $results[0].Result | Should -BeOfType HandlePool.HandleProcess
        $results[3].Result | Should -BeOfType HandlePool.HandleNode
        $results[3].Result.Name | Should -Be 'listener3'
        $results[5].Result | Should -BeOfType HandlePool.HandleReference
        $results[5].Result.Strong | Should -Be 2
        $results[6].Result | Should -BeOfType HandlePool.HandlePoolResizeResult
        $results[7].Result | Should -BeOfType HandlePool.HandlePoolResizer
    }

    It 'gives the same for <Form> as for CSV' -ForEach @(
        @{ Form = 'JSON'; Convert = { $rows | ConvertTo-Json | ConvertFrom-Json } }
        @{ Form = 'JSON with numbers and truth values'
            Convert = {
                $rows | ForEach-Object {
                    $row = [ordered]@{ operation = $_.Operation; process = $_.Process; node = $_.Node }
                    if ($_.Handle) { $row.handle = [int]$_.Handle }
                    if ($_.Count) { $row.count = [int]$_.Count }
                    if ($_.Weak) { $row.weak = $true }
                    if ($_.Id) { $row.id = [int]$_.Id }
                    if ($_.Kind) { $row.kind = $_.Kind; $row.cookie = [int]$_.Cookie }
                    if ($_.Direction) { $row.direction = $_.Direction; $row.after = [int]$_.After }
                    if ($_.Delay) { $row.delay = [timespan]$_.Delay }
                    if ($_.Fault) { $row.fault = [int]$_.Fault }
                    $row
                } | ConvertTo-Json | ConvertFrom-Json
            }
        }
        @{ Form = 'hashtables'; Convert = { $rows | ConvertTo-Json | ConvertFrom-Json -AsHashtable } }
        @{ Form = 'hashtables without what is blank'
            Convert = {
                $rows | ForEach-Object {
                    $table = @{}
                    foreach ($property in $_.PSObject.Properties) { if ($property.Value) { $table[$property.Name.ToLower()] = $property.Value } }
                    $table
                }
            }
        }
        @{ Form = 'objects with only what is needed'
            Convert = {
                $rows | ForEach-Object {
                    $row = [pscustomobject]@{}
                    foreach ($property in $_.PSObject.Properties) { if ($property.Value) { $row | Add-Member $property.Name $property.Value } }
                    $row
                }
            }
        }
        @{ Form = 'typed operations'
            Convert = {
                $rows | ForEach-Object {
                    $row = @{ Operation = $_.Operation; Weak = [bool]$_.Weak }
                    foreach ($name in 'Process', 'Node', 'Handle', 'Count', 'Id', 'Kind', 'Cookie', 'Direction', 'After', 'Delay', 'Fault') { if ($_.$name) { $row[$name] = $_.$name } }
                    [HandlePool.HandleOperation]$row
                }
            }
        }
        @{ Form = 'lower case, and spaces around'; Convert = { $rows | ForEach-Object { $_.Operation = " $($_.Operation.ToLower()) "; $_ } } }
    ) {
        $expected = Get-Summary ($rows | Invoke-HandleOperation)
        $state = Get-State $session
        $again = New-HandleSession -MaxCapacity 1024
        Get-Summary (& $Convert | Invoke-HandleOperation -ErrorVariable errors) | Should -Be $expected
        $errors | Should -BeNullOrEmpty
        Get-State $again | Should -Be $state
    }

    It 'takes rows as an argument, and from a script in strict mode' {
        Set-StrictMode -Version Latest
        $results = Invoke-HandleOperation @{ Operation = 'NewProcess'; Process = 'app' }, ([pscustomobject]@{ Operation = 'GrowPool'; Process = 'app' })
        $results.Succeeded | Should -Be $true, $true
        (Get-HandleProcess app).Capacity | Should -Be 128
    }

    It 'takes <Written> for <Kind>' -ForEach @(
        @{ Written = 'New-HandleProcess'; Kind = 'NewProcess' }
        @{ Written = 'Remove-HandleProcess'; Kind = 'RemoveProcess' }
        @{ Written = 'Exit'; Kind = 'RemoveProcess' }
        @{ Written = 'New-HandleNode'; Kind = 'NewNode' }
        @{ Written = 'Remove-HandleNode'; Kind = 'RemoveNode' }
        @{ Written = 'Add-HandleReference'; Kind = 'AddReference' }
        @{ Written = 'add'; Kind = 'AddReference' }
        @{ Written = 'Remove-HandleReference'; Kind = 'RemoveReference' }
        @{ Written = 'REMOVE'; Kind = 'RemoveReference' }
        @{ Written = 'Drop'; Kind = 'DropReference' }
        @{ Written = 'Grow'; Kind = 'GrowPool' }
        @{ Written = 'Shrink'; Kind = 'ShrinkPool' }
        @{ Written = 'Fit'; Kind = 'FitPool' }
        @{ Written = 'Optimize'; Kind = 'OptimizePool' }
        @{ Written = 'Optimize-HandlePool'; Kind = 'OptimizePool' }
        @{ Written = 'Complete-HandlePoolResize'; Kind = 'CompleteResize' }
        @{ Written = 'Complete'; Kind = 'CompleteResize' }
        @{ Written = '5'; Kind = 'AddReference' }
    ) {
        $result = [pscustomobject]@{ Operation = $Written; Process = 'nope'; Node = 'nope'; Handle = 7 } |
            Invoke-HandleOperation -ErrorAction SilentlyContinue
        $result.Operation | Should -Be $Kind
    }

    It 'takes objects of processes and nodes in rows, and pids and ids as numbers' {
        $server = New-HandleProcess 'server' -Id 10
        $client = New-HandleProcess 'client' -Id 11
        $node = New-HandleNode $server
        $results = @(
            @{ Operation = 'Add'; Process = $client; Node = $node }
            @{ Operation = 'Add'; Process = 11; Node = $node.Id }
            @{ Operation = 'Add'; Process = '11'; Node = "$($node.Id)" }
        ) | Invoke-HandleOperation
        $results.Handle | Should -Be 1, 1, 1
        (Get-HandleReference client).Strong | Should -Be 3
    }

    It 'takes the process that an object is, though another has its name' {
        $node = New-HandleNode (New-HandleProcess 'server')
        $twins = 1..2 | ForEach-Object { New-HandleProcess 'twin' }
        $result = @{ Operation = 'Add'; Process = $twins[1]; Node = $node } | Invoke-HandleOperation
        $result.Succeeded | Should -BeTrue
        $twins.HandleCount | Should -Be 0, 1
    }

    It 'distinguishes processes of one name by Context and by Id' {
        $results = @'
Operation,Process,Context,Id,Count
NewProcess,app,binder,1,
NewProcess,app,hwbinder,1,
NewProcess,app,binder,2,
GrowPool,app,hwbinder,,
GrowPool,app,binder,2,
GrowPool,app,,,
GrowPool,app,binder,,
GrowPool,,binder,1,
'@ | ConvertFrom-Csv | Invoke-HandleOperation -ErrorAction SilentlyContinue
        $results.ErrorId | Where-Object { $_ } | Should -Be 'ProcessAmbiguous', 'ProcessAmbiguous'
        Get-HandleProcess | Sort-Object Context, Id | ForEach-Object Capacity | Should -Be 128, 128, 128
    }

    It 'refuses what the model refuses: names the row, changes nothing, continues' {
        $results = $rows[0..4] | Invoke-HandleOperation
        $bad = @(
            @{ Operation = 'Add'; Process = 'nope'; Node = 'listener1'; ErrorId = 'ProcessNotFound' }
            @{ Operation = 'Add'; Process = 'client'; Node = 'nope'; ErrorId = 'NodeNotFound' }
            @{ Operation = 'Remove'; Process = 'client'; Handle = 99; ErrorId = 'HandleNotFound' }
            @{ Operation = 'Remove'; Process = 'client'; Handle = 1; Count = 5; ErrorId = 'CountUnderflow' }
            @{ Operation = 'NewProcess'; Process = 'again'; Id = 11; ErrorId = 'ProcessExists' }
            @{ Operation = 'NewManager'; Process = 'second'; ErrorId = 'ManagerExists' }
            @{ Operation = 'Add'; Process = 'manager'; Handle = 0; ErrorId = 'ManagerSelfReference' }
            @{ Operation = 'Shrink'; Process = 'client'; ErrorId = 'ShrinkNotPossible' }
        )
        $state = Get-State $session
        foreach ($row in $bad) {
            { $script:result = $row | Invoke-HandleOperation } | Should -WriteHandleError $row.ErrorId -Naming 'Row 1'
            $script:result.Succeeded | Should -BeFalse
            $script:result.ErrorId | Should -Be $row.ErrorId
            $script:result.Message | Should -Not -BeNullOrEmpty
            $script:result.Result | Should -BeNullOrEmpty
        }
        Get-State $session | Should -Be $state

        $results = $bad + @{ Operation = 'Add'; Process = 'client'; Node = 'listener2' } |
            Invoke-HandleOperation -ErrorVariable errors -ErrorAction SilentlyContinue
        $results.Row | Should -Be (1..9)
        $results.Succeeded | Should -Be (@($false) * 8 + $true)
        $errors | Should -HaveCount 8
        0..7 | ForEach-Object { "$($errors[$_])" | Should -Match "[Rr]ow $($_ + 1)\b" }
    }

    It 'refuses a row with <What>' -ForEach @(
        @{ What = 'an unknown operation'; Row = @{ Operation = 'Frobnicate'; Process = 'client' }; Named = 'Frobnicate' }
        @{ What = 'no operation'; Row = @{ Process = 'client' }; Named = 'Operation' }
        @{ What = 'a number that is no operation'; Row = @{ Operation = '99'; Process = 'client' }; Named = '99' }
        @{ What = 'two operations'; Row = @{ Operation = 'GrowPool,ShrinkPool'; Process = 'client' }; Named = 'GrowPool,ShrinkPool' }
        @{ What = 'a handle that is no number'; Row = @{ Operation = 'Add'; Process = 'client'; Handle = 'x1' }; Named = 'x1' }
        @{ What = 'a handle with a fraction'; Row = @{ Operation = 'Add'; Process = 'client'; Handle = 1.5 }; Named = 'Handle' }
        @{ What = 'a handle out of all bounds'; Row = @{ Operation = 'Add'; Process = 'client'; Handle = '99999999999999999999' }; Named = '99999999999999999999' }
        @{ What = 'count 0'; Row = @{ Operation = 'Add'; Process = 'client'; Node = 'listener1'; Count = 0 }; Named = 'Count' }
        @{ What = 'a count below 0'; Row = @{ Operation = 'Add'; Process = 'client'; Node = 'listener1'; Count = '-2' }; Named = '-2' }
        @{ What = 'a count too large'; Row = @{ Operation = 'Add'; Process = 'client'; Node = 'listener1'; Count = '4294967296' }; Named = '4294967296' }
        @{ What = 'a count that is no number'; Row = @{ Operation = 'Add'; Process = 'client'; Node = 'listener1'; Count = 'many' }; Named = 'many' }
        @{ What = 'a truth value that is none'; Row = @{ Operation = 'Add'; Process = 'client'; Node = 'listener1'; Weak = 'perhaps' }; Named = 'perhaps' }
        @{ What = 'no process'; Row = @{ Operation = 'Add'; Node = 'listener1' }; Named = 'Process' }
        @{ What = 'neither node nor handle'; Row = @{ Operation = 'Add'; Process = 'client' }; Named = 'Node' }
        @{ What = 'neither handle nor node to remove'; Row = @{ Operation = 'Remove'; Process = 'client' }; Named = 'Handle' }
        @{ What = 'no node to remove'; Row = @{ Operation = 'RemoveNode' }; Named = 'Node' }
        @{ What = 'no process to exit'; Row = @{ Operation = 'Exit' }; Named = 'Process' }
        @{ What = 'no process to grow'; Row = @{ Operation = 'Grow'; Process = '  ' }; Named = 'Process' }
        @{ What = 'a pid that is no number'; Row = @{ Operation = 'NewProcess'; Process = 'p'; Id = 'abc' }; Named = 'abc' }
        @{ What = 'a pid below 0'; Row = @{ Operation = 'NewProcess'; Process = 'p'; Id = -5 }; Named = '-5' }
        @{ What = 'a name of blanks alone'; Row = @{ Operation = '   ' }; Named = 'Operation' }
    ) {
        $null = $rows[0..4] | Invoke-HandleOperation
        $state = Get-State $session
        { $script:result = $Row | Invoke-HandleOperation } | Should -WriteHandleError OperationFormat -Naming 'Row 1', $Named
        $script:result.Row | Should -Be 1
        $script:result.Succeeded | Should -BeFalse
        $script:result.ErrorId | Should -Be 'OperationFormat'
        Get-State $session | Should -Be $state
    }

    It 'refuses anything that is not a row: <_>' -ForEach 'a string', 42 {
        { $_ | Invoke-HandleOperation } | Should -WriteHandleError OperationFormat -Naming 'Row 1'
    }

    It 'refuses the completion of a resize that was not requested' {
        $null = New-HandleProcess 'client'
        $result = @{ Operation = 'Complete'; Process = 'client' } | Invoke-HandleOperation -ErrorAction SilentlyContinue
        $result.Succeeded | Should -BeFalse
        $result.Message | Should -Match 'client'
    }

    It 'stops at the first failed row with -StopOnError and counts the remaining rows' {
        $bad = $rows[0..3] + @{ Operation = 'Nothing' } + $rows[4..8]
        $results = $bad | Invoke-HandleOperation -StopOnError -ErrorVariable errors -ErrorAction SilentlyContinue -WarningVariable warnings -WarningAction SilentlyContinue
        $results.Row | Should -Be (1..5)
        $results[-1].ErrorId | Should -Be 'OperationFormat'
        $errors | Should -HaveCount 1
        "$warnings" | Should -Match '\b5 rows'
        Get-HandleReference | Should -BeNullOrEmpty

        $null = $rows | Invoke-HandleOperation -StopOnError -ErrorVariable errors -ErrorAction SilentlyContinue -WarningAction SilentlyContinue
        $errors | Should -HaveCount 1
    }

    It 'throws with -ErrorAction Stop' {
        { @{ Operation = 'Nothing' } | Invoke-HandleOperation -ErrorAction Stop } | Should -WriteHandleError OperationFormat -Terminating
    }

    It 'changes nothing with -WhatIf' {
        $rows | Invoke-HandleOperation -WhatIf | Should -BeNullOrEmpty
        Get-HandleProcess | Should -BeNullOrEmpty
        { @{ Operation = 'Nothing' } | Invoke-HandleOperation -WhatIf } | Should -WriteHandleError OperationFormat -Naming 'Row 1'
    }

    It 'runs them in the given session' {
        $other = New-HandleSession
        $null = $rows[0] | Invoke-HandleOperation -Session $session
        $null = $rows[1] | Invoke-HandleOperation -Session $session.Name
        Get-HandleProcess | Should -BeNullOrEmpty
        (Get-HandleProcess -Session $session).Name | Should -Be manager, server
    }

    It 'works beside other cmdlets in one pipeline' {
        $null = New-HandleProcess 'server'
        $results = 1..3 | ForEach-Object { @{ Operation = 'NewNode'; Process = 'server'; Node = "n$_" } } | Invoke-HandleOperation |
            ForEach-Object { Get-HandleNode $_.Result.Name }
        $results.Name | Should -Be n1, n2, n3
    }

    It 'gives the same handles for the same rows, with every allocator' {
        $seed = 20261122
        Write-Debug "seed $seed"
        $random = [Random]::new($seed)
        $operations = @(
            @{ Operation = 'NewManager'; Process = 'p0' }
            1..3 | ForEach-Object { @{ Operation = 'NewProcess'; Process = "p$_" } }
            0..3 | ForEach-Object { @{ Operation = 'NewNode'; Process = "p$_"; Node = "n$_-"; Count = 60 } }
            foreach ($step in 1..600) {
                $row = @{ Process = "p$($random.Next(4))"; Weak = $random.Next(4) -eq 0 }
                switch ($random.Next(20)) {
                    { $_ -lt 11 } { $row.Operation = 'Add'; $row.Node = "n$($random.Next(4))-$($random.Next(1, 61))"; break }
                    { $_ -lt 14 } { $row.Operation = 'Remove'; $row.Handle = $random.Next(60); break }
                    { $_ -lt 16 } { $row.Operation = 'Drop'; $row.Handle = $random.Next(60); break }
                    { $_ -lt 17 } { $row.Operation = 'Grow'; break }
                    { $_ -lt 18 } { $row.Operation = 'Fit'; break }
                    { $_ -lt 19 } { $row.Operation = 'Add'; $row.Handle = $random.Next(60); break }
                    default { $row.Operation = 'Optimize' }
                }
                $row
            }
        )
        $runs = foreach ($allocator in 'Bitmap', 'Bitmap', 'DBitmap', 'SegmentedBitmap', 'HierarchicalBitmap', 'TreeScan', 'AugmentedTree', 'FdTwoLevel', 'XArray') {
            $null = New-HandleSession -Allocator $allocator -MaxCapacity 256
            $results = $operations | Invoke-HandleOperation -ErrorAction SilentlyContinue

            # Trees have no capacity to grow or shrink, so that only what concerns handles is compared.
            $handles = $results.Where({ $_.Operation -in 'AddReference', 'RemoveReference', 'DropReference' })
            (Get-Summary $handles) + (Get-HandleReference | ForEach-Object { "$($_.Process) $($_.Handle) $($_.Node.Id) $($_.Strong) $($_.Weak)" }) -join "`n"
        }
        $runs[0] | Should -Match ' AddReference '
        $runs | ForEach-Object { $_ | Should -Be $runs[0] -Because "of seed $seed" }
    }

    It 'reads the rows that <Scenario> led to on a real driver, and gives its handles and messages' -ForEach @(
        @{ Scenario = 'references' }
        @{ Scenario = 'deaths' }
        @{ Scenario = 'freezes' }
    ) {
        $null = New-HandleSession -Driver C
        $real = Import-Csv "$PSScriptRoot/data/conformance/7.3.4+deb13-amd64/$Scenario/rows.csv" | Where-Object Operation
        $results = @($real | Invoke-HandleOperation -ErrorAction SilentlyContinue)
        $results | Should -HaveCount $real.Count
        $results.ErrorId | Should -Not -Contain 'OperationFormat'
        $arrived = 0..($real.Count - 1) | Where-Object { $real[$_].Command -eq 'arrives' }
        $arrived.Count | Should -BeGreaterThan 5
        $results[$arrived].Handle | Should -Be $real[$arrived].Handle
        $read = 0..($real.Count - 1) | Where-Object { $real[$_].Read -like 'BR_*' }
        if ($read) { $results[$read].Result.Return | Should -Be ($real[$read].Read -replace ' .*') }
    }

    It 'shows as a table and as a list' {
        $results = $rows[0..4] + @{ Operation = 'Nothing' } | Invoke-HandleOperation -ErrorAction SilentlyContinue
        $table = $results | Format-Table | Out-String -Width 110
        $table | Should -Match '(?m)^ *Row +Operation +Process +Node +Handle +Count +Error'
        $table | Should -Match '(?m)^ *6 .*OperationFormat'
        $list = $results | Format-List | Out-String -Width 100
        'Row', 'Operation', 'Succeeded', 'ErrorId', 'Message' | ForEach-Object { $list | Should -Match "(?m)^$_ +:" }
    }
}

Describe 'New-HandleSession -Record' {
    BeforeAll {
        # Everything at least once, what is refused too, and by the cmdlets.
        function Invoke-Bug {
            $manager = New-HandleProcess 'manager' -Manager
            $server = New-HandleProcess 'server' -Id 10
            $twin1 = New-HandleProcess 'twin' -Id 20
            $twin2 = New-HandleProcess 'twin' -Id 21
            $unnamed = New-HandleProcess -Id 30
            $foreign = New-HandleProcess 'server' -Id 10 -Context hwbinder
            $nodes = New-HandleNode $server 'node' -Count 70
            $plain = New-HandleNode $server -Count 3
            $null = New-HandleNode $foreign
            $null = $nodes | Add-HandleReference $twin1
            $null = $plain | Add-HandleReference $unnamed -Weak -Count 2
            $null = $nodes[3, 5, 7] | Add-HandleReference $twin2 -Count 3
            $null = Add-HandleReference $twin2 -Handle 0
            $null = Add-HandleReference $twin2 -Handle 1 -Weak
            Add-HandleReference $twin2 -Handle 99 -ErrorAction SilentlyContinue
            Add-HandleReference $manager -Handle 0 -ErrorAction SilentlyContinue
            New-HandleProcess 'late' -Id 10 -ErrorAction SilentlyContinue
            Add-HandleReference $unnamed -Handle 1 -ErrorAction SilentlyContinue
            Remove-HandleReference $twin2 -Handle 2 -Count 2
            Remove-HandleReference $twin2 -Handle 2 -Count 9 -ErrorAction SilentlyContinue
            Get-HandleReference $twin1 | Where-Object Handle -GE 20 | Remove-HandleReference
            $resizers = 1..3 | ForEach-Object { Request-HandlePoolResize $twin2 -Grow }
            $null = $resizers[1] | Complete-HandlePoolResize
            $null = $resizers[2], $resizers[0] | Complete-HandlePoolResize
            $null = Resize-HandlePool $unnamed -Grow
            $null = Resize-HandlePool $unnamed -Shrink -Force
            Resize-HandlePool $manager -Shrink -ErrorAction SilentlyContinue
            $null = Resize-HandlePool $manager -Grow
            $null = Optimize-HandlePool
            $null = Add-HandleFault -FailAllocation $twin1 -Grow -After 1
            $null = Resize-HandlePool $twin1 -Grow
            Resize-HandlePool $twin1 -Grow -ErrorAction SilentlyContinue
            $null = Add-HandleFault -DelayAllocation -Delay 0:0:0.001 -After 1
            $null = Resize-HandlePool $twin1 -Grow
            $null = Add-HandleFault -FlipBit $twin1 5
            New-HandleNode $server | Add-HandleReference $twin1 -ErrorAction SilentlyContinue
            $null = Add-HandleFault -BreakSummary $twin1 64
            $null = Add-HandleFault -FailNotification
            Request-HandleNotification $twin1 1 -ErrorAction SilentlyContinue
            $null = Add-HandleFault -FailFreeze $server -Count 2
            Suspend-HandleProcess $server -ErrorAction SilentlyContinue
            Get-HandleFault | Where-Object Hits -EQ 1 | Select-Object -First 1 | Remove-HandleFault
            $null = Add-HandleFault -FlipBit $twin2 60
            Remove-HandleNode $plain[1]
            Remove-HandleProcess $server
            Add-HandleReference $server -Handle 0 -ErrorAction SilentlyContinue
            $null = New-HandleProcess 'server' -Id 10 | New-HandleNode | Add-HandleReference $twin1

            # Is not kept: a row can only mean the new server.
            Add-HandleReference $server -Handle 0 -ErrorAction SilentlyContinue
        }
    }

    BeforeEach {
        $recorded = New-HandleSession -Record
        Invoke-Bug
        $state = Get-State $recorded
    }
    AfterAll { Get-HandleSession | Remove-HandleSession }

    It 'keeps rows that replay to the same session <Through>' -ForEach @(
        @{ Through = 'as they are'; Convert = { Get-HandleOperation } }
        @{ Through = 'through CSV'; Convert = { Get-HandleOperation | ConvertTo-Csv | ConvertFrom-Csv } }
        @{ Through = 'through JSON'; Convert = { Get-HandleOperation | ConvertTo-Json | ConvertFrom-Json } }
        @{ Through = 'through JSON with names'; Convert = { Get-HandleOperation | ConvertTo-Json -EnumsAsStrings | ConvertFrom-Json } }
        @{ Through = 'through JSON and hashtables'; Convert = { Get-HandleOperation | ConvertTo-Json | ConvertFrom-Json -AsHashtable } }
        @{ Through = 'through CLIXML'
            Convert = { Get-HandleOperation | Export-Clixml TestDrive:/bug.xml; Import-Clixml TestDrive:/bug.xml }
        }
    ) {
        $operations = & $Convert
        $again = New-HandleSession
        $results = $operations | Invoke-HandleOperation -ErrorAction SilentlyContinue
        Get-State $again | Should -Be $state
        $results.ErrorId | Where-Object { $_ } | Should -Not -Contain 'OperationFormat'
    }

    It 'keeps what was refused, and it is refused again' {
        $operations = Get-HandleOperation
        $null = New-HandleSession
        $failed = ($operations | Invoke-HandleOperation -ErrorAction SilentlyContinue).Where({ -not $_.Succeeded })
        $failed.ErrorId | Should -Be @(
            'HandleNotFound', 'ManagerSelfReference', 'ProcessExists', 'WeakReferenceOnly', 'CountUnderflow', 'ShrinkNotPossible',
            'AllocationFailed', 'PoolCorrupted', 'AllocationFailed', 'ProcessBusy', 'ProcessDead'
        )
    }

    It 'records a replay as it was recorded' {
        $operations = Get-HandleOperation
        $null = New-HandleSession -Record
        $results = $operations | Invoke-HandleOperation -ErrorAction SilentlyContinue

        # A row finds no exited process, so that nothing is tried.
        $operations = $operations[$results.Where({ $_.ErrorId -ne 'ProcessDead' }).ForEach({ $_.Row - 1 })]
        $columns = 'Operation', 'Process', 'Node', 'Handle', 'Count', 'Weak', 'Context', 'Id', 'Uid', 'OpenNumber', 'Kind', 'Cookie', 'Direction', 'After', 'Delay', 'Fault'
        Get-HandleOperation | ConvertTo-Csv | Should -Be ($operations | ConvertTo-Csv)
        $operations[0].PSObject.Properties.Name | Sort-Object | Should -Be ($columns | Sort-Object)
    }
}

Describe 'Get-HandleOperation' {
    AfterAll { Get-HandleSession | Remove-HandleSession }

    It 'returns operations as rows, if the session records' {
        $recorded = New-HandleSession -Record
        Get-HandleOperation | Should -BeNullOrEmpty
        $server = New-HandleProcess 'server' -Id 7 -Context hwbinder
        $null = New-HandleNode $server 'listener' | Add-HandleReference (New-HandleProcess 'client' -Context hwbinder) -Count 2
        $operations = Get-HandleOperation
        $operations | Should -BeOfType HandlePool.HandleOperation
        $operations.Operation | Should -Be 'NewProcess', 'NewProcess', 'NewNode', 'AddReference'
        $operations[0].Process, $operations[0].Id, $operations[0].Context | Should -Be server, 7, hwbinder
        $operations[3].Process, $operations[3].Count, $operations[3].Weak | Should -Be client, 2, $false
        (Get-HandleOperation -Session $recorded.Name).Count | Should -Be 4
        $null = New-HandleSession
        (Get-HandleOperation -Session $recorded).Count | Should -Be 4
    }

    It 'records what a fault of one process, or of all, is like' {
        $null = New-HandleSession -Record
        $null = New-HandleProcess app
        $null = Add-HandleFault -DelayAllocation -Delay 0:0:0.5 -Shrink
        $null = Add-HandleFault -FailAllocation app -Grow -After 2 -Count 3
        Remove-HandleFault -Kind DelayAllocation
        $delay, $fail, $remove = Get-HandleOperation | Select-Object -Last 3
        "$delay", $delay.Process, $delay.Direction, $delay.Delay, $delay.Count | Should -Be 'DelayAllocation', $null, 'Shrink', ([timespan] '0:0:0.5'), $null
        "$fail", $fail.Direction, $fail.After, $fail.Count, $fail.Delay | Should -Be 'FailAllocation app', 'Grow', 2, 3, $null
        "$remove", $remove.Fault | Should -Be 'RemoveFault', 1
    }

    It 'refuses a session that does not record, and says how to' {
        $session = New-HandleSession plain
        Get-HandleOperation -ErrorVariable errors -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        $errors | Should -HaveCount 1
        $errors[0].FullyQualifiedErrorId | Should -BeLike 'NotRecorded,*'
        "$errors" | Should -Match 'plain.*-Record'
        $errors[0].TargetObject | Should -Be $session
        { Get-HandleOperation -Session nope } | Should -WriteHandleError SessionNotFound -Naming nope
    }
}
