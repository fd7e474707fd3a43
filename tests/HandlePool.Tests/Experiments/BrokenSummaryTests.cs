namespace HandlePool.Tests.Experiments;

/// <summary>Tests that a summary that contradicts the bits never gives a handle twice or drops one.</summary>
public class BrokenSummaryTests
{
    [Fact]
    public void A_full_word_that_is_said_not_to_be_full_fails_an_addition_once()
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
        Assert.Equal((128, 0), (world.Client.HandleCount, node.HolderCount));
        Assert.Equal(128, world.Client.AddReference(node).Handle);
    }

    [Fact]
    public void A_full_group_of_words_that_is_said_not_to_be_full_fails_an_addition_once()
    {
        World world = World.Holding(8_200);
        new Damage(world.Client).InvertSummary(level: 1, index: 0);

        Refused.With(HandleErrorIds.PoolCorrupted, Errno.EUCLEAN, () => world.Hold(1));
        Assert.Empty(world.Session.FindMismatches());
        Assert.Equal(8_200, world.Hold(1)[0].Handle);
    }

    [Fact]
    public void A_word_that_is_said_to_be_full_is_passed_over_until_the_pool_is_repaired()
    {
        World world = World.Holding(200);
        world.Drop(64, 70);
        world.Session.BreakSummary(world.Client, 64);
        Assert.Equal(200, world.Hold(1)[0].Handle);

        HandleList<HandleMismatch> found = world.Session.FindMismatches();
        Assert.Equal([HandleMismatchKind.Summary, HandleMismatchKind.Summary], found.Select(mismatch => mismatch.Kind));
        world.Session.Repair(found);
        Assert.Equal(64, world.Hold(1)[0].Handle);
    }

    [Fact]
    public void A_used_word_that_is_said_to_be_empty_does_not_have_the_pool_shrink_below_it()
    {
        World world = World.Holding(300);
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
    public void An_empty_word_that_is_said_to_be_used_does_not_hide_the_highest_handle()
    {
        World world = World.Holding(300);
        world.Drop(150, 299);
        world.Session.BreakSummary(world.Client, 400);
        Assert.Equal(149, world.Client.GetPool().HighestUsed);
    }

    [Fact]
    public void Growing_makes_the_summaries_anew()
    {
        World world = World.Holding(100);
        world.Session.BreakSummary(world.Client, 64);
        Assert.NotEmpty(world.Session.FindMismatches());
        world.Client.Resize(ResizeDirection.Grow);
        Assert.Empty(world.Session.FindMismatches());
    }

    [Fact]
    public void Only_a_hierarchical_bitmap_of_128_and_more_has_summaries()
    {
        World world = new();
        Assert.Throws<InvalidOperationException>(() => world.Session.BreakSummary(world.Client, 0));
        World flat = World.Holding(100, new HandleSessionOptions { Allocator = HandleAllocator.Bitmap });
        Assert.Throws<InvalidOperationException>(() => flat.Session.BreakSummary(flat.Client, 0));
        Assert.Empty(flat.Session.GetFaults());
    }

    [Fact]
    public void It_is_refused_for_a_handle_beyond_the_pool_and_for_a_process_that_has_exited()
    {
        World world = World.Holding(100);
        Assert.Throws<ArgumentOutOfRangeException>(() => world.Session.BreakSummary(world.Client, 128));
        Assert.Throws<ArgumentOutOfRangeException>(() => world.Session.BreakSummary(world.Client, -1));
        world.Session.ExitProcess(world.Client);
        Refused.With(HandleErrorIds.ProcessDead, Errno.ESRCH, () => world.Session.BreakSummary(world.Client, 0));
    }
}
