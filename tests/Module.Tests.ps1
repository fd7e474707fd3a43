BeforeDiscovery {
    Import-Module "$PSScriptRoot/../HandlePool.psd1"
    $commands = Get-Command -Module HandlePool | ForEach-Object { @{ Name = $_.Name; Command = $_ } }
}

BeforeAll {
    Import-Module "$PSScriptRoot/Engine.psm1"
    Import-Module "$PSScriptRoot/../HandlePool.psd1"
    $manifest = (Resolve-Path "$PSScriptRoot/../HandlePool.psd1").Path
    $help = Get-Content -Raw "$PSScriptRoot/../en-US/HandlePool.PowerShell.dll-Help.xml"
    $described = (Select-String "$PSScriptRoot/*.Tests.ps1" -Pattern "^Describe '([^']+)'").Matches.ForEach({ $_.Groups[1].Value -split ', | and ' })
}

Describe 'The manifest' {
    It 'is valid and describes the module' {
        $info = Test-ModuleManifest $manifest -WarningVariable warnings -WarningAction SilentlyContinue
        $warnings | Should -BeNullOrEmpty
        $info.Description | Should -Not -BeNullOrEmpty
        $info.PowerShellVersion | Should -BeGreaterOrEqual '7.4'
    }

    It 'exports each cmdlet of the assembly by its name, and nothing else' {
        $data = Import-PowerShellDataFile $manifest
        $exported = (Get-Command -Module HandlePool).Name | Sort-Object
        $data.CmdletsToExport | Sort-Object | Should -Be $exported
        $data.FunctionsToExport + $data.VariablesToExport + $data.AliasesToExport | Should -BeNullOrEmpty
        $assembly = (Get-Command New-HandleSession).ImplementingType.Assembly
        $written = foreach ($type in $assembly.GetExportedTypes()) {
            $type.GetCustomAttributes([System.Management.Automation.CmdletAttribute], $false).ForEach({ "$($_.VerbName)-$($_.NounName)" })
        }
        $written | Sort-Object | Should -Be $exported
    }
}

Describe 'Every cmdlet' {
    It '<Name> declares its output' -ForEach $commands {
        $Command.OutputType | Should -Not -BeNullOrEmpty
    }

    It '<Name> writes objects that have a table and a list' -ForEach $commands {
        foreach ($type in @($Command.OutputType.Name) -like 'HandlePool.*') {
            $controls = (Get-FormatData -TypeName $type).FormatViewDefinition.Control.ForEach({ $_.GetType().Name })
            $controls | Should -Contain 'TableControl' -Because $type
            $controls | Should -Contain 'ListControl' -Because $type
        }
    }

    It '<Name> has a suite' -ForEach $commands {
        $described | Should -Contain $Name
    }

    It '<Name> takes -Session' -ForEach $commands.Where({ $_.Command.Verb -ne 'ConvertTo' -and $_.Name -notin 'New-HandleSession', 'Get-HandleSession', 'Get-HandleDump', 'Watch-HandleDump', 'Import-HandleAssertion', 'Import-HandleDump', 'Import-HandleSession', 'Import-HandleTrace',
            'Measure-HandlePool', 'Measure-HandleContention', 'Compare-HandleSession' }) {
        $Command.Parameters.Keys | Should -Contain 'Session'
    }

    It '<Name> has an impact that asks for nothing by itself, and a low one if it only adds' -ForEach $commands.Where({ $_.Command.Parameters.ContainsKey('WhatIf') }) {
        $impact = $Command.ImplementingType.GetCustomAttributes([Management.Automation.CmdletAttribute], $false)[0].ConfirmImpact
        $impact | Should -Be (($Command.Verb -in 'New', 'Copy', 'Switch' -or $Name -eq 'Add-HandleReference') ? 'Low' : 'Medium')
    }

    It '<Name> has positions that follow one another, of no switch' -ForEach $commands {
        foreach ($set in $Command.ParameterSets) {
            $placed = @($set.Parameters | Where-Object Position -GE 0 | Sort-Object Position)
            if ($placed) { $placed.Position | Should -Be ($placed[0].Position..($placed[-1].Position)) -Because $set.Name }
            $placed.ParameterType | Should -Not -Contain ([switch])
            $placed.Count | Should -BeLessOrEqual 3
        }
        $positions = $Command.ParameterSets.Parameters.Where({ $_.Position -ge 0 }).Position
        if ($positions) { ($positions | Measure-Object -Minimum).Minimum | Should -Be 0 }
    }

    It '<Name> has -PassThru, or writes always, or never' -ForEach $commands.Where({
            $_.Command.Verb -in 'Remove', 'Clear', 'Set', 'Switch', 'Suspend', 'Resume', 'Export' -or $_.Name -eq 'Complete-HandleNotification'
        }) {
        $Command.Parameters.ContainsKey('PassThru') | Should -Be ([void] -notin $Command.OutputType.Type)
    }

    It '<Name> takes patterns where it says so, and says where' -ForEach $commands {
        foreach ($parameter in $Command.Parameters.Values.Where({ $_.Name -in 'Path', 'Context' -and $_.ParameterType -eq [string[]] })) {
            $parameter.Attributes.TypeId.Name | Should -Contain 'SupportsWildcardsAttribute' -Because $parameter.Name
        }
    }

    It '<Name> offers help on the web only if the manifest names a project' -ForEach $commands {
        $project = (Get-Module HandlePool).ProjectUri
        if ($project) { $Command.HelpUri | Should -BeLike "$project*" }
        else {
            $Command.HelpUri | Should -BeNullOrEmpty
            $help.Contains('Online Version') | Should -BeFalse
        }
    }

    It '<Name> asks before it destroys' -ForEach $commands.Where({
            $_.Command.Verb -in 'Remove', 'Resize', 'Complete', 'Clear', 'Repair', 'Optimize'
        }) {
        $Command.Parameters.Keys | Should -Contain 'WhatIf'
        $Command.Parameters.Keys | Should -Contain 'Confirm'
    }
}

Describe 'The module' {
    It 'imports silently, and works as a copy in another folder' {
        $copy = Join-Path $TestDrive 'HandlePool'
        $null = New-Item "$copy/bin" -ItemType Directory
        $root = Split-Path $manifest
        Copy-Item $manifest $copy
        Copy-Item "$root/bin/*.dll" "$copy/bin"
        Copy-Item "$root/Module" $copy -Recurse
        $output = Invoke-Engine -Command "Import-Module '$copy' *>&1; (Get-Module HandlePool).ModuleBase; New-HandleProcess app | Format-Table"
        $output[0] | Should -Be $copy
        $output -match 'app +binder' | Should -Not -BeNullOrEmpty
    }

    It 'works in strict mode' {
        Set-StrictMode -Version Latest
        $null = Import-HandleDump "$PSScriptRoot/data/evidence/killed.txt" -Name report
        $null = Import-HandleDump "$PSScriptRoot/data/evidence/stuck.txt" -Name stuck
        $null = New-HandleSession -Record
        $app = New-HandleProcess 'app' -Manager
        $other = New-HandleProcess 'other'
        $references = New-HandleNode $app -Count 3 | Add-HandleReference $other
        Add-HandleReference $other -Handle 0 | Out-String | Should -Not -BeNullOrEmpty
        $references | Remove-HandleReference
        $null = Request-HandleNotification $other 0
        $null = Resize-HandlePool $other -Grow
        $null = Add-HandleFault -FailAllocation
        # What a device shows is tested with a stand-in.
        foreach ($get in (Get-Command -Module HandlePool -Verb Get).Name -ne 'Get-HandleDump') {
            $from = switch ($get) {
                { $_ -in 'Get-HandleEvidence', 'Get-HandleIncident' } { @{ Session = 'report' } }
                Get-HandleTransaction { @{ Session = 'stuck' } }
                default { @{} }
            }
            $objects = & $get @from
            $objects | Should -Not -BeNullOrEmpty
            $objects | Out-String -ErrorVariable errors | Should -Not -BeNullOrEmpty
            $objects | Format-Table | Out-String -ErrorVariable +errors | Should -Not -BeNullOrEmpty
            $objects | Format-List | Out-String -ErrorVariable +errors | Should -Not -BeNullOrEmpty
            $errors | Should -BeNullOrEmpty
        }
    }

    It 'has a current session per parallel runspace and accepts objects from another' {
        $session = New-HandleSession
        $owner = New-HandleProcess 'owner'
        $nodes = New-HandleNode $owner -Count 8
        $holders = 1..8 | ForEach-Object { New-HandleProcess "holder$_" }
        $results = 0..7 | ForEach-Object -Parallel {
            Import-Module $using:manifest
            [pscustomobject]@{
                Handles     = ($using:nodes | Add-HandleReference ($using:holders)[$_]).Handle
                IsElsewhere = (Get-HandleSession -Current) -ne $using:session
                Listed      = @(Get-HandleProcess).Count
            }
        } -ThrottleLimit 4
        $results | Should -HaveCount 8
        $results | ForEach-Object { $_.Handles | Should -Be (1..8) }
        $results.IsElsewhere | Should -Not -Contain $false
        $results.Listed | Sort-Object -Unique | Should -Be 0
        $nodes[0].HolderCount | Should -Be 8
        Get-HandleSession -Current | Should -Be $session
    }

    It 'gives each handle once when threads add to one process' {
        $null = New-HandleSession
        $holder = New-HandleProcess 'holder'
        $nodes = New-HandleProcess 'owner' | New-HandleNode -Count 400
        $handles = 0..3 | ForEach-Object -Parallel {
            Import-Module $using:manifest
            $first = 100 * $_
            (($using:nodes)[$first..($first + 99)] | Add-HandleReference $using:holder).Handle
        }
        $handles | Sort-Object | Should -Be (1..400)
        (Get-HandlePool $holder).Capacity | Should -Be 512
    }

    It 'works in a thread job with the session that is given' {
        $session = New-HandleSession
        $null = New-HandleProcess 'app'
        $job = Start-ThreadJob {
            Import-Module $using:manifest
            (Get-HandleProcess app -Session $using:session).Name
            @(Get-HandleProcess).Count
        }
        $job | Receive-Job -Wait -AutoRemoveJob | Should -Be 'app', 0
    }

    It 'works in the constrained language' {
        $shell = [powershell]::Create().AddScript("
            Import-Module $(ConvertTo-Literal $manifest)
            `$ExecutionContext.SessionState.LanguageMode = 'ConstrainedLanguage'
            `$app = New-HandleProcess 'app'
            (New-HandleNode `$app | Add-HandleReference `$app).Handle
            Get-HandleProcess | Format-Table
            Get-HandleReference | Format-Table
            Get-HandleBitmap | Out-String")
        $output = $shell.AddCommand('Out-String').AddParameter('Stream').Invoke()
        $shell.Streams.Error | Should -BeNullOrEmpty
        $shell.Dispose()
        $output[0] | Should -Be 1
        "$output" | Should -Match ' \.#\.{62}'
    }
}
