using System.Numerics;
using HandlePool.Tables;

namespace HandlePool;

/// <summary>Represents a snapshot of the bitmap of a process's pool. Immutable.</summary>
public sealed class HandleBitmap
{
    private readonly PoolStatus _status;
    private HandleList<HandleRun>? _runs;

    internal HandleBitmap(HandleProcess process, in PoolStatus status, ulong[] words)
        : this(process, status, words, new HandleRun(0, status.Capacity - 1))
    {
    }

    private HandleBitmap(HandleProcess process, in PoolStatus status, ulong[] words, HandleRun range)
    {
        Process = process;
        _status = status;
        Words = words;
        Range = range;
    }

    /// <summary>Gets the process that has the pool.</summary>
    public HandleProcess Process { get; }

    /// <summary>Gets the number of bits: a power of two of at least 64.</summary>
    public int Capacity => _status.Capacity;

    /// <summary>Gets the number of set bits. A reserved bit 0 (driver C611rc1) counts only while handle 0 is held.</summary>
    public int InUse => _status.InUse;

    /// <summary>Gets the lowest clear bit from 1 on: the handle that the next ordinary reference gets. Null if there is none.</summary>
    public int? LowestFree => _status.LowestFree;

    /// <summary>Gets the highest set bit, or null if no handle is in use.</summary>
    public int? HighestUsed => _status.HighestUsed;

    /// <summary>Gets the share of the bits that are set, from 0 to 1.</summary>
    public double Density => (double)InUse / Capacity;

    /// <summary>
    /// Gets whether the capacity is inferred, because a dump does not contain it: it is the smallest that holds the highest
    /// handle.
    /// </summary>
    public bool CapacityInferred => _status.CapacityInferred;

    /// <summary>Gets the set bits as runs, in ascending order. O(capacity / 64 + runs) the first time.</summary>
    public HandleList<HandleRun> Runs => _runs ??= FindRuns();

    /// <summary>
    /// Gets the handles that its picture shows: all, unless limited by <see cref="Show"/>. All other members cover the whole
    /// pool.
    /// </summary>
    public HandleRun Range { get; }

    /// <summary>Gets the bits, 64 to a word; bit 0 of word 0 is handle 0.</summary>
    internal ulong[] Words { get; }

    /// <summary>Returns the bits, 64 to a word; bit 0 of word 0 is handle 0. Do not change the array; it is not a copy.</summary>
    /// <remarks>
    /// This is a method so that ConvertTo-Json and Export-Csv write only the runs, which contain the same information. In PowerShell,
    /// the bitmap has the property Words.
    /// </remarks>
    public ulong[] GetWords() => Words;

    /// <summary>Returns whether the handle is in use; false for negative numbers and those beyond the capacity. O(1).</summary>
    public bool IsSet(long handle) =>
        (ulong)handle < (ulong)Capacity && (Words[handle >> 6] & (1UL << (int)handle)) != 0;

    /// <summary>
    /// Returns the number of set bits among the <paramref name="length"/> bits from <paramref name="first"/> on. O(length / 64).
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The range is not within the capacity.</exception>
    public int CountSet(int first, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Capacity - first);
        return CountSet(Words, first, length);
    }

    /// <summary>Returns the number of set bits among some of the words, which contain them all. O(length / 64).</summary>
    internal static int CountSet(ReadOnlySpan<ulong> words, int first, int length)
    {
        int count = 0;
        int end = first + length;
        for (int at = first; at < end;)
        {
            int next = Math.Min(end, (at | 63) + 1);
            ulong bits = words[at >> 6] >> (at & 63);
            int width = next - at;
            count += BitOperations.PopCount(width == 64 ? bits : bits & ((1UL << width) - 1));
            at = next;
        }

        return count;
    }

    /// <summary>Returns the same bitmap with a picture that shows only some handles.</summary>
    /// <param name="range">The handles to show. The range is cut at the capacity.</param>
    /// <exception cref="ArgumentOutOfRangeException">The range begins below 0 or beyond the capacity, or ends before it begins.</exception>
    public HandleBitmap Show(HandleRun range)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(range.First, nameof(range));
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(range.First, Capacity, nameof(range));
        ArgumentOutOfRangeException.ThrowIfLessThan(range.Last, range.First, nameof(range));
        return new HandleBitmap(Process, _status, Words, new HandleRun(range.First, Math.Min(range.Last, Capacity - 1)));
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Process}: {InUse} of {Capacity}";

    private HandleList<HandleRun> FindRuns()
    {
        List<HandleRun> runs = [];
        int first = -1;
        for (int index = 0; index < Words.Length; index++)
        {
            // Jump from edge to edge within a word; a word that continues the run or gap before it costs one test.
            ulong bits = Words[index];
            int bit = 0;
            while (bit < 64)
            {
                ulong rest = (first < 0 ? bits : ~bits) >> bit;
                if (rest == 0)
                    break;
                bit += BitOperations.TrailingZeroCount(rest);
                if (first < 0)
                {
                    first = (index << 6) | bit;
                }
                else
                {
                    runs.Add(new HandleRun(first, ((index << 6) | bit) - 1));
                    first = -1;
                }
            }
        }

        if (first >= 0)
            runs.Add(new HandleRun(first, Capacity - 1));
        return new HandleList<HandleRun>(runs);
    }
}
