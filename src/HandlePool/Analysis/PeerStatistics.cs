namespace HandlePool.Analysis;

/// <summary>Represents what is usual among peers, by statistics that a minority of leaking ones does not move.</summary>
/// <remarks>
/// Counts of handles are spread over orders of magnitude, so their logarithms are used. <see cref="Usual"/> is the median; the spread is
/// the median absolute deviation, scaled to that of a normal distribution. Both take the lower of two middle values, so that even half
/// of the peers may leak.
/// </remarks>
/// <param name="Count">The number of peers.</param>
/// <param name="Usual">The median of their counts.</param>
/// <param name="Spread">The spread of the logarithms of their counts.</param>
internal readonly record struct PeerStatistics(int Count, int Usual, double Spread)
{
    /// <summary>The fewest peers that say what is usual.</summary>
    internal const int Fewest = 3;

    /// <summary>The fewest peers whose spread says something; that of fewer is chance.</summary>
    internal const int FewestOfSpread = 20;

    /// <summary>The number of spreads above the median that is an outlier.</summary>
    private const double Spreads = 3.5;

    /// <summary>The least spread: where all peers are alike, an outlier has four times their count.</summary>
    internal const double LeastSpread = 0.396;

    /// <summary>The greatest spread: 33 times the median stands out even where peers are most unlike.</summary>
    private const double GreatestSpread = 1;

    /// <summary>The ratio of the standard deviation of a normal distribution and its median absolute deviation.</summary>
    private const double NormalRatio = 1.4826;

    /// <summary>Returns the statistics of counts that are sorted.</summary>
    internal static PeerStatistics Of(int[] sorted) => Of(sorted, Array.ConvertAll(sorted, Log), without: null);

    /// <summary>Returns the statistics of all counts but one.</summary>
    /// <param name="sorted">The counts, in ascending order.</param>
    /// <param name="logs">Their logarithms.</param>
    /// <param name="without">The index of the one that is left out; null for none.</param>
    internal static PeerStatistics Of(ReadOnlySpan<int> sorted, ReadOnlySpan<double> logs, int? without)
    {
        int count = sorted.Length - (without is null ? 0 : 1);
        if (count == 0)
            return default;
        int middle = (count - 1) / 2, center = without <= middle ? middle + 1 : middle;

        // The deviations rise from the center to both sides, so that they need not be sorted.
        double deviation = 0;
        int below = center, above = center + 1;
        for (int smaller = 0; smaller <= middle; smaller++)
        {
            below -= below == without ? 1 : 0;
            above += above == without ? 1 : 0;
            double lower = below < 0 ? double.PositiveInfinity : logs[center] - logs[below], upper = above == logs.Length ? double.PositiveInfinity : logs[above] - logs[center];
            deviation = Math.Min(lower, upper);
            if (lower <= upper)
                below--;
            else
                above++;
        }

        return new PeerStatistics(count, sorted[center], NormalRatio * deviation);
    }

    /// <summary>Returns the count from which on one stands out.</summary>
    /// <param name="sensitivity">Divides the distance from the median.</param>
    /// <param name="greatestSpread">The greatest spread.</param>
    internal double Threshold(double sensitivity, double greatestSpread = GreatestSpread) =>
        Math.Exp(Log(Usual) + (Spreads * Math.Clamp(Spread, LeastSpread, greatestSpread) / sensitivity));

    // Of 0 and 1 alike, as there is no other difference below 1.
    internal static double Log(int count) => Math.Log(Math.Max(1, count));
}

/// <summary>Holds the counts of a group, and returns the statistics of all but one of them.</summary>
internal sealed class PeerGroup
{
    /// <summary>The size beyond which leaving one out changes nothing that matters, and would cost O(size) for each.</summary>
    private const int Large = 64;

    private readonly int[] _sorted;
    private readonly double[] _logs;
    private PeerStatistics? _all;

    internal PeerGroup(IEnumerable<int> counts)
    {
        _sorted = [.. counts];
        Array.Sort(_sorted);
        _logs = Array.ConvertAll(_sorted, PeerStatistics.Log);
    }

    /// <summary>Returns the statistics without one member of the group.</summary>
    internal PeerStatistics Without(int count)
    {
        if (_sorted.Length > Large)
            return (_all ??= PeerStatistics.Of(_sorted, _logs, without: null)) with { Count = _sorted.Length - 1 };
        return PeerStatistics.Of(_sorted, _logs, Array.BinarySearch(_sorted, count));
    }
}
