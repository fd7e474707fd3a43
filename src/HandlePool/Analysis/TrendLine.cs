namespace HandlePool.Analysis;

/// <summary>Represents the line of best fit through counts over time, or over events, and when it reaches a number.</summary>
/// <remarks>
/// <para>Least squares, of which the value is nearly the best for both ways in which counts vary: around a line, as when a garbage collector runs,
/// and by adding up, as leaks do, whose counts never come back to a line. What the two ways differ in is the certainty. The usual range of a slope
/// assumes the first, and covers the truth of a leak of 30 dumps three times in ten. So the variance has two parts: that of the distances from
/// the line, and that of a walk, by how much more the distances differ over a quarter or an eighth of the series than from one count to the next. Of fewer
/// than eight counts, all of the differences are taken for a walk.</para>
/// <para>The ranges are 90%. That of the time includes that counts go on to vary until then. Two points always fit, so they have no range.</para>
/// </remarks>
internal readonly record struct TrendLine
{
    /// <summary>The factor by which the slope of a walk varies more than its mean step.</summary>
    private const double OfWalk = 1.2;

    // The parts of the series over which a walk shows: the one that shows more counts, as each by itself shows none now and then.
    private const int Parts = 4;
    private const int SmallerParts = 8;

    // A walk over a quarter of a series is seen about as often as three independent ones would be.
    private const int FreedomOfWalk = 3;

    private const double NormalQuantile = 1.645;

    // Of Student's t, 95% lie below these, for 1 to 30 degrees of freedom.
    private static readonly double[] Quantiles =
    [
        6.314, 2.920, 2.353, 2.132, 2.015, 1.943, 1.895, 1.860, 1.833, 1.812, 1.796, 1.782, 1.771, 1.761, 1.753,
        1.746, 1.740, 1.734, 1.729, 1.725, 1.721, 1.717, 1.714, 1.711, 1.708, 1.706, 1.703, 1.701, 1.699, 1.697,
    ];

    // The squares of the ranges: of the slope, of a walk in one unit, and of a count; null for two points.
    private readonly (double Slope, double Walk, double Count)? _squares;

    private TrendLine(double slope, (double Slope, double Walk, double Count)? squares) => (Slope, _squares) = (slope, squares);

    /// <summary>Gets the slope.</summary>
    internal double Slope { get; }

    /// <summary>Gets the lowest slope of the range; null for two points.</summary>
    internal double? Low => _squares is { } squares ? Slope - Math.Sqrt(squares.Slope) : null;

    /// <summary>Gets the highest slope of the range; null for two points.</summary>
    internal double? High => _squares is { } squares ? Slope + Math.Sqrt(squares.Slope) : null;

    /// <summary>Returns the line of best fit; null if all points are at one place, or if there are less than two.</summary>
    /// <param name="x">The places, in ascending order.</param>
    /// <param name="y">The counts at the places.</param>
    internal static TrendLine? Of(IReadOnlyList<double> x, IReadOnlyList<int> y)
    {
        int count = x.Count;
        if (count < 2)
            return null;
        double meanX = x.Average();
        double meanY = y.Average();
        double products = 0;
        double squares = 0;
        for (int i = 0; i < count; i++)
        {
            products += (x[i] - meanX) * (y[i] - meanY);
            squares += (x[i] - meanX) * (x[i] - meanX);
        }

        if (!(squares > 0))
            return null;
        double slope = products / squares;
        int freedom = count - 2;
        if (freedom == 0)
            return new TrendLine(slope, null);

        double[] residues = new double[count];
        double sum = 0;
        for (int i = 0; i < count; i++)
        {
            residues[i] = y[i] - meanY - (slope * (x[i] - meanX));
            sum += residues[i] * residues[i];
        }

        double variance = sum / freedom;
        double square = Squared(Quantile(freedom));
        (double walk, int freedomOfWalk) = WalkOf(x, residues);
        double squareOfWalk = Squared(Quantile(freedomOfWalk)) * walk;
        return new TrendLine(slope,
            ((square * variance / squares) + (OfWalk * squareOfWalk / (x[^1] - x[0])), squareOfWalk, square * variance));
    }

    /// <summary>Returns the distances until a count that is higher by a number.</summary>
    /// <returns>
    /// The expected one, null if the line does not rise; the earliest, null for two points or if it will not be reached; and the latest, null also if it may
    /// not be reached at all.
    /// </returns>
    internal (double? Expected, double? Earliest, double? Latest) Until(double left)
    {
        double? expected = Slope > 0 ? left / Slope : null;
        if (_squares is not { } squares)
            return (expected, null, null);

        // Where the square of what is left of the way is that of the range: (left - slope x)^2 = range^2 x^2 + walk^2 x + count^2.
        double second = (Slope * Slope) - squares.Slope;
        double first = -((2 * Slope * left) + squares.Walk);
        double constant = (left * left) - squares.Count;
        double root = Math.Sqrt(Math.Max(0, (first * first) - (4 * second * constant)));
        if (Slope > 0 && second > 0)
            return (expected, constant <= 0 ? 0 : (-first - root) / (2 * second), (-first + root) / (2 * second));
        bool mayRise = High > 0;
        double? earliest = !mayRise ? null : constant <= 0 ? 0 : second == 0 ? -constant / first : (-first - root) / (2 * second);
        return (expected, earliest, null);
    }

    /// <summary>Returns by how much the distances from the line walk in one unit, and the degrees of freedom of this.</summary>
    private static (double Variance, int Freedom) WalkOf(IReadOnlyList<double> x, double[] residues)
    {
        int count = residues.Length;
        (double near, double step) = Difference(1);
        if (count < 2 * Parts)
            return (step > 0 ? near / step : 0, count - 2);
        return (Math.Max(WalkOver(count / Parts), WalkOver(Math.Max(2, count / SmallerParts))), FreedomOfWalk);

        // The line has taken a part of the walk.
        double WalkOver(int lag)
        {
            (double far, double span) = Difference(lag);
            return span > step ? Math.Max(0, (far - near) / (span - step)) * count / (count - lag) : 0;
        }

        (double Square, double Span) Difference(int step)
        {
            double square = 0;
            double span = 0;
            for (int i = step; i < count; i++)
            {
                square += Squared(residues[i] - residues[i - step]);
                span += x[i] - x[i - step];
            }

            return (square / (count - step), span / (count - step));
        }
    }

    private static double Squared(double number) => number * number;

    private static double Quantile(int freedom) =>
        freedom <= Quantiles.Length ? Quantiles[freedom - 1] : NormalQuantile + ((Quantiles[^1] - NormalQuantile) * Quantiles.Length / freedom);
}
