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
        private const int SecondWord = 64;
        private const int NoSpare = -1;

        private int _lowest = SecondWord;
        private int _spare = NoSpare;

        internal override long Find(ReadOnlySpan<ulong> words, int last, int found)
        {
            // The first word and the marks of a single array are in the pool's own object.
            if (found is >= 0 and < SecondWord)
                return 0;
            if (words.Length <= FirstWords)
                return found >= 0 ? 1 : 0;
            if (_spare != NoSpare)
                return 1;
            int word = _lowest >> 6;
            if (found >= 0)
                _lowest = found;
            if (word >= words.Length)
                return 0;
            long count = 1;
            if (found >> 6 == word)
                return count;
            for ((int start, int length) = SegmentOf(word); start < words.Length; (start, length) = (start + length, start + length))
            {
                int levels = LevelsOf(length);
                bool isHere = found >= 0 && found >> 6 < start + length;
                if (word >= start)
                    count += isHere ? 2 * LevelsBetween(word - start, (found >> 6) - start) : levels;
                else
                    count += isHere ? levels + 1 : 1;
                if (isHere)
                    break;
            }

            return count;
        }

        internal override long Set(ReadOnlySpan<ulong> words, int used, int id)
        {
            if (id < SecondWord)
                return 0;
            if (words.Length <= FirstWords)
                return 1;
            if (id == _spare)
            {
                _spare = NoSpare;
                return 2;
            }

            if (id == _lowest)
                _lowest++;
            return 2 + (IsFull(words, id >> 6, id) ? Marks(words, id, id) : 0);
        }

        internal override long Clear(ReadOnlySpan<ulong> words, int used, int id)
        {
            if (id < SecondWord)
                return 0;
            if (words.Length <= FirstWords)
                return 1;
            if (id >= _lowest)
                return 2 + (IsFull(words, id >> 6, id) ? Marks(words, id, id) : 0);
            if (_spare == NoSpare)
            {
                _spare = id;
                return 2;
            }

            // The higher of two is no longer spare, and its word is unmarked.
            int lower = Math.Min(id, _spare), higher = Math.Max(id, _spare);
            int count = Unmark(words, higher, id);
            (_spare, _lowest) = (lower, higher);
            return 2 + count;
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

            if (start >= FirstLength)
                return count;
            ReadOnlySpan<ulong> first = words[..Math.Min(words.Length, FirstWords)];
            int word = start >> 6;
            count += word == 0 ? 0 : 1;
            if ((first[word] & (ulong.MaxValue << start)) != 0)
                return count;
            int next = first[(word + 1)..].IndexOfAnyExcept(0UL);
            return count + (next < 0 ? first.Length - word - 1 : next + 1);
        }

        internal override long MakeCertain(int capacity, int start)
        {
            if (capacity <= FirstLength)
                return (capacity - start) >> 6;

            // The bits of the first segment are counted, and the others have a count.
            return FirstWords - 1 + BitOperations.Log2((uint)(capacity / FirstLength));
        }

        internal override long Copied(int from, int to)
        {
            int copied = Math.Min(from, to);
            return copied > IdPool.MinCapacity && (to > from ? from <= FirstLength : to < FirstLength) ? copied >> 6 : 0;
        }

        internal override long Adopt(ReadOnlySpan<ulong> words, int from, int to)
        {
            // A single array is read for its marks, unless nothing is copied to it.
            if (to <= FirstLength)
                return Math.Min(from, to) == IdPool.MinCapacity ? 0 : Copied(from, to) + (to >> 6);

            // The first segment gets what is copied, a count and a word of marks.
            if (from <= FirstLength)
            {
                (_lowest, _spare) = (SecondWord, NoSpare);
                return Copied(from, to) + FirstWords + 2;
            }

            int count = _spare != NoSpare && _spare < to ? Unmark(words, _spare, _spare) : 0;
            _lowest = Math.Min(_spare == NoSpare ? _lowest : _spare, to);
            _spare = NoSpare;
            return count;
        }

        private static (int Start, int Length) SegmentOf(int word)
        {
            int start = word < FirstWords ? 0 : 1 << BitOperations.Log2((uint)word);
            return (start, Math.Max(FirstWords, start));
        }

        /// <summary>Counts unmarking the word of an ID, which may be marked or not.</summary>
        private int Unmark(ReadOnlySpan<ulong> words, int id, int cleared) => IsFull(words, id >> 6, cleared) ? Marks(words, id, cleared) : 1;

        /// <summary>Counts the words of marks to write when the word of an ID becomes or ceases to be full.</summary>
        private int Marks(ReadOnlySpan<ulong> words, int id, int cleared)
        {
            int word = id >> 6;
            (int first, int length) = SegmentOf(word);
            int count = 1, levels = LevelsOf(length);
            for (int size = 64; count < levels; size <<= 6, count++)
            {
                int start = first + ((word - first) & -size);
                if (!AreFull(words, start, word, cleared) || !AreFull(words, word + 1, start + size, cleared))
                    break;
            }

            return count;
        }

        private bool AreFull(ReadOnlySpan<ulong> words, int from, int to, int cleared)
        {
            for (int word = from; word < to; word++)
            {
                if (!IsFull(words, word, cleared))
                    return false;
            }

            return true;
        }

        /// <summary>Returns whether a word counts as full. Its marks have not yet seen that an ID was cleared.</summary>
        private bool IsFull(ReadOnlySpan<ulong> words, int word, int cleared) => (words[word] | BitOf(word, _spare) | BitOf(word, cleared)) == ulong.MaxValue;

        private static ulong BitOf(int word, int id) => word == id >> 6 ? 1UL << id : 0;
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
