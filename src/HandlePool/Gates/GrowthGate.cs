using System.Globalization;
using HandlePool.Analysis;
using HandlePool.Text;

namespace HandlePool.Gates;

/// <summary>Decides whether handles grow more than a policy allows. Static and thread-safe.</summary>
/// <remarks>
/// <para>A rule on a limit is decided by the highest count of all samples after the warm-up. A rule on growth is decided by the line of best fit
/// through the samples of one run of the processes: a restart, a reboot and a pid of another process end a run, and the run that grew most
/// decides. Runs of fewer samples than the rule needs are not judged.</para>
/// <para>A rule whose processes are in no sample, or in too few, is <see cref="HandleGrowthOutcome.Undecidable"/>, and so is one that asks for
/// what the samples do not tell. Of a rule whose patterns fit several, those that are in too few samples are noted, unless no other is decided.</para>
/// </remarks>
public static class GrowthGate
{
    /// <summary>Judges a series of sessions. O(handles of all sessions, and pairs x rules).</summary>
    /// <param name="sessions">
    /// One session or more of a device. They are sorted by time if all times are known. States that were cut off, unless they show too much,
    /// sessions of single processes, statistics beside a state of the same time, and sessions of another device are left out, with a note, unless all are such.
    /// </param>
    /// <param name="policy">The policy.</param>
    /// <param name="device">The name of the device, which the results tell; null for none.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <exception cref="ArgumentException">There is no session, or one is given twice.</exception>
    /// <exception cref="HandleException"><c>SampleOrder</c>: the known times are not in order, and the sessions cannot be sorted because others are
    /// unknown.</exception>
    /// <exception cref="OperationCanceledException">The operation was canceled.</exception>
    public static HandleGrowthTest Test(IEnumerable<HandleSession> sessions, HandleGrowthPolicy policy, string? device = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(sessions);
        ArgumentNullException.ThrowIfNull(policy);
        HandleSession[] given = [.. sessions];
        List<string> notes = [];
        CheckOrder(given, notes);
        HandleSession[] selected = SeriesSelection.Select(given, notes, cancellationToken);
        NoteTwins(selected, notes);
        GateSeries series = new(selected, cancellationToken);
        foreach ((int sample, string evidence) in series.Reboots)
            notes.Add($"'{selected[sample - 1]}' and '{selected[sample]}' are of different boots: {evidence}. Growth is judged in each by itself.");
        List<HandleGrowthResult> results = [];
        Dictionary<string, HandleGrowthRule?> ignored = [];
        GateSeries? withCut = Array.Exists(given, session => !selected.Contains(session) && IncompleteState.IsIncomplete(session, cancellationToken))
            ? new GateSeries(SeriesSelection.SelectWithCut(given, cancellationToken), cancellationToken)
            : null;
        foreach (HandleGrowthRule rule in policy.Rules)
        {
            RuleJudge judge = new(series, rule, device, notes, cancellationToken);
            RuleJudge? judgeOfCut = withCut is null ? null : new RuleJudge(withCut, rule, device, [], cancellationToken);
            results.AddRange(judgeOfCut is null ? judge.Judge() : Combine([.. judge.Judge()], [.. judgeOfCut.Judge()]));
            foreach ((string text, bool isUsed) in judge.Ignored.Concat(judgeOfCut?.Ignored ?? []))
                ignored[text] = isUsed ? null : ignored.TryGetValue(text, out HandleGrowthRule? first) ? first : rule;
        }

        // What several rules ignore is of use if one of them needs it.
        foreach ((string text, HandleGrowthRule? rule) in ignored.Where(each => each.Value is not null))
        {
            notes.Add($"{(rule!.Position is var (path, line) ? $"{VisibleText.Of(path)}: line {line}: " : "")}rule '{rule}' ignores '{VisibleText.Name(text)}', "
                + "which no sample has.");
        }

        return new HandleGrowthTest(results, selected, notes);
    }

    /// <summary>Judges rows of statistics, which tell the totals of processes and no owners.</summary>
    /// <param name="statistics">
    /// The rows, sample by sample. A sample ends where a row is of another session, where a process comes again, and where a pid is lower than
    /// the one before.
    /// </param>
    /// <param name="policy">The policy.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <exception cref="ArgumentException">There is no row.</exception>
    /// <exception cref="HandleException"><c>SampleOrder</c>, as for sessions.</exception>
    /// <exception cref="OperationCanceledException">The operation was canceled.</exception>
    public static HandleGrowthTest Test(IEnumerable<HandleStatistic> statistics, HandleGrowthPolicy policy, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(statistics);
        return Test(StatisticSamples.ToSessions(statistics, cancellationToken), policy, device: null, cancellationToken);
    }

    /// <summary>Returns the results without dumps that were cut off, but those that fail by what such dumps show.</summary>
    private static IEnumerable<HandleGrowthResult> Combine(HandleGrowthResult[] results, HandleGrowthResult[] ofCut)
    {
        HandleGrowthResult[] failed = Array.FindAll(ofCut, result => result.Outcome == HandleGrowthOutcome.Failed);
        HashSet<(string?, string, string, string?)> subjects = [.. failed.Select(SubjectOf)];
        return [.. failed, .. results.Where(result => !subjects.Contains(SubjectOf(result)))];

        static (string?, string, string, string?) SubjectOf(HandleGrowthResult result) => (result.Context, result.Holder, result.Owner, result.Interface);
    }

    /// <summary>Notes that samples are sorted, and refuses those that cannot be.</summary>
    private static void CheckOrder(HandleSession[] given, List<string> notes)
    {
        HandleSession? late = null;
        foreach (HandleSession session in given.Where(session => session.Time is not null))
        {
            if (late is not null && session.Time < late.Time)
            {
                if (Array.Find(given, each => each.Time is null) is { } timeless)
                {
                    throw new HandleException(HandleErrorIds.SampleOrder, Errno.EINVAL, string.Create(CultureInfo.InvariantCulture,
                        $"Sample '{session}' ({session.Time:u}) comes after '{late}' ({late.Time:u}), which is later, and the time of '{timeless}' is unknown, so that they ")
                        + "cannot be sorted. Give them in order of time.", session);
                }

                notes.Add($"The samples were not in order of time, such as '{late}' before '{session}', and were sorted.");
                return;
            }

            late = session;
        }
    }

    /// <summary>Notes dumps that are the same: they are no two samples, and would show that nothing grows.</summary>
    private static void NoteTwins(HandleSession[] samples, List<string> notes)
    {
        Dictionary<string, HandleSession> known = [];
        foreach (HandleSession session in samples)
        {
            // Several entries of an archive share its hash.
            string[] hashes = [.. session.Sources.Select(source => source.Sha256).OfType<string>().Distinct().Order(StringComparer.Ordinal)];
            if (hashes.Length == 0 || session.Sources.Any(source => source.Path.Contains('!', StringComparison.Ordinal)))
                continue;

            // Cmdlets may have changed what was read.
            string text = string.Create(CultureInfo.InvariantCulture, $"{session.GetProcesses().Sum(process => (long)process.HandleCount)} {string.Join(' ', hashes)}");
            if (!known.TryAdd(text, session))
                notes.Add($"'{known[text]}' and '{session}' have the same text, so that nothing grows between them.");
        }
    }
}
