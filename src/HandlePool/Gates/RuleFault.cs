using System.Globalization;
using HandlePool.Analysis;
using HandlePool.Text;

namespace HandlePool.Gates;

/// <summary>Represents what is wrong with a rule: the key, the message, and whether it is a contradiction.</summary>
internal readonly record struct RuleFault(string Key, string Message, bool IsConflict)
{
    /// <summary>The text between the holder and the owner in an ignore list.</summary>
    internal const string Arrow = " -> ";

    /// <summary>Returns all that is wrong with a rule.</summary>
    internal static List<RuleFault> Find(HandleGrowthRule rule)
    {
        List<RuleFault> faults = [];
        if (string.IsNullOrWhiteSpace(rule.Name))
            faults.Add(new RuleFault(nameof(rule.Name), "the name is empty. Give the rule a name.", false));
        FindSubject(rule, faults);
        FindCriterion(rule, faults);
        FindMetric(rule, faults);
        if (rule.WarmUp < 0)
            faults.Add(Negative(nameof(rule.WarmUp)));
        int least = rule.IsOfGrowth ? 2 : 1;
        if (rule.MinimumSamples < least)
        {
            faults.Add(new RuleFault(nameof(rule.MinimumSamples), rule.MinimumSamples < 1
                ? "the number is less than 1. Use 1 or more."
                : "one sample shows no growth. Use 2 or more, or Limit.", rule.MinimumSamples == 1));
        }

        FindBaseline(rule, faults);
        foreach (string entry in rule.Ignore)
        {
            if (entry.Split(Arrow, 2).Any(pattern => string.IsNullOrWhiteSpace(pattern) || WildcardText.Parse(pattern) is null))
                faults.Add(NoPattern(nameof(rule.Ignore), entry));
            else if (entry.Contains(Arrow, StringComparison.Ordinal) && rule.By is HandleUsageGrouping.Holder or HandleUsageGrouping.Owner)
                faults.Add(new RuleFault(nameof(rule.Ignore), $"'{VisibleText.Name(entry)}' names a pair, and the rule judges no pairs. Use one pattern.", true));
        }

        return faults;
    }

    private static void FindSubject(HandleGrowthRule rule, List<RuleFault> faults)
    {
        if (rule.Holder is null && rule.Owner is null && rule.Interface is null)
            faults.Add(new RuleFault(nameof(rule.Holder), "the rule says neither whose handles it judges nor of whom. Use Holder, Owner or both; '*' stands for all.", false));
        else if (rule.Interface is not null && rule.Owner is not null)
            faults.Add(new RuleFault(nameof(rule.Owner), "handles are counted by owner or by interface. Use Owner or Interface.", true));
        else if (rule.Interface is not null && rule.Holder is null)
            faults.Add(new RuleFault(nameof(rule.Interface), "interfaces are counted by holder. Use Holder as well; '*' stands for each.", false));
        foreach ((string key, string? pattern) in new[] { (nameof(rule.Holder), rule.Holder), (nameof(rule.Owner), rule.Owner), (nameof(rule.Interface), rule.Interface) })
        {
            if (pattern?.StartsWith('-') == true && long.TryParse(pattern, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _))
                faults.Add(new RuleFault(key, $"{pattern} is no pid. Use a name, a pattern or a pid.", false));
            else if (pattern is not null && (string.IsNullOrWhiteSpace(pattern) || WildcardText.Parse(pattern) is null))
                faults.Add(NoPattern(key, pattern));
        }
    }

    private static void FindCriterion(HandleGrowthRule rule, List<RuleFault> faults)
    {
        (string Key, double? Value)[] criteria =
        [
            (nameof(rule.Limit), rule.Limit),
            (nameof(rule.GrowthPerSample), rule.GrowthPerSample),
            (nameof(rule.GrowthPerHour), rule.GrowthPerHour),
        ];
        (string Key, double? Value)[] given = Array.FindAll(criteria, each => each.Value is not null);
        if (given.Length == 0)
            faults.Add(new RuleFault(nameof(rule.Limit), "the rule does not say what is allowed. Use Limit, GrowthPerSample or GrowthPerHour.", false));
        else if (given.Length > 1)
            faults.Add(new RuleFault(given[1].Key, $"{given[0].Key} and {given[1].Key} exclude each other. Make two rules of them.", true));
        foreach ((string key, double? value) in given)
        {
            if (value < 0)
                faults.Add(Negative(key));
            else if (!double.IsFinite(value!.Value))
                faults.Add(new RuleFault(key, "it is not a finite number. Use a number that a count can reach.", false));
        }
    }

    private static void FindMetric(HandleGrowthRule rule, List<RuleFault> faults)
    {
        if (!Enum.IsDefined(rule.Metric))
        {
            faults.Add(new RuleFault(nameof(rule.Metric), $"there is no such metric. Use one of {string.Join(", ", Enum.GetNames<HandleGrowthMetric>())}.", false));
            return;
        }

        string? message = rule switch
        {
            { By: HandleUsageGrouping.Interface, Metric: not HandleGrowthMetric.Handles } => $"{rule.Metric} is not counted by interface. Use Handles.",
            { By: HandleUsageGrouping.Owner, Metric: HandleGrowthMetric.LimitPercent } => "Android counts in each holder separately. Use Holder as well; '*' stands for each.",
            { Metric: HandleGrowthMetric.Nodes, Holder: not null } => "nodes are counted by owner alone. Use Owner without Holder.",
            { Metric: HandleGrowthMetric.Buffers or HandleGrowthMetric.Threads or HandleGrowthMetric.DeathLinks, By: not HandleUsageGrouping.Holder } =>
                $"{rule.Metric} is counted by process. Use Holder without Owner.",
            _ => null,
        };
        if (message is not null)
            faults.Add(new RuleFault(nameof(rule.Metric), message, true));
    }

    private static void FindBaseline(HandleGrowthRule rule, List<RuleFault> faults)
    {
        string key = nameof(rule.Baseline);
        if (rule.AcceptedCount < 0)
            faults.Add(Negative(key));
        else if (rule.AcceptedCount is { } count && !double.IsFinite(count))
            faults.Add(new RuleFault(key, "it is not a finite number. Use a number that a count can reach.", false));
        if (rule.Baseline is null)
            return;
        if (rule.AcceptedCount is not null)
            faults.Add(new RuleFault(key, "a baseline and an accepted count exclude each other. Use one of them.", true));
        if (rule.By != HandleUsageGrouping.Pair || rule.Metric != HandleGrowthMetric.Handles)
            faults.Add(new RuleFault(key, "a baseline has the handles of pairs. Use it with Holder and Owner and the metric Handles, or give a number.", true));
    }

    private static RuleFault Negative(string key) => new(key, "the number is negative. Use 0 or more.", false);

    private static RuleFault NoPattern(string key, string pattern) => new(key, string.IsNullOrWhiteSpace(pattern)
        ? "the pattern is empty and matches nothing. Use a name, or '*' for all."
        : $"'{VisibleText.Name(pattern)}' is no pattern. Close each '[', and write '`[' for the character.", false);
}
