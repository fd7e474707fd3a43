using System.Globalization;
using HandlePool.Analysis;
using HandlePool.Text;

namespace HandlePool.Gates;

/// <summary>Reads a policy from tables, and names the key and the line of all that is wrong.</summary>
internal sealed class PolicyReader
{
    private const string RulesKey = "Rules";
    private const int MostListed = 8;

    private static readonly string[] CommonKeys = [nameof(HandleGrowthRule.WarmUp), nameof(HandleGrowthRule.MinimumSamples), nameof(HandleGrowthRule.Ignore)];

    private static readonly string[] RuleKeys =
    [
        nameof(HandleGrowthRule.Name), nameof(HandleGrowthRule.Holder), nameof(HandleGrowthRule.Owner), nameof(HandleGrowthRule.Interface),
        nameof(HandleGrowthRule.Metric), nameof(HandleGrowthRule.Limit), nameof(HandleGrowthRule.GrowthPerSample), nameof(HandleGrowthRule.GrowthPerHour),
        nameof(HandleGrowthRule.WarmUp), nameof(HandleGrowthRule.MinimumSamples), nameof(HandleGrowthRule.Ignore), nameof(HandleGrowthRule.Baseline),
    ];

    private readonly string _source;
    private readonly string? _path;
    private readonly Func<string, HandleBaseline> _readBaseline;
    private readonly List<Problem> _problems = [];

    private PolicyReader(string source, string? path, Func<string, HandleBaseline> readBaseline) =>
        (_source, _path, _readBaseline) = (source, path, readBaseline);

    /// <summary>Reads a policy.</summary>
    /// <param name="root">Its table.</param>
    /// <param name="source">The name of what it is read from, for messages.</param>
    /// <param name="path">Its file; null if it is from none.</param>
    /// <param name="readBaseline">Reads the file of a baseline; throws <see cref="ArgumentException"/> or <see cref="IOException"/> if it is none.</param>
    /// <exception cref="HandleException"><c>PolicyFormat</c> or <c>PolicyConflict</c>, by what is wrong first.</exception>
    internal static HandleGrowthPolicy Read(PolicyNode root, string source, string? path, Func<string, HandleBaseline> readBaseline) =>
        new PolicyReader(source, path, readBaseline).Read(root);

    /// <summary>Returns the error of a policy: what is wrong, with its line and key.</summary>
    internal static HandleException Refuse(string errorId, string source, long? line, string? key, string message, string more = "") => new(errorId, Errno.EINVAL,
        $"{source}: {(line is { } number ? string.Create(CultureInfo.InvariantCulture, $"line {number}: ") : "")}{(key is null ? "" : $"{VisibleText.Of(key)}: ")}{message}{more}", source);

    private HandleGrowthPolicy Read(PolicyNode root)
    {
        List<HandleGrowthRule> rules = [];
        if (Table(root, "the policy", [RulesKey, .. CommonKeys], "") is { } keys)
        {
            Common common = new(keys, Whole(keys, nameof(HandleGrowthRule.WarmUp), ""), Whole(keys, nameof(HandleGrowthRule.MinimumSamples), ""),
                Texts(keys, nameof(HandleGrowthRule.Ignore), ""));
            if (!keys.TryGetValue(RulesKey, out Entry given))
                Add(HandleErrorIds.PolicyFormat, root.Line, null, $"the key {RulesKey} is missing. Give a list of rules.");
            else
                ReadRules(given, common, rules);
        }

        if (_problems.Count > 0)
            throw ToException();
        return new HandleGrowthPolicy(rules);
    }

    private void ReadRules(Entry given, Common common, List<HandleGrowthRule> rules)
    {
        // PowerShell gives a list of one table as the table.
        PolicyNode[] items = given.Value.Value as PolicyNode[] ?? [given.Value];
        if (items.Length == 0)
            Add(HandleErrorIds.PolicyFormat, given.Line, RulesKey, "there is no rule, so that nothing is decided. Give one rule or more.");
        Dictionary<string, int> names = new(StringComparer.OrdinalIgnoreCase);
        for (int index = 0; index < items.Length; index++)
        {
            string prefix = $"{RulesKey}[{index}].";
            if (Table(items[index], "a rule", RuleKeys, prefix) is not { } keys || ReadRule(keys, items[index], common, prefix) is not { } rule)
                continue;
            rules.Add(rule);
            if (!names.TryAdd(rule.Name, index))
            {
                Add(HandleErrorIds.PolicyConflict, keys[nameof(rule.Name)].Line, prefix + nameof(rule.Name),
                    $"'{rule}' is the name of {RulesKey}[{names[rule.Name]}] as well. Give each rule a name of its own.");
            }
        }
    }

    private HandleGrowthRule? ReadRule(Dictionary<string, Entry> keys, PolicyNode item, Common common, string prefix)
    {
        int before = _problems.Count;
        if (!keys.ContainsKey(nameof(HandleGrowthRule.Name)))
            Add(HandleErrorIds.PolicyFormat, item.Line, prefix + nameof(HandleGrowthRule.Name), "the key is missing. Give the rule a name.");
        (HandleBaseline? baseline, double? accepted) = Baseline(keys, prefix);
        int? warmUp = Whole(keys, nameof(HandleGrowthRule.WarmUp), prefix);
        int? least = Whole(keys, nameof(HandleGrowthRule.MinimumSamples), prefix);
        string? owner = Text(keys, nameof(HandleGrowthRule.Owner), prefix);
        string? holder = Text(keys, nameof(HandleGrowthRule.Holder), prefix);
        string? kind = Text(keys, nameof(HandleGrowthRule.Interface), prefix);
        bool isOfPairs = holder is not null && (owner is not null || kind is not null);
        HandleGrowthRule rule = new()
        {
            Name = Text(keys, nameof(HandleGrowthRule.Name), prefix) ?? "",
            Holder = holder,
            Owner = owner,
            Interface = kind,
            Metric = Metric(keys, prefix),
            Limit = Number(keys, nameof(HandleGrowthRule.Limit), prefix),
            GrowthPerSample = Number(keys, nameof(HandleGrowthRule.GrowthPerSample), prefix),
            GrowthPerHour = Number(keys, nameof(HandleGrowthRule.GrowthPerHour), prefix),
            WarmUp = warmUp ?? common.WarmUp ?? 0,
            MinimumSamples = least ?? common.MinimumSamples,

            // The pairs that a policy ignores are for its rules on pairs.
            Ignore = [.. common.Ignore.Where(entry => isOfPairs || !entry.Contains(RuleFault.Arrow, StringComparison.Ordinal)), .. Texts(keys, nameof(HandleGrowthRule.Ignore), prefix)],
            Baseline = baseline,
            AcceptedCount = accepted,
            Position = _path is not null && item.Line is { } line ? (_path, line) : null,
        };
        if (_problems.Count > before)
            return null;
        List<RuleFault> faults = RuleFault.Find(rule);
        foreach (RuleFault fault in faults)
        {
            string errorId = fault.IsConflict ? HandleErrorIds.PolicyConflict : HandleErrorIds.PolicyFormat;
            if (keys.TryGetValue(fault.Key, out Entry entry))
                Add(errorId, entry.Line, prefix + fault.Key, fault.Message);
            else if (common.Keys.TryGetValue(fault.Key, out entry) && !fault.IsConflict)
                AddOnce(errorId, entry.Line, fault.Key, fault.Message);
            else
                Add(errorId, item.Line, prefix + fault.Key, fault.Message);
        }

        return faults.Count > 0 ? null : rule;
    }

    /// <summary>Returns the keys of a table, whatever their case; null if it is none.</summary>
    private Dictionary<string, Entry>? Table(PolicyNode node, string what, string[] known, string prefix)
    {
        if (node.Value is not PolicyTable table)
        {
            Add(HandleErrorIds.PolicyFormat, node.Line, prefix.Length == 0 ? null : prefix.TrimEnd('.'), $"{Describe(node)} is not {what}, which is a table: @{{ Key = value }}.");
            return null;
        }

        Dictionary<string, Entry> keys = new(StringComparer.OrdinalIgnoreCase);
        foreach ((string key, long? line, PolicyNode value) in table.Entries)
        {
            if (Array.Find(known, name => name.Equals(key, StringComparison.OrdinalIgnoreCase)) is not { } name)
            {
                Add(HandleErrorIds.PolicyFormat, line, prefix + VisibleText.Name(key), "there is no such key. "
                    + NearNames.Suggest(key, known, $"The keys are {string.Join(", ", known)}."));
            }
            else if (!keys.TryAdd(name, new Entry(line, value)))
            {
                Add(HandleErrorIds.PolicyConflict, line, prefix + name, "the key is given twice. Give it once.");
            }
        }

        return keys;
    }

    private string? Text(Dictionary<string, Entry> keys, string key, string prefix)
    {
        if (!keys.TryGetValue(key, out Entry entry))
            return null;
        switch (entry.Value.Value)
        {
            case string text:
                return text;
            case double number when number == Math.Floor(number):
                // A pid.
                return number.ToString(CultureInfo.InvariantCulture);
            default:
                Wrong(entry, prefix + key, "a text");
                return null;
        }
    }

    private double? Number(Dictionary<string, Entry> keys, string key, string prefix)
    {
        if (!keys.TryGetValue(key, out Entry entry))
            return null;
        if (entry.Value.Value is double number)
            return number;
        Wrong(entry, prefix + key, "a number");
        return null;
    }

    private int? Whole(Dictionary<string, Entry> keys, string key, string prefix)
    {
        if (!keys.TryGetValue(key, out Entry entry))
            return null;
        if (entry.Value.Value is double number and <= int.MaxValue and >= int.MinValue && number == Math.Floor(number))
            return (int)number;
        Wrong(entry, prefix + key, $"a whole number of {int.MaxValue} at most");
        return null;
    }

    private List<string> Texts(Dictionary<string, Entry> keys, string key, string prefix)
    {
        if (!keys.TryGetValue(key, out Entry entry))
            return [];
        PolicyNode[] items = entry.Value.Value as PolicyNode[] ?? [entry.Value];
        List<string> texts = [];
        foreach (PolicyNode item in items)
        {
            if (item.Value is string text)
                texts.Add(text);
            else
                Wrong(new Entry(item.Line ?? entry.Line, item), prefix + key, "a text or a list of texts");
        }

        return texts;
    }

    private HandleGrowthMetric Metric(Dictionary<string, Entry> keys, string prefix)
    {
        if (!keys.TryGetValue(nameof(HandleGrowthRule.Metric), out Entry entry))
            return HandleGrowthMetric.Handles;
        string[] names = Enum.GetNames<HandleGrowthMetric>();
        if (entry.Value.Value is not string text)
        {
            Wrong(entry, prefix + nameof(HandleGrowthRule.Metric), $"one of {string.Join(", ", names)}");
        }
        else if (Array.Find(names, name => name.Equals(text, StringComparison.OrdinalIgnoreCase)) is { } name)
        {
            return Enum.Parse<HandleGrowthMetric>(name);
        }
        else
        {
            Add(HandleErrorIds.PolicyFormat, entry.Line, prefix + nameof(HandleGrowthRule.Metric), $"there is no metric '{VisibleText.Name(text)}'. "
                + NearNames.Suggest(text, names, $"The metrics are {string.Join(", ", names)}."));
        }

        return HandleGrowthMetric.Handles;
    }

    private (HandleBaseline? Baseline, double? Accepted) Baseline(Dictionary<string, Entry> keys, string prefix)
    {
        string key = nameof(HandleGrowthRule.Baseline);
        if (!keys.TryGetValue(key, out Entry entry))
            return (null, null);
        switch (entry.Value.Value)
        {
            case double number:
                return (null, number);
            case HandleBaseline baseline:
                return (baseline, null);
            case string file when !string.IsNullOrWhiteSpace(file):
                try
                {
                    return (_readBaseline(file), null);
                }
                catch (FileNotFoundException)
                {
                    Add(HandleErrorIds.PolicyFormat, entry.Line, prefix + key, $"there is no file '{VisibleText.Name(file)}'. Its path begins at the policy.");
                }
                catch (Exception exception) when (exception is ArgumentException or IOException or UnauthorizedAccessException or NotSupportedException)
                {
                    Add(HandleErrorIds.PolicyFormat, entry.Line, prefix + key, exception.Message);
                }

                return (null, null);
            default:
                Wrong(entry, prefix + key, "a number, or the file of a baseline");
                return (null, null);
        }
    }

    private void Wrong(Entry entry, string key, string expected) =>
        Add(HandleErrorIds.PolicyFormat, entry.Line, key, $"{Describe(entry.Value)} is not {expected}.");

    private static string Describe(PolicyNode node) => node.Value switch
    {
        string text => $"'{VisibleText.Name(text)}'",
        double number => number.ToString(CultureInfo.InvariantCulture),
        bool flag => flag ? "$true" : "$false",
        null => "$null",
        PolicyTable => "a table",
        PolicyNode[] => "a list",
        ForeignValue foreign => VisibleText.Name(foreign.Description),
        _ => "the value",
    };

    private void Add(string errorId, long? line, string? key, string message) => _problems.Add(new Problem(errorId, line, key, message));

    /// <summary>Adds what is wrong for all rules once.</summary>
    private void AddOnce(string errorId, long? line, string key, string message)
    {
        Problem problem = new(errorId, line, key, message);
        if (!_problems.Contains(problem))
            _problems.Add(problem);
    }

    private HandleException ToException()
    {
        Problem first = _problems[0];
        string more = _problems.Count == 1 ? "" : $" {Phrase.Count(_problems.Count - 1, "more problem")}: "
            + string.Join("; ", _problems.Skip(1).Take(MostListed).Select(problem =>
                $"{(problem.Line is { } line ? string.Create(CultureInfo.InvariantCulture, $"line {line}: ") : "")}{problem.Key}".TrimEnd(' ', ':')))
            + (_problems.Count - 1 > MostListed ? "; ..." : ".");
        return Refuse(first.ErrorId, _source, first.Line, first.Key, first.Message, more);
    }

    private readonly record struct Entry(long? Line, PolicyNode Value);

    private readonly record struct Problem(string ErrorId, long? Line, string? Key, string Message);

    /// <summary>Represents what a policy says for all of its rules.</summary>
    private sealed record Common(Dictionary<string, Entry> Keys, int? WarmUp, int? MinimumSamples, IReadOnlyList<string> Ignore);
}
