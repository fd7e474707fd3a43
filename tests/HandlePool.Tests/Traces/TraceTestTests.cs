using HandlePool.Benchmarks.Traces;
using HandlePool.Dumps;
using HandlePool.Tests.Dumps;
using HandlePool.Traces;

namespace HandlePool.Tests.Traces;

/// <summary>Traces are compared with the model: the real driver's, and those of devices whose truth is known.</summary>
public sealed class TraceTestTests(ITestOutputHelper output)
{
    private const string Begin = "binder_transaction: transaction=1 dest_node=1 dest_proc=150 dest_thread=0 reply=0 flags=0x10 code=0x7";

    [Theory]
    [InlineData(null, 1, 3)]
    [InlineData("2-full", 7, 3)]
    [InlineData("3-buffer", 6, 3)]
    [InlineData("5-dead", 6, 1)]
    public void The_model_predicts_the_trace_of_a_real_driver(string? dump, int agreed, int releases)
    {
        HandleTrace trace = TraceReader.ReadFiles([TraceSource.Real]);
        HandleSession? session = dump is null ? null : DumpReader.ReadFile(DumpSource.DataFile($"real/small/{dump}.txt"))[0].Session;

        HandleTraceTest test = Run(trace, session);

        Assert.Equal((agreed, 0, releases), (test.Agreed, test.DivergenceCount, test.Releases));
        Assert.Equal(test.References, test.Predicted + test.Unpredicted);
        Assert.False(test.BeginsLater);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_trace_from_a_dump_has_no_divergence_where_the_driver_has_none(int seed)
    {
        (TraceWorld world, string text, string state) = TraceSource.World(new TraceWorldOptions(seed) { Contexts = ["binder", "hwbinder"] });

        HandleTraceTest test = Run(TraceSource.Read(text), DumpSource.Read(state).Session);

        Assert.Empty(test.Divergences);
        Assert.Equal(world.References, test.References);
        Assert.True(test.Agreed > 2_000, $"seed {seed}: {test.Agreed}");

        // A release that is inferred has happened.
        Assert.InRange(test.Releases, 1, world.Dropped.References + (world.Dropped.Processes * 1_000));
        Assert.DoesNotContain(test.Gaps, gap => gap.Reason is HandleTraceGapReason.LostEvents or HandleTraceGapReason.UnknownReceiver or HandleTraceGapReason.UnknownStart);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    public void Without_releases_every_handle_after_a_dump_is_predicted(int seed)
    {
        (_, string text, string state) = TraceSource.World(new TraceWorldOptions(seed) { DropPercent = 0, HasProcesses = false, HasFlags = false });

        HandleTraceTest test = Run(TraceSource.Read(text), DumpSource.Read(state).Session);

        Assert.Empty(test.Divergences);
        Assert.Equal(0, test.Gaps.Where(gap => gap.Reason is not (HandleTraceGapReason.BeforeDump or HandleTraceGapReason.UnseenCreation
            or HandleTraceGapReason.UnseenRelease)).Sum(gap => gap.Count));
        Assert.True(test.Unpredicted - test.Gaps[0].Count < 50, $"seed {seed}: {test.Gaps}");
    }

    [Theory]
    [InlineData(6)]
    [InlineData(7)]
    public void From_nothing_only_what_the_trace_proves_is_predicted(int seed)
    {
        (_, string text, _) = TraceSource.World(new TraceWorldOptions(seed) { Contexts = ["binder", "hwbinder"] });

        HandleTraceTest test = Run(TraceSource.Read(text));

        Assert.Empty(test.Divergences);
        Assert.True(test.Agreed > 300, $"seed {seed}: {test.Agreed}");
        Assert.Contains(test.Gaps, gap => gap.Reason == HandleTraceGapReason.UnknownStart);
    }

    [Theory]
    [InlineData(8)]
    [InlineData(9)]
    public void A_driver_that_skips_a_handle_is_found(int seed)
    {
        (_, string text, string state) = TraceSource.World(new TraceWorldOptions(seed) { DropPercent = 0 }, middle: world => TraceWorld.Fault(world.Leaking.Holder));

        HandleTraceTest test = Run(TraceSource.Read(text), DumpSource.Read(state).Session);

        HandleTraceDivergence divergence = Assert.Single(test.Divergences);
        Assert.Equal((1L, divergence.Expected + 1), (test.DivergenceCount, divergence.Found));
        Assert.Equal($"Handle {divergence.Expected} is free.", divergence.Reason);
    }

    [Fact]
    public void Losses_of_events_never_look_like_divergences()
    {
        for (int seed = 20; seed < 30; seed++)
        {
            (_, string text, string state) = TraceSource.World(new TraceWorldOptions(seed));
            Random random = new(seed);
            string[] lines = text.Split('\n');

            // Each loss is of one CPU: its events within a part of the trace.
            for (int loss = 0; loss < 3; loss++)
            {
                int cpu = random.Next(4), at = random.Next(2_000, lines.Length - 200);
                for (int line = at, last = at + random.Next(5, 150); line < last; line++)
                {
                    if (lines[line].Contains($" [{cpu:000}] ", StringComparison.Ordinal))
                        lines[line] = "";
                }

                int next = Array.FindIndex(lines, at, line => line.Contains($" [{cpu:000}] ", StringComparison.Ordinal));
                lines[next] = $"CPU:{cpu} [LOST 10 EVENTS]\n{lines[next]}";
            }

            HandleTraceTest test = Run(TraceSource.Read(string.Join('\n', lines)), DumpSource.Read(state).Session);
            Assert.True(test.DivergenceCount == 0, $"seed {seed}: {string.Join('\n', test.Divergences)}");
            Assert.Contains(test.Gaps, gap => gap.Reason == HandleTraceGapReason.LostEvents);
        }
    }

    [Fact]
    public void A_reference_keeps_its_handle()
    {
        HandleTraceTest test = Run(TraceSource.Read(TraceSource.Line(Begin) + TraceSource.Call(10, 150, (11, 12, 5)) + TraceSource.Call(20, 150, (11, 12, 5))
            + TraceSource.Call(30, 150, (11, 12, 6))));

        Assert.Equal((2L, 1L, 1L), (test.Predicted, test.Agreed, test.Unpredicted));
        HandleTraceDivergence divergence = Assert.Single(test.Divergences);
        Assert.Equal((7L, 150, 5, 6, "Reference 12 is that of handle 5 to node 11."),
            (divergence.Line, divergence.ProcessId, divergence.Expected, divergence.Found, divergence.Reason));
    }

    [Fact]
    public void A_handle_that_is_known_to_be_free_is_the_next_one()
    {
        // Node 11 comes back by another reference: handle 5 was released, so that the new one cannot be above it.
        string start = TraceSource.Line(Begin) + TraceSource.Call(10, 150, (11, 12, 5), (13, 14, 6));

        HandleTraceTest same = Run(TraceSource.Read(start + TraceSource.Call(20, 150, (11, 22, 5))));
        Assert.Equal((1L, 1L), (same.Predicted, same.Agreed));

        HandleTraceDivergence above = Assert.Single(Run(TraceSource.Read(start + TraceSource.Call(20, 150, (11, 22, 7)))).Divergences);
        Assert.Equal((5, 7, "Handle 5 is free."), (above.Expected, above.Found, above.Reason));

        HandleTraceTest below = Run(TraceSource.Read(start + TraceSource.Call(20, 150, (11, 22, 4)) + TraceSource.Call(30, 150, (31, 32, 5))));
        Assert.Equal((1L, 0L), (below.Agreed, below.DivergenceCount));
    }

    [Fact]
    public void A_reference_that_lives_on_after_its_handle_was_given_away_is_a_divergence()
    {
        string start = TraceSource.Line(Begin) + TraceSource.Call(10, 150, (11, 12, 5)) + TraceSource.Call(20, 150, (21, 22, 5));

        HandleSession session = DumpSource.Read("binder state:\nproc 150\ncontext binder\n  node 1: u0000000000000000 c0000000000000000 hs 1 hw 1 ls 0 lw 0 is 0 iw 0 tr 1\n").Session;

        Assert.Equal(1, Run(TraceSource.Read(start)).Releases);
        HandleTraceDivergence divergence = Run(TraceSource.Read(start + TraceSource.Call(30, 150, (11, 12, 5))), session).Divergences[^1];
        Assert.Equal("Reference 12 had to be released for reference 22, and is still used.", divergence.Reason);

        // The transaction may have used it before.
        Assert.DoesNotContain(Run(TraceSource.Read(start + TraceSource.Call(19, 150, (11, 12, 5))), session).Divergences, each => each.Reason.StartsWith("Reference", StringComparison.Ordinal));
    }

    [Fact]
    public void A_process_with_two_references_of_one_handle_has_opened_the_device_twice()
    {
        // Each open has a handle 5. A dump would tell the opens apart.
        HandleTraceTest test = Run(TraceSource.Read(TraceSource.Line(Begin) + TraceSource.Call(10, 150, (11, 12, 5)) + TraceSource.Call(20, 150, (21, 22, 5))
            + TraceSource.Call(30, 150, (11, 12, 5)) + TraceSource.Call(40, 150, (21, 42, 6)) + TraceSource.Call(50, 150, (21, 42, 7))));

        Assert.Equal("Reference 42 is that of handle 6 to node 21.", Assert.Single(test.Divergences).Reason);
        Assert.Contains(test.Gaps, gap => (gap.Reason, gap.Count) == (HandleTraceGapReason.UnknownContext, 3L));
    }

    [Fact]
    public void Ids_tell_the_order_and_not_the_lines()
    {
        // Two threads got handles 5 and 6, and the second has written its line first.
        string text = TraceSource.Line(Begin) + TraceSource.Call(10, 150, (11, 12, 4)) + TraceSource.Call(20, 150, (23, 26, 6)) + TraceSource.Call(21, 150, (22, 25, 5));
        HandleSession session = DumpSource.Read("binder state:\nproc 150\ncontext binder\n  node 1: u0000000000000000 c0000000000000000 hs 1 hw 1 ls 0 lw 0 is 0 iw 0 tr 1\n"
            + "  ref 2: desc 1 node 1 s 1 w 1 d 0\n  ref 3: desc 2 node 4 s 1 w 1 d 0\n  ref 5: desc 3 node 6 s 1 w 1 d 0\n").Session;

        HandleTraceTest test = Run(TraceSource.Read(text), session);

        Assert.Equal((3L, 0L), (test.Agreed, test.DivergenceCount));
    }

    [Fact]
    public void A_call_before_the_dump_may_give_out_a_handle_after_it()
    {
        string text = TraceSource.Line(Begin) + TraceSource.Call(6, 150, (11, 12, 2)) + TraceSource.Call(20, 150, (21, 22, 3));
        HandleSession session = DumpSource.Read("binder state:\nproc 150\ncontext binder\n  node 1: u0000000000000000 c0000000000000000 hs 1 hw 1 ls 0 lw 0 is 0 iw 0 tr 1\n"
            + "  ref 9: desc 1 node 8 s 1 w 1 d 0\n").Session;

        HandleTraceTest test = Run(TraceSource.Read(text), session);

        Assert.Equal((2L, 0L), (test.Agreed, test.DivergenceCount));
    }

    [Fact]
    public void A_handle_that_one_of_two_contexts_got_is_free_in_neither()
    {
        string unknown = TraceSource.Line("binder_transaction: transaction=20 dest_node=99 dest_proc=150 dest_thread=0 reply=0 flags=0x10 code=0x7")
            + TraceSource.Line("binder_transaction_node_to_ref: transaction=20 node=21 src_ptr=0x0000700300001000 ==> dest_ref=22 dest_desc=1");
        HandleSession session = DumpSource.Read("binder state:\nproc 150\ncontext binder\n  node 1: u0000000000000000 c0000000000000000 hs 1 hw 1 ls 0 lw 0 is 0 iw 0 tr 1\n"
            + "proc 150\ncontext hwbinder\n").Session;

        HandleTraceTest test = Run(TraceSource.Read(TraceSource.Line(Begin) + unknown + TraceSource.Call(30, 150, (31, 32, 2))), session);

        Assert.Equal(0, test.DivergenceCount);
        Assert.Contains(test.Gaps, gap => gap.Reason == HandleTraceGapReason.UnknownContext);
    }

    [Fact]
    public void A_trace_that_begins_after_its_dump_has_an_unknown_start()
    {
        (_, string text, string state) = TraceSource.World(new TraceWorldOptions(10) { DropPercent = 0 }, before: 500, after: 1_000);
        HandleSession session = DumpSource.Read(state).Session;
        string[] lines = text.Split('\n');

        HandleTraceTest test = Run(TraceSource.Read(string.Join('\n', lines.Skip(lines.Length * 2 / 3))), session);

        Assert.True(test.BeginsLater);
        Assert.Empty(test.Divergences);
        Assert.Contains(test.Gaps, gap => gap.Reason == HandleTraceGapReason.UnknownStart);
    }

    [Theory]
    [InlineData(2_147_483_000)]
    [InlineData(2_200_000_000)]
    public void Ids_beyond_31_bits_keep_their_order(long first)
    {
        // The first id of the trace is in the last ones before the 31 bits are full, or beyond.
        (TraceWorld world, string text, string state) = TraceSource.World(new TraceWorldOptions(1) { Contexts = ["binder", "hwbinder"], FirstId = first }, before: 300, after: 1_500);
        (_, string plainText, string plainState) = TraceSource.World(new TraceWorldOptions(1) { Contexts = ["binder", "hwbinder"] }, before: 300, after: 1_500);
        Assert.Contains("transaction=-2", text, StringComparison.Ordinal);
        HandleTrace trace = TraceSource.Read(text);
        HandleSession session = DumpSource.Read(state).Clean().Session;

        HandleTraceTest test = Run(trace, session), plain = Run(TraceSource.Read(plainText), DumpSource.Read(plainState).Session);

        Assert.Equal((0L, 0L), (trace.ProblemCount, test.DivergenceCount));
        Assert.Equal((plain.Agreed, plain.Releases, $"{plain.Gaps}"), (test.Agreed, test.Releases, $"{test.Gaps}"));
        Assert.Equal(world.References, test.References);
        HandleSourceSearch found = SourceSearch.Find(trace, session.GetProcesses().SelectMany(process => process.GetReferences()));
        HandleSourceSearch plainFound = SourceSearch.Find(TraceSource.Read(plainText), DumpSource.Read(plainState).Session.GetProcesses().SelectMany(process => process.GetReferences()));
        Assert.Equal((plainFound.References, plainFound.Unexplained.Count, plainFound.Sources.Count), (found.References, found.Unexplained.Count, found.Sources.Count));
        Assert.DoesNotContain(TraceOperations.Of(trace, session), operation => operation.Node?.Contains("--", StringComparison.Ordinal) == true);
    }

    [Fact]
    public void A_reference_from_before_the_counter_began_again_is_not_newer()
    {
        // The process has had it since the boot; its number is higher, as the counter has begun again since then.
        string text = TraceSource.Line(Begin) + TraceSource.Call(10, 150, (-900, -899, 7)) + TraceSource.Call(20, 150, (21, 22, 1));

        HandleSession session = DumpSource.Read("binder state:\nproc 150\ncontext binder\n  node 1: u0000000000000000 c0000000000000000 hs 1 hw 1 ls 0 lw 0 is 0 iw 0 tr 1\n").Session;

        HandleTraceTest test = Run(TraceSource.Read(text), session);

        Assert.Equal(0, test.DivergenceCount);
        Assert.Contains(test.Gaps, gap => (gap.Reason, gap.Count, gap.First.NodeId) == (HandleTraceGapReason.UnseenCreation, 1L, 4_294_966_396L));
    }

    [Fact]
    public void A_trace_in_which_the_counter_begins_again_is_not_ordered()
    {
        HandleTrace trace = TraceSource.Read(TraceSource.Call(-9, 150, (-8, -7, 1)) + TraceSource.Call(-6, 150, (-5, -4, 2)) + TraceSource.Call(2, 150, (3, 4, 3)));
        HandleSession session = new();
        session.CreateProcess("a", id: 150);

        HandleException refused = Assert.Throws<HandleException>(() => TraceTest.Run(trace));
        Assert.Equal(HandleErrorIds.TraceFormat, refused.ErrorId);
        Assert.StartsWith("trace.txt:5: the driver's counter of ids", refused.Message, StringComparison.Ordinal);
        Assert.Throws<HandleException>(() => SourceSearch.Find(trace, session.GetProcess(150).GetReferences()));
        Assert.Throws<HandleException>(() => TraceOperations.Of(trace).Count());

        // One damaged number is no new beginning.
        Assert.Equal(3, Run(TraceSource.Read(TraceSource.Call(1, 150, (2, 3, 1)) + TraceSource.Call(-6, 150, (-5, -4, 2)) + TraceSource.Call(5, 150, (6, 7, 3)))).References);
    }

    [Theory]
    [InlineData(11, true)]
    [InlineData(10, false)]
    public void A_trace_of_two_boots_or_devices_is_refused(int twice, bool isRefused)
    {
        HandleTrace trace = TraceSource.Read(string.Concat(Enumerable.Range(1, 20).Select(id => TraceSource.Call(10 * id, 150, ((10 * id) + 1, (10 * id) + 2, id))))
            + string.Concat(Enumerable.Range(1, twice).Select(id => TraceSource.Call(10 * id, 150, ((10 * id) + 3, (10 * id) + 2, id)))));

        Exception? refused = Record.Exception(() => TraceTest.Run(trace));

        Assert.Equal(isRefused ? HandleErrorIds.TraceFormat : null, (refused as HandleException)?.ErrorId);
        if (isRefused)
            Assert.StartsWith("trace.txt:42: reference 12 is to node 13 here, and to another node in a line before, as are 10 more: ", refused!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Objects_whose_transaction_is_missing_have_no_receiver()
    {
        HandleTraceTest test = Run(TraceSource.Read(TraceSource.Line("binder_transaction_node_to_ref: transaction=3 node=4 src_ptr=0x0 ==> dest_ref=5 dest_desc=1")));

        Assert.Equal((HandleTraceGapReason.UnknownReceiver, 1L), (Assert.Single(test.Gaps).Reason, test.Gaps[0].Count));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(1_000)]
    [InlineData(1_024)]
    public void Long_traces_are_sorted_in_parts(int count)
    {
        Random random = new(count);
        long[] keys = [.. Enumerable.Range(0, count).Select(_ => random.NextInt64(500))];

        Assert.Equal(keys.Order(), TraceModel.Sort([.. keys], 7, CancellationToken.None));
    }

    [Fact]
    public void Testing_a_trace_can_be_canceled()
    {
        (_, string text, string state) = TraceSource.World(new TraceWorldOptions(12), before: 100, after: 100);
        HandleTrace trace = TraceSource.Read(text);
        HandleSession session = DumpSource.Read(state).Session;
        using CancellationTokenSource stop = new();
        stop.Cancel();

        Assert.Throws<OperationCanceledException>(() => TraceTest.Run(trace, session, cancellationToken: stop.Token));
        Assert.Throws<OperationCanceledException>(() => SourceSearch.Find(trace, session.GetProcesses()[1].GetReferences(), stop.Token));
        Assert.Throws<OperationCanceledException>(() => TraceOperations.Of(trace, session, stop.Token).Count());
    }

    [Fact]
    public void A_handle_of_thirty_bits_costs_no_memory()
    {
        (_, string text, string state) = TraceSource.World(new TraceWorldOptions(11) { DropPercent = 0 }, before: 100, after: 100);
        string hostile = text + string.Concat(Enumerable.Range(0, 2_000).Select(index =>
            TraceSource.Call(1_000_000 + (10 * index), 5_000 + index, (1_000_001 + (10 * index), 1_000_002 + (10 * index), int.MaxValue - index)))).Replace(" 1.000001:", " 9.000001:", StringComparison.Ordinal);

        long before = GC.GetTotalMemory(forceFullCollection: true);
        HandleTraceTest test = Run(TraceSource.Read(hostile), DumpSource.Read(state).Session);

        Assert.Equal(2_000, test.DivergenceCount);
        Assert.Equal(TraceTest.MaxDivergences, test.Divergences.Count);
        Assert.True(GC.GetTotalMemory(forceFullCollection: true) - before < 20_000_000);
    }

    private HandleTraceTest Run(HandleTrace trace, HandleSession? session = null)
    {
        HandleTraceTest test = TraceTest.Run(trace, session);
        output.WriteLine($"{test}, {test.Gaps}, {test.Releases} releases");
        foreach (HandleTraceDivergence each in test.Divergences.Take(5))
            output.WriteLine($"{each} Expected {each.Expected}, found {each.Found}.");
        return test;
    }
}
