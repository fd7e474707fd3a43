using System.Diagnostics;
using System.Globalization;

namespace HandlePool.Benchmarks.Comparisons;

/// <summary>Two sides measured by turns, so that what else the machine does weighs on both.</summary>
internal sealed class PairedMeasurement
{
    private readonly double[] _ratios;
    private readonly double[] _differences;
    private readonly double[] _slow;
    private readonly double[] _fast;

    internal PairedMeasurement(IEnumerable<double> slow, IEnumerable<double> fast)
    {
        _ratios = [.. slow.Zip(fast, (a, b) => a / b).Order()];
        _differences = [.. slow.Zip(fast, (a, b) => a - b).Order()];
        _slow = [.. slow.Order()];
        _fast = [.. fast.Order()];
    }

    /// <summary>Joins measurements of the same two sides, so that the medians are over the rounds of all.</summary>
    internal PairedMeasurement(IReadOnlyCollection<PairedMeasurement> parts)
    {
        _ratios = [.. parts.SelectMany(part => part._ratios).Order()];
        _differences = [.. parts.SelectMany(part => part._differences).Order()];
        _slow = [.. parts.SelectMany(part => part._slow).Order()];
        _fast = [.. parts.SelectMany(part => part._fast).Order()];
    }

    /// <summary>The median over the rounds of what the first side took, divided by what the second took.</summary>
    internal double Ratio => At(_ratios, 0.5);

    /// <summary>The median over the rounds of what the first side took more than the second.</summary>
    internal double Difference => At(_differences, 0.5);

    internal double MedianOfFirst => At(_slow, 0.5);

    internal double MedianOfSecond => At(_fast, 0.5);

    internal double LeastOfFirst => _slow[0];

    internal double LeastOfSecond => _fast[0];

    internal string DifferenceSpread => $"{Number(At(_differences, 0.25))} to {Number(At(_differences, 0.75))}";

    internal string RatioWithSpread =>
        string.Create(CultureInfo.InvariantCulture, $"{Number(Ratio)}x ({Number(At(_ratios, 0.25))} to {Number(At(_ratios, 0.75))})");

    /// <summary>Measures.</summary>
    /// <param name="first">Does one batch and says what it took.</param>
    /// <param name="second">Likewise; any unit, but the same.</param>
    /// <param name="rounds">How often each of them is measured.</param>
    /// <param name="warmUp">For how long both are run before, so that the runtime has compiled them at its best.</param>
    internal static PairedMeasurement Run(Func<double> first, Func<double> second, int rounds, TimeSpan warmUp)
    {
        long start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start) < warmUp)
        {
            first();
            second();
        }

        double[] firsts = new double[rounds], seconds = new double[rounds];
        for (int round = 0; round < rounds; round++)
        {
            // Neither side always finds the caches as the other has left them.
            bool isEven = (round & 1) == 0;
            if (isEven)
                firsts[round] = first();
            seconds[round] = second();
            if (!isEven)
                firsts[round] = first();
        }

        return new PairedMeasurement(firsts, seconds);
    }

    internal static string Number(double value) =>
        value.ToString(value < 10 ? "N2" : value < 100 ? "N1" : "N0", CultureInfo.InvariantCulture);

    private static double At(double[] sorted, double share) => sorted[(int)(share * (sorted.Length - 1))];
}
