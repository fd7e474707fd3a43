using HandlePool.Analysis;
using HandlePool.Gates;
using HandlePool.Tests.Analysis;
using static HandlePool.Tests.Gates.GateSeriesBuilder;

namespace HandlePool.Tests.Gates;

public class GrowthGateTests
{
    [Theory]
    [InlineData(300, HandleGrowthOutcome.Passed)]
    [InlineData(299, HandleGrowthOutcome.Failed)]
    public void A_limit_is_decided_by_the_highest_count_of_all_samples(double limit, HandleGrowthOutcome outcome)
    {
        HandleGrowthResult result = Only(Series(100, 300, 200), Pair(limit));

        Assert.Equal((outcome, 300, limit, "handles"), (result.Outcome, result.Measured, result.Allowed, result.Unit));
        Assert.Equal(("binder", "app", 100, "server", 1), (result.Context, result.Holder, result.HolderId, result.Owner, result.OwnerId));
        Assert.Equal((3, "s0", "s2", 100, 200), (result.Samples, result.FirstSample, result.LastSample, result.FirstCount, result.LastCount));
        Assert.Equal((Start, Start.AddHours(2)), (result.FirstTime, result.LastTime));
        Assert.Equal($"300 handles in 's1', and {limit} are allowed. The counts in 3 samples from 's0' to 's2' are 100, 300, 200.", result.Evidence);
    }

    [Theory]
    [InlineData(50, HandleGrowthOutcome.Passed)]
    [InlineData(49.9, HandleGrowthOutcome.Failed)]
    public void Growth_per_sample_is_the_slope_of_the_line_of_best_fit(double allowed, HandleGrowthOutcome outcome)
    {
        HandleGrowthResult result = Only(Series(100, 150, 200, 250), Pair(perSample: allowed));

        Assert.Equal((outcome, "handles per sample"), (result.Outcome, result.Unit));
        Assert.Equal(50, result.Measured!.Value, precision: 9);
    }

    [Fact]
    public void Growth_that_is_just_what_is_allowed_passes_whatever_the_number_of_samples()
    {
        foreach (int samples in Enumerable.Range(2, 30))
        {
            foreach (int step in new[] { 0, 1, 3, 7 })
            {
                HandleGrowthResult result = Only(Series([.. Enumerable.Range(0, samples).Select(sample => 9 + (sample * step))]), Pair(perSample: step));
                Assert.Equal(HandleGrowthOutcome.Passed, result.Outcome);
                if (step == 0)
                    Assert.Equal(0, result.Measured);
            }
        }
    }

    [Fact]
    public void Growth_per_hour_goes_by_the_times_of_the_samples()
    {
        HandleSession[] series = [Sample("a", 100, Start), Sample("b", 150, Start.AddHours(2)), Sample("c", 200, Start.AddHours(4))];

        HandleGrowthResult result = Only(series, Pair(perHour: 24));

        Assert.Equal((HandleGrowthOutcome.Failed, "handles per hour"), (result.Outcome, result.Unit));
        Assert.Equal(25, result.Measured!.Value, precision: 9);
        Assert.Equal("100, 150, 200 handles in 3 samples from 'a' to 'c'. That is a growth of 25 handles per hour, and 24 are allowed.", result.Evidence);
    }

    [Fact]
    public void Growth_per_hour_of_samples_without_times_is_undecidable()
    {
        HandleGrowthResult result = Only([Sample("a", 1), Sample("b", 900)], Pair(perHour: 5));

        Assert.Equal(HandleGrowthOutcome.Undecidable, result.Outcome);
        Assert.Contains("The time of 'a' is unknown", result.Evidence);
    }

    [Theory]
    [InlineData(new[] { 200, 190, 180 })]
    [InlineData(new[] { 200, 200, 200 })]
    public void What_does_not_grow_passes_a_growth_of_zero(int[] handles) =>
        Assert.Equal(HandleGrowthOutcome.Passed, Only(Series(handles), Pair(perSample: 0)).Outcome);

    [Fact]
    public void The_samples_of_the_warm_up_are_ignored()
    {
        HandleSession[] series = Series(10, 300, 301, 300);

        Assert.Equal(HandleGrowthOutcome.Failed, Only(series, Pair(perSample: 5)).Outcome);
        HandleGrowthResult result = Only(series, Pair(perSample: 5, warmUp: 1));
        Assert.Equal((HandleGrowthOutcome.Passed, 3, "s1"), (result.Outcome, result.Samples, result.FirstSample));
    }

    [Theory]
    [InlineData(3, HandleGrowthOutcome.Passed)]
    [InlineData(4, HandleGrowthOutcome.Undecidable)]
    public void Fewer_samples_than_the_rule_needs_decide_nothing(int least, HandleGrowthOutcome outcome)
    {
        HandleGrowthResult growth = Only(Series(10, 10, 10), Pair(perSample: 5, least: least));
        HandleGrowthResult limit = Only(Series(10, 10, 10), Pair(limit: 50, least: least));

        Assert.Equal((outcome, outcome), (growth.Outcome, limit.Outcome));
        if (outcome == HandleGrowthOutcome.Undecidable)
            Assert.Equal("3 samples of 3 in a row tell the count, and the rule needs 4.", growth.Evidence);
    }

    [Fact]
    public void A_rule_whose_holder_is_in_no_sample_is_undecidable()
    {
        HandleGrowthResult result = Only(Series(10, 20), Pair(limit: 5, holder: "appp"));

        Assert.Equal((HandleGrowthOutcome.Undecidable, "appp", "server", null), (result.Outcome, result.Holder, result.Owner, result.Measured));
        Assert.Equal("No process of 2 samples fits Holder 'appp'. Did you mean 'app'?", result.Evidence);
        Assert.StartsWith("No process of 2 samples fits Owner 'none'.", Only(Series(10, 20), Pair(limit: 5, owner: "none")).Evidence);
    }

    [Fact]
    public void A_pair_whose_processes_run_and_hold_nothing_of_each_other_has_zero()
    {
        HandleGrowthResult result = Only(Series(10, 20), Pair(limit: 5, holder: "server", owner: "app"));

        Assert.Equal((HandleGrowthOutcome.Passed, 0), (result.Outcome, result.Measured));
    }

    [Fact]
    public void A_restart_begins_another_run_and_the_one_that_grew_most_decides()
    {
        HandleSession[] series =
        [
            Sample("a", 100, pid: 100), Sample("b", 400, pid: 100), Sample("c", 700, pid: 100), Sample("d", 20, pid: 101), Sample("e", 21, pid: 101), Sample("f", 22, pid: 101),
        ];

        HandleGrowthResult result = Only(series, Pair(perSample: 10));

        Assert.Equal((HandleGrowthOutcome.Failed, 300, "a", "c"), (result.Outcome, Math.Round(result.Measured!.Value), result.FirstSample, result.LastSample));
        Assert.EndsWith(" app in 'd': it was restarted under pid 101.", result.Evidence);
    }

    [Fact]
    public void A_restart_that_leaves_too_few_samples_is_undecidable_for_growth_alone()
    {
        HandleSession[] series = [Sample("a", 100, pid: 100), Sample("b", 20, pid: 101)];

        HandleGrowthResult growth = Only(series, Pair(perSample: 10));
        HandleGrowthResult limit = Only(series, Pair(limit: 99));

        Assert.Equal((HandleGrowthOutcome.Undecidable, HandleGrowthOutcome.Failed), (growth.Outcome, limit.Outcome));
        Assert.Contains("app in 'b': it was restarted under pid 101.", growth.Evidence);
    }

    [Fact]
    public void A_pid_of_another_process_is_no_growth()
    {
        HandleSession[] series = [Sample("a", 10, app: "first"), Sample("b", 900, app: "second")];

        HandleGrowthResult[] results = [.. Judge(series, Pair(perSample: 10, holder: "100")).Results];

        Assert.Equal([HandleGrowthOutcome.Undecidable, HandleGrowthOutcome.Undecidable], results.Select(result => result.Outcome));
        Assert.Contains(results, result => result.Evidence.Contains("pid 100 was reused", StringComparison.Ordinal));
        Assert.Equal(HandleGrowthOutcome.Undecidable, Only(series, Pair(perSample: 10, holder: "second")).Outcome);
    }

    [Fact]
    public void A_reboot_begins_another_run_and_is_noted()
    {
        // A living node of another owner.
        HandleSession[] series = [Sample("a", 10), Sample("b", 11), Sample("c", 900, pid: 300, serverPid: 7), Sample("d", 901, pid: 300, serverPid: 7)];

        HandleGrowthTest test = Judge(series, Pair(perSample: 10), new HandleGrowthRule { Name = "limit", Holder = "other*", Limit = 1_000 });

        Assert.Equal(HandleGrowthOutcome.Passed, test.Outcome);
        Assert.Contains(test.Notes, note => note.StartsWith("'b' and 'c' are of different boots", StringComparison.Ordinal));
        HandleGrowthResult alone = Only(series[1..3], Pair(perSample: 10));
        Assert.Equal(HandleGrowthOutcome.Undecidable, alone.Outcome);
        Assert.Contains("app in 'c': the device was rebooted.", alone.Evidence);
    }

    [Fact]
    public void What_is_accepted_is_not_judged()
    {
        HandleSession[] series = Series(10, 60, 110, 160);

        Assert.Equal(HandleGrowthOutcome.Passed, Only(series, Pair(perSample: 0, accepted: 160)).Outcome);
        HandleGrowthResult result = Only(series, Pair(limit: 10, accepted: 140));
        Assert.Equal((HandleGrowthOutcome.Failed, 160, 150), (result.Outcome, result.Measured, result.Allowed));
        Assert.Contains("150 are allowed, 10 more than the accepted 140", result.Evidence);
    }

    [Fact]
    public void A_baseline_accepts_the_highest_healthy_count_of_the_pair()
    {
        HandleBaseline baseline = HandleBaseline.Of([Sample("healthy", 120)]);
        HandleGrowthRule rule = new() { Name = "r", Holder = "app", Owner = "server", Limit = 10, Baseline = baseline };

        Assert.Equal((HandleGrowthOutcome.Passed, 130), (Only(Series(100, 130), rule).Outcome, Only(Series(100, 130), rule).Allowed));
        Assert.Equal(HandleGrowthOutcome.Failed, Only(Series(100, 131), rule).Outcome);
    }

    [Fact]
    public void A_baseline_without_the_pair_is_undecidable()
    {
        HandleBaseline baseline = new(1, [new HandleBaselinePair("hwbinder", "a", "b", 1, 5, 5)]);

        HandleGrowthResult result = Only(Series(100, 130), new HandleGrowthRule { Name = "r", Holder = "app", Owner = "server", Limit = 10, Baseline = baseline });

        Assert.Equal((HandleGrowthOutcome.Undecidable, null), (result.Outcome, result.Allowed));
    }

    [Fact]
    public void Patterns_judge_each_pair_the_failed_ones_first_without_those_that_are_ignored()
    {
        HandleGrowthRule rule = new() { Name = "all", Holder = "*", Owner = "*", Limit = 15, Ignore = ["other0 -> server", "other1"] };

        HandleGrowthTest test = Judge(Series(10, 20), rule);

        Assert.Equal([("app", HandleGrowthOutcome.Failed), ("other2", HandleGrowthOutcome.Passed)], test.Results.Select(result => (result.Holder, result.Outcome)));
        Assert.Equal((HandleGrowthOutcome.Failed, 0), (test.Outcome, test.Notes.Count));
    }

    [Fact]
    public void What_is_ignored_and_in_no_sample_is_noted()
    {
        HandleGrowthTest test = Judge(Series(10, 20), new HandleGrowthRule { Name = "all", Holder = "*", Limit = 50, Ignore = ["zygote"] });

        Assert.Equal("rule 'all' ignores 'zygote', which no sample has.", Assert.Single(test.Notes));
    }

    [Fact]
    public void Those_that_come_and_go_are_noted_if_others_are_decided()
    {
        Device late = new();
        HandleProcess server = late.Process(1, "server");
        late.Hold(late.Process(100, "app"), server, 20, first: 2_000);
        late.Hold(late.Process(300, "late"), server, 500, first: 9_000);

        HandleGrowthTest test = Judge([Sample("a", 10), late.Build("b")], Pair(perSample: 20, holder: "*"));

        Assert.Equal("app", Assert.Single(test.Results).Holder);
        Assert.Contains("Rule 'rule': 4 pairs in fewer samples than the rule needs were not judged, such as 'other0 -> server'.", test.Notes);
        HandleGrowthResult none = Only([Sample("a", 10)], Pair(perSample: 20, holder: "*"));
        Assert.Equal(HandleGrowthOutcome.Undecidable, none.Outcome);
        Assert.StartsWith("None of 4 pairs is in enough samples.", none.Evidence);
    }

    [Theory]
    [InlineData(HandleGrowthMetric.Handles, 30)]
    [InlineData(HandleGrowthMetric.Strong, 20)]
    [InlineData(HandleGrowthMetric.Weak, 10)]
    [InlineData(HandleGrowthMetric.WeakOnly, 10)]
    [InlineData(HandleGrowthMetric.SingleHolder, 30)]
    [InlineData(HandleGrowthMetric.LimitPercent, 1.2)]
    public void Each_metric_of_a_pair_is_measured(HandleGrowthMetric metric, double measured)
    {
        HandleGrowthResult result = Only([Sample("a", 30, weakOnly: 10)], new HandleGrowthRule { Name = "r", Holder = "app", Owner = "server", Metric = metric, Limit = 0 });

        Assert.Equal((HandleGrowthOutcome.Failed, metric, measured), (result.Outcome, result.Metric, result.Measured));
    }

    [Fact]
    public void A_holder_is_judged_with_all_owners_and_an_owner_with_all_holders()
    {
        HandleSession[] series = [Sample("a", 30)];

        Assert.Equal((30, "(all)"), Of(new HandleGrowthRule { Name = "r", Holder = "app", Limit = 0 }, result => result.Owner));
        Assert.Equal((60, "(all)"), Of(new HandleGrowthRule { Name = "r", Owner = "server", Limit = 0 }, result => result.Holder));
        Assert.Equal((60, "(all)"), Of(new HandleGrowthRule { Name = "r", Owner = "server", Limit = 0, Metric = HandleGrowthMetric.Nodes }, result => result.Holder));

        (double?, string) Of(HandleGrowthRule rule, Func<HandleGrowthResult, string> other) => Only(series, rule) is var result ? (result.Measured, other(result)) : default;
    }

    [Fact]
    public void Handles_to_dead_nodes_are_judged_as_those_of_one_owner()
    {
        Device device = new();
        device.Process(1, "server");
        device.Hold(device.Process(100, "app"), owner: null, 40, isDead: true);

        HandleSession session = device.Build();

        HandleGrowthResult result = Only([session], Pair(limit: 30, owner: "(dead)"));

        Assert.Equal((HandleGrowthOutcome.Failed, 40, "(dead)", null), (result.Outcome, result.Measured, result.Owner, result.OwnerId));
        Assert.Equal("(dead)", Assert.Single(Judge([session], Pair(limit: 30, owner: "*")).Results).Owner);
    }

    [Fact]
    public void Samples_are_sorted_by_time_with_a_note_and_refused_where_a_time_is_missing()
    {
        HandleSession[] series = Series(10, 20, 30);

        HandleGrowthTest test = Judge([series[2], series[0], series[1]], Pair(perSample: 5));
        HandleException refused = Refused.With("SampleOrder", Errno.EINVAL, () => Judge([series[1], Sample("timeless", 5), series[0]], Pair(perSample: 5)));

        Assert.Equal((HandleGrowthOutcome.Failed, 3), (test.Outcome, test.Samples.Count));
        Assert.Equal("The samples were not in order of time, such as 's2' before 's0', and were sorted.", Assert.Single(test.Notes));
        Assert.Contains("the time of 'timeless' is unknown", refused.Message);
    }

    [Fact]
    public void Rows_of_statistics_are_samples_of_when_they_were_written()
    {
        World world = new();
        List<HandleStatistic> rows = [];
        for (int round = 0; round < 3; round++)
        {
            world.Hold(10);
            rows.AddRange(world.Session.GetProcesses().Select(process => process.GetStatistic()));
        }

        HandleGrowthPolicy policy = new([new HandleGrowthRule { Name = "r", Holder = "client", GrowthPerSample = 5 }, Pair(perSample: 5, holder: "client")]);
        HandleGrowthTest test = GrowthGate.Test(rows, policy);

        Assert.Equal(3, test.Samples.Count);
        Assert.Equal((HandleGrowthOutcome.Failed, 10, "World 1", "World 3"),
            (test.Results[0].Outcome, Math.Round(test.Results[0].Measured!.Value), test.Results[0].FirstSample, test.Results[0].LastSample));
        Assert.Equal(HandleGrowthOutcome.Undecidable, test.Results[1].Outcome);
        Assert.Contains("its statistics tell no owners", test.Results[1].Evidence);
    }

    [Fact]
    public void A_test_can_be_stopped()
    {
        using CancellationTokenSource source = new();
        source.Cancel();

        Assert.Throws<OperationCanceledException>(() => GrowthGate.Test(Series(1, 2), new HandleGrowthPolicy([Pair(limit: 1)]), cancellationToken: source.Token));
    }
}
