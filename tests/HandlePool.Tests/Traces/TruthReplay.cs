using System.Globalization;
using System.Text;
using HandlePool.Conformance;
using HandlePool.Dumps;
using HandlePool.Tests.Dumps;

namespace HandlePool.Tests.Traces;

/// <summary>Replays the log of a real driver in a session with the C driver's rules, and collects what differs.</summary>
internal sealed class TruthReplay(string folder, string[]? capacities = null)
{
    private const long FirstPointer = 0x1000;
    private const long PointerStep = 0x10;

    private readonly HandleSession _session = new("truth", new HandleSessionOptions { Driver = HandleDriver.C });
    private readonly Dictionary<(string Name, string Context), HandleProcess> _processes = [];
    private readonly Dictionary<(string Name, string Context), HandleNode> _nodes = [];

    // The messages that owners get about the counts of their nodes: those of the model, and those that were read.
    private readonly Dictionary<(string Name, string Context), List<string>> _expected = [];
    private readonly Dictionary<(string Name, string Context), List<string>> _read = [];
    private readonly Dictionary<HandleNode, (bool IsHeld, bool IsStrong)> _holding = [];

    // The driver tells an owner that has not answered nothing more about the node.
    private readonly HashSet<(string Name, string Context)> _unanswered = [];
    private bool _isAnswering = true;

    // The row of a transaction does not tell whether its node is sent as a weak one; the row of its arrival, if there is one, does.
    private (string Node, bool IsWeak) _arrived;

    internal List<string> Differences { get; } = [];

    /// <summary>Gets the number of rows that were compared.</summary>
    internal int Compared { get; private set; }

    /// <summary>Gets the number of rows about transactions whose result references do not decide.</summary>
    internal int Others { get; private set; }

    internal int Capacities { get; private set; }

    private int Dumps { get; set; }

    public override string ToString() => $"{Compared} rows and {Dumps} dumps compared, {Others} others, {Differences.Count} differences";

    internal void Play()
    {
        foreach (string line in File.ReadLines(DumpSource.DataFile($"real/{folder}/truth.tsv")).Skip(1))
        {
            Row row = new(line.Split('\t'));
            Play(row);
            NoteMessages();
        }

        // One of the logs has no messages.
        foreach ((string Name, string Context) node in _read.Count > 0 ? _read.Keys.Union(_expected.Keys) : [])
        {
            List<string> read = ListOf(_read, node), expected = ListOf(_expected, node);
            if (!read.SequenceEqual(_unanswered.Contains(node) ? expected.Take(read.Count) : expected))
                Differences.Add($"{node.Name}: {string.Join(' ', read)}, but the model has {string.Join(' ', expected)}");
        }
    }

    private void Play(Row row)
    {
        HandleProcess process = _processes.GetValueOrDefault((row.Process, row.Context))!;
        (int strong, int weak) = row.IsWeak ? (0, 1) : (1, 0);
        switch (row.Operation)
        {
            case "NewProcess":
                _processes.Add((row.Process, row.Context), _session.CreateProcess(row.Process, row.Pid, row.Context));
                break;
            case "SetManager":
                Compare(row, Answer(() => _session.SetManager(process)));
                break;
            case "step":
                _isAnswering = !row.Note.Contains("no acks", StringComparison.Ordinal);
                break;
            case "own":
                _arrived = (row.Node, row.IsWeak);
                break;
            case "xfer":
                _arrived = (row.Node, row.IsWeak);
                Compare(row, $"{process.AddReference(NodeOf(row), strong, weak).Handle}", $"{row.Handle}");
                break;
            case "free":
                CheckCapacity(row, process);
                Compare(row, Answer(() => process.RemoveReference(row.Handle, strong, weak)));
                break;
            case "BC_INCREFS" or "BC_ACQUIRE":
                CheckCapacity(row, process);
                Compare(row, Answer(() => process.AddReference(row.Handle, strong, weak)));
                break;
            case "BC_RELEASE" or "BC_DECREFS":
                CheckCapacity(row, process);
                Compare(row, Answer(() => process.RemoveReference(row.Handle, strong, weak)));
                break;
            case "call" when row.Return == "(no answer)":
                Others++;
                break;
            case "call" or "oneway":
                Compare(row, Reply(row, process), row.Return.Split(' ').FirstOrDefault(IsRefusal) ?? "sent");
                _arrived = default;
                break;
            case "BR" when row.Return is "BR_INCREFS" or "BR_ACQUIRE" or "BR_RELEASE" or "BR_DECREFS":
                Compared++;
                ListOf(_read, ($"{row.Process}.n{(Pointer(row.Note) - FirstPointer) / PointerStep}", row.Context)).Add(row.Return);
                break;
            case "exit":
                foreach (HandleProcess each in _session.GetProcesses().Where(each => each.Name == row.Process))
                    _session.ExitProcess(each);
                break;
            case "dump" when File.Exists(DumpSource.DataFile($"real/{folder}/{row.Note}.txt")):
                CompareDump(row.Note);
                break;
        }
    }

    private HandleNode NodeOf(Row row)
    {
        if (!_nodes.TryGetValue((row.Node, row.Context), out HandleNode? node))
        {
            node = _session.CreateNode(_processes[(row.Node.Split('.')[0], row.Context)], row.Node);
            _nodes.Add((row.Node, row.Context), node);
            if (!_isAnswering)
                _unanswered.Add((row.Node, row.Context));
        }

        return node;
    }

    /// <summary>Returns what the driver tells the process that gives a command.</summary>
    private static string Answer(Action command)
    {
        try
        {
            command();
            return "";
        }
        catch (HandleException refused)
        {
            return refused.DriverAnswer is { } answer and not DriverAnswer.Success ? answer.ToString() : "";
        }
    }

    /// <summary>Returns the reply to a transaction, as far as the references of the sender decide it.</summary>
    private string Reply(Row row, HandleProcess process)
    {
        HandleReference? target = process.GetReference(row.Handle);
        if (row.Handle == 0)
        {
            if (process.IsManager)
                return "BR_FAILED_REPLY";
            if (process.BinderContext.ManagerNode is null)
                return "BR_DEAD_REPLY";
        }
        else if (target is not { Strong: > 0 })
        {
            return "BR_FAILED_REPLY";
        }
        else if (target.IsDead)
        {
            return "BR_DEAD_REPLY";
        }

        if (row.Node.Length == 0)
            return "sent";
        HandleReference? passed = _nodes.TryGetValue((row.Node, row.Context), out HandleNode? node) ? process.GetReference(node) : null;
        return passed is not null && (_arrived == (row.Node, true) || passed.Strong > 0) ? "sent" : "BR_FAILED_REPLY";
    }

    private static bool IsRefusal(string message) => message is "BR_FAILED_REPLY" or "BR_DEAD_REPLY";

    private void Compare(Row row, string actual, string? expected = null)
    {
        Compared++;
        expected ??= row.Error;
        if (actual != expected)
            Differences.Add($"{row}: '{expected}', but the model has '{actual}'");
    }

    /// <summary>Compares the capacity before a change of a count with that of the driver's bitmap.</summary>
    private void CheckCapacity(Row row, HandleProcess process)
    {
        if (capacities is null)
            return;
        string expected = capacities[Capacities++];
        bool isIncrease = row.Operation is "BC_INCREFS" or "BC_ACQUIRE";
        string actual = string.Create(CultureInfo.InvariantCulture,
            $"{process.Id}\t{row.Handle}\t{(isIncrease ? 1 : 0)}\t{(row.IsWeak ? 0 : 1)}\t{process.Capacity}");
        if (actual != expected)
            Differences.Add($"{row}: {expected}, but the model has {actual}");
    }

    /// <summary>Notes what the driver tells owners after their nodes are held, or are no longer.</summary>
    private void NoteMessages()
    {
        foreach (((string Name, string Context) name, HandleNode node) in _nodes)
        {
            // A dead owner reads nothing.
            if (node.IsDead)
                continue;
            (bool, bool) before = _holding.GetValueOrDefault(node);
            ListOf(_expected, name).AddRange(ModelReplay.MessagesBetween(before, _holding[node] = (node.TableCount > 0, node.Strong > 0)));
        }
    }

    /// <summary>Compares the session with what the driver printed: what is read from it, and the counts of each node.</summary>
    private void CompareDump(string moment)
    {
        Dumps++;
        string real = File.ReadAllText(DumpSource.DataFile($"real/{folder}/{moment}.txt"));
        HandleSession imported = DumpSource.Read(real).Clean().Session;
        Differences.AddRange(Lines(imported).Except(Lines(_session)).Select(line => $"{moment}: only the driver has {line}"));
        Differences.AddRange(Lines(_session).Except(Lines(imported)).Select(line => $"{moment}: only the model has {line}"));

        using MemoryStream stream = new();
        DumpWriter.Write(stream, _session, DumpForm.CMainline);
        string[] printed = NodesWithHolders(real), written = NodesWithHolders(Encoding.UTF8.GetString(stream.ToArray()));
        Differences.AddRange(printed.Except(written).Select(line => $"{moment}: only the driver prints {line}"));
        Differences.AddRange(written.Except(printed).Select(line => $"{moment}: only the model prints {line}"));
    }

    // These rows do not say when an owner has read that nobody holds its node any more, and the driver's node ends.
    private static string[] NodesWithHolders(string dump) => [.. PrintedLines.OfNodes(dump).Where(line => !PrintedLines.IsWithoutHolders(line))];

    /// <summary>Returns the processes and references of a session. A node is identified by the references to it: its id differs.</summary>
    private static List<string> Lines(HandleSession session)
    {
        List<FormattableString> lines = [];
        foreach (HandleProcess process in session.GetProcesses())
        {
            lines.Add($"{process.Id} {process.Context} {process.IsManager}");
            foreach (HandleReference held in process.GetReferences())
            {
                IEnumerable<string> holders = session.GetHolders(held.Node).Select(holder => $"{holder.Process.Id}:{holder.Handle}");
                int? owner = held.IsDead ? null : held.Owner?.Id;
                lines.Add($"  {process.Id} {process.Context} {held.Handle} s {held.Strong} w {held.Weak} {held.IsDead} {owner} {string.Join(' ', holders)}");
            }
        }

        return lines.ConvertAll(FormattableString.Invariant);
    }

    private static long Pointer(string note) => long.Parse(note.Split(' ')[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture) & 0xffff;

    private static List<string> ListOf(Dictionary<(string Name, string Context), List<string>> lists, (string Name, string Context) node)
    {
        if (!lists.TryGetValue(node, out List<string>? list))
            lists.Add(node, list = []);
        return list;
    }
    private sealed record Row(string[] Columns)
    {
        internal string Operation => Columns[3];

        internal string Context => Columns[4];

        internal string Process => Columns[5];

        internal int Pid => int.Parse(Columns[6], CultureInfo.InvariantCulture);

        internal string Node => Columns[8];

        internal int Handle => int.Parse(Columns[9], CultureInfo.InvariantCulture);

        internal bool IsWeak => Columns[11] == "1";

        internal string Error => Columns[13];

        internal string Return => Columns[14];

        internal string Note => Columns[15];

        public override string ToString() => $"row {string.Join(' ', Columns.Where(column => column.Length > 0))}";
    }
}
