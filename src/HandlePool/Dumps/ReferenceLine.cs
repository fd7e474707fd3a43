using HandlePool.Text;

namespace HandlePool.Dumps;

/// <summary>Represents a reference in a dump: <c>ref 871: desc 911 dead node 52494 s 1 w 1 d 0000000000000000</c>.</summary>
/// <param name="Id">The reference's debug id.</param>
/// <param name="Handle">The handle.</param>
/// <param name="NodeId">The node's id.</param>
/// <param name="Strong">The strong count.</param>
/// <param name="Weak">The weak count.</param>
/// <param name="IsDead">Whether the node's owner is gone.</param>
/// <param name="HasDeathPointer">Whether it ends in the pointer to a death notification, as the C driver's do.</param>
/// <param name="HasDeath">Whether that pointer is not null.</param>
internal readonly record struct ReferenceLine(long Id, long Handle, long NodeId, long Strong, long Weak, bool IsDead, bool HasDeathPointer, bool HasDeath)
{
    /// <summary>Parses a reference after its first word. The cursor moves behind it.</summary>
    /// <param name="cursor">The line.</param>
    /// <param name="reference">The reference.</param>
    /// <param name="ignored">The text between its parts that is unknown: vendors add <c>refPid:4410</c>.</param>
    /// <returns>The reason why it cannot be read; null if it can.</returns>
    internal static string? Parse(ref LineCursor cursor, out ReferenceLine reference, out ReadOnlySpan<byte> ignored)
    {
        reference = default;
        ignored = default;
        cursor.SkipSpace();
        if (!cursor.TryId(out long id) || !cursor.TryText(":"u8) || !cursor.TryField("desc"u8, out long handle))
            return "a reference without 'ref ID: desc HANDLE'";

        cursor.SkipSpace();
        bool isDead = cursor.TryText("dead"u8);
        if (!cursor.TryIdField("node"u8, out long node))
        {
            ignored = SkipPairs(ref cursor);
            isDead |= cursor.TryText("dead"u8);
            if (!cursor.TryIdField("node"u8, out node))
                return "a reference without 'node ID', or with an id out of range";
        }

        if (!cursor.TryField("s"u8, out long strong) || !cursor.TryField("w"u8, out long weak))
            return "a reference without 's COUNT w COUNT'";

        bool hasDeath = false;
        LineCursor death = cursor;
        death.SkipSpace();
        bool hasPointer = death.TryText("d "u8);
        if (hasPointer)
        {
            // A pointer in hex, padded with spaces or zeros, or "(null)".
            death.SkipSpace();
            hasDeath = !LineCursor.IsNull(death.Word());
            cursor = death;
        }

        reference = new ReferenceLine(id, handle, node, strong, weak, isDead, hasPointer, hasDeath);
        return null;
    }

    /// <summary>Parses a line as the drivers print it, with its line feed and without a reference to the context manager.</summary>
    /// <param name="text">Text that begins with the line, and may end within it.</param>
    /// <param name="reference">The reference.</param>
    /// <param name="length">The length of the line.</param>
    /// <returns>False for all other lines.</returns>
    internal static bool TryParseUsual(ReadOnlySpan<byte> text, out ReferenceLine reference, out int length)
    {
        reference = default;
        length = 0;
        LineCursor cursor = new(text);
        bool isDead = false;
        if (!(cursor.TryText("  ref "u8) && cursor.TryNumber(out long id) && cursor.TryText(": desc "u8) && cursor.TryNumber(out long handle) && handle > 0
            && (cursor.TryText(" node "u8) || (isDead = cursor.TryText(" dead node "u8))) && cursor.TryNumber(out long node)
            && cursor.TryText(" s "u8) && cursor.TryNumber(out long strong) && strong <= int.MaxValue
            && cursor.TryText(" w "u8) && cursor.TryNumber(out long weak) && weak <= int.MaxValue))
            return false;

        ulong death = 0;
        bool hasPointer = cursor.TryText(" d "u8);
        if ((hasPointer && !cursor.TryWholePointer(out death)) || !cursor.TryText("\n"u8))
            return false;
        reference = new ReferenceLine(id, handle, node, strong, weak, isDead, hasPointer, death != 0);
        length = cursor.Position;
        return true;
    }

    /// <summary>Skips words such as <c>refPid:4410</c>, and returns the first.</summary>
    private static ReadOnlySpan<byte> SkipPairs(ref LineCursor cursor)
    {
        ReadOnlySpan<byte> first = default;
        while (true)
        {
            LineCursor next = cursor;
            next.SkipSpace();
            ReadOnlySpan<byte> word = next.Word();
            if (word.IndexOf((byte)':') <= 0)
            {
                cursor.SkipSpace();
                return first;
            }

            if (first.IsEmpty)
                first = word;
            cursor = next;
        }
    }
}
