# Says of which page a part of the help was made. tools/Convert-Help.ps1 writes it, and Help.Tests.ps1 compares it with the page.

function Get-HelpSource {
    <#
    .SYNOPSIS
    The page's path and the beginning of the SHA-256 of its text, in which a line ends with a line feed whatever it ends with in the checkout.
    #>
    param([string] $Path)

    $text = [IO.File]::ReadAllText((Resolve-Path -LiteralPath $Path)) -replace "`r`n", "`n"
    $hash = [Convert]::ToHexString([Security.Cryptography.SHA256]::HashData([Text.Encoding]::UTF8.GetBytes($text))).ToLowerInvariant()
    "docs/en-US/$(Split-Path -Leaf $Path), sha256:$($hash.Substring(0, 16))"
}

Export-ModuleMember -Function Get-HelpSource
