using System.Management.Automation;
using HandlePool.Analysis;
using HandlePool.PowerShell.Binding;
using HandlePool.Text;

namespace HandlePool.PowerShell.Assertions;

/// <summary>Asserts that a pair of holder and owner has more handles than before.</summary>
internal sealed class GrowthAssertion : HandleAssertion
{
    private const string Kinds = "a script block, or a session or a process, as Get-HandleSession and Get-HandleProcess write them";

    private readonly HandleSession _before;
    private readonly HandleSession _after;
    private readonly HandleProcess? _holder;
    private readonly long _moreThan;

    private GrowthAssertion(ScriptBlock? block, HandleSession before, HandleSession after, HandleProcess? holder, long moreThan)
        : base(block) => (_before, _after, _holder, _moreThan) = (before, after, holder, moreThan);

    internal static GrowthAssertion Create(object? actual, object? since, object? moreThan, object? process, object? session)
    {
        long most = AssertionInput.Number(moreThan, "-MoreThan") ?? 0;
        object given = AssertionInput.One(actual, Kinds);
        if (given is not (ScriptBlock or HandleSession or HandleProcess))
            throw AssertionInput.NotOfKind(actual, Kinds);
        if (given is ScriptBlock block)
        {
            if (since is not null)
                throw new MisuseException("-Since is for a session or a process. What a script block does is compared with what was before it.");
            HandleSession? named = AssertionInput.Session(session);
            HandleProcess? holder = AssertionInput.Process(process, named);
            HandleSession live = holder?.Session ?? named ?? SessionStore.Here.Current;
            return new GrowthAssertion(block, live.Copy(live.Name), live, holder, most);
        }

        if (session is not null)
            throw new MisuseException("-Session is for a script block. A session or a process is in a session of its own; name the earlier one with -Since.");
        HandleSession earlier = AssertionInput.Session(since) ?? throw new MisuseException(
            "Nothing tells what was before. Name the earlier session with -Since; Copy-HandleSession makes one of the current session, and Import-HandleDump one of a dump.");
        if (given is HandleProcess only && process is not null)
            throw new MisuseException($"-Process is for a script block or a session, and {AssertionText.Title(only)} is a process. Omit it.");
        HandleSession later = given as HandleSession ?? ((HandleProcess)given).Session;
        if (later == earlier)
            throw new MisuseException($"{AssertionText.Title(later)} would be compared with itself. Name the earlier session with -Since.");
        return new GrowthAssertion(block: null, earlier, later, given as HandleProcess ?? AssertionInput.Process(process, later), most);
    }

    private protected override Verdict Judge()
    {
        SessionComparison comparison = SessionComparison.Compare(_before, _after);
        if (Block is null && !comparison.IsRelated)
            throw new MisuseException(comparison.Notes.First(note => note.Contains("device", StringComparison.Ordinal)));
        HandleUsageChange[] grown = [.. comparison.Changes.Where(change => change.Net > _moreThan && (_holder is null || change.Holder == _holder.FirstOpen))];
        string subject = (Block, _holder) switch
        {
            (not null, null) => "the script block",
            (not null, { } holder) => $"the script block, in {AssertionText.Title(holder)},",
            (null, null) => $"{AssertionText.Title(_after)}, since {AssertionText.Title(_before)},",
            (null, { } holder) => $"{AssertionText.Title(holder)}, since {AssertionText.Title(_before)},",
        };
        string limit = _moreThan == 0 ? "" : $" by more than {_moreThan}";
        return new Verdict(grown.Length > 0, subject, $"grow the handles of a pair of holder and owner{limit}",
            grown.Length == 0 ? "none grew" + limit : $"{Phrase.Count(grown.Length, "pair")} grew", Explain(grown))
        {
            Negation = $"grow the handles of any pair of holder and owner{limit}",
            Notes = Block is null ? comparison.Notes : [],
            Doubt = Block is not null ? null : AssertionText.Doubt(grown.Length > 0 ? [_before] : [_before, _after]),
        };
    }

    private IEnumerable<string> Explain(HandleUsageChange[] grown)
    {
        if (grown.Length == 0)
            yield break;
        ProcessMatching matching = new(_before, _after, CancellationToken.None);
        foreach (string line in AssertionText.SomeLines(grown, change => $"{change} (+{change.Net}): {New(change, matching)}", "pair"))
            yield return line;
        foreach (HandleLeakSuspect suspect in LeakFinder.Find([_before, _after]).Suspects.Where(suspect => Array.Exists(grown, change => IsOf(change, suspect))).Take(3))
            yield return $"Suspect {suspect.Rank}, {suspect.HolderName} -> {suspect.OwnerName}: {suspect.Reason}";
        string command = Block is null
            ? $"Compare-HandleSession {AssertionText.Argument(_before.Name)} {AssertionText.Argument(_after.Name)}"
            : $"Measure-HandleUsage{AssertionText.In(_after)}";
        yield return grown[0].Holder is { } holder
            ? AssertionText.LookFurther(command, AssertionText.For("Get-HandleReference", holder))
            : AssertionText.LookFurther(command);
    }

    private static bool IsOf(HandleUsageChange change, HandleLeakSuspect suspect) =>
        (suspect.Holder is null || suspect.Holder == change.Holder) && (suspect.Owner is null || suspect.Owner == change.Owner);

    /// <summary>Returns the handles of a pair to nodes that the holder did not hold before.</summary>
    private static string New(HandleUsageChange change, ProcessMatching matching)
    {
        HashSet<long> earlier = matching.Other(change.Holder) is { } was ? [.. was.GetReferences().Select(reference => reference.NodeId)] : [];
        HandleReference[] added = [.. new UsageRow(change).FindReferences().Where(reference => !earlier.Contains(reference.NodeId))];
        return added.Length == 0 ? "their handles are unknown" : AssertionText.Handles(added);
    }
}
