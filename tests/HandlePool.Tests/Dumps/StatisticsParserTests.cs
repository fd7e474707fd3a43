using HandlePool.Dumps;

namespace HandlePool.Tests.Dumps;

public class StatisticsParserTests
{
    [Fact]
    public void The_statistics_of_the_C_driver_are_read_in_full()
    {
        ParsedStatistics parsed = ParsedStatistics.Read("""
            binder stats:
            BC_TRANSACTION: 23
            BR_REPLY: 25
            proc: active 9 total 11
            transaction_complete: active 0 total 50
            proc 155
            context hwbinder
              threads: 3
              requested threads: 1+2/15
              ready threads 4
              free async space 1048576
              nodes: 5
              refs: 16 s 13 w 15
              buffers: 6
              pages: 7:1:511
              pages high watermark: 8
              pending transactions: 9
              BC_INCREFS: 20
              BC_DECREFS: 5
              BC_ACQUIRE: 40
              BC_RELEASE: 27
              BC_REQUEST_DEATH_NOTIFICATION: 7
              BC_CLEAR_DEATH_NOTIFICATION: 3

            """);

        HandleStatistics read = parsed.Clean().Session.Statistics!;
        Assert.Equal((23, 25, 0), (read.Counters.CountOf("BC_TRANSACTION"), read.Counters.CountOf("BR_REPLY"), read.Counters.CountOf("BC_REPLY")));
        Assert.Equal(["proc: 9 of 11", "transaction_complete: 0 of 50"], read.Objects.Select(each => each.ToString()));
        HandleStatistic process = Assert.Single(read.Processes);
        Assert.Equal((155, "hwbinder", 1), (process.ProcessId, process.Context, process.OpenNumber));
        Assert.Equal((16, 13L, 15L, 5), (process.Handles, process.Strong, process.Weak, process.Nodes));
        Assert.Equal((6, 7, 8, 9), (process.Buffers, process.Pages, process.PagesHighWatermark, process.PendingTransactions));
        Assert.Equal((3, 1, 2, 15, 4), (process.Threads, process.RequestedThreads, process.StartedThreads, process.MaxThreads, process.ReadyThreads));
        Assert.Equal(1_048_576, process.FreeAsyncSpace);
        Assert.Equal((0L, 0L, -1L), (process.WeakBalance, process.StrongBalance, process.HandleBalance));
        Assert.Equal((4L, 5L), (process.DeathLinks, process.Churn));
    }

    [Fact]
    public void The_statistics_of_the_Rust_driver_are_read_in_full()
    {
        ParsedStatistics parsed = ParsedStatistics.Read("""
            binder stats:
            BC_ENTER_LOOPER: 4
            proc 60
            context binder
              threads: 2
              requested threads: 0+1/15
              free oneway space: 520192
              buffers: 1
              outstanding transactions: 3
              nodes: 5
              refs: 7 s 8 w 9
              BC_INCREFS: 9

            """);

        HandleStatistic process = Assert.Single(parsed.Clean().Session.Statistics!.Processes);
        Assert.Equal((7, 8L, 9L, 5, 1, 3), (process.Handles, process.Strong, process.Weak, process.Nodes, process.Buffers, process.PendingTransactions));
        Assert.Equal((520_192L, null, 0L), (process.FreeAsyncSpace, process.ReadyThreads, process.WeakBalance));
    }

    [Fact]
    public void Statistics_are_read_by_words_whatever_their_columns()
    {
        ParsedStatistics parsed = ParsedStatistics.Read(
            "\tbinder stats:\nBC_INCREFS :5\n ref :  active 2  total\t3\nproc   7\n\tcontext\tbinder\nthreads 1\n requested  threads :0 + 1 / 15\n"
            + "ready threads: 2\nfree  async space: 64\n    refs :  4  s 5   w6\n pages : 1 : 2 : 3\n pages  high watermark 4\n");

        HandleStatistics read = parsed.Clean().Session.Statistics!;
        HandleStatistic process = Assert.Single(read.Processes);
        Assert.Equal((5L, "ref: 2 of 3"), (read.Counters.CountOf("BC_INCREFS"), Assert.Single(read.Objects).ToString()));
        Assert.Equal((1, 15, 2, 64L), (process.Threads, process.MaxThreads, process.ReadyThreads, process.FreeAsyncSpace));
        Assert.Equal((4, 5L, 6L, 1, 4), (process.Handles, process.Strong, process.Weak, process.Pages, process.PagesHighWatermark));
    }

    [Fact]
    public void An_old_kernel_prints_no_context_and_a_vendor_prints_names()
    {
        ParsedStatistics parsed = ParsedStatistics.Read("proc 5\n  refs: 1 s 1 w 1\nproc 6 (media server)\ncontext vndbinder\n  refs: 2 s 1 w 1\n");

        Assert.Equal(["5 (binder): 1", "media server (vndbinder): 2"], parsed.Clean().Session.Statistics!.Processes.Select(each => each.ToString()));
    }

    [Fact]
    public void Two_opens_of_one_device_are_told_apart_by_their_order()
    {
        ParsedStatistics parsed = ParsedStatistics.Read(
            "proc 5\ncontext binder\n  refs: 1 s 1 w 1\nproc 5\ncontext hwbinder\n  refs: 2 s 1 w 1\nproc 5\ncontext binder\n  refs: 3 s 1 w 1\n");

        Assert.Equal([("binder", 1, 1), ("binder", 2, 3), ("hwbinder", 1, 2)],
            parsed.Clean().Session.Statistics!.Processes.Select(each => (each.Context, each.OpenNumber, each.Handles!.Value)));
        Assert.Equal(3, parsed.Session.Processes);
    }

    [Theory]
    [InlineData("  refs: 1 s 1", "no count after 'refs', or one out of range")]
    [InlineData("  refs: 2147483648 s 1 w 1", "no count after 'refs', or one out of range")]
    [InlineData("  refs: 1 s 1 w 1 x", "no count after 'refs', or one out of range")]
    [InlineData("  buffers: 3", "a second count of 'buffers'; the first is kept")]
    [InlineData("  nodes: -1", "no count after 'nodes', or one out of range")]
    [InlineData("  threads: 99999999999999999999", "no count after 'threads', or one out of range")]
    [InlineData("  requested threads: 1+2", "no count after 'requested threads', or one out of range")]
    [InlineData("  BC_INCREFS: 4294967296", "no count after 'BC_INCREFS', or one out of range")]
    [InlineData("  BC_INCREFS:", "no count after 'BC_INCREFS', or one out of range")]
    [InlineData("  ref: active 5", "an object count without 'active COUNT total COUNT'")]
    [InlineData("  ref: active 5 total 6", "an object count inside a process")]
    [InlineData("context binder", "a context without a 'proc' line before it, so that the lines of its process are not read")]
    [InlineData("proc x", "a process without a pid, whose lines are not read")]
    [InlineData("proc 99999999999", "a process without a pid, whose lines are not read")]
    public void A_line_of_statistics_that_cannot_be_read_is_reported(string line, string fault)
    {
        ParsedStatistics parsed = ParsedStatistics.Read($"proc 5\ncontext binder\n  buffers: 2\n{line}\n");

        Assert.Equal($"{line}: {fault}", Assert.Single(parsed.Faults));
        HandleStatistic process = Assert.Single(parsed.Session.Statistics!.Processes);
        Assert.Equal((2, null, 0), (process.Buffers, process.Handles, process.Counters.Count));
    }

    [Fact]
    public void Nothing_of_a_process_without_a_pid_goes_to_another_one()
    {
        ParsedStatistics parsed = ParsedStatistics.Read("BC_REPLY: 1\nproc 5\n  refs: 1 s 1 w 1\nproc ?\n  refs: 9 s 9 w 9\n  BC_REPLY: 9\nproc 6\n  refs: 2 s 1 w 1\n");

        Assert.Single(parsed.Faults);
        Assert.Equal(1, parsed.Session.Statistics!.Counters.CountOf("BC_REPLY"));
        Assert.Equal(["5 (binder): 1", "6 (binder): 2"], parsed.Session.Statistics.Processes.Select(each => each.ToString()));
    }

    [Fact]
    public void Nothing_of_a_process_whose_first_line_is_lost_goes_to_the_one_before()
    {
        ParsedStatistics parsed = ParsedStatistics.Read("proc 5\ncontext binder\n  refs: 1 s 1 w 1\ncontext binder\n  nodes: 7\n  BC_REPLY: 9\nproc 6\n  refs: 2 s 1 w 1\n");

        Assert.Single(parsed.Faults);
        Assert.Equal([(5, 1, null, 0), (6, 2, null, 0)],
            parsed.Session.Statistics!.Processes.Select(each => (each.ProcessId, each.Handles!.Value, each.Nodes, each.Counters.Count)));
    }

    [Fact]
    public void Unknown_lines_of_statistics_are_reported_as_such()
    {
        ParsedStatistics parsed = ParsedStatistics.Read($"a remark\nproc 5\n  new number: 7\n  {new string('x', 5_000)} 3\n  refs: 1 s 1 w 1\n*** \n");

        Assert.Equal(4, parsed.Unknown.Count);
        Assert.Empty(parsed.Faults);
        Assert.Equal(1, Assert.Single(parsed.Session.Statistics!.Processes).Handles);
    }

    [Fact]
    public void A_repeated_number_keeps_the_first_counter_and_says_so()
    {
        ParsedStatistics parsed = ParsedStatistics.Read("BC_REPLY: 1\nBC_REPLY: 2\nref: active 1 total 2\nref: active 3 total 4\n");

        Assert.Equal(["BC_REPLY: 2: a second count of 'BC_REPLY'; the first is kept", "ref: active 3 total 4: a second count of 'ref'; the first is kept"],
            parsed.Faults);
        Assert.Equal((1L, 1L), (parsed.Session.Statistics!.Counters.CountOf("BC_REPLY"), parsed.Session.Statistics.GetObjects("ref")!.Active));
    }

    [Fact]
    public void Statistics_cut_anywhere_never_show_a_number_that_was_cut()
    {
        string whole = File.ReadAllText(DumpSource.DataFile("real/stats/2-full.txt"));
        HandleStatistic[] all = [.. ParsedStatistics.Read(whole).Clean().Session.Statistics!.Processes];
        for (int length = 1; length < whole.Length; length++)
        {
            HandleStatistics? cut = ParsedStatistics.Read(whole[..length]).Session.Statistics;
            foreach (HandleStatistic process in cut?.Processes ?? new HandleList<HandleStatistic>([]))
            {
                HandleStatistic same = Assert.Single(all, each => each.ProcessId == process.ProcessId && each.Context == process.Context);
                Assert.Equal(same.Handles, process.Handles ?? same.Handles);
                Assert.Equal(same.Weak, process.Weak ?? same.Weak);
                Assert.Equal(same.FreeAsyncSpace, process.FreeAsyncSpace ?? same.FreeAsyncSpace);
                Assert.All(process.Counters, counter => Assert.Equal(same.Counters.CountOf(counter.Key), counter.Value));
            }
        }
    }

    [Fact]
    public void Counters_that_have_overflowed_still_balance()
    {
        ParsedStatistics parsed = ParsedStatistics.Read("proc 5\n  refs: 3 s 3 w 3\n  BC_INCREFS: -2147483646\n  BC_DECREFS: 2147483647\n");

        HandleStatistic process = Assert.Single(parsed.Clean().Session.Statistics!.Processes);
        Assert.Equal(2_147_483_650, process.Counters.CountOf("BC_INCREFS"));
        Assert.Equal(0, process.WeakBalance);
    }

    [Fact]
    public void The_least_number_of_32_bits_and_a_negative_0_are_counts()
    {
        HandleCounters counters = Assert.Single(ParsedStatistics.Read("proc 5\n  BC_INCREFS: -2147483648\n  BC_DECREFS: -0\n").Clean().Session.Statistics!.Processes).Counters;

        Assert.Equal((2_147_483_648, 0), (counters.CountOf("BC_INCREFS"), counters.CountOf("BC_DECREFS")));
    }

    [Fact]
    public void A_process_without_commands_has_balances_only_where_it_has_no_handles_either()
    {
        HandleStatistics statistics = ParsedStatistics.Read("proc 5\n  refs: 0 s 0 w 0\nproc 6\n  refs: 3 s 3 w 3\n").Clean().Session.Statistics!;

        Assert.Equal([(0L, 0L), (null, (long?)null)], statistics.Processes.Select(process => (process.Churn, process.DeathLinks)));
        Assert.Equal(0, statistics.DeathLinks);
        Assert.Null(ParsedStatistics.Read("proc 6\n  refs: 3 s 3 w 3\n").Session.Statistics!.DeathLinks);
        Assert.Null(new HandleSession().CreateProcess().GetStatistic().Churn);
    }

    [Fact]
    public void Nothing_to_read_gives_no_statistics()
    {
        Assert.Null(ParsedStatistics.Read("binder stats:\n").Session.Statistics);
        Assert.Null(ParsedStatistics.Read("").Session.Statistics);
    }

    [Fact]
    public void The_memory_of_statistics_is_linear_in_the_text()
    {
        StatisticsParser parser = new((_, _) => { });
        for (int line = 1; line <= 100_000; line++)
        {
            parser.Add("proc 1"u8, (2 * line) - 1);
            parser.Add("nodes: 1"u8, 2 * line);
        }

        StatisticsRecord record = parser.Finish()!;

        Assert.Equal((100_000, 100_000), (record.Processes.Count, record.Processes[^1].OpenNumber));
        Assert.InRange(parser.Bytes, 100_000 * 400L, 100_000 * 1_000L);
    }
}
