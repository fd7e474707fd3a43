using static HandlePool.HandleNotificationState;

namespace HandlePool.Tests.Notifications;

/// <summary>The rules of freeze notifications, by driver where they differ.</summary>
public sealed class FreezeTests
{
    private const HandleNotificationKind Kind = HandleNotificationKind.Freeze;
    private const string Thawed = "FROZEN_BINDER 7 thawed";
    private const string Frozen = "FROZEN_BINDER 7 frozen";
    private const string Confirmed = "CLEAR_FREEZE_NOTIFICATION_DONE 7";

    public static TheoryData<string> Drivers => Holder.Drivers;

    [Theory]
    [MemberData(nameof(Drivers))]
    public void The_present_state_is_told_at_once_and_each_change_after_completion(string driver) => new Holder(driver).Freeze().Is(Queued)
        .Reads(Thawed).Is(Delivered).Done(kind: Kind).Is(Requested).Suspend().Reads(Frozen).Done(kind: Kind).Resume().Reads(Thawed);

    [Theory]
    [MemberData(nameof(Drivers))]
    public void A_request_for_a_frozen_owner_tells_that(string driver) => new Holder(driver).Suspend().Freeze().Reads(Frozen);

    [Theory]
    [MemberData(nameof(Drivers))]
    public void Freezing_is_by_pid_in_all_contexts(string driver)
    {
        Holder holder = new(driver);
        HandleProcess other = holder.Session.CreateProcess("server", holder.Server.Id, "hwbinder");
        Assert.Equal([holder.Server, other], holder.Session.SuspendProcess(other));
        Assert.True(holder.Server.IsFrozen && other.IsFrozen && !holder.Client.IsFrozen);
        holder.Freeze().Reads(Frozen);
        holder.Session.ResumeProcess(holder.Server);
        Assert.False(holder.Server.IsFrozen || other.IsFrozen);
        Assert.Equal([HandleEventKind.ProcessFrozen, HandleEventKind.ProcessFrozen, HandleEventKind.ProcessThawed, HandleEventKind.ProcessThawed],
            holder.Session.GetEvents().Select(each => each.Kind).Where(kind => kind is HandleEventKind.ProcessFrozen or HandleEventKind.ProcessThawed));
    }

    [Fact]
    public void During_freezing_an_owner_counts_as_frozen_under_C_only()
    {
        new Holder("C").BeginSuspend().Freeze().Reads(Frozen).Done(kind: Kind).Suspend().Reads(Frozen);
        new Holder("Rust").BeginSuspend().Freeze().Reads(Thawed).Done(kind: Kind).Suspend().Reads(Frozen);
    }

    [Fact]
    public void A_failed_freezing_tells_nobody_so_that_C_leaves_a_wrong_state()
    {
        new Holder("C").Freeze().Reads(Thawed).Done(kind: Kind).BeginSuspend().Reads().FailSuspend().Reads();
        new Holder("C").BeginSuspend().Freeze().FailSuspend().Reads(Frozen).Done(kind: Kind).Reads();
        new Holder("Rust").BeginSuspend().Freeze().FailSuspend().Reads(Thawed).Done(kind: Kind).Reads();
    }

    [Fact]
    public void Freezing_a_frozen_process_that_fails_leaves_it_thawed()
    {
        new Holder("C").Suspend().Freeze().BeginSuspend().FailSuspend().Reads(Frozen);
        new Holder("Rust").Suspend().Freeze().BeginSuspend().Reads(Thawed).FailSuspend().Done(kind: Kind).Reads();
    }

    [Theory]
    [MemberData(nameof(Drivers))]
    public void A_freezing_that_has_begun_ends_by_success_thawing_or_exit(string driver)
    {
        Holder holder = new(driver);
        HandleProcess server = holder.Server;
        holder.BeginSuspend();
        Assert.True(server is { IsFreezing: true, IsFrozen: false });
        holder.Suspend();
        Assert.True(server is { IsFreezing: false, IsFrozen: true });
        holder.BeginSuspend().Resume();
        Assert.True(server is { IsFreezing: false, IsFrozen: false });
        holder.BeginSuspend().FailSuspend();
        Assert.True(server is { IsFreezing: false, IsFrozen: false });
        holder.BeginSuspend().Exit();
        Assert.True(server is { IsFreezing: false, IsFrozen: false });
        Assert.Equal(
            [
                HandleEventKind.FreezeBegun, HandleEventKind.ProcessFrozen, HandleEventKind.FreezeBegun, HandleEventKind.ProcessThawed,
                HandleEventKind.FreezeBegun, HandleEventKind.FreezeFailed, HandleEventKind.FreezeBegun, HandleEventKind.ProcessExit,
            ],
            holder.Session.GetEvents().Select(each => each.Kind));
    }

    [Theory]
    [MemberData(nameof(Drivers))]
    public void Freezing_goes_from_context_to_context_and_what_is_frozen_stays_so(string driver)
    {
        Holder holder = new(driver);
        HandleProcess other = holder.Session.CreateProcess("server", holder.Server.Id, "hwbinder");
        Assert.Equal([holder.Server, other], holder.Session.BeginSuspendProcess(other));
        Assert.True(holder.Server.IsFrozen && other.IsFreezing);
        holder.Session.ResumeProcess(other);
        holder.Session.FailFreezes(other);
        Refused.With("ProcessBusy", Errno.EAGAIN, () => holder.Session.SuspendProcess(holder.Server));
        Assert.True(holder.Server.IsFrozen && !other.IsFrozen);

        // One that was frozen before is not any more.
        holder.Session.FailFreezes(holder.Server);
        Refused.With("ProcessBusy", Errno.EAGAIN, () => holder.Session.SuspendProcess(holder.Server));
        Assert.False(holder.Server.IsFrozen);
    }

    [Theory]
    [MemberData(nameof(Drivers))]
    public void An_exited_process_is_not_frozen_and_cannot_be(string driver)
    {
        Holder holder = new Holder(driver).Suspend().Exit();
        Assert.False(holder.Server.IsFrozen);
        Refused.With("ProcessDead", Errno.ESRCH, () => holder.Session.SuspendProcess(holder.Server));
        Refused.With("ProcessNotFound", Errno.ENOENT, () => holder.Session.ResumeProcess(new HandleSession().CreateProcess()));
    }

    [Theory]
    [MemberData(nameof(Drivers))]
    public void What_the_driver_answers_with_EINVAL_is_refused(string driver) => new Holder(driver, handles: 2).Freeze()
        .Refuses("HandleNotFound", Errno.ENOENT, client => client.RequestNotification(5, Kind, 8))
        .Refuses("NotificationExists", Errno.EEXIST, client => client.RequestNotification(1, Kind, 8))
        .Refuses("NotificationNotFound", Errno.ENOENT, client => client.CompleteNotification(Kind, 7))
        .Refuses("NotificationNotFound", Errno.ENOENT, client => client.CompleteNotification(Kind, 8))
        .Refuses("HandleNotFound", Errno.ENOENT, client => client.ClearNotification(5, Kind, 7))
        .Refuses("NotificationNotFound", Errno.ENOENT, client => client.ClearNotification(2, Kind, 7))
        .Refuses("NotificationNotFound", Errno.ENOENT, client => client.ClearNotification(1, Kind, 8));

    [Theory]
    [MemberData(nameof(Drivers))]
    public void A_reference_may_have_one_of_each_kind_with_the_same_cookie(string driver) =>
        new Holder(driver).Death().Freeze().Is(Requested, Queued).Exit().Reads(Thawed, "DEAD_BINDER 7").Done().Done(kind: Kind).Reads();

    [Fact]
    public void Under_C_a_cookie_may_be_used_twice() =>
        new Holder("C", handles: 2).Freeze().Freeze(handle: 2).Reads(Thawed, Thawed).Done(kind: Kind).Is(Requested, Delivered);

    [Theory]
    [InlineData("Rust")]
    [InlineData("Rust before 7.2")]
    public void Under_Rust_a_cookie_is_taken_until_its_confirmation_is_read(string driver) => new Holder(driver, handles: 2).Freeze()
        .Refuses("CookieInUse", Errno.EINVAL, client => client.RequestNotification(2, Kind, 7))
        .Clear(kind: Kind)
        .Refuses("CookieInUse", Errno.EINVAL, client => client.RequestNotification(2, Kind, 7))
        .Reads(Confirmed).Freeze(handle: 2).Reads(Thawed);

    [Theory]
    [InlineData("Rust")]
    [InlineData("Rust before 7.2")]
    public void Under_Rust_the_same_node_may_use_the_cookie_again_while_it_is_cleared(string driver)
    {
        // Nothing was pending: the first confirmation stands for the first request.
        new Holder(driver).Freeze().Clear(kind: Kind).Freeze().Reads(Confirmed, Thawed).Done(kind: Kind).Reads();

        // One was pending: each needs its own completion, and gets its own confirmation.
        new Holder(driver).Freeze().Reads(Thawed).Clear(kind: Kind).Freeze().Reads(Thawed)
            .Done(kind: Kind).Reads(Confirmed).Done(kind: Kind).Reads().Is(Requested);
        new Holder(driver).Freeze().Reads(Thawed).Clear(kind: Kind).Freeze().Clear(kind: Kind).Reads(Confirmed)
            .Done(kind: Kind).Reads(Confirmed).Is();
    }

    [Fact]
    public void Under_C_a_dead_owner_is_not_told_of() => new Holder("C").Exit().Freeze().Is(Requested).Reads().Clear(kind: Kind).Reads(Confirmed);

    [Fact]
    public void Under_Rust_a_dead_owner_is_told_to_be_thawed() => new Holder("Rust").Suspend().Exit().Freeze().Reads(Thawed);

    [Fact]
    public void Under_C_what_is_queued_when_the_owner_exits_tells_its_last_state()
    {
        new Holder("C").Suspend().Freeze().Exit().Reads(Frozen);
        new Holder("Rust").Suspend().Freeze().Exit().Reads(Thawed);
    }

    [Theory]
    [MemberData(nameof(Drivers))]
    public void The_exit_of_the_owner_queues_nothing(string driver) => new Holder(driver).Freeze().Reads(Thawed).Done(kind: Kind).Exit().Reads();

    [Fact]
    public void Freezing_and_thawing_before_it_is_read_is_told_by_C_only()
    {
        new Holder("C").Freeze().Reads(Thawed).Done(kind: Kind).Suspend().Resume().Reads(Thawed).Done(kind: Kind).Reads();
        new Holder("Rust").Freeze().Reads(Thawed).Done(kind: Kind).Suspend().Resume().Reads();
    }

    [Fact]
    public void Freezing_and_thawing_while_pending_is_told_again_by_C_only()
    {
        new Holder("C").Freeze().Reads(Thawed).Suspend().Resume().Reads().Done(kind: Kind).Reads(Thawed);
        new Holder("Rust").Freeze().Reads(Thawed).Suspend().Resume().Reads().Done(kind: Kind).Reads();
    }

    [Theory]
    [MemberData(nameof(Drivers))]
    public void A_change_while_pending_is_told_after_completion(string driver) =>
        new Holder(driver).Freeze().Reads(Thawed).Suspend().Reads().Done(kind: Kind).Reads(Frozen);

    [Fact]
    public void Freezing_a_frozen_process_is_told_again_by_C_only()
    {
        new Holder("C").Suspend().Freeze().Reads(Frozen).Done(kind: Kind).Suspend().Reads(Frozen);
        new Holder("Rust").Suspend().Freeze().Reads(Frozen).Done(kind: Kind).Suspend().Reads();
    }

    [Theory]
    [MemberData(nameof(Drivers))]
    public void Clearing_is_confirmed_once_nothing_is_pending(string driver)
    {
        new Holder(driver).Freeze().Clear(kind: Kind).Is(Cleared).Reads(Confirmed).Is();
        new Holder(driver).Freeze().Reads(Thawed).Clear(kind: Kind).Is(Clearing).Reads().Done(kind: Kind).Is(Cleared).Reads(Confirmed).Is();
        new Holder(driver).Freeze().Reads(Thawed).Done(kind: Kind).Clear(kind: Kind).Suspend().Reads(Confirmed).Is();
    }

    [Theory]
    [InlineData("C")]
    [InlineData("Rust")]
    public void Dropping_the_reference_drops_what_is_queued_and_delivered(string driver)
    {
        new Holder(driver).Freeze().Drop().Is().Suspend().Reads();
        new Holder(driver).Freeze().Reads(Thawed).Drop().Is()
            .Refuses("NotificationNotFound", Errno.ENOENT, client => client.CompleteNotification(Kind, 7));
        new Holder(driver, handles: 2).Freeze().Drop().Freeze(handle: 2).Reads(Thawed);
    }

    [Theory]
    [InlineData("C", "DEAD_BINDER 9", false, 0)]
    [InlineData("Rust", Thawed, false, 1)]
    [InlineData("C", "DEAD_BINDER 9", true, 0)]
    [InlineData("Rust", Thawed, true, 1)]
    public void A_message_of_a_dropped_reference_is_about_the_cookie_under_Rust(string driver, string first, bool fromFile, int lines)
    {
        Holder holder = new Holder(driver, handles: 3).Freeze().Death(cookie: 9, handle: 2);
        holder.Session.RemoveNode(holder.Client.GetReference(2)!.Node);
        holder.Drop().Is(Queued);
        holder = fromFile ? holder.Reload() : holder;
        Assert.Equal(lines, holder.WorkLines().Count(line => line == "has frozen binder"));
        holder.Freeze(handle: 3).Reads(first, first == Thawed ? "DEAD_BINDER 9" : Thawed);
    }

    [Theory]
    [InlineData("Rust", false)]
    [InlineData("Rust", true)]
    [InlineData("Rust before 7.2", false)]
    [InlineData("Rust before 7.2", true)]
    public void A_message_left_after_the_confirmation_is_about_the_cookie_under_Rust(string driver, bool fromFile)
    {
        Holder holder = new Holder(driver, handles: 3).Freeze().Clear(kind: Kind).Death(cookie: 9, handle: 2);
        holder.Session.RemoveNode(holder.Client.GetReference(2)!.Node);
        Assert.Equal(HandleReturnCode.BR_CLEAR_FREEZE_NOTIFICATION_DONE, Assert.Single(holder.Client.ReceiveNotifications(1)).Return);
        holder = fromFile ? holder.Reload() : holder;
        Assert.Equal(["has frozen binder", "has dead binder"], holder.WorkLines());
        holder.Freeze(handle: 3).Reads(Thawed, "DEAD_BINDER 9");
    }

    [Fact]
    public void A_message_of_nobody_is_dropped_when_it_is_read() =>
        new Holder("Rust").Freeze().Drop().Reload().Is().Reads().Is();

    [Fact]
    public void Under_Rust_before_7_2_the_listener_of_a_dropped_reference_leaks()
    {
        Holder holder = new Holder("Rust before 7.2", handles: 2).Freeze().Drop().Is(Leaked)
            .Refuses("CookieInUse", Errno.EINVAL, client => client.RequestNotification(2, Kind, 7))
            .Reads(Thawed).Suspend().Reads().Done(kind: Kind).Reads(Frozen);
        holder.Session.ExitProcess(holder.Client);
        Assert.Empty(holder.Client.GetNotifications());
    }

    [Theory]
    [MemberData(nameof(Drivers))]
    public void A_cleared_freeze_notification_survives_its_reference(string driver) =>
        new Holder(driver).Freeze().Reads(Thawed).Clear(kind: Kind).Drop().Done(kind: Kind).Reads(Confirmed).Is();
}
