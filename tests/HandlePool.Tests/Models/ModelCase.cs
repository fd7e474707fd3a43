using FsCheck;
using FsCheck.Fluent;

namespace HandlePool.Tests.Models;

/// <summary>Represents a session's options and operations, which FsCheck generates at random and shrinks on failure.</summary>
internal sealed record ModelCase(HandleSessionOptions Options, ModelOperation[] Operations)
{
    private const int Length = 120;

    private static readonly int[] Limits = [64, 100, 128, 256, 1024];

    private static readonly Gen<int> Processes = Gen.Choose(0, 5);
    private static readonly Gen<int> Nodes = Gen.Choose(0, 1_000);
    private static readonly Gen<int> Sizes = Gen.Frequency((6, Gen.Choose(1, 12)), (3, Gen.Choose(20, 80)), (1, Gen.Choose(100, 400)));
    private static readonly Gen<bool> Coins = Gen.Elements(false, true);

    private static readonly Gen<int> Counts =
        Gen.Frequency((4, Gen.Constant(0)), (12, Gen.Constant(1)), (2, Gen.Constant(2)), (1, Gen.Elements(int.MaxValue - 1, int.MaxValue, -1)));

    private static readonly Gen<(long Number, bool IsHeld)> Handles = Gen.Frequency(
        (12, Gen.Choose(0, 1_100).Select(number => ((long)number, true))),
        (3, Gen.Choose(0, 70).Select(number => ((long)number, false))),
        (2, Gen.Constant((0L, false))),
        (1, Gen.Elements(-1L, int.MaxValue, long.MaxValue, 1L << 32).Select(number => (number, false))));

    private static readonly Gen<ModelOperation> Adding =
        Gen.Choose(0, 7).SelectMany(process => Sizes, (process, count) => (ModelOperation)new Fill(process / 2, count));

    private static readonly Gen<ModelOperation> Draining =
        from process in Gen.Choose(0, 7)
        from handle in Gen.Frequency((1, Gen.Constant(0)), (1, Gen.Choose(0, 1_000)))
        from count in Gen.Frequency((5, Sizes), (1, Gen.Constant(int.MaxValue)))
        from highestFirst in Coins
        select (ModelOperation)new Drain(process / 2, handle, count, highestFirst);

    private static readonly Gen<ModelOperation> Counting = Gen.Frequency(
        (6,
            from process in Processes
            from node in Nodes
            from strong in Counts
            from weak in Counts
            select (ModelOperation)new AddToNode(process, node, strong, weak)),
        (4,
            from process in Processes
            from handle in Handles
            from strong in Counts
            from weak in Counts
            select (ModelOperation)new AddToHandle(process, handle.Number, handle.IsHeld, strong, weak)),
        (4,
            from process in Processes
            from handle in Handles
            from strong in Counts
            from weak in Counts
            select (ModelOperation)new TakeFromHandle(process, handle.Number, handle.IsHeld, strong, weak)),
        (2,
            from process in Processes
            from handle in Handles
            select (ModelOperation)new DropHandle(process, handle.Number, handle.IsHeld)));

    private static readonly Gen<ModelOperation> Population = Gen.Frequency(
        (3,
            from context in Gen.Choose(0, CreateProcess.Contexts.Length - 1)
            from idOf in Gen.Frequency((2, Gen.Constant<int?>(null)), (1, Processes.Select(process => (int?)process)))
            from isManager in Gen.Elements(false, false, true)
            select (ModelOperation)new CreateProcess(context, idOf, isManager)),
        (1, Processes.Select(process => (ModelOperation)new ExitProcess(process))),
        (4, Processes.Select(process => (ModelOperation)new CreateNode(process))),
        (3, Nodes.Select(node => (ModelOperation)new RemoveNode(node))));

    private static readonly Gen<(int Process, ResizeDirection Direction, bool Fit)> Resizes =
        from process in Gen.Choose(0, 4)
        from way in Gen.Choose(0, 3)
        select (process, way < 2 ? ResizeDirection.Grow : ResizeDirection.Shrink, way == 3);

    private static readonly Gen<ModelOperation> Resizing = Gen.Frequency(
        (3, Resizes.Select(resize => (ModelOperation)new Resize(resize.Process, resize.Direction, resize.Fit))),
        (4, Resizes.Select(resize => (ModelOperation)new RequestResize(resize.Process, resize.Direction, resize.Fit))),
        (4, Gen.Choose(0, 7).Select(resizer => (ModelOperation)new CompleteResize(resizer))),
        (1, Processes.Select(process => (ModelOperation)new Optimize(process))));

    private static readonly Gen<ModelOperation> Faults = Gen.Frequency(
        (3,
            from process in Gen.Frequency((1, Gen.Constant<int?>(null)), (2, Processes.Select(process => (int?)process)))
            from direction in Gen.Elements<ResizeDirection?>(null, ResizeDirection.Grow, ResizeDirection.Shrink)
            from after in Gen.Choose(0, 2)
            from count in Gen.Choose(1, 2)
            select (ModelOperation)new FailAllocations(process, direction, after, count)),
        (2, Processes.SelectMany(process => Gen.Choose(0, 1_100), (process, handle) => (ModelOperation)new FlipBit(process, handle))),
        (1, Gen.Choose(0, 3).Select(fault => (ModelOperation)new ClearFault(fault))),
        (1, Gen.Constant((ModelOperation)new Repair())));

    /// <summary>
    /// Generates operations that give the same handles with every allocator: no resizes, which trees refuse, and no faults.
    /// </summary>
    internal static readonly Gen<ModelOperation> Plain = Gen.Frequency((4, Adding), (4, Draining), (14, Counting), (3, Population));

    /// <summary>Generates operations that can be recorded and played: all but faults.</summary>
    internal static readonly Gen<ModelOperation> Recordable = Gen.Frequency((10, Plain), (6, Resizing));

    internal static readonly Gen<ModelOperation> Any = Gen.Frequency((10, Recordable), (1, Faults));

    /// <summary>Generates cases with an allocator, half of them without faults if the operations may have some.</summary>
    internal static Arbitrary<ModelCase> With(HandleAllocator allocator, params Gen<ModelOperation>[] operations) =>
        With(HandleDriver.HandlePool, allocator, operations);

    /// <summary>Generates cases with a driver and an allocator.</summary>
    internal static Arbitrary<ModelCase> With(HandleDriver driver, HandleAllocator allocator, params Gen<ModelOperation>[] operations) => Arb.From(
        from growth in Gen.Elements(Enum.GetValues<GrowthPolicy>())
        from shrink in Gen.Elements(Enum.GetValues<ShrinkPolicy>())
        from limit in Gen.Elements(Limits)
        from kind in Gen.Elements(operations)
        from sequence in kind.ArrayOf(Length)
        select new ModelCase(
            new HandleSessionOptions { Driver = driver, Allocator = allocator, GrowthPolicy = growth, ShrinkPolicy = shrink, MaxCapacity = limit },
            sequence),
        each => each.Smaller());

    /// <summary>Shrinks a case by removing operations, many at first, and then by making the numbers in one of them smaller.</summary>
    private IEnumerable<ModelCase> Smaller()
    {
        for (int length = Operations.Length; length > 0; length /= 2)
        {
            for (int first = Operations.Length - length; first >= 0; first -= length)
                yield return this with { Operations = [.. Operations[..first], .. Operations[(first + length)..]] };
        }

        for (int index = 0; index < Operations.Length; index++)
        {
            foreach (ModelOperation simpler in Operations[index].Simpler())
                yield return this with { Operations = [.. Operations[..index], simpler, .. Operations[(index + 1)..]] };
        }
    }
}
