using HandlePool.Analysis;

namespace HandlePool.Devices;

/// <summary>Represents one run of a process in a context, and its counts so far.</summary>
/// <remarks>At most 256 counts are kept: when they are full, every second one is dropped, so that a soak of weeks takes no more than one of hours.</remarks>
internal sealed class WatchedProcess
{
    private const int MostCounts = 256;

    /// <summary>The fewest counts that show a leak.</summary>
    private const int FewestCounts = 10;

    /// <summary>The part of the count at the beginning that a growth must have.</summary>
    private const double LeastShare = 0.25;

    /// <summary>The part of the growth that must be in the second half: what comes to rest is no leak.</summary>
    private const double LeastRecent = 0.5;

    /// <summary>The multiple of what a count gained by the rise of the device that it may gain.</summary>
    private const double MostOfRise = 2;

    /// <summary>The fewest handles that rise by a factor, and not by chance.</summary>
    private const int LeastOfRise = 5;

    private readonly List<double> _hours = [];
    private readonly List<int> _counts = [];
    private readonly DateTimeOffset _begin;
    private int _stride = 1;
    private int _sinceKept;

    internal WatchedProcess(int id, string context, DateTimeOffset begin) => (Id, Context, _begin) = (id, context, begin);

    internal int Id { get; }

    internal string Context { get; }

    internal string? Name { get; set; }

    /// <summary>Gets the last count.</summary>
    internal int Handles { get; private set; }

    internal int? Nodes { get; set; }

    /// <summary>Gets or sets the sum of the driver's counters, which only grows within a run.</summary>
    internal long Commands { get; set; }

    /// <summary>Gets or sets the last poll in which it was there.</summary>
    internal long LastPoll { get; set; }

    internal bool IsLeaking { get; private set; }

    /// <summary>Gets or sets whether a threshold was reached.</summary>
    internal bool HasReached { get; set; }

    /// <summary>Gets the number of handles that were gained since it settled.</summary>
    internal int Growth => _counts[^1] - _counts[0];

    /// <summary>Gets the time between the first count and the last.</summary>
    internal TimeSpan Span => TimeSpan.FromHours(_hours[^1] - _hours[0]);

    /// <summary>Gets the line through its counts, by hours; null for less than three.</summary>
    internal TrendLine? Trend { get; private set; }

    /// <summary>Gets by what factor its lowest counts rose; null if there are too few counts or handles.</summary>
    internal double? Rise => _counts.Count < FewestCounts || Floor(0) < LeastOfRise ? null : Floor(3) / (double)Floor(0);

    /// <summary>Adds a count.</summary>
    internal void Add(DateTimeOffset time, int handles, TimeSpan warmUp)
    {
        Handles = handles;
        double hours = (time - _begin).TotalHours;
        if (time - _begin < warmUp)
        {
            // Only the last count before it has settled is a beginning.
            _hours.Clear();
            _counts.Clear();
            _sinceKept = 0;
        }
        else if (_sinceKept > 0)
        {
            // The last count is always there; it is dropped when the next one comes, unless it is one to keep.
            _hours.RemoveAt(_hours.Count - 1);
            _counts.RemoveAt(_counts.Count - 1);
        }

        _hours.Add(hours);
        _counts.Add(handles);
        _sinceKept = (_sinceKept + 1) % _stride;
        if (_counts.Count > MostCounts && _sinceKept == 0)
            Thin();
        Trend = _counts.Count > 2 ? TrendLine.Of(_hours, _counts) : null;
    }

    /// <summary>Decides whether it grows as a leak does.</summary>
    /// <param name="leastGrowth">The least growth of a leak.</param>
    /// <param name="rise">The factor by which the counts of the device rose after a boot; 1 if that was long ago.</param>
    /// <returns>True the first time that it does.</returns>
    /// <remarks>
    /// <para>The lowest counts of the quarters of the series count, so that what a garbage collector takes back is no growth. From the first quarter to
    /// the last, these must gain the least growth, and a quarter of the first; half of it in the second half; and the lowest rate is above 0.</para>
    /// <para>After a boot all counts rise: then it must gain twice as much as the others did, too.</para>
    /// </remarks>
    internal bool BecomesLeak(int leastGrowth, double rise)
    {
        if (IsLeaking || _counts.Count < FewestCounts)
            return false;
        int first = Floor(0);
        int growth = Floor(3) - first;
        return IsLeaking = growth >= Math.Max(leastGrowth, LeastShare * first) + (MostOfRise * Math.Max(0, rise - 1) * first)
            && Floor(3) - Floor(1) >= LeastRecent * growth
            && Trend?.Low > 0;
    }

    /// <summary>Returns the lowest count of a quarter of the series.</summary>
    private int Floor(int quarter)
    {
        int from = quarter * _counts.Count / 4;
        int to = (quarter + 1) * _counts.Count / 4;
        int lowest = _counts[from];
        for (int i = from + 1; i < to; i++)
            lowest = Math.Min(lowest, _counts[i]);
        return lowest;
    }

    private void Thin()
    {
        int kept = 0;
        for (int i = 0; i < _counts.Count; i += 2)
            (_hours[kept], _counts[kept++]) = (_hours[i], _counts[i]);
        _hours.RemoveRange(kept, _hours.Count - kept);
        _counts.RemoveRange(kept, _counts.Count - kept);
        _stride *= 2;
    }
}
