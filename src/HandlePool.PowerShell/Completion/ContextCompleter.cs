using System.Management.Automation;

namespace HandlePool.PowerShell.Completion;

/// <summary>Completes contexts: those of the named processes or of all, and Android's three for a new process.</summary>
internal sealed class ContextCompleter : IdentityCompleter
{
    private static readonly string[] WellKnown = [HandleSession.DefaultContext, "hwbinder", "vndbinder"];

    private protected override IEnumerable<CompletionResult> Complete(CompletedLine line, CompletedWord word)
    {
        List<HandleProcess> named = line.FindProcesses();
        IEnumerable<HandleProcess> processes = named.Count > 0 ? named : line.FindSession()?.GetProcesses(line.ShowsExited) ?? [];
        ILookup<string, HandleProcess> byContext = processes.ToLookup(process => process.Context);
        IEnumerable<string> contexts = byContext.Select(same => same.Key);
        return (line.CreatesProcesses ? contexts.Union(WellKnown) : contexts)
            .Where(context => CanBeOffered(context) && word.Matches(context))
            .Order(StringComparer.OrdinalIgnoreCase)
            .Select(context => Offer(word.Write(context), context, Describe(context, [.. byContext[context]])));
    }

    private static string Describe(string context, HandleProcess[] processes) => processes switch
    {
        [] => $"{context}, no processes yet",
        [HandleProcess process] => $"{context}: {ProcessCompleter.Describe(process)}",
        _ => $"{context}, {processes.Length} processes"
            + (processes[0].BinderContext.ManagerNode?.Owner is { } manager ? $", manager {manager}" : ""),
    };
}
