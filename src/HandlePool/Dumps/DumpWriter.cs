using System.Text;
using HandlePool.IO;
using HandlePool.Tables;
using HandlePool.Text;

namespace HandlePool.Dumps;

/// <summary>Writes sessions as the driver prints them, for any reader of dumps.</summary>
/// <remarks>
/// <para><see cref="DumpReader"/> reads the same processes, nodes, references and managers back. docs/dumps.md lists what the forms
/// cannot represent.</para>
/// <para>Sessions have no pointers: the node's id stands for them; those of a manager's node are null, as in the driver.
/// Static and thread-safe: what is written is the session at one moment, at which other threads wait until it is copied.</para>
/// </remarks>
public static class DumpWriter
{
    /// <summary>The highest node id that can be written: references are numbered above it, and readers accept 18 digits.</summary>
    public const long HighestNodeId = 99_999_999_999_999_999;

    // Readers skip longer lines.
    private const int LongestName = 1 << 16;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Writes a session to a file atomically: if that fails or is cancelled, an existing file stays as it was.</summary>
    /// <param name="path">The file.</param>
    /// <param name="session">The session.</param>
    /// <param name="form">
    /// The driver whose format is written. By default it is that of the dump that the session was imported from, or else that of the
    /// session's driver.
    /// </param>
    /// <param name="overwrite">Whether an existing file is replaced. Otherwise it stays, even if it is created during the writing.</param>
    /// <param name="cancellationToken">Cancels the writing.</param>
    /// <returns>
    /// The processes that are left out, in ascending order of pid: their references are unknown, and no node lists them as holders, so that a dump
    /// could only say that they hold nothing.
    /// </returns>
    /// <exception cref="HandleException"><c>DumpFormat</c>: a dump cannot have one of the names, contexts or ids.</exception>
    /// <exception cref="IOException">The file cannot be written, or exists and is not to be replaced.</exception>
    /// <exception cref="UnauthorizedAccessException">Access to the file or its folder is denied.</exception>
    /// <exception cref="OperationCanceledException">The writing was cancelled.</exception>
    public static IReadOnlyList<HandleProcess> WriteFile(string path, HandleSession session, DumpForm? form = null, bool overwrite = true,
        CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(session);
        Snapshot snapshot = new(session, cancellationToken);
        AtomicFile.Write(path, overwrite, stream => Write(stream, snapshot, form ?? session.DumpForm, cancellationToken));
        return snapshot.LeftOut;
    }

    /// <summary>Writes a session to a stream, which is left open.</summary>
    /// <returns>The processes that are left out, as <see cref="WriteFile"/> returns them.</returns>
    /// <exception cref="HandleException"><c>DumpFormat</c>: a dump cannot have one of the names, contexts or ids. Nothing is written then.</exception>
    public static IReadOnlyList<HandleProcess> Write(Stream stream, HandleSession session, DumpForm? form = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(session);
        Snapshot snapshot = new(session, CancellationToken.None);
        Write(stream, snapshot, form ?? session.DumpForm, CancellationToken.None);
        return snapshot.LeftOut;
    }

    private static void Write(Stream stream, Snapshot snapshot, DumpForm form, CancellationToken cancellationToken)
    {
        DumpBuffer text = new(stream);
        bool isRust = form == DumpForm.Rust;
        text.Add($"{(snapshot.IsWhole ? "binder state:"u8 : "binder proc state:"u8)}\n");
        bool isFirst = true;
        for (int node = 0; node < snapshot.Nodes.Length && !isRust; node++)
        {
            // A dead node without holders has just lost its last one.
            ref readonly NodeState state = ref snapshot.Nodes[node];
            if (!state.IsDead || (state.Holders == 0 && !state.Node.IsKept))
                continue;
            if (isFirst)
                text.Add($"dead nodes:\n");
            isFirst = false;
            WriteNode(text, snapshot, node, form);
        }

        long id = snapshot.HighestId;
        bool needsHeading = false;
        foreach (ProcessState state in snapshot.Processes)
        {
            (HandleProcess process, NotificationWork? work) = (state.Process, state.Work);
            cancellationToken.ThrowIfCancellationRequested();
            if (needsHeading)
                text.Add($"binder proc state:\n");
            needsHeading = !snapshot.IsWhole;
            text.Add($"proc {process.Id}");
            if (process.Name is { } name)
            {
                text.Add($" (");
                text.AddName(name);
                text.Add($")");
            }

            text.Add($"\ncontext ");
            text.AddName(process.Context);
            text.Add($"\n");
            WriteThread(text, process, work, isRust);
            foreach (int node in snapshot.NodesOf(process))
                WriteNode(text, snapshot, node, form);
            for (int index = 0; index < state.References.Length; index++)
            {
                ref readonly TableEntry reference = ref state.References[index];

                // A node that is missing was dead before it was gone.
                int node = state.Nodes[index];
                bool isKnown = node >= 0;
                ReadOnlySpan<byte> dead = isKnown && !snapshot.Nodes[node].IsDead ? [] : " dead"u8;
                long nodeId = isKnown ? snapshot.Nodes[node].Id : reference.Node.Id;
                text.Add($"  ref {++id}: desc {reference.Handle}{dead} node {nodeId} s {reference.Strong} w {reference.Weak}");
                if (!isRust)
                    text.Add($" d {(work is not null && work.Deaths.Contains(reference.Handle) ? (ulong)id : 0):x16}\n");
            }

            WriteWork(text, work, isRust);

            // The Rust driver prints no line feed after a reference, but one after each process.
            if (isRust)
                text.Add($"\n");
        }

        text.Flush();
    }

    /// <summary>Writes the main thread of a process, if anything is queued for it.</summary>
    private static void WriteThread(DumpBuffer text, HandleProcess process, NotificationWork? work, bool isRust)
    {
        if (work is null or { ThreadMessages.Length: 0, ErrorAfter: null })
            return;
        text.Add($"  thread {process.Id}: l 12 need_return {(isRust ? "false"u8 : "0 tr 0"u8)}\n");
        for (int position = 0; position <= work.ThreadMessages.Length; position++)
        {
            if (position == work.ErrorAfter)
                text.Add($"    transaction error: 2147774976\n");
            if (position < work.ThreadMessages.Length)
                text.Add($"    {WordsOf(work.ThreadMessages[position], isRust)}\n");
        }
    }

    private static void WriteWork(DumpBuffer text, NotificationWork? work, bool isRust)
    {
        if (work is null)
            return;
        foreach (NotificationEntry message in work.Messages)
            text.Add($"  {WordsOf(message, isRust)}\n");

        // The C driver tells only whether there is any.
        int deaths = work.Delivered.Count(entry => entry.Kind == HandleNotificationKind.Death);
        for (int count = isRust ? deaths : Math.Min(1, deaths); count > 0; count--)
            text.Add($"  has delivered dead binder\n");
        if (!isRust && deaths < work.Delivered.Length)
            text.Add($"  has delivered freeze binder\n");
    }

    private static ReadOnlySpan<byte> WordsOf(NotificationEntry message, bool isRust)
    {
        bool isCleared = message.State is HandleNotificationState.Cleared;
        if (message.Kind == HandleNotificationKind.Freeze)
            return isCleared && !isRust ? "has cleared freeze notification"u8 : "has frozen binder"u8;
        return isCleared ? "has cleared death notification"u8
            : message.State == HandleNotificationState.Clearing ? "has cleared dead binder"u8 : "has dead binder"u8;
    }

    private static void WriteNode(DumpBuffer text, Snapshot snapshot, int index, DumpForm form)
    {
        ref readonly NodeState node = ref snapshot.Nodes[index];

        // Null pointers mark a manager's node, so node 0 must not have them.
        ulong pointer = node.IsManagers ? 0 : node.Node.Id == 0 ? ulong.MaxValue : (ulong)node.Node.Id;
        int own = node.IsManagers ? 1 : 0;
        text.Add($"  node {node.Node.Id}: u{pointer:x16} c{pointer:x16}");
        bool hasStrong = node.StrongHolders + own > 0;
        if (form == DumpForm.Rust)
        {
            ReadOnlySpan<byte> strong = hasStrong ? "true"u8 : "false"u8;
            ReadOnlySpan<byte> weak = hasStrong || node.WeakHolders > 0 ? "true"u8 : "false"u8;
            text.Add($" hs {strong} hw {weak} cs {node.StrongHolders + own} cw {node.WeakHolders}");
        }
        else
        {
            if (form == DumpForm.C)
                text.Add($" pri 0:139");

            // The driver takes a temporary reference to a node while it prints it.
            text.Add($" hs {(hasStrong ? 1 : 0)} hw {(node.Holders + own > 0 ? 1 : 0)} ls {own} lw {own} is {node.StrongHolders} iw {node.Holders} tr 1");
        }

        if (node.Holders > 0)
            text.Add($" proc");
        foreach (int holder in snapshot.HoldersOf(index))
            text.Add($" {holder}");
        text.Add($"\n");
    }

    private struct NodeState
    {
        internal HandleNode Node;
        internal long Id;
        internal bool IsDead;
        internal bool IsManagers;
        internal int Holders;
        internal int StrongHolders;
        internal int WeakHolders;

        /// <summary>The end of the pids of its holders.</summary>
        internal int End;
    }

    /// <summary>Represents a process as it is written.</summary>
    /// <param name="Process">The process.</param>
    /// <param name="References">Its references, in ascending order of handle.</param>
    /// <param name="Work">What is queued for it.</param>
    private sealed record ProcessState(HandleProcess Process, TableEntry[] References, NotificationWork? Work)
    {
        /// <summary>Gets the places of the nodes of its references in <see cref="Snapshot.Nodes"/>; -1 for one that is not there.</summary>
        internal int[] Nodes { get; } = new int[References.Length];
    }

    /// <summary>Represents a session as it is written: what other threads may change is read once.</summary>
    private sealed class Snapshot
    {
        private readonly Dictionary<HandleProcess, List<int>> _owned = [];
        private readonly HashSet<(int Id, string Context)> _unstated;
        private readonly int[] _holders;

        internal Snapshot(HandleSession session, CancellationToken cancellationToken)
        {
            // One look at everything: a process that exits meanwhile and returns under its pid would otherwise be written twice.
            HandleProcess[] all;
            using (session.LockAll(cancellationToken))
            {
                all = session.GetProcesses();
                Nodes = Array.ConvertAll(session.GetNodes(), node => new NodeState
                {
                    Node = node,
                    Id = node.Id,
                    IsDead = node.IsDead,
                    IsManagers = node is { IsDead: false, Owner: { } owner } && owner.BinderContext.ManagerNode == node,
                });
                Processes = [.. all.WithCancellation(cancellationToken).Where(IsStated).Select(Read)];
            }

            if (Processes.Count == 0 && all.Length > 0)
                throw DumpErrors.NothingToWrite(session);
            foreach (ProcessState process in Processes.WithCancellation(cancellationToken))
                CheckWritable(process.Process);

            Dictionary<HashedId, int> places = new(Nodes.Length);
            IsWhole = Processes.Count == all.Length;
            HandleProcess[] unstated = Array.FindAll(all, process => !IsStated(process));
            _unstated = [.. unstated.Select(process => (process.Id, process.Context))];
            for (int i = 0; i < Nodes.Length; i++)
            {
                HandleNode node = Nodes[i].Node;
                if (node.Id is < 0 or > HighestNodeId)
                    throw DumpErrors.DumpNotWritable(node, $"Node id {node.Id}");
                places.Add(node.Id, i);
                HighestId = Math.Max(HighestId, node.Id);
                if (Nodes[i].IsDead)
                    continue;
                if (node.Owner is not { } owner)
                    IsWhole = false;
                else if (_owned.TryGetValue(owner, out List<int>? owned))
                    owned.Add(i);
                else
                    _owned.Add(owner, [i]);
            }

            foreach (ProcessState process in Processes.WithCancellation(cancellationToken))
            {
                for (int i = 0; i < process.Nodes.Length; i++)
                    process.Nodes[i] = places.GetValueOrDefault(process.References[i].Node.Id, -1);
            }

            _holders = FindHolders(out HashSet<(int Id, string Context)> listed);
            LeftOut = new HandleList<HandleProcess>(Array.FindAll(unstated, process => !listed.Contains((process.Id, process.Context))));
        }

        internal List<ProcessState> Processes { get; }

        /// <summary>Gets the processes whose references are unknown, and which no node lists.</summary>
        internal HandleList<HandleProcess> LeftOut { get; }

        /// <summary>Gets the nodes in ascending order of id.</summary>
        internal NodeState[] Nodes { get; }

        internal long HighestId { get; }

        /// <summary>Gets whether every living node has an owner, and the references of every process are known.</summary>
        internal bool IsWhole { get; }

        internal List<int> NodesOf(HandleProcess process) => _owned.TryGetValue(process, out List<int>? owned) ? owned : [];

        /// <summary>Returns the pids of the holders of a node.</summary>
        internal ReadOnlySpan<int> HoldersOf(int index) => _holders.AsSpan(Nodes[index].End - Nodes[index].Holders, Nodes[index].Holders);

        /// <summary>Returns whether references of a process are known: a dump without them would say that it holds nothing.</summary>
        private static bool IsStated(HandleProcess process) => process.CountSource == HandleCountSource.State || process.Table.Count > 0;

        private static ProcessState Read(HandleProcess process) => new(process, process.Table.ToArray(out NotificationWork? work), work);

        /// <summary>Returns the pids of the holders of all nodes.</summary>
        /// <param name="listed">The holders whose references are unknown.</param>
        private int[] FindHolders(out HashSet<(int Id, string Context)> listed)
        {
            listed = [];
            for (int i = 0; i < Nodes.Length; i++)
            {
                int[] ids = ListedOf(Nodes[i]);
                Nodes[i].Holders += ids.Length;
                Nodes[i].StrongHolders += ids.Length;
                foreach (int id in ids)
                    listed.Add((id, Nodes[i].Node.Context!));
            }

            foreach (ProcessState process in Processes)
            {
                for (int i = 0; i < process.Nodes.Length; i++)
                {
                    if (process.Nodes[i] is not (>= 0 and int index))
                        continue;
                    ref NodeState node = ref Nodes[index];
                    node.Holders++;
                    node.StrongHolders += process.References[i].Strong > 0 ? 1 : 0;
                    node.WeakHolders += process.References[i].Weak > 0 ? 1 : 0;
                }
            }

            int count = 0;
            for (int i = 0; i < Nodes.Length; i++)
            {
                Nodes[i].End = count;
                count += Nodes[i].Holders;
            }

            int[] holders = new int[count];
            foreach (ProcessState process in Processes)
            {
                foreach (int index in process.Nodes)
                {
                    if (index >= 0)
                        holders[Nodes[index].End++] = process.Process.Id;
                }
            }

            for (int i = 0; i < Nodes.Length; i++)
            {
                int[] ids = ListedOf(Nodes[i]);
                ids.CopyTo(holders.AsSpan(Nodes[i].End));
                Nodes[i].End += ids.Length;
            }

            return holders;
        }

        /// <summary>Returns the holders whose references are unknown. Another one that is listed has no reference to the node.</summary>
        private int[] ListedOf(in NodeState node) =>
            _unstated.Count > 0 && node is { IsDead: false, Node: ListedNode { Holders: { } holders, Context: { } context } }
                ? Array.FindAll(holders, id => _unstated.Contains((id, context)))
                : [];

        private static void CheckWritable(HandleProcess process)
        {
            if (process.Name is { } name && (string.IsNullOrWhiteSpace(name) || !IsOneLine(name)))
                throw DumpErrors.DumpNotWritable(process, $"The name '{VisibleText.Name(name)}' of process {process.Id}");

            // A context that ends like a heading would be read as a heading, and two slashes begin a remark.
            string context = process.Context;
            if (context.Trim() != context || !IsOneLine(context) || context.Contains(" //", StringComparison.Ordinal)
                || DumpHeading.OfText(Encoding.UTF8.GetBytes(context), out _) is not null || DumpHeading.OfText(Encoding.UTF8.GetBytes("context " + context), out _) is not null)
                throw DumpErrors.DumpNotWritable(process, $"The context '{VisibleText.Name(context)}' of process {process.Id}");
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
