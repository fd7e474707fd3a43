using HandlePool.Analysis;

namespace HandlePool.Tests.Analysis;

public class LeakFinderTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 1, 8, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(99, false)]
    [InlineData(100, true)]
    public void An_outlying_pair_is_a_suspect_from_100_handles(int handles, bool isSuspect)
    {
        IReadOnlyList<HandleLeakSuspect> suspects = LeakFinder.Find([Phone(leak: handles, other: 10)]);

        Assert.Equal(isSuspect, suspects.Count == 1);
        if (isSuspect)
            Assert.Equal([HandleLeakKind.Size, HandleLeakKind.SingleHolder], suspects[0].Kinds.Order());
    }

    [Theory]
    [InlineData(1000, 250, true)]
    [InlineData(999, 250, false)]
    public void A_pair_is_an_outlier_at_four_times_the_handles_of_others(int handles, int others, bool isSuspect) =>
        Assert.Equal(isSuspect, LeakFinder.Find([Phone(handles, others)]).Count == 1);

    [Fact]
    public void A_growing_pair_is_the_only_suspect_with_its_rates_and_its_new_nodes()
    {
        HandleSession[] series = [.. Enumerable.Range(0, 4).Select(hour => Phone(leak: 20 + (100 * hour), other: 20, Start.AddHours(2 * hour)))];

        HandleLeakSuspect suspect = Assert.Single(LeakFinder.Find(series));

        Assert.Equal(("app0", "server", 320, 300), (suspect.HolderName, suspect.OwnerName, suspect.Handles, suspect.Growth));
        Assert.Equal(HandleLeakKind.Growth, suspect.Kinds[0]);
        Assert.Equal([20, 120, 220, 320], suspect.Counts);
        Assert.Equal(100, suspect.GrowthPerDump!.Value, precision: 6);
        Assert.Equal(50, suspect.GrowthPerHour!.Value, precision: 6);
        Assert.Equal(6_000, suspect.Limit!.Handles);
        Assert.Equal((6_000 - 320) / 50.0, suspect.TimeToLimit!.Value.TotalHours, precision: 6);
        Assert.Equal(300, suspect.References.Count);
        Assert.Equal(1, suspect.Rank);
        Assert.Equal("app0 (100) holds 320 handles of server (1), 300 more than 3 dumps earlier and rising steadily. That is 100 per dump and "
            + "50 per hour; at this rate it reaches 6,000 (Android kills a process when another holds this many proxies to its uid) in 4.7 days. "
            + "The 7 other holders of server hold at most 20 each. It is the only holder of all 320 nodes.", suspect.Reason);
    }

    [Fact]
    public void The_changes_of_the_other_pairs_are_compared_by_their_90th_percentile()
    {
        HandleSession[] series = [Phone(leak: 20, other: 20), Phone(leak: 320, other: 21)];

        HandleLeakSuspect suspect = LeakFinder.Find(series)[0];

        Assert.StartsWith("app0 (100) holds 320 handles of server (1), 300 more than 1 dump earlier. 90% of the other pairs changed by at most 1.", suspect.Reason);
    }

    [Fact]
    public void The_first_reason_names_the_pair_and_the_others_go_on_from_there()
    {
        HandleLeakSuspect suspect = Assert.Single(LeakFinder.Find([Phone(leak: 100, other: 10)]));

        Assert.Equal("app0 (100) holds 100 handles of server (1); the 7 other holders of server hold at most 10 each. "
            + "It is the only holder of all 100 nodes.", suspect.Reason);
    }

    [Fact]
    public void A_series_is_sorted_by_time()
    {
        HandleSession[] series = [.. Enumerable.Range(0, 4).Select(hour => Phone(20 + (100 * hour), 20, Start.AddHours(hour))).Reverse()];
        Assert.Equal([20, 120, 220, 320], LeakFinder.Find(series)[0].Counts);
    }

    [Fact]
    public void A_pair_that_rises_and_falls_is_not_growing()
    {
        int[] counts = [10, 70, 40, 90];
        Assert.Empty(LeakFinder.Find(counts.Select((count, hour) => Phone(count, 20, Start.AddHours(hour)))));
    }

    [Fact]
    public void Counting_starts_over_when_a_process_was_restarted()
    {
        HandleSession[] series = [Phone(20, 20, Start), Phone(120, 20, Start.AddHours(1)), Phone(30, 20, Start.AddHours(2), pid: 900)];
        Assert.Empty(LeakFinder.Find(series));
    }

    [Fact]
    public void Finding_leaks_needs_distinct_sessions()
    {
        HandleSession session = Phone(10, 10);
        Assert.Throws<ArgumentException>(() => LeakFinder.Find([]));
        Assert.Throws<ArgumentException>(() => LeakFinder.Find([session, session]));
    }

    /// <summary>Creates a session of a server and eight apps that hold nodes of it; the first app holds a number of its own.</summary>
    private static HandleSession Phone(int leak, int other, DateTimeOffset? time = null, int pid = 100)
    {
        Device device = new();
        HandleProcess server = device.Process(1, "server");
        for (int app = 0; app < 8; app++)
            device.Hold(device.Process(app == 0 ? pid : 100 + app, $"app{app}"), server, app == 0 ? leak : other, first: 10_000 * (app + 1));
        return device.Build($"phone {leak} {time}", time);
    }
}
