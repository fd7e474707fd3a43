using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using HandlePool.Analysis;
using HandlePool.Dumps;

namespace HandlePool.Tests.Dumps;

/// <summary>Reads files of several texts: which become one session, which another, and which none.</summary>
public sealed class DumpSectionTests : IDisposable
{
    private const string Pointers = "u00000000efdb9050 c00000000f0614870";
    private const string State = "binder state:\nproc 5\ncontext binder\n  node 7: " + Pointers + " hs 1 hw 1 ls 0 lw 0 is 1 iw 1 tr 1 proc 6\n"
        + "proc 6\ncontext binder\n  ref 8: desc 1 node 7 s 1 w 1 d 0\n";
    private const string Stats = "binder stats:\nBC_TRANSACTION: 3\nproc 6\ncontext binder\n  threads: 1\n  nodes: 0\n  refs: 1 s 1 w 1\n";
    private const string Transactions = "binder transactions:\nproc 99\ncontext binder\n  buffer 9: 0000000000000000 size 8:0:0 delivered\n";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("sections-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData(Stats + Transactions + State)]
    [InlineData(State + Stats + Transactions)]
    [InlineData(Transactions + State + Stats)]
    public void Texts_of_one_file_are_one_session_in_any_order(string text)
    {
        HandleSession session = DumpSource.Read(text).Clean().Session;

        Assert.Equal([5, 6], session.GetProcesses().Select(process => process.Id));
        Assert.Equal(6, Assert.Single(session.Statistics!.Processes).ProcessId);
        Assert.Equal(3, session.Sources.Count);
    }

    [Theory]
    [InlineData(Stats + State + Stats + State)]
    [InlineData(State + Stats + State + Stats)]
    public void Each_state_of_a_file_has_the_statistics_beside_it(string text)
    {
        IReadOnlyList<ImportedDump> results = DumpSource.ReadAll(text);

        Assert.Equal(["state.txt#1", "state.txt#2"], results.Select(result => result.Clean().Session.Name));
        Assert.All(results, result => Assert.Single(result.Session.Statistics!.Processes));
    }

    [Fact]
    public void Two_reports_in_one_file_have_their_own_times()
    {
        static string Report(int hour) => $"== dumpstate: 2026-11-20 {hour}:00:00\n------ BINDER STATE (/d/binder/state) ------\n{State}";

        IReadOnlyList<ImportedDump> results = DumpSource.ReadAll(Report(10) + "== dumpstate: done (id 1)\n" + Report(11));

        Assert.Equal([10, 11], results.Select(result => result.Clean().Session.Time!.Value.Hour));
    }

    [Fact]
    public void Statistics_within_a_state_make_no_processes()
    {
        HandleSession session = DumpSource.Read(State + Stats + "proc 77\ncontext binder\n  threads: 1\n  refs: 9 s 9 w 9\n").Session;

        Assert.Equal([5, 6], session.GetProcesses().Select(process => process.Id));
        Assert.Equal([6, 77], session.Statistics!.Processes.Select(statistic => statistic.ProcessId));
    }

    [Theory]
    [InlineData("11-25 10:50:31.001  1000  1500  1501 I Foo: reading binder state:\n")]
    [InlineData("11-25 10:50:31.001  1000  1500  1501 I Foo: reading binder stats:\n")]
    [InlineData("\t11-25 10:50:31.001 I Foo: reading binder proc state: \n")]
    public void A_log_line_that_ends_like_a_heading_begins_no_text(string line)
    {
        string log = "------ SYSTEM LOG (logcat -v threadtime -d *:v) ------\n" + line;

        HandleSession session = DumpSource.Read($"{log}------ BINDER STATE (/d/binder/state) ------\n{State}{log}").Clean().Session;

        Assert.Equal([5, 6], session.GetProcesses().Select(process => process.Id));
        Assert.Null(session.Statistics);
    }

    [Theory]
    [InlineData("oriole:/ # ")]
    [InlineData("  oriole:/ $ ")]
    [InlineData("> ")]
    [InlineData("binder proc state:\nproc 7\ncontext binder\n  ref 8: desc 1 dead node 9 s 1 w 1")]
    [InlineData("binder stats:\nBC_TRANSACTION: 3")]
    public void A_heading_counts_behind_a_prompt_and_a_line_of_the_driver(string before)
    {
        HandleSession session = DumpSource.Read(before + State).Session;

        Assert.Contains(HandleSourceKind.State, session.Sources.Select(source => source.Kind));
        Assert.Equal(5, session.GetProcess(6).GetReferences()[0].Owner!.Id);
    }

    [Theory]
    [InlineData("proc 6\ncontext binder\n  threads: 1\n  refs: 12 s 12 w 12\n", 12)]
    [InlineData("BC_TRANSACTION: 3\nproc 6\ncontext binder\n  requested threads: 0+1/15\n  refs: 12 s 12 w 12\n", 12)]
    [InlineData("proc 6\ncontext binder\n  thread 6: l 00\n  ref 8: desc 1 node 7 s 1 w 1 d 0\n", 1)]
    public void A_text_without_a_heading_tells_itself_by_its_lines(string text, int handles)
    {
        HandleSession session = DumpSource.Read(text).Clean().Session;

        Assert.Equal(handles, Assert.Single(session.GetProcesses()).HandleCount);
        Assert.Equal(handles == 12, session.Statistics is not null);
    }

    [Theory]
    [InlineData("proc 6\ncontext binder\n  thread 6: l 00\n    incoming transaction 8: 0 from 5:5 to 6:6 code 1 flags 10 pri 0:120 r1\n")]
    [InlineData("409: call  from 7002:7002 to 7001:0 context binder node 40 handle 1 size 32:0 ret 0/0 l=0\n")]
    [InlineData("------ BINDER TRANSACTION LOG (/d/binder/transaction_log) ------\n409: reply from 5:5 to 6:6 context binder node 0 handle 0 size 0:0\n")]
    public void A_text_of_calls_alone_makes_a_session_without_handles(string text)
    {
        HandleSession session = DumpSource.Read(text).Clean().Session;

        Assert.Empty(session.GetProcesses());
        Assert.Single(session.Calls);
        Assert.StartsWith("Transaction", Assert.Single(session.Sources).Kind.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("TRANSACTION LOG", HandleSourceKind.TransactionLog)]
    [InlineData("FAILED TRANSACTION LOG", HandleSourceKind.FailedTransactionLog)]
    public void The_title_of_a_log_of_calls_tells_its_kind(string title, HandleSourceKind kind)
    {
        const string Call = "409: reply from 5:5 to 6:6 context binder node 0 handle 0 size 0:0\n";

        Assert.Equal(kind, Assert.Single(DumpSource.Read($"------ BINDER {title} ------\n{Call}").Session.Sources).Kind);
    }

    [Theory]
    [InlineData("{\"format\":\"HandlePool.Session\",\"version\":1}\n", "a session file")]
    [InlineData("--------- beginning of main\n11-20 10:11:12.345  1754  1822 W Binder  : hello\n", "a log (logcat)")]
    [InlineData("W/Binder( 1754): hello\n", "a log (logcat)")]
    [InlineData("V/Binder( 1754): hello\n", "a log (logcat)")]
    [InlineData("# tracer: nop\n", "a trace (ftrace)")]
    [InlineData("Applications Memory Usage (in Kilobytes):\n** MEMINFO in pid 5 [x] **\n", "a report of memory (meminfo)")]
    [InlineData("USER           PID  PPID     VSZ    RSS WCHAN            ADDR S NAME\nroot 1 0 1 1 0 0 S init\n", "a list of processes (ps)")]
    [InlineData("<!DOCTYPE html>\n<html>\n", "an HTML page")]
    [InlineData("\u007FELF\u0000\u0001\u0000\n", "binary data")]
    [InlineData("Hello, world\n", "'binder state:'")]
    public void Another_text_is_called_what_it_is(string text, string name)
    {
        HandleException error = Assert.Throws<HandleException>(() => DumpSource.ReadAll(text));

        Assert.Contains(name, error.Message, StringComparison.Ordinal);
        Assert.Contains("A dump begins with", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_refusal_with_control_characters_is_shown_safely()
    {
        string text = string.Concat(Enumerable.Repeat("*** /dev/binderfs/binder_logs/state: \u001b[31mPermission denied\n", 3))
            + "cat: /d/binder/proc/5: No such file or directory\n" + Stats;

        ImportedDump result = DumpSource.Read(text).Clean();

        Assert.Equal(["/dev/binderfs/binder_logs/state", "/d/binder/proc/5"], result.Refusals.Select(refusal => refusal.Text));
        Assert.Equal([1L, 4], result.Refusals.Select(refusal => refusal.Line));
        Assert.DoesNotContain(result.Refusals, refusal => refusal.Message.Any(char.IsControl));
    }

    [Fact]
    public void A_process_without_a_pid_and_a_path_is_an_anomaly()
    {
        HandleSession session = DumpSource.Read("context binder\n  ref 42: desc 1 node 9 s 1 w 1 d 0\n").Session;

        Assert.Equal([(0, 1)], session.GetProcesses().Select(process => (process.Id, process.HandleCount)));
        Assert.Equal(HandleFindingKind.PidMissing, Assert.Single(session.GetFindings()).Kind);
    }

    [Theory]
    [InlineData("Latin1", "caf\u00e9")]
    [InlineData("UTF-16LE", "app")]
    public void A_process_name_in_another_encoding_is_an_anomaly(string encoding, string name)
    {
        byte[] text = [.. "binder state:\nproc 7 ("u8, .. Encoding.GetEncoding(encoding).GetBytes(name), .. ")\ncontext binder\n  ref 42: desc 1 node 9 s 1 w 1 d 0\n"u8];
        HandleSession session = Assert.Single(DumpSource.ReadBytes(text)).Session;

        HandleFinding finding = Assert.Single(session.GetFindings(), each => each.Kind == HandleFindingKind.NameNotUtf8);
        Assert.Equal(2, finding.Line);
        Assert.DoesNotContain(finding.Message, char.IsControl);
        Assert.Equal(7, Assert.Single(session.GetProcesses()).Id);
    }

    [Fact]
    public void A_name_of_statistics_or_a_process_list_in_another_encoding_is_an_anomaly()
    {
        byte[] text =
        [
            .. "------ PROCESSES (ps -A) ------\nUSER PID NAME\nroot 7 caf\u00e9\nroot 8 caf"u8, 0xe9,
            .. "\n------ BINDER STATE (/d/binder/state) ------\nbinder state:\nproc 7\ncontext binder\nproc 8\ncontext binder\n"u8,
            .. "------ BINDER STATS (/d/binder/stats) ------\nbinder stats:\nproc 7\ncontext binder\n  refs: 0 s 0 w 0\nproc 9 ("u8, 0xe9, .. ")\ncontext binder\n  refs: 3 s 3 w 3\n"u8,
        ];
        HandleSession session = Assert.Single(DumpSource.ReadBytes(text)).Session;

        Assert.Equal(["caf\u00e9", "caf\ufffd"], session.GetProcesses().Select(process => process.Name));
        IReadOnlyList<HandleFinding> findings = [.. session.GetFindings().Where(each => each.Kind == HandleFindingKind.NameNotUtf8)];
        Assert.Equal(2, findings.Count);
        Assert.StartsWith("The name 'caf\ufffd' of process 8 in the list of processes is not UTF-8.", findings[0].Message, StringComparison.Ordinal);
        Assert.StartsWith("The name '\ufffd' of process 9 in the statistics is not UTF-8.", findings[1].Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("roc 40 (app)\n")]
    [InlineData("proc 4O (app)\n")]
    [InlineData("dead nodes:\n")]
    public void Lines_of_a_process_without_a_first_line_are_its_own(string lost)
    {
        string context = lost + "context binder\n";
        HandleSession session = DumpSource.Read("binder state:\nproc 5 (owner)\ncontext binder\n  node 1: u1 c1 hs 1 hw 1 ls 0 lw 0 is 2 iw 2 tr 1 proc 8 9\n"
            + context + "  node 3: u1 c1 hs 1 hw 1 ls 0 lw 0 is 0 iw 0 tr 1\n  ref 8: desc 1 node 1 s 1 w 1 d 0\n"
            + context + "  ref 9: desc 1 node 1 s 1 w 1 d 0\nproc 6\ncontext binder\n").Session;

        Assert.Equal([(0, 1, 1, 1), (0, 2, 0, 1), (5, 1, 1, 0), (6, 1, 0, 0)],
            session.GetProcesses().Select(process => (process.Id, process.OpenNumber, process.NodeCount, process.HandleCount)));
        Assert.Equal(session.GetProcesses().Take(2),
            session.GetFindings().Where(finding => finding.Kind == HandleFindingKind.PidMissing).Select(finding => finding.Process));
        Assert.DoesNotContain(session.GetFindings(), finding => finding.Kind == HandleFindingKind.DuplicateProcess);
    }

    [Fact]
    public void A_leak_of_a_process_without_a_first_line_has_no_false_name()
    {
        StringBuilder text = new("binder state:\nproc 5 (owner)\ncontext binder\n");
        for (int node = 1; node <= 1_000; node++)
            text.Append(CultureInfo.InvariantCulture, $"  node {node}: u1 c1 hs 1 hw 1 ls 0 lw 0 is 1 iw 1 tr 1\n");
        text.Append("proc 7 (innocent)\ncontext binder\ncontext binder\n");
        for (int node = 1; node <= 1_000; node++)
            text.Append(CultureInfo.InvariantCulture, $"  ref {node + 5_000}: desc {node} node {node} s 1 w 1 d 0\n");

        HandleLeakSuspect suspect = Assert.Single(LeakFinder.Find([DumpSource.Read(text.ToString()).Session]).Suspects);

        Assert.StartsWith("A process whose pid is missing holds 1000 handles of owner (5)", suspect.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_context_without_a_name_ends_the_process_before()
    {
        HandleSession session = DumpSource.Read("binder state:\nproc 5\ncontext binder\ncontext \n  ref 8: desc 1 node 1 s 1 w 1 d 0\n").Session;

        Assert.Equal(0, Assert.Single(session.GetProcesses()).HandleCount);
    }

    [Fact]
    public void A_dump_of_which_nothing_was_read_gives_no_verdict()
    {
        HandleSession session = DumpSource.Read("binder state:\nproc 5\ncontext \n  ref 8: desc 1 node 7 s 1 w 1 d 0\n").Session;

        Assert.Equal("there are no handles to judge", LeakFinder.Find([session]).NoVerdict);
    }

    [Fact]
    public void Blanks_and_tabs_within_the_first_lines_of_a_process_do_not_matter()
    {
        HandleSession session = DumpSource.Read("binder state:\nproc  40   (app)\ncontext   hwbinder\nproc\t41\t(other)\ncontext\tbinder\n").Clean().Session;

        Assert.Equal([(40, "app", "hwbinder"), (41, "other", "binder")],
            session.GetProcesses().Select(process => (process.Id, process.Name!, process.Context)));
    }

    [Fact]
    public void Node_ids_are_read_up_to_the_largest_one()
    {
        ImportedDump result = DumpSource.Read("binder state:\nproc 5\ncontext binder\n  node 9223372036854775807: u1 c1 hs 1 hw 1 ls 0 lw 0 is 1 iw 1 tr 1 proc 6\n"
            + "  node 9223372036854775808: u1 c1 hs 1 hw 1 ls 0 lw 0 is 0 iw 0 tr 1\n"
            + "proc 6\ncontext binder\n  ref 8: desc 1 node 9223372036854775807 s 1 w 1 d 0\n");

        Assert.Equal(long.MaxValue, Assert.Single(result.Session.GetNodes()).Id);
        Assert.Equal(5, Assert.Single(result.Problems).Line);
    }

    [Theory]
    [InlineData("# ", State)]
    [InlineData("$ ", State)]
    [InlineData("> # ", State)]
    [InlineData("; ", State)]
    [InlineData("root@device:/ # ", State)]
    [InlineData("[12345.678901] ", State)]
    [InlineData("# ", Stats)]
    public void A_dump_with_the_same_text_before_each_line_is_an_error(string before, string dump)
    {
        string text = string.Concat(dump.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => before + line + "\n"));

        HandleException error = Assert.Throws<HandleException>(() => DumpSource.ReadAll(text));

        Assert.Contains($"each line of this dump has other text before it, such as '{before.TrimStart('>', ' ').TrimEnd()}'. Remove it from all lines",
            error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_name_of_a_file_tells_a_missing_pid()
    {
        DirectoryInfo folder = _folder.CreateSubdirectory("proc");
        string path = Path.Combine(folder.FullName, "812");
        File.WriteAllText(path, "context binder\n  ref 42: desc 1 node 9 s 1 w 1 d 0\n");

        Assert.Equal(812, Assert.Single(DumpReader.ReadFile(path)).Clean().Session.GetProcesses()[0].Id);
    }

    [Fact]
    public void The_files_of_a_folder_and_of_an_archive_are_one_moment()
    {
        (string Name, string Text)[] files =
        [
            ("proc-6", "binder proc state:\nproc 6\ncontext binder\n  ref 8: desc 1 node 7 s 1 w 1 d 0\n  has dead binder\n"),
            ("state", State), ("stats", Stats), ("transactions", Transactions),
        ];
        string archive = Path.Combine(_folder.FullName, "logs.zip");
        using (ZipArchive zip = ZipFile.Open(archive, ZipArchiveMode.Create))
        {
            foreach ((string name, string text) in files)
            {
                using StreamWriter writer = new(zip.CreateEntry("binder_logs/" + name).Open());
                writer.Write(text);
            }
        }

        DirectoryInfo folder = _folder.CreateSubdirectory("binder_logs");
        foreach ((string name, string text) in files)
            File.WriteAllText(Path.Combine(folder.FullName, name), text);

        ImportedDump unpacked = DumpReader.Merge([folder.FullName]).Clean();
        ImportedDump packed = Assert.Single(DumpReader.ReadFile(archive)).Clean();

        foreach (HandleSession session in new[] { unpacked.Session, packed.Session })
        {
            Assert.Equal(DumpSource.Read(State).Session.Describe(), session.Describe());
            Assert.Empty(session.GetFindings());
            Assert.NotNull(session.Statistics);
        }

        Assert.Equal("logs.zip!state", packed.Session.Name);
    }

    [Theory]
    [InlineData("FS/binder_logs/state", "bugreport.txt")]
    [InlineData("bugreport.txt", "FS/binder_logs/state")]
    [InlineData("bugreport.txt", "FS/binder_logs/state", "FS/binder_logs/state_hashed")]
    [InlineData("FS/binder_logs/state", "FS/binder_logs/state_hashed", "bugreport.txt")]
    public void The_time_of_a_report_is_that_of_the_other_entries_of_its_archive(params string[] entries)
    {
        string archive = Path.Combine(_folder.FullName, "bugreport-2026-11-20-10-11-12.zip");
        using (ZipArchive zip = ZipFile.Open(archive, ZipArchiveMode.Create))
        {
            foreach (string entry in entries)
            {
                using StreamWriter writer = new(zip.CreateEntry(entry).Open());
                writer.Write(entry == "bugreport.txt" ? "=====\n== dumpstate: 2026-11-20 09:08:07\n=====\nBuild: x\n" : State);
            }
        }

        IReadOnlyList<ImportedDump> results = DumpReader.ReadFile(archive);

        Assert.Equal(entries.Length - 1, results.Count);
        Assert.All(results, result => Assert.Equal(new DateTime(2026, 11, 20, 9, 8, 7), result.Clean().Session.Time!.Value.DateTime));
    }

    [Fact]
    public void The_sources_of_a_session_name_file_size_hash_and_build()
    {
        byte[] text = Encoding.UTF8.GetBytes("== dumpstate: 2026-11-20 10:00:00\nBuild fingerprint: 'google/oriole/oriole:16/X/1:user/release-keys'\n"
            + $"------ BINDER STATS (/d/binder/stats) ------\n{Stats}------ BINDER STATE (/d/binder/state) ------\n{State}");
        string path = Path.Combine(_folder.FullName, "report.txt");
        File.WriteAllBytes(path, text);
        string archive = Path.Combine(_folder.FullName, "report.zip");
        using (ZipArchive zip = ZipFile.Open(archive, ZipArchiveMode.Create))
            zip.CreateEntryFromFile(path, "report.txt");
        string packed = Path.Combine(_folder.FullName, "report.gz");
        using (GZipStream gzip = new(File.Create(packed), CompressionLevel.Optimal))
            gzip.Write(text);

        foreach (string file in new[] { path, archive, packed })
        {
            HandleSession session = Assert.Single(DumpReader.ReadFile(file)).Clean().Session;
            string shown = file == archive ? archive + "!report.txt" : file;
            byte[] content = File.ReadAllBytes(file);
            string hash = Convert.ToHexString(SHA256.HashData(content)).ToLowerInvariant();
            const string Build = "google/oriole/oriole:16/X/1:user/release-keys";
            Assert.Equal(
                [
                    new HandleSource(shown, HandleSourceKind.Statistics, content.Length, hash, Build),
                    new HandleSource(shown, HandleSourceKind.State, content.Length, hash, Build),
                ],
                session.Sources);
        }
    }

    [Fact]
    public void A_node_that_does_not_list_its_holder_is_an_anomaly()
    {
        HandleSession session = DumpSource.Read($"""
            binder state:
            proc 5
            context binder
              node 7: {Pointers} hs 1 hw 1 ls 0 lw 0 is 2 iw 2 tr 1 proc 8 6
              node 9: {Pointers} hs 1 hw 1 ls 0 lw 0 is 1 iw 1 tr 1 proc 6
            proc 6
            context binder
              ref 10: desc 1 node 9 s 1 w 1 d 0
            proc 8
            context binder
              ref 11: desc 1 node 9 s 1 w 1 d 0
              ref 12: desc 2 node 7 s 1 w 1 d 0

            """).Session;

        HandleFinding finding = Assert.Single(session.GetFindings());
        Assert.Equal(HandleFindingKind.HolderMismatch, finding.Kind);
        Assert.Contains("2 of 2 nodes", finding.Message, StringComparison.Ordinal);
        Assert.Contains("node 7 lists 6 without a reference", finding.Message, StringComparison.Ordinal);
        Assert.Contains("node 9 is held by 8 without listing it", finding.Message, StringComparison.Ordinal);
        Assert.Equal([6], session.GetNode(7).ListedHolders);
    }

    [Theory]
    [InlineData(3, "node 9 is held by 8 without listing it.")]
    [InlineData(4, "node 9 is held by 8 without listing it; ...")]
    public void Three_nodes_that_list_other_holders_are_named(int nodes, string end)
    {
        StringBuilder state = new("binder state:\nproc 5\ncontext binder\n"), references = new("proc 8\ncontext binder\n");
        for (int id = 7; id < 7 + nodes; id++)
        {
            state.Append(CultureInfo.InvariantCulture, $"  node {id}: {Pointers} hs 1 hw 1 ls 0 lw 0 is 1 iw 1 tr 1 proc 6\n");
            references.Append(CultureInfo.InvariantCulture, $"  ref {id + 10}: desc {id} node {id} s 1 w 1 d 0\n");
        }

        HandleFinding finding = Assert.Single(DumpSource.Read($"{state}proc 6\ncontext binder\n{references}").Session.GetFindings());

        Assert.Contains($"{nodes} of {nodes} nodes list other holders", finding.Message, StringComparison.Ordinal);
        Assert.EndsWith(end, finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_options_name_a_session_and_tell_the_time_of_its_logs()
    {
        const string Report = "== dumpstate: 2026-01-02 10:00:00\n------ BINDER STATE (/d/binder/state) ------\nbinder state:\nproc 5\ncontext binder\n"
            + "------ SYSTEM LOG (logcat) ------\n01-02 09:00:00.100  5  5 D Binder: #1: a.IOne x100\n------ END ------\n";
        DumpReaderOptions options = new() { Name = "mine", Time = new DateTimeOffset(2020, 1, 3, 0, 0, 0, TimeSpan.Zero) };

        HandleSession stated = DumpSource.Read(Report).Session, given = DumpSource.Read(Report, options).Session;

        Assert.Equal((DumpSource.Name, "mine", options.Time), (stated.Name, given.Name, given.Time));
        Assert.Equal([2026, 2020], new[] { stated, given }.Select(session =>
            session.GetEvidence().Single(fact => fact.Kind == HandleEvidenceKind.InterfaceCount).Time!.Value.Year));
    }

    [Fact]
    public void A_list_of_a_million_holders_on_wrapped_lines_is_read()
    {
        const int Count = 1_000_000;
        StringBuilder text = new($"binder proc state:\nproc 5\ncontext binder\n  node 7: {Pointers} hs 1 hw 1 ls 0 lw 0 is {Count} iw {Count} tr 1 proc");
        for (int i = 1; i <= Count; i++)
            text.Append(i % 12 == 0 ? '\n' : ' ').Append(1_000 + (i % 50_000));

        ImportedDump result = DumpSource.Read(text + "\n  ref 8: desc 1 node 9 s 1 w 1 d 0\n").Clean();

        Assert.Equal(Count, result.Session.GetNode(7).ListedHolders.Count);
        Assert.Equal(1, result.Session.GetProcess(5).HandleCount);
    }

    [Fact]
    public void Eighty_thousand_headings_are_read_in_linear_time()
    {
        StringBuilder text = new();
        for (int i = 0; i < 80_000; i++)
            text.Append("------ BINDER STATE (/d/binder/state) ------\nbinder state:\n------ BINDER STATS ------\nbinder stats:\n/d/binder/proc/5\n");
        text.Append(State).Append(Stats);
        Stopwatch watch = Stopwatch.StartNew();

        HandleSession session = DumpSource.Read(text.ToString()).Clean().Session;

        Assert.Equal([5, 6], session.GetProcesses().Select(process => process.Id));
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(30));
    }

    [Fact]
    public void Statistics_that_are_cut_off_are_read_up_to_there()
    {
        string text = Stats + "proc 7\ncontext binder\n  refs: 1";

        ImportedDump result = DumpSource.Read(text);

        Assert.Equal(1, result.Session.GetProcess(6).HandleCount);
        Assert.True(result.ProblemCount > 0);
        Assert.DoesNotContain(result.Session.GetProcesses(), process => process.Id == 7 && process.HandleCount > 0);
    }

    [Fact]
    public void A_log_of_many_processes_alone_does_not_take_its_memory()
    {
        string text = string.Concat(Enumerable.Range(1, 200_000).Select(i => $"proc {i}\nbuffer 1: pending transaction 9: 0\n"));

        HandleException error = Assert.Throws<HandleException>(() => DumpSource.ReadAll(text));

        Assert.Contains("transactions", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Lines_of_a_state_under_an_unknown_heading_are_an_anomaly()
    {
        const string Unknown = "------ VENDOR THINGS (foo) ------\nproc 8\ncontext binder\n  ref 8: desc 1 node 7 s 1 w 1 d 0\n  ref 9: desc 2 node 7 s 1 w 1 d 0\n";

        HandleSession session = DumpSource.Read("------ BINDER STATE (/d/binder/state) ------\n" + State + Unknown).Session;
        HandleException error = Assert.Throws<HandleException>(() => DumpSource.ReadAll(Unknown));

        HandleFinding finding = Assert.Single(session.GetFindings());
        Assert.Equal((HandleFindingKind.TextNotRead, "state.txt", 12L), (finding.Kind, finding.Path, finding.Line));
        Assert.Contains("2 lines of a state were not read: the heading above is '------ VENDOR THINGS (foo) ------'", finding.Message, StringComparison.Ordinal);
        Assert.StartsWith("state.txt:4: 2 lines of a state were not read", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("     1\tbinder state:\n     2\tproc 5\n     3\t  ref 8: desc 1 node 7 s 1 w 1 d 0\n", "'cat -n'")]
    [InlineData("1:binder state:\n2:proc 5\n3:  ref 8: desc 1 node 7 s 1 w 1 d 0\n", "'grep -n'")]
    [InlineData("logs/state:12:proc 5\nlogs/state:13:  ref 8: desc 1 node 7 s 1 w 1 d 0\n", "'grep -n'")]
    [InlineData("binder state:\nstate:proc 5\nstate:  ref 8: desc 1 node 7 s 1 w 1 d 0\n", "'grep -H'")]
    [InlineData("11-25 10:00:00.000  1411  1411 I binder: proc 5\n11-25 10:00:00.000  1411  1411 I binder:   ref 8: desc 1 node 7 s 1 w 1 d 0\n", "'logcat -v raw'")]
    public void Lines_with_a_prefix_are_refused_with_the_way_to_the_bare_text(string text, string way)
    {
        HandleException error = Assert.Throws<HandleException>(() => DumpSource.ReadAll(text));

        Assert.Contains(way, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_prefixed_text_leaves_the_dump_before_it()
    {
        File.WriteAllText(Path.Combine(_folder.FullName, "a"), State);
        File.WriteAllText(Path.Combine(_folder.FullName, "b"), "1:binder state:\n2:proc 9\n");

        ImportedDump result = DumpReader.Merge([_folder.FullName]);

        Assert.Equal([5, 6], result.Session.GetProcesses().Select(process => process.Id));
        Assert.Contains("'grep -n'", Assert.Single(result.Problems).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "this is a bug report in which no binder state and no statistics were found")]
    [InlineData("*** /d/binder/stats: Permission denied\n*** /d/binder/state: No such file or directory\n",
        "this is a bug report in which the device refused to show /d/binder/stats: Permission denied; /d/binder/state: No such file or directory")]
    [InlineData("ACTIVITY MANAGER BINDER PROXY STATE (dumpsys activity binder-proxies)\nNot dumping proxy interface counts because size (9) looks reasonable\n", "It has the activity manager's count of proxies")]
    public void A_bug_report_without_a_dump_is_called_one(string rest, string message)
    {
        HandleException error = Assert.Throws<HandleException>(
            () => DumpSource.ReadAll("== dumpstate: 2026-11-20 10:00:00\n------ MEMORY INFO (/proc/meminfo) ------\nMemTotal: 5 kB\n" + rest));

        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_proxies_of_the_activity_manager_are_named_among_the_sources()
    {
        HandleSession session = DumpSource.Read(Stats + "\nACTIVITY MANAGER BINDER PROXY STATE (dumpsys activity binder-proxies)\n    #1: a x5\n" + State).Clean().Session;

        Assert.Equal([HandleSourceKind.Statistics, HandleSourceKind.State, HandleSourceKind.BinderProxies], session.Sources.Select(source => source.Kind));
    }

    [Fact]
    public void Second_moments_of_one_report_keep_its_build()
    {
        IReadOnlyList<ImportedDump> results = DumpSource.ReadAll("Build fingerprint: 'a/b'\n" + State + State);

        Assert.Equal(["a/b", "a/b"], results.Select(result => result.Session.Sources[0].Build));
    }

    [Theory]
    [InlineData("", "a/b/c:16/P")]
    [InlineData("Build fingerprint: 'x/y/z:15/H:user'\n", "x/y/z:15/H:user")]
    [InlineData("Build fingerprint: ''\n", "a/b/c:16/P")]
    public void The_build_is_that_of_the_properties_if_the_header_has_none(string header, string build)
    {
        HandleSession session = DumpSource.Read($"""
            == dumpstate: 2026-11-20 10:00:00
            {header}------ BINDER STATE (/d/binder/state) ------
            {State}------ SYSTEM PROPERTIES (getprop) ------
            [ro.build.id]: [P]
            [ro.build.fingerprint]: [a/b/c:16/P]
            """).Clean().Session;

        Assert.Equal(build, session.Sources[0].Build);
    }

    [Theory]
    [InlineData(120, 120)]
    [InlineData(100_000, 403)]
    public void A_long_build_is_kept_whole_and_a_huge_one_is_cut(int length, int kept)
    {
        HandleSession session = DumpSource.Read($"Build fingerprint: '{new string('a', length)}'\n{State}").Session;

        Assert.Equal(kept, session.Sources[0].Build!.Length);
    }

    [Theory]
    [InlineData("Dear diary,\n", "its only line does not begin one")]
    [InlineData("Dear diary,\nit rained.\n", "none of its 2 lines begins one")]
    public void A_text_that_is_no_dump_counts_its_lines_and_names_the_first(string text, string expected)
    {
        string message = Assert.Throws<HandleException>(() => DumpSource.Read(text)).Message;

        Assert.Contains($"this is not a binder dump: {expected}.", message, StringComparison.Ordinal);
        Assert.EndsWith("It starts with 'Dear diary,'.", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Many_nodes_without_an_owner_are_one_anomaly_with_their_number()
    {
        string text = "binder state:\nproc 6\n" + string.Concat(Enumerable.Range(1, 11).Select(i => $"  ref {i + 50}: desc {i} node {i + 100} s 1 w 1 d 0\n"));

        HandleFinding finding = Assert.Single(DumpSource.Read(text).Session.GetFindings());
        HandleFinding cut = DumpSource.Read("binder state:\nproc 6\n  ref 8: desc 1 node 7 s 1 w 1 d 0\n  ref 9: desc 2 node 8 s 1 w 1 d 0").Session.GetFindings()[0];

        Assert.Equal((HandleFindingKind.OwnerMissing, 3L, 101L), (finding.Kind, finding.Line, finding.Node!.Value));
        Assert.StartsWith("11 nodes are alive", finding.Message, StringComparison.Ordinal);
        Assert.Equal((HandleFindingKind.Truncated, 4L), (cut.Kind, cut.Line));
    }
}
