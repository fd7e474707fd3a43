using System.Management.Automation;
using HandlePool.Analysis;
using HandlePool.PowerShell.Binding;
using HandlePool.PowerShell.Completion;
using HandlePool.Text;

namespace HandlePool.PowerShell;

/// <summary>Finds processes that may be leaking handles, in one session or in a series.</summary>
[Cmdlet(VerbsCommon.Find, "HandleLeak")]
[OutputType(typeof(HandleLeakSuspect))]
public sealed class FindHandleLeakCommand : ModelCommand
{
    private readonly List<HandleSession> _sessions = [];

    /// <summary>The session, or a series of sessions of one device: objects or names or patterns. The current one by default.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [SessionIdentity]
    [ArgumentCompleter(typeof(SessionCompleter))]
    public SessionIdentity[]? Session { get; set; }

    /// <summary>The number of suspects to write, the most suspicious first; all by default.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int Top { get; set; } = int.MaxValue;

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        SessionStore store = SessionStore.Here;
        foreach (SessionIdentity identity in Session ?? [new SessionIdentity(store.Current)])
            Try(() => _sessions.AddRange(store.Find(identity).Except(_sessions)));
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (_sessions.Count > 0)
            Try(Find);
    }

    private void Find()
    {
        IReadOnlyList<HandleLeakSuspect> suspects = LeakFinder.Find(_sessions, cancellationToken: StopToken).Suspects;
        string found = suspects.Count == 0 ? "No leak suspects" : Phrase.Count(suspects.Count, "leak suspect");
        WriteVerbose(_sessions.Count == 1
            ? $"{found} in session '{_sessions[0]}'. Only a series of sessions shows growth."
            : $"{found} in a series of {_sessions.Count} sessions.");
        WriteObject(suspects.Take(Top), enumerateCollection: true);

        // Many handles of many owners are no suspects as pairs, but Android limits the total.
        HandleSession last = LeakFinder.InOrder(_sessions)[^1];
        IEnumerable<HandleUsage> usages = UsageMeasurement.Measure(last, HandleUsageGrouping.Holder, cancellationToken: StopToken);
        foreach (HandleUsage usage in usages.Where(usage => usage.IsNearLimit))
        {
            WriteWarning($"{usage.HolderName} ({usage.Holder!.Id}, {VisibleText.Name(usage.Context)}) holds {usage.Handles} handles, "
                + $"{(int)(100 * usage.LimitShare!.Value)}% of {usage.Limit!.Handles}: {usage.Limit.Consequence}.");
        }
    }
}
