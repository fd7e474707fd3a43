using System.Diagnostics;

namespace HandlePool.Benchmarks;

/// <summary>Runs what is going to be measured, until the runtime has compiled it at its best.</summary>
/// <remarks>
/// A benchmark with a setup for each iteration is invoked only once in it, and BenchmarkDotNet's few warm-up iterations are
/// over long before that.
/// </remarks>
internal static class WarmUp
{
    private static readonly TimeSpan Time = TimeSpan.FromSeconds(1);

    internal static void Run(Action steps)
    {
        long start = Stopwatch.GetTimestamp();
        do
            steps();
        while (Stopwatch.GetElapsedTime(start) < Time);
    }
}
