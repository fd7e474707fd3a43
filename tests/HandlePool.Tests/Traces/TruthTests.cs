using HandlePool.Analysis;
using HandlePool.Dumps;
using HandlePool.Tests.Dumps;

namespace HandlePool.Tests.Traces;

/// <summary>A session with the C driver's rules does what a real C driver did: tests/data/real/README.md.</summary>
public class TruthTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData("small", 337, 0)]
    [InlineData("shrink", 1_589, 0)]
    [InlineData("errors", 121, 1)]
    public void The_model_gives_the_handles_and_answers_of_a_real_driver(string folder, int rows, int others)
    {
        TruthReplay replay = new(folder);

        replay.Play();

        output.WriteLine($"{folder}: {replay}");
        replay.Differences.ForEach(output.WriteLine);
        Assert.Equal([], replay.Differences);
        Assert.Equal((rows, others), (replay.Compared, replay.Others));
    }

    [Fact]
    public void A_bitmap_has_the_capacities_of_a_real_drivers_bitmap()
    {
        string[] capacities = [.. File.ReadLines(DumpSource.DataFile("real/shrink/capacities.tsv")).Skip(1)];
        TruthReplay replay = new("shrink", capacities);

        replay.Play();

        Assert.Equal([], replay.Differences);
        Assert.Equal(capacities.Length, replay.Capacities);
        output.WriteLine($"{replay.Capacities} capacities");
    }

    [Fact]
    public void The_files_of_proc_merge_to_the_state_of_the_same_moment()
    {
        HandleSession merged = DumpReader.Merge([DumpSource.DataFile("real/small/10-handle0-proc")]).Session;
        HandleSession whole = Assert.Single(DumpReader.ReadFile(DumpSource.DataFile("real/small/10-handle0.txt"))).Session;

        Assert.Equal(whole.Describe(), merged.Describe());
    }

    [Fact]
    public void The_leak_of_a_real_series_is_found()
    {
        HandleSession[] series = [.. Directory.GetFiles(DumpSource.DataFile("real/leak")).Order(StringComparer.Ordinal)
            .Select(file => Assert.Single(DumpReader.ReadFile(file)).Clean().Session)];
        Assert.Equal(6, series.Length);

        HandleLeakSuspect leak = Assert.Single(LeakFinder.Find(series).Suspects);
        Assert.Equal((167, 165), (leak.Holder?.Id, leak.Owner?.Id));
        Assert.Contains(HandleLeakKind.Growth, leak.Kinds);
    }
}
