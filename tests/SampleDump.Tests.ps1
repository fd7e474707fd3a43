BeforeDiscovery {
    # What the script wrote for these before it could do more; other suites and benchmarks build upon it.
    $known = @(
        @{ Given = @{ Processes = 2; References = 0 }; Hash = 'C6646DAD8702EB66DC315E971DD03CD3D3473E602A6DAD3599D4646039FFBC5F' }
        @{ Given = @{}; Hash = 'D682F3A6D30D3B5F6BFCE1F94AA7CB3D2688EE331FE307ADBB549D9B4C27E0FF' }
        @{
            Given = @{ Processes = 20; References = 600; Seed = 3; Form = 'Rust'; RustRunOn = $true; Contexts = 2; DeadNodes = 4 }
            Hash = '95CC357C79B8F1A5911F1D59795F71F91C32C191D9F8B941C2AFB6D5162B741B'
        }
        @{
            Given = @{ Processes = 30; References = 2000; Seed = 4; Contexts = 2; DeadNodes = 3; VendorNames = $true }
            Hash = '801B4207C8F58A1705598DEB1929269F182959113E68CD2E724723562C9EFA13'
        }
        @{
            Given = @{ Processes = 30; References = 1000; Seed = 5; OldKernel = $true; DeadNodes = 2 }
            Hash = '3003EFFD24A19D8DAEA690A3672F9F73CE9680E4E5C029E3850FC260936B1762'
        }
        @{
            Given = @{ Processes = 30; References = 500; Seed = -6; Crlf = $true; Bom = $true }
            Hash = 'BD0CB0BC253817F00A4B39F62C07DD583FAE9A2F3E36D07B9BF50943090C3D40'
        }
    ) | ForEach-Object { $_.Named = ($_.Given.Keys | Sort-Object | ForEach-Object { "-$_" }) -join ' '; $_ }
}

BeforeAll {
    Import-Module "$PSScriptRoot/../HandlePool.psd1"
    $script = "$PSScriptRoot/../tools/New-SampleDump.ps1"
    $small = @{ Processes = 12; References = 400; VendorNames = $true }

    # Reads a file, of which there is nothing to say.
    function Read-Clean([string] $File) {
        $session = Import-HandleDump -LiteralPath $File -WarningAction Stop -ErrorAction Stop
        $session.Findings | Should -BeNullOrEmpty -Because $File
        $session
    }

    # How many references a process holds of each other, by names; the dead ones' owner is ''.
    function Measure-Pair {
        $pairs = @{}
        foreach ($reference in Get-HandleReference) { $pairs["$($reference.Process.Name)>$($reference.Owner.Name)"]++ }
        $pairs
    }
}

Describe 'New-SampleDump.ps1' {
    BeforeEach {
        Get-HandleSession | Remove-HandleSession
        Remove-Item TestDrive:/* -Recurse -Force
    }

    It 'writes the same as ever for <Named>' -ForEach $known {
        $null = & $script -Path TestDrive:/state @Given
        (Get-FileHash TestDrive:/state).Hash | Should -Be $Hash
    }

    It 'writes the same bytes for the same parameters, with <Name>' -ForEach @(
        @{ Name = 'a leak'; Given = @{ Leak = 50 } }
        @{ Name = 'a bug report'; Given = @{ BugReport = $true } }
        @{ Name = 'gzip'; Given = @{ Compress = 'Gzip' } }
        @{ Name = 'zip'; Given = @{ Compress = 'Zip'; BugReport = $true } }
    ) {
        $null = & $script -Path TestDrive:/a.txt @small @Given
        $null = & $script -Path TestDrive:/b.txt @small @Given
        (Get-FileHash TestDrive:/a.txt).Hash | Should -Be (Get-FileHash TestDrive:/b.txt).Hash
        $null = & $script -Path TestDrive:/c.txt @small @Given -Seed 2
        (Get-FileHash TestDrive:/c.txt).Hash | Should -Not -Be (Get-FileHash TestDrive:/a.txt).Hash
    }

    It 'writes what is read without warnings, with <Name>' -ForEach @(
        @{ Name = 'nothing'; Given = @{} }
        @{ Name = 'two contexts and dead nodes'; Given = @{ Contexts = 2; DeadNodes = 3 } }
        @{ Name = 'the Rust driver'; Given = @{ Form = 'Rust'; Contexts = 2; DeadNodes = 3 } }
        @{ Name = 'the Rust driver, run on'; Given = @{ Form = 'Rust'; RustRunOn = $true } }
        @{ Name = 'an old kernel'; Given = @{ OldKernel = $true; DeadNodes = 2 } }
        @{ Name = 'CRLF and a BOM'; Given = @{ Crlf = $true; Bom = $true; BugReport = $true } }
        @{ Name = 'a bug report'; Given = @{ BugReport = $true; Contexts = 2 } }
        @{ Name = 'a Rust driver''s bug report'; Given = @{ BugReport = $true; Form = 'Rust'; RustRunOn = $true } }
        @{ Name = 'an old kernel''s bug report'; Given = @{ BugReport = $true; OldKernel = $true } }
    ) {
        foreach ($leak in @{}, @{ Leak = 20 }, @{ Leak = 20; LeakKind = 'Dead' }, @{ Leak = 20; LeakKind = 'Weak' }) {
            $null = & $script -Path TestDrive:/state @small @Given @leak
            (Read-Clean TestDrive:/state).Processes | Should -Be (12 * ($Given.Contexts ?? 1))
        }
    }

    Context 'with a leak' {
        It 'reports who leaks how many strong references on top of the others' {
            $dump = & $script -Path TestDrive:/state @small -Leak 80
            $dump | Should -BeOfType System.IO.FileInfo
            $dump.Leak, $dump.LeakOwner, $dump.LeakOwnerId | Should -Be 80, 'system_server', 707
            $null = Read-Clean $dump.FullName
            $holder = Get-HandleProcess -Id $dump.LeakHolderId
            $holder.Name | Should -Be $dump.LeakHolder
            $held = @(Get-HandleReference $holder | Where-Object { $_.Owner.Id -eq 707 })
            $held | Should -HaveCount $dump.LeakHeld
            @($held | Where-Object Strong).Count | Should -BeGreaterOrEqual 80

            # Each other app holds about as much as it does without a leak.
            $pairs = Measure-Pair
            $others = $pairs.Keys -like 'com.*>system_server' -ne "$($dump.LeakHolder)>system_server"
            ($others | ForEach-Object { $pairs[$_] } | Measure-Object -Maximum).Maximum | Should -BeLessThan ($dump.LeakHeld - 30)
            $dump.LeakHeld - 80 | Should -BeLessThan 40
        }

        It 'spreads what is leaked among the other handles' {
            $dump = & $script -Path TestDrive:/state @small -Leak 30
            $null = Read-Clean $dump.FullName
            $references = @(Get-HandleReference $dump.LeakHolderId)
            $handles = @($references | Where-Object { $_.Owner.Id -eq $dump.LeakOwnerId }).Handle
            $others = @($references | Where-Object { $_.Owner.Id -ne $dump.LeakOwnerId -and $_.Handle }).Handle
            @($others -gt $handles[0] -lt $handles[-1]).Count | Should -BeGreaterThan ($others.Count / 2)
        }

        It 'leaks references that have only a weak count' {
            $dump = & $script -Path TestDrive:/state @small -Leak 40 -LeakKind Weak
            $null = Read-Clean $dump.FullName
            $held = @(Get-HandleReference $dump.LeakHolderId | Where-Object { $_.Owner.Id -eq $dump.LeakOwnerId -and $_.Strong -eq 0 })
            $held | Should -HaveCount $dump.LeakHeld
            $held.Count | Should -BeGreaterOrEqual 40
        }

        It 'leaks dead nodes of an app that now has another pid' {
            $dump = & $script -Path TestDrive:/state @small -Leak 40 -LeakKind Dead
            $dump.LeakHolder, $dump.LeakHeld | Should -Be 'system_server', 40
            $null = Read-Clean $dump.FullName
            Get-HandleReference system_server | Where-Object IsDead | Should -HaveCount 40
            Get-HandleProcess | Where-Object Id -EQ $dump.LeakOwnerId | Should -BeNullOrEmpty
            Get-HandleProcess $dump.LeakOwner | Should -HaveCount 1
        }

        It 'names an app after a holder or owner that no process is named after' {
            $dump = & $script -Path TestDrive:/state @small -Leak 40 -LeakHolder com.leaky -LeakOwner com.leaked
            $dump.LeakHolder, $dump.LeakOwner | Should -Be 'com.leaky', 'com.leaked'
            $null = Read-Clean $dump.FullName
            (Measure-Pair)['com.leaky>com.leaked'] | Should -Be $dump.LeakHeld
            (Get-HandleProcess com.leaky).Id | Should -Be $dump.LeakHolderId
            (Get-HandleProcess com.leaked).Id | Should -Be $dump.LeakOwnerId
        }

        It 'uses the process that has the name' {
            $dump = & $script -Path TestDrive:/state @small -Leak 40 -LeakHolder system_server -LeakOwner com.example.maps2
            $dump.LeakHolderId, $dump.LeakOwnerId | Should -Be 707, 714
            $null = Read-Clean $dump.FullName
            (Measure-Pair)['system_server>com.example.maps2'] | Should -Be $dump.LeakHeld
        }

        It 'refuses <What>' -ForEach @(
            @{ What = 'a leak without apps'; Given = @{ Processes = 2; Leak = 1 }; Message = '*no app*' }
            @{ What = 'a leak of a process''s own nodes'; Given = @{ Leak = 1; LeakHolder = 'system_server' }; Message = '*its own nodes*' }
            @{
                What = 'dead nodes of the server'; Message = '*must be an app*'
                Given = @{ Leak = 1; LeakKind = 'Dead'; LeakOwner = 'system_server'; LeakHolder = 'a' }
            }
            @{ What = 'a kind of leak without a leak'; Given = @{ LeakKind = 'Dead' }; Message = '*add -Leak*' }
        ) {
            { & $script -Path TestDrive:/state @Given } | Should -Throw $Message
            'TestDrive:/state' | Should -Not -Exist
        }
    }

    Context 'with -Series' {
        It 'names the dumps by their times' {
            $dumps = & $script -Path TestDrive:/soak @small -Series 3 -Start '2026-12-31 23:00' -Interval 00:45:00
            $dumps.Name | Should -Be 'state-20261231-230000.txt', 'state-20261231-234500.txt', 'state-20270101-003000.txt'
            $dumps[1].Time | Should -Be ([datetime] '2026-12-31 23:45')
            (& $script -Path TestDrive:/soak @small -Series 1).Name | Should -Be 'state-20261101-080000.txt'
            Get-ChildItem TestDrive:/soak | Should -HaveCount 4
        }

        It 'keeps the debug ids and handles of what remains' {
            $sessions = & $script -Path TestDrive:/soak @small -Series 2 | ForEach-Object { Read-Clean $_.FullName }
            $before, $after = $sessions | ForEach-Object {
                , @(Get-HandleReference -Session $_ | ForEach-Object { "$($_.Process.Id) $($_.Handle) $($_.Node.Id) $($_.Owner.Id)" })
            }
            $kept = @($before | Where-Object { $_ -in $after })
            $kept.Count | Should -BeGreaterThan ($before.Count / 2)
            $kept.Count | Should -BeLessThan $before.Count
            (Get-HandleNode -Session $sessions[1] | Measure-Object Id -Maximum).Maximum |
                Should -BeGreaterThan (Get-HandleNode -Session $sessions[0] | Measure-Object Id -Maximum).Maximum
        }

        It 'lets a <Kind> leak grow to its size' -ForEach @{ Kind = 'Growth' }, @{ Kind = 'Dead' }, @{ Kind = 'Weak' } {
            $dumps = @(& $script -Path TestDrive:/soak @small -Series 5 -Leak 100 -LeakKind $Kind -Contexts 2)
            $dumps[-1].Leak | Should -Be 100
            @($dumps.LeakHolderId | Sort-Object -Unique) | Should -HaveCount 1
            for ($i = 0; $i -lt 5; $i++) {
                $dumps[$i].Leak - (20 * ($i + 1)) | Should -BeIn (-5..5)
                $null = Read-Clean $dumps[$i].FullName
                Get-HandleReference $dumps[$i].LeakHolderId -Context binder | Where-Object {
                    $Kind -eq 'Dead' ? $_.IsDead : $_.Owner.Id -eq $dumps[$i].LeakOwnerId -and ($Kind -eq 'Growth' -or $_.Strong -eq 0)
                } | Should -HaveCount $dumps[$i].LeakHeld
                $dumps[$i].LeakHeld | Should -BeGreaterOrEqual $dumps[$i].Leak
            }
        }

        It 'lets apps exit and start again under another pid, but not system_server' {
            $processes = & $script -Path TestDrive:/soak @small -Series 4 -Contexts 2 | ForEach-Object {
                $null = Read-Clean $_.FullName
                , @(Get-HandleProcess -Context binder | Sort-Object Name)
            }
            $names = $processes | ForEach-Object { $_.Name -join ' ' } | Sort-Object -Unique
            @($names) | Should -HaveCount 1 -Because 'the same apps are there'
            $ids = $processes | ForEach-Object { $_ } | Group-Object Name -AsHashTable
            @($ids['system_server'].Id | Sort-Object -Unique) | Should -Be 707
            $restarted = @($ids.Keys | Where-Object { @($ids[$_].Id | Sort-Object -Unique).Count -gt 1 })
            $restarted.Count | Should -BeIn (1..6)
            $restarted | Should -BeLike 'com.example.*'
        }

        It 'is steady without a leak' {
            $dumps = & $script -Path TestDrive:/soak -Processes 6 -References 1000 -VendorNames -Series 8
            $dumps.Leak + $dumps.LeakHeld | Sort-Object -Unique | Should -Be 0
            @($dumps.LeakHolder + $dumps.LeakOwner) -ne $null | Should -BeNullOrEmpty
            $counts = $dumps | ForEach-Object {
                $session = Read-Clean $_.FullName
                $pairs = Measure-Pair
                [pscustomobject]@{ Nodes = $session.Nodes; Pairs = $pairs }
            }
            $nodes = $counts.Nodes | Measure-Object -Minimum -Maximum
            $nodes.Maximum / $nodes.Minimum | Should -BeLessThan 1.1
            foreach ($pair in $counts[0].Pairs.Keys -notlike '*>') {
                $first = $counts[0].Pairs[$pair]
                foreach ($count in $counts) {
                    [Math]::Abs([int] $count.Pairs[$pair] - $first) | Should -BeLessOrEqual ([Math]::Max(1, $first / 16)) -Because $pair
                }
            }
        }

        It 'writes the same series for the same seed' {
            $hashes = 1..2 | ForEach-Object {
                , (& $script -Path "TestDrive:/$_" @small -Series 3 -Leak 30 -Form Rust | Get-FileHash).Hash
            }
            $hashes[0] | Should -Be $hashes[1]
            @($hashes[0] | Sort-Object -Unique) | Should -HaveCount 3
        }
    }

    Context 'wrapped' {
        BeforeEach {
            $plain = [IO.File]::ReadAllText((& $script -Path TestDrive:/plain.txt @small).FullName)
        }

        It 'writes the state into a bug report as it is' {
            $text = [IO.File]::ReadAllText((& $script -Path TestDrive:/report.txt @small -BugReport).FullName)
            $text.Contains("------ BINDER STATE (/dev/binderfs/binder_logs/state) ------`n$($plain)------ 0.020s was") | Should -BeTrue
            $text | Should -BeLike "====*`n== dumpstate: 2026-11-01 08:00:00`n====*"
        }

        It 'lists the processes of a bug report' {
            $dump = & $script -Path TestDrive:/report.txt @small -BugReport -Leak 1 -LeakHolder com.example.with.a.long.name
            $lines = Get-Content -LiteralPath $dump.FullName
            $id = $dump.LeakHolderId
            $app = "u:r:untrusted_app:\S+ +u0_a\d+ +$id"
            $lines -cmatch '^LABEL +USER +PID +TID +PPID +VSZ +RSS +WCHAN +ADDR S PRI +NI RTPRIO SCH PCY +TIME CMD +$' | Should -HaveCount 1
            $lines -cmatch "^$app +$id +\d+ .* ith\.a\.long\.name *$" | Should -HaveCount 1 -Because 'comm is the last 15 characters'
            $lines -cmatch "^$app +$($id + 1) +\d+ .* binder:${id}_1 *$" | Should -HaveCount 1
            $lines -cmatch "^ +$id +.* com\.example\.with\.a\.long\.name$" | Should -HaveCount 1
        }

        It 'writes a file for each process' {
            $folder = & $script -Path TestDrive:/proc @small -Contexts 2 -ProcFolder
            $folder | Should -BeOfType System.IO.DirectoryInfo
            (Get-ChildItem $folder).Count | Should -Be 13
            $null = & $script -Path TestDrive:/state @small -Contexts 2
            $whole = Read-Clean TestDrive:/state
            foreach ($file in Get-ChildItem $folder) {
                $null = Read-Clean $file.FullName
                $file.FullName | Should -FileContentMatch '^binder proc state:$'
                foreach ($process in Get-HandleProcess -Id $file.Name) {
                    $there = Get-HandleProcess -Session $whole -Id $file.Name -Context $process.Context
                    $process.HandleCount, $process.NodeCount | Should -Be $there.HandleCount, $there.NodeCount
                }
            }

            { & $script -Path TestDrive:/proc @small -ProcFolder } | Should -Throw '*not empty*'
        }

        It 'compresses by gzip' {
            $file = & $script -Path TestDrive:/state.gz @small -Compress Gzip
            $mode = [IO.Compression.CompressionMode]::Decompress
            $reader = [IO.StreamReader]::new([IO.Compression.GZipStream]::new($file.OpenRead(), $mode))
            try { $reader.ReadToEnd() | Should -BeExactly $plain } finally { $reader.Dispose() }
        }

        It 'packs a bug report as devices do' {
            $file = & $script -Path TestDrive:/report.zip @small -BugReport -Compress Zip
            [IO.Compression.ZipFile]::ExtractToDirectory($file.FullName, (Join-Path $TestDrive 'out'))
            $main = Get-Content TestDrive:/out/main_entry.txt
            $main | Should -BeLike 'bugreport-*-2026-11-01-08-00-00.txt'
            (Get-ChildItem TestDrive:/out).Name | Sort-Object | Should -Be $main, 'dumpstate_board.bin', 'main_entry.txt', 'version.txt'
            $null = & $script -Path TestDrive:/report.txt @small -BugReport
            (Get-FileHash "TestDrive:/out/$main").Hash | Should -Be (Get-FileHash TestDrive:/report.txt).Hash
            (Read-Clean "TestDrive:/out/$main").Processes | Should -Be 12
        }

        It 'packs a state under its own name' {
            $file = & $script -Path TestDrive:/plain.zip @small -Compress Zip
            [IO.Compression.ZipFile]::ExtractToDirectory($file.FullName, (Join-Path $TestDrive 'out'))
            [IO.File]::ReadAllText((Join-Path $TestDrive 'out/plain.txt')) | Should -BeExactly $plain
        }

        It 'names the parts of a series with <Given.Keys>' -ForEach @(
            @{ Given = @{ BugReport = $true }; Name = 'bugreport-20261101-090000.txt' }
            @{ Given = @{ ProcFolder = $true }; Name = 'proc-20261101-090000' }
            @{ Given = @{ Compress = 'Gzip' }; Name = 'state-20261101-090000.txt.gz' }
            @{ Given = @{ Compress = 'Zip' }; Name = 'state-20261101-090000.zip' }
        ) {
            (& $script -Path TestDrive:/soak @small @Given -Series 2)[1].Name | Should -Be $Name
        }

        It 'refuses to compress a folder' {
            { & $script -Path TestDrive:/proc -ProcFolder -Compress Zip } | Should -Throw '*many files*'
        }
    }
}
