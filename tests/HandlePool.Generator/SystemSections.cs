namespace HandlePool.Generator;

/// <summary>Writes the lists of processes and services.</summary>
internal sealed class SystemSections(Device device)
{
    private readonly DeviceRelease _release = device.Options.Release;

    /// <summary>Returns the lists of processes.</summary>
    internal IEnumerable<ReportSection> Processes()
    {
        switch (_release.Version)
        {
            case < 10:
                yield return Of("PROCESSES", "ps -P", WriteOld);
                break;
            case < 14:
                yield return Of("PROCRANK", "/system/xbin/su root procrank", WriteRanks);
                yield return Of("PROCESSES AND THREADS", "ps -A -T -Z -O pri,nice,rtprio,sched,pcy,time", WriteThreads);
                break;
            default:
                // The names are those of the kernel, of 15 characters.
                yield return Of("PROCESSES AND THREADS", "ps -A -T -Z -O pri,nice,rtprio,sched,pcy,time", WriteThreads);
                break;
        }

        ReportSection Of(string title, string command, Action<TextWriter> write) => ReportSection.OfCommand(_release, title, command, write, "PROCESSES");
    }

    /// <summary>Returns the lists of services.</summary>
    internal IEnumerable<ReportSection> Services()
    {
        yield return ReportSection.OfCommand(_release, "SERVICE LIST", "service list", WriteServices);
        yield return ReportSection.OfCommand(_release, "HARDWARE HALS", "lshal -lVSietrpc --types=b,c,l,z", WriteHardware);
        if (_release.HasClients)
        {
            yield return ReportSection.OfService(_release, "activity", "CLIENTS", output => { }) with
            {
                Heading = "",
                Write = output =>
                {
                    foreach (DeviceNode service in device.Services.Where(service => service.Table.Process.Name == Phone.SystemServer).Take(20))
                    {
                        output.Write($"-------------------------------------------------------------------------------\nDUMP OF SERVICE {service.Service}:\n");
                        output.Write($"Service host process PID: {service.Table.Process.Pid}\nThreads in use: 0/31\nClient PIDs: {string.Join(", ", ClientsOf(service))}\n");
                    }
                },
            };
        }
    }

    /// <summary>Returns the pids of the processes that hold a service, but for the manager, in ascending order.</summary>
    internal static IEnumerable<int> ClientsOf(DeviceNode node) => node.Holders.Where(held => !held.Table.IsManager).Select(held => held.Table.Process.Pid).Order();

    private void WriteOld(TextWriter output)
    {
        output.Write("USER      PID   PPID  VSIZE  RSS   PCY  WCHAN              PC  NAME\nroot      1     0     12345  1234  fg  SyS_epoll_ 0000000000 S /init\nroot      2     0     0      0     fg  kthreadd   0000000000 S kthreadd\n");
        foreach (DeviceProcess process in device.Processes)
        {
            string name = process.IsJava || process.Name == Phone.SystemServer ? process.Name : $"/system/bin/{process.Name}";
            output.Write($"{process.User,-9} {process.Pid,-5} 321   {1_200_000 + process.Pid} 91234 {(process.Pid % 3 == 0 ? "bg" : "fg")}  SyS_epoll_ 0000000000 S {name}\n");
        }
    }

    private void WriteThreads(TextWriter output)
    {
        output.Write("LABEL                          USER           PID   TID  PPID     VSZ    RSS WCHAN            ADDR S PRI  NI RTPRIO SCH PCY     TIME CMD             \n"
            + "u:r:init:s0                    root             1     1     0   12345  11234 do_epoll_wait       0 S  19   0      -   0  fg 00:00:02 init            \n"
            + "u:r:kernel:s0                  root             9     9     2       0      0 worker_thread       0 I  39 -20      -   0  fg 00:00:00 [kworker/0:1H]  \n");
        foreach (DeviceProcess process in device.Processes)
        {
            string label = process.Uid >= 10_000 ? $"u:r:untrusted_app:s0:c{process.Pid % 256},c256,c512,c768" : "u:r:system:s0";
            for (int thread = 0; thread < (process.IsJava ? 4 : 2); thread++)
            {
                string command = thread == 0 ? process.Command : $"binder:{process.Pid}_{thread}";
                output.Write($"{label,-30} {process.User,-12} {process.Pid,5} {process.Pid + thread,5}   321 {1_200_000 + process.Pid,7}  91234 do_epoll_wait       0 S  19   0      -   0"
                    + $"  fg 00:00:{process.Pid % 60:00} {command,-16}\n");
            }
        }
    }

    private void WriteRanks(TextWriter output)
    {
        output.Write("  PID       Vss      Rss      Pss      Uss     Swap    PSwap    USwap    ZSwap  cmdline\n");
        foreach (DeviceProcess process in device.Processes.OrderByDescending(process => process.Pid * 7919 % 10_007))
        {
            string name = process.IsJava ? process.Name : $"/system/bin/{process.Name}";
            output.Write($"{process.Pid,5}  {1_200_000 + process.Pid,7}K   91234K   41234K   31234K    1234K     123K     123K      23K  {name}\n");
        }

        output.Write("                           ------   ------   ------   ------   ------   ------  ------\n                          2110438K 1792331K  412231K  366427K  329782K 109932K  TOTAL\n");
    }

    private void WriteServices(TextWriter output)
    {
        DeviceNode[] services = [.. device.Services];
        output.Write($"Found {services.Length} services:\n");
        for (int index = 0; index < services.Length; index++)
            output.Write($"{index}\t{services[index].Service}: [{services[index].Interface}]\n");
    }

    private void WriteHardware(TextWriter output)
    {
        output.Write(_release.Version >= 11 ? "| All HIDL binderized services (registered with hwservicemanager)\nVINTF R Interface                                             Thread Use Transport Arch Server Clients\n"
            : "All binderized services (registered services through hwservicemanager)\nInterface                                             Transport Arch Thread Use Server Clients\n");
        foreach (DeviceProcess process in device.Processes)
        {
            foreach (DeviceNode node in process.HardwareTable.Nodes.Where(node => !process.HardwareTable.IsManager))
            {
                string clients = string.Join(' ', node.Holders.Select(held => held.Table.Process.Pid).Order());
                output.Write(_release.Version >= 11 ? $"DM    Y {node.Interface}/default   0/2        hwbinder  64   {process.Pid}   {clients}\n"
                    : $"{node.Interface}/default   hwbinder  64   0/2   {process.Pid}   {clients}\n");
            }
        }
    }
}
