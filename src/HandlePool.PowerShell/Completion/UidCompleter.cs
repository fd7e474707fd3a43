using System.Globalization;
using System.Management.Automation;
using HandlePool.Evidence;
using HandlePool.Text;

namespace HandlePool.PowerShell.Completion;

/// <summary>Completes the uids of the session's processes and facts, by their digits, as Android prints them, or by a package or a process.</summary>
internal sealed class UidCompleter : IdentityCompleter
{
    private const int NamedAtMost = 3;

    private protected override IEnumerable<CompletionResult> Complete(CompletedLine line, CompletedWord word) => line.FindSession() is not { } session ? []
        : FindNames(session)
            .Where(uid => word.Matches(uid.Key) || word.Matches(AndroidUid.Format(uid.Key)) || uid.Value.Any(word.Matches))
            .Select(uid => Offer(word.Write(uid.Key), uid.Key.ToString(CultureInfo.InvariantCulture), Describe(uid.Key, uid.Value)));

    /// <summary>Returns the uids with their packages, or with the names of their processes where no package is known.</summary>
    private static SortedDictionary<int, SortedSet<string>> FindNames(HandleSession session)
    {
        SortedDictionary<int, SortedSet<string>> packages = [], processes = [];
        foreach (HandleProcess process in session.GetProcesses(includeDead: true).Where(process => process.Uid is not null))
        {
            Add(packages, process.Uid, process.Package);
            Add(processes, process.Uid, process.Name);
        }

        foreach (HandleEvidence fact in session.Evidence)
        {
            Add(packages, fact.HolderUid, name: null);
            Add(packages, fact.Uid, name: null);
            Array.ForEach(fact.Packages, name => Add(packages, fact.Uid, name));
            if (fact.Kind is HandleEvidenceKind.Process or HandleEvidenceKind.Kill or HandleEvidenceKind.Exit)
                Add(processes, fact.Uid, fact.Name);
        }

        foreach ((int uid, SortedSet<string> names) in packages.Where(each => each.Value.Count == 0))
            names.UnionWith(processes.GetValueOrDefault(uid, []));
        return packages;
    }

    private static void Add(SortedDictionary<int, SortedSet<string>> uids, int? uid, string? name)
    {
        if (uid is not { } known)
            return;
        if (!uids.TryGetValue(known, out SortedSet<string>? names))
            uids.Add(known, names = new SortedSet<string>(NaturalOrder.Instance));
        if (!string.IsNullOrEmpty(name))
            names.Add(name);
    }

    private static string Describe(int uid, SortedSet<string> names) =>
        $"uid {AndroidUid.Format(uid)}" + (names.Count == 0 ? "" : $", {JoinFew([.. names.Take(NamedAtMost)], names.Count)}");
}
