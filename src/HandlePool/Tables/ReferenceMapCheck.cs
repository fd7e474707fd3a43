namespace HandlePool.Tables;

/// <summary>Compares the counts, pages and index by node of a map with its references by handle.</summary>
internal sealed class ReferenceMapCheck(ReferenceMap map)
{
    private readonly List<TableMismatch> _found = [];

    internal List<TableMismatch> FindMismatches()
    {
        int count = 0;
        for (int pageIndex = 0; pageIndex < map.PageCount; pageIndex++)
        {
            int first = pageIndex << ReferenceMap.PageShift;
            if (map.PageOf(first) is { } page)
                count += CheckPage(page, first);
        }

        if (map.Count != count)
            _found.Add(new TableMismatch(HandleMismatchKind.TableCount, "table, count of references", count, map.Count));
        else
            CheckIndex();
        return _found;
    }

    /// <summary>Checks the page from handle <paramref name="first"/> on, and returns its number of references.</summary>
    private int CheckPage(ReferenceMap.Page page, int first)
    {
        int live = 0;
        for (int handle = first; handle < first + ReferenceMap.PageSize; handle++)
        {
            ref ReferenceMap.Slot slot = ref page[handle];
            if (slot.Node is null)
                continue;
            live++;
            if (slot.Strong < 0 || slot.Weak < 0)
            {
                _found.Add(new TableMismatch(HandleMismatchKind.ReferenceCount, $"table, handle {handle}", "counts of 0 or more",
                    $"{slot.Strong} strong, {slot.Weak} weak", handle, slot.Node));
            }
        }

        if (page.Live != live)
            _found.Add(new TableMismatch(HandleMismatchKind.TableCount, $"table, page of handles {first} to {first + ReferenceMap.PageSize - 1}", live, page.Live));
        return live;
    }

    /// <summary>Follows all chains, and adds the references that they lack and the places where they go astray.</summary>
    private void CheckIndex()
    {
        map.MakeChains();
        HashSet<HashedId> reached = [];
        int buckets = map.Count == 0 ? 0 : map.Buckets;
        for (int index = 0; index < map.PageCount << ReferenceMap.PageShift; index++)
        {
            if (map.PageOf(index) is not null && map.LinkAt(index).Head is not 0 and int head)
                CheckChain(index, buckets, head, reached);
        }

        foreach (TableEntry entry in map.Scan())
        {
            if (!reached.Contains(entry.Handle))
                _found.Add(new TableMismatch(HandleMismatchKind.NodeIndex, "index by node", $"handle {entry.Handle}", "nothing", entry.Handle, entry.Node));
        }
    }

    private void CheckChain(int index, int buckets, int head, HashSet<HashedId> reached)
    {
        for (int next = head; next != 0; next = map.LinkAt(next - 1).Next)
        {
            int handle = next - 1;
            string expected, wrong;
            if (!map.TryGet(handle, out TableEntry entry))
                (expected, wrong) = ("handles that are held", $"handle {handle}, which is not");
            else if (!reached.Add(handle))
                (expected, wrong) = ("each handle once", $"handle {handle} again");
            else if (index >= buckets || ReferenceMap.BucketOf(ReferenceMap.HashOf(entry.Node), buckets) != index)
                (expected, wrong) = ("nodes of this bucket", $"handle {handle}, whose node is of another");
            else if (map.LinkAt(handle).Hash != ReferenceMap.HashOf(entry.Node))
                (expected, wrong) = ("the node's hash", $"another at handle {handle}");
            else
                continue;

            _found.Add(new TableMismatch(HandleMismatchKind.NodeIndex, $"index by node, bucket {index}", expected, wrong, handle, entry.Node));
            return;
        }
    }
}
