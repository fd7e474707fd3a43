using System.Management.Automation;
using HandlePool.SessionFiles;
using HandlePool.Text;

namespace HandlePool.PowerShell;

/// <summary>Writes a session to a file, as JSON.</summary>
[Cmdlet(VerbsData.Export, "HandleSession", DefaultParameterSetName = "Path", SupportsShouldProcess = true)]
[OutputType(typeof(FileInfo))]
public sealed class ExportHandleSessionCommand : ExportCommand
{
    /// <summary>The session: an object or a name; the current one by default.</summary>
    [Parameter(ValueFromPipeline = true)]
    [ValidateNotNull]
    [SessionIdentity]
    [ArgumentCompleter(typeof(SessionCompleter))]
    public SessionIdentity? Session { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() =>
        ExportOne(Session, "", (file, session, token) => SessionFileWriter.WriteFile(file, session, token));
}

/// <summary>Reads sessions from files that Export-HandleSession wrote, and makes the last of them the current one.</summary>
[Cmdlet(VerbsData.Import, "HandleSession", DefaultParameterSetName = "Path")]
[OutputType(typeof(HandleSession))]
public sealed class ImportHandleSessionCommand : PSCmdlet, IDisposable
{
    private readonly CancellationTokenSource _stopping = new();

    /// <summary>The files; patterns are resolved.</summary>
    [Parameter(Position = 0, Mandatory = true, ParameterSetName = "Path", ValueFromPipeline = true)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Path { get; set; } = [];

    /// <summary>The files, taken literally.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "LiteralPath", ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath", "LP")]
    [ValidateNotNullOrEmpty]
    public string[] LiteralPath { get; set; } = [];

    /// <summary>What to call the session; by default what it was called. A number is put behind a name that is taken.</summary>
    [Parameter]
    [ValidatePattern(@"\S")]
    public string? Name { get; set; }

    /// <inheritdoc/>
    public void Dispose() => _stopping.Dispose();

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (string file in InputFiles.Resolve(this, ParameterSetName == "Path" ? Path : LiteralPath, ParameterSetName == "LiteralPath"))
        {
            try
            {
                HandleSession session = SessionFileReader.ReadFile(file, _stopping.Token);
                if (Name is not null)
                    session.Name = Name;
                SessionStore.Here.Add(session);
                WriteVerbose($"{VisibleText.Of(file)}: session '{session}' has {session.Processes} processes and {session.Nodes} nodes.");
                WriteObject(session);
            }
            catch (HandleException exception)
            {
                WriteError(ErrorRecords.For(exception));
            }
            catch (OperationCanceledException) when (Stopping)
            {
                return;
            }
        }
    }

    /// <inheritdoc/>
    protected override void StopProcessing() => _stopping.Cancel();
}
