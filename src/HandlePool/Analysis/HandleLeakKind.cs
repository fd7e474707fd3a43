namespace HandlePool.Analysis;

/// <summary>Specifies a sign of a handle leak.</summary>
public enum HandleLeakKind
{
    /// <summary>The count grew from dump to dump.</summary>
    Growth,

    /// <summary>The count stands out from its peers.</summary>
    Size,

    /// <summary>The count is near one of Android's limits, or beyond it.</summary>
    NearLimit,

    /// <summary>Many nodes are held whose owner has exited.</summary>
    DeadNodes,

    /// <summary>Many references have only weak counts.</summary>
    WeakOnly,

    /// <summary>Many nodes have no other holder: each was created for this one, and only this one keeps it.</summary>
    SingleHolder,
}
