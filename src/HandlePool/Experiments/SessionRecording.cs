using HandlePool.Experiments;

namespace HandlePool;

/// <summary>Records the operations on a session, so that they can be replayed. Static and thread-safe.</summary>
public static class SessionRecording
{
    /// <summary>Starts to record the operations on a new session, which then does one operation at a time.</summary>
    /// <returns>The session.</returns>
    /// <exception cref="InvalidOperationException">The session already has processes or had faults, or is already recorded.</exception>
    public static HandleSession StartRecording(this HandleSession session)
    {
        ArgumentNullException.ThrowIfNull(session);
        if (session.Observer is not null || session.GetProcesses(includeDead: true).Length > 0 || session.FaultHook is not null)
            throw new InvalidOperationException($"Recording session '{session}' must start once, before its first process and fault. Start it on a new session.");
        session.Observer = new OperationRecorder();
        return session;
    }

    /// <summary>Returns whether the session's operations are recorded.</summary>
    public static bool IsRecorded(this HandleSession session)
    {
        ArgumentNullException.ThrowIfNull(session);
        return session.Observer is OperationRecorder;
    }

    /// <summary>Returns the operations since the session was created, including refused ones, in order.</summary>
    /// <remarks>
    /// Played by an <see cref="OperationPlayer"/> in an empty session with the same options, they give the same handles. They do not
    /// contain interleavings within an operation, because a recorded session has none.
    /// </remarks>
    /// <exception cref="InvalidOperationException">The session's operations are not recorded; see <see cref="StartRecording"/>.</exception>
    public static HandleOperation[] GetOperations(this HandleSession session)
    {
        ArgumentNullException.ThrowIfNull(session);
        return (session.Observer as OperationRecorder)?.ToArray()
            ?? throw new InvalidOperationException($"The operations of session '{session}' are not recorded. Start recording when you create it.");
    }
}
