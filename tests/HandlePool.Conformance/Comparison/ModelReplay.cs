using System.Globalization;

namespace HandlePool.Conformance;

/// <summary>Plays the rows of a real driver in a session under its rules, and collects what differs.</summary>
/// <param name="driver">The rules.</param>
/// <param name="folder">The folder of the scenario, which has the dumps.</param>
internal sealed class ModelReplay(HandleDriver driver, string folder)
{
    private readonly HandleSession _session = new("replay", new HandleSessionOptions { Driver = driver });
    private readonly List<Difference> _differences = [];

    // The messages that owners get about the counts of their nodes: those of the model, and those that they read.
    private readonly Dictionary<string, NodeMessages> _messages = [];
    private readonly HashSet<HandleNode> _touched = [];

    // The nodes whose owners may have something to read since `quiet on`.
    private readonly HashSet<HandleNode> _unread = [];

    // The nodes about which there were messages in the step, or should have been.
    private readonly SortedSet<string> _changed = new(StringComparer.Ordinal);

    // The pids of the scenario: the logs have calls of others.
    private readonly HashSet<int> _pids = [];
    private readonly List<Call> _calls = [];

    // The pids that wait for a reply, the last one last.
    private readonly Stack<int> _callers = [];
    private OperationPlayer? _player;
    private bool _isQuiet;

    // Whether the driver tells who sends one-way to a frozen process: some kernels under the rules of CTree do, and others do not.
    private bool? _tellsPending;
    private long _lastEvent;

    internal IReadOnlyList<Difference> Differences => _differences;

    /// <summary>Gets the number of operations of the model.</summary>
    internal int Operations { get; private set; }

    /// <summary>Gets the number of handles that the driver chose.</summary>
    internal int Handles { get; private set; }

    /// <summary>Gets the number of commands, transactions and replies that the driver answers, if only with success. It answers no command about counts.</summary>
    internal int Answers { get; private set; }

    /// <summary>Gets the number of messages that processes read.</summary>
    internal int Messages { get; private set; }

    /// <summary>Gets the number of references in the dumps.</summary>
    internal int DumpedReferences { get; private set; }

    internal int Dumps { get; private set; }

    /// <summary>Gets the number of calls in the driver's logs that are those of the rows.</summary>
    internal int Logged { get; private set; }

    /// <summary>Gets the number of bitmaps that the driver allocated.</summary>
    internal int Bitmaps { get; private set; }

    /// <summary>Gets the steps that had nothing to act on.</summary>
    internal IReadOnlyList<int> LeftOut => _leftOut;

    private readonly List<int> _leftOut = [];

    internal void Play(IReadOnlyList<DriverRow> rows, BitmapTrace? trace = null)
    {
        _player = new OperationPlayer(_session);
        int step = 0;
        foreach (DriverRow row in rows)
        {
            if (trace is not null && row.Step != step)
                CompareBitmaps(step, trace);
            if (!_isQuiet && row.Step != step)
                CompareMessages(step);
            step = row.Step;
            try
            {
                Play(row);
            }
            catch (HandleException refused)
            {
                // After an earlier difference the model may lack what the row is about.
                _differences.Add(new Difference(row.Step, row.Number, $"{row.Command} refused", $"{row}: the model refuses it: {refused.Message}"));
            }

            NoteMessages();
        }

        if (trace is not null)
            CompareBitmaps(step, trace);
        if (!_isQuiet)
            CompareMessages(step);
    }

    /// <summary>Compares what owners have read by the end of a step with what they should have.</summary>
    private void CompareMessages(int step)
    {
        foreach (string node in _changed)
        {
            NodeMessages messages = _messages[node];
            if (messages.Expected.SequenceEqual(messages.Read))
                continue;
            int at = messages.Expected.Zip(messages.Read).TakeWhile(each => each.First == each.Second).Count();
            string kind = $"{messages.Read.ElementAtOrDefault(at) ?? "nothing"} instead of {messages.Expected.ElementAtOrDefault(at) ?? "nothing"}";
            _differences.Add(new Difference(step, 0, kind,
                $"step {step}: the owner of {node} has read '{string.Join(' ', messages.Read)}', and the model says '{string.Join(' ', messages.Expected)}'"));

            // Once is enough.
            messages.Expected.Clear();
            messages.Expected.AddRange(messages.Read);
        }

        _changed.Clear();
    }

    private void Play(DriverRow row)
    {
        switch (row.Command)
        {
            case "BC_TRANSACTION":
                string refusal = ReplyTo(row, out HandleProcess? target);
                Compare(row, row.Answer, refusal.Length == 0 && row.Read == "one-way" && target is { IsFrozen: true } ? PendingAnswer(row) : refusal);
                HandleTransactionKind kind = row.Read == "call" ? HandleTransactionKind.Call : HandleTransactionKind.OneWay;
                Log(row, kind, target?.Id ?? 0, row.Handle!.Value, refusal);
                if (kind == HandleTransactionKind.Call && refusal.Length == 0)
                    _callers.Push(_session.GetProcess(row.Process).Id);
                break;
            case "BC_REPLY":
                string answer = CanSend(row) ? "" : "BR_FAILED_REPLY";
                Compare(row, row.Answer, answer);
                Log(row, HandleTransactionKind.Reply, _callers.TryPop(out int caller) ? caller : 0, handle: 0, answer);
                break;
            case "returns":
                string? owner = _session.GetNode(row.Node).Owner?.Name;
                Compare(row, row.Process, owner ?? "nobody");
                if (row.Read == "held")
                    CountLocally(row, 1);
                break;
            case "BC_FREE_BUFFER" when row.Node.Length > 0:
                CountLocally(row, -1);
                break;
            case "left out":
                _leftOut.Add(row.Step);
                break;
            case "BR" when row.Node.Length > 0:
                Messages++;
                MessagesOf(row.Node).Read.Add(row.Read);
                break;
            case "quiet":
                _isQuiet = row.Read == "on";
                if (!_isQuiet)
                    EndQuiet();
                break;
            case "dump":
                Dumps++;
                DumpComparison dumps = new(_session, Path.Combine(folder, row.Read), [.. ToldNodes()]);
                DumpedReferences += dumps.Compare();
                CallComparison calls = new(_calls, row.Process.Length > 0 ? _calls[^1] : null, _pids, Path.Combine(folder, row.Read));
                Logged += calls.Compare();
                _differences.AddRange(dumps.Differences.Concat(calls.Differences).Select(text => new Difference(row.Step, row.Number, KindOf(text), $"{row.Read}: {text}")));
                break;
            default:
                if (row.Operation is { Operation: HandleOperationKind.NewProcess, Id: { } pid })
                    _pids.Add(pid);
                if (row.Operation is { } operation)
                    Play(row, operation);
                else
                    _differences.Add(new Difference(row.Step, row.Number, $"unknown {row.Command} {row.Read}", $"the driver has '{row}', which the model does not know"));
                break;
        }
    }

    private void Play(DriverRow row, HandleOperation operation)
    {
        Operations++;

        // A reference that is dropped is gone afterwards.
        if (operation is { Operation: HandleOperationKind.RemoveReference, Handle: { } handle } && _session.FindProcesses(row.Process) is [var process]
            && process.GetReference(handle) is { } held)
        {
            _touched.Add(held.Node);
        }

        if (operation.Operation == HandleOperationKind.RemoveProcess)
        {
            // The process reads nothing more, by none of its opens.
            HandleProcess exiting = _session.GetProcess(row.Process);
            _touched.UnionWith(exiting.GetReferences().Select(reference => reference.Node).Where(node => node.Owner?.Id != exiting.Id));
        }

        HandleOperationResult result = _player!.Play(operation);
        if (result.Result is HandleReference { Node: var touched })
            _touched.Add(touched);
        if (row.Command == "arrives")
        {
            Handles++;
            Compare(row, Text(row.Handle), result.Error is { } refused ? refused.ErrorId : Text(result.Handle));
        }
        else if (operation.Operation == HandleOperationKind.ReceiveNotification)
        {
            Messages++;
            Compare(row, $"{row.Read} {row.Cookie}".TrimEnd(), Describe(result));
        }
        else
        {
            Compare(row, row.Answer, AnswerOf(result.Error));
        }
    }

    /// <summary>Returns what the driver tells the process that gave a command.</summary>
    private static string AnswerOf(HandleException? refused) => refused switch
    {
        null or { DriverAnswer: DriverAnswer.Success } => "",
        { DriverAnswer: DriverAnswer.FailedReply } => "BR_FAILED_REPLY",
        { DriverAnswer: { } answer } => answer.ToString(),
        _ => refused.ErrorId,
    };

    private static string Describe(HandleOperationResult result) => result.Result switch
    {
        HandleList<HandleReturn> { Count: 0 } => "(nothing)",
        HandleList<HandleReturn> messages =>
            $"{messages[0].Return}{messages[0].IsFrozen switch { null => "", true => " 1", false => " 0" }} {messages[0].Cookie}",
        _ => result.ErrorId ?? "",
    };

    private void Log(DriverRow row, HandleTransactionKind kind, int to, long handle, string refusal)
    {
        HandleProcess sender = _session.GetProcess(row.Process);
        _calls.Add(new Call(kind, sender.Id, to, sender.Context, handle, refusal));
    }

    /// <summary>Returns the reply to a transaction, as far as references and exits decide it, and its receiver.</summary>
    private string ReplyTo(DriverRow row, out HandleProcess? target)
    {
        HandleProcess sender = _session.GetProcess(row.Process);
        if (row.Handle == 0)
        {
            // The manager is its process, in each of its opens.
            target = sender.BinderContext.ManagerNode?.Owner;
            if (target is null)
                return "BR_DEAD_REPLY";
            if (target.Id == sender.Id)
                return "BR_FAILED_REPLY";
        }
        else
        {
            target = null;
            HandleReference? held = sender.GetReference(row.Handle!.Value);
            if (held is not { Strong: > 0 })
                return "BR_FAILED_REPLY";
            if (held.IsDead)
                return "BR_DEAD_REPLY";
            target = held.Owner;
        }

        if (!CanSend(row))
            return "BR_FAILED_REPLY";
        return row.Read == "call" && target is { IsFrozen: true } ? "BR_FROZEN_REPLY" : "";
    }

    /// <summary>Returns whether a process may send the node of a row.</summary>
    private bool CanSend(DriverRow row)
    {
        if (row.Node.Length == 0)
            return true;
        HandleProcess sender = _session.GetProcess(row.Process);
        HandleNode node = _session.GetNode(row.Node);
        return node.Owner == sender || sender.GetReference(node) is { } held && (row.IsWeak || held.Strong > 0);
    }

    private void Compare(DriverRow row, string real, string modeled)
    {
        if (IsAnswered(row.Command))
            Answers++;
        if (real != modeled)
        {
            string kind = row.Command == "BR" ? $"BR {row.Read}" : row.Command;
            _differences.Add(new Difference(row.Step, row.Number, kind, $"{row}: the driver has '{real}', and the model has '{modeled}'"));
        }
    }

    /// <summary>Returns whether the driver tells a process what became of a command. It takes commands about counts and death notifications silently.</summary>
    private static bool IsAnswered(string command) => command is "BC_TRANSACTION" or "BC_REPLY" or "BINDER_SET_CONTEXT_MGR" or "BINDER_FREEZE"
        or "BC_REQUEST_FREEZE_NOTIFICATION" or "BC_CLEAR_FREEZE_NOTIFICATION" or "BC_FREEZE_NOTIFICATION_DONE";

    /// <summary>Returns what the driver answers to a one-way transaction to a frozen process: always the same.</summary>
    private string PendingAnswer(DriverRow row)
    {
        _tellsPending ??= driver == HandleDriver.C || row.Answer.Length > 0;
        return _tellsPending.Value ? "BR_TRANSACTION_PENDING_FROZEN" : "";
    }

    /// <summary>Counts a node in a buffer of its owner, to which it has returned: the node stays as it is until the buffer is freed.</summary>
    private void CountLocally(DriverRow row, int change)
    {
        NodeMessages messages = MessagesOf(row.Node);
        if (row.IsWeak)
            messages.LocalWeak += change;
        else
            messages.LocalStrong += change;
        _touched.Add(_session.GetNode(row.Node));
    }

    /// <summary>Notes what the driver tells owners after their nodes are held, or are no longer.</summary>
    private void NoteMessages()
    {
        foreach (HandleNode node in _touched)
        {
            // A dead owner reads nothing, and the node of a manager has no name.
            if (node.IsDead || node.Name is not { } name)
                continue;
            NodeMessages messages = MessagesOf(name);
            messages.Node = node;
            if (_isQuiet)
                _unread.Add(node);
            else
                messages.Expect(node);
        }

        _touched.Clear();
    }

    /// <summary>
    /// Notes what owners were to read by the end of a quiet time, in which some of them may have read more than once: the driver tells what is so at
    /// the time of reading. What they read must lead from what they knew to what is so.
    /// </summary>
    private void EndQuiet()
    {
        foreach (HandleNode node in _unread)
            MessagesOf(node.Name!).ExpectAfterQuiet(node);

        _unread.Clear();
    }

    /// <summary>Compares the bitmaps that the driver allocated in a step with those of the model.</summary>
    private void CompareBitmaps(int step, BitmapTrace trace)
    {
        HandleEvent[] events = [.. _session.GetEvents().Where(each => each.Sequence > _lastEvent)];
        _lastEvent = events.Length == 0 ? _lastEvent : events[^1].Sequence;
        int[] modeled = [.. events.Where(each => each.Kind is HandleEventKind.Grow or HandleEventKind.Shrink).Select(each => each.ToCapacity!.Value)];
        IReadOnlyList<int> real = trace.Of(step);
        Bitmaps += real.Count;
        if (!real.SequenceEqual(modeled))
        {
            _differences.Add(new Difference(step, 0, "bitmaps",
                $"step {step}: the driver allocates bitmaps of '{string.Join(' ', real)}', and the model of '{string.Join(' ', modeled)}'"));
        }
    }

    /// <summary>Returns the nodes of which their owners know something else than what is so, or which the driver keeps without holders.</summary>
    private IEnumerable<ToldNode> ToldNodes()
    {
        foreach (NodeMessages messages in _messages.Values)
        {
            if (messages.Node is { IsDead: false } node && (messages.IsToldHeld, messages.IsToldStrong) != (node.HolderCount > 0, node.Strong > 0))
                yield return new ToldNode(node, messages.IsToldHeld, messages.IsToldStrong);
        }
    }

    private NodeMessages MessagesOf(string node)
    {
        _changed.Add(node);
        if (!_messages.TryGetValue(node, out NodeMessages? messages))
            _messages.Add(node, messages = new NodeMessages());
        return messages;
    }

    /// <summary>Returns what the owner of a node reads after a change.</summary>
    internal static IEnumerable<string> MessagesBetween((bool Held, bool Strong) before, (bool Held, bool Strong) after)
    {
        if (after.Held && !before.Held)
            yield return "BR_INCREFS";
        if (after.Strong && !before.Strong)
            yield return "BR_ACQUIRE";
        if (before.Strong && !after.Strong)
            yield return "BR_RELEASE";
        if (before.Held && !after.Held)
            yield return "BR_DECREFS";
    }

    /// <summary>Returns what a difference of a dump is about: its first words, which name what differs.</summary>
    private static string KindOf(string text) => string.Join(' ', text.Split(':', 2)[0].Split(' ').Take(2));

    private static string Text(long? number) => number?.ToString(CultureInfo.InvariantCulture) ?? "";

    /// <summary>What the owner of a node is told of its counts.</summary>
    private sealed class NodeMessages
    {
        private bool _isHeld;
        private bool _isStrong;

        internal List<string> Expected { get; } = [];

        internal List<string> Read { get; } = [];

        /// <summary>Gets or sets the node; null until it is held.</summary>
        internal HandleNode? Node { get; set; }

        /// <summary>Gets or sets how many buffers that the owner keeps have the node as a strong one.</summary>
        internal int LocalStrong { get; set; }

        /// <summary>Gets or sets how many buffers that the owner keeps have the node as a weak one.</summary>
        internal int LocalWeak { get; set; }

        /// <summary>Gets whether the owner knows that the node is held, by what it has read.</summary>
        internal bool IsToldHeld => Read.LastOrDefault(message => message is "BR_INCREFS" or "BR_DECREFS") == "BR_INCREFS";

        /// <summary>Gets whether the owner knows that the node is held strongly.</summary>
        internal bool IsToldStrong => Read.LastOrDefault(message => message is "BR_ACQUIRE" or "BR_RELEASE") == "BR_ACQUIRE";

        /// <summary>Expects the messages after a change, which the owner reads at once.</summary>
        internal void Expect(HandleNode node)
        {
            bool isStrong = node.Strong > 0 || LocalStrong > 0, isHeld = node.HolderCount > 0 || LocalWeak > 0 || isStrong;
            Expected.AddRange(MessagesBetween((_isHeld, _isStrong), (isHeld, isStrong)));
            (_isHeld, _isStrong) = (isHeld, isStrong);
        }

        /// <summary>Takes the messages of a quiet time, as far as each of them can follow, and expects those that are missing.</summary>
        internal void ExpectAfterQuiet(HandleNode node)
        {
            foreach (string message in Read.Skip(Expected.Count))
            {
                bool canFollow = message switch
                {
                    "BR_INCREFS" => !_isHeld,
                    "BR_ACQUIRE" => _isHeld && !_isStrong,
                    "BR_RELEASE" => _isStrong,
                    _ => _isHeld && !_isStrong,
                };
                if (!canFollow)
                    break;
                _isHeld = message is "BR_INCREFS" || (message is not "BR_DECREFS" && _isHeld);
                _isStrong = message is "BR_ACQUIRE" || (message is not "BR_RELEASE" && _isStrong);
                Expected.Add(message);
            }

            // A process that has exited reads no more.
            if (!node.IsDead)
                Expect(node);
        }
    }
}
