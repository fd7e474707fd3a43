using System.Globalization;
using HandlePool.Analysis;
using HandlePool.Reports.Markup;
using HandlePool.Text;

namespace HandlePool.Reports;

/// <summary>Draws counts over a series as lines, with Android's limits and the forecasts of the suspects.</summary>
/// <remarks>Positions across are percentages, so that the chart fits any width and its text keeps its size.</remarks>
internal sealed class GrowthChart
{
    private const int Height = 340;
    private const int Bottom = Height - 46;
    private const int Top = 14;
    private const int LabelHeight = 15;
    private const int MostMarkers = 24;
    private const int MostTicks = 5;

    /// <summary>The share of the limit below which showing it would leave the lines flat.</summary>
    private const double LeastShareOfLimit = 0.25;

    /// <summary>The markers of the lines, around 0, so that lines differ by more than their color.</summary>
    private static readonly string[] Markers =
    [
        "M-4 0a4 4 0 1 0 8 0a4 4 0 1 0 -8 0z", "M-3.5 -3.5h7v7h-7z", "M0 -5L5 0L0 5L-5 0z", "M0 -5L4.5 3.5h-9z",
        "M0 5L4.5 -3.5h-9z", "M-4.5 -2h9v4h-9z", "M-2 -4.5h4v9h-4z", "M-4 -4L4 4M4 -4L-4 4",
    ];

    private readonly IReadOnlyList<GrowthLine> _lines;
    private readonly ReportData _data;

    /// <summary>The positions of the dumps: hours since the first one, or their numbers if not all times are known.</summary>
    private readonly double[] _dumps;

    private readonly bool _hasClock;
    private readonly Forecast[] _forecasts;
    private readonly HandleLimit[] _limits;
    private readonly double _end;
    private readonly long _step;
    private readonly long _top;

    private GrowthChart(IReadOnlyList<GrowthLine> lines, ReportData data)
    {
        _lines = lines;
        _data = data;
        _hasClock = data.HasTimes && data.Last.Time > data.First.Time;
        _dumps = [.. data.Series.Select((session, index) => _hasClock ? (session.Time!.Value - data.First.Time!.Value).TotalHours : index)];

        // Forecasts go on for as long as the dumps did, or until the limit.
        double last = _dumps[^1];
        _forecasts = [.. lines.Select(line => Forecast.Of(line, _hasClock)).OfType<Forecast>()];
        double ahead = _forecasts.Length == 0 ? 0 : Math.Min(last, 1.1 * _forecasts.Max(forecast => forecast.ToLimit(forecast.Rate)));
        _end = last + ahead;
        double most = lines.Max(line => line.Counts.Max() ?? 0);
        foreach (Forecast forecast in _forecasts)
            most = Math.Max(most, forecast.At(Math.Min(ahead, forecast.ToLimit(forecast.Rate)), forecast.Rate));
        _limits = [.. lines.Select(line => line.Limit).OfType<HandleLimit>().Distinct()
            .Where(limit => most >= LeastShareOfLimit * limit.Handles).OrderBy(limit => limit.Handles)];
        foreach (HandleLimit limit in _limits)
            most = Math.Max(most, limit.Handles);
        _step = StepFor(most);
        _top = Math.Max(1, (long)Math.Ceiling(most / _step)) * _step;
    }

    /// <summary>Returns the chart with a legend and a caption.</summary>
    internal static Html Of(IReadOnlyList<GrowthLine> lines, ReportData data)
    {
        GrowthChart chart = new(lines, data);
        return $"""
            <figure>{chart.Plot()}<ul class="legend">{Html.Each(lines, chart.Legend)}</ul>
            <figcaption>{chart.Caption()} The numbers are in the table below.</figcaption></figure>
            """;
    }

    private Html Plot()
    {
        string ends = string.Join("; ", _lines.Select(line => $"{line.Letter} ends at {line.Counts[^1] ?? 0}"));
        Html plot = $"""
            <div class="chart"><svg class="plot" height="{Height}" role="img" aria-labelledby="growth-title growth-text">
            <title id="growth-title">Handles over the series</title>
            <desc id="growth-text">{Phrase.Count(_lines.Count, "line")} over {Phrase.Count(_dumps.Length, "dump")}: {ends}.</desc>

            """;
        for (long value = 0; value <= _top; value += _step)
        {
            plot.Append($"""
                <line class="{(value == 0 ? "axis" : "grid")}" x1="0%" x2="100%" y1="{ToY(value):0.##}" y2="{ToY(value):0.##}"/>
                <text class="m" x="-8" y="{ToY(value):0.##}" dy="4" text-anchor="end">{value}</text>

                """);
        }

        plot.Append(_hasClock ? ClockAxis() : DumpAxis());
        plot.Append(Html.Each(_limits, Limit));
        if (_forecasts.Length > 0)
        {
            double now = ToX(_dumps[^1]);
            plot.Append($"<line class=\"grid\" x1=\"{now:0.##}%\" x2=\"{now:0.##}%\" y1=\"{Top}\" y2=\"{Bottom}\"/>\n");
        }

        plot.Append(Html.Each(_forecasts, Forecasted));
        plot.Append(Html.Each(_lines, Line));
        return $"{plot}{EndLabels()}</svg>\n</div>";
    }

    private Html ClockAxis()
    {
        // The clock of the last dump; ticks are at whole steps of it. Times from a file may be the first or the last that there are.
        long step = ClockStep(TimeSpan.FromHours(_end));
        long begin = Math.Clamp(_data.First.Time!.Value.UtcTicks + _data.Last.Time!.Value.Offset.Ticks, 0, DateTime.MaxValue.Ticks);
        long end = Math.Min(begin + TimeSpan.FromHours(_end).Ticks, DateTime.MaxValue.Ticks);
        Html axis = Html.Each(_dumps, dump => $"""
            <line class="axis" x1="{ToX(dump):0.##}%" x2="{ToX(dump):0.##}%" y1="{Bottom}" y2="{Bottom + 4}"/>

            """);
        string? above = null;
        bool hasTimeOfDay = step < TimeSpan.TicksPerDay;
        for (long tick = (begin + step - 1) / step * step; tick <= end; tick += step)
        {
            DateTime time = new(tick);
            string label = Format(time, step < TimeSpan.TicksPerMinute ? "HH:mm:ss" : hasTimeOfDay ? "HH:mm" : "MM-dd");
            string larger = Format(time, hasTimeOfDay ? "yyyy-MM-dd" : "yyyy");
            string x = $"{ToX(new TimeSpan(tick - begin).TotalHours).ToString("0.##", CultureInfo.InvariantCulture)}%";
            axis.Append($"<text class=\"m\" x=\"{x}\" y=\"{Bottom + 20}\" text-anchor=\"middle\">{label}</text>\n");
            if (larger != above)
                axis.Append($"<text class=\"m\" x=\"{x}\" y=\"{Bottom + 36}\" text-anchor=\"middle\">{larger}</text>\n");
            above = larger;
        }

        return axis;

        static string Format(DateTime time, string format) => time.ToString(format, CultureInfo.InvariantCulture);
    }

    private Html DumpAxis()
    {
        int every = ((int)_end / MostTicks) + 1;
        return Html.Each(Enumerable.Range(0, _dumps.Length).Where(dump => dump % every == 0), dump => $"""
            <text class="m" x="{ToX(dump):0.##}%" y="{Bottom + 20}" text-anchor="middle">No. {dump + 1}</text>

            """);
    }

    private Html Limit(HandleLimit limit) => $"""
        <line class="limit" x1="0%" x2="100%" y1="{ToY(limit.Handles):0.##}" y2="{ToY(limit.Handles):0.##}"/>
        <text class="limit" x="4" y="{ToY(limit.Handles):0.##}" dy="-5">limit {limit.Handles}</text>

        """;

    private Html Forecasted(Forecast forecast)
    {
        double begin = _dumps[^1];
        double ahead = Math.Min(_end - begin, forecast.ToLimit(forecast.Rate));
        return $"""
            {Range(forecast)}<line class="forecast s{forecast.Line.Index}" x1="{ToX(begin):0.##}%" y1="{ToY(forecast.Count):0.##}"
            x2="{ToX(begin + ahead):0.##}%" y2="{ToY(forecast.At(ahead, forecast.Rate)):0.##}"/>

            """;
    }

    /// <summary>Draws the range of a forecast as an area, up to the limit or the end of the chart.</summary>
    private Html? Range(Forecast forecast)
    {
        if (forecast.Range is not var (low, high))
            return null;
        double width = _end - _dumps[^1];
        double earliest = Math.Min(width, forecast.ToLimit(high));
        double latest = Math.Min(width, forecast.ToLimit(low));
        double top = ToY(forecast.At(earliest, high));
        double bottom = ToY(forecast.At(latest, low));

        // Points have no percentages, so the area is a picture of its own that is stretched.
        return $"""
            <svg x="{ToX(_dumps[^1]):0.##}%" y="0" width="{100 - ToX(_dumps[^1]):0.##}%" height="{Height}" viewBox="0 0 100 {Height}"
            preserveAspectRatio="none" aria-hidden="true"><polygon class="range f{forecast.Line.Index}" points="0,{ToY(forecast.Count):0.##}
            {100 * earliest / width:0.##},{top:0.##} {100 * latest / width:0.##},{top:0.##}
            {100 * latest / width:0.##},{bottom:0.##}"/></svg>

            """;
    }

    private Html Line(GrowthLine line)
    {
        Html drawn = $"";
        for (int dump = 1; dump < _dumps.Length; dump++)
        {
            if (!line.IsJoined[dump] || line.Counts[dump - 1] is not { } from || line.Counts[dump] is not { } to)
                continue;
            drawn.Append($"<line class=\"s s{line.Index}\" x1=\"{ToX(_dumps[dump - 1]):0.##}%\" y1=\"{ToY(from):0.##}\" "
                + $"x2=\"{ToX(_dumps[dump]):0.##}%\" y2=\"{ToY(to):0.##}\"/>\n");
        }

        int every = (_dumps.Length + MostMarkers - 1) / MostMarkers;
        for (int dump = 0; dump < _dumps.Length; dump++)
        {
            // The first and the last count of each stretch always have a marker.
            bool isEnd = dump == _dumps.Length - 1 || !line.IsJoined[dump] || !line.IsJoined[dump + 1];
            if (line.Counts[dump] is not { } count || (dump % every != 0 && !isEnd))
                continue;
            drawn.Append($"""
                <svg x="{ToX(_dumps[dump]):0.##}%" y="{ToY(count):0.##}" overflow="visible" aria-hidden="true">
                <path class="dot s{line.Index}" d="{Markers[line.Index]}"/></svg>

                """);
        }

        return drawn;
    }

    /// <summary>Labels the lines at their ends, moved apart so that labels do not overlap.</summary>
    private Html EndLabels()
    {
        (char Letter, int Count, double Y)[] labels = [.. _lines
            .Select(line => (line.Letter, Count: line.Counts[^1] ?? 0))
            .OrderByDescending(label => label.Count)
            .Select(label => (label.Letter, label.Count, ToY(label.Count)))];
        for (int i = 1; i < labels.Length; i++)
            labels[i].Y = Math.Max(labels[i].Y, labels[i - 1].Y + LabelHeight);
        double lowest = Bottom - 2;
        for (int i = labels.Length - 1; i >= 0; i--)
        {
            labels[i].Y = Math.Min(labels[i].Y, lowest);
            lowest = labels[i].Y - LabelHeight;
        }

        // A forecast goes on above the label.
        int down = _forecasts.Length > 0 ? 14 : 4;
        return Html.Each(labels, label => $"""
            <text class="end" x="{ToX(_dumps[^1]):0.##}%" dx="10" y="{label.Y:0.##}" dy="{down}">{label.Letter} {label.Count}</text>

            """);
    }

    private Html Legend(GrowthLine line) => $"""
        <li><svg width="44" height="14" aria-hidden="true"><line class="s s{line.Index}" x1="2" y1="7" x2="42" y2="7"/>
        <path class="dot s{line.Index}" transform="translate(22 7)" d="{Markers[line.Index]}"/>
        </svg>
        <span>{GrowthSection.Name(line, _data)}</span></li>

        """;

    private string Caption()
    {
        string axis = _hasClock
            ? $"Handles over time, from {ReportText.Time(_data.First.Time!.Value)} to {ReportText.Time(_data.Last.Time!.Value)}."
            : "Handles per dump, in the order given; not all times are known.";
        string forecast = _forecasts.Length == 0 ? "" : " Dashed lines after the last dump are forecasts at the rate so far.";
        HandleLimit[] hidden = [.. _lines.Where(line => line.Suspect is not null).Select(line => line.Limit).OfType<HandleLimit>()
            .Distinct().Except(_limits).OrderBy(limit => limit.Handles)];
        string above = hidden.Length == 0 ? "" : $" Above the chart: the limit of "
            + $"{string.Join(" and of ", hidden.Select(limit => limit.Handles))}.";
        return axis + forecast + above;
    }

    /// <summary>Returns the position of a time across the chart, 0 to 100.</summary>
    private double ToX(double at) => _end > 0 ? 100 * at / _end : 0;

    private double ToY(double value) => Bottom - ((Bottom - Top) * (value / _top));

    /// <summary>Returns the distance of the grid lines: 1, 2 or 5 times a power of ten, for 6 lines at most.</summary>
    private static long StepFor(double most)
    {
        for (long power = 1; ; power *= 10)
        {
            foreach (long step in (long[])[power, 2 * power, 5 * power])
            {
                if (5 * step >= most)
                    return step;
            }
        }
    }

    /// <summary>Returns the distance of the ticks of a clock axis: a round number of seconds, minutes, hours or days.</summary>
    private static long ClockStep(TimeSpan span)
    {
        long[] seconds = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400];
        foreach (long step in seconds)
        {
            if (step * TimeSpan.TicksPerSecond * MostTicks >= span.Ticks)
                return step * TimeSpan.TicksPerSecond;
        }

        return TimeSpan.TicksPerDay * StepFor(span.TotalDays);
    }

    /// <summary>Represents the straight line on which a suspect goes on to grow.</summary>
    /// <param name="Line">The line of its counts.</param>
    /// <param name="Count">The last count.</param>
    /// <param name="Limit">The limit that is ahead.</param>
    /// <param name="Rate">The handles per hour, or per dump.</param>
    /// <param name="Range">The lowest and the highest rate; null if they are unknown.</param>
    private sealed record Forecast(GrowthLine Line, int Count, HandleLimit Limit, double Rate, (double Low, double High)? Range)
    {
        /// <summary>Returns the forecast of a line; null if it does not grow or no limit is ahead.</summary>
        internal static Forecast? Of(GrowthLine line, bool hasClock)
        {
            if (line.Suspect is not { Limit: { } limit } suspect || line.Counts[^1] is not { } count || count >= limit.Handles)
                return null;
            double left = limit.Handles - count;
            (double? rate, double? earliest, double? latest) = hasClock
                ? (suspect.GrowthPerHour, suspect.EarliestTimeToLimit?.TotalHours, suspect.LatestTimeToLimit?.TotalHours)
                : (suspect.GrowthPerDump, suspect.EarliestDumpsToLimit, suspect.LatestDumpsToLimit);

            // Without a latest time it may not grow at all.
            if (rate is not > 0)
                return null;
            return new Forecast(line, count, limit, rate.Value,
                earliest is > 0 ? (latest is > 0 ? left / latest.Value : 0, left / earliest.Value) : null);
        }

        /// <summary>Returns the hours or dumps until the limit; endless without growth.</summary>
        internal double ToLimit(double rate) => (Limit.Handles - Count) / rate;

        internal double At(double ahead, double rate) => Count + (rate * ahead);
    }
}
