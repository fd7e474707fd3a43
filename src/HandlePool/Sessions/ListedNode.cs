using System.Runtime.InteropServices;

namespace HandlePool;

/// <summary>Represents a node that was read from a dump, with what its line says.</summary>
/// <remarks>
/// It takes 8 bytes more than other nodes. The rest of its line, and lists of several holders, are in the session's <see cref="NodeListings"/>: a dump has
/// hundreds of thousands of nodes, which the garbage collector has to visit, and a reference to one of them should not wait for more memory than it needs.
/// </remarks>
internal sealed class ListedNode(HandleSession session, long id, HandleProcess? owner) : HandleNode(session, id, name: null, owner)
{
    private const int None = int.MinValue;

    // The index of the line, or none.
    private int _line = None;

    // A pid, the complement of the index of a list, or none.
    private int _holders = None;

    private uint _balance;

    /// <summary>Gets the flags and counts; null if no line has been read.</summary>
    internal HandleNodeCounts? Counts => _line == None ? null : Session.Listings.Counts[Line.Counts];

    /// <summary>Gets or sets the pids of the holders, once for each reference; null if the line has none. Do not change them.</summary>
    internal int[]? Holders
    {
        get => _holders == None ? null : _holders >= 0 ? [_holders] : Session.Listings.Lists[~_holders];
        set => SetHolders(value switch
        {
            null or [] => None,
            [int single] => single,
            _ => ~Session.Listings.Add(value),
        });
    }

    /// <summary>Gets whether the line has holders.</summary>
    internal bool HasHolders => _holders != None;

    /// <summary>Gets the number of holders.</summary>
    internal int ListedCount => _holders == None ? 0 : _holders >= 0 ? 1 : Session.Listings.Lists[~_holders].Length;

    /// <summary>Gets the address of the object; null if no line has it.</summary>
    internal ulong? Pointer => Counts is { HasPointers: true } ? Line.Pointer : null;

    /// <summary>Gets the owner's second value; null if no line has it.</summary>
    internal ulong? Cookie => Counts is { HasPointers: true } ? Line.Cookie : null;

    /// <summary>Gets or sets the sum of the listed holders less that of the references, each by <see cref="Weigh"/>: 0 if they agree.</summary>
    internal uint Balance
    {
        get => _balance;
        set => _balance = value;
    }

    /// <summary>Reads its end, so that the processor asks for the ends of many nodes before it waits for the first.</summary>
    internal void Touch() => _ = Volatile.Read(ref _balance);

    /// <summary>Returns the number that stands for a holder in <see cref="Balance"/>.</summary>
    internal static uint Weigh(int pid)
    {
        // The mix of splitmix64: sums of different pids hardly ever agree.
        ulong mixed = (uint)pid + 0x9E3779B97F4A7C15;
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return (uint)(mixed ^ (mixed >> 31));
    }

    private ref NodeListing Line => ref Session.Listings.LineAt(_line);

    /// <summary>Sets what the line says, except for the holders.</summary>
    internal void SetLine(in NodeListing line)
    {
        if (_line == None)
            _line = Session.Listings.Add(line);
        else
            Line = line;
    }

    /// <summary>Copies what the line of a node of another session says, whose lists and counts this session has copies of.</summary>
    /// <param name="node">The node.</param>
    /// <param name="mask">What hides the addresses and the pid of a single holder; those of several are hidden in the lists. Null to hide nothing.</param>
    internal void CopyLine(ListedNode node, ISessionMask? mask)
    {
        if (node._line != None)
            SetLine(mask is null ? node.Line : new NodeListing(0, 0, node.Line.Counts));
        SetHolders(mask is not null && node._holders >= 0 ? mask.Pid(node._holders) : node._holders);
        Balance = node.Balance;
    }

    /// <summary>Sets the owner of a node that was added without one, by its index until <see cref="SettleOwner"/>.</summary>
    /// <remarks>
    /// An owner becomes known after many of its nodes, which are old by then and all over the memory. With references to a young process, the garbage
    /// collector would have to visit each of them again, so that its collections of young objects would take longer the larger the dump is.
    /// </remarks>
    internal void SetLateOwner(HandleProcess owner) => OwnerIndex = Session.Listings.AddLateOwner(owner);

    /// <summary>Replaces the index of the owner, if there is one, by a reference.</summary>
    internal void SettleOwner()
    {
        if (OwnerIndex == 0)
            return;
        Owner = Session.Listings.LateOwner(OwnerIndex);
        OwnerIndex = 0;
    }

    /// <summary>Sets the only holder.</summary>
    internal void SetHolder(int pid) => SetHolders(pid);

    private void SetHolders(int holders)
    {
        _holders = holders;
        HasListedHolders = HasHolders;
    }
}

/// <summary>Represents what the line of a node says, except for its holders.</summary>
/// <param name="Pointer">The address of the object.</param>
/// <param name="Cookie">The owner's second value.</param>
/// <param name="Counts">The index of the flags and counts in the session's listings.</param>
[StructLayout(LayoutKind.Sequential, Pack = sizeof(int))]
internal readonly record struct NodeListing(ulong Pointer, ulong Cookie, int Counts);

/// <summary>Keeps the lines, the counts and the lists of holders of a session's nodes, which refer to them by index.</summary>
/// <remarks>Only reading a dump or a session file adds to them. After that, they are read by any thread.</remarks>
internal sealed class NodeListings
{
    // Parts of more than 85,000 bytes are large objects, which do not count towards the next collection of young ones.
    private const int PartShift = 13;
    private const int PartSize = 1 << PartShift;
    private const int FirstPartSize = 4;

    // While the session is built: those that own nodes which were added without an owner.
    private readonly List<HandleProcess> _lateOwners = [];

    // Lines are never copied where they are many.
    private readonly List<NodeListing[]> _parts = [];
    private int _lineCount;

    internal List<HandleNodeCounts> Counts { get; } = [];

    internal List<int[]> Lists { get; } = [];

    /// <summary>Returns the line of an index.</summary>
    internal ref NodeListing LineAt(int index) => ref _parts[index >> PartShift][index & (PartSize - 1)];

    internal int Add(in NodeListing line)
    {
        int index = _lineCount & (PartSize - 1);
        if (index == 0)
            _parts.Add(new NodeListing[_lineCount == 0 ? FirstPartSize : PartSize]);
        else if (index == _parts[^1].Length)
            _parts[^1] = [.. _parts[^1], .. new NodeListing[index]];
        _parts[^1][index] = line;
        return _lineCount++;
    }

    /// <summary>Gets whether a node may have its owner by an index.</summary>
    internal bool HasLateOwners => _lateOwners.Count > 0;

    /// <summary>Returns the owner of an index; null for 0.</summary>
    internal HandleProcess? LateOwner(int index) => index == 0 ? null : _lateOwners[index - 1];

    /// <summary>Adds an owner of nodes that are there, whose nodes mostly follow each other.</summary>
    /// <returns>Its index, from 1.</returns>
    internal int AddLateOwner(HandleProcess owner)
    {
        if (_lateOwners.Count == 0 || _lateOwners[^1] != (object)owner)
            _lateOwners.Add(owner);
        return _lateOwners.Count;
    }

    /// <summary>Forgets the owners, to which no node has an index any more.</summary>
    internal void EndLateOwners()
    {
        _lateOwners.Clear();
        _lateOwners.TrimExcess();
    }

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
