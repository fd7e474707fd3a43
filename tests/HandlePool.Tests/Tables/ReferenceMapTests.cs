using System.Reflection;
using HandlePool.Tables;

namespace HandlePool.Tests.Tables;

public class ReferenceMapTests(ITestOutputHelper output)
{
    private readonly HandleSession _session = new();
    private readonly ReferenceMap _map = new();

    /// <summary>Numbers of references around the ends of the map's pages.</summary>
    public static TheoryData<int> Counts => new(63, 64, 65, 128, 129, 5000);

    [Fact]
    public void An_empty_reference_map_has_nothing()
    {
        Assert.Equal(0, _map.Count);
        Assert.Empty(_map.ToArray());
        Assert.False(_map.TryFind(NewNode(1), out _));
        Assert.All(new[] { 0, 1, 63, 64, int.MaxValue }, handle => Assert.False(_map.TryGet(handle, out _) || _map.Contains(handle)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(4096)]
    [InlineData(1_000_000)]
    public void A_sparse_handle_is_found_by_handle_and_node_without_pages_in_between(int handle)
    {
        HandleNode node = NewNode(7);
        Insert(handle, node, 2, 3);

        Assert.True(_map.TryGet(handle, out TableEntry entry));
        Assert.Equal(new TableEntry(handle, node, 2, 3), entry);
        Assert.True(_map.TryFind(node, out int found));
        Assert.Equal(handle, found);
        Assert.Equal([entry], _map.ToArray());
        Assert.Equal(handle < 64 ? 1 : 2, Pages());
    }

    [Fact]
    public void Two_nodes_with_the_same_id_have_separate_references()
    {
        HandleNode one = NewNode(5), other = new HandleSession().AddNode(5, null, null);
        Insert(1, one);
        Assert.False(_map.TryFind(other, out _));
        Insert(2, other);
        Assert.True(_map.TryFind(one, out int first) && _map.TryFind(other, out int second) && (first, second) == (1, 2));
    }

    [Fact]
    public void Nodes_made_one_after_the_other_have_neighboring_buckets_and_share_none()
    {
        const int Block = ReferenceMap.PageSize, Buckets = 4096;
        for (int block = 0; block < 10; block++)
        {
            int[] buckets = [.. Enumerable.Range(block * Block, Block).Select(id => ReferenceMap.BucketOf(ReferenceMap.HashOf(NewNode(id)), Buckets)).Order()];
            Assert.Equal(0, buckets[0] % Block);
            Assert.Equal(Enumerable.Range(buckets[0], Block), buckets);
        }
    }

    [Fact]
    public void Ids_that_are_multiples_of_a_block_still_spread_over_all_buckets()
    {
        const int Buckets = 4096;
        int used = Enumerable.Range(0, Buckets).Select(i => ReferenceMap.BucketOf(ReferenceMap.HashOf(NewNode((long)i * ReferenceMap.PageSize)), Buckets)).Distinct().Count();

        // 1 - 1/e of them, by chance.
        Assert.InRange(used, Buckets / 2, Buckets);
    }

    [Theory]
    [MemberData(nameof(Counts))]
    public void Recorded_references_are_found_by_node_changed_and_checked(int count)
    {
        HandleNode[] nodes = [.. Enumerable.Range(0, count).Select(id => NewNode(3 * id))];
        for (int handle = 0; handle < count; handle++)
        {
            ReferenceMap.Reservation reservation = _map.ReserveToRestore(handle);
            reservation.Allocate();
            _map.Restore(handle, nodes[handle], 1, 2, ref reservation);
        }

        Assert.Empty(new ReferenceMapCheck(_map).FindMismatches());
        Insert(count, NewNode(1));
        _map.Remove(0);

        Assert.False(_map.TryFind(nodes[0], out _));
        Assert.All(Enumerable.Range(1, count - 1), handle => AssertHeld(new TableEntry(handle, nodes[handle], 1, 2)));
        Assert.Empty(new ReferenceMapCheck(_map).FindMismatches());
    }

    [Fact]
    public void Recorded_references_fill_a_reference_map_that_was_emptied()
    {
        int[] handles = [0, 1, 63, 64, 200, 1_000_000];
        for (int round = 0; round < 3; round++)
        {
            HandleNode[] nodes = [.. handles.Select(handle => NewNode(handle + round))];
            for (int index = 0; index < handles.Length; index++)
            {
                ReferenceMap.Reservation reservation = _map.ReserveToRestore(handles[index]);
                reservation.Allocate();
                _map.Restore(handles[index], nodes[index], 1, round, ref reservation);
            }

            for (int index = 0; index < handles.Length; index++)
                AssertHeld(new TableEntry(handles[index], nodes[index], 1, round));
            Assert.Empty(new ReferenceMapCheck(_map).FindMismatches());
            foreach (int handle in handles)
                _map.Remove(handle);
            Assert.Equal(0, _map.Count);
        }
    }

    [Theory]
    [MemberData(nameof(Counts))]
    public void Draining_a_reference_map_newest_first_keeps_the_rest_and_frees_pages(int count) =>
        Drain(count, [.. Enumerable.Range(0, count).Reverse()]);

    [Theory]
    [MemberData(nameof(Counts))]
    public void Draining_a_reference_map_oldest_first_keeps_the_rest_and_frees_pages(int count) =>
        Drain(count, [.. Enumerable.Range(0, count)]);

    [Fact]
    public void Trimming_a_reference_map_keeps_its_references_and_frees_the_directory()
    {
        Insert(3, NewNode(3));
        Insert(1_000_000, NewNode(4));
        _map.TrimTo(64);
        Assert.True(_map.Contains(1_000_000));

        _map.Remove(1_000_000);
        _map.TrimTo(64);
        Assert.Single(Directory());
        Assert.True(_map.Contains(3));
        Insert(1_000_000, NewNode(5));
        Assert.Equal([3, 1_000_000], _map.ToArray().Select(entry => entry.Handle));
    }

    [Fact]
    public void A_cleared_reference_map_works_like_a_new_one()
    {
        for (int handle = 0; handle < 200; handle++)
            Insert(handle, NewNode(handle));
        _map.Clear();

        Assert.Equal((0, 0), (_map.Count, Pages()));
        for (int handle = 0; handle < 200; handle++)
            Insert(handle, NewNode(1000 + handle));
        Assert.Equal(Enumerable.Range(0, 200), _map.ToArray().Select(entry => entry.Handle));
    }

    [Fact]
    public void A_reused_spare_page_is_clean()
    {
        for (int handle = 0; handle < 128; handle++)
            Insert(handle, NewNode(handle));
        for (int handle = 127; handle >= 64; handle--)
            _map.Remove(handle);
        Insert(100, NewNode(500));

        Assert.Equal(65, _map.ToArray().Length);
        Assert.Equal(100, _map.ToArray()[^1].Handle);
    }

    [Theory]
    [InlineData(11, 100, 30_000)]
    [InlineData(22, 3_000, 60_000)]
    [InlineData(33, 1_000_001, 60_000)]
    public void A_reference_map_agrees_with_a_dictionary_over_long_random_runs(int seed, int handles, int steps)
    {
        output.WriteLine($"seed {seed}");
        Random random = new(seed);
        Dictionary<int, TableEntry> model = [];
        List<int> held = [];
        for (int step = 0; step < steps; step++)
        {
            double share = (step / 5_000 % 3) switch { 0 => 0.9, 1 => 0.5, _ => 0.1 };
            int handle = random.Next(handles);
            if (random.NextDouble() < share)
            {
                if (model.ContainsKey(handle))
                    continue;
                HandleNode node = NewNode(random.NextInt64());
                TableEntry entry = new(handle, node, random.Next(5), random.Next(5));
                Insert(handle, node, entry.Strong, entry.Weak);
                model.Add(handle, entry);
                held.Add(handle);
            }
            else if (held.Count > 0)
            {
                int index = random.Next(held.Count);
                TableEntry entry = model[held[index]];
                if (random.Next(4) == 0)
                {
                    model[entry.Handle] = entry with { Strong = step, Weak = 1 };
                    _map.SetCounts(entry.Handle, step, 1);
                    continue;
                }

                _map.Remove(entry.Handle);
                model.Remove(entry.Handle);
                held[index] = held[^1];
                held.RemoveAt(held.Count - 1);
                Assert.False(_map.Contains(entry.Handle));
                Assert.False(_map.TryFind(entry.Node, out _));
            }

            Assert.Equal(model.Count, _map.Count);
            if (held.Count > 0)
                AssertHeld(model[held[random.Next(held.Count)]]);
            if (step % 4_000 == 0)
                AssertAll();
        }

        AssertAll();
        foreach (int handle in held)
            _map.Remove(handle);
        Assert.InRange(Pages(), 0, 1);

        void AssertAll()
        {
            Assert.True(model.Values.OrderBy(entry => entry.Handle).SequenceEqual(_map.ToArray()));
            foreach (TableEntry entry in model.Values)
                AssertHeld(entry);
        }
    }

    private void Drain(int count, int[] order)
    {
        HandleNode[] nodes = [.. Enumerable.Range(0, count).Select(id => NewNode(id))];
        for (int handle = 0; handle < count; handle++)
            Insert(handle, nodes[handle]);

        int step = 0;
        foreach (int handle in order)
        {
            _map.Remove(handle);
            Assert.False(_map.Contains(handle));
            Assert.False(_map.TryFind(nodes[handle], out _));

            // Checks everything now and then, and always the neighbors in the order, where the chains have just changed.
            foreach (int rest in ++step % 512 == 0 ? order[step..] : order.Skip(step).Take(3))
                Assert.True(_map.TryFind(nodes[rest], out int found) && found == rest);
        }

        Assert.Equal(0, _map.Count);
        Assert.Equal(1, Pages());
    }

    private void AssertHeld(TableEntry expected)
    {
        Assert.True(_map.Contains(expected.Handle));
        Assert.True(_map.TryGet(expected.Handle, out TableEntry entry));
        Assert.Equal(expected, entry);
        Assert.True(_map.TryFind(expected.Node, out int handle));
        Assert.Equal(expected.Handle, handle);
    }

    private HandleNode NewNode(long id) => new(_session, id, null, null);

    private void Insert(int handle, HandleNode node, int strong = 1, int weak = 0)
    {
        ReferenceMap.Reservation reservation = _map.Reserve(handle);
        if (!reservation.IsEmpty)
            reservation.Allocate();
        _map.Insert(handle, node, strong, weak, ref reservation);
    }

    private Array Directory() =>
        (Array)typeof(ReferenceMap).GetField("_pages", BindingFlags.NonPublic | BindingFlags.Instance)!.GetValue(_map)!;

    private int Pages() => Directory().Cast<object?>().Count(page => page is not null);
}
