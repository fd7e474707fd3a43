using System.Text;
using HandlePool.Text;

namespace HandlePool.Dumps;

/// <summary>Recognizes a text that is no dump, to say what it is instead.</summary>
internal sealed class TextRecognizer
{
    // What a text is shows in its first lines; a banner may precede them.
    private const int LinesLookedAt = 200;

    // A log has a time before its message.
    private const int MostColons = 5;

    // One line with a colon may talk about a dump.
    private const int FewestPrefixed = 2;

    // Other text before each line is short.
    private const int LongestPrefix = 64;

    private int _lines;

    // The text before a line of a dump, and the number of lines that begin with it.
    private byte[] _before = [];
    private int _begun;
    private int _prefixed;
    private string? _prefix;

    /// <summary>Gets whether it has seen so many lines that it looks at no more.</summary>
    internal bool IsDone => _lines >= LinesLookedAt;

    /// <summary>Gets the kind of the text; null if it is unknown.</summary>
    internal ForeignText? Kind { get; private set; }

    /// <summary>Gets what the lines of a dump have before them, and how to get them without it; null if there is no such line.</summary>
    internal string? Prefix => _prefixed >= FewestPrefixed ? _prefix
        : _begun >= FewestPrefixed && 2 * _begun > _lines
            ? $"each line of this dump has other text before it, such as '{Excerpt.Of(_before)}'. Remove it from all lines, or print the driver's file itself."
        : null;

    /// <summary>Looks at a line that is not of a dump.</summary>
    /// <param name="line">The line, without blanks before it.</param>
    internal void Look(ReadOnlySpan<byte> line)
    {
        if (_lines >= LinesLookedAt)
            return;
        _lines++;
        Kind ??= Recognize(line);
        if (PrefixOf(line) is { } prefix)
        {
            _prefixed++;
            _prefix ??= prefix;
        }
        else
        {
            LookBefore(line);
        }
    }

    /// <summary>Counts the lines that begin with the same text, digits aside, once a line of a dump has followed it.</summary>
    private void LookBefore(ReadOnlySpan<byte> line)
    {
        if (_before.Length > 0 && IsAlike(line, _before))
        {
            _begun++;
            return;
        }

        for (int length = 1; _begun < FewestPrefixed && length < Math.Min(line.Length, LongestPrefix + 1); length++)
        {
            ReadOnlySpan<byte> before = line[..length].TrimEnd(" \t"u8);
            if (char.IsAsciiLetterOrDigit((char)line[length - 1]) || !IsOfDump(line[length..]))
                continue;
            (_before, _begun) = (before.ToArray(), 1);
            return;
        }
    }

    /// <summary>Returns whether a line begins with a text, or with one that differs in digits, as times do.</summary>
    private static bool IsAlike(ReadOnlySpan<byte> line, ReadOnlySpan<byte> before)
    {
        if (line.Length < before.Length)
            return false;
        for (int index = 0; index < before.Length; index++)
        {
            if (line[index] != before[index] && !(char.IsAsciiDigit((char)line[index]) && char.IsAsciiDigit((char)before[index])))
                return false;
        }

        return true;
    }

    /// <summary>Returns what a line of a dump has before it; null if the line is none, or has nothing before it.</summary>
    private static string? PrefixOf(ReadOnlySpan<byte> line)
    {
        int digits = line.IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        if (digits > 0 && line[digits] is (byte)'\t' or (byte)' ' && IsOfDump(line[(digits + 1)..]))
            return "each line of this dump has a number before it, as of 'cat -n'. Use 'cat' without -n.";
        int colon = line.IndexOf((byte)':');
        for (int tried = 0; colon >= 0 && tried < MostColons; tried++)
        {
            ReadOnlySpan<byte> rest = line[(colon + 1)..];
            if (IsOfDump(rest))
            {
                return IsLogLine(line)
                    ? "this is a log whose messages are the lines of a dump. Print it with 'logcat -v raw', or read the driver's file itself."
                    : "each line of this dump has a file name or a number before it, as of 'grep -H' or 'grep -n'. Use 'cat' instead of 'grep'.";
            }

            int next = rest.IndexOf((byte)':');
            colon = next < 0 ? -1 : colon + 1 + next;
        }

        return null;
    }

    private static bool IsOfDump(ReadOnlySpan<byte> text)
    {
        text = text.TrimStart(" \t"u8);
        if (text.IsEmpty)
            return false;
        LineCursor cursor = new(text);
        return DumpHeading.OfLine(text) is not null
            || (text.StartsWith("binder "u8) && DumpHeading.OfText(text, out _) is not null)
            || ((cursor.TryText("proc "u8) || cursor.TryText("thread "u8)) && cursor.TryNumber(out _) && (cursor.IsAtEnd || cursor.Rest.StartsWith(": l "u8)));
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
