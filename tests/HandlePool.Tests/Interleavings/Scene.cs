namespace HandlePool.Tests.Interleavings;

/// <summary>Sets up a world in which two threads are about to act at once.</summary>
internal sealed class Scene
{
    /// <summary>More handles than a pool of 64 has free.</summary>
    private const int Enough = 66;

    internal Scene(HandleSessionOptions options, bool isRecorded)
    {
        World = new World(options with { MaxCapacity = 128 }, isRecorded);
        Bystander = Session.CreateProcess("bystander");
        Node = World.NewNode();
        Other = World.NewNode();
    }

    internal World World { get; }

    internal HandleSession Session => World.Session;

    internal HandleProcess Client => World.Client;

    /// <summary>Gets a process that takes no part but may hold what the client holds.</summary>
    internal HandleProcess Bystander { get; }

    /// <summary>Gets the node of the first thread's operation.</summary>
    internal HandleNode Node { get; }

    /// <summary>Gets a node that has no holder at first.</summary>
    internal HandleNode Other { get; }

    /// <summary>Creates nodes to fill the pool with. Every outcome names each node, so that others do without.</summary>
    internal HandleNode[] NewSpare() => [.. Enumerable.Range(0, Enough).Select(_ => World.NewNode())];

    /// <summary>Makes the client hold handles up to <paramref name="last"/>, from 0 (the manager's) or 1.</summary>
    internal void Hold(int first, int last)
    {
        if (first == 0)
            Client.AddReference(0);
        World.Hold(last - Math.Max(1, first) + 1);
    }

    /// <summary>Gives the client a pool of 128 IDs and makes it hold those up to <paramref name="last"/>.</summary>
    internal void HoldInLargePool(int last)
    {
        Hold(0, last);
        EnlargePool();
    }

    /// <summary>Gives the client a pool of 128 IDs, unless it is a tree, which has no capacity of its own.</summary>
    internal void EnlargePool()
    {
        if (Session.Allocator != HandleAllocator.AugmentedTree)
            Client.Resize(ResizeDirection.Grow);
    }

    /// <summary>Replaces the manager by another one.</summary>
    internal void ReplaceManager()
    {
        Session.ExitProcess(World.Manager);
        Session.CreateProcess("new manager", isManager: true);
    }

    /// <summary>Makes the client the only holder of a node whose owner has exited.</summary>
    /// <returns>Its handle.</returns>
    internal int HoldDeadNode()
    {
        HandleProcess owner = Session.CreateProcess("departed");
        int handle = Client.AddReference(Session.CreateNode(owner)).Handle;
        Session.ExitProcess(owner);
        return handle;
    }
}
