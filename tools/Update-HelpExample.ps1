#requires -Version 7.4

<#
.SYNOPSIS
    Writes into the pages of the help what their examples show now.
.DESCRIPTION
    For when a view has changed: runs the examples of the pages and replaces the blocks of output that differ. Look at the difference
    before committing it. The module must be built.
.PARAMETER Name
    The cmdlets whose pages are meant, which may be patterns; all by default.
.EXAMPLE
    ./tools/Update-HelpExample.ps1 Get-*
#>
[CmdletBinding()]
param(
    [Parameter(Position = 0)]
    [string[]] $Name = '*'
)

Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
Import-Module "$PSScriptRoot/../tests/HelpExample.psm1"
$work = [IO.Directory]::CreateTempSubdirectory('handlepool-help-').FullName
try {
    foreach ($file in Get-ChildItem "$PSScriptRoot/../docs/en-US/*-*.md") {
        if (-not ($Name | Where-Object { $file.BaseName -like $_ })) { continue }
        $page = (Get-Content -Raw $file) -replace '\r'
        $examples = @(Invoke-HelpExample $page "$work/$($file.BaseName)")

        # From the last on, so that the places of those before stay.
        for ($i = $examples.Count - 1; $i -ge 0; $i--) {
            $example = $examples[$i]
            $shown = Format-Output $example.Shown $false
            if ((Format-Output $example.Shown $example.Varies) -ceq (Format-Output $example.Output $example.Varies)) { continue }
            $block = '```powershell' + "`n" + $example.Code + '```'
            if ($example.Varies) { $block += "`n`n<!-- output varies -->" }
            if ($shown) { $block += "`n`n" + '```Output' + "`n$shown`n" + '```' }
            $page = $page.Remove($example.Match.Index, $example.Match.Length).Insert($example.Match.Index, $block)
        }

        Set-Content $file $page -NoNewline
    }
}
finally {
    Remove-Item $work -Recurse -Force -ErrorAction Ignore
}
