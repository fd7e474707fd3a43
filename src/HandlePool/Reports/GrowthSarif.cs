using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using HandlePool.Gates;
using HandlePool.Text;

namespace HandlePool.Reports;

/// <summary>Writes results as SARIF 2.1.0.</summary>
internal static class GrowthSarif
{
    private const string Schema = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

    // Also the form of GitHub's hashes of lines: 16 hexadecimal digits and a number.
    private const int FingerprintDigits = 16;

    private static readonly JsonWriterOptions Options = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly string Version = typeof(GrowthSarif).Assembly.GetName().Version!.ToString(fieldCount: 3);

    internal static string Write(IReadOnlyList<HandleGrowthResult> results, string? root)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter json = new(stream, Options))
        {
            json.WriteStartObject();
            json.WriteString("$schema", Schema);
            json.WriteString("version", "2.1.0");
            json.WriteStartArray("runs");
            json.WriteStartObject();
            HandleGrowthResult[] rules = [.. results.DistinctBy(result => result.Rule)];
            WriteTool(json, rules);
            Dictionary<string, int> indexes = rules.Select((rule, index) => (rule.Rule, index)).ToDictionary(each => each.Rule, each => each.index);
            json.WriteStartArray("results");
            foreach (HandleGrowthResult result in results.Where(result => result.Outcome != HandleGrowthOutcome.Passed))
                WriteResult(json, result, indexes[result.Rule], root);
            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.ToArray()).ReplaceLineEndings("\n");
    }

    private static void WriteTool(Utf8JsonWriter json, HandleGrowthResult[] rules)
    {
        json.WriteStartObject("tool");
        json.WriteStartObject("driver");
        json.WriteString("name", "HandlePool");
        json.WriteString("semanticVersion", Version);
        json.WriteStartArray("rules");
        foreach (HandleGrowthResult rule in rules)
        {
            json.WriteStartObject();
            json.WriteString("id", VisibleText.Of(rule.Rule));
            WriteMessage(json, "shortDescription", VisibleText.Of(rule.Rule));
            WriteMessage(json, "fullDescription", $"Measures {VisibleText.Of(rule.Unit)} of binder.");
            json.WriteStartObject("defaultConfiguration");
            json.WriteString("level", "error");
            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteResult(Utf8JsonWriter json, HandleGrowthResult result, int rule, string? root)
    {
        bool isFailed = result.Outcome == HandleGrowthOutcome.Failed;
        json.WriteStartObject();
        json.WriteString("ruleId", VisibleText.Of(result.Rule));
        json.WriteNumber("ruleIndex", rule);
        json.WriteString("kind", isFailed ? "fail" : "open");
        json.WriteString("level", isFailed ? "error" : "none");
        WriteMessage(json, "message", $"{GrowthReport.TitleOf(result)}: {VisibleText.Of(result.Evidence)}");
        WriteLocations(json, result, root);
        string fingerprint = FingerprintOf(result);
        json.WriteStartObject("partialFingerprints");
        json.WriteString("handleGrowth/v1", fingerprint);
        json.WriteString("primaryLocationLineHash", $"{fingerprint[..FingerprintDigits]}:1");
        json.WriteEndObject();
        WriteProperties(json, result);
        json.WriteEndObject();
    }

    /// <summary>Writes the line of the dump, or that of the rule if no dump shows the process.</summary>
    private static void WriteLocations(Utf8JsonWriter json, HandleGrowthResult result, string? root)
    {
        json.WriteStartArray("locations");
        json.WriteStartObject();
        if (result.Path is { } path)
            WritePlace(json, path, result.Line, root);
        else if (result.PolicyPath is { } rulePath)
            WritePlace(json, rulePath, result.PolicyLine, root);
        json.WriteStartArray("logicalLocations");
        json.WriteStartObject();
        json.WriteString("fullyQualifiedName", GrowthReport.TitleOf(result));
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndArray();
        if (result is not { Path: not null, PolicyPath: { } policy })
            return;
        json.WriteStartArray("relatedLocations");
        json.WriteStartObject();
        WritePlace(json, policy, result.PolicyLine, root);
        WriteMessage(json, "message", "The rule.");
        json.WriteEndObject();
        json.WriteEndArray();
    }

    private static void WritePlace(Utf8JsonWriter json, string path, long? line, string? root)
    {
        (string uri, bool isWithin) = UriOf(path, root);
        json.WriteStartObject("physicalLocation");
        json.WriteStartObject("artifactLocation");
        json.WriteString("uri", uri);
        if (isWithin)
            json.WriteString("uriBaseId", "%SRCROOT%");
        json.WriteEndObject();
        if (line is >= 1 and <= int.MaxValue)
        {
            json.WriteStartObject("region");
            json.WriteNumber("startLine", line.Value);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void WriteProperties(Utf8JsonWriter json, HandleGrowthResult result)
    {
        json.WriteStartObject("properties");
        json.WriteString("outcome", result.Outcome.ToString());
        json.WriteString("metric", result.Metric.ToString());
        json.WriteString("unit", VisibleText.Of(result.Unit));
        WriteNumber("measured", result.Measured);
        WriteNumber("allowed", result.Allowed);
        json.WriteNumber("samples", result.Samples);
        WriteText("firstSample", result.FirstSample);
        WriteText("lastSample", result.LastSample);
        WriteTime("firstTime", result.FirstTime);
        WriteTime("lastTime", result.LastTime);
        json.WriteEndObject();

        void WriteNumber(string name, double? number)
        {
            if (number is { } known && double.IsFinite(known))
                json.WriteNumber(name, known);
        }

        void WriteText(string name, string? text)
        {
            if (text is not null)
                json.WriteString(name, VisibleText.Of(text));
        }

        void WriteTime(string name, DateTimeOffset? time)
        {
            if (time is { } known)
                json.WriteString(name, known.ToUniversalTime());
        }
    }

    /// <summary>Returns the text of a message without links: brackets would make one (SARIF 2.1.0, 3.11.6).</summary>
    private static string Escape(string text) => text.Replace(@"\", @"\\", StringComparison.Ordinal).Replace("[", @"\[", StringComparison.Ordinal)
        .Replace("]", @"\]", StringComparison.Ordinal);

    private static void WriteMessage(Utf8JsonWriter json, string name, string text)
    {
        json.WriteStartObject(name);
        json.WriteString("text", Escape(text));
        json.WriteEndObject();
    }

    /// <summary>Returns a hash of what the same problem has in each build: not of counts, samples, pids and lines.</summary>
    private static string FingerprintOf(HandleGrowthResult result) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(
        string.Join('\0', result.Rule, result.Device, result.Context, result.Holder, result.Owner, result.Interface)))).ToLowerInvariant();

    /// <summary>Returns the URI of a path, and whether it is relative to the root.</summary>
    private static (string Uri, bool IsWithin) UriOf(string path, string? root)
    {
        string visible = VisibleText.Of(path);
        if (!Path.IsPathFullyQualified(visible))
            return (EscapePath(visible), true);
        if (root is not null && Path.GetRelativePath(VisibleText.Of(root), visible) is var relative && !Path.IsPathFullyQualified(relative)
            && relative.Split('/', '\\')[0] != "..")
        {
            return (EscapePath(relative), true);
        }

        // A drive of Windows has a colon, which stays.
        string[] parts = visible.Replace('\\', '/').Split('/');
        bool hasDrive = parts[0].EndsWith(':');
        return ("file://" + (hasDrive ? "/" : "") + string.Join('/', parts.Select((part, index) => hasDrive && index == 0 ? part : Uri.EscapeDataString(part))), false);
    }

    private static string EscapePath(string path) => string.Join('/', path.Replace(Path.DirectorySeparatorChar, '/').Split('/').Select(Uri.EscapeDataString));
}
