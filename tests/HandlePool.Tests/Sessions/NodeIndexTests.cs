namespace HandlePool.Tests.Sessions;

public class NodeIndexTests
{
    private readonly HandleSession _session = new();
    private readonly NodeIndex _index = new();

    [Fact]
    public void An_empty_node_index_finds_nothing()
    {
        HandleNode?[] found = [NewNode(1), NewNode(2)];

        _index.Find([1, 2], found);
        _index.Remove(NewNode(1));

        Assert.Null(_index.Find(1));
        Assert.All(found, Assert.Null);
        Assert.Empty(_index.Nodes);
    }

    [Fact]
    public void A_node_index_refuses_a_second_node_of_an_id()
    {
        HandleNode first = NewNode(7);
        _index.Add(first);

        Assert.Throws<ArgumentException>(() => _index.Add(NewNode(7)));
        _index.Remove(NewNode(7));

        Assert.Same(first, _index.Find(7));
        Assert.Equal(1, _index.Count);
    }

    [Theory]
    [InlineData(40)]
    [InlineData(20_000)]
    public void A_node_index_finds_what_a_dictionary_finds(int ids)
    {
        const int Seed = 20_261_126;
        Random random = new(Seed);
        Dictionary<long, HandleNode> expected = [];
        for (int step = 0; step < 4 * ids; step++)
        {
            // First more is added than removed, then less.
            long id = random.Next(ids) * (step % 3 == 0 ? 0x1_0000_0001L : 1);
            if (!expected.TryGetValue(id, out HandleNode? known))
            {
                expected.Add(id, known = NewNode(id));
                _index.Add(known);
            }
            else if (random.Next(4 * ids) < step)
            {
                expected.Remove(id);
                _index.Remove(known);
            }
        }

        Assert.Equal(expected.Count, _index.Count);
        Assert.Equal(expected.Values.OrderBy(node => node.Id), _index.Nodes.OrderBy(node => node.Id));
        foreach (long[] asked in Enumerable.Range(0, ids).Select(id => (long)id).Chunk(NodeIndex.MostAtOnce))
        {
            HandleNode?[] found = new HandleNode?[asked.Length];
            _index.Find(asked, found);
            Assert.Equal(Array.ConvertAll(asked, id => expected.GetValueOrDefault(id)), found);
            Assert.Equal(found, Array.ConvertAll(asked, _index.Find));
        }

        Assert.All(expected.Values, node => Assert.Same(node, _index.At(_index.PlaceOf(node))));
        Assert.Equal(-1, _index.PlaceOf(NewNode(1)));
        foreach (HandleNode node in expected.Values)
            _index.Remove(node);
        Assert.Empty(_index.Nodes);
    }

    private HandleNode NewNode(long id) => new(_session, id, null, null);
}
