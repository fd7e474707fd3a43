using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace HandlePool.Reports;

/// <summary>Writes rows as lines of JSON and CSV, in no culture. Static and thread-safe.</summary>
internal static class RowText
{
    // In the order of the properties, which is that of the columns of Export-Csv.
    private static readonly (JsonEncodedText Name, Func<HandleRow, object?> Get)[] Columns =
    [
        Column(nameof(HandleRow.Record), row => row.Record.ToString()),
        Column(nameof(HandleRow.Kind), row => row.Kind),
        Column(nameof(HandleRow.Device), row => row.Device),
        Column(nameof(HandleRow.Report), row => row.Report),
        Column(nameof(HandleRow.Build), row => row.Build),
        Column(nameof(HandleRow.ReportTime), row => row.ReportTime),
        Column(nameof(HandleRow.Time), row => row.Time),
        Column(nameof(HandleRow.Context), row => row.Context),
        Column(nameof(HandleRow.HolderName), row => row.HolderName),
        Column(nameof(HandleRow.HolderPid), row => row.HolderPid),
        Column(nameof(HandleRow.HolderUid), row => row.HolderUid),
        Column(nameof(HandleRow.HolderPackage), row => row.HolderPackage),
        Column(nameof(HandleRow.OwnerName), row => row.OwnerName),
        Column(nameof(HandleRow.OwnerPid), row => row.OwnerPid),
        Column(nameof(HandleRow.OwnerUid), row => row.OwnerUid),
        Column(nameof(HandleRow.OwnerPackage), row => row.OwnerPackage),
        Column(nameof(HandleRow.IsDead), row => row.IsDead),
        Column(nameof(HandleRow.Interface), row => row.Interface),
        Column(nameof(HandleRow.Handles), row => row.Handles),
        Column(nameof(HandleRow.Dead), row => row.Dead),
        Column(nameof(HandleRow.WeakOnly), row => row.WeakOnly),
        Column(nameof(HandleRow.SingleHolder), row => row.SingleHolder),
        Column(nameof(HandleRow.CountSource), row => row.CountSource),
        Column(nameof(HandleRow.Dumps), row => row.Dumps),
        Column(nameof(HandleRow.Growth), row => row.Growth),
        Column(nameof(HandleRow.GrowthPerDay), row => row.GrowthPerDay),
        Column(nameof(HandleRow.SecondsToLimit), row => row.SecondsToLimit),
        Column(nameof(HandleRow.Threshold), row => row.Threshold),
        Column(nameof(HandleRow.Usual), row => row.Usual),
        Column(nameof(HandleRow.Rank), row => row.Rank),
        Column(nameof(HandleRow.LimitName), row => row.LimitName),
        Column(nameof(HandleRow.LimitHandles), row => row.LimitHandles),
        Column(nameof(HandleRow.LimitPercent), row => row.LimitPercent),
        Column(nameof(HandleRow.SubjectName), row => row.SubjectName),
        Column(nameof(HandleRow.SubjectPid), row => row.SubjectPid),
        Column(nameof(HandleRow.SubjectUid), row => row.SubjectUid),
        Column(nameof(HandleRow.Count), row => row.Count),
        Column(nameof(HandleRow.Processes), row => row.Processes),
        Column(nameof(HandleRow.Nodes), row => row.Nodes),
        Column(nameof(HandleRow.Anomalies), row => row.Anomalies),
        Column(nameof(HandleRow.Bytes), row => row.Bytes),
        Column(nameof(HandleRow.Sha256), row => row.Sha256),
        Column(nameof(HandleRow.Rule), row => row.Rule),
        Column(nameof(HandleRow.Outcome), row => row.Outcome),
        Column(nameof(HandleRow.Reason), row => row.Reason),
        Column(nameof(HandleRow.Source), row => row.Source),
    ];

    // What decides whether a field is quoted. Rows have no line breaks.
    private static readonly SearchValues<char> Special = SearchValues.Create(",\"");

    internal static string Header { get; } = string.Join(',', Columns.Select(column => column.Name.Value));

    internal static string Json(HandleRow row)
    {
        ArrayBufferWriter<byte> buffer = new(1024);
        using (Utf8JsonWriter writer = new(buffer))
        {
            writer.WriteStartObject();
            foreach ((JsonEncodedText name, Func<HandleRow, object?> get) in Columns)
            {
                switch (get(row))
                {
                    case null:
                        writer.WriteNull(name);
                        break;
                    case bool flag:
                        writer.WriteBoolean(name, flag);
                        break;
                    case long number:
                        writer.WriteNumber(name, number);
                        break;
                    case var text:
                        writer.WriteString(name, (string)text);
                        break;
                }
            }

            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    internal static string Csv(HandleRow row)
    {
        StringBuilder line = new(256);
        foreach ((_, Func<HandleRow, object?> get) in Columns)
        {
            if (line.Length > 0)
                line.Append(',');
            switch (get(row))
            {
                case null:
                    break;
                case bool flag:
                    line.Append(flag ? "true" : "false");
                    break;
                case long number:
                    line.Append(CultureInfo.InvariantCulture, $"{number}");
                    break;
                case var text:
                    AppendText(line, (string)text);
                    break;
            }
        }

        return line.ToString();
    }

    private static void AppendText(StringBuilder line, string text)
    {
        // Readers may trim spaces around a field that is not quoted.
        if (!text.AsSpan().ContainsAny(Special) && text[0] != ' ' && text[^1] != ' ')
            line.Append(text);
        else
            line.Append('"').Append(text.Replace("\"", "\"\"", StringComparison.Ordinal)).Append('"');
    }

    private static (JsonEncodedText Name, Func<HandleRow, object?> Get) Column(string name, Func<HandleRow, string?> get) => (JsonEncodedText.Encode(name), get);

    private static (JsonEncodedText Name, Func<HandleRow, object?> Get) Column(string name, Func<HandleRow, long?> get) =>
        (JsonEncodedText.Encode(name), row => get(row));

    private static (JsonEncodedText Name, Func<HandleRow, object?> Get) Column(string name, Func<HandleRow, bool?> get) =>
        (JsonEncodedText.Encode(name), row => get(row));
}
