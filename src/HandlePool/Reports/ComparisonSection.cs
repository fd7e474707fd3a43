using HandlePool.Analysis;

namespace HandlePool.Reports;

/// <summary>What changed from the first session of a series to the last.</summary>
internal static class ComparisonSection
{
    internal static void Write(HtmlWriter html, SessionComparison comparison, ReportData data)
    {
        ReportPage.OpenSection(html, "comparison", "From the first to the last dump");
        html.Open("p").Text("From ").DumpText(data.First.Name).Text(" to ").DumpText(data.Last.Name);
        if (data.First.Time is { } earlier && data.Last.Time is { } later)
            html.Text($", {Describe(later - earlier)} later");
        html.Text(".").Close();
        foreach (string note in comparison.Notes)
            html.Open("p").Class("note").Text("Note: ").DumpText(note, SuspectSection.LongestReason).Close();

        HandleUsageChange[] changes = [.. comparison.Changes.Where(change => change.Added + change.Removed > 0)];
        int unchanged = comparison.Changes.Count - changes.Length;
        html.Element("p", $"{ReportText.Count(changes.Length, "pair")} changed, {ReportText.Number(unchanged)} did not. Added and removed are nodes, which are the same if their ids are.");
        if (changes.Length > 0)
        {
            ReportTable.OpenDetails(html, changes.Length, "All changes");
            ReportTable.Write(html, "table-changes", "Pairs of which handles came or went, the largest growth first.", changes, data.Options.MaxRows,
                new("Holder", change => html.Process(change.Holder!)),
                new("Owner", change => html.Owner(change.Owner, change.OwnerName, change.IsDead)),
                new("Context", change => html.DumpText(change.Context)),
                new("Before", change => html.Number(change.Before), IsNumber: true),
                new("After", change => html.Number(change.After), IsNumber: true),
                new("Change", change => html.Text(ReportText.Change(change.Net)), IsNumber: true, Sorted: "descending"),
                new("Added", change => html.Number(change.Added), IsNumber: true),
                new("Removed", change => html.Number(change.Removed), IsNumber: true),
                new("Note", change => html.DumpText(change.Note ?? (change.MatchedBy == HandleProcessMatch.None ? "in one of the two only" : ""), SuspectSection.LongestReason)));
            html.Close();
        }

        html.Close();
    }

    private static string Describe(TimeSpan time) => time.TotalHours < 48
        ? $"{ReportText.Number((long)time.TotalHours)} h {time.Minutes} min {time.Seconds} s"
        : $"{ReportText.Number((long)time.TotalDays)} days {time.Hours} h";
}
