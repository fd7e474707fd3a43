# The assertions for Pester. ./build.ps1 Test runs this suite with the newest and with the oldest Pester, so it makes its own assertions with
# the operators that both have.

BeforeAll {
    Import-Module "$PSScriptRoot/../HandlePool.psd1"
    Import-HandleAssertion
    $manifest = (Resolve-Path "$PSScriptRoot/../HandlePool.psd1").Path
    $pester = Get-Module Pester
    $hasCommands = $pester.Version.Major -ge 6
    $names = 'HaveHandleCount', 'GrowHandles', 'ReleaseHandles', 'AllocateHandle', 'BeWithinHandleBudget', 'HaveHandleMismatch'
    $ways = @(
        @{ Name = 'an operator with input' }
        @{ Name = 'an operator with an argument'; HasArgument = $true }
        if ($hasCommands) {
            @{ Name = 'a command with input'; IsCommand = $true }
            @{ Name = 'a command with an argument'; IsCommand = $true; HasArgument = $true }
        }
    )

    # What is so in the world of these tests: the assertion passes, and its opposite fails.
    $facts = @(
        @{ Operator = 'HaveHandleCount'; Of = 'an exact number'; Actual = { $client }; Values = { @{ Expected = 5 } } }
        @{ Operator = 'HaveHandleCount'; Of = 'no handle'; Actual = { $server }; Values = { @{ Expected = 0 } } }
        @{ Operator = 'HaveHandleCount'; Of = 'a greatest number'; Actual = { $client }; Values = { @{ AtMost = 5 } } }
        @{ Operator = 'HaveHandleCount'; Of = 'a range, as text'; Actual = { $client }; Values = { @{ AtLeast = '5'; AtMost = '6' } } }
        @{ Operator = 'GrowHandles'; Of = 'a script block'; Actual = { { $nodes[5] | Add-HandleReference $client } }; Values = { @{} } }
        @{ Operator = 'GrowHandles'; Of = 'one process'; Actual = { { $nodes[5..7] | Add-HandleReference $client } }; Values = { @{ MoreThan = 2; Process = 'client' } } }
        @{ Operator = 'GrowHandles'; Of = 'a pair while another shrinks'; Values = { @{} }
            Actual = { { $nodes[0..4] | Add-HandleReference $other; Get-HandleReference $client | Remove-HandleReference } }
        }
        @{ Operator = 'GrowHandles'; Of = 'a session'; Actual = { $null = $nodes[5] | Add-HandleReference $client; $session }; Values = { @{ Since = $before } } }
        @{ Operator = 'GrowHandles'; Of = 'a process'; Actual = { $null = $nodes[5] | Add-HandleReference $client; $client }; Values = { @{ Since = $before.Name; MoreThan = 0 } } }
        @{ Operator = 'ReleaseHandles'; Of = 'a script block'; Actual = { { $nodes[5..9] | Add-HandleReference $client | Remove-HandleReference } }; Values = { @{} } }
        @{ Operator = 'ReleaseHandles'; Of = 'counts'; Values = { @{ Process = 2 } }
            Actual = { { $nodes[0] | Add-HandleReference $client; Remove-HandleReference $client 1 -Count 1 } }
        }
        @{ Operator = 'ReleaseHandles'; Of = 'a process that exits'; Actual = { { Remove-HandleProcess $client } }; Values = { @{ Session = $session } } }
        @{ Operator = 'AllocateHandle'; Of = 'a script block'; Actual = { { $nodes[5..6] | Add-HandleReference $client } }; Values = { @{ Expected = 7, 6 } } }
        @{ Operator = 'AllocateHandle'; Of = 'a handle that stood for another node'; Values = { @{ Expected = 2 } }
            Actual = { { Remove-HandleReference $client 2; $nodes[9] | Add-HandleReference $client } }
        }
        @{ Operator = 'AllocateHandle'; Of = 'one process'; Actual = { { $nodes[9] | Add-HandleReference $client; $nodes[9] | Add-HandleReference $other } }
            Values = { @{ Expected = 1; Process = $other } }
        }
        @{ Operator = 'AllocateHandle'; Of = 'the next one'; Actual = { Remove-HandleReference $client 3; $client }; Values = { @{ Expected = 3 } } }
        @{ Operator = 'BeWithinHandleBudget'; Of = 'all pairs'; Actual = { $session }; Values = { @{ Expected = 5 } } }
        @{ Operator = 'BeWithinHandleBudget'; Of = 'some pairs'; Actual = { $session }; Values = { @{ Expected = 0; Holder = 'o*', $server; Owner = 1 } } }
        @{ Operator = 'HaveHandleMismatch'; Of = 'a session'; Actual = { $null = Add-HandleFault -FlipBit $client 3; $session }; Values = { @{} } }
        @{ Operator = 'HaveHandleMismatch'; Of = 'a process'; Actual = { $null = Add-HandleFault -FlipBit $client 3; $client }; Values = { @{} } }
    )
    # What is not so: the assertion fails, and its opposite passes.
    $falsehoods = @(
        @{ Operator = 'HaveHandleCount'; Of = 'another number'; Actual = { $client }; Values = @{ Expected = 4 } }
        @{ Operator = 'HaveHandleCount'; Of = 'too many'; Actual = { $client }; Values = @{ AtMost = 4 } }
        @{ Operator = 'HaveHandleCount'; Of = 'too few'; Actual = { $client }; Values = @{ AtLeast = 6; AtMost = 9 } }
        @{ Operator = 'GrowHandles'; Of = 'a block that releases'; Actual = { { Remove-HandleReference $client 1 } }; Values = @{} }
        @{ Operator = 'GrowHandles'; Of = 'little growth'; Actual = { { $nodes[5] | Add-HandleReference $client } }; Values = @{ MoreThan = 1 } }
        @{ Operator = 'GrowHandles'; Of = 'growth of another process'; Actual = { { $nodes[5] | Add-HandleReference $client } }; Values = @{ Process = 'other' } }
        @{ Operator = 'ReleaseHandles'; Of = 'the same handle for another node'; Values = @{}
            Actual = { { Remove-HandleReference $client 1; $nodes[9] | Add-HandleReference $client } }
        }
        @{ Operator = 'ReleaseHandles'; Of = 'a count more'; Actual = { { $nodes[0] | Add-HandleReference $client } }; Values = @{} }
        @{ Operator = 'ReleaseHandles'; Of = 'a handle less'; Actual = { { Remove-HandleReference $client 5 } }; Values = @{} }
        @{ Operator = 'AllocateHandle'; Of = 'nothing'; Actual = { {} }; Values = @{ Expected = 6 } }
        @{ Operator = 'AllocateHandle'; Of = 'one handle more'; Actual = { { $nodes[5..6] | Add-HandleReference $client } }; Values = @{ Expected = 6 } }
        @{ Operator = 'AllocateHandle'; Of = 'a process that has exited'; Actual = { Remove-HandleProcess $client -PassThru }; Values = @{ Expected = 6 } }
        @{ Operator = 'BeWithinHandleBudget'; Of = 'a pair beyond it'; Actual = { $session }; Values = @{ Expected = 4; Holder = 'client'; Owner = 's*' } }
        @{ Operator = 'HaveHandleMismatch'; Of = 'a sound session'; Actual = { $session }; Values = @{} }
    )

    # What cannot be judged.
    $misuses = @(
        @{ What = 'a name'; Operator = 'HaveHandleCount'; Actual = { 'client' }; Values = @{ Expected = 1 }; Says = "'client' (String) is not a process, as Get-HandleProcess writes it." }
        @{ What = 'nothing'; Operator = 'HaveHandleCount'; Actual = { }; Values = @{ Expected = 1 }; Says = 'Nothing was given: $null, or an empty pipeline. Give a process, *' }
        @{ What = 'several'; Operator = 'HaveHandleCount'; Actual = { $client, $server }; Values = @{ Expected = 1 }; Says = '2 objects were given, * with -ForEach.' }
        @{ What = 'a session'; Operator = 'HaveHandleCount'; Actual = { $session }; Values = @{ Expected = 1 }; Says = "'Session' (HandleSession) is not a process, *" }
        @{ What = 'a copy'; Operator = 'HaveHandleCount'; Actual = { [Management.Automation.PSSerializer]::Deserialize([Management.Automation.PSSerializer]::Serialize($client)) }
            Values = @{ Expected = 1 }; Says = "'client' is a copy of a HandleProcess, *"
        }
        @{ What = 'no number'; Operator = 'HaveHandleCount'; Actual = { $client }; Values = @{}; Says = 'Give either a number of handles, or -AtMost, -AtLeast or both.' }
        @{ What = 'a number and a limit'; Operator = 'HaveHandleCount'; Actual = { $client }; Values = @{ Expected = 1; AtMost = 1 }; Says = 'Give either a number*' }
        @{ What = 'an empty range'; Operator = 'HaveHandleCount'; Actual = { $client }; Values = @{ AtMost = 1; AtLeast = 2 }; Says = '-AtLeast is 2, and -AtMost is 1: *' }
        @{ What = 'a negative number'; Operator = 'HaveHandleCount'; Actual = { $client }; Values = @{ AtMost = -1 }; Says = '-AtMost is -1. Give 0 or more.' }
        @{ What = 'a negative text'; Operator = 'HaveHandleCount'; Actual = { $client }; Values = @{ Expected = '-1' }; Says = 'The expected number is -1. Give 0 or more.' }
        @{ What = 'a fraction'; Operator = 'HaveHandleCount'; Actual = { $client }; Values = @{ Expected = 1.5 }; Says = "'1.5' (Double) is not a whole number, *" }
        @{ What = 'a word'; Operator = 'GrowHandles'; Actual = { {} }; Values = @{ MoreThan = 'few' }; Says = "'few' (String) is not a whole number, as -MoreThan must be." }
        @{ What = 'a session alone'; Operator = 'GrowHandles'; Actual = { $session }; Values = @{}; Says = 'Nothing tells what was before. Name the earlier session with -Since; *' }
        @{ What = 'a block with -Since'; Operator = 'GrowHandles'; Actual = { {} }; Values = @{ Since = 'before' }; Says = '-Since is for a session or a process. *' }
        @{ What = 'a session with itself'; Operator = 'GrowHandles'; Actual = { $session }; Values = @{ Since = 'Session' }; Says = "session 'Session' would be compared with itself. *" }
        @{ What = 'a session with -Session'; Operator = 'GrowHandles'; Actual = { $session }; Values = @{ Session = 'before' }; Says = '-Session is for a script block. *' }
        @{ What = 'a process with -Process'; Operator = 'GrowHandles'; Actual = { $client }; Values = @{ Since = 'before'; Process = 'client' }; Says = '-Process is for a script block or a session, *' }
        @{ What = 'an unknown session'; Operator = 'GrowHandles'; Actual = { {} }; Values = @{ Session = 'befor' }; Says = "There is no session 'befor' in this runspace. Did you mean 'before'?"; Id = 'SessionNotFound' }
        @{ What = 'an unknown process'; Operator = 'ReleaseHandles'; Actual = { {} }; Values = @{ Process = 'clinet' }; Says = "There is no process 'clinet' * Did you mean 'client'?"; Id = 'ProcessNotFound' }
        @{ What = 'two processes'; Operator = 'ReleaseHandles'; Actual = { {} }; Values = @{ Process = 'client', 'server' }; Says = '2 objects were given, *' }
        @{ What = 'a process instead of a block'; Operator = 'ReleaseHandles'; Actual = { $client }; Values = @{}; Says = "'client' (HandleProcess) is not a script block." }
        @{ What = 'no handle'; Operator = 'AllocateHandle'; Actual = { {} }; Values = @{}; Says = 'No handle was given. *' }
        @{ What = 'several next handles'; Operator = 'AllocateHandle'; Actual = { $client }; Values = @{ Expected = 6, 7 }; Says = 'A process allocates one handle next, *' }
        @{ What = 'a process with -Session'; Operator = 'AllocateHandle'; Actual = { $client }; Values = @{ Expected = 6; Session = 'before' }; Says = '-Process and -Session are for a script block, *' }
        @{ What = 'two processes that allocate'; Operator = 'AllocateHandle'; Actual = { { $nodes[9] | Add-HandleReference $client; $nodes[9] | Add-HandleReference $other } }
            Values = @{ Expected = 6 }; Says = 'Several processes allocated handles: client (2, binder), other (3, binder). Use -Process *'
        }
        @{ What = 'no budget'; Operator = 'BeWithinHandleBudget'; Actual = { $session }; Values = @{}; Says = 'No budget was given. *' }
        @{ What = 'an unknown holder'; Operator = 'BeWithinHandleBudget'; Actual = { $session }; Values = @{ Expected = 9; Holder = 'clinet' }; Says = "There is no process 'clinet' *"; Id = 'ProcessNotFound' }
        @{ What = 'a bad pattern'; Operator = 'BeWithinHandleBudget'; Actual = { $session }; Values = @{ Expected = 9; Owner = '[a*' }; Says = '*[[]a*'; Id = 'BadPattern' }
        @{ What = 'a number to check'; Operator = 'HaveHandleMismatch'; Actual = { 5 }; Values = @{}; Says = "'5' (Int32) is not a session or a process, *" }
    )

    # Makes an assertion in one of the ways, and returns the error that it throws.
    function Invoke-Assertion([hashtable] $Way, [string] $Operator, $Actual, [hashtable] $Values, [bool] $Negate) {
        $arguments = $Values.Clone()
        $command = 'Should'
        if ($Way.IsCommand) { $command = "Should-$($Negate ? 'Not' : '')$Operator" }
        else {
            $arguments[$Operator] = $true
            $arguments.Not = $Negate
            if ($arguments.ContainsKey('Expected')) {
                $arguments.ExpectedValue = $arguments.Expected
                $arguments.Remove('Expected')
            }
        }

        if ($Way.HasArgument) { $arguments[$Way.IsCommand ? 'Actual' : 'ActualValue'] = $Actual }
        try { if ($Way.HasArgument) { & $command @arguments } else { $Actual | & $command @arguments } }
        catch { $_ }
    }

    # Returns the error of an assertion that fails, or that cannot be made.
    function Get-Failure([scriptblock] $Test) {
        try { $null = & $Test }
        catch { return $_ }
        throw 'The assertion passed.'
    }

    function Initialize-World {
        Get-HandleSession | Remove-HandleSession
        $script:session = New-HandleSession
        $script:server, $script:client, $script:other = 'server', 'client', 'other' | New-HandleProcess
        $script:nodes = New-HandleNode $server -Count 10
        $null = $nodes[0..4] | Add-HandleReference $client
        $script:before = Copy-HandleSession -Name before
    }

    # Runs lines in a runspace that has the module, and returns what they write.
    function Invoke-Runspace([string] $Script, [object[]] $Arguments) {
        $shell = [powershell]::Create()
        try {
            $null = $shell.AddScript('param($manifest) $PSModuleAutoLoadingPreference = "None"; Import-Module $manifest').AddArgument($manifest).AddStatement()
            $null = $shell.AddScript($Script)
            foreach ($argument in $Arguments) { $null = $shell.AddArgument($argument) }
            $shell.Invoke()
        }
        finally { $shell.Dispose() }
    }
}

AfterAll {
    Get-HandleSession | Remove-HandleSession
}

Describe 'An assertion about handles' {
    It 'passes for what is so, and fails as its opposite' {
        $wrong = foreach ($fact in $facts) {
            foreach ($way in $ways.Where({ -not $_.HasArgument })) {
                Initialize-World
                $case = "$($fact.Operator) of $($fact.Of), by $($way.Name)"
                $failure = Invoke-Assertion $way $fact.Operator (& $fact.Actual) (& $fact.Values) $false
                if ($failure) { "${case}: $failure" }
                Initialize-World
                $failure = Invoke-Assertion $way $fact.Operator (& $fact.Actual) (@{ Because = 'because it must' } + (& $fact.Values)) $true
                if ($failure.FullyQualifiedErrorId -ne 'PesterAssertionFailed' -or "$failure" -notlike 'Expected * not to *, because it must, but *.*') { "not ${case}: $failure" }
            }
        }
        $wrong | Should -BeNullOrEmpty
    }

    It 'fails for what is not so, and passes as its opposite' {
        $wrong = foreach ($falsehood in $falsehoods) {
            Initialize-World
            $case = "$($falsehood.Operator) of $($falsehood.Of)"
            $failure = Invoke-Assertion $ways[-1] $falsehood.Operator (& $falsehood.Actual) $falsehood.Values $false
            if ($failure.FullyQualifiedErrorId -ne 'PesterAssertionFailed') { "${case}: $failure" }
            Initialize-World
            $failure = Invoke-Assertion $ways[0] $falsehood.Operator (& $falsehood.Actual) $falsehood.Values $true
            if ($failure) { "not ${case}: $failure" }
        }
        $wrong | Should -BeNullOrEmpty
    }

    It 'takes what it is about from the pipeline and as an argument' {
        Initialize-World
        foreach ($way in $ways) {
            Invoke-Assertion $way HaveHandleCount $client @{ Expected = 5 } $false | Should -BeNullOrEmpty -Because $way.Name
            (Invoke-Assertion $way HaveHandleCount $client, $server @{ Expected = 5 } $false) | Should -BeLike '2 objects were given, * with -ForEach.' -Because $way.Name
        }
    }

    It 'says what is wrong with what it is given' {
        $wrong = foreach ($misuse in $misuses) {
            foreach ($way in $ways.Where({ -not $_.HasArgument })) {
                Initialize-World
                $failure = Invoke-Assertion $way $misuse.Operator (& $misuse.Actual) $misuse.Values ([bool]$way.IsCommand)
                if ($failure.FullyQualifiedErrorId -ne ($misuse.Id ?? 'AssertionMisused') -or "$failure" -notlike $misuse.Says) { "$($misuse.What), by $($way.Name): $failure" }
            }
        }
        $wrong | Should -BeNullOrEmpty
    }

    It 'lets an error of its script block through' {
        Initialize-World
        foreach ($way in $ways) {
            (Invoke-Assertion $way ReleaseHandles { Get-HandleProcess nobody -ErrorAction Stop } @{} $false).FullyQualifiedErrorId | Should -BeLike 'ProcessNotFound,*'
        }
    }

    It 'does not take the text of a name for one of its own' {
        $session = New-HandleSession
        $app = New-HandleProcess "<actual>`e[31m<because>"
        (Get-Failure { $app | Should -HaveHandleCount 1 }) | Should -BeLike 'Expected <actual>`[U+001B`]`[31m<because> (*'
        if ($hasCommands) { (Get-Failure { $app | Should-HaveHandleCount 1 }) | Should -BeLike 'Expected `[U+003C`]actual>`[U+001B`]*' }
        $session | Remove-HandleSession
    }
}

Describe 'The message of a failed assertion' {
    BeforeEach { Initialize-World }

    It 'names the handles beyond the number, or those that are there' {
        "$(Get-Failure { $client | Should -HaveHandleCount 3 -Because 'the others are closed' })" | Should -Be (@(
                'Expected client (2, binder) to hold 3 handles, because the others are closed, but it holds 5.'
                '  Beyond the lowest 3: 4 (node 4 of server), 5 (node 5 of server)'
                '  To look further: Get-HandleReference client'
            ) -join "`n")
        $null = New-HandleNode $server -Name audio | Add-HandleReference $other
        $null = Remove-HandleProcess $server
        "$(Get-Failure { $other | Should -HaveHandleCount -AtLeast 2 })" | Should -Be (@(
                'Expected other (3, binder) to hold at least 2 handles, but it holds 1.'
                '  Held: 1 (audio of server, dead)'
                '  To look further: Get-HandleReference other'
            ) -join "`n")
        "$(Get-Failure { $client | Should -HaveHandleCount -AtMost 0 })" | Should -BeLike "*to hold at most 0 handles, but it holds 5.`n  Held: 1 (*), 4 (node 4 of server, dead) and 1 more`n*"
    }

    It 'names the pairs that grew, their new handles, and the suspects' {
        $failure = Get-Failure { { New-HandleNode $server -Count 300 | Add-HandleReference $client; $nodes[9] | Add-HandleReference $other } | Should -Not -GrowHandles }
        $lines = "$failure" -split "`n"
        $lines[0] | Should -Be 'Expected the script block not to grow the handles of any pair of holder and owner, but 2 pairs grew.'
        $lines[1] | Should -Be ('  client -> server (binder): 5 -> 305 (+300): 6 (node 11 of server), 7 (node 12 of server), 8 (node 13 of server), ' +
            '9 (node 14 of server) and 296 more')
        $lines[2] | Should -Be '  other -> server (binder): 0 -> 1 (+1): 1 (node 10 of server)'
        $lines[3] | Should -BeLike '  Suspect 1, client -> server: client (2) *305*'
        $lines[4] | Should -Be '  To look further: Measure-HandleUsage; Get-HandleReference client'
        $lines | Should -HaveCount 5
        "$(Get-Failure { $client | Should -Not -GrowHandles -Since before -MoreThan 10 })" | Should -BeLike (@(
                "Expected client (2, binder), since session 'before', not to grow the handles of any pair of holder and owner by more than 10, but 1 pair grew."
                '*To look further: Compare-HandleSession before Session; Get-HandleReference client'
            ) -join "`n")
        "$(Get-Failure { {} | Should -GrowHandles })" | Should -Be 'Expected the script block to grow the handles of a pair of holder and owner, but none grew.'
    }

    It 'names who still holds what, and what was dropped' {
        $failure = Get-Failure {
            { $nodes[5] | Add-HandleReference $client; $nodes[0] | Add-HandleReference $client -Weak; Remove-HandleReference $client 3; $nodes | Add-HandleReference $other } |
                Should -ReleaseHandles
        }
        "$failure" | Should -Be (@(
                "Expected the script block to release all handles that it takes in session 'Session', but 11 handles are still held, 1 handle has other counts, 1 handle that was held before is gone."
                '  client (2, binder) holds 6 (node 6 of server); has other counts of 1 (node 1 of server): strong 1 -> 1, weak 0 -> 1; has dropped 3 (node 3 of server)'
                '  other (3, binder) holds 1 (node 1 of server), 2 (node 2 of server), 3 (node 3 of server), 4 (node 4 of server) and 6 more'
                '  To look further: Get-HandleReference client'
            ) -join "`n")
    }

    It 'names the handles that are missing and those that were not expected' {
        "$(Get-Failure { { $nodes[5..7] | Add-HandleReference $client } | Should -AllocateHandle (1..4 + 6) })" | Should -Be (@(
                'Expected the script block to allocate handles 1 to 4, 6, but it allocated handles 6 to 8 in client (2, binder).'
                '  Missing: 1, 2, 3, 4'
                '  Unexpected: 7 (node 7 of server), 8 (node 8 of server)'
                '  To look further: Get-HandleReference client; Get-HandleBitmap client'
            ) -join "`n")
        "$(Get-Failure { $client | Should -AllocateHandle 5 })" | Should -Be (@(
                'Expected client (2, binder) to allocate handle 5 next, but it allocates 9.'
                '  To look further: Get-HandleBitmap client'
            ) -join "`n")
        "$(Get-Failure { {} | Should -AllocateHandle 5 })" | Should -BeLike "*, but it allocated none in session 'Session'.`n  Missing: 5"
    }

    It 'names the pairs beyond the budget, the largest first' {
        $null = $nodes | Add-HandleReference $other
        "$(Get-Failure { $session | Should -BeWithinHandleBudget 4 })" | Should -Be (@(
                "Expected session 'Session' to be within a budget of 4 handles for each pair of holder and owner, but 2 pairs have more."
                '  other -> server (binder) has 10, 6 too many: 5 (node 5 of server), 6 (node 6 of server), 7 (node 7 of server), 8 (node 8 of server) and 2 more'
                '  client -> server (binder) has 5, 1 too many: 5 (node 5 of server)'
                '  To look further: Measure-HandleUsage | Where-Object Handles -GT 4; Find-HandleLeak'
            ) -join "`n")
    }

    It 'names the first mismatches' {
        foreach ($handle in 1..5) { $null = Add-HandleFault -FlipBit $client $handle }
        "$(Get-Failure { $client | Should -Not -HaveHandleMismatch })" | Should -BeLike (@(
                'Expected client (2, binder) not to have a mismatch, but it has 5.'
                "  process 'client': pool, handle 1: expected used, found unused*"
                '  and 1 more mismatch'
                '  To look further: Find-HandleMismatch client'
            ) -join "`n")
    }

    It 'names processes and sessions so that the commands can be run' {
        $twins = 1..2 | ForEach-Object { New-HandleProcess twin }
        $null = New-HandleProcess twin -Id $twins[1].Id -Context hwbinder
        $null = Switch-HandleSession before
        "$(Get-Failure { $twins[1] | Should -HaveHandleCount 1 })" | Should -BeLike "*To look further: Get-HandleReference $($twins[1].Id) -Context binder -Session Session"
        $odd = New-HandleSession "it's"
        $app = New-HandleProcess 'my app'
        $null = Switch-HandleSession before
        "$(Get-Failure { $app | Should -HaveHandleCount 1 })" | Should -BeLike "*Get-HandleReference $($app.Id) -Session 'it''s'"
        $odd | Remove-HandleSession
    }

    It 'points to the line of the test' {
        $failures = foreach ($way in $ways.Where({ -not $_.HasArgument })) {
            if ($way.IsCommand) { Get-Failure { $client | Should-HaveHandleCount 3 } }
            else { Get-Failure { $client | Should -HaveHandleCount 3 } }
        }
        foreach ($failure in $failures) {
            $failure.TargetObject.File | Should -Be $PSCommandPath
            $failure.TargetObject.LineText | Should -BeLike '*$client | Should*HaveHandleCount 3*'
            (Get-Content $PSCommandPath)[$failure.TargetObject.Line - 1] | Should -Be $failure.TargetObject.LineText
        }
    }

    It 'is an error where a dump may have more handles than it shows' {
        $state = "binder state:`nproc 1 (server)`ncontext binder`n  node 1: u1 c1 hs 1 hw 1 ls 0 lw 0 is 1 iw 1 tr 1 proc 20`n" +
            "proc 20 (app)`ncontext binder`n  ref 2: desc 1 node 1 s 1 w 1 d 0`n"
        $state | Set-Content "$TestDrive/whole.txt" -NoNewline
        "$state  reff 3: desc 2 node 9 s 1 w 1 d 0`n" | Set-Content "$TestDrive/unread.txt" -NoNewline
        "$state  ref 3: desc 2 node 9 s 1" | Set-Content "$TestDrive/cut.txt" -NoNewline
        $whole, $unread, $cut = Import-HandleDump "$TestDrive/whole.txt", "$TestDrive/unread.txt", "$TestDrive/cut.txt" 3>$null 2>$null
        try {
            foreach ($session in $unread, $cut) {
                $app = Get-HandleProcess app -Session $session
                $passing = @(
                    { $session | Should -BeWithinHandleBudget 5 }, { $app | Should -HaveHandleCount 1 }, { $app | Should -HaveHandleCount -AtMost 2 }
                    { $app | Should -Not -HaveHandleCount 2 }, { $session | Should -Not -GrowHandles -Since $whole }
                )
                foreach ($assertion in $passing) { (Get-Failure $assertion).FullyQualifiedErrorId | Should -BeLike 'AssertionUndecidable*' -Because "$session`: $assertion" }
                { $session | Should -BeWithinHandleBudget 0 } | Should -Throw '*1 pair has more*'
                $app | Should -HaveHandleCount -AtLeast 1
            }
            "$(Get-Failure { $unread | Should -BeWithinHandleBudget 5 })" | Should -BeLike (
                "Session 'unread.txt' may have more handles than it shows: lines of its dump could not be read, from line 8 of '*unread.txt' on. Take the dump again.")
        }
        finally { $whole, $unread, $cut | Remove-HandleSession }
    }

    It 'comes with the remarks of the comparison' {
        Remove-HandleProcess $other
        $null = New-HandleProcess newer -Id 3
        $said = & { $session | Should -Not -GrowHandles -Since before } 3>&1
        "$said" | Should -Be "Pid 3 (binder) was 'other' and is now 'newer': these are different processes."
    }
}

Describe 'Import-HandleAssertion' {
    It 'adds the operators, once, and the commands with help' {
        Import-HandleAssertion
        Import-Module $manifest -Force
        Import-HandleAssertion
        (Get-ShouldOperator).Name | Where-Object { $_ -in $names } | Sort-Object | Should -Be ($names | Sort-Object)
        $commands = Get-Command -Module HandlePool.Assertions
        $commands.Name | Sort-Object | Should -Be ($names.ForEach({ "Should-$_"; "Should-Not$_" }) | Sort-Object)
        $untold = foreach ($command in $commands) {
            $help = Get-Help $command.Name
            if ($help.Synopsis -notlike 'Asserts *.' -or -not $help.examples.example) { $command.Name }
            foreach ($name in $command.Parameters.Keys.Where({ $_ -notin [Management.Automation.PSCmdlet]::CommonParameters })) {
                if ($help.parameters.parameter.Where({ $_.name -eq $name }).description.Text -notlike '*.') { "$command -$name" }
            }
        }
        $untold | Should -BeNullOrEmpty
    }

    It 'says that a command needs Pester 6' -Skip:((Get-Module Pester).Version.Major -ge 6) {
        $failure = Get-Failure { 1 | Should-NotGrowHandles }
        $failure.FullyQualifiedErrorId | Should -Be 'AssertionMisused'
        "$failure" | Should -Be 'Should-NotGrowHandles needs Pester 6. With Pester 5, use Should -Not -GrowHandles.'
    }

    It 'says that Pester is missing' {
        $failure = Invoke-Runspace 'try { Import-HandleAssertion -ErrorAction Stop } catch { $_ }; @(Get-Module HandlePool.Assertions).Count'
        $failure[0].FullyQualifiedErrorId | Should -Be 'PesterMissing,HandlePool.PowerShell.ImportHandleAssertionCommand'
        $failure[1] | Should -Be 0
    }

    It 'says for which operators Pester <Version> has no room' -ForEach @{ Version = 5; Says = 'AssertionLimit' }, @{ Version = 6 } {
        $folder = (New-Item "$TestDrive/$Version/Pester" -ItemType Directory).FullName
        Set-Content "$folder/Pester.psm1" 'function Get-ShouldOperator { 1..29 | ForEach-Object { @{ Name = "other$_" } } }; function Add-ShouldOperator($Name) { $global:added += "$Name " }'
        New-ModuleManifest "$folder/Pester.psd1" -RootModule Pester.psm1 -ModuleVersion "$Version.0"
        $said = @(Invoke-Runspace 'Import-Module $args[0]; Import-HandleAssertion 2>&1; $added' "$folder/Pester.psd1")
        $said[-1] | Should -Be 'HaveHandleCount GrowHandles ReleaseHandles '
        $said.Count | Should -Be ($Says ? 2 : 1)
        if ($Says) {
            $said[0].FullyQualifiedErrorId | Should -BeLike "$Says,*"
            "$($said[0])" | Should -BeLike '*no room for -AllocateHandle, -BeWithinHandleBudget, -HaveHandleMismatch. *'
        }
    }

    It 'works in a suite of its own, in another runspace, with data, in a module, and with soft assertions' {
        $suite = @'
param($Manifest)
BeforeAll {
    Import-Module $Manifest -Force
    Import-HandleAssertion
    $session = New-HandleSession
    $server, $client = 'server', 'client' | New-HandleProcess
    $null = New-HandleNode $server -Count 2 | Add-HandleReference $client
    $null = New-Module Tested { function Get-Nothing { } } | Import-Module
}
Describe 'handles' {
    It 'is <_>' -ForEach 2, 3 {
        $client | Should -HaveHandleCount $_
    }
    It 'is soft' {
        $client | Should -HaveHandleCount 4 -ErrorAction Continue
        { New-HandleNode $server | Add-HandleReference $client } | Should -Not -GrowHandles -ErrorAction Continue
    }
    It 'is in a module' {
        InModuleScope Tested -Parameters @{ client = $client } { $client | Should -HaveHandleCount -AtLeast 2 }
    }
}
'@
        $isNew = $hasCommands
        if ($isNew) { $suite = $suite -replace 'Should -Not -', 'Should-Not' -replace 'Should -', 'Should-' }
        Set-Content "$TestDrive/inner.Tests.ps1" $suite
        $run = Invoke-Runspace {
            param($manifest, $pester, $path)
            Import-Module $pester
            $configuration = New-PesterConfiguration
            $configuration.Run.Container = New-PesterContainer -Path $path -Data @{ Manifest = $manifest }
            $configuration.Run.PassThru = $true
            $configuration.Output.Verbosity = 'None'
            Invoke-Pester -Configuration $configuration
        } $manifest, $pester.Path, "$TestDrive/inner.Tests.ps1"
        $run.Passed.ExpandedName | Should -Be 'is 2', 'is in a module'
        $run.Failed.ExpandedName | Should -Be 'is 3', 'is soft'
        $hard, $soft = $run.Failed
        $hard.ErrorRecord[0].DisplayErrorMessage | Should -BeLike "*Expected client (2, binder) to hold 3 handles, but it holds 2.*Held: 1 (node 1 of server), 2 (node 2 of server)*"
        $hard.ErrorRecord[0].DisplayStackTrace | Should -BeLike '*inner.Tests.ps1:12*'
        $soft.ErrorRecord | Should -HaveCount 2
        $soft.ErrorRecord[1].DisplayErrorMessage | Should -BeLike '*client -> server (binder): 2 -> 3 (+1): 3 (node 3 of server)*'
    }
}
