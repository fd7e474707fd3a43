using System.Globalization;
using System.Text;
using HandlePool.Analysis;
using HandlePool.Dumps;
using HandlePool.Tests.Dumps;

namespace HandlePool.Tests.Analysis;

/// <summary>What a text does not show is unknown: dumps of single processes, empty dumps, and processes whose first line is lost.</summary>
public class PartialSessionTests
{
    private const int Server = 100;
    private const int Busy = 300;
    private const int Busiest = 250;

    [Theory]
    [InlineData("proc", 3)]
    [InlineData("proc", 1)]
    [InlineData("proc", 0)]
    [InlineData("empty", 3)]
    [InlineData("empty", 1)]
    [InlineData("few", 3)]
    public void A_dump_that_does_not_show_all_processes_is_no_step_of_a_series(string part, int at)
    {
        LeakSearch search = LeakFinder.Find(Enumerable.Range(0, 4).Select(i => i == at ? Part(part) : State()));

        Assert.Empty(search.Suspects);
        Assert.Equal(3, search.Sessions.Count);
        Assert.Equal($"1 of 4 dumps does not show all processes and was left out of the series: '{part}'."
            + (at == 3 ? " 'state' is the last complete one." : "") + " Judge dumps of single processes as a series of their own.", Assert.Single(search.Notes));
    }

    [Fact]
    public void A_leak_is_found_beside_dumps_of_single_processes()
    {
        LeakSearch search = LeakFinder.Find([State(), Part("proc"), State(360), Part("empty"), State(420), State(480), Part("proc")]);

        Assert.Equal([Busiest, 360, 420, 480], Assert.Single(search.Suspects).Counts);
    }

    [Fact]
    public void Dumps_of_one_process_alone_are_a_series()
    {
        LeakSearch search = LeakFinder.Find(Enumerable.Range(0, 5).Select(i => Read(ProcessText(Busy, 5 + (60 * i)), "proc")));

        Assert.Empty(search.Notes);
        Assert.Equal([5, 65, 125, 185, 245], Assert.Single(search.Suspects).Counts);
    }

    [Fact]
    public void A_state_without_its_heading_is_whole()
    {
        LeakSearch search = LeakFinder.Find([State(), State(), Read(StateText()["binder state:\n".Length..], "headless")]);

        Assert.Empty(search.Notes);
        Assert.Equal(3, search.Sessions.Count);
    }

    [Fact]
    public void Handles_of_unknown_owners_do_not_grow_because_owners_become_unknown()
    {
        string statistics = "binder stats:\n" + string.Concat(Holders.Select(pid =>
            string.Create(CultureInfo.InvariantCulture, $"proc {pid}\ncontext binder\n  refs: {HandlesOf(pid)} s {HandlesOf(pid)} w 0\n")));

        LeakSearch search = LeakFinder.Find([State(), State(), State(), Read(ProcessText(Busy, Busiest) + statistics, "both")]);

        Assert.Empty(search.Notes);
        Assert.Empty(search.Suspects);
        string grown = statistics.Replace(string.Create(CultureInfo.InvariantCulture, $"proc {Busy}\ncontext binder\n  refs: {Busiest}"),
            string.Create(CultureInfo.InvariantCulture, $"proc {Busy}\ncontext binder\n  refs: 700"), StringComparison.Ordinal);
        HandleLeakSuspect suspect = Assert.Single(LeakFinder.Find([State(), State(360), State(480), Read(ProcessText(Busy, 600) + grown, "both")]).Suspects);
        Assert.Equal((HandleUsageGrouping.Holder, Busy), (suspect.Usage.By, suspect.Holder!.Id));
        Assert.Equal([Busiest, 360, 480, 600], suspect.Counts);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_comparison_keeps_nodes_whose_owner_one_dump_does_not_tell(bool isBefore)
    {
        HandleSession state = State(), part = Part("proc");

        SessionComparison comparison = isBefore ? SessionComparison.Compare(part, state) : SessionComparison.Compare(state, part);

        HandleUsageChange change = Assert.Single(comparison.Changes, change => change.Holder!.Id == Busy);
        Assert.Equal((Server, Busiest, 0, 0), (change.Owner!.Id, change.Kept, change.Added, change.Removed));
        Assert.StartsWith("'proc' does not show all processes", comparison.Notes[0]);
        Assert.DoesNotContain(SessionComparison.Compare(part, Part("proc")).Notes, note => note.Contains("all processes", StringComparison.Ordinal));
    }

    [Fact]
    public void Processes_of_unknown_pids_are_not_matched_over_dumps()
    {
        HandleSession[] series = [.. Enumerable.Range(0, 4).Select(i => Read(Lost(Busy + 1 + i, 20 + (100 * i)), $"lost{i}"))];

        LeakSearch search = LeakFinder.Find(series);

        Assert.DoesNotContain(search.Suspects, suspect => suspect.Kinds.Contains(HandleLeakKind.Growth));
        Assert.DoesNotContain(search.Notes, note => note.Contains("boots", StringComparison.Ordinal));
        Assert.Equal(HandleProcessMatch.None, Assert.Single(SessionComparison.Compare(series[0], series[3]).Changes, change => change is { Holder.Id: 0, After: > 0 }).MatchedBy);
    }

    [Fact]
    public void A_lost_owner_is_no_evidence_of_a_reboot()
    {
        string text = StateText();
        string lost = text.Replace(string.Create(CultureInfo.InvariantCulture, $"proc {Server}\ncontext"), "context", StringComparison.Ordinal);

        SessionComparison comparison = SessionComparison.Compare(State(), Read(lost, "lost"));

        Assert.True(comparison.IsSameBoot);
        Assert.DoesNotContain(comparison.Notes, note => note.Contains("boots", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void Statistics_that_are_cut_off_are_no_step_of_a_series(int at)
    {
        string whole = "binder stats:\n" + string.Concat(Holders.Select(pid => string.Create(CultureInfo.InvariantCulture, $"proc {pid}\n  refs: 40 s 40 w 0\n")));
        string cut = whole[..(whole.Length - 10)];
        string atLine = whole[..whole.IndexOf("proc 304", StringComparison.Ordinal)];

        LeakSearch search = LeakFinder.Find(Enumerable.Range(0, 5).Select(i => Read(i == at ? cut : i == 2 ? atLine : whole, $"stats{i}")));

        Assert.Equal(3, search.Sessions.Count);
        Assert.Contains($"1 of 4 dumps is cut off and was left out of the series: 'stats{at}'.", search.Notes[1]);
        Assert.Contains("1 of 5 dumps does not show all processes and was left out of the series: 'stats2'.", search.Notes[0]);
    }

    [Fact]
    public void A_baseline_leaves_out_what_is_cut_off()
    {
        HandleSession cut = Read(StateText()[..(StateText().Length - 30)], "cut");

        HandleBaseline baseline = HandleBaseline.Of([State(), cut, State()]);

        Assert.Equal(2, baseline.Dumps);
        Assert.All(baseline.Pairs, pair => Assert.Equal(2, pair.Dumps));
        Assert.Throws<ArgumentException>(() => HandleBaseline.Of([cut]));
    }

    [Fact]
    public void Opens_of_one_device_by_one_process_are_counted_together()
    {
        string text = StateText(460);
        int half = text.IndexOf("  ref ", text.IndexOf($"proc {Busy}", StringComparison.Ordinal), StringComparison.Ordinal);
        for (int i = 0; i < 230; i++)
            half = text.IndexOf("  ref ", half + 1, StringComparison.Ordinal);
        HandleSession split = Read(text.Insert(half, string.Create(CultureInfo.InvariantCulture, $"proc {Busy}\ncontext binder\n")), "split");

        Assert.Equal(2, split.FindProcesses(Busy).Length);
        HandleUsage pair = Assert.Single(UsageMeasurement.Measure(split), usage => usage.Holder!.Id == Busy);
        Assert.Equal((1, 460), (pair.Holder!.OpenNumber, pair.Handles));
        HandleLeakSuspect suspect = Assert.Single(LeakFinder.Find([split]).Suspects);
        Assert.Equal((Busy, 460, 460), (suspect.Holder!.Id, suspect.Handles, suspect.References.Count));
        Assert.Equal([Busiest, 360, 460], Assert.Single(LeakFinder.Find([State(), State(360), split]).Suspects).Counts);
    }

    private static IEnumerable<int> Holders => Enumerable.Range(Busy, 12);

    private static int HandlesOf(int pid, int busiest = Busiest) => pid == Busy ? busiest : 60 + (pid - Busy);

    private static HandleSession State(int busiest = Busiest) => Read(StateText(busiest), "state");

    private static HandleSession Part(string part) => Read(part switch
    {
        "proc" => ProcessText(Busy, Busiest),
        "few" => ProcessText(Busy + 1, 5),
        _ => "binder state:\n",
    }, part);

    private static HandleSession Read(string text, string name)
    {
        HandleSession session = DumpSource.Read(text).Session;
        session.Name = name;
        return session;
    }

    /// <summary>The text of one process.</summary>
    private static string ProcessText(int pid, int handles) => "binder proc state:\n" + References(pid, handles);

    /// <summary>A state of a server whose nodes twelve processes hold, one of them many.</summary>
    private static string StateText(int busiest = Busiest) => StateText(pid => HandlesOf(pid, busiest));

    private static string StateText(Func<int, int> handlesOf)
    {
        StringBuilder text = new("binder state:\n");
        foreach (int pid in Holders)
            text.Append(References(pid, handlesOf(pid)));
        text.Append(CultureInfo.InvariantCulture, $"proc {Server}\ncontext binder\n");
        foreach (int pid in Holders)
        {
            for (int i = 1; i <= handlesOf(pid); i++)
            {
                text.Append(CultureInfo.InvariantCulture,
                    $"  node {NodeOf(pid, i)}: u0000000000000001 c0000000000000001 hs 1 hw 1 ls 0 lw 0 is 1 iw 1 tr 0 proc {pid}\n");
            }
        }

        return text.ToString();
    }

    /// <summary>The same without the first line of a process, which differs from dump to dump.</summary>
    private static string Lost(int pid, int handles) => StateText(each => each == pid ? handles : HandlesOf(each))
        .Replace(string.Create(CultureInfo.InvariantCulture, $"proc {pid}\ncontext"), "context", StringComparison.Ordinal);

    private static string References(int pid, int handles) => string.Create(CultureInfo.InvariantCulture, $"proc {pid}\ncontext binder\n")
        + string.Concat(Enumerable.Range(1, handles).Select(i =>
            string.Create(CultureInfo.InvariantCulture, $"  ref {1_000_000 + NodeOf(pid, i)}: desc {i} node {NodeOf(pid, i)} s 1 w 1 d 0000000000000000\n")));

    private static int NodeOf(int pid, int i) => ((pid - Busy + 1) * 2_000) + i;
}
