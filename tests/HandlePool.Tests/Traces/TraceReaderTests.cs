using System.Globalization;
using System.IO.Compression;
using System.Text;
using HandlePool.Traces;

namespace HandlePool.Tests.Traces;

/// <summary>The text of ftrace is read with any columns, complete or cut, plain or compressed.</summary>
public sealed class TraceReaderTests
{
    private const string Object = "binder_transaction_node_to_ref: transaction=3 node=4 src_ptr=0x0000700300001000 ==> dest_ref=5 dest_desc=1";
    private const string Transaction = "binder_transaction: transaction=3 dest_node=1 dest_proc=150 dest_thread=0 reply=0 flags=0x11 code=0x2a";

    public static TheoryData<string, string, int, int?> Prefixes => new()
    {
        { "            mgrB-150     [000] .....     4.108053: ", "mgrB", 150, null },
        { "            mgrB-150     [011] d..1      4.108053: ", "mgrB", 150, null },
        { "            mgrB-150     [000]           4.108053: ", "mgrB", 150, null },
        { "  Binder:1754_3F-1999    (   1754) [003] .....     4.108053: ", "Binder:1754_3F", 1999, 1754 },
        { "          <idle>-0       (-----) [003] d.h2.     4.108053: ", "<idle>", 0, null },
        { "           <...>-77      (-------) [003] ....      4.108053: ", "<...>", 77, null },
        { "a [001] b-12 (x)-88      [003] .N...     4.108053: ", "a [001] b-12 (x)", 88, null },
        { "[0] 1.0: x: y-1-99      [003] ....     4.108053: ", "[0] 1.0: x: y-1", 99, null },
        { "-1 [0] 1: b:-5      [003] ....     4.108053: ", "-1 [0] 1: b:", 5, null },
        { "app-7 [2] 4.108053: ", "app", 7, null },
        { "app-7 [2] 4.108053123: ", "app", 7, null },
    };

    [Theory]
    [MemberData(nameof(Prefixes))]
    public void A_line_of_a_trace_is_read_with_any_columns(string prefix, string command, int thread, int? process)
    {
        HandleTraceEvent read = Assert.Single(TraceSource.Read($"{prefix}{Transaction}\n{prefix}{Object}\n").GetEvents());

        Assert.Equal((command, thread, process), (read.ThreadName, read.ThreadId, read.ProcessId));
        Assert.Equal("00:00:04.108053", read.Time!.Value.ToString("c", CultureInfo.InvariantCulture)[..15]);
        Assert.Equal((2L, 3L, 4L, 5L, 1), (read.Line, read.TransactionId, read.NodeId, read.ReferenceId, read.Handle));
        Assert.Equal((42u, 150, true, false), (read.Code, read.DestinationProcessId, read.IsOneWay, read.IsReply));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Lines_that_are_passed_over_count_as_if_each_were_read(int seed)
    {
        Random random = new(seed);
        string[] kinds =
        [
            $"app-7 [2] 4.108053: {Transaction}", $"app-7 [2] 4.108053: {Object}", "app-7 [2] 4.108053: sched_switch: prev_comm=a ==> next_comm=b", "Chrome-9 [0] 5.0: irq: x",
            "# entries-in-buffer/entries-written: 2/5 #P:8", "# tracer: nop", "CPU:2 [LOST 12 EVENTS]", "", "\r", " ", "binder", "binder_x", "word",
        ];
        StringBuilder text = new();
        while (text.Length < 200_000)
            text.Append(string.Concat(Enumerable.Repeat(kinds[random.Next(kinds.Length)] + (random.Next(3) == 0 ? "\r\n" : "\n"), random.Next(5) == 0 ? random.Next(300) : 1)));
        TraceCollector one = new();
        one.BeginFile("trace");
        string[] lines = text.ToString().Split('\n')[..^1];
        for (int index = 0; index < lines.Length; index++)
            one.Add(Encoding.ASCII.GetBytes(lines[index].TrimEnd('\r')), index + 1);
        one.Finish();
        HandleTrace each = new(one, ["trace"], []), read = TraceSource.Read(text.ToString());

        Assert.Equal((each.Lines, each.OtherLines, each.LostEvents, each.OverwrittenEvents), (read.Lines, read.OtherLines, read.LostEvents, read.OverwrittenEvents));
        Assert.Equal(each.Counts, read.Counts);
        Assert.Equal(each.GetEvents().Select(found => found.Line), read.GetEvents().Select(found => found.Line));
        Assert.Equal(each.Problems, read.Problems);
    }

    [Theory]
    [InlineData("transaction=3 node=4 src_ptr=0x0000700300001000 ==> dest_ref=5 dest_desc=1")]
    [InlineData("transaction=3 node=4 src_ref=45 src_desc=123456 ==> dest_ref=5 dest_desc=2147483647")]
    [InlineData("transaction=3 node=4 src_ref=45 src_desc=1 ==> dest_ptr=0x0000700300001000")]
    [InlineData("transaction=3 dest_node=1 dest_proc=150 dest_thread=0 reply=0 flags=0x11 code=0x5f4e5446")]
    public void Fields_in_their_usual_order_are_read_as_by_name(string usual)
    {
        Random random = new(usual.Length);
        for (int input = 0; input < 2_000; input++)
        {
            byte[] text = Encoding.ASCII.GetBytes(usual);
            for (int change = input == 0 ? 0 : random.Next(1, 4); change > 0; change--)
            {
                int at = random.Next(text.Length);
                text = random.Next(3) switch
                {
                    0 => [.. text[..at], (byte)"0129xf= -+"[random.Next(10)], .. text[at..]],
                    1 => [.. text[..at], .. text[Math.Min(text.Length, at + random.Next(1, 12))..]],
                    _ => [.. text[..at], (byte)"0129xf= -+"[random.Next(10)], .. text[(at + 1)..]],
                };
                if (text.Length == 0)
                    break;
            }

            TracePayload whole = TracePayload.Parse(text), byName = TracePayload.ParseByName(text);
            string shown = Encoding.ASCII.GetString(text);
            Assert.True((whole.IsTransaction, whole.HasReference, whole.HasSource) == (byName.IsTransaction, byName.HasReference, byName.HasSource), shown);
            Assert.True((whole.Transaction, whole.Node, whole.SourceReference, whole.SourceHandle, whole.Reference, whole.Handle)
                == (byName.Transaction, byName.Node, byName.SourceReference, byName.SourceHandle, byName.Reference, byName.Handle), shown);
            Assert.True((whole.TargetNode, whole.Process, whole.Thread, whole.Reply, whole.Flags, whole.Code)
                == (byName.TargetNode, byName.Process, byName.Thread, byName.Reply, byName.Flags, byName.Code), shown);
        }
    }

    [Fact]
    public void The_trace_of_a_real_driver_is_counted()
    {
        HandleTrace trace = TraceReader.ReadFiles([TraceSource.Real]);

        Assert.Equal((2_645L, 31L, 0L), (trace.Lines, trace.OtherLines, trace.ProblemCount));
        Assert.Equal((66L, 38L, 12L, 1L, 321L), (trace.Counts.CountOf("binder_transaction"), trace.Counts.CountOf("binder_transaction_node_to_ref"),
            trace.Counts.CountOf("binder_transaction_ref_to_ref"), trace.Counts.CountOf("binder_transaction_ref_to_node"), trace.Counts.CountOf("binder_command")));
        Assert.Equal((51, 50), (trace.EventCount, trace.ReferenceCount));
        Assert.Equal((TimeSpan.FromSeconds(4.108053), TimeSpan.FromSeconds(4.420016)), (trace.FirstTime, trace.LastTime));
        Assert.Equal((261_055L, HandleSourceKind.Trace), (Assert.Single(trace.Sources).Size, trace.Sources[0].Kind));
        Assert.All(trace.GetEvents(), each => Assert.NotNull(each.DestinationProcessId));

        // The service manager gives a client what it asked for: the reply counts for the client's call.
        HandleTraceEvent reply = trace.GetEvents().First(each => each is { IsReply: true, Kind: HandleTraceEventKind.ReferenceToReference });
        Assert.Equal((150, 155, 2u), (reply.ProcessId, reply.DestinationProcessId, reply.Code));
    }

    [Fact]
    public void A_compressed_trace_gives_the_same_events()
    {
        byte[] compressed = Compress(File.ReadAllBytes(TraceSource.Real));

        HandleTrace plain = TraceReader.ReadFiles([TraceSource.Real]), unpacked = TraceSource.ReadBytes(compressed);
        Assert.Equal(plain.GetEvents().Select(Describe), unpacked.GetEvents().Select(Describe));

        HandleTrace cut = TraceSource.ReadBytes(compressed[..^100]);
        Assert.Contains("cut off", Assert.Single(cut.Problems, problem => problem.Line == 0).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_trace_in_parts_is_one_trace()
    {
        string[] lines = File.ReadAllLines(TraceSource.Real);
        string folder = Directory.CreateTempSubdirectory("trace").FullName;
        string[] parts = [Path.Join(folder, "1"), Path.Join(folder, "2")];
        try
        {
            File.WriteAllText(parts[0], string.Join('\n', lines.Take(1_000)) + "\n");
            File.WriteAllText(parts[1], string.Join('\n', lines.Skip(1_000)) + "\n");

            HandleTrace trace = TraceReader.ReadFiles(parts), whole = TraceReader.ReadFiles([TraceSource.Real]);
            Assert.Equal(whole.GetEvents().Select(each => (each.Line - (each.Line > 1_000 ? 1_000 : 0), each.NodeId, each.Code)),
                trace.GetEvents().Select(each => (each.Line, each.NodeId, each.Code)));
            Assert.Equal(parts, trace.GetEvents().Select(each => each.Path).Distinct());
            Assert.Equal(2, trace.Sources.Count);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Cut_lines_at_the_ends_of_a_trace_are_not_trusted()
    {
        string whole = TraceSource.Line(Transaction) + TraceSource.Line(Object);

        HandleTrace trace = TraceSource.Read(whole[10..] + TraceSource.Line(Object)[..^2]);

        Assert.Equal(1, trace.EventCount);
        HandleTraceProblem problem = Assert.Single(trace.Problems);
        Assert.Equal((3L, "the last line is cut off"), (problem.Line, problem.Message));
    }

    [Theory]
    [InlineData("binder_transaction: transaction=3 dest_node=1 dest_proc=150", "a transaction without")]
    [InlineData("binder_transaction: transaction=99999999999 dest_node=1 dest_proc=150 dest_thread=0 reply=0 flags=0x11 code=0x2a", "a transaction without")]
    [InlineData("binder_transaction_node_to_ref: transaction=3 node=4 ==> dest_ref=5", "an object in a transaction without")]
    [InlineData("binder_transaction_ref_to_ref: transaction=3 node=4 ==> dest_ref=5 dest_desc=1", "an object in a transaction without")]
    [InlineData("binder_transaction_node_to_ref: transaction=3 node=4 ==> dest_ref=5 dest_desc=-1", "an object in a transaction without")]
    public void A_known_event_without_its_fields_is_a_problem(string payload, string message)
    {
        HandleTrace trace = TraceSource.Read(TraceSource.Line(payload));

        HandleTraceProblem problem = Assert.Single(trace.Problems);
        Assert.Equal(1, problem.Line);
        Assert.StartsWith(message, problem.Message, StringComparison.Ordinal);
        Assert.Equal((HandleErrorIds.TraceFormat, 0), (problem.ToException().ErrorId, trace.EventCount));
    }

    [Theory]
    [InlineData("-2147483646", 2_147_483_650L)]
    [InlineData("-1", 4_294_967_295L)]
    [InlineData("4294967295", 4_294_967_295L)]
    [InlineData("2147483647", 2_147_483_647L)]
    [InlineData("-2147483649", null)]
    [InlineData("4294967296", null)]
    [InlineData("--1", null)]
    public void Ids_beyond_31_bits_are_printed_as_negative_numbers(string printed, long? id)
    {
        string text = TraceSource.Line(Transaction.Replace("transaction=3", $"transaction={printed}", StringComparison.Ordinal))
            + TraceSource.Line(Object.Replace("transaction=3", $"transaction={printed}", StringComparison.Ordinal).Replace("node=4", $"node={printed}", StringComparison.Ordinal));

        HandleTrace trace = TraceSource.Read(text);

        Assert.Equal(id is null ? 2 : 0, trace.ProblemCount);
        Assert.Equal(id is null ? [] : [(id, id, 150)], trace.GetEvents().Select(each => (each.TransactionId, each.NodeId, each.DestinationProcessId ?? 0)));
    }

    [Fact]
    public void Lost_and_overwritten_events_are_counted()
    {
        HandleTrace trace = TraceSource.Read("# entries-in-buffer/entries-written: 10/35   #P:2\n" + TraceSource.Line(Transaction)
            + "CPU:1 [LOST 1234 EVENTS]\nCPU:0 [LOST EVENTS]\n" + TraceSource.Line(Object));

        Assert.Equal((1_235L, 25L, 1), (trace.LostEvents, trace.OverwrittenEvents, trace.EventCount));
    }

    [Fact]
    public void Counts_of_proxies_are_read()
    {
        HandleTrace trace = TraceSource.Read(TraceSource.Line("tracing_mark_write: C|1754|binder_proxies|5731") + TraceSource.Line("tracing_mark_write: B|1754|binder_x"));

        HandleTraceEvent count = Assert.Single(trace.GetEvents());
        Assert.Equal((HandleTraceEventKind.ProxyCount, 1754, 5731), (count.Kind, count.ProcessId, count.Count));
        Assert.Equal(1, trace.OtherLines);
    }

    [Fact]
    public void A_transaction_after_its_objects_completes_them()
    {
        HandleTraceEvent read = Assert.Single(TraceSource.Read(TraceSource.Line(Object) + TraceSource.Line(Transaction, cpu: 1)).GetEvents());

        Assert.Equal((150, 42u), (read.DestinationProcessId, read.Code));
    }

    [Fact]
    public void A_reply_after_a_failed_call_is_not_given_to_another()
    {
        string call = TraceSource.Line("binder_transaction: transaction=3 dest_node=1 dest_proc=150 dest_thread=0 reply=0 flags=0x10 code=0x1");
        string reply = TraceSource.Line("binder_transaction: transaction=9 dest_node=0 dest_proc=300 dest_thread=300 reply=1 flags=0x0 code=0x0", "mgr-151")
            + TraceSource.Line(Object.Replace("transaction=3", "transaction=9", StringComparison.Ordinal), "mgr-151");

        Assert.Equal(1u, Assert.Single(TraceSource.Read(call + reply).GetEvents()).Code);
        Assert.Equal(150, Assert.Single(TraceSource.Read(call + reply).GetEvents()).ProcessId);
        Assert.Null(Assert.Single(TraceSource.Read(call + TraceSource.Line("binder_return: cmd=0x7211 BR_FAILED_REPLY") + reply).GetEvents()).Code);
        Assert.Null(Assert.Single(TraceSource.Read(call + "CPU:1 [LOST 1 EVENTS]\n" + reply).GetEvents()).Code);
        Assert.Null(Assert.Single(TraceSource.Read(reply).GetEvents()).Code);
    }

    [Fact]
    public void A_text_without_binder_events_is_refused()
    {
        HandleException refused = Assert.Throws<HandleException>(() => TraceSource.Read("# tracer: nop\nbinder state:\nbinder_x\n"));

        Assert.Equal(HandleErrorIds.TraceFormat, refused.ErrorId);
        Assert.Contains("no binder events", refused.Message, StringComparison.Ordinal);
        Assert.Contains("trace-cmd report", Assert.Throws<HandleException>(() => TraceSource.ReadBytes([0x17, 0x08, 0x44, .. "tracing6\0\0"u8])).Message, StringComparison.Ordinal);
        Assert.Contains("zip archive", Assert.Throws<HandleException>(() => TraceSource.ReadBytes("PK\x03\x04"u8.ToArray())).Message, StringComparison.Ordinal);
        Assert.Contains("cannot be read", Assert.Throws<HandleException>(() => TraceReader.ReadFiles(["/nowhere/trace"])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Hostile_lines_change_nothing_but_counts()
    {
        StringBuilder text = new(TraceSource.Line(Transaction) + TraceSource.Line(Object));
        text.Append(new string('[', 100_000)).Append(" binder_\n");
        text.Append(new string('x', 65_536)).Append("-1 [0] 1.0: binder_transaction: \n");
        text.Append("\0\u001b[31m-1 [0] 1.0: binder_transaction: transaction=\u001b[31m\n");
        text.Append("a-1 [0] 99999999999999999999.0: binder_transaction: \n");
        text.Append("a-99999999999 [0] 1.0: binder_transaction: \n");
        text.Append("a-1 [99999999999] 1.0: binder_transaction: \n");
        text.Append("a-1 [0] 9999999999999999.0: binder_ioctl: \n");
        for (int name = 0; name < 300; name++)
            text.Append(CultureInfo.InvariantCulture, $"a-1 [0] 1.0: binder_{name}: \n");

        HandleTrace trace = TraceSource.Read(text.ToString());

        Assert.Equal((1, 100), (trace.EventCount, trace.Counts.Count));
        Assert.Equal(2, trace.ProblemCount);
        Assert.All(trace.Problems, problem => Assert.DoesNotContain('\u001b', problem.ToString()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("\0")]
    [InlineData("\0\n\u0001\u00ff binder_\n")]
    [InlineData("binder_\n")]
    public void Empty_and_binary_files_are_refused(string part)
    {
        byte[] file = Encoding.Latin1.GetBytes(string.Concat(Enumerable.Repeat(part, 300_000)));

        foreach (byte[] each in (byte[][])[file, Compress(file)])
        {
            HandleException refused = Assert.Throws<HandleException>(() => TraceSource.ReadBytes(each));
            Assert.Contains("no binder events", refused.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("\0")]
    [InlineData("\n")]
    [InlineData("x-1 [0] 1.0: binder_transaction: ")]
    [InlineData("CPU:0 [LOST 9 EVENTS]\n")]
    public void A_small_file_that_decompresses_to_very_much_ends_at_the_limit(string part)
    {
        byte[] whole = Encoding.UTF8.GetBytes(TraceSource.Line(Transaction) + TraceSource.Line(Object) + string.Concat(Enumerable.Repeat(part, 8_000_000 / part.Length)));

        HandleTrace trace = TraceSource.ReadBytes(Compress(whole), new TraceReaderOptions { MaxDecompressedSize = 4_000_000 });

        Assert.Equal(1, trace.EventCount);
        Assert.Contains(trace.Problems, problem => problem.Line == 0 && problem.Message.Contains("decompresses to more than 4000000 bytes", StringComparison.Ordinal));
        Assert.InRange(trace.Records.Count, 1, 2);
    }

    [Fact]
    public void A_file_without_events_that_is_not_read_completely_says_so()
    {
        byte[] zeros = Compress(new byte[4_000_000]);

        HandleException refused = Assert.Throws<HandleException>(() => TraceSource.ReadBytes(zeros, new TraceReaderOptions { MaxDecompressedSize = 2_000_000 }));

        Assert.Contains("raise MaxDecompressedSize", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_compressed_trace_that_is_cut_anywhere_gives_what_is_before()
    {
        byte[] file = Compress(File.ReadAllBytes(TraceSource.Real));
        int last = 0;
        for (int length = 1; length < file.Length; length += 997)
        {
            int events = 0;
            try
            {
                HandleTrace trace = TraceSource.ReadBytes(file[..length]);
                Assert.Contains(trace.Problems, problem => problem.Message.Contains("cut off", StringComparison.Ordinal) || problem.Message.Contains("damaged", StringComparison.Ordinal));
                events = trace.EventCount;
            }
            catch (HandleException refused)
            {
                Assert.Equal(HandleErrorIds.TraceFormat, refused.ErrorId);
            }

            Assert.InRange(events, last, 51);
            last = events;
        }

        Assert.True(last > 40, $"{last} events");
    }

    [Theory]
    [InlineData("app-1{0}[0] 1.0: ", 200, false)]
    [InlineData("app-1 [0] {0}: ", 200, false)]
    [InlineData("app-1 [0] 1.0: binder_{0}", 200, false)]
    [InlineData("app-1 [0] {0}1.0: ", 20, true)]
    [InlineData("app-1{0}[0] 1.0: ", 100, true)]
    public void A_bracket_looks_at_a_few_bytes_before_and_behind_it(string line, int blanks, bool isRead)
    {
        // In a long line, each bracket may begin a CPU. If each looked through the whole line, a megabyte would take minutes.
        string padding = new(line.Contains("binder_{0}", StringComparison.Ordinal) ? 'x' : line.Contains("{0}:", StringComparison.Ordinal) ? '1' : ' ', blanks);

        HandleTrace trace = TraceSource.Read(TraceSource.Line(Transaction) + string.Format(CultureInfo.InvariantCulture, line, padding) + "binder_ioctl: x\n");

        Assert.Equal(isRead ? 1 : 0, trace.Counts.CountOf("binder_ioctl"));
        Assert.Equal(isRead ? 0 : 1, trace.OtherLines);
    }

    [Fact]
    public void A_trace_that_is_there_twice_has_its_events_twice_and_no_divergence()
    {
        HandleTrace once = TraceReader.ReadFiles([TraceSource.Real]), twice = TraceReader.ReadFiles([TraceSource.Real, TraceSource.Real]);

        Assert.Equal(2 * once.EventCount, twice.EventCount);
        Assert.Equal(0, TraceTest.Run(twice).DivergenceCount);
    }

    [Fact]
    public void Reading_a_trace_can_be_canceled()
    {
        using CancellationTokenSource stop = new();
        stop.Cancel();

        Assert.Throws<OperationCanceledException>(() => TraceReader.ReadFiles([TraceSource.Real], cancellationToken: stop.Token));
    }

    private static byte[] Compress(byte[] content)
    {
        using MemoryStream compressed = new();
        using (GZipStream gzip = new(compressed, CompressionLevel.Fastest, leaveOpen: true))
            gzip.Write(content);
        return compressed.ToArray();
    }

    private static string Describe(HandleTraceEvent each) =>
        FormattableString.Invariant($"{each.Line} {each.Time} {each.Kind} {each.ProcessId} {each.Code} {each.NodeId} {each.SourceHandle} {each.ReferenceId} {each.Handle}");
}
