using System.Numerics;
using HandlePool.Tables;

namespace HandlePool;

/// <summary>The bitmap of a process's pool, from one moment. Immutable.</summary>
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

    /// <summary>The process whose pool it is.</summary>
    public HandleProcess Process { get; }

    /// <summary>How many bits there are: a power of two, 64 or more.</summary>
    public int Capacity => _status.Capacity;

    /// <summary>How many bits are set. The reserved bit 0 of a DBitmap counts only while handle 0 is held.</summary>
    public int InUse => _status.InUse;

    /// <summary>The lowest clear bit but 0: the handle that the next ordinary reference gets. Null if there is none.</summary>
    public int? LowestFree => _status.LowestFree;

    /// <summary>The highest set bit, or null if no handle is in use.</summary>
    public int? HighestUsed => _status.HighestUsed;

    /// <summary>The share of the bits that are set, 0 to 1.</summary>
    public double Density => (double)InUse / Capacity;

    /// <summary>True if the capacity was not known (a dump does not tell it): it is the least that holds the highest handle.</summary>
    public bool CapacityInferred => _status.CapacityInferred;

    /// <summary>The set bits as runs, in ascending order. O(capacity / 64 + runs) the first time.</summary>
    public HandleList<HandleRun> Runs => _runs ??= FindRuns();

    /// <summary>The handles that its picture shows: all, unless <see cref="Show"/> said otherwise. All else is about the whole pool.</summary>
    public HandleRun Range { get; }

    /// <summary>The bits, 64 to a word; bit 0 of word 0 is handle 0.</summary>
    internal ulong[] Words { get; }

    /// <summary>The bits, 64 to a word; bit 0 of word 0 is handle 0. The array is this object's own: it is not to be changed.</summary>
    /// <remarks>
    /// A method, so that ConvertTo-Json and Export-Csv write the runs only, which say the same; in PowerShell the bitmap has the
    /// property Words.
    /// </remarks>
    public ulong[] GetWords() => Words;

    /// <summary>Whether the handle is in use; false for numbers beyond the capacity and below 0. O(1).</summary>
    public bool IsSet(long handle) =>
        (ulong)handle < (ulong)Capacity && (Words[handle >> 6] & (1UL << (int)handle)) != 0;

    /// <summary>How many bits are set from <paramref name="first"/>, <paramref name="length"/> of them. O(length / 64).</summary>
    /// <exception cref="ArgumentOutOfRangeException">The range is not within the capacity.</exception>
    public int CountSet(int first, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Capacity - first);
        int count = 0;
        int end = first + length;
        for (int at = first; at < end;)
        {
            int next = Math.Min(end, (at | 63) + 1);
            ulong bits = Words[at >> 6] >> (at & 63);
            int width = next - at;
            count += BitOperations.PopCount(width == 64 ? bits : bits & ((1UL << width) - 1));
            at = next;
        }

        return count;
    }

    /// <summary>The same bitmap, whose picture shows only some handles.</summary>
    /// <param name="range">The handles; what is beyond the capacity is left off.</param>
    /// <exception cref="ArgumentOutOfRangeException">It begins below 0 or beyond the capacity, or ends before it begins.</exception>
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
            // Within a word, jump from edge to edge; a word that goes on as the last one ended costs one look.
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
