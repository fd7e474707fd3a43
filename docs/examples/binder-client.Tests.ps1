# The suite of docs/testing.md: tests how a client of the driver behaves when the driver refuses an operation.

BeforeAll {
    Import-Module "$PSScriptRoot/../../HandlePool.psd1"

    # The code under test. It subscribes to all nodes of a server, and must leave nothing behind if that fails midway.
    function Register-Listener($Client, $Nodes) {
        $taken = @()
        try {
            foreach ($node in $Nodes) { $taken += Add-HandleReference $Client $node -ErrorAction Stop }
        }
        catch {
            $taken | Remove-HandleReference -Count 1
            throw
        }
    }
}

Describe 'Register-Listener' {
    BeforeEach {
        # An isolated session for each test, so that nothing is left over from a test that failed.
        $session = New-HandleSession -MaxCapacity 128
        $server, $client = 'server', 'client' | New-HandleProcess
        $nodes = New-HandleNode $server -Count 100
    }

    AfterEach {
        $session | Remove-HandleSession
    }

    It 'takes the lowest handles' {
        Register-Listener $client $nodes[0..9]
        (Get-HandleReference $client).Handle | Should -Be (1..10)
    }

    It 'grows the pool once for 100 nodes' {
        Register-Listener $client $nodes
        $grown = Get-HandleEvent $client -Kind Grow
        $grown | Should -HaveCount 1
        $grown.FromCapacity, $grown.ToCapacity | Should -Be 64, 128
    }

    It 'leaves nothing behind if there is no memory to grow' {
        $fault = Add-HandleFault -FailAllocation $client -Grow
        { Register-Listener $client $nodes } | Should -Throw -ErrorId 'AllocationFailed,*'
        $fault.Hits | Should -Be 1
        $client.HandleCount | Should -Be 0
        ($nodes | Measure-Object HolderCount -Sum).Sum | Should -Be 0
    }

    It 'leaves nothing behind if the pool is exhausted' {
        { Register-Listener $client ($nodes + (New-HandleNode $server -Count 50)) } | Should -Throw -ErrorId 'PoolExhausted,*'
        $client.HandleCount | Should -Be 0
        Get-HandleEvent $client -Kind PoolExhausted | Should -HaveCount 1
    }

    It 'works again after the driver has repaired a corrupt bitmap' {
        Register-Listener $client $nodes[0..9]
        $null = Add-HandleFault -FlipBit $client 4
        { Register-Listener $client $nodes[10..19] } | Should -Throw -ErrorId 'PoolCorrupted,*'
        Register-Listener $client $nodes[10..19]
        (Get-HandleReference $client).Handle | Should -Be (1..20)
        Test-HandlePool | Should -BeTrue
    }

    It 'survives the death of the server' {
        Register-Listener $client $nodes[0..9]
        Remove-HandleProcess $server
        Get-HandleReference $client -Dead | Should -HaveCount 10
    }

    It 'gives the same handles when its operations are replayed' {
        $rows = @(
            @{ Operation = 'NewProcess'; Process = 'app' }
            @{ Operation = 'NewNode'; Process = 'server'; Node = 'n'; Count = 3 }
            @{ Operation = 'Add'; Process = 'app'; Node = 'n1' }
            @{ Operation = 'Add'; Process = 'app'; Node = 'n3' }
            @{ Operation = 'Drop'; Process = 'app'; Node = 'n1' }
            @{ Operation = 'Add'; Process = 'app'; Node = 'n2' }
        )
        ($rows | Invoke-HandleOperation | Select-Object -Last 1).Handle | Should -Be 1
    }
}
