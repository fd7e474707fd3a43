using HandlePool.Analysis;
using HandlePool.Dumps;
using HandlePool.Reports;

namespace HandlePool.Tests.Analysis;

public class StoppingTests
{
    private static readonly CancellationToken Stopped = new(canceled: true);

    [Fact]
    public void Whatever_goes_through_all_handles_can_be_stopped()
    {
        HandleSession session = World.Holding(10).Session;

        Assert.Throws<OperationCanceledException>(() => UsageMeasurement.Measure(session, cancellationToken: Stopped));
        Assert.Throws<OperationCanceledException>(() => SessionComparison.Compare(session, session, cancellationToken: Stopped));
        Assert.Throws<OperationCanceledException>(() => LeakFinder.Find([session], Stopped));
    }

    [Fact]
    public void Writing_that_is_stopped_leaves_the_file_that_was_there()
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
