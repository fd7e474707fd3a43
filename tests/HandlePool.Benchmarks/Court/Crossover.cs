using System.Globalization;

namespace HandlePool.Benchmarks.Court;

/// <summary>The number of live IDs from which one side is faster than another to the end.</summary>
internal sealed record Crossover(string Winner, string Loser, double Median, double Low, double High)
{
    /// <summary>Finds it; null if the same side is faster at the first and the last size in most rounds.</summary>
    internal static Crossover? Find(CourtTimes[] first, CourtTimes[] second, Func<CourtTimes, List<double>> select)
    {
        int count = Math.Min(first.Length, second.Length);
        int rounds = select(first[0]).Count;
        List<double> up = [], down = [];
        for (int round = 0; round < rounds; round++)
        {
            double[] logs = [.. Enumerable.Range(0, count).Select(i => Math.Log(select(first[i])[round] / select(second[i])[round]))];
            if (logs[0] < 0 == logs[^1] < 0)
                continue;

            // The last change of sign, between two sizes on a logarithmic scale.
            int at = count - 1;
            while (logs[at - 1] < 0 == logs[^1] < 0)
                at--;
            double share = logs[at - 1] / (logs[at - 1] - logs[at]);
            double size = Math.Exp(Math.Log(first[at - 1].Live) + (share * (Math.Log(first[at].Live) - Math.Log(first[at - 1].Live))));
            (logs[^1] < 0 ? up : down).Add(size);
        }

        List<double> sizes = up.Count >= down.Count ? up : down;
        if (2 * sizes.Count <= rounds)
            return null;
        sizes.Sort();
        (string winner, string loser) = sizes == up ? (first[0].Name, second[0].Name) : (second[0].Name, first[0].Name);
        return new Crossover(winner, loser, sizes[sizes.Count / 2], sizes[sizes.Count / 4], sizes[sizes.Count * 3 / 4]);
    }

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Winner} overtakes {Loser} at {Median:N0} ({Low:N0} to {High:N0})");
}
