namespace HandlePool.Tests.Fuzzing;

/// <summary>The inputs that others are made of: valid ones at first, and each that runs a block of the library more often than those before it.</summary>
/// <remarks>Numbers of times differ if they are on different sides of 2, 4 or 16, a part of the steps of AFL: with all, inputs grow long.</remarks>
internal sealed class GrowingCorpus
{
    // The newest inputs lead to the next ones more often than old ones, which have been changed in many ways already.
    private const int Newest = 64;

    private readonly List<byte[]> _inputs = [];
    private readonly byte[] _known = new byte[CoveredLibrary.NamespaceOfBlock.Count];

    internal int Count => _inputs.Count;

    /// <summary>Returns the shorter one of two, as short inputs are tried faster and the more so are those that are made of them.</summary>
    internal byte[] Pick(Random random)
    {
        byte[] one = PickOne(random), other = PickOne(random);
        return one.Length < other.Length ? one : other;
    }

    private byte[] PickOne(Random random) =>
        _inputs[random.Next(2) == 0 ? random.Next(_inputs.Count) : random.Next(Math.Max(0, _inputs.Count - Newest), _inputs.Count)];

    /// <summary>Returns whether an input that counts so many times runs anything that is new.</summary>
    internal bool IsNew(byte[] counts)
    {
        // Most blocks do not run.
        for (int block = 0; (block = NextOf(counts, block)) < counts.Length; block++)
        {
            if ((Bit(counts[block]) & ~_known[block]) != 0)
                return true;
        }

        return false;
    }

    internal void Add(byte[] input, byte[] counts)
    {
        _inputs.Add(input);
        for (int block = 0; block < counts.Length; block++)
            _known[block] |= Bit(counts[block]);
    }

    /// <summary>Returns the numbers of blocks that were reached, by namespace, as text.</summary>
    internal string Reached() => string.Join(", ", _known.Select((bits, block) => (IsReached: bits != 0, Namespace: CoveredLibrary.NamespaceOfBlock[block]))
        .GroupBy(block => block.Namespace)
        .Where(group => group.Any(block => block.IsReached))
        .Select(group => $"{group.Key} {group.Count(block => block.IsReached)} of {group.Count()}"));

    private static int NextOf(byte[] counts, int block)
    {
        int next = counts.AsSpan(block).IndexOfAnyExcept((byte)0);
        return next < 0 ? counts.Length : block + next;
    }

    private static byte Bit(byte count) => count switch
    {
        0 => 0,
        1 => 1,
        < 4 => 2,
        < BlockCounter.Most => 4,
        _ => 8,
    };
}
