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
}
