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
    /// <param name="words">The bits.</param>
    /// <param name="used">The number of used IDs.</param>
    /// <param name="last">The highest used ID, or -1.</param>
    /// <param name="start">The first bit.</param>
    internal virtual long AskClear(ReadOnlySpan<ulong> words, int used, int last, int start) => 0;

    /// <summary>Counts the second look at the bits from <paramref name="start"/> on, before they are dropped.</summary>
    internal virtual long MakeCertain(int capacity, int start) => 0;

    /// <summary>Counts the words that are copied from one capacity to another.</summary>
    internal virtual long Copied(int from, int to) => 0;

    /// <summary>Counts adopting the memory for another capacity: what is copied is read and written, and summaries are computed.</summary>
    /// <param name="words">The bits before.</param>
    /// <param name="from">The capacity before.</param>
    /// <param name="to">The other capacity.</param>
    internal virtual long Adopt(ReadOnlySpan<ulong> words, int from, int to) => 2 * Copied(from, to);

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

        internal override long AskClear(ReadOnlySpan<ulong> words, int used, int last, int start) => words.Length - Math.Max(0, last >> 6);

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
            return words.Length > 1 ? 2 : 1;
        }

        internal override long Adopt(ReadOnlySpan<ulong> words, int from, int to)
        {
            // All words are read for the summary, those that were written too.
            _next = Math.Min(_next, to);
            return Copied(from, to) + (to >> 6) + (to == IdPool.MinCapacity ? 0 : Math.Max(1, to >> 12));
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

        internal override long AskClear(ReadOnlySpan<ulong> words, int used, int last, int start) => last < 0 ? 1 : 1 + LevelsOf(words.Length);

        internal override long MakeCertain(int capacity, int start) => (capacity - start) >> 6;

        internal override long Copied(int from, int to)
        {
            int words = Math.Min(from, to) >> 6;
            return words + (words >= 64 ? 2 * (words >> 6) : 0);
        }

        internal override long Adopt(ReadOnlySpan<ulong> words, int from, int to)
        {
            // What is copied is written, and what a summary is computed from is read.
            int copied = Math.Min(from, to) >> 6, pairs = ((to >> 6) + 63) >> 6, levels = LevelsOf(to >> 6);
            long count = Copied(from, to) + (copied >= 64 || levels == 0 ? copied : to >> 6);
            if (levels > 0)
                count += 2 * (levels == 1 && copied >= 64 ? copied >> 6 : pairs);
            for (int level = 1; level < levels; level++)
            {
                pairs = (pairs + 63) >> 6;
                count += 2 * pairs;
            }

            return count;
        }

        private static int Marks(ReadOnlySpan<ulong> words, int id, ulong without, ulong with)
        {
            int levels = LevelsOf(words.Length);
            return (without == 0 ? Rise(words, id >> 6, levels, 0) : 0) + (with == ulong.MaxValue ? Rise(words, id >> 6, levels, ulong.MaxValue) : 0);
        }
    }

    private sealed class Segmented : AllocatorWords
    {
        private const int FirstLength = SegmentedBitmap.FirstLength;
        private const int FirstWords = FirstLength >> 6;

        // The first word and the current one are in the pool's own object, as are the marks of the first words. 0 if no word is current.
        private int _current;
        private int _next = 1;

        internal override long Find(ReadOnlySpan<ulong> words, int last, int found)
        {
            int target = found >> 6;
            if (target == 0 || (found >= 0 && target == _current))
                return 0;
            int from = _next - 1;
            bool isFirst = found >= 0 && target < FirstWords;
            long count = 0;
            int start = FirstWords, common = 0;
            if (from >= FirstWords && !isFirst)
            {
                // Up from its marks; down again if the word is in the same segment.
                (start, int length) = SegmentOf(from);
                if (found >= 0 && target < start + length)
                {
                    common = LevelsBetween(from - start, target - start);
                    count = (2 * common) - 1;
                }
                else
                {
                    count = LevelsOf(length);
                    start += length;
                }
            }

            if (!isFirst && common == 0)
            {
                // Down from the top of the first segment that has room.
                for (; start < words.Length; start *= 2)
                {
                    if (found >= 0 && target < 2 * start)
                    {
                        common = LevelsOf(start);
                        count += common;
                        break;
                    }

                    count++;
                }
            }

            if (found < 0)
                return count;

            // A full word takes the place of the one that is current now. The marks on the way down have been read.
            (_current, _next) = (target, target + 1);
            return count + 1 + (isFirst ? 0 : 1 + Math.Max(0, Marks(words, target) - common));
        }

        internal override long Set(ReadOnlySpan<ulong> words, int used, int id)
        {
            int word = id >> 6;
            if (word == 0 || word == _current)
                return 0;
            return word < FirstWords ? 1 : 2 + (words[word] == ulong.MaxValue ? Marks(words, word) : 0);
        }

        internal override long Clear(ReadOnlySpan<ulong> words, int used, int id)
        {
            int word = id >> 6;
            if (word == 0 || word == _current)
                return 0;
            bool wasFull = (words[word] | (1UL << id)) == ulong.MaxValue, isCurrentFull = _current == 0 || words[_current] == ulong.MaxValue;
            if (!wasFull || word >= (isCurrentFull ? _next : _current))
            {
                _next = Math.Min(_next, word);
                return word < FirstWords ? 1 : 2 + (wasFull ? Marks(words, word) : 0);
            }

            // It is current now, and counts as full. The one before is put back if it is not full.
            int before = _current;
            _current = word;
            if (isCurrentFull)
                return 1;
            _next = before;
            return 1 + (before < FirstWords ? 1 : 2 + Marks(words, before));
        }

        internal override long AskClear(ReadOnlySpan<ulong> words, int used, int last, int start)
        {
            // More IDs than fit below reach beyond it.
            if (used > start)
                return 0;
            long count = 0;
            for (int segment = words.Length << 5; segment >= FirstLength && segment >= start; segment /= 2)
            {
                count++;
                if (last >= segment)
                    return count;
            }

            return start >= FirstLength ? count : count + AskFirstWords(words[..Math.Min(words.Length, FirstWords)], start);
        }

        internal override long MakeCertain(int capacity, int start)
        {
            // Each segment has a count. The current word is not in the array.
            return capacity > FirstLength ? SegmentsOf(capacity)
                : ((capacity - start) >> 6) - (_current >= start >> 6 ? 1 : 0);
        }

        internal override long Copied(int from, int to)
        {
            int copied = Math.Min(from, to);
            return copied > IdPool.MinCapacity && copied < FirstLength ? copied >> 6 : 0;
        }

        internal override long Adopt(ReadOnlySpan<ulong> words, int from, int to)
        {
            if (_current >= to >> 6)
                (_current, _next) = (0, 1);

            // What has been copied is read for its marks. Segments that are dropped have no count.
            long copied = Copied(from, to);
            return Math.Max(0, SegmentsOf(from) - SegmentsOf(to)) + (copied == 0 ? 0 : copied + (Math.Min(to, FirstLength) >> 6));
        }

        private static int SegmentsOf(int capacity) => BitOperations.Log2((uint)Math.Max(1, capacity / FirstLength));

        private static (int Start, int Length) SegmentOf(int word)
        {
            int start = 1 << BitOperations.Log2((uint)word);
            return (start, start);
        }

        /// <summary>Counts the question whether the first words are clear from a bit on, from below.</summary>
        private long AskFirstWords(ReadOnlySpan<ulong> words, int start)
        {
            int word = start >> 6;
            long count = word == 0 || word == _current ? 0 : 1;
            if ((words[word] & (ulong.MaxValue << start)) != 0)
                return count;
            bool isCurrentAbove = _current > word && _current < words.Length;
            if (isCurrentAbove && words[_current] != 0)
                return count;
            while (++word < words.Length)
            {
                if (isCurrentAbove && word == _current)
                    continue;
                count++;
                if (words[word] != 0)
                    break;
            }

            return count;
        }

        /// <summary>Counts the words of marks to write when a word of a segment becomes or ceases to be full.</summary>
        private int Marks(ReadOnlySpan<ulong> words, int word)
        {
            (int first, int length) = SegmentOf(word);
            int count = 1, levels = LevelsOf(length);
            for (int size = 64; count < levels; size <<= 6, count++)
            {
                int start = first + ((word - first) & -size);
                if (!AreFull(words, start, word) || !AreFull(words, word + 1, start + size))
                    break;
            }

            return count;
        }

        private bool AreFull(ReadOnlySpan<ulong> words, int from, int to)
        {
            for (int word = from; word < to; word++)
            {
                if (words[word] != ulong.MaxValue && word != _current)
                    return false;
            }

            return true;
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
