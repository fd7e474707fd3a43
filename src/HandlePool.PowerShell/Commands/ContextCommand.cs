using System.Management.Automation;
using HandlePool.PowerShell.Completion;

namespace HandlePool.PowerShell;

/// <summary>Represents a cmdlet for processes, which a context can narrow down.</summary>
public abstract class ContextCommand : SessionCommand
{
    /// <summary>The context of the processes. It is needed where one process is meant and its name or pid is used in several contexts.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ContextCompleter))]
    public string? Context { get; set; }

    /// <summary>Returns whether something is in the context that was named, if one was.</summary>
    private protected bool IsInContext(string? context) =>
        Context is null || string.Equals(context, Context, StringComparison.OrdinalIgnoreCase);
}
