namespace HandlePool.Analysis;

/// <summary>What makes somebody suspect of leaking handles.</summary>
public enum HandleLeakKind
{
    /// <summary>The number grew from dump to dump.</summary>
    Growth,

    /// <summary>The number stands out from those of others.</summary>
    Size,

    /// <summary>The number is near one of Android's limits, or beyond it.</summary>
    NearLimit,

    /// <summary>Many nodes are held whose owner is gone.</summary>
    DeadNodes,

    /// <summary>Many references have only weak counts.</summary>
    WeakOnly,

    /// <summary>Many nodes have no other holder: each was made for this one, and is kept by it alone.</summary>
    SingleHolder,
}
