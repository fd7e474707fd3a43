using System.Management.Automation;
using HandlePool.Analysis;
using HandlePool.Text;

namespace HandlePool.PowerShell;

/// <summary>Says what changed between two sessions.</summary>
[Cmdlet(VerbsData.Compare, "HandleSession")]
[OutputType(typeof(HandleUsageChange))]
public sealed class CompareHandleSessionCommand : PSCmdlet, IDisposable
{
    private readonly CancellationTokenSource _stopping = new();

    /// <summary>The earlier session: an object or a name.</summary>
    [Parameter(Position = 0, Mandatory = true)]
    [ValidateNotNull]
    [SessionIdentity]
    [ArgumentCompleter(typeof(SessionCompleter))]
    public SessionIdentity ReferenceSession { get; set; } = null!;

    /// <summary>The later session: an object or a name. The current one by default.</summary>
    [Parameter(Position = 1, ValueFromPipeline = true)]
    [Alias("Session")]
    [ValidateNotNull]
    [SessionIdentity]
    [ArgumentCompleter(typeof(SessionCompleter))]
    public SessionIdentity? DifferenceSession { get; set; }

    /// <summary>By what is counted.</summary>
    [Parameter]
    public HandleUsageGrouping By { get; set; }

    /// <summary>Writes also those of which nothing came or went.</summary>
    [Parameter]
    public SwitchParameter IncludeEqual { get; set; }

    /// <summary>Only so many, those that grew most.</summary>
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
            SessionStore store = SessionStore.Here;
            HandleSession after = DifferenceSession is null ? store.Current : store.Get(DifferenceSession);
            SessionComparison comparison = SessionComparison.Compare(store.Get(ReferenceSession), after, By, _stopping.Token);
            foreach (string note in comparison.Notes)
                WriteWarning(note);
            WriteObject(comparison.Changes.Where(change => IncludeEqual || change.Added > 0 || change.Removed > 0).Take(Top), enumerateCollection: true);
        }
        catch (HandleException exception)
        {
            WriteError(ErrorRecords.For(exception));
        }
        catch (OperationCanceledException) when (Stopping)
        {
        }
    }

    /// <inheritdoc/>
    protected override void StopProcessing() => _stopping.Cancel();
}

/// <summary>Finds who may be leaking handles, in one session or in a series.</summary>
[Cmdlet(VerbsCommon.Find, "HandleLeak")]
[OutputType(typeof(HandleLeakSuspect))]
public sealed class FindHandleLeakCommand : PSCmdlet, IDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<HandleSession> _sessions = [];

    /// <summary>The session, or the series of sessions of one device: objects or names, which may be patterns. The current one by default.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [SessionIdentity]
    [ArgumentCompleter(typeof(SessionCompleter))]
    public SessionIdentity[]? Session { get; set; }

    /// <summary>Only so many, the most suspicious.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int Top { get; set; } = int.MaxValue;

    /// <inheritdoc/>
    public void Dispose() => _stopping.Dispose();

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        SessionStore store = SessionStore.Here;
        foreach (SessionIdentity identity in Session ?? [new SessionIdentity(store.Current)])
        {
            try
            {
                _sessions.AddRange(store.Find(identity).Except(_sessions));
            }
            catch (HandleException exception)
            {
                WriteError(ErrorRecords.For(exception));
            }
            catch (WildcardPatternException exception)
            {
                WriteError(ErrorRecords.BadPattern(exception));
            }
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (_sessions.Count == 0)
            return;

        try
        {
            Find();
        }
        catch (OperationCanceledException) when (Stopping)
        {
        }
    }

    /// <inheritdoc/>
    protected override void StopProcessing() => _stopping.Cancel();

    private void Find()
    {
        IReadOnlyList<HandleLeakSuspect> suspects = LeakFinder.Find(_sessions, _stopping.Token);
        WriteVerbose($"{suspects.Count} suspects in {(_sessions.Count == 1 ? $"session '{_sessions[0]}'" : $"a series of {_sessions.Count} sessions")}. "
            + (_sessions.Count == 1 ? "Growth shows in a series only." : ""));
        WriteObject(suspects.Take(Top), enumerateCollection: true);

        // Holding much of many is no leak of a pair, but Android does not ask.
        HandleSession last = LeakFinder.InOrder(_sessions)[^1];
        foreach (HandleUsage usage in UsageMeasurement.Measure(last, HandleUsageGrouping.Holder, cancellationToken: _stopping.Token).Where(usage => usage.IsNearLimit))
        {
            WriteWarning($"{usage.HolderName} ({usage.Holder!.Id}, {VisibleText.Name(usage.Context)}) holds {usage.Handles} handles in all, "
                + $"{(int)(100 * usage.LimitShare!.Value)}% of {usage.Limit!.Handles}: {usage.Limit.Consequence}.");
        }
    }
}
