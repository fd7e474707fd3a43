BeforeAll {
    Import-Module "$PSScriptRoot/Engine.psm1"
    Import-Module "$PSScriptRoot/../HandlePool.psd1"
    Import-Module "$PSScriptRoot/HandleErrorAssertion.psm1"

    $real = "$PSScriptRoot/data/real/small"
    $leak = "$PSScriptRoot/data/ftrace"
}

AfterAll {
    Get-HandleSession | Remove-HandleSession
}

Describe 'Import-HandleTrace' {
    It 'reads a trace' {
        $trace = Import-HandleTrace "$real/trace.txt"
        $trace | Should -BeOfType HandlePool.Traces.HandleTrace
        $trace.Lines, $trace.EventCount, $trace.ReferenceCount, $trace.ProblemCount | Should -Be 2645, 51, 50, 0
        $trace.Counts['binder_transaction'] | Should -Be 66
        $trace.Sources.Sha256 | Should -Be (Get-FileHash "$real/trace.txt").Hash.ToLowerInvariant()
        $trace.GetEvents() | Should -HaveCount 51
        ($trace | Out-String) | Should -Match 'ReferenceCount +: 50'
    }

    It 'reads files from the pipeline as one trace, plain or compressed' {
        $lines = Get-Content "$real/trace.txt"
        $lines[0..999] -join "`n" | Set-Content TestDrive:/trace.1
        ($lines[1000..2644] -join "`n") + "`n" | Set-Content -NoNewline TestDrive:/trace.2
        $to = [IO.Compression.GZipStream]::new([IO.File]::Create("$TestDrive/trace.2.gz"), [IO.Compression.CompressionLevel]::Fastest)
        $to.Write([IO.File]::ReadAllBytes("$TestDrive/trace.2")); $to.Dispose()
        $trace = Get-Item TestDrive:/trace.1, TestDrive:/trace.2.gz | Import-HandleTrace
        $trace | Should -HaveCount 1
        $trace.EventCount, $trace.Sources.Count | Should -Be 51, 2
        (Import-HandleTrace TestDrive:/trace.1, TestDrive:/trace.2).EventCount | Should -Be 51
        (Import-HandleTrace -LiteralPath TestDrive:/trace.1).EventCount | Should -BeLessThan 51
    }

    It 'says what it could not read, and what is missing' {
        @('# entries-in-buffer/entries-written: 3/9   #P:1'
            'app-1 [000] ..... 1.000001: binder_transaction: transaction=3'
            'CPU:0 [LOST 7 EVENTS]'
            'app-1 [000] ..... 1.000002: binder_transaction: transaction=3 dest_node=1 dest_proc=9 dest_thread=0 reply=0 flags=0x0 code=0x1') |
            Set-Content TestDrive:/broken.txt
        $trace = Import-HandleTrace TestDrive:/broken.txt -ErrorVariable errors -ErrorAction SilentlyContinue -WarningVariable warnings -WarningAction SilentlyContinue
        $trace.ProblemCount, $trace.LostEvents, $trace.OverwrittenEvents | Should -Be 1, 7, 6
        $errors | Should -HaveCount 1
        $errors[0].FullyQualifiedErrorId | Should -BeLike 'TraceFormat,*'
        $errors[0].Exception.Message | Should -BeLike '*broken.txt:2: a transaction without*'
        $warnings[0], $warnings[1], $warnings[2] | Should -BeLike '*broken.txt: *'
        "$warnings" | Should -BeLike '*7 events were lost*6 events were overwritten*no event tells of a handle*'
    }

    It 'refuses what is no trace' {
        'binder state:' | Set-Content TestDrive:/state.txt
        { Import-HandleTrace TestDrive:/state.txt -ErrorAction Stop } | Should -Throw '*there are no binder events*' -ErrorId 'TraceFormat,*'
        { Import-HandleTrace TestDrive:/none.txt -ErrorAction Stop } | Should -Throw '*does not exist*' -ErrorId 'PathNotFound,*'
        Import-HandleTrace TestDrive:/none.txt -ErrorAction Ignore | Should -BeNullOrEmpty
    }
}

Describe 'Test-HandleTrace' {
    BeforeAll { $trace = Import-HandleTrace "$real/trace.txt" }

    It 'predicts the handles of a real driver from a dump' {
        $session = Import-HandleDump "$real/2-full.txt"
        $test = Test-HandleTrace $trace -Session $session
        $test | Should -BeOfType HandlePool.Traces.HandleTraceTest
        $test.References, $test.Predicted, $test.Agreed, $test.DivergenceCount, $test.Unpredicted, $test.Releases | Should -Be 50, 7, 7, 0, 43, 3
        $test.Divergences | Should -HaveCount 0
        ($test.Gaps | ForEach-Object { "$($_.Reason) $($_.Count)" }) | Should -Be 'BeforeDump 40', 'UnseenRelease 3'
        $trace | Test-HandleTrace -Session 2-full.txt -Driver CTree | ForEach-Object Agreed | Should -Be 7
    }

    It 'starts from nothing without a session' {
        $test = Test-HandleTrace $trace
        $test.Session | Should -BeNullOrEmpty
        $test.Agreed, $test.DivergenceCount | Should -Be 1, 0
        $test.Gaps.Reason | Should -Contain UnknownStart
    }

    It 'tells the line of a divergence' {
        (Get-Content "$real/trace.txt") -replace 'dest_ref=130 dest_desc=6', 'dest_ref=130 dest_desc=99' | Set-Content TestDrive:/wrong.txt
        $session = Import-HandleDump "$real/2-full.txt" -Name wrong
        $divergence = (Import-HandleTrace TestDrive:/wrong.txt | Test-HandleTrace -Session $session).Divergences[0]
        $divergence.Line, $divergence.ProcessId, $divergence.Found | Should -Be 2133, 155, 99
        $divergence.Reason | Should -BeLike 'Handle * is free.'
        "$divergence" | Should -BeLike '*wrong.txt:2133: Handle*'
    }

    It 'refuses a trace in which the ids begin again, and reads negative ones' {
        $lines = -9, -8, -7, 5 | ForEach-Object { "app-1 [000] 1.0: binder_transaction: transaction=$_ dest_node=1 dest_proc=9 dest_thread=0 reply=0 flags=0x0 code=0x1"
            "app-1 [000] 1.0: binder_transaction_node_to_ref: transaction=$_ node=77 src_ptr=0x0 ==> dest_ref=78 dest_desc=1" }
        $lines | Set-Content TestDrive:/again.txt
        $again = Import-HandleTrace TestDrive:/again.txt
        @($again.GetEvents())[0].TransactionId | Should -Be 4294967287
        { Test-HandleTrace $again -ErrorAction Stop } | Should -Throw '*again.txt:7: *begins again*' -ErrorId 'TraceFormat,*'
        { Find-HandleSource $again -Session (Import-HandleDump "$leak/end.txt" -Name again) -ErrorAction Stop } | Should -Throw -ErrorId 'TraceFormat,*'
        { $again | Invoke-HandleOperation -ErrorAction Stop } | Should -Throw -ErrorId 'TraceFormat,*'
        $lines[0..5] | Set-Content TestDrive:/again.txt
        (Import-HandleTrace TestDrive:/again.txt | Test-HandleTrace).DivergenceCount | Should -Be 0
    }

    It 'warns of a trace that begins after the dump' {
        $session = Import-HandleDump "$leak/end.txt" -Name early
        (Get-Content "$leak/trace.txt") | Select-Object -Last 100 | Set-Content TestDrive:/late.txt
        'binder state:', 'proc 150', 'context binder', '  ref 3: desc 1 node 2 s 1 w 1 d 0' | Import-HandleDump -Name before -WarningAction Ignore
        (Import-HandleTrace TestDrive:/late.txt | Test-HandleTrace -Session before -WarningVariable warnings -WarningAction SilentlyContinue).BeginsLater | Should -BeTrue
        "$warnings" | Should -BeLike '*begins after the dump*'
    }
}

Describe 'Find-HandleSource' {
    BeforeAll {
        $trace = Import-HandleTrace "$leak/trace.txt"
        $session = Import-HandleDump "$leak/end.txt" -Name device
    }

    It 'names the call behind a suspect' {
        $source = Find-HandleLeak $session | Select-Object -First 1 | Find-HandleSource $trace -Top 1 -WarningAction SilentlyContinue
        $source | Should -BeOfType HandlePool.Traces.HandleCallSource
        $source.Code, $source.IsOneWay, $source.IsReply | Should -Be 42, $true, $false
        $source.Process | Should -Be $source.References[0].Owner
        $source.Called | Should -Be $source.References[0].Process
        $source.Handles | Should -BeGreaterThan 300
        $source.References, $source.Lines | ForEach-Object Count | Should -Be $source.Handles, $source.Handles
        $line = $source.Lines[0] -replace '.*:'
        (Get-Content "$leak/trace.txt")[$line - 1] | Should -BeLike "*node=$($source.References[0].NodeId) *dest_desc=$($source.References[0].Handle)"
    }

    It 'takes processes and owners' {
        $suspect = (Find-HandleLeak $session)[0]
        $sources = Find-HandleSource $trace $suspect.Holder -Owner $suspect.Owner -WarningAction SilentlyContinue
        $sources[0].Code | Should -Be 42
        $sources.References.Owner | Sort-Object -Unique | Should -Be $suspect.Owner
        (Find-HandleSource $trace -Session device -WarningAction SilentlyContinue).References.Process.Count | Should -BeGreaterThan $suspect.Handles
        Find-HandleSource $trace -Session device -Context hwbinder -ErrorAction Ignore | Should -BeNullOrEmpty
    }

    It 'says what the trace does not show' {
        $late = Get-Content "$leak/trace.txt" | Select-Object -Last 100
        $late | Set-Content TestDrive:/late.txt
        $null = Find-HandleSource (Import-HandleTrace TestDrive:/late.txt) -Session device -WarningVariable warnings -WarningAction SilentlyContinue
        "$warnings" | Should -BeLike '*does not show the creation of*'
    }

    It 'refuses copies and processes that are none' {
        { Find-HandleSource $trace nobody -Session device -ErrorAction Stop } | Should -Throw -ErrorId 'ProcessNotFound,*'
        $copy = [Management.Automation.PSSerializer]::Deserialize([Management.Automation.PSSerializer]::Serialize($trace))
        { Find-HandleSource $copy -Session device } | Should -Throw '*is a copy of a HandleTrace*'
    }
}

Describe 'Invoke-HandleOperation' {
    It 'plays a trace' {
        $null = New-HandleSession played -Driver C
        $trace = Import-HandleTrace "$real/trace.txt"
        $results = $trace | Invoke-HandleOperation
        $results.Succeeded | Should -Not -Contain $false
        Test-HandlePool | Should -BeTrue
        (Get-HandleReference -Process 155 -Handle 14 -Context binder).NodeName | Should -Be 'node-102'
    }
}
