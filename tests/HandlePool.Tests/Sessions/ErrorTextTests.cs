namespace HandlePool.Tests.Sessions;

/// <summary>The texts of the errors of sessions, tables and pools: what was asked, what is, and what to do.</summary>
public class ErrorTextTests
{
    private static readonly Dictionary<string, (Action<World> Operation, string Text)> Refusals = new()
    {
        ["no such node"] = (w => w.Session.GetNode(99),
            "There is no node '99' in session 'World', which has 1 node. Give a node's object, name or id."),
        ["a node of nearly that name"] = (w => { w.Session.CreateNode(w.Server, "audio"); w.Session.GetNode("audit"); },
            "There is no node 'audit' in session 'World', which has 2 nodes. Did you mean 'audio'?"),
        ["a process in place of a node"] = (w => { w.NewNode(); w.Session.GetNode("SERVER"); },
            "There is no node 'server' in session 'World', but there is a process of that name, which has 1 node. Give a node's object, name or id."),
        ["a node of another session"] = (w => w.Client.AddReference(new World().NewNode()),
            "Node '2' belongs to session 'World', not to session 'World'. Use the node's own session."),
        ["a node of another context"] = (w => w.Session.CreateProcess("hw", context: "hwbinder").AddReference(w.NewNode()),
            "Node '2' is in context 'binder', but process 'hw' is in context 'hwbinder'. Use a process of context 'binder'."),
        ["a node without a living owner"] = (w => RemoveOrphan(w),
            "Node '2' has no living owner to remove it from. It is gone when its last holder drops it."),
        ["two nodes of a name"] = (w => RemoveOneOfTwo(w),
            "The name 'twin' matches 2 nodes: 2 (of server), 3 (of server). Give the id of one."),
        ["no such process"] = (w => w.Session.GetProcess("nobody"),
            "There is no process 'nobody' in session 'World', which has 3 living processes. Give a process's object, name or pid."),
        ["no such process in a context"] = (w => w.Session.GetProcess("nobody", context: "hwbinder"),
            "There is no process 'nobody' in context 'hwbinder' in session 'World', which has 3 living processes. Give a process's object, name or pid."),
        ["a process of another session"] = (w => w.Session.ExitProcess(new World().Client),
            "Process 'client' belongs to session 'World', not to session 'World'. Use the process's own session."),
        ["a taken pid"] = (w => w.Session.CreateProcess("second", id: w.Client.Id),
            "Process 'client' already has Id 3 in context 'binder'. Choose another Id or context, or let it open the device again."),
        ["two processes of a name"] = (w => { w.Session.CreateProcess("client", id: 9); w.Session.GetProcess("client"); },
            "'client' matches 2 processes: 3 client in binder, 9 client in binder. Give the context or the pid, or pass the object: only that tells two opens of one device apart."),
        ["an exited process"] = (w => { w.Session.ExitProcess(w.Client); w.Client.AddReference(0); },
            "Process 'client' (3, binder) has exited, so it can no longer hold or offer anything."),
        ["an exited process without a name"] = (w => { HandleProcess process = w.Session.CreateProcess(id: 9); w.Session.ExitProcess(process); process.AddReference(0); },
            "Process '9' has exited, so it can no longer hold or offer anything."),
        ["two opens of one device"] = (w => { w.Session.CreateProcess(id: w.Client.Id, reopens: true); w.Session.GetProcess("client"); },
            "'client' matches 2 processes: 3 client in binder, 3 client in binder (open 2). Give the context or the pid, or pass the object: only that tells two opens of one device apart."),
        ["a process with a pending transaction"] = (w => { w.Session.FailFreezes(); w.Session.SuspendProcess(w.Server); },
            "Process 'server' (2, binder) cannot be frozen because a transaction is pending. It is thawed, and nobody was told. Freeze it again later."),
        ["no memory for a death notification"] = (w => RequestWithoutMemory(w, HandleNotificationKind.Death),
            "There is no memory for a death notification of process 'client'. It was not requested."),
        ["no memory for a freeze notification"] = (w => RequestWithoutMemory(w, HandleNotificationKind.Freeze),
            "There is no memory for a freeze notification of process 'client'. It was not requested."),
        ["a second manager"] = (w => w.Session.SetManager(w.Server),
            "Context 'binder' already has a manager, process 'manager'. Let it exit first."),
        ["a manager of another uid"] = (w => { w.Session.ExitProcess(w.Manager); w.Session.CreateProcess("other", isManager: true, uid: 7); },
            "Context 'binder' had a manager of uid 0, and a process of uid 7 cannot become its manager. Use a process of uid 0."),
        ["the node of the manager removed"] = (w => w.Session.RemoveNode(w.ManagerNode),
            "Node 1 makes process 'manager' the manager of context 'binder' and cannot be removed by itself. Let the process exit."),
        ["handle 0 without a manager"] = (w => { w.Session.ExitProcess(w.Manager); w.Client.AddReference(0); },
            "Process 'client' cannot take handle 0 because context 'binder' has no manager."),
        ["handle 0 of the manager itself"] = (w => w.Manager.AddReference(0),
            "Process 'manager' is the manager of context 'binder' and cannot hold a handle to its own node. Use another process."),
        ["no such handle"] = (w => w.Client.DropReference(5),
            "Process 'client' holds no handle 5. It holds 0 handles."),
        ["the largest handle"] = (w => w.Client.DropReference(int.MaxValue),
            "Process 'client' holds no handle 2147483647. It holds 0 handles."),
        ["a negative handle"] = (w => w.Client.DropReference(-1),
            "Process 'client' holds no handle -1. It holds 0 handles."),
        ["a handle beyond 32 bits"] = (w => w.Client.DropReference(1L << 32),
            "Process 'client' holds no handle 4294967296. It holds 0 handles."),
        ["too few strong counts"] = (w => w.Client.RemoveReference(w.Hold(1)[0].Handle, strong: 2),
            "Process 'client' has 1 strong count on handle 1, so 2 cannot be removed. Remove at most 1."),
        ["too few weak counts"] = (w => w.Client.RemoveReference(w.Hold(1)[0].Handle, strong: 0, weak: 3),
            "Process 'client' has 0 weak counts on handle 1, so 3 cannot be removed. Remove at most 0."),
        ["too many strong counts"] = (w => w.Client.AddReference(w.Hold(1)[0].Handle, strong: int.MaxValue),
            "Process 'client' has 1 strong count on handle 1; adding 2147483647 would exceed 2147483647. Add at most 2147483646."),
        ["too many weak counts"] = (w => AddWeak(w),
            "Process 'client' has 2 weak counts on handle 1; adding 2147483647 would exceed 2147483647. Add at most 2147483645."),
        ["a strong count by a weak handle"] = (w => w.Client.AddReference(w.Client.AddReference(w.NewNode(), strong: 0, weak: 1).Handle),
            "Process 'client' has only 1 weak count on handle 1, so a strong one cannot be added by handle. Add it by node."),
        ["a node that is gone"] = (w => AddGone(w),
            "Node '2' is gone: its owner has exited or removed it, and no process holds it. Use a node that is still in the session."),
        ["the smallest pool"] = (w => w.Client.Resize(ResizeDirection.Shrink),
            "The pool of process 'client' already has the smallest capacity, 64 handles."),
        ["a handle in the way"] = (w => { w.Hold(70); w.Client.Resize(ResizeDirection.Shrink); },
            "The pool of process 'client' cannot shrink from 128 because handle 70 is in use, which is beyond the first quarter (handles below 32). Drop it first."),
        ["a handle in the way of force"] = (w => { w.Hold(70); w.Client.Resize(ResizeDirection.Shrink, force: true); },
            "The pool of process 'client' cannot shrink below 128 because handle 70 is in use. Drop it first."),
        ["a handle beyond the first quarter"] = (w => { w.Client.Resize(ResizeDirection.Grow); w.Client.Resize(ResizeDirection.Grow); w.Hold(70); w.Client.Resize(ResizeDirection.Shrink); },
            "The pool of process 'client' cannot shrink from 256 because handle 70 is in use, which is beyond the first quarter (handles below 64). The smallest capacity that fits is 128."),
        ["a pool without a capacity"] = (_ => new World(new HandleSessionOptions { Allocator = HandleAllocator.TreeScan }).Client.Resize(ResizeDirection.Grow),
            "The pool of process 'client' cannot be resized: the allocator TreeScan has no capacity of its own."),
        ["a pool whose bitmap is disabled"] = (_ => ResizeDisabled(),
            "The pool of process 'client' cannot be resized: its bitmap was disabled when there was no memory to grow it."),
        ["no memory for a pool"] = (w => { w.Session.FailAllocations(); w.Client.Resize(ResizeDirection.Grow); },
            "There is no memory for a pool of 128 handles of process 'client' (it has 64). Nothing was changed."),
        ["a completed resizer"] = (w => { HandlePoolResizer resizer = w.Client.RequestResize(ResizeDirection.Grow); w.Client.CompleteResize(resizer); w.Client.CompleteResize(resizer); },
            "This resizer (Grow, 64 to 128) has already been completed."),
        ["the resizer of another process"] = (w => w.Client.CompleteResize(w.Server.RequestResize(ResizeDirection.Grow)),
            "The resizer belongs to process 'server', not to 'client'. Complete it there. (Parameter 'resizer')"),
    };

    public static TheoryData<string> Names => [.. Refusals.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void An_error_says_what_was_asked_what_is_and_what_to_do(string refusal)
    {
        (Action<World> operation, string text) = Refusals[refusal];
        World world = new();
        Exception refused = Assert.ThrowsAny<Exception>(() => operation(world));
        Assert.Equal(text, refused.Message);
    }

    private static void RemoveOrphan(World world)
    {
        HandleNode node = world.Hold(1)[0].Node;
        world.Session.ExitProcess(world.Server);
        world.Session.RemoveNode(node);
    }

    private static void RemoveOneOfTwo(World world)
    {
        world.Session.CreateNode(world.Server, "twin");
        world.Session.CreateNode(world.Server, "twin");
        world.Session.GetNode("twin");
    }

    private static void AddWeak(World world)
    {
        int handle = world.Client.AddReference(world.NewNode(), strong: 1, weak: 2).Handle;
        world.Client.AddReference(handle, strong: 0, weak: int.MaxValue);
    }

    private static void ResizeDisabled()
    {
        World world = World.Holding(64, new HandleSessionOptions { Driver = HandleDriver.C });
        world.Session.FailAllocations();
        world.Hold(1);
        world.Client.Resize(ResizeDirection.Shrink);
    }

    private static void RequestWithoutMemory(World world, HandleNotificationKind kind)
    {
        world.Session.FailNotifications();
        world.Client.RequestNotification(world.Hold(1)[0].Handle, kind);
    }

    private static void AddGone(World world)
    {
        HandleNode node = world.NewNode();
        world.Session.RemoveNode(node);
        world.Client.AddReference(node);
    }
}
