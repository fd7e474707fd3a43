using System.Globalization;
using System.Management.Automation;
using HandlePool.Analysis;
using HandlePool.Measurements;
using HandlePool.Text;

namespace HandlePool.PowerShell.Views;

/// <summary>Writes a text that HandlePool.Format.ps1xml shows of an object, such as <c>[HandlePool.PowerShell.Views.ViewText]::Size[$_]</c>.</summary>
/// <remarks>
/// These are indexers because views must work in the constrained language mode, which allows no calls of methods, and not properties of
/// the objects, because those would appear in completion.
/// </remarks>
public sealed class ViewText
{
    private readonly Func<object, string?> _write;

    private ViewText(Func<object, string?> write) => _write = write;

    /// <summary>Gets the picture of a <see cref="HandleBitmap"/>.</summary>
    public static ViewText Picture { get; } = new(shown => BitmapPicture.Draw((HandleBitmap)shown));

    /// <summary>Gets the latency table of a <see cref="PoolMeasurement"/>.</summary>
    public static ViewText Table { get; } = new(shown => MeasurementTable.Draw((PoolMeasurement)shown));

    /// <summary>Gets a <see cref="HandleLeakSuspect"/> as a line, followed by the reason, for a window of any width.</summary>
    public static WrappedText Suspect { get; } = new((shown, width) => SuspectText.Write((HandleLeakSuspect)shown, width));

    /// <summary>Gets the density of a <see cref="HandleBitmap"/>, in percent.</summary>
    public static ViewText Density { get; } = new(shown => Percent(((HandleBitmap)shown).Density));

    /// <summary>Gets the age of the dump of a <see cref="HandleSession"/>, if it is known.</summary>
    public static ViewText Age { get; } = new(shown => ((HandleSession)shown).Time is { } time ? ReadableText.Age(DateTimeOffset.UtcNow - time) : "");

    /// <summary>Gets the unambiguous title of a <see cref="HandleProcess"/>, a <see cref="HandleNode"/>, or what concerns one.</summary>
    public static ViewText Title { get; } = new(shown => shown switch
    {
        HandleProcess process => TitleOf(process),
        HandleNode { Owner: { } owner } node => $"{node} ({owner})",
        HandleReference reference => TitleOf(reference.Process),
        HandleMismatch mismatch => mismatch.Process is { } process ? TitleOf(process) : "nodes",
        object other => other.ToString(),
    });

    /// <summary>Gets the printable name of a session, a process or a node.</summary>
    public static ViewText Name { get; } = new(shown => Visible(shown switch
    {
        HandleSession session => session.Name,
        HandleProcess process => process.Name,
        object node => ((HandleNode)node).Name,
    }));

    /// <summary>Gets the printable context of an object that has one.</summary>
    public static ViewText Context { get; } = new(shown => Visible(shown switch
    {
        HandleProcess process => process.Context,
        HandleNode node => node.Context,
        HandleStatistic statistic => statistic.Context,
        HandleUsage usage => usage.Context,
        HandleUsageChange change => change.Context,
        HandleLeakSuspect suspect => suspect.Context,
        HandleBaselinePair pair => pair.Context,
        object operation => ((HandleOperation)operation).Context,
    }));

    /// <summary>Gets the printable holder of a <see cref="HandleBaselinePair"/>.</summary>
    public static ViewText Holder { get; } = new(shown => Visible(((HandleBaselinePair)shown).Holder));

    /// <summary>Gets the printable owner of a <see cref="HandleBaselinePair"/>.</summary>
    public static ViewText Owner { get; } = new(shown => Visible(((HandleBaselinePair)shown).Owner));

    /// <summary>Gets the printable process of a <see cref="HandleOperation"/> or its result.</summary>
    public static ViewText Process { get; } =
        new(shown => Visible(shown is HandleOperationResult result ? result.Process : ((HandleOperation)shown).Process));

    /// <summary>Gets the printable node of a <see cref="HandleOperation"/> or its result.</summary>
    public static ViewText Node { get; } = new(shown => Visible(shown is HandleOperationResult result ? result.Node : ((HandleOperation)shown).Node));

    /// <summary>Gets the printable message of a <see cref="HandleEvent"/> or a <see cref="HandleFinding"/>.</summary>
    public static ViewText Message { get; } =
        new(shown => VisibleText.Of(shown is HandleEvent each ? each.Message : ((HandleFinding)shown).Message));

    /// <summary>Gets the printable path of a <see cref="HandleFinding"/>.</summary>
    public static ViewText Path { get; } = new(shown => VisibleText.Of(((HandleFinding)shown).Path));

    /// <summary>Gets the time of a <see cref="HandleEvent"/> if it was today, or else the date.</summary>
    public static ViewText Time { get; } = new(shown =>
    {
        DateTime time = ((HandleEvent)shown).Time.LocalDateTime;
        return time.ToString(time.Date == DateTime.Today ? "HH:mm:ss" : "yyyy-MM-dd", CultureInfo.InvariantCulture);
    });

    /// <summary>Gets the memory of a pool's bitmap, or the memory that a resize freed.</summary>
    public static ViewText Bytes { get; } =
        new(shown => ReadableText.Size(shown is HandlePoolStatus pool ? pool.Bytes : ((HandlePoolResizeResult)shown).BytesFreed));

    /// <summary>Gets the discarded memory of a <see cref="HandlePoolStatus"/> or a <see cref="ContentionResult"/>.</summary>
    public static ViewText DiscardedBytes { get; } =
        new(shown => ReadableText.Size(shown is HandlePoolStatus pool ? pool.DiscardedBytes : ((ContentionResult)shown).DiscardedBytes));

    /// <summary>Gets the delay of each allocation of a <see cref="ContentionResult"/>.</summary>
    public static ViewText Delay { get; } =
        new(shown => $"{((ContentionResult)shown).Delay.TotalMilliseconds} ms");

    /// <summary>Gets the longest time that adding a reference took.</summary>
    public static ViewText WorstAdd { get; } =
        new(shown => $"{((ContentionResult)shown).WorstAdd.TotalMilliseconds:0.00} ms");

    /// <summary>Gets the share of a <see cref="HandleUsage"/> in the total, in percent.</summary>
    public static ViewText Share { get; } = new(shown => Percent(((HandleUsage)shown).Share));

    /// <summary>Gets the share of its limit that a <see cref="HandleUsage"/> reaches, or an empty string below half of it.</summary>
    public static ViewText Limit { get; } = new(shown => shown is HandleUsage { Limit: { } limit, LimitShare: >= 0.5 and { } share }
        ? $"{Math.Floor(100 * share):0}% of {limit.Handles}"
        : "");

    /// <summary>Gets the growth of a <see cref="HandleUsageChange"/> in handles, with a sign.</summary>
    public static ViewText Net { get; } = new(shown => ((HandleUsageChange)shown).Net.ToString("+0;-0;0", CultureInfo.InvariantCulture));

    /// <summary>Gets the score of a <see cref="HandleLeakSuspect"/> with one decimal place.</summary>
    public static ViewText Score { get; } = new(shown => ((HandleLeakSuspect)shown).Score.ToString("0.0", CultureInfo.CurrentCulture));

    /// <summary>Gets the location of a <see cref="HandleMismatch"/> in its process, or its node and the location there.</summary>
    public static ViewText Location { get; } = new(shown => shown is HandleMismatch { Process: null } mismatch
        ? $"node {mismatch.Node}, {mismatch.Location}"
        : ((HandleMismatch)shown).Location);

    /// <summary>Gets the number of allocations that a <see cref="HandleFault"/> will still affect, or <c>all</c>.</summary>
    public static ViewText Remaining { get; } = new(shown => shown is HandleFault { Count: < int.MaxValue } fault
        ? fault.Remaining.ToString(CultureInfo.InvariantCulture)
        : "all");

    /// <summary>Gets the text of an object.</summary>
    public string? this[object shown] => _write(shown is PSObject wrapper ? wrapper.BaseObject : shown);

    private static string? Visible(string? name) => name is null ? null : VisibleText.Name(name);

    private static string TitleOf(HandleProcess process) =>
        FormattableString.Invariant($"{process} ({process.Id}, {VisibleText.Name(process.Context)})");

    private static string Percent(double share) => (100 * share).ToString("0.0", CultureInfo.CurrentCulture) + "%";
}
