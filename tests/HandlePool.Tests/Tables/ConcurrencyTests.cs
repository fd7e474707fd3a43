using System.Numerics;

namespace HandlePool.Tests.Tables;

/// <summary>Runs a fixed number of operations on real threads in no fixed order.</summary>
public class ConcurrencyTests
{
    private const int Threads = 4;
    private const int Operations = 20_000;

    [Theory]
    [InlineData(HandleAllocator.Bitmap)]
    [InlineData(HandleAllocator.HierarchicalBitmap)]
    [InlineData(HandleAllocator.SegmentedBitmap)]
    public void Four_threads_that_add_and_drop_on_one_process_keep_it_consistent(HandleAllocator allocator)
    {
        HandleSession session = new(options: new HandleSessionOptions { Allocator = allocator });
        HandleProcess server = session.CreateProcess("server"), client = session.CreateProcess("client");
        HandleNode[] shared = [.. Enumerable.Range(0, 100).Select(_ => session.CreateNode(server))];
        int working = Threads;
        long[] expected = new long[shared.Length];

        Run(Threads + 2, index =>
        {
            if (index < Threads)
            {
                try
                {
                    Work(index);
                }
                finally
                {
                    Interlocked.Decrement(ref working);
                }
            }
            else
            {
                do
                    Look();
                while (Volatile.Read(ref working) > 0);
            }
        });

        Observed.IsConsistent(session);
        Assert.Equal(expected, shared.Select(node => node.Strong));
        Assert.True(client.GetPool().GrowCount > 0);

        void Work(int seed)
        {
            Random random = new(seed);
            HandleNode[] own = [.. Enumerable.Range(0, 200).Select(_ => session.CreateNode(server))];

            // Each thread removes only the counts that it added, so that its handles cannot become another's.
            List<(int Handle, int Shared)> given = [];
            for (int step = 0; step < Operations; step++)
            {
                if (random.NextDouble() < (step / 2_000 % 2 == 0 ? 0.8 : 0.2))
                {
                    int index = random.Next(own.Length + shared.Length);
                    bool isShared = index >= own.Length;
                    HandleNode node = isShared ? shared[index - own.Length] : own[index];
                    given.Add((client.AddReference(node).Handle, isShared ? index - own.Length : -1));
                    if (isShared)
                        Interlocked.Increment(ref expected[index - own.Length]);
                }
                else if (given.Count > 0)
                {
                    int index = random.Next(given.Count);
                    (int handle, int sharedIndex) = given[index];
                    given[index] = given[^1];
                    given.RemoveAt(given.Count - 1);
                    Assert.Equal(handle, client.RemoveReference(handle)!.Handle);
                    if (sharedIndex >= 0)
                        Interlocked.Decrement(ref expected[sharedIndex]);
                }
            }
        }

        void Look()
        {
            HandleBitmap bitmap = client.GetBitmap();
            Assert.Equal(bitmap.InUse, bitmap.Words.Sum(word => BitOperations.PopCount(word)));
            Assert.Equal(bitmap.Capacity, 64 * bitmap.Words.Length);
            Assert.Equal(bitmap.HighestUsed, bitmap.Runs is [.., var last] ? last.Last : null);
            Assert.False(bitmap.LowestFree is { } free && bitmap.IsSet(free));

            HandleReference[] references = client.GetReferences();
            for (int i = 0; i < references.Length; i++)
            {
                Assert.True(references[i].Strong > 0);
                Assert.True(i == 0 || references[i - 1].Handle < references[i].Handle);
            }

            Assert.Equal(references.Length, references.Select(reference => reference.Node).Distinct().Count());
            HandlePoolStatus pool = client.GetPool();
            Assert.InRange(pool.InUse, 0, pool.Capacity);
            Assert.True(pool.HighestUsed is not { } highest || highest < pool.Capacity);
        }
    }

    [Fact]
    public void Four_threads_that_add_the_same_nodes_get_the_same_handles()
    {
        HandleSession session = new();
        HandleProcess server = session.CreateProcess("server"), client = session.CreateProcess("client");
        HandleNode[] nodes = [.. Enumerable.Range(0, 3_000).Select(_ => session.CreateNode(server))];
        int[][] handles = new int[Threads][];

        Run(Threads, index => handles[index] = [.. nodes.Select(node => client.AddReference(node).Handle)]);

        Assert.All(handles, list => Assert.Equal(handles[0], list));
        Assert.Equal(Enumerable.Range(1, nodes.Length), handles[0].Order());
        Assert.All(nodes, node => Assert.Equal((Threads, 1), (node.Strong, node.TableCount)));
        HandlePoolStatus pool = client.GetPool();
        Assert.Equal((4096, 6L), (pool.Capacity, pool.GrowCount));
        Observed.IsConsistent(session);
    }

    [Fact]
    public void A_process_that_exits_during_additions_holds_nothing_afterwards()
    {
        for (int round = 0; round < 25; round++)
        {
            HandleSession session = new();
            HandleProcess server = session.CreateProcess("server"), client = session.CreateProcess("client");
            HandleNode[] nodes = [.. Enumerable.Range(0, 200).Select(_ => session.CreateNode(server))];
            int refused = 0;

            Run(Threads, index =>
            {
                if (index == 0)
                {
                    session.ExitProcess(client);
                    return;
                }

                foreach (HandleNode node in nodes)
                {
                    try
                    {
                        client.AddReference(node);
                    }
                    catch (HandleException exception) when (exception.ErrorId == HandleErrorIds.ProcessDead)
                    {
                        Interlocked.Increment(ref refused);
                        return;
                    }
                }
            });

            Assert.InRange(refused, 0, Threads - 1);
            Assert.Equal(0, client.HandleCount);
            Assert.All(nodes, node => Assert.Equal((0L, 0), (node.Strong, node.TableCount)));
            Observed.IsConsistent(session);
        }
    }

    [Fact]
    public void A_server_that_exits_during_operations_leaves_no_node_without_holders()
    {
        for (int round = 0; round < 25; round++)
        {
            HandleSession session = new();
            HandleProcess server = session.CreateProcess("server");
            HandleNode[] nodes = [.. Enumerable.Range(0, 100).Select(_ => session.CreateNode(server))];
            HandleProcess[] clients = [.. Enumerable.Range(1, Threads - 1).Select(_ => session.CreateProcess())];

            Run(Threads, index =>
            {
                if (index == 0)
                {
                    session.ExitProcess(server);
                    return;
                }

                HandleProcess client = clients[index - 1];
                foreach (HandleNode node in nodes)
                {
                    try
                    {
                        client.RemoveReference(client.AddReference(node).Handle);
                    }
                    catch (HandleException exception) when (exception.ErrorId == HandleErrorIds.NodeNotFound)
                    {
                        Assert.True(node.IsDead);
                    }
                }
            });

            Assert.Equal(0, session.Nodes);
            Assert.All(nodes, node => Assert.Equal((true, 0L, 0), (node.IsDead, node.Strong, node.TableCount)));
            Observed.IsConsistent(session);
        }
    }

    /// <summary>Runs the action on a number of threads that start together, and rethrows what they throw.</summary>
    private static void Run(int threads, Action<int> action)
    {
        using Barrier start = new(threads);
        Task[] tasks = [.. Enumerable.Range(0, threads).Select(index => Task.Factory.StartNew(
            () =>
            {
                start.SignalAndWait();
                action(index);
            },
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default))];
        Task.WaitAll(tasks);
    }
}
