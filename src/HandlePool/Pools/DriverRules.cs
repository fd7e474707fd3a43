namespace HandlePool.Pools;

/// <summary>Represents the rules by which a driver handles pools and tables, apart from the way it finds an unused ID.</summary>
/// <remarks>
/// A rule that is not set is the model's own, safe one. Pools and tables ask the rules, never the driver. What is read on every
/// operation is copied to a field when the pool or the table is created.
/// </remarks>
internal sealed record DriverRules
{
    // kmalloc on pages of 4 KiB with MAX_PAGE_ORDER 10 gives 4 MiB at most: 2^25 bits.
    private const int KmallocCapacity = 1 << 25;

    private static readonly DriverRules Own = new();

    private static readonly DriverRules RustWithPool = new()
    {
        Family = DriverFamily.Rust,
        Allocator = HandleAllocator.Bitmap,
        MaxCapacity = KmallocCapacity,
        ShrinkCheck = ShrinkCheck.Possible,
        HasInlineBits = true,
        LooksUpAfterFinding = true,
        ManagerNodeStart = 1,
        ResizesDeadPools = true,
        LeavesBitsAtExit = true,
        FirstId = 0,
        NumbersReferences = true,
    };

    private static readonly DriverRules CWithBitmap = new()
    {
        Family = DriverFamily.C,
        Allocator = HandleAllocator.DBitmap,
        MaxCapacity = KmallocCapacity,
        ShrinkCheck = ShrinkCheck.ExactlyPossible,
        DisablesBitmap = true,
        ResizesDeadPools = true,
        NumbersReferences = true,
    };

    private static readonly Dictionary<HandleDriver, DriverRules> Drivers = new()
    {
        [HandleDriver.HandlePool] = Own,
        [HandleDriver.Rust] = RustWithPool,
        [HandleDriver.RustTree] = RustWithPool with
        {
            Allocator = HandleAllocator.TreeScan,
            MaxCapacity = IdPool.LargestCapacity,
            LeavesBitsAtExit = false,
        },
        [HandleDriver.C] = CWithBitmap,
        [HandleDriver.C611rc1] = CWithBitmap with { ReservesBitZero = true },
        [HandleDriver.CTree] = CWithBitmap with { Allocator = HandleAllocator.TreeScan, MaxCapacity = IdPool.LargestCapacity },
    };

    /// <summary>Gets the drivers that answer and log alike.</summary>
    internal DriverFamily Family { get; private init; } = DriverFamily.None;

    /// <summary>Gets the driver's own way to find unused IDs.</summary>
    internal HandleAllocator Allocator { get; private init; } = HandleAllocator.SegmentedBitmap;

    /// <summary>Gets the capacity beyond which the driver gets no memory for a bitmap, in IDs.</summary>
    internal int MaxCapacity { get; private init; } = IdPool.LargestCapacity;

    /// <summary>Gets whether bit 0 is set from the start and never cleared, so that a bitmap is never empty.</summary>
    internal bool ReservesBitZero { get; private init; }

    /// <summary>Gets the condition on which a resizer for shrinking is applied.</summary>
    internal ShrinkCheck ShrinkCheck { get; private init; } = ShrinkCheck.SmallerAndPossible;

    /// <summary>Gets whether 64 bits need no memory, so that shrinking to them cannot fail.</summary>
    internal bool HasInlineBits { get; private init; }

    /// <summary>Gets whether a bitmap that cannot grow is disabled for good, and IDs are found without it.</summary>
    internal bool DisablesBitmap { get; private init; }

    /// <summary>
    /// Gets whether an addition looks the node up, drops the lock, and looks it up again only once it has found an unused ID. The
    /// others look the node up each time that they have taken the lock.
    /// </summary>
    internal bool LooksUpAfterFinding { get; private init; }

    /// <summary>Gets the first ID to consider for the manager's node if it is added by node, not by handle 0.</summary>
    internal int ManagerNodeStart { get; private init; }

    /// <summary>Gets whether a pool is resized although its process has exited in the meantime.</summary>
    internal bool ResizesDeadPools { get; private init; }

    /// <summary>Gets whether the pool of a process that exits keeps the bits of its handles.</summary>
    internal bool LeavesBitsAtExit { get; private init; }

    /// <summary>Gets the first number of the counter of ids.</summary>
    internal int FirstId { get; private init; } = 1;

    /// <summary>Gets whether references take their numbers from the same counter as nodes.</summary>
    internal bool NumbersReferences { get; private init; }

    /// <summary>Returns the rules of a driver.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such driver.</exception>
    internal static DriverRules Of(HandleDriver driver) =>
        Drivers.TryGetValue(driver, out DriverRules? rules) ? rules : throw new ArgumentOutOfRangeException(nameof(driver), driver, null);
}
