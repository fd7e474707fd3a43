using System.Text;
using HandlePool.Dumps;

namespace HandlePool.Tests.Dumps;

public class DumpTruncationTests
{
    private const string C = """
        binder state:
        dead nodes:
          node 440: u00000000e3b5c1a8 c00000000f0612340 pri 0:139 hs 1 hw 1 ls 0 lw 0 is 1 iw 1 tr 0 proc 1754
        proc 1754 (system_server)
        context binder
          thread 1754: l 12 need_return 0 tr 0
          node 123: u00000000e3b5c1b8 c00000000f0612350 pri 0:139 hs 1 hw 1 ls 0 lw 0 is 1 iw 1 tr 0 proc 2210
          ref 871: desc 0 node 1 s 1 w 1 d 0000000000000000
          ref 872: desc 11 dead node 440 s 12 w 13 d 00000000c03e09a3
          ref 873: desc 12 node 223 s 34 w 56 d 0000000000000000
          buffer 412: 0 size 48:0:0 delivered
        proc 1754 (system_server)
        context hwbinder
          ref 874: desc 25 node 226 s 1 w 12 d 0000000000000000
        proc 2210
        context hwbinder
          node 226: u00000000e3b5c1c8 c00000000f0612360 pri 0:139 hs 1 hw 1 ls 0 lw 0 is 1 iw 1 tr 0 proc 1754
          has delivered dead binder
        proc 2210
        context binder
          node 1: u0000000000000000 c0000000000000000 pri 0:139 hs 1 hw 1 ls 1 lw 1 is 1 iw 1 tr 1 proc 1754
          node 223: u00000000e3b5c1d8 c00000000f0612370 pri 0:139 hs 1 hw 1 ls 0 lw 0 is 1 iw 1 tr 0 proc 1754
          ref 901: desc 10 node 123 s 1 w 1 d 0000000000000000

        """;

    private const string Rust = """
        binder state:
        proc 1754
        context binder
          thread 1754: l 12 need_return false
          ref 871: desc 0 node 1 s 1 w 1
          ref 872: desc 11 dead node 440 s 12 w 13
          ref 873: desc 12 node 223 s 34 w 56

        proc 2210
        context binder
          node 1: u0000000000000000 c0000000000000000 hs true hw true cs 1 cw 1 proc 1754
          node 223: u00000000e3b5c1d8 c00000000f0612370 hs true hw true cs 34 cw 56 proc 1754

        """;

    private const string RustRunOn = """
        binder state:
        proc 1754
        context binder
          thread 1754: l 12 need_return false
          ref 871: desc 0 dead node 14 s 1 w 1  ref 872: desc 11 dead node 440 s 12 w 13  ref 873: desc 12 dead node 223 s 34 w 56
        proc 2210
        context binder

        """;

    public static TheoryData<string> Dumps => [C, Rust, RustRunOn, "# copied\n" + C];

    [Theory]
    [MemberData(nameof(Dumps))]
    public void A_dump_truncated_anywhere_is_the_beginning_of_the_whole(string dump)
    {
        HandleSession whole = DumpSource.Read(dump).Clean().Session;
        List<string> wrong = [];
        for (int length = 0; length < dump.Length; length++)
        {
            if (ReadCut(dump, length) is not { } cut)
                continue;
            foreach (HandleProcess process in cut.Session.GetProcesses())
            {
                if (Difference(process, whole) is { } difference)
                    wrong.Add($"{LastLine(dump, length)}| {difference}");
            }

            // All references whose line is there are there.
            int references = dump[..length].Split('\n')[..^1].Sum(line => line.Split("  ref ").Length - 1);
            int held = cut.Session.GetProcesses().Sum(process => process.HandleCount);
            if (held < references)
                wrong.Add($"{LastLine(dump, length)}| {held} references instead of {references}");
        }

        Assert.True(wrong.Count == 0, $"{wrong.Count} cuts give wrong figures, such as:\n{string.Join('\n', wrong.Take(40))}");
    }

    [Theory]
    [MemberData(nameof(Dumps))]
    public void A_dump_truncated_within_a_line_is_reported(string dump)
    {
        List<string> silent = [];
        for (int length = 1; length < dump.Length; length++)
        {
            if (dump[length] == '\n' || string.IsNullOrWhiteSpace(LastLine(dump, length)) || ReadCut(dump, length) is not { } cut)
                continue;
            HandleFinding? said = cut.Session.Findings.FirstOrDefault(finding => finding.Kind == HandleFindingKind.Truncated);
            if (said is null && cut.ProblemCount == 0)
                silent.Add(LastLine(dump, length) + "|");
            else if (said is not null)
                Assert.Equal(dump[..length].Count(character => character == '\n') + 1, said.Line);
        }

        Assert.True(silent.Count == 0, $"{silent.Count} cuts are not said, such as:\n{string.Join('\n', silent.Take(60))}");
    }

    [Theory]
    [MemberData(nameof(Dumps))]
    public void A_dump_truncated_between_lines_is_not_reported_as_cut_within_one(string dump)
    {
        for (int length = 1; length <= dump.Length; length++)
        {
            if (dump[length - 1] != '\n' || ReadCut(dump, length) is not { } cut)
                continue;
            Assert.DoesNotContain(cut.Session.Findings, finding => finding.Kind == HandleFindingKind.Truncated);
            Assert.Equal(0, cut.ProblemCount);
            Assert.Equal(0, cut.UnknownLineCount);
        }
    }

    [Theory]
    [InlineData("", "*** command 'cat /d/binder/state' timed out after 10.000s (killing pid 99)\n")]
    [InlineData("", "*** cat /d/binder/state: timed out after 10.000s (killing pid 99)\n")]
    [InlineData("  ref 873: desc 2 dead no", "*** command 'cat /d/binder/state' timed out after 10.000s (killing pid 99)\n")]
    [InlineData("  buffer 873: 0 si", "*** command 'su root cat /d/binder/state' timed out after 10.000s (killing pid 99)\n")]
    public void A_state_whose_command_timed_out_is_truncated_and_lacks_processes(string cut, string said)
    {
        ImportedDump result = DumpSource.Read("------ BINDER STATE (/d/binder/state) ------\nbinder state:\nproc 5\n"
            + $"  ref 872: desc 1 dead node 440 s 1 w 1 d 0000000000000000\n{cut}{said}\nproc 6\n------ BINDER STATS ------\n"
            + "binder stats:\nproc 5\n  refs: 1 s 1 w 1\nproc 7\n  refs: 3 s 3 w 3\n");

        Assert.Equal([(5, 1), (7, 3)], result.Session.GetProcesses().Select(process => (process.Id, process.HandleCount)));
        HandleFinding finding = Assert.Single(result.Session.Findings);
        Assert.Equal((HandleFindingKind.Truncated, 5), (finding.Kind, finding.Line));
        Assert.Equal(cut.Length == 0, finding.Message.Contains("timed out after 10.000s", StringComparison.Ordinal));
        Assert.Empty(result.Refusals);
    }

    [Fact]
    public void A_text_whose_command_timed_out_before_its_first_line_is_refused()
    {
        HandleException error = Assert.Throws<HandleException>(() => DumpSource.ReadAll(
            "------ BINDER STATE (/d/binder/state) ------\n*** command 'cat /d/binder/state' timed out after 10.000s (killing pid 99)\n"));

        Assert.Contains("/d/binder/state: timed out after 10.000s", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("c")]
    [InlineData("context")]
    [InlineData("context ")]
    [InlineData("context bin")]
    public void A_process_with_a_truncated_context_is_not_in_the_default_context(string cut)
    {
        ImportedDump result = DumpSource.Read($"binder state:\nproc 5\n{cut}");

        Assert.Empty(result.Session.GetProcesses());
        Assert.Single(result.Problems);
    }

    [Theory]
    [InlineData("  ref 873: desc 12 dead node 223 s 34 w 5")]
    [InlineData("  ref 873: desc 12 dead node 223 s 3")]
    [InlineData("  ref 873: desc 12 dead node 22")]
    [InlineData("  ref 873: desc 1")]
    public void A_reference_whose_counts_may_be_truncated_is_left_out_and_reported(string cut)
    {
        ImportedDump result = DumpSource.Read($"binder state:\nproc 5\n  ref 872: desc 1 dead node 440 s 1 w 1 d 0000000000000000\n{cut}");

        Assert.Equal([1], result.Session.GetProcess(5).GetReferences().Select(reference => reference.Handle));
        Assert.Equal(4, Assert.Single(result.Session.Findings, finding => finding.Kind == HandleFindingKind.Truncated).Line);
        Assert.Equal([440L], result.Session.GetNodes().Select(node => node.Id));
    }

    [Theory]
    [InlineData("  ref 873: desc 12 dead node 223 s 34 w 56 d 0000000000000000")]
    [InlineData("  ref 873: desc 12 dead node 223 s 34 w 56 d 0000")]
    [InlineData("  ref 873: desc 12 dead node 223 s 34 w 56")]
    [InlineData("  ref 873: desc 12 dead no")]
    [InlineData("  thread 5: l 12 need_return 0 tr 0")]
    [InlineData("  thread 5: l 1")]
    [InlineData("  node 223: u00000000e3b5c1d8 c0000")]
    [InlineData("proc 6")]
    public void A_dump_after_a_truncated_one_is_a_separate_session(string cut)
    {
        IReadOnlyList<ImportedDump> results = DumpSource.ReadAll($"binder state:\nproc 5\ncontext binder\n{cut}{C}");

        Assert.Equal(2, results.Count);
        Assert.Equal(DumpSource.Read(C).Session.Describe(), results[1].Session.Describe());
        Assert.DoesNotContain(results[0].Session.GetProcesses(), process => process.Id is 1754 or 2210);
    }

    private static string LastLine(string dump, int length) => dump[..length][(dump[..length].LastIndexOf('\n') + 1)..];

    /// <summary>What a process has that the one of the whole dump has not.</summary>
    private static string? Difference(HandleProcess process, HandleSession whole)
    {
        HandleProcess? same = whole.GetProcesses().FirstOrDefault(other => other.Id == process.Id && other.Context == process.Context);
        if (same is null)
            return $"a process {process.Id} in '{process.Context}'";
        if (same.Name != process.Name)
            return $"process {process.Id} is called '{process.Name}'";
        (int, long, int)[] kept = Rows(process);
        if (!Rows(same).Take(kept.Length).SequenceEqual(kept))
            return $"process {process.Id} ({process.Context}) has other references";
        return process.GetNodes().All(node => same.GetNodes().Any(other => other.Id == node.Id))
            ? null
            : $"process {process.Id} ({process.Context}) has other nodes";

        static (int, long, int)[] Rows(HandleProcess process) =>
            process.GetReferences().Select(reference => (reference.Handle, reference.Node.Id, reference.Strong)).ToArray();
    }

    private static ImportedDump? ReadCut(string dump, int length)
    {
        try
        {
            return Assert.Single(DumpSource.ReadBytes(Encoding.UTF8.GetBytes(dump[..length])));
        }
        catch (HandleException exception)
        {
            Assert.Equal(HandleErrorIds.DumpFormat, exception.ErrorId);
            return null;
        }
    }
}
