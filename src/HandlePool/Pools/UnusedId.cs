namespace HandlePool.Pools;

/// <summary>An ID that <see cref="IdPool.FindUnusedId"/> found and nobody has taken yet.</summary>
/// <remarks>
/// It lives on the stack only, as the driver's borrows its pool: it is good until the pool is next changed, and cannot be
/// kept for later. Mirrors <c>UnusedId</c> of the kernel's <c>rust/kernel/id_pool.rs</c>.
/// </remarks>
public readonly ref struct UnusedId
{
    private readonly IdPool _pool;

    internal UnusedId(IdPool pool, int id)
    {
        _pool = pool;
        Id = id;
    }

    /// <summary>The ID, from 0 to the pool's capacity less one.</summary>
    public int Id { get; }

    /// <summary>Marks the ID as used. O(1), touching O(log64 n) words at worst.</summary>
    /// <returns>The ID.</returns>
    /// <exception cref="InvalidOperationException">The pool was changed since, and the ID is in use or beyond its capacity.</exception>
    public int Acquire()
    {
        _pool.Acquire(Id);
        return Id;
    }
}
