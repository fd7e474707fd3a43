using HandlePool.Analysis;

namespace HandlePool.Reports;

/// <summary>What there is in numbers, and what stands out.</summary>
internal static class SummarySection
{
    internal static void Write(HtmlWriter html, ReportData data)
    {
        ReportPage.OpenSection(html, "summary", "Summary");
        WriteFacts(html, data);
        html.Element("h3", "What stands out");
        WriteStandingOut(html, data);
        if (data.IsSeries)
            WriteSeries(html, data);
        html.Close();
    }

    private static void WriteFacts(HtmlWriter html, ReportData data)
    {
        SessionTotals first = data.Totals[0];
        SessionTotals last = data.Totals[^1];
        html.Open("p").Class("sub").Text(data.IsSeries ? $"{ReportText.Count(data.Series.Length, "dump")}; the last is " : "Session ").DumpText(data.Last.Name);
        html.Text(data.Last.Time is { } time ? $", taken {ReportText.Time(time)}." : ", taken at an unknown time.").Close();
        html.Open("dl").Class("facts");
        Fact("Processes", last.Processes, last.Processes - first.Processes);
        Fact("Handles", last.Handles, last.Handles - first.Handles);
        Fact("Nodes", last.Nodes, last.Nodes - first.Nodes);
        Fact("Handles of dead nodes", last.Dead, last.Dead - first.Dead);
        Fact("Leak suspects", data.Suspects.Count, null);
        Fact("Findings", data.Series.Sum(session => session.Findings.Count), null);
        html.Close();

        void Fact(string name, long number, long? change)
        {
            html.Open("div").Element("dt", name).Open("dd").Number(number);
            if (data.IsSeries && change is { } difference)
                html.Element("small", $"{ReportText.Change(difference)} since the first");
            html.Close().Close();
        }
    }

    private static void WriteStandingOut(HtmlWriter html, ReportData data)
    {
        html.Open("ul");
        if (data.Suspects.Count > 0)
        {
            HandleLeakSuspect first = data.Suspects[0];
            html.Open("li").Text(data.Suspects.Count == 1 ? "Suspect of leaking: " : "Most suspect of leaking: ").Open("strong").Pair(first).Close();
            html.Text($", {ReportText.Count(first.Handles, "handle")}");
            if (first.Kinds.Contains(HandleLeakKind.Growth))
                html.Text($", {ReportText.Change(first.Growth)} over {ReportText.Count(first.Counts.Count, "dump")}");
            html.Text($" ({string.Join(", ", first.Kinds)}). ").Open("a").Class("more").Attribute("href", "#suspects").Text(data.Suspects.Count == 1 ? "Why" : $"All {ReportText.Number(data.Suspects.Count)} suspects").Close();
            html.Close();
        }
        else
        {
            html.Element("li", "Nobody is suspect of leaking handles.");
        }

        int near = data.Owners.Concat(data.Holders).Count(usage => usage.IsNearLimit);
        html.Open("li");
        if (near > 0)
        {
            html.Open("span").Class("warn").Text($"{ReportText.Count(near, "process is", "processes are")} near a limit of Android's, or beyond it.").Close();
            html.Text(" ").Open("a").Class("more").Attribute("href", "#limits").Text("Limits").Close();
        }
        else
        {
            html.Text("Nobody is near a limit of Android's.");
        }

        html.Close();
        if (data.Pairs.Count > 0)
        {
            HandleUsage largest = data.Pairs[0];
            html.Open("li").Text("The largest pair: ").Holder(largest.Holder, largest.HolderName).Text(" holds ")
                .Text($"{ReportText.Count(largest.Handles, "handle")} of ").Owner(largest).Text($", {ReportText.Percent(largest.Share * 100)} of all.").Close();
        }

        int findings = data.Series.Sum(session => session.Findings.Count);
        if (findings > 0)
        {
            html.Open("li").Text($"{ReportText.Count(findings, "thing is", "things are")} odd in the data. ")
                .Open("a").Class("more").Attribute("href", "#findings").Text("Findings").Close().Close();
        }

        int inferred = data.Pools.Count(pool => pool.CapacityInferred);
        if (inferred > 0)
        {
            html.Open("li").Text($"{(inferred == data.Pools.Count ? "All capacities" : ReportText.Count(inferred, "capacity", "capacities"))} of pools "
                + "are inferred from the highest handle: dumps do not tell them. ")
                .Open("a").Class("more").Attribute("href", "#notes").Text("What is inferred").Close().Close();
        }

        html.Close();
    }

    private static void WriteSeries(HtmlWriter html, ReportData data)
    {
        html.Element("h3", "The series");
        (int Number, SessionTotals Totals)[] rows = [.. data.Totals.Select((totals, index) => (index + 1, totals))];
        ReportTable.Write(html, "table-series", "The dumps, the first one first.", rows, data.Options.MaxRows,
            new("No.", row => html.Number(row.Number), IsNumber: true, Sorted: "ascending"),
            new("Dump", row => html.DumpText(row.Totals.Session.Name)),
            new("Taken", row => html.Text(row.Totals.Session.Time is { } time ? ReportText.Time(time) : "unknown")),
            new("Processes", row => html.Number(row.Totals.Processes), IsNumber: true),
            new("Handles", row => html.Number(row.Totals.Handles), IsNumber: true),
            new("Of dead nodes", row => html.Number(row.Totals.Dead), IsNumber: true),
            new("Nodes", row => html.Number(row.Totals.Nodes), IsNumber: true),
            new("Findings", row => html.Number(row.Totals.Session.Findings.Count), IsNumber: true));
    }
}
