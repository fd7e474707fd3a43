# What every Export cmdlet promises of the file that it writes.

BeforeDiscovery { $exports = 'Export-HandleDump', 'Export-HandleReport', 'Export-HandleSession' }

BeforeAll {
    Import-Module "$PSScriptRoot/../HandlePool.psd1"
    Import-Module "$PSScriptRoot/Engine.psm1"
    $exports = 'Export-HandleDump', 'Export-HandleReport', 'Export-HandleSession'
}

Describe '<_>' -ForEach $exports {
    BeforeEach {
        $export = $_
        New-HandleSession 'exported' | Out-Null
        $file = Join-Path $TestDrive 'out'
        Get-ChildItem $TestDrive -Force | Remove-Item -Recurse -Force
    }

    AfterEach { Get-HandleSession exported | Remove-HandleSession }

    It 'replaces a file that its owner may not write only with -Force' -Skip:$IsWindows {
        Set-Content $file 'old'
        chmod 0466 $file
        { & $export $file -ErrorAction Stop } | Should -Throw -ErrorId 'FileReadOnly,*'
        Get-Content $file | Should -Be 'old'
        & $export $file -Force
        Get-Content $file -TotalCount 1 | Should -Not -Be 'old'
        (Get-Item $file).UnixMode | Should -Be '-r--rw-rw-'
    }

    It 'writes through a link whose target does not exist, but not with -NoClobber' -Skip:$IsWindows {
        $link = New-Item (Join-Path $TestDrive 'link') -ItemType SymbolicLink -Target $file
        { & $export $link.FullName -NoClobber -ErrorAction Stop } | Should -Throw -ErrorId 'NoClobber,*'
        & $export $link.FullName
        $file | Should -Exist
        (Get-Item $link.FullName).LinkType | Should -Be 'SymbolicLink'
    }

    It 'does not follow a link in a folder where anybody may put one' -Skip:$IsWindows {
        $shared = New-Item (Join-Path $TestDrive 'shared') -ItemType Directory
        chmod 1777 $shared.FullName
        Set-Content $file 'private'
        $null = New-Item "$shared/link" -ItemType SymbolicLink -Target $file
        { & $export "$shared/link" -Force -ErrorAction Stop } | Should -Throw -ErrorId 'FileIsLink,*'
        Get-Content $file | Should -Be 'private'

        # Nor one of a folder.
        $own = New-Item (Join-Path $TestDrive 'own') -ItemType Directory
        $null = New-Item "$shared/folder" -ItemType SymbolicLink -Target $own.FullName
        { & $export "$shared/folder/out" -Force -ErrorAction Stop } | Should -Throw -ErrorId 'FileIsLink,*'
        $own.GetFiles() | Should -BeNullOrEmpty
    }

    It 'does not replace what a process has open' -Skip:$IsWindows {
        foreach ($device in '/dev/stdout', '/dev/fd/1', '/proc/self/fd/1', '/dev/null') {
            { & $export $device -Force -ErrorAction Stop } | Should -Throw -ErrorId 'FileIsDevice,*'
        }
    }

    It 'says that a path is no path' {
        { & $export "$TestDrive/a`0b" -ErrorAction Stop } | Should -Throw -ErrorId 'FileNotWritten,*' -ExpectedMessage '*U+0000*null character*'
        { & $export '[]' -ErrorAction Stop } | Should -Throw -ErrorId 'BadPattern,*'
        $null = New-PSDrive small FileSystem $TestDrive
        { & $export -LiteralPath small:/../out -ErrorAction Stop } | Should -Throw -ErrorId 'PathNotFound,*'
    }

    It 'finds no shares of Windows elsewhere' -Skip:$IsWindows {
        { & $export -LiteralPath '\\server\share\out' -ErrorAction Stop } | Should -Throw -ErrorId 'PathNotFound,*'
        { Import-HandleDump -LiteralPath '\\server\share\out' -ErrorAction Stop } | Should -Throw -ErrorId 'PathNotFound,*'
    }

    It 'names the file, and not the temporary one, that it cannot create' -Skip:(-not (Test-Path /sys)) {
        { & $export /sys/out -ErrorAction Stop } | Should -Throw -ErrorId 'FileNotWritten,*' -ExpectedMessage "*'/sys/out'*"
        { & $export /proc/out -ErrorAction Stop } | Should -Throw -ErrorId 'FileIsDevice,*' -ExpectedMessage '*folder of devices or processes*'
    }
}

Describe 'A full disk' -Skip:$IsWindows {
    It 'leaves the old file and nothing else, whatever is exported' {
        # A limit on the size of files stands for the end of the disk.
        $script = Join-Path $TestDrive 'export.ps1'
        Set-Content $script "
            Import-Module $(ConvertTo-Literal (Resolve-Path "$PSScriptRoot/../HandlePool.psd1").Path)
            Set-Location $(ConvertTo-Literal $TestDrive)
            `$null = New-HandleSession big
            `$null = New-HandleProcess server; `$null = New-HandleProcess client
            `$null = New-HandleNode -Process server -Count 2000 | Add-HandleReference -Process client
            foreach (`$export in 'Export-HandleDump', 'Export-HandleSession', 'Export-HandleReport') {
                'old' | Set-Content out
                & `$export out -ErrorVariable failure -ErrorAction SilentlyContinue
                `"`$export `$(`$failure[0].FullyQualifiedErrorId -replace ',.*') `$(Get-Content out)`"
            }"
        Set-Content "$TestDrive/limited.sh" "trap '' XFSZ; ulimit -f 16; export DOTNET_EnableWriteXorExecute=0; exec `"`$@`""
        $output = Invoke-Engine -Through bash, "$TestDrive/limited.sh" -File $script
        $output | Should -Be 'Export-HandleDump FileNotWritten old', 'Export-HandleSession FileNotWritten old', 'Export-HandleReport FileNotWritten old'
        (Get-ChildItem $TestDrive -Force).Name | Sort-Object | Should -Be 'export.ps1', 'limited.sh', 'out'
    }
}

Describe 'A kill at a random moment' {
    It 'leaves the old file or the new one, and what the next export deletes' {
        # Three threads of a process write a file each, over and over, until it is killed.
        $seed = [int]($env:HANDLEPOOL_TEST_SEED ?? 1)
        $kills = [int]($env:HANDLEPOOL_TEST_KILLS ?? 2)
        $random = [Random]::new($seed)
        $manifest = (Resolve-Path "$PSScriptRoot/../HandlePool.psd1").Path
        $script = Join-Path $TestDrive 'export.ps1'
        $out = (New-Item (Join-Path $TestDrive 'out') -ItemType Directory -Force).FullName
        Set-Content $script {
            param([string] $Manifest, [string] $Folder, [string] $Out)
            'Export-HandleDump', 'Export-HandleSession', 'Export-HandleReport' | ForEach-Object -Parallel {
                Import-Module $using:Manifest
                $sessions = Import-HandleSession "$using:Folder/old.json", "$using:Folder/new.json"
                for ($turn = 0; ; $turn++) {
                    & $_ "$using:Out/$_" -Session $sessions[$turn % 2] -Force
                    if ($turn -eq 1) { 'ready' }
                }
            }
        }

        # The lengths of whole files.
        $whole = @{}
        foreach ($name in 'old', 'new') {
            $session = New-HandleSession $name
            $null = New-HandleProcess server, client -Session $session
            $null = New-HandleNode server -Count ($name -eq 'old' ? 3000 : 4000) -Session $session | Add-HandleReference client -Session $session
            Export-HandleSession "$TestDrive/$name.json" -Session $session -Force
            $session | Remove-HandleSession
            $read = Import-HandleSession "$TestDrive/$name.json"
            foreach ($export in $exports) {
                & $export "$TestDrive/whole" -Session $read -Force
                $whole[$export] += @((Get-Item "$TestDrive/whole").Length)
            }
        }

        $interrupted = 0
        foreach ($kill in 1..$kills) {
            $engine = [Environment]::ProcessPath
            $arguments = @('-NoProfile', '-NonInteractive', '-File', $script, $manifest, "$TestDrive", $out)
            if ((Split-Path -LeafBase $engine) -eq 'dotnet') { $arguments = @(Join-Path $PSHOME 'pwsh.dll') + $arguments }
            $start = [Diagnostics.ProcessStartInfo]::new($engine)
            $arguments.ForEach({ $start.ArgumentList.Add($_) })
            $start.RedirectStandardOutput = $true
            $process = [Diagnostics.Process]::Start($start)
            try {
                1..3 | ForEach-Object { $process.StandardOutput.ReadLine() | Should -Be 'ready' }
                [Threading.Thread]::Sleep($random.Next(100))
            }
            finally {
                $process.Kill()
                $process.WaitForExit()
                $process.Dispose()
            }

            foreach ($export in $exports) {
                (Get-Item "$out/$export").Length | Should -BeIn $whole[$export] -Because "kill $kill of seed $seed is after the file was whole"
            }
            Import-HandleSession "$out/Export-HandleSession" | Tee-Object -Variable read | Test-HandlePool | Should -BeTrue
            Import-HandleDump "$out/Export-HandleDump" | Tee-Object -Variable dump | Test-HandlePool | Should -BeTrue
            Get-Content "$out/Export-HandleReport" -Tail 1 | Should -BeLike '*</html>'
            $read, $dump | Remove-HandleSession

            $left = @(Get-ChildItem $out -Force | Where-Object Name -NotIn $exports)
            $left | Where-Object Name -NotMatch '^\.handlepool-[0-9a-f]{32}\.tmp$' | Should -BeNullOrEmpty
            $interrupted += $left.Count
            $left.ForEach({ $_.LastWriteTimeUtc = [datetime]::UtcNow.AddMinutes(-2) })
            New-HandleSession small | Export-HandleDump "$out/Export-HandleDump" -Force
            Remove-HandleSession small
            (Get-ChildItem $out -Force).Name | Sort-Object | Should -Be $exports
        }
        Write-Host "$kills kills, seed ${seed}: $interrupted of $(3 * $kills) exports were interrupted."
    }
}
