# The suite of docs/testing.md: tests how a client of the driver behaves when the driver refuses an operation.

BeforeAll {
    Import-Module "$PSScriptRoot/../../HandlePool.psd1"
    Import-HandleAssertion

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
        { Register-Listener $client $nodes[0..9] } | Should -AllocateHandle (1..10)
    }

    It 'reuses the lowest handle that was dropped' {
        Register-Listener $client $nodes[0..9]
        5, 3 | ForEach-Object { Remove-HandleReference $client $_ }
        $client | Should -AllocateHandle 3
    }

    It 'holds one handle of a node, however often it registers' {
        Register-Listener $client $nodes[0..9]
        { Register-Listener $client $nodes[0..9] } | Should -Not -GrowHandles
        $client | Should -HaveHandleCount 10
    }

    It 'grows the pool once for 100 nodes' {
        Register-Listener $client $nodes
        $grown = Get-HandleEvent $client -Kind Grow
        $grown | Should -HaveCount 1
        $grown.FromCapacity, $grown.ToCapacity | Should -Be 64, 128
    }

    It 'leaves nothing behind if there is no memory to grow' {
        $fault = Add-HandleFault -FailAllocation $client -Grow
        { { Register-Listener $client $nodes } | Should -Throw -ErrorId 'AllocationFailed,*' } | Should -ReleaseHandles
        $fault.Hits | Should -Be 1
    }

    It 'leaves nothing behind if the pool is exhausted' {
        $many = $nodes + (New-HandleNode $server -Count 50)
        { { Register-Listener $client $many } | Should -Throw -ErrorId 'PoolExhausted,*' } | Should -ReleaseHandles
        Get-HandleEvent $client -Kind PoolExhausted | Should -HaveCount 1
    }

    It 'works again after the driver has repaired a corrupt bitmap' {
        Register-Listener $client $nodes[0..9]
        $null = Add-HandleFault -FlipBit $client 4
        $session | Should -HaveHandleMismatch
        { Register-Listener $client $nodes[10..19] } | Should -Throw -ErrorId 'PoolCorrupted,*'
        { Register-Listener $client $nodes[10..19] } | Should -AllocateHandle (11..20)
        $session | Should -Not -HaveHandleMismatch
    }

    It 'survives the death of the server' {
        Register-Listener $client $nodes[0..9]
        Remove-HandleProcess $server
        $client | Should -HaveHandleCount 10 -Because 'dead nodes are held until they are dropped'
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
