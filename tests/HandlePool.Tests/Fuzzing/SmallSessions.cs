using HandlePool.Dumps;
using HandlePool.Tests.Dumps;

namespace HandlePool.Tests.Fuzzing;

/// <summary>Small sessions with something of everything, of each allocator.</summary>
internal static class SmallSessions
{
    internal static IEnumerable<HandleSession> All()
    {
        foreach (HandleAllocator allocator in Enum.GetValues<HandleAllocator>())
        {
            World world = new(new HandleSessionOptions { Allocator = allocator, MaxCapacity = 1_000, EventCapacity = 5 });
            world.Client.AddReference(0);
            HandleReference[] held = world.Hold(4);
            world.Client.AddReference(held[1].Node, 0, 3);
            world.Client.DropReference(held[2].Handle);
            world.Session.RemoveNode(held[0].Node);
            HandleProcess other = world.Session.CreateProcess("other one", id: 70, context: "hwbinder", isManager: true);
            HandleProcess gone = world.Session.CreateProcess("gone", id: 71);
            world.Client.AddReference(world.Session.CreateNode(gone, "dead \"node\""));
            world.Session.CreateNode(other, "named");
            if (allocator is not (HandleAllocator.TreeScan or HandleAllocator.AugmentedTree or HandleAllocator.XArray))
                world.Server.Resize(ResizeDirection.Grow);
            world.Session.ExitProcess(gone);
            yield return world.Session;
        }

        yield return DumpSource.Read("binder state:\nproc 1\nref 1: desc 0 node 9 s 1 w 1\nref 2: desc 70 node 9 s 1 w 1\nref 3: desc 1 dead node 8 s 0 w 0\n").Session;
    }
}
