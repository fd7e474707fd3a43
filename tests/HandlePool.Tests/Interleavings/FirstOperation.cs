namespace HandlePool.Tests.Interleavings;

/// <summary>Represents the operation of the first thread, which has points at which it holds no lock.</summary>
/// <param name="Name">The name of the operation.</param>
/// <param name="Prepare">Prepares the scene.</param>
/// <param name="Run">The operation.</param>
/// <param name="Phases">The parts of an operation that consists of two; the last one returns the result.</param>
/// <param name="GrowsToInsert">Whether it finds the pool full and must grow it.</param>
/// <param name="ShrinkPolicy">The policy by which the session's pools shrink.</param>
internal sealed record FirstOperation(
    string Name,
    Action<Scene> Prepare,
    Func<Scene, object?> Run,
    Func<Scene, Func<object?>[]>? Phases = null,
    bool GrowsToInsert = false,
    ShrinkPolicy ShrinkPolicy = ShrinkPolicy.Immediate)
{
    internal static readonly FirstOperation[] All =
    [
        new("add into a full pool", scene => scene.Hold(0, 63), scene => scene.Client.AddReference(scene.Node),
            scene => GrowAndAdd(scene, _ => scene.Client.AddReference(scene.Node)), GrowsToInsert: true),
        new("add into a full pool without memory", scene =>
        {
            scene.Hold(0, 63);
            scene.Session.FailAllocations(scene.Client, ResizeDirection.Grow);
        }, scene => scene.Client.AddReference(scene.Node), FailAndAdd, GrowsToInsert: true),
        new("add the manager's node into an empty table", _ => { }, scene => scene.Client.AddReference(scene.World.ManagerNode)),
        new("add by handle 0 into an empty table", _ => { }, scene => scene.Client.AddReference(0)),
        new("add by handle 0 where only 0 is free", scene => scene.Hold(1, 63), scene => scene.Client.AddReference(0)),
        new("add by handle 0 where a former manager's node is", scene =>
        {
            scene.Hold(0, 63);
            scene.ReplaceManager();
        }, scene => scene.Client.AddReference(0), scene => GrowAndAdd(scene, _ => scene.Client.AddReference(0)), GrowsToInsert: true),
        new("increase handle 0 without manager", scene =>
        {
            scene.Hold(0, 3);
            scene.Session.ExitProcess(scene.World.Manager);
        }, scene => scene.Client.AddReference(0)),
        new("add by handle 0 without manager", scene =>
        {
            scene.Hold(1, 3);
            scene.Session.ExitProcess(scene.World.Manager);
        }, scene => scene.Client.AddReference(0)),
        new("add into an empty table", _ => { }, scene => scene.Client.AddReference(scene.Node, 2, 1)),
        new("add a dead node", scene =>
        {
            scene.Hold(0, 3);
            scene.Bystander.AddReference(scene.Node);
            scene.Session.RemoveNode(scene.Node);
        }, scene => scene.Client.AddReference(scene.Node)),
        new("increase by handle", scene => scene.Hold(0, 3), scene => scene.Client.AddReference(1)),
        new("decrease by handle", scene =>
        {
            scene.Hold(0, 3);
            scene.Client.AddReference(3);
        }, scene => scene.Client.RemoveReference(3)),
        new("drop so that the pool shrinks", scene => scene.HoldInLargePool(31), scene => scene.Client.DropReference(31)),
        new("drop the only handle", scene =>
        {
            scene.Client.AddReference(scene.Node);
            scene.EnlargePool();
        }, scene => scene.Client.DropReference(1)),
        new("drop so that the pool would shrink without memory", scene =>
        {
            scene.HoldInLargePool(31);
            scene.Session.FailAllocations(scene.Client, ResizeDirection.Shrink);
        }, scene => scene.Client.DropReference(31)),
        new("drop the last hold on a dead node", scene =>
        {
            scene.Hold(0, 3);
            scene.HoldDeadNode();
        }, scene => scene.Client.DropReference(4)),
        new("grow by force", scene => scene.Hold(0, 63), scene => scene.Client.Resize(ResizeDirection.Grow),
            scene => Resize(scene, ResizeDirection.Grow, force: false)),
        new("shrink", scene => scene.HoldInLargePool(20), scene => scene.Client.Resize(ResizeDirection.Shrink),
            scene => Resize(scene, ResizeDirection.Shrink, force: false)),
        new("shrink by force", scene => scene.HoldInLargePool(63), scene => scene.Client.Resize(ResizeDirection.Shrink, force: true),
            scene => Resize(scene, ResizeDirection.Shrink, force: true)),
        new("request growing", scene => scene.Hold(0, 63), scene => scene.Client.RequestResize(ResizeDirection.Grow)),
        new("request shrinking", scene => scene.HoldInLargePool(20), scene => scene.Client.RequestResize(ResizeDirection.Shrink)),
        new("optimize", scene => scene.HoldInLargePool(63), scene => scene.Client.Optimize(), Optimize, ShrinkPolicy: ShrinkPolicy.OnDemand),
        new("exit the holder", scene =>
        {
            scene.Hold(0, 3);
            scene.HoldDeadNode();
            scene.Client.AddReference(scene.Node);
            scene.Bystander.AddReference(scene.Node);
        }, scene => Exit(scene, scene.Client)),
        new("exit the owner", scene =>
        {
            scene.Hold(0, 3);
            scene.World.Server.AddReference(scene.Session.CreateNode(scene.Bystander));
        }, scene => Exit(scene, scene.World.Server)),
        new("exit the manager", scene => scene.Hold(0, 3), scene => Exit(scene, scene.World.Manager)),
    ];

    public override string ToString() => Name;

    private static Func<object?>[] Resize(Scene scene, ResizeDirection direction, bool force)
    {
        HandlePoolResizer? resizer = null;
        HandleException? refused = null;
        return [Request, () => refused is not null ? throw refused : scene.Client.CompleteResize(resizer!)];

        object? Request()
        {
            try
            {
                return resizer = scene.Client.RequestResize(direction, force);
            }
            catch (HandleException exception)
            {
                refused = exception;
                return null;
            }
        }
    }

    /// <summary>Does the same without an error: if the pool cannot be smaller, or the process has exited, there is nothing to do.</summary>
    private static Func<object?>[] Optimize(Scene scene)
    {
        Func<object?>[] phases = Resize(scene, ResizeDirection.Shrink, force: true);
        return [phases[0], Complete];

        object? Complete()
        {
            try
            {
                return phases[1]();
            }
            catch (HandleException refused) when (refused.ErrorId != HandleErrorIds.AllocationFailed)
            {
                return null;
            }
        }
    }

    /// <summary>Splits an insertion at the point where the bitmap of the C driver has been disabled and nothing inserted yet.</summary>
    private static Func<object?>[] FailAndAdd(Scene scene)
    {
        return [() => scene.Session.Driver == HandleDriver.C ? Disable() : null, () => scene.Client.AddReference(scene.Node)];

        object? Disable()
        {
            HandleReference taken = scene.Client.AddReference(scene.Session.CreateNode(scene.Bystander));
            scene.Client.DropReference(taken.Handle);
            scene.Session.RemoveNode(taken.Node);
            return null;
        }
    }

    /// <summary>Splits an insertion at the point where the pool has grown and nothing has been inserted yet.</summary>
    private static Func<object?>[] GrowAndAdd(Scene scene, Func<Scene, object?> add) =>
    [
        () =>
        {
            try
            {
                return scene.Client.GetPool().LowestFree is null ? scene.Client.Resize(ResizeDirection.Grow) : null;
            }
            catch (HandleException)
            {
                return null;
            }
        },
        () => add(scene),
    ];

    private static object? Exit(Scene scene, HandleProcess process)
    {
        scene.Session.ExitProcess(process);
        return null;
    }
}
