using HandlePool.Text;

namespace HandlePool.Gates;

/// <summary>Represents what a rule of a policy decided of a pair, a holder, an owner, or the handles of an interface. Immutable.</summary>
/// <remarks>All of it is text, numbers and times, so that CSV, JSON and copies tell the same.</remarks>
public sealed class HandleGrowthResult
{
    internal HandleGrowthResult()
    {
    }

    /// <summary>Gets the name of the rule.</summary>
    public string Rule { get; internal init; } = "";

    /// <summary>Gets what was decided.</summary>
    public HandleGrowthOutcome Outcome { get; internal init; }

    /// <summary>Gets the device: the name of the folder that has its dumps. Null if the dumps are not of a folder.</summary>
    public string? Device { get; internal init; }

    /// <summary>Gets the context of the holder; null if no process was found.</summary>
    public string? Context { get; internal init; }

    /// <summary>Gets the name of the holder, its pid if it has none, the pattern if no process was found, or <c>(all)</c>.</summary>
    public string Holder { get; internal init; } = "";

    /// <summary>Gets the pid of the holder in the last sample that shows it; null if holders are counted together or none was found.</summary>
    public int? HolderId { get; internal init; }

    /// <summary>Gets the name of the owner, its pid if it has none, the pattern if no process was found, <c>(dead)</c>, or <c>(all)</c>.</summary>
    public string Owner { get; internal init; } = "";

    /// <summary>Gets the pid of the owner in the last sample that shows it; null if owners are counted together or none was found.</summary>
    public int? OwnerId { get; internal init; }

    /// <summary>Gets the interface; null if handles are not judged by interface.</summary>
    public string? Interface { get; internal init; }

    /// <summary>Gets what was measured.</summary>
    public HandleGrowthMetric Metric { get; internal init; }

    /// <summary>Gets the unit of <see cref="Measured"/> and <see cref="Allowed"/>, such as <c>handles</c> or <c>handles per hour</c>.</summary>
    public string Unit { get; internal init; } = "";

    /// <summary>
    /// Gets what was measured: of a limit the highest count, of growth the slope of the line of best fit in the run of the processes that grew
    /// most. Null if nothing could be measured.
    /// </summary>
    public double? Measured { get; internal init; }

    /// <summary>Gets what is allowed, with the count that is accepted; null if the baseline does not tell it.</summary>
    public double? Allowed { get; internal init; }

    /// <summary>Gets the number of samples that were measured, without the warm-up.</summary>
    public int Samples { get; internal init; }

    /// <summary>Gets the name of the first sample that was measured; null if there is none.</summary>
    public string? FirstSample { get; internal init; }

    /// <summary>Gets the name of the last sample that was measured; null if there is none.</summary>
    public string? LastSample { get; internal init; }

    /// <summary>Gets the time of the first sample that was measured; null if it is unknown.</summary>
    public DateTimeOffset? FirstTime { get; internal init; }

    /// <summary>Gets the time of the last sample that was measured; null if it is unknown.</summary>
    public DateTimeOffset? LastTime { get; internal init; }

    /// <summary>Gets the first count that was measured.</summary>
    public double? FirstCount { get; internal init; }

    /// <summary>Gets the last count that was measured.</summary>
    public double? LastCount { get; internal init; }

    /// <summary>Gets a sentence with the counts, or with the reason why nothing could be decided.</summary>
    public string Evidence { get; internal init; } = "";

    /// <summary>Gets the file that shows it: that of the highest count, or of the end of the growth. Null if it is not from a file.</summary>
    public string? Path { get; internal init; }

    /// <summary>Gets the line in that file on which the process begins, from 1; null if it is unknown.</summary>
    public long? Line { get; internal init; }

    /// <summary>Gets the file of the policy; null if the policy is not from a file.</summary>
    public string? PolicyPath { get; internal init; }

    /// <summary>Gets the line of the policy on which the rule begins, from 1; null if it is unknown.</summary>
    public long? PolicyLine { get; internal init; }

    /// <inheritdoc/>
    public override string ToString() => $"{Outcome}: {VisibleText.Name(Rule)}: {Holder} -> {Interface ?? Owner}: "
        + (Measured is { } measured ? $"{GateWords.Number(measured)} {Unit}" : Evidence);
}
