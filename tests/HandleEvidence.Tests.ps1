BeforeAll {
    Import-Module "$PSScriptRoot/Engine.psm1"
    Import-Module "$PSScriptRoot/../HandlePool.psd1"
    Import-Module "$PSScriptRoot/HandleErrorAssertion.psm1"

    $report = "$PSScriptRoot/data/evidence/killed.txt"
    $log = '01-02 09:00:00.110  1000  1754  1822 W ActivityManager: Uid 10087 sent too many Binders to uid 1000'
}

AfterAll {
    Get-HandleSession | Remove-HandleSession
}

Describe 'Get-HandleEvidence' {
    BeforeEach { $session = Import-HandleDump $report }

    It 'gets the facts of a bug report in its order' {
        $facts = Get-HandleEvidence
        $facts | Should -BeOfType HandlePool.HandleEvidence
        ($facts | Where-Object Kind -NE Section | Group-Object Kind -NoElement).ForEach({ "$($_.Name) $($_.Count)" }) | Should -Be @(
            'Process 5', 'Package 2', 'InterfaceCount 4', 'UidCount 4', 'ProxyMapGrowth 1', 'ProxyLimit 1', 'SenderLimit 1', 'Kill 2', 'Exit 1',
            'LocalBinders 3', 'ProxyBinders 3', 'DeathRecipients 3')
        $facts.Line | Should -Be ($facts.Line | Sort-Object)
    }

    It 'tells file and line, time, process and count of a fact' {
        $kill = (Get-HandleEvidence Kill)[0]
        $kill.Source | Should -BeLike '*killed.txt:24'
        (Get-Content $report)[$kill.Line - 1] | Should -Be $kill.Text
        $kill.Pid, $kill.Uid, $kill.Name | Should -Be 2745, 10087, 'com.example.mail'
        $kill.Time.LocalDateTime | Should -Be ([datetime] '2026-01-02 09:00:00.250')
        (Get-HandleEvidence ProxyLimit).Count | Should -Be 6000
    }

    It 'filters by <Name>' -ForEach @(
        @{ Name = 'kinds'; Get = { Get-HandleEvidence -Kind Kill, Exit }; Count = 3 }
        @{ Name = 'a pid'; Get = { Get-HandleEvidence -Process 2745 }; Count = 3 }
        @{ Name = 'a name'; Get = { Get-HandleEvidence Kill -Process com.example.mail }; Count = 2 }
        @{ Name = 'a pattern'; Get = { Get-HandleEvidence ProxyBinders -Process com.* }; Count = 2 }
        @{ Name = 'a pid of a holder'; Get = { Get-HandleEvidence UidCount -Process 1754 }; Count = 2 }
        @{ Name = 'uids of senders and holders'; Get = { Get-HandleEvidence -Uid 10087, 1000 -Kind SenderLimit, UidCount }; Count = 5 }
        @{ Name = 'a name that nothing has'; Get = { Get-HandleEvidence -Process nobody -ErrorAction Stop }; Count = 0 }
    ) {
        & $Get | Should -HaveCount $Count
    }

    It 'says why a line counts for nothing' {
        $null = '01-02 09:30:00.250 10087 4100 4122 W ActivityManager: Uid 10082 sent too many Binders to uid 1000' | Import-HandleDump -Name log -WarningAction Ignore
        $line = Get-HandleEvidence Untrusted
        $line.Pid, $line.Uid, $line.HolderUid | Should -Be 4100, 10087, $null
        $line | Format-List | Out-String -Width 200 | Should -Match 'Doubt +: A process of uid u0a87 wrote it'
        Get-HandleIncident -WarningAction Ignore | Should -BeNullOrEmpty
    }

    It 'takes sessions from the pipeline' {
        $other = $log | Import-HandleDump -Name log -WarningAction Ignore
        ($session, $other | Get-HandleEvidence -Kind SenderLimit).Line | Should -Be 17, 1
        (Get-HandleEvidence -Session $session.Name -Kind SenderLimit).Line | Should -Be 17
    }

    It 'says what a report does not have with -Verbose' {
        Get-HandleEvidence -Kind Kill -Verbose 4>&1 | Where-Object { $_ -is [Management.Automation.VerboseRecord] } |
            Should -BeLike "The report of session 'killed.txt*' lacks Transactions."
        $null = New-HandleSession plain
        Get-HandleEvidence -Verbose 4>&1 | Should -BeLike "Session 'plain' has no evidence*"
    }

    It 'refuses patterns, kinds and uids that are none' {
        { Get-HandleEvidence -Process '[a' -ErrorAction Stop } | Should -Throw -ErrorId 'BadPattern,*'
        { Get-HandleEvidence -Process '[a' -Session (New-HandleSession 'nothing') -ErrorAction Stop } | Should -Throw -ErrorId 'BadPattern,*'
        { Get-HandleEvidence -Kind Murder } | Should -Throw '*Murder*'
        { Get-HandleEvidence -Uid -1 } | Should -Throw
        { Get-HandleEvidence -Session nope } | Should -WriteHandleError SessionNotFound
    }

    It 'fits into 80 columns' {
        $lines = (Get-HandleEvidence | Format-Table | Out-String -Width 80) -split '\r?\n'
        ($lines | Measure-Object Length -Maximum).Maximum | Should -BeLessOrEqual 80
        (Get-HandleEvidence Kill)[0] | Format-List | Out-String -Width 120 | Should -Match 'Text +: 01-02 09:00'
    }
}

Describe 'The processes of a bug report' {
    It 'have uids and packages' {
        $null = Import-HandleDump $report
        Get-HandleProcess | ForEach-Object { "$_ $($_.Uid) $($_.Package)" } |
            Should -Be 'servicemanager 1000 ', 'system_server 1000 ', 'com.android.systemui 10082 com.android.systemui', 'com.example.mail 10087 com.example.mail'
    }

    It 'are counted by uid' {
        $null = Import-HandleDump $report
        Measure-HandleUsage -By Uid -Holder system_server -WarningVariable warnings | ForEach-Object { "$($_.OwnerName) $($_.Uid) $($_.Handles) $($_.AndroidCount) $($_.Difference)" } |
            Should -Be 'uid u0a82 10082 12 12 0', 'uid u0a87 10087 4 4 0', 'uid 1000 1000 1  '
        $warnings | Should -BeNullOrEmpty
        Measure-HandleUsage -By Uid -Holder system_server | Get-HandleReference | Should -HaveCount 17
        $null = Import-HandleDump "$PSScriptRoot/data/state-pixel.txt"
        $null = Measure-HandleUsage -By Uid -WarningVariable warnings -WarningAction SilentlyContinue
        $warnings | Should -BeLike 'The uids of some owners are unknown.*'
    }

    It 'keep their uids in a session file, and have none where nothing tells them' {
        Import-HandleDump $report | Export-HandleSession TestDrive:/s.json
        (Import-HandleSession TestDrive:/s.json -Name copy | Get-HandleProcess 4100).Uid | Should -Be 10087
        $null = Import-HandleDump "$PSScriptRoot/data/state-pixel.txt"
        @(Get-HandleProcess).Uid | Select-Object -Unique | Should -BeNullOrEmpty
    }
}

Describe 'The facts about a process' {
    It 'are the same by its name and by its pid' {
        $null = Import-HandleDump "$PSScriptRoot/data/evidence/leaking.txt"
        $byPid = @(Get-HandleEvidence -Process 1754)
        $byPid.Kind | Should -Contain LocalBinders
        @(Get-HandleEvidence -Process system_serv*) | ForEach-Object { "$_" } | Should -Be ($byPid | ForEach-Object { "$_" })
    }
}

Describe 'The interfaces of a bug report' {
    BeforeEach { $null = Import-HandleDump "$PSScriptRoot/data/evidence/leaking.txt" }

    It 'are those of nodes whose service is known' {
        Get-HandleNode | Where-Object Interface | ForEach-Object { "$_ $($_.Interface) $($_.Candidates[0].Certainty)" } |
            Should -Be '1 android.os.IServiceManager Certain', '300 com.android.internal.statusbar.IStatusBar Bounded'
        (Get-HandleNode 200).Candidates | ForEach-Object { "$($_.Certainty) $($_.Name) $($_.AtLeast) of $($_.Of)" } | Should -Contain 'Bounded android.app.IActivityManager 1 of 2'
        (Get-HandleNode 200).Candidates.Certainty | Should -Contain 'Guess'
    }

    It 'are counted by holder and owner, and sum up to all handles' {
        $rows = Measure-HandleUsage -By Interface -Holder system_server
        $rows | ForEach-Object { "$($_.OwnerName) $($_.Handles) $($_.AtMost) $($_.Certainty)".Trim() } | Should -Be @(
            'com.example.mail.ISyncListener 121 122 Bounded', 'android.content.IContentProvider 3 4 Bounded', '(unknown) 1', 'android.os.IServiceManager 1 2 Certain',
            'com.android.internal.statusbar.IStatusBar 1 2 Bounded')
        ($rows | Measure-Object Handles -Sum).Sum | Should -Be (Get-HandleProcess system_server).HandleCount
        $mail = Measure-HandleUsage Interface -Holder system_server -Owner com.example.mail
        $mail.Handles | Should -Be 115, 5
        $mail[0].Candidates.Evidence.Text | Should -Be '#1: com.example.mail.ISyncListener x121'
    }

    It 'select the references whose interface is known' {
        Measure-HandleUsage Interface -Holder system_server | Where-Object Interface -EQ com.android.internal.statusbar.IStatusBar | Get-HandleReference |
            ForEach-Object NodeId | Should -Be 300
    }

    It 'are in the reasons of suspects, with the counts of Java' {
        $suspect = Find-HandleLeak -Sensitivity 4
        $suspect[0].Reason | Should -BeLike '*at least 115 of the 120 handles are com.example.mail.ISyncListener (leaking.txt:327).*'
        $suspect[0].Reason | Should -BeLike '*system_server (1754) has 125 proxies in Java for 127 handles (leaking.txt:*), which suggests that Java code holds them.*'
        $suspect[0].Candidates.AtLeast | Should -Be 115
        $holder = Measure-HandleUsage Holder -Top 1
        $holder.JavaProxies, $holder.NativeHandles | Should -Be 125, 2
    }

    It 'are unknown without a report, which is said' {
        $null = Import-HandleDump "$PSScriptRoot/data/state-pixel.txt"
        $rows = Measure-HandleUsage -By Interface -WarningVariable warnings -WarningAction SilentlyContinue
        $warnings | Should -BeLike 'Nothing but the service managers is known of interfaces.*'
        $rows.Interface | Where-Object { $_ } | Select-Object -Unique | Should -BeLike '*IServiceManager'
    }

    It 'tell the rate between two kills' {
        $incidents = Get-HandleIncident -WarningAction Ignore
        $incidents[1].SincePrevious | Should -BeGreaterThan ([timespan] '3:59')
        [int] $incidents[1].PerHour | Should -Be 1500
        $incidents[1].Since | Should -Be $incidents[0].Time
        ($incidents | Out-String) -replace '\s+', ' ' | Should -BeLike '*Growing since 2026-* by at least 1500 per hour.*'
    }
}

Describe 'Import-HandleDump of a log' {
    It 'makes a session without handles, which is said' {
        $session = $log | Import-HandleDump -Name log -WarningVariable warnings -WarningAction SilentlyContinue
        $warnings | Should -BeLike '*no binder state and no statistics were found*Get-HandleIncident*'
        $session.Processes | Should -Be 0
        $session.EvidenceCount | Should -Be 2
    }

    It 'reads an archive of one' {
        $null = New-Item TestDrive:/a -ItemType Directory
        $log | Set-Content TestDrive:/a/logcat.txt
        Compress-Archive TestDrive:/a/logcat.txt TestDrive:/a.zip
        (Import-HandleDump TestDrive:/a.zip -WarningAction Ignore | Get-HandleEvidence).Kind | Should -Be Section, SenderLimit
    }
}

Describe 'Get-HandleIncident' {
    BeforeEach { $session = Import-HandleDump $report }

    It 'joins the lines of a kill' {
        $kill, $growth = Get-HandleIncident
        $kill | Should -BeOfType HandlePool.Analysis.HandleIncident
        "$($kill.Kind)" | Should -Be 'Kill'
        $kill.Victim, $kill.Holder, $kill.Sender, $kill.Limit, $kill.Count |
            Should -Be 'com.example.mail (2745)', 'system_server (1754)', 'uid u0a87 (com.example.mail)', 6000, 6000
        $kill.Evidence.Kind | Should -Be ProxyLimit, SenderLimit, Kill, Kill, Exit, UidCount, InterfaceCount, InterfaceCount
        "$($growth.Kind) $($growth.Victim)$($growth.Holder) $($growth.Count)" | Should -Be 'ProxyMapGrowth system_server (1754) 7000'
    }

    It 'says that the dump no longer shows the victim' {
        (Get-HandleIncident Kill).Cause | Should -Be ("The dump does not show the victim: it was taken after its end, 60 minutes after it. " +
            'com.example.mail (4100) runs in its place. It has no suspects.')
        (Get-HandleIncident Kill).Suspects | Should -BeNullOrEmpty
    }

    It 'takes sessions from the pipeline and filters by kind' {
        $session | Get-HandleIncident -Kind Kill | Should -HaveCount 1
        $session.Name | ForEach-Object { Get-HandleIncident ProxyMapGrowth -Session $_ } | Should -HaveCount 1
        Get-HandleIncident ProxyMapOverflow | Should -BeNullOrEmpty
        { Get-HandleIncident -Session nope } | Should -WriteHandleError SessionNotFound
    }

    It 'warns of what a session lacks' {
        $null = New-HandleSession bare
        Get-HandleIncident -WarningVariable warnings -WarningAction SilentlyContinue | Should -BeNullOrEmpty
        $warnings | Should -BeLike "Session 'bare' has no evidence of a bug report.*"
    }

    It 'numbers the evidence in its view' {
        $text = Get-HandleIncident Kill | Out-String -Width 80
        $text | Should -Match '(?s)Kill: com\.example\.mail \(2745\), 2026-01-02 09:00:00.*\[1\] .*killed\.txt:16:.*\[8\] .*IContentProvider x212'
        Get-HandleIncident | Format-Table | Out-String -Width 80 | Should -Match 'Kill .*com\.example\.mail'
        Get-HandleIncident Kill | Format-List | Out-String -Width 120 | Should -Match 'Sender +: uid u0a87'
    }

    It 'opens the report' {
        $null = $session | Export-HandleReport TestDrive:/report.md
        $text = Get-Content -Raw TestDrive:/report.md
        $text.IndexOf('Killed for too many binder objects') | Should -BeGreaterThan 0
        $text.IndexOf('Killed for too many binder objects') | Should -BeLessThan $text.IndexOf('No leak suspects')
    }
}
