using System.Globalization;
using System.Text;
using HandlePool.Analysis;
using HandlePool.Tests.Dumps;
using HandlePool.Tests.Reports;

namespace HandlePool.Tests.Analysis;

/// <summary>States that were cut off lack processes: they are no step of a series, and are never judged without a word.</summary>
public class IncompleteStateTests
{
    private const int Leaker = 300;

    [Theory]
    [InlineData("C", "line")]
    [InlineData("C", "word")]
    [InlineData("Rust", "line")]
    [InlineData("Rust", "word")]
    [InlineData("Rust", "failure")]
    public void A_healthy_series_whose_last_dump_is_cut_off_has_a_note_and_no_suspect(string form, string cut)
    {
        LeakSearch search = LeakFinder.Find([.. Enumerable.Range(1, 5).Select(_ => Whole(form, leaked: 106)), Cut(form, leaked: 106, cut)]);

        Assert.Empty(search.Suspects);
        Assert.Equal(5, search.Sessions.Count);
        Assert.Equal(["1 of 6 dumps is cut off and was left out of the series: 'cut'. 'whole' is the last complete one."], search.Notes);
    }

    [Theory]
    [InlineData("C", "line", 5)]
    [InlineData("C", "word", 2)]
    [InlineData("Rust", "line", 2)]
    [InlineData("Rust", "word", 5)]
    [InlineData("Rust", "failure", 0)]
    public void A_leak_keeps_its_counts_and_owner_where_a_dump_is_cut_off(string form, string cut, int at)
    {
        LeakSearch search = LeakFinder.Find(Enumerable.Range(0, 6).Select(i => i == at ? Cut(form, 12 + (60 * i), cut) : Whole(form, 12 + (60 * i))));

        HandleLeakSuspect suspect = Assert.Single(search.Suspects);
        Assert.Equal((Leaker, 100), (suspect.Holder!.Id, suspect.Owner!.Id));
        Assert.Equal(Enumerable.Range(0, 6).Where(i => i != at).Select(i => 12 + (60 * i)), suspect.Counts);
        Assert.StartsWith("1 of 6 dumps is cut off", Assert.Single(search.Notes));
    }

    [Fact]
    public void A_report_leaves_out_what_is_cut_off_in_chart_and_verdict()
    {
        ReportReader report = ReportReader.Of(Whole("C", 12), Whole("C", 112), Cut("C", 212, "line"), Whole("C", 312), Cut("C", 412, "word"));

        Assert.Equal(["12", "112", "312"], report.Rows("table-growth")[0][1..]);
        Assert.Equal(3, report.Rows("table-series").Length);
        Assert.StartsWith("+300 over 2 dumps", report.Answer("How fast"));
        Assert.Contains("2 of 5 dumps are cut off and were left out of the series", report.Section("verdict").Value);
    }

    [Theory]
    [InlineData(1, "1 of 9 dumps lack handles and was left out of the chart: 's1'.")]
    [InlineData(5, "5 of 9 dumps lack handles and were left out of the chart: 's1', 's2', 's3', 's4', 's5'.")]
    [InlineData(6, "6 of 9 dumps lack handles and were left out of the chart: 's1', 's2', 's3', 's4', 's5', and 1 more.")]
    public void Five_dumps_that_are_left_out_are_named(int dumps, string text) => Assert.Equal(
        text, IncompleteState.LeftOut([.. Enumerable.Range(1, dumps).Select(number => new HandleSession($"s{number}"))], 9, "lack handles", "the chart"));

    [Fact]
    public void One_dump_that_is_cut_off_is_judged_with_a_warning()
    {
        HandleSession session = DumpSource.Read(Text("C", leaked: 12, owners: 1) + "proc 9\ncontext bin").Session;

        LeakSearch search = LeakFinder.Find([session]);
        Assert.Empty(search.Suspects);
        Assert.Contains("is cut off: processes and handles are missing", Assert.Single(search.Notes));
        ReportReader report = ReportReader.Of(session);
        Assert.Contains("No leak suspects, but the dump is cut off.", report.Section("verdict").Value);
        Assert.StartsWith("All 2 dumps are cut off", Assert.Single(LeakFinder.Find([session, Cut("C", 12, "line")]).Notes));
    }

    [Fact]
    public void A_few_nodes_without_an_owner_are_no_cut()
    {
        Assert.Empty(LeakFinder.Find([DumpSource.Read(Text("C", leaked: 10, owners: 0, others: 0)).Session]).Notes);
        Assert.Single(LeakFinder.Find([DumpSource.Read(Text("C", leaked: 11, owners: 0, others: 0)).Session]).Notes);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_comparison_warns_of_the_session_that_is_cut_off(bool isBefore)
    {
        HandleSession whole = Whole("C", 106), cut = Cut("C", 106, "line");
        SessionComparison comparison = isBefore ? SessionComparison.Compare(cut, whole) : SessionComparison.Compare(whole, cut);

        Assert.Contains(comparison.Notes, note => note.StartsWith("'cut' is cut off", StringComparison.Ordinal));
        Assert.DoesNotContain(SessionComparison.Compare(whole, Whole("C", 106)).Notes, note => note.Contains("cut off", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("C", "line")]
    [InlineData("C", "word")]
    [InlineData("Rust", "failure")]
    public void The_process_in_which_a_state_ends_is_counted_by_the_statistics(string form, string cut)
    {
        const string Statistics = "binder stats:\nproc 301\ncontext binder\n  refs: 12 s 12 w 0\nproc 300\ncontext binder\n  refs: 5014 s 5020 w 0\n";
        string text = Text(form, leaked: 313, owners: 0, others: 1, leakerFirst: false) + End(cut);
        HandleSession session = DumpSource.Read(text + (cut == "word" ? "\n" : "") + Statistics).Session;

        HandleProcess leaker = session.GetProcess(Leaker);
        Assert.Equal((5_014, HandleCountSource.Statistics, 313), (leaker.HandleCount, leaker.CountSource, leaker.GetReferences().Length));
        Assert.Equal((12, HandleCountSource.State), (session.GetProcess(301).HandleCount, session.GetProcess(301).CountSource));
        IReadOnlyList<HandleUsage> holders = UsageMeasurement.Measure(session, HandleUsageGrouping.Holder);
        Assert.Equal([(Leaker, 5_014, 5_020), (301, 12, 12)], holders.Select(usage => (usage.Holder!.Id, usage.Handles, usage.Strong)));
    }

    private static HandleSession Whole(string form, int leaked) => Named(Text(form, leaked), "whole");

    private static HandleSession Cut(string form, int leaked, string cut) => Named(Text(form, leaked, owners: 0) + End(cut), "cut");

    private static HandleSession Named(string text, string name)
    {
        HandleSession session = DumpSource.Read(text).Session;
        session.Name = name;
        return session;
    }

    private static string End(string cut) => cut switch
    {
        "word" => "  ref 90",
        "failure" => "failed to generate state: ENOMEM\n",
        _ => "",
    };

    /// <summary>A state in which one process holds many nodes of a server and others hold twelve each; the server comes last.</summary>
    private static string Text(string form, int leaked, int owners = 1, int others = 8, bool leakerFirst = true)
    {
        StringBuilder text = new("binder state:\n");
        IEnumerable<int> holders = Enumerable.Range(0, others + 1);
        foreach (int index in leakerFirst ? holders : holders.Reverse())
        {
            text.Append(CultureInfo.InvariantCulture, $"proc {Leaker + index}\ncontext binder\n");
            for (int i = 1; i <= (index == 0 ? leaked : 12); i++)
            {
                int node = (index * 100_000) + i;
                text.Append(CultureInfo.InvariantCulture, $"  ref {1_000_000 + node}: desc {i} node {node} s 1 w {(form == "C" ? "1 d 0000000000000000" : "1")}\n");
            }
        }

        if (owners == 0)
            return text.ToString();
        text.Append("proc 100\ncontext binder\n");
        foreach (int index in holders)
        {
            for (int i = 1; i <= (index == 0 ? leaked : 12); i++)
            {
                string counts = form == "C" ? "hs 1 hw 1 ls 0 lw 0 is 1 iw 1 tr 0" : "hs true hw true cs 1 cw 1";
                text.Append(CultureInfo.InvariantCulture, $"  node {(index * 100_000) + i}: u0000000000000001 c0000000000000001 {counts} proc {Leaker + index}\n");
            }
        }

        return text.ToString();
    }
}
