namespace HandlePool.Analysis;

/// <summary>Represents a number of binder proxies at which Android itself acts. Immutable.</summary>
/// <param name="Name">The name of the limit in this library.</param>
/// <param name="Handles">The number of handles.</param>
/// <param name="Consequence">The consequence of reaching it, as a clause.</param>
public sealed record HandleLimit(string Name, int Handles, string Consequence)
{
    /// <summary>Gets the low watermark of the proxies that others hold to a process: 5,500.</summary>
    public static HandleLimit ProxyLowWatermark { get; } =
        new(nameof(ProxyLowWatermark), 5_500, "the low watermark of the proxies that one process holds to one uid");

    /// <summary>Gets the high watermark, at which Android kills the process that owns the nodes, counted per uid: 6,000.</summary>
    public static HandleLimit ProxyHighWatermark { get; } =
        new(nameof(ProxyHighWatermark), 6_000, "Android kills a process when another holds this many proxies to its uid");

    /// <summary>Gets the number of proxies beyond which a Java process crashes: 20,000.</summary>
    public static HandleLimit JavaProxies { get; } =
        new(nameof(JavaProxies), 20_000, "a Java process that holds more proxies crashes");

    /// <summary>Gets the number of proxies beyond which a Java process crashes on newer releases: 25,000.</summary>
    public static HandleLimit JavaProxiesNewer { get; } =
        new(nameof(JavaProxiesNewer), 25_000, "a Java process that holds more proxies crashes, on newer releases");

    /// <summary>The share of a limit from which on a count is near it.</summary>
    public const double NearShare = 0.8;

    /// <summary>Gets the limits on the handles that others hold of one process, in ascending order.</summary>
    internal static IReadOnlyList<HandleLimit> OfOwner { get; } = [ProxyLowWatermark, ProxyHighWatermark];

    /// <summary>Gets the limits on the handles that one process holds, in ascending order.</summary>
    internal static IReadOnlyList<HandleLimit> OfHolder { get; } = [JavaProxies, JavaProxiesNewer];

    /// <inheritdoc/>
    public override string ToString() => Name;

    /// <summary>Returns the lowest limit that is not reached yet, or the last one.</summary>
    internal static HandleLimit Next(IReadOnlyList<HandleLimit> limits, int handles)
    {
        foreach (HandleLimit limit in limits)
        {
            if (handles < limit.Handles)
                return limit;
        }

        return limits[^1];
    }

    /// <summary>Returns whether a count is near the lowest of the limits, or beyond it.</summary>
    internal static bool IsNear(IReadOnlyList<HandleLimit> limits, int handles) => handles >= NearShare * limits[0].Handles;
}
