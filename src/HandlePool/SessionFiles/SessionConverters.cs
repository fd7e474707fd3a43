using System.Globalization;
using System.Numerics;
using System.Text.Json;
using System.Text.Json.Serialization;
using HandlePool.Pools;
using HandlePool.Text;

namespace HandlePool.SessionFiles;

/// <summary>Reads and writes whole numbers within a range.</summary>
internal abstract class NumberConverter<T>(long min, long max) : JsonConverter<T>
    where T : struct, INumberBase<T>
{
    public sealed override T Read(ref Utf8JsonReader json, Type typeToConvert, JsonSerializerOptions options) =>
        T.CreateTruncating(SessionValue.GetNumber(ref json, min, max));

    public sealed override void Write(Utf8JsonWriter json, T value, JsonSerializerOptions options) =>
        json.WriteNumberValue(long.CreateTruncating(value));
}

internal sealed class CountConverter() : NumberConverter<int>(0, int.MaxValue);

internal sealed class LongCountConverter() : NumberConverter<long>(0, long.MaxValue);

/// <summary>Converts numbers that only ever increase, so that they must be far from overflowing.</summary>
internal sealed class CounterConverter() : NumberConverter<long>(0, Largest)
{
    internal const long Largest = 1L << 53;
}

internal sealed class SequenceConverter() : NumberConverter<long>(1, CounterConverter.Largest);

internal sealed class MaxCapacityConverter() : NumberConverter<int>(IdPool.MinCapacity, IdPool.LargestCapacity);

internal sealed class PositiveCountConverter() : NumberConverter<int>(1, int.MaxValue);

/// <summary>Converts the highest id so far: -1 if the first id is 0 and has not been given.</summary>
internal sealed class HighestIdConverter() : NumberConverter<long>(-1, long.MaxValue);

internal sealed class CookieConverter : JsonConverter<ulong?>
{
    public override ulong? Read(ref Utf8JsonReader json, Type typeToConvert, JsonSerializerOptions options) =>
        json.TokenType == JsonTokenType.Null ? null
        : json.TokenType == JsonTokenType.Number && json.TryGetUInt64(out ulong cookie) ? cookie
        : throw SessionValue.Unexpected(ref json, $"a whole number from 0 to {ulong.MaxValue}");

    public override void Write(Utf8JsonWriter json, ulong? value, JsonSerializerOptions options)
    {
        if (value is { } cookie)
            json.WriteNumberValue(cookie);
        else
            json.WriteNullValue();
    }
}

internal sealed class BooleanConverter : JsonConverter<bool>
{
    public override bool Read(ref Utf8JsonReader json, Type typeToConvert, JsonSerializerOptions options) => json.TokenType switch
    {
        JsonTokenType.True => true,
        JsonTokenType.False => false,
        _ => throw SessionValue.Unexpected(ref json, "true or false"),
    };

    public override void Write(Utf8JsonWriter json, bool value, JsonSerializerOptions options) => json.WriteBooleanValue(value);
}

internal class TextConverter : JsonConverter<string>
{
    public override bool HandleNull => true;

    public override string Read(ref Utf8JsonReader json, Type typeToConvert, JsonSerializerOptions options) => SessionValue.GetText(ref json);

    public sealed override void Write(Utf8JsonWriter json, string? value, JsonSerializerOptions options) => json.WriteStringValue(value);
}

internal sealed class OptionalTextConverter : TextConverter
{
    public override bool HandleNull => false;
}

internal sealed class NameConverter : TextConverter
{
    public override string Read(ref Utf8JsonReader json, Type typeToConvert, JsonSerializerOptions options)
    {
        string name = SessionValue.GetText(ref json);
        return string.IsNullOrWhiteSpace(name) ? throw SessionValue.Unexpected(ref json, "a name that is not blank") : name;
    }
}

/// <summary>Converts the values of an enumeration to their exact names.</summary>
internal sealed class NamedValueConverter<T> : JsonConverter<T>
    where T : struct, Enum
{
    public override T Read(ref Utf8JsonReader json, Type typeToConvert, JsonSerializerOptions options)
    {
        int index = Array.IndexOf(Enum.GetNames<T>(), SessionValue.GetText(ref json));
        return index >= 0 ? Enum.GetValues<T>()[index] : throw SessionValue.Unexpected(ref json, $"one of {string.Join(", ", Enum.GetNames<T>())}");
    }

    public override void Write(Utf8JsonWriter json, T value, JsonSerializerOptions options) => json.WriteStringValue(value.ToString());
}

internal sealed class TimeConverter : JsonConverter<DateTimeOffset>
{
    public override DateTimeOffset Read(ref Utf8JsonReader json, Type typeToConvert, JsonSerializerOptions options) =>
        DateTimeOffset.TryParseExact(SessionValue.GetText(ref json), "O", CultureInfo.InvariantCulture, DateTimeStyles.None, out DateTimeOffset time)
            ? time
            : throw SessionValue.Unexpected(ref json, "a time such as 2026-01-31T23:59:59.1234567+01:00");

    public override void Write(Utf8JsonWriter json, DateTimeOffset value, JsonSerializerOptions options) =>
        json.WriteStringValue(value.ToString("O", CultureInfo.InvariantCulture));
}

internal sealed class DelayConverter : JsonConverter<TimeSpan>
{
    public override TimeSpan Read(ref Utf8JsonReader json, Type typeToConvert, JsonSerializerOptions options) =>
        TimeSpan.TryParseExact(SessionValue.GetText(ref json), "c", CultureInfo.InvariantCulture, out TimeSpan delay)
        && delay >= TimeSpan.Zero && delay <= HandleSession.LongestAllocationDelay
            ? delay
            : throw SessionValue.Unexpected(ref json, $"a duration from 00:00:00 to {HandleSession.LongestAllocationDelay:c}, such as 00:00:00.0500000");

    public override void Write(Utf8JsonWriter json, TimeSpan value, JsonSerializerOptions options) =>
        json.WriteStringValue(value.ToString("c", CultureInfo.InvariantCulture));
}

internal sealed class ReferenceConverter : JsonConverter<ReferenceDocument>
{
    public override ReferenceDocument Read(ref Utf8JsonReader json, Type typeToConvert, JsonSerializerOptions options)
    {
        if (json.TokenType != JsonTokenType.StartArray)
            throw SessionValue.Unexpected(ref json, "an array");
        int handle = (int)Next(ref json, int.MaxValue, "a handle");
        long node = Next(ref json, long.MaxValue, "a node id");
        int strong = (int)Next(ref json, int.MaxValue, "a strong count");
        int weak = (int)Next(ref json, int.MaxValue, "a weak count");
        json.Read();
        return json.TokenType == JsonTokenType.EndArray ? new ReferenceDocument(handle, node, strong, weak)
            : throw new JsonException("a reference has more than four numbers; write [handle, node, strong, weak].");

        static long Next(ref Utf8JsonReader json, long max, string what)
        {
            json.Read();
            return json.TokenType != JsonTokenType.EndArray ? SessionValue.GetNumber(ref json, 0, max, what)
                : throw new JsonException("a reference has fewer than four numbers; write [handle, node, strong, weak].");
        }
    }

    public override void Write(Utf8JsonWriter json, ReferenceDocument value, JsonSerializerOptions options) => Write(json, value);

    internal static void Write(Utf8JsonWriter json, in ReferenceDocument value)
    {
        json.WriteStartArray();
        json.WriteNumberValue(value.Handle);
        json.WriteNumberValue(value.Node);
        json.WriteNumberValue(value.Strong);
        json.WriteNumberValue(value.Weak);
        json.WriteEndArray();
    }
}

/// <summary>Converts counters to an object with a member for each.</summary>
internal sealed class CountersConverter : JsonConverter<HandleCounters>
{
    public override bool HandleNull => true;

    public override HandleCounters Read(ref Utf8JsonReader json, Type typeToConvert, JsonSerializerOptions options)
    {
        if (json.TokenType != JsonTokenType.StartObject)
            throw SessionValue.Unexpected(ref json, "an object");
        Dictionary<string, long> counters = [];
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            string name = SessionValue.GetName(ref json);
            json.Read();
            if (!counters.TryAdd(name, SessionValue.GetNumber(ref json, 0, uint.MaxValue, "a count")))
                throw new JsonException($"the counter '{VisibleText.Name(name)}' is duplicated.");
        }

        return new HandleCounters(counters);
    }

    public override void Write(Utf8JsonWriter json, HandleCounters value, JsonSerializerOptions options)
    {
        json.WriteStartObject();
        foreach ((string name, long count) in value)
            json.WriteNumber(name, count);
        json.WriteEndObject();
    }
}

/// <summary>Reads values, and describes those that are not as expected. The serializer adds the path.</summary>
file static class SessionValue
{
    // 16 MB: more is no name and no message.
    private const int LongestText = 1 << 24;

    internal static long GetNumber(ref Utf8JsonReader json, long min, long max, string what = "a whole number") =>
        json.TokenType == JsonTokenType.Number && json.TryGetInt64(out long number) && number >= min && number <= max
            ? number
            : throw Unexpected(ref json, $"{what} from {min} to {max}");

    internal static string GetText(ref Utf8JsonReader json)
    {
        if (json.TokenType != JsonTokenType.String)
            throw Unexpected(ref json, "a string");
        return GetName(ref json);
    }

    /// <summary>Returns the text of a string, or of the name of a member.</summary>
    internal static string GetName(ref Utf8JsonReader json)
    {
        if (json.ValueSpan.Length > LongestText)
            throw new JsonException($"the string has more than {LongestText} bytes.");
        try
        {
            return json.GetString()!;
        }
        catch (InvalidOperationException exception)
        {
            throw new JsonException("the string is not valid Unicode.", exception);
        }
    }

    internal static JsonException Unexpected(ref Utf8JsonReader json, string expected)
    {
        string found = json.TokenType switch
        {
            JsonTokenType.StartObject => "an object",
            JsonTokenType.StartArray => "an array",
            JsonTokenType.String => $"'{Excerpt.Of(json.ValueSpan)}'",
            _ => Excerpt.Of(json.ValueSpan),
        };
        return new JsonException($"expected {expected}, found {found}.");
    }
}
