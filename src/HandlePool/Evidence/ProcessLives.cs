using HandlePool.Tables;
using HandlePool.Text;

namespace HandlePool.Evidence;

/// <summary>Tells which processes had a pid, one after another, by the lines of those that started and ended, and by the lists of those that run.</summary>
/// <remarks>
/// A device uses a pid again. What a log says of a pid is therefore of the process that had it then, and the tables of the dump are of the one that
/// has it at the time of the report. An app can write lines under the tag of the activity manager, so that only those count that the system may have written.
/// </remarks>
internal sealed class ProcessLives
{
    // An event log has some thousands of processes.
    private const int MostEvents = 200_000;

    // More than a device runs, of each unit.
    private const long LongestUptime = 5_000;

    // Weeks, days, hours and minutes.
    private const int MostUnits = 4;

    // Lines that only show that a process is running. Most lines of a log are of this kind.
    private const int MostSeen = 100_000;

    // The longest time between a crash and the lines that name its process.
    private static readonly TimeSpan MostApart = TimeSpan.FromSeconds(10);

    // A device that starts again and again has some hundred starts in its log.
    private const int MostRestarts = 1_000;

    // The approximate memory of an event, in bytes.
    private const int EventBytes = 200;

    private readonly List<(ProcessEvent Event, EvidencePlace End)> _events = [];
    private Dictionary<HashedId, List<Life>> _lives = [];

    // Where a pid first started or ended, if no time is known.
    private readonly Dictionary<HashedId, EvidencePlace> _untimed = [];
    private EvidenceIdentities _identities = new([]);
    private DateTimeOffset? _time;

    private SystemStarts _starts = new();
    private (TimeSpan Length, EvidencePlace Place)? _uptime;
    private int _restarts;
    private int _seen;

    // The line of the system server in a list; null if there is none, or several.
    private HandleEvidence? _server;

    // The names that the lists give each pid.
    private ILookup<int, string> _names = Array.Empty<string>().ToLookup(_ => 0);

    /// <summary>Gets the approximate memory, in bytes.</summary>
    internal long Bytes { get; private set; }

    /// <summary>Adds that a process started or ended.</summary>
    /// <param name="happened">What happened.</param>
    /// <param name="end">The last line that says it.</param>
    internal void Add(in ProcessEvent happened, EvidencePlace end)
    {
        if (happened.Kind == ProcessEventKind.Restart ? _restarts++ >= MostRestarts : _events.Count - Math.Min(_restarts, MostRestarts) >= MostEvents)
            return;
        if (happened.Kind == ProcessEventKind.Seen && _seen++ >= MostSeen)
            return;
        _events.Add((happened, end));
        Bytes += EventBytes;
    }

    /// <summary>Sets the time since the start of the device, <c>up 0 weeks, 1 day, 2 hours, 3 minutes,  load average: ...</c>, without its first word. The first counts.</summary>
    internal void SetUptime(ReadOnlySpan<byte> text, EvidencePlace place)
    {
        LineCursor cursor = new(text);
        TimeSpan length = default, last = default;
        for (int units = 0; units < MostUnits && cursor.TryNumber(out long number) && number <= LongestUptime && cursor.SkipSpace() > 0; units++)
        {
            ReadOnlySpan<byte> unit = cursor.Word();
            last = unit.StartsWith("week"u8) ? TimeSpan.FromDays(7) : unit.StartsWith("day"u8) ? TimeSpan.FromDays(1) : unit.StartsWith("hour"u8) ? TimeSpan.FromHours(1)
                : unit.StartsWith("minute"u8) ? TimeSpan.FromMinutes(1) : TimeSpan.Zero;
            length += number * last;
            cursor.SkipSpace();
        }

        // Without minutes, it may be up to one more of the last unit.
        if (last > TimeSpan.Zero)
            _uptime ??= (last > TimeSpan.FromMinutes(1) ? length + last : length, place);
    }

    /// <summary>Orders what was added.</summary>
    /// <param name="identities">The uids of the processes that run at the time of the report.</param>
    /// <param name="server">The line of the system server in a list; null if there is none, or several.</param>
    /// <param name="names">The names that the lists and records of the report give each pid.</param>
    /// <param name="time">The time of the report; null if it is unknown.</param>
    /// <param name="without">The lines that do not count.</param>
    internal void Complete(EvidenceIdentities identities, HandleEvidence? server, ILookup<int, string> names, DateTimeOffset? time, IReadOnlySet<EvidencePlace> without)
    {
        (_identities, _server, _names, _time) = (identities, server, names, time);
        (ProcessEvent Event, DateTimeOffset? Time)[] all = [.. _events.Where(each => !without.Contains(each.End) && !each.Event.Writer.IsOfEarlierBoot)
            .Select(each => (each.Event, each.Event.Clock?.Resolve(time)))];
        _starts = FindStarts(all);
        all = [.. all.Where(each => each.Event.Kind != ProcessEventKind.Restart)];
        (ProcessEvent Event, DateTimeOffset? Time)[] trusted = [.. all.Where(each => MayWrite(each.Event, each.Time, UidOf(each.Event.Writer)))];
        Order(trusted);

        // Apps that have ended are in no list, and the lines of their start tell what they were.
        (ProcessEvent Event, DateTimeOffset? Time)[] kept = [.. trusted.Where(each => MayWrite(each.Event, each.Time, each.Event.Writer.Uid ?? FindUid(each.Event.Writer.Pid, each.Time)?.Uid))];
        if (kept.Length < trusted.Length)
            Order(kept);
    }

    /// <summary>Returns the uid of a writer: that in its line, or else of the process that has its pid in the lists.</summary>
    private int? UidOf(in LogWriter writer) => writer.Uid ?? (writer.Pid is { } pid ? _identities.UidOf(pid) : null);

    /// <summary>Returns whether a writer may have written a line of a process, as far as its uid is known.</summary>
    private bool MayWrite(in ProcessEvent happened, DateTimeOffset? time, int? uid) => happened.From switch
    {
        ProcessEventSource.Itself => happened.Writer.Pid == happened.Pid,
        ProcessEventSource.Native => uid is null || !AndroidUid.IsOfApp(uid.Value),

        // For a native crash the event has the pid of the system server with the name of another process.
        _ => IsOfSystem(uid) && FindServer(happened.Writer, time) is null && !(happened.Kind == ProcessEventKind.Seen && happened.Writer.Pid == happened.Pid),
    };

    /// <summary>Returns the line of the system server in a list, if a line was certainly written by another process; null if it may be the system server's.</summary>
    /// <param name="writer">The process that wrote the line.</param>
    /// <param name="time">Its time; null if that is unknown.</param>
    internal HandleEvidence? FindServer(in LogWriter writer, DateTimeOffset? time) =>
        writer.Pid is { } pid && _server is { } server && server.Pid != pid && !writer.IsOfEarlierBoot && !_starts.FindServer(pid, time).MayBe ? server : null;

    /// <summary>Returns the line of a list that shows the system server, and the line by an unknown writer that says the writer of this line was the system server earlier; null if there is no such doubt.</summary>
    internal (HandleEvidence Server, EvidencePlace Shown)? FindUnsureServer(in LogWriter writer, DateTimeOffset? time) =>
        writer.Pid is { } pid && _server is { } server && server.Pid != pid && !writer.IsOfEarlierBoot && _starts.FindServer(pid, time).Shown is { } shown ? (server, shown) : null;

    /// <summary>Returns whether a writer of a line may be the activity manager, as far as its uid is known.</summary>
    internal static bool IsOfSystem(int? uid) => uid is null || AndroidUid.WithoutUser(uid.Value) == AndroidUid.System;

    /// <summary>Returns the line that shows that the system started after something was logged, or may have, so that its pids are not those of the report; null if none does.</summary>
    /// <param name="writer">The process that logged it.</param>
    /// <param name="time">When it was; null if that is unknown.</param>
    /// <param name="place">Its line.</param>
    internal EvidencePlace? FindRestartAfter(in LogWriter writer, DateTimeOffset? time, EvidencePlace place) =>
        writer.IsOfEarlierBoot ? place : _starts.Last is var (restart, shown) && !(time >= restart) ? shown : null;

    /// <summary>Returns the uid of the process that had a pid at a time, and the line that tells it; null if it is unknown.</summary>
    internal (int Uid, EvidencePlace Place)? FindUid(int? pid, DateTimeOffset? time)
    {
        if (pid is not { } id)
            return null;
        (int Uid, EvidencePlace Place)? now = _identities.Find(id) is { Uid: { } listed } line ? (listed, new EvidencePlace(line.Path, line.Line)) : null;
        if (_starts.Last is var (restart, _) && !(time >= restart))
            now = null;
        if (!_lives.TryGetValue(id, out List<Life>? lives))
            return _untimed.ContainsKey(id) ? null : now;
        if (time is null)
            return lives[0] is { Uid: { } only } && lives.TrueForAll(life => life.Uid == only) && (now is null || now.Value.Uid == only) ? (only, lives[0].Place) : null;
        int index = IndexAt(lives, time.Value);
        return index == lives.Count ? now
            : index < 0 ? null
            : lives[index].Uid is { } uid ? (uid, lives[index].Place)
            : index == IndexNow(lives) ? now : null;
    }

    /// <summary>Returns the process that had a pid at a time, if it is or may be another than the one that has it at the time of the report; null if it is the same.</summary>
    /// <param name="pid">The pid.</param>
    /// <param name="time">The time; null if it is unknown.</param>
    /// <param name="uid">Its uid, as the line tells it; null if it does not.</param>
    internal EarlierProcess? FindEarlier(int pid, DateTimeOffset? time, int? uid)
    {
        if (uid is not null && _identities.Find(pid) is { Uid: { } other } listed && other != uid)
            return new EarlierProcess(LifeAt(pid, time) is { } life && (life.Uid ?? uid) == uid ? life.Name : null, new EvidencePlace(listed.Path, listed.Line), IsReplaced: true);
        bool isListed = _identities.Find(pid) is not null;
        if (!_lives.TryGetValue(pid, out List<Life>? lives))
            return _untimed.TryGetValue(pid, out EvidencePlace place) ? new EarlierProcess(null, place, isListed) : null;
        if (time is not { } then)
            return new EarlierProcess(null, lives[0].Place, isListed || lives[^1].End is null);
        (int index, int now) = (IndexAt(lives, then), IndexNow(lives));
        if (index == now && index >= 0)
            return null;
        string? name = index >= 0 && index < lives.Count && lives[index].IsNamedAt(then) ? lives[index].Name : null;
        Life shown = lives[Math.Clamp(index < 0 ? now : index, 0, lives.Count - 1)];
        return new EarlierProcess(name, shown.EndedAt ?? shown.Place, isListed || lives[^1].End is null);
    }

    /// <summary>Returns the names of the process that has a pid at the time of the report, and those that ended ones of its uid had.</summary>
    internal IEnumerable<(int Pid, string Name, bool IsNow)> FindNames()
    {
        foreach (List<Life> lives in _lives.Values)
        {
            int now = IndexNow(lives);
            for (int index = lives.Count - 1; index >= 0; index--)
            {
                if (lives[index] is { Name: { } name } life && (index == now || (life.Uid is { } uid && uid == _identities.UidOf(life.Pid))))
                    yield return (life.Pid, name, index == now);
            }
        }
    }

    /// <summary>Returns the name of the process that had a pid at a time; null if it is unknown.</summary>
    internal string? NameAt(int pid, DateTimeOffset? time) => LifeAt(pid, time) is { } life && life.IsNamedAt(time!.Value) ? life.Name : null;

    private Life? LifeAt(int pid, DateTimeOffset? time) =>
        time is { } then && _lives.TryGetValue(pid, out List<Life>? lives) && IndexAt(lives, then) is >= 0 and int index && index < lives.Count ? lives[index] : null;

    private void Order((ProcessEvent Event, DateTimeOffset? Time)[] events)
    {
        _lives = [];
        _untimed.Clear();
        bool isRestarted = false;
        foreach ((ProcessEvent happened, DateTimeOffset? time) in events.OrderBy(each => each.Time ?? DateTimeOffset.MinValue))
        {
            if (!isRestarted && _starts.Last is { Time: { } at } && time >= at)
            {
                isRestarted = true;
                EndAll();
            }

            if (time is not { } then)
            {
                _untimed.TryAdd(happened.Pid, happened.Place);
                continue;
            }

            if (!_lives.TryGetValue(happened.Pid, out List<Life>? lives))
                _lives.Add(happened.Pid, lives = []);
            if (happened.Kind == ProcessEventKind.Start)
                Start(lives, happened, then);
            else if (happened.Kind == ProcessEventKind.Seen)
                See(lives, happened, then, isRestarted ? _starts.Last!.Value.Time : null);
            else
                End(lives, happened, then, isRestarted ? _starts.Last!.Value.Time : null);
        }

        if (!isRestarted)
            EndAll();

        // Where nothing tells the uid of one that ended, a list does that has one of its name.
        foreach (Life life in _lives.Values.SelectMany(lives => lives).Where(life => life is { Uid: null, Name: not null }))
        {
            if (_identities.Find(life.Pid) is { Name: { } name } listed && ProcessNames.AreAlike(name, life.Name!))
                life.Uid = listed.Uid;
        }
    }

    /// <summary>Ends the processes that run when the system starts again.</summary>
    private void EndAll()
    {
        if (_starts.Last is not ({ } time, var place))
            return;
        foreach (Life life in _lives.Values.Select(lives => lives[^1]).Where(life => life.End is null))
            (life.End, life.EndedAt) = (time, place);
    }

    private SystemStarts FindStarts((ProcessEvent Event, DateTimeOffset? Time)[] events)
    {
        SystemStarts starts = new();
        DateTimeOffset? up = _uptime is var (length, place) && _time is { } now ? now - length : null;
        if (up is { } since)
            starts.AddUptime(since, _uptime!.Value.Place);
        DateTimeOffset? server = events.Where(each => _server is not null && each.Event.Writer.Pid == _server.Pid && each.Event is { Kind: not ProcessEventKind.Restart, From: ProcessEventSource.Manager }
            && IsOfSystem(each.Event.Writer.Uid) && !(each.Time < up)).Min(each => each.Time);

        // The report itself takes some minutes.
        foreach ((ProcessEvent started, DateTimeOffset? time) in events.Where(each => each.Event.Kind == ProcessEventKind.Restart && !(each.Time > _time + HandleEvidence.Window)))
            starts.Add(started, time, UidOf(started.Writer), server);
        return starts;
    }

    private static void Start(List<Life> lives, in ProcessEvent started, DateTimeOffset time)
    {
        // Both logs have the line of a start.
        if (lives.Count > 0 && lives[^1] is { End: null, Start: { } before } same && time - before <= HandleEvidence.Window && same.Uid == started.Uid && same.Name == started.Name)
            return;
        if (lives.Count > 0 && lives[^1].End is null)
            (lives[^1].End, lives[^1].EndedAt) = (time, started.Place);
        lives.Add(new Life { Pid = started.Pid, Start = time, Uid = started.Uid, Name = started.Name, Place = started.Place });
    }

    private static void See(List<Life> lives, in ProcessEvent seen, DateTimeOffset time, DateTimeOffset? restart)
    {
        // What is logged of one that ended, as with a crash, is of its time.
        if (lives.Count > 0 && IsLike(lives[^1], seen) && (lives[^1].End is not { } end || time - end <= HandleEvidence.Window))
        {
            Life last = lives[^1];
            (last.Seen, last.Uid, last.Name) = (time, last.Uid ?? seen.Uid, last.Name ?? seen.Name);
            return;
        }

        bool isFirst = lives.Count == 0;
        if (!isFirst && lives[^1].End is null)
            (lives[^1].End, lives[^1].EndedAt) = (time, seen.Place);
        lives.Add(new Life { Pid = seen.Pid, Start = isFirst ? restart : time, Uid = seen.Uid, Name = seen.Name, Place = seen.Place, Seen = time, IsOnlySeen = true });
    }

    private static bool IsLike(Life life, in ProcessEvent seen) => (life.Uid is null || seen.Uid is null || life.Uid == seen.Uid) && (life.Name is null || seen.Name is null || ProcessNames.MayBeOfOne(life.Name, seen.Name));

    private static void End(List<Life> lives, in ProcessEvent ended, DateTimeOffset time, DateTimeOffset? restart)
    {
        // A kill and a death are of one end. Where a start is missing, the log has lost it.
        if (lives.Count == 0 || (lives[^1].End is { } before && time - before > HandleEvidence.Window))
            lives.Add(new Life { Pid = ended.Pid, Start = restart, Place = ended.Place });
        Life life = lives[^1];
        bool isOther = (life.Uid is { } uid && ended.Uid is not null && uid != ended.Uid) || (life.Name is { } name && ended.Name is not null && name != ended.Name);
        life.End = time;
        life.EndedAt ??= ended.Place;
        life.IsOnlySeen = false;
        (life.Uid, life.Name) = isOther ? (null, null) : (life.Uid ?? ended.Uid, life.Name ?? ended.Name);
    }

    /// <summary>Returns which of the processes had the pid at a time: their number for one that came after all, and -1 if none is known to have had it.</summary>
    private static int IndexAt(List<Life> lives, DateTimeOffset time)
    {
        int low = 0, high = lives.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (lives[middle].End < time)
                low = middle + 1;
            else
                high = middle;
        }

        return low < lives.Count && time < lives[low].Start && low > 0 ? -1
            : low == 0 && time < lives[0].Start ? -1
            : low;
    }

    /// <summary>Returns which of the processes has the pid in the report, whose sections are of some minutes; -1 if that is unknown.</summary>
    private int IndexNow(List<Life> lives)
    {
        int last = lives[^1].End is null ? lives.Count - 1 : lives.Count;
        if (_time is { } time)
        {
            int first = IndexAt(lives, time);
            last = IndexAt(lives, time + HandleEvidence.Window);
            if (first != last)
                return -1;
        }

        // A list that has another uid is of a process whose start no log tells.
        return last >= 0 && last < lives.Count && lives[last].Uid is { } uid && _identities.Find(lives[last].Pid) is { Uid: { } now } && uid != now ? lives.Count

            // The same goes for a name, where no line tells the start of the one that is named.
            : last >= 0 && last < lives.Count && lives[last] is { IsOnlySeen: true, Name: { } name, Pid: var pid } && _names.Contains(pid) && !_names[pid].Any(known => ProcessNames.MayBeOfOne(known, name)) ? lives.Count
            : last;
    }

    /// <summary>Represents one of the processes that had a pid.</summary>
    private sealed class Life
    {
        internal int Pid { get; init; }

        /// <summary>Gets the time from which on it had the pid; null if that is unknown.</summary>
        internal DateTimeOffset? Start { get; init; }

        /// <summary>Gets or sets the time of its end; null if none is known.</summary>
        internal DateTimeOffset? End { get; set; }

        internal int? Uid { get; set; }

        internal string? Name { get; set; }

        /// <summary>Gets the first line that tells of it.</summary>
        internal EvidencePlace Place { get; init; }

        internal EvidencePlace? EndedAt { get; set; }

        /// <summary>Gets or sets the last time at which a line names it while it runs; null if none does.</summary>
        internal DateTimeOffset? Seen { get; set; }

        /// <summary>Gets or sets whether no line tells of its start or its end, so that another may have come after it was seen.</summary>
        internal bool IsOnlySeen { get; set; }

        /// <summary>Returns whether it is certain that it is the one that has the pid at a time at which no other is known to have it.</summary>
        internal bool IsNamedAt(DateTimeOffset time) => !IsOnlySeen || (Seen is { } seen && (time - seen).Duration() <= MostApart);
    }
}

/// <summary>Represents the process that a fact is of, where it has ended before the report, or may have.</summary>
/// <param name="Name">Its name; null if it is unknown.</param>
/// <param name="Place">The line that shows it.</param>
/// <param name="IsReplaced">Whether the report has another process of its pid.</param>
internal sealed record EarlierProcess(string? Name, EvidencePlace Place, bool IsReplaced);

/// <summary>Represents a line of a report.</summary>
/// <param name="Path">The file.</param>
/// <param name="Line">The line, from 1.</param>
internal readonly record struct EvidencePlace(string Path, long Line)
{
    /// <summary>Returns the file, without folders, and the line.</summary>
    public override string ToString() => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{Path[(Path.LastIndexOfAny(['/', '\\']) + 1)..]}:{Line}");
}

/// <summary>Represents the process that wrote a line of a log.</summary>
/// <param name="Pid">Its pid; null for a text that is no log.</param>
/// <param name="Uid">Its uid, if the line tells it.</param>
/// <param name="IsOfEarlierBoot">Whether the log is of a time before the device started.</param>
internal readonly record struct LogWriter(int? Pid, int? Uid, bool IsOfEarlierBoot = false);
