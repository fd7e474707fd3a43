namespace HandlePool.Generator;

/// <summary>Writes the logs: what happened on the device, among lines that say nothing of it.</summary>
internal sealed class LogSections(Device device, LogForm form, LogFiller filler)
{
    private const int LeastFiller = 1_500;

    private readonly DeviceRelease _release = device.Options.Release;

    /// <summary>Returns the sections.</summary>
    /// <param name="bytes">About the number of bytes that other lines fill.</param>
    internal IEnumerable<ReportSection> All(long bytes)
    {
        LogEntry[] system = [.. device.Incidents.SelectMany(OfSystem).Concat(Restarts()).Concat(Others()).OrderBy(entry => entry.Time)];
        LogEntry[] events = [.. device.Incidents.SelectMany(OfEvents).Concat(RestartEvents()).Concat(OtherEvents()).OrderBy(entry => entry.Time)];
        yield return ReportSection.OfCommand(_release, "SYSTEM LOG", "logcat -v threadtime -v printable -v uid -d *:v", output => Write(output, system, bytes * 4 / 5));
        yield return ReportSection.OfCommand(_release, "EVENT LOG", "logcat -b events -v threadtime -v printable -v uid -d *:v", output => Write(output, events, bytes / 5));
    }

    /// <summary>Returns the lines that a process logs as its table of references is full, without those of the log.</summary>
    internal static IEnumerable<string> Overflow(DeviceRelease release, DeviceIncident incident)
    {
        string file = release.Version < 10 ? "art/runtime/indirect_reference_table.cc:115] " : "indirect_reference_table.cc:145] ";
        yield return $"{file}JNI ERROR (app bug): global reference table overflow (max={incident.Limit}){(release.Version < 10 ? "" : "global reference table dump:")}";
        yield return $"{file}  Last 10 entries (of {incident.Limit}):";
        for (int index = 1; index <= 3; index++)
            yield return $"{file}    {incident.Limit - index}: 0x13d0{index:x3} {incident.Interfaces[0].Name}";
        yield return $"{file}  Summary:";
        foreach ((string name, int count) in incident.Interfaces)
            yield return $"{file}    {count,5} of {name} ({count} unique instances)";
    }

    private void Write(TextWriter output, LogEntry[] entries, long bytes)
    {
        output.Write("--------- beginning of main\n");
        DateTime first = device.Time.AddHours(-24), last = device.Time.AddSeconds(-2);
        if (entries.Length > 0 && entries[0].Time < first)
            first = entries[0].Time.AddSeconds(-1);
        int next = 0;
        bytes = Math.Max(bytes, LeastFiller);
        for (long written = 0; written < bytes;)
        {
            DateTime time = first + ((last - first) * ((double)written / bytes));
            for (; next < entries.Length && entries[next].Time <= time; next++)
                output.Write(form.Format(entries[next]) + "\n");
            written += filler.Write(output, form, time);
        }

        for (; next < entries.Length; next++)
            output.Write(form.Format(entries[next]) + "\n");
    }

    private IEnumerable<LogEntry> OfSystem(DeviceIncident incident)
    {
        DateTime time = incident.Time;
        DeviceProcess server = device.SystemServer, holder = incident.Holder;
        foreach ((DateTime at, int total) in incident.Growth)
            yield return Of(holder, 0, 'W', "Binder", $"BinderProxy map growth! bucket size = {total / 250} total = {total}") with { Time = at };
        if (incident is { Kind: "Kill" or "ProxyLimit", SenderUid: { } sender })
            yield return Of(holder, 0, 'E', "BpBinder", $"Too many binder proxy objects sent to uid {holder.Uid} from uid {sender} ({incident.Count} proxies held)");
        switch (incident.Kind)
        {
            case "Kill":
                yield return Of(server, 10, 'W', "ActivityManager", $"Uid {incident.SenderUid} sent too many Binders to uid {server.Uid}");
                foreach (LogEntry entry in Histogram(incident))
                    yield return entry;
                foreach (DeviceProcess victim in incident.Victims)
                    yield return Of(server, 150, 'I', "ActivityManager", $"Killing {victim.Pid}:{victim.Name}/{victim.UidText} (adj 985): Too many Binders sent to SYSTEM");
                break;
            case "ProxyMapOverflow":
                foreach (LogEntry entry in Histogram(incident))
                    yield return entry;
                string thrown = Thrown(incident);
                yield return Of(holder, 100, 'E', "AndroidRuntime", $"FATAL EXCEPTION: Binder:{holder.Pid}_3");
                yield return Of(holder, 100, 'E', "AndroidRuntime", $"Process: {holder.Name}, PID: {holder.Pid}");
                yield return Of(holder, 100, 'E', "AndroidRuntime", $"java.lang.AssertionError: {thrown}");
                yield return Of(holder, 100, 'E', "AndroidRuntime", "\tat android.os.BinderProxy$ProxyMap.set(BinderProxy.java:230)");
                break;
            case "ReferenceTableOverflow":
                string tag = _release.Version < 10 ? "art" : holder.Command;
                foreach (string line in Overflow(_release, incident))
                    yield return Of(holder, 0, 'F', tag, line);

                // The tombstone is printed by another process, which tells whose it is.
                LogEntry crash = Of(holder, 300, 'F', "DEBUG", "") with { Pid = holder.Pid + 30_000, Thread = holder.Pid + 30_000 };
                yield return crash with { Message = "*** *** *** *** *** *** *** *** *** *** *** *** *** *** *** ***" };
                yield return crash with { Message = $"pid: {holder.Pid}, tid: {holder.Pid + 3}, name: Binder:{holder.Pid}_3  >>> {holder.Name} <<<" };
                yield return crash with { Message = "signal 6 (SIGABRT), code -1 (SI_QUEUE), fault addr --------" };
                yield return crash with { Message = $"Abort message: 'JNI ERROR (app bug): global reference table overflow (max={incident.Limit})'" };
                break;
        }

        foreach (DeviceProcess victim in incident.Victims)
            yield return Of(server, 400, 'I', "ActivityManager", $"Process {victim.Name} (pid {victim.Pid}) has died: cch+75 CEM");

        LogEntry Of(DeviceProcess process, int after, char level, string tag, string message) =>
            new(time.AddMilliseconds(after), process.Uid, process.Pid, process.Pid + 3, level, tag, message);
    }

    private IEnumerable<LogEntry> Histogram(DeviceIncident incident)
    {
        LogEntry entry = new(incident.Time.AddMilliseconds(20), incident.Holder.Uid, incident.Holder.Pid, incident.Holder.Pid + 3, _release.Version >= 14 ? 'D' : 'E', "Binder", "");
        yield return entry with { Message = "BinderProxy descriptor histogram (top ten):" };
        int number = 0;
        foreach ((string name, int count) in incident.Interfaces)
            yield return entry with { Message = $"{(_release.Version < 10 ? " # " : " #")}{++number}: {name} x{count}" };
        yield return entry with { Message = "Per Uid Binder Proxy Counts:" };
        foreach ((int uid, int count) in incident.UidCounts)
            yield return entry with { Message = $"UID : {uid}  count = {count}" };
    }

    private IEnumerable<LogEntry> OfEvents(DeviceIncident incident)
    {
        DeviceProcess server = device.SystemServer;
        LogEntry entry = new(incident.Time.AddMilliseconds(160), server.Uid, server.Pid, server.Pid + 3, 'I', "am_kill", "");
        foreach (DeviceProcess victim in incident.Victims)
        {
            int user = victim.Uid / 100_000;
            yield return incident.Kind switch
            {
                "Kill" => entry with { Message = $"[{user},{victim.Pid},{victim.Name},985,Too many Binders sent to SYSTEM{(_release.Version >= 14 ? ",91234" : "")}]" },
                "ProxyMapOverflow" => entry with
                {
                    Tag = "am_crash",
                    Message = $"[{victim.Pid},{user},{victim.Name},551042630,java.lang.AssertionError,{Thrown(incident)},BinderProxy.java,230]",
                },
                _ => entry with { Tag = "am_crash", Message = $"[{victim.Pid},{user},{victim.Name},551042630,Native crash,Aborted,unknown,0]" },
            };
            yield return entry with { Tag = "am_proc_died", Message = $"[{user},{victim.Pid},{victim.Name},985,19]" };
        }
    }

    private IEnumerable<LogEntry> Restarts()
    {
        DeviceProcess server = device.SystemServer;
        foreach ((DateTime time, DeviceProcess process) in device.Restarted)
            yield return new LogEntry(time, server.Uid, server.Pid, server.Pid + 3, 'I', "ActivityManager", $"Start proc {process.Pid}:{process.Name}/{process.UidText} for broadcast {{{process.Name}/.Boot}}");
    }

    private IEnumerable<LogEntry> RestartEvents()
    {
        DeviceProcess server = device.SystemServer;
        foreach ((DateTime time, DeviceProcess process) in device.Restarted)
            yield return new LogEntry(time, server.Uid, server.Pid, server.Pid + 3, 'I', "am_proc_start", $"[{process.Uid / 100_000},{process.Pid},{process.Uid},{process.Name},broadcast,{{{process.Name}/.Boot}}]");
    }

    /// <summary>Returns lines that are much like those of an incident.</summary>
    private IEnumerable<LogEntry> Others()
    {
        DeviceProcess server = device.SystemServer;
        foreach (DeviceProcess process in device.Processes.Where(process => process.IsJava).Take(12))
        {
            LogEntry entry = new(device.Time.AddMinutes(-process.Pid % 1_000), server.Uid, server.Pid, server.Pid + 3, 'I', "ActivityManager", "");
            yield return entry with { Time = entry.Time.AddMinutes(-1), Message = $"Start proc {process.Pid + 20_000}:{process.Name}/{process.UidText} for service {{{process.Name}/.Sync}}" };
            yield return entry with { Message = $"Killing {process.Pid + 20_000}:{process.Name}/{process.UidText} (adj 985): empty #17" };
            yield return entry with { Level = 'W', Tag = "Binder", Message = $"Outgoing transactions from this process must be FLAG_ONEWAY: {process.Name}" };
            yield return entry with { Level = 'W', Tag = "JobScheduler", Message = $"Uid {process.Uid} sent too many jobs to uid 1000" };
        }
    }

    private IEnumerable<LogEntry> OtherEvents()
    {
        DeviceProcess server = device.SystemServer;
        foreach (DeviceProcess process in device.Processes.Where(process => process.IsJava).Take(12))
        {
            LogEntry entry = new(device.Time.AddMinutes(-process.Pid % 1_000), server.Uid, server.Pid, server.Pid + 3, 'I', "am_kill", "");
            yield return entry with { Message = $"[0,{process.Pid + 20_000},{process.Name},985,empty #17]" };
            yield return entry with { Tag = "binder_sample", Message = $"[android.app.IActivityManager,5,{process.Pid},{process.Name},24]" };
        }
    }

    private static string Thrown(DeviceIncident incident) =>
        $"Binder ProxyMap has too many entries: {incident.Count} (total), {incident.Count - 10} (uncleared), {incident.Count - 11} (uncleared after GC). BinderProxy leak?";
}
