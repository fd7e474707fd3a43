BeforeDiscovery {
    Import-Module "$PSScriptRoot/../HandlePool.psd1"
    $commands = Get-Command -Module HandlePool | ForEach-Object { @{ Name = $_.Name; Command = $_ } }
    $topics = Get-ChildItem "$PSScriptRoot/../docs/en-US/about_*.md" | ForEach-Object { @{ Name = $_.BaseName; Path = $_.FullName } }
}

BeforeAll {
    $root = (Resolve-Path "$PSScriptRoot/..").Path
    $pages = "$root/docs/en-US"
    Import-Module "$root/HandlePool.psd1"
    Import-Module "$PSScriptRoot/HelpExample.psm1"
    Import-Module "$PSScriptRoot/HelpSource.psm1"
    $commonNames = [System.Management.Automation.PSCmdlet]::CommonParameters + [System.Management.Automation.PSCmdlet]::OptionalCommonParameters
    $exported, $others = @{}, @{}
    Get-Command -Module HandlePool | ForEach-Object { $exported[$_.Name] = $_ }
    $hiddenNames = $exported.Values.ForEach({ $_.Parameters.Values }).Where({ $true -in $_.Attributes.DontShow }).Name | Sort-Object -Unique
    $allNames = $commonNames + $exported.Values.ForEach({ $_.Parameters.Keys }) | Sort-Object -Unique
    $modelIds = (Get-Command New-HandleSession).ImplementingType.Assembly.GetReferencedAssemblies().Where({ $_.Name -eq 'HandlePool' }).ForEach({
            [System.Reflection.Assembly]::Load($_).GetType('HandlePool.HandleErrorIds').GetFields().Name
        })
    $cmdletIds = [regex]::Matches((Get-Content -Raw "$root/src/HandlePool.PowerShell/Errors/ErrorRecords.cs"), '"([A-Z]\w+)",\s*ErrorCategory').ForEach({ $_.Groups[1].Value })

    # The sections of a page by their names.
    function Read-Page([string] $Name) {
        $sections = @{}
        foreach ($section in (Get-Content -Raw "$pages/$Name.md") -split '(?m)^## ' | Select-Object -Skip 1) {
            $title, $text = $section -split '\r?\n', 2
            $sections[$title.Trim()] = $text.Trim()
        }
        $sections
    }

    # Parameters by name: the description, and what the block of YAML says. Sets are in order, each with its own values.
    function Read-Parameter([string] $Section) {
        $parameters = [ordered]@{}
        foreach ($part in $Section -split '(?m)^### (?=-\w)' | Select-Object -Skip 1) {
            $null = $part -match '(?s)^-(?<name>\w+)\s*\r?\n(?<description>.*?)```yaml\r?\n(?<yaml>.*?)```'
            $parameter = @{ Description = $Matches.description.Trim(); Sets = @{}; Aliases = @(); AcceptedValues = @() }
            $list, $set = $null
            switch -Regex ($Matches.yaml -split '\r?\n') {
                '^- Name: (.+)' { $set = $parameter.Sets[$Matches[1]] = @{}; continue }
                '^- (.+)' { $parameter[$list] += $Matches[1]; continue }
                '^  (\w+): (.+)' { $set[$Matches[1]] = $Matches[2]; continue }
                '^(\w+):\s*$' { $list = $Matches[1]; continue }
                '^(\w+): (.+)' { if ($Matches[2] -ne '[]') { $parameter[$Matches[1]] = $Matches[2] -replace "^'(.*)'$", '$1' -replace "''", "'" } }
            }
            $parameters[($part -split '\s')[0].Substring(1)] = $parameter
        }
        $parameters
    }

    # What a page names that is not there: commands of the module, parameters in prose, and both in code.
    function Find-Unknown([string] $Text) {
        [regex]::Matches($Text, '\b[A-Z][a-z]+-Handle\w+').Value | Sort-Object -Unique | Where-Object { -not $exported.ContainsKey($_) }
        $prose = $Text -replace '(?s)```.*?```'
        [regex]::Matches($prose, '`-([A-Z]\w+)').ForEach({ $_.Groups[1].Value }) | Where-Object { $_ -notin $allNames } | ForEach-Object { "-$_" }
        [regex]::Matches($prose, '\babout_\w+').Value | Sort-Object -Unique | Where-Object { -not (Test-Path "$pages/$_.md") -and $_ -ne 'about_CommonParameters' }
        [regex]::Matches($Text, '(?ms)^```powershell\r?\n(.*?)^```').ForEach({ Find-UnknownInCode $_.Groups[1].Value })
    }

    function Find-UnknownInCode([string] $Code) {
        $problems = $null
        $syntax = [System.Management.Automation.Language.Parser]::ParseInput($Code, [ref]$null, [ref]$problems)
        $problems
        foreach ($use in $syntax.FindAll({ param($node) $node -is [System.Management.Automation.Language.CommandAst] }, $true)) {
            if ($use.GetCommandName() -notmatch '^[A-Z]\w+-[A-Z]\w+$') { continue }
            $command = $exported[$use.GetCommandName()] ?? ($others[$use.GetCommandName()] ??= Get-Command $use.GetCommandName() -ErrorAction Ignore)
            if (-not $command) { "$use" }
            foreach ($parameter in $use.CommandElements.Where({ $_ -is [System.Management.Automation.Language.CommandParameterAst] })) {
                try { $null = $command.ResolveParameter($parameter.ParameterName) }
                catch { "$use" }
            }
        }
    }
}

Describe 'The page of <Name>' -ForEach $commands {
    BeforeAll {
        $page = Read-Page $Name
        $parameters = Read-Parameter $page.PARAMETERS
        $text = Get-Content -Raw "$pages/$Name.md"
    }

    It 'is complete' {
        $sections = 'SYNOPSIS', 'SYNTAX', 'DESCRIPTION', 'EXAMPLES', 'INPUTS', 'OUTPUTS', 'NOTES', 'RELATED LINKS'
        $sections.Where({ -not $page[$_] }) | Should -BeNullOrEmpty
        $text | Should -Not -Match '\{\{'
        $text | Should -Match "(?m)^title: $Name$"
        @([regex]::Matches($page.EXAMPLES, '(?m)^### Example \d+: \S')).Count | Should -BeGreaterOrEqual 3
    }

    It 'describes each parameter, and none that does not exist' {
        $own = $Command.Parameters.Keys | Where-Object { $_ -notin [System.Management.Automation.PSCmdlet]::CommonParameters + $hiddenNames }
        $parameters.Keys | Sort-Object | Should -Be ($own | Sort-Object)
        $parameters.Keys.Where({ $parameters[$_].Description -notmatch '\w.*\.$' }) | Should -BeNullOrEmpty -Because 'each must be described'
    }

    It 'says of each parameter what the command says' {
        $told = foreach ($parameter in $parameters.GetEnumerator()) {
            $value = $parameter.Value
            "-$($parameter.Key): $($value.Type), aliases ($($value.Aliases)), wildcards $($value.SupportsWildcards), values ($($value.AcceptedValues))"
            foreach ($set in $value.Sets.GetEnumerator()) {
                $in = $set.Value
                "-$($parameter.Key) in $($set.Key): position $($in.Position), required $($in.IsRequired), pipeline $($in.ValueFromPipeline), by name $($in.ValueFromPipelineByPropertyName)"
            }
        }
        $known = foreach ($parameter in $Command.Parameters.Values.Where({ $parameters.Contains($_.Name) })) {
            $element = $parameter.ParameterType.IsArray ? $parameter.ParameterType.GetElementType() : $parameter.ParameterType
            $element = [Nullable]::GetUnderlyingType($element) ?? $element
            $wildcards = $parameter.Attributes.Where({ $_ -is [SupportsWildcards] }).Count -gt 0
            $allowed = $parameter.Attributes.Where({ $_ -is [ValidateSet] })[0]
            "-$($parameter.Name): $($parameter.ParameterType.ToString()), aliases ($($parameter.Aliases)), wildcards $wildcards, values ($(if ($element.IsEnum) { $allowed ? $allowed.ValidValues : [enum]::GetNames($element) }))"
            foreach ($set in $parameter.ParameterSets.GetEnumerator()) {
                $in = $set.Value
                $position = $in.Position -eq [int]::MinValue ? 'Named' : $in.Position
                "-$($parameter.Name) in $($set.Key -replace '^__AllParameterSets$', '(All)'): position $position, required $($in.IsMandatory), pipeline $($in.ValueFromPipeline), by name $($in.ValueFromPipelineByPropertyName)"
            }
        }
        $told.Where({ $_ -notin $known }) | Should -BeNullOrEmpty
        $known.Where({ $_ -notin $told }) | Should -BeNullOrEmpty
    }

    It 'says what the defaults are' {
        $fresh = [Activator]::CreateInstance($Command.ImplementingType)
        $wrong = foreach ($parameter in $parameters.Keys) {
            $told = $parameters[$parameter]
            $isSwitch = $told.Type -like '*SwitchParameter'
            $isOptional = $isSwitch -or $told.Sets.Values.IsRequired -notcontains 'true'
            if ($isOptional -and -not $told['DefaultValue']) { "-$parameter has no default" }
            if (-not $isSwitch -and $told.Sets.Values.IsRequired -notcontains 'false' -and $told['DefaultValue']) { "-$parameter has a default" }
            $isValue = $told.DefaultValue -match '^(\d+|True|False)$' -or $told.DefaultValue -in $told.AcceptedValues
            if ($isValue -and $parameter -notin $commonNames -and "$($fresh.$parameter)" -ne $told.DefaultValue) { "-$parameter is $($fresh.$parameter)" }
        }
        $wrong | Should -BeNullOrEmpty
    }

    It 'has the syntax of each parameter set' {
        $sets = @($page.SYNTAX -split '(?m)^### ' | Where-Object { $_.Trim() })
        $sets | Should -HaveCount $Command.ParameterSets.Count
        foreach ($set in $Command.ParameterSets) {
            $part = $sets.Where({ ($_ -split '\r?\n')[0] -replace ' \(Default\)' -in $set.Name, '__AllParameterSets', '(All)' })
            $told = [regex]::Matches(($part -split '```')[1], '(?<=[\s\[])-(\w+)').ForEach({ $_.Groups[1].Value })
            $told | Sort-Object | Should -Be ($set.Parameters.Name | Where-Object { $_ -notin [System.Management.Automation.PSCmdlet]::CommonParameters + $hiddenNames } | Sort-Object)
        }
    }

    It 'names only what there is' {
        Find-Unknown $text | Should -BeNullOrEmpty
    }

    It 'names errors that there are' {
        $named = [regex]::Matches($page.NOTES, '(?m)^- (`\w+`(?:, )?)+:').ForEach({ $_.Groups[1].Captures.Value }) -replace '\W'
        $named.Where({ $_ -notin $modelIds + $cmdletIds }) | Should -BeNullOrEmpty
        if ($page.NOTES -notmatch 'no errors of its own') { $named | Should -Not -BeNullOrEmpty }
    }

    It 'links to pages that there are' {
        $links = $page['RELATED LINKS'] -split '\r?\n'
        $links -replace '^- \[(\S+)\]\(\1\.md\)$', '$1' | Where-Object { -not (Test-Path "$pages/$_.md") } | Should -BeNullOrEmpty
    }

    It 'shows what its examples show' {
        Invoke-HelpExample $text "$TestDrive/$Name" | ForEach-Object {
            Format-Output $_.Shown $_.Varies | Should -BeExactly (Format-Output $_.Output $_.Varies) -Because "this was run: $($_.Code)"
        }
    }
}

Describe 'The topic <Name>' -ForEach $topics {
    BeforeAll {
        $text = Get-Content -Raw $Path
    }

    It 'says what it is about, and names only what there is' {
        $text | Should -Match "(?s)^# $Name\r?\n\r?\n## SHORT DESCRIPTION\r?\n\r?\n.{20,74}\r?\n\r?\n## LONG DESCRIPTION"
        Find-Unknown $text | Should -BeNullOrEmpty
    }

    It 'is shown by Get-Help, in 80 columns' {
        $help = Get-Help $Name
        $help | Should -Match "^TOPIC\r?\n    $Name"
        $help | Should -Not -Match '```|<!--'
        ($help -split '\r?\n' | Measure-Object Length -Maximum).Maximum | Should -BeLessOrEqual 80
    }
}

Describe 'The pages together' {
    It 'are of cmdlets and topics that there are' {
        (Get-ChildItem $pages -Filter *-*.md).BaseName | Sort-Object | Should -Be ((Get-Command -Module HandlePool).Name | Sort-Object)
        (Get-ChildItem $pages -Filter about_*.md).BaseName | Sort-Object |
            Should -Be 'about_HandlePool', 'about_HandlePool_Dumps', 'about_HandlePool_Errors', 'about_HandlePool_Model'
    }

    It 'are those that the help in en-US was made of' {
        $sources = @(Get-Content "$root/en-US/*-Help.xml", "$root/en-US/*.help.txt" | Select-String 'Source: (\S+, sha256:\w+)')
        $made = $sources.ForEach({ $_.Matches[0].Groups[1].Value })
        $wanted = (Get-ChildItem $pages -Filter *.md).ForEach({ Get-HelpSource $_ })
        $differing = @(Compare-Object @($wanted) @($made)).InputObject -replace ',.*' | Sort-Object -Unique
        $differing | Should -BeNullOrEmpty -Because './build.ps1 Help makes the help of the pages, and both are committed together'
    }

    It 'have each error id, and no other' {
        $topic = Read-Page about_HandlePool_Errors
        $read = { [regex]::Matches($args[0], '(?m)^- `(\w+)`').ForEach({ $_.Groups[1].Value }) | Sort-Object }
        & $read $topic['ERRORS OF THE MODEL'] | Should -Be ($modelIds | Sort-Object)
        & $read $topic['ERRORS OF THE CMDLETS'] | Should -Be ($cmdletIds | Sort-Object -Unique)
        $notes = (Get-Command -Module HandlePool).ForEach({ (Read-Page $_.Name).NOTES }) -join "`n"
        ($modelIds + $cmdletIds).Where({ $notes -notmatch "``$_``" }) | Should -BeNullOrEmpty
    }
}

Describe 'Get-Help <Name>' -ForEach $commands {
    BeforeAll {
        $page = Read-Page $Name
        $help = Get-Help $Name -Full
    }

    It 'shows all of the page' {
        $help.Synopsis.Trim() | Should -Be $page.SYNOPSIS
        $help.description.Text | Should -Not -BeNullOrEmpty
        @($help.examples.example) | Should -HaveCount ([regex]::Matches($page.EXAMPLES, '(?m)^### ').Count)
        $help.examples.example.code.Where({ [string]::IsNullOrWhiteSpace($_) }) | Should -BeNullOrEmpty
        $help.alertSet.alert.Text | Should -Not -BeNullOrEmpty
    }

    It 'shows each parameter' {
        $told = Read-Parameter $page.PARAMETERS
        $shown = @($help.parameters.parameter.Where({ $_ }))
        $shown.name | Sort-Object | Should -Be ($told.Keys | Sort-Object)
        $shown.Where({ -not $_.description.Text }).name | Should -BeNullOrEmpty
        $shown.Where({ "$($_.defaultValue)" -ne "$($told[$_.name].DefaultValue)" }).name | Should -BeNullOrEmpty
    }
}

Describe 'Get-Help' {
    It 'shows no Markdown' {
        # Nothing is shown that is not in the file, whose text is searched faster than that of each command as it is shown.
        $items = ([xml](Get-Content -Raw "$root/en-US/HandlePool.PowerShell.dll-Help.xml")).GetElementsByTagName('command:command')
        $items | Should -HaveCount $exported.Count
        @($items).Where({ $_.InnerText -match "``````|<!--|\{\{|\]\(|$([char]0x80)" }).details.name | Should -BeNullOrEmpty
        Get-Help Find-HandleLeak -Full | Out-String -Width 200 | Should -Not -Match "``````|<!--|\{\{|\]\(|$([char]0x80)"
    }

    It 'shows a parameter by -Parameter' {
        $told = Read-Parameter (Read-Page Find-HandleLeak).PARAMETERS
        (Get-Help Find-HandleLeak -Parameter *).name | Sort-Object | Should -Be ($told.Keys | Sort-Object)
    }
}
