using System.Management.Automation;
using HandlePool.PowerShell.Binding;
using HandlePool.PowerShell.Completion;

namespace HandlePool.PowerShell;

/// <summary>Represents a cmdlet for processes, which a context can narrow down.</summary>
public abstract class ContextCommand : SessionCommand
{
    /// <summary>The context of the processes. It tells processes apart that have the same name or pid.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [OneValue]
    [ArgumentCompleter(typeof(ContextCompleter))]
    public string? Context { get; set; }

    /// <summary>Returns the filter for the one context that is named, or null.</summary>
    private protected static ContextFilter? One(string? context) =>
        context is null ? null : new ContextFilter([WildcardPattern.Escape(context)]);
}
