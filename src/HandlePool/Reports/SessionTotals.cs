namespace HandlePool.Reports;

/// <summary>What there is in a session, in numbers.</summary>
internal sealed class SessionTotals
{
    internal SessionTotals(HandleSession session)
    {
        Session = session;
        Nodes = session.Nodes;
        HandleProcess[] processes = session.GetProcesses();
        Processes = processes.Length;
        foreach (HandleProcess process in processes)
        {
            if (process.Name is null)
                Unnamed++;
            foreach (HandleReference reference in process.GetReferences())
            {
                Handles++;
                if (reference.IsDead)
                    Dead++;
                else if (reference.Owner is null)
                    Unowned++;
            }
        }
    }

    internal HandleSession Session { get; }

    internal int Processes { get; }

    /// <summary>How many of the processes have no name.</summary>
    internal int Unnamed { get; }

    internal int Nodes { get; }

    internal long Handles { get; }

    /// <summary>How many handles refer to dead nodes.</summary>
    internal long Dead { get; }

    /// <summary>How many handles refer to living nodes whose owner is not known.</summary>
    internal long Unowned { get; }
}
