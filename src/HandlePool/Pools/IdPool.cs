using System.Numerics;
using HandlePool.Bitmaps;
using HandlePool.Integrity;

namespace HandlePool.Pools;

/// <summary>Hands out the lowest unused ID, and grows and shrinks in two phases so that memory is allocated with no lock held.</summary>
/// <remarks>
/// <para>The rules are those of <c>IdPool</c> in the kernel's <c>rust/kernel/id_pool.rs</c>: the capacity starts at 64, is
/// always a power of two, doubles when asked to, and halves when the last used ID is in its first quarter. They stand
/// here, once; subclasses keep the IDs.</para>
/// <para>Not thread-safe: the caller holds its lock around every call except <see cref="ResizeRequest.Allocate()"/>, which
/// is what the two phases are for. A reader must hold it too.</para>
/// </remarks>
/// <example>
/// <code>
/// IdPool pool = IdPool.Create(HandleAllocator.HierarchicalBitmap);
/// if (pool.FindUnusedId(start: 1, out UnusedId unused))
///     unused.Acquire();
/// else if (pool.GrowRequest() is { } request)
///     pool.Grow(request.Allocate());
/// </code>
/// </example>
public abstract class IdPool
{
    /// <summary>The capacity of a new pool and the least there is: the bits of one machine word.</summary>
    public const int MinCapacity = 64;

    /// <summary>The largest power of two that is within the kernel's limit of i32::MAX bits, where doubling stops: 2^30.</summary>
    public const int LargestCapacity = 1 << 30;

    private protected IdPool(int maxCapacity) => MaxCapacity = maxCapacity;

    /// <summary>Where doubling stops: the largest power of two within <see cref="MaxCapacity"/>.</summary>
    internal int Limit => 1 << BitOperations.Log2((uint)MaxCapacity);

    /// <summary>How IDs are found.</summary>
    public abstract HandleAllocator Allocator { get; }

    /// <summary>How many IDs fit now: a power of two, from 64 to <see cref="MaxCapacity"/>.</summary>
    /// <remarks>For a pool that is not <see cref="IsResizable"/>: what a bitmap would need for the IDs in use.</remarks>
    public abstract int Capacity { get; }

    /// <summary>Whether it is kept in memory of a fixed capacity, to be grown and shrunk. A tree is not.</summary>
    public virtual bool IsResizable => true;

    /// <summary>Whether the C driver's bitmap was given up because memory for a larger one could not be had. It stays so.</summary>
    public virtual bool IsDisabled => false;

    /// <summary>The limit to growing, in IDs. Growing stops at the largest power of two within it.</summary>
    public int MaxCapacity { get; }

    /// <summary>How many IDs are used.</summary>
    public int InUse { get; private set; }

    /// <summary>The managed memory that keeps the IDs, in bytes, summaries included.</summary>
    public abstract long Bytes { get; }

    /// <summary>The IDs as bits, 64 to a word. It shows the pool as it is, not a copy.</summary>
    public abstract ReadOnlySpan<ulong> Words { get; }

    /// <summary>The highest used ID, or null if there is none. Costs what the allocator's search costs.</summary>
    public int? LastUsedId => InUse > 0 ? FindLast() : null;

    /// <summary>The least capacity that holds all used IDs: a power of two of at least 64.</summary>
    public int FittingCapacity => CapacityFor(FindLast());

    /// <summary>Creates a pool of capacity 64.</summary>
    /// <param name="allocator">How it finds IDs.</param>
    /// <param name="maxCapacity">The limit to growing, 64 to 2^30; the default is 2^30.</param>
    /// <exception cref="ArgumentOutOfRangeException">The limit is out of that range, or there is no such allocator.</exception>
    public static IdPool Create(HandleAllocator allocator, int maxCapacity = LargestCapacity)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxCapacity, MinCapacity);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(maxCapacity, LargestCapacity);
        return allocator switch
        {
            HandleAllocator.HierarchicalBitmap => new BitmapIdPool<Bitmaps.HierarchicalBitmap>(maxCapacity),
            HandleAllocator.Bitmap => new BitmapIdPool<Bitmaps.FlatBitmap>(maxCapacity),
            HandleAllocator.DBitmap => new DBitmapIdPool(maxCapacity),
            HandleAllocator.TreeScan => new TreeScanIdPool(maxCapacity),
            HandleAllocator.AugmentedTree => new AugmentedTreeIdPool(maxCapacity),
            _ => throw new ArgumentOutOfRangeException(nameof(allocator), allocator, null),
        };
    }

    /// <summary>Finds the lowest unused ID at or above <paramref name="start"/> without taking it.</summary>
    /// <param name="start">Where to begin, 0 or more; beyond the capacity nothing is found.</param>
    /// <param name="unused">The ID, to be taken by <see cref="UnusedId.Acquire"/>.</param>
    /// <returns>Whether there is one within the capacity; if not, it is time to grow.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="start"/> is negative.</exception>
    /// <exception cref="HandleException"><c>PoolCorrupted</c>: summaries contradicted the bits. They were made anew; try again.</exception>
    public bool FindUnusedId(int start, out UnusedId unused)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        int id = FindUnused(start);
        unused = id >= 0 ? new UnusedId(this, id) : default;
        if (id != BitSearch.Corrupted)
            return id >= 0;
        Restructure();
        throw HandleErrors.SummaryCorrupted(process: null);
    }

    /// <summary>The same for those who have more to say of summaries that contradicted the bits. They were made anew.</summary>
    internal bool TryFindUnusedId(int start, out UnusedId unused, out bool wasCorrupted)
    {
        int id = FindUnused(start);
        wasCorrupted = id == BitSearch.Corrupted;
        if (wasCorrupted)
            Restructure();
        unused = id >= 0 ? new UnusedId(this, id) : default;
        return id >= 0;
    }

    /// <summary>Whether the ID is used; false beyond the capacity. O(1) for bitmaps, O(log n) for trees.</summary>
    public abstract bool IsUsed(int id);

    /// <summary>Makes an ID unused again.</summary>
    /// <returns>False if it was not used, and nothing happened.</returns>
    public bool ReleaseId(int id)
    {
        if (!IsUsed(id))
            return false;

        Clear(id);
        InUse--;
        return true;
    }

    /// <summary>What to allocate to double the capacity, or null at the limit.</summary>
    public ResizeRequest? GrowRequest()
    {
        return IsResizable && Capacity < Limit ? new ResizeRequest(this, ResizeDirection.Grow, Capacity * 2) : null;
    }

    /// <summary>What to allocate to shrink as the driver does, or null if it would not.</summary>
    /// <returns>
    /// Null at capacity 64; a request for 64 if no ID is used, for half the capacity if the last used ID is in its
    /// first quarter, and null in all other cases.
    /// </returns>
    public ResizeRequest? ShrinkRequest()
    {
        int capacity = ShrunkCapacity();
        return capacity == 0 ? null : new ResizeRequest(this, ResizeDirection.Shrink, capacity);
    }

    /// <summary>What to allocate to shrink to <see cref="FittingCapacity"/>, as a shrinker does; null if that is the capacity.</summary>
    public ResizeRequest? FitRequest()
    {
        int capacity = FittingCapacity;
        return capacity >= Capacity || !IsResizable ? null : new ResizeRequest(this, ResizeDirection.Shrink, capacity, toFit: true);
    }

    /// <summary>The second phase of growing, with the second look: the resizer is discarded if somebody else has grown meanwhile.</summary>
    /// <remarks>O(capacity / 64) to copy the bits if it is applied, O(1) if not.</remarks>
    /// <exception cref="HandleException"><c>ResizerCompleted</c>: it was tried before.</exception>
    /// <exception cref="ArgumentException">It is for shrinking, or for another pool.</exception>
    public ResizeOutcome Grow(PoolResizer resizer)
    {
        Take(resizer, ResizeDirection.Grow);
        return Finish(resizer, !IsResizable ? ResizeOutcome.Disabled
            : resizer.ToCapacity <= Capacity ? ResizeOutcome.AlreadyGrown
            : ResizeOutcome.Applied);
    }

    /// <summary>The second phase of shrinking, with the second look: the resizer is discarded if what is possible now is larger than it.</summary>
    /// <remarks>
    /// It is discarded as well if the capacity is no longer larger than it: the kernel's code would install it even then,
    /// and so make the pool larger. O(capacity / 64) if it is applied.
    /// </remarks>
    /// <exception cref="HandleException"><c>ResizerCompleted</c>: it was tried before.</exception>
    /// <exception cref="ArgumentException">It is for growing, or for another pool.</exception>
    public ResizeOutcome Shrink(PoolResizer resizer)
    {
        Take(resizer, ResizeDirection.Shrink);
        return Finish(resizer, !IsResizable ? ResizeOutcome.Disabled
            : resizer.ToCapacity >= Capacity ? ResizeOutcome.AlreadyShrunk
            : IsPossible(resizer) && IsUnusedFrom(resizer.ToCapacity) ? ResizeOutcome.Applied
            : ResizeOutcome.InUse);
    }

    /// <summary>The least legal capacity for IDs up to <paramref name="lastId"/> (-1: none).</summary>
    internal static int CapacityFor(int lastId) =>
        lastId < MinCapacity ? MinCapacity : (int)BitOperations.RoundUpToPowerOf2((uint)lastId + 1);

    /// <summary>What to allocate so that <paramref name="id"/> fits, or null if it does.</summary>
    internal ResizeRequest? RequestFor(int id) =>
        id < Capacity || !IsResizable ? null : new ResizeRequest(this, ResizeDirection.Grow, CapacityFor(id));

    internal void Acquire(int id)
    {
        if (id >= (IsResizable ? Capacity : Limit) || IsUsed(id))
            throw new InvalidOperationException($"ID {id} is not unused any more: the pool was changed since it was found.");

        Set(id);
        InUse++;
    }

    /// <summary>The lowest unused ID at or above <paramref name="start"/>, for those who only look; null also where the pool contradicts itself.</summary>
    internal int? LowestUnusedId(int start) => FindUnused(start) is >= 0 and int id ? id : null;

    /// <summary>Holds the pool against the IDs that it should have, in ascending order, and against itself.</summary>
    internal void FindMismatches(List<int> held, MismatchList found)
    {
        int before = found.Count;
        FindStructureMismatches(found);
        if (found.Count > before && !IsReadable)
            return;

        int fitting = CapacityFor(held.Count > 0 ? held[^1] : -1);
        if (fitting > Capacity && IsResizable)
            found.Add(HandleMismatchKind.Capacity, "pool, capacity", $"{fitting} or more", $"{Capacity}", held[^1]);

        ReadOnlySpan<ulong> words = Words;
        int used = 0, next = 0;
        for (int index = 0; index < Math.Max(Capacity, fitting) >> 6; index++)
        {
            ulong expected = 0;
            for (; next < held.Count && held[next] >> 6 == index; next++)
                expected |= 1UL << held[next];
            ulong word = index < words.Length ? words[index] : 0;
            if (index == 0)
                word = WithoutReserved(word);
            used += BitOperations.PopCount(word);
            for (ulong wrong = word ^ expected; wrong != 0; wrong &= wrong - 1)
            {
                int id = (index << 6) | BitOperations.TrailingZeroCount(wrong);
                bool isUsed = (word >> id & 1) != 0;
                found.Add(isUsed ? HandleMismatchKind.BitSet : HandleMismatchKind.BitClear,
                    $"pool, handle {id}", isUsed ? "unused" : "used", isUsed ? "used" : "unused", id);
            }
        }

        if (used != InUse)
            found.Add(HandleMismatchKind.InUse, "pool, count of used handles", used, InUse);
    }

    /// <summary>Makes the pool anew, with just these IDs. It keeps its capacity, unless that is too small for them.</summary>
    /// <exception cref="OutOfMemoryException">There is no memory for that. Nothing has changed then.</exception>
    internal void Rebuild(List<int> held)
    {
        int fitting = CapacityFor(held.Count > 0 ? held[^1] : -1);
        Restore(held, IsReadable ? Math.Max(Capacity, fitting) : fitting);
        InUse = held.Count;
    }

    /// <summary>Has an ID be used that is not, or the other way round.</summary>
    internal void FlipBit(int id)
    {
        if (!ReleaseId(id))
            Acquire(id);
    }

    /// <summary>Has a summary contradict the word of an ID.</summary>
    /// <exception cref="InvalidOperationException">There are no summaries.</exception>
    internal virtual void FlipSummary(int id) => throw new InvalidOperationException(
        $"A {Allocator} of {Capacity} handles has no summaries; a {HandleAllocator.HierarchicalBitmap} has, from 128 handles on.");

    /// <summary>Gives the bitmap up after a failed allocation, where the allocator does that.</summary>
    /// <returns>Whether it did; IDs are now found without it.</returns>
    internal virtual bool Disable() => false;

    internal abstract PoolResizer AllocateResizer(in ResizeRequest request, bool toFit);

    /// <summary>Whether capacity and bits can be told even if the structure is damaged.</summary>
    private protected virtual bool IsReadable => true;

    /// <summary>The lowest unused ID at or above <paramref name="start"/> within the capacity, or one of <see cref="BitSearch"/>.</summary>
    private protected abstract int FindUnused(int start);

    /// <summary>Makes what speeds up searches anew from the bits.</summary>
    private protected virtual void Restructure()
    {
    }

    /// <summary>Holds the structure of the pool against itself.</summary>
    private protected virtual void FindStructureMismatches(MismatchList found)
    {
    }

    /// <summary>The first word, without a bit that stands for no used ID.</summary>
    private protected virtual ulong WithoutReserved(ulong firstWord) => firstWord;

    /// <summary>Makes a structure of that capacity with just these IDs, and then goes on with it.</summary>
    private protected abstract void Restore(List<int> held, int capacity);

    /// <summary>The highest used ID, or -1.</summary>
    private protected abstract int FindLast();

    private protected abstract void Set(int id);

    private protected abstract void Clear(int id);

    /// <summary>Copies the IDs into the resizer's memory and goes on with that.</summary>
    private protected abstract void Adopt(PoolResizer resizer);

    /// <summary>The driver's rule for shrinking; 0 where it says no.</summary>
    private int ShrunkCapacity()
    {
        int capacity = Capacity;
        if (capacity <= MinCapacity || !IsResizable)
            return 0;

        int last = FindLast();
        if (last < 0)
            return MinCapacity;
        return last < capacity / 4 ? Math.Max(MinCapacity, capacity / 2) : 0;
    }

    /// <summary>Whether what the bits allow now is not more than the shrinking resizer has.</summary>
    private bool IsPossible(PoolResizer resizer)
    {
        int possible = resizer.ToFit ? FittingCapacity : ShrunkCapacity();
        return possible != 0 && possible <= resizer.ToCapacity;
    }

    /// <summary>Whether no bit is set from an ID on. The bits themselves are asked: a damaged summary must not have them dropped.</summary>
    private bool IsUnusedFrom(int id) => !Words[(id >> 6)..].ContainsAnyExcept(0UL);

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
            throw HandleErrors.ResizerCompleted(resizer);
        resizer.IsCompleted = true;
    }
}
