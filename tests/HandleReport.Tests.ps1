BeforeAll {
    Import-Module "$PSScriptRoot/../HandlePool.psd1"
}

Describe 'Export-HandleReport of rows' {
    BeforeAll {
        Import-Module "$PSScriptRoot/../HandlePool.psd1"
        $series = foreach ($handles in 100, 400, 700) {
            $session = New-HandleSession "dump$handles"
            $server = New-HandleProcess server -Id 1
            $client = New-HandleProcess client -Id 2
            $null = New-HandleNode $server -Count $handles | Add-HandleReference $client
            $session
        }
        $null = New-HandleSession other
        $file = "$TestDrive/rows.md"
    }

    AfterAll { Get-HandleSession | Remove-HandleSession }

    It 'is on the series of a suspect' {
        $series | Find-HandleLeak | Export-HandleReport $file
        Get-Content $file -TotalCount 1 | Should -BeExactly '# Binder handles: dump100 to dump700'
    }

    It 'is on both sessions of a change, and on the session of a usage' {
        Compare-HandleSession $series[0] $series[1] | Export-HandleReport $file
        Get-Content $file -TotalCount 1 | Should -BeExactly '# Binder handles: dump100 to dump400'
        Export-HandleReport $file -InputObject (Measure-HandleUsage -Session $series[1])
        Get-Content $file -TotalCount 1 | Should -BeExactly '# Binder handles: dump400'
        Measure-HandleUsage Context -Session $series[1] | Export-HandleReport $file
        Get-Content $file -TotalCount 1 | Should -BeExactly '# Binder handles: dump400'
    }

    It 'is HTML under an extension of no format, and says so' {
        Export-HandleReport "$TestDrive/rows.pdf" -WarningVariable warning -WarningAction SilentlyContinue
        "$warning" | Should -Be "The report is HTML: '.pdf' is no extension of a format. Use -Format, or .html or .md."
        Export-HandleReport "$TestDrive/rows.pdf" -Format Html -WarningVariable warning
        Export-HandleReport "$TestDrive/rows.HTM" -WarningVariable +warning
        Export-HandleReport "$TestDrive/rows" -WarningVariable +warning
        $warning | Should -BeNullOrEmpty
    }

    It 'is not written where no row comes' {
        Remove-Item $file -ErrorAction Ignore
        Find-HandleLeak other -WarningAction Ignore | Export-HandleReport $file
        Test-Path $file | Should -BeFalse
    }
}

Describe 'Export-HandleReport' {
    BeforeEach {
        # A runspace's sessions outlive a test: start from one that nobody has used.
        Get-HandleSession | Remove-HandleSession
        $session = New-HandleSession 'start'
        $server = New-HandleProcess 'server'
        $client = New-HandleProcess 'client'
        $null = New-HandleNode $server -Count 3 | Add-HandleReference $client
        $file = Join-Path $TestDrive 'report.html'
        Remove-Item $file -Force -ErrorAction Ignore
    }

    It 'writes a page about the current session, and no object' {
        Export-HandleReport $file | Should -BeNullOrEmpty
        $html = Get-Content $file -Raw
        $html | Should -Match '^<!DOCTYPE html>'
        $html | Should -Match '<title>Binder handles: start</title>'
        $html | Should -Match '<bdi>client</bdi>'
    }

    It 'writes well-formed XML that refers to no other resource' {
        Export-HandleReport $file
        $html = Get-Content $file -Raw
        ([xml] ($html -replace '^<!DOCTYPE html>')).html.body.main.section.Count | Should -BeGreaterThan 8
        $html | Should -Not -Match 'https?:|@import| src='
    }

    It 'writes the file as an object with -PassThru' {
        $written = Export-HandleReport $file -PassThru
        $written | Should -BeOfType System.IO.FileInfo
        $written.FullName | Should -Be $file
        $written.Length | Should -BeGreaterThan 1000
        $written | Out-String | Should -BeExactly (Get-Item $file | Out-String)
        $written.PSPath | Should -Be (Get-Item $file).PSPath
        Push-Location Env:
        (Export-HandleReport "FileSystem::$file" -PassThru).FullName | Should -Be $file
        Pop-Location
    }

    It 'takes a session by name or object, and a title' {
        $other = New-HandleSession 'other'
        Export-HandleReport $file -Session start -Title 'Ticket <42>'
        Get-Content $file -Raw | Should -Match '<title>Ticket &lt;42&gt;</title>'
        Get-Content $file -Raw | Should -Match '<bdi>client</bdi>'
        Export-HandleReport $file $other
        Get-Content $file -Raw | Should -Match '<title>Binder handles: other</title>'
    }

    It 'reports on a series of sessions, by parameter or by pipeline' {
        $later = New-HandleSession 'later'
        $null = New-HandleProcess 'server'
        $null = New-HandleProcess 'client'
        Export-HandleReport $file -Session start, $later
        Get-Content $file -Raw | Should -Match '<title>Binder handles: start to later</title>'
        $session, $later | Export-HandleReport $file -Title 'piped'
        Get-Content $file -Raw | Should -Match 'id="comparison"'
        Get-Content $file -Raw | Should -Match '<title>piped</title>'
    }

    It 'reports once on a session that is given twice' {
        $session, $session | Export-HandleReport $file
        Get-Content $file -Raw | Should -Match '<title>Binder handles: start</title>'
    }

    It 'reports on a dump' {
        Import-HandleDump "$PSScriptRoot/data/state-pixel.txt" | Export-HandleReport $file
        $html = Get-Content $file -Raw
        $html | Should -Match 'com\.example\.photos</bdi> \(4127\) → <bdi>system_server'
        $html.IndexOf('id="verdict"') | Should -BeLessThan $html.IndexOf('<nav')
    }

    It 'replaces an existing file, but not with -NoClobber' {
        'old' | Set-Content $file
        { Export-HandleReport $file -NoClobber -ErrorAction Stop } | Should -Throw -ErrorId 'NoClobber,*'
        Get-Content $file | Should -Be 'old'
        Export-HandleReport $file
        Get-Content $file -Raw | Should -Match '^<!DOCTYPE html>'
    }

    It 'replaces a read-only file only with -Force' {
        'old' | Set-Content $file
        Set-ItemProperty $file IsReadOnly $true
        { Export-HandleReport $file -ErrorAction Stop } | Should -Throw -ErrorId 'FileReadOnly,*'
        Get-Content $file | Should -Be 'old'
        Export-HandleReport $file -Force
        Get-Content $file -Raw | Should -Match '^<!DOCTYPE html>'
    }

    It 'takes a path literally with -LiteralPath' {
        $odd = Join-Path $TestDrive 'a[1].html'
        Export-HandleReport -LiteralPath $odd
        Test-Path -LiteralPath $odd | Should -BeTrue
    }

    It 'names a missing session, and writes the report on the others' {
        'missing', 'start' | Export-HandleReport $file -ErrorVariable errors -ErrorAction SilentlyContinue
        $errors | Should -HaveCount 1
        $errors[0].FullyQualifiedErrorId | Should -BeLike 'SessionNotFound,*'
        Get-Content $file -Raw | Should -Match '<title>Binder handles: start</title>'
    }

    It 'writes nothing if no session exists or the pipeline is empty' {
        { Export-HandleReport $file -Session missing -ErrorAction Stop } | Should -Throw -ErrorId 'SessionNotFound,*'
        @() | Export-HandleReport $file
        $file | Should -Not -Exist
    }

    It 'refuses a missing folder' {
        { Export-HandleReport (Join-Path $TestDrive 'none/report.html') -ErrorAction Stop } | Should -Throw -ErrorId 'FileNotWritten,*'
    }

    It 'writes <Format> to <Name><As>' -ForEach @(
        @{ Name = 'a.html'; Named = @{}; Format = 'Html'; As = '' }
        @{ Name = 'a.htm'; Named = @{}; Format = 'Html'; As = '' }
        @{ Name = 'a'; Named = @{}; Format = 'Html'; As = '' }
        @{ Name = 'a.md'; Named = @{}; Format = 'Markdown'; As = '' }
        @{ Name = 'a.MarkDown'; Named = @{}; Format = 'Markdown'; As = '' }
        @{ Name = 'a.txt'; Named = @{ Format = 'Markdown' }; Format = 'Markdown'; As = ' with -Format Markdown' }
        @{ Name = 'a.md'; Named = @{ Format = 'Html' }; Format = 'Html'; As = ' with -Format Html' }
    ) {
        $target = Join-Path $TestDrive $Name
        Export-HandleReport $target @Named
        $first = if ($Format -eq 'Html') { '<!DOCTYPE html>' } else { '# Binder handles: start' }
        Get-Content -LiteralPath $target -TotalCount 1 | Should -BeExactly $first
    }

    It 'refuses a format that does not exist' {
        { Export-HandleReport $file -Format Pdf } | Should -Throw "*'Pdf' is not one of Html, Markdown." -ErrorId 'ParameterArgumentTransformationError,*'
        $file | Should -Not -Exist
    }

    It 'replaces Markdown as it replaces a page: not with -NoClobber, and only as a whole' {
        $markdown = Join-Path $TestDrive 'report.md'
        'old' | Set-Content $markdown
        { Export-HandleReport $markdown -NoClobber -ErrorAction Stop } | Should -Throw -ErrorId 'NoClobber,*'
        Get-Content $markdown | Should -Be 'old'
        Export-HandleReport $markdown -PassThru | ForEach-Object Name | Should -Be 'report.md'
        Get-ChildItem $TestDrive -Filter '*.tmp' -Force | Should -BeNullOrEmpty
    }

    It 'writes Markdown that a renderer shows as the same names and numbers' {
        Remove-HandleSession start
        $null = Import-HandleDump "$PSScriptRoot/data/state-pixel.txt"
        Export-HandleReport (Join-Path $TestDrive 'pixel.md')
        $html = (ConvertFrom-Markdown (Join-Path $TestDrive 'pixel.md')).Html
        $html | Should -Match '<h2 id="verdict">Verdict</h2>\s+<p><strong><code>com\.example\.photos</code> \(4127\) may be leaking handles of'
        $html | Should -Match '<td><code>system_server</code> \(1754\) <strong>suspect 1</strong></td>\s+<td style="text-align: right;">194</td>'
    }

    It 'writes Markdown in which <_> is the name of a process, and nothing else' -ForEach @(
        '<script>alert(1)</script>', '[a](javascript:alert(1))', '![a](http://evil.example/x.png)', 'https://evil.example', '*a* _b_', '``a`', '<!--'
    ) {
        $null = New-HandleNode (New-HandleProcess $_) | Add-HandleReference (New-HandleProcess $_)
        Export-HandleReport (Join-Path $TestDrive 'hostile.md')
        $html = (ConvertFrom-Markdown (Join-Path $TestDrive 'hostile.md')).Html
        $html | Should -Match ('<td><code>{0}</code> \(\d+\)</td>' -f [regex]::Escape([System.Net.WebUtility]::HtmlEncode($_).Replace('&#39;', "'")))
        $html -replace '</?(h[1-6]|p|ul|li|strong|code|table|thead|tbody|tr|th|td)( [^<>]*)?>' | Should -Not -Match '[<>]'
    }

    It 'shows markup in names as text' {
        $null = New-HandleProcess '<script>alert(1)</script>'
        Export-HandleReport $file
        $html = Get-Content $file -Raw
        $html | Should -Match '&lt;script&gt;alert\(1\)&lt;/script&gt;'
        [regex]::Matches($html, '<script').Count | Should -Be 1
    }
}
