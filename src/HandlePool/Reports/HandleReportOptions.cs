namespace HandlePool.Reports;

/// <summary>Specifies the title of a report and the length of its tables. Immutable.</summary>
public sealed record HandleReportOptions
{
    private readonly int _maxRows = 5_000;
    private readonly int _maxReferences = 200;

    /// <summary>Gets the title; by default it names the session, or the first and the last one.</summary>
    public string? Title { get; init; }

    /// <summary>Gets the creation time that the report shows; now by default. The same sessions and time give the same bytes.</summary>
    public DateTimeOffset? Created { get; init; }

    /// <summary>Gets the number of rows that each table has at most, 1 or more; 5,000 by default. The report tells the number of rows
    /// left out.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than 1.</exception>
    public int MaxRows
    {
        get => _maxRows;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            _maxRows = value;
        }
    }

    /// <summary>Gets the number of references listed per leak suspect at most, 0 or more; 200 by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
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
