using System.Numerics;
using HandlePool.Pools;

namespace HandlePool.Measurements;

/// <summary>Derives from the bits of a pool the number of 64-bit words that an allocator reads or writes in an operation.</summary>
/// <remarks>
/// <para>The pools themselves do not count, because that would slow them down. A word that is read and written counts once, a copied word
/// twice. References, lengths and bounds in the pool's own object do not count: they are always in the cache. The nodes of a tree count
/// as words; of a balanced tree, the length of a path is that of a perfectly balanced one, the least possible.</para>
/// <para>The counts hold for pools that never take ID 0, as the pools of processes without the context manager's handle.</para>
/// </remarks>
internal abstract class AllocatorWords
{
    /// <summary>The first ID that a search considers.</summary>
    internal const int FirstId = 1;

    /// <summary>Gets whether the structure has a capacity.</summary>
    internal virtual bool IsResizable => true;

    internal static AllocatorWords Of(HandleAllocator allocator) => allocator switch
    {
        HandleAllocator.SegmentedBitmap => new Segmented(),
        HandleAllocator.HierarchicalBitmap => new Hierarchical(),
        HandleAllocator.Bitmap or HandleAllocator.DBitmap => new Flat(),
        HandleAllocator.FdTwoLevel => new FdTwoLevel(),
        HandleAllocator.XArray => new XArray(),
        HandleAllocator.TreeScan => new Tree(scans: true),
        HandleAllocator.AugmentedTree => new Tree(scans: false),
        _ => throw new ArgumentOutOfRangeException(nameof(allocator), allocator, null),
    };

    /// <summary>Counts a search from <see cref="FirstId"/>.</summary>
    /// <param name="words">The bits, before the ID is taken.</param>
    /// <param name="last">The highest used ID, or -1.</param>
    /// <param name="found">The ID that is found, or -1.</param>
    internal abstract long Find(ReadOnlySpan<ulong> words, int last, int found);

    /// <summary>Counts taking an ID.</summary>
    /// <param name="words">The bits afterwards.</param>
    /// <param name="used">The number of used IDs afterwards.</param>
    /// <param name="id">The ID.</param>
    internal abstract long Set(ReadOnlySpan<ulong> words, int used, int id);

    /// <summary>Counts releasing an ID.</summary>
    /// <param name="words">The bits afterwards.</param>
    /// <param name="used">The number of used IDs before.</param>
    /// <param name="id">The ID.</param>
    internal abstract long Clear(ReadOnlySpan<ulong> words, int used, int id);

    /// <summary>Counts the question whether all bits from <paramref name="start"/> on are clear.</summary>
    internal virtual long AskClear(int capacity, int last, int start) => 0;

    /// <summary>Counts the second look at the bits from <paramref name="start"/> on, before they are dropped.</summary>
    internal virtual long MakeCertain(int capacity, int start) => 0;

    /// <summary>Counts the words that are copied from one capacity to another.</summary>
    internal virtual long Copied(int from, int to) => 0;

    /// <summary>Counts adopting the memory for another capacity: what is copied is read and written, and summaries are computed.</summary>
    internal virtual long Adopt(int from, int to) => 2 * Copied(from, to);

    /// <summary>Returns the number of levels of 64-way summaries above a power of two of words.</summary>
    private static int LevelsOf(int words) => (BitOperations.Log2((uint)words) + 5) / 6;

    /// <summary>Returns the number of levels to climb until two indices have a common summary word.</summary>
    private static int LevelsBetween(int first, int second)
    {
        int levels = 0;
        for (; first != second; first >>= 6, second >>= 6)
            levels++;
        return levels;
    }

    /// <summary>Counts the summaries to write when a word becomes or ceases to be full or empty: one, and one more for each level whose other
    /// words are likewise.</summary>
    private static int Rise(ReadOnlySpan<ulong> words, int word, int levels, ulong value)
    {
        int count = Math.Min(1, levels);
        for (int size = 64; count < levels; size <<= 6, count++)
        {
            ReadOnlySpan<ulong> group = words.Slice(word & -size, size);
            int at = word & (size - 1);
            if (group[..at].ContainsAnyExcept(value) || group[(at + 1)..].ContainsAnyExcept(value))
                break;
        }

        return count;
    }

    private class Flat : AllocatorWords
    {
        internal override long Find(ReadOnlySpan<ulong> words, int last, int found) => found < 0 ? words.Length : (found >> 6) + 1;

        internal override long Set(ReadOnlySpan<ulong> words, int used, int id) => 1;

        internal override long Clear(ReadOnlySpan<ulong> words, int used, int id) => 1;

        internal override long AskClear(int capacity, int last, int start) => (capacity >> 6) - Math.Max(0, last >> 6);

        internal override long MakeCertain(int capacity, int start) => (capacity - start) >> 6;

        internal override long Copied(int from, int to) => Math.Min(from, to) >> 6;
    }

    private sealed class FdTwoLevel : Flat
    {
        private int _next = FirstId;

        internal override long Find(ReadOnlySpan<ulong> words, int last, int found)
        {
            int word = _next >> 6;
            if (word >= words.Length)
                return 0;
            if (found >> 6 == word)
                return 1;
            int groups = Math.Max(1, words.Length >> 6);
            return found < 0 ? 1 + groups - (word >> 6) : 3 + (found >> 12) - (word >> 6);
        }

        internal override long Set(ReadOnlySpan<ulong> words, int used, int id)
        {
            _next = id + 1;
            return words[id >> 6] == ulong.MaxValue && words.Length > 1 ? 2 : 1;
        }

        internal override long Clear(ReadOnlySpan<ulong> words, int used, int id)
        {
            _next = Math.Min(_next, id);
            return (words[id >> 6] | (1UL << id)) == ulong.MaxValue && words.Length > 1 ? 2 : 1;
        }

        internal override long Adopt(int from, int to)
        {
            _next = Math.Min(_next, to);
            return (2 * Copied(from, to)) + (to >> 6) + Math.Max(1, to >> 12);
        }
    }

    private class Hierarchical : AllocatorWords
    {
        internal override long Find(ReadOnlySpan<ulong> words, int last, int found)
        {
            // The word of the start, up to the first summary that has room beyond it, and down again.
            if (found < 0)
                return 1 + LevelsOf(words.Length);
            int levels = LevelsBetween(0, found >> 6);
            return (2 * levels) + 1;
        }

        internal override long Set(ReadOnlySpan<ulong> words, int used, int id) => 1 + Marks(words, id, words[id >> 6] & ~(1UL << id), words[id >> 6]);

        internal override long Clear(ReadOnlySpan<ulong> words, int used, int id) => 1 + Marks(words, id, words[id >> 6], words[id >> 6] | (1UL << id));

        internal override long AskClear(int capacity, int last, int start) => last < 0 ? 1 : 1 + LevelsOf(capacity >> 6);

        internal override long MakeCertain(int capacity, int start) => (capacity - start) >> 6;

        internal override long Copied(int from, int to)
        {
            int words = Math.Min(from, to) >> 6;
            return words + (words >= 64 ? 2 * (words >> 6) : 0);
        }

        internal override long Adopt(int from, int to)
        {
            long count = 2 * Copied(from, to);
            int below = to >> 6, read = 1;
            for (int level = 0; level < LevelsOf(to >> 6); level++)
            {
                int pairs = (below + 63) >> 6;
                if (level > 0 || Math.Min(from, to) >> 6 < 64)
                    count += (read * below) + (2 * pairs);
                below = pairs;
                read = 2;
            }

            return count;
        }

        private static int Marks(ReadOnlySpan<ulong> words, int id, ulong without, ulong with)
        {
            int levels = LevelsOf(words.Length);
            return (without == 0 ? Rise(words, id >> 6, levels, 0) : 0) + (with == ulong.MaxValue ? Rise(words, id >> 6, levels, ulong.MaxValue) : 0);
        }
    }

    private sealed class Segmented : Hierarchical
    {
        private const int FirstLength = SegmentedBitmap.FirstLength;
        private const int FirstWords = FirstLength >> 6;

        private int _lowest = FirstLength;
        private bool _isFirstFull;

        internal override long Find(ReadOnlySpan<ulong> words, int last, int found)
        {
            if (words.Length <= FirstWords)
                return base.Find(words, last, found);

            // Once the first part was searched in vain, it is not searched again until one of its bits is cleared.
            bool isInFirst = found >= 0 && found < FirstLength;
            long count = _isFirstFull ? 0 : base.Find(words[..FirstWords], last, isInFirst ? found : -1);
            _isFirstFull = !isInFirst;
            int word = _lowest >> 6;
            if (isInFirst || word >= words.Length)
                return count;
            count++;
            if (found >> 6 == word)
                return count;
            for (int start = StartOf(word); start < words.Length; start *= 2)
            {
                int levels = LevelsOf(start);
                bool isHere = found >= 0 && found >> 6 < 2 * start;
                if (word >= start)
                {
                    int between = isHere ? LevelsBetween(word - start, (found >> 6) - start) : 0;
                    count += isHere ? 2 * between : levels;
                }
                else
                {
                    count += isHere ? levels + 1 : 1;
                }

                if (isHere)
                    break;
            }

            return count;
        }

        internal override long Set(ReadOnlySpan<ulong> words, int used, int id)
        {
            if (id < FirstLength)
                return base.Set(words[..Math.Min(words.Length, FirstWords)], used, id);
            if (id == _lowest)
                _lowest++;
            return 2 + MarksOfSegment(words, id);
        }

        internal override long Clear(ReadOnlySpan<ulong> words, int used, int id)
        {
            _isFirstFull &= id >= FirstLength;
            if (id < FirstLength)
                return base.Clear(words[..Math.Min(words.Length, FirstWords)], used, id);
            _lowest = Math.Min(_lowest, id);
            return 2 + MarksOfSegment(words, id);
        }

        internal override long AskClear(int capacity, int last, int start)
        {
            long count = 0;
            for (int segment = capacity / 2; segment >= FirstLength && segment >= start; segment /= 2)
            {
                count++;
                if (last >= segment)
                    return count;
            }

            return start >= FirstLength ? count : count + base.AskClear(Math.Min(capacity, FirstLength), last, start);
        }

        internal override long MakeCertain(int capacity, int start)
        {
            if (capacity <= FirstLength)
                return base.MakeCertain(capacity, start);

            // The bits of the first part are counted, and each segment has a count.
            return FirstWords + BitOperations.Log2((uint)(capacity / FirstLength)) + (start < FirstLength ? base.MakeCertain(FirstLength, start) : 0);
        }

        internal override long Copied(int from, int to) => Math.Min(from, to) >= FirstLength ? 0 : base.Copied(from, Math.Min(to, FirstLength));

        internal override long Adopt(int from, int to)
        {
            _lowest = Math.Max(FirstLength, Math.Min(_lowest, to));
            _isFirstFull = false;
            long segments = to > FirstLength ? BitOperations.Log2((uint)(to / FirstLength)) : 0;
            return segments + (Math.Min(from, to) >= FirstLength ? 0 : base.Adopt(from, Math.Min(to, FirstLength)));
        }

        /// <summary>Returns the first word of the segment of a word, which is also its number of words.</summary>
        private static int StartOf(int word) => 1 << BitOperations.Log2((uint)word);

        private static int MarksOfSegment(ReadOnlySpan<ulong> words, int id)
        {
            int start = StartOf(id >> 6);
            return (words[id >> 6] | (1UL << id)) == ulong.MaxValue
                ? Rise(words.Slice(start, start), (id >> 6) - start, LevelsOf(start), ulong.MaxValue)
                : 0;
        }
    }

    private sealed class XArray : AllocatorWords
    {
        private const int LeafShift = 10;
        private const int LeafWords = 1 << (LeafShift - 6);

        internal override bool IsResizable => false;

        internal override long Find(ReadOnlySpan<ulong> words, int last, int found)
        {
            // Each level reads a mark and a reference. The first leaf always has room, for ID 0, and is scanned.
            int levels = Levels(last);
            int leaf = found >> LeafShift, word = (found >> 6) & (LeafWords - 1);
            if (leaf == 0)
                return (2 * levels) + word + 1;
            int below = LevelsBetween(0, leaf);
            return (2 * levels) + LeafWords + (below > levels ? 0 : (2 * below) + (leaf > last >> LeafShift ? 0 : word + 1));
        }

        // A leaf has a count; a level has a reference and two marks.
        internal override long Set(ReadOnlySpan<ulong> words, int used, int id) => 2 + (3 * Levels(id));

        internal override long Clear(ReadOnlySpan<ulong> words, int used, int id) => 2 + (3 * Levels(id));

        private static int Levels(int last) => last < 0 ? 0 : LevelsBetween(0, last >> LeafShift);
    }

    private sealed class Tree(bool scans) : AllocatorWords
    {
        internal override bool IsResizable => false;

        // The augmented tree is descended for the rank of the start and for the gap.
        internal override long Find(ReadOnlySpan<ulong> words, int last, int found) =>
            scans ? found - FirstId + (last > found ? 1 : 0) : 2 * Depth(Math.Max(1, last));

        // It is also descended to see whether the ID is used.
        internal override long Set(ReadOnlySpan<ulong> words, int used, int id) => (scans ? 1 : 2) * Depth(used);

        internal override long Clear(ReadOnlySpan<ulong> words, int used, int id) => (scans ? 1 : 2) * Depth(used);

        private static long Depth(int count) => BitOperations.Log2((uint)count) + 1;
    }
}
