using HandlePool.Pools;
using HandlePool.Tables;

namespace HandlePool;

/// <summary>Represents the options of a session's pools, which are fixed when it is created. Immutable.</summary>
public sealed record HandleSessionOptions
{
    private readonly DriverRules _rules = DriverRules.Of(HandleDriver.HandlePool);
    private readonly HandleDriver _driver;
    private readonly HandleAllocator? _allocator;
    private readonly int? _maxCapacity;
    private readonly int _eventCapacity = 10_000;

    /// <summary>Gets the driver whose rules pools and tables follow; <see cref="HandleDriver.HandlePool"/> by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such driver.</exception>
    public HandleDriver Driver
    {
        get => _driver;
        init => (_driver, _rules) = (value, DriverRules.Of(value));
    }

    /// <summary>
    /// Gets the way pools find unused IDs. By default, it is the driver's: <see cref="HandleAllocator.SegmentedBitmap"/> if there is
    /// none.
    /// </summary>
    public HandleAllocator Allocator
    {
        get => _allocator ?? _rules.Allocator;
        init => _allocator = value;
    }

    /// <summary>Gets the policy by which several threads grow a full pool; <see cref="GrowthPolicy.Optimistic"/> by default.</summary>
    public GrowthPolicy GrowthPolicy { get; init; } = GrowthPolicy.Optimistic;

    /// <summary>Gets the policy by which pools shrink automatically; <see cref="ShrinkPolicy.Immediate"/> by default.</summary>
    public ShrinkPolicy ShrinkPolicy { get; init; } = ShrinkPolicy.Immediate;

    /// <summary>
    /// Gets the limit to each pool's capacity in IDs, from 64 to 2^30. Growing stops at the largest power of two within it.
    /// </summary>
    /// <remarks>
    /// By default it is 2^30, and 2^25 under the rules of a driver with a bitmap: the kernel gives a driver 4 MiB at most on pages of
    /// 4 KiB.
    /// </remarks>
    /// <exception cref="ArgumentOutOfRangeException">The value is out of range.</exception>
    public int MaxCapacity
    {
        get => _maxCapacity ?? _rules.MaxCapacity;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, IdPool.MinCapacity);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, IdPool.LargestCapacity);
            _maxCapacity = value;
        }
    }

    /// <summary>
    /// Gets whether the freeze notification of a dropped reference leaks until its holder exits, so that its cookie stays taken: the Rust
    /// driver before Linux 7.2. False by default; other drivers have no such rule, and no session is created with it.
    /// </summary>
    public bool FreezeListenerLeak { get; init; }

    /// <summary>Gets whether <see cref="FreezeListenerLeak"/> is set for a driver that has no such rule.</summary>
    internal bool IsInconsistent => FreezeListenerLeak && _rules.Family != DriverFamily.Rust;

    /// <summary>Gets the driver's rules of notifications.</summary>
    internal NotificationRules NotificationRules => NotificationRules.Of(_rules.Family, FreezeListenerLeak);

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

    /// <summary>Gets the rules of the driver.</summary>
    internal DriverRules Rules => _rules;
}
