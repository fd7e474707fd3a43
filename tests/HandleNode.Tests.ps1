BeforeAll {
    Import-Module "$PSScriptRoot/../HandlePool.psd1"
    Import-Module "$PSScriptRoot/HandleErrorAssertion.psm1"
}

Describe 'New-HandleNode' {
    BeforeEach {
        $session = New-HandleSession
        $app = New-HandleProcess 'app' -Id 100
    }

    It 'creates a node of a process given as <Form>' -ForEach @(
        @{ Form = 'an object'; New = { New-HandleNode $app 'service' } }
        @{ Form = 'a name'; New = { New-HandleNode APP service } }
        @{ Form = 'a pid'; New = { New-HandleNode -Process 100 -Name service } }
        @{ Form = 'an object in the pipeline'; New = { $app | New-HandleNode -Name service } }
        @{ Form = 'a name in the pipeline'; New = { 'app' | New-HandleNode -Name service } }
        @{ Form = 'a pid in the pipeline'; New = { 100 | New-HandleNode -Name service -Confirm:$false } }
        @{ Form = 'a row of strings'; New = { "Process,Name`n100,service" | ConvertFrom-Csv | New-HandleNode } }
        @{ Form = 'what another cmdlet wrote'; New = { Get-HandlePool app | New-HandleNode -Name service } }
    ) {
        $node = & $New
        $node | Should -BeOfType HandlePool.HandleNode
        $node.Name | Should -BeExactly 'service'
        $node.Owner | Should -Be $app
        $node.Session | Should -Be $session
        $app.NodeCount | Should -Be 1
    }

    It 'needs no name, and gives each node of a session its own id' {
        $other = New-HandleProcess 'other'
        $ids = ($app, $other, $app | New-HandleNode).Id
        $ids | Sort-Object -Unique | Should -HaveCount 3
        $session.Nodes | Should -Be 3
    }

    It 'creates many nodes with distinct names' {
        $nodes = New-HandleNode $app 'service' -Count 3
        $nodes.Name | Should -Be 'service1', 'service2', 'service3'
        New-HandleNode $app -Count 1000 | Should -HaveCount 1000
        $app.NodeCount | Should -Be 1003
    }

    It 'takes process, name and count by position' {
        (New-HandleNode app service 2).Name | Should -Be 'service1', 'service2'
    }

    It 'takes rows with numbers' {
        $rows = [pscustomobject]@{ Process = $app; Name = 'a'; Count = 2 }, [pscustomobject]@{ Process = 100; Name = 'b' }
        ($rows | New-HandleNode).Name | Should -Be 'a1', 'a2', 'b'
    }

    It 'takes rows of strings' {
        $nodes = "Process,Name,Count`napp,a,2`n100,b,1" | ConvertFrom-Csv | New-HandleNode
        $nodes.Name | Should -Be 'a1', 'a2', 'b'
    }

    It 'refuses a count in a row that is not a number' {
        { [pscustomobject]@{ Process = 'app'; Count = 'many' } | New-HandleNode -ErrorAction Stop } | Should -Throw
        $app.NodeCount | Should -Be 0
    }

    It 'creates a node of the same name for another process by property name' {
        $service = New-HandleNode $app 'service'
        $other = New-HandleProcess 'other'
        $copy = $service | New-HandleNode -Process $other
        $copy.Name | Should -Be 'service'
        $copy.Owner | Should -Be $other
    }

    It 'refuses <_> as a count' -ForEach 0, -1, 4294967296 {
        { New-HandleNode $app -Count $_ } | Should -Throw -ErrorId '*Argument*,*'
        $app.NodeCount | Should -Be 0
    }
}

Describe 'Get-HandleNode' {
    BeforeEach {
        $session = New-HandleSession
        $owner = New-HandleProcess 'owner' -Id 1
        $app = New-HandleProcess 'app' -Id 2
        $alpha = New-HandleNode $owner 'alpha'
        $beta = New-HandleNode $owner 'beta'
        $gamma = New-HandleNode $app 'gamma'
    }

    It 'finds a name with wildcard characters if they are escaped' {
        $odd = New-HandleNode $app '*'
        Get-HandleNode '`*' | Should -Be $odd
        Remove-HandleNode '`*' -PassThru | Should -Be $odd
        Get-HandleNode | Should -HaveCount 3
    }

    It 'looks names up in the session of the process beside them' {
        $null = New-HandleSession
        Get-HandleNode gamma -Process $app | Should -Be $gamma
    }

    It 'lists all nodes of the current session' {
        (Get-HandleNode).Id | Should -Be $alpha.Id, $beta.Id, $gamma.Id
        $null = New-HandleSession
        Get-HandleNode | Should -BeNullOrEmpty
    }

    It 'finds by name, several names and wildcards, in any case' {
        (Get-HandleNode ALPHA).Id | Should -Be $alpha.Id
        (Get-HandleNode -Name gamma, alpha).Id | Should -Be $gamma.Id, $alpha.Id
        (Get-HandleNode *a*a*).Name | Should -Be 'alpha', 'gamma'
        (Get-HandleNode '[ab]*').Name | Should -Be 'alpha', 'beta'
    }

    It 'finds all nodes with a name' {
        $null = New-HandleNode $app 'alpha'
        (Get-HandleNode alpha).Owner | Should -Be $owner, $app
    }

    It 'finds by id, and by object, name and id with -Node' {
        (Get-HandleNode -Id $gamma.Id, $alpha.Id).Name | Should -Be 'gamma', 'alpha'
        (Get-HandleNode -Node $beta, 'gamma', $alpha.Id).Name | Should -Be 'beta', 'gamma', 'alpha'
        (Get-HandleNode $beta, $alpha).Name | Should -Be 'beta', 'alpha'
    }

    It 'finds nodes by process: an object, name, pid, wildcard or pipeline input' {
        (Get-HandleNode -Process $owner).Name | Should -Be 'alpha', 'beta'
        (Get-HandleNode -Process app).Name | Should -Be 'gamma'
        (Get-HandleNode -Process 1, 2).Name | Should -Be 'alpha', 'beta', 'gamma'
        (Get-HandleNode -Process ow*).Name | Should -Be 'alpha', 'beta'
        (Get-HandleNode -Process $owner -Name b*).Name | Should -Be 'beta'
        (Get-HandleProcess app | Get-HandleNode).Name | Should -Be 'gamma'
        ('app', 1 | Get-HandleNode).Name | Should -Be 'gamma', 'alpha', 'beta'
    }

    It 'takes references and rows of strings with a node' {
        $null = $beta | Add-HandleReference $app
        (Get-HandleReference | Get-HandleNode).Id | Should -Be $beta.Id
        ("Node`n$($alpha.Id)`ngamma" | ConvertFrom-Csv | Get-HandleNode).Name | Should -Be 'alpha', 'gamma'
    }

    It 'filters by context' {
        $null = New-HandleProcess 'hal' -Context hwbinder | New-HandleNode -Name 'alpha'
        Get-HandleNode alpha | Should -HaveCount 2
        (Get-HandleNode -Context hwbinder).Owner.Name | Should -Be 'hal'
        (Get-HandleNode alpha -Context binder).Id | Should -Be $alpha.Id
    }

    It 'finds dead nodes that a process holds' {
        Get-HandleNode -Dead | Should -BeNullOrEmpty
        $null = $alpha | Add-HandleReference $app
        Remove-HandleProcess $owner
        $dead = Get-HandleNode -Dead
        $dead.Name | Should -Be 'alpha'
        $dead.IsDead | Should -BeTrue
        { Get-HandleNode beta } | Should -WriteHandleError NodeNotFound -Naming beta
        { Get-HandleNode -Node $beta } | Should -WriteHandleError NodeNotFound -Naming beta
    }

    It 'refuses an unknown name or id, and continues' {
        { $script:found = Get-HandleNode nope, alpha } | Should -WriteHandleError NodeNotFound -Naming nope
        $script:found.Name | Should -Be 'alpha'
        $ids = -1, [long]::MaxValue, $beta.Id
        { $script:found = Get-HandleNode -Id $ids } | Should -WriteHandleError NodeNotFound -Times 2
        $script:found.Name | Should -Be 'beta'
        { Get-HandleNode app } | Should -WriteHandleError NodeNotFound -Naming app, 'a process of that name', '1 node'
        { Get-HandleNode nope -ErrorAction Stop } | Should -WriteHandleError NodeNotFound -Terminating
    }

    It 'returns nothing for a name with a wildcard that matches nothing' {
        Get-HandleNode nope* -ErrorAction Stop | Should -BeNullOrEmpty
    }

    It 'refuses $null as a name' {
        { Get-HandleNode $null } | Should -Throw
    }

    It 'looks names up in the given session' {
        $null = New-HandleSession
        (Get-HandleNode beta -Session $session).Id | Should -Be $beta.Id
        (Get-HandleNode beta -Session $session.Name).Id | Should -Be $beta.Id
    }

    It 'has the properties that scripts rely on, counts summed over the holders' {
        $null = Add-HandleReference $app $alpha -Count 2
        $null = New-HandleProcess 'third' | Add-HandleReference -Node $alpha
        $null = Add-HandleReference third $alpha -Weak -Count 5
        $alpha.Id | Should -BeOfType long
        'Strong', 'Weak', 'HolderCount' | ForEach-Object { $alpha.$_ -is [int] -or $alpha.$_ -is [long] | Should -BeTrue }
        $alpha.Strong, $alpha.Weak, $alpha.HolderCount | Should -Be 3, 5, 2
        $alpha.IsDead | Should -BeFalse
        $alpha.Owner | Should -Be $owner
    }

    It 'sums counts beyond 32 bits' {
        $null = $owner, $app | Add-HandleReference -Node $gamma -Count ([int]::MaxValue)
        $null = New-HandleProcess 'third' | Add-HandleReference -Node $gamma -Count ([int]::MaxValue)
        $gamma.Strong | Should -BeGreaterThan ([int]::MaxValue)
    }

    It 'shows as a table and as a list' {
        $null = $alpha | Add-HandleReference $app
        Remove-HandleNode $alpha
        $table = Get-HandleNode | Format-Table | Out-String -Width 100
        $table | Should -Match '(?m)^ +Id Name +OwnerName +State +HolderCount +Strong +Weak'
        $table | Should -Match '(?m)^ +\d+ alpha .* dead +1 +1 +0'
        $list = $beta | Format-List | Out-String -Width 100
        'Id', 'Name', 'OwnerName', 'IsDead', 'Strong', 'Weak', 'HolderCount' | ForEach-Object { $list | Should -Match "(?m)^$_ +:" }
    }
}

Describe 'Remove-HandleNode' {
    BeforeEach {
        $session = New-HandleSession
        $owner = New-HandleProcess 'owner'
        $app = New-HandleProcess 'app'
        $node = New-HandleNode $owner 'service'
        $null = New-HandleNode $owner 'other'
    }

    It 'removes a node given as <Form>' -ForEach @(
        @{ Form = 'an object'; Remove = { Remove-HandleNode $node } }
        @{ Form = 'a name'; Remove = { Remove-HandleNode SERVICE } }
        @{ Form = 'an id'; Remove = { Remove-HandleNode $node.Id } }
        @{ Form = 'a wildcard'; Remove = { Remove-HandleNode s* } }
        @{ Form = 'an object in the pipeline'; Remove = { Get-HandleNode service | Remove-HandleNode } }
        @{ Form = 'an id in the pipeline, without asking'; Remove = { $node.Id | Remove-HandleNode -Confirm:$false } }
        @{ Form = 'a row of strings'; Remove = { "Node`n$($node.Id)" | ConvertFrom-Csv | Remove-HandleNode } }
        @{ Form = 'a reference'; Remove = { $node | Add-HandleReference $app | Remove-HandleNode } }
    ) {
        & $Remove | Should -BeNullOrEmpty
        $owner.NodeCount | Should -Be 1
        (Get-HandleNode -Process $owner).Name | Should -Be 'other'
        $node.IsDead | Should -BeTrue
    }

    It 'leaves a dead node for its holders, until they drop it' {
        $null = $node | Add-HandleReference $app
        Remove-HandleNode $node
        (Get-HandleNode -Dead).Name | Should -Be 'service'
        (Get-HandleReference $app).IsDead | Should -BeTrue
        (Get-HandleReference -Dead).Handle | Should -Be 1
        Remove-HandleReference $app 1
        Get-HandleNode -Dead | Should -BeNullOrEmpty
    }

    It 'writes the removed nodes with -PassThru' {
        $gone = Get-HandleNode | Remove-HandleNode -PassThru
        $gone.Name | Should -Be 'service', 'other'
        $gone.IsDead | Should -Be $true, $true
        $session.Nodes | Should -Be 0
    }

    It 'refuses the node of the context manager' {
        $manager = New-HandleProcess 'sm' -Manager
        $own = Get-HandleNode -Process $manager
        { Remove-HandleNode $own } | Should -WriteHandleError ManagerExists -Naming "$($own.Id)", sm, binder
        { Remove-HandleNode $own -ErrorAction Stop } | Should -WriteHandleError ManagerExists -Terminating
        $own.IsDead | Should -BeFalse
        (Add-HandleReference $app -Handle 0).Node.Id | Should -Be $own.Id
    }

    It 'removes the manager''s other nodes' {
        $extra = New-HandleProcess 'sm' -Manager | New-HandleNode -Name 'extra'
        Remove-HandleNode $extra
        $extra.IsDead | Should -BeTrue
    }

    It 'refuses a removed node, held or not' {
        Remove-HandleNode $node
        { Remove-HandleNode $node } | Should -WriteHandleError NodeNotFound -Naming service
        { Remove-HandleNode service } | Should -WriteHandleError NodeNotFound -Naming service
        $other = Get-HandleNode other
        $null = $other | Add-HandleReference $app
        Remove-HandleNode $other
        { Remove-HandleNode $other } | Should -WriteHandleError NodeNotFound -Naming other
        (Get-HandleReference $app).Strong | Should -Be 1
    }

    It 'removes all nodes that match a wildcard' {
        $twin = New-HandleNode $app 'service'
        Remove-HandleNode servic*
        $node.IsDead, $twin.IsDead | Should -Be $true, $true
    }
}
