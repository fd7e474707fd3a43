using System.Management.Automation;
using HandlePool.Dumps;
using HandlePool.Text;

namespace HandlePool.PowerShell.Progress;

/// <summary>Shows the progress of an import that another thread runs.</summary>
internal sealed class ImportProgress(Cmdlet cmdlet, string file, string activity = "Importing dumps")
{
    private const int ActivityId = 0x4844;
    private const double Megabyte = 1 << 20;

    private readonly object _lock = new();
    private DumpProgress _progress = new(file, 0, null);

    /// <summary>Takes a report from the reading thread.</summary>
    internal void Report(DumpProgress progress)
    {
        lock (_lock)
            _progress = progress;
    }

    /// <summary>Waits until the import has ended, whether it succeeded or not.</summary>
    /// <exception cref="OperationCanceledException">The cmdlet was stopped. The reading thread may still be blocked.</exception>
    internal void ShowUntil(Task reading, CancellationToken cancellationToken)
    {
        if (Wait(reading, ProgressClock.Patience, cancellationToken))
            return;
        try
        {
            do
                cmdlet.WriteProgress(Record());
            while (!Wait(reading, ProgressClock.Interval, cancellationToken));
        }
        finally
        {
            if (!cancellationToken.IsCancellationRequested)
                cmdlet.WriteProgress(new ProgressRecord(ActivityId, activity, " ") { RecordType = ProgressRecordType.Completed });
        }
    }

    private static bool Wait(Task reading, TimeSpan time, CancellationToken cancellationToken)
    {
        using CancellationTokenSource ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task delay = Task.Delay(time, ProgressClock.Provider, ended.Token);
        bool isRead = Task.WaitAny([reading, delay], cancellationToken) == 0;
        ended.Cancel();
        return isRead;
    }

    private ProgressRecord Record()
    {
        DumpProgress progress;
        lock (_lock)
            progress = _progress;
        string name = VisibleText.Name(Path.GetFileName(progress.Path));
        double read = progress.BytesRead / Megabyte;
        return progress.TotalBytes is { } total
            ? new ProgressRecord(ActivityId, activity, $"{name}: {read:F0} of {total / Megabyte:F0} MB")
            {
                PercentComplete = (int)(100 * progress.BytesRead / total),
            }
            : new ProgressRecord(ActivityId, activity, progress.BytesRead == 0 ? name : $"{name}: {read:F0} MB");
    }
}
