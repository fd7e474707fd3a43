using HandlePool.Reports.Markup;
using static HandlePool.Reports.ReportNames;

namespace HandlePool.Reports;

/// <summary>Shows counts over a series as lines, with a legend and the numbers.</summary>
internal static class GrowthSection
{
    private const int Height = 320;
    private const int Bottom = Height - 30;
    private const int Top = 10;
    private const int LabelHeight = 15;
    private const int MostMarkers = 24;
    private const double LeastLabelGap = 6;

    /// <summary>The markers of the lines, around 0, so that lines differ by more than their color.</summary>
    private static readonly string[] Markers =
    [
        "M-4 0a4 4 0 1 0 8 0a4 4 0 1 0 -8 0z", "M-3.5 -3.5h7v7h-7z", "M0 -5L5 0L0 5L-5 0z", "M0 -5L4.5 3.5h-9z",
        "M0 5L4.5 -3.5h-9z", "M-4.5 -2h9v4h-9z", "M-2 -4.5h4v9h-4z", "M-4 -4L4 4M4 -4L-4 4",
    ];

    internal static Html Of(GrowthLines growth, ReportData data)
    {
        (GrowthLine Line, int Index)[] rows = [.. growth.Lines.Select((line, index) => (line, index))];
        return Html.Section("growth", "Growth over the series", rows.Length == 0
            ? Html.Of($"<p>No process holds a handle.</p>\n")
            : $"""
                <p>{(growth.HasGrown ? "The largest growth, suspects first." : "Nothing grew; these are the largest pairs.")}
                A line has a gap where one of its processes was not running, and starts over where one was restarted.</p>
                <figure>{Chart(growth.Lines, data)}<ul class="legend">{Html.Each(rows, row => Legend(row.Line, row.Index, data))}</ul>
                <figcaption>{Describe(data)} The numbers are in the table below.</figcaption></figure>{Table(rows, data)}
                """);
    }

    private static string Describe(ReportData data) => data.HasTimes
        ? $"Handles per dump on a time axis, from {ReportText.Time(data.First.Time!.Value)} to {ReportText.Time(data.Last.Time!.Value)}."
        : "Handles per dump, in the order given; not all times are known.";

    private static Html Legend(GrowthLine line, int index, ReportData data) => $"""
        <li><svg width="44" height="14" aria-hidden="true"><line class="s s{index}" x1="2" y1="7" x2="42" y2="7"/>
        <path class="dot s{index}" transform="translate(22 7)" d="{Markers[index]}"/>
        </svg>
        <span>{Name(line, index, data)}</span></li>

        """;

    private static Html Table((GrowthLine Line, int Index)[] rows, ReportData data) =>
        HtmlTable.Of("table-growth", "Handles per dump. Empty: not running.", rows, rows.Length,
        [
            new("Line", row => Name(row.Line, row.Index, data)),
            .. data.Series.Select((_, dump) =>
                new HtmlColumn<(GrowthLine Line, int Index)>($"No. {dump + 1}", row => row.Line.Counts[dump])),
        ]);

    private static char Letter(int index) => (char)('A' + index);

    private static Html Name(GrowthLine line, int index, ReportData data) => $"{Letter(index)}: {Holder(line.Key.Holder, line.HolderName)}"
        + $" \u2192 {Owner(line.Key.Owner, line.OwnerName, line.Key.IsDead)}{ContextIfMany(data, line.Key.Context)}";

    private static Html Chart(IReadOnlyList<GrowthLine> lines, ReportData data)
    {
        // Positions across are percentages, so that the chart fits any width and its text keeps its size.
        double[] across = PlaceDumps(data);
        int most = lines.Max(line => line.Counts.Max() ?? 0);
        long step = StepFor(most);
        long limit = Math.Max(1, (most + step - 1) / step) * step;
        string ends = string.Join("; ",
            lines.Select((line, index) => $"{Letter(index)} ends at {ReportText.Number(line.Counts[^1] ?? 0)}"));
        Html chart = $"""
            <div class="chart"><svg class="plot" height="{Height}" role="img" aria-labelledby="growth-title growth-text">
            <title id="growth-title">Handles over the series</title>
            <desc id="growth-text">{ReportText.Count(lines.Count, "line")} over {ReportText.Count(across.Length, "dump")}: {ends}.</desc>
            """;
        for (long value = 0; value <= limit; value += step)
        {
            double y = ToY(value, limit);
            chart.Append($"""
                <line class="{(value == 0 ? "axis" : "grid")}" x1="0%" x2="100%" y1="{y:0.##}" y2="{y:0.##}"/>
                <text class="m" x="-8" y="{y:0.##}" dy="4" text-anchor="end">{value:N0}</text>

                """);
        }

        double labelled = double.NegativeInfinity;
        for (int dump = 0; dump < across.Length; dump++)
        {
            bool isLast = dump == across.Length - 1;
            if (across[dump] - labelled < LeastLabelGap || (!isLast && across[^1] - across[dump] < LeastLabelGap && dump > 0))
                continue;
            labelled = across[dump];
            chart.Append($"<text class=\"m\" x=\"{across[dump]:0.##}%\" y=\"{Height - 12}\" text-anchor=\"middle\">{dump + 1}</text>\n");
        }

        for (int index = 0; index < lines.Count; index++)
            chart.Append(Line(lines[index], index, across, limit));
        return $"{chart}{EndLabels(lines, limit)}</svg>\n</div>";
    }

    private static Html Line(GrowthLine line, int index, double[] across, long limit)
    {
        Html drawn = $"";
        for (int dump = 1; dump < across.Length; dump++)
        {
            if (!line.IsJoined[dump] || line.Counts[dump - 1] is not { } from || line.Counts[dump] is not { } to)
                continue;
            drawn.Append($"<line class=\"s s{index}\" x1=\"{across[dump - 1]:0.##}%\" y1=\"{ToY(from, limit):0.##}\" "
                + $"x2=\"{across[dump]:0.##}%\" y2=\"{ToY(to, limit):0.##}\"/>\n");
        }

        int every = (across.Length + MostMarkers - 1) / MostMarkers;
        for (int dump = 0; dump < across.Length; dump++)
        {
            // The first and the last count of each stretch always have a marker.
            bool isEnd = dump == across.Length - 1 || !line.IsJoined[dump] || !line.IsJoined[dump + 1];
            if (line.Counts[dump] is not { } count || (dump % every != 0 && !isEnd))
                continue;
            drawn.Append($"""
                <svg x="{across[dump]:0.##}%" y="{ToY(count, limit):0.##}" overflow="visible" aria-hidden="true">
                <path class="dot s{index}" d="{Markers[index]}"/></svg>

                """);
        }

        return drawn;
    }

    /// <summary>Labels the lines at their ends, moved apart so that labels do not overlap.</summary>
    private static Html EndLabels(IReadOnlyList<GrowthLine> lines, long limit)
    {
        (int Index, int Count, double Y)[] labels = [.. lines
            .Select((line, index) => (Index: index, Count: line.Counts[^1] ?? 0))
            .OrderByDescending(label => label.Count)
            .Select(label => (label.Index, label.Count, ToY(label.Count, limit)))];
        for (int i = 1; i < labels.Length; i++)
            labels[i].Y = Math.Max(labels[i].Y, labels[i - 1].Y + LabelHeight);
        double lowest = Bottom;
        for (int i = labels.Length - 1; i >= 0; i--)
        {
            labels[i].Y = Math.Min(labels[i].Y, lowest);
            lowest = labels[i].Y - LabelHeight;
        }

        return Html.Each(labels, label => $"""
            <text x="100%" dx="10" y="{label.Y:0.##}" dy="4">{Letter(label.Index)} {label.Count:N0}</text>

            """);
    }

    /// <summary>Returns the positions of the dumps across the chart, 0 to 100.</summary>
    private static double[] PlaceDumps(ReportData data)
    {
        TimeSpan span = data.HasTimes ? data.Last.Time!.Value - data.First.Time!.Value : TimeSpan.Zero;
        return [.. data.Series.Select((session, index) => span > TimeSpan.Zero
            ? 100 * ((session.Time!.Value - data.First.Time!.Value) / span)
            : 100.0 * index / (data.Series.Length - 1))];
    }

    /// <summary>Returns the distance of the grid lines: 1, 2 or 5 times a power of ten, for 6 lines at most.</summary>
    private static long StepFor(int most)
    {
        long power = 1;
        while (true)
        {
            foreach (long step in (long[])[power, 2 * power, 5 * power])
            {
                if (5 * step >= most)
                    return step;
            }

            power *= 10;
        }
    }

    private static double ToY(long value, long limit) => Bottom - ((Bottom - Top) * ((double)value / limit));
}
