using HandlePool.Text;

namespace HandlePool;

/// <summary>Tells whether a session is from a dump whose lines contradict each other, so that handles may be of other processes.</summary>
internal static class UncertainState
{
    /// <summary>Returns the anomalies that say so.</summary>
    internal static IEnumerable<HandleFinding> FaultsOf(HandleSession session) =>
        session.Findings.Where(finding => finding.Kind == HandleFindingKind.LinesMissing);

    /// <summary>Returns whether holders and owners are uncertain.</summary>
    internal static bool IsUncertain(HandleSession session) => FaultsOf(session).Any();

    /// <summary>Returns the warning of uncertain sessions that are used all the same.</summary>
    internal static string Warn(IReadOnlyList<HandleSession> sessions) => $"{Name(sessions)} seems to lack lines, so that holders and owners are uncertain: "
        + "handles may be of other processes than those named. Take the dump again.";

    private static string Name(IReadOnlyList<HandleSession> sessions) => sessions.Count == 1
        ? $"'{sessions[0]}'"
        : $"Each of {Phrase.List(sessions, session => $"'{session}'")}";
}
