using System.Globalization;
using HandlePool.Analysis;

namespace HandlePool.Tests.Analysis;

/// <summary>How often the ranges of forecasts cover the truth, on series made up from seeds, whose truth is known.</summary>
public sealed class TrendLineTests(ITestOutputHelper output)
{
    private const int Series = 300;
    private const double PerStep = 4;

    /// <summary>Leaks that add up by chance, with bursts, with a steadier gain, counts around a line, and both.</summary>
    public enum Course
    {
        Poisson,
        Bursts,
        Walk,
        AroundLine,
        Both,
        GarbageCollected,
    }

    [Theory]
    [InlineData(Course.Poisson, 4, 0.85)]
    [InlineData(Course.Poisson, 12, 0.8)]
    [InlineData(Course.Poisson, 30, 0.88)]
    [InlineData(Course.Poisson, 100, 0.88)]
    [InlineData(Course.Bursts, 30, 0.85)]
    [InlineData(Course.Bursts, 100, 0.88)]
    [InlineData(Course.Walk, 30, 0.82)]
    [InlineData(Course.Walk, 100, 0.88)]
    [InlineData(Course.AroundLine, 12, 0.88)]
    [InlineData(Course.AroundLine, 100, 0.88)]
    [InlineData(Course.Both, 30, 0.86)]
    [InlineData(Course.Both, 100, 0.86)]
    [InlineData(Course.GarbageCollected, 30, 0.95)]
    [InlineData(Course.GarbageCollected, 100, 0.95)]
    public void The_range_of_a_rate_covers_the_truth_about_nine_times_in_ten(Course course, int counts, double least)
    {
        int covered = 0;
        int usual = 0;
        for (int seed = 0; seed < Series; seed++)
        {
            int[] series = Make(course, counts, new Random(seed));
            TrendLine line = TrendLine.Of(Places(counts), series)!.Value;
            covered += line.Low <= PerStep && PerStep <= line.High ? 1 : 0;
            usual += IsInUsualRange(series, line.Slope) ? 1 : 0;
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{course} {counts}: {covered / (double)Series:P0}; least squares alone {usual / (double)Series:P0}"));
        Assert.InRange(covered / (double)Series, least, 1);
    }

    [Theory]
    [InlineData(Course.Poisson, 12, 0.8)]
    [InlineData(Course.Poisson, 30, 0.88)]
    [InlineData(Course.Poisson, 100, 0.88)]
    [InlineData(Course.Bursts, 100, 0.85)]
    [InlineData(Course.Walk, 100, 0.85)]
    [InlineData(Course.AroundLine, 100, 0.86)]
    [InlineData(Course.Both, 100, 0.86)]
    public void The_range_of_a_time_covers_when_the_limit_was_reached(Course course, int counts, double least)
    {
        int covered = 0;
        List<double> widths = [];
        for (int seed = 0; seed < Series; seed++)
        {
            int[] whole = Make(course, (5 * counts) + 200, new Random(seed));
            int left = (int)(1.5 * counts * PerStep) + 20;
            int limit = whole[counts - 1] + left;
            int reached = Array.FindIndex(whole, counts, count => count >= limit) - counts + 1;
            (double? expected, double? earliest, double? latest) = TrendLine.Of(Places(counts), whole[..counts])!.Value.Until(left);
            bool isCovered = earliest is { } first && reached >= first - 0.5 && !(latest < reached - 1);
            covered += isCovered ? 1 : 0;
            if (latest is { } last && expected is { } middle)
                widths.Add((last - earliest!.Value) / middle);
        }

        widths.Sort();
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{course} {counts}: {covered / (double)Series:P0}, {widths.Count / (double)Series:P0} end, half of these within {(widths.Count == 0 ? 0 : widths[widths.Count / 2]):F2} of the time"));
        Assert.InRange(covered / (double)Series, least, 1);
    }

    [Fact]
    public void A_line_without_noise_has_no_range()
    {
        TrendLine line = TrendLine.Of([0, 1, 2, 5], [10, 20, 30, 60])!.Value;

        Assert.Equal((10, 10, 10), (line.Slope, line.Low!.Value, line.High!.Value));
        Assert.Equal((5, 5, 5), line.Until(50));
    }

    [Fact]
    public void Two_counts_have_a_rate_and_no_range()
    {
        TrendLine line = TrendLine.Of([0, 2], [10, 20])!.Value;

        Assert.Equal((5, null, null), (line.Slope, line.Low, line.High));
        Assert.Equal((4, null, null), line.Until(20));
        Assert.Null(TrendLine.Of([0], [10]));
        Assert.Null(TrendLine.Of([1, 1, 1], [10, 20, 30]));
    }

    [Fact]
    public void Counts_that_do_not_rise_reach_nothing()
    {
        Assert.Equal((null, null, null), TrendLine.Of([0, 1, 2, 3], [40, 30, 20, 10])!.Value.Until(100));
        Assert.Equal((null, null, null), TrendLine.Of([0, 1, 2, 3], [40, 40, 40, 40])!.Value.Until(100));
        (double? expected, double? earliest, double? latest) = TrendLine.Of([0, 1, 2, 3], [40, 90, 20, 40])!.Value.Until(100);
        Assert.Null(expected);
        Assert.NotNull(earliest);
        Assert.Null(latest);
    }

    private static double[] Places(int counts) => [.. Enumerable.Range(0, counts).Select(index => (double)index)];

    private static int[] Make(Course course, int counts, Random random)
    {
        double sum = 200;
        int[] series = new int[counts];
        for (int i = 0; i < counts; i++)
        {
            sum += course switch
            {
                Course.Bursts => random.Next(5) == 0 ? 5 * PerStep : 0,
                Course.Walk => PerStep + (3 * PerStep * Normal(random)),
                Course.Poisson or Course.Both => Enumerable.Range(0, 20).Count(_ => random.NextDouble() < PerStep / 20),
                _ => PerStep,
            };
            series[i] = (int)Math.Round(sum + course switch
            {
                Course.AroundLine => 15 * Normal(random),
                Course.Both => 10 * Normal(random),
                Course.GarbageCollected => ((i * 7) + random.Next(20)) % 60,
                _ => 0,
            });
        }

        return series;
    }

    private static bool IsInUsualRange(int[] series, double slope)
    {
        double mean = (series.Length - 1) / 2.0;
        double average = series.Average();
        double sum = series.Select((count, index) => count - average - (slope * (index - mean))).Sum(residue => residue * residue);
        double squares = series.Select((_, index) => (index - mean) * (index - mean)).Sum();
        double quantile = series.Length switch { 4 => 2.920, 12 => 1.812, 30 => 1.701, _ => 1.66 };
        return Math.Abs(slope - PerStep) <= quantile * Math.Sqrt(sum / (series.Length - 2) / squares);
    }

    private static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
