using HandlePool.Conformance;

namespace HandlePool.Tests.Conformance;

/// <summary>The scenarios that real drivers play, and how one that differs is shortened.</summary>
public class ScenarioTests
{
    [Fact]
    public void A_random_scenario_is_the_same_one_for_the_same_seed()
    {
        IReadOnlyList<string> steps = RandomScenario.Create(7, 400, hasFreezeNotifications: true);

        Assert.Equal(steps, RandomScenario.Create(7, 400, hasFreezeNotifications: true));
        Assert.NotEqual(steps, RandomScenario.Create(8, 400, hasFreezeNotifications: true));
        Assert.InRange(steps.Count, 400, 1000);
    }

    [Fact]
    public void Random_scenarios_have_every_kind_of_step()
    {
        string[] words =
        [
            .. Enumerable.Range(1, 40).SelectMany(seed => RandomScenario.Create(seed, 400, hasFreezeNotifications: true)).Select(step => step.Split(' ')[0]).Distinct()
                .Order(StringComparer.Ordinal),
        ];

        Assert.Equal(
            [
                "acquire", "again", "call", "cleardeath", "clearfreeze", "death", "deathdone", "decrefs", "drop", "dump", "exit", "fetch", "free", "freeze", "freezedone",
                "increfs", "manager", "process", "quiet", "read", "release", "resume", "send", "suspend", "transact",
            ],
            words);
        Assert.DoesNotContain(RandomScenario.Create(1, 4000, hasFreezeNotifications: false), step => step.Contains("freeze", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(new[] { 3 })]
    [InlineData(new[] { 0, 399 })]
    [InlineData(new[] { 17, 18, 250, 251, 300 })]
    public void A_scenario_is_shortened_to_the_steps_that_matter(int[] needed)
    {
        CaseReduction reduction = new(parts => [.. parts.Select(part => needed.All(step => part.Steps.Contains($"{step}")))], left => { });

        Scenario shortest = reduction.Reduce(new Scenario("all", [.. Enumerable.Range(0, 400).Select(step => $"{step}")]), 0);

        Assert.Equal(needed.Select(step => $"{step}"), shortest.Steps);
    }

    [Fact]
    public void Few_guests_with_bounded_work_shorten_a_scenario()
    {
        List<int> played = [], left = [];
        CaseReduction reduction = new(
            parts =>
            {
                played.Add(parts.Sum(part => part.Steps.Count));
                return [.. parts.Select(part => part.Steps.Contains("17") && part.Steps.Contains("250") && part.Steps.Contains("300"))];
            },
            left.Add);

        Scenario shortest = reduction.Reduce(new Scenario("all", [.. Enumerable.Range(0, 400).Select(step => $"{step}")]), 0);

        Assert.Equal(["17", "250", "300"], shortest.Steps);
        Assert.True(reduction.IsShortest);
        Assert.Equal(reduction.Guests, left.Count);
        Assert.InRange(reduction.Guests, 3, 9);
        Assert.All(played, steps => Assert.InRange(steps, 1, 12_000));
    }

    [Fact]
    public void A_reduction_that_is_stopped_has_what_it_found_so_far()
    {
        int guests = 0;
        CaseReduction reduction = new(
            parts => ++guests == 3 ? throw new OperationCanceledException() : [.. parts.Select(part => part.Steps.Contains("9"))], left => { });

        Scenario shortest = reduction.Reduce(new Scenario("all", [.. Enumerable.Range(0, 400).Select(step => $"{step}")]), 0);

        Assert.Contains("9", shortest.Steps);
        Assert.InRange(shortest.Steps.Count, 1, 200);
        Assert.False(reduction.IsShortest);
    }

    [Fact]
    public void Steps_of_a_kind_and_those_about_a_process_are_tried_first()
    {
        string[] steps = ["process A binder", "process B binder", .. Enumerable.Range(0, 50).SelectMany(number => new[] { $"death A B.{number} 1", $"send A B A.{number}" })];
        List<string>[] first = [];
        CaseReduction reduction = new(
            parts =>
            {
                first = first.Length == 0 ? [.. parts.Select(part => part.Steps.ToList())] : first;
                return [.. parts.Select(part => part.Steps.Contains("send A B A.7"))];
            },
            left => { });

        Assert.Equal(["send A B A.7"], reduction.Reduce(new Scenario("all", steps), 0).Steps);
        Assert.Contains(first, part => part.SequenceEqual(steps.Where(step => !step.StartsWith("death", StringComparison.Ordinal))));
        Assert.Contains(first, part => part.Count == 0 || part.SequenceEqual(["process B binder"]));
    }

    [Fact]
    public void A_difference_that_does_not_come_again_ends_the_reduction()
    {
        int guests = 0;
        CaseReduction reduction = new(parts => [.. parts.Select(_ => guests < 1)], left => guests++);

        Scenario shortest = reduction.Reduce(new Scenario("all", [.. Enumerable.Range(0, 40).Select(step => $"{step}")]), 0);

        Assert.NotEmpty(shortest.Steps);
        Assert.InRange(reduction.Guests, 1, 16);
    }

    [Fact]
    public void Either_of_two_steps_that_suffice_is_kept()
    {
        CaseReduction reduction = new(parts => [.. parts.Select(part => part.Steps.Contains("5") || part.Steps.Contains("300"))], left => { });

        Assert.Single(reduction.Reduce(new Scenario("all", [.. Enumerable.Range(0, 400).Select(step => $"{step}")]), 0).Steps);
    }

    [Fact]
    public void Steps_after_the_first_difference_and_comments_are_left_out_at_once()
    {
        List<int> lengths = [];
        CaseReduction reduction = new(parts =>
        {
            lengths.AddRange(parts.Select(part => part.Steps.Count));
            return [.. parts.Select(part => part.Steps.Contains("9"))];
        }, left => { });

        Scenario shortest = reduction.Reduce(new Scenario("all", ["# comment", "", .. Enumerable.Range(0, 400).Select(step => $"{step}")]), 12);

        Assert.Equal(["9"], shortest.Steps);
        Assert.True(lengths.Max() <= 10);
    }

    [Fact]
    public void The_sizes_of_bitmaps_are_read_from_a_trace_of_the_kernel()
    {
        const string Text = """
            # tracer: nop
                     conform-189     [000] .....    62.534162: tracing_mark_write: step 72
                     conform-191     [000] .....    62.534203: kmalloc: call_site=__alloc_skb+0x8c/0x1a0 ptr=000000003e0c9582 bytes_req=1024 bytes_alloc=1024 gfp_flags=GFP_KERNEL
                     conform-191     [000] .....    62.534205: kmalloc: call_site=binder_inc_ref_for_node+0x9b/0x590 [binder_linux] ptr=000000003e0c9582 bytes_req=112 bytes_alloc=128 gfp_flags=GFP_KERNEL
                     conform-191     [000] .....    62.534209: kmalloc: call_site=binder_inc_ref_for_node+0x4b3/0x590 [binder_linux] ptr=000000003e0c9582 bytes_req=16 bytes_alloc=16 gfp_flags=GFP_KERNEL
                     conform-189     [000] .....    62.534867: tracing_mark_write: step 73
                     conform-191     [000] .....    62.535209: kmalloc: call_site=binder_update_ref_for_handle+0x282/0x3c0 [binder_linux] ptr=000000003e0c9582 bytes_req=8 bytes_alloc=8 gfp_flags=GFP_KERNEL
            """;

        BitmapTrace trace = BitmapTrace.Read(new StringReader(Text));

        Assert.Equal((2, "128", "64", ""), (trace.Count, string.Join(' ', trace.Of(72)), string.Join(' ', trace.Of(73)), string.Join(' ', trace.Of(74))));
    }
}
