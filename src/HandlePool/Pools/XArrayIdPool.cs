using System.Numerics;

namespace HandlePool.Pools;

/// <summary>Keeps used IDs in bitmaps of 1,024 bits at the leaves of a 64-way tree whose marks say where there is room, as the kernel's IDA does.</summary>
/// <remarks>
/// O(log64 n) to find, take and release an ID. The tree has as many levels as the highest ID needs; what holds no ID is freed.
/// Taking an ID may allocate a leaf and a node of each level.
/// </remarks>
internal sealed class XArrayIdPool : TreeIdPool
{
    private const int LeafShift = 10;
    private const int LeafBits = 1 << LeafShift;


    // A leaf has a header, a method table, the count and 16 words in an array; a node 64 references in an array, two words and the number of levels.
    private const int LeafBytes = 24 + 24 + (LeafBits / 8);
    private const int NodeBytes = 40 + 24 + (64 * 8);

    private Part? _root;

    internal XArrayIdPool(int maxCapacity, DriverRules rules)
        : base(HandleAllocator.XArray, maxCapacity, rules)
    {
    }

    public override long Bytes => _root?.CountBytes() ?? 0;

    public override bool IsUsed(int id) => LeafOf(id)?.IsSet(id & (LeafBits - 1)) ?? false;

    private protected override void CopyStructure() => _root = _root?.Copy();

    private protected override int FindUnused(int start)
    {
        int found = start;
        if (_root is { } root && start < root.Length)
        {
            found = root.NextZeroBit(start);
            if (found == BitSearch.Corrupted)
                return found;

            // Behind the tree, nothing is used.
            if (found < 0)
                found = (int)Math.Min(root.Length, int.MaxValue);
        }

        return found < Limit ? found : BitSearch.None;
    }

    private protected override int FindLast() => _root?.LastBit() ?? BitSearch.None;

    private protected override bool TrySet(int id)
    {
        if (id >= Limit)
            return false;
        _root ??= new Leaf();
        while (id >= _root.Length)
            _root = new Node(_root);
        return _root.TrySet(id);
    }

    private protected override bool TryClear(int id)
    {
        if (_root is null || id < 0 || id >= _root.Length || !_root.TryClear(id))
            return false;

        // What holds no ID goes, and so does a level that only has its first part.
        if (_root.IsEmpty)
            _root = null;
        while (_root is Node node && node.OnlyFirst is { } first)
            _root = first;
        return true;
    }

    private protected override void Restructure() => _root?.Summarize();

    private protected override void FindStructureMismatches(List<PoolMismatch> found) => _root?.FindMismatches(0, found);

    private protected override void Restore(List<int> held, int capacity)
    {
        Part? before = _root;
        try
        {
            _root = null;
            foreach (int id in held)
                TrySet(id);
        }
        catch (OutOfMemoryException)
        {
            _root = before;
            throw;
        }
    }

    private protected override void CopyTo(ulong[] words) => _root?.CopyTo(words, 0);

    private Leaf? LeafOf(int id)
    {
        if (_root is null || id < 0 || id >= _root.Length)
            return null;
        Part? part = _root;
        while (part is Node node)
            part = node.PartOf(id);
        return (Leaf?)part;
    }

    /// <summary>Covers some IDs, which are numbered from 0 here.</summary>
    private abstract class Part
    {
        internal abstract long Length { get; }

        internal abstract bool IsEmpty { get; }

        internal abstract bool IsFull { get; }

        internal abstract int NextZeroBit(int start);

        internal abstract int LastBit();

        internal abstract bool TrySet(int index);

        internal abstract bool TryClear(int index);

        internal abstract void Summarize();

        internal abstract void FindMismatches(int first, List<PoolMismatch> found);

        internal abstract Part Copy();

        internal abstract long CountBytes();

        internal abstract void CopyTo(ulong[] words, int first);
    }

    private sealed class Leaf : Part
    {
        private readonly ulong[] _words;
        private int _used;

        internal Leaf() => _words = new ulong[LeafBits / 64];

        private Leaf(ulong[] words, int used) => (_words, _used) = (words, used);

        internal override long Length => LeafBits;

        internal override bool IsEmpty => _used == 0;

        internal override bool IsFull => _used == LeafBits;

        internal bool IsSet(int index) => (_words[index >> 6] & (1UL << index)) != 0;

        internal override int NextZeroBit(int start)
        {
            int word = start >> 6;
            ulong free = ~_words[word] & (ulong.MaxValue << start);
            while (free == 0)
            {
                if (++word == _words.Length)
                    return BitSearch.None;
                free = ~_words[word];
            }

            return (word << 6) | BitOperations.TrailingZeroCount(free);
        }

        internal override int LastBit()
        {
            int word = _words.AsSpan().LastIndexOfAnyExcept(0UL);
            return word < 0 ? BitSearch.None : (word << 6) | BitOperations.Log2(_words[word]);
        }

        internal override bool TrySet(int index)
        {
            if (IsSet(index))
                return false;
            _words[index >> 6] |= 1UL << index;
            _used++;
            return true;
        }

        internal override bool TryClear(int index)
        {
            if (!IsSet(index))
                return false;
            _words[index >> 6] &= ~(1UL << index);
            _used--;
            return true;
        }

        internal override void Summarize() => _used = Count();

        internal override void FindMismatches(int first, List<PoolMismatch> found)
        {
            if (Count() is int used && used != _used)
                found.Add(new PoolMismatch(HandleMismatchKind.Tree, $"pool, count of the leaf at ID {first}", used, _used));
        }

        internal override Part Copy() => new Leaf([.. _words], _used);

        internal override long CountBytes() => LeafBytes;

        internal override void CopyTo(ulong[] words, int first) =>
            _words.AsSpan(0, Math.Min(_words.Length, words.Length - (first >> 6))).CopyTo(words.AsSpan(first >> 6));

        private int Count() => _words.Sum(BitOperations.PopCount);
    }

    private sealed class Node : Part
    {
        private readonly Part?[] _parts = new Part?[64];
        private readonly int _shift;

        // One bit a part: that it is there, and that it has room. What is not there has room.
        private ulong _present;
        private ulong _free = ulong.MaxValue;

        internal Node(Part first)
            : this(first is Node node ? node._shift + 6 : LeafShift) => Put(0, first);

        private Node(int shift) => _shift = shift;

        internal override long Length => 64L << _shift;

        internal override bool IsEmpty => _present == 0;

        internal override bool IsFull => _free == 0;

        internal Part? OnlyFirst => _present == 1 ? _parts[0] : null;

        internal Part? PartOf(int index) => _parts[(index >> _shift) & 63];

        internal override int NextZeroBit(int start)
        {
            int at = start >> _shift, offset = start - (at << _shift);
            for (ulong free = _free & (ulong.MaxValue << at); free != 0; free &= free - 1, offset = 0)
            {
                int next = BitOperations.TrailingZeroCount(free);
                if (next != at)
                    offset = 0;
                int found = _parts[next] is { } part ? part.NextZeroBit(offset) : offset;
                if (found == BitSearch.None && (next != at || offset == 0))
                    return BitSearch.Corrupted;
                if (found != BitSearch.None)
                    return found < 0 ? found : (next << _shift) + found;
            }

            return BitSearch.None;
        }

        internal override int LastBit()
        {
            if (_present == 0)
                return BitSearch.None;
            int at = BitOperations.Log2(_present);
            return (at << _shift) + _parts[at]!.LastBit();
        }

        internal override bool TrySet(int index)
        {
            int at = index >> _shift;
            Part part = _parts[at] ?? (_shift == LeafShift ? new Leaf() : new Node(_shift - 6));
            if (!part.TrySet(index - (at << _shift)))
                return false;
            Put(at, part);
            return true;
        }

        internal override bool TryClear(int index)
        {
            int at = index >> _shift;
            if (_parts[at] is not { } part || !part.TryClear(index - (at << _shift)))
                return false;
            Put(at, part.IsEmpty ? null : part);
            return true;
        }

        internal override void Summarize()
        {
            for (int at = 0; at < _parts.Length; at++)
            {
                _parts[at]?.Summarize();
                Put(at, _parts[at]);
            }
        }

        internal override void FindMismatches(int first, List<PoolMismatch> found)
        {
            for (int at = 0; at < _parts.Length; at++)
            {
                Part? part = _parts[at];
                int start = first + (at << _shift);
                bool isFree = (_free >> at & 1) != 0, isPresent = (_present >> at & 1) != 0;
                if (isFree == (part?.IsFull ?? false))
                    found.Add(new PoolMismatch(HandleMismatchKind.Tree, $"pool, mark of the part at ID {start}", isFree ? "full" : "free", isFree ? "free" : "full", start));
                if (isPresent == part is null)
                    found.Add(new PoolMismatch(HandleMismatchKind.Tree, $"pool, part at ID {start}", isPresent ? "absent" : "present", isPresent ? "present" : "absent", start));
                part?.FindMismatches(start, found);
            }
        }

        internal override Part Copy()
        {
            Node copy = new(_shift) { _present = _present, _free = _free };
            for (int at = 0; at < _parts.Length; at++)
                copy._parts[at] = _parts[at]?.Copy();
            return copy;
        }

        internal override long CountBytes() => NodeBytes + _parts.Sum(part => part?.CountBytes() ?? 0);

        internal override void CopyTo(ulong[] words, int first)
        {
            for (int at = 0; at < _parts.Length; at++)
                _parts[at]?.CopyTo(words, first + (at << _shift));
        }

        private void Put(int at, Part? part)
        {
            ulong bit = 1UL << at;
            _parts[at] = part;
            _present = part is null ? _present & ~bit : _present | bit;
            _free = part is { IsFull: true } ? _free & ~bit : _free | bit;
        }
    }
}
