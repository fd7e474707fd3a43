using System.Globalization;
using HandlePool.Text;

namespace HandlePool.Analysis;

/// <summary>Writes the reasons of suspects.</summary>
internal static class LeakWords
{
    // Interfaces of fewer handles are not what leaks.
    private const double LeastShare = 0.1;
    private const int MostInterfaces = 3;

    internal static string N(long number) => number.ToString(CultureInfo.CurrentCulture);

    internal static string N(double threshold) => N((long)Math.Min(long.MaxValue / 2, Math.Ceiling(threshold)));

    internal static string Rate(double rate) => rate.ToString(rate >= 10 ? "0" : "0.#", CultureInfo.CurrentCulture);

    internal static string Count(int number, string noun) => Phrase.Count(number, noun);

    internal static string Share(int part, int all) => part == all ? $"all {N(all)}" : $"{N(part)} of the {N(all)}";

    /// <summary>Returns the subject and verb of a reason.</summary>
    internal static string Holds(HandleUsage usage) => usage.Holder is null ? "All processes together hold" : $"{Subject(usage.Holder)} holds";

    /// <summary>Describes a process at the beginning of a sentence.</summary>
    internal static string Subject(HandleProcess process) => process.Name is not null ? Describe(process)
        : IsPidMissing(process) ? "A process whose pid is missing"
        : $"Process {process.Id}";

    internal static string Describe(HandleProcess process) => process.Name is not null ? $"{process} ({process.Id})"
        : IsPidMissing(process) ? "a process whose pid is missing"
        : $"process {process.Id}";

    /// <summary>Returns whether a process is of no known pid and name: no process that opens a device has pid 0.</summary>
    private static bool IsPidMissing(HandleProcess process) => process is { Id: 0, Name: null };

    private static string Bound(HandleInterface bound) =>
        $"{(bound.AtLeast == bound.Of ? $"all {N(bound.Of)} handles" : $"at least {N(bound.AtLeast)} of the {N(bound.Of)} handles")} are {VisibleText.Name(bound.Name)}"
        + (bound.Evidence.Count == 0 ? "" : $" ({VisibleText.Of(bound.Evidence[0].ShortSource)})");

    /// <summary>Returns the end of "10 handles": of whose nodes.</summary>
    internal static string Of(HandleUsage usage) => usage switch
    {
        { By: HandleUsageGrouping.Holder } => " in total",
        { Owner: { } owner } => usage.IsDead ? $" of dead nodes of {Describe(owner)}" : $" of {Describe(owner)}",
        { IsDead: true } => " of dead nodes",
        _ => " of unknown owners",
    };

    /// <summary>Returns what a report says of the interfaces of a suspect's handles, as a sentence; null if it says nothing.</summary>
    internal static string? Describe(HandleUsage usage)
    {
        HandleInterface[] forced = [.. usage.Candidates.Where(each => each.Certainty == InterfaceCertainty.Bounded && each.AtLeast >= LeastShare * each.Of)
            .OrderByDescending(each => each.AtLeast).Take(MostInterfaces)];
        if (forced.Length > 0)
            return $"By the report, {Phrase.List(forced, Bound)}.";
        return usage.Candidates.FirstOrDefault(each => each is { Certainty: InterfaceCertainty.Guess, Of: > 1 }) is { } guess
            ? $"They may be {VisibleText.Name(guess.Name)}, which nothing forces: {guess.Reason}" : null;
    }

    internal static string Percent(int handles, HandleLimit limit) =>
        $"{N((long)Math.Floor(100.0 * handles / limit.Handles))}% of {N(limit.Handles)} ({limit.Consequence}{(limit.Warning is { } warning ? $"; the warning comes at {N(warning)}" : "")})";

    /// <summary>Returns the reason for a threshold as a clause. What a sensitivity divides is no fact about phones.</summary>
    internal static string Basis(HandleLeakBasis basis, double threshold, double sensitivity) => basis switch
    {
        HandleLeakBasis.HealthyPhones when sensitivity == 1 => $"healthy phones stay below {N(threshold)}",
        HandleLeakBasis.HealthyPhones => $"the threshold at this sensitivity is {N(threshold)}",
        HandleLeakBasis.Baseline => $"by the baseline, {N(threshold)} or more are suspicious",
        HandleLeakBasis.Peers => $"{N(threshold)} would stand out",
        _ => $"{N(threshold)} handles or more are suspicious",
    };

    /// <summary>Returns the rates and the time until the limit as a sentence, preceded by a space.</summary>
    internal static string Describe(GrowthForecast forecast)
    {
        if (forecast.PerDump.Slope <= 0)
            return "";
        string text = $" That is {Rate(forecast.PerDump.Slope)} per dump";
        if (forecast.PerHour is { } perHour)
            text += $" and {Rate(perHour.Slope)} per hour";
        if (forecast.Left is null)
            return text + ".";

        string reaches = $"{text}; at this rate it reaches {N(forecast.Limit!.Handles)} ({forecast.Limit.Consequence}) in";
        return forecast.TimeToLimit is { } time
            ? $"{reaches} {Duration(time)}{Range(forecast.EarliestTimeToLimit, forecast.LatestTimeToLimit, Duration)}."
            : $"{reaches} {Amount(forecast.DumpsToLimit!.Value, "more dump")}{Range(forecast.EarliestDumpsToLimit, forecast.LatestDumpsToLimit, Rate)}.";
    }

    /// <summary>Returns the range of a forecast in parentheses; nothing if both ends read alike.</summary>
    internal static string Range<T>(T? earliest, T? latest, Func<T, string> describe)
        where T : struct
    {
        if (earliest is not { } first)
            return "";
        string from = describe(first);
        string? to = latest is { } last ? describe(last) : null;
        return from == to ? "" : to is null ? $" ({from} at the earliest)" : $" ({from} to {to})";
    }

    /// <summary>Returns a duration in one unit.</summary>
    internal static string Duration(TimeSpan time) => time switch
    {
        { TotalHours: < 1 } => Amount(time.TotalMinutes, "minute"),
        { TotalHours: < 48 } => Amount(time.TotalHours, "hour"),
        _ => Amount(time.TotalDays, "day"),
    };

    /// <summary>Returns a number as <see cref="Rate"/> does, with its noun in the singular or plural.</summary>
    internal static string Amount(double number, string unit) => Rate(number) is "1" ? $"1 {unit}" : $"{Rate(number)} {unit}s";
}
