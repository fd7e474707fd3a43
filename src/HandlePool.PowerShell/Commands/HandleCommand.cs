using System.Globalization;
using System.Management.Automation;
using HandlePool.Tables;
using HandlePool.Text;

namespace HandlePool.PowerShell;

/// <summary>What the cmdlets share: the -Session parameter, looking things up in it, and errors as records.</summary>
public abstract class HandleCommand : PSCmdlet
{
    private bool? _mayAsk;
    private SessionIdentity? _named;
    private HandleSession? _session;
    private HandleSession? _sessionOfObjects;
    private HandleSession? _lastSession;
    private ProcessIdentity? _lastIdentity;
    private HandleProcess? _lastProcess;

    /// <summary>The session to work in: an object or a name. By default that of the objects given, else the current one.</summary>
    [Parameter]
    [ValidateNotNull]
    [SessionIdentity]
    [ArgumentCompleter(typeof(SessionCompleter))]
    public virtual SessionIdentity? Session { get; set; }

    /// <summary>The session that was named, or else that of the objects that were given, or else the current one.</summary>
    internal HandleSession GetSession()
    {
        if (Session is null)
            return _sessionOfObjects ?? (_session ??= SessionStore.Here.Current);

        // Cmdlets that take sessions from the pipeline get another one each time.
        if (!ReferenceEquals(Session, _named))
            (_named, _session) = (Session, SessionStore.Here.Get(Session));
        return _session!;
    }

    /// <summary>Has names be looked up in the session of an object beside them, if there is one.</summary>
    private protected void UseSessionOf(ProcessIdentity? process, NodeIdentity? node) =>
        _sessionOfObjects = (process?.Value as HandleProcess)?.Session ?? (node?.Value as HandleNode)?.Session;

    /// <summary>Whether ShouldProcess could say no or say anything: -WhatIf, -Confirm, -Verbose, or a preference variable to that effect.</summary>
    /// <remarks>
    /// For cmdlets that many objects go through: ShouldProcess formats its message each time, which takes as long as all the rest.
    /// It holds for impacts below High.
    /// </remarks>
    private protected bool MayAsk => _mayAsk ??= MyInvocation.BoundParameters.Keys.Any(key => key is "WhatIf" or "Confirm" or "Verbose")
        || LanguagePrimitives.IsTrue(GetVariableValue("WhatIfPreference"))
        || !string.Equals(GetVariableValue("ConfirmPreference")?.ToString(), nameof(ConfirmImpact.High), StringComparison.OrdinalIgnoreCase)
        || !string.Equals(GetVariableValue("VerbosePreference")?.ToString(), nameof(ActionPreference.SilentlyContinue), StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether anything was refused so far.</summary>
    private protected bool HasFailed { get; private set; }

    /// <summary>Where the events of a session are now, for <see cref="TellEvents"/>; 0 if nobody would be told.</summary>
    private protected long MarkEvents(HandleSession session) => MayAsk ? session.EventsRecorded : 0;

    /// <summary>Tells, with -Verbose, what happened since the mark: what grew, what shrank, what was discarded, what there was no memory for.</summary>
    /// <param name="session">The session.</param>
    /// <param name="mark">From <see cref="MarkEvents"/>.</param>
    /// <param name="process">Only what happened to this process; another thread may have had a part in that.</param>
    private protected void TellEvents(HandleSession session, long mark, HandleProcess? process = null)
    {
        if (!MayAsk)
            return;
        foreach (HandleEvent each in session.GetEventsSince(mark))
        {
            if (process is null || each.Process == process)
                WriteVerbose(each.Kind == HandleEventKind.ProcessExit ? VisibleText.Of(each.Message) : $"Process '{each.Process}': {VisibleText.Of(each.Message)}");
        }
    }

    /// <summary>Runs an operation of the model; what it refuses becomes a non-terminating error.</summary>
    private protected bool Try(Action operation)
    {
        try
        {
            operation();
            return true;
        }
        catch (HandleException exception)
        {
            WriteError(ErrorRecords.For(exception));
        }
        catch (WildcardPatternException exception)
        {
            WriteError(ErrorRecords.BadPattern(exception));
        }

        HasFailed = true;
        return false;
    }

    /// <summary>Runs a query of the model; what it refuses becomes a non-terminating error, and null.</summary>
    private protected T? Try<T>(Func<T> query)
        where T : class
    {
        T? result = null;
        Try(() => { result = query(); });
        return result;
    }

    /// <summary>The one process that is meant.</summary>
    /// <exception cref="HandleException"><c>ProcessNotFound</c>, <c>ProcessDead</c> or <c>ProcessAmbiguous</c>.</exception>
    private protected HandleProcess GetProcess(ProcessIdentity identity, string? context = null)
    {
        // The parameter is bound once and asked for with each object that comes down the pipeline.
        HandleSession session = GetSession();
        if (ReferenceEquals(identity, _lastIdentity) && session == _lastSession && _lastProcess is { IsDead: false })
            return _lastProcess;

        HandleProcess process = identity.Value switch
        {
            HandleProcess given => CheckSession(given),
            long id and >= 0 and <= int.MaxValue => session.GetProcess((int)id, context),
            object name => session.GetProcess(Convert.ToString(name, CultureInfo.InvariantCulture)!, context),
        };
        (_lastIdentity, _lastSession, _lastProcess) = (identity, session, process);
        return process;
    }

    /// <summary>All processes that are meant; null means all. A name may be a pattern, which may fit none.</summary>
    internal List<HandleProcess> GetProcesses(ProcessIdentity[]? identities, string? context = null, bool includeDead = false)
    {
        List<HandleProcess> found = [];
        if (identities is null)
        {
            Try(() => found.AddRange(GetSession().GetProcesses(includeDead).Where(process => IsIn(process, context))));
            return found;
        }

        foreach (ProcessIdentity identity in identities)
            Try(() => found.AddRange(FindProcesses(identity, context, includeDead)));
        return found;
    }

    /// <summary>The one node that is meant.</summary>
    /// <exception cref="HandleException"><c>NodeNotFound</c> or <c>NodeAmbiguous</c>.</exception>
    private protected HandleNode GetNode(NodeIdentity identity) => identity.Value switch
    {
        HandleNode node => CheckSession(node),
        long id => GetSession().GetNode(id),
        object name => GetSession().GetNode((string)name),
    };

    /// <summary>All nodes that are meant. A name may be a pattern, which may fit none.</summary>
    private protected List<HandleNode> GetNodes(IEnumerable<NodeIdentity> identities)
    {
        List<HandleNode> found = [];
        foreach (NodeIdentity identity in identities)
        {
            Try(() => found.AddRange(identity.Value switch
            {
                string name when WildcardPattern.ContainsWildcardCharacters(name) => Matching(GetSession().GetNodes(), name, node => node.Name),
                string name => GetSession().FindNodes(WildcardPattern.Unescape(name)),
                _ => [GetNode(identity)],
            }));
        }

        return found;
    }

    private static bool IsIn(HandleProcess process, string? context) =>
        context is null || string.Equals(process.Context, context, StringComparison.OrdinalIgnoreCase);

    private static IEnumerable<T> Matching<T>(IEnumerable<T> items, string pattern, Func<T, string?> nameOf)
    {
        WildcardPattern wildcard = WildcardPattern.Get(pattern, WildcardOptions.IgnoreCase);
        return items.Where(item => nameOf(item) is { } name && wildcard.IsMatch(name));
    }

    private IEnumerable<HandleProcess> FindProcesses(ProcessIdentity identity, string? context, bool includeDead)
    {
        switch (identity.Value)
        {
            case HandleProcess process:
                return [CheckSession(process)];
            case string name when WildcardPattern.ContainsWildcardCharacters(name):
                return Matching(GetSession().GetProcesses(includeDead), name, process => process.Name).Where(process => IsIn(process, context));
            case long id and >= 0 and <= int.MaxValue when !includeDead:
                return GetSession().FindProcesses((int)id, context);
            default:
                string nameOrId = identity.Unescape().ToString();
                if (!includeDead)
                    return GetSession().FindProcesses(nameOrId, context);

                List<HandleProcess> all = [.. GetSession().GetProcesses(includeDead: true).Where(process => IsIn(process, context)
                    && ((identity.Value is string && string.Equals(process.Name, nameOrId, StringComparison.OrdinalIgnoreCase))
                        || process.Id.ToString(CultureInfo.InvariantCulture) == nameOrId))];
                return all.Count > 0 ? all : throw SessionErrors.ProcessNotFound(nameOrId, context, GetSession(), GetSession().NamesWith(nameOrId, context));
        }
    }

    /// <summary>An object brings its session along; a session that is named must be the same.</summary>
    private HandleProcess CheckSession(HandleProcess process)
    {
        if (Session is not null)
            GetSession().CheckOwn(process);
        return process;
    }

    private HandleNode CheckSession(HandleNode node)
    {
        if (Session is not null && node.Session != GetSession())
            throw SessionErrors.NodeForeign(node, GetSession());
        return node.IsGone ? throw TableErrors.NodeGone(node) : node;
    }
}
