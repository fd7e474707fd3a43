namespace HandlePool.Tests.Notifications;

/// <summary>The events that notifications leave in the log.</summary>
public sealed class EventTests
{
    private static readonly HandleEventKind[] Kinds =
    [
        HandleEventKind.NotificationRequested, HandleEventKind.NotificationQueued, HandleEventKind.NotificationReceived,
        HandleEventKind.NotificationCompleted, HandleEventKind.NotificationCleared, HandleEventKind.NotificationDropped,
        HandleEventKind.ProcessFrozen, HandleEventKind.ProcessThawed,
    ];

    public static TheoryData<string> Drivers => Holder.Drivers;

    [Fact]
    public void A_death_notification_leaves_an_event_at_each_step() => Assert.Equal(
        [
            "NotificationRequested 1: The death notification of cookie 7 was requested.",
            "NotificationQueued 1: The death notification of cookie 7 was queued as BR_DEAD_BINDER.",
            "NotificationReceived 1: The death notification of cookie 7 was received as BR_DEAD_BINDER.",
            "NotificationCompleted 1: The death notification of cookie 7 was completed.",
        ],
        Events(new Holder("C").Death().Exit().Reads("DEAD_BINDER 7").Done()));

    [Fact]
    public void A_freeze_notification_leaves_an_event_at_each_step() => Assert.Equal(
        [
            "NotificationRequested 1: The freeze notification of cookie 7 was requested.",
            "NotificationReceived 1: The freeze notification of cookie 7 was received as BR_FROZEN_BINDER.",
            "NotificationCompleted 1: The freeze notification of cookie 7 was completed.",
            "ProcessFrozen : Process 'server' (2, binder) was frozen.",
            "NotificationQueued 1: The freeze notification of cookie 7 was queued as BR_FROZEN_BINDER.",
            "NotificationReceived 1: The freeze notification of cookie 7 was received as BR_FROZEN_BINDER.",
            "NotificationCompleted 1: The freeze notification of cookie 7 was completed.",
            "ProcessThawed : Process 'server' (2, binder) was thawed.",
            "NotificationQueued 1: The freeze notification of cookie 7 was queued as BR_FROZEN_BINDER.",
        ],
        Events(new Holder("C").Freeze().Reads("FROZEN_BINDER 7 thawed").Done(kind: HandleNotificationKind.Freeze)
            .Suspend().Reads("FROZEN_BINDER 7 frozen").Done(kind: HandleNotificationKind.Freeze).Resume()));

    [Fact]
    public void A_cleared_and_a_dropped_notification_leave_their_events() => Assert.Equal(
        [
            "NotificationRequested 1: The death notification of cookie 7 was requested.",
            "NotificationCleared 1: The death notification of cookie 7 was cleared.",
            "NotificationRequested 2: The death notification of cookie 8 was requested.",
            "NotificationDropped 2: The death notification of cookie 8 was dropped with handle 2.",
        ],
        Events(new Holder("C", handles: 2).Death().Clear().Death(8, handle: 2).Drop(2)));

    [Fact]
    public void Errors_leave_an_event_when_the_first_is_queued_and_when_it_is_read()
    {
        Holder holder = new("C");
        holder.Session.FailNotifications(holder.Client, count: 2);
        for (int time = 0; time < 2; time++)
            Refused.With("AllocationFailed", Errno.ENOMEM, () => holder.Death());

        Assert.Equal(
            [
                "NotificationQueued : BR_ERROR was queued: there was no memory for a death notification.",
                "NotificationReceived : BR_ERROR was received.",
            ],
            Events(holder.Reads("ERROR")));
    }

    [Theory]
    [MemberData(nameof(Drivers))]
    public void A_process_that_has_exited_is_told_of_no_death(string driver)
    {
        Holder holder = new Holder(driver).Death();
        holder.Session.ExitProcess(holder.Client);
        Assert.Empty(holder.Server.FindDeathRecipients());
        holder.Exit();
        Assert.DoesNotContain(holder.Session.GetEvents(), each => each.Kind == HandleEventKind.NotificationQueued);
    }

    [Fact]
    public void A_change_that_need_not_be_told_leaves_no_event()
    {
        // The first message has not been read, so that it will tell the present state.
        Holder holder = new Holder("C").Freeze();
        int before = Events(holder).Count(line => line.StartsWith("NotificationQueued", StringComparison.Ordinal));
        holder.Suspend().Resume();
        Assert.Equal(before, Events(holder).Count(line => line.StartsWith("NotificationQueued", StringComparison.Ordinal)));
    }

    [Theory]
    [MemberData(nameof(Drivers))]
    public void An_exited_process_has_no_notifications_and_nothing_to_read(string driver)
    {
        Holder holder = new Holder(driver, handles: 2).Death().Freeze().Death(8, handle: 2).Suspend();
        holder.Session.ExitProcess(holder.Client);
        Assert.Empty(holder.Client.GetNotifications());
        Refused.With("ProcessDead", Errno.ESRCH, () => holder.Client.ReceiveNotifications());

        holder = new Holder(driver).Death().Exit().Reads("DEAD_BINDER 7");
        holder.Session.ExitProcess(holder.Client);
        Assert.Empty(holder.Client.GetNotifications());
    }

    [Fact]
    public void Notifications_are_listed_by_handle_and_kind()
    {
        Holder holder = new Holder("C", handles: 3).Freeze(9, handle: 3).Death(1, handle: 3).Death(2, handle: 1).Freeze(3, handle: 2);
        Assert.Equal(["1 Death", "2 Freeze", "3 Death", "3 Freeze"], holder.Client.GetNotifications().Select(each => $"{each.Handle} {each.Kind}"));
    }

    private static IEnumerable<string> Events(Holder holder) => holder.Session.GetEvents().Where(each => Kinds.Contains(each.Kind))
        .Select(each => $"{each.Kind} {each.Handle}: {each.Message}");
}
