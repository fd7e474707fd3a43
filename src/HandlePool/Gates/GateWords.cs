using System.Globalization;
using HandlePool.Text;

namespace HandlePool.Gates;

/// <summary>Writes the units and the evidence of results.</summary>
internal static class GateWords
{
    private const int MostCounts = 8;

    /// <summary>Returns the unit of what a rule measures.</summary>
    internal static string UnitOf(HandleGrowthRule rule) =>
        Noun(rule.Metric) + (rule.GrowthPerSample is not null ? " per sample" : rule.GrowthPerHour is not null ? " per hour" : "");

    internal static string Noun(HandleGrowthMetric metric) => metric switch
    {
        HandleGrowthMetric.Handles => "handles",
        HandleGrowthMetric.LimitPercent => "% of the limit",
        HandleGrowthMetric.Strong => "strong counts",
        HandleGrowthMetric.Weak => "weak counts",
        HandleGrowthMetric.WeakOnly => "handles with weak counts only",
        HandleGrowthMetric.SingleHolder => "handles without another holder",
        HandleGrowthMetric.Nodes => "nodes",
        HandleGrowthMetric.Buffers => "buffers",
        HandleGrowthMetric.Threads => "threads",
        HandleGrowthMetric.DeathLinks => "death notifications",
        _ => "",
    };

    /// <summary>Returns a count with its noun, in the singular for one.</summary>
    internal static string Amount(CountRange count, HandleGrowthMetric metric)
    {
        string noun = Noun(metric);
        if (count is { Low: 1 } and ({ High: 1 } or { High: double.PositiveInfinity }) && metric != HandleGrowthMetric.LimitPercent)
        {
            int end = noun.IndexOf(" with", StringComparison.Ordinal) is >= 0 and int index ? index : noun.Length;
            noun = noun.Remove(end - 1, 1);
        }

        return $"{Of(count)} {noun}";
    }

    /// <summary>Returns what a rule allows: of a limit with what is accepted, of growth without it.</summary>
    internal static double AllowedBy(HandleGrowthRule rule, double accepted) => rule.Allowed + (rule.IsOfGrowth ? 0 : accepted);

    /// <summary>Returns counts, the first and the last ones if they are many.</summary>
    internal static string List(IReadOnlyList<CountRange> counts)
    {
        IEnumerable<string> shown = counts.Count <= MostCounts
            ? counts.Select(Of)
            : [.. counts.Take(MostCounts / 2).Select(Of), "...", .. counts.TakeLast(MostCounts / 2).Select(Of)];
        return string.Join(", ", shown);
    }

    /// <summary>Returns a count, or its range.</summary>
    internal static string Of(CountRange count) => count.Low == count.High ? Number(count.Low)
        : double.IsFinite(count.High) ? $"{Number(count.Low)} to {Number(count.High)}"
        : $"at least {Number(count.Low)}";

    /// <summary>Returns a number with three digits behind the point at most, in the culture of the user.</summary>
    internal static string Number(double number) => number.ToString("0.###", CultureInfo.CurrentCulture);

    /// <summary>Returns the end of a sentence that says what is allowed.</summary>
    internal static string Allowance(HandleGrowthRule rule, double accepted)
    {
        string allowed = Number(AllowedBy(rule, accepted));
        string verb = AllowedBy(rule, accepted) == 1 ? "is" : "are";
        return accepted == 0 ? $"{allowed} {verb} allowed"
            : rule.IsOfGrowth ? $"{allowed} {verb} allowed above the accepted {Number(accepted)}"
            : $"{allowed} {verb} allowed, {Number(rule.Allowed)} more than the accepted {Number(accepted)}";
    }

    /// <summary>Returns where a run of samples begins and ends.</summary>
    internal static string Span(HandleSession first, HandleSession last, int samples) => samples == 1
        ? $"in '{first}'"
        : $"in {Phrase.Count(samples, "sample")} from '{first}' to '{last}'";
}
