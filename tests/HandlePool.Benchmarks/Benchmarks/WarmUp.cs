using System.Diagnostics;

namespace HandlePool.Benchmarks;

/// <summary>Runs what is going to be measured, until the runtime has compiled it at its best.</summary>
/// <remarks>
/// A benchmark that is set up anew for each iteration is invoked but once in it, and BenchmarkDotNet's few warm-up iterations are
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
