BeforeAll {
    Import-Module "$PSScriptRoot/../HandlePool.psd1"
    Import-Module "$PSScriptRoot/HandleErrorAssertion.psm1"
}

BeforeDiscovery {
    Import-Module "$PSScriptRoot/../HandlePool.psd1"
    $allocators = [Enum]::GetNames([HandlePool.HandleAllocator])
}

Describe 'Export-HandleSession' {
    BeforeEach {
        Get-HandleSession | Remove-HandleSession
        Remove-Item TestDrive:/* -Recurse -Force
        $session = New-HandleSession 'start'
        $app = New-HandleProcess 'app' -Manager
        $other = New-HandleProcess 'other'
        $null = New-HandleNode $app 'audio' | Add-HandleReference $other
        $file = Join-Path $TestDrive 's.json'
    }

    It 'writes the current session as JSON, and nothing to the pipeline' {
        Export-HandleSession TestDrive:/s.json | Should -BeNullOrEmpty
        $json = Get-Content $file -Raw | ConvertFrom-Json
        $json.format, $json.version, $json.name | Should -Be 'HandlePool.Session', 2, 'start'
        $json.processes.name | Should -Be 'app', 'other'
        $json.processes[1].references[0] | Should -Be 1, 2, 1, 0
        $json.contexts[0].manager | Should -Be 1
    }

    It 'writes the session given by object, name or pipeline' {
        $second = New-HandleSession 'second'
        Export-HandleSession TestDrive:/1 -Session $session
        Export-HandleSession TestDrive:/2 -Session start
        $session | Export-HandleSession TestDrive:/3
        1..3 | ForEach-Object { (Get-Content "TestDrive:/$_" -Raw | ConvertFrom-Json).name | Should -Be 'start' }
        Get-HandleSession -Current | Should -Be $second
    }

    It 'writes the same bytes for the same session' {
        Export-HandleSession TestDrive:/1
        Export-HandleSession TestDrive:/2
        (Get-FileHash TestDrive:/1).Hash | Should -Be (Get-FileHash TestDrive:/2).Hash
    }

    It 'writes the file object with -PassThru' {
        $written = Export-HandleSession TestDrive:/s.json -PassThru
        $written | Should -BeOfType System.IO.FileInfo
        $written.FullName | Should -Be $file
        $written.Length | Should -BeGreaterThan 100
    }

    It 'replaces a file, but not with -NoClobber' {
        Set-Content $file 'old'
        { Export-HandleSession $file -NoClobber -ErrorAction Stop } | Should -Throw -ErrorId 'NoClobber,*'
        Get-Content $file | Should -Be 'old'
        Export-HandleSession $file
        (Import-HandleSession $file).Processes | Should -Be 2
    }

    It 'replaces a read-only file only with -Force' {
        Set-Content $file 'old'
        Set-ItemProperty $file IsReadOnly $true
        { Export-HandleSession $file -ErrorAction Stop } | Should -Throw -ErrorId 'FileReadOnly,*'
        Get-Content $file | Should -Be 'old'
        Export-HandleSession $file -Force
        (Get-Content $file -Raw | ConvertFrom-Json).name | Should -Be 'start'
    }

    It 'does not replace a device or a pipe with a file' -Skip:$IsWindows {
        $pipe = Join-Path $TestDrive 'pipe'
        $null = New-Item -ItemType SymbolicLink (Join-Path $TestDrive 'link') -Target $pipe
        mkfifo $pipe
        foreach ($name in 'pipe', 'link') {
            { Export-HandleSession (Join-Path $TestDrive $name) -Force -ErrorAction Stop } | Should -Throw -ErrorId 'FileIsDevice,*'
        }
        (Get-Item $pipe).UnixStat.ItemType | Should -Be 'NamedPipe'
    }

    It 'stops while it waits for the other side of a pipe' -Skip:$IsWindows {
        $waiting = Join-Path $TestDrive 'waiting'
        mkfifo $waiting
        $shell = [PowerShell]::Create().AddScript("Import-Module '$((Resolve-Path "$PSScriptRoot/../HandlePool.psd1").Path)'; 'ready'; Import-HandleSession -LiteralPath '$waiting'")
        $output = [Management.Automation.PSDataCollection[psobject]]::new()
        $run = $shell.BeginInvoke([Management.Automation.PSDataCollection[psobject]]::new(), $output)
        while ($output.Count -eq 0) { $null = $run.AsyncWaitHandle.WaitOne(50) }
        $shell.BeginStop($null, $null).AsyncWaitHandle.WaitOne(60000) | Should -BeTrue
    }

    It 'takes a literal path' {
        Export-HandleSession -LiteralPath 'TestDrive:/[s].json'
        Test-Path -LiteralPath 'TestDrive:/[s].json' | Should -BeTrue
    }

    It 'refuses a second session for one file, and keeps the first' {
        $second = New-HandleSession 'second'
        $session, $second | Export-HandleSession $file -ErrorVariable errors -ErrorAction SilentlyContinue
        $errors | Should -HaveCount 1
        $errors[0].FullyQualifiedErrorId | Should -BeLike 'SecondSession,*'
        "$($errors[0])" | Should -Match 'second.*start'
        (Get-Content $file -Raw | ConvertFrom-Json).name | Should -Be 'start'
    }

    It 'leaves nothing behind if it cannot write' {
        { Export-HandleSession TestDrive:/none/s.json -ErrorAction Stop } | Should -Throw -ErrorId 'FileNotWritten,*'
        { Export-HandleSession $TestDrive -ErrorAction Stop } | Should -Throw -ErrorId 'FileNotWritten,*'
        { Export-HandleSession env:x -ErrorAction Stop } | Should -Throw -ErrorId 'NotAFile,*'
        { Export-HandleSession nodrive:x -ErrorAction Stop } | Should -Throw "*there is no drive 'nodrive'*" -ErrorId 'PathNotFound,*'
        Get-ChildItem $TestDrive -Force | Should -BeNullOrEmpty
    }
}

Describe 'Import-HandleSession' {
    BeforeEach {
        Get-HandleSession | Remove-HandleSession
        Remove-Item TestDrive:/* -Recurse -Force
        $session = New-HandleSession 'start'
        $app = New-HandleProcess 'app' -Manager
        $other = New-HandleProcess 'other'
        $nodes = New-HandleNode $app -Count 70
        $null = $nodes | Add-HandleReference $other
        Export-HandleSession TestDrive:/s.json
    }

    It 'writes a new session, not the exported one, and makes it current' {
        $new = Import-HandleSession TestDrive:/s.json
        $new | Should -BeOfType HandlePool.HandleSession
        $new | Should -Not -Be $session
        $new.Name | Should -Be 'start (2)'
        Get-HandleSession -Current | Should -Be $new
        Get-HandleSession | Should -HaveCount 2
        (Get-HandleReference other).Handle | Should -Be (1..70)
        (Get-HandlePool other).Capacity | Should -Be 128
        (Get-HandleEvent).Kind | Should -Be 'Grow'
    }

    It 'keeps that a pool was repaired, and restores a damaged one' {
        $null = Add-HandleFault -FlipBit other 5
        $null = Repair-HandlePool
        $null = Add-HandleFault -FlipBit other 6
        Export-HandleSession TestDrive:/repaired.json
        $null = Import-HandleSession TestDrive:/repaired.json
        (Get-HandleEvent).Kind | Should -Be 'Grow', 'Repaired'
        (Get-HandleEvent -Kind Repaired).Message | Should -Be '1 mismatch was repaired.'
        Test-HandlePool | Should -BeTrue
    }

    It 'takes a name for the session' {
        (Import-HandleSession TestDrive:/s.json -Name 'before').Name | Should -Be 'before'
        (Get-HandleSession before).Processes | Should -Be 2
    }

    It 'continues where the exported session would, with <_>' -ForEach $allocators {
        $one = New-HandleSession $_ -Allocator $_ -ShrinkPolicy OnDemand -MaxCapacity 500
        $client = New-HandleProcess 'client'
        $null = New-HandleNode (New-HandleProcess 'server') -Count 100 | Add-HandleReference $client
        3, 5, 99 | ForEach-Object { Remove-HandleReference $client $_ }
        Export-HandleSession TestDrive:/one
        $two = Import-HandleSession TestDrive:/one -Name two
        $results = foreach ($each in $one, $two) {
            $handles = (New-HandleNode server -Count 5 -Session $each | Add-HandleReference client -Session $each).Handle
            $process = New-HandleProcess -Session $each
            $pool = Get-HandlePool client -Session $each
            "$handles $($process.Id) $($pool.Capacity) $($pool.InUse) $($pool.Bytes) $($each.Allocator) $($each.ShrinkPolicy) $($each.MaxCapacity)"
        }
        $results[1] | Should -Be $results[0]
        $results[0] | Should -BeLike '3 5 99 101 102 3 128 102 *'
    }

    It 'takes files from the pipeline, by path, wildcard and literal path' {
        Copy-Item TestDrive:/s.json TestDrive:/t.json
        Copy-Item TestDrive:/s.json 'TestDrive:/[s].json'
        Get-ChildItem TestDrive:/?.json | Import-HandleSession | Should -HaveCount 2
        'TestDrive:/s.json', 'TestDrive:/t.json' | Import-HandleSession | Should -HaveCount 2
        Import-HandleSession TestDrive:/?.json | Should -HaveCount 2
        Import-HandleSession -LiteralPath 'TestDrive:/[s].json' | Should -HaveCount 1
        { Import-HandleSession TestDrive:/nope* -ErrorAction Stop } | Should -Throw -ErrorId 'PathNotFound,*'
    }

    It 'shows the time of the dump behind the session in its list' {
        $text = [IO.File]::ReadAllText((Join-Path $TestDrive 's.json')).Replace('"time":null,"options"', '"time":"2026-01-31T12:00:00.0000000+00:00","options"')
        Set-Content TestDrive:/t.json $text
        $new = Import-HandleSession TestDrive:/t.json
        $new.Time.UtcDateTime | Should -Be ([datetime] "2026-01-31T12:00:00")
        $new | Format-List | Out-String | Should -Match 'Time +: .*2026'
    }

    It 'refuses <What> and changes nothing' -ForEach @(
        @{ What = 'an empty file'; Text = ''; Naming = 'empty' }
        @{ What = 'what is not JSON'; Text = "{`n  x"; Naming = 'line 2, byte 3' }
        @{ What = 'other JSON'; Text = '{"a": 1}'; Naming = 'not a session file' }
        @{ What = 'a later version'; Text = '{"format":"HandlePool.Session","version":9,"more":1}'; Naming = 'version 9' }
        @{ What = 'a member that is missing'; Text = '{"format":"HandlePool.Session","version":1}'; Naming = "'name' is missing" }
    ) {
        Set-Content TestDrive:/bad.json $Text -NoNewline
        { Import-HandleSession TestDrive:/bad.json } | Should -WriteHandleError SessionFormat -Naming 'bad.json', $Naming
        { Import-HandleSession TestDrive:/bad.json -ErrorAction Stop } | Should -WriteHandleError SessionFormat -Terminating
        Get-HandleSession | Should -HaveCount 1
        Get-HandleSession -Current | Should -Be $session
    }

    It 'names the place of an error' {
        $text = [IO.File]::ReadAllText((Join-Path $TestDrive 's.json')).Replace('[7,8,1,0]', '[6,8,1,0]')
        Set-Content TestDrive:/bad.json $text
        { Import-HandleSession TestDrive:/bad.json } | Should -WriteHandleError SessionFormat -Naming '$.processes[1].references[6]'
    }

    It 'refuses a directory and a missing file, and continues with the next' {
        $new = Import-HandleSession TestDrive:/nope, $TestDrive, TestDrive:/s.json -ErrorVariable errors -ErrorAction SilentlyContinue
        $new.Processes | Should -Be 2
        $errors.FullyQualifiedErrorId | Should -HaveCount 2
        $errors[0].FullyQualifiedErrorId | Should -BeLike 'PathNotFound,*'
        $errors[1].FullyQualifiedErrorId | Should -BeLike 'SessionFormat,*'
    }
}
