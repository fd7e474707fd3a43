# What pipes into what: each row of docs/pipelines.md, and the pipelines that people type.

BeforeAll {
    $root = (Resolve-Path "$PSScriptRoot/..").Path
    Import-Module "$root/HandlePool.psd1"
    Get-HandleSession | Remove-HandleSession
    $world = New-HandleSession 'server'
    $server = New-HandleProcess 'server' -Id 5
    $client = New-HandleProcess 'client' -Id 6
    $gone = New-HandleProcess 'gone' -Id 7
    $node = New-HandleNode server 'client'
    $reference = $node | Add-HandleReference client
    $null = New-HandleNode gone -Count 3 | Add-HandleReference client
    Remove-HandleProcess gone
    $fault = Add-HandleFault -FailAllocation client -After 100

    # The whole message of an error, with the advice that the cmdlets add to the model's.
    function Get-Said([scriptblock] $Call) {
        try { "$(& $Call 2>&1 3>$null)" } catch { "$_" }
    }
}

AfterAll {
    Get-HandleSession | Remove-HandleSession
}

Describe 'docs/pipelines.md' {
    It 'is what the module says' {
        $table = @(& "$root/tools/Get-PipelineMap.ps1")
        $table.Count | Should -BeGreaterThan 30
        @(Get-Content "$root/docs/pipelines.md").Where({ $_.StartsWith('|') }) | Should -Be $table
    }
}

Describe 'A session' {
    It 'is taken by <_>' -ForEach 'Get-HandlePool', 'Get-HandleProcess', 'Get-HandleNode', 'Get-HandleReference', 'Get-HandleEvent', 'Get-HandleFault',
    'Get-HandleBitmap', 'Get-HandleStatistic', 'Measure-HandleUsage' {
        $expected = @(& $_ -Session $world).Count
        $expected | Should -BeGreaterThan 0
        $null = New-HandleSession other
        @($world | & $_).Count | Should -Be $expected
        Remove-HandleSession other
    }
}

Describe 'Get-HandleProcess' {
    It 'takes <Kind>' -ForEach @(
        @{ Kind = 'a session, whose name is not that of the process'; Object = { $world }; Names = 'server', 'client' }
        @{ Kind = 'a node, for its owner'; Object = { $node }; Names = 'server' }
        @{ Kind = 'a reference, for its holder'; Object = { $reference }; Names = 'client' }
        @{ Kind = 'a fault, for its process'; Object = { $fault }; Names = 'client' }
        @{ Kind = 'an object with a Name'; Object = { [pscustomobject]@{ Name = 'client' } }; Names = 'client' }
        @{ Kind = 'an object with an Id'; Object = { [pscustomobject]@{ Id = 5 } }; Names = 'server' }
        @{ Kind = 'a row of CSV'; Object = { 'Name,Id', 'client,5' | ConvertFrom-Csv }; Names = 'client' }
        @{ Kind = 'names and pids'; Object = { 'client', 5 }; Names = 'client', 'server' }
    ) {
        (& $Object | Get-HandleProcess).Name | Should -Be $Names
    }
}

Describe 'A row of usage' {
    It 'leads to the references that it counts, by <_>' -ForEach 'Pair', 'Holder', 'Owner', 'Context' {
        $rows = @(Measure-HandleUsage $_)
        $rows | Should -Not -BeNullOrEmpty
        foreach ($row in $rows) { @($row | Get-HandleReference).Count | Should -Be $row.Handles -Because "$row" }
        @($rows | Get-HandleReference -Dead).Count | Should -Be 3
    }

    It 'of a comparison or a suspect does so, too' {
        $earlier = New-HandleSession earlier
        'server', 'client' | New-HandleProcess | Out-Null
        $null = Switch-HandleSession $world
        @(Compare-HandleSession $earlier $world -WarningAction Ignore | Get-HandleReference).Count | Should -BeIn 0, 4
        $suspects = @(Find-HandleLeak $world -MinimumHandles 1 -Sensitivity 10 -WarningAction Ignore)
        foreach ($suspect in $suspects) { @($suspect | Get-HandleReference).Count | Should -Be $suspect.References.Count }
        Remove-HandleSession earlier
    }

    It 'that is none is refused' {
        { Get-HandleReference -InputObject 'text' } | Should -Throw -ErrorId 'ParameterArgumentTransformationError,*'
    }
}

Describe 'Names where they are looked for' {
    It 'remove processes and nodes by -Name and -Id' {
        $null = New-HandleSession names
        $null = 'one', 'two', 'three' | New-HandleProcess
        $null = New-HandleNode one -Name door -Count 3
        Remove-HandleNode -Name door1
        Remove-HandleNode -Id (Get-HandleNode door2).Id
        (Get-HandleNode).Name | Should -Be 'door3'
        Remove-HandleProcess -Name t*
        Remove-HandleProcess -Id (Get-HandleProcess one).Id
        Get-HandleProcess | Should -BeNullOrEmpty
        Remove-HandleSession names
    }
}

Describe 'A name that nothing has' {
    It 'is answered with near ones' {
        { Get-HandlePool clinet -ErrorAction Stop } | Should -Throw "*Did you mean 'client'?"
        { Get-HandleNode clent -ErrorAction Stop } | Should -Throw "*Did you mean 'client'?"
        { Switch-HandleSession sever -ErrorAction Stop } | Should -Throw "*Did you mean 'server'?"
        { Get-HandlePool xyzzy -ErrorAction Stop } | Should -Throw "*Give a process's object, name or pid."
    }

    It 'of a process that has exited hints at -IncludeDead' {
        Get-Said { Get-HandleProcess gone } | Should -BeLike '*Use -IncludeDead*'
        Get-Said { Get-HandlePool gone } | Should -BeLike '*Get-HandleProcess -IncludeDead*'
    }

    It 'as a pattern is an error where the next command would act on another session' {
        { Switch-HandleSession nope* -ErrorAction Stop } | Should -Throw -ErrorId 'SessionNotFound,*'
        { Find-HandleLeak nope* -ErrorAction Stop } | Should -Throw -ErrorId 'SessionNotFound,*'
        { Import-HandleDump nope* -ErrorAction Stop } | Should -Throw -ErrorId 'PathNotFound,*'
        { Import-HandleSession nope* -ErrorAction Stop } | Should -Throw -ErrorId 'PathNotFound,*'
    }
}

Describe 'A file of another kind' {
    BeforeAll {
        Export-HandleSession TestDrive:/session.json
        New-HandleBaseline | ConvertTo-Json -Depth 5 | Set-Content TestDrive:/baseline.json
        'Operation,Process', 'NewProcess,x' | Set-Content TestDrive:/operations.csv
        'binder state:', 'proc 1' | Set-Content TestDrive:/state.txt
    }

    It '<File> given to <Cmdlet> names <Right>' -ForEach @(
        @{ File = 'session.json'; Cmdlet = 'Import-HandleDump'; Right = 'Import-HandleSession' }
        @{ File = 'baseline.json'; Cmdlet = 'Import-HandleDump'; Right = 'Find-HandleLeak -Baseline' }
        @{ File = 'operations.csv'; Cmdlet = 'Import-HandleDump'; Right = 'Invoke-HandleOperation' }
        @{ File = 'state.txt'; Cmdlet = 'Import-HandleSession'; Right = 'Import-HandleDump' }
        @{ File = 'baseline.json'; Cmdlet = 'Import-HandleSession'; Right = 'Find-HandleLeak -Baseline' }
        @{ File = 'operations.csv'; Cmdlet = 'Import-HandleSession'; Right = 'Invoke-HandleOperation' }
    ) {
        Get-Said { & $Cmdlet "TestDrive:/$File" } | Should -BeLike "*Use *$Right*"
    }

    It '<File> given as a baseline names <Right>' -ForEach @(
        @{ File = 'session.json'; Right = 'Import-HandleSession' }
        @{ File = 'operations.csv'; Right = 'Invoke-HandleOperation' }
        @{ File = 'state.txt'; Right = 'Import-HandleDump' }
    ) {
        { Find-HandleLeak $world -Baseline "TestDrive:/$File" } | Should -Throw "*is not a baseline*Use *$Right*" -ErrorId 'BadBaseline,*'
    }

    It 'the text of a baseline, and a file that is not there, are refused as such' {
        { Find-HandleLeak $world -Baseline '{ "Dumps": 1, "Pairs": [] }' } | Should -Throw '*it is JSON, not the path of a file. Use ConvertFrom-Json*' -ErrorId 'BadBaseline,*'
        { Find-HandleLeak $world -Baseline TestDrive:/none.json } | Should -Throw '*none.json*does not exist.' -ErrorId 'PathNotFound,*'
        { Find-HandleLeak $world -Baseline nodrive:x } | Should -Throw "*there is no drive 'nodrive'*" -ErrorId 'PathNotFound,*'
    }
}
