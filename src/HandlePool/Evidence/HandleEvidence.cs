using System.Globalization;
using HandlePool.Evidence;
using HandlePool.Text;

namespace HandlePool;

/// <summary>Represents a fact of a bug report beside the driver's tables, with the line that says so. Immutable.</summary>
/// <remarks>What a line does not say is null. Names and texts are those of the report, and are cut where they are very long.</remarks>
public sealed class HandleEvidence
{
    private const int LongestShown = 240;

    private static readonly HandleList<int> None = new([]);

    /// <summary>The greatest time between two lines of one event, and between a dump and counts that are compared with it.</summary>
    internal static readonly TimeSpan Window = TimeSpan.FromMinutes(5);

    internal HandleEvidence(HandleEvidenceKind kind, string path, long line, string text)
    {
        Kind = kind;
        Path = path;
        Line = line;
        Text = text;
    }

    /// <summary>Gets the kind of fact.</summary>
    public HandleEvidenceKind Kind { get; }

    /// <summary>Gets the file and the line, as <c>FILE:LINE</c>.</summary>
    public string Source => $"{Path}:{Line}";

    /// <summary>Gets the file, or <c>ARCHIVE!ENTRY</c> for an entry of a zip archive.</summary>
    public string Path { get; }

    /// <summary>Gets the line in the file, from 1; the first of several.</summary>
    public long Line { get; }

    /// <summary>Gets the time of the event; null if the line has none, or has no year and the time of the report is unknown.</summary>
    /// <remarks>A time without a zone is local. One without a year is in the year before the report's time.</remarks>
    public DateTimeOffset? Time { get; internal set; }

    /// <summary>Gets the pid of the process that it is about.</summary>
    public int? Pid { get; internal init; }

    /// <summary>Gets the uid that it is about; for proxies that of the sender.</summary>
    public int? Uid { get; internal init; }

    /// <summary>Gets the name that it is about: of a process, a package, an interface, a service, a class, or a section.</summary>
    public string? Name { get; internal init; }

    /// <summary>Gets the packages that it names: a count of a uid may name several.</summary>
    internal string[] Packages => Kind switch
    {
        HandleEvidenceKind.Package when Name is not null => [Name],
        HandleEvidenceKind.UidCount when Name is not null => Name.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries),
        _ => [],
    };

    /// <summary>Gets the number that it states: of proxies, binder objects, references, facts or bytes.</summary>
    public long? Count { get; internal set; }

    /// <summary>Gets the pid of the process that holds the proxies, if it is about another one, too.</summary>
    public int? HolderPid { get; internal init; }

    /// <summary>Gets the uid of the process that holds the proxies, if it is about another one, too.</summary>
    public int? HolderUid { get; internal init; }

    /// <summary>Gets the limit that the line states.</summary>
    public long? Limit { get; internal init; }

    /// <summary>Gets the interface of a service.</summary>
    public string? Interface { get; internal init; }

    /// <summary>Gets the pids of the processes that hold a service, in the order of the report; empty if there are none or the report does not tell.</summary>
    public HandleList<int> Clients { get; internal init; } = None;

    /// <summary>Gets the line, without blanks around it; for a record of several lines, what matters of them.</summary>
    public string Text { get; }

    /// <summary>Gets why the fact counts for nothing, or not for the process that has its pid in the dump, or may not be true, as a sentence; null if it counts.</summary>
    public string? Doubt => Claim is { Server: { } server } other
        ? string.Create(CultureInfo.InvariantCulture, $"Process {Pid} wrote it, and not the system server, {server} ({other.Place}): it counts for nothing.")
        : Claim is { } claim
        ? VisibleText.Of($"A process of uid {AndroidUid.Format(Uid ?? 0)} wrote it ({claim.Place}), and not one of uid {AndroidUid.Format(claim.Uid)}: it counts for nothing.")
        : Earlier is { IsReplaced: true } earlier
        ? VisibleText.Of($"Another process had pid {HolderPid ?? Pid} then{(earlier.Name is { } name ? $", {VisibleText.Name(name)}" : "")}, or may have had it: see {earlier.Place}.")
        : Unsure is { } unsure ? VisibleText.Of(unsure.ToString())
        : null;

    /// <summary>Gets the time as the line has it; null if it has none.</summary>
    internal LogTime? Clock { get; init; }

    /// <summary>Gets the place in a histogram, from 1; 0 for all other facts.</summary>
    internal long Rank { get; init; }

    /// <summary>Gets whether a service is one of hardware, of which <c>lshal</c> tells the server.</summary>
    internal bool IsHardware { get; init; }

    /// <summary>Gets the last line of it, where that is another than <see cref="Line"/>; 0 if it is not.</summary>
    internal long LastLine { get; init; }

    /// <summary>Gets the place of its last line.</summary>
    internal EvidencePlace End => new(Path, LastLine > 0 ? LastLine : Line);

    /// <summary>Gets the section that it is of; null if no line begins that.</summary>
    internal HandleEvidence? Section { get; set; }

    /// <summary>Gets the user of the process that it is about; null if the line does not tell it.</summary>
    internal int? User { get; init; }

    /// <summary>Gets the process that logged it; default for what no log says.</summary>
    internal LogWriter Writer { get; init; }

    /// <summary>Gets the uid of the process that it is about, as other lines tell it; null if they do not.</summary>
    internal int? ProcessUid { get; set; }

    /// <summary>Gets the process that it is about, if another one has its pid in the dump; null if not.</summary>
    internal EarlierProcess? Earlier { get; set; }

    /// <summary>Gets whether it is of a time before the device or its system server started last.</summary>
    internal bool IsOfEarlierRun { get; set; }

    /// <summary>Gets what makes it none of those whose words it has; null for all others.</summary>
    internal FalseClaim? Claim { get; init; }

    /// <summary>Gets why it may not be true; null if its writer is known, or says it of itself.</summary>
    internal UnsureWriter? Unsure { get; set; }

    /// <summary>Gets whether a process is from a list of those that run.</summary>
    internal bool IsListed { get; init; }

    /// <summary>Gets whether an exit is said to be for too many binders, and not only may be.</summary>
    internal bool IsForBinders { get; init; }

    /// <summary>Gets the file, without folders, and the line.</summary>
    internal string ShortSource => new EvidencePlace(Path, Line).ToString();

    /// <inheritdoc/>
    public override string ToString() => VisibleText.Of($"{ShortSource}: {VisibleText.Shorten(Text, LongestShown)}");
}
