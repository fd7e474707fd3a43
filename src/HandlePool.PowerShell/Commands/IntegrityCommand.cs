using System.Management.Automation;
using HandlePool.PowerShell.Binding;
using HandlePool.PowerShell.Completion;

namespace HandlePool.PowerShell;

/// <summary>Represents a cmdlet that checks processes, or whole sessions, once all input has arrived.</summary>
public abstract class IntegrityCommand : PoolsCommand
{
    private readonly IntegrityScope _scope;

    private protected IntegrityCommand() => _scope = new IntegrityScope(this);

    /// <summary>The session to check: an object or a name. By default that of the given processes, otherwise the current one.</summary>
    [Parameter(ValueFromPipeline = true)]
    [ValidateNotNull]
    [SessionIdentity]
    [OneValue]
    [ArgumentCompleter(typeof(SessionCompleter))]
    public override SessionIdentity? Session { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => Try(() => _scope.Add(Process, Contexts));

    /// <summary>Returns the mismatches by session, and warns if there was nothing to check.</summary>
    /// <param name="isComplete">Whether all that was asked for was checked.</param>
    private protected List<HandleMismatch> FindMismatches(out bool isComplete)
    {
        List<HandleMismatch> mismatches = [];
        Try(() => mismatches.AddRange(_scope.FindMismatches(StopToken).SelectMany(found => found)));
        isComplete = !HasFailed && !_scope.IsEmpty;
        if (!HasFailed && _scope.IsEmpty)
            WriteWarning("No process matches: nothing was checked.");
        return mismatches;
    }
}
