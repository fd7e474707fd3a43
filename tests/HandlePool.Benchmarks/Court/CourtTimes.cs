namespace HandlePool.Benchmarks.Court;

/// <summary>What a side took per operation at a number of live IDs, round by round.</summary>
internal sealed class CourtTimes(string name, int live)
{
    internal string Name { get; } = name;

    internal int Live { get; } = live;

    internal List<double> Append { get; } = [];

    internal List<double> Churn { get; } = [];

    internal List<double> Drain { get; } = [];

    /// <summary>The larger ratio of the third to the first quartile of appending and churning.</summary>
    internal double Spread => Math.Max(SpreadOf(Append), SpreadOf(Churn));

    internal void Add(double append, double churn, double drain)
    {
        Append.Add(append);
        Churn.Add(churn);
        Drain.Add(drain);
    }

    private static double SpreadOf(List<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted[sorted.Length * 3 / 4] / sorted[sorted.Length / 4];
    }
}
