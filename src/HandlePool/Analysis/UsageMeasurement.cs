using System.Runtime.InteropServices;

namespace HandlePool.Analysis;

/// <summary>Counts handles by holder and owner. Static and thread-safe.</summary>
public static class UsageMeasurement
{
    /// <summary>Counts the handles of all living processes of a session. O(handles).</summary>
    /// <remarks>The table of each process is counted as a snapshot.</remarks>
    /// <param name="session">The session.</param>
    /// <param name="by">The grouping; pairs by default.</param>
    /// <param name="include">Returns whether a reference is counted; all are by default. Shares are always of all handles of the
    /// session.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The counts, the most handles first, then by name. Processes without handles are left out.</returns>
    /// <exception cref="OperationCanceledException">The operation was canceled.</exception>
    public static IReadOnlyList<HandleUsage> Measure(HandleSession session, HandleUsageGrouping by = HandleUsageGrouping.Pair,
        Func<HandleReference, bool>? include = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(session);
        long all = 0;
        Dictionary<UsageKey, UsageCount> counts = [];
        foreach (HandleProcess process in session.GetProcesses())
        {
            cancellationToken.ThrowIfCancellationRequested();
            HandleReference[] references = process.GetReferences();
            all += references.Length;
            foreach (HandleReference reference in references)
            {
                if (include is null || include(reference))
                    CollectionsMarshal.GetValueRefOrAddDefault(counts, UsageKey.For(by, reference), out _).Add(reference);
            }
        }

        return [.. counts.Select(each => new HandleUsage(by, each.Key, each.Value, all))
            .OrderByDescending(usage => usage.Handles)
            .ThenBy(usage => usage.HolderName, StringComparer.OrdinalIgnoreCase)
            .ThenBy(usage => usage.OwnerName, StringComparer.OrdinalIgnoreCase)
            .ThenBy(usage => usage.Context, StringComparer.Ordinal)
            .ThenBy(usage => usage.Holder?.Id)
            .ThenBy(usage => usage.Owner?.Id)
            .ThenBy(usage => usage.IsDead)];
    }
}

/// <summary>Counts references and their properties.</summary>
internal struct UsageCount
{
    internal int Handles;
    internal int Dead;
    internal int WeakOnly;
    internal int SingleHolder;
    internal long Strong;
    internal long Weak;

    internal void Add(HandleReference reference)
    {
        Handles++;
        if (reference.IsDead)
            Dead++;
        if (reference.Strong == 0)
            WeakOnly++;
        if (reference.Node.HolderCount == 1)
            SingleHolder++;
        Strong += reference.Strong;
        Weak += reference.Weak;
    }
}
