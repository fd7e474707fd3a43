BeforeAll {
    Import-Module "$PSScriptRoot/../HandlePool.psd1"
    Import-Module "$PSScriptRoot/HandleErrorAssertion.psm1"
    $data = "$PSScriptRoot/data"
    $columns = (@() | ConvertTo-HandleRow -As Csv) -split ','
}

AfterAll {
    Get-HandleSession | Remove-HandleSession
}

Describe 'ConvertTo-HandleRow' {
    BeforeAll {
        $session = Import-HandleDump "$data/evidence/killed.txt"
        $objects = & {
            $session
            Measure-HandleUsage -Session $session -Top 3
            Measure-HandleUsage Uid -Session $session -Top 1
            Get-HandleIncident -Session $session
            Get-HandleEvidence Exit -Session $session
            Import-HandleDump "$data/state-pixel.txt" | Find-HandleLeak
            Import-HandleDump "$PSScriptRoot/../README.md"
            Write-Warning 'cut off'
        } 2>&1 3>&1
        $rows = $objects | ConvertTo-HandleRow -Device 'phone 7'
    }

    It 'gives objects of each kind the same columns' {
        $rows | Should -BeOfType HandlePool.Reports.HandleRow
        $rows.Record | Should -Be Report, Usage, Usage, Usage, Usage, Incident, Incident, Evidence, Suspect, Error, Warning
        $rows.Device | Sort-Object -Unique | Should -Be 'phone 7'
        $rows.ForEach({ $_.psobject.Properties.Name -join ',' }) | Sort-Object -Unique | Should -Be ($columns -join ',')
    }

    It 'says what the objects say' {
        $usage = $objects[1]
        $rows[1].HolderName, $rows[1].OwnerPid, $rows[1].Handles, $rows[1].LimitHandles | Should -Be $usage.HolderName, $usage.Owner.Id, $usage.Handles, $usage.Limit.Handles
        $rows[4].Kind, $rows[4].OwnerUid, $rows[4].Count | Should -Be Uid, $objects[4].Uid, $objects[4].AndroidCount
        $kill = $rows | Where-Object Kind -EQ Kill
        $kill.SubjectName, $kill.SubjectPid, $kill.Interface, $kill.Time | Should -Be 'com.example.mail', 2745, 'com.example.mail.ISyncListener',
        ($objects | Where-Object Kind -EQ Kill).Time.UtcDateTime.ToString('yyyy-MM-ddTHH:mm:ss.fffZ')
        $suspect = $rows | Where-Object Record -EQ Suspect
        $suspect.Rank, $suspect.Reason | Should -Be 1, $objects[8].Reason
        $suspect.Report | Should -BeLike '*state-pixel.txt'
        $failure = $rows | Where-Object Record -EQ Error
        $failure.Kind, $failure.Reason | Should -Be DumpFormat, "$($objects[9])"
        $failure.Report | Should -BeLike '*README.md'
        ($rows | Where-Object Record -EQ Warning).Reason | Should -Be 'cut off'
    }

    It 'writes lines of JSON and CSV that other programs read, in any culture' {
        $culture = [cultureinfo]::CurrentCulture
        try {
            $texts = foreach ($name in '', 'sv-SE', 'fa-IR') {
                [cultureinfo]::CurrentCulture = $name
                "$($objects | ConvertTo-HandleRow -As Json -Device 'phone 7') $($rows | ConvertTo-HandleRow -As Csv)"
            }
        }
        finally {
            [cultureinfo]::CurrentCulture = $culture
        }
        $texts | Sort-Object -Unique | Should -HaveCount 1
        $read = $rows | ConvertTo-HandleRow -As Json | ConvertFrom-Json -DateKind String
        $table = $rows | ConvertTo-HandleRow -As Csv | ConvertFrom-Csv
        $expected, $json, $csv = foreach ($list in $rows, $read, $table) { , @($list.ForEach({ $row = $_; $columns.ForEach({ $row.$_ }) -join '|' })) }
        $json | Should -BeExactly $expected
        $csv | Should -Be $expected
    }

    It 'names the report: <Name>' -ForEach @(
        @{ Name = 'by its file'; Path = 'state-pixel.txt'; With = @{}; Report = '*[\/]tests*state-pixel.txt' }
        @{ Name = 'by the archive of an entry'; Path = 'reports/killed.zip'; With = @{}; Report = '*[\/]killed.zip' }
        @{ Name = 'as it is told'; Path = 'reports/killed.zip'; With = @{ Report = 'night 7/killed' }; Report = 'night 7/killed' }
    ) {
        (Import-HandleDump "$data/$Path" | ConvertTo-HandleRow @With).Report | Should -BeLike $Report
    }

    It 'keeps no session in memory' {
        function New-Row {
            $session = Import-HandleDump "$data/state-pixel.txt"
            , [WeakReference]::new($session)
            Find-HandleLeak $session | ConvertTo-HandleRow
            Remove-HandleSession $session
        }
        $reference, $kept = & { New-Row }
        $kept.Rank | Should -Be 1
        foreach ($try in 1..3) { [GC]::Collect(); [GC]::WaitForPendingFinalizers() }
        $reference.IsAlive | Should -BeFalse
    }

    It 'writes the columns of an empty table, too' {
        @() | ConvertTo-HandleRow | Should -BeNullOrEmpty
        @() | ConvertTo-HandleRow -As Json | Should -BeNullOrEmpty
        @() | ConvertTo-HandleRow -As Csv | Should -Be ($columns -join ',')
    }

    It 'renames rows, and leaves those that were given' {
        ($rows[0] | ConvertTo-HandleRow -Device other -Report r.zip).Device | Should -Be other
        $rows[0].Device | Should -Be 'phone 7'
        (ConvertTo-HandleRow $rows[0]).Device | Should -Be 'phone 7'
    }

    It 'refuses <Value>' -ForEach @{ Value = 'text' }, @{ Value = 1 }, @{ Value = [datetime]'2026-01-01' } {
        { ConvertTo-HandleRow $Value } | Should -Throw '*is not a session, usage, a suspect, an incident, evidence, a growth test, a row, an error or a warning.'
    }
}

Describe 'docs/fleet.md' {
    BeforeAll {
        $page = Get-Content -Raw "$PSScriptRoot/../docs/fleet.md"
    }

    It 'has the columns with their types for DuckDB, and says what each is' {
        $view = [regex]::Match($page, '(?s)columns = \{(.*?)\}').Groups[1].Value
        $types = @{ String = 'VARCHAR'; HandleRowRecord = 'VARCHAR'; Int32 = 'BIGINT'; Int64 = 'BIGINT'; Boolean = 'BOOLEAN' }
        $properties = [HandlePool.Reports.HandleRow].GetProperties()
        $expected = $properties.ForEach({
                $type = [Nullable]::GetUnderlyingType($_.PropertyType) ?? $_.PropertyType
                "$($_.Name): '$($_.Name -like '*Time' ? 'TIMESTAMP' : $types[$type.Name])'"
            })
        $view.Split(',').Trim() | Should -Be $expected
        $table = [regex]::Match($page, '(?s)\| columns \| of \|.*?\r?\n\r?\n').Value
        $said = [regex]::Matches($table, '(?m)^\| (.*?) \|').ForEach({ [regex]::Matches($_.Groups[1].Value, '`(\w+)`').ForEach({ $_.Groups[1].Value }) })
        @('Record', 'Kind') + $said | Sort-Object | Should -Be ($properties.Name | Sort-Object)
    }
}

Describe 'Reports on several cores' {
    It 'share nothing that grows, is assigned later, or makes one wait for another' {
        $assemblies = [AppDomain]::CurrentDomain.GetAssemblies().Where({ $_.GetName().Name -in 'HandlePool', 'HandlePool.PowerShell' })
        $generated = [Runtime.CompilerServices.CompilerGeneratedAttribute], [CodeDom.Compiler.GeneratedCodeAttribute]
        $fields = foreach ($type in $assemblies.GetTypes()) {
            if ($type.FullName -match '[<+]<|^<' -or $generated.Where({ $type.IsDefined($_, $false) })) { continue }
            $type.GetFields('Static, Public, NonPublic, DeclaredOnly').Where({ -not $_.IsLiteral -and $_.Name -notlike '<>*' })
        }
        $fields.Count | Should -BeGreaterThan 100

        # One getter for each column of an operation, the clock that tests replace, the stores of the runspaces, which each have their own, which
        # allocators are warmed up, and the lock under which a report takes those of its sessions.
        $shared = $fields.Where({
                -not $_.IsDefined([ThreadStaticAttribute], $false) -and
                (-not $_.IsInitOnly -or $_.FieldType.Name -match '^(Object|SemaphoreSlim|Mutex|Concurrent.*|ConditionalWeak.*|List`1)$')
            }).ForEach({ "$($_.DeclaringType.Name).$($_.Name)" })
        $shared | Sort-Object | Should -Be 'HandleReport.Collecting', 'InvokeHandleOperationCommand.Getters', 'PoolCostMeasurement.Warm', 'PoolMeasurement.Warm', 'ProgressClock.<Provider>k__BackingField', 'SessionStore.Stores'
    }

    It 'give the rows that they give one after another, in runspaces that keep nothing' {
        $module = (Get-Module HandlePool).Path
        $files = 'evidence/killed.txt', 'state-pixel.txt', 'reports/killed.zip', 'evidence/leaking.txt', 'state-rust.txt'
        $read = {
            Import-Module $module
            $session = Import-HandleDump "$data/$_" -WarningAction Ignore
            & { $session; Measure-HandleUsage -Session $session; Find-HandleLeak $session; Get-HandleIncident -Session $session } 2>&1 3>&1 | ConvertTo-HandleRow -As Json
            $session | Remove-HandleSession
            if (Get-HandleSession | Where-Object Time) { 'a session was kept' }
        }
        Get-HandleSession | Remove-HandleSession
        $serial = $files | ForEach-Object $read
        $text = "`$module, `$data = `$using:module, `$using:data; $read"
        $parallel = $files | ForEach-Object -ThrottleLimit 2 -Parallel ([scriptblock]::Create($text))
        $serial.Count | Should -BeGreaterThan 100
        $parallel | Sort-Object | Should -BeExactly ($serial | Sort-Object)
    }
}
