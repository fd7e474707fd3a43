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
    private const int ShownDifferences = 5;
    private const int ShownRows = 40;

    /// <summary>One of so many random scenarios has its bitmaps traced, which takes time.</summary>
    private const int TracedScenarios = 4;

    private const int MeasuredNodes = 30_000;
    private const int MeasuredRange = 3_000;

    private readonly object _output = new();
    private readonly string _folder = Path.Combine(options.Root, "tests", "HandlePool.Conformance");

    /// <summary>Runs.</summary>
    /// <returns>The exit code: 0 if driver and model agree on all kernels, 1 if they differ, 2 if some kernel could not be run.</returns>
    internal int Run(CancellationToken cancellation)
    {
        if (RuntimeInformation.OSArchitecture != Architecture.X64)
            throw new GuestException("Conform needs a host with an x64 processor: the guest's program is compiled for the host.");
        HostTools.Check(HostTools.SearchPath, File.Exists);
        Stopwatch watch = Stopwatch.StartNew();
        Scenario[] written = Scenario.ReadAll(Path.Combine(_folder, "Scenarios"));
        (string Release, Func<KernelImage> Get)[] kernels = [.. Kernels(cancellation)];
        string program = GuestImage.Compile(Path.Combine(_folder, "Guest"), work), init = Path.Combine(_folder, "Guest", "init");
        Guest guest = new(HostTools.Get("qemu-system-x86_64", "qemu-system-x86"), options.Bound, options.Silence);
        if (options.IsMeasuring)
        {
            foreach ((string release, Func<KernelImage> get) in kernels)
                Measure(Prepare(release, get), cancellation);
            return 0;
        }

        write($"{Count(kernels.Length, "kernel")}; random scenarios with seed {options.Seed}.");

        // Times do not matter here, so that guests may run side by side, and downloads beside them. They wait in threads of their own: the pool's
        // would be too few to see Ctrl+C.
        Task<Outcome>[] runs = [.. kernels.Select(kernel => Task.Factory.StartNew(
            () => Run(kernel.Release, () => Prepare(kernel.Release, kernel.Get), written, cancellation), cancellation, TaskCreationOptions.LongRunning, TaskScheduler.Default))];
        Task.WaitAll(runs, CancellationToken.None);
        Outcome[] outcomes = [.. runs.Select(run => run.Result)];

        // Kernels with the same rules differ in the same way.
        Outcome[] differ = [.. outcomes.Where(outcome => outcome.Failed.Count > 0)];
        foreach (Outcome outcome in differ.DistinctBy(outcome => outcome.Run!.Driver))
            Shorten(outcome.Run!, outcome.Failed, cancellation);
        write($"In all {watch.Elapsed.TotalSeconds:0} s.");
        return differ.Length > 0 ? 1 : Array.Exists(outcomes, outcome => outcome.Run is null) ? 2 : 0;

        KernelRun Prepare(string release, Func<KernelImage> get) => new(get(), guest, program, init, Path.Combine(work, release));
    }

    private IEnumerable<(string Release, Func<KernelImage> Get)> Kernels(CancellationToken cancellation)
    {
        if (options.Kernel is { } image)
        {
            KernelImage own = KernelImage.Open(image, options.Modules);
            return [(own.Release, () => own)];
        }

        DebianKernels kernels = new(Path.Combine(options.Root, "obj", "kernels"), work, write, cancellation);
        return kernels.GetReleases().Select(release => (release, (Func<KernelImage>)(() => kernels.Get(release))));
    }

    private Outcome Run(string release, Func<KernelRun> prepare, Scenario[] written, CancellationToken cancellation)
    {
        try
        {
            return Run(prepare(), written, cancellation);
        }
        catch (Exception exception) when (exception is GuestException or InvalidDataException)
        {
            // The other kernels go on.
            write($"{release}: {exception.Message}");
            return new Outcome(null, []);
        }
    }

    private Outcome Run(KernelRun run, Scenario[] written, CancellationToken cancellation)
    {
        Stopwatch watch = Stopwatch.StartNew();
        List<Scenario> scenarios = Scenarios(run.Kernel, written);
        string folder = run.Play(scenarios, cancellation);
        TimeSpan played = watch.Elapsed;
        if (options.Keep is { } keep)
            CopyFolder(folder, Path.Combine(keep, run.Kernel.Release));
        IReadOnlyList<ScenarioResult> results = run.Compare(scenarios, folder);
        ScenarioResult[] failed = [.. results.Where(result => result.Differences.Count > 0)];
        lock (_output)
        {
            write($"{run.Kernel.Release}, rules of {run.Driver}: {Sum(results)}; "
                + $"{watch.Elapsed.TotalSeconds:0} s, {played.TotalSeconds:0} s of them in the guest. "
                + (failed.Length == 0 ? "Driver and model agree." : $"{failed.Length} differ."));
            Show(run, failed);
        }

        return new Outcome(run, failed);
    }

    /// <summary>Returns the scenarios for a kernel: those that are written, and random ones.</summary>
    private List<Scenario> Scenarios(KernelImage kernel, Scenario[] written)
    {
        List<Scenario> scenarios = [.. written.Where(scenario => kernel.HasFreezeNotifications || !scenario.NeedsFreezeNotifications)];
        int count = options.IsLong ? ConformanceOptions.LongScenarios : ConformanceOptions.ShortScenarios;
        for (int number = 1; number <= count; number++)
        {
            int seed = unchecked((options.Seed * 1_000_003) + number) & int.MaxValue;
            scenarios.Add(new Scenario(string.Create(CultureInfo.InvariantCulture, $"random-{number:000}"),
                RandomScenario.Create(seed, ConformanceOptions.StepsOfScenario, kernel.HasFreezeNotifications, tracesBitmaps: number % TracedScenarios == 1)));
        }

        return scenarios;
    }

    private static string Sum(IReadOnlyList<ScenarioResult> results)
    {
        return string.Join(", ",
            Count(results.Count, "scenario"), Total(replay => replay.Operations, "operation"), Total(replay => replay.Handles, "handle"),
            Total(replay => replay.Answers, "answer"), Total(replay => replay.Messages, "message"), Total(replay => replay.Bitmaps, "bitmap"),
            $"{Total(replay => replay.Dumps, "dump")} with {Total(replay => replay.DumpedReferences, "reference")}", Total(replay => replay.Logged, "logged call"),
            $"{Count(results.Sum(result => result.Trace.Handles), "traced handle")} and {Count((int)results.Sum(result => result.Trace.Predicted), "prediction")} of them{LeftOut(results)}");

        string Total(Func<ModelReplay, int> count, string noun) => Count(results.Sum(result => count(result.Replay)), noun);
    }

    /// <summary>Returns which steps of written scenarios had nothing to act on: none should.</summary>
    private static string LeftOut(IReadOnlyList<ScenarioResult> results)
    {
        string[] steps = [.. results.Where(result => result.Scenario.IsWritten)
            .SelectMany(result => result.Replay.LeftOut.Select(step => FormattableString.Invariant($"{result.Scenario.Name}:{step}")))];
        return steps.Length == 0 ? "" : $"; left out of written scenarios: {string.Join(", ", steps)}";
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
    private void Shorten(KernelRun run, IReadOnlyList<ScenarioResult> failed, CancellationToken cancellation)
    {
        // Of all scenarios, the one that differs first needs the fewest guests.
        (ScenarioResult shown, int lastStep) = failed.Select(result => (result, FirstStep(result)))
            .MinBy(each => each.Item2 > 0 ? each.Item2 : each.result.Scenario.Steps.Count);
        ScenarioResult whole = shown;
        string what = $"{run.Kernel.Release}, {shown.Scenario.Name}";
        Stopwatch watch = Stopwatch.StartNew();
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(ConformanceOptions.ReductionBound);
        List<ScenarioResult> parts = [];
        CaseReduction reduction = new(Play, left => write($"{what}: {left} steps still differ; {watch.Elapsed.TotalSeconds:0} s"));
        write($"{what} differs first{(lastStep > 0 ? $", at step {lastStep}," : "")} and is shortened for {ConformanceOptions.ReductionBound.TotalMinutes:0} minutes at most.");
        Scenario shortest = shown.Scenario;
        try
        {
            shortest = reduction.Reduce(shown.Scenario, lastStep);
        }
        catch (GuestException exception)
        {
            write($"{what} could not be shortened: {exception.Message}");
        }

        cancellation.ThrowIfCancellationRequested();
        shown = parts.Find(part => part.Scenario.Steps.SequenceEqual(shortest.Steps)) ?? shown;
        write($"{what}, {Count(shortest.Steps.Count, "step")} in {Count(reduction.Guests, "guest")}; "
            + $"{(reduction.IsShortest ? "each is needed:" : "perhaps not each is needed:")}");
        foreach (string step in shortest.Steps)
            write($"  {step}");
        write(shown.Rows.Count > ShownRows ? $"The last {ShownRows} of its {shown.Rows.Count} rows:" : "Its rows:");
        foreach (DriverRow row in shown.Rows.TakeLast(ShownRows))
            write($"  {row.Number} {row}");
        write("Its differences:");
        foreach (Difference difference in shown.Differences.Take(ShownDifferences))
            write($"  {difference}");

        IReadOnlyList<bool> Play(IReadOnlyList<Scenario> scenarios)
        {
            string folder = run.Play(scenarios, limit.Token);
            IReadOnlyList<ScenarioResult> results = run.Compare(scenarios, folder);
            Directory.Delete(folder, recursive: true);
            parts.AddRange(results.Where(result => result.DiffersLike(whole)));
            return [.. results.Select(result => result.DiffersLike(whole))];
        }
    }

    /// <summary>Returns the step of the first difference; 0 if all are about the whole.</summary>
    private static int FirstStep(ScenarioResult result) => result.Differences.Select(difference => difference.Step).Where(step => step > 0).Order().FirstOrDefault();

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

    /// <summary>Represents what came of a kernel: its run, or null if it could not be run, and the scenarios that differ.</summary>
    private sealed record Outcome(KernelRun? Run, IReadOnlyList<ScenarioResult> Failed);
}
