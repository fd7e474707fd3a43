# What every Export cmdlet promises of the file that it writes.

BeforeDiscovery { $exports = 'Export-HandleDump', 'Export-HandleSession', 'Export-HandleReport' }

BeforeAll {
    Import-Module "$PSScriptRoot/../HandlePool.psd1"
    Import-Module "$PSScriptRoot/Engine.psm1"
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
    }

    It 'does not replace what a process has open' -Skip:$IsWindows {
        foreach ($device in '/dev/stdout', '/dev/fd/1', '/proc/self/fd/1', '/dev/null') {
            { & $export $device -Force -ErrorAction Stop } | Should -Throw -ErrorId 'FileIsDevice,*'
        }
    }

    It 'says that a path is no path' {
        { & $export "$TestDrive/a`0b" -ErrorAction Stop } | Should -Throw -ErrorId 'FileNotWritten,*'
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
