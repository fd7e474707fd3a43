using System.Diagnostics;
using System.Globalization;
using HandlePool.Dumps;
using HandlePool.Traces;

namespace HandlePool.Benchmarks.Traces;

/// <summary>Prints how well a made-up trace is predicted, and how long reading and predicting take.</summary>
internal static class TraceTable
{
    private const double Megabyte = 1 << 20;

    /// <summary>Writes a trace to a file, reads it, and compares it with the model and with the truth.</summary>
    /// <param name="output">Where to print.</param>
    /// <param name="references">The number of objects that become references.</param>
    /// <param name="seed">The seed.</param>
    /// <param name="path">The file of the trace; the state of its beginning is beside it.</param>
    internal static void Print(TextWriter output, int references, int seed, string path)
    {
        TraceWorld world;
        string state, end;
        using (StreamWriter writer = new(path))
        {
            world = new TraceWorld(writer, new TraceWorldOptions(seed) { Processes = 60, Contexts = ["binder", "hwbinder"] });
            world.Play(references / 100);
            state = world.DumpState();
            world.Play(references - world.References);
            end = world.DumpState();
        }

        File.WriteAllText($"{path}.state", state);
        HandleSession session = Read(state), last = Read(end);
        double size = new FileInfo(path).Length / Megabyte;
        TimeSpan read = Time(() => TraceReader.ReadFiles([path]), out HandleTrace trace);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{path}: {size:0} MB, {trace.Lines} lines, {trace.EventCount} events, seed {seed}; read in {read.TotalSeconds:0.00} s of processor time, {size / read.TotalSeconds:0} MB/s"));
        Print(output, "from a dump", trace, session);
        Print(output, "from nothing", trace, session: null);

        TimeSpan joined = Time(() => SourceSearch.Find(trace, last.GetProcesses().SelectMany(process => process.GetReferences())), out HandleSourceSearch search);
        Dictionary<(int, string, int), WorldReference> truth = world.Held.ToDictionary(each => (each.Holder.Pid, each.Holder.Context, each.Handle));
        int right = search.Sources.Sum(source => source.References.Count(reference =>
            truth[(reference.Process.Id, reference.Process.Context, reference.Handle)].Call is var call && call.Thread == source.ThreadId && call.Code == source.Code));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"calls: {search.References - search.Unexplained.Count} of {search.References} held references joined with {search.Sources.Count} calls, {right} of them right, {search.Unexplained.Count} open; {joined.TotalSeconds:0.00} s"));
    }

    /// <summary>Writes the sample of tests/data/ftrace: a trace of a leak, with the states of its beginning and its end.</summary>
    internal static void WriteSample(string folder)
    {
        using StreamWriter trace = new(Path.Join(folder, "trace.txt"));
        TraceWorld world = new(trace, new TraceWorldOptions(18) { Processes = 14, LeakPercent = 75, HasNames = true });
        world.Play(100);
        File.WriteAllText(Path.Join(folder, "begin.txt"), world.DumpState());
        world.Play(800);
        File.WriteAllText(Path.Join(folder, "end.txt"), world.DumpState());
    }

    private static void Print(TextWriter output, string title, HandleTrace trace, HandleSession? session)
    {
        TimeSpan time = Time(() => TraceTest.Run(trace, session), out HandleTraceTest test);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{title}: {test.References} handles, {test.Predicted} predicted, {test.Agreed} agreed, {test.DivergenceCount} divergences; open: {test.Gaps}; {test.Releases} releases inferred; {time.TotalSeconds:0.00} s"));
    }

    private static HandleSession Read(string state) => DumpReader.Read(new MemoryStream(System.Text.Encoding.UTF8.GetBytes(state)), "state")[0].Session;

    private static TimeSpan Time<T>(Func<T> run, out T result)
    {
        using Process process = Process.GetCurrentProcess();
        TimeSpan before = process.UserProcessorTime;
        result = run();
        process.Refresh();
        return process.UserProcessorTime - before;
    }
}
