using System.Text;
using System.Text.RegularExpressions;
using HandlePool.Dumps;
using HandlePool.Tests.Dumps;
using HandlePool.Tests.SessionFiles;
using static HandlePool.HandleNotificationState;

namespace HandlePool.Tests.Notifications;

/// <summary>Session files and dumps keep notifications, and operations that are recorded replay to the same ones.</summary>
public sealed class NotificationFileTests
{
    private const HandleNotificationKind Freeze = HandleNotificationKind.Freeze;

    public static TheoryData<string> Drivers => Holder.Drivers;

    [Fact]
    public void A_session_file_keeps_each_state_and_the_order_of_what_is_queued()
    {
        Holder holder = EachState();
        holder.Session.SuspendProcess(holder.World.Manager);
        string text = SessionText.Of(holder.Session);
        HandleSession read = SessionText.Read(text);
        Assert.Equal(Observed.State(holder.Session), Observed.State(read));
        Assert.True(read.GetProcess("manager").IsFrozen);
        Assert.Equal(text, SessionText.Of(read));

        HandleProcess client = read.GetProcess("client");
        Assert.Equal(holder.Client.ReceiveNotifications().Select(Text), client.ReceiveNotifications().Select(Text));
        client.CompleteNotification(HandleNotificationKind.Death, 5);
        Assert.Equal("BR_CLEAR_DEATH_NOTIFICATION_DONE 5 ", Text(Assert.Single(client.ReceiveNotifications())));

        // Living nodes still tell.
        client.RequestNotification(8, HandleNotificationKind.Death, 99);
        read.ExitProcess(read.GetProcess("other"));
        Assert.Contains("BR_DEAD_BINDER 7 ", client.ReceiveNotifications().Select(Text));

        static string Text(HandleReturn read) => $"{read.Return} {read.Cookie} {read.IsFrozen}";
    }

    [Fact]
    public void A_file_of_version_1_has_no_notifications() =>
        Assert.All(SessionText.Read(SessionText.Small).GetProcesses(), process => Assert.True(process is { IsFrozen: false } && process.GetNotifications() is []));

    [Theory]
    [InlineData("\"isFrozen\":true", "\"isFrozen\":0", "$.processes[0].isFrozen: expected true or false, found 0")]
    [InlineData("\"isFrozen\":true,", "", "$.processes[0]: the member 'isFrozen' is missing")]
    [InlineData("\"kind\":\"Death\"", "\"kind\":\"Life\"", "$.processes[2].notifications[0].kind: expected one of Death, Freeze, found 'Life'")]
    [InlineData("\"cookie\":7", "\"cookie\":-7", "$.processes[2].notifications[0].cookie: expected a whole number from 0 to 18446744073709551615, found -7")]
    [InlineData("\"handle\":1,\"node\":1", "\"handle\":5,\"node\":1", "$.processes[2].notifications[0]: the process does not hold handle 5.")]
    [InlineData("\"handle\":1,\"node\":1", "\"handle\":1,\"node\":0", "$.processes[2].notifications[0]: handle 1 is for node 1.")]
    [InlineData("\"isCleared\":false,\"isDead\":false", "\"isCleared\":false,\"isDead\":true", "$.processes[2].notifications[0]: isDead is true, but node 1 is alive.")]
    [InlineData("\"delivered\":[]}\n]", "\"delivered\":[2]}\n]", "$.processes[2].delivered[0]: index 2 is out of range: the process has 2 notifications.")]
    [InlineData("\"kind\":\"Freeze\",\"handle\":1", "\"kind\":\"Death\",\"handle\":1", "$.processes[2].notifications[1]: $.processes[2].notifications[0] is already the Death notification of handle 1.")]
    [InlineData("\"isFreezing\":false", "\"isFreezing\":true", "$.processes[0].isFreezing: the process is frozen, so it cannot be about to be frozen.")]
    [InlineData("\"errorAfter\":null", "\"errorAfter\":1", "$.processes[0].errorAfter: expected null or a number from 0 to 0, found 1.")]
    [InlineData("\"driver\":\"Rust\",\"freezeListenerLeak\":false", "\"driver\":\"C\",\"freezeListenerLeak\":true",
        "$.options.freezeListenerLeak: only the Rust driver leaks listeners, and the driver is C.")]
    public void A_wrong_value_is_named_by_its_path(string right, string wrong, string message)
    {
        Holder holder = new Holder("Rust").Death().Freeze();
        holder.Session.SuspendProcess(holder.World.Manager);
        string text = SessionText.Of(holder.Session);
        int at = text.IndexOf(right, StringComparison.Ordinal);
        Assert.True(at >= 0, $"The file has no {right}: {text}");
        SessionText.IsRefused(text.Remove(at, right.Length).Insert(at, wrong), message);
    }

    [Theory]
    [MemberData(nameof(Drivers))]
    public void A_session_file_keeps_a_freezing_that_has_begun_and_a_leaking_driver(string driver)
    {
        Holder holder = new Holder(driver).BeginSuspend();
        HandleSession read = SessionText.Read(SessionText.Of(holder.Session));
        Assert.Equal(holder.Session.FreezeListenerLeak, read.FreezeListenerLeak);
        HandleProcess server = read.GetProcess("server"), client = read.GetProcess("client");
        Assert.True(server is { IsFreezing: true, IsFrozen: false });
        client.RequestNotification(1, Freeze);
        Assert.Equal(driver == "C", client.ReceiveNotifications()[0].IsFrozen);
        client.DropReference(1);
        Assert.Equal(read.FreezeListenerLeak, client.GetNotifications().Length == 1);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Session_files_and_dumps_keep_the_place_of_a_queued_error(int before)
    {
        Holder holder = new("C", handles: 3);
        for (int handle = 1; handle <= 2; handle++)
        {
            Fail(handle);
            holder.Death((ulong)handle, handle).Clear((ulong)handle, handle: handle);
        }

        Fail(3);
        string[] expected = ["CLEAR_DEATH_NOTIFICATION_DONE", "CLEAR_DEATH_NOTIFICATION_DONE"];
        expected = [.. expected[..before], "ERROR", .. expected[before..]];
        HandleSession read = SessionText.Read(SessionText.Of(holder.Session));
        using MemoryStream stream = new();
        DumpWriter.Write(stream, holder.Session);
        string dump = Encoding.UTF8.GetString(stream.ToArray());
        Assert.Contains("    transaction error: 2147774976\n", dump, StringComparison.Ordinal);
        HandleSession imported = DumpSource.Read(dump).Clean().Session;
        Assert.Equal([expected, expected, expected], new[] { holder.Session, read, imported }.Select(session =>
            session.GetProcess(holder.Client.Id).ReceiveNotifications().Select(message => message.Return.ToString()[3..])));

        void Fail(int handle)
        {
            if (handle != before + 1)
                return;
            holder.Session.FailNotifications(holder.Client);
            Refused.With("AllocationFailed", Errno.ENOMEM, () => holder.Death(9, handle));
        }
    }

    [Fact]
    public void A_dump_in_Rust_form_has_work_and_no_pointers()
    {
        Holder holder = EachState();
        using MemoryStream stream = new();
        DumpWriter.Write(stream, holder.Session, DumpForm.Rust);
        string text = Encoding.UTF8.GetString(stream.ToArray());
        Assert.DoesNotContain(" d ", text, StringComparison.Ordinal);
        Assert.Equal(
            [
                "    has cleared death notification", "  has dead binder", "  has cleared dead binder", "  has frozen binder",
                "  has delivered dead binder",
            ],
            Regex.Matches(text, " +has .*").Select(work => work.Value));
        DumpSource.Read(text).Clean();
    }

    [Fact]
    public void An_imported_notification_has_no_cookie_and_takes_any()
    {
        Holder holder = new Holder("C", handles: 3).Death().Death(cookie: 8, handle: 2);
        holder.Session.RemoveNode(holder.Client.GetReference(2)!.Node);
        using MemoryStream stream = new();
        DumpWriter.Write(stream, holder.Session);
        HandleSession imported = DumpSource.Read(Encoding.UTF8.GetString(stream.ToArray())).Clean().Session;
        HandleProcess client = imported.GetProcess(holder.Client.Id);
        Assert.Equal([(1, null, Requested), (2, null, Queued)], client.GetNotifications().Select(each => (each.Handle!.Value, each.Cookie, each.State)));
        imported.ExitProcess(imported.GetProcess(holder.Server.Id));
        Assert.Equal([HandleReturnCode.BR_DEAD_BINDER, HandleReturnCode.BR_DEAD_BINDER], client.ReceiveNotifications().Select(read => read.Return));
        client.CompleteNotification(HandleNotificationKind.Death, 1234);
        client.ClearNotification(2, HandleNotificationKind.Death, 1234);
        Assert.Equal([HandleReturnCode.BR_CLEAR_DEATH_NOTIFICATION_DONE], client.ReceiveNotifications().Select(read => read.Return));
    }

    [Fact]
    public void An_imported_notification_is_known_to_whatever_happens_first()
    {
        Holder holder = new Holder("C", handles: 2).Death().Death(cookie: 8, handle: 2);
        holder.Session.RemoveNode(holder.Client.GetReference(2)!.Node);
        holder.Reads("DEAD_BINDER 8");
        string dump = DumpOf(holder);
        int client = holder.Client.Id, server = holder.Server.Id;

        HandleSession died = Import(), removed = Import(), completed = Import(), cleared = Import(), dropped = Import(), requested = Import(), exited = Import();
        died.ExitProcess(died.GetProcess(server));
        Assert.Equal([HandleReturnCode.BR_DEAD_BINDER], died.GetProcess(client).ReceiveNotifications().Select(read => read.Return));
        removed.RemoveNode(removed.GetProcess(client).GetReference(1)!.Node);
        Assert.Equal([HandleReturnCode.BR_DEAD_BINDER], removed.GetProcess(client).ReceiveNotifications().Select(read => read.Return));
        Assert.Equal(Done, completed.GetProcess(client).CompleteNotification(HandleNotificationKind.Death, 8).State);
        Assert.Equal(Cleared, cleared.GetProcess(client).ClearNotification(1, HandleNotificationKind.Death).State);
        dropped.GetProcess(client).DropReference(1);
        Assert.Contains(dropped.GetEvents(), each => each.Kind == HandleEventKind.NotificationDropped);
        Refused.With("NotificationExists", Errno.EEXIST, () => requested.GetProcess(client).RequestNotification(1, HandleNotificationKind.Death));
        Assert.Equal([client], Import().GetProcess(server).FindDeathRecipients().Select(process => process.Id));
        exited.ExitProcess(exited.GetProcess(client));
        exited.ExitProcess(exited.GetProcess(server));
        Assert.DoesNotContain(exited.GetEvents(), each => each.Kind == HandleEventKind.NotificationQueued);

        HandleSession Import() => DumpSource.Read(dump).Clean().Session;
    }

    [Fact]
    public void An_error_after_an_import_is_read_after_the_imported_confirmations()
    {
        HandleSession imported = DumpSource.Read(DumpOf(new Holder("C").Death().Clear())).Clean().Session;
        HandleProcess client = imported.GetProcess(3);
        imported.FailNotifications(client);
        Refused.With("AllocationFailed", Errno.ENOMEM, () => client.RequestNotification(1, HandleNotificationKind.Death));

        Assert.Equal([HandleReturnCode.BR_CLEAR_DEATH_NOTIFICATION_DONE, HandleReturnCode.BR_ERROR], client.ReceiveNotifications().Select(read => read.Return));
    }

    [Fact]
    public void What_is_recorded_replays_to_the_same_notifications()
    {
        World world = new(isRecorded: true);
        world.Hold(3);
        HandleProcess client = world.Client;
        client.RequestNotification(1, HandleNotificationKind.Death, ulong.MaxValue);
        client.RequestNotification(2, Freeze);
        client.RequestNotification(3, HandleNotificationKind.Death, 7);
        Assert.Throws<HandleException>(() => client.RequestNotification(1, HandleNotificationKind.Death));
        world.Session.SuspendProcess(world.Server);
        client.ReceiveNotifications(1);
        client.CompleteNotification(Freeze, 2);
        world.Session.ResumeProcess(world.Server);
        client.ClearNotification(3, HandleNotificationKind.Death, 7);
        world.Session.ExitProcess(world.Server);
        client.ReceiveNotifications(2);

        HandleSession replayed = new();
        OperationPlayer player = new(replayed);
        HandleOperationResult[] results = [.. world.Session.GetOperations().Select(player.Play)];
        Assert.Equal(["NotificationExists"], results.Select(result => result.ErrorId).OfType<string>());
        Assert.Equal(Observed.State(world.Session), Observed.State(replayed));
    }

    [Fact]
    public void What_faults_made_fail_replays_to_the_same_failures()
    {
        World world = new(isRecorded: true);
        world.Hold(1);
        world.Session.FailNotifications(after: 1);
        world.Session.FailFreezes(world.Server, count: 2);
        world.Session.SuspendProcess(world.Manager);
        world.Session.BeginSuspendProcess(world.Server);
        world.Client.RequestNotification(1, Freeze);
        Assert.Throws<HandleException>(() => world.Client.RequestNotification(1, HandleNotificationKind.Death));
        Assert.Throws<HandleException>(() => world.Session.SuspendProcess(world.Server));
        Assert.Throws<HandleException>(() => world.Session.SuspendProcess(world.Server));
        world.Session.BeginSuspendProcess(world.Server);

        HandleSession replayed = new();
        OperationPlayer player = new(replayed);
        HandleOperationResult[] results = [.. world.Session.GetOperations().Select(player.Play)];
        Assert.Equal(["AllocationFailed", "ProcessBusy", "ProcessBusy"], results.Select(result => result.ErrorId).OfType<string>());
        Assert.Equal(Observed.State(world.Session), Observed.State(replayed));
        Assert.True(replayed.GetProcess("server").IsFreezing);
        Assert.Equal([HandleReturnCode.BR_ERROR, HandleReturnCode.BR_FROZEN_BINDER],
            replayed.GetProcess("client").ReceiveNotifications().Select(read => read.Return));
    }

    [Theory]
    [InlineData("Kind", "Birth", "Kind is 'Birth'. Give Death or Freeze.")]
    [InlineData("Kind", "2", "Kind is '2'. Give Death or Freeze.")]
    [InlineData("Cookie", "-1", "Cookie is '-1'. Give a whole number from 0 to 18446744073709551615.")]
    [InlineData("Cookie", "1.5", "Cookie is '1.5'. Give a whole number from 0 to 18446744073709551615.")]
    public void A_row_with_a_wrong_kind_or_cookie_is_refused(string column, string value, string message)
    {
        HandleException refused = Refused.With("OperationFormat", Errno.EINVAL,
            () => OperationRow.Read(1, name => name == column ? value : name == "Operation" ? "RequestNotification" : null));
        Assert.Contains(message, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Completing_without_a_cookie_is_refused()
    {
        HandleSession session = new();
        session.CreateProcess("app");
        HandleOperationResult result = new OperationPlayer(session).Play(new HandleOperation { Operation = HandleOperationKind.CompleteNotification, Process = "app" });
        Assert.Equal("OperationFormat", result.ErrorId);
    }

    /// <summary>Sets up a client with a notification in each state: cookie n is that of handle n.</summary>
    private static Holder EachState()
    {
        Holder holder = new("Rust", handles: 6);
        for (int handle = 1; handle <= 6; handle++)
            holder.Death((ulong)handle, handle);
        HandleProcess other = holder.Session.CreateProcess("other");
        holder.Client.AddReference(holder.Session.CreateNode(other));
        holder.Client.AddReference(holder.Session.CreateNode(other));
        holder.Death(7, 7).Freeze(7, 7).Clear(6, handle: 6).Exit();
        holder.Client.ReceiveNotifications(5);
        holder.Session.SuspendProcess(other);
        return holder.Done(1).Done(2).Clear(2, handle: 2).Clear(5, handle: 5);
    }

    private static string DumpOf(Holder holder)
    {
        using MemoryStream stream = new();
        DumpWriter.Write(stream, holder.Session);
        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
