namespace HandlePool.Devices;

/// <summary>Represents what is watched, and when something is said. Immutable.</summary>
internal sealed record WatchOptions
{
    /// <summary>The default of <see cref="MinimumGrowth"/>: healthy programs gain less once they have settled.</summary>
    internal const int DefaultMinimumGrowth = 400;

    /// <summary>The default of <see cref="WarmUp"/>.</summary>
    internal static readonly TimeSpan DefaultWarmUp = TimeSpan.FromMinutes(5);

    /// <summary>Gets the least growth of a leak, in handles.</summary>
    internal int MinimumGrowth { get; init; } = DefaultMinimumGrowth;

    /// <summary>Gets the time after which a process has settled: what it gains before is no growth.</summary>
    internal TimeSpan WarmUp { get; init; } = DefaultWarmUp;

    /// <summary>Gets the number of handles that is said to be reached; null for none.</summary>
    internal int? Threshold { get; init; }

    /// <summary>Gets the number of handles per hour that is said to be reached; null for none.</summary>
    internal double? RateThreshold { get; init; }

    /// <summary>Gets the folder for a dump of each leak and each threshold; null for no dumps.</summary>
    internal string? Folder { get; init; }

    /// <summary>Gets which processes are shown, by name and pid; all if null.</summary>
    internal Func<string?, int, bool>? Includes { get; init; }

    /// <summary>Gets the number of processes that are shown at each poll; those with events always are.</summary>
    internal int Top { get; init; } = int.MaxValue;

    /// <summary>Gets how dumps are taken, and whose clock counts.</summary>
    internal CaptureOptions Capture { get; init; } = new();
}
