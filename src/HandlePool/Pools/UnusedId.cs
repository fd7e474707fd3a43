namespace HandlePool.Pools;

/// <summary>Represents an ID that <see cref="IdPool.FindUnusedId"/> found and that has not been taken yet.</summary>
/// <remarks>
/// It lives on the stack only, as the driver's borrows its pool: it is valid until the pool next changes and cannot be
/// stored. Mirrors <c>UnusedId</c> of the kernel's <c>rust/kernel/id_pool.rs</c>.
/// </remarks>
public readonly ref struct UnusedId
{
    private readonly IdPool _pool;

    internal UnusedId(IdPool pool, int id)
    {
        _pool = pool;
        Id = id;
    }

    /// <summary>Gets the ID, from 0 to the pool's capacity less one.</summary>
    public int Id { get; }

    /// <summary>Marks the ID as used. Touches O(log64 n) words at worst.</summary>
    /// <returns>The ID.</returns>
    /// <exception cref="InvalidOperationException">The pool has changed since, and the ID is used or beyond its capacity.</exception>
    public int Acquire()
    {
        _pool.Acquire(Id);
        return Id;
    }
}
