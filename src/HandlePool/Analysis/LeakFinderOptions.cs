namespace HandlePool.Analysis;

/// <summary>Represents the thresholds of a search for leaks. Immutable.</summary>
public sealed record LeakFinderOptions
{
    /// <summary>The default of <see cref="MinimumHandles"/>.</summary>
    public const int DefaultMinimumHandles = 100;

    /// <summary>The least <see cref="Sensitivity"/>.</summary>
    public const double LeastSensitivity = 0.1;

    /// <summary>The greatest <see cref="Sensitivity"/>.</summary>
    public const double GreatestSensitivity = 10;

    private readonly int _minimumHandles = DefaultMinimumHandles;
    private readonly double _sensitivity = 1;

    /// <summary>Gets the least number of handles that is suspicious, 1 or more; 100 by default. Half of it is the least growth over three
    /// or more dumps, and the least number of dead nodes or weak references.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than 1.</exception>
    public int MinimumHandles
    {
        get => _minimumHandles;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            _minimumHandles = value;
        }
    }

    /// <summary>Gets the sensitivity, 0.1 to 10; 1 by default. It divides the counts of healthy phones and of the baseline, and the
    /// distance from the peers: 2 finds more, 0.5 fewer suspects.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is out of range.</exception>
    public double Sensitivity
    {
        get => _sensitivity;
        init
        {
            if (!(value is >= LeastSensitivity and <= GreatestSensitivity))
                throw new ArgumentOutOfRangeException(nameof(value), value, "The sensitivity must be 0.1 to 10.");
            _sensitivity = value;
        }
    }

    /// <summary>Gets the counts of healthy dumps of such a device; none by default.</summary>
    public HandleBaseline? Baseline { get; init; }
}
