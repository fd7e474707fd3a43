namespace HandlePool;

/// <summary>Represents the number of objects of one kind that a driver has. Immutable.</summary>
/// <param name="Kind">The driver's word for the kind: <c>proc</c>, <c>thread</c>, <c>node</c>, <c>ref</c>, <c>death</c> and others.</param>
/// <param name="Active">The number that exist.</param>
/// <param name="Total">The number that have been created since the device started.</param>
public sealed record HandleObjectCount(string Kind, long Active, long Total)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Kind}: {Active} of {Total}";
}
