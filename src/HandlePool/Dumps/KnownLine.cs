using System.Text;
using HandlePool.Tables;
using HandlePool.Text;

namespace HandlePool.Dumps;

/// <summary>Recognizes the lines of a dump that are not about handles.</summary>
internal static class KnownLine
{
    private static readonly byte[][] WithoutHandles =
    [
        .. new[]
        {
            "thread ", "buffer ", "buffer: ", "outgoing transaction", "incoming transaction", "pending transaction", "pending async transaction",
            "bad transaction ", "transaction complete", "transaction error: ", "node work ", "has dead binder", "has cleared dead binder",
            "has cleared death notification", "has delivered dead binder", "has delivered freeze binder", "has frozen binder",
            "has cleared freeze notification", "unknown work: type ", "#",
        }.Select(Encoding.ASCII.GetBytes),
    ];

    private static readonly (byte[] Text, ImportedWork Work)[] WorkLines =
    [
        ("has dead binder"u8.ToArray(), ImportedWork.Death),
        ("has cleared dead binder"u8.ToArray(), ImportedWork.ClearedAndDeath),
        ("has cleared death notification"u8.ToArray(), ImportedWork.ClearedDeath),
        ("has frozen binder"u8.ToArray(), ImportedWork.Freeze),
        ("has cleared freeze notification"u8.ToArray(), ImportedWork.ClearedFreeze),
        ("has delivered dead binder"u8.ToArray(), ImportedWork.DeliveredDeath),
        ("has delivered freeze binder"u8.ToArray(), ImportedWork.DeliveredFreeze),
        ("transaction error: 2147774976"u8.ToArray(), ImportedWork.Error),
    ];

    /// <summary>Returns whether a line is of a kind that says nothing about handles.</summary>
    /// <param name="line">The line, without blanks before it.</param>
    internal static bool HasNoHandles(ReadOnlySpan<byte> line)
    {
        foreach (byte[] known in WithoutHandles)
        {
            if (line.StartsWith(known))
                return true;
        }

        return false;
    }

    /// <summary>Returns whether a line is of a thread: <c>thread 1754: l 12 need_return 0 tr 0</c>.</summary>
    /// <param name="line">The line, without blanks before it.</param>
    internal static bool IsThread(ReadOnlySpan<byte> line) => IsNumbered(line, "thread"u8);

    /// <summary>Returns the index at which the next line of a process follows in one without its line feed; negative if none does.</summary>
    internal static int FindGlued(ReadOnlySpan<byte> line)
    {
        for (int index = line.IndexOf((byte)' '); index >= 0 && index + 1 < line.Length; index++)
        {
            int found = line[index..].IndexOf((byte)' ');
            if (found < 0)
                break;
            index += found;
            ReadOnlySpan<byte> rest = line[(index + 1)..];
            if (IsNumbered(rest, "thread"u8) || IsNumbered(rest, "node"u8) || IsNumbered(rest, "ref"u8))
                return index;
        }

        return -1;
    }

    private static bool IsNumbered(ReadOnlySpan<byte> line, ReadOnlySpan<byte> word)
    {
        LineCursor cursor = new(line);
        return cursor.TryWord(word) && cursor.TryId(out _) && cursor.TryText(":"u8);
    }

    /// <summary>Returns whether a line is about work for a notification. One that is cut off is not.</summary>
    /// <param name="line">The line, without blanks before it.</param>
    /// <param name="work">The work.</param>
    internal static bool IsWork(ReadOnlySpan<byte> line, out ImportedWork work)
    {
        line = line.TrimEnd(" "u8);
        foreach ((byte[] text, ImportedWork each) in WorkLines)
        {
            work = each;
            if (line.SequenceEqual(text))
                return true;
        }

        work = default;
        return false;
    }

    /// <summary>Returns whether work is that of a thread, which is indented by four spaces; that of a process is indented by two.</summary>
    internal static bool IsOfThread(ReadOnlySpan<byte> indentation) => indentation.EndsWith("    "u8);
}
