BeforeAll {
    Import-Module "$PSScriptRoot/../HandlePool.psd1"
    Import-Module "$PSScriptRoot/HandleErrorAssertion.psm1"

    # Creates a session in which ten apps hold ten nodes each of the system server, and the suspect holds a number of its own.
    function New-Phone([int] $Held) {
        $session = New-HandleSession
        $server = New-HandleProcess system_server
        foreach ($number in 1..10) { $null = New-HandleNode $server -Count 10 | Add-HandleReference (New-HandleProcess "app$number") }
        $null = New-HandleNode $server -Count $Held | Add-HandleReference (New-HandleProcess suspect)
        $session
    }
}

Describe 'New-HandleBaseline' {
    BeforeAll { $healthy = New-Phone 300; $other = New-Phone 200 }

    AfterAll { Get-HandleSession | Remove-HandleSession }

    It 'has the counts of each pair of names and of roles' {
        $baseline = New-HandleBaseline $healthy, $other
        $baseline | Should -BeOfType HandlePool.Analysis.HandleBaseline
        $baseline.Dumps | Should -Be 2
        $pair = $baseline.Pairs | Where-Object Holder -EQ suspect
        $pair.Context, $pair.Owner, $pair.Dumps, $pair.Median, $pair.Maximum | Should -Be binder, system_server, 2, 200, 300
        $role = $baseline.Pairs | Where-Object Holder -EQ '(other)'
        $role.Owner, $role.Maximum | Should -Be '(system)', 300
    }

    It 'takes sessions <Form>' -ForEach @(
        @{ Form = 'by default, the current one'; Create = { $null = Switch-HandleSession $healthy; New-HandleBaseline } }
        @{ Form = 'by name'; Create = { New-HandleBaseline $healthy.Name } }
        @{ Form = 'in the pipeline'; Create = { $healthy | New-HandleBaseline } }
    ) {
        (& $Create).Dumps | Should -Be 1
    }

    It 'reads dumps from files and folders' {
        $null = New-Item -ItemType Directory "$TestDrive/healthy"
        Export-HandleDump "$TestDrive/healthy/1.txt" -Session $healthy
        Export-HandleDump "$TestDrive/healthy/2.txt" -Session $other
        (New-HandleBaseline -Path "$TestDrive/healthy").Dumps | Should -Be 2
        (New-HandleBaseline -Path "$TestDrive/healthy/*.txt").Dumps | Should -Be 2
        (Get-ChildItem "$TestDrive/healthy" | New-HandleBaseline).Dumps | Should -Be 2
    }

    It 'leaves out dumps that were cut off' {
        Export-HandleDump "$TestDrive/whole.txt" -Session $healthy
        $text = Get-Content "$TestDrive/whole.txt" -Raw
        Set-Content "$TestDrive/cut.txt" $text.Substring(0, $text.Length - 9) -NoNewline
        $options = @{ WarningVariable = 'warned'; WarningAction = 'SilentlyContinue'; ErrorVariable = 'problem'; ErrorAction = 'SilentlyContinue' }
        (New-HandleBaseline -Path "$TestDrive/whole.txt", "$TestDrive/cut.txt" @options).Dumps | Should -Be 1
        $warned[-1] | Should -BeExactly "1 of 2 dumps is cut off and was left out of the baseline: 'cut.txt'."
        New-HandleBaseline -Path "$TestDrive/cut.txt" @options | Should -BeNullOrEmpty
        $problem[-1].FullyQualifiedErrorId | Should -Be 'DumpFormat,HandlePool.PowerShell.NewHandleBaselineCommand'
        "$($problem[-1])" | Should -BeLike "'cut.txt' is cut off, so the counts are too low for a baseline. Take it again.*"
    }

    It 'warns of a baseline without pairs' {
        Set-Content "$TestDrive/stats" 'binder stats:', 'proc 6', 'context binder', '  threads: 1', '  refs: 9 s 9 w 9'
        (New-HandleBaseline -Path "$TestDrive/stats" -WarningVariable warned -WarningAction SilentlyContinue).Pairs | Should -HaveCount 0
        "$warned" | Should -BeLike 'The baseline has no pairs and judges nothing: *Create it from states.'
    }

    It 'writes nothing without a session' {
        New-HandleBaseline nope* -ErrorAction Ignore | Should -BeNullOrEmpty
        New-HandleBaseline -Path "$TestDrive/nope.txt" -ErrorVariable problem -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        $problem.FullyQualifiedErrorId | Should -Be 'PathNotFound,HandlePool.PowerShell.NewHandleBaselineCommand'
    }

    It 'allows <Held> handles where 300 are healthy: <Expected>' -ForEach @(
        @{ Held = 599; Expected = 0 }
        @{ Held = 600; Expected = 1 }
    ) {
        $baseline = New-HandleBaseline $healthy
        $session = New-Phone $Held
        Find-HandleLeak $session | Should -Not -BeNullOrEmpty
        $found = @(Find-HandleLeak $session -Baseline $baseline)
        $found | Should -HaveCount $Expected
        if ($Expected) { "$($found.Signs[0])" | Should -Match "of 600 \(Baseline\)" }
    }

    It 'comes back from <Form>' -ForEach @(
        @{ Form = 'JSON'; Restore = { $baseline | ConvertTo-Json | ConvertFrom-Json } }
        @{ Form = 'CLIXML'; Restore = { $baseline | Export-Clixml "$TestDrive/b.xml"; Import-Clixml "$TestDrive/b.xml" } }
        @{ Form = 'a JSON file'; Restore = { $baseline | ConvertTo-Json | Set-Content "$TestDrive/b.json"; "$TestDrive/b.json" } }
        @{ Form = 'a path of a drive'; Restore = { $baseline | ConvertTo-Json | Set-Content TestDrive:/b.json; 'TestDrive:/b.json' } }
    ) {
        $baseline = New-HandleBaseline $healthy
        Find-HandleLeak (New-Phone 599) -Baseline (& $Restore) | Should -BeNullOrEmpty
        Find-HandleLeak (New-Phone 600) -Baseline (& $Restore) | Should -HaveCount 1
    }

    It 'refuses <Form>' -ForEach @(
        @{ Form = 'a missing file'; Baseline = 'nope.json'; Message = 'Cannot find path ''*nope.json'' because it does not exist.' }
        @{ Form = 'another object'; Baseline = [pscustomobject]@{ Name = 1 }; Message = '*is not a baseline: *New-HandleBaseline*' }
        @{ Form = 'a pair twice'; Baseline = '{"Dumps":1,"Pairs":[{"Context":"b","Holder":"h","Owner":"o","Dumps":1,"Median":1,"Maximum":1},{"Context":"b","Holder":"h","Owner":"o","Dumps":1,"Median":1,"Maximum":1}]}' | ConvertFrom-Json
            Message = '*twice*' }
        @{ Form = 'counts that contradict each other'; Baseline = '{"Dumps":1,"Pairs":[{"Context":"b","Holder":"h","Owner":"o","Dumps":1,"Median":2,"Maximum":1}]}' | ConvertFrom-Json; Message = '*contradict*' }
        @{ Form = 'a member twice'; Json = '{"Dumps":1,"Pairs":[],"Pairs":[]}'; Message = '*$.Pairs: the member is duplicated*' }
        @{ Form = 'an unknown member'; Json = '{"Dumps":1,"Pairs":[],"X":1}'; Message = '*$: the member ''X'' is unknown*' }
        @{ Form = 'a missing member'; Json = '{"Dumps":1}'; Message = '*$: the member ''Pairs'' is missing*' }
        @{ Form = 'a pair of more dumps than there are'
            Json = '{"Dumps":1,"Pairs":[{"Context":"b","Holder":"h","Owner":"o","Dumps":7,"Median":1,"Maximum":1}]}'
            Message = '*$.Pairs`[0`]: it is in 7 of 1 dumps*' }
        @{ Form = 'a fraction'; Json = '{"Dumps":1.5,"Pairs":[]}'; Message = '*$.Dumps: expected a whole number from 0 to 2147483647*' }
        @{ Form = 'a text for pairs'; Json = '{"Dumps":1,"Pairs":"x"}'; Message = '*$.Pairs: expected an array*' }
        @{ Form = 'an array'; Json = '[]'; Message = '*$: expected an object*' }
        @{ Form = 'text that is no JSON'; Json = '{"Dumps":'; Message = '*line 2, byte 1: not valid JSON*' }
        @{ Form = 'what has no length'; Baseline = $IsWindows ? 'nul' : '/dev/zero'; Message = $IsWindows ? '*' : '*is not a baseline: it is an empty file, a pipe or a device.*' }
        @{ Form = 'no dumps'; Baseline = '{"Dumps":0,"Pairs":[]}' | ConvertFrom-Json; Message = '*0 dumps*' }
        @{ Form = 'a number'; Baseline = 7; Message = '*' }
    ) {
        if ($Json) {
            Set-Content "$TestDrive/wrong.json" $Json
            $Baseline = "$TestDrive/wrong.json"
        }

        $problem = { Find-HandleLeak $healthy -Baseline $Baseline } | Should -Throw $Message -PassThru
        if ($Json) { "$problem" | Should -Not -Match 'System\.|Document|\(Parameter' }
    }

    It 'shows as a table, as its pairs do' {
        $baseline = New-HandleBaseline $healthy
        $baseline | Out-String -Width 80 | Should -Match '(?m)^ *Dumps +Pairs'
        $baseline.Pairs | Out-String -Width 80 | Should -Match '(?m)^Context +Holder +Owner +Dumps +Median +Maximum'
    }
}
