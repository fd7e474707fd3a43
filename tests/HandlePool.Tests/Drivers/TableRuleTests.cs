using HandlePool.Tables;

namespace HandlePool.Tests.Drivers;

/// <summary>What a driver's handle table does differently from the others'.</summary>
public class TableRuleTests
{
    [Theory]
    [InlineData(HandleDriver.HandlePool, 128, 1)]
    [InlineData(HandleDriver.C, 128, 1)]
    [InlineData(HandleDriver.Rust, 256, 2)]
    public void The_Rust_driver_grows_once_more_before_it_finds_the_node(HandleDriver driver, int capacity, int grown)
    {
        World world = World.Holding(64, new HandleSessionOptions { Driver = driver });
        HandleNode node = world.NewNode();
        world.At(TestPoint.BeforeGrowAllocation, () =>
        {
            Assert.Equal(64, world.Client.AddReference(node).Handle);
            world.Hold(63);
        });

        Assert.Equal((64, 2), world.Client.AddReference(node) is var held ? (held.Handle, held.Strong) : default);
        HandlePoolStatus pool = world.Client.GetPool();
        Assert.Equal((capacity, grown, 1L), (pool.Capacity, pool.GrowCount, pool.DiscardedResizes));
        Observed.IsConsistent(world.Session);
    }

    [Fact]
    public void Without_memory_for_that_the_Rust_driver_says_ENOMEM_though_the_node_is_held()
    {
        World world = World.Holding(64, new HandleSessionOptions { Driver = HandleDriver.Rust });
        HandleNode node = world.NewNode();
        world.At(TestPoint.BeforeGrowAllocation, () =>
        {
            world.Client.AddReference(node);
            world.Hold(63);
            world.At(TestPoint.BeforeGrowAllocation, () => throw new InsufficientMemoryException());
        });

        Refused.With(HandleErrorIds.AllocationFailed, Errno.ENOMEM, () => world.Client.AddReference(node));
        Assert.Equal(1, world.Client.GetReference(node)!.Strong);
    }

    [Fact]
    public void The_Rust_driver_has_a_gap_before_its_first_look_for_an_ID()
    {
        World world = World.Holding(63, new HandleSessionOptions { Driver = HandleDriver.Rust });
        HandleNode node = world.NewNode();
        world.At(TestPoint.BeforeReservation, () => Assert.Equal(63, world.Client.AddReference(node).Handle));

        Assert.Equal((63, 2), world.Client.AddReference(node) is var held ? (held.Handle, held.Strong) : default);
        Assert.True(world.Played);
        Assert.Equal((128, 64), (world.Client.Capacity, world.Client.HandleCount));
    }

    [Theory]
    [InlineData(HandleDriver.HandlePool)]
    [InlineData(HandleDriver.C)]
    public void The_others_have_none(HandleDriver driver)
    {
        World world = World.Holding(63, new HandleSessionOptions { Driver = driver });
        world.At(TestPoint.BeforeReservation, () => Assert.Fail("There is a gap."));
        world.Hold(1);
        Assert.False(world.Played);
    }

    [Theory]
    [InlineData(HandleDriver.HandlePool, 0)]
    [InlineData(HandleDriver.C, 0)]
    [InlineData(HandleDriver.CTree, 0)]
    [InlineData(HandleDriver.C611rc1, 0)]
    [InlineData(HandleDriver.Rust, 1)]
    [InlineData(HandleDriver.RustTree, 1)]
    public void The_managers_node_gets_handle_0_by_node_except_in_the_Rust_driver(HandleDriver driver, int handle)
    {
        World world = new(new HandleSessionOptions { Driver = driver });
        Assert.Equal(handle, world.Client.AddReference(world.ManagerNode).Handle);
        Assert.Equal((handle, 2), world.Client.AddReference(0) is var held ? (held.Handle, held.Strong) : default);
    }

    [Fact]
    public void A_decrease_of_0_then_finds_nothing()
    {
        World world = new(new HandleSessionOptions { Driver = HandleDriver.Rust });
        world.Client.AddReference(world.ManagerNode);
        world.Client.AddReference(0);
        world.Refuses(HandleErrorIds.HandleNotFound, Errno.ENOENT, () => world.Client.RemoveReference(0));
        Assert.Equal(1, world.Client.RemoveReference(1)!.Strong);
    }

    [Theory]
    [InlineData(HandleDriver.HandlePool, 1)]
    [InlineData(HandleDriver.Rust, 1)]
    [InlineData(HandleDriver.C, 1)]
    [InlineData(HandleDriver.C611rc1, null)]
    public void A_second_managers_node_gets_another_handle_and_crashed_the_first_dbitmap(HandleDriver driver, int? handle)
    {
        World world = World.Holding(1, new HandleSessionOptions { Driver = driver });
        world.Session.ExitProcess(world.Manager);
        world.Session.CreateProcess("next", isManager: true);

        if (handle is { } given)
            Assert.Equal(given, world.Client.AddReference(0).Handle);
        else
            Assert.Equal(DriverAnswer.Crash, world.Refuses(HandleErrorIds.HandleZeroTaken, Errno.EEXIST, () => world.Client.AddReference(0)).DriverAnswer);
    }

    [Theory]
    [InlineData(HandleDriver.HandlePool, 64)]
    [InlineData(HandleDriver.Rust, 128)]
    [InlineData(HandleDriver.C, 128)]
    public void The_drivers_grow_the_pool_of_a_process_that_exits_meanwhile(HandleDriver driver, int capacity)
    {
        World world = World.Holding(64, new HandleSessionOptions { Driver = driver });
        HandleNode node = world.NewNode();
        world.At(TestPoint.BeforeSecondLook, () => world.Session.ExitProcess(world.Client));

        Refused.With(HandleErrorIds.ProcessDead, Errno.ESRCH, () => world.Client.AddReference(node));
        Assert.Equal((0, capacity), (world.Client.HandleCount, world.Client.Capacity));
        Assert.Empty(world.Session.FindMismatches());
    }

    [Theory]
    [InlineData(HandleDriver.HandlePool, 0)]
    [InlineData(HandleDriver.C, 0)]
    [InlineData(HandleDriver.RustTree, 0)]
    [InlineData(HandleDriver.Rust, 3)]
    public void The_Rust_driver_leaves_the_bits_of_a_process_that_exits(HandleDriver driver, int bits)
    {
        World world = World.Holding(3, new HandleSessionOptions { Driver = driver });
        world.Session.ExitProcess(world.Client);

        Assert.Equal((bits, 0), (world.Client.GetPool().InUse, world.Client.HandleCount));
        Assert.Empty(world.Session.FindMismatches());
        Assert.Empty(world.Session.Repair([]));
    }

    [Theory]
    [InlineData(HandleDriver.HandlePool, 1, 2)]
    [InlineData(HandleDriver.C, 1, 3)]
    [InlineData(HandleDriver.Rust, 0, 2)]
    public void Ids_of_nodes_come_from_one_counter_that_references_use_too(HandleDriver driver, long first, long second)
    {
        World world = new(new HandleSessionOptions { Driver = driver });
        Assert.Equal(first, world.ManagerNode.Id);
        world.Client.AddReference(0);
        world.Client.AddReference(0);
        Assert.Equal(second, world.NewNode().Id);
    }
}
