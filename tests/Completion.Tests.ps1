BeforeDiscovery {
    Import-Module "$PSScriptRoot/../HandlePool.psd1"

    # What a parameter of that type, or of that name in such a cmdlet, is completed by.
    function Get-Completer($Command, $Parameter) {
        switch -Regex ("$($Command.Name) $($Parameter.ParameterType.Name) $($Parameter.Name)") {
            ' (Process|Node|Session)Identity(\[\])? ' { return "$($Matches[1])Completer" }
            ' Context$' { return 'ContextCompleter' }
            ' Handle$' { return 'HandleCompleter' }
            '^(New|Import|Copy|Use)-\w+ .* Name$| Title$' { return 'NoCompleter' }
            '^Remove-HandleFault .* Id$' { return 'FaultIdCompleter' }
            '^(Get|Remove|Switch)-Handle(Process|Node|Session) .* Name$' { return "$($Matches[2])Completer" }
            '^(Get|Remove|Switch)-Handle(Process|Node) .* Id$' { return "$($Matches[2])IdCompleter" }
            ' Uid$' { return 'UidCompleter' }
        }
    }

    $parameters = foreach ($command in Get-Command -Module HandlePool) {
        foreach ($parameter in $command.Parameters.Values) {
            $completer = Get-Completer $command $parameter
            if ($completer) { @{ Name = $command.Name; Parameter = $parameter; Completer = $completer } }
        }
    }
    # PowerShell itself completes words of an enumeration, and a path where one is wanted.
    $common = [Management.Automation.PSCmdlet]::CommonParameters + [Management.Automation.PSCmdlet]::OptionalCommonParameters
    $closed = foreach ($command in Get-Command -Module HandlePool) {
        foreach ($parameter in $command.Parameters.Values.Where({ -not $_.SwitchParameter -and $_.Name -notin $common })) {
            $type = $parameter.ParameterType.GetElementType() ?? $parameter.ParameterType
            $type = [Nullable]::GetUnderlyingType($type) ?? $type
            if ($type.IsEnum -or $parameter.Name -in 'Path', 'LiteralPath', 'AdbPath', 'Baseline', 'Policy') { continue }
            @{ Name = $command.Name; Parameter = $parameter }
        }
    }
    $enums = foreach ($command in Get-Command -Module HandlePool) {
        foreach ($parameter in $command.Parameters.Values) {
            $type = if ($parameter.ParameterType.IsArray) { $parameter.ParameterType.GetElementType() } else { $parameter.ParameterType }
            $type = [Nullable]::GetUnderlyingType($type) ?? $type
            if ($type.IsEnum -and $type.Namespace -like 'HandlePool*') {
                $taken = $parameter.Attributes.Where({ $_ -is [ValidateSet] }).ValidValues ?? [enum]::GetNames($type)
                @{ Name = $command.Name; Parameter = $parameter.Name; Values = $taken }
            }
        }
    }
}

BeforeAll {
    Import-Module "$PSScriptRoot/Engine.psm1"
    Import-Module "$PSScriptRoot/../HandlePool.psd1"

    # Where nothing fits, PowerShell offers the files of the current folder.
    Push-Location (New-Item "$TestDrive/empty" -ItemType Directory)

    function Complete([string] $Line) {
        (TabExpansion2 $Line $Line.Length).CompletionMatches | Where-Object ListItemText -CNE '(no match)'
    }

    # The line with its word completed, for each way to complete it.
    function Get-CompletedLine([string] $Line) {
        $completion = TabExpansion2 $Line $Line.Length
        foreach ($match in $completion.CompletionMatches.Where({ $_.ListItemText -cne '(no match)' })) {
            $Line.Remove($completion.ReplacementIndex, $completion.ReplacementLength).Insert($completion.ReplacementIndex, $match.CompletionText)
        }
    }
}

AfterAll {
    Pop-Location
}

Describe 'Where nothing matches' {
    It 'Tab leaves the word as it is, and offers no files' {
        $null = New-Item TestDrive:/empty/file.txt -Force
        Get-HandleSession | Remove-HandleSession
        foreach ($line in 'Get-HandlePool ', 'Get-HandlePool fi', 'Add-HandleReference client ', 'Get-HandleReference client 7', 'Remove-HandleNode -Name fi',
                'New-HandleProcess ', 'New-HandleProcess -Uid ', 'New-HandleNode client -Count ', 'Find-HandleLeak -Top 1', 'Get-HandleBitmap -Range ',
                'Add-HandleFault -DelayAllocation -Delay ', 'Measure-HandleContention -Delay ', 'New-HandleNode client fi', 'New-HandleSession fi', 'Import-HandleSession file.txt -Name fi') {
            $completion = TabExpansion2 $line $line.Length
            $completion.CompletionMatches.ListItemText | Should -Be '(no match)' -Because $line
            $match = $completion.CompletionMatches[0]
            $line.Remove($completion.ReplacementIndex, $completion.ReplacementLength).Insert($completion.ReplacementIndex, $match.CompletionText).Trim() |
                Should -Be $line.Trim()
        }
        Remove-Item TestDrive:/empty/file.txt
    }
}

Describe 'Every parameter that is no file' {
    It '<Name> -<Parameter.Name> never completes to files' -ForEach $closed {
        $Parameter.Attributes.Where({ $_ -is [ArgumentCompleter] }) | Should -HaveCount 1
        $null = New-Item TestDrive:/empty/file.txt -Force
        $line = "$Name -$($Parameter.Name) "
        (TabExpansion2 $line $line.Length).CompletionMatches.CompletionText | Should -Not -Match 'file\.txt'
        Remove-Item TestDrive:/empty/file.txt
    }
}

Describe 'Every parameter that names something' {
    It '<Name> -<Parameter.Name> has a <Completer>' -ForEach $parameters {
        $attribute = $Parameter.Attributes.Where({ $_ -is [ArgumentCompleter] })
        $attribute.Type.Name | Should -Be $Completer
    }

    It '<Name> -<Parameter> completes its values' -ForEach $enums {
        (Complete "$Name -$Parameter ").CompletionText | Should -Be ($Values | Sort-Object)
    }
}

Describe 'Completion of processes' {
    BeforeEach {
        $session = New-HandleSession
        $manager = New-HandleProcess servicemanager -Id 556 -Manager
        $system = New-HandleProcess system_server -Id 1754
        $app = New-HandleProcess com.example.app -Id 4127
        $hardware = New-HandleProcess sensors -Id 1760 -Context hwbinder
        $null = New-HandleNode $app | Add-HandleReference $system
    }

    It 'offers names in order, with pid, context and handles in the tooltip' {
        $found = Complete 'Get-HandleProcess '
        $found.CompletionText | Should -Be 'com.example.app', 'sensors', 'servicemanager', 'system_server'
        $found.ListItemText | Should -Be $found.CompletionText
        $found.ResultType | Should -Be ('ParameterValue', 'ParameterValue', 'ParameterValue', 'ParameterValue')
        $found.ToolTip | Should -Be @(
            'com.example.app, pid 4127, binder, 0 handles'
            'sensors, pid 1760, hwbinder, 0 handles'
            'servicemanager, pid 556, binder, context manager, 0 handles'
            'system_server, pid 1754, binder, 1 handle')
    }

    It 'offers what begins with the word, in any case: <_>' -ForEach 'Get-HandleProcess SYS', 'Get-HandleProcess -Process sys', 'Remove-HandleProcess sys',
    'New-HandleNode sys', 'Get-HandleNode -Process sys', 'Add-HandleReference sys', 'Get-HandleReference sys', 'Get-HandleReference -Owner sys', 'Remove-HandleReference sys',
    'Get-HandlePool sys', 'Resize-HandlePool sys', 'Optimize-HandlePool sys', 'Test-HandlePool sys', 'Find-HandleMismatch sys', 'Repair-HandlePool sys', 'Request-HandlePoolResize sys', 'Get-HandleBitmap sys', 'Get-HandleEvent sys', 'Get-HandleStatistic sys',
    'Measure-HandleUsage -Holder sys', 'Measure-HandleUsage -Owner sys', 'Get-HandlePool com.example.app, sys' {
        (Complete $_).CompletionText | Should -Be 'system_server'
    }

    It 'treats a word with wildcards as a pattern' {
        (Complete 'Get-HandleProcess s*er').CompletionText | Should -Be 'servicemanager', 'system_server'
        (Complete 'Add-HandleReference *app').CompletionText | Should -Be 'com.example.app'
        (Complete 'Get-HandleProcess [cy]').CompletionText | Should -Be 'com.example.app'
        (Complete 'Get-HandleProcess "s?s').CompletionText | Should -Be '"system_server"'
    }

    It 'offers pids when a number is typed' {
        $found = Complete 'Get-HandlePool 17'
        $found.CompletionText | Should -Be '1754', '1760'
        $found[0].ToolTip | Should -Be 'system_server, pid 1754, binder, 1 handle'
        (Complete 'Get-HandleProcess -Id 1').CompletionText | Should -Be '1754', '1760'
        (Complete 'Get-HandleProcess -Id ').CompletionText | Should -Be '556', '1754', '1760', '4127'
    }

    It 'offers the pid of a process without a name' {
        $null = New-HandleProcess -Id 17
        $found = Complete 'Get-HandleProcess '
        $found.CompletionText | Should -HaveCount 5
        $found[4].CompletionText | Should -Be '17'
        $found[4].ToolTip | Should -Be 'pid 17, binder, 0 handles'
    }

    It 'offers only the context that the line names' {
        (Complete 'Get-HandleProcess -Context HwBinder -Name s').CompletionText | Should -Be 'sensors'
        (Complete 'Get-HandleProcess -Context hwbinder -Id ').CompletionText | Should -Be '1760'
    }

    It 'offers exited processes only where the cmdlet shows them' {
        Remove-HandleProcess $app
        Complete 'Get-HandleProcess com' | Should -BeNullOrEmpty
        Complete 'New-HandleNode com' | Should -BeNullOrEmpty
        (Complete 'Get-HandleProcess -IncludeDead com').ToolTip | Should -Be 'com.example.app, pid 4127, binder, exited'
        (Complete 'Get-HandleReference -Owner com').CompletionText | Should -Be 'com.example.app'
        (Complete 'Remove-HandleFault -Process com').CompletionText | Should -Be 'com.example.app'
        Complete 'Add-HandleFault -FlipBit com' | Should -BeNullOrEmpty
    }

    It 'offers a shared name once where the parameter takes several' {
        $null = New-HandleProcess twin -Id 5000
        $null = New-HandleProcess Twin -Id 5000 -Context hwbinder
        $found = Complete 'Get-HandlePool tw'
        $found.CompletionText | Should -Be 'twin'
        $found.ToolTip | Should -Be 'twin, pid 5000, binder, 0 handles; Twin, pid 5000, hwbinder, 0 handles'
    }

    It 'offers distinct pids where the parameter takes one: <_>' -ForEach 'Resize-HandlePool -Grow ', 'Remove-HandleProcess ' {
        $null = New-HandleProcess double -Id 6001
        $null = New-HandleProcess double -Id 6002
        $null = New-HandleProcess twin -Id 5000
        $null = New-HandleProcess twin -Id 5000 -Context 'b c'
        (Complete "${_}dou").CompletionText | Should -Be '6001', '6002'
        $found = Complete "${_}tw"
        $found.CompletionText | Should -Be "5000 -Context 'b c'", '5000 -Context binder'
        $found.ListItemText | Should -Be '5000 b c', '5000 binder'
        (Complete "$_-Context binder tw").CompletionText | Should -Be 'twin'
        foreach ($line in Get-CompletedLine "${_}tw") {
            { Invoke-Expression "$line -ErrorAction Stop" } | Should -Not -Throw
        }
    }

    It 'offers the first 250, sorting numbers in names as numbers' {
        $null = 1..600 | ForEach-Object { "worker$_" } | New-HandleProcess
        $found = Complete 'Get-HandleProcess wor'
        $found | Should -HaveCount 250
        $found[0, 1, 249].CompletionText | Should -Be 'worker1', 'worker2', 'worker250'
    }
}

Describe 'Quotes in completion' {
    BeforeEach {
        $session = New-HandleSession
        $names = 'a b', "it's", 'c$x', 'x"y', 'back`tick', 'n[1]', 'star*', 'q?', '1754', '0x10', '1kb', '-dash', '#hash', '@at', 'a,b', 'semi;colon', '$(throw)', '(p)', "typo$([char]0x2019)graphic", 'plain.name:x@1'
        $names | New-HandleProcess | New-HandleNode | Out-Null
        foreach ($name in $names) { $null = New-HandleNode $name -Name $name }
    }

    It 'leaves plain words unquoted' {
        (Complete 'Get-HandleProcess plain').CompletionText | Should -Be 'plain.name:x@1'
    }

    It 'quotes words that need it' {
        (Complete 'Get-HandleProcess it').CompletionText | Should -Be "'it''s'"
        (Complete 'Get-HandleProcess a').CompletionText | Should -Be "'a b'", "'a,b'"
        (Complete 'Get-HandleProcess 0x').CompletionText | Should -Be "'0x10'"
    }

    It 'keeps the quotes that the user began' {
        (Complete "Get-HandleProcess 'pl").CompletionText | Should -Be "'plain.name:x@1'"
        (Complete 'Get-HandleProcess "pl').CompletionText | Should -Be '"plain.name:x@1"'
        (Complete 'Get-HandleProcess "c').CompletionText | Should -Be '"c`$x"'
        (Complete "Get-HandleProcess 'it''").CompletionText | Should -Be "'it''s'"
        (Complete "Get-HandleProcess 'a b'").CompletionText | Should -Be "'a b'"
    }

    It 'escapes wildcards only where the parameter takes patterns' {
        (Complete 'Get-HandleProcess n').CompletionText | Should -Be "'n``[1``]'"
        (Complete 'New-HandleNode n').CompletionText | Should -Be 'n[1]'
    }

    It 'completes to a line that gets the same object: <Cmdlet> <Quote>' -ForEach @(
        foreach ($quote in '', "'", '"') {
            foreach ($cmdlet in 'Get-HandleProcess', 'Get-HandleProcess -Process', 'Get-HandleNode -Node', 'Request-HandlePoolResize -Grow', 'Get-HandleNode', 'Remove-HandleProcess -PassThru', 'Remove-HandleNode -PassThru') {
                @{ Cmdlet = $cmdlet; Quote = $quote }
            }
        }
    ) {
        $lines = Get-CompletedLine "$Cmdlet $Quote"
        $found = foreach ($line in $lines) { Invoke-Expression $line }
        $got = if ($Cmdlet -like 'Request*') { $found.Process.Name } else { $found.Name }
        $got | Where-Object { $_ } | Sort-Object | Should -Be ($names | Sort-Object)
    }

    It 'completes to a line that gets the same session' {
        $sessions = 's a', "s'b", 's[c]', 's*', 's$d' | ForEach-Object { New-HandleSession $_ }
        $got = foreach ($line in Get-CompletedLine 'Get-HandleSession s') { Invoke-Expression $line }
        $got.Name | Where-Object { $_ -cin $sessions.Name } | Sort-Object | Should -Be ($sessions.Name | Sort-Object)
        (Get-CompletedLine 'Switch-HandleSession -PassThru "s[').ForEach({ (Invoke-Expression $_).Name }) | Should -Be 's[c]'
        $sessions | Remove-HandleSession
    }
}

Describe 'Completion of nodes' {
    BeforeEach {
        $session = New-HandleSession
        $owner = New-HandleProcess owner -Id 10
        $other = New-HandleProcess other -Id 20
        $client = New-HandleProcess client -Id 30
        $elsewhere = New-HandleProcess elsewhere -Id 40 -Context hwbinder
        $audio = New-HandleNode $owner audio
        $camera = New-HandleNode $other camera
        $unnamed = New-HandleNode $other
        $far = New-HandleNode $elsewhere far
        $null = $audio, $unnamed | Add-HandleReference $client
    }

    It 'offers names, then the ids of unnamed nodes, with details in the tooltip' {
        $found = Complete 'Get-HandleNode '
        $found.CompletionText | Should -Be 'audio', 'camera', 'far', "$($unnamed.Id)"
        $found[0].ToolTip | Should -Be "node $($audio.Id) 'audio' of owner (10), held by 1 process"
        $found[3].ToolTip | Should -Be "node $($unnamed.Id) of other (20), held by 1 process"
    }

    It 'offers names and ids' {
        (Complete 'Get-HandleNode cam').CompletionText | Should -Be 'camera'
        (Complete 'Get-HandleNode *o').CompletionText | Should -Be 'audio'
        (Complete 'Get-HandleNode -Node cam').CompletionText | Should -Be 'camera'
        (Complete 'Remove-HandleNode cam').CompletionText | Should -Be 'camera'
        (Complete "Remove-HandleNode $($audio.Id)").CompletionText | Should -Be "$($audio.Id)"
        (Complete 'Get-HandleNode -Id ').CompletionText | Should -Be $audio.Id, $camera.Id, $unnamed.Id, $far.Id
    }

    It 'offers only nodes of the owner or context that the line names' {
        (Complete 'Get-HandleNode -Process other -Name ').CompletionText | Should -Be 'camera', "$($unnamed.Id)"
        (Complete 'Get-HandleNode -Context hwbinder -Name ').CompletionText | Should -Be 'far'
    }

    It 'offers a holder the nodes that it can take, or those that it has' {
        (Complete 'Add-HandleReference client -Node ').CompletionText | Should -Be 'audio', 'camera', "$($unnamed.Id)"
        (Complete 'Get-HandleReference client -Node ').CompletionText | Should -Be 'audio', "$($unnamed.Id)"
    }

    It 'offers only dead nodes with -Dead' {
        Remove-HandleProcess $owner
        (Complete 'Get-HandleNode -Dead -Name ').ToolTip | Should -Be "node $($audio.Id) 'audio' of owner (10), held by 1 process, dead"
    }

    It 'offers ids of nodes that share a name where the parameter takes one' {
        $second = New-HandleNode $other audio
        (Complete 'Get-HandleNode au').CompletionText | Should -Be 'audio'
        (Complete 'Add-HandleReference client au').CompletionText | Should -Be "$($audio.Id)", "$($second.Id)"
    }

    It 'offers at most 250' {
        $null = New-HandleNode $owner service -Count 400
        $found = Complete 'Get-HandleNode ser'
        $found | Should -HaveCount 250
        $found[9].CompletionText | Should -Be 'service10'
        Complete 'Get-HandleNode -Id ' | Should -HaveCount 250
    }
}

Describe 'Completion of handles' {
    BeforeEach {
        $session = New-HandleSession
        $manager = New-HandleProcess servicemanager -Id 1 -Manager
        $owner = New-HandleProcess owner -Id 10
        $client = New-HandleProcess client -Id 20
        $nodes = New-HandleNode $owner node -Count 12
        $null = $nodes | Add-HandleReference $client
        Remove-HandleReference $client (2..9)
    }

    It 'offers handles in use, with node, owner and counts in the tooltip: <_>' -ForEach 'Remove-HandleReference client ', 'Get-HandleReference client ',
    'Get-HandleReference -Process cl* -Handle ', 'Remove-HandleReference -WhatIf -Process client -Handle ',
    'Add-HandleFault -FlipBit client ', 'Get-HandleReference 20 -Handle 1, ' {
        $found = Complete $_
        $found.CompletionText | Should -Be '1', '10', '11', '12'
        $found[0].ToolTip | Should -Be "handle 1 of client: node $($nodes[0].Id) 'node1' of owner (10), strong 1, weak 0"
    }

    It 'offers the handles of the object in a variable' {
        (Complete 'Remove-HandleReference $client 1').CompletionText | Should -Be '1', '10', '11', '12'
    }

    It 'offers handles that begin with the digits or match the pattern' {
        (Complete 'Remove-HandleReference client 12').CompletionText | Should -Be '12'
        (Complete 'Remove-HandleReference client 1?').CompletionText | Should -Be '10', '11', '12'
        Complete 'Remove-HandleReference client 2' | Should -BeNullOrEmpty
        Complete 'Remove-HandleReference client x' | Should -BeNullOrEmpty
    }

    It 'offers the context manager when a reference is added' {
        $found = Complete 'Add-HandleReference client -Handle '
        $found[0].CompletionText | Should -Be '0'
        $found[0].ToolTip | Should -Match "context manager, node \d+ of servicemanager \(1\), not held yet"
        $null = Add-HandleReference $client -Handle 0
        (Complete 'Add-HandleReference client -Handle 0').ToolTip | Should -Match 'strong 1'
        Complete 'Add-HandleReference servicemanager -Handle ' | Should -BeNullOrEmpty
    }

    It 'offers nothing without an existing process' {
        Complete 'Get-HandleReference -Handle ' | Should -BeNullOrEmpty
        Complete 'Remove-HandleReference nobody ' | Should -BeNullOrEmpty
        Complete 'Remove-HandleReference owner ' | Should -BeNullOrEmpty
    }

    It 'offers the lowest 250' {
        $null = New-HandleNode $owner -Count 500 | Add-HandleReference $client
        $found = Complete 'Remove-HandleReference client '
        $found | Should -HaveCount 250
        $found[249].CompletionText | Should -Be '250'
        (Complete 'Remove-HandleReference client 49').CompletionText | Should -Be (@(49) + 490..499)
    }
}

Describe 'Completion of faults' {
    It 'offers the ids of the session with what they do' {
        $session = New-HandleSession
        $app = New-HandleProcess app
        $null = Add-HandleFault -FailAllocation $app -After 5
        $null = Add-HandleFault -FailNotification $app -After 5
        $found = Complete 'Remove-HandleFault -Id '
        $found.CompletionText | Should -Be '1', '2'
        $found.ToolTip | Should -Be (Get-HandleFault | ForEach-Object { "$_" })
        (Complete 'Remove-HandleFault -Id 1, 2').CompletionText | Should -Be '2'
        Complete 'Remove-HandleFault ' | Should -BeNullOrEmpty
    }
}

Describe 'Completion of sessions' {
    BeforeAll {
        Get-HandleSession | Remove-HandleSession
        $first = New-HandleSession first -Allocator Bitmap
        $null = New-HandleProcess 'in the first' -Id 11
        $node = New-HandleNode 11 'its node'
        $second = New-HandleSession second
        $null = New-HandleProcess other -Id 22
    }

    AfterAll {
        $first, $second | Remove-HandleSession
    }

    It 'offers sessions with their sizes: <_>' -ForEach 'Get-HandleSession ', 'Switch-HandleSession ', 'Remove-HandleSession ', 'Get-HandleProcess -Session ',
    'Export-HandleSession x.json -Session ', 'Export-HandleReport x.html ', 'Find-HandleLeak ', 'New-HandleBaseline ', 'Compare-HandleSession ', 'Compare-HandleSession first ', 'Measure-HandleUsage -Session ' {
        $found = Complete $_
        $found.CompletionText | Should -Be 'first', 'second'
        $found.ToolTip | Should -Be 'first, 1 process, 1 node, Bitmap', 'second, current, 1 process, 0 nodes, SegmentedBitmap'
    }

    It 'treats the word as a prefix or a pattern' {
        (Complete 'Switch-HandleSession S').CompletionText | Should -Be 'second'
        (Complete 'Switch-HandleSession *st').CompletionText | Should -Be 'first'
    }

    It 'completes everything else from the session that the line names' {
        (Complete 'Get-HandleProcess ').CompletionText | Should -Be 'other'
        (Complete 'Get-HandleProcess -Session first -Name ').CompletionText | Should -Be "'in the first'"
        (Complete 'Get-HandleProcess -Session $first -Name ').CompletionText | Should -Be "'in the first'"
        (Complete 'Get-HandleNode -Session FIRST -Name ').CompletionText | Should -Be "'its node'"
        (Complete 'Get-HandleProcess -Context binder -Session first -Name i').CompletionText | Should -Be "'in the first'"
    }

    It 'completes from the session of the objects beside the word' {
        $holder = Get-HandleProcess 11 -Session first
        (Complete 'Add-HandleReference $holder -Node ').CompletionText | Should -Be "'its node'"
        (Complete 'Add-HandleReference -Node $node -Process ').CompletionText | Should -Be "'in the first'"
        (Complete 'Get-HandleNode -Process $holder -Name ').CompletionText | Should -Be "'its node'"
        Get-HandleNode -Process $holder -Name 'its node' | Should -Be $node
    }

    It 'does not guess a session that is missing or needs running the line' {
        Complete 'Get-HandleProcess -Session (Get-HandleSession first) -Name ' | Should -BeNullOrEmpty
        Complete 'Get-HandleProcess -Session nope -Name ' | Should -BeNullOrEmpty
        Complete 'Get-HandleProcess -Session $nope -Name ' | Should -BeNullOrEmpty
    }

    It 'creates no session and leaves no error' {
        $shell = [powershell]::Create()
        $output = $shell.AddScript("
            Set-Location '$TestDrive/empty'
            Import-Module $(ConvertTo-Literal "$PSScriptRoot/../HandlePool.psd1")
            'Get-HandleProcess ', 'Get-HandleSession ', 'Get-HandleNode 1', 'Remove-HandleReference x ', 'New-HandleProcess -Context ', 'Get-HandleProcess [' |
                ForEach-Object { (TabExpansion2 `$_ `$_.Length).CompletionMatches | Where-Object ListItemText -CNE '(no match)' | ForEach-Object CompletionText }
            `$Error.Count
            (New-HandleSession x).Name
            (Get-HandleSession).Name").Invoke()
        $shell.Dispose()
        $output.Where({ $null -ne $_ }) | Should -Be 'binder', 'hwbinder', 'vndbinder', 0, 'x', 'x'
    }
}

Describe 'Completion of uids' {
    BeforeAll { $null = Import-HandleDump "$PSScriptRoot/data/evidence/killed.txt" }

    It 'offers those of processes and facts, with the packages in the tooltip' {
        $found = Complete 'Get-HandleEvidence -Uid '
        $found.CompletionText | Should -Be '1000', '10082', '10087'
        $found.ToolTip | Should -Be 'uid 1000, servicemanager; system; system_server', 'uid u0a82, com.android.systemui', 'uid u0a87, com.example.mail'
        (Complete 'New-HandleProcess new -Uid ').CompletionText | Should -Be '1000', '10082', '10087'
    }

    It 'takes digits, the form of Android, and names of packages: <Word>' -ForEach @(
        @{ Word = '1008'; Uids = '10082', '10087' }
        @{ Word = 'u0a87'; Uids = '10087' }
        @{ Word = 'com.ex'; Uids = '10087' }
        @{ Word = '1000, 1008'; Uids = '10082', '10087' }
        @{ Word = 'none'; Uids = $null }
    ) {
        (Complete "Get-HandleEvidence -Uid $Word").CompletionText | Should -Be $Uids
    }
}

Describe 'Completion of contexts' {
    BeforeEach {
        $session = New-HandleSession
        $null = New-HandleProcess sm -Manager
        $null = New-HandleProcess app -Id 5
        $null = New-HandleProcess app -Id 5 -Context hwbinder
        $null = New-HandleProcess odd -Context 'my context'
    }

    It 'offers the contexts that exist' {
        $found = Complete 'Get-HandleProcess -Context '
        $found.CompletionText | Should -Be 'binder', 'hwbinder', "'my context'"
        $found.ToolTip | Should -Be 'binder, 2 processes, manager sm', 'hwbinder: app, pid 5, hwbinder, 0 handles', 'my context: odd, pid 6, my context, 0 handles'
        (Complete 'Measure-HandleUsage -Context hw').CompletionText | Should -Be 'hwbinder'
    }

    It 'offers the contexts of the process that the line names' {
        (Complete 'Remove-HandleProcess app -Context ').CompletionText | Should -Be 'binder', 'hwbinder'
        (Complete 'Resize-HandlePool 5 -Grow -Context ').CompletionText | Should -Be 'binder', 'hwbinder'
    }

    It 'offers Android''s contexts as well for a new process' {
        (Complete 'New-HandleProcess new -Context ').CompletionText | Should -Be 'binder', 'hwbinder', "'my context'", 'vndbinder'
        (Complete 'New-HandleProcess new 7 v').ToolTip | Should -Be 'vndbinder, no processes yet'
    }
}
