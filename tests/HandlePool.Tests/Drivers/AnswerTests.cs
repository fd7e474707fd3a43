using HandlePool.Tables;

namespace HandlePool.Tests.Drivers;

/// <summary>What a driver tells user space, and logs, where the model refuses an operation.</summary>
public class AnswerTests
{
    [Theory]
    [InlineData(HandleDriver.HandlePool, null, null)]
    [InlineData(HandleDriver.Rust, DriverAnswer.Success, "3: no such ref 40")]
    [InlineData(HandleDriver.C, DriverAnswer.Success, "3:3 Acquire 1 refcount change on invalid ref 40 ret -22")]
    public void An_unknown_handle(HandleDriver driver, DriverAnswer? answer, string? log)
    {
        World world = Of(driver);
        IsAnswered(world.Refuses(HandleErrorIds.HandleNotFound, Errno.ENOENT, () => world.Client.AddReference(40)), answer, log);
    }

    [Theory]
    [InlineData(HandleDriver.HandlePool, null, null)]
    [InlineData(HandleDriver.Rust, DriverAnswer.Success, "3: no such ref 40")]
    [InlineData(HandleDriver.C, DriverAnswer.Success, "3:3 Release 1 refcount change on invalid ref 40 ret -22")]
    public void A_drop_of_an_unknown_handle(HandleDriver driver, DriverAnswer? answer, string? log)
    {
        World world = Of(driver);
        IsAnswered(world.Refuses(HandleErrorIds.HandleNotFound, Errno.ENOENT, () => world.Client.DropReference(40)), answer, log);
    }

    [Theory]
    [InlineData(HandleDriver.HandlePool, null, null)]
    [InlineData(HandleDriver.Rust, DriverAnswer.Success, null)]
    [InlineData(HandleDriver.C, DriverAnswer.Success, "tried to use weak ref as strong ref\n3:3 Acquire 1 refcount change on invalid ref 1 ret -22")]
    public void A_strong_increase_of_a_weak_reference(HandleDriver driver, DriverAnswer? answer, string? log)
    {
        World world = Of(driver);
        world.Client.AddReference(world.NewNode(), strong: 0, weak: 1);
        IsAnswered(world.Refuses(HandleErrorIds.WeakReferenceOnly, Errno.EINVAL, () => world.Client.AddReference(1)), answer, log);
    }

    [Theory]
    [InlineData(HandleDriver.Rust, true, null)]
    [InlineData(HandleDriver.Rust, false, "pid 3 performed invalid decrement on ref")]
    [InlineData(HandleDriver.C, true, "tried to use weak ref as strong ref\n3:3 Release 1 refcount change on invalid ref 1 ret -22")]
    [InlineData(HandleDriver.C, false, "3 invalid dec weak, desc 1 s 1 w 0")]
    public void A_decrease_below_0(HandleDriver driver, bool isStrong, string? log)
    {
        World world = Of(driver);
        (int strong, int weak) = isStrong ? (1, 0) : (0, 1);
        world.Client.AddReference(world.NewNode(), weak, strong);
        IsAnswered(world.Refuses(HandleErrorIds.CountUnderflow, Errno.EINVAL, () => world.Client.RemoveReference(1, strong, weak)),
            DriverAnswer.Success, log);
    }

    [Theory]
    [InlineData(HandleDriver.Rust, 1, 0, 2, 0, "3: no such ref 1")]
    [InlineData(HandleDriver.Rust, 0, 1, 0, 2, "3: no such ref 1")]
    [InlineData(HandleDriver.Rust, 1, 1, 2, 0, null)]
    [InlineData(HandleDriver.Rust, 1, 1, 0, 2, "pid 3 performed invalid decrement on ref")]
    [InlineData(HandleDriver.Rust, 1, 1, 1, 2, "3: no such ref 1")]
    [InlineData(HandleDriver.C, 1, 0, 2, 0, "3:3 Release 1 refcount change on invalid ref 1 ret -22")]
    [InlineData(HandleDriver.C, 0, 1, 0, 2, "3:3 DecRefs 0 refcount change on invalid ref 1 ret -22")]
    [InlineData(HandleDriver.C, 1, 1, 2, 0, "tried to use weak ref as strong ref\n3:3 Release 1 refcount change on invalid ref 1 ret -22")]
    [InlineData(HandleDriver.C, 1, 1, 0, 2, "3 invalid dec weak, desc 1 s 1 w 0")]
    [InlineData(HandleDriver.C, 1, 1, 1, 2, "3:3 DecRefs 0 refcount change on invalid ref 1 ret -22")]
    public void Of_several_decreases_the_first_that_fails_is_answered(HandleDriver driver, int strong, int weak, int lessStrong, int lessWeak, string? log)
    {
        World world = Of(driver);
        world.Client.AddReference(world.NewNode(), strong, weak);
        IsAnswered(world.Refuses(HandleErrorIds.CountUnderflow, Errno.EINVAL, () => world.Client.RemoveReference(1, lessStrong, lessWeak)),
            DriverAnswer.Success, log);
    }

    [Theory]
    [InlineData(HandleDriver.Rust, -1, "4294967295")]
    [InlineData(HandleDriver.Rust, uint.MaxValue, "4294967295")]
    [InlineData(HandleDriver.C, -1, "-1")]
    [InlineData(HandleDriver.C, uint.MaxValue, "-1")]
    [InlineData(HandleDriver.Rust, 1L << 40, null)]
    [InlineData(HandleDriver.C, 1L << 40, null)]
    public void A_handle_is_logged_as_the_32_bits_of_a_command(HandleDriver driver, long handle, string? logged)
    {
        World world = Of(driver);
        (DriverAnswer?, DriverAnswer?) answers = logged is null ? (null, null) : (DriverAnswer.Success, DriverAnswer.EINVAL);
        string thread = driver == HandleDriver.C ? "3:3 " : "";
        IsAnswered(world.Refuses("HandleNotFound", Errno.ENOENT, () => world.Client.AddReference(handle)), answers.Item1,
            logged is null ? null : driver == HandleDriver.C ? $"3:3 Acquire 1 refcount change on invalid ref {logged} ret -22" : $"3: no such ref {logged}");
        IsAnswered(world.Refuses("HandleNotFound", Errno.ENOENT, () => world.Client.RequestNotification(handle, HandleNotificationKind.Freeze)),
            answers.Item2, logged is null ? null : $"{thread}BC_REQUEST_FREEZE_NOTIFICATION invalid ref {logged}");
    }

    [Theory]
    [InlineData(HandleDriver.HandlePool, null)]
    [InlineData(HandleDriver.Rust, DriverAnswer.Success)]
    [InlineData(HandleDriver.C, DriverAnswer.EINVAL)]
    public void Freezing_a_pid_that_is_not_there_fails_under_C_only(HandleDriver driver, DriverAnswer? answer)
    {
        World world = Of(driver);
        world.Session.ExitProcess(world.Server);
        IsAnswered(Refused.With("ProcessDead", Errno.ESRCH, () => world.Session.SuspendProcess(world.Server)), answer, null);
        IsAnswered(Refused.With("ProcessDead", Errno.ESRCH, () => world.Session.ResumeProcess(world.Server)), answer, null);
        OperationPlayer player = new(world.Session);
        IsAnswered(player.Play(new HandleOperation { Operation = HandleOperationKind.SuspendProcess, Id = 99 }).Error!, answer, null);

        // The pid may be alive in another context, where the driver freezes it.
        world.Session.CreateProcess("server", world.Server.Id, "hwbinder");
        IsAnswered(Refused.With("ProcessDead", Errno.ESRCH, () => world.Session.SuspendProcess(world.Server)), null, null);
    }

    [Theory]
    [InlineData(HandleDriver.Rust, "3: no such ref 0")]
    [InlineData(HandleDriver.C, "3:3 IncRefs 0 refcount change on invalid ref 0 ret -22")]
    public void Handle_0_without_a_manager(HandleDriver driver, string log)
    {
        World world = Of(driver);
        world.Session.ExitProcess(world.Manager);
        IsAnswered(world.Refuses(HandleErrorIds.ManagerMissing, Errno.ENOENT, () => world.Client.AddReference(0, strong: 0, weak: 1)),
            DriverAnswer.Success, log);
    }

    [Theory]
    [InlineData(HandleDriver.HandlePool, null, null)]
    [InlineData(HandleDriver.Rust, DriverAnswer.EINVAL, null)]
    [InlineData(HandleDriver.C, DriverAnswer.EINVAL, "1:1 context manager tried to acquire desc 0")]
    public void The_managers_increase_of_handle_0_is_the_only_one_that_user_space_learns_of(HandleDriver driver, DriverAnswer? answer, string? log)
    {
        World world = Of(driver);
        IsAnswered(world.Refuses(HandleErrorIds.ManagerSelfReference, Errno.EINVAL, () => world.Manager.AddReference(0)), answer, log);
    }

    [Fact]
    public void The_Rust_driver_ignores_that_an_increase_of_handle_0_fails()
    {
        World world = World.Holding(64, new HandleSessionOptions { Driver = HandleDriver.Rust });
        world.Session.ExitProcess(world.Manager);
        world.Session.CreateProcess("next", isManager: true);
        world.Session.FailAllocations();
        IsAnswered(world.Refuses(HandleErrorIds.AllocationFailed, Errno.ENOMEM, () => world.Client.AddReference(0)), DriverAnswer.Success, null);
    }

    [Theory]
    [InlineData(HandleDriver.HandlePool, null)]
    [InlineData(HandleDriver.Rust, DriverAnswer.FailedReply)]
    public void A_node_in_a_transaction_that_needs_memory(HandleDriver driver, DriverAnswer? answer)
    {
        World world = World.Holding(64, new HandleSessionOptions { Driver = driver });
        world.Session.FailAllocations();
        HandleNode node = world.NewNode();
        IsAnswered(world.Refuses(HandleErrorIds.AllocationFailed, Errno.ENOMEM, () => world.Client.AddReference(node)), answer, null);
    }

    [Fact]
    public void A_pool_that_is_corrupted()
    {
        World world = World.Holding(3, new HandleSessionOptions { Driver = HandleDriver.Rust });
        world.Session.FlipBit(world.Client, 2);
        HandleNode node = world.NewNode();
        IsAnswered(Refused.With(HandleErrorIds.PoolCorrupted, Errno.EUCLEAN, () => world.Client.AddReference(node)),
            DriverAnswer.FailedReply, "Detected mismatch between handle_is_present and by_handle");
    }

    [Theory]
    [InlineData("HandleNotFound", "BC_REQUEST_DEATH_NOTIFICATION invalid ref 9")]
    [InlineData("NotificationExists", "BC_REQUEST_DEATH_NOTIFICATION death notification already set")]
    [InlineData("Clear HandleNotFound", "BC_CLEAR_DEATH_NOTIFICATION invalid ref 9")]
    [InlineData("Clear none", "BC_CLEAR_DEATH_NOTIFICATION death notification not active")]
    [InlineData("Clear another", "BC_CLEAR_DEATH_NOTIFICATION death notification cookie mismatch", " 000000000000abcd != 0000000000000007")]
    [InlineData("Complete", "BC_DEAD_BINDER_DONE 0000000000000007 not found", "", true)]
    public void A_refused_command_about_a_death_succeeds_in_user_space(string which, string log, string onlyC = "", bool isSilentInRust = false)
    {
        IsAnsweredAboutNotification(HandleDriver.HandlePool, HandleNotificationKind.Death, which, null, null);
        IsAnsweredAboutNotification(HandleDriver.Rust, HandleNotificationKind.Death, which, DriverAnswer.Success, isSilentInRust ? null : log);
        IsAnsweredAboutNotification(HandleDriver.C, HandleNotificationKind.Death, which, DriverAnswer.Success, $"3:3 {log}{onlyC}");
    }

    [Theory]
    [InlineData("HandleNotFound", "BC_REQUEST_FREEZE_NOTIFICATION invalid ref 9")]
    [InlineData("NotificationExists", "BC_REQUEST_FREEZE_NOTIFICATION already set")]
    [InlineData("Clear HandleNotFound", "BC_CLEAR_FREEZE_NOTIFICATION invalid ref 9")]
    [InlineData("Clear none", "BC_CLEAR_FREEZE_NOTIFICATION freeze notification not active")]
    [InlineData("Clear another", "BC_CLEAR_FREEZE_NOTIFICATION freeze notification cookie mismatch", " 000000000000abcd != 0000000000000007")]
    [InlineData("Complete", "BC_FREEZE_NOTIFICATION_DONE 0000000000000007 not found")]
    public void A_refused_command_about_freezing_fails_with_EINVAL(string which, string log, string onlyC = "")
    {
        IsAnsweredAboutNotification(HandleDriver.HandlePool, HandleNotificationKind.Freeze, which, null, null);
        IsAnsweredAboutNotification(HandleDriver.Rust, HandleNotificationKind.Freeze, which, DriverAnswer.EINVAL, log);
        IsAnsweredAboutNotification(HandleDriver.C, HandleNotificationKind.Freeze, which, DriverAnswer.EINVAL, $"3:3 {log}{onlyC}");
    }

    [Fact]
    public void The_Rust_driver_tells_a_used_cookie_and_one_that_is_not_pending()
    {
        World world = Of(HandleDriver.Rust);
        world.Hold(2);
        world.Client.RequestNotification(1, HandleNotificationKind.Freeze, 7);
        IsAnswered(world.Refuses("CookieInUse", Errno.EINVAL, () => world.Client.RequestNotification(2, HandleNotificationKind.Freeze, 7)),
            DriverAnswer.EINVAL, "BC_REQUEST_FREEZE_NOTIFICATION duplicate cookie");
        IsAnswered(world.Refuses("NotificationNotFound", Errno.ENOENT, () => world.Client.CompleteNotification(HandleNotificationKind.Freeze, 7)),
            DriverAnswer.EINVAL, "BC_FREEZE_NOTIFICATION_DONE 0000000000000007 not pending");
    }

    [Theory]
    [InlineData(HandleDriver.HandlePool, null, null, null)]
    [InlineData(HandleDriver.Rust, DriverAnswer.ENOMEM, null, DriverAnswer.ENOMEM)]
    [InlineData(HandleDriver.C, DriverAnswer.Success, "3:3 BC_REQUEST_DEATH_NOTIFICATION failed", DriverAnswer.ENOMEM)]
    public void No_memory_for_a_notification_is_BR_ERROR_if_it_is_of_a_death(
        HandleDriver driver, DriverAnswer? answer, string? log, DriverAnswer? freezeAnswer)
    {
        World world = Of(driver);
        world.Session.FailNotifications(world.Client, count: 3);
        IsAnswered(Refused.With("AllocationFailed", Errno.ENOMEM, () => world.Client.RequestNotification(1, HandleNotificationKind.Freeze)), freezeAnswer, null);
        Assert.Empty(world.Client.ReceiveNotifications());
        for (int time = 0; time < 2; time++)
            IsAnswered(Refused.With("AllocationFailed", Errno.ENOMEM, () => world.Client.RequestNotification(1, HandleNotificationKind.Death)), answer, log);
        HandleReturn read = Assert.Single(world.Client.ReceiveNotifications());
        Assert.Equal((HandleReturnCode.BR_ERROR, HandleNotificationKind.Death, null, null), (read.Return, read.Kind, read.Cookie, read.IsFrozen));
        world.Refuses("HandleNotFound", Errno.ENOENT, () => world.Client.RequestNotification(1, HandleNotificationKind.Death));
    }

    [Theory]
    [InlineData(HandleDriver.HandlePool, null)]
    [InlineData(HandleDriver.Rust, DriverAnswer.EAGAIN)]
    [InlineData(HandleDriver.C, DriverAnswer.EAGAIN)]
    public void A_process_with_a_pending_transaction_cannot_be_frozen(HandleDriver driver, DriverAnswer? answer)
    {
        World world = Of(driver);
        world.Session.FailFreezes();
        IsAnswered(Refused.With("ProcessBusy", Errno.EAGAIN, () => world.Session.SuspendProcess(world.Server)), answer, null);
    }

    private static void IsAnsweredAboutNotification(HandleDriver driver, HandleNotificationKind kind, string which, DriverAnswer? answer, string? log)
    {
        World world = Of(driver);
        world.Hold(2);
        HandleProcess client = world.Client;
        client.RequestNotification(1, kind, 0xabcd);
        (string id, Errno errno, Action command) = which switch
        {
            "HandleNotFound" => ("HandleNotFound", Errno.ENOENT, (Action)(() => client.RequestNotification(9, kind, 7))),
            "NotificationExists" => (which, Errno.EEXIST, () => client.RequestNotification(1, kind, 7)),
            "Clear HandleNotFound" => ("HandleNotFound", Errno.ENOENT, () => client.ClearNotification(9, kind, 7)),
            "Clear none" => ("NotificationNotFound", Errno.ENOENT, () => client.ClearNotification(2, kind, 7)),
            "Clear another" => ("NotificationNotFound", Errno.ENOENT, () => client.ClearNotification(1, kind, 7)),
            _ => ("NotificationNotFound", Errno.ENOENT, () => client.CompleteNotification(kind, 7)),
        };
        IsAnswered(world.Refuses(id, errno, command), answer, log);
    }

    private static World Of(HandleDriver driver) => new(new HandleSessionOptions { Driver = driver });

    private static void IsAnswered(HandleException refused, DriverAnswer? answer, string? log) =>
        Assert.Equal((answer, log), (refused.DriverAnswer, refused.DriverLog));
}
