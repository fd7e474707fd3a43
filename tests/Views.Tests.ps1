BeforeDiscovery {
    Import-Module "$PSScriptRoot/../HandlePool.psd1"
    $types = @(Get-Command -Module HandlePool | ForEach-Object { $_.OutputType.Name } | Where-Object { $_ -like 'HandlePool.*' }) +
        'HandlePool.HandleFinding', 'HandlePool.HandleRun', 'HandlePool.Measurements.PoolLatency',
        'HandlePool.Analysis.HandleUsage#Uid', 'HandlePool.Analysis.HandleUsage#Interface' | Sort-Object -Unique

    # There is no stand-in for adb on Windows.
    if ($IsWindows) { $types = $types -ne 'HandlePool.Devices.HandleSample' }
    $cases = foreach ($type in $types) { foreach ($width in 80, 100) { @{ Type = $type; Width = $width } } }
}

BeforeAll {
    Import-Module "$PSScriptRoot/Engine.psm1"
    Import-Module "$PSScriptRoot/../HandlePool.psd1"

    # One or more objects of each type, with long names, long numbers, something dead and something refused among them.
    $null = New-HandleSession -Record
    $server = New-HandleProcess 'com.example.organization.server.persistent' -Id 1754
    $client = New-HandleProcess 'com.example.organization.client.foreground' -Id 4127
    $other = New-HandleProcess 'other' -Id 5000
    $null = New-HandleNode $server -Name 'com.example.organization.audio' | Add-HandleReference $client -Count 2147483647
    $null = New-HandleNode $server -Count 5600 | Add-HandleReference $client
    $null = New-HandleNode $other -Count 3 | Add-HandleReference $client
    $stale = Request-HandlePoolResize $client -Grow
    $result = @(Resize-HandlePool $client -Grow; $stale | Complete-HandlePoolResize)
    $usage = @(Measure-HandleUsage) + @(Measure-HandleUsage -By Owner)
    $null = Get-HandleReference $client 5602 | Request-HandleNotification -Cookie ([ulong]::MaxValue)
    $null = Get-HandleReference $client 1 | Request-HandleNotification -Kind Freeze
    Remove-HandleProcess $other
    $operation = Get-HandleOperation | Select-Object -First 8
    $null = Add-HandleFault -BreakSummary $client 4200
    $null = Add-HandleFault -FlipBit $client 5000
    $mismatch = Repair-HandlePool
    $session = Get-HandleSession -Current
    $dump = @'
binder state:
proc 17
context binder
  ref 1: desc 1 node 5 s 1 w 1 d 0
  ref 2: desc 1 node 6 s 1 w 1 d 0
'@ -split '\r?\n' | Import-HandleDump -Name dump -Time '2026-11-20' -WarningAction Ignore
    $statistics = @'
binder stats:
proc 2147483647 (com.example.organization.client.foreground)
context hwbinder
  nodes: 99999
  refs: 99999999 s 2147483647 w 2147483647
  BC_INCREFS: 100000000
'@ -split '\r?\n' | Import-HandleDump -Name statistics -WarningAction Ignore
    $report = Import-HandleDump "$PSScriptRoot/data/evidence/killed.txt"
    $stuck = Import-HandleDump "$PSScriptRoot/data/evidence/stuck.txt"
    $leaking = Import-HandleDump "$PSScriptRoot/data/evidence/leaking.txt"
    $earlier = New-HandleSession earlier
    $null = Get-HandleProcess -Session $session | ForEach-Object { New-HandleProcess $_.Name -Id $_.Id -Context $_.Context }
    $null = Switch-HandleSession $session
    $trace = Import-HandleTrace "$PSScriptRoot/data/ftrace/trace.txt"
    $leak = Import-HandleDump "$PSScriptRoot/data/ftrace/end.txt"
    $null = Switch-HandleSession $session
    $measurement = Measure-HandlePool -Count 256 -RangeSize 128 -Allocator HierarchicalBitmap, Bitmap
    if (-not $IsWindows) {
        Import-Module "$PSScriptRoot/StandInDevice.psm1"
        $env:HANDLEPOOL_DEVICES = "$TestDrive/devices"
        $null = New-StandInDevice $env:HANDLEPOOL_DEVICES -Statistics @('binder stats:', 'proc 2147483647 (com.example.organization.client.foreground)', 'context hwbinder', '  refs: 99999999 s 1 w 1')
        $samples = @(Watch-HandleDump -AdbPath "$PSScriptRoot/adb-stand-in/adb" -Count 1)
        Remove-Item Env:HANDLEPOOL_DEVICES
    }
    $series = 0..2 | ForEach-Object {
        $hour = $_
        "binder stats:`nproc 1754 (com.example.organization.client.foreground)`ncontext binder`n  refs: $(100 + 40 * $hour * $hour) s 1 w 1`nproc 2`ncontext hwbinder`n  refs: 7 s 1 w 1" |
            Import-HandleDump -Name "hour$hour" -Time ([datetime]::new(2026, 11, 1, 8 + $hour, 0, 0)) -WarningAction Ignore
    }
    $null = Switch-HandleSession $session
    $objects = @{
        'HandlePool.Analysis.HandleForecast'           = @(Measure-HandleForecast $series -WarningAction Ignore)
        'HandlePool.Devices.HandleSample'              = $samples
        'HandlePool.HandleSession'                     = @($session, $dump)
        'HandlePool.HandleProcess'                     = @(Get-HandleProcess -IncludeDead)
        'HandlePool.HandleNode'                        = @(Get-HandleNode | Select-Object -First 3) + @(Get-HandleNode | Where-Object IsDead)
        'HandlePool.HandleReference'                   = @(Get-HandleReference $client | Where-Object { $_.Handle -lt 3 -or $_.IsDead })
        'HandlePool.HandlePoolStatus'                  = @(Get-HandlePool)
        'HandlePool.HandleNotification'                = @(Get-HandleNotification)
        'HandlePool.HandleStatistic'                   = @(Get-HandleStatistic) + @(Get-HandleStatistic -Session $statistics)
        'HandlePool.HandleReturn'                      = @(Receive-HandleNotification $client)
        'HandlePool.HandlePoolResizer'                 = @($stale)
        'HandlePool.HandlePoolResizeResult'            = $result
        'HandlePool.HandleBitmap'                      = @(Get-HandleBitmap)
        'HandlePool.HandleRun'                         = @((Get-HandleBitmap $client).Runs)
        'HandlePool.HandleEvent'                       = @(Get-HandleEvent)
        'HandlePool.HandleEvidence'                    = @(Get-HandleEvidence -Session $report)
        'HandlePool.HandleInterface'                   = @((Get-HandleNode -Session $report).Candidates)
        'HandlePool.Analysis.HandleIncident'           = @(Get-HandleIncident -Session $report)
        'HandlePool.Analysis.HandleTransaction'        = @(Get-HandleTransaction -Session $stuck)
        'HandlePool.Reports.HandleRow'                 = @(& { $report; Measure-HandleUsage -Session $session; Get-HandleIncident -Session $report } | ConvertTo-HandleRow)
        'HandlePool.Traces.HandleTrace'                = @($trace)
        'HandlePool.Traces.HandleTraceTest'            = @(Test-HandleTrace $trace)
        'HandlePool.Traces.HandleCallSource'           = @(Find-HandleSource $trace -Session $leak -WarningAction Ignore | Select-Object -First 3)
        'HandlePool.HandleFault'                       = @(Add-HandleFault -FailAllocation -Process $client)
        'HandlePool.HandleMismatch'                    = @($mismatch)
        'HandlePool.HandleFinding'                     = @($dump.Findings)
        'HandlePool.Analysis.HandleUsage'              = @($usage)
        'HandlePool.Analysis.HandleUsage#Uid'          = @(Measure-HandleUsage -By Uid -WarningAction Ignore) + @(Measure-HandleUsage -By Uid -Session $report)
        'HandlePool.Analysis.HandleUsage#Interface'    = @(Measure-HandleUsage -By Interface -Session $leaking)
        'HandlePool.Analysis.HandleUsageChange'        = @(Compare-HandleSession $earlier $session)
        'HandlePool.Analysis.HandleBaseline'           = @(New-HandleBaseline)
        'HandlePool.Analysis.HandleBaselinePair'       = @((New-HandleBaseline).Pairs)
        'HandlePool.Analysis.HandleLeakSign'           = @((Find-HandleLeak).Signs)
        'HandlePool.Analysis.HandleLeakSuspect'        = @(Find-HandleLeak)
        'HandlePool.HandleOperation'        = @($operation)
        'HandlePool.HandleOperationResult'  = @(
            @{ Operation = 'RemoveReference'; Process = "$client"; Handle = 99999 }, @{ Operation = 'NewProcess'; Process = 'new' } |
                ForEach-Object { [pscustomobject] $_ } | Invoke-HandleOperation -ErrorAction Ignore)
        'HandlePool.Gates.HandleGrowthResult'          = @(Test-HandleGrowth $session @{ Rules = @(
                    @{ Name = 'the handles of the client of the server'; Holder = '*client*'; Owner = '*'; Limit = 10 }
                    @{ Name = 'nobody'; Holder = 'nobody'; Limit = 5 }) })
        'HandlePool.Measurements.PoolMeasurement'      = @($measurement)
        'HandlePool.Measurements.PoolLatency'          = @($measurement.Rows)
        'HandlePool.Measurements.PoolCost'             = @(Measure-HandlePool Bitmap, HierarchicalBitmap -Live 64, 1000 -WarningAction Ignore)
        'HandlePool.Measurements.ContentionResult'     = @(Measure-HandleContention -Count 2000 -Threads 2)
    }
}

Describe 'The views' {
    BeforeEach {
        $null = Switch-HandleSession $session
    }

    It 'show <Type> as a table of <Width> columns, with whole headers and whole numbers' -ForEach $cases {
        $objects[$Type] | Should -Not -BeNullOrEmpty
        $lines = ($objects[$Type] | Format-Table | Out-String -Width $Width).TrimEnd() -split '\r?\n'
        ($lines.Length | Measure-Object -Maximum).Maximum | Should -BeLessOrEqual $Width

        # The labels of all columns are in one line, above as many lines of dashes.
        $control = (Get-FormatData -TypeName $Type).FormatViewDefinition.Control.Where({ $_.GetType().Name -eq 'TableControl' })[0]
        $labels = $control.Headers.Label
        $at = [array]::FindIndex([string[]] $lines, [Predicate[string]] { param($line) $line -match '^ *-+( +-+)*$' })
        $at | Should -BeGreaterThan 0
        $lines[$at - 1].Trim() -replace ' {2,}', ' ' | Should -BeExactly ($labels -join ' ')

        # Numbers stand to the right and are never cut off. One assertion on all takes less time than one on each.
        $dashes = [regex]::Matches($lines[$at], '-+')
        $wrong = for ($i = 0; $i -lt $labels.Count; $i++) {
            if ($control.Headers[$i].Alignment -ne 'Right') { continue }
            $end = $dashes[$i].Index + $dashes[$i].Length
            $lines[($at + 1)..($lines.Count - 1)].Where({ $_.PadRight($end)[$end - 1] -eq [char] 0x2026 -or ($_.Length -gt $end -and $_[$end] -ne ' ') })
        }
        $wrong | Should -BeNullOrEmpty
    }

    It 'show columns of <Type> that its objects have as properties' -ForEach ($cases.Where({ $_.Width -eq 80 })) {
        foreach ($definition in (Get-FormatData -TypeName $Type).FormatViewDefinition.Where({ $_.Control.GetType().Name -eq 'TableControl' })) {
            $labels = $definition.Control.Headers.Label
            $names = $objects[$Type][0].PSObject.Properties.Name
            $labels.Where({ $_ -notin $names }) | Should -BeNullOrEmpty
            { foreach ($label in $labels) { $objects[$Type] | Sort-Object $label | Where-Object $label -NE 'nothing' | Group-Object $label } } | Should -Not -Throw
        }
    }

    It 'write numbers of <Type> as the culture of the user does, and never grouped' -ForEach ($cases.Where({ $_.Width -eq 80 })) {
        $culture = [cultureinfo]::CurrentCulture
        try {
            $text = foreach ($name in '', 'de-DE') {
                [cultureinfo]::CurrentCulture = $name
                $shown = $objects[$Type] | Out-String -Width 500
                $shown += $objects[$Type] | Format-Table | Out-String -Width 500
                $shown += $objects[$Type] | Format-List | Out-String -Width 500
                $shown -replace '\d[\d.]*:\d\d:\d\d(\.\d+)?' -replace '\d\d\.\d\d\.\d{4}' -replace '\[[^]]*\]'
            }
        } finally {
            [cultureinfo]::CurrentCulture = $culture
        }
        $text[0] | Should -Not -Match '\d,\d'
        # Rows are for databases, which know no culture.
        if ($Type -like '*HandleRow') { $text[1] | Should -BeExactly $text[0] }
        else { $text[1] | Should -Not -Match '\d\.\d' }
    }

    It 'need no hidden property of <Type>, which Tab would offer' -ForEach ($cases.Where({ $_.Width -eq 80 })) {
        $hidden = $objects[$Type][0].PSObject.Properties.Where({ $_.IsHidden }).Name | Where-Object { $_ -ne 'Words' }
        $hidden | Should -BeNullOrEmpty
        $line = '$object | Sort-Object '
        $object = $objects[$Type][0]
        (TabExpansion2 $line $line.Length).CompletionMatches.CompletionText | Where-Object { $_ -cmatch '.(Text|Title)$' } | Should -BeNullOrEmpty
    }

    It 'show <Type> by default in 100 columns' -ForEach ($cases.Where({ $_.Width -eq 100 })) {
        $lines = ($objects[$Type] | Out-String -Width 100) -split '\r?\n'
        ($lines.Length | Measure-Object -Maximum).Maximum | Should -BeLessOrEqual 100
    }

    # A job or a remote session copies the properties of an object, Export-Clixml those of its properties as well.
    It 'show copies of <Type> as they show the objects' -ForEach ($cases.Where({ $_.Width -eq 100 })) {
        foreach ($depth in 1, 2) {
            $copies = foreach ($object in $objects[$Type]) {
                [Management.Automation.PSSerializer]::Deserialize([Management.Automation.PSSerializer]::Serialize($object, $depth))
            }
            foreach ($format in { $_ }, { $_ | Format-Table }, { $_ | Format-List }, { $_ | Format-Wide }) {
                $shown, $copied = foreach ($each in $objects[$Type], $copies) { $each | ForEach-Object $format | Out-String -Width 100 }

                # A process in a copy of less depth is only a name.
                $copied -replace ' \(\d+, \w+\)' | Should -BeExactly ($shown -replace ' \(\d+, \w+\)') -Because "$Type $format at depth $depth"
                if ($depth -gt 1) { $copied | Should -BeExactly $shown }
            }
        }
    }

    It 'show any copy of <Type>, whatever is in it' -ForEach ($cases.Where({ $_.Width -eq 100 })) {
        $names = $objects[$Type][0].PSObject.Properties.Name + 'Words'
        foreach ($value in $null, 'text', "`e[31m", -1, 1e300, @(), @('x', $null), [psobject]::new()) {
            $copy = [pscustomobject] @{ PSTypeName = "Deserialized.$Type" }
            foreach ($name in $names) { $copy | Add-Member $name $value -Force }
            foreach ($view in 'Table', 'List', 'Wide', 'Custom') {
                $control = (Get-FormatData -TypeName $Type).FormatViewDefinition.Control.Where({ $_.GetType().Name -eq "${view}Control" })
                if (-not $control) { continue }
                $shown = $copy | & "Format-$view" | Out-String -Width 100
                if ($view -eq 'Custom') { $shown | Should -Not -BeNullOrEmpty }
            }
        }
    }

    It 'align numbers to the right' {
        foreach ($type in $objects.Keys) {
            $control = (Get-FormatData -TypeName $type).FormatViewDefinition.Control.Where({ $_.GetType().Name -eq 'TableControl' })[0]
            foreach ($header in $control.Headers) {
                $isNumber = $header.Label -match '^(Id|Processes|Nodes|FindingCount|Handles|HandleCount|NodeCount|Capacity|HolderCount|Strong|Weak|Handle|NodeId|InUse|' +
                    'FromCapacity|ToCapacity|GrowCount|Line|First|Last|Length|Dead|Share|Limit|Before|Added|Removed|After|Net|Rank|Growth|Score|' +
                    'Count|Row|Seed|RangeSize|Waits|Retries|DiscardedResizes|Sequence|LowestFree|HighestUsed|Density|Age)$'
                $isName = $type -like '*.HandleOperation*' -and $header.Label -in 'Weak'
                if ($isNumber -and -not $isName) { $header.Alignment | Should -Be 'Right' -Because "$type $($header.Label)" }
            }
        }
    }

    It 'show sizes, ages and signs for people; the properties stay numbers' {
        $null = New-HandleSession -Name sizes -MaxCapacity 1048576
        $big = New-HandleProcess 'big'
        $sizes = foreach ($i in 1..14) {
            $null = Resize-HandlePool $big -Grow
            ($big | Get-HandlePool | Format-List | Out-String) -replace '(?s).*\nBytes +: ([^\r\n]+).*', '$1'
        }
        $sizes[0], $sizes[6], $sizes[7], $sizes[-1] | Should -Be '16 B', '1 KB', '2 KB', '130 KB'
        (Get-HandlePool $big).Bytes | Should -BeOfType long
        ((Resize-HandlePool $big -Shrink -Force) | Format-List | Out-String) | Should -Match '(?m)^BytesFreed +: 130 KB'

        foreach ($case in @(@(3, 's'), @(180, 'min'), @(18000, 'h'), @(260000, 'd'))) {
            $aged = 'binder state:' | Import-HandleDump -Name "aged$($case[1])" -Time ([datetime]::Now.AddSeconds(-$case[0]))
            $aged | Format-List | Out-String | Should -Match "(?m)^Age +: \d+ $($case[1])\r?$"
        }
        $objects['HandlePool.Analysis.HandleUsageChange'] | Out-String -Width 100 | Should -Match ' \+56\d\d\b'
    }

    It 'show of usage by <By> what decides, in <Width> columns' -ForEach @(
        @{ By = 'Uid'; Width = 80; Header = 'Uid HolderName Handles AndroidCount Difference Limit'; Row = '^ +10087 system_server +4 +4 +0 +6000' }
        @{ By = 'Uid'; Width = 120; Header = 'Uid HolderName Handles AndroidCount Difference Limit'; Row = '^ +10087 system_server +4 +4 +0 +6000' }
        @{ By = 'Interface'; Width = 80; Header = 'Certainty HolderName Interface Handles AtMost'; Row = '^Bounded +system_server +\S+ample\.mail\.ISyncListener +121 +122' }
        @{ By = 'Interface'; Width = 120; Header = 'Certainty HolderName Interface Handles AtMost'; Row = '^Bounded +system_server +com\.example\.mail\.ISyncListener +121 +122' }
    ) {
        $lines = Measure-HandleUsage $By -Session $(if ($By -eq 'Uid') { $report } else { $leaking }) -WarningAction Ignore | Out-String -Stream -Width $Width
        $lines.Trim() -replace ' {2,}', ' ' | Should -Contain $Header
        $lines -match $Row | Should -HaveCount 1 -Because ($lines -join "`n")
    }

    It 'name the context of a holder if it is not the usual one' {
        $null = New-HandleSession contexts
        $null = New-HandleNode (New-HandleProcess camera -Context hwbinder -Uid 10087) | Add-HandleReference (New-HandleProcess app -Context hwbinder)
        Measure-HandleUsage Uid | Out-String -Width 80 | Should -Match '10087 app \(hwbinder\) +1'
    }

    It 'show when evidence is from, as its log does' {
        Get-HandleEvidence Kill -Session $report | Out-String -Width 80 | Should -Match '(?m)^Kill +01-02 09:00:00 +2745 +10087 '
    }

    It 'group references by process and findings by file' {
        Get-HandleReference | Where-Object Handle -EQ 1 | Out-String -Width 100 |
            Should -Match 'Process: com\.example\.organization\.client\.foreground \(4127, binder\)'
        $dump.Findings | Out-String -Width 100 | Should -Match '(?m)^ +File: '
    }

    It 'group mismatches by process and show them whole in 80 columns' {
        $text = $mismatch | Out-String -Width 80
        $text | Should -Match '(?m)^   In: com\.example\.organization\.client\.foreground \(4127, binder\)\r?$'
        $text | Should -Match "(?m)^Summary +segment 2, summary 1, word 0 +[0-9a-f]{16} [0-9a-f]{16}\r?$"
        $text | Should -Match "(?m)^BitClear +pool, handle 5000 +used +unused\r?$"
    }

    It 'show <Type> wide' -ForEach @(
        @{ Type = 'HandlePool.HandleSession'; Text = 'dump' }
        @{ Type = 'HandlePool.HandleProcess'; Text = 'other \(5000, binder\)' }
        @{ Type = 'HandlePool.HandleNode'; Text = 'com\.example\.organization\.audio \(com\.example' }
    ) {
        $objects[$Type] | Format-Wide -Column 1 | Out-String -Width 100 | Should -Match $Text
    }

    It 'color only the dead, discarded, refused or over a limit, by $PSStyle' {
        $rendering = $PSStyle.OutputRendering
        $warning = $PSStyle.Formatting.Warning
        try {
            $PSStyle.OutputRendering = 'Ansi'
            $PSStyle.Formatting.Warning = "`e[35m"
            $painted = @{}
            foreach ($type in $objects.Keys) { $painted[$type] = $objects[$type] | Format-Table | Out-String -Width 100 }
            $PSStyle.OutputRendering = 'PlainText'
            foreach ($type in $objects.Keys) {
                $plain = $objects[$type] | Format-Table | Out-String -Width 100
                $plain | Should -Not -Match '\e'
                $painted[$type] -replace '\e\[[\d;]*m' | Should -BeExactly $plain -Because 'words say the same'
            }
        } finally {
            $PSStyle.OutputRendering = $rendering
            $PSStyle.Formatting.Warning = $warning
        }
        $painted['HandlePool.HandleProcess'] | Should -Match '\e\[35mexited\e\[0m'
        $painted['HandlePool.HandleNode'] | Should -Match '\e\[35mdead\e\[0m'
        $painted['HandlePool.HandleReference'] | Should -Match '\e\[35mdead\e\[0m'
        $painted['HandlePool.HandlePoolResizeResult'] | Should -Match '\e\[35mFalse\e\[0m'
        $painted['HandlePool.HandleOperationResult'] | Should -Match ([regex]::Escape($PSStyle.Formatting.Error) + 'HandleNotFound\e')
        $painted['HandlePool.Analysis.HandleUsage'] | Should -Match ([regex]::Escape($PSStyle.Formatting.Error) + '224% of 2500\e')
    }

    It 'write no escape sequences to a file' {
        $objects['HandlePool.HandleReference'] > TestDrive:/references.txt
        Get-Content TestDrive:/references.txt -Raw | Should -Not -Match '\e'
    }

    It 'work in the constrained language' {
        $copies = foreach ($type in '*Bitmap', '*LeakSuspect', '*PoolMeasurement') {
            $object = $objects[$objects.Keys.Where({ $_ -like $type })[0]][0]
            [Management.Automation.PSSerializer]::Deserialize([Management.Automation.PSSerializer]::Serialize($object, 1))
        }
        $shell = [powershell]::Create().AddScript("
            param(`$copies)
            Import-Module $(ConvertTo-Literal "$PSScriptRoot/../HandlePool.psd1")
            `$ExecutionContext.SessionState.LanguageMode = 'ConstrainedLanguage'
            `$app = New-HandleProcess 'app'
            `$null = New-HandleNode `$app -Count 70 | Add-HandleReference `$app
            Get-HandleEvent | Format-Table
            Get-HandlePool | Format-List
            Measure-HandleUsage | Format-Table
            Get-HandleBitmap -Range 64..80 | Out-String
            Remove-HandleProcess app
            Get-HandleProcess -IncludeDead | Format-Table
            Get-HandleSession | Format-Wide
            foreach (`$copy in `$copies) { `$copy | Out-String }")
        $output = $shell.AddArgument($copies).AddCommand('Out-String').Invoke()
        $shell.Streams.Error | Should -BeNullOrEmpty
        $shell.Dispose()
        "$output" | Should -Match '\d\d:\d\d:\d\d'
        "$output" | Should -Match 'exited'
        "$output" | Should -Match '# used, \. unused'
        "$output" | Should -Match ' 1\. com\.example\.organization'
        "$output" | Should -Match 'mean ns per step'
    }
}

Describe 'The objects' {
    BeforeEach {
        $null = Switch-HandleSession $session
    }

    It 'of <Type> are written as JSON without their whole session' -ForEach ($cases.Where({ $_.Width -eq 100 })) {
        foreach ($object in $objects[$Type] | Select-Object -First 4) {
            $json = $object | ConvertTo-Json -Depth 3 -WarningAction Ignore
            $size = switch -Wildcard ($Type) {
                '*LeakSuspect' { 2000 + 1700 * $object.References.Count }
                '*HandleCallSource' { 5000 + 2000 * $object.References.Count }
                '*HandleTraceTest' { 5000 }
                '*PoolMeasurement' { 2000 + 500 * $object.Rows.Count }
                '*HandleStatistic' { 2500 }
                '*HandleForecast' { 5000 + 1500 * $object.Limits.Count }
                '*HandleRow' { 4000 }
                '*HandleTransaction' { 6000 }
                '*HandleIncident' { 2500 + 900 * $object.Evidence.Count }
                default { 2000 }
            }
            $json.Length | Should -BeLessOrEqual $size
            $json | Should -Not -Match '(?s)"Session": \{.*"Session": \{'
            $json | ConvertFrom-Json | Should -Not -BeNullOrEmpty
        }
    }

    It 'have the findings of a session only in its own JSON' {
        $json = $dump | ConvertTo-Json -Depth 3 -EnumsAsStrings | ConvertFrom-Json
        $json.Findings.Kind | Should -Be $dump.Findings.Kind
        Get-HandleProcess -Session $dump | ConvertTo-Json -Depth 3 | Should -Not -Match '"Findings"'
    }

    It 'show the session that they belong to, even without the module imported' {
        $client.Session | Should -Be $session
        (Get-HandleNode -Session $session)[0].Session | Should -Be $session
        ($client | Select-Object *).Session | Should -Be $session
        $found = 1 | ForEach-Object -Parallel { ($using:client).Session.Name }
        $found | Should -Be $session.Name
    }

    It 'of <Type> are rows of a CSV file, with names and not types' -ForEach ($cases.Where({ $_.Width -eq 100 })) {
        $objects[$Type] | Export-Csv TestDrive:/rows.csv
        Get-Content TestDrive:/rows.csv -Raw | Should -Not -Match 'System\.|HandlePool\.(?!Analysis)[A-Z]\w+'
        @(Import-Csv TestDrive:/rows.csv) | Should -HaveCount $objects[$Type].Count
    }

    It 'have lists that show what is in them' {
        $suspect = $objects['HandlePool.Analysis.HandleLeakSuspect'][0]
        "$($suspect | ConvertTo-Csv)" | Should -Match ([regex]::Escape('"' + ($suspect.Kinds -join ', ') + '"'))
        $suspect.Kinds[-1] | Should -Be ($suspect.Kinds | Select-Object -Last 1)
        (Get-HandleBitmap $client | ConvertTo-Csv | ConvertFrom-Csv).Runs | Should -Be '1-5604'
        (Get-HandleBitmap $client).Runs.Length | Should -Be 5604
    }

    It 'can be compared, sorted and grouped by default' {
        $before = Get-HandleReference $client
        $null = Remove-HandleReference $client 3
        $difference = Compare-Object $before (Get-HandleReference $client)
        $difference | Should -HaveCount 1
        $difference.InputObject.Handle, $difference.SideIndicator | Should -Be 3, '<='
        $null = New-HandleProcess 'late' -Id 2
        (Get-HandleProcess | Sort-Object Name | Sort-Object).Id | Should -Be ((Get-HandleProcess).Id | Sort-Object)
        Compare-Object (Get-HandleProcess) (Get-HandleProcess) -Property Name, HandleCount | Should -BeNullOrEmpty
    }

    It 'of <Type> describe themselves in a string' -ForEach ($cases.Where({ $_.Width -eq 100 })) {
        "$($objects[$Type][0])" | Should -Not -Match '^HandlePool\.|[{}]'
        $shown = $objects[$Type][0].PSStandardMembers.DefaultDisplayPropertySet.ReferencedPropertyNames
        $shown | Should -Not -BeNullOrEmpty
        $shown | ForEach-Object { $objects[$Type][0].psobject.Properties[$_] | Should -Not -BeNullOrEmpty -Because $_ }
    }
}
