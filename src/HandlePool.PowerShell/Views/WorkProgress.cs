using System.Diagnostics;
using System.Globalization;
using System.Management.Automation;

namespace HandlePool.PowerShell;

/// <summary>Shows how far a work of known length is that takes longer than half a second, and the time that is left.</summary>
internal sealed class WorkProgress(Cmdlet cmdlet, string activity) : IDisposable
{
    private const int ActivityId = 0x4845;

    // Drawing takes longer than most of what is drawn.
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    private readonly long _begin = Stopwatch.GetTimestamp();
    private TimeSpan _next = Patience;

    /// <summary>Takes it off the screen, if it was there.</summary>
    public void Dispose()
    {
        if (_next > Patience && !cmdlet.Stopping)
            cmdlet.WriteProgress(new ProgressRecord(ActivityId, activity, " ") { RecordType = ProgressRecordType.Completed });
    }

    /// <summary>Tells how much is done. Cheap enough for each step of a loop.</summary>
    internal void Report(int done, int total)
    {
        TimeSpan passed = Stopwatch.GetElapsedTime(_begin);
        if (passed < _next)
            return;

        _next = passed + Interval;
        double share = (double)done / total;
        cmdlet.WriteProgress(new ProgressRecord(ActivityId, activity, share.ToString("P0", CultureInfo.InvariantCulture))
        {
            PercentComplete = (int)(share * 100),
            SecondsRemaining = share > 0 ? (int)Math.Min(int.MaxValue, passed.TotalSeconds * (1 - share) / share) : -1,
        });
    }
}
