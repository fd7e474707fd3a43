namespace HandlePool.Tables;

/// <summary>Records the state of a pool apart from its handles, so that another pool can continue from it.</summary>
/// <param name="Capacity">The capacity in IDs; null if the pool has none of its own (a tree or a disabled bitmap).</param>
/// <param name="CapacityInferred">Whether the capacity was inferred from the handles.</param>
/// <param name="IsDisabled">Whether the C driver's bitmap has been disabled.</param>
/// <param name="Counters">The counters of the table and the pool.</param>
internal readonly record struct PoolRecord(int? Capacity, bool CapacityInferred, bool IsDisabled, PoolCounters Counters);
