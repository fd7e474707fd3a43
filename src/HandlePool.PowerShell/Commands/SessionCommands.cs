using System.Management.Automation;
using HandlePool.Pools;
using HandlePool.Text;

namespace HandlePool.PowerShell;

/// <summary>Creates a session and makes it the current one.</summary>
[Cmdlet(VerbsCommon.New, "HandleSession", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Low)]
[OutputType(typeof(HandleSession))]
public sealed class NewHandleSessionCommand : PSCmdlet
{
    /// <summary>What to call it; by default "Session" and a number where needed.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [ValidatePattern(@"\S")]
    public string? Name { get; set; }

    /// <summary>How its pools find the lowest unused handle.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Converted(typeof(HandleAllocator))]
    public HandleAllocator Allocator { get; set; }

    /// <summary>Who allocates when several threads find a pool full at once.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Converted(typeof(GrowthPolicy))]
    public GrowthPolicy GrowthPolicy { get; set; }

    /// <summary>When its pools shrink of themselves.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Converted(typeof(ShrinkPolicy))]
    public ShrinkPolicy ShrinkPolicy { get; set; }

    /// <summary>The limit to the capacity of each pool.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Converted(typeof(int))]
    [ValidateRange(IdPool.MinCapacity, IdPool.LargestCapacity)]
    public int MaxCapacity { get; set; } = IdPool.LargestCapacity;

    /// <summary>Keeps what is done to the session, so that it can be replayed: Get-HandleEvent -AsOperation.</summary>
    [Parameter]
    public SwitchParameter Record { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        SessionStore store = SessionStore.Here;
        if (Name is not null && store.Contains(Name))
        {
            WriteError(ErrorRecords.For(SessionErrors.SessionExists(Name)));
            return;
        }

        if (!ShouldProcess($"session '{VisibleText.Name(Name ?? "Session")}'", "Create and make current"))
            return;

        HandleSession session = new(Name ?? "Session", new HandleSessionOptions
        {
            Allocator = Allocator,
            GrowthPolicy = GrowthPolicy,
            ShrinkPolicy = ShrinkPolicy,
            MaxCapacity = MaxCapacity,
        });
        if (Record)
            session.StartRecording();
        store.Add(session);
        WriteObject(session);
    }
}

/// <summary>Gets the sessions of this runspace.</summary>
[Cmdlet(VerbsCommon.Get, "HandleSession", DefaultParameterSetName = "Name")]
[OutputType(typeof(HandleSession))]
public sealed class GetHandleSessionCommand : PSCmdlet
{
    /// <summary>The names, which may be patterns; all sessions by default.</summary>
    [Parameter(Position = 0, ParameterSetName = "Name", ValueFromPipeline = true)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(SessionCompleter))]
    public string[]? Name { get; set; }

    /// <summary>Only the current one.</summary>
    [Parameter(ParameterSetName = "Current", Mandatory = true)]
    public SwitchParameter Current { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        SessionStore store = SessionStore.Here;
        if (Current)
        {
            WriteObject(store.Current);
        }
        else if (Name is null)
        {
            WriteObject(store.ToArray(), enumerateCollection: true);
        }
        else
        {
            foreach (string name in Name)
                WriteMatching(store, name);
        }
    }

    private void WriteMatching(SessionStore store, string name)
    {
        try
        {
            WriteObject(store.Find(new SessionIdentity(name)), enumerateCollection: true);
        }
        catch (HandleException exception)
        {
            WriteError(ErrorRecords.For(exception));
        }
        catch (WildcardPatternException exception)
        {
            WriteError(ErrorRecords.BadPattern(exception));
        }
    }
}

/// <summary>Makes another session the current one.</summary>
[Cmdlet(VerbsCommon.Switch, "HandleSession", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Low)]
[OutputType(typeof(HandleSession))]
public sealed class SwitchHandleSessionCommand : PSCmdlet
{
    /// <summary>The session or its name.</summary>
    [Parameter(Position = 0, Mandatory = true, ValueFromPipeline = true)]
    [SessionIdentity]
    [ArgumentCompleter(typeof(SessionCompleter))]
    public SessionIdentity Session { get; set; } = null!;

    /// <summary>Writes the session.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        try
        {
            HandleSession session = SessionStore.Here.Get(Session);
            if (!ShouldProcess($"session '{session}'", "Make current"))
                return;
            SessionStore.Here.Switch(session);
            if (PassThru)
                WriteObject(session);
        }
        catch (HandleException exception)
        {
            WriteError(ErrorRecords.For(exception));
        }
    }
}

/// <summary>Removes sessions from this runspace.</summary>
[Cmdlet(VerbsCommon.Remove, "HandleSession", SupportsShouldProcess = true)]
[OutputType(typeof(void))]
public sealed class RemoveHandleSessionCommand : PSCmdlet
{
    /// <summary>The sessions or their names, which may be patterns.</summary>
    [Parameter(Position = 0, Mandatory = true, ValueFromPipeline = true)]
    [SupportsWildcards]
    [SessionIdentity]
    [ArgumentCompleter(typeof(SessionCompleter))]
    public SessionIdentity[] Session { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (SessionIdentity identity in Session)
        {
            try
            {
                foreach (HandleSession session in SessionStore.Here.Find(identity))
                {
                    if (ShouldProcess($"session '{session}' with {session.Processes} processes and {session.Nodes} nodes", "Remove"))
                        SessionStore.Here.Remove(session);
                }
            }
            catch (HandleException exception)
            {
                WriteError(ErrorRecords.For(exception));
            }
            catch (WildcardPatternException exception)
            {
                WriteError(ErrorRecords.BadPattern(exception));
            }
        }
    }
}
