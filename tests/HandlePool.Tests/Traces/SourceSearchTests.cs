using HandlePool.Analysis;
using HandlePool.Benchmarks.Traces;
using HandlePool.Tests.Dumps;
using HandlePool.Traces;

namespace HandlePool.Tests.Traces;

/// <summary>The calls that created references are found, and the truth of a made-up device agrees.</summary>
public sealed class SourceSearchTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(1, true)]
    [InlineData(2, true)]
    [InlineData(3, false)]
    public void Each_held_reference_is_joined_with_the_call_that_created_it(int seed, bool hasProcesses)
    {
        (TraceWorld world, string text, _) = TraceSource.World(new TraceWorldOptions(seed) { HasProcesses = hasProcesses, Contexts = ["binder", "hwbinder"] });
        HandleSession session = DumpSource.Read(world.DumpState()).Session;
        HandleTrace trace = TraceSource.Read(text);

        HandleSourceSearch search = SourceSearch.Find(trace, session.GetProcesses().SelectMany(process => process.GetReferences()));

        Dictionary<(int Process, string Context, int Handle), WorldReference> truth = world.Held.ToDictionary(each => (each.Holder.Pid, each.Holder.Context, each.Handle));
        Assert.Equal(truth.Count, search.References);
        Assert.Equal(truth.Values.Count(each => each.Line == 0), search.Unexplained.Count);
        foreach (HandleCallSource source in search.Sources)
        {
            foreach ((HandleReference reference, string line) in source.References.Zip(source.Lines))
            {
                WorldReference made = truth[(reference.Process.Id, reference.Process.Context, reference.Handle)];
                Assert.Equal($"{TraceSource.Name}:{made.Line}", line);
                Assert.Equal((made.Call.Thread, made.Call.Code), (source.ThreadId, source.Code!.Value));
                if (hasProcesses)
                    Assert.Equal((made.Call.Process, made.Call.Called), (source.ProcessId, source.CalledId));
            }
        }

        output.WriteLine($"{search.Sources.Count} calls of {search.References} references, {search.Unexplained.Count} open");
    }

    [Fact]
    public void The_call_behind_a_leak_suspect_is_the_first()
    {
        (TraceWorld world, string text, _) = TraceSource.World(new TraceWorldOptions(4) { LeakPercent = 50 }, before: 100, after: 8_000);
        HandleSession session = DumpSource.Read(world.DumpState()).Session;
        HandleLeakSuspect suspect = LeakFinder.Find([session], new LeakFinderOptions { MinimumHandles = 200 }).Suspects
            .First(each => each is { Holder: not null, Owner: not null });

        HandleCallSource source = SourceSearch.Find(TraceSource.Read(text), suspect.References).Sources[0];

        Assert.Equal((world.Leaking.Caller.Pid, world.Leaking.Holder.Pid, TraceWorld.LeakingCode), (source.Process!.Id, source.Called!.Id, source.Code));
        Assert.True(source.Handles > suspect.Handles * 9 / 10);
        Assert.True(source.Time < source.LastTime);
        Assert.StartsWith("app", source.Thread, StringComparison.Ordinal);
    }

    [Fact]
    public void A_reference_that_was_created_again_is_that_of_the_last_call()
    {
        string text = TraceSource.Call(10, 150, (11, 12, 1)) + TraceSource.Call(20, 150, (21, 22, 2)).Replace("code=0x7", "code=0x8", StringComparison.Ordinal)
            + TraceSource.Call(30, 150, (11, 32, 1)).Replace("code=0x7", "code=0x9", StringComparison.Ordinal)
            + TraceSource.Call(40, 150, (11, 42, 1)).Replace("code=0x7", "code=0xa", StringComparison.Ordinal);
        HandleTrace trace = TraceSource.Read(text);

        Assert.Equal([9u], CodesOf(trace, reference: 32));
        Assert.Equal([10u], CodesOf(trace, reference: 42));
        Assert.Equal([7u], CodesOf(trace, reference: 12));

        // The dump is newer than the trace.
        Assert.Contains("ends before the dump", Assert.Single(Find(trace, reference: 50).Notes), StringComparison.Ordinal);
    }

    [Fact]
    public void References_from_before_the_trace_are_open()
    {
        HandleSourceSearch search = Find(TraceSource.Read(TraceSource.Call(20, 150, (11, 12, 1))), reference: 12);

        Assert.Empty(search.Sources);
        Assert.Single(search.Unexplained);
        Assert.Contains("does not show the creation of 1 of 1 reference", search.Notes[0], StringComparison.Ordinal);
    }

    private static IEnumerable<uint?> CodesOf(HandleTrace trace, int reference) => Find(trace, reference).Sources.Select(source => source.Code);

    private static HandleSourceSearch Find(HandleTrace trace, int reference)
    {
        HandleSession session = DumpSource.Read(FormattableString.Invariant($"binder state:\nproc 150\ncontext binder\n  ref {reference}: desc 1 node 11 s 1 w 1 d 0\n")).Session;
        return SourceSearch.Find(trace, session.GetProcess(150).GetReferences());
    }
}
