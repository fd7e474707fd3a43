namespace HandlePool.Traces;

/// <summary>Compares the handles in a trace with those that the model gives out. Static and thread-safe.</summary>
/// <remarks>docs/traces.md tells what is predicted, what is proven, and what stays open.</remarks>
public static class TraceTest
{
    /// <summary>The number of divergences that are kept; the others are only counted.</summary>
    public const int MaxDivergences = 1_000;

    /// <summary>Predicts each handle that the driver gave out. O(events x log events).</summary>
    /// <param name="trace">The trace.</param>
    /// <param name="session">The session of a dump that was taken while the trace was recorded, or as it began; null to start from nothing.</param>
    /// <param name="driver">The driver whose rules predict; <see cref="HandleDriver.C"/> by default.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <exception cref="HandleException"><c>TraceFormat</c>: the driver's counter of ids begins again within the trace.</exception>
    /// <exception cref="OperationCanceledException">The operation was canceled.</exception>
    public static HandleTraceTest Run(HandleTrace trace, HandleSession? session = null, HandleDriver driver = HandleDriver.C,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(trace);
        (Tally tally, TraceModel model) = Play(new HashSet<int>());

        // Only all events tell which processes have several opens of a device.
        if (model.SeveralOpens.Count > 0)
            (tally, model) = Play(model.SeveralOpens);
        return tally.Finish(session, driver, model.BeginsLater);

        (Tally Tally, TraceModel Model) Play(IReadOnlySet<int> severalOpens)
        {
            Tally taken = new(trace);
            TraceModel played = new(trace, session, driver, taken, severalOpens, cancellationToken);
            foreach (int _ in played.Play(cancellationToken))
            {
            }

            return (taken, played);
        }
    }

    private sealed class Tally(HandleTrace trace) : ITraceListener
    {
        private readonly SortedDictionary<HandleTraceGapReason, (long Count, HandleTraceEvent First)> _gaps = [];
        private readonly List<HandleTraceDivergence> _first = [];
        private long _agreed;
        private long _divergences;
        private long _releases;

        public void Agree(TraceTable? table, in TraceRecord record, bool isNew) => _agreed++;

        public void Diverge(in TraceRecord record, int expected, int found, string reason)
        {
            if (_divergences++ < MaxDivergences)
                _first.Add(new HandleTraceDivergence(trace.EventOf(record), expected, found, $"{char.ToUpperInvariant(reason[0])}{reason[1..]}."));
        }

        public void Open(in TraceRecord record, HandleTraceGapReason reason) =>
            _gaps[reason] = _gaps.TryGetValue(reason, out var known) ? known with { Count = known.Count + 1 } : (1, trace.EventOf(record));

        public void Release(TraceTable table, int handle, uint node) => _releases++;

        public void Place(TraceTable table, in TraceRecord record)
        {
        }

        public void Learn(TraceTable table, int handle, in TraceRecord record)
        {
        }

        internal HandleTraceTest Finish(HandleSession? session, HandleDriver driver, bool beginsLater) => new(trace, session, driver, _agreed, _divergences,
            _releases, _first, [.. _gaps.Select(gap => new HandleTraceGap(gap.Key, gap.Value.Count, gap.Value.First))], beginsLater);
    }
}
