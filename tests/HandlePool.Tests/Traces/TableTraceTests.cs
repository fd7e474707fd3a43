using HandlePool.Tables;

namespace HandlePool.Tests.Traces;

/// <summary>A process gets the same handles, counts and capacities as from the Rust driver's code, whatever other threads do in its gaps.</summary>
public class TableTraceTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(HandleAllocator.Bitmap)]
    [InlineData(HandleAllocator.HierarchicalBitmap)]
    [InlineData(HandleAllocator.SegmentedBitmap)]
    public void A_table_answers_as_the_Rust_drivers_code_did(HandleAllocator allocator)
    {
        TraceFile trace = new("rust-table.trace");
        Replay replay = new(trace, allocator);
        while (!trace.IsAtEnd)
            replay.PlayNext();

        Assert.Equal(79, replay.Gaps);
        output.WriteLine($"{trace.Name} over {allocator}: {trace.Replayed} lines, {replay.Gaps} gaps, 0 differences");
    }

    private sealed class Replay(TraceFile trace, HandleAllocator allocator)
    {
        private HandleNode[] _nodes = [];
        private HandleProcess? _client;

        internal int Gaps { get; private set; }

        private HandleProcess Client => _client!;

        /// <summary>Plays an operation with its gaps, and compares its result.</summary>
        internal void PlayNext()
        {
            int line = trace.Number;
            string[] words = trace.Take();
            switch (words[0])
            {
                case "new":
                    Begin(TraceFile.Parse(words[1]));
                    return;
                case "M":
                    ChangeManager(_nodes[TraceFile.Parse(words[1])]);
                    return;
            }

            int answer = Do(words[0], TraceFile.Parse(words[1]), isStrong: words[2] == "s");
            HandleReference? reference = Client.GetReference(answer);
            string result = $"= {answer} {reference?.Strong ?? 0} {reference?.Weak ?? 0} {Client.Capacity} {Client.HandleCount}";
            string expected = string.Join(' ', trace.Take().Take(6));
            Assert.True(result == expected, $"{trace.Name}:{line}: {string.Join(' ', words)} {expected}, but the model has {result}.");
        }

        private void Begin(int nodes)
        {
            HandleSession session = new("Trace", new HandleSessionOptions { Driver = HandleDriver.Rust, Allocator = allocator });
            HandleProcess server = session.CreateProcess("server"), keeper = session.CreateProcess("keeper");
            HashSet<int> managers = trace.NumbersAfter("M ", until: "new");
            _nodes = [.. Enumerable.Range(0, nodes).Select(node => session.CreateNode(managers.Contains(node) ? session.CreateProcess($"manager{node}") : server))];

            // The nodes of the trace outlive their owners.
            foreach (HandleNode node in _nodes)
                keeper.AddReference(node);
            session.AtTestPoint = Reach;
            _client = session.CreateProcess("client");
        }

        private void ChangeManager(HandleNode node)
        {
            BinderContext context = Client.BinderContext;
            if (context.ManagerNode is { Owner: { } former })
                Client.Session.ExitProcess(former);
            context.ManagerNode = node;
        }

        private int Do(string operation, int argument, bool isStrong)
        {
            (int strong, int weak) = isStrong ? (1, 0) : (0, 1);
            try
            {
                switch (operation)
                {
                    case "add":
                        return Client.AddReference(_nodes[argument], strong, weak).Handle;
                    case "inc":
                        Client.AddReference(argument, strong, weak);
                        break;
                    default:
                        Client.RemoveReference(argument, strong, weak);
                        break;
                }
            }
            catch (HandleException refused)
            {
                if (operation == "add")
                    return -(int)refused.Errno;
                Assert.Equal(DriverAnswer.Success, refused.DriverAnswer);
            }

            return operation == "inc" && argument == 0 && Client.BinderContext.ManagerNode is { } manager
                ? Client.GetReference(manager)?.Handle ?? -1
                : argument;
        }

        /// <summary>Plays what other threads do in a gap of the driver. The model allocates for its own map too, which is none.</summary>
        private void Reach(TestPoint point)
        {
            if (point is not (TestPoint.BeforeGrowAllocation or TestPoint.BeforeShrinkAllocation) || trace.Words[0] != "{")
                return;

            string[] gap = trace.Take();
            Assert.Equal(point == TestPoint.BeforeGrowAllocation ? "grow" : "shrink", gap[1]);
            Gaps++;
            while (trace.Words[0] != "}")
                PlayNext();
            trace.Take();
            if (gap[^1] == "fail")
                throw new InsufficientMemoryException();
        }
    }
}
