using System.Text;
using HandlePool.Text;

namespace HandlePool.Evidence;

/// <summary>Finds the lines of logs that tell of proxies and of kills: those of libbinder, the Java runtime and the activity manager.</summary>
/// <remarks>A log has millions of lines, of which a few are ours. Most are passed over by a search for one word.</remarks>
internal sealed class LogParser
{
    internal const string Name = "Log";

    /// <summary>The words with which the reason of a kill for too many binders begins.</summary>
    internal const string KillReason = "Too many Binders";

    private readonly ReferenceTableParser _tables = new();

    // Lines that apps wrote under the tags of the system: an app can write as many as it likes.
    private const int MostUntrusted = 1_000;

    // The first line of the long format, whose message follows.
    private LogTime? _time;
    private int? _uid;
    private int _pid;
    private byte[] _tag = [];
    private bool _isLong;
    private bool _isBegun;
    private int _untrusted;

    /// <summary>Gets the word that each line that says something has, unless it has <see cref="ReferenceTableParser.Overflow"/>, or <see cref="NeedsAll"/>.</summary>
    internal static ReadOnlySpan<byte> Word => "inder"u8;

    /// <summary>Gets whether lines without these words say something, too: those of a table that overflowed, and the messages of the long format.</summary>
    internal bool NeedsAll => _tables.IsOpen || IsMessageOfProcess;

    /// <summary>Gets whether the lines are of a log in the format <c>long</c>: messages have lines of their own, which may read like those of any text.</summary>
    internal bool IsLong => _isLong;

    /// <summary>Gets whether a line of a log has been seen.</summary>
    internal bool IsBegun => _isBegun;

    /// <summary>Gets whether the next line is a message of the long format that may tell of a process.</summary>
    private bool IsMessageOfProcess => _isLong && ProcessEventParser.IsTag(_tag);

    /// <summary>Gets or sets whether the lines are of a time before the device started: <c>logcat -L</c>.</summary>
    internal bool IsOfEarlierBoot { get; set; }

    /// <summary>Begins a file.</summary>
    internal void BeginFile()
    {
        _tables.BeginFile();
        _isLong = _isBegun = IsOfEarlierBoot = false;
    }

    /// <summary>Ends the messages of the long format, at a heading.</summary>
    internal void EndSection() => _isLong = false;

    /// <summary>Adds a line that is of no section, or of that of a log.</summary>
    /// <param name="line">The line.</param>
    /// <param name="mayBeOfLog">Whether it may be of a log, by <see cref="LogLine.MayBe"/>.</param>
    /// <param name="store">What keeps the facts.</param>
    internal void Add(in EvidenceLine line, bool mayBeOfLog, EvidenceStore store)
    {
        // A log has one format. In a message of the long one, lines of another are its own.
        ReadOnlySpan<byte> text = line.Text;
        if (mayBeOfLog && (!_isLong || text[0] == (byte)'['))
        {
            bool mayBeOurs = Mentions(text) || _tables.IsOpen || text[0] == (byte)'[' || ProcessEventParser.IsIn(text);
            if (_isBegun && !mayBeOurs)
                return;
            if (!LogLine.TryParse(text, out LogLine log))
                return;
            if (!_isBegun)
            {
                store.BeginSection(Name, line);
                _isBegun = true;
            }

            _isLong = text[0] == (byte)'[';
            if (_isLong)
                (_time, _uid, _pid, _tag) = (log.Time, log.Uid, log.Pid, log.Tag.ToArray());
            else if (mayBeOurs)
                Add(line, store, log.Time, log.Uid, log.Pid, log.Tag, log.Message);
        }
        else if (_isLong)
        {
            if (NeedsAll || Mentions(text))
                Add(line, store, _time, _uid, _pid, _tag, text);
        }
        else
        {
            AddToTrace(line, store);
        }
    }

    /// <summary>Adds a line of a text that a process writes of itself: a trace, a tombstone, or a crash. The lines of a log in it are of the same process.</summary>
    internal void AddOfProcess(in EvidenceLine line, EvidenceStore store)
    {
        if (!LogLine.MayBe(line.Text))
            AddToTrace(line, store);
        else if (LogLine.TryParse(line.Text, out LogLine log) && log.Pid == _tables.Pid)
            Add(line, mayBeOfLog: true, store);
    }

    private void AddToTrace(in EvidenceLine line, EvidenceStore store)
    {
        ReadOnlySpan<byte> text = line.Text;
        if (_tables.IsOpen || text.IndexOf(ReferenceTableParser.Overflow) >= 0 || text.IndexOf(MapOverflow) >= 0)
        {
            // In a tombstone, or in the activity manager's list of crashes.
            Add(line, store, null, null, _tables.PidOf(text), default, text);
        }
        else if (text[0] is (byte)'p' or (byte)'-' or (byte)'P')
        {
            _tables.Look(text);
        }
    }

    /// <summary>Returns whether a line with <see cref="Word"/> may say something. Many have it in the name of a thread only, or are of the kernel's log.</summary>
    internal bool MaySay(ReadOnlySpan<byte> text)
    {
        if (!LogLine.MayBe(text) && !_isLong)
            return text.IndexOf(MapOverflow) >= 0;
        for (int from = 0; text[from..].IndexOf(Word) is >= 0 and int found; from += found + Word.Length)
        {
            ReadOnlySpan<byte> rest = text[(from + found + Word.Length)..];
            byte before = from + found == 0 ? (byte)0 : text[from + found - 1];
            if (before == (byte)'B' ? rest is not [(byte)':' or (byte)'_', >= (byte)'0' and <= (byte)'9', ..] : before == (byte)'b' && rest.StartsWith(" proxy"u8))
                return true;
        }

        // A tombstone in the log names its thread beside its pid.
        return text.IndexOf("DEBUG"u8) >= 0 || text.IndexOf(LeakedRecipient) >= 0;
    }

    private static ReadOnlySpan<byte> LeakedRecipient => "Releasing leaked death recipient: "u8;

    private static ReadOnlySpan<byte> MapOverflow => "Binder ProxyMap has too many entries: "u8;

    /// <summary>Returns whether a line has a word that all lines of ours have.</summary>
    private static bool Mentions(ReadOnlySpan<byte> text) => text.IndexOf(Word) >= 0 || text.IndexOf(ReferenceTableParser.Overflow) >= 0;

    private void Add(in EvidenceLine line, EvidenceStore store, LogTime? time, int? uid, int? pid, ReadOnlySpan<byte> tag, ReadOnlySpan<byte> message)
    {
        LineCursor cursor = new(message);
        cursor.SkipSpace();
        if (ProcessEventParser.IsTag(tag) && ProcessEventParser.TryParse(tag, cursor.Rest) is { } happened)
            store.Add(happened with { Clock = time, Writer = new LogWriter(pid, uid, IsOfEarlierBoot), Place = new EvidencePlace(store.Path, line.Number) }, line.Number);
        if (Parse(cursor, line, store, time, uid, pid, tag) is not { } fact)
            return;
        if (fact.Kind is HandleEvidenceKind.Kill or HandleEvidenceKind.SenderLimit && !ProcessLives.IsOfSystem(uid) && _untrusted++ >= MostUntrusted)
            return;
        if (!_isBegun)
            store.BeginSection(Name, line);
        _isBegun = true;
        store.Add(Name, fact);
    }

    private HandleEvidence? Parse(LineCursor cursor, in EvidenceLine line, EvidenceStore store, LogTime? time, int? uid, int? pid, ReadOnlySpan<byte> tag)
    {
        string path = store.Path;
        LogWriter writer = new(pid, uid, IsOfEarlierBoot);
        ReadOnlySpan<byte> message = cursor.Rest;
        if (message.IsEmpty)
            return null;
        switch (message[0])
        {
            case (byte)'#' when tag.SequenceEqual("Binder"u8):
                return HistogramLine.TryParse(message, out long rank, out ReadOnlySpan<byte> name, out long number)
                    ? new(HandleEvidenceKind.InterfaceCount, path, line.Number, EvidenceStore.TextOf(line.Text))
                    { Clock = time, Writer = writer, Pid = pid, Uid = uid, Name = EvidenceStore.NameOf(name), Count = number, Rank = rank }
                    : null;
            case (byte)'U' when cursor.TryText("UID"u8):
                cursor.SkipSpace();
                cursor.TryText(":"u8);
                cursor.SkipSpace();
                return tag.SequenceEqual("Binder"u8) && TryUid(ref cursor, out int sender) && TryCount(ref cursor, "count ="u8, out long held)
                    ? new(HandleEvidenceKind.UidCount, path, line.Number, EvidenceStore.TextOf(line.Text)) { Clock = time, Writer = writer, Uid = sender, Count = held, HolderPid = pid, HolderUid = uid }
                    : null;
            case (byte)'U' when tag.StartsWith(ProcessEventParser.Manager) && cursor.TryText("Uid "u8):
                return TryUid(ref cursor, out sender) && cursor.TryText(" sent too many Binders to uid "u8) && TryUid(ref cursor, out int holder)
                    ? new(HandleEvidenceKind.SenderLimit, path, line.Number, EvidenceStore.TextOf(line.Text)) { Clock = time, Writer = writer, Uid = sender, HolderUid = holder, HolderPid = pid }
                    : null;
            case (byte)'U' when cursor.TryText("Unexpectedly many live BinderProxies:"u8):
                return TryCount(ref cursor, default, out held)
                    ? new(HandleEvidenceKind.ProxyMapGrowth, path, line.Number, EvidenceStore.TextOf(line.Text)) { Clock = time, Writer = writer, Pid = pid, Uid = uid, Count = held }
                    : null;
            case (byte)'T' when cursor.TryText("Too many binder proxy objects sent to uid "u8):
                return TryUid(ref cursor, out holder) && cursor.TryText(" from uid "u8) && TryUid(ref cursor, out sender)
                    ? new(HandleEvidenceKind.ProxyLimit, path, line.Number, EvidenceStore.TextOf(line.Text))
                    {
                        Clock = time,
                        Writer = writer,
                        Uid = sender,
                        HolderUid = holder,
                        HolderPid = pid,
                        Count = TryCount(ref cursor, "("u8, out held) ? held : null,
                    }
                    : null;
            case (byte)'B' when cursor.TryText("BinderProxy map growth!"u8):
                return TryCount(ref cursor, "total ="u8, out held)
                    ? new(HandleEvidenceKind.ProxyMapGrowth, path, line.Number, EvidenceStore.TextOf(line.Text)) { Clock = time, Writer = writer, Pid = pid, Uid = uid, Count = held }
                    : null;
            case (byte)'K' when tag.StartsWith(ProcessEventParser.Manager) && cursor.TryText("Killing "u8):
                return ParseKill(cursor, new(HandleEvidenceKind.Kill, path, line.Number, EvidenceStore.TextOf(line.Text)) { Clock = time, Writer = writer });
            case (byte)'[' when tag.SequenceEqual("am_crash"u8):
                return ParseCrash(cursor.Rest, new(HandleEvidenceKind.ProxyMapOverflow, path, line.Number, EvidenceStore.TextOf(line.Text)) { Clock = time, Writer = writer });
            case (byte)'[' when tag.SequenceEqual(ProcessEventParser.Killed):
                return ParseEvent(cursor.Rest, new(HandleEvidenceKind.Kill, path, line.Number, EvidenceStore.TextOf(line.Text)) { Clock = time, Writer = writer });
        }

        if (message.IndexOf(LeakedRecipient) is >= 0 and int leaked)
        {
            ReadOnlySpan<byte> name = message[(leaked + LeakedRecipient.Length)..];
            return new(HandleEvidenceKind.LeakedDeathRecipient, path, line.Number, EvidenceStore.TextOf(line.Text)) { Clock = time, Writer = writer, Pid = pid, Uid = uid, Name = EvidenceStore.NameOf(name) };
        }

        if (message.IndexOf(MapOverflow) is >= 0 and int overflow)
        {
            cursor = new LineCursor(message[(overflow + MapOverflow.Length)..]);
            return cursor.TryNumber(out long total)
                ? new(HandleEvidenceKind.ProxyMapOverflow, path, line.Number, EvidenceStore.TextOf(line.Text)) { Clock = time, Writer = writer, Pid = pid, Uid = uid, Count = total }
                : null;
        }

        // A tombstone in the log is printed by another process, for the one that it names before.
        if (tag.SequenceEqual("DEBUG"u8))
            (uid, pid) = (null, _tables.PidOfTombstone(pid, message));
        return _tables.MayParse(message) ? _tables.Parse(message, new ReferenceTableParser.Where(path, line.Number, EvidenceStore.TextOf(line.Text), time, writer, uid, pid)) : null;
    }

    /// <summary>Parses <c>2745:com.android.contacts/u0a90 (adj 985): Too many Binders sent to SYSTEM</c>.</summary>
    private static HandleEvidence? ParseKill(LineCursor cursor, HandleEvidence fact)
    {
        if (!cursor.TryNumber(out long pid) || pid > int.MaxValue || !cursor.TryText(":"u8))
            return null;
        ReadOnlySpan<byte> rest = cursor.Rest;
        int reason = rest.IndexOf("): "u8);
        if (reason < 0 || !rest[(reason + "): ".Length)..].StartsWith("Too many Binders"u8))
            return null;
        int adj = rest[..reason].LastIndexOf(" (adj "u8);
        ReadOnlySpan<byte> process = adj < 0 ? rest[..reason] : rest[..adj];
        int slash = process.LastIndexOf((byte)'/');
        int? uid = slash >= 0 && AndroidUid.TryParse(process[(slash + 1)..], out int given) ? given : null;
        return new HandleEvidence(fact.Kind, fact.Path, fact.Line, fact.Text)
        {
            Clock = fact.Clock,
            Writer = fact.Writer,
            Pid = (int)pid,
            Uid = uid,
            Name = EvidenceStore.NameOf(slash < 0 ? process : process[..slash]),
        };
    }

    /// <summary>Parses <c>[0,2617,com.android.dialer,985,Too many Binders sent to SYSTEM]</c>; before users there was no first number.</summary>
    private static HandleEvidence? ParseEvent(ReadOnlySpan<byte> message, HandleEvidence fact)
    {
        if (message.IndexOf("Too many Binders"u8) < 0)
            return null;
        string[] words = Encoding.UTF8.GetString(message[..Math.Min(message.Length, 4_096)]).Trim('[', ']').Split(',');
        int at = words.Length > 1 && IsNumber(words[1]) ? 1 : 0;
        return words.Length > at + 3 && words[at + 3].StartsWith(KillReason, StringComparison.Ordinal)
            && WholeNumber.TryParse(words[at], System.Globalization.NumberStyles.None, out int pid)
            ? new HandleEvidence(fact.Kind, fact.Path, fact.Line, fact.Text) { Clock = fact.Clock, Writer = fact.Writer, Pid = pid, Name = words[at + 1], User = UserOf(at == 0 ? "" : words[0]) }
            : null;

        static int? UserOf(string word) => WholeNumber.TryParse(word, System.Globalization.NumberStyles.None, out int user) ? user : null;

        static bool IsNumber(string word) => WholeNumber.TryParse(word, System.Globalization.NumberStyles.None, out int _);
    }

    /// <summary>Parses <c>[2617,0,com.android.dialer,551042630,java.lang.AssertionError,Binder ProxyMap has too many entries: 25001 ...]</c>.</summary>
    private static HandleEvidence? ParseCrash(ReadOnlySpan<byte> message, HandleEvidence fact)
    {
        int overflow = message.IndexOf(MapOverflow);
        LineCursor cursor = new(message[1..]), total = new(overflow < 0 ? default : message[(overflow + MapOverflow.Length)..]);
        if (!total.TryNumber(out long count) || !cursor.TryNumber(out long pid) || pid > int.MaxValue || !cursor.TryText(","u8) || !cursor.TryNumber(out _) || !cursor.TryText(","u8))
            return null;
        int end = cursor.Rest.IndexOf((byte)',');
        return end < 0 ? null : new HandleEvidence(fact.Kind, fact.Path, fact.Line, fact.Text)
        {
            Clock = fact.Clock,
            Writer = fact.Writer,
            Pid = (int)pid,
            Name = EvidenceStore.NameOf(cursor.Rest[..end]),
            Count = count,
        };
    }

    private static bool TryUid(ref LineCursor cursor, out int uid)
    {
        uid = 0;
        if (!cursor.TryNumber(out long number) || number > int.MaxValue)
            return false;
        uid = (int)number;
        return true;
    }

    /// <summary>Reads a number behind a text, which may be some words further on.</summary>
    private static bool TryCount(ref LineCursor cursor, ReadOnlySpan<byte> text, out long count)
    {
        if (!text.IsEmpty)
            cursor.SkipTo(text);
        count = 0;
        if (!cursor.TryText(text))
            return false;
        cursor.SkipSpace();
        return cursor.TryNumber(out count);
    }
}

/// <summary>Parses a line of a histogram: <c>#3: android.os.IInterface x5678</c>.</summary>
internal static class HistogramLine
{
    /// <summary>Parses a line, whose name may be empty.</summary>
    internal static bool TryParse(ReadOnlySpan<byte> text, out long rank, out ReadOnlySpan<byte> name, out long count)
    {
        name = default;
        rank = count = 0;
        LineCursor cursor = new(text.Trim(" \t"u8));
        if (!cursor.TryText("#"u8))
            return false;
        cursor.SkipSpace();
        if (!cursor.TryNumber(out rank) || !cursor.TryText(":"u8))
            return false;
        ReadOnlySpan<byte> rest = cursor.Rest;
        int times = rest.LastIndexOf(" x"u8);
        if (times < 0)
            return false;
        LineCursor number = new(rest[(times + 2)..]);
        if (!number.TryNumber(out count) || !number.IsAtEnd)
            return false;
        name = rest[..times].Trim(" \t"u8);
        return true;
    }
}
