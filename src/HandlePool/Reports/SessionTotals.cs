using HandlePool.Analysis;

namespace HandlePool.Reports;

/// <summary>Represents the counts of a session.</summary>
internal sealed class SessionTotals
{
    /// <summary>Counts what a session has.</summary>
    /// <param name="session">The session.</param>
    /// <param name="known">The sums over its known references.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <exception cref="OperationCanceledException">The token was canceled.</exception>
    internal SessionTotals(HandleSession session, in KnownReferences known, CancellationToken cancellationToken)
    {
        Session = session;
        Nodes = session.Nodes;
        HandleProcess[] processes = session.GetProcesses();
        Processes = processes.Length;
        (Dead, Unowned) = (known.Dead, known.Unowned);
        foreach (HandleProcess process in processes)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (process.Name is null)
                Unnamed++;
            Handles += process.HandleCount;
            switch (process.CountSource)
            {
                case HandleCountSource.Statistics:
                    Counted += Math.Max(0, process.HandleCount - process.Table.Count);
                    break;
                case HandleCountSource.HolderList:
                    Listed += process.HandleCount;
                    break;
            }
        }
    }

    internal HandleSession Session { get; }

    internal int Processes { get; }

    /// <summary>Gets the number of processes without a name.</summary>
    internal int Unnamed { get; }

    internal int Nodes { get; }

    /// <summary>Gets the number of handles, by whatever evidence there is.</summary>
    internal long Handles { get; }

    /// <summary>Gets the number of handles that the statistics count, without nodes and owners.</summary>
    internal long Counted { get; }

    /// <summary>Gets the number of handles that are known from the nodes' lists of holders.</summary>
    internal long Listed { get; }

    /// <summary>Gets the number of handles that refer to dead nodes.</summary>
    internal long Dead { get; }

    /// <summary>Gets the number of handles that refer to living nodes of unknown owners.</summary>
    internal long Unowned { get; }
}
