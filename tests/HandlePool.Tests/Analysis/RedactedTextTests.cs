using System.Globalization;
using HandlePool.Analysis;
using HandlePool.Tests.Dumps;

namespace HandlePool.Tests.Analysis;

/// <summary>The redacted line of a fact has the pseudonyms of its names and what is harmless, and not a part of what is secret.</summary>
public sealed class RedactedTextTests
{
    private const string Log = "01-01 09:00:00.250 31754 31822 ";
    private const string Exit = "ACTIVITY MANAGER PROCESS EXIT INFO (dumpsys activity exit-info)\nApplicationExitInfo #0:\n";

    // What stands for the name, its package, the pid and the uid that the line has.
    private const string NameMark = "{name}";
    private const string PackageMark = "{package}";
    private const string PidMark = "{pid}";
    private const string UidMark = "{uid}";

    private static readonly HandleRedactor Redactor = new("key");

    public static TheoryData<string, string> HarmlessLines => new()
    {
        { Log + "I ActivityManager: Killing {pid}:{name}/{uid} (adj 985): Too many Binders sent to SYSTEM", "Killing {pid}:{name}/{uid} (adj 985): Too many Binders sent to SYSTEM" },
        { Log + "I am_kill : [10,{pid},{name},-800,Too many Binders sent to SYSTEM]", "[10,{pid},{name},-800,Too many Binders sent to SYSTEM]" },
        { Log + "I am_kill : [{pid},{name},0,Too many Binders sent to SYSTEM]", "[{pid},{name},0,Too many Binders sent to SYSTEM]" },
        { Log + "E Binder:  #7: {name} x4711", "#7: {name} x4711" },
        { Log + "W Binder  : BinderProxy map growth! bucket size = 28 total = 7000", "bucket size = 28 total = 7000" },
        { Log + "E AndroidRuntime: java.lang.AssertionError: Binder ProxyMap has too many entries: 25001 (total), 24990 (uncleared), 24989 (uncleared after GC). BinderProxy leak?",
            "25001 (total), 24990 (uncleared), 24989 (uncleared after GC). BinderProxy leak?" },
        { Exit + "timestamp=2026-01-01 09:00:00.410 pid={pid} realUid=10087\nprocess={name} reason=9 (EXCESSIVE RESOURCE USAGE) subreason=29 (EXCESSIVE_BINDER_OBJECTS) status=0\n",
            "reason=9 (EXCESSIVE RESOURCE USAGE) subreason=29 (EXCESSIVE_BINDER_OBJECTS)" },
        { Log + "F art: JNI ERROR (app bug): global reference table overflow (max=51200)\n" + Log + "F art: Summary:\n" + Log + "F art: 50000 of {name} (49998 unique instances)",
            "50000 of {name} (49998 unique instances)" },
        { "** MEMINFO in pid {pid} [{name}] **\n       Local Binders:       12        Proxy Binders:       40\n", "Local Binders:       12        Proxy Binders:       40" },
        { "    app=ProcessRecord{4f2a1b3 {pid}:{name}/{uid}}", "ProcessRecord{[redacted] {pid}:{name}/{uid}}" },
        { Log + "W JavaBinder: BinderProxy is being destroyed but the application did not call unlinkToDeath.  Releasing leaked death recipient: {name}", "Releasing leaked death recipient: {name}" },
        { "------ BINDER TRANSACTION LOG (/d/binder/transaction_log) ------\n409: call  from {pid}:{pid} to {pid}:0 context binder node 12 handle 7 size 64:0 ret 0/0 l=3",
            "409: call  from {pid}:{pid} to {pid}:0 context binder node 12 handle 7 size 64:0 ret 0/0 l=3" },
        { "------ BINDER TRANSACTIONS (/d/binder/transactions) ------\nbinder transactions:\nproc {pid}\ncontext binder\n  thread {pid}: l 11\n"
            + "    outgoing transaction 5: 5e884898da28 from {pid}:{pid} to {pid}:0 code 1f flags 12 pri 0:120 r1\n", "from {pid}:{pid} to {pid}:0 code 1f flags 12 pri 0:120 r1" },
        { "ACTIVITY MANAGER BINDER PROXY STATE (dumpsys activity binder-proxies)\nCounts of Binder Proxies held by SYSTEM\n    UID 10087, binder count = 4, package(s)= {package}; com.example.other;\n",
            "binder count = 4, package(s)= {package}; name-" },
    };

    // The name, the line, and whether nothing of the line may stay.
    public static TheoryData<string, string, bool> Attacks => new()
    {
        // Names within other names, in upper case, and quoted.
        { "com.x", Log + "I ActivityManager: Killing {pid}:{name}/{uid} (adj 985): Too many Binders sent to com.x.y lib_com.x_foo COM.X xcom.x -com.x 'com.x' com.x2", false },
        { "com.x:remote", Log + "I ActivityManager: Killing {pid}:{name}/{uid} (adj 985): Too many Binders sent to \"com.x\":\"remote\" com\".x\" remote REMOTE", false },
        { "com.x:service", Log + "I ActivityManager: Killing {pid}:{name}/{uid} (adj 985): Too many Binders sent to SYSTEM", false },
        { "com.x:service", Log + "I ActivityManager: Killing {pid}:{name}/{uid} (adj 985): Too many Binders sent to \"com.x\":\"service\"", true },
        { "com.x:KILLING", Log + "I ActivityManager: Killing {pid}:{name}/{uid} (adj 985): Too many Binders sent to SYSTEM", true },
        { "com.x:985", Log + "I ActivityManager: Killing {pid}:{name}/{uid} (adj 985): Too many Binders sent to SYSTEM", true },
        { "com.x y", Log + "I ActivityManager: Killing {pid}:{name}/{uid} (adj 985): Too many Binders sent to com.x  y", false },

        // Names that are words of the line: the place of the pseudonym would tell them.
        { "to", Log + "I ActivityManager: Killing {pid}:{name}/{uid} (adj 985): Too many Binders sent to SYSTEM", true },
        { "Binders sent", Log + "I ActivityManager: Killing {pid}:{name}/{uid} (adj 985): Too many Binders sent to SYSTEM", true },
        { "x4711", Log + "E Binder:  #7: {name} x4711", true },
        { "#7", Log + "E Binder:  #7: {name} x4711", true },
        { "activity", "Found 1 services:\n0\tactivity: [android.app.IActivityManager]", true },
        { "activity", "DUMP OF SERVICE activity:\nService host process PID: 32745\n", false },
        { "u0a87", Log + "I ActivityManager: Killing {pid}:{name}/{uid} (adj 985): Too many Binders sent to SYSTEM", true },

        // Pids in paths, in names of threads and of tombstones, and in other numbers.
        { "com.x", Log + "I ActivityManager: Killing {pid}:{name}/{uid} (adj 985): Too many Binders sent to /proc/31754/fd tombstone_31754 Binder:31754_3 31754.txt pid31754 -31754 #31754 x31754", false },
        { "com.x", Log + "I ActivityManager: Killing {pid}:{name}/{uid} (adj 31754): Too many Binders sent to SYSTEM", false },
        { "com.x", Log + "I am_kill : [31754,{pid},{name},31754,Too many Binders sent to SYSTEM]", false },
        { "com.x", Log + "W Binder  : BinderProxy map growth! bucket size = 31754 total = 7000", false },
        { "com.x", "------ BINDER TRANSACTION LOG (/d/binder/transaction_log) ------\n409: call  from {pid}:{pid} to {pid}:0 context binder node 12 handle 7 size 64:0 ret 0/0 l=3 31754", false },
    };

    [Theory]
    [MemberData(nameof(HarmlessLines))]
    public void Harmless_words_stay_beside_the_pseudonyms_of_the_fact(string line, string expected)
    {
        HandleEvidence fact = Redact("com.x.mail:remote", 32745, 10087, line);

        Assert.Contains(Fill(expected, Redactor.RedactName("com.x.mail:remote"), Redactor.RedactName("com.x.mail"), Redactor.RedactPid(32745), "u0a" + (Redactor.RedactUid(10087) - 10_000)),
            fact.Text, StringComparison.Ordinal);
        if (line.Contains(NameMark, StringComparison.Ordinal))
            Assert.Equal(Redactor.RedactName("com.x.mail:remote"), fact.Name);
    }

    [Theory]
    [MemberData(nameof(Attacks))]
    public void No_form_of_a_secret_stays(string name, string line, bool isDropped)
    {
        HandleEvidence fact = Redact(name, 32745, 10087, line);

        Assert.All(["com.x", "remote", "31754", "32745", "10087"], secret => Assert.DoesNotContain(secret, fact.Text, StringComparison.OrdinalIgnoreCase));
        Assert.Equal(isDropped, fact.Text == "[redacted]");
    }

    [Theory]
    [InlineData("I ActivityManager: Killing 985:com.x/u0a87 (adj 985): Too many Binders sent to SYSTEM")]
    [InlineData("I am_kill : [0,900,com.x,900,Too many Binders sent to SYSTEM]")]
    [InlineData("I am_kill : [10,10,com.x,900,Too many Binders sent to SYSTEM]")]
    public void A_number_that_is_secret_in_one_place_and_shown_in_another_drops_the_line(string line) =>
        Assert.Equal("[redacted]", Redact("com.x", 985, 10087, "01-01 09:00:00.250 1754 1822 " + line).Text);

    [Fact]
    public void A_count_that_is_the_pid_does_not_tell_it()
    {
        HandleEvidence fact = Redact("com.x", 4711, 10087, "01-01 09:00:00.250 4711 4712 E Binder:  #1: {name} x4711");

        Assert.Equal((4711L, Redactor.RedactPid(4711)), (fact.Count, fact.Pid));
        Assert.DoesNotContain("4711 ", fact.Text, StringComparison.Ordinal);
        Assert.Equal("[redacted]", Redact("com.x", 1000, 10087, "01-01 09:00:00.250 1000 1000 1001 W Binder  : BinderProxy map growth! bucket size = 28 total = 7000").Text);
    }

    [Fact]
    public void A_list_of_many_packages_is_redacted_in_time()
    {
        string packages = string.Join("; ", Enumerable.Range(0, 200).Select(index => $"a {index % 10}"));
        string line = "ACTIVITY MANAGER BINDER PROXY STATE (dumpsys activity binder-proxies)\nCounts of Binder Proxies held by SYSTEM\n    UID 10087, binder count = 4, package(s)= " + packages + ";\n";

        HandleEvidence fact = Redact("a", 1, 10087, line);

        Assert.DoesNotContain("a 1", fact.Text, StringComparison.Ordinal);
        Assert.Equal(Redactor.RedactName("a 1"), fact.Name!.Split("; ")[1]);
    }

    [Fact]
    public void Random_lines_give_away_nothing()
    {
        int seed = Environment.TickCount;
        Random random = new(seed);
        string[] words = ["Killing", "to", "(adj", "985)", "com.x", "com.x:remote", "remote", ":", "/", "\"", "'", "[", ",", " ", " ", "#1", "x4711", "31754", "32745", "10087", "u0a87", "u0_a87", "size", "=",
            "Binders", "sent", "COM.X", "com.", "x", "/proc/32745", "-32745", "subreason=32745", "reason", "from", "pid", "total", "unique", "am_kill", "]", "\u001b[31m", "\0", "\u202e"];
        for (int round = 0; round < 400; round++)
        {
            string junk = string.Concat(Enumerable.Range(0, random.Next(1, 24)).Select(_ => words[random.Next(words.Length)] + (random.Next(3) == 0 ? " " : "")));
            HandleEvidence fact = Redact("com.x:remote", 32745, 10087, Log + "I ActivityManager: Killing {pid}:{name}/{uid} (adj 985): Too many Binders sent to " + junk);
            foreach (string secret in (string[])["com.x", "remote", "31754", "32745", "10087", "u0a87", "u0_a87"])
                Assert.False(fact.Text.Contains(secret, StringComparison.OrdinalIgnoreCase), string.Create(CultureInfo.InvariantCulture, $"seed {seed}, {secret} of {junk} in {fact.Text}"));
        }
    }

    /// <summary>Returns the last fact of a line with a name, a pid and a uid, redacted.</summary>
    private static HandleEvidence Redact(string name, int pid, int uid, string line)
    {
        string text = Fill(line, name, name.Split(':')[0], pid, "u0a" + (uid - 10_000));
        HandleSession session = DumpSource.Read("== dumpstate: 2026-01-02 10:00:00\n------ BINDER STATE (/d/binder/state) ------\nbinder state:\nproc 31754 (secret)\ncontext binder\n"
            + "  ref 50: desc 1 node 7 s 1 w 1 d 0000000000000000\n------ 0.1s was the duration of 'BINDER STATE' ------\n" + text + "\n").Session;
        return Redactor.Redact(session).Evidence.Last(fact => fact.Kind != HandleEvidenceKind.Section);
    }

    private static string Fill(string line, string name, string package, int pid, string uid) => line.Replace(NameMark, name, StringComparison.Ordinal)
        .Replace(PackageMark, package, StringComparison.Ordinal).Replace(PidMark, pid.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal).Replace(UidMark, uid, StringComparison.Ordinal);
}
