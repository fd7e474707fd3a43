namespace HandlePool.Tables;

/// <summary>A node as the handle tables see it: an identity, and the counts that its holders have on it.</summary>
/// <remarks>
/// The counts are kept with interlocked operations, as many tables change them at once, each under a lock of its own.
/// While operations are under way the three counts may be from different moments; at rest they are the sums over the holders.
/// </remarks>
public abstract class TableNode
{
    // A dead node that nobody holds is gone for good, and no table may take it up again.
    private const int Gone = -1;

    private int _holders;
    private long _strong;
    private long _weak;
    private volatile bool _isDead;
    private bool _isKept;

    private protected TableNode(long id) => Id = id;

    /// <summary>The node's debug id in the driver's terms: unique in its session.</summary>
    public long Id { get; }

    /// <summary>True once the owner has exited. Others may still hold it by their handles, until they drop them.</summary>
    public bool IsDead => _isDead;

    /// <summary>The strong counts of all holders together.</summary>
    public long Strong => Interlocked.Read(ref _strong);

    /// <summary>The weak counts of all holders together.</summary>
    public long Weak => Interlocked.Read(ref _weak);

    /// <summary>How many processes hold the node.</summary>
    public int HolderCount => Math.Max(0, Volatile.Read(ref _holders));

    /// <summary>Whether it is dead and there though nothing is known to hold it, as recorded data has it.</summary>
    internal bool IsKept => _isKept && !IsGone;

    internal bool IsGone => Volatile.Read(ref _holders) == Gone;

    /// <summary>Counts one more holder.</summary>
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

    /// <summary>Changes what an existing holder counts.</summary>
    internal void Adjust(int strong, int weak)
    {
        if (strong != 0)
            Interlocked.Add(ref _strong, strong);
        if (weak != 0)
            Interlocked.Add(ref _weak, weak);
    }

    /// <summary>Takes a holder and its counts away.</summary>
    /// <returns>Whether the node is gone by this: it was dead, and this its last holder.</returns>
    internal bool Release(int strong, int weak)
    {
        Adjust(-strong, -weak);
        return Interlocked.Decrement(ref _holders) == 0 && _isDead && TryEnd();
    }

    /// <summary>Marks the node dead.</summary>
    /// <returns>Whether it is gone by this: nobody held it.</returns>
    internal bool MarkDead()
    {
        _isDead = true;

        // Whoever releases the last hold at this moment either sees the mark or has made the count 0 before this looks
        // (both sides have a full fence between the write and the read); if both are true, the exchange lets one succeed.
        Interlocked.MemoryBarrier();
        return TryEnd();
    }

    /// <summary>Marks the node dead as recorded data has it: it is kept even if nothing is known to hold it.</summary>
    internal void RestoreDead()
    {
        _isDead = true;
        _isKept = _holders == 0;
    }

    /// <summary>Counts one more holder while nobody else knows the node.</summary>
    internal void RestoreHold(int strong, int weak)
    {
        _isKept = false;
        _holders++;
        _strong += strong;
        _weak += weak;
    }

    /// <summary>Replaces holders and counts by what was counted anew, while no table changes.</summary>
    internal void Restate(int holders, long strong, long weak)
    {
        Volatile.Write(ref _holders, holders);
        Interlocked.Exchange(ref _strong, strong);
        Interlocked.Exchange(ref _weak, weak);
    }

    private bool TryEnd() => Interlocked.CompareExchange(ref _holders, Gone, 0) == 0;
}
