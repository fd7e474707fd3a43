BeforeDiscovery {
    $root = (Resolve-Path "$PSScriptRoot/..").Path
    $files = @(Get-Item "$root/README.md"; Get-ChildItem "$root/docs/*.md", "$root/docs/runbooks/*.md") |
        Where-Object { (Get-Content -Raw $_) -match '(?m)^PS> ' } |
        ForEach-Object { @{ Name = [IO.Path]::GetRelativePath($root, $_.FullName); Path = $_.FullName } }
}

Describe 'The transcript of <Name>' -ForEach $files {
    It 'matches the page' {
        $transcript = & "$PSScriptRoot/../tools/Update-Transcript.ps1" $Path -PassThru
        $transcript.New | Should -BeExactly $transcript.Old -Because 'tools/Update-Transcript.ps1 brings it up to date'
    }
}
