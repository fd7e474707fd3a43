using static HandlePool.HandleNotificationState;

namespace HandlePool.Tests.Notifications;

/// <summary>The rules of death notifications, and each order of death, completion, clearing, dropping and exit.</summary>
public sealed class DeathTests
{
    private const string Dead = "DEAD_BINDER 7";
    private const string Confirmed = "CLEAR_DEATH_NOTIFICATION_DONE 7";

    public static TheoryData<string> Drivers => Holder.Drivers;

    [Theory]
    [MemberData(nameof(Drivers))]
    public void A_weak_count_is_enough(string driver)
    {
        Holder holder = new(driver);
        HandleNode node = holder.Client.GetReference(1)!.Node;
        holder.Client.AddReference(node, strong: 0, weak: 1);
        holder.Client.RemoveReference(1);
        holder.Death().Is(Requested).Exit().Reads(Dead);
    }

    [Theory]
    [MemberData(nameof(Drivers))]
    public void A_notification_adds_no_count_and_keeps_nothing_alive(string driver)
    {
        Holder holder = new Holder(driver).Death();
        HandleNode node = holder.Client.GetReference(1)!.Node;
        Assert.Equal((1, 0), (holder.Client.GetReference(1)!.Strong, holder.Client.GetReference(1)!.Weak));
        holder.Exit().Drop();
        Assert.DoesNotContain(node, holder.Session.GetNodes());
    }

    [Theory]
    [MemberData(nameof(Drivers))]
    public void Handle_0_is_not_redirected_to_the_manager(string driver)
    {
        Holder holder = new(driver);
        holder.Refuses("HandleNotFound", Errno.ENOENT, client => client.RequestNotification(0, HandleNotificationKind.Death, 7));
        holder.Client.AddReference(0L);
        holder.Death(handle: 0);
        holder.Session.ExitProcess(holder.World.Manager);
        holder.Reads(Dead);
    }

    [Theory]
    [MemberData(nameof(Drivers))]
    public void An_unknown_handle_and_a_second_request_are_refused(string driver) => new Holder(driver).Death()
        .Refuses("HandleNotFound", Errno.ENOENT, client => client.RequestNotification(5, HandleNotificationKind.Death, 8))
        .Refuses("HandleNotFound", Errno.ENOENT, client => client.RequestNotification(1L << 32, HandleNotificationKind.Death, 8))
        .Refuses("NotificationExists", Errno.EEXIST, client => client.RequestNotification(1, HandleNotificationKind.Death, 8));

    [Theory]
    [MemberData(nameof(Drivers))]
    public void Cookies_need_not_be_unique_and_the_first_delivered_is_completed(string driver)
    {
        Holder holder = new Holder(driver, handles: 2).Death().Death(handle: 2).Exit();
        holder.Reads(Dead, Dead).Done().Is(Done, Delivered).Done().Is(Done, Done);
    }

    [Theory]
    [MemberData(nameof(Drivers))]
    public void The_cookie_is_the_handle_by_default(string driver)
    {
        Holder holder = new(driver);
        Assert.Equal(1UL, holder.Client.RequestNotification(1, HandleNotificationKind.Death).Cookie);
        Assert.Null(holder.Client.ClearNotification(1, HandleNotificationKind.Death).Handle is 1 ? null : "the handle is not told");
    }

    [Theory]
    [MemberData(nameof(Drivers))]
    public void Death_is_told_once_and_stays_set_until_it_is_cleared(string driver) => new Holder(driver).Death().Reads()
        .Exit().Is(Queued).Reads(Dead).Is(Delivered).Reads().Done().Is(Done).Reads()
        .Clear().Is(Cleared).Reads(Confirmed).Is().Reads();

    [Theory]
    [MemberData(nameof(Drivers))]
    public void A_request_for_a_dead_owner_is_told_at_once(string driver) => new Holder(driver).Exit().Death().Is(Queued).Reads(Dead);

    [Theory]
    [MemberData(nameof(Drivers))]
    public void A_removed_node_is_told_as_if_its_owner_had_exited(string driver)
    {
        Holder holder = new Holder(driver).Death();
        holder.Session.RemoveNode(holder.Client.GetReference(1)!.Node);
        holder.Reads(Dead);
    }

    [Theory]
    [MemberData(nameof(Drivers))]
    public void Clearing_while_the_owner_is_alive_is_confirmed_at_once_and_death_is_not_told(string driver) =>
        new Holder(driver).Death().Clear().Is(Cleared).Exit().Reads(Confirmed).Is();

    [Theory]
    [MemberData(nameof(Drivers))]
    public void Clearing_before_death_is_read_is_confirmed_after_completion(string driver) =>
        new Holder(driver).Death().Exit().Clear().Is(Clearing).Reads(Dead).Is(Clearing).Done().Is(Cleared).Reads(Confirmed).Is();

    [Theory]
    [MemberData(nameof(Drivers))]
    public void Clearing_before_completion_is_confirmed_after_completion(string driver) =>
        new Holder(driver).Death().Exit().Reads(Dead).Clear().Is(Clearing).Reads().Done().Reads(Confirmed).Is();

    [Theory]
    [MemberData(nameof(Drivers))]
    public void A_cleared_reference_can_have_another_notification_at_once(string driver) =>
        new Holder(driver).Death().Exit().Clear().Death(cookie: 8).Is(Queued, Clearing)
            .Reads(Dead, "DEAD_BINDER 8").Done().Reads(Confirmed).Is(Delivered).Done(8).Is(Done);

    [Theory]
    [MemberData(nameof(Drivers))]
    public void What_cannot_be_cleared_or_completed_is_refused(string driver) => new Holder(driver, handles: 2).Death()
        .Refuses("HandleNotFound", Errno.ENOENT, client => client.ClearNotification(5, HandleNotificationKind.Death, 7))
        .Refuses("NotificationNotFound", Errno.ENOENT, client => client.ClearNotification(2, HandleNotificationKind.Death, 7))
        .Refuses("NotificationNotFound", Errno.ENOENT, client => client.ClearNotification(1, HandleNotificationKind.Death, 8))
        .Refuses("NotificationNotFound", Errno.ENOENT, client => client.ClearNotification(1, HandleNotificationKind.Freeze, 7))
        .Refuses("NotificationNotFound", Errno.ENOENT, client => client.CompleteNotification(HandleNotificationKind.Death, 7))
        .Exit().Refuses("NotificationNotFound", Errno.ENOENT, client => client.CompleteNotification(HandleNotificationKind.Death, 7));

    [Theory]
    [MemberData(nameof(Drivers))]
    public void Dropping_aborts_what_is_requested_queued_or_delivered(string driver)
    {
        new Holder(driver).Death().Drop().Is().Exit().Reads();
        new Holder(driver).Death().Exit().Drop().Is().Reads();
        new Holder(driver).Death().Exit().Reads(Dead).Drop().Is().Reads()
            .Refuses("NotificationNotFound", Errno.ENOENT, client => client.CompleteNotification(HandleNotificationKind.Death, 7));
        new Holder(driver).Death().Exit().Reads(Dead).Done().Drop().Is().Reads();
    }

    [Theory]
    [MemberData(nameof(Drivers))]
    public void Dropping_does_not_affect_what_is_cleared(string driver)
    {
        new Holder(driver).Death().Clear().Drop().Reads(Confirmed);
        new Holder(driver).Death().Exit().Clear().Drop().Reads(Dead).Done().Reads(Confirmed);
        new Holder(driver).Death().Exit().Reads(Dead).Clear().Drop().Done().Reads(Confirmed).Is();
    }

    [Theory]
    [MemberData(nameof(Drivers))]
    public void Removing_one_of_two_counts_drops_nothing(string driver)
    {
        Holder holder = new Holder(driver).Death();
        holder.Client.AddReference(1L);
        holder.Client.RemoveReference(1);
        holder.Exit().Reads(Dead);
    }

    [Theory]
    [MemberData(nameof(Drivers))]
    public void All_notifications_of_a_holder_leave_when_it_exits(string driver)
    {
        Holder holder = new Holder(driver, handles: 2).Death().Death(handle: 2).Clear(handle: 2);
        holder.Session.ExitProcess(holder.Client);
        Assert.Empty(holder.Client.GetNotifications());
        holder.Exit();
        Assert.Empty(holder.Client.GetNotifications());
        Assert.All(
            new Action[]
            {
                () => holder.Client.ReceiveNotifications(),
                () => holder.Client.RequestNotification(1, HandleNotificationKind.Death, 7),
                () => holder.Client.ClearNotification(1, HandleNotificationKind.Death, 7),
                () => holder.Client.CompleteNotification(HandleNotificationKind.Death, 7),
            },
            operation => Refused.With("ProcessDead", Errno.ESRCH, operation));
    }

    [Theory]
    [MemberData(nameof(Drivers))]
    public void Each_holder_is_told_in_the_order_of_nodes(string driver)
    {
        Holder holder = new Holder(driver, handles: 3).Death(cookie: 1, handle: 3).Death(cookie: 2, handle: 1).Death(cookie: 3, handle: 2);
        HandleProcess other = holder.Session.CreateProcess("other");
        other.AddReference(holder.Client.GetReference(2)!.Node);
        other.RequestNotification(1, HandleNotificationKind.Death, 9);
        holder.Exit().Reads("DEAD_BINDER 2", "DEAD_BINDER 3", "DEAD_BINDER 1");
        Assert.Equal([9UL], other.ReceiveNotifications().Select(read => read.Cookie!.Value));
    }

    [Theory]
    [MemberData(nameof(Drivers))]
    public void A_thread_reads_its_own_confirmations_first(string driver) =>
        new Holder(driver, handles: 2).Death().Death(cookie: 8, handle: 2).Exit().Reads(Dead, "DEAD_BINDER 8").Done().Clear()
            .Clear(cookie: 8, handle: 2).Done(8).Reads(Confirmed, "CLEAR_DEATH_NOTIFICATION_DONE 8");

    [Theory]
    [MemberData(nameof(Drivers))]
    public void A_limit_leaves_the_rest_to_the_next_read(string driver)
    {
        Holder holder = new Holder(driver, handles: 2).Death().Death(cookie: 8, handle: 2).Exit();
        Assert.Equal(7UL, Assert.Single(holder.Client.ReceiveNotifications(1)).Cookie);
        holder.Reads("DEAD_BINDER 8");
        Assert.Throws<ArgumentOutOfRangeException>(() => holder.Client.ReceiveNotifications(0));
    }

    [Fact]
    public void Events_tell_the_life_of_a_notification()
    {
        Holder holder = new Holder("C").Death().Exit().Reads(Dead).Done().Clear().Reads(Confirmed).Death().Drop();
        Assert.Equal(
            [
                "The death notification of cookie 7 was requested.", "The death notification of cookie 7 was queued as BR_DEAD_BINDER.",
                "The death notification of cookie 7 was received as BR_DEAD_BINDER.", "The death notification of cookie 7 was completed.",
                "The death notification of cookie 7 was cleared.", "The death notification of cookie 7 was received as BR_CLEAR_DEATH_NOTIFICATION_DONE.",
                "The death notification of cookie 7 was requested.", "The death notification of cookie 7 was queued as BR_DEAD_BINDER.",
                "The death notification of cookie 7 was dropped with handle 1.",
            ],
            holder.Session.GetEvents().Where(each => each.Process == holder.Client).Select(each => each.Message));
    }

    [Fact]
    public void Others_that_would_be_told_of_a_death_are_listed_once_each_by_pid()
    {
        World world = new();
        HandleNode[] nodes = [world.NewNode(), world.NewNode()];
        HandleProcess late = world.Session.CreateProcess("late");
        foreach (HandleProcess holder in new[] { late, world.Client, world.Server })
        {
            foreach (HandleNode node in nodes)
                holder.RequestNotification(holder.AddReference(node).Handle, HandleNotificationKind.Death);
        }

        Assert.Equal([world.Client, late], world.Server.FindDeathRecipients());
        Assert.Empty(world.Client.FindDeathRecipients());
    }

    [Fact]
    public void A_read_takes_at_least_one_message_and_each_tells_its_kind()
    {
        Holder holder = new Holder("C", handles: 2).Death().Death(handle: 2);
        holder.Client.RequestNotification(1, HandleNotificationKind.Freeze);
        holder.Client.ClearNotification(1, HandleNotificationKind.Death, 7);
        holder.Exit();
        Assert.Throws<ArgumentOutOfRangeException>(() => holder.Client.ReceiveNotifications(0));

        HandleReturn[] read = [.. holder.Client.ReceiveNotifications(1), .. holder.Client.ReceiveNotifications()];

        Assert.Equal([("BR_CLEAR_DEATH_NOTIFICATION_DONE", HandleNotificationKind.Death), ("BR_FROZEN_BINDER", HandleNotificationKind.Freeze), ("BR_DEAD_BINDER", HandleNotificationKind.Death)],
            read.Select(each => ($"{each.Return}", each.Kind)));
    }
}
