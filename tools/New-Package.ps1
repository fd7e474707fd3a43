#requires -Version 7.4

<#
.SYNOPSIS
    Packs what was built in ./bin as a module for Install-PSResource.
.DESCRIPTION
    ./build.ps1 Pack builds and runs it. What ships is the assemblies, views, assertions, help and license, and nothing else: no symbols, no
    documentation of the library's API. Writes the .nupkg.
.PARAMETER Destination
    The folder of the package, whose content is deleted first. ./out by default.
.EXAMPLE
    ./tools/New-Package.ps1
#>
[CmdletBinding()]
param(
    [string] $Destination = (Join-Path (Split-Path $PSScriptRoot) 'out')
)

Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
$root = Split-Path $PSScriptRoot
$version = (Import-PowerShellDataFile "$root/HandlePool.psd1").ModuleVersion
Remove-Item -LiteralPath $Destination -Recurse -Force -ErrorAction Ignore
$module = "$Destination/module/HandlePool/$version"
$repository = "HandlePool-Pack-$PID"
try {
    $null = New-Item "$module/bin" -ItemType Directory
    Copy-Item "$root/HandlePool.psd1", "$root/LICENSE" $module
    Copy-Item "$root/bin/HandlePool.dll", "$root/bin/HandlePool.PowerShell.dll" "$module/bin"
    Copy-Item "$root/Module", "$root/en-US" $module -Recurse
    Register-PSResourceRepository $repository -Uri $Destination -Trusted
    Publish-PSResource -Path $module -Repository $repository
}
finally {
    Unregister-PSResourceRepository $repository -ErrorAction Ignore
    Remove-Item -LiteralPath "$Destination/module" -Recurse -Force -ErrorAction Ignore
}

Get-ChildItem -LiteralPath $Destination
