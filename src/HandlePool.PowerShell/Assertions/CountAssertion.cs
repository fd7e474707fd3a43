using HandlePool.Text;

namespace HandlePool.PowerShell.Assertions;

/// <summary>Asserts how many handles a process holds.</summary>
internal sealed class CountAssertion : HandleAssertion
{
    private const string Kinds = "a process, as Get-HandleProcess writes it";

    private readonly HandleProcess _process;
    private readonly long? _exact;
    private readonly long? _most;
    private readonly long? _least;

    private CountAssertion(HandleProcess process, long? exact, long? most, long? least) =>
        (_process, _exact, _most, _least) = (process, exact, most, least);

    internal static CountAssertion Create(object? actual, object? expected, object? atMost, object? atLeast)
    {
        long? exact = AssertionInput.Number(expected, "The expected number");
        long? most = AssertionInput.Number(atMost, "-AtMost");
        long? least = AssertionInput.Number(atLeast, "-AtLeast");
        if (exact is null == (most is null && least is null))
            throw new MisuseException("Give either a number of handles, or -AtMost, -AtLeast or both.");
        if (least > most)
            throw new MisuseException($"-AtLeast is {least}, and -AtMost is {most}: no number is both. Swap them.");
        return AssertionInput.One(actual, Kinds) is HandleProcess process
            ? new CountAssertion(process, exact, most, least)
            : throw AssertionInput.NotOfKind(actual, Kinds);
    }

    private protected override Verdict Judge()
    {
        long count = _process.HandleCount;
        long? most = _exact ?? _most;
        bool holds = count >= (_exact ?? _least ?? 0) && count <= (most ?? count);
        string wanted = (_exact, _least, _most) switch
        {
            ({ } exact, _, _) => Phrase.Count(exact, "handle"),
            (_, { } least, { } upTo) => $"{least} to {Phrase.Count(upTo, "handle")}",
            (_, { } least, null) => $"at least {Phrase.Count(least, "handle")}",
            _ => $"at most {Phrase.Count(most!.Value, "handle")}",
        };
        return new Verdict(holds, AssertionText.Title(_process), $"hold {wanted}", $"it holds {count}", Explain(most))
        {
            Doubt = (most is { } limit ? count > limit : count >= _least) ? null : AssertionText.Doubt(_process.Session),
        };
    }

    private IEnumerable<string> Explain(long? most)
    {
        // The lowest unused handle is allocated first, so those that are too many are most likely the highest.
        HandleReference[] held = _process.GetReferences();
        if (held.Length > most)
            yield return $"{(most == 0 ? "Held" : $"Beyond the lowest {most}")}: {AssertionText.Handles(held[(int)most..])}";
        else if (held.Length > 0)
            yield return $"Held: {AssertionText.Handles(held)}";
        yield return AssertionText.LookFurther(AssertionText.For("Get-HandleReference", _process));
    }
}
