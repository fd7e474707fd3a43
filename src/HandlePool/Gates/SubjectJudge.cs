using HandlePool.Analysis;
using HandlePool.Text;

namespace HandlePool.Gates;

/// <summary>Judges one pair, holder, owner or interface by a rule.</summary>
internal sealed class SubjectJudge(GateSeries series, HandleGrowthRule rule, GateSubject subject, GateCell?[] cells)
{
    /// <summary>The number of breaks of each process that a sentence names.</summary>
    private const int MostBreaks = 3;

    private readonly List<List<Reading>> _runs = [];
    private readonly List<(int Sample, string Why)> _unknown = [];

    // The first sample that does not show a process and lacks lines, which may be those of the process.
    private GateSample? _hiding;

    /// <summary>Returns the verdict. O(samples).</summary>
    internal GateVerdict Judge()
    {
        FindRuns();
        GateVerdict verdict = JudgeRuns();
        return verdict.Outcome != HandleGrowthOutcome.Passed || _hiding is null ? verdict : verdict with
        {
            Outcome = HandleGrowthOutcome.Undecidable,
            Evidence = $"{verdict.Evidence} '{_hiding.Session}' does not show it: {_hiding.WhyIncomplete}.",
        };
    }

    private GateVerdict JudgeRuns()
    {
        if (FindAccepted() is not { } accepted)
        {
            return new GateVerdict(HandleGrowthOutcome.Undecidable, "The baseline has neither this pair nor its roles. Create it from dumps that show the pair.")
            {
                Shown = _runs is [.., [.., var last]] ? last.Sample : null,
            };
        }

        return rule.IsOfGrowth ? JudgeGrowth(accepted) : JudgeLimit(accepted);
    }

    /// <summary>Finds the counts of each run of the processes, without the warm-up.</summary>
    private void FindRuns()
    {
        (int, int)? running = null;
        int toSkip = 0;
        foreach (GateSample sample in series.Samples)
        {
            SampledProcess.Sighting? holder = subject.Holder?.At(sample.Index);
            SampledProcess.Sighting? owner = subject.Owner?.At(sample.Index);
            if ((holder is null && subject.Holder is not null) || (owner is null && subject.Owner is not null))
            {
                running = null;
                _hiding ??= sample.WhyIncomplete is null ? null : sample;
                continue;
            }

            if (sample.WhyUnknown(rule, holder?.Process, owner?.Process) is { } why)
            {
                _unknown.Add((sample.Index, why));
                continue;
            }

            (int, int) run = (holder?.Run ?? 0, owner?.Run ?? 0);
            if (running != run)
            {
                running = run;
                toSkip = rule.WarmUp;
                _runs.Add([]);
            }

            if (toSkip-- > 0)
                continue;
            _runs[^1].Add(new Reading(sample.Index, CountIn(sample, holder?.Process ?? owner?.Process)));
        }

        _runs.RemoveAll(run => run.Count == 0);
    }

    private CountRange CountIn(GateSample sample, HandleProcess? process)
    {
        CountRange count = cells[sample.Index]?.Count
            ?? (rule.Metric is HandleGrowthMetric.Nodes or HandleGrowthMetric.Buffers or HandleGrowthMetric.Threads or HandleGrowthMetric.DeathLinks
                ? Exact(GateSample.CountOf(rule.Metric, process!)!.Value)
                : rule.By == HandleUsageGrouping.Interface ? new CountRange(0, CountUntold(sample, process!))
                : default);
        return sample.WhyIncomplete is not null ? count with { High = double.PositiveInfinity } : count;

        static CountRange Exact(double number) => new(number, number);
    }

    /// <summary>Returns the number of handles of a holder whose interface nothing tells.</summary>
    private static int CountUntold(GateSample sample, HandleProcess holder) =>
        sample.UsagesBy(HandleUsageGrouping.Interface).Where(usage => usage.Interface is null && usage.Holder == holder).Sum(usage => usage.Handles);

    /// <summary>Returns the count that is accepted; null if there is a baseline that does not tell it.</summary>
    private double? FindAccepted()
    {
        if (rule.Baseline is not { } baseline)
            return rule.AcceptedCount ?? 0;
        for (int index = cells.Length - 1; index >= 0; index--)
        {
            if (cells[index] is { } cell)
                return baseline.Find(cell.Usage, series.Samples[index].Roles)?.Maximum;
        }

        // Without handles, nothing is to be accepted.
        return 0;
    }

    private GateVerdict JudgeLimit(double accepted)
    {
        Reading[] readings = [.. _runs.SelectMany(run => run)];
        if (readings.Length < rule.LeastSamples)
            return TooShort(readings.Length, accepted);
        double allowed = GateWords.AllowedBy(rule, accepted);
        Reading highest = readings.MaxBy(reading => reading.Count.Low);
        Reading doubtful = readings.MaxBy(reading => reading.Count.High);
        bool isDoubtful = !CountRange.Exceeds(highest.Count.Low, allowed) && CountRange.Exceeds(doubtful.Count.High, allowed);
        Reading shown = isDoubtful ? doubtful : highest;
        HandleGrowthOutcome outcome = CountRange.Exceeds(highest.Count.Low, allowed) ? HandleGrowthOutcome.Failed
            : isDoubtful ? HandleGrowthOutcome.Undecidable
            : HandleGrowthOutcome.Passed;
        string doubt = isDoubtful && series.Samples[shown.Sample].WhyIncomplete is { } why ? $" There may be more: {why}." : "";
        string others = readings.Length > 1 ? $" The counts {GateWords.Span(SessionOf(readings[0]), SessionOf(readings[^1]), readings.Length)} are "
            + $"{GateWords.List([.. readings.Select(reading => reading.Count)])}." : "";
        return new GateVerdict(outcome,
            $"{GateWords.Amount(shown.Count, rule.Metric)} in '{SessionOf(shown)}', and {GateWords.Allowance(rule, accepted)}.{doubt}{others}")
        {
            Measured = highest.Count.Low,
            Allowed = allowed,
            Samples = readings.Length,
            First = readings[0].Sample,
            Last = readings[^1].Sample,
            FirstCount = readings[0].Count.Low,
            LastCount = readings[^1].Count.Low,
            Shown = shown.Sample,
        };
    }

    private GateVerdict JudgeGrowth(double accepted)
    {
        List<Reading>[] longEnough = [.. _runs.Where(run => run.Count >= rule.LeastSamples)];
        if (longEnough.Length == 0)
            return TooShort(_runs.Count == 0 ? 0 : _runs.Max(run => run.Count), accepted);
        (List<Reading> Run, CountRange? Slope)[] slopes = Array.ConvertAll(longEnough, run => (run, SlopeOf(run, accepted)));
        if (Array.TrueForAll(slopes, each => each.Slope is null))
        {
            return new GateVerdict(HandleGrowthOutcome.Undecidable, Array.Exists(longEnough, run => run.Exists(reading => SessionOf(reading).Time is null))
                ? $"The time of '{SessionOf(longEnough[0].Find(reading => SessionOf(reading).Time is null))}' is unknown, so that there is no growth per hour. Give the samples times."
                : "All samples are of the same time, so that there is no growth per hour.")
            {
                Allowed = rule.Allowed,
            };
        }

        slopes = Array.FindAll(slopes, each => each.Slope is not null);
        double allowed = rule.Allowed;
        (List<Reading> Run, CountRange? Slope) most = slopes.MaxBy(each => each.Slope!.Value.Low);
        (List<Reading> Run, CountRange? Slope) doubtful = slopes.MaxBy(each => each.Slope!.Value.High);
        bool isDoubtful = !CountRange.Exceeds(most.Slope!.Value.Low, allowed) && CountRange.Exceeds(doubtful.Slope!.Value.High, allowed);
        (List<Reading> shown, CountRange slope) = isDoubtful ? (doubtful.Run, doubtful.Slope!.Value) : (most.Run, most.Slope.Value);
        HandleGrowthOutcome outcome = CountRange.Exceeds(most.Slope.Value.Low, allowed) ? HandleGrowthOutcome.Failed
            : isDoubtful ? HandleGrowthOutcome.Undecidable
            : HandleGrowthOutcome.Passed;
        string rises = isDoubtful
            ? $"What is counted there is the least that there was, so that the growth is unknown{WhyLeast(shown)}"
            : $"That is a growth of {GateWords.Of(slope)} {GateWords.UnitOf(rule)}";
        return new GateVerdict(outcome, $"{GateWords.List([.. shown.Select(reading => reading.Count)])} {GateWords.Noun(rule.Metric)} "
            + $"{GateWords.Span(SessionOf(shown[0]), SessionOf(shown[^1]), shown.Count)}. {rises}, and {GateWords.Allowance(rule, accepted)}.{DescribeBreaks()}")
        {
            Measured = isDoubtful ? null : slope.Low,
            Allowed = allowed,
            Samples = shown.Count,
            First = shown[0].Sample,
            Last = shown[^1].Sample,
            FirstCount = shown[0].Count.Low,
            LastCount = shown[^1].Count.Low,
            Shown = shown[^1].Sample,
        };
    }

    /// <summary>Returns why a sample of a run may have more than is counted, preceded by a colon; empty if that is due to what is counted.</summary>
    private string WhyLeast(List<Reading> run) =>
        run.Select(reading => series.Samples[reading.Sample]).FirstOrDefault(sample => sample.WhyIncomplete is not null) is { } sample
            ? $": in '{sample.Session}', {sample.WhyIncomplete}"
            : "";

    /// <summary>Returns the slope of a run by sample or by hour; null if times are unknown or the same.</summary>
    private CountRange? SlopeOf(List<Reading> run, double accepted)
    {
        CountRange[] counts = [.. run.Select(reading => reading.Count.Above(accepted))];
        if (rule.GrowthPerSample is not null)
            return CountRange.SlopeOf([.. run.Select(reading => (double)reading.Sample)], counts);
        if (run.Exists(reading => SessionOf(reading).Time is null))
            return null;
        DateTimeOffset begin = SessionOf(run[0]).Time!.Value;
        return CountRange.SlopeOf([.. run.Select(reading => (SessionOf(reading).Time!.Value - begin).TotalHours)], counts);
    }

    private GateVerdict TooShort(int samples, double accepted)
    {
        string warmUp = rule.WarmUp > 0 ? $" after a warm-up of {rule.WarmUp}" : "";
        string run = rule.IsOfGrowth ? " in a row" : "";
        string unknown = _unknown.Count > 0 ? $" '{series.Samples[_unknown[0].Sample].Session}': {_unknown[0].Why}." : "";
        return new GateVerdict(HandleGrowthOutcome.Undecidable,
            $"{Phrase.Count(samples, "sample")} of {series.Samples.Length}{run}{warmUp} {(samples == 1 ? "tells" : "tell")} the count, and the rule needs {rule.LeastSamples}."
            + unknown + DescribeBreaks())
        {
            Allowed = GateWords.AllowedBy(rule, accepted),
            Samples = samples,
            First = _runs is [[var first, ..], ..] ? first.Sample : null,
            Last = _runs is [.., [.., var last]] ? last.Sample : null,
            FirstCount = _runs is [[var begin, ..], ..] ? begin.Count.Low : null,
            LastCount = _runs is [.., [.., var end]] ? end.Count.Low : null,
            Shown = _runs is [.., [.., var shown]] ? shown.Sample : null,
            IsTooShort = true,
        };
    }

    /// <summary>Returns sentences on where a process was another one, each preceded by a space.</summary>
    private string DescribeBreaks()
    {
        string sentences = "";
        foreach (SampledProcess process in new[] { subject.Holder, subject.Owner }.OfType<SampledProcess>())
        {
            foreach ((int sample, string why) in process.Breaks.Take(MostBreaks))
                sentences += $" {process.Title} in '{series.Samples[sample].Session}': {why}.";
        }

        return sentences;
    }

    private HandleSession SessionOf(Reading reading) => series.Samples[reading.Sample].Session;

    /// <summary>Represents a count of a sample.</summary>
    private readonly record struct Reading(int Sample, CountRange Count);
}
