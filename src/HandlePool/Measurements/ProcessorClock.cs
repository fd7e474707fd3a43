using System.Diagnostics;

namespace HandlePool.Measurements;

/// <summary>Represents a clock that shows the processor time of this process.</summary>
internal sealed class ProcessorClock : TimeProvider
{
    private ProcessorClock()
    {
    }

    /// <summary>Gets the clock.</summary>
    internal static ProcessorClock Shared { get; } = new();

    /// <summary>Returns the share of one processor that this process has had, 0 to 1.</summary>
    /// <param name="processorStart">What this clock showed at the beginning.</param>
    /// <param name="start">The timestamp of <see cref="Stopwatch"/> at the beginning.</param>
    internal static double ShareSince(long processorStart, long start) =>
        Math.Min(1, Shared.GetElapsedTime(processorStart) / Stopwatch.GetElapsedTime(start));

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <inheritdoc/>
    public override long GetTimestamp()
    {
        using Process process = Process.GetCurrentProcess();
        return process.TotalProcessorTime.Ticks;
    }
}
