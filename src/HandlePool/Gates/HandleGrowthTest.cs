namespace HandlePool.Gates;

/// <summary>Represents what the rules of a policy decided of a series. Immutable.</summary>
public sealed class HandleGrowthTest
{
    internal HandleGrowthTest(IReadOnlyList<HandleGrowthResult> results, IReadOnlyList<HandleSession> samples, IReadOnlyList<string> notes) =>
        (Results, Samples, Notes) = (results, samples, notes);

    /// <summary>Gets the results by rule, of each those that failed first, then those that could not be decided.</summary>
    public IReadOnlyList<HandleGrowthResult> Results { get; }

    /// <summary>Gets the samples that were measured, in order.</summary>
    public IReadOnlyList<HandleSession> Samples { get; }

    /// <summary>Gets remarks: samples that were sorted or left out, what was not judged, and what a policy ignores and no sample has.</summary>
    public IReadOnlyList<string> Notes { get; }

    /// <summary>Gets the outcome of all: <c>Failed</c> if one failed, otherwise <c>Undecidable</c> if one is, otherwise <c>Passed</c>.</summary>
    public HandleGrowthOutcome Outcome => Results.Any(result => result.Outcome == HandleGrowthOutcome.Failed) ? HandleGrowthOutcome.Failed
        : Results.All(result => result.Outcome == HandleGrowthOutcome.Passed) ? HandleGrowthOutcome.Passed
        : HandleGrowthOutcome.Undecidable;
}
