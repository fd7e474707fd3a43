using HandlePool.Text;

namespace HandlePool.Analysis;

/// <summary>Represents the events of a series that a counter of the driver counts, and notes on the processes for which it does not.</summary>
internal sealed class CountedEvents
{
    private readonly string _counter;

    // Of each session, the processes that have statistics.
    private readonly Dictionary<(int Id, string Context), uint>[] _counts;

    private readonly HashSet<string> _unknown = [];
    private readonly HashSet<string> _uncounted = [];

    internal CountedEvents(HandleSession[] series, string counter, CancellationToken cancellationToken)
    {
        _counter = counter;
        _counts = Array.ConvertAll(series, session => CountsOf(session, counter, cancellationToken));
    }

    /// <summary>Gets whole sentences on the processes that were asked for and have no count.</summary>
    internal IEnumerable<string> Notes
    {
        get
        {
            string name = VisibleText.Name(_counter);
            if (Array.TrueForAll(_counts, counts => counts.Values.All(count => count == 0)))
            {
                yield return $"The statistics of these dumps do not count '{name}'. Use the name of one of their counters, such as BR_TRANSACTION.";
                yield break;
            }

            if (_uncounted.Count > 0)
                yield return $"The statistics of these dumps do not count '{name}' of {Phrase.Count(_uncounted.Count, "process", "processes")}: {List(_uncounted)}.";
            if (_unknown.Count > 0)
            {
                yield return $"Some of these dumps have no statistics of {Phrase.Count(_unknown.Count, "process", "processes")}, whose '{name}' is unknown: "
                    + $"{List(_unknown)}.";
            }
        }
    }

    /// <summary>Returns the events up to each of the last sessions, of the holder or else of the owner; null if they are unknown.</summary>
    internal double[]? Of(HandleUsage usage, int sessions)
    {
        HandleProcess? process = usage.Holder ?? usage.Owner;
        string title = process is null ? usage.OwnerName : LeakWords.Describe(process);
        double[] events = new double[sessions];
        uint before = 0;
        bool isCounted = false;
        for (int i = 0; i < sessions; i++)
        {
            if (process is null || !_counts[^(sessions - i)].TryGetValue((process.Id, process.Context), out uint now))
            {
                _unknown.Add(title);
                return null;
            }

            // The drivers' counters have 32 bits, and may overflow.
            if (i > 0)
                events[i] = events[i - 1] + unchecked(now - before);
            before = now;
            isCounted |= now > 0;
        }

        if (!isCounted)
            _uncounted.Add(title);
        return events;
    }

    private static Dictionary<(int, string), uint> CountsOf(HandleSession session, string counter, CancellationToken cancellationToken)
    {
        Dictionary<(int, string), uint> counts = [];
        foreach (HandleStatistic statistic in (session.Statistics?.Processes ?? Enumerable.Empty<HandleStatistic>()).WithCancellation(cancellationToken))
        {
            (int, string) key = (statistic.ProcessId, statistic.Context);
            counts[key] = unchecked(counts.GetValueOrDefault(key) + (uint)statistic.Counters.CountOf(counter));
        }

        return counts;
    }

    private static string List(IReadOnlyCollection<string> titles) => Phrase.List(titles, title => title);
}
