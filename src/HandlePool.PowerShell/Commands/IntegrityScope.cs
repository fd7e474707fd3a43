using HandlePool.PowerShell.Binding;
using HandlePool.Text;

namespace HandlePool.PowerShell;

/// <summary>Collects the processes to check by session, so that each session is locked only once.</summary>
internal sealed class IntegrityScope
{
    private readonly SessionCommand _command;

    // Null stands for the whole session.
    private readonly Dictionary<HandleSession, HashSet<HandleProcess>?> _processes = [];

    /// <summary>Initializes an empty scope.</summary>
    internal IntegrityScope(SessionCommand command) => _command = command;

    /// <summary>Gets whether there is nothing to check.</summary>
    internal bool IsEmpty => _processes.Count == 0;

    /// <summary>Adds processes, or the whole session if neither processes nor contexts were named.</summary>
    internal void Add(ProcessIdentity[]? identities, ContextFilter? contexts)
    {
        if (identities is null && contexts is null)
        {
            _processes[_command.GetSession()] = null;
            return;
        }

        foreach (HandleProcess process in _command.GetProcesses(identities, contexts))
        {
            if (!_processes.TryGetValue(process.Session, out HashSet<HandleProcess>? some))
                _processes.Add(process.Session, [process]);
            else
                some?.Add(process);
        }
    }

    /// <summary>Checks each session and writes, with -Verbose, how much was checked.</summary>
    internal IEnumerable<HandleList<HandleMismatch>> FindMismatches(CancellationToken cancellationToken)
    {
        foreach ((HandleSession session, HashSet<HandleProcess>? processes) in _processes)
        {
            HandleList<HandleMismatch> found = session.FindMismatches(processes, cancellationToken);
            _command.WriteVerbose($"Session '{session}': {Phrase.Count(found.Count, "mismatch", "mismatches")} in " + processes switch
            {
                null => $"{Phrase.Count(session.Processes, "process", "processes")} and {Phrase.Count(session.Nodes, "node")}.",
                { Count: 1 } => "1 process and the nodes that it holds.",
                _ => $"{processes.Count} processes and the nodes that they hold.",
            });
            yield return found;
        }
    }
}
