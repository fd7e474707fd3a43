using System.Globalization;
using System.Text;
using HandlePool.Analysis;
using HandlePool.Dumps;
using HandlePool.Tests.Dumps;

namespace HandlePool.Tests.Analysis;

/// <summary>Reads the calls that both drivers show, and tells who waits for whom.</summary>
public sealed class TransactionTests
{
    public static TheoryData<string, string> Lines => new()
    {
        { "outgoing transaction 12: d2cb0be0 from 8:9 to 5:6 code 2 flags 10 pri 0 r1 node 77 size 100:0 data df400028", "Call Running 8:9 5:6 node 77 code 2 flags 16 size 100/0 in binder" },
        { "outgoing transaction 12: 0000000000000000 from 8:9 to 5:0 code 5f4e5446 flags 12 pri 0:120 r1", "Call Pending 8:9 5 code 5f4e5446 flags 18 in binder" },
        { "incoming transaction 12: 0 from 8:9 to 5:6 code 2 flags 11 pri 0:120 r0 elapsed 15ms node 7 size 8:8 offset 28", "OneWay Running 8:9 5:6 node 7 code 2 flags 17 size 8/8 in binder age 15" },
        { "incoming transaction 12: 0 from 8:9 to 5:6 code 2 flags 10 pri 0:120 a0 r0 elapsed 15ms node 7 size 8:8 offset 28", "Call Running 8:9 5:6 node 7 code 2 flags 16 size 8/8 in binder age 15" },
        { "pending transaction 12: 0 from 0:0 to 5:6 code 0 flags 8 pri 0:120 a0 r1 elapsed 1ms size 8:0 offset 28", "Reply Pending  5:6 code 0 flags 8 size 8/0 in binder age 1" },
        { "pending async transaction 12: 0 from 8:9 to 5:0 code 1 flags 1 pri 0:120 r0 node 3 size 8:0 offset 0", "OneWay Pending 8:9 5 node 3 code 1 flags 1 size 8/0 in binder" },
        { "incoming transaction 12: from 8:9 to 5 code 2 flags 10 elapsed 15ms node 7 size 8:0", "Call Running 8:9 5:6 node 7 code 2 flags 16 size 8/0 in binder age 15" },
        { "pending transaction 12: from 8:9 to 5 code 0 flags 0 pri 0:120 elapsed 3ms size 8:0", "Reply Pending 8:9 5 code 0 flags 0 size 8/0 in binder age 3" },
        { "buffer 12: e3f00028 size 140:0 delivered", "Buffer NotFreed  5 size 140/0 in binder" },
        { "buffer 12: 0000000000000000 size 8:8:24 active", "Buffer Active  5 size 8/8 in binder" },
        { "buffer: 4096 size 64 pid 8 oneway allocated", "OneWay NotFreed 8 5 size 64/ in binder" },
        { "outgoing transaction 12: 0 from 8:9 to 5:6 code zz flags", "Reply Running 8:9 5:6 in binder" },
    };

    public static TheoryData<string, string> Entries => new()
    {
        { "12: call  from 8:9 to 5:0 node 77 handle 3 size 60:4", "Call Logged 8:9 5 node 77 handle 3 size 60/4" },
        { "12: reply from 5:6 to 8:9 node 0 handle -1 size 188:0", "Reply Logged 5:6 8:9 size 188/0" },
        { "12: async from 8:9 to 5:0 context my binder node 7 handle 3 size 60:0 ret 0/0 l=0 (incomplete)", "OneWay Logged 8:9 5 node 7 handle 3 size 60/0 in my binder" },
        { "12: call  from 8:9 to 0:0 context binder node 0 handle -5 size 60:0 ret 29201/-22 l=3156", "Call Failed 8:9  handle 4294967291 size 60/0 in binder BR_FAILED_REPLY EINVAL 3156" },
        { "12: call  from 8:9 to 5:0 context binder node 7 handle 3 size 60:0 ret 29189/0 l=3156", "Call Failed 8:9 5 node 7 handle 3 size 60/0 in binder BR_DEAD_REPLY 3156" },
        { "12: call  from 8:9 to 5:0 context binder node 7 handle 3 size 60:0 ret 29202/-999 l=1", "Call Failed 8:9 5 node 7 handle 3 size 60/0 in binder BR_FROZEN_REPLY 999 1" },
        { "12: call  from 8:9 to 5:0 context binder node 7 handle 99999999999 size 60:0 ret 77/-1 l=1", "Call Failed 8:9 5 node 7 size 60/0 in binder 77 EPERM 1" },
    };

    [Theory]
    [MemberData(nameof(Lines))]
    public void A_call_is_read_in_each_form_of_both_drivers(string line, string expected)
    {
        Assert.Equal(expected, Describe(Assert.Single(Find($"binder transactions:\nproc 5\ncontext binder\n  thread 6: l 11 need_return 0 tr 0\n    {line}\n"))));
        Assert.Equal(expected, Describe(Assert.Single(Find($"binder state:\nproc 5\ncontext binder\n  thread 6: l 11 need_return 0 tr 0\n    {line}\n"))));
    }

    [Fact]
    public void A_report_with_its_texts_twice_has_the_same_calls()
    {
        string text = File.ReadAllText(DumpSource.DataFile("evidence/stuck.txt"));
        int begin = text.IndexOf("------ BINDER TRANSACTIONS (", StringComparison.Ordinal), log = text.IndexOf("------ BINDER FAILED TRANSACTION LOG", StringComparison.Ordinal);
        Assert.True(begin > 0 && log > 0);
        string lists = text[Math.Min(begin, log)..];

        string[] once = [.. Find(text).Select(Describe)], twice = [.. TransactionFinder.Find(DumpSource.ReadAll(text + lists)[0].Session).Select(Describe)];

        Assert.Equal(once, twice);
    }

    [Fact]
    public void Hostile_calls_are_calls_like_others_or_errors()
    {
        // A thread that waits for itself, pids that are none, the largest numbers, and names that are none.
        string text = "binder transactions:\nproc 5\ncontext \u001b[31m\n  thread 6: l 11\n    outgoing transaction 1: 0 from 5:6 to 5:6 code 1 flags 10 r1 elapsed 9223372036854775807ms\n"
            + "    incoming transaction 2: 0 from 0:0 to 0:0 code ffffffff flags 10 r1\n    pending transaction 3: 0 from 2147483647:2147483647 to 5:0 code 1 flags 10 r1 node 9223372036854775807 size 9223372036854775807:9223372036854775807\n"
            + $"    outgoing transaction 4: 0 from 5:6 to 5:6 code 1 {new string('x', 70_000)}\n    outgoing transaction 5: 0 from 5:6 \0\n    buffer 6: 0 size 8:8:8 {new string('\u202e', 100)}\n";

        HandleTransaction[] calls = [.. TransactionFinder.Find(DumpSource.Read(text).Session)];

        Assert.Contains(calls, call => call is { Id: 1, Cycle: HandleWaitCycle.Threads });
        Assert.All(calls, call => Assert.DoesNotContain('\u001b', $"{call} {call.WaitsFor} {call.Remark}"));
        using CancellationTokenSource stop = new();
        stop.Cancel();
        Assert.Throws<OperationCanceledException>(() => TransactionFinder.Find(DumpSource.Read(text).Session, stop.Token));
    }

    [Theory]
    [MemberData(nameof(Entries))]
    public void An_entry_of_a_log_is_read_in_each_form(string line, string expected) =>
        Assert.Equal(expected, Describe(Assert.Single(Find($"------ BINDER TRANSACTION LOG (/d/binder/transaction_log) ------\n{line}\n"))));

    [Theory]
    [InlineData("outgoing transaction 12: 0 from 99999999999999999999:9 to 5:6 code 2")]
    [InlineData("outgoing transaction 99999999999999999999: 0 from 8:9 to 5:6 code 2")]
    [InlineData("incoming transaction 12: 0 from 8:9")]
    [InlineData("buffer x: 0 size 8:0 delivered")]
    [InlineData("buffer 12: 0")]
    public void A_call_that_cannot_be_read_is_said(string line)
    {
        ImportedDump dump = DumpSource.Read($"binder transactions:\nproc 5\ncontext binder\n  thread 6: l 11\n    {line}\n    outgoing transaction 1: 0 from 8:9 to 5:6 code 2 flags 10 r1\n");

        Assert.Single(dump.Session.Calls);
        Assert.Equal((1, line), (dump.UnknownLineCount, Assert.Single(dump.UnknownLines).Text));
    }

    [Fact]
    public void All_lines_of_an_id_are_one_call_with_what_each_tells()
    {
        HandleTransaction[] calls = Find(State((8, 3, 7, 5)) + "------ BINDER TRANSACTION LOG (/d/binder/transaction_log) ------\n"
            + "12: call  from 8:9 to 5:6 context binder node 7 handle 3 size 60:8 ret 0/0 l=0\n13: reply from 5:6 to 8:9 context binder node 0 handle 0 size 4:0 ret 0/0 l=0\n"
            + "------ BINDER TRANSACTIONS (/d/binder/transactions) ------\nbinder transactions:\nproc 8\ncontext binder\n  thread 9: l 11\n"
            + "    outgoing transaction 12: 0 from 8:9 to 5:6 code 2 flags 10 pri 0:120 r1 elapsed 20ms\n"
            + "proc 5\ncontext binder\n  thread 6: l 11\n    incoming transaction 12: 0 from 8:9 to 5:6 code 2 flags 10 pri 0:120 r1 elapsed 20ms node 7 size 60:8 offset 0\n"
            + "  buffer 12: 0 size 60:8:0 active\n");

        Assert.Equal(["Call Running 8:9 5:6 node 7 handle 3 code 2 flags 16 size 60/8 in binder age 20", "Reply Logged 5:6 8:9 size 4/0 in binder"],
            calls.Select(Describe));
        Assert.Equal((8, 5, HandleUseState.Held), (calls[0].FromProcess!.Id, calls[0].ToProcess!.Id, calls[0].HandleState));
    }

    [Fact]
    public void A_buffer_without_an_id_that_two_texts_show_is_one()
    {
        const string Text = "proc 5\ncontext binder\n  thread 6: l 11 need_return 0 tr 0\n  buffer: 0 size 64 pid 8 oneway allocated\n  buffer: 64 size 64 pid 8 oneway allocated\n";

        Assert.Equal(2, Find($"binder transactions:\n{Text}binder transactions:\n{Text}binder state:\n{Text}").Length);
        Assert.Equal(2, Find($"binder transactions:\n{Text}".Replace("buffer: 64", "buffer: 0", StringComparison.Ordinal).Replace("0 size 64 pid 8 oneway allocated\n  b", "0 size 32 pid 8 oneway allocated\n  b", StringComparison.Ordinal)).Length);
    }

    [Fact]
    public void Calls_of_two_boots_with_one_id_are_two() => Assert.Equal(2, Find("------ BINDER TRANSACTION LOG (/d/binder/transaction_log) ------\n"
        + "12: call  from 8:9 to 5:0 node 7 handle 3 size 60:8\n12: call  from 80:9 to 5:0 node 7 handle 3 size 60:8\n").Length);

    [Theory]
    [InlineData(3, 7, HandleUseState.Held, null)]
    [InlineData(3, 6, HandleUseState.Reused, "Handle 3 of 8 is now that of node 7: the reference to node 6 was dropped since.")]
    [InlineData(4, 6, HandleUseState.Dropped, "8 has no handle 4: the reference was dropped since.")]
    public void A_handle_of_the_log_is_compared_with_the_table(int handle, int node, HandleUseState state, string? remark)
    {
        HandleTransaction call = Assert.Single(Find(State((8, 3, 7, 5)) + Log($"12: call  from 8:9 to 5:0 context binder node {node} handle {handle} size 60:8 ret 0/0 l=0")));

        Assert.Equal((state, remark), (call.HandleState, call.Remark));
    }

    [Fact]
    public void A_handle_is_of_the_process_of_its_context_only()
    {
        HandleTransaction call = Assert.Single(Find(State((8, 3, 7, 5)) + Log("12: call  from 8:9 to 5:0 context hwbinder node 7 handle 3 size 60:8 ret 0/0 l=0")));

        Assert.Equal((HandleUseState.Unknown, "Process 8 is not in the dump: it has exited since, or the dump lacks it."), (call.HandleState, call.Remark));
        Assert.Null(call.FromProcess);
    }

    [Fact]
    public void In_an_incomplete_state_a_missing_handle_is_not_said_to_be_dropped()
    {
        string cut = State((8, 3, 7, 5)).Split("------ 0.1s")[0];
        HandleTransaction call = Assert.Single(Find(Log("12: call  from 8:9 to 5:0 context binder node 6 handle 4 size 60:8 ret 0/0 l=0")
            + cut + "proc 80\ncontext binder\n  ref 99"));

        Assert.Equal(HandleUseState.Unknown, call.HandleState);
        Assert.Contains("incomplete", call.Remark, StringComparison.Ordinal);
    }

    [Fact]
    public void A_chain_of_waits_ends_where_lines_contradict_each_other()
    {
        const string Text = "proc 7001\n    outgoing transaction 88: 0000000000000000 from 7002:7002 to 7001:7001 code flags 10 pri 0:120 r1 elapsed{90000ms\n"
            + "  thread 7001: l 11 need_return 18446744073709551615 tr 0\n"
            + "    outgoing transaction 88: 0000000000000000 from 700002:7002 to to 7001:7001 code flags 10 pri 0:120 r1 elapsed 90000ms\n"
            + "proc 7002\ncontext binder\n  thread 7002: l 00 need_return 0 tr 64\n"
            + "    outgoing transaction 88: 0000000000000000 from 7002:7002 to 7001:7001 code flags 10 pri 0:120 r1 thread 7001: lapsed 90000ms\n";

        Assert.Contains(Find(Text).Concat(Find("binder transactions:\n" + Text)), call => call.WaitsFor?.Contains("waits for an unknown process", StringComparison.Ordinal) == true);
    }

    [Fact]
    public void A_chain_of_waits_names_each_thread()
    {
        HandleTransaction[] calls = Find(Transactions((1, 10, 2, 20, "out"), (2, 20, 3, 30, "out"), (3, 30, 0, 0, "in 2:20")));

        HandleTransaction first = Assert.Single(calls, call => call.FromId == 1);
        Assert.Equal("1:10 waits for 2:20, which waits for 3:30, which runs.", first.WaitsFor);
        Assert.Equal((HandleWaitCycle.None, 1), (first.Cycle, first.WaitingThreads));
        Assert.Equal(2, Assert.Single(calls, call => call.FromId == 2).WaitingThreads);
    }

    [Fact]
    public void Threads_that_wait_for_each_other_are_a_deadlock()
    {
        HandleTransaction[] calls = Find(Transactions((655, 701, 1754, 1800, "out"), (1754, 1800, 655, 701, "out"), (9, 90, 655, 701, "out")));

        Assert.Equal("Deadlock: 655:701 waits for 1754:1800, which waits for 655:701.", Assert.Single(calls, call => call.FromId == 655).WaitsFor);
        Assert.Equal([HandleWaitCycle.Threads, HandleWaitCycle.Threads, HandleWaitCycle.None], calls.OrderByDescending(call => call.Cycle).Select(call => call.Cycle));
        Assert.Equal("9:90 waits for 655:701, which waits for 1754:1800, which waits for 655:701.", Assert.Single(calls, call => call.FromId == 9).WaitsFor);
    }

    [Fact]
    public void A_nested_call_is_no_deadlock()
    {
        // 1:10 called 2:20, which called it back: 1:10 serves that.
        HandleTransaction[] calls = Find("binder transactions:\nproc 1\ncontext binder\n  thread 10: l 11\n"
            + "    incoming transaction 6: 0 from 2:20 to 1:10 code 1 flags 10 pri 0:120 r1 node 5 size 8:0 offset 0\n"
            + "    outgoing transaction 5: 0 from 1:10 to 2:20 code 1 flags 10 pri 0:120 r1\n"
            + "proc 2\ncontext binder\n  thread 20: l 11\n    outgoing transaction 6: 0 from 2:20 to 1:10 code 1 flags 10 pri 0:120 r1\n"
            + "    incoming transaction 5: 0 from 1:10 to 2:20 code 1 flags 10 pri 0:120 r1 node 9 size 8:0 offset 0\n");

        Assert.All(calls, call => Assert.Equal(HandleWaitCycle.None, call.Cycle));
        Assert.Equal(["1:10 made it, and serves call 6 meanwhile.", "2:20 waits for 1:10, which runs."], calls.OrderBy(call => call.Id).Select(call => call.WaitsFor));
    }

    [Fact]
    public void Full_pools_that_wait_for_each_other_are_named()
    {
        HandleTransaction[] calls = Find(Transactions((1, 10, 2, 0, "out"), (1, 11, 2, 0, "out"), (2, 20, 1, 0, "out")));

        Assert.All(calls, call => Assert.Equal(HandleWaitCycle.Pool, call.Cycle));
        Assert.Equal("Deadlock unless process 2 gets another thread: 1:10 waits for 2, whose only known thread 2:20 waits, which waits for 1, all of whose 2 known threads wait, 1:10 among them.",
            Assert.Single(calls, call => call.FromThread == 10).WaitsFor);
    }

    [Fact]
    public void A_pool_with_a_thread_that_runs_is_not_stuck()
    {
        HandleTransaction[] calls = Find(Transactions((1, 10, 2, 0, "out"), (2, 20, 3, 30, "out"), (2, 21, 0, 0, "in 4:40")));

        Assert.All(calls, call => Assert.Equal(HandleWaitCycle.None, call.Cycle));
        Assert.Equal("1:10 waits for 2, of which no thread has taken the call.", Assert.Single(calls, call => call.FromId == 1).WaitsFor);
    }

    [Fact]
    public void Processes_that_wait_for_each_other_while_threads_run_may_be_deadlocked()
    {
        string text = Transactions((1, 10, 2, 20, "out"), (2, 20, 0, 0, "in 1:10"), (2, 21, 1, 11, "out"), (1, 11, 0, 0, "in 2:21"));

        Assert.Equal(2, Find(text).Count(call => call.Cycle == HandleWaitCycle.Processes));
        Assert.DoesNotContain(Find(text.Replace(" r1", " r1 elapsed 90ms", StringComparison.Ordinal)), call => call.Cycle != HandleWaitCycle.None);
    }

    [Fact]
    public void A_thread_waits_in_one_context_while_it_serves_a_call_of_another()
    {
        HandleTransaction[] calls = Find("binder transactions:\nproc 1\ncontext binder\n  thread 10: l 11\n"
            + "    incoming transaction 5: 0 from 3:30 to 1:10 code 1 flags 10 pri 0:120 r1 node 5 size 8:0 offset 0\n"
            + "proc 1\ncontext hwbinder\n  thread 10: l 00\n    outgoing transaction 6: 0 from 1:10 to 2:20 code 1 flags 10 pri 0:120 r1\n"
            + "proc 3\ncontext binder\n  thread 30: l 11\n    outgoing transaction 5: 0 from 3:30 to 1:10 code 1 flags 10 pri 0:120 r1\n");

        Assert.Equal("3:30 waits for 1:10, which waits for 2:20, which runs.", calls.Single(call => call.Id == 5).WaitsFor);
    }

    [Fact]
    public void A_circle_of_many_threads_is_one_and_its_sentences_are_short()
    {
        const int Threads = 5_000;
        StringBuilder text = new("binder transactions:\n");
        for (int thread = 1; thread <= Threads; thread++)
        {
            text.Append(CultureInfo.InvariantCulture, $"proc {thread}\ncontext binder\n  thread {thread}: l 11\n    outgoing transaction {thread}: 0 from {thread}:{thread} to ")
                .Append(CultureInfo.InvariantCulture, $"{(thread % Threads) + 1}:{(thread % Threads) + 1} code 1 flags 10 pri 0:120 r1\n");
        }

        HandleTransaction[] calls = Find(text.ToString());

        Assert.Equal(Threads, calls.Count(call => call.Cycle == HandleWaitCycle.Threads));
        Assert.All(calls, call => Assert.True(call.WaitsFor!.Length < 1_000));
    }

    [Fact]
    public void More_calls_than_the_limit_are_counted()
    {
        StringBuilder text = new("------ BINDER TRANSACTION LOG (/d/binder/transaction_log) ------\n");
        for (int id = 1; id <= 100_003; id++)
            text.Append(CultureInfo.InvariantCulture, $"{id}: call  from 8:9 to 5:0 node 7 handle 3 size 60:8\n");
        ImportedDump dump = DumpSource.Read(text.ToString());

        Assert.Equal(100_000, dump.Session.Calls.Count);
        Assert.Contains(dump.Problems, problem => problem.Message.Contains("3 more calls than the 100000 that are kept", StringComparison.Ordinal));
    }

    [Fact]
    public void A_real_driver_shows_one_buffer_and_the_calls_of_its_log()
    {
        HandleTransaction[] calls = [.. TransactionFinder.Find(DumpReader.Merge(
            [DumpSource.DataFile("real/small/7-again.txt"), DumpSource.DataFile("real/calls/transactions.txt"), DumpSource.DataFile("real/calls/transaction_log.txt")]).Session)];

        HandleTransaction buffer = Assert.Single(calls, call => call.State == HandleTransactionState.NotFreed);
        Assert.Equal("Reply NotFreed 152:152 155:155 size 88/8 in binder", Describe(buffer));
        Assert.Equal((16, 15, 31), (calls.Count(call => call.Kind == HandleTransactionKind.Call), calls.Count(call => call.Kind == HandleTransactionKind.Reply) - 1,
            calls.Count(call => call.State == HandleTransactionState.Logged)));
        Assert.Equal("158 has no handle 0: the reference was dropped since.", Assert.Single(calls, call => call.HandleState is not (null or HandleUseState.Held)).Remark);
    }

    [Fact]
    public void A_copy_of_a_session_has_its_calls() =>
        Assert.Equal(3, TransactionFinder.Find(Session(Transactions((1, 10, 2, 20, "out"), (2, 20, 3, 30, "out"), (3, 30, 4, 40, "out"))).Copy("copy")).Count);

    private static HandleSession Session(string text) => DumpSource.Read(text).Session;

    private static HandleTransaction[] Find(string text) => [.. TransactionFinder.Find(Session(text))];

    private static string Log(string line) => $"------ BINDER TRANSACTION LOG (/d/binder/transaction_log) ------\n{line}\n------ 0.1s was the duration of 'BINDER TRANSACTION LOG' ------\n";

    private static string State((int Holder, int Handle, int Node, int Owner) of) => "------ BINDER STATE (/d/binder/state) ------\nbinder state:\n"
        + $"proc {of.Holder}\ncontext binder\n  ref 50: desc {of.Handle} node {of.Node} s 1 w 1 d 0000000000000000\n"
        + $"proc {of.Owner}\ncontext binder\n  node {of.Node}: u01 c01 hs 1 hw 1 ls 0 lw 0 is 1 iw 1 tr 1 proc {of.Holder}\n------ 0.1s was the duration of 'BINDER STATE' ------\n";

    /// <summary>Returns a text of threads: <c>out</c> for one that waits for a call, <c>in P:T</c> for one that serves a call.</summary>
    private static string Transactions(params (int Process, int Thread, int To, int ToThread, string What)[] threads)
    {
        StringBuilder text = new("binder transactions:\n");
        Dictionary<string, int> ids = [];
        foreach ((int process, int thread, int to, int toThread, string what) in threads)
        {
            bool isOut = what == "out";
            string sender = isOut ? $"{process}:{thread}" : what[3..];
            if (!ids.TryGetValue(sender, out int id))
                ids.Add(sender, id = 100 + ids.Count);
            text.Append(CultureInfo.InvariantCulture, $"proc {process}\ncontext binder\n  thread {thread}: l 11 need_return 0 tr 0\n    {(isOut ? "outgoing" : "incoming")} transaction ")
                .Append(CultureInfo.InvariantCulture, $"{id}: 0 from {sender} to {(isOut ? $"{to}:{toThread}" : $"{process}:{thread}")} code 1 flags 10 pri 0:120 r1\n");
        }

        return text.ToString();
    }

    private static string Describe(HandleTransaction call) => string.Create(CultureInfo.InvariantCulture, $"{call.Kind} {call.State} {call.From} {call.To}")
        + Part(" node ", call.Node) + Part(" handle ", call.Handle) + Part(" code ", call.Code?.ToString("x", CultureInfo.InvariantCulture)) + Part(" flags ", call.Flags)
        + Part(" size ", call.Size is { } size ? $"{size}/{call.OffsetsSize}" : null) + Part(" in ", call.Context) + Part(" age ", call.Age?.TotalMilliseconds)
        + Part(" ", call.Return) + Part(" ", call.Error) + Part(" ", call.DriverLine);

    private static string Part(string before, object? value) => value is null ? "" : string.Create(CultureInfo.InvariantCulture, $"{before}{value}");
}
