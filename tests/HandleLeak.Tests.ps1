BeforeAll {
    Import-Module "$PSScriptRoot/../HandlePool.psd1"
    Import-Module "$PSScriptRoot/HandleErrorAssertion.psm1"
    $generate = "$PSScriptRoot/../tools/New-SampleDump.ps1"
    $small = @{ Processes = 30; References = 3000; VendorNames = $true }

    function New-Dump([hashtable] $Parameters) {
        $all = $small.Clone()
        foreach ($name in $Parameters.Keys) { $all[$name] = $Parameters[$name] }
        & $generate -Path "$TestDrive/$([guid]::NewGuid())" @all
    }

    # Adds references of a holder to new nodes of an owner; with -Shared, the manager holds the nodes as well.
    function Add-Held($Holder, $Owner, [int] $Count, [switch] $Shared, [switch] $Weak) {
        if ($Count -eq 0) { return }
        $nodes = New-HandleNode $Owner -Count $Count
        $null = $nodes | Add-HandleReference $Holder -Weak:$Weak
        if ($Shared) { $null = $nodes | Add-HandleReference $manager }
    }

    # Creates a session in which twenty apps hold $Usual nodes each of the server, and a suspect that holds none yet.
    function New-World([int] $Usual) {
        $null = New-HandleSession
        $script:manager = New-HandleProcess 'manager' -Id 1 -Manager
        $script:server = New-HandleProcess 'server' -Id 2
        $script:suspect = New-HandleProcess 'suspect' -Id 3
        foreach ($number in 1..20) {
            Add-Held (New-HandleProcess "app$number" -Id (100 + $number)) $server $Usual -Shared
        }
    }
}

# What is a suspect just at each threshold is a matter of the library's tests, LeakThresholdTests.
Describe 'Find-HandleLeak' {
    AfterAll { Get-HandleSession | Remove-HandleSession }

    Context 'in a series' {
        It 'finds only the growing pair, with its new handles (seed <Seed>, <Kind>)' -ForEach @(
            @{ Seed = 1; Kind = 'Growth' }
            @{ Seed = 4; Kind = 'Dead' }
            @{ Seed = 6; Kind = 'Weak' }
        ) {
            $dumps = New-Dump @{ Series = 4; Leak = 400; LeakKind = $Kind; Seed = $Seed }
            $sessions = $dumps | Import-HandleDump
            $suspect = Find-HandleLeak $sessions
            $suspect | Should -HaveCount 1
            $suspect | Should -BeOfType HandlePool.Analysis.HandleLeakSuspect
            $suspect.Rank | Should -Be 1
            $suspect.HolderName | Should -Be $dumps[-1].LeakHolder
            $suspect.Holder.Id | Should -Be $dumps[-1].LeakHolderId
            if ($Kind -eq 'Dead') {
                $suspect.OwnerName | Should -Be '(dead)'
                $suspect.Kinds | Should -Contain 'DeadNodes'
                $suspect.Dead | Should -Be $dumps[-1].LeakHeld
            } else {
                $suspect.OwnerName | Should -Be $dumps[-1].LeakOwner
                $suspect.Owner.Id | Should -Be $dumps[-1].LeakOwnerId
            }
            if ($Kind -eq 'Weak') {
                $suspect.Kinds | Should -Contain 'WeakOnly'
                $suspect.WeakOnly | Should -Be $dumps[-1].LeakHeld
            } else {
                $suspect.Counts | Should -Be $dumps.LeakHeld
            }
            $suspect.Kinds[0] | Should -Be 'Growth'
            $suspect.Score | Should -BeGreaterOrEqual 1
            $suspect.Session | Should -Be $sessions[-1]
            $suspect.Growth | Should -Be ($suspect.Counts[-1] - $suspect.Counts[0])

            # Nodes that were not held in the first dump, or were of a living process then.
            $known = @{}
            Get-HandleReference $dumps[0].LeakHolder -Session $sessions[0] |
                Where-Object { $_.IsDead -eq ($Kind -eq 'Dead') } | ForEach-Object { $known[$_.Node.Id] = $true }
            $new = Get-HandleReference $suspect.Holder -Session $sessions[-1] |
                Where-Object { -not $known.ContainsKey($_.Node.Id) -and $_.IsDead -eq ($Kind -eq 'Dead') -and $_.Owner -eq $suspect.Owner }
            $suspect.References.Node.Id | Sort-Object | Should -Be ($new.Node.Id | Sort-Object)
            $suspect.References.Count | Should -BeGreaterOrEqual ($dumps[-1].Leak - $dumps[0].Leak)
        }

        It 'tells how fast a pair grows, and when it reaches the limit' {
            $dumps = New-Dump @{ Series = 5; Leak = 1000; Seed = 8; Interval = '00:30:00' }
            $sessions = $dumps | Import-HandleDump
            $suspect = Find-HandleLeak $sessions
            $perDump = ($dumps[-1].Leak - $dumps[0].Leak) / 4
            $suspect.GrowthPerDump | Should -BeGreaterThan (0.9 * $perDump)
            $suspect.GrowthPerDump | Should -BeLessThan (1.1 * $perDump)
            $suspect.GrowthPerHour | Should -BeGreaterThan (1.99 * $suspect.GrowthPerDump)
            $suspect.GrowthPerHour | Should -BeLessThan (2.01 * $suspect.GrowthPerDump)
            $suspect.Limit.Handles | Should -Be 2500
            $left = 2500 - $suspect.Handles
            [Math]::Abs($suspect.DumpsToLimit - $left / $suspect.GrowthPerDump) | Should -BeLessThan 2
            [Math]::Abs($suspect.TimeToLimit.TotalHours - $suspect.DumpsToLimit / 2) | Should -BeLessThan 0.01
            $suspect.Reason | Should -Match ([regex]::Escape($suspect.HolderName))
            $suspect.Reason | Should -Match ([regex]::Escape($suspect.OwnerName))
            $suspect.Reason | Should -Match "\b$($suspect.Growth)\b.*2500"
            $suspect.EarliestTimeToLimit | Should -BeLessOrEqual $suspect.TimeToLimit
            $suspect.LatestTimeToLimit | Should -BeGreaterOrEqual $suspect.TimeToLimit
            $suspect.EarliestDumpsToLimit | Should -BeLessOrEqual $suspect.DumpsToLimit
            (Find-HandleLeak $sessions[0, 4]).EarliestTimeToLimit | Should -BeNullOrEmpty
        }

        It 'finds a leak that grows from almost nothing between two dumps' {
            $sessions = New-Dump @{ Series = 2; Leak = 300; Seed = 9 } | Import-HandleDump
            (Find-HandleLeak $sessions).Kinds | Should -Contain 'Growth'
        }

        It 'sorts sessions by time, in whatever order they are given' {
            $dumps = New-Dump @{ Series = 4; Leak = 400; Seed = 10 }
            $sessions = $dumps | Import-HandleDump
            $expected = Find-HandleLeak $sessions
            foreach ($order in @(3, 1, 0, 2), @(3, 2, 1, 0)) {
                $suspect = Find-HandleLeak $sessions[$order]
                $suspect.Counts | Should -Be $expected.Counts
                $suspect.Session | Should -Be $sessions[3]
                $suspect.GrowthPerHour | Should -Be $expected.GrowthPerHour
            }
            ($sessions[2, 0, 3, 1] | Find-HandleLeak).Counts | Should -Be $expected.Counts
            ($sessions.Name | Find-HandleLeak).Counts | Should -Be $expected.Counts
        }

        It 'keeps the order of sessions if a time is missing, and gives no rate' {
            $series = New-Dump @{ Series = 3; Leak = 400; Seed = 11 }
            $untimed = foreach ($dump in $series) {
                $copy = "$TestDrive/untimed$($series.IndexOf($dump)).txt"
                Copy-Item $dump $copy
                , (Get-Content $copy) | Import-HandleDump -Name "untimed$($series.IndexOf($dump))"
            }
            $untimed.Time | Should -Be $null, $null, $null
            $suspect = Find-HandleLeak $untimed
            $suspect.Counts | Should -Be $series.LeakHeld
            $suspect.GrowthPerDump | Should -BeGreaterThan 50
            $suspect.GrowthPerHour, $suspect.TimeToLimit | Should -Be $null, $null
            $suspect.DumpsToLimit | Should -BeGreaterThan 10
            (Find-HandleLeak $untimed[2, 1, 0]).Kinds | Should -Not -Contain 'Growth'
            (Find-HandleLeak untimed*).Counts | Should -Be $suspect.Counts
        }

        It 'finds no suspect in a healthy series (seed <Seed>, <Dumps> dumps)' -ForEach @(
            @{ Seed = 21; Dumps = 2; References = 500; Processes = 5 }
            @{ Seed = 23; Dumps = 3; References = 2000; Processes = 20 }
            @{ Seed = 25; Dumps = 6; References = 1500; Processes = 12 }
            @{ Seed = 26; Dumps = 8; References = 3000; Processes = 40 }
        ) {
            $sessions = New-Dump @{ Series = $Dumps; Seed = $Seed; References = $References; Processes = $Processes; DeadNodes = 2 } | Import-HandleDump
            Find-HandleLeak $sessions -WarningVariable warnings | Should -BeNullOrEmpty
            $warnings | Should -BeNullOrEmpty
        }

        It 'sees no growth when the same dump comes again' {
            $sessions = 1..3 | ForEach-Object { Import-HandleDump "$PSScriptRoot/data/state-pixel.txt" -Name "again$_" }
            $suspect = Find-HandleLeak $sessions
            $suspect.Kinds | Should -Not -Contain 'Growth'
            $suspect.Growth | Should -Be 0
        }

        It 'restarts counting where the process was restarted' {
            $counts = 200, 260, 320, 30, 90, 150
            $sessions = foreach ($step in 0..5) {
                $isNew = $step -ge 3
                New-World 5
                $holder = if ($isNew) { New-HandleProcess 'leaky' -Id 501 } else { New-HandleProcess 'leaky' -Id 500 }
                Add-Held $holder $server $counts[$step] -Shared
                Get-HandleSession -Current
            }
            $suspect = Find-HandleLeak $sessions
            $suspect.HolderName | Should -Be 'leaky'
            $suspect.Counts | Should -Be 30, 90, 150
            $suspect.Growth | Should -Be 120
            $suspect.GrowthPerDump | Should -Be 60
        }

        It 'suspects a growth of <Count>: <Expected>' -ForEach @(
            @{ Counts = 20, 45, 70; Expected = $true; Count = '50 in three dumps' }
        ) {
            $sessions = foreach ($held in $Counts) {
                New-World 30
                Add-Held $suspect $server $held
                Get-HandleSession -Current
            }
            $found = @(Find-HandleLeak $sessions | Where-Object Kinds -Contains Growth)
            $found.Count | Should -Be ([int]$Expected)
            if ($Expected) { $found.Counts | Should -Be $Counts }
        }

        It 'suspects the owner rather than a pair where all grow alike' {
            $sessions = foreach ($held in 20, 100, 180) {
                $null = New-HandleSession
                $server = New-HandleProcess 'server' -Id 2
                foreach ($number in 1..20) { Add-Held (New-HandleProcess "app$number" -Id (100 + $number)) $server $held }
                Get-HandleSession -Current
            }
            $found = Find-HandleLeak $sessions
            $found | Should -HaveCount 1
            $found.HolderName, $found.OwnerName | Should -Be '(all)', 'server'
            $found.Holder | Should -BeNullOrEmpty
            $found.Counts | Should -Be 400, 2000, 3600
        }
    }

    Context 'in one dump' {
        It 'finds what leaks (seed <Seed>, <Kind>)' -ForEach @(
            @{ Seed = 31; Kind = 'Growth'; First = 'SingleHolder' }
            @{ Seed = 33; Kind = 'Dead'; First = 'DeadNodes' }
            @{ Seed = 34; Kind = 'Weak'; First = 'WeakOnly' }
        ) {
            $dump = New-Dump @{ Leak = 500; LeakKind = $Kind; Seed = $Seed }
            $null = $dump | Import-HandleDump
            $suspect = Find-HandleLeak
            $suspect | Should -HaveCount 1
            $suspect.HolderName | Should -Be $dump.LeakHolder
            $suspect.Kinds | Should -Contain $First
            $suspect.References.Count | Should -BeGreaterOrEqual $dump.Leak
            $suspect.Counts | Should -Be $suspect.Handles
            $suspect.Growth | Should -Be 0
            $suspect.GrowthPerDump, $suspect.GrowthPerHour, $suspect.DumpsToLimit, $suspect.TimeToLimit | Should -Be $null, $null, $null, $null
        }

        It 'finds no suspect in a healthy session (seed <Seed>, <References> references)' -ForEach @(
            @{ Seed = 41; References = 100; Processes = 2 }
            @{ Seed = 42; References = 300; Processes = 4 }
            @{ Seed = 43; References = 2000; Processes = 20 }
            @{ Seed = 45; References = 20000; Processes = 150 }
        ) {
            $null = New-Dump @{ Seed = $Seed; References = $References; Processes = $Processes; Contexts = 2; DeadNodes = 3 } | Import-HandleDump
            Find-HandleLeak | Should -BeNullOrEmpty
        }

        It 'suspects the holder that <Dump> shows: <Expected>' -ForEach @(
            @{ Dump = 'state-pixel.txt'; Expected = 'com.example.photos -> system_server' }
            @{ Dump = 'state-rust.txt'; Expected = '' }
            @{ Dump = 'proc-1754.txt'; Expected = '4127 -> 1754' }
        ) {
            $null = Import-HandleDump "$PSScriptRoot/data/$Dump" -WarningAction SilentlyContinue
            "$(Find-HandleLeak | ForEach-Object { "$($_.HolderName) -> $($_.OwnerName)" })" | Should -Be $Expected
        }

        It 'judges by size a holder of <Held> where others have <Usual>: <Expected>' -ForEach @(
            @{ Usual = 30; Held = 119; Expected = $false }
            @{ Usual = 30; Held = 120; Expected = $true }
        ) {
            New-World $Usual
            Add-Held $suspect $server $Held -Shared
            $found = @(Find-HandleLeak)
            $found.Count | Should -Be ([int]$Expected)
            if ($Expected) {
                $found.HolderName, $found.OwnerName | Should -Be suspect, server
                $found.Kinds | Should -Be 'Size'
                $found.Score | Should -BeGreaterOrEqual 1
                $found.References.Count | Should -Be $Held
                $found.Reason | Should -Match "suspect.*\b$Held\b.*server"
            }
        }

        It 'judges by its own nodes an owner of <Held>: <Expected>' -ForEach @(
            @{ Held = 100; Expected = $true }
        ) {
            New-World 40
            Add-Held $suspect $server $Held
            $found = @(Find-HandleLeak)
            $found.Count | Should -Be ([int]$Expected)
            if ($Expected) {
                $found.Kinds | Should -Be 'SingleHolder'
                $found.SingleHolder | Should -Be $Held
            }
        }

        It 'judges a holder of <Held> dead nodes where others hold <Usual>: <Expected>' -ForEach @(
            @{ Usual = 0; Held = 50; Expected = $true }
        ) {
            New-World 5
            $gone = New-HandleProcess 'gone'
            Get-HandleProcess app* | ForEach-Object { Add-Held $_ $gone $Usual }
            Add-Held $suspect $gone $Held
            Remove-HandleProcess $gone
            $found = @(Find-HandleLeak)
            $found.Count | Should -Be ([int]$Expected)
            if ($Expected) {
                $found.HolderName | Should -Be 'suspect'
                $found.Kinds | Should -Be 'DeadNodes'
                $found.Dead | Should -Be $Held
                $found.References.IsDead | Should -Not -Contain $false
                $found.References.Count | Should -Be $Held
            }
        }

        It 'judges a holder of <Weak> weak and <Strong> strong references: <Expected>' -ForEach @(
            @{ Weak = 60; Strong = 60; Expected = $true }
        ) {
            New-World 40
            Add-Held $suspect $server $Strong -Shared
            Add-Held $suspect $server $Weak -Shared -Weak
            $found = @(Find-HandleLeak)
            $found.Count | Should -Be ([int]$Expected)
            if ($Expected) {
                $found.Kinds | Should -Be 'WeakOnly'
                $found.WeakOnly | Should -Be $Weak
            }
        }

        It 'names a pair of <Held> handles near the limit, whatever the others have: <Expected>' -ForEach @(
            @{ Holder = 'suspect'; Held = 1600; Usual = 700; Expected = $true }
        ) {
            $null = New-HandleSession
            $manager = New-HandleProcess 'manager' -Manager
            $server = New-HandleProcess 'server'
            $nodes = New-HandleNode $server -Count $Held
            foreach ($number in 0..3) {
                $null = $nodes[0..($Usual - 1)] | Add-HandleReference (New-HandleProcess "app$number")
            }
            $null = $nodes | Add-HandleReference (New-HandleProcess $Holder)
            $found = @(Find-HandleLeak | Where-Object { $_.HolderName -eq $Holder -and $_.Kinds -contains 'NearLimit' })
            $found.Count | Should -Be ([int]$Expected)
            if ($Expected) {
                $found.Limit.Handles | Should -Be ($Holder -eq 'suspect' ? 2500 : 6000)
                $found.Reason | Should -Match "$Held.*% of"
            }
        }

        It 'names two holders that leak alike from one owner, which have no limit together' {
            $null = New-HandleSession
            $server = New-HandleProcess 'system_server'
            foreach ($number in 1..8) { Add-Held (New-HandleProcess "app$number") $server 22 }
            'one', 'two' | ForEach-Object { Add-Held (New-HandleProcess $_) $server 4000 }
            $found = Find-HandleLeak
            $found.HolderName | Sort-Object | Should -Be one, two
            $found.Reason | Should -Match '160% of 2500'
        }

        It 'names each of <_> processes that leak on a device of 16' -ForEach 1, 4, 7 {
            $null = New-HandleSession
            $system = New-HandleProcess system_server
            foreach ($row in @(@('com.android.systemui', 80, 150), @('launcher', 60, 60), @('surfaceflinger', 25, 30))) {
                $process = New-HandleProcess $row[0]
                Add-Held $process $system $row[1]
                Add-Held $system $process $row[2]
            }
            foreach ($number in 1..12) { Add-Held (New-HandleProcess "app$number") $system ($number -le $_ ? 301 : 20) }
            (Find-HandleLeak).HolderName | Sort-Object | Should -Be @(1..$_ | ForEach-Object { "app$_" } | Sort-Object)
        }

        It 'names a holder of 194 beside one of 202' {
            $null = Import-HandleDump "$PSScriptRoot/data/state-pixel.txt"
            Add-Held com.android.phone system_server 190
            $found = Find-HandleLeak
            $found.HolderName | Should -Be com.example.photos, com.android.phone
        }

        It 'does not suspect the system server for hundreds of handles of the system UI: <Held>' -ForEach @(
            @{ Held = 185; Expected = 0 }
            @{ Held = 599; Expected = 0 }
            @{ Held = 600; Expected = 1 }
        ) {
            New-World 5
            $system = New-HandleProcess system_server
            Add-Held $system (New-HandleProcess com.android.systemui) $Held
            1..5 | ForEach-Object { Add-Held $system (Get-HandleProcess "app$_") $_ }
            @(Find-HandleLeak) | Should -HaveCount $Expected
        }

        It 'shows what is usual, the threshold, the score and its signs' {
            New-World 5
            Add-Held $suspect $server 150 -Shared
            $found = Find-HandleLeak
            $found.Usual, $found.Threshold, $found.Score | Should -Be 5, 100, 1.5
            $found.Signs | Should -BeOfType HandlePool.Analysis.HandleLeakSign
            "$($found.Signs)" | Should -Be 'Size 150 of 100 (Minimum)'
            $found.Signs | Format-Table | Out-String -Width 80 | Should -Match '(?m)^Kind +Measured +Usual +Threshold +Score +Basis'
        }

        It 'moves the thresholds by <Parameters>' -ForEach @(
            @{ Parameters = @{ MinimumHandles = 150 }; Expected = 1 }
            @{ Parameters = @{ MinimumHandles = 151 }; Expected = 0 }
            @{ Parameters = @{ Sensitivity = 1 }; Expected = 1 }
            @{ Parameters = @{ Sensitivity = 0.5 }; Usual = 30; Expected = 0 }
            @{ Parameters = @{ Sensitivity = 1 }; Usual = 45; Expected = 0 }
            @{ Parameters = @{ Sensitivity = 2 }; Usual = 45; Expected = 1 }
        ) {
            New-World ($Usual ? $Usual : 5)
            Add-Held $suspect $server 150 -Shared
            @(Find-HandleLeak @Parameters) | Should -HaveCount $Expected
        }

        It 'refuses <Parameters>' -ForEach @(
            @{ Parameters = @{ MinimumHandles = 0 } }
            @{ Parameters = @{ Sensitivity = 0 } }
            @{ Parameters = @{ Sensitivity = 11 } }
            @{ Parameters = @{ Sensitivity = [double]::NaN } }
        ) {
            { Find-HandleLeak @Parameters } | Should -Throw
        }
    }

    Context 'of files and folders' {
        BeforeAll {
            $dumps = New-Dump @{ Series = 3; Leak = 400; Seed = 51 }
            $folder = Split-Path $dumps[0]
            $expected = $dumps[-1].LeakHolder
            $healthy = Split-Path (New-Dump @{ Series = 3; Seed = 52 })[0]
        }

        It 'reads <Form> as a series' -ForEach @(
            @{ Form = 'files'; Find = { Find-HandleLeak -Path $dumps.FullName } }
            @{ Form = 'files in any order'; Find = { Find-HandleLeak -Path $dumps[2, 0, 1].FullName } }
            @{ Form = 'a pattern'; Find = { Find-HandleLeak -Path "$folder/state-*" } }
            @{ Form = 'a folder'; Find = { Find-HandleLeak -Path $folder } }
            @{ Form = 'a folder, literally'; Find = { Find-HandleLeak -LiteralPath $folder } }
            @{ Form = 'the files of the pipeline'; Find = { Get-ChildItem $folder | Find-HandleLeak } }
        ) {
            $sessions = @(Get-HandleSession).Count
            $found = & $Find
            $found.HolderName | Should -Be $expected
            $found.Counts | Should -Be $dumps.LeakHeld
            @(Get-HandleSession) | Should -HaveCount $sessions
        }

        It 'reads each folder as a device of its own' {
            $found = Find-HandleLeak -Path $healthy, $folder -Verbose 4>&1
            $verbose = $found | Where-Object { $_ -is [System.Management.Automation.VerboseRecord] -and "$_" -match 'series' }
            $verbose | Should -HaveCount 2
            "$($verbose[0])" | Should -BeLike 'No leak suspects in a series of 3*'
            $suspect = $found | Where-Object { $_ -is [HandlePool.Analysis.HandleLeakSuspect] }
            $suspect.HolderName | Should -Be $expected
            $suspect.Session.Name | Should -BeLike "$(Split-Path $folder -Leaf)/state-*"
        }

        It 'merges the driver''s folders in a dated folder' {
            $at = 0
            foreach ($dump in Get-ChildItem "$folder/state-*") {
                $dated = New-Item -ItemType Directory -Force ('{0}/device/2026-11-20_10{1:00}00/binder_logs' -f $TestDrive, $at++)
                Copy-Item $dump "$dated/state"
            }
            $found = Find-HandleLeak -Path "$TestDrive/device"
            $found.HolderName | Should -Be $expected
            $found.Counts | Should -Be $dumps.LeakHeld
        }

        It 'names the pattern for a folder of devices' {
            $null = New-Item -ItemType Directory -Force "$TestDrive/devices/a/1", "$TestDrive/devices/b/1"
            Find-HandleLeak -Path "$TestDrive/devices" -ErrorVariable problem -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
            "$problem" | Should -BeLike "*such as 'a', have no files, but folders. Use -Path '*devices*' for a folder for each device."
        }

        It 'merges the files of a folder in the folder of a device' {
            $series = "$TestDrive/procs"
            $null = New-Item -ItemType Directory $series
            $parts = & $generate -Path $series -Processes 10 -References 500 -VendorNames -ProcFolder -Series 3 -Leak 400 -Seed 53
            (Find-HandleLeak -Path $series).Counts | Should -Be $parts.LeakHeld
        }

        It 'reads sections of one file as a series' {
            Get-Content $dumps.FullName | Set-Content "$TestDrive/sections.txt"
            (Find-HandleLeak -Path "$TestDrive/sections.txt").Counts | Should -Be $dumps.LeakHeld
        }

        It 'leaves the dump of one process out of a series of states' {
            $one = Get-Content $dumps[-1].FullName -TotalCount 40
            Set-Content "$TestDrive/one.txt" @('binder proc state:'; $one[1..39])
            $files = @($dumps.FullName; "$TestDrive/one.txt")
            (Find-HandleLeak -LiteralPath $files -WarningVariable warned -WarningAction SilentlyContinue).Counts | Should -Be $dumps.LeakHeld
            "$warned" | Should -BeLike "*1 of $($files.Count) dumps does not show all processes and was left out of the series: 'one.txt'. *of their own."
        }

        It 'writes an error for what it cannot read, and goes on' {
            Set-Content "$TestDrive/nonsense.txt" 'nothing'
            $null = New-Item -ItemType Directory "$TestDrive/void"
            $found = Find-HandleLeak -Path "$TestDrive/nope.txt", "$TestDrive/nonsense.txt", "$TestDrive/void", $folder -ErrorVariable problems -ErrorAction SilentlyContinue
            $found.HolderName | Should -Be $expected
            $problems.FullyQualifiedErrorId | Sort-Object | Should -BeLike '*,HandlePool.PowerShell.FindHandleLeakCommand'
            $problems.FullyQualifiedErrorId.ForEach({ $_.Split(',')[0] }) | Sort-Object | Should -Be DumpFormat, DumpFormat, PathNotFound
        }
    }

    Context 'of two boots or devices' {
        BeforeAll {
            # Twenty apps hold nodes of the server.
            function New-Boot([int] $Server, [string] $App, [datetime] $Time) {
                $lines = @("proc $Server (server)"; 'context binder'
                    1..40 | ForEach-Object { "  node $(100 + $_): u0 c0 hs 1 hw 1 ls 0 lw 0 is 1 iw 1" }
                    1..20 | ForEach-Object { $number = $_; "proc $($Server + $number) ($App$number)"; 'context binder'
                        1..2 | ForEach-Object { "  ref $(1000 + $number * 10 + $_): desc $_ node $(100 + $number * 2 - 2 + $_) s 1 w 1 d 0" } })
                , (@('binder state:') + $lines) | Import-HandleDump -Time $Time -Name "boot $Server $App"
            }
        }

        It 'starts over at a reboot, with a warning' {
            $first = New-Boot 144 app '2026-11-01 08:00'
            $second = New-Boot 151 app '2026-11-01 09:00'
            Find-HandleLeak $first, $second -WarningVariable warnings -WarningAction SilentlyContinue | Should -BeNullOrEmpty
            "$warnings" | Should -Match "'boot 144 app' and 'boot 151 app' are of different boots: node 101.*pid 144, then 151.*Counting starts over"
        }

        It 'leaves out the sessions of another device, with a warning' {
            $first = New-Boot 144 thing '2026-11-01 08:00'
            $second = New-Boot 944 app '2026-11-01 09:00'
            $null = Find-HandleLeak $first, $second -WarningVariable warnings -WarningAction SilentlyContinue
            "$warnings" | Should -Match "few processes in common.*'boot 144 thing' was left out"
        }
    }

    Context 'sessions and rows' {
        BeforeAll {
            New-World 5
            Add-Held $suspect $server 200 -Shared
            Add-Held $suspect $manager 10
            $second = New-HandleProcess 'second' -Id 4
            Add-Held $second $server 400 -Shared
            $world = Get-HandleSession -Current
        }

        BeforeEach { $null = Switch-HandleSession $world }

        It 'ranks suspects, the most suspicious first, and returns -Top of them' {
            $found = Find-HandleLeak
            $found.HolderName | Should -Be second, suspect
            $found.ForEach({ $_.Rank }) | Should -Be 1, 2
            $found[0].Score | Should -BeGreaterThan $found[1].Score
            (Find-HandleLeak -Top 1).HolderName | Should -Be second
            { Find-HandleLeak -Top 0 } | Should -Throw
        }

        It 'examines the session that is <Form>' -ForEach @(
            @{ Form = 'given'; Find = { Find-HandleLeak $world } }
            @{ Form = 'named'; Find = { Find-HandleLeak -Session $world.Name } }
            @{ Form = 'in the pipeline'; Find = { $world | Find-HandleLeak } }
            @{ Form = 'there twice'; Find = { Find-HandleLeak $world, $world.Name } }
        ) {
            $null = New-HandleSession
            Find-HandleLeak | Should -BeNullOrEmpty
            (& $Find).HolderName | Should -Be second, suspect
        }

        It 'refuses a pattern that matches no session' {
            { Find-HandleLeak nope* -ErrorAction Stop } | Should -Throw -ErrorId 'SessionNotFound,*'
        }

        It 'refuses an invalid pattern, and continues' {
            $found = '[a', 'nope*' | Find-HandleLeak -ErrorVariable problem -ErrorAction SilentlyContinue
            $found | Should -BeNullOrEmpty
            $problem[0].FullyQualifiedErrorId | Should -BeLike 'BadPattern,*'
        }

        It 'gives reasons that are whole sentences' {
            foreach ($reason in (Find-HandleLeak).Reason) {
                $reason | Should -Match '^\S.*\d.*\.$'
                $reason | Should -Not -Match '  |\.\.|\{|\bNaN\b|∞'
            }
        }

        It 'fills a window of <_> columns with whole words' -ForEach 40, 80, 120, 200 {
            foreach ($suspect in Find-HandleLeak) {
                $lines = [HandlePool.PowerShell.Views.ViewText]::Suspect[$suspect, $_].TrimEnd() -split '\r?\n'
                $first, $wrapped = $lines
                ($wrapped.TrimStart() -join ' ') | Should -BeExactly $suspect.Reason
                ($wrapped.ForEach({ $_.Length }) | Measure-Object -Maximum).Maximum | Should -BeLessThan $_
                for ($i = 1; $i -lt $wrapped.Count; $i++) {
                    ($wrapped[$i - 1] + ' ' + (-split $wrapped[$i])[0]).Length | Should -BeGreaterThan ($_ - 2)
                }
            }
        }

        It 'shows the reason by default, and a table and a list' {
            $found = Find-HandleLeak
            $shown = ($found | Out-String -Width 100) -replace '\s+', ' '
            $found.Reason | ForEach-Object { $shown.Contains($_) | Should -BeTrue -Because $shown }
            $found | Format-Table | Out-String -Width 100 | Should -Match '(?m)^Rank +HolderName +OwnerName +Handles +Growth +Score +Kinds'
            $list = $found | Format-List | Out-String -Width 100
            'Rank', 'HolderName', 'OwnerName', 'Handles', 'Counts', 'Reason' | ForEach-Object { $list | Should -Match "(?m)^$_ +:" }
        }

        It 'leads to the references, which can be listed and dropped' {
            $found = Find-HandleLeak -Top 1
            $found.References | Should -BeOfType HandlePool.HandleReference
            $found.References | Remove-HandleReference
            Get-HandleReference $found.Holder -Owner $found.Owner | Should -BeNullOrEmpty
            (Find-HandleLeak).HolderName | Should -Be suspect
        }
    }
}
