BeforeAll {
    Import-Module "$PSScriptRoot/../HandlePool.psd1"
    Import-Module "$PSScriptRoot/HandleErrorAssertion.psm1"
}

Describe 'Get-HandleEvent' {
    BeforeEach {
        $session = New-HandleSession -MaxCapacity 128
        $app1 = New-HandleProcess 'app1' -Id 1
        $app2 = New-HandleProcess 'app2' -Id 2
        $null = $app1, $app2 | Request-HandlePoolResize -Grow | Complete-HandlePoolResize
        $null = Resize-HandlePool $app1 -Shrink
    }

    It 'lists what happened in the session, oldest first' {
        $events = Get-HandleEvent
        $events | Should -BeOfType HandlePool.HandleEvent
        $events.Kind | Should -Be 'Grow', 'Grow', 'Shrink'
        $events.Process | Should -Be $app1, $app2, $app1
        $events.Sequence | Should -Be 1, 2, 3
    }

    It 'finds the events of processes given as <Form>' -ForEach @(
        @{ Form = 'an object'; Get = { Get-HandleEvent $app1 }; Sequences = 1, 3 }
        @{ Form = 'a name'; Get = { Get-HandleEvent APP2 }; Sequences = 2 }
        @{ Form = 'a wildcard'; Get = { Get-HandleEvent app* }; Sequences = 1, 2, 3 }
        @{ Form = 'a wildcard that fits nothing'; Get = { Get-HandleEvent nope* -ErrorAction Stop }; Sequences = $null }
        @{ Form = 'an object in the pipeline'; Get = { $app2 | Get-HandleEvent }; Sequences = 2 }
        @{ Form = 'a name in the pipeline'; Get = { 'app1' | Get-HandleEvent }; Sequences = 1, 3 }
        @{ Form = 'a pid in a row of strings'; Get = { "Process`n2" | ConvertFrom-Csv | Get-HandleEvent }; Sequences = 2 }
        @{ Form = 'what another cmdlet wrote'; Get = { Get-HandlePool app2 | Get-HandleEvent }; Sequences = 2 }
    ) {
        (& $Get).Sequence | Should -Be $Sequences
    }

    It 'finds events by kind, and the newest, oldest first' {
        (Get-HandleEvent -Kind Shrink).Sequence | Should -Be 3
        (Get-HandleEvent -Kind Grow, Shrink).Sequence | Should -Be 1, 2, 3
        (Get-HandleEvent -Newest 2).Sequence | Should -Be 2, 3
        (Get-HandleEvent -Newest 100).Sequence | Should -Be 1, 2, 3
        (Get-HandleEvent -Kind Grow -Newest 1).Sequence | Should -Be 2
        (Get-HandleEvent app1 -Newest 1).Sequence | Should -Be 3
        Get-HandleEvent -Kind Mismatch | Should -BeNullOrEmpty
    }

    It 'records a discarded resize, an exhausted pool and an exit' {
        $resizers = 1..2 | ForEach-Object { Request-HandlePoolResize $app1 -Grow }
        $null = $resizers | Complete-HandlePoolResize
        $free = $app1.Capacity - 1 - $app1.HandleCount
        $null = New-HandleNode $app2 -Count ($free + 1) | Add-HandleReference $app1 -ErrorAction SilentlyContinue
        Remove-HandleProcess $app1
        (Get-HandleEvent -Newest 4).Kind | Should -Be 'Grow', 'ResizeDiscarded', 'PoolExhausted', 'ProcessExit'
    }

    It 'keeps the events of an exited process, found by object and with a wildcard' {
        Remove-HandleProcess $app1
        (Get-HandleEvent).Kind | Should -Contain 'ProcessExit'
        (Get-HandleEvent $app1).Kind | Should -Be 'Grow', 'Shrink', 'ProcessExit'
        (Get-HandleEvent app1).Kind | Should -Contain 'ProcessExit'
    }

    It 'filters by context' {
        $null = New-HandleProcess 'app1' -Id 1 -Context hwbinder | Resize-HandlePool -Grow
        (Get-HandleEvent app1).Sequence | Should -Be 1, 3, 4
        (Get-HandleEvent app1 -Context hwbinder).Sequence | Should -Be 4
        (Get-HandleEvent -Context binder).Sequence | Should -Be 1, 2, 3
    }

    It 'has the properties that scripts rely on' {
        $grow, $null, $shrink = Get-HandleEvent
        $grow.Sequence -is [int] -or $grow.Sequence -is [long] | Should -BeTrue
        $grow.Time -is [datetime] -or $grow.Time -is [DateTimeOffset] | Should -BeTrue
        $grow.FromCapacity | Should -BeOfType int
        $grow.FromCapacity, $grow.ToCapacity | Should -Be 64, 128
        $shrink.FromCapacity, $shrink.ToCapacity | Should -Be 128, 64
        $grow.Message | Should -Match '64.*128'
        $grow.PSObject.Properties.Name | Should -Contain 'Handle'
    }

    It 'refuses an unknown kind and an invalid number' {
        { Get-HandleEvent -Kind 'Explosion' } | Should -Throw '*Explosion*'
        { Get-HandleEvent -Newest -1 } | Should -Throw
        { Get-HandleEvent -Newest 4294967296 } | Should -Throw
        { Get-HandleEvent (Get-Date) } | Should -Throw
    }

    It 'keeps a bounded log, dropping the oldest' {
        for ($i = 0; $i -lt 5010; $i++) {
            $null = Resize-HandlePool $app1 -Grow
            $null = Resize-HandlePool $app1 -Shrink
        }
        $events = Get-HandleEvent
        $events.Count | Should -BeLessThan 10023
        $events[-1].Sequence | Should -Be 10023
        $events[0].Sequence | Should -Be (10023 - $events.Count + 1)
    }

    It 'shows as a table and as a list' {
        $table = Get-HandleEvent | Format-Table | Out-String -Width 100
        $table | Should -Match '(?m)^Time +Process +Kind +FromCapacity +ToCapacity +Handle'
        $table | Should -Match '(?m)^[\d:]+ +app1 +Shrink'
        $list = (Get-HandleEvent)[0] | Format-List | Out-String -Width 100
        'Sequence', 'Time', 'Process', 'Kind', 'FromCapacity', 'ToCapacity', 'Handle', 'Message' |
            ForEach-Object { $list | Should -Match "(?m)^$_ +:" }
    }
}
