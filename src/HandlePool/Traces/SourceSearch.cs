using HandlePool.Text;

namespace HandlePool.Traces;

/// <summary>Represents the calls that created references, and what could not be found. Immutable.</summary>
public sealed class HandleSourceSearch
{
    internal HandleSourceSearch(IList<HandleCallSource> sources, int references, IList<HandleReference> unexplained, IList<string> notes)
    {
        Sources = new HandleList<HandleCallSource>(sources);
        References = references;
        Unexplained = new HandleList<HandleReference>(unexplained);
        Notes = new HandleList<string>(notes);
    }

    /// <summary>Gets the calls, those with the most references first.</summary>
    public HandleList<HandleCallSource> Sources { get; }

    /// <summary>Gets the number of references that were searched for.</summary>
    public int References { get; }

    /// <summary>Gets the references whose creation the trace does not show.</summary>
    public HandleList<HandleReference> Unexplained { get; }

    /// <summary>Gets what limits the answer, as sentences; empty if nothing does.</summary>
    public HandleList<string> Notes { get; }
}

/// <summary>Finds the calls that created references which a dump still shows. Static and thread-safe.</summary>
/// <remarks>
/// The ids of nodes and references join the trace with the dump: of the references of a process to a node, the dump has the last one
/// that is not newer than the dump's highest id.
/// </remarks>
public static class SourceSearch
{
    /// <summary>Finds the calls. O(events + references).</summary>
    /// <param name="trace">The trace, which may have begun before the dump or ended after it.</param>
    /// <param name="references">The references, all of one session.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <exception cref="ArgumentException">The references are of several sessions.</exception>
    /// <exception cref="HandleException"><c>TraceFormat</c>: the driver's counter of ids begins again within the trace.</exception>
    /// <exception cref="OperationCanceledException">The operation was canceled.</exception>
    public static HandleSourceSearch Find(HandleTrace trace, IEnumerable<HandleReference> references, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(trace);
        ArgumentNullException.ThrowIfNull(references);
        trace.CheckOrder();
        Dictionary<(int Process, long Node), HandleReference> wanted = [];
        foreach (HandleReference reference in references.WithCancellation(cancellationToken))
            wanted.TryAdd((reference.Process.Id, reference.NodeId), reference);
        if (wanted.Count == 0)
            return new HandleSourceSearch([], 0, [], []);
        HandleSession session = wanted.Values.First().Process.Session;
        if (wanted.Values.Any(reference => reference.Process.Session != session))
            throw new ArgumentException("The references are of several sessions. Give those of one.", nameof(references));

        Dictionary<(int Process, long Node), int> newest = FindNewest(trace, session, wanted, cancellationToken);
        Dictionary<CallKey, List<CreatedReference>> calls = [];
        HashSet<HandleReference> found = [];
        foreach ((var key, int index) in newest.OrderBy(each => each.Value).WithCancellation(cancellationToken))
        {
            TraceRecord record = trace.Records[index];
            HandleReference reference = wanted[key];

            // One that is older than its transaction was created before, and one of another handle is not that of the dump.
            if (!record.IsNewer || record.Handle != reference.Handle)
                continue;
            CallKey call = CallOf(record);
            if (!calls.TryGetValue(call, out List<CreatedReference>? created))
                calls.Add(call, created = []);
            created.Add(new CreatedReference(reference, trace.PathOf(record), record.Line, record.Time));
            found.Add(reference);
        }

        HandleReference[] unexplained = [.. wanted.Values.Where(reference => !found.Contains(reference))];
        return new HandleSourceSearch(
            [.. calls.Select(call => new HandleCallSource(session, trace, call.Key, call.Value)).OrderByDescending(source => source.Handles).ThenBy(source => source.Time)],
            wanted.Count, unexplained, [.. NotesOf(trace, session, wanted.Count, unexplained.Length)]);
    }

    /// <summary>Returns the first event of the last reference of each process to each node that the dump can have.</summary>
    private static Dictionary<(int Process, long Node), int> FindNewest(HandleTrace trace, HandleSession session,
        Dictionary<(int Process, long Node), HandleReference> wanted, CancellationToken cancellationToken)
    {
        Dictionary<(int Process, long Node), int> newest = [];
        for (int index = 0; index < trace.Records.Count; index++)
        {
            if ((index & 0xfff) == 0)
                cancellationToken.ThrowIfCancellationRequested();
            ref readonly TraceRecord record = ref trace.Records[index];
            (int Process, long Node) key = (record.DestinationProcess, record.Node);
            if (!record.HasReference || !record.HasDestination || !wanted.ContainsKey(key)
                || (session.HighestListedId > 0 && record.Reference > session.HighestListedId))
            {
                continue;
            }

            if (!newest.TryGetValue(key, out int before) || IsBetter(record, trace.Records[before]))
                newest[key] = index;
        }

        return newest;
    }

    /// <summary>Returns whether a record is of a newer reference, or an earlier one of the same.</summary>
    private static bool IsBetter(in TraceRecord record, in TraceRecord other) =>
        record.Reference != other.Reference ? record.Reference > other.Reference : record.Transaction < other.Transaction;

    private static CallKey CallOf(in TraceRecord record) => record.IsReply
        ? new CallKey(record.DestinationProcess, record.DestinationThread, record.HasCall ? record.Code : null, record.Process, IsReply: true, IsOneWay: false)
        : new CallKey(record.Process, record.Thread, record.Code, record.DestinationProcess, IsReply: false, IsOneWay: (record.Flags & 1) != 0);

    private static IEnumerable<string> NotesOf(HandleTrace trace, HandleSession session, int references, int unexplained)
    {
        if (unexplained > 0)
        {
            yield return $"The trace does not show the creation of {unexplained} of {Phrase.Count(references, "reference")}: "
                + (unexplained == 1 ? "it was" : "they were") + " created before it began, or in events that are missing.";
        }

        if (session.HighestListedId == 0)
            yield return "The session has no ids of references, so that a reference that was dropped and created again may be taken for another. Use the dump itself.";
        else if (session.HighestListedId > trace.HighestId)
            yield return "The trace ends before the dump. A reference that was dropped and created again in between is taken for the first one.";
        if (trace.LostEvents > 0)
            yield return $"{Phrase.Count(trace.LostEvents, "event was", "events were")} lost: of a reference that was dropped and created again, the second creation may be among them.";
    }
}
