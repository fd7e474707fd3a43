using System.Text;

namespace HandlePool.Dumps;

/// <summary>Recognizes a text that is no dump, to say what it is instead.</summary>
internal sealed class TextRecognizer
{
    // What a text is shows in its first lines; a banner may precede them.
    private const int LinesLookedAt = 200;

    private int _lines;

    /// <summary>Gets the kind of the text; null if it is unknown.</summary>
    internal ForeignText? Kind { get; private set; }

    /// <summary>Looks at a line that is not of a dump.</summary>
    /// <param name="line">The line, without blanks before it.</param>
    internal void Look(ReadOnlySpan<byte> line)
    {
        if (_lines >= LinesLookedAt || Kind is not null)
            return;
        _lines++;
        Kind = Recognize(line);
    }

    private ForeignText? Recognize(ReadOnlySpan<byte> line)
    {
        if (_lines == 1 && line[0] == (byte)'{' && line.IndexOf("\"HandlePool.Session\""u8) > 0)
            return ForeignText.SessionFile;
        if (line.Contains((byte)0))
            return ForeignText.Binary;
        if (line[0] == (byte)'<' && (StartsWithWord(line, "<!doctype html") || StartsWithWord(line, "<html")))
            return ForeignText.Html;
        if (line.StartsWith("# tracer: "u8) || line.IndexOf(": binder_transaction"u8) > 0 || line.IndexOf(": tracing_mark_write: "u8) > 0)
            return ForeignText.Trace;
        if (line.StartsWith("--------- beginning of "u8) || IsLogLine(line))
            return ForeignText.Log;
        if (line.StartsWith("** MEMINFO in pid "u8) || line.StartsWith("Applications Memory Usage"u8) || line.StartsWith("MemTotal:"u8))
            return ForeignText.Memory;
        return IsProcessList(line) ? ForeignText.ProcessList : null;
    }

    /// <summary>Returns whether a line is of a log: <c>11-20 10:11:12.345  1754  1822 W Binder  : ...</c> or <c>W/Binder( 1754): ...</c>.</summary>
    private static bool IsLogLine(ReadOnlySpan<byte> line)
    {
        if (line.Length > 20 && line[2] == (byte)'-' && line[5] == (byte)' ' && line[8] == (byte)':' && line[11] == (byte)':' && line[14] == (byte)'.')
            return true;
        if (line.Length < 4 || line[1] != (byte)'/' || "VDIWEFS"u8.IndexOf(line[0]) < 0)
            return false;
        int open = line.IndexOf((byte)'(');
        return open > 2 && line[open..].IndexOf("): "u8) is > 1 and < 12;
    }

    private static bool IsProcessList(ReadOnlySpan<byte> line)
    {
        string[] words = Encoding.UTF8.GetString(line[..Math.Min(line.Length, 200)]).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return words.Contains("PID") && words[^1].Trim() is "CMD" or "NAME" or "ARGS" or "COMMAND" or "CMDLINE" or "cmdline";
    }

    private static bool StartsWithWord(ReadOnlySpan<byte> line, string word) => line.Length >= word.Length
        && Encoding.ASCII.GetString(line[..word.Length]).Equals(word, StringComparison.OrdinalIgnoreCase);
}

/// <summary>Identifies a kind of text that is no dump.</summary>
internal enum ForeignText
{
    SessionFile,
    Log,
    Trace,
    Memory,
    ProcessList,
    Html,
    Binary,
}
