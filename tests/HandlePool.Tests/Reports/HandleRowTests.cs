using System.Globalization;
using System.Reflection;
using System.Text;
using System.Text.Json;
using HandlePool.Analysis;
using HandlePool.Gates;
using HandlePool.Reports;
using HandlePool.Tests.Dumps;

namespace HandlePool.Tests.Reports;

/// <summary>Rows have the same columns whatever they are about, and each is one line, whatever is in it.</summary>
public sealed class HandleRowTests
{
    private static readonly string[] Formulas = ["=1+2", "+cmd|'/c calc'!A0", "-2+3", "@SUM(A1)", "\uff1d1"];

    private static readonly string[] HostileTexts =
    [
        "a\r\nb\tc\0d", "\u001b[31mred", "\u2028\u2029\u202e\ufeff", "\"quoted\", 'and' \\", " spaced ", "\tcmd", "half \ud83d", new string('x', 100_000),
        string.Concat(Enumerable.Repeat("\"\0", 40_000)), .. Formulas,
    ];

    [Fact]
    public void Columns_are_the_properties_in_their_order()
    {
        string[] properties = [.. typeof(HandleRow).GetProperties().Select(property => property.Name)];
        using JsonDocument json = JsonDocument.Parse(HandleRow.Warning("none").ToJson());

        Assert.Equal(properties, HandleRow.GetCsvHeader().Split(','));
        Assert.Equal(properties, json.RootElement.EnumerateObject().Select(column => column.Name));
    }

    [Fact]
    public void A_column_has_the_value_of_its_property_in_json_and_csv()
    {
        PropertyInfo[] properties = typeof(HandleRow).GetProperties();
        foreach (HandleRow row in RowsOf(Report()))
        {
            using JsonDocument json = JsonDocument.Parse(row.ToJson());
            string?[] fields = Split(row.ToCsv());
            Assert.Equal(properties.Length, fields.Length);
            foreach ((PropertyInfo property, string? field) in properties.Zip(fields))
            {
                object? value = property.GetValue(row);
                string? text = value is bool flag ? (flag ? "true" : "false") : Convert.ToString(value, CultureInfo.InvariantCulture);
                Assert.Equal(value is null ? null : text, field);
                JsonElement column = json.RootElement.GetProperty(property.Name);
                Assert.Equal(value is null ? "" : text, column.ValueKind is JsonValueKind.True or JsonValueKind.False ? column.GetRawText() : column.ToString());
                Assert.Equal(value is int or long, column.ValueKind == JsonValueKind.Number);
            }
        }
    }

    [Fact]
    public void Rows_tell_report_build_times_processes_and_counts()
    {
        HandleSession session = Report();
        HandleRow report = HandleRow.From(session, "phone 7");
        HandleRow usage = HandleRow.From(UsageMeasurement.Measure(session, HandleUsageGrouping.Pair)[0]);
        HandleRow suspect = HandleRow.From(LeakFinder.Find([session]).Suspects[0], report: "night/1.zip");
        HandleRow incident = HandleRow.From(IncidentFinder.Find(session).Single());

        Assert.Equal((HandleRowRecord.Report, "phone 7", "state.txt", "brand/name/device:14/ID/1:user/release-keys"), (report.Record, report.Device, report.Report, report.Build));
        Assert.Equal(new DateTimeOffset(new DateTime(2026, 1, 2, 10, 0, 0)).UtcDateTime, DateTime.Parse(report.ReportTime!, CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal));
        Assert.Equal((2, 300, 300L), (report.Processes!.Value, report.Nodes!.Value, report.Handles!.Value));
        Assert.Equal(("Pair", "system_server", 1754, 1000), (usage.Kind, usage.HolderName, usage.HolderPid!.Value, usage.HolderUid!.Value));
        Assert.Equal(("com.example", 2745, 10087, false), (usage.OwnerName, usage.OwnerPid!.Value, usage.OwnerUid!.Value, usage.IsDead!.Value));
        Assert.Equal((300L, "SystemHighWatermark", 6_000L, 5L), (usage.Handles!.Value, usage.LimitName, usage.LimitHandles!.Value, usage.LimitPercent!.Value));
        Assert.Equal((1, "night/1.zip", "Size", 1), (suspect.Rank!.Value, suspect.Report, suspect.Kind, suspect.Dumps!.Value));
        Assert.Null(suspect.Growth);
        Assert.StartsWith("system_server (1754) holds 300 handles of com.example", suspect.Reason, StringComparison.Ordinal);
        Assert.Equal(("Kill", "com.example", 2745, 10087, 6_000L), (incident.Kind, incident.SubjectName, incident.SubjectPid!.Value, incident.OwnerUid!.Value, incident.LimitHandles!.Value));
        Assert.EndsWith("Z", incident.Time, StringComparison.Ordinal);
        Assert.NotEqual(incident.ReportTime, incident.Time);
    }

    [Fact]
    public void The_handles_of_dead_and_unknown_owners_have_no_owner()
    {
        HandleSession session = new();
        HandleProcess owner = session.CreateProcess("owner", 1), holder = session.CreateProcess(null, 2);
        holder.AddReference(session.CreateNode(owner));
        session.ExitProcess(owner);
        HandleRow row = HandleRow.From(UsageMeasurement.Measure(session, HandleUsageGrouping.Owner)[0]);
        HandleRow total = HandleRow.From(UsageMeasurement.Measure(session, HandleUsageGrouping.Holder)[0]);

        Assert.True(row.IsDead);
        Assert.Equal((1, null), (row.Dead!.Value, row.HolderName));
        Assert.Equal((null, 2, null), (total.HolderName, total.HolderPid!.Value, total.IsDead));
        Assert.Null(row.Report);
    }

    [Fact]
    public void A_test_tells_rule_outcome_and_growth_and_no_word_for_many()
    {
        HandleGrowthResult test = new()
        {
            Rule = "apps",
            Outcome = HandleGrowthOutcome.Failed,
            Device = "phone",
            Holder = "(all)",
            Owner = "1754",
            OwnerId = 1754,
            Samples = 3,
            FirstCount = 10,
            LastCount = 25,
            Evidence = "It grew.",
            Path = "/lab/a.zip!state.txt",
            Line = 7,
        };
        HandleRow row = HandleRow.From(test);

        Assert.Equal((HandleRowRecord.Test, "apps", "Failed", "phone", "/lab/a.zip"), (row.Record, row.Rule, row.Outcome, row.Device, row.Report));
        Assert.Equal((null, null, 1754, 15L, 3), (row.HolderName, row.OwnerName, row.OwnerPid!.Value, row.Growth!.Value, row.Dumps!.Value));
        Assert.Equal(("It grew.", "/lab/a.zip!state.txt:7"), (row.Reason, row.Source));
        Assert.Null(HandleRow.From(new HandleGrowthResult()).Growth);
    }

    [Fact]
    public void A_row_is_one_line_that_no_reader_obeys()
    {
        foreach (string text in HostileTexts)
        {
            HandleSession session = new();
            HandleProcess owner = session.CreateProcess(text, 1), holder = session.CreateProcess("holder", 2);
            holder.AddReference(session.CreateNode(owner));
            HandleRow row = HandleRow.From(UsageMeasurement.Measure(session, HandleUsageGrouping.Pair)[0], text, text);
            foreach (string line in new[] { row.ToJson(), row.ToCsv() })
            {
                Assert.DoesNotContain(line, letter => char.IsControl(letter) || char.GetUnicodeCategory(letter) is UnicodeCategory.Format or UnicodeCategory.LineSeparator);
                Assert.InRange(line.Length, 1, 6 * 20_000);
                Assert.Equal(line, Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(line)));
            }

            Assert.Equal(row.OwnerName, Split(row.ToCsv())[Array.IndexOf(HandleRow.GetCsvHeader().Split(','), "OwnerName")]);
            Assert.Equal(row.OwnerName, JsonDocument.Parse(row.ToJson()).RootElement.GetProperty("OwnerName").GetString());
        }
    }

    [Fact]
    public void No_text_of_a_row_begins_a_formula()
    {
        foreach (string formula in Formulas)
        {
            HandleRow row = HandleRow.Error(formula, formula, formula, formula);
            Assert.All(new[] { row.Kind, row.Reason, row.Device, row.Report }, text => Assert.StartsWith("[U+", text, StringComparison.Ordinal));
        }

        Assert.Equal("[U+003D]1+2", HandleRow.Warning("=1+2").Reason);
        Assert.Equal("a=1", HandleRow.Warning("a=1").Reason);
    }

    [Fact]
    public void An_empty_text_is_null()
    {
        HandleRow row = HandleRow.Error("", "", "", "");
        Assert.Equal((null, null, null, null), (row.Kind, row.Reason, row.Device, row.Report));
        Assert.Equal("Error" + new string(',', typeof(HandleRow).GetProperties().Length - 1), row.ToCsv());
    }

    [Fact]
    public void A_row_of_another_device_leaves_the_row_as_it_was()
    {
        HandleRow row = HandleRow.Warning("text", "one", "first.zip");
        HandleRow other = row.With("two");

        Assert.Equal(("one", "two", "first.zip", "text"), (row.Device, other.Device, other.Report, other.Reason));
    }

    private static HandleSession Report()
    {
        StringBuilder text = new("== dumpstate: 2026-01-02 10:00:00\nBuild fingerprint: 'brand/name/device:14/ID/1:user/release-keys'\n"
            + "------ PROCESSES (ps -A) ------\nUSER PID S NAME\nsystem 1754 S system_server\nu0_a87 2745 S com.example\n"
            + "------ SYSTEM LOG (logcat) ------\n01-02 09:00:00.250 1754 1822 I ActivityManager: Killing 2745:com.example/u0a87 (adj 985): Too many Binders sent to SYSTEM\n"
            + "------ BINDER STATE ------\nbinder state:\nproc 1754\ncontext binder\n");
        for (int index = 1; index <= 300; index++)
            text.Append(CultureInfo.InvariantCulture, $"  ref {index + 2_000}: desc {index} node {index + 1_000} s 1 w 1 d 0\n");
        text.Append("proc 2745\ncontext binder\n");
        for (int index = 1; index <= 300; index++)
            text.Append(CultureInfo.InvariantCulture, $"  node {index + 1_000}: u1 c1 hs 1 hw 1 ls 0 lw 0 is 1 iw 1 tr 1 proc 1754\n");
        return DumpSource.Read(text.ToString()).Session;
    }

    private static IEnumerable<HandleRow> RowsOf(HandleSession session) =>
    [
        HandleRow.From(session, "device"), .. Enum.GetValues<HandleUsageGrouping>().SelectMany(by => UsageMeasurement.Measure(session, by)).Select(usage => HandleRow.From(usage)),
        .. LeakFinder.Find([session]).Suspects.Select(suspect => HandleRow.From(suspect)), .. IncidentFinder.Find(session).Select(incident => HandleRow.From(incident)),
        .. session.GetEvidence().Select(fact => HandleRow.From(fact)), HandleRow.Error("DumpFormat", "cut, \"here\"", "d", "r"), HandleRow.Warning("warning"),
    ];

    /// <summary>Splits a line as RFC 4180 says; a field of nothing is null.</summary>
    private static string?[] Split(string line)
    {
        List<string?> fields = [];
        for (int index = 0; index <= line.Length;)
        {
            if (index < line.Length && line[index] == '"')
            {
                StringBuilder field = new();
                for (index++; line[index] != '"' || (index + 1 < line.Length && line[index + 1] == '"'); index++)
                {
                    if (line[index] == '"')
                        index++;
                    field.Append(line[index]);
                }

                fields.Add(field.ToString());
                index += 2;
            }
            else
            {
                int end = line.IndexOf(',', index) is >= 0 and int comma ? comma : line.Length;
                fields.Add(end == index ? null : line[index..end]);
                index = end + 1;
            }
        }

        return [.. fields];
    }
}
