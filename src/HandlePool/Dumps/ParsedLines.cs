using System.Runtime.InteropServices;

namespace HandlePool.Dumps;

/// <summary>Keeps the references and nodes in a text that are as drivers print them.</summary>
/// <remarks>
/// What such a line says depends on nothing but the line, so that another thread can parse it than the one that builds the session. Lines of other
/// forms are left out. The text is parsed by one thread, and then read by one, from its beginning to its end.
/// </remarks>
internal sealed class ParsedLines
{
    // Beyond these, lists of holders are left out. Most blocks of lines have fewer.
    private const int MostHolders = 1 << 14;

    private readonly List<ParsedReference> _references = [];
    private readonly List<ParsedNode> _nodes = [];
    private readonly int[] _holders = new int[MostHolders];
    private int _holderCount;

    // The first of each that is not before the place that was last asked for.
    private int _nextReference;
    private int _nextNode;

    /// <summary>Parses a text instead of the one before.</summary>
    internal void Parse(ReadOnlySpan<byte> text)
    {
        Clear();
        for (int start = 0, length; start < text.Length; start += length)
        {
            ReadOnlySpan<byte> rest = text[start..];
            if (ReferenceLine.TryParseUsual(rest, out ReferenceLine reference, out length))
            {
                _references.Add(new ParsedReference(start, length, reference));
            }
            else if (NodeLine.TryParseUsual(rest, _holders.AsSpan(_holderCount), out ParsedNode node))
            {
                length = node.Length;
                _nodes.Add(node with { Start = start, FirstHolder = _holderCount });
                _holderCount += node.HolderCount;
            }
            else if ((length = rest.IndexOf((byte)'\n') + 1) == 0)
            {
                break;
            }
        }
    }

    /// <summary>Forgets the text.</summary>
    internal void Clear()
    {
        _references.Clear();
        _nodes.Clear();
        _holderCount = _nextReference = _nextNode = 0;
    }

    /// <summary>Returns the references in the lines from a place on, which is not before that of the last call.</summary>
    /// <param name="start">The beginning of a line.</param>
    /// <param name="most">The largest number of lines.</param>
    internal ReadOnlySpan<ParsedReference> ReferencesAt(int start, int most) => LinesAt(_references, ref _nextReference, start, most);

    /// <summary>Returns the nodes in the lines from a place on, which is not before that of the last call.</summary>
    /// <inheritdoc cref="ReferencesAt"/>
    internal ReadOnlySpan<ParsedNode> NodesAt(int start, int most) => LinesAt(_nodes, ref _nextNode, start, most);

    /// <summary>Returns the pids that a node lists.</summary>
    internal ReadOnlySpan<int> HoldersOf(in ParsedNode node) => _holders.AsSpan(node.FirstHolder, node.HolderCount);

    /// <summary>Returns the lines of a kind that follow each other from a place on.</summary>
    private static ReadOnlySpan<T> LinesAt<T>(List<T> all, ref int next, int start, int most)
        where T : struct, IParsedLine
    {
        ReadOnlySpan<T> lines = CollectionsMarshal.AsSpan(all);
        while (next < lines.Length && lines[next].Start < start)
            next++;
        int count = 0;
        for (int index = next; count < most && index < lines.Length && lines[index].Start == start; index++, count++)
            start += lines[index].Length;
        return lines.Slice(next, count);
    }
}

/// <summary>Defines where in a text a line is.</summary>
internal interface IParsedLine
{
    /// <summary>Gets the beginning.</summary>
    int Start { get; }

    /// <summary>Gets the length, with the line feed.</summary>
    int Length { get; }
}

/// <summary>Represents a place in a text whose lines were parsed; by default, in one whose lines were not.</summary>
internal readonly record struct ParsedPlace(ParsedLines? Lines, int Start)
{
    /// <summary>Gets the references in the lines from here on.</summary>
    internal ReadOnlySpan<ParsedReference> References(int most) => Lines is null ? [] : Lines.ReferencesAt(Start, most);

    /// <summary>Gets the nodes in the lines from here on.</summary>
    internal ReadOnlySpan<ParsedNode> Nodes(int most) => Lines is null ? [] : Lines.NodesAt(Start, most);

    /// <summary>Gets the pids that a node lists, which was parsed here.</summary>
    internal ReadOnlySpan<int> HoldersOf(in ParsedNode node) => Lines!.HoldersOf(node);

    /// <summary>Returns the place behind some bytes.</summary>
    internal ParsedPlace Behind(int length) => this with { Start = Start + length };
}

/// <summary>Represents a reference in a text.</summary>
/// <param name="Start">The beginning of its line.</param>
/// <param name="Length">The length of its line.</param>
/// <param name="Line">What the line says.</param>
internal readonly record struct ParsedReference(int Start, int Length, ReferenceLine Line) : IParsedLine;

/// <summary>Represents a node in a text.</summary>
/// <param name="Start">The beginning of its line.</param>
/// <param name="Length">The length of its line.</param>
/// <param name="Id">The id.</param>
/// <param name="Pointer">The user pointer.</param>
/// <param name="Cookie">The cookie.</param>
/// <param name="CountsStart">The beginning of the flags and counts in the line.</param>
/// <param name="CountsLength">Their length.</param>
/// <param name="HasHolders">Whether the line lists holders.</param>
/// <param name="FirstHolder">The index of the first pid.</param>
/// <param name="HolderCount">The number of pids.</param>
internal readonly record struct ParsedNode(int Start, int Length, long Id, ulong Pointer, ulong Cookie, int CountsStart, int CountsLength,
    bool HasHolders, int FirstHolder, int HolderCount) : IParsedLine;
