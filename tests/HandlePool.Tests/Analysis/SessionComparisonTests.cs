using HandlePool.Analysis;
using HandlePool.Dumps;
using HandlePool.Tests.Dumps;
using HandlePool.Tests.SessionFiles;

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
    public void Handles_of_dead_nodes_are_kept_whether_the_files_name_the_owners_or_not()
    {
        HandleSession session = new();
        HandleProcess holder = session.CreateProcess("app");
        for (int index = 0; index < 3; index++)
        {
            // Exits of one pid and name, the first of which leaves one handle, the second two, and so on.
            HandleProcess server = session.CreateProcess("server", id: 70);
            for (int node = 0; node <= index; node++)
                holder.AddReference(session.CreateNode(server));
            session.ExitProcess(server);
        }

        using MemoryStream dump = new();
        DumpWriter.Write(dump, session);
        foreach (HandleSession read in new[] { SessionText.Read(SessionText.Of(session)), Assert.Single(DumpSource.ReadBytes(dump.ToArray())).Session })
        {
            Assert.All(SessionComparison.Compare(session, read).Changes, change => Assert.Equal((0, 0), (change.Added, change.Removed)));
            read.GetProcess(holder.Id).DropReference(6);
            HandleUsageChange dropped = Assert.Single(SessionComparison.Compare(session, read).Changes, change => change.Net != 0);
            Assert.Equal((1, 0), (dropped.Removed, dropped.Added));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Changes_are_the_same_whatever_handles_the_nodes_have(int seed)
    {
        Random random = new(seed);
        HandleSession before = new();
        HandleProcess[] servers = [.. Enumerable.Range(0, 3).Select(index => before.CreateProcess($"server{index}"))];
        HandleProcess[] holders = [.. Enumerable.Range(0, 4).Select(index => before.CreateProcess($"app{index}"))];
        HandleNode[] nodes = [.. Enumerable.Range(0, 60).Select(index => before.CreateNode(servers[index % 3]))];
        foreach (HandleNode node in nodes.Concat(nodes))
            holders[random.Next(holders.Length)].AddReference(node);
        HandleSession after = before.Copy("after");
        for (int step = 0; step < 150; step++)
        {
            // What is taken again has another handle.
            HandleProcess holder = after.GetProcess(holders[random.Next(holders.Length)].Id);
            HandleNode node = after.GetNode(nodes[random.Next(nodes.Length)].Id);
            if (holder.GetReference(node) is not { } held)
                holder.AddReference(node);
            else
                holder.DropReference(held.Handle);
        }

        Assert.Equal(Expected(before, after), SessionComparison.Compare(before, after).Changes
            .Select(change => (change.Holder!.Id, change.Owner!.Id, change.Added, change.Removed, change.Kept)).Order());

        static IEnumerable<(int, int, int, int, int)> Expected(HandleSession before, HandleSession after)
        {
            ILookup<(int, int), long> were = NodesOf(before), are = NodesOf(after);
            return were.Select(pair => pair.Key).Union(are.Select(pair => pair.Key)).Order().Select(pair => (pair.Item1, pair.Item2,
                are[pair].Except(were[pair]).Count(), were[pair].Except(are[pair]).Count(), were[pair].Intersect(are[pair]).Count()));
        }

        static ILookup<(int, int), long> NodesOf(HandleSession session) => session.GetProcesses().SelectMany(process => process.GetReferences())
            .ToLookup(reference => (reference.Process.Id, reference.Owner!.Id), reference => reference.NodeId);
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

    [Fact]
    public void A_living_node_with_another_owner_shows_a_reboot_after_which_nothing_is_kept()
    {
        HandleSession before = Build(device => device.Hold(device.Process(200, "a"), device.Process(144, "server"), 20, first: 99));
        HandleSession after = Build(device => device.Hold(device.Process(203, "a"), device.Process(151, "server"), 20, first: 99));

        SessionComparison comparison = SessionComparison.Compare(before, after);

        HandleUsageChange change = Assert.Single(comparison.Changes);
        Assert.Equal((20, 20, 0, 20, 20), (change.Before, change.After, change.Kept, change.Added, change.Removed));
        Assert.Null(change.Note);
        Assert.False(comparison.IsSameBoot);
        Assert.Equal("'device' and 'device' are of different boots: node 99 and 19 others changed the owner, which a living node cannot (pid 144, then "
            + "151). Compare the counts only: no node of one is in the other.", Assert.Single(comparison.Notes));
    }

    [Fact]
    public void New_nodes_with_lower_ids_than_earlier_ones_show_a_reboot()
    {
        HandleSession before = Build(device => device.Hold(device.Process(2, "a"), device.Process(1, "server"), 30, first: 5_000));
        HandleSession after = Build(device => device.Hold(device.Process(2, "a"), device.Process(1, "server"), 30, first: 100));

        SessionComparison comparison = SessionComparison.Compare(before, after);

        Assert.False(comparison.IsSameBoot);
        Assert.Contains("30 nodes of 30 are new, but have lower ids", Assert.Single(comparison.Notes), StringComparison.Ordinal);
        Assert.True(SessionComparison.Compare(after, before).IsSameBoot);
    }

    [Fact]
    public void Nodes_of_processes_that_only_one_session_shows_are_no_evidence_of_a_reboot()
    {
        HandleSession part = Build(device => device.Hold(device.Process(3, "b"), device.Process(2, "a"), 5, first: 9_000));
        HandleSession whole = Build(device =>
        {
            HandleProcess a = device.Process(2, "a");
            device.Hold(device.Process(3, "b"), a, 5, first: 9_000);
            device.Hold(a, device.Process(1, "server"), 200, first: 100);
        });
        Assert.True(SessionComparison.Compare(part, whole).IsSameBoot);
        Assert.True(SessionComparison.Compare(whole, part).IsSameBoot);
    }

    [Fact]
    public void A_restart_within_a_boot_is_no_reboot()
    {
        HandleSession before = Build(device => device.Hold(device.Process(2, "a"), device.Process(1, "server"), 30, first: 100));
        HandleSession after = Build(device => device.Hold(device.Process(9, "a"), device.Process(8, "server"), 30, first: 200));
        Assert.True(SessionComparison.Compare(before, after).IsSameBoot);
    }

    [Theory]
    [InlineData(5, 9_000, false)]
    [InlineData(5, 100, true)]
    [InlineData(4, 9_000, true)]
    public void Processes_that_run_on_and_keep_no_node_show_another_boot_or_device(int owners, int first, bool isSameBoot)
    {
        SessionComparison comparison = SessionComparison.Compare(Phone(100), Phone(first));

        Assert.Equal(isSameBoot, comparison.IsSameBoot);
        Assert.Equal(!isSameBoot, comparison.Notes.Any(note => note.Contains("none of the 50 nodes of 5 processes with the same pids is in both", StringComparison.Ordinal)));

        HandleSession Phone(int id) => Build(device =>
        {
            HandleProcess app = device.Process(50, "app");
            for (int owner = 0; owner < owners; owner++)
                device.Hold(app, device.Process(2 + owner), 10, first: id + (10 * owner));
        });
    }

    [Theory]
    [InlineData("google/oriole/oriole:16/X/1:user/release-keys", "google/oriole_beta/oriole:17/Y/2:user/release-keys", true)]
    [InlineData("google/oriole/oriole:16/X/1:user/release-keys", "samsung/b0sxxx/b0s:16/X/1:user/release-keys", false)]
    [InlineData("google/oriole/oriole:16/X/1:user/release-keys", "custom", true)]
    public void Sessions_of_different_devices_by_their_fingerprints_are_not_related(string one, string other, bool areRelated)
    {
        HandleSession first = Report(one, "first"), second = Report(other, "second");

        Assert.Equal(areRelated, SessionComparison.Compare(first, second).IsRelated);
        LeakSearch search = LeakFinder.Find([first, second]);
        Assert.Equal(areRelated ? 2 : 1, search.Sessions.Count);
        Assert.Equal(areRelated ? [] : ["'first' and 'second' are of different devices, 'google/oriole' and 'samsung/b0s'. 'first' was left out of the series."], search.Notes);

        static HandleSession Report(string build, string name)
        {
            HandleSession session = DumpSource.Read($"== dumpstate: 2026-11-20 10:00:00\nBuild fingerprint: '{build}'\n"
                + "------ BINDER STATE (/dev/binderfs/binder_logs/state) ------\nbinder state:\nproc 5\ncontext binder\n"
                + "  node 7: u1 c1 hs 1 hw 1 ls 0 lw 0 is 1 iw 1 tr 0 proc 6\nproc 6\ncontext binder\n  ref 8: desc 1 node 7 s 1 w 1 d 0\n").Session;
            session.Name = name;
            return session;
        }
    }

    [Fact]
    public void Sessions_with_few_processes_in_common_are_not_related()
    {
        HandleSession phone = Build(device =>
        {
            foreach (int app in Enumerable.Range(1, 5))
                device.Process(app, $"app{app}");
        });
        HandleSession other = Build(device =>
        {
            foreach (int app in Enumerable.Range(1, 5))
                device.Process(app, app == 1 ? "app1" : $"other{app}");
        });

        SessionComparison comparison = SessionComparison.Compare(phone, other);

        Assert.False(comparison.IsRelated);
        Assert.Contains(comparison.Notes, note => note.EndsWith("have few processes in common, so they are not of one device.", StringComparison.Ordinal));
        Assert.True(SessionComparison.Compare(phone, phone).IsRelated);
    }

    private static HandleSession Build(Action<Device> fill)
    {
        Device device = new();
        fill(device);
        return device.Build();
    }
}
