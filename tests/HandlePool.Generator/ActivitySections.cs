namespace HandlePool.Generator;

/// <summary>Writes what the services of Android print: processes, counts of proxies, exits, memory and packages.</summary>
internal sealed class ActivitySections(Device device)
{
    private const int FewProxies = 600;
    private const int MostInterfaces = 10;

    private readonly DeviceRelease _release = device.Options.Release;

    internal IEnumerable<ReportSection> All()
    {
        yield return ReportSection.OfService(_release, "meminfo", "MEMINFO", output => WriteMemory(output, 0)) with { Contradict = output => WriteMemory(output, 7) };
        yield return ReportSection.OfService(_release, "package", "PACKAGES", WritePackages);
        yield return ReportSection.OfService(_release, "activity", "BINDER PROXIES", output => WriteProxies(output, 0)) with { Contradict = output => WriteProxies(output, 7) };
        if (_release.HasExitInfo)
            yield return ReportSection.OfService(_release, "activity", "EXIT INFO", WriteExits) with { Heading = "-------------------------------------------------------------------------------\n" };
        yield return ReportSection.OfService(_release, "activity", "PROCESS RECORDS", WriteRecords) with { Heading = "-------------------------------------------------------------------------------\n" };
    }

    /// <summary>Returns the proxies that the memory report of a process counts: those of its Java code.</summary>
    internal static int ProxiesOf(DeviceProcess process) => Math.Max(0, process.Table.References.Count - (process.Pid % 3));

    /// <summary>Returns the binder objects that the memory report of a process counts: some have never been sent.</summary>
    internal static int LocalsOf(DeviceProcess process) => process.Table.Nodes.Count + (process.Pid % 5);

    private void WriteMemory(TextWriter output, int more)
    {
        output.Write("Applications Memory Usage (in Kilobytes):\nUptime: 11111111 Realtime: 22222222\n\n");
        foreach (DeviceProcess process in device.Processes.Where(process => process.IsJava))
        {
            output.Write($"** MEMINFO in pid {process.Pid} [{process.RecordName}] **\n                   Pss  Private  Private  SwapPss     Heap     Heap     Heap\n"
                + "                 Total    Dirty    Clean    Dirty     Size    Alloc     Free\n                ------   ------   ------   ------   ------   ------   ------\n"
                + "  Native Heap    17705    17656        0      120    32768    21000    11767\n        TOTAL    91234    51234     9123     1234    65536    42000    23000\n \n App Summary\n"
                + "                       Pss(KB)\n                        ------\n           Java Heap:     9123\n \n Objects\n"
                + "               Views:       98         ViewRootImpl:        1\n         AppContexts:        5           Activities:        1\n"
                + $"       Local Binders:{LocalsOf(process) + more,9}        Proxy Binders:{ProxiesOf(process) + more,9}\n"
                + (_release.Version >= 10 ? "       Parcel memory:       14         Parcel count:       56\n" : "")
                + $"    Death Recipients:{(process.Pid % 9) + more,9}      OpenSSL Sockets:        0\n \n SQL\n         MEMORY_USED:      123\n\n");
        }
    }

    private void WritePackages(TextWriter output)
    {
        output.Write("Database versions:\n  Internal:\nPackages:\n");
        foreach (DeviceProcess process in device.Processes.Where(process => process.Package is not null))
        {
            output.Write($"  Package [{process.Package}] ({process.Pid * 2_654_435:x7}):\n    {(_release.Version >= 14 ? "appId" : "userId")}={process.Uid % 100_000}\n"
                + $"    pkg=Package{{8565906 {process.Package}}}\n    versionCode=7 minSdk=26 targetSdk=33\n");
        }

        output.Write("Shared users:\n  SharedUser [android.uid.system] (1a2b3c4):\n    userId=1000\n");
    }

    private void WriteProxies(TextWriter output, int more)
    {
        output.Write("ACTIVITY MANAGER BINDER PROXY STATE (dumpsys activity binder-proxies)\n");
        IReadOnlyList<(string Name, int Count)> interfaces = Device.CountInterfaces(device.SystemServer);
        int all = interfaces.Sum(each => each.Count);
        if (_release.OmitsFewProxies && all < FewProxies)
            output.Write($"Not dumping proxy interface counts because size ({all}) looks reasonable\n");
        else
            output.Write("Top proxy interface names held by SYSTEM\n");
        int number = 0;
        foreach ((string name, int count) in _release.OmitsFewProxies && all < FewProxies ? [] : interfaces.Take(MostInterfaces))
            output.Write($"    #{++number}: {name} x{count + more}\n");
        output.Write("  Counts of Binder Proxies held by SYSTEM\n");
        foreach ((int uid, int count) in Device.CountSenders(device.SystemServer))
        {
            string[] packages = [.. device.Processes.Where(process => process.Uid == uid && process.Package is not null).Select(process => process.Package!).Order(StringComparer.Ordinal).Distinct()];
            output.Write($"    UID {uid}, binder count = {count + more}, package(s)= {(packages.Length == 0 ? "NO PACKAGE NAME FOUND" : string.Concat(packages.Select(package => $"{package}; ")))}\n");
        }
    }

    private void WriteExits(TextWriter output)
    {
        output.Write("ACTIVITY MANAGER PROCESS EXIT INFO (dumpsys activity exit-info)\nLast Timestamp of Persistence Into Persistent Storage: 2026-11-20 10:11:12.345\n");
        var exits = device.Incidents.Where(incident => incident.Kind != "ProxyLimit").SelectMany(incident => incident.Victims.Select(victim => (incident, victim)))
            .GroupBy(each => (each.victim.Package, each.victim.Uid));
        foreach (var package in exits)
        {
            output.Write($"  package: {package.Key.Package}\n    Historical Process Exit for uid={package.Key.Uid}\n");
            int number = 0;
            foreach ((DeviceIncident incident, DeviceProcess victim) in package.Reverse())
            {
                string reason = incident.Kind switch
                {
                    "Kill" when _release.Version >= 15 => "reason=9 (EXCESSIVE RESOURCE USAGE) subreason=29 (EXCESSIVE_BINDER_OBJECTS)",
                    "Kill" => "reason=13 (OTHER KILLS BY SYSTEM) subreason=11 (KILL UID)",
                    "ProxyMapOverflow" => "reason=4 (APP CRASH(EXCEPTION)) subreason=0 (UNKNOWN)",
                    _ => "reason=5 (APP CRASH(NATIVE)) subreason=0 (UNKNOWN)",
                };
                string description = incident.Kind == "Kill" ? "Too many Binders sent to SYSTEM" : "crash";
                output.Write($"        ApplicationExitInfo #{number++}:\n          timestamp={ReportTime.Full(incident.Time.AddMilliseconds(400))} pid={victim.Pid} realUid={victim.Uid} packageUid={victim.Uid}"
                    + $" definingUid={victim.Uid} user={victim.Uid / 100_000}\n          process={victim.Name} {reason} status=0\n"
                    + $"          importance=400 pss=12MB rss=90MB description={description} state=empty trace=null\n");
            }
        }

        // Others exit for other reasons, some of them by the same subreason.
        foreach (DeviceProcess process in device.Processes.Where(process => process.Package is not null && process.Name != device.Owner).Take(6))
        {
            output.Write($"  package: {process.Package}\n    Historical Process Exit for uid={process.Uid}\n        ApplicationExitInfo #0:\n"
                + $"          timestamp={ReportTime.Full(device.Time.AddHours(-process.Pid % 20 / 2.0))} pid={process.Pid + 20_000} realUid={process.Uid} packageUid={process.Uid} definingUid={process.Uid} user=0\n"
                + $"          process={process.Name} {(process.Pid % 2 == 0 ? "reason=13 (OTHER KILLS BY SYSTEM) subreason=11 (KILL UID)" : "reason=10 (USER REQUESTED) subreason=0 (UNKNOWN)")} status=0\n"
                + "          importance=400 pss=12MB rss=90MB description=remove task state=empty trace=null\n");
        }
    }

    private void WriteRecords(TextWriter output)
    {
        output.Write("ACTIVITY MANAGER RUNNING PROCESSES (dumpsys activity processes)\n  All known processes:\n");
        foreach (DeviceProcess process in device.Processes.Where(process => process.IsJava))
        {
            output.Write($"  *APP* UID {process.Uid} ProcessRecord{{{process.Pid * 40_503:x7} {process.Pid}:{process.RecordName}/{process.UidText}}}\n"
                + $"    user #0 uid={process.Uid} gids={{50000, 20000}}\n    dir=/data/app/base.apk publicDir=/data/app/base.apk\n    packageList={{{process.Package ?? "android"}}}\n");
        }

        foreach (DeviceProcess process in device.Ended.Where(process => process.IsJava))
            output.Write($"    dead: ProcessRecord{{{process.Pid * 40_503:x7} {process.Pid}:{process.RecordName}/{process.UidText}}}\n");
    }
}
