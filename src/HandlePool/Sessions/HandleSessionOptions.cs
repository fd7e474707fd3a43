using HandlePool.Pools;

namespace HandlePool;

/// <summary>How the pools of a session work. Fixed when the session is created. Immutable.</summary>
public sealed record HandleSessionOptions
{
    private readonly int _maxCapacity = IdPool.LargestCapacity;
    private readonly int _eventCapacity = 10_000;

    /// <summary>How pools find unused IDs; <see cref="HandleAllocator.HierarchicalBitmap"/> by default.</summary>
    public HandleAllocator Allocator { get; init; } = HandleAllocator.HierarchicalBitmap;

    /// <summary>Who allocates when several threads find a pool full; <see cref="GrowthPolicy.Optimistic"/> by default.</summary>
    public GrowthPolicy GrowthPolicy { get; init; } = GrowthPolicy.Optimistic;

    /// <summary>When pools shrink; <see cref="ShrinkPolicy.Immediate"/> by default.</summary>
    public ShrinkPolicy ShrinkPolicy { get; init; } = ShrinkPolicy.Immediate;

    /// <summary>The limit to each pool's capacity in IDs, 64 to 2^30 (the default). Growing stops at the largest power of two within it.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Out of that range.</exception>
    public int MaxCapacity
    {
        get => _maxCapacity;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, IdPool.MinCapacity);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, IdPool.LargestCapacity);
            _maxCapacity = value;
        }
    }

    /// <summary>How many events the session keeps, 1 or more; 10,000 by default. The oldest make room for the newest.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1.</exception>
    public int EventCapacity
    {
        get => _eventCapacity;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            _eventCapacity = value;
        }
    }

    /// <summary>Whether the session keeps what is done to it, to be replayed; false by default. It then does one operation at a time.</summary>
    public bool RecordOperations { get; init; }
}
