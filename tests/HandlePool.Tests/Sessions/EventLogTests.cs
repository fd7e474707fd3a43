namespace HandlePool.Tests.Sessions;

public class EventLogTests
{
    [Fact]
    public void A_new_session_has_no_events() => Assert.Empty(new World().Session.GetEvents());

    [Fact]
    public void Events_are_numbered_from_1_in_order_and_without_gaps()
    {
        World world = World.Holding(200);
        world.Drop(0, 199);
        world.Session.ExitProcess(world.Client);

        HandleEvent[] events = world.Session.GetEvents();
        Assert.Equal(Enumerable.Range(1, events.Length).Select(n => (long)n), events.Select(e => e.Sequence));
        Assert.Equal(
            [HandleEventKind.Grow, HandleEventKind.Grow, HandleEventKind.Shrink, HandleEventKind.Shrink, HandleEventKind.ProcessExit],
            events.Select(e => e.Kind));
        Assert.All(events, e => Assert.Equal((world.Client, false), (e.Process, string.IsNullOrEmpty(e.Message))));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(100)]
    public void Only_the_newest_events_are_kept_without_gaps(int capacity)
    {
        HandleSession session = new(options: new HandleSessionOptions { EventCapacity = capacity });
        for (int i = 1; i <= 250; i++)
            session.ExitProcess(session.CreateProcess());

        HandleEvent[] events = session.GetEvents();
        Assert.Equal(Enumerable.Range(251 - capacity, capacity).Select(n => (long)n), events.Select(e => e.Sequence));
    }

    [Fact]
    public void An_event_log_that_is_exactly_full_has_dropped_nothing()
    {
        HandleSession session = new(options: new HandleSessionOptions { EventCapacity = 2 });
        session.ExitProcess(session.CreateProcess());
        session.ExitProcess(session.CreateProcess());
        Assert.Equal([1L, 2L], session.GetEvents().Select(e => e.Sequence));
    }

    [Fact]
    public void A_list_of_events_is_a_snapshot()
    {
        World world = new();
        HandleEvent[] before = world.Session.GetEvents();
        world.Session.ExitProcess(world.Client);
        Assert.Empty(before);
    }

    [Fact]
    public void Ordinary_adds_and_drops_are_not_events()
    {
        World world = World.Holding(64);
        world.Drop(0, 63);
        Assert.Empty(world.Session.GetEvents());
    }
}
