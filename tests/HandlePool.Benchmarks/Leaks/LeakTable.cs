using HandlePool.Analysis;

namespace HandlePool.Benchmarks.Leaks;

/// <summary>Prints how well leaks are found on phones made up from seeds, by kind.</summary>
internal static class LeakTable
{
    private static readonly int[] Sizes = [20, 55, 120, 300, 600];

    /// <summary>Prints the table.</summary>
    /// <param name="output">The destination.</param>
    /// <param name="firstSeed">The first seed.</param>
    /// <param name="seeds">The number of seeds, each of which gives a device of each kind and size.</param>
    internal static void Print(TextWriter output, int firstSeed, int seeds)
    {
        output.WriteLine($"Seeds {firstSeed} to {firstSeed + seeds - 1}, {string.Join(", ", Sizes)} processes; leaks of 301 handles or more.");
        output.WriteLine();
        output.WriteLine("| kind | devices | without a false suspect | suspects | right | leaks | found |");
        output.WriteLine("| --- | ---: | ---: | ---: | ---: | ---: | ---: |");
        LeakScores healthy = new();
        LeakScores guilty = new();
        foreach (LeakCaseKind kind in Enum.GetValues<LeakCaseKind>())
        {
            LeakScores scores = new();
            foreach (int size in Sizes)
            {
                for (int seed = firstSeed; seed < firstSeed + seeds; seed++)
                {
                    LeakCase device = LeakCase.Create(kind, seed, size);
                    IReadOnlyList<HandleLeakSuspect> suspects = LeakFinder.Find(device.Sessions).Suspects;
                    scores.Add(device, suspects);
                    if (Environment.GetEnvironmentVariable("LEAKS_VERBOSE") is not null) Explain(output, device, suspects, seed, size);
                }
            }

            (scores.Leaks == 0 ? healthy : guilty).Add(scores);
            Row(output, kind.ToString(), scores);
        }

        Row(output, "all healthy", healthy);
        Row(output, "all guilty", guilty);
    }

    private static void Explain(TextWriter output, LeakCase device, IReadOnlyList<HandleLeakSuspect> suspects, int seed, int size)
    {
        foreach (var leak in device.Leaks.Where(l => !suspects.Any(s => (s.Holder is null || s.HolderName == l.Key.Holder) && (s.Owner is null || s.OwnerName == l.Key.Owner))))
            output.WriteLine($"MISS {device.Kind} seed {seed} size {size}: {leak.Key} {leak.Value}");
        foreach (var s in suspects.Where(s => !device.Leaks.Keys.Any(l => (s.Holder is null || s.HolderName == l.Holder) && (s.Owner is null || s.OwnerName == l.Owner))))
            output.WriteLine($"FALSE {device.Kind} seed {seed} size {size}: {string.Join("; ", s.Signs)} {string.Join(",", s.Counts)} {s.Reason}");
    }

    private static void Row(TextWriter output, string name, LeakScores scores) => output.WriteLine(
        $"| {name} | {scores.Devices:N0} | {scores.CleanShare:0.000} | {scores.Suspects:N0} | {scores.Precision:0.000} | {scores.Leaks:N0} | {scores.Recall:0.000} |");
}
