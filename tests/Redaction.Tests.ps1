BeforeAll {
    Import-Module "$PSScriptRoot/Engine.psm1"
    Import-Module "$PSScriptRoot/../HandlePool.psd1"

    # Pids and threads that are no other numbers of the texts.
    $names = @{ killed = 'killed'; stuck = 'stuck' }
    foreach ($name in $names.Keys) {
        $text = Get-Content -Raw "$PSScriptRoot/data/evidence/$name.txt"
        foreach ($pair in @('1754', '31754'), @('2745', '32745'), @('2100', '32100'), @('4100', '34100'), @('1822', '31822'), @('4112', '34112')) {
            $text = $text -replace "\b$($pair[0])\b", $pair[1]
        }
        $text | Set-Content "TestDrive:/$name.txt"
    }
    $secrets = '31754', '32745', '32100', '34100', '31822', '34112', '10087', '10082', 'u0a87', 'u0_a87', 'example', 'ISync', 'generic/device'

    function Get-Leak([string] $Text) { $secrets.Where({ $Text.Contains($_) }) }

    # With a random key, a number may become one that contains another: u0a87 is in u0a871. Names become none that contain a word.
    function Get-NameLeak([string] $Text) { (Get-Leak $Text).Where({ $_ -notmatch '\d' }) }
}

AfterAll {
    Get-HandleSession | Remove-HandleSession
}

Describe '-Redact' {
    BeforeEach { $session = Import-HandleDump TestDrive:/stuck.txt }

    It 'hides names and numbers in <Name>' -ForEach @(
        @{ Name = 'a dump'; Write = { Export-HandleDump TestDrive:/out @args; Get-Content -Raw TestDrive:/out } }
        @{ Name = 'a report in HTML'; Write = { Export-HandleReport TestDrive:/out.html @args; Get-Content -Raw TestDrive:/out.html } }
        @{ Name = 'a report in Markdown'; Write = { Export-HandleReport TestDrive:/out.md @args; Get-Content -Raw TestDrive:/out.md } }
        @{ Name = 'evidence'; Write = { Get-HandleEvidence @args | ConvertTo-Json -Depth 4 } }
        @{ Name = 'evidence as CSV'; Write = { Get-HandleEvidence @args | ConvertTo-Csv | Out-String } }
        @{ Name = 'incidents'; Write = { Get-HandleIncident @args -WarningAction Ignore | ConvertTo-Json -Depth 4 -WarningAction Ignore } }
        @{ Name = 'incidents as shown'; Write = { Get-HandleIncident @args -WarningAction Ignore | Out-String -Width 120 } }
        @{ Name = 'calls'; Write = { Get-HandleTransaction @args -WarningAction Ignore | ConvertTo-Json -Depth 3 -WarningAction Ignore } }
        @{ Name = 'calls as shown'; Write = { Get-HandleTransaction @args -WarningAction Ignore | Format-List | Out-String -Width 200 } }
    ) {
        foreach ($file in 'killed', 'stuck') {
            $null = Import-HandleDump "TestDrive:/$file.txt"
            Get-NameLeak (& $Write -Redact) | Should -BeNullOrEmpty -Because $file
            Get-Leak (& $Write -RedactKey 'a key') | Should -BeNullOrEmpty -Because $file
        }
    }

    It 'would find them without redaction' {
        $null = Export-HandleDump TestDrive:/plain
        Get-Leak (Get-Content -Raw TestDrive:/plain) | Should -Contain 'example'
        Get-Leak (Get-HandleEvidence | ConvertTo-Json) | Should -Contain '31754'
    }

    It 'uses the same pseudonyms in dumps, evidence and calls' {
        $call = Get-HandleTransaction Pending -Redact
        Export-HandleDump TestDrive:/state -Redact
        $copy = Import-HandleDump TestDrive:/state
        $process = Get-HandleProcess $call.ToId -Session $copy
        $process.Name | Should -BeExactly $call.ToName
        $process.Name | Should -Match '^name-[0-9a-f]{12}$'
        (Get-HandleEvidence Process -Redact -Session $session | Where-Object Name -EQ $process.Name).Pid | Should -Be $call.ToId
        (Get-HandleProcess $call.FromId -Session $copy).Name | Should -Be 'system_server'
    }

    It 'writes a dump with the same handles' {
        $session | Export-HandleDump TestDrive:/state -Redact
        $copy = Import-HandleDump TestDrive:/state -WarningVariable warnings
        $warnings | Should -BeNullOrEmpty
        $count = { param($of) Get-HandleReference -Session $of | ForEach-Object { "$($_.Handle) $($_.Node.Id) $($_.Strong) $($_.Weak)" } | Sort-Object }
        & $count $copy | Should -Be (& $count $session)
        $copy.Processes, $copy.Nodes | Should -Be $session.Processes, $session.Nodes
    }

    It 'depends on the key only' {
        $read = { (Get-HandleTransaction Pending @args).ToName }
        & $read -RedactKey one | Should -Be (& $read -RedactKey one)
        & $read -RedactKey one | Should -Not -Be (& $read -RedactKey two)
        & $read -Redact | Should -Be (& $read -Redact)
        & $read -Redact | Should -Not -Be (& $read -RedactKey one)
        { Get-HandleTransaction -RedactKey '' } | Should -Throw
    }

    It 'filters by what the report says' {
        Get-HandleTransaction -From com.example.mail -Redact | Should -HaveCount 4
        Get-HandleTransaction -Process 34100 -Redact | Should -HaveCount (@(Get-HandleTransaction -Process 34100).Count)
        Get-HandleEvidence Process -Process 31754 -Redact | Should -HaveCount 1
        $null = Import-HandleDump TestDrive:/killed.txt
        Get-HandleEvidence -Uid 10087 -Redact | Should -HaveCount (@(Get-HandleEvidence -Uid 10087).Count)
    }

    It 'changes nothing in the session, and adds none' {
        $before = @(Get-HandleSession).Count
        $null = Get-HandleEvidence -Redact
        Get-HandleProcess com.example.mail | Should -Not -BeNullOrEmpty
        @(Get-HandleSession).Count | Should -Be $before
    }

    It 'redacts a series with a baseline' {
        $series = Get-ChildItem "$PSScriptRoot/data/real/leak/*.gz" | ForEach-Object { Import-HandleDump $_.FullName }
        $series | Export-HandleReport TestDrive:/series.md -RedactKey k -Baseline (New-HandleBaseline -Session $series[0])
        $text = Get-Content -Raw TestDrive:/series.md
        $text | Should -Match 'file-[0-9a-f]{12}'
        $text | Should -Not -Match 'state-2026'
    }
}
