using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace HandlePoolTools;

/// <summary>Writes a text bug report around a dump: the lists of processes, and sections that look like a dump and are none.</summary>
public static class DumpBugReport
{
    private const int Zygote = 412;

    private static readonly string[] AppThreads = { "Signal Catcher", "HeapTaskDaemon", "FinalizerDaemon", "RenderThread" };

    public static void Write(DumpText text, DumpGenerator generator, DateTime time)
    {
        List<(int Id, string Name)> processes = generator.LivingProcesses.ToList();
        string folder = generator.IsOld ? "/sys/kernel/debug/binder" : "/dev/binderfs/binder_logs";
        WriteHead(text, time);
        Section(text, "UPTIME", "uptime -p", "up 3 days, 4 hours, 12 minutes\n");
        Section(text, "MEMORY INFO", "/proc/meminfo",
            "MemTotal:        7821336 kB\nMemFree:          211604 kB\nMemAvailable:    3120988 kB\nBuffers:            9872 kB\n");
        WriteProcrank(text, processes);
        WriteProcesses(text, processes);
        Section(text, "SYSTEM LOG", "logcat -v threadtime -v printable -v uid -d *:v", Log(processes, time));

        // These name processes and contexts as the state does.
        Section(text, "BINDER FAILED TRANSACTION LOG", folder + "/failed_transaction_log",
            "8129: call  from 1921:1940 to 0:0 context binder node 0 handle 52 size 0:0 ret 29189/-22 l=3102\n");
        Section(text, "BINDER TRANSACTIONS", folder + "/transactions", "binder transactions:\n" + string.Concat(processes.Select(process =>
            "proc " + Format(process.Id) + "\ncontext binder\n  buffer 7: 0 size 4:0:0 delivered\n")));
        text.Add("------ BINDER STATS (" + folder + "/stats) ------\n");
        generator.WriteStatistics(text);
        text.Add("------ 0.011s was the duration of 'BINDER STATS' ------\n\n");

        text.Add("------ BINDER STATE (" + folder + "/state) ------\n");
        generator.WriteState(text);
        text.Add("------ 0.020s was the duration of 'BINDER STATE' ------\n\n");

        Section(text, "FILESYSTEMS & FREE SPACE", "df",
            "Filesystem      1K-blocks     Used Available Use% Mounted on\n/dev/block/dm-8   1001232   998128         0 100% /\n");
        text.Add("========================================================\n== Android Framework Services\n"
            + "========================================================\nDUMP OF SERVICE activity:\n"
            + "ACTIVITY MANAGER SETTINGS (dumpsys activity settings) activity_manager_constants:\n  max_cached_processes=32\n"
            + "--------- 0.031s was the duration of dumpsys activity, ending at: " + Format(time, "yyyy-MM-dd HH:mm:ss") + "\n"
            + "========================================================\n== dumpstate: done (id 1)\n"
            + "========================================================\n");
    }

    private static void WriteHead(DumpText text, DateTime time)
    {
        text.Add("========================================================\n== dumpstate: " + Format(time, "yyyy-MM-dd HH:mm:ss") + "\n"
            + "========================================================\n\nBuild: BP1A.250305.019\n"
            + "Build fingerprint: 'example/phone/phone:15/BP1A.250305.019/1:userdebug/dev-keys'\nBootloader: unknown\nRadio: unknown\n"
            + "Network: \nKernel: Linux version 6.1.99-android14\nCommand line: console=null\n"
            + "Uptime: up 0 weeks, 3 days, 4 hours, 12 minutes\nBugreport format version: 2.0\n"
            + "Dumpstate info: id=1 pid=9001 dry_run=0 parallel_run=1 args=/system/bin/dumpstate -S bugreport_mode=full\n\n");
    }

    private static void WriteProcrank(DumpText text, List<(int Id, string Name)> processes)
    {
        text.Add("------ PROCRANK (/system/xbin/su root procrank) ------\n"
            + "  PID       Vss      Rss      Pss      Uss     Swap    PSwap    USwap    ZSwap  cmdline\n");
        foreach ((int id, string name) in processes.OrderByDescending(process => Size(process.Id, 2)).ThenBy(process => process.Id))
        {
            int rss = Size(id, 2);
            text.Add(string.Format(CultureInfo.InvariantCulture, "{0,5}  {1,7}K {2,7}K {3,7}K {4,7}K {5,7}K {6,7}K {7,7}K {8,7}K  {9}\n",
                id, Size(id, 1), rss, rss / 2, rss / 3, rss / 8, rss / 9, rss / 10, rss / 30, FullName(name)));
        }

        text.Add("                           ------   ------   ------   ------   ------   ------  ------\n"
            + "                          2110438K 1792331K  412231K  366427K  329782K 109932K  TOTAL\n\n"
            + "RAM: 7821336K total, 211604K free, 9872K buffers, 3120988K cached, 31232K shmem, 412231K slab\n"
            + "------ 1.204s was the duration of 'PROCRANK' ------\n\n");
    }

    private static void WriteProcesses(DumpText text, List<(int Id, string Name)> processes)
    {
        text.Add("------ PROCESSES AND THREADS (ps -A -T -Z -O pri,nice,rtprio,sched,pcy,time) ------\n"
            + "LABEL                          USER           PID   TID  PPID     VSZ    RSS WCHAN            ADDR S"
            + " PRI  NI RTPRIO SCH PCY     TIME CMD             \n");
        WriteThread(text, "u:r:init:s0", "root", 1, 1, 0, "do_epoll_wait", "init");
        WriteThread(text, "u:r:kernel:s0", "root", 2, 2, 0, "kthreadd", "kthreadd");
        WriteThread(text, "u:r:kernel:s0", "root", 9, 9, 2, "worker_thread", "[kworker/0:1H]");
        WriteThread(text, "u:r:logd:s0", "logd", 211, 211, 1, "sigsuspend", "logd");
        WriteThread(text, "u:r:logd:s0", "logd", 211, 214, 1, "do_sys_poll", "logd.reader");
        WriteThread(text, "u:r:zygote:s0", "root", Zygote, Zygote, 1, "do_sys_poll", "main");
        foreach ((int id, string name) in processes)
        {
            // An app's main thread has the end of its package's name, a program's the beginning of its file's.
            bool isApp = name.Contains('.');
            bool isServer = name == "system_server";
            string label = isApp ? "u:r:untrusted_app:s0:c" + Format(id % 256) + ",c256,c512,c768" : "u:r:" + name + ":s0";
            string user = isApp ? "u0_a" + Format(id % 1000) : "system";
            string command = name.Length <= 15 ? name : isApp ? name.Substring(name.Length - 15) : name.Substring(0, 15);
            int parent = isApp || isServer ? Zygote : 1;
            WriteThread(text, label, user, id, id, parent, "do_epoll_wait", command);
            if (parent != Zygote)
                continue;
            for (int i = 1; i <= 2; i++)
                WriteThread(text, label, user, id, id + i, parent, "binder_ioctl_write_read", "binder:" + Format(id) + "_" + Format(i));
            for (int i = 0; i < AppThreads.Length; i++)
                WriteThread(text, label, user, id, id + 3 + i, parent, "futex_wait_queue", AppThreads[i]);
        }

        text.Add("------ 0.412s was the duration of 'PROCESSES AND THREADS' ------\n\n");
    }

    private static void WriteThread(
        DumpText text, string label, string user, int id, int thread, int parent, string wait, string command)
    {
        bool isKernel = parent == 2 || id == 2;
        text.Add(string.Format(CultureInfo.InvariantCulture,
            "{0,-30} {1,-12} {2,5} {3,5} {4,5} {5,7} {6,6} {7,-15} {8,5} S  19   0      -   0  fg 00:{9:00}:{10:00} {11,-16}\n",
            label, user, id, thread, parent, isKernel ? 0 : Size(id, 1), isKernel ? 0 : Size(id, 2), wait, 0,
            id % 7, thread % 60, command));
    }

    private static string Log(List<(int Id, string Name)> processes, DateTime time)
    {
        return "--------- beginning of system\n" + string.Concat(processes.Take(20).Select((process, i) =>
            Format(time.AddSeconds(i - 30), "MM-dd HH:mm:ss.fff") + "  1000  " + Format(process.Id) + "  " + Format(process.Id)
                + " I ActivityManager: Start proc " + Format(process.Id) + ":" + FullName(process.Name)
                + "/u0a" + Format(process.Id % 1000) + "\n"));
    }

    private static void Section(DumpText text, string title, string command, string body)
    {
        text.Add("------ " + title + " (" + command + ") ------\n" + body + "------ 0.011s was the duration of '" + title + "' ------\n\n");
    }

    private static string FullName(string name)
    {
        return name.Contains('.') || name == "system_server" ? name : "/system/bin/" + name;
    }

    /// <summary>Kilobytes as a process may have them: no draw of the generator's, so that a report has the same state.</summary>
    private static int Size(int id, int scale)
    {
        return (int)((((uint)id * 2654435761U) >> 16) + 30000) * (scale == 1 ? 60 : 2);
    }

    private static string Format(int value) { return value.ToString(CultureInfo.InvariantCulture); }

    private static string Format(DateTime value, string format) { return value.ToString(format, CultureInfo.InvariantCulture); }
}
