using HandlePool.Analysis;
using HandlePool.Dumps;
using HandlePool.SessionFiles;

namespace HandlePool.Tests.Interleavings;

/// <summary>Represents the operation of the second thread while the first one is stopped.</summary>
/// <param name="Name">The name of the operation.</param>
/// <param name="Prepare">Prepares the scene and returns the steps, each of which is one operation.</param>
/// <param name="Wanted">The node that the client is to hold afterwards, or null.</param>
/// <param name="Traits">Its special properties.</param>
internal sealed record SecondOperation(
    string Name,
    Func<Scene, Func<object?>[]> Prepare,
    Func<Scene, HandleNode?>? Wanted = null,
    SecondOperationTraits Traits = SecondOperationTraits.None)
{
    internal static readonly SecondOperation[] All =
    [
        Adding("add the same node", scene => scene.Client.AddReference(scene.Node), scene => scene.Node),
        Adding("add the same node weak", scene => scene.Client.AddReference(scene.Node, 0, 3), scene => scene.Node),
        Adding("add another node", scene => scene.Client.AddReference(scene.Other), scene => scene.Other),
        Adding("add the manager's node by handle 0", scene => scene.Client.AddReference(0), Manager),
        new("fill the pool and beyond", scene => [.. scene.NewSpare().Select<HandleNode, Func<object?>>(node => () => scene.Client.AddReference(node))],
            scene => scene.Other),
        new("another process adds the same node", scene => [() => scene.Bystander.AddReference(scene.Node)]),
        new("increase the lowest handle", scene => [() => scene.Client.AddReference(1)]),
        At("increase the highest handle", Highest, (scene, handle) => scene.Client.AddReference(handle, 0, 2)),
        new("decrease the lowest handle", scene => [() => scene.Client.RemoveReference(1)]),
        new("drop handle 0", scene => [() => scene.Client.DropReference(0)]),
        new("drop the lowest handle", scene => [() => scene.Client.DropReference(1)]),
        At("drop the highest handle", Highest, (scene, handle) => scene.Client.DropReference(handle)),
        At("drop the handle to come", scene => Highest(scene) + 1, (scene, handle) => scene.Client.DropReference(handle)),
        new("drop all handles", scene => [.. scene.Client.GetReferences().Reverse().Select<HandleReference, Func<object?>>(
            reference => () => scene.Client.DropReference(reference.Handle))]),
        new("exit the holder", scene => [() => Exit(scene, scene.Client)]),
        new("exit the owner", scene => [() => Exit(scene, scene.World.Server)]),
        new("remove the node", scene => [() => Remove(scene, scene.Node)]),
        new("exit the manager", scene => [() => Exit(scene, scene.World.Manager)]),
        new("create a manager", scene => [() => scene.Session.CreateProcess("next", isManager: true)]),
        new("exit the manager and create another", scene =>
            [() => Exit(scene, scene.World.Manager), () => scene.Session.CreateProcess("next", isManager: true)]),
        new("create a process", scene => [() => scene.Session.CreateProcess("late")]),
        new("create a node", scene => [() => scene.Session.CreateNode(scene.World.Server, "late")]),
        new("grow by force", scene => [() => scene.Client.Resize(ResizeDirection.Grow)]),
        new("shrink", scene => [() => scene.Client.Resize(ResizeDirection.Shrink)]),
        new("shrink by force", scene => [() => scene.Client.Resize(ResizeDirection.Shrink, force: true)]),
        new("optimize", scene => [() => scene.Client.Optimize()]),
        new("request growing", scene => [() => scene.Client.RequestResize(ResizeDirection.Grow)]),
        new("request shrinking", scene => [() => scene.Client.RequestResize(ResizeDirection.Shrink, force: true)]),
        new("complete what was requested before", scene =>
            [.. Requested(scene).Select<HandlePoolResizer, Func<object?>>(resizer => () => scene.Client.CompleteResize(resizer))]),
        new("have the next allocation fail", scene => [() => scene.Session.FailAllocations()]),
        At("flip the bit of a held handle", _ => 2, (scene, handle) => scene.Session.FlipBit(scene.Client, handle),
            SecondOperationTraits.Corrupts),
        At("flip the bit of the handle to come", scene => Math.Min(Highest(scene) + 1, 63),
            (scene, handle) => scene.Session.FlipBit(scene.Client, handle),
            SecondOperationTraits.Corrupts),
        new("break a summary", scene => [() => BreakSummary(scene)], Traits: SecondOperationTraits.Corrupts),
        new("flip a bit and repair it", scene =>
            [() => scene.Session.FlipBit(scene.Client, 2), () => Observation.Mismatches(scene.Session.Repair(scene.Session.FindMismatches()))]),
        Reading("find mismatches", scene => Observation.Mismatches(scene.Session.FindMismatches())),
        Reading("read the references", scene => Observation.References(scene.Client)),
        Reading("read the pool", scene => Observation.Pool(scene.Client)),
        Reading("read the bitmap", scene => Observation.Bits(scene.Client)),
        Reading("list the nodes", scene => string.Join(',', scene.Session.GetNodes().Select(node => $"{node.Id} {node.IsDead}"))),
        Reading("list the processes", scene => string.Join(',', scene.Session.GetProcesses().Select(process => process.Id))),
        Reading("export the session", scene =>
        {
            using MemoryStream stream = new();
            SessionFileWriter.Write(stream, scene.Session);
            stream.Position = 0;
            HandleSession read = SessionFileReader.Read(stream, "session.json");
            Observed.IsConsistent(read);
            return Observation.Session(read);
        }),
        Reading("export a dump", scene =>
        {
            using MemoryStream stream = new();
            DumpWriter.Write(stream, scene.Session);
            stream.Position = 0;
            ImportedDump read = Assert.Single(DumpReader.Read(stream, "state.txt"));
            Assert.Empty(read.Session.GetFindings());
            Observed.IsConsistent(read.Session);
            return string.Concat(read.Session.GetProcesses().Select(Observation.References)) + Observation.Nodes(read.Session);
        }),
        Reading("measure the usage", scene => string.Join('\n', UsageMeasurement.Measure(scene.Session)
            .Select(usage => $"{usage.HolderName} of {usage.OwnerName}: {usage.Handles} {usage.Dead} {usage.Strong}/{usage.Weak}"))),
    ];

    internal bool Corrupts => Traits.HasFlag(SecondOperationTraits.Corrupts);

    public override string ToString() => Name;

    private static SecondOperation Adding(string name, Func<Scene, object?> add, Func<Scene, HandleNode?> wanted) =>
        new(name, scene => [() => add(scene)], wanted);

    /// <summary>Creates an operation on a handle that is chosen before the first thread starts.</summary>
    private static SecondOperation At(string name, Func<Scene, int> choose, Func<Scene, int, object?> run,
        SecondOperationTraits traits = SecondOperationTraits.None) =>
        new(name, scene =>
        {
            int handle = choose(scene);
            return [() => run(scene, handle)];
        }, Traits: traits);

    private static SecondOperation Reading(string name, Func<Scene, string> read) =>
        new(name, scene => [() => read(scene)], Traits: SecondOperationTraits.IsNotRecorded);

    private static HandleNode? Manager(Scene scene) => scene.Session.GetProcesses().SingleOrDefault(process => process.IsManager)?.GetNodes()[0];

    private static int Highest(Scene scene) => scene.Client.GetPool().HighestUsed ?? 0;

    private static object? Exit(Scene scene, HandleProcess process)
    {
        scene.Session.ExitProcess(process);
        return null;
    }

    private static object? Remove(Scene scene, HandleNode node)
    {
        scene.Session.RemoveNode(node);
        return null;
    }

    /// <summary>Breaks a summary, if the pool is a hierarchical bitmap of more than one word.</summary>
    private static HandleFault? BreakSummary(Scene scene)
    {
        try
        {
            return scene.Session.BreakSummary(scene.Client, 2);
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>Requests a resizer for each direction that is possible before the first thread starts.</summary>
    private static List<HandlePoolResizer> Requested(Scene scene)
    {
        List<HandlePoolResizer> resizers = [];
        foreach (ResizeDirection direction in Enum.GetValues<ResizeDirection>())
        {
            try
            {
                resizers.Add(scene.Client.RequestResize(direction, force: direction == ResizeDirection.Shrink));
            }
            catch (HandleException)
            {
                // The pool is too small, too large or a tree, so there is nothing to complete.
            }
        }

        return resizers;
    }
}

/// <summary>Defines the special properties of a second operation.</summary>
[Flags]
internal enum SecondOperationTraits
{
    None = 0,

    /// <summary>It makes the bitmap contradict the table.</summary>
    Corrupts = 1,

    /// <summary>It does not wait for the running operation of a recorded session.</summary>
    IsNotRecorded = 2,
}
