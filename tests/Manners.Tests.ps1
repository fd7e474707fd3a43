# What is expected of every cmdlet, whatever it does: that it says what it will do, tells what it did, stops when told to, and so on.

BeforeDiscovery {
    Import-Module "$PSScriptRoot/../HandlePool.psd1"
    $commands = Get-Command -Module HandlePool | ForEach-Object { @{ Name = $_.Name; Command = $_ } }
    $changing = @(
        @{ Line = 'New-HandleSession other'; Says = "session 'other'" }
        @{ Line = 'Switch-HandleSession spare -PassThru'; Says = "Switch to.*session 'spare'" }
        @{ Line = 'Copy-HandleSession'; Says = "Copy.*session 'world' with 3 processes" }
        @{ Line = 'Copy-HandleSession spare other'; Says = "Copy as 'other'.*session 'spare' with 0 processes" }
        @{ Line = 'Remove-HandleSession spare'; Says = "session 'spare' with 0 processes and 0 nodes" }
        @{ Line = 'New-HandleProcess third'; Says = "process 'third' in context 'binder' of session 'world'" }
        @{ Line = 'Set-HandleProcess client -Manager'; Says = "Make context manager.*process 'client' in context 'binder'" }
        @{ Line = 'Remove-HandleProcess client -PassThru'; Says = "process 'client' \(2, binder\) with 63 handles and 0 nodes" }
        @{ Line = 'Remove-HandleProcess server'; Says = "process 'server' \(1, binder\) with 0 handles and 63 nodes, notifying process 'client'" }
        @{ Line = 'New-HandleNode server -Count 5 -Name door'; Says = "5 nodes 'door' of process 'server'" }
        @{ Line = 'Remove-HandleNode 1 -PassThru'; Says = "of process 'server', held by 1 process" }
        @{ Line = 'Add-HandleReference client 1'; Says = "Add 1 strong count.*process 'client', node" }
        @{ Line = 'Add-HandleReference client -Handle 5'; Says = "Add 1 strong count.*process 'client', handle 5" }
        @{ Line = 'Remove-HandleReference client 5 -PassThru'; Says = "Drop handle 5 \(strong 1, weak 0\).*process 'client', node '5'" }
        @{ Line = 'Remove-HandleReference client 9 -Count 1'; Says = "Decrease the strong count of handle 9 by 1 to 0.*process 'client', node '9'" }
        @{ Line = 'Resize-HandlePool client -Grow'; Says = "Grow.*pool of process 'client', capacity 64" }
        @{ Line = 'Optimize-HandlePool'; Says = "Shrink.*pool of process 'wide', from 128 to 64" }
        @{ Line = 'Optimize-HandlePool wide'; Says = "Shrink.*pool of process 'wide', from 128 to 64" }
        @{ Line = 'Request-HandlePoolResize wide -Shrink | Complete-HandlePoolResize'; Says = "Shrink.*pool of process 'wide', from 128 to 64" }
        @{ Line = '@{ Operation = ''NewNode''; Process = ''server'' } | Invoke-HandleOperation'; Says = 'row 1: NewNode server' }
        @{ Line = 'Add-HandleFault -FailAllocation client'; Says = "Fail 1 allocation.*process 'client'" }
        @{ Line = 'Add-HandleFault -FailNotification client -Count 3'; Says = "Fail 3 requests.*process 'client'" }
        @{ Line = 'Add-HandleFault -FailFreeze client'; Says = "Fail 1 freeze.*process 'client'" }
        @{ Line = 'Add-HandleFault -FlipBit client 7'; Says = "Flip.*handle 7.*process 'client'" }
        @{ Line = 'Add-HandleFault -BreakSummary wide 5'; Says = "Break the summary of handle 5.*process 'wide'" }
        @{ Line = 'Repair-HandlePool'; Says = "Repair 2 mismatches.*process 'client' \(2, binder\)" }
        @{ Line = 'Find-HandleMismatch | Select-Object -First 1 | Repair-HandlePool'; Says = "Repair 1 mismatch.*process 'client' \(2, binder\)" }
        @{ Line = 'Clear-HandleNotification client 8'; Says = "Clear.*Death notification of process 'client' on handle 8" }
        @{ Line = 'Complete-HandleNotification client 7 Freeze'; Says = "Complete.*Freeze notification of cookie 7 of process 'client'" }
        @{ Line = 'Suspend-HandleProcess wide -PassThru'; Says = "process 'wide' \(3\) in all contexts" }
        @{ Line = 'Resume-HandleProcess server -PassThru'; Says = "process 'server' \(1\) in all contexts" }
        @{ Line = 'Remove-HandleFault -Kind DelayAllocation'; Says = 'Remove.*fault 1 of session' }
        @{ Line = 'Export-HandleSession out.json'; Says = "Export session 'world'.*out.json" }
        @{ Line = 'Export-HandleDump out.txt'; Says = "Export session 'world' as a dump.*out.txt" }
        @{ Line = 'Get-HandleDump out.zip'; Says = "Take a dump of the connected device.*out.zip" }
        @{ Line = 'Export-HandleReport out.html'; Says = "Write a report on session 'world'.*out.html" }
    )
}

BeforeAll {
    Import-Module "$PSScriptRoot/Engine.psm1"
    Import-Module "$PSScriptRoot/CommandCall.psm1"
    Import-Module "$PSScriptRoot/../HandlePool.psd1"
    $common = [Management.Automation.PSCmdlet]::CommonParameters + [Management.Automation.PSCmdlet]::OptionalCommonParameters
    $verbs = (Get-Verb).Verb
    $root = Split-Path $PSScriptRoot
    $manifest = (Resolve-Path "$root/HandlePool.psd1").Path

    # For sessions that find PowerShell's own cmdlets and those of the module at once.
    $initial = [initialsessionstate]::CreateDefault()
    $initial.ImportPSModule($manifest)

    # A client that holds handles 1 to 63 in a pool of 64.
    function Initialize-World([string] $Allocator = 'SegmentedBitmap', [string] $Driver = 'HandlePool') {
        Get-HandleSession | Remove-HandleSession
        $null = New-HandleSession 'world' -Allocator $Allocator -Driver $Driver
        $null = 'server', 'client' | New-HandleProcess
        $null = New-HandleNode server -Count 63 | Add-HandleReference client
    }

    # The verbose messages without those of -WhatIf and -Confirm.
    function Get-Told([scriptblock] $Command) {
        @(& $Command 4>&1 | Where-Object { $_ -is [Management.Automation.VerboseRecord] } | ForEach-Object Message) -notlike 'Performing the operation*'
    }

    # Starts a script, stops it as Ctrl+C does once it has set $begun, and says how it ended.
    function Stop-Running([string] $Script) {
        $shell = [PowerShell]::Create($initial)
        $begun = [Threading.ManualResetEventSlim]::new()
        try {
            $shell.Runspace.SessionStateProxy.SetVariable('begun', $begun)
            $null = $shell.AddScript($Script)
            $run = $shell.BeginInvoke()

            $wasRunning = $begun.Wait(60000) -and -not $run.IsCompleted
            $shell.Stop()
            [pscustomobject]@{ WasRunning = $wasRunning; State = $shell.InvocationStateInfo.State; Errors = @($shell.Streams.Error) }
        }
        finally {
            $shell.Dispose()
            $begun.Dispose()
        }
    }
}

Describe 'Names' {
    It '<Name> has an approved verb and a singular noun' -ForEach $commands {
        $verbs | Should -Contain $Command.Verb
        $Command.Noun | Should -Match '^Handle[A-Z]'
        $Command.Noun | Should -Not -Match '(?<!s)s$'
    }
}

Describe 'A value that a parameter does not take' {
    It 'is refused by <Name> in words of the user' -ForEach $commands {
        Push-Location $TestDrive
        Initialize-World
        $resizer = Request-HandlePoolResize client -Grow
        $foreign = foreach ($parameter in $Command.Parameters.Values.Where({ $_.Name -notin $common })) {
            # Any word is true or false for a switch.
            if ($parameter.ParameterType -eq [switch]) { continue }
            $set = $Command.ParameterSets.Where({ $_.Parameters.Name -contains $parameter.Name })[0]
            foreach ($value in @(), @(1, 2), "F`e[7moo", $null, @($null), @{ a = 1 }, { 1 }, '') {
                $arguments = Get-MandatoryArgument $Command $set @{ Resizer = $resizer }
                if ($Command.Parameters.ContainsKey('WhatIf')) { $arguments.WhatIf = $true }
                if ($Name -in 'Measure-HandlePool', 'Measure-HandleContention') { $arguments += @{ Count = 64; Allocator = 'Bitmap' } }
                if ($Name -eq 'Watch-HandleDump') { $arguments += @{ Count = 1; AdbPath = 'missing' } }
                $arguments[$parameter.Name] = $value
                $output = try { & $Name @arguments 2>&1 3>$null 6>$null } catch { $_ }
                @($output).Where({ $_ -is [Management.Automation.ErrorRecord] -and "$_" -match 'HandlePool\.[A-Z]|Specified method is not supported|^(?!.*Cannot convert )(?s:.*)\e' }).ForEach({
                        "-$($parameter.Name) '$value': $_"
                    })
            }
        }
        $foreign | Should -BeNullOrEmpty
        Pop-Location
    }

    It 'names what it is and what the parameter takes' {
        Initialize-World
        { Add-HandleReference client 1, 2 } | Should -Throw "*'Node'. There are 2 values. Give one."
        { Measure-HandleUsage Foo } | Should -Throw "*'By'. 'Foo' is not one of Pair, Holder, Owner, Context, Uid, Interface."
        { Get-HandleEvent -Kind Grow, Foo } | Should -Throw "*'Kind'. 'Foo' is not one of Grow, Shrink, *."
        { Remove-HandleFault 1 } | Should -Throw "*'1' (Int32) is not a fault, as Get-HandleFault writes it."
        { Get-HandlePool @{} } | Should -Throw '*A value of type Hashtable is not a process, a name or a pid.'
        (Get-HandleEvent -Kind gro, Shrink).Kind | Should -BeNullOrEmpty
        (Measure-HandleUsage ow).By | Should -Be Owner
        (Measure-HandleUsage 2).By | Should -Be Owner
    }
}

Describe 'WhatIf and the host' -ForEach @{ Changing = $changing } {
    BeforeAll {
        # What goes to the host, as that of -WhatIf does, can only be had from another process as text.
        $script = Join-Path $TestDrive 'host.ps1'
        Set-Content $script {
            param([string] $Manifest, [string] $LineFile, [string] $Folder)
            Import-Module $Manifest
            Set-Location $Folder
            $null = New-HandleSession spare
            $null = New-HandleSession world
            $null = 'server', 'client', 'wide' | New-HandleProcess
            $null = New-HandleNode server -Count 63 | Add-HandleReference client
            $null = Resize-HandlePool wide -Grow
            $null = Add-HandleFault -DelayAllocation -Delay 0:0:0.001 -After 1000
            $null = 5, 6 | ForEach-Object { Add-HandleFault -FlipBit client $_ }
            $null = Request-HandleNotification client 7 Freeze
            $null = Receive-HandleNotification client
            $null = Request-HandleNotification client 8
            Suspend-HandleProcess server
            function Get-State {
                Get-HandleSession | ForEach-Object { $_.Name; $_.Processes; $_.Nodes }
                (Get-HandleSession -Current).Name
                Get-HandlePool | ForEach-Object { $_.Capacity; $_.InUse }
                Get-HandleReference | ForEach-Object { $_.Strong; $_.Weak }
                (Get-HandleProcess).IsFrozen
                (Get-HandleNotification).State
                @(Get-HandleEvent).Count
                @(Get-HandleFault).Count
                @(Find-HandleMismatch).Count
                (Get-ChildItem).Name
            }
            $before = "$(Get-State)"
            foreach ($line in Get-Content $LineFile) {
                "LINE $line"
                & ([scriptblock]::Create("$line -WhatIf")) 2>&1
                if ("$(Get-State)" -ne $before) { "CHANGED $(Get-State)" }
            }

            'LINE everything, captured'
            Get-HandleSession | Remove-HandleSession
            $null = & {
                $null = New-HandleSession world -Record
                'server', 'client' | New-HandleProcess -Verbose
                New-HandleNode server -Count 70 | Add-HandleReference client -Verbose
                Resize-HandlePool client -Grow
                Optimize-HandlePool -Verbose
                Add-HandleFault -FlipBit client 5
                Test-HandlePool -Verbose
                Find-HandleMismatch -Verbose
                Repair-HandlePool -Verbose
                Add-HandleFault -FailAllocation client
                Resize-HandlePool client -Grow
                Get-HandleProcess nobody
                (Get-Command -Module HandlePool -Verb Get).Name | ForEach-Object { & $_ }
                Measure-HandlePool -Count 64
                Export-HandleDump out.txt -PassThru
                Import-HandleDump out.txt -Verbose
                'nonsense' | Import-HandleDump
                Export-HandleReport out.html -PassThru
                Find-HandleLeak -Verbose
                Remove-HandleProcess client
            } *>&1
        }
        $lineFile = Join-Path $TestDrive 'lines.txt'
        Set-Content $lineFile $Changing.Line
        $folder = (New-Item (Join-Path $TestDrive 'empty') -ItemType Directory).FullName
        $said = @{}
        $line = $null
        foreach ($text in Invoke-Engine -File $script $manifest $lineFile $folder 2>&1 | ForEach-Object { "$_" }) {
            if ($text.StartsWith('LINE ')) {
                $line = $text.Substring(5)
                $said[$line] = ''
            }
            else { $said[$line] += "$text`n" }
        }
    }

    It 'changes nothing and says what would happen: <Line>' -ForEach $changing {
        $said[$Line] | Should -Match '^What if: Performing the operation "'
        $said[$Line] | Should -Match $Says
        $said[$Line] | Should -Not -Match 'CHANGED'
        ($said[$Line].TrimEnd() -split "`n") | Should -HaveCount 1
    }

    It 'leaves nothing that cannot be captured' {
        $said['everything, captured'] | Should -BeNullOrEmpty
        $said.Keys | Should -Contain 'everything, captured'
    }

    It 'exists with -Confirm on every cmdlet that changes state, each a case' {
        $changingVerbs = 'Add', 'Clear', 'Complete', 'Export', 'Invoke', 'New', 'Optimize', 'Remove', 'Repair', 'Resize', 'Set', 'Switch'

        # A baseline is a value, and making one changes nothing.
        $commands = (Get-Command -Module HandlePool).Where({ $_.Name -ne 'New-HandleBaseline' -and ($_.Verb -in $changingVerbs -or $_.Parameters.ContainsKey('WhatIf')) })
        $commands.Count | Should -BeGreaterThan 15
        foreach ($command in $commands) {
            $command.Parameters.Keys | Should -Contain 'WhatIf' -Because $command.Name
            $command.Parameters.Keys | Should -Contain 'Confirm' -Because $command.Name
            @($Changing.Line) -match $command.Name | Should -Not -BeNullOrEmpty -Because $command.Name
        }
    }
}

Describe 'Verbose' {
    BeforeEach { Initialize-World }

    It 'reports a pool that grows and shrinks as references come and go' {
        Get-Told { New-HandleNode server -Count 2 | Add-HandleReference client -Verbose } |
            Should -Be "Process 'client': The pool grew from 64 to 128.", 'Added counts to 2 references.'
        Get-Told { Remove-HandleReference client (33..65) -Verbose } | Should -Be 'Dropped 33 references.'
        Get-Told { Remove-HandleReference client 32 -Count 1 -Verbose } |
            Should -Be "Process 'client': The pool shrank from 128 to 64.", 'Removed counts from 1 reference.'
    }

    It 'is one line for each command, at the end, not for each object: <Line>' -ForEach @(
        @{ Line = 'New-HandleSession other -Verbose'; Says = 'Created 1 session.' }
        @{ Line = 'Copy-HandleSession -Verbose'; Says = 'Copied 1 session.' }
        @{ Line = 'Switch-HandleSession w* -Verbose'; Says = "Switched to session 'world'." }
        @{ Line = 'New-HandleProcess a, b -Verbose'; Says = 'Created 2 processes.' }
        @{ Line = 'Get-HandleProcess | Remove-HandleProcess -Verbose'; Says = 'Removed 2 processes with 63 handles in use.' }
        @{ Line = 'New-HandleProcess m | Set-HandleProcess -Manager -Verbose'; Says = 'Set 1 manager.' }
        @{ Line = 'Get-HandleProcess | Suspend-HandleProcess -Verbose'; Says = 'Froze 2 processes.' }
        @{ Line = 'Get-HandleProcess | Suspend-HandleProcess -Begin -Verbose'; Says = 'Began to freeze 2 processes.' }
        @{ Line = 'Get-HandleProcess | Resume-HandleProcess -Verbose'; Says = 'Thawed 2 processes.' }
        @{ Line = 'New-HandleNode server -Count 3 -Verbose'; Says = 'Created 3 nodes.' }
        @{ Line = 'Get-HandleNode | Remove-HandleNode -Verbose'; Says = 'Removed 63 nodes.' }
        @{ Line = 'Get-HandleReference | Remove-HandleReference -Verbose'; Says = 'Dropped 63 references.' }
        @{ Line = 'Get-HandleReference | Add-HandleReference -Process server -Verbose -ErrorAction Ignore'; Says = 'Added counts to 63 references.' }
        @{ Line = '$null = Request-HandleNotification client (1..3); Get-HandleNotification | Clear-HandleNotification -Verbose'; Says = 'Cleared 3 notifications.' }
        @{ Line = 'Get-HandleProcess | Add-HandleFault -FailFreeze -Verbose'; Says = 'Added 2 faults.' }
        @{ Line = '$null = Get-HandleProcess | Add-HandleFault -FailFreeze; Get-HandleFault | Remove-HandleFault -Verbose'; Says = 'Removed 2 faults.' }
        @{ Line = 'Remove-HandleSession world -Verbose -Confirm:$false'; Says = 'Removed 1 session.' }
    ) {
        @(& ([scriptblock]::Create($Line)) 4>&1).Where({ $_ -is [Management.Automation.VerboseRecord] }).Message | Should -Be $Says
    }

    It 'says nothing of what -WhatIf only shows' {
        Get-Told { Remove-HandleProcess client -Verbose -WhatIf } | Should -BeNullOrEmpty
    }

    It 'reports it before the object is written' {
        $written = New-HandleNode server | Add-HandleReference client -Verbose 4>&1
        $written[-3].Message | Should -Be "Process 'client': The pool grew from 64 to 128."
        $written[-2].Handle | Should -Be 64
    }

    It 'reports it where a preference asks for it, and not otherwise' {
        Get-Told { New-HandleNode server | Add-HandleReference client } | Should -BeNullOrEmpty
        Get-Told { $VerbosePreference = 'Continue'; Resize-HandlePool client -Grow } | Should -Be "Process 'client': The pool grew from 128 to 256."
        Get-Told { $VerbosePreference = 'Continue'; Resize-HandlePool client -Grow -Verbose:$false } | Should -BeNullOrEmpty
    }

    It 'reports no other process' {
        $null = 1..2 | ForEach-Object { Resize-HandlePool server -Grow }
        Get-Told { Resize-HandlePool client -Grow -Verbose } | Should -Be "Process 'client': The pool grew from 64 to 128."
    }

    It 'reports that there was no memory to shrink' {
        $null = New-HandleNode server | Add-HandleReference client
        Get-HandleReference client | Where-Object Handle -GT 32 | Remove-HandleReference
        $null = Add-HandleFault -FailAllocation client
        Get-Told { Remove-HandleReference client 32 -Verbose } |
            Should -Be "Process 'client': There was no memory to shrink from 128 to 64; the handle was released anyway.", 'Dropped 1 reference.'
    }

    It 'reports that a bitmap was abandoned' {
        Initialize-World DBitmap C
        $null = Add-HandleFault -FailAllocation client
        Get-Told { New-HandleNode server | Add-HandleReference client -Verbose } |
            Should -Be @(
                "Process 'client': The pool could not grow from 64 to 128: the bitmap is disabled, and handles are found by scanning."
                'Added counts to 1 reference.')
    }

    It 'reports why a resizer was discarded' {
        $resizer = Request-HandlePoolResize client -Grow
        $null = Resize-HandlePool client -Grow
        Get-Told { $resizer | Complete-HandlePoolResize -Verbose } | Should -BeLike "Process 'client': A resizer for 128 was discarded: *"
    }

    It 'reports what the shrinker did, and which pools it left' {
        $null = Resize-HandlePool server -Grow
        Get-Told { Optimize-HandlePool -Verbose } |
            Should -Be "Process 'server': The pool shrank from 128 to 64.", 'Shrank 1 pool; 1 pool could not be smaller.'
    }

    It 'reports what was checked, what is wrong, and what was repaired' {
        Get-Told { Test-HandlePool -Verbose } | Should -Be "Session 'world': 0 mismatches in 2 processes and 63 nodes."
        $null = Add-HandleFault -FlipBit client 5
        Get-Told { Test-HandlePool client -Verbose } | Should -Be "Session 'world': 1 mismatch in 1 process and the nodes that it holds."
        Get-Told { Repair-HandlePool client, server -Verbose } | Should -Be @(
            "Session 'world': 1 mismatch in 2 processes and the nodes that they hold.", "Process 'client': 1 mismatch was repaired.")
        Get-Told { Repair-HandlePool -Verbose } | Should -Be "Session 'world': 0 mismatches in 2 processes and 63 nodes."
    }

    It 'reports what went with a process' {
        Get-Told { Remove-HandleProcess client -Verbose } | Should -Be 'Removed 1 process with 63 handles in use.'
    }

    It 'reports what rows did' {
        $rows = @{ Operation = 'GrowPool'; Process = 'server' }, @{ Operation = 'RemoveProcess'; Process = 'client' }
        Get-Told { $rows | Invoke-HandleOperation -Verbose } |
            Should -Be "Process 'server': The pool grew from 64 to 128.", "Process 'client' (2, binder) exited.", 'Invoked 2 operations.'
    }
}

Describe 'Ctrl+C' {
    It 'stops <Name>, which would never end' -ForEach @(
        # Each runs again and again, so that however fast the machine is, it runs when it is stopped.
        @{ Name = 'New-HandleNode'; Script = 'New-HandleProcess app | New-HandleNode -Count 10000000 | ForEach-Object { $begun.Set() }' }
        @{ Name = 'New-HandleNode whose nodes are kept'; Script = '$null = New-HandleProcess; $begun.Set(); $null = New-HandleNode 1 -Count 10000000' }
        @{ Name = 'Measure-HandlePool'; Script = '$begun.Set(); Measure-HandlePool -Count 50000000' }
        @{ Name = 'Measure-HandleContention'; Script = '$begun.Set(); Measure-HandleContention -Count 1000000 -Delay 0:0:0.200' }
        @{ Name = 'Invoke-HandleOperation'
            Script = '1..100000000 | ForEach-Object { @{ Operation = ''NewProcess'' } } | Invoke-HandleOperation | ForEach-Object { $begun.Set() }' }
        @{ Name = 'Resize-HandlePool that waits for memory'
            Script = '$null = New-HandleProcess; $null = Add-HandleFault -DelayAllocation -Delay 20:0:0; $begun.Set(); Resize-HandlePool 1 -Grow' }
        @{ Name = 'Add-HandleReference that waits for memory'
            Script = '$null = New-HandleProcess; $null = Add-HandleFault -DelayAllocation -Delay 20:0:0; $begun.Set(); New-HandleNode 1 -Count 70 | Add-HandleReference 1' }
    ) {
        $result = Stop-Running "while (`$true) { $Script }"
        $result.WasRunning | Should -BeTrue
        $result.State | Should -Be 'Stopped'
        $result.Errors | Should -BeNullOrEmpty
    }

    It 'stops <_> of a large session without an error, leaving no file' -ForEach @(
        'Export-HandleSession out.json', 'Export-HandleDump out.txt', 'Export-HandleReport out.html', 'Find-HandleLeak', 'New-HandleBaseline', 'Measure-HandleUsage',
        'Test-HandleGrowth -Policy @{ Rules = @{ Name = "a"; Holder = "*"; Owner = "*"; Limit = 1 } }',
        'Get-HandleSession | Compare-HandleSession world'
    ) {
        # They are stopped while they run again and again.
        $folder = (New-Item (Join-Path $TestDrive ([guid]::NewGuid())) -ItemType Directory).FullName
        $result = Stop-Running "Set-Location $(ConvertTo-Literal $folder); `$null = New-HandleSession world; 1..20 | ForEach-Object { `$null = New-HandleProcess }
            `$nodes = New-HandleNode 1 -Count 500; foreach (`$i in 2..20) { `$null = `$nodes | Add-HandleReference `$i }
            while (`$true) { `$begun.Set(); `$null = $_; Get-ChildItem | Remove-Item }"
        $result.WasRunning | Should -BeTrue
        $result.State | Should -Be 'Stopped'
        $result.Errors | Should -BeNullOrEmpty
        Get-ChildItem $folder -Force -Filter *.tmp | Should -BeNullOrEmpty
    }
}

Describe 'Progress' {
    BeforeAll {
        # On this clock each look is a step later than the one before. Timers ring at once, as often as they are told to, and then never.
        Add-Type -ReferencedAssemblies ([PowerShell].Assembly.Location), System.Threading, System.ObjectModel -TypeDefinition @'
            using System;
            using System.Management.Automation;
            using System.Threading;

            public sealed class ManualClock : TimeProvider
            {
                private readonly long _step;
                private long _now;
                private int _rings;

                public ManualClock(int stepMilliseconds, int rings)
                {
                    _step = TimeSpan.FromMilliseconds(stepMilliseconds).Ticks;
                    _rings = rings;
                }

                public override long TimestampFrequency => TimeSpan.TicksPerSecond;

                public override long GetTimestamp() => Interlocked.Add(ref _now, _step);

                public override ITimer CreateTimer(TimerCallback callback, object state, TimeSpan dueTime, TimeSpan period) =>
                    System.CreateTimer(callback, state, Interlocked.Decrement(ref _rings) >= 0 ? TimeSpan.Zero : Timeout.InfiniteTimeSpan, period);

                public static ManualResetEventSlim WhenShown(PSDataCollection<ProgressRecord> progress)
                {
                    var shown = new ManualResetEventSlim();
                    progress.DataAdded += (_, _) => shown.Set();
                    return shown;
                }
            }
'@
        $clockType = (Get-Command New-HandleNode).ImplementingType.Assembly.GetType('HandlePool.PowerShell.Progress.ProgressClock')
        $clock = $clockType.GetProperty('Provider', [Reflection.BindingFlags] 'NonPublic, Static')

        # Runs a script whose progress goes by a clock on which each look is so much later, and returns the progress without that of other commands.
        function Get-Progress([string] $Script, [int] $StepMilliseconds) {
            $clock.SetValue($null, [ManualClock]::new($StepMilliseconds, 0))
            $shell = [PowerShell]::Create($initial).AddScript($Script)
            $null = $shell.Invoke()
            $shell.Streams.Error | Should -BeNullOrEmpty
            $shell.Streams.Progress | Where-Object Activity -NotLike 'Preparing modules*'
        }
    }

    AfterEach { $clock.SetValue($null, [TimeProvider]::System) }

    It 'is shown by <Name> only where it takes long' -ForEach @(
        @{ Name = 'New-HandleNode'; Activity = 'Creating nodes'; Script = 'New-HandleProcess app | New-HandleNode -Count 3' }
        @{ Name = 'Optimize-HandlePool'; Activity = 'Shrinking pools'; Script = '1..3 | ForEach-Object { New-HandleProcess | Resize-HandlePool -Grow }; Optimize-HandlePool' }
        @{ Name = 'Measure-HandlePool'; Activity = 'Measuring Append with 64 handles'; Script = 'Measure-HandlePool -Count 64 -Allocator Bitmap' }
        @{ Name = 'Measure-HandleContention'; Activity = 'Adding 256 references from 1 thread'
            Script = 'Measure-HandleContention Optimistic -Count 256 -Threads 1 -Delay 0:0:0' }
    ) {
        $progress = @(Get-Progress $Script -StepMilliseconds 600)
        $progress.Activity | Select-Object -Unique | Should -Be $Activity
        $progress[0].PercentComplete | Should -BeIn (0..100)
        $progress[-1].RecordType | Should -Be 'Completed'
        Get-Progress $Script -StepMilliseconds 0 | Should -BeNullOrEmpty
    }

    It 'starts after half a second, updates every quarter, and shows the time left' {
        # Looks at 100, 200, ... ms: those at 500, 800 and 1100 ms show it, after 4, 7 and 10 of 12 nodes.
        $progress = @(Get-Progress 'New-HandleProcess app | New-HandleNode -Count 12' -StepMilliseconds 100)
        $progress.PercentComplete | Should -Be 33, 58, 83, -1
        $progress.SecondsRemaining | Should -Be 1, 0, 0, -1
    }

    It 'is shown by <Name> while it waits for a file' -Skip:$IsWindows -ForEach @(
        @{ Name = 'Import-HandleDump'; Activity = 'Importing dumps'; File = "$PSScriptRoot/data/state-pixel.txt" }
        @{ Name = 'Import-HandleTrace'; Activity = 'Importing traces'; File = "$PSScriptRoot/data/ftrace/trace.txt" }
        @{ Name = 'Import-HandleSession'; Activity = 'Importing sessions' }
    ) {
        if (-not $File) {
            $File = Join-Path $TestDrive 'session.json'
            New-HandleSession written | Export-HandleSession $File
        }
        $pipe = Join-Path $TestDrive "pipe of $Name"
        mkfifo $pipe
        $clock.SetValue($null, [ManualClock]::new(0, 2))
        $shell = [PowerShell]::Create($initial).AddScript("$Name -LiteralPath $(ConvertTo-Literal $pipe)")
        $shown = [ManualClock]::WhenShown($shell.Streams.Progress)
        $run = $shell.BeginInvoke()
        $shown.Wait(60000) | Should -BeTrue
        sh -c 'cat "$0" > "$1"' $File $pipe
        $shell.EndInvoke($run) | Should -HaveCount 1
        $progress = @($shell.Streams.Progress | Where-Object Activity -EQ $Activity)
        $progress.StatusDescription | Should -Be "pipe of $Name", "pipe of $Name", ' '
        $progress[-1].RecordType | Should -Be 'Completed'
    }
}

Describe 'ErrorAction' {
    BeforeAll { Initialize-World }

    It 'Ignore, SilentlyContinue and Stop do what they say: <_>' -ForEach @(
        'Add-HandleReference nobody 1', 'Add-HandleReference client 99', 'Get-HandleReference nobody', 'Remove-HandleReference client 99'
        'Get-HandleProcess nobody', 'Remove-HandleProcess nobody', 'New-HandleProcess twin -Id 1', 'New-HandleNode nobody', 'Get-HandleNode nothing'
        'Remove-HandleNode nothing', 'Get-HandlePool nobody', 'Get-HandleBitmap nobody', 'Resize-HandlePool nobody -Grow', 'Optimize-HandlePool nobody'
        'Test-HandlePool nobody', 'Find-HandleMismatch nobody', 'Repair-HandlePool nobody'
        'Request-HandlePoolResize client -Shrink', 'Get-HandleEvent nobody', 'Get-HandleOperation', 'Add-HandleFault -FailAllocation nobody'
        'Get-HandleFault -Process nobody', 'Remove-HandleFault -Process nobody', 'Get-HandleSession none', 'Switch-HandleSession none', 'Copy-HandleSession none', 'Use-HandleSession {} -Session none'
        'Remove-HandleSession none', 'New-HandleSession world', 'Compare-HandleSession none', 'Find-HandleLeak none', 'Test-HandleGrowth none @{ Rules = @{ Name = "a"; Holder = "*"; Limit = 1 } }', 'New-HandleBaseline none', 'Measure-HandleUsage -Session none'
        'Import-HandleDump none.txt', 'Import-HandleSession none.json', 'Export-HandleDump out.txt -Session none'
        'Export-HandleSession out.json -Session none', 'Export-HandleReport out.html none', '@{ Operation = "Nothing" } | Invoke-HandleOperation'
    ) {
        $line = $_
        $left = @(. ([scriptblock]::Create("$line -ErrorAction SilentlyContinue -ErrorVariable found")) 2>&1)
        $left | Where-Object { $_ -is [Management.Automation.ErrorRecord] } | Should -BeNullOrEmpty
        $found | Should -HaveCount 1
        $found[0].FullyQualifiedErrorId | Should -Match ',HandlePool\.PowerShell\.\w+Command$'
        . ([scriptblock]::Create("$line -ErrorAction Ignore -ErrorVariable ignored")) 2>&1 |
            Where-Object { $_ -is [Management.Automation.ErrorRecord] } | Should -BeNullOrEmpty
        { & ([scriptblock]::Create("$line -ErrorAction Stop")) } | Should -Throw -ErrorId $found[0].FullyQualifiedErrorId
    }
}

Describe 'Parameters' {
    It 'that are durations take no number alone: <Name>' -ForEach $commands {
        foreach ($parameter in $Command.Parameters.Values) {
            if ($parameter.ParameterType -notin [timespan], [timespan[]], [Nullable[timespan]]) { continue }
            $conversion = $parameter.Attributes.Where({ $_ -is [HandlePool.PowerShell.Binding.DurationAttribute] })
            $conversion | Should -HaveCount 1 -Because "$Name -$($parameter.Name)"
            foreach ($number in 50, 0, 1.5, 50L, [byte] 5, '50', '0.5', @(50, 60)) {
                { $conversion[0].Transform($ExecutionContext, $number) } | Should -Throw -ExpectedMessage '* has no unit.*0:0:0.05*'
            }
            foreach ($text in '', 'soon', '50ms') {
                { $conversion[0].Transform($ExecutionContext, $text) } | Should -Throw -ExpectedMessage '*is not a duration.*'
            }
            $conversion[0].Transform($ExecutionContext, '0:0:0.05') | Should -Be ([timespan] '0:0:0.05')
        }
        $units = $Command.Parameters.Values.Where({ $_.Name -match '(Milliseconds|Seconds|Minutes|Timeout)$' -and $_.ParameterType -ne [timespan] }).Name
        $units | Should -BeNullOrEmpty -Because 'a duration is a [timespan]'
    }

    It 'that are names take text, not objects: <Name>' -ForEach $commands.Where({ $_.Command.Parameters['Name'].ParameterType -in [string], [string[]] }) {
        $conversion = $Command.Parameters['Name'].Attributes.Where({ $_ -is [HandlePool.PowerShell.Binding.NameTextAttribute] })
        $conversion | Should -HaveCount 1
        $null = New-HandleSession named
        $process = New-HandleProcess client
        foreach ($object in $process, (New-HandleNode $process), (Get-HandleSession -Current), @{ Name = 'x' }, { x }, (Get-Item $PSCommandPath), @('x', $process)) {
            { $conversion[0].Transform($ExecutionContext, $object) } | Should -Throw -ExpectedMessage '*is not a name, which is text.*'
        }
        foreach ($name in 'x', '', $null, 7, @('x', 7)) { $conversion[0].Transform($ExecutionContext, $name) | Should -Be $name }
        Remove-HandleSession named
    }

    It 'name a direction in one way: <Name>' -ForEach $commands {
        $Command.Parameters.Keys | Should -Not -Contain 'Direction'
        $Command.Parameters.ContainsKey('Grow') | Should -Be $Command.Parameters.ContainsKey('Shrink')
        if (-not $Command.Parameters.ContainsKey('Grow')) { return }
        $grow, $shrink = 'Grow', 'Shrink' | ForEach-Object { , $Command.Parameters[$_].ParameterSets }
        if ($true -in $grow.Values.IsMandatory) {
            # It says what the cmdlet does, so the binder asks for one of the two, and refuses both.
            $grow.Values.IsMandatory + $shrink.Values.IsMandatory | Should -Not -Contain $false
            $grow.Keys | Where-Object { $_ -in $shrink.Keys } | Should -BeNullOrEmpty
            $Command.DefaultParameterSet | Should -BeNullOrEmpty
        }
        else {
            # It narrows what is affected.
            $grow.Keys | Sort-Object | Should -Be ($shrink.Keys | Sort-Object)
        }
    }

    It 'that are mandatory switches refuse $false: <Name>' -ForEach $commands {
        foreach ($parameter in $Command.Parameters.Values) {
            if (-not $parameter.SwitchParameter -or $true -notin $parameter.ParameterSets.Values.IsMandatory) { continue }
            $parameter.Attributes.TypeId.Name | Should -Contain 'ChosenAttribute' -Because "$Name -$($parameter.Name)"
        }
    }
}

Describe 'Scripts' {
    It 'pass PSScriptAnalyzer' {
        if (-not (Get-Module -ListAvailable PSScriptAnalyzer)) {
            Set-ItResult -Skipped -Because 'PSScriptAnalyzer is not installed'
            return
        }
        $files = Get-ChildItem $root -Recurse -File -Include *.ps1, *.psm1, *.psd1 |
            Where-Object { [IO.Path]::GetRelativePath($root, $_.FullName) -notmatch '(^|[\\/])(bin|obj|out|en-US)[\\/]' }
        $files.Count | Should -BeGreaterThan 30
        $found = $files | ForEach-Object { Invoke-ScriptAnalyzer -Path $_.FullName -Settings "$root/PSScriptAnalyzerSettings.psd1" }
        $found | ForEach-Object { "$($_.ScriptName):$($_.Line) $($_.RuleName): $($_.Message)" } | Should -BeNullOrEmpty
    }
}
