using HandlePool.Analysis;
using HandlePool.Text;

namespace HandlePool.Devices;

/// <summary>Represents the handles of a process at a poll of a device, or an event of the device. Immutable.</summary>
/// <remarks>
/// The driver's statistics tell how many handles a process holds, not of whom. The rate is that of the line of best fit since the process was
/// first seen, with a 90% range; see docs/analysis.md.
/// </remarks>
public sealed record HandleSample
{
    internal HandleSample(DateTimeOffset time, long poll, string device, HandleSampleEvent happened) =>
        (Time, Poll, Device, Event) = (time, poll, device, happened);

    /// <summary>Gets the time of the poll, by the clock of this computer.</summary>
    public DateTimeOffset Time { get; }

    /// <summary>Gets the number of the poll, from 1.</summary>
    public long Poll { get; }

    /// <summary>Gets the serial of the device, or the name of this computer.</summary>
    public string Device { get; }

    /// <summary>Gets what happened to the process, or to the device if there is none.</summary>
    public HandleSampleEvent Event { get; internal init; }

    /// <summary>Gets the name of the process with its pid; null for an event of the device.</summary>
    public string? Process => ProcessId is not { } id ? null : ProcessName is { } name ? $"{VisibleText.Name(name)} ({id})" : $"{id}";

    /// <summary>Gets the pid; null for an event of the device.</summary>
    public int? ProcessId { get; internal init; }

    /// <summary>Gets the name of the process; null if it is unknown.</summary>
    public string? ProcessName { get; internal init; }

    /// <summary>Gets the context; null for an event of the device.</summary>
    public string? Context { get; internal init; }

    /// <summary>Gets the number of handles that the process holds; the last one, if it has exited.</summary>
    public int? Handles { get; internal init; }

    /// <summary>Gets the number of living nodes that the process offers; null if it is not printed.</summary>
    public int? Nodes { get; internal init; }

    /// <summary>Gets the handles that were gained since the process was first seen, and settled.</summary>
    public int? Growth { get; internal init; }

    /// <summary>Gets the handles per hour; null for less than three polls.</summary>
    public double? Rate { get; internal init; }

    /// <summary>Gets the lowest rate.</summary>
    public double? LowestRate { get; internal init; }

    /// <summary>Gets the highest rate.</summary>
    public double? HighestRate { get; internal init; }

    /// <summary>Gets the next of Android's limits on the handles of a process; null for an event of the device.</summary>
    public HandleLimit? Limit { get; internal init; }

    /// <summary>Gets the time until the limit at the present rate; null if the count does not grow.</summary>
    public TimeSpan? Forecast { get; internal init; }

    /// <summary>Gets the earliest time until the limit; null if it will not be reached.</summary>
    public TimeSpan? EarliestForecast { get; internal init; }

    /// <summary>Gets the latest time until the limit; null if it may not be reached at all.</summary>
    public TimeSpan? LatestForecast { get; internal init; }

    /// <summary>Gets whether the process grows as a leak does.</summary>
    public bool IsLeaking { get; internal init; }

    /// <summary>Gets the archive that was taken because of this; null if none was.</summary>
    public string? Dump { get; internal init; }

    /// <summary>Gets what happened, in a sentence; null if nothing did.</summary>
    public string? Message { get; internal init; }

    /// <inheritdoc/>
    public override string ToString() => ProcessId is null ? $"{Device}: {Event}" : $"{Process}: {Handles}";
}

/// <summary>Identifies what happened to a process or to a device between two polls.</summary>
public enum HandleSampleEvent
{
    /// <summary>Nothing: the process was counted.</summary>
    None,

    /// <summary>The process has started since the last poll.</summary>
    Started,

    /// <summary>The process has exited.</summary>
    Exited,

    /// <summary>Another process has the pid.</summary>
    Reused,

    /// <summary>The process grows as a leak does, from now on.</summary>
    Leak,

    /// <summary>The process has reached a threshold that was asked for, or 80% of the lowest limit.</summary>
    Threshold,

    /// <summary>The device does not answer.</summary>
    Lost,

    /// <summary>The device answers again.</summary>
    Reconnected,

    /// <summary>The device has started again. All counts start over.</summary>
    Rebooted,

    /// <summary>The device answers, but not with whole statistics. The poll counts nothing.</summary>
    Unreadable,

    /// <summary>A dump could not be taken, or has no whole state.</summary>
    DumpFailed,
}
