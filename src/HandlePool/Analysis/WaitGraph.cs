using System.Globalization;
using HandlePool.Evidence;
using HandlePool.Tables;
using HandlePool.Text;

namespace HandlePool.Analysis;

/// <summary>Finds which threads wait for which, and the circles in that.</summary>
/// <remarks>
/// A thread waits for the call at the top of its stack, if it made that; if it serves it, the thread runs, though it may have made the calls below.
/// So a thread waits for one other at most, or for any thread of a process that takes the call. O(calls).
/// </remarks>
internal sealed class WaitGraph
{
    private const int LongestChain = 12;
    private const int MostNamed = 3;

    // Calls between two processes in both directions are ordinary as long as they are short.
    private const long LeastAge = 1_000;

    // The call at the top of the stack of each thread, and whether it made that call.
    private readonly Dictionary<Worker, (ShownCall Call, bool Waits)> _tops = [];
    private readonly Dictionary<HashedId, List<Worker>> _pools = [];
    private readonly HashSet<Worker> _stuck = [];
    private readonly Dictionary<ShownCall, HandleWaitCycle> _cycles = [];
    private readonly Dictionary<ShownCall, int> _waiting = [];

    // For each group of processes that wait for each other: enough calls to name a few others for each call.
    private readonly Dictionary<HashedId, List<ShownCall>> _mutual = [];
    private readonly Dictionary<HashedId, int> _componentOf = [];
    private readonly Func<int, string?> _nameOf;

    internal WaitGraph(IReadOnlyList<CallRecord> records, ShownCall[] callOf, Func<int, string?> nameOf, CancellationToken cancellationToken)
    {
        _nameOf = nameOf;
        for (int index = 0; index < callOf.Length; index++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            AddTop(records[index], callOf[index]);
        }

        FindThreadCycles(cancellationToken);
        FindStuck(cancellationToken);
        CountWaiting(cancellationToken);
        FindMutual(cancellationToken);
    }

    private IEnumerable<(Worker Thread, ShownCall Call)> Waits => _tops.Where(top => top.Value.Waits).Select(top => (top.Key, top.Value.Call));

    /// <summary>Returns whether a call is part of a circle.</summary>
    internal HandleWaitCycle CycleOf(ShownCall call) => _cycles.GetValueOrDefault(call);

    /// <summary>Returns the number of threads that wait for a call, directly or not.</summary>
    internal int WaitingFor(ShownCall call) => _waiting.GetValueOrDefault(call);

    /// <summary>Returns the sentence that tells for whom the sender of a call waits; null if nothing waits for it.</summary>
    internal string? Describe(ShownCall call)
    {
        if (!call.IsWaitedFor || call.ToId is not { } receiver)
            return null;
        if (SenderOf(call) is not { } sender)
            return $"Its sender waits for {Name(receiver, call.ToThread)}.";
        if (_tops.TryGetValue(sender, out var top) && (top.Call != call || !top.Waits))
            return $"{Name(sender)} made it, and {(top.Waits ? "waits for" : "serves")} call {top.Call.First.Id} meanwhile.";
        string chain = $"{Name(sender)} waits for {Chain(call)}";
        return CycleOf(call) switch
        {
            HandleWaitCycle.Threads => $"Deadlock: {chain}.",
            HandleWaitCycle.Pool => $"Deadlock unless process {Name(receiver, null)} gets another thread: {chain}.",
            HandleWaitCycle.Processes => $"{chain}. {DescribeMutual(call)}",
            _ => $"{chain}.",
        };
    }

    /// <summary>Returns a process or a thread: <c>PID:THREAD (NAME)</c>, or the numbers only.</summary>
    internal string Name(int process, int? thread)
    {
        string numbers = thread is { } known ? string.Create(CultureInfo.InvariantCulture, $"{process}:{known}") : process.ToString(CultureInfo.InvariantCulture);
        return _nameOf(process) is { } name ? $"{numbers} ({VisibleText.Name(name)})" : numbers;
    }

    private string Name(Worker thread) => Name(thread.Process, thread.Id);

    private static Worker? SenderOf(ShownCall call) => call is { FromId: { } process, FromThread: { } thread } ? new Worker(process, thread) : null;

    private static Worker? ReceiverOf(ShownCall call) => call is { ToId: { } process, ToThread: { } thread } ? new Worker(process, thread) : null;

    /// <summary>Adds a call that is on the stack of a thread. The top is printed first, of each context.</summary>
    private void AddTop(CallRecord record, ShownCall call)
    {
        if (record.Kind is not (CallRecordKind.Outgoing or CallRecordKind.Incoming) || call.Kind == HandleTransactionKind.Reply)
            return;
        bool isOutgoing = record.Kind == CallRecordKind.Outgoing;
        if ((record.HostId ?? (isOutgoing ? record.FromId : record.ToId)) is not { } process
            || (record.HostThread ?? (isOutgoing ? record.FromThread : record.ToThread)) is not { } id)
        {
            return;
        }

        Worker thread = new(process, id);
        if (_tops.TryGetValue(thread, out var known))
        {
            // A thread that serves a call of one device may wait for one of another.
            if (!known.Waits && isOutgoing && known.Call.Context != call.Context && call.IsWaitedFor)
                _tops[thread] = (call, true);
            return;
        }

        _tops.Add(thread, (call, isOutgoing && call.IsWaitedFor));
        if (!record.IsOfPool)
            return;
        if (!_pools.TryGetValue(process, out List<Worker>? pool))
            _pools.Add(process, pool = []);
        pool.Add(thread);
    }

    /// <summary>Returns the thread for which a thread waits, if that waits as well.</summary>
    private Worker? Next(Worker thread) => ReceiverOf(_tops[thread].Call) is { } receiver && _tops.TryGetValue(receiver, out var top) && top.Waits ? receiver : null;

    private void FindThreadCycles(CancellationToken cancellationToken)
    {
        // The walk in which each thread was met first: walks end where an earlier one was.
        Dictionary<Worker, int> walks = [];
        int walk = 0;
        foreach ((Worker start, _) in Waits)
        {
            cancellationToken.ThrowIfCancellationRequested();
            walk++;
            Worker? at = start;
            while (at is { } thread && walks.TryAdd(thread, walk))
                at = Next(thread);
            if (at is not { } met || walks[met] != walk)
                continue;
            Worker each = met;
            do
            {
                _cycles[_tops[each].Call] = HandleWaitCycle.Threads;
                each = Next(each)!.Value;
            }
            while (each != met);
        }
    }

    /// <summary>Finds the threads that can never go on: all those but which wait for a thread that runs, or for a process with a thread that can go on.</summary>
    private void FindStuck(CancellationToken cancellationToken)
    {
        Dictionary<Worker, List<Worker>> behindThread = [];
        Dictionary<HashedId, List<Worker>> behindPool = [];
        Queue<Worker> free = new();
        foreach ((Worker thread, ShownCall call) in Waits)
        {
            _stuck.Add(thread);
            if (ReceiverOf(call) is { } receiver)
                Add(behindThread, receiver, thread);
            else if (call.ToId is { } process)
                Add(behindPool, (HashedId)process, thread);
            else
                free.Enqueue(thread);
        }

        // What runs, what the text does not show, and processes of whose threads it shows none.
        foreach (Worker thread in behindThread.Keys.Where(thread => !_stuck.Contains(thread)).Concat(_tops.Where(top => !top.Value.Waits).Select(top => top.Key)))
            free.Enqueue(thread);
        foreach ((HashedId process, List<Worker> threads) in behindPool)
        {
            if (!_pools.ContainsKey(process))
                threads.ForEach(free.Enqueue);
        }

        HashSet<Worker> pooled = [.. _pools.Values.SelectMany(pool => pool)];
        HashSet<Worker> done = [];
        while (free.TryDequeue(out Worker thread))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!done.Add(thread))
                continue;
            _stuck.Remove(thread);
            if (behindThread.Remove(thread, out List<Worker>? waiting))
                waiting.ForEach(free.Enqueue);
            if (pooled.Contains(thread) && behindPool.Remove(thread.Process, out List<Worker>? queued))
                queued.ForEach(free.Enqueue);
        }

        foreach (Worker thread in _stuck)
        {
            ShownCall call = _tops[thread].Call;
            if (ReceiverOf(call) is null)
                _cycles.TryAdd(call, HandleWaitCycle.Pool);
        }

        static void Add<T>(Dictionary<T, List<Worker>> lists, T key, Worker thread)
            where T : notnull
        {
            if (!lists.TryGetValue(key, out List<Worker>? list))
                lists.Add(key, list = []);
            list.Add(thread);
        }
    }

    /// <summary>Counts the threads behind each call, from those for which nothing waits. In a circle, only those before it count.</summary>
    private void CountWaiting(CancellationToken cancellationToken)
    {
        Dictionary<Worker, int> before = [];
        foreach ((Worker thread, ShownCall call) in Waits)
        {
            _waiting[call] = _waiting.GetValueOrDefault(call) + 1;
            if (Next(thread) is { } next)
                before[next] = before.GetValueOrDefault(next) + 1;
        }

        Queue<Worker> ready = new(Waits.Select(wait => wait.Thread).Where(thread => !before.ContainsKey(thread)));
        while (ready.TryDequeue(out Worker thread))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (Next(thread) is not { } next)
                continue;
            _waiting[_tops[next].Call] += _waiting[_tops[thread].Call];
            if (--before[next] == 0)
                ready.Enqueue(next);
        }
    }

    /// <summary>Finds the processes that wait for each other: the strongly connected components of more than one.</summary>
    private void FindMutual(CancellationToken cancellationToken)
    {
        ShownCall[] waits = [.. Waits.Select(wait => wait.Call).Where(call => call.Value(record => record.Age) is not < LeastAge && call is { FromId: not null, ToId: not null })];
        ILookup<HashedId, int> targets = waits.Select(call => (From: call.FromId!.Value, To: call.ToId!.Value)).Distinct().ToLookup(edge => (HashedId)edge.From, edge => edge.To);
        Dictionary<HashedId, int> lowest = [];
        HashSet<HashedId> open = [];
        Stack<int> members = new();
        Stack<(int Process, int Number, IEnumerator<int> Next)> path = new();
        int number = 0;
        foreach (int start in waits.Select(call => call.FromId!.Value))
        {
            if (!lowest.ContainsKey(start))
                Enter(start);
            while (path.TryPeek(out var top))
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (top.Next.MoveNext())
                {
                    int next = top.Next.Current;
                    if (!lowest.ContainsKey(next))
                        Enter(next);
                    else if (open.Contains(next))
                        lowest[top.Process] = Math.Min(lowest[top.Process], lowest[next]);
                    continue;
                }

                path.Pop();
                if (path.TryPeek(out var above))
                    lowest[above.Process] = Math.Min(lowest[above.Process], lowest[top.Process]);
                if (lowest[top.Process] == top.Number)
                    Close(top.Process);
            }
        }

        foreach (ShownCall call in waits)
        {
            int component = _componentOf[call.FromId!.Value];
            if (call.FromId == call.ToId || component != _componentOf[call.ToId!.Value])
                continue;
            _cycles.TryAdd(call, HandleWaitCycle.Processes);
            if (!_mutual.TryGetValue(component, out List<ShownCall>? calls))
                _mutual.Add(component, calls = []);

            // The first ones of some other senders are enough, so that each call looks at a few.
            int alike = calls.Count(other => other.FromId == call.FromId);
            if (alike > 0 ? alike < MostNamed : calls.Select(other => other.FromId).Distinct().Count() <= MostNamed)
                calls.Add(call);
        }

        void Enter(int process)
        {
            lowest[process] = ++number;
            open.Add(process);
            members.Push(process);
            path.Push((process, number, targets[process].GetEnumerator()));
        }

        void Close(int root)
        {
            int member;
            do
            {
                member = members.Pop();
                open.Remove(member);
                _componentOf[member] = root;
            }
            while (member != root);
        }
    }

    /// <summary>Returns for whom the sender of a call waits, and for whom that one waits.</summary>
    private string Chain(ShownCall call)
    {
        List<string> links = [];
        HashSet<Worker> seen = [SenderOf(call)!.Value];
        string end = "";
        while (true)
        {
            if (ReceiverOf(call) is not { } next)
            {
                // Lines that contradict each other tell no receiver.
                if (call.ToId is not { } receiver)
                {
                    links.Add("an unknown process");
                    break;
                }

                string process = Name(receiver, null);
                List<Worker> pool = _pools.GetValueOrDefault(receiver, []);
                if (CycleOf(call) != HandleWaitCycle.Pool)
                {
                    links.Add($"{process}, of which no thread has taken the call");
                    break;
                }

                next = pool.Find(_stuck.Contains);
                links.Add(pool.Count == 1 ? $"{process}, whose only known thread {Name(next)} waits" : $"{process}, all of whose {pool.Count} known threads wait, {Name(next)} among them");
            }
            else
            {
                links.Add(Name(next));
            }

            if (!_tops.TryGetValue(next, out var top) || !top.Waits)
            {
                end = ", which runs";
                break;
            }

            if (!seen.Add(next))
                break;
            if (links.Count == LongestChain)
            {
                end = ", and so on";
                break;
            }

            call = top.Call;
        }

        return string.Join(", which waits for ", links) + end;
    }

    private string DescribeMutual(ShownCall call)
    {
        List<ShownCall> all = _mutual[_componentOf[call.FromId!.Value]];
        string others = string.Join(", and ", all.Where(other => other != call && other.FromId != call.FromId).Take(MostNamed)
            .Select(other => $"{Name(other.FromId!.Value, other.FromThread)} waits for {Name(other.ToId!.Value, other.ToThread)}"));
        return $"Meanwhile {others}: these processes wait for each other, which is a deadlock if the threads that serve the calls wait for locks.";
    }

    /// <summary>Identifies a thread. It is the same in each context.</summary>
    private readonly record struct Worker(int Process, int Id)
    {
        public override int GetHashCode() => new HashedId(((long)Process << 32) | (uint)Id).GetHashCode();
    }
}
