using HandlePool.Analysis;

namespace HandlePool.Reports;

/// <summary>Specifies the format of a report, its title, the length of its tables and the thresholds of suspects. Immutable.</summary>
public sealed record HandleReportOptions
{
    private readonly HandleReportFormat _format;
    private readonly int? _maxRows;
    private readonly int? _maxReferences;

    /// <summary>Gets the format; <see cref="HandleReportFormat.Html"/> by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such format.</exception>
    public HandleReportFormat Format
    {
        get => _format;
        init => _format = Enum.IsDefined(value)
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, "There is no such format. Use Html or Markdown.");
    }

    /// <summary>Gets the title; by default it names the session, or the first and the last one.</summary>
    public string? Title { get; init; }

    /// <summary>Gets the creation time that the report shows; now by default. The same sessions and time give the same bytes.</summary>
    public DateTimeOffset? Created { get; init; }

    /// <summary>Gets the thresholds by which leak suspects are found; those of <see cref="LeakFinder"/> by default.</summary>
    public LeakFinderOptions? Leaks { get; init; }

    /// <summary>Gets the number of rows that each table has at most, 1 or more; by default 5,000, and 20 in Markdown. The report tells the
    /// number of rows left out.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than 1.</exception>
    public int MaxRows
    {
        get => _maxRows ?? (Format == HandleReportFormat.Html ? 5_000 : 20);
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            _maxRows = value;
        }
    }

    /// <summary>Gets the number of references listed per leak suspect at most, 0 or more; by default 200, and 10 in Markdown.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public int MaxReferences
    {
        get => _maxReferences ?? (Format == HandleReportFormat.Html ? 200 : 10);
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            _maxReferences = value;
        }
    }
}
