using System.Management.Automation;
using HandlePool.PowerShell.Binding;
using HandlePool.PowerShell.Errors;
using HandlePool.PowerShell.Files;

namespace HandlePool.PowerShell;

/// <summary>Represents a cmdlet that writes a file, as the built-in Export cmdlets do.</summary>
public abstract class ExportCommand : ModelCommand
{
    /// <summary>The file. An existing file is replaced. A pattern must match one file.</summary>
    [Parameter(Position = 0, Mandatory = true, ParameterSetName = "Path")]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [OneValue]
    public string Path { get; set; } = "";

    /// <summary>The file, taken literally.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "LiteralPath")]
    [Alias("PSPath", "LP")]
    [ValidateNotNullOrEmpty]
    [OneValue]
    public string LiteralPath { get; set; } = "";

    /// <summary>Replaces even a read-only file.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Does not replace an existing file.</summary>
    [Parameter]
    [Alias("NoOverwrite")]
    public SwitchParameter NoClobber { get; set; }

    /// <summary>Writes the file to the pipeline.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <summary>Writes the file, if that is allowed and confirmed.</summary>
    /// <param name="action">The action that -WhatIf and -Confirm name.</param>
    /// <param name="write">Writes to a path until it is stopped; replaces an existing file or not.</param>
    /// <returns>Whether the file was written.</returns>
    private protected bool Export(string action, Action<string, bool, CancellationToken> write)
    {
        bool isLiteral = ParameterSetName == "LiteralPath";
        if (OutputFile.Prepare(this, isLiteral ? LiteralPath : Path, isLiteral, NoClobber, Force, action) is not { } file)
            return false;
        try
        {
            if (!Try(() => write(file, !NoClobber, StopToken)))
                return false;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            WriteError(ErrorRecords.NotWritten(file, exception));
            return false;
        }

        if (PassThru)
            WriteObject(OutputFile.GetItem(this, file), enumerateCollection: true);
        return true;
    }
}
