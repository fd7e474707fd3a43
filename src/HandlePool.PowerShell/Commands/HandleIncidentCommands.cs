using System.Management.Automation;
using HandlePool.Analysis;
using HandlePool.PowerShell.Binding;

namespace HandlePool.PowerShell;

/// <summary>Gets what Android did because of too many binder objects, with the lines that show it and the suspects of the dump.</summary>
[Cmdlet(VerbsCommon.Get, "HandleIncident")]
[OutputType(typeof(HandleIncident))]
public sealed class GetHandleIncidentCommand : RedactingCommand
{
    /// <summary>The kinds of incidents; all by default.</summary>
    [Parameter(Position = 0)]
    [Converted(typeof(HandleIncidentKind[]))]
    public HandleIncidentKind[]? Kind { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => Try(() =>
    {
        HandleSession session = GetSession();
        session = Redacted(session);
        foreach (string gap in IncidentFinder.FindGaps(session))
            WriteWarning(gap);
        IReadOnlyList<HandleIncident> incidents = IncidentFinder.Find(session, cancellationToken: StopToken);
        if (incidents.Count == IncidentFinder.MaxIncidents)
            WriteWarning($"Only the first {IncidentFinder.MaxIncidents} incidents are shown.");
        WriteObject(incidents.Where(incident => Kind is null || Kind.Contains(incident.Kind)), enumerateCollection: true);
    });
}
