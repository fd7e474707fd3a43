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

        // Where processes or nodes are named, the errors about these name the context.
        if (Context is not null && !MyInvocation.ExpectingInput && !MyInvocation.BoundParameters.Any(IsNamed))
            Try(() => CheckContexts(GetSession()));

        static bool IsNamed(KeyValuePair<string, object> argument) =>
            argument.Key != nameof(Context) && argument.Value is Array or Identity and not SessionIdentity;
    }

    /// <summary>Writes an error for each context without a pattern in which no process is, unless there are none at all.</summary>
    private void CheckContexts(HandleSession session)
    {
        string[] known = [.. session.GetProcesses(includeDead: true).Select(process => process.Context).Distinct(StringComparer.OrdinalIgnoreCase)];
        foreach (string context in known.Length == 0 ? [] : Context!.Where(name => !WildcardPattern.ContainsWildcardCharacters(name)))
        {
            string name = WildcardPattern.Unescape(context);
            if (!known.Contains(name, StringComparer.OrdinalIgnoreCase))
                WriteError(ErrorRecords.ContextNotFound(name, session, known));
        }
    }

    /// <summary>Returns whether something is in the contexts that were named, if any were.</summary>
    private protected bool IsInContext(string? context) => Contexts is null || Contexts.Matches(context);
}
