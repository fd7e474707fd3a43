using System.Globalization;
using HandlePool.Analysis;
using HandlePool.Dumps;
using HandlePool.Text;

namespace HandlePool.Devices;

/// <summary>Polls the statistics of a host, counts the handles of its processes, and takes a dump when one leaks. Not thread-safe.</summary>
/// <remarks>
/// Statistics have a quarter of the size of a state, and no lock is held long for them. A host that is lost is polled until it comes back; what happens to it
/// and its processes is an event among the samples.
/// </remarks>
internal sealed class DeviceWatch(IBinderHost host, WatchOptions options)
{
    // Statistics have some hundred kilobytes, and lists of processes less.
    private const int LongestText = 64 << 20;

    /// <summary>The most processes that exit between the driver's count of processes and its list of them.</summary>
    private const int MostUnlisted = 2;

    /// <summary>The time after a boot in which the counts of a device may rise together.</summary>
    private static readonly TimeSpan LongestRise = TimeSpan.FromHours(1);

    private readonly TimeProvider _clock = options.Capture.Clock;
    private readonly Dictionary<(int Id, string Context), WatchedProcess> _processes = [];
    private readonly Dictionary<int, string> _names = [];

    // Pids of which a list of processes was already asked.
    private readonly HashSet<int> _asked = [];

    // The beginnings of lines that the first statistics had and that are not understood: the kernel of a vendor prints them in all.
    private readonly HashSet<string> _foreignLines = [];
    private DeviceIdentity? _identity;
    private string? _file;
    private long _poll;

    // How many processes more the driver counted than it listed, when its statistics were last whole.
    private long? _unlisted;
    private bool _isLost;
    private DateTimeOffset _now;

    /// <summary>Gets the processes that leak now, the fastest first.</summary>
    internal IEnumerable<WatchedProcess> Leaking => _processes.Values.Where(process => process.IsLeaking).OrderByDescending(process => process.Trend?.Slope);

    /// <summary>Gets the number of processes.</summary>
    internal int Processes => _processes.Count;

    /// <summary>Polls once.</summary>
    /// <returns>The events of the device, those of processes, and the counts.</returns>
    /// <exception cref="HandleException">The first poll failed: the host is not there, or does not show the driver's files.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    internal IReadOnlyList<HandleSample> Poll(CancellationToken cancellationToken)
    {
        _poll++;
        _now = _clock.GetUtcNow();
        List<HandleSample> samples = [];
        HandleStatistics? statistics;
        try
        {
            DeviceIdentity identity = host.Identify(cancellationToken);
            _file ??= $"{Folder(identity, cancellationToken)}/{BinderFolder.Probe}";
            NoteReturn(identity, samples);
            statistics = Read(samples, cancellationToken);
        }
        catch (HandleException exception) when (_poll > 1)
        {
            if (!_isLost)
                samples.Add(Happened(HandleSampleEvent.Lost, exception.Message));
            _isLost = true;
            return samples;
        }

        if (statistics is null)
            return samples;
        List<HandleSample> counts = Count(statistics, samples);
        samples.AddRange(TakeDumps(counts, cancellationToken)
            .Where(sample => options.Includes is null || sample.ProcessId is null || options.Includes(sample.ProcessName, sample.ProcessId.Value))
            .OrderByDescending(sample => sample.ProcessId is null)
            .ThenByDescending(sample => sample.Event != HandleSampleEvent.None)
            .ThenByDescending(sample => sample.LowestRate is > 0)
            .ThenByDescending(sample => sample.LowestRate is > 0 ? sample.Rate : 0)
            .ThenByDescending(sample => sample.Handles)
            .Where((sample, index) => index < options.Top || sample.Event != HandleSampleEvent.None));
        return samples;
    }

    private string Folder(DeviceIdentity identity, CancellationToken cancellationToken)
    {
        (string? shown, string? refused) = host.FindFolder(BinderFolder.Known, cancellationToken);
        return shown ?? throw BinderFolder.NotShown(host, identity, refused);
    }

    private void NoteReturn(DeviceIdentity identity, List<HandleSample> samples)
    {
        bool isOtherBoot = _identity is not null && identity.IsOtherBoot(_identity);
        if (isOtherBoot)
        {
            samples.Add(Happened(HandleSampleEvent.Rebooted, $"{host.Subject} has started again. All counts start over."));
            _processes.Clear();
            _names.Clear();
            _asked.Clear();
            _foreignLines.Clear();
            _unlisted = null;
        }
        else if (_isLost)
        {
            samples.Add(Happened(HandleSampleEvent.Reconnected, $"{host.Subject} answers again."));
        }

        _isLost = false;
        _identity = identity;
    }

    /// <summary>Reads the statistics, with the names of processes that are new; null if they are none, or not whole.</summary>
    private HandleStatistics? Read(List<HandleSample> samples, CancellationToken cancellationToken)
    {
        MemoryStream text = new();
        CaptureOutcome outcome = Take(new CaptureStep.DriverFile("stats", _file!), text, cancellationToken);
        if (!outcome.IsWhole)
            throw DeviceErrors.Unavailable(host.Subject, $"{outcome.Problem}.");
        string? problem = outcome.Problem;
        HandleStatistics? statistics = null;
        if (outcome.IsTaken && Parse(text) is { } dump)
        {
            statistics = dump.Session.Statistics;
            problem = statistics is null ? null : WhyNotWhole(dump, statistics);
        }

        if (statistics is null || problem is not null)
        {
            string reason = problem ?? "there are no statistics in its answer";
            if (_poll == 1)
                throw DeviceErrors.Refused(host.Subject, $"{_file}: {reason}.");
            samples.Add(Happened(HandleSampleEvent.Unreadable, $"{host.Subject}: {_file}: {reason}."));
            return null;
        }

        if (statistics.Processes.All(process => _asked.Contains(process.ProcessId) && !IsReused(process)))
            return statistics;
        text.Write("\n------ PROCESSES (ps) ------\n"u8);
        _ = Take(DumpCapture.ProcessList(host, _identity!), text, cancellationToken);
        _names.Clear();
        _asked.UnionWith(statistics.Processes.Select(process => process.ProcessId));
        return Parse(text)?.Session.Statistics ?? statistics;
    }

    /// <summary>Returns why statistics may lack processes or counts, as a clause; null if they are whole.</summary>
    /// <remarks>What they lack has not exited. A text that was cut off after a line shows it by the driver's own count of processes.</remarks>
    private string? WhyNotWhole(ImportedDump dump, HandleStatistics statistics)
    {
        if (dump.Session.Findings.FirstOrDefault(finding => finding.Kind == HandleFindingKind.Truncated) is { } cut)
            return string.Create(CultureInfo.InvariantCulture, $"the statistics are cut off in line {cut.Line}");
        if (statistics.Processes.FirstOrDefault(process => process.Handles is null) is { } uncounted)
            return string.Create(CultureInfo.InvariantCulture, $"process {uncounted.ProcessId} has no line 'refs' that can be read");
        foreach (DumpProblem line in dump.Problems.Concat(dump.UnknownLines))
        {
            if (_unlisted is null)
                _foreignLines.Add(BeginningOf(line));
            else if (!_foreignLines.Contains(BeginningOf(line)))
                return string.Create(CultureInfo.InvariantCulture, $"line {line.Line} could not be read ({line.Message}): '{line.Text}'");
        }

        long listed = statistics.Processes.Count;
        long unlisted = statistics.GetObjects("proc") is { } objects ? objects.Active - listed : 0;
        if (listed == 0 && _processes.Count > 0)
            return "the statistics list no processes";
        if (unlisted - _unlisted > MostUnlisted)
            return string.Create(CultureInfo.InvariantCulture, $"the driver counts {listed + unlisted} processes and lists {listed}");
        _unlisted = unlisted;
        return null;

        static string BeginningOf(DumpProblem line) => string.Concat(line.Text.TakeWhile(each => !char.IsAsciiDigit(each)));
    }

    private CaptureOutcome Take(CaptureStep step, MemoryStream text, CancellationToken cancellationToken) =>
        host.Take(step, bytes => text.Write(bytes[..Math.Min(bytes.Length, LongestText - (int)Math.Min(LongestText, text.Length))]), options.Capture.Timeout, cancellationToken);

    /// <summary>Parses statistics, and keeps the names of their processes; null if that is not possible.</summary>
    private ImportedDump? Parse(MemoryStream text)
    {
        text.Position = 0;
        try
        {
            ImportedDump dump = DumpReader.Read(text, "stats", new DumpReaderOptions { ProcessNames = _names })[0];
            foreach (HandleStatistic process in dump.Session.Statistics?.Processes ?? Enumerable.Empty<HandleStatistic>())
            {
                if (process.Process?.Name is { } name)
                    _names[process.ProcessId] = name;
            }

            return dump;
        }
        catch (HandleException)
        {
            return null;
        }
    }

    /// <summary>Returns whether the pid is of another process than before: the driver counts the commands of each open of a device from 0.</summary>
    private bool IsReused(HandleStatistic statistic) =>
        _processes.TryGetValue((statistic.ProcessId, statistic.Context), out WatchedProcess? known) && statistic.OpenNumber == 1 && IsOfOtherRun(known, CommandsOf(statistic));

    /// <summary>Returns whether a number of commands is of another run. A counter of 32 bits that overflows loses far more.</summary>
    private static bool IsOfOtherRun(WatchedProcess known, long commands) => commands < known.Commands && known.Commands - commands < int.MaxValue;

    private static long CommandsOf(HandleStatistic statistic) => statistic.Counters.Values.Sum();

    /// <summary>Counts the processes, and adds events to the samples.</summary>
    private List<HandleSample> Count(HandleStatistics statistics, List<HandleSample> samples)
    {
        List<(WatchedProcess Process, HandleSampleEvent Event)> counted = [];
        bool isFirst = _processes.Count == 0;
        foreach (IGrouping<(int ProcessId, string Context), HandleStatistic> opens in statistics.Processes
            .Where(each => each.Handles is not null).GroupBy(each => (each.ProcessId, each.Context)))
        {
            HandleStatistic first = opens.First();
            string? name = _names.GetValueOrDefault(first.ProcessId);
            long commands = CommandsOf(first);
            HandleSampleEvent happened = HandleSampleEvent.None;
            if (!_processes.TryGetValue(opens.Key, out WatchedProcess? process))
                happened = isFirst ? HandleSampleEvent.None : HandleSampleEvent.Started;
            else if (IsOfOtherRun(process, commands) || (process.Name is not null && name is not null && process.Name != name))
                happened = HandleSampleEvent.Reused;
            if (process is null || happened == HandleSampleEvent.Reused)
                _processes[opens.Key] = process = new WatchedProcess(first.ProcessId, first.Context, _now);
            process.Name = name ?? process.Name;
            process.Commands = commands;
            process.LastPoll = _poll;
            process.Nodes = opens.Sum(open => open.Nodes);
            process.Add(_now, (int)Math.Min(int.MaxValue, opens.Sum(open => (long)open.Handles!.Value)), options.WarmUp);
            counted.Add((process, happened));
        }

        foreach (WatchedProcess gone in _processes.Values.Where(process => process.LastPoll < _poll).ToArray())
        {
            samples.Add(SampleOf(gone) with { Event = HandleSampleEvent.Exited, Message = $"{DescribeProcess(gone)} has exited." });
            _processes.Remove((gone.Id, gone.Context));
        }

        double rise = RiseOf(counted.Select(each => each.Process.Rise));
        return counted.ConvertAll(each => Judge(each.Process, each.Event, rise));
    }

    private HandleSample Judge(WatchedProcess process, HandleSampleEvent happened, double rise)
    {
        if (process.BecomesLeak(options.MinimumGrowth, IsOfBoot(process) ? rise : 1))
        {
            return SampleOf(process) with
            {
                Event = HandleSampleEvent.Leak,
                Message = $"{DescribeProcess(process)} grows as a leak does: {LeakWords.N(process.Growth)} handles more, {LeakWords.Rate(process.Trend!.Value.Slope)} per hour.",
            };
        }

        if (!process.HasReached && DescribeReached(process) is { } reached)
        {
            process.HasReached = true;
            return SampleOf(process) with { Event = HandleSampleEvent.Threshold, Message = reached };
        }

        HandleSample sample = SampleOf(process);
        return happened switch
        {
            HandleSampleEvent.Started => sample with { Event = happened, Message = $"{DescribeProcess(process)} has started." },
            HandleSampleEvent.Reused => sample with { Event = happened, Message = $"Another process has the pid: {DescribeProcess(process)}." },
            _ => sample,
        };
    }

    /// <summary>Returns whether the rise after a boot may reach into the second half of the counts of a process.</summary>
    /// <remarks>A rise that ended in the first half is one that came to rest, which is no leak anyway.</remarks>
    private bool IsOfBoot(WatchedProcess process) => _identity?.Uptime - (process.Span / 2) < LongestRise;

    /// <summary>Returns which threshold a process has reached, in a sentence; null if it has not.</summary>
    private string? DescribeReached(WatchedProcess process) =>
        options.Threshold is { } threshold && process.Handles >= threshold
            ? $"{DescribeProcess(process)} has {LeakWords.N(process.Handles)} handles, and the threshold is {LeakWords.N(threshold)}."
        : options.RateThreshold is { } rate && process.Trend is { } trend && trend.Low >= rate
            ? $"{DescribeProcess(process)} gains {LeakWords.Rate(trend.Slope)} handles per hour, and the threshold is {LeakWords.Rate(rate)}."
        : process.Handles >= HandleLimit.NearCount(HandleLimit.OfHolder)
            ? $"{DescribeProcess(process)} has {LeakWords.N(process.Handles)} handles: {LeakWords.Percent(process.Handles, HandleLimit.OfHolder[0])}."
        : null;

    /// <summary>Takes one dump for all leaks and thresholds of this poll.</summary>
    private List<HandleSample> TakeDumps(List<HandleSample> samples, CancellationToken cancellationToken)
    {
        if (options.Folder is null || !samples.Exists(IsReason))
            return samples;
        try
        {
            DumpCapture capture = DumpCapture.Begin(host, options.Capture, cancellationToken);
            string path = Path.Combine(options.Folder, capture.FileName());
            capture.Write(path, overwrite: false, cancellationToken);
            if (!capture.HasState)
                samples = [Happened(HandleSampleEvent.DumpFailed, $"The dump has no whole state. {string.Join(' ', capture.DescribeProblems())}") with { Dump = path }, .. samples];
            return samples.ConvertAll(sample => IsReason(sample) ? sample with { Dump = path } : sample);
        }
        catch (Exception exception) when (exception is HandleException or IOException or UnauthorizedAccessException)
        {
            return [Happened(HandleSampleEvent.DumpFailed, $"No dump was taken. {VisibleText.Of(exception.Message)}"), .. samples];
        }

        static bool IsReason(HandleSample sample) => sample.Event is HandleSampleEvent.Leak or HandleSampleEvent.Threshold;
    }

    private HandleSample SampleOf(WatchedProcess process)
    {
        HandleLimit limit = HandleLimit.Of(HandleLimit.OfHolder, process.Handles);
        (double? expected, double? earliest, double? latest) = process.Trend?.Until(Math.Max(0, limit.Handles - process.Handles)) ?? default;
        return new HandleSample(_now, _poll, host.Name, HandleSampleEvent.None)
        {
            ProcessId = process.Id,
            ProcessName = process.Name,
            Context = process.Context,
            Handles = process.Handles,
            Nodes = process.Nodes,
            Growth = process.Growth,
            Rate = process.Trend?.Slope,
            LowestRate = process.Trend?.Low,
            HighestRate = process.Trend?.High,
            Limit = limit,
            Forecast = GrowthForecast.Time(expected),
            EarliestForecast = GrowthForecast.Time(earliest),
            LatestForecast = GrowthForecast.Time(latest),
            IsLeaking = process.IsLeaking,
        };
    }

    private HandleSample Happened(HandleSampleEvent happened, string message) => new(_now, _poll, host.Name, happened) { Message = message };

    private static string DescribeProcess(WatchedProcess process) => process.Name is { } name ? $"{VisibleText.Name(name)} ({process.Id})" : $"Process {process.Id}";

    /// <summary>Returns the factor by which half of the processes rose; 1 if there are too few.</summary>
    private static double RiseOf(IEnumerable<double?> rises)
    {
        double[] known = [.. rises.OfType<double>().Order()];
        return known.Length < PeerStatistics.Fewest ? 1 : DeviceRise.Considerable(known[known.Length / 2]);
    }
}
