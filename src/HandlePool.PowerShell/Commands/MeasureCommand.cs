using HandlePool.PowerShell.Progress;

namespace HandlePool.PowerShell;

/// <summary>Represents a cmdlet that measures: it shows progress with the time that is left.</summary>
public abstract class MeasureCommand : ModelCommand
{
    // The number of steps in which the progress of a whole measurement is reported.
    private const int Steps = 10_000;

    /// <summary>Runs a measurement and returns its result, or null if it was stopped.</summary>
    private protected T? Measure<T>(string activity, Func<Action<double>, CancellationToken, T> measurement)
        where T : class
    {
        using WorkProgress progress = new(this, activity);
        return Try(() => measurement(share => progress.Report((int)(share * Steps), Steps), StopToken));
    }
}
