using System.IO.Compression;
using System.Text;
using HandlePool.Dumps;
using HandlePool.Tests.Dumps;
using HandlePool.Tests.SessionFiles;

namespace HandlePool.Tests.Fuzzing;

/// <summary>What a small file may make is limited: in memory, and in time.</summary>
public class InputLimitTests
{
    [Theory]
    [InlineData("desc 4294967295")]
    [InlineData("desc 1073741824")]
    [InlineData("desc 999999999999999999")]
    public void A_handle_that_no_pool_can_have_creates_no_pool(string handle)
    {
        byte[] dump = Encoding.UTF8.GetBytes($"binder state:\nproc 1\nref 1: {handle} node 2 s 1 w 1\n");
        ImportedDump result = Assert.Single(FuzzRun.Bounded(dump, () => DumpSource.ReadBytes(dump)));
        Assert.Equal((64, 1L), (result.Session.GetProcess(1).Capacity, result.ProblemCount));
    }

    [Theory]
    [InlineData(HandleAllocator.TreeScan)]
    [InlineData(HandleAllocator.AugmentedTree)]
    [InlineData(HandleAllocator.HierarchicalBitmap)]
    [InlineData(HandleAllocator.SegmentedBitmap)]
    public void A_handle_beyond_the_usable_part_of_MaxCapacity_is_a_problem_of_its_line(HandleAllocator allocator)
    {
        DumpReaderOptions options = new() { Session = new HandleSessionOptions { Allocator = allocator, MaxCapacity = 100 } };
        ImportedDump result = DumpSource.Read("binder state:\nproc 1\nref 1: desc 63 node 2 s 1 w 1\nref 2: desc 64 node 3 s 1 w 1\n", options);
        Assert.Equal(4, Assert.Single(result.Problems).Line);
        Assert.Equal(63, Assert.Single(result.Session.GetProcess(1).GetReferences()).Handle);
    }

    [Fact]
    public void Trees_with_high_handles_count_against_the_capacity_of_all_pools()
    {
        HandleSession session = new(options: new HandleSessionOptions { Allocator = HandleAllocator.TreeScan });
        for (int holder = 0; holder < 2; holder++)
        {
            HandleProcess process = session.CreateProcess();
            process.AddReference(session.CreateNode(process));
        }

        string text = SessionText.Of(session);
        Assert.Equal(2, SessionText.Read(text).Processes);
        SessionText.IsRefused(text.Replace("[1,1,1,0]", "[1073741823,1,1,0]", StringComparison.Ordinal).Replace("[1,2,1,0]", "[1073741823,2,1,0]", StringComparison.Ordinal),
            "$.processes[1].references[0]: with handle 1073741823, the pools");
    }

    [Fact]
    public void Ids_chosen_to_collide_in_a_hash_table_do_not()
    {
        // Whoever folds 64 bits to 32 before hashing has all of these in one chain, and reads for minutes.
        StringBuilder dump = new("binder state:\nproc 1\n");
        for (long node = 1; node <= 200_000; node++)
            dump.Append(System.Globalization.CultureInfo.InvariantCulture, $"ref 1: desc {node} node {node * 0x1_0000_0001} s 1 w 1\n");
        Assert.Equal(200_000, DumpSource.Read(dump.ToString()).Session.GetProcess(1).HandleCount);
    }

    [Fact]
    public void A_long_context_is_not_repeated_in_each_anomaly()
    {
        string dump = $"binder state:\nproc 1\ncontext {new string('x', 100_000)}\n{string.Concat(Enumerable.Repeat("ref 1: desc 1 node 2 s 1 w 1\n", 1_000))}";
        Assert.All(DumpSource.Read(dump).Session.GetFindings(), finding => Assert.True(finding.Message.Length < 500));
    }

    [Fact]
    public void Memory_for_the_sessions_of_a_file_is_limited_and_earlier_ones_are_kept()
    {
        ModelBudget budget = new();
        budget.Take(0, ModelBudget.LeastLimit);
        IncrementalDumpReader collector = new(new DumpPath("state"), null, isMerging: false, budget);
        collector.Add("binder state:\nproc 1\nref 1: desc 1 node 2 s 1 w 1\nref 2: desc 2 node 3 s 1 w 1\n");
        ImportedDump result = Assert.Single(collector.Finish());
        Assert.Equal(HandleFindingKind.Truncated, Assert.Single(result.Session.GetFindings()).Kind);
        Assert.Contains("more than 1500000000 bytes of memory", Assert.Single(result.Problems).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_row_may_create_at_most_ten_million_nodes()
    {
        HandleSession session = new();
        session.CreateProcess("p");
        HandleOperationResult result = new OperationPlayer(session).Play(
            new HandleOperation { Operation = HandleOperationKind.NewNode, Process = "p", Count = HandleSession.MaxNewNodes + 1 });
        Assert.Equal((HandleErrorIds.OperationFormat, 0), (result.ErrorId, session.Nodes));
    }

    [Fact]
    public void Archive_entries_are_never_written_to_disk()
    {
        using MemoryStream file = new();
        using (ZipArchive archive = new(file, ZipArchiveMode.Create, leaveOpen: true))
        {
            using Stream entry = archive.CreateEntry("../../handlepool-escaped.txt").Open();
            entry.Write("binder state:\nproc 1\n"u8);
        }

        Assert.Equal("state.txt!handlepool-escaped.txt", Assert.Single(DumpSource.ReadBytes(file.ToArray())).Session.Name);
        Assert.False(File.Exists(Path.GetFullPath("../../handlepool-escaped.txt")));
    }
}
