using System.Globalization;
using System.Text.RegularExpressions;
using HandlePool.Benchmarks.Traces;
using HandlePool.Tests.Dumps;
using HandlePool.Traces;

namespace HandlePool.Tests.Traces;

/// <summary>What lost lines can explain is no divergence, in whatever order the CPUs' lines are; what they cannot explain is one.</summary>
public sealed partial class TraceLossTests(ITestOutputHelper output)
{
    private const int Seeds = 6;
    private const int Cpus = 4;
    private const string Begin = "binder_transaction: transaction=1 dest_node=1 dest_proc=150 dest_thread=0 reply=0 flags=0x10 code=0x7";

    public enum Layout
    {
        /// <summary>All lines in the order of time, as the kernel prints them.</summary>
        ByTime,

        /// <summary>The buffer of each CPU after that of another.</summary>
        ByCpu,

        /// <summary>Parts of the buffers in turn, as they were filled.</summary>
        InParts,
    }

    [Fact]
    public void Lost_lines_look_like_no_divergence_and_hide_none_that_is_far_from_them()
    {
        Dictionary<Layout, Tally> tallies = Enum.GetValues<Layout>().ToDictionary(layout => layout, _ => new Tally());
        for (int seed = 1; seed <= Seeds; seed++)
        {
            Random random = new(seed);
            (_, string text, string state) = TraceSource.World(
                new TraceWorldOptions(seed) { Contexts = ["binder", "hwbinder"], MostBetween = 400, HasProcesses = seed % 3 > 0 }, before: 500, after: 2_000);
            HandleSession session = DumpSource.Read(state).Session;
            List<Line> lines = [.. text.Split('\n').Where(line => line.Contains(": binder_", StringComparison.Ordinal)).Select(Line.Of)];
            for (int loss = 0; loss < 3; loss++)
                Lose(lines, random, from: loss == 0 ? 0.6 : 0.3);
            (int fresh, int repeated) = Plant(lines, random, session);
            foreach ((Layout layout, Tally tally) in tallies)
            {
                HandleTraceTest test = Run(lines, layout, session), blind = Run(lines, layout, session: null);
                Assert.True(test.DivergenceCount + blind.DivergenceCount == 0, $"seed {seed}, {layout}: {string.Join('\n', test.Divergences.Concat(blind.Divergences))}");
                Assert.Contains(test.Gaps, gap => gap.Reason == HandleTraceGapReason.LostEvents);
                tally.Predicted += test.Predicted;
                tally.Blind += blind.Predicted;
                tally.Fresh += IsFound(lines, fresh, layout, session) ? 1 : 0;
                Assert.True(IsFound(lines, repeated, layout, session), $"seed {seed}, {layout}, planted in: {lines[repeated].Text}");
            }
        }

        foreach ((Layout layout, Tally tally) in tallies)
            output.WriteLine($"{layout}: {tally}");

        // Of a new reference, a handle that is too high is found while the receiver's handles are known.
        Assert.Equal(Seeds, tallies[Layout.ByTime].Fresh);
        Assert.All(tallies.Values, tally => Assert.True(tally is { Fresh: >= Seeds / 2, Predicted: > 150 * Seeds, Blind: > 50 * Seeds }, $"{tally}"));
    }

    [Fact]
    public void A_line_that_tells_of_a_loss_may_come_after_what_the_loss_explains()
    {
        // CPU 0 has lost the reference with handle 1, before its line of 2.0; the lines of CPU 1 come first.
        string first = "# entries-in-buffer/entries-written: 8/8   #P:2\n" + TraceSource.Line(Begin, time: "1.000000") + TraceSource.Line(Call(4), time: "1.100000");
        string other = TraceSource.Line(Call(10), time: "1.500000", cpu: 1) + TraceSource.Line(Object(10, 11, 13, 2), time: "1.500001", cpu: 1)
            + TraceSource.Line(Call(40), "late-301", time: "2.300000", cpu: 1) + TraceSource.Line(Call(50), "late-301", time: "2.400000", cpu: 1)
            + TraceSource.Line(Object(50, 51, 52, 4), "late-301", time: "2.400001", cpu: 1);
        string last = "CPU:0 [LOST 1 EVENTS]\n" + TraceSource.Line(Call(30), time: "2.000000");
        HandleSession session = DumpSource.Read("binder state:\nproc 150\ncontext binder\n  node 1: u0000000000000000 c0000000000000000 hs 1 hw 1 ls 0 lw 0 is 0 iw 0 tr 1\n").Session;

        HandleTraceTest lost = TraceTest.Run(TraceSource.Read(first + other + last), session);
        Assert.Equal((0L, 0L), (lost.DivergenceCount, lost.Agreed));
        Assert.Contains(lost.Gaps, gap => (gap.Reason, gap.First.ReferenceId) == (HandleTraceGapReason.LostEvents, 13L));

        // Without the loss, handle 1 is free.
        HandleTraceTest whole = TraceTest.Run(TraceSource.Read(first + other), session);
        Assert.Equal("Handle 1 is free.", whole.Divergences[0].Reason);
    }

    [Theory]
    [InlineData("CPU:1 [LOST 7 EVENTS]", 7)]
    [InlineData("CPU:1 [LOST EVENTS]", 1)]
    [InlineData("CPU:1 [7 EVENTS DROPPED]", 7)]
    [InlineData("CPU:1 [EVENTS DROPPED]", 1)]
    [InlineData("##### CPU 1 buffer started ####", 0)]
    public void Losses_are_read_as_the_kernel_and_trace_cmd_write_them(string line, long lost)
    {
        string text = TraceSource.Line(Begin, time: "1.0") + TraceSource.Line(Call(10), time: "1.1") + TraceSource.Line(Object(10, 11, 12, 1), time: "1.2") + TraceSource.Line(Call(20), time: "1.3")
            + $"{line}\n" + TraceSource.Line(Call(30), time: "1.4", cpu: 1);

        HandleTrace trace = TraceSource.Read(text);

        Assert.Equal((lost, 0L), (trace.LostEvents, trace.OtherLines));
        Assert.Contains(TraceTest.Run(trace).Gaps, gap => gap.Reason == HandleTraceGapReason.LostEvents);
    }

    [Fact]
    public void Overwritten_events_are_missing_from_each_CPU_up_to_its_first_line()
    {
        // CPU 1 begins later, with an event of another kind.
        string header = "# entries-in-buffer/entries-written: 9/20   #P:2\n";
        string text = TraceSource.Line(Begin, time: "1.0") + TraceSource.Line(Call(10), time: "1.1") + TraceSource.Line(Object(10, 11, 12, 1), time: "1.1")
            + TraceSource.Line("sched_switch: x", time: "1.2", cpu: 1) + TraceSource.Line(Call(20), time: "1.3") + TraceSource.Line(Call(30), time: "1.4")
            + TraceSource.Line(Object(30, 31, 32, 2), time: "1.4") + TraceSource.Line(Call(40), time: "1.5") + TraceSource.Line(Object(40, 31, 42, 2), time: "1.5");

        HandleTraceTest test = TraceTest.Run(TraceSource.Read(header + text)), whole = TraceTest.Run(TraceSource.Read(text));

        Assert.Equal((1L, 1L), (test.Agreed, whole.Agreed));
        Assert.Contains(test.Gaps, gap => (gap.Reason, gap.First.ReferenceId) == (HandleTraceGapReason.LostEvents, 12L));
        Assert.DoesNotContain(whole.Gaps, gap => gap.Reason == HandleTraceGapReason.LostEvents);
    }

    [Fact]
    public void A_text_that_is_not_in_the_order_of_time_is_not_trusted_at_its_end()
    {
        // The lines of CPU 1 end before those of CPU 0: others of it may be cut off.
        string text = TraceSource.Line(Begin, time: "1.0") + TraceSource.Line(Call(10), time: "1.1") + TraceSource.Line(Object(10, 11, 12, 5), time: "1.1")
            + TraceSource.Line(Call(20), time: "5.0") + TraceSource.Line(Object(20, 11, 22, 9), time: "5.0") + TraceSource.Line(Call(19), "b-301", time: "3.0", cpu: 1);

        Assert.Contains(TraceTest.Run(TraceSource.Read(text)).Gaps, gap => (gap.Reason, gap.First.ReferenceId) == (HandleTraceGapReason.UnknownEnd, 22L));
        Assert.Equal("Handle 5 is free.", Assert.Single(TraceTest.Run(TraceSource.Read(text.Replace("3.0:", "5.1:", StringComparison.Ordinal))).Divergences).Reason);
    }

    [Fact]
    public void A_reply_whose_call_may_be_lost_or_in_another_part_has_no_code()
    {
        string call = TraceSource.Line("binder_transaction: transaction=3 dest_node=1 dest_proc=150 dest_thread=0 reply=0 flags=0x10 code=0x1", time: "1.0");
        string next = TraceSource.Line("binder_transaction: transaction=7 dest_node=1 dest_proc=150 dest_thread=0 reply=0 flags=0x10 code=0x2", time: "1.2", cpu: 1);
        string reply = TraceSource.Line("binder_transaction: transaction=9 dest_node=0 dest_proc=300 dest_thread=300 reply=1 flags=0x0 code=0x0", "mgr-151", "1.3")
            + TraceSource.Line(Object(9, 11, 12, 1), "mgr-151", "1.3");

        Assert.Equal(2u, Assert.Single(TraceSource.Read(call + next + reply).GetEvents()).Code);

        // By CPU: the reply comes before the call that it answers.
        Assert.Null(Assert.Single(TraceSource.Read(call + reply + next).GetEvents()).Code);

        // The call that it answers was lost, and the line that says so comes later.
        Assert.Null(Assert.Single(TraceSource.Read(call + reply + "CPU:1 [LOST 1 EVENTS]\n" + TraceSource.Line(Begin, time: "1.4", cpu: 1)).GetEvents()).Code);
    }

    private static string Call(long id) => Begin.Replace("transaction=1 ", $"transaction={id} ", StringComparison.Ordinal);

    private static string Object(long id, long node, long reference, int handle) =>
        $"binder_transaction_node_to_ref: transaction={id} node={node} src_ptr=0x0000700300001000 ==> dest_ref={reference} dest_desc={handle}";

    /// <summary>Removes lines of a CPU that follow one another, and says so before its next line.</summary>
    private static void Lose(List<Line> lines, Random random, double from)
    {
        int cpu = random.Next(Cpus), count = random.Next(5, 60), at = (int)(lines.Count * (from + (random.NextDouble() * 0.3)));
        int[] lost = [.. Enumerable.Range(at, lines.Count - at).Where(index => lines[index].Cpu == cpu && lines[index].Lost == 0).Take(count + 1)];
        lines[lost[^1]] = lines[lost[^1]] with { Lost = count };
        foreach (int index in lost.SkipLast(1).Reverse())
            lines.RemoveAt(index);
    }

    /// <summary>Returns the indexes of a line with a new reference between the dump and the losses, and of one whose reference is in another line.</summary>
    private static (int Fresh, int Repeated) Plant(List<Line> lines, Random random, HandleSession session)
    {
        long dumpId = session.HighestId;
        long loss = lines.Where(line => line.Lost > 0).Min(line => lines.FindLast(before => before.Cpu == line.Cpu && before.Time < line.Time)?.Time ?? 0);
        HashSet<long> several = [.. session.GetProcesses().GroupBy(process => process.Id).Where(group => group.Count() > 1).Select(group => (long)group.Key)];
        Dictionary<long, long> receivers = [];
        foreach (Line line in lines.Where(line => line.Receiver > 0))
            receivers.TryAdd(line.Transaction, line.Receiver);
        int[] fresh = [.. Enumerable.Range(0, lines.Count).Where(index => lines[index] is { Handle: > 0 } line && line.Reference > line.Transaction
            && line.Transaction > dumpId && line.Time < loss - 30_000 && receivers.TryGetValue(line.Transaction, out long receiver) && !several.Contains(receiver))];
        HashSet<long> again = [.. lines.Where(line => line.Reference > 0 && line.Transaction > dumpId).GroupBy(line => line.Reference).Where(group => group.Skip(1).Any()).Select(group => group.Key)];
        int[] repeated = [.. Enumerable.Range(0, lines.Count).Where(index => lines[index].Transaction > dumpId && again.Contains(lines[index].Reference))];
        return (fresh[random.Next(fresh.Length)], repeated[random.Next(repeated.Length)]);
    }

    private static string Write(List<Line> lines, Layout layout)
    {
        IEnumerable<Line> ordered = layout switch
        {
            Layout.ByTime => lines,
            Layout.ByCpu => lines.OrderBy(line => (line.Cpu + 2) % Cpus),
            _ => lines.OrderBy(line => line.Time / 70_000).ThenBy(line => (line.Cpu + (line.Time / 70_000)) % Cpus),
        };
        return string.Concat(ordered.Select(line => (line.Lost > 0 ? $"CPU:{line.Cpu} [LOST {line.Lost} EVENTS]\n" : "") + line.Text + "\n"));
    }

    private static HandleTraceTest Run(List<Line> lines, Layout layout, HandleSession? session) => TraceTest.Run(TraceSource.Read(Write(lines, layout)), session);

    /// <summary>Returns whether a handle is found that is much too high.</summary>
    private static bool IsFound(List<Line> lines, int at, Layout layout, HandleSession session)
    {
        Line real = lines[at];
        lines[at] = real with { Text = Handle().Replace(real.Text, match => $"{match.Groups[1].Value}{Line.Number(match.Groups[2]) + 40}") };
        HandleTraceTest test = Run(lines, layout, session);
        lines[at] = real;
        return test.DivergenceCount > 0;
    }

    [GeneratedRegex(@"(dest_desc=)(\d+)")]
    private static partial Regex Handle();

    [GeneratedRegex(@" \[(\d+)\] (?:\S{5} )? *(\d+)\.(\d{6}): .*?transaction=(\d+)(?:.* dest_proc=(\d+))?(?:.* dest_ref=(\d+) dest_desc=(\d+))?")]
    private static partial Regex Fields();

    private sealed record Tally
    {
        internal long Predicted { get; set; }

        internal long Blind { get; set; }

        internal int Fresh { get; set; }

        public override string ToString() => FormattableString.Invariant($"{Predicted} predicted, {Blind} from nothing, {Fresh} of {Seeds} new ones found");
    }

    /// <summary>Represents a line.</summary>
    /// <param name="Cpu">The CPU.</param>
    /// <param name="Time">The time in microseconds.</param>
    /// <param name="Transaction">The id of the transaction.</param>
    /// <param name="Receiver">The pid of the receiver; 0 in a line of an object.</param>
    /// <param name="Reference">The id of the receiver's reference; 0 if there is none.</param>
    /// <param name="Handle">The handle.</param>
    /// <param name="Lost">The number of lines of the CPU that were lost before it.</param>
    /// <param name="Text">The text.</param>
    private sealed record Line(int Cpu, long Time, long Transaction, long Receiver, long Reference, long Handle, int Lost, string Text)
    {
        internal static Line Of(string text)
        {
            GroupCollection groups = Fields().Match(text).Groups;
            return new Line((int)Number(groups[1]), (Number(groups[2]) * 1_000_000) + Number(groups[3]), Number(groups[4]), Number(groups[5]), Number(groups[6]), Number(groups[7]), 0, text);
        }

        internal static long Number(Group group) => group.Success ? long.Parse(group.ValueSpan, CultureInfo.InvariantCulture) : 0;
    }
}
