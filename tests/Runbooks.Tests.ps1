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
