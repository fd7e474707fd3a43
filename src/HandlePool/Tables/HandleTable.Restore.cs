using HandlePool.Pools;

namespace HandlePool.Tables;

/// <content>Restores the table from recorded data, for a session that no other thread knows yet.</content>
internal sealed partial class HandleTable
{
    /// <summary>Marks the capacity as unknown: until the pool is resized, it is the smallest that holds the handles.</summary>
    internal void InferCapacity()
    {
        lock (_lock)
            _pool.InferCapacityLocked();
    }

    /// <summary>Continues the pool, still empty and of the smallest capacity, from a record.</summary>
    internal void RestorePool(in PoolRecord pool)
    {
        lock (_lock)
            _pool.RestoreLocked(pool);
    }

    /// <summary>Continues the pool, after the references, as a copy of that of another table, with its damage.</summary>
    internal void CopyPool(HandleTable source)
    {
        lock (source._lock)
        {
            lock (_lock)
                _pool.CopyLocked(source._pool);
        }
    }

    /// <summary>Puts a reference at its recorded handle and makes the pool as large as it must have been.</summary>
    /// <remarks>Takes no lock, and does not change the node's counts atomically.</remarks>
    /// <param name="handle">The handle.</param>
    /// <param name="node">The node.</param>
    /// <param name="strong">Its strong counts.</param>
    /// <param name="weak">Its weak counts.</param>
    /// <param name="isUnheld">Whether it is known that the table does not hold the node.</param>
    /// <param name="room">The number of handles by which the pool may grow.</param>
    /// <param name="grownBy">The number of handles by which it grew.</param>
    /// <param name="allocated">The additional memory of the pool and the table, in bytes.</param>
    /// <param name="inTheWay">
    /// The existing reference at the handle or to the node; without a node if the pool may not be that large.
    /// </param>
    /// <returns>Whether the reference was added; if not, nothing has changed.</returns>
    internal bool TryRestore(int handle, TableNode node, int strong, int weak, bool isUnheld, long room, out int grownBy, out long allocated,
        out TableEntry inTheWay)
    {
        grownBy = 0;
        allocated = 0;
        if (_map.TryGet(handle, out inTheWay) || (!isUnheld && _map.TryFind(node, out int other) && _map.TryGet(other, out inTheWay)))
            return false;

        // A pool without capacity counts as the bitmap that it would need: the table's directory is as long.
        IdPool ids = _pool.Ids;
        int growth = Math.Max(0, IdPool.CapacityFor(handle) - ids.Capacity);
        if (handle >= ids.Limit || growth > room)
            return false;

        // A bitmap with room takes no memory for one more.
        bool allocates = growth > 0 || !ids.IsResizable;
        long before = allocates ? ids.Bytes : 0;
        if (ids.RequestFor(handle) is { } request)
            ids.Grow(request.Allocate());
        grownBy = growth;

        ReferenceMap.Reservation reservation = _map.ReserveToRestore(handle);
        if (!reservation.IsEmpty)
            reservation.Allocate();
        node.RestoreHold(strong, weak);
        _map.Restore(handle, node, strong, weak, ref reservation);
        ids.Acquire(handle);
        allocated = (allocates ? ids.Bytes - before : 0) + reservation.Bytes;
        return true;
    }
}
