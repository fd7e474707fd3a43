using HandlePool.Analysis;
using HandlePool.Text;

namespace HandlePool.Gates;

/// <summary>Judges a series by one rule.</summary>
internal sealed class RuleJudge
{
    private const string DeadOwner = "(dead)";

    private readonly GateSeries _series;
    private readonly HandleGrowthRule _rule;
    private readonly string? _device;
    private readonly List<string> _notes;
    private readonly CancellationToken _cancellationToken;
    private readonly WildcardText? _holders;
    private readonly WildcardText? _owners;
    private readonly WildcardText? _interfaces;
    private readonly IgnoreEntry[] _ignored;
    private readonly Dictionary<(SampledProcess, bool IsHolder), bool> _matches = [];

    internal RuleJudge(GateSeries series, HandleGrowthRule rule, string? device, List<string> notes, CancellationToken cancellationToken)
    {
        _series = series;
        _rule = rule;
        _device = device;
        _notes = notes;
        _cancellationToken = cancellationToken;
        _holders = Pattern(rule.Holder);
        _owners = Pattern(rule.Owner);
        _interfaces = Pattern(rule.Interface);
        _ignored = [.. rule.Ignore.Select(text => new IgnoreEntry(text))];
    }

    /// <summary>Returns the results: those that failed, those that could not be decided, and those that passed.</summary>
    internal IEnumerable<HandleGrowthResult> Judge()
    {
        Dictionary<GateSubject, GateCell?[]> subjects = FindSubjects(out string? missing);
        List<(GateSubject Subject, GateVerdict Verdict)> decided = [];
        List<(GateSubject Subject, GateVerdict Verdict)> tooShort = [];
        foreach ((GateSubject subject, GateCell?[] cells) in subjects.WithCancellation(_cancellationToken))
        {
            GateVerdict verdict = new SubjectJudge(_series, _rule, subject, cells).Judge();
            (verdict.IsTooShort && IsOfMany ? tooShort : decided).Add((subject, verdict));
        }

        if (decided.Count == 0 && missing is null && tooShort.Count == 0)
        {
            decided.Add((default, JudgeNone()));
        }
        else if (decided.Count == 0)
        {
            decided.Add((default, new GateVerdict(HandleGrowthOutcome.Undecidable,
                missing ?? $"None of {Count(tooShort.Count)} is in enough samples. {tooShort[0].Subject.Describe(_rule)}: {tooShort[0].Verdict.Evidence}")));
        }
        else if (tooShort.Count > 0)
        {
            _notes.Add($"Rule '{_rule}': {Count(tooShort.Count)} in fewer samples than the rule needs {(tooShort.Count == 1 ? "was" : "were")} not judged, such as "
                + $"'{tooShort[0].Subject.Describe(_rule)}'.");
        }

        return decided
            .OrderBy(each => each.Verdict.Outcome switch
            {
                HandleGrowthOutcome.Failed => 0,
                HandleGrowthOutcome.Undecidable => 1,
                _ => 2,
            })
            .ThenByDescending(each => each.Verdict.Measured - each.Verdict.Allowed)
            .ThenBy(each => each.Subject.Describe(_rule), StringComparer.OrdinalIgnoreCase)
            .Select(each => ToResult(each.Subject, each.Verdict));
    }

    /// <summary>Gets what the rule ignores, and whether it fitted anything that was judged.</summary>
    internal IEnumerable<(string Text, bool IsUsed)> Ignored => _ignored.Select(entry => (entry.Text, entry.IsUsed));

    private bool IsOfMany => _holders is { HasWildcards: true } || _owners is { HasWildcards: true } || _interfaces is { HasWildcards: true };

    private string Count(int number) => _rule.By switch
    {
        HandleUsageGrouping.Pair => Phrase.Count(number, "pair"),
        HandleUsageGrouping.Holder => Phrase.Count(number, "holder"),
        HandleUsageGrouping.Owner => Phrase.Count(number, "owner"),
        _ => Phrase.Count(number, "interface of a holder", "interfaces of holders"),
    };

    private static WildcardText? Pattern(string? text) => text is null ? null : WildcardText.Parse(text);

    /// <summary>Returns what the rule judges, with the count of each sample where one has handles.</summary>
    /// <param name="missing">Why nothing can be judged, as a sentence; null if something can.</param>
    private Dictionary<GateSubject, GateCell?[]> FindSubjects(out string? missing)
    {
        Dictionary<GateSubject, GateCell?[]> subjects = [];
        SampledProcess[] holders = _holders is null ? [] : [.. _series.Processes.WithCancellation(_cancellationToken).Where(process => Matches(process, isHolder: true))];
        SampledProcess[] owners = _owners is null ? [] : [.. _series.Processes.WithCancellation(_cancellationToken).Where(process => Matches(process, isHolder: false))];
        bool isOfDead = _owners?.IsMatch(DeadOwner) == true;
        missing = _holders is not null && holders.Length == 0 ? NotShown(nameof(HandleGrowthRule.Holder), _holders)
            : _owners is not null && owners.Length == 0 && !isOfDead ? NotShown(nameof(HandleGrowthRule.Owner), _owners)
            : null;
        if (missing is not null)
            return subjects;

        IEnumerable<GateSubject> given = _rule.By switch
        {
            HandleUsageGrouping.Holder => holders.Select(holder => new GateSubject(holder, null, false, null)),
            HandleUsageGrouping.Owner => owners.Select(owner => new GateSubject(null, owner, false, null)),
            HandleUsageGrouping.Pair when !IsOfMany => holders.SelectMany(holder => owners.Where(owner => owner.Context == holder.Context)
                .Select(owner => new GateSubject(holder, owner, false, null))
                .Concat(isOfDead ? [new GateSubject(holder, null, true, null)] : [])),
            _ => [],
        };
        foreach (GateSubject subject in given.WithCancellation(_cancellationToken).Where(subject => !IsIgnored(subject)))
            subjects.Add(subject, new GateCell?[_series.Samples.Length]);
        if (_rule.Metric is not (HandleGrowthMetric.Nodes or HandleGrowthMetric.Buffers or HandleGrowthMetric.Threads or HandleGrowthMetric.DeathLinks))
            AddCounts(subjects, isOfDead);
        return subjects;
    }

    /// <summary>Adds the counts of all samples.</summary>
    private void AddCounts(Dictionary<GateSubject, GateCell?[]> subjects, bool isOfDead)
    {
        foreach (GateSample sample in _series.Samples)
        {
            foreach (HandleUsage usage in sample.UsagesBy(_rule.By).WithCancellation(_cancellationToken))
            {
                SampledProcess? holder = _series.Find(usage.Holder);
                SampledProcess? owner = usage.IsDead ? null : _series.Find(usage.Owner);
                if (_holders is not null && (holder is null || !Matches(holder, isHolder: true)))
                    continue;
                if (_owners is not null && (usage.IsDead ? !isOfDead : owner is null || !Matches(owner, isHolder: false)))
                    continue;
                if (_interfaces is not null && (usage.Interface is null || !_interfaces.IsMatch(usage.Interface)))
                    continue;
                if (GateCell.Of(_rule.Metric, usage) is not { } cell)
                    continue;
                GateSubject subject = new(holder, owner, usage.IsDead && _owners is not null, usage.By == HandleUsageGrouping.Interface ? usage.Interface : null);
                if (IsIgnored(subject))
                    continue;
                if (!subjects.TryGetValue(subject, out GateCell?[]? cells))
                    subjects.Add(subject, cells = new GateCell?[_series.Samples.Length]);

                // A session of cmdlets tells the former owners of dead nodes, which count together.
                cells[sample.Index] = cells[sample.Index] is { } before ? before.And(cell) : cell;
            }
        }
    }

    private bool Matches(SampledProcess process, bool isHolder)
    {
        if (!_matches.TryGetValue((process, isHolder), out bool matches))
            _matches[(process, isHolder)] = matches = Matches((isHolder ? _holders : _owners)!, process);
        return matches;
    }

    /// <summary>Returns whether a pattern fits a name, or is the pid.</summary>
    private static bool Matches(WildcardText pattern, SampledProcess process) =>
        (process.Name is { } name && pattern.IsMatch(name)) || pattern.IsMatch(process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture));

    private bool IsIgnored(GateSubject subject)
    {
        bool isIgnored = false;
        foreach (IgnoreEntry entry in _ignored)
        {
            bool fits = entry.Second is null
                ? Fits(entry.First, subject.Holder ?? subject.Owner, subject)
                : Fits(entry.First, subject.Holder, subject) && (subject.Interface is { } name ? entry.Second.IsMatch(name) : Fits(entry.Second, subject.Owner, subject));
            entry.IsUsed |= fits;
            isIgnored |= fits;
        }

        return isIgnored;

        static bool Fits(WildcardText pattern, SampledProcess? process, GateSubject subject) =>
            process is not null ? Matches(pattern, process) : subject.IsDead && pattern.IsMatch(DeadOwner);
    }

    /// <summary>Returns the sentence that no sample shows a process.</summary>
    private string NotShown(string key, WildcardText pattern)
    {
        string[] names = [.. _series.Processes.Select(process => process.Name).OfType<string>().Distinct()];
        string hint = names.Length == 0 ? "They name no processes: use pids, or import the dumps with their names."
            : NearNames.Suggest(pattern.Pattern, names, "");
        return $"No process of {Phrase.Count(_series.Samples.Length, "sample")} fits {key} '{VisibleText.Name(pattern.Pattern)}'. {hint}".TrimEnd();
    }

    /// <summary>Judges a rule that fits no handle: none are held, unless the samples cannot tell.</summary>
    private GateVerdict JudgeNone()
    {
        string? why = WhyNone();
        int samples = Math.Max(0, _series.Samples.Length - _rule.WarmUp);
        if (why is null && samples < _rule.LeastSamples)
            why = $"{Phrase.Count(samples, "sample")} after the warm-up {(samples == 1 ? "tells" : "tell")} that none are held, and the rule needs {_rule.LeastSamples}.";
        return why is not null
            ? new GateVerdict(HandleGrowthOutcome.Undecidable, why)
            : new GateVerdict(HandleGrowthOutcome.Passed, "No process that fits holds handles of one that fits.")
            {
                Measured = 0,
                Samples = samples,
                First = _series.Samples.Length - samples,
                Last = _series.Samples.Length - 1,
                FirstCount = 0,
                LastCount = 0,
            };
    }

    /// <summary>Returns why the samples cannot tell that no handle fits, as a sentence; null if they can.</summary>
    private string? WhyNone()
    {
        foreach (GateSample sample in _series.Samples)
        {
            if (_rule.By == HandleUsageGrouping.Interface && sample.Session.Interfaces.IsEmpty)
                return $"'{sample.Session}' and a report around it tell no interfaces.";
            if (sample.UsagesBy(HandleUsageGrouping.Pair).Any(usage => usage is { Owner: null, IsDead: false, Holder: { } holder } && Find(holder)))
                return $"'{sample.Session}' does not tell the owners of handles, such as statistics alone.";
            if (sample.WhyIncomplete is { } gap)
                return $"'{sample.Session}' shows no handle that fits, and {gap}.";
            if (UncertainState.IsUncertain(sample.Session))
                return $"The lines of '{sample.Session}' contradict each other, so that holders and owners are uncertain.";
        }

        return _ignored.Any(entry => entry.IsUsed) ? "The rule ignores all that it fits."
            : _rule.By == HandleUsageGrouping.Interface || _rule.Metric is not (HandleGrowthMetric.Handles or HandleGrowthMetric.LimitPercent)
                ? "The samples tell no count of a process that fits."
            : null;

        bool Find(HandleProcess holder) => _holders is not null && _series.Find(holder) is { } process && Matches(process, isHolder: true);
    }

    private HandleGrowthResult ToResult(GateSubject subject, GateVerdict verdict)
    {
        GateSample? first = verdict.First is { } begin ? _series.Samples[begin] : null;
        GateSample? last = verdict.Last is { } end ? _series.Samples[end] : null;
        (string? path, long? line) = verdict.Shown is { } shown ? PositionOf(subject, shown) : (null, null);
        return new HandleGrowthResult
        {
            Rule = VisibleText.Name(_rule.Name),
            Outcome = verdict.Outcome,
            Device = _device is null ? null : VisibleText.Name(_device),
            Context = (subject.Holder ?? subject.Owner)?.Context is { } context ? VisibleText.Name(context) : null,
            Holder = subject.Holder?.Title ?? (_rule.Holder is { } holder && subject.Owner is null ? VisibleText.Name(holder) : UsageKey.AllProcesses),
            HolderId = subject.Holder?.Id,
            Owner = subject.Owner?.Title ?? (subject.IsDead ? DeadOwner
                : _rule.Owner is { } owner ? VisibleText.Name(owner)
                : UsageKey.AllProcesses),
            OwnerId = subject.Owner?.Id,
            Interface = (subject.Interface ?? _rule.Interface) is { } name ? VisibleText.Name(name) : null,
            Metric = _rule.Metric,
            Unit = GateWords.UnitOf(_rule),
            Measured = verdict.Measured,
            Allowed = verdict.Allowed ?? (_rule.Baseline is null ? GateWords.AllowedBy(_rule, _rule.AcceptedCount ?? 0) : null),
            Samples = verdict.Samples,
            FirstSample = first?.Session.ToString(),
            LastSample = last?.Session.ToString(),
            FirstTime = first?.Session.Time,
            LastTime = last?.Session.Time,
            FirstCount = verdict.FirstCount,
            LastCount = verdict.LastCount,
            Evidence = verdict.Evidence,
            Path = path is null ? null : VisibleText.Of(path),
            Line = line,
            PolicyPath = _rule.Position?.Path is { } policy ? VisibleText.Of(policy) : null,
            PolicyLine = _rule.Position?.Line,
        };
    }

    /// <summary>Returns where the process of a subject begins in a sample.</summary>
    private (string? Path, long? Line) PositionOf(GateSubject subject, int sample)
    {
        if ((subject.Holder ?? subject.Owner)?.At(sample)?.Process.ListedAt is var (path, line))
            return (path, line);
        return (_series.Samples[sample].Session.Sources is [var source, ..] ? source.Path : null, null);
    }

    /// <summary>Represents a text of an ignore list, and whether it was of use.</summary>
    private sealed class IgnoreEntry
    {
        internal IgnoreEntry(string text)
        {
            string[] parts = text.Split(RuleFault.Arrow, 2);
            Text = text;
            First = WildcardText.Parse(parts[0])!;
            Second = parts.Length == 2 ? WildcardText.Parse(parts[1]) : null;
        }

        internal string Text { get; }

        internal WildcardText First { get; }

        internal WildcardText? Second { get; }

        internal bool IsUsed { get; set; }
    }
}

/// <summary>Represents what a rule judges: a pair, a holder, an owner, or the handles of a holder by interface.</summary>
internal readonly record struct GateSubject(SampledProcess? Holder, SampledProcess? Owner, bool IsDead, string? Interface)
{
    /// <summary>Returns it in the form of an ignore list.</summary>
    internal string Describe(HandleGrowthRule rule) => rule.By switch
    {
        HandleUsageGrouping.Holder => Holder?.Title ?? rule.Holder!,
        HandleUsageGrouping.Owner => Owner?.Title ?? (IsDead ? "(dead)" : rule.Owner!),
        HandleUsageGrouping.Interface => $"{Holder?.Title}{RuleFault.Arrow}{VisibleText.Name(Interface ?? rule.Interface!)}",
        _ => $"{Holder?.Title}{RuleFault.Arrow}{Owner?.Title ?? "(dead)"}",
    };
}
