namespace HandlePool.Gates;

/// <summary>Represents a count that is known from its least to its most value. Both are the same where it is known exactly.</summary>
internal readonly record struct CountRange(double Low, double High)
{
    private const double Precision = 1e-9;

    /// <summary>Returns what exceeds a count.</summary>
    internal CountRange Above(double accepted) => new(Math.Max(0, Low - accepted), Math.Max(0, High - accepted));

    /// <summary>Returns whether a number is more than what is allowed, apart from the rounding of sums.</summary>
    internal static bool Exceeds(double number, double allowed) => number - allowed > Precision * Math.Max(1, allowed);

    /// <summary>Returns the least and the greatest slope of the line of best fit; null if all points are at the same place.</summary>
    /// <remarks>The slope is a sum of the counts with fixed weights, so that its ends are those of the counts.</remarks>
    internal static CountRange? SlopeOf(IReadOnlyList<double> places, IReadOnlyList<CountRange> counts)
    {
        double mean = places.Average();
        double squares = places.Sum(place => (place - mean) * (place - mean));
        if (!(squares > 0))
            return null;

        // Counts that are all the same give 0, and no rest of a sum.
        double first = counts[0].Low;
        double low = 0, high = 0;
        for (int index = 0; index < places.Count; index++)
        {
            double distance = places[index] - mean;
            if (distance == 0)
                continue;
            low += distance * ((distance > 0 ? counts[index].Low : counts[index].High) - first);
            high += distance * ((distance > 0 ? counts[index].High : counts[index].Low) - first);
        }

        return new CountRange((low / squares) + 0.0, (high / squares) + 0.0);
    }
}
