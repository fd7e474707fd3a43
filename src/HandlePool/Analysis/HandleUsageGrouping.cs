namespace HandlePool.Analysis;

/// <summary>Specifies how handles are grouped when they are counted.</summary>
public enum HandleUsageGrouping
{
    /// <summary>By holder and owner.</summary>
    Pair,

    /// <summary>By holder.</summary>
    Holder,

    /// <summary>By owner.</summary>
    Owner,

    /// <summary>By context.</summary>
    Context,

    /// <summary>By holder and by the uid of the owner, as Android counts.</summary>
    Uid,

    /// <summary>By holder and by the interface of the nodes, as far as a bug report and the driver's rules tell it.</summary>
    Interface,
}
