using System.Diagnostics;
using System.Globalization;

namespace HandlePool.Benchmarks.Comparisons;

/// <summary>One side of a comparison in a process of its own.</summary>
/// <remarks>
/// The runtime makes virtual calls cheaper for the one class that it meets most. With several sources in one process, that favors one of them
/// by about 4 ns; in a process of its own, each has it.
/// </remarks>
internal sealed class IdSourceSide : IDisposable
{
    private const string Mode = "side";

    private readonly Process _process;
    private double _processorTime;
    private double _elapsed;

    internal IdSourceSide(string name, int live)
    {
        ProcessStartInfo start = new(Environment.ProcessPath!)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            ArgumentList = { Mode, name, live.ToString(CultureInfo.InvariantCulture) },
        };

        // Run by its own host, or as `dotnet program.dll`.
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
            start.ArgumentList.Insert(0, typeof(IdSourceSide).Assembly.Location);
        Name = name;
        _process = Process.Start(start)!;
    }

    internal string Name { get; }

    /// <summary>Gets the share of a processor that the side had while it was asked, 0 to 1.</summary>
    internal double ProcessorShare => _elapsed == 0 ? 1 : Math.Min(1, _processorTime / _elapsed);

    /// <summary>Serves the other process until it closes the input.</summary>
    internal static void Serve(string name, int live, TextReader input, TextWriter output)
    {
        IdSourceTimer timer = new(name, live);
        using Process process = Process.GetCurrentProcess();
        while (input.ReadLine() is { } batch)
        {
            TimeSpan before = process.TotalProcessorTime;
            long start = Stopwatch.GetTimestamp();
            double time = batch switch
            {
                nameof(Append) => timer.Append(),
                nameof(Churn) => timer.Churn(),
                nameof(Drain) => timer.Drain(),
                nameof(Fill) => timer.Fill(),
                _ => throw new ArgumentException($"There is no batch '{batch}'."),
            };
            double elapsed = Stopwatch.GetElapsedTime(start).TotalSeconds;
            process.Refresh();
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{time:R} {(process.TotalProcessorTime - before).TotalSeconds:R} {elapsed:R}"));
            output.Flush();
        }
    }

    internal double Append() => Ask(nameof(Append));

    internal double Churn() => Ask(nameof(Churn));

    internal double Drain() => Ask(nameof(Drain));

    internal double Fill() => Ask(nameof(Fill));

    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }

    private double Ask(string batch)
    {
        _process.StandardInput.WriteLine(batch);
        string[] answer = (_process.StandardOutput.ReadLine() ?? throw new InvalidOperationException($"The process of {Name} has ended.")).Split(' ');
        _processorTime += double.Parse(answer[1], CultureInfo.InvariantCulture);
        _elapsed += double.Parse(answer[2], CultureInfo.InvariantCulture);
        return double.Parse(answer[0], CultureInfo.InvariantCulture);
    }
}
