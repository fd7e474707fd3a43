using System.Globalization;
using HandlePool.Analysis;
using HandlePool.Dumps;
using HandlePool.Generator;
using HandlePool.Tests.Dumps;

namespace HandlePool.Tests.Evidence;

/// <summary>Reads bug reports whose truth is known: what is told equals it, and where a report is damaged, nothing false is told.</summary>
/// <remarks>HANDLEPOOL_TEST_SEED selects other devices.</remarks>
public sealed class GeneratedReportTests
{
    /// <summary>The handles from which on a leak must be named.</summary>
    private const int Clear = 301;

    // The dumps of LeakCorpusTests are by the same phones, and show how few handles are enough to be sure.
    private static readonly int FirstSeed = int.Parse(Environment.GetEnvironmentVariable("HANDLEPOOL_TEST_SEED") ?? "1", CultureInfo.InvariantCulture);

    public static TheoryData<string, string, int> Reports
    {
        get
        {
            TheoryData<string, string, int> reports = [];
            foreach (DeviceRelease release in DeviceRelease.All)
            {
                foreach (IncidentKind incident in Enum.GetValues<IncidentKind>())
                    reports.Add(release.Name, incident.ToString(), FirstSeed);
            }

            return reports;
        }
    }

    public static TheoryData<string, string, string, int> Damages
    {
        get
        {
            TheoryData<string, string, string, int> reports = [];
            foreach (ReportDamage damage in Enum.GetValues<ReportDamage>().Except([ReportDamage.None]))
            {
                // Each incident in the form of another release, which the seed moves on.
                foreach (IncidentKind incident in Enum.GetValues<IncidentKind>())
                    reports.Add(damage.ToString(), DeviceRelease.All[(FirstSeed + (int)incident + (2 * (int)damage)) % DeviceRelease.All.Count].Name, incident.ToString(), FirstSeed);
            }

            return reports;
        }
    }

    [Theory]
    [MemberData(nameof(Reports))]
    public void What_a_report_tells_is_the_truth(string release, string incident, int seed)
    {
        Device device = CreateDevice(release, incident, seed);

        HandleSession session = Assert.Single(Read(device, ReportDamage.None)).Clean().Session;

        Assert.Equal(ProcessesOf(device), ProcessesOf(session));
        Assert.Equal(CountsOf(device), CountsOf(session));
        IReadOnlyList<HandleIncident> found = IncidentFinder.Find(session);
        Assert.Equal(IncidentsOf(device), found.Select(Describe));
        foreach ((DeviceIncident truth, HandleIncident told) in device.Incidents.Zip(found.Where(each => each.Kind is not HandleIncidentKind.ProxyMapGrowth)))
        {
            (string? Name, long? Count)[] largest = [.. told.Evidence.Where(fact => fact.Kind is HandleEvidenceKind.InterfaceCount or HandleEvidenceKind.ReferenceCount).Select(fact => (fact.Name, fact.Count))];
            Assert.Equal(truth.Kind == "ProxyMapOverflow" ? truth.Growth[0].Time : null, told.Evidence.FirstOrDefault(fact => fact.Kind == HandleEvidenceKind.ProxyMapGrowth)?.Time?.LocalDateTime);
            if (truth.Kind == "ProxyMapOverflow")
                Assert.InRange(told.PerHour!.Value / device.PerHour, 0.97, 1.05);
            Assert.True(truth.Kind == "ProxyLimit" || largest[0] == (truth.Interfaces[0].Name, truth.Interfaces[0].Count), $"{told} is of {truth.Interfaces[0]}, not of {string.Join(' ', largest)}");
        }

        AssertSuspects(device, session, found);
    }

    [Fact]
    public void Each_report_of_a_series_tells_the_truth_of_its_time()
    {
        Device device = CreateDevice("14", "Kill", FirstSeed);
        for (int hour = 0; hour < 12; hour++)
        {
            HandleSession session = Assert.Single(Read(device, ReportDamage.None)).Clean().Session;
            Assert.Equal(ProcessesOf(device), ProcessesOf(session));
            Assert.Equal(IncidentsOf(device), IncidentFinder.Find(session).Select(Describe));
            device.Advance(TimeSpan.FromHours(1));
        }
    }

    [Theory]
    [InlineData("Gzip")]
    [InlineData("Zip")]
    public void A_report_tells_the_same_in_each_form(string form)
    {
        Device device = CreateDevice("14", "Jni", FirstSeed);
        DirectoryInfo folder = Directory.CreateTempSubdirectory("handlepool-report-");
        try
        {
            string path = new BugReport(device).Write(folder.FullName, Enum.Parse<ReportForm>(form), size: 2_000_000);
            HandleSession session = Assert.Single(DumpReader.ReadFile(path)).Clean().Session;

            Assert.Equal(ProcessesOf(device), ProcessesOf(session));
            Assert.Equal(IncidentsOf(device), IncidentFinder.Find(session).Select(Describe));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void The_same_options_give_the_same_report_of_about_the_size_that_is_asked_for()
    {
        MemoryStream[] reports = [new(), new()];
        foreach (MemoryStream report in reports)
            new BugReport(CreateDevice("17", "Kill", FirstSeed)).Write(report, size: 3_000_000);

        Assert.Equal(reports[0].ToArray(), reports[1].ToArray());
        Assert.InRange(reports[0].Length, 2_900_000, 3_100_000);
    }

    [Theory]
    [MemberData(nameof(Damages))]
    public void A_damaged_report_tells_nothing_false(string damage, string release, string incident, int seed)
    {
        Device device = CreateDevice(release, incident, seed, damage == nameof(ReportDamage.Year) ? new DateTime(2027, 1, 1, 3, 0, 0) : null);
        foreach (ImportedDump dump in Read(device, Enum.Parse<ReportDamage>(damage)))
            AssertNothingFalse(device, dump.Session);
    }

    [Theory]
    [InlineData("8", "Kill", 41)]
    [InlineData("14", "Kill", 41)]
    [InlineData("10", "Proxies", 2)]
    [InlineData("17", "Jni", 2)]
    [InlineData("mtk", "Native", 3)]
    public void A_report_with_sections_twice_tells_the_truth_with_each_state(string release, string incident, int seed)
    {
        Device device = CreateDevice(release, incident, seed);

        foreach (HandleSession session in Read(device, ReportDamage.Doubled).Select(dump => dump.Session))
        {
            Assert.Equal(IncidentsOf(device), IncidentFinder.Find(session).Select(Describe));
            if (session.Sources.Any(source => source.Kind is HandleSourceKind.State or HandleSourceKind.ProcessState))
            {
                Assert.Equal(ProcessesOf(device), ProcessesOf(session));
                Assert.Equal(CountsOf(device), CountsOf(session));
            }
        }
    }

    private static Device CreateDevice(string release, string incident, int seed, DateTime? time = null) => new(new DeviceOptions
    {
        Seed = seed,
        Release = DeviceRelease.All.Single(each => each.Name == release),
        Incident = Enum.Parse<IncidentKind>(incident),
        Processes = 48,
        Time = time ?? new DateTime(2026, 11, 20, 10, 30, 0),
    });

    private static IReadOnlyList<ImportedDump> Read(Device device, ReportDamage damage)
    {
        using MemoryStream stream = new();
        BugReport report = new(device, damage);
        report.Write(stream);
        stream.Position = 0;
        try
        {
            return DumpReader.Read(stream, $"{report.Name}.txt");
        }
        catch (HandleException refusal) when (damage == ReportDamage.Refused && refusal.Message.Contains("the device refused to show", StringComparison.Ordinal))
        {
            return [];
        }
    }

    private static IEnumerable<string> ProcessesOf(Device device) => device.Processes.SelectMany(process => process.Tables, (process, table) =>
        $"{process.Pid} {table.Context} {NameOf(process, device)} {process.Uid} {process.Package} {table.References.Count} {table.Nodes.Count}").Order(StringComparer.Ordinal);

    /// <summary>Returns the name that a report has: without ranks, that of a native process is cut by the kernel.</summary>
    private static string NameOf(DeviceProcess process, Device device) => !process.IsJava && device.Options.Release is { Version: >= 14, IsVendor: false } ? process.Command : process.Name;

    private static IEnumerable<string> ProcessesOf(HandleSession session) => session.GetProcesses().Select(process =>
        $"{process.Id} {process.Context} {process.Name} {process.Uid} {process.Package} {process.HandleCount} {process.NodeCount}").Order(StringComparer.Ordinal);

    private static IEnumerable<string> CountsOf(Device device)
    {
        DeviceProcess server = device.SystemServer;
        Dictionary<int, int> sent = Device.CountSenders(server).ToDictionary(each => each.Uid, each => each.Count);
        return server.Table.References.Values.Where(held => !held.Node.IsDead).GroupBy(held => held.Node.Table.Process.Uid)
            .Select(owner => $"{owner.Key}: {owner.Count()}, {(sent.TryGetValue(owner.Key, out int count) ? count : null)} by Android").Order(StringComparer.Ordinal);
    }

    private static IEnumerable<string> CountsOf(HandleSession session) => UsageMeasurement.Measure(session, HandleUsageGrouping.Uid)
        .Where(usage => usage is { Holder.Name: "system_server", Context: "binder", IsDead: false, Uid: not null })
        .Select(usage => $"{usage.Uid}: {usage.Handles}, {usage.AndroidCount} by Android").Order(StringComparer.Ordinal);

    private static IEnumerable<string> IncidentsOf(Device device)
    {
        List<(bool IsWarning, DateTime Time, string Text)> expected = [];
        foreach (DeviceIncident incident in device.Incidents)
        {
            expected.Add((incident.Kind == "ProxyLimit", incident.Time, Describe(incident.Kind, incident.Victims.Select(victim => victim.Pid), incident.VictimUid, incident.Holder.Pid, incident.SenderUid,
                incident.Limit, incident.Count)));
            if (incident.Kind != "ProxyMapOverflow" && incident.Growth.Count > 0)
                expected.Add((true, incident.Growth[0].Time, Describe("ProxyMapGrowth", [], null, incident.Holder.Pid, incident.SenderUid, 20_000, incident.Growth.Max(each => each.Count))));
        }

        return expected.OrderBy(each => (each.IsWarning, each.Time)).Select(each => each.Text);
    }

    private static string Describe(HandleIncident incident) =>
        Describe(incident.Kind.ToString(), incident.VictimIds, incident.VictimUid, incident.HolderId, incident.SenderUid, incident.Limit, incident.Count);

    private static string Describe(string kind, IEnumerable<int> victims, int? uid, int? holder, int? sender, int limit, long? count) =>
        $"{kind} of {string.Join(',', victims.Order())} uid {uid} by {holder} from {sender}, {count} of {limit}";

    private static void AssertSuspects(Device device, HandleSession session, IReadOnlyList<HandleIncident> incidents)
    {
        IReadOnlyList<HandleLeakSuspect> suspects = LeakFinder.Find([session]).Suspects;
        if (device.Find(device.Owner) is not { } owner || device.Find(device.Holder) is not { } holder)
        {
            Assert.Empty(suspects);
            return;
        }

        int leaked = Device.Held(holder, owner).Count(held => held.Node.Interface == device.LeakInterface);
        Assert.All(suspects, suspect => Assert.True((suspect.Holder?.Id ?? holder.Pid, suspect.Owner?.Id ?? owner.Pid) == (holder.Pid, owner.Pid), $"{suspect} leaks nothing."));
        if (leaked < Clear)
            return;
        HandleLeakSuspect first = suspects[0];
        Assert.Equal((holder.Pid, owner.Pid), (first.Holder?.Id, first.Owner?.Id));
        foreach (HandleIncident incident in incidents.Where(incident => incident.Kind != HandleIncidentKind.ProxyMapGrowth))
            Assert.StartsWith("The dump agrees: suspect 1, ", incident.Cause, StringComparison.Ordinal);
    }

    private static void AssertNothingFalse(Device device, HandleSession session)
    {
        Dictionary<int, DeviceProcess> processes = device.Processes.Concat(device.Ended).ToDictionary(process => process.Pid);
        foreach (HandleProcess process in session.GetProcesses().Where(process => processes.ContainsKey(process.Id)))
        {
            DeviceProcess truth = processes[process.Id];
            DeviceTable table = process.Context == DeviceProcess.Binder ? truth.Table : truth.HardwareTable;
            Assert.True(process.Name is null || process.Name == truth.Name || process.Name == truth.Command || process.Name == truth.RecordName, $"{process} is {truth.Name}");
            Assert.True(process.Uid is null || process.Uid == truth.Uid, $"{process} has uid {process.Uid}, not {truth.Uid}");
            Assert.True(process.Package is null || process.Package == truth.Package, $"{process} has package {process.Package}, not {truth.Package}");
            Assert.True(process.HandleCount <= table.References.Count, $"{process} has {process.HandleCount} handles, not {table.References.Count}");
        }

        Dictionary<int, int> sent = Device.CountSenders(device.SystemServer).ToDictionary(each => each.Uid, each => each.Count);
        foreach (HandleUsage usage in UsageMeasurement.Measure(session, HandleUsageGrouping.Uid).Where(usage => usage is { Holder.Name: "system_server", AndroidCount: not null }))
            Assert.True(sent.TryGetValue(usage.Uid!.Value, out int count) && count == usage.AndroidCount, $"{usage.AndroidCount} of uid {usage.Uid}");

        string[] incidents = [.. IncidentsOf(device)];
        foreach (HandleIncident incident in IncidentFinder.Find(session))
        {
            // What is missing is unknown, and what is there is of one of the incidents.
            Assert.True(device.Incidents.Any(truth => IsOf(incident, truth)), $"{Describe(incident)} is none of {string.Join("; ", incidents)}");
        }

        static bool IsOf(HandleIncident incident, DeviceIncident truth) =>
            (incident.Kind.ToString() == truth.Kind || (truth.Kind == "Kill" && incident.Kind == HandleIncidentKind.ProxyLimit) || (truth.Growth.Count > 0 && incident.Kind == HandleIncidentKind.ProxyMapGrowth))
            && incident.VictimIds.All(id => truth.Victims.Append(truth.Holder).Any(victim => victim.Pid == id))
            && (incident.VictimUid is null || incident.VictimUid == truth.VictimUid || incident.VictimUid == truth.Holder.Uid)
            && (incident.HolderId is null || incident.HolderId == truth.Holder.Pid)
            && (incident.SenderUid is null || incident.SenderUid == truth.SenderUid)
            && (incident.Kind.ToString() != truth.Kind || incident.Limit == truth.Limit)
            && (incident.Count is null || incident.Count == truth.Count || truth.Growth.Any(each => each.Count == incident.Count) || truth.UidCounts.Any(each => each.Count == incident.Count))
            && (incident.Time is null || (incident.Time.Value.LocalDateTime - truth.Time).Duration() < TimeSpan.FromSeconds(2) || incident.Kind == HandleIncidentKind.ProxyMapGrowth);
    }
}
