BeforeAll {
    Import-Module "$PSScriptRoot/Engine.psm1"
    Import-Module "$PSScriptRoot/../HandlePool.psd1"
    Import-Module "$PSScriptRoot/HandleErrorAssertion.psm1"
}

Describe 'Request-HandlePoolResize' {
    BeforeEach {
        $session = New-HandleSession -MaxCapacity 256
        $app = New-HandleProcess 'app' -Id 2
    }

    It 'returns a resizer that grows and changes nothing yet, given <Form>' -ForEach @(
        @{ Form = 'an object'; Request = { Request-HandlePoolResize $app -Grow } }
        @{ Form = 'a name'; Request = { Request-HandlePoolResize APP -Grow } }
        @{ Form = 'a pid'; Request = { Request-HandlePoolResize -Process 2 -Grow } }
        @{ Form = 'an object in the pipeline'; Request = { $app | Request-HandlePoolResize -Grow } }
        @{ Form = 'a pid in the pipeline'; Request = { 2 | Request-HandlePoolResize -Grow } }
        @{ Form = 'a row of strings'; Request = { "Process`napp" | ConvertFrom-Csv | Request-HandlePoolResize -Grow } }
        @{ Form = 'what another cmdlet wrote'; Request = { Get-HandlePool app | Request-HandlePoolResize -Grow } }
    ) {
        $resizer = & $Request
        $resizer | Should -BeOfType HandlePool.HandlePoolResizer
        $resizer.Process | Should -Be $app
        "$($resizer.Direction)" | Should -Be 'Grow'
        $resizer.FromCapacity, $resizer.ToCapacity | Should -Be 64, 128
        'FromCapacity', 'ToCapacity' | ForEach-Object { $resizer.$_ | Should -BeOfType int }
        $app.Capacity | Should -Be 64
        Get-HandleEvent | Should -BeNullOrEmpty
    }

    It 'returns a resizer that shrinks by half, or to 64 if nothing is used' {
        1..2 | ForEach-Object { $null = Resize-HandlePool $app -Grow }
        $empty = Request-HandlePoolResize $app -Shrink
        "$($empty.Direction)" | Should -Be 'Shrink'
        $empty.FromCapacity, $empty.ToCapacity | Should -Be 256, 64
        $null = New-HandleNode $app | Add-HandleReference $app
        (Request-HandlePoolResize $app -Shrink).ToCapacity | Should -Be 128
        $app.Capacity | Should -Be 256
    }

    It 'refuses an impossible resize, and continues' {
        $large = New-HandleProcess 'large'
        1..2 | ForEach-Object { $null = Resize-HandlePool $large -Grow }
        { Request-HandlePoolResize large -Grow } | Should -WriteHandleError PoolExhausted -Naming large, '256'
        { $script:resizers = 'app', 'large' | Request-HandlePoolResize -Shrink } |
            Should -WriteHandleError ShrinkNotPossible -Naming app, '64'
        $script:resizers.Process | Should -Be $large
        $null = New-HandleNode $app -Count 64 | Add-HandleReference $large
        { Request-HandlePoolResize large -Shrink } | Should -WriteHandleError ShrinkNotPossible -Naming large, 'handle 64'
        { Request-HandlePoolResize large -Shrink -ErrorAction Stop } | Should -WriteHandleError ShrinkNotPossible -Terminating
    }

    It 'asks for a direction, not for the value of a switch' {
        { Request-HandlePoolResize $app } | Should -Throw -ErrorId 'AmbiguousParameterSet,*'
        { $app | Request-HandlePoolResize } | Should -Throw -ErrorId 'AmbiguousParameterSet,*'
        { Request-HandlePoolResize $app -Shrink:$false } | Should -Throw -ErrorId 'ParameterArgumentValidationError,*' -ExpectedMessage '*$false chooses nothing*'
    }

    It 'refuses both directions' {
        { Request-HandlePoolResize $app -Grow -Shrink } | Should -Throw
    }

    It 'shows as a table and as a list' {
        $resizer = Request-HandlePoolResize $app -Grow
        $resizer | Format-Table | Out-String -Width 100 | Should -Match '(?m)^Process +Direction +FromCapacity +ToCapacity'
        $list = $resizer | Format-List | Out-String -Width 100
        'Process', 'Direction', 'FromCapacity', 'ToCapacity' | ForEach-Object { $list | Should -Match "(?m)^$_ +:" }
    }
}

Describe 'Complete-HandlePoolResize' {
    BeforeEach {
        $session = New-HandleSession
        $owner = New-HandleProcess 'owner'
        $app = New-HandleProcess 'app' -Id 2
        $resizer = Request-HandlePoolResize $app -Grow
    }

    It 'applies a resizer, given <Form>' -ForEach @(
        @{ Form = 'as it is'; Complete = { Complete-HandlePoolResize $resizer } }
        @{ Form = 'by name'; Complete = { Complete-HandlePoolResize -Resizer $resizer -Confirm:$false } }
        @{ Form = 'in the pipeline'; Complete = { $resizer | Complete-HandlePoolResize } }
        @{ Form = 'with its session'; Complete = { Complete-HandlePoolResize $resizer -Session $session } }
        @{ Form = 'with its session''s name'; Complete = { Complete-HandlePoolResize $resizer -Session $session.Name } }
    ) {
        $result = & $Complete
        $result | Should -BeOfType HandlePool.HandlePoolResizeResult
        $result.Process | Should -Be $app
        "$($result.Direction)" | Should -Be 'Grow'
        $result.Applied, $result.FromCapacity, $result.ToCapacity | Should -Be $true, 64, 128
        $result.Reason | Should -Not -BeNullOrEmpty
        $app.Capacity | Should -Be 128
    }

    It 'discards the resizer that loses the race' {
        $loser = Request-HandlePoolResize $app -Grow
        $first, $second = $resizer, $loser | Complete-HandlePoolResize
        $first.Applied | Should -BeTrue
        $second.Applied | Should -BeFalse
        $second.Reason | Should -Match '128'
        $second.Reason | Should -Not -Be $first.Reason
        $second.FromCapacity, $second.ToCapacity | Should -Be 128, 128
        $app.Capacity | Should -Be 128
        $pool = Get-HandlePool $app
        $pool.GrowCount, $pool.DiscardedResizes | Should -Be 1, 1
        (Get-HandleEvent).Kind | Should -Be 'Grow', 'ResizeDiscarded'
    }

    It 'discards a resizer if additions have grown the pool meanwhile' {
        $null = New-HandleNode $owner -Count 64 | Add-HandleReference $app
        $result = $resizer | Complete-HandlePoolResize
        $result.Applied | Should -BeFalse
        $app.Capacity, $app.HandleCount | Should -Be 128, 64
    }

    It 'discards a shrinking resizer that would drop a handle now in use' {
        $null = $resizer | Complete-HandlePoolResize
        $stale = Request-HandlePoolResize $app -Shrink
        $references = New-HandleNode $owner -Count 64 | Add-HandleReference $app
        $result = $stale | Complete-HandlePoolResize
        $result.Applied | Should -BeFalse
        $result.Reason | Should -Match 'in the way'
        $app.Capacity, $app.HandleCount | Should -Be 128, 64
        (Get-HandleReference $app).Handle | Should -Be $references.Handle
    }

    It 'discards a shrinking resizer if the pool is already small' {
        $null = $resizer | Complete-HandlePoolResize
        $first, $second = 1..2 | ForEach-Object { Request-HandlePoolResize $app -Shrink }
        (Complete-HandlePoolResize $first, $second).Applied | Should -Be $true, $false
        $app.Capacity | Should -Be 64
    }

    It 'refuses a completed resizer, applied or discarded, and continues' {
        $loser = Request-HandlePoolResize $app -Grow
        $null = $resizer, $loser | Complete-HandlePoolResize
        $next = Request-HandlePoolResize $app -Grow
        { $script:result = $resizer, $loser, $next | Complete-HandlePoolResize } |
            Should -WriteHandleError ResizerCompleted -Times 2 -Naming 'Grow', '64'
        $script:result.ToCapacity | Should -Be 256
        { $resizer | Complete-HandlePoolResize -ErrorAction Stop } | Should -WriteHandleError ResizerCompleted -Terminating
        (Get-HandlePool $app).DiscardedResizes | Should -Be 1
    }

    It 'names the given resizer as the target of its errors' {
        $null = $resizer | Complete-HandlePoolResize
        $resizer | Complete-HandlePoolResize -ErrorVariable errors -ErrorAction SilentlyContinue
        $errors[0].TargetObject | Should -Be $resizer
    }

    It 'refuses the resizer of a process that has exited' {
        Remove-HandleProcess $app
        { $resizer | Complete-HandlePoolResize } | Should -WriteHandleError ProcessDead -Naming app
    }

    It 'takes a resizer of another session unless -Session excludes it' {
        $other = New-HandleSession
        { $resizer | Complete-HandlePoolResize -Session $other } | Should -WriteHandleError ProcessNotFound -Naming app
        { $resizer | Complete-HandlePoolResize -Session nope } | Should -WriteHandleError SessionNotFound -Naming nope
        $app.Capacity | Should -Be 64
        ($resizer | Complete-HandlePoolResize).Applied | Should -BeTrue
    }

    It 'refuses $null and anything that is not a resizer' {
        { Complete-HandlePoolResize $null } | Should -Throw
        { Complete-HandlePoolResize $app } | Should -Throw
        { Complete-HandlePoolResize 'app' } | Should -Throw
    }

    It 'changes nothing with -WhatIf; the resizer can be completed later' {
        $resizer | Complete-HandlePoolResize -WhatIf | Should -BeNullOrEmpty
        $app.Capacity | Should -Be 64
        ($resizer | Complete-HandlePoolResize).Applied | Should -BeTrue
    }

    It 'shows why a resizer was discarded within 100 columns' {
        $loser = Request-HandlePoolResize $app -Grow
        $results = $resizer, $loser | Complete-HandlePoolResize
        $results | Format-Table | Out-String -Width 100 | Should -Match ([regex]::Escape($results[1].Reason))
    }
}

Describe 'Resize-HandlePool without enough memory' {
    # A heap limit of 96 MB for a process of their own: 2^28 IDs fit, or 2^29 in segments, twice as many do not.
    BeforeAll {
        $script = {
            param($Module)
            Import-Module $Module
            $results = foreach ($allocator in 'SegmentedBitmap', 'HierarchicalBitmap', 'Bitmap', 'DBitmap', 'FdTwoLevel') {
                $null = New-HandleSession -Allocator $allocator
                $server, $client = 'server', 'client' | New-HandleProcess
                $node = New-HandleNode $server
                $failure = $null
                while (-not $failure) { $null = Resize-HandlePool $client -Grow -ErrorVariable failure -ErrorAction SilentlyContinue }
                $capacity = $client.Capacity
                [pscustomobject]@{
                    Allocator = $allocator
                    ErrorId   = $failure[0].FullyQualifiedErrorId
                    Message   = "$($failure[0])"
                    Capacity  = $capacity
                    Next      = $capacity * 2
                    Handle    = (Add-HandleReference $client $node).Handle
                    IsWell    = Test-HandlePool
                    Fitting   = (Optimize-HandlePool $client).ToCapacity
                }
            }
            ConvertTo-Json @($results)
        }
        $env:DOTNET_GCHeapHardLimit = '0x6000000'
        try { $results = Invoke-Engine -Command "& { $script } $(ConvertTo-Literal "$PSScriptRoot/../HandlePool.psd1")" | ConvertFrom-Json }
        finally { $env:DOTNET_GCHeapHardLimit = $null }
    }

    It 'refuses to grow and continues with the pool as it is, with <_>' -ForEach 'SegmentedBitmap', 'HierarchicalBitmap', 'Bitmap', 'DBitmap', 'FdTwoLevel' {
        $result = $results | Where-Object Allocator -EQ $_
        $result.ErrorId | Should -BeLike 'AllocationFailed,*'
        $result.Message | Should -Match "no memory for a pool of $($result.Next) handles of process 'client' \(it has $($result.Capacity)\)"
        $result.Capacity | Should -BeGreaterOrEqual 0x1000000
        $result.Capacity | Should -BeLessThan 0x40000000
        $result.Handle | Should -Be 1
        $result.IsWell | Should -BeTrue
        $result.Fitting | Should -Be 64
    }
}
