using System.IO.Compression;
using System.Text;

namespace HandlePool.Generator;

/// <summary>Specifies the form of a report's file.</summary>
internal enum ReportForm
{
    Text,
    Gzip,
    Zip,
}

/// <summary>Writes bug reports of a device: all their sections tell the same truth, unless they are damaged.</summary>
internal sealed class BugReport
{
    // Indian time, in which few build machines are.
    private static readonly TimeSpan OtherZone = new(5, 30, 0);

    private readonly Device _device;
    private readonly ReportDamage _damage;
    private readonly LogForm _form;

    internal BugReport(Device device, ReportDamage damage = ReportDamage.None)
    {
        (_device, _damage) = (device, damage);
        _form = new LogForm(device.Options.Release, damage == ReportDamage.Zone ? OtherZone : null);
    }

    /// <summary>Gets the name of the text.</summary>
    internal string Name => $"bugreport-device-{ReportTime.OfName(_device.Time)}";

    /// <summary>Writes a file into a folder, and returns its path.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="form">The form.</param>
    /// <param name="size">The size of the text in bytes, if that is more than what the sections need.</param>
    internal string Write(string folder, ReportForm form, long size)
    {
        string path = Path.Combine(folder, Name + form switch { ReportForm.Zip => ".zip", ReportForm.Gzip => ".txt.gz", _ => ".txt" });
        using FileStream file = File.Create(path);
        switch (form)
        {
            case ReportForm.Text:
                Write(file, size);
                break;
            case ReportForm.Gzip:
                using (GZipStream packed = new(file, CompressionLevel.Optimal))
                    Write(packed, size);
                break;
            case ReportForm.Zip:
                using (ZipArchive archive = new(file, ZipArchiveMode.Create))
                    WriteArchive(archive, size);
                break;
        }

        return path;
    }

    /// <summary>Writes the text.</summary>
    internal void Write(Stream stream, long size = 0)
    {
        long filler = 0;
        if (size > 0)
        {
            using CountingStream counted = new();
            Write(counted);
            filler = Math.Max(0, size - counted.Length);
        }

        using StreamWriter output = new(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), 1 << 16, leaveOpen: true) { NewLine = "\n" };
        WriteHead(output);
        LogFiller lines = new(_device);
        SectionDamage damage = new(_damage, _device.Options.Seed, () => LineOf(lines));
        foreach (ReportSection section in Sections(lines, filler).SelectMany(damage.Apply))
        {
            output.Write(section.Heading);
            section.Write(output);
            output.Write(section.End);
        }

        output.Write("========================================================\n== dumpstate: done (id 1)\n========================================================\n");
    }

    /// <summary>Writes an archive as devices do: the text, its name, and files of the device.</summary>
    internal void WriteArchive(ZipArchive archive, long size)
    {
        Add("version.txt", output => output.Write("2.0"));
        Add("main_entry.txt", output => output.Write($"{Name}.txt"));
        using (Stream text = Create($"{Name}.txt"))
            Write(text, size);
        int number = 0;
        foreach (DeviceIncident incident in _device.Incidents.Where(incident => incident.Kind == "ReferenceTableOverflow"))
            Add($"FS/data/tombstones/tombstone_{number++:00}", output => WriteTombstone(output, incident));
        DriverSections driver = new(_device);
        foreach (DeviceProcess process in _device.Processes.Where(process => process.Tables.Any()).Take(3))
            Add($"FS{_device.Options.Release.Folder}/proc/{process.Pid}", output => driver.WriteProcess(output, process.Tables));

        // With the device's time, the same options give the same bytes.
        Stream Create(string name)
        {
            ZipArchiveEntry entry = archive.CreateEntry(name);
            entry.LastWriteTime = new DateTimeOffset(_device.Time, TimeSpan.Zero);
            return entry.Open();
        }

        void Add(string name, Action<TextWriter> write)
        {
            using StreamWriter output = new(Create(name), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)) { NewLine = "\n" };
            write(output);
        }
    }

    private IEnumerable<ReportSection> Sections(LogFiller lines, long filler)
    {
        DeviceRelease release = _device.Options.Release;
        SystemSections system = new(_device);
        ReportSection[] logs = [.. new LogSections(_device, _form, lines).All(filler * 6 / 10)];
        yield return logs[0];
        yield return logs[1];
        yield return ReportSection.OfCommand(release, "KERNEL LOG", "dmesg", output => LogFiller.WriteKernel(output, filler / 10));
        foreach (ReportSection section in system.Processes().Concat(new DriverSections(_device).All()).Concat(system.Services()))
            yield return section;
        yield return ReportSection.OfCommand(release, "SMAPS OF ALL PROCESSES", "su root showmap", output => LogFiller.WriteAreas(output, filler * 2 / 10));
        foreach (ReportSection section in new ActivitySections(_device).All())
            yield return section;
        yield return ReportSection.OfService(release, "window", "WINDOW", output => LogFiller.WriteService(output, filler / 10));
    }

    private void WriteHead(TextWriter output)
    {
        DeviceRelease release = _device.Options.Release;
        output.Write($"========================================================\n== dumpstate: {ReportTime.Seconds(_device.Time)}\n========================================================\n\n"
            + $"Build: BUILD.{release.Version}.005\nBuild fingerprint: '{release.Fingerprint}'\nBootloader: unknown\nKernel: Linux version {(release.IsRust ? "6.18.2" : release.Version < 10 ? "4.4.78" : "5.10.1")}\n"
            + "Uptime: up 1 day\nBugreport format version: 2.0\n\n");
    }

    private static void WriteTombstone(TextWriter output, DeviceIncident incident) => output.Write(
        "*** *** *** *** *** *** *** *** *** *** *** *** *** *** *** ***\nBuild fingerprint: 'generic/device'\nABI: 'arm64'\n"
        + $"Timestamp: {ReportTime.Full(incident.Time.AddMilliseconds(300))}+0000\npid: {incident.Holder.Pid}, tid: {incident.Holder.Pid + 3}, name: Binder:{incident.Holder.Pid}_3  >>> {incident.Holder.Name} <<<\n"
        + $"uid: {incident.Holder.Uid}\nsignal 6 (SIGABRT), code -1 (SI_QUEUE), fault addr --------\nAbort message: 'JNI ERROR (app bug): global reference table overflow (max={incident.Limit})'\n"
        + "backtrace:\n      #00 pc 0000000000051234  /apex/com.android.runtime/lib64/bionic/libc.so (abort+164)\n");

    private string LineOf(LogFiller lines)
    {
        StringWriter line = new();
        lines.Write(line, _form, _device.Time.AddSeconds(-5));
        return line.ToString().TrimEnd('\n');
    }

    /// <summary>Counts what is written, and keeps nothing.</summary>
    private sealed class CountingStream : Stream
    {
        private long _length;

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => _length;

        public override long Position { get => _length; set => throw new NotSupportedException(); }

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => _length += count;
    }
}
