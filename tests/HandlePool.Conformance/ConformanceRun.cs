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

    // The first may run code that the runtime has not optimized yet, and other work on the machine slows parts of each.
    private const int RunsOfModel = 3;

    private readonly object _output = new();
    private readonly string _folder = Path.Combine(options.Root, "tests", "HandlePool.Conformance");

    /// <summary>Runs.</summary>
    /// <returns>
    /// The exit code: 0 if driver and model agree on all kernels, 1 if they differ, 2 if they do not differ, but not everything could be run and compared.
    /// </returns>
    internal int Run(CancellationToken cancellation)
    {
        if (RuntimeInformation.OSArchitecture != Architecture.X64)
            throw new GuestException("Conform needs a host with an x64 processor: the guest's program is compiled for the host.");
        HostTools.Check(HostTools.SearchPath, File.Exists);
        KeptResults? kept = options.Keep is { } keep ? KeptResults.Create(keep) : null;
        Stopwatch watch = Stopwatch.StartNew();
        Scenario[] written = Scenario.ReadAll(Path.Combine(_folder, "Scenarios"));
        (string Release, Func<KernelImage> Get)[] kernels = [.. Kernels(cancellation)];
        string program = GuestImage.Compile(Path.Combine(_folder, "Guest"), work), init = Path.Combine(_folder, "Guest", "init");
        Guest guest = new(HostTools.Get("qemu-system-x86_64", "qemu-system-x86"), options.Bound, options.Silence);
        if (options.IsMeasuring)
        {
            int measured = kernels.Count(kernel => Try(kernel.Release, () => Measure(Prepare(kernel.Release, kernel.Get), kept, cancellation), cancellation) is not null);
            return measured == kernels.Length ? 0 : 2;
        }

        write($"{Count(kernels.Length, "kernel")}; random scenarios with seed {options.Seed}.");

        // Times do not matter here, so that guests may run side by side, and downloads beside them. They wait in threads of their own: the pool's
        // would be too few to see Ctrl+C.
        Task<Outcome>[] runs = [.. kernels.Select(kernel => Task.Factory.StartNew(
            () => Try(kernel.Release, () => Run(Prepare(kernel.Release, kernel.Get), written, kept, cancellation), cancellation) ?? new Outcome(null, [], IsWhole: false), cancellation, TaskCreationOptions.LongRunning, TaskScheduler.Default))];
        Task.WaitAll(runs, CancellationToken.None);
        Outcome[] outcomes = [.. runs.Select(run => run.Result)];

        // Kernels with the same rules differ in the same way.
        Outcome[] differ = [.. outcomes.Where(outcome => outcome.Failed.Count > 0)];
        foreach (Outcome outcome in differ.DistinctBy(outcome => outcome.Run!.Driver))
            Shorten(outcome.Run!, outcome.Failed, kept, cancellation);
        write($"The whole run took {watch.Elapsed.TotalSeconds:0} s.");
        return differ.Length > 0 ? 1 : Array.TrueForAll(outcomes, outcome => outcome.IsWhole) ? 0 : 2;

        KernelRun Prepare(string release, Func<KernelImage> get) => new(get(), guest, program, init, Path.Combine(work, release));
    }

    private IEnumerable<(string Release, Func<KernelImage> Get)> Kernels(CancellationToken cancellation)
    {
        if (options.Kernel is { } image)
        {
            KernelImage own = KernelImage.Open(image, options.Modules) with { GivenDriver = options.Driver };
            return [(own.Release, () => own)];
        }

        DebianKernels kernels = new(Path.Combine(options.Root, "obj", "kernels"), work, write, cancellation);
        return kernels.GetReleases().Select(release => (release, (Func<KernelImage>)(() => kernels.Get(release))));
    }

    /// <summary>Runs a kernel. If that fails, says so and returns null: the other kernels go on.</summary>
    private T? Try<T>(string release, Func<T> run, CancellationToken cancellation)
        where T : class
    {
        try
        {
            return run();
        }
        catch (Exception exception) when (exception is GuestException or InvalidDataException or IOException or UnauthorizedAccessException)
        {
            cancellation.ThrowIfCancellationRequested();
            write($"{release}: {exception.Message}");
            return null;
        }
    }

    private Outcome Run(KernelRun run, Scenario[] written, KeptResults? kept, CancellationToken cancellation)
    {
        Stopwatch watch = Stopwatch.StartNew();
        List<Scenario> scenarios = Scenarios(run.Kernel, written);
        string folder = run.Play(scenarios, cancellation);
        TimeSpan guestTime = watch.Elapsed;
        kept?.Add(run.Kernel.Release, scenarios, folder);
        IReadOnlyList<PlayedScenario> played = run.Compare(scenarios, folder);
        ScenarioResult[] results = [.. played.Select(each => each.Result).OfType<ScenarioResult>()];
        ScenarioResult[] failed = [.. results.Where(result => result.Differences.Count > 0)];
        PlayedScenario[] unfinished = [.. played.Where(each => each.Result is null)];
        lock (_output)
        {
            write($"{run.Kernel.Release}, by the rules of {run.Driver}: {Sum(results)}; "
                + $"{watch.Elapsed.TotalSeconds:0} s, of which the guest took {guestTime.TotalSeconds:0} s. "
                + Verdict(failed.Length, unfinished.Length));
            Show(run, failed);
            foreach (PlayedScenario each in unfinished)
                write($"{run.Kernel.Release}, {each.Scenario.Name}: {each.Failure}");
        }

        return new Outcome(run, failed, unfinished.Length == 0);
    }

    private static string Verdict(int differ, int unfinished)
    {
        string verdict = differ == 0 ? "Driver and model agree." : $"Driver and model differ in {Count(differ, "scenario")}.";
        return unfinished == 0 ? verdict : $"{(differ == 0 ? "" : verdict + " ")}{Count(unfinished, "scenario")} could not be compared.";
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

    private static string Sum(ScenarioResult[] results)
    {
        return string.Join(", ",
            Count(results.Length, "scenario"), Total(replay => replay.Operations, "operation"), Total(replay => replay.Handles, "handle"),
            Total(replay => replay.Answers, "answer"), Total(replay => replay.Messages, "message"), Total(replay => replay.Bitmaps, "bitmap"),
            $"{Total(replay => replay.Dumps, "dump")} with {Total(replay => replay.DumpedReferences, "reference")}", Total(replay => replay.Logged, "logged call"),
            $"{Count(results.Sum(result => result.Trace.Handles), "traced handle")} and {Count((int)results.Sum(result => result.Trace.Predicted), "predicted handle")}{LeftOut(results)}");

        string Total(Func<ModelReplay, int> count, string noun) => Count(results.Sum(result => count(result.Replay)), noun);
    }

    /// <summary>Returns which steps of written scenarios had nothing to act on: none should.</summary>
    private static string LeftOut(ScenarioResult[] results)
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
    private void Shorten(KernelRun run, IReadOnlyList<ScenarioResult> failed, KeptResults? kept, CancellationToken cancellation)
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
        CaseReduction reduction = new(Play, left => write($"{what}: still differs with {Count(left, "step")}, after {watch.Elapsed.TotalSeconds:0} s"));
        write($"{what} differs {(lastStep > 0 ? $"at step {lastStep}, before any other scenario" : "as a whole")}. "
            + $"It is being shortened, which takes at most {ConformanceOptions.ReductionBound.TotalMinutes:0} minutes.");
        Scenario shortest = shown.Scenario;
        try
        {
            shortest = reduction.Reduce(shown.Scenario, lastStep);
        }
        catch (Exception exception) when (exception is GuestException or InvalidDataException or IOException)
        {
            write($"{what} could not be shortened: {exception.Message}");
        }

        cancellation.ThrowIfCancellationRequested();
        shown = parts.Find(part => part.Scenario.Steps.SequenceEqual(shortest.Steps)) ?? shown;
        write($"{what}, {Count(shortest.Steps.Count, "step")} in {Count(reduction.Guests, "guest")}; "
            + (reduction.IsShortest ? "all of which are needed:" : "some of which may not be needed:"));
        foreach (string step in shortest.Steps)
            write($"  {step}");
        kept?.AddShortened(run.Kernel.Release, shortest);
        write(shown.Rows.Count > ShownRows ? $"The last {ShownRows} of its {shown.Rows.Count} rows:" : "Its rows:");
        foreach (DriverRow row in shown.Rows.TakeLast(ShownRows))
            write($"  {row.Number} {row}");
        write("Its differences:");
        foreach (Difference difference in shown.Differences.Take(ShownDifferences))
            write($"  {difference}");

        IReadOnlyList<bool> Play(IReadOnlyList<Scenario> scenarios)
        {
            string folder = run.Play(scenarios, limit.Token);
            IReadOnlyList<PlayedScenario> played = run.Compare(scenarios, folder);
            Directory.Delete(folder, recursive: true);
            parts.AddRange(played.Select(each => each.Result).OfType<ScenarioResult>().Where(result => result.DiffersLike(whole)));
            return [.. played.Select(each => each.Result?.DiffersLike(whole) ?? false)];
        }
    }

    /// <summary>Returns the step of the first difference; 0 if all are about the whole.</summary>
    private static int FirstStep(ScenarioResult result) => result.Differences.Select(difference => difference.Step).Where(step => step > 0).Order().FirstOrDefault();

    private IReadOnlyList<RoundTrip> Measure(KernelRun run, KeptResults? kept, CancellationToken cancellation)
    {
        Scenario processes = Scenario.Read(Path.Combine(_folder, "Scenarios", "measure.times"));
        Scenario scenario = processes with { Steps = [.. processes.Steps, $"measure S1 C1 {MeasuredNodes} {MeasuredRange}"] };
        string folder = run.Play([scenario], cancellation);
        kept?.Add(run.Kernel.Release, [scenario], folder);
        IReadOnlyList<RoundTrip> times = KernelRun.ReadTimes(scenario, Path.Combine(folder, scenario.Name));
        HandleAllocator allocator = run.Driver == HandleDriver.CTree ? HandleAllocator.TreeScan : HandleAllocator.DBitmap;
        double[] model = MeasureModel(run.Driver, allocator, cancellation);
        write($"{run.Kernel.Release}: the round trip of a node that is kept, least and median in µs; an allocation by the model's {allocator} alone, in ns");
        write($"{"live nodes",-16}{"least",10}{"median",10}{allocator,12}");
        foreach ((RoundTrip time, double allocation) in times.Zip(model))
            write(Row($"{time.First} - {time.Last}", $"{time.Least / 1000.0:0.0}", $"{time.Median / 1000.0:0.0}", $"{allocation:0.0}"));
        (RoundTrip first, RoundTrip last) = (times[0], times[^1]);
        write(Row($"last / first", $"{(double)last.Least / first.Least:0.00}x", $"{(double)last.Median / first.Median:0.00}x",
            $"{model[^1] / model[0]:0.00}x"));
        return times;

        static string Row(params FormattableString[] cells)
        {
            string[] text = [.. cells.Select(FormattableString.Invariant)];
            return $"{text[0],-16}{text[1],10}{text[2],10}{text[3],12}";
        }
    }

    /// <summary>Returns the median time of an allocation for each range of live handles, in nanoseconds: the least of several runs.</summary>
    private static double[] MeasureModel(HandleDriver driver, HandleAllocator allocator, CancellationToken cancellation)
    {
        PoolMeasurementOptions options = new() { Driver = driver, Allocators = [allocator], Count = MeasuredNodes, RangeSize = MeasuredRange };
        PoolMeasurement[] runs = [.. Enumerable.Range(0, RunsOfModel).Select(_ => PoolMeasurement.Run(options, cancellationToken: cancellation))];
        return [.. Enumerable.Range(0, runs[0].Rows.Count).Select(range => runs.Min(run => run.Rows[range].Median))];
    }

    /// <summary>Represents what came of a kernel: its run, or null if it could not be run, the scenarios that differ, and whether all were compared.</summary>
    private sealed record Outcome(KernelRun? Run, IReadOnlyList<ScenarioResult> Failed, bool IsWhole);
}
