using System.Management.Automation;
using HandlePool.Analysis;
using HandlePool.PowerShell.Binding;
using HandlePool.PowerShell.Completion;
using HandlePool.PowerShell.Errors;

namespace HandlePool.PowerShell;

/// <summary>Measures how fast handles grow over a series, and when they reach Android's limits, with a range.</summary>
[Cmdlet(VerbsDiagnostic.Measure, "HandleForecast", DefaultParameterSetName = "Session")]
[OutputType(typeof(HandleForecast))]
public sealed class MeasureHandleForecastCommand : DumpSeriesCommand
{
    /// <summary>Whose handles are counted.</summary>
    [Parameter]
    [OneValue]
    [Converted(typeof(HandleUsageGrouping))]
    [ValidateSet(nameof(HandleUsageGrouping.Holder), nameof(HandleUsageGrouping.Owner), nameof(HandleUsageGrouping.Pair))]
    public HandleUsageGrouping By { get; set; } = HandleUsageGrouping.Holder;

    /// <summary>The driver's counter of the events by which handles grow, in the statistics of the holder, or else of the owner.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [NameText]
    [OneValue]
    [ArgumentCompleter(typeof(CounterCompleter))]
    public string? Counter { get; set; }

    /// <summary>The number of events up to each dump, in their order.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(NoCompleter))]
    public double[]? EventCount { get; set; }

    /// <summary>The number of results to write for each series, those that reach a limit first; all by default.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    [OneValue]
    [ArgumentCompleter(typeof(NoCompleter))]
    public int Top { get; set; } = int.MaxValue;

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        if (Counter is not null && EventCount is not null)
            ThrowTerminatingError(ErrorRecords.CounterAndEventCount(Counter));
    }

    /// <inheritdoc/>
    private protected override void Use(IReadOnlyList<HandleSession> series)
    {
        ForecastResult result;
        try
        {
            result = ForecastMeasurement.Measure(series, new ForecastOptions { By = By, Counter = Counter, EventCounts = EventCount }, StopToken);
        }
        catch (ArgumentException exception) when (exception.ParamName == "options")
        {
            WriteError(ErrorRecords.BadEventCount(exception, EventCount!));
            return;
        }

        foreach (string note in result.Notes)
            WriteWarning(note);
        WriteObject(result.Forecasts.Take(Top), enumerateCollection: true);
    }
}
