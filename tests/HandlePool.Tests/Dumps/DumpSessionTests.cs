using System.Text;
using HandlePool.Dumps;

namespace HandlePool.Tests.Dumps;

public class DumpSessionTests
{
    private const string Node = "ub1 cb1 pri 0:139 hs 1 hw 1 ls 0 lw 0 is 1 iw 1 tr 0";

    [Theory]
    [InlineData("")]
    [InlineData("\n\n\n")]
    [InlineData("Hello, world.\nThis is a letter.\n")]
    [InlineData("{ \"name\": \"binder\" }")]
    [InlineData("%PDF-1.7\n")]
    [InlineData("procedure 5\n")]
    public void Text_that_is_not_a_dump_is_refused(string text)
    {
        HandleException error = Assert.Throws<HandleException>(() => DumpSource.ReadAll(text));

        Assert.Equal((HandleErrorIds.DumpFormat, Errno.EINVAL), (error.ErrorId, error.Errno));
        Assert.Contains(DumpSource.Name, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_directory_is_refused_as_a_dump()
    {
        string path = Path.GetDirectoryName(DumpSource.DataFile("state-pixel.txt"))!;

        HandleException error = Assert.Throws<HandleException>(() => DumpReader.ReadFile(path));

        Assert.Equal(HandleErrorIds.DumpFormat, error.ErrorId);
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_dump_file_is_refused()
    {
        string path = DumpSource.DataFile("no-such-file.txt");

        HandleException error = Assert.Throws<HandleException>(() => DumpReader.ReadFile(path));

        Assert.Contains(path, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_heading_alone_is_a_dump_without_processes()
    {
        HandleSession session = DumpSource.Read("binder state:\n").Clean().Session;

        Assert.Equal((0, 0), (session.Processes, session.Nodes));
    }

    [Fact]
    public void A_dump_without_a_heading_is_read()
    {
        HandleSession session = DumpSource.Read("proc 5\ncontext binder\n  ref 9: desc 3 node 7 s 1 w 1 d 0\n").Clean().Session;

        Assert.Equal(1, session.GetProcess(5).HandleCount);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Nodes_of_a_dump_are_listed_removed_and_die_with_their_owner(bool isRemovedFirst)
    {
        HandleSession session = DumpSource.Read($"""
            binder state:
            proc 5
            context binder
              node 7: {Node} proc 6
              node 3: {Node} proc 6
            proc 6
            context binder
              ref 9: desc 1 node 7 s 1 w 1 d 0
              ref 10: desc 2 node 3 s 1 w 1 d 0

            """).Clean().Session;
        HandleProcess owner = session.GetProcess(5);
        HandleNode created = session.CreateNode(owner);

        Assert.Equal(3, owner.NodeCount);
        if (isRemovedFirst)
            session.RemoveNode(session.GetNode(7));
        else
            Assert.Equal([3, 7, created.Id], owner.GetNodes().Select(node => node.Id));
        Assert.Equal(isRemovedFirst ? 2 : 3, owner.NodeCount);
        Assert.Equal(isRemovedFirst, session.GetNode(7).IsDead);

        session.ExitProcess(owner);
        Assert.Equal((0, 2), (owner.NodeCount, session.Nodes));
        Assert.All(session.GetNodes(), node => Assert.True(node.IsDead));
    }

    [Fact]
    public void Binary_garbage_is_refused()
    {
        for (int seed = 0; seed < 50; seed++)
        {
            byte[] garbage = new byte[4096];
            new Random(seed).NextBytes(garbage);
            Assert.Equal(HandleErrorIds.DumpFormat, Assert.Throws<HandleException>(() => DumpSource.ReadBytes(garbage)).ErrorId);
        }
    }

    [Fact]
    public void Binary_garbage_within_a_dump_does_not_stop_the_rest()
    {
        byte[] garbage = new byte[100_000];
        new Random(7).NextBytes(garbage);
        byte[] bytes =
        [
            .. "binder state:\nproc 5\ncontext binder\n  ref 8: desc 1 dead node 6 s 1 w 1 d 0\n"u8, .. garbage,
            .. "\nproc 6\ncontext binder\n  ref 9: desc 3 dead node 7 s 1 w 1 d 0\n"u8,
        ];

        ImportedDump result = Assert.Single(DumpSource.ReadBytes(bytes));

        Assert.Equal([5, 6], result.Session.GetProcesses().Select(process => process.Id));
        Assert.Equal([1, 1], result.Session.GetProcesses().Select(process => process.HandleCount));
        Assert.True(result.UnknownLineCount > 100);
    }

    [Theory]
    [InlineData("state-rust.txt")]
    [InlineData("state-pixel.txt")]
    public void A_damaged_dump_is_either_read_or_refused(string file)
    {
        byte[] whole = File.ReadAllBytes(DumpSource.DataFile(file));
        for (int seed = 0; seed < 200; seed++)
        {
            Random random = new(seed);
            byte[] damaged = [.. whole];
            for (int i = 0; i < 40; i++)
                damaged[random.Next(damaged.Length)] = (byte)" \n0123456789-:xrdn\0"[random.Next(19)];
            try
            {
                foreach (ImportedDump result in DumpSource.ReadBytes(damaged))
                {
                    foreach (HandleProcess process in result.Session.GetProcesses())
                        Assert.Equal(process.CountSource == HandleCountSource.State ? process.HandleCount : 0, process.GetPool().InUse);
                }
            }
            catch (HandleException exception)
            {
                Assert.Equal(HandleErrorIds.DumpFormat, exception.ErrorId);
            }
        }
    }

    [Fact]
    public void Consecutive_dumps_are_separate_sessions()
    {
        IReadOnlyList<ImportedDump> results = DumpSource.ReadAll($"""
            binder state:
            proc 5
            context binder
              ref 9: desc 3 dead node 7 s 1 w 1 d 0
              ref 9: desc x
            binder state:
            dead nodes:
              node 7: {Node} proc 5
            proc 5
            context binder
              ref 9: desc 3 dead node 7 s 1 w 1 d 0
              ref 9: desc 4 dead node 8 s 1 w 1 d 0
              ref 9: desc x
              what?

            """);

        Assert.Equal(["state.txt#1", "state.txt#2"], results.Select(result => result.Session.Name));
        Assert.Equal([1, 2], results.Select(result => result.Session.GetProcess(5).HandleCount));
        Assert.Equal([5L, 13], results.Select(result => Assert.Single(result.Problems).Line));
        Assert.Equal([0L, 1], results.Select(result => result.UnknownLineCount));
        Assert.Equal(["state.txt:5: This line could not be read: what it tells is missing.", "state.txt:13: 2 lines could not be read, this one first: what they tell is missing."],
            results.Select(result => Assert.Single(result.Session.Findings).ToString()));
    }

    [Fact]
    public void Consecutive_dumps_of_single_processes_are_one_session()
    {
        HandleSession session = DumpSource.Read($"""
            binder proc state:
            proc 5
            context binder
              ref 9: desc 0 node 7 s 1 w 1 d 0
              ref 10: desc 1 node 99 s 1 w 1 d 0
            binder proc state:
            proc 6
            context binder
              node 7: {Node} proc 5
            binder proc state:
            proc 5
            context hwbinder

            """).Clean().Session;

        Assert.Equal(3, session.Processes);
        Assert.Equal(6, session.GetProcess(5, "binder").GetReference(0)!.Owner!.Id);
        Assert.True(session.GetProcess(6).IsManager);
    }

    [Fact]
    public void A_live_node_without_an_owner_is_an_anomaly_only_in_a_whole_state()
    {
        const string Process = "proc 5\ncontext binder\n  ref 9: desc 3 node 7 s 1 w 1 d 0\n";

        HandleSession state = DumpSource.Read("binder state:\n" + Process).Session;
        HandleSession file = DumpSource.Read("binder proc state:\n" + Process).Clean().Session;

        HandleFinding finding = Assert.Single(state.Findings);
        Assert.Equal((HandleFindingKind.OwnerMissing, 7L), (finding.Kind, finding.Node!.Value));
        Assert.Equal((DumpSource.Name, 4L), (finding.Path, finding.Line));
        Assert.Equal((1, 1), (state.GetProcess(5).HandleCount, file.GetProcess(5).HandleCount));
        Assert.Null(file.GetProcess(5).GetReference(3)!.Owner);
        Assert.False(file.GetProcess(5).GetReference(3)!.IsDead);
    }

    [Fact]
    public void Of_two_references_with_the_same_handle_the_first_is_kept()
    {
        ImportedDump result = DumpSource.Read("""
            binder state:
            proc 5
            context binder
              ref 9: desc 3 dead node 7 s 1 w 1 d 0
              ref 10: desc 3 dead node 8 s 2 w 2 d 0
              ref 11: desc 4 dead node 9 s 1 w 1 d 0

            """);

        HandleFinding finding = Assert.Single(result.Session.Findings);
        Assert.Equal((HandleFindingKind.DuplicateHandle, 5L, 3L), (finding.Kind, finding.Line, finding.Handle!.Value));
        Assert.Equal(5, finding.Process!.Id);
        Assert.Equal([(3, 7L, 1), (4, 9L, 1)], Rows(result.Session.GetProcess(5)));
    }

    [Fact]
    public void Of_two_handles_for_the_same_node_the_first_is_kept()
    {
        ImportedDump result = DumpSource.Read("""
            binder state:
            proc 5
            context binder
              ref 9: desc 3 dead node 7 s 1 w 1 d 0
              ref 10: desc 4 dead node 7 s 2 w 2 d 0

            """);

        HandleFinding finding = Assert.Single(result.Session.Findings);
        Assert.Equal((HandleFindingKind.DuplicateReference, 5L), (finding.Kind, finding.Line));
        Assert.Equal((4L, 7L), (finding.Handle!.Value, finding.Node!.Value));
        Assert.Equal([(3, 7L, 1)], Rows(result.Session.GetProcess(5)));
    }

    [Fact]
    public void A_process_that_appears_twice_has_opened_its_device_twice()
    {
        ImportedDump result = DumpSource.Read("""
            binder state:
            proc 5
            context binder
              ref 9: desc 3 dead node 7 s 1 w 1 d 0
            proc 5
            context binder
              ref 10: desc 3 dead node 8 s 1 w 1 d 0

            """);

        HandleProcess[] opens = result.Session.GetProcesses();
        HandleFinding finding = Assert.Single(result.Session.Findings);
        Assert.Equal((HandleFindingKind.DuplicateProcess, opens[1]), (finding.Kind, finding.Process));
        Assert.Equal([(5, 1), (5, 2)], opens.Select(process => (process.Id, process.OpenNumber)));
        Assert.Equal([(3, 7L, 1)], Rows(opens[0]));
        Assert.Equal([(3, 8L, 1)], Rows(opens[1]));
    }

    [Fact]
    public void Of_two_owners_of_a_node_the_first_is_kept()
    {
        ImportedDump result = DumpSource.Read($"""
            binder state:
            proc 5
            context binder
              node 7: {Node} proc 7
            proc 6
            context binder
              node 7: {Node} proc 7
            proc 7
            context binder
              ref 9: desc 3 node 7 s 1 w 1 d 0

            """);

        HandleFinding finding = Assert.Single(result.Session.Findings);
        Assert.Equal((HandleFindingKind.TwoOwners, 7L, 7L), (finding.Kind, finding.Line, finding.Node!.Value));
        Assert.Equal(5, result.Session.GetProcess(7).GetReference(3)!.Owner!.Id);
        Assert.Equal((1, 0), (result.Session.GetProcess(5).NodeCount, result.Session.GetProcess(6).NodeCount));
    }

    [Theory]
    [InlineData("dead node")]
    [InlineData("node")]
    public void A_node_that_is_both_dead_and_alive_is_an_anomaly(string said)
    {
        string owner = said == "node" ? $"dead nodes:\n  node 7: {Node} proc 5\n" : $"proc 6\ncontext binder\n  node 7: {Node} proc 5\n";

        ImportedDump result = DumpSource.Read($"binder state:\n{owner}proc 5\ncontext binder\n  ref 9: desc 3 {said} 7 s 1 w 1 d 0\n");

        HandleFinding finding = Assert.Single(result.Session.Findings);
        Assert.Equal((HandleFindingKind.DeadOwnerMismatch, 7L), (finding.Kind, finding.Node!.Value));
        Assert.Equal(1, result.Session.GetProcess(5).HandleCount);
    }

    [Theory]
    [InlineData("proc 6\ncontext binder\n  ref 10: desc 3 dead node 7 s 1 w 1 d 0\n")]
    [InlineData("dead nodes:\n  node 7: u1 c1 hs 1 hw 1 ls 0 lw 0 is 1 iw 1 tr 1 proc 5\n")]
    public void A_node_that_is_alive_before_it_is_dead_is_an_anomaly(string rest)
    {
        ImportedDump result = DumpSource.Read($"binder state:\nproc 5\ncontext binder\n  ref 9: desc 3 node 7 s 1 w 1 d 0\n{rest}");

        HandleFinding finding = Assert.Single(result.Session.Findings, finding => finding.Kind != HandleFindingKind.HolderMismatch);
        Assert.Equal((HandleFindingKind.DeadOwnerMismatch, 4L, 7L), (finding.Kind, finding.Line, finding.Node!.Value));
    }

    [Theory]
    [InlineData(null, 64)]
    [InlineData(0, 64)]
    [InlineData(1, 64)]
    [InlineData(63, 64)]
    [InlineData(64, 128)]
    [InlineData(127, 128)]
    [InlineData(128, 256)]
    [InlineData(1023, 1024)]
    [InlineData(1024, 2048)]
    [InlineData(24_999, 32_768)]
    [InlineData(1_000_000, 1_048_576)]
    public void A_dump_implies_the_smallest_capacity_for_its_highest_handle(int? highest, int capacity)
    {
        string references = highest is null
            ? ""
            : $"  ref 8: desc {highest} dead node 7 s 1 w 1 d 0\n  ref 9: desc 2 dead node 8 s 1 w 1 d 0\n";

        HandleProcess process = DumpSource.Read($"binder state:\nproc 5\ncontext binder\n{references}").Clean().Session.GetProcess(5);

        Assert.Equal(capacity, process.Capacity);
        Assert.Equal(highest is null ? null : Math.Max(2, highest.Value), process.GetPool().HighestUsed);
        Assert.True(process.GetPool().CapacityInferred);
    }

    [Theory]
    [InlineData(HandleAllocator.Bitmap)]
    [InlineData(HandleAllocator.HierarchicalBitmap)]
    [InlineData(HandleAllocator.SegmentedBitmap)]
    public void Every_allocator_restores_the_handles_and_continues_with_the_lowest_free(HandleAllocator allocator)
    {
        DumpReaderOptions options = new() { Session = new HandleSessionOptions { Allocator = allocator } };
        HandleSession session = Assert.Single(DumpReader.ReadFile(DumpSource.DataFile("state-pixel.txt"), options)).Clean().Session;
        HandleProcess photos = session.GetProcess(4127);

        Assert.Equal(allocator, session.Allocator);
        Assert.Equal(13, photos.AddReference(session.CreateNode(session.GetProcess("system_server"))).Handle);
        Assert.Equal(17, photos.AddReference(session.CreateNode(session.GetProcess("system_server"))).Handle);
        Assert.Equal(200, photos.AddReference(session.CreateNode(session.GetProcess("system_server"))).Handle);
    }

    [Fact]
    public void The_manager_is_the_owner_of_the_node_at_handle_0()
    {
        HandleSession session = DumpSource.Read($"""
            binder state:
            proc 4
            context binder
              node 1: {Node} proc 6 5
            proc 5
            context binder
              node 2: {Node} proc 6
              ref 9: desc 0 node 1 s 1 w 1 d 0
            proc 6
            context binder
              ref 10: desc 0 node 1 s 1 w 1 d 0
              ref 11: desc 1 node 2 s 1 w 1 d 0
            proc 7
            context vndbinder
              ref 12: desc 1 dead node 3 s 1 w 1 d 0

            """).Clean().Session;

        Assert.Equal([4], session.GetProcesses().Where(process => process.IsManager).Select(process => process.Id));
    }

    [Fact]
    public void Only_the_binder_section_of_a_bug_report_is_read()
    {
        HandleSession session = DumpSource.Read($"""
            ========================================================
            == dumpstate: 2025-03-04 05:06:07
            ========================================================
            Build: example-userdebug 16
            ------ UPTIME (uptime) ------
            proc 1
            ------ 0.004s was the duration of 'UPTIME' ------
            ------ BINDER STATE (/dev/binderfs/binder_logs/state) ------
            binder state:
            proc 5
            context binder
              ref 9: desc 3 dead node 7 s 1 w 1 d 0
            proc 6
            context binder
              node 8: {Node}
            ------ 0.104s was the duration of 'BINDER STATE' ------
            ------ BINDER STATS (/dev/binderfs/binder_logs/stats) ------
            binder stats:
            BC_TRANSACTION: 4127
            proc 5
            context binder
              threads: 12
              nodes: 3
              refs: 4 s 4 w 4
            proc 77
            context binder
              nodes: 0
              refs: 0 s 0 w 0
            ------ BINDER TRANSACTIONS (/dev/binderfs/binder_logs/transactions) ------
            binder transactions:
            proc 5
            context binder
              thread 5: l 12 need_return 0 tr 0
            ------ 0.004s was the duration of 'BINDER TRANSACTIONS' ------
            ------ MEMORY INFO (/proc/meminfo) ------
            MemTotal: 12 kB

            """).Clean().Session;

        Assert.Equal([5, 6], session.GetProcesses().Select(process => process.Id));
        Assert.Equal([(3, 7L, 1)], Rows(session.GetProcess(5)));
    }

    [Theory]
    [InlineData("    ")]
    [InlineData("\t")]
    public void A_bug_report_may_be_indented(string indentation)
    {
        string[] lines =
        [
            "== dumpstate: 2025-03-04 05:06:07",
            "------ UPTIME (uptime) ------",
            "proc 1",
            "------ BINDER STATE (/dev/binderfs/binder_logs/state) ------",
            "binder state:",
            "proc 5",
            "context binder",
            "------ 0.104s was the duration of 'BINDER STATE' ------",
            "------ PROCESSES (ps -A) ------",
            "USER PID NAME",
            "root 5 init",
        ];

        HandleSession session = DumpSource.Read(string.Concat(lines.Select(line => $"{indentation}{line}\n"))).Clean().Session;

        Assert.Equal([(5, "init")], session.GetProcesses().Select(process => (process.Id, process.Name)));
        Assert.Equal(new DateTime(2025, 3, 4, 5, 6, 7), session.Time!.Value.DateTime);
    }

    [Fact]
    public void Text_after_a_heading_on_the_same_line_is_not_lost_silently()
    {
        ImportedDump result = DumpSource.Read("binder state:\rproc 5\rcontext binder\r");

        Assert.Equal(0, result.Session.Processes);
        Assert.Equal(1, result.UnknownLineCount);
    }

    [Fact]
    public void A_section_of_a_bug_report_ends_at_the_next_heading()
    {
        HandleSession session = DumpSource.Read("""
            ------ BINDER STATE (/sys/kernel/debug/binder/state) ------
            binder state:
            proc 5
            context binder
              ref 9: desc 3 dead node 7 s 1 w 1 d 0
            ------ PROCESSES AND THREADS (ps -A -T) ------
            proc 99
              ref 9: desc x

            """).Clean().Session;

        Assert.Equal([5], session.GetProcesses().Select(process => process.Id));
    }

    [Fact]
    public void Reading_a_dump_that_is_canceled_beforehand_reads_nothing()
    {
        using MemoryStream stream = new("binder state:\nproc 5\n"u8.ToArray());

        Assert.ThrowsAny<OperationCanceledException>(() => DumpReader.Read(stream, DumpSource.Name, null, new CancellationToken(true)));
    }

    [Theory]
    [InlineData("  thread 5: l 12 need_return 0 tr 0\n")]
    [InlineData("  ref 5: desc 1 dead node 7 s 1 w 1")]
    [InlineData("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx")]
    public void Reading_a_dump_can_be_canceled_midway(string text)
    {
        using CancellationTokenSource source = new();
        using EndlessStream stream = new(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(text, 1000))), source);

        Assert.ThrowsAny<OperationCanceledException>(() => DumpReader.Read(stream, DumpSource.Name, null, source.Token));
    }

    private static (int Handle, long Node, int Strong)[] Rows(HandleProcess process) =>
        process.GetReferences().Select(reference => (reference.Handle, reference.Node.Id, reference.Strong)).ToArray();

    /// <summary>Repeats a text, has the reading cancelled after 4 MB, and gives up after 64 MB.</summary>
    private sealed class EndlessStream(byte[] text, CancellationTokenSource source) : MemoryStream
    {
        private long _given;

        public override int Read(byte[] buffer, int offset, int count)
        {
            if (_given >= 4_000_000)
                source.Cancel();
            if (_given >= 64_000_000)
                return 0;
            int given = Math.Min(count, text.Length);
            text.AsSpan(0, given).CopyTo(buffer.AsSpan(offset));
            _given += given;
            return given;
        }
    }

    [Fact]
    public void Each_of_many_nodes_keeps_its_addresses_and_each_reference_its_notification()
    {
        const int Nodes = 20_000, Deaths = 700;
        string text = "binder state:\nproc 5\ncontext binder\n"
            + string.Concat(Enumerable.Range(1, Nodes).Select(node => $"  node {node}: u{node:x16} c{2 * node:x16} pri 0:139 hs 1 hw 1 ls 0 lw 0 is 1 iw 1 tr 0{(node <= Deaths ? " proc 6" : "")}\n"))
            + "proc 6\ncontext binder\n"
            + string.Concat(Enumerable.Range(1, Deaths).Select(node => $"  ref {Nodes + node}: desc {node} node {node} s 1 w 1 d {node:x16}\n"));

        HandleSession session = DumpSource.Read(text).Session;

        Assert.All(session.GetNodes(), node => Assert.Equal(((ulong)node.Id, 2 * (ulong)node.Id), (node.ListedPointer!.Value, node.ListedCookie!.Value)));
        Assert.Equal(Nodes, session.GetNodes().Length);
        Assert.Equal(Enumerable.Range(1, Deaths), session.GetProcess(6).GetNotifications().Select(notification => notification.Handle!.Value));
        Assert.All(session.GetProcess(6).GetNotifications(), notification => Assert.Equal((long)notification.Handle!.Value, notification.Node!.Id));
    }
}
