using System.Globalization;
using HandlePool.Analysis;

namespace HandlePool.Reports;

/// <summary>Counts over a series as lines, with a legend and the numbers.</summary>
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

    internal static void Write(HtmlWriter html, GrowthLines growth, ReportData data)
    {
        ReportPage.OpenSection(html, "growth", "Growth over the series");
        if (growth.Lines.Count == 0)
        {
            html.Element("p", "No process holds a handle.").Close();
            return;
        }

        html.Element("p", (growth.HasGrown ? "What grew most, suspects first." : "Nothing grew; these are the largest pairs.")
            + " A line has gaps where one of the processes was not running, and begins anew where one was started again.");
        html.Open("figure");
        WriteChart(html, growth.Lines, data);
        html.Open("ul").Class("legend");
        for (int index = 0; index < growth.Lines.Count; index++)
        {
            html.Open("li").Open("svg").Attribute("width", 44).Attribute("height", 14).Attribute("aria-hidden", "true");
            html.Open("line").Class($"s s{index}").Attribute("x1", 2).Attribute("y1", 7).Attribute("x2", 42).Attribute("y2", 7).Close();
            html.Open("path").Class($"dot s{index}").Attribute("transform", "translate(22 7)").Attribute("d", Markers[index]).Close().Close();
            html.Open("span").Text(Letter(index) + ": ");
            WriteName(html, growth.Lines[index], data);
            html.Close().Close();
        }

        html.Close().Open("figcaption").Text(data.HasTimes
            ? $"Handles by dump, placed by time, from {ReportText.Time(data.First.Time!.Value)} to {ReportText.Time(data.Last.Time!.Value)}."
            : "Handles by dump, in the order given; not all times are known.").Text(" The numbers are in the table below.").Close().Close();

        (GrowthLine Line, int Index)[] rows = [.. growth.Lines.Select((line, index) => (line, index))];
        List<ReportColumn<(GrowthLine Line, int Index)>> columns =
        [
            new("Line", row =>
            {
                html.Text(Letter(row.Index) + ": ");
                WriteName(html, row.Line, data);
            }),
            .. Enumerable.Range(0, data.Series.Length).Select(dump => new ReportColumn<(GrowthLine Line, int Index)>($"No. {dump + 1}",
                row => html.Text(row.Line.Counts[dump] is { } count ? ReportText.Number(count) : ""), IsNumber: true)),
        ];
        ReportTable.Write(html, "table-growth", "Handles by dump. Empty: not running.", rows, rows.Length, [.. columns]);
        html.Close();
    }

    private static string Letter(int index) => ((char)('A' + index)).ToString();

    private static void WriteName(HtmlWriter html, GrowthLine line, ReportData data) => html.Holder(line.Key.Holder, line.HolderName)
        .Text(" \u2192 ").Owner(line.Key.Owner, line.OwnerName, line.Key.IsDead).ContextIfMany(data, line.Key.Context);

    private static void WriteChart(HtmlWriter html, IReadOnlyList<GrowthLine> lines, ReportData data)
    {
        // What is across is in percent, so that the chart fits each width and its text keeps its size.
        double[] across = PlaceDumps(data);
        int most = lines.Max(line => line.Counts.Max() ?? 0);
        long step = StepFor(most);
        long limit = Math.Max(1, (most + step - 1) / step) * step;
        html.Open("div").Class("chart");
        html.Open("svg").Class("plot").Attribute("height", Height).Attribute("role", "img").Attribute("aria-labelledby", "growth-title growth-text");
        html.Open("title").Attribute("id", "growth-title").Text("Handles over the series").Close();
        html.Open("desc").Attribute("id", "growth-text").Text($"{ReportText.Count(lines.Count, "line")} over {ReportText.Count(across.Length, "dump")}: "
            + string.Join("; ", lines.Select((line, index) => $"{Letter(index)} ends at {ReportText.Number(line.Counts[^1] ?? 0)}")) + ".").Close();
        for (long value = 0; value <= limit; value += step)
        {
            string y = Y(value, limit);
            html.Open("line").Class(value == 0 ? "axis" : "grid").Attribute("x1", "0%").Attribute("x2", "100%").Attribute("y1", y).Attribute("y2", y).Close();
            html.Open("text").Class("m").Attribute("x", -8).Attribute("y", y).Attribute("dy", 4).Attribute("text-anchor", "end").Number(value).Close();
        }

        double labelled = double.NegativeInfinity;
        for (int dump = 0; dump < across.Length; dump++)
        {
            bool isLast = dump == across.Length - 1;
            if (across[dump] - labelled < LeastLabelGap || (!isLast && across[^1] - across[dump] < LeastLabelGap && dump > 0))
                continue;
            labelled = across[dump];
            html.Open("text").Class("m").Attribute("x", Percent(across[dump])).Attribute("y", Height - 12).Attribute("text-anchor", "middle").Text($"{dump + 1}").Close();
        }

        for (int index = 0; index < lines.Count; index++)
            WriteLine(html, lines[index], index, across, limit);
        WriteEndLabels(html, lines, limit);
        html.Close().Close();
    }

    private static void WriteLine(HtmlWriter html, GrowthLine line, int index, double[] across, long limit)
    {
        for (int dump = 1; dump < across.Length; dump++)
        {
            if (!line.IsJoined[dump] || line.Counts[dump - 1] is not { } from || line.Counts[dump] is not { } to)
                continue;
            html.Open("line").Class($"s s{index}").Attribute("x1", Percent(across[dump - 1])).Attribute("y1", Y(from, limit))
                .Attribute("x2", Percent(across[dump])).Attribute("y2", Y(to, limit)).Close();
        }

        int every = (across.Length + MostMarkers - 1) / MostMarkers;
        for (int dump = 0; dump < across.Length; dump++)
        {
            // A count that nothing goes on from, or that goes on from nothing, has its marker always.
            bool isEnd = dump == across.Length - 1 || !line.IsJoined[dump] || !line.IsJoined[dump + 1];
            if (line.Counts[dump] is not { } count || (dump % every != 0 && !isEnd))
                continue;
            html.Open("svg").Attribute("x", Percent(across[dump])).Attribute("y", Y(count, limit)).Attribute("overflow", "visible").Attribute("aria-hidden", "true");
            html.Open("path").Class($"dot s{index}").Attribute("d", Markers[index]).Close().Close();
        }
    }

    /// <summary>Labels the lines at their ends, moved apart where they would cover each other.</summary>
    private static void WriteEndLabels(HtmlWriter html, IReadOnlyList<GrowthLine> lines, long limit)
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

        foreach ((int index, int count, double y) in labels)
        {
            html.Open("text").Attribute("x", "100%").Attribute("dx", 10).Attribute("y", Decimal(y)).Attribute("dy", 4)
                .Text($"{Letter(index)} {ReportText.Number(count)}").Close();
        }
    }

    /// <summary>Where the dumps are across the chart, 0 to 100.</summary>
    private static double[] PlaceDumps(ReportData data)
    {
        TimeSpan span = data.HasTimes ? data.Last.Time!.Value - data.First.Time!.Value : TimeSpan.Zero;
        return [.. data.Series.Select((session, index) => span > TimeSpan.Zero
            ? 100 * ((session.Time!.Value - data.First.Time!.Value) / span)
            : 100.0 * index / (data.Series.Length - 1))];
    }

    /// <summary>The distance of the grid lines: 1, 2 or 5 times a power of ten, for 6 lines at most.</summary>
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

    private static string Y(long value, long limit) => Decimal(ToY(value, limit));

    private static string Percent(double number) => Decimal(number) + "%";

    private static string Decimal(double number) => number.ToString("0.##", CultureInfo.InvariantCulture);
}
