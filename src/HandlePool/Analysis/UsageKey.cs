using System.Runtime.CompilerServices;
using HandlePool.Evidence;
using HandlePool.Text;

namespace HandlePool.Analysis;

/// <summary>Represents the key by which handles are counted; parts that the grouping does not use are null.</summary>
/// <remarks>All opens of a device by one process count as one, the first: Android's limits are those of a process.</remarks>
/// <param name="Context">The context of the holders.</param>
/// <param name="Holder">The holder.</param>
/// <param name="Owner">The owner of the nodes; null also if it is unknown.</param>
/// <param name="IsDead">Whether the nodes are dead; always false if owners are counted together.</param>
internal readonly record struct UsageKey(string Context, HandleProcess? Holder, HandleProcess? Owner, bool IsDead)
{
    internal const string AllProcesses = "(all)";
    private const string DeadOwner = "(dead)";
    private const string UnknownOwner = "(unknown)";

    /// <summary>Gets the uid of the owner; null if owners are not counted by uid, or if it is unknown.</summary>
    internal int? Uid { get; init; }

    /// <summary>Gets the interface of the nodes; null if nodes are not counted by interface, or if it is unknown.</summary>
    internal string? Interface { get; init; }

    // A session of a million references asks for as many keys: processes are compared as objects, not as what a script may call them.
    public bool Equals(UsageKey other) => (object?)Holder == other.Holder && (object?)Owner == other.Owner && IsDead == other.IsDead && Uid == other.Uid
        && Context == other.Context && Interface == other.Interface;

    public override int GetHashCode() => HashCode.Combine(RuntimeHelpers.GetHashCode(Holder), RuntimeHelpers.GetHashCode(Owner), IsDead, Uid, Interface);

    /// <summary>Returns the key of a node that a process holds; the node is null if it is unknown.</summary>
    internal static UsageKey For(HandleUsageGrouping by, HandleProcess holder, HandleNode? node) =>
        by == HandleUsageGrouping.Interface
            ? new UsageKey(holder.Context, holder.FirstOpen, null, false) { Interface = node?.Interface }
            : new UsageKey(holder.Context, holder.FirstOpen, node?.Owner?.FirstOpen, node is { IsDead: true }).For(by);

    /// <summary>Returns the key by which a pair is counted, unless that is by interface.</summary>
    internal UsageKey For(HandleUsageGrouping by) => by switch
    {
        HandleUsageGrouping.Pair => this,
        HandleUsageGrouping.Holder => new UsageKey(Context, Holder, null, false),
        HandleUsageGrouping.Owner => this with { Holder = null },
        HandleUsageGrouping.Uid => new UsageKey(Context, Holder, null, IsDead) { Uid = IsDead ? null : Owner?.Uid },
        _ => new UsageKey(Context, null, null, false),
    };

    internal string HolderName(HandleUsageGrouping by) =>
        by is HandleUsageGrouping.Pair or HandleUsageGrouping.Holder or HandleUsageGrouping.Uid or HandleUsageGrouping.Interface
            ? Holder!.ToString() : AllProcesses;

    internal string OwnerName(HandleUsageGrouping by) => by switch
    {
        HandleUsageGrouping.Pair or HandleUsageGrouping.Owner when Owner is not null => Owner.ToString(),
        HandleUsageGrouping.Uid when Uid is { } uid => $"uid {AndroidUid.Format(uid)}",
        HandleUsageGrouping.Interface when Interface is { } name => VisibleText.Name(name),
        HandleUsageGrouping.Pair or HandleUsageGrouping.Owner or HandleUsageGrouping.Uid or HandleUsageGrouping.Interface => IsDead ? DeadOwner : UnknownOwner,
        _ => AllProcesses,
    };
}

/// <summary>Represents the part of a key that differs among the handles of one process.</summary>
/// <param name="Owner">The owner of the nodes; null if it is unknown.</param>
/// <param name="IsDead">Whether the nodes are dead.</param>
internal readonly record struct OwnerKey(HandleProcess? Owner, bool IsDead)
{
    public bool Equals(OwnerKey other) => (object?)Owner == other.Owner && IsDead == other.IsDead;

    public override int GetHashCode() => RuntimeHelpers.GetHashCode(Owner) + (IsDead ? 1 : 0);
}
