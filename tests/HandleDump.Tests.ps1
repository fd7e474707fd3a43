BeforeAll {
    Import-Module "$PSScriptRoot/Engine.psm1"
    Import-Module "$PSScriptRoot/../HandlePool.psd1"
    Import-Module "$PSScriptRoot/HandleErrorAssertion.psm1"
}

Describe 'Import-HandleDump' {
    BeforeAll {
        $c = @'
binder state:
dead nodes:
  node 52494: u0000000000000000 c0000000000000000 hs 0 hw 0 ls 0 lw 0 is 1 iw 1 proc 100
proc 1 (servicemanager)
context binder
  thread 1: l 12 need_return 0 tr 0
  node 1: u0000000000000000 c0000000000000000 pri 0:139 hs 1 hw 1 ls 1 lw 1 is 2 iw 2 tr 1 proc 100 200
  buffer 12: 0000000000000000 size 8:0:0 delivered
proc 100 (app)
context binder
  node 57057: u00000000efdb9050 c00000000f0614870 pri 0:139 hs 1 hw 1 ls 0 lw 0 is 2 iw 2 tr 1 proc 200
  ref 871: desc 0 node 1 s 1 w 1 d 0000000000000000
  ref 872: desc 70 dead node 52494 s 1 w 1 d (null)
proc 200
context binder
  ref 873: desc 0 node 1 s 1 w 1 d 0000000000000000
  ref 874: desc 1 node 57057 s 2 w 3 d 0000000000000000
proc 200
context hwbinder
'@
        $rust = @'
binder state:
proc 1
context binder
  node 1: u0000000000000000 c0000000000000000 hs true hw true cs 1 cw 1 proc 200
proc 200
context binder
  thread 200: l 00 need_return false tr 0
  ref 7: desc 0 node 1 s 1 w 1
'@
        $broken = @'
binder state:
proc 1
context binder
  node 1: u0 c0 hs 1 hw 1 ls 0 lw 0 is 1 iw 1 proc 2
proc 2
context binder
  ref 5: desc x node 1 s 1 w 1
  ref 6: desc 0 node 1 s 1 w 1
'@
        $unknown = @'
binder state:
proc 1
context binder
  vendor_stat: 12
  node 1: u0 c0 hs 1 hw 1 ls 0 lw 0 is 1 iw 1 proc 2
  vendor_stat: 13
'@
    }

    BeforeEach {
        Get-HandleSession | Remove-HandleSession
        $session = New-HandleSession 'start'
        Remove-Item TestDrive:/* -Recurse -Force
        Set-Content TestDrive:/state $c
    }

    It 'writes the session, named after the file, and makes it the current one' {
        $new = Import-HandleDump TestDrive:/state
        $new | Should -BeOfType HandlePool.HandleSession
        $new.Name | Should -Match 'state'
        Get-HandleSession -Current | Should -Be $new
        Get-HandleSession | Should -HaveCount 2
    }

    It 'reads processes, contexts and names' {
        $new = Import-HandleDump TestDrive:/state
        $new.Processes | Should -Be 4
        $all = Get-HandleProcess
        $all.Id | Should -Be 1, 100, 200, 200
        $all[0..1].Name | Should -Be 'servicemanager', 'app'
        $all.Context | Should -Be 'binder', 'binder', 'binder', 'hwbinder'
        (Get-HandleProcess -Id 1).IsManager | Should -BeTrue
    }

    It 'reads nodes, their owners and their holders' {
        $null = Import-HandleDump TestDrive:/state
        $node = Get-HandleNode -Id 57057
        $node.Owner.Name | Should -Be 'app'
        $node.Strong, $node.Weak, $node.HolderCount | Should -Be 2, 3, 1
        (Get-HandleNode -Dead).Id | Should -Be 52494
        (Get-HandleNode -Id 1).HolderCount | Should -Be 2
    }

    It 'reads references and infers the smallest capacity for the highest handle' {
        $null = Import-HandleDump TestDrive:/state
        (Get-HandleReference 100).Handle | Should -Be 0, 70
        (Get-HandleReference 100 70).IsDead | Should -BeTrue
        $reference = Get-HandleReference 200 1 -Context binder
        $reference.Strong, $reference.Weak, $reference.Node.Id | Should -Be 2, 3, 57057
        $pool = Get-HandlePool 100
        $pool.Capacity, $pool.InUse, $pool.HighestUsed, $pool.LowestFree | Should -Be 128, 2, 70, 1
        $pool.CapacityInferred | Should -BeTrue
    }

    It 'creates a session that can be worked in' {
        $null = Import-HandleDump TestDrive:/state
        $node = New-HandleNode app 'new'
        (Add-HandleReference app $node).Handle | Should -Be 1
        Remove-HandleReference app 70
        (Get-HandlePool app).HighestUsed | Should -Be 1
        Get-HandleNode -Dead | Should -BeNullOrEmpty
    }

    It 'reads the Rust driver''s dumps' {
        Set-Content TestDrive:/rust $rust
        $null = Import-HandleDump TestDrive:/rust -WarningAction Stop -ErrorAction Stop
        (Get-HandleReference 200).Node.Owner.Id | Should -Be 1
    }

    It 'reads several references on one line, and what follows them' {
        $text = $rust + "`n  ref 8: desc 1 node 9 s 1 w 1  ref 9: desc 2 node 10 s 1 w 1proc 300`ncontext binder`n"
        Set-Content TestDrive:/joined $text
        $null = Import-HandleDump TestDrive:/joined
        (Get-HandleReference 200).Handle | Should -Be 0, 1, 2
        (Get-HandleProcess -Id 300).Context | Should -Be 'binder'
    }

    It 'reads dumps with <Form>' -ForEach @(
        @{ Form = 'CRLF'; Change = { ($c -replace '\r?\n', "`r`n") + "`r`n" } }
        @{ Form = 'a BOM'; Change = { [char]0xFEFF + $c + "`n" } }
        @{ Form = 'other indentation'; Change = { ($c -replace '(?m)^ *', "`t   ") + "`n" } }
        @{ Form = 'a bug report around it'; Change = {
                "== dumpstate`n------ SOMETHING ------`nwords`n" +
                "------ BINDER STATE (/dev/binderfs/binder_logs/state) ------`n$c`n" +
                "------ 0.012s was the duration of 'BINDER STATE' ------`nproc 999`nother text`n"
            }
        }
    ) {
        [IO.File]::WriteAllText((Join-Path $TestDrive 'changed'), (& $Change))
        $new = Import-HandleDump TestDrive:/changed -WarningAction Stop -ErrorAction Stop
        $new.Processes, $new.Nodes | Should -Be 4, 3
        Get-HandleReference | Should -HaveCount 4
    }

    It 'warns of a dump with no line feed at the end' {
        [IO.File]::WriteAllText((Join-Path $TestDrive 'changed'), $c.TrimEnd())
        $new = Import-HandleDump TestDrive:/changed -WarningVariable warnings -WarningAction SilentlyContinue -ErrorAction Stop
        $warnings | Should -BeLike '*The dump ends without a line feed*'
        $new.Processes, $new.Nodes | Should -Be 4, 3
    }

    It 'ignores processes before the binder section of a bug report' {
        Set-Content TestDrive:/report "------ PROCRANK ------`nproc 7`n------ BINDER STATE (/dev/binderfs/binder_logs/state) ------`n$c"
        @(Import-HandleDump TestDrive:/report -WarningAction SilentlyContinue).Processes | Should -Be 4
    }

    It 'treats a missing context as binder' {
        Set-Content TestDrive:/old "binder state:`nproc 5`n  ref 1: desc 1 node 9 s 1 w 1 d (null)"
        $null = Import-HandleDump TestDrive:/old
        (Get-HandleProcess).Context | Should -Be 'binder'
    }

    It 'takes paths as <Form>' -ForEach @(
        @{ Form = 'a full path'; Import = { Import-HandleDump (Join-Path $TestDrive 'state') } }
        @{ Form = 'a wildcard'; Import = { Import-HandleDump TestDrive:/st* } }
        @{ Form = 'a literal path'; Import = { Import-HandleDump -LiteralPath TestDrive:/state } }
        @{ Form = 'a file in the pipeline'; Import = { Get-ChildItem TestDrive:/ -File | Import-HandleDump } }
        @{ Form = 'an item in the pipeline'; Import = { Get-Item TestDrive:/state | Import-HandleDump } }
        @{ Form = 'a row of strings'; Import = { "LiteralPath`nTestDrive:/state" | ConvertFrom-Csv | Import-HandleDump } }
        @{ Form = 'a relative path'; Import = {
                Push-Location TestDrive:/
                try { Import-HandleDump state } finally { Pop-Location }
            }
        }
    ) {
        $new = & $Import
        @($new) | Should -HaveCount 1
        $new.Processes | Should -Be 4
    }

    It 'reads several files into a session each; the last is current' {
        Set-Content TestDrive:/rust $rust
        $new = Import-HandleDump TestDrive:/state, TestDrive:/rust
        $new.Processes | Should -Be 4, 2
        Get-HandleSession -Current | Should -Be $new[1]
        (Get-ChildItem TestDrive:/ | Import-HandleDump).Processes | Sort-Object | Should -Be 2, 4
        Get-HandleSession | Should -HaveCount 5
        (Get-HandleSession).Name | Sort-Object -Unique | Should -HaveCount 5
    }

    It 'reads a file with [brackets] in its name by -LiteralPath and from the pipeline' {
        [IO.File]::WriteAllText((Join-Path $TestDrive 'state[1]'), $c)
        (Import-HandleDump -LiteralPath TestDrive:/state[1]).Processes | Should -Be 4
        (Get-ChildItem -LiteralPath (Join-Path $TestDrive 'state[1]') | Import-HandleDump).Processes | Should -Be 4
    }

    It 'writes one warning per file for unrecognized lines, quoting the first' {
        Set-Content TestDrive:/unknown $unknown
        $null = Import-HandleDump TestDrive:/unknown, TestDrive:/state -WarningVariable warnings -WarningAction SilentlyContinue
        $warnings | Should -HaveCount 1
        "$warnings" | Should -Match 'unknown'
        "$warnings" | Should -Match '\b2 unrecognized lines'
        "$warnings" | Should -Match 'line 4'
        "$warnings" | Should -Match 'vendor_stat: 12'
    }

    It 'writes a warning in the singular for one line' {
        Set-Content TestDrive:/unknown ($unknown -replace '  vendor_stat: 13')
        $null = Import-HandleDump TestDrive:/unknown -WarningVariable warnings -WarningAction SilentlyContinue
        "$warnings" | Should -Not -Match '1 lines'
    }

    It 'warns once of a section that the device refused, with its path' {
        $null = Import-HandleDump "$PSScriptRoot/data/cases/h10_bugreport_stats_only.txt" -WarningVariable warnings -WarningAction SilentlyContinue
        $warnings | Should -HaveCount 1
        "$warnings" | Should -Match 'line 33: the device refused to show /dev/binderfs/binder_logs/state: Permission denied'
    }

    It 'names the section that the device refused if there is nothing else' {
        { Import-HandleDump "$PSScriptRoot/data/cases/h5_denied.txt" } | Should -WriteHandleError DumpFormat -Naming 'h5_denied.txt:9', 'refused', 'binder_logs/state'
        Get-HandleSession | Should -HaveCount 1
    }

    It 'warns once of unknown words in lines that were read otherwise' {
        $null = Import-HandleDump "$PSScriptRoot/data/cases/n3_refpid.txt" -WarningVariable warnings -WarningAction SilentlyContinue
        $warnings | Should -HaveCount 1
        "$warnings" | Should -Match 'in 2 lines'
        "$warnings" | Should -Match 'desc12:4410'
        "$warnings" | Should -Match 'refPid:4410'
    }

    It 'says that a file is a session file, and what reads it' {
        Export-HandleSession TestDrive:/saved.json
        { Import-HandleDump TestDrive:/saved.json } | Should -WriteHandleError DumpFormat -Naming 'a session file', 'Use Import-HandleSession'
    }

    It 'shows the sources of a session, with a hash that Get-FileHash gives' {
        $new = Import-HandleDump TestDrive:/state
        $new.Sources | Should -HaveCount 1
        $new.Sources[0].Kind | Should -Be 'State'
        $new.Sources[0].Sha256 | Should -Be (Get-FileHash TestDrive:/state).Hash
        $new.Sources[0].Size | Should -Be (Get-Item TestDrive:/state).Length
    }

    It 'does not warn of lines that carry no handle' {
        $lines = '  thread 1: l XX need_return 0 tr 0', '  thread 1: l XX', '  buffer 1: 0 size 1:2:3 active',
        '  outgoing transaction 1: 0 from 1:1 to 2:2 code 1 flags 10 pri 0 r1', '  incoming transaction 1: 0', '  pending transaction 1: 0',
        '  pending async transaction 1: 0', '  transaction complete', '  transaction error: 29189', '  node work 3: u0 c0',
        '  has dead binder', '  has cleared dead binder', '  has cleared death notification', '  has delivered dead binder',
        '  has delivered freeze binder', '  has frozen binder', '  has cleared freeze notification', '  unknown work: type 7', '# comment'
        Set-Content TestDrive:/known ("binder state:", 'proc 1', 'context binder' + $lines)
        (Import-HandleDump TestDrive:/known -WarningAction Stop -ErrorAction Stop).Processes | Should -Be 1
    }

    It 'writes an error with file and line for a broken line, and reads the rest' {
        Set-Content TestDrive:/broken $broken
        { $script:new = Import-HandleDump TestDrive:/broken } | Should -WriteHandleError DumpFormat -Naming 'broken:7', 'desc x'
        Get-HandleSession -Current | Should -Be $script:new
        (Get-HandleReference 2).Handle | Should -Be 0
    }

    It 'keeps the current session after a broken line with -ErrorAction Stop' {
        Set-Content TestDrive:/broken $broken
        { Import-HandleDump TestDrive:/broken -ErrorAction Stop } | Should -WriteHandleError DumpFormat -Terminating -Naming 'broken:7'
        Get-HandleSession -Current | Should -Be $session
        Get-HandleSession | Should -HaveCount 1
    }

    It 'refuses a <Field> out of range' -ForEach @(
        @{ Field = 'handle'; Line = 'ref 1: desc 4294967296 node 1 s 1 w 1' }
        @{ Field = 'handle'; Line = 'ref 1: desc 4294967295 node 1 s 1 w 1' }
        @{ Field = 'handle'; Line = 'ref 1: desc -1 node 1 s 1 w 1' }
        @{ Field = 'handle'; Line = 'ref 1: desc 99999999999999999999 node 1 s 1 w 1' }
        @{ Field = 'node'; Line = 'ref 1: desc 1 node 99999999999999999999 s 1 w 1' }
        @{ Field = 'count'; Line = 'ref 1: desc 1 node 1 s 99999999999999999999 w 1' }
    ) {
        Set-Content TestDrive:/huge "binder state:`nproc 1`ncontext binder`n  $Line`n  ref 3: desc 2 node 5 s 1 w 1"
        { $script:new = Import-HandleDump TestDrive:/huge } | Should -WriteHandleError DumpFormat -Naming 'huge:4'
        $script:new.Processes | Should -BeGreaterOrEqual 1
    }

    It 'assigns the lines after a broken process to no process' {
        Set-Content TestDrive:/huge "binder state:`nproc 1`nproc 99999999999999999999`n  ref 3: desc 2 node 5 s 1 w 1`nproc 2"
        { $script:new = Import-HandleDump TestDrive:/huge } | Should -WriteHandleError DumpFormat -Times 2 -Naming 'huge:'
        (Get-HandleProcess).Id | Should -Be 1, 2
        Get-HandleReference | Should -BeNullOrEmpty
    }

    It 'reads what is left of a truncated dump' {
        $whole = $c -replace '\r'
        [IO.File]::WriteAllText((Join-Path $TestDrive 'cut'), $whole.Substring(0, $whole.IndexOf('ref 874: desc 1') + 14))
        $new = Import-HandleDump TestDrive:/cut -ErrorAction SilentlyContinue -WarningAction SilentlyContinue
        $new.Processes | Should -Be 3
        (Get-HandleReference 200).Handle | Should -Be 0
        @($new.Findings.Kind) + @($Error[0].FullyQualifiedErrorId) -match 'Truncated|DumpFormat' | Should -Not -BeNullOrEmpty
    }

    It 'keeps anomalies as findings, and shows them' {
        Set-Content TestDrive:/odd "binder state:`nproc 1`ncontext binder`n  ref 1: desc 3 node 9 s 1 w 1`n  ref 2: desc 3 node 8 s 1 w 1"
        $new = Import-HandleDump TestDrive:/odd
        $new.Findings.Kind | Should -Contain 'DuplicateHandle'
        $new.Findings.Kind | Should -Contain 'OwnerMissing'
        $finding = $new.Findings | Where-Object Kind -EQ 'DuplicateHandle'
        $finding.Line | Should -Be 5
        $finding.Path | Should -Match 'odd$'
        (Get-HandleReference 1 3).Node.Id | Should -Be 9
        $new.Findings | Out-String -Width 100 | Should -Match 'DuplicateHandle +5'
    }

    It 'does not report the missing owners of nodes in a dump of one process' {
        Set-Content TestDrive:/proc "binder proc state:`nproc 1`ncontext binder`n  ref 1: desc 3 node 9 s 1 w 1 d (null)"
        (Import-HandleDump TestDrive:/proc -WarningAction Stop -ErrorAction Stop).Findings | Should -BeNullOrEmpty
        (Get-HandleNode -Id 9).Owner | Should -BeNullOrEmpty
        (Get-HandleNode -Id 9).IsDead | Should -BeFalse
    }

    It 'refuses <What> and keeps the current session' -ForEach @(
        @{ What = 'an empty file'; Make = { Set-Content TestDrive:/bad '' -NoNewline } }
        @{ What = 'a file of blank lines'; Make = { Set-Content TestDrive:/bad "`n`n  `n" } }
        @{ What = 'text that is no dump'; Make = { Set-Content TestDrive:/bad "Dear diary,`nproc is a word." } }
        @{ What = 'a binary file'; Make = { [IO.File]::WriteAllBytes((Join-Path $TestDrive 'bad'), [byte[]](0..255)) } }
        @{ What = 'a directory'; Make = { $null = New-Item TestDrive:/bad -ItemType Directory } }
    ) {
        & $Make
        { Import-HandleDump TestDrive:/bad -WarningAction SilentlyContinue } | Should -WriteHandleError DumpFormat -Naming bad
        { Import-HandleDump TestDrive:/bad -ErrorAction Stop } | Should -WriteHandleError DumpFormat -Terminating
        Get-HandleSession -Current | Should -Be $session
        Get-HandleSession | Should -HaveCount 1
    }

    It 'says how to read the dumps in a directory as a series' {
        $null = New-Item TestDrive:/series -ItemType Directory
        { Import-HandleDump TestDrive:/series } | Should -WriteHandleError DumpFormat -Naming (Join-Path $TestDrive 'series' '*'), '-Merge'
    }

    It 'refuses a missing file, as Get-Content does, and continues' {
        $new = Import-HandleDump TestDrive:/nope, TestDrive:/state -ErrorVariable errors -ErrorAction SilentlyContinue
        $new.Processes | Should -Be 4
        $errors | Should -HaveCount 1
        $errors[0].FullyQualifiedErrorId | Should -BeLike 'PathNotFound,*'
        "$($errors[0].CategoryInfo.Category)" | Should -Be 'ObjectNotFound'
        $errors[0].TargetObject | Should -Match 'nope'
        "$($errors[0])" | Should -Match 'nope'
        { Import-HandleDump -LiteralPath TestDrive:/nope -ErrorAction Stop } | Should -Throw -ErrorId 'PathNotFound,*'
    }

    It 'refuses a wildcard that matches nothing, as the next command would act on the old session' {
        { Import-HandleDump TestDrive:/nope* -ErrorAction Stop } | Should -Throw -ErrorId 'PathNotFound,*'
        Get-HandleSession -Current | Should -Be $session
    }

    It 'refuses anything that is not a file' {
        { Import-HandleDump -LiteralPath env:PATH -ErrorAction Stop } | Should -Throw -ErrorId 'NotAFile,*'
        { Import-HandleDump 'nodrive:/state' -ErrorAction Stop } | Should -Throw "Cannot find path 'nodrive:/state' because there is no drive 'nodrive'." -ErrorId 'PathNotFound,*'
        { Import-HandleDump 'noprovider::/state' -ErrorAction Stop } | Should -Throw "*no provider 'noprovider'*" -ErrorId 'PathNotFound,*'
        { Import-HandleDump $null } | Should -Throw
        { Import-HandleDump '' } | Should -Throw
        Get-HandleSession -Current | Should -Be $session
    }

    It 'continues with the next path after a missing drive' {
        $new = Import-HandleDump 'nodrive:/state', TestDrive:/state -ErrorAction SilentlyContinue
        $new.Processes | Should -Be 4
    }

    It 'continues with the next file after an unreadable one' {
        Set-Content TestDrive:/empty '' -NoNewline
        $new = Import-HandleDump TestDrive:/empty, TestDrive:/state -ErrorAction SilentlyContinue
        $new.Processes | Should -Be 4
        Get-HandleSession -Current | Should -Be $new
    }

    It 'takes piped strings as lines, <Form>' -ForEach @(
        @{ Form = 'one by one'; Import = { Get-Content TestDrive:/state | Import-HandleDump -Name lines } }
        @{ Form = 'all in one'; Import = { Get-Content TestDrive:/state -Raw | Import-HandleDump -Name lines } }
        @{ Form = 'by name'; Import = { Import-HandleDump -InputObject (Get-Content TestDrive:/state) -Name lines } }
    ) {
        $new = & $Import
        $new.Name, $new.Processes | Should -Be 'lines', 4
    }

    It 'names a session read from strings Dump' {
        ($c | Import-HandleDump).Name | Should -Be 'Dump'
    }

    It 'suggests -Path where the strings are a path' {
        { 'TestDrive:/state' | Import-HandleDump } | Should -WriteHandleError DumpFormat -Naming '-Path'
        { 'nope' | Import-HandleDump } | Should -WriteHandleError DumpFormat
    }

    It 'reads standard input as -' {
        $state = Join-Path $TestDrive 'state'
        $manifest = (Resolve-Path "$PSScriptRoot/../HandlePool.psd1").Path
        $out = Get-Content $state | Invoke-Engine -Command "Import-Module $(ConvertTo-Literal $manifest); (Import-HandleDump -).Processes"
        $out | Should -Be 4
    }

    It 'recognizes compressed files by their content' {
        $text = [Text.Encoding]::UTF8.GetBytes($c)
        $file = [IO.File]::Create((Join-Path $TestDrive 'packed.txt'))
        $gzip = [IO.Compression.GZipStream]::new($file, [IO.Compression.CompressionMode]::Compress)
        $gzip.Write($text, 0, $text.Length)
        $gzip.Dispose()
        (Import-HandleDump TestDrive:/packed.txt).Processes | Should -Be 4
        Compress-Archive -LiteralPath (Join-Path $TestDrive 'state') -DestinationPath (Join-Path $TestDrive 'report.zip')
        $new = Import-HandleDump TestDrive:/report.zip
        $new.Name, $new.Processes | Should -Be 'report.zip!state', 4
    }

    It 'stops at -MaxDecompressedSize and says so' {
        Compress-Archive -LiteralPath (Join-Path $TestDrive 'state') -DestinationPath (Join-Path $TestDrive 'report.zip')
        $null = Import-HandleDump TestDrive:/report.zip -MaxDecompressedSize 500 -ErrorVariable errors -ErrorAction SilentlyContinue
        "$errors" | Should -Match '500 bytes.*raise MaxDecompressedSize'
        (Import-HandleDump TestDrive:/report.zip -MaxDecompressedSize 2GB -ErrorAction Stop).Processes | Should -Be 4
    }

    It 'does not wait for a pipe in a folder, and says so' -Skip:$IsWindows {
        $folder = (New-Item "$TestDrive/piped" -ItemType Directory).FullName
        Copy-Item "$PSScriptRoot/data/state-pixel.txt" $folder
        mkfifo "$folder/pipe"
        $null = New-Item -ItemType SymbolicLink "$folder/x.link" -Target "$folder/pipe"
        $session = Import-HandleDump $folder -Merge -ErrorVariable errors -ErrorAction SilentlyContinue
        $session.Processes | Should -BeGreaterThan 0
        $errors | Should -HaveCount 2
        $errors.Exception.Message | Should -BeLike '*/piped/*: this is a pipe, and a folder stands for its files.*'
        $null = Find-HandleLeak -Path $folder -ErrorVariable errors -ErrorAction SilentlyContinue -WarningAction Ignore
        $errors.FullyQualifiedErrorId | Should -BeLike 'DumpFormat,*'
        Remove-Item "$folder/pipe"
    }

    It 'merges the files of a folder, and refuses a folder without -Merge' {
        $null = New-Item TestDrive:/proc -ItemType Directory
        Set-Content TestDrive:/proc/5 "binder proc state:`nproc 5"
        Set-Content TestDrive:/proc/10 "binder proc state:`nproc 10"
        (Import-HandleDump TestDrive:/proc -Merge).Name | Should -Be 'proc'
        (Get-HandleProcess).Id | Should -Be 5, 10
        $new = Get-ChildItem TestDrive:/proc | Import-HandleDump -Merge -Name merged
        $new | Should -HaveCount 1
        $new.Name, $new.Processes | Should -Be 'merged', 2
        { Import-HandleDump TestDrive:/proc } | Should -WriteHandleError DumpFormat -Naming '-Merge'
    }

    It 'takes names and a time' {
        $new = Import-HandleDump TestDrive:/state -ProcessName @{ 200 = 'late'; '100' = 'given' } -Time '2026-11-20 10:11:12'
        (Get-HandleProcess).Name | Should -Be 'servicemanager', 'given', 'late', 'late'
        $new.Time.DateTime | Should -Be ([datetime]'2026-11-20 10:11:12')
        foreach ($time in [datetime]::MinValue, [datetime]::MaxValue, [datetime]::UtcNow) {
            (Import-HandleDump TestDrive:/state -Time $time).Time.UtcDateTime | Should -Be $time.ToUniversalTime()
        }
        { Import-HandleDump TestDrive:/state -ProcessName @{ app = 'x' } } | Should -Throw -ErrorId 'BadProcessName,*'
        { Import-HandleDump TestDrive:/state -ProcessName @{ 5 = 7 } } | Should -Throw -ErrorId 'BadProcessName,*'
    }
}

Describe 'Export-HandleDump' {
    BeforeEach {
        Get-HandleSession | Remove-HandleSession
        Remove-Item TestDrive:/* -Recurse -Force
        $session = New-HandleSession 'start'
        $manager = New-HandleProcess 'servicemanager' -Id 500 -Manager
        $app = New-HandleProcess 'app' -Id 900
        $null = Add-HandleReference $app -Handle 0
        $null = New-HandleNode $manager -Count 3 | Add-HandleReference $app
    }

    It 'says how many processes it does not write, as their references are unknown' {
        $partly = 'binder proc state:', 'proc 900', 'context binder', '  ref 1: desc 0 node 1 s 1 w 1 d 0',
        'binder stats:', 'proc 900', 'context binder', '  refs: 1 s 1 w 1', 'proc 901', 'context binder', '  refs: 5 s 5 w 5' | Import-HandleDump
        foreach ($redacted in $false, $true) {
            Export-HandleDump TestDrive:/partly -Session $partly -Redact:$redacted -WarningVariable warnings -WarningAction SilentlyContinue
            "$warnings" | Should -Be "1 process of session 'Dump' is not in the dump: its references are unknown, and a dump would say that there are none."
        }
        Export-HandleDump TestDrive:/partly -Session $partly -WarningAction SilentlyContinue
        (Import-HandleDump TestDrive:/partly | ForEach-Object { Get-HandleProcess -Session $_ }).Id | Should -Be 900
    }

    It 'writes what Import-HandleDump reads, in form <_>' -ForEach 'C', 'Rust' {
        Export-HandleDump TestDrive:/out -Form $_ | Should -BeNullOrEmpty
        $new = Import-HandleDump TestDrive:/out -ErrorAction Stop -WarningAction Stop
        $new.Processes, $new.Nodes, $new.Findings.Count | Should -Be 2, 4, 0
        (Get-HandleProcess).Name | Should -Be 'servicemanager', 'app'
        (Get-HandleProcess app).IsManager | Should -BeFalse
        (Get-HandleReference app).Handle | Should -Be 0, 1, 2, 3
    }

    It 'writes the file''s object with -PassThru' {
        ($session | Export-HandleDump -LiteralPath TestDrive:/out -PassThru).Name | Should -Be 'out'
    }

    It 'replaces no file with -NoClobber' {
        Set-Content TestDrive:/out 'here'
        { Export-HandleDump TestDrive:/out -NoClobber -ErrorAction Stop } | Should -Throw -ErrorId 'NoClobber,*'
        Get-Content TestDrive:/out | Should -Be 'here'
    }

    It 'takes one session per file' {
        $other = New-HandleSession 'other'
        $session, $other | Export-HandleDump TestDrive:/out -ErrorVariable errors -ErrorAction SilentlyContinue
        $errors[0].FullyQualifiedErrorId | Should -BeLike 'SecondSession,*'
        Get-Content TestDrive:/out -Raw | Should -Match 'servicemanager'
    }

    It 'refuses a name that no line can carry, and keeps the file' {
        Set-Content TestDrive:/out 'here'
        $null = New-HandleProcess "two`nlines"
        { Export-HandleDump TestDrive:/out } | Should -WriteHandleError DumpFormat
        Get-Content TestDrive:/out | Should -Be 'here'
    }
}
