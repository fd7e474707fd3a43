namespace HandlePool;

/// <summary>When a pool shrinks of itself.</summary>
public enum ShrinkPolicy
{
    /// <summary>After each release that drops a handle, if the driver's first-quarter rule says so: what the driver does. The default.</summary>
    Immediate,

    /// <summary>Not on release; only when asked to, as a shrinker is under memory pressure.</summary>
    OnDemand,

    /// <summary>Never of itself.</summary>
    Never,
}
