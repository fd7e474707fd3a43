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
