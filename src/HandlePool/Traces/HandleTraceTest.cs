using System.Globalization;
using HandlePool.Text;

namespace HandlePool.Traces;

/// <summary>Represents the comparison of a trace with the model: which handles the driver gave out, and which the model predicts. Immutable.</summary>
public sealed class HandleTraceTest
{
    internal HandleTraceTest(HandleTrace trace, HandleSession? session, HandleDriver driver, long agreed, long divergences, long releases,
        IList<HandleTraceDivergence> first, IList<HandleTraceGap> gaps, bool beginsLater)
    {
        Trace = trace;
        Session = session;
        Driver = driver;
        Agreed = agreed;
        DivergenceCount = divergences;
        Releases = releases;
        Divergences = new HandleList<HandleTraceDivergence>(first);
        Gaps = new HandleList<HandleTraceGap>(gaps);
        BeginsLater = beginsLater;
    }

    /// <summary>Gets the trace.</summary>
    public HandleTrace Trace { get; }

    /// <summary>Gets the session of the dump that it started from; null if it started from nothing.</summary>
    public HandleSession? Session { get; }

    /// <summary>Gets the driver whose rules predicted the handles.</summary>
    public HandleDriver Driver { get; }

    /// <summary>Gets the number of objects that are references of their receivers.</summary>
    public int References => Trace.ReferenceCount;

    /// <summary>Gets the number of handles that were predicted: those that agreed, and the divergences.</summary>
    public long Predicted => Agreed + DivergenceCount;

    /// <summary>Gets the number of handles that are the predicted ones.</summary>
    public long Agreed { get; }

    /// <summary>Gets the number of divergences.</summary>
    public long DivergenceCount { get; }

    /// <summary>Gets the handles that no release explains, at most <see cref="TraceTest.MaxDivergences"/>, in the order of ids.</summary>
    public HandleList<HandleTraceDivergence> Divergences { get; }

    /// <summary>Gets the number of handles that could not be predicted.</summary>
    public long Unpredicted => Gaps.Sum(gap => gap.Count);

    /// <summary>Gets why handles could not be predicted, with the number of each reason; empty if all could.</summary>
    public HandleList<HandleTraceGap> Gaps { get; }

    /// <summary>Gets the number of releases that the handles prove, and the trace does not show.</summary>
    public long Releases { get; }

    /// <summary>Gets whether the trace begins after the dump, so that what happened in between is unknown. False without a session.</summary>
    public bool BeginsLater { get; }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Trace}: {Agreed} of {Predicted} agree");
}

/// <summary>Represents a handle that the driver cannot have given out by its rules. Immutable.</summary>
/// <param name="Event">The event.</param>
/// <param name="Expected">The handle by the rules.</param>
/// <param name="Found">The handle in the trace.</param>
/// <param name="Reason">The contradiction, as a sentence.</param>
public sealed record HandleTraceDivergence(HandleTraceEvent Event, int Expected, int Found, string Reason)
{
    /// <summary>Gets the file.</summary>
    public string Path => Event.Path;

    /// <summary>Gets the line in the file, from 1.</summary>
    public long Line => Event.Line;

    /// <summary>Gets the pid of the receiver; null if it is unknown.</summary>
    public int? ProcessId => Event.DestinationProcessId;

    /// <inheritdoc/>
    public override string ToString() => VisibleText.Of(string.Create(CultureInfo.InvariantCulture, $"{Path}:{Line}: {Reason}"));
}

/// <summary>Represents a reason why handles could not be predicted. Immutable.</summary>
/// <param name="Reason">The reason.</param>
/// <param name="Count">The number of handles.</param>
/// <param name="First">The first event, in the order of ids.</param>
public sealed record HandleTraceGap(HandleTraceGapReason Reason, long Count, HandleTraceEvent First)
{
    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Reason} {Count}");
}

/// <summary>Identifies a reason why a handle could not be predicted.</summary>
public enum HandleTraceGapReason
{
    /// <summary>The object was sent before the dump was taken.</summary>
    BeforeDump,

    /// <summary>The trace does not have the transaction, which tells the receiver.</summary>
    UnknownReceiver,

    /// <summary>The receiver uses several contexts or opens of a device, and the trace does not tell which.</summary>
    UnknownContext,

    /// <summary>The handles of the receiver at the beginning are unknown.</summary>
    UnknownStart,

    /// <summary>Events were lost before it.</summary>
    LostEvents,

    /// <summary>The reference existed before, and neither the dump nor the trace shows when it was created.</summary>
    UnseenCreation,

    /// <summary>The handle was that of another reference, whose release the trace does not show. The handle proves it.</summary>
    UnseenRelease,

    /// <summary>The lines are not in the order of time, and it is so near the end that lines before it may be missing.</summary>
    UnknownEnd,
}
