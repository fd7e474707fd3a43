using System.IO.Compression;
using System.Text;

namespace HandlePool.Tests.Limits;

/// <summary>Doubles inputs of each kind, and compares the work, which is counted and not timed.</summary>
public class LinearWorkTests(ITestOutputHelper output)
{
    private const double MostGrowth = 2.5;

    private static readonly Dictionary<string, Func<int, IEnumerable<string>>> Texts = new()
    {
        ["references"] = n => Process(7, Many(n, i => $"  ref {i}: desc {i} node {9 * i} s 1 w 1 d 0")),
        ["references to one node"] = n => Process(7, Many(n, i => $"  ref {i}: desc {i} node 9 s 1 w 1 d 0")),
        ["references of one handle"] = n => Process(7, Many(n, i => $"  ref {i}: desc 1 node {9 * i} s 1 w 1 d 0")),
        ["handles far apart"] = n => Process(7, Many(n, i => $"  ref {i}: desc {(long)i * 30_000} node {i} s 1 w 1 d 0")),
        ["nodes"] = n => Process(7, Many(n, i => $"  node {i}: u{i:x16} c{i:x16} hs 1 hw 1 ls 0 lw 0 is 1 iw 1 tr 1 proc 8")),
        ["holders of one node"] = n => Process(7, [$"  node 1: u00 c00 hs 1 hw 1 ls 0 lw 0 is 1 iw 1 tr 1 proc {string.Join(' ', Many(n, i => $"{i}"))}"]),
        ["wrapped holders"] = n => Process(7, ["  node 1: u00 c00 hs 1 hw 1 ls 0 lw 0 is 1 iw 1 tr 1 proc", .. Many(n, i => $" {i}")]),
        ["processes"] = n => Many(n, i => $"proc {i}\ncontext binder"),
        ["processes of chosen pids"] = n => Many(n, i => $"proc {36_353 * i}\ncontext binder\n  ref {i}: desc 0 node {36_353L * i} s 1 w 1 d 0"),
        ["opens of one process"] = n => Many(n, i => $"proc 7\ncontext binder\n  ref {i}: desc 0 node {i} s 1 w 1 d 0"),
        ["contexts"] = n => Many(n, i => $"proc {i}\ncontext c{i}"),
        ["names alike"] = n => Many(n, i => $"proc {i} (app)\ncontext binder"),
        ["headings"] = n => Many(n, _ => "binder state:"),
        ["dead nodes"] = n => ["dead nodes:", .. Many(n, i => $"  node {i}: u00 c00 hs 1 hw 1 ls 0 lw 0 is 1 iw 1 tr 1 proc 8")],
        ["unknown lines"] = n => Process(7, Many(n, i => $"  what {i}")),
        ["broken lines"] = n => Process(7, Many(n, i => $"  ref {i}: desc")),
        ["lines of a log"] = n => Process(7, [.. Many(n, i => $"11-26 01:02:03.004 I tag{i}: text")]),
        ["refused sections"] = n => ["binder state:", .. Many(n, i => $"*** /d/binder/proc/{i}: Permission denied")],
        ["a wide process list"] = n => ["------ PROCESSES (ps) ------", $"USER PID {string.Join(' ', Many(n, _ => "x"))} NAME", .. Many(n, i => $"root {i} app{i}"), .. Process(7, [])],
        ["statistics"] = n => ["binder stats:", .. Many(n, i => $"proc {i}\ncontext binder\n  threads: 1\n  nodes: 3\n  refs: 2 s 2 w 2\n  BC_INCREFS: 4")],
        ["counters of one process"] = n => ["binder stats:", "proc 7", "context binder", .. Many(n, i => $"  BC_X{i}: 4")],
        ["one long line"] = n => [new string('x', 10 * n)],
        ["blank lines"] = n => Many(n, _ => ""),
    };

    public static TheoryData<string> Kinds => [.. Texts.Keys];

    /// <summary>Gets the kinds of which there is a session.</summary>
    public static TheoryData<string> KindsOfDumps => [.. Texts.Keys.Except(["one long line", "blank lines"])];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Reading_twice_the_text_is_at_most_twice_the_work(string kind) => Hold(kind, 2_000, n =>
    {
        byte[] text = Encode(Texts[kind](n));
        return () => TryRead(text);
    });

    [Theory]
    [MemberData(nameof(KindsOfDumps))]
    public void Judging_and_writing_twice_the_session_is_at_most_twice_the_work(string kind) => Hold(kind, 2_000, n =>
    {
        dynamic session = TryRead(Encode(Texts[kind](n)))!, later = TryRead(Encode(Texts[kind](n)))!;
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

    [Theory]
    [InlineData("references")]
    [InlineData("processes of chosen pids")]
    [InlineData("opens of one process")]
    [InlineData("nodes")]
    [InlineData("statistics")]
    public void Reading_twice_the_session_file_is_at_most_twice_the_work(string kind) => Hold(kind, 1_000, n =>
    {
        MemoryStream file = new();
        CountedLibrary.Call("SessionFiles.SessionFileWriter", "Write", file, TryRead(Encode(Texts[kind](n))));
        return () => CountedLibrary.Call("SessionFiles.SessionFileReader", "Read", new MemoryStream(file.ToArray()), "file");
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
                entry.Write(Encode(Process(index, ["  ref 1: desc 0 node 9 s 1 w 1 d 0"])));
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

    private static IEnumerable<string> Process(int id, IEnumerable<string> lines) => ["binder state:", $"proc {id}", "context binder", .. lines];

    private static IEnumerable<string> Many(int count, Func<int, string> line) => Enumerable.Range(1, count).Select(line);

    private static byte[] Encode(IEnumerable<string> lines) => Encoding.UTF8.GetBytes(string.Join('\n', lines) + "\n");

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
