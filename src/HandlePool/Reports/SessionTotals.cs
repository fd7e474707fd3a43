using HandlePool.Tables;

namespace HandlePool.Reports;

/// <summary>Represents the counts of a session.</summary>
internal sealed class SessionTotals
{
    /// <exception cref="OperationCanceledException">The token was canceled.</exception>
    internal SessionTotals(HandleSession session, CancellationToken cancellationToken)
    {
        Session = session;
        Nodes = session.Nodes;
        HandleProcess[] processes = session.GetProcesses();
        Processes = processes.Length;
        TableEntry[] entries = [];
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

            foreach (ref readonly TableEntry reference in process.Table.CopyTo(ref entries))
            {
                if (reference.Node.IsDead)
                    Dead++;
                else if (((HandleNode)reference.Node).Owner is null)
                    Unowned++;
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
