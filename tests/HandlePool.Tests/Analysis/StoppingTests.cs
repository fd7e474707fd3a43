using HandlePool.Analysis;
using HandlePool.Dumps;
using HandlePool.Reports;
using HandlePool.Tests.Dumps;

namespace HandlePool.Tests.Analysis;

public class StoppingTests
{
    private static readonly CancellationToken Stopped = new(canceled: true);

    [Fact]
    public void Everything_that_enumerates_all_handles_can_be_canceled()
    {
        HandleSession session = World.Holding(10).Session;

        Assert.Throws<OperationCanceledException>(() => UsageMeasurement.Measure(session, cancellationToken: Stopped));
        Assert.Throws<OperationCanceledException>(() => SessionComparison.Compare(session, session, cancellationToken: Stopped));
        Assert.Throws<OperationCanceledException>(() => LeakFinder.Find([session], cancellationToken: Stopped));
    }

    [Fact]
    public async Task Looking_over_a_session_can_be_canceled_and_locks_nothing()
    {
        HandleSession session = World.Holding(10).Session;

        Assert.Throws<OperationCanceledException>(() => IncompleteState.IsIncomplete(Ownerless(), Stopped));
        Assert.Throws<OperationCanceledException>(() => IncompleteState.PartsAmong([session], Stopped));
        Assert.Throws<OperationCanceledException>(() => HandleBaseline.Of([session], Stopped));
        Assert.Throws<OperationCanceledException>(() => session.GetSnapshot(Stopped));
        Assert.Throws<OperationCanceledException>(() => session.FindMismatches(cancellationToken: Stopped));
        Assert.Throws<OperationCanceledException>(() => session.Copy("copy", Stopped));
        await Task.Run(() => session.GetProcesses()[0].GetReferences());

        static HandleSession Ownerless()
        {
            HandleSession session = DumpSource.Read("binder state:\nproc 5\ncontext binder\n  ref 8: desc 1 node 7 s 1 w 1 d 0\n").Session;
            Assert.Single(session.Findings);
            return session;
        }
    }

    [Fact]
    public void Sorting_is_canceled_in_the_middle()
    {
        using CancellationTokenSource source = new();
        int compared = 0;
        IOrderedEnumerable<int> sorted = Enumerable.Range(0, 100_000).OrderByDescending(_ => 0, source.Token).ThenBy(item => item, Comparer<int>.Create((one, other) =>
        {
            if (++compared == 10)
                source.Cancel();
            return one.CompareTo(other);
        }));

        Assert.Throws<OperationCanceledException>(() => sorted.ToArray(source.Token));
        Assert.Equal(10, compared);
    }

    [Fact]
    public void Canceled_writing_keeps_the_existing_file()
    {
        HandleSession session = World.Holding(10).Session;
        string file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, "old");
            Assert.Throws<OperationCanceledException>(() => DumpWriter.WriteFile(file, session, cancellationToken: Stopped));
            Assert.Throws<OperationCanceledException>(() => HandleReport.WriteFile(file, [session], cancellationToken: Stopped));
            Assert.Equal("old", File.ReadAllText(file));
        }
        finally
        {
            File.Delete(file);
        }
    }
}
