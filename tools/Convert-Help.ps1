#requires -Version 7.4
#requires -Modules @{ ModuleName = 'Microsoft.PowerShell.PlatyPS'; ModuleVersion = '1.0.0' }

<#
.SYNOPSIS
    Turns the pages in docs/en-US into the help that Get-Help reads.
.DESCRIPTION
    ./build.ps1 Help runs it. PlatyPS turns the cmdlets' pages into MAML. It leaves Markdown in the texts as it is, tears examples apart at
    blank lines, forgets default values, and knows nothing of about topics; that is done here. Each command and each topic says of which page
    it was made, with the page's hash, which tests/Help.Tests.ps1 compares with the page.
.PARAMETER Destination
    The folder to write to, beside the module's manifest. It is created if need be.
#>
[CmdletBinding()]
param(
    [Parameter(Mandatory, Position = 0)]
    [string] $Destination
)

Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
Import-Module "$PSScriptRoot/../tests/HelpSource.psm1"
$pages = (Resolve-Path "$PSScriptRoot/../docs/en-US").Path

# Markdown's marks are for browsers; comments are for the tests of the examples.
function ConvertTo-PlainText([string] $Text) {
    $Text -replace '(?s)<!--.*?-->' -replace '\[([^\]]+)\]\([^)]+\)', '$1' -replace '`'
}

# Blocks between blank lines, each one line, but for items of a list, which are a line each.
function Split-Paragraph([string] $Markdown) {
    foreach ($block in (ConvertTo-PlainText $Markdown).Trim() -split '\r?\n\s*\n') {
        if ($block.Trim()) { $block.Trim() -replace '\s*\r?\n\s*(?!- )(?=\S)', ' ' -replace '\s*\r?\n\s*- ', "`n- " }
    }
}

function Write-Paragraph([System.Xml.XmlElement] $Parent, [string[]] $Text) {
    $Parent.RemoveAll()
    foreach ($paragraph in $Text) {
        $element = $Parent.OwnerDocument.CreateElement('maml:para', $namespaces.LookupNamespace('maml'))
        $element.InnerText = $paragraph
        $null = $Parent.AppendChild($element)
    }
}

# An example's text before its first code is its introduction, that behind the last block its remarks; all between is shown as it is.
function Write-Example([System.Xml.XmlElement] $Element, [string] $Markdown) {
    $first = $Markdown.IndexOf('```')
    $last = $Markdown.LastIndexOf('```')
    $code = $Markdown.Substring($first, $last - $first) -replace '(?s)<!--.*?-->\s*' -replace '(?m)^```\w*\r?\n?'
    Write-Paragraph $Element.SelectSingleNode('maml:introduction', $namespaces) (Split-Paragraph $Markdown.Substring(0, $first))
    $Element.SelectSingleNode('dev:code', $namespaces).InnerText = $code.TrimEnd()

    # The empty paragraph keeps the next example at a distance.
    Write-Paragraph $Element.SelectSingleNode('dev:remarks', $namespaces) (@(Split-Paragraph $Markdown.Substring($last + 3)) + '')
}

function Write-Description([System.Xml.XmlNodeList] $Elements, [object[]] $Described) {
    for ($i = 0; $i -lt $Elements.Count; $i++) {
        Write-Paragraph $Elements[$i].SelectSingleNode('maml:description', $namespaces) (Split-Paragraph $Described[$i].Description)
    }
}

function Convert-Command([System.Xml.XmlElement] $Command, [object] $Page) {
    Write-Paragraph $Command.SelectSingleNode('command:details/maml:description', $namespaces) (Split-Paragraph $Page.Synopsis)
    Write-Paragraph $Command.SelectSingleNode('maml:description', $namespaces) (Split-Paragraph $Page.Description)
    Write-Paragraph $Command.SelectSingleNode('maml:alertSet/maml:alert', $namespaces) (Split-Paragraph $Page.Notes)
    Write-Description $Command.SelectNodes('command:inputTypes/command:inputType', $namespaces) $Page.Inputs
    Write-Description $Command.SelectNodes('command:returnValues/command:returnValue', $namespaces) $Page.Outputs

    foreach ($element in $Command.SelectNodes('command:parameters/command:parameter', $namespaces)) {
        $name = $element.SelectSingleNode('maml:name', $namespaces).InnerText
        $parameter = $Page.Parameters.Where({ $_.Name -eq $name })[0]
        Write-Paragraph $element.SelectSingleNode('maml:description', $namespaces) (Split-Paragraph $parameter.Description)
        $default = $element.OwnerDocument.CreateElement('dev:defaultValue', $namespaces.LookupNamespace('dev'))
        $default.InnerText = $parameter.DefaultValue
        $null = $element.AppendChild($default)
        $type = $element.SelectSingleNode('dev:type/maml:name', $namespaces)
        $type.InnerText = $type.InnerText -replace '^System\.Nullable`1\[(.+)\]$', '$1'
    }

    $examples = $Command.SelectNodes('command:examples/command:example', $namespaces)
    for ($i = 0; $i -lt $examples.Count; $i++) { Write-Example $examples[$i] $Page.Examples[$i].Remarks }

    # There are no pages on the web, and no file names in Get-Help.
    foreach ($link in $Command.SelectNodes('command:relatedLinks/maml:navigationLink', $namespaces)) {
        $link.SelectSingleNode('maml:uri', $namespaces).InnerText = ''
        if ($link.SelectSingleNode('maml:linkText', $namespaces).InnerText -eq 'Online Version') { $null = $link.ParentNode.RemoveChild($link) }
    }
}

# Indented by four, wrapped at 80 columns; headings at the margin. Get-Help takes the fifth line for the synopsis.
function Convert-Topic([string] $Path) {
    $inCode = $false
    $text = [System.Collections.Generic.List[string]]::new()
    foreach ($line in Get-Content $Path) {
        if ($line.StartsWith('```')) { $inCode = -not $inCode; continue }
        $continues = -not $inCode -and $line -and $line -notmatch '^(- |#)' -and $text.Count -gt 0 -and $text[-1] -and $text[-1] -notmatch '^#'
        $followsHeading = -not $line -and $text.Count -gt 0 -and $text[-1] -match '^#'
        if ($followsHeading) { if ($text[-1] -match '^# ') { $text.Add('') } }
        elseif ($continues) { $text[-1] += ' ' + $line.Trim() }
        elseif ($inCode) { $text.Add($line ? "`t$line" : '') }
        else { $text.Add($line) }
    }

    foreach ($line in $text) {
        if ($line.StartsWith("`t")) { '        ' + $line.Substring(1) }
        elseif ($line -match '^# (.*)') { 'TOPIC'; '    ' + $Matches[1] }
        elseif ($line -match '^#+ (.*)') { $Matches[1].ToUpperInvariant() }
        elseif ($line) { Format-Wrapped (ConvertTo-PlainText $line) }
        else { '' }
    }
}

function Format-Wrapped([string] $Line) {
    $indent = '    '
    $row = $indent
    foreach ($word in $Line -split ' ') {
        if ($row.Trim() -and $row.Length + 1 + $word.Length -gt 80) {
            $row
            $row = $indent + ($Line.StartsWith('- ') ? '  ' : '')
        }
        $row += ($row.Trim() ? ' ' : '') + $word
    }
    $row
}

$null = New-Item $Destination -ItemType Directory -Force
foreach ($topic in Get-Item "$pages/about_*.md") {
    $text = @(Convert-Topic $topic) + '' + "    Source: $(Get-HelpSource $topic)"
    [IO.File]::WriteAllText((Join-Path $Destination "$($topic.BaseName).help.txt"), ($text -join "`n") + "`n", [Text.UTF8Encoding]::new($true))
}

$work = [IO.Directory]::CreateTempSubdirectory('handlepool-help-').FullName
try {
    $help = Get-Item "$pages/*-*.md" | Import-MarkdownCommandHelp
    $file = $help | Export-MamlCommandHelp -OutputFolder $work
    $maml = [xml]::new()
    $maml.Load($file.FullName)
    $namespaces = [System.Xml.XmlNamespaceManager]::new($maml.NameTable)
    $namespaces.AddNamespace('maml', 'http://schemas.microsoft.com/maml/2004/10')
    $namespaces.AddNamespace('command', 'http://schemas.microsoft.com/maml/dev/command/2004/10')
    $namespaces.AddNamespace('dev', 'http://schemas.microsoft.com/maml/dev/2004/10')
    foreach ($command in $maml.DocumentElement.SelectNodes('command:command', $namespaces)) {
        $name = $command.SelectSingleNode('command:details/command:name', $namespaces).InnerText
        Convert-Command $command $help.Where({ $_.Title -eq $name })[0]
        $null = $maml.DocumentElement.InsertBefore($maml.CreateComment(" Generated by ./build.ps1 Help. Source: $(Get-HelpSource "$pages/$name.md") "), $command)
    }

    $settings = [System.Xml.XmlWriterSettings]@{ Indent = $true; NewLineChars = "`n"; Encoding = [Text.UTF8Encoding]::new($false) }
    $writer = [System.Xml.XmlWriter]::Create((Join-Path $Destination $file.Name), $settings)
    try { $maml.Save($writer) }
    finally { $writer.Dispose() }
}
finally {
    Remove-Item $work -Recurse -Force -ErrorAction Ignore
}
