using System.Buffers;
using System.Buffers.Text;

namespace HandlePool.Traces;

/// <summary>Represents a line of ftrace's text: <c>COMMAND-THREAD (PROCESS) [CPU] FLAGS SECONDS: EVENT: PAYLOAD</c>.</summary>
/// <remarks>The process in parentheses and the flags depend on the options of the trace. A command may have blanks, dashes and brackets.</remarks>
internal readonly ref struct TraceLine
{
    // The kernel keeps 15 bytes of a command.
    private const int LongestCommand = 15;
    private const int LongestFlags = 8;

    // What stands before and behind the CPU is looked for in this many bytes, so that a long line of brackets takes no longer than another.
    private const int LongestPart = 128;

    private static readonly SearchValues<byte> NameLetters = SearchValues.Create("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"u8);

    private TraceLine(ReadOnlySpan<byte> command, int thread, int process, int cpu, long time, ReadOnlySpan<byte> name, ReadOnlySpan<byte> payload)
    {
        Command = command;
        Thread = thread;
        Process = process;
        Cpu = cpu;
        Time = time;
        Name = name;
        Payload = payload;
    }

    /// <summary>Gets the name of the thread.</summary>
    internal ReadOnlySpan<byte> Command { get; }

    internal int Thread { get; }

    /// <summary>Gets the pid; 0 if the line does not tell it.</summary>
    internal int Process { get; }

    internal int Cpu { get; }

    /// <summary>Gets the time in units of 100 ns; -1 if the clock of the trace counts no seconds.</summary>
    internal long Time { get; }

    /// <summary>Gets the name of the event.</summary>
    internal ReadOnlySpan<byte> Name { get; }

    internal ReadOnlySpan<byte> Payload { get; }

    internal static bool TryParse(ReadOnlySpan<byte> line, out TraceLine parsed)
    {
        ReadOnlySpan<byte> text = line.TrimStart((byte)' ');
        parsed = default;
        for (int at = 0, next; (next = text[at..].IndexOf((byte)'[')) >= 0; at++)
        {
            at += next;
            if (!TryParseAt(text, at, out TraceLine found, out int length))
                continue;
            parsed = found;

            // A command that looks like all that comes before a payload is short. What follows it is then the real one.
            if (length > LongestCommand)
                return true;
        }

        return !parsed.Name.IsEmpty;
    }

    /// <summary>Parses a line whose CPU begins at a bracket.</summary>
    /// <param name="text">The line.</param>
    /// <param name="open">The index of the bracket.</param>
    /// <param name="parsed">The line.</param>
    /// <param name="length">The number of bytes before the payload.</param>
    private static bool TryParseAt(ReadOnlySpan<byte> text, int open, out TraceLine parsed, out int length)
    {
        parsed = default;
        length = 0;
        ReadOnlySpan<byte> head = text[Math.Max(0, open - LongestPart)..open].TrimEnd((byte)' ');
        int process = 0;
        if (head is [.., (byte)')'])
        {
            int parenthesis = head.LastIndexOf((byte)'(');
            if (parenthesis < 0)
                return false;
            ReadOnlySpan<byte> inner = head[(parenthesis + 1)..^1].Trim((byte)' ');
            if (inner.ContainsAnyExcept((byte)'-') && !TryWhole(inner, out process))
                return false;
            head = head[..parenthesis].TrimEnd((byte)' ');
        }

        int dash = head.LastIndexOf((byte)'-');
        if (dash < 0 || !TryWhole(head[(dash + 1)..], out int thread))
            return false;

        ReadOnlySpan<byte> rest = text[(open + 1)..];
        if (!Utf8Parser.TryParse(rest, out int cpu, out int used) || cpu < 0 || used >= rest.Length || rest[used] != ']')
            return false;
        rest = rest[(used + 1)..].TrimStart((byte)' ');
        ReadOnlySpan<byte> word = TakeWord(ref rest);
        if (word is not [.., (byte)':'])
        {
            if (word.Length > LongestFlags)
                return false;
            word = TakeWord(ref rest);
        }

        if (word is not [.., (byte)':'] || !TryTime(word[..^1], out long time))
            return false;
        int colon = rest[..Math.Min(rest.Length, LongestPart)].IndexOf((byte)':');
        if (colon <= 0 || !IsName(rest[..colon]))
            return false;
        length = text.Length - rest.Length + colon + 1;
        ReadOnlySpan<byte> command = text[..(Math.Max(0, open - LongestPart) + dash)];
        parsed = new TraceLine(command, thread, process, cpu, time, rest[..colon], rest[(colon + 1)..].TrimStart((byte)' '));
        return true;
    }

    private static ReadOnlySpan<byte> TakeWord(ref ReadOnlySpan<byte> rest)
    {
        int length = rest[..Math.Min(rest.Length, LongestPart)].IndexOf((byte)' ');
        ReadOnlySpan<byte> word = length < 0 ? rest : rest[..length];
        rest = rest[word.Length..].TrimStart((byte)' ');
        return word;
    }

    private static bool TryWhole(ReadOnlySpan<byte> text, out int value) =>
        Utf8Parser.TryParse(text, out value, out int used) && used == text.Length && value >= 0;

    /// <summary>Parses seconds with a fraction, or what a clock that counts events prints.</summary>
    private static bool TryTime(ReadOnlySpan<byte> text, out long time)
    {
        const int Digits = 7;
        time = -1;
        int dot = text.IndexOf((byte)'.');
        ReadOnlySpan<byte> whole = dot < 0 ? text : text[..dot];
        if (!Utf8Parser.TryParse(whole, out ulong seconds, out int used) || used != whole.Length)
            return false;
        if (dot < 0)
            return true;
        ReadOnlySpan<byte> fraction = text[(dot + 1)..];
        if (fraction.IsEmpty || fraction.ContainsAnyExceptInRange((byte)'0', (byte)'9'))
            return false;
        if (seconds > long.MaxValue / TimeSpan.TicksPerSecond - 1)
            return true;
        long ticks = 0;
        for (int digit = 0; digit < Digits; digit++)
            ticks = (10 * ticks) + (digit < fraction.Length ? fraction[digit] - '0' : 0);
        time = ((long)seconds * TimeSpan.TicksPerSecond) + ticks;
        return true;
    }

    private static bool IsName(ReadOnlySpan<byte> name) => !name.ContainsAnyExcept(NameLetters);
}
