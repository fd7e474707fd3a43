using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using HandlePool.Analysis;
using HandlePool.Dumps;
using HandlePool.Reports;
using HandlePool.Tests.Dumps;

namespace HandlePool.Tests.Analysis;

/// <summary>Redacted copies of sessions have the same structure, and nothing that is written of them has a name, a package, a pid or the uid of an app.</summary>
public sealed partial class RedactionTests
{
    // Numbers that are nothing else in the texts.
    private static readonly (string From, string To)[] Pids = [("1754", "31754"), ("2745", "32745"), ("2100", "32100"), ("4100", "34100"), ("5050", "35050")];

    private static readonly string[] Secrets = ["31754", "32745", "32100", "34100", "35050", "31822", "34112", "10087", "10082", "u0a87", "u0_a87", "u0a82", "u0_a82", "example", "ISync", "secret", "Secret",
        "geheim", "generic/device", "userdebug", "killed", "stuck", "7b503b3a80", "5e884898da28"];

    public static TheoryData<string> Reports => new("killed", "stuck", "leaking");

    public static TheoryData<string> HostileLines => new()
    {
        "01-01 09:00:00.250 31754 31822 I ActivityManager: Killing 32745:secret.app:geheim/u0a87 (adj 985): Too many Binders sent to SYSTEM of secret 34112",
        "01-01 09:00:00.250 10087 31754 31822 I ActivityManager: Killing 32745:secret app/u0a87 (adj 985): Too many Binders sent to SYSTEM",
        "01-01 09:00:00.250 31754 31822 I am_kill : [10,32745,secret-app@geheim,985,Too many Binders sent to SYSTEM]",
        "01-01 09:00:00.250 31754 31822 E Binder:  #1: secret.\u202egeheim\u0001.ISecret x4711",
        "01-01 09:00:00.250 31754 31822 E Binder:  #1: android.secret.IThing x10087",
        "01-01 09:00:00.250 31754 31822 E Binder:  #1: com.android.secret.IThing x31754",
        "01-01 09:00:00.250 31754 31822 E BpBinder: Too many binder proxy objects sent to uid 10082 from uid 10087 (6001 proxies held)",
        "01-01 09:00:00.250 31754 31822 W JavaBinder: BinderProxy is being destroyed but the application did not call unlinkToDeath to unlink all of its death recipients beforehand.  Releasing leaked death recipient: com.secret.Recipient$1",
        "------ BINDER TRANSACTION LOG (/d/binder/transaction_log) ------\n409: call  from 31754:31822 to 32100:34112 context secret node 12 handle 7 size 64:0 ret 29201/-22 l=3",
        "------ BINDER TRANSACTIONS (/d/binder/transactions) ------\nbinder transactions:\nproc 31754\ncontext binder\n  thread 31822: l 11\n    outgoing transaction 5: 5e884898da28 from 31754:31822 to 32100:34112 code 1 flags 10 pri 0:120 r1\n"
            + "  buffer 6: 34112345 size 8:0:0 delivered secret\n",
        "*** SERVICE 'activity secret' DUMP TIMEOUT (10000ms) EXPIRED ***",
        "ProcessRecord{5e884898da28 31754:secret.app/u0a87}",
    };

    [Theory]
    [MemberData(nameof(Reports))]
    public void Nothing_that_is_written_names_what_the_report_named(string name)
    {
        HandleSession session = Session(name);

        // With a random key, a number could become one that contains another: u0a87 is in u0a871.
        string written = Write(new HandleRedactor("key").Redact(session));

        Assert.Equal([], Secrets.Where(secret => written.Contains(secret, StringComparison.Ordinal)));
        Assert.Contains("system_server", written, StringComparison.Ordinal);
        Assert.Contains("com.android.systemui", written, StringComparison.Ordinal);
        string before = Write(session);
        Assert.All(["31754", "example"], secret => Assert.Contains(secret, before, StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(HostileLines))]
    public void No_line_gives_away_a_name_or_a_number(string line)
    {
        HandleSession session = DumpSource.Read("== dumpstate: 2026-01-02 10:00:00\n" + State("secret.app", 31754, 32100) + line + "\n").Session;
        Assert.True(session.EvidenceCount > 0);
        HandleSession copy = new HandleRedactor("key").Redact(session);
        string written = string.Join('\n', copy.Evidence.Select(fact => $"{fact.Text}|{fact.Name}|{fact.Interface}|{fact.Pid}|{fact.Uid}|{fact.HolderPid}|{fact.HolderUid}|{fact.Source}|{fact.Clients}"))
            + Write(copy);

        // A count may be any number.
        written = Counts().Replace(written, "");
        Assert.Equal([], Secrets.Where(secret => written.Contains(secret, StringComparison.Ordinal)));
    }

    [Theory]
    [MemberData(nameof(Reports))]
    public void A_redacted_dump_imports_with_the_same_structure(string name)
    {
        HandleSession session = Session(name);
        HandleRedactor redactor = new("key");
        using MemoryStream stream = new();
        DumpWriter.Write(stream, redactor.Redact(session));
        HandleSession read = DumpSource.Read(Encoding.UTF8.GetString(stream.ToArray())).Clean().Session;

        Assert.Equal(Structure(session, redactor.RedactPid, redactor.RedactName), Structure(read, pid => pid, named => named));
    }

    [Fact]
    public void A_redacted_series_has_the_same_leak_suspects()
    {
        string[] names = ["state-20261125-100000", "state-20261125-101000", "state-20261125-102000", "state-20261125-103000"];
        HandleSession[] series = [.. names.Select(name => Assert.Single(DumpReader.ReadFile(DumpSource.DataFile($"real/leak/{name}.txt.gz"))).Session)];
        HandleRedactor redactor = new("key");
        HandleSession[] redacted = [.. series.Select(session => redactor.Redact(session))];

        string[] before = [.. LeakFinder.Find(series).Suspects.Select(suspect => Describe(suspect, redactor.RedactPid))];
        Assert.NotEmpty(before);
        Assert.Equal(before, LeakFinder.Find(redacted).Suspects.Select(suspect => Describe(suspect, pid => pid)));
    }

    [Fact]
    public void A_redacted_report_says_of_interfaces_what_the_report_says()
    {
        HandleRedactor redactor = new("key");
        HandleSession session = Session("leaking");

        (int Handle, string Name, InterfaceCertainty, int, int, int)[] before = [.. Statements(session).Select(each => each with { Name = redactor.RedactInterface(each.Name) })];
        Assert.Contains(before, each => each.Name.StartsWith("name-", StringComparison.Ordinal));
        Assert.Equal(before, Statements(redactor.Redact(session)));

        static IEnumerable<(int Handle, string Name, InterfaceCertainty, int, int, int)> Statements(HandleSession session) =>
            session.GetProcesses().SelectMany(process => process.GetReferences()).SelectMany(reference => reference.Node.GetCandidates()
                .Select(each => (reference.Handle, each.Name, each.Certainty, each.AtLeast, each.AtMost, each.Of))).Order();
    }

    [Fact]
    public void Incidents_and_calls_are_those_of_the_report()
    {
        HandleRedactor redactor = new("key");
        HandleIncident before = IncidentFinder.Find(Session("killed")).Single(incident => incident.Kind == HandleIncidentKind.Kill);
        HandleIncident after = IncidentFinder.Find(redactor.Redact(Session("killed"))).Single(incident => incident.Kind == HandleIncidentKind.Kill);

        Assert.Equal((before.Limit, before.Count, before.Evidence.Count, before.Time), (after.Limit, after.Count, after.Evidence.Count, after.Time));
        Assert.Equal(before.VictimIds.Select(redactor.RedactPid), after.VictimIds);
        Assert.Equal($"{redactor.RedactName("com.example.mail")} ({redactor.RedactPid(32745)})", after.Victim);

        HandleTransaction[] calls = [.. TransactionFinder.Find(Session("stuck"))];
        HandleTransaction[] redacted = [.. TransactionFinder.Find(redactor.Redact(Session("stuck")))];
        Assert.Equal(calls.Select(call => (call.Id, call.State, call.Cycle, call.HandleState, call.Error)), redacted.Select(call => (call.Id, call.State, call.Cycle, call.HandleState, call.Error)));
        Assert.Equal(calls.Select(call => call.ToId is { } id ? redactor.RedactPid(id) : 0), redacted.Select(call => call.ToId ?? 0));
    }

    [Theory]
    [InlineData(1, 4_194_304, 3_000)]
    [InlineData(4_194_304, int.MaxValue, 1_000)]
    [InlineData(int.MaxValue - 50, int.MaxValue, 49)]
    public void Pids_become_others_of_their_range_one_to_one(int first, int last, int count)
    {
        HandleRedactor redactor = new("key");
        int[] pids = [.. Enumerable.Range(0, count).Select(index => (int)(first + ((long)index * (last - first - 1) / count)))];
        int[] redacted = Array.ConvertAll(pids, redactor.RedactPid);

        Assert.Equal(count, redacted.Distinct().Count());
        Assert.All(redacted, pid => Assert.Equal(first < 4_194_304, pid < 4_194_304));
        Assert.True(pids.Zip(redacted).Count(pair => pair.First == pair.Second) <= 3);
        Assert.Equal(0, redactor.RedactPid(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => redactor.RedactPid(-1));
    }

    [Fact]
    public void The_uids_of_apps_are_permuted_and_those_of_the_system_stay()
    {
        HandleRedactor redactor = new("key");

        Assert.Equal(10_000, Enumerable.Range(10_000, 10_000).Select(redactor.RedactUid).Distinct().Count(uid => uid is >= 10_000 and < 20_000));
        Assert.All([0, 1000, 9999, 1_001_000], uid => Assert.Equal(uid, redactor.RedactUid(uid)));
        Assert.Equal(redactor.RedactUid(10_087) + 1_000_000, redactor.RedactUid(1_010_087));
        Assert.InRange(redactor.RedactUid(99_005), 99_000, 99_999);
        Assert.InRange(redactor.RedactUid(int.MaxValue), 0, int.MaxValue);
    }

    [Theory]
    [InlineData("system_server", true)]
    [InlineData("com.android.systemui", true)]
    [InlineData("com.android.secret", false)]
    [InlineData("android.app.secret", false)]
    [InlineData("java.util.secret", false)]
    [InlineData("com.example.mail", false)]
    [InlineData("", true)]
    public void Names_that_every_device_has_stay(string name, bool stays)
    {
        HandleRedactor redactor = new("key");

        Assert.Equal(stays, redactor.RedactName(name) == name);
        Assert.Equal(redactor.RedactName(name), new HandleRedactor("key").RedactName(name));
        Assert.Equal(stays, redactor.RedactName(name) == new HandleRedactor().RedactName(name));
    }

    [Theory]
    [InlineData("android.os.IMessenger", true)]
    [InlineData("android.hardware.light@2.0::ILight/default", true)]
    [InlineData("<proxy to dead node>", true)]
    [InlineData("android.os.IMessenger of secret", false)]
    [InlineData("android.secret.IThing", false)]
    [InlineData("com.android.secret.IThing", false)]
    public void Interfaces_of_the_framework_stay(string name, bool stays)
    {
        HandleRedactor redactor = new("key");

        Assert.Equal(stays, redactor.RedactInterface(name) == name);
        Assert.Equal(stays ? name : redactor.RedactName(name), redactor.RedactInterface(name));
    }

    [Fact]
    public void A_process_keeps_to_its_package()
    {
        HandleRedactor redactor = new("key");

        Assert.StartsWith(redactor.RedactName("com.example.mail") + ":part-", redactor.RedactName("com.example.mail:remote"), StringComparison.Ordinal);
        Assert.EndsWith(".launcher", redactor.RedactName("com.secret.launcher3"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_session_is_as_it_was_and_its_copy_has_no_events_and_no_files()
    {
        HandleSession session = new("secret");
        session.CreateProcess("secret.app", id: 31754);
        session.GetProcess(31754).Resize(ResizeDirection.Grow);
        HandleSession copy = new HandleRedactor().Redact(session);

        Assert.Equal(("secret.app", 1), (session.GetProcess(31754).Name, session.GetEvents().Length));
        Assert.Empty(copy.GetEvents());
        Assert.All(new HandleRedactor().Redact(Session("killed")).Sources, source => Assert.Equal((0, null, null), (source.Size, source.Sha256, source.Build)));
    }

    [GeneratedRegex(@"x\d+|\d+ proxies held|\b(10087|31754)\b(?= *\||,| counted)")]
    private static partial Regex Counts();

    private static HandleSession Session(string name)
    {
        string text = File.ReadAllText(DumpSource.DataFile($"evidence/{name}.txt")).Replace("1822", "31822", StringComparison.Ordinal).Replace("4112", "34112", StringComparison.Ordinal);
        foreach ((string from, string to) in Pids)
            text = Regex.Replace(text, $@"\b{from}\b", to);
        return DumpSource.Read(text).Session;
    }

    private static string State(string name, int holder, int owner) => "------ BINDER STATE (/d/binder/state) ------\nbinder state:\n"
        + $"proc {holder} ({name})\ncontext binder\n  ref 50: desc 1 node 7 s 1 w 1 d 0000000000000000\n"
        + $"proc {owner} (geheim)\ncontext binder\n  node 7: u0000007b503b3a80 c0000005e884898da28 hs 1 hw 1 ls 0 lw 0 is 1 iw 1 tr 1 proc {holder}\n------ 0.1s was the duration of 'BINDER STATE' ------\n";

    /// <summary>Returns all that cmdlets write of a session.</summary>
    private static string Write(HandleSession session)
    {
        using MemoryStream stream = new();
        if (session.Processes > 0)
            DumpWriter.Write(stream, session);
        HandleReport.Write(stream, [session], new HandleReportOptions { Format = HandleReportFormat.Html });
        HandleReport.Write(stream, [session], new HandleReportOptions { Format = HandleReportFormat.Markdown });
        StringBuilder text = new(Encoding.UTF8.GetString(stream.ToArray()));
        foreach (HandleEvidence fact in session.Evidence)
            text.Append(CultureInfo.InvariantCulture, $"\n{fact}\n{fact.Source} {fact.Name} {fact.Interface} {fact.Pid} {fact.Uid} {fact.HolderPid} {fact.HolderUid} {fact.Clients}");
        foreach (HandleIncident incident in IncidentFinder.Find(session))
            text.Append(CultureInfo.InvariantCulture, $"\n{incident} {incident.Holder} {incident.Sender} {incident.SenderUid} {incident.VictimIds} {incident.Cause}");
        foreach (HandleTransaction call in TransactionFinder.Find(session))
            text.Append(CultureInfo.InvariantCulture, $"\n{call} {call.WaitsFor} {call.Remark} {call.Context} {call.Source} {call.FromId}:{call.FromThread} {call.ToId}:{call.ToThread}");
        foreach (HandleFinding finding in session.Findings)
            text.Append(CultureInfo.InvariantCulture, $"\n{finding}");
        return text.ToString();
    }

    private static string[] Structure(HandleSession session, Func<int, int> pid, Func<string, string> name) =>
    [
        .. session.GetProcesses().Select(process => $"process {pid(process.Id)} {(process.Name is { } known ? name(known) : "")} {process.Context} {process.NodeCount} {process.IsManager}").Order(StringComparer.Ordinal),
        .. session.GetProcesses().SelectMany(process => process.GetReferences()).Select(reference =>
            $"{pid(reference.Process.Id)} {reference.Handle} {reference.Node.Id} {reference.Strong} {reference.Weak} {(reference.Owner is { } owner ? pid(owner.Id) : 0)}").Order(StringComparer.Ordinal),
    ];

    private static string Describe(HandleLeakSuspect suspect, Func<int, int> pid) => string.Create(CultureInfo.InvariantCulture,
        $"{suspect.Rank} {(suspect.Holder is { } holder ? pid(holder.Id) : 0)} {(suspect.Owner is { } owner ? pid(owner.Id) : 0)} {suspect.Handles} {suspect.Growth} {string.Join('+', suspect.Kinds)}");
}
