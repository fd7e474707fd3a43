using System.Management.Automation;
using HandlePool.PowerShell.Binding;
using HandlePool.PowerShell.Completion;

namespace HandlePool.PowerShell;

/// <summary>Represents a cmdlet for the pools of any number of processes.</summary>
public abstract class PoolsCommand : ContextsCommand
{
    /// <summary>The processes: objects, names or pids. Names may be patterns. All processes by default.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ProcessIdentity]
    [ArgumentCompleter(typeof(ProcessCompleter))]
    public ProcessIdentity[]? Process { get; set; }

    /// <summary>The session to work in: an object or a name. By default that of the given objects, otherwise the current one.</summary>
    [Parameter(ValueFromPipeline = true)]
    [ValidateNotNull]
    [SessionIdentity]
    [OneValue]
    [ArgumentCompleter(typeof(SessionCompleter))]
    public override SessionIdentity? Session { get; set; }

    /// <summary>Returns the processes whose references, and so whose pools, are known, and warns of the others.</summary>
    private protected List<HandleProcess> WithKnownPools(List<HandleProcess> processes)
    {
        int unknown = processes.Count(process => process.CountSource != HandleCountSource.State);
        if (unknown > 0)
        {
            WriteWarning($"{(unknown == 1 ? "The pool of 1 process is" : $"The pools of {unknown} processes are")} unknown: only the number of "
                + "handles is known. Get-HandleStatistic shows it.");
        }

        return processes.FindAll(process => process.CountSource == HandleCountSource.State);
    }
}
