using System.Management.Automation;
using HandlePool.Dumps;
using HandlePool.Text;

namespace HandlePool.PowerShell;

/// <summary>Shows how far an import is that takes longer than half a second.</summary>
internal sealed class ImportProgress(Cmdlet cmdlet, string file)
{
    private const int ActivityId = 0x4844;
    private const int Patience = 500;
    private const int Interval = 200;
    private const double Megabyte = 1 << 20;

    private readonly object _lock = new();
    private DumpProgress _progress = new(file, 0, null);

    /// <summary>Notes what the reading thread tells.</summary>
    internal void Note(DumpProgress progress)
    {
        lock (_lock)
            _progress = progress;
    }

    /// <summary>Waits for the reading, whether it ends well or not.</summary>
    /// <exception cref="OperationCanceledException">It was stopped. The reading may still block.</exception>
    internal void ShowUntil(Task reading, CancellationToken cancellationToken)
    {
        if (Wait(reading, Patience, cancellationToken))
            return;
        try
        {
            do
                cmdlet.WriteProgress(Record());
            while (!Wait(reading, Interval, cancellationToken));
        }
        finally
        {
            if (!cancellationToken.IsCancellationRequested)
                cmdlet.WriteProgress(new ProgressRecord(ActivityId, "Importing dumps", " ") { RecordType = ProgressRecordType.Completed });
        }
    }

    private static bool Wait(Task reading, int milliseconds, CancellationToken cancellationToken) =>
        Task.WaitAny([reading], milliseconds, cancellationToken) == 0;

    private ProgressRecord Record()
    {
        DumpProgress progress;
        lock (_lock)
            progress = _progress;
        string name = VisibleText.Name(Path.GetFileName(progress.Path));
        double read = progress.BytesRead / Megabyte;
        return progress.TotalBytes is { } total
            ? new ProgressRecord(ActivityId, "Importing dumps", $"{name}: {read:F0} of {total / Megabyte:F0} MB")
            {
                PercentComplete = (int)(100 * progress.BytesRead / total),
            }
            : new ProgressRecord(ActivityId, "Importing dumps", progress.BytesRead == 0 ? name : $"{name}: {read:F0} MB");
    }
}
