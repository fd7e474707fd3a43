using System.Management.Automation;
using HandlePool.Dumps;

namespace HandlePool.PowerShell;

/// <summary>Reads the driver's text dumps into sessions.</summary>
[Cmdlet(VerbsData.Import, "HandleDump", DefaultParameterSetName = "Path")]
[OutputType(typeof(HandleSession))]
public sealed class ImportHandleDumpCommand : PSCmdlet, IDisposable
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

    /// <inheritdoc/>
    public void Dispose() => _stopping.Dispose();

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (string file in InputFiles.Resolve(this, ParameterSetName == "Path" ? Path : LiteralPath, ParameterSetName == "LiteralPath"))
        {
            try
            {
                foreach (DumpResult result in DumpReader.ReadFile(file, cancellationToken: _stopping.Token))
                    Write(file, result);
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

    private void Write(string file, DumpResult result)
    {
        foreach (DumpProblem problem in result.Problems)
            WriteError(ErrorRecords.For(problem.ToException()));
        if (result.ProblemCount > result.Problems.Count)
            WriteWarning($"{file}: {result.ProblemCount - result.Problems.Count} more lines could not be read.");
        if (result.UnknownLineCount > 0)
        {
            WriteWarning($"{file}: {result.UnknownLineCount} {(result.UnknownLineCount == 1 ? "line" : "lines")} of no known kind skipped: "
                + string.Join(", ", result.UnknownLines.Select(line => $"line {line.Line} '{line.Text}'"))
                + (result.UnknownLineCount > result.UnknownLines.Count ? ", ..." : "."));
        }

        SessionStore.Here.Add(result.Session);
        WriteVerbose($"{file}: session '{result.Session}' has {result.Session.Processes} processes, {result.Session.Nodes} nodes "
            + $"and {result.Session.Findings.Count} findings. A dump does not tell the pools' capacities; they are inferred.");
        WriteObject(result.Session);
    }
}
