using System.Globalization;
using System.IO.Compression;
using System.Text;
using HandlePool.IO;

namespace HandlePool.Devices;

/// <summary>Takes the driver's texts of a host, and those that say more about them, into a zip archive that dumps are read from.</summary>
/// <remarks>
/// <para>The texts go to the file as they come: memory does not grow with them. The file is written whole or not at all.</para>
/// <para>What the host refuses, and what was cut off, is kept as it is, and the manifest says so: the dump right before a device was lost is
/// worth most. Without any text about handles there is no file.</para>
/// </remarks>
internal sealed class DumpCapture
{
    private const string State = "binder_logs/state";
    private const string ProcessStates = "binder_logs/proc.txt";

    private readonly IBinderHost _host;
    private readonly CaptureOptions _options;
    private readonly List<CapturedEntry> _entries = [];
    private readonly List<string> _untaken = [];

    private DumpCapture(IBinderHost host, CaptureOptions options, CancellationToken cancellationToken)
    {
        (_host, _options) = (host, options);
        Began = options.Clock.GetUtcNow();
        Identity = host.Identify(cancellationToken);
        (Folder, string? refused) = host.FindFolder(BinderFolder.Known, cancellationToken);
        if (Folder is null && !options.IncludesProxies)
            throw BinderFolder.NotShown(host, Identity, refused);
        Refusal = Folder is null ? BinderFolder.NotShown(host, Identity, refused) : null;
    }

    /// <summary>Gets the time at which it began, by the clock of this computer.</summary>
    internal DateTimeOffset Began { get; }

    internal DeviceIdentity Identity { get; }

    /// <summary>Gets the driver's folder on the host; null if it shows none.</summary>
    internal string? Folder { get; }

    /// <summary>Gets the error of a host that does not show the driver's files, if something else is taken; otherwise null.</summary>
    internal HandleException? Refusal { get; }

    /// <summary>Gets what was taken.</summary>
    internal IReadOnlyList<CapturedEntry> Entries => _entries;

    /// <summary>Gets whether there is a whole state, or those of the processes: without it, nothing tells who owns what is held.</summary>
    internal bool HasState => _entries.Exists(entry => entry is { Step.Entry: State or ProcessStates, HasContent: true, Outcome.IsTaken: true });

    /// <summary>Returns what is missing, in sentences.</summary>
    internal IEnumerable<string> DescribeProblems()
    {
        if (Refusal is not null)
            yield return Refusal.Message;
        foreach (CapturedEntry entry in _entries)
        {
            if (entry.DescribeProblem(_host.Subject) is { } problem)
                yield return entry.IsRefused ? $"{problem} {BinderFolder.Advise(_host, Identity)}" : problem;
        }

        if (_untaken.Count > 0)
            yield return $"{_host.Subject} was lost, so that these texts were not taken: {string.Join(", ", _untaken)}.";
    }

    /// <summary>Asks a host what it is and what it shows.</summary>
    /// <exception cref="HandleException">
    /// <c>DeviceUnavailable</c>: it does not answer. <c>DeviceRefused</c>: it shows none of the driver's files, and nothing else was asked for.
    /// </exception>
    internal static DumpCapture Begin(IBinderHost host, CaptureOptions options, CancellationToken cancellationToken) => new(host, options, cancellationToken);

    /// <summary>Returns the name of a file for it: the name of the host and the time, to the millisecond, as a fast device gives several dumps in a second.</summary>
    internal string FileName() =>
        string.Concat(_host.Name.Select(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '.' ? letter : '_')) + $"-{Stamp(Began)}.zip";

    /// <summary>Takes the texts into a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="overwrite">Whether an existing file is replaced.</param>
    /// <param name="cancellationToken">Stops it; then there is no file.</param>
    /// <exception cref="HandleException"><c>DeviceUnavailable</c> or <c>DeviceRefused</c>: there is no text about handles. No file was written.</exception>
    /// <exception cref="IOException">The file cannot be written. An existing one stays as it was.</exception>
    internal void Write(string path, bool overwrite, CancellationToken cancellationToken) => AtomicFile.Write(path, overwrite, stream =>
    {
        using ZipArchive archive = new(stream, ZipArchiveMode.Create, leaveOpen: true);
        WriteText(archive, "device.txt", CaptureManifest.Describe(_host, Identity));
        Queue<CaptureStep> steps = new(Steps());
        while (steps.TryDequeue(out CaptureStep? step) && Take(archive, step, steps.Count, cancellationToken))
        {
            // A state that is not shown is in the files of the processes as well.
            if (step.Entry == State && _entries[^1] is { HasContent: false, Outcome.IsWhole: true })
                steps.Enqueue(new CaptureStep.DriverFolder(ProcessStates, $"{Folder}/proc") { TellsOfHandles = true });
        }

        _untaken.AddRange(steps.Select(step => step.Entry));

        if (!_entries.Exists(entry => entry.Step.TellsOfHandles && entry.HasContent))
            throw Failure();
        WriteText(archive, "manifest.json", CaptureManifest.Write(_host, this, _options.Clock.GetUtcNow()));
    });

    private IEnumerable<CaptureStep> Steps()
    {
        if (Folder is not null)
        {
            yield return new CaptureStep.DriverFile(State, $"{Folder}/state") { TellsOfHandles = true };
            yield return new CaptureStep.DriverFile("binder_logs/stats", $"{Folder}/stats") { TellsOfHandles = true };
            yield return new CaptureStep.DriverFile("binder_logs/transactions", $"{Folder}/transactions");
            yield return new CaptureStep.DriverFile("binder_logs/transaction_log", $"{Folder}/transaction_log");
            yield return new CaptureStep.DriverFile("binder_logs/failed_transaction_log", $"{Folder}/failed_transaction_log");
        }

        yield return ProcessList(_host, Identity);
        if (!_host.IsAndroid)
            yield break;
        yield return new CaptureStep.Program("services.txt", "service", "list");

        // What the system logs about handles, and the crashes of all programs. There is a buffer of crashes since Android 5.
        yield return new CaptureStep.Program("logcat.txt",
        [
            "logcat", "-d", "-v", "threadtime", "-b", "main", "-b", "system", "-b", "events", .. Identity.ApiLevel >= 21 ? ["-b", "crash"] : Array.Empty<string>(),
            "Binder:V", "BpBinder:V", "JavaBinder:V", "ActivityManager:V", "am_kill:V", "art:V", "*:F",
        ]);
        if (_options.IncludesProxies)
            yield return new CaptureStep.Program("binder-proxies.txt", "dumpsys", "activity", "binder-proxies") { TellsOfHandles = true };
    }

    /// <summary>Returns the step that takes the list of processes with their names and uids. Before Android 8, ps had no such options.</summary>
    internal static CaptureStep ProcessList(IBinderHost host, DeviceIdentity identity) => !host.IsAndroid
        ? new CaptureStep.Program("ps.txt", "ps", "-A", "-o", "user=USER", "-o", "uid=UID", "-o", "pid=PID", "-o", "comm=NAME")
        : identity.ApiLevel < 26 ? new CaptureStep.Program("ps.txt", "ps")
        : new CaptureStep.Program("ps.txt", "ps", "-A", "-o", "USER,UID,PID,NAME");

    /// <summary>Takes a text.</summary>
    /// <returns>False if the host is lost.</returns>
    private bool Take(ZipArchive archive, CaptureStep step, int left, CancellationToken cancellationToken)
    {
        _options.Progress?.Invoke(_entries.Count, _entries.Count + left + 1);
        DateTimeOffset began = _options.Clock.GetUtcNow();
        long start = _options.Clock.GetTimestamp();
        ZipArchiveEntry entry = archive.CreateEntry($"{Stamp(Began)}/{step.Entry}", CompressionLevel.Fastest);
        entry.LastWriteTime = began.ToLocalTime();
        CaptureOutcome outcome;
        using (Stream stream = entry.Open())
            outcome = _host.Take(step, stream.Write, _options.Timeout, cancellationToken);
        _entries.Add(new CapturedEntry(step, outcome, began, _options.Clock.GetElapsedTime(start)));
        return outcome.IsWhole || IsThere(cancellationToken);
    }

    /// <summary>Returns whether a host whose text was cut off still answers: the rest would only take time otherwise.</summary>
    private bool IsThere(CancellationToken cancellationToken)
    {
        try
        {
            return _host.Identify(cancellationToken) is { } now && !now.IsOtherBoot(Identity);
        }
        catch (HandleException)
        {
            return false;
        }
    }

    private HandleException Failure()
    {
        if (Refusal is not null)
            return Refusal;
        CapturedEntry first = _entries.Find(entry => entry.Step.TellsOfHandles)!;
        string? refused = first.Outcome.Problem;
        return first.Outcome.IsWhole && refused is not null && BinderFolder.IsRefusal(refused) ? BinderFolder.NotShown(_host, Identity, refused)
            : first.Outcome.IsWhole ? DeviceErrors.Refused(_host.Subject, $"{first.Step.Command[^1]}: {refused ?? "it is empty"}.")
            : DeviceErrors.Unavailable(_host.Subject, $"{refused}.");
    }

    private static void WriteText(ZipArchive archive, string name, string text)
    {
        using Stream stream = archive.CreateEntry(name, CompressionLevel.Fastest).Open();
        stream.Write(Encoding.UTF8.GetBytes(text));
    }

    private static string Stamp(DateTimeOffset time) => time.UtcDateTime.ToString("yyyyMMdd-HHmmss.fff'Z'", CultureInfo.InvariantCulture);
}

/// <summary>Represents a text that was taken, and when.</summary>
internal sealed record CapturedEntry(CaptureStep Step, CaptureOutcome Outcome, DateTimeOffset Began, TimeSpan Took)
{
    /// <summary>Gets whether there is a text, or a part of one: more than a refusal.</summary>
    internal bool HasContent => Outcome.Length > 0 && (Outcome.IsTaken || !Outcome.IsWhole);

    /// <summary>Gets whether it is one of the driver's files, and the host does not let it be read.</summary>
    internal bool IsRefused => Step is CaptureStep.DriverFile && Outcome is { IsWhole: true, Problem: { } problem } && BinderFolder.IsRefusal(problem);

    /// <summary>Returns what is missing as a sentence; null if nothing is.</summary>
    internal string? DescribeProblem(string subject) => Outcome.Problem is not { } problem
        ? Step.TellsOfHandles && Outcome.Length == 0 ? $"{subject}: {Step.Entry} is empty." : null
        : Outcome.IsWhole ? $"{subject}: {Step.Entry} could not be taken: {problem}."
        : $"{subject}: {Step.Entry} was cut off after {Outcome.Length} bytes: {problem}.";
}
