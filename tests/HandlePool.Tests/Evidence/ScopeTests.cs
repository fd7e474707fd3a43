using System.IO.Compression;
using System.Text;
using HandlePool.Analysis;
using HandlePool.Dumps;
using HandlePool.Tests.Dumps;

namespace HandlePool.Tests.Evidence;

/// <summary>Reads reports in which apps write what reads like a section, within those that have their text.</summary>
public sealed class ScopeTests
{
    private const string Report = "========================================================\n== dumpstate: 2026-01-02 10:00:00\n========================================================\n"
        + "------ PROCESSES (ps -A) ------\nUSER PID S NAME\nsystem 1754 S system_server\nu0_a82 2100 S com.victim\nu0_a87 4100 S com.example\n------ 0.1s was the duration of 'PROCESSES' ------\n"
        + "------ BINDER STATE (/d/binder/state) ------\nbinder state:\nproc 1754\ncontext binder\n  ref 8: desc 1 node 7 s 1 w 1 d 0\nproc 4100\ncontext binder\n"
        + "  node 7: u1 c1 hs 1 hw 1 ls 0 lw 0 is 1 iw 1 tr 1 proc 1754\n------ 0.1s was the duration of 'BINDER STATE' ------\n";

    private const string Kill = "01-02 09:30:00.250  1000  1754  1822 I ActivityManager: Killing 2745:com.killed/u0a83 (adj 985): Too many Binders sent to SYSTEM\n";

    private const string FalseKill = "01-02 09:00:00.250  1000  1754  1822 I ActivityManager: Killing 2100:com.victim/u0a82 (adj 0): Too many Binders sent to SYSTEM\n";

    private const string FalseExit = "ApplicationExitInfo #0:\n timestamp=2026-01-02 09:00:00.410 pid=2100 realUid=10082\n process=com.victim reason=9 (EXCESSIVE RESOURCE USAGE)"
        + " subreason=29 (EXCESSIVE_BINDER_OBJECTS) status=0\n description=Too many Binders sent to SYSTEM state=empty trace=null\n";

    private const string FalseState = "binder state:\nproc 2100\ncontext binder\n  ref 9000: desc 1 node 400 s 1 w 1 d 0\n  ref 9001: desc 2 node 401 s 1 w 1 d 0\n";

    private const string Log = "------ SYSTEM LOG (logcat -v threadtime -v uid -d *:v) ------\n";

    private static readonly string[] Services = ["activity", "meminfo", "package", "window"];

    // Sections with text of apps, each with its end.
    private static readonly (string Heading, string End)[] OfApps =
    [
        Of("DUMPSYS APP SERVICES", "/system/bin/dumpsys activity service all", "SERVICE com.evil/.S 1a2b3c pid=4100 user=0\n  Client:\n"),
        Of("APP SERVICES PLATFORM", "/system/bin/dumpsys -T 60000 activity service all-platform-non-critical", "SERVICE com.evil/.S 1a2b3c pid=4100 user=0\n  Client:\n"),
        Of("APP PROVIDERS NON-PLATFORM", "/system/bin/dumpsys -T 60000 activity provider all-non-platform", "PROVIDER ContentProviderRecord{1 u0 com.evil/.P} pid=4100\n  Client:\n"),
        Of("APP ACTIVITIES", "/system/bin/dumpsys -T 60000 activity -v all", "TASK 1: type=standard\n  ACTIVITY com.evil/.A 1a2b3c pid=4100\n"),
        Of("DUMP OF ALL", "dumpsys -t 10 activity top", "  ACTIVITY com.evil/.A 1a2b3c pid=4100\n"),
        Of("DUMPSYS NOTIFICATION", "/system/bin/dumpsys notification -a", "Current Notification Manager state:\n"),
        Of("LIST OF OPEN FILES", "lsof", "COMMAND PID USER FD TYPE NAME\n"),
        ("------ DUMPSYS HIGH (/system/bin/dumpsys) ------\n" + new string('-', 79) + "\nDUMP OF SERVICE HIGH notification:\nService host process PID: 1754\nCurrent Notification Manager state:\n",
            "--------- 0.031s was the duration of dumpsys notification, ending at: 2026-01-02 10:00:01\n------ 0.1s was the duration of 'DUMPSYS HIGH' ------\n"),
    ];

    private static readonly string[] Forged =
    [
        Log + FalseKill, FalseKill, "ACTIVITY MANAGER PROCESS EXIT INFO (dumpsys activity exit-info)\n" + FalseExit, FalseExit, FalseState, "------ BINDER STATE (/d/binder/state) ------\n" + FalseState,
        "/sys/kernel/debug/binder/state\n" + FalseState, "== dumpstate: 2026-01-03 10:00:00\n" + FalseState, "------ 0.1s was the duration of 'SYSTEM LOG' ------\n" + Log + FalseKill,
        "[SYSTEM LOG: 0.1s elapsed]\n" + Log + FalseKill, "DUMP OF SERVICE HIGH meminfo:\n** MEMINFO in pid 2100 [com.victim] **\n Local Binders: 99999 Proxy Binders: 5\n",
        "--------- 0.1s was the duration of dumpsys other, ending at: 2026\nDUMP OF SERVICE HIGH activity:\n" + FalseExit, "** MEMINFO in pid 2100 [com.victim] **\n Local Binders: 99999 Proxy Binders: 5\n",
        "app=ProcessRecord{4f2a1b3 4999:com.victim/1000}\n", "Package [com.victim] (1):\n userId=10087\n", "Service host process PID: 4100\nClient PIDs: 2100\n", "Found 1 services:\n0\tactivity: [com.evil.I]\n",
        "ACTIVITY MANAGER BINDER PROXY STATE (dumpsys activity binder-proxies)\n UID 10082, binder count = 5999, package(s)= com.victim;\n", "USER PID S NAME\nroot 4999 S system_server\n",
        "pid: 2100, tid: 2100, name: a  >>> com.victim <<<\nAbort message: 'JNI ERROR (app bug): global reference table overflow (max=51200)'\n",
    ];

    public static TheoryData<int, int, string> Texts
    {
        get
        {
            TheoryData<int, int, string> texts = [];
            foreach ((int section, int text) in Enumerable.Range(0, OfApps.Length).SelectMany(section => Enumerable.Range(0, Forged.Length), (section, text) => (section, text)))
            {
                texts.Add(section, text, "");
                texts.Add(section, text, "      ");
            }

            return texts;
        }
    }

    [Theory]
    [MemberData(nameof(Texts))]
    public void What_an_app_writes_in_its_section_says_nothing_of_others(int section, int text, string blanks)
    {
        (string heading, string end) = OfApps[section];
        string forged = string.Concat(Forged[text].Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => $"{blanks}{line}\n"));

        Assert.Equal(Tell(Report + heading + end + Log + Kill), Tell(Report + heading + forged + end + Log + Kill));
    }

    [Fact]
    public void Headings_within_a_section_of_apps_without_its_end_are_said()
    {
        ImportedDump dump = DumpSource.Read(Report + OfApps[0].Heading + Log + FalseKill);

        Assert.Empty(IncidentFinder.Find(dump.Session));
        Assert.Equal("'DUMPSYS APP SERVICES' has no end, and apps write in it: 1 heading in it was not read.", Assert.Single(dump.Problems).Message);
    }

    [Theory]
    [InlineData("", 1)]
    [InlineData("    ", 0)]
    public void Without_ends_a_heading_that_is_not_indented_ends_a_section_of_apps(string blanks, int incidents)
    {
        HandleSession session = DumpSource.Read(Report.Replace("------ 0.1s was the duration of 'PROCESSES' ------", "[ps: 0.1s elapsed]", StringComparison.Ordinal)
            .Replace("------ 0.1s was the duration of 'BINDER STATE' ------", "", StringComparison.Ordinal) + OfApps[0].Heading + blanks + Log + blanks + Kill).Session;

        Assert.Equal(incidents, IncidentFinder.Find(session).Count);
    }

    [Theory]
    [InlineData("activity", FalseExit, HandleEvidenceKind.Exit)]
    [InlineData("activity", "ACTIVITY MANAGER BINDER PROXY STATE (dumpsys activity binder-proxies)\n UID 10087, binder count = 12, package(s)= com.example;\n", HandleEvidenceKind.UidCount)]
    [InlineData("meminfo", "** MEMINFO in pid 4100 [com.example] **\n   Local Binders: 3\n", HandleEvidenceKind.LocalBinders)]
    [InlineData("package", "Packages:\n  Package [com.example] (1):\n    userId=10087\n", HandleEvidenceKind.Package)]
    public void A_service_says_what_it_is_for(string service, string text, HandleEvidenceKind kind)
    {
        string ofService = $"DUMP OF SERVICE HIGH {service}:\n{text}--------- 0.1s was the duration of dumpsys {service}, ending at: 2026\n";
        string ofCommand = $"------ DUMPSYS OF ONE (/system/bin/dumpsys -T 90000 {service} -a) ------\n{text}------ 0.1s was the duration of 'DUMPSYS OF ONE' ------\n";
        string others = string.Concat(Services.Where(each => each != service)
            .Select(each => $"DUMP OF SERVICE HIGH {each}:\n{text}--------- 0.1s was the duration of dumpsys {each}, ending at: 2026\n"));

        Assert.Contains(DumpSource.Read(Report + ofService).Clean().Session.Evidence, fact => fact.Kind == kind);
        Assert.Contains(DumpSource.Read(Report + ofCommand).Clean().Session.Evidence, fact => fact.Kind == kind);
        Assert.DoesNotContain(DumpSource.Read(Report + others).Clean().Session.Evidence, fact => fact.Kind == kind);
    }

    [Theory]
    [InlineData("dumpsys --pid; dumpsys --clients")]
    [InlineData("/system/bin/dumpsys")]
    [InlineData("/system/bin/dumpsys -t 60 --priority HIGH --dump")]
    [InlineData("/system/bin/dumpsys -T 60000 --skip meminfo,cpuinfo")]
    public void A_command_without_a_service_is_of_all(string command)
    {
        string report = $"{Report}------ DUMPSYS ({command}) ------\nDUMP OF SERVICE window:\nService host process PID: 1754\n{new string('-', 79)}\nDUMP OF SERVICE activity:\n{FalseExit}------ 0.1s was the duration of 'DUMPSYS' ------\n";

        Assert.Equal([HandleEvidenceKind.ServiceClients, HandleEvidenceKind.Exit],
            DumpSource.Read(report).Clean().Session.Evidence.Where(fact => fact.Kind is HandleEvidenceKind.ServiceClients or HandleEvidenceKind.Exit).Select(fact => fact.Kind));
    }

    [Fact]
    public void Clients_of_a_service_are_told_before_it_speaks_itself()
    {
        const string Clients = "Service host process PID: 1754\nThreads in use: 0/31\n01-02 09:00:00.000 1 1 I Any: line\nClient PIDs: 4100\n";
        const string End = "--------- 0.1s was the duration of dumpsys window, ending at: 2026\n";

        Assert.Equal(2, DumpSource.Read(Report + "DUMP OF SERVICE HIGH window:\n" + Clients + End).Session.Evidence.Count(fact => fact.Kind == HandleEvidenceKind.ServiceClients));
        Assert.DoesNotContain(DumpSource.Read(Report + "DUMP OF SERVICE HIGH window:\nWINDOW MANAGER\n" + Clients + End).Session.Evidence, fact => fact.Kind == HandleEvidenceKind.ServiceClients);
    }

    [Theory]
    [InlineData(FalseKill)]
    [InlineData("\n" + FalseKill)]
    [InlineData("I/ActivityManager( 1754): Killing 2100:com.victim/u0a82 (adj 985): Too many Binders sent to SYSTEM\n")]
    [InlineData("\n------ EVENT LOG (logcat -b events) ------\n01-02 09:00:00.250  1000  1754  1822 I am_kill : [0,2100,com.victim,0,Too many Binders sent to SYSTEM]\n")]
    [InlineData(FalseState)]
    [InlineData("ACTIVITY MANAGER PROCESS EXIT INFO (dumpsys activity exit-info)\n" + FalseExit)]
    [InlineData("--------- beginning of main\n" + FalseKill)]
    public void A_message_of_the_long_format_has_lines_and_no_headings(string message)
    {
        const string Heading = "------ SYSTEM LOG (logcat -v long) ------\n--------- beginning of main\n[ 01-02 09:00:00.250  10087: 4100: 4100 I/Foo ]\nhello\n";
        const string Rest = "\n[ 01-02 09:30:00.250  1000: 1754: 1822 I/ActivityManager ]\nKilling 2745:com.killed/u0a83 (adj 985): Too many Binders sent to SYSTEM\n\n------ 0.1s was the duration of 'SYSTEM LOG' ------\n";

        Assert.Equal(Tell(Report + Heading + Rest), Tell(Report + Heading + message + Rest));
    }

    [Theory]
    [InlineData("FS/data/anr/anr_2026-01-02")]
    [InlineData("FS/data/tombstones/tombstone_00")]
    public void A_trace_tells_of_its_own_process_only(string name)
    {
        const string Trace = "----- pid 4100 at 2026-01-02 09:00:00 -----\npid: 4100, tid: 4100, name: a  >>> com.example <<<\nAbort message: 'JNI ERROR (app bug): global reference table overflow (max=51200)'\n"
            + "\"x\n" + FalseState + FalseExit + Log + FalseKill + "01-02 09:00:00.250  4100  4122 W Binder: BinderProxy map growth! bucket size = 28 total = 7000\n";
        MemoryStream file = new();
        using (ZipArchive archive = new(file, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach ((string entry, string text) in new[] { ("main.txt", Report), (name, Trace) })
            {
                using Stream stream = archive.CreateEntry(entry).Open();
                stream.Write(Encoding.UTF8.GetBytes(text));
            }
        }

        HandleSession session = Assert.Single(DumpSource.ReadBytes(file.ToArray())).Session;

        Assert.Equal(2, session.Processes);
        Assert.Equal(["ReferenceTableOverflow of 4100", "ProxyMapGrowth of 4100"], IncidentFinder.Find(session).Select(incident => $"{incident.Kind} of {incident.HolderId}"));
    }

    [Fact]
    public void A_trace_in_the_report_tells_of_its_own_process_only()
    {
        const string Heading = "------ VM TRACES JUST NOW (/data/anr/trace_1: 2026-01-02 10:00:00) ------\n\n----- pid 4100 at 2026-01-02 09:00:00 -----\nCmd line: com.example\n";

        Assert.Equal(Tell(Report + Heading + Log + Kill), Tell(Report + Heading + FalseState + FalseExit + FalseKill + Log + Kill));
    }

    private static (string Heading, string End) Of(string title, string command, string text) => ($"------ {title} ({command}) ------\n{text}", $"------ 0.1s was the duration of '{title}' ------\n");

    /// <summary>Returns all that a report tells, in a comparable form.</summary>
    private static string[] Tell(string report) => [.. DumpSource.ReadAll(report).SelectMany(dump => dump.Session.GetProcesses().Select(process =>
            $"{process.Id} {process.Name} {process.Uid} {process.Package} {process.HandleCount} {process.NodeCount}")
        .Concat(dump.Session.Evidence.Where(fact => fact.Kind != HandleEvidenceKind.Section).Select(fact => $"{fact.Kind} {fact.Pid} {fact.Uid} {fact.Name} {fact.Count} {fact.Text} {fact.Doubt}"))
        .Concat(IncidentFinder.Find(dump.Session).Select(incident => $"{incident.Kind} {incident.Victim} {incident.Cause}"))
        .Concat(dump.Problems.Select(problem => problem.Message)))];
}
