BeforeAll {
    $root = (Resolve-Path "$PSScriptRoot/..").Path
    $manifest = Import-PowerShellDataFile "$root/HandlePool.psd1"
    $log = pwsh -NoProfile -NonInteractive -File "$root/build.ps1" Pack
    $package = Get-ChildItem "$root/out"

    # A package is a zip archive of either kind; that of a repository has its own files beside the module's.
    $modules = Join-Path $TestDrive 'modules'
    $folder = $package.Extension -eq '.nupkg' ? "$modules/HandlePool/$($manifest.ModuleVersion)" : $modules
    [IO.Compression.ZipFile]::ExtractToDirectory($package.FullName, $folder)
    $module = "$modules/HandlePool/$($manifest.ModuleVersion)"

    # As on a machine that has nothing but the module.
    function Invoke-Clean([string] $Command) {
        $modulePath = $env:PSModulePath
        $env:PSModulePath = $modules
        try { pwsh -NoProfile -NonInteractive -WorkingDirectory $TestDrive -Command $Command }
        finally { $env:PSModulePath = $modulePath }
    }
}

Describe 'The package' {
    It 'is one file, named after the version, and the build says where' {
        $package | Should -HaveCount 1
        $package.Name | Should -Match "^HandlePool\.$([regex]::Escape($manifest.ModuleVersion))\.(nupkg|zip)$"
        "$log" | Should -Match ([regex]::Escape($package.Name))
    }

    It 'has the assemblies, views, help and licence, and no symbols' {
        $names = (Get-ChildItem $module -Recurse -File).FullName.ForEach({ [IO.Path]::GetRelativePath($module, $_) -replace '\\', '/' })
        foreach ($name in 'HandlePool.psd1', 'LICENSE', 'bin/HandlePool.dll', 'bin/HandlePool.PowerShell.dll', 'Module/HandlePool.Format.ps1xml',
            'Module/HandlePool.Types.ps1xml', 'en-US/HandlePool.PowerShell.dll-Help.xml', 'en-US/about_HandlePool.help.txt') {
            $names | Should -Contain $name
        }
        $names -match '\.(pdb|xml\.bak|json|cs|ps1)$' | Should -BeNullOrEmpty
    }

    It 'imports by its name on a clean profile, with views' {
        $output = Invoke-Clean 'Import-Module HandlePool; (Get-Module HandlePool).ModuleBase; New-HandleProcess app | Format-Table | Out-String'
        $output[0] | Should -Be $module
        "$output" | Should -Match 'app +binder'
    }

    It 'brings its help along' {
        $output = Invoke-Clean 'Import-Module HandlePool; (Get-Help Find-HandleLeak).Synopsis; (Get-Help about_HandlePool | Out-String).Length'
        $output[0] | Should -Not -BeNullOrEmpty
        $output[0] | Should -Not -Match '^\s*Find-HandleLeak \['
        [int]$output[1] | Should -BeGreaterThan 500
    }

    It 'has the version of its assemblies' {
        foreach ($file in Get-Item "$module/bin/*.dll") {
            [Reflection.AssemblyName]::GetAssemblyName($file.FullName).Version.ToString(3) | Should -Be $manifest.ModuleVersion
        }
    }

    It 'says under which licence, from where, and what is new' {
        $data = $manifest.PrivateData.PSData
        $data.LicenseUri, $data.ProjectUri, $data.ReleaseNotes | ForEach-Object { $_ | Should -Not -BeNullOrEmpty }
    }
}
