using HandlePool.Analysis;
using HandlePool.Reports.Markup;
using HandlePool.Text;

namespace HandlePool.Reports;

/// <summary>Writes the sections of a report in their order.</summary>
internal static class ReportContents
{
    private const int LongestName = 80;

    /// <exception cref="OperationCanceledException">The token was canceled.</exception>
    internal static void Write(TextWriter output, ReportData data, CancellationToken cancellationToken)
    {
        ReportWriter to = data.Options.Format == HandleReportFormat.Html ? new HtmlWriter(output) : new MarkdownWriter(output);
        Write(to, data, [.. Sections(data)], cancellationToken);
    }

    /// <summary>Returns the beginning of the report as a text for a ticket.</summary>
    internal static string Ticket(ReportData data)
    {
        using StringWriter text = new();
        Write(new MarkdownWriter(text), data, [.. data.Incidents.Count > 0 ? [Incidents(data)] : Array.Empty<ReportSection>(), Verdict(data), Sources(data)], CancellationToken.None);
        return text.ToString().TrimEnd();
    }

    private static void Write(ReportWriter to, ReportData data, ReportSection[] sections, CancellationToken cancellationToken)
    {
        string name = VisibleText.Shorten(data.Last.Name, LongestName);
        string series = data.IsSeries ? VisibleText.Shorten(data.First.Name, LongestName) + " to " : "";
        string version = typeof(HandleReport).Assembly.GetName().Version!.ToString(3);
        to.Begin(data.Options.Title ?? $"Binder handles: {series}{name}",
            $"Created {ReportText.Time(data.Created)} by HandlePool {version}.", sections);
        foreach (ReportSection section in sections.WithCancellation(cancellationToken))
            to.Section(section);
        to.End();
    }

    private static IEnumerable<ReportSection> Sections(ReportData data)
    {
        if (data.Incidents.Count > 0)
            yield return Incidents(data);
        yield return Verdict(data);
        yield return new("summary", "Summary", "Summary", to => SummarySection.Write(to, data));
        yield return Sources(data);
        yield return new("suspects", "Leak suspects", "Leak suspects", to => SuspectSection.Write(to, data));
        if (data.StuckCalls.Count > 0)
            yield return new("calls", "Stuck calls", "Stuck calls", to => CallSection.Write(to, data));
        if (data.IsSeries)
        {
            yield return new("growth", "Growth", "Growth over the series", to => GrowthSection.Write(to, data.Growth!, data));
            yield return new("comparison", "Changes", "Changes from the first to the last dump",
                to => ComparisonSection.Write(to, data.Comparison!, data));
        }

        yield return new("limits", "Limits", "Android's limits", to => LimitSection.Write(to, data));
        yield return new("pairs", "Pairs", "Handles by pair of holder and owner", to => PairSection.Write(to, data));
        if (data.Interfaces.Count > 0)
            yield return new("interfaces", "Interfaces", "Handles by holder and interface", to => InterfaceSection.Write(to, data));
        yield return new("matrix", "Matrix", "Matrix of holders and owners", to => MatrixSection.Write(to, data), IsPicture: true);
        yield return new("owners", "Owners", "Handles by owner", to => PartySection.WriteOwners(to, data));
        yield return new("holders", "Holders", "Handles by holder", to => PartySection.WriteHolders(to, data));
        yield return new("processes", "Processes", "Processes and their pools", to => ProcessSection.Write(to, data));
        yield return new("pictures", "Bitmaps", "Pool bitmaps", to => PictureSection.Write(to, data), IsPicture: true);
        yield return new("anomalies", "Anomalies", data.IsSeries ? "Anomalies of the dumps" : "Anomalies of the dump",
            to => AnomalySection.Write(to, data));
        yield return new("notes", "Notes", "Notes", to => NoteSection.Write(to, data));
    }

    private static ReportSection Incidents(ReportData data) => new("incidents", "Incidents", data.Incidents.Count == 1 ? "Incident" : "Incidents",
        to => IncidentSection.Write(to, data));

    private static ReportSection Verdict(ReportData data) => new("verdict", "Verdict", "Verdict", to => VerdictSection.Write(to, data));

    private static ReportSection Sources(ReportData data) =>
        new("sources", "Sources", data.IsSeries ? "Dumps" : "Dump", to => SourceSection.Write(to, data));
}
