namespace HandlePool.Analysis;

/// <summary>By what handles are counted.</summary>
public enum HandleUsageGrouping
{
    /// <summary>By who holds them and who owns what is held.</summary>
    Pair,

    /// <summary>By who holds them.</summary>
    Holder,

    /// <summary>By who owns what is held.</summary>
    Owner,

    /// <summary>By context.</summary>
    Context,
}
