using HandlePool.Analysis;
using HandlePool.Benchmarks.Leaks;

namespace HandlePool.Tests.Analysis;

/// <summary>Holds the floor under precision and recall, on a small part of what the benchmarks measure.</summary>
public class LeakCorpusTests
{
    private const int Seed = 7;

    private static readonly int[] Sizes = [20, 55, 120];

    [Fact]
    public void Healthy_phones_have_no_suspects_and_leaks_of_300_handles_are_found()
    {
        LeakScores healthy = new();
        LeakScores guilty = new();
        List<string> wrong = [];
        foreach (LeakCaseKind kind in Enum.GetValues<LeakCaseKind>())
        {
            foreach (int size in Sizes)
            {
                LeakCase device = LeakCase.Create(kind, Seed, size);
                LeakScores scores = new();
                scores.Add(device, LeakFinder.Find(device.Sessions).Suspects);
                (scores.Leaks == 0 ? healthy : guilty).Add(scores);
                if (scores.Found < scores.Leaks || scores.Accused > 0)
                    wrong.Add($"{kind} of {size} processes: {scores.Found} of {scores.Leaks} leaks found, {scores.Suspects - scores.Right} suspects wrong");
            }
        }

        string report = $"Seed {Seed}: {string.Join("; ", wrong)}";
        Assert.True(healthy.CleanShare >= 0.98, report);
        Assert.True(guilty.Precision >= 0.95, report);
        Assert.True(guilty.Recall >= 0.95, report);
    }
}
