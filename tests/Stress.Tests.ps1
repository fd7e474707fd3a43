# Every cmdlet on eight threads at once, all on one session. A run makes a fixed number of calls; ./build.ps1 Test -Long goes on for ten
# minutes, as HANDLEPOOL_TEST_MINUTES does for any other time. HANDLEPOOL_TEST_SEED selects other calls.

BeforeAll {
    Import-Module "$PSScriptRoot/../HandlePool.psd1"
    $manifest = (Resolve-Path "$PSScriptRoot/../HandlePool.psd1").Path
    $threads = 8
    $seed = [int]($env:HANDLEPOOL_TEST_SEED ?? 1)
    $until = $env:HANDLEPOOL_TEST_MINUTES ? [datetime]::UtcNow.AddMinutes([double]$env:HANDLEPOOL_TEST_MINUTES) : [datetime]::MinValue

    # What a thread may do, by the cmdlet that it is about. $p is a process, $n a node, $h a handle of $p: each may be gone by now. Files are
    # those of all threads.
    $calls = @{
        'Add-HandleFault'           = { Add-HandleFault -FailAllocation $p; Add-HandleFault -DelayAllocation -Delay 0:0:0.001 }
        'Add-HandleReference'       = { $nodes | Get-Random -Count 9 | Add-HandleReference $p; Add-HandleReference $p -Handle $h -Weak }
        'Clear-HandleNotification'  = { Request-HandleNotification $p $h Freeze; Clear-HandleNotification $p $h Freeze }
        'Compare-HandleSession'     = {
            $copy = Copy-HandleSession
            Compare-HandleSession $copy $Session -IncludeEqual
            $copy | Remove-HandleSession
        }
        'Complete-HandleNotification' = {
            Request-HandleNotification $p $h Freeze
            Receive-HandleNotification $p | ForEach-Object { Complete-HandleNotification $p $_.Cookie $_.Kind }
        }
        'Complete-HandlePoolResize' = { Request-HandlePoolResize $p -Grow | Complete-HandlePoolResize }
        'ConvertTo-HandleRow'       = { Get-HandleSession -Current | ConvertTo-HandleRow; Measure-HandleUsage | ConvertTo-HandleRow -As Json }
        'ConvertTo-HandleJUnit'     = { Test-HandleGrowth -Policy @{ Rules = @{ Name = 'all'; Holder = '*'; Limit = 9 } } 3> $null | ConvertTo-HandleJUnit }
        'ConvertTo-HandleMarkdown'  = { Test-HandleGrowth -Policy @{ Rules = @{ Name = 'all'; Holder = '*'; Limit = 9 } } 3> $null | ConvertTo-HandleMarkdown }
        'ConvertTo-HandleSarif'     = { Test-HandleGrowth -Policy @{ Rules = @{ Name = 'all'; Holder = '*'; Limit = 9 } } 3> $null | ConvertTo-HandleSarif }
        'Copy-HandleSession'        = { Copy-HandleSession | Remove-HandleSession }
        'Export-HandleDump'         = { Export-HandleDump dump.txt -Form Rust; Export-HandleDump dump.txt }
        'Export-HandleReport'       = { Export-HandleReport report.html; Measure-HandleUsage | Export-HandleReport report.html }
        'Export-HandleSession'      = { Export-HandleSession session.json }
        'Find-HandleLeak'           = { Find-HandleLeak; Find-HandleLeak -Path dump.txt, dump.txt 3> $null }
        'Find-HandleMismatch'       = { Find-HandleMismatch $p }
        'Find-HandleSource'         = { Find-HandleSource (Import-HandleTrace trace.txt) 3> $null }
        'Get-HandleBitmap'          = { Get-HandleBitmap; Get-HandleBitmap $p }
        'Get-HandleDump'            = { Get-HandleDump device.zip -AdbPath missing }
        'Get-HandleEvent'           = { Get-HandleEvent; Get-HandleEvent $p }
        'Get-HandleEvidence'        = { Get-HandleEvidence; Get-HandleEvidence -Process $p }
        'Get-HandleFault'           = { Get-HandleFault }
        'Get-HandleIncident'        = { Get-HandleIncident }
        'Get-HandleNode'            = { Get-HandleNode -Process $p; Get-HandleNode -Dead }
        'Get-HandleNotification'    = { Get-HandleNotification }
        'Get-HandleOperation'       = { Use-HandleSession -Record { $null = New-HandleProcess one; Get-HandleOperation } }
        'Get-HandlePool'            = { Get-HandlePool; $p | Get-HandlePool }
        'Get-HandleProcess'         = { Get-HandleProcess -Node $n; Get-HandleProcess * }
        'Get-HandleReference'       = { Get-HandleReference; Get-HandleReference $p -Dead; Get-HandleReference -Node $n }
        'Get-HandleSession'         = { Get-HandleSession; Get-HandleSession -Current }
        'Get-HandleStatistic'       = { Get-HandleStatistic }
        'Get-HandleTransaction'     = { Get-HandleTransaction 3> $null }
        'Import-HandleAssertion'    = { & { $PSModuleAutoLoadingPreference = 'None'; Import-HandleAssertion } }
        'Import-HandleDump'         = {
            Import-HandleDump dump.txt | Tee-Object -Variable read | Test-HandlePool | Assert-True
            $read | Remove-HandleSession
        }
        'Import-HandleSession'      = {
            Import-HandleSession session.json | Tee-Object -Variable read | Test-HandlePool | Assert-True
            $read | Remove-HandleSession
        }
        'Import-HandleTrace'        = { Import-HandleTrace trace.txt }
        'Invoke-HandleOperation'    = {
            $rows = @{ Operation = 'NewNode' }, @{ Operation = 'AddReference'; Node = $n.Id }, @{ Operation = 'RemoveReference' }
            $rows | ForEach-Object { @{ Handle = $h; Process = $p.Id; Context = $p.Context } + $_ } | Invoke-HandleOperation
        }
        'Measure-HandleContention'  = { Measure-HandleContention GrowingFlag -Threads 2 -Count 256 }
        'Measure-HandleForecast'    = { Measure-HandleForecast 3> $null }
        'Measure-HandlePool'        = { Measure-HandlePool Bitmap -Workload Append -Count 64 }
        'Measure-HandleUsage'       = { Measure-HandleUsage; Measure-HandleUsage Owner -Top 3 }
        'New-HandleBaseline'        = { New-HandleBaseline }
        'New-HandleNode'            = {
            if ($nodes.Count -lt 400) { New-HandleNode $p -Count 9 | Select-Object -First 5 | Add-HandleReference client }
        }
        'New-HandleProcess'         = {
            if ($processes.Count -lt 20) { New-HandleProcess guest -Context ('binder', 'hwbinder' | Get-Random) }
        }
        'New-HandleSession'         = { New-HandleSession | Remove-HandleSession }
        'Optimize-HandlePool'       = { Optimize-HandlePool; Optimize-HandlePool $p }
        'Receive-HandleNotification' = { Receive-HandleNotification $p -Count 3 }
        'Remove-HandleFault'        = { Get-HandleFault | Remove-HandleFault; Remove-HandleFault -Kind FailAllocation, DelayAllocation }
        'Remove-HandleNode'         = { if ($nodes.Count -gt 100) { $nodes | Get-Random -Count 9 | Remove-HandleNode } }
        'Remove-HandleProcess'      = { if ($processes.Count -gt 9) { $p | Where-Object Name -EQ guest | Remove-HandleProcess } }
        'Remove-HandleReference'    = {
            Remove-HandleReference $p $h
            Remove-HandleReference $p ($h + 1) -Count 1
            $p | Get-HandleReference | Get-Random -Count 9 | Remove-HandleReference
        }
        'Remove-HandleSession'      = { New-HandleSession gone | Out-Null; Remove-HandleSession gone }
        'Repair-HandlePool'         = { Add-HandleFault -FlipBit $p $h; Repair-HandlePool $p; Find-HandleMismatch $p | Repair-HandlePool }
        'Request-HandleNotification' = { Request-HandleNotification $p $h -Cookie $h; Request-HandleNotification $p $h Freeze -Cookie $h }
        'Request-HandlePoolResize'  = {
            Request-HandlePoolResize $p -Grow | ForEach-Object { $resizers.Add($_) }
            if ($resizers.Count -gt 5) { $resizers | Complete-HandlePoolResize; $resizers.Clear() }
        }
        'Resize-HandlePool'         = { Resize-HandlePool $p -Grow; Resize-HandlePool $p -Shrink -Force }
        'Resume-HandleProcess'      = { Resume-HandleProcess $processes }
        'Set-HandleProcess'         = { Set-HandleProcess $p -Manager }
        'Suspend-HandleProcess'     = { Suspend-HandleProcess $p; Resume-HandleProcess $p }
        'Switch-HandleSession'      = {
            $other = New-HandleSession
            Switch-HandleSession $other
            Switch-HandleSession $Session
            $other | Remove-HandleSession
        }
        'Test-HandleGrowth'         = {
            $policy = @{ Rules = @{ Name = 'pairs'; Holder = '*'; Owner = '*'; Limit = 1000 }, @{ Name = 'counts'; Holder = '*'; GrowthPerSample = 5 } }
            Test-HandleGrowth -Policy $policy 3> $null
            Get-HandleStatistic | Test-HandleGrowth -Policy $policy 3> $null
        }
        'Test-HandlePool'           = { Test-HandlePool }
        'Test-HandleTrace'          = { Import-HandleTrace trace.txt | Test-HandleTrace }
        'Watch-HandleDump'          = { Watch-HandleDump -AdbPath missing -Count 1 }
        'Use-HandleSession'         = { Use-HandleSession { $null = New-HandleProcess a; Test-HandlePool | Assert-True } }
    }

    # Another thread may have removed or filled what a call refers to, or flipped a bit that it is about to repair.
    $refusals = @(
        'AdbNotFound', 'AllocationFailed', 'BadFault', 'CookieInUse', 'CountUnderflow', 'FaultNotFound', 'HandleNotFound', 'HandleZeroTaken'
        'ManagerExists', 'ManagerMissing', 'ManagerSelfReference', 'NodeNotFound', 'NotificationExists', 'NotificationNotFound'
        'NotResizable', 'PesterMissing', 'PoolCorrupted', 'PoolExhausted', 'ProcessBusy', 'ProcessDead', 'ProcessNotFound', 'ShrinkNotPossible'
        'WeakReferenceOnly'
    )

    # As text: script blocks belong to the runspace that they were written in.
    $thread = {
        param($Manifest, $Session, $Calls, $Refusals, $Seed, $Until, $Folder)
        Import-Module $Manifest
        Set-Location $Folder
        function Assert-True { process { if (-not $_) { throw 'What was read is not consistent.' } } }
        $null = Get-Random -SetSeed $Seed
        $resizers = [Collections.Generic.List[object]]::new()
        Use-HandleSession -Session $Session -ArgumentList $Calls, $Refusals, $Until {
            param($Calls, $Refusals, $Until)
            $blocks = @{}
            foreach ($name in $Calls.Keys) { $blocks[$name] = [scriptblock]::Create($Calls[$name]) }
            do {
                foreach ($name in $blocks.Keys | Get-Random -Shuffle) {
                    $processes = @(Get-HandleProcess)
                    $nodes = @(Get-HandleNode)
                    $p, $n = ($processes | Get-Random), ($nodes | Get-Random)
                    $h = (Get-HandleReference $p -ErrorAction Ignore).Handle + 70 | Get-Random
                    $failures = @(try { & $blocks[$name] 2>&1 | Where-Object { $_ -is [Management.Automation.ErrorRecord] } } catch { $_ })
                    $unexpected = $failures.Where({ ($_.FullyQualifiedErrorId -replace ',.*') -notin $Refusals })
                    [pscustomobject]@{
                        Call       = $name
                        Refusals   = $failures.ForEach({ $_.FullyQualifiedErrorId -replace ',.*' })
                        Unexpected = $unexpected.ForEach({ "$($_.FullyQualifiedErrorId): $_ $($_.ScriptStackTrace)" })
                    }
                }
            } while ([datetime]::UtcNow -lt $Until)
        }
    }.ToString()
}

Describe 'One session used by eight threads, with every cmdlet' {
    BeforeAll {
        $session = New-HandleSession 'stressed' -MaxCapacity 1024
        $null = 'server', 'client' | New-HandleProcess
        $null = New-HandleNode server -Count 90 | Add-HandleReference client
        Push-Location $TestDrive
        Export-HandleDump dump.txt
        Export-HandleSession session.json
        Copy-Item "$PSScriptRoot/data/real/small/trace.txt" trace.txt
        $texts = @{}
        $calls.Keys | ForEach-Object { $texts[$_] = $calls[$_].ToString() }

        Write-Host "seeds $seed to $($seed + $threads - 1)"
        $results = 1..$threads | ForEach-Object -ThrottleLimit $threads -Parallel {
            $run = [scriptblock]::Create($using:thread)
            & $run $using:manifest $using:session $using:texts $using:refusals ($_ + $using:seed - 1) $using:until "$using:TestDrive"
        }
        $summary = $results | Group-Object Call | ForEach-Object {
            $ids = $_.Group.Refusals | Group-Object -NoElement | ForEach-Object { "$($_.Count) $($_.Name)" }
            [pscustomobject]@{ Call = $_.Name; Calls = $_.Count; Refusals = $ids -join ', ' }
        }
        if ($env:HANDLEPOOL_TEST_MINUTES) { $summary | Sort-Object Call | Format-Table -Wrap | Out-Host }
    }

    AfterAll {
        Pop-Location
        $session | Remove-HandleSession
    }

    It 'calls each cmdlet of the module' {
        ($summary.Call | Sort-Object) | Should -Be ((Get-Command -Module HandlePool).Name | Sort-Object)
        $summary | Where-Object Calls -LT $threads | Should -BeNullOrEmpty
    }

    It 'meets no error but those of what other threads did' {
        $results.Unexpected | Select-Object -Unique | Should -BeNullOrEmpty
    }

    It 'leaves pools, tables and nodes consistent' {
        Find-HandleMismatch | Should -BeNullOrEmpty
        Test-HandlePool | Should -BeTrue
    }

    It 'leaves a session that files and dumps can carry' {
        Export-HandleSession session.json
        $read = Import-HandleSession session.json
        Compare-HandleSession $session $read | Should -BeNullOrEmpty
        $read | Test-HandlePool | Should -BeTrue

        Export-HandleDump dump.txt
        $dump = Import-HandleDump dump.txt
        Compare-HandleSession $session $dump | Where-Object { $_.Added -or $_.Removed } | Should -BeNullOrEmpty
        $dump | Test-HandlePool | Should -BeTrue
        $dump.Findings | Should -BeNullOrEmpty
        (Get-HandleReference -Session $dump).Count | Should -Be (Get-HandleReference -Session $session).Count
    }

    It 'leaves no file but those that were exported' {
        (Get-ChildItem $TestDrive -Force).Name | Sort-Object | Should -Be 'dump.txt', 'report.html', 'session.json', 'trace.txt'
    }
}
