using HandlePool.Text;

namespace HandlePool;

/// <summary>Represents the driver's statistics of a device: totals, and the counts of each process. Immutable.</summary>
/// <remarks>
/// The text is <c>binder_logs/stats</c>, which can often be read where <c>state</c> cannot. It tells how many handles a process holds,
/// but not of whom.
/// </remarks>
public sealed class HandleStatistics
{
    internal HandleStatistics(HandleCounters counters, IReadOnlyList<HandleObjectCount> objects, IList<HandleStatistic> processes)
    {
        Counters = counters;
        Objects = new HandleList<HandleObjectCount>([.. objects]);
        Processes = new HandleList<HandleStatistic>(processes);
    }

    /// <summary>Gets the numbers of commands and returns since the device started, by name, including those of exited processes.</summary>
    public HandleCounters Counters { get; }

    /// <summary>Gets the numbers of objects by kind; empty for the Rust driver, which does not print them.</summary>
    public HandleList<HandleObjectCount> Objects { get; }

    /// <summary>Gets the statistics of each process and context, in ascending order of pid, then of context.</summary>
    public HandleList<HandleStatistic> Processes { get; }

    /// <summary>Gets the number of death notifications that its processes have requested and not cleared; null if no commands were counted.</summary>
    public long? DeathLinks => Processes.Sum(each => each.DeathLinks) is var links && Processes.Any(each => each.DeathLinks is not null) ? links : null;

    /// <summary>Returns the number of objects of a kind; null if it was not printed.</summary>
    /// <param name="kind">The driver's word, such as <c>node</c> or <c>ref</c>.</param>
    public HandleObjectCount? GetObjects(string kind) => Objects.FirstOrDefault(each => each.Kind == kind);

    /// <inheritdoc/>
    public override string ToString() =>
        $"{Phrase.Count(Processes.Count, "process", "processes")}, {Phrase.Count(Processes.Sum(each => (long)(each.Handles ?? 0)), "handle")}";
}
