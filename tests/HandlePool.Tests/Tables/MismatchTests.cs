using System.Reflection;
using HandlePool.Pools;
using HandlePool.Tables;

namespace HandlePool.Tests.Tables;

/// <summary>The bitmap has an ID as unused, but the table has a reference there.</summary>
public class MismatchTests
{
    [Theory]
    [InlineData(HandleAllocator.Bitmap)]
    [InlineData(HandleAllocator.HierarchicalBitmap)]
    [InlineData(HandleAllocator.SegmentedBitmap)]
    public void A_mismatch_fails_one_add_and_is_recorded_and_repaired(HandleAllocator allocator)
    {
        World world = World.Holding(10, new HandleSessionOptions { Allocator = allocator });
        HandleReference[] before = world.Client.GetReferences();
        HandleNode node = world.NewNode();
        Assert.True(PoolOf(world.Client).ReleaseId(4));

        HandleException exception =
            Refused.With(HandleErrorIds.PoolCorrupted, Errno.EUCLEAN, () => world.Client.AddReference(node));
        Assert.Contains("handle 4", exception.Message, StringComparison.Ordinal);
        HandleEvent mismatch = Assert.Single(world.Events(HandleEventKind.Mismatch));
        Assert.Equal((world.Client, 4), (mismatch.Process, mismatch.Handle));
        Assert.Equal(
            before.Select(r => (r.Handle, r.Node, r.Strong)),
            world.Client.GetReferences().Select(r => (r.Handle, r.Node, r.Strong)));
        Assert.Equal(0, node.TableCount);
        Observed.IsConsistent(world.Session);

        Assert.Equal(10, world.Client.AddReference(node).Handle);
        Assert.Single(world.Events(HandleEventKind.Mismatch));
    }

    [Fact]
    public void A_mismatch_at_handle_0_is_found_by_the_node_of_the_manager()
    {
        World world = World.Holding(3);
        world.Session.ExitProcess(world.Manager);
        world.Session.CreateProcess("again", isManager: true);
        Assert.True(PoolOf(world.Client).ReleaseId(0));

        Refused.With(HandleErrorIds.PoolCorrupted, Errno.EUCLEAN, () => world.Client.AddReference(0));
        Assert.Equal(0, Assert.Single(world.Events(HandleEventKind.Mismatch)).Handle);
        Assert.Equal(3, world.Client.AddReference(0).Handle);
    }

    [Fact]
    public void Each_of_several_mismatches_fails_one_add()
    {
        World world = World.Holding(10);
        HandleNode node = world.NewNode();
        PoolOf(world.Client).ReleaseId(4);
        PoolOf(world.Client).ReleaseId(7);

        Refused.With(HandleErrorIds.PoolCorrupted, Errno.EUCLEAN, () => world.Client.AddReference(node));
        Refused.With(HandleErrorIds.PoolCorrupted, Errno.EUCLEAN, () => world.Client.AddReference(node));
        Assert.Equal([4, 7], world.Events(HandleEventKind.Mismatch).Select(e => e.Handle ?? -1));
        Assert.Equal(10, world.Client.AddReference(node).Handle);
    }

    [Fact]
    public void A_reference_whose_bit_is_clear_can_be_dropped()
    {
        World world = World.Holding(10);
        PoolOf(world.Client).ReleaseId(4);
        Assert.NotNull(world.Client.DropReference(4));
        Observed.IsConsistent(world.Session);
        Assert.Empty(world.Events(HandleEventKind.Mismatch));
    }

    private static IdPool PoolOf(HandleProcess process) =>
        ((TablePool)typeof(HandleTable).GetField("_pool", BindingFlags.NonPublic | BindingFlags.Instance)!.GetValue(process.Table)!).Ids;
}
