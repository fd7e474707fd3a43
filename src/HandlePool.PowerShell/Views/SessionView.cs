namespace HandlePool.PowerShell;

/// <summary>What the view of sessions asks that a session itself does not know.</summary>
public static class SessionView
{
    /// <summary>A star for the current session of this runspace.</summary>
    public static string CurrentMark(HandleSession session) => SessionStore.Here.IsCurrent(session) ? "*" : "";
}
