using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using HandlePool.IO;

namespace HandlePool.SessionFiles;

/// <summary>Reads the files of <see cref="SessionFileWriter"/> into a session that continues where the written one was.</summary>
/// <remarks>
/// The format is described in docs/session-format.md. The first error ends the reading and names the place in the file; no
/// session is made then. The text is streamed: memory is that of the session and its parsed form. Static and thread-safe.
/// </remarks>
public static class SessionFileReader
{
    // Enough for the first two members.
    private const int HeadSize = 4096;

    private static readonly Lazy<JsonTypeInfo<SessionDocument>>[] Documents =
        [.. Enumerable.Range(1, SessionDocument.CurrentVersion).Select(version => new Lazy<JsonTypeInfo<SessionDocument>>(() => SessionJson.MakeStrict(version)))];

    /// <summary>Reads a file.</summary>
    /// <inheritdoc cref="Read"/>
    public static HandleSession ReadFile(string path, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (Directory.Exists(path))
            throw SessionFileErrors.SessionFormat(path, "this is a directory, not a session file. Name the files in it.");
        try
        {
            using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0,
                FileOptions.SequentialScan);
            return Read(stream, path, cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw SessionFileErrors.SessionFormat(path, $"the file cannot be read. {exception.Message}", exception);
        }
    }

    /// <summary>Reads a session.</summary>
    /// <param name="stream">The text. It is read to its end and left open.</param>
    /// <param name="path">The source, which errors name.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <returns>The session, with the name that it had.</returns>
    /// <exception cref="HandleException"><c>SessionFormat</c>: the text is not a session file, is of a later version, or has an error.</exception>
    /// <exception cref="OperationCanceledException">The reading was cancelled.</exception>
    public static HandleSession Read(Stream stream, string path, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentException.ThrowIfNullOrEmpty(path);
        using LimitedStream input = new(stream, path, cancellationToken);
        try
        {
            ReadOnlyMemory<byte> head = PrefixedStream.Peek(input, HeadSize);
            bool isWhole = head.Length < HeadSize;
            head = CheckEncoding(head, path);
            int version = CheckVersion(head.Span, isWhole, path);
            SessionDocument document = JsonSerializer.Deserialize(new PrefixedStream(head, input), Documents[version - 1].Value)!;
            return new SessionRestorer(path, document).Restore(cancellationToken);
        }
        catch (JsonException exception)
        {
            throw Describe(exception, path);
        }
    }

    /// <returns>The text without a byte order mark.</returns>
    private static ReadOnlyMemory<byte> CheckEncoding(ReadOnlyMemory<byte> head, string path)
    {
        ReadOnlySpan<byte> bytes = head.Span;
        if (bytes.IsEmpty)
            throw SessionFileErrors.SessionFormat(path, "the file is empty.");
        if (bytes.StartsWith(Encoding.Unicode.Preamble) || bytes.StartsWith(Encoding.BigEndianUnicode.Preamble)
            || bytes[..Math.Min(2, bytes.Length)].Contains((byte)0))
        {
            throw SessionFileErrors.SessionFormat(path, "the file is UTF-16 or binary. Save it as UTF-8.");
        }

        return bytes.StartsWith(Encoding.UTF8.Preamble) ? head[Encoding.UTF8.Preamble.Length..] : head;
    }

    /// <summary>Checks the two members that come first, so that nothing of a later version is mistaken for an error.</summary>
    /// <returns>The version.</returns>
    private static int CheckVersion(ReadOnlySpan<byte> head, bool isWhole, string path)
    {
        Utf8JsonReader json = new(head, isWhole, state: default);
        if (json.Read() && json.TokenType != JsonTokenType.StartObject)
            throw Wrong("$: expected an object.");
        if (!ReadMember(ref json, "format"u8))
            throw Wrong($"$: this is not a session file: the first member must be \"format\": \"{SessionDocument.FormatName}\".");
        if (json.TokenType != JsonTokenType.String || Encoding.UTF8.GetString(json.ValueSpan) != SessionDocument.FormatName)
            throw Wrong($"$.format: this is not a session file: the format must be \"{SessionDocument.FormatName}\".");
        if (!ReadMember(ref json, "version"u8))
            throw Wrong("$: the second member must be 'version'.");
        if (json.TokenType != JsonTokenType.Number || !json.TryGetInt32(out int version) || version < 1)
            throw Wrong($"$.version: expected a whole number from 1 to {int.MaxValue}.");
        return version <= SessionDocument.CurrentVersion ? version
            : throw Wrong($"$.version: the file has version {version}, but only versions up to {SessionDocument.CurrentVersion} are supported. "
                + "Read it with the module that wrote it, or a later one.");

        static bool ReadMember(ref Utf8JsonReader json, ReadOnlySpan<byte> name) =>
            json.Read() && json.TokenType == JsonTokenType.PropertyName && json.ValueSpan.SequenceEqual(name) && json.Read();

        HandleException Wrong(string message) => SessionFileErrors.SessionFormat(path, message);
    }

    private static HandleException Describe(JsonException exception, string path)
    {
        // The serializer appends the place, whose line and byte count from 0, to messages of its own.
        string message = exception.Message;
        int place = message.LastIndexOf(exception.Path is null ? " LineNumber: " : " Path: $", StringComparison.Ordinal);
        if (place > 0)
            message = message[..place];
        bool isMalformed = exception.Path is null || exception.InnerException is JsonException;
        return SessionFileErrors.SessionFormat(path, isMalformed
            ? $"line {exception.LineNumber + 1}, byte {exception.BytePositionInLine + 1}, in {exception.Path ?? "$"}: not valid JSON. {message}"
            : $"{exception.Path}: {message}", exception);
    }

    /// <summary>Reads on until cancelled, and refuses values that the serializer could only buffer as a whole.</summary>
    private sealed class LimitedStream(Stream source, string path, CancellationToken cancellationToken) : ForwardStream
    {
        // The serializer doubles its buffer when a value does not fit, and then asks for as much as fits.
        private const int LargestRequest = 1 << 25;

        public override int Read(Span<byte> buffer)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return buffer.Length <= LargestRequest ? source.Read(buffer)
                : throw SessionFileErrors.SessionFormat(path, $"the file has a value of more than {LargestRequest} bytes.");
        }
    }
}
