BeforeAll {
    Import-Module "$PSScriptRoot/../HandlePool.psd1"
    Import-Module "$PSScriptRoot/HandleErrorAssertion.psm1"

    # Reads a state in which the processes, given as pid = 'name' or $null, hold nodes, given as 'holder pid' = node ids, of owners.
    function Import-State([hashtable] $Owners, [hashtable] $Held, [hashtable] $Names = @{}, [datetime] $Time, [int[]] $Dead = @()) {
        $ownerOf = @{}
        foreach ($owner in $Owners.Keys) { $Owners[$owner] | ForEach-Object { $ownerOf[$_] = $owner } }
        $pids = @($Owners.Keys) + @($Held.Keys) | Sort-Object -Unique
        $lines = @(
            'binder state:'
            foreach ($id in $pids) {
                "proc $id"
                'context binder'
                foreach ($node in $Owners[$id]) { "  node ${node}: u0000000000000000 c0000000000000000 pri 0:139 hs 1 hw 1 ls 0 lw 0 is 1 iw 1 tr 1" }
                $handle = 0
                foreach ($node in $Held[$id]) {
                    $handle++
                    $kind = if ($node -in $Dead) { 'dead node' } else { 'node' }
                    "  ref $(90000 + $handle): desc $handle $kind $node s 1 w 1 d 0000000000000000"
                }
            }
        )
        $parameters = @{ ProcessName = $Names; WarningAction = 'SilentlyContinue' }
        if ($Time) { $parameters.Time = $Time }
        $lines | Import-HandleDump @parameters
    }
}

Describe 'Compare-HandleSession' {
    BeforeEach {
        $names = @{ 1 = 'server'; 2 = 'app'; 3 = 'other' }
        $before = Import-State @{ 1 = 11..14; 3 = 31, 32 } @{ 2 = 11, 12, 13, 31; 3 = 11, 12 } $names -Time '2026-11-01 08:00'
        $after = Import-State @{ 1 = 11..18; 3 = 31, 32 } @{ 2 = 13, 14, 15, 16, 17; 3 = 11, 12 } $names -Time '2026-11-01 09:00'
    }

    It 'shows what each pair added, removed and kept, largest growth first' {
        $changes = Compare-HandleSession $before $after
        $changes | Should -BeOfType HandlePool.Analysis.HandleUsageChange
        $changes | ForEach-Object { "$($_.HolderName) $($_.OwnerName) $($_.Before) +$($_.Added) -$($_.Removed) =$($_.Kept) $($_.After) $($_.Net)" } |
            Should -Be 'app server 3 +4 -2 =1 5 2', 'app other 1 +0 -1 =0 0 -1'
        "$($changes[0].MatchedBy)" | Should -Be 'PidAndName'
        $changes[0].Note | Should -BeNullOrEmpty
        $changes[0].Holder | Should -Be (Get-HandleProcess app -Session $after)
        $changes[0].Owner | Should -Be (Get-HandleProcess server -Session $after)
        'Before', 'After', 'Added', 'Removed', 'Kept', 'Net' | ForEach-Object { $changes[0].$_ | Should -BeOfType int }
    }

    It 'shows it by <By>' -ForEach @(
        @{ By = 'Holder'; Rows = 'app (all) 4 +4 -3 =1 5 1', 'other (all) 2 +0 -0 =2 2 0' }
        @{ By = 'Owner'; Rows = '(all) server 5 +4 -2 =3 7 2', '(all) other 1 +0 -1 =0 0 -1' }
        @{ By = 'Context'; Rows = '(all) (all) 6 +4 -3 =3 7 1' }
    ) {
        Compare-HandleSession $before $after -By $By -IncludeEqual |
            ForEach-Object { "$($_.HolderName) $($_.OwnerName) $($_.Before) +$($_.Added) -$($_.Removed) =$($_.Kept) $($_.After) $($_.Net)" } |
            Should -Be $Rows
    }

    It 'says that a session is compared with itself' {
        Compare-HandleSession $after -WarningVariable warning -WarningAction SilentlyContinue | Should -BeNullOrEmpty
        "$warning" | Should -BeLike "Session '$after' is compared with itself.*"
    }

    It 'omits what stayed the same unless -IncludeEqual is given' {
        (Compare-HandleSession $before $after).HolderName | Should -Not -Contain 'other'
        $equal = Compare-HandleSession $before $after -IncludeEqual | Where-Object HolderName -EQ other
        $equal.Kept, $equal.Added, $equal.Removed | Should -Be 2, 0, 0
        Compare-HandleSession $before $before | Should -BeNullOrEmpty
        (Compare-HandleSession $before $before -IncludeEqual).Net | Should -Be 0, 0, 0
    }

    It 'shows a pair that exchanged its handles, though its net change is 0' {
        $after = Import-State @{ 1 = 11..18; 3 = 31, 32 } @{ 2 = 14, 15, 16, 31; 3 = 11, 12 } $names
        $change = Compare-HandleSession $before $after
        $change.Added, $change.Removed, $change.Net | Should -Be 3, 3, 0
    }

    It 'returns the number of rows given by -Top' {
        (Compare-HandleSession $before $after -Top 1).Net | Should -Be 2
        { Compare-HandleSession $before $after -Top 0 } | Should -Throw
    }

    It 'takes sessions <Form>' -ForEach @(
        @{ Form = 'by name'; Compare = { Compare-HandleSession $before.Name $after.Name } }
        @{ Form = 'by parameter'; Compare = { Compare-HandleSession -ReferenceSession $before -DifferenceSession $after } }
        @{ Form = 'one in the pipeline'; Compare = { $after | Compare-HandleSession $before } }
        @{ Form = 'one by default, the current one'; Compare = { $null = Switch-HandleSession $after; Compare-HandleSession $before } }
    ) {
        (& $Compare).Net | Should -Be 2, -1
    }

    It 'compares several piped sessions with the first one' {
        ($before, $after | Compare-HandleSession $before).Net | Should -Be 2, -1
    }

    It 'treats a pid with another name as another process, with a note' {
        $names[2] = 'stranger'
        $after = Import-State @{ 1 = 11..18; 3 = 31, 32 } @{ 2 = 13, 14; 3 = 11, 12 } $names
        $changes = Compare-HandleSession $before $after -WarningVariable warnings -WarningAction SilentlyContinue
        "$warnings" | Should -Match '\b2\b.*app.*stranger'
        ($changes | Where-Object HolderName -EQ stranger).Added | Should -Be 2
        $gone = $changes | Where-Object HolderName -EQ app
        $gone.Removed | Should -Be 1, 3
        $gone.Kept | Should -Be 0, 0
        "$($changes.MatchedBy | Sort-Object -Unique)" | Should -Be 'None'
    }

    It 'matches a name with another pid as a restarted process, with a note' {
        $restarted = @{ 1 = 'server'; 22 = 'app'; 3 = 'other' }
        $after = Import-State @{ 1 = 11..18; 3 = 31, 32 } @{ 22 = 13, 14, 31; 3 = 11, 12 } $restarted
        $changes = Compare-HandleSession $before $after -WarningVariable warnings -WarningAction SilentlyContinue
        $change = $changes | Where-Object OwnerName -EQ server
        $change.Before, $change.After, $change.Kept | Should -Be 3, 2, 1
        "$($change.MatchedBy)" | Should -Be 'Name'
        $change.Note | Should -Match 'app.*\b2\b.*\b22\b'
        $change.Holder.Id | Should -Be 22
        $warnings | Should -BeNullOrEmpty
    }

    It 'notes the restart of an owner as well' {
        $restarted = @{ 100 = 'server'; 2 = 'app'; 3 = 'other' }
        $after = Import-State @{ 100 = 111..114; 3 = 31, 32 } @{ 2 = 111, 112, 31; 3 = 111 } $restarted
        $change = Compare-HandleSession $before $after | Where-Object { $_.HolderName -eq 'app' -and $_.OwnerName -eq 'server' }
        $change.Before, $change.After, $change.Kept | Should -Be 3, 2, 0
        $change.Note | Should -Match 'server.*\b1\b.*\b100\b'
    }

    It 'does not match by a name that two processes share' {
        $before = Import-State @{ 1 = 11..14 } @{ 5 = 11; 6 = 12 } @{ 1 = 'server'; 5 = 'twin'; 6 = 'twin' }
        $after = Import-State @{ 1 = 11..14 } @{ 7 = 11; 8 = 12 } @{ 1 = 'server'; 7 = 'twin'; 8 = 'twin' }
        $changes = Compare-HandleSession $before $after
        "$($changes.MatchedBy | Sort-Object -Unique)" | Should -Be 'None'
        ($changes | Measure-Object Kept -Sum).Sum | Should -Be 0
        ($changes | Measure-Object Added -Sum).Sum | Should -Be 2
    }

    It 'matches unnamed processes by pid, with a warning that says how many' {
        $before = Import-State @{ 1 = 11..14 } @{ 2 = 11, 12 }
        $after = Import-State @{ 1 = 11..14 } @{ 2 = 12, 13, 14 }
        $change = Compare-HandleSession $before $after -WarningVariable warnings -WarningAction SilentlyContinue
        $change.HolderName, $change.OwnerName | Should -Be '2', '1'
        $change.Kept, $change.Added, $change.Removed | Should -Be 1, 2, 1
        "$($change.MatchedBy)" | Should -Be 'Pid'
        "$warnings" | Should -Match '\b2 processes'
    }

    It 'matches by pid a process that only one dump names' {
        $before = Import-State @{ 1 = 11..14 } @{ 2 = 11, 12 } @{ 1 = 'server' }
        $after = Import-State @{ 1 = 11..14 } @{ 2 = 12 } @{ 1 = 'server'; 2 = 'app' }
        $change = Compare-HandleSession $before $after -WarningVariable warnings -WarningAction SilentlyContinue
        $change.HolderName, $change.Kept | Should -Be app, 1
        "$($change.MatchedBy)" | Should -Be 'Pid'
        $warnings | Should -HaveCount 1
    }

    It 'notes that the device rebooted in between' {
        $names = @{ 1 = 'server'; 2 = 'app'; 3 = 'other'; 4 = 'fourth' }
        $before = Import-State @{ 1 = 11..30; 3 = 31..50 } @{ 2 = 11..20; 4 = 31..40 } $names
        $after = Import-State @{ 3 = 11..30; 4 = 31..50 } @{ 2 = 11..25; 1 = 31..40 } $names
        $changes = Compare-HandleSession $before $after -WarningVariable warnings -WarningAction SilentlyContinue
        "$warnings" | Should -Match 'boot'
        ($changes | Measure-Object Kept -Sum).Sum | Should -Be 0
    }

    It 'keeps nothing over a reboot, where all names match' {
        $before = Import-State @{ 144 = 101..120 } @{ 200 = 101..120 } @{ 144 = 'server'; 200 = 'app' }
        $after = Import-State @{ 151 = 101..120 } @{ 203 = 101..120 } @{ 151 = 'server'; 203 = 'app' }
        $change = Compare-HandleSession $before $after -WarningVariable warnings -WarningAction SilentlyContinue
        $change.Before, $change.After, $change.Kept, $change.Net | Should -Be 20, 20, 0, 0
        "$($change.MatchedBy)" | Should -Be 'Name'
        $change.Note | Should -BeNullOrEmpty
        $warnings | Should -HaveCount 1
        "$warnings" | Should -Match 'of different boots: node 101 and 19 others changed the owner'
    }

    It 'refuses sessions that have few processes in common, with a warning' {
        $before = Import-State @{ 1 = 11..14 } @{ 2 = 11; 3 = 12; 4 = 13 } @{ 1 = 'one'; 2 = 'two'; 3 = 'three'; 4 = 'four' }
        $after = Import-State @{ 1 = 11..14 } @{ 2 = 11; 3 = 12; 4 = 13 } @{ 1 = 'five'; 2 = 'six'; 3 = 'seven'; 4 = 'eight' }
        Compare-HandleSession $before $after -WarningVariable warnings -WarningAction SilentlyContinue | Should -BeNullOrEmpty
        "$warnings" | Should -Match 'have few processes in common, so they are not of one device'
    }

    It 'keeps nothing where another process now owns the node of an id, by <By>' -ForEach @(
        @{ By = 'Pair' }
        @{ By = 'Holder' }
        @{ By = 'Owner' }
        @{ By = 'Context' }
    ) {
        $names = @{ 1 = 'server'; 2 = 'app'; 3 = 'other' }
        $before = Import-State @{ 1 = 11..22; 3 = 31..32 } @{ 2 = 11..22 } $names
        $after = Import-State @{ 1 = 31..32; 3 = 11..22 } @{ 2 = 11..22 } $names
        $changes = Compare-HandleSession $before $after -By $By -WarningVariable warnings -WarningAction SilentlyContinue
        ($changes | Measure-Object Kept -Sum).Sum | Should -Be 0
        ($changes | Measure-Object Added -Sum).Sum | Should -Be 12
        ($changes | Measure-Object Removed -Sum).Sum | Should -Be 12
        "$warnings" | Should -Match 'boot'
    }

    It 'does not mistake the death of the largest owner for a reboot' {
        $names = @{ 1 = 'server'; 2 = 'app'; 3 = 'other' }
        $before = Import-State @{ 1 = 11..30; 3 = 31, 32 } @{ 2 = 11..32 } $names
        $after = Import-State @{ 3 = 31, 32 } @{ 2 = 11..32 } $names -Dead (11..30)
        $null = Compare-HandleSession $before $after -WarningVariable warnings -WarningAction SilentlyContinue
        $warnings | Should -BeNullOrEmpty
        $change = Compare-HandleSession $before $after -By Holder -IncludeEqual
        $change.Kept, $change.Net | Should -Be 22, 0
    }

    It 'shows handles to nodes of an owner that died in between' {
        $after = Import-State @{ 3 = 31, 32 } @{ 2 = 11, 12, 13, 31; 3 = 11, 12 } @{ 2 = 'app'; 3 = 'other' } -Dead 11, 12, 13
        $changes = Compare-HandleSession $before $after -IncludeEqual -WarningAction SilentlyContinue
        $rows = $changes | Where-Object { $_.HolderName -eq 'app' -and $_.OwnerName -ne 'other' }
        ($rows | Measure-Object Before -Sum).Sum | Should -Be 3
        ($rows | Measure-Object After -Sum).Sum | Should -Be 3
        ($rows | Where-Object IsDead | Measure-Object After -Sum).Sum | Should -Be 3
    }

    It 'compares sessions created here, before and after an owner exits' {
        $null = New-HandleSession made
        $owner = New-HandleProcess 'owner' -Id 1
        $null = New-HandleNode $owner -Count 3 | Add-HandleReference (New-HandleProcess 'app' -Id 2)
        Export-HandleSession -Path TestDrive:/made.json
        $made = Import-HandleSession TestDrive:/made.json -Name made-before
        Remove-HandleProcess $owner -Session made
        $changes = Compare-HandleSession $made made -IncludeEqual
        ($changes | Measure-Object Before -Sum).Sum | Should -Be 3
        ($changes | Measure-Object After -Sum).Sum | Should -Be 3
        ($changes | Where-Object IsDead | Measure-Object After -Sum).Sum | Should -Be 3
        Get-HandleSession made, made-before | Remove-HandleSession
    }

    It 'warns of sessions whose times are in the wrong order' {
        $changes = Compare-HandleSession $after $before -WarningVariable warnings -WarningAction SilentlyContinue
        $changes.Net | Should -Be 1, -2
        "$warnings" | Should -Match 'earlier|older|before|later'
        $warnings | Should -HaveCount 1
        $null = Compare-HandleSession $before $after -WarningVariable none
        $none | Should -BeNullOrEmpty
    }

    It 'compares with an empty session' {
        $empty = New-HandleSession
        (Compare-HandleSession $before $empty).Net | Should -Be -1, -2, -3
        (Compare-HandleSession $empty $before).Net | Should -Be 3, 2, 1
        Compare-HandleSession $empty $empty -IncludeEqual | Should -BeNullOrEmpty
    }

    It 'changes neither session' {
        $count = { Get-HandleReference -Session $before | ForEach-Object { "$($_.Process) $($_.Handle)" } }
        $held = & $count
        $null = Compare-HandleSession $before $after
        & $count | Should -Be $held
    }

    It 'shows as a table and as a list' {
        $changes = Compare-HandleSession $before $after
        $changes | Format-Table | Out-String -Width 100 |
            Should -Match '(?m)^Context +HolderName +OwnerName +Before +Added +Removed +After +Net'
        $list = $changes | Format-List | Out-String -Width 100
        'HolderName', 'OwnerName', 'Before', 'Added', 'Removed', 'Kept', 'After', 'Net', 'MatchedBy' |
            ForEach-Object { $list | Should -Match "(?m)^$_ +:" }
    }
}
