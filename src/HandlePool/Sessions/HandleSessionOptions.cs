using HandlePool.Pools;
using HandlePool.Tables;

namespace HandlePool;

/// <summary>Represents the options of a session's pools, which are fixed when it is created. Immutable.</summary>
public sealed record HandleSessionOptions
{
    private readonly int _maxCapacity = IdPool.LargestCapacity;
    private readonly int _eventCapacity = 10_000;

    /// <summary>Gets the way pools find unused IDs; <see cref="HandleAllocator.HierarchicalBitmap"/> by default.</summary>
    public HandleAllocator Allocator { get; init; } = HandleAllocator.HierarchicalBitmap;

    /// <summary>Gets the policy by which several threads grow a full pool; <see cref="GrowthPolicy.Optimistic"/> by default.</summary>
    public GrowthPolicy GrowthPolicy { get; init; } = GrowthPolicy.Optimistic;

    /// <summary>Gets the policy by which pools shrink automatically; <see cref="ShrinkPolicy.Immediate"/> by default.</summary>
    public ShrinkPolicy ShrinkPolicy { get; init; } = ShrinkPolicy.Immediate;

    /// <summary>
    /// Gets the limit to each pool's capacity in IDs, from 64 to 2^30 (the default). Growing stops at the largest power of two
    /// within it.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is out of range.</exception>
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

    /// <summary>Gets the driver's rules of notifications.</summary>
    internal NotificationRules NotificationRules { get; init; } = NotificationRules.Rust;

    /// <summary>Gets the number of newest events that the session keeps, at least 1; 10,000 by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than 1.</exception>
    public int EventCapacity
    {
        get => _eventCapacity;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            _eventCapacity = value;
        }
    }
}
