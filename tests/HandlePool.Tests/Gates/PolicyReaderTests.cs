using HandlePool.Analysis;
using HandlePool.Gates;

namespace HandlePool.Tests.Gates;

public class PolicyReaderTests
{
    [Fact]
    public void A_policy_has_rules_with_what_it_says_for_all_of_them()
    {
        HandleGrowthPolicy policy = Read(Table(
            ("warmup", 2.0), ("MinimumSamples", 3.0), ("Ignore", List("zygote*")),
            ("Rules", List(
                Table(("Name", "a"), ("holder", "app"), ("Owner", "server"), ("Limit", 5.0), ("WarmUp", 0.0), ("Ignore", "x -> y")),
                Table(("Name", "b"), ("Owner", 17.0), ("Metric", "nodes"), ("GrowthPerHour", 1.5), ("Baseline", 200.0))))));

        Assert.Equal(["a", "b"], policy.Rules.Select(rule => rule.Name));
        Assert.Equal((0, 3, 5.0, null), (policy.Rules[0].WarmUp, policy.Rules[0].MinimumSamples, policy.Rules[0].Limit, policy.Rules[0].GrowthPerHour));
        Assert.Equal(["zygote*", "x -> y"], policy.Rules[0].Ignore);
        Assert.Equal(("17", HandleGrowthMetric.Nodes, 1.5, 200.0, 2), (policy.Rules[1].Owner, policy.Rules[1].Metric, policy.Rules[1].GrowthPerHour,
            policy.Rules[1].AcceptedCount, policy.Rules[1].WarmUp));
        Assert.Equal(("gate.psd1", 1L), policy.Rules[0].Position);
    }

    public static TheoryData<string, object?, string, string> Faults => new()
    {
        { "Nope", 1.0, "PolicyFormat", "Rules[0].Nope: there is no such key. The keys are Name, Holder, " },
        { "Limits", 1.0, "PolicyFormat", "Rules[0].Limits: there is no such key. Did you mean 'Limit'?" },
        { "Limit", -1.0, "PolicyFormat", "Rules[0].Limit: the number is negative. Use 0 or more." },
        { "Limit", "5", "PolicyFormat", "Rules[0].Limit: '5' is not a number." },
        { "Limit", double.PositiveInfinity, "PolicyFormat", "Rules[0].Limit: it is not a finite number." },
        { "Limit", double.NaN, "PolicyFormat", "Rules[0].Limit: it is not a finite number." },
        { "GrowthPerSample", 1.0, "PolicyConflict", "Rules[0].GrowthPerSample: Limit and GrowthPerSample exclude each other. Make two rules of them." },
        { "Holder", null, "PolicyFormat", "Rules[0].Holder: $null is not a text." },
        { "Holder", "", "PolicyFormat", "Rules[0].Holder: the pattern is empty and matches nothing." },
        { "Holder", "app[", "PolicyFormat", "Rules[0].Holder: 'app[' is no pattern." },
        { "Interface", "I*", "PolicyConflict", "Rules[0].Owner: handles are counted by owner or by interface." },
        { "Metric", "Handle", "PolicyFormat", "Rules[0].Metric: there is no metric 'Handle'. Did you mean 'Handles'?" },
        { "Metric", true, "PolicyFormat", "Rules[0].Metric: $true is not one of Handles, " },
        { "Metric", "Nodes", "PolicyConflict", "Rules[0].Metric: nodes are counted by owner alone." },
        { "Metric", "Threads", "PolicyConflict", "Rules[0].Metric: Threads is counted by process." },
        { "WarmUp", -1.0, "PolicyFormat", "Rules[0].WarmUp: the number is negative." },
        { "WarmUp", 1.5, "PolicyFormat", "Rules[0].WarmUp: 1.5 is not a whole number of 2147483647 at most." },
        { "WarmUp", 1e300, "PolicyFormat", "Rules[0].WarmUp: 1E+300 is not a whole number" },
        { "MinimumSamples", 0.0, "PolicyFormat", "Rules[0].MinimumSamples: the number is less than 1." },
        { "Ignore", 5.0, "PolicyFormat", "Rules[0].Ignore: 5 is not a text or a list of texts." },
        { "Ignore", " -> server", "PolicyFormat", "Rules[0].Ignore: ' -> server' is no pattern." },
        { "Baseline", -2.0, "PolicyFormat", "Rules[0].Baseline: the number is negative." },
        { "Baseline", "none.json", "PolicyFormat", "Rules[0].Baseline: there is no file 'none.json'." },
        { "Baseline", "bad.json", "PolicyFormat", "Rules[0].Baseline: bad.json is not a baseline." },
        { "Name", "", "PolicyFormat", "Rules[0].Name: the name is empty." },
        { "\u001b[7m", 1.0, "PolicyFormat", "Rules[0].[U+001B][7m: there is no such key." },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public void What_is_wrong_with_a_rule_is_named_by_key_and_line(string key, object? value, string errorId, string message)
    {
        List<(string, object?)> entries = [("Name", "a"), ("Holder", "app"), ("Owner", "server"), ("Limit", 5.0)];
        entries.RemoveAll(entry => entry.Item1 == key);
        entries.Add((key, value));

        HandleException refused = Refused.With(errorId, Errno.EINVAL, () => Read(Table(("Rules", List(Table([.. entries]))))));

        Assert.Matches(@"^gate\.psd1: line \d+: ", refused.Message);
        Assert.Contains(message, refused.Message);
    }

    [Fact]
    public void All_that_is_wrong_is_counted_with_its_lines()
    {
        HandleException refused = Refused.With("PolicyFormat", Errno.EINVAL, () => Read(Table(("Color", 1.0), ("WarmUp", -1.0),
            ("Rules", List(Table(("Name", "a")), Table(("Name", "b"), ("Holder", "x"), ("Limit", 1.0)), Table(("Name", "B"), ("Holder", "x"), ("Limit", 1.0)))))));

        Assert.StartsWith("gate.psd1: line 1: Color: there is no such key. The keys are Rules, WarmUp, MinimumSamples, Ignore. 3 more problems: ", refused.Message);
        Assert.EndsWith("3 more problems: line 1: Rules[0].Holder; line 1: Rules[0].Limit; line 2: WarmUp.", refused.Message);
    }

    [Fact]
    public void Two_rules_of_one_name_contradict_each_other()
    {
        HandleException refused = Refused.With("PolicyConflict", Errno.EINVAL, () => Read(Table(("Rules", List(
            Table(("Name", "b"), ("Holder", "x"), ("Limit", 1.0)), Table(("Name", "B"), ("Holder", "x"), ("Limit", 1.0)))))));

        Assert.Contains("Rules[1].Name: 'B' is the name of Rules[0] as well.", refused.Message);
    }

    [Fact]
    public void An_owner_with_all_holders_has_no_limit()
    {
        HandleException refused = Refused.With("PolicyConflict", Errno.EINVAL, () => Read(Table(("Rules", List(
            Table(("Name", "a"), ("Owner", "x"), ("Limit", 80.0), ("Metric", "LimitPercent")))))));

        Assert.Contains("Rules[0].Metric: Android counts in each holder separately.", refused.Message);
    }

    [Fact]
    public void One_sample_shows_no_growth()
    {
        HandleException refused = Refused.With("PolicyConflict", Errno.EINVAL, () => Read(Table(("Rules", List(
            Table(("Name", "a"), ("Holder", "x"), ("GrowthPerSample", 1.0), ("MinimumSamples", 1.0)))))));

        Assert.Contains("Rules[0].MinimumSamples: one sample shows no growth.", refused.Message);
    }

    [Theory]
    [InlineData("text")]
    [InlineData(null)]
    [InlineData(5.0)]
    public void What_is_no_table_is_no_policy(object? value) =>
        Assert.Contains("is not the policy, which is a table", Refused.With("PolicyFormat", Errno.EINVAL, () => Read(new PolicyNode(value, 3))).Message);

    [Fact]
    public void A_policy_without_rules_decides_nothing_and_is_refused()
    {
        Assert.Contains("the key Rules is missing", Refused.With("PolicyFormat", Errno.EINVAL, () => Read(Table())).Message);
        Assert.Contains("Rules: there is no rule", Refused.With("PolicyFormat", Errno.EINVAL, () => Read(Table(("Rules", List())))).Message);
        Assert.Throws<ArgumentException>(() => new HandleGrowthPolicy([]));
        Assert.Throws<ArgumentException>(() => new HandleGrowthPolicy([new HandleGrowthRule { Name = "a", Holder = "x" }]));
    }

    private static PolicyNode Table(params (string Key, object? Value)[] entries) =>
        new(new PolicyTable([.. entries.Select((entry, index) => (entry.Key, (long?)(index + 1), entry.Value as PolicyNode ?? new PolicyNode(entry.Value, index + 1)))]), 1);

    private static PolicyNode List(params object?[] items) => new(items.Select(item => item as PolicyNode ?? new PolicyNode(item, 1)).ToArray(), 1);

    private static HandleGrowthPolicy Read(PolicyNode root) => PolicyReader.Read(root, "gate.psd1", "gate.psd1",
        file => file == "bad.json" ? throw new ArgumentException("bad.json is not a baseline.") : throw new FileNotFoundException(null, file));
}
