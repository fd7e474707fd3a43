using HandlePool.Analysis;

namespace HandlePool.Benchmarks.Leaks;

/// <summary>Prints how well leaks are found on phones made up from seeds, by kind.</summary>
internal static class LeakTable
{
    /// <summary>Gets the numbers of processes that are measured by default.</summary>
    internal static IReadOnlyList<int> Sizes { get; } = [9, 14, 20, 30, 55, 120, 300, 600];

    /// <summary>Prints the table.</summary>
    /// <param name="output">The destination.</param>
    /// <param name="firstSeed">The first seed.</param>
    /// <param name="seeds">The number of seeds, each of which gives a device of each kind and size.</param>
    /// <param name="sizes">The numbers of processes.</param>
    internal static void Print(TextWriter output, int firstSeed, int seeds, IReadOnlyList<int> sizes)
    {
        output.WriteLine($"Seeds {firstSeed} to {firstSeed + seeds - 1}, {string.Join(", ", sizes)} processes; leaks of 301 handles or more.");
        output.WriteLine();
        Head(output, "kind");
        LeakScores healthy = new();
        LeakScores guilty = new();
        LeakScores[] bySize = [.. sizes.Select(_ => new LeakScores())];
        foreach (LeakCaseKind kind in Enum.GetValues<LeakCaseKind>())
        {
            LeakScores scores = new();
            for (int index = 0; index < sizes.Count; index++)
            {
                LeakScores ofSize = new();
                for (int seed = firstSeed; seed < firstSeed + seeds; seed++)
                {
                    LeakCase device = LeakCase.Create(kind, seed, sizes[index]);
                    ofSize.Add(device, LeakFinder.Find(device.Sessions).Suspects);
                }

                scores.Add(ofSize);
                bySize[index].Add(ofSize);
            }

            (scores.Leaks == 0 ? healthy : guilty).Add(scores);
            Row(output, kind.ToString(), scores);
        }

        Row(output, "All healthy", healthy);
        Row(output, "All guilty", guilty);
        output.WriteLine();
        Head(output, "processes");
        for (int index = 0; index < sizes.Count; index++)
            Row(output, $"{sizes[index]}", bySize[index]);
    }

    private static void Head(TextWriter output, string first)
    {
        output.WriteLine($"| {first} | devices | nobody accused wrongly | suspects | precision | leaks | recall |");
        output.WriteLine("| --- | ---: | ---: | ---: | ---: | ---: | ---: |");
    }

    private static void Row(TextWriter output, string name, LeakScores scores)
    {
        string precision = scores.Suspects == 0 ? "" : $"{scores.Precision:0.000}";
        string recall = scores.Leaks == 0 ? "" : $"{scores.Recall:0.000}";
        output.WriteLine($"| {name} | {scores.Devices:N0} | {scores.CleanShare:0.000} | {scores.Suspects:N0} | {precision} | {scores.Leaks:N0} | {recall} |");
    }
}
