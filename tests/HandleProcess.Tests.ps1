BeforeAll {
    Import-Module "$PSScriptRoot/../HandlePool.psd1"
    Import-Module "$PSScriptRoot/HandleErrorAssertion.psm1"
}

Describe 'New-HandleProcess' {
    BeforeEach {
        $session = New-HandleSession
    }

    It 'refuses a blank context, and a row whose pid is blank' {
        { New-HandleProcess q -Context ' ' } | Should -Throw
        { [pscustomobject]@{ Name = 'x'; Id = '' } | New-HandleProcess -ErrorAction Stop } | Should -Throw
    }

    It 'creates a process in context binder with the lowest unused pid' {
        $app = New-HandleProcess 'app'
        $app | Should -BeOfType HandlePool.HandleProcess
        $app.Name | Should -BeExactly 'app'
        $app.Context | Should -Be 'binder'
        $app.Id | Should -BeGreaterThan 0
        (New-HandleProcess 'next').Id | Should -Be ($app.Id + 1)
    }

    It 'takes name, pid, context by position' {
        $app = New-HandleProcess app 1754 hwbinder
        "$($app.Name) $($app.Id) $($app.Context)" | Should -Be 'app 1754 hwbinder'
    }

    It 'takes several names at once, but not for one pid' {
        (New-HandleProcess a, b).Name | Should -Be 'a', 'b'
        { $script:new = New-HandleProcess c, d 700 } | Should -WriteHandleError ProcessExists -Naming 700, c
        $script:new.Name | Should -Be 'c'
        { New-HandleProcess @() } | Should -Throw
        { New-HandleProcess e, '' } | Should -Throw
    }

    It 'needs no name' {
        $app = New-HandleProcess -Id 9
        Get-HandleProcess -Id 9 | Should -Be $app
    }

    It 'takes names from the pipeline' {
        ('a', 'b' | New-HandleProcess -Context vndbinder).Name | Should -Be 'a', 'b'
        (Get-HandleProcess -Context vndbinder) | Should -HaveCount 2
    }

    It 'takes rows of strings' {
        $new = @'
Name,Id,Context
servicemanager,500,binder
app,1754,hwbinder
'@ | ConvertFrom-Csv | New-HandleProcess
        $new.Name | Should -Be 'servicemanager', 'app'
        $new.Id | Should -Be 500, 1754
        $new.Context | Should -Be 'binder', 'hwbinder'
    }

    It 'takes the manager from a row with a boolean' {
        $new = [pscustomobject]@{ Name = 'a'; Manager = $false }, [pscustomobject]@{ Name = 'b'; Manager = $true } | New-HandleProcess
        $new.IsManager | Should -Be $false, $true
    }

    It 'takes the manager from a row of strings, where False means no' {
        $new = "Name,Manager`na,False`nb,True" | ConvertFrom-Csv | New-HandleProcess
        $new.IsManager | Should -Be $false, $true
    }

    It 'takes an empty Manager of a row as no, after one that says yes' {
        New-HandleSession rows | Out-Null
        $new = "Name,Manager`na,True`nb," | ConvertFrom-Csv | New-HandleProcess
        $new.IsManager | Should -Be $true, $false
    }

    It 'refuses a row whose number is invalid, rather than using the default' {
        { [pscustomobject]@{ Name = 'app'; Id = 'seven' } | New-HandleProcess -ErrorAction Stop } | Should -Throw
        $session.Processes | Should -Be 0
    }

    It 'copies the processes of another session' {
        $null = New-HandleProcess 'app' -Id 1754 -Context hwbinder
        $other = New-HandleSession
        $copy = Get-HandleProcess -Session $session | New-HandleProcess -Session $other
        "$($copy.Name) $($copy.Id) $($copy.Context)" | Should -Be 'app 1754 hwbinder'
    }

    It 'creates the manager of a context, whose node exists from the start' {
        $manager = New-HandleProcess 'sm' -Manager
        $manager.IsManager | Should -BeTrue
        $manager.NodeCount | Should -Be 1
        Get-HandleNode -Process $manager | Should -HaveCount 1
        (New-HandleProcess 'hsm' -Manager -Context hwbinder).IsManager | Should -BeTrue
    }

    It 'refuses a second manager of a context, until the first exits' {
        $first = New-HandleProcess 'sm' -Manager
        { New-HandleProcess 'usurper' -Manager } | Should -WriteHandleError ManagerExists -Naming binder, sm
        $session.Processes | Should -Be 1
        Remove-HandleProcess $first
        (New-HandleProcess 'heir' -Manager).IsManager | Should -BeTrue
    }

    It 'refuses a pid in use in that context, until its process exits' {
        $first = New-HandleProcess 'app' -Id 7
        { New-HandleProcess 'twin' -Id 7 } | Should -WriteHandleError ProcessExists -Naming 7, app, binder
        $session.Processes | Should -Be 1
        (New-HandleProcess 'app' -Id 7 -Context hwbinder).Id | Should -Be 7
        Remove-HandleProcess $first
        (New-HandleProcess 'twin' -Id 7).Id | Should -Be 7
    }

    It 'continues with the next row after a pid in use' {
        $null = New-HandleProcess 'app' -Id 7
        $rows = [pscustomobject]@{ Name = 'a'; Id = 7 }, [pscustomobject]@{ Name = 'b'; Id = 8 }
        { $rows | New-HandleProcess } | Should -WriteHandleError ProcessExists
        (Get-HandleProcess b).Id | Should -Be 8
        { New-HandleProcess -Id 7 -ErrorAction Stop } | Should -WriteHandleError ProcessExists -Terminating
    }

    It 'refuses <_> as a pid' -ForEach -1, 4294967295, ([long]::MaxValue), 'seven' {
        { New-HandleProcess 'app' -Id $_ } | Should -Throw -ErrorId '*Argument*,*'
        $session.Processes | Should -Be 0
    }

    It 'refuses an empty context' {
        { New-HandleProcess 'app' -Context '' } | Should -Throw
        { New-HandleProcess 'app' -Context $null } | Should -Throw
    }

    It 'works in the given session' {
        $other = New-HandleSession 'there'
        Switch-HandleSession $session
        (New-HandleProcess 'a' -Session $other).Session | Should -Be $other
        (New-HandleProcess 'b' -Session there).Session | Should -Be $other
        (New-HandleProcess 'c').Session | Should -Be $session
        Remove-HandleSession $other
    }

    It 'creates without asking with -Confirm:$false' {
        (New-HandleProcess 'app' -Confirm:$false).Name | Should -Be 'app'
    }
}

Describe 'Get-HandleProcess' {
    BeforeEach {
        $session = New-HandleSession
        $app1 = New-HandleProcess 'app1' -Id 101
        $app2 = New-HandleProcess 'app2' -Id 102
        $system = New-HandleProcess 'system' -Id 50 -Context hwbinder
    }

    It 'takes objects, names and pids at its first position' {
        $process = (Get-HandleProcess)[0]
        Get-HandleProcess $process | Should -Be $process
        Get-HandleProcess $process, $process.Id | Should -Be $process, $process
        $other = New-HandleSession elsewhere
        { Get-HandleProcess $process -Session $other } | Should -WriteHandleError ProcessNotFound
        Remove-HandleSession $other
    }

    It 'takes a number as a pid, even where it is the name of a process' {
        $null = New-HandleSession
        $named = New-HandleProcess '50' -Id 60
        $other = New-HandleProcess other -Id 50
        Get-HandleProcess -Id 50 | Should -Be $other
        Get-HandleProcess -Id 50 -IncludeDead | Should -Be $other
        (Get-HandlePool 50).Process | Should -Be $other
        Get-HandleProcess '50' | Should -Be $named
    }

    It 'refuses an invalid pattern, and continues' {
        $null = New-HandleSession
        { Get-HandleProcess '[' -ErrorAction Stop } | Should -Throw -ErrorId 'BadPattern,*' -Because 'it is none even if no process is there'
        $null = New-HandleProcess app
        $found = Get-HandleProcess '[', app -ErrorAction SilentlyContinue -ErrorVariable problem
        $found.Name | Should -Be app
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'BadPattern,*'
    }

    It 'filters by the exact context where another differs only in case' {
        $null = New-HandleSession
        $lower = New-HandleProcess a -Id 5 -Context binder
        $null = New-HandleProcess b -Id 5 -Context Binder
        (Remove-HandleProcess 5 -Context binder -PassThru) | Should -Be $lower
    }

    It 'lists all living processes of the current session' {
        Get-HandleProcess | Should -HaveCount 3
        $null = New-HandleSession
        Get-HandleProcess | Should -BeNullOrEmpty
    }

    It 'finds by name, several names and wildcards, in any case' {
        Get-HandleProcess APP1 | Should -Be $app1
        Get-HandleProcess -Name app2, system | Should -Be $app2, $system
        Get-HandleProcess app* | Should -Be $app1, $app2
        Get-HandleProcess 'app[2-9]', s* | Should -Be $app2, $system
    }

    It 'finds a name with wildcard characters if they are escaped' {
        $odd = New-HandleProcess 'app[1]'
        Get-HandleProcess 'app`[1`]' | Should -Be $odd
        Get-HandleProcess -Process 'app`[1`]' -IncludeDead | Should -Be $odd
        Get-HandleProcess 'app[1]' | Should -Be $app1
        Remove-HandleProcess 'app`[1`]' -PassThru | Should -Be $odd
    }

    It 'finds by pid and by several pids' {
        Get-HandleProcess -Id 102 | Should -Be $app2
        Get-HandleProcess -Id 102, 50 | Should -Be $app2, $system
    }

    It 'finds by object, name and pid with -Process' {
        Get-HandleProcess -Process $app2, 'app1', 50 | Should -Be $app2, $app1, $system
    }

    It 'takes objects, names and pids from the pipeline' {
        $app2, 'app1', 50, '102' | Get-HandleProcess | Should -Be $app2, $app1, $system, $app2
    }

    It 'takes rows of strings with a process' {
        "Process`napp1`n50" | ConvertFrom-Csv | Get-HandleProcess | Should -Be $app1, $system
    }

    It 'takes the output of other cmdlets about a process' {
        $null = New-HandleNode $app1 | Add-HandleReference $app2
        Get-HandleReference | Get-HandleProcess | Should -Be $app2
        Get-HandlePool app1 | Get-HandleProcess | Should -Be $app1
        Get-HandleBitmap app1 | Get-HandleProcess | Should -Be $app1
        Request-HandlePoolResize app1 -Grow | Get-HandleProcess | Should -Be $app1
        Resize-HandlePool app1 -Grow | Get-HandleProcess | Should -Be $app1
        Get-HandleEvent -Newest 1 | Get-HandleProcess | Should -Be $app1
    }

    It 'filters by context' {
        $twin = New-HandleProcess 'app1' -Id 101 -Context hwbinder
        Get-HandleProcess app1 | Should -HaveCount 2
        Get-HandleProcess -Id 101 | Should -HaveCount 2
        Get-HandleProcess -Process app1 | Should -HaveCount 2
        Get-HandleProcess app1 -Context hwbinder | Should -Be $twin
        Get-HandleProcess -Id 101 -Context binder | Should -Be $app1
        Get-HandleProcess -Context hwbinder | Should -Be $system, $twin
        { Get-HandleProcess system -Context binder } | Should -WriteHandleError ProcessNotFound -Naming system, binder
    }

    It 'lists exited processes only with -IncludeDead' {
        Remove-HandleProcess app1
        Get-HandleProcess app* | Should -Be $app2
        Get-HandleProcess app* -IncludeDead | Should -Contain $app1
        Get-HandleProcess -IncludeDead | Should -HaveCount 3
        Get-HandleProcess -Id 101 -IncludeDead | Should -Be $app1
        { Get-HandleProcess app1 } | Should -WriteHandleError ProcessDead -Naming app1
        { Get-HandleProcess -Id 101 } | Should -WriteHandleError ProcessDead -Naming 101
    }

    It 'refuses an unknown name or pid, and continues' {
        { $script:found = 'nope', 'app1' | Get-HandleProcess } | Should -WriteHandleError ProcessNotFound -Naming nope
        $script:found | Should -Be $app1
        { $script:found = Get-HandleProcess nope, app2 } | Should -WriteHandleError ProcessNotFound -Naming nope
        $script:found | Should -Be $app2
        { $script:found = Get-HandleProcess -Id 999, 102 } | Should -WriteHandleError ProcessNotFound -Naming 999
        $script:found | Should -Be $app2
        { Get-HandleProcess pp1 } | Should -WriteHandleError ProcessNotFound -Naming pp1, "Did you mean 'app1'?"
        { Get-HandleProcess pp1 -IncludeDead } | Should -WriteHandleError ProcessNotFound -Naming "Did you mean 'app1'?"
        { Get-HandleProcess nope -ErrorAction Stop } | Should -WriteHandleError ProcessNotFound -Terminating
    }

    It 'refuses pid -1' {
        { Get-HandleProcess -Id -1 } | Should -WriteHandleError ProcessNotFound -Naming '-1'
    }

    It 'returns nothing for a name with a wildcard that matches nothing' {
        Get-HandleProcess nope* -ErrorAction Stop | Should -BeNullOrEmpty
    }

    It 'refuses $null as a name' {
        { Get-HandleProcess $null } | Should -Throw
    }

    It 'has the properties that scripts rely on' {
        $null = New-HandleNode $app1 -Count 2 | Add-HandleReference $app2
        'Id', 'HandleCount', 'NodeCount', 'Capacity' | ForEach-Object { $app1.$_ | Should -BeOfType int }
        $app1.NodeCount | Should -Be 2
        $app2.HandleCount | Should -Be 2
        $app2.Capacity | Should -Be 64
        $app1.IsManager | Should -BeOfType bool
        $app1.IsDead | Should -BeFalse
    }

    It 'shows as a table and as a list' {
        $null = New-HandleProcess 'sm' -Manager
        Remove-HandleProcess app2
        $table = Get-HandleProcess -IncludeDead | Format-Table | Out-String -Width 100
        $table | Should -Match '(?m)^ +Id Name +Context +Role +HandleCount +NodeCount +Capacity'
        $table | Should -Match '(?m)^ +\d+ sm +binder +manager'
        $table | Should -Match '(?m)^ +102 app2 +binder +exited'
        $list = $app1 | Format-List | Out-String -Width 100
        'Id', 'Name', 'Context', 'IsManager', 'IsDead', 'HandleCount', 'NodeCount', 'Capacity', 'Session' |
            ForEach-Object { $list | Should -Match "(?m)^$_ +:" }
    }
}

Describe 'Remove-HandleProcess' {
    BeforeEach {
        $session = New-HandleSession
        $owner = New-HandleProcess 'owner' -Id 1
        $app = New-HandleProcess 'app' -Id 2
        $node = New-HandleNode $owner 'service'
        $reference = Add-HandleReference $app $node
    }

    It 'lets a process given as <Form> exit' -ForEach @(
        @{ Form = 'an object'; Remove = { Remove-HandleProcess $app } }
        @{ Form = 'a name'; Remove = { Remove-HandleProcess 'APP' } }
        @{ Form = 'a pid'; Remove = { Remove-HandleProcess 2 } }
        @{ Form = 'a wildcard'; Remove = { Remove-HandleProcess ap* } }
        @{ Form = 'an object in the pipeline'; Remove = { Get-HandleProcess app | Remove-HandleProcess } }
        @{ Form = 'a pid in the pipeline, without asking'; Remove = { 2 | Remove-HandleProcess -Confirm:$false } }
        @{ Form = 'a row of strings'; Remove = { "Process`n2" | ConvertFrom-Csv | Remove-HandleProcess } }
        @{ Form = 'what another cmdlet wrote'; Remove = { Get-HandlePool app | Remove-HandleProcess } }
    ) {
        & $Remove | Should -BeNullOrEmpty
        $app.IsDead | Should -BeTrue
        $owner.IsDead | Should -BeFalse
        Get-HandleProcess | Should -Be $owner
    }

    It 'drops the references of the process' {
        Remove-HandleProcess $app
        $app.HandleCount | Should -Be 0
        $node.HolderCount | Should -Be 0
        $node.Strong | Should -Be 0
        Get-HandleReference | Should -BeNullOrEmpty
    }

    It 'leaves dead nodes where others hold them, until they drop them' {
        Remove-HandleProcess $owner
        $node.IsDead | Should -BeTrue
        (Get-HandleReference $app 1).IsDead | Should -BeTrue
        (Get-HandleNode -Dead).Id | Should -Be $node.Id
        Remove-HandleReference $app 1
        Get-HandleNode -Dead | Should -BeNullOrEmpty
    }

    It 'leaves a context without a manager' {
        $manager = New-HandleProcess 'sm' -Manager
        Remove-HandleProcess $manager
        { Add-HandleReference $app -Handle 0 } | Should -WriteHandleError ManagerMissing -Naming binder, app, 'Create one with New-HandleProcess -Manager.'
    }

    It 'writes the exited processes with -PassThru' {
        $gone = Get-HandleProcess | Remove-HandleProcess -PassThru
        $gone | Should -Be $owner, $app
        $gone.IsDead | Should -Be $true, $true
        $session.Processes | Should -Be 0
    }

    It 'lets all processes that match a wildcard exit' {
        $third = New-HandleProcess 'app'
        Remove-HandleProcess app*
        $app.IsDead, $third.IsDead | Should -Be $true, $true
    }

    It 'lets the processes exit that Get-HandleProcess found by one name' {
        $twin = New-HandleProcess 'app' -Id 2 -Context hwbinder
        Get-HandleProcess app | Remove-HandleProcess
        $app.IsDead, $twin.IsDead | Should -Be $true, $true
    }
}
