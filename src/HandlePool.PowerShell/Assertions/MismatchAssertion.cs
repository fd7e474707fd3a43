using HandlePool.Experiments;
using HandlePool.Text;

namespace HandlePool.PowerShell.Assertions;

/// <summary>Asserts that the pools, tables and nodes of a session or of a process contradict each other.</summary>
internal sealed class MismatchAssertion : HandleAssertion
{
    private const string Kinds = "a session or a process, as Get-HandleSession and Get-HandleProcess write them";

    private readonly HandleSession _session;
    private readonly HandleProcess? _only;

    private MismatchAssertion(HandleSession session, HandleProcess? only) => (_session, _only) = (session, only);

    internal static MismatchAssertion Create(object? actual) => AssertionInput.One(actual, Kinds) switch
    {
        HandleSession session => new MismatchAssertion(session, only: null),
        HandleProcess process => new MismatchAssertion(process.Session, process),
        _ => throw AssertionInput.NotOfKind(actual, Kinds),
    };

    private protected override Verdict Judge()
    {
        HandleList<HandleMismatch> found = _session.FindMismatches(_only is null ? null : [_only], CancellationToken.None);
        string command = _only is null ? $"Find-HandleMismatch{AssertionText.In(_session)}" : AssertionText.For("Find-HandleMismatch", _only);
        return new Verdict(found.Count > 0, _only is null ? AssertionText.Title(_session) : AssertionText.Title(_only), "have a mismatch",
            found.Count == 0 ? "pools, tables and nodes agree" : $"it has {found.Count}",
            [.. AssertionText.SomeLines(found, mismatch => mismatch.ToString(), "mismatch", "mismatches"), AssertionText.LookFurther(command)]);
    }
}
