BeforeAll {
    Import-Module "$PSScriptRoot/../HandlePool.psd1"
    Import-Module "$PSScriptRoot/StandInDevice.psm1"
    Import-Module "$PSScriptRoot/HandleErrorAssertion.psm1"
    $before = $env:HANDLEPOOL_DEVICES
    $with = @{ AdbPath = "$PSScriptRoot/adb-stand-in/adb" }
}

AfterAll {
    $env:HANDLEPOOL_DEVICES = $before
    Get-HandleSession | Remove-HandleSession
}

Describe 'Get-HandleDump' -Skip:$IsWindows {
    BeforeEach {
        $env:HANDLEPOOL_DEVICES = Join-Path $TestDrive "devices$(New-Guid)"
        $out = (New-Item (Join-Path $TestDrive "out$(New-Guid)") -ItemType Directory).FullName
        $device = New-StandInDevice $env:HANDLEPOOL_DEVICES
    }

    It 'takes an archive that Import-HandleDump reads' {
        Set-Content $out/phone.zip old
        chmod 0444 $out/phone.zip
        $file = Get-HandleDump $out/phone.zip -Force @with -WarningVariable warnings
        $warnings | Should -BeNullOrEmpty
        $file | Should -BeOfType IO.FileInfo
        $file.FullName | Should -Be (Join-Path $out phone.zip)
        $session = $file | Import-HandleDump -WarningVariable warnings
        $warnings | Should -BeNullOrEmpty
        $session.Name | Should -Be 'phone.zip!state'
        $session.Time | Should -BeGreaterThan ([datetime]::Now.AddMinutes(-5))
        $session.Sources.Kind | Should -Be State, Statistics, Transactions, TransactionLog, BugReport, BugReport, BugReport
        $session.Sources.Build | Select-Object -Unique | Should -Be 'google/husky/husky:14/AP1A/1:userdebug/test-keys'
        $session.Findings | Should -BeNullOrEmpty
        (Get-HandleReference).OwnerName | Should -Be 'com.example.mail'
        (Get-HandleProcess).Uid | Should -Be 1000, 10087
        (Get-HandleIncident -WarningAction Ignore).Kind | Should -Be ProxyLimit
        "$device/disturbed" | Should -Not -Exist
    }

    It 'names archives in a folder after device and time, and reads through su and asks the activity manager on request' {
        $other = New-StandInDevice $env:HANDLEPOOL_DEVICES 'R5CT._adb-tls' -Root /sys/kernel/debug/binder
        $device, $other | ForEach-Object { Add-StandInProgram $_ su '[ "$1" = 0 ] || exit 1', 'shift', "touch '$_/rooted'", 'case $3 in id) echo "uid=0(root)";; *) exec "$@";; esac' }
        { Get-HandleDump $out @with } | Should -WriteHandleError DeviceAmbiguous -Naming emulator-5554, R5CT._adb-tls
        $files = Get-HandleDump -LiteralPath $out -Serial 'emulator-5554', 'R5CT._adb-tls' -UseSu -IncludeProxies @with
        $files.Name | Should -Match '^(emulator-5554|R5CT._adb-tls)-\d{8}-\d{6}\.\d{3}Z\.zip$'
        ($files | Import-HandleDump | ForEach-Object { (Get-HandleEvidence UidCount -Session $_).Count }) | Should -Be 2, 2
        "$device/rooted", "$other/disturbed" | Should -Exist
        { Get-HandleDump $out/one.zip 'emulator-5554', other @with -ErrorAction Stop } | Should -Throw -ErrorId 'SeveralDevices,*'
        "$out/one.zip" | Should -Not -Exist
        { Get-HandleDump $out nope @with } | Should -WriteHandleError DeviceNotFound -Naming nope, emulator-5554
    }

    It 'says how a device is lost, and keeps what it gave' {
        Set-Content "$device/loss" 90
        $session = Get-HandleDump $out @with -WarningVariable warnings -WarningAction SilentlyContinue | Import-HandleDump -WarningAction Ignore -ErrorAction Ignore
        $warnings | Should -BeLike "Device 'emulator-5554'*"
        $warnings[0] | Should -BeLike '*binder_logs/state was cut off after * bytes: error: closed.'
        $session.Findings.Kind | Should -Contain Truncated
    }

    It 'leaves no file, and says what to do: <Name>' -ForEach @(
        @{ Name = 'not authorized'; Id = 'DeviceUnavailable'; Says = 'allow USB debugging'; Do = { Set-Content "$device/state" unauthorized } }
        @{ Name = 'no device'; Id = 'DeviceNotFound'; Says = 'No device is connected'; Do = { Remove-Item -Recurse $device } }
        @{ Name = 'refused'; Id = 'DeviceRefused'; Says = 'adb root'; Do = { Add-StandInProgram $device ls 'for f in "$@"; do echo "ls: $f: Permission denied"; done' } }
    ) {
        . $Do
        { Get-HandleDump $out @with } | Should -WriteHandleError $Id -Naming $Says
        Get-ChildItem $out -Force | Should -BeNullOrEmpty
    }

    It 'holds to -NoClobber and read-only files without asking a device' {
        Set-Content $out/old.zip old
        { Get-HandleDump $out/old.zip -NoClobber -AdbPath $out/none -ErrorAction Stop } | Should -Throw -ErrorId 'NoClobber,*'
        chmod 0444 $out/old.zip
        { Get-HandleDump $out/old.zip -AdbPath $out/none -ErrorAction Stop } | Should -Throw -ErrorId 'FileReadOnly,*'
        Get-Content $out/old.zip | Should -Be old
    }

    It 'takes a path that ends as a folder for none but a folder' {
        { Get-HandleDump $out/new/ -AdbPath $out/none -ErrorAction Stop } | Should -Throw "There is no folder '*new/'. *" -ErrorId 'FileNotWritten,*'
        { Export-HandleReport $out/new/ -Session (New-HandleSession) -ErrorAction Stop } | Should -Throw "There is no folder '*new/'. *" -ErrorId 'FileNotWritten,*'
        Get-ChildItem $out -Force | Should -BeNullOrEmpty
    }

    It 'asks and writes nothing with -WhatIf' {
        Get-HandleDump $out -IncludeProxies -WhatIf -AdbPath $out/none | Should -BeNullOrEmpty
        Get-HandleDump $out/x.zip -Serial a -WhatIf -AdbPath $out/none | Should -BeNullOrEmpty
        Get-ChildItem $out -Force | Should -BeNullOrEmpty
    }

    It 'says that there is no adb, and that -Local excludes devices' {
        { Get-HandleDump $out -AdbPath $out/none } | Should -WriteHandleError AdbNotFound -Naming none, -AdbPath
        $path = $env:PATH
        try {
            $env:PATH = $out
            { Get-HandleDump $out } | Should -WriteHandleError AdbNotFound -Naming 'platform tools'
        }
        finally { $env:PATH = $path }
        { Get-HandleDump $out -Local -Serial a } | Should -Throw -ErrorId 'LocalAndDevice,*'
        { Get-HandleDump $out -Local -UseSu } | Should -Throw -ErrorId 'LocalAndDevice,*'
    }
}

Describe 'Watch-HandleDump' -Skip:$IsWindows {
    BeforeEach {
        $env:HANDLEPOOL_DEVICES = Join-Path $TestDrive "devices$(New-Guid)"
        $out = (New-Item (Join-Path $TestDrive "out$(New-Guid)") -ItemType Directory).FullName
        $device = New-StandInDevice $env:HANDLEPOOL_DEVICES
        $logs = "$device/root/dev/binderfs/binder_logs"
        $now = @{ Interval = [timespan]::Zero; WarmUp = [timespan]::Zero }
        function Show-Count([int] $Mail) {
            Set-Content "$logs/stats" 'binder stats:', 'proc 5', 'context binder', '  nodes: 0', '  refs: 100 s 1 w 1', 'proc 6', 'context binder', '  nodes: 1', "  refs: $Mail s 1 w 1"
        }
    }

    It 'writes samples, and takes a dump at a threshold' {
        Show-Count 70
        $samples = Watch-HandleDump $out -HandleThreshold 70 -Process com.* -Count 1 @now @with
        $samples | Should -BeOfType HandlePool.Devices.HandleSample
        $samples.Process, $samples.Handles, "$($samples.Event)", $samples.Device | Should -Be 'com.example.mail (6)', 70, 'Threshold', 'emulator-5554'
        ($samples.Dump | Get-Item | Import-HandleDump).Processes | Should -Be 2
        Get-ChildItem $out | Should -HaveCount 1
    }

    It 'shows whole names in a table of 80 columns' {
        Add-StandInProgram $device ps 'echo "USER UID PID NAME"; echo "u0_a87 10087 6 com.example.photo.albums"'
        $table = Watch-HandleDump -Count 1 @now @with | Format-Table | Out-String -Width 80
        $table | Should -MatchExactly 'com\.example\.photo\.albums \(6\) '
        $table -split '\r?\n' | ForEach-Object Length | Should -BeLessOrEqual 80
    }

    It 'goes on when the device is lost, and says so' {
        $polls = 0
        $samples = Watch-HandleDump -Count 4 @now @with | ForEach-Object {
            $polls++
            if ($polls -eq 2) { Set-Content "$device/lost" '' }
            if ($polls -eq 3) {
                Remove-Item "$device/lost"
                Set-Content "$device/root/proc/sys/kernel/random/boot_id" other
                Show-Count 71
            }
            $_
        }
        $samples.Event | Should -Be None, None, Lost, Rebooted, None, None, None, None
        ($samples | Where-Object Process -Like *mail*).Handles | Should -Be 0, 71, 71
    }

    It 'says what is wrong with a folder, a pattern and a device' {
        { Watch-HandleDump "$out/none" @with -ErrorAction Stop } | Should -Throw -ErrorId 'PathNotFound,*'
        Set-Content $out/file x
        { Watch-HandleDump "$out/file" @with -ErrorAction Stop } | Should -Throw -ErrorId 'NotAFolder,*'
        { Watch-HandleDump -Process '[a' -Count 1 @with -ErrorAction Stop } | Should -Throw -ErrorId 'BadPattern,*'
        Add-StandInProgram $device ls 'for f in "$@"; do echo "ls: $f: Permission denied"; done'
        { Watch-HandleDump @with } | Should -WriteHandleError DeviceRefused -Naming 'adb root'
    }

    It 'stops with the pipeline' {
        Watch-HandleDump -Interval 1:0:0 @with | Select-Object -First 1 | Should -HaveCount 1
    }
}

Describe 'Measure-HandleForecast' {
    BeforeAll {
        $series = foreach ($hour in 0..5) {
            'binder stats:', 'proc 812 (mail)', 'context binder', "  refs: $(100 + 40 * $hour + $hour % 2) s 1 w 1", "  BR_TRANSACTION: $(500 * $hour)",
            'proc 9 (idle)', 'context binder', '  refs: 7 s 1 w 1' | Import-HandleDump -Name "hour$hour" -Time ([datetime]::new(2026, 11, 1, 8 + $hour, 0, 0))
        }
    }

    It 'tells rate, range and the time to each limit' {
        $forecast = Measure-HandleForecast $series
        $forecast.HolderName | Should -Be mail, idle
        $forecast[0].PerHour | Should -BeGreaterThan 39
        $forecast[0].PerHour | Should -BeLessThan 41
        $forecast[0].LowestPerHour | Should -BeLessThan $forecast[0].PerHour
        $forecast.IsGrowing | Should -Be $true, $false
        $forecast[0].Limits.Limit.Handles | Should -Be 20000, 25000, 51200
        $forecast[0].EarliestTimeToLimit | Should -BeLessThan $forecast[0].TimeToLimit
        $forecast[0].LatestTimeToLimit | Should -BeGreaterThan $forecast[0].TimeToLimit
        $forecast[0].TimeToLimit.TotalHours | Should -BeGreaterThan 480
        $forecast[1].TimeToLimit | Should -BeNullOrEmpty
        $series | Measure-HandleForecast -Top 1 | Should -HaveCount 1
    }

    It 'counts events by a counter of the driver, or by what it is told' {
        [math]::Round((Measure-HandleForecast $series -Counter BR_TRANSACTION -Top 1 -WarningAction Ignore).PerEvent, 2) | Should -Be 0.08
        [math]::Round((Measure-HandleForecast $series -EventCount 0, 10, 20, 30, 40, 50 -Top 1).PerEvent, 1) | Should -Be 4
        { Measure-HandleForecast $series -EventCount 1, 2 -ErrorAction Stop } | Should -Throw -ErrorId 'BadEventCount,*'
        $null = Measure-HandleForecast $series -Counter BR_MOO -WarningVariable warnings -WarningAction SilentlyContinue
        $warnings | Should -BeLike "*do not count 'BR_MOO'. Use*"
    }

    It 'names those of which a counter is not counted' {
        $forecast = Measure-HandleForecast $series -Counter BR_TRANSACTION -WarningVariable warnings -WarningAction SilentlyContinue
        $forecast.EventCount | Should -Be 2500, 0
        $warnings | Should -Be "The statistics of these dumps do not count 'BR_TRANSACTION' of 1 process: idle (9)."
        (TabExpansion2 'Measure-HandleForecast -Counter br' 34).CompletionMatches.CompletionText | Should -Contain BR_TRANSACTION
    }

    It 'does not know when a limit is reached without times' {
        $timeless = foreach ($count in 100, 140, 180) {
            'binder stats:', 'proc 812 (mail)', 'context binder', "  refs: $count s 1 w 1", 'proc 9 (idle)', 'context binder', '  refs: 7 s 1 w 1' | Import-HandleDump
        }
        $forecast = Measure-HandleForecast $timeless
        "$($forecast[0].Limits[0])", "$($forecast[1].Limits[0])" | Should -Be '20000: time unknown', '20000: not ahead'
    }

    It 'refuses numbers that do not count events, and two ways to count them' {
        foreach ($wrong in [double]::NaN, [double]::PositiveInfinity, -1, 1e300, 5) {
            { Measure-HandleForecast $series -EventCount 0, 10, 20, 30, 40, $wrong -ErrorAction Stop } | Should -Throw -ErrorId 'BadEventCount,*'
        }
        { Measure-HandleForecast $series -EventCount 0, 10, 20, 30, 40, 5 -ErrorAction Stop } | Should -Throw "*40 events up to 'hour4', and 5 up to 'hour5'*"
        { Measure-HandleForecast $series -EventCount 0, 10, 20, 30, 40, 50 -Counter BR_TRANSACTION } | Should -Throw '*not both*' -ErrorId 'BadEventCount,*'
    }

    It 'refuses the groupings that it does not forecast' -ForEach 'Context', 'Uid', 'Interface', 5 {
        { Measure-HandleForecast $series -By $_ } | Should -Throw '*Holder,Owner,Pair*' -ErrorId 'ParameterArgumentValidationError,*'
    }

    It 'says that one dump shows no growth' {
        (Measure-HandleForecast $series[0] -Top 1 -WarningVariable warnings -WarningAction SilentlyContinue).PerHour | Should -BeNullOrEmpty
        $warnings | Should -BeLike 'One dump shows no growth.*'
    }
}
