using System.Globalization;
using System.Text;
using HandlePool.Analysis;
using HandlePool.Reports;
using HandlePool.Tests.Dumps;

namespace HandlePool.Tests.Analysis;

/// <summary>Finds kills, overflows and warnings in the evidence of a bug report, and compares them with its dump.</summary>
public sealed class IncidentTests
{
    private const string Log = "------ SYSTEM LOG (logcat) ------\n"
        + "01-01 09:00:00.100 1754 1822 E BpBinder: Too many binder proxy objects sent to uid 1000 from uid 10087 (6000 proxies held)\n"
        + "01-01 09:00:00.150 1754 1822 W ActivityManager: Uid 10087 sent too many Binders to uid 1000\n"
        + "01-01 09:00:00.200 1754 1822 D Binder: UID : 10087  count = 6000\n"
        + "01-01 09:00:00.210 1754 1822 E Binder: #1: com.example.IListener x5900\n"
        + "01-01 09:00:00.250 1754 1822 I ActivityManager: Killing 2745:com.example/u0a87 (adj 985): Too many Binders sent to SYSTEM\n"
        + "------ EVENT LOG (logcat -b events) ------\n"
        + "01-01 09:00:00.260 1754 1822 I am_kill : [0,2745,com.example,985,Too many Binders sent to SYSTEM]\n";

    private const string Exit = "ACTIVITY MANAGER PROCESS EXIT INFO (dumpsys activity exit-info)\n  ApplicationExitInfo #0:\n"
        + "    timestamp=2026-01-01 09:00:01.500 pid=2745 realUid=10087 process=com.example reason=9 (EXCESSIVE RESOURCE USAGE) subreason=29 (EXCESSIVE_BINDER_OBJECTS)"
        + " status=0 description=Too many Binders sent to SYSTEM state=empty\n";

    private const string Processes = "------ PROCESSES (ps -A) ------\nUSER PID S NAME\nsystem 1754 S system_server\nu0_a87 2745 S com.example\nu0_a90 3000 S com.other\n";

    [Fact]
    public void All_lines_of_a_kill_are_one_incident_with_its_suspect()
    {
        HandleIncident kill = Assert.Single(Find(Report((2745, 5_900)) + Log + Exit));

        Assert.Equal(HandleIncidentKind.Kill, kill.Kind);
        Assert.Equal(("com.example (2745)", "system_server (1754)", "uid u0a87 (com.example)", 10087), (kill.Victim, kill.Holder, kill.Sender, kill.SenderUid));
        Assert.Equal((6_000, 6_000L), (kill.Limit, kill.Count));
        Assert.Equal(new DateTimeOffset(new DateTime(2026, 1, 1, 9, 0, 0, 100)), kill.Time);
        Assert.Equal([HandleEvidenceKind.ProxyLimit, HandleEvidenceKind.SenderLimit, HandleEvidenceKind.Kill, HandleEvidenceKind.Kill, HandleEvidenceKind.Exit,
            HandleEvidenceKind.UidCount, HandleEvidenceKind.InterfaceCount], kill.Evidence.Select(fact => fact.Kind));
        Assert.Equal([2745], kill.Suspects.Select(suspect => suspect.Owner!.Id));
        Assert.StartsWith("The dump agrees: suspect 1, system_server -> com.example, 5900 handles", kill.Cause, StringComparison.Ordinal);
    }

    [Fact]
    public void A_suspect_says_which_line_of_the_report_agrees()
    {
        HandleSession session = DumpSource.Read(Report((2745, 5_900)) + Log).Session;

        Assert.Contains("The bug report agrees: Kill of com.example (2745), state.txt:", LeakFinder.Find([session]).Suspects[0].Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_dump_after_the_kill_does_not_show_the_victim_and_that_is_said()
    {
        HandleIncident kill = Assert.Single(Find(Report((3000, 30)) + Log));

        Assert.Empty(kill.Suspects);
        Assert.Contains("The dump does not show the victim: it was taken after its end, 25 hours after it.", kill.Cause, StringComparison.Ordinal);
    }

    [Fact]
    public void Suspects_of_other_processes_do_not_agree()
    {
        HandleIncident kill = Assert.Single(Find(Report((2745, 20), (3000, 5_900)) + Log));

        Assert.Empty(kill.Suspects);
        Assert.Contains("The dump does not agree: its strongest suspect is another, suspect 1, system_server -> com.other, 5900 handles. It shows 20 handles", kill.Cause,
            StringComparison.Ordinal);
        Assert.EndsWith("A process with the pid of the victim runs in it: either the victim has not ended, or its pid was used again.", kill.Cause, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_dump_there_is_nothing_to_compare_with() =>
        Assert.Equal("There is no dump of handles to compare with.", Assert.Single(Find(Log + Exit)).Cause);

    [Fact]
    public void Kills_of_one_uid_at_once_are_one_incident_and_later_ones_another()
    {
        static string Kill(string time, int pid) =>
            $"01-01 {time} 1754 1822 I ActivityManager: Killing {pid}:com.example:p{pid}/u0a87 (adj 985): Too many Binders sent to SYSTEM\n";

        IReadOnlyList<HandleIncident> found = Find("== dumpstate: 2026-01-02 10:00:00\n" + Kill("09:00:00.000", 10) + Kill("09:00:00.100", 11) + Kill("11:00:00.000", 12));

        Assert.Equal(["10,11", "12"], found.Select(incident => string.Join(',', incident.VictimIds)));
        Assert.Equal("com.example:p10 (10), com.example:p11 (11)", found[0].Victim);
    }

    [Fact]
    public void A_limit_of_libbinder_without_a_kill_is_one_of_its_own()
    {
        HandleIncident limit = Assert.Single(Find("01-01 09:00:00.100 812 822 E BpBinder: Too many binder proxy objects sent to uid 1041 from uid 10087 (2500 proxies held)\n"));

        Assert.Equal((HandleIncidentKind.ProxyLimit, 2_500, "uid u0a87", "pid 812"), (limit.Kind, limit.Limit, limit.Sender, limit.Holder));
        Assert.Equal((null, null, "ProxyLimit: uid u0a87"), (limit.Victim, limit.VictimUid, limit.ToString()));
    }

    [Theory]
    [InlineData("system 812 S surfaceflinger\n", 2_500, 2_500, "surfaceflinger (812)")]
    [InlineData("", 2_500, 2_500, "pid 812")]
    [InlineData("", 6_000, 6_000, "system_server (812)")]
    public void A_limit_in_a_process_with_the_uid_of_the_system_server_is_its_own(string listed, int count, int limit, string holder)
    {
        HandleIncident incident = Assert.Single(Find($"{Report((2745, 20))}{Processes}{listed}"
            + $"01-01 09:00:00.100 812 822 E BpBinder: Too many binder proxy objects sent to uid 1000 from uid 10087 ({count} proxies held)\n"));

        Assert.Equal((limit, holder), (incident.Limit, incident.Holder));
    }

    [Theory]
    [InlineData("01-01 09:00:00.100 10090 3000 822 E BpBinder: Too many binder proxy objects sent to uid 10090 from uid 10087 (2500 proxies held)", "com.other (3000)")]
    [InlineData("01-01 09:00:00.100 1000 2200 822 E BpBinder: Too many binder proxy objects sent to uid 1000 from uid 10087 (2500 proxies held)", "com.settings (2200)")]
    public void A_limit_of_another_holder_is_no_part_of_a_kill_by_the_system(string warning, string holder)
    {
        IReadOnlyList<HandleIncident> found = Find(Report((2745, 20)).Replace("u0_a90 3000", "system 2200 S com.settings\nu0_a90 3000", StringComparison.Ordinal) + warning
            + "\n01-01 09:01:00.250 1000 1754 1822 I ActivityManager: Killing 2745:com.example/u0a87 (adj 985): Too many Binders sent to SYSTEM\n"
            + "01-01 09:00:30.100 1000 2200 822 D Binder: UID : 10087  count = 2400\n");

        Assert.Equal([(HandleIncidentKind.Kill, "system_server (1754)", null), (HandleIncidentKind.ProxyLimit, holder, 2_500L)],
            found.Select(incident => (incident.Kind, incident.Holder!, incident.Kind == HandleIncidentKind.Kill ? incident.Count : 2_500L)));
    }

    [Fact]
    public void Limits_of_two_holders_are_two_incidents_each_with_its_count()
    {
        IReadOnlyList<HandleIncident> found = Find(Report((2745, 20))
            + "01-01 09:00:00.100 10090 3000 822 E BpBinder: Too many binder proxy objects sent to uid 10090 from uid 10087 (2500 proxies held)\n"
            + "01-01 09:00:30.100 1000 1754 822 E BpBinder: Too many binder proxy objects sent to uid 1000 from uid 10087 (6000 proxies held)\n");

        Assert.Equal([("com.other (3000)", 2_500L, 2_500), ("system_server (1754)", 6_000L, 6_000)], found.Select(incident => (incident.Holder!, incident.Count!.Value, incident.Limit)));
    }

    [Fact]
    public void Counts_of_the_time_of_the_report_are_not_those_of_a_kill_hours_before()
    {
        HandleIncident kill = Assert.Single(Find(Report((3000, 30)) + Exit
            + "ACTIVITY MANAGER BINDER PROXY STATE (dumpsys activity binder-proxies)\n  #1: a.IB x44\n  Counts of Binder Proxies held by SYSTEM\n    UID 10087, binder count = 44, package(s)= com.example;\n"));

        Assert.Null(kill.Count);
        Assert.Equal([HandleEvidenceKind.Exit], kill.Evidence.Select(fact => fact.Kind));
    }

    [Theory]
    [InlineData("I/ActivityManager( 1754): Killing 2745:com.example/u0a87 (adj 985): Too many Binders sent to SYSTEM\n")]
    [InlineData("02-29 09:00:00.250 1754 1822 I ActivityManager: Killing 2745:com.example/u0a87 (adj 985): Too many Binders sent to SYSTEM\n")]
    public void Counts_of_the_time_of_the_report_are_not_those_of_a_kill_of_unknown_time(string line)
    {
        HandleIncident kill = Assert.Single(Find(Report((2745, 20)) + line
            + "ACTIVITY MANAGER BINDER PROXY STATE (dumpsys activity binder-proxies)\n  #1: a.IB x44\n  Counts of Binder Proxies held by SYSTEM\n    UID 10087, binder count = 44, package(s)= com.example;\n"));

        Assert.Null(kill.Count);
        Assert.Equal([HandleEvidenceKind.Kill], kill.Evidence.Select(fact => fact.Kind));
    }

    [Fact]
    public void A_kill_of_another_user_has_not_the_uid_of_the_process_that_has_its_pid()
    {
        HandleIncident kill = Assert.Single(Find(Report((2745, 20)) + "01-01 09:00:00.260 1754 1822 I am_kill : [10,2745,com.example,985,Too many Binders sent to SYSTEM]\n"));

        Assert.Equal((null, null), (kill.VictimUid, kill.SenderUid));
        Assert.StartsWith("The dump does not show the victim", kill.Cause, StringComparison.Ordinal);
    }

    [Fact]
    public void An_exit_that_an_app_describes_as_a_kill_is_none() =>
        Assert.Empty(Find(Report((2745, 20)) + Exit.Replace("reason=9 (EXCESSIVE RESOURCE USAGE) subreason=29 (EXCESSIVE_BINDER_OBJECTS)", "reason=1 (EXIT_SELF) subreason=0 (UNKNOWN)", StringComparison.Ordinal)));

    [Fact]
    public void A_full_table_agrees_with_those_who_hold_the_objects_of_its_process()
    {
        HandleIncident overflow = Assert.Single(Find(Report((2745, 5_900)) + "01-01 09:00:00.100 2745 822 F art: JNI ERROR (app bug): global reference table overflow (max=51200)\n"));

        Assert.Equal(10087, overflow.VictimUid);
        Assert.StartsWith("The dump agrees: suspect 1, system_server -> com.example, 5900 handles", overflow.Cause, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(20_100, 20_000)]
    [InlineData(25_001, 25_000)]
    public void A_crash_of_a_Java_process_names_the_limit_of_its_release(int count, int limit)
    {
        HandleIncident crash = Assert.Single(Find("01-01 09:00:00.100 1754 822 W Binder: BinderProxy map growth! bucket size = 20 total = 20000\n"
            + "01-01 09:00:00.100 1754 822 E Binder: #1: a.IB x19000\n"
            + $"01-01 09:00:00.100 1754 822 E AndroidRuntime: java.lang.AssertionError: Binder ProxyMap has too many entries: {count} (total), 5 (uncleared), 5 (uncleared after GC). BinderProxy leak?\n"));

        Assert.Equal((HandleIncidentKind.ProxyMapOverflow, limit, (long)count), (crash.Kind, crash.Limit, crash.Count!.Value));
        Assert.Equal("a.IB", crash.Evidence[^1].Name);
    }

    [Fact]
    public void A_full_table_of_references_has_its_classes()
    {
        HandleIncident overflow = Assert.Single(Find(Report((2745, 20)) + "01-01 09:00:00.100 1754 822 F art: JNI ERROR (app bug): global reference table overflow (max=51200)\n"
            + "01-01 09:00:00.100 1754 822 F art: Summary:\n01-01 09:00:00.100 1754 822 F art: 50000 of com.example.Stub (50000 unique instances)\n"));

        Assert.Equal((HandleIncidentKind.ReferenceTableOverflow, "system_server (1754)", 51_200), (overflow.Kind, overflow.Victim, overflow.Limit));
        Assert.Equal("com.example.Stub", overflow.Evidence[1].Name);
    }

    [Fact]
    public void Growth_of_the_proxies_of_a_process_is_one_incident()
    {
        HandleIncident growth = Assert.Single(Find("01-01 09:00:00.100 1754 822 W Binder: BinderProxy map growth! bucket size = 20 total = 5000\n"
            + "01-01 12:00:00.100 1754 822 W Binder: BinderProxy map growth! bucket size = 30 total = 6000\n"));

        Assert.Equal((HandleIncidentKind.ProxyMapGrowth, 6_000L, 2), (growth.Kind, growth.Count!.Value, growth.Evidence.Count));
    }

    [Fact]
    public void Growth_has_no_victim_comes_after_the_kill_and_speaks_of_the_time_of_the_dump()
    {
        const string Growth = "01-01 08:59:00.100 1754 822 W Binder: BinderProxy map growth! bucket size = 20 total = 5000\n";
        IReadOnlyList<HandleIncident> found = Find(Report((2745, 20)) + Growth + Log);

        Assert.Equal([HandleIncidentKind.Kill, HandleIncidentKind.ProxyMapGrowth], found.Select(incident => incident.Kind));
        Assert.Equal((null, null, 0, "system_server (1754)", "ProxyMapGrowth: system_server (1754)"),
            (found[1].Victim, found[1].VictimUid, found[1].VictimIds.Count, found[1].Holder, found[1].ToString()));
        Assert.Equal("The dump was taken 25 hours after it, and need not show it any more: it has no suspects. It shows 20 handles of what the incident is about.", found[1].Cause);
    }

    [Theory]
    [InlineData("01-02 09:58:00", "The dump does not agree: it has no suspects. It shows 0 handles")]
    [InlineData("01-02 08:00:00", "The dump was taken 2 hours after it, and need not show it any more: it has no suspects. It shows 0 handles")]
    public void A_warning_long_before_the_dump_does_not_contradict_it(string time, string cause)
    {
        HandleIncident limit = Assert.Single(Find(Report((2745, 20)) + $"{time}.100 812 822 E BpBinder: Too many binder proxy objects sent to uid 1041 from uid 10087 (2500 proxies held)\n"));

        Assert.StartsWith(cause, limit.Cause, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ActivityManager: Killing 2745:com.example:remote/u0a87 (adj 985): Too many Binders sent to SYSTEM", "uid u0a87 (com.example)")]
    [InlineData("am_kill : [0,2745,com.example:remote,985,Too many Binders sent to SYSTEM]", null)]
    public void A_sender_is_named_after_its_process_if_no_package_is_known(string line, string? sender) =>
        Assert.Equal(sender, Assert.Single(Find($"01-01 09:00:00.250 1754 1822 I {line}\n")).Sender);

    [Fact]
    public void A_part_of_a_name_that_the_kernel_keeps_names_no_sender() => Assert.Equal("uid u0a95",
        Assert.Single(Find("USER PID S NAME\nu0_a95 3100 S ple.application\n01-01 09:00:00.100 812 822 E BpBinder: Too many binder proxy objects sent to uid 1041 from uid 10095 (2500 proxies held)\n")).Sender);

    [Theory]
    [InlineData(2745, "com.example.IFoo$Stub", "com.example.IFoo")]
    [InlineData(1754, "com.example.IFoo$Stub$Proxy", "com.example.IFoo")]
    [InlineData(2745, "com.example.Foo", null)]
    [InlineData(3000, "com.example.IFoo$Stub", null)]
    public void The_class_that_filled_a_table_is_a_guess_of_the_interface(int pid, string type, string? guess)
    {
        string table = $"01-01 09:00:00.100 {pid} 822 F art: JNI ERROR (app bug): global reference table overflow (max=51200)\n"
            + $"01-01 09:00:00.100 {pid} 822 F art: Summary:\n01-01 09:00:00.100 {pid} 822 F art: 50000 of {type} (50000 unique instances)\n01-01 09:00:00.100 {pid} 822 F art: 900 of java.lang.Class\n";
        HandleSession session = DumpSource.Read(Report((2745, 5_900)) + table).Session;

        HandleLeakSuspect suspect = LeakFinder.Find([session]).Suspects[0];
        Assert.Equal(guess is null ? [] : [(guess, InterfaceCertainty.Guess, 0, 5_900)], suspect.Usage.Candidates.Select(each => (each.Name, each.Certainty, each.AtLeast, each.AtMost)));
        Assert.Equal(guess is not null, suspect.Reason.Contains("They may be com.example.IFoo, which nothing forces: Most references of the table of", StringComparison.Ordinal));
        Assert.Null(suspect.Usage.Interface);
    }

    [Fact]
    public void Kills_of_one_uid_tell_the_rate_between_them()
    {
        static string Exit(string time, int pid, int uid) => $"ApplicationExitInfo #0:\n timestamp=2026-01-01 {time} pid={pid} realUid={uid} process=com.example subreason=29 (EXCESSIVE_BINDER_OBJECTS)\n";

        IReadOnlyList<HandleIncident> found = Find("ACTIVITY MANAGER PROCESS EXIT INFO (dumpsys activity exit-info)\n"
            + Exit("09:00:00.000", 10, 10087) + Exit("10:00:00.000", 77, 10090) + Exit("11:00:00.000", 11, 10087) + Exit("11:30:00.000", 12, 10087));

        Assert.Equal(["10087  ", "10090  ", "10087 02:00:00 3000", "10087 00:30:00 12000"],
            found.Select(incident => string.Create(CultureInfo.InvariantCulture, $"{incident.VictimUid} {incident.SincePrevious} {incident.PerHour}")));
    }

    [Fact]
    public void Growth_before_a_crash_is_its_evidence_and_tells_the_rate_and_the_sender()
    {
        const string Crash = "01-01 11:00:00.100 3000 822 E Binder: #1: a.IB x24000\n01-01 11:00:00.100 3000 822 E Binder: UID : 10087  count = 20000\n"
            + "01-01 11:00:00.100 3000 822 E Binder: UID : 10088  count = 30\n"
            + "01-01 11:00:00.100 3000 822 E AndroidRuntime: java.lang.AssertionError: Binder ProxyMap has too many entries: 26000 (total), 5 (uncleared), 5 (uncleared after GC). BinderProxy leak?\n";
        IReadOnlyList<HandleIncident> found = Find("== dumpstate: 2026-01-02 10:00:00\n01-01 09:00:00.100 3000 822 W Binder: BinderProxy map growth! bucket size = 20 total = 6000\n"
            + "01-01 10:00:00.100 3000 822 W Binder: BinderProxy map growth! bucket size = 40 total = 16000\n" + Crash
            + "01-01 12:00:00.100 3000 822 W Binder: BinderProxy map growth! bucket size = 20 total = 5000\n");

        Assert.Equal([HandleIncidentKind.ProxyMapOverflow, HandleIncidentKind.ProxyMapGrowth], found.Select(incident => incident.Kind));
        Assert.Equal(["ProxyMapGrowth 6000", "ProxyMapGrowth 16000", "ProxyMapOverflow 26000", "UidCount 20000", "InterfaceCount 24000"],
            found[0].Evidence.Select(fact => $"{fact.Kind} {fact.Count}"));
        Assert.Equal(new DateTimeOffset(new DateTime(2026, 1, 1, 9, 0, 0, 100)), found[0].Since);
        Assert.Equal(new DateTimeOffset(new DateTime(2026, 1, 1, 11, 0, 0, 100)), found[0].Time);
        Assert.Equal((10_000d, "uid u0a87", 10087), (found[0].PerHour!.Value, found[0].Sender, found[0].SenderUid!.Value));
        Assert.Equal((null, null), (found[1].Since, found[1].PerHour));
    }

    [Theory]
    [InlineData(13_000, 12_000)]
    [InlineData(20_000, 19_000)]
    public void No_sender_of_a_crash_is_named_that_counts_do_not_force(int one, int other)
    {
        HandleIncident crash = Assert.Single(Find($"01-01 11:00:00.100 3000 822 E Binder: UID : 10087  count = {one}\n01-01 11:00:00.100 3000 822 E Binder: UID : 10088  count = {other}\n"
            + "01-01 11:00:00.100 3000 822 E AndroidRuntime: java.lang.AssertionError: Binder ProxyMap has too many entries: 26001 (total), 5 (uncleared), 5 (uncleared after GC). BinderProxy leak?\n"));

        Assert.Null(crash.Sender);
        Assert.Equal([10087, 10088], crash.Evidence.Where(fact => fact.Kind == HandleEvidenceKind.UidCount).Select(fact => fact.Uid));
    }

    [Fact]
    public void A_crash_is_not_compared_with_another_package_of_its_uid()
    {
        HandleIncident crash = Assert.Single(Find(Report((3000, 20)) + "------ PROCESSES (ps -A) ------\nUSER PID S NAME\nu0_a90 3000 S com.other\nu0_a90 2000 S com.example\n"
            + "01-01 09:00:00.100 2000 822 F art: JNI ERROR (app bug): global reference table overflow (max=51200)\n"
            + "01-01 09:00:00.100 2000 822 F art: Summary:\n01-01 09:00:00.100 2000 822 F art: 50000 of com.example.Stub (50000 unique instances)\n"
            + "DUMP OF SERVICE meminfo:\n** MEMINFO in pid 3000 [com.other] **\n Objects\n   Local Binders: 18 Proxy Binders: 0\n"));

        Assert.Equal("Most references of the table, 50000, are of com.example.Stub.", crash.Comparison);
    }

    [Fact]
    public void A_suspect_without_a_name_is_not_said_to_be_another()
    {
        string report = Report((2745, 20), (3000, 5_900)).Replace("u0_a90 3000 S com.other\n", "", StringComparison.Ordinal) + Log;

        Assert.StartsWith("The dump may agree: whether its strongest suspect is another is unknown, suspect 1, system_server -> 3000, 5900 handles: nothing names process 3000. It shows 20 handles",
            Assert.Single(Find(report)).Cause, StringComparison.Ordinal);
    }

    [Fact]
    public void A_suspect_names_the_line_of_the_kill()
    {
        HandleSession session = DumpSource.Read(Report((2745, 5_900)) + Log).Session;
        HandleEvidence kill = session.Evidence.First(fact => fact.Kind == HandleEvidenceKind.Kill);

        Assert.Contains($"The bug report agrees: Kill of com.example (2745), {kill.ShortSource}.", LeakFinder.Find([session]).Suspects[0].Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_report_opens_with_the_kill_and_not_with_a_warning_before_it()
    {
        using MemoryStream stream = new();
        HandleReport.Write(stream, [DumpSource.Read(Report((2745, 5_900)) + "01-01 08:00:00.100 3000 1822 W Binder: BinderProxy map growth! bucket size = 20 total = 5000\n" + Log).Session],
            new HandleReportOptions { Format = HandleReportFormat.Markdown });
        string report = Encoding.UTF8.GetString(stream.ToArray());

        Assert.InRange(report.IndexOf("1. Killed for too many binder objects", StringComparison.Ordinal), 0, report.IndexOf("2. Many binder proxies", StringComparison.Ordinal));
    }

    [Fact]
    public void Warnings_that_end_no_process_have_no_rate()
    {
        static string Warning(string time) => $"01-01 {time} 812 822 E BpBinder: Too many binder proxy objects sent to uid 1041 from uid 10087 (2500 proxies held)\n";

        HandleIncident second = Find("== dumpstate: 2026-01-02 10:00:00\n" + Warning("09:00:00.100") + Warning("11:00:00.100"))[1];

        Assert.Equal(TimeSpan.FromHours(2), second.SincePrevious);
        Assert.Null(second.PerHour);
    }

    [Fact]
    public void All_packages_of_a_shared_uid_are_named()
    {
        HandleIncident kill = Assert.Single(Find(Report((2745, 20)) + "DUMP OF SERVICE package:\n  Package [com.innocent] (1f2e):\n    userId=10087\n  Package [com.example] (1f2f):\n    userId=10087\n" + Log));

        Assert.Equal("uid u0a87 (com.innocent, com.example)", kill.Sender);
    }

    [Fact]
    public void A_suspect_names_the_kill_rather_than_the_warning_before_it()
    {
        HandleSession session = DumpSource.Read(Report((2745, 5_900)) + "01-01 08:59:00.100 1754 822 W Binder: BinderProxy map growth! bucket size = 20 total = 5000\n" + Log).Session;

        Assert.Contains("The bug report agrees: Kill of com.example (2745), state.txt:", LeakFinder.Find([session]).Suspects[0].Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_table_that_is_full_of_own_objects_is_compared_with_nodes()
    {
        HandleIncident overflow = Assert.Single(Find(Report((2745, 20)) + "01-01 09:00:00.100 2745 822 F art: JNI ERROR (app bug): global reference table overflow (max=51200)\n"
            + "01-01 09:00:00.100 2745 822 F art: Summary:\n01-01 09:00:00.100 2745 822 F art: 50000 of com.example.Stub (50000 unique instances)\n"
            + "DUMP OF SERVICE meminfo:\n** MEMINFO in pid 2745 [com.example] **\n Objects\n   Local Binders: 18 Proxy Binders: 0\n"));

        Assert.StartsWith("com.example (2745) has 18 local binders in Java for 20 nodes", overflow.Comparison, StringComparison.Ordinal);
    }

    [Fact]
    public void A_full_table_is_compared_with_the_counts_of_the_kernel()
    {
        HandleIncident overflow = Assert.Single(Find(Report((2745, 20)) + "01-01 09:00:00.100 1754 822 F art: JNI ERROR (app bug): global reference table overflow (max=51200)\n"
            + "01-01 09:00:00.100 1754 822 F art: Summary:\n01-01 09:00:00.100 1754 822 F art: 50000 of android.os.BinderProxy (50000 unique instances)\n"
            + "DUMP OF SERVICE meminfo:\n** MEMINFO in pid 1754 [system] **\n Objects\n   Local Binders: 3 Proxy Binders: 18\n"));

        Assert.Equal("system_server (1754) has 18 proxies in Java for 20 handles (state.txt:59), which suggests that Java code holds them. "
            + "Most references of the table, 50000, are of android.os.BinderProxy: the process holds proxies of others, each by a handle. The dump has 0 nodes and 20 handles of the process.",
            overflow.Comparison);
    }

    [Fact]
    public void Exits_that_only_may_be_kills_for_binders_are_none() => Assert.Empty(Find(Report((2745, 20))
        + "ApplicationExitInfo #0:\n timestamp=2026-01-01 09:00:01.500 pid=2745 realUid=10087 process=com.example reason=13 (OTHER KILLS BY SYSTEM) subreason=11 (KILL UID) description=remove task\n"));

    [Fact]
    public void What_a_report_lacks_for_incidents_is_said()
    {
        Assert.Contains("has no log and no records of exits", Assert.Single(IncidentFinder.FindGaps(DumpSource.Read(Report((2745, 20))).Session)), StringComparison.Ordinal);
        Assert.Empty(IncidentFinder.FindGaps(DumpSource.Read(Log + Exit).Session));
        Assert.Contains("has no evidence", Assert.Single(IncidentFinder.FindGaps(new HandleSession())), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(HandleReportFormat.Html)]
    [InlineData(HandleReportFormat.Markdown)]
    public void A_report_opens_with_the_incident(HandleReportFormat format)
    {
        using MemoryStream stream = new();
        HandleReport.Write(stream, [DumpSource.Read(Report((2745, 5_900)) + Log + Exit).Session], new HandleReportOptions { Format = format });
        string report = Encoding.UTF8.GetString(stream.ToArray());

        int incident = report.IndexOf("Killed for too many binder objects", StringComparison.Ordinal);
        Assert.InRange(incident, 0, report.IndexOf("likely leaking", StringComparison.Ordinal) is > 0 and int leaking ? leaking : report.IndexOf("may", StringComparison.Ordinal));
        Assert.Contains("com.example.IListener x5900", report, StringComparison.Ordinal);
    }

    private static IReadOnlyList<HandleIncident> Find(string text) => IncidentFinder.Find(DumpSource.Read(text).Session);

    /// <summary>Returns a report whose dump has the references of the system server to some owners.</summary>
    private static string Report(params (int Owner, int Handles)[] held)
    {
        StringBuilder references = new(), owners = new();
        int index = 0;
        foreach ((int owner, int handles) in held)
        {
            owners.Append(CultureInfo.InvariantCulture, $"proc {owner}\ncontext binder\n");
            for (int left = handles; left > 0; left--)
            {
                index++;
                references.Append(CultureInfo.InvariantCulture, $"  ref {index + 200_000}: desc {index} node {index + 100_000} s 1 w 1 d 0\n");
                owners.Append(CultureInfo.InvariantCulture, $"  node {index + 100_000}: u1 c1 hs 1 hw 1 ls 0 lw 0 is 1 iw 1 tr 1 proc 1754\n");
            }
        }

        return $"== dumpstate: 2026-01-02 10:00:00\n{Processes}------ BINDER STATE (/d/binder/state) ------\nbinder state:\nproc 1754\ncontext binder\n{references}{owners}";
    }
}
