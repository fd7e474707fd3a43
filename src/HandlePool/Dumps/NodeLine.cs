using System.Buffers;
using HandlePool.Text;

namespace HandlePool.Dumps;

/// <summary>
/// Parses a node in a dump: <c>node 57057: u00000000efdb9050 c00000000f0614870 pri 0:139 hs 1 hw 1 ls 0 lw 0 is 2 iw 2 tr 1 proc 1921 1648</c>.
/// </summary>
/// <remarks>
/// A terminal may have wrapped the line, so that it goes on in the next ones. The object is reused from node to node.
/// </remarks>
internal sealed class NodeLine(NodeListings listings)
{
    // Nodes have few different counts, so that most lines repeat those of another one.
    private const int MostKnown = 8;
    private const int LongestKnown = 160;

    private static readonly SearchValues<byte> Numbers = SearchValues.Create("0123456789 \t"u8);
    private static readonly SearchValues<byte> Values = SearchValues.Create("0123456789:-"u8);

    private readonly List<int> _holders = [];
    private readonly List<KnownFields> _known = new(MostKnown);
    private readonly Dictionary<NodeFields, int> _indexes = [];
    private NodeFields _fields;
    private int _index;
    private uint _nextKnown;
    private Part _part;
    private bool _hasCounts;
    private bool _endsInBlank;

    /// <summary>Identifies what comes next.</summary>
    private enum Part
    {
        Id,
        Pointer,
        Cookie,

        /// <summary>The name of a value.</summary>
        Name,

        /// <summary>The pids of the holders, up to the end of the line.</summary>
        Holders,

        // The value of this name.
        Priority,
        HasStrong,
        HasWeak,
        LocalStrong,
        LocalWeak,
        StrongHolders,
        Weak,
        Strong,
        WeakCount,
        Temporary,
    }

    internal long Id { get; private set; }

    /// <summary>Gets the user pointer; 0 if it is null, hidden or left out.</summary>
    internal ulong Pointer { get; private set; }

    internal ulong Cookie { get; private set; }

    /// <summary>Gets the index of the flags and counts. Equal ones are one object.</summary>
    internal int CountsIndex => _index < 0 ? _index = FindIndex() : _index;

    /// <summary>Gets the flags and counts.</summary>
    internal HandleNodeCounts Counts => listings.Counts[CountsIndex];

    /// <summary>Gets the pids of the holders, once for each reference.</summary>
    internal List<int> Holders => _holders;

    /// <summary>Gets whether the line lists holders.</summary>
    internal bool HasHolders => _part == Part.Holders;

    /// <summary>Gets the reason why the line cannot be read, as far as it goes; null if it can.</summary>
    internal string? Fault => _part is Part.Id or Part.Pointer or Part.Cookie ? "a node without 'node ID: uPOINTER cPOINTER', or with an id out of range"
        : !_hasCounts ? "a node without its counts"
        : null;

    /// <summary>Begins a node, after its first word.</summary>
    /// <param name="cursor">The line.</param>
    /// <returns>The first text in the line that is unknown; empty if there is none.</returns>
    internal ReadOnlySpan<byte> Begin(LineCursor cursor)
    {
        _holders.Clear();
        _index = -1;
        _fields = NodeFields.None;
        _part = Part.Id;
        _hasCounts = false;
        (Id, Pointer, Cookie) = (0, 0, 0);
        cursor.SkipSpace();
        if (!cursor.TryId(out long id) || !cursor.TryText(":"u8))
            return default;
        Id = id;
        _part = Part.Pointer;
        return ReadKnown(cursor, out ReadOnlySpan<byte> ignored) ? ignored : Read(cursor);
    }

    /// <summary>Returns whether a line is certainly not the rest of a node's, but a node or a reference.</summary>
    /// <param name="text">Text that begins with the line, and may end within it.</param>
    internal static bool IsFollowedBy(ReadOnlySpan<byte> text) => text.StartsWith("  node "u8) || text.StartsWith("  ref "u8);

    /// <summary>Reads only the id of a line as the drivers print it.</summary>
    /// <param name="text">Text that begins with the line, and may end within it.</param>
    /// <param name="id">The id.</param>
    /// <param name="next">The index of the next line.</param>
    internal static bool TryReadId(ReadOnlySpan<byte> text, out long id, out int next)
    {
        id = next = 0;
        LineCursor cursor = new(text);
        if (!cursor.TryText("  node "u8) || !cursor.TryNumber(out id))
            return false;
        next = cursor.Position + cursor.Rest.IndexOf((byte)'\n') + 1;
        return next > cursor.Position;
    }

    /// <summary>Parses a line as the drivers print it, with its line feed, if the next line is not its rest. What the counts are is not looked at.</summary>
    /// <param name="text">Text that begins with the line, and may end within it.</param>
    /// <param name="holders">Room for the pids of its holders.</param>
    /// <param name="node">The node, at the beginning of the text and of <paramref name="holders"/>.</param>
    /// <returns>False for all other lines.</returns>
    internal static bool TryParseUsual(ReadOnlySpan<byte> text, Span<int> holders, out ParsedNode node)
    {
        node = default;
        LineCursor cursor = new(text);
        if (!TryParsePointers(ref cursor, out long id, out ulong pointer, out ulong cookie) || cursor.Rest.IndexOf((byte)'\n') is not (>= 0 and int length))
            return false;
        int start = cursor.Position, count = 0;
        ReadOnlySpan<byte> counts = text.Slice(start, length);
        if (counts.IndexOf(" proc "u8) is >= 0 and int list)
            counts = counts[..list];
        if (counts.EndsWith(" proc"u8))
            return false;
        LineCursor rest = new(text[(start + counts.Length)..]);
        bool hasHolders = rest.TryText(" proc"u8);
        for (; rest.TryText(" "u8); count++)
        {
            if (count == holders.Length || !rest.TryNumber(out long pid) || pid > int.MaxValue)
                return false;
            holders[count] = (int)pid;
        }

        if (!rest.TryText("\n"u8) || !IsFollowedBy(rest.Rest))
            return false;
        node = new ParsedNode(Start: 0, start + counts.Length + rest.Position, id, pointer, cookie, start, counts.Length, hasHolders, FirstHolder: 0, count);
        return true;
    }

    /// <summary>Reads a line that was parsed, if it has the counts of another one.</summary>
    /// <param name="text">The line.</param>
    /// <param name="node">What was parsed.</param>
    /// <param name="holders">The pids of its holders.</param>
    /// <returns>The length of the line; 0 for all other lines.</returns>
    internal int ReadUsual(ReadOnlySpan<byte> text, in ParsedNode node, ReadOnlySpan<int> holders)
    {
        ReadOnlySpan<byte> counts = text.Slice(node.CountsStart, node.CountsLength);
        foreach (KnownFields known in _known)
        {
            if (!counts.SequenceEqual(known.Text))
                continue;
            _holders.Clear();
            _holders.AddRange(holders);
            _part = node.HasHolders ? Part.Holders : Part.Name;
            SetUsual(node.Id, node.Pointer, node.Cookie, known);
            return node.Length;
        }

        return 0;
    }

    /// <summary>Reads a line as the drivers print it, with its line feed, if it has the counts of another one and the next line is not its rest.</summary>
    /// <param name="text">Text that begins with the line, and may end within it.</param>
    /// <returns>The length of the line; 0 for all other lines.</returns>
    internal int ReadUsual(ReadOnlySpan<byte> text)
    {
        LineCursor cursor = new(text);
        if (!TryParsePointers(ref cursor, out long id, out ulong pointer, out ulong cookie))
            return 0;
        foreach (KnownFields known in _known)
        {
            LineCursor rest = cursor;
            if (!rest.TryText(known.Text))
                continue;
            _holders.Clear();
            _part = Part.Name;
            if (rest.TryText(" proc"u8))
            {
                _part = Part.Holders;
                while (rest.TryText(" "u8))
                {
                    if (!rest.TryNumber(out long pid) || pid > int.MaxValue)
                        return 0;
                    _holders.Add((int)pid);
                }
            }

            if (!rest.TryText("\n"u8))
                continue;
            if (!IsFollowedBy(rest.Rest))
                return 0;
            SetUsual(id, pointer, cookie, known);
            return rest.Position;
        }

        return 0;
    }

    private static bool TryParsePointers(ref LineCursor cursor, out long id, out ulong pointer, out ulong cookie)
    {
        pointer = cookie = 0;
        id = 0;
        return cursor.TryText("  node "u8) && cursor.TryNumber(out id)
            && cursor.TryText(": u"u8) && cursor.TryWholePointer(out pointer)
            && cursor.TryText(" c"u8) && cursor.TryWholePointer(out cookie);
    }

    private void SetUsual(long id, ulong pointer, ulong cookie, KnownFields known)
    {
        (Id, Pointer, Cookie) = (id, pointer, cookie);
        (_index, _fields) = (known.Index, known.Fields);
        _hasCounts = true;
    }

    /// <summary>Reads a line with both pointers. Its counts are parsed only if no other line lately had the same.</summary>
    private bool ReadKnown(LineCursor cursor, out ReadOnlySpan<byte> ignored)
    {
        ignored = default;
        if (!cursor.TryPointer("u"u8, out ulong pointer, out bool isAddress) || !isAddress
            || !cursor.TryPointer("c"u8, out ulong cookie, out isAddress) || !isAddress)
            return false;
        (Pointer, Cookie) = (pointer, cookie);
        ReadOnlySpan<byte> text = cursor.Rest;
        int holders = text.IndexOf(" proc "u8);
        if (holders >= 0)
            text = text[..holders];
        _part = Part.Name;
        foreach (KnownFields known in _known)
        {
            if (!text.SequenceEqual(known.Text))
                continue;
            _index = known.Index;
            _fields = known.Fields;
            _hasCounts = true;
            cursor.TryText(text);
            ignored = Read(cursor);
            return true;
        }

        _fields.HasPointers = true;
        ignored = Read(cursor);
        if (ignored.IsEmpty && _hasCounts && _part is Part.Name or Part.Holders && text.Length <= LongestKnown)
        {
            KnownFields known = new(text.ToArray(), _fields, CountsIndex);
            if (_known.Count < MostKnown)
                _known.Add(known);
            else
                _known[(int)(_nextKnown++ % MostKnown)] = known;
        }

        return true;
    }

    /// <summary>Returns whether a line is the rest of this one, and if so, reads it.</summary>
    /// <param name="line">The line.</param>
    /// <param name="ignored">The first text in it that is unknown; empty if there is none.</param>
    internal bool TryContinue(ReadOnlySpan<byte> line, out ReadOnlySpan<byte> ignored)
    {
        ignored = default;
        LineCursor cursor = new(line);
        cursor.SkipSpace();
        if (cursor.IsAtEnd || !IsRest(cursor))
            return false;
        _index = -1;
        ignored = Read(cursor);
        return true;
    }

    /// <summary>Returns whether a line <c>proc 1754</c> may be the rest of this one: it has holders, and the drivers list them in the same line.</summary>
    internal bool MayContinue(ReadOnlySpan<byte> line)
    {
        if (_part != Part.Name || _fields is not ({ Holders: > 0 } or { Strong: > 0 } or { Weak: > 0 }))
            return false;
        LineCursor cursor = new(line);
        cursor.SkipSpace();
        if (!cursor.TryWord("proc"u8) || !cursor.TryNumber(out long pid) || pid > int.MaxValue)
            return false;
        cursor.SkipSpace();
        return cursor.IsAtEnd;
    }

    /// <summary>Reads the rest of this line.</summary>
    internal void Continue(ReadOnlySpan<byte> line)
    {
        _index = -1;
        Read(new LineCursor(line));
    }

    /// <summary>Drops the last pid of a line in which the text ends: it may be cut off.</summary>
    internal void DropLastHolder()
    {
        if (_holders.Count > 0)
            _holders.RemoveAt(_holders.Count - 1);
    }

    private bool IsRest(LineCursor cursor)
    {
        ReadOnlySpan<byte> rest = cursor.Rest;
        switch (_part)
        {
            case Part.Id:
                return false;
            case Part.Pointer:
                return rest[0] == (byte)'u' && cursor.TryPointer("u"u8, out _, out bool isAddress) && isAddress;
            case Part.Cookie:
                return rest[0] == (byte)'c' && cursor.TryPointer("c"u8, out _, out isAddress) && isAddress;
            case Part.Holders:
                return IsNumbers(rest, out _);
            case Part.Name:
                Part part = PartOf(cursor.Word());
                cursor.SkipSpace();
                if (part != Part.Holders)
                    return part != Part.Name && IsValue(cursor.Rest);

                // A process is not a list of several numbers, and the drivers end no line in a blank.
                return IsNumbers(cursor.Rest, out bool areSeveral) && (areSeveral || (_endsInBlank && _fields.Holders > 0));
            default:
                return IsValue(rest);
        }
    }

    /// <summary>Reads to the end of the line, and returns the first text that is unknown.</summary>
    private ReadOnlySpan<byte> Read(LineCursor cursor)
    {
        ReadOnlySpan<byte> ignored = default;
        while (true)
        {
            _endsInBlank = cursor.SkipSpace() > 0;
            if (cursor.IsAtEnd)
                return ignored;
            LineCursor before = cursor;
            if (TryStep(ref cursor))
                continue;

            // Without pointers or a count, it is no node that could be read.
            cursor = before;
            if (ignored.IsEmpty)
                ignored = cursor.Rest;
            if (_part is Part.Pointer or Part.Cookie || cursor.Rest.StartsWith("//"u8))
                return ignored;
            if (_part > Part.Holders)
                _part = Part.Name;
            cursor.Word();
        }
    }

    private bool TryStep(ref LineCursor cursor)
    {
        switch (_part)
        {
            case Part.Pointer:
                if (cursor.TryText("..."u8))
                {
                    // Whoever published the dump left the pointers out.
                    _part = Part.Name;
                    return true;
                }

                if (!cursor.TryPointer("u"u8, out ulong pointer, out bool isAddress))
                    return false;
                Pointer = pointer;
                _fields.HasPointers = isAddress;
                _part = Part.Cookie;
                return true;
            case Part.Cookie:
                if (!cursor.TryPointer("c"u8, out pointer, out isAddress))
                    return false;
                Cookie = pointer;
                _fields.HasPointers &= isAddress;
                _part = Part.Name;
                return true;
            case Part.Name:
                Part part = PartOf(cursor.Word());
                if (part == Part.Name)
                    return false;
                _hasCounts |= part is Part.Priority or Part.HasStrong;
                _part = part;
                return true;
            case Part.Holders:
                if (!cursor.TryNumber(out long pid) || !cursor.IsAtWordEnd || pid > int.MaxValue)
                    return false;
                _holders.Add((int)pid);
                return true;
            default:
                return TryValue(ref cursor);
        }
    }

    private bool TryValue(ref LineCursor cursor)
    {
        int value;
        if (cursor.TryText("true"u8))
        {
            value = 1;
        }
        else if (cursor.TryText("false"u8))
        {
            value = 0;
        }
        else
        {
            bool isNegative = cursor.TryText("-"u8);
            if (!cursor.TryNumber(out long number) || number > int.MaxValue)
                return false;
            value = (int)(isNegative ? -number : number);
        }

        switch (_part)
        {
            case Part.Priority:
                long priority = -1;
                if (cursor.TryText(":"u8) && !cursor.TryNumber(out priority))
                    return false;
                (_fields.Policy, _fields.Priority) = priority < 0 ? (NodeFields.Absent, value) : (value, (int)Math.Min(priority, int.MaxValue));
                break;
            case Part.HasStrong:
                _fields.HasStrong = value;
                break;
            case Part.HasWeak:
                _fields.HasWeak = value;
                break;
            case Part.LocalStrong:
                _fields.LocalStrong = value;
                break;
            case Part.LocalWeak:
                _fields.LocalWeak = value;
                break;
            case Part.StrongHolders:
                _fields.StrongHolders = value;
                break;
            case Part.Weak:
                _fields.Holders = value;
                break;
            case Part.Strong:
                _fields.Strong = value;
                break;
            case Part.WeakCount:
                _fields.Weak = value;
                break;
            default:
                _fields.Temporary = value;
                break;
        }

        if (!cursor.IsAtWordEnd)
            return false;
        _part = Part.Name;
        return true;
    }

    private int FindIndex()
    {
        if (!_indexes.TryGetValue(_fields, out int index))
            _indexes.Add(_fields, index = listings.Add(_fields.ToCounts()));
        return index;
    }

    private static Part PartOf(ReadOnlySpan<byte> word) => word.Length switch
    {
        2 => ((char)word[0], (char)word[1]) switch
        {
            ('h', 's') => Part.HasStrong,
            ('h', 'w') => Part.HasWeak,
            ('l', 's') => Part.LocalStrong,
            ('l', 'w') => Part.LocalWeak,
            ('i', 's') => Part.StrongHolders,
            ('i', 'w') => Part.Weak,
            ('c', 's') => Part.Strong,
            ('c', 'w') => Part.WeakCount,
            ('t', 'r') => Part.Temporary,
            _ => Part.Name,
        },
        3 when word.SequenceEqual("pri"u8) => Part.Priority,
        4 when word.SequenceEqual("proc"u8) => Part.Holders,
        _ => Part.Name,
    };

    private static bool IsValue(ReadOnlySpan<byte> text)
    {
        LineCursor cursor = new(text);
        ReadOnlySpan<byte> word = cursor.Word();
        return !word.IsEmpty && (word.SequenceEqual("true"u8) || word.SequenceEqual("false"u8) || !word.ContainsAnyExcept(Values));
    }

    private static bool IsNumbers(ReadOnlySpan<byte> text, out bool areSeveral)
    {
        areSeveral = false;
        if (text.IsEmpty || !char.IsAsciiDigit((char)text[0]))
            return false;
        text = text.TrimEnd(" \t"u8);
        areSeveral = text.IndexOfAny((byte)' ', (byte)'\t') > 0;
        return !text.ContainsAnyExcept(Numbers);
    }

    /// <summary>Represents the part of a line with the flags and counts, and what it says.</summary>
    private sealed record KnownFields(byte[] Text, NodeFields Fields, int Index);
}

/// <summary>Represents the flags and counts of a node, compactly; <see cref="Absent"/> stands for one that the line does not have.</summary>
internal record struct NodeFields
{
    internal const int Absent = int.MinValue;

    internal int HasStrong;
    internal int HasWeak;
    internal int LocalStrong;
    internal int LocalWeak;
    internal int StrongHolders;
    internal int Holders;
    internal int Strong;
    internal int Weak;
    internal int Temporary;
    internal int Policy;
    internal int Priority;
    internal bool HasPointers;

    internal static NodeFields None => new()
    {
        HasStrong = Absent,
        HasWeak = Absent,
        LocalStrong = Absent,
        LocalWeak = Absent,
        StrongHolders = Absent,
        Holders = Absent,
        Strong = Absent,
        Weak = Absent,
        Temporary = Absent,
        Policy = Absent,
        Priority = Absent,
    };

    internal readonly HandleNodeCounts ToCounts() => new()
    {
        HasStrong = Flag(HasStrong),
        HasWeak = Flag(HasWeak),
        LocalStrong = Count(LocalStrong),
        LocalWeak = Count(LocalWeak),
        StrongHolders = Count(StrongHolders),
        Holders = Count(Holders),
        Strong = Count(Strong),
        Weak = Count(Weak),
        Temporary = Count(Temporary),
        Policy = Count(Policy),
        Priority = Count(Priority),
        HasPointers = HasPointers,
    };

    private static int? Count(int value) => value == Absent ? null : value;

    private static bool? Flag(int value) => value == Absent ? null : value != 0;
}
