# The assertions of HandlePool for Pester, which Import-HandleAssertion loads: operators of Should for Pester 5 and 6, and commands for
# Pester 6. HandleAssertion, in the assembly, judges and writes the messages. Here they are only handed to Pester.

# Pester's assertions begin with Should, and judge once all input has arrived.
[Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseApprovedVerbs', '', Scope = 'Function', Target = 'Should-*')]
[Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseSingularNouns', '', Scope = 'Function', Target = 'Should-*')]
[Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseProcessBlockForPipelineCommand', '', Scope = 'Function', Target = 'Should-*')]
param()

# Runs the script block of an assertion, if it has one, and returns the outcome.
function Complete-Assertion([HandlePool.PowerShell.Assertions.HandleAssertion] $Assertion, [bool] $Negate, [string] $Because) {
    if ($Assertion.Block) { $null = & $Assertion.Block }
    $result = $Assertion.Check($Negate, $Because)
    foreach ($note in $result.Notes) { Write-Warning $note }
    if ($result.Misuse) { throw $result.Misuse }
    $result
}

#region Operators

# Pester calls them with what else it has, so they are no advanced functions, and takes their parameters for those of Should.
$operators = [ordered]@{
    HaveHandleCount      = {
        param($ActualValue, $ExpectedValue, $AtMost, $AtLeast, [switch] $Negate, [string] $Because)
        Complete-Assertion ([HandlePool.PowerShell.Assertions.HandleAssertion]::Count($ActualValue, $ExpectedValue, $AtMost, $AtLeast)) $Negate $Because
    }
    GrowHandles          = {
        param($ActualValue, $Since, $MoreThan, $Process, $Session, [switch] $Negate, [string] $Because)
        Complete-Assertion ([HandlePool.PowerShell.Assertions.HandleAssertion]::Growth($ActualValue, $Since, $MoreThan, $Process, $Session)) $Negate $Because
    }
    ReleaseHandles       = {
        param($ActualValue, $Process, $Session, [switch] $Negate, [string] $Because)
        Complete-Assertion ([HandlePool.PowerShell.Assertions.HandleAssertion]::Release($ActualValue, $Process, $Session)) $Negate $Because
    }
    AllocateHandle       = {
        param($ActualValue, $ExpectedValue, $Process, $Session, [switch] $Negate, [string] $Because)
        Complete-Assertion ([HandlePool.PowerShell.Assertions.HandleAssertion]::Allocation($ActualValue, $ExpectedValue, $Process, $Session)) $Negate $Because
    }
    BeWithinHandleBudget = {
        param($ActualValue, $ExpectedValue, $Holder, $Owner, [switch] $Negate, [string] $Because)
        Complete-Assertion ([HandlePool.PowerShell.Assertions.HandleAssertion]::Budget($ActualValue, $ExpectedValue, $Holder, $Owner)) $Negate $Because
    }
    HaveHandleMismatch   = {
        param($ActualValue, [switch] $Negate, [string] $Because)
        Complete-Assertion ([HandlePool.PowerShell.Assertions.HandleAssertion]::Mismatch($ActualValue)) $Negate $Because
    }
}

# Adds the operators to a Pester, which ignores those that it already has, and returns those for which it has no room.
function Register-Operator([psmoduleinfo] $Pester) {
    $names = @(& $Pester { Get-ShouldOperator }).Name
    $room = 32 - $names.Count
    foreach ($name in $operators.Keys) {
        if ($name -in $names -or $room-- -gt 0) {
            & $Pester { Add-ShouldOperator @args } -Name $name -InternalName "Should-$name" -Test $operators[$name] -SupportsArrayInput
        }
        elseif ($Pester.Version.Major -lt 6) { $name }
    }
}

#endregion

#region Commands

# Judges for a command, and lets Pester 6 report a failure, which throws or, as a soft assertion, goes on.
function Invoke-Assertion([Management.Automation.PSCmdlet] $Caller, [string] $Operator, $Actual, $Buffer, [Collections.IDictionary] $Bound, [switch] $Negate) {
    if (-not $ExecutionContext.InvokeCommand.GetCommand('New-ShouldAssertion', 'Function')) {
        $command = $Caller.MyInvocation.MyCommand.Name
        $not = $Negate ? '-Not ' : ''
        throw [Management.Automation.ErrorRecord]::new([InvalidOperationException]::new("$command needs Pester 6. With Pester 5, use Should $not-$Operator."),
            'AssertionMisused', 'InvalidOperation', $command)
    }

    $assert = New-ShouldAssertion -Caller $Caller -Actual $Actual -Buffer $Buffer -As None
    $named = @{}
    foreach ($name in $Bound.Keys) {
        switch ($name) {
            Actual { }
            Expected { $named.ExpectedValue = $Bound['Expected'] }
            default { if ($name -notin [Management.Automation.PSCmdlet]::CommonParameters) { $named[$name] = $Bound[$name] } }
        }
    }

    $result = & $operators[$Operator] -ActualValue $assert.Actual() -Negate:$Negate @named
    if (-not $result.Succeeded) {
        # A name could look like what Pester replaces.
        $message = $result.FailureMessage -replace '<(?=(?:expected|actual|expectedType|actualType|options|because)>)', '[U+003C]'
        $assert.Fail($message, @{ Expected = $result.Expected; Actual = $result.Actual; Because = $Bound['Because'] })
    }
}

function Should-HaveHandleCount {
    <#
    .SYNOPSIS
        Asserts how many handles a process holds.
    .DESCRIPTION
        The assertion passes if the process holds exactly the expected number of handles, or a number from -AtLeast to -AtMost. A failure
        names handles that are too many, with their nodes and owners. The driver allocates the lowest unused handle first, so these are the
        highest.

        With Pester 5, and in suites for both versions, use the operator: Should -HaveHandleCount, Should -Not -HaveHandleCount.
    .PARAMETER Actual
        The process, as Get-HandleProcess writes it.
    .PARAMETER Expected
        The exact number of handles.
    .PARAMETER AtMost
        The greatest number of handles.
    .PARAMETER AtLeast
        The least number of handles.
    .PARAMETER Because
        The reason for the expectation.
    .EXAMPLE
        $client | Should-HaveHandleCount 3

        Asserts that the process holds three handles.
    .EXAMPLE
        Get-HandleProcess com.example.photos | Should-HaveHandleCount -AtMost 150 -Because 'healthy phones stay below it'

        Asserts that a process of a dump holds at most 150 handles.
    .LINK
        Import-HandleAssertion
    .LINK
        Get-HandleReference
    #>
    [CmdletBinding()]
    param(
        [Parameter(Position = 1, ValueFromPipeline)] $Actual,
        [Parameter(Position = 0)] $Expected,
        $AtMost,
        $AtLeast,
        [string] $Because
    )

    Invoke-Assertion $PSCmdlet HaveHandleCount $Actual $local:Input $PSBoundParameters
}

function Should-NotHaveHandleCount {
    <#
    .SYNOPSIS
        Asserts that a process does not hold a number of handles.
    .DESCRIPTION
        The assertion passes if the process does not hold the number of handles that is given, or none from -AtLeast to -AtMost.

        With Pester 5, and in suites for both versions, use the operator: Should -Not -HaveHandleCount.
    .PARAMETER Actual
        The process, as Get-HandleProcess writes it.
    .PARAMETER Expected
        The number of handles that it must not hold.
    .PARAMETER AtMost
        The greatest number of handles that it must not hold.
    .PARAMETER AtLeast
        The least number of handles that it must not hold.
    .PARAMETER Because
        The reason for the expectation.
    .EXAMPLE
        $client | Should-NotHaveHandleCount 0

        Asserts that the process holds a handle.
    .LINK
        Import-HandleAssertion
    .LINK
        Get-HandleReference
    #>
    [CmdletBinding()]
    param(
        [Parameter(Position = 1, ValueFromPipeline)] $Actual,
        [Parameter(Position = 0)] $Expected,
        $AtMost,
        $AtLeast,
        [string] $Because
    )

    Invoke-Assertion $PSCmdlet HaveHandleCount $Actual $local:Input $PSBoundParameters -Negate
}

function Should-NotGrowHandles {
    <#
    .SYNOPSIS
        Asserts that no process holds more handles of another than before.
    .DESCRIPTION
        The assertion compares each pair of a holder and an owner: before and after a script block, or between an earlier session and this
        one, such as two dumps of a device. It passes if no pair has more handles than before, or no more than -MoreThan. A failure
        names the pairs with their new handles, and the suspects of Find-HandleLeak among them.

        What shrinks does not make up for what grows. Use Should-ReleaseHandles for a script block that must release exactly what it takes.

        With Pester 5, and in suites for both versions, use the operator: Should -Not -GrowHandles.
    .PARAMETER Actual
        The script block, or the later session, or a process of it. Of a process, only what it holds counts.
    .PARAMETER Since
        The earlier session: an object or a name. Copy-HandleSession makes one of the current session.
    .PARAMETER MoreThan
        The growth of a pair in handles that is still allowed; none by default.
    .PARAMETER Process
        The only holder that counts: an object, a name or a pid. All by default.
    .PARAMETER Session
        The session that the script block works in: an object or a name. That of -Process by default, or else the current one.
    .PARAMETER Because
        The reason for the expectation.
    .EXAMPLE
        { 1..100 | ForEach-Object { Send-Request $client } } | Should-NotGrowHandles

        Asserts that nothing is left over from a hundred requests.
    .EXAMPLE
        $before, $after = Import-HandleDump before.txt, after.txt
        $after | Should-NotGrowHandles -Since $before -MoreThan 20

        Asserts that no pair has grown by more than 20 handles from one dump to the other.
    .LINK
        Import-HandleAssertion
    .LINK
        Compare-HandleSession
    .LINK
        Find-HandleLeak
    #>
    [CmdletBinding()]
    param(
        [Parameter(Position = 1, ValueFromPipeline)] $Actual,
        $Since,
        $MoreThan,
        $Process,
        $Session,
        [string] $Because
    )

    Invoke-Assertion $PSCmdlet GrowHandles $Actual $local:Input $PSBoundParameters -Negate
}

function Should-GrowHandles {
    <#
    .SYNOPSIS
        Asserts that a process holds more handles of another than before.
    .DESCRIPTION
        The assertion passes where Should-NotGrowHandles fails: a pair of a holder and an owner has more handles than before, or more than
        -MoreThan. Use it to show that a load leaks before a fix, or that a test would see a leak.

        With Pester 5, and in suites for both versions, use the operator: Should -GrowHandles.
    .PARAMETER Actual
        The script block, or the later session, or a process of it. Of a process, only what it holds counts.
    .PARAMETER Since
        The earlier session: an object or a name. Copy-HandleSession makes one of the current session.
    .PARAMETER MoreThan
        The growth of a pair in handles that does not count yet; none by default.
    .PARAMETER Process
        The only holder that counts: an object, a name or a pid. All by default.
    .PARAMETER Session
        The session that the script block works in: an object or a name. That of -Process by default, or else the current one.
    .PARAMETER Because
        The reason for the expectation.
    .EXAMPLE
        { New-HandleNode $server | Add-HandleReference $client } | Should-GrowHandles

        Asserts that the client holds one handle more of the server.
    .LINK
        Import-HandleAssertion
    .LINK
        Compare-HandleSession
    #>
    [CmdletBinding()]
    param(
        [Parameter(Position = 1, ValueFromPipeline)] $Actual,
        $Since,
        $MoreThan,
        $Process,
        $Session,
        [string] $Because
    )

    Invoke-Assertion $PSCmdlet GrowHandles $Actual $local:Input $PSBoundParameters
}

function Should-ReleaseHandles {
    <#
    .SYNOPSIS
        Asserts that a script block releases all handles that it takes, and no others.
    .DESCRIPTION
        The assertion passes if all references are as before: the same handles for the same nodes with the same counts. A failure names the
        handles that are still held, those with other counts, and those that were held before and are gone. The references of a process that
        has exited do not count.

        With Pester 5, and in suites for both versions, use the operator: Should -ReleaseHandles.
    .PARAMETER Actual
        The script block.
    .PARAMETER Process
        The only holder that counts: an object, a name or a pid. All by default.
    .PARAMETER Session
        The session that the script block works in: an object or a name. That of -Process by default, or else the current one.
    .PARAMETER Because
        The reason for the expectation.
    .EXAMPLE
        { Connect-Service $client | Disconnect-Service } | Should-ReleaseHandles

        Asserts that connecting and disconnecting leaves nothing behind in the current session.
    .LINK
        Import-HandleAssertion
    .LINK
        Get-HandleReference
    #>
    [CmdletBinding()]
    param(
        [Parameter(Position = 1, ValueFromPipeline)] $Actual,
        $Process,
        $Session,
        [string] $Because
    )

    Invoke-Assertion $PSCmdlet ReleaseHandles $Actual $local:Input $PSBoundParameters
}

function Should-NotReleaseHandles {
    <#
    .SYNOPSIS
        Asserts that a script block leaves references other than they were.
    .DESCRIPTION
        The assertion passes where Should-ReleaseHandles fails: a handle is still held, has other counts, or is gone.

        With Pester 5, and in suites for both versions, use the operator: Should -Not -ReleaseHandles.
    .PARAMETER Actual
        The script block.
    .PARAMETER Process
        The only holder that counts: an object, a name or a pid. All by default.
    .PARAMETER Session
        The session that the script block works in: an object or a name. That of -Process by default, or else the current one.
    .PARAMETER Because
        The reason for the expectation.
    .EXAMPLE
        { Connect-Service $client } | Should-NotReleaseHandles -Because 'the connection stays open'

        Asserts that a handle is held that was not held before.
    .LINK
        Import-HandleAssertion
    .LINK
        Get-HandleReference
    #>
    [CmdletBinding()]
    param(
        [Parameter(Position = 1, ValueFromPipeline)] $Actual,
        $Process,
        $Session,
        [string] $Because
    )

    Invoke-Assertion $PSCmdlet ReleaseHandles $Actual $local:Input $PSBoundParameters -Negate
}

function Should-AllocateHandle {
    <#
    .SYNOPSIS
        Asserts which handles a script block allocates, or which one a process allocates next.
    .DESCRIPTION
        With a script block, the assertion passes if one process holds exactly the expected handles that it did not hold before, or that
        stood for other nodes. What is allocated and released again within the block is not seen. With a process, it passes if the handle
        is the lowest unused one.

        With Pester 5, and in suites for both versions, use the operator: Should -AllocateHandle.
    .PARAMETER Actual
        The script block, or the process, as Get-HandleProcess writes it.
    .PARAMETER Expected
        The handle. For a script block, there can be several.
    .PARAMETER Process
        The only holder that counts: an object, a name or a pid. Needed if the block allocates handles in several processes.
    .PARAMETER Session
        The session that the script block works in: an object or a name. That of -Process by default, or else the current one.
    .PARAMETER Because
        The reason for the expectation.
    .EXAMPLE
        { New-HandleNode $server -Count 3 | Add-HandleReference $client } | Should-AllocateHandle (1..3)

        Asserts that the client gets the three lowest handles.
    .EXAMPLE
        Remove-HandleReference $client 5
        $client | Should-AllocateHandle 5

        Asserts that the handle that was dropped is the next one.
    .LINK
        Import-HandleAssertion
    .LINK
        Get-HandleBitmap
    #>
    [CmdletBinding()]
    param(
        [Parameter(Position = 1, ValueFromPipeline)] $Actual,
        [Parameter(Position = 0)] $Expected,
        $Process,
        $Session,
        [string] $Because
    )

    Invoke-Assertion $PSCmdlet AllocateHandle $Actual $local:Input $PSBoundParameters
}

function Should-NotAllocateHandle {
    <#
    .SYNOPSIS
        Asserts that a script block allocates other handles, or that a process allocates another one next.
    .DESCRIPTION
        The assertion passes where Should-AllocateHandle fails.

        With Pester 5, and in suites for both versions, use the operator: Should -Not -AllocateHandle.
    .PARAMETER Actual
        The script block, or the process, as Get-HandleProcess writes it.
    .PARAMETER Expected
        The handle. For a script block, there can be several.
    .PARAMETER Process
        The only holder that counts: an object, a name or a pid. Needed if the block allocates handles in several processes.
    .PARAMETER Session
        The session that the script block works in: an object or a name. That of -Process by default, or else the current one.
    .PARAMETER Because
        The reason for the expectation.
    .EXAMPLE
        $client | Should-NotAllocateHandle 5 -Because 'it is still held'

        Asserts that handle 5 is not the lowest unused one.
    .LINK
        Import-HandleAssertion
    .LINK
        Get-HandleBitmap
    #>
    [CmdletBinding()]
    param(
        [Parameter(Position = 1, ValueFromPipeline)] $Actual,
        [Parameter(Position = 0)] $Expected,
        $Process,
        $Session,
        [string] $Because
    )

    Invoke-Assertion $PSCmdlet AllocateHandle $Actual $local:Input $PSBoundParameters -Negate
}

function Should-BeWithinHandleBudget {
    <#
    .SYNOPSIS
        Asserts that no process holds more handles of another than a budget allows.
    .DESCRIPTION
        The assertion counts the handles of each pair of a holder and an owner, as Measure-HandleUsage does, and passes if none has more
        than the budget. A failure names the pairs beyond it, the largest first, with handles.

        A holder or an owner that is named must exist in the session, so that a mistyped name does not pass. A pattern, such as
        com.example.photo[s], may match none.

        With Pester 5, and in suites for both versions, use the operator: Should -BeWithinHandleBudget.
    .PARAMETER Actual
        The session, as Get-HandleSession and Import-HandleDump write it.
    .PARAMETER Expected
        The greatest number of handles of a pair.
    .PARAMETER Holder
        The holders that count: objects, names or pids. Names may be patterns. All by default.
    .PARAMETER Owner
        The owners that count: objects, names or pids. Names may be patterns. All by default.
    .PARAMETER Because
        The reason for the expectation.
    .EXAMPLE
        Import-HandleDump state.txt | Should-BeWithinHandleBudget 150 -Holder com.example.* -Owner system_server

        Asserts that none of the apps holds more than 150 handles of the system server.
    .LINK
        Import-HandleAssertion
    .LINK
        Measure-HandleUsage
    #>
    [CmdletBinding()]
    param(
        [Parameter(Position = 1, ValueFromPipeline)] $Actual,
        [Parameter(Position = 0)] $Expected,
        $Holder,
        $Owner,
        [string] $Because
    )

    Invoke-Assertion $PSCmdlet BeWithinHandleBudget $Actual $local:Input $PSBoundParameters
}

function Should-NotBeWithinHandleBudget {
    <#
    .SYNOPSIS
        Asserts that a process holds more handles of another than a budget allows.
    .DESCRIPTION
        The assertion passes where Should-BeWithinHandleBudget fails: a pair of a holder and an owner has more handles than the budget.

        With Pester 5, and in suites for both versions, use the operator: Should -Not -BeWithinHandleBudget.
    .PARAMETER Actual
        The session, as Get-HandleSession and Import-HandleDump write it.
    .PARAMETER Expected
        The greatest number of handles of a pair.
    .PARAMETER Holder
        The holders that count: objects, names or pids. Names may be patterns. All by default.
    .PARAMETER Owner
        The owners that count: objects, names or pids. Names may be patterns. All by default.
    .PARAMETER Because
        The reason for the expectation.
    .EXAMPLE
        Import-HandleDump leaking.txt | Should-NotBeWithinHandleBudget 150

        Asserts that a dump shows a pair with more than 150 handles.
    .LINK
        Import-HandleAssertion
    .LINK
        Measure-HandleUsage
    #>
    [CmdletBinding()]
    param(
        [Parameter(Position = 1, ValueFromPipeline)] $Actual,
        [Parameter(Position = 0)] $Expected,
        $Holder,
        $Owner,
        [string] $Because
    )

    Invoke-Assertion $PSCmdlet BeWithinHandleBudget $Actual $local:Input $PSBoundParameters -Negate
}

function Should-NotHaveHandleMismatch {
    <#
    .SYNOPSIS
        Asserts that pools, tables and nodes are consistent.
    .DESCRIPTION
        The assertion passes if Find-HandleMismatch finds nothing in the session or the process. A failure names the first mismatches.

        With Pester 5, and in suites for both versions, use the operator: Should -Not -HaveHandleMismatch.
    .PARAMETER Actual
        The session or the process, as Get-HandleSession and Get-HandleProcess write it.
    .PARAMETER Because
        The reason for the expectation.
    .EXAMPLE
        $session | Should-NotHaveHandleMismatch

        Asserts, as the last line of a test, that nothing was damaged.
    .LINK
        Import-HandleAssertion
    .LINK
        Find-HandleMismatch
    #>
    [CmdletBinding()]
    param(
        [Parameter(Position = 0, ValueFromPipeline)] $Actual,
        [string] $Because
    )

    Invoke-Assertion $PSCmdlet HaveHandleMismatch $Actual $local:Input $PSBoundParameters -Negate
}

function Should-HaveHandleMismatch {
    <#
    .SYNOPSIS
        Asserts that pools, tables and nodes contradict each other.
    .DESCRIPTION
        The assertion passes if Find-HandleMismatch finds something in the session or the process, for example after a bit was flipped.

        With Pester 5, and in suites for both versions, use the operator: Should -HaveHandleMismatch.
    .PARAMETER Actual
        The session or the process, as Get-HandleSession and Get-HandleProcess write it.
    .PARAMETER Because
        The reason for the expectation.
    .EXAMPLE
        $null = Add-HandleFault -FlipBit $client 5
        $client | Should-HaveHandleMismatch

        Asserts that the damage is there before the test goes on.
    .LINK
        Import-HandleAssertion
    .LINK
        Find-HandleMismatch
    #>
    [CmdletBinding()]
    param(
        [Parameter(Position = 0, ValueFromPipeline)] $Actual,
        [string] $Because
    )

    Invoke-Assertion $PSCmdlet HaveHandleMismatch $Actual $local:Input $PSBoundParameters
}

#endregion

Export-ModuleMember -Function Should-*
