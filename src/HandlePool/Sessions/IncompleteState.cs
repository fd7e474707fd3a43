using HandlePool.Text;

namespace HandlePool;

/// <summary>Tells whether a session is from a state that was cut off, or that lacks processes for another reason.</summary>
/// <remarks>A state that ends at the end of a line does not show that it was cut off, but many nodes have no owner then.</remarks>
internal static class IncompleteState
{
    /// <summary>The greatest number of living nodes without an owner in a state that is taken as complete: processes exit while it is printed.</summary>
    internal const int MostOwnerless = 10;

    /// <summary>Returns the anomalies that tell of what is missing: one for each text that was cut off. Empty if the state is complete.</summary>
    internal static IReadOnlyList<HandleFinding> GapsOf(HandleSession session)
    {
        HandleFinding[] truncated = [.. session.Findings.Where(finding => finding.Kind == HandleFindingKind.Truncated)];
        if (truncated.Length > 0)
            return truncated;
        return session.Findings.FirstOrDefault(finding => finding.Kind == HandleFindingKind.OwnerMissing) is { } ownerless
            && session.GetNodes().Count(node => node is { IsDead: false, Owner: null }) > MostOwnerless
                ? [ownerless]
                : [];
    }

    /// <summary>Returns whether processes are missing.</summary>
    internal static bool IsIncomplete(HandleSession session) => GapsOf(session).Count > 0;

    /// <summary>Returns the processes in which the text ends and of which statistics count more handles than it shows.</summary>
    internal static IEnumerable<HandleProcess> CutProcessesOf(HandleSession session) =>
        session.GetProcesses().Where(process => process is { CountSource: HandleCountSource.Statistics, Table.Count: > 0 });

    /// <summary>Returns the warning of an incomplete session that is used all the same.</summary>
    internal static string Warn(IReadOnlyList<HandleSession> sessions) => sessions.Count == 1
        ? $"'{sessions[0]}' is cut off: processes and handles are missing, so owners may be unknown and counts too low. Take the dump again."
        : $"All {sessions.Count} dumps are cut off: processes and handles are missing, so owners may be unknown and counts too low. "
            + "Take them again.";
}
