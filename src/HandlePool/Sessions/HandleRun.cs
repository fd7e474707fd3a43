namespace HandlePool;

/// <summary>Handles in use next to each other. Immutable.</summary>
/// <param name="First">The lowest of them.</param>
/// <param name="Last">The highest of them.</param>
public readonly record struct HandleRun(int First, int Last)
{
    /// <summary>How many there are, 1 or more.</summary>
    public int Length => Last - First + 1;

    /// <inheritdoc/>
    public override string ToString() => First == Last ? $"{First}" : $"{First}-{Last}";
}
