using HandlePool.Analysis;
using HandlePool.Dumps;
using HandlePool.Tests.Dumps;

namespace HandlePool.Tests.Analysis;

public class UsageMeasurementTests
{
    [Fact]
    public void Pairs_are_sorted_by_handles_and_show_their_share()
    {
        Device device = new();
        HandleProcess server = device.Process(1, "server"), a = device.Process(2, "a"), b = device.Process(3, "b");
        device.Hold(a, server, 3);
        device.Hold(b, server, 6);
        device.Hold(server, a, 1);

        IReadOnlyList<HandleUsage> usages = UsageMeasurement.Measure(device.Build());

        Assert.Equal(["b -> server (binder): 6", "a -> server (binder): 3", "server -> a (binder): 1"], usages.Select(usage => usage.ToString()));
        Assert.Equal([0.6, 0.3, 0.1], usages.Select(usage => Math.Round(usage.Share, 6)));
    }

    [Theory]
    [InlineData("state-pixel.txt")]
    [InlineData("proc-1754.txt")]
    [InlineData("cases/g1.txt")]
    [InlineData("cases/s1_stats.txt")]
    [InlineData("evidence/killed.txt")]
    public void Sums_of_pairs_equal_what_is_counted_by_holder_owner_and_context(string file)
    {
        HandleSession session = DumpReader.ReadFile(DumpSource.DataFile(file))[0].Session;
        IReadOnlyList<HandleUsage> pairs = UsageMeasurement.Measure(session);
        Assert.NotEmpty(pairs);
        foreach (HandleUsageGrouping by in Enum.GetValues<HandleUsageGrouping>().Where(by => by != HandleUsageGrouping.Interface))
            Assert.Equal(UsageMeasurement.Measure(session, by).Select(Values), UsageMeasurement.Sum(pairs, by, default).Select(Values));

        static (UsageKey, HandleCountSource, int, int, int, int, long, long, double) Values(HandleUsage usage) => (usage.Key, usage.Source,
            usage.Handles, usage.Dead, usage.WeakOnly, usage.SingleHolder, usage.Strong, usage.Weak, usage.Share);
    }

    [Fact]
    public void Dead_nodes_are_separate_rows_by_pair_and_owner_and_counts_by_holder()
    {
        Device device = new();
        HandleProcess server = device.Process(1, "server"), a = device.Process(2, "a");
        device.Hold(a, server, 2);
        device.Hold(a, owner: null, 3, isDead: true);
        HandleSession session = device.Build();

        Assert.Equal([("(dead)", 3, 3), ("server", 2, 0)],
            UsageMeasurement.Measure(session).Select(usage => (usage.OwnerName, usage.Handles, usage.Dead)));
        Assert.Equal([("(dead)", 3), ("server", 2)],
            UsageMeasurement.Measure(session, HandleUsageGrouping.Owner).Select(usage => (usage.OwnerName, usage.Handles)));
        HandleUsage holder = Assert.Single(UsageMeasurement.Measure(session, HandleUsageGrouping.Holder));
        Assert.Equal((5, 3), (holder.Handles, holder.Dead));
    }

    [Fact]
    public void Processes_of_one_uid_are_counted_together_beside_Androids_number()
    {
        HandleSession session = DumpReader.ReadFile(DumpSource.DataFile("evidence/killed.txt"))[0].Session;

        Assert.Equal(["system_server -> uid u0a82 (binder): 12, Android 12, off by 0, limit 6000",
            "com.android.systemui -> uid 1000 (binder): 4, Android , off by , limit 2500", "com.example.mail -> uid 1000 (binder): 4, Android , off by , limit 2500",
            "system_server -> uid u0a87 (binder): 4, Android 4, off by 0, limit 6000", "system_server -> uid 1000 (binder): 1, Android , off by , limit 6000"],
            UsageMeasurement.Measure(session, HandleUsageGrouping.Uid).Select(usage => $"{usage}, Android {usage.AndroidCount}, off by {usage.Difference}, limit {usage.Limit!.Handles}"));
    }

    [Theory]
    [InlineData("UID 10087, binder count = 9, package(s)= a;", 9L)]
    [InlineData("UID 10087, binder count = 9, package(s)= a;\n UID 10087, binder count = 8, package(s)= a;", null)]
    [InlineData("01-02 09:58:00.000 1754 1 D Binder: UID : 10087  count = 7\n01-02 09:59:00.000 1754 1 D Binder: UID : 10087  count = 6", 6L)]
    [InlineData("01-02 09:30:00.000 1754 1 D Binder: UID : 10087  count = 7", null)]
    [InlineData("01-02 09:59:00.000 99 1 D Binder: UID : 10087  count = 7", null)]
    public void Androids_number_is_that_of_the_holder_and_of_the_time_of_the_dump(string lines, long? count)
    {
        HandleSession session = DumpSource.Read("== dumpstate: 2026-01-02 10:00:00\nUSER PID S NAME\nsystem 1754 S system_server\nu0_a87 2 S app\n"
            + "binder state:\nproc 1754\ncontext binder\n  ref 1: desc 1 node 5 s 1 w 1 d 0\nproc 2\ncontext binder\n  node 5: u1 c1 hs 1 hw 1 ls 0 lw 0 is 1 iw 1 tr 1 proc 1754\n"
            + $"ACTIVITY MANAGER BINDER PROXY STATE (dumpsys activity binder-proxies)\n{lines}\n").Session;

        Assert.Equal(count, Assert.Single(UsageMeasurement.Measure(session, HandleUsageGrouping.Uid)).AndroidCount);
    }

    [Fact]
    public void Weak_only_and_single_holders_are_counted()
    {
        Device device = new();
        HandleProcess server = device.Process(1, "server"), a = device.Process(2, "a"), b = device.Process(3, "b");
        long shared = device.Hold(a, server, 2);
        device.Hold(b, server, 2, shared);
        device.Hold(a, server, 4, strong: 0, weak: 2);

        HandleUsage usage = UsageMeasurement.Measure(device.Build())[0];

        Assert.Equal((6, 4, 4, 2L, 8L), (usage.Handles, usage.WeakOnly, usage.SingleHolder, usage.Strong, usage.Weak));
    }

    [Theory]
    [InlineData("a", 1_599, 2_500, false)]
    [InlineData("a", 1_600, 2_500, true)]
    [InlineData("a", 2_501, 2_500, true)]
    [InlineData("system_server", 4_399, 6_000, false)]
    [InlineData("system_server", 4_400, 6_000, true)]
    [InlineData("system_server", 6_001, 6_000, true)]
    public void A_pair_is_compared_with_the_high_watermark_of_its_holder(string holder, int handles, int limit, bool isNear)
    {
        Device device = new();
        device.Hold(device.Process(2, holder), device.Process(1, "server"), handles);

        HandleUsage usage = UsageMeasurement.Measure(device.Build())[0];

        Assert.Equal(limit, usage.Limit!.Handles);
        Assert.Equal((double)handles / limit, usage.LimitShare);
        Assert.Equal(isNear, usage.IsNearLimit);
    }

    [Fact]
    public void Contexts_and_dead_nodes_have_no_limit()
    {
        Device device = new();
        HandleProcess a = device.Process(2, "a");
        device.Hold(a, owner: null, 3, isDead: true);
        HandleSession session = device.Build();

        Assert.Null(UsageMeasurement.Measure(session)[0].Limit);
        Assert.Null(UsageMeasurement.Measure(session, HandleUsageGrouping.Context)[0].Limit);
        Assert.Equal(20_000, UsageMeasurement.Measure(session, HandleUsageGrouping.Holder)[0].Limit!.Handles);
    }
}
