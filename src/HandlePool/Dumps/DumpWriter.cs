using System.Text;
using HandlePool.IO;
using HandlePool.Names;

namespace HandlePool.Dumps;

/// <summary>Writes a session as the driver would print it, so that whatever reads dumps can read it.</summary>
/// <remarks>
/// <para>What <see cref="DumpReader"/> makes of it has the same processes, nodes, references and managers. Names of nodes,
/// capacities, options, exited processes and events are nothing that a dump can say.</para>
/// <para>The pointers, which no session has, are made up of the node's id; those of a manager's node are null, as in
/// life. Static and thread-safe: while others work in the session, the references of each process are those of one moment.</para>
/// </remarks>
public static class DumpWriter
{
    /// <summary>The highest id of a node that can be written; references are numbered behind the highest, and readers take 18 digits.</summary>
    public const long HighestNodeId = 99_999_999_999_999_999;

    // Readers skip longer lines.
    private const int LongestName = 1 << 16;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Writes a session into a file, which is replaced whole or not at all.</summary>
    /// <param name="path">The file.</param>
    /// <param name="session">The session.</param>
    /// <param name="form">Which driver's dumps it is like.</param>
    /// <param name="cancellationToken">Stops it; what was there is still there.</param>
    /// <exception cref="HandleException"><c>DumpFormat</c>: a name, a context or an id is none that a dump can have.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static void WriteFile(string path, HandleSession session, DumpForm form = DumpForm.C, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(session);
        Snapshot snapshot = new(session);
        AtomicFile.Write(path, stream => Write(stream, snapshot, form, cancellationToken));
    }

    /// <summary>Writes a session into a stream, which is left open.</summary>
    /// <exception cref="HandleException"><c>DumpFormat</c>: a name, a context or an id is none that a dump can have. Nothing is written then.</exception>
    public static void Write(Stream stream, HandleSession session, DumpForm form = DumpForm.C)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(session);
        Write(stream, new Snapshot(session), form, CancellationToken.None);
    }

    private static void Write(Stream stream, Snapshot snapshot, DumpForm form, CancellationToken cancellationToken)
    {
        DumpBuffer text = new(stream);
        bool isRust = form == DumpForm.Rust;
        text.Text(snapshot.IsWhole ? "binder state:\n"u8 : "binder proc state:\n"u8);
        bool isFirst = true;
        for (int node = 0; node < snapshot.Nodes.Length; node++)
        {
            // One that nobody holds has lost its last holder just now.
            ref readonly NodeState state = ref snapshot.Nodes[node];
            if (!state.IsDead || (state.Holders == 0 && !state.Node.IsKept))
                continue;
            if (isFirst)
                text.Text("dead nodes:\n"u8);
            isFirst = false;
            WriteNode(ref text, snapshot, node, isRust);
        }

        long id = snapshot.HighestId;
        bool needsHeading = false;
        foreach ((HandleProcess process, HandleReference[] references) in snapshot.Processes)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (needsHeading)
                text.Text("binder proc state:\n"u8);
            needsHeading = !snapshot.IsWhole;
            text.Field("proc "u8, process.Id);
            if (process.Name is { } name)
            {
                text.Text(" ("u8);
                text.Text(name);
                text.Text(")"u8);
            }

            text.Text("\ncontext "u8);
            text.Text(process.Context);
            text.Text("\n"u8);
            foreach (int node in snapshot.NodesOf(process))
                WriteNode(ref text, snapshot, node, isRust);
            foreach (HandleReference reference in references)
            {
                text.Field("  ref "u8, ++id);
                text.Field(": desc "u8, reference.Handle);
                text.Text(snapshot.IsDead(reference.Node) ? " dead"u8 : ""u8);
                text.Field(" node "u8, reference.Node.Id);
                text.Field(" s "u8, reference.Strong);
                text.Field(" w "u8, reference.Weak);
                text.Text(isRust ? "\n"u8 : " d 0000000000000000\n"u8);
            }
        }

        text.Flush();
    }

    private static void WriteNode(ref DumpBuffer text, Snapshot snapshot, int index, bool isRust)
    {
        ref readonly NodeState node = ref snapshot.Nodes[index];

        // Null pointers are a manager's, so that node 0 has others.
        ulong pointer = node.IsManagers ? 0 : node.Node.Id == 0 ? ulong.MaxValue : (ulong)node.Node.Id;
        int own = node.IsManagers ? 1 : 0;
        text.Field("  node "u8, node.Node.Id);
        text.Pointer(": u"u8, pointer);
        text.Pointer(" c"u8, pointer);
        if (isRust)
        {
            text.Text(node.Strong + own > 0 ? " hs true"u8 : " hs false"u8);
            text.Text(node.Weak > 0 ? " hw true"u8 : " hw false"u8);
            text.Field(" cs "u8, node.Strong + own);
            text.Field(" cw "u8, node.Weak);
        }
        else
        {
            text.Field(" pri 0:139 hs "u8, node.StrongHolders + own > 0 ? 1 : 0);
            text.Field(" hw "u8, node.Holders + own > 0 ? 1 : 0);
            text.Field(" ls "u8, own);
            text.Field(" lw "u8, own);
            text.Field(" is "u8, node.StrongHolders);
            text.Field(" iw "u8, node.Holders);
            text.Text(" tr 0"u8);
        }

        if (node.Holders > 0)
            text.Text(" proc"u8);
        foreach (int holder in snapshot.HoldersOf(index))
            text.Field(" "u8, holder);
        text.Text("\n"u8);
    }

    private struct NodeState
    {
        internal HandleNode Node;
        internal bool IsDead;
        internal bool IsManagers;
        internal int Holders;
        internal int StrongHolders;
        internal long Strong;
        internal long Weak;

        /// <summary>Where the pids of its holders end.</summary>
        internal int End;
    }

    /// <summary>A session as it is written: everything that others may change meanwhile is read once.</summary>
    private sealed class Snapshot
    {
        private readonly Dictionary<HandleNode, int> _indexes;
        private readonly Dictionary<HandleProcess, List<int>> _owned = [];
        private readonly int[] _holders;

        internal Snapshot(HandleSession session)
        {
            // References first and nodes afterwards: then no reference is to a node that is not there yet. A process that came
            // in between may own one of the nodes already, and is taken without references.
            List<(HandleProcess Process, HandleReference[] References)> processes =
                [.. session.GetProcesses().Select(process => (process, process.GetReferences()))];
            HandleNode[] nodes = session.GetNodes();
            HashSet<HandleProcess> known = [.. processes.Select(each => each.Process)];
            processes.AddRange(session.GetProcesses().Where(process => !known.Contains(process)).Select(process => (process, Array.Empty<HandleReference>())));
            Processes = processes;
            foreach ((HandleProcess process, _) in processes)
                CheckWritable(process);

            Nodes = new NodeState[nodes.Length];
            _indexes = new Dictionary<HandleNode, int>(nodes.Length);
            IsWhole = true;
            for (int i = 0; i < nodes.Length; i++)
            {
                HandleNode node = nodes[i];
                if (node.Id is < 0 or > HighestNodeId)
                    throw HandleErrors.DumpNotWritable(node, $"Node id {node.Id}");
                bool isDead = node.IsDead;
                Nodes[i] = new NodeState { Node = node, IsDead = isDead, IsManagers = !isDead && node.Owner?.BinderContext.ManagerNode == node };
                _indexes.Add(node, i);
                HighestId = Math.Max(HighestId, node.Id);
                if (isDead)
                    continue;
                if (node.Owner is not { } owner)
                    IsWhole = false;
                else if (_owned.TryGetValue(owner, out List<int>? owned))
                    owned.Add(i);
                else
                    _owned.Add(owner, [i]);
            }

            _holders = FindHolders();
        }

        internal List<(HandleProcess Process, HandleReference[] References)> Processes { get; }

        /// <summary>The nodes in ascending order of id.</summary>
        internal NodeState[] Nodes { get; }

        internal long HighestId { get; }

        /// <summary>Whether every living node has its owner.</summary>
        internal bool IsWhole { get; }

        internal List<int> NodesOf(HandleProcess process) => _owned.TryGetValue(process, out List<int>? owned) ? owned : [];

        /// <summary>A node that is gone by now was dead in the end.</summary>
        internal bool IsDead(HandleNode node) => !_indexes.TryGetValue(node, out int index) || Nodes[index].IsDead;

        /// <summary>The pids of those that hold a node.</summary>
        internal ReadOnlySpan<int> HoldersOf(int index) => _holders.AsSpan(Nodes[index].End - Nodes[index].Holders, Nodes[index].Holders);

        private int[] FindHolders()
        {
            foreach ((_, HandleReference[] references) in Processes)
            {
                foreach (HandleReference reference in references)
                {
                    if (!_indexes.TryGetValue(reference.Node, out int index))
                        continue;
                    ref NodeState node = ref Nodes[index];
                    node.Holders++;
                    node.StrongHolders += reference.Strong > 0 ? 1 : 0;
                    node.Strong += reference.Strong;
                    node.Weak += reference.Weak;
                }
            }

            int count = 0;
            for (int i = 0; i < Nodes.Length; i++)
            {
                Nodes[i].End = count;
                count += Nodes[i].Holders;
            }

            int[] holders = new int[count];
            foreach ((HandleProcess process, HandleReference[] references) in Processes)
            {
                foreach (HandleReference reference in references)
                {
                    if (_indexes.TryGetValue(reference.Node, out int index))
                        holders[Nodes[index].End++] = process.Id;
                }
            }

            return holders;
        }

        private static void CheckWritable(HandleProcess process)
        {
            if (process.Name is { } name && (string.IsNullOrWhiteSpace(name) || !IsOneLine(name)))
                throw HandleErrors.DumpNotWritable(process, $"The name '{VisibleText.Name(name)}' of process {process.Id}");

            // A context that ends like a heading would be read as one.
            string context = process.Context;
            if (context.Trim() != context || !IsOneLine(context) || IncrementalDumpReader.FindHeading(Encoding.UTF8.GetBytes(context)) >= 0)
                throw HandleErrors.DumpNotWritable(process, $"The context '{VisibleText.Name(context)}' of process {process.Id}");
        }

        private static bool IsOneLine(string text)
        {
            try
            {
                return text.Length <= LongestName && !text.Any(char.IsControl) && StrictUtf8.GetByteCount(text) > 0;
            }
            catch (EncoderFallbackException)
            {
                return false;
            }
        }
    }
}
