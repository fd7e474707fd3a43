namespace HandlePool;

/// <summary>Represents a run of consecutive handles. Immutable.</summary>
/// <param name="First">The lowest handle.</param>
/// <param name="Last">The highest handle.</param>
public readonly record struct HandleRun(int First, int Last)
{
    /// <summary>Gets the number of handles, at least 1.</summary>
    public int Length => Last - First + 1;

    /// <inheritdoc/>
    public override string ToString() => First == Last ? $"{First}" : $"{First}-{Last}";
}
