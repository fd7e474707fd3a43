namespace HandlePool.Generator;

/// <summary>Represents a line of a log.</summary>
internal readonly record struct LogEntry(DateTime Time, int Uid, int Pid, int Thread, char Level, string Tag, string Message);

/// <summary>Formats lines of logs as a release does.</summary>
/// <param name="Release">The release.</param>
/// <param name="Zone">The zone in which times are printed, with their years; null for local times without years.</param>
internal sealed record LogForm(DeviceRelease Release, TimeSpan? Zone)
{
    internal string Format(in LogEntry entry)
    {
        string time = Zone is { } zone ? ReportTime.InZone(entry.Time, zone) : ReportTime.WithoutYear(entry.Time);
        return Release switch
        {
            { IsVendor: true } => $"{time} {entry.Level}/{entry.Tag,-8}({entry.Pid,5}): {entry.Message}",
            { Version: < 10 } => $"{time} {entry.Pid,5} {entry.Thread,5} {entry.Level} {entry.Tag,-8}: {entry.Message}",
            _ => $"{time} {entry.Uid,5} {entry.Pid,5} {entry.Thread,5} {entry.Level} {entry.Tag,-8}: {entry.Message}",
        };
    }
}
