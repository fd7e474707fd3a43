namespace HandlePool.Generator;

/// <summary>Writes lines that say nothing of handles, as most of a report's do.</summary>
internal sealed class LogFiller(Device device)
{
    private static readonly (char Level, string Tag, string Message)[] Lines =
    [
        ('D', "WifiHAL", "Got wifi scan results, number of APs = "), ('I', "ActivityTaskManager", "Displayed com.example/.Main: +312ms for user "),
        ('W', "InputDispatcher", "Waiting because there are unprocessed events that may cause focus to change, age "), ('V', "AlarmManager", "Triggered alarm, next in ms: "),
        ('D', "ConnectivityService", "NetReassign [no changes] [c 0] [a 2] [i 1] request "), ('I', "chatty", "uid=1000(system) Binder:1754_5 expire lines: "),
        ('D', "SurfaceFlinger", "Frame missed, jank type 4, vsync id "), ('W', "System.err", "\tat android.os.Handler.dispatchMessage(Handler.java:106) "),
        ('E', "audio_hw_primary", "out_write: underrun, frames "), ('I', "binder_alloc", "binder mapped a buffer of pages "), ('D', "PowerManagerService", "acquireWakeLock flags=0x1 ws "),
        ('V', "BatteryStatsImpl", "Noting screen state, uptime "), ('I', "ServiceManager", "Found android.hardware.power.IPower/default in device VINTF manifest, try "),
    ];

    private readonly Random _random = new Phone.SplitMix(device.Options.Seed ^ 0x5eed);
    private readonly DeviceProcess[] _processes = [.. device.Processes.Where(process => process.IsJava)];

    /// <summary>Writes a line of a log, and returns its length.</summary>
    internal int Write(TextWriter output, LogForm form, DateTime time)
    {
        (char level, string tag, string message) = Lines[_random.Next(Lines.Length)];
        DeviceProcess process = _processes[_random.Next(_processes.Length)];
        string line = form.Format(new LogEntry(time, process.Uid, process.Pid, process.Pid + _random.Next(40), level, tag, $"{message}{_random.Next(100_000)}")) + "\n";
        output.Write(line);
        return line.Length;
    }

    /// <summary>Writes lines of the kernel's log.</summary>
    internal static void WriteKernel(TextWriter output, long bytes)
    {
        for (long written = 0, line = 0; written < bytes; line++)
        {
            string text = line % 50 == 0 ? $"<6>[{line,7}.123456] binder: {1000 + (line % 999)}:{1003 + (line % 999)} ioctl 40046210 77004d93f4 returned -22\n"
                : $"<6>[{line,7}.123456] healthd: battery l={line % 100} v=4321 t=31.0 h=2 st=3 c=-312 fc=4412000 cc=88 chg=\n";
            written += text.Length;
            output.Write(text);
        }
    }

    /// <summary>Writes the memory areas of processes.</summary>
    internal static void WriteAreas(TextWriter output, long bytes)
    {
        for (long written = 0, area = 0; written < bytes; area++)
        {
            string text = $"{0x7000000000 + (area * 4096):x}-{0x7000000000 + (area * 4096) + 4096:x} r--p 00000000 fe:00 {area % 9999}      /system/lib64/lib{area % 313}.so\n"
                + $"Size:                  4 kB\nRss:                   4 kB\nPss:                   {area % 4} kB\nShared_Clean:          4 kB\nPrivate_Dirty:         0 kB\nVmFlags: rd mr mw me ac\n";
            written += text.Length;
            output.Write(text);
        }
    }

    /// <summary>Writes what a service says of its own, with numbers, braces and records.</summary>
    internal static void WriteService(TextWriter output, long bytes)
    {
        for (long written = 0, window = 0; written < bytes; window++)
        {
            string text = $"  Window #{window} Window{{{window * 7919 % 0xfffffff:x7} u0 com.example/com.example.Main}}:\n    mDisplayId=0 rootTaskId={window % 99} mSession=Session{{{window % 0xfffff:x7}}}\n"
                + $"    mOwnerUid={10_100 + (window % 40)} showForAllUsers=false appop=NONE mAttrs={{(0,0)(fillxfill) ty=BASE_APPLICATION}}\n    Frames: parent=[0,0][1080,2400] display=[0,0][1080,2400]\n";
            written += text.Length;
            output.Write(text);
        }
    }
}
