using System.Globalization;
using System.Runtime.InteropServices;

namespace HandlePool.Benchmarks.Comparisons;

/// <summary>All numbers to reach, each measured as a ratio within this run and printed as soon as it is known.</summary>
internal sealed class ComparisonRun(TextWriter output)
{
    private readonly List<Comparison> _rows = [];

    internal void Run()
    {
        output.WriteLine($"{RuntimeInformation.FrameworkDescription}, {RuntimeInformation.RuntimeIdentifier}, "
            + $"{Environment.ProcessorCount} processors.");
        output.WriteLine("The two sides of a ratio are measured by turns; it is the median over the rounds, with the middle half in "
            + "brackets.");
        foreach (IEnumerable<Comparison> group in new[]
        {
            AllocatorComparisons.Measure(),
            RangeComparisons.Measure(),
            MemoryComparisons.Measure(),
            PowerShellComparisons.Measure(),
        })
        {
            output.WriteLine();
            foreach (Comparison row in group)
                Print(row);
        }

        output.WriteLine();
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{CountOf("met")} met, {CountOf("MISSED")} missed, {CountOf("not measured")} not measured."));
    }

    private int CountOf(string verdict) => _rows.Count(row => row.Verdict == verdict);

    private void Print(Comparison row)
    {
        _rows.Add(row);
        output.WriteLine($"{row.Verdict,-15} {row.What}");
        output.WriteLine($"{"",-15} {(row.Target is null ? "" : $"target {row.Target}: ")}{row.Measured}");
        if (row.Detail.Length > 0)
            output.WriteLine($"{"",-15} {row.Detail}");
        output.Flush();
    }
}
