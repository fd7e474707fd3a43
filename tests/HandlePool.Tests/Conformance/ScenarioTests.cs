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

    [Fact]
    public void Random_scenarios_pass_the_check_of_written_ones()
    {
        foreach (int seed in Enumerable.Range(1, 40))
            Assert.Null(StepCheck.Find(RandomScenario.Create(seed, 400, hasFreezeNotifications: true, tracesBitmaps: true)));
    }

    [Fact]
    public void A_random_scenario_can_begin_with_the_trace_of_its_bitmaps()
    {
        Assert.Equal(["trace bitmaps", .. RandomScenario.Create(7, 400, hasFreezeNotifications: true).Take(300)],
            RandomScenario.Create(7, 400, hasFreezeNotifications: true, tracesBitmaps: true).Take(301));
    }

    [Theory]
    [InlineData("snd A B A.0", "'snd' is not a step.")]
    [InlineData("send A", "'send' has too few words: a process is missing.")]
    [InlineData("send A B", "'send' has too few words: a node is missing.")]
    [InlineData("send X B A.0", "There is no process 'X' so far.")]
    [InlineData("send A B X.0", "There is no process 'X' so far, and so no node 'X.0'.")]
    [InlineData("send A B =7", "'=7' is not a node: OWNER.NUMBER.")]
    [InlineData("send A B A.1048576", "'A.1048576' is not a node: OWNER.NUMBER.")]
    [InlineData("send A B A.0 hold", "'hold' is not weakly or keep or keepweak.")]
    [InlineData("acquire A =x", "'=x' is not a handle: =NUMBER.")]
    [InlineData("drop B A.1 7", "'drop' has too many words: '7'.")]
    [InlineData("process A binder", "'A' is there already.")]
    [InlineData("process A,B binder", "'A,B' is not a name: letters and digits, 31 at most.")]
    [InlineData("process C vndbinder", "'vndbinder' is not a device: binder or hwbinder.")]
    [InlineData("process C binder root", "'root' is not a number.")]
    [InlineData("dump one", "There is a dump 'one' already.")]
    [InlineData("dump two A", "'dump' has too few words: it names who calls, and then who is called.")]
    [InlineData("dump ..", "'..' is not a name: letters and digits, 31 at most.")]
    [InlineData("quiet maybe", "'maybe' is not on or off.")]
    [InlineData("trace all", "'all' is not bitmaps.")]
    [InlineData("death A B.1", "'death' has too few words: a number is missing.")]
    public void A_step_that_is_wrong_is_named_before_a_kernel_starts(string step, string problem)
    {
        string[] steps = ["# Comment", "process A binder", "process B binder # comment", "", "dump one", "call A B - keep keepweak", "fetch A B B.1 hold", "dump during A B", step];
        Assert.Null(StepCheck.Find(steps[..^1]));

        Assert.Equal((9, problem), StepCheck.Find(steps));
    }

    [Fact]
    public void A_file_with_a_wrong_step_is_not_read()
    {
        string path = Path.Combine(Directory.CreateTempSubdirectory("handlepool-").FullName, "wrong.steps");
        File.WriteAllLines(path, ["process A binder", "snd A A A.0"]);

        Assert.Equal($"{path}:2: 'snd' is not a step.", Assert.Throws<InvalidDataException>(() => Scenario.ReadAll(Path.GetDirectoryName(path)!)).Message);
        Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
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
