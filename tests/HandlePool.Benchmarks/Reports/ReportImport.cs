using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using HandlePool.Analysis;
using HandlePool.Dumps;
using HandlePool.Generator;

namespace HandlePool.Benchmarks.Reports;

/// <summary>Prints what the import of a large bug report takes, beside a search for a word in the same file.</summary>
internal static class ReportImport
{
    private const string Word = "Binder";
    private const int Rounds = 3;

    /// <summary>Writes a report into the temporary folder, reads it, prints the times, and deletes it.</summary>
    /// <param name="output">The destination.</param>
    /// <param name="size">The size of the report in bytes.</param>
    internal static void Print(TextWriter output, long size)
    {
        string folder = Directory.CreateTempSubdirectory("handlepool-report-").FullName;
        try
        {
            Device device = new(new DeviceOptions { Seed = 7, Release = DeviceRelease.All.Single(release => release.Name == "14"), Incident = IncidentKind.Kill });
            string path = new BugReport(device).Write(folder, ReportForm.Text, size);
            double megabytes = new FileInfo(path).Length / 1e6;

            // A small one compiles the reader.
            DumpReader.ReadFile(new BugReport(device).Write(Directory.CreateDirectory(Path.Combine(folder, "small")).FullName, ReportForm.Text, size: 5_000_000));
            double? search = Least(() => Search(path));
            ImportedDump? dump = null;
            long before = GC.GetTotalMemory(forceFullCollection: true);
            TimeSpan processor = TimeSpan.Zero;
            double? import = Least(() =>
            {
                dump = null;
                TimeSpan began = ProcessorTime();
                Stopwatch watch = Stopwatch.StartNew();
                dump = DumpReader.ReadFile(path).Single();
                double time = watch.Elapsed.TotalSeconds;
                processor += ProcessorTime() - began;
                return time;
            });
            long kept = GC.GetTotalMemory(forceFullCollection: true) - before;
            using Process self = Process.GetCurrentProcess();
            HandleIncident kill = IncidentFinder.Find(dump!.Session).Last(incident => incident.Kind == HandleIncidentKind.Kill);

            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"A bug report of {megabytes:0} MB, the least of {Rounds} rounds:"));
            output.WriteLine();
            output.WriteLine("| | time | throughput |");
            output.WriteLine("| --- | ---: | ---: |");
            output.WriteLine(search is { } searched ? Row($"grep -c {Word}", searched, megabytes) : "| grep | is not installed | |");
            output.WriteLine(Row("import", import!.Value, megabytes));
            output.WriteLine();
            if (search is { } other)
                output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"The import takes {import.Value / other:0.0} times as long as the search."));

            // On a busy machine, that of all rounds tells more than times.
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"A round takes {processor.TotalSeconds / Rounds:0.000} s of processor time."));
            output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"It keeps {kept / 1e6:0.0} MB: {dump.Session.GetProcesses().Sum(process => process.HandleCount)} handles and {dump.Session.EvidenceCount} facts. The process took {self.PeakWorkingSet64 / 1e6:0} MB at most."));
            output.WriteLine($"It tells: {kill}. {kill.Cause}");
            GC.KeepAlive(dump);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string Row(string name, double seconds, double megabytes) =>
        string.Create(CultureInfo.InvariantCulture, $"| {name} | {seconds:0.000} s | {megabytes / seconds:0} MB/s |");

    /// <summary>Returns the processor time that this process has taken.</summary>
    internal static TimeSpan ProcessorTime()
    {
        using Process self = Process.GetCurrentProcess();
        return self.TotalProcessorTime;
    }

    private static double? Least(Func<double?> measure)
    {
        double? least = null;
        for (int round = 0; round < Rounds; round++)
        {
            if (measure() is { } time && !(time >= least))
                least = time;
        }

        return least;
    }

    private static double? Search(string path)
    {
        try
        {
            Stopwatch watch = Stopwatch.StartNew();
            using Process grep = Process.Start(new ProcessStartInfo("grep", ["-c", Word, path]) { RedirectStandardOutput = true })!;
            grep.StandardOutput.ReadToEnd();
            grep.WaitForExit();
            return watch.Elapsed.TotalSeconds;
        }
        catch (Win32Exception)
        {
            return null;
        }
    }
}
