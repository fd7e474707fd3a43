using HandlePool.Text;

namespace HandlePool.Analysis;

/// <summary>What became of the handles of a pair, a holder, an owner or a context between two sessions. Immutable.</summary>
public sealed class HandleUsageChange
{
    internal HandleUsageChange(HandleUsageGrouping by, in UsageKey key, in UsageDifference difference, HandleProcessMatch matchedBy, string? note)
    {
        By = by;
        Key = key;
        Added = difference.Added;
        Removed = difference.Removed;
        Kept = difference.Kept;
        MatchedBy = matchedBy;
        Note = note;
    }

    /// <summary>By what was counted.</summary>
    public HandleUsageGrouping By { get; }

    /// <summary>The context of the holders.</summary>
    public string Context => Key.Context;

    /// <summary>Who holds them, of the later session if it is in both; null where holders are not told apart.</summary>
    public HandleProcess? Holder => Key.Holder;

    /// <summary>Who owns what is held, of the later session if it is in both; null where owners are not told apart or not known.</summary>
    public HandleProcess? Owner => Key.Owner;

    /// <summary>The holder's name or else pid; <c>(all)</c> where holders are not told apart.</summary>
    public string HolderName => Key.HolderName(By);

    /// <summary>The owner's name or else pid; <c>(dead)</c>, <c>(unknown)</c>, or <c>(all)</c> where owners are not told apart.</summary>
    public string OwnerName => Key.OwnerName(By);

    /// <summary>Whether what is held is dead.</summary>
    public bool IsDead => Key.IsDead;

    /// <summary>How many handles there were.</summary>
    public int Before => Kept + Removed;

    /// <summary>How many there are.</summary>
    public int After => Kept + Added;

    /// <summary>How many nodes are held that were not before.</summary>
    public int Added { get; }

    /// <summary>How many nodes were held that are no longer.</summary>
    public int Removed { get; }

    /// <summary>How many nodes are held as before. A node is the same if its id is.</summary>
    public int Kept { get; }

    /// <summary>Added less removed.</summary>
    public int Net => Added - Removed;

    /// <summary>By what holder and owner were found in the other session: the weaker of the two.</summary>
    public HandleProcessMatch MatchedBy { get; }

    /// <summary>What to know about it, such as that a process was started again; null if there is nothing.</summary>
    public string? Note { get; }

    /// <summary>What was counted.</summary>
    internal UsageKey Key { get; }

    /// <inheritdoc/>
    public override string ToString() => $"{HolderName} -> {OwnerName} ({VisibleText.Name(Context)}): {Before} -> {After}";
}
