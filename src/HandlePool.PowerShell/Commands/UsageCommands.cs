using System.Management.Automation;
using HandlePool.Analysis;

namespace HandlePool.PowerShell;

/// <summary>Counts who holds how many handles of whom.</summary>
[Cmdlet(VerbsDiagnostic.Measure, "HandleUsage")]
[OutputType(typeof(HandleUsage))]
public sealed class MeasureHandleUsageCommand : HandleCommand, IDisposable
{
    private readonly CancellationTokenSource _stopping = new();

    /// <summary>By what is counted.</summary>
    [Parameter(Position = 0)]
    public HandleUsageGrouping By { get; set; }

    /// <summary>The session to count in: an object or a name.</summary>
    [Parameter(ValueFromPipeline = true)]
    [ValidateNotNull]
    [SessionIdentity]
    [ArgumentCompleter(typeof(SessionCompleter))]
    public override SessionIdentity? Session { get; set; }

    /// <summary>Only handles that these processes hold: objects, names or pids. Names may be patterns.</summary>
    [Parameter]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ProcessIdentity]
    [ArgumentCompleter(typeof(ProcessCompleter))]
    public ProcessIdentity[]? Holder { get; set; }

    /// <summary>Only handles of nodes of these processes: objects, names or pids. Names may be patterns.</summary>
    [Parameter]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ProcessIdentity]
    [ArgumentCompleter(typeof(ProcessCompleter))]
    public ProcessIdentity[]? Owner { get; set; }

    /// <summary>Only handles in this context.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ContextCompleter))]
    public string? Context { get; set; }

    /// <summary>Only so many, those with the most handles.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int Top { get; set; } = int.MaxValue;

    /// <inheritdoc/>
    public void Dispose() => _stopping.Dispose();

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        try
        {
            Try(Measure);
        }
        catch (OperationCanceledException) when (Stopping)
        {
        }
    }

    /// <inheritdoc/>
    protected override void StopProcessing() => _stopping.Cancel();

    private void Measure()
    {
        HandleSession session = GetSession();
        HashSet<HandleProcess>? holders = Holder is null ? null : [.. GetProcesses(Holder, Context)];
        HashSet<HandleProcess>? owners = Owner is null ? null : [.. GetProcesses(Owner, Context, includeDead: true)];
        IReadOnlyList<HandleUsage> usages = UsageMeasurement.Measure(session, By, reference =>
            (holders is null || holders.Contains(reference.Process))
            && (owners is null || (reference.Owner is { } owner && owners.Contains(owner)))
            && (Context is null || string.Equals(reference.Process.Context, Context, StringComparison.OrdinalIgnoreCase)), _stopping.Token);
        WriteObject(usages.Take(Top), enumerateCollection: true);
    }
}
