# What build.sh and build.ps1 say where something is missing. A dotnet of the test's own plays each machine.

BeforeAll {
    Import-Module "$PSScriptRoot/Engine.psm1"
    $root = (Resolve-Path "$PSScriptRoot/..").Path

    # Runs build.sh in a checkout of its own with a PATH that has the system's tools and the dotnet that is given, if any.
    function Invoke-Bootstrap([string] $Dotnet, [string] $Checkout = 'checkout') {
        $folder = (New-Item "$TestDrive/$([guid]::NewGuid())/$Checkout" -ItemType Directory).FullName
        $bin = (New-Item "$folder/path" -ItemType Directory).FullName
        foreach ($tool in 'bash', 'env', 'dirname', 'cut', 'tr') { $null = New-Item "$bin/$tool" -ItemType SymbolicLink -Target (Get-Command $tool -CommandType Application)[0].Source }
        if ($Dotnet) {
            Set-Content "$bin/dotnet" "#!/usr/bin/env bash`n$Dotnet"
            chmod +x "$bin/dotnet"
        }
        Copy-Item "$root/build.sh" $folder
        $path = $env:PATH
        try {
            $env:PATH = $bin
            $text = & "$folder/build.sh" Demo 2>&1
            [pscustomobject]@{ ExitCode = $LASTEXITCODE; Text = "$text" }
        }
        finally { $env:PATH = $path }
    }
}

Describe 'build.sh' -Skip:$IsWindows {
    It 'says that there is no SDK' {
        $run = Invoke-Bootstrap
        $run.ExitCode | Should -Be 1
        $run.Text | Should -Match "no 'dotnet' on PATH.*Install the \.NET SDK 10"
    }

    It 'says that the SDK is too old, and which there is' {
        $run = Invoke-Bootstrap '[[ $1 == --list-sdks ]] && echo "8.0.404 [/usr/share/dotnet/sdk]" && exit 0; echo "A compatible .NET SDK was not found." >&2; exit 155'
        $run.ExitCode | Should -Be 1
        $run.Text | Should -Match '8\.0\.404.*Install the \.NET SDK 10'
    }

    It 'says that PowerShell could not be restored, why, and what to do' {
        $run = Invoke-Bootstrap '[[ $1 == --version ]] && echo 10.0.100 && exit 0; echo "error NU1301: Unable to load the service index" >&2; exit 1'
        $run.ExitCode | Should -Be 1
        $run.Text | Should -Match 'NU1301.*Connect to NuGet once.*HTTPS_PROXY'
    }

    It 'passes its arguments to build.ps1, even from a folder with unusual letters' {
        $run = Invoke-Bootstrap '[[ "$1 $2" == "tool run" ]] && printf "<%s>" "$@"; exit 0' "Größe und Ωmega"
        $run.ExitCode | Should -Be 0
        $run.Text | Should -BeExactly '<tool><run><pwsh><--><-NoProfile><-NonInteractive><-File><build.ps1><Demo>'
    }
}

Describe 'build.ps1' {
    BeforeAll {
        $checkout = (New-Item "$TestDrive/checkout/tests" -ItemType Directory).Parent.FullName
        Copy-Item "$root/build.ps1" $checkout
        Copy-Item "$root/tests/Engine.psm1" "$checkout/tests"
        $bin = (New-Item "$TestDrive/bin" -ItemType Directory).FullName

        # In a runspace of its own, which has nothing of this one and starts faster than a process. Returns the message of what it throws.
        function Invoke-Build([string] $Dotnet, [string] $Script = "$checkout/build.ps1", [string] $Arguments = 'Build') {
            if ($Dotnet) {
                Set-Content "$bin/dotnet" "#!/bin/sh`n$Dotnet"
                chmod +x "$bin/dotnet"
            }
            $path = $env:PATH
            $shell = [powershell]::Create()
            try {
                $env:PATH = "$bin$([IO.Path]::PathSeparator)$path"
                $null = $shell.AddScript("try { & $(ConvertTo-Literal $Script) $Arguments *>&1 } catch { `"`$_`" }")
                "$($shell.Invoke())"
            }
            finally {
                $env:PATH = $path
                $shell.Dispose()
            }
        }
    }

    It 'says that the SDK is too old' -Skip:$IsWindows {
        Invoke-Build 'exit 155' | Should -Match 'Install the \.NET SDK 10'
    }

    It 'says that packages could not be restored, and takes nothing for built' -Skip:$IsWindows {
        Invoke-Build '[ "$1" = --version ] && echo 10.0.100 && exit 0; exit 1' | Should -Match 'Connect to NuGet once'
        "$checkout/bin" | Should -Not -Exist
    }

    It 'takes nothing for built where compiling fails' -Skip:$IsWindows {
        $publish = "case `$1 in --version) echo 10.0.100;; publish) mkdir -p '$checkout/obj/bin'; echo half > '$checkout/obj/bin/HandlePool.dll'; exit 1;; esac"
        Invoke-Build $publish | Should -Match 'failed with exit code 1'
        "$checkout/obj/bin/HandlePool.dll" | Should -Exist
        "$checkout/bin" | Should -Not -Exist
    }

    It 'refuses -Long and -Seed where they mean nothing' {
        Invoke-Build -Script "$root/build.ps1" -Arguments 'Demo -Seed 5' | Should -Match '-Long and -Seed are for the tasks Test and Conform, not for Demo'
    }

    It 'refuses an empty -Kernel, which would boot other kernels' {
        Invoke-Build -Script "$root/build.ps1" -Arguments "Conform -Kernel ''" | Should -Match "parameter 'Kernel'.*null or empty"
    }

    It 'ends Conform with the exit code 2 where it cannot be built' -Skip:(-not $IsLinux) {
        Set-Content "$bin/dotnet" "#!/bin/sh`n[ `"`$1`" = --version ] && echo 10.0.100 && exit 0; exit 1"
        chmod +x "$bin/dotnet"
        $path = $env:PATH
        try {
            $env:PATH = "${bin}:$path"
            $text = Invoke-Engine -File "$checkout/build.ps1" Conform *>&1
        }
        finally { $env:PATH = $path }
        $LASTEXITCODE | Should -Be 2
        "$text" | Should -Match 'NuGet'
    }

    It 'refuses <Name> where there is no kernel to boot' -ForEach @(
        @{ Name = '-Kernel'; Arguments = 'Test -Kernel /boot/vmlinuz' }
        @{ Name = '-Modules'; Arguments = 'Build -Modules /lib/modules' }
        @{ Name = '-Driver'; Arguments = 'Pack -Driver C' }
        @{ Name = '-Measure'; Arguments = 'Bench -Measure' }
        @{ Name = '-Keep'; Arguments = 'Demo -Keep results' }
    ) {
        Invoke-Build -Script "$root/build.ps1" -Arguments $Arguments | Should -Match '-Kernel, -Modules, -Driver, -Measure and -Keep are for the task Conform'
    }
}
