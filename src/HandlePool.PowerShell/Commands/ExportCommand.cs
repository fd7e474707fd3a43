using System.Management.Automation;

namespace HandlePool.PowerShell;

/// <summary>What the Export cmdlets share: the file and what may be done to it, -PassThru, and Ctrl+C.</summary>
public abstract class ExportCommand : PSCmdlet, IDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private HandleSession? _exported;

    /// <summary>The file; one that is there is replaced. A pattern must fit one file.</summary>
    [Parameter(Position = 0, Mandatory = true, ParameterSetName = "Path")]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = "";

    /// <summary>The file, taken literally.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "LiteralPath")]
    [Alias("PSPath", "LP")]
    [ValidateNotNullOrEmpty]
    public string LiteralPath { get; set; } = "";

    /// <summary>Replaces a file that is read-only as well.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Replaces no file.</summary>
    [Parameter]
    [Alias("NoOverwrite")]
    public SwitchParameter NoClobber { get; set; }

    /// <summary>Writes the file as an object.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stopping.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <inheritdoc/>
    protected override void StopProcessing() => _stopping.Cancel();

    /// <summary>Writes the file, if it may and shall be written.</summary>
    /// <param name="action">What -WhatIf and -Confirm say is done to it.</param>
    /// <param name="write">Writes to that path, until it is stopped.</param>
    /// <returns>Whether it was written.</returns>
    private protected bool Export(string action, Action<string, CancellationToken> write)
    {
        bool isLiteral = ParameterSetName == "LiteralPath";
        try
        {
            if (OutputFile.Prepare(this, isLiteral ? LiteralPath : Path, isLiteral, NoClobber, Force, action) is not { } file
                || !OutputFile.Write(this, file, () => write(file, _stopping.Token)))
            {
                return false;
            }

            if (PassThru)
                WriteObject(new FileInfo(file));
            return true;
        }
        catch (OperationCanceledException) when (Stopping)
        {
            return false;
        }
    }

    /// <summary>The same for a file that holds one session: a second one that comes down the pipeline is refused.</summary>
    private protected void ExportOne(SessionIdentity? identity, string suffix, Action<string, HandleSession, CancellationToken> write)
    {
        try
        {
            HandleSession session = identity is null ? SessionStore.Here.Current : SessionStore.Here.Get(identity);
            if (_exported is not null)
                WriteError(ErrorRecords.SecondSession(session, _exported));
            else if (Export($"Export session '{session}'{suffix}", (file, token) => write(file, session, token)))
                _exported = session;
        }
        catch (HandleException exception)
        {
            WriteError(ErrorRecords.For(exception));
        }
    }
}
