using System.Globalization;
using HandlePool.Analysis;
using HandlePool.Gates;
using HandlePool.Text;

namespace HandlePool.Reports;

/// <summary>Represents one row of a table of many reports: what an object of the analysis says, as numbers and short texts only. Immutable.</summary>
/// <remarks>
/// <para>All rows have the same columns in the same order, whatever they are about, so that rows of different kinds fit into one file. What does not
/// apply, or is not known, is null. Numbers are integers, times are text in UTC such as <c>2026-11-20T06:42:16.000Z</c>, and no text is empty.</para>
/// <para>No text of a row can break a line, control a terminal, or begin a formula of a spreadsheet: such characters are written as their numbers,
/// such as <c>[U+000A]</c>, and texts are cut after 2,000 characters. The same name is the same text in all rows. A row keeps no session in memory.</para>
/// </remarks>
public sealed class HandleRow
{
    private const int LongestText = 2_000;

    // What a double can tell apart from the next number.
    private const double MostRounded = 1L << 53;

    // Spreadsheets take some wide forms for the same signs.
    private const string FormulaSigns = "=+-@\uff1d\uff0b\uff0d\uff20";

    private HandleRow(HandleRowRecord record, string? device, string? report)
    {
        Record = record;
        Device = Text(device);
        Report = Text(report);
    }

    private HandleRow(HandleRowRecord record, HandleSession session, string? device, string? report)
        : this(record, device, report ?? (session.SourceList.Count > 0 ? FileOf(session.SourceList[0].Path) : null))
    {
        Build = Text(session.SourceList.Find(source => source.Build is not null)?.Build);
        ReportTime = Utc(session.Time);
        Time = ReportTime;
    }

    /// <summary>Gets what the row is about.</summary>
    public HandleRowRecord Record { get; }

    /// <summary>Gets the grouping of usage, the first sign of a suspect, the kind of an incident or a fact, the metric of a test, or the id of an error; otherwise null.</summary>
    public string? Kind { get; private init; }

    /// <summary>Gets the name that was given to the device.</summary>
    public string? Device { get; private set; }

    /// <summary>Gets the report: the name that was given to it, or else its first file. Of a zip archive it is the archive.</summary>
    public string? Report { get; private set; }

    /// <summary>Gets the build fingerprint of the device, if the report says it. Facts, tests, errors and warnings do not know it.</summary>
    public string? Build { get; }

    /// <summary>Gets the time at which the dump was taken; of a series, that of the last one.</summary>
    public string? ReportTime { get; private init; }

    /// <summary>Gets the time of an incident or a fact; of all other rows that of the dump.</summary>
    public string? Time { get; private init; }

    /// <summary>Gets the context of the handles.</summary>
    public string? Context { get; private init; }

    /// <summary>Gets the name of the process that holds the handles; null where holders are counted together, or if it has no name.</summary>
    public string? HolderName { get; private init; }

    /// <summary>Gets the pid of the process that holds the handles.</summary>
    public int? HolderPid { get; private init; }

    /// <summary>Gets the uid of the process that holds the handles.</summary>
    public int? HolderUid { get; private init; }

    /// <summary>Gets the package of the process that holds the handles.</summary>
    public string? HolderPackage { get; private init; }

    /// <summary>Gets the name of the process that owns the nodes; null where owners are counted together, or if it is unknown.</summary>
    public string? OwnerName { get; private init; }

    /// <summary>Gets the pid of the process that owns the nodes.</summary>
    public int? OwnerPid { get; private init; }

    /// <summary>Gets the uid of the process that owns the nodes, or that sent the binder objects.</summary>
    public int? OwnerUid { get; private init; }

    /// <summary>Gets the package of the process that owns the nodes.</summary>
    public string? OwnerPackage { get; private init; }

    /// <summary>Gets whether the nodes are dead; null where dead and living ones are counted together.</summary>
    public bool? IsDead { get; private init; }

    /// <summary>Gets the interface, by its descriptor: of all these handles, or the largest one of an incident.</summary>
    public string? Interface { get; private init; }

    /// <summary>Gets the number of handles; of a report those of all its processes.</summary>
    public long? Handles { get; private init; }

    /// <summary>Gets the number of these handles that refer to dead nodes.</summary>
    public int? Dead { get; private init; }

    /// <summary>Gets the number of these handles that have only weak counts.</summary>
    public int? WeakOnly { get; private init; }

    /// <summary>Gets the number of these handles that refer to nodes without another holder.</summary>
    public int? SingleHolder { get; private init; }

    /// <summary>Gets the evidence for the number of handles: <c>State</c>, <c>HolderList</c> or <c>Statistics</c>.</summary>
    public string? CountSource { get; private init; }

    /// <summary>Gets the number of dumps of the series that a suspect or a test is judged by.</summary>
    public int? Dumps { get; private init; }

    /// <summary>Gets the last count of a suspect or a test minus the first; null of a single dump.</summary>
    public long? Growth { get; private init; }

    /// <summary>Gets the growth of a suspect by a day, or the rate of an incident, rounded.</summary>
    public long? GrowthPerDay { get; private init; }

    /// <summary>Gets the seconds until a suspect reaches its limit at the present rate.</summary>
    public long? SecondsToLimit { get; private init; }

    /// <summary>Gets the threshold of the first sign of a suspect.</summary>
    public int? Threshold { get; private init; }

    /// <summary>Gets the count that is usual among the peers of a suspect.</summary>
    public int? Usual { get; private init; }

    /// <summary>Gets the rank of a suspect in its report, from 1; of an incident that of the first suspect that agrees.</summary>
    public int? Rank { get; private init; }

    /// <summary>Gets the name of the limit at which Android acts.</summary>
    public string? LimitName { get; private init; }

    /// <summary>Gets the number of handles, proxies or references at which Android acts.</summary>
    public long? LimitHandles { get; private init; }

    /// <summary>Gets the share of the limit that the handles are, in percent, rounded.</summary>
    public long? LimitPercent { get; private init; }

    /// <summary>Gets the victim of an incident, without pids, or what a fact names.</summary>
    public string? SubjectName { get; private init; }

    /// <summary>Gets the pid of the victim, the first of several, or of the process that a fact is about.</summary>
    public int? SubjectPid { get; private init; }

    /// <summary>Gets the uid of the victim, or that a fact is about.</summary>
    public int? SubjectUid { get; private init; }

    /// <summary>Gets the number that the report itself states: of an incident or a fact, or Android's own count beside that of the driver.</summary>
    public long? Count { get; private init; }

    /// <summary>Gets the number of processes of a report.</summary>
    public int? Processes { get; private init; }

    /// <summary>Gets the number of nodes of a report.</summary>
    public int? Nodes { get; private init; }

    /// <summary>Gets the number of anomalies of a report.</summary>
    public int? Anomalies { get; private init; }

    /// <summary>Gets the size of a report's first file, in bytes; of a zip archive that of the archive.</summary>
    public long? Bytes { get; private init; }

    /// <summary>Gets the SHA-256 of a report's first file, or of its archive, in 64 lowercase hexadecimal digits.</summary>
    public string? Sha256 { get; private init; }

    /// <summary>Gets the name of the rule of a policy.</summary>
    public string? Rule { get; private init; }

    /// <summary>Gets what a rule decided: <c>Passed</c>, <c>Failed</c> or <c>Undecidable</c>.</summary>
    public string? Outcome { get; private init; }

    /// <summary>Gets the reason of a suspect, the cause of an incident, the line of a fact, the evidence of a test, or the message of an error or a warning.</summary>
    public string? Reason { get; private init; }

    /// <summary>Gets the line that shows an incident, a fact or a test, as <c>FILE:LINE</c>; of several the first.</summary>
    public string? Source { get; private init; }

    /// <summary>Returns the row of a report: its counts, build and time.</summary>
    /// <param name="session">The session that the report was read into.</param>
    /// <param name="device">The name of the device; null for none.</param>
    /// <param name="report">The name of the report; null for its file.</param>
    public static HandleRow From(HandleSession session, string? device = null, string? report = null)
    {
        ArgumentNullException.ThrowIfNull(session);
        HandleSource? file = session.SourceList.FirstOrDefault();
        return new HandleRow(HandleRowRecord.Report, session, device, report)
        {
            Handles = session.GetProcesses().Sum(process => (long)process.HandleCount),
            Processes = session.Processes,
            Nodes = session.Nodes,
            Anomalies = session.FindingCount,
            Bytes = file?.Size,
            Sha256 = file?.Sha256,
        };
    }

    /// <summary>Returns the row of counted handles.</summary>
    /// <param name="usage">The counts.</param>
    /// <param name="device">The name of the device; null for none.</param>
    /// <param name="report">The name of the report; null for its file.</param>
    public static HandleRow From(HandleUsage usage, string? device = null, string? report = null)
    {
        ArgumentNullException.ThrowIfNull(usage);
        return Of(HandleRowRecord.Usage, usage, device, report, suspect: null);
    }

    /// <summary>Returns the row of a suspect. Its report is the last one of a series.</summary>
    /// <param name="suspect">The suspect.</param>
    /// <param name="device">The name of the device; null for none.</param>
    /// <param name="report">The name of the report; null for its file.</param>
    public static HandleRow From(HandleLeakSuspect suspect, string? device = null, string? report = null)
    {
        ArgumentNullException.ThrowIfNull(suspect);
        return Of(HandleRowRecord.Suspect, suspect.Usage, device, report, suspect);
    }

    /// <summary>Returns the row of an incident. Its subject is the victim, and its owner the sender.</summary>
    /// <param name="incident">The incident.</param>
    /// <param name="device">The name of the device; null for none.</param>
    /// <param name="report">The name of the report; null for its file.</param>
    public static HandleRow From(HandleIncident incident, string? device = null, string? report = null)
    {
        ArgumentNullException.ThrowIfNull(incident);
        string victims = string.Join(", ", incident.Record.VictimNames.Distinct());
        return new HandleRow(HandleRowRecord.Incident, incident.Session, device, report)
        {
            Kind = incident.Kind.ToString(),
            Time = Utc(incident.Time),
            HolderName = Text(incident.Record.HolderName),
            HolderPid = incident.HolderId,
            OwnerUid = incident.SenderUid,
            Interface = Text(incident.Evidence.Where(fact => fact.Kind == HandleEvidenceKind.InterfaceCount).MaxBy(fact => fact.Count)?.Name),
            GrowthPerDay = Daily(incident.PerHour),
            Rank = incident.Suspects.Count > 0 ? incident.Suspects[0].Rank : null,
            LimitHandles = incident.Limit,
            SubjectName = Text(victims),
            SubjectPid = incident.VictimIds.Count > 0 ? incident.VictimIds[0] : null,
            SubjectUid = incident.VictimUid,
            Count = incident.Count,
            Reason = Text(incident.Cause),
            Source = incident.Evidence.Count > 0 ? Text(incident.Evidence[0].Source) : null,
        };
    }

    /// <summary>Returns the row of a fact of a bug report. It knows neither the build nor the time of the report.</summary>
    /// <param name="fact">The fact.</param>
    /// <param name="device">The name of the device; null for none.</param>
    /// <param name="report">The name of the report; null for its file.</param>
    public static HandleRow From(HandleEvidence fact, string? device = null, string? report = null)
    {
        ArgumentNullException.ThrowIfNull(fact);
        return new HandleRow(HandleRowRecord.Evidence, device, report ?? FileOf(fact.Path))
        {
            Kind = fact.Kind.ToString(),
            Time = Utc(fact.Time),
            HolderPid = fact.HolderPid,
            HolderUid = fact.HolderUid,
            Interface = Text(fact.Kind == HandleEvidenceKind.InterfaceCount ? fact.Name : fact.Interface),
            LimitHandles = fact.Limit,
            SubjectName = Text(fact.Name),
            SubjectPid = fact.Pid,
            SubjectUid = fact.Uid,
            Count = fact.Count,
            Reason = Text(fact.Text),
            Source = Text(fact.Source),
        };
    }

    /// <summary>Returns the row of what a rule of a policy decided. It does not know the build.</summary>
    /// <param name="test">The result of the rule.</param>
    /// <param name="device">The name of the device; null for the one of the result.</param>
    /// <param name="report">The name of the report; null for the file that shows it.</param>
    public static HandleRow From(HandleGrowthResult test, string? device = null, string? report = null)
    {
        ArgumentNullException.ThrowIfNull(test);
        return new HandleRow(HandleRowRecord.Test, device ?? test.Device, report ?? (test.Path is { } path ? FileOf(path) : null))
        {
            Kind = test.Metric.ToString(),
            ReportTime = Utc(test.LastTime),
            Time = Utc(test.LastTime),
            Context = Text(test.Context),
            HolderName = NameOf(test.Holder, test.HolderId),
            HolderPid = test.HolderId,
            OwnerName = NameOf(test.Owner, test.OwnerId),
            OwnerPid = test.OwnerId,
            Interface = Text(test.Interface),
            Dumps = test.Samples,
            Growth = test is { Samples: > 1, FirstCount: { } first, LastCount: { } last } ? Round(last - first) : null,
            Rule = Text(test.Rule),
            Outcome = test.Outcome.ToString(),
            Reason = Text(test.Evidence),
            Source = test is { Path: not null, Line: not null } ? Text(string.Create(CultureInfo.InvariantCulture, $"{test.Path}:{test.Line}")) : null,
        };
    }

    /// <summary>Returns the row of an error: of a report that could not be read, or of a part of it.</summary>
    /// <param name="id">The id of the error, such as <c>DumpFormat</c>.</param>
    /// <param name="message">The message.</param>
    /// <param name="device">The name of the device; null for none.</param>
    /// <param name="report">The name of the report; null if it is unknown.</param>
    public static HandleRow Error(string id, string message, string? device = null, string? report = null)
    {
        ArgumentNullException.ThrowIfNull(id);
        ArgumentNullException.ThrowIfNull(message);
        return new HandleRow(HandleRowRecord.Error, device, report) { Kind = Text(id), Reason = Text(message) };
    }

    /// <summary>Returns the row of a warning.</summary>
    /// <param name="message">The message.</param>
    /// <param name="device">The name of the device; null for none.</param>
    /// <param name="report">The name of the report; null if it is unknown.</param>
    public static HandleRow Warning(string message, string? device = null, string? report = null)
    {
        ArgumentNullException.ThrowIfNull(message);
        return new HandleRow(HandleRowRecord.Warning, device, report) { Reason = Text(message) };
    }

    /// <summary>Returns the same row of another device or report.</summary>
    /// <param name="device">The name of the device; null for the one it has.</param>
    /// <param name="report">The name of the report; null for the one it has.</param>
    public HandleRow With(string? device = null, string? report = null)
    {
        HandleRow copy = (HandleRow)MemberwiseClone();
        copy.Device = Text(device) ?? Device;
        copy.Report = Text(report) ?? Report;
        return copy;
    }

    /// <summary>Returns the row as one line of JSON, without its end: an object with all columns, those that are null included.</summary>
    public string ToJson() => RowText.Json(this);

    /// <summary>Returns the row as one line of CSV (RFC 4180), without its end. Null is an empty field.</summary>
    public string ToCsv() => RowText.Csv(this);

    /// <summary>Returns the names of the columns as one line of CSV, without its end.</summary>
    public static string GetCsvHeader() => RowText.Header;

    /// <inheritdoc/>
    public override string ToString() => string.Join(' ', new object?[] { Record, Kind, Report, HolderName, OwnerName, SubjectName }.Where(part => part is not null));

    /// <summary>Returns the archive of an entry, and any other path as it is.</summary>
    internal static string FileOf(string path)
    {
        const string Extension = ".zip";
        int end = path.IndexOf(Extension + '!', StringComparison.OrdinalIgnoreCase);
        return end < 0 ? path : path[..(end + Extension.Length)];
    }

    private static HandleRow Of(HandleRowRecord record, HandleUsage usage, string? device, string? report, HandleLeakSuspect? suspect)
    {
        HandleLimit? limit = suspect is null ? usage.Limit : suspect.Limit;
        return new HandleRow(record, suspect?.Session ?? usage.Session, device, report)
        {
            Kind = suspect?.Kinds[0].ToString() ?? usage.By.ToString(),
            Context = Text(usage.Context),
            HolderName = Text(usage.Holder?.Name),
            HolderPid = usage.Holder?.Id,
            HolderUid = usage.Holder?.Uid,
            HolderPackage = Text(usage.Holder?.Package),
            OwnerName = Text(usage.Owner?.Name),
            OwnerPid = usage.Owner?.Id,
            OwnerUid = usage.Uid ?? usage.Owner?.Uid,
            OwnerPackage = Text(usage.Owner?.Package),
            IsDead = usage.By is HandleUsageGrouping.Pair or HandleUsageGrouping.Owner or HandleUsageGrouping.Uid ? usage.IsDead : null,
            Interface = Text(usage.Interface),
            Handles = usage.Handles,
            Dead = usage.Dead,
            WeakOnly = usage.WeakOnly,
            SingleHolder = usage.SingleHolder,
            CountSource = usage.Source.ToString(),
            Dumps = suspect?.Counts.Count,
            Growth = suspect is { Counts.Count: > 1 } ? suspect.Growth : null,
            GrowthPerDay = Daily(suspect?.GrowthPerHour),
            SecondsToLimit = suspect?.TimeToLimit is { } left ? (long)left.TotalSeconds : null,
            Threshold = suspect?.Threshold,
            Usual = suspect?.Usual,
            Rank = suspect?.Rank,
            LimitName = limit?.Name,
            LimitHandles = limit?.Handles,
            LimitPercent = limit is null ? null : Round(100.0 * usage.Handles / limit.Handles),
            Count = usage.AndroidCount ?? usage.JavaProxies,
            Reason = Text(suspect?.Reason),
        };
    }

    /// <summary>Returns a name, and null for a word that stands for one, or the pid of a process without one.</summary>
    private static string? NameOf(string name, int? id) =>
        name is "(all)" or "(dead)" or "(unknown)" || name == id?.ToString(CultureInfo.InvariantCulture) ? null : Text(name);

    private static long? Daily(double? perHour) => perHour is { } rate ? Round(24 * rate) : null;

    private static long Round(double number) => (long)Math.Clamp(Math.Round(number), -MostRounded, MostRounded);

    private static string? Utc(DateTimeOffset? time) =>
        time?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    private static string? Text(string? text)
    {
        if (string.IsNullOrEmpty(text))
            return null;
        string shown = VisibleText.Of(VisibleText.Shorten(text, LongestText));
        return FormulaSigns.Contains(shown[0], StringComparison.Ordinal)
            ? string.Create(CultureInfo.InvariantCulture, $"[U+{(int)shown[0]:X4}]{shown.AsSpan(1)}")
            : shown;
    }
}

/// <summary>Specifies what a row is about.</summary>
public enum HandleRowRecord
{
    /// <summary>A report that was read.</summary>
    Report,

    /// <summary>The handles of a pair, a holder, an owner, a context, a uid or an interface.</summary>
    Usage,

    /// <summary>A leak suspect.</summary>
    Suspect,

    /// <summary>An incident.</summary>
    Incident,

    /// <summary>A fact of a bug report.</summary>
    Evidence,

    /// <summary>An error: what could not be read.</summary>
    Error,

    /// <summary>A warning.</summary>
    Warning,

    /// <summary>What a rule of a policy decided.</summary>
    Test,
}
