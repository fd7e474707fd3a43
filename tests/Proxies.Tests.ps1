# Functions in the place of a cmdlet: mocks of Pester, proxies, and functions that pass on what they were given.

BeforeDiscovery {
    Import-Module "$PSScriptRoot/../HandlePool.psd1"
    $commands = Get-Command -Module HandlePool | ForEach-Object { @{ Name = $_.Name; Command = $_ } }
}

BeforeAll {
    Import-Module "$PSScriptRoot/../HandlePool.psd1"
    Import-Module "$PSScriptRoot/CommandCall.psm1"

    $suspect = Import-HandleDump "$PSScriptRoot/data/state-pixel.txt" | Find-HandleLeak
    $growth = Test-HandleGrowth -Policy @{ Rules = @{ Name = 'few'; Holder = '*'; Limit = 1000 } } -WarningAction Ignore | Select-Object -First 1
    $null = Import-HandleDump "$PSScriptRoot/data/conformance/7.3.4+deb13-amd64/references/held/stats" -WarningAction Ignore
    $statistic = Get-HandleStatistic | Select-Object -First 1

    function New-Proxy([Management.Automation.CommandInfo] $Command) {
        $source = [Management.Automation.ProxyCommand]::Create([Management.Automation.CommandMetadata]::new($Command))
        Set-Item "function:script:Proxy-$($Command.Name)" ([scriptblock]::Create($source))
    }

    function Initialize-World {
        Get-HandleSession | Remove-HandleSession
        $script:session = New-HandleSession 'world'
        $script:server = New-HandleProcess 'server' -Id 1
        $script:client = New-HandleProcess 'client' -Id 2
        $script:node = New-HandleNode server door
        $script:reference = $node | Add-HandleReference client
        $null = Add-HandleFault -FlipBit client 9
        $script:own = @{
            HandleMismatch     = Repair-HandlePool
            HandleFault        = Add-HandleFault -FailAllocation client -After 1000
            HandlePoolResizer  = Request-HandlePoolResize server -Grow
            HandleNode         = $node
            HandleReference    = $reference
            HandleLeakSuspect  = $suspect
            UsageRow           = Measure-HandleUsage -Top 1
            HandleStatistic    = $statistic
            HandleGrowthResult = $growth
            Object             = $session
        }
    }
}

AfterAll {
    Get-HandleSession | Remove-HandleSession
}

Describe 'A proxy' {
    BeforeAll { Initialize-World }

    It 'of <Name> has its parameters' -ForEach $commands {
        New-Proxy $Command
        $common = [Management.Automation.PSCmdlet]::CommonParameters + [Management.Automation.PSCmdlet]::OptionalCommonParameters
        (Get-Command "Proxy-$Name").Parameters.Keys | Where-Object { $_ -notin $common } | Sort-Object |
            Should -Be ($Command.Parameters.Keys | Where-Object { $_ -notin $common } | Sort-Object)
    }

    It 'of <Name> takes whatever the cmdlet takes' -ForEach $commands {
        $values = @{
            ProcessIdentity = 'server', 1, 1L, $server
            NodeIdentity    = 'door', 1, $node
            SessionIdentity = 'world', $session
            BaselineSource  = 'baseline.json', (New-HandleBaseline), ((New-HandleBaseline) | ConvertTo-Json | ConvertFrom-Json)
            HandleRun       = '5..9', '5-9', 7, (5..9), (Get-HandleBitmap client).Runs[0]
        }
        foreach ($parameter in $Command.Parameters.Values) {
            $type = $parameter.ParameterType
            $element = [Nullable]::GetUnderlyingType($type) ?? ($type.IsArray ? $type.GetElementType() : $type)
            if ($element.Namespace -notlike 'HandlePool*' -or $element.IsEnum) { continue }
            foreach ($value in $values[$element.Name]) {
                { [Management.Automation.LanguagePrimitives]::ConvertTo($value, $type) } | Should -Not -Throw -Because "$($parameter.Name) $value"
            }
        }
    }

    It 'works with arguments' {
        Initialize-World
        foreach ($name in 'Get-HandlePool', 'Get-HandleReference', 'Get-HandleBitmap', 'Add-HandleReference', 'Get-HandleNode', 'Find-HandleLeak') {
            New-Proxy (Get-Command $name)
        }
        Proxy-Get-HandlePool client | Should -HaveCount 1
        Proxy-Get-HandlePool 1, $client | Should -HaveCount 2
        Proxy-Get-HandleReference cl* -Owner $server -Session world | Should -HaveCount 1
        (Proxy-Get-HandleBitmap client -Range 5..9).Range | Should -Be '5-9'
        (Proxy-Add-HandleReference client door -Count 2).Strong | Should -Be 3
        (New-HandleBaseline) | ConvertTo-Json | Set-Content TestDrive:/baseline.json
        Proxy-Find-HandleLeak world -Baseline TestDrive:/baseline.json | Should -BeNullOrEmpty
    }

    It 'works in a pipeline' {
        Initialize-World
        foreach ($name in 'Get-HandlePool', 'Get-HandleReference', 'Remove-HandleReference', 'Get-HandleNode') { New-Proxy (Get-Command $name) }
        'client', 1, $server | Proxy-Get-HandlePool | Should -HaveCount 3
        $reference | Proxy-Get-HandleReference | Should -HaveCount 1
        $reference | Proxy-Get-HandleNode | Should -Be $node
        $reference | Proxy-Remove-HandleReference
        Get-HandleReference client | Should -BeNullOrEmpty
    }
}

Describe 'A mock' {
    BeforeAll { Initialize-World }

    It 'of <Name> is called in its place, with each parameter set' -ForEach $commands {
        Mock $Name { 'mocked' }
        foreach ($set in $Command.ParameterSets) {
            $values = @{}
            foreach ($parameter in $set.Parameters.Where({ $_.ParameterType.IsArray })) {
                if ($own.ContainsKey($parameter.ParameterType.GetElementType().Name)) {
                    $values[$parameter.Name] = $own[$parameter.ParameterType.GetElementType().Name]
                }
            }
            $arguments = Get-MandatoryArgument $Command $set $values
            & $Name @arguments | Should -Be 'mocked' -Because $set.Name
        }
        Should -Invoke $Name -Times $Command.ParameterSets.Count -Exactly
    }

    It 'filters by the names that were given' {
        Mock Get-HandlePool { 'client' } -ParameterFilter { $Process -eq 'client' }
        Mock Get-HandlePool { 'other' }
        Get-HandlePool client | Should -Be 'client'
        Get-HandlePool CLIENT | Should -Be 'client'
        Get-HandlePool $client | Should -Be 'client'
        Get-HandlePool server | Should -Be 'other'
        'client' | Get-HandlePool | Should -Be 'client'
    }
}

Describe 'A function that forwards its parameters' {
    BeforeAll { Initialize-World }

    It 'passes on the values of <Name>, converted or not' -ForEach $commands {
        foreach ($parameter in $Command.Parameters.Values.Where({ $_.ParameterType.Name -match '^(Process|Node|Session)Identity' })) {
            $value = switch -Wildcard ($parameter.ParameterType.Name) { 'P*' { 'client' } 'N*' { 'door' } default { 'world' } }
            $converted = [Management.Automation.LanguagePrimitives]::ConvertTo($value, $parameter.ParameterType)
            $attribute = $parameter.Attributes.Where({ $_ -is [Management.Automation.ArgumentTransformationAttribute] })[0]
            $again = $attribute.Transform($ExecutionContext, $converted)
            "$again" | Should -Be $value
            $again.GetType() | Should -Be $parameter.ParameterType
        }
    }

    It 'works with @PSBoundParameters, typed or not' {
        function Get-Plain($Process, $Session) { Get-HandlePool @PSBoundParameters }
        $types = (Get-Command Get-HandlePool).Parameters.Process.ParameterType.FullName, (Get-Command Get-HandlePool).Parameters.Session.ParameterType.FullName
        Set-Item function:Get-Typed ([scriptblock]::Create("param([$($types[0])] `$Process, [$($types[1])] `$Session) Get-HandlePool @PSBoundParameters"))
        foreach ($value in 'client', 2, $client) {
            Get-Plain $value -Session world | Should -HaveCount 1
            Get-Typed $value -Session $session | Should -HaveCount 1
        }
        { Get-Typed (Get-Date) } | Should -Throw
    }
}
