using HandlePool.Tables;

namespace HandlePool.Evidence;

/// <summary>Tells when the system started again before a report, and which processes may have been its server before that.</summary>
/// <remarks>
/// The zygote logs a start, which runs as root. Many logs have no uids, and the zygote of an earlier run is in no list, so that an app that has ended can write the same. Such a line
/// makes the lines before it doubtful. For its own writer it says nothing, and nothing at all if the present server wrote before it.
/// </remarks>
internal sealed class SystemStarts
{
    private const int Root = 0;

    // Of the starts that the zygote, or the uptime of the device, certainly shows.
    private Moment? _certain;

    // Of those whose writer is unknown: two by different writers that name no server, and for each server that one names.
    private Moment? _first;
    private Moment? _second;
    private readonly Dictionary<HashedId, Moment> _ofServers = [];

    /// <summary>Gets the last start before the report; its time is null if that of any is unknown. Null if there is none.</summary>
    internal (DateTimeOffset? Time, EvidencePlace Place)? Last { get; private set; }

    /// <summary>Adds the start that the uptime of the device shows.</summary>
    internal void AddUptime(DateTimeOffset time, EvidencePlace place)
    {
        Last = (time, place);
        _certain = new Moment(time, place, Writer: null);
    }

    /// <summary>Adds a start that a line of a log tells of.</summary>
    /// <param name="started">The line.</param>
    /// <param name="time">Its time; null if that is unknown.</param>
    /// <param name="writer">The uid of its writer; null if that is unknown.</param>
    /// <param name="server">The first time at which the present server wrote; null if it is unknown.</param>
    internal void Add(in ProcessEvent started, DateTimeOffset? time, int? writer, DateTimeOffset? server)
    {
        bool isCertain = writer == Root;
        if ((writer is not null && !isCertain) || started.Writer.Pid == started.Pid || (!isCertain && server < time))
            return;
        Moment moment = new(time, started.Place, started.Writer.Pid);
        if (Last is not { Time: null } && (Last is not { } last || !(time <= last.Time)))
            Last = (time, started.Place);
        if (isCertain)
        {
            if (!moment.IsBefore(_certain))
                _certain = moment;
        }
        else if (started.Pid != 0)
        {
            if (!_ofServers.TryGetValue(started.Pid, out Moment known) || !moment.IsBefore(known))
                _ofServers[started.Pid] = moment;
        }
        else if (_first is not { } first || first.Writer == moment.Writer)
        {
            if (!moment.IsBefore(_first))
                _first = moment;
        }
        else if (!moment.IsBefore(_first))
        {
            (_first, _second) = (moment, _first);
        }
        else if (!moment.IsBefore(_second))
        {
            _second = moment;
        }
    }

    /// <summary>Returns whether a process may have been the system server before the last start, and if only a line of an unknown writer shows it, that line.</summary>
    /// <param name="pid">The process.</param>
    /// <param name="time">The time at which it would have been; null if that is unknown.</param>
    internal (bool MayBe, EvidencePlace? Shown) FindServer(int pid, DateTimeOffset? time)
    {
        if (_certain is { } certain && certain.IsAfter(time))
            return (true, null);
        Moment? shown = _ofServers.TryGetValue(pid, out Moment named) && named.IsAfter(time) ? named
            : _first is { } first && first.Writer != pid ? first : _second;
        return shown is { } moment && moment.Writer != pid && moment.IsAfter(time) ? (true, moment.Place) : (false, null);
    }

    private readonly record struct Moment(DateTimeOffset? Time, EvidencePlace Place, int? Writer)
    {
        internal bool IsAfter(DateTimeOffset? time) => !(time >= Time);

        internal bool IsBefore(Moment? other) => other is { } known && (known.Time is null || Time < known.Time);
    }
}
