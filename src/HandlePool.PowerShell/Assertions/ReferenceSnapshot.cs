using HandlePool.PowerShell.Binding;

namespace HandlePool.PowerShell.Assertions;

/// <summary>Represents the references of a process, or of all processes of a session, at one moment, and finds what has changed since.</summary>
internal sealed class ReferenceSnapshot
{
    private readonly HandleSession _session;
    private readonly HandleProcess? _only;
    private readonly Dictionary<HandleProcess, HandleReference[]> _before;

    private ReferenceSnapshot(HandleSession session, HandleProcess? only)
    {
        _session = session;
        _only = only;
        _before = Read();
    }

    /// <summary>Describes what the snapshot covers.</summary>
    internal string Scope => _only is null ? AssertionText.Title(_session) : AssertionText.Title(_only);

    /// <summary>Takes a snapshot of a process, or of a session, by default the current one.</summary>
    internal static ReferenceSnapshot Take(object? process, object? session)
    {
        HandleSession? named = AssertionInput.Session(session);
        HandleProcess? only = AssertionInput.Process(process, named);
        return new ReferenceSnapshot(only?.Session ?? named ?? SessionStore.Here.Current, only);
    }

    /// <summary>Returns the references of each process that came, went, or have other counts; processes without any are left out.</summary>
    internal List<ReferenceChange> FindChanges()
    {
        Dictionary<HandleProcess, HandleReference[]> after = Read();
        List<ReferenceChange> changes = [];
        foreach (HandleProcess process in _before.Keys.Union(after.Keys).OrderBy(process => process.Id).ThenBy(process => process.Context, StringComparer.Ordinal))
        {
            // All references of a process that has exited are gone, but the process did not release them.
            if (!after.TryGetValue(process, out HandleReference[]? now))
                continue;
            Dictionary<int, HandleReference> earlier = _before.GetValueOrDefault(process, []).ToDictionary(reference => reference.Handle);
            List<HandleReference> added = [];
            List<(HandleReference Before, HandleReference After)> counted = [];
            foreach (HandleReference reference in now)
            {
                if (!earlier.TryGetValue(reference.Handle, out HandleReference? was) || was.Node != reference.Node)
                {
                    added.Add(reference);
                    continue;
                }

                earlier.Remove(reference.Handle);
                if (was.Strong != reference.Strong || was.Weak != reference.Weak)
                    counted.Add((was, reference));
            }

            if (added.Count + earlier.Count + counted.Count > 0)
                changes.Add(new ReferenceChange(process, added, [.. earlier.Values.OrderBy(reference => reference.Handle)], counted));
        }

        return changes;
    }

    private Dictionary<HandleProcess, HandleReference[]> Read()
    {
        IEnumerable<HandleProcess> processes = _only is null ? _session.GetProcesses() : _only.IsDead ? [] : [_only];
        return processes.ToDictionary(process => process, process => process.GetReferences());
    }
}

/// <summary>Represents the references of a process that changed.</summary>
/// <param name="Process">The process.</param>
/// <param name="Added">Those that it holds now only, in ascending order of handle. A handle that is now for another node is one of them.</param>
/// <param name="Removed">Those that it held before only, in ascending order of handle.</param>
/// <param name="Counted">Those with other counts.</param>
internal sealed record ReferenceChange(HandleProcess Process, List<HandleReference> Added, List<HandleReference> Removed,
    List<(HandleReference Before, HandleReference After)> Counted);
