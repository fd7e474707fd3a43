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

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <inheritdoc/>
    public override long GetTimestamp()
    {
        using Process process = Process.GetCurrentProcess();
        return process.TotalProcessorTime.Ticks;
    }
}
