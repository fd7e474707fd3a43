using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace HandlePool.Tables;

/// <summary>Keeps the references of one process by handle and by node.</summary>
/// <remarks>
/// <para>By handle, it is an array in pages of 64 slots, one page for each word of the pool's bitmap. Handles are small and
/// dense, so O(1) and 28 bytes per slot beat a tree. Pages come and go with the handles in them, and growing copies only the
/// directory of pages.</para>
/// <para>By node, it is a linear hash table whose chains run through the same pages: link i also keeps the head of bucket i.
/// There are as many buckets as references (at least 64), so an insert splits one bucket and a removal joins one. Each is
/// O(1); the map never rehashes everything while the lock is held.</para>
/// <para>References from recorded data are inserted without the chains, which are made once, when they are first needed: many sessions are
/// only read. Until then, a slot takes 16 bytes.</para>
/// <para>Not thread-safe: the table's lock is held around every call except <see cref="Reservation.Allocate"/>.</para>
/// </remarks>
internal sealed class ReferenceMap
{
    internal const int PageShift = 6;
    internal const int PageSize = 1 << PageShift;
    private const int MinBuckets = PageSize;

    private Page?[] _pages = [];
    private Page? _spare;

    // Whether the chains are still to be made.
    private bool _lacksChains;

    internal int Count { get; private set; }

    internal int Buckets => Math.Max(MinBuckets, Count);

    internal int PageCount => _pages.Length;

    /// <summary>Returns whether the handle is held.</summary>
    internal bool Contains(int handle)
    {
        Page? page = PageOf(handle);
        return page is not null && page[handle].Node is not null;
    }

    internal bool TryGet(int handle, out TableEntry entry)
    {
        Page? page = PageOf(handle);
        if (page is not null && page[handle] is { Node: { } node } slot)
        {
            entry = new TableEntry(handle, node, slot.Strong, slot.Weak);
            return true;
        }

        entry = default;
        return false;
    }

    internal bool TryFind(TableNode node, out int handle)
    {
        if (Count != 0)
        {
            MakeChains();
            int hash = HashOf(node);
            for (int next = LinkAt(BucketOf(hash, Buckets)).Head; next != 0; next = LinkAt(next - 1).Next)
            {
                if (ReferenceEquals(At(next - 1).Node, node))
                {
                    handle = next - 1;
                    return true;
                }
            }
        }

        handle = -1;
        return false;
    }

    /// <summary>Returns the memory that an insert at the handle needs; none if <see cref="Reservation.IsEmpty"/>.</summary>
    internal Reservation Reserve(int handle) => Reserve(handle, hasLinks: true);

    /// <summary>Returns the memory that <see cref="Restore"/> at the handle needs.</summary>
    internal Reservation ReserveToRestore(int handle) => Reserve(handle, hasLinks: !_lacksChains && Count > 0);

    private Reservation Reserve(int handle, bool hasLinks)
    {
        // A new reference takes a slot and, from the 65th on, a new bucket, which may be on another page.
        // The first reference also needs page 0, where the first buckets are.
        int bucket = Count < MinBuckets ? 0 : Count;
        int last = Math.Max(handle, bucket) >> PageShift;
        int pages = PageOf(handle) is null ? 1 : 0;
        if (bucket >> PageShift != handle >> PageShift && PageOf(bucket) is null)
            pages++;
        if (_spare is not null && pages > 0)
            pages--;
        int directory = last < _pages.Length ? 0 : (int)BitOperations.RoundUpToPowerOf2((uint)last + 1);
        return new Reservation(pages, directory, hasLinks);
    }

    /// <summary>Inserts a reference at a free handle, for which the reservation must cover <see cref="Reserve(int)"/>.</summary>
    internal void Insert(int handle, TableNode node, int strong, int weak, ref Reservation reservation)
    {
        Debug.Assert(!Contains(handle), "The slot is taken.");
        MakeChains();
        EnsurePages(handle, ref reservation);
        if (Count >= MinBuckets)
            SplitInto(Count);
        Put(handle, node, strong, weak);
        Link(handle, node);
    }

    /// <summary>
    /// Inserts a recorded reference as <see cref="Insert"/> does, to a node that is known not to be held. The reservation must cover
    /// <see cref="ReserveToRestore"/>.
    /// </summary>
    internal void Restore(int handle, TableNode node, int strong, int weak, ref Reservation reservation)
    {
        _lacksChains |= Count == 0;
        if (!_lacksChains)
        {
            Insert(handle, node, strong, weak, ref reservation);
            return;
        }

        Debug.Assert(!Contains(handle), "The slot is taken.");
        EnsurePages(handle, ref reservation);
        Put(handle, node, strong, weak);
    }

    internal void SetCounts(int handle, int strong, int weak)
    {
        ref Slot slot = ref At(handle);
        slot.Strong = strong;
        slot.Weak = weak;
    }

    internal void Remove(int handle)
    {
        MakeChains();
        ref ChainLink own = ref LinkAt(handle);
        int buckets = Buckets;
        ref int link = ref LinkAt(BucketOf(own.Hash, buckets)).Head;
        while (link != handle + 1)
            link = ref LinkAt(link - 1).Next;
        link = own.Next;
        own.Next = 0;
        At(handle).Node = null;
        Count--;
        int pageIndex = handle >> PageShift;
        _pages[pageIndex]!.Live--;

        if (Buckets < buckets)
        {
            JoinFrom(buckets - 1);
            DropIfUnused((buckets - 1) >> PageShift);
        }

        DropIfUnused(pageIndex);
    }

    /// <summary>Returns all references in ascending order of handle.</summary>
    internal TableEntry[] ToArray()
    {
        TableEntry[] entries = new TableEntry[Count];
        CopyTo(entries);
        return entries;
    }

    /// <summary>Copies all references, in ascending order of handle, to an array with room for them.</summary>
    internal void CopyTo(TableEntry[] entries)
    {
        int count = 0;
        for (int pageIndex = 0; pageIndex < _pages.Length; pageIndex++)
        {
            if (_pages[pageIndex] is not { Live: > 0 } page)
                continue;
            for (int i = 0; i < PageSize; i++)
            {
                ref Slot slot = ref page[i];
                if (slot.Node is { } node)
                    entries[count++] = new TableEntry((pageIndex << PageShift) | i, node, slot.Strong, slot.Weak);
            }
        }

        Debug.Assert(count == Count, "The pages hold as many references as were counted.");
    }

    /// <summary>Removes everything.</summary>
    internal void Clear()
    {
        _pages = [];
        _spare = null;
        Count = 0;
        _lacksChains = false;
    }

    /// <summary>Releases the part of the directory beyond the capacity if it has no pages left.</summary>
    internal void TrimTo(int capacity)
    {
        _spare = null;
        int length = capacity >> PageShift;
        if (length < _pages.Length && !Array.Exists(_pages[length..], page => page is not null))
            Array.Resize(ref _pages, length);
    }

    /// <summary>Returns all references in ascending order of handle, regardless of the counts.</summary>
    internal List<TableEntry> Scan()
    {
        List<TableEntry> entries = [];
        for (int pageIndex = 0; pageIndex < _pages.Length; pageIndex++)
        {
            if (_pages[pageIndex] is not { } page)
                continue;
            for (int i = 0; i < PageSize; i++)
            {
                ref Slot slot = ref page[i];
                if (slot.Node is { } node)
                    entries.Add(new TableEntry((pageIndex << PageShift) | i, node, slot.Strong, slot.Weak));
            }
        }

        return entries;
    }

    /// <summary>
    /// Returns a new map of the same references. Negative counts become 0; if both would be 0, the reference gets one weak count.
    /// </summary>
    internal ReferenceMap Rebuild()
    {
        ReferenceMap map = new();
        foreach (TableEntry entry in Scan())
        {
            // Recorded data may have references without any count, which are valid.
            int strong = Math.Max(0, entry.Strong), weak = Math.Max(0, entry.Weak);
            if (strong == 0 && weak == 0 && (entry.Strong < 0 || entry.Weak < 0))
                weak = 1;
            Reservation reservation = map.Reserve(entry.Handle);
            reservation.Allocate();
            map.Insert(entry.Handle, entry.Node, strong, weak, ref reservation);
        }

        return map;
    }

    /// <summary>Returns the hash of a node's id. Ids of one block of 64 have the buckets of one block, where no two of them meet.</summary>
    /// <remarks>
    /// Nodes that were made one after the other are mostly used one after the other, and then their buckets are neighbors, too, which the
    /// processor has in its cache. As the order in a block depends on the hash of the block, ids can still not be chosen to share a bucket.
    /// </remarks>
    internal static int HashOf(TableNode node) => new HashedId(node.Id >> PageShift).GetHashCode() ^ (int)(node.Id & (PageSize - 1));

    /// <summary>
    /// Returns the bucket of a hash by linear hashing: modulo the next power of two or, if that bucket does not exist yet, modulo
    /// the previous one.
    /// </summary>
    internal static int BucketOf(int hash, int buckets)
    {
        int mask = (int)BitOperations.RoundUpToPowerOf2((uint)buckets) - 1;
        int bucket = hash & mask;
        return bucket < buckets ? bucket : bucket & (mask >> 1);
    }

    /// <summary>Returns the bucket that the newest bucket was split from and will be joined with.</summary>
    private static int BuddyOf(int bucket) => bucket - (1 << BitOperations.Log2((uint)bucket));

    /// <summary>Returns the page with the slot of an index, or null.</summary>
    internal Page? PageOf(int index)
    {
        Page?[] pages = _pages;
        int page = index >> PageShift;
        return (uint)page < (uint)pages.Length ? pages[page] : null;
    }

    /// <summary>Returns the slot of an index whose page exists.</summary>
    internal ref Slot At(int index) => ref _pages[index >> PageShift]![index];

    /// <summary>Returns the link of an index whose page exists. The chains must be made.</summary>
    internal ref ChainLink LinkAt(int index)
    {
        // A cast would read the page's type, far from the link.
        Page? page = _pages[index >> PageShift];
        Debug.Assert(page is null or LinkedPage, "With chains, all pages have links.");
        return ref Unsafe.As<LinkedPage>(page!).LinkOf(index);
    }

    /// <summary>Makes the chains if they are still to be made.</summary>
    internal void MakeChains()
    {
        if (_lacksChains)
            LinkAll();
    }

    private void LinkAll()
    {
        // First, so that nothing has changed if there is no memory.
        for (int pageIndex = 0; pageIndex < _pages.Length; pageIndex++)
        {
            if (_pages[pageIndex] is { } page and not LinkedPage)
                _pages[pageIndex] = new LinkedPage(page);
        }

        _lacksChains = false;
        for (int pageIndex = 0; pageIndex < _pages.Length; pageIndex++)
        {
            if (_pages[pageIndex] is not { Live: > 0 } page)
                continue;
            for (int handle = pageIndex << PageShift; handle < (pageIndex + 1) << PageShift; handle++)
            {
                if (page[handle].Node is { } node)
                    Link(handle, node);
            }
        }
    }

    private void EnsurePages(int handle, ref Reservation reservation)
    {
        if (reservation.Directory is { } directory && directory.Length > _pages.Length)
        {
            Array.Copy(_pages, directory, _pages.Length);
            _pages = directory;
        }

        EnsurePage(handle >> PageShift, ref reservation);
        EnsurePage(Count < MinBuckets ? 0 : Count >> PageShift, ref reservation);
    }

    private void Put(int handle, TableNode node, int strong, int weak)
    {
        Count++;
        Page page = _pages[handle >> PageShift]!;
        page.Live++;
        ref Slot slot = ref page[handle];
        slot.Node = node;
        slot.Strong = strong;
        slot.Weak = weak;
    }

    /// <summary>Puts a reference at the beginning of its bucket's chain.</summary>
    private void Link(int handle, TableNode node)
    {
        ref ChainLink link = ref LinkAt(handle);
        link.Hash = HashOf(node);
        ref int head = ref LinkAt(BucketOf(link.Hash, Buckets)).Head;
        link.Next = head;
        head = handle + 1;
    }

    private void EnsurePage(int pageIndex, ref Reservation reservation)
    {
        if (_pages[pageIndex] is not null)
            return;
        _pages[pageIndex] = _spare ?? reservation.TakePage();
        _spare = null;
    }

    private void DropIfUnused(int pageIndex)
    {
        ref Page? page = ref _pages[pageIndex];
        if (page is not { Live: 0 } || pageIndex << PageShift < Buckets)
            return;

        // Keep one page, so that taking and dropping a handle at the edge of a page does not allocate each time.
        _spare ??= page;
        page = null;
    }

    private void SplitInto(int bucket)
    {
        int mask = (int)BitOperations.RoundUpToPowerOf2((uint)bucket + 1) - 1;
        ref int link = ref LinkAt(BuddyOf(bucket)).Head;
        ref int target = ref LinkAt(bucket).Head;
        while (link != 0)
        {
            int current = link;
            ref ChainLink own = ref LinkAt(current - 1);
            if ((own.Hash & mask) == bucket)
            {
                link = own.Next;
                own.Next = target;
                target = current;
            }
            else
            {
                link = ref own.Next;
            }
        }
    }

    private void JoinFrom(int bucket)
    {
        ref int link = ref LinkAt(BuddyOf(bucket)).Head;
        while (link != 0)
            link = ref LinkAt(link - 1).Next;
        ref int source = ref LinkAt(bucket).Head;
        link = source;
        source = 0;
    }

    /// <summary>
    /// Describes the memory that an insert needs, and holds it once allocated; the driver's <c>RBTreeNodeReservation</c>.
    /// </summary>
    internal struct Reservation
    {
        private readonly int _pageCount;
        private readonly int _directoryLength;
        private readonly bool _hasLinks;
        private Page? _first;
        private Page? _second;

        /// <summary>Creates a description.</summary>
        /// <param name="pageCount">The number of pages: 0 to 2.</param>
        /// <param name="directoryLength">The length of a larger directory; 0 for none.</param>
        /// <param name="hasLinks">Whether the pages have links.</param>
        internal Reservation(int pageCount, int directoryLength, bool hasLinks)
        {
            _pageCount = pageCount;
            _directoryLength = directoryLength;
            _hasLinks = hasLinks;
        }

        internal readonly bool IsEmpty => _pageCount == 0 && _directoryLength == 0;

        internal Page?[]? Directory { get; private set; }

        /// <summary>Gets the approximate memory needed, in bytes.</summary>
        internal readonly long Bytes =>
            (_pageCount * (PageSize + 1L) * (Unsafe.SizeOf<Slot>() + (_hasLinks ? Unsafe.SizeOf<ChainLink>() : 0)))
            + (_directoryLength * (long)Unsafe.SizeOf<nint>());

        /// <summary>Allocates the memory. Call it with no lock held.</summary>
        internal void Allocate()
        {
            if (_pageCount > 0)
                _first = CreatePage();
            if (_pageCount > 1)
                _second = CreatePage();
            if (_directoryLength > 0)
                Directory = new Page?[_directoryLength];
        }

        /// <summary>Returns whether the memory allocated here is enough for <paramref name="wanted"/>.</summary>
        internal readonly bool Covers(in Reservation wanted)
        {
            int pages = (_first is null ? 0 : 1) + (_second is null ? 0 : 1);
            return pages >= wanted._pageCount && (Directory?.Length ?? 0) >= wanted._directoryLength;
        }

        internal Page TakePage()
        {
            Page? page = _first ?? _second;
            if (_first is not null)
                _first = null;
            else
                _second = null;
            return page ?? throw new UnreachableException("No page was reserved.");
        }

        private readonly Page CreatePage() => _hasLinks ? new LinkedPage() : new Page();
    }

    internal struct Slot
    {
        internal TableNode? Node;
        internal int Strong;
        internal int Weak;
    }

    internal struct ChainLink
    {
        /// <summary>The node's hash, kept so that a split does not have to visit the node.</summary>
        internal int Hash;

        /// <summary>One more than the handle of the next reference in the same bucket; 0 at its end.</summary>
        internal int Next;

        /// <summary>One more than the handle of the first reference in the bucket of this link's index; 0 if empty.</summary>
        internal int Head;
    }

    /// <summary>Holds the references at 64 handles.</summary>
    internal class Page
    {
        /// <summary>The number of slots that hold a reference.</summary>
        internal int Live;

        private SlotBlock _slots;

        internal Page()
        {
        }

        private protected Page(Page page) => (Live, _slots) = (page.Live, page._slots);

        /// <summary>Gets the slot of a handle on this page.</summary>
        internal ref Slot this[int handle] =>
            ref Unsafe.Add(ref Unsafe.As<SlotBlock, Slot>(ref _slots), handle & (PageSize - 1));

        [InlineArray(PageSize)]
        private struct SlotBlock
        {
            private Slot _first;
        }
    }

    /// <summary>Holds the references at 64 handles, and their links in the chains.</summary>
    internal sealed class LinkedPage : Page
    {
        private LinkBlock _links;

        internal LinkedPage()
        {
        }

        /// <summary>Creates a page with the references of one without links, whose place it takes.</summary>
        internal LinkedPage(Page page)
            : base(page)
        {
        }

        /// <summary>Returns the link of an index on this page.</summary>
        internal ref ChainLink LinkOf(int index) =>
            ref Unsafe.Add(ref Unsafe.As<LinkBlock, ChainLink>(ref _links), index & (PageSize - 1));

        [InlineArray(PageSize)]
        private struct LinkBlock
        {
            private ChainLink _first;
        }
    }
}
