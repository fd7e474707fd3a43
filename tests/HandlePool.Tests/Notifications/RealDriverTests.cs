using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using HandlePool.Conformance;
using HandlePool.Dumps;
using HandlePool.Tables;
using HandlePool.Tests.Dumps;

namespace HandlePool.Tests.Notifications;

/// <summary>
/// What real processes asked of Linux 6.12, and what its C driver told them, played in a session: tests/data/notifications/README.md.
/// </summary>
public sealed partial class RealDriverTests(ITestOutputHelper output)
{
    // Commands about deaths that the driver logs and answers with success, by the number of the row.
    private static readonly HashSet<string> SilentlyRefused =
        ["140878", "140910", "140990", "140991", "140994", "140995", "140996", "140997", "141084"];

    private readonly HandleSession _session = new("real", new HandleSessionOptions { Driver = HandleDriver.C });
    private readonly Dictionary<string, HandleProcess> _processes = [];
    private readonly Dictionary<string, HandleNode> _nodes = [];
    private readonly Dictionary<HandleProcess, Queue<string>> _owed = [];
    private int _commands;
    private int _messages;
    private int _reads;
    private int _dumps;

    [Fact]
    public void The_model_tells_each_process_what_the_driver_told_it()
    {
        foreach (string[] row in File.ReadLines(DumpSource.DataFile("notifications/truth.tsv")).Skip(1).Select(line => line.Split('\t')))
        {
            string place = $"row {row[0]}: {row[3]} {row[5]} {row[15]}";
            Play(row, place);
            foreach (HandleProcess process in _owed.Keys.Where(process => _owed[process].Count > 0))
                Collect(process, place);
        }

        Assert.All(_owed.Values, Assert.Empty);
        output.WriteLine($"{_commands} commands, {_messages} messages, {_reads} empty reads, {_dumps} dumps");
        Assert.Equal((91, 38, 18, 25), (_commands, _messages, _reads, _dumps));
    }

    private void Play(string[] row, string place)
    {
        (string operation, string name, string note) = (row[3], row[5], row[15]);
        HandleProcess process = _processes.GetValueOrDefault(name)!;
        long handle = row[9].Length > 0 ? long.Parse(row[9], CultureInfo.InvariantCulture) : 0;
        ulong cookie = Cookie().Match(note) is { Success: true } match ? ulong.Parse(match.Groups[1].Value, NumberStyles.HexNumber, CultureInfo.InvariantCulture) : 0;
        switch (operation)
        {
            case "NewProcess":
                _processes.Add(name, _session.CreateProcess(name, int.Parse(row[6], CultureInfo.InvariantCulture), isManager: name == "mgrB"));
                break;
            case "exit":
                _session.ExitProcess(process);
                break;
            case "xfer":
                if (!_nodes.TryGetValue(row[8], out HandleNode? node))
                    _nodes.Add(row[8], node = _session.CreateNode(_processes[row[8].Split('.')[0]], row[8]));
                Assert.Equal(handle, process.AddReference(node).Handle);
                break;
            case "free":
                process.RemoveReference(handle);
                break;
            case "BC_ACQUIRE" or "BC_INCREFS":
                process.AddReference(handle, operation == "BC_ACQUIRE" ? 1 : 0, operation == "BC_ACQUIRE" ? 0 : 1);
                break;
            case "BC_RELEASE" or "BC_DECREFS":
                process.RemoveReference(handle, operation == "BC_RELEASE" ? 1 : 0, operation == "BC_RELEASE" ? 0 : 1);
                break;
            case "BC_REQUEST_DEATH_NOTIFICATION" or "BC_REQUEST_FREEZE_NOTIFICATION":
                Command(row, place, () => process.RequestNotification(handle, KindOf(operation), cookie));
                break;
            case "BC_CLEAR_DEATH_NOTIFICATION" or "BC_CLEAR_FREEZE_NOTIFICATION":
                Command(row, place, () => process.ClearNotification(handle, KindOf(operation), cookie));
                break;
            case "BC_DEAD_BINDER_DONE" or "BC_FREEZE_NOTIFICATION_DONE":
                Command(row, place, () => process.CompleteNotification(KindOf(operation), cookie));
                break;
            case "BINDER_FREEZE":
                int pid = int.Parse(note.Split(' ')[1], CultureInfo.InvariantCulture);
                Command(row, place, () => Freeze(pid, note.EndsWith('1')));
                break;
            case "BR" when row[14].Contains("DEAD_BINDER", StringComparison.Ordinal) || row[14].Contains("NOTIFICATION", StringComparison.Ordinal)
                || row[14].Contains("FROZEN_BINDER", StringComparison.Ordinal):
                _owed.TryAdd(process, new Queue<string>());
                _owed[process].Enqueue($"{row[14]} {note}");
                break;
            case "read" when row[14] == "(nothing)":
                _reads++;
                Assert.True(process.ReceiveNotifications().Count == 0, place);
                break;
            case "dump" when note == "f7-dead":
                // The log has no row for this exit, of a frozen process that was killed.
                _session.ExitProcess(_processes["F1"]);
                break;
            case "dump" when File.Exists(DumpSource.DataFile($"notifications/{note}.txt")):
                _dumps++;
                CompareDump(note, place);
                break;
        }
    }

    private void Freeze(int pid, bool isFrozen)
    {
        HandleProcess process = _session.GetProcess(pid);
        _ = isFrozen ? _session.SuspendProcess(process) : _session.ResumeProcess(process);
    }

    /// <summary>Plays a command. What the driver refuses, the model must refuse; the driver does not tell whether it refuses one about a death.</summary>
    private void Command(string[] row, string place, Action command)
    {
        _commands++;
        HandleException? refused = Record.Exception(command) as HandleException;
        bool isExpected = row[13] == "EINVAL" || SilentlyRefused.Contains(row[0]);
        Assert.True(refused is not null == isExpected, $"{place}: {refused?.Message}");
    }

    /// <summary>Reads what the process has read in the driver, as far as it is there: the log has it before the command that caused it.</summary>
    private void Collect(HandleProcess process, string place)
    {
        while (_owed[process].Count > 0 && process.ReceiveNotifications(1) is [HandleReturn read])
        {
            string frozen = read.IsFrozen is { } isFrozen ? $" is_frozen {(isFrozen ? 1 : 0)}" : "";
            Assert.True(_owed[process].Dequeue() == string.Create(CultureInfo.InvariantCulture, $"{read.Return} cookie {read.Cookie:x}{frozen}"), place);
            _messages++;
        }
    }

    /// <summary>Compares what the texts of both say of each process: its work, the work of its thread, and the pointers of its references.</summary>
    private void CompareDump(string moment, string place)
    {
        using MemoryStream stream = new();
        DumpWriter.Write(stream, _session);
        string[] real = PrintedLines.OfWork(File.ReadAllText(DumpSource.DataFile($"notifications/{moment}.txt")));
        Assert.True(real.SequenceEqual(PrintedLines.OfWork(Encoding.UTF8.GetString(stream.ToArray()))), $"{place}\n{string.Join('\n', PrintedLines.OfWork(Encoding.UTF8.GetString(stream.ToArray())))}\nreal\n{string.Join('\n', real)}");

        // What is imported is what is printed.
        HandleSession imported = DumpSource.Read(File.ReadAllText(DumpSource.DataFile($"notifications/{moment}.txt"))).Session;
        using MemoryStream again = new();
        DumpWriter.Write(again, imported);
        Assert.Equal(real, PrintedLines.OfWork(Encoding.UTF8.GetString(again.ToArray())));
    }

    private static HandleNotificationKind KindOf(string operation) =>
        operation.Contains("FREEZE", StringComparison.Ordinal) ? HandleNotificationKind.Freeze : HandleNotificationKind.Death;

    [GeneratedRegex("cookie ([0-9a-f]+)")]
    private static partial Regex Cookie();
}
