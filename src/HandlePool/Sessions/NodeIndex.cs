using System.Diagnostics;
using HandlePool.Tables;

namespace HandlePool;

/// <summary>Finds nodes by id. Several threads may find some while none changes it.</summary>
/// <remarks>
/// <para>An open-addressed table of numbers, which say where a node is in a list of its own. So a look-up reads one entry where a dictionary
/// reads two, and the garbage collector has no references to follow in the table: entries are written all over it, and after each of a
/// dump's nodes it would have to look through all of it again. The list grows at its end only, in parts that are never copied.</para>
/// <para>Finding, adding and removing are O(1). An entry takes 8 bytes and is used by three quarters of the table at most; a place in the list takes
/// 8 bytes, too.</para>
/// </remarks>
internal sealed class NodeIndex
{
    private const int PartShift = 12;
    private const int PartSize = 1 << PartShift;
    private const int FirstPartSize = 4;
    private const int FirstTableSize = 8;

    /// <summary>The largest number of nodes that are found at once.</summary>
    internal const int MostAtOnce = 64;

    // The hash of the id in the upper half, and one more than the place in the list in the lower; 0 if unused.
    private ulong[] _entries = [];
    private Place[][] _parts = [];

    internal int Count { get; private set; }

    /// <summary>Gets the nodes, in no order.</summary>
    internal IEnumerable<HandleNode> Nodes
    {
        get
        {
            for (int place = 0; place < Count; place++)
                yield return At(place);
        }
    }

    private int Mask => _entries.Length - 1;

    /// <summary>Returns the node of an id, or null.</summary>
    internal HandleNode? Find(long id)
    {
        ulong[] entries = _entries;
        if (entries.Length == 0)
            return null;
        uint hash = HashOf(id);
        for (uint index = hash; ; index++)
        {
            ulong entry = entries[(int)index & (entries.Length - 1)];
            if (entry == 0)
                return null;
            if ((uint)(entry >> 32) == hash && At(PlaceOf(entry)) is { } node && node.Id == id)
                return node;
        }
    }

    /// <summary>Finds several nodes, at most <see cref="MostAtOnce"/>.</summary>
    /// <remarks>
    /// Each step is taken for all of them before the next: entry, place and node are somewhere in memory, and so the processor waits for
    /// those of many nodes at the same time.
    /// </remarks>
    /// <param name="ids">The ids.</param>
    /// <param name="nodes">The node of each; null if there is none.</param>
    internal void Find(ReadOnlySpan<long> ids, Span<HandleNode?> nodes)
    {
        ulong[] entries = _entries;
        nodes = nodes[..ids.Length];
        if (entries.Length == 0)
        {
            nodes.Clear();
            return;
        }

        // The loops are short, so that the processor has begun many of their turns before the first of them has what it waits for.
        Span<uint> hashes = (stackalloc uint[MostAtOnce])[..ids.Length];
        Span<ulong> found = (stackalloc ulong[MostAtOnce])[..ids.Length];
        for (int index = 0; index < ids.Length; index++)
            hashes[index] = HashOf(ids[index]);
        for (int index = 0; index < ids.Length; index++)
            found[index] = entries[(int)hashes[index] & (entries.Length - 1)];

        // Whatever is not of the same hash is passed over without a look at its node, which would be one more to wait for.
        for (int index = 0; index < ids.Length; index++)
        {
            uint next = hashes[index];
            while (found[index] is not 0 and ulong entry && (uint)(entry >> 32) != hashes[index])
                found[index] = entries[(int)++next & (entries.Length - 1)];
        }

        for (int index = 0; index < ids.Length; index++)
            nodes[index] = found[index] == 0 ? null : At(PlaceOf(found[index]));
        for (int index = 0; index < ids.Length; index++)
        {
            // Two ids may have one hash.
            if (nodes[index] is { } node && node.Id != ids[index])
                nodes[index] = Find(ids[index]);
        }
    }

    /// <summary>Returns the node at a place in the list, which is not the same any more after a node has been removed.</summary>
    internal HandleNode At(int place) => _parts[place >> PartShift][place & (PartSize - 1)].Node!;

    /// <summary>Returns the place of a node in the list; -1 if it is not there.</summary>
    internal int PlaceOf(HandleNode node) => IndexOf(node) is >= 0 and int index ? PlaceOf(_entries[index]) : -1;

    /// <summary>Returns the nodes, in no order.</summary>
    internal HandleNode[] ToArray()
    {
        HandleNode[] nodes = new HandleNode[Count];
        for (int place = 0; place < nodes.Length; place++)
            nodes[place] = At(place);
        return nodes;
    }

    /// <summary>Adds a node. There must be none of its id.</summary>
    /// <exception cref="ArgumentException">There is one.</exception>
    internal void Add(HandleNode node)
    {
        if (Count >= _entries.Length - (_entries.Length >> 2))
            Grow();
        uint hash = HashOf(node.Id);
        int index = (int)hash & Mask;
        for (; _entries[index] is not 0 and ulong entry; index = (index + 1) & Mask)
        {
            if ((uint)(entry >> 32) == hash && At(PlaceOf(entry)).Id == node.Id)
                throw new ArgumentException($"There is a node of id {node.Id}.", nameof(node));
        }

        Append(node);
        _entries[index] = ((ulong)hash << 32) | (uint)Count;
    }

    /// <summary>Removes a node, if it is there.</summary>
    internal void Remove(HandleNode node)
    {
        if (IndexOf(node) is not (>= 0 and int index))
            return;

        // The last node of the list takes its place.
        int place = PlaceOf(_entries[index]);
        HandleNode last = At(Count - 1);
        int indexOfLast = IndexOf(last);
        _entries[indexOfLast] = (_entries[indexOfLast] & ~(ulong)uint.MaxValue) | (uint)(place + 1);
        _parts[place >> PartShift][place & (PartSize - 1)].Node = last;
        Count--;
        _parts[Count >> PartShift][Count & (PartSize - 1)].Node = null;
        Close(index);
    }

    private static uint HashOf(long id) => (uint)new HashedId(id).GetHashCode();

    private static int PlaceOf(ulong entry) => (int)(uint)entry - 1;

    private int IndexOf(HandleNode node)
    {
        if (_entries.Length == 0)
            return -1;
        uint hash = HashOf(node.Id);
        for (int index = (int)hash & Mask; _entries[index] is not 0 and ulong entry; index = (index + 1) & Mask)
        {
            if ((uint)(entry >> 32) == hash && At(PlaceOf(entry)) == (object)node)
                return index;
        }

        return -1;
    }

    /// <summary>Moves the entries behind an unused one up to where a search finds them.</summary>
    private void Close(int hole)
    {
        int mask = Mask;
        _entries[hole] = 0;
        for (int index = (hole + 1) & mask; _entries[index] is not 0 and ulong entry; index = (index + 1) & mask)
        {
            // How far it is from where its search begins, against how far the hole is from it.
            int home = (int)(uint)(entry >> 32) & mask;
            if (((index - home) & mask) < ((index - hole) & mask))
                continue;
            _entries[hole] = entry;
            _entries[index] = 0;
            hole = index;
        }
    }

    private void Grow()
    {
        ulong[] old = _entries;
        _entries = new ulong[Math.Max(FirstTableSize, checked(2 * old.Length))];
        int mask = Mask;
        foreach (ulong entry in old)
        {
            if (entry == 0)
                continue;
            int index = (int)(uint)(entry >> 32) & mask;
            while (_entries[index] != 0)
                index = (index + 1) & mask;
            _entries[index] = entry;
        }
    }

    private void Append(HandleNode node)
    {
        int part = Count >> PartShift, index = Count & (PartSize - 1);
        if (part == _parts.Length)
            Array.Resize(ref _parts, Math.Max(1, 2 * part));
        ref Place[] places = ref _parts[part];
        if (places is null)
            places = new Place[part == 0 ? FirstPartSize : PartSize];
        else if (index == places.Length)
            Array.Resize(ref places, 2 * index);
        Debug.Assert(index < places.Length, "There is room for a node.");
        places[index].Node = node;
        Count++;
    }

    // Writing a node into an array of nodes would look at its type each time.
    private struct Place
    {
        internal HandleNode? Node;
    }
}
