using System.Management.Automation;
using HandlePool.PowerShell.Binding;
using HandlePool.PowerShell.Completion;

namespace HandlePool.PowerShell;

/// <summary>Represents a cmdlet that gets what the report of a session says, with pseudonyms if they are wanted.</summary>
public abstract class RedactingCommand : SessionCommand
{
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

    /// <summary>Returns the session, or a redacted copy of it if one is wanted.</summary>
    private protected HandleSession Redacted(HandleSession session) => Redaction.For(Redact, RedactKey)?.Redact(session, StopToken) ?? session;
}
