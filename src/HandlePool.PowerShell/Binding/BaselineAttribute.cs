using System.Management.Automation;
using System.Text.Json;
using HandlePool.Analysis;
using HandlePool.Text;

namespace HandlePool.PowerShell.Binding;

/// <summary>Converts the path of a JSON file, or an object that ConvertFrom-Json or Import-Clixml made of a baseline, to a baseline.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class BaselineAttribute : ArgumentTransformationAttribute
{
    private static readonly JsonSerializerOptions Options = new() { PropertyNameCaseInsensitive = true };

    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        object value = inputData is PSObject { BaseObject: not PSCustomObject } wrapper ? wrapper.BaseObject : inputData;
        return value switch
        {
            string path => ReadFile(engineIntrinsics, path),
            PSObject copy => Restore(copy),
            _ => value,
        };
    }

    private static HandleBaseline ReadFile(EngineIntrinsics engine, string path)
    {
        string file = engine.SessionState.Path.GetUnresolvedProviderPathFromPSPath(path);
        try
        {
            using FileStream stream = File.OpenRead(file);
            return Create(JsonSerializer.Deserialize<BaselineDocument>(stream, Options), VisibleText.Of(file));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException)
        {
            throw Invalid(VisibleText.Of(file), exception.Message);
        }
    }

    private static HandleBaseline Restore(PSObject copy)
    {
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

    private static ArgumentTransformationMetadataException Invalid(string source, string reason) =>
        new($"{source} is not a baseline: {reason} Use New-HandleBaseline, and ConvertTo-Json to save what it writes.");

    private sealed record BaselineDocument(int Dumps, List<PairDocument>? Pairs);

    private sealed record PairDocument(string? Context, string? Holder, string? Owner, int Dumps, int Median, int Maximum);
}
