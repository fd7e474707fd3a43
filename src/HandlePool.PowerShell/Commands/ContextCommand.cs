using System.Management.Automation;
using HandlePool.PowerShell.Completion;

namespace HandlePool.PowerShell;

/// <summary>Represents a cmdlet for processes, which a context can narrow down.</summary>
public abstract class ContextCommand : SessionCommand
{
    /// <summary>The context of the processes. It tells processes apart that have the same name or pid.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ContextCompleter))]
    public string? Context { get; set; }

    /// <summary>Returns whether something is in the context that was named, if one was.</summary>
    private protected bool IsInContext(string? context) =>
        Context is null || string.Equals(context, Context, StringComparison.OrdinalIgnoreCase);
}
