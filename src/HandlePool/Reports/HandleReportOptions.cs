namespace HandlePool.Reports;

/// <summary>What a report is called, and how long its tables get. Immutable.</summary>
public sealed record HandleReportOptions
{
    private readonly int _maxRows = 5_000;
    private readonly int _maxReferences = 200;

    /// <summary>The title; by default it names the session, or the first and the last one.</summary>
    public string? Title { get; init; }

    /// <summary>When the report was made, as it says; now by default. The same sessions and time give the same bytes.</summary>
    public DateTimeOffset? Created { get; init; }

    /// <summary>How many rows each table has at most, 1 or more; 5,000 by default. The report says how many it leaves out.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1.</exception>
    public int MaxRows
    {
        get => _maxRows;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            _maxRows = value;
        }
    }

    /// <summary>How many references are listed for each leak suspect at most, 0 or more; 200 by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Negative.</exception>
    public int MaxReferences
    {
        get => _maxReferences;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            _maxReferences = value;
        }
    }
}
