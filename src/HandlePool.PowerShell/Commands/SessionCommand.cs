using System.Globalization;
using System.Management.Automation;
using HandlePool.PowerShell.Binding;
using HandlePool.PowerShell.Completion;
using HandlePool.PowerShell.Errors;
using HandlePool.Tables;
using HandlePool.Text;

namespace HandlePool.PowerShell;

/// <summary>Represents a cmdlet that works in a session and resolves processes and nodes in it.</summary>
public abstract class SessionCommand : ModelCommand
{
    private bool _mayPipeSession;
    private SessionIdentity? _named;
    private HandleSession? _session;
    private HandleSession? _sessionOfObjects;
    private HandleSession? _lastSession;
    private ProcessIdentity? _lastIdentity;
    private HandleProcess? _lastProcess;

    /// <summary>The session to work in: an object or a name. By default that of the given objects, otherwise the current one.</summary>
    [Parameter]
    [ValidateNotNull]
    [SessionIdentity]
    [OneValue]
    [ArgumentCompleter(typeof(SessionCompleter))]
    public virtual SessionIdentity? Session { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing() => _mayPipeSession = Session is null;

    /// <summary>Gets whether the session is an object from the pipeline.</summary>
    private protected bool IsSessionPiped => _mayPipeSession && Session is { Value: HandleSession };

    // A string from the pipeline names a process. PowerShell binds it to a -Session that takes sessions from the pipeline as well.
    private bool IsSessionGiven => Session is not null && !(_mayPipeSession && Session.Value is string);

    /// <summary>Returns the session that was named, otherwise that of the given objects, otherwise the current one.</summary>
    internal HandleSession GetSession()
    {
        if (!IsSessionGiven)
            return _sessionOfObjects ?? (_session ??= SessionStore.Here.Current);

        // A cmdlet that takes sessions from the pipeline gets another one each time.
        if (!ReferenceEquals(Session, _named))
            (_named, _session) = (Session, SessionStore.Here.Get(Session!));
        return _session!;
    }

    /// <summary>Resolves names in the session of an object that was given with them, if there is one.</summary>
    private protected void UseSessionOf(ProcessIdentity? process, NodeIdentity? node) =>
        _sessionOfObjects = (process?.Value as HandleProcess)?.Session ?? (node?.Value as HandleNode)?.Session;

    /// <summary>Returns the position in the events of a session for <see cref="WriteEvents"/>, or 0 if none would be written.</summary>
    private protected long MarkEvents(HandleSession session) => IsVerbose ? session.EventsRecorded : 0;

    /// <summary>Writes, with -Verbose, the events since the mark, such as a pool that grew.</summary>
    /// <param name="session">The session.</param>
    /// <param name="mark">From <see cref="MarkEvents"/>.</param>
    /// <param name="process">The process whose events are written; by default all. Other threads may have caused some of them.</param>
    private protected void WriteEvents(HandleSession session, long mark, HandleProcess? process = null)
    {
        if (!IsVerbose)
            return;
        foreach (HandleEvent each in session.GetEventsSince(mark))
        {
            if (process is null || each.Process == process)
            {
                string message = VisibleText.Of(each.Message);
                WriteVerbose(each.Kind == HandleEventKind.ProcessExit ? message : $"Process '{each.Process}': {message}");
            }
        }
    }

    /// <summary>Returns the one process that is identified.</summary>
    /// <exception cref="HandleException"><c>ProcessNotFound</c>, <c>ProcessDead</c> or <c>ProcessAmbiguous</c>.</exception>
    private protected HandleProcess GetProcess(ProcessIdentity identity, string? context = null)
    {
        // The parameter is bound once, but resolved for each object from the pipeline.
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

    /// <summary>Returns the processes that are identified, or all for null. A name may be a pattern, which may match none.</summary>
    /// <param name="identities">The identities.</param>
    /// <param name="contexts">Their contexts; null for any.</param>
    /// <param name="includeDead">Whether those that have exited count.</param>
    /// <param name="answer">Adds to an error what the driver answers, where its command names processes.</param>
    internal List<HandleProcess> GetProcesses(
        ProcessIdentity[]? identities, ContextFilter? contexts = null, bool includeDead = false, Action<HandleException>? answer = null)
    {
        List<HandleProcess> found = [];
        if (identities is null)
        {
            Try(() => found.AddRange(GetSession().GetProcesses(includeDead).Where(process => IsIn(process, contexts))));
            return found;
        }

        foreach (ProcessIdentity identity in identities)
        {
            Try(() =>
            {
                try
                {
                    found.AddRange(FindProcesses(identity, contexts, includeDead));
                }
                catch (HandleException refused)
                {
                    answer?.Invoke(refused);
                    throw;
                }
            });
        }

        return found;
    }

    /// <summary>Returns the one node that is identified.</summary>
    /// <exception cref="HandleException"><c>NodeNotFound</c> or <c>NodeAmbiguous</c>.</exception>
    private protected HandleNode GetNode(NodeIdentity identity) => identity.Value switch
    {
        HandleNode node => CheckSession(node),
        long id => GetSession().GetNode(id),
        object name => GetSession().GetNode((string)name),
    };

    /// <summary>Returns the nodes that are identified. A name may be a pattern, which may match none.</summary>
    private protected List<HandleNode> GetNodes(IEnumerable<NodeIdentity> identities)
    {
        List<HandleNode> found = [];
        foreach (NodeIdentity identity in identities)
        {
            Try(() => found.AddRange(identity.Value switch
            {
                string name when identity.IsPattern => Matching(GetSession().GetNodes(), name, node => node.Name),
                string name => GetSession().FindNodes(WildcardPattern.Unescape(name)),
                _ => [GetNode(identity)],
            }));
        }

        return found;
    }

    /// <summary>Parses names that may be patterns; none for null. A pattern that is none ends the command.</summary>
    private protected WildcardPattern[] ParsePatterns(string[]? names)
    {
        try
        {
            return Array.ConvertAll(names ?? [], NamePattern.Parse);
        }
        catch (WildcardPatternException exception)
        {
            ThrowTerminatingError(ErrorRecords.BadPattern(exception));
            throw;
        }
    }

    private static bool IsIn(HandleProcess process, ContextFilter? contexts) => contexts is null || contexts.Matches(process.Context);

    private static IEnumerable<T> Matching<T>(IEnumerable<T> items, string pattern, Func<T, string?> nameOf)
    {
        WildcardPattern wildcard = NamePattern.Parse(pattern);
        return items.Where(item => nameOf(item) is { } name && wildcard.IsMatch(name));
    }

    private IEnumerable<HandleProcess> FindProcesses(ProcessIdentity identity, ContextFilter? contexts, bool includeDead)
    {
        switch (identity.Value)
        {
            case HandleProcess process:
                return [CheckSession(process)];
            case string name when identity.IsPattern:
                return Matching(GetSession().GetProcesses(includeDead), name, process => process.Name)
                    .Where(process => IsIn(process, contexts));
            case long id and >= 0 and <= int.MaxValue when !includeDead:
                return contexts is null or { Single: not null }
                    ? GetSession().FindProcesses((int)id, contexts?.Single)
                    : Narrow(GetSession().FindProcesses((int)id), contexts, id);
            default:
                string nameOrId = identity.Unescape().ToString();
                if (!includeDead)
                {
                    return contexts is null or { Single: not null }
                        ? GetSession().FindProcesses(nameOrId, contexts?.Single)
                        : Narrow(GetSession().FindProcesses(nameOrId), contexts, nameOrId);
                }

                List<HandleProcess> all = [.. GetSession().GetProcesses(includeDead: true).Where(process => IsIn(process, contexts)
                    && ((identity.Value is string && string.Equals(process.Name, nameOrId, StringComparison.OrdinalIgnoreCase))
                        || process.Id.ToString(CultureInfo.InvariantCulture) == nameOrId))];
                return Narrow(all, contexts, nameOrId);
        }
    }

    private List<HandleProcess> Narrow(IEnumerable<HandleProcess> processes, ContextFilter? contexts, object nameOrId)
    {
        List<HandleProcess> found = [.. processes.Where(process => IsIn(process, contexts))];
        return found.Count > 0 ? found : throw SessionErrors.ProcessNotFound(nameOrId, contexts?.Single ?? contexts?.ToString(), GetSession(),
            GetSession().NamesIn(contexts?.Single));
    }

    /// <summary>Checks that an object belongs to the session that was named, if one was.</summary>
    private protected HandleProcess CheckSession(HandleProcess process)
    {
        if (IsSessionGiven)
            GetSession().CheckOwn(process);
        return process;
    }

    private HandleNode CheckSession(HandleNode node)
    {
        if (IsSessionGiven && node.Session != GetSession())
            throw SessionErrors.NodeForeign(node, GetSession());
        return node.IsGone ? throw TableErrors.NodeGone(node) : node;
    }
}
