namespace HandlePool.Tests.Interleavings;

/// <summary>A world before two threads do something in it at once: what they refer to is there, and named by what it is for.</summary>
internal sealed class Scene
{
    /// <summary>More handles than are free in a pool of 64 that may grow once.</summary>
    private const int Enough = 66;

    internal Scene(HandleSessionOptions options, bool isRecorded)
    {
        World = new World(options with { MaxCapacity = 128 }, isRecorded);
        Bystander = Session.CreateProcess("bystander");
        Node = World.NewNode();
        Other = World.NewNode();
        Spare = [.. Enumerable.Range(0, Enough).Select(_ => World.NewNode())];
    }

    internal World World { get; }

    internal HandleSession Session => World.Session;

    internal HandleProcess Client => World.Client;

    /// <summary>A process that has no part in it, but may hold what the client holds.</summary>
    internal HandleProcess Bystander { get; }

    /// <summary>The node that the first thread is about, if it is about one.</summary>
    internal HandleNode Node { get; }

    /// <summary>A node that nobody holds at first.</summary>
    internal HandleNode Other { get; }

    /// <summary>Nodes to fill the pool with.</summary>
    internal HandleNode[] Spare { get; }

    /// <summary>Has the client hold handles up to <paramref name="last"/>, from 0, the manager's, or from 1.</summary>
    internal void Hold(int first, int last)
    {
        if (first == 0)
            Client.AddReference(0);
        World.Hold(last - Math.Max(1, first) + 1);
    }

    /// <summary>Has the client's pool be of 128 IDs, of which it uses those up to <paramref name="last"/>.</summary>
    internal void HoldInLargePool(int last)
    {
        Hold(0, last);
        EnlargePool();
    }

    /// <summary>Has the client's pool be of 128 IDs, unless it is a tree, which is as large as it must be.</summary>
    internal void EnlargePool()
    {
        if (Session.Allocator != HandleAllocator.AugmentedTree)
            Client.Resize(ResizeDirection.Grow);
    }

    /// <summary>Has the manager exit and another one take its place.</summary>
    internal void ReplaceManager()
    {
        Session.ExitProcess(World.Manager);
        Session.CreateProcess("new manager", isManager: true);
    }

    /// <summary>Has the client hold a node whose owner has exited, and nobody else.</summary>
    /// <returns>Its handle.</returns>
    internal int HoldDeadNode()
    {
        HandleProcess owner = Session.CreateProcess("departed");
        int handle = Client.AddReference(Session.CreateNode(owner)).Handle;
        Session.ExitProcess(owner);
        return handle;
    }
}
