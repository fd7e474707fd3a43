using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using HandlePool.Measurements;

namespace HandlePool.Conformance;

/// <summary>Plays the written and the random scenarios on each kernel, and reports what differs.</summary>
/// <param name="options">What was asked for.</param>
/// <param name="work">A folder of this run.</param>
/// <param name="write">Writes a line.</param>
internal sealed class ConformanceRun(ConformanceOptions options, string work, Action<string> write)
{
    private const int ShownDifferences = 20;
    private const int ShownRows = 40;
    private const int MeasuredNodes = 30_000;
    private const int MeasuredRange = 3_000;

    private readonly object _output = new();
    private readonly string _folder = Path.Combine(options.Root, "tests", "HandlePool.Conformance");

    /// <summary>Runs, and returns whether driver and model agree on all kernels.</summary>
    internal bool Run(CancellationToken cancellation)
    {
        if (RuntimeInformation.OSArchitecture != Architecture.X64)
            throw new GuestException("Conform needs a host with an x64 processor: the guest's program is compiled for the host.");
        HostTools.Check(HostTools.SearchPath, File.Exists);
        IReadOnlyList<KernelImage> kernels = options.Kernel is { } image ? [KernelImage.Open(image, options.Modules)]
            : new DebianKernels(Path.Combine(options.Root, "obj", "kernels"), work, write).Get();
        string program = GuestImage.Compile(Path.Combine(_folder, "Guest"), work), init = Path.Combine(_folder, "Guest", "init");
        Guest guest = new(HostTools.Get("qemu-system-x86_64", "qemu-system-x86"), options.Bound);
        KernelRun[] runs = [.. kernels.Select(kernel => new KernelRun(kernel, guest, program, init, Path.Combine(work, kernel.Release)))];
        if (options.IsMeasuring)
        {
            foreach (KernelRun run in runs)
                Measure(run, cancellation);
            return true;
        }

        write($"{Count(runs.Length, "kernel")}; random scenarios with seed {options.Seed}.");

        // Times do not matter here, so that guests may run side by side.
        int degree = Math.Min(runs.Length, Environment.ProcessorCount);
        bool[] agree = [.. runs.AsParallel().WithDegreeOfParallelism(degree).Select(run => Run(run, cancellation))];
        return Array.TrueForAll(agree, agrees => agrees);
    }

    private bool Run(KernelRun run, CancellationToken cancellation)
    {
        Stopwatch watch = Stopwatch.StartNew();
        (IReadOnlyList<ScenarioResult> results, string folder) = run.Play(Scenarios(run.Kernel), cancellation);
        if (options.Keep is { } keep)
            CopyFolder(folder, Path.Combine(keep, run.Kernel.Release));
        ScenarioResult[] failed = [.. results.Where(result => result.Differences.Count > 0)];
        lock (_output)
        {
            write($"{run.Kernel.Release}, rules of {run.Driver}: {Sum(results)}; {watch.Elapsed.TotalSeconds:0} s. "
                + (failed.Length == 0 ? "Driver and model agree." : $"{failed.Length} differ."));
        }

        if (failed.Length > 0)
            Show(run, failed);
        try
        {
            if (failed.Length > 0)
                Shorten(run, failed[0], cancellation);
        }
        catch (GuestException exception)
        {
            write($"{run.Kernel.Release}, {failed[0].Scenario.Name} could not be shortened: {exception.Message}");
        }

        return failed.Length == 0;
    }

    /// <summary>Returns the scenarios for a kernel: those that are written, and random ones.</summary>
    private List<Scenario> Scenarios(KernelImage kernel)
    {
        List<Scenario> scenarios = [.. Directory.GetFiles(Path.Combine(_folder, "Scenarios"), "*.steps").Order(StringComparer.Ordinal).Select(Scenario.Read)
            .Where(scenario => kernel.HasFreezeNotifications || !scenario.NeedsFreezeNotifications)];
        int count = options.IsLong ? ConformanceOptions.LongScenarios : ConformanceOptions.ShortScenarios;
        for (int number = 1; number <= count; number++)
        {
            int seed = unchecked((options.Seed * 1_000_003) + number) & int.MaxValue;
            scenarios.Add(new Scenario(string.Create(CultureInfo.InvariantCulture, $"random-{number:000}"),
                RandomScenario.Create(seed, ConformanceOptions.StepsOfScenario, kernel.HasFreezeNotifications)));
        }

        return scenarios;
    }

    private static string Sum(IReadOnlyList<ScenarioResult> results)
    {
        return string.Join(", ",
            Count(results.Count, "scenario"), Total(replay => replay.Operations, "operation"), Total(replay => replay.Handles, "handle"),
            Total(replay => replay.Answers, "answer"), Total(replay => replay.Messages, "message"), Total(replay => replay.Bitmaps, "bitmap"),
            $"{Total(replay => replay.Dumps, "dump")} with {Total(replay => replay.DumpedReferences, "reference")}", Total(replay => replay.Logged, "logged call"),
            $"{Count(results.Sum(result => result.Trace.Handles), "traced handle")} and {Count((int)results.Sum(result => result.Trace.Predicted), "prediction")} of them");

        string Total(Func<ModelReplay, int> count, string noun) => Count(results.Sum(result => count(result.Replay)), noun);
    }

    private static string Count(int count, string noun) =>
        string.Create(CultureInfo.InvariantCulture, $"{count:N0} {noun}{(count == 1 ? "" : "s")}");

    private void Show(KernelRun run, ScenarioResult[] failed)
    {
        foreach (ScenarioResult result in failed)
        {
            write($"{run.Kernel.Release}, {result.Scenario.Name}: {Count(result.Differences.Count, "difference")}");
            foreach (Difference difference in result.Differences.Take(ShownDifferences))
                write($"  {difference}");
        }
    }

    /// <summary>Shows the shortest part of a scenario that still differs, and its rows.</summary>
    private void Shorten(KernelRun run, ScenarioResult first, CancellationToken cancellation)
    {
        CaseReduction reduction = new(parts => [.. run.Play(parts, cancellation).Results.Select(result => result.Differences.Count > 0)]);
        int lastStep = first.Differences.All(difference => difference.Step > 0) ? first.Differences.Min(difference => difference.Step) : 0;
        Scenario shortest = reduction.Reduce(first.Scenario, lastStep);
        (IReadOnlyList<ScenarioResult> results, _) = run.Play([shortest], cancellation);
        write($"{run.Kernel.Release}, {first.Scenario.Name}, {Count(first.Scenario.Steps.Count, "step")} reduced to {shortest.Steps.Count} "
            + $"in {Count(reduction.Rounds, "guest")}:");
        foreach (string step in shortest.Steps)
            write($"  {step}");
        write("Its rows:");
        foreach (DriverRow row in results[0].Rows.Take(ShownRows))
            write($"  {row.Number} {row}");
        write("Its differences:");
        foreach (Difference difference in results[0].Differences.Take(ShownDifferences))
            write($"  {difference}");
    }

    private void Measure(KernelRun run, CancellationToken cancellation)
    {
        Scenario processes = Scenario.Read(Path.Combine(_folder, "Scenarios", "measure.times"));
        Scenario scenario = processes with { Steps = [.. processes.Steps, $"measure S1 C1 {MeasuredNodes} {MeasuredRange}"] };
        IReadOnlyList<RoundTrip> times = run.Measure(scenario, cancellation);
        HandleAllocator allocator = run.Driver == HandleDriver.CTree ? HandleAllocator.TreeScan : HandleAllocator.DBitmap;
        PoolMeasurementOptions options = new() { Driver = run.Driver, Allocators = [allocator], Count = MeasuredNodes, RangeSize = MeasuredRange };
        PoolMeasurement model = PoolMeasurement.Run(options, cancellationToken: cancellation);
        write($"{run.Kernel.Release}: the round trip of a node that is kept, least and median in us; the model's {allocator} alone, median in ns");
        write($"{"live nodes",-16}{"least",10}{"median",10}{allocator,12}");
        foreach ((RoundTrip time, PoolLatency pool) in times.Zip(model.Rows))
            write(Row($"{time.First} - {time.Last}", $"{time.Least / 1000.0:0.0}", $"{time.Median / 1000.0:0.0}", $"{pool.Median:0.0}"));
        (RoundTrip first, RoundTrip last) = (times[0], times[^1]);
        write(Row($"last / first", $"{(double)last.Least / first.Least:0.00}x", $"{(double)last.Median / first.Median:0.00}x",
            $"{model.Rows[^1].Median / model.Rows[0].Median:0.00}x"));

        static string Row(params FormattableString[] cells)
        {
            string[] text = [.. cells.Select(FormattableString.Invariant)];
            return $"{text[0],-16}{text[1],10}{text[2],10}{text[3],12}";
        }
    }

    private static void CopyFolder(string source, string target)
    {
        foreach (string file in Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories))
        {
            string path = Path.Combine(target, Path.GetRelativePath(source, file));
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.Copy(file, path, overwrite: true);
        }
    }
}
