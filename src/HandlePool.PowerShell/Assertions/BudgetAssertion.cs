using HandlePool.Analysis;
using HandlePool.PowerShell.Binding;
using HandlePool.Text;

namespace HandlePool.PowerShell.Assertions;

/// <summary>Asserts that no pair of holder and owner has more handles than a limit.</summary>
internal sealed class BudgetAssertion : HandleAssertion
{
    private const string Kinds = "a session, as Get-HandleSession and Import-HandleDump write it";

    private readonly HandleSession _session;
    private readonly long _limit;
    private readonly HashSet<HandleProcess>? _holders;
    private readonly HashSet<HandleProcess>? _owners;

    private BudgetAssertion(HandleSession session, long limit, HashSet<HandleProcess>? holders, HashSet<HandleProcess>? owners) =>
        (_session, _limit, _holders, _owners) = (session, limit, holders, owners);

    internal static BudgetAssertion Create(object? actual, object? expected, object? holder, object? owner)
    {
        long limit = AssertionInput.Number(expected, "The budget") ?? throw new MisuseException("No budget was given. Give the greatest number of handles that a pair may have.");
        return AssertionInput.One(actual, Kinds) is HandleSession session
            ? new BudgetAssertion(session, limit, AssertionInput.Processes(holder, session), AssertionInput.Processes(owner, session))
            : throw AssertionInput.NotOfKind(actual, Kinds);
    }

    private protected override Verdict Judge()
    {
        IReadOnlyList<HandleUsage> pairs = UsageMeasurement.Measure(_session, HandleUsageGrouping.Pair,
            (holder, owner) => _holders?.Contains(holder) != false && (_owners is null || (owner is not null && _owners.Contains(owner))));
        HandleUsage[] over = [.. pairs.TakeWhile(pair => pair.Handles > _limit)];
        string actual = over.Length > 0 ? $"{Phrase.Count(over.Length, "pair has", "pairs have")} more"
            : pairs.Count > 0 ? $"the largest, {AssertionText.Pair(pairs[0])}, has {pairs[0].Handles}"
            : "there is no such pair";
        return new Verdict(over.Length == 0, AssertionText.Title(_session), $"be within a budget of {Phrase.Count(_limit, "handle")} for each pair of holder and owner", actual,
            Explain(over))
        {
            Doubt = over.Length > 0 ? null : AssertionText.Doubt(_session),
        };
    }

    private IEnumerable<string> Explain(HandleUsage[] over)
    {
        foreach (string line in AssertionText.SomeLines(over, pair => $"{AssertionText.Pair(pair)} has {pair.Handles}, {pair.Handles - _limit} too many: {Beyond(pair)}", "pair"))
            yield return line;
        string session = AssertionText.In(_session);
        yield return AssertionText.LookFurther($"Measure-HandleUsage{session} | Where-Object Handles -GT {_limit}", $"Find-HandleLeak{session}");
    }

    private string Beyond(HandleUsage pair)
    {
        HandleReference[] held = [.. new UsageRow(pair).FindReferences()];
        return held.Length <= _limit ? "their handles are unknown" : AssertionText.Handles(held[(int)_limit..]);
    }
}
