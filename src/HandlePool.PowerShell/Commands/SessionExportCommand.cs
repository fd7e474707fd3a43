using System.Management.Automation;
using HandlePool.PowerShell.Binding;
using HandlePool.PowerShell.Completion;
using HandlePool.PowerShell.Errors;

namespace HandlePool.PowerShell;

/// <summary>Represents a cmdlet that writes one session to a file.</summary>
public abstract class SessionExportCommand : ExportCommand
{
    private HandleSession? _exported;

    /// <summary>The session: an object or a name. The current one by default.</summary>
    [Parameter(ValueFromPipeline = true)]
    [ValidateNotNull]
    [SessionIdentity]
    [OneValue]
    [ArgumentCompleter(typeof(SessionCompleter))]
    public SessionIdentity? Session { get; set; }

    /// <summary>Gets the format of the file as the end of a sentence, such as <c> as a dump</c>, or an empty string.</summary>
    private protected virtual string Format => "";

    /// <inheritdoc/>
    protected override void ProcessRecord() => Try(() =>
    {
        HandleSession session = Session is null ? SessionStore.Here.Current : SessionStore.Here.Get(Session);
        if (_exported is not null)
            WriteError(ErrorRecords.SecondSession(session, _exported));
        else if (Export($"Export session '{session}'{Format}", (file, overwrite, token) => Write(file, session, overwrite, token)))
            _exported = session;
    });

    /// <summary>Writes the session to a file until it is stopped; replaces an existing one or not.</summary>
    private protected abstract void Write(string file, HandleSession session, bool overwrite, CancellationToken cancellationToken);
}
