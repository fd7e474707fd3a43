using HandlePool.Reports.Markup;
using static HandlePool.Reports.ReportNames;

namespace HandlePool.Reports;

/// <summary>Shows counts over a series as a chart and as numbers.</summary>
internal static class GrowthSection
{
    internal static void Write(ReportWriter to, GrowthLines growth, ReportData data)
    {
        if (growth.Lines.Count == 0)
        {
            to.Paragraph($"There are no handles to show.");
            return;
        }

        string what = growth.HasGrown ? "The largest growth, suspects first." : "Nothing grew; these are the largest pairs.";
        to.Paragraph($"{what} A line has a gap where one of its processes was not running, and starts over where one was restarted.");
        to.Picture(() => GrowthChart.Of(growth.Lines, data));
        GrowthLine[] rows = [.. growth.Lines];
        to.Table("table-growth", "Handles per dump. Empty: not running.", rows, rows.Length, fold: null,
        [
            new("Line", line => Name(line, data)),
            .. data.Series.Select((_, dump) => new ReportColumn<GrowthLine>($"No. {dump + 1}", line => line.Counts[dump])),
        ]);
    }

    /// <summary>Returns the name of a line with its letter.</summary>
    internal static Prose Name(GrowthLine line, ReportData data) => $"{line.Letter}: {Holder(line.Key.Holder, line.HolderName)} \u2192 "
        + $"{Owner(line.Key.Owner, line.OwnerName, line.Key.IsDead)}{ContextIfMany(data, line.Key.Context)}{MarkOf(data, line.Suspect)}";
}
