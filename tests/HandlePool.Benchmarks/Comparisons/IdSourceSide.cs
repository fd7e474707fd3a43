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

    /// <summary>Starts the process, which has the IDs 1 to <paramref name="live"/> taken and all batches warm when this returns.</summary>
    internal IdSourceSide(string name, int live)
    {
        ProcessStartInfo start = new(Environment.ProcessPath!)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            ArgumentList = { Mode, name },
        };

        // Run by its own host, or as `dotnet program.dll`.
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
            start.ArgumentList.Insert(0, typeof(IdSourceSide).Assembly.Location);
        Name = name;
        _process = Process.Start(start)!;
        Use(live);
    }

    internal string Name { get; }

    /// <summary>Gets the share of a processor that the side had while it was asked, 0 to 1.</summary>
    internal double ProcessorShare => _elapsed == 0 ? 1 : Math.Min(1, _processorTime / _elapsed);

    /// <summary>Serves the other process until it closes the input.</summary>
    internal static void Serve(string name, TextReader input, TextWriter output)
    {
        IdSourceTimer? timer = null;
        using Process process = Process.GetCurrentProcess();
        while (input.ReadLine() is { } batch)
        {
            TimeSpan before = process.TotalProcessorTime;
            long start = Stopwatch.GetTimestamp();
            double time = 0, second = 0;
            switch (batch)
            {
                case nameof(TakeAndGiveBack):
                    (time, second) = timer!.TakeAndGiveBack();
                    break;
                case nameof(Churn):
                    time = timer!.Churn();
                    break;
                case nameof(ChurnMany):
                    time = timer!.ChurnMany();
                    break;
                case nameof(Fill):
                    time = timer!.Fill();
                    break;
                default:
                    timer = new IdSourceTimer(name, int.Parse(batch, CultureInfo.InvariantCulture));
                    timer.WarmUp();
                    break;
            }

            double elapsed = Stopwatch.GetElapsedTime(start).TotalSeconds;
            process.Refresh();
            output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{time:R} {second:R} {(process.TotalProcessorTime - before).TotalSeconds:R} {elapsed:R}"));
            output.Flush();
        }
    }

    /// <summary>Begins again with another number of IDs taken.</summary>
    internal void Use(int live)
    {
        Ask(live.ToString(CultureInfo.InvariantCulture));
        (_processorTime, _elapsed) = (0, 0);
    }

    internal double Append() => TakeAndGiveBack().Append;

    internal (double Append, double Drain) TakeAndGiveBack() => Ask(nameof(TakeAndGiveBack));

    internal double Churn() => Ask(nameof(Churn)).First;

    internal double ChurnMany() => Ask(nameof(ChurnMany)).First;

    internal double Fill() => Ask(nameof(Fill)).First;

    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }

    private (double First, double Second) Ask(string batch)
    {
        _process.StandardInput.WriteLine(batch);
        string? answer = _process.StandardOutput.ReadLine();
        double[] values = Array.ConvertAll((answer ?? throw new InvalidOperationException($"The process of {Name} has ended.")).Split(' '),
            value => double.Parse(value, CultureInfo.InvariantCulture));
        _processorTime += values[2];
        _elapsed += values[3];
        return (values[0], values[1]);
    }
}
