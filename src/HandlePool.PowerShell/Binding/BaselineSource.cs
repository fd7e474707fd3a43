using System.Management.Automation;
using System.Text.Json;
using HandlePool.Analysis;
using HandlePool.IO;
using HandlePool.Text;

namespace HandlePool.PowerShell.Binding;

/// <summary>Represents the value of a -Baseline parameter: a baseline, the path of its JSON file, or an object made of one.</summary>
public sealed class BaselineSource
{
    // A baseline of a thousand processes takes a few megabytes.
    private const int LargestFile = 1 << 26;
    private const string Root = "$";

    private readonly object _value;

    /// <summary>Initializes the source with the given value. A file is read later, by the cmdlet, which knows the current location.</summary>
    public BaselineSource(object value) => _value = value is PSObject { BaseObject: not PSCustomObject } wrapper ? wrapper.BaseObject : value;

    /// <inheritdoc/>
    public override string ToString() => _value.ToString() ?? "";

    /// <summary>Returns the baseline.</summary>
    /// <param name="paths">The paths of the session, to which a relative path belongs.</param>
    /// <exception cref="ArgumentException">The file or the object is not a baseline.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="RuntimeException">The path cannot be resolved.</exception>
    internal HandleBaseline Read(PathIntrinsics paths) => _value switch
    {
        HandleBaseline baseline => baseline,
        string json when json.TrimStart().StartsWith('{') => throw Invalid("The text", "it is JSON, not the path of a file.",
            "Use ConvertFrom-Json to make an object of it, or save it to a file."),
        string path => ReadFile(FilePath.Of(paths, path)),
        object copy => Read(copy, "The object"),
    };

    private static HandleBaseline ReadFile(string file)
    {
        string source = VisibleText.Of(file);
        if (!File.Exists(file) && !Directory.Exists(file))
            throw new FileNotFoundException(null, file);
        try
        {
            // A device may have no end.
            if (!Directory.Exists(file) && NamedPipe.HasNoLength(file))
                throw Invalid(source, "it is an empty file, a pipe or a device.");
            using FileStream stream = File.OpenRead(file);
            if (stream.Length > LargestFile)
                throw Invalid(source, $"it has more than {LargestFile} bytes.");
            using JsonDocument document = JsonDocument.Parse(stream);
            return Read(document.RootElement, source);
        }
        catch (JsonException exception)
        {
            throw Invalid(source, $"line {exception.LineNumber + 1}, byte {exception.BytePositionInLine + 1}: not valid JSON.", FileKind.Advise(file));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Invalid(source, exception.Message);
        }
        catch (ArgumentException exception) when (FileKind.Advise(file) is { } advice and not FileKind.Baseline)
        {
            throw new ArgumentException($"{source} is not a baseline. {advice}", exception);
        }
    }

    /// <summary>Reads a baseline from a JSON object or a PowerShell object, whose members have the same names.</summary>
    private static HandleBaseline Read(object given, string source)
    {
        Dictionary<string, object?> members = Members(given, Root, [nameof(HandleBaseline.Dumps), nameof(HandleBaseline.Pairs)]);
        int dumps = Count(nameof(HandleBaseline.Dumps), members, Root);
        if (dumps == 0)
            throw Wrong($"{Root}.{nameof(HandleBaseline.Dumps)}", "a baseline of 0 dumps says nothing");
        List<HandleBaselinePair> pairs = [];
        HashSet<(string, string, string)> known = [];
        foreach (object? item in Items(members[nameof(HandleBaseline.Pairs)], $"{Root}.{nameof(HandleBaseline.Pairs)}"))
        {
            string path = $"{Root}.{nameof(HandleBaseline.Pairs)}[{pairs.Count}]";
            Dictionary<string, object?> pair = Members(item, path,
                [nameof(HandleBaselinePair.Context), nameof(HandleBaselinePair.Holder), nameof(HandleBaselinePair.Owner), nameof(HandleBaselinePair.Dumps),
                    nameof(HandleBaselinePair.Median), nameof(HandleBaselinePair.Maximum)]);
            HandleBaselinePair read = new(Text(nameof(HandleBaselinePair.Context), pair, path), Text(nameof(HandleBaselinePair.Holder), pair, path),
                Text(nameof(HandleBaselinePair.Owner), pair, path), Count(nameof(HandleBaselinePair.Dumps), pair, path),
                Count(nameof(HandleBaselinePair.Median), pair, path), Count(nameof(HandleBaselinePair.Maximum), pair, path));
            if (read.FaultIn(dumps) is { } fault)
                throw Wrong(path, fault);
            if (!known.Add((read.Context, read.Holder, read.Owner)))
                throw Wrong(path, "the pair is in the baseline twice");
            pairs.Add(read);
        }

        return new HandleBaseline(dumps, pairs);

        Dictionary<string, object?> Members(object? value, string path, string[] names)
        {
            Dictionary<string, object?> read = new(StringComparer.OrdinalIgnoreCase);
            switch (value)
            {
                case JsonElement { ValueKind: JsonValueKind.Object } json:
                    foreach (JsonProperty property in json.EnumerateObject())
                    {
                        if (!names.Contains(property.Name, StringComparer.OrdinalIgnoreCase))
                            throw Wrong(path, $"the member '{VisibleText.Of(property.Name)}' is unknown");
                        if (!read.TryAdd(property.Name, property.Value))
                            throw Wrong($"{path}.{property.Name}", "the member is duplicated");
                    }

                    break;
                case not null and not JsonElement:
                    PSObject copy = PSObject.AsPSObject(value);
                    foreach (string name in names)
                    {
                        if (copy.Properties[name] is { } property)
                            read.Add(name, property.Value is PSObject { BaseObject: not PSCustomObject } wrapper ? wrapper.BaseObject : property.Value);
                    }

                    break;
                default:
                    throw Wrong(path, "expected an object");
            }

            return Array.Find(names, name => !read.ContainsKey(name)) is { } missing
                ? throw Wrong(path, $"the member '{missing}' is missing")
                : read;
        }

        IEnumerable<object?> Items(object? value, string path) => value switch
        {
            JsonElement { ValueKind: JsonValueKind.Array } json => json.EnumerateArray().Select(item => (object?)item),
            JsonElement or string or null => throw Wrong(path, "expected an array"),
            _ when LanguagePrimitives.GetEnumerable(value) is { } items => items.Cast<object?>(),
            _ => [value],
        };

        string Text(string name, Dictionary<string, object?> members, string path) => members[name] switch
        {
            JsonElement { ValueKind: JsonValueKind.String } json => json.GetString()!,
            string text => text,
            _ => throw Wrong($"{path}.{name}", "expected a text"),
        };

        int Count(string name, Dictionary<string, object?> members, string path) => members[name] switch
        {
            JsonElement { ValueKind: JsonValueKind.Number } json when json.TryGetInt32(out int number) && number >= 0 => number,
            int and >= 0 and var number => number,
            long and >= 0 and <= int.MaxValue and var number => (int)number,
            _ => throw Wrong($"{path}.{name}", $"expected a whole number from 0 to {int.MaxValue}"),
        };

        ArgumentException Wrong(string path, string what) => Invalid(source, $"{path}: {what}.");
    }

    private static ArgumentException Invalid(string source, string reason, string? advice = null) =>
        new($"{source} is not a baseline: {reason} {advice ?? "Use New-HandleBaseline, and ConvertTo-Json to save what it writes."}");
}
