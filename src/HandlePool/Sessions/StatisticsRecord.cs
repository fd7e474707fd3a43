namespace HandlePool;

/// <summary>Records the driver's statistics as they were read, before the processes of the session are known.</summary>
/// <param name="Counters">The numbers of commands and returns of all processes, including those that have exited.</param>
/// <param name="Objects">The numbers of objects.</param>
/// <param name="Processes">The statistics of each process.</param>
internal sealed record StatisticsRecord(
    HandleCounters Counters,
    IReadOnlyList<HandleObjectCount> Objects,
    IReadOnlyList<ProcessStatisticsRecord> Processes);

/// <summary>Records the statistics of one process in one context. Numbers that were not printed are null.</summary>
/// <param name="Id">The pid.</param>
/// <param name="Context">The context.</param>
/// <param name="Name">The name, which only vendors print.</param>
/// <param name="OpenNumber">The number of this open among those of the same device by the same process, from 1.</param>
/// <param name="Line">The line that begins it, from 1.</param>
internal sealed record ProcessStatisticsRecord(int Id, string Context, string? Name, int OpenNumber, long Line)
{
    internal int? Handles { get; init; }

    internal long? Strong { get; init; }

    internal long? Weak { get; init; }

    internal int? Nodes { get; init; }

    internal int? Buffers { get; init; }

    internal int? Pages { get; init; }

    internal int? PagesHighWatermark { get; init; }

    internal int? Threads { get; init; }

    internal int? RequestedThreads { get; init; }

    internal int? StartedThreads { get; init; }

    internal int? MaxThreads { get; init; }

    internal int? ReadyThreads { get; init; }

    internal long? FreeAsyncSpace { get; init; }

    internal int? PendingTransactions { get; init; }

    internal HandleCounters Counters { get; init; } = HandleCounters.Empty;
}
