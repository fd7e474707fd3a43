namespace HandlePool.Analysis;

/// <summary>Specifies a sign of a handle leak.</summary>
public enum HandleLeakKind
{
    /// <summary>The count grew over the series, and the growth stands out from the changes of its peers.</summary>
    Growth,

    /// <summary>The count stands out from its peers and from healthy phones.</summary>
    Size,

    /// <summary>The count is near one of Android's limits, or beyond it.</summary>
    NearLimit,

    /// <summary>Many nodes are held whose owner has exited.</summary>
    DeadNodes,

    /// <summary>Many references have only weak counts.</summary>
    WeakOnly,

    /// <summary>Unusually many nodes have no other holder: each was created for this one, and only this one keeps it.</summary>
    SingleHolder,
}
