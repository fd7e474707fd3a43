namespace HandlePool;

/// <summary>Represents a node that was read from a dump, with what its line says.</summary>
/// <remarks>
/// It takes 32 bytes more than other nodes. They have no references to other objects, which the garbage collector would have to follow in
/// hundreds of thousands of nodes: counts and lists are in the session's <see cref="NodeListings"/>.
/// </remarks>
internal sealed class ListedNode(HandleSession session, long id, HandleProcess? owner) : HandleNode(session, id, name: null, owner)
{
    private const int None = int.MinValue;

    private ulong _pointer;
    private ulong _cookie;
    private int _counts = None;

    // A pid, the complement of the index of a list, or none.
    private int _holders = None;

    /// <summary>Gets the flags and counts; null if no line has been read.</summary>
    internal HandleNodeCounts? Counts => _counts == None ? null : Session.Listings.Counts[_counts];

    /// <summary>Gets or sets the pids of the holders, once for each reference; null if the line has none. Do not change them.</summary>
    internal int[]? Holders
    {
        get => _holders == None ? null : _holders >= 0 ? [_holders] : Session.Listings.Lists[~_holders];
        set => _holders = value switch
        {
            null or [] => None,
            [int single] => single,
            _ => ~Session.Listings.Add(value),
        };
    }

    /// <summary>Gets whether the line has holders.</summary>
    internal bool HasHolders => _holders != None;

    /// <summary>Gets the number of holders.</summary>
    internal int ListedCount => _holders == None ? 0 : _holders >= 0 ? 1 : Session.Listings.Lists[~_holders].Length;

    /// <summary>Gets the address of the object; null if no line has it.</summary>
    internal ulong? Pointer => Counts is { HasPointers: true } ? _pointer : null;

    /// <summary>Gets the owner's second value; null if no line has it.</summary>
    internal ulong? Cookie => Counts is { HasPointers: true } ? _cookie : null;

    /// <summary>Gets or sets the sum of the listed holders less that of the references, each by <see cref="Weigh"/>: 0 if they agree.</summary>
    internal ulong Balance { get; set; }

    /// <summary>Returns the number that stands for a holder in <see cref="Balance"/>.</summary>
    internal static ulong Weigh(int pid)
    {
        // The mix of splitmix64: sums of different pids hardly ever agree.
        ulong mixed = (uint)pid + 0x9E3779B97F4A7C15;
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return mixed ^ (mixed >> 31);
    }

    /// <summary>Sets what the line says, except for the holders.</summary>
    /// <param name="counts">The index of the flags and counts in the session's listings.</param>
    /// <param name="pointer">The address of the object.</param>
    /// <param name="cookie">The owner's second value.</param>
    internal void SetLine(int counts, ulong pointer, ulong cookie)
    {
        _counts = counts;
        _pointer = pointer;
        _cookie = cookie;
    }

    /// <summary>Copies what the line of a node of another session says, whose listings this session has copies of.</summary>
    internal void CopyLine(ListedNode node) =>
        (_counts, _pointer, _cookie, _holders, Balance) = (node._counts, node._pointer, node._cookie, node._holders, node.Balance);

    /// <summary>Hides the addresses, and the pid of a single holder; those of several are in the listings.</summary>
    internal void Mask(ISessionMask mask) => (_pointer, _cookie, _holders) = (0, 0, _holders >= 0 ? mask.Pid(_holders) : _holders);

    /// <summary>Sets the only holder.</summary>
    internal void SetHolder(int pid) => _holders = pid;
}

/// <summary>Keeps the counts and the lists of holders of a session's nodes, which refer to them by index.</summary>
/// <remarks>Only reading a dump or a session file adds to them. After that, they are read by any thread.</remarks>
internal sealed class NodeListings
{
    internal List<HandleNodeCounts> Counts { get; } = [];

    internal List<int[]> Lists { get; } = [];

    internal int Add(HandleNodeCounts counts)
    {
        Counts.Add(counts);
        return Counts.Count - 1;
    }

    internal int Add(int[] holders)
    {
        Lists.Add(holders);
        return Lists.Count - 1;
    }
}
