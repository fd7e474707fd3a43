BeforeDiscovery {
    $names = @(
        @{ What = 'escape sequences'; Name = "a`e[31mb`e]52;c;QUJD`ac`u{9b}2Jd" }
        @{ What = 'control characters'; Name = "a`r`nb`tc`0d`u{7f}e`u{85}f" }
        @{ What = 'characters that reorder or hide text'; Name = "a`u{202e}b`u{2066}c`u{200b}d`u{2028}e`u{feff}f" }
        @{ What = 'markup'; Name = '<script>alert(1)</script>]]>&amp;"''><b>' }
        @{ What = 'half a pair of surrogates'; Name = "a$([char]0xD83D)b" }
        @{ What = 'quotes, wildcards and variables'; Name = 'it''s "$(Get-Date)" `[*]?' }
        @{ What = 'a megabyte'; Name = 'x' * 1MB }
    )
}

BeforeAll {
    Import-Module "$PSScriptRoot/../HandlePool.psd1"

    # What a terminal would obey, but for the line feeds of the text itself and the colors of the views.
    function Test-Inert([string] $Text) {
        $Text = $Text -replace '\r\n', "`n" -replace '\e\[[\d;]*m' # In names ESC is shown by number, so that this takes only colors.
        $Text | Should -Not -Match '[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]'
    }
}

Describe 'Hostile names' {
    BeforeEach {
        Get-HandleSession | Remove-HandleSession
        $rendering = $PSStyle.OutputRendering
        $PSStyle.OutputRendering = 'Ansi'
    }

    AfterEach {
        $PSStyle.OutputRendering = $rendering
    }

    Context 'with <What>' -ForEach $names {
        BeforeEach {
            $session = New-HandleSession $Name -Record
            $server = New-HandleProcess $Name -Id 10 -Context $Name -Manager
            $client = New-HandleProcess 'client' -Id 11 -Context $Name
            $node = New-HandleNode $server -Name $Name
            $null = Add-HandleReference $client -Node $node
            $null = Resize-HandlePool $client -Grow
        }

        It 'are kept as they are' {
            $server.Name | Should -BeExactly $Name
            $server.Context | Should -BeExactly $Name
            $node.Name | Should -BeExactly $Name
            $session.Name | Should -BeExactly $Name
        }

        It 'are inert in the view <_>' -ForEach 'default', 'Format-Table', 'Format-List', 'Format-Wide' {
            $objects = @(
                Get-HandleSession; Get-HandleProcess; Get-HandleNode; Get-HandleReference; Get-HandlePool; Get-HandleEvent
                Get-HandleBitmap $client; Measure-HandleUsage; Find-HandleLeak; (New-HandleBaseline).Pairs; Get-HandleOperation; Measure-HandleUsage | ConvertTo-HandleRow; Request-HandlePoolResize $client -Grow
                [pscustomobject] @{ Operation = 'Add'; Process = $Name; Node = $Name; Context = $Name } | Invoke-HandleOperation -ErrorAction SilentlyContinue
            )
            $groups = $objects | Group-Object { $_.GetType() }
            $groups.Count | Should -BeGreaterThan 8
            foreach ($group in $groups) {
                $shown = $group.Group | ForEach-Object { $_ }
                if ($_ -eq 'Format-Wide') { $shown = $shown | Format-Wide } elseif ($_ -ne 'default') { $shown = $shown | & $_ }
                Test-Inert ($shown | Out-String -Width 200)
            }
        }

        It 'are inert in strings' {
            foreach ($object in $session, $server, $node, (Get-HandleReference $client), (Get-HandlePool $client), (Get-HandleBitmap $client), (Measure-HandleUsage)[0]) {
                Test-Inert "$object"
                "$object".Length | Should -BeLessThan 1000
            }
        }

        It 'are inert in errors, which stay short' {
            $null = New-HandleProcess $Name -Id 10 -Context $Name -ErrorVariable errors -ErrorAction SilentlyContinue
            $null = Add-HandleReference $server -Handle 0 -ErrorVariable +errors -ErrorAction SilentlyContinue
            $null = Get-HandleNode "$Name!" -ErrorVariable +errors -ErrorAction SilentlyContinue
            $null = Get-HandleProcess -Name "$([WildcardPattern]::Escape($Name))!" -ErrorVariable +errors -ErrorAction SilentlyContinue
            $errors.Count | Should -BeGreaterThan 2
            foreach ($record in $errors) {
                Test-Inert $record.Exception.Message
                $record.Exception.Message.Length | Should -BeLessThan 5000
            }
        }

        It 'are inert in -Verbose' {
            $told = @(Resize-HandlePool $client -Grow -Verbose 4>&1; Remove-HandleProcess $client -Verbose 4>&1) |
                Where-Object { $_ -is [System.Management.Automation.VerboseRecord] }
            $told | Should -Not -BeNullOrEmpty
            $told | ForEach-Object { Test-Inert $_.Message }
        }

        It 'are completed to one line that means them, or by number' {
            foreach ($line in 'Get-HandleProcess ', 'Get-HandleNode ', 'Switch-HandleSession ', 'Get-HandleProcess -Context ') {
                foreach ($match in (TabExpansion2 $line $line.Length).CompletionMatches) {
                    Test-Inert $match.CompletionText
                    Test-Inert $match.ListItemText
                    Test-Inert $match.ToolTip
                    $line + $match.CompletionText | Should -Not -Match "`n"
                }
            }
        }

        It 'survive a session file, with U+FFFD for what UTF-8 cannot encode' {
            $file = Join-Path $TestDrive 'names.json'
            Export-HandleSession $file
            $read = Import-HandleSession $file
            $expected = $Name.Replace([string] [char] 0xD83D, [string] [char] 0xFFFD)
            (Get-HandleProcess -Id 10 -Session $read).Name | Should -BeExactly $expected
            (Get-HandleNode -Id $node.Id -Session $read).Name | Should -BeExactly $expected
        }

        It 'survive a dump, or are refused for it' {
            $file = Join-Path $TestDrive 'names.txt'
            Remove-Item $file -ErrorAction Ignore
            Export-HandleDump -LiteralPath $file -ErrorVariable errors -ErrorAction SilentlyContinue
            if (Test-Path $file) {
                (Import-HandleDump $file | ForEach-Object { Get-HandleProcess -Id 10 -Session $_ }).Name | Should -BeExactly $Name
            }
            else {
                $errors[0].FullyQualifiedErrorId | Should -BeLike 'DumpFormat*'
                Test-Inert $errors[0].Exception.Message
            }
        }

        It 'are not markup in a report, which has one script' {
            $file = Join-Path $TestDrive 'names.html'
            Export-HandleReport $file
            $html = Get-Content $file -Raw
            $page = [xml] ($html -replace '^<!DOCTYPE html>')
            $page.GetElementsByTagName('script').Count | Should -Be 1
            $page.SelectNodes('//@*[starts-with(name(), "on")]').Count | Should -Be 0
            Test-Inert ($html -replace '[\t\u2066-\u2069]')
        }

        It 'are code in a report in Markdown' {
            $file = Join-Path $TestDrive 'names.md'
            Export-HandleReport $file
            $markdown = Get-Content $file -Raw
            Test-Inert $markdown
            (ConvertFrom-Markdown $file).Html | Should -Not -Match '<(?!/?(h[1-6]|p|ul|li|strong|code|table|thead|tbody|tr|th|td)[ >])'
        }
    }

    It 'of a session file are inert in its events and findings' {
        $file = Join-Path $TestDrive 'messages.json'
        $null = New-HandleSession 'messages'
        $null = Resize-HandlePool (New-HandleProcess 'p') -Grow
        Export-HandleSession $file
        (Get-Content $file -Raw) -replace '"message":"', '"message":"\u001b[2J\u202e' | Set-Content $file
        $read = Import-HandleSession $file
        $read | Should -Not -BeNullOrEmpty
        Test-Inert (Get-HandleEvent -Session $read | Out-String)
        Test-Inert (Get-HandleEvent -Session $read | Format-List | Out-String)
    }

    It 'of files and lines are inert in errors and warnings of an import' {
        $file = Join-Path $TestDrive "evil`u{202e}.txt"
        "binder state:`nproc 1`nref `e[31m`n`e[2Jwhat`n" | Set-Content $file -NoNewline
        $null = Import-HandleDump $file -ErrorVariable errors -ErrorAction SilentlyContinue -WarningVariable warnings -WarningAction SilentlyContinue
        $errors.Count | Should -Be 1
        $warnings.Count | Should -Be 1
        Test-Inert $errors[0].Exception.Message
        Test-Inert $warnings[0].Message
    }

    It 'of paths and patterns are inert where errors are shown' {
        $evil = "x`e[31m`u{202e}`u{2800}y"
        $file = Join-Path $TestDrive "no$evil" 'out.txt'
        Export-HandleDump -LiteralPath $file -ErrorVariable errors -ErrorAction SilentlyContinue
        Export-HandleSession -LiteralPath $file -ErrorVariable +errors -ErrorAction SilentlyContinue
        Import-HandleDump -LiteralPath $file -ErrorVariable +errors -ErrorAction SilentlyContinue
        Import-HandleSession -LiteralPath $file -ErrorVariable +errors -ErrorAction SilentlyContinue
        Get-HandleProcess "[$evil" -ErrorVariable +errors -ErrorAction SilentlyContinue
        Get-HandleSession "[$evil" -ErrorVariable +errors -ErrorAction SilentlyContinue
        try { 'binder state:' | Import-HandleDump -ProcessName @{ $evil = $evil } } catch { $errors += $_ }
        $errors.FullyQualifiedErrorId -replace ',.*' | Sort-Object -Unique | Should -Be 'BadPattern', 'BadProcessName', 'FileNotWritten', 'PathNotFound'
        foreach ($record in $errors) {
            Test-Inert "$record"
            Test-Inert ($record | Out-String -Width 200)
        }
    }

    It 'of files are inert in the views' {
        $folder = (New-Item "$TestDrive/a`e[31mb`u{180b}" -ItemType Directory).FullName
        [IO.File]::WriteAllText("$folder/state.txt", "binder state:`nproc 1`nref x`n")
        $null = Import-HandleDump -LiteralPath "$folder/state.txt" -WarningAction Ignore -ErrorAction SilentlyContinue
        foreach ($objects in (Get-HandleSession), (Get-HandleSession).Findings, (Get-HandleSession).Sources, (Get-HandleStatistic)) {
            Test-Inert ($objects | Out-String -Width 200)
            Test-Inert ($objects | Format-List | Out-String -Width 200)
        }
    }
}
