using HandlePool.Gates;
using HandlePool.Text;

namespace HandlePool.Reports;

/// <summary>Writes the results of a gate for other programs: as JUnit XML, SARIF or Markdown. Static and thread-safe.</summary>
/// <remarks>
/// Numbers are written in the same way in every culture. Names are escaped as the format needs it, and characters that could hide or reorder text
/// are shown by number. O(results).
/// </remarks>
public static class GrowthReport
{
    /// <summary>Returns the results as JUnit XML, which servers of builds show as tests: one suite for each rule and device.</summary>
    /// <remarks>What failed is a failure, and what could not be decided is an error, so that neither passes a build.</remarks>
    /// <param name="results">The results.</param>
    public static string ToJUnit(IEnumerable<HandleGrowthResult> results) => GrowthJUnit.Write(List(results));

    /// <summary>Returns what failed and what could not be decided as SARIF 2.1.0, with the lines of the dumps.</summary>
    /// <remarks>
    /// What failed has the level <c>error</c>; what could not be decided is of the kind <c>open</c>, which has no level. What passed is no result:
    /// readers of SARIF show each result as a problem. The fingerprint of a result is that of its rule, device, context, holder, owner and interface.
    /// </remarks>
    /// <param name="results">The results.</param>
    /// <param name="root">The folder of the sources: paths within it are relative to <c>%SRCROOT%</c>. Null for none.</param>
    public static string ToSarif(IEnumerable<HandleGrowthResult> results, string? root = null) => GrowthSarif.Write(List(results), root);

    /// <summary>Returns the results as Markdown for the summary of a job: what failed, then what could not be decided, then what passed.</summary>
    /// <param name="results">The results.</param>
    public static string ToMarkdown(IEnumerable<HandleGrowthResult> results) => GrowthMarkdown.Write(List(results));

    /// <summary>Returns what a result is about.</summary>
    internal static string TitleOf(HandleGrowthResult result)
    {
        string pair = VisibleText.Of($"{result.Holder} -> {result.Interface ?? result.Owner}");
        return (result.Device is { } device ? $"{VisibleText.Of(device)}: " : "") + pair + (result.Context is { } context ? $" ({VisibleText.Of(context)})" : "");
    }

    /// <summary>Returns where to look, as <c>file:line</c>; null if it is not known.</summary>
    internal static string? PlaceOf(HandleGrowthResult result) =>
        result.Path is not { } path ? null : VisibleText.Of(path) + (result.Line is { } line ? FormattableString.Invariant($":{line}") : "");

    private static List<HandleGrowthResult> List(IEnumerable<HandleGrowthResult> results)
    {
        ArgumentNullException.ThrowIfNull(results);
        return [.. results];
    }
}
