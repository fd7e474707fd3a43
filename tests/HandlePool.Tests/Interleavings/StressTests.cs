using System.Globalization;
using System.Numerics;
using HandlePool.Analysis;
using HandlePool.Dumps;
using HandlePool.SessionFiles;

namespace HandlePool.Tests.Interleavings;

/// <summary>Does everything to one session on real threads while others read it. Bounded in operations, not in time.</summary>
public class StressTests(ITestOutputHelper output)
{
    private const int Threads = 4;
    private const int Readers = 2;
    private const int Operations = 2_500;
    private const int MostProcesses = 12;
    private const int MostNodes = 400;

    // A reader that never rests holds the locks most of the time, so that the others hardly get on.
    private const int OperationsBetweenReads = 200;

    private static readonly string[] Contexts = ["binder", "hwbinder"];

    /// <summary>
    /// The expected errors: another thread may have ended, dropped or filled what an operation refers to. Nothing may be
    /// corrupted.
    /// </summary>
    private static readonly HashSet<string> Refusals =
    [
        HandleErrorIds.AllocationFailed, HandleErrorIds.CountUnderflow, HandleErrorIds.HandleNotFound, HandleErrorIds.ManagerExists,
        HandleErrorIds.ManagerMissing, HandleErrorIds.ManagerSelfReference, HandleErrorIds.NodeNotFound, HandleErrorIds.NotResizable,
        HandleErrorIds.PoolExhausted, HandleErrorIds.ProcessDead, HandleErrorIds.ShrinkNotPossible, HandleErrorIds.WeakReferenceOnly,
    ];

    public static TheoryData<HandleAllocator, GrowthPolicy> Cases
    {
        get
        {
            TheoryData<HandleAllocator, GrowthPolicy> cases = [];
            foreach (HandleAllocator allocator in Enum.GetValues<HandleAllocator>())
            {
                foreach (GrowthPolicy policy in Enum.GetValues<GrowthPolicy>())
                    cases.Add(allocator, policy);
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Concurrent_operations_keep_snapshots_and_the_final_state_consistent(HandleAllocator allocator, GrowthPolicy policy)
    {
        int seed = 1000 * (int)allocator + 100 * (int)policy;
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"seeds {seed} to {seed + Threads - 1}"));
        HandleSession session = new(options: new HandleSessionOptions
        {
            Allocator = allocator,
            GrowthPolicy = policy,
            ShrinkPolicy = (ShrinkPolicy)((int)policy % 2),
            MaxCapacity = 128,
            EventCapacity = 500,
        })
        {
            // Lets other threads interleave more often.
            AtTestPoint = _ => Thread.Yield(),
        };
        foreach (string context in Contexts)
            session.CreateNode(session.CreateProcess("server", context: context));

        int working = Threads;
        using SemaphoreSlim due = new(0);
        Actor[] actors =
        [
            .. Enumerable.Range(0, Threads).Select(index => new Actor(() =>
            {
                try
                {
                    Work(session, new Random(seed + index), due);
                }
                finally
                {
                    Interlocked.Decrement(ref working);
                    due.Release(Readers);
                }
            })),
            Reader(ReadTables),
            Reader(ReadWholeSession),
        ];
        Array.ForEach(actors, actor => actor.Start());
        Array.ForEach(actors, actor => actor.Finish());

        Assert.Empty(session.FindMismatches());
        Observed.IsConsistent(session);
        HandleProcess[] all = session.GetProcesses(includeDead: true);
        Assert.Contains(all, process => process.IsDead);
        Assert.Contains(all, process => allocator is HandleAllocator.TreeScan or HandleAllocator.AugmentedTree or HandleAllocator.XArray || process.GetPool().GrowCount > 0);

        Actor Reader(Action<HandleSession> read) => new(() =>
        {
            do
            {
                read(session);
                due.Wait();
            }
            while (Volatile.Read(ref working) > 0);
        });
    }

    private static void Work(HandleSession session, Random random, SemaphoreSlim due)
    {
        List<HandlePoolResizer> resizers = [];
        HandleProcess[] processes = [];
        HandleNode[] nodes = [];
        for (int step = 0; step < Operations; step++)
        {
            if (step % OperationsBetweenReads == 0)
                due.Release();

            // Looks them up only now and then, so that many operations refer to what is already gone.
            if (step % 16 == 0)
                (processes, nodes) = (session.GetProcesses(), session.GetNodes());
            try
            {
                if (processes.Length == 0 || nodes.Length == 0)
                    session.CreateNode(session.CreateProcess());
                else
                    Do(session, random, resizers, processes[random.Next(processes.Length)], nodes[random.Next(nodes.Length)], processes.Length, nodes.Length);
            }
            catch (HandleException refused) when (Refusals.Contains(refused.ErrorId))
            {
            }
        }
    }

    private static void Do(HandleSession session, Random random, List<HandlePoolResizer> resizers, HandleProcess process, HandleNode node,
        int processes, int nodes)
    {
        switch (random.Next(1000))
        {
            case < 400:
                process.AddReference(node, random.Next(2), 1);
                break;
            case < 430:
                process.AddReference(0);
                break;
            case < 460:
                process.AddReference(random.Next(64));
                break;
            case < 560:
                process.RemoveReference(random.Next(300), 0, 1);
                break;
            case < 760:
                process.DropReference(random.Next(300));
                break;
            case < 770:
                foreach (HandleReference reference in process.GetReferences())
                    process.DropReference(reference.Handle);
                break;
            case < 900:
                if (nodes < MostNodes)
                    session.CreateNode(process);
                else
                    session.RemoveNode(node);
                break;
            case < 915:
                if (processes < MostProcesses)
                    session.CreateProcess(context: Contexts[random.Next(Contexts.Length)], isManager: random.Next(3) == 0);
                else
                    session.ExitProcess(process);
                break;
            case < 935:
                process.Resize((ResizeDirection)random.Next(2), force: random.Next(2) == 0);
                break;
            case < 955:
                resizers.Add(process.RequestResize((ResizeDirection)random.Next(2), force: random.Next(2) == 0));
                break;
            case < 975:
                if (resizers.Count > 0)
                {
                    HandlePoolResizer resizer = resizers[^1];
                    resizers.RemoveAt(resizers.Count - 1);
                    resizer.Process.CompleteResize(resizer);
                }

                break;
            case < 990:
                process.Optimize();
                break;
            default:
                foreach (HandleFault fault in session.GetFaults())
                    session.RemoveFault(fault);
                session.FailAllocations(process, after: random.Next(2));
                break;
        }
    }

    /// <summary>Asserts that each read of a process is a consistent snapshot.</summary>
    private static void ReadTables(HandleSession session)
    {
        foreach (HandleProcess process in session.GetProcesses(includeDead: true))
        {
            HandleReference[] references = process.GetReferences();
            for (int i = 0; i < references.Length; i++)
            {
                Assert.True(references[i].Strong >= 0 && references[i].Weak >= 0 && references[i].Strong + references[i].Weak > 0);
                Assert.True(i == 0 || references[i - 1].Handle < references[i].Handle);
            }

            Assert.Equal(references.Length, references.Select(reference => reference.Node).Distinct().Count());

            HandleBitmap bitmap = process.GetBitmap();
            int reserved = session.Driver == HandleDriver.C611rc1 && bitmap.Words.Sum(BitOperations.PopCount) > bitmap.InUse ? 1 : 0;
            Assert.Equal(bitmap.InUse + reserved, bitmap.Words.Sum(BitOperations.PopCount));
            Assert.Equal(bitmap.Capacity, 64 * bitmap.Words.Length);
            Assert.False(bitmap.LowestFree is { } free && bitmap.IsSet(free));
            if (bitmap.InUse > 0)
                Assert.Equal(bitmap.HighestUsed, bitmap.Runs[^1].Last);

            HandlePoolStatus pool = process.GetPool();
            Assert.InRange(pool.InUse, 0, pool.Capacity);
            Assert.InRange(pool.Capacity, 64, pool.MaxCapacity);
        }

        HandleEvent[] events = session.GetEvents();
        Observed.AreSame([.. Enumerable.Range(0, events.Length).Select(i => events[0].Sequence + i)], [.. events.Select(each => each.Sequence)]);
    }

    /// <summary>Asserts that reads of the session are consistent, and that its files can be read again.</summary>
    private static void ReadWholeSession(HandleSession session)
    {
        Assert.Empty(session.FindMismatches());
        HandleNode[] nodes = session.GetNodes();
        Assert.Equal(nodes.Length, nodes.Select(node => node.Id).Distinct().Count());
        Assert.DoesNotContain(nodes.Zip(nodes.Skip(1)), pair => pair.First.Id >= pair.Second.Id);
        Assert.DoesNotContain(UsageMeasurement.Measure(session), usage => usage.Handles <= 0 || usage.Dead > usage.Handles);

        HandleSession copy = Written(session, (stream, each) => SessionFileWriter.Write(stream, each), stream => SessionFileReader.Read(stream, "session.json"));
        Assert.Empty(copy.FindMismatches());
        Observed.IsConsistent(copy);

        ImportedDump dump = Written(session, (stream, each) => DumpWriter.Write(stream, each), stream => Assert.Single(DumpReader.Read(stream, "state.txt")));
        Assert.Empty(dump.Session.FindMismatches());
        Observed.IsConsistent(dump.Session);
    }

    private static T Written<T>(HandleSession session, Action<Stream, HandleSession> write, Func<Stream, T> read)
    {
        using MemoryStream stream = new();
        write(stream, session);
        stream.Position = 0;
        return read(stream);
    }
}
