namespace HandlePool.Tests.Sessions;

public class AllocationDelayTests
{
    [Fact]
    public void The_allocation_delay_is_zero_by_default_and_at_most_a_day()
    {
        HandleSession session = new();
        Assert.Equal(TimeSpan.Zero, session.AllocationDelay);
        session.AllocationDelay = TimeSpan.FromMilliseconds(3);
        Assert.Equal(TimeSpan.FromMilliseconds(3), session.AllocationDelay);
        Assert.Throws<ArgumentOutOfRangeException>(() => session.AllocationDelay = TimeSpan.FromDays(60));
        Assert.Throws<ArgumentOutOfRangeException>(() => session.AllocationDelay = TimeSpan.FromTicks(-1));
        Assert.Equal(TimeSpan.FromMilliseconds(3), session.AllocationDelay);
    }

    [Fact]
    public void Clearing_a_delay_ends_it()
    {
        World world = World.Holding(64);
        HandleFault[] faults = [world.Session.DelayAllocations(TimeSpan.FromDays(1)), world.Session.DelayAllocations(TimeSpan.FromDays(1), world.Client)];
        HandleNode node = world.NewNode();
        int handle = 0;
        Thread thread = new(() => handle = world.Client.AddReference(node).Handle) { IsBackground = true };
        thread.Start();
        Assert.True(SpinWait.SpinUntil(() => Array.TrueForAll(faults, fault => fault.Hits == 1), TimeSpan.FromMinutes(1)));
        Assert.Equal(64, world.Client.Capacity);
        Assert.All(faults, fault => Assert.True(world.Session.RemoveFault(fault)));
        Assert.True(thread.Join(TimeSpan.FromMinutes(1)));
        Assert.Equal((64, 128), (handle, world.Client.Capacity));
    }
}
