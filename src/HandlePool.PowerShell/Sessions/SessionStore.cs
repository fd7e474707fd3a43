using System.Management.Automation;
using System.Management.Automation.Runspaces;
using System.Runtime.CompilerServices;

namespace HandlePool.PowerShell;

/// <summary>The sessions of a runspace, one of which is its current one.</summary>
/// <remarks>
/// A runspace has one pipeline at a time, but event actions and debuggers can come in between; hence the lock. A store goes
/// with its runspace.
/// </remarks>
internal sealed class SessionStore
{
    private const string DefaultName = "Default";

    private static readonly ConditionalWeakTable<Runspace, SessionStore> Stores = [];

    private readonly object _lock = new();
    private readonly List<HandleSession> _sessions = [];
    private HandleSession? _current;

    /// <summary>The store of the runspace that runs on this thread.</summary>
    internal static SessionStore Here => Stores.GetOrCreateValue(Runspace.DefaultRunspace);

    /// <summary>The current session. There is always one: it is created when it is first asked for.</summary>
    internal HandleSession Current
    {
        get
        {
            lock (_lock)
            {
                if (_current is null)
                {
                    _current = new HandleSession(NewName(DefaultName));
                    _sessions.Add(_current);
                }

                return _current;
            }
        }
    }

    /// <summary>All sessions in the order of their creation, the current one among them.</summary>
    internal HandleSession[] ToArray()
    {
        lock (_lock)
        {
            _ = Current;
            return [.. _sessions];
        }
    }

    /// <summary>The sessions that there are, and the current one; none is created for it.</summary>
    internal HandleSession[] GetExisting(out HandleSession? current)
    {
        lock (_lock)
        {
            current = _current;
            return [.. _sessions];
        }
    }

    internal bool IsCurrent(HandleSession session)
    {
        lock (_lock)
            return session == _current;
    }

    /// <summary>The session that was given or named.</summary>
    /// <exception cref="HandleException"><c>SessionNotFound</c>.</exception>
    internal HandleSession Get(SessionIdentity identity)
    {
        HandleSession[] sessions = ToArray();
        return (identity.Value is HandleSession session
                ? session.IsRemoved ? null : session
                : sessions.FirstOrDefault(each => HasName(each, (string)identity.Value)))
            ?? throw SessionErrors.SessionNotFound(identity, sessions.Select(each => each.Name));
    }

    /// <summary>The session that was given or named, or those whose names fit a pattern: then it may be none.</summary>
    /// <exception cref="HandleException"><c>SessionNotFound</c>.</exception>
    internal HandleSession[] Find(SessionIdentity identity)
    {
        if (identity.Value is not string pattern || Contains(pattern))
            return [Get(identity)];
        if (!WildcardPattern.ContainsWildcardCharacters(pattern))
            return [Get(new SessionIdentity(WildcardPattern.Unescape(pattern)))];

        WildcardPattern wildcard = WildcardPattern.Get(pattern, WildcardOptions.IgnoreCase);
        return [.. ToArray().Where(session => wildcard.IsMatch(session.Name))];
    }

    /// <summary>Adds a session under a name of its own and makes it current.</summary>
    internal void Add(HandleSession session)
    {
        lock (_lock)
        {
            session.Name = NewName(session.Name);
            _sessions.Add(session);
            _current = session;
        }
    }

    /// <summary>Whether a name is taken.</summary>
    internal bool Contains(string name)
    {
        lock (_lock)
            return _sessions.Exists(session => HasName(session, name));
    }

    /// <summary>Makes a session current. It may be another runspace's; then it is one of this runspace's as well from now on.</summary>
    internal void Switch(HandleSession session)
    {
        lock (_lock)
        {
            if (!_sessions.Contains(session))
                _sessions.Add(session);
            _current = session;
        }
    }

    /// <summary>Forgets a session. If it was current, the newest of the others is; if there is none, a new one will be.</summary>
    /// <exception cref="HandleException"><c>SessionNotFound</c>: it is none of this runspace's.</exception>
    internal void Remove(HandleSession session)
    {
        lock (_lock)
        {
            if (!_sessions.Remove(session))
                throw SessionErrors.SessionNotFound(session, _sessions.Select(each => each.Name));
            session.IsRemoved = true;
            if (_current == session)
                _current = _sessions.LastOrDefault();
        }
    }

    private static bool HasName(HandleSession session, string name) =>
        string.Equals(session.Name, name, StringComparison.OrdinalIgnoreCase);

    /// <summary>The name itself, or with a number behind it if it is taken.</summary>
    private string NewName(string name)
    {
        string free = name;
        for (int number = 2; Contains(free); number++)
            free = $"{name} ({number})";
        return free;
    }
}
