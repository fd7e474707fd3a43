using HandlePool.Analysis;

namespace HandlePool.Tests.Analysis;

public class SessionComparisonTests
{
    [Fact]
    public void Nodes_are_matched_by_id()
    {
        HandleSession before = Build(device => device.Hold(device.Process(2, "a"), device.Process(1, "server"), 10, first: 100));
        HandleSession after = Build(device => device.Hold(device.Process(2, "a"), device.Process(1, "server"), 12, first: 104));

        HandleUsageChange change = Assert.Single(SessionComparison.Compare(before, after).Changes);

        Assert.Equal((10, 6, 4, 6, 12, 2), (change.Before, change.Added, change.Removed, change.Kept, change.After, change.Net));
        Assert.Equal(HandleProcessMatch.PidAndName, change.MatchedBy);
    }

    [Fact]
    public void A_pid_with_another_name_is_noted_as_another_process()
    {
        HandleSession before = Build(device => device.Hold(device.Process(2, "a"), device.Process(1, "server"), 5, first: 100));
        HandleSession after = Build(device => device.Hold(device.Process(2, "b"), device.Process(1, "server"), 5, first: 100));

        SessionComparison comparison = SessionComparison.Compare(before, after);

        Assert.Equal([("b", 5, 0), ("a", 0, 5)], comparison.Changes.Select(change => (change.HolderName, change.Added, change.Removed)));
        Assert.Contains(comparison.Notes, note => note.Contains("Pid 2 (binder) was 'a' and is now 'b'", StringComparison.Ordinal));
        Assert.All(comparison.Changes, change => Assert.Equal("pid 2 was reused", change.Note));
    }

    [Fact]
    public void A_restarted_process_is_found_by_its_name()
    {
        HandleSession before = Build(device => device.Hold(device.Process(2, "a"), device.Process(1, "server"), 5, first: 100));
        HandleSession after = Build(device => device.Hold(device.Process(7, "a"), device.Process(1, "server"), 3, first: 200));

        HandleUsageChange change = Assert.Single(SessionComparison.Compare(before, after).Changes);

        Assert.Equal((HandleProcessMatch.Name, 7, -2), (change.MatchedBy, change.Holder!.Id, change.Net));
        Assert.Equal("a was restarted: pid 2, now 7", change.Note);
    }

    [Fact]
    public void Unnamed_processes_are_matched_by_pid_with_a_note()
    {
        HandleSession before = Build(device => device.Hold(device.Process(2), device.Process(1), 5, first: 100));
        HandleSession after = Build(device => device.Hold(device.Process(2), device.Process(1), 5, first: 100));

        SessionComparison comparison = SessionComparison.Compare(before, after);

        Assert.Equal(HandleProcessMatch.Pid, Assert.Single(comparison.Changes).MatchedBy);
        Assert.StartsWith("2 processes are matched by pid alone", Assert.Single(comparison.Notes), StringComparison.Ordinal);
    }

    private static HandleSession Build(Action<Device> fill)
    {
        Device device = new();
        fill(device);
        return device.Build();
    }
}
