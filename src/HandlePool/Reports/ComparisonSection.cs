using HandlePool.Analysis;
using HandlePool.Reports.Markup;
using HandlePool.Text;
using static HandlePool.Reports.ReportNames;

namespace HandlePool.Reports;

/// <summary>Shows the changes from the first session of a series to the last.</summary>
internal static class ComparisonSection
{
    internal static void Write(ReportWriter to, SessionComparison comparison, ReportData data)
    {
        HandleUsageChange[] changes = [.. comparison.Changes.Where(change => change.Added + change.Removed > 0)];
        string later = data.First.Time is { } begin && data.Last.Time is { } end ? $", {ReportText.Duration(end - begin)} later" : "";
        to.Paragraph($"From {Prose.Name(data.First.Name)} to {Prose.Name(data.Last.Name)}{later}.");
        foreach (string note in comparison.Notes)
            to.Note($"Note: {Prose.Sentence(note, LongestSentence)}");
        to.Paragraph($"{Phrase.Count(changes.Length, "pair")} changed, {comparison.Changes.Count - changes.Length} did not. Added "
            + $"and Removed count nodes, which are compared by id.");
        if (changes.Length == 0)
            return;
        to.Table("table-changes", "Pairs that changed, the largest growth first.", changes, data.Options.MaxRows, "All changes",
            new("Holder", change => Process(change.Holder!)),
            new("Owner", change =>
                $"{Owner(change.Owner, change.OwnerName, change.IsDead)}{MarkOf(data, data.SuspectOf(change.By, change.Key))}"),
            new("Change", change => $"{ReportText.Change(change.Net)}", IsNumber: true, Sorted: "descending"),
            new("Before", change => change.Before),
            new("After", change => change.After),
            new("Added", change => change.Added),
            new("Removed", change => change.Removed),
            ContextColumnIfMany<HandleUsageChange>(data, change => change.Context),
            new("Note", change => Prose.Sentence(Note(change), LongestSentence)));
    }

    private static string Note(HandleUsageChange change) =>
        change.Note ?? (change.MatchedBy == HandleProcessMatch.None ? "in one of the dumps only" : "");
}
