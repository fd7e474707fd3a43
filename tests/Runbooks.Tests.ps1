BeforeAll {
    Import-Module "$PSScriptRoot/../HandlePool.psd1"
    $runbooks = "$PSScriptRoot/../docs/runbooks"
    $generate = "$PSScriptRoot/../tools/New-SampleDump.ps1"
    $small = @{ References = 6000; Processes = 30; Seed = 7; VendorNames = $true }
}

Describe 'The runbooks' {
    It 'each have a script and name it' {
        foreach ($page in Get-ChildItem $runbooks -Filter *.md) {
            $script = "$($page.BaseName).ps1"
            "$runbooks/$script" | Should -Exist
            Get-Content -Raw $page | Should -Match ([regex]::Escape("docs/runbooks/$script"))
        }
        (Get-ChildItem $runbooks -Filter *.ps1).Count | Should -Be (Get-ChildItem $runbooks -Filter *.md).Count
    }
}

Describe 'find-leak.ps1' {
    It 'finds the leak in a zipped bug report, by name, and writes the evidence' {
        $dump = & $generate -Path TestDrive:/bugreport.zip -BugReport -Compress Zip -References 6000 -Processes 30 -Seed 7 -Leak 500
        $suspects = & "$runbooks/find-leak.ps1" -Path $dump.FullName -Evidence "$TestDrive/evidence"
        $suspects | Should -HaveCount 1
        $suspects.HolderName | Should -Be $dump.LeakHolder
        $suspects.OwnerName | Should -Be $dump.LeakOwner
        (Import-Csv "$TestDrive/evidence/suspect-1.csv").Count | Should -Be $dump.LeakHeld
        "$TestDrive/evidence/report.html" | Should -FileContentMatch $dump.LeakHolder
    }
}

Describe 'find-call.ps1' {
    It 'names the call behind the leak in a trace' {
        $data = "$PSScriptRoot/data/ftrace"
        $calls = & "$runbooks/find-call.ps1" -Trace "$data/trace.txt" -State "$data/end.txt" -WarningAction Ignore
        $calls[0].Code, $calls[0].ProcessName, $calls[0].CalledName | Should -Be 42, 'com.example.mail', 'system_server'
        $calls[0].Handles | Should -BeGreaterThan 300
    }
}

Describe 'killed-too-many-binders.ps1' {
    BeforeAll {
        $data = "$PSScriptRoot/data/reports"
    }

    It 'tells sender, holder, interface, rate and what is left, with the lines' {
        $kill = & "$runbooks/killed-too-many-binders.ps1" -Path "$data/killed.zip" -Evidence "$TestDrive/kill"
        $kill | Should -HaveCount 1
        $kill.Sender, $kill.Victim, $kill.Holder | Should -Be 'uid u0a121 (com.example.app442)', 'com.example.app442 (663)', 'system_server (175)'
        $kill.Kills, $kill.Limit, $kill.Interface, $kill.InterfaceCount | Should -Be 2, 6000, 'com.example.app442.IYListener', 5999
        $kill.PerHour | Should -Be 539
        $kill.HeldNow, $kill.HoursLeft | Should -Be 2049, 7.3
        $kill.Cause | Should -BeLike 'The dump agrees: suspect 1, system_server -> com.example.app442, *'
        (Import-Csv "$TestDrive/kill/lines.csv").Kind | Should -Contain ProxyLimit
        "$TestDrive/kill/report.html" | Should -FileContentMatch 'Killed for too many binder objects'
    }

    It 'says that a report has no kill, and writes nothing' {
        $warnings = & "$runbooks/killed-too-many-binders.ps1" -Path "$data/table-overflow.zip" -Evidence "$TestDrive/none" 3>&1
        "$warnings" | Should -Match 'shows no kill'
        "$TestDrive/none" | Should -Not -Exist
    }

    AfterAll {
        Get-HandleSession | Remove-HandleSession
    }
}

Describe 'reference-table-overflow.ps1' {
    It 'tells the class, and who holds the objects' {
        $overflow = & "$runbooks/reference-table-overflow.ps1" -Path "$PSScriptRoot/data/reports/table-overflow.zip" -Evidence "$TestDrive/overflow"
        $overflow | Should -HaveCount 1
        $overflow.Process, $overflow.Overflows, $overflow.Limit | Should -Be 'com.example.app257', 2, 51200
        $overflow.Class, $overflow.ClassCount | Should -Be 'com.example.app257.IBListener$Stub', 50252
        $overflow.References, $overflow.HeldBy, $overflow.HeldNow | Should -Be 'its own objects, which others hold', 'surfaceflinger', 4501
        (Import-Csv "$TestDrive/overflow/lines.csv").Kind | Should -Contain ReferenceCount
        "$TestDrive/overflow/report.html" | Should -Exist
    }

    It 'names what a process holds, for proxies' {
        $kill = 'binder state:', 'proc 10 (owner)', 'context binder', '  node 1: u0 c0 hs 1 hw 1 ls 0 lw 0 is 1 iw 1 tr 1 proc 20',
        'proc 20 (victim)', 'context binder', '  ref 2: desc 1 node 1 s 1 w 1 d 0', '------ SYSTEM LOG (logcat) ------',
        '01-01 09:00:00.100 20 22 F art: JNI ERROR (app bug): global reference table overflow (max=51200)', '01-01 09:00:00.100 20 22 F art: Summary:',
        '01-01 09:00:00.100 20 22 F art: 50000 of android.os.BinderProxy (50000 unique instances)'
        Set-Content TestDrive:/proxies.txt $kill
        $overflow = & "$runbooks/reference-table-overflow.ps1" -Path "$TestDrive/proxies.txt" 3> $null
        $overflow.Process, $overflow.HeldBy, $overflow.OwnedBy, $overflow.HeldNow, $overflow.Overflows | Should -Be 'victim', 'victim', 'owner', 1, 1
        $overflow.PerHour | Should -BeNullOrEmpty
    }

    AfterAll {
        Get-HandleSession | Remove-HandleSession
    }
}

Describe 'proxy-map-overflow.ps1' {
    BeforeAll {
        $data = "$PSScriptRoot/data/reports"
    }

    It 'tells who crashed, of whom the proxies are, since when, and how fast' {
        $crash = & "$runbooks/proxy-map-overflow.ps1" -Path "$data/proxy-map.zip" -Evidence "$TestDrive/crash"
        $crash | Should -HaveCount 1
        $crash.Process, $crash.Crashes, $crash.Limit, $crash.Sender | Should -Be 'com.example.app355:remote', 1, 25000, 'uid u0a123 (com.example.app455)'
        $crash.Interface, $crash.InterfaceCount | Should -Be 'com.example.app455.IJListener', 24977
        $crash.PerHour, $crash.HeldNow, $crash.HoursLeft, $crash.OwnedBy | Should -Be 905, 4515, 22.6, 'com.example.app455'
        ($crash.Last - $crash.Since).TotalHours | Should -BeGreaterThan 20
        $crash.Cause | Should -BeLike 'The dump agrees: suspect 1, com.example.app355:remote -> com.example.app455, *'
        (Import-Csv "$TestDrive/crash/lines.csv").Kind | Should -Contain ProxyMapGrowth
        "$TestDrive/crash/report.html" | Should -FileContentMatch 'Crashed with too many binder proxies'
    }

    It 'says that a report has no such crash' {
        $warnings = & "$runbooks/proxy-map-overflow.ps1" -Path "$data/killed.zip" 3>&1
        "$warnings" | Should -Match 'shows no process that crashed'
    }

    AfterAll {
        Get-HandleSession | Remove-HandleSession
    }
}

Describe 'watch-device.ps1' {
    It 'takes a dump with the given command' {
        $null = & $generate -Path TestDrive:/device.txt @small
        $warnings = & "$runbooks/watch-device.ps1" -Folder "$TestDrive/taken" -Command { Get-Content TestDrive:/device.txt } 3>&1
        "$warnings" | Should -Match 'shows no growth'
        Get-ChildItem "$TestDrive/taken/state-*" | Should -HaveCount 1
        (Get-Content TestDrive:/device.txt).Count | Should -Be (Get-Content "$TestDrive/taken/state-*").Count
    }

    It 'finds the leak in a series and leaves no sessions behind' {
        $dumps = & $generate -Path TestDrive:/leaking -Series 4 -Leak 400 @small
        $before = @(Get-HandleSession).Count
        $suspects = & "$runbooks/watch-device.ps1" -Folder "$TestDrive/leaking"
        $suspects | Should -HaveCount 1
        $suspects.HolderName | Should -Be $dumps[-1].LeakHolder
        $suspects.GrowthPerHour | Should -BeGreaterThan 50
        "$TestDrive/leaking/report.html" | Should -Exist
        @(Get-HandleSession).Count | Should -Be $before
    }

    It 'reports nothing for a healthy series' {
        $null = & $generate -Path TestDrive:/healthy -Series 4 @small
        & "$runbooks/watch-device.ps1" -Folder "$TestDrive/healthy" | Should -BeNullOrEmpty
        "$TestDrive/healthy/report.html" | Should -Not -Exist
    }
}

Describe 'soak-with-watch.ps1' -Skip:$IsWindows {
    It 'watches a device, takes dumps at the beginning, at a leak and at the end, and names the owner' {
        Import-Module "$PSScriptRoot/StandInDevice.psm1"
        $before = $env:HANDLEPOOL_DEVICES
        $env:HANDLEPOOL_DEVICES = "$TestDrive/devices"

        # At each poll, one more of the counts; a state is always of the last one.
        $device = New-StandInDevice $env:HANDLEPOOL_DEVICES
        $logs = "$device/root/dev/binderfs/binder_logs"
        Add-StandInProgram $device cat 'case $1 in *binder_logs/stats) n=$(($(/bin/cat $1.n) + 50)); echo $n > $1.n', 'printf "binder stats:\nproc 5\ncontext binder\n  refs: $n s 1 w 1\nproc 6\ncontext binder\n  refs: 0 s 0 w 0\n";;',
            '*binder_logs/state) n=$(/bin/cat ${1%state}stats.n); echo "binder state:"; echo "proc 5"; echo "context binder"',
            'i=1; while [ $i -le $n ]; do echo "  ref $i$i: desc $i node 1$i s 1 w 1 d 0"; i=$((i + 1)); done; echo "proc 6"; echo "context binder"',
            'i=1; while [ $i -le $n ]; do echo "  node 1$i: u0 c0 hs 1 hw 1 ls 0 lw 0 is 1 iw 1 tr 1 proc 5"; i=$((i + 1)); done;;', '*) /bin/cat "$@";; esac'
        Set-Content "$logs/stats.n" 20

        # A name that a spreadsheet would take for a formula.
        Add-StandInProgram $device ps "printf 'USER           UID   PID NAME\nsystem        1000     5 system_server\nu0_a87       10087     6 =cmd|com.example.mail\n'"
        try {
            $result = & "$runbooks/soak-with-watch.ps1" -Folder "$TestDrive/soak" -Duration 1:0:0 -Interval 0:0:0 -Device @{ AdbPath = "$PSScriptRoot/adb-stand-in/adb" } `
                -Watch @{ Count = 14; MinimumGrowth = 300; WarmUp = [timespan]::Zero } -WarningAction Ignore
            $result.Leaks | Should -HaveCount 1
            $result.Leaks.Process | Should -Be 'system_server (5)'
            $result.Leaks.Handles | Should -BeLessThan 1200
            $result.Leaks.Dump | Should -Exist
            $result.Suspects[0].HolderName, $result.Suspects[0].OwnerName | Should -Be system_server, '=cmd|com.example.mail'
            $result.Report | Should -Exist
            $samples = Import-Csv "$TestDrive/soak/samples.csv"
            $samples | Should -HaveCount 28
            $samples.ProcessName | Sort-Object -Unique | Should -Be '[U+003D]cmd|com.example.mail', 'system_server'
            $samples[0].psobject.Properties.Name | Should -Be ([HandlePool.Devices.HandleSample].GetProperties().Name)
        }
        finally { $env:HANDLEPOOL_DEVICES = $before }
    }
}

Describe 'prove-fix.ps1' {
    BeforeAll {
        $leaking = & $generate -Path TestDrive:/before -Series 4 -Leak 400 @small
        $null = & $generate -Path TestDrive:/fixed -Series 4 @small
    }

    It 'reports a fix if the leak no longer grows' {
        $result = & "$runbooks/prove-fix.ps1" -Before "$TestDrive/before" -After "$TestDrive/fixed"
        $result.Holder | Should -Be $leaking[-1].LeakHolder
        $result.GrowthBefore | Should -BeGreaterThan 200
        $result.GrowthAfter | Should -BeLessThan 50
        $result.Fixed | Should -BeTrue
    }

    It 'reports no fix if the leak still grows' {
        (& "$runbooks/prove-fix.ps1" -Before "$TestDrive/before" -After "$TestDrive/before").Fixed | Should -BeFalse
    }

    It 'proves nothing if nothing grew before' {
        { & "$runbooks/prove-fix.ps1" -Before "$TestDrive/fixed" -After "$TestDrive/fixed" } | Should -Throw '*nothing to prove*'
    }
}

Describe 'bisect-leak.ps1' -Skip:(-not (Get-Command git -CommandType Application -ErrorAction Ignore)) {
    BeforeAll {
        $repository = (New-Item TestDrive:/repository -ItemType Directory).FullName
        function Invoke-Git {
            $output = & git -C $repository -c user.name=Ada -c user.email=ada@example.com -c init.defaultBranch=main @args 2>&1
            if ($LASTEXITCODE) { throw "git ${args}: $output" }
        }

        # The third commit does not build, and the fifth one leaks.
        Invoke-Git init --quiet
        $code = @{ 3 = 'throw "not yet"'; 5 = 'function Send-Request($Client, $Node) { Add-HandleReference $Client $Node }' }
        $code[6] = $code[5]
        foreach ($number in 1..6) {
            Set-Content "$repository/client.ps1" ($code[$number] ?? 'function Send-Request($Client, $Node) { Add-HandleReference $Client $Node | Remove-HandleReference }')
            Set-Content "$repository/number.txt" $number
            Invoke-Git add .
            Invoke-Git commit --quiet -m "Commit $number"
            Invoke-Git tag "c$number"
        }

        Set-Content TestDrive:/leak.Tests.ps1 @'
param($Build)
BeforeAll {
    Import-HandleAssertion
    . "$Build/client.ps1"
    $server, $client = 'server', 'client' | New-HandleProcess
}
Describe 'the client' {
    It 'releases what it takes' {
        { 1..3 | ForEach-Object { Send-Request $client (New-HandleNode $server) } } | Should -ReleaseHandles
    }
}
'@
        $arguments = @{ Suite = "$TestDrive/leak.Tests.ps1"; Repository = $repository }
    }

    It 'names the first commit that leaks, with the message, and leaves the repository as it was' {
        $found = & "$runbooks/bisect-leak.ps1" -Good c1 -Bad c6 @arguments
        $found.Subject, $found.Author | Should -Be 'Commit 5', 'Ada'
        $found.Message | Should -BeLike '*but 3 handles are still held.*client (2, binder) holds 1 (node 1 of server), *'
        $found.Judged.Verdict | Should -Be 'skip', 'good', 'bad'
        @(& git -C $repository worktree list).Count | Should -Be 1
        & git -C $repository status --porcelain | Should -BeNullOrEmpty
        & git -C $repository describe --tags | Should -Be c6
    }

    It 'takes relative names as the caller sees them, and any author and subject' {
        # The fifth commit, with a name and a subject that have tabs and control characters.
        Invoke-Git checkout --quiet -B odd c4
        Invoke-Git checkout --quiet c5 -- .
        Invoke-Git -c "user.name=Ada`tL`u{1}" commit --quiet -m "Commit`t5`t`u{1b}[31m ""q"" %x00"
        foreach ($number in 6..8) { Invoke-Git commit --quiet --allow-empty -m "Commit $number" }
        $found = & "$runbooks/bisect-leak.ps1" -Good HEAD~5 -Bad HEAD~1 @arguments
        $found.Author | Should -BeLike "Ada`tL*"
        $found.Subject | Should -Be "Commit`t5`t`u{1b}[31m ""q"" %x00"
        $found.Commit | Should -Be (& git -C $repository rev-parse --short HEAD~3)
        Invoke-Git checkout --quiet main
    }

    It 'says which parameter names no commit, and runs nothing: <_>' -ForEach 'Good', 'Bad' {
        $given = @{ Good = 'c1'; Bad = 'c6' }
        $given[$_] = 'nope'
        { & "$runbooks/bisect-leak.ps1" @given @arguments } | Should -Throw "-$_ 'nope' is no commit of the repository: fatal: *"
        @(& git -C $repository worktree list).Count | Should -Be 1
    }
}

Describe 'reproduce-grow-race.ps1' {
    It 'applies one resizer, discards the other, and replays the same with <_>' -ForEach 'SegmentedBitmap', 'Bitmap', 'DBitmap' {
        $race = & "$runbooks/reproduce-grow-race.ps1" -Path "$TestDrive/race.csv" -Allocator $_
        $race.Played.Applied | Should -Be $true, $false
        $race.Replayed.Applied | Should -Be $true, $false
        $race.SameHandles | Should -BeTrue
        $race.Events.Kind | Should -Be 'Grow', 'ResizeDiscarded'
    }

    AfterAll {
        Get-HandleSession | Remove-HandleSession
    }
}

Describe 'sweep-fleet.ps1' {
    BeforeAll {
        $fleet = (New-Item TestDrive:/fleet -ItemType Directory).FullName
        Copy-Item "$PSScriptRoot/data/reports/killed.zip" "$fleet/phone one.zip"
        Copy-Item "$PSScriptRoot/data/state-pixel.txt" "$fleet/pixel.txt"
        Set-Content "$fleet/=1+2.txt" 'this is no dump'
        $dumps = & $generate -Path "$fleet/soak" -Series 4 -Leak 400 @small
        $null = New-Item "$fleet/empty" -ItemType Directory
        $before = @(Get-HandleSession).Count
        $sweep = & "$runbooks/sweep-fleet.ps1" -Path $fleet -Destination "$TestDrive/rows" -ThrottleLimit 2 -Top 5
        $exitCode = $LASTEXITCODE
        $rows = Get-Content "$TestDrive/rows/rows.ndjson" | ConvertFrom-Json -DateKind String
    }

    It 'writes the rows of all reports, and says that one failed' {
        $exitCode | Should -Be 1
        $sweep.Devices, $sweep.Reports, $sweep.Failed, $sweep.Rows | Should -Be 5, 7, 1, $rows.Count
        ($rows | Where-Object Record -EQ Report).Report | Sort-Object | Should -Be (@('phone one.zip', 'pixel.txt') + $dumps.ForEach({ "soak/$(Split-Path -Leaf $_.FullName)" }) | Sort-Object)
        $rows.Where({ $_.Record -eq 'Usage' }) | Should -HaveCount (6 * 5)
        $rows.Where({ $_.Kind -eq 'Kill' }).SubjectName | Sort-Object -Unique | Should -Be 'com.example.app442'
        $failure = $rows | Where-Object Record -EQ Error
        $failure.Kind, $failure.Device, $failure.Report | Should -Be DumpFormat, '[U+003D]1+2.txt', '[U+003D]1+2.txt'
        @(Get-HandleSession).Count | Should -Be $before
    }

    It 'judges a folder as a series' {
        $suspect = $rows.Where({ $_.Record -eq 'Suspect' -and $_.Device -eq 'soak' })
        $suspect | Should -HaveCount 1
        $suspect.HolderName, $suspect.Kind, $suspect.Dumps | Should -Be $dumps[-1].LeakHolder, Growth, 4
        $suspect.Report | Should -Be "soak/$(Split-Path -Leaf $dumps[-1].FullName)"
    }

    It 'writes the same rows as CSV, and nothing else' {
        $table = Import-Csv "$TestDrive/rows/rows.csv"
        $columns = $table[0].psobject.Properties.Name
        $columns | Should -Be $rows[0].psobject.Properties.Name
        $fields, $values = foreach ($list in $table, $rows) { , @($list.ForEach({ $row = $_; $columns.ForEach({ $row.$_ }) -join '|' })) }
        $fields | Should -Be $values
        Get-ChildItem "$TestDrive/rows" -Force | Should -HaveCount 2
    }

    It 'reads each device in one shard, and a shard once' {
        $parts = 1, 2 | ForEach-Object {
            & "$runbooks/sweep-fleet.ps1" -Path "$fleet/soak" -Destination "$TestDrive/shards" -ThrottleLimit 1 -Top 0 -Shard "$_/2"
            $LASTEXITCODE | Should -Be 0
        }
        $parts.Devices | Should -Not -Contain 0
        ($parts | Measure-Object Devices -Sum).Sum | Should -Be 4
        (Get-ChildItem "$TestDrive/shards/*.csv" | Import-Csv | Where-Object Record -EQ Report).Device | Sort-Object | Should -Be (Get-ChildItem "$fleet/soak").Name
        & "$runbooks/sweep-fleet.ps1" -Path "$fleet/soak" -Destination "$TestDrive/shards" -Shard 2/2 3> $null | Should -BeNullOrEmpty
        $LASTEXITCODE | Should -Be 0
    }

    It 'leaves nothing behind where it fails: <With>' -ForEach @{ With = @{ Path = 'nope' } }, @{ With = @{ Shard = '3/2' } }, @{ With = @{ Baseline = 'nope.json' } },
    @{ With = @{ Baseline = "$PSScriptRoot/data/state-pixel.txt" } } {
        $given = @{ Path = $fleet; Destination = "$TestDrive/failed" }
        foreach ($name in $With.Keys) { $given[$name] = $With[$name] }
        & "$runbooks/sweep-fleet.ps1" @given 2> $null
        $LASTEXITCODE | Should -Be 2
        Get-ChildItem "$TestDrive/failed" -Force -ErrorAction Ignore | Should -BeNullOrEmpty
    }
}

Describe 'nightly-gate.ps1' {
    BeforeAll {
        # Writes states in which the app holds numbers of the server's nodes.
        function Write-Night([string] $Device, [int[]] $Held) {
            $null = New-Item "$TestDrive/lab/night/$Device" -ItemType Directory -Force
            for ($hour = 0; $hour -lt $Held.Count; $hour++) {
                $ids = 1..$Held[$hour]
                Set-Content "$TestDrive/lab/night/$Device/state-20261126-0${hour}0000.txt" @(
                    'binder state:', 'proc 10 (server)', 'context binder'
                    $ids.ForEach({ "  node ${_}: u1 c1 hs 1 hw 1 ls 0 lw 0 is 1 iw 1 tr 1 proc 20" })
                    'proc 20 (app)', 'context binder'
                    $ids.ForEach({ "  ref $($_ + 1000): desc $_ node $_ s 1 w 1 d 0" })
                )
            }
        }

        # The lines that the steps of the workflow run, by the name of the step.
        $steps = @{}
        $name = $null
        switch -Regex (Get-Content "$runbooks/../examples/handle-gate.yml") {
            '^ +- name: (.+)' { $name = $Matches[1] }
            '^ +run: (.+)' { $steps[$name] = $Matches[1] }
        }

        # Runs two steps as the server does, in a checkout that has the runbook.
        function Invoke-Workflow {
            Push-Location "$TestDrive/lab"
            $env:GITHUB_STEP_SUMMARY = "$TestDrive/lab/step-summary.md"
            try {
                Remove-Item $env:GITHUB_STEP_SUMMARY -ErrorAction Ignore
                & ([scriptblock]::Create($steps['Judge the dumps'])) 2> $null 3> $null
                $script:code = $LASTEXITCODE
                if (-not $IsWindows) { bash -e -c $steps['Show the summary'] }
            }
            finally {
                Remove-Item env:GITHUB_STEP_SUMMARY
                Pop-Location
            }
        }

        $null = New-Item "$TestDrive/lab/docs/runbooks" -ItemType Directory
        Copy-Item "$runbooks/nightly-gate.ps1" "$TestDrive/lab/docs/runbooks"
        Set-Content "$TestDrive/lab/gate.psd1" "@{ MinimumSamples = 3; Rules = @{ Name = 'app'; Holder = 'app'; Owner = 'server'; GrowthPerSample = 2 } }"
    }

    BeforeEach { Remove-Item "$TestDrive/lab/night", "$TestDrive/lab/out" -Recurse -ErrorAction Ignore }

    It 'passes healthy devices with 0, fails a leak with 1, and writes all reports' {
        Write-Night healthy 9, 10, 9, 10
        Invoke-Workflow | Should -BeNullOrEmpty
        $code | Should -Be 0
        Write-Night leaking 10, 20, 30, 40
        $failed = Invoke-Workflow
        $code | Should -Be 1
        $failed.Device, $failed.Outcome, $failed.Measured | Should -Be leaking, Failed, 10
        $suites = ([xml] (Get-Content -Raw "$TestDrive/lab/out/junit.xml")).testsuites
        $suites.tests, $suites.failures, $suites.errors | Should -Be 2, 1, 0
        $result = (Get-Content -Raw "$TestDrive/lab/out/handles.sarif" | ConvertFrom-Json).runs.results
        $result.locations.physicalLocation.artifactLocation.uri | Should -Be 'night/leaking/state-20261126-030000.txt'
        $summary = $IsWindows ? 'out/summary.md' : 'step-summary.md'
        Get-Content -Raw "$TestDrive/lab/$summary" | Should -BeLike '### Handle growth: failed*'
        (Get-ChildItem "$TestDrive/lab/out").Name | Sort-Object | Should -Be 'handles.sarif', 'junit.xml', 'summary.md'
    }

    It 'exits with 2 for what is undecidable or cannot be read, and leaves no report of another night' {
        Write-Night short 10, 11
        (Invoke-Workflow).Outcome | Should -Be Undecidable
        $code | Should -Be 2
        "$TestDrive/lab/out/junit.xml" | Should -Exist
        Remove-Item "$TestDrive/lab/night" -Recurse
        Invoke-Workflow | Should -BeNullOrEmpty
        $code | Should -Be 2
        Get-ChildItem "$TestDrive/lab/out" | Should -BeNullOrEmpty
        Write-Night healthy 9, 10, 9
        Set-Content "$TestDrive/lab/night/healthy/state-20261126-040000.txt" 'nonsense'
        Invoke-Workflow | Should -BeNullOrEmpty
        $code | Should -Be 2
        & "$runbooks/nightly-gate.ps1" -Path "$TestDrive/lab/night/*" -Policy "$TestDrive/none.psd1" -Folder "$TestDrive/lab/out" 2> $null
        $LASTEXITCODE | Should -Be 2
    }
}

Describe 'A runbook on a full disk' {
    BeforeDiscovery {
        # A small disk takes root on Linux.
        $mount = Join-Path ([IO.Path]::GetTempPath()) "full-$([guid]::NewGuid())"
        $null = New-Item $mount -ItemType Directory
        $canMount = $IsLinux -and (& { mount -t tmpfs -o size=64k none $mount 2> $null; $LASTEXITCODE -eq 0 })
        if ($canMount) { umount $mount }
        Remove-Item $mount
    }

    BeforeAll {
        $full = (New-Item TestDrive:/full -ItemType Directory).FullName
        $night = (New-Item TestDrive:/night -ItemType Directory).FullName
        foreach ($hour in 1..3) {
            Set-Content "$night/state-20261126-0${hour}0000.txt" 'binder state:', 'proc 10 (server)', 'context binder',
            '  node 1: u1 c1 hs 1 hw 1 ls 0 lw 0 is 1 iw 1 tr 1 proc 20', 'proc 20 (app)', 'context binder', '  ref 2: desc 1 node 1 s 1 w 1 d 0'
        }
        if (-not $IsWindows) { mount -t tmpfs -o size=64k none $full 2> $null }
    }

    BeforeEach {
        # A folder takes no space. What is left is not even enough for a line.
        Remove-Item "$full/*" -Recurse
        $null = New-Item "$full/out" -ItemType Directory
        try { [IO.File]::WriteAllBytes("$full/fill", [byte[]]::new(1MB)) }
        catch [IO.IOException] { $null = $_ }
    }

    It 'is told by nightly-gate.ps1 with 2, and leaves no reports' -Skip:(-not $canMount) {
        & "$runbooks/nightly-gate.ps1" -Path $night -Policy @{ MinimumSamples = 3; Rules = @{ Name = 'r'; Holder = 'app'; Limit = 5 } } -Folder "$full/out" 2> $null
        $LASTEXITCODE | Should -Be 2
        Get-ChildItem "$full/out" -Force | Should -BeNullOrEmpty
    }

    It 'is told by sweep-fleet.ps1 with 2, and leaves nothing' -Skip:(-not $canMount) {
        $errors = & "$runbooks/sweep-fleet.ps1" -Path $night -Destination "$full/out" -ThrottleLimit 1 2>&1
        $LASTEXITCODE | Should -Be 2
        "$errors" | Should -Match 'No space left'
        Get-ChildItem "$full/out" -Force | Should -BeNullOrEmpty
    }

    It 'ends <Name>, which leaves no half file' -Skip:(-not $canMount) -ForEach @(
        @{ Name = 'watch-device.ps1'; With = @{ Command = { 'binder state:'; 'proc 1 (a)' } }; To = 'Folder' }
        @{ Name = 'killed-too-many-binders.ps1'; With = @{ Path = "$PSScriptRoot/data/reports/killed.zip" }; To = 'Evidence' }
    ) {
        $With[$To] = "$full/out"
        { & "$runbooks/$Name" @With } | Should -Throw '*No space left*'
        Get-ChildItem "$full/out" -Force | Should -BeNullOrEmpty
    }

    AfterAll {
        if (-not $IsWindows) { umount $full 2> $null }
        Get-HandleSession | Remove-HandleSession
    }
}
