using System.Globalization;
using System.Management.Automation;
using HandlePool.Text;

namespace HandlePool.PowerShell.Completion;

/// <summary>Completes names of processes, and pids of processes without a name or if a number is typed.</summary>
internal sealed class ProcessCompleter : IdentityCompleter
{
    private const int DescribedAtMost = 3;

    /// <summary>Returns a description of a process.</summary>
    internal static string Describe(HandleProcess process) =>
        (string.IsNullOrEmpty(process.Name) ? "" : $"{process.Name}, ")
        + $"pid {process.Id}, {process.Context}"
        + (process.IsManager ? ", context manager" : "")
        + (process.IsDead ? ", exited" : $", {Phrase.Count(process.HandleCount, "handle")}");

    /// <summary>Returns a description of several processes.</summary>
    internal static string Describe(IReadOnlyCollection<HandleProcess> processes) =>
        JoinFew([.. processes.Take(DescribedAtMost).Select(Describe)], processes.Count);

    private protected override IEnumerable<CompletionResult> Complete(CompletedLine line, CompletedWord word)
    {
        if (line.FindSession() is not { } session)
            return [];

        HandleProcess[] processes = [.. session.GetProcesses(line.ShowsExited).Where(process => line.IsInContext(process.Context))];
        ILookup<int, HandleProcess> byPid = processes.ToLookup(process => process.Id);
        ILookup<string, HandleProcess> byName = processes.ToLookup(process => process.Name ?? "", StringComparer.OrdinalIgnoreCase);
        IEnumerable<CompletionResult> named = FirstOf(byName.Select(same => same.Key), word)
            .SelectMany(name => OfName(line, word, [.. byName[name]], byPid));
        IEnumerable<CompletionResult> numbered = processes
            .Where(process => (!CanBeOffered(process.Name) || word.IsNumeric) && word.Matches(process.Id))
            .Select(process => OfId(line, word, process, [.. byPid[process.Id]]));
        return named.Concat(numbered);
    }

    /// <summary>Returns the name, or the pids if the parameter takes one process and several have the name.</summary>
    private static IEnumerable<CompletionResult> OfName(
        CompletedLine line, CompletedWord word, HandleProcess[] same, ILookup<int, HandleProcess> byPid) =>
        line.TakesOne && same.Length > 1
            ? same.Select(process => OfId(line, word, process, [.. byPid[process.Id]]))
            : [Offer(word.Write(same[0].Name!), same[0].Name!, Describe(same))];

    /// <summary>Returns the pid, followed by -Context if the parameter takes one process and several have the pid.</summary>
    private static CompletionResult OfId(CompletedLine line, CompletedWord word, HandleProcess process, HandleProcess[] same)
    {
        string pid = process.Id.ToString(CultureInfo.InvariantCulture);
        if (!line.TakesOne || same.Length == 1 || line.NamesContexts || !CanBeOffered(process.Context))
            return Offer(word.Write(process.Id), pid, Describe(same));
        string context = new CompletedWord("", acceptsWildcards: false).Write(process.Context);
        return Offer($"{word.Write(process.Id)} -Context {context}", $"{pid} {process.Context}", Describe(process));
    }
}

/// <summary>Completes pids.</summary>
internal sealed class ProcessIdCompleter : IdentityCompleter
{
    private protected override IEnumerable<CompletionResult> Complete(CompletedLine line, CompletedWord word) =>
        from process in line.FindSession()?.GetProcesses(line.ShowsExited) ?? []
        where line.IsInContext(process.Context) && word.Matches(process.Id)
        group process by process.Id into same
        select Offer(word.Write(same.Key), same.Key.ToString(CultureInfo.InvariantCulture), ProcessCompleter.Describe([.. same]));
}
