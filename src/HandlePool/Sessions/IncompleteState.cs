using System.Globalization;
using HandlePool.Text;

namespace HandlePool;

/// <summary>Tells whether a session lacks processes: it is from a state that was cut off, or from the texts of some processes.</summary>
/// <remarks>A state that ends at the end of a line does not show that it was cut off, but many nodes have no owner then.</remarks>
internal static class IncompleteState
{
    /// <summary>The greatest number of living nodes without an owner in a state that is taken as complete: processes exit while it is printed.</summary>
    internal const int MostOwnerless = 10;

    /// <summary>The number of sessions that a sentence names.</summary>
    private const int MostNamed = 5;

    /// <summary>The least number of processes in a text without the heading of a state that can be one, or all files of processes.</summary>
    private const int FewestProcesses = 10;

    /// <summary>Returns the anomalies that tell of what is missing: one for each text that was cut off. Empty if the state is complete.</summary>
    internal static IReadOnlyList<HandleFinding> GapsOf(HandleSession session, CancellationToken cancellationToken = default)
    {
        HandleFinding[] truncated = [.. session.Findings.Where(finding => finding.Kind == HandleFindingKind.Truncated)];
        if (truncated.Length > 0)
            return truncated;
        return session.Findings.FirstOrDefault(finding => finding.Kind == HandleFindingKind.OwnerMissing) is { } ownerless
            && CountOwnerless(session, cancellationToken) > MostOwnerless
                ? [ownerless]
                : [];
    }

    /// <summary>Returns whether processes are missing.</summary>
    internal static bool IsIncomplete(HandleSession session, CancellationToken cancellationToken) => GapsOf(session, cancellationToken).Count > 0;

    /// <summary>Returns why what a session counts is the least that there was, as a clause; null if it is all.</summary>
    internal static string? WhyLeast(HandleSession session, CancellationToken cancellationToken = default) =>
        IsIncomplete(session, cancellationToken) ? "its dump was cut off"
        : session.Findings.FirstOrDefault(finding => finding.Kind is HandleFindingKind.LinesNotRead or HandleFindingKind.TextNotRead) is { } unread
            ? string.Create(CultureInfo.InvariantCulture, $"lines of its dump could not be read, from line {unread.Line} of '{VisibleText.Of(unread.Path)}' on")
        : null;

    /// <summary>
    /// Returns the sessions of some processes or of none, if others of a series are of all of them: what they do not show is unknown there,
    /// and not gone. Empty if all are alike.
    /// </summary>
    internal static HandleSession[] PartsAmong(HandleSession[] series, CancellationToken cancellationToken)
    {
        int[] shown = Array.ConvertAll(series, session => CountShown(session, cancellationToken));
        int most = shown.Max();
        HandleSession[] parts = [.. series.Where((session, index) => !IsOfAll(session, shown[index], most, cancellationToken))];
        return parts.Length < series.Length ? parts : [];
    }

    /// <summary>Returns whether a session tells the owners of nodes: it is from a state or was not imported, or no owner is missing.</summary>
    internal static bool TellsOwners(HandleSession session, CancellationToken cancellationToken) =>
        IsOfState(session) || CountOwnerless(session, cancellationToken) == 0;

    private static bool IsOfAll(HandleSession session, int shown, int most, CancellationToken cancellationToken)
    {
        if (shown == 0 || IsOfState(session))
            return shown > 0;
        int ownerless = CountOwnerless(session, cancellationToken);
        if (session.Sources.Count == 0 && ownerless == 0 && !session.GetProcesses().Any(process => process.CountSource == HandleCountSource.HolderList))
            return true;
        return 2 * shown >= most && (session.Statistics is not null || (ownerless <= MostOwnerless && shown >= FewestProcesses));
    }

    private static bool IsOfState(HandleSession session) => session.Sources.Any(source => source.Kind == HandleSourceKind.State);

    private static int CountOwnerless(HandleSession session, CancellationToken cancellationToken) =>
        session.GetNodesUnordered().WithCancellation(cancellationToken).Count(node => node is { IsDead: false, Owner: null });

    /// <summary>Returns the number of processes that have lines of their own, or are counted by statistics.</summary>
    private static int CountShown(HandleSession session, CancellationToken cancellationToken) => session.GetProcesses().WithCancellation(cancellationToken)
        .Where(process => process.CountSource != HandleCountSource.HolderList).Select(process => process.Id).Distinct().Count();

    /// <summary>Returns the processes in which the text ends and of which statistics count more handles than it shows.</summary>
    internal static IEnumerable<HandleProcess> CutProcessesOf(HandleSession session) =>
        session.GetProcesses().Where(process => process is { CountSource: HandleCountSource.Statistics, Table.Count: > 0 });

    /// <summary>Returns the sentence that tells which of several sessions were left out, and why.</summary>
    internal static string LeftOut(IReadOnlyList<HandleSession> some, int all, string fault, string from)
    {
        string more = some.Count > MostNamed ? $", and {some.Count - MostNamed} more" : "";
        return $"{some.Count} of {all} dumps {fault} and {(some.Count == 1 ? "was" : "were")} left out of {from}: "
            + $"{string.Join(", ", some.Take(MostNamed).Select(session => $"'{session}'"))}{more}.";
    }

    /// <summary>Returns the warning of an incomplete session that is used all the same.</summary>
    internal static string Warn(IReadOnlyList<HandleSession> sessions) => sessions.Count == 1
        ? $"'{sessions[0]}' is cut off: processes and handles are missing, so owners may be unknown and counts too low. Take the dump again."
        : $"All {sessions.Count} dumps are cut off: processes and handles are missing, so owners may be unknown and counts too low. "
            + "Take them again.";
}
