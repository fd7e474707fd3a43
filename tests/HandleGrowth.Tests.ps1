BeforeAll {
    Import-Module "$PSScriptRoot/Engine.psm1"
    Import-Module "$PSScriptRoot/../HandlePool.psd1"

    # Writes a state in which the app holds a number of the server's nodes.
    function Write-Dump([string] $Path, [int] $Held) {
        $ids = 1..$Held
        Set-Content $Path @(
            'binder state:', 'proc 10 (server)', 'context binder'
            $ids.ForEach({ "  node ${_}: u1 c1 hs 1 hw 1 ls 0 lw 0 is 1 iw 1 tr 1 proc 20" })
            'proc 20 (app)', 'context binder'
            $ids.ForEach({ "  ref $($_ + 1000): desc $_ node $_ s 1 w 1 d 0" })
        )
    }

    # Writes a policy, and returns its path.
    function Write-Policy([string] $Text) {
        Set-Content "$TestDrive/gate.psd1" $Text
        "$TestDrive/gate.psd1"
    }

    # Returns the error of a policy as its id and its message.
    function Get-Refusal([object] $Policy) {
        try { $null = Test-HandleGrowth -Session gated -Policy $Policy -ErrorAction Stop }
        catch { ($_.FullyQualifiedErrorId -replace ',.*'), "$($_.Exception.Message)" }
    }

    $growth = @{ Rules = @{ Name = 'growth'; Holder = 'app'; Owner = 'server'; GrowthPerSample = 5 } }
    $null = New-HandleSession gated
    $server = New-HandleProcess server -Id 10
    $app = New-HandleProcess app -Id 20
    $null = New-HandleNode $server -Count 30 | Add-HandleReference $app
    $folder = (New-Item "$TestDrive/night" -ItemType Directory).FullName
    10, 20, 30 | ForEach-Object { Write-Dump "$folder/state-20261101-${_}0000.txt".Replace('30', '21') $_ }
}

AfterAll {
    Get-HandleSession | Remove-HandleSession
}

Describe 'Test-HandleGrowth' {
    It 'judges files as one series, and names the file and the line' {
        $result = Test-HandleGrowth -Path "$folder/*" -Policy $growth
        $result | Should -BeOfType HandlePool.Gates.HandleGrowthResult
        $result.Rule, $result.Holder, $result.Owner, $result.Outcome | Should -Be growth, app, server, Failed
        $result.Measured, $result.Allowed, $result.Samples, $result.Device | Should -Be 10, 5, 3, $null
        $result.Evidence | Should -Be "10, 20, 30 handles in 3 samples from 'state-20261101-100000.txt' to 'state-20261101-210000.txt'. That is a growth of 10 handles per sample, and 5 are allowed."
        Split-Path -Leaf $result.Path | Should -Be 'state-20261101-210000.txt'
        (Get-Content $result.Path)[$result.Line - 1] | Should -Be 'proc 20 (app)'
    }

    It 'judges each folder as a device of its own' {
        $other = (New-Item "$TestDrive/other" -ItemType Directory).FullName
        1, 2 | ForEach-Object { Write-Dump "$other/$_.txt" 7 }
        $results = Test-HandleGrowth -Path $folder, $other -Policy $growth -WarningAction Ignore
        $results.Device | Should -Be night, other
        $null = New-Item "$folder/../twin" -ItemType Directory -Force
        Copy-Item $folder "$folder/../twin/night" -Recurse -Force
        (Test-HandleGrowth -LiteralPath $folder, "$folder/../twin/night" -Policy $growth).Device | Should -Be "$(Split-Path (Split-Path (Resolve-Path $folder)) -Leaf)/night", twin/night
        $results.Outcome | Should -Be Failed, Passed
        (Get-ChildItem $folder | Test-HandleGrowth -Policy $growth).Measured | Should -Be 10
        (Test-HandleGrowth -LiteralPath $folder -Policy $growth).Device | Should -Be night
    }

    It 'takes sessions, by default the current one' {
        $limit = @{ Rules = @{ Name = 'limit'; Holder = 'app'; Limit = 29 } }
        foreach ($call in { Test-HandleGrowth -Policy $limit }, { Test-HandleGrowth gated $limit }, { Get-HandleSession gated | Test-HandleGrowth -Policy $limit }) {
            $result = & $call
            $result.Outcome, $result.Measured, $result.Path | Should -Be Failed, 30, $null
        }
        $series = Get-ChildItem $folder | Import-HandleDump
        ($series | Test-HandleGrowth -Policy $growth).Outcome | Should -Be Failed
        $series | Remove-HandleSession
    }

    It 'takes rows of statistics, each call of Get-HandleStatistic a sample' {
        $null = New-HandleSession counted
        $holder = New-HandleProcess holder
        $rows = 1..3 | ForEach-Object {
            $null = New-HandleNode $holder -Count 10 | Add-HandleReference (Get-HandleProcess holder)
            Get-HandleStatistic
        }
        $policy = @{ Rules = @{ Name = 'r'; Holder = 'holder'; GrowthPerSample = 3 } }
        $result = $rows | Test-HandleGrowth -Policy $policy
        $result.Outcome, $result.Measured, $result.Samples, $result.LastSample | Should -Be Failed, 10, 3, 'counted 3'
        (Test-HandleGrowth -InputObject $rows -Policy $policy).Measured | Should -Be 10
        $null = Switch-HandleSession gated
        Remove-HandleSession counted
    }

    It 'reads a policy as data, with a baseline beside it' {
        New-HandleBaseline gated | ConvertTo-Json | Set-Content "$TestDrive/baseline.json"
        $file = Write-Policy "# Nightly`n@{`n  WarmUp = 0; Ignore = 'none*', 'x -> y'`n  Rules = @(`n    @{ Name = 'a'; Holder = `"app`"; Owner = 'server'; Limit = 0x10KB; Baseline = 'baseline.json' }`n    @{ Name = 'b'; Holder = 20; GrowthPerHour = -0 } ) }"
        $results = Test-HandleGrowth -Path "$folder/*" -Policy $file -WarningVariable warned -WarningAction SilentlyContinue
        $results.Outcome | Should -Be Passed, Failed
        $results.Allowed | Should -Be (16384 + 30), 0
        $results.PolicyLine | Should -Be 5, 6
        $results[0].PolicyPath | Should -Be $file
        $warned.Count | Should -Be 2
        $warned[0].Message | Should -Be "${file}: line 5: rule 'a' ignores 'none*', which no sample has."
        (Test-HandleGrowth -Path "$folder/*" -Policy (Get-Item $file) -WarningAction Ignore).Count | Should -Be 2
    }

    It 'runs no code of a policy: <Text>' -ForEach @(
        @{ Text = '@{ Rules = @(@{ Name = "a"; Holder = "*"; Limit = New-Item ran }) }'; Says = "line 1: Rules[0].Limit: 'New-Item ran' is code" }
        @{ Text = "@{`n Rules = `$(New-Item ran) }"; Says = "line 2: Rules: '`$(New-Item ran)' is code" }
        @{ Text = '@{ Rules = @(New-Item ran) }'; Says = "line 1: Rules: 'New-Item ran' is code" }
        @{ Text = '@{ Rules = "a$(New-Item ran)" }'; Says = 'is code' }
        @{ Text = '@{ "$(New-Item ran)" = 1 }'; Says = 'is code' }
        @{ Text = '@{ Rules = $env:PATH }'; Says = "'`$env:PATH' is code" }
        @{ Text = '@{ Rules = [int]::MaxValue }'; Says = "'[int]::MaxValue' is code" }
        @{ Text = '@{ Rules = 1 + 1 }'; Says = "'1 + 1' is code" }
        @{ Text = '@{ Rules = { New-Item ran } }'; Says = 'is code' }
        @{ Text = 'param($x) @{ Rules = 1 }'; Says = "'param(`$x)' is code" }
        @{ Text = '@{ Rules = 1 }; New-Item ran'; Says = "'New-Item ran' is code" }
        @{ Text = '@{ Rules = 1 } | Set-Content ran'; Says = 'is code' }
        @{ Text = '@{ Rules = 1 } > ran'; Says = 'is code' }
        @{ Text = '@{ Rules = 1 } &'; Says = "'&' is code" }
        @{ Text = 'end { @{ Rules = 1 } } clean { New-Item ran }'; Says = 'is code' }
        @{ Text = "# first`n<# second #> using module Pester`n@{ Rules = 1 }"; Says = "begins with 'using'" }
    ) {
        Push-Location $TestDrive
        $id, $message = Get-Refusal (Write-Policy $Text)
        $id | Should -Be PolicyCode
        $message | Should -BeLike "*$($Says.Replace('[', '`['))*"
        Test-Path ran | Should -BeFalse
        Pop-Location
    }

    It 'says what is wrong with a policy: <Says>' -ForEach @(
        @{ Policy = ''; Id = 'PolicyFormat'; Says = '*it is an empty file*' }
        @{ Policy = '# nothing'; Id = 'PolicyFormat'; Says = '*the file is empty*' }
        @{ Policy = "@{`n Rules = "; Id = 'PolicyFormat'; Says = '*line 2: it is no data file of PowerShell: *' }
        @{ Policy = "'text'"; Id = 'PolicyFormat'; Says = "*line 1: 'text' is not the policy, which is a table*" }
        @{ Policy = "@{`n`n Rule = 1 }"; Id = 'PolicyFormat'; Says = "*line 3: Rule: there is no such key. Did you mean 'Rules'?*" }
        @{ Policy = "@{ Rules = @(`n@{ Name = 'a'; Holder = 'x'; Limit = 1`n GrowthPerHour = 2 }) }"; Id = 'PolicyConflict'; Says = '*line 3: Rules*GrowthPerHour: Limit and GrowthPerHour exclude each other*' }
        @{ Policy = @{ Rules = @{ Name = 'a'; Holder = 'x'; Limit = -1 } }; Id = 'PolicyFormat'; Says = 'The policy: Rules*Limit: the number is negative*' }
        @{ Policy = @{ Rules = { 1 } }; Id = 'PolicyFormat'; Says = '*a value of type ScriptBlock is not a rule*' }
        @{ Policy = 5; Id = 'PolicyFormat'; Says = '*a value of type Int32 is no policy*' }
        @{ Policy = 'env:PATH'; Id = 'NotAFile'; Says = '*is not in the file system*' }
        @{ Policy = 'nothere.psd1'; Id = 'PathNotFound'; Says = '*does not exist*' }
    ) {
        $given = $Policy -is [string] -and $Policy -notmatch '^(env|nothere)' ? (Write-Policy $Policy) : $Policy
        if ($Policy -is [string] -and -not $Policy) { Set-Content $given '' -NoNewline }
        $found, $message = Get-Refusal $given
        $found | Should -Be $Id
        $message | Should -BeLike $Says
    }

    It 'refuses values that are nested without end, and files that are no policies' {
        foreach ($text in ('@{ Rules = ' + '(' * 50000), ('@{ Rules = ' + '@(' * 9000 + ')' * 9000 + '}'), ('x' * 1100000), "`0`0") {
            (Get-Refusal (Write-Policy $text))[0] | Should -BeIn PolicyFormat, PolicyCode
        }
        $endless = @{}
        $endless.Rules = @($endless)
        (Get-Refusal $endless)[0] | Should -Be PolicyFormat
        (Get-Refusal "$TestDrive")[1] | Should -BeLike '*it is a folder*'
    }

    It 'writes one Boolean with -Quiet, which is true only if all passed' {
        $pass = @{ Name = 'p'; Holder = 'app'; Limit = 1000 }
        $fail = @{ Name = 'f'; Holder = 'app'; Limit = 1 }
        $unknown = @{ Name = 'u'; Holder = 'nobody'; Limit = 1 }
        Test-HandleGrowth gated @{ Rules = $pass } -Quiet | Should -BeExactly $true
        Test-HandleGrowth gated @{ Rules = $pass, $fail } -Quiet | Should -BeExactly $false
        Test-HandleGrowth gated @{ Rules = $pass, $unknown } -Quiet -WarningVariable warned -WarningAction SilentlyContinue | Should -BeExactly $false
        "$warned" | Should -BeLike '1 result is undecidable: No process of 1 sample fits Holder*'
        Test-HandleGrowth nosession @{ Rules = $pass } -Quiet -ErrorAction Ignore | Should -BeExactly $false
        Test-HandleGrowth -Path "$folder/none" @{ Rules = $pass } -Quiet -ErrorAction Ignore | Should -BeExactly $false
    }

    It 'is false with -Quiet if one of the files is missing or is no dump' {
        $pass = @{ Rules = @{ Name = 'p'; Holder = 'app'; Limit = 1000 } }
        Set-Content "$TestDrive/nonsense" 'nonsense'
        foreach ($file in 'none', 'nonsense') {
            Test-HandleGrowth -Path "$folder/state-20261101-100000.txt", "$TestDrive/$file" -Policy $pass -Quiet -ErrorAction Ignore | Should -BeExactly $false
        }
    }

    It 'sorts samples by time and says so, and refuses those that it cannot sort' {
        $null = Write-Dump "$TestDrive/timeless.txt" 5
        $files = Get-ChildItem $folder | Sort-Object Name -Descending
        $result = Test-HandleGrowth -LiteralPath $files.FullName -Policy $growth -WarningVariable warned -WarningAction SilentlyContinue
        $result.Measured | Should -Be 10
        "$warned" | Should -BeLike 'The samples were not in order of time, *and were sorted.'
        { Test-HandleGrowth -LiteralPath $files[0].FullName, "$TestDrive/timeless.txt", $files[1].FullName -Policy $growth -ErrorAction Stop } |
            Should -Throw -ErrorId 'SampleOrder,HandlePool.PowerShell.TestHandleGrowthCommand'
    }

    It 'works in the constrained language' {
        $file = Write-Policy "@{ Rules = @{ Name = 'a'; Holder = 'app'; Limit = 5 } }"
        $shell = [powershell]::Create().AddScript("
            Import-Module $(ConvertTo-Literal "$PSScriptRoot/../HandlePool.psd1")
            `$ExecutionContext.SessionState.LanguageMode = 'ConstrainedLanguage'
            Test-HandleGrowth -Path $(ConvertTo-Literal "$folder/*") -Policy $(ConvertTo-Literal $file)
            Test-HandleGrowth -Path $(ConvertTo-Literal "$folder/*") -Policy @{ Rules = @{ Name = 'b'; Holder = 'app'; Limit = 50 } }")
        $shell.Invoke().Outcome | Should -Be Failed, Passed
        $shell.Streams.Error | Should -BeNullOrEmpty
        $shell.Dispose()
    }

    It 'shows rows as a table that fits, in colors' {
        $rendering = $PSStyle.OutputRendering
        try {
            $PSStyle.OutputRendering = 'Ansi'
            $text = Test-HandleGrowth gated @{ Rules = @{ Name = 'f'; Holder = 'app'; Limit = 1.5 }, @{ Name = 'u'; Holder = 'nobody'; Limit = 1 } } | Out-String -Width 80
        }
        finally { $PSStyle.OutputRendering = $rendering }
        $text | Should -Match ([regex]::Escape($PSStyle.Formatting.Error) + 'Failed')
        $text | Should -Match ([regex]::Escape($PSStyle.Formatting.Warning) + 'Undecidable')
        $text -replace '\e\[[\d;]*m' | Should -Match '(?m)^Failed +f +app +\(all\) +30 +1\.5\r?$'
    }
}

Describe 'ConvertTo-HandleJUnit, ConvertTo-HandleSarif and ConvertTo-HandleMarkdown' {
    BeforeAll {
        $policy = @{ Rules = @{ Name = 'f'; Holder = 'app'; Owner = 'server'; Limit = 1.5 }, @{ Name = 'u'; Holder = 'nobody'; Limit = 1 }, @{ Name = 'p'; Holder = 'app'; Limit = 99 } }
        $results = Test-HandleGrowth -Path "$folder/*" -Policy $policy
        $converters = 'ConvertTo-HandleJUnit', 'ConvertTo-HandleSarif', 'ConvertTo-HandleMarkdown'
    }

    It 'write one text of all results, and none of no results' {
        foreach ($converter in $converters) {
            $text = @($results | & $converter)
            $text | Should -HaveCount 1
            $text[0] | Should -BeOfType string
            & $converter $results | Should -BeExactly $text[0]
            @() | & $converter | Should -BeNullOrEmpty
        }
        $suites = ([xml] ($results | ConvertTo-HandleJUnit)).testsuites
        $suites.tests, $suites.failures, $suites.errors | Should -Be 3, 1, 1
        ($results | ConvertTo-HandleMarkdown) | Should -BeLike '### Handle growth: failed*1 result failed, 1 undecidable, 1 passed.*'
    }

    It 'write SARIF with paths relative to the current folder' {
        Push-Location $folder
        $sarif = $results | ConvertTo-HandleSarif | ConvertFrom-Json
        Pop-Location
        $place = $sarif.runs.results[0].locations[0].physicalLocation
        $place.artifactLocation.uri, $place.artifactLocation.uriBaseId, $place.region.startLine | Should -Be 'state-20261101-210000.txt', '%SRCROOT%', $results[0].Line
        $sarif.runs.results.kind | Should -Be fail, open
    }

    It 'take copies, from <Name>' -ForEach @(
        @{ Name = 'CLIXML'; Copy = { [Management.Automation.PSSerializer]::Deserialize([Management.Automation.PSSerializer]::Serialize($args[0], 1)) } }
        @{ Name = 'JSON'; Copy = { $args[0] | ConvertTo-Json | ConvertFrom-Json } }
        @{ Name = 'CSV'; Copy = { $args[0] | ConvertTo-Csv | ConvertFrom-Csv } }
    ) {
        $copies = & $Copy $results
        foreach ($converter in $converters) { $copies | & $converter | Should -BeExactly ($results | & $converter) }
    }

    It 'refuse what is no result' {
        foreach ($value in 'text', 5, (Get-Date), (Get-HandleSession gated), @{ Rule = 'x' }, [pscustomobject] @{ Rule = 'x' }, [pscustomobject] @{ Rule = 'x'; Outcome = 'Perhaps' }) {
            { ConvertTo-HandleJUnit $value } | Should -Throw '*is not a result of Test-HandleGrowth.*'
        }
    }
}
