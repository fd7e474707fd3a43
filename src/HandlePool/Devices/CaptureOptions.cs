namespace HandlePool.Devices;

/// <summary>Represents what is taken of a host.</summary>
internal sealed record CaptureOptions
{
    /// <summary>The default of <see cref="Timeout"/>.</summary>
    internal static readonly TimeSpan DefaultTimeout = TimeSpan.FromMinutes(1);

    /// <summary>Gets whether the activity manager is asked for its proxies, which disturbs the device.</summary>
    internal bool IncludesProxies { get; init; }

    /// <summary>Gets the time after which each command is stopped.</summary>
    internal TimeSpan Timeout { get; init; } = DefaultTimeout;

    /// <summary>Gets the clock of this computer.</summary>
    internal TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Gets what learns how many texts are done, and of how many.</summary>
    internal Action<int, int>? Progress { get; init; }
}
