using System.Runtime.InteropServices;

namespace HandlePool.Analysis;

/// <summary>Counts who holds how many handles of whom. Static and thread-safe.</summary>
public static class UsageMeasurement
{
    /// <summary>Counts the handles of all living processes of a session. O(handles).</summary>
    /// <remarks>Each process's table is counted at one moment.</remarks>
    /// <param name="session">The session.</param>
    /// <param name="by">By what is counted.</param>
    /// <param name="include">Which references are counted; all by default. Shares are of all that the session has.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>The most handles first, then by names; processes that hold nothing have no row.</returns>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
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
