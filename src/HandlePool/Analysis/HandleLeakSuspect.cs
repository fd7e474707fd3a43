using HandlePool.Text;

namespace HandlePool.Analysis;

/// <summary>Somebody who may be leaking handles, why, and the references behind it. Immutable.</summary>
/// <remarks>Made by <see cref="LeakFinder"/>, whose remarks say what makes a suspect.</remarks>
public sealed class HandleLeakSuspect : ISessionMember
{
    internal HandleLeakSuspect(int place, HandleUsage usage, LeakEvidence evidence)
    {
        Place = place;
        Usage = usage;
        Session = (usage.Holder ?? usage.Owner)!.Session;
        Kinds = new HandleList<HandleLeakKind>(evidence.Kinds);
        Score = evidence.Score;
        Counts = new HandleList<int>([.. evidence.Counts]);
        GrowthPerDump = evidence.PerDump;
        GrowthPerHour = evidence.PerHour;
        Limit = evidence.Limit;
        DumpsToLimit = evidence.DumpsToLimit;
        TimeToLimit = evidence.TimeToLimit;
        Reason = string.Join(" ", evidence.Reasons);
        References = new HandleList<HandleReference>([.. evidence.References]);
    }

    /// <summary>1 for the most suspicious.</summary>
    public int Place { get; }

    /// <summary>How many times over the threshold the strongest of its kinds is; 1 is just suspect.</summary>
    public double Score { get; }

    /// <summary>What makes it suspect, the strongest first.</summary>
    public HandleList<HandleLeakKind> Kinds { get; }

    /// <summary>The context.</summary>
    public string Context => Usage.Context;

    /// <summary>Who holds the handles; null if it is many together.</summary>
    public HandleProcess? Holder => Usage.Holder;

    /// <summary>Who owns what is held; null if it is many together, or gone.</summary>
    public HandleProcess? Owner => Usage.Owner;

    /// <summary>The holder's name or else pid, or <c>(all)</c>.</summary>
    public string HolderName => Usage.HolderName;

    /// <summary>The owner's name or else pid, <c>(dead)</c>, <c>(unknown)</c> or <c>(all)</c>.</summary>
    public string OwnerName => Usage.OwnerName;

    /// <summary>How many handles it is now.</summary>
    public int Handles => Usage.Handles;

    /// <summary>How many of them refer to dead nodes.</summary>
    public int Dead => Usage.Dead;

    /// <summary>How many of them have only weak counts.</summary>
    public int WeakOnly => Usage.WeakOnly;

    /// <summary>How many of them refer to nodes that nobody else holds.</summary>
    public int SingleHolder => Usage.SingleHolder;

    /// <summary>How many it were in each of the sessions in which both processes were running, in the order of time.</summary>
    public HandleList<int> Counts { get; }

    /// <summary>The last count less the first.</summary>
    public int Growth => Counts[^1] - Counts[0];

    /// <summary>The growth from dump to dump, by the line that fits the counts best; null unless it is suspect of growing.</summary>
    public double? GrowthPerDump { get; }

    /// <summary>The growth in an hour, likewise; null if the times of the dumps are not known.</summary>
    public double? GrowthPerHour { get; }

    /// <summary>The limit at which Android acts; null where none applies.</summary>
    public HandleLimit? Limit { get; }

    /// <summary>How many more dumps until the limit is reached, if it goes on like this; null unless it is suspect of growing.</summary>
    public double? DumpsToLimit { get; }

    /// <summary>The time from the last dump until the limit is reached, if it goes on like this; null if times are not known.</summary>
    public TimeSpan? TimeToLimit { get; }

    /// <summary>Why it is suspect, in words.</summary>
    public string Reason { get; }

    /// <summary>The references behind it, of the last session: those that came since the first one, where it grew.</summary>
    public HandleList<HandleReference> References { get; }

    HandleSession ISessionMember.Session => Session;

    /// <summary>The last of the sessions, which the processes and references are of.</summary>
    internal HandleSession Session { get; }

    /// <summary>What it is a suspect for.</summary>
    internal HandleUsage Usage { get; }

    /// <inheritdoc/>
    public override string ToString() => $"{Place}. {HolderName} -> {OwnerName} ({VisibleText.Name(Context)}): {Handles}";
}
