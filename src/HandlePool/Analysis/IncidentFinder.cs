using System.Globalization;
using HandlePool.Text;

namespace HandlePool.Analysis;

/// <summary>Finds what Android did because of too many binder objects, in the evidence of a bug report. Static and thread-safe.</summary>
/// <remarks>
/// Lines of one event are one incident: the kill in the log, in the event log and in the record of the exit, the warnings before it, and
/// the counts of that time. The leak suspects of the dump are compared with it. A dump that was taken after a kill no longer shows the
/// victim, which is said.
/// </remarks>
public static class IncidentFinder
{
    /// <summary>The number of incidents that are returned at most: the first.</summary>
    public const int MaxIncidents = 1_000;

    // The class of proxies in Java.
    private const string ProxyClass = "android.os.BinderProxy";

    private const int MostCompared = 3;

    /// <summary>Finds the incidents of a session, and compares them with the suspects of its dump. O(facts x log facts), plus a search for leaks.</summary>
    /// <param name="session">The session.</param>
    /// <param name="search">A search for leaks in the session, or in a series that ends with it; by default one in the session alone.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The incidents: those that ended a process before warnings, of each the earliest first; those of unknown time last.</returns>
    /// <exception cref="OperationCanceledException">The operation was canceled.</exception>
    public static IReadOnlyList<HandleIncident> Find(HandleSession session, LeakSearch? search = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(session);
        IReadOnlyList<IncidentRecord> records = IncidentCollector.Collect(session, cancellationToken);
        if (records.Count == 0)
            return [];
        search ??= LeakFinder.Find([session], cancellationToken: cancellationToken);
        HandleSession dump = search.Sessions[^1];
        IncidentMatching matching = new(dump);
        ILookup<HandleProcess, HandleLeakSuspect> byOwner = search.Suspects.Where(suspect => suspect.Owner is not null).ToLookup(suspect => suspect.Owner!);
        ILookup<HandleProcess, HandleLeakSuspect> byHolder = search.Suspects.Where(suspect => suspect.Holder is not null).ToLookup(suspect => suspect.Holder!);
        ILookup<HandleProcess, HandleUsage> pairsByOwner = search.Pairs.Last.Where(pair => pair.Owner is not null).ToLookup(pair => pair.Owner!);
        ILookup<HandleProcess, HandleUsage> pairsByHolder = search.Pairs.Last.ToLookup(pair => pair.Holder!);
        JavaCounts java = new(session);
        History history = new();
        return [.. records.WithCancellation(cancellationToken).Select(record =>
        {
            HandleLeakSuspect[] agreeing = [.. matching.Find(record, byOwner, byHolder, suspect => suspect.Usage).Distinct().OrderBy(suspect => suspect.Rank)];
            string cause = agreeing.Length > 0 ? $"The dump agrees: {Phrase.List(agreeing, Describe)}."
                : Deny(record, dump, matching.SubjectsOf(record), matching.Find(record, pairsByOwner, pairsByHolder, pair => pair).Sum(pair => (long)pair.Handles), search);
            HandleIncident incident = new(session, record, agreeing, cause, Compare(record, dump == session ? matching.SubjectsOf(record) : [], java), history.Find(record));
            history.Add(incident);
            return incident;
        })];
    }

    /// <summary>Returns what the evidence lacks to show all incidents, as sentences; empty if nothing is missing, and if there is no evidence.</summary>
    /// <param name="session">The session.</param>
    public static IReadOnlyList<string> FindGaps(HandleSession session)
    {
        ArgumentNullException.ThrowIfNull(session);
        if (session.Evidence.Count == 0)
            return [$"Session '{session}' has no evidence of a bug report. Import a whole bug report, or a log."];
        HashSet<string> sections = [.. session.Evidence.Where(fact => fact.Kind == HandleEvidenceKind.Section).Select(fact => fact.Name!)];
        List<string> missing = [];
        if (!sections.Contains("Log"))
            missing.Add("no log");
        if (!sections.Contains("ExitInfo"))
            missing.Add("no records of exits (dumpsys activity exit-info)");
        return missing.Count == 0 ? [] : [$"The report of session '{session}' has {string.Join(" and ", missing)}, so that incidents may be missing."];
    }

    /// <summary>Compares what Java counted with the driver's counts.</summary>
    private static string? Compare(IncidentRecord record, HandleProcess[] present, JavaCounts java)
    {
        List<string> sentences = [];
        HandleEvidence? most = record.IsOfReferences
            ? record.Evidence.FirstOrDefault(fact => fact is { Kind: HandleEvidenceKind.ReferenceCount, Name: not null, Count: not null })
            : null;
        bool isOfNodes = record.IsOfSender || most is { Name: not ProxyClass };
        foreach (HandleProcess process in present.Take(MostCompared))
        {
            // The nodes of a sender are what others hold too much of, and the handles of a holder what it does. A full table has references to either.
            if ((isOfNodes ? java.DescribeNodes(process) : java.DescribeHandles(process, process.HandleCount)) is { } sentence)
                sentences.Add(sentence);
        }

        if (most is not null)
        {
            sentences.Add($"Most references of the table, {LeakWords.N(most.Count!.Value)}, are of {VisibleText.Name(most.Name!)}"
                + (most.Name == ProxyClass ? ": the process holds proxies of others, each by a handle." : "."));
            if (Array.Find(present, process => record.ProcessIds.Contains(process.Id)) is { } victim)
                sentences.Add($"The dump has {Phrase.Count(victim.NodeCount, "node")} and {Phrase.Count(victim.HandleCount, "handle")} of the process.");
        }

        return sentences.Count == 0 ? null : string.Join(' ', sentences);
    }

    /// <summary>Says why no suspect agrees.</summary>
    private static string Deny(IncidentRecord record, HandleSession dump, HandleProcess[] present, long handles, LeakSearch search)
    {
        if (dump.Processes == 0)
            return "There is no dump of handles to compare with.";
        HandleLeakSuspect? strongest = search.Suspects.Count == 0 ? null : search.Suspects[0];
        string? unnamed = strongest is null ? null : WhoIsUnnamed(record, strongest);
        string suspects = strongest is null ? "it has no suspects"
            : unnamed is null ? $"its strongest suspect is another, {Describe(strongest)}"
            : $"whether its strongest suspect is another is unknown, {Describe(strongest)}: nothing names {unnamed}";
        if (record.ProcessIds.Count == 0 && record.SubjectUid is null)
            return $"The dump does not agree: {suspects}. {(record.EndsVictim ? "The victim" : "The process")} is unknown.";
        TimeSpan? after = dump.Time - record.Time;
        if (!record.EndsVictim && after > HandleEvidence.Window)
        {
            return $"The dump was taken {LeakWords.Duration(after.Value)} after it, and {(present.Length == 0 ? "does not show the process" : "need not show it any more")}: {suspects}."
                + (present.Length == 0 ? "" : $" It shows {Phrase.Count(handles, "handle")} of what the incident is about.");
        }

        if (record.Line.Unsure is { IsOfTombstone: true, Listed: { } running } && !Array.Exists(present, process => record.ProcessIds.Contains(process.Id)))
        {
            return $"The dump does not show the victim, and a list shows that it runs ({running}): either it has not ended, or its pid was used again. "
                + $"{char.ToUpperInvariant(suspects[0])}{suspects[1..]}.";
        }

        if (record.EndsVictim && record.ProcessIds.Count > 0 && !Array.Exists(present, process => record.ProcessIds.Contains(process.Id)))
        {
            string later = after > TimeSpan.Zero ? $", {LeakWords.Duration(after.Value)} after it" : "";
            string successor = present.Length == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $" {present[0]} ({present[0].Id}) runs in its place.");
            return $"The dump does not show the victim: it was taken after its end{later}.{successor} {char.ToUpperInvariant(suspects[0])}{suspects[1..]}.";
        }

        string alive = record.EndsVictim && record.ProcessIds.Count > 0 ? " A process with the pid of the victim runs in it: either the victim has not ended, or its pid was used again." : "";
        return $"The dump {(unnamed is null ? "does not" : "may")} agree: {suspects}. It shows {Phrase.Count(handles, "handle")} of what the incident is about.{alive}";
    }

    /// <summary>Returns the process of a suspect that is unknown, so that it may be what the incident is about; null if it is known to be another.</summary>
    private static string? WhoIsUnnamed(IncidentRecord record, HandleLeakSuspect suspect)
    {
        if (!record.IsAbout(suspect.Usage))
            return null;
        foreach (HandleProcess? process in (HandleProcess?[])[record.IsOfSender || record.IsOfReferences ? suspect.Owner : null, record.IsOfSender ? null : suspect.Holder])
        {
            if (process is { Name: null, Uid: null })
                return LeakWords.Describe(process);
        }

        return record.IsOfSender && suspect.Usage is { By: HandleUsageGrouping.Pair, Owner: null, IsDead: false } ? "the owners" : null;
    }

    private static string Describe(HandleLeakSuspect suspect) => string.Create(CultureInfo.InvariantCulture,
        $"suspect {suspect.Rank}, {suspect.HolderName} -> {suspect.OwnerName}, {Phrase.Count(suspect.Handles, "handle")}");

    /// <summary>Keeps the last incident of each uid and process, as incidents are found in order.</summary>
    private sealed class History
    {
        private readonly Dictionary<(HandleIncidentKind, int?, string?), HandleIncident> _last = [];

        /// <summary>Returns the incident before of the same kind, and of the same process, or of the same uid where a name is unknown; null if there is none.</summary>
        internal HandleIncident? Find(IncidentRecord record)
        {
            string? name = NameOf(record);
            HandleIncident? ofUid = record.SubjectUid is null ? null : _last.GetValueOrDefault((record.Kind, record.SubjectUid, null));
            return name is null ? ofUid : _last.GetValueOrDefault((record.Kind, record.SubjectUid, name)) ?? (ofUid is null || NameOf(ofUid.Record) is not null ? null : ofUid);
        }

        internal void Add(HandleIncident incident)
        {
            IncidentRecord record = incident.Record;
            if (record.SubjectUid is not null)
                _last[(record.Kind, record.SubjectUid, null)] = incident;
            if (NameOf(record) is { } name)
                _last[(record.Kind, record.SubjectUid, name)] = incident;
        }

        /// <summary>Returns the name of the process that held too much. A sender is all processes of a uid.</summary>
        private static string? NameOf(IncidentRecord record) => !(record.IsOfSender && record.SubjectUid is not null) && record.ProcessNames.Count > 0 ? record.ProcessNames[0] : null;
    }
}
