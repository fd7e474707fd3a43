using System.Text;
using System.Text.Json;
using HandlePool.Dumps;

namespace HandlePool.Devices;

/// <summary>Writes what an archive says about itself: <c>manifest.json</c> for programs, and the device's properties, which readers of dumps know.</summary>
internal static class CaptureManifest
{
    private const int Version = 1;

    /// <summary>Returns the properties of the host, as getprop prints them.</summary>
    internal static string Describe(IBinderHost host, DeviceIdentity identity)
    {
        StringBuilder text = new();
        Add("ro.serialno", host.Name);
        Add("ro.product.model", identity.Model);
        Add("ro.build.fingerprint", identity.Build);
        Add("ro.build.type", identity.BuildType);
        return text.ToString();

        void Add(string name, string? value)
        {
            if (value is not null)
                text.Append('[').Append(name).Append("]: [").Append(value.ReplaceLineEndings(" ")).Append("]\n");
        }
    }

    /// <summary>Returns the manifest.</summary>
    internal static string Write(IBinderHost host, DumpCapture capture, DateTimeOffset ended)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter json = new(stream, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteString("format", ArchiveManifest.Format);
            json.WriteNumber("version", Version);
            json.WriteString("began", capture.Began);
            json.WriteString("ended", ended);
            json.WriteString("host", Environment.MachineName);
            WriteDevice(json, host, capture.Identity, capture.Began);
            WriteOptional(json, "folder", capture.Folder);
            json.WriteStartArray("texts");
            foreach (CapturedEntry entry in capture.Entries)
                WriteEntry(json, entry);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length) + "\n";
    }

    private static void WriteDevice(Utf8JsonWriter json, IBinderHost host, DeviceIdentity identity, DateTimeOffset began)
    {
        json.WriteStartObject("device");
        json.WriteString("serial", host.Name);
        WriteOptional(json, "model", identity.Model);
        WriteOptional(json, "build", identity.Build);
        WriteOptional(json, "buildType", identity.BuildType);
        if (identity.ApiLevel is { } level)
            json.WriteNumber("apiLevel", level);
        WriteOptional(json, "kernel", identity.Kernel);
        WriteOptional(json, "bootId", identity.BootId);
        if (identity.Uptime is { } uptime)
            json.WriteNumber("uptimeSeconds", Math.Round(uptime.TotalSeconds, 2));
        if (identity.Clock is { } clock)
        {
            json.WriteString("clock", clock);
            json.WriteNumber("clockAheadSeconds", Math.Round((clock - began).TotalSeconds));
        }

        json.WriteBoolean("isRoot", identity.IsRoot);
        json.WriteEndObject();
    }

    private static void WriteEntry(Utf8JsonWriter json, CapturedEntry entry)
    {
        json.WriteStartObject();
        json.WriteString("entry", entry.Step.Entry);
        json.WriteStartArray("command");
        foreach (string word in entry.Step.Command)
            json.WriteStringValue(word);
        json.WriteEndArray();
        json.WriteString("began", entry.Began);
        json.WriteNumber("seconds", Math.Round(entry.Took.TotalSeconds, 3));
        if (entry.Outcome.ExitCode is { } code)
            json.WriteNumber("exitCode", code);
        json.WriteBoolean("isWhole", entry.Outcome.IsWhole);
        json.WriteNumber("bytes", entry.Outcome.Length);
        json.WriteString("sha256", entry.Outcome.Sha256);
        WriteOptional(json, "problem", entry.Outcome.Problem);
        json.WriteEndObject();
    }

    private static void WriteOptional(Utf8JsonWriter json, string name, string? value)
    {
        if (value is not null)
            json.WriteString(name, value);
    }
}
