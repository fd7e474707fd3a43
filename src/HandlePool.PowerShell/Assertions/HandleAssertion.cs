using System.Management.Automation;
using HandlePool.PowerShell.Errors;

namespace HandlePool.PowerShell.Assertions;

/// <summary>Represents an assertion about handles. Module/HandlePool.Assertions.psm1 gives its outcome to Pester.</summary>
/// <remarks>
/// The factory methods take what a test gave, of any type, and refuse nothing: <see cref="Check"/> tells what is wrong, so that a test
/// gets an error record with an id, and not an exception of a method call. What a script block does is compared with what was when the
/// assertion was created.
/// </remarks>
public abstract class HandleAssertion
{
    private protected HandleAssertion(ScriptBlock? block = null) => Block = block;

    /// <summary>Gets the script block to run before <see cref="Check"/>; null if there is none.</summary>
    public ScriptBlock? Block { get; }

    /// <summary>Asserts how many handles a process holds.</summary>
    /// <param name="actual">The process.</param>
    /// <param name="expected">The exact number; null for none.</param>
    /// <param name="atMost">The greatest number; null for none.</param>
    /// <param name="atLeast">The least number; null for none.</param>
    public static HandleAssertion Count(object? actual, object? expected, object? atMost, object? atLeast) =>
        Create(() => CountAssertion.Create(actual, expected, atMost, atLeast));

    /// <summary>Asserts that a pair of holder and owner has more handles than before. O(handles).</summary>
    /// <param name="actual">A script block, or a session or a process, which is compared with an earlier session.</param>
    /// <param name="since">The earlier session: an object or a name; null for a script block.</param>
    /// <param name="moreThan">The growth of a pair that does not count yet; null for none.</param>
    /// <param name="process">The only holder that counts; null for all.</param>
    /// <param name="session">The session that a script block works in; null for that of the process, or the current one.</param>
    public static HandleAssertion Growth(object? actual, object? since, object? moreThan, object? process, object? session) =>
        Create(() => GrowthAssertion.Create(actual, since, moreThan, process, session));

    /// <summary>Asserts that a script block leaves all references as they were. O(handles).</summary>
    /// <param name="actual">The script block.</param>
    /// <param name="process">The only holder that counts; null for all.</param>
    /// <param name="session">The session that it works in; null for that of the process, or the current one.</param>
    public static HandleAssertion Release(object? actual, object? process, object? session) =>
        Create(() => ReleaseAssertion.Create(actual, process, session));

    /// <summary>Asserts which handles a script block allocates, or which one a process allocates next. O(handles).</summary>
    /// <param name="actual">The script block, or the process.</param>
    /// <param name="expected">The handle, or several.</param>
    /// <param name="process">The only holder that counts; null for all.</param>
    /// <param name="session">The session that a script block works in; null for that of the process, or the current one.</param>
    public static HandleAssertion Allocation(object? actual, object? expected, object? process, object? session) =>
        Create(() => AllocationAssertion.Create(actual, expected, process, session));

    /// <summary>Asserts that no pair of holder and owner has more handles than a limit. O(handles).</summary>
    /// <param name="actual">The session.</param>
    /// <param name="expected">The limit.</param>
    /// <param name="holder">The holders: objects, names, patterns or pids; null for all.</param>
    /// <param name="owner">The owners: objects, names, patterns or pids; null for all.</param>
    public static HandleAssertion Budget(object? actual, object? expected, object? holder, object? owner) =>
        Create(() => BudgetAssertion.Create(actual, expected, holder, owner));

    /// <summary>Asserts that the pools, tables and nodes of a session or of a process contradict each other. O(handles + nodes).</summary>
    /// <param name="actual">The session, or the process.</param>
    public static HandleAssertion Mismatch(object? actual) => Create(() => MismatchAssertion.Create(actual));

    /// <summary>Judges what is now.</summary>
    /// <param name="negate">Whether the opposite is expected.</param>
    /// <param name="because">The reason for the expectation; null or empty for none.</param>
    public AssertionResult Check(bool negate, string? because)
    {
        if (this is Misused misused)
            return new AssertionResult(misused.Error);
        try
        {
            Verdict verdict = Judge();
            string expected = $"{verdict.Subject} {(negate ? $"not to {verdict.Negation ?? verdict.Predicate}" : $"to {verdict.Predicate}")}";
            string? message = verdict.Holds == negate ? $"Expected {expected},{Clause(because)} but {verdict.Actual}." + string.Concat(verdict.Lines.Select(line => $"\n  {line}"))
                : null;
            if (message is null && verdict.Doubt is { } doubt)
                return new AssertionResult(ErrorRecords.AssertionUndecidable($"{doubt} Take the dump again."));
            return new AssertionResult(message, expected, verdict.Actual, verdict.Notes);
        }
        catch (Exception exception) when (AssertionInput.ErrorOf(exception) is { } error)
        {
            return new AssertionResult(error);
        }
    }

    private protected abstract Verdict Judge();

    private static HandleAssertion Create(Func<HandleAssertion> create)
    {
        try
        {
            return create();
        }
        catch (Exception exception) when (AssertionInput.ErrorOf(exception) is { } error)
        {
            return new Misused(error);
        }
    }

    /// <summary>Returns the reason as Pester words it.</summary>
    private static string Clause(string? because)
    {
        const string Word = "because ";
        string reason = because?.Trim() ?? "";
        if (reason.StartsWith(Word, StringComparison.OrdinalIgnoreCase))
            reason = reason[Word.Length..];
        return reason.Length == 0 ? "" : $" {Word}{reason},";
    }

    /// <summary>Represents an assertion that was given what it cannot judge.</summary>
    private sealed class Misused(ErrorRecord error) : HandleAssertion
    {
        internal ErrorRecord Error => error;

        private protected override Verdict Judge() => throw new InvalidOperationException();
    }
}

/// <summary>Represents what an assertion found.</summary>
/// <param name="Holds">Whether what it says is so.</param>
/// <param name="Subject">What it is about.</param>
/// <param name="Predicate">What it says of the subject, in the infinitive.</param>
/// <param name="Actual">What is, as the clause after <c>but</c>.</param>
/// <param name="Lines">Further lines of the message: the first differences, and the commands that show more.</param>
internal sealed record Verdict(bool Holds, string Subject, string Predicate, string Actual, IEnumerable<string> Lines)
{
    /// <summary>Gets the predicate as it follows <c>not to</c>; null if it is the same.</summary>
    internal string? Negation { get; init; }

    /// <summary>Gets why what was found may not be all that there was, as a sentence, so that an assertion that passes by it cannot be judged; null if it is.</summary>
    internal string? Doubt { get; init; }

    /// <summary>Gets remarks that limit what it says.</summary>
    internal IReadOnlyList<string> Notes { get; init; } = [];
}
