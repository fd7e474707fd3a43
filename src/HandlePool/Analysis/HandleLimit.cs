namespace HandlePool.Analysis;

/// <summary>Represents a number of binder proxies at which Android itself acts. Immutable.</summary>
/// <remarks>
/// <para>libbinder counts the proxies that a process holds to each uid that sent them (BpBinder.cpp: high watermark 2,500, warning at
/// 2,250, low watermark 2,000). The system server raises these to 6,000, 5,750 and 5,500 (ActivityManagerService) and kills the
/// processes of the uid. A Java process crashes itself when its BinderProxy map has more than 25,000 entries, 20,000 on older
/// releases (BinderProxy.java), and when one of its JNI reference tables has more than 51,200 (ART).</para>
/// <para>The driver does not print uids, so HandlePool counts by process, unless a bug report tells the uids and they are asked for. A uid
/// with several processes can be nearer to a limit than any of them.</para>
/// </remarks>
/// <param name="Name">The name of the limit in this library.</param>
/// <param name="Handles">The number of handles.</param>
/// <param name="Consequence">The consequence of reaching it, as a clause.</param>
public sealed record HandleLimit(string Name, int Handles, string Consequence)
{
    /// <summary>Gets the number of handles at which Android logs a warning that this limit is near; null if it does not.</summary>
    public int? Warning { get; private init; }

    /// <summary>Gets the low watermark of libbinder: 2,000 proxies that one process holds to one uid.</summary>
    public static HandleLimit BinderLowWatermark { get; } =
        new(nameof(BinderLowWatermark), 2_000, "libbinder's low watermark of the proxies that one process holds to one uid");

    /// <summary>Gets the warning watermark of libbinder: 2,250 proxies that one process holds to one uid.</summary>
    public static HandleLimit BinderWarningWatermark { get; } =
        new(nameof(BinderWarningWatermark), 2_250, "libbinder warns of this many proxies to one uid");

    /// <summary>Gets the high watermark of libbinder: 2,500 proxies that one process holds to one uid.</summary>
    public static HandleLimit BinderHighWatermark { get; } =
        new(nameof(BinderHighWatermark), 2_500, "libbinder's limit of the proxies that one process holds to one uid") { Warning = BinderWarningWatermark.Handles };

    /// <summary>Gets the low watermark of the system server: 5,500 proxies that it holds to one uid.</summary>
    public static HandleLimit SystemLowWatermark { get; } =
        new(nameof(SystemLowWatermark), 5_500, "the system server's low watermark of proxies to one uid");

    /// <summary>Gets the warning watermark of the system server: 5,750 proxies that it holds to one uid.</summary>
    public static HandleLimit SystemWarningWatermark { get; } =
        new(nameof(SystemWarningWatermark), 5_750, "the system server warns of this many proxies to one uid");

    /// <summary>Gets the high watermark of the system server, at which it kills the processes of the uid: 6,000 proxies.</summary>
    public static HandleLimit SystemHighWatermark { get; } =
        new(nameof(SystemHighWatermark), 6_000, "the system server kills a process when this many proxies are held to its uid") { Warning = SystemWarningWatermark.Handles };

    /// <summary>Gets the number of proxies beyond which a Java process crashes on older releases: 20,000.</summary>
    public static HandleLimit JavaProxies { get; } =
        new(nameof(JavaProxies), 20_000, "a Java process that holds more proxies crashes, on older releases");

    /// <summary>Gets the number of proxies beyond which a Java process crashes on newer releases: 25,000.</summary>
    public static HandleLimit JavaProxiesNewer { get; } =
        new(nameof(JavaProxiesNewer), 25_000, "a Java process that holds more proxies crashes, on newer releases");

    /// <summary>Gets the number of JNI references beyond which a Java process crashes: 51,200. Each proxy takes one.</summary>
    public static HandleLimit JniReferences { get; } =
        new(nameof(JniReferences), 51_200, "a Java process whose JNI reference table overflows crashes");

    /// <summary>The share of the lowest limit from which on a count is near it.</summary>
    public const double NearShare = 0.8;

    /// <summary>Gets the limits on the handles that the system server holds of one process, in ascending order.</summary>
    internal static IReadOnlyList<HandleLimit> OfSystem { get; } = [SystemLowWatermark, SystemWarningWatermark, SystemHighWatermark];

    /// <summary>Gets the limits on the handles that another process holds of one process, in ascending order.</summary>
    internal static IReadOnlyList<HandleLimit> OfPair { get; } = [BinderLowWatermark, BinderWarningWatermark, BinderHighWatermark];

    /// <summary>Gets the limits on the handles that one process holds, in ascending order.</summary>
    internal static IReadOnlyList<HandleLimit> OfHolder { get; } = [JavaProxies, JavaProxiesNewer, JniReferences];

    /// <inheritdoc/>
    public override string ToString() => Name;

    /// <summary>Returns the limits that apply to a pair or a holder, in ascending order; null if none does, as to the handles that several holders have of one owner.</summary>
    internal static IReadOnlyList<HandleLimit>? For(HandleUsageGrouping by, in UsageKey key) => by switch
    {
        HandleUsageGrouping.Holder => OfHolder,

        // Handles of unknown owners are some of those that the limits of their holder count.
        HandleUsageGrouping.Pair when key.Owner is null && !key.IsDead => OfHolder,
        HandleUsageGrouping.Pair when key.Owner is not { IsDead: false } || key.IsDead => null,
        HandleUsageGrouping.Pair => ProcessRoles.IsSystemServer(key.Holder) ? OfSystem : OfPair,
        HandleUsageGrouping.Uid when key.Uid is not null => ProcessRoles.IsSystemServer(key.Holder) ? OfSystem : OfPair,
        _ => null,
    };

    /// <summary>Returns the limit at which Android acts: of watermarks the high one, and otherwise the lowest that is not reached yet, or the last one.</summary>
    internal static HandleLimit Of(IReadOnlyList<HandleLimit> limits, int handles)
    {
        if (limits != OfHolder)
            return limits[^1];
        foreach (HandleLimit limit in limits)
        {
            if (handles < limit.Handles)
                return limit;
        }

        return limits[^1];
    }

    /// <summary>Returns the number of handles from which on a count is near the lowest of the limits.</summary>
    internal static double NearCount(IReadOnlyList<HandleLimit> limits) => NearShare * limits[0].Handles;
}
