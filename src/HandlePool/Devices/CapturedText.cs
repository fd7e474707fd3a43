using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace HandlePool.Devices;

/// <summary>Passes what a device prints on, except for the line at its end that tells the exit code of the command, and hashes it.</summary>
/// <remarks>
/// <para>Old devices do not tell exit codes, and a connection that is lost in the middle looks like the end. So the device's shell prints a mark
/// at the end: a text without it was cut off.</para>
/// <para>Only what may be the mark is kept in memory. A text that was cut off behind a line loses the end of this line, so that
/// readers see that it was. Not thread-safe.</para>
/// </remarks>
internal sealed class CapturedText : IDisposable
{
    // Blanks, the exit code, and line ends around the mark.
    private const int MarkRoom = 64;

    /// <summary>The number of bytes of <see cref="Beginning"/>, at most.</summary>
    internal const int LongestBeginning = 512;

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly ByteSink _output;
    private readonly byte[] _mark;
    private readonly MemoryStream _beginning = new();

    // What was not passed on yet: the last bytes.
    private readonly List<byte> _held = [];

    /// <summary>Creates a text.</summary>
    /// <param name="mark">The mark at its end; null if the text has none, and its end is its end.</param>
    /// <param name="output">Takes the text.</param>
    internal CapturedText(string? mark, ByteSink output)
    {
        _mark = Encoding.ASCII.GetBytes(mark ?? "");
        _output = output;
        IsWhole = mark is null;
    }

    /// <summary>Gets the number of bytes that were passed on.</summary>
    internal long Length { get; private set; }

    /// <summary>Gets whether the mark was there.</summary>
    internal bool IsWhole { get; private set; }

    /// <summary>Gets the exit code of the command; null if it is not known.</summary>
    internal int? ExitCode { get; private set; }

    /// <summary>Gets the beginning of the text, of which the first line tells why a command failed.</summary>
    internal string Beginning => Encoding.UTF8.GetString(_beginning.GetBuffer(), 0, (int)_beginning.Length);

    /// <inheritdoc/>
    public void Dispose() => _hash.Dispose();

    /// <summary>Adds what the device printed.</summary>
    internal void Add(ReadOnlySpan<byte> bytes)
    {
        int kept = _mark.Length + MarkRoom;
        int passed = _held.Count + bytes.Length - kept;
        if (passed > 0)
        {
            int old = Math.Min(passed, _held.Count);
            Pass([.. _held[..old]]);
            _held.RemoveRange(0, old);
            Pass(bytes[..(passed - old)]);
            bytes = bytes[(passed - old)..];
        }

        _held.AddRange(bytes);
    }

    /// <summary>Ends the text.</summary>
    /// <returns>Its SHA-256 in hexadecimal digits.</returns>
    internal string Finish()
    {
        Span<byte> rest = [.. _held];
        _held.Clear();
        if (_mark.Length > 0)
        {
            int at = rest.LastIndexOf(_mark);
            if (at >= 0 && int.TryParse(Encoding.ASCII.GetString(rest[(at + _mark.Length)..]).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out int code))
            {
                (IsWhole, ExitCode) = (true, code);
                rest = WithoutLineEnd(rest[..at]);
            }
            else
            {
                rest = WithoutMark(rest).TrimEnd("\r\n"u8);
            }
        }

        Pass(rest);
        return Convert.ToHexString(_hash.GetHashAndReset()).ToLowerInvariant();
    }

    /// <summary>Returns a text without the line end that the shell prints before the mark.</summary>
    private static Span<byte> WithoutLineEnd(Span<byte> text) => text is [.., (byte)'\r', (byte)'\n'] ? text[..^2] : text is [.., (byte)'\n'] ? text[..^1] : text;

    /// <summary>Returns a text without the beginning of the mark, if it was cut off within it.</summary>
    private Span<byte> WithoutMark(Span<byte> text)
    {
        // Or within the exit code.
        if (text.LastIndexOf(_mark) is >= 0 and int at)
            return text[..at];
        for (int length = Math.Min(_mark.Length, text.Length - 1); length > 0; length--)
        {
            if (text[^(length + 1)] == (byte)'\n' && text.EndsWith(_mark.AsSpan(0, length)))
                return text[..^length];
        }

        return text;
    }

    private void Pass(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
            return;
        _hash.AppendData(bytes);
        _beginning.Write(bytes[..Math.Min(bytes.Length, LongestBeginning - (int)_beginning.Length)]);
        Length += bytes.Length;
        _output(bytes);
    }
}
