using System.Text;
using HandlePool.Text;

namespace HandlePool.Evidence;

/// <summary>Parses the records of exits that may be kills for too many binders: <c>dumpsys activity exit-info</c>.</summary>
/// <remarks>
/// Such a kill is <c>reason=9 (EXCESSIVE RESOURCE USAGE) subreason=29 (EXCESSIVE_BINDER_OBJECTS)</c>, or up to about Android 14
/// <c>reason=13 (OTHER KILLS BY SYSTEM) subreason=11 (KILL UID)</c>, which has other causes, too, unless the description says it.
/// </remarks>
internal sealed class ExitInfoParser : SectionParser
{
    private const int ExcessiveResourceUsage = 9;
    private const int OtherKill = 13;
    private const int KillUid = 11;
    private const int ExcessiveBinderObjects = 29;
    private const long LongestSeconds = 253_402_300_799;

    private long _line;
    private long _lastLine;
    private bool _isOpen;
    private LogTime? _time;
    private int? _pid;
    private int? _uid;
    private int? _subreason;
    private string? _process;
    private string _reason = "";
    private string _description = "";

    internal override string Name => "ExitInfo";

    internal override ReadOnlySpan<byte> FirstLetters => "A"u8;

    internal override bool Begins(ReadOnlySpan<byte> text) =>
        text.StartsWith("ACTIVITY MANAGER PROCESS EXIT INFO"u8) || text.StartsWith("ApplicationExitInfo #"u8);

    internal override void Add(in EvidenceLine line, EvidenceStore store)
    {
        ReadOnlySpan<byte> text = line.Text;
        if (text.StartsWith("ApplicationExitInfo #"u8))
        {
            End(store);
            (_isOpen, _line) = (true, line.Number);
            (_time, _pid, _uid, _subreason, _process, _reason, _description) = (null, null, null, null, null, "", "");
        }

        if (!_isOpen)
            return;
        _lastLine = line.Number;
        if (Value(text, "timestamp="u8, out ReadOnlySpan<byte> value))
            ReadTime(value);
        _pid ??= Number(text, "pid="u8);
        _uid ??= Number(text, "realUid="u8);
        if (_process is null && Value(text, "process="u8, out value))
            _process = EvidenceStore.NameOf(Until(value, " "u8));
        if (_reason.Length == 0 && Value(text, "reason="u8, out value))
            _reason = EvidenceStore.TextOf(Until(value, " status="u8));
        _subreason ??= Number(text, "subreason="u8);
        if (_description.Length == 0 && Value(text, "description="u8, out value))
            _description = EvidenceStore.TextOf(Until(value, " state="u8));
    }

    internal override void End(EvidenceStore store)
    {
        if (!_isOpen)
            return;
        _isOpen = false;
        if (_pid is { } ended)
            store.Add(new ProcessEvent(ProcessEventKind.End, ended, _uid, _process) { Clock = _time, Place = new EvidencePlace(store.Path, _line) }, _lastLine);

        // An app that exits by itself may describe that as it likes.
        LineCursor reason = new(Encoding.UTF8.GetBytes(_reason));
        bool mayBeKill = !reason.TryNumber(out long number) || number is ExcessiveResourceUsage or OtherKill;
        bool isSaid = mayBeKill && (_subreason == ExcessiveBinderObjects || _description.StartsWith(LogParser.KillReason, StringComparison.OrdinalIgnoreCase));
        if (!isSaid && _subreason != KillUid)
            return;
        store.Add(Name, new HandleEvidence(HandleEvidenceKind.Exit, store.Path, _line, $"reason={_reason} description={_description}")
        {
            Pid = _pid,
            Uid = _uid,
            Name = _process,
            Clock = _time,
            LastLine = _lastLine,
            IsForBinders = isSaid,
        });
    }

    /// <summary>Reads <c>2026-11-20 10:11:12.345</c>, or the milliseconds since 1970.</summary>
    private void ReadTime(ReadOnlySpan<byte> value)
    {
        LineCursor cursor = new(value);
        _time = LogTime.Parse(ref cursor);
        if (_time is null && cursor.TryNumber(out long milliseconds) && milliseconds / 1000 <= LongestSeconds)
        {
            DateTimeOffset utc = DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);
            _time = new LogTime(utc.Year, utc.Month, utc.Day, utc.TimeOfDay, TimeSpan.Zero);
        }
    }

    private static int? Number(ReadOnlySpan<byte> text, ReadOnlySpan<byte> key)
    {
        if (!Value(text, key, out ReadOnlySpan<byte> value))
            return null;
        LineCursor cursor = new(value);
        return cursor.TryNumber(out long number) && number <= int.MaxValue ? (int)number : null;
    }

    /// <summary>Finds the text behind a key that is a word of its own.</summary>
    private static bool Value(ReadOnlySpan<byte> text, ReadOnlySpan<byte> key, out ReadOnlySpan<byte> value)
    {
        for (int from = 0; text[from..].IndexOf(key) is >= 0 and int found; from += found + key.Length)
        {
            int at = from + found;
            value = text[(at + key.Length)..];
            if (at == 0 || text[at - 1] is (byte)' ' or (byte)'\t')
                return true;
        }

        value = default;
        return false;
    }

    private static ReadOnlySpan<byte> Until(ReadOnlySpan<byte> text, ReadOnlySpan<byte> end)
    {
        int length = text.IndexOf(end);
        return length < 0 ? text : text[..length];
    }
}
