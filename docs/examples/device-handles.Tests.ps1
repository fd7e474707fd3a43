# A template for the dumps of a device: copy it, and change folder and budgets. It needs Pester 5.7 or later, and works with Pester 6.
# Take the first dump once the device has settled, the others while the load goes on, and the last one at the end.
param(
    # The dumps, in the order of their names.
    [string] $Folder = "$PSScriptRoot/../../tests/data/soak"
)

BeforeDiscovery {
    # How many handles a pair may have at most. A pattern may match no process; a name without one must be there.
    $budgets = @(
        @{ Holder = 'com.example.*'; Owner = 'system_server'; Budget = 150 }
        @{ Holder = 'system_server'; Owner = '*'; Budget = 300 }
    )
}

BeforeAll {
    Import-Module "$PSScriptRoot/../../HandlePool.psd1"     # an installed module: Import-Module HandlePool
    Import-HandleAssertion
    $dumps = @(Get-ChildItem $Folder -File -Filter 'state-*' | Sort-Object Name | Import-HandleDump)
    $first, $last = $dumps[0], $dumps[-1]
}

AfterAll {
    $dumps | Remove-HandleSession
}

Describe 'The soak test' {
    It 'has more dumps than one' {
        $dumps.Count | Should -BeGreaterThan 1
    }

    It 'leaks nothing' {
        $last | Should -Not -GrowHandles -Since $first -MoreThan 20 -Because 'the load is the same all the time'
    }

    It 'stays within a budget of <Budget> for <Holder> -> <Owner>' -ForEach $budgets {
        $last | Should -BeWithinHandleBudget $Budget -Holder $Holder -Owner $Owner
    }

    It 'leaves the context manager with a few handles' {
        Get-HandleProcess servicemanager -Session $last | Should -HaveHandleCount -AtLeast 1 -AtMost 400
    }
}
