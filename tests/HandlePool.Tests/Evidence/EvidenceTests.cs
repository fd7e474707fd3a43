using System.Globalization;
using System.IO.Compression;
using System.Text;
using HandlePool.Dumps;
using HandlePool.Tests.Dumps;

namespace HandlePool.Tests.Evidence;

/// <summary>Reads bug reports and parts of them: what is kept beside the driver's tables, and where it was.</summary>
public sealed class EvidenceTests
{
    private const string State = "------ BINDER STATE (/d/binder/state) ------\nbinder state:\nproc 1754\ncontext binder\n"
        + "  ref 8: desc 1 node 7 s 1 w 1 d 0\nproc 2745\ncontext binder\n  node 7: u00 c00 hs 1 hw 1 ls 0 lw 0 is 1 iw 1 tr 1 proc 1754\n------ 0.1s was the duration of 'BINDER STATE' ------\n";

    private const string Report = "== dumpstate: 2026-01-02 10:00:00\n";

    public static TheoryData<string, string> Kills => new()
    {
        { "threadtime", "01-01 09:00:00.250  1754  1822 I ActivityManager: Killing 2745:com.example:remote/u0a87 (adj 985): Too many Binders sent to SYSTEM" },
        { "threadtime with uid", "01-01 09:00:00.250  1000  1754  1822 I ActivityManager: Killing 2745:com.example:remote/u0a87 (adj 985): Too many Binders sent to SYSTEM" },
        { "threadtime with a uid's name", "01-01 09:00:00.250 system  1754  1822 I ActivityManager: Killing 2745:com.example:remote/u0a87 (adj 985): Too many Binders sent to SYSTEM" },
        { "year", "2026-01-01 09:00:00.250  1754  1822 I ActivityManager: Killing 2745:com.example:remote/u0a87 (adj 985): Too many Binders sent to SYSTEM" },
        { "time", "01-01 09:00:00.250 I/ActivityManager( 1754): Killing 2745:com.example:remote/u0a87 (adj 985): Too many Binders sent to SYSTEM" },
        { "long with uids", "[ 01-01 09:00:00.250  1000: 1754: 1822 I/ActivityManager ]\nKilling 2745:com.example:remote/u0a87 (adj 985): Too many Binders sent to SYSTEM" },
        { "long with names of uids", "[ 01-01 09:00:00.250 system: 1754: 1822 I/ActivityManager ]\nKilling 2745:com.example:remote/u0a87 (adj 985): Too many Binders sent to SYSTEM" },
        { "long", "[ 01-01 09:00:00.250  1754: 1822 I/ActivityManager ]\nKilling 2745:com.example:remote/u0a87 (adj 985): Too many Binders sent to SYSTEM" },
        { "tabs and blanks", "  01-01 09:00:00.250  1754  1822 I ActivityManager  :   Killing 2745:com.example:remote/u0a87 (adj 985): Too many Binders sent to SYSTEM" },
    };

    public static TheoryData<string, string> OtherLines => new()
    {
        { "01-01 09:00:00.250 1754 1822 W Binder  : BinderProxy map growth! bucket size = 20 total = 5000", "ProxyMapGrowth pid 1754 count 5000" },
        { "01-01 09:00:00.250 1754 1822 E Binder  :  #1: android.os.IMessenger x4711", "InterfaceCount pid 1754 name android.os.IMessenger count 4711" },
        { "01-01 09:00:00.250 1754 1822 E Binder  :  # 2: a.b.IC x12", "InterfaceCount pid 1754 name a.b.IC count 12" },
        { "01-01 09:00:00.250 1754 1822 E Binder  :  #2:  x12", "InterfaceCount pid 1754 name  count 12" },
        { "01-01 09:00:00.250 1754 1822 D Binder  : UID : 10087  count = 5900", "UidCount uid 10087 count 5900 holder 1754" },
        { "01-01 09:00:00.250 1754 1822 D Other   : UID : 10087  count = 5900", null! },
        { "01-01 09:00:00.250 1754 1822 E BpBinder: Too many binder proxy objects sent to uid 1000 from uid 10087 (6000 proxies held)", "ProxyLimit uid 10087 count 6000 holder 1754 of 1000" },
        { "01-01 09:00:00.250 1754 1822 W ActivityManager: Uid 10087 sent too many Binders to uid 1000", "SenderLimit uid 10087 holder 1754 of 1000" },
        { "01-01 09:00:00.250 1754 1822 E JavaBinder: Unexpectedly many live BinderProxies: 5100", "ProxyMapGrowth pid 1754 count 5100" },
        { "01-01 09:00:00.250 1754 1822 E AndroidRuntime: java.lang.AssertionError: Binder ProxyMap has too many entries: 25001 (total), 24990 (uncleared), 24989 (uncleared after GC). BinderProxy leak?", "ProxyMapOverflow pid 1754 count 25001" },
        { "01-01 09:00:00.250 1754 1822 W JavaBinder: BinderProxy is being destroyed but the application did not call unlinkToDeath to unlink all of its death recipients beforehand.  Releasing leaked death recipient: com.example.Recipient", "LeakedDeathRecipient pid 1754 name com.example.Recipient" },
        { "01-01 09:00:00.250 1754 1822 F m.example:remote: JNI ERROR (app bug): weak global reference table overflow (max=51200)weak global reference table dump:", "ReferenceTableOverflow pid 1754 name weak global limit 51200" },
        { "01-01 09:00:00.250 1754 1822 F art     : JNI ERROR (app bug): local reference table overflow (max=512)", null! },
        { "01-01 09:00:00.250 1754 1822 I am_kill : [0,2745,com.example,985,Too many Binders sent to SYSTEM]", "Kill pid 2745 name com.example" },
        { "01-01 09:00:00.250 1754 1822 I am_kill : [2745,com.example,985,Too many Binders sent to SYSTEM]", "Kill pid 2745 name com.example" },
        { "01-01 09:00:00.250 1000 1822 I am_crash: [1754,0,com.example,8,java.lang.AssertionError,Binder ProxyMap has too many entries: 25001 (total), 9 (uncleared), 9 (uncleared after GC). BinderProxy leak?,BinderProxy.java,230]", "ProxyMapOverflow pid 1754 name com.example count 25001" },
        { "01-01 09:00:00.250 1000 1822 I am_crash: [1754,0,com.example,8,java.lang.NullPointerException,x,A.java,230]", null! },
        { "01-01 09:00:00.250 1754 1822 I am_kill : [0,2745,com.example,985,empty #17]", null! },
        { "01-01 09:00:00.250 1754 1822 I ActivityManager: Killing 2745:com.example/u0a87 (adj 985): empty #17", null! },
        { "01-01 09:00:00.250 10087 4100 4100 I ActivityManager: Killing 2745:com.example/u0a87 (adj 985): Too many Binders sent to SYSTEM", "Untrusted pid 4100 uid 10087" },
        { "01-01 09:00:00.250 u0_a87 4100 4100 I am_kill : [0,2745,com.example,985,Too many Binders sent to SYSTEM]", "Untrusted pid 4100 uid 10087" },
        { "01-01 09:00:00.250 10087 4100 4100 W ActivityManager: Uid 10087 sent too many Binders to uid 1000", "Untrusted pid 4100 uid 10087" },
        { "01-01 09:00:00.250 1754 1822 I ActivityManager: Killing 2745:com.example/u0a87 (adj 985): user said Too many Binders sent to SYSTEM", null! },
        { "01-01 09:00:00.250 1754 1822 I Chat    : Killing 2745:com.example/u0a87 (adj 985): Too many Binders sent to SYSTEM", null! },
        { "01-01 09:00:00.250 1754 1822 I am_kill : [0,2745,com.example,985,stop com.example: Too many Binders sent to SYSTEM]", null! },
        { "01-01 09:00:00.250 1754 1822 I Chat    : somebody wrote: Uid 10087 sent too many Binders to uid 1000", null! },
    };

    public static TheoryData<string, int> Uids => new()
    {
        { "u0_a87", 10087 }, { "u10_a87", 1010087 }, { "u0_i5", 99005 }, { "system", 1000 }, { "app_87", 10087 }, { "10087", 10087 }, { "u10_system", 1001000 }, { "oem_2901", 2901 },
    };

    [Theory]
    [MemberData(nameof(Kills))]
    public void A_kill_is_read_in_each_format_of_logs(string format, string lines)
    {
        HandleEvidence kill = Find(Report + lines + "\n" + State, HandleEvidenceKind.Kill);

        Assert.Equal((2745, 10087, "com.example:remote"), (kill.Pid, kill.Uid, kill.Name));
        Assert.Equal(new DateTimeOffset(new DateTime(2026, 1, 1, 9, 0, 0, 250)), kill.Time);
        Assert.EndsWith("Too many Binders sent to SYSTEM", kill.Text, StringComparison.Ordinal);
        Assert.Equal($"state.txt:{(format.StartsWith("long", StringComparison.Ordinal) ? 3 : 2)}", kill.Source);
    }

    [Theory]
    [MemberData(nameof(OtherLines))]
    public void Other_lines_of_logs_are_what_they_say(string line, string? expected)
    {
        HandleEvidence[] facts = [.. Read(Report + line + "\n" + State).Where(fact => fact.Kind != HandleEvidenceKind.Section)];

        Assert.Equal(expected is null ? [] : [expected], facts.Select(Describe));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Lines_that_are_passed_over_say_nothing(int seed)
    {
        Random random = new(seed);
        string[] messages =
        [
            "I chatty  : uid=1000(system) Binder:1754_5 expire lines: 29517", "W Binder_5: late", "I binder_alloc: binder mapped a buffer of pages 5", "E Finder  : reminder: 5",
            "I DEBUG   : pid: 1822, tid: 1822, name: Binder:1822_3  >>> com.example <<<", "I Binder:77_1: Releasing leaked death recipient: com.example.A", "I finder  : Releasing leaked death recipient: b",
            "E BpBinder: Too many binder proxy objects sent to uid 1000 from uid 10087 (2500 proxies held)", "W Binder  : Unexpectedly many live BinderProxies: 5000", "I ActivityManager: Killing 2745:a/u0a87 (adj 9): Too many Binders sent to SYSTEM",
            "F art     : JNI ERROR (app bug): global reference table overflow (max=51200)", "V Chat    : cat: /d/binder/state: Permission denied", "V Chat    : see binder stats:", "I Binder  : #3: a.b.IC x55",
        ];
        string[] others =
        [
            "binder: 1754:1822 transaction failed 29189/-22, size 100-0", "<6>[ 12.5] binder_alloc: 301: binder mapped", "Binder ProxyMap has too many entries: 25001 (total)", "  name: Binder:1754_5", "pid: 99, tid: 99", "Private_Clean: 4 kB",
            "cat: /sys/kernel/debug/binder/proc/5: Permission denied", "------ SYSTEM LOG (logcat) ------", "DUMP OF SERVICE activity:", "  app=ProcessRecord{22d383 1878:com.example/u0a82}", "UID 10087, binder count = 12, package(s)= com.example", "Package [com.example] (1):", "    userId=10087",
        ];
        StringBuilder text = new(Report + State + "------ SYSTEM LOG (logcat) ------\n");
        for (int line = 0; line < 2_000; line++)
        {
            text.Append(random.Next(4) == 0 ? others[random.Next(others.Length)] : $"01-01 09:00:00.250  {random.Next(1, 3) * 1754}  1822 {messages[random.Next(messages.Length)]}");
            text.Append(random.Next(8) == 0 ? "\r\n" : "\n");
        }

        IncrementalDumpReader lines = new("state.txt");
        foreach (string line in text.ToString().Split('\n')[..^1])
            lines.Add(line.TrimEnd('\r'));

        ImportedDump each = Assert.Single(lines.Finish()), whole = DumpSource.Read(text.ToString());
        Assert.Equal(each.Session.Evidence.Select(fact => (fact.Line, Describe(fact))), whole.Session.Evidence.Select(fact => (fact.Line, Describe(fact))));
        Assert.Equal(each.Problems.Select(problem => problem.Line), whole.Problems.Select(problem => problem.Line));
    }

    [Fact]
    public void The_summary_of_a_full_table_is_of_its_process_only()
    {
        HandleEvidence[] classes = [.. Read(Report
            + "01-01 09:00:00.250 1754 1822 F art: JNI ERROR (app bug): global reference table overflow (max=51200)\n"
            + "01-01 09:00:00.250 1754 1822 F art:   Summary:\n"
            + "01-01 09:00:00.250 1754 1822 F art:     50000 of com.example.Stub (50000 unique instances)\n"
            + "01-01 09:00:00.250 9999 9999 I any:     7 of something else\n"
            + "01-01 09:00:00.250 1754 1822 F art:     3 of java.lang.Class\n" + State).Where(fact => fact.Kind == HandleEvidenceKind.ReferenceCount)];

        Assert.Equal([("com.example.Stub", 50000L), ("java.lang.Class", 3L)], classes.Select(fact => (fact.Name!, fact.Count!.Value)));
        Assert.All(classes, fact => Assert.Equal(1754, fact.Pid));
    }

    [Fact]
    public void A_tombstone_tells_the_process_of_its_overflow()
    {
        HandleEvidence overflow = Find("pid: 1754, tid: 1822, name: main  >>> com.example <<<\nuid: 10087\n"
            + "Abort message: 'JNI ERROR (app bug): global reference table overflow (max=51200)'\n", HandleEvidenceKind.ReferenceTableOverflow);

        Assert.Equal((1754, 51200L), (overflow.Pid, overflow.Limit));
    }

    [Fact]
    public void A_tombstone_in_a_log_is_of_the_process_that_it_names()
    {
        IReadOnlyList<HandleEvidence> facts = Read("01-01 09:00:00.250 1754 1822 F art: JNI ERROR (app bug): global reference table overflow (max=51200)\n"
            + "01-01 09:00:00.900 9001 9001 F DEBUG: pid: 1754, tid: 1822, name: main  >>> com.example <<<\n"
            + "01-01 09:00:00.901 9001 9001 F DEBUG: Abort message: 'JNI ERROR (app bug): global reference table overflow (max=51200)'\n"
            + "01-01 09:00:01.000 9002 9002 F DEBUG: Abort message: 'JNI ERROR (app bug): global reference table overflow (max=51200)'\n");

        Assert.Equal([1754, 1754, null], Of(facts, HandleEvidenceKind.ReferenceTableOverflow).Select(fact => fact.Pid));
    }

    [Fact]
    public void The_summary_of_a_table_may_have_the_line_of_the_runtimes_source_before_it()
    {
        IReadOnlyList<HandleEvidence> facts = Read(string.Concat(((string[])["JNI ERROR (app bug): global reference table overflow (max=51200)", "  Last 10 entries (of 51200):",
            "    51199: 0x13d0 a.B", "  Summary:", "    50000 of a.B (50000 unique instances)", "      400 of java.lang.Class (400 unique instances)"])
            .Select(line => $"01-01 09:00:00.250 1754 1822 F art: art/runtime/indirect_reference_table.cc:115] {line}\n")));

        Assert.Equal(["a.B 50000", "java.lang.Class 400"], Of(facts, HandleEvidenceKind.ReferenceCount).Select(fact => $"{fact.Name} {fact.Count}"));
    }

    [Theory]
    [InlineData("xample.longname", "com.example.longname", "com.example.longname")]
    [InlineData("xample.longname", "com.example.other", "xample.longname")]
    [InlineData("example.short", "com.example.short", "example.short")]
    public void A_record_completes_the_name_that_the_kernel_cuts(string listed, string recorded, string name)
    {
        HandleSession session = DumpSource.Read($"USER PID S NAME\nu0_a87 2745 S {listed}\n{State}ACTIVITY MANAGER RUNNING PROCESSES (dumpsys activity processes)\n"
            + $"  app=ProcessRecord{{1 2745:{recorded}/u0a87}}\n").Clean().Session;

        Assert.Equal(name, session.FindProcess(2745, "binder")!.Name);
    }

    [Fact]
    public void The_activity_managers_counts_are_of_the_system_server()
    {
        IReadOnlyList<HandleEvidence> facts = Read("ACTIVITY MANAGER BINDER PROXY STATE (dumpsys activity binder-proxies)\n"
            + "Top proxy interface names held by SYSTEM\n    #1: android.os.IMessenger x300\n    #2: <proxy to dead node> x4\n"
            + "  Counts of Binder Proxies held by SYSTEM\n    UID 10087, binder count = 301, package(s)= com.example; com.other; \n"
            + "    UID 1041, binder count = 1, package(s)= NO PACKAGE NAME FOUND\n");

        Assert.Equal(["android.os.IMessenger 300", "<proxy to dead node> 4"], Of(facts, HandleEvidenceKind.InterfaceCount).Select(fact => $"{fact.Name} {fact.Count}"));
        Assert.Equal(["10087 301 com.example; com.other", "1041 1 "], Of(facts, HandleEvidenceKind.UidCount).Select(fact => $"{fact.Uid} {fact.Count} {fact.Name}"));
        Assert.Equal("BinderProxies", Assert.Single(Of(facts, HandleEvidenceKind.Section)).Name);
        Assert.Equal(4, Assert.Single(Of(facts, HandleEvidenceKind.Section)).Count);
    }

    [Theory]
    [InlineData("reason=9 (EXCESSIVE RESOURCE USAGE) subreason=29 (EXCESSIVE_BINDER_OBJECTS) status=0", "description=Too many Binders sent to SYSTEM state=empty")]
    [InlineData("reason=13 (OTHER KILLS BY SYSTEM) subreason=11 (KILL UID) status=0", "description=Too many Binders sent to SYSTEM")]
    public void An_exit_for_too_many_binders_is_a_record(string reason, string description)
    {
        HandleEvidence exit = Find("ACTIVITY MANAGER PROCESS EXIT INFO (dumpsys activity exit-info)\n  package: com.example\n    Historical Process Exit for uid=10087\n"
            + "        ApplicationExitInfo #0:\n          timestamp=2025-12-31 23:59:58.500 pid=2745 realUid=10087 packageUid=10087 definingUid=10087 user=0\n"
            + $"          process=com.example {reason}\n          importance=100 pss=12MB rss=30MB {description} trace=null\n"
            + "        ApplicationExitInfo #1:\n          timestamp=2025-12-31 23:00:00.000 pid=2700 realUid=10087\n          process=com.example reason=4 (CRASH) subreason=0 (UNKNOWN)\n",
            HandleEvidenceKind.Exit);

        Assert.Equal((2745, 10087, "com.example"), (exit.Pid, exit.Uid, exit.Name));
        Assert.Equal(new DateTimeOffset(new DateTime(2025, 12, 31, 23, 59, 58, 500)), exit.Time);
        Assert.Equal(4, exit.Line);
        Assert.Contains("Too many Binders", exit.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void An_exit_whose_description_only_speaks_of_too_many_binders_is_none() => Assert.DoesNotContain(Read(State + "ApplicationExitInfo #0:\n timestamp=2026-01-01 09:00:01.500 pid=2745 realUid=10087"
        + " process=com.example reason=10 (USER REQUESTED) subreason=0 (UNKNOWN) description=not killed: Too many Binders sent to SYSTEM was avoided state=empty\n"), fact => fact.Kind == HandleEvidenceKind.Exit);

    [Fact]
    public void Binder_objects_in_memory_reports_are_of_their_process()
    {
        IReadOnlyList<HandleEvidence> facts = Read("** MEMINFO in pid 1878 [com.example] **\n                   Pss      Pss\n                ------   ------\n                       ------\n"
            + " Objects\n       Local Binders:       36        Proxy Binders:       44\n    Death Recipients:        5      OpenSSL Sockets:        0\n"
            + "\n** MEMINFO in pid 9 [other] **\n   Local Binders:        2    Proxy Binders:        7\n");

        Assert.Equal(["LocalBinders pid 1878 name com.example count 36", "ProxyBinders pid 1878 name com.example count 44", "DeathRecipients pid 1878 name com.example count 5",
            "LocalBinders pid 9 name other count 2", "ProxyBinders pid 9 name other count 7"], facts.Where(fact => fact.Kind != HandleEvidenceKind.Section).Select(Describe));
    }

    [Fact]
    public void Services_have_interfaces_servers_and_clients()
    {
        IReadOnlyList<HandleEvidence> facts = Read(State + "Found 2 services:\n0\tactivity: [android.app.IActivityManager]\n1\tplain: []\n"
            + "DUMP OF SERVICE HIGH activity:\nService host process PID: 1754\nClient PIDs: 10, 20\n"
            + "------ HARDWARE HALS (lshal) ------\nR VINTF Status Interface    Thread Use Transport Arch Server Clients\n"
            + "Y DM,FC alive  android.hardware.drm@1.0::IDrmFactory/clearkey   0/3   hwbinder  64   660    929 469\n"
            + "? ?  N/A  android.hardware.foo@1.0::IFoo/default   N/A   hwbinder  64   N/A    469\n");

        Assert.Equal(["activity android.app.IActivityManager  ", "plain   ", "android.hardware.drm@1.0::IDrmFactory/clearkey android.hardware.drm@1.0::IDrmFactory 660 929,469",
            "android.hardware.foo@1.0::IFoo/default android.hardware.foo@1.0::IFoo  "],
            Of(facts, HandleEvidenceKind.Service).Select(fact => $"{fact.Name} {fact.Interface} {fact.Pid} {string.Join(',', fact.Clients)}"));
        Assert.Equal(["activity 1754 ", "activity  10,20"], Of(facts, HandleEvidenceKind.ServiceClients).Select(fact => $"{fact.Name} {fact.Pid} {string.Join(',', fact.Clients)}"));
    }

    [Fact]
    public void Calls_are_read_from_each_of_the_drivers_texts()
    {
        IReadOnlyList<HandleEvidence> facts = Read(State + "binder transactions:\nproc 812\ncontext binder\n"
            + "    outgoing transaction 409: 0000000000000000 from 812:812 to 1754:0 code 1 flags 10 pri 0:120 r1\n  buffer 9: 0000000000000000 size 108:8:0 delivered\n"
            + "------ BINDER TRANSACTION LOG (/d/binder/transaction_log) ------\n409: call  from 812:812 to 1754:0 context binder node 7 handle 1 size 108:8\n");

        Assert.Equal(["Transaction pid 812", "TransactionBuffer pid 812 count 108", "LoggedTransaction pid 812"],
            facts.Where(fact => fact.Kind >= HandleEvidenceKind.Transaction).Select(Describe));
    }

    [Theory]
    [MemberData(nameof(Uids))]
    public void Process_lists_tell_uids_in_each_form(string user, int uid)
    {
        HandleSession session = DumpSource.Read($"------ PROCESSES (ps -A) ------\nUSER PID PPID VSZ RSS WCHAN ADDR S NAME\n{user} 2745 1 1 1 0 0 S com.example\n{State}").Clean().Session;

        Assert.Equal(uid, session.FindProcess(2745, "binder")!.Uid);
        Assert.Null(session.FindProcess(1754, "binder")!.Uid);
    }

    [Fact]
    public void Records_of_processes_fill_the_gaps_of_lists()
    {
        HandleSession session = DumpSource.Read("USER PID PPID VSZ RSS WCHAN ADDR S NAME\nu0_a87 2745 1 1 1 0 0 S com.example\n" + State
            + "ACTIVITY MANAGER RUNNING PROCESSES (dumpsys activity processes)\n  app=ProcessRecord{1 2745:com.stale/u0a90} and ProcessRecord{2 1754:system/1000} ProcessRecord{3 0:gone/u0a1}\n"
            + "DUMP OF SERVICE package:\nPackages:\n  Package [com.example] (1):\n    userId=10087\n    gids=[1]\n  Package [com.two] (2):\n    appId=10090\n").Clean().Session;

        Assert.Equal(["1754 1000 system ", "2745 10087 com.example com.example"], session.GetProcesses().OrderBy(process => process.Id)
            .Select(process => $"{process.Id} {process.Uid} {process.Name} {process.Package}"));
    }

    [Fact]
    public void A_package_is_the_same_for_each_user()
    {
        HandleSession session = DumpSource.Read($"USER PID S NAME\nu10_a87 2745 S com.example\n{State}DUMP OF SERVICE package:\nPackages:\n  Package [com.example] (1):\n    appId=10087\n").Clean().Session;

        Assert.Equal((1010087, "com.example"), (session.FindProcess(2745, "binder")!.Uid, session.FindProcess(2745, "binder")!.Package));
    }

    [Fact]
    public void A_pid_of_two_uids_has_none_and_that_is_said()
    {
        HandleSession session = DumpSource.Read(State + "USER PID S NAME\nu0_a87 2745 S com.example\nu0_a88 2745 S com.other\n").Session;

        Assert.Null(session.FindProcess(2745, "binder")!.Uid);
        HandleFinding finding = Assert.Single(session.Findings);
        Assert.Equal(HandleFindingKind.EvidenceMismatch, finding.Kind);
        Assert.Contains("uid 10088 here, and 10087", finding.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("2026-01-02", "12-31 23:00:00.000", 2025)]
    [InlineData("2026-01-02", "01-02 09:00:00.000", 2026)]
    [InlineData("2026-01-02", "01-02 23:00:00.000", 2026)]
    [InlineData("2026-12-31", "01-01 00:00:10.000", 2027)]
    [InlineData("2026-01-02", "02-29 00:00:10.000", null)]
    [InlineData("2025-01-02", "02-29 00:00:10.000", 2024)]
    public void The_year_of_a_log_is_that_before_the_report(string report, string line, int? year)
    {
        HandleEvidence fact = Find($"== dumpstate: {report} 10:00:00\n{line} 1754 1822 W Binder: BinderProxy map growth! bucket size = 20 total = 5000\n{State}",
            HandleEvidenceKind.ProxyMapGrowth);

        Assert.Equal(year, fact.Time?.Year);
    }

    [Fact]
    public void A_zone_in_a_log_counts()
    {
        HandleEvidence fact = Find(Report + "2026-01-01 09:00:00.250 +0530 1754 1822 W Binder: BinderProxy map growth! bucket size = 20 total = 5000\n" + State,
            HandleEvidenceKind.ProxyMapGrowth);

        Assert.Equal(new DateTimeOffset(2026, 1, 1, 9, 0, 0, 250, new TimeSpan(5, 30, 0)), fact.Time);
    }

    [Theory]
    [InlineData("+01:9223372036854775807")]
    [InlineData("-63:9223372036854775807")]
    [InlineData("+01:60")]
    [InlineData("+15:00")]
    [InlineData("+9999")]
    public void What_is_no_zone_is_not_taken_for_one(string zone)
    {
        HandleEvidence fact = Find(Report + $"2026-01-01 09:00:00.250 {zone} 1754 1822 W Binder: BinderProxy map growth! bucket size = 20 total = 5000\n" + State,
            HandleEvidenceKind.ProxyMapGrowth);

        Assert.Equal(new DateTimeOffset(new DateTime(2026, 1, 1, 9, 0, 0, 250)), fact.Time);
    }

    [Fact]
    public void Without_the_time_of_a_report_a_log_without_years_has_no_times() =>
        Assert.Null(Find("01-01 09:00:00.250 1754 1822 W Binder: BinderProxy map growth! bucket size = 20 total = 5000\n", HandleEvidenceKind.ProxyMapGrowth).Time);

    [Fact]
    public void A_line_that_a_report_has_twice_is_one_fact()
    {
        const string Line = "01-01 09:00:00.250 1754 1822 W ActivityManager: Uid 10087 sent too many Binders to uid 1000\n";

        Assert.Single(Of(Read(Report + Line + State + "------ LAST LOGCAT (logcat -L) ------\n" + Line), HandleEvidenceKind.SenderLimit));
    }

    [Fact]
    public void Counts_that_contradict_each_other_are_kept_and_said()
    {
        static string Counts(int count) => $"ACTIVITY MANAGER BINDER PROXY STATE (dumpsys activity binder-proxies)\n    UID 10087, binder count = {count}, package(s)= com.example;\n";

        HandleSession session = DumpSource.Read(State + Counts(301) + Counts(305)).Session;

        Assert.Equal([301, 305], Of(session.Evidence, HandleEvidenceKind.UidCount).Select(fact => fact.Count!.Value));
        Assert.Contains("305 proxies of a uid here, and 301 in line", Assert.Single(session.Findings).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("PROCESSES (ps)", "USER PID S NAME\nu0_a87 2745 S com.exam", "Process")]
    [InlineData("SYSTEM LOG (logcat)", "01-01 09:00:00.250 1754 1822 E BpBinder: Too many binder proxy objects sent to uid 1000 from uid 100", "ProxyLimit")]
    [InlineData("DUMPSYS (dumpsys)", "ACTIVITY MANAGER BINDER PROXY STATE (dumpsys activity binder-proxies)\n    UID 10087, binder count = 12", "UidCount")]
    [InlineData("DUMPSYS (dumpsys)", "** MEMINFO in pid 2745 [com.example] **\n       Local Binders:       36        Proxy Binders:       4", "LocalBinders,ProxyBinders")]
    [InlineData("DUMPSYS (dumpsys)", "ApplicationExitInfo #0:\n timestamp=2026-01-01 09:00:01.500 pid=2745 realUid=10087 process=com.exam subreason=29", "Exit")]
    [InlineData("DUMPSYS (dumpsys)", "Service host process PID: 17", "ServiceClients")]
    public void The_last_line_of_a_report_may_be_cut_and_says_nothing(string title, string lines, string kinds)
    {
        string report = $"{Report}{State}------ A (a) ------\n------ 0.1s was the duration of 'A' ------\n------ {title} ------\n{lines}";

        ImportedDump cut = DumpSource.Read(report);
        Assert.DoesNotContain(cut.Session.Evidence, fact => fact.Kind is not (HandleEvidenceKind.Section or HandleEvidenceKind.Package));
        Assert.All(cut.Session.Evidence, section => Assert.Equal(0, section.Count));
        Assert.Null(cut.Session.FindProcess(2745, "binder")!.Name);
        Assert.Contains("this line may have been cut", Assert.Single(cut.Problems).Message, StringComparison.Ordinal);

        // A section whose command failed has no end, and neither have texts by themselves.
        foreach (string whole in new[] { report + "\n", report + "\n------ UPTIME (uptime) ------\n", report + "\n------ 0.1s was the duration of 'X' ------\n" })
            Assert.Equal(kinds, string.Join(',', DumpSource.Read(whole).Session.Evidence.Where(fact => fact.Kind != HandleEvidenceKind.Section).Select(fact => fact.Kind)));
    }

    [Fact]
    public void The_last_line_of_a_log_by_itself_counts_without_its_end()
    {
        const string Log = "01-01 09:00:00.250  1000  1754  1822 I ActivityManager: Killing 2745:com.example.mail/u0a87 (adj 985): Too many Binders sent to SYSTEM";

        Assert.Contains(Read(Log), fact => fact.Kind == HandleEvidenceKind.Kill);
    }

    [Fact]
    public void The_last_line_of_a_file_without_its_end_says_nothing()
    {
        const string Count = "ACTIVITY MANAGER BINDER PROXY STATE (dumpsys activity binder-proxies)\n    UID 10087, binder count = 12";

        Assert.DoesNotContain(DumpSource.Read(State + Count).Session.Evidence, fact => fact.Kind == HandleEvidenceKind.UidCount);
        Assert.Contains(Read(State + Count + "\n"), fact => fact.Kind == HandleEvidenceKind.UidCount);
    }

    [Fact]
    public void Lines_before_the_headings_of_buffers_and_services_are_whole()
    {
        IReadOnlyList<HandleEvidence> facts = Read(Report + State + "------ SYSTEM LOG (logcat) ------\n01-01 09:00:00.250 1754 1822 W ActivityManager: Uid 10087 sent too many Binders to uid 1000\n"
            + "--------- switch to main\n------ 0.1s was the duration of 'SYSTEM LOG' ------\n--------- 0.1s was the duration of dumpsys x, ending at: 1\n--------- 0.1s was the duration of dumpsys y, ending at: 2\nDUMP OF SERVICE a:\nService host process PID: 17\n" + new string('-', 79) + "\nDUMP OF SERVICE b:\n");

        Assert.Equal([HandleEvidenceKind.SenderLimit, HandleEvidenceKind.ServiceClients], facts.Where(fact => fact.Kind != HandleEvidenceKind.Section).Select(fact => fact.Kind));
    }

    [Fact]
    public void Sections_that_logs_interrupt_go_on()
    {
        IReadOnlyList<HandleEvidence> facts = Read("** MEMINFO in pid 1878 [com.example] **\n"
            + "01-01 09:00:00.250 1754 1822 W ActivityManager: Uid 10087 sent too many Binders to uid 1000\n   Local Binders:       36        Proxy Binders:       44\n");

        Assert.Equal([HandleEvidenceKind.Section, HandleEvidenceKind.Section, HandleEvidenceKind.SenderLimit, HandleEvidenceKind.LocalBinders, HandleEvidenceKind.ProxyBinders],
            facts.Select(fact => fact.Kind));
    }

    [Fact]
    public void Names_of_64_KB_are_cut()
    {
        string name = new('x', 1 << 16);
        HandleEvidence fact = Find($"01-01 09:00:00.250 1754 1822 E Binder:  #1: {name} x4711\n", HandleEvidenceKind.InterfaceCount);

        Assert.Equal(4711, fact.Count);
        Assert.Equal(name[..1024] + "\u2026", fact.Name);
        Assert.True(fact.Text.Length < 1100);
    }

    [Fact]
    public void More_facts_than_a_limit_are_counted()
    {
        StringBuilder text = new(State);
        for (int pid = 1; pid <= 100_005; pid++)
            text.Append(CultureInfo.InvariantCulture, $"** MEMINFO in pid {pid} [a] **\nLocal Binders: 1\n");

        ImportedDump dump = DumpSource.Read(text.ToString());

        Assert.Equal(100_000, dump.Session.Evidence.Count);
        Assert.Contains("6 more facts than the 100000", Assert.Single(dump.Problems).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("*** SERVICE 'activity' DUMP TIMEOUT (10000ms) EXPIRED ***", "activity", "DUMP TIMEOUT (10000ms) EXPIRED")]
    [InlineData("Can't find service: meminfo", "meminfo", "there is no such service")]
    [InlineData("Permission Denial: can't dump ActivityManager from from pid=1, uid=2000", "ActivityManager", "Permission denied")]
    [InlineData("*** command 'logcat -d' timed out after 10.000s (killing pid 99)", "logcat -d", "timed out after 10.000s (killing pid 99)")]
    public void A_part_that_is_missing_is_said_once(string line, string what, string reason)
    {
        ImportedDump dump = DumpSource.Read(State + line + "\n" + line + "\n");

        Assert.Equal((what, reason), (Assert.Single(dump.Refusals).Text, dump.Refusals[0].Message));
        Assert.Equal(what, Assert.Single(Of(dump.Session.Evidence, HandleEvidenceKind.Refusal)).Name);
    }

    [Fact]
    public void A_log_alone_is_a_session_without_processes()
    {
        HandleSession session = DumpSource.Read("01-01 09:00:00.250 1754 1822 W ActivityManager: Uid 10087 sent too many Binders to uid 1000\n").Clean().Session;

        Assert.Empty(session.GetProcesses());
        Assert.Equal(HandleSourceKind.BugReport, Assert.Single(session.Sources).Kind);
    }

    [Fact]
    public void A_log_without_our_lines_is_no_dump() => Assert.Contains("this is a log",
        Assert.Throws<HandleException>(() => DumpSource.Read("01-01 09:00:00.250 1754 1822 W Any: thing\n")).Message, StringComparison.Ordinal);

    [Fact]
    public void The_entries_of_an_archive_are_one_report()
    {
        MemoryStream file = new();
        using (ZipArchive archive = new(file, ZipArchiveMode.Create, leaveOpen: true))
        {
            Write("main.txt", Report + "01-01 09:00:00.250 1754 1822 W ActivityManager: Uid 10087 sent too many Binders to uid 1000\n");
            Write("FS/state.txt", State);

            void Write(string name, string text)
            {
                using Stream entry = archive.CreateEntry(name).Open();
                entry.Write(Encoding.UTF8.GetBytes(text));
            }
        }

        HandleSession session = Assert.Single(DumpSource.ReadBytes(file.ToArray())).Clean().Session;

        Assert.Equal(2, session.Processes);
        Assert.Equal("state.txt!main.txt:2", Assert.Single(Of(session.Evidence, HandleEvidenceKind.SenderLimit)).Source);
    }

    [Fact]
    public void Each_report_of_a_file_has_its_own_evidence()
    {
        static string One(int hour, int count) => $"== dumpstate: 2026-11-20 {hour}:00:00\n11-20 {hour}:00:00.000 1754 1 W Binder: BinderProxy map growth! bucket size = 20 total = {count}\n{State}";

        IReadOnlyList<ImportedDump> dumps = DumpSource.ReadAll(One(10, 5000) + One(11, 6000));

        Assert.Equal([5000, 6000], dumps.Select(dump => Assert.Single(Of(dump.Session.Evidence, HandleEvidenceKind.ProxyMapGrowth)).Count!.Value));
    }

    [Fact]
    public void A_report_names_its_own_processes_and_not_those_of_the_next()
    {
        static string One(int hour, string list) => $"== dumpstate: 2026-11-20 {hour}:00:00\n{list}binder state:\nproc 4100\ncontext binder\n  ref 9: desc 3 dead node 7 s 1 w 1 d 0\n";
        static string List(string name) => $"------ PROCESSES (ps -A) ------\nUSER PID S NAME\nu0_a87 4100 S {name}\n";

        IReadOnlyList<ImportedDump> dumps = DumpSource.ReadAll(One(10, List("com.example.mail")) + One(11, List("com.other.dev")) + One(12, ""));

        Assert.Equal(["com.example.mail", "com.other.dev", null], dumps.Select(dump => dump.Session.GetProcess(4100).Name));
    }

    [Fact]
    public void What_a_report_says_is_of_each_of_its_states_and_not_of_another_report()
    {
        const string State = "binder state:\nproc 5\ncontext binder\n  ref 9: desc 3 dead node 7 s 1 w 1 d 0\n";
        const string Calls = "binder transactions:\nproc 5\ncontext binder\n  thread 6: l 11\n    outgoing transaction 12: 0 from 5:6 to 8:9 code 2 flags 10 r1\n";
        static string Kill(int pid) => $"01-01 09:00:00.250 1754 1822 I ActivityManager: Killing {pid}:com.example/u0a87 (adj 985): Too many Binders sent to SYSTEM\n";

        HandleSession[] sessions = [.. DumpSource.ReadAll($"== dumpstate: 2026-01-02 10:00:00\n{Kill(10)}{Calls}{State}{State.Replace("desc 3", "desc 4", StringComparison.Ordinal)}"
            + $"------ PROCESSES (ps -A) ------\nUSER PID S NAME\nu0_a87 5 S com.example\n== dumpstate: 2026-01-03 10:00:00\n{Kill(11)}{State}").Select(dump => dump.Session)];

        Assert.Equal(["10", "10", "11"], sessions.Select(session => string.Join(',', session.Evidence.Where(fact => fact.Kind == HandleEvidenceKind.Kill).Select(fact => fact.Pid))));
        Assert.Equal([3, 4, 3], sessions.Select(session => Assert.Single(session.GetProcess(5).GetReferences()).Handle));
        Assert.Equal([10087, 10087, null], sessions.Select(session => session.GetProcess(5).Uid));
        Assert.Equal([1, 1, 0], sessions.Select(session => session.Calls.Count));
        Assert.Equal([1, 1, 1], sessions.Select(session => session.Sources.Count(source => source.Kind == HandleSourceKind.BugReport)));
        Assert.Equal([1, 1, 0], sessions.Select(session => session.Sources.Count(source => source.Kind == HandleSourceKind.Transactions)));
    }

    [Fact]
    public void Facts_of_a_file_of_thousands_of_states_are_joined_with_some_of_them()
    {
        StringBuilder text = new();
        for (int fact = 0; fact < 2_000; fact++)
            text.Append(CultureInfo.InvariantCulture, $"01-01 09:00:00.250 1754 1822 E Binder: #1: a.I{fact} x{fact + 1}\n");
        for (int state = 0; state < 2_000; state++)
            text.Append("binder state:\nproc 1754\ncontext binder\n");

        IReadOnlyList<ImportedDump> dumps = DumpSource.ReadAll(text.ToString());

        Assert.Equal(2_000, dumps.Count);
        Assert.Equal(50, dumps.Count(dump => dump.Session.Evidence.Count > 0));
        Assert.Contains("joined with the 50 among which it is", Assert.Single(dumps[0].Problems).Message, StringComparison.Ordinal);
    }

    private static HandleList<HandleEvidence> Read(string text) => DumpSource.Read(text).Clean().Session.Evidence;

    private static IEnumerable<HandleEvidence> Of(IReadOnlyList<HandleEvidence> facts, HandleEvidenceKind kind) => facts.Where(fact => fact.Kind == kind);

    private static HandleEvidence Find(string text, HandleEvidenceKind kind) => Assert.Single(Of(Read(text), kind));

    private static string Describe(HandleEvidence fact) => $"{fact.Kind}"
        + (fact.Pid is { } pid ? $" pid {pid}" : "") + (fact.Uid is { } uid ? $" uid {uid}" : "") + (fact.Name is { } name ? $" name {name}" : "")
        + (fact.Count is { } count ? $" count {count}" : "") + (fact.Limit is { } limit ? $" limit {limit}" : "")
        + (fact.HolderPid is { } holder ? $" holder {holder}" : "") + (fact.HolderUid is { } holderUid ? $" of {holderUid}" : "");
}
