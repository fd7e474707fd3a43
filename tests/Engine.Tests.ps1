BeforeDiscovery {
    # As a program of its own and as a .NET tool: both are tried where both are here.
    $launchers = @(@{ Name = 'the engine that runs this suite'; Launcher = $null })
    if (Test-Path "$PSHOME/pwsh") { $launchers += @{ Name = 'pwsh as a program'; Launcher = @("$PSHOME/pwsh") } }
    if ((Test-Path "$PSHOME/pwsh.dll") -and (Split-Path -LeafBase ([Environment]::ProcessPath)) -eq 'dotnet') {
        $launchers += @{ Name = 'pwsh as a .NET tool'; Launcher = @([Environment]::ProcessPath, "$PSHOME/pwsh.dll") }
    }
}

BeforeAll {
    Import-Module "$PSScriptRoot/Engine.psm1"
    $root = (Resolve-Path "$PSScriptRoot/..").Path
}

Describe 'Invoke-Engine' {
    It 'starts a child from <Name>, with arguments, input and exit code' -ForEach $launchers {
        $script = Join-Path $TestDrive 'child.ps1'
        Set-Content $script "
            Import-Module '$($PSScriptRoot -replace "'", "''")/Engine.psm1'
            'one', 'two' | Invoke-Engine -Command '`$input | ForEach-Object { `"<`$_>`" }'
            Invoke-Engine -Command 'exit 7'
            `"exit code `$LASTEXITCODE`"
            Invoke-Engine -Command '[Environment]::ProcessPath; `$PSVersionTable.PSVersion.ToString()'
            [Environment]::ProcessPath; `$PSVersionTable.PSVersion.ToString()"
        $output = if ($Launcher) {
            $command, $first = $Launcher
            $first = @($first | Where-Object { $_ })
            & $command @first -NoProfile -NonInteractive -File $script
        }
        else {
            Invoke-Engine -File $script
        }
        $output[0..2] | Should -Be '<one>', '<two>', 'exit code 7'
        $output[3..4] | Should -Be $output[5..6] -Because 'a child runs on the same engine'
    }

    It 'is the only way in which suites, examples and the build start a PowerShell' {
        $scripts = Get-ChildItem $root -Recurse -File -Include *.ps1, *.psm1 |
            Where-Object { [IO.Path]::GetRelativePath($root, $_.FullName) -notmatch '(^|[\\/])(bin|obj|out)[\\/]' }
        $others = foreach ($script in $scripts) {
            $syntax = [Management.Automation.Language.Parser]::ParseFile($script.FullName, [ref]$null, [ref]$null)
            $syntax.FindAll({ param($node) $node -is [Management.Automation.Language.CommandAst] }, $true) |
                Where-Object { $_.GetCommandName() -in 'pwsh', 'powershell' -or "$($_.CommandElements[0])" -match 'ProcessPath|\$PSHOME' } |
                ForEach-Object { "$($script.Name):$($_.Extent.StartLineNumber): $_" }
        }
        $others | Should -BeNullOrEmpty
    }
}
