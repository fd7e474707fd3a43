using HandlePool.Pools;

namespace HandlePool.Tables;

/// <content>Checks the table, repairs it, and damages it for experiments.</content>
internal sealed partial class HandleTable
{
    /// <summary>Gets whether the process has exited and its pool rightly has the bits of handles that are no longer held.</summary>
    private bool HasLeftBitsLocked => _rules.LeavesBitsAtExit && _owner.IsDead;

    /// <summary>Returns all references, regardless of the table's own counts.</summary>
    internal List<TableEntry> Scan()
    {
        lock (_lock)
            return _map.Scan();
    }

    /// <summary>Compares the indexes and the pool with the references.</summary>
    internal List<TableMismatch> FindMismatches()
    {
        lock (_lock)
        {
            List<TableMismatch> found = new ReferenceMapCheck(_map).FindMismatches();
            if (HasLeftBitsLocked)
                return found;
            foreach (PoolMismatch mismatch in _pool.Ids.FindMismatches(_map.Scan().ConvertAll(entry => entry.Handle)))
                found.Add(new TableMismatch(mismatch));
            return found;
        }
    }

    /// <summary>Rebuilds the indexes and the pool from the references.</summary>
    /// <exception cref="HandleException"><c>AllocationFailed</c>. Nothing has changed then.</exception>
    internal void Repair()
    {
        lock (_lock)
        {
            try
            {
                ReferenceMap map = _map.Rebuild();
                if (!HasLeftBitsLocked)
                    _pool.Ids.Rebuild(map.Scan().ConvertAll(entry => entry.Handle));
                _map = map;
            }
            catch (OutOfMemoryException exception)
            {
                throw TableErrors.RepairAllocationFailed(_owner, exception);
            }
        }
    }

    /// <summary>Damages the pool without the table's knowledge, for experiments.</summary>
    /// <param name="handle">The ID to damage.</param>
    /// <param name="damage">The damage to the pool at that ID.</param>
    internal void Damage(int handle, Action<IdPool, int> damage)
    {
        _lock.Enter();
        try
        {
            if (_owner.IsDead)
                throw _owner.ExitedError();
            ArgumentOutOfRangeException.ThrowIfNegative(handle);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(handle, _pool.Ids.Capacity);
            damage(_pool.Ids, handle);
        }
        finally
        {
            _lock.Exit();
        }
    }
}
