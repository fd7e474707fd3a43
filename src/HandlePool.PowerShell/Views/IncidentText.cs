using System.Globalization;
using HandlePool.Analysis;

namespace HandlePool.PowerShell.Views;

/// <summary>Writes an incident with its rule, what the dump says, and the numbered evidence.</summary>
internal static class IncidentText
{
    private const int MostEvidence = 8;

    /// <summary>Returns the text.</summary>
    /// <param name="incident">The incident.</param>
    /// <param name="window">The width of the window; 0 if there is none.</param>
    internal static string Write(Shown incident, int window)
    {
        WrappedParagraph text = new(window);
        string time = incident.Time(nameof(HandleIncident.Time)) is { } known ? known.ToString("yyyy-MM-dd HH:mm:ss zzz", CultureInfo.InvariantCulture) : "time unknown";
        string? kind = incident.Text(nameof(HandleIncident.Kind));
        string? subject = incident.Text(nameof(HandleIncident.Victim))
            ?? incident.Text(kind == nameof(HandleIncidentKind.ProxyMapGrowth) ? nameof(HandleIncident.Holder) : nameof(HandleIncident.Sender));
        text.AddLine($"{kind}: {subject}, {time}");
        string counted = incident.Text(nameof(HandleIncident.Count)) is { } count ? $", counted {count}" : "";
        string limit = incident.Text(nameof(HandleIncident.Limit)) is { } most ? $", limit {most}" : "";
        string sender = incident.Text(nameof(HandleIncident.Sender)) is { } uid ? $", sent by {uid}" : "";
        text.Add($"Held by {incident.Text(nameof(HandleIncident.Holder)) ?? "an unknown process"}{sender}{counted}{limit}. {incident.Text(nameof(HandleIncident.Rule))}");
        text.Add(incident.Text(nameof(HandleIncident.Cause)) ?? "");
        if (incident.Text(nameof(HandleIncident.Comparison)) is { } comparison)
            text.Add(comparison);
        if (incident.Value<double>(nameof(HandleIncident.PerHour)) is { } rate)
            text.Add(string.Create(CultureInfo.CurrentCulture, $"Growing since {incident.Time(nameof(HandleIncident.Since)):yyyy-MM-dd HH:mm:ss zzz}, by at least {rate:0.#} per hour."));
        Shown[] evidence = [.. incident.Items(nameof(HandleIncident.Evidence))];
        for (int index = 0; index < Math.Min(evidence.Length, MostEvidence); index++)
            text.Add(evidence[index].ToString(), $"  [{(index + 1).ToString(CultureInfo.InvariantCulture)}] ");
        if (evidence.Length > MostEvidence)
            text.Add($"{evidence.Length - MostEvidence} more in Evidence.");
        return text.ToString();
    }
}
