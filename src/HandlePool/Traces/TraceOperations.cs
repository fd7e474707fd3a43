using System.Globalization;
using HandlePool.Pools;

namespace HandlePool.Traces;

/// <summary>Turns a trace into operations, which give the handles of the trace when they are played. Static and thread-safe.</summary>
/// <remarks>
/// Releases are inferred as in <see cref="TraceTest"/>. A handle that was in use before the trace began is held by a node of a process
/// <c>unseen</c>, so that the next ones are the same as on the device. What cannot be assigned to a process is left out.
/// </remarks>
public static class TraceOperations
{
    // No process has this pid: it is the kernel's limit.
    private const int UnseenId = 1 << 22;
    private const string UnseenName = "unseen";

    // A line that claims more handles is damaged.
    private const int MostUnseen = 100_000;

    /// <summary>Returns the operations, one at a time, in the order of ids.</summary>
    /// <param name="trace">The trace.</param>
    /// <param name="session">The session in which they are to be played, from a dump that was taken as the trace began; null for an empty one.</param>
    /// <param name="cancellationToken">Cancels the enumeration.</param>
    /// <exception cref="HandleException"><c>TraceFormat</c>: the driver's counter of ids begins again within the trace.</exception>
    /// <exception cref="OperationCanceledException">The enumeration was canceled.</exception>
    public static IEnumerable<HandleOperation> Of(HandleTrace trace, HandleSession? session = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(trace);
        return Play(trace, session, cancellationToken);
    }

    private static IEnumerable<HandleOperation> Play(HandleTrace trace, HandleSession? session, CancellationToken cancellationToken)
    {
        Writer writer = new(session);
        TraceModel model = new(trace, session, session?.Driver ?? HandleDriver.C, writer, new HashSet<int>(), cancellationToken);
        foreach (int _ in model.Play(cancellationToken))
        {
            while (writer.Operations.TryDequeue(out HandleOperation? operation))
                yield return operation;
        }
    }

    private sealed class Writer : ITraceListener
    {
        private readonly HashSet<(int Id, string Context)> _processes = [];
        private readonly HashSet<long> _ownNodes = [];
        private readonly HashSet<uint> _nodes = [];
        private readonly HashSet<string> _managers = [];
        private readonly Dictionary<TraceTable, IdPool> _pools = [];

        internal Writer(HandleSession? session)
        {
            if (session is null)
                return;
            foreach (HandleProcess process in session.GetProcesses())
            {
                _processes.Add((process.Id, process.Context));
                if (process.IsManager)
                    _managers.Add(process.Context);
            }

            foreach (HandleNode node in session.GetNodes())
                _ownNodes.Add(node.Id);
        }

        internal Queue<HandleOperation> Operations { get; } = [];

        public void Agree(TraceTable? table, in TraceRecord record, bool isNew)
        {
            if (!isNew && table is not null && PoolOf(table).IsUsed(record.Handle))
                Operations.Enqueue(Of(HandleOperationKind.AddReference, table) with { Handle = record.Handle });
        }

        public void Diverge(in TraceRecord record, int expected, int found, string reason)
        {
        }

        public void Open(in TraceRecord record, HandleTraceGapReason reason)
        {
        }

        public void Release(TraceTable table, int handle, uint node)
        {
            if (PoolOf(table).ReleaseId(handle))
                Operations.Enqueue(Of(HandleOperationKind.DropReference, table) with { Handle = handle });
        }

        public void Place(TraceTable table, in TraceRecord record) => Put(table, record.Handle, record);

        public void Learn(TraceTable table, int handle, in TraceRecord record) => Put(table, handle, record);

        private static HandleOperation Of(HandleOperationKind kind, TraceTable table) => new()
        {
            Operation = kind,
            Id = table.Process,
            Context = ContextOf(table),
            OpenNumber = table.Source is { OpenNumber: > 1 and var open } ? open : null,
        };

        private static string ContextOf(TraceTable table) => table.Context ?? HandleSession.DefaultContext;

        private IdPool PoolOf(TraceTable table)
        {
            if (_pools.TryGetValue(table, out IdPool? pool))
                return pool;
            pool = IdPool.Create(HandleAllocator.SegmentedBitmap);
            if (table.Source is { } source)
                pool.Rebuild([.. source.GetReferences().Select(reference => reference.Handle)]);
            _pools.Add(table, pool);
            return pool;
        }

        private void Put(TraceTable table, int handle, in TraceRecord record)
        {
            string context = ContextOf(table);
            IdPool pool = PoolOf(table);
            if (handle > pool.InUse + MostUnseen)
                return;
            Create(table.Process, context, name: null);
            if (handle == 0)
            {
                PutManager(table, pool, record, context);
                return;
            }

            while (Lowest(pool) < handle)
            {
                int unseen = Lowest(pool);
                string name = string.Create(CultureInfo.InvariantCulture, $"{UnseenName}-{table.Process}-{unseen}-{_nodes.Count}");
                Create(UnseenId, context, UnseenName);
                Operations.Enqueue(new HandleOperation { Operation = HandleOperationKind.NewNode, Id = UnseenId, Context = context, Node = name });
                Operations.Enqueue(Of(HandleOperationKind.AddReference, table) with { Node = name });
                pool.Acquire(unseen);
            }

            if (pool.ReleaseId(handle))
                Operations.Enqueue(Of(HandleOperationKind.DropReference, table) with { Handle = handle });
            Operations.Enqueue(Of(HandleOperationKind.AddReference, table) with { Node = NameOf(record, context) });
            pool.Acquire(handle);
        }

        /// <summary>Adds the manager's node, whose owner becomes the manager if there is none yet.</summary>
        private void PutManager(TraceTable table, IdPool pool, in TraceRecord record, string context)
        {
            if (_managers.Add(context))
            {
                int owner = OwnerOf(record, context);
                Operations.Enqueue(new HandleOperation { Operation = HandleOperationKind.SetManager, Id = owner, Context = context });
            }

            Operations.Enqueue(Of(HandleOperationKind.AddReference, table) with { Handle = 0 });
            if (!pool.IsUsed(0))
                pool.Acquire(0);
        }

        private static int Lowest(IdPool pool)
        {
            while (true)
            {
                if (pool.LowestUnusedId(1) is { } lowest)
                    return lowest;
                if (pool.GrowRequest() is not { } request)
                    return int.MaxValue;
                pool.Grow(request.Allocate());
            }
        }

        private string NameOf(in TraceRecord record, string context)
        {
            if (_ownNodes.Contains(record.Node))
                return string.Create(CultureInfo.InvariantCulture, $"{OperationPlayer.IdMark}{record.Node}");
            string name = string.Create(CultureInfo.InvariantCulture, $"node-{record.Node}");
            if (_nodes.Add(record.Node))
                Operations.Enqueue(new HandleOperation { Operation = HandleOperationKind.NewNode, Id = OwnerOf(record, context), Context = context, Node = name });
            return name;
        }

        /// <summary>Returns the owner of a node: the sender, if it is the node itself that is sent.</summary>
        private int OwnerOf(in TraceRecord record, string context)
        {
            bool isSender = record is { Kind: TraceRecordKind.NodeToReference, Process: > 0 };
            int owner = isSender ? record.Process : UnseenId;
            Create(owner, context, isSender ? null : UnseenName);
            return owner;
        }

        private void Create(int id, string context, string? name)
        {
            if (_processes.Add((id, context)))
                Operations.Enqueue(new HandleOperation { Operation = HandleOperationKind.NewProcess, Id = id, Context = context, Process = name });
        }
    }
}
