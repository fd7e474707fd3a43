using System.Globalization;
using System.Management.Automation;

namespace HandlePool.PowerShell.Progress;

/// <summary>Shows the progress of work whose length is known, and the time that is left.</summary>
internal sealed class WorkProgress(Cmdlet cmdlet, string activity) : IDisposable
{
    private const int ActivityId = 0x4845;

    private readonly TimeProvider _clock = ProgressClock.Provider;
    private readonly long _begin = ProgressClock.Provider.GetTimestamp();
    private TimeSpan _next = ProgressClock.Patience;

    /// <summary>Removes the progress bar if it was shown.</summary>
    public void Dispose()
    {
        if (_next > ProgressClock.Patience && !cmdlet.Stopping)
            cmdlet.WriteProgress(new ProgressRecord(ActivityId, activity, " ") { RecordType = ProgressRecordType.Completed });
    }

    /// <summary>Reports how much is done. It is cheap enough for each step of a loop.</summary>
    internal void Report(int done, int total)
    {
        TimeSpan passed = _clock.GetElapsedTime(_begin);
        if (passed < _next)
            return;

        _next = passed + ProgressClock.Interval;
        double share = (double)done / total;
        cmdlet.WriteProgress(new ProgressRecord(ActivityId, activity, share.ToString("P0", CultureInfo.InvariantCulture))
        {
            PercentComplete = (int)(share * 100),
            SecondsRemaining = share > 0 ? (int)Math.Min(int.MaxValue, passed.TotalSeconds * (1 - share) / share) : -1,
        });
    }
}
