using System.Globalization;
using System.Management.Automation;
using HandlePool.Analysis;
using HandlePool.Measurements;
using HandlePool.PowerShell.Binding;
using HandlePool.Text;

namespace HandlePool.PowerShell.Views;

/// <summary>Implements the code properties of HandlePool.Types.ps1xml.</summary>
public static class ViewProperties
{
    /// <summary>Returns the picture of a <see cref="HandleBitmap"/>.</summary>
    public static string Picture(PSObject instance) => BitmapPicture.Draw(Of<HandleBitmap>(instance));

    /// <summary>Returns the words of a <see cref="HandleBitmap"/>. They are hidden, because the runs say the same.</summary>
    public static ulong[] Words(PSObject instance) => Of<HandleBitmap>(instance).GetWords();

    /// <summary>Returns the density of a <see cref="HandleBitmap"/>, in percent.</summary>
    public static string DensityText(PSObject instance) => Percent(Of<HandleBitmap>(instance).Density);

    /// <summary>Returns the anomalies of the dump that a <see cref="HandleSession"/> was read from.</summary>
    public static HandleList<HandleFinding> Findings(PSObject instance) => Of<HandleSession>(instance).GetFindings();

    /// <summary>Returns a star for the current <see cref="HandleSession"/> of this runspace.</summary>
    public static string Current(PSObject instance) => SessionStore.Here.IsCurrent(Of<HandleSession>(instance)) ? "*" : "";

    /// <summary>Returns the age of the dump of a <see cref="HandleSession"/>, if it is known.</summary>
    public static string AgeText(PSObject instance) => Of<HandleSession>(instance).Time is { } time
        ? ReadableText.Age(DateTimeOffset.UtcNow - time)
        : "";

    /// <summary>Returns the unambiguous title of a <see cref="HandleProcess"/> or a <see cref="HandleNode"/>.</summary>
    public static string Title(PSObject instance) => instance.BaseObject switch
    {
        HandleProcess process => Title(process),
        HandleNode { Owner: { } owner } node => $"{node} ({owner})",
        object other => other.ToString()!,
    };

    /// <summary>Returns the printable name of a session, a process or a node.</summary>
    public static string? NameText(PSObject instance) => Shown(instance.BaseObject switch
    {
        HandleSession session => session.Name,
        HandleProcess process => process.Name,
        object node => ((HandleNode)node).Name,
    });

    /// <summary>Returns the printable context of an object that has one.</summary>
    public static string? ContextText(PSObject instance) => Shown(instance.BaseObject switch
    {
        HandleProcess process => process.Context,
        HandleNode node => node.Context,
        HandleStatistic statistic => statistic.Context,
        HandleUsage usage => usage.Context,
        HandleUsageChange change => change.Context,
        HandleLeakSuspect suspect => suspect.Context,
        HandleBaselinePair pair => pair.Context,
        object operation => ((HandleOperation)operation).Context,
    });

    /// <summary>Returns the printable holder of a <see cref="HandleBaselinePair"/>.</summary>
    public static string HolderText(PSObject instance) => VisibleText.Name(Of<HandleBaselinePair>(instance).Holder);

    /// <summary>Returns the printable owner of a <see cref="HandleBaselinePair"/>.</summary>
    public static string OwnerText(PSObject instance) => VisibleText.Name(Of<HandleBaselinePair>(instance).Owner);

    /// <summary>Returns the printable process of a <see cref="HandleOperation"/> or its result.</summary>
    public static string? ProcessText(PSObject instance) =>
        Shown(instance.BaseObject is HandleOperationResult result ? result.Process : Of<HandleOperation>(instance).Process);

    /// <summary>Returns the printable node of a <see cref="HandleOperation"/> or its result.</summary>
    public static string? NodeText(PSObject instance) =>
        Shown(instance.BaseObject is HandleOperationResult result ? result.Node : Of<HandleOperation>(instance).Node);

    /// <summary>Returns the printable message of a <see cref="HandleEvent"/> or a <see cref="HandleFinding"/>.</summary>
    public static string MessageText(PSObject instance) =>
        VisibleText.Of(instance.BaseObject is HandleEvent each ? each.Message : Of<HandleFinding>(instance).Message);

    /// <summary>Returns the printable path of a <see cref="HandleFinding"/>.</summary>
    public static string PathText(PSObject instance) => VisibleText.Of(Of<HandleFinding>(instance).Path);

    /// <summary>Returns the unambiguous title of the process of a <see cref="HandleReference"/>.</summary>
    public static string ProcessTitle(PSObject instance) => Title(Of<HandleReference>(instance).Process);

    /// <summary>Returns the time of a <see cref="HandleEvent"/> if it was today, or else the date.</summary>
    public static string TimeText(PSObject instance)
    {
        DateTime time = Of<HandleEvent>(instance).Time.LocalDateTime;
        return time.ToString(time.Date == DateTime.Today ? "HH:mm:ss" : "yyyy-MM-dd", CultureInfo.InvariantCulture);
    }

    /// <summary>Returns the memory of a pool's bitmap.</summary>
    public static string BytesText(PSObject instance) => ReadableText.Size(Of<HandlePoolStatus>(instance).Bytes);

    /// <summary>Returns the discarded memory of a <see cref="HandlePoolStatus"/> or a <see cref="ContentionResult"/>.</summary>
    public static string DiscardedBytesText(PSObject instance) => ReadableText.Size(instance.BaseObject switch
    {
        ContentionResult result => result.DiscardedBytes,
        object pool => ((HandlePoolStatus)pool).DiscardedBytes,
    });

    /// <summary>Returns the memory that a resize freed.</summary>
    public static string BytesFreedText(PSObject instance) => ReadableText.Size(Of<HandlePoolResizeResult>(instance).BytesFreed);

    /// <summary>Returns the latency table of a <see cref="PoolMeasurement"/>.</summary>
    public static string Table(PSObject instance) => MeasurementTable.Draw(Of<PoolMeasurement>(instance));

    /// <summary>Returns the delay of each allocation of a <see cref="ContentionResult"/>.</summary>
    public static string DelayText(PSObject instance) =>
        FormattableString.Invariant($"{Of<ContentionResult>(instance).AllocationDelay.TotalMilliseconds} ms");

    /// <summary>Returns the longest time that adding a reference took.</summary>
    public static string WorstAddText(PSObject instance) =>
        FormattableString.Invariant($"{Of<ContentionResult>(instance).WorstAdd.TotalMilliseconds:N2} ms");

    /// <summary>Returns the share of a <see cref="HandleUsage"/> in the total, in percent.</summary>
    public static string ShareText(PSObject instance) => Percent(Of<HandleUsage>(instance).Share);

    /// <summary>Returns the share of its limit that a <see cref="HandleUsage"/> reaches, or an empty string below half of it.</summary>
    public static string LimitText(PSObject instance) => Of<HandleUsage>(instance) is { Limit: { } limit, LimitShare: >= 0.5 and { } share }
        ? string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(100 * share):0}% of {limit.Handles}")
        : "";

    /// <summary>Returns the growth of a <see cref="HandleUsageChange"/> in handles, with a sign.</summary>
    public static string NetText(PSObject instance) =>
        Of<HandleUsageChange>(instance).Net.ToString("+0;-0;0", CultureInfo.InvariantCulture);

    /// <summary>Returns a <see cref="HandleLeakSuspect"/> as a line, followed by the reason.</summary>
    public static string Text(PSObject instance) => SuspectText.Write(Of<HandleLeakSuspect>(instance));

    /// <summary>Returns the score of a <see cref="HandleLeakSuspect"/> with one decimal place.</summary>
    public static string ScoreText(PSObject instance) =>
        Of<HandleLeakSuspect>(instance).Score.ToString("0.0", CultureInfo.InvariantCulture);

    /// <summary>Returns the process of a <see cref="HandleMismatch"/>, or <c>nodes</c> if it is in a node.</summary>
    public static string SubjectTitle(PSObject instance) => Of<HandleMismatch>(instance).Process is { } process ? Title(process) : "nodes";

    /// <summary>Returns the location of a <see cref="HandleMismatch"/> in its process, or its node and the location there.</summary>
    public static string LocationText(PSObject instance) => Of<HandleMismatch>(instance) is { Process: null } mismatch
        ? $"node {mismatch.Node}, {mismatch.Location}"
        : Of<HandleMismatch>(instance).Location;

    /// <summary>Returns the number of allocations that a <see cref="HandleFault"/> will still affect, or <c>all</c>.</summary>
    public static string RemainingText(PSObject instance) => (HandleFault)instance.BaseObject is { Count: < int.MaxValue } fault
        ? fault.Remaining.ToString(CultureInfo.InvariantCulture)
        : "all";

    private static string? Shown(string? name) => name is null ? null : VisibleText.Name(name);

    private static T Of<T>(PSObject instance) => (T)instance.BaseObject;

    private static string Title(HandleProcess process) =>
        FormattableString.Invariant($"{process} ({process.Id}, {VisibleText.Name(process.Context)})");

    private static string Percent(double share) => (100 * share).ToString("0.0", CultureInfo.InvariantCulture) + "%";
}
