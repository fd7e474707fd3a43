namespace HandlePool.Gates;

/// <summary>Makes sessions of rows of statistics, one for each sample.</summary>
internal static class StatisticSamples
{
    /// <summary>Returns a session for each sample: one of statistics alone, which has the processes of the rows.</summary>
    /// <remarks>A sample ends where the rows are of another session, a process comes again, or a pid is lower than the one before.</remarks>
    /// <param name="rows">The rows, sample by sample.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    internal static IReadOnlyList<HandleSession> ToSessions(IEnumerable<HandleStatistic> rows, CancellationToken cancellationToken)
    {
        List<HandleSession> samples = [];
        List<HandleStatistic> sample = [];
        foreach (HandleStatistic row in rows.WithCancellation(cancellationToken))
        {
            if (sample is [.., var before] && IsOfNext(before, row))
                End();
            sample.Add(row);
        }

        if (sample.Count > 0)
            End();
        return samples;

        static bool IsOfNext(HandleStatistic before, HandleStatistic row) => ((ISessionMember)before).Session != ((ISessionMember)row).Session
            || row.ProcessId < before.ProcessId
            || (row.ProcessId == before.ProcessId && string.CompareOrdinal(row.Context, before.Context) is var order
                && (order < 0 || (order == 0 && row.OpenNumber <= before.OpenNumber)));

        void End()
        {
            samples.Add(ToSession(sample, samples.Count + 1));
            sample = [];
        }
    }

    private static HandleSession ToSession(List<HandleStatistic> rows, int number)
    {
        HandleSession of = ((ISessionMember)rows[0]).Session;
        HandleSessionBuilder builder = new();
        foreach (HandleProcess process in builder.SetStatistics(new StatisticsRecord(HandleCounters.Empty, [],
            [.. rows.Select(row => row.Record with { Name = row.Process?.Name ?? row.Record.Name })]), isComplete: false))
        {
            process.ListedAt = rows.Find(row => row.ProcessId == process.Id && row.Context == process.Context && row.OpenNumber == process.OpenNumber)?.Process?.ListedAt;
        }

        // The rows of a dump are of its time. Those of a session that cmdlets made are of when they were written.
        if (of.Sources.Count > 0 && of.Time is { } time)
            builder.SetTime(time);
        return builder.Build(of.Sources.Count > 0 ? of.Name : $"{of.Name} {number}");
    }
}
