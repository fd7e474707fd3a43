namespace HandlePool;

/// <summary>Identifies when a pool shrinks automatically.</summary>
public enum ShrinkPolicy
{
    /// <summary>
    /// After each release that drops a handle, if the driver's first-quarter rule applies. This is what the driver does. The
    /// default.
    /// </summary>
    Immediate,

    /// <summary>Not on release, only on request, as a shrinker does under memory pressure.</summary>
    OnDemand,

    /// <summary>Never automatically.</summary>
    Never,
}
