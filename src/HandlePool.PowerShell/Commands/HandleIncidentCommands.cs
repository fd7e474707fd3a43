using System.Management.Automation;
using HandlePool.Analysis;
using HandlePool.PowerShell.Binding;
using HandlePool.PowerShell.Completion;

namespace HandlePool.PowerShell;

/// <summary>Gets what Android did because of too many binder objects, with the lines that show it and the suspects of the dump.</summary>
[Cmdlet(VerbsCommon.Get, "HandleIncident")]
[OutputType(typeof(HandleIncident))]
public sealed class GetHandleIncidentCommand : SessionCommand
{
    /// <summary>The kinds of incidents; all by default.</summary>
    [Parameter(Position = 0)]
    [Converted(typeof(HandleIncidentKind[]))]
    public HandleIncidentKind[]? Kind { get; set; }

    /// <summary>The session to work in: an object or a name. By default the current one.</summary>
    [Parameter(ValueFromPipeline = true)]
    [ValidateNotNull]
    [SessionIdentity]
    [OneValue]
    [ArgumentCompleter(typeof(SessionCompleter))]
    public override SessionIdentity? Session { get; set; }

    /// <summary>Writes pseudonyms for names, packages, pids and the uids of apps.</summary>
    [Parameter]
    public SwitchParameter Redact { get; set; }

    /// <summary>The key of the pseudonyms, which redacts as well; by default a random one of this process of PowerShell.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [OneValue]
    [ArgumentCompleter(typeof(NoCompleter))]
    public string? RedactKey { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => Try(() =>
    {
        HandleSession session = GetSession();
        session = Redaction.For(Redact, RedactKey)?.Redact(session, StopToken) ?? session;
        foreach (string gap in IncidentFinder.FindGaps(session))
            WriteWarning(gap);
        IReadOnlyList<HandleIncident> incidents = IncidentFinder.Find(session, cancellationToken: StopToken);
        if (incidents.Count == IncidentFinder.MaxIncidents)
            WriteWarning($"Only the first {IncidentFinder.MaxIncidents} incidents are shown.");
        WriteObject(incidents.Where(incident => Kind is null || Kind.Contains(incident.Kind)), enumerateCollection: true);
    });
}
