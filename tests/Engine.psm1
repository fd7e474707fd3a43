# The one way in which the build and the suites start another PowerShell.

function Invoke-Engine {
    <#
    .SYNOPSIS
    Runs the PowerShell that runs this, in a process of its own, with the given arguments, and writes what it writes.
    .DESCRIPTION
    PowerShell runs as pwsh, or as a .NET tool, where the process is dotnet and PowerShell its first argument. The child has no profile
    and asks nothing. Input is piped to it. $LASTEXITCODE is its exit code.
    .PARAMETER Through
    A program and its arguments which start the child, for example under limits. By default it is started as it is.
    .PARAMETER ArgumentList
    What follows pwsh on the command line: -Command and a text, or -File, a path and its arguments.
    #>
    [CmdletBinding(PositionalBinding = $false)]
    param(
        [string[]] $Through,

        [Parameter(Mandatory, ValueFromRemainingArguments)]
        [string[]] $ArgumentList,

        [Parameter(ValueFromPipeline)]
        [object] $InputObject
    )

    begin {
        $engine = [Environment]::ProcessPath

        # An array also where it has one element: a string would be splatted letter by letter.
        [string[]] $all = '-NoProfile', '-NonInteractive'
        if ((Split-Path -LeafBase $engine) -eq 'dotnet') { $all = @(Join-Path $PSHOME 'pwsh.dll') + $all }
        $all += $ArgumentList
        if ($Through) { $engine, $all = @($Through) + $engine + $all }
        $lines = [System.Collections.Generic.List[object]]::new()
    }
    process { if ($MyInvocation.ExpectingInput) { $lines.Add($InputObject) } }
    end {
        if ($MyInvocation.ExpectingInput) { $lines | & $engine @all }
        else { & $engine @all }
    }
}

function ConvertTo-Literal {
    <#
    .SYNOPSIS
    Turns a text into a literal of PowerShell, for a path in a command that a child is given: a folder's name can have an apostrophe.
    #>
    param([string] $Text)

    "'$([Management.Automation.Language.CodeGeneration]::EscapeSingleQuotedStringContent($Text))'"
}

Export-ModuleMember -Function Invoke-Engine, ConvertTo-Literal
