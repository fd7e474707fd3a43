namespace HandlePool.Analysis;

/// <summary>Represents the key by which handles are counted; parts that the grouping does not use are null.</summary>
/// <param name="Context">The context of the holders.</param>
/// <param name="Holder">The holder.</param>
/// <param name="Owner">The owner of the nodes; null also if it is unknown.</param>
/// <param name="IsDead">Whether the nodes are dead; always false if owners are counted together.</param>
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
