using System.Globalization;

namespace HandlePool.Analysis;

/// <summary>Represents one sign of a leak: the count, and the threshold that it reaches. Immutable.</summary>
/// <param name="Kind">The kind of sign.</param>
/// <param name="Measured">The count: of handles, or of those that the kind is about; for <see cref="HandleLeakKind.Growth"/>, the growth
/// over the series.</param>
/// <param name="Usual">The median of its peers, without the suspect itself; null if it has fewer than three, or if peers do not matter
/// to the kind.</param>
/// <param name="Threshold">The least count that is suspicious.</param>
/// <param name="Basis">The source of the threshold.</param>
public sealed record HandleLeakSign(HandleLeakKind Kind, int Measured, int? Usual, double Threshold, HandleLeakBasis Basis)
{
    /// <summary>Gets the count as a multiple of the threshold, 1 or more.</summary>
    public double Score => Measured / Threshold;

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Kind} {Measured} of {Math.Ceiling(Threshold):0} ({Basis})");
}

/// <summary>Specifies the source of a threshold: the highest of several that apply.</summary>
public enum HandleLeakBasis
{
    /// <summary>The minimum that was asked for.</summary>
    Minimum,

    /// <summary>The counts of healthy phones.</summary>
    HealthyPhones,

    /// <summary>The peers in the same session.</summary>
    Peers,

    /// <summary>The baseline of healthy dumps that was given.</summary>
    Baseline,

    /// <summary>One of Android's limits.</summary>
    Limit,
}
