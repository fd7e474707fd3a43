using HandlePool.Gates;
using HandlePool.Reports.Markup;
using HandlePool.Text;

namespace HandlePool.Reports;

/// <summary>Writes results as Markdown for the summary of a job.</summary>
internal static class GrowthMarkdown
{
    // GitHub shows a summary of up to 1 MB.
    private const int MostProblems = 200;
    private const int MostPassed = 20;
    private const int LongestEvidence = 600;

    internal static string Write(IReadOnlyList<HandleGrowthResult> results)
    {
        using StringWriter text = new();
        MarkdownWriter to = new(text);
        HandleGrowthResult[] failed = [.. results.Where(result => result.Outcome == HandleGrowthOutcome.Failed)];
        HandleGrowthResult[] undecidable = [.. results.Where(result => result.Outcome == HandleGrowthOutcome.Undecidable)];
        HandleGrowthResult[] passed = [.. results.Where(result => result.Outcome == HandleGrowthOutcome.Passed)

            // Nearest to what is allowed first.
            .OrderByDescending(result => result.Allowed > 0 ? result.Measured / result.Allowed : result.Measured)];
        to.Heading($"Handle growth: {(failed.Length > 0 ? "failed" : undecidable.Length > 0 ? "undecidable" : "passed")}");
        to.Paragraph($"{Phrase.Count(failed.Length, "result")} failed, {undecidable.Length} undecidable, {passed.Length} passed.");
        if (failed.Length > 0)
            WriteTable(to, "Failed.", failed, MostProblems);
        if (undecidable.Length > 0)
            WriteTable(to, "Undecidable: the samples do not tell.", undecidable, MostProblems);
        if (passed.Length > 0)
            WriteTable(to, "Passed, those nearest to what is allowed first.", passed, MostPassed);
        return text.ToString().TrimEnd('\n') + "\n";
    }

    private static void WriteTable(MarkdownWriter to, string caption, HandleGrowthResult[] results, int most) =>
        to.Table("results", caption, results, most, fold: null,
            new("Rule", result => Prose.Name(result.Rule)),
            Array.Exists(results, result => result.Device is not null) ? new("Device", result => result.Device is { } device ? Prose.Name(device) : $"") : null,
            new("Holder", result => Prose.Name(result.Holder)),
            new("Owner", result => Prose.Name(result.Interface ?? result.Owner)),
            new("Measured", result => $"{result.Measured:0.###}", IsNumber: true),
            new("Allowed", result => $"{result.Allowed:0.###}", IsNumber: true),
            new("Unit", result => $"{result.Unit}"),
            new("Evidence", result => Prose.Sentence(result.Evidence, LongestEvidence)),
            Array.Exists(results, result => result.Path is not null) ? new("Where", result => GrowthReport.PlaceOf(result) is { } place ? Prose.Name(place, 300) : $"") : null);
}
