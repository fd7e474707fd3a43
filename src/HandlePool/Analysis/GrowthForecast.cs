namespace HandlePool.Analysis;

/// <summary>Represents the line of best fit through the counts of a series, and when it reaches a limit.</summary>
/// <remarks>
/// Least squares; the range is the 90% confidence interval of the slope (Student's t). Two points always fit, so they have no range.
/// </remarks>
internal sealed class GrowthForecast
{
    // Of Student's t, 95% lie below these, for 1 to 30 degrees of freedom.
    private static readonly double[] Quantiles =
    [
        6.314, 2.920, 2.353, 2.132, 2.015, 1.943, 1.895, 1.860, 1.833, 1.812, 1.796, 1.782, 1.771, 1.761, 1.753,
        1.746, 1.740, 1.734, 1.729, 1.725, 1.721, 1.717, 1.714, 1.711, 1.708, 1.706, 1.703, 1.701, 1.699, 1.697,
    ];

    private const double NormalQuantile = 1.645;

    internal GrowthForecast(IReadOnlyList<int> counts, IReadOnlyList<double>? hours, HandleLimit? limit)
    {
        PerDump = Slope.Of([.. Enumerable.Range(0, counts.Count).Select(index => (double)index)], counts) ?? default;
        PerHour = hours is null ? null : Slope.Of(hours, counts);
        Limit = limit;
        if (limit is not null && counts[^1] < limit.Handles)
            Left = limit.Handles - counts[^1];
    }

    /// <summary>Gets the growth per dump.</summary>
    internal Slope PerDump { get; }

    /// <summary>Gets the growth per hour; null if a time is unknown.</summary>
    internal Slope? PerHour { get; }

    internal HandleLimit? Limit { get; }

    /// <summary>Gets the number of handles until the limit; null if there is none, or if it is reached.</summary>
    internal int? Left { get; }

    internal double? DumpsToLimit => Dumps(PerDump.Value);

    internal double? EarliestDumpsToLimit => Dumps(PerDump.High);

    internal double? LatestDumpsToLimit => Dumps(PerDump.Low);

    internal TimeSpan? TimeToLimit => Time(PerHour?.Value);

    internal TimeSpan? EarliestTimeToLimit => Time(PerHour?.High);

    internal TimeSpan? LatestTimeToLimit => Time(PerHour?.Low);

    private double? Dumps(double? perDump) => perDump is > 0 ? Left / perDump : null;

    private TimeSpan? Time(double? perHour) =>
        perHour is > 0 && Left / perHour < TimeSpan.MaxValue.TotalHours / 2 ? TimeSpan.FromHours(Left!.Value / perHour.Value) : null;

    private static double Quantile(int freedom) =>
        freedom <= Quantiles.Length ? Quantiles[freedom - 1] : NormalQuantile + ((Quantiles[^1] - NormalQuantile) * Quantiles.Length / freedom);

    /// <summary>Represents a slope and its range, which is null for two points.</summary>
    internal readonly record struct Slope(double Value, double? Low, double? High)
    {
        /// <summary>Returns the slope of the least-squares fit; null if all points are at the same place.</summary>
        internal static Slope? Of(IReadOnlyList<double> x, IReadOnlyList<int> y)
        {
            double meanX = x.Average();
            double meanY = y.Average();
            double products = 0;
            double squares = 0;
            for (int i = 0; i < x.Count; i++)
            {
                products += (x[i] - meanX) * (y[i] - meanY);
                squares += (x[i] - meanX) * (x[i] - meanX);
            }

            if (!(squares > 0))
                return null;
            double slope = products / squares;
            int freedom = x.Count - 2;
            if (freedom == 0)
                return new Slope(slope, null, null);

            double residues = 0;
            for (int i = 0; i < x.Count; i++)
            {
                double residue = y[i] - meanY - (slope * (x[i] - meanX));
                residues += residue * residue;
            }

            double range = Quantile(freedom) * Math.Sqrt(residues / freedom / squares);
            return new Slope(slope, slope - range, slope + range);
        }
    }
}
