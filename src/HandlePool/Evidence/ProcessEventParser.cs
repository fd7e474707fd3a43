using HandlePool.Text;

namespace HandlePool.Evidence;

/// <summary>Parses the activity manager's lines of processes that start and end, in the log of the system and in that of events.</summary>
/// <remarks>What may have been cut is not read: a uid or a name must be followed by more of its line.</remarks>
internal static class ProcessEventParser
{
    // User, pid and uid come before the name in an event.
    private const int MostNumbers = 3;

    /// <summary>Gets the tag of the lines in the log of the system.</summary>
    internal static ReadOnlySpan<byte> Manager => "ActivityManager"u8;

    /// <summary>Gets the beginnings of the tags of events about processes.</summary>
    internal static ReadOnlySpan<byte> Started => "am_proc_"u8;

    /// <summary>Gets the tag of an event that tells of a kill.</summary>
    internal static ReadOnlySpan<byte> Killed => "am_kill"u8;

    /// <summary>Gets the tag of the event that all processes of Java start, with the device or with its system server.</summary>
    internal static ReadOnlySpan<byte> Booted => "boot_progress_start"u8;

    /// <summary>Gets the tag of the process from which those of Java are forked.</summary>
    internal static ReadOnlySpan<byte> Zygote => "Zygote"u8;

    private static ReadOnlySpan<byte> ServerEnded => "system server (pid "u8;

    private static ReadOnlySpan<byte> Terminated => ") has terminated"u8;

    /// <summary>Gets the words by which a line about a process is found: each such line has one of them. They are few, because the whole report is searched for them.</summary>
    internal static byte[][] Words { get; } =
        [Manager.ToArray(), "am_"u8.ToArray(), Booted.ToArray(), Zygote.ToArray(), "kill"u8.ToArray(), RuntimeProcess.ToArray(), NameMark.ToArray()];

    private static ReadOnlySpan<byte> MemoryKiller => "lowmemorykiller"u8;

    private static ReadOnlySpan<byte> MemoryKilled => "killinfo"u8;

    private static ReadOnlySpan<byte> RuntimeProcess => ", PID: "u8;

    private static ReadOnlySpan<byte> NameMark => ">>> "u8;

    /// <summary>Returns whether a line has one of the words, so that it may tell of a process.</summary>
    internal static bool IsIn(ReadOnlySpan<byte> line)
    {
        foreach (byte[] word in Words)
        {
            if (line.IndexOf(word) >= 0)
                return true;
        }

        return false;
    }

    /// <summary>Returns whether lines of a tag may tell of processes.</summary>
    internal static bool IsTag(ReadOnlySpan<byte> tag) => tag.StartsWith(Manager) || tag.StartsWith("am_"u8) || tag.SequenceEqual(Booted) || tag.SequenceEqual(Zygote)
        || tag.SequenceEqual(MemoryKiller) || tag.SequenceEqual(MemoryKilled) || tag.SequenceEqual("AndroidRuntime"u8) || tag.SequenceEqual("DEBUG"u8);

    /// <summary>Parses a message.</summary>
    /// <param name="tag">The tag of its line.</param>
    /// <param name="message">The message, without blanks before it.</param>
    /// <returns>What it says, without where and when; null if it says nothing of the kind.</returns>
    internal static ProcessEvent? TryParse(ReadOnlySpan<byte> tag, ReadOnlySpan<byte> message)
    {
        LineCursor cursor = new(message);
        if (tag.SequenceEqual(Booted))
            return new ProcessEvent(ProcessEventKind.Restart, Pid: 0, Uid: null, Name: null);
        if (tag.SequenceEqual(Zygote) && message.IndexOf(ServerEnded) is >= 0 and int server)
        {
            LineCursor ended = new(message[(server + ServerEnded.Length)..]);
            return ended.TryNumber(out long pid) && pid <= int.MaxValue && ended.TryText(Terminated)
                ? new ProcessEvent(ProcessEventKind.Restart, (int)pid, Uid: null, Name: null) : null;
        }

        if (tag.StartsWith(Manager))
        {
            return cursor.TryText("Start proc "u8) ? ParseStart(cursor)
                : cursor.TryText("Killing "u8) ? ParseNumbered(cursor, ProcessEventKind.End, end: "): "u8)
                : cursor.TryText("Process "u8) ? ParseDeath(cursor.Rest)
                : null;
        }

        if (tag.SequenceEqual(Zygote))
            return ParseExit(cursor);
        if (tag.SequenceEqual(MemoryKiller))
            return ParseMemoryKill(cursor);
        if (tag.SequenceEqual(MemoryKilled))
            return ParseSeen(message, ProcessEventKind.End, numbers: 2, pid: 0, uid: 1, hasName: false);
        if (tag.SequenceEqual("AndroidRuntime"u8))
            return ParseCrash(cursor);
        if (tag.SequenceEqual("DEBUG"u8))
            return ParseTombstone(cursor);
        if (tag.SequenceEqual("am_pss"u8))
            return ParseSeen(message, ProcessEventKind.Seen, numbers: 2, pid: 0, uid: 1, hasName: true);
        if (tag.SequenceEqual("am_crash"u8))
            return ParseSeen(message, ProcessEventKind.Seen, numbers: 2, pid: 0, uid: null, hasName: true);
        if (tag.SequenceEqual("am_anr"u8) || tag.SequenceEqual("am_wtf"u8) || tag.SequenceEqual("am_proc_bound"u8))
            return ParseSeen(message, ProcessEventKind.Seen, numbers: 2, pid: 1, uid: null, hasName: true);
        return tag.SequenceEqual("am_proc_start"u8) ? ParseEvent(message, isStart: true)
            : tag.SequenceEqual("am_proc_died"u8) || tag.SequenceEqual(Killed) ? ParseEvent(message, isStart: false)
            : null;
    }

    /// <summary>Parses <c>4100:com.example/u0a87 for service ...</c>, or as older releases have it <c>com.example for service ...: pid=4100 uid=10087 gids={...}</c>.</summary>
    private static ProcessEvent? ParseStart(LineCursor cursor)
    {
        if (ParseNumbered(cursor, ProcessEventKind.Start, end: " "u8) is { } started)
            return started;
        ReadOnlySpan<byte> name = cursor.Word();
        cursor.SkipTo(": pid="u8);
        return cursor.TryText(": pid="u8) && cursor.TryNumber(out long pid) && pid <= int.MaxValue && cursor.TryText(" uid="u8) && cursor.TryNumber(out long uid) && uid <= int.MaxValue
            && cursor.TryText(" "u8) ? new ProcessEvent(ProcessEventKind.Start, (int)pid, (int)uid, EvidenceStore.NameOf(name)) : null;
    }

    /// <summary>Parses <c>4100:com.example/u0a87 (adj 985): ...</c>.</summary>
    private static ProcessEvent? ParseNumbered(LineCursor cursor, ProcessEventKind kind, ReadOnlySpan<byte> end)
    {
        if (!cursor.TryNumber(out long pid) || pid > int.MaxValue || !cursor.TryText(":"u8))
            return null;
        ReadOnlySpan<byte> process = cursor.Word();
        int slash = process.LastIndexOf((byte)'/');
        return slash > 0 && AndroidUid.TryParse(process[(slash + 1)..], out int uid) && cursor.Rest.IndexOf(end) >= 0
            ? new ProcessEvent(kind, (int)pid, uid, EvidenceStore.NameOf(process[..slash])) : null;
    }

    /// <summary>Parses <c>com.example (pid 4100) has died</c>.</summary>
    private static ProcessEvent? ParseDeath(ReadOnlySpan<byte> message)
    {
        int name = message.IndexOf(" (pid "u8);
        if (name <= 0)
            return null;
        LineCursor cursor = new(message[(name + " (pid ".Length)..]);
        return cursor.TryNumber(out long pid) && pid <= int.MaxValue && cursor.TryText(") has died"u8)
            ? new ProcessEvent(ProcessEventKind.End, (int)pid, Uid: null, EvidenceStore.NameOf(message[..name])) : null;
    }

    /// <summary>Parses <c>Process 4100 exited due to signal 9 (Killed)</c> and <c>Process 4100 exited cleanly (0)</c>.</summary>
    private static ProcessEvent? ParseExit(LineCursor cursor) =>
        cursor.TryText("Process "u8) && cursor.TryNumber(out long pid) && pid <= int.MaxValue && cursor.TryText(" exited "u8)
            ? new ProcessEvent(ProcessEventKind.End, (int)pid, Uid: null, Name: null) { From = ProcessEventSource.Native } : null;

    /// <summary>Parses <c>Kill 'com.example' (4100), uid 10087, oom_score_adj 985 to free ...</c>.</summary>
    private static ProcessEvent? ParseMemoryKill(LineCursor cursor)
    {
        if (!cursor.TryText("Kill '"u8))
            return null;
        ReadOnlySpan<byte> name = cursor.Rest;
        int end = name.IndexOf("' ("u8);
        if (end <= 0)
            return null;
        cursor = new LineCursor(name[(end + "' (".Length)..]);
        if (!cursor.TryNumber(out long pid) || pid > int.MaxValue || !cursor.TryText(")"u8))
            return null;
        int? uid = cursor.TryText(", uid "u8) && cursor.TryNumber(out long number) && number <= int.MaxValue && cursor.TryText(","u8) ? (int)number : null;
        return new ProcessEvent(ProcessEventKind.End, (int)pid, uid, EvidenceStore.NameOf(name[..end])) { From = ProcessEventSource.Native };
    }

    /// <summary>Parses <c>Process: com.example, PID: 4100</c>.</summary>
    private static ProcessEvent? ParseCrash(LineCursor cursor)
    {
        if (!cursor.TryText("Process: "u8))
            return null;
        ReadOnlySpan<byte> name = cursor.Rest;
        int end = name.LastIndexOf(RuntimeProcess);
        if (end <= 0)
            return null;
        cursor = new LineCursor(name[(end + RuntimeProcess.Length)..]);
        return cursor.TryNumber(out long pid) && pid <= int.MaxValue ? new ProcessEvent(ProcessEventKind.Seen, (int)pid, Uid: null, EvidenceStore.NameOf(name[..end])) { From = ProcessEventSource.Itself } : null;
    }

    /// <summary>Parses <c>pid: 4100, tid: 4122, name: main  >>> com.example &lt;&lt;&lt;</c>.</summary>
    private static ProcessEvent? ParseTombstone(LineCursor cursor)
    {
        if (!cursor.TryText("pid: "u8) || !cursor.TryNumber(out long pid) || pid > int.MaxValue || cursor.Rest.LastIndexOf(NameMark) is not (>= 0 and int mark))
            return null;
        ReadOnlySpan<byte> name = cursor.Rest[(mark + NameMark.Length)..];
        int end = name.IndexOf(" <<<"u8);
        return end > 0 ? new ProcessEvent(ProcessEventKind.Seen, (int)pid, Uid: null, EvidenceStore.NameOf(name[..end])) { From = ProcessEventSource.Native } : null;
    }

    /// <summary>Parses an event that begins with numbers, and has a name behind them: <c>[4100,10087,com.example,...]</c>.</summary>
    private static ProcessEvent? ParseSeen(ReadOnlySpan<byte> message, ProcessEventKind kind, int numbers, int pid, int? uid, bool hasName)
    {
        LineCursor cursor = new(message);
        Span<long> values = stackalloc long[MostNumbers];
        if (!cursor.TryText("["u8))
            return null;
        for (int index = 0; index < numbers; index++)
        {
            if (!cursor.TryNumber(out values[index]) || values[index] > int.MaxValue || !cursor.TryText(","u8))
                return null;
        }

        // The activity manager calls so what it does not know.
        int end = cursor.Rest.IndexOfAny((byte)',', (byte)']');
        if (hasName && (end <= 0 || cursor.Rest[..end].SequenceEqual("unknown"u8)))
            return null;
        return new ProcessEvent(kind, (int)values[pid], uid is { } at ? (int)values[at] : null, hasName ? EvidenceStore.NameOf(cursor.Rest[..end]) : null)
        {
            From = hasName ? ProcessEventSource.Manager : ProcessEventSource.Native,
        };
    }

    /// <summary>Parses <c>[0,4100,10087,com.example,service,...]</c> and <c>[0,4100,com.example,985,...]</c>; before users there was no first number.</summary>
    private static ProcessEvent? ParseEvent(ReadOnlySpan<byte> message, bool isStart)
    {
        LineCursor cursor = new(message);
        if (!cursor.TryText("["u8))
            return null;
        Span<long> numbers = stackalloc long[MostNumbers];
        int count = 0;
        for (; count < (isStart ? MostNumbers : MostNumbers - 1); count++)
        {
            LineCursor next = cursor;
            if (!next.TryNumber(out numbers[count]) || !next.TryText(","u8))
                break;
            cursor = next;
        }

        int end = cursor.Rest.IndexOfAny((byte)',', (byte)']');
        int pid = count - (isStart ? 2 : 1);
        if (pid < 0 || end <= 0 || numbers[pid] > int.MaxValue || (isStart && numbers[pid + 1] > int.MaxValue))
            return null;
        return new ProcessEvent(isStart ? ProcessEventKind.Start : ProcessEventKind.End, (int)numbers[pid], isStart ? (int)numbers[pid + 1] : null, EvidenceStore.NameOf(cursor.Rest[..end]));
    }
}

/// <summary>Tells what happened to a process.</summary>
internal enum ProcessEventKind
{
    /// <summary>It started.</summary>
    Start,

    /// <summary>It ended.</summary>
    End,

    /// <summary>It ran, and a line names it.</summary>
    Seen,

    /// <summary>The device or its system server started again, so that all processes of Java that ran before have ended.</summary>
    Restart,
}

/// <summary>Tells who writes a line of a process.</summary>
internal enum ProcessEventSource
{
    /// <summary>The activity manager.</summary>
    Manager,

    /// <summary>A process of the system that is not of Java.</summary>
    Native,

    /// <summary>The process itself.</summary>
    Itself,
}

/// <summary>Represents that a process started, ended or ran.</summary>
/// <param name="Kind">What happened.</param>
/// <param name="Pid">Its pid; of a start of the system that of the server that ended, and 0 if none is named.</param>
/// <param name="Uid">Its uid; null if the text does not tell it.</param>
/// <param name="Name">Its name.</param>
internal readonly record struct ProcessEvent(ProcessEventKind Kind, int Pid, int? Uid, string? Name)
{
    /// <summary>Gets the time as the text has it; null if it has none.</summary>
    internal LogTime? Clock { get; init; }

    /// <summary>Gets the process that logged it; default for what no log says.</summary>
    internal LogWriter Writer { get; init; }

    /// <summary>Gets who writes such lines.</summary>
    internal ProcessEventSource From { get; init; }

    /// <summary>Gets where it is said.</summary>
    internal EvidencePlace Place { get; init; }
}
