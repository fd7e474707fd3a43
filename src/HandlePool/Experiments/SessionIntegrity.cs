using HandlePool.Experiments;

namespace HandlePool;

/// <summary>Checks a session for contradictions between its pools, tables and nodes, and repairs them. Static and thread-safe.</summary>
public static class SessionIntegrity
{
    /// <summary>
    /// Finds the places where pools, summaries, tables and nodes contradict each other. There are none unless a fault was set.
    /// </summary>
    /// <remarks>
    /// Holds every table's lock, so that nothing in the session changes in the meantime. O(handles + nodes + capacity / 64). Processes
    /// that have exited hold nothing and are skipped.
    /// </remarks>
    /// <param name="session">The session.</param>
    /// <param name="processes">The only processes to check, with the nodes that they hold; the whole session by default.</param>
    /// <param name="cancellationToken">Cancels the search.</param>
    /// <returns>The mismatches by process, then by node; empty if there are none.</returns>
    /// <exception cref="HandleException">
    /// <c>ProcessNotFound</c>: a process belongs to another session. <c>AllocationFailed</c>: there is no memory for the check.
    /// </exception>
    /// <exception cref="OperationCanceledException">The search was canceled.</exception>
    public static HandleList<HandleMismatch> FindMismatches(this HandleSession session, IEnumerable<HandleProcess>? processes = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(session);
        HandleProcess[]? chosen = processes is null ? null : [.. processes.Distinct()];
        foreach (HandleProcess process in chosen ?? [])
            session.CheckOwn(process);
        return Check(session, check => check.Find(chosen), cancellationToken);
    }

    /// <summary>Repairs mismatches by rebuilding from the references what contradicts them. No reference is dropped.</summary>
    /// <remarks>
    /// <para>For a mismatch in a process, rebuilds its pool and the indexes of its table, and recomputes the holders and counts of the
    /// nodes that it holds. For a mismatch in a node, recomputes that node's. What is already consistent is left alone. A negative
    /// count becomes 0; if both counts would be 0, the reference gets one weak count.</para>
    /// <para>Holds every table's lock, even while allocating, so that nothing in the session changes in the meantime. O(handles + nodes).</para>
    /// </remarks>
    /// <param name="session">The session.</param>
    /// <param name="mismatches">The result of <see cref="FindMismatches"/>, or a part of it.</param>
    /// <returns>The mismatches that were there at the time of the repair.</returns>
    /// <exception cref="ArgumentException">A mismatch belongs to another session.</exception>
    /// <exception cref="HandleException">
    /// <c>AllocationFailed</c>: there is no memory to rebuild a process's pool or table, which is unchanged. Earlier repairs
    /// remain.
    /// </exception>
    public static HandleList<HandleMismatch> Repair(this HandleSession session, IEnumerable<HandleMismatch> mismatches)
    {
        ArgumentNullException.ThrowIfNull(session);
        ArgumentNullException.ThrowIfNull(mismatches);
        HandleMismatch[] given = [.. mismatches];
        if (Array.Find(given, mismatch => mismatch.Session != session) is { } foreign)
            throw new ArgumentException($"The mismatch is in session '{foreign.Session}', not in session '{session}': {foreign}", nameof(mismatches));

        HandleProcess[] processes = [.. given.Select(mismatch => mismatch.Process).OfType<HandleProcess>().Distinct()];
        HandleNode[] nodes = [.. given.Where(mismatch => mismatch.Process is null).Select(mismatch => mismatch.Node).OfType<HandleNode>()];
        return Check(session, check => check.Repair(processes, nodes), CancellationToken.None);
    }

    private static HandleList<HandleMismatch> Check(HandleSession session, Func<IntegrityCheck, HandleList<HandleMismatch>> check, CancellationToken cancellationToken)
    {
        try
        {
            using SessionLock locked = session.LockAll(cancellationToken);
            return check(new IntegrityCheck(session, locked, cancellationToken));
        }
        catch (OutOfMemoryException exception)
        {
            throw ExperimentErrors.CheckAllocationFailed(session, exception);
        }
    }
}
