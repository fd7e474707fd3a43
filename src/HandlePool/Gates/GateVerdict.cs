namespace HandlePool.Gates;

/// <summary>Represents what was decided of a subject, and by which samples.</summary>
internal sealed record GateVerdict(HandleGrowthOutcome Outcome, string Evidence)
{
    internal double? Measured { get; init; }

    internal double? Allowed { get; init; }

    internal int Samples { get; init; }

    /// <summary>Gets the index of the first sample that was measured; null if there is none.</summary>
    internal int? First { get; init; }

    internal int? Last { get; init; }

    internal double? FirstCount { get; init; }

    internal double? LastCount { get; init; }

    /// <summary>Gets the index of the sample that shows it best.</summary>
    internal int? Shown { get; init; }

    /// <summary>Gets whether too few samples tell the count.</summary>
    internal bool IsTooShort { get; init; }
}
