namespace HandlePool.Tests.Models;

/// <summary>Models the pool of a process by docs/semantics.md: a set of used handles and a capacity.</summary>
internal sealed class ModelPool(HandleSessionOptions options)
{
    private const int Least = 64;

    private int _capacity = Least;

    /// <summary>Gets the handles that the pool has as used: the held ones, except for flipped bits.</summary>
    internal HandleSet Used { get; } = new();

    internal bool IsDisabled { get; private set; }

    internal long GrowCount { get; private set; }

    internal long ShrinkCount { get; private set; }

    internal long DiscardedResizes { get; set; }

    internal bool IsResizable => !IsDisabled && options.Allocator is not (HandleAllocator.TreeScan or HandleAllocator.AugmentedTree or HandleAllocator.XArray);

    /// <summary>Gets the capacity that a bitmap would need, for a pool without one.</summary>
    internal int Capacity => IsResizable ? _capacity : FittingCapacity;

    internal int FittingCapacity
    {
        get
        {
            int fitting = Least;
            int? highest = HighestUsed;
            while (fitting <= highest)
                fitting *= 2;
            return fitting;
        }
    }

    internal int? HighestUsed => Used.Highest;

    internal int? LowestFree => FindUnused(1);

    /// <summary>Growing doubles the capacity, so a limit that is not a power of two counts as the next lower one.</summary>
    private int Limit
    {
        get
        {
            int limit = Least;
            while (limit <= options.MaxCapacity / 2)
                limit *= 2;
            return limit;
        }
    }

    /// <summary>Returns the lowest unused handle from <paramref name="start"/> on, or null if the pool must grow first.</summary>
    internal int? FindUnused(int start)
    {
        int handle = Used.LowestMissing(start);
        return handle < (IsResizable ? _capacity : IsDisabled ? int.MaxValue : Limit) ? handle : null;
    }

    /// <summary>Gets the capacity after growing, or null at the limit.</summary>
    internal int? GrowTarget() => _capacity < Limit ? _capacity * 2 : null;

    /// <summary>Returns the capacity after shrinking, or null if it must not shrink.</summary>
    /// <param name="fit">Whether to shrink as far as the highest used handle allows instead of by the first-quarter rule.</param>
    internal int? ShrinkTarget(bool fit)
    {
        if (fit)
            return FittingCapacity < _capacity ? FittingCapacity : null;
        if (_capacity == Least)
            return null;
        if (Used.Count == 0 && options.Driver != HandleDriver.C611rc1)
            return Least;
        return (HighestUsed ?? 0) < _capacity / 4 ? _capacity / 2 : null;
    }

    /// <summary>Looks again, and resizes if that is still possible.</summary>
    internal bool TryApply(ModelResizer resizer)
    {
        if (!IsResizable)
            return false;
        if (resizer.Direction == ResizeDirection.Grow)
        {
            if (_capacity >= resizer.ToCapacity)
                return false;
            GrowCount++;
        }
        else
        {
            int? possible = ShrinkTarget(resizer.Fit);
            bool isApplied = (resizer.Fit ? HandleDriver.HandlePool : options.Driver) switch
            {
                HandleDriver.Rust => possible <= resizer.ToCapacity,
                HandleDriver.C or HandleDriver.C611rc1 => possible == resizer.ToCapacity,
                _ => resizer.ToCapacity < _capacity && possible <= resizer.ToCapacity,
            };
            if (!isApplied)
                return false;
            ShrinkCount++;
        }

        _capacity = resizer.ToCapacity;
        return true;
    }

    /// <summary>Makes exactly these handles used, with room for them.</summary>
    internal void Restore(IEnumerable<int> handles)
    {
        Used.Clear();
        foreach (int handle in handles)
            Used.Add(handle);
        _capacity = Math.Max(_capacity, FittingCapacity);
    }

    internal void Disable() => IsDisabled = true;
}
