using HandlePool.Evidence;
using HandlePool.Text;

namespace HandlePool.Dumps;

/// <summary>Collects the texts of one moment, which become one session: at most one state, and what adds to it.</summary>
internal sealed class DumpMoment
{
    /// <summary>The greatest time between a state and the statistics beside it. People copy one after the other.</summary>
    private static readonly TimeSpan MostApart = TimeSpan.FromMinutes(1);

    // The approximate memory of an empty moment, in bytes, beside its session.
    private const int MomentBytes = 3_000;

    private readonly List<(DumpPath Path, HandleSourceKind Kind, DumpFile File)> _sources = [];
    private readonly DumpReaderOptions? _options;

    // Those of the states. The lists and logs of calls beside them are of the report.
    private readonly CallCollector _calls = new();
    private StatisticsParser? _statistics;
    private DumpPath? _statisticsPath;
    private DateTimeOffset? _statisticsTime;
    private DumpPath? _statePath;
    private DateTimeOffset? _stateTime;
    private DumpPath? _shownPath;
    private DateTimeOffset? _shownTime;
    private long _budgeted = -MomentBytes;
    private long _line;
    private bool _isCut;

    /// <summary>Creates a moment.</summary>
    /// <param name="evidence">That of its report, which other moments may share.</param>
    /// <param name="options">The options; null for the defaults.</param>
    internal DumpMoment(ReportEvidence evidence, DumpReaderOptions? options)
    {
        _options = options;
        Evidence = evidence;
        evidence.Moments++;
        State = new DumpSessionBuilder(Log, _calls, options);
    }

    internal DumpLog Log { get; } = new();

    /// <summary>Gets what the report of this moment says beside the driver's tables.</summary>
    internal ReportEvidence Evidence { get; }

    /// <summary>Gets the session that the states and processes build.</summary>
    internal DumpSessionBuilder State { get; }

    /// <summary>Gets whether it has a state or processes.</summary>
    internal bool HasStates { get; private set; }

    /// <summary>Gets whether it has the text of a whole state.</summary>
    internal bool HasWholeState { get; private set; }

    /// <summary>Gets whether it has statistics.</summary>
    internal bool HasStatistics => _statistics is { HasContent: true };

    /// <summary>Returns whether it has a text of which a moment has only one.</summary>
    internal bool Has(HandleSourceKind kind) => kind switch
    {
        HandleSourceKind.State => HasWholeState,
        HandleSourceKind.Statistics => HasStatistics,
        _ => false,
    };

    /// <summary>Gets whether there is anything for a session.</summary>
    internal bool HasContent => HasStates || _statistics is not null;

    /// <summary>Gets whether there is no dump, but evidence that tells of handles.</summary>
    internal bool HasEvidence => Evidence.Store is { HandleFactCount: > 0 } or { Calls.Calls.Count: > 0 };

    /// <summary>Gets or sets whether its text had no heading of any kind: it may turn out to be a remark before a report.</summary>
    internal bool IsHeadless { get; set; }

    internal DateTimeOffset? Time { get; set; }

    /// <summary>Gets or sets the build fingerprint of the device.</summary>
    internal string? Build { get; set; }

    /// <summary>Gets the file that the session is named after: that of the state, or else the first.</summary>
    internal DumpPath? Path => _statePath ?? _sources.FirstOrDefault().Path
        ?? (Evidence.Sources.FirstOrDefault(source => source.Kind != HandleSourceKind.BugReport) is { Path: { } path } ? path : Evidence.Sources is [{ Path: var first }, ..] ? first : null);

    /// <summary>Begins a text.</summary>
    /// <param name="kind">Its kind.</param>
    /// <param name="path">The file that has it.</param>
    /// <param name="file">What is known of the file.</param>
    /// <param name="id">The pid in its path; null if it has none.</param>
    /// <param name="time">Its time, where texts of several moments are merged; null if it is unknown.</param>
    internal void Begin(HandleSourceKind kind, DumpPath path, DumpFile file, int? id, DateTimeOffset? time)
    {
        Log.Path = path.Text;
        if (kind is HandleSourceKind.State or HandleSourceKind.ProcessState or HandleSourceKind.Statistics)
            AddSource(path, kind, file);
        else
            Evidence.AddSource(path, kind, file);
        switch (kind)
        {
            case HandleSourceKind.State or HandleSourceKind.ProcessState:
                if (kind == HandleSourceKind.State && !HasWholeState)
                    (HasWholeState, _statePath, _stateTime) = (true, path, time);
                if (kind == HandleSourceKind.State || !HasStates)
                    (_shownPath, _shownTime) = (path, time);
                HasStates = true;
                State.BeginSection(kind, id, time);
                break;
            case HandleSourceKind.Statistics:
                if (_statistics is null)
                    (_statistics, _statisticsPath, _statisticsTime) = (new StatisticsParser(Report), path, time);
                break;
        }
    }

    /// <summary>Returns the file of the state, if that is of another time; null if it is not, or if a time is unknown.</summary>
    internal string? OtherState(DateTimeOffset? time) => HasWholeState && _stateTime is { } known && time is { } given && !Moment.IsSame(known, given)
        ? VisibleText.Of(_statePath!.Text)
        : null;

    /// <summary>Returns the file of the state or the process that is clearly of another time than statistics; null if none is, or if a time is unknown.</summary>
    internal string? StatesApartFrom(DateTimeOffset? time) => AreApart(_shownTime, time) ? VisibleText.Of(_shownPath!.Text) : null;

    /// <summary>Drops statistics that are clearly of another time than a state.</summary>
    /// <returns>Their file; null if they are kept.</returns>
    internal DumpPath? DropStatisticsApartFrom(DateTimeOffset? time)
    {
        if (_statistics is null || !AreApart(_statisticsTime, time))
            return null;
        DumpPath path = _statisticsPath!;
        _sources.RemoveAll(source => source.Kind == HandleSourceKind.Statistics);
        (_statistics, _statisticsPath, _statisticsTime, _isCut) = (null, null, null, false);
        return path;
    }

    /// <summary>Returns whether two times are clearly not of one moment.</summary>
    internal static bool AreApart(DateTimeOffset? one, DateTimeOffset? other) => (one - other)?.Duration() > MostApart;

    /// <summary>Adds a line of the statistics.</summary>
    internal void AddStatistic(ReadOnlySpan<byte> line, long number, bool isCut)
    {
        _line = number;
        _isCut |= isCut && !line.Trim(" \t"u8).IsEmpty;
        _statistics!.Add(line, number, isCut);
    }

    /// <summary>Returns the growth of the session since the last call, in bytes; at first, its size.</summary>
    internal long TakeGrowth()
    {
        long bytes = (_statistics?.Bytes ?? 0) + _calls.Bytes;
        long growth = bytes - _budgeted;
        _budgeted = bytes;
        return growth + Evidence.TakeGrowth() + State.TakeGrowth();
    }

    /// <summary>Completes what the texts beside the driver's say together, before any session is built.</summary>
    internal void CompleteEvidence() => Evidence.Store.Complete(_options?.Time ?? Time);

    /// <summary>Builds the session.</summary>
    /// <param name="path">The source that the result names.</param>
    /// <param name="name">The name of the session.</param>
    /// <param name="names">The names of processes that have none in the dump.</param>
    internal ImportedDump Finish(string path, string name, ProcessNames names)
    {
        State.Complete(names);
        if (_isCut && !HasStates)
            State.NoteCut(_statisticsPath!.Text, _line);
        if (_statistics?.Finish() is { } record)
            SetStatistics(record, names);
        State.FindNotRead();

        // In a whole state, every process that holds anything has its own lines.
        if (!HasWholeState)
            State.AddListedHolders(path, names);
        foreach ((DumpPath source, HandleSourceKind kind, DumpFile file) in _sources.Concat(Evidence.Sources))
            State.AddSource(new HandleSource(source.Text, kind, file.Size, file.Sha256, Build));
        State.SetEvidence(Evidence.Store, _calls);
        return new ImportedDump(path, State.Build(name, _options?.Time ?? Time), Log);
    }

    /// <summary>Sets the statistics, unless they have hardly any process of the state: then they are of another device, or of another boot.</summary>
    private void SetStatistics(StatisticsRecord record, ProcessNames names)
    {
        (int shown, int common) = State.CountCommon(record);
        if (2 * common >= shown || record.Processes.Count == 0)
        {
            State.SetStatistics(record, _statisticsPath!.Text, isComplete: HasWholeState, names);
            Log.Path = _statisticsPath.Text;
            foreach (ProcessStatisticsRecord each in record.Processes.Where(each => each.Handles is null && !State.HasProcess(each.Id, each.Context)))
            {
                Log.AddBroken(each.Line, "a process without the line 'refs: COUNT s COUNT w COUNT', which is left out", $"proc {each.Id}");
                State.NoteNotRead(Log.Path, each.Line);
            }

            return;
        }

        Log.Add(DumpProblem.OfFile(_statisticsPath!.Text, $"these statistics have {common} of the {Phrase.Count(shown, "process", "processes")} beside them, so that they "
            + "are of another device or another boot. They are left out."));
        _sources.RemoveAll(source => source.Kind == HandleSourceKind.Statistics);
    }

    private void AddSource(DumpPath path, HandleSourceKind kind, DumpFile file)
    {
        for (int index = _sources.Count - 1; index >= 0 && _sources[index].Path == path; index--)
        {
            if (_sources[index].Kind == kind)
                return;
        }

        _sources.Add((path, kind, file));
    }

    private void Report(ReadOnlySpan<byte> line, string? fault)
    {
        if (fault is null)
            Log.AddUnknown(_line, line);
        else
            Log.AddBroken(_line, fault, Excerpt.Of(line));
        State.NoteNotRead(Log.Path, _line);
    }
}

/// <summary>Represents what is known of a file when it was read.</summary>
internal sealed class DumpFile
{
    /// <summary>Gets or sets the size in bytes.</summary>
    internal long Size { get; set; }

    /// <summary>Gets or sets the SHA-256 in hexadecimal digits; null if the file was not read completely.</summary>
    internal string? Sha256 { get; set; }
}
