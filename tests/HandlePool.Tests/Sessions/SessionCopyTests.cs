using System.Collections;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using HandlePool.Dumps;
using HandlePool.Tests.Dumps;
using HandlePool.Tests.SessionFiles;

namespace HandlePool.Tests.Sessions;

/// <summary>A copy of a session is the same session, goes on as the first would, and shares nothing with it.</summary>
public class SessionCopyTests
{
    public static TheoryData<HandleDriver, HandleAllocator> Rules
    {
        get
        {
            TheoryData<HandleDriver, HandleAllocator> rules = [];
            foreach (HandleAllocator allocator in Enum.GetValues<HandleAllocator>())
            {
                foreach (HandleDriver driver in Enum.GetValues<HandleDriver>())
                    rules.Add(driver, allocator);
            }

            return rules;
        }
    }

    public static TheoryData<string> Dumps => ["state-pixel.txt", "state-rust.txt", "proc-1754.txt"];

    [Theory]
    [MemberData(nameof(Rules))]
    public void A_copy_has_everything_and_goes_on_alike(HandleDriver driver, HandleAllocator allocator)
    {
        HandleSessionOptions options = new() { Driver = driver, Allocator = allocator, EventCapacity = 50, MaxCapacity = 5_000, ShrinkPolicy = ShrinkPolicy.OnDemand };
        HandleSession source = FillWorld(options);

        HandleSession copy = source.Copy("World");

        Assert.Equal(Everything(source), Everything(copy));
        Assert.Equal(SessionText.Of(source), SessionText.Of(copy));
        GoOn(source);
        GoOn(copy);
        AreAlike(source, copy);
    }

    [Theory]
    [MemberData(nameof(Dumps))]
    public void A_copy_of_a_dump_has_what_its_lines_say(string file)
    {
        HandleSession source = DumpReader.ReadFile(DumpSource.DataFile(file))[0].Session;

        HandleSession copy = source.Copy(source.Name);

        AreAlike(source, copy);
        Assert.Equal(Dump(source), Dump(copy));
        Assert.Equal(source.Sources, copy.Sources);
        foreach (HandleSession session in new[] { source, copy })
        {
            session.ExitProcess(session.GetProcesses()[0]);
            HandleProcess process = session.GetProcesses()[^1];
            process.AddReference(session.CreateNode(process));
        }

        AreAlike(source, copy);
    }

    [Fact]
    public void A_change_of_a_copy_does_not_reach_the_session()
    {
        HandleSession source = FillWorld(new HandleSessionOptions());
        string before = Everything(source);
        HandleSession copy = source.Copy("copy");

        GoOn(copy);
        copy.Repair(copy.FindMismatches());
        foreach (HandleFault fault in copy.GetFaults())
            Assert.True(copy.RemoveFault(fault));
        foreach (HandleProcess process in copy.GetProcesses())
            copy.ExitProcess(process);

        Assert.Equal(before, Everything(source));
    }

    [Fact]
    public void A_copy_is_not_recorded_and_has_no_blank_name()
    {
        HandleSession source = new HandleSession().StartRecording();
        source.CreateProcess();
        HandleSession copy = source.Copy("copy");
        Assert.False(copy.IsRecorded());
        Assert.Single(source.GetOperations());
        Assert.Throws<ArgumentException>(() => source.Copy(" "));
    }

    /// <summary>Returns a session with processes, nodes, counts, notifications and faults in all states.</summary>
    private static HandleSession FillWorld(HandleSessionOptions options)
    {
        World world = World.Holding(300, options);
        HandleSession session = world.Session;
        session.AllocationDelay = TimeSpan.FromTicks(1);
        HandleProcess other = session.CreateProcess("other", id: 40, uid: 7), gone = session.CreateProcess("gone \u00E9\n", context: "hwbinder", isManager: true, uid: 9);
        session.CreateProcess("again", id: 40, reopens: true);
        HandleNode mine = session.CreateNode(other, "mine");
        world.Client.AddReference(mine, strong: 0, weak: 3);
        world.Client.AddReference(5, strong: 4, weak: 2);
        session.RemoveNode(world.Client.GetReference(260)!.Node);
        world.Drop(7, 200);
        session.FailAllocations(other, ResizeDirection.Grow, after: 2, count: 3);
        HandleFault removed = session.DelayAllocations(TimeSpan.FromTicks(1), count: 5);
        session.RemoveFault(removed);
        session.FailNotifications(after: 3, count: 2);
        session.FailFreezes(world.Server, after: 1);
        session.ExitProcess(gone);
        HandleProcess dying = session.CreateProcess("dying");
        HandleNode orphan = session.CreateNode(dying, "orphan");
        int handle = other.AddReference(orphan).Handle;
        other.RequestNotification(handle, HandleNotificationKind.Death, 3);
        world.Client.RequestNotification(2, HandleNotificationKind.Death, 1);
        world.Client.RequestNotification(3, HandleNotificationKind.Freeze, 2);
        session.ExitProcess(dying);
        session.SuspendProcess(world.Server);
        world.Client.ReceiveNotifications(1);
        session.BeginSuspendProcess(other);
        session.FlipBit(world.Client, 9);
        session.FlipBit(world.Client, 299);
        if (options.Allocator == HandleAllocator.SegmentedBitmap)
            session.BreakSummary(world.Client, 64);
        return session;
    }

    private static void GoOn(HandleSession session)
    {
        HandleProcess server = session.GetProcess("server"), client = session.GetProcess("client"), other = session.GetProcess("other");
        for (int step = 0; step < 300; step++)
        {
            Try(() => client.AddReference(session.CreateNode(server, $"late{step}")));
            Try(() => other.Resize(ResizeDirection.Grow));
            Try(() => client.RequestNotification(10 + step, HandleNotificationKind.Death, (ulong)step));
            Try(() => client.DropReference(290 - step));
        }

        Try(() => session.SuspendProcess(other));
        Try(() => session.SuspendProcess(server));
        Try(() => session.ResumeProcess(server));
        Try(() => client.ReceiveNotifications(3));
        Try(() => other.ReceiveNotifications(3));
        Try(() => client.Optimize());
        session.CreateProcess();

        static void Try(Action operation)
        {
            try
            {
                operation();
            }
            catch (HandleException)
            {
                // Both refuse it.
            }
        }
    }

    private static void AreAlike(HandleSession source, HandleSession copy)
    {
        Assert.Equal(Steady(Everything(source)), Steady(Everything(copy)));
        Assert.Equal(Steady(SessionText.Of(source)), Steady(SessionText.Of(copy)));
    }

    /// <summary>
    /// Returns a text without what is not the same once both go on: times, and how often locks are taken, as the memory of a table is laid out again.
    /// </summary>
    private static string Steady(string text) => Regex.Replace(text, "\"time\":\"[^\"]*\"|lockAcquisitions\"?[:=][0-9]+", "", RegexOptions.IgnoreCase);

    private static string Dump(HandleSession session)
    {
        using MemoryStream stream = new();
        DumpWriter.Write(stream, session);
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    /// <summary>Returns all that a script can see: every property of every object.</summary>
    private static string Everything(HandleSession session)
    {
        StringBuilder text = new(Observed.State(session));
        Add(session);
        foreach (HandleProcess process in session.GetProcesses(includeDead: true))
        {
            Add(process);
            Add(process.GetPool());
            Add(process.GetBitmap());
            Add(process.GetStatistic());
            foreach (HandleReference reference in process.GetReferences())
                Add(reference);
            foreach (HandleNotification notification in process.GetNotifications())
                Add(notification);
            text.AppendLine(string.Join(' ', process.GetNodes().Select(node => node.Id)));
        }

        foreach (HandleNode node in session.GetNodes())
            Add(node);
        foreach (HandleFault fault in session.GetFaults())
            Add(fault);
        foreach (HandleMismatch mismatch in session.FindMismatches())
            text.AppendLine(mismatch.ToString());
        foreach (HandleFinding finding in session.GetFindings())
            Add(finding);
        foreach (HandleEvent each in session.GetEvents())
            text.AppendLine(CultureInfo.InvariantCulture, $"{each.Sequence} {each.Process} {each.Kind} {each.Message} {each.FromCapacity} {each.ToCapacity} {each.Handle}");
        return text.ToString();

        void Add(object item)
        {
            foreach (System.Reflection.PropertyInfo property in item.GetType().GetProperties())
            {
                if (property.GetIndexParameters().Length == 0)
                    text.Append(CultureInfo.InvariantCulture, $"{property.Name}={Text(property.GetValue(item))} ");
            }

            text.AppendLine();
        }
    }

    private static string Text(object? value) => value is IEnumerable items and not string
        ? string.Join(',', items.Cast<object?>())
        : Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
}
