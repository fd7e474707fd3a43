using HandlePool.Text;

namespace HandlePool.Dumps;

/// <summary>Adds the driver's statistics to a session that is being built, and compares them with its state and with themselves.</summary>
/// <remarks>
/// The driver prints both while processes work, so that they can differ by what happens in between. On four public bug reports and
/// thirteen moments of a test device they did not differ at all, and the strong counts of a process were at most 2 more than its commands
/// explain. A difference is therefore an anomaly if it is more than <see cref="NormalDifference"/> and more than
/// <see cref="NormalShare"/> of the count.
/// </remarks>
internal static class StatisticsCheck
{
    /// <summary>The largest difference that is normal for any count.</summary>
    internal const int NormalDifference = 10;

    /// <summary>The share of a count up to which a difference is normal.</summary>
    internal const double NormalShare = 0.02;

    /// <summary>Sets the statistics of a session.</summary>
    /// <remarks>
    /// A state that lacks processes of more handles or nodes than what happens in between is not complete, even if its text does not show
    /// where it was cut off.
    /// </remarks>
    /// <param name="builder">The builder, which has all processes and references of the state.</param>
    /// <param name="record">The statistics.</param>
    /// <param name="path">The file that has them.</param>
    /// <param name="isComplete">Whether the session seems to have a complete state.</param>
    /// <returns>The processes that only the statistics have, and that were added.</returns>
    internal static IReadOnlyList<HandleProcess> SetStatistics(HandleSessionBuilder builder, StatisticsRecord record, string path, bool isComplete)
    {
        HandleProcess[] stated = builder.GetProcesses();
        HashSet<(int, string, int)> known = [.. stated.Select(process => (process.Id, process.Context, process.OpenNumber))];
        ProcessStatisticsRecord[] missing = [.. record.Processes.Where(each => !known.Contains((each.Id, each.Context, each.OpenNumber)))];
        bool lacks = IsUnusual(missing.Sum(each => (long)(each.Handles ?? 0)), stated.Sum(process => (long)process.HandleCount))
            || IsUnusual(missing.Sum(each => (long)(each.Nodes ?? 0)), stated.Sum(process => (long)process.NodeCount));
        IReadOnlyList<HandleProcess> added = builder.SetStatistics(record, isComplete && !lacks);
        foreach (HandleProcess process in stated)
        {
            if (process.Statistic is { } statistic)
                Compare(builder, process, statistic, path);
            else if (record.Processes.Count > 0 && process.HandleCount > NormalDifference)
                Find(builder, $"Process {Describe(process)} holds {Phrase.Count(process.HandleCount, "handle")} and is not in the statistics.", path, 1, process);
        }

        foreach (HandleStatistic each in builder.Statistics!.Processes)
        {
            CheckBalances(builder, each, path);
            string? much = each.Handles > NormalDifference ? Phrase.Count(each.Handles.Value, "handle")
                : each.Nodes > NormalDifference ? Phrase.Count(each.Nodes.Value, "node")
                : null;
            if (isComplete && much is not null && !known.Contains((each.ProcessId, each.Context, each.OpenNumber)))
                Find(builder, $"Process {Describe(each)} has {much} in the statistics and is not in the state.", path, each.Record.Line, each.Process);
        }

        CheckTotals(builder, record, stated, path, isComplete);
        if (!isComplete)
            CheckProcesses(builder, record, path);
        return added;
    }

    /// <summary>Compares the statistics of a process with the references and nodes of a state.</summary>
    private static void Compare(HandleSessionBuilder builder, HandleProcess process, HandleStatistic statistic, string path)
    {
        HandleStatistic state = HandleStatistic.OfState(process);
        Compare("handles", statistic.Handles, state.Handles!.Value);
        Compare("strong counts", statistic.Strong, state.Strong!.Value);
        Compare("weak counts", statistic.Weak, state.Weak!.Value);
        Compare("nodes", statistic.Nodes, state.Nodes!.Value);

        void Compare(string what, long? printed, long counted)
        {
            if (printed is { } known && IsUnusual(known - counted, counted))
            {
                Find(builder, $"Process {Describe(process)} has {known} {what} in the statistics and {counted} in the state.", path,
                    statistic.Record.Line, process);
            }
        }
    }

    private static void CheckBalances(HandleSessionBuilder builder, HandleStatistic statistic, string path)
    {
        Check("weak counts", statistic.WeakBalance, statistic.Weak);
        Check("strong counts", statistic.StrongBalance, statistic.Strong);

        void Check(string what, long? balance, long? count)
        {
            if (balance is { } difference && IsUnusual(difference, count!.Value))
            {
                Find(builder, $"Process {Describe(statistic)} has {count.Value} {what} in the statistics, but its commands amount to "
                    + $"{count.Value + difference}.", path, statistic.Record.Line, statistic.Process);
            }
        }
    }

    private static void CheckTotals(HandleSessionBuilder builder, StatisticsRecord record, HandleProcess[] stated, string path, bool isComplete)
    {
        foreach (HandleObjectCount objects in record.Objects)
        {
            long? counted = objects.Kind switch
            {
                "ref" when isComplete => stated.Sum(process => (long)process.HandleCount),
                "node" when isComplete => builder.NodeCount,
                "proc" when isComplete => stated.Length,
                _ => null,
            };
            if (counted is { } known && IsUnusual(objects.Active - known, known))
                Find(builder, $"The statistics count {objects.Active} active of kind '{objects.Kind}', and the state has {known}.", path, 1);
        }

        long? links = builder.Statistics!.DeathLinks;
        if (links is { } sum && record.Objects.FirstOrDefault(each => each.Kind == "death") is { } deaths && IsUnusual(deaths.Active - sum, sum))
        {
            Find(builder, $"The statistics count {deaths.Active} active of kind 'death', but the commands of all processes amount to "
                + $"{sum} death notifications.", path, 1);
        }
    }

    /// <summary>Compares the totals with the processes of the same statistics, which lack some if the text was cut off after a line.</summary>
    private static void CheckProcesses(HandleSessionBuilder builder, StatisticsRecord record, string path)
    {
        Check("proc", record.Processes.Count, Phrase.Count(record.Processes.Count, "process", "processes"));
        if (record.Processes.Any(process => process.Handles is not null))
        {
            long handles = record.Processes.Sum(process => (long)(process.Handles ?? 0));
            Check("ref", handles, $"{Phrase.Count(handles, "handle")} of processes");
        }

        void Check(string kind, long counted, string shown)
        {
            if (record.Objects.FirstOrDefault(each => each.Kind == kind) is not { } objects || !IsUnusual(objects.Active - counted, counted))
                return;
            Find(builder, $"The statistics count {objects.Active} active of kind '{kind}', but "
                + $"list {shown}. They may be cut off.", path, 1);
        }
    }

    private static bool IsUnusual(long difference, long count) =>
        Math.Abs(difference) > Math.Max(NormalDifference, NormalShare * count);

    private static void Find(HandleSessionBuilder builder, string message, string path, long line, HandleProcess? process = null) =>
        builder.AddFinding(HandleFindingKind.StatisticsMismatch, message, path, line, process);

    private static string Describe(HandleProcess process) => $"{process.Id} ({VisibleText.Name(process.Context)})";

    private static string Describe(HandleStatistic statistic) => $"{statistic.ProcessId} ({VisibleText.Name(statistic.Context)})";
}
