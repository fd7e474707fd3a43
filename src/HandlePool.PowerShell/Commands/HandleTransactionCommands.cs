using System.Globalization;
using System.Management.Automation;
using HandlePool.Analysis;
using HandlePool.PowerShell.Binding;
using HandlePool.PowerShell.Completion;

namespace HandlePool.PowerShell;

/// <summary>Gets the calls that the driver shows: those under way and for whom they wait, buffers that are not freed, and its logs.</summary>
[Cmdlet(VerbsCommon.Get, "HandleTransaction")]
[OutputType(typeof(HandleTransaction))]
public sealed class GetHandleTransactionCommand : RedactingCommand
{
    private WildcardPattern[] _either = [];
    private WildcardPattern[] _from = [];
    private WildcardPattern[] _to = [];

    /// <summary>The states of calls; all by default.</summary>
    [Parameter(Position = 0)]
    [Converted(typeof(HandleTransactionState[]))]
    public HandleTransactionState[]? State { get; set; }

    /// <summary>The kinds of calls; all by default.</summary>
    [Parameter]
    [Converted(typeof(HandleTransactionKind[]))]
    public HandleTransactionKind[]? Kind { get; set; }

    /// <summary>The pids or names of processes that send or receive, which the session need not have. Names may be patterns. All by default.</summary>
    [Parameter]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ProcessCompleter))]
    public string[]? Process { get; set; }

    /// <summary>The pids or names of senders. Names may be patterns. All by default.</summary>
    [Parameter]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ProcessCompleter))]
    public string[]? From { get; set; }

    /// <summary>The pids or names of receivers. Names may be patterns. All by default.</summary>
    [Parameter]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ProcessCompleter))]
    public string[]? To { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        (_either, _from, _to) = (ParsePatterns(Process), ParsePatterns(From), ParsePatterns(To));
    }

    /// <inheritdoc/>
    protected override void ProcessRecord() => Try(() =>
    {
        HandleSession session = GetSession();
        HandleSession shown = Redacted(session);
        foreach (string gap in TransactionFinder.FindGaps(shown))
            WriteWarning(gap);

        // What is asked for is named as it is. Both are in the same order.
        IReadOnlyList<HandleTransaction> calls = TransactionFinder.Find(session, StopToken);
        WriteObject((shown == session ? calls : TransactionFinder.Find(shown, StopToken)).Where((_, index) => calls[index] is var call && (State is null || State.Contains(call.State))
            && (Kind is null || Kind.Contains(call.Kind))
            && (Process is null || IsSender(_either, call) || IsReceiver(_either, call))
            && (From is null || IsSender(_from, call))
            && (To is null || IsReceiver(_to, call))), enumerateCollection: true);
    });

    private static bool IsSender(WildcardPattern[] names, HandleTransaction call) => Array.Exists(names, name => Matches(name, call.FromId, call.FromName));

    private static bool IsReceiver(WildcardPattern[] names, HandleTransaction call) => Array.Exists(names, name => Matches(name, call.ToId, call.ToName));

    private static bool Matches(WildcardPattern pattern, int? pid, string? name) =>
        (name is not null && pattern.IsMatch(name)) || (pid is { } known && pattern.IsMatch(known.ToString(CultureInfo.InvariantCulture)));
}
