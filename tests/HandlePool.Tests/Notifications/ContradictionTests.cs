using System.Text.RegularExpressions;
using HandlePool.Tests.SessionFiles;

namespace HandlePool.Tests.Notifications;

/// <summary>Session files with notifications that contradict each other are refused, and those of sessions never are.</summary>
public sealed class ContradictionTests
{
    private const string Client = "$.processes[2]";
    private const HandleNotificationKind Freeze = HandleNotificationKind.Freeze;

    public static TheoryData<string> Drivers => Holder.Drivers;

    // Notification 0 is a death on a living node, 1 a freeze, 2 the delivered and 3 the queued death of a dead node.
    [Theory]
    [InlineData(0, "\"isCleared\":false", "\"isCleared\":true", "notifications[0].handle: the notification is cleared, so it is not set on handle 1; write null.")]
    [InlineData(0, "\"handle\":1", "\"handle\":null", "notifications[0].handle: the notification is not cleared, so it must be set on a handle.")]
    [InlineData(0, "\"isDone\":false", "\"isDone\":true", "notifications[0].isDone: isDead is false, so there is nothing to complete.")]
    [InlineData(0, "\"told\":null", "\"told\":true", "notifications[0].told: a Death has no told; write null.")]
    [InlineData(0, "\"isFrozen\":false", "\"isFrozen\":true", "notifications[0].isFrozen: a Death has no isFrozen; write false.")]
    [InlineData(0, "\"isLeaked\":false", "\"isLeaked\":true", "notifications[0].isLeaked: a Death has no isLeaked; write false.")]
    [InlineData(0, "\"isEnded\":false", "\"isEnded\":true", "notifications[0].isEnded: a Death has no isEnded; write false.")]
    [InlineData(0, "\"pendingDuplicates\":0", "\"pendingDuplicates\":1", "notifications[0].pendingDuplicates: a Death has no pendingDuplicates; write 0.")]
    [InlineData(0, "\"isChanged\":false", "\"isChanged\":true", "notifications[0].isChanged: a Death has no isChanged; write false.")]
    [InlineData(0, "\"clearedDuplicates\":0", "\"clearedDuplicates\":1", "notifications[0].clearedDuplicates: a Death has no clearedDuplicates; write 0.")]
    [InlineData(3, "\"isDead\":false", "\"isDead\":true", "notifications[3].isDead: a Freeze has no isDead; write false.")]
    [InlineData(3, "\"isDone\":false", "\"isDone\":true", "notifications[3].isDone: a Freeze has no isDone; write false.")]
    [InlineData(3, "\"isFrozen\":true", "\"isFrozen\":false", "notifications[3].isFrozen: expected true, as the owner of node ")]
    [InlineData(3, "\"isLeaked\":false", "\"isLeaked\":true", "notifications[3].handle: the notification is leaked, so it is not set on handle 1; write null.")]
    [InlineData(3, "\"isEnded\":false", "\"isEnded\":true", "notifications[3].handle: the notification is ended, so it is not set on handle 1; write null.")]
    [InlineData(1, "\"isDone\":false", "\"isDone\":true", "notifications[1]: the notification is done, so it cannot be queued or delivered.")]
    [InlineData(2, "\"isDone\":false", "\"isDone\":true", "notifications[2]: the notification is done, so it cannot be queued or delivered.")]
    [InlineData(-1, "\"messages\":[2,3]", "\"messages\":[3]", "notifications[2]: the notification is of a death that is not done, so it must be queued or delivered.")]
    [InlineData(-1, "\"messages\":[2,3]", "\"messages\":[2,3,2]", "messages[2]: notification 2 is already queued or delivered.")]
    [InlineData(-1, "\"messages\":[2,3]", "\"messages\":[2,3,0]", "notifications[0]: the notification is of a living node, so it cannot be queued or delivered.")]
    [InlineData(-1, "\"delivered\":[1]", "\"delivered\":[1,2]", "delivered[1]: notification 2 is already queued or delivered.")]
    [InlineData(-1, "\"delivered\":[1]", "\"delivered\":[1,1]", "delivered[1]: notification 1 is already queued or delivered.")]
    [InlineData(-1, "\"threadMessages\":[]", "\"threadMessages\":[3]", "threadMessages[0]: notification 3 is of a freeze, which is queued for the process and not for a thread.")]
    public void What_contradicts_a_notification_is_refused(int index, string right, string wrong, string message)
    {
        foreach (string driver in new[] { "C", "Rust" })
            SessionText.IsRefused(Change(SessionText.Of(Example(driver).Session), index, right, wrong), $"{Client}.{message}");
    }

    [Theory]
    [InlineData("C", 3, "\"isChanged\":false", "\"isChanged\":true", "notifications[3].isChanged: the notification is not delivered, so nothing can have changed since.")]
    [InlineData("C", -1, "\"messages\":[2,3]", "\"messages\":[2,3,3]", "messages[2]: notification 3 is already queued or delivered.")]
    [InlineData("C", -1, "\"messages\":[2,3]", "\"messages\":[2]", "notifications[3].told: the process was never told a state, so the notification must be queued.")]
    [InlineData("C", 3, "\"clearedDuplicates\":0", "\"clearedDuplicates\":1", "notifications[3].clearedDuplicates: the C driver has no duplicates; write 0.")]
    [InlineData("C", 0, "\"isDead\":false", "\"isDead\":true", "notifications[0]: isDead is true, but node 2 is alive.")]
    [InlineData("C", 1, "\"isDead\":true", "\"isDead\":false", "notifications[1]: isDead is false, but node 4 is dead.")]
    [InlineData("C", 3, "\"pendingDuplicates\":0", "\"pendingDuplicates\":1", "notifications[3].pendingDuplicates: the C driver has no duplicates; write 0.")]
    [InlineData("Rust", -1, "\"delivered\":[1]", "\"delivered\":[1,0]", "notifications[0]: the notification is of a living node, so it cannot be queued or delivered.")]
    public void What_the_driver_cannot_have_is_refused(string driver, int index, string right, string wrong, string message) =>
        SessionText.IsRefused(Change(SessionText.Of(Example(driver).Session), index, right, wrong), $"{Client}.{message}");

    [Fact]
    public void What_a_notification_on_its_own_cannot_have_is_refused()
    {
        string cleared = SessionText.Of(new Holder("C").Death().Clear().Session);
        SessionText.Read(cleared);
        SessionText.IsRefused(Change(cleared, -1, "\"threadMessages\":[0]", "\"threadMessages\":[]"), $"{Client}.notifications[0]: the notification is cleared, so its confirmation must be queued.");

        cleared = SessionText.Of(new Holder("C").Freeze().Clear(kind: Freeze).Session);
        SessionText.Read(cleared);
        SessionText.IsRefused(Change(cleared, -1, "\"messages\":[0]", "\"messages\":[]"), $"{Client}.notifications[0]: the notification is not set on a handle, so it must be queued or delivered.");

        string requested = SessionText.Of(new Holder("C").Freeze().Session);
        SessionText.IsRefused(Change(Change(requested, 0, "\"told\":null", "\"told\":true"), -1, "\"messages\":[0]", "\"messages\":[]"),
            $"{Client}.notifications[0].told: isFrozen is false, so the process must be told, or the change be pending.");

        string delivered = SessionText.Of(new Holder("C").Freeze().Reads("FROZEN_BINDER 7 thawed").Session);
        SessionText.IsRefused(Change(delivered, 0, "\"told\":false", "\"told\":null"), $"{Client}.notifications[0].told: the notification is delivered, so the process was told a state.");

        string thawed = SessionText.Of(new Holder("Rust").Freeze().Session);
        SessionText.IsRefused(Change(thawed, 0, "\"isFrozen\":false", "\"isFrozen\":true"), $"{Client}.notifications[0].isFrozen: expected false, as the owner of node ", " is not frozen.");

        string ended = SessionText.Of(new Holder("Rust").Freeze().Drop().Session);
        SessionText.Read(ended);
        SessionText.IsRefused(Change(ended, -1, "\"delivered\":[]", "\"delivered\":[0]"), $"{Client}.notifications[0]: the notification has ended, so it must be queued, and not delivered.");
    }

    [Fact]
    public void A_cleared_notification_of_an_unknown_node_a_leak_and_an_end_need_their_driver()
    {
        string text = SessionText.Of(new Holder("C").Freeze().Clear(kind: Freeze).Session);
        SessionText.IsRefused(Change(text, 0, "\"node\":2", "\"node\":99"), $"{Client}.notifications[0].node: node 99 exceeds highestNodeId, ");
        SessionText.IsRefused(Change(text, 0, "\"isLeaked\":false", "\"isLeaked\":true"), $"{Client}.notifications[0].isLeaked: only the Rust driver with freezeListenerLeak leaks listeners.");

        text = SessionText.Of(new Holder("Rust").Freeze().Drop().Session);
        SessionText.IsRefused(Change(text, 0, "\"isFrozen\":false", "\"isFrozen\":true"), $"{Client}.notifications[0].isEnded: of a notification that has ended, only the cookie is left.");
        SessionText.IsRefused(Change(text, -1, "\"messages\":[0]", "\"messages\":[]"), $"{Client}.notifications[0]: the notification has ended, so it must be queued, and not delivered.");
        SessionText.IsRefused(text.Replace("\"driver\":\"Rust\"", "\"driver\":\"C\"", StringComparison.Ordinal),
            $"{Client}.notifications[0].isEnded: the C driver leaves no message of a notification that has ended.");
    }

    [Theory]
    [MemberData(nameof(Drivers))]
    public void Every_file_of_random_notifications_is_read_to_the_same_text(string driver)
    {
        const int Seed = 20261126;
        Random random = new(Seed);
        for (int run = 0; run < 25; run++)
        {
            Holder holder = new(driver, handles: 3);
            HandleProcess owner = holder.Server;
            for (int step = 0; step < 40; step++)
            {
                HandleNotificationKind kind = (HandleNotificationKind)random.Next(2);
                (int handle, ulong cookie) = (random.Next(1, 4), (ulong)random.Next(7, 10));
                try
                {
                    switch (random.Next(14))
                    {
                        case < 4:
                            holder.Client.RequestNotification(handle, kind, cookie);
                            break;
                        case < 6:
                            holder.Client.ClearNotification(handle, kind, cookie);
                            break;
                        case < 8:
                            holder.Client.ReceiveNotifications(random.Next(1, 3));
                            break;
                        case < 10:
                            holder.Client.CompleteNotification(kind, cookie);
                            break;
                        case 10:
                            holder.Client.DropReference(handle);
                            holder.Client.AddReference(random.Next(2) == 0 ? holder.World.NewNode() : holder.World.ManagerNode);
                            break;
                        case 11:
                            (random.Next(3) == 0 ? holder.Session.BeginSuspendProcess : (Func<HandleProcess, HandleList<HandleProcess>>)holder.Session.SuspendProcess)(owner);
                            break;
                        case 12:
                            holder.Session.FailFreezes(owner, count: random.Next(2) + 1);
                            holder.Session.ResumeProcess(owner);
                            break;
                        default:
                            if (step > 20 && holder.Client.GetReference(handle) is { } reference)
                                holder.Session.RemoveNode(reference.Node);
                            break;
                    }
                }
                catch (HandleException)
                {
                    // A refused command changes nothing.
                }

                string text = WithoutGoneNodes(SessionText.Of(holder.Session));
                string again = WithoutGoneNodes(SessionText.Of(SessionText.Read(SessionText.Of(holder.Session))));
                Assert.True(text == again, $"seed {Seed}, run {run}, step {step}:\n{string.Join('\n', text.Split('\n').Except(again.Split('\n')))}\n"
                    + string.Join('\n', again.Split('\n').Except(text.Split('\n'))));
            }
        }
    }

    [Fact]
    public void Under_C_a_state_that_differs_from_what_was_told_is_pending()
    {
        string text = Change(SessionText.Of(Example("C").Session), 3, "\"told\":null", "\"told\":false");
        SessionText.IsRefused(Change(text, -1, "\"messages\":[2,3]", "\"messages\":[2]"),
            $"{Client}.notifications[3].told: isFrozen is true, so the process must be told, or the change be pending.");
    }

    [Fact]
    public void A_file_of_version_1_has_no_events_of_notifications() =>
        SessionText.IsRefused(SessionText.Small.Replace("\"kind\":\"ProcessExit\"", "\"kind\":\"NotificationRequested\"", StringComparison.Ordinal),
            "version 1 has no events of kind NotificationRequested.");

    /// <summary>Removes the nodes of notifications that are not set on handles: such a node may be gone, and a file that is read has none then.</summary>
    private static string WithoutGoneNodes(string text) => Regex.Replace(text, "\"handle\":null,\"node\":\\d+", "\"handle\":null,\"node\":null");

    private static Holder Example(string driver)
    {
        Holder holder = new Holder(driver, handles: 3).Death();
        holder.Session.RemoveNode(holder.Client.GetReference(2)!.Node);
        holder.Session.RemoveNode(holder.Client.GetReference(3)!.Node);
        holder.Death(cookie: 8, handle: 2).Reads("DEAD_BINDER 8").Death(cookie: 9, handle: 3);
        return holder.Suspend().Freeze(cookie: 5);
    }

    /// <summary>Changes a member of a notification, or for -1 of the client.</summary>
    private static string Change(string text, int index, string right, string wrong)
    {
        int client = text.IndexOf("\"name\":\"client\"", StringComparison.Ordinal);
        int at = index < 0 ? client : Regex.Matches(text[client..], "\\{\"kind\":\"(Death|Freeze)\"")[index].Index + client;
        at = text.IndexOf(right, at, StringComparison.Ordinal);
        Assert.True(at >= 0, $"The file has no {right}: {text}");
        return text.Remove(at, right.Length).Insert(at, wrong);
    }
}
