namespace HandlePool.Tables;

/// <summary>The moments in the middle of an operation at which no table's lock is held: what was decided before may be out of date after.</summary>
/// <remarks>
/// A test can have a call made at each of them, to play any other operation there; see <see cref="HandleTable.Probe"/>. Without a
/// test each costs a comparison of a field with null.
/// </remarks>
internal enum TableStop
{
    /// <summary>It was decided which node is to be held, and from which handle on; the table's lock is about to be taken.</summary>
    BeforeInsert,

    /// <summary>It was decided by which handle counts are to be changed; the table's lock is about to be taken.</summary>
    BeforeUpdate,

    /// <summary>The pool, or the table itself, is to grow; the lock was dropped, and nothing is allocated yet.</summary>
    BeforeGrowAllocation,

    /// <summary>
    /// Memory is there for a resize to larger that is done by itself: by force, or under the policy AllocationLock, whose lock
    /// is held here. The table's lock is about to be taken for the second look.
    /// </summary>
    BeforeGrow,

    /// <summary>Memory for growing, or for the table itself, is there; the lock is about to be taken for the second look.</summary>
    BeforeSecondLook,

    /// <summary>The pool may shrink; the lock was dropped, and nothing is allocated yet.</summary>
    BeforeShrinkAllocation,

    /// <summary>Memory for shrinking is there; the lock is about to be taken for the second look.</summary>
    BeforeShrink,

    /// <summary>The process is dead, and so are its nodes; its table is about to be cleared.</summary>
    BeforeClear,

    /// <summary>The last hold on dead nodes was dropped; they are about to be taken off the session's list.</summary>
    BeforeForget,
}
