namespace HandlePool.Tables;

/// <summary>
/// Identifies the points within an operation at which no table's lock is held, so that an earlier decision may be out of date.
/// </summary>
/// <remarks>
/// A test can run any other operation at each of them; see the constructor of <see cref="HandleTable"/>. Without a test, each
/// point costs a comparison of a field with null.
/// </remarks>
internal enum TestPoint
{
    /// <summary>The node to hold and the first handle to consider are decided; the table's lock is about to be taken.</summary>
    BeforeInsert,

    /// <summary>
    /// Under the Rust driver's rules: the node has been looked up and is not held. The lock has been released to reserve memory for
    /// the table, and is about to be taken for the first look for an ID.
    /// </summary>
    BeforeReservation,

    /// <summary>The handle whose counts change is decided; the table's lock is about to be taken.</summary>
    BeforeUpdate,

    /// <summary>The pool or the table must grow; the lock has been released, and nothing has been allocated yet.</summary>
    BeforeGrowAllocation,

    /// <summary>
    /// Memory is allocated for a grow that is a step of its own: a forced one, or one under the policy AllocationLock, whose lock
    /// is held here. The table's lock is about to be taken for the second look.
    /// </summary>
    BeforeGrow,

    /// <summary>Memory for the pool or the table is allocated; the lock is about to be taken for the second look.</summary>
    BeforeSecondLook,

    /// <summary>The pool may shrink; the lock has been released, and nothing has been allocated yet.</summary>
    BeforeShrinkAllocation,

    /// <summary>Memory for shrinking is allocated; the lock is about to be taken for the second look.</summary>
    BeforeShrink,

    /// <summary>The process and its nodes are dead; its table is about to be cleared.</summary>
    BeforeClear,

    /// <summary>The last holds on dead nodes have been dropped; they are about to be removed from the session's list.</summary>
    BeforeForget,
}
