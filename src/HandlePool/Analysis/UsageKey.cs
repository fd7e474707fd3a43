namespace HandlePool.Analysis;

/// <summary>What handles are counted by: the parts that a grouping has not are null.</summary>
/// <param name="Context">The context of the holders.</param>
/// <param name="Holder">Who holds them.</param>
/// <param name="Owner">Who owns what is held; null also where that is not known.</param>
/// <param name="IsDead">Whether what is held is dead; always false where it is not counted by owners.</param>
internal readonly record struct UsageKey(string Context, HandleProcess? Holder, HandleProcess? Owner, bool IsDead)
{
    internal const string AllProcesses = "(all)";
    private const string DeadOwner = "(dead)";
    private const string UnknownOwner = "(unknown)";

    internal static UsageKey For(HandleUsageGrouping by, HandleReference reference)
    {
        string context = reference.Process.Context;
        return by switch
        {
            HandleUsageGrouping.Pair => new UsageKey(context, reference.Process, reference.Owner, reference.IsDead),
            HandleUsageGrouping.Holder => new UsageKey(context, reference.Process, null, false),
            HandleUsageGrouping.Owner => new UsageKey(context, null, reference.Owner, reference.IsDead),
            _ => new UsageKey(context, null, null, false),
        };
    }

    internal string HolderName(HandleUsageGrouping by) =>
        by is HandleUsageGrouping.Pair or HandleUsageGrouping.Holder ? Holder!.ToString() : AllProcesses;

    internal string OwnerName(HandleUsageGrouping by) => by is HandleUsageGrouping.Pair or HandleUsageGrouping.Owner
        ? Owner?.ToString() ?? (IsDead ? DeadOwner : UnknownOwner)
        : AllProcesses;
}
