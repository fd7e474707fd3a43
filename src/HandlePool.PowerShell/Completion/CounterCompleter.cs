using System.Management.Automation;

namespace HandlePool.PowerShell.Completion;

/// <summary>Completes the names of the driver's counters of processes in the statistics of the runspace's sessions.</summary>
internal sealed class CounterCompleter : IdentityCompleter
{
    private protected override IEnumerable<CompletionResult> Complete(CompletedLine line, CompletedWord word)
    {
        HashSet<string> names = [];
        foreach (HandleSession session in CompletedLine.Sessions)
        {
            foreach (HandleStatistic statistic in session.Statistics?.Processes ?? Enumerable.Empty<HandleStatistic>())
                names.UnionWith(statistic.Counters.Keys);
        }

        return FirstOf(names, word).Select(name => Offer(word.Write(name), name, $"{name}, counted by the driver"));
    }
}
