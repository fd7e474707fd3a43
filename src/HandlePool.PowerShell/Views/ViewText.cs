using System.Collections;
using System.Globalization;
using HandlePool.Analysis;
using HandlePool.Measurements;
using HandlePool.Text;

namespace HandlePool.PowerShell.Views;

/// <summary>Writes a text that HandlePool.Format.ps1xml shows of an object, such as <c>[HandlePool.PowerShell.Views.ViewText]::Bytes[$_]</c>.</summary>
/// <remarks>
/// These are indexers because views must work in the constrained language mode, which allows no calls of methods, and not properties of
/// the objects, because those would appear in completion.
/// </remarks>
public sealed class ViewText
{
    private readonly Func<Shown, string?> _write;

    private ViewText(Func<Shown, string?> write) => _write = write;

    /// <summary>Gets the picture of a <see cref="HandleBitmap"/>.</summary>
    public static ViewText Picture { get; } = new(BitmapPicture.Draw);

    /// <summary>Gets the latency table of a <see cref="PoolMeasurement"/>.</summary>
    public static ViewText Table { get; } = new(shown => (shown.Original as PoolMeasurement ?? MeasurementCopy.Read(shown)) is { } measurement
        ? MeasurementTable.Draw(measurement)
        : shown.ToString());

    /// <summary>Gets the time of an append of a <see cref="PoolCost"/>.</summary>
    public static ViewText Append { get; } = new(shown => Nanoseconds(shown, nameof(PoolCost.Append)));

    /// <summary>Gets the time of a churn step of a <see cref="PoolCost"/>.</summary>
    public static ViewText Churn { get; } = new(shown => Nanoseconds(shown, nameof(PoolCost.Churn)));

    /// <summary>Gets the time of a release of a <see cref="PoolCost"/>.</summary>
    public static ViewText Drain { get; } = new(shown => Nanoseconds(shown, nameof(PoolCost.Drain)));

    /// <summary>Gets a <see cref="HandleLeakSuspect"/> as a line, followed by the reason, for a window of any width.</summary>
    public static WrappedText Suspect { get; } = new(SuspectText.Write);

    /// <summary>Gets a <see cref="HandleIncident"/> with its evidence, for a window of any width.</summary>
    public static WrappedText Incident { get; } = new(IncidentText.Write);

    /// <summary>Gets the printable text of a <see cref="HandleEvidence"/>.</summary>
    public static ViewText Line { get; } = new(shown => shown.Text(nameof(HandleEvidence.Text)));

    /// <summary>Gets the whole path and the line of a <see cref="HandleEvidence"/>.</summary>
    public static ViewText Source { get; } = new(shown => shown.Text(nameof(HandleEvidence.Source)));

    /// <summary>Gets the age of a <see cref="HandleTransaction"/> in seconds.</summary>
    public static ViewText Seconds { get; } = new(shown =>
        shown.Value<TimeSpan>(nameof(HandleTransaction.Age)) is { } age ? $"{age.TotalSeconds.ToString("0.0", CultureInfo.CurrentCulture)} s" : null);

    /// <summary>Gets the code of a <see cref="HandleTransaction"/> as the driver prints it, in hexadecimal digits.</summary>
    public static ViewText Code { get; } = new(shown => shown.Value<long>(nameof(HandleTransaction.Code))?.ToString("x", CultureInfo.InvariantCulture));

    /// <summary>Gets what is remarkable of a <see cref="HandleTransaction"/>, in a word.</summary>
    public static ViewText CallNote { get; } = new(shown => shown.Text(nameof(HandleTransaction.Cycle)) switch
    {
        nameof(HandleWaitCycle.Threads) => "Deadlock",
        nameof(HandleWaitCycle.Pool) or nameof(HandleWaitCycle.Processes) => "Deadlock?",
        _ => shown.Text(nameof(HandleTransaction.Error)) ?? shown.Text(nameof(HandleTransaction.Return))
            ?? (shown.Text(nameof(HandleTransaction.HandleState)) is { } use and not nameof(HandleUseState.Held) ? use : null)
            ?? (shown.Value<int>(nameof(HandleTransaction.WaitingThreads)) is > 1 and { } waiting ? $"{waiting} wait" : null),
    });

    /// <summary>Gets the numbers of events of a <see cref="Traces.HandleTrace"/> by name.</summary>
    public static ViewText Counts { get; } = new(shown => shown.Part(nameof(Traces.HandleTrace.Counts))?.Original is IDictionary counts
        ? VisibleText.Of(string.Join(", ", counts.Keys.Cast<object>().Select(name => $"{name} {counts[name]}").Order(StringComparer.Ordinal)))
        : null);

    /// <summary>Gets the printable package of a <see cref="HandleProcess"/>.</summary>
    public static ViewText Package { get; } = new(shown => shown.Name(nameof(Package)));

    /// <summary>Gets the time of a <see cref="HandleEvidence"/> as logs print it, without the year.</summary>
    public static ViewText LogTime { get; } = new(shown => shown.Time(nameof(HandleEvidence.Time))?.ToString("MM-dd HH:mm:ss", CultureInfo.InvariantCulture));

    /// <summary>Gets the holder of a <see cref="HandleUsage"/>, with its context unless that is the usual one.</summary>
    public static ViewText HolderInContext { get; } = new(shown => shown.Name(nameof(HandleUsage.Context)) is { } context and not HandleSession.DefaultContext
        ? $"{shown.Text(nameof(HandleUsage.HolderName))} ({context})"
        : shown.Text(nameof(HandleUsage.HolderName)));

    /// <summary>Gets the uid by which a <see cref="HandleUsage"/> is counted, or <c>(dead)</c> or <c>(unknown)</c>.</summary>
    public static ViewText UidOfOwner { get; } = new(shown => shown.Text(nameof(HandleUsage.Uid)) ?? shown.Text(nameof(HandleUsage.OwnerName)));

    /// <summary>Gets the whole interface by which a <see cref="HandleUsage"/> is counted, or <c>(unknown)</c>.</summary>
    public static ViewText InterfaceOfNodes { get; } = new(shown => shown.Text(nameof(HandleUsage.Interface)) ?? shown.Text(nameof(HandleUsage.OwnerName)));

    /// <summary>Gets the printable interface of a <see cref="HandleEvidence"/>.</summary>
    public static ViewText Interface { get; } = new(shown => shown.Name(nameof(HandleEvidence.Interface)));

    /// <summary>Gets the rate of a <see cref="HandleForecast"/>.</summary>
    public static ViewText PerHour { get; } = new(shown => Decimal(shown, nameof(HandleForecast.PerHour)));

    /// <summary>Gets the time until the next limit of a <see cref="HandleForecast"/>, with its range.</summary>
    public static ViewText TimeToLimit { get; } = new(shown => Until(shown, nameof(HandleForecast.TimeToLimit), nameof(HandleForecast.EarliestTimeToLimit),
        nameof(HandleForecast.LatestTimeToLimit)));

    /// <summary>Gets the rate of a <see cref="Devices.HandleSample"/>.</summary>
    public static ViewText Rate { get; } = new(shown => Decimal(shown, nameof(Devices.HandleSample.Rate)));

    /// <summary>Gets the time until the next limit of a <see cref="Devices.HandleSample"/>, without its range: names need the room.</summary>
    public static ViewText Forecast { get; } =
        new(shown => shown.Value<TimeSpan>(nameof(Devices.HandleSample.Forecast)) is { } time ? LeakWords.Duration(time) : null);

    /// <summary>Gets the process of a <see cref="Devices.HandleSample"/>; of an event of the device, what happened.</summary>
    public static ViewText ProcessOrMessage { get; } =
        new(shown => shown.Text(nameof(Devices.HandleSample.Process)) ?? shown.Text(nameof(Devices.HandleSample.Message)));

    /// <summary>Gets the kinds of the signs of a <see cref="HandleLeakSuspect"/>.</summary>
    public static ViewText Kinds { get; } = new(shown => string.Join(", ", shown.Items(nameof(HandleLeakSuspect.Kinds))));

    /// <summary>Gets the density of a <see cref="HandleBitmap"/>, in percent.</summary>
    public static ViewText Density { get; } = new(shown => Percent(shown, nameof(HandleBitmap.Density)));

    /// <summary>Gets the age of the dump of a <see cref="HandleSession"/>, if it is known.</summary>
    public static ViewText Age { get; } =
        new(shown => shown.Time(nameof(HandleSession.Time)) is { } time ? ReadableText.Age(DateTimeOffset.UtcNow - time) : "");

    /// <summary>Gets the unambiguous title of a <see cref="HandleProcess"/>.</summary>
    public static ViewText Title { get; } = new(TitleOf);

    /// <summary>Gets the unambiguous title of the process of a <see cref="HandleReference"/> or a <see cref="HandleMismatch"/>.</summary>
    public static ViewText ProcessTitle { get; } =
        new(shown => shown.Part(nameof(HandleReference.Process)) is { } process ? TitleOf(process) : "nodes");

    /// <summary>Gets a <see cref="HandleNode"/> with its owner.</summary>
    public static ViewText NodeTitle { get; } =
        new(shown => shown.Text(nameof(HandleNode.Owner)) is { } owner ? $"{shown} ({owner})" : shown.ToString());

    /// <summary>Gets the printable name of a session, a process or a node.</summary>
    public static ViewText Name { get; } = new(shown => shown.Name(nameof(Name)));

    /// <summary>Gets the printable context of an object that has one.</summary>
    public static ViewText Context { get; } = new(shown => shown.Name(nameof(Context)));

    /// <summary>Gets the number of nodes of a <see cref="HandleProcess"/>, if it is known.</summary>
    public static ViewText NodeCount { get; } = new(shown =>
        shown.Text(nameof(HandleProcess.CountSource)) == nameof(HandleCountSource.HolderList) ? null : shown.Text(nameof(HandleProcess.NodeCount)));

    /// <summary>Gets the capacity of the pool of a <see cref="HandleProcess"/>, if it is known.</summary>
    public static ViewText Capacity { get; } = new(shown =>
        shown.Text(nameof(HandleProcess.CountSource)) == nameof(HandleCountSource.State) ? shown.Text(nameof(HandleProcess.Capacity)) : null);

    /// <summary>Gets the number of references of a <see cref="HandleUsage"/> whose node is dead, if it is known.</summary>
    public static ViewText Dead { get; } = new(shown =>
        shown.Text(nameof(HandleUsage.Source)) == nameof(HandleCountSource.Statistics) ? null : shown.Text(nameof(HandleUsage.Dead)));

    /// <summary>Gets the printable holder of a <see cref="HandleBaselinePair"/>.</summary>
    public static ViewText Holder { get; } = new(shown => shown.Name(nameof(Holder)));

    /// <summary>Gets the printable owner of a <see cref="HandleBaselinePair"/>.</summary>
    public static ViewText Owner { get; } = new(shown => shown.Name(nameof(Owner)));

    /// <summary>Gets the printable process of a <see cref="HandleOperation"/> or its result.</summary>
    public static ViewText Process { get; } = new(shown => shown.Name(nameof(Process)));

    /// <summary>Gets the printable node of a <see cref="HandleOperation"/> or its result.</summary>
    public static ViewText Node { get; } = new(shown => shown.Name(nameof(Node)));

    /// <summary>Gets the printable message of a <see cref="HandleEvent"/> or a <see cref="HandleFinding"/>.</summary>
    public static ViewText Message { get; } = new(shown => shown.Text(nameof(Message)));

    /// <summary>Gets the printable path of a <see cref="HandleFinding"/>.</summary>
    public static ViewText Path { get; } = new(shown => shown.Text(nameof(Path)));

    /// <summary>Gets the time of a <see cref="HandleEvent"/> if it was today, or else the date.</summary>
    public static ViewText Time { get; } = new(shown => shown.Time(nameof(Time))?.LocalDateTime is { } time
        ? time.ToString(time.Date == DateTime.Today ? "HH:mm:ss" : "yyyy-MM-dd", CultureInfo.InvariantCulture)
        : null);

    /// <summary>Gets the memory of the bitmap of a <see cref="HandlePoolStatus"/>.</summary>
    public static ViewText Bytes { get; } = new(shown => Size(shown, nameof(Bytes)));

    /// <summary>Gets the memory that a <see cref="HandlePoolResizeResult"/> freed.</summary>
    public static ViewText BytesFreed { get; } = new(shown => Size(shown, nameof(BytesFreed)));

    /// <summary>Gets the discarded memory of a <see cref="HandlePoolStatus"/> or a <see cref="ContentionResult"/>.</summary>
    public static ViewText DiscardedBytes { get; } = new(shown => Size(shown, nameof(DiscardedBytes)));

    /// <summary>Gets the delay of each allocation of a <see cref="ContentionResult"/>.</summary>
    public static ViewText Delay { get; } =
        new(shown => shown.Value<TimeSpan>(nameof(Delay)) is { } delay ? $"{delay.TotalMilliseconds} ms" : null);

    /// <summary>Gets the longest time that adding a reference took.</summary>
    public static ViewText WorstAdd { get; } =
        new(shown => shown.Value<TimeSpan>(nameof(WorstAdd)) is { } longest ? $"{longest.TotalMilliseconds:0.00} ms" : null);

    /// <summary>Gets the share of a <see cref="HandleUsage"/> in the total, in percent.</summary>
    public static ViewText Share { get; } = new(shown => Percent(shown, nameof(HandleUsage.Share)));

    /// <summary>Gets the share of its limit that a <see cref="HandleUsage"/> reaches, or an empty string below half of it.</summary>
    /// <remarks>In a copy, the limit is only a name; the handles and their share say how large it is.</remarks>
    public static ViewText Limit { get; } = new(shown => ShareOfLimit(shown) ?? "");

    /// <summary>Gets the limit of a <see cref="HandleUsage"/> by uid, with the share of it that is reached from half of it on.</summary>
    public static ViewText LimitOfUid { get; } = new(shown => ShareOfLimit(shown)
        ?? (shown.Value<double>(nameof(HandleUsage.LimitShare)) is > 0 and { } share && shown.Value<int>(nameof(HandleUsage.Handles)) is { } handles ? $"{handles / share:0}" : ""));

    /// <summary>Gets the growth of a <see cref="HandleUsageChange"/> in handles, with a sign.</summary>
    public static ViewText Net { get; } =
        new(shown => shown.Value<long>(nameof(HandleUsageChange.Net))?.ToString("+0;-0;0", CultureInfo.InvariantCulture));

    /// <summary>Gets the score of a <see cref="HandleLeakSuspect"/> with one decimal place.</summary>
    public static ViewText Score { get; } =
        new(shown => shown.Value<double>(nameof(HandleLeakSuspect.Score))?.ToString("0.0", CultureInfo.CurrentCulture));

    /// <summary>Gets the location of a <see cref="HandleMismatch"/> in its process, or its node and the location there.</summary>
    public static ViewText Location { get; } = new(shown => shown[nameof(HandleMismatch.Process)] is null
        ? $"node {shown.Text(nameof(HandleMismatch.Node))}, {shown.Text(nameof(HandleMismatch.Location))}"
        : shown.Text(nameof(HandleMismatch.Location)));

    /// <summary>Gets the number of allocations that a <see cref="HandleFault"/> will still affect, or <c>all</c>.</summary>
    public static ViewText Remaining { get; } =
        new(shown => shown.Value<int>(nameof(HandleFault.Count)) is < int.MaxValue ? shown.Text(nameof(HandleFault.Remaining)) : "all");

    /// <summary>Gets the text of an object.</summary>
    public string? this[object shown] => _write(new Shown(shown));

    /// <summary>Returns the title of a process. A copy may have only its name.</summary>
    internal static string TitleOf(Shown process) =>
        process.Text(nameof(HandleProcess.Id)) is { } id && process.Name(nameof(HandleProcess.Context)) is { } context
            ? $"{process} ({id}, {context})"
            : process.ToString();

    private static string? Size(Shown shown, string property) => shown.Value<long>(property) is { } bytes ? ReadableText.Size(bytes) : null;

    private static string? Decimal(Shown shown, string property) => shown.Value<double>(property)?.ToString("0.0", CultureInfo.CurrentCulture);

    private static string? Until(Shown shown, string expected, string earliest, string latest) => shown.Value<TimeSpan>(expected) is { } time
        ? $"{LeakWords.Duration(time)}{LeakWords.Range(shown.Value<TimeSpan>(earliest), shown.Value<TimeSpan>(latest), LeakWords.Duration)}"
        : null;

    private static string? ShareOfLimit(Shown shown) =>
        shown.Value<double>(nameof(HandleUsage.LimitShare)) is >= 0.5 and { } share && shown.Value<int>(nameof(HandleUsage.Handles)) is { } handles
            ? $"{Math.Floor(100 * share):0}% of {handles / share:0}"
            : null;

    private static string? Nanoseconds(Shown shown, string property) => shown.Value<double>(property) is { } time ? MeasurementTable.Time(time) : null;

    private static string? Percent(Shown shown, string property) =>
        shown.Value<double>(property) is { } share ? (100 * share).ToString("0.0", CultureInfo.CurrentCulture) + "%" : null;
}
