BeforeDiscovery {
    # As a program of its own and as a .NET tool: both are tried where both are here, as they are in the tool.
    $launchers = foreach ($program in Get-Item "$PSHOME/pwsh", "$PSHOME/pwsh.exe" -ErrorAction Ignore) { @{ Name = 'as a program'; Launcher = @($program.FullName) } }
    if ((Split-Path -LeafBase ([Environment]::ProcessPath)) -eq 'dotnet') {
        $launchers = @($launchers) + @{ Name = 'as a .NET tool'; Launcher = [Environment]::ProcessPath, "$PSHOME/pwsh.dll" }
    }
}

BeforeAll {
    Import-Module "$PSScriptRoot/Engine.psm1"
    $root = (Resolve-Path "$PSScriptRoot/..").Path
}

Describe 'Invoke-Engine' {
    It 'runs <Name> in a child process with arguments, input and exit code' -ForEach $launchers {
        $script = Join-Path $TestDrive 'parent.ps1'
        Set-Content $script "
            Import-Module $(ConvertTo-Literal "$PSScriptRoot/Engine.psm1")
            'one', 'two' | Invoke-Engine -Command '`$input | ForEach-Object { `"<`$_>`" }; [Environment]::ProcessPath; `$PSHOME; exit 7'
            [Environment]::ProcessPath; `$PSHOME
            `"exit code `$LASTEXITCODE`""
        $program, $first = $Launcher
        $output = & $program @(@($first).Where({ $_ })) -NoProfile -NonInteractive -File $script
        $output[0, 1] | Should -Be '<one>', '<two>'
        $output[2, 3] | Should -Be $output[4, 5] -Because 'a child runs on the same engine'
        $output[6] | Should -Be 'exit code 7'
    }

    It 'is the only way in which suites, examples and the build start a PowerShell' {
        $scripts = Get-ChildItem $root -Recurse -File -Include *.ps1, *.psm1 |
            Where-Object { [IO.Path]::GetRelativePath($root, $_.FullName) -notmatch '(^|[\\/])(bin|obj|out)[\\/]' }

        # Few scripts have such a word at all, and to search the syntax takes long.
        $others = foreach ($script in $scripts | Where-Object { (Get-Content -Raw -LiteralPath $_) -match 'pwsh|powershell|ProcessPath|\$PSHOME' }) {
            $syntax = [Management.Automation.Language.Parser]::ParseFile($script.FullName, [ref]$null, [ref]$null)
            $syntax.FindAll({ param($node) $node -is [Management.Automation.Language.CommandAst] }, $true) |
                Where-Object { $_.GetCommandName() -in 'pwsh', 'powershell' -or "$($_.CommandElements[0])" -match 'ProcessPath|\$PSHOME' } |
                ForEach-Object { "$($script.Name):$($_.Extent.StartLineNumber): $_" }
        }
        $others | Should -BeNullOrEmpty
    }
}
