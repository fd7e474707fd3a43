using HandlePool.Analysis;

namespace HandlePool.Gates;

/// <summary>Represents the samples of a series, and the processes over all of them.</summary>
internal sealed class GateSeries
{
    private readonly Dictionary<HandleProcess, SampledProcess> _known = [];
    private readonly List<SampledProcess> _processes = [];

    // The programs whose names one process at most had in each sample; null where several had.
    private readonly Dictionary<(string Context, string Name), SampledProcess?> _named = [];

    internal GateSeries(IReadOnlyList<HandleSession> sessions, CancellationToken cancellationToken)
    {
        Samples = [.. sessions.Select((session, index) => new GateSample(index, session, cancellationToken))];
        foreach (GateSample sample in Samples)
        {
            ProcessMatching? matching = sample.Index == 0 ? null : new ProcessMatching(sessions[sample.Index - 1], sample.Session, cancellationToken);
            Add(sample, matching, cancellationToken);
            if (matching?.Reboot is { } reboot)
                Reboots.Add((sample.Index, reboot));
        }
    }

    internal GateSample[] Samples { get; }

    /// <summary>Gets the processes, in the order in which samples show them.</summary>
    internal IReadOnlyList<SampledProcess> Processes => _processes;

    /// <summary>Gets the samples before which the device was rebooted, with the evidence.</summary>
    internal List<(int Sample, string Evidence)> Reboots { get; } = [];

    /// <summary>Returns the program that a process of a sample is of.</summary>
    internal SampledProcess? Find(HandleProcess? process) => process is null ? null : _known.GetValueOrDefault(process.FirstOpen);

    private void Add(GateSample sample, ProcessMatching? matching, CancellationToken cancellationToken)
    {
        HandleProcess[] processes = [.. sample.Session.GetProcesses().Where(process => process.FirstOpen == process)];
        Dictionary<(string, string), int> named = [];
        foreach (HandleProcess process in processes.WithCancellation(cancellationToken))
        {
            if (process.Name is { } name)
                named[(process.Context, name)] = named.GetValueOrDefault((process.Context, name)) + 1;
        }

        foreach (HandleProcess process in processes.WithCancellation(cancellationToken))
        {
            (string Context, string Name)? title = process.Name is { } name ? (process.Context, name) : null;
            bool isOnly = title is { } one && named[one] == 1;
            SampledProcess? found = Find(matching?.Other(process));
            string? why = null;
            if (found is not null && !matching!.IsSameRun(process))
                why = matching.Reboot is not null ? "the device was rebooted" : $"it was restarted under pid {process.Id}";
            else if (found is not null && matching!.HasBegunAgain(process))
                why = $"its commands are counted from the beginning again, so that pid {process.Id} is of another process";

            // It may have been away for some samples.
            if (found is null && isOnly && _named.GetValueOrDefault(title!.Value) is { } earlier && earlier.At(sample.Index) is null)
                (found, why) = (earlier, "it is not in the sample before");
            if (found is null)
            {
                found = new SampledProcess(process.Context);
                _processes.Add(found);
                if (matching?.HasReusedPid(process) == true)
                    why = $"pid {process.Id} was reused, and was of another process before";
            }

            found.Add(sample.Index, process, why);
            _known[process] = found;
            if (title is { } both)
                _named[both] = isOnly && (!_named.TryGetValue(both, out SampledProcess? other) || other == found) ? found : null;
        }
    }
}
