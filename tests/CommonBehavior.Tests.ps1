# What every cmdlet does alike with the processes, nodes and sessions it is given: one row for each cmdlet and parameter.

BeforeDiscovery {
    Import-Module "$PSScriptRoot/../HandlePool.psd1"

    # Arguments: what the call needs besides the parameter.  Of: the property of the output that says which process or node it is about.
    # One: a name must match one process, though the parameter takes several.  TakesExited: the name of one that has exited will do.
    # RefusesExited: not even its object will do, though the parameter takes several.  IsOfPid: the cmdlet acts on a pid in all contexts.
    # Answers: what the cmdlet writes is not about processes.
    # Filters: a process narrows what is written, and does not say in which session.  Run: how to call a cmdlet whose output is not enough.
    $processes = @(
        @{ Cmdlet = 'Add-HandleFault'; Arguments = @{ FailAllocation = $true } }
        @{ Cmdlet = 'Add-HandleReference'; Arguments = @{ Handle = 1 } }
        @{ Cmdlet = 'Remove-HandleFault'; TakesExited = $true; Run = {
                param($Named)
                $before = @(Get-HandleFault -Session world)
                Remove-HandleFault @Named
                $after = @(Get-HandleFault -Session world)
                $before.Where({ $_ -notin $after })
            }
        }
        @{ Cmdlet = 'Clear-HandleNotification'; Arguments = @{ Handle = 1; PassThru = $true } }
        @{ Cmdlet = 'Complete-HandleNotification'; Arguments = @{ Cookie = 2; Kind = 'Freeze'; PassThru = $true } }
        @{ Cmdlet = 'Find-HandleMismatch'; TakesExited = $true }
        @{ Cmdlet = 'Find-HandleSource'; Run = {
                param($Named)
                Find-HandleSource $trace @Named -WarningAction Ignore
                Get-HandleReference @Named -ErrorAction Ignore
            }
        }
        @{ Cmdlet = 'Find-HandleSource'; Parameter = 'Owner'; Of = 'Owner'; Filters = $true; TakesExited = $true; Run = {
                param($Named)
                Find-HandleSource $trace @Named -WarningAction Ignore
                Get-HandleReference @Named -ErrorAction Ignore
            }
        }
        @{ Cmdlet = 'Get-HandleBitmap' }
        @{ Cmdlet = 'Get-HandleEvent'; TakesExited = $true }
        @{ Cmdlet = 'Get-HandleFault'; TakesExited = $true }
        @{ Cmdlet = 'Get-HandleNode'; Of = 'Owner' }
        @{ Cmdlet = 'Get-HandleNotification' }
        @{ Cmdlet = 'Get-HandlePool' }
        @{ Cmdlet = 'Get-HandleProcess'; Of = 'Self' }
        @{ Cmdlet = 'Get-HandleProcess'; Parameter = 'Name'; Of = 'Self' }
        @{ Cmdlet = 'Get-HandleReference' }
        @{ Cmdlet = 'Get-HandleReference'; Parameter = 'Owner'; Of = 'Owner'; Filters = $true; TakesExited = $true }
        @{ Cmdlet = 'Get-HandleStatistic' }
        @{ Cmdlet = 'Measure-HandleUsage'; Parameter = 'Holder'; Of = 'Holder'; Filters = $true }
        @{ Cmdlet = 'Measure-HandleUsage'; Parameter = 'Owner'; Of = 'Owner'; Filters = $true; TakesExited = $true }
        @{ Cmdlet = 'New-HandleNode'; Of = 'Owner' }
        @{ Cmdlet = 'Optimize-HandlePool' }
        @{ Cmdlet = 'Receive-HandleNotification'; RefusesExited = $true }
        @{ Cmdlet = 'Remove-HandleProcess'; Arguments = @{ PassThru = $true }; Of = 'Self'; One = $true }
        @{ Cmdlet = 'Remove-HandleReference'; Arguments = @{ Handle = 1; PassThru = $true } }
        @{ Cmdlet = 'Repair-HandlePool' }
        @{ Cmdlet = 'Request-HandleNotification'; Arguments = @{ Handle = 2 } }
        @{ Cmdlet = 'Request-HandlePoolResize'; Arguments = @{ Grow = $true } }
        @{ Cmdlet = 'Resize-HandlePool'; Arguments = @{ Grow = $true } }
        @{ Cmdlet = 'Resume-HandleProcess'; Arguments = @{ PassThru = $true }; Of = 'Self'; IsOfPid = $true; RefusesExited = $true }
        @{ Cmdlet = 'Set-HandleProcess'; Arguments = @{ Manager = $true; PassThru = $true }; Of = 'Self' }
        @{ Cmdlet = 'Suspend-HandleProcess'; Arguments = @{ PassThru = $true }; Of = 'Self'; IsOfPid = $true; RefusesExited = $true }
        @{ Cmdlet = 'Test-HandlePool'; TakesExited = $true; Answers = $true; Run = {
                param($Named)
                if (-not (Test-HandlePool @Named)) { Find-HandleMismatch @Named -ErrorAction Ignore }
            }
        }
    )
    $nodes = @(
        @{ Cmdlet = 'Add-HandleReference'; Arguments = @{ Process = 'other' } }
        @{ Cmdlet = 'Get-HandleNode'; Of = 'Self' }
        @{ Cmdlet = 'Get-HandleNode'; Parameter = 'Name'; Of = 'Self' }
        @{ Cmdlet = 'Get-HandleReference' }
        @{ Cmdlet = 'Remove-HandleNode'; Arguments = @{ PassThru = $true }; Of = 'Self'; One = $true }
    )
    $trace = Import-HandleTrace "$PSScriptRoot/data/real/small/trace.txt"
    $sessions = @(
        @{ Cmdlet = 'Add-HandleFault'; Arguments = @{ FailAllocation = $true } }
        @{ Cmdlet = 'Add-HandleReference'; Arguments = @{ Process = 'app'; Handle = 1 } }
        @{ Cmdlet = 'Remove-HandleFault'; Arguments = @{ Kind = 'FailAllocation' } }
        @{ Cmdlet = 'Clear-HandleNotification'; Arguments = @{ Process = 'app'; Handle = 1 } }
        @{ Cmdlet = 'Compare-HandleSession'; Parameter = 'ReferenceSession'; Arguments = @{ DifferenceSession = 'world' } }
        @{ Cmdlet = 'Compare-HandleSession'; Parameter = 'DifferenceSession'; Arguments = @{ ReferenceSession = 'world' } }
        @{ Cmdlet = 'Complete-HandleNotification'; Arguments = @{ Process = 'app'; Cookie = 2; Kind = 'Freeze' } }
        @{ Cmdlet = 'Complete-HandlePoolResize'; Run = {
                param($Named)
                Request-HandlePoolResize app -Grow | Complete-HandlePoolResize @Named
            }
        }
        @{ Cmdlet = 'Copy-HandleSession' }
        @{ Cmdlet = 'Export-HandleDump'; Arguments = @{ Path = 'TestDrive:/out' } }
        @{ Cmdlet = 'Export-HandleReport'; Arguments = @{ Path = 'TestDrive:/out' } }
        @{ Cmdlet = 'Export-HandleSession'; Arguments = @{ Path = 'TestDrive:/out' } }
        @{ Cmdlet = 'Find-HandleLeak' }
        @{ Cmdlet = 'Find-HandleMismatch' }
        @{ Cmdlet = 'Find-HandleSource'; Arguments = @{ Trace = $trace } }
        @{ Cmdlet = 'Get-HandleBitmap' }
        @{ Cmdlet = 'Get-HandleEvent' }
        @{ Cmdlet = 'Get-HandleEvidence' }
        @{ Cmdlet = 'Get-HandleFault' }
        @{ Cmdlet = 'Get-HandleIncident' }
        @{ Cmdlet = 'Get-HandleNode' }
        @{ Cmdlet = 'Get-HandleNotification' }
        @{ Cmdlet = 'Get-HandleOperation' }
        @{ Cmdlet = 'Get-HandlePool' }
        @{ Cmdlet = 'Get-HandleProcess' }
        @{ Cmdlet = 'Get-HandleReference' }
        @{ Cmdlet = 'Get-HandleStatistic' }
        @{ Cmdlet = 'Get-HandleTransaction' }
        @{ Cmdlet = 'Invoke-HandleOperation'; Arguments = @{ InputObject = @{ Operation = 'NewProcess' } } }
        @{ Cmdlet = 'Measure-HandleForecast' }
        @{ Cmdlet = 'Measure-HandlePool'; Parameter = 'FromDump'; Arguments = @{ Allocator = 'Bitmap' } }
        @{ Cmdlet = 'Measure-HandleUsage' }
        @{ Cmdlet = 'New-HandleBaseline' }
        @{ Cmdlet = 'New-HandleNode'; Arguments = @{ Process = 'app' } }
        @{ Cmdlet = 'New-HandleProcess' }
        @{ Cmdlet = 'Optimize-HandlePool' }
        @{ Cmdlet = 'Receive-HandleNotification'; Arguments = @{ Process = 'app' } }
        @{ Cmdlet = 'Remove-HandleNode'; Arguments = @{ Node = 'service' } }
        @{ Cmdlet = 'Remove-HandleProcess'; Arguments = @{ Process = 'app' } }
        @{ Cmdlet = 'Remove-HandleReference'; Arguments = @{ Process = 'app'; Handle = 1 } }
        @{ Cmdlet = 'Remove-HandleSession' }
        @{ Cmdlet = 'Repair-HandlePool' }
        @{ Cmdlet = 'Request-HandleNotification'; Arguments = @{ Process = 'app'; Handle = 2 } }
        @{ Cmdlet = 'Request-HandlePoolResize'; Arguments = @{ Process = 'app'; Grow = $true } }
        @{ Cmdlet = 'Resize-HandlePool'; Arguments = @{ Process = 'app'; Grow = $true } }
        @{ Cmdlet = 'Resume-HandleProcess'; Arguments = @{ Process = 'app' } }
        @{ Cmdlet = 'Set-HandleProcess'; Arguments = @{ Process = 'app'; Manager = $true } }
        @{ Cmdlet = 'Suspend-HandleProcess'; Arguments = @{ Process = 'app' } }
        @{ Cmdlet = 'Switch-HandleSession' }
        @{ Cmdlet = 'Test-HandleGrowth'; Arguments = @{ Policy = @{ Rules = @{ Name = 'all'; Holder = '*'; Limit = 1 } } } }
        @{ Cmdlet = 'Test-HandlePool' }
        @{ Cmdlet = 'Test-HandleTrace'; Arguments = @{ Trace = $trace } }
        @{ Cmdlet = 'Use-HandleSession'; Arguments = @{ ScriptBlock = { New-HandleProcess } } }
    )

    # What the cmdlet itself says of the parameter.
    function Complete-Row([hashtable] $Row, [string] $Kind) {
        $Row.Parameter ??= $Kind
        $Row.Arguments ??= @{}
        $Row.Of ??= 'Process'
        $parameters = (Get-Command $Row.Cmdlet).Parameters
        $parameter = $parameters[$Row.Parameter]
        $declared = $parameter.Attributes.Where({ $_ -is [Parameter] })
        $Row.Many = $parameter.ParameterType.IsArray
        $Row.One = $Row.One -or -not $Row.Many
        $Row.Pipe = if ($true -in $declared.ValueFromPipeline) { 'Value' }
        elseif ($true -in $declared.ValueFromPipelineByPropertyName) { 'Property' }
        else { 'None' }
        $Row.HasContext = $parameters.ContainsKey('Context')
        $Row.HasContexts = $Row.HasContext -and $parameters['Context'].ParameterType.IsArray
        $Row
    }

    $processes = $processes.ForEach({ Complete-Row $_ 'Process' })
    $nodes = $nodes.ForEach({ Complete-Row $_ 'Node' })
    $sessions = $sessions.ForEach({ Complete-Row $_ 'Session' })
    $tables = @{ Kind = 'Process'; Rows = $processes }, @{ Kind = 'Node'; Rows = $nodes }, @{ Kind = 'Session'; Rows = $sessions }
}

BeforeAll {
    Import-Module "$PSScriptRoot/../HandlePool.psd1"
    Import-Module "$PSScriptRoot/HandleErrorAssertion.psm1"
    $trace = Import-HandleTrace "$PSScriptRoot/data/real/small/trace.txt"

    # A context in which each cmdlet has something to do with 'app' (pid 2): it owns a held node, holds handles 1 and 2, has
    # notifications in each state, events and a fault, may become the manager, and its pool, which can grow and shrink, has a mismatch.
    function Add-Context([string] $Name) {
        $app = New-HandleProcess 'app' -Id 2 -Context $Name
        $other = New-HandleProcess 'other' -Id 3 -Context $Name
        $null = New-HandleNode $app 'service' | Add-HandleReference $other
        $null = New-HandleNode $other 'client' | Add-HandleReference $app -Count 5
        $null = New-HandleNode $other 'second' | Add-HandleReference $app
        $null = Request-HandleNotification $app 2 Freeze
        $null = Receive-HandleNotification $app
        $null = Request-HandleNotification $app 1 Freeze
        $null = Request-HandleNotification $app 1
        1..2 | ForEach-Object { $null = Resize-HandlePool $app -Grow }
        $null = Add-HandleFault -FailAllocation $app -After 1000
        $null = Add-HandleFault -FlipBit $app 5
    }

    # The worlds of the tests. Where a test has changed nothing, the next one has the same.
    $recipes = @{
        'usual'         = { Add-Context 'binder' }
        'with an exit'  = { Add-Context 'binder'; Remove-HandleProcess app }
        'of namesakes'  = { Add-Context 'binder'; Add-Context 'hwbinder' }
        'of twin nodes' = { Add-Context 'binder'; $null = New-HandleNode app service }
    }
    $states = @{}

    function Initialize-World([string] $Kind = 'usual') {
        $isUnchanged = $script:unchanged -eq $Kind
        $script:unchanged = $null
        if ($isUnchanged) { return }
        $script:kind = $Kind
        Get-HandleSession | Remove-HandleSession
        $null = New-HandleSession 'world'
        & $recipes[$Kind]
        $states[$Kind] ??= Get-State
    }

    # Asserts that the calls of a test have left the world as it was, so that the next test can have it, too.
    function Assert-Unchanged {
        Get-State | Should -Be $states[$script:kind]
        $script:unchanged = $script:kind
    }

    # All that a cmdlet could have changed, as text: lists take longer to compare.
    function Get-State { (Get-Detail) -join "`n" }

    function Get-Detail {
        foreach ($session in Get-HandleSession) {
            "$session $(@(Get-HandleEvent -Session $session).Count) $(@(Get-HandleFault -Session $session).Count) $($session.IsCurrent)"
            Get-HandleProcess -Session $session -IncludeDead | ForEach-Object {
                "$_ $($_.IsDead) $($_.IsFrozen) $($_.IsManager) $($_.Capacity)"
            }
            Get-HandleNode -Session $session | ForEach-Object { "$_" }
            Get-HandleReference -Session $session | ForEach-Object { "$_ $($_.Strong) $($_.Weak)" }
            Get-HandleNotification -Session $session | ForEach-Object { "$_ $($_.State)" }
            Find-HandleMismatch -Session $session | ForEach-Object { "$_" }
        }
        Test-Path TestDrive:/out
    }

    # Calls the cmdlet of a row with a value for its parameter.
    function Invoke-Row([object] $Value, [hashtable] $With = @{}) {
        $script:unchanged = $null
        $named = $Arguments + $With
        $named[$Parameter] = $Value
        if ($Run) { & $Run $named } else { & $Cmdlet @named }
    }

    # Calls it with values from the pipeline.
    function Invoke-Pipe([object[]] $Values) {
        $script:unchanged = $null
        if ($Pipe -eq 'Property') { $Values = $Values.ForEach({ [pscustomobject]@{ $Parameter = $_ } }) }
        $Values | & $Cmdlet @Arguments
    }

    # Which of the values the parameter takes. One assertion on all of them takes less time than one on each.
    function Find-Taken([object[]] $Values) {
        foreach ($value in $Values) {
            try { $null = Invoke-Row $value }
            catch [Management.Automation.ParameterBindingException] { continue }
            "'$value'"
        }
    }

    # The processes or nodes that output is about, each once: session/context/pid or name.
    function Get-Target([object[]] $Output) {
        $targets = $Output.ForEach({ $Of -eq 'Self' ? $_ : $_.$Of })
        $targets.ForEach({ "$($_.Session)/$($_.Context)/$($_.Id)" }) | Sort-Object -Unique
    }
}

AfterAll {
    Get-HandleSession | Remove-HandleSession
}

Describe 'The table of <Kind> parameters' -ForEach $tables {
    It 'has a row for each parameter of each cmdlet' {
        $expected = foreach ($command in Get-Command -Module HandlePool) {
            foreach ($parameter in $command.Parameters.Values) {
                if ($parameter.ParameterType.Name -match "^${Kind}Identity(\[\])?$") { "$($command.Name) $($parameter.Name)" }
            }
        }
        $expected | Should -Not -BeNullOrEmpty
        $Rows.ForEach({ "$($_.Cmdlet) $($_.Parameter)" }) | Sort-Object | Should -Be ($expected | Sort-Object)
    }
}

Describe 'A process that does not exist' {
    BeforeEach { Initialize-World }

    It 'is an error of <Cmdlet> -<Parameter>, which changes nothing' -ForEach $processes {
        $values = 'nope', 999, -1, [long]::MaxValue
        { foreach ($value in $values) { Invoke-Row $value } } | Should -WriteHandleError ProcessNotFound -NamingEach $values
        { Invoke-Row nope @{ ErrorAction = 'Stop' } } | Should -WriteHandleError ProcessNotFound -Terminating -Naming nope
        Assert-Unchanged
    }

    It 'does not stop <Cmdlet> -<Parameter>, which takes several' -ForEach $processes.Where({ $_.Many }) {
        { $script:output = Invoke-Row nope, -1, app } | Should -WriteHandleError ProcessNotFound -Times 2
        Get-Target $script:output | Should -Be 'world/binder/2'
    }

    It 'does not stop <Cmdlet>, whose -<Parameter> is piped by <Pipe>' -ForEach $processes.Where({ $_.Pipe -ne 'None' -and -not $_.Answers }) {
        { $script:output = Invoke-Pipe nope, 999, -1, app } | Should -WriteHandleError ProcessNotFound -Times 3
        Get-Target $script:output | Should -Be 'world/binder/2'
    }
}

Describe 'A process that has exited' {
    BeforeEach {
        Initialize-World 'with an exit'
        $app = Get-HandleProcess app -IncludeDead
    }

    It 'is an error of <Cmdlet> -<Parameter>, which changes nothing' -ForEach $processes.Where({ $_.One -or $_.RefusesExited }) {
        { foreach ($value in $app, 'app') { Invoke-Row $value } } | Should -WriteHandleError ProcessDead -NamingEach app, app
        { Invoke-Row $app @{ ErrorAction = 'Stop' } } | Should -WriteHandleError ProcessDead -Terminating -Naming app
        Assert-Unchanged
    }

    It 'is an error of <Cmdlet> -<Parameter> by its name only' -ForEach $processes.Where({
            -not ($_.One -or $_.RefusesExited -or $_.TakesExited)
        }) {
        { Invoke-Row app } | Should -WriteHandleError ProcessDead -Naming app
        { Invoke-Row app @{ ErrorAction = 'Stop' } } | Should -WriteHandleError ProcessDead -Terminating -Naming app
        { Invoke-Row $app @{ ErrorAction = 'Stop' } } | Should -Not -Throw
        Assert-Unchanged
    }

    It 'is taken by <Cmdlet> -<Parameter>' -ForEach $processes.Where({ $_.TakesExited }) {
        { Invoke-Row $app @{ ErrorAction = 'Stop' } } | Should -Not -Throw
    }
}

Describe 'A name or pid that matches several processes' {
    BeforeEach {
        Initialize-World 'of namesakes'
    }

    It 'is an error of <Cmdlet> -<Parameter>, which lists them' -ForEach $processes.Where({ $_.One }) {
        { Invoke-Row app } | Should -WriteHandleError ProcessAmbiguous -Naming app, '2', hwbinder, binder
        { Invoke-Row 2 } | Should -WriteHandleError ProcessAmbiguous -Naming '2', hwbinder, binder
        Assert-Unchanged
    }

    It 'means all of them to <Cmdlet> -<Parameter>' -ForEach $processes.Where({ -not $_.One }) {
        Get-Target (Invoke-Row app) | Should -Be 'world/binder/2', 'world/hwbinder/2'
        Initialize-World 'of namesakes'
        Get-Target (Invoke-Row 2) | Should -Be 'world/binder/2', 'world/hwbinder/2'
    }

    It 'means the one of -Context to <Cmdlet> -<Parameter>' -ForEach $processes.Where({ $_.HasContext -and -not $_.IsOfPid }) {
        Get-Target (Invoke-Row app @{ Context = 'hwbinder' }) | Should -Be 'world/hwbinder/2'
        Get-Target (Invoke-Row 2 @{ Context = 'binder' }) | Should -Be 'world/binder/2'
    }

    It 'means those of the contexts that match to <Cmdlet> -<Parameter>' -ForEach $processes.Where({ $_.HasContexts -and $_.Parameter -eq 'Process' }) {
        Get-Target (Invoke-Row app @{ Context = 'hw*', 'none*' }) | Should -Be 'world/hwbinder/2'
        Initialize-World 'of namesakes'
        Get-Target (Invoke-Row 2 @{ Context = 'HWBINDER', 'bi*' }) | Should -Be 'world/binder/2', 'world/hwbinder/2'
        { Invoke-Row app @{ Context = 'vnd*'; ErrorAction = 'Stop' } } | Should -Throw -ErrorId 'ProcessNotFound,*' -ExpectedMessage "*'app' in context 'vnd?'*"
        { Invoke-Row app @{ Context = '[a'; ErrorAction = 'Stop' } } | Should -Throw -ErrorId 'BadPattern,*'
    }

    It 'is asked for <Cmdlet> -<Parameter> where no process is in a context' -ForEach $processes.Where({ $_.HasContexts -and $_.Parameter -eq 'Process' -and $_.Cmdlet -notin 'Repair-HandlePool', 'Find-HandleSource' }) {
        $given = @{ ErrorVariable = 'errors'; ErrorAction = 'SilentlyContinue'; WarningAction = 'Ignore' }
        $null = & $Cmdlet -Context 'bind', 'none', 'BINDER', 'none*' @given
        @($errors).ForEach({ $_.FullyQualifiedErrorId -replace ',.*' }) | Should -Be 'ContextNotFound', 'ContextNotFound'
        $errors.Exception.Message | Should -Be "No process of session 'world' is in context 'bind'. Did you mean 'binder', 'hwbinder'?", "No process of session 'world' is in context 'none'. There is 'binder', 'hwbinder'."
        $null = Get-HandleProcess app | & $Cmdlet -Context 'none' @given
        $errors | Should -BeNullOrEmpty
        $null = New-HandleSession empty
        $null = & $Cmdlet -Context 'none' @given
        $errors | Should -BeNullOrEmpty
    }
}

Describe 'The output' {
    BeforeEach { Initialize-World }

    It 'of <Cmdlet> -<Parameter> is of a type that it declares' -ForEach $processes.Where({ -not $_.Run }) {
        $declared = (Get-Command $Cmdlet).OutputType.Type
        $written = @(Invoke-Row app)
        $written | Should -Not -BeNullOrEmpty
        foreach ($each in $written) { $declared | Should -Contain $each.GetType() }
    }
}

Describe 'A wildcard for processes' {
    BeforeEach { Initialize-World }

    It 'is an error of <Cmdlet> -<Parameter>, which needs one process' -ForEach $processes.Where({ -not $_.Many }) {
        { Invoke-Row ap* } | Should -WriteHandleError ProcessNotFound -Naming 'ap*'
        Assert-Unchanged
    }

    It 'may match none for <Cmdlet> -<Parameter>' -ForEach $processes.Where({ $_.Many }) {
        Invoke-Row nope* @{ ErrorAction = 'Stop' } | Where-Object { $_ -isnot [bool] } | Should -BeNullOrEmpty
        Assert-Unchanged
        Get-Target (Invoke-Row ap*) | Should -Be 'world/binder/2'
    }
}

Describe 'Anything that is not a process' {
    BeforeEach { Initialize-World }

    It 'is refused by <Cmdlet> -<Parameter>, as is $null' -ForEach $processes {
        $node = Get-HandleNode service
        Find-Taken $null, (Get-Date), $node | Should -BeNullOrEmpty
        Assert-Unchanged
    }
}

Describe 'The session that a process is looked up in' {
    It 'is the one given, or its own: <Cmdlet> -<Parameter>' -ForEach $processes {
        foreach ($way in 'object', 'name', 'process') {
            Initialize-World
            $world = Get-HandleSession world
            $app = Get-HandleProcess app
            $elsewhere = New-HandleSession elsewhere

            # The same each time: once is enough.
            if ($way -eq 'object') {
                $state = Get-State
                { Invoke-Row app; Invoke-Row $app @{ Session = $elsewhere } } | Should -WriteHandleError ProcessNotFound -NamingEach app, app
                Get-State | Should -Be $state
            }

            $output = switch ($way) {
                'object' { Invoke-Row app @{ Session = $world } }
                'name' { Invoke-Row app @{ Session = 'world' } }
                'process' { Invoke-Row $app }
            }
            Get-Target $output | Should -Be ($Filters -and $way -eq 'process' ? $null : 'world/binder/2') -Because $way
        }
    }
}

Describe 'Without a process' {
    It '<Cmdlet> is about the current session, or the one given' -ForEach $processes.Where({
            $_.Cmdlet -match '^(Get|Find|Measure)-' -and $_.Parameter -ne 'Owner' -and -not $_.Run
        }) {
        Initialize-World
        $world = Get-HandleSession world
        $all = @(& $Cmdlet)
        $all | Should -Not -BeNullOrEmpty
        $null = New-HandleSession elsewhere
        & $Cmdlet | Should -BeNullOrEmpty
        & $Cmdlet -Session $world | Should -HaveCount $all.Count
        & $Cmdlet -Session world | Should -HaveCount $all.Count
    }
}

Describe 'A node that does not exist' {
    BeforeEach { Initialize-World }

    It 'is an error of <Cmdlet> -<Parameter>, which changes nothing' -ForEach $nodes {
        $values = 'nope', -1, [long]::MaxValue
        { foreach ($value in $values) { Invoke-Row $value } } | Should -WriteHandleError NodeNotFound -NamingEach $values
        { Invoke-Row nope @{ ErrorAction = 'Stop' } } | Should -WriteHandleError NodeNotFound -Terminating -Naming nope
        Assert-Unchanged
    }

    It 'does not stop <Cmdlet> -<Parameter>, which takes several' -ForEach $nodes.Where({ $_.Many }) {
        { $script:output = Invoke-Row nope, -1, service } | Should -WriteHandleError NodeNotFound -Times 2
        $script:output | Should -HaveCount 1
    }

    # Values piped to the others are processes.
    It 'does not stop <Cmdlet>, whose -<Parameter> is piped' -ForEach $nodes.Where({ $_.Cmdlet -notlike 'Get-*' }) {
        { $script:output = Invoke-Pipe nope, -1, ([long]::MaxValue), service } |
            Should -WriteHandleError NodeNotFound -Times 3
        $script:output | Should -HaveCount 1
    }
}

Describe 'A name that matches several nodes' {
    BeforeEach {
        Initialize-World 'of twin nodes'
        $service, $twin = Get-HandleNode service
    }

    It 'is an error of <Cmdlet> -<Parameter>, which lists them' -ForEach $nodes.Where({ $_.One }) {
        { Invoke-Row service } | Should -WriteHandleError NodeAmbiguous -Naming service, "$($service.Id)", "$($twin.Id)"
        Assert-Unchanged
    }
}

Describe 'A wildcard for nodes' {
    BeforeEach { Initialize-World }

    It 'is an error of <Cmdlet> -<Parameter>, which needs one node' -ForEach $nodes.Where({ -not $_.Many }) {
        { Invoke-Row serv* } | Should -WriteHandleError NodeNotFound -Naming 'serv*'
    }

    It 'may match none for <Cmdlet> -<Parameter>' -ForEach $nodes.Where({ $_.Many }) {
        Invoke-Row nope* @{ ErrorAction = 'Stop' } | Should -BeNullOrEmpty
        Assert-Unchanged
        Invoke-Row serv* | Should -HaveCount 1
    }
}

Describe 'Anything that is not a node' {
    BeforeEach { Initialize-World }

    It 'is refused by <Cmdlet> -<Parameter>, as is $null' -ForEach $nodes {
        $app = Get-HandleProcess app
        Find-Taken $null, (Get-Date), $app | Should -BeNullOrEmpty
        Assert-Unchanged
    }
}

Describe 'The session that a node is looked up in' {
    It 'is the one given, or its own: <Cmdlet> -<Parameter>' -ForEach $nodes {
        $Arguments = $Arguments.Clone()
        foreach ($way in 'object', 'name', 'node') {
            Initialize-World
            $world = Get-HandleSession world
            $node = Get-HandleNode service
            if ($Arguments.Process) { $Arguments.Process = Get-HandleProcess other }
            $elsewhere = New-HandleSession elsewhere
            $null = New-HandleProcess other
            $state = Get-State
            $missing = $Arguments.Process ? 'ProcessNotFound' : 'NodeNotFound'
            { Invoke-Row $node @{ Session = $elsewhere } } | Should -WriteHandleError $missing
            Get-State | Should -Be $state
            $output = switch ($way) {
                'object' { Invoke-Row service @{ Session = $world } }
                'name' { Invoke-Row service @{ Session = 'world' } }
                'node' { Invoke-Row $node }
            }
            $output | Should -HaveCount 1 -Because $way
        }
    }
}

Describe 'A session that does not exist' {
    BeforeEach { Initialize-World }

    It 'is an error of <Cmdlet> -<Parameter>, which changes nothing' -ForEach $sessions {
        { Invoke-Row nope } | Should -WriteHandleError SessionNotFound -Naming nope
        { Invoke-Row nope @{ ErrorAction = 'Stop' } } | Should -WriteHandleError SessionNotFound -Terminating -Naming nope
        Assert-Unchanged
    }
}

Describe 'Anything that is not a session' {
    BeforeEach { Initialize-World }

    It 'is refused by <Cmdlet> -<Parameter>, as is $null' -ForEach $sessions {
        Find-Taken $null, (Get-Date) | Should -BeNullOrEmpty
        Assert-Unchanged
    }
}
