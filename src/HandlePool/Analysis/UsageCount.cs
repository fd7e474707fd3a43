namespace HandlePool.Analysis;

/// <summary>What is counted of references.</summary>
internal struct UsageCount
{
    internal int Handles;
    internal int Dead;
    internal int WeakOnly;
    internal int SingleHolder;
    internal long Strong;
    internal long Weak;

    internal void Add(HandleReference reference)
    {
        Handles++;
        if (reference.IsDead)
            Dead++;
        if (reference.Strong == 0)
            WeakOnly++;
        if (reference.Node.HolderCount == 1)
            SingleHolder++;
        Strong += reference.Strong;
        Weak += reference.Weak;
    }
}
