using HandlePool.Text;

namespace HandlePool.Evidence;

/// <summary>Represents a line of logcat, in any of its formats that have a pid: threadtime, time, brief and long, with year, zone and uid.</summary>
internal readonly ref struct LogLine
{
    private LogLine(LogTime? time, int? uid, int pid, ReadOnlySpan<byte> tag, ReadOnlySpan<byte> message)
    {
        Time = time;
        Uid = uid;
        Pid = pid;
        Tag = tag;
        Message = message;
    }

    internal LogTime? Time { get; }

    internal int? Uid { get; }

    internal int Pid { get; }

    internal ReadOnlySpan<byte> Tag { get; }

    /// <summary>Gets the message; empty for the first line of the long format, whose message follows.</summary>
    internal ReadOnlySpan<byte> Message { get; }

    private static ReadOnlySpan<byte> Levels => "VDIWEFSA"u8;

    /// <summary>Returns whether a line may be of a log, by a few of its letters.</summary>
    internal static bool MayBe(ReadOnlySpan<byte> text) => text.Length > 14 && text[0] switch
    {
        >= (byte)'0' and <= (byte)'9' => (text[2] == (byte)'-' && text[8] == (byte)':') || (text[4] == (byte)'-' && text[13] == (byte)':'),
        (byte)'[' => text[1] == (byte)' ' && text[^1] == (byte)']',
        _ => text[1] == (byte)'/' && Levels.Contains(text[0]),
    };

    /// <summary>Parses a line.</summary>
    internal static bool TryParse(ReadOnlySpan<byte> text, out LogLine line)
    {
        LineCursor cursor = new(text);
        if (text[0] == (byte)'[')
            return TryParseLong(text[1..^1], out line);
        LogTime? time = LogTime.Parse(ref cursor);
        if (time is null)
            return TryParseBrief(text, null, out line);
        cursor.SkipSpace();
        return TryParseBrief(cursor.Rest, time, out line) || TryParseThreads(cursor, time, out line);
    }

    /// <summary>Parses <c>[1000 ]1754  1822 W Binder  : ...</c>, where a name may stand for the uid.</summary>
    private static bool TryParseThreads(LineCursor cursor, LogTime time, out LogLine line)
    {
        line = default;
        int? uid = null;
        LineCursor uidLess = cursor;
        if (!(TryNumber(ref uidLess, out _) && TryNumber(ref uidLess, out _) && uidLess.Rest is [_, (byte)' ', ..]))
        {
            ReadOnlySpan<byte> word = cursor.Word();
            uid = AndroidUid.TryParse(word, out int given) ? given : null;
            cursor.SkipSpace();
        }

        if (!TryNumber(ref cursor, out long pid) || pid > int.MaxValue || !TryNumber(ref cursor, out _))
            return false;
        ReadOnlySpan<byte> rest = cursor.Rest;
        if (rest is not [_, (byte)' ', ..] || !Levels.Contains(rest[0]))
            return false;
        rest = rest[2..];
        int colon = rest.IndexOf(": "u8);
        if (colon < 0)
            return false;
        line = new LogLine(time, uid, (int)pid, rest[..colon].Trim((byte)' '), rest[(colon + 2)..]);
        return true;
    }

    private static bool TryNumber(ref LineCursor cursor, out long number) => cursor.TryNumber(out number) && cursor.SkipSpace() > 0;

    /// <summary>Parses <c>W/Binder  ( 1754): ...</c>, with <c>1000:</c> before the pid if uids are printed.</summary>
    private static bool TryParseBrief(ReadOnlySpan<byte> text, LogTime? time, out LogLine line)
    {
        line = default;
        if (text is not [_, (byte)'/', ..] || !Levels.Contains(text[0]))
            return false;
        int close = text.IndexOf("): "u8);
        int open = close < 0 ? -1 : text[..close].LastIndexOf((byte)'(');
        if (open < 2)
            return false;
        ReadOnlySpan<byte> ids = text[(open + 1)..close];
        int colon = ids.LastIndexOf((byte)':');
        int? uid = colon > 0 && AndroidUid.TryParse(ids[..colon].Trim((byte)' '), out int given) ? given : null;
        LineCursor cursor = new(ids[(colon + 1)..].Trim((byte)' '));
        if (!cursor.TryNumber(out long pid) || !cursor.IsAtEnd || pid > int.MaxValue)
            return false;
        line = new LogLine(time, uid, (int)pid, text[2..open].Trim((byte)' '), text[(close + 3)..]);
        return true;
    }

    /// <summary>Parses <c>01-08 15:29:57.891  1754: 1822 W/Binder</c>, with <c>1000:</c> before the pid if uids are printed.</summary>
    private static bool TryParseLong(ReadOnlySpan<byte> text, out LogLine line)
    {
        line = default;
        LineCursor cursor = new(text);
        cursor.SkipSpace();
        LogTime? time = LogTime.Parse(ref cursor);
        cursor.SkipSpace();
        ReadOnlySpan<byte> rest = cursor.Rest;
        if (time is null || rest.IndexOf((byte)':') is not (>= 0 and int colon))
            return false;
        ReadOnlySpan<byte> id = rest[..colon];
        rest = rest[(colon + 1)..].TrimStart((byte)' ');
        int? uid = null;
        if (rest.IndexOfAny((byte)':', (byte)' ') is >= 0 and int end && rest[end] == (byte)':')
        {
            uid = AndroidUid.TryParse(id, out int given) ? given : null;
            id = rest[..end];
            rest = rest[(end + 1)..];
        }

        LineCursor ids = new(id);
        cursor = new LineCursor(rest);
        cursor.SkipSpace();
        cursor.Word();
        cursor.SkipSpace();
        if (!ids.TryNumber(out long pid) || !ids.IsAtEnd || pid > int.MaxValue || cursor.Rest is not [_, (byte)'/', ..] || !Levels.Contains(cursor.Rest[0]))
            return false;
        line = new LogLine(time, uid, (int)pid, cursor.Rest[2..].Trim((byte)' '), default);
        return true;
    }
}
