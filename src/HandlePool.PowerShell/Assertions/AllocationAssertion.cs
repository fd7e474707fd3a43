using System.Collections;
using System.Management.Automation;
using HandlePool.Text;

namespace HandlePool.PowerShell.Assertions;

/// <summary>Asserts which handles a script block allocates, or which one a process allocates next.</summary>
/// <remarks>What a block allocates and releases again leaves no trace, so it is not seen.</remarks>
internal sealed class AllocationAssertion : HandleAssertion
{
    private const string Kinds = "a script block, or a process, as Get-HandleProcess writes it";

    private readonly long[] _expected;
    private readonly ReferenceSnapshot? _before;
    private readonly HandleProcess? _next;

    private AllocationAssertion(long[] expected, ScriptBlock? block, ReferenceSnapshot? before, HandleProcess? next)
        : base(block) => (_expected, _before, _next) = (expected, before, next);

    internal static AllocationAssertion Create(object? actual, object? expected, object? process, object? session)
    {
        object? given = AssertionInput.Unwrap(expected);
        long[] handles = [.. (given is IList list ? list.Cast<object?>() : [given]).Select(each => AssertionInput.Number(each, "The expected handle")
            ?? throw new MisuseException("No handle was given. Give the handle that is expected, or several.")).Distinct().Order()];
        if (handles.Length == 0)
            throw new MisuseException("No handle was given. Give the handle that is expected, or several.");
        switch (AssertionInput.One(actual, Kinds))
        {
            case ScriptBlock block:
                return new AllocationAssertion(handles, block, ReferenceSnapshot.Take(process, session), next: null);
            case HandleProcess next when process is not null || session is not null:
                throw new MisuseException($"-Process and -Session are for a script block, and {AssertionText.Title(next)} is a process. Omit them.");
            case HandleProcess when handles.Length > 1:
                throw new MisuseException("A process allocates one handle next, and several were given. Give one, or a script block that allocates several.");
            case HandleProcess next:
                return new AllocationAssertion(handles, block: null, before: null, next);
            default:
                throw AssertionInput.NotOfKind(actual, Kinds);
        }
    }

    private protected override Verdict Judge() => _next is null ? JudgeBlock() : JudgeNext(_next);

    private Verdict JudgeNext(HandleProcess process)
    {
        int? next = process.IsDead ? null : process.GetPool().LowestFree;
        string actual = next is { } free ? $"it allocates {free}" : process.IsDead ? "it has exited" : "its pool is full";
        return new Verdict(next == _expected[0], AssertionText.Title(process), $"allocate {AssertionText.Ranges(_expected)} next", actual,
            [AssertionText.LookFurther(AssertionText.For("Get-HandleBitmap", process))]);
    }

    private Verdict JudgeBlock()
    {
        List<ReferenceChange> changes = _before!.FindChanges().FindAll(change => change.Added.Count > 0);
        if (changes.Count > 1)
        {
            throw new MisuseException($"Several processes allocated handles: {Phrase.List(changes, change => AssertionText.Title(change.Process))}. "
                + "Use -Process for the one that is meant.");
        }

        HandleProcess? process = changes.Count == 0 ? null : changes[0].Process;
        List<HandleReference> added = changes.Count == 0 ? [] : changes[0].Added;
        long[] allocated = [.. added.Select(reference => (long)reference.Handle)];
        string actual = process is null ? $"it allocated none in {_before.Scope}" : $"it allocated {AssertionText.Ranges(allocated)} in {AssertionText.Title(process)}";
        return new Verdict(allocated.SequenceEqual(_expected), "the script block", $"allocate {AssertionText.Ranges(_expected)}", actual, Explain(process, added, allocated));
    }

    private IEnumerable<string> Explain(HandleProcess? process, List<HandleReference> added, long[] allocated)
    {
        long[] missing = [.. _expected.Except(allocated)];
        HashSet<long> expected = [.. _expected];
        List<HandleReference> others = added.FindAll(reference => !expected.Contains(reference.Handle));
        if (missing.Length > 0)
            yield return $"Missing: {AssertionText.Some(missing, handle => $"{handle}")}";
        if (others.Count > 0)
            yield return $"Unexpected: {AssertionText.Handles(others)}";
        if (process is not null)
            yield return AssertionText.LookFurther(AssertionText.For("Get-HandleReference", process), AssertionText.For("Get-HandleBitmap", process));
    }
}
