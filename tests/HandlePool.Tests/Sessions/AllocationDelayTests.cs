namespace HandlePool.Tests.Sessions;

public class AllocationDelayTests
{
    [Fact]
    public void The_allocation_delay_is_zero_by_default_and_at_most_a_minute()
    {
        HandleSession session = new();
        Assert.Equal(TimeSpan.Zero, session.AllocationDelay);
        session.AllocationDelay = TimeSpan.FromMilliseconds(3);
        Assert.Equal(TimeSpan.FromMilliseconds(3), session.AllocationDelay);
        Assert.Throws<ArgumentOutOfRangeException>(() => session.AllocationDelay = TimeSpan.FromMinutes(1.01));
        Assert.Throws<ArgumentOutOfRangeException>(() => session.AllocationDelay = TimeSpan.FromTicks(-1));
        Assert.Equal(TimeSpan.FromMilliseconds(3), session.AllocationDelay);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Stopping_what_waits_ends_a_delay_and_completes_the_operation(bool isFault)
    {
        World world = World.Holding(64);
        using CancellationTokenSource stop = new();
        HandleFault? fault = isFault ? world.Session.DelayAllocations(TimeSpan.FromDays(1)) : null;
        world.Session.AllocationDelay = TimeSpan.FromMinutes(isFault ? 0 : 1);
        HandleNode node = world.NewNode();
        int handle = 0;
        Thread thread = new(() => InterruptibleDelay.Run(() => handle = world.Client.AddReference(node).Handle, stop.Token)) { IsBackground = true };
        thread.Start();
        Assert.True(SpinWait.SpinUntil(() => fault is { Hits: 1 } || thread.ThreadState.HasFlag(ThreadState.WaitSleepJoin), TimeSpan.FromMinutes(1)));
        stop.Cancel();
        Assert.True(thread.Join(TimeSpan.FromSeconds(50)));
        Assert.Equal((64, 128), (handle, world.Client.Capacity));
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
