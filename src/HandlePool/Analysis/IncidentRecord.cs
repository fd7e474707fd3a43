using HandlePool.Evidence;
using HandlePool.Text;

namespace HandlePool.Analysis;

/// <summary>Represents an incident as the facts of a report tell it, before it is compared with the dump.</summary>
internal sealed record IncidentRecord(HandleIncidentKind Kind, string Rule, int Limit)
{
    internal DateTimeOffset? Time { get; init; }

    /// <summary>Gets the processes that ended; null if none did.</summary>
    internal string? Victim { get; init; }

    /// <summary>Gets the pids of the processes that were killed, or of the one that holds too much.</summary>
    internal IReadOnlyList<int> ProcessIds { get; init; } = [];

    internal IReadOnlyList<string> ProcessNames { get; init; } = [];

    internal int? ProcessUid { get; init; }

    /// <summary>Gets the user of the processes that ended; null if no line tells it.</summary>
    internal int? User { get; init; }

    /// <summary>Gets whether the process that holds too much has ended, so that its pid may be that of another one in the dump.</summary>
    internal bool HasHolderEnded { get; init; }

    internal IReadOnlyList<int> VictimIds => EndsVictim ? ProcessIds : [];

    internal IReadOnlyList<string> VictimNames => EndsVictim ? ProcessNames : [];

    internal int? VictimUid => EndsVictim ? ProcessUid : null;

    internal string? Holder { get; init; }

    internal int? HolderId { get; init; }

    internal string? HolderName { get; init; }

    internal string? Sender { get; init; }

    internal int? SenderUid { get; init; }

    internal long? Count { get; init; }

    internal IReadOnlyList<HandleEvidence> Evidence { get; init; } = [];

    /// <summary>Gets the line that says what happened, rather than a warning before it.</summary>
    internal required HandleEvidence Line { get; init; }

    /// <summary>Gets the time from which on the report shows the growth that led to it; null if it does not.</summary>
    internal DateTimeOffset? Since { get; init; }

    /// <summary>Gets the number of proxies that came in an hour, by counts of the process; null if there are none.</summary>
    internal double? PerHour { get; init; }

    /// <summary>Gets whom it is about: the victim, the sender, or the process that holds too much.</summary>
    internal string Subject => Victim ?? (IsOfSender ? Sender : Holder) ?? "an unknown uid";

    /// <summary>Gets the uid that it is about: that of the sender, or of the process that held too much.</summary>
    internal int? SubjectUid => IsOfSender ? SenderUid : ProcessUid;

    /// <summary>Gets whether it is about what one uid sent, and not about all that a process holds.</summary>
    internal bool IsOfSender => Kind is HandleIncidentKind.Kill or HandleIncidentKind.ProxyLimit;

    /// <summary>Gets whether it is about the references of a Java process: to the proxies that it holds, and to its objects that others hold.</summary>
    internal bool IsOfReferences => Kind == HandleIncidentKind.ReferenceTableOverflow;

    /// <summary>Gets whether the victim ends, so that counting begins at 0 again.</summary>
    internal bool EndsVictim => Kind is HandleIncidentKind.Kill or HandleIncidentKind.ProxyMapOverflow or HandleIncidentKind.ReferenceTableOverflow;

    /// <summary>Returns whether handles of a victim are those that the incident is about: of all holders together, or of the one that counted them.</summary>
    internal bool IsAbout(HandleUsage usage) =>
        usage.Context == HandleSession.DefaultContext && (usage.Holder is { } holder ? !IsOfSender || IsHolder(holder) : IsOfSender || IsOfReferences);

    private bool IsHolder(HandleProcess process) => (process.Id == HolderId && !HasHolderEnded) || (process.Name is { } name && name == HolderName);

    /// <summary>Returns a uid as Android prints it, with packages.</summary>
    internal static string Describe(int uid, string? packages) => $"uid {AndroidUid.Format(uid)}" + (packages is null ? "" : $" ({packages})");
}
