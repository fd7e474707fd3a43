using HandlePool.Text;

namespace HandlePool.Analysis;

/// <summary>Selects the sessions of a series that can be compared with each other, in order.</summary>
internal static class SeriesSelection
{
    /// <summary>The greatest number of handles of a process that a state may lack beside statistics: it may have just started.</summary>
    private const int MostMissed = 10;

    /// <summary>Returns the sessions that are complete and of one device, and of each moment the one that tells most.</summary>
    /// <param name="sessions">The sessions, one or more.</param>
    /// <param name="notes">A sentence is added for all that are left out.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <exception cref="ArgumentException">There is no session, or one is given twice.</exception>
    /// <exception cref="OperationCanceledException">The operation was canceled.</exception>
    internal static HandleSession[] Select(IEnumerable<HandleSession> sessions, List<string> notes, CancellationToken cancellationToken) => Related(
        OnePerMoment(Complete(OfAll(InOrder(sessions), notes, cancellationToken), notes, cancellationToken), notes, cancellationToken), notes, cancellationToken);

    /// <summary>Returns the sessions of <see cref="Select"/>, and those that were cut off: what they show is the least that there was.</summary>
    internal static HandleSession[] SelectWithCut(IEnumerable<HandleSession> sessions, CancellationToken cancellationToken)
    {
        List<string> notes = [];
        return Related(OnePerMoment(OfAll(InOrder(sessions), notes, cancellationToken), notes, cancellationToken), notes, cancellationToken);
    }

    /// <summary>Returns the sessions sorted by time, or in the order given if a time is unknown.</summary>
    private static HandleSession[] InOrder(IEnumerable<HandleSession> sessions)
    {
        ArgumentNullException.ThrowIfNull(sessions);
        HandleSession[] series = [.. sessions];
        if (series.Length == 0)
            throw new ArgumentException("No session was given. Pass at least one.", nameof(sessions));
        if (series.Distinct().Count() < series.Length)
            throw new ArgumentException("A session was given twice. Pass each once.", nameof(sessions));
        return Sorted(series);
    }

    /// <summary>Sorts sessions by time, if all times are known. Those without one may have been left out.</summary>
    private static HandleSession[] Sorted(HandleSession[] series) =>
        Array.TrueForAll(series, session => session.Time is not null) ? [.. series.OrderBy(session => session.Time)] : series;

    /// <summary>Leaves out sessions of some processes only, if there are others: what they do not show is unknown, and not gone.</summary>
    private static HandleSession[] OfAll(HandleSession[] series, List<string> notes, CancellationToken cancellationToken)
    {
        HandleSession[] parts = IncompleteState.PartsAmong(series, cancellationToken);
        if (parts.Length == 0)
            return series;
        HandleSession[] whole = Sorted([.. series.Except(parts)]);
        notes.Add($"{LeftOut(parts, series, whole, parts.Length == 1 ? "does not show all processes" : "do not show all processes")} "
            + "Judge dumps of single processes as a series of their own.");
        return whole;
    }

    /// <summary>Leaves out incomplete states: what they lack is neither growth nor decline. If no other is there, the last one is judged, with a warning.</summary>
    private static HandleSession[] Complete(HandleSession[] series, List<string> notes, CancellationToken cancellationToken)
    {
        HandleSession[] cut = Array.FindAll(series, session => IncompleteState.IsIncomplete(session, cancellationToken));
        if (cut.Length == 0)
            return series;
        if (cut.Length == series.Length)
        {
            notes.Add(IncompleteState.Warn(cut));
            return series;
        }

        HandleSession[] whole = Sorted([.. series.Except(cut)]);
        notes.Add(LeftOut(cut, series, whole, cut.Length == 1 ? "is cut off" : "are cut off"));
        return whole;
    }

    /// <summary>Returns which dumps were left out of a series and, if the last one was, which is judged instead.</summary>
    private static string LeftOut(HandleSession[] some, HandleSession[] series, HandleSession[] whole, string fault) =>
        IncompleteState.LeftOut(some, series.Length, fault, "the series") + (some[^1] == series[^1] ? $" '{whole[^1]}' is the last complete one." : "");

    /// <summary>Leaves out statistics if a state of the same time says more: they are not a step of their own.</summary>
    private static HandleSession[] OnePerMoment(HandleSession[] series, List<string> notes, CancellationToken cancellationToken)
    {
        ILookup<bool, HandleSession> timed = series.Where(session => session.Time is not null).ToLookup(IsOfStatistics);
        (DateTimeOffset Time, HashSet<(string, int)> Processes)[] states = [.. timed[false].Select(session => (session.Time!.Value,
            session.GetProcesses().WithCancellation(cancellationToken).Select(process => (process.Context, process.Id)).ToHashSet()))];
        HashSet<HandleSession> told = [.. timed[true].WithCancellation(cancellationToken).Where(session =>
            Array.Exists(states, state => Moment.IsSame(state.Time, session.Time!.Value) && Tells(state.Processes, session)))];
        if (told.Count > 0)
        {
            notes.Add($"{Phrase.Count(told.Count, "session of statistics was", "sessions of statistics were")} left out of the series, "
                + "because states of the same times tell more.");
        }

        return Sorted(Array.FindAll(series, session => !told.Contains(session)));

        static bool IsOfStatistics(HandleSession session) => session.GetProcesses() is { Length: > 0 } all
            && Array.TrueForAll(all, process => process.CountSource == HandleCountSource.Statistics);

        // A state that was cut off, or that is of some processes only, does not have all that hold something.
        static bool Tells(HashSet<(string, int)> state, HandleSession statistics) => Array.TrueForAll(statistics.GetProcesses(),
            process => process.HandleCount <= MostMissed || state.Contains((process.Context, process.Id)));
    }

    /// <summary>Returns the sessions that may be of the device of the last one.</summary>
    private static HandleSession[] Related(HandleSession[] series, List<string> notes, CancellationToken cancellationToken)
    {
        HandleSession last = series[^1];
        List<HandleSession> related = [];
        foreach (HandleSession session in series)
        {
            if (session != last && ProcessMatching.WhyUnrelated(session, last, cancellationToken) is { } reason)
                notes.Add($"'{session}' and '{last}' {reason} '{session}' was left out of the series.");
            else
                related.Add(session);
        }

        return Sorted([.. related]);
    }
}
