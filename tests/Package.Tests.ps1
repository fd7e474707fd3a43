BeforeAll {
    Import-Module "$PSScriptRoot/Engine.psm1"
    $root = (Resolve-Path "$PSScriptRoot/..").Path
    $manifest = Import-PowerShellDataFile "$root/HandlePool.psd1"
    $version = $manifest.ModuleVersion
    $label = $manifest.PrivateData.PSData.Prerelease

    # The files that ./build.ps1 has made, of which the other suites are tests.
    $out = "$TestDrive/out"
    $package = & "$root/tools/New-Package.ps1" $out
    $module = "$TestDrive/unpacked"
    if ($package) { [IO.Compression.ZipFile]::ExtractToDirectory($package.FullName, $module) }

    # As a user who has nothing: no home, no profile, no modules but those of the engine.
    function Invoke-Clean([string] $Command) {
        $changed = @{ HOME = "$TestDrive/home"; USERPROFILE = "$TestDrive/home"; LOCALAPPDATA = "$TestDrive/home/local"; PSModulePath = ''
            XDG_DATA_HOME = $null; XDG_CONFIG_HOME = $null; XDG_CACHE_HOME = $null; DOTNET_CLI_HOME = "$TestDrive/home" }
        $null = New-Item "$TestDrive/home" -ItemType Directory -Force
        $before = @{}
        foreach ($name in $changed.Keys) {
            $before[$name] = [Environment]::GetEnvironmentVariable($name)
            [Environment]::SetEnvironmentVariable($name, $changed[$name])
        }

        try { Invoke-Engine -WorkingDirectory "$TestDrive/home" -Command "`$ErrorActionPreference = 'Stop'; `$ProgressPreference = 'SilentlyContinue'; $Command" }
        finally { foreach ($name in $before.Keys) { [Environment]::SetEnvironmentVariable($name, $before[$name]) } }
    }
}

Describe 'The package' {
    It 'is one file, named after the version, and what ./build.ps1 Pack makes' {
        $package | Should -HaveCount 1
        $package.Name | Should -Be "HandlePool.$version$($label ? "-$label" : '').nupkg"
        Get-ChildItem $out | Should -HaveCount 1
        "$root/build.ps1" | Should -FileContentMatch "^ *'Pack' \{ & `"\`$root/tools/New-Package\.ps1`""
    }

    It 'has the assemblies, views, help and license, and no symbols' {
        $names = (Get-ChildItem $module -Recurse -File).FullName.ForEach({ [IO.Path]::GetRelativePath($module, $_) -replace '\\', '/' })
        foreach ($name in 'HandlePool.psd1', 'LICENSE', 'bin/HandlePool.dll', 'bin/HandlePool.PowerShell.dll', 'Module/HandlePool.Format.ps1xml',
            'Module/HandlePool.Types.ps1xml', 'Module/HandlePool.Assertions.psm1', 'en-US/HandlePool.PowerShell.dll-Help.xml', 'en-US/about_HandlePool.help.txt') {
            $names | Should -Contain $name
        }
        $names -match '\.(pdb|xml\.bak|json|cs|ps1)$' | Should -BeNullOrEmpty
    }

    It 'has the version of its assemblies' {
        foreach ($file in Get-Item "$module/bin/*.dll") {
            [Reflection.AssemblyName]::GetAssemblyName($file.FullName).Version.ToString(3) | Should -Be $version
        }
    }

    It 'says what it is, what is new, and how to find it' {
        $data = $manifest.PrivateData.PSData
        $data.ReleaseNotes | Should -Not -BeNullOrEmpty
        'Android', 'Binder', 'Kernel', 'Handle', 'Leak' | Should -BeIn $data.Tags
        $data.Tags -match '\s' | Should -BeNullOrEmpty
        $changes = Get-Content -Raw "$root/CHANGELOG.md"
        if ($label) { $changes | Should -Match '(?m)^## \[Unreleased\]' } else { $changes | Should -Match "(?m)^## \[$([regex]::Escape($version))\]" }
    }
}

Describe 'Install-PSResource' {
    It 'installs into a clean profile, imports by name, shows help and uninstalls' {
        $output = Invoke-Clean "
            Register-PSResourceRepository Local -Uri $(ConvertTo-Literal $out) -Trusted
            Install-PSResource HandlePool -Repository Local -Prerelease
            Import-Module HandlePool
            'base: ' + (Get-Module HandlePool).ModuleBase
            'synopsis: ' + (Get-Help Find-HandleLeak).Synopsis
            'examples: ' + @((Get-Help Find-HandleLeak).examples.example).Count
            'topic: ' + ((Get-Help about_HandlePool) -split '\n')[1].Trim()
            'view: ' + (New-HandleProcess app | Format-Table | Out-String)
            'prerelease: ' + (Get-InstalledPSResource HandlePool).Prerelease
            Remove-Module HandlePool
            Uninstall-PSResource HandlePool -Prerelease
            'left: ' + @(Get-InstalledPSResource HandlePool -ErrorAction Ignore).Count + @(Get-Module HandlePool -ListAvailable).Count"
        $text = $output -join "`n"
        $text | Should -Match "base: .*home.*HandlePool.$([regex]::Escape($version))"
        $text | Should -Match 'synopsis: \w+ \w+'
        $text | Should -Not -Match 'synopsis: \s*Find-HandleLeak \['
        $text | Should -Match 'examples: [3-9]'
        $text | Should -Match 'topic: about_HandlePool'
        $text | Should -Match 'app +binder'
        $text | Should -Match "prerelease: $label"
        $text | Should -Match 'left: 00'
    }
}
