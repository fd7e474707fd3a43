using System.Globalization;
using HandlePool.Tables;
using HandlePool.Text;

namespace HandlePool.Analysis;

/// <summary>Finds evidence that a device was rebooted between two sessions.</summary>
internal static class BootEvidence
{
    private const int FewestLateNodes = 20;

    /// <summary>The least number of processes that run on, and would have kept a node.</summary>
    private const int FewestProcesses = 5;

    /// <summary>Returns the evidence as a clause; null if there is none. O(nodes).</summary>
    /// <remarks>
    /// The driver numbers nodes, references and transactions with one counter per boot. So a living node keeps the pid of its owner, and a
    /// node whose number had been reached before is not new; if most are, and few are kept, it is another boot. So it is, or another device, if
    /// processes of the same pids have nodes in both, and none is the same. A node without a living
    /// owner tells nothing, nor does one whose owner's pid is unknown, nor one of a process whose nodes the earlier session does not show: a dump may be of one process, or cut off.
    /// </remarks>
    /// <exception cref="OperationCanceledException">The token was canceled.</exception>
    internal static string? Of(HandleSession before, HandleSession after, CancellationToken cancellationToken)
    {
        if (before.Time is { } was && after.Time is { } @is && @is < was)
            (before, after) = (after, before);
        Dictionary<HashedId, HandleProcess> earlier = [];
        HashSet<(string, string)> shown = [];
        long highest = 0;
        foreach (HandleNode node in before.GetNodes().WithCancellation(cancellationToken))
        {
            if (IsAlive(node))
            {
                earlier.Add(node.Id, node.Owner!);
                shown.Add(Title(node.Owner!));
            }

            highest = Math.Max(highest, node.Id);
        }

        HandleNode[] later = [.. after.GetNodes().WithCancellation(cancellationToken).Where(IsAlive)];
        HandleNode? moved = later.WithCancellation(cancellationToken).FirstOrDefault(node => earlier.TryGetValue(node.Id, out HandleProcess? owner)
            && (owner.Id != node.Owner!.Id || owner.Context != node.Owner.Context));
        if (moved is not null)
        {
            int count = later.WithCancellation(cancellationToken).Count(node => earlier.TryGetValue(node.Id, out HandleProcess? owner) && owner.Id != node.Owner!.Id);
            return $"node {moved.Id}{(count > 1 ? $" and {count - 1} others" : "")} changed the owner, which a living node cannot "
                + $"(pid {earlier[moved.Id].Id}, then {moved.Owner!.Id})";
        }

        if (NoneKept(earlier, later, cancellationToken) is { } renewed)
            return renewed;
        later = [.. later.WithCancellation(cancellationToken).Where(node => shown.Contains(Title(node.Owner!)))];
        int kept = later.WithCancellation(cancellationToken).Count(node => earlier.ContainsKey(node.Id));
        int late = later.WithCancellation(cancellationToken).Count(node => node.Id <= highest) - kept;
        return late >= FewestLateNodes && 2 * late > later.Length && FewestLateNodes * kept < later.Length
            ? $"{Phrase.Count(late, "node")} of {later.Length} are new, but have lower ids than nodes of the earlier session"
            : null;
    }

    /// <summary>Returns the evidence that no node is in both, though processes run on: services register nodes when they start, and keep them.</summary>
    private static string? NoneKept(Dictionary<HashedId, HandleProcess> earlier, HandleNode[] later, CancellationToken cancellationToken)
    {
        HashSet<(string, int, string?)> owners = [.. earlier.Values.WithCancellation(cancellationToken).Select(Identity)];
        HashSet<(string, int, string?)> common = [];
        int nodes = 0;
        foreach (HandleNode node in later.WithCancellation(cancellationToken))
        {
            if (earlier.ContainsKey(node.Id))
                return null;
            if (!owners.Contains(Identity(node.Owner!)))
                continue;
            nodes++;
            common.Add(Identity(node.Owner!));
        }

        return nodes >= FewestLateNodes && common.Count >= FewestProcesses
            ? $"none of the {nodes} nodes of {common.Count} processes with the same pids is in both, as on another device"
            : null;
    }

    private static (string Context, int Id, string? Name) Identity(HandleProcess process) => (process.Context, process.Id, process.Name);

    /// <summary>Identifies a process over boots: by its name or, without one, by its pid.</summary>
    private static (string Context, string NameOrPid) Title(HandleProcess process) =>
        (process.Context, process.Name ?? process.Id.ToString(CultureInfo.InvariantCulture));

    private static bool IsAlive(HandleNode node) => node is { IsDead: false, Owner: { IsDead: false, IsUnidentified: false } };
}
