using HandlePool.Text;

namespace HandlePool.Analysis;

/// <summary>How many handles a process, a pair of processes or a context has to do with. Immutable.</summary>
/// <remarks>Made by <see cref="UsageMeasurement"/>. References to dead nodes have rows of their own where owners are told apart.</remarks>
public sealed class HandleUsage
{
    private readonly UsageKey _key;
    private readonly UsageCount _count;

    internal HandleUsage(HandleUsageGrouping by, in UsageKey key, in UsageCount count, long all)
    {
        By = by;
        _key = key;
        _count = count;
        Share = all == 0 ? 0 : (double)count.Handles / all;
        IReadOnlyList<HandleLimit>? limits = by switch
        {
            HandleUsageGrouping.Holder => HandleLimit.OfHolder,
            HandleUsageGrouping.Pair or HandleUsageGrouping.Owner when key.Owner is { IsDead: false } && !key.IsDead => HandleLimit.OfOwner,
            _ => null,
        };
        if (limits is not null)
        {
            Limit = HandleLimit.Next(limits, count.Handles);
            LimitShare = (double)count.Handles / Limit.Handles;
            IsNearLimit = HandleLimit.IsNear(limits, count.Handles);
        }
    }

    /// <summary>By what was counted.</summary>
    public HandleUsageGrouping By { get; }

    /// <summary>The context of the holders.</summary>
    public string Context => _key.Context;

    /// <summary>Who holds them; null where holders are not told apart.</summary>
    public HandleProcess? Holder => _key.Holder;

    /// <summary>Who owns what is held; null where owners are not told apart, or where a dump does not say.</summary>
    public HandleProcess? Owner => _key.Owner;

    /// <summary>The holder's name or else pid; <c>(all)</c> where holders are not told apart.</summary>
    public string HolderName => _key.HolderName(By);

    /// <summary>The owner's name or else pid; <c>(dead)</c> and <c>(unknown)</c> where there is no owner to name, <c>(all)</c> where
    /// owners are not told apart.</summary>
    public string OwnerName => _key.OwnerName(By);

    /// <summary>Whether what is held is dead; false where owners are not told apart.</summary>
    public bool IsDead => _key.IsDead;

    /// <summary>How many handles it is.</summary>
    public int Handles => _count.Handles;

    /// <summary>How many of them refer to dead nodes.</summary>
    public int Dead => _count.Dead;

    /// <summary>How many of them have only weak counts.</summary>
    public int WeakOnly => _count.WeakOnly;

    /// <summary>How many of them refer to nodes that nobody else holds.</summary>
    public int SingleHolder => _count.SingleHolder;

    /// <summary>The strong counts on all of them.</summary>
    public long Strong => _count.Strong;

    /// <summary>The weak counts on all of them.</summary>
    public long Weak => _count.Weak;

    /// <summary>The share of all handles of the session, 0 to 1.</summary>
    public double Share { get; }

    /// <summary>The next of Android's limits, or the last one where all are reached; null where none applies.</summary>
    /// <remarks>
    /// To a holder those on the proxies of a Java process apply, to owners and pairs those on the proxies held of a uid. A dump tells
    /// no uids, so that pids are counted; and Android counts in each holder by itself, so that an owner's sum may warn early.
    /// </remarks>
    public HandleLimit? Limit { get; }

    /// <summary>How much of the limit is reached, more than 1 beyond it; null where none applies.</summary>
    public double? LimitShare { get; }

    /// <summary>Whether 80% or more of the lowest limit that applies is reached.</summary>
    public bool IsNearLimit { get; }

    internal UsageKey Key => _key;

    /// <inheritdoc/>
    public override string ToString() => By == HandleUsageGrouping.Context
        ? $"{VisibleText.Name(Context)}: {Handles}"
        : $"{HolderName} -> {OwnerName} ({VisibleText.Name(Context)}): {Handles}";
}
