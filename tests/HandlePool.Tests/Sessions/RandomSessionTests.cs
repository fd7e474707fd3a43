
namespace HandlePool.Tests.Sessions;

/// <summary>Compares sessions with a model of two dictionaries per process: handle to counts, and node to handle.</summary>
public class RandomSessionTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(71, HandleAllocator.SegmentedBitmap, ShrinkPolicy.Immediate)]
    [InlineData(72, HandleAllocator.Bitmap, ShrinkPolicy.Immediate)]
    [InlineData(73, HandleAllocator.HierarchicalBitmap, ShrinkPolicy.OnDemand)]
    public void Random_operations_give_the_lowest_handles_and_correct_counts(int seed, HandleAllocator allocator, ShrinkPolicy policy)
    {
        output.WriteLine($"seed {seed}");
        Random random = new(seed);
        HandleSession session = new(options: new HandleSessionOptions { Allocator = allocator, ShrinkPolicy = policy });
        session.CreateProcess("manager", isManager: true);
        HandleProcess server = session.CreateProcess("server");
        HandleNode[] nodes = [session.GetNodes()[0], .. Enumerable.Range(0, 400).Select(_ => session.CreateNode(server))];
        HandleProcess[] clients = [.. Enumerable.Range(0, 3).Select(_ => session.CreateProcess())];
        SortedDictionary<int, (HandleNode Node, int Strong, int Weak)>[] model = [[], [], []];

        for (int step = 0; step < 12_000; step++)
        {
            int which = random.Next(clients.Length);
            HandleProcess client = clients[which];
            SortedDictionary<int, (HandleNode Node, int Strong, int Weak)> held = model[which];
            if (random.Next(3_000) == 0)
            {
                session.ExitProcess(client);
                clients[which] = session.CreateProcess();
                held.Clear();
            }
            else if (random.NextDouble() < (step / 2_000 % 2 == 0 ? 0.8 : 0.2))
            {
                Add(client, held, nodes[random.Next(nodes.Length)]);
            }
            else if (held.Count > 0)
            {
                Remove(client, held, held.Keys.ElementAt(random.Next(held.Count)));
            }

            if (step % 1_000 == 0)
                Compare();
        }

        Compare();

        void Add(HandleProcess client, SortedDictionary<int, (HandleNode Node, int Strong, int Weak)> held, HandleNode node)
        {
            int strong = random.Next(3), weak = strong == 0 ? 1 : random.Next(2);
            int handle = node == nodes[0] ? 0 : 1;
            if (held.FirstOrDefault(pair => pair.Value.Node == node) is { Value.Node: not null } found)
            {
                handle = found.Key;
            }
            else
            {
                while (held.ContainsKey(handle))
                    handle++;
            }

            (HandleNode _, int oldStrong, int oldWeak) = held.GetValueOrDefault(handle);
            held[handle] = (node, oldStrong + strong, oldWeak + weak);
            HandleReference reference = node == nodes[0] && random.Next(2) == 0
                ? client.AddReference(0, strong, weak)
                : client.AddReference(node, strong, weak);
            Assert.Equal((handle, oldStrong + strong, oldWeak + weak), (reference.Handle, reference.Strong, reference.Weak));
        }

        void Remove(HandleProcess client, SortedDictionary<int, (HandleNode Node, int Strong, int Weak)> held, int handle)
        {
            (HandleNode node, int strong, int weak) = held[handle];
            if (strong > 0 && random.Next(2) == 0)
            {
                client.RemoveReference(handle);
                strong--;
            }
            else
            {
                client.DropReference(handle);
                strong = weak = 0;
            }

            if (strong == 0 && weak == 0)
                held.Remove(handle);
            else
                held[handle] = (node, strong, weak);
        }

        void Compare()
        {
            Observed.IsConsistent(session);
            for (int i = 0; i < clients.Length; i++)
            {
                Observed.AreSame(
                    [.. model[i].Select(pair => (pair.Key, pair.Value.Node, pair.Value.Strong, pair.Value.Weak))],
                    [.. clients[i].GetReferences().Select(r => (r.Handle, r.Node, r.Strong, r.Weak))]);
            }
        }
    }
}
