namespace HandlePool.Tables;

/// <summary>The moments at which a table's lock is not held in the middle of an operation, or is about to be let go.</summary>
/// <remarks>A test can have a call made at each of them, to play any other operation there; see <see cref="HandleTable.Probe"/>.</remarks>
internal enum TableStop
{
    /// <summary>The pool, or the table itself, is to grow; the lock was dropped, and nothing is allocated yet.</summary>
    BeforeGrowAllocation,

    /// <summary>Memory for growing, or for the table itself, is there; the lock is about to be taken for the second look.</summary>
    BeforeSecondLook,

    /// <summary>The pool may shrink; the lock was dropped, and nothing is allocated yet.</summary>
    BeforeShrinkAllocation,

    /// <summary>Memory for shrinking is there; the lock is about to be taken for the second look.</summary>
    BeforeShrink,
}
