using HandlePool.Tables;

namespace HandlePool.Tests;

/// <summary>Sets up a context with a manager, a server that offers nodes, and a client that holds them.</summary>
internal sealed class World
{
    private (TestPoint Point, Action Action)? _pending;

    internal World(HandleSessionOptions? options = null, bool isRecorded = false)
    {
        Session = new HandleSession("World", options) { AtTestPoint = Reach };
        if (isRecorded)
            Session.StartRecording();
        Manager = Session.CreateProcess("manager", isManager: true);
        ManagerNode = Manager.GetNodes().Single();
        Server = Session.CreateProcess("server");
        Client = Session.CreateProcess("client");
    }

    internal HandleSession Session { get; }

    internal HandleProcess Manager { get; }

    internal HandleNode ManagerNode { get; }

    internal HandleProcess Server { get; }

    internal HandleProcess Client { get; }

    /// <summary>Gets whether the action for a test point has been played.</summary>
    internal bool Played => _pending is null;

    /// <summary>Returns a world whose client holds handles 0 to <paramref name="count"/> - 1, with one strong count each.</summary>
    internal static World Holding(int count, HandleSessionOptions? options = null)
    {
        World world = new(options);
        world.Client.AddReference(0);
        world.Hold(count - 1);
        return world;
    }

    internal HandleNode NewNode() => Session.CreateNode(Server);

    /// <summary>Makes the client hold a number of new nodes.</summary>
    /// <returns>The new references.</returns>
    internal HandleReference[] Hold(int count) => [.. Enumerable.Range(0, count).Select(_ => Client.AddReference(NewNode()))];

    /// <summary>Makes the client drop handles, the highest first.</summary>
    internal void Drop(int first, int last)
    {
        for (int handle = last; handle >= first; handle--)
            Client.DropReference(handle);
    }

    /// <summary>Plays an action once, the next time that an operation reaches a test point.</summary>
    internal void At(TestPoint point, Action action) => _pending = (point, action);

    /// <summary>Asserts that an operation is refused with that error and has changed nothing.</summary>
    internal HandleException Refuses(string errorId, Errno errno, Action operation)
    {
        string before = Observed.State(Session);
        HandleException exception = Refused.With(errorId, errno, operation);
        Assert.Equal(before, Observed.State(Session));
        return exception;
    }

    internal HandleEvent[] Events(HandleEventKind kind) => [.. Session.GetEvents().Where(e => e.Kind == kind)];

    private void Reach(TestPoint point)
    {
        if (_pending is not { } pending || pending.Point != point)
            return;
        _pending = null;
        pending.Action();
    }
}
