namespace HandlePool.Analysis;

/// <summary>A number of binder proxies at which Android itself steps in.</summary>
/// <param name="Name">What it is called here.</param>
/// <param name="Handles">How many handles it is.</param>
/// <param name="Consequence">What happens there.</param>
public sealed record HandleLimit(string Name, int Handles, string Consequence)
{
    /// <summary>5,500: the low watermark of what others may hold of a process.</summary>
    public static HandleLimit ProxyLowWatermark { get; } =
        new(nameof(ProxyLowWatermark), 5_500, "the low watermark of the proxies that are held of one uid");

    /// <summary>6,000: the system kills a process of which its peers hold so many proxies, counted by uid.</summary>
    public static HandleLimit ProxyHighWatermark { get; } =
        new(nameof(ProxyHighWatermark), 6_000, "the system kills a process of which so many proxies are held, counted by uid");

    /// <summary>20,000: a Java process that holds more proxies crashes itself.</summary>
    public static HandleLimit JavaProxies { get; } =
        new(nameof(JavaProxies), 20_000, "a Java process that holds more proxies crashes itself");

    /// <summary>25,000: the same on newer releases.</summary>
    public static HandleLimit JavaProxiesNewer { get; } =
        new(nameof(JavaProxiesNewer), 25_000, "a Java process that holds more proxies crashes itself, on newer releases");

    /// <summary>The share of a limit from which on a number is near it.</summary>
    public const double NearShare = 0.8;

    /// <summary>The limits to what is held of one process, in ascending order.</summary>
    internal static IReadOnlyList<HandleLimit> OfOwner { get; } = [ProxyLowWatermark, ProxyHighWatermark];

    /// <summary>The limits to what one process holds, in ascending order.</summary>
    internal static IReadOnlyList<HandleLimit> OfHolder { get; } = [JavaProxies, JavaProxiesNewer];

    /// <inheritdoc/>
    public override string ToString() => Name;

    /// <summary>The lowest limit that is not reached yet, or the last one.</summary>
    internal static HandleLimit Next(IReadOnlyList<HandleLimit> limits, int handles)
    {
        foreach (HandleLimit limit in limits)
        {
            if (handles < limit.Handles)
                return limit;
        }

        return limits[^1];
    }

    /// <summary>Whether a number is near the lowest of the limits, or beyond it.</summary>
    internal static bool IsNear(IReadOnlyList<HandleLimit> limits, int handles) => handles >= NearShare * limits[0].Handles;
}
