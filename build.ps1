#requires -Version 7.4

<#
.SYNOPSIS
    Builds, tests and shows HandlePool.
.DESCRIPTION
    Build   compiles the module into ./bin, and turns docs/en-US into its help; afterwards Import-Module ./HandlePool.psd1 works. The default.
    Test    builds, runs the library's tests (xunit) and the cmdlets' (Pester), and counts both.
    Bench   builds, prints the latency table of all allocators, and each number to reach with what was measured: some minutes.
    Demo    builds and runs docs/examples/demo.ps1 on a real dump.
    Pack    builds and packs the module into ./out: a .nupkg for a PowerShell repository where PSResourceGet is installed, else a zip file
            to be unpacked into a folder of $env:PSModulePath.
    Clean   deletes what the other tasks made.

    Part of Test is a model of the rules, to which random sequences of operations are compared: 1,000,000 operations, the same ones each
    time. -Long makes it 100,000,000, some 10 to 60 minutes, and -Seed makes them others.

    Test gets Pester from the PowerShell Gallery if it is not installed, Build PlatyPS. Without PlatyPS there is no help, and the rest works.
.PARAMETER Task
    Build, Test, Bench, Demo, Pack or Clean.
.PARAMETER Long
    Test only: 100,000,000 operations against the model. Sets HANDLEPOOL_TEST_OPERATIONS for the run.
.PARAMETER Seed
    Test only: from which the random operations and files are made, 0 or more. Sets HANDLEPOOL_TEST_SEED for the run. The report of an operation that
    comes out otherwise than by the rules names the seed that leads to it.
.EXAMPLE
    ./build.ps1 Test
.EXAMPLE
    ./build.ps1 Test -Long -Seed 7
#>
[CmdletBinding()]
param(
    [Parameter(Position = 0)]
    [ValidateSet('Build', 'Test', 'Bench', 'Demo', 'Pack', 'Clean')]
    [string] $Task = 'Build',

    [switch] $Long,

    [ValidateRange(0, [int]::MaxValue)]
    [int] $Seed
)

Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
$PSNativeCommandUseErrorActionPreference = $false
$env:DOTNET_CLI_UI_LANGUAGE = 'en'
$env:DOTNET_NOLOGO = '1'
$root = $PSScriptRoot
$isSeedGiven = $PSBoundParameters.ContainsKey('Seed')
if ($Task -ne 'Test' -and ($Long -or $isSeedGiven)) { throw "-Long and -Seed are for the task Test, not for $Task." }

function Invoke-Native([string] $Command, [string[]] $Arguments) {
    & $Command @Arguments | Out-Host
    if ($LASTEXITCODE -ne 0) { throw "$Command $($Arguments -join ' ') failed with exit code $LASTEXITCODE." }
}

# The module's assemblies cannot be replaced while a process has them loaded, so whatever loads them runs in one of its own.
function Invoke-PowerShell([string[]] $Arguments) {
    $engine = [Environment]::ProcessPath
    $prefix = @()
    if ((Split-Path -LeafBase $engine) -eq 'dotnet') { $prefix = @(Join-Path $PSHOME 'pwsh.dll') }
    & $engine @prefix -NoProfile -NonInteractive @Arguments
}

function Invoke-Build {
    Invoke-Native dotnet @(
        'publish', "$root/src/HandlePool.PowerShell/HandlePool.PowerShell.csproj", '--configuration', 'Release', '--output', "$root/bin",
        '--verbosity', 'quiet')
    Invoke-HelpBuild
    Write-Host "Built: Import-Module $(Join-Path $root 'HandlePool.psd1')"
}

function Invoke-HelpBuild {
    $help = Get-Item "$root/en-US/*-Help.xml" -ErrorAction Ignore
    $newest = Get-Item "$root/docs/en-US/*.md", "$root/docs/Convert-Help.ps1" | Sort-Object LastWriteTime | Select-Object -Last 1
    if ($help -and $help.LastWriteTime -ge $newest.LastWriteTime) { return }
    if (-not (Install-PlatyPS)) {
        Write-Warning 'PlatyPS is not installed, and cannot be got. The help is left out: Get-Help shows the syntax of the cmdlets only.'
        return
    }

    Invoke-PowerShell @('-File', "$root/docs/Convert-Help.ps1", "$root/en-US") | Out-Host
    if ($LASTEXITCODE -ne 0) { throw "docs/Convert-Help.ps1 failed with exit code $LASTEXITCODE." }
}

function Install-PlatyPS {
    $name = 'Microsoft.PowerShell.PlatyPS'
    $find = { Get-Module -ListAvailable $name | Where-Object { $_.Version.Major -eq 1 } }
    if (& $find) { return $true }
    if (-not (Get-Command Install-PSResource -ErrorAction Ignore)) { return $false }
    Write-Host 'PlatyPS 1 is not installed; getting it from the PowerShell Gallery.'
    try { Install-PSResource $name -Version '[1.0.0,2.0.0)' -TrustRepository }
    catch { Write-Host $_ }
    [bool](& $find)
}

function Install-Pester {
    $installed = Get-Module -ListAvailable Pester | Where-Object { $_.Version.Major -eq 5 }
    if ($installed) { return }
    Write-Host 'Pester 5 is not installed; getting it from the PowerShell Gallery.'
    if (Get-Command Install-PSResource -ErrorAction Ignore) {
        Install-PSResource Pester -Version '[5.7.0,6.0.0)' -TrustRepository
    }
    else {
        Install-Module Pester -MinimumVersion 5.7.0 -MaximumVersion 5.99.0 -Scope CurrentUser -Force -SkipPublisherCheck
    }
}

# The variables that the tests against the model read, as they are to be for this run; those that are set already stay as they are.
function Set-ModelVariable {
    if ($Long) { $env:HANDLEPOOL_TEST_OPERATIONS = '100000000' }
    if ($isSeedGiven) { $env:HANDLEPOOL_TEST_SEED = "$Seed" }
    $operations = if ($env:HANDLEPOOL_TEST_OPERATIONS) { $env:HANDLEPOOL_TEST_OPERATIONS } else { '1000000' }
    $from = if ($env:HANDLEPOOL_TEST_SEED) { $env:HANDLEPOOL_TEST_SEED } else { '1' }
    Write-Host "Against the model: $operations operations, seed $from."
}

function Invoke-LibraryTest {
    $operations, $from = $env:HANDLEPOOL_TEST_OPERATIONS, $env:HANDLEPOOL_TEST_SEED
    try {
        Set-ModelVariable
        Measure-LibraryTest
    }
    finally {
        $env:HANDLEPOOL_TEST_OPERATIONS, $env:HANDLEPOOL_TEST_SEED = $operations, $from
    }
}

function Measure-LibraryTest {
    Invoke-Native dotnet @('build', "$root/HandlePool.slnx", '--configuration', 'Release', '--verbosity', 'quiet')
    $output = & dotnet test "$root/HandlePool.slnx" --configuration Release --no-build 2>&1 | ForEach-Object { Write-Host $_; "$_" }
    $failed = $LASTEXITCODE -ne 0
    $counts = $output | Select-String 'Failed:\s+(\d+), Passed:\s+(\d+), Skipped:\s+(\d+)' | Select-Object -Last 1
    if (-not $counts) { throw 'dotnet test ran no test.' }
    $groups = $counts.Matches[0].Groups
    $result = [pscustomobject]@{ Passed = [int]$groups[2].Value; Failed = [int]$groups[1].Value; Skipped = [int]$groups[3].Value }
    if ($failed -and $result.Failed -eq 0) { throw 'dotnet test failed.' }
    $result
}

function Invoke-CmdletTest {
    Install-Pester
    $resultFile = [IO.Path]::GetTempFileName()
    try {
        $script = {
            param($Tests, $ResultFile)
            Import-Module Pester -MinimumVersion 5.7.0 -MaximumVersion 5.99.0
            $configuration = New-PesterConfiguration
            $configuration.Run.Path = $Tests
            $configuration.Run.PassThru = $true
            $configuration.Output.Verbosity = 'Normal'
            $run = Invoke-Pester -Configuration $configuration
            @{ Passed = $run.PassedCount; Failed = $run.FailedCount + $run.FailedBlocksCount + $run.FailedContainersCount; Skipped = $run.SkippedCount + $run.NotRunCount } |
                ConvertTo-Json | Set-Content $ResultFile
        }
        Invoke-PowerShell @('-Command', "& { $script } '$root/tests', '$root/docs/examples' '$resultFile'") | Out-Host
        $result = Get-Content -Raw $resultFile | ConvertFrom-Json
        if (-not $result -or $result.Passed + $result.Failed -eq 0) { throw 'Pester ran no test.' }
        $result
    }
    finally {
        Remove-Item $resultFile
    }
}

# What ships, and nothing else: no symbols, no documentation of the library's API.
function Copy-Module([string] $Destination) {
    if (-not (Test-Path "$root/en-US/*-Help.xml")) { throw 'The module cannot be packed without its help, for which PlatyPS is needed.' }
    $null = New-Item "$Destination/bin" -ItemType Directory
    Copy-Item "$root/HandlePool.psd1", "$root/LICENSE" $Destination
    Copy-Item "$root/bin/HandlePool.dll", "$root/bin/HandlePool.PowerShell.dll" "$Destination/bin"
    Copy-Item "$root/Module", "$root/en-US" $Destination -Recurse
}

function New-Package {
    $version = (Import-PowerShellDataFile "$root/HandlePool.psd1").ModuleVersion
    $out = "$root/out"
    Remove-Item $out -Recurse -Force -ErrorAction Ignore
    $module = "$out/module/HandlePool/$version"
    try {
        Copy-Module $module
        if (Get-Command Publish-PSResource -ErrorAction Ignore) {
            $repository = "HandlePool-Pack-$PID"
            Register-PSResourceRepository $repository -Uri $out -Trusted
            try { Publish-PSResource -Path $module -Repository $repository }
            finally { Unregister-PSResourceRepository $repository }
        }
        else {
            [IO.Compression.ZipFile]::CreateFromDirectory("$out/module", "$out/HandlePool.$version.zip")
        }
    }
    finally {
        Remove-Item "$out/module" -Recurse -Force -ErrorAction Ignore
    }

    Get-ChildItem $out
}

switch ($Task) {
    'Build' { Invoke-Build }
    'Test' {
        Invoke-Build
        $library = Invoke-LibraryTest
        $cmdlets = Invoke-CmdletTest
        $failed = $library.Failed + $cmdlets.Failed
        Write-Host "Library: $($library.Passed) passed, $($library.Failed) failed, $($library.Skipped) skipped."
        Write-Host "Cmdlets: $($cmdlets.Passed) passed, $($cmdlets.Failed) failed, $($cmdlets.Skipped) skipped."
        Write-Host "$($library.Passed + $cmdlets.Passed) passed, $failed failed, $($library.Skipped + $cmdlets.Skipped) skipped"
        if ($failed -gt 0) { exit 1 }
    }
    'Bench' {
        Invoke-Build
        $project = "$root/tests/HandlePool.Benchmarks"
        Invoke-Native dotnet @('build', $project, '--configuration', 'Release', '--verbosity', 'quiet')
        foreach ($mode in 'table', 'compare') {
            Invoke-Native dotnet @('run', '--project', $project, '--configuration', 'Release', '--no-build', '--', $mode)
        }
        Write-Host "The full suite, which takes hours; --filter and --job short narrow it:"
        Write-Host "    dotnet run --project tests/HandlePool.Benchmarks --configuration Release -- --filter '*' --job short"
    }
    'Demo' {
        Invoke-Build
        Invoke-PowerShell @('-File', "$root/docs/examples/demo.ps1")
        if ($LASTEXITCODE -ne 0) { throw "The demo failed with exit code $LASTEXITCODE." }
    }
    'Pack' {
        Invoke-Build
        New-Package | ForEach-Object { Write-Host "Packed: $($_.FullName)" }
    }
    'Clean' {
        Get-Item "$root/out", "$root/bin", "$root/en-US", "$root/src/*/bin", "$root/src/*/obj", "$root/tests/*/bin", "$root/tests/*/obj" -ErrorAction Ignore |
            Remove-Item -Recurse -Force
    }
}
