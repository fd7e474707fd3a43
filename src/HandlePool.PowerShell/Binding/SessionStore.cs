using System.Management.Automation;
using System.Management.Automation.Runspaces;
using System.Runtime.CompilerServices;
using HandlePool.Text;

namespace HandlePool.PowerShell.Binding;

/// <summary>Holds the sessions of a runspace, one of which is the current one.</summary>
/// <remarks>
/// A runspace runs one pipeline at a time, but event actions and debuggers can interrupt it; hence the lock. A store lives as long
/// as its runspace.
/// </remarks>
internal sealed class SessionStore
{
    private const string DefaultName = "Default";

    private static readonly ConditionalWeakTable<Runspace, SessionStore> Stores = [];

    private readonly object _lock = new();
    private readonly List<HandleSession> _sessions = [];

    // How many sessions have each name, and the highest number that was behind it.
    private readonly Dictionary<string, int> _names = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, int> _numbers = new(StringComparer.OrdinalIgnoreCase);
    private HandleSession? _current;

    /// <summary>Gets the store of the runspace that runs on this thread.</summary>
    internal static SessionStore Here => Stores.GetOrCreateValue(Runspace.DefaultRunspace);

    /// <summary>Gets the current session. The first access creates one if there is none.</summary>
    internal HandleSession Current
    {
        get
        {
            lock (_lock)
            {
                if (_current is null)
                {
                    _current = new HandleSession(NewName(DefaultName));
                    Keep(_current);
                }

                return _current;
            }
        }
    }

    /// <summary>Returns all sessions, the current one included, in the order in which they were added.</summary>
    internal HandleSession[] ToArray()
    {
        lock (_lock)
        {
            _ = Current;
            return [.. _sessions];
        }
    }

    /// <summary>Returns the existing sessions and the current one. Unlike <see cref="ToArray"/>, it creates none.</summary>
    internal HandleSession[] GetExisting(out HandleSession? current)
    {
        lock (_lock)
        {
            current = _current;
            return [.. _sessions];
        }
    }

    /// <summary>Returns whether a session is the current one.</summary>
    internal bool IsCurrent(HandleSession session)
    {
        lock (_lock)
            return session == _current;
    }

    /// <summary>Returns the session that was given or named.</summary>
    /// <exception cref="HandleException"><c>SessionNotFound</c>.</exception>
    internal HandleSession Get(SessionIdentity identity)
    {
        HandleSession[] sessions = ToArray();
        return (identity.Value is HandleSession session
                ? session.IsRemoved ? null : session
                : sessions.FirstOrDefault(each => HasName(each, (string)identity.Value)))
            ?? throw NotFound(identity, sessions);
    }

    /// <summary>Returns the session that was given or named, or all whose names match a pattern, which may be none.</summary>
    /// <exception cref="HandleException"><c>SessionNotFound</c>.</exception>
    internal HandleSession[] Find(SessionIdentity identity)
    {
        if (identity.Value is not string pattern || Contains(pattern))
            return [Get(identity)];
        if (!WildcardPattern.ContainsWildcardCharacters(pattern))
            return [Get(new SessionIdentity(WildcardPattern.Unescape(pattern)))];

        WildcardPattern wildcard = NamePattern.Parse(pattern);
        return [.. ToArray().Where(session => wildcard.IsMatch(session.Name))];
    }

    /// <summary>Returns the session that was given or named, or the one whose name matches a pattern.</summary>
    /// <exception cref="HandleException"><c>SessionNotFound</c> or <c>SessionAmbiguous</c>.</exception>
    internal HandleSession FindOne(SessionIdentity identity)
    {
        HandleSession[] found = Find(identity);
        return found.Length switch
        {
            0 => throw NotFound(identity, ToArray()),
            1 => found[0],
            _ => throw new HandleException(HandleErrorIds.SessionAmbiguous, Errno.EINVAL,
                $"{found.Length} sessions match '{VisibleText.Name(identity.ToString())}': "
                + $"{Phrase.List(found, each => each.ToString())}. Use the name of one.", identity),
        };
    }

    /// <summary>Adds a session under a unique name and makes it current.</summary>
    internal void Add(HandleSession session)
    {
        lock (_lock)
        {
            AddBeside(session);
            _current = session;
        }
    }

    /// <summary>Adds a session under a unique name, and leaves the current one current.</summary>
    internal void AddBeside(HandleSession session)
    {
        lock (_lock)
        {
            session.Name = NewName(session.Name);
            Keep(session);
        }
    }

    /// <summary>Returns whether a name is taken.</summary>
    internal bool Contains(string name)
    {
        lock (_lock)
            return _names.ContainsKey(name);
    }

    /// <summary>Makes a session current. A session of another runspace is shared with this one from then on.</summary>
    internal void Switch(HandleSession session)
    {
        lock (_lock)
        {
            if (!_sessions.Contains(session))
                Keep(session);
            _current = session;
        }
    }

    /// <summary>Removes a session. If it was current, the newest of the others becomes current.</summary>
    /// <exception cref="HandleException"><c>SessionNotFound</c>: the session is not in this runspace.</exception>
    internal void Remove(HandleSession session)
    {
        lock (_lock)
        {
            if (!TryDrop(session))
                throw NotFound(session, _sessions);
            session.IsRemoved = true;
            if (_current == session)
                _current = _sessions.LastOrDefault();
        }
    }

    /// <summary>Makes a session current until the result is disposed of, which makes the former one current again.</summary>
    /// <param name="session">The session.</param>
    /// <param name="isNew">Whether it is added, under a unique name, and removed afterwards.</param>
    internal Visit Enter(HandleSession session, bool isNew)
    {
        lock (_lock)
        {
            Visit visit = new(this, session, _current, isNew, isHere: _sessions.Contains(session));
            if (isNew)
                Add(session);
            else
                Switch(session);
            return visit;
        }
    }

    private void Leave(HandleSession session, HandleSession? former, bool isNew, bool isHere)
    {
        lock (_lock)
        {
            if (!isHere)
                TryDrop(session);
            session.IsRemoved |= isNew;
            if (former is null || _sessions.Contains(former))
                _current = former;
            else if (_current == session && !isHere)
                _current = _sessions.LastOrDefault();
        }
    }

    private static HandleException NotFound(object session, IEnumerable<HandleSession> sessions) =>
        new(HandleErrorIds.SessionNotFound, Errno.ENOENT, session is HandleSession or SessionIdentity { Value: HandleSession }
            ? $"Session '{session}' was removed from this runspace, or is one of another runspace."
            : $"There is no session '{session}' in this runspace. "
            + NearNames.Suggest(session.ToString()!, sessions.Select(each => each.Name),
                $"Its sessions are: {Phrase.List([.. sessions], each => each.ToString())}."), session);

    private static bool HasName(HandleSession session, string name) =>
        string.Equals(session.Name, name, StringComparison.OrdinalIgnoreCase);

    /// <summary>Returns the name, followed by a number if it is taken.</summary>
    private string NewName(string name)
    {
        if (!Contains(name))
            return name;
        int number = _numbers.GetValueOrDefault(name, 2);
        while (Contains($"{name} ({number})"))
            number++;
        _numbers[name] = number;
        return $"{name} ({number})";
    }

    private void Keep(HandleSession session)
    {
        _sessions.Add(session);
        _names[session.Name] = _names.GetValueOrDefault(session.Name) + 1;
    }

    private bool TryDrop(HandleSession session)
    {
        if (!_sessions.Remove(session))
            return false;
        if (--_names[session.Name] == 0)
            _names.Remove(session.Name);
        _numbers.Clear();
        return true;
    }

    /// <summary>Spans the time in which a session is the current one.</summary>
    internal sealed class Visit(SessionStore store, HandleSession session, HandleSession? former, bool isNew, bool isHere) : IDisposable
    {
        public void Dispose() => store.Leave(session, former, isNew, isHere);
    }
}
