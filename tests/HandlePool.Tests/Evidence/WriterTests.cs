using HandlePool.Analysis;
using HandlePool.Tests.Dumps;

namespace HandlePool.Tests.Evidence;

/// <summary>Reads logs in which apps write what only the system writes, and logs of pids that are used again.</summary>
public sealed class WriterTests
{
    private const string Report = "== dumpstate: 2026-01-02 10:00:00\n------ PROCESSES (ps -A) ------\nUSER PID S NAME\nsystem 1754 S system_server\nu0_a82 2100 S com.victim\nu0_a87 4100 S com.example\n"
        + "------ BINDER STATE (/d/binder/state) ------\nbinder state:\nproc 1754\ncontext binder\n  node 200: u1 c1 hs 1 hw 1 ls 0 lw 0 is 1 iw 1 tr 1 proc 4100\n"
        + "  node 201: u2 c2 hs 1 hw 1 ls 0 lw 0 is 1 iw 1 tr 1 proc 4100\n  node 202: u3 c3 hs 1 hw 1 ls 0 lw 0 is 1 iw 1 tr 1 proc 4100\n"
        + "proc 4100\ncontext binder\n  ref 1: desc 1 node 200 s 1 w 1 d 0\n  ref 2: desc 2 node 201 s 1 w 1 d 0\n  ref 3: desc 3 node 202 s 1 w 1 d 0\n"
        + "------ 0.1s was the duration of 'BINDER STATE' ------\n------ SYSTEM LOG (logcat) ------\n";

    private const string Histogram = "01-02 09:58:00.100 4100 4122 D Binder  : #1: com.example.IThing x3\n";

    public static TheoryData<string> FalseLines =>
    [
        "01-02 09:30:00.250  4100  4122 I ActivityManager: Killing 2100:com.victim/u0a82 (adj 985): Too many Binders sent to SYSTEM",
        "01-02 09:30:00.250 10087  4100  4122 I ActivityManager: Killing 2100:com.victim/u0a82 (adj 985): Too many Binders sent to SYSTEM",
        "01-02 09:30:00.250 I/ActivityManager( 4100): Killing 2100:com.victim/u0a82 (adj 985): Too many Binders sent to SYSTEM",
        "[ 01-02 09:30:00.250  4100: 4122 I/ActivityManager ]\nKilling 2100:com.victim/u0a82 (adj 985): Too many Binders sent to SYSTEM",
        "01-02 09:30:00.250  4100  4122 I am_kill : [0,2100,com.victim,985,Too many Binders sent to SYSTEM]",
        "01-02 09:30:00.250  4100  4122 W ActivityManager: Uid 10082 sent too many Binders to uid 1000",
        "01-02 09:30:00.250  4100  4122 E BpBinder: Too many binder proxy objects sent to uid 1000 from uid 10082 (6000 proxies held)",
        "01-02 09:30:00.250 u0_a87  4100  4122 E BpBinder: Too many binder proxy objects sent to uid 1000 from uid 10082 (6000 proxies held)",
        "01-02 09:30:00.250  4100  4122 I am_crash: [2100,0,com.victim,8,java.lang.AssertionError,Binder ProxyMap has too many entries: 25001 (total), 9 (uncleared), 9 (uncleared after GC). BinderProxy leak?,B.java,230]",
        "01-02 09:30:00.250  4100  4122 F DEBUG   : pid: 2100, tid: 2100, name: Binder:2100_3  >>> com.victim <<<\n01-02 09:30:00.250  4100  4122 F DEBUG   : Abort message: 'JNI ERROR (app bug): global reference table overflow (max=51200)'",
        "01-02 09:30:00.250  4100  4122 F DEBUG   : Abort message: 'JNI ERROR (app bug): global reference table overflow (max=51200)'",

        // Apps that no list has, as they ended since.
        "01-02 09:00:00.000  1754  1822 I am_proc_start: [0,5000,10099,com.gone,service,{com.gone/.S}]\n01-02 09:30:00.250  5000  5022 I ActivityManager: Killing 2100:com.victim/u0a82 (adj 985): Too many Binders sent to SYSTEM",
        "01-02 09:00:00.000  1754  1822 I ActivityManager: Start proc 5000:com.gone/u0a99 for service {com.gone/.S}\n01-02 09:30:00.250  5000  5022 W ActivityManager: Uid 10082 sent too many Binders to uid 1000",
    ];

    public static TheoryData<string, string?> EarlierProcesses => new()
    {
        { "01-02 09:58:00.100 1000 4100 4122 D Binder  : #1: com.example.IThing x3", null },
        { Histogram + "01-02 09:59:00.100 1754 1822 I am_proc_died: [0,4100,com.old,985,10]", "com.old" },
        { Histogram + "01-02 09:59:00.100 1754 1822 I am_proc_start: [0,4100,10087,com.example,service,x]", null },
        { Histogram + "01-02 09:59:00.100 1754 1822 I am_pss  : [4100,10099,com.old,1,2,3,4,5,6,7]", null },
        { Histogram + "01-02 09:59:00.100 1754 1822 I am_crash: [4100,0,com.old,0,java.lang.X,y,z.java,1]", null },
        { Histogram + "01-02 09:59:00.100 1754 1822 I am_anr  : [0,4100,com.old,123,Input dispatching timed out]", null },
        { Histogram + "01-02 09:59:00.100 1754 1822 I am_wtf  : [0,4100,com.old,1,tag,x]", null },
        { Histogram + "01-02 09:58:00.200 1754 1822 I am_wtf  : [0,4100,com.old,1,tag,x]", "com.old" },
        { Histogram + "01-02 09:59:00.100 4100 4100 E AndroidRuntime: Process: com.old, PID: 4100", null },
        { Histogram + "01-02 09:59:00.100 900 900 F DEBUG   : pid: 4100, tid: 4122, name: main  >>> com.old <<<", null },
        { Histogram + "01-02 09:59:00.100 250 250 I lowmemorykiller: Kill 'com.old' (4100), uid 10099, oom_score_adj 985 to free 90kB", "com.old" },
        { Histogram + "01-02 09:59:00.100 250 250 I killinfo: [4100,10099,985,100,90000,1,2,3]", null },
        { Histogram + "01-02 09:59:00.100 300 300 I Zygote  : Process 4100 exited due to signal 9 (Killed)", null },
        { Histogram + "01-02 09:59:00.100 300 300 I Zygote  : Process 4100 exited cleanly (0)", null },
        { Histogram + "01-02 09:59:00.100 1754 1822 I am_kill : [0,4100,com.old,985,empty #17]", "com.old" },
        { Histogram + "01-02 09:59:00.100 1754 1822 I ActivityManager: Process com.old (pid 4100) has died: cch CAC", "com.old" },
        { Histogram + "01-02 09:59:00.100 1754 1822 I ActivityManager: Start proc 4100:com.example/u0a87 for service {x}", null },
        { Histogram + "01-02 09:59:00.100 1754 1822 I ActivityManager: Start proc com.example for service com.example/.S: pid=4100 uid=10087 gids={1}", null },
        { Histogram + "01-02 09:59:00.100 1754 1822 I ActivityManager: Killing 4100:com.old/u0a87 (adj 985): empty #17", "com.old" },
        { Histogram + "[ 01-02 09:59:00.100  1754: 1822 I/ActivityManager ]\nStart proc 4100:com.example/u0a87 for service {x}", null },
        { Histogram + "ApplicationExitInfo #0:\n timestamp=2026-01-02 09:59:00.100 pid=4100 realUid=10087 process=com.old reason=3 (LOW_MEMORY) subreason=0 (UNKNOWN)", "com.old" },
    };

    [Theory]
    [MemberData(nameof(FalseLines))]
    public void What_an_app_writes_in_the_name_of_another_makes_no_incident(string lines)
    {
        HandleSession session = DumpSource.Read(Report + lines + "\n").Session;

        Assert.Empty(IncidentFinder.Find(session));
        HandleEvidence refused = Assert.Single(session.Evidence, fact => fact.Kind == HandleEvidenceKind.Untrusted);
        Assert.StartsWith($"A process of uid {(refused.Pid == 5000 ? "u0a99" : "u0a87")} wrote it (state.txt:", refused.Doubt, StringComparison.Ordinal);
        string expected = lines.Contains("Binder:2100", StringComparison.Ordinal) ? "u0a82" : lines.Contains("DEBUG", StringComparison.Ordinal) ? "1045" : "1000";
        Assert.EndsWith($"and not one of uid {expected}: it counts for nothing.", refused.Doubt, StringComparison.Ordinal);
        Assert.Null(refused.Count);
    }

    [Theory]
    [InlineData("01-02 09:30:00.250  1754  1822 I ActivityManager: Killing 2100:com.victim/u0a82 (adj 985): Too many Binders sent to SYSTEM")]
    [InlineData("01-02 09:30:00.250  9999  1822 I ActivityManager: Killing 2100:com.victim/u0a82 (adj 985): Too many Binders sent to SYSTEM\n01-02 09:40:00.000 200 200 I boot_progress_start: 5000")]
    [InlineData("01-02 09:30:00.250  4100  4122 E BpBinder: Too many binder proxy objects sent to uid 10087 from uid 10082 (2500 proxies held)")]
    [InlineData("01-02 09:30:00.250  1754  1822 I am_crash: [2100,0,com.victim,8,java.lang.AssertionError,Binder ProxyMap has too many entries: 25001 (total), 9 (uncleared), 9 (uncleared after GC). BinderProxy leak?,B.java,230]")]
    [InlineData("01-02 09:30:00.250 10082 32100 32100 F DEBUG   : pid: 2100, tid: 2100, name: Binder:2100_3  >>> com.victim <<<\n01-02 09:30:00.250 10082 32100 32100 F DEBUG   : Abort message: 'JNI ERROR (app bug): global reference table overflow (max=51200)'")]

    // The system had the pid of an app before, which the log tells.
    [InlineData("01-02 09:30:00.250  4100  4122 I ActivityManager: Killing 2100:com.victim/u0a82 (adj 985): Too many Binders sent to SYSTEM\n01-02 09:40:00.000  1754  1822 I am_proc_start: [0,4100,10087,com.example,service,x]\n01-02 09:35:00.000 200 200 I boot_progress_start: 5000")]
    public void What_the_system_or_the_process_itself_writes_is_an_incident(string lines)
    {
        HandleSession session = DumpSource.Read(Report + lines + "\n").Session;

        Assert.Single(IncidentFinder.Find(session));
        Assert.DoesNotContain(session.Evidence, fact => fact.Kind == HandleEvidenceKind.Untrusted);
    }

    [Theory]
    [InlineData(9999, "01-02 09:30:00.250  9999  9999 I ActivityManager: Killing 2100:com.victim/u0a82 (adj 985): Too many Binders sent to SYSTEM")]
    [InlineData(9999, "01-02 09:30:00.250  1000  9999  9999 W ActivityManager: Uid 10082 sent too many Binders to uid 1000")]
    [InlineData(2200, "01-02 09:30:00.250  1000  2200  2200 I ActivityManager: Killing 2100:com.victim/u0a82 (adj 985): Too many Binders sent to SYSTEM")]
    public void What_another_process_of_the_system_than_its_server_writes_makes_no_incident(int writer, string line)
    {
        HandleSession session = DumpSource.Read(Report.Replace("u0_a82 2100", "system 2200 S com.settings\nu0_a82 2100", StringComparison.Ordinal) + line + "\n").Session;

        Assert.Empty(IncidentFinder.Find(session));
        Assert.Equal($"Process {writer} wrote it, and not the system server, 1754 (state.txt:4): it counts for nothing.",
            Assert.Single(session.Evidence, fact => fact.Kind == HandleEvidenceKind.Untrusted).Doubt);
    }

    [Theory]

    // The one that ended is not that which writes of it, and none makes itself the server before.
    [InlineData(9999, "01-02 09:30:00.250 9999 9999 I Zygote: Exit zygote because system server (pid 9999) has terminated")]
    [InlineData(9999, "01-02 09:30:00.250 9999 9999 I Zygote: Exit zygote because system server (pid 1754) has terminated")]
    [InlineData(9999, "01-02 09:30:00.250 9999 9999 I boot_progress_start: 5000")]

    // Another server ended.
    [InlineData(9999, "01-02 09:30:00.250 300 300 I Zygote: Exit zygote because system server (pid 5555) has terminated")]

    // The system server of the list wrote before.
    [InlineData(9999, "01-02 09:20:00.000 1754 1822 I am_proc_start: [0,2745,10083,com.x,service,x]\n01-02 09:30:00.250 300 300 I Zygote: Exit zygote because system server (pid 9999) has terminated")]
    [InlineData(9999, "01-02 09:20:00.000 1754 1822 I am_proc_start: [0,2745,10083,com.x,service,x]\n01-02 09:30:00.250 300 300 I boot_progress_start: 5000")]
    public void A_start_of_the_system_that_nobody_but_an_app_shows_makes_none_its_server(int writer, string lines)
    {
        HandleSession session = DumpSource.Read(Report + $"01-02 09:30:00.000  {writer}  {writer} I ActivityManager: Killing 2745:com.killed/u0a83 (adj 985): Too many Binders sent to SYSTEM\n{lines}\n").Session;

        Assert.Empty(IncidentFinder.Find(session));
        Assert.Equal($"Process {writer} wrote it, and not the system server, 1754 (state.txt:4): it counts for nothing.",
            Assert.Single(session.Evidence, fact => fact.Kind == HandleEvidenceKind.Untrusted).Doubt);
    }

    [Theory]
    [InlineData("01-02 09:30:00.250 300 300 I Zygote: Exit zygote because system server (pid 9999) has terminated", 22)]
    [InlineData("01-02 09:30:00.250 300 300 I boot_progress_start: 5000\n01-02 09:30:00.260 9999 9999 I boot_progress_start: 5000", 22)]
    [InlineData("01-02 09:30:00.250 root 300 300 I Zygote: Exit zygote because system server (pid 9999) has terminated", 0)]
    [InlineData("01-02 09:20:00.000 1754 1822 I am_proc_start: [0,2745,10083,com.x,service,x]\n01-02 09:30:00.250 root 300 300 I boot_progress_start: 5000", 0)]
    public void What_an_earlier_server_wrote_is_unsure_unless_root_tells_of_the_start(string lines, int shownBy)
    {
        HandleSession session = DumpSource.Read(Report + $"01-02 09:30:00.000  9999  1822 I ActivityManager: Killing 2745:com.killed/u0a83 (adj 985): Too many Binders sent to SYSTEM\n{lines}\n").Session;

        Assert.Single(IncidentFinder.Find(session));
        string? expected = shownBy == 0 ? null : $"Process 9999 wrote it, and state.txt:4 shows another as the system server, 1754: that the system started again since rests on state.txt:{shownBy}, and nothing tells who wrote that.";
        Assert.Equal(expected, Assert.Single(session.Evidence, fact => fact.Kind == HandleEvidenceKind.Kill).Doubt);
    }

    [Fact]
    public void A_redacted_doubt_has_pseudonyms()
    {
        HandleRedactor redactor = new("key");
        HandleSession session = DumpSource.Read(Report + "01-02 09:30:00.000 9999 1822 I ActivityManager: Killing 2745:com.killed/u0a83 (adj 985): Too many Binders sent to SYSTEM\n01-02 09:40:00.000 300 300 I boot_progress_start: 5000\n").Session;

        string doubt = Assert.Single(redactor.Redact(session).Evidence, fact => fact.Kind == HandleEvidenceKind.Kill).Doubt!;
        Assert.StartsWith($"Process {redactor.RedactPid(9999)} wrote it, and ", doubt, StringComparison.Ordinal);
        Assert.Contains($" shows another as the system server, {redactor.RedactPid(1754)}: ", doubt, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("2100", "Nothing tells what process 9999 was, which wrote it of process 2100, and state.txt:5 shows that this one still runs.",
        "The dump does not show the victim, and a list shows that it runs (state.txt:5): either it has not ended, or its pid was used again. It has no suspects.")]
    [InlineData("2745", "Nothing tells what process 9999 was, which wrote it of process 2745.", "The dump does not show the victim: it was taken after its end, 30 minutes after it. It has no suspects.")]
    public void A_tombstone_of_an_unknown_writer_is_unsure(string victim, string doubt, string cause)
    {
        string lines = $"01-02 09:30:00.250 9999 9999 F DEBUG   : pid: {victim}, tid: {victim}, name: a  >>> com.victim <<<\n"
            + "01-02 09:30:00.250 9999 9999 F DEBUG   : Abort message: 'JNI ERROR (app bug): global reference table overflow (max=51200)'\n";

        HandleSession session = DumpSource.Read(Report + lines).Session;
        Assert.Equal(doubt, Assert.Single(session.Evidence, fact => fact.Kind == HandleEvidenceKind.ReferenceTableOverflow).Doubt);
        Assert.Equal(cause, Assert.Single(IncidentFinder.Find(session)).Cause);

        // What the process said itself confirms it.
        session = DumpSource.Read($"{Report}01-02 09:30:00.000 {victim} {victim} F art: JNI ERROR (app bug): global reference table overflow (max=51200)\n{lines}").Session;
        Assert.All(session.Evidence, fact => Assert.Null(fact.Doubt));
    }

    [Fact]
    public void A_limit_of_the_system_that_an_unknown_process_tells_of_is_unsure()
    {
        HandleSession session = DumpSource.Read(Report + "01-02 09:30:00.250 9999 9999 E BpBinder: Too many binder proxy objects sent to uid 1000 from uid 10082 (6000 proxies held)\n").Session;

        Assert.Equal("Nothing tells what process 9999 was, which wrote it, and state.txt:4 shows another as the system server, 1754.", Assert.Single(session.Evidence, fact => fact.Kind == HandleEvidenceKind.ProxyLimit).Doubt);
    }

    [Theory]
    [InlineData("01-02 09:30:00.001 9999 9999 I am_proc_start: [0,4100,1000,system_server,service,x]\n")]
    [InlineData("01-02 09:40:00.001 9999 9999 I am_proc_died: [0,4100,com.x,985,10]\n01-02 09:40:00.002 9999 9999 I am_proc_start: [0,4100,10087,com.example,service,x]\n")]
    public void Processes_that_an_unknown_one_says_have_started_change_no_writer(string lines)
    {
        HandleSession session = DumpSource.Read(Report + lines
            + "01-02 09:35:00.250 4100 4122 I ActivityManager: Killing 2100:com.victim/u0a82 (adj 985): Too many Binders sent to SYSTEM\n").Session;

        Assert.Empty(IncidentFinder.Find(session));
        Assert.StartsWith("A process of uid u0a87 wrote it", Assert.Single(session.Evidence, fact => fact.Kind == HandleEvidenceKind.Untrusted).Doubt, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_what_apps_write_in_the_name_of_the_system_a_thousand_lines_are_kept()
    {
        HandleSession session = DumpSource.Read(Report + string.Concat(Enumerable.Range(0, 1_100).Select(index =>
            $"01-02 09:30:00.250 10087 4100 4122 I ActivityManager: Killing {index + 5_000}:com.victim/u0a82 (adj 985): Too many Binders sent to SYSTEM\n"))).Session;

        Assert.Equal(1_000, session.Evidence.Count(fact => fact.Kind == HandleEvidenceKind.Untrusted));
    }

    [Theory]
    [InlineData("------ LAST LOGCAT (logcat -L -b all) ------\n--------- beginning of main\n", Histogram, "")]
    [InlineData("", Histogram, "01-02 09:59:00.000 root 200 200 I boot_progress_start: 5000\n")]
    [InlineData("", Histogram, "01-02 09:59:00.000 300 300 I Zygote  : Exit zygote because system server (pid 1754) has terminated\n")]
    [InlineData("", "I/Binder  ( 4100): #1: com.example.IThing x3\n", "I/boot_progress_start(  200): 5000\n")]
    [InlineData("Uptime: up 0 weeks, 0 days, 0 hours, 1 minute,  load average: 1.0\n", Histogram, "")]
    public void A_histogram_from_before_a_start_of_the_system_tells_nothing_of_the_dump(string before, string line, string after)
    {
        bool isOfTop = before.StartsWith("Uptime", StringComparison.Ordinal);
        string report = isOfTop ? Report.Replace("10:00:00\n", "10:00:00\n" + before, StringComparison.Ordinal) : Report + before;
        HandleSession session = DumpSource.Read(report + line + after).Session;

        Assert.Empty(session.GetNode(200).GetCandidates());
        Assert.StartsWith("Another process had pid 4100 then, or may have had it: see state.txt:", Assert.Single(session.Evidence, fact => fact.Kind == HandleEvidenceKind.InterfaceCount).Doubt,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "01-02 09:57:00.000 root 200 200 I boot_progress_start: 5000\n")]
    [InlineData("", "01-02 09:59:00.000 u0_a82 2100 2100 I boot_progress_start: 5000\n")]
    [InlineData("", "01-02 09:59:00.000 2100 2100 I Zygote: Exit zygote because system server (pid 1754) has terminated\n")]
    [InlineData("Uptime: up 0 weeks, 1 day, 0 hours, 3 minutes,  load average: 1.0\n", "")]
    [InlineData("", "------ LAST LOGCAT (logcat -L) ------\n01-02 09:59:00.000 root 200 200 I boot_progress_start: 5000\n01-02 09:59:00.100 1754 1822 I am_proc_died: [0,4100,com.old,985,10]\n")]
    public void A_histogram_from_after_a_start_of_the_system_counts(string top, string after) =>
        Assert.Equal("com.example.IThing", DumpSource.Read(Report.Replace("10:00:00\n", "10:00:00\n" + top, StringComparison.Ordinal) + Histogram + after).Session.GetNode(200).Interface);

    [Fact]
    public void A_histogram_with_more_than_one_service_manager_tells_nothing() =>
        Assert.Empty(DumpSource.Read(Report + Histogram.Replace("com.example.IThing", "android.os.IServiceManager", StringComparison.Ordinal)).Session.GetNode(200).GetCandidates());

    [Fact]
    public void A_histogram_of_the_process_that_the_dump_shows_tells_its_interface() =>
        Assert.Equal("com.example.IThing", DumpSource.Read(Report + Histogram).Session.GetNode(200).Interface);

    [Theory]
    [MemberData(nameof(EarlierProcesses))]
    public void A_histogram_of_an_earlier_process_of_the_pid_tells_nothing_of_the_dump(string lines, string? name)
    {
        HandleSession session = DumpSource.Read(Report + lines + "\n").Session;

        Assert.Empty(session.GetNode(200).GetCandidates());
        Assert.All(UsageMeasurement.Measure(session, HandleUsageGrouping.Interface), usage => Assert.Null(usage.Interface));
        HandleEvidence count = Assert.Single(session.Evidence, fact => fact.Kind == HandleEvidenceKind.InterfaceCount);
        Assert.StartsWith($"Another process had pid 4100 then{(name is null ? "" : $", {name}")}, or may have had it: see state.txt:", count.Doubt, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("01-02 09:59:00.100 10082 2100 2122 I am_proc_died: [0,4100,com.old,985,10]")]
    [InlineData("01-02 09:59:00.100 2100 2122 I ActivityManager: Process com.old (pid 4100) has died: cch CAC")]
    [InlineData("01-02 09:59:00.100 1754 1822 I ActivityManager: Process com.old (pid 4101) has died: cch CAC")]
    [InlineData("01-02 09:59:00.100 1754 1822 I am_pss  : [4100,10087,com.example,1,2,3,4,5,6,7]")]
    [InlineData("01-02 09:59:00.100 1754 1822 I am_wtf  : [0,4100,com.example,1,tag,x]")]
    [InlineData("01-02 09:59:00.100 1754 1822 I am_crash: [4100,0,unknown,0,java.lang.X,y,z.java,1]")]
    [InlineData("01-02 09:59:00.100 2100 2100 E AndroidRuntime: Process: com.old, PID: 4100")]
    [InlineData("01-02 09:59:00.100 2100 2100 I lowmemorykiller: Kill 'com.old' (4100), uid 10099, oom_score_adj 985 to free 90kB")]
    [InlineData("01-02 09:59:00.100 1754 1822 I ActivityManager: Start proc 4100:com.example/u0a8")]
    [InlineData("01-02 09:59:00.100 1754 1822 I am_proc_start: [0,4100,10087,com.exam")]
    [InlineData("01-02 09:57:00.100 1754 1822 I am_proc_start: [0,4100,10087,com.example,service,x]")]
    [InlineData("01-02 09:57:00.100 1754 1822 I am_proc_died: [0,4100,com.old,985,10]")]
    public void A_histogram_counts_unless_the_system_says_that_its_process_ended(string line) =>
        Assert.Equal("com.example.IThing", DumpSource.Read(Report + Histogram + line + "\n").Session.GetNode(200).Interface);

    [Fact]
    public void Counts_of_an_earlier_process_of_the_pid_are_none_of_the_dump()
    {
        const string Counts = "01-02 09:58:00.100 4100 4122 D Binder  : UID : 1000  count = 3\nDUMP OF SERVICE meminfo:\n** MEMINFO in pid 4100 [com.example] **\n Objects\n   Local Binders: 1 Proxy Binders: 3\n";
        HandleSession known = DumpSource.Read(Report + Counts).Session;
        HandleSession earlier = DumpSource.Read(Report + "01-02 09:59:00.100 1754 1822 I am_proc_died: [0,4100,com.old,985,10]\n" + Counts.Replace("[com.example]", "[com.old]", StringComparison.Ordinal)).Session;

        Assert.Equal((3L, 3L), (CountOf(known), ProxiesOf(known)));
        Assert.Equal((null, null), (CountOf(earlier), ProxiesOf(earlier)));

        static long? CountOf(HandleSession session) => UsageMeasurement.Measure(session, HandleUsageGrouping.Uid).Single(usage => usage.Holder?.Id == 4100).AndroidCount;
        static long? ProxiesOf(HandleSession session) => UsageMeasurement.Measure(session, HandleUsageGrouping.Holder).Single(usage => usage.Holder?.Id == 4100).JavaProxies;
    }

    [Fact]
    public void An_incident_of_an_earlier_process_has_its_name_and_not_that_of_the_next()
    {
        HandleSession session = DumpSource.Read(Report + "01-02 09:00:00.000 1754 1822 I am_proc_start: [0,4100,10099,com.old,service,x]\n"
            + "01-02 09:10:00.100 4100 822 F art: JNI ERROR (app bug): global reference table overflow (max=51200)\n01-02 09:10:00.200 1754 1822 I am_proc_died: [0,4100,com.old,985,10]\n"
            + "01-02 09:20:00.100 1754 1822 I am_kill : [0,4101,com.old,985,Too many Binders sent to SYSTEM]\n").Session;

        IReadOnlyList<HandleIncident> found = IncidentFinder.Find(session);
        Assert.Equal(["com.old (4100) uid 10099", "com.old (4101) uid "], found.Select(incident => $"{incident.Victim} uid {incident.VictimUid}"));
        Assert.StartsWith("The dump does not show the victim: it was taken after its end, 50 minutes after it.", found[0].Cause, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("01-02 09:00:00.250 4100 4122 E AndroidRuntime: Process: com.old, PID: 4100\n"
        + "01-02 09:00:00.251 4100 4122 E AndroidRuntime: java.lang.AssertionError: Binder ProxyMap has too many entries: 25001 (total), 9 (uncleared), 9 (uncleared after GC). BinderProxy leak?\n")]
    [InlineData("01-02 09:00:00.250 4100 4122 F e.old: java_vm_ext.cc:577] JNI ERROR (app bug): global reference table overflow (max=51200)\n"
        + "01-02 09:00:00.350 900 900 F DEBUG: pid: 4100, tid: 4122, name: main  >>> com.old <<<\n")]
    public void A_crash_is_of_the_process_that_its_lines_name(string lines) =>
        Assert.Equal("com.old (4100)", Assert.Single(IncidentFinder.Find(DumpSource.Read(Report + lines).Session)).Victim);

    [Fact]
    public void A_native_crash_is_not_of_the_system_server_that_tells_of_it() =>
        Assert.Equal("system_server (1754)", Assert.Single(IncidentFinder.Find(DumpSource.Read(Report + "01-02 09:00:00.250 1754 1822 I am_crash: [1754,0,com.old,0,Native crash,x,y,1]\n"
            + "01-02 09:00:00.251 1754 1822 W Binder: BinderProxy map growth! bucket size = 28 total = 7000\n").Session)).Holder);

    [Fact]
    public void A_kill_without_a_uid_has_not_that_of_a_later_process()
    {
        HandleIncident kill = Assert.Single(IncidentFinder.Find(DumpSource.Read(Report + "01-02 09:20:00.100 1754 1822 I am_kill : [0,4100,com.old,985,Too many Binders sent to SYSTEM]\n").Session));

        Assert.Equal(("com.old (4100)", null, null), (kill.Victim, kill.VictimUid, kill.Sender));
    }

    [Fact]
    public void What_an_ended_process_had_of_a_uid_is_a_guess_for_its_successor_only()
    {
        string held = string.Concat(Enumerable.Range(0, 30).Select(index => $"  ref {index + 9000}: desc {index + 10} node {index + 8000} s 1 w 1 d 0\n"));
        string nodes = string.Concat(Enumerable.Range(0, 30).Select(index => $"  node {index + 8000}: u1 c1 hs 1 hw 1 ls 0 lw 0 is 1 iw 1 tr 1 proc 4100\n"));
        string report = Report.Replace("  ref 3: desc 3 node 202 s 1 w 1 d 0\n", $"  ref 3: desc 3 node 202 s 1 w 1 d 0\n{held}proc 2100\ncontext binder\n{nodes}", StringComparison.Ordinal);
        const string Past = "01-02 08:00:00.100 10087 4100 4122 D Binder  : #1: com.victim.IOld x900\n01-02 08:00:00.100 10087 4100 4122 D Binder  : UID : 10082  count = 900\n";

        Assert.Equal("com.victim.IOld", DumpSource.Read(report + Past).Session.GetNode(8000).GetCandidates()[0].Name);
        Assert.Empty(DumpSource.Read(report + Past + "01-02 09:00:00.100 1754 1822 I am_proc_died: [0,4100,com.old,985,10]\n").Session.GetNode(8000).GetCandidates());
        Assert.Equal("com.victim.IOld", DumpSource.Read(report + Past.Replace(" 4100 ", " 3900 ", StringComparison.Ordinal)
            + "01-02 09:00:00.100 1754 1822 I am_proc_died: [0,3900,com.example,985,10]\n").Session.GetNode(8000).GetCandidates()[0].Name);
    }

    [Theory]
    [InlineData("com.example.application", "DUMP OF SERVICE meminfo:\n** MEMINFO in pid 2745 [com.example.application] **\n Objects\n   Local Binders: 1 Proxy Binders: 3\n")]
    [InlineData("com.example.application", "01-02 09:00:00.000 1754 1822 I am_proc_start: [0,2745,10087,com.example.application,service,x]\n")]
    [InlineData("com.example.application", "ApplicationExitInfo #0:\n timestamp=2026-01-02 10:01:00.100 pid=2745 realUid=10087 process=com.example.application reason=3 (LOW_MEMORY) subreason=0 (UNKNOWN)\n")]
    [InlineData("com.example.application", "01-02 10:01:00.000 1754 1822 I ActivityManager: Killing 2745:com.example.application/u0a87 (adj 985): empty #17\n")]
    [InlineData("ple.application", "01-02 09:00:00.000 1754 1822 I ActivityManager: Killing 2745:com.example.application/u0a99 (adj 985): empty #17\n")]
    [InlineData("ple.application", "01-02 09:00:00.000 1754 1822 I am_proc_start: [0,2745,10087,com.another,service,x]\n")]
    public void Each_section_completes_the_name_that_the_kernel_cuts(string name, string section)
    {
        HandleSession session = DumpSource.Read(Report.Replace("u0_a87 4100 S com.example\n", "u0_a87 2745 S ple.application\n", StringComparison.Ordinal)
            .Replace("proc 4100\ncontext", "proc 2745\ncontext", StringComparison.Ordinal) + section).Session;

        Assert.Equal(name, session.FindProcess(2745, "binder")!.Name);
    }

    [Fact]
    public void Times_that_are_unknown_leave_open_whose_histogram_it_is()
    {
        string report = Report.Replace("== dumpstate: 2026-01-02 10:00:00\n", "", StringComparison.Ordinal);

        Assert.Empty(DumpSource.Read(report + Histogram + "01-02 09:59:00.100 1754 1822 I am_proc_died: [0,4100,com.old,985,10]\n").Session.GetNode(200).GetCandidates());
    }
}
