using System.Globalization;
using HandlePool.Text;

namespace HandlePool;

/// <summary>Represents the statistics of a process in one context: what the driver printed, or what the session's tables say. Immutable.</summary>
/// <remarks>
/// <para>A number is null if its source does not tell it: the state of a device has no threads, buffers and counters, and a text that was
/// cut off lacks its end.</para>
/// <para>The driver counts commands from when the process opened the device. On a device that is well they balance with the counts that
/// the process has now; docs/dumps.md says how far off is normal.</para>
/// </remarks>
public sealed class HandleStatistic : ISessionMember
{
    private readonly ProcessStatisticsRecord _record;
    private readonly HandleSession _session;

    internal HandleStatistic(HandleSession session, HandleProcess? process, ProcessStatisticsRecord record, HandleCountSource source)
    {
        _session = session;
        _record = record;
        Process = process;
        Source = source;
    }

    /// <summary>Gets the process; null if a complete state does not have it, because it started or exited in between, or if its text was cut off
    /// before its handles.</summary>
    public HandleProcess? Process { get; }

    /// <summary>Gets the pid.</summary>
    public int ProcessId => _record.Id;

    /// <summary>Gets the name of the process, or its pid if it has none.</summary>
    public string ProcessName => Process?.ToString() ?? (_record.Name is { } name
        ? VisibleText.Name(name)
        : _record.Id.ToString(CultureInfo.InvariantCulture));

    /// <summary>Gets the context.</summary>
    public string Context => _record.Context;

    /// <summary>Gets the number of this open among those of the same device by the same process, from 1.</summary>
    public int OpenNumber => _record.OpenNumber;

    /// <summary>Gets the evidence.</summary>
    public HandleCountSource Source { get; }

    /// <summary>Gets the number of handles that the process holds.</summary>
    public int? Handles => _record.Handles;

    /// <summary>Gets the sum of the strong counts of its handles.</summary>
    public long? Strong => _record.Strong;

    /// <summary>Gets the sum of the weak counts of its handles.</summary>
    public long? Weak => _record.Weak;

    /// <summary>Gets the number of living nodes that it offers.</summary>
    public int? Nodes => _record.Nodes;

    /// <summary>Gets the number of buffers that it has not freed.</summary>
    public int? Buffers => _record.Buffers;

    /// <summary>Gets the number of pages of its buffers that are in use.</summary>
    public int? Pages => _record.Pages;

    /// <summary>Gets the largest number of pages that it has used.</summary>
    public int? PagesHighWatermark => _record.PagesHighWatermark;

    /// <summary>Gets the number of its threads that have used the device.</summary>
    public int? Threads => _record.Threads;

    /// <summary>Gets the number of threads that the driver has asked for and that have not started.</summary>
    public int? RequestedThreads => _record.RequestedThreads;

    /// <summary>Gets the number of threads that have started because the driver asked for them.</summary>
    public int? StartedThreads => _record.StartedThreads;

    /// <summary>Gets the number of threads that the driver may ask for.</summary>
    public int? MaxThreads => _record.MaxThreads;

    /// <summary>Gets the number of threads that wait for work; the Rust driver does not print it.</summary>
    public int? ReadyThreads => _record.ReadyThreads;

    /// <summary>Gets the free space for one-way calls, in bytes.</summary>
    public long? FreeAsyncSpace => _record.FreeAsyncSpace;

    /// <summary>Gets the number of transactions that wait in its queue; with the Rust driver, of those that it has not answered.</summary>
    public int? PendingTransactions => _record.PendingTransactions;

    /// <summary>Gets the numbers of commands and returns of the process since it opened the device, by name.</summary>
    public HandleCounters Counters => _record.Counters;

    /// <summary>Gets the number of death notifications that it has requested and not cleared, 0 or more.</summary>
    /// <remarks>
    /// <c>BC_REQUEST_DEATH_NOTIFICATION</c> less <c>BC_CLEAR_DEATH_NOTIFICATION</c>. The driver counts commands that it refuses as well, so
    /// that there can be more of the second. A state often hides these notifications.
    /// </remarks>
    public long? DeathLinks => Balance("BC_REQUEST_DEATH_NOTIFICATION", "BC_CLEAR_DEATH_NOTIFICATION", minus: 0) is { } links ? Math.Max(0, links) : null;

    /// <summary>Gets the number of handles that it has dropped, so that it has had <see cref="Handles"/> plus these.</summary>
    /// <remarks>
    /// A program that uses libbinder sends one <c>BC_INCREFS</c> for each new handle and one <c>BC_DECREFS</c> to drop it, whose number this
    /// is; for a process that takes no weak counts, it is that of <c>BC_RELEASE</c>.
    /// </remarks>
    public long? Churn => !HasCounters ? null : Counters.CountOf(Counters.CountOf("BC_INCREFS") > 0 ? "BC_DECREFS" : "BC_RELEASE");

    /// <summary>Gets <c>BC_INCREFS</c> less <c>BC_DECREFS</c> less <see cref="Weak"/>; 0 is right.</summary>
    public long? WeakBalance => Balance("BC_INCREFS", "BC_DECREFS", Weak);

    /// <summary>
    /// Gets <c>BC_ACQUIRE</c> less <c>BC_RELEASE</c> less <see cref="Strong"/>; 0 is right, and calls under way make it negative by a
    /// few.
    /// </summary>
    public long? StrongBalance => Balance("BC_ACQUIRE", "BC_RELEASE", Strong);

    /// <summary>
    /// Gets <c>BC_INCREFS</c> less <c>BC_DECREFS</c> less <see cref="Handles"/>; 0 for a process that takes one weak count for each
    /// handle, as programs do that use libbinder. A context manager written in C takes none.
    /// </summary>
    public long? HandleBalance => Balance("BC_INCREFS", "BC_DECREFS", Handles);

    HandleSession ISessionMember.Session => _session;

    internal ProcessStatisticsRecord Record => _record;

    /// <summary>Gets whether the driver's counters are there: a process that holds something has given commands.</summary>
    private bool HasCounters => Counters.Count > 0 || (Source == HandleCountSource.Statistics && Handles == 0);

    /// <summary>Returns the counts of a process by the session's own tables.</summary>
    internal static HandleStatistic OfState(HandleProcess process)
    {
        if (process.CountSource == HandleCountSource.HolderList)
        {
            return new HandleStatistic(process.Session, process,
                new ProcessStatisticsRecord(process.Id, process.Context, process.Name, process.OpenNumber, Line: 0) { Handles = process.HandleCount },
                HandleCountSource.HolderList);
        }

        HandleReference[] references = process.GetReferences();
        return new HandleStatistic(process.Session, process,
            new ProcessStatisticsRecord(process.Id, process.Context, process.Name, process.OpenNumber, Line: 0)
            {
                Handles = references.Length,
                Strong = references.Sum(reference => (long)reference.Strong),
                Weak = references.Sum(reference => (long)reference.Weak),
                Nodes = process.NodeCount,
            }, HandleCountSource.State);
    }

    /// <inheritdoc/>
    public override string ToString() => $"{ProcessName} ({VisibleText.Name(Context)}): {Handles}";

    /// <summary>Returns a difference. The drivers' counters have 32 bits and may overflow, which a difference of that width survives.</summary>
    private long? Balance(string more, string less, long? minus) => HasCounters && minus is { } known
        ? unchecked((int)(Counters.CountOf(more) - Counters.CountOf(less))) - known
        : null;
}
