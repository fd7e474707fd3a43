using System.Management.Automation;
using System.Text.Json;
using HandlePool.Analysis;
using HandlePool.PowerShell.Files;
using HandlePool.Text;

namespace HandlePool.PowerShell.Binding;

/// <summary>Represents the value of a -Baseline parameter: a baseline, the path of its JSON file, or an object made of one.</summary>
public sealed class BaselineSource
{
    private static readonly JsonSerializerOptions Options = new() { PropertyNameCaseInsensitive = true };

    private readonly object _value;

    /// <summary>Initializes the source from what was given. It is read when the cmdlet begins, which knows where a relative path begins.</summary>
    public BaselineSource(object value) => _value = value is PSObject { BaseObject: not PSCustomObject } wrapper ? wrapper.BaseObject : value;

    /// <inheritdoc/>
    public override string ToString() => _value.ToString() ?? "";

    /// <summary>Returns the baseline.</summary>
    /// <param name="paths">The paths of the session, to which a relative path belongs.</param>
    /// <exception cref="ArgumentException">The file or the object is no baseline.</exception>
    internal HandleBaseline Read(PathIntrinsics paths) => _value switch
    {
        HandleBaseline baseline => baseline,
        string path => ReadFile(paths.GetUnresolvedProviderPathFromPSPath(path)),
        object copy => Restore(PSObject.AsPSObject(copy)),
    };

    private static HandleBaseline ReadFile(string file)
    {
        try
        {
            using FileStream stream = File.OpenRead(file);
            return Create(JsonSerializer.Deserialize<BaselineDocument>(stream, Options), VisibleText.Of(file));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException)
        {
            throw Invalid(VisibleText.Of(file), exception.Message, FileKind.Advise(file));
        }
        catch (ArgumentException exception) when (FileKind.Advise(file) is { } advice and not FileKind.Baseline)
        {
            throw new ArgumentException($"{VisibleText.Of(file)} is not a baseline. {advice}", exception);
        }
    }

    private static HandleBaseline Restore(PSObject copy)
    {
        if (copy.Properties["Dumps"] is null || copy.Properties["Pairs"] is null)
            throw Invalid("The object", "Dumps or Pairs are missing.");
        try
        {
            List<PairDocument> pairs = [];
            foreach (object? each in LanguagePrimitives.GetEnumerable(copy.Properties["Pairs"]?.Value) ?? Array.Empty<object>())
            {
                PSObject pair = PSObject.AsPSObject(each);
                pairs.Add(new PairDocument(Text("Context"), Text("Holder"), Text("Owner"), Number("Dumps"), Number("Median"), Number("Maximum")));

                string? Text(string name) => pair.Properties[name]?.Value as string;
                int Number(string name) => LanguagePrimitives.ConvertTo<int>(pair.Properties[name]?.Value);
            }

            return Create(new BaselineDocument(LanguagePrimitives.ConvertTo<int>(copy.Properties["Dumps"]?.Value), pairs), "The object");
        }
        catch (Exception exception) when (exception is PSInvalidCastException or ExtendedTypeSystemException)
        {
            throw Invalid("The object", exception.Message);
        }
    }

    private static HandleBaseline Create(BaselineDocument? document, string source)
    {
        if (document?.Pairs is null || document.Pairs.Exists(pair => pair is not { Context: not null, Holder: not null, Owner: not null }))
            throw Invalid(source, "Dumps, Pairs, or the Context, Holder and Owner of a pair are missing.");
        try
        {
            return new HandleBaseline(document.Dumps, document.Pairs.Select(pair =>
                new HandleBaselinePair(pair.Context!, pair.Holder!, pair.Owner!, pair.Dumps, pair.Median, pair.Maximum)));
        }
        catch (ArgumentException exception)
        {
            throw Invalid(source, exception.Message);
        }
    }

    private static ArgumentException Invalid(string source, string reason, string? advice = null) =>
        new($"{source} is not a baseline: {reason} {advice ?? "Use New-HandleBaseline, and ConvertTo-Json to save what it writes."}");

    private sealed record BaselineDocument(int Dumps, List<PairDocument>? Pairs);

    private sealed record PairDocument(string? Context, string? Holder, string? Owner, int Dumps, int Median, int Maximum);
}
