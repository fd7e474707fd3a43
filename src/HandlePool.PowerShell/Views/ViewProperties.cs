using System.Globalization;
using System.Management.Automation;
using HandlePool.Analysis;
using HandlePool.Measurements;
using HandlePool.Text;

namespace HandlePool.PowerShell;

/// <summary>The code properties of HandlePool.Types.ps1xml.</summary>
public static class ViewProperties
{
    /// <summary>The picture of a <see cref="HandleBitmap"/>.</summary>
    public static string Picture(PSObject instance) => BitmapPicture.Draw(Of<HandleBitmap>(instance));

    /// <summary>The words of a <see cref="HandleBitmap"/>, for whoever asks by name: where members are listed the runs say the same.</summary>
    public static ulong[] Words(PSObject instance) => Of<HandleBitmap>(instance).GetWords();

    /// <summary>The density of a <see cref="HandleBitmap"/>, in percent.</summary>
    public static string DensityText(PSObject instance) => Percent(Of<HandleBitmap>(instance).Density);

    /// <summary>What was odd about the data of a <see cref="HandleSession"/>.</summary>
    public static HandleList<HandleFinding> Findings(PSObject instance) => Of<HandleSession>(instance).GetFindings();

    /// <summary>A star for the <see cref="HandleSession"/> that is the current one of this runspace.</summary>
    public static string Current(PSObject instance) => SessionStore.Here.IsCurrent(Of<HandleSession>(instance)) ? "*" : "";

    /// <summary>How long ago the dump of a <see cref="HandleSession"/> was taken, if that is known.</summary>
    public static string AgeText(PSObject instance) => Of<HandleSession>(instance).Time is { } time
        ? ReadableText.Age(DateTimeOffset.UtcNow - time)
        : "";

    /// <summary>A <see cref="HandleProcess"/> or a <see cref="HandleNode"/> with what tells it from others of the name.</summary>
    public static string Title(PSObject instance) => instance.BaseObject switch
    {
        HandleProcess process => Title(process),
        HandleNode { Owner: { } owner } node => $"{node} ({owner})",
        object other => other.ToString()!,
    };

    /// <summary>The name of a <see cref="HandleSession"/>, a <see cref="HandleProcess"/> or a <see cref="HandleNode"/> as it may be shown.</summary>
    public static string? NameText(PSObject instance) => Shown(instance.BaseObject switch
    {
        HandleSession session => session.Name,
        HandleProcess process => process.Name,
        object node => ((HandleNode)node).Name,
    });

    /// <summary>The context of whatever has one, as it may be shown.</summary>
    public static string? ContextText(PSObject instance) => Shown(instance.BaseObject switch
    {
        HandleProcess process => process.Context,
        HandleNode node => node.Context,
        HandleUsage usage => usage.Context,
        HandleUsageChange change => change.Context,
        HandleLeakSuspect suspect => suspect.Context,
        object operation => ((HandleOperation)operation).Context,
    });

    /// <summary>The process that a <see cref="HandleOperation"/> or its result names, as it may be shown.</summary>
    public static string? ProcessText(PSObject instance) =>
        Shown(instance.BaseObject is HandleOperationResult result ? result.Process : Of<HandleOperation>(instance).Process);

    /// <summary>The node that a <see cref="HandleOperation"/> or its result names, as it may be shown.</summary>
    public static string? NodeText(PSObject instance) =>
        Shown(instance.BaseObject is HandleOperationResult result ? result.Node : Of<HandleOperation>(instance).Node);

    /// <summary>The message of a <see cref="HandleEvent"/> or a <see cref="HandleFinding"/>, which files may have, as it may be shown.</summary>
    public static string MessageText(PSObject instance) =>
        VisibleText.Of(instance.BaseObject is HandleEvent each ? each.Message : Of<HandleFinding>(instance).Message);

    /// <summary>The file of a <see cref="HandleFinding"/>, as it may be shown.</summary>
    public static string PathText(PSObject instance) => VisibleText.Of(Of<HandleFinding>(instance).Path);

    /// <summary>The process of a <see cref="HandleReference"/> with what tells it from others of the name.</summary>
    public static string ProcessTitle(PSObject instance) => Title(Of<HandleReference>(instance).Process);

    /// <summary>When a <see cref="HandleEvent"/> happened: the time of day, or the day if it was another one.</summary>
    public static string TimeText(PSObject instance)
    {
        DateTime time = Of<HandleEvent>(instance).Time.LocalDateTime;
        return time.ToString(time.Date == DateTime.Today ? "HH:mm:ss" : "yyyy-MM-dd", CultureInfo.InvariantCulture);
    }

    /// <summary>The memory of a pool's bitmap.</summary>
    public static string BytesText(PSObject instance) => ReadableText.Size(Of<HandlePoolStatus>(instance).Bytes);

    /// <summary>What was allocated in vain: of a <see cref="HandlePoolStatus"/> or a <see cref="ContentionResult"/>.</summary>
    public static string DiscardedBytesText(PSObject instance) => ReadableText.Size(instance.BaseObject switch
    {
        ContentionResult result => result.DiscardedBytes,
        object pool => ((HandlePoolStatus)pool).DiscardedBytes,
    });

    /// <summary>By how much a pool's bitmap is smaller.</summary>
    public static string BytesFreedText(PSObject instance) => ReadableText.Size(Of<HandlePoolResizeResult>(instance).BytesFreed);

    /// <summary>The latency table of a <see cref="PoolMeasurement"/>.</summary>
    public static string Table(PSObject instance) => MeasurementTable.Draw(Of<PoolMeasurement>(instance));

    /// <summary>How long each allocation of a <see cref="ContentionResult"/> took.</summary>
    public static string DelayText(PSObject instance) =>
        FormattableString.Invariant($"{Of<ContentionResult>(instance).AllocationDelay.TotalMilliseconds} ms");

    /// <summary>The longest time that adding a reference took.</summary>
    public static string WorstAddText(PSObject instance) => FormattableString.Invariant($"{Of<ContentionResult>(instance).WorstAdd.TotalMilliseconds:N2} ms");

    /// <summary>The share that a <see cref="HandleUsage"/> is of all, in percent.</summary>
    public static string ShareText(PSObject instance) => Percent(Of<HandleUsage>(instance).Share);

    /// <summary>How much of a limit a <see cref="HandleUsage"/> reaches; nothing below half of it.</summary>
    public static string LimitText(PSObject instance) => Of<HandleUsage>(instance) is { Limit: { } limit, LimitShare: >= 0.5 and { } share }
        ? string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(100 * share):0}% of {limit.Handles}")
        : "";

    /// <summary>By how many handles a <see cref="HandleUsageChange"/> grew, with its sign.</summary>
    public static string NetText(PSObject instance) => Of<HandleUsageChange>(instance).Net.ToString("+0;-0;0", CultureInfo.InvariantCulture);

    /// <summary>A <see cref="HandleLeakSuspect"/> in a line, and below it why.</summary>
    public static string Text(PSObject instance) => SuspectText.Write(Of<HandleLeakSuspect>(instance));

    /// <summary>The score of a <see cref="HandleLeakSuspect"/>, as exact as it deserves.</summary>
    public static string ScoreText(PSObject instance) => Of<HandleLeakSuspect>(instance).Score.ToString("0.0", CultureInfo.InvariantCulture);

    /// <summary>The process that a <see cref="HandleMismatch"/> is in, or that it is in a node.</summary>
    public static string SubjectTitle(PSObject instance) => Of<HandleMismatch>(instance).Process is { } process ? Title(process) : "nodes";

    /// <summary>Where in the process, or in which node and where there, a <see cref="HandleMismatch"/> is.</summary>
    public static string LocationText(PSObject instance) => Of<HandleMismatch>(instance) is { Process: null } mismatch
        ? $"node {mismatch.Node}, {mismatch.Location}"
        : Of<HandleMismatch>(instance).Location;

    private static string? Shown(string? name) => name is null ? null : VisibleText.Name(name);

    private static T Of<T>(PSObject instance) => (T)instance.BaseObject;

    private static string Title(HandleProcess process) => FormattableString.Invariant($"{process} ({process.Id}, {VisibleText.Name(process.Context)})");

    private static string Percent(double share) => (100 * share).ToString("0.0", CultureInfo.InvariantCulture) + "%";

    /// <summary>How often a <see cref="HandleFault"/> will yet go wrong: a number, unless it is each time.</summary>
    public static string RemainingText(PSObject instance) => (HandleFault)instance.BaseObject is { Count: < int.MaxValue } fault
        ? fault.Remaining.ToString(CultureInfo.InvariantCulture)
        : "all";
}
