namespace HandlePool.Benchmarks.Comparisons;

/// <summary>A number to reach, and what was measured.</summary>
/// <param name="What">What is compared with what.</param>
/// <param name="Target">The number to reach, in words; null if the row is there to be known only.</param>
/// <param name="Measured">What was measured, in words; if it could not be, why.</param>
/// <param name="IsMet">Whether the number was reached; null if nothing was measured, or there is none to reach.</param>
/// <param name="Detail">What the measured number was made of.</param>
internal sealed record Comparison(string What, string? Target, string Measured, bool? IsMet, string Detail = "")
{
    internal string Verdict => (Target, IsMet) switch
    {
        (null, _) => "for comparison",
        (_, null) => "not measured",
        (_, true) => "met",
        (_, false) => "MISSED",
    };

    internal static Comparison NotMeasured(string what, string target, string reason) => new(what, target, reason, null);
}
