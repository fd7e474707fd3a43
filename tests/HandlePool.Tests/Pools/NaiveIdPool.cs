namespace HandlePool.Tests.Pools;

/// <summary>Implements the rules of an ID pool as plainly as possible, for comparison with the real pools.</summary>
internal sealed class NaiveIdPool(int maxCapacity)
{
    private bool[] _used = new bool[64];

    internal int Capacity => _used.Length;

    internal int InUse => _used.Count(used => used);

    internal int? LastUsed => Array.LastIndexOf(_used, true) is var last and >= 0 ? last : null;

    /// <summary>Gets the capacity after growing, or null if it must not grow.</summary>
    internal int? GrowTarget => Capacity * 2L <= maxCapacity ? Capacity * 2 : null;

    /// <summary>Gets the capacity after shrinking, or null if it must not shrink.</summary>
    internal int? ShrinkTarget
    {
        get
        {
            if (Capacity == 64)
                return null;
            if (LastUsed is not { } last)
                return 64;
            return last < Capacity / 4 ? Capacity / 2 : null;
        }
    }

    internal int? LowestUnused(int start) =>
        start < Capacity && Array.IndexOf(_used, false, start) is var id and >= 0 ? id : null;

    internal bool IsUsed(int id) => id < Capacity && _used[id];

    internal void Acquire(int id) => _used[id] = true;

    internal void Release(int id) => _used[id] = false;

    /// <returns>Whether it grew. It does not if its capacity is already that large.</returns>
    internal bool Grow(int toCapacity)
    {
        if (Capacity >= toCapacity)
            return false;
        Array.Resize(ref _used, toCapacity);
        return true;
    }

    /// <returns>Whether it shrank. It does not if it is already that small, or if the rule now allows less or nothing.</returns>
    internal bool Shrink(int toCapacity)
    {
        if (Capacity <= toCapacity || ShrinkTarget is not { } possible || possible > toCapacity)
            return false;
        Array.Resize(ref _used, toCapacity);
        return true;
    }
}
