using System.Globalization;
using HandlePool.Analysis;
using HandlePool.Dumps;
using HandlePool.Reports;
using HandlePool.Tables;
using HandlePool.Tests.Dumps;

namespace HandlePool.Tests.Analysis;

/// <summary>What an analysis says does not depend on the number of threads that read for it.</summary>
public class SweepTests
{
    private static readonly HandleUsageGrouping[] Groupings = Enum.GetValues<HandleUsageGrouping>();
    private static readonly string[] SoakTimes = ["080000", "090000", "100000"];

    public static TheoryData<string, int> Cases()
    {
        TheoryData<string, int> cases = [];
        foreach (string name in new[] { "made", "state-pixel.txt", "state-rust.txt", "proc-1754.txt", "soak" })
        {
            cases.Add(name, 2);
            cases.Add(name, 5);
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void An_analysis_on_many_threads_says_what_one_says(string name, int threads)
    {
        HandleSession[] series = name switch
        {
            "made" => Made(),
            "soak" => [.. SoakTimes.Select(time => DumpReader.ReadFile(DumpSource.DataFile($"soak/state-20261101-{time}.txt")).Single().Session)],
            _ => [DumpReader.ReadFile(DumpSource.DataFile(name)).Single().Session],
        };

        string[] expected = On(1, () => Describe(series));
        string[] actual = On(threads, () => Describe(series));

        Assert.NotEmpty(expected);
        Assert.Equal(expected, actual);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void The_results_of_a_sweep_are_in_the_order_of_the_items(int threads)
    {
        int readers = 0;

        int[] results = Sweep.Read(Enumerable.Range(0, 100).ToArray(), threads, () => Interlocked.Increment(ref readers), (_, item) => 2 * item, CancellationToken.None);

        Assert.Equal(Enumerable.Range(0, 100).Select(item => 2 * item), results);
        Assert.Equal(threads, readers);
    }

    [Fact]
    public void A_sweep_of_nothing_reads_nothing() =>
        Assert.Empty(Sweep.Read<int, int, int>([], threads: 3, () => 0, (_, _) => throw new InvalidOperationException("There is no item."), CancellationToken.None));

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Nodes_of_another_owner_show_another_boot_wherever_they_are_among_many(int threads)
    {
        const int Nodes = 40_000;
        HandleSession before = Many(_ => true, id => id % 10);

        // Some are gone, one by one and many at once. The first one after these and the last three have other owners.
        HandleSession after = Many(id => id % 30 != 7 && id is < 5_000 or > 20_000, id => id == 20_001 || (id % 10 == 9 && id >= Nodes - 21) ? 3 : id % 10);
        SessionComparison comparison = On(threads, () => SessionComparison.Compare(before, after));

        Assert.False(comparison.IsSameBoot);
        Assert.Contains(comparison.Notes, note => note.Contains("node 20001 and 3 others changed the owner, which a living node cannot (pid 102, then 104)", StringComparison.Ordinal));
        Assert.True(On(threads, () => SessionComparison.Compare(before, Many(id => id % 30 != 7 && id is < 5_000 or > 20_000, id => id % 10)).IsSameBoot));

        static HandleSession Many(Func<int, bool> isThere, Func<int, int> ownerOf)
        {
            Device device = new();
            HandleProcess[] owners = [.. Enumerable.Range(0, 10).Select(index => device.Process(101 + index, $"server{index}"))];
            HandleProcess holder = device.Process(99, "app");
            foreach (int id in Enumerable.Range(1, Nodes).Where(isThere))
                device.Hold(holder, owners[ownerOf(id)], 1, first: id);
            return device.Build();
        }
    }

    [Fact]
    public void A_sweep_is_canceled_before_the_next_item()
    {
        using CancellationTokenSource source = new();
        using Barrier bothRead = new(2);
        int read = 0;

        OperationCanceledException canceled = Assert.Throws<OperationCanceledException>(() => Sweep.Read(new int[10], threads: 2, () => 0, (_, _) =>
        {
            bothRead.SignalAndWait();
            source.Cancel();
            return Interlocked.Increment(ref read);
        }, source.Token));

        Assert.Equal(2, read);
        Assert.Equal(source.Token, canceled.CancellationToken);
    }

    [Fact]
    public void The_first_item_that_fails_decides_whichever_thread_was_faster()
    {
        using ManualResetEventSlim hasFailed = new();
        int read = 0;

        FormatException failure = Assert.Throws<FormatException>(() => Sweep.Read(Enumerable.Range(0, 10).ToArray(), threads: 2, () => 0, (_, item) =>
        {
            Interlocked.Increment(ref read);
            if (item == 0)
            {
                hasFailed.Wait();
                throw new FormatException("The first.");
            }

            hasFailed.Set();
            return item == 1 ? throw new InvalidOperationException("The second.") : item;
        }, CancellationToken.None));

        Assert.Equal("The first.", failure.Message);
        Assert.Equal(2, read);
    }

    [Fact]
    public void Small_sessions_are_read_by_one_thread()
    {
        Assert.Equal(1, Sweep.ThreadsFor(0));
        Assert.Equal(1, Sweep.ThreadsFor((2 * Sweep.LeastPerThread) - 1));
        Assert.Equal(Math.Min(2, Environment.ProcessorCount), Sweep.ThreadsFor(2 * Sweep.LeastPerThread));
        Assert.Equal(Environment.ProcessorCount, Sweep.ThreadsFor(long.MaxValue));
    }

    [Fact]
    public void Tables_that_the_calling_thread_has_locked_are_read_without_their_locks()
    {
        HandleSession session = Made()[0];
        string[] expected = [.. Rows(UsageMeasurement.Measure(session))];

        using (session.LockAll())
            Assert.Equal(expected, On(3, () => Rows(UsageMeasurement.Measure(session)).ToArray()));
    }

    [Fact]
    public void Tables_some_of_which_the_calling_thread_has_locked_are_read_by_it_alone()
    {
        HandleSession session = Made()[0];
        HandleProcess[] processes = session.GetProcesses();
        int caller = Environment.CurrentManagedThreadId;
        TableLock held = processes[1].Table.Lock;

        held.EnterToRead();
        try
        {
            int[] threads = On(3, () => TableSweep.Read(processes, areLocked => areLocked, (areLocked, process) =>
            {
                Assert.False(areLocked);
                return Environment.CurrentManagedThreadId;
            }, CancellationToken.None));
            Assert.All(threads, thread => Assert.Equal(caller, thread));
        }
        finally
        {
            held.Exit();
        }
    }

    private static T On<T>(int threads, Func<T> analyze)
    {
        Sweep.Threads = threads;
        try
        {
            return analyze();
        }
        finally
        {
            Sweep.Threads = 0;
        }
    }

    /// <summary>Returns two sessions with all kinds of holders, owners and nodes, the second an hour after the first.</summary>
    private static HandleSession[] Made()
    {
        Random random = new(20_261_127);
        HandleSession before = new("before") { Time = new DateTimeOffset(2026, 11, 27, 8, 0, 0, TimeSpan.Zero) };
        HandleProcess manager = before.CreateProcess("servicemanager", isManager: true);
        List<HandleProcess> processes = [.. Enumerable.Range(0, 12).Select(index => before.CreateProcess(index == 11 ? null : $"app{index % 10}", id: 100 + index))];
        processes.Add(before.CreateProcess(id: 103, reopens: true));
        processes.Add(before.CreateProcess(id: 104, reopens: true));
        HandleProcess gone = before.CreateProcess("gone");
        HandleNode[] nodes = [.. Enumerable.Range(0, 1_500).Select(index =>
            before.CreateNode(index % 50 == 0 ? gone : processes[random.Next(processes.Count)], index % 7 == 0 ? $"node{index}" : null))];
        foreach (HandleNode node in nodes.Concat(nodes))
            processes[random.Next(processes.Count)].AddReference(node, random.Next(2), 1);
        foreach (HandleProcess process in processes)
            process.AddReference(0);
        before.ExitProcess(gone);

        HandleSession after = before.Copy("after");
        after.Time = before.Time + TimeSpan.FromHours(1);
        foreach (HandleProcess process in after.GetProcesses().Where(process => process.Id >= 100))
        {
            foreach (HandleReference reference in process.GetReferences().Where(_ => random.Next(20) == 0))
                process.DropReference(reference.Handle);
        }

        HandleProcess leaking = after.GetProcess(105);
        for (int count = 0; count < 600; count++)
            leaking.AddReference(after.CreateNode(after.GetProcess(101)));
        after.ExitProcess(after.GetProcess(110));
        Assert.Equal(manager.Id, after.GetProcess("servicemanager").Id);
        return [before, after];
    }

    private static string[] Describe(HandleSession[] series)
    {
        using MemoryStream report = new();
        HandleReport.Write(report, series, new HandleReportOptions { Format = HandleReportFormat.Markdown, Created = DateTimeOffset.UnixEpoch });
        report.Position = 0;
        using StreamReader reader = new(report);
        LeakSearch search = LeakFinder.Find(series);
        return
        [
            .. Groupings.SelectMany(by => Rows(UsageMeasurement.Measure(series[^1], by))),
            .. Rows(UsageMeasurement.Measure(series[^1], include: (holder, owner) => holder.Id != 103 && owner is { Id: > 102 })),
            .. Groupings.SelectMany(by => SessionComparison.Compare(series[0], series[^1], by).Changes)
                .Select(change => string.Create(CultureInfo.InvariantCulture, $"{change} {change.Added} {change.Removed} {change.Kept} {change.Source} {change.MatchedBy} {change.Note}")),
            .. search.Suspects.Select(suspect => $"{suspect} {suspect.Reason} {string.Join(",", suspect.References.Select(each => $"{each.Process.Id}:{each.Process.OpenNumber}:{each.Handle}"))}"),
            .. reader.ReadToEnd().Split('\n'),
        ];
    }

    private static IEnumerable<string> Rows(IEnumerable<HandleUsage> usages) => usages.Select(usage => string.Create(CultureInfo.InvariantCulture,
        $"{usage} {usage.Source} {usage.Dead} {usage.WeakOnly} {usage.SingleHolder} {usage.Strong} {usage.Weak} {usage.Share:R}"));
}
