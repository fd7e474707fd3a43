using System.Management.Automation;
using HandlePool.Text;

namespace HandlePool.PowerShell.Assertions;

/// <summary>Asserts that a script block leaves all references as they were: handles, nodes and counts.</summary>
internal sealed class ReleaseAssertion : HandleAssertion
{
    private const string Kinds = "a script block";

    private readonly ReferenceSnapshot _before;

    private ReleaseAssertion(ScriptBlock block, ReferenceSnapshot before)
        : base(block) => _before = before;

    internal static ReleaseAssertion Create(object? actual, object? process, object? session) => AssertionInput.One(actual, Kinds) is ScriptBlock block
        ? new ReleaseAssertion(block, ReferenceSnapshot.Take(process, session))
        : throw AssertionInput.NotOfKind(actual, Kinds);

    private protected override Verdict Judge()
    {
        List<ReferenceChange> changes = _before.FindChanges();
        int held = changes.Sum(change => change.Added.Count);
        int dropped = changes.Sum(change => change.Removed.Count);
        int counted = changes.Sum(change => change.Counted.Count);
        List<string> differences = [];
        if (held > 0)
            differences.Add($"{Phrase.Count(held, "handle is", "handles are")} still held");
        if (counted > 0)
            differences.Add($"{Phrase.Count(counted, "handle has", "handles have")} other counts");
        if (dropped > 0)
            differences.Add($"{Phrase.Count(dropped, "handle that was held before is", "handles that were held before are")} gone");
        return new Verdict(changes.Count == 0, "the script block", $"release all handles that it takes in {_before.Scope}",
            changes.Count == 0 ? "all references are as before" : string.Join(", ", differences), Explain(changes));
    }

    private static IEnumerable<string> Explain(List<ReferenceChange> changes)
    {
        foreach (string line in AssertionText.SomeLines(changes, Describe, "process", "processes"))
            yield return line;
        if (changes.Count > 0)
            yield return AssertionText.LookFurther(AssertionText.For("Get-HandleReference", changes[0].Process));
    }

    private static string Describe(ReferenceChange change)
    {
        List<string> parts = [];
        if (change.Added.Count > 0)
            parts.Add($"holds {AssertionText.Handles(change.Added)}");
        if (change.Counted.Count > 0)
        {
            parts.Add("has other counts of " + AssertionText.Some(change.Counted, counts => $"{AssertionText.Describe(counts.After)}: strong "
                + $"{counts.Before.Strong} -> {counts.After.Strong}, weak {counts.Before.Weak} -> {counts.After.Weak}"));
        }

        if (change.Removed.Count > 0)
            parts.Add($"has dropped {AssertionText.Handles(change.Removed)}");
        return $"{AssertionText.Title(change.Process)} {string.Join("; ", parts)}";
    }
}
