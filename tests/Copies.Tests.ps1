# Copies of objects, as jobs, remote sessions and files make them, belong to no session here: every cmdlet refuses them alike.

BeforeDiscovery {
    Import-Module "$PSScriptRoot/../HandlePool.psd1"
    $commands = Get-Command -Module HandlePool | Where-Object {
        $_.ParameterSets.Parameters.Where({ $_.ValueFromPipeline -or $_.ValueFromPipelineByPropertyName })
    } | ForEach-Object { @{ Name = $_.Name; Command = $_ } }
    $identities = foreach ($command in Get-Command -Module HandlePool) {
        foreach ($parameter in $command.Parameters.Values.Where({ $_.ParameterType.Name -match '^(Process|Node|Session)Identity' -or $_.Name -eq 'Name' })) {
            @{ Name = $command.Name; Parameter = $parameter.Name; Command = $command }
        }
    }
}

BeforeAll {
    Import-Module "$PSScriptRoot/../HandlePool.psd1"
    Import-Module "$PSScriptRoot/CommandCall.psm1"

    function Copy-Object([object] $Object) {
        [Management.Automation.PSSerializer]::Deserialize([Management.Automation.PSSerializer]::Serialize($Object, 1))
    }

    function Get-State {
        foreach ($session in Get-HandleSession) {
            "$session"
            Get-HandleProcess -Session $session -IncludeDead | ForEach-Object { "$_ $($_.NodeCount) $($_.Capacity) $($_.IsDead) $($_.IsFrozen) $($_.IsManager)" }
            Get-HandleReference -Session $session | ForEach-Object { "$_ $($_.Strong) $($_.Weak)" }
            Get-HandleNotification -Session $session | ForEach-Object { "$_ $($_.State)" }
            Get-HandleFault -Session $session | ForEach-Object { "$_" }
        }
    }

    # What a call says of a copy, other than that it is one. One assertion on many calls takes less time than one on each. Where a
    # parameter set takes nothing that such an object has, PowerShell itself says so. Add-HandleReference takes no node beside -Handle.
    function Find-Surprise([scriptblock] $Call, [switch] $MayBeUnbound) {
        $output = try { & $Call 2>&1 } catch { $_ }

        # Test-HandlePool says False beside the error.
        $output = @($output).Where({ $_ -isnot [bool] -or $_ })
        if ($output.Count -ne 1) { return "$Call wrote $($output.Count) objects: $output" }
        $id = $output[0].FullyQualifiedErrorId
        if ($MayBeUnbound -and $id -match '^(InputObjectNotBound|NodeAndHandle),') { return }
        if ($id -notlike 'ParameterArgumentTransformationError,*' -or "$output" -notlike '*is a copy of a Handle*') { "$Call wrote ${id}: $output" }
    }

    # Names, pids, handles and ids that exist here as well, so that a copy could be mistaken.
    Get-HandleSession | Remove-HandleSession
    $null = New-HandleSession 'world'
    $client = New-HandleProcess 'client' -Id 2
    $node = New-HandleNode client door
    $other = New-HandleProcess 'other' -Id 3
    $reference = $node | Add-HandleReference other
    $copies = @{
        process      = Copy-Object $client
        node         = Copy-Object $node
        reference    = Copy-Object $reference
        session      = Copy-Object (Get-HandleSession world)
        fault        = Copy-Object (Add-HandleFault -FailAllocation $client -After 1000)
        notification = Copy-Object (Request-HandleNotification other 1)
        usage        = Copy-Object (Measure-HandleUsage)[0]
    }
    $resizer = Request-HandlePoolResize $client -Grow
    $trace = Import-HandleTrace "$PSScriptRoot/data/real/small/trace.txt"
    $state = Get-State
}

AfterAll {
    Get-HandleSession | Remove-HandleSession
}

Describe 'A copy' {
    AfterEach { Get-State | Should -Be $state }

    It 'is refused by <Name> in a pipeline' -ForEach $commands {
        $surprises = foreach ($set in $Command.ParameterSets) {
            # By kind and by process, no object from the pipeline is taken, and without a dump nothing is refused.
            if ($Name -eq 'Remove-HandleFault' -and $set.Name -ne 'Fault') { continue }
            if ($Name -eq 'Measure-HandlePool' -and $set.Name -ne 'Dump') { continue }
            $arguments = Get-MandatoryArgument $Command $set -Piped
            foreach ($kind in $copies.Keys) {
                Find-Surprise { $copies[$kind] | & $Name @arguments } -MayBeUnbound
            }
        }
        $surprises | Should -BeNullOrEmpty
    }

    # What is created is named by the caller then.
    It 'is refused by <Name> in a pipeline if any one parameter is given' -ForEach $commands.Where({ $_.Name -notlike 'New-*' }) {
        $surprises = foreach ($set in $Command.ParameterSets) {
            if ($Name -eq 'Remove-HandleFault' -and $set.Name -ne 'Fault') { continue }
            $filled = $set.Parameters.Where({ $_.Name -ne 'InputObject' -and ($_.ValueFromPipeline -or $_.ValueFromPipelineByPropertyName) }).Name
            foreach ($given in $filled) {
                # A handle or a cookie is a number, which means something in the process that is named.
                if ($given -eq 'Process' -and -not $set.Parameters.Where({ $_.ValueFromPipeline -and $_.Name -notin 'Process', 'InputObject' })) { continue }
                # There is no suspect here, and nothing else becomes one.
                if ($given -eq 'Suspect') { continue }
                $arguments = Get-MandatoryArgument $Command $set -Piped
                $arguments[$given] = switch ($given) {
                    Trace { $trace }
                    Resizer { $resizer }
                    Process { 'other' }
                    Node { $node }
                    { $_ -like '*Session' } { 'world' }
                    Return { 'BR_DEAD_BINDER' }
                    Kind { 'Death' }
                    { $_ -in 'Handle', 'Cookie', 'Id' } { 1 }
                    default { 'name' }
                }
                foreach ($kind in 'process', 'reference', 'notification') {
                    Find-Surprise { $copies[$kind] | & $Name @arguments } -MayBeUnbound
                }
            }
        }
        $surprises | Should -BeNullOrEmpty
    }

    It 'is refused by <Name> -<Parameter>' -ForEach $identities {
        $set = $Command.ParameterSets.Where({ $_.Parameters.Name -contains $Parameter -and $_.Name -ne 'Fault' })[0]
        $surprises = foreach ($kind in 'process', 'node', 'session') {
            $values = @{ Resizer = $resizer }
            if ($Name -eq 'Remove-HandleReference') { $values.InputObject = $reference }
            $arguments = Get-MandatoryArgument $Command $set $values
            $arguments[$Parameter] = $copies[$kind]
            Find-Surprise { & $Name @arguments }
        }
        $surprises | Should -BeNullOrEmpty
    }

    It 'from a job is shown, removes nothing from the current session, and as a baseline is taken' {
        # One job for all: it is a process of its own.
        $suspect, $baseline, $fromJob = Start-Job -ScriptBlock {
            Import-Module $using:PSScriptRoot/../HandlePool.psd1
            $null = New-HandleNode (New-HandleProcess owner) -Count 150 | Add-HandleReference (New-HandleProcess holder)
            Find-HandleLeak
            New-HandleBaseline
            $null = New-HandleSession other
            $client = New-HandleProcess client -Id 2
            New-HandleNode $client door | Add-HandleReference (New-HandleProcess other -Id 3)
        } | Receive-Job -Wait -AutoRemoveJob
        $suspect | Out-String | Should -Match '(?m)^ 1\. holder -> owner \(binder\): 150 handles\r?$'
        { Find-HandleLeak world -Baseline $baseline -ErrorAction Stop } | Should -Not -Throw
        Find-Surprise { $fromJob | Remove-HandleReference } | Should -BeNullOrEmpty
    }

    It 'of operations and baselines is data, and taken' {
        $recorded = New-HandleSession recorded -Record
        $null = New-HandleProcess one
        $rows = Copy-Object @(Get-HandleOperation)
        $null = New-HandleSession replayed
        ($rows | Invoke-HandleOperation).Succeeded | Should -BeTrue
        foreach ($depth in 1, 2, 3) {
            $baseline = [Management.Automation.PSSerializer]::Deserialize([Management.Automation.PSSerializer]::Serialize((New-HandleBaseline world), $depth))
            { Find-HandleLeak world -Baseline $baseline -ErrorAction Stop } | Should -Not -Throw
        }
        $null = Switch-HandleSession world
        Remove-HandleSession recorded, replayed
    }
}
