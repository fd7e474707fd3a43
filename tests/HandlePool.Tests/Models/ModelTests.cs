using System.Diagnostics;
using System.Runtime.ExceptionServices;
using FsCheck;
using FsCheck.Fluent;

namespace HandlePool.Tests.Models;

/// <summary>Compares random sessions with the model. <see cref="ModelSettings"/> has the seed and the number of operations.</summary>
public class ModelTests(ITestOutputHelper output)
{
    private const int CasesInBatch = 40, UsualStepsInBatch = 27_000;

    /// <summary>The second half of FsCheck's seeds: an odd number of mixed bits.</summary>
    private const ulong Gamma = 0x9E37_79B9_7F4A_7C15;

    private static readonly HandleAllocator[] Allocators = Enum.GetValues<HandleAllocator>();

    private static readonly (HandleDriver Driver, HandleAllocator Allocator)[] Ways =
    [
        .. Allocators.Select(allocator => (HandleDriver.HandlePool, allocator)),
        (HandleDriver.Rust, HandleAllocator.Bitmap), (HandleDriver.Rust, HandleAllocator.SegmentedBitmap),
        (HandleDriver.RustTree, HandleAllocator.TreeScan),
        (HandleDriver.C, HandleAllocator.DBitmap), (HandleDriver.C, HandleAllocator.SegmentedBitmap),
        (HandleDriver.C611rc1, HandleAllocator.DBitmap), (HandleDriver.CTree, HandleAllocator.TreeScan),
    ];

    public static TheoryData<HandleDriver, HandleAllocator> Rules
    {
        get
        {
            TheoryData<HandleDriver, HandleAllocator> rules = [];
            foreach ((HandleDriver driver, HandleAllocator allocator) in Ways)
                rules.Add(driver, allocator);
            return rules;
        }
    }

    [Theory]
    [MemberData(nameof(Rules))]
    public void Random_operations_follow_the_model(HandleDriver driver, HandleAllocator allocator)
    {
        // Each batch has its number as its seed, so that a run does the same on any number of cores and a failing batch can be
        // repeated alone.
        long wanted = (ModelSettings.Operations + Ways.Length - 1) / Ways.Length;
        Arbitrary<ModelCase> cases = ModelCase.With(driver, allocator, ModelCase.Recordable, ModelCase.Any);
        Stopwatch watch = Stopwatch.StartNew();
        long steps = 0, batches = 0;
        while (steps < wanted)
        {
            long more = (wanted - steps + UsualStepsInBatch - 1) / UsualStepsInBatch;
            long first = ModelSettings.Seed + batches;
            try
            {
                Parallel.For(first, first + more, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount },
                    seed => Check(cases, seed, each => CountSteps(each, ref steps)));
            }
            catch (AggregateException exception)
            {
                ExceptionDispatchInfo.Throw(exception.InnerExceptions[0]);
            }

            batches += more;
        }

        output.WriteLine($"seed {ModelSettings.Seed}, {driver} over {allocator}: {steps:N0} operations, {steps / watch.Elapsed.TotalSeconds:N0} a second");
    }

    [Fact]
    public void A_recording_replays_to_the_same_state()
    {
        foreach ((HandleDriver driver, HandleAllocator allocator) in Ways)
            Check(ModelCase.With(driver, allocator, ModelCase.Recordable), ModelSettings.Seed, Replay);
        output.WriteLine($"seed {ModelSettings.Seed}");
    }

    [Fact]
    public void All_allocators_assign_the_same_handles()
    {
        Check(ModelCase.With(HandleAllocator.SegmentedBitmap, ModelCase.Plain), ModelSettings.Seed, each =>
        {
            Outcome[] first = Play(HandleAllocator.SegmentedBitmap);
            foreach (HandleAllocator allocator in Allocators)
                ModelRun.SameList($"outcomes by {allocator}", first, Play(allocator));

            Outcome[] Play(HandleAllocator allocator)
            {
                List<Outcome> outcomes = [];
                new ModelRun(each.Options with { Allocator = allocator }, outcomes).Do(each.Operations);
                return [.. outcomes];
            }
        });
        output.WriteLine($"seed {ModelSettings.Seed}");
    }

    private static void Check(Arbitrary<ModelCase> cases, long seed, Action<ModelCase> property) =>
        Prop.ForAll(cases, property).Check(Config.Quick.WithReplay((ulong)seed, Gamma).WithMaxTest(CasesInBatch).WithRunner(new CaseRunner(seed, property)));

    private static void CountSteps(ModelCase each, ref long steps)
    {
        ModelRun run = new(each.Options);
        run.Do(each.Operations);
        Interlocked.Add(ref steps, run.Steps);
    }

    private static void Replay(ModelCase each)
    {
        ModelRun run = new(each.Options, isRecorded: true);
        run.Do(each.Operations);
        HandleSession replayed = new(options: each.Options);
        OperationPlayer player = new(replayed);
        foreach (HandleOperation operation in run.Session.GetOperations())
            player.Play(operation);
        ModelRun.SameList("lines of the state", Observed.State(run.Session).Split('\n'), Observed.State(replayed).Split('\n'));
    }
}
