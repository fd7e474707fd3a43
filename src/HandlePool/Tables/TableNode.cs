namespace HandlePool.Tables;

/// <summary>Represents a node as handle tables see it: an identity, and the counts that its holders have on it.</summary>
/// <remarks>
/// The counts are changed atomically, because many tables change them at once, each under its own lock. While operations are
/// running, the three counts may be from different moments; otherwise they are the sums over the holders.
/// </remarks>
public abstract class TableNode
{
    // A dead node without holders is gone for good, and no table may hold it again.
    private const int Gone = -1;

    private int _holders;
    private long _strong;
    private long _weak;
    private volatile bool _isDead;
    private Marks _marks;

    private protected TableNode(long id) => Id = id;

    /// <summary>Gets the id, unique in the session. The driver calls it the debug id.</summary>
    public long Id { get; }

    /// <summary>Gets whether the owner has exited or removed the node. Other processes may still hold it by their handles.</summary>
    public bool IsDead => _isDead;

    /// <summary>Gets the sum of the strong counts of all holders.</summary>
    public long Strong => Interlocked.Read(ref _strong);

    /// <summary>Gets the sum of the weak counts of all holders.</summary>
    public long Weak => Interlocked.Read(ref _weak);

    /// <summary>Gets the number of tables that hold the node.</summary>
    internal int TableCount => Math.Max(0, Volatile.Read(ref _holders));

    /// <summary>Gets whether it is a dead node from recorded data that is kept although it has no known holder.</summary>
    internal bool IsKept => (_marks & Marks.Kept) != 0 && !IsGone;

    /// <summary>Gets or sets whether a dump lists holders without showing their tables. Only the builder sets it.</summary>
    internal bool HasListedHolders
    {
        get => (_marks & Marks.Listed) != 0;
        set => Mark(Marks.Listed, value);
    }

    /// <summary>Gets whether the process that owns the node is frozen.</summary>
    internal abstract bool IsOwnerFrozen { get; }

    /// <summary>Gets whether the freezing of the process that owns the node has begun and not ended.</summary>
    internal abstract bool IsOwnerFreezing { get; }

    internal bool IsGone => Volatile.Read(ref _holders) == Gone;

    /// <summary>Adds a holder.</summary>
    /// <returns>False if the node is gone.</returns>
    internal bool TryHold(int strong, int weak)
    {
        int holders = Volatile.Read(ref _holders);
        while (holders != Gone)
        {
            int seen = Interlocked.CompareExchange(ref _holders, holders + 1, holders);
            if (seen == holders)
            {
                Adjust(strong, weak);
                return true;
            }

            holders = seen;
        }

        return false;
    }

    /// <summary>Changes the counts of an existing holder.</summary>
    internal void Adjust(int strong, int weak)
    {
        if (strong != 0)
            Interlocked.Add(ref _strong, strong);
        if (weak != 0)
            Interlocked.Add(ref _weak, weak);
    }

    /// <summary>Removes a holder and its counts.</summary>
    /// <returns>Whether the node is gone as a result: it was dead, and this was its last holder.</returns>
    internal bool Release(int strong, int weak)
    {
        Adjust(-strong, -weak);
        return Interlocked.Decrement(ref _holders) == 0 && _isDead && TryEnd();
    }

    /// <summary>Marks the node dead.</summary>
    /// <returns>Whether it is gone as a result: it had no holder.</returns>
    internal bool MarkDead()
    {
        _isDead = true;

        // A thread that releases the last hold now either sees the mark or has made the count 0 before it is read here (both
        // sides have a full fence between the write and the read). If both are true, the exchange lets only one succeed.
        Interlocked.MemoryBarrier();
        return TryEnd();
    }

    /// <summary>Marks the node dead as recorded: it is kept even if it has no known holder.</summary>
    internal void RestoreDead()
    {
        _isDead = true;
        Mark(Marks.Kept, _holders == 0);
    }

    /// <summary>Adds a holder while no other thread knows the node.</summary>
    internal void RestoreHold(int strong, int weak)
    {
        Mark(Marks.Kept, false);
        _holders++;
        _strong += strong;
        _weak += weak;
    }

    /// <summary>Replaces the holders and counts by recomputed ones while no table changes.</summary>
    internal void Restate(int holders, long strong, long weak)
    {
        Volatile.Write(ref _holders, holders);
        Interlocked.Exchange(ref _strong, strong);
        Interlocked.Exchange(ref _weak, weak);
    }

    private bool TryEnd() => Interlocked.CompareExchange(ref _holders, Gone, 0) == 0;

    private void Mark(Marks mark, bool isSet) => _marks = isSet ? _marks | mark : _marks & ~mark;

    // In one byte, as a session may have millions of nodes.
    [Flags]
    private enum Marks : byte
    {
        None,
        Kept,
        Listed,
    }
}
