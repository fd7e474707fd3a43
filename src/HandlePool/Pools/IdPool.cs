using System.Numerics;

namespace HandlePool.Pools;

/// <summary>Gives out the lowest unused ID, and grows and shrinks in two phases so that memory is allocated with no lock held.</summary>
/// <remarks>
/// <para>The rules are those of <c>IdPool</c> in the kernel's <c>rust/kernel/id_pool.rs</c>: the capacity starts at 64, is
/// always a power of two, doubles on request, and halves when the last used ID is in its first quarter. This class has the
/// rules; its subclasses keep the IDs.</para>
/// <para>Not thread-safe: the caller holds its lock around every call, including reads, except
/// <see cref="ResizeRequest.Allocate()"/>. That exception is the purpose of the two phases.</para>
/// </remarks>
/// <example>
/// <code>
/// IdPool pool = IdPool.Create(HandleAllocator.SegmentedBitmap);
/// if (pool.FindUnusedId(start: 1, out UnusedId unused))
///     unused.Acquire();
/// else if (pool.GrowRequest() is { } request)
///     pool.Grow(request.Allocate());
/// </code>
/// </example>
public abstract class IdPool
{
    /// <summary>The smallest capacity, and that of a new pool: the bits of one machine word.</summary>
    public const int MinCapacity = 64;

    /// <summary>The largest capacity: 2^30, the largest power of two within the kernel's limit of i32::MAX bits.</summary>
    public const int LargestCapacity = 1 << 30;

    private readonly DriverRules _rules;

    private protected IdPool(HandleAllocator allocator, int maxCapacity, DriverRules rules)
    {
        Allocator = allocator;
        MaxCapacity = maxCapacity;
        _rules = rules;
    }

    /// <summary>
    /// Gets the capacity at which doubling stops: the largest power of two within <see cref="MaxCapacity"/>. A disabled bitmap is past
    /// that limit.
    /// </summary>
    internal int Limit => IsDisabled ? LargestCapacity : 1 << BitOperations.Log2((uint)MaxCapacity);

    /// <summary>Gets or sets the capacity of the pool's bitmap; 0 if it has none.</summary>
    private protected int BitmapCapacity { get; set; }

    /// <summary>Gets the way unused IDs are found.</summary>
    public HandleAllocator Allocator { get; }

    /// <summary>Gets the number of IDs that fit: a power of two from 64 to <see cref="MaxCapacity"/>.</summary>
    /// <remarks>For a pool that is not <see cref="IsResizable"/>, the capacity that a bitmap would need for the IDs in use.</remarks>
    public int Capacity => BitmapCapacity > 0 ? BitmapCapacity : FittingCapacity;

    /// <summary>Gets whether the pool has a capacity of its own that can grow and shrink. A tree has none.</summary>
    public bool IsResizable => BitmapCapacity > 0;

    /// <summary>
    /// Gets whether the C driver's bitmap has been disabled because there was no memory for a larger one. This is permanent.
    /// </summary>
    public virtual bool IsDisabled => false;

    /// <summary>Gets the limit to growing, in IDs. Growing stops at the largest power of two within it.</summary>
    public int MaxCapacity { get; }

    /// <summary>Gets the number of used IDs.</summary>
    public int InUse { get; private set; }

    /// <summary>Gets the managed memory for the IDs, including summaries, in bytes.</summary>
    public abstract long Bytes { get; }

    /// <summary>Gets the IDs as bits, 64 to a word: a live view of a bitmap in one array, a copy in O(n) for all others.</summary>
    public abstract ReadOnlySpan<ulong> Words { get; }

    /// <summary>Gets the highest used ID, or null if there is none. Costs as much as the allocator's search.</summary>
    public int? LastUsedId => InUse > 0 ? FindLast() : null;

    /// <summary>Gets the smallest capacity that holds all used IDs: a power of two of at least 64.</summary>
    public int FittingCapacity => FindFittingCapacity();

    /// <summary>Creates a pool of capacity 64.</summary>
    /// <param name="allocator">The way it finds unused IDs.</param>
    /// <param name="maxCapacity">The limit to growing, 64 to 2^30; the default is 2^30.</param>
    /// <param name="driver">The driver whose rules it follows.</param>
    /// <exception cref="ArgumentOutOfRangeException">
    /// The limit is out of range, or there is no such allocator or driver.
    /// </exception>
    public static IdPool Create(HandleAllocator allocator, int maxCapacity = LargestCapacity, HandleDriver driver = HandleDriver.HandlePool) =>
        Create(allocator, maxCapacity, DriverRules.Of(driver));

    /// <summary>Creates a pool of capacity 64 that follows the rules.</summary>
    internal static IdPool Create(HandleAllocator allocator, int maxCapacity, DriverRules rules)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxCapacity, MinCapacity);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(maxCapacity, LargestCapacity);
        return allocator switch
        {
            HandleAllocator.SegmentedBitmap => CreateBitmap<SegmentedBitmap>(allocator, maxCapacity, rules),
            HandleAllocator.HierarchicalBitmap => CreateBitmap<HierarchicalBitmap>(allocator, maxCapacity, rules),
            HandleAllocator.Bitmap or HandleAllocator.DBitmap => CreateBitmap<FlatBitmap>(allocator, maxCapacity, rules),
            HandleAllocator.TreeScan => new TreeScanIdPool(maxCapacity, rules),
            HandleAllocator.FdTwoLevel => CreateBitmap<FdTwoLevelBitmap>(allocator, maxCapacity, rules),
            HandleAllocator.XArray => new XArrayIdPool(maxCapacity, rules),
            HandleAllocator.AugmentedTree => new AugmentedTreeIdPool(maxCapacity, rules),
            _ => throw new ArgumentOutOfRangeException(nameof(allocator), allocator, null),
        };
    }

    /// <summary>Finds the lowest unused ID at or above <paramref name="start"/> without taking it.</summary>
    /// <param name="start">The first ID to consider, 0 or more. Nothing is found beyond the capacity.</param>
    /// <param name="unused">The ID; take it with <see cref="UnusedId.Acquire"/>.</param>
    /// <returns>False if there is none within the capacity, so that the pool must grow first.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="start"/> is negative.</exception>
    /// <exception cref="HandleException">
    /// <c>PoolCorrupted</c>: the summaries contradicted the bits. They have been rebuilt; try again.
    /// </exception>
    public bool FindUnusedId(int start, out UnusedId unused)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        int id = FindUnused(start);
        if (id >= 0)
        {
            unused = new UnusedId(this, id);
            return true;
        }

        unused = default;
        if (id != BitSearch.Corrupted)
            return false;
        Restructure();
        throw PoolErrors.SummaryCorrupted();
    }

    /// <summary>
    /// Finds the lowest unused ID, and reports summaries that contradicted the bits, and have been rebuilt, without throwing.
    /// </summary>
    internal bool TryFindUnusedId(int start, out UnusedId unused, out bool wasCorrupted)
    {
        int id = FindUnused(start);
        if (id >= 0)
        {
            unused = new UnusedId(this, id);
            wasCorrupted = false;
            return true;
        }

        unused = default;
        wasCorrupted = id == BitSearch.Corrupted;
        if (wasCorrupted)
            Restructure();
        return false;
    }

    /// <summary>Returns whether the ID is used; false beyond the capacity. O(1) for bitmaps, O(log n) for trees.</summary>
    public abstract bool IsUsed(int id);

    /// <summary>Makes an ID unused again.</summary>
    /// <returns>False if it was not used; nothing has changed then.</returns>
    public bool ReleaseId(int id)
    {
        if (!TryClear(id))
            return false;

        InUse--;
        return true;
    }

    /// <summary>Returns the request to double the capacity, or null at the limit.</summary>
    /// <remarks>
    /// The C driver knows no limit: under its rules there is a request beyond it too, and the allocation fails.
    /// </remarks>
    public ResizeRequest? GrowRequest() => IsResizable && (_rules.DisablesBitmap || Capacity < Limit)
        ? new ResizeRequest(this, ResizeDirection.Grow, (int)Math.Min(2L * Capacity, int.MaxValue))
        : null;

    /// <summary>Returns the request to shrink as the driver does, or null if it would not.</summary>
    /// <returns>
    /// Null at capacity 64; a request for 64 if no bit is set, for half the capacity if the last set bit is in its
    /// first quarter; otherwise null. Under the rules of <see cref="HandleDriver.C611rc1"/>, bit 0 is always set.
    /// </returns>
    public ResizeRequest? ShrinkRequest()
    {
        int capacity = ShrunkCapacity();
        return capacity == 0 ? null : new ResizeRequest(this, ResizeDirection.Shrink, capacity);
    }

    /// <summary>
    /// Returns the request to shrink to <see cref="FittingCapacity"/>, as a shrinker does; null if the pool already has that
    /// capacity.
    /// </summary>
    public ResizeRequest? FitRequest()
    {
        int capacity = FittingCapacity;
        return capacity >= Capacity || !IsResizable ? null : new ResizeRequest(this, ResizeDirection.Shrink, capacity, toFit: true);
    }

    /// <summary>Performs the second phase of growing. Discards the resizer if the pool has grown in the meantime.</summary>
    /// <remarks>O(capacity / 64) to copy the bits if it is applied, O(1) if not.</remarks>
    /// <exception cref="HandleException"><c>ResizerCompleted</c>: the resizer has already been tried.</exception>
    /// <exception cref="ArgumentException">The resizer is for shrinking, or for another pool.</exception>
    public ResizeOutcome Grow(PoolResizer resizer)
    {
        Take(resizer, ResizeDirection.Grow);
        return Finish(resizer, !IsResizable ? ResizeOutcome.Disabled
            : resizer.ToCapacity <= Capacity ? ResizeOutcome.AlreadyGrown
            : ResizeOutcome.Applied);
    }

    /// <summary>Performs the second phase of shrinking. Discards the resizer if the IDs in use no longer fit.</summary>
    /// <remarks>
    /// The rules of the driver decide about a stale resizer. Under the model's own, it is discarded if the pool is no longer larger
    /// than it; under those of <see cref="HandleDriver.Rust"/>, it is applied even then, and enlarges the pool; under those of
    /// <see cref="HandleDriver.C"/>, it is discarded unless the request would be the same now. O(capacity / 64) if it is applied.
    /// </remarks>
    /// <exception cref="HandleException"><c>ResizerCompleted</c>: the resizer has already been tried.</exception>
    /// <exception cref="ArgumentException">The resizer is for growing, or for another pool.</exception>
    public ResizeOutcome Shrink(PoolResizer resizer)
    {
        Take(resizer, ResizeDirection.Shrink);
        ShrinkCheck check = resizer.ToFit ? ShrinkCheck.SmallerAndPossible : _rules.ShrinkCheck;
        return Finish(resizer, !IsResizable ? ResizeOutcome.Disabled
            : resizer.ToCapacity >= Capacity && check != ShrinkCheck.Possible ? ResizeOutcome.AlreadyShrunk
            : IsPossible(resizer, check) && (resizer.ToCapacity >= Capacity || IsCertainlyUnusedFrom(resizer.ToCapacity)) ? ResizeOutcome.Applied
            : ResizeOutcome.InUse);
    }

    /// <summary>Returns the smallest valid capacity for IDs up to <paramref name="lastId"/> (-1: none).</summary>
    internal static int CapacityFor(int lastId) =>
        lastId < MinCapacity ? MinCapacity : (int)BitOperations.RoundUpToPowerOf2((uint)lastId + 1);

    /// <summary>Returns the request to grow so that <paramref name="id"/> fits, or null if it does.</summary>
    internal ResizeRequest? RequestFor(int id) =>
        id < Capacity || !IsResizable ? null : new ResizeRequest(this, ResizeDirection.Grow, CapacityFor(id));

    internal void Acquire(int id)
    {
        if (!TrySet(id))
            ThrowNotUnused(id);
        InUse++;
    }

    /// <summary>
    /// Returns the lowest unused ID at or above <paramref name="start"/> without rebuilding damaged summaries; null if it finds
    /// none.
    /// </summary>
    internal int? LowestUnusedId(int start) => FindUnused(start) is >= 0 and int id ? id : null;

    /// <summary>Compares the pool with itself and with the IDs that it should have as used, in ascending order.</summary>
    internal List<PoolMismatch> FindMismatches(List<int> held)
    {
        List<PoolMismatch> found = [];
        FindStructureMismatches(found);
        if (found.Count > 0 && !IsReadable)
            return found;

        int fitting = CapacityFor(held.Count > 0 ? held[^1] : -1);
        if (fitting > Capacity && IsResizable)
            found.Add(new PoolMismatch(HandleMismatchKind.Capacity, "pool, capacity", $"{fitting} or more", $"{Capacity}", held[^1]));

        ReadOnlySpan<ulong> words = [];
        int used = 0, next = 0, first = 0;
        for (int index = 0; index < Math.Max(Capacity, fitting) >> 6; index++)
        {
            ulong expected = 0;
            for (; next < held.Count && held[next] >> 6 == index; next++)
                expected |= 1UL << held[next];
            if (index - first >= words.Length)
            {
                words = WordsFrom(index);
                first = index;
            }

            ulong word = index - first < words.Length ? words[index - first] : 0;
            if (index == 0)
                word = WithoutReserved(word);
            used += BitOperations.PopCount(word);
            for (ulong wrong = word ^ expected; wrong != 0; wrong &= wrong - 1)
            {
                int id = (index << 6) | BitOperations.TrailingZeroCount(wrong);
                bool isUsed = (word >> id & 1) != 0;
                found.Add(new PoolMismatch(isUsed ? HandleMismatchKind.BitSet : HandleMismatchKind.BitClear,
                    $"pool, handle {id}", isUsed ? "unused" : "used", isUsed ? "used" : "unused", id));
            }
        }

        if (used != InUse)
            found.Add(new PoolMismatch(HandleMismatchKind.InUse, "pool, count of used handles", used, InUse));
        return found;
    }

    /// <summary>Rebuilds the pool with exactly these IDs. It keeps its capacity unless that is too small for them.</summary>
    /// <exception cref="OutOfMemoryException">There is no memory for the new pool. Nothing has changed then.</exception>
    internal void Rebuild(List<int> held)
    {
        int fitting = CapacityFor(held.Count > 0 ? held[^1] : -1);
        Restore(held, IsReadable ? Math.Max(Capacity, fitting) : fitting);
        InUse = held.Count;
    }

    /// <summary>Returns a copy of the pool, with its damage if there is any.</summary>
    internal IdPool Copy()
    {
        IdPool copy = (IdPool)MemberwiseClone();
        copy.CopyStructure();
        return copy;
    }

    /// <summary>Marks an unused ID as used, or a used one as unused.</summary>
    internal void FlipBit(int id)
    {
        if (!ReleaseId(id))
            Acquire(id);
    }

    /// <summary>Makes a summary contradict the word of an ID.</summary>
    /// <exception cref="InvalidOperationException">There are no summaries.</exception>
    internal virtual void FlipSummary(int id) => throw new InvalidOperationException(
        $"The allocator {Allocator} has no summaries with {Capacity} handles. Use a {HandleAllocator.SegmentedBitmap}, {HandleAllocator.HierarchicalBitmap} or {HandleAllocator.FdTwoLevel} of at least 128 handles.");

    /// <summary>Gets whether a bitmap of that capacity needs no memory of its own.</summary>
    internal bool IsInline(int capacity) => _rules.HasInlineBits && capacity == MinCapacity;

    /// <summary>Disables the bitmap after a failed allocation, where the driver does that.</summary>
    /// <returns>Whether the bitmap was disabled by this call; IDs are now found without it.</returns>
    internal virtual bool Disable() => false;

    internal abstract PoolResizer AllocateResizer(ResizeRequest request, bool toFit);

    /// <summary>Replaces the structure of a copy, which it shares with the original, with one of its own.</summary>
    private protected abstract void CopyStructure();

    /// <summary>Gets whether capacity and bits can be read even if the structure is damaged.</summary>
    private protected virtual bool IsReadable => true;

    /// <summary>
    /// Returns the lowest unused ID at or above <paramref name="start"/> within the capacity, or one of <see cref="BitSearch"/>.
    /// </summary>
    private protected abstract int FindUnused(int start);

    /// <summary>Rebuilds from the bits what speeds up the searches.</summary>
    private protected virtual void Restructure()
    {
    }

    /// <summary>Adds the contradictions within the pool's own structure.</summary>
    private protected virtual void FindStructureMismatches(List<PoolMismatch> found)
    {
    }

    /// <summary>Returns words from one on, at least one and at most all; nothing beyond the last.</summary>
    private protected virtual ReadOnlySpan<ulong> WordsFrom(int word) => word < Capacity >> 6 ? Words[word..] : [];

    /// <summary>Returns the first word without the bit that stands for no used ID, if the allocator reserves one.</summary>
    private protected virtual ulong WithoutReserved(ulong firstWord) => firstWord;

    /// <summary>Creates a structure of a capacity with exactly these IDs, and then switches to it.</summary>
    private protected abstract void Restore(List<int> held, int capacity);

    /// <summary>Returns the highest used ID, or -1.</summary>
    private protected abstract int FindLast();

    /// <summary>Returns the smallest capacity that holds all used IDs.</summary>
    private protected virtual int FindFittingCapacity() => CapacityFor(FindLast());

    /// <summary>Returns whether no ID is used from <paramref name="id"/> on, 0 or a power of two below the capacity of a bitmap.</summary>
    private protected abstract bool IsUnusedFrom(int id);

    /// <summary>Returns the same from the bits themselves, because a damaged summary must not lose any.</summary>
    private protected abstract bool IsCertainlyUnusedFrom(int id);

    /// <summary>Marks an ID as used.</summary>
    /// <returns>False if it is used, or beyond the capacity.</returns>
    private protected abstract bool TrySet(int id);

    /// <summary>Marks an ID as unused.</summary>
    /// <returns>False if it is not used.</returns>
    private protected abstract bool TryClear(int id);

    /// <summary>Copies the IDs into the resizer's memory and switches to it.</summary>
    private protected abstract void Adopt(PoolResizer resizer);

    /// <summary>Returns the capacity by the driver's rule for shrinking; 0 if the rule does not apply.</summary>
    private int ShrunkCapacity()
    {
        int capacity = BitmapCapacity;
        if (capacity <= MinCapacity || !IsUnusedFrom(capacity / 4))
            return 0;
        return IsUnusedFrom(0) ? MinCapacity : Math.Max(MinCapacity, capacity / 2);
    }

    private static IdPool CreateBitmap<TBitmap>(HandleAllocator allocator, int maxCapacity, DriverRules rules)
        where TBitmap : struct, IIdBitmap<TBitmap> =>
        rules.DisablesBitmap || rules.ReservesBitZero
            ? new DisablingIdPool<TBitmap>(allocator, maxCapacity, rules)
            : new BitmapIdPool<TBitmap>(allocator, maxCapacity, rules);

    /// <summary>Returns whether the bits still allow the capacity of the shrinking resizer.</summary>
    private bool IsPossible(PoolResizer resizer, ShrinkCheck check)
    {
        int possible = resizer.ToFit ? FittingCapacity : ShrunkCapacity();
        return possible != 0 && (check == ShrinkCheck.ExactlyPossible ? possible == resizer.ToCapacity : possible <= resizer.ToCapacity);
    }

    private static void ThrowNotUnused(int id) =>
        throw new InvalidOperationException($"ID {id} is no longer unused. Find another; the pool has changed since this one was found.");

    private ResizeOutcome Finish(PoolResizer resizer, ResizeOutcome outcome)
    {
        if (outcome == ResizeOutcome.Applied)
            Adopt(resizer);

        resizer.Free();
        return outcome;
    }

    private void Take(PoolResizer resizer, ResizeDirection direction)
    {
        ArgumentNullException.ThrowIfNull(resizer);
        if (resizer.Pool != this)
            throw new ArgumentException("The resizer was allocated for another pool.", nameof(resizer));
        if (resizer.Direction != direction)
            throw new ArgumentException($"The resizer was allocated to {resizer.Direction.ToString().ToLowerInvariant()}.", nameof(resizer));
        if (resizer.IsCompleted)
            throw PoolErrors.ResizerCompleted(resizer);
        resizer.IsCompleted = true;
    }
}
