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
        $files.Name | Should -Match '^(emulator-5554|R5CT._adb-tls)-\d{8}-\d{6}Z\.zip$'
        ($files | Import-HandleDump | ForEach-Object { (Get-HandleEvidence UidCount -Session $_).Count }) | Should -Be 2, 2
        "$device/rooted", "$other/disturbed" | Should -Exist
        { Get-HandleDump $out/one.zip 'emulator-5554', other @with -ErrorAction Stop } | Should -Throw -ErrorId 'SeveralDevices,*'
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
