using System.Diagnostics;
using System.Globalization;
using HandlePool.Analysis;
using HandlePool.Benchmarks.Reports;
using HandlePool.Dumps;
using HandlePool.Reports;
using HandlePool.SessionFiles;

namespace HandlePool.Benchmarks.Analysis;

/// <summary>Prints what it takes to read, write and judge large dumps: one whose nodes have many holders, and one whose nodes mostly have one.</summary>
internal static class AnalysisTable
{
    private const int Processes = 300;
    private const int Owners = 60;
    private const int Leak = 2_000;
    private const int Rounds = 5;
    private static readonly string[] Names = ["state-20261101-080000.txt", "state-20261101-090000.txt"];

    /// <summary>Writes two dumps of each kind, an hour apart, into the temporary folder, measures, and deletes them.</summary>
    /// <param name="output">The destination of a table in Markdown: milliseconds, the median of the rounds, with the median of the processor time in brackets.</param>
    /// <param name="references">The number of references in the first dump of each kind.</param>
    internal static void Print(TextWriter output, int references)
    {
        string folder = Directory.CreateTempSubdirectory("handlepool-analysis-").FullName;
        try
        {
            string shared = Directory.CreateDirectory(Path.Combine(folder, "shared")).FullName, own = Directory.CreateDirectory(Path.Combine(folder, "own")).FullName;
            WriteShared(shared, references);
            WriteOwn(own, references);
            Step[] steps = [.. Steps(shared)], others = [.. Steps(own)];
            output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{references:N0} references of {Processes} processes: {Size(shared)} of nodes that all hold, and {Size(own)} of nodes that one holds."));
            output.WriteLine();
            output.WriteLine("| ms, median of 5 (of processor time) | shared nodes | own nodes |");
            output.WriteLine("| --- | ---: | ---: |");
            for (int index = 0; index < steps.Length; index++)
            {
                output.WriteLine($"| {steps[index].What} | {Time(steps[index])} | {Time(others[index])} |");
                output.Flush();
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static IEnumerable<Step> Steps(string folder)
    {
        string first = Path.Combine(folder, Names[0]), second = Path.Combine(folder, Names[1]), written = Path.Combine(folder, "written");
        HandleSession before = Read(first), after = Read(second);
        yield return new("import", () => Read(first));
        yield return new("export as a dump", () => DumpWriter.WriteFile(written, before));
        yield return new("export as a session file", () => SessionFileWriter.WriteFile(written, before));
        yield return new("import of a session file", () => SessionFileReader.ReadFile(written));
        yield return new("usage of all pairs", () => UsageMeasurement.Measure(before));
        yield return new("suspects of one dump", () => LeakFinder.Find([before]));
        yield return new("suspects of two", () => LeakFinder.Find([before, after]));
        yield return new("comparison of two", () => SessionComparison.Compare(before, after));
        yield return new("report on one", () => HandleReport.WriteFile(written, [before]));
        yield return new("report on two", () => HandleReport.WriteFile(written, [before, after]));
    }

    private static HandleSession Read(string path) => DumpReader.ReadFile(path).Single().Session;

    /// <summary>Writes dumps of one server, all of whose nodes all others hold.</summary>
    private static void WriteShared(string folder, int references)
    {
        HandleSession session = new();
        HandleProcess[] processes = CreateProcesses(session);
        HandleNode[] nodes = [.. Enumerable.Range(0, references / Processes).Select(_ => session.CreateNode(processes[0]))];
        foreach (HandleProcess holder in processes.Skip(1))
        {
            foreach (HandleNode node in nodes)
                holder.AddReference(node);
        }

        WriteTwo(folder, session, processes);
    }

    /// <summary>Writes dumps of nodes of a few servers, each of which one process holds.</summary>
    private static void WriteOwn(string folder, int references)
    {
        HandleSession session = new();
        HandleProcess[] processes = CreateProcesses(session);
        Random random = new(1);
        for (int reference = 0; reference < references; reference++)
        {
            // The lower numbers have more, as on a device.
            int owner = (int)(Owners * random.NextDouble() * random.NextDouble()), holder = (int)(Processes * random.NextDouble() * random.NextDouble());
            processes[holder == owner ? holder + 1 : holder].AddReference(session.CreateNode(processes[owner]));
        }

        WriteTwo(folder, session, processes);
    }

    /// <summary>Writes a dump, lets every fiftieth reference be dropped and one process leak, and writes another.</summary>
    private static void WriteTwo(string folder, HandleSession session, HandleProcess[] processes)
    {
        DumpWriter.WriteFile(Path.Combine(folder, Names[0]), session);
        foreach (HandleProcess process in processes)
        {
            foreach (HandleReference reference in process.GetReferences().Where((_, index) => index % 50 == 49))
                process.DropReference(reference.Handle);
        }

        for (int handle = 0; handle < Leak; handle++)
            processes[^1].AddReference(session.CreateNode(processes[0]));
        DumpWriter.WriteFile(Path.Combine(folder, Names[1]), session);
    }

    private static HandleProcess[] CreateProcesses(HandleSession session) =>
        [.. Enumerable.Range(0, Processes).Select(number => session.CreateProcess($"com.example.app{number}"))];

    private static string Size(string folder) =>
        string.Create(CultureInfo.InvariantCulture, $"{new FileInfo(Path.Combine(folder, Names[0])).Length / 1e6:N0} MB");

    private static string Time(Step step)
    {
        double[] times = new double[Rounds], processor = new double[Rounds];

        // The first two rounds compile.
        for (int round = -2; round < Rounds; round++)
        {
            GC.Collect();
            TimeSpan processorBegin = ReportImport.ProcessorTime();
            long begin = Stopwatch.GetTimestamp();
            step.Do();
            times[Math.Max(0, round)] = Stopwatch.GetElapsedTime(begin).TotalMilliseconds;
            processor[Math.Max(0, round)] = (ReportImport.ProcessorTime() - processorBegin).TotalMilliseconds;
        }

        Array.Sort(times);
        Array.Sort(processor);
        return string.Create(CultureInfo.InvariantCulture, $"{times[Rounds / 2]:N0} ({processor[Rounds / 2]:N0})");
    }

    private sealed record Step(string What, Action Do);
}
