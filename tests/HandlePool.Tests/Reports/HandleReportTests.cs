using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Xml.Linq;
using HandlePool.Analysis;
using HandlePool.Dumps;
using HandlePool.Reports;
using HandlePool.Tests.Dumps;

namespace HandlePool.Tests.Reports;

public class HandleReportTests
{
    [Fact]
    public void A_report_is_self_contained()
    {
        ReportReader report = ReportReader.Of(Pixel());

        Assert.DoesNotContain("http:", report.Html);
        Assert.DoesNotContain("https:", report.Html);
        Assert.DoesNotContain("@import", report.Html);
        Assert.DoesNotContain("url(", report.Html);
        Assert.DoesNotContain(report.Document.Descendants().Attributes(), attribute => attribute.Name.LocalName is "src" or "style" or "action" or "data"
            || attribute.Name.LocalName.StartsWith("on", StringComparison.Ordinal));
        Assert.All(report.All("a"), link => Assert.StartsWith("#", link.Attribute("href")!.Value));
        Assert.Empty(report.All("link").Concat(report.All("iframe")).Concat(report.All("img")));
    }

    [Fact]
    public void A_report_beside_operations_is_of_one_moment()
    {
        HandleSession session = new();
        HandleProcess server = session.CreateProcess("server");
        HandleNode[] nodes = [.. Enumerable.Range(0, 20).Select(_ => session.CreateNode(server))];
        bool isOver = false;
        Thread other = new(() =>
        {
            while (!Volatile.Read(ref isOver))
            {
                HandleProcess client = session.CreateProcess("client");
                Array.ForEach(nodes, node => client.AddReference(node));
                session.ExitProcess(client);
            }
        });
        other.Start();
        try
        {
            for (int report = 0; report < 300; report++)
                HandleReport.Write(Stream.Null, [session]);
        }
        finally
        {
            Volatile.Write(ref isOver, true);
            other.Join();
        }
    }

    [Fact]
    public void The_policy_of_a_report_allows_only_its_own_style_and_script()
    {
        ReportReader report = ReportReader.Of(Pixel());

        string policy = report.All("meta").Single(meta => (string?)meta.Attribute("http-equiv") == "Content-Security-Policy").Attribute("content")!.Value;
        Assert.StartsWith("default-src 'none';", policy);
        Assert.DoesNotContain("unsafe", policy);
        Assert.Contains($"style-src '{HashOf(Assert.Single(report.All("style")))}'", policy);
        Assert.Contains($"script-src '{HashOf(Assert.Single(report.All("script")))}'", policy);

        static string HashOf(XElement element) => "sha256-" + Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(element.Value)));
    }

    [Fact]
    public void A_report_has_the_same_bytes_in_every_culture()
    {
        CultureInfo culture = CultureInfo.CurrentCulture;
        string before = ReportReader.Of(Pixel()).Html;
        try
        {
            CultureInfo.CurrentCulture = new CultureInfo("de-DE");
            Assert.Equal(before, ReportReader.Of(Pixel()).Html);
        }
        finally
        {
            CultureInfo.CurrentCulture = culture;
        }
    }

    [Fact]
    public void The_tables_of_a_report_have_the_numbers_of_the_dump()
    {
        HandleSession session = Pixel();
        ReportReader report = ReportReader.Of(session);

        Assert.Equal("Binder handles: state-pixel.txt", report.Title);
        Assert.Contains("Created 2026-11-22 10:00:00 +00:00", report.Document.Root!.Value);
        string[] pair = report.Rows("table-pairs")[0];
        Assert.Equal(["com.example.photos (4127)", "system_server (1754) suspect 1", "194"], pair[..3]);
        Assert.Equal("binder", pair[^1]);
        string[] process = report.Rows("table-processes").Single(row => row[1] == "4127");
        Assert.Equal(["com.example.photos suspect 1", "4127", "198", "20", "256 inferred", "77.3%", "13", "199"], process[..8]);
        Assert.Equal("manager", report.Rows("table-processes").Single(row => row[0] == "servicemanager")[9]);
        Assert.Equal(session.Processes, report.Rows("table-processes").Length);
        Assert.Contains("All pool capacities are inferred", report.Section("summary").Value);
        Assert.Contains("Nothing is near a limit.", report.Section("limits").Value);
    }

    [Fact]
    public void The_matrix_and_the_tables_add_up_to_all_handles()
    {
        HandleSession session = Pixel();
        ReportReader report = ReportReader.Of(session);

        int all = session.GetProcesses().Sum(process => process.HandleCount);
        Assert.Equal(all, report.Rows("table-pairs").Sum(row => Number(row[2])));
        Assert.Equal(all, report.Rows("table-owners").Sum(row => Number(row[1])));
        Assert.Equal(all, report.Rows("table-holders").Sum(row => Number(row[1])));
        string[][] matrix = report.Rows("table-matrix");
        Assert.Equal(all, Number(matrix[^1][^1]));
        Assert.Equal(all, matrix.SkipLast(1).SelectMany(row => row[1..^1]).Sum(Number));
    }

    [Fact]
    public void The_matrix_has_the_25_largest_and_adds_up_the_others()
    {
        HandleSession session = new();
        HandleProcess[] processes = [.. Enumerable.Range(1, 40).Select(id => session.CreateProcess($"p{id}"))];
        for (int index = 0; index < processes.Length; index++)
        {
            for (int count = 0; count <= index; count++)
                processes[index].AddReference(session.CreateNode(processes[(index + 1) % processes.Length]));
        }

        string[][] matrix = ReportReader.Of(session).Rows("table-matrix");

        Assert.Equal(27, matrix.Length);
        Assert.Equal("p40 (40)", matrix[0][0]);
        Assert.Equal("15 others", matrix[25][0]);
        Assert.Equal(15 * 16 / 2, Number(matrix[25][^1]));
        Assert.Equal(40 * 41 / 2, Number(matrix[26][^1]));
        Assert.All(matrix, row => Assert.Equal(28, row.Length));
    }

    [Fact]
    public void Every_table_has_a_caption_scoped_headings_and_a_focusable_frame()
    {
        ReportReader report = ReportReader.Of(Pixel(), Grown(600));

        Assert.NotEmpty(report.All("table"));
        foreach (XElement table in report.All("table"))
        {
            XElement frame = table.Parent!;
            Assert.Equal(("region", "0"), (frame.Attribute("role")!.Value, frame.Attribute("tabindex")!.Value));
            Assert.Equal(frame.Attribute("aria-labelledby")!.Value, table.Element("caption")!.Attribute("id")!.Value);
            Assert.All(table.Descendants("th"), heading => Assert.Contains(heading.Attribute("scope")!.Value, (string[])["col", "row"]));
            Assert.All(table.Element("tbody")!.Elements(), row => Assert.Equal("th", row.Elements().First().Name.LocalName));
        }
    }

    [Fact]
    public void Every_picture_has_a_title_and_a_description_unless_decorative()
    {
        ReportReader report = ReportReader.Of(Pixel(), Grown(600));

        Assert.NotEmpty(report.All("svg"));
        foreach (XElement svg in report.All("svg").Where(svg => svg.Attribute("aria-hidden") is null))
        {
            Assert.Equal("img", svg.Attribute("role")!.Value);
            Assert.NotEqual("", svg.Element("title")!.Value);
            Assert.NotEqual("", svg.Element("desc")!.Value);
            Assert.Equal($"{svg.Element("title")!.Attribute("id")!.Value} {svg.Element("desc")!.Attribute("id")!.Value}", svg.Attribute("aria-labelledby")!.Value);
        }
    }

    [Fact]
    public void The_ids_of_a_report_are_unique_and_every_link_has_a_target()
    {
        ReportReader report = ReportReader.Of(Pixel(), Grown(600));

        string[] ids = [.. report.Document.Descendants().Attributes("id").Select(id => id.Value)];
        Assert.Equal(ids.Distinct(), ids);
        Assert.All(report.All("a"), link => Assert.Contains(link.Attribute("href")!.Value[1..], ids));
        Assert.All(report.Document.Descendants().Attributes("aria-labelledby").SelectMany(label => label.Value.Split(' ')), id => Assert.Contains(id, ids));
    }

    [Fact]
    public void Hostile_text_is_shown_verbatim_and_has_no_effect()
    {
        const string Script = "<script>alert(1)</script>";
        HandleSession session = new("<b>session</b>");
        HandleProcess owner = session.CreateProcess(Script, context: "\"><img/src=x>");
        HandleProcess holder = session.CreateProcess("' onclick='alert(2)' ]]> <!--", context: "\"><img/src=x>");
        for (int count = 0; count < 60; count++)
            holder.AddReference(session.CreateNode(owner, "</td><svg onload=alert(3)>"), strong: 0, weak: 1);

        ReportReader report = ReportReader.Of(ReportReader.Options with { Title = "</title><script>alert(4)</script>" }, session);

        Assert.Equal("</title><script>alert(4)</script>", report.Title);
        Assert.Single(report.All("script"));
        Assert.Empty(report.All("b").Concat(report.All("img")));
        string[] pair = report.Rows("table-pairs")[0];
        Assert.Equal(["' onclick='alert(2)' ]]> <!-- (2)", $"{Script} (1) suspect 1", "60"], pair[..3]);
        Assert.Equal("</td><svg onload=alert(3)>", report.Rows("table-suspect-1")[0][2]);
    }

    [Theory]
    [InlineData("a\u202egpj.exe", "a[U+202E]gpj.exe")]
    [InlineData("a\u2066b\u2069", "a[U+2066]b[U+2069]")]
    [InlineData("a\0b\u0007\u001b[31m\n\u007f\u0085", "a[U+0000]b[U+0007][U+001B][31m[U+000A][U+007F][U+0085]")]
    [InlineData("a\u200b\ufeff\u2028b", "a[U+200B][U+FEFF][U+2028]b")]
    [InlineData("ab\uffff\U000e0041", "ab[U+FFFF][U+E0041]")]
    [InlineData("\u05e9\u05dc\u05d5\u05dd \u4e2d\u6587 \U0001f600", "\u05e9\u05dc\u05d5\u05dd \u4e2d\u6587 \U0001f600")]
    public void Characters_that_hide_or_reorder_text_are_shown_and_names_are_isolated(string name, string shown)
    {
        HandleSession session = new();
        session.CreateProcess(name);

        ReportReader report = ReportReader.Of(session);

        Assert.Equal(shown, report.Rows("table-processes")[0][0]);
        Assert.Contains(report.All("bdi"), isolated => isolated.Value == shown);
    }

    [Fact]
    public void Half_a_surrogate_pair_is_replaced_in_a_report()
    {
        // Attributes of tests cannot have one.
        HandleSession session = new();
        session.CreateProcess("a" + '\ud800' + "b" + '\udc00');

        Assert.Equal("a\ufffdb\ufffd", ReportReader.Of(session).Rows("table-processes")[0][0]);
    }

    [Fact]
    public void A_very_long_name_does_not_make_a_very_long_page()
    {
        HandleSession session = new();
        HandleProcess process = session.CreateProcess(new string('x', 500_000));
        process.AddReference(session.CreateNode(process));

        Assert.True(ReportReader.Of(session).Html.Length < 60_000);
    }

    [Fact]
    public void An_empty_session_has_a_report()
    {
        ReportReader report = ReportReader.Of(new HandleSession());

        Assert.StartsWith("No verdict: there are no handles to judge.", report.Verdict);
        Assert.DoesNotContain("No leak suspects", report.Html);
        Assert.Contains("There are no handles to show.", report.Section("pairs").Value);
        Assert.Contains("No anomalies.", report.Section("anomalies").Value);
    }

    [Fact]
    public void A_report_leads_with_the_verdict_before_its_contents()
    {
        ReportReader report = ReportReader.Of(Pixel());

        XElement[] parts = [.. report.All("main").Single().Elements()];
        Assert.Equal(["section", "nav", "section"], parts[..3].Select(part => part.Name.LocalName));
        Assert.True(report.Has("verdict") && parts[0].Descendants("h2").Single().Value == "Verdict");
        Assert.StartsWith("com.example.photos (4127) may be leaking handles of system_server (1754).", report.Verdict);
        Assert.Equal(["Who", "How many", "How fast", "When it ends", "What to do"], parts[0].Descendants("dt").Select(term => term.Value));
        Assert.StartsWith("com.example.photos (4127) \u2192 system_server (1754)", report.Answer("Who"));
        Assert.StartsWith("194 handles, 57.6% of all,", report.Answer("How many"));
        Assert.EndsWith("No other process holds 185 of the nodes.", report.Answer("How many"));
        Assert.Equal("Unknown: one dump shows no growth.", report.Answer("How fast"));
        Assert.StartsWith("Unknown without a rate.", report.Answer("When it ends"));
        Assert.EndsWith("A second dump some time later shows the rate.", report.Answer("What to do"));
    }

    [Fact]
    public void The_verdict_of_a_series_says_how_fast_and_when_it_ends()
    {
        ReportReader report = ReportReader.Of(Hourly(1_000, 2_000, 3_100, 4_000));

        Assert.StartsWith("system_server (1) is likely leaking handles of app (2).", report.Verdict);
        Assert.StartsWith("4000 handles, 100.0% of all, and 66.7% of the limit of 6000.", report.Answer("How many"));
        Assert.Equal("+3000 over 3 dumps: 1010 per dump, 1010 per hour.", report.Answer("How fast"));
        Assert.StartsWith("In about 2 hours (1.5 hours to 2.6 hours), at 2026-11-01 14:58 +00:00, on reaching 6000 handles:", report.Answer("When it ends"));
    }

    [Fact]
    public void A_verdict_without_suspects_says_what_it_covers()
    {
        HandleSession[] sessions = [Grown(5), Grown(5)];

        Assert.StartsWith("No leak suspects.", ReportReader.Of(sessions[0]).Verdict);
        Assert.Contains("One dump shows no growth, so a slow leak does not show.", ReportReader.Of(sessions[0]).Verdict);
        Assert.StartsWith("Nothing grew steadily over 2 dumps", ReportReader.Of(sessions).Answer("What it covers"));
    }

    [Fact]
    public void Statistics_alone_are_no_verdict_and_no_pools()
    {
        HandleSession session = ReadDump("binder stats:\nproc 10 (app)\ncontext binder\n  threads: 1\n  nodes: 2\n  refs: 500 s 500 w 500\n");
        ReportReader report = ReportReader.Of(session);

        Assert.StartsWith("No verdict: the statistics count handles, but tell no owners.", report.Verdict);
        Assert.DoesNotContain("No leak suspects", report.Html);
        Assert.DoesNotContain("stands out from its peers as", report.Html);
        Assert.Equal(["app", "10", "500", "2", "", "", "", "", ""], report.Rows("table-processes").Single()[..9]);
        Assert.Contains("1 pool of which only the number of handles is known", report.Section("pictures").Value);
        Assert.Contains("The statistics count 500 handles, without nodes and owners.", report.Section("notes").Value);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    public void A_state_that_tells_few_owners_is_no_verdict(int known)
    {
        StringBuilder text = new("binder proc state:\nproc 7\ncontext binder\n");
        for (int node = 1; node <= known; node++)
            text.Append(CultureInfo.InvariantCulture, $"  node {node}: u0 c0 hs 1 hw 1\n");
        text.Append("proc 10\ncontext binder\n");
        for (int node = 1; node <= 3_000; node++)
            text.Append(CultureInfo.InvariantCulture, $"  ref {10_000 + node}: desc {node} node {node} s 1 w 1 d 0\n");
        HandleSession session = DumpSource.Read(text.ToString()).Session;
        ReportReader report = ReportReader.Of(session);

        Assert.StartsWith($"No verdict: the owners of {3_000 - known} of 3000 handles are unknown.", report.Verdict);
        Assert.DoesNotContain("No leak suspects", report.Html);
        Assert.Contains("3000 handles, 15.0% of 20000.", report.Section("limits").Value);
        Assert.Equal($"the owners of {3_000 - known} of 3000 handles are unknown", LeakFinder.Find([session]).NoVerdict);
    }

    [Fact]
    public void A_report_finds_suspects_by_the_thresholds_that_it_is_given()
    {
        HandleSession session = World.Holding(81).Session;
        LeakFinderOptions thresholds = new() { MinimumHandles = 80 };

        ReportReader usual = ReportReader.Of(session), strict = ReportReader.Of(ReportReader.Options with { Leaks = thresholds }, session);

        Assert.Empty(LeakFinder.Find([session]).Suspects);
        Assert.Equal("80", Assert.Single(LeakFinder.Find([session], thresholds).Suspects).Handles.ToString(CultureInfo.InvariantCulture));
        Assert.StartsWith("No leak suspects", usual.Verdict);
        Assert.Single(strict.Rows("table-suspects"));
        Assert.Contains("a minimum of 80 handles, a sensitivity of 1.", strict.Section("notes").Value);
        Assert.DoesNotContain("thresholds of this report", usual.Html);
    }

    [Fact]
    public void The_files_of_a_report_are_named_with_their_size_and_hash()
    {
        string[] source = ReportReader.Of(Pixel()).Rows("table-sources").Single();

        Assert.EndsWith("state-pixel.txt", source[0]);
        Assert.Equal(new FileInfo(DumpSource.DataFile("state-pixel.txt")).Length, Number(source[1]));
        Assert.Equal("State", source[3]);
        Assert.Contains("not read from a dump", ReportReader.Of(new HandleSession()).Section("sources").Value);
    }

    [Fact]
    public void A_file_of_several_texts_is_one_row_with_its_build()
    {
        string path = "/very/long/" + new string('x', 300) + "/bugreport.zip";
        HandleSession session = new();
        session.SourceList.Add(new HandleSource(path, HandleSourceKind.State, 1_234, new string('a', 64), "google/<b>/1"));
        session.SourceList.Add(new HandleSource(path, HandleSourceKind.Statistics, 1_234, new string('a', 64), "google/<b>/1"));
        session.SourceList.Add(new HandleSource("copy.zip", HandleSourceKind.State, 1_234, new string('a', 64), "google/<b>/1"));
        session.SourceList.Add(new HandleSource("other.txt", HandleSourceKind.Transactions, 5, null, null));

        string[][] files = ReportReader.Of(session).Rows("table-sources");

        Assert.Equal([path, "1234", new string('a', 64), "State, Statistics", "google/<b>/1"], files[0]);
        Assert.Equal("copy.zip", files[1][0]);
        Assert.Equal(["other.txt", "5", "unknown", "Transactions", ""], files[2]);
    }

    [Fact]
    public void The_text_for_a_ticket_is_the_beginning_of_the_markdown()
    {
        HandleSession session = new("<b>`|</b>");
        session.CreateProcess("@app").AddReference(session.CreateNode(session.CreateProcess("a\n# b")));
        string markdown = ReportReader.Write(ReportReader.Options with { Format = HandleReportFormat.Markdown }, session);

        string ticket = ReportReader.Of(session).ById("ticket").Value;
        Assert.StartsWith("# Binder handles: ", ticket);
        Assert.StartsWith(ticket[..ticket.IndexOf("## Dump", StringComparison.Ordinal)], markdown);
        Assert.Contains(ticket[ticket.IndexOf("## Dump", StringComparison.Ordinal)..].TrimEnd(), markdown);
    }

    [Fact]
    public void Suspects_show_their_count_threshold_and_its_source()
    {
        ReportReader report = ReportReader.Of(Pixel());

        string section = report.Section("suspects").Value;
        Assert.Matches("Size: 194, [0-9.]+ times the threshold of [0-9,]+, which is from (healthy phones|its peers)", section);
        Assert.Contains("Threshold", report.Headings("table-suspects"));
    }

    [Fact]
    public void Suspects_are_marked_in_tables_bars_and_matrix_with_a_link()
    {
        ReportReader report = ReportReader.Of(Hourly(1_000, 2_000, 3_100, 4_000));

        foreach (string table in (string[])["table-pairs", "table-owners", "table-holders", "table-processes", "table-changes", "table-growth"])
            Assert.Contains(report.ById(table).Parent!.Descendants("a"), link => link.Value == "suspect 1" && link.Attribute("href")!.Value == "#suspect-1");
        XElement cell = Assert.Single(report.Section("matrix").Descendants("td"), cell => cell.Attribute("class")?.Value.EndsWith("suspect", StringComparison.Ordinal) == true);
        Assert.Equal(("4000", "4000, suspect 1"), (cell.Value, cell.Element("a")!.Attribute("aria-label")!.Value));
        Assert.Single(report.Section("pairs").Descendants("rect"), rect => (string?)rect.Attribute("class") == "bad");
    }

    [Fact]
    public void Numbers_of_handles_follow_the_names_so_that_a_phone_shows_them()
    {
        ReportReader report = ReportReader.Of(Hourly(1_000, 2_000, 3_100, 4_000));

        foreach ((string table, string heading, int column) in ((string, string, int)[])
            [("table-pairs", "Handles", 2), ("table-owners", "Handles", 1), ("table-holders", "Handles", 1), ("table-processes", "Handles", 2),
            ("table-changes", "Change", 2), ("table-suspects", "Handles", 3), ("table-series", "Handles", 3)])
            Assert.Equal((table, column), (table, Array.IndexOf(report.Headings(table), heading)));
    }

    [Fact]
    public void Bitmaps_are_folded()
    {
        XElement section = ReportReader.Of(Pixel()).Section("pictures");

        Assert.NotEmpty(section.Descendants("details"));
        Assert.DoesNotContain(section.Descendants("details"), details => details.Attribute("open") is not null);
        Assert.All(section.Descendants("svg"), picture => Assert.Contains(picture.Ancestors("details"), _ => true));
    }

    [Fact]
    public void The_chart_has_clock_times_the_limit_and_the_forecast()
    {
        ReportReader report = ReportReader.Of(Hourly(1_000, 2_000, 3_100, 4_000));

        XElement plot = report.Section("growth").Descendants("svg").Single(svg => (string?)svg.Attribute("class") == "plot");
        string[] texts = [.. plot.Elements("text").Select(text => text.Value)];
        Assert.Subset(texts.ToHashSet(), new HashSet<string> { "10:00", "12:00", "14:00", "2026-11-01", "limit 6000", "A 4000" });
        Assert.Single(plot.Elements("line"), line => (string?)line.Attribute("class") == "limit");
        XElement forecast = Assert.Single(plot.Elements("line"), line => (string?)line.Attribute("class") == "forecast s0");
        XElement limit = plot.Elements("line").Single(line => (string?)line.Attribute("class") == "limit");
        Assert.Equal(limit.Attribute("y1")!.Value, forecast.Attribute("y2")!.Value);
        Assert.Single(plot.Descendants("polygon"));
        Assert.Contains("forecasts at the rate so far", report.Section("growth").Value);
    }

    [Fact]
    public void A_limit_far_above_the_counts_is_named_below_the_chart()
    {
        ReportReader report = ReportReader.Of(Hourly(10, 110, 200, 310));

        XElement plot = report.Section("growth").Descendants("svg").Single(svg => (string?)svg.Attribute("class") == "plot");
        Assert.DoesNotContain(plot.Elements("line"), line => (string?)line.Attribute("class") == "limit");
        Assert.Contains("Above the chart: the limit of 6000.", report.Section("growth").Value);
    }

    [Fact]
    public void Times_at_the_ends_of_the_calendar_do_no_harm_to_the_chart()
    {
        HandleSession[] late = Hourly(1_000, 2_000, 3_100, 4_000);
        for (int index = 0; index < late.Length; index++)
            late[index].Time = DateTimeOffset.MaxValue.AddMinutes(index - 3);
        HandleSession[] early = Hourly(1_000, 2_000, 3_100, 4_000);
        for (int index = 0; index < early.Length; index++)
            early[index].Time = new DateTimeOffset(DateTime.MinValue.AddHours(12), TimeSpan.FromHours(12)).AddMinutes(index).ToOffset(TimeSpan.FromHours(index));

        Assert.True(ReportReader.Of(late).Has("growth-title"));
        Assert.True(ReportReader.Of(early).Has("growth-title"));
        Assert.True(ReportReader.Of(early[0], late[3]).Has("growth-title"));
    }

    [Fact]
    public void Sessions_of_another_device_are_left_out_with_a_note()
    {
        HandleSession other = new("other");
        for (int index = 0; index < 9; index++)
            other.CreateProcess($"x{index}", 500 + index).AddReference(other.CreateNode(other.GetProcesses()[0]));

        ReportReader report = ReportReader.Of(other, Grown(50), Grown(60));

        Assert.Equal(2, report.Rows("table-series").Length);
        Assert.Contains("'other' was left out of the series.", report.Verdict);
    }

    [Fact]
    public void Exited_processes_are_named_as_owners_of_dead_nodes_only()
    {
        HandleSession session = new();
        HandleProcess gone = session.CreateProcess("gone");
        HandleProcess holder = session.CreateProcess("holder");
        holder.AddReference(session.CreateNode(gone));
        session.ExitProcess(gone);

        ReportReader report = ReportReader.Of(session);

        Assert.Equal("holder", Assert.Single(report.Rows("table-processes"))[0]);
        Assert.Equal(["holder (2)", "gone (1), dead nodes", "1", "100.0%", "1"], Assert.Single(report.Rows("table-pairs"))[..5]);
    }

    [Fact]
    public void One_session_has_no_parts_about_a_series()
    {
        ReportReader report = ReportReader.Of(Pixel());

        Assert.False(report.Has("growth"));
        Assert.False(report.Has("comparison"));
        Assert.Single(report.Rows("table-series"));
    }

    [Fact]
    public void Anomalies_are_listed_with_their_file_and_line()
    {
        HandleSession session = DumpSource.Read("binder state:\nproc 1\ncontext binder\n  node 1: u0 c0 hs 1 hw 1\n  ref 2: desc 1 node 7 s 1 w 1 d 0\n").Session;
        Assert.NotEmpty(session.Findings);

        string[] row = ReportReader.Of(session).Rows("table-anomalies")[0];

        Assert.Equal(session.Findings[0].Kind.ToString(), row[0]);
        Assert.Equal(session.Findings[0].Message, row[1]);
        Assert.Equal("state.txt", row[^2]);
    }

    [Fact]
    public void A_series_shows_growth_as_a_line_a_suspect_and_an_overall_change()
    {
        HandleSession[] series = [Grown(50), Grown(250), Grown(500), Grown(750)];
        ReportReader report = ReportReader.Of(series);

        Assert.Equal("Binder handles: Session to Session", report.Title);
        Assert.Equal(["1", "Session", "unknown", "53", "5"], report.Rows("table-series")[0][..5]);
        Assert.Equal(["A: leaky (2) \u2192 server (1) suspect 1", "50", "250", "500", "750"], report.Rows("table-growth")[0]);
        Assert.Equal(["leaky (2)", "server (1) suspect 1", "+700", "50", "750", "700", "0"], report.Rows("table-changes")[0][..7]);
        Assert.Equal(["1", "leaky (2)", "server (1)", "750"], report.Rows("table-suspects")[0][..4]);
        Assert.Contains("50, 250, 500, 750 (+700)", report.Section("suspects").Value);
        XElement plot = report.Section("growth").Descendants("svg").Single(svg => (string?)svg.Attribute("class") == "plot");
        Assert.Equal(3, plot.Elements("line").Count(line => (string?)line.Attribute("class") == "s s0"));
        Assert.Contains(plot.Elements("text"), text => text.Value == "A 750");
    }

    [Fact]
    public void A_series_in_a_report_is_sorted_by_the_times_shown()
    {
        HandleSession early = Grown(50);
        HandleSession late = Grown(750);
        late.Time = new DateTimeOffset(2026, 11, 1, 12, 0, 0, TimeSpan.FromHours(1));
        early.Time = new DateTimeOffset(2026, 11, 1, 10, 0, 0, TimeSpan.Zero);

        ReportReader report = ReportReader.Of(early, late);
        Assert.Equal("2026-11-01 10:00:00 +00:00", report.Rows("table-series")[0][2]);
        Assert.Contains("1 h 0 min 0 s later", report.Section("comparison").Value);
        Assert.Equal("+700", report.Rows("table-changes")[0][2]);
        Assert.Equal(report.Html, ReportReader.Of(late, early).Html);
    }

    [Fact]
    public void A_holder_that_grows_by_unknown_or_by_many_owners_is_a_suspect()
    {
        string[][] byUnknown = ReportReader.Of(Spread(20, 1), Spread(600, 1), Spread(1_200, 1)).Rows("table-suspects");
        string[][] byMany = ReportReader.Of(Spread(10, 1), Spread(10, 20), Spread(10, 39)).Rows("table-suspects");

        Assert.Contains(byUnknown, row => row[1] == "holder (1)" && row[2] == "(unknown)");
        Assert.Contains(byMany, row => row[1] == "holder (1)" && row[2] == "(all)");

        static HandleSession Spread(int unknown, int ofEach)
        {
            StringBuilder text = new("binder state:\n");
            StringBuilder held = new("proc 1 (holder)\ncontext binder\n");
            int handle = 1;
            for (int node = 1; node <= unknown; node++)
                held.Append(CultureInfo.InvariantCulture, $"  ref {900_000 + node}: desc {handle++} node {900_000 + node} s 1 w 1 d 0\n");
            for (int pid = 2; pid <= 60; pid++)
            {
                text.Append(CultureInfo.InvariantCulture, $"proc {pid}\ncontext binder\n");
                for (int node = 1; node <= 39; node++)
                    text.Append(CultureInfo.InvariantCulture, $"  node {(pid * 1000) + node}: u0 c0 hs 1 hw 1\n");

                // The handles of the others do not change.
                text.Append(CultureInfo.InvariantCulture, $"  ref {pid}: desc 1 node {2001 + (pid % 30 * 1000)} s 1 w 1 d 0\n");
                for (int node = 1; node <= ofEach; node++)
                    held.Append(CultureInfo.InvariantCulture, $"  ref {(pid * 1000) + node}: desc {handle++} node {(pid * 1000) + node} s 1 w 1 d 0\n");
            }

            return DumpSource.Read(text.Append(held).ToString()).Session;
        }
    }

    [Fact]
    public void A_line_breaks_where_its_process_was_not_running_or_restarted()
    {
        HandleSession[] series = [Grown(100), Grown(200, leakyId: null), Grown(300), Grown(400), Grown(900, leakyId: 77)];
        ReportReader report = ReportReader.Of(series);

        Assert.Equal(["A: leaky (77) \u2192 server (1) suspect 1", "100", "", "300", "400", "900"], report.Rows("table-growth")[0]);
        XElement plot = report.Section("growth").Descendants("svg").Single(svg => (string?)svg.Attribute("class") == "plot");
        XElement joined = Assert.Single(plot.Elements("line"), line => (string?)line.Attribute("class") == "s s0");
        Assert.Equal(("50%", "75%"), (joined.Attribute("x1")!.Value, joined.Attribute("x2")!.Value));
        Assert.Equal(4, plot.Descendants("path").Count(marker => (string?)marker.Attribute("class") == "dot s0"));
    }

    [Fact]
    public void Tables_are_cut_at_the_limits_of_the_options_with_a_note()
    {
        HandleSession session = new();
        HandleProcess owner = session.CreateProcess("owner");
        HandleProcess leaky = session.CreateProcess("leaky");
        for (int count = 0; count < 300; count++)
            leaky.AddReference(session.CreateNode(owner), strong: 0, weak: 1);
        for (int count = 0; count < 9; count++)
            session.CreateProcess().AddReference(session.CreateNode(owner));

        ReportReader report = ReportReader.Of(ReportReader.Options with { MaxRows = 4, MaxReferences = 20 }, session);

        Assert.Equal(4, report.Rows("table-pairs").Length);
        Assert.EndsWith("The first 4 of 10; 6 are left out.", report.Caption("table-pairs"));
        Assert.Equal(20, report.Rows("table-suspect-1").Length);
        Assert.EndsWith("The first 20 of 300; 280 are left out.", report.Caption("table-suspect-1"));
    }

    [Fact]
    public void Limits_that_are_near_are_reported()
    {
        HandleSession session = new();
        HandleProcess owner = session.CreateProcess("owner");
        HandleProcess holder = session.CreateProcess("holder");
        for (int count = 0; count < 5_600; count++)
            holder.AddReference(session.CreateNode(owner));

        ReportReader report = ReportReader.Of(session);

        string[][] near = report.Rows("table-near");
        Assert.Equal(["holder (2)", "owner (1) suspect 1", "5600", "2500", "224.0%"], near[0][..5]);
        Assert.Single(near);
        Assert.Contains("1 count is near or beyond one of Android's limits.", report.Section("summary").Value);
        Assert.StartsWith("It is already beyond 2500 handles:", report.Answer("When it ends"));
        Assert.StartsWith("Restart the processes now. ", report.Answer("What to do"));
    }

    [Fact]
    public void Pictures_have_a_cell_for_each_handle_or_for_many()
    {
        HandleSession session = new();
        HandleProcess owner = session.CreateProcess("owner");
        HandleProcess small = session.CreateProcess("small");
        HandleProcess large = session.CreateProcess("large");
        for (int count = 0; count < 3; count++)
            small.AddReference(session.CreateNode(owner));
        for (int count = 0; count < 2_100; count++)
            large.AddReference(session.CreateNode(owner));
        for (int handle = 8; handle < 12; handle++)
            large.DropReference(handle);

        XElement[] pictures = [.. ReportReader.Of(session).Section("pictures").Descendants("svg")];

        Assert.Equal(2, pictures.Length);
        Assert.Equal("0 0 64 16", pictures[0].Attribute("viewBox")!.Value);
        Assert.Contains("A cell covers 4 handles, a row 256.", pictures[0].Element("desc")!.Value);
        Assert.Equal("M1 0h1M3 0h61M0 1h64M0 2h64M0 3h64M0 4h64M0 5h64M0 6h64M0 7h64M0 8h13", PathOf(pictures[0], 5));
        Assert.Equal("M0 0h1", PathOf(pictures[0], 4));
        Assert.Equal("0 0 64 1", pictures[1].Attribute("viewBox")!.Value);
        Assert.Equal("M1 0h3", PathOf(pictures[1], 5));

        static string PathOf(XElement picture, int level) =>
            picture.Descendants("path").Single(path => (string?)path.Attribute("class") == $"b{level}").Attribute("d")!.Value;
    }

    [Fact]
    public void A_report_of_300_processes_with_scattered_handles_is_below_5_megabytes()
    {
        HandleSession session = new();
        HandleProcess[] processes = [.. Enumerable.Range(0, 300).Select(index => session.CreateProcess($"com.example.some.longer.process.name.{index}"))];
        for (int index = 0; index < processes.Length; index++)
        {
            for (int count = 0; count < 1_000; count++)
                processes[index].AddReference(session.CreateNode(processes[(index + 1 + (count % 40)) % processes.Length]));
            for (int handle = 1; handle <= 1_000; handle += 2)
                processes[index].DropReference(handle);
        }

        using MemoryStream stream = new();
        HandleReport.Write(stream, [session]);

        Assert.InRange(stream.Length, 1, 5_000_000);
    }

    [Fact]
    public void A_report_of_500_suspects_lists_all_and_details_the_first_50()
    {
        HandleSession session = new();
        HandleProcess[] processes = [.. Enumerable.Range(0, 600).Select(index => session.CreateProcess($"com.example.process{index}"))];
        for (int index = 0; index < processes.Length; index++)
        {
            for (int count = 0; count < (index < 500 ? 400 : 1); count++)
                processes[index].AddReference(session.CreateNode(processes[(index + 1) % 600]));
            for (int other = 2; other < 8; other++)
                processes[index].AddReference(session.CreateNode(processes[(index + other) % 600]));
        }

        ReportReader report = ReportReader.Of(session);

        Assert.Equal(500, report.Rows("table-suspects").Length);
        Assert.Equal(50, report.Section("suspects").Elements("h3").Count());
        Assert.Contains("495 more are listed below.", report.Verdict);
        Assert.InRange(report.Html.Length, 1, 6_000_000);
        Assert.InRange(ReportReader.Write(ReportReader.Options with { Format = HandleReportFormat.Markdown }, session).Length, 1, 200_000);
    }

    [Fact]
    public void A_report_replaces_the_existing_file_atomically()
    {
        string path = Path.Combine(Directory.CreateTempSubdirectory("report").FullName, "report.html");
        File.WriteAllText(path, new string('x', 1_000_000));

        HandleReport.WriteFile(path, [Pixel()], ReportReader.Options);

        Assert.Equal(ReportReader.Of(Pixel()).Html, File.ReadAllText(path));
        Assert.Single(Directory.GetFiles(Path.GetDirectoryName(path)!));
        Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
    }

    [Fact]
    public void A_report_needs_distinct_sessions()
    {
        HandleSession session = new();

        Assert.Throws<ArgumentException>(() => HandleReport.Write(Stream.Null, []));
        Assert.Throws<ArgumentException>(() => HandleReport.Write(Stream.Null, [session, session]));
    }

    private static HandleSession Pixel() => DumpReader.ReadFile(DumpSource.DataFile("state-pixel.txt")).Single().Session;

    /// <summary>Creates a session of a server, three processes that hold one node of it each, and one that holds a given number.</summary>
    private static HandleSession Grown(int handles, int? leakyId = 2)
    {
        HandleSession session = new();
        HandleProcess server = session.CreateProcess("server", 1);
        HandleProcess? leaky = leakyId is { } id ? session.CreateProcess("leaky", id) : null;
        for (int index = 0; index < 3; index++)
            session.CreateProcess($"app{index}", 10 + index).AddReference(session.CreateNode(server));
        for (int count = 0; count < handles; count++)
            leaky?.AddReference(session.CreateNode(server));
        return session;
    }

    /// <summary>Creates sessions of one hour each, in which the system server holds these numbers of handles of an app.</summary>
    private static HandleSession[] Hourly(params int[] counts) => [.. counts.Select((count, hour) =>
    {
        HandleSession session = new($"hour {hour}") { Time = new DateTimeOffset(2026, 11, 1, 10 + hour, 0, 0, TimeSpan.Zero) };
        HandleProcess system = session.CreateProcess("system_server", 1);
        HandleProcess app = session.CreateProcess("app", 2);
        for (int index = 0; index < count; index++)
            system.AddReference(session.CreateNode(app));
        return session;
    })];

    private static HandleSession ReadDump(string text) => DumpSource.Read(text).Session;

    private static int Number(string text) => text.Length == 0 ? 0 : int.Parse(text, NumberStyles.AllowThousands, CultureInfo.InvariantCulture);
}
