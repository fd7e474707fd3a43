using System.Globalization;
using System.IO.Compression;
using System.Text;
using HandlePool.Benchmarks.Inputs;

namespace HandlePool.Tests.Limits;

/// <summary>Doubles inputs of each kind, and compares the work, which is counted and not timed.</summary>
public class LinearWorkTests(ITestOutputHelper output)
{
    private const double MostGrowth = 2.5;

    public static TheoryData<string> Kinds => [.. InputKinds.Texts.Keys];

    /// <summary>Gets the kinds of which there is a session.</summary>
    public static TheoryData<string> KindsOfDumps => [.. InputKinds.Texts.Keys.Except(["one long line", "blank lines"])];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Reading_twice_the_text_is_at_most_twice_the_work(string kind) => Hold(kind, 2_000, n =>
    {
        byte[] text = InputKinds.Encode(kind, n);
        return () => TryRead(text);
    });

    [Theory]
    [MemberData(nameof(KindsOfDumps))]
    public void Judging_and_writing_twice_the_session_is_at_most_twice_the_work(string kind) => Hold(kind, 1_000, n =>
    {
        dynamic session = TryRead(InputKinds.Encode(kind, n))!, later = TryRead(InputKinds.Encode(kind, n))!;
        Array series = ListOf(session, later);
        return () =>
        {
            CountedLibrary.Call("Analysis.UsageMeasurement", "Measure", session);
            CountedLibrary.Call("Analysis.SessionComparison", "Compare", session, later);
            CountedLibrary.Call("Analysis.LeakFinder", "Find", series);
            CountedLibrary.Call("SessionFiles.SessionFileWriter", "Write", Stream.Null, session);
            CountedLibrary.Call("Reports.HandleReport", "Write", Stream.Null, series);
            CountedLibrary.Call("SessionIntegrity", "FindMismatches", session);
        };
    });

    [Fact]
    public void Judging_a_holder_with_twice_the_suspects_is_at_most_twice_the_work() => Hold("suspects", 40, n =>
    {
        // Every other owner has so many nodes that its pair with the holder is a suspect.
        StringBuilder owners = new(), references = new("proc 1 app\ncontext binder\n");
        int node = 0;
        for (int owner = 0; owner < n; owner++)
        {
            owners.Append(CultureInfo.InvariantCulture, $"proc {owner + 2} app{owner}\ncontext binder\n");
            for (int count = owner % 2 == 0 ? 1 : 120; count > 0; count--)
            {
                owners.Append(CultureInfo.InvariantCulture, $"  node {++node}: u0 c0 pri 0:139 hs 1 hw 1 ls 0 lw 0 is 1 iw 1 tr 0 proc 1\n");
                references.Append(CultureInfo.InvariantCulture, $"  ref {1_000_000 + node}: desc {node} node {node} s 1 w 1 d 0\n");
            }
        }

        dynamic session = TryRead(Encoding.ASCII.GetBytes($"binder state:\n{references}{owners}"))!;
        Array series = ListOf(session);
        Assert.True(CountedLibrary.Call("Analysis.LeakFinder", "Find", series).Suspects.Length >= n / 2);
        return () => CountedLibrary.Call("Analysis.LeakFinder", "Find", series);
    });

    [Theory]
    [InlineData("references")]
    [InlineData("processes of chosen pids")]
    [InlineData("opens of one process")]
    [InlineData("nodes")]
    [InlineData("statistics")]
    public void Reading_twice_the_session_file_is_at_most_twice_the_work(string kind) => Hold(kind, 1_000, n =>
    {
        MemoryStream file = new();
        CountedLibrary.Call("SessionFiles.SessionFileWriter", "Write", file, TryRead(InputKinds.Encode(kind, n)));
        return () => CountedLibrary.Call("SessionFiles.SessionFileReader", "Read", new MemoryStream(file.ToArray()), "file");
    });

    [Theory]
    [InlineData("all threads of a process wait for another, which waits for one of them")]
    [InlineData("each thread waits for the next, and the last for the first")]
    [InlineData("each process waits for the next, and the last for the first")]
    [InlineData("all wait for one thread")]
    [InlineData("all wait for a process whose threads wait")]
    [InlineData("one id")]
    public void Finding_who_waits_among_twice_the_calls_is_at_most_twice_the_work(string kind) => Hold(kind, 1_000, n =>
    {
        StringBuilder text = new("binder transactions:\n");
        for (int call = 1; call <= n; call++)
        {
            (int from, int thread, int to, int receiver) = kind switch
            {
                "each thread waits for the next, and the last for the first" => (1, call, 1, call == n ? 1 : call + 1),
                "each process waits for the next, and the last for the first" => (call, call, call == n ? 1 : call + 1, call == n ? 1 : call + 1),
                "all wait for one thread" => (call, call, n + 1, 7),
                "all wait for a process whose threads wait" => (1, call, 1, 0),
                _ => call == n ? (2, 9, 1, 99_999) : (1, call, 2, 99_999),
            };
            text.Append(CultureInfo.InvariantCulture, $"proc {from}\ncontext binder\n  thread {thread}: l 11\n    outgoing transaction {(kind == "one id" ? 1 : call)}: 0 from {from}:{thread} to {to}:{receiver} code 1 flags 10 r1 elapsed 5000ms\n");
        }

        dynamic session = TryRead(Encoding.ASCII.GetBytes(text.ToString()))!;
        return () => CountedLibrary.Call("Analysis.TransactionFinder", "Find", session);
    });

    [Theory]
    [InlineData("losses that end one by one")]
    [InlineData("headers of overwritten events")]
    [InlineData("objects without transactions")]
    [InlineData("lines of several CPUs")]
    [InlineData("handles far apart")]
    public void Reading_and_testing_twice_the_trace_is_at_most_twice_the_work(string kind) => Hold(kind, 1_000, n =>
    {
        StringBuilder text = new();
        for (int line = 1; line <= n; line++)
            text.Append(Lines(line)).Append('\n');
        for (int line = 1; line <= n && kind == "losses that end one by one"; line++)
            text.Append(Event(line, $"binder_transaction: transaction={line} dest_node=1 dest_proc=7 dest_thread=0 reply=0 flags=0x0 code=0x1")).Append('\n');
        text.Append(Event(1, "binder_transaction: transaction=9999999 dest_node=1 dest_proc=7 dest_thread=0 reply=0 flags=0x0 code=0x1")).Append('\n');
        byte[] bytes = Encoding.ASCII.GetBytes(text.ToString());
        return () => CountedLibrary.Call("Traces.TraceTest", "Run", CountedLibrary.Call("Traces.TraceReader", "Read", new MemoryStream(bytes), "trace"));

        string Lines(int line) => kind switch
        {
            "losses that end one by one" => $"CPU:{line % 8} [LOST 1 EVENTS]\n" + Event(line, "binder_ioctl: cmd=0x1 arg=0x1"),
            "headers of overwritten events" => $"# entries-in-buffer/entries-written: 1/{line + 1} #P:8",
            "lines of several CPUs" => Event(1, $"binder_transaction: transaction={(line ^ 7) * 4} dest_node=1 dest_proc=7 dest_thread=0 reply=0 flags=0x0 code=0x1") + "\n"
                + Event(1, $"binder_transaction_node_to_ref: transaction={(line ^ 7) * 4} node={((line ^ 7) * 4) + 1} src_ptr=0x0 ==> dest_ref={((line ^ 7) * 4) + 2} dest_desc={line}"),
            "handles far apart" => Event(1, $"binder_transaction_node_to_ref: transaction={line * 4} node={(line * 4) + 1} src_ptr=0x0 ==> dest_ref={(line * 4) + 2} dest_desc={line * 900}"),
            _ => Event(line, $"binder_transaction_node_to_ref: transaction={line * 4} node={(line * 4) + 1} src_ptr=0x0 ==> dest_ref={(line * 4) + 2} dest_desc={line}"),
        };

        static string Event(int thread, string payload) => $"a-{thread} [{thread % 8:000}] 1.0: {payload}";
    });

    [Fact]
    public void Reading_an_archive_of_twice_the_entries_is_at_most_twice_the_work() => Hold("entries", 200, n =>
    {
        MemoryStream file = new();
        using (ZipArchive archive = new(file, ZipArchiveMode.Create, leaveOpen: true))
        {
            for (int index = 0; index < n; index++)
            {
                using Stream entry = archive.CreateEntry($"proc/{index}").Open();
                entry.Write(Encoding.UTF8.GetBytes($"binder state:\nproc {index}\ncontext binder\n  ref 1: desc 0 node 9 s 1 w 1 d 0\n"));
            }
        }

        return () => TryRead(file.ToArray());
    });

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Removing_twice_the_nodes_of_one_name_is_at_most_twice_the_work(bool newestFirst) => Hold("nodes of one name", 2_000, n =>
    {
        dynamic session = CountedLibrary.NewSession();
        dynamic owner = session.CreateProcess("owner");
        List<dynamic> nodes = [.. Enumerable.Range(0, n).Select(_ => session.CreateNode(owner, "same"))];
        if (newestFirst)
            nodes.Reverse();
        return () => nodes.ForEach(node => session.RemoveNode(node));
    });

    private static dynamic? TryRead(byte[] text)
    {
        try
        {
            return CountedLibrary.Call("Dumps.DumpReader", "Read", new MemoryStream(text), "text")[0].Session;
        }
        catch (Exception refused) when (refused.GetType().Name == nameof(HandleException))
        {
            return null;
        }
    }

    private static Array ListOf(params dynamic[] sessions)
    {
        Array list = Array.CreateInstance(sessions[0].GetType(), sessions.Length);
        Array.Copy(sessions, list, sessions.Length);
        return list;
    }

    /// <summary>Compares the work and the memory of n and 2n.</summary>
    private void Hold(string kind, int n, Func<int, Action> prepare)
    {
        // What happens once only, such as static tables, is not of the input.
        prepare(n / 4)();
        (long work, long bytes) = CountedLibrary.Measure(prepare(n));
        (long twice, long twiceBytes) = CountedLibrary.Measure(prepare(2 * n));
        output.WriteLine($"{kind}: work {work} to {twice}, {(double)twice / Math.Max(1, work):0.00}x; bytes {bytes} to {twiceBytes}, {(double)twiceBytes / Math.Max(1, bytes):0.00}x");
        Assert.True(work > 0, $"{kind}: no work was counted");
        Assert.True(twice <= MostGrowth * work + 1_000, $"{kind}: {work} to {twice}");
        Assert.True(twiceBytes <= MostGrowth * bytes + 1_000_000, $"{kind}: {bytes} to {twiceBytes} bytes");
    }
}
