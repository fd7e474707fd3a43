using HandlePool.Tables;

namespace HandlePool;

/// <summary>Builds a copy of a session, which is locked meanwhile, so that the copy is of one moment.</summary>
/// <remarks>No other code sees the copy before it is complete.</remarks>
internal sealed class SessionCopy(HandleSession source, string name, CancellationToken cancellationToken)
{
    private readonly HandleSession _copy = new(name, source.Options)
    {
        Time = source.Time,
        AllocationDelay = source.AllocationDelay,
        DumpForm = source.DumpForm,
        HighestListedId = source.HighestListedId,
    };

    private readonly Dictionary<HandleProcess, HandleProcess> _processes = [];

    internal HandleSession Build()
    {
        using SessionLock locked = source.LockAll(cancellationToken);
        SessionSnapshot snapshot = source.GetSnapshot(cancellationToken);
        foreach (HandleProcess process in snapshot.Living.WithCancellation(cancellationToken))
            _processes.Add(process, _copy.AddProcess(process.Id, process.Name, process.Context, process.OpenNumber, process.Uid));
        foreach (HandleProcess process in snapshot.Exited.WithCancellation(cancellationToken))
            _processes.Add(process, _copy.AddExitedProcess(process.Id, process.Name, process.Context, process.OpenNumber, process.Uid));
        CopyNodes(snapshot);
        foreach ((HandleProcess process, (TableEntry[] references, _)) in snapshot.Living.Concat(snapshot.Exited).Zip(snapshot.Tables).WithCancellation(cancellationToken))
            CopyHoldings(process, references);
        foreach ((HandleProcess process, NotificationRecords records) in snapshot.Notifications)
            _copy.Notifications.Restore(_processes[process].Table.GetNotifications(), records, _copy.FindNodeUnlocked);
        CopyStatistics();
        CopyRecords(snapshot);
        if (source.FaultHook is { } faults)
            _copy.SetFaultHook(faults.CopyTo(_copy, process => _processes[process]));
        return _copy;
    }

    private void CopyNodes(SessionSnapshot snapshot)
    {
        _copy.Listings.Counts.AddRange(source.Listings.Counts);
        _copy.Listings.Lists.AddRange(source.Listings.Lists);
        foreach ((HandleNode node, bool isDead) in snapshot.Nodes.WithCancellation(cancellationToken))
        {
            // Its last holder has just dropped it.
            if (isDead && !node.IsKept && node.TableCount == 0)
                continue;

            // A dead node is not among those of its owner.
            HandleProcess? owner = node.Owner is { } given ? _processes[given] : null;
            HandleNode copy;
            if (node is ListedNode listed)
            {
                ListedNode listedCopy = _copy.AddListedNode(node.Id, isDead ? null : owner);
                listedCopy.CopyLine(listed);
                copy = listedCopy;
            }
            else
            {
                copy = _copy.AddNode(node.Id, node.Name, isDead ? null : owner);
            }

            if (!isDead)
                continue;
            copy.Owner = owner;
            copy.RestoreDead();
        }

        foreach ((string context, HandleNode? manager, int? uid) in snapshot.Contexts)
        {
            _copy.RestoreManagerUid(context, uid);
            if (manager is not null && _copy.FindNodeUnlocked(manager.Id) is { Owner: { } owner } node)
                owner.BinderContext.ManagerNode = node;
        }
    }

    private void CopyHoldings(HandleProcess process, TableEntry[] references)
    {
        HandleProcess copy = _processes[process];
        copy.FreezeState = process.FreezeState;
        copy.IsInferred = process.IsInferred;
        copy.Package = process.Package;
        copy.ListedUpTo = process.ListedUpTo;
        copy.ListedNodes = [.. process.ListedNodes.Select(node => _copy.FindNodeUnlocked(node.Id)).OfType<HandleNode>()];
        foreach (TableEntry entry in references)
        {
            copy.Table.TryRestore(entry.Handle, _copy.FindNodeUnlocked(entry.Node.Id)!, entry.Strong, entry.Weak, room: int.MaxValue,
                out _, out _, out _);
        }

        copy.Table.CopyPool(process.Table);
    }

    private void CopyStatistics()
    {
        if (source.Statistics is not { } statistics)
            return;
        List<HandleStatistic> copies = new(statistics.Processes.Count);
        foreach (HandleStatistic statistic in statistics.Processes.WithCancellation(cancellationToken))
        {
            HandleProcess? process = statistic.Process is { } given ? _processes.GetValueOrDefault(given) : null;
            HandleStatistic copy = new(_copy, process, statistic.Record, statistic.Source);
            if (process is not null)
                process.Statistic = copy;
            copies.Add(copy);
        }

        _copy.Statistics = new HandleStatistics(statistics.Counters, statistics.Objects, copies);
    }

    private void CopyRecords(SessionSnapshot snapshot)
    {
        _copy.SourceList.AddRange(source.SourceList);
        _copy.Evidence = source.Evidence;
        _copy.Calls = source.Calls;
        _copy.Interfaces = source.Interfaces;
        foreach (HandleFinding finding in source.Findings)
        {
            _copy.AddFinding(new HandleFinding(finding.Kind, finding.Message, finding.Path, finding.Line,
                finding.Process is { } process ? _processes[process] : null, finding.Handle, finding.Node));
        }

        _copy.RestoreEvents(snapshot.Events.Select(each => new HandleEvent(each.Sequence, each.Time, _processes[each.Process], each.Kind, each.Message,
            each.FromCapacity, each.ToCapacity, each.Handle)), snapshot.EventsRecorded);
        _copy.RestoreHighestIds(snapshot.HighestProcessId, snapshot.HighestNodeId);
    }
}
