#requires -Version 7.4

<#
.SYNOPSIS
    Runs Pester suites with the Pester that is given, and writes the counts as JSON.
.DESCRIPTION
    ./build.ps1 Test runs it in a process of its own. Pester is loaded by its path, so that no other version of it is taken.
.PARAMETER Pester
    The manifest of Pester 5.7 or later.
.PARAMETER Path
    Suites, or folders of suites.
.PARAMETER ResultPath
    The file to write the counts to: Version, Passed, Failed, Skipped, and Reasons, which tests were skipped and why.
.EXAMPLE
    ./tests/Invoke-Suite.ps1 -Pester ~/.nuget/packages/pester/6.2.0/tools/Pester.psd1 -Path tests/HandlePool.Tests.ps1
#>
[CmdletBinding()]
param(
    [Parameter(Mandatory)]
    [string] $Pester,

    [Parameter(Mandatory)]
    [string[]] $Path,

    [string] $ResultPath
)

# Without preferences: suites inherit those of whoever runs them.
Import-Module $Pester -ErrorAction Stop
$configuration = New-PesterConfiguration
$configuration.Run.Path = $Path
$configuration.Run.PassThru = $true
$configuration.Output.Verbosity = 'Normal'
$run = Invoke-Pester -Configuration $configuration
if (-not $ResultPath) { exit ($run.Result -eq 'Passed' ? 0 : 1) }
@{
    Version = (Get-Module Pester).Version.ToString()
    Passed  = $run.PassedCount
    Failed  = $run.FailedCount + $run.FailedBlocksCount + $run.FailedContainersCount
    Skipped = $run.SkippedCount + $run.NotRunCount
    Reasons = @($run.Skipped | ForEach-Object { "$($_.ExpandedPath) $($_.ErrorRecord)".TrimEnd() })
} | ConvertTo-Json | Set-Content $ResultPath
