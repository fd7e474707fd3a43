namespace HandlePool.PowerShell.Progress;

/// <summary>Tells progress bars the time.</summary>
internal static class ProgressClock
{
    /// <summary>Work that takes less shows no progress: drawing takes longer than most of what is drawn.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);

    /// <summary>The time between two updates.</summary>
    internal static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    /// <summary>Gets or sets the clock. Tests replace it, so that they need not wait.</summary>
    internal static TimeProvider Provider { get; set; } = TimeProvider.System;
}
