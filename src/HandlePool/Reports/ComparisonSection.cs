using HandlePool.Analysis;
using HandlePool.Reports.Markup;
using static HandlePool.Reports.ReportNames;

namespace HandlePool.Reports;

/// <summary>Shows the changes from the first session of a series to the last.</summary>
internal static class ComparisonSection
{
    internal static Html Of(SessionComparison comparison, ReportData data)
    {
        HandleUsageChange[] changes = [.. comparison.Changes.Where(change => change.Added + change.Removed > 0)];
        string later = data.First.Time is { } begin && data.Last.Time is { } end ? $", {Describe(end - begin)} later" : "";
        Html notes = Html.Each(comparison.Notes, note => $"<p class=\"note\">Note: {Html.Isolate(note, LongestSentence)}</p>\n");
        return Html.Section("comparison", "Changes from the first to the last dump", $"""
            <p>From {Html.Isolate(data.First.Name)} to {Html.Isolate(data.Last.Name)}{later}.</p>
            {notes}<p>{ReportText.Count(changes.Length, "pair")} changed, {comparison.Changes.Count - changes.Length:N0} did not. Added and
            Removed count nodes, which are compared by id.</p>
            {(changes.Length > 0 ? Table(changes, data) : null)}
            """);
    }

    private static Html Table(HandleUsageChange[] changes, ReportData data) => HtmlTable.Details(changes.Length, "All changes",
        HtmlTable.Of("table-changes", "Pairs that changed, the largest growth first.", changes, data.Options.MaxRows,
            new("Holder", change => Process(change.Holder!)),
            new("Owner", change => Owner(change.Owner, change.OwnerName, change.IsDead)),
            new("Context", change => Html.Isolate(change.Context)),
            new("Before", change => change.Before),
            new("After", change => change.After),
            new("Change", change => $"{ReportText.Change(change.Net)}", IsNumber: true, Sorted: "descending"),
            new("Added", change => change.Added),
            new("Removed", change => change.Removed),
            new("Note", change => Html.Isolate(Note(change), LongestSentence))));

    private static string Note(HandleUsageChange change) =>
        change.Note ?? (change.MatchedBy == HandleProcessMatch.None ? "in one of the dumps only" : "");

    private static string Describe(TimeSpan time) => time.TotalHours < 48
        ? $"{ReportText.Number((long)time.TotalHours)} h {time.Minutes} min {time.Seconds} s"
        : $"{ReportText.Number((long)time.TotalDays)} days {time.Hours} h";
}
