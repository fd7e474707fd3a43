using HandlePool.Dumps;

namespace HandlePool.Tests.Dumps;

public sealed class DumpMergeTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("dumps-2026-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void The_files_of_a_folder_merge_in_natural_order()
    {
        string node = Write("10", "binder proc state:\nproc 10\ncontext binder\n  node 7: u1 c1 hs 1 hw 1 ls 0 lw 0 is 1 iw 1 tr 0 proc 9\n  ref x\n");
        string holder = Write("9", "binder proc state:\nproc 9\ncontext binder\n  ref 8: desc 1 node 7 s 1 w 1 d 0\n  what?\n  ref y\n");
        string letter = Write("letter", "Dear diary,\n");
        string empty = Write("empty", "");

        ImportedDump result = DumpReader.Merge([_folder.FullName]);

        Assert.Equal(_folder.Name, result.Session.Name);
        Assert.Equal(10, result.Session.GetProcess(9).GetReference(1)!.Owner!.Id);
        Assert.Equal([(holder, 6L), (node, 5L), (empty, 0L), (letter, 0L)], result.Problems.Select(problem => (problem.Path, problem.Line)));
        Assert.Equal((1L, holder), (result.UnknownLineCount, result.UnknownLines[0].Path));
        Assert.EndsWith("9:5: 3 lines could not be read, this one first: what they tell is missing.", Assert.Single(result.Session.Findings).ToString());
    }

    [Fact]
    public void A_folder_merges_with_the_folders_of_the_driver_in_it()
    {
        DirectoryInfo dated = _folder.CreateSubdirectory("2026-11-20_101112");
        string logs = dated.CreateSubdirectory("binder_logs/proc").FullName;
        dated.CreateSubdirectory("other");
        Directory.CreateSymbolicLink(Path.Combine(dated.FullName, "binder"), logs);
        Write(Path.Combine(dated.Name, "binder_logs", "state"), "binder state:\nproc 5\ncontext binder\n  ref 8: desc 1 node 7 s 1 w 1 d 0\n"
            + "proc 9\ncontext binder\n  node 7: u1 c1 hs 1 hw 1 ls 0 lw 0 is 1 iw 1 tr 1 proc 5\n");
        Write(Path.Combine(dated.Name, "binder_logs", "proc", "5"), "binder proc state:\nproc 5\ncontext binder\n  ref 8: desc 1 node 7 s 1 w 1 d 0\n");
        Write(Path.Combine(dated.Name, "other", "letter"), "Dear diary,\n");

        HandleSession session = DumpReader.Merge([dated.FullName]).Clean().Session;

        Assert.Equal((dated.Name, new DateTime(2026, 11, 20, 10, 11, 12)), (session.Name, session.Time!.Value.DateTime));
        Assert.Equal([(5, 1), (9, 0)], session.GetProcesses().Select(process => (process.Id, process.HandleCount)));
        Assert.Equal([HandleSourceKind.State, HandleSourceKind.ProcessState], session.Sources.Select(source => source.Kind));
    }

    [Fact]
    public void Nodes_without_owners_are_found_in_the_file_and_the_line_that_names_them_first()
    {
        string first = Write("1", "binder state:\nproc 5\ncontext binder\n  ref 21: desc 1 node 7 s 1 w 1 d 0\n  ref 22: desc 2 node 8 s 1 w 1 d 0\n"
            + "proc 9\ncontext binder\n  node 7: u1 c1 hs 1 hw 1 ls 0 lw 0 is 1 iw 1 tr 1 proc 5\n");
        string second = Write("2", "binder proc state:\nproc 6\ncontext binder\n  ref 23: desc 1 node 8 s 1 w 1 d 0\n  ref 24: desc 2 node 10 s 1 w 1 d 0\n");

        HandleSession session = DumpReader.Merge([_folder.FullName]).Session;

        Assert.Equal([(first, 5L, 8L), (second, 5L, 10L)], session.Findings.Where(finding => finding.Kind == HandleFindingKind.OwnerMissing)
            .Select(finding => (finding.Path, finding.Line, finding.Node!.Value)));
    }

    [Fact]
    public void Nodes_without_owners_keep_their_lines_among_hundreds_with_one()
    {
        const int Nodes = 700;
        string Text(string heading, int holder, int firstNode) => $"{heading}:\nproc {holder}\ncontext binder\n"
            + string.Concat(Enumerable.Range(1, Nodes).Select(handle => $"  ref {10_000 + firstNode + handle}: desc {handle} node {firstNode + handle} s 1 w 1 d 0\n"));
        string Owned(int owner, int firstNode) => $"proc {owner}\ncontext binder\n" + string.Concat(Enumerable.Range(1, Nodes).Where(node => node % 150 != 3)
            .Select(node => $"  node {firstNode + node}: u1 c1 hs 1 hw 1 ls 0 lw 0 is 1 iw 1 tr 1\n"));
        string first = Write("1", Text("binder state", 5, 0) + Owned(9, 0));
        string second = Write("2", Text("binder proc state", 6, 1000) + Owned(10, 1000));

        HandleSession session = DumpReader.Merge([_folder.FullName]).Session;

        Assert.Equal([.. Expected(first, 0), .. Expected(second, 1000)], session.Findings.Where(finding => finding.Kind == HandleFindingKind.OwnerMissing)
            .Select(finding => (finding.Path, finding.Line, finding.Node!.Value)));

        static IEnumerable<(string, long, long)> Expected(string path, int firstNode) =>
            Enumerable.Range(0, 5).Select(index => 3 + (150 * index)).Select(node => (path, 3L + node, (long)firstNode + node));
    }

    [Fact]
    public void A_folder_of_other_folders_is_an_error_that_names_one()
    {
        _folder.CreateSubdirectory("10");
        _folder.CreateSubdirectory("9");

        HandleException thrown = Assert.Throws<HandleException>(() => DumpReader.Merge([_folder.FullName]));

        Assert.EndsWith("the folder has no files, but folders, such as '9'. Name the folder that has the files of one moment.", thrown.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Merging_joins_a_second_state_and_names_truncated_files()
    {
        string first = Write("a", "binder state:\nproc 5\ncontext binder\n  ref 8: desc 1 node 7 s 1 w 1");
        string second = Write("b", "binder state:\nproc 6\ncontext binder\n  thread 6: l 0");

        ImportedDump result = DumpReader.Merge([first, second, Path.Combine(_folder.FullName, "none")]);

        Assert.Equal("a", result.Session.Name);
        Assert.Equal(2, result.Session.Processes);
        Assert.Equal([first, second], result.Session.Findings.Where(finding => finding.Kind == HandleFindingKind.Truncated).Select(finding => finding.Path));
        Assert.Equal((first, 4L), result.Session.Findings.Where(finding => finding.Kind == HandleFindingKind.OwnerMissing).Select(f => (f.Path, f.Line)).Single());
        Assert.EndsWith("none", Assert.Single(result.Problems).Path, StringComparison.Ordinal);
    }

    [Fact]
    public void Merging_a_file_that_is_not_a_dump_leaves_no_anomaly()
    {
        Write("9", "binder proc state:\nproc 9\ncontext binder\n");
        Write("letter", "Dear diary,");

        ImportedDump result = DumpReader.Merge([_folder.FullName]);

        Assert.Empty(result.Session.Findings);
        Assert.Single(result.Problems);
    }

    [Fact]
    public void A_state_of_another_time_is_not_merged()
    {
        string text = "binder state:\nproc 5\ncontext binder\n  node 7: u1 c1 hs 1 hw 1 ls 0 lw 0 is 1 iw 1 tr 0 proc 6\nproc 6\ncontext binder\n";
        string first = Write("state-20261125-100000", text + "  ref 8: desc 1 node 7 s 1 w 1 d 0\n");
        string second = Write("state-20261125-101000", text + "  ref 8: desc 2 node 7 s 1 w 1 d 0\nproc 9\n");

        ImportedDump result = DumpReader.Merge([first, second]);

        Assert.Equal([(5, 0), (6, 1)], result.Session.GetProcesses().Select(process => (process.Id, process.HandleCount)));
        Assert.Empty(result.Session.Findings);
        DumpProblem problem = Assert.Single(result.Problems);
        Assert.Equal(second, problem.Path);
        Assert.Contains($"not of the time of that in {first}", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_process_of_another_time_is_not_merged()
    {
        string process = "binder proc state:\nproc 6\ncontext binder\n";
        string first = Write("6-20261125-100000", process + "  ref 8: desc 1 node 7 s 1 w 1 d 0\n");
        string second = Write("6-20261125-101000", process + "  thread 6: l 00\n  node 9: u1 c1 hs 1 hw 1 ls 0 lw 0 is 1 iw 1 tr 0\n  ref 8: desc 2 node 8 s 1 w 1 d 0\n"
            + "proc 7\ncontext binder\n  ref 5: desc 3 node 7 s 1 w 1 d 0\n");

        ImportedDump result = DumpReader.Merge([first, second]);

        Assert.Equal([(6, 1), (7, 1)], result.Session.GetProcesses().Select(each => (each.Id, each.HandleCount)));
        Assert.Empty(result.Session.Findings);
        DumpProblem problem = Assert.Single(result.Problems);
        Assert.Equal((second, 3L), (problem.Path, problem.Line));
        Assert.Contains("process 6 (binder) is not of the time of that in " + first, problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Texts_within_a_second_are_of_one_moment()
    {
        string state = "binder state:\nproc 5\ncontext binder\n  node 7: u1 c1 hs 1 hw 1 ls 0 lw 0 is 1 iw 1 tr 0 proc 6\n";
        string process = "proc 6\ncontext binder\n  ref 8: desc 1 node 7 s 1 w 1 d 0\n";
        string[] files = [Write("state-20261125-100000.900", state + process), Write("6-20261125-100001.350", "binder proc state:\n" + process), Write("state-20261125-100001.250", state + process)];

        ImportedDump result = DumpReader.Merge(files);

        Assert.Equal([(5, 0), (6, 1)], result.Session.GetProcesses().Select(each => (each.Id, each.HandleCount)));
        Assert.Empty(result.Session.Findings);
        Assert.Empty(result.Problems);
    }

    [Theory]
    [InlineData("state-20261125-100000", "stats-20261125-100300", false)]
    [InlineData("stated-20261125-100300", "stat-20261125-100000", false)]
    [InlineData("state-20261125-100000", "stats-20261125-100040", true)]
    [InlineData("state", "stats-20261125-100040", true)]
    public void Statistics_are_merged_with_a_state_of_about_the_same_time(string stateName, string statisticsName, bool isMerged)
    {
        string state = Write(stateName, "binder state:\nproc 5\ncontext binder\n  node 7: u1 c1 hs 1 hw 1 ls 0 lw 0 is 1 iw 1 tr 0 proc 6\n"
            + "proc 6\ncontext binder\n  ref 8: desc 1 node 7 s 1 w 1 d 0\n");
        string statistics = Write(statisticsName, "binder stats:\nproc 6\ncontext binder\n  refs: 1 s 1 w 1\n");

        ImportedDump result = DumpReader.Merge([_folder.FullName]);

        Assert.Equal([(5, 0), (6, 1)], result.Session.GetProcesses().Select(process => (process.Id, process.HandleCount)));
        Assert.Equal(isMerged, result.Session.Statistics is not null);
        Assert.Equal(isMerged ? 2 : 1, result.Session.Sources.Count);
        Assert.Equal(isMerged ? [] : [$"{statistics}: these statistics are not of the time of {state}, which is kept. Merge only texts of one moment."],
            result.Problems.Select(problem => problem.ToException().Message));
    }

    [Fact]
    public void Two_states_in_one_merged_file_do_not_double_their_processes()
    {
        const string State = "binder state:\nproc 6\ncontext binder\n  ref 8: desc 1 node 7 s 1 w 1 d 0\nproc 6\ncontext binder\n";
        string path = Write("twice", State + State);

        HandleSession session = DumpReader.Merge([path]).Session;

        Assert.Equal([(1, 1), (2, 0)], session.GetProcesses().Select(process => (process.OpenNumber, process.HandleCount)));
        Assert.Equal(3, session.Findings.Count(finding => finding.Kind == HandleFindingKind.DuplicateProcess));
    }

    [Theory]
    [InlineData("2026-11-25_10-00-00", "state")]
    [InlineData("2026-11-25_10-00-00", "binder_logs/proc/812")]
    public void The_name_of_a_folder_gives_its_files_their_time(string folder, string file)
    {
        string path = Path.Combine(_folder.FullName, folder, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, "binder state:\nproc 5\n");

        Assert.Equal(new DateTimeOffset(new DateTime(2026, 11, 25, 10, 0, 0)), DumpReader.ReadFile(path)[0].Session.Time);
    }

    [Fact]
    public void Nothing_to_merge_is_refused()
    {
        Refused.With(HandleErrorIds.DumpFormat, Errno.EINVAL, () => DumpReader.Merge([_folder.FullName]));
        Write("letter", "Dear diary,\n");
        Refused.With(HandleErrorIds.DumpFormat, Errno.EINVAL, () => DumpReader.Merge([_folder.FullName]));
    }

    [Theory]
    [InlineData("state-20261120-101112.txt", "2026-11-20 10:11:12")]
    [InlineData("bugreport-oriole-UP1A-2026-11-20-10-11-12.zip", "2026-11-20 10:11:12")]
    [InlineData("state-20261120-101112.345.txt", "2026-11-20 10:11:12.345")]
    [InlineData("emulator-5554-20261120-101112.345Z.zip", "2026-11-20 10:11:12.345Z")]
    [InlineData("state-20261120-101112.1.txt", "2026-11-20 10:11:12")]
    [InlineData("2026-11-20T10:11.txt", "2026-11-20 10:11:00")]
    [InlineData("2026-13-20_101112 20261120_101112", "2026-11-20 10:11:12")]
    [InlineData("state-120261120-101112.txt", null)]
    [InlineData("state-99991231-235959.txt", null)]
    [InlineData("state-99980101-000000Z.txt", "9998-01-01 00:00:00Z")]
    [InlineData("state.txt", null)]
    public void The_name_of_a_dump_file_gives_its_time(string name, string? time)
    {
        DateTimeOffset? expected = time is null ? null : DateTimeOffset.Parse(time, System.Globalization.CultureInfo.InvariantCulture);
        using MemoryStream stream = new("binder state:\n"u8.ToArray());

        Assert.Equal(expected, DumpReader.Read(stream, name)[0].Session.Time);
    }

    [Fact]
    public void A_bug_report_gives_its_time_and_process_names()
    {
        const string Report = """
            == dumpstate: 2026-11-20 10:11:12
            ------ PROCRANK (/system/bin/procrank) ------
              PID       Vss      Rss      Pss      Uss  cmdline
             4127   123456K   23456K   12345K   11111K  com.example.photos.viewer
            ------ BINDER STATE (/dev/binderfs/binder_logs/state) ------
            binder state:
            proc 556
            context binder
            proc 742 ( by the vendor )
            context binder
            proc 4127
            context binder
            proc 4128
            context binder
            ------ 0.104s was the duration of 'BINDER STATE' ------
            ------ PROCESSES AND THREADS (ps -A -T -Z -O pri,nice,rtprio,sched,pcy,time) ------
            LABEL                USER      PID   TID  PPID     VSZ    RSS WCHAN  ADDR S PRI NI RTPRIO SCH PCY     TIME CMD
            u:r:servicemanager:s0 system    556   556     1   10876   3020 0         0 S  19  0      -   0  fg 00:00:01 servicemanager
            u:r:x:s0             u0_a1    4127  4130   500   10876   3020 0         0 S  19  0      -   0  fg 00:00:01 binder:4127_1
            u:r:x:s0             u0_a1    4127  4127   500   10876   3020 0         0 S  19  0      -   0  fg 00:00:01 le.photos.viewer
            u:r:x:s0             u0_a1    4128  4128   500   10876   3020 0         0 S  19  0      -   0  fg 00:00:01 HeapTask Daemon

            """;

        HandleSession session = DumpSource.Read(Report, new DumpReaderOptions { ProcessNames = new Dictionary<int, string> { [4128] = "given" } }).Clean().Session;

        Assert.Equal(["servicemanager", " by the vendor ", "com.example.photos.viewer", "given"], session.GetProcesses().Select(process => process.Name));
        Assert.Equal(new DateTimeOffset(new DateTime(2026, 11, 20, 10, 11, 12)), session.Time);
    }

    [Fact]
    public void The_old_process_list_has_a_column_without_a_name()
    {
        const string Report = """
            ------ PROCESSES (ps -P) ------
            USER     PID   PPID  VSIZE  RSS  PCY   WCHAN    PC         NAME
            root      1     0     8904   788   fg  ffffffff 00000000 S /init
            system    556   1     8904   788   fg  ffffffff 00000000 S /system/bin/servicemanager
            ------ BINDER STATE (/dev/binderfs/binder_logs/state) ------
            binder state:
            proc 556

            """;

        Assert.Equal("servicemanager", DumpSource.Read(Report).Session.GetProcess(556).Name);
    }

    [Fact]
    public void A_dump_can_be_pushed_line_by_line()
    {
        IncrementalDumpReader collector = new("pushed");
        collector.Add("\uFEFFbinder state:\r");
        collector.Add("proc 5\ncontext binder\n  ref x\n");
        collector.Add("");
        collector.Add("  ref y"u8);

        ImportedDump result = Assert.Single(collector.Finish());

        Assert.Equal([4L, 6], result.Problems.Select(problem => problem.Line));
        Assert.Equal("pushed", result.Session.Name);
    }

    private string Write(string name, string text)
    {
        string path = Path.Combine(_folder.FullName, name);
        File.WriteAllText(path, text);
        return path;
    }
}
