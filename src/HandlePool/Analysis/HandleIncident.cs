using HandlePool.Text;

namespace HandlePool.Analysis;

/// <summary>Represents what Android did because of too many binder objects, or warned of, with the lines that say so. Immutable.</summary>
/// <remarks><see cref="IncidentFinder"/> returns these. What the report does not tell is null.</remarks>
public sealed class HandleIncident : ISessionMember
{
    internal HandleIncident(HandleSession session, IncidentRecord record, IReadOnlyList<HandleLeakSuspect> suspects, string cause, string? comparison,
        HandleIncident? previous)
    {
        Session = session;
        Record = record;
        Kind = record.Kind;
        Time = record.Time;
        Victim = record.Victim;
        VictimIds = new HandleList<int>([.. record.VictimIds]);
        VictimUid = record.VictimUid;
        Holder = record.Holder;
        HolderId = record.HolderId;
        Sender = record.Sender;
        SenderUid = record.SenderUid;
        Rule = record.Rule;
        Limit = record.Limit;
        Count = record.Count;
        Evidence = new HandleList<HandleEvidence>([.. record.Evidence]);
        Suspects = new HandleList<HandleLeakSuspect>([.. suspects]);
        Cause = cause;
        Comparison = comparison;
        SincePrevious = previous?.Time is { } before ? Time - before : null;
        (Since, PerHour) = (record.Since, record.PerHour);
        if (SincePrevious is { TotalHours: > 0 } since && previous!.Record.EndsVictim)
        {
            Since ??= previous.Time;
            PerHour ??= Limit / since.TotalHours;
        }
    }

    /// <summary>Gets the kind.</summary>
    public HandleIncidentKind Kind { get; }

    /// <summary>Gets the time of the first line that has one.</summary>
    public DateTimeOffset? Time { get; }

    /// <summary>Gets the processes that were killed or crashed, as <c>NAME (PID)</c>, or their uid where only that is known; null if none is known to
    /// have ended, as after a warning.</summary>
    public string? Victim { get; }

    /// <summary>Gets the pids of the victims, as far as they are known.</summary>
    public HandleList<int> VictimIds { get; }

    /// <summary>Gets the uid of the victims; null also if there are none.</summary>
    public int? VictimUid { get; }

    /// <summary>Gets the process that held the proxies or the references.</summary>
    public string? Holder { get; }

    /// <summary>Gets the pid of the process that held the proxies or the references.</summary>
    public int? HolderId { get; }

    /// <summary>Gets the uid that sent the binder objects, with its packages if they are known, or else with what its processes are named after; of all proxies of a process, the uid that sent more than
    /// half of them. Null if no count tells it.</summary>
    public string? Sender { get; }

    /// <summary>Gets the number of the uid that sent the binder objects.</summary>
    public int? SenderUid { get; }

    /// <summary>Gets the rule by which Android acts, as a sentence.</summary>
    public string Rule { get; }

    /// <summary>Gets the limit of the rule: a number of proxies or of references.</summary>
    public int Limit { get; }

    /// <summary>Gets the number that was counted, if the report states it; the greatest, if it states several.</summary>
    public long? Count { get; }

    /// <summary>Gets the facts that show it, in the order of their times; at most 50.</summary>
    public HandleList<HandleEvidence> Evidence { get; }

    /// <summary>Gets the leak suspects of the dump that agree: handles of the victim that the holder has; for a full table of references also those that others have of the victim.</summary>
    public HandleList<HandleLeakSuspect> Suspects { get; }

    /// <summary>Gets what the dump says about the cause: the suspects that agree, or why none does.</summary>
    public string Cause { get; }

    /// <summary>Gets the counts of the memory report and of a table of JNI references beside those of the dump, as sentences; null if there are none.</summary>
    public string? Comparison { get; }

    /// <summary>Gets the time since the incident of this kind before, of the same uid or else of a process of the same name; null if there is none.</summary>
    public TimeSpan? SincePrevious { get; }

    /// <summary>Gets the time from which on the report shows the growth that led to it: that of the first count that the process logged, or else of the
    /// incident before, if that ended the process; null if there is neither.</summary>
    public DateTimeOffset? Since { get; }

    /// <summary>Gets the number of proxies or references that came in an hour since then: by the first and the last count that the process logged, or
    /// else at least, <see cref="Limit"/> over <see cref="SincePrevious"/>.</summary>
    public double? PerHour { get; }

    HandleSession ISessionMember.Session => Session;

    /// <summary>Gets the session whose report has it.</summary>
    internal HandleSession Session { get; }

    /// <summary>Gets what was collected of it.</summary>
    internal IncidentRecord Record { get; }

    /// <inheritdoc/>
    public override string ToString() => VisibleText.Of($"{Kind}: {Record.Subject}");
}
