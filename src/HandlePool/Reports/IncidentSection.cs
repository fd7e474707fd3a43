using HandlePool.Analysis;
using HandlePool.Reports.Markup;

namespace HandlePool.Reports;

/// <summary>Shows what Android did because of too many binder objects, and the lines that say so.</summary>
internal static class IncidentSection
{
    private const int MostInDetail = 20;
    private const int LongestLine = 400;

    internal static void Write(ReportWriter to, ReportData data)
    {
        foreach ((HandleIncident incident, int number) in data.Incidents.Take(MostInDetail).Select((incident, index) => (incident, index + 1)))
        {
            to.Heading($"{number}. {Title(incident.Kind)}: {Name(incident.Record.Subject)}", $"incident-{number}");
            to.Items(Facts(incident));
            to.Paragraph(Prose.Sentence(incident.Cause, ReportNames.LongestSentence));
            to.Table($"table-incident-{number}", $"Evidence of incident {number}.", [.. incident.Evidence.Select((fact, index) => (Number: index + 1, Fact: fact))],
                data.Options.MaxRows, fold: null,
                new("No.", row => row.Number, "ascending"),
                new("Source", row => Name(row.Fact.Source)),
                new("Line", row => Prose.Name(row.Fact.Text, LongestLine)));
        }

        if (data.Incidents.Count > MostInDetail)
            to.Note($"{data.Incidents.Count - MostInDetail} more are not shown.");
    }

    /// <summary>Returns what happened, as a heading.</summary>
    internal static string Title(HandleIncidentKind kind) => kind switch
    {
        HandleIncidentKind.Kill => "Killed for too many binder objects",
        HandleIncidentKind.ProxyLimit => "Too many binder proxies of one uid",
        HandleIncidentKind.ProxyMapOverflow => "Crashed with too many binder proxies",
        HandleIncidentKind.ReferenceTableOverflow => "Table of JNI references full",
        _ => "Many binder proxies",
    };

    private static IEnumerable<Prose> Facts(HandleIncident incident)
    {
        yield return incident.Time is { } time ? $"Time: {ReportText.Time(time)}." : Prose.Of($"Time: unknown.");
        if (incident.Holder is { } holder)
            yield return $"Holder: {Name(holder)}.";
        if (incident.Sender is { } sender)
            yield return $"Sender: {Name(sender)}.";
        yield return $"Limit: {incident.Limit}. {incident.Rule}";
        if (incident.Count is { } count)
            yield return $"Counted: {count}.";
        if (incident.SincePrevious is { } previous)
            yield return $"Since the one before: {ReportText.Duration(previous)}.";
        if (incident.Since is { } since)
            yield return $"Growing since {ReportText.Time(since)}{(incident.PerHour is { } perHour ? Prose.Of($", by at least {perHour:0.#} per hour") : null)}.";

        if (incident.Comparison is { } comparison)
            yield return $"Java: {Prose.Sentence(comparison, ReportNames.LongestSentence)}";
    }

    private static Prose Name(string text) => Prose.Name(text, ReportNames.LongestSentence);
}
