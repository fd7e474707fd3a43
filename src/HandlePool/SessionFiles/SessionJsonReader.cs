using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Json;
using HandlePool.Dumps;

namespace HandlePool.SessionFiles;

/// <summary>Reads JSON from a stream value by value, and names the place where it is not as it should be.</summary>
/// <remarks>
/// <para>In contrast to <see cref="JsonSerializer"/>, a member that is unknown, missing, or there twice is an error in the same,
/// the user's, words on every runtime, and what comes first is known first. The buffer grows with the longest text only.</para>
/// <para>After each <see cref="ReadMember"/> and <see cref="ReadItem"/> that says true, the value must be taken once: by one of
/// the Get methods, or by <see cref="StartObject"/> or <see cref="StartArray"/> and reading to its end.</para>
/// </remarks>
internal ref struct SessionJsonReader
{
    internal const long LargestCounter = 1L << 53;
    private const int FirstBufferSize = 1 << 16;
    private const int LongestText = 1 << 24;

    // Root, an array in it, an item, an array in that, and an item of it.
    private const int MaxDepth = 5;

    private readonly string _file;
    private readonly Stream _stream;
    private readonly CancellationToken _cancellationToken;
    private readonly Level[] _levels = new Level[MaxDepth];
    private int _depth;
    private byte[] _buffer = new byte[FirstBufferSize];
    private int _length;
    private bool _isAtEnd;
    private Utf8JsonReader _json;

    /// <summary>Reads the beginning of the stream, which stays the caller's to close.</summary>
    /// <param name="stream">The text, in UTF-8; it may begin with a byte order mark.</param>
    /// <param name="file">Its name in errors.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    internal SessionJsonReader(Stream stream, string file, CancellationToken cancellationToken)
    {
        _stream = stream;
        _file = file;
        _cancellationToken = cancellationToken;
        do
        {
            Fill();
        }
        while (_length < Encoding.UTF8.Preamble.Length && !_isAtEnd);

        ReadOnlySpan<byte> head = _buffer.AsSpan(0, _length);
        if (head.IsEmpty)
            throw SessionFileErrors.SessionFormat(_file, "the file is empty.");
        if (head.StartsWith(Encoding.Unicode.Preamble) || head.StartsWith(Encoding.BigEndianUnicode.Preamble)
            || head[..Math.Min(2, head.Length)].Contains((byte)0))
        {
            throw SessionFileErrors.SessionFormat(_file, "this is UTF-16 or binary; a session file is UTF-8.");
        }

        if (head.StartsWith(Encoding.UTF8.Preamble))
        {
            head[Encoding.UTF8.Preamble.Length..].CopyTo(_buffer);
            _length -= Encoding.UTF8.Preamble.Length;
        }

        _json = new Utf8JsonReader(_buffer.AsSpan(0, _length), _isAtEnd, state: default);
    }

    /// <summary>Where the reader is, as a JSON path.</summary>
    internal readonly string Path
    {
        get
        {
            StringBuilder path = new("$");
            for (int i = 0; i < _depth; i++)
            {
                Level level = _levels[i];
                if (level.Members is null)
                    path.Append(CultureInfo.InvariantCulture, $"[{level.Index}]");
                else if (level.Index >= 0)
                    path.Append('.').Append(level.Members[level.Index]);
            }

            return path.ToString();
        }
    }

    /// <summary>Takes the first value of the text, which must be an object.</summary>
    /// <param name="members">The names that its members have, 64 at most. Each must be there once, in whatever order.</param>
    internal void StartRoot(string[] members)
    {
        ReadToken();
        StartObject(members);
    }

    /// <summary>Checks that nothing follows.</summary>
    internal void EndRoot()
    {
        try
        {
            while (!_json.Read())
            {
                if (_isAtEnd)
                    return;
                Refill();
            }
        }
        catch (JsonException exception)
        {
            throw Malformed(exception);
        }
    }

    /// <summary>Begins the value, which must be an object.</summary>
    /// <inheritdoc cref="StartRoot"/>
    internal void StartObject(string[] members)
    {
        Expect(JsonTokenType.StartObject, "an object");
        Debug.Assert(members.Length <= 64, "The members that were seen are bits of a word.");
        _levels[_depth++] = new Level { Members = members, Index = -1 };
    }

    /// <summary>Goes to the next member of the object that was begun last, or ends it.</summary>
    internal bool ReadMember([NotNullWhen(true)] out string? member)
    {
        ref Level level = ref _levels[_depth - 1];
        string[] members = level.Members!;
        if (ReadToken() == JsonTokenType.EndObject)
        {
            // Leaves this level first, so that the path is that of the object.
            ulong missing = ~level.Seen & (ulong.MaxValue >> (64 - members.Length));
            _depth--;
            member = null;
            return missing == 0 ? false : throw Wrong($"the member '{members[BitOperations.TrailingZeroCount(missing)]}' is missing.");
        }

        // Members mostly come in the order in which they are written.
        int index = level.Index + 1;
        if (index >= members.Length || !Names(members[index]))
            index = IndexOfName(members);

        if ((level.Seen & (1UL << index)) != 0)
        {
            level.Index = -1;
            throw Wrong($"the member '{members[index]}' is there twice.");
        }

        member = members[index];
        Enter(index);
        return true;
    }

    /// <summary>Goes to the next member, if it is the next of the names as well: for those that must come first.</summary>
    internal bool ReadNextMember()
    {
        ref Level level = ref _levels[_depth - 1];
        int index = level.Index + 1;
        if (ReadToken() != JsonTokenType.PropertyName || !Names(level.Members![index]))
        {
            level.Index = -1;
            return false;
        }

        Enter(index);
        return true;
    }

    /// <summary>Begins the value, which must be an array.</summary>
    internal void StartArray()
    {
        Expect(JsonTokenType.StartArray, "an array");
        _levels[_depth++] = new Level { Index = -1 };
    }

    /// <summary>Goes to the next item of the array that was begun last, or ends it.</summary>
    internal bool ReadItem()
    {
        _levels[_depth - 1].Index++;
        if (ReadToken() != JsonTokenType.EndArray)
            return true;
        _depth--;
        return false;
    }

    /// <summary>The value as a whole number within a range.</summary>
    internal long GetNumber(long min, long max)
    {
        if (_json.TokenType == JsonTokenType.Number && _json.TryGetInt64(out long number) && number >= min && number <= max)
            return number;
        throw Unexpected($"a whole number from {min} to {max}");
    }

    /// <summary>The value as a number from 0 to 2147483647.</summary>
    internal int GetCount() => (int)GetNumber(0, int.MaxValue);

    /// <summary>The value as a number from 0 to 2147483647, or null.</summary>
    internal int? GetCountOrNull() => _json.TokenType == JsonTokenType.Null ? null : GetCount();

    /// <summary>The value as a number from 0 to 9223372036854775807.</summary>
    internal long GetLongCount() => GetNumber(0, long.MaxValue);

    /// <summary>The value as a number from 0 to 9223372036854775807, or null.</summary>
    internal long? GetLongCountOrNull() => _json.TokenType == JsonTokenType.Null ? null : GetLongCount();

    /// <summary>The value as a number from 0 to 2^53: what only ever counts up must be far from wrapping.</summary>
    internal long GetCounter() => GetNumber(0, LargestCounter);

    internal bool GetBoolean() => _json.TokenType switch
    {
        JsonTokenType.True => true,
        JsonTokenType.False => false,
        _ => throw Unexpected("true or false"),
    };

    internal string GetText()
    {
        Expect(JsonTokenType.String, "a text");
        try
        {
            return _json.GetString()!;
        }
        catch (InvalidOperationException exception)
        {
            throw Wrong("the text is no valid Unicode.", exception);
        }
    }

    internal string? GetTextOrNull() => _json.TokenType == JsonTokenType.Null ? null : GetText();

    /// <summary>The value as a text that is not blank.</summary>
    internal string GetName()
    {
        string name = GetText();
        return string.IsNullOrWhiteSpace(name) ? throw Unexpected("a name that is not blank") : name;
    }

    /// <summary>The value as the name of an enumeration's value, exactly.</summary>
    internal T GetEnum<T>()
        where T : struct, Enum
    {
        string text = GetText();
        int index = Array.IndexOf(Enum.GetNames<T>(), text);
        return index >= 0 ? Enum.GetValues<T>()[index] : throw Unexpected($"one of {string.Join(", ", Enum.GetNames<T>())}");
    }

    internal DateTimeOffset GetTime() =>
        DateTimeOffset.TryParseExact(GetText(), "O", CultureInfo.InvariantCulture, DateTimeStyles.None, out DateTimeOffset time)
            ? time
            : throw Unexpected("a time such as 2026-01-31T23:59:59.1234567+01:00");

    internal DateTimeOffset? GetTimeOrNull() => _json.TokenType == JsonTokenType.Null ? null : GetTime();

    internal TimeSpan GetDuration(TimeSpan max) =>
        TimeSpan.TryParseExact(GetText(), "c", CultureInfo.InvariantCulture, out TimeSpan duration) && duration >= TimeSpan.Zero && duration <= max
            ? duration
            : throw Unexpected($"a duration such as 00:00:00.0500000, of {max:c} at most");

    /// <summary>The error that the value is something else than what is expected.</summary>
    internal readonly HandleException Unexpected(string expected) => Wrong($"{expected} is expected here, not {Describe()}.");

    /// <summary>An error at the place where the reader is.</summary>
    internal readonly HandleException Wrong(string message, Exception? inner = null) =>
        SessionFileErrors.SessionFormat(_file, $"{Path}: {message}", inner);

    private readonly string Describe() => _json.TokenType switch
    {
        JsonTokenType.StartObject => "an object",
        JsonTokenType.StartArray => "an array",
        JsonTokenType.String => $"'{DumpReader.Excerpt(_json.ValueSpan)}'",
        _ => DumpReader.Excerpt(_json.ValueSpan),
    };

    private readonly void Expect(JsonTokenType type, string expected)
    {
        if (_json.TokenType != type)
            throw Unexpected(expected);
    }

    /// <summary>Goes from the name of a member to its value.</summary>
    private void Enter(int index)
    {
        ref Level level = ref _levels[_depth - 1];
        level.Seen |= 1UL << index;
        level.Index = index;
        ReadToken();
    }

    private int IndexOfName(string[] members)
    {
        for (int index = 0; index < members.Length; index++)
        {
            if (Names(members[index]))
                return index;
        }

        string name = DumpReader.Excerpt(_json.ValueSpan);
        _levels[_depth - 1].Index = -1;
        throw Wrong($"there is no member '{name}' in version {SessionDocument.Version} of the format.");
    }

    /// <summary>Whether the member's name is this one.</summary>
    private readonly bool Names(string name)
    {
        try
        {
            return _json.ValueTextEquals(name);
        }
        catch (InvalidOperationException exception)
        {
            _levels[_depth - 1].Index = -1;
            throw Wrong("the name of a member is no valid Unicode.", exception);
        }
    }

    private JsonTokenType ReadToken()
    {
        try
        {
            while (!_json.Read())
                Refill();
        }
        catch (JsonException exception)
        {
            throw Malformed(exception);
        }

        return _json.TokenType;
    }

    private readonly HandleException Malformed(JsonException exception)
    {
        // The message ends with the place, counted from 0.
        string reason = exception.Message;
        int place = reason.IndexOf(" LineNumber:", StringComparison.Ordinal);
        if (place > 0)
            reason = reason[..place];
        return SessionFileErrors.SessionFormat(_file,
            $"line {exception.LineNumber + 1}, byte {exception.BytePositionInLine + 1}, in {Path}: this is no valid JSON. {reason}", exception);
    }

    /// <summary>Moves what is left to the front, reads more behind it, and goes on there.</summary>
    private void Refill()
    {
        int consumed = (int)_json.BytesConsumed;
        JsonReaderState state = _json.CurrentState;
        _buffer.AsSpan(consumed, _length - consumed).CopyTo(_buffer);
        _length -= consumed;
        if (_length == LongestText)
            throw Wrong($"a text of more than {LongestText} bytes begins here.");
        if (_length == _buffer.Length)
            Array.Resize(ref _buffer, 2 * _buffer.Length);
        Fill();
        _json = new Utf8JsonReader(_buffer.AsSpan(0, _length), _isAtEnd, state);
    }

    private void Fill()
    {
        _cancellationToken.ThrowIfCancellationRequested();
        int read = _stream.Read(_buffer, _length, _buffer.Length - _length);
        _length += read;
        _isAtEnd = read == 0;
    }

    /// <summary>An object or an array that was begun and not ended.</summary>
    private struct Level
    {
        /// <summary>The names of an object's members; null for an array.</summary>
        internal string[]? Members;

        /// <summary>The present member or item; -1 before the first.</summary>
        internal int Index;

        /// <summary>A bit for each member that was there.</summary>
        internal ulong Seen;
    }
}
