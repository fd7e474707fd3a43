namespace HandlePool.Tests.Tables;

/// <summary>Adding references by node.</summary>
public class AddReferenceTests
{
    [Fact]
    public void Handles_of_ordinary_nodes_start_at_1_and_go_up()
    {
        World world = new();
        Assert.Equal([1, 2, 3], world.Hold(3).Select(reference => reference.Handle));
        Assert.False(world.Client.GetBitmap().IsSet(0));
    }

    [Theory]
    [InlineData(HandleAllocator.Bitmap)]
    [InlineData(HandleAllocator.HierarchicalBitmap)]
    [InlineData(HandleAllocator.SegmentedBitmap)]
    public void A_new_reference_gets_the_lowest_unused_handle(HandleAllocator allocator)
    {
        World world = World.Holding(200, new HandleSessionOptions { Allocator = allocator });
        foreach (int handle in new[] { 150, 64, 7, 63 })
            world.Client.DropReference(handle);

        Assert.Equal([7, 63, 64, 150, 200], world.Hold(5).Select(reference => reference.Handle));
        Observed.IsConsistent(world.Session);
    }

    [Fact]
    public void Adding_a_held_node_adds_to_its_counts_and_keeps_its_handle()
    {
        World world = new();
        HandleNode node = world.NewNode();
        HandleReference first = world.Client.AddReference(node, strong: 2, weak: 1);
        HandleReference second = world.Client.AddReference(node, strong: 3, weak: 4);

        Assert.Equal((1, 2, 1), (first.Handle, first.Strong, first.Weak));
        Assert.Equal((1, 5, 5), (second.Handle, second.Strong, second.Weak));
        Assert.Equal(1, world.Client.HandleCount);
        Assert.Equal((5L, 5L, 1), (node.Strong, node.Weak, node.TableCount));
    }

    [Fact]
    public void Adding_by_node_may_make_a_weak_only_reference_strong()
    {
        World world = new();
        HandleNode node = world.NewNode();
        world.Client.AddReference(node, strong: 0, weak: 1);
        Assert.Equal((1, 1), world.Client.AddReference(node) is var r ? (r.Strong, r.Weak) : default);
    }

    [Theory]
    [InlineData(64)]
    [InlineData(128)]
    public void Adding_a_removed_node_is_refused_without_growing_a_full_pool(int maxCapacity)
    {
        World world = World.Holding(64, new HandleSessionOptions { MaxCapacity = maxCapacity });
        HandleNode node = world.NewNode();
        world.Session.RemoveNode(node);

        world.Refuses(HandleErrorIds.NodeNotFound, Errno.ENOENT, () => world.Client.AddReference(node));
        Assert.Equal(64, world.Client.Capacity);
        Assert.Empty(world.Session.GetEvents());
    }

    [Fact]
    public void A_full_pool_of_64_grows_and_the_next_handle_is_64()
    {
        World world = World.Holding(64);
        Assert.Equal((64, 0L), (world.Client.Capacity, world.Client.GetPool().GrowCount));

        Assert.Equal(64, world.Hold(1)[0].Handle);
        Assert.Equal((128, 1L), (world.Client.Capacity, world.Client.GetPool().GrowCount));
        HandleEvent grow = Assert.Single(world.Events(HandleEventKind.Grow));
        Assert.Equal((world.Client, 64, 128), (grow.Process, grow.FromCapacity, grow.ToCapacity));
    }

    [Fact]
    public void Only_the_node_of_the_manager_fits_a_pool_whose_only_unused_ID_is_0()
    {
        World world = new(new HandleSessionOptions { MaxCapacity = 64 });
        world.Hold(63);
        HandleNode node = world.NewNode();

        world.Refuses(HandleErrorIds.PoolExhausted, Errno.ENOMEM, () => world.Client.AddReference(node));
        Assert.Equal(0, world.Client.AddReference(world.ManagerNode).Handle);
    }

    [Theory]
    [InlineData(64, 64)]
    [InlineData(100, 64)]
    [InlineData(128, 128)]
    [InlineData(256, 256)]
    public void PoolExhausted_at_the_limit_changes_nothing_and_is_recorded(int maxCapacity, int capacity)
    {
        World world = World.Holding(capacity, new HandleSessionOptions { MaxCapacity = maxCapacity });
        HandleNode node = world.NewNode();

        HandleException exception = world.Refuses(HandleErrorIds.PoolExhausted, Errno.ENOMEM, () => world.Client.AddReference(node));
        Assert.Contains($"{capacity} of {capacity}", exception.Message, StringComparison.Ordinal);
        Assert.Equal(world.Client, Assert.Single(world.Events(HandleEventKind.PoolExhausted)).Process);
        Assert.Equal(2, world.Client.AddReference(world.Client.GetReference(1)!.Node).Strong);
        world.Client.DropReference(5);
        Assert.Equal(5, world.Client.AddReference(node).Handle);
    }

    [Fact]
    public void A_count_beyond_31_bits_is_refused_by_node_and_by_handle()
    {
        World world = new();
        HandleNode node = world.NewNode();
        world.Client.AddReference(node, int.MaxValue, int.MaxValue - 1);

        world.Refuses(HandleErrorIds.CountOverflow, Errno.EOVERFLOW, () => world.Client.AddReference(node));
        world.Refuses(HandleErrorIds.CountOverflow, Errno.EOVERFLOW, () => world.Client.AddReference(node, 0, 2));
        world.Refuses(HandleErrorIds.CountOverflow, Errno.EOVERFLOW, () => world.Client.AddReference(1));
        world.Refuses(HandleErrorIds.CountOverflow, Errno.EOVERFLOW, () => world.Client.AddReference(1, 0, 2));
        Assert.Equal(int.MaxValue, world.Client.AddReference(1, 0, 1).Weak);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(-1, 0)]
    [InlineData(0, -1)]
    [InlineData(1, -1)]
    public void Negative_counts_and_two_zero_counts_are_refused_everywhere(int strong, int weak)
    {
        World world = World.Holding(2);
        HandleNode node = world.NewNode();
        string before = Observed.State(world.Session);

        Assert.Throws<ArgumentOutOfRangeException>(() => world.Client.AddReference(node, strong, weak));
        Assert.Throws<ArgumentOutOfRangeException>(() => world.Client.AddReference(1, strong, weak));
        Assert.Throws<ArgumentOutOfRangeException>(() => world.Client.RemoveReference(1, strong, weak));
        Assert.Throws<ArgumentNullException>(() => world.Client.AddReference(null!));
        Assert.Equal(before, Observed.State(world.Session));
    }
}
