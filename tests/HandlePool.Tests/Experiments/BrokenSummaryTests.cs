namespace HandlePool.Tests.Experiments;

/// <summary>Tests that a summary that contradicts the bits never gives a handle twice or drops one.</summary>
public class BrokenSummaryTests
{
    [Fact]
    public void A_full_word_marked_as_free_fails_one_addition()
    {
        World world = World.Holding(128);
        world.Client.Resize(ResizeDirection.Grow);
        world.Session.BreakSummary(world.Client, 64);
        HandleNode node = world.NewNode();

        HandleException exception = Refused.With(HandleErrorIds.PoolCorrupted, Errno.EUCLEAN, () => world.Client.AddReference(node));
        Assert.Contains("'client'", exception.Message);
        HandleEvent mismatch = Assert.Single(world.Events(HandleEventKind.Mismatch));
        Assert.Equal(world.Client, mismatch.Process);
        Assert.Empty(world.Session.FindMismatches());
        Assert.Equal((128, 0), (world.Client.HandleCount, node.TableCount));
        Assert.Equal(128, world.Client.AddReference(node).Handle);
    }

    [Fact]
    public void A_full_group_of_words_marked_as_free_fails_one_addition()
    {
        World world = World.Holding(8_200, new HandleSessionOptions { Allocator = HandleAllocator.HierarchicalBitmap });
        new Damage(world.Client).InvertSummary(level: 1, index: 0);

        Refused.With(HandleErrorIds.PoolCorrupted, Errno.EUCLEAN, () => world.Hold(1));
        Assert.Empty(world.Session.FindMismatches());
        Assert.Equal(8_200, world.Hold(1)[0].Handle);
    }

    [Fact]
    public void A_free_word_marked_as_full_is_skipped_until_the_pool_is_repaired()
    {
        World world = World.Holding(200);
        world.Drop(64, 70);
        world.Session.BreakSummary(world.Client, 64);
        Assert.Equal(200, world.Hold(1)[0].Handle);

        HandleList<HandleMismatch> found = world.Session.FindMismatches();
        Assert.Equal([HandleMismatchKind.Summary], found.Select(mismatch => mismatch.Kind));
        world.Session.Repair(found);
        Assert.Equal(64, world.Hold(1)[0].Handle);
    }

    [Fact]
    public void A_used_word_marked_as_empty_still_limits_shrinking()
    {
        World world = World.Holding(300, new HandleSessionOptions { Allocator = HandleAllocator.HierarchicalBitmap });
        world.Drop(10, 298);
        world.Session.BreakSummary(world.Client, 299);
        world.Client.DropReference(9);

        HandlePoolStatus pool = world.Client.GetPool();
        Assert.Equal((512, 0L, 1L), (pool.Capacity, pool.ShrinkCount, pool.DiscardedResizes));
        Assert.Equal(299, world.Client.GetReferences()[^1].Handle);
        world.Session.Repair(world.Session.FindMismatches());
        Assert.Equal(299, world.Client.GetPool().HighestUsed);
    }

    [Fact]
    public void An_empty_word_marked_as_used_does_not_hide_the_highest_handle()
    {
        World world = World.Holding(300, new HandleSessionOptions { Allocator = HandleAllocator.HierarchicalBitmap });
        world.Drop(150, 299);
        world.Session.BreakSummary(world.Client, 400);
        Assert.Equal(149, world.Client.GetPool().HighestUsed);
    }

    [Fact]
    public void Growing_rebuilds_the_summaries()
    {
        World world = World.Holding(100);
        world.Session.BreakSummary(world.Client, 64);
        Assert.NotEmpty(world.Session.FindMismatches());
        world.Client.Resize(ResizeDirection.Grow);
        Assert.Empty(world.Session.FindMismatches());
    }

    [Fact]
    public void Only_a_hierarchical_bitmap_of_at_least_128_bits_has_summaries()
    {
        World world = new();
        Assert.Throws<InvalidOperationException>(() => world.Session.BreakSummary(world.Client, 0));
        World flat = World.Holding(100, new HandleSessionOptions { Allocator = HandleAllocator.Bitmap });
        Assert.Throws<InvalidOperationException>(() => flat.Session.BreakSummary(flat.Client, 0));
        Assert.Empty(flat.Session.GetFaults());
    }

    [Fact]
    public void Breaking_a_summary_needs_a_handle_of_the_pool_and_a_live_process()
    {
        World world = World.Holding(100);
        Assert.Throws<ArgumentOutOfRangeException>(() => world.Session.BreakSummary(world.Client, 128));
        Assert.Throws<ArgumentOutOfRangeException>(() => world.Session.BreakSummary(world.Client, -1));
        world.Session.ExitProcess(world.Client);
        Refused.With(HandleErrorIds.ProcessDead, Errno.ESRCH, () => world.Session.BreakSummary(world.Client, 0));
    }
}
