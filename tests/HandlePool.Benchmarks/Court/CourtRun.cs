using System.Globalization;
using HandlePool.Benchmarks.Comparisons;
using HandlePool.Benchmarks.IdSources;
using HandlePool.Dumps;
using HandlePool.Measurements;

namespace HandlePool.Benchmarks.Court;

/// <summary>The allocators before their judges: what each costs by size, what its longest operation is, and at which size one overtakes another.</summary>
internal sealed class CourtRun(TextWriter output)
{
    private const int Rounds = 31;
    private const int LargestTreeScan = 10_000;
    private const int LargestFill = 1000;
    private const double LeastProcessorShare = 0.9;
    private const double LargestSpread = 1.5;

    private static readonly int[] Sizes = [64, 128, 256, 512, 1000, 2000, 4000, 10_000, 100_000, 1_000_000, 10_000_000];

    // The longest operation of 10,000,000 handles is that of 1,000,000, or ten times as long.
    private static readonly int[] CountedSizes = [64, 256, 1000, 10_000, 100_000, 1_000_000];
    private static readonly string[] Names = [.. Enum.GetNames<HandleAllocator>(), IdSourceCase.FreeList, IdSourceCase.HintedBitmap];

    private readonly List<CourtTimes> _times = [];

    internal void Run()
    {
        output.WriteLine("Times are in ns per operation, median / mean over the rounds. Each allocator is a process of its own; they take turns in each round.");
        output.WriteLine("Append up to 1,000 fills new pools, growing included; beyond, it is the next handles. Churn is a release at random and an acquire;");
        output.WriteLine("drain releases the highest. Releases ask if the pool may shrink. FreeList and HintedBitmap are not lowest-first (*).");

        // Warm with the code for many handles, too.
        IdSourceSide[] sides = Array.ConvertAll(Names, name => new IdSourceSide(name, LargestTreeScan));
        foreach (int live in Sizes)
            Time([.. sides.Where(side => side.Name != nameof(HandleAllocator.TreeScan) || live <= LargestTreeScan)], live);
        foreach (IdSourceSide side in sides)
            side.Dispose();
        output.WriteLine();
        output.WriteLine("Sizes at which one overtakes another: the median over the rounds, with the middle half in brackets");
        PrintCrossovers("append", times => times.Append);
        PrintCrossovers("churn", times => times.Churn);
        foreach (int live in CountedSizes)
            PrintCosts(new PoolCostOptions { Allocators = Timed(live), Live = [live], Rounds = 1 }, $"{live:N0} live");
    }

    internal void RunDumps(string[] paths)
    {
        List<int> sizes = [.. paths.SelectMany(path => DumpReader.ReadFile(path)).SelectMany(dump => dump.Session.GetProcesses()).Select(process => process.HandleCount)];
        PrintCosts(new PoolCostOptions { PoolSizes = sizes }, $"{sizes.Count(size => size > 0):N0} pools of {sizes.Sum():N0} handles, by their sizes");
    }

    private static HandleAllocator[] Timed(int live) =>
        [.. Enum.GetValues<HandleAllocator>().Where(allocator => allocator != HandleAllocator.TreeScan || live <= LargestTreeScan)];

    private void Time(IdSourceSide[] sides, int live)
    {
        foreach (IdSourceSide side in sides)
            side.Use(live);
        CourtTimes[] times = Array.ConvertAll(sides, side => new CourtTimes(side.Name, live));
        for (int round = 0; round < Rounds; round++)
        {
            for (int i = 0; i < sides.Length; i++)
            {
                (double append, double drain) = sides[i].TakeAndGiveBack();
                times[i].Add(live <= LargestFill ? sides[i].Fill() : append, sides[i].Churn(), drain);
            }
        }

        output.WriteLine();
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{live,-20:N0} {"append",17} {"churn",17} {"drain",17}"));
        foreach (CourtTimes side in times)
        {
            output.WriteLine($"{side.Name + (side.Name is IdSourceCase.FreeList or IdSourceCase.HintedBitmap ? " *" : ""),-20} "
                + $"{Both(side.Append),17} {Both(side.Churn),17} {Both(side.Drain),17}");
        }

        double share = sides.Min(side => side.ProcessorShare);
        int uneven = times.Count(side => side.Spread > LargestSpread);
        if (share < LeastProcessorShare || 2 * uneven > times.Length)
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"WARNING: the machine was too busy to believe these times: a side had {share:P0} of a processor, and {uneven} of {times.Length} vary by half."));
        }

        output.Flush();
        _times.AddRange(times);
    }

    private void PrintCrossovers(string what, Func<CourtTimes, List<double>> select)
    {
        for (int a = 0; a < Names.Length; a++)
        {
            for (int b = a + 1; b < Names.Length; b++)
            {
                CourtTimes[] first = [.. _times.Where(times => times.Name == Names[a])], second = [.. _times.Where(times => times.Name == Names[b])];
                if (Crossover.Find(first, second, select) is { } crossover)
                    output.WriteLine($"{what,-8} {crossover}");
            }
        }
    }

    private void PrintCosts(PoolCostOptions options, string title)
    {
        PoolCostMeasurement measurement = PoolCostMeasurement.Run(options);
        output.WriteLine();
        output.WriteLine($"{title}: words per operation and the longest operation under the lock. The times of the longest are the least of five repeats, and the longest seen.");
        output.WriteLine($"{"",-19}{"append",9}{"churn",9}{"drain",9}{"B/handle",10}{"copied B",12}{"allocated B",13}{"release B",11}{"longest",10} words{"ns",10}{"seen ns",12}");
        foreach (PoolCost cost in measurement.Rows)
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{cost.Allocator,-19}{cost.AppendWords,9:N1}{cost.ChurnWords,9:N1}{cost.DrainWords,9:N1}"
                + $"{cost.BytesPerHandle,10:N2}{cost.CopiedBytes,12:N0}{cost.AllocatedBytes,13:N0}{cost.ReleaseBytes,11:N0}{cost.LongestWords,10:N0} {cost.LongestOperation,-7}"
                + $"{cost.LongestTime,8:N0}{cost.LongestSeen,12:N0}"));
        }

        if (options.PoolSizes.Count > 0)
        {
            foreach (PoolCost cost in measurement.Rows)
                output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{cost.Allocator,-19}append {cost.Append:N1} ns, churn {cost.Churn:N1} ns, drain {cost.Drain:N1} ns"));
        }

        if (measurement.IsDisturbed)
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"WARNING: the machine was too busy to believe the times ({measurement.ProcessorShare:P0} of a processor). The counts are exact."));
        output.Flush();
    }

    private static string Both(List<double> values) =>
        $"{PairedMeasurement.Number(values.Order().ElementAt(values.Count / 2))} / {PairedMeasurement.Number(values.Average())}";
}
