using HandlePool.Text;

namespace HandlePool.Analysis;

/// <summary>Represents the handles counted for a pair, a holder, an owner or a context. Immutable.</summary>
/// <remarks><see cref="UsageMeasurement"/> returns these. Grouped by owner, references to dead nodes are counted separately.</remarks>
public sealed class HandleUsage
{
    private readonly UsageKey _key;
    private readonly UsageCount _count;
    private readonly HandleInterface? _bound;

    internal HandleUsage(HandleSession session, HandleUsageGrouping by, in UsageKey key, in UsageCount count, long all, long? androidCount = null,
        HandleInterface? bound = null, long? javaProxies = null)
    {
        _bound = bound;
        JavaProxies = javaProxies;
        Session = session;
        By = by;
        _key = key;
        _count = count;
        AndroidCount = androidCount;
        Share = all == 0 ? 0 : (double)count.Handles / all;
        IReadOnlyList<HandleLimit>? limits = HandleLimit.For(by, key);
        if (limits is not null)
        {
            Limit = HandleLimit.Of(limits, count.Handles);
            LimitShare = (double)count.Handles / Limit.Handles;
            IsNearLimit = count.Handles >= HandleLimit.NearCount(limits);
        }
    }

    /// <summary>Gets the grouping.</summary>
    public HandleUsageGrouping By { get; }

    /// <summary>Gets the evidence for the count; of several, the one that tells least.</summary>
    /// <remarks>
    /// By interface, <see cref="Dead"/>, <see cref="WeakOnly"/>, <see cref="SingleHolder"/>, <see cref="Strong"/> and <see cref="Weak"/> are 0, because
    /// counts do not tell which handles they count. <see cref="Dead"/>, <see cref="WeakOnly"/> and <see cref="SingleHolder"/> are 0 as far as the statistics are the evidence, which
    /// tell neither nodes nor owners, and <see cref="WeakOnly"/>, <see cref="Strong"/> and <see cref="Weak"/> as far as it is a list of
    /// holders.
    /// </remarks>
    public HandleCountSource Source => _count.Source;

    /// <summary>Gets the context of the holders.</summary>
    public string Context => _key.Context;

    /// <summary>Gets the holder; null if holders are counted together.</summary>
    public HandleProcess? Holder => _key.Holder;

    /// <summary>Gets the owner of the nodes; null if owners are counted together, or if the dump does not tell.</summary>
    public HandleProcess? Owner => _key.Owner;

    /// <summary>Gets the holder's name, or its pid if it has none; <c>(all)</c> if holders are counted together.</summary>
    public string HolderName => _key.HolderName(By);

    /// <summary>Gets the owner's name, or its pid if it has none, or its uid if owners are counted by uid, such as <c>uid u0a87</c>, or the interface of the nodes;
    /// <c>(dead)</c> or <c>(unknown)</c> without an owner, <c>(all)</c> if owners are counted together.</summary>
    public string OwnerName => _key.OwnerName(By);

    /// <summary>Gets the uid of the owners; null unless owners are counted by uid, and if it is unknown.</summary>
    public int? Uid => _key.Uid;

    /// <summary>
    /// Gets the number of proxies to the uid that Android itself counted in the holder, by the bug report; null unless owners are counted
    /// by uid, and if the report does not tell it, or tells different numbers.
    /// </summary>
    /// <remarks>
    /// libbinder counts by the uid that sent the object, and the driver by that of its owner. Apps pass on few objects of others; of the
    /// system's own uids the numbers can be far apart.
    /// </remarks>
    public long? AndroidCount { get; }

    /// <summary>Gets <see cref="AndroidCount"/> less <see cref="Handles"/>.</summary>
    public long? Difference => AndroidCount - Handles;

    /// <summary>Gets the number of proxies that the Java runtime of the holder counts, by the memory report; null unless holders are counted, and
    /// if the report does not tell it, or tells different numbers.</summary>
    public long? JavaProxies { get; }

    /// <summary>Gets the number of handles that only native code holds, at least: those without one of <see cref="JavaProxies"/>; null if these are unknown.</summary>
    /// <remarks>It may be more, as Java counts proxies that it has not collected yet.</remarks>
    public long? NativeHandles => JavaProxies is { } java ? Math.Max(0, Handles - java) : null;

    /// <summary>Gets the descriptor of the nodes' interface: the one they are counted by, or the one that all nodes of the pair have; null if it is unknown.</summary>
    public string? Interface => By == HandleUsageGrouping.Interface ? Key.Interface : Candidates is [{ IsOfAll: true } only, ..] ? only.Name : null;

    /// <summary>Gets what <see cref="Handles"/> of an interface rests on; null unless handles are counted by interface, and if it is unknown.</summary>
    public InterfaceCertainty? Certainty => _bound?.Certainty;

    /// <summary>Gets the number of handles that are of the interface at most, where <see cref="Handles"/> are at least; null unless handles
    /// are counted by interface, and if it is unknown.</summary>
    public int? AtMost => _bound?.AtMost;

    /// <summary>Gets what a bug report says of the interfaces of a pair, of a holder, or of the handles of an interface; empty if it says nothing.</summary>
    /// <remarks>It is said of the dump. What is done to the session does not matter, unless handles are counted by interface.</remarks>
    public HandleList<HandleInterface> Candidates => _bound is not null ? new HandleList<HandleInterface>([_bound]) : By switch
    {
        HandleUsageGrouping.Pair when Holder is not null => Session.Interfaces.Find(InterfaceScope.Of(Holder, Owner, IsDead)),
        HandleUsageGrouping.Holder when Holder is not null => Session.Interfaces.Find(InterfaceScope.AllOf(Holder)),
        _ => InterfaceKnowledge.NoStatements,
    };

    /// <summary>Gets whether the nodes are dead; false if owners are counted together.</summary>
    public bool IsDead => _key.IsDead;

    /// <summary>Gets the number of handles.</summary>
    public int Handles => _count.Handles;

    /// <summary>Gets the number of these handles that refer to dead nodes.</summary>
    public int Dead => _count.Dead;

    /// <summary>Gets the number of these handles that have only weak counts.</summary>
    public int WeakOnly => _count.WeakOnly;

    /// <summary>Gets the number of these handles that refer to nodes without another holder.</summary>
    public int SingleHolder => _count.SingleHolder;

    /// <summary>Gets the sum of the strong counts.</summary>
    public long Strong => _count.Strong;

    /// <summary>Gets the sum of the weak counts.</summary>
    public long Weak => _count.Weak;

    /// <summary>Gets the share of all handles of the session, 0 to 1.</summary>
    public double Share { get; }

    /// <summary>Gets the limit at which Android acts; null if none applies.</summary>
    /// <remarks>
    /// To pairs the high watermark applies: that of the system server if the holder is named <c>system_server</c>, and otherwise that of libbinder.
    /// To holders, and to their handles of unknown owners, the next limit of a Java process applies, or the last one if all are reached. None applies
    /// to owners, because Android counts in each holder separately. Pids are counted, unless owners are counted by uid.
    /// </remarks>
    public HandleLimit? Limit { get; }

    /// <summary>Gets the share of the limit that is reached, more than 1 beyond it; null if none applies.</summary>
    public double? LimitShare { get; }

    /// <summary>Gets whether 80% or more of the lowest limit that applies is reached: of watermarks the low one.</summary>
    public bool IsNearLimit { get; }

    /// <summary>Gets the session that was measured.</summary>
    internal HandleSession Session { get; }

    internal UsageKey Key => _key;

    internal ref readonly UsageCount Count => ref _count;

    /// <inheritdoc/>
    public override string ToString() => By == HandleUsageGrouping.Context
        ? $"{VisibleText.Name(Context)}: {Handles}"
        : $"{HolderName} -> {OwnerName} ({VisibleText.Name(Context)}): {Handles}";
}
