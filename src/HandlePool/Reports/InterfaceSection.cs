using HandlePool.Analysis;
using HandlePool.Reports.Markup;
using static HandlePool.Reports.ReportNames;

namespace HandlePool.Reports;

/// <summary>Shows how many handles of each holder are of each interface, as far as the report tells.</summary>
internal static class InterfaceSection
{
    internal static void Write(ReportWriter to, ReportData data)
    {
        to.Paragraph($"At least so many handles are of each interface. Bounded numbers follow from counts of the bug report, if what they count did not change between "
            + $"them and the dump; certain ones from the driver's rules.");
        to.Table("table-interfaces", "Handles by holder and interface, the most first.", data.Interfaces, data.Options.MaxRows, "All interfaces",
            new("Holder", usage => Process(usage.Holder!)),
            new("Interface", usage => usage.Interface is { } name ? Prose.Name(name) : Prose.Of($"(unknown)")),
            new("At least", usage => usage.Handles, "descending"),
            new("At most", usage => usage.AtMost),
            new("Certainty", usage => $"{usage.Certainty?.ToString()}"),
            new("Why", usage => usage.Candidates is [{ } bound, ..] ? Prose.Sentence(bound.Reason, LongestSentence) : Prose.Of($"")),
            ContextColumnIfMany<HandleUsage>(data, usage => usage.Context));
    }

    /// <summary>Returns the strongest statement about the interface of a pair's handles.</summary>
    internal static Prose Bound(HandleUsage usage) => usage.Candidates is [{ } strongest, ..] ? Prose.Name(strongest.ToString(), LongestSentence) : Prose.Of($"");
}
