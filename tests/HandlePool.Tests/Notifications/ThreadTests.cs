namespace HandlePool.Tests.Notifications;

/// <summary>The exit of an owner reaches the queues of holders that change them at the same time.</summary>
public sealed class ThreadTests
{
    private const int Rounds = 60;
    private const int Holders = 3;

    [Theory]
    [InlineData("C")]
    [InlineData("Rust")]
    public void A_holder_is_told_of_each_death_once_or_has_dropped_or_cleared_it(string driver)
    {
        for (int round = 0; round < Rounds; round++)
        {
            HandleSession session = new(options: Holder.OptionsOf(driver));
            HandleProcess server = session.CreateProcess("server");
            HandleNode[] nodes = [.. Enumerable.Range(0, 6).Select(_ => session.CreateNode(server))];
            HandleProcess[] holders = [.. Enumerable.Range(0, Holders).Select(_ => session.CreateProcess())];
            foreach (HandleProcess holder in holders)
                Array.ForEach(nodes, node => holder.AddReference(node));

            using Barrier start = new(Holders + 1);
            Thread[] threads = [.. holders.Select(holder => new Thread(() => Work(holder))), new Thread(Exit)];
            Array.ForEach(threads, thread => thread.Start());
            Array.ForEach(threads, thread => Assert.True(thread.Join(TimeSpan.FromMinutes(2))));

            foreach (HandleProcess holder in holders)
            {
                // Handle 1 was dropped and handle 2 cleared, before the death or after it; the others are told, in order.
                ulong?[] told = [.. holder.ReceiveNotifications().Where(read => read.Return == HandleReturnCode.BR_DEAD_BINDER).Select(read => read.Cookie)];
                Assert.Equal(new ulong?[] { 3, 4, 5, 6 }, told.Where(cookie => cookie > 2).Order());
                Assert.DoesNotContain(1UL, told.OfType<ulong>());
                if (told.Contains(2UL))
                    holder.CompleteNotification(HandleNotificationKind.Death, 2);
                Assert.Null(holder.GetReference(1));
                Assert.DoesNotContain(holder.ReceiveNotifications(), read => read.Cookie != 2);
            }

            Observed.IsConsistent(session);

            void Work(HandleProcess holder)
            {
                start.SignalAndWait();
                for (int handle = 1; handle <= nodes.Length; handle++)
                    holder.RequestNotification(handle, HandleNotificationKind.Death);
                holder.ClearNotification(2, HandleNotificationKind.Death);
                holder.DropReference(1);
            }

            void Exit()
            {
                start.SignalAndWait();
                session.SuspendProcess(server);
                session.ExitProcess(server);
            }
        }
    }
}
