namespace HandlePool;

/// <summary>Represents a node that was read from a dump, with what its line says.</summary>
/// <remarks>It takes 40 bytes more than other nodes. Equal counts, and equal lists of one holder, are one object.</remarks>
internal sealed class ListedNode(HandleSession session, long id, HandleProcess? owner) : HandleNode(session, id, name: null, owner)
{
    private ulong _pointer;
    private ulong _cookie;

    /// <summary>Gets the flags and counts; null if no line has been read.</summary>
    internal HandleNodeCounts? Counts { get; private set; }

    /// <summary>Gets the pids of the holders, once for each reference; null if the line has none. Do not change them.</summary>
    internal int[]? Holders { get; set; }

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

    internal void SetLine(HandleNodeCounts counts, ulong pointer, ulong cookie, int[]? holders)
    {
        Counts = counts;
        _pointer = pointer;
        _cookie = cookie;
        Holders = holders;
    }
}
