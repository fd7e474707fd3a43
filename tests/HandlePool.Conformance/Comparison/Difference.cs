namespace HandlePool.Conformance;

/// <summary>Represents a place where the driver and the model disagree.</summary>
/// <param name="Step">The line of the scenario, or 0 if it is about the whole.</param>
/// <param name="Row">The number of the row, or 0.</param>
/// <param name="Kind">What it is about: two differences of a kind have the same command or the same message.</param>
/// <param name="Text">What each of them says.</param>
internal sealed record Difference(int Step, int Row, string Kind, string Text)
{
    public override string ToString() => Row == 0 ? Text : $"row {Row} (step {Step}): {Text}";
}
