using System.Management.Automation;
using HandlePool.PowerShell.Binding;
using HandlePool.PowerShell.Completion;
using HandlePool.PowerShell.Errors;

namespace HandlePool.PowerShell;

/// <summary>Represents a cmdlet for any number of processes, which contexts can narrow down.</summary>
public abstract class ContextsCommand : SessionCommand
{
    /// <summary>The contexts of the processes. Names may be patterns. All by default.</summary>
    [Parameter]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ContextCompleter))]
    public string[]? Context { get; set; }

    /// <summary>Gets the contexts, or null for all.</summary>
    private protected ContextFilter? Contexts { get; private set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        try
        {
            Contexts = ContextFilter.For(Context);
        }
        catch (WildcardPatternException exception)
        {
            ThrowTerminatingError(ErrorRecords.BadPattern(exception));
        }
    }

    /// <summary>Returns whether something is in the contexts that were named, if any were.</summary>
    private protected bool IsInContext(string? context) => Contexts is null || Contexts.Matches(context);
}
