using System.Globalization;
using System.Text;
using HandlePool.Analysis;
using HandlePool.Reports;
using HandlePool.Tests.Dumps;

namespace HandlePool.Tests.Analysis;

/// <summary>Joins histograms of proxies and lists of services with the handles of a dump.</summary>
public sealed class InterfaceTests
{
    private const string Header = "== dumpstate: 2026-01-02 10:00:00\n------ PROCESSES (ps -A) ------\nUSER PID S NAME\nsystem 1000 S system_server\nsystem 400 S servicemanager\n"
        + "u0_a87 2745 S com.example\nu0_a90 3000 S com.other\n------ BINDER STATE ------\n";

    [Fact]
    public void What_other_handles_cannot_hold_is_of_the_pair()
    {
        HandleSession session = Read(Device((2745, 5_731), (3000, 268)) + Listed(("android.os.IMessenger", 5_966), ("a.IOther", 20), ("<cleared weak-ref>", 300)));

        HandleUsage pair = UsageMeasurement.Measure(session)[0];
        HandleInterface bound = Assert.Single(pair.Candidates);
        Assert.Equal(("android.os.IMessenger", InterfaceCertainty.Bounded, 5_698, 5_731, 5_731), (bound.Name, bound.Certainty, bound.AtLeast, bound.AtMost, bound.Of));
        Assert.Equal("system_server (1000) has 5966 live proxies of android.os.IMessenger, counted in the same report. Besides handle 0, only 268 of its 6000 handles are not of "
            + "com.example (2745), so that at least 5966 - 268 = 5698 of the 5731 that are must be of it. Each handle that was taken or dropped in between can shift this by one.", bound.Reason);
        Assert.EndsWith("#1: android.os.IMessenger x5966", Assert.Single(bound.Evidence).Text, StringComparison.Ordinal);
        Assert.Null(pair.Interface);
        Assert.Same(pair.Candidates, session.GetNode(10_000).GetCandidates());
        Assert.Equal("android.os.IMessenger at least 235 of 268", Assert.Single(UsageMeasurement.Measure(session)[1].Candidates).ToString());
    }

    [Fact]
    public void What_the_handles_of_others_and_other_interfaces_leave_bounds_a_pair_from_above()
    {
        HandleSession session = Read(Device((2745, 100), (3000, 20), (4000, 10)) + Listed(("a.IOne", 60), ("a.ITwo", 50), ("a.IThree", 5)));

        Assert.Equal(["a.IOne 30 75 100", "a.ITwo 20 65 100"],
            UsageMeasurement.Measure(session)[0].Candidates.Select(each => $"{each.Name} {each.AtLeast} {each.AtMost} {each.Of}"));
    }

    [Fact]
    public void All_handles_of_a_holder_are_of_the_counted_interfaces_the_largest_first()
    {
        HandleSession session = Read(Device((2745, 80), (3000, 20)) + Listed(("a.ISmall", 40), ("a.ILarge", 60)));

        HandleUsage holder = UsageMeasurement.Measure(session, HandleUsageGrouping.Holder)[0];
        Assert.Equal(["a.ILarge 60 of 101", "a.ISmall 40 of 101", "android.os.IServiceManager 1 of 101"], holder.Candidates.Select(each => each.ToString()));
        Assert.Equal("Handle 0 is the service manager's.", holder.Candidates[2].Reason);
        Assert.Equal("system_server (1000) has 60 live proxies of a.ILarge, counted in the same report, each with a handle of its own. Each handle that was taken or dropped in between can shift this by one.",
            holder.Candidates[0].Reason);
    }

    [Fact]
    public void Interfaces_that_leave_no_room_for_handle_0_force_nothing()
    {
        HandleSession session = Read(Device((2745, 100)) + Listed(("a.IOne", 101)));

        Assert.All(UsageMeasurement.Measure(session).SelectMany(usage => usage.Candidates).Where(each => each.Name == "a.IOne"), each => Assert.Equal(InterfaceCertainty.Guess, each.Certainty));
    }

    [Theory]
    [InlineData(80, "a.IOne?")]
    [InlineData(125, "a.IOne?")]
    [InlineData(79, null)]
    [InlineData(126, null)]
    public void The_only_pair_of_about_as_many_handles_as_proxies_is_a_guess(int proxies, string? guess)
    {
        HandleSession session = Read(Device((2745, 100), (3000, 300)) + Listed(("a.IOne", proxies)));

        Assert.Equal(guess, UsageMeasurement.Measure(session).Single(usage => usage.Owner?.Id == 2745).Candidates.SingleOrDefault()?.ToString());
    }

    [Fact]
    public void The_service_manager_holds_the_listed_interfaces_in_the_order_of_their_names()
    {
        HandleSession session = Read(Services((2745, 3)) + "Found 2 services:\n0\tsync: [a.ISync]\n1\tmail: [a.IMail]\n");

        HandleUsage manager = UsageMeasurement.Measure(session, HandleUsageGrouping.Holder).Single(usage => usage.Holder?.Id == 400);
        Assert.Equal(["a.IMail at least 1 of 3", "a.ISync at least 1 of 3"], manager.Candidates.Select(each => each.ToString()));
        Assert.Equal("Service mail has this interface, and servicemanager (400) holds each service.", manager.Candidates[0].Reason);
    }

    [Fact]
    public void A_suspect_names_the_interface_with_its_bound_and_the_line()
    {
        HandleSession session = Read(Device((2745, 5_731), (3000, 268)) + Listed(("android.os.IMessenger", 5_966)));

        HandleLeakSuspect suspect = LeakFinder.Find([session]).Suspects[0];
        Assert.Contains(" By the report, at least 5698 of the 5731 handles are android.os.IMessenger (state.txt:", suspect.Reason, StringComparison.Ordinal);
        Assert.Equal(5_698, Assert.Single(suspect.Candidates).AtLeast);
        using MemoryStream stream = new();
        HandleReport.Write(stream, [session], new HandleReportOptions { Format = HandleReportFormat.Markdown });
        string report = Encoding.UTF8.GetString(stream.ToArray());
        Assert.Contains("android.os.IMessenger at least 5698 of 5731", report, StringComparison.Ordinal);
        Assert.Contains("Handles by holder and interface", report, StringComparison.Ordinal);
    }

    [Fact]
    public void All_of_a_pair_are_of_one_interface_where_only_handle_0_is_of_another()
    {
        HandleSession session = Read(Device((2745, 50)) + Listed(("a.IOne", 50), ("android.os.IServiceManager", 1)));

        Assert.Equal("a.IOne", UsageMeasurement.Measure(session)[0].Interface);
        Assert.Equal(("a.IOne", "android.os.IServiceManager"), (session.GetNode(10_001).Interface, session.GetNode(1).Interface));
        Assert.Equal(InterfaceCertainty.Certain, session.GetNode(1).GetCandidates()[0].Certainty);
    }

    [Fact]
    public void Without_a_report_only_the_service_manager_is_known()
    {
        HandleSession session = Read(Device((2745, 5)));

        Assert.Equal(["android.os.IServiceManager"], session.GetNodes().Select(node => node.Interface).OfType<string>());
        Assert.Equal(["system_server -> (unknown) (binder): 5", "com.example -> android.os.IServiceManager (binder): 1", "system_server -> android.os.IServiceManager (binder): 1"],
            UsageMeasurement.Measure(session, HandleUsageGrouping.Interface).Select(usage => usage.ToString()));
    }

    [Fact]
    public void Counts_by_interface_are_of_all_handles_or_those_of_some_owners()
    {
        HandleSession session = Read(Device((2745, 60), (3000, 40)) + Listed(("a.IOne", 70), ("a.ITwo", 25)));

        Assert.Equal(["a.IOne 70 70 75", "a.ITwo 25 25 30", "(unknown) 5  ", "android.os.IServiceManager 1 1 6"], Rows(session, _ => true));
        Assert.Equal(["(unknown) 30  ", "a.IOne 30 30 60"], Rows(session, owner => owner?.Id == 2745));
        Assert.Equal(["(unknown) 30  ", "a.IOne 10 10 40"], Rows(session, owner => owner?.Id == 3000));
    }

    [Fact]
    public void More_proxies_than_handles_force_nothing_and_that_is_said()
    {
        HandleSession session = Read(Device((2745, 100), (3000, 10)) + Listed(("a.IOne", 120)));

        HandleInterface guess = Assert.Single(UsageMeasurement.Measure(session)[0].Candidates);
        Assert.Equal((InterfaceCertainty.Guess, 0, 100), (guess.Certainty, guess.AtLeast, guess.AtMost));
        Assert.Contains("Nothing is forced: it has 120 live proxies, more than the 111 handles of the dump, which have changed in between.", guess.Reason, StringComparison.Ordinal);
        Assert.DoesNotContain(UsageMeasurement.Measure(session, HandleUsageGrouping.Interface), usage => usage.Interface == "a.IOne");
    }

    [Fact]
    public void Names_that_the_runtime_does_not_know_count_as_handles_only()
    {
        HandleSession session = Read(Device((2745, 100)) + Listed(("a.IOne", 60), ("<proxy to dead node>", 30), ("", 5), ("<exception during getDescriptor>", 3)));

        HandleInterface bound = Assert.Single(UsageMeasurement.Measure(session)[0].Candidates);
        Assert.Equal((60, 100), (bound.AtLeast, bound.AtMost));
    }

    [Theory]
    [InlineData(6_000, 2_000, "system_server (1000) had 5900 live proxies of a.IOne 3 hours before the dump, when 6000 of its 8000 were sent by uid u0a87: 5900 - (8000 - 6000) = 3900 of these or more were of it. "
        + "What has come since may be of another.")]
    [InlineData(6_000, 4_000, null)]
    [InlineData(400, 6_000, null)]
    public void What_a_uid_had_sent_at_a_kill_is_a_guess_of_what_it_sent_since(int sent, int others, string? reason)
    {
        HandleSession session = Read(Device((2745, 100), (3000, 50)) + "------ SYSTEM LOG (logcat) ------\n01-02 07:00:00.100 1000 1010 D Binder: #1: a.IOne x5900\n01-02 07:00:00.100 1000 1010 D Binder: #2: a.ITwo x90\n"
            + $"01-02 07:00:00.100 1000 1010 D Binder: UID : 10087  count = {sent}\n01-02 07:00:00.100 1000 1010 D Binder: UID : 10090  count = {others}\n");

        HandleUsage pair = UsageMeasurement.Measure(session).Single(usage => usage.Owner?.Id == 2745);
        HandleInterface? guess = pair.Candidates.SingleOrDefault();
        Assert.Equal(reason, guess?.Reason);
        Assert.Null(pair.Interface);
        Assert.DoesNotContain(UsageMeasurement.Measure(session, HandleUsageGrouping.Interface), usage => usage.Interface == "a.IOne");
        if (guess is not null)
            Assert.Equal((InterfaceCertainty.Guess, 0, 100, 100), (guess.Certainty, guess.AtLeast, guess.AtMost, guess.Of));
    }

    [Fact]
    public void What_a_process_held_when_it_crashed_is_a_guess_for_its_successor()
    {
        HandleSession session = Read(Device((2745, 100)) + "------ SYSTEM LOG (logcat) ------\n01-02 07:00:00.100 900 910 D Binder: #1: a.IOne x24900\n01-02 07:00:00.100 900 910 D Binder: UID : 10087  count = 25000\n"
            + "01-02 07:00:00.200 1000 1010 I am_crash: [900,0,system_server,551042630,java.lang.AssertionError,Binder ProxyMap has too many entries: 25001 (total), 1 (uncleared), 1 (uncleared after GC). BinderProxy leak?,BinderProxy.java,230]\n");

        Assert.Equal("a.IOne?", Assert.Single(UsageMeasurement.Measure(session)[0].Candidates).ToString());
    }

    [Theory]
    [InlineData("09:59:30.000", "Bounded", "30 seconds before the time of the dump")]
    [InlineData("10:02:00.000", "Bounded", "120 seconds after the time of the dump")]
    [InlineData("10:00:00.000", "Bounded", "at the time of the dump")]
    [InlineData("09:00:00.000", null, null)]
    public void A_histogram_of_another_time_is_not_joined(string time, string? certainty, string? words)
    {
        HandleSession session = Read(Device((2745, 100)) + $"------ SYSTEM LOG (logcat) ------\n01-02 {time} 1000 1010 D Binder: #1: a.IOne x100\n");

        HandleInterface? found = UsageMeasurement.Measure(session)[0].Candidates.FirstOrDefault();
        Assert.Equal(certainty, found?.Certainty.ToString());
        if (words is not null)
            Assert.Contains(words, found!.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void The_histogram_nearest_to_the_dump_is_joined()
    {
        HandleSession session = Read(Device((2745, 100)) + "------ SYSTEM LOG (logcat) ------\n"
            + "01-02 09:57:00.000 1000 1010 D Binder: #1: a.ITwo x90\n01-02 09:57:00.000 1000 1010 D Binder: #2: a.IOne x3\n01-02 09:59:50.000 1000 1010 D Binder: #1: a.IOne x95\n");

        Assert.Equal("a.IOne at least 95 of 100", Assert.Single(UsageMeasurement.Measure(session)[0].Candidates).ToString());
    }

    [Fact]
    public void A_histogram_of_unknown_time_is_a_guess()
    {
        HandleSession session = Read(Device((2745, 100)).Replace("== dumpstate: 2026-01-02 10:00:00\n", "", StringComparison.Ordinal)
            + "------ SYSTEM LOG (logcat) ------\n01-02 09:59:30.000 1000 1010 D Binder: #1: a.IOne x100\n");

        Assert.Equal("a.IOne?", Assert.Single(UsageMeasurement.Measure(session)[0].Candidates).ToString());
    }

    [Fact]
    public void A_dump_that_was_cut_off_forces_nothing()
    {
        string device = Device((2745, 100));
        HandleSession session = Read(Listed(("a.IOne", 95)) + device[..(device.Length - 40)]);

        Assert.Contains(session.GetFindings(), finding => finding.Kind == HandleFindingKind.Truncated);

        Assert.All(UsageMeasurement.Measure(session).SelectMany(usage => usage.Candidates), statement => Assert.Equal(InterfaceCertainty.Guess, statement.Certainty));
    }

    [Fact]
    public void The_only_node_of_a_server_is_its_service()
    {
        HandleSession session = Read(Services((2745, 1)) + "Found 1 services:\n0\tmail: [a.IMail]\nDUMP OF SERVICE mail:\nService host process PID: 2745\n");

        HandleNode node = session.GetNode(10_000);
        Assert.Equal("a.IMail", node.Interface);
        Assert.Equal(["Service", "ServiceClients"], node.GetCandidates()[0].Evidence.Select(fact => fact.Kind.ToString()));
    }

    [Fact]
    public void Each_of_several_nodes_may_be_each_service()
    {
        HandleSession session = Read(Services((2745, 3)) + "Found 2 services:\n0\tmail: [a.IMail]\n1\tsync: [a.ISync]\n"
            + "DUMP OF SERVICE mail:\nService host process PID: 2745\nDUMP OF SERVICE sync:\nService host process PID: 2745\n");

        HandleNode node = session.GetNode(10_000);
        Assert.Null(node.Interface);
        Assert.Equal(["a.IMail 1 2 3 Bounded", "a.ISync 1 2 3 Bounded"], node.GetCandidates().Select(each => $"{each.Name} {each.AtLeast} {each.AtMost} {each.Of} {each.Certainty}"));
        Assert.Equal(["(unknown) 1  ", "a.IMail 1 1 2", "a.ISync 1 1 2"], Rows(session, _ => true, 400));
    }

    [Fact]
    public void More_interfaces_than_nodes_contradict_the_dump()
    {
        HandleSession session = Read(Services((2745, 1)) + "Found 2 services:\n0\tmail: [a.IMail]\n1\tsync: [a.ISync]\n"
            + "DUMP OF SERVICE mail:\nService host process PID: 2745\nDUMP OF SERVICE sync:\nService host process PID: 2745\n");

        HandleNode node = session.GetNode(10_000);
        Assert.Null(node.Interface);
        Assert.All(node.GetCandidates(), statement => Assert.Contains("fewer than the 2 interfaces", statement.Reason, StringComparison.Ordinal));
        Assert.All(node.GetCandidates(), statement => Assert.Equal((InterfaceCertainty.Guess, 0, 1), (statement.Certainty, statement.AtLeast, statement.AtMost)));
    }

    [Fact]
    public void A_service_that_the_report_says_differently_twice_is_not_joined()
    {
        HandleSession session = Read(Services((2745, 1)) + "Found 1 services:\n0\tmail: [a.IMail]\n0\tmail: [a.IOther]\nDUMP OF SERVICE mail:\nService host process PID: 2745\n");

        Assert.Empty(session.GetNode(10_000).GetCandidates());
    }

    [Fact]
    public void The_node_that_the_clients_of_one_service_hold_is_a_guess()
    {
        HandleSession session = Read(Services((2745, 2)).Replace("  ref 900:", "  ref 901: desc 7 node 10001 s 1 w 1 d 0000000000000000\n  ref 900:", StringComparison.Ordinal)
            + "Found 2 services:\n0\tmail: [a.IMail]\nDUMP OF SERVICE mail:\nService host process PID: 2745\nClient PIDs: 400, 1000, 77\n");

        HandleInterface guess = session.GetNode(10_001).GetCandidates()[^1];
        Assert.Equal(("a.IMail", InterfaceCertainty.Guess, 1), (guess.Name, guess.Certainty, guess.Of));
        Assert.DoesNotContain(session.GetNode(10_000).GetCandidates(), each => each.Certainty == InterfaceCertainty.Guess);
        Assert.Null(session.GetNode(10_001).Interface);
    }

    [Fact]
    public void A_copy_of_a_session_knows_the_same()
    {
        HandleSession session = Read(Device((2745, 50)) + Listed(("a.IOne", 50)));

        Assert.Equal("a.IOne", session.Copy("copy").GetNode(10_001).Interface);
    }

    [Fact]
    public void Huge_and_endless_histograms_force_nothing_that_is_not_so()
    {
        StringBuilder lines = new();
        for (int name = 0; name < 20_000; name++)
            lines.Append(CultureInfo.InvariantCulture, $"    #{name + 1}: a.I{name} x9223372036854775807\n");
        HandleSession session = Read(Device((2745, 2_000)) + "ACTIVITY MANAGER BINDER PROXY STATE (dumpsys activity binder-proxies)\n" + lines);

        Assert.Empty(UsageMeasurement.Measure(session)[0].Candidates);
        Assert.Equal(2_000, UsageMeasurement.Measure(session, HandleUsageGrouping.Interface)[0].Handles);
    }

    [Theory]
    [InlineData(90, "has 90 proxies in Java for 101 handles (state.txt:", "which suggests that Java code holds them.")]
    [InlineData(10, "has 10 proxies in Java for 101 handles", "at least 91 of the 101 are held by native code alone.")]
    [InlineData(60, "has 60 proxies in Java for 101 handles", "which does not tell whether Java or native code holds them.")]
    [InlineData(900, "has 900 proxies in Java for 101 handles", "These contradict each other: objects wait to be collected, or the counts are of different times.")]
    public void Proxies_of_the_memory_report_tell_native_leaks_from_those_of_Java(int proxies, string counted, string verdict)
    {
        HandleSession session = Read(Device((2745, 100)) + Memory(1000, "system", $"Local Binders: 3 Proxy Binders: {proxies}"));

        HandleUsage holder = UsageMeasurement.Measure(session, HandleUsageGrouping.Holder)[0];
        Assert.Equal((proxies, Math.Max(0, 101 - proxies)), (holder.JavaProxies!.Value, holder.NativeHandles!.Value));
        string text = new JavaCounts(session).DescribeHandles(holder.Holder!, holder.Handles)!;
        Assert.Contains(counted, text, StringComparison.Ordinal);
        Assert.EndsWith(verdict, text, StringComparison.Ordinal);
    }

    [Fact]
    public void Suspects_have_the_counts_of_Java_in_their_reasons()
    {
        HandleSession session = Read(Device((2745, 5_731)) + Memory(1000, "system", "Local Binders: 3 Proxy Binders: 5700") + Memory(2745, "com.example", "Local Binders: 12 Proxy Binders: 4"));

        string reason = LeakFinder.Find([session]).Suspects[0].Reason;
        Assert.Contains("system_server (1000) has 5700 proxies in Java for 5732 handles", reason, StringComparison.Ordinal);
        Assert.Contains("com.example (2745) has 12 local binders in Java for 5731 nodes", reason, StringComparison.Ordinal);
        Assert.Contains("at least 5719 of these are objects of native code.", reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Contradicting_memory_reports_are_not_averaged()
    {
        HandleSession session = Read(Device((2745, 100)) + Memory(1000, "system", "Local Binders: 3 Proxy Binders: 90") + Memory(1000, "system", "Local Binders: 3 Proxy Binders: 70"));

        Assert.Null(UsageMeasurement.Measure(session, HandleUsageGrouping.Holder)[0].JavaProxies);
        Assert.Contains(session.GetFindings(), finding => finding.Kind == HandleFindingKind.EvidenceMismatch);
    }

    private static string[] Rows(HandleSession session, Func<HandleProcess?, bool> isOf, int holder = 1000) =>
        [.. UsageMeasurement.Measure(session, HandleUsageGrouping.Interface, (process, owner) => process.Id == holder && isOf(owner))
            .Select(usage => $"{usage.OwnerName} {usage.Handles} {usage.Candidates.FirstOrDefault()?.AtLeast} {usage.AtMost}")];

    private static HandleSession Read(string report) => DumpSource.Read(report).Session;

    private static string Memory(int pid, string name, string objects) =>
        $"DUMP OF SERVICE meminfo:\n** MEMINFO in pid {pid} [{name}] **\n Objects\n   {objects}\n-------------------------------------------------------------------------------\n";

    /// <summary>Returns the proxies of the system server by interface.</summary>
    private static string Listed(params (string Name, int Count)[] proxies) =>
        "ACTIVITY MANAGER BINDER PROXY STATE (dumpsys activity binder-proxies)\nTop proxy interface names held by SYSTEM\n"
        + string.Concat(proxies.Select((each, index) => $"    #{index + 1}: {each.Name} x{each.Count}\n")) + "------ END ------\n";

    /// <summary>Returns a state in which the system server holds the service manager and nodes of some owners.</summary>
    private static string Device(params (int Owner, int Nodes)[] owners) => State(holder: 1000, owners);

    /// <summary>Returns a state in which the service manager holds nodes of some owners.</summary>
    private static string Services(params (int Owner, int Nodes)[] owners) => State(holder: 400, owners);

    private static string State(int holder, (int Owner, int Nodes)[] owners)
    {
        StringBuilder nodes = new(), references = new();
        int id = 10_000;
        foreach ((int owner, int count) in owners)
        {
            nodes.Append(CultureInfo.InvariantCulture, $"proc {owner}\ncontext binder\n");
            for (int number = 0; number < count; number++, id++)
            {
                nodes.Append(CultureInfo.InvariantCulture, $"  node {id}: u0000000000000000 c0000000000000000 pri 0:139 hs 1 hw 1 ls 0 lw 0 is 1 iw 1 tr 1\n");
                references.Append(CultureInfo.InvariantCulture, $"  ref {id + 100_000}: desc {id - 9_999} node {id} s 1 w 1 d 0000000000000000\n");
            }

            nodes.Append(CultureInfo.InvariantCulture, $"  ref {owner}: desc 0 node 1 s 1 w 1 d 0000000000000000\n");
        }

        return Header + "binder state:\nproc 400\ncontext binder\n  node 1: u0000000000000000 c0000000000000000 pri 0:139 hs 1 hw 1 ls 0 lw 0 is 3 iw 3 tr 1\n"
            + (holder == 400 ? references : "") + "proc 1000\ncontext binder\n  ref 900: desc 0 node 1 s 1 w 1 d 0000000000000000\n" + (holder == 1000 ? references : "") + nodes + "------ END ------\n";
    }
}
