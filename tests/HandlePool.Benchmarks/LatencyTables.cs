using System.Diagnostics;
using System.Globalization;
using HandlePool.Measurements;
using HandlePool.PowerShell.Views;

namespace HandlePool.Benchmarks;

/// <summary>The latency table of the driver's discussion, on this machine: what Measure-HandlePool shows, without PowerShell.</summary>
internal static class LatencyTables
{
    internal static void Print(TextWriter output)
    {
        foreach (PoolWorkload workload in new[] { PoolWorkload.Append, PoolWorkload.Churn })
        {
            long start = Stopwatch.GetTimestamp();
            PoolMeasurement measurement = PoolMeasurement.Run(new PoolMeasurementOptions { Workload = workload });
            output.WriteLine(MeasurementTable.Draw(measurement));
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Took {Stopwatch.GetElapsedTime(start).TotalSeconds:F1} s."));
            output.WriteLine();
        }
    }
}
