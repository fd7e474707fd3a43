BeforeAll {
    Import-Module "$PSScriptRoot/../HandlePool.psd1"
    Import-Module "$PSScriptRoot/HandleErrorAssertion.psm1"
}

Describe 'Get-HandleBitmap' {
    BeforeEach {
        $session = New-HandleSession
        $owner = New-HandleProcess 'owner' -Id 1
        $app = New-HandleProcess 'app' -Id 2
        $null = New-HandleNode $owner -Count 70 | Add-HandleReference $app
        Remove-HandleReference $app 3, 10, 11
    }

    It 'gives the bitmaps of all processes, or of those given as <Form>' -ForEach @(
        @{ Form = 'none'; Get = { Get-HandleBitmap }; Names = 'owner', 'app' }
        @{ Form = 'an object'; Get = { Get-HandleBitmap $app }; Names = 'app' }
        @{ Form = 'name and pid'; Get = { Get-HandleBitmap APP, 1 }; Names = 'app', 'owner' }
        @{ Form = 'a wildcard'; Get = { Get-HandleBitmap a* }; Names = 'app' }
        @{ Form = 'a wildcard that fits nothing'; Get = { Get-HandleBitmap nope* -ErrorAction Stop }; Names = $null }
        @{ Form = 'objects in the pipeline'; Get = { Get-HandleProcess | Get-HandleBitmap }; Names = 'owner', 'app' }
        @{ Form = 'name and pid in the pipeline'; Get = { 'app', 1 | Get-HandleBitmap }; Names = 'app', 'owner' }
        @{ Form = 'rows of strings'; Get = { "Process`n2" | ConvertFrom-Csv | Get-HandleBitmap }; Names = 'app' }
        @{ Form = 'what another cmdlet wrote'; Get = { Get-HandlePool app | Get-HandleBitmap }; Names = 'app' }
    ) {
        @(& $Get).Process.Name | Should -Be $Names
    }

    It 'has the properties that scripts rely on' {
        $bitmap = Get-HandleBitmap $app
        $bitmap | Should -BeOfType HandlePool.HandleBitmap
        'Capacity', 'InUse', 'LowestFree', 'HighestUsed' | ForEach-Object { $bitmap.$_ | Should -BeOfType int }
        $bitmap.Process | Should -Be $app
        $bitmap.Capacity, $bitmap.InUse, $bitmap.LowestFree, $bitmap.HighestUsed | Should -Be 128, 67, 3, 70
        $bitmap.Density | Should -BeOfType double
        [Math]::Round($bitmap.Density, 6) | Should -Be ([Math]::Round(67 / 128, 6))
    }

    It 'gives the words, bit 0 of the first being handle 0' {
        $words = (Get-HandleBitmap $app).Words
        , $words | Should -BeOfType uint64[]
        $words | Should -HaveCount 2
        $words[0] -band 0xFFF | Should -Be 0x3F6
        $words[1] | Should -Be 0x7F
    }

    It 'gives the runs of used handles' {
        $runs = (Get-HandleBitmap $app).Runs
        $runs.First | Should -Be 1, 4, 12
        $runs.Last | Should -Be 2, 9, 70
        $runs | ForEach-Object Length | Should -Be 2, 6, 59
        $runs[0].Length | Should -BeOfType int
        (Get-HandleBitmap $owner).Runs | Should -BeNullOrEmpty
    }

    It 'tells whether a handle is used, whatever is asked' {
        $bitmap = Get-HandleBitmap $app
        1, 2, 4, 70 | ForEach-Object { $bitmap.IsSet($_) | Should -BeTrue }
        0, 3, 71, 128, -1, 4294967295, [long]::MaxValue | ForEach-Object { $bitmap.IsSet($_) | Should -BeFalse }
    }

    It 'is a snapshot' {
        $before = Get-HandleBitmap $app
        Get-HandleReference $app | Remove-HandleReference -All
        $before.InUse | Should -Be 67
        $before.IsSet(70) | Should -BeTrue
        (Get-HandleBitmap $app).InUse | Should -Be 0
    }

    It 'says nothing for the lowest free handle of a full pool' {
        $null = New-HandleNode $owner -Count 60 | Add-HandleReference $app
        $full = Get-HandleBitmap $app
        $full.InUse, $full.LowestFree | Should -Be 127, $null
        $null = New-HandleProcess 'sm' -Manager
        $null = Add-HandleReference $app -Handle 0
        (Get-HandleBitmap $app).Runs[0].Length | Should -Be 128
        (Get-HandleBitmap $app).Density | Should -Be 1
    }

    It 'narrows by context; a name that fits several is fine' {
        $null = New-HandleProcess 'app' -Id 2 -Context hwbinder
        (Get-HandleBitmap 2).Process.Context | Should -Be 'binder', 'hwbinder'
        (Get-HandleBitmap app -Context hwbinder).Process.Context | Should -Be 'hwbinder'
    }

    It 'refuses a process that is not there or has exited and goes on' {
        { $script:found = 'nope', -1, 'app' | Get-HandleBitmap } | Should -WriteHandleError ProcessNotFound -Times 2
        $script:found.Process | Should -Be $app
        { Get-HandleBitmap nope -ErrorAction Stop } | Should -WriteHandleError ProcessNotFound -Terminating -Naming nope
        Remove-HandleProcess app
        { Get-HandleBitmap app } | Should -WriteHandleError ProcessDead -Naming app
    }

    It 'refuses $null rather than listing all' {
        { Get-HandleBitmap $null } | Should -Throw
    }

    It 'refuses what is no process' {
        { Get-HandleBitmap (Get-Date) } | Should -Throw
    }

    It 'looks in the session that is named, given, or that the process belongs to' {
        $other = New-HandleSession
        Get-HandleBitmap | Should -BeNullOrEmpty
        Get-HandleBitmap -Session $session | Should -HaveCount 2
        (Get-HandleBitmap app -Session $session.Name).Process | Should -Be $app
        (Get-HandleBitmap $app).Process | Should -Be $app
        { Get-HandleBitmap $app -Session $other } | Should -WriteHandleError ProcessNotFound -Naming app
        { Get-HandleBitmap -Session nope } | Should -WriteHandleError SessionNotFound -Naming nope
    }

    It 'draws a picture, a line for 64 handles' {
        $picture = (Get-HandleBitmap $app | Out-String -Width 100) -split '\r?\n'
        $picture -join "`n" | Should -Match 'app'
        $picture -match '^ +0 ' | Should -Match ' \.##\.######\.\.#{52}$'
        $picture -match '^ +64 ' | Should -Match ' #{7}\.{57}$'
    }

    It 'draws <Capacity> handles in at most 80 columns and 70 lines without escape sequences' -ForEach @(
        @{ Capacity = 64; Times = 0 }
        @{ Capacity = 4096; Times = 6 }
        @{ Capacity = 8192; Times = 7 }
        @{ Capacity = 1048576; Times = 14 }
    ) {
        for ($i = 0; $i -lt $Times; $i++) { $null = Resize-HandlePool $owner -Grow }
        $bitmap = Get-HandleBitmap $owner
        $bitmap.Capacity | Should -Be $Capacity
        $text = $bitmap | Out-String -Width 100
        $lines = $text.TrimEnd() -split '\r?\n'
        $lines.Count | Should -BeGreaterThan 2
        $lines.Count | Should -BeLessOrEqual 72
        ($lines.Length | Measure-Object -Maximum).Maximum | Should -BeLessOrEqual 80
        $text | Should -Not -Match '\x1b'
    }

    It 'draws the same picture into a file, whatever the colours' {
        $bitmap = Get-HandleBitmap $app
        $rendering = $PSStyle.OutputRendering
        try {
            $PSStyle.OutputRendering = 'Ansi'
            $ansi = $bitmap | Out-String -Width 100
            $bitmap | Out-File TestDrive:/ansi.txt -Width 100
            $PSStyle.OutputRendering = 'PlainText'
            $plain = $bitmap | Out-String -Width 100
            $bitmap > TestDrive:/plain.txt
        } finally {
            $PSStyle.OutputRendering = $rendering
        }
        $ansi | Should -BeExactly $plain
        (Get-Content TestDrive:/ansi.txt -Raw).Trim() | Should -BeExactly $plain.Trim()
        (Get-Content TestDrive:/plain.txt -Raw).Trim() | Should -BeExactly $plain.Trim()
    }

    It 'draws the same picture in every culture' {
        $bitmap = Get-HandleBitmap $app
        $picture = $bitmap | Out-String -Width 100
        $culture = [cultureinfo]::CurrentCulture
        try {
            [cultureinfo]::CurrentCulture = 'de-DE'
            $bitmap | Out-String -Width 100 | Should -BeExactly $picture
        } finally {
            [cultureinfo]::CurrentCulture = $culture
        }
    }

    It 'shows as a table and as a list' {
        $bitmap = Get-HandleBitmap $app
        $bitmap | Format-Table | Out-String -Width 100 |
            Should -Match '(?m)^Process +Capacity +InUse +LowestFree +HighestUsed +Density'
        $list = $bitmap | Format-List | Out-String -Width 100
        'Process', 'Capacity', 'InUse', 'LowestFree', 'HighestUsed', 'Density', 'Runs' |
            ForEach-Object { $list | Should -Match "(?m)^$_ +:" }
    }
}
