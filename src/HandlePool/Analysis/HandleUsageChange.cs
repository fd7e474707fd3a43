using HandlePool.Text;

namespace HandlePool.Analysis;

/// <summary>Represents the change in the handles of a pair, a holder, an owner or a context between two sessions. Immutable.</summary>
public sealed class HandleUsageChange
{
    internal HandleUsageChange(
        HandleUsageGrouping by, in UsageKey key, in UsageDifference difference, HandleProcessMatch matchedBy, string? note)
    {
        By = by;
        Key = key;
        Added = difference.Added;
        Removed = difference.Removed;
        Kept = difference.Kept;
        Source = difference.Source;
        MatchedBy = matchedBy;
        Note = note;
    }

    /// <summary>Gets the grouping.</summary>
    public HandleUsageGrouping By { get; }

    /// <summary>Gets the evidence for the counts; of several, the one that tells least.</summary>
    /// <remarks>
    /// Statistics tell numbers and no nodes: <see cref="Added"/> or <see cref="Removed"/> is then the change of the number, and
    /// <see cref="Kept"/> the smaller number. Owners are then unknown, even if one of the sessions tells them.
    /// </remarks>
    public HandleCountSource Source { get; }

    /// <summary>Gets the context of the holders.</summary>
    public string Context => Key.Context;

    /// <summary>Gets the holder, of the later session if it is in both; null if holders are counted together.</summary>
    public HandleProcess? Holder => Key.Holder;

    /// <summary>Gets the owner of the nodes, of the later session if it is in both; null if owners are counted together or
    /// unknown.</summary>
    public HandleProcess? Owner => Key.Owner;

    /// <summary>Gets the holder's name, or its pid if it has none; <c>(all)</c> if holders are counted together.</summary>
    public string HolderName => Key.HolderName(By);

    /// <summary>Gets the owner's name, or its pid if it has none; <c>(dead)</c>, <c>(unknown)</c>, or <c>(all)</c> if owners are counted
    /// together.</summary>
    public string OwnerName => Key.OwnerName(By);

    /// <summary>Gets whether the nodes are dead.</summary>
    public bool IsDead => Key.IsDead;

    /// <summary>Gets the number of handles in the earlier session.</summary>
    public int Before => Kept + Removed;

    /// <summary>Gets the number of handles in the later session.</summary>
    public int After => Kept + Added;

    /// <summary>Gets the number of nodes that are held in the later session only.</summary>
    public int Added { get; }

    /// <summary>Gets the number of nodes that are held in the earlier session only.</summary>
    public int Removed { get; }

    /// <summary>Gets the number of nodes that are held in both. A node is the same if its id is.</summary>
    public int Kept { get; }

    /// <summary>Gets the number added minus the number removed.</summary>
    public int Net => Added - Removed;

    /// <summary>Gets the evidence by which holder and owner were matched with the other session: the weaker of the two.</summary>
    public HandleProcessMatch MatchedBy { get; }

    /// <summary>Gets a remark, such as that a process was restarted; null if there is none.</summary>
    public string? Note { get; }

    /// <summary>Gets the key of the counts.</summary>
    internal UsageKey Key { get; }

    /// <summary>Gets or sets the earlier and the later session.</summary>
    internal IReadOnlyList<HandleSession> Series { get; set; } = [];

    /// <inheritdoc/>
    public override string ToString() => $"{HolderName} -> {OwnerName} ({VisibleText.Name(Context)}): {Before} -> {After}";
}

/// <summary>Counts the references that came, went and stayed.</summary>
internal struct UsageDifference
{
    internal int Added;
    internal int Removed;
    internal int Kept;
    internal HandleCountSource Source;

    /// <summary>Adds the handles of a process whose nodes are unknown in one of the sessions or both.</summary>
    internal void Add(int before, int after)
    {
        Kept += Math.Min(before, after);
        Added += Math.Max(0, after - before);
        Removed += Math.Max(0, before - after);
        Include(HandleCountSource.Statistics);
    }

    internal void Include(HandleCountSource source) => Source = source > Source ? source : Source;
}
