namespace HandlePool.Tests.Sessions;

public class OptionsTests
{
    [Fact]
    public void The_defaults_of_a_session_follow_the_driver_except_for_the_bitmap()
    {
        HandleSession session = new();
        Assert.Equal(
            (HandleAllocator.SegmentedBitmap, GrowthPolicy.Optimistic, ShrinkPolicy.Immediate, 1 << 30),
            (session.Allocator, session.GrowthPolicy, session.ShrinkPolicy, session.MaxCapacity));
        Assert.Equal((0, 0), (session.Processes, session.Nodes));
        Assert.Empty(session.Findings);
    }

    [Fact]
    public void Only_the_Rust_driver_leaks_freeze_listeners()
    {
        foreach (HandleDriver driver in Enum.GetValues<HandleDriver>())
        {
            HandleSessionOptions options = new() { FreezeListenerLeak = true, Driver = driver };
            if (driver is HandleDriver.Rust or HandleDriver.RustTree)
                Assert.True(new HandleSession(options: options).FreezeListenerLeak);
            else
                Assert.Contains($"The driver {driver} leaks no freeze listener.", Assert.Throws<ArgumentException>(() => new HandleSession(options: options)).Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(63)]
    [InlineData(0)]
    [InlineData(-64)]
    [InlineData((1 << 30) + 1)]
    public void MaxCapacity_ranges_from_64_to_2_to_30(int capacity)
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new HandleSessionOptions { MaxCapacity = capacity });
        Assert.Equal(64, new HandleSessionOptions { MaxCapacity = 64 }.MaxCapacity);
        Assert.Equal(1 << 30, new HandleSessionOptions { MaxCapacity = 1 << 30 }.MaxCapacity);
    }

    [Fact]
    public void The_event_log_keeps_at_least_one_event() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new HandleSessionOptions { EventCapacity = 0 });
}
