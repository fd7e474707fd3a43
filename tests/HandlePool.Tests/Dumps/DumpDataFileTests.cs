using HandlePool.Dumps;

namespace HandlePool.Tests.Dumps;

public class DumpDataFileTests
{
    [Fact]
    public void The_pixel_state_has_ten_processes_with_known_figures()
    {
        HandleSession session = ReadClean("state-pixel.txt");

        Assert.Equal("state-pixel.txt", session.Name);
        Assert.Equal(10, session.Processes);
        Assert.Equal(286, session.Nodes);
        AssertProcess(session, 556, "binder", "servicemanager", isManager: true, nodes: 1, handles: 29, highest: 29, capacity: 64);
        AssertProcess(session, 557, "hwbinder", "hwservicemanager", isManager: true, nodes: 1, handles: 2, highest: 2, capacity: 64);
        AssertProcess(session, 688, "hwbinder", "android.hardware.graphics.composer", false, nodes: 1, handles: 2, highest: 1,
            capacity: 64);
        AssertProcess(session, 691, "hwbinder", "android.hardware.sensors", false, nodes: 1, handles: 1, highest: 0, capacity: 64);
        AssertProcess(session, 742, "binder", "surfaceflinger", false, nodes: 4, handles: 2, highest: 1, capacity: 64);
        AssertProcess(session, 742, "hwbinder", "surfaceflinger", false, nodes: 1, handles: 2, highest: 1, capacity: 64);
        AssertProcess(session, 1754, "binder", "system_server", false, nodes: 210, handles: 68, highest: 68, capacity: 128);
        AssertProcess(session, 2210, "binder", "com.android.systemui", false, nodes: 27, handles: 20, highest: 20, capacity: 64);
        AssertProcess(session, 2391, "binder", "com.android.phone", false, nodes: 15, handles: 13, highest: 12, capacity: 64);
        AssertProcess(session, 4127, "binder", "com.example.photos", false, nodes: 20, handles: 198, highest: 199, capacity: 256);
    }

    [Fact]
    public void The_pixel_state_shows_an_app_with_194_handles_of_the_system_server()
    {
        HandleSession session = ReadClean("state-pixel.txt");
        HandleProcess server = session.GetProcess("system_server");

        Dictionary<string, int> held = session.GetProcesses()
            .Select(process => (process.Name, Count: process.GetReferences().Count(reference => reference.Owner == server)))
            .Where(row => row.Count > 0)
            .GroupBy(row => row.Name!)
            .ToDictionary(rows => rows.Key, rows => rows.Sum(row => row.Count));

        Assert.Equal(5, held.Count);
        Assert.Equal(194, held["com.example.photos"]);
        Assert.Equal(24, held["servicemanager"]);
        Assert.Equal(16, held["com.android.systemui"]);
        Assert.Equal(12, held["com.android.phone"]);
        Assert.Equal(1, held["surfaceflinger"]);
    }

    [Fact]
    public void The_pixel_state_has_five_dead_nodes_that_are_still_held()
    {
        HandleSession session = ReadClean("state-pixel.txt");

        HandleNode[] dead = session.GetNodes().Where(node => node.IsDead).ToArray();
        Assert.Equal([416L, 437, 443, 451, 576], dead.Select(node => node.Id));
        Assert.All(dead, node => Assert.Null(node.Owner));
        Assert.All(dead, node => Assert.Equal(1, node.TableCount));
        Assert.Equal([45, 46, 47, 48], DeadHandles(session.GetProcess("system_server")));
        Assert.Equal([11], DeadHandles(session.GetProcess("com.example.photos")));
        Assert.Equal(5, session.GetProcesses().Sum(process => DeadHandles(process).Length));
    }

    [Fact]
    public void Nodes_of_the_pixel_state_add_up_the_counts_of_their_holders()
    {
        HandleSession session = ReadClean("state-pixel.txt");

        HandleNode manager = session.GetNode(1);
        Assert.Equal((556, 5, 5L, 5L), (manager.Owner!.Id, manager.TableCount, manager.Strong, manager.Weak));
        Assert.Equal([742, 1754, 2210, 2391, 4127], session.GetHolders(manager).Select(reference => reference.Process.Id));
        HandleReference weak = session.GetProcess("com.example.photos").GetReference(12)!;
        Assert.Equal((397L, 0, 1), (weak.Node.Id, weak.Strong, weak.Weak));
        HandleNode lone = session.GetNode(1544);
        Assert.Equal((2210, 0, 0L, 0L), (lone.Owner!.Id, lone.TableCount, lone.Strong, lone.Weak));
        Assert.Equal(337, session.GetProcesses().Sum(process => process.HandleCount));
        Assert.Equal(13, session.GetProcess("com.example.photos").GetPool().LowestFree);
        Assert.Equal(39, session.GetProcess("system_server").GetPool().LowestFree);
        Assert.Equal(9, session.GetProcess("com.android.systemui").GetPool().LowestFree);
    }

    [Fact]
    public void The_rust_state_has_eight_processes_despite_run_on_references()
    {
        HandleSession session = ReadClean("state-rust.txt");

        Assert.Equal(8, session.Processes);
        Assert.Equal(81, session.Nodes);
        AssertProcess(session, 556, "binder", null, isManager: true, nodes: 1, handles: 10, highest: 10, capacity: 64);
        AssertProcess(session, 557, "hwbinder", null, isManager: true, nodes: 1, handles: 1, highest: 1, capacity: 64);
        AssertProcess(session, 611, "binder", null, isManager: false, nodes: 2, handles: 2, highest: 1, capacity: 64);
        AssertProcess(session, 688, "hwbinder", null, isManager: false, nodes: 1, handles: 1, highest: 0, capacity: 64);
        AssertProcess(session, 1302, "binder", null, isManager: false, nodes: 9, handles: 68, highest: 69, capacity: 128);
        AssertProcess(session, 1302, "hwbinder", null, isManager: false, nodes: 0, handles: 2, highest: 1, capacity: 64);
        AssertProcess(session, 1877, "binder", null, isManager: false, nodes: 0, handles: 6, highest: 6, capacity: 64);
        AssertProcess(session, 2310, "binder", null, isManager: false, nodes: 65, handles: 6, highest: 5, capacity: 64);
        Assert.Equal([3], DeadHandles(session.GetProcess(1302, "binder")));
        Assert.Equal([5], DeadHandles(session.GetProcess(2310)));
        Assert.Equal([41L, 378], session.GetNodes().Where(node => node.IsDead).Select(node => node.Id));
        Assert.Equal(68, session.GetProcess(1302, "binder").GetReferences().Sum(reference => reference.Strong));
        Assert.Equal(26, session.GetProcess(1302, "binder").GetReferences().Sum(reference => reference.Weak));
    }

    [Fact]
    public void The_dump_of_one_process_has_nodes_with_unknown_owners()
    {
        HandleSession session = ReadClean("proc-1754.txt");

        Assert.Equal([556, 742, 1754, 2210, 2391, 4127], session.GetProcesses().Select(process => process.Id));
        Assert.All(session.GetProcesses(), process => Assert.Equal(process.Id != 1754, process.CountSource == HandleCountSource.HolderList));
        Assert.Equal(278, session.Nodes);
        AssertProcess(session, 1754, "binder", null, isManager: false, nodes: 210, handles: 68, highest: 68, capacity: 128);
        HandleReference[] references = session.GetProcess(1754).GetReferences();
        Assert.All(references, reference => Assert.Null(reference.Owner));
        Assert.Equal([45, 46, 47, 48], DeadHandles(session.GetProcess(1754)));
    }

    [Fact]
    public void A_process_has_the_same_handles_in_the_state_and_in_its_own_file()
    {
        HandleProcess inState = ReadClean("state-pixel.txt").GetProcess(1754);
        HandleProcess inFile = ReadClean("proc-1754.txt").GetProcess(1754);

        Assert.Equal(inFile.GetReferences().Select(Row), inState.GetReferences().Select(Row));
        Assert.Equal(inFile.GetNodes().Select(node => node.Id).Order(), inState.GetNodes().Select(node => node.Id).Order());

        static (int, long, int, int, bool) Row(HandleReference reference) =>
            (reference.Handle, reference.Node.Id, reference.Strong, reference.Weak, reference.IsDead);
    }

    private static HandleSession ReadClean(string name) => Assert.Single(DumpReader.ReadFile(DumpSource.DataFile(name))).Clean().Session;

    private static int[] DeadHandles(HandleProcess process) =>
        process.GetReferences().Where(reference => reference.IsDead).Select(reference => reference.Handle).ToArray();

    private static void AssertProcess(HandleSession session, int id, string context, string? name, bool isManager, int nodes, int handles,
        int highest, int capacity)
    {
        HandleProcess process = session.GetProcess(id, context);
        Assert.Equal(name, process.Name);
        Assert.Equal(isManager, process.IsManager);
        Assert.Equal(nodes, process.NodeCount);
        Assert.Equal(handles, process.HandleCount);
        Assert.Equal(handles, process.GetReferences().Length);
        Assert.Equal(highest, process.GetPool().HighestUsed);
        Assert.Equal(capacity, process.Capacity);
        Assert.True(process.GetPool().CapacityInferred);
    }
}
