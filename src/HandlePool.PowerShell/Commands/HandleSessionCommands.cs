using System.Management.Automation;
using HandlePool.Analysis;
using HandlePool.Experiments;
using HandlePool.Pools;
using HandlePool.PowerShell.Binding;
using HandlePool.PowerShell.Completion;
using HandlePool.PowerShell.Errors;
using HandlePool.PowerShell.Files;
using HandlePool.PowerShell.Progress;
using HandlePool.PowerShell.Views;
using HandlePool.SessionFiles;
using HandlePool.Text;

namespace HandlePool.PowerShell;

/// <summary>Creates a session and makes it the current one.</summary>
[Cmdlet(VerbsCommon.New, "HandleSession", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Low)]
[OutputType(typeof(HandleSession))]
public sealed class NewHandleSessionCommand : SessionOptionsCommand
{
    /// <inheritdoc/>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ValidatePattern(@"\S")]
    [NameText]
    [OneValue]
    [ArgumentCompleter(typeof(NoCompleter))]
    public override string? Name { get; set; }

    /// <inheritdoc/>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Converted(typeof(HandleDriver))]
    [OneValue]
    public override HandleDriver Driver { get; set; }

    /// <inheritdoc/>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public override SwitchParameter FreezeListenerLeak { get; set; }

    /// <inheritdoc/>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Converted(typeof(HandleAllocator?))]
    [OneValue]
    public override HandleAllocator? Allocator { get; set; }

    /// <inheritdoc/>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Converted(typeof(GrowthPolicy))]
    [OneValue]
    public override GrowthPolicy GrowthPolicy { get; set; }

    /// <inheritdoc/>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Converted(typeof(ShrinkPolicy))]
    [OneValue]
    public override ShrinkPolicy ShrinkPolicy { get; set; }

    /// <inheritdoc/>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Converted(typeof(int))]
    [ValidateRange(IdPool.MinCapacity, IdPool.LargestCapacity)]
    [OneValue]
    [ArgumentCompleter(typeof(NoCompleter))]
    public override int? MaxCapacity { get; set; }

    /// <inheritdoc/>
    [Parameter]
    public override SwitchParameter Record { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (Create() is not { } session || !MayChange($"session '{session}'", "Create and switch to"))
            return;
        SessionStore.Here.Add(session);
        CountChanges();
        WriteObject(session);
    }

    /// <inheritdoc/>
    private protected override string? Summarize(int changes) => $"Created {Phrase.Count(changes, "session")}.";
}

/// <summary>Runs a script block with another session as the current one, by default a new one that is removed afterwards.</summary>
[Cmdlet(VerbsOther.Use, "HandleSession", DefaultParameterSetName = OptionsSet)]
[OutputType(typeof(object))]
public sealed class UseHandleSessionCommand : SessionOptionsCommand
{
    /// <summary>The script block.</summary>
    [Parameter(Position = 0, Mandatory = true)]
    [OneValue]
    [ArgumentCompleter(typeof(NoCompleter))]
    public ScriptBlock ScriptBlock { get; set; } = null!;

    /// <summary>The arguments of the script block.</summary>
    [Parameter]
    [Alias("Args")]
    [ValidateNotNull]
    [ArgumentCompleter(typeof(NoCompleter))]
    public object?[] ArgumentList { get; set; } = [];

    /// <summary>The session to use, which is not removed: an object or a name.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "Session")]
    [SessionIdentity]
    [OneValue]
    [ArgumentCompleter(typeof(SessionCompleter))]
    public SessionIdentity? Session { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        bool isNew = Session is null;
        if ((isNew ? Create() : Try(() => SessionStore.Here.Get(Session!))) is not { } session)
            return;

        using SessionStore.Visit visit = SessionStore.Here.Enter(session, isNew);

        // The block runs in the scope of the caller. A pipeline that is stepped writes its output when it comes, not at the end.
        ScriptBlock call = InvokeCommand.NewScriptBlock("param($block, $arguments) . $block @arguments");
        using SteppablePipeline pipeline = call.GetSteppablePipeline(CommandOrigin.Internal, [ScriptBlock, ArgumentList]);
        pipeline.Begin(this);
        pipeline.End();
    }
}

/// <summary>Copies sessions. The current session stays the current one.</summary>
[Cmdlet(VerbsCommon.Copy, "HandleSession", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Low)]
[OutputType(typeof(HandleSession))]
public sealed class CopyHandleSessionCommand : SessionCommand
{
    /// <summary>The session to copy: an object or a name. The current one by default.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true)]
    [ValidateNotNull]
    [SessionIdentity]
    [OneValue]
    [ArgumentCompleter(typeof(SessionCompleter))]
    public override SessionIdentity? Session { get; set; }

    /// <summary>The name of the copy; by default that of the session, with a number.</summary>
    [Parameter(Position = 1)]
    [ValidatePattern(@"\S")]
    [NameText]
    [OneValue]
    [ArgumentCompleter(typeof(NoCompleter))]
    public string? Name { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => Try(() =>
    {
        HandleSession session = GetSession();
        if (Name is not null && SessionStore.Here.Contains(Name))
        {
            WriteError(ErrorRecords.SessionExists(Name));
            return;
        }

        if (!MayChange($"session '{session}' with {ReadableText.Contents(session)}", Name is null ? "Copy" : $"Copy as '{VisibleText.Name(Name)}'"))
            return;
        HandleSession copy = session.Copy(Name ?? session.Name, StopToken);
        SessionStore.Here.AddBeside(copy);
        CountChanges();
        WriteObject(copy);
    });

    /// <inheritdoc/>
    private protected override string? Summarize(int changes) => $"Copied {Phrase.Count(changes, "session")}.";
}

/// <summary>Gets the sessions of this runspace.</summary>
[Cmdlet(VerbsCommon.Get, "HandleSession", DefaultParameterSetName = "Name")]
[OutputType(typeof(HandleSession))]
public sealed class GetHandleSessionCommand : ModelCommand
{
    /// <summary>The names, which may be patterns; all sessions by default.</summary>
    [Parameter(Position = 0, ParameterSetName = "Name", ValueFromPipeline = true)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [NameText]
    [ArgumentCompleter(typeof(SessionCompleter))]
    public string[]? Name { get; set; }

    /// <summary>Gets only the current session.</summary>
    [Parameter(ParameterSetName = "Current", Mandatory = true)]
    [Chosen]
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
                Try(() => WriteObject(store.Find(new SessionIdentity(name)), enumerateCollection: true));
        }
    }
}

/// <summary>Makes another session the current one.</summary>
[Cmdlet(VerbsCommon.Switch, "HandleSession", DefaultParameterSetName = "Session",
    SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Low)]
[OutputType(typeof(HandleSession))]
public sealed class SwitchHandleSessionCommand : ModelCommand
{
    private HandleSession? _switchedTo;

    /// <summary>The session: an object or a name. A pattern must match one session.</summary>
    [Parameter(Position = 0, Mandatory = true, ParameterSetName = "Session", ValueFromPipeline = true)]
    [SupportsWildcards]
    [SessionIdentity]
    [OneValue]
    [ArgumentCompleter(typeof(SessionCompleter))]
    public SessionIdentity Session { get; set; } = null!;

    /// <summary>The name of the session. A pattern must match one session.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "Name")]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [NameText]
    [OneValue]
    [ArgumentCompleter(typeof(SessionCompleter))]
    public string? Name { get; set; }

    /// <summary>Writes the session to the pipeline.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => Try(() =>
    {
        HandleSession session = SessionStore.Here.FindOne(Name is null ? Session : new SessionIdentity(Name));
        if (!MayChange($"session '{session}'", "Switch to"))
            return;
        SessionStore.Here.Switch(session);
        _switchedTo = session;
        if (PassThru)
            WriteObject(session);
    });

    /// <inheritdoc/>
    private protected override string? Summarize(int changes) =>
        _switchedTo is null ? "Switched to no other session." : $"Switched to session '{_switchedTo}'.";
}

/// <summary>Removes sessions from this runspace.</summary>
[Cmdlet(VerbsCommon.Remove, "HandleSession", DefaultParameterSetName = "Session", SupportsShouldProcess = true)]
[OutputType(typeof(void))]
public sealed class RemoveHandleSessionCommand : ModelCommand
{
    /// <summary>The sessions: objects or names, which may be patterns.</summary>
    [Parameter(Position = 0, Mandatory = true, ParameterSetName = "Session", ValueFromPipeline = true)]
    [SupportsWildcards]
    [SessionIdentity]
    [ArgumentCompleter(typeof(SessionCompleter))]
    public SessionIdentity[] Session { get; set; } = [];

    /// <summary>The names of the sessions, which may be patterns.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "Name")]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [NameText]
    [ArgumentCompleter(typeof(SessionCompleter))]
    public string[]? Name { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (SessionIdentity identity in Name?.Select(name => new SessionIdentity(name)) ?? Session)
            Try(() => Remove(identity));
    }

    /// <inheritdoc/>
    private protected override string? Summarize(int changes) => $"Removed {Phrase.Count(changes, "session")}.";

    private void Remove(SessionIdentity identity)
    {
        foreach (HandleSession session in SessionStore.Here.Find(identity))
        {
            if (!MayChange($"session '{session}' with {ReadableText.Contents(session)}", "Remove"))
                continue;
            SessionStore.Here.Remove(session);
            CountChanges();
        }
    }
}

/// <summary>Compares two sessions: what was added, what was removed.</summary>
[Cmdlet(VerbsData.Compare, "HandleSession")]
[OutputType(typeof(HandleUsageChange))]
public sealed class CompareHandleSessionCommand : ModelCommand
{
    /// <summary>The earlier session: an object or a name.</summary>
    [Parameter(Position = 0, Mandatory = true)]
    [ValidateNotNull]
    [SessionIdentity]
    [OneValue]
    [ArgumentCompleter(typeof(SessionCompleter))]
    public SessionIdentity ReferenceSession { get; set; } = null!;

    /// <summary>The later session: an object or a name. The current one by default.</summary>
    [Parameter(Position = 1, ValueFromPipeline = true)]
    [Alias("Session")]
    [ValidateNotNull]
    [SessionIdentity]
    [OneValue]
    [ArgumentCompleter(typeof(SessionCompleter))]
    public SessionIdentity? DifferenceSession { get; set; }

    /// <summary>The grouping of the counts.</summary>
    [Parameter]
    [OneValue]
    [Converted(typeof(HandleUsageGrouping))]
    public HandleUsageGrouping By { get; set; }

    /// <summary>Writes also the groups that did not change.</summary>
    [Parameter]
    public SwitchParameter IncludeEqual { get; set; }

    /// <summary>The number of results to write, those that grew most first; all by default.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    [OneValue]
    [ArgumentCompleter(typeof(NoCompleter))]
    public int Top { get; set; } = int.MaxValue;

    /// <inheritdoc/>
    protected override void ProcessRecord() => Try(() =>
    {
        SessionStore store = SessionStore.Here;
        HandleSession after = DifferenceSession is null ? store.Current : store.Get(DifferenceSession);
        HandleSession before = store.Get(ReferenceSession);
        if (before == after)
            WriteWarning($"Session '{after}' is compared with itself. Use -DifferenceSession for the later session, or make that one current.");
        SessionComparison comparison = SessionComparison.Compare(before, after, By, StopToken);
        foreach (string note in comparison.Notes)
            WriteWarning(note);
        if (!comparison.IsRelated)
            return;
        IEnumerable<HandleUsageChange> changes = comparison.Changes.Where(change => IncludeEqual || change.Added > 0 || change.Removed > 0);
        WriteObject(changes.Take(Top), enumerateCollection: true);
    });
}

/// <summary>Writes a session to a file, as JSON.</summary>
[Cmdlet(VerbsData.Export, "HandleSession", DefaultParameterSetName = "Path", SupportsShouldProcess = true)]
[OutputType(typeof(FileInfo))]
public sealed class ExportHandleSessionCommand : SessionExportCommand
{
    /// <inheritdoc/>
    private protected override void Write(string file, HandleSession session, bool overwrite, CancellationToken cancellationToken) =>
        SessionFileWriter.WriteFile(file, session, overwrite, cancellationToken);
}

/// <summary>Reads sessions from files that Export-HandleSession wrote, and makes the last of them the current one.</summary>
[Cmdlet(VerbsData.Import, "HandleSession", DefaultParameterSetName = "Path")]
[OutputType(typeof(HandleSession))]
public sealed class ImportHandleSessionCommand : ModelCommand
{
    private string _file = "";

    /// <summary>The files; patterns are resolved.</summary>
    [Parameter(Position = 0, Mandatory = true, ParameterSetName = "Path", ValueFromPipeline = true)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [Live]
    public string[] Path { get; set; } = [];

    /// <summary>The files, taken literally.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "LiteralPath", ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath", "LP")]
    [ValidateNotNullOrEmpty]
    public string[] LiteralPath { get; set; } = [];

    /// <summary>The name of the session; by default the one in the file. A number is added to a name that is taken.</summary>
    [Parameter]
    [ValidatePattern(@"\S")]
    [NameText]
    [OneValue]
    [ArgumentCompleter(typeof(NoCompleter))]
    public string? Name { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        bool isLiteral = ParameterSetName == "LiteralPath";
        foreach (string file in InputFiles.Resolve(this, isLiteral ? LiteralPath : Path, isLiteral, Fail))
        {
            if (Stopping)
                return;
            Try(() => Read(file));
        }
    }

    /// <inheritdoc/>
    private protected override ErrorRecord Describe(HandleException exception) =>
        exception.ErrorId == HandleErrorIds.SessionFormat && FileKind.Advise(_file) is { } advice
            ? ErrorRecords.For(exception, advice)
            : base.Describe(exception);

    private void Read(string file)
    {
        _file = file;

        // On another thread, as nothing ends the wait for the other side of a pipe.
        Task<HandleSession> reading = Task.Factory.StartNew(() => SessionFileReader.ReadFile(file, StopToken), CancellationToken.None,
            TaskCreationOptions.LongRunning, TaskScheduler.Default);
        new ImportProgress(this, file, "Importing sessions").ShowUntil(reading, StopToken);
        HandleSession session = reading.GetAwaiter().GetResult();
        if (Name is not null)
            session.Name = Name;
        SessionStore.Here.Add(session);
        WriteVerbose($"{VisibleText.Of(file)}: session '{session}' has {ReadableText.Contents(session)}.");
        WriteObject(session);
    }
}
