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

    It 'returns the bitmaps of all processes, or of those given as <Form>' -ForEach @(
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

    It 'returns the words, where bit 0 of the first is handle 0' {
        $words = (Get-HandleBitmap $app).Words
        , $words | Should -BeOfType uint64[]
        $words | Should -HaveCount 2
        $words[0] -band 0xFFF | Should -Be 0x3F6
        $words[1] | Should -Be 0x7F
    }

    It 'returns the runs of used handles' {
        $runs = (Get-HandleBitmap $app).Runs
        $runs.First | Should -Be 1, 4, 12
        $runs.Last | Should -Be 2, 9, 70
        $runs | ForEach-Object Length | Should -Be 2, 6, 59
        $runs[0].Length | Should -BeOfType int
        (Get-HandleBitmap $owner).Runs | Should -BeNullOrEmpty
    }

    It 'tells whether a handle is used, for any number' {
        $bitmap = Get-HandleBitmap $app
        1, 2, 4, 70 | ForEach-Object { $bitmap.IsSet($_) | Should -BeTrue }
        0, 3, 71, 128, -1, 4294967295, [long]::MaxValue | ForEach-Object { $bitmap.IsSet($_) | Should -BeFalse }
    }

    It 'is a snapshot' {
        $before = Get-HandleBitmap $app
        Get-HandleReference $app | Remove-HandleReference
        $before.InUse | Should -Be 67
        $before.IsSet(70) | Should -BeTrue
        (Get-HandleBitmap $app).InUse | Should -Be 0
    }

    It 'has no lowest free handle for a full pool' {
        $null = New-HandleNode $owner -Count 60 | Add-HandleReference $app
        $full = Get-HandleBitmap $app
        $full.InUse, $full.LowestFree | Should -Be 127, $null
        $null = New-HandleProcess 'sm' -Manager
        $null = Add-HandleReference $app -Handle 0
        (Get-HandleBitmap $app).Runs[0].Length | Should -Be 128
        (Get-HandleBitmap $app).Density | Should -Be 1
    }

    It 'draws a picture with a line for every 64 handles' {
        $picture = (Get-HandleBitmap $app | Out-String -Width 100) -split '\r?\n'
        $picture -join "`n" | Should -Match 'app'
        $picture -match '^ +0 ' | Should -Match ' \.##\.######\.\.#{52}$'
        $picture -match '^ +64 ' | Should -Match ' #{7}\.{57}$'
    }

    It 'draws <Capacity> handles in at most 80 columns and 70 lines of plain text' -ForEach @(
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

    It 'draws only the handles of a range given as <Form>' -ForEach @(
        @{ Form = '1000..1999'; Get = { Get-HandleBitmap $big -Range 1000..1999 } }
        @{ Form = '1000-1999'; Get = { Get-HandleBitmap $big -Range 1000-1999 } }
        @{ Form = 'two numbers'; Get = { Get-HandleBitmap $big -Range 1000, 1999 } }
        @{ Form = 'an expression'; Get = { Get-HandleBitmap $big -Range (1000..1999) } }
        @{ Form = 'a run'; Get = { Get-HandleBitmap $big -Range (Get-HandleBitmap $big -Range 1000..1999).Range } }
    ) {
        $big = New-HandleProcess 'big'
        $null = New-HandleNode $owner -Count 3000 | Add-HandleReference $big
        Remove-HandleReference $big 999, 1000, 1024, 1999
        $bitmap = & $Get
        $lines = ($bitmap | Out-String -Width 100).Trim() -split '\r?\n'
        $lines -match '^showing 1000-1999: 997 of 1000 used$' | Should -HaveCount 1
        $lines -match '^ +\+0 +\+16 +\+32 +\+48$' | Should -HaveCount 1
        $rows = @($lines -match '^ +\d+  ')
        $rows[0] | Should -BeExactly ('   960' + ' ' * 42 + '.' + '#' * 23)
        $rows[1] | Should -BeExactly ('  1024  .' + '#' * 63)
        $rows[-1] | Should -BeExactly ('  1984  ' + '#' * 15 + '.')
        $lines -match '^ +\*  13 rows used$' | Should -HaveCount 1
        $lines[-1] | Should -Be '# used, . unused'

        # All but the picture is about the whole.
        $bitmap.Range.First, $bitmap.Range.Last, $bitmap.Range.Length | Should -Be 1000, 1999, 1000
        $bitmap.Capacity, $bitmap.InUse, $bitmap.HighestUsed | Should -Be 4096, 2996, 3000
        $bitmap.Words | Should -HaveCount 64
        $bitmap.Runs.First | Should -Be 1, 1001, 1025, 2000
        $bitmap.IsSet(2500) | Should -BeTrue
    }

    It 'ends a range at the end of the pool, and draws a single handle' {
        (Get-HandleBitmap $app -Range 100..9999).Range.Last | Should -Be 127
        Get-HandleBitmap $app -Range 64..2147483647 | Out-String | Should -Match '(?m)^showing 64-127: 7 of 64 used\r?\n\r?\n.*\r?\n +64  #{7}\.{57}\r?$'
        Get-HandleBitmap $app -Range 12 | Out-String | Should -Match '(?m)^ +0 {14}#\r?$'
        (Get-HandleBitmap $app).Range.ToString() | Should -Be '0-127'
        Get-HandleBitmap $app -Range 0..127 | Out-String | Should -BeExactly (Get-HandleBitmap $app | Out-String)
    }

    It 'refuses the range <Range>, which is <What>' -ForEach @(
        @{ Range = '20..10'; What = 'the wrong way round'; Naming = 'ends at handle 10, before its start at 20' }
        @{ Range = -5, 10; What = 'below 0'; Naming = "'-5' is not a handle" }
        @{ Range = '-5'; What = 'below 0 as text'; Naming = "'-5' is not a handle" }
        @{ Range = 'all'; What = 'a word'; Naming = "'all' is not a handle" }
        @{ Range = ''; What = 'nothing'; Naming = "'' is not a handle" }
        @{ Range = '1..'; What = 'half of one'; Naming = "'' is not a handle" }
        @{ Range = 1, 5, 9; What = 'three numbers'; Naming = 'not consecutive' }
        @{ Range = '0..4294967295'; What = 'too large'; Naming = '4294967295' }
        @{ Range = 1.5; What = 'a fraction'; Naming = "'1.5' is not a handle" }
    ) {
        { Get-HandleBitmap $app -Range $Range } | Should -Throw "*$Naming*"
    }

    It 'refuses a range beyond a pool, and continues' {
        $found = $owner, $app | Get-HandleBitmap -Range 64..80 -ErrorVariable errors -ErrorAction SilentlyContinue
        $found.Process | Should -Be $app
        $errors | Should -HaveCount 1
        $errors[0].FullyQualifiedErrorId | Should -BeLike 'RangeBeyondCapacity,*'
        $errors[0].TargetObject | Should -Be $owner
        "$($errors[0])" | Should -Match "64-80.*'owner'.*63"
    }

    It 'condenses a pool of 2^<Power> handles by density' -ForEach @{ Power = 20; PerCell = 512 }, @{ Power = 30; PerCell = 524288 } {
        $big = New-HandleProcess 'big' -Id 9
        $null = New-HandleNode $owner -Count 1100 | Add-HandleReference $big
        for ($i = 11; $i -lt $Power; $i++) { $null = Resize-HandlePool $big -Grow }
        $bitmap = Get-HandleBitmap $big
        $bitmap.Capacity | Should -Be ([long] 1 -shl $Power)
        $lines = ($bitmap | Out-String -Width 100).Trim() -split '\r?\n'
        $lines.Count | Should -BeLessOrEqual 38
        ($lines.Length | Measure-Object -Maximum).Maximum | Should -BeLessOrEqual 80
        $lines[-1] | Should -Be "each cell is $PerCell handles: . none used, 1-9 tenths used, # all used"
        $first = if ($Power -eq 20) { '9#1\.{61}' } else { '1\.{63}' }
        $lines -match '^ +0  ' | Should -Match "^ +0  $first$"
        $lines -match '^ +\*  3[01] rows unused$' | Should -HaveCount 1
        $part = (Get-HandleBitmap $big -Range 512..600 | Out-String).Trim() -split '\r?\n'
        $part[-1] | Should -Be '# used, . unused'
        $part -match '^ +576  ' | Should -Match '#{25}$'
    }

    It 'draws the same picture into a file, whatever the colors' {
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
