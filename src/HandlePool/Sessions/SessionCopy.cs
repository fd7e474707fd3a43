using HandlePool.Tables;

namespace HandlePool;

/// <summary>Builds a copy of a session, which is locked meanwhile, so that the copy is of one moment.</summary>
/// <remarks>
/// No other code sees the copy before it is complete. With a mask, all that names something is replaced; events and faults are left out.
/// </remarks>
internal sealed class SessionCopy(HandleSession source, string name, CancellationToken cancellationToken, ISessionMask? mask = null)
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
        CopyAll();

        // Statements about interfaces refer to processes, so they are made again for those of the copy.
        _copy.Interfaces = mask is null ? source.Interfaces : InterfaceInference.Infer(_copy);
        return _copy;
    }

    private void CopyAll()
    {
        using SessionLock locked = source.LockAll(cancellationToken);
        SessionSnapshot snapshot = source.GetSnapshot(cancellationToken);
        foreach (HandleProcess process in snapshot.Living.WithCancellation(cancellationToken))
            _processes.Add(process, _copy.AddProcess(Pid(process.Id), Name(process.Name), Context(process.Context), process.OpenNumber, Uid(process.Uid)));
        foreach (HandleProcess process in snapshot.Exited.WithCancellation(cancellationToken))
            _processes.Add(process, _copy.AddExitedProcess(Pid(process.Id), Name(process.Name), Context(process.Context), process.OpenNumber, Uid(process.Uid)));
        CopyNodes(snapshot);
        foreach ((HandleProcess process, (TableEntry[] references, _)) in snapshot.Living.Concat(snapshot.Exited).Zip(snapshot.Tables).WithCancellation(cancellationToken))
            CopyHoldings(process, references);
        foreach ((HandleProcess process, NotificationRecords records) in snapshot.Notifications)
            _copy.Notifications.Restore(_processes[process].Table.GetNotifications(), records, _copy.FindNodeUnlocked);
        CopyStatistics();
        CopyRecords(snapshot);
        if (mask is null && source.FaultHook is { } faults)
            _copy.SetFaultHook(faults.CopyTo(_copy, process => _processes[process]));
    }

    private int Pid(int pid) => mask?.Pid(pid) ?? pid;

    private int? Uid(int? uid) => uid is { } known && mask is not null ? mask.Uid(known) : uid;

    private string? Name(string? named) => named is not null && mask is not null ? mask.Process(named) : named;

    private string Context(string context) => mask?.Context(context) ?? context;

    private void CopyNodes(SessionSnapshot snapshot)
    {
        _copy.Listings.Counts.AddRange(source.Listings.Counts);
        _copy.Listings.Lists.AddRange(mask is null ? source.Listings.Lists : source.Listings.Lists.Select(list => Array.ConvertAll(list, mask.Pid)));
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
                listedCopy.CopyLine(listed, mask);
                copy = listedCopy;
            }
            else
            {
                copy = _copy.AddNode(node.Id, Name(node.Name), isDead ? null : owner);
            }

            if (!isDead)
                continue;
            copy.Owner = owner;
            copy.RestoreDead();
        }

        foreach ((string context, HandleNode? manager, int? uid) in snapshot.Contexts)
        {
            _copy.RestoreManagerUid(Context(context), Uid(uid));
            if (manager is not null && _copy.FindNodeUnlocked(manager.Id) is { Owner: { } owner } node)
                owner.BinderContext.ManagerNode = node;
        }
    }

    private void CopyHoldings(HandleProcess process, TableEntry[] references)
    {
        HandleProcess copy = _processes[process];
        copy.FreezeState = process.FreezeState;
        copy.IsInferred = process.IsInferred;
        copy.Package = Name(process.Package);
        copy.ListedUpTo = process.ListedUpTo;
        copy.ListedAt = process.ListedAt is var (path, line) ? (mask?.Path(path) ?? path, line) : null;
        copy.ListedNodes = [.. process.ListedNodes.Select(node => _copy.FindNodeUnlocked(node.Id)).OfType<HandleNode>()];
        foreach (TableEntry entry in references)
        {
            copy.Table.TryRestore(entry.Handle, _copy.FindNodeUnlocked(entry.Node.Id)!, entry.Strong, entry.Weak, isUnheld: false, room: int.MaxValue,
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
            ProcessStatisticsRecord record = statistic.Record;
            if (mask is not null)
                record = record with { Id = Pid(record.Id), Context = Context(record.Context), Name = Name(record.Name) };
            HandleStatistic copy = new(_copy, process, record, statistic.Source);
            if (process is not null)
                process.Statistic = copy;
            copies.Add(copy);
        }

        _copy.Statistics = new HandleStatistics(statistics.Counters, statistics.Objects, copies);
    }

    private void CopyRecords(SessionSnapshot snapshot)
    {
        _copy.SourceList.AddRange(mask is null ? source.SourceList : source.SourceList.Select(mask.Source));
        _copy.Evidence = mask is null ? source.Evidence : new HandleList<HandleEvidence>([.. source.Evidence.WithCancellation(cancellationToken).Select(mask.Fact)]);
        _copy.Calls = mask is null ? source.Calls : [.. source.Calls.WithCancellation(cancellationToken).Select(mask.Call)];
        foreach (HandleFinding finding in source.Findings.WithCancellation(cancellationToken))
        {
            _copy.AddFinding(new HandleFinding(finding.Kind, mask?.Message(finding) ?? finding.Message, mask?.Path(finding.Path) ?? finding.Path, finding.Line,
                finding.Process is { } process ? _processes[process] : null, finding.Handle, finding.Node));
        }

        _copy.RestoreHighestIds(mask is null ? snapshot.HighestProcessId : _processes.Values.Select(process => process.Id).DefaultIfEmpty().Max(), snapshot.HighestNodeId);
        if (mask is not null)
            return;
        _copy.RestoreEvents(snapshot.Events.Select(each => new HandleEvent(each.Sequence, each.Time, _processes[each.Process], each.Kind, each.Message,
            each.FromCapacity, each.ToCapacity, each.Handle)), snapshot.EventsRecorded);
    }
}
