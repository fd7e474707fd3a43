using System.Buffers;
using HandlePool.Text;

namespace HandlePool.Dumps;

/// <summary>Recognizes the lines that begin a section of a report, or tell what a text is.</summary>
/// <remarks>
/// A heading says little: vendors write what they like. The path in it says more, and the first line that the driver prints says most.
/// </remarks>
internal static class DumpHeading
{
    private static readonly SearchValues<byte> BeforePath = SearchValues.Create(" \t('\"=:>"u8);
    private static readonly SearchValues<byte> AfterPath = SearchValues.Create(" \t:)'\"<,;"u8);

    private static ReadOnlySpan<byte> Folder => "/binder"u8;

    /// <summary>Returns whether a line is a heading, such as <c>------ BINDER STATE (/sys/kernel/debug/binder/state) ------</c>.</summary>
    internal static bool IsTitle(ReadOnlySpan<byte> line) => line.StartsWith("------"u8);

    /// <summary>Returns whether a line ends a section: it has the section's duration.</summary>
    internal static bool IsEnd(ReadOnlySpan<byte> line) => line[0] == (byte)'['
        ? line.TrimEnd(" "u8).EndsWith("s elapsed]"u8)
        : IsTitle(line) && line.IndexOf("was the duration of '"u8) > 0;

    /// <summary>Returns the kind of text that a title announces; null if it is none of the driver's.</summary>
    internal static HandleSourceKind? OfTitle(ReadOnlySpan<byte> title)
    {
        int binder = title.IndexOf("BINDER "u8);
        if (binder < 0)
            return null;
        title = title[binder..];
        return title.IndexOf("STATS"u8) > 0 ? HandleSourceKind.Statistics
            : title.IndexOf("FAILED TRANSACTION LOG"u8) > 0 ? HandleSourceKind.FailedTransactionLog
            : title.IndexOf("TRANSACTION LOG"u8) > 0 ? HandleSourceKind.TransactionLog
            : title.IndexOf("TRANSACTIONS"u8) > 0 ? HandleSourceKind.Transactions
            : title.IndexOf("PROC"u8) > 0 ? HandleSourceKind.ProcessState
            : title.IndexOf("STATE"u8) > 0 ? HandleSourceKind.State
            : null;
    }

    /// <summary>Returns the kind of text that begins in this line, and where: it may follow the last line of another text, or a prompt.</summary>
    /// <remarks>Other lines that end like a heading, as in a log or a mail, only talk about a dump.</remarks>
    internal static HandleSourceKind? OfText(ReadOnlySpan<byte> line, out int index)
    {
        index = 0;

        // More may follow where lines end in carriage returns only.
        ReadOnlySpan<byte> text = line.Trim(" \t"u8);
        if (text.StartsWith("binder"u8) && KindOfHeading(text, text.IndexOf((byte)':') + 1) is { } begun)
        {
            index = line.IndexOf((byte)'b');
            return begun;
        }

        if (text is not [.., (byte)':'])
            return null;
        index = text.LastIndexOf("binder "u8);
        if (index <= 0 || KindOfHeading(text[index..], text.Length - index) is not { } following)
            return null;
        ReadOnlySpan<byte> before = text[..index];
        index += line.IndexOf(text[0]);
        return OfLine(before) is not null || IsUsual(before) || before.EndsWith("# "u8) || before.EndsWith("$ "u8) ? following : null;
    }

    private static HandleSourceKind? KindOfHeading(ReadOnlySpan<byte> text, int length)
    {
        LineCursor cursor = new(text[..length]);
        if (!cursor.TryWord("binder"u8))
            return null;
        bool isOfProcess = cursor.TryWord("proc"u8);
        return cursor.Rest.SequenceEqual("state:"u8) ? isOfProcess ? HandleSourceKind.ProcessState : HandleSourceKind.State
            : isOfProcess ? null
            : cursor.Rest.SequenceEqual("stats:"u8) ? HandleSourceKind.Statistics
            : cursor.Rest.SequenceEqual("transactions:"u8) ? HandleSourceKind.Transactions
            : null;
    }

    /// <summary>Finds the path of one of the driver's files in a line.</summary>
    internal static bool TryFindPath(ReadOnlySpan<byte> line, out BinderPath path)
    {
        for (int from = 0; line[from..].IndexOf(Folder) is >= 0 and int found; from += found + Folder.Length)
        {
            ReadOnlySpan<byte> rest = line[(from + found + Folder.Length)..];
            int skipped = rest.StartsWith("_logs/"u8) ? "_logs/"u8.Length : rest.StartsWith("/"u8) ? 1 : 0;
            if (skipped == 0)
                continue;
            ReadOnlySpan<byte> name = rest[skipped..];
            int length = name.IndexOfAny(AfterPath);
            if (length >= 0)
                name = name[..length];
            if (KindOf(name, out int? id) is not { } kind)
                continue;
            int start = line[..(from + found)].LastIndexOfAny(BeforePath) + 1;
            int end = from + found + Folder.Length + skipped + name.Length;
            path = new BinderPath(kind, id, start, end);
            return true;
        }

        path = default;
        return false;
    }

    /// <summary>Returns the reason for which the device refused a file, as in <c>cat: PATH: Permission denied</c>; empty if it did not.</summary>
    internal static ReadOnlySpan<byte> RefusalOf(ReadOnlySpan<byte> line, in BinderPath path)
    {
        ReadOnlySpan<byte> reason = line[path.End..].TrimStart("'\""u8);
        if (line.StartsWith("*** "u8) && IsTimeout(reason.TrimStart(": "u8)))
            return reason.TrimStart(": "u8);
        if (!reason.StartsWith(": "u8))
            return default;
        reason = reason[2..].Trim(" \t*-"u8);
        return line.StartsWith("*** "u8) || reason.StartsWith("Permission denied"u8) || reason.StartsWith("No such file"u8)
            || reason.StartsWith("Operation not permitted"u8) || reason.StartsWith("Is a directory"u8) || reason.StartsWith("Not a directory"u8)
            || reason.StartsWith("I/O error"u8) || reason.StartsWith("Input/output error"u8) || reason.StartsWith("Invalid argument"u8)
            || reason.StartsWith("No such device"u8) || reason.StartsWith("Cannot allocate memory"u8)
            ? reason
            : default;
    }

    /// <summary>Returns whether dumpstate stopped the command: <c>*** command 'cat PATH' timed out after 10.000s (killing pid 99)</c>.</summary>
    internal static bool IsTimeout(ReadOnlySpan<byte> reason) => reason.StartsWith("timed out after "u8);

    /// <summary>Returns the index at which dumpstate says so, behind a line that is cut off; negative if it does not.</summary>
    internal static int FindTimeout(ReadOnlySpan<byte> line) =>
        line[^1] == (byte)')' && line.IndexOf("' timed out after "u8) > 0 ? line.LastIndexOf("*** command '"u8) : -1;

    /// <summary>Returns whether a line with a path is a heading: nothing but the path, or a command that prints the file.</summary>
    internal static bool IsHeading(ReadOnlySpan<byte> line, in BinderPath path)
    {
        // Or between the signs of tail, as in "==> PATH <==".
        ReadOnlySpan<byte> before = line[..path.Start].Trim(" \t=>'\""u8);
        ReadOnlySpan<byte> after = line[path.End..].Trim(" \t:='\"<"u8);
        return before.IsEmpty ? after.IsEmpty
            : before.EndsWith("cat"u8) || before.EndsWith("more"u8) || before.EndsWith("less"u8) || before.EndsWith("head"u8) || before.EndsWith("tail"u8);
    }

    /// <summary>Returns the kind of log that a file is by its name; null if it is none.</summary>
    internal static HandleSourceKind? OfLogName(string name) => name switch
    {
        "transaction_log" => HandleSourceKind.TransactionLog,
        "failed_transaction_log" => HandleSourceKind.FailedTransactionLog,
        _ => null,
    };

    /// <summary>Returns the kind of text that a line is of; null if it may be of several, or of none.</summary>
    /// <param name="line">The line, without blanks before it.</param>
    internal static HandleSourceKind? OfLine(ReadOnlySpan<byte> line)
    {
        LineCursor cursor = new(line);
        switch (line[0])
        {
            case (byte)'r':
                if (cursor.TryWord("ref"u8))
                    return cursor.TryNumber(out _) && cursor.TryText(":"u8) ? HandleSourceKind.ProcessState : null;
                return line.StartsWith("requested threads:"u8) || line.StartsWith("ready threads "u8)
                    || (cursor.TryField("refs:"u8, out _)) || cursor.TryField("ref: active"u8, out _)
                    ? HandleSourceKind.Statistics : null;
            case (byte)'n':
                if (cursor.TryWord("node"u8))
                    return cursor.TryNumber(out _) && cursor.TryText(":"u8) ? HandleSourceKind.ProcessState : null;
                return cursor.TryField("nodes:"u8, out _) || cursor.TryField("node: active"u8, out _) ? HandleSourceKind.Statistics : null;
            case (byte)'t':
                return cursor.TryField("threads:"u8, out _) || cursor.TryField("thread: active"u8, out _) || cursor.TryField("transaction: active"u8, out _)
                    ? HandleSourceKind.Statistics : null;
            case (byte)'f':
                return line.StartsWith("free async space"u8) || line.StartsWith("free oneway space"u8) ? HandleSourceKind.Statistics : null;
            case (byte)'p':
                return cursor.TryField("proc: active"u8, out _) || cursor.TryField("pages:"u8, out _) || cursor.TryField("pending transactions:"u8, out _)
                    ? HandleSourceKind.Statistics : null;
            case (byte)'b':
                return cursor.TryField("buffers:"u8, out _) ? HandleSourceKind.Statistics : null;
            case (byte)'B':
                return (line.StartsWith("BC_"u8) || line.StartsWith("BR_"u8)) && line.IndexOf(": "u8) > 0 ? HandleSourceKind.Statistics : null;
            case (byte)'d':
                return cursor.TryWords("dead"u8, "nodes:"u8) ? HandleSourceKind.State : null;
            case >= (byte)'0' and <= (byte)'9':
                return cursor.TryNumber(out _) && cursor.TryText(": "u8) && (cursor.TryText("call "u8) || cursor.TryText("reply"u8) || cursor.TryText("async"u8))
                    ? HandleSourceKind.TransactionLog : null;
            default:
                return null;
        }
    }

    /// <summary>Returns whether a line is a reference or a node of a state, and hardly of another program's text.</summary>
    internal static bool IsOfState(ReadOnlySpan<byte> text)
    {
        LineCursor cursor = new(text);
        return text[0] == (byte)'r'
            ? cursor.TryText("ref "u8) && cursor.TryId(out _) && cursor.TryText(": desc "u8)
            : text[0] == (byte)'n' && cursor.TryText("node "u8) && cursor.TryId(out _) && cursor.TryText(": u"u8);
    }

    /// <summary>Returns whether a line may begin or end a section, or be of a state, by how it begins. Those with the driver's name may, too.</summary>
    /// <param name="text">The line, without blanks before it.</param>
    internal static bool MayBe(ReadOnlySpan<byte> text) => text[0] switch
    {
        (byte)'>' or (byte)'=' => true,
        (byte)'-' => IsTitle(text),
        (byte)'[' => text[^1] is (byte)']' or (byte)' ' or (byte)'\r' || text.StartsWith("[ro."u8),
        (byte)'B' => text.StartsWith("Build "u8),
        (byte)'r' => text.StartsWith("ref "u8),
        (byte)'n' => text.StartsWith("node "u8),
        _ => false,
    };

    /// <summary>Returns whether a line with the driver's name in it may be one of its headings, or have the path of one of its files.</summary>
    /// <param name="text">The line, without blanks before it.</param>
    internal static bool MayName(ReadOnlySpan<byte> text) =>
        text.StartsWith("binder"u8) || text.TrimEnd(" \t\r"u8) is [.., (byte)':'] || text.IndexOf(Folder) >= 0;

    /// <summary>Returns whether a line begins like most lines of a state. No other text begins in them, except behind a reference.</summary>
    internal static bool IsUsual(ReadOnlySpan<byte> text) => text[0] switch
    {
        (byte)'r' => text.StartsWith("ref "u8),
        (byte)'n' => text.StartsWith("node "u8),
        (byte)'t' => text.StartsWith("thread "u8),
        (byte)'p' => text.StartsWith("proc "u8),
        (byte)'c' => text.StartsWith("context "u8),
        _ => false,
    };

    /// <summary>Returns whether a line that tells its text may be the first of that text, and is hardly of another program's.</summary>
    internal static bool IsBeginning(ReadOnlySpan<byte> line) =>
        line.StartsWith("BC_"u8) || line.StartsWith("BR_"u8) || line.StartsWith("proc: active"u8) || line.StartsWith("dead nodes:"u8) || char.IsAsciiDigit((char)line[0]);

    private static HandleSourceKind? KindOf(ReadOnlySpan<byte> name, out int? id)
    {
        id = null;
        if (name.SequenceEqual("state"u8) || name.SequenceEqual("state_hashed"u8))
            return HandleSourceKind.State;
        if (name.SequenceEqual("stats"u8))
            return HandleSourceKind.Statistics;
        if (name.SequenceEqual("transactions"u8) || name.SequenceEqual("transactions_hashed"u8))
            return HandleSourceKind.Transactions;
        if (name.SequenceEqual("transaction_log"u8))
            return HandleSourceKind.TransactionLog;
        if (name.SequenceEqual("failed_transaction_log"u8))
            return HandleSourceKind.FailedTransactionLog;
        if (!name.StartsWith("proc/"u8))
            return null;
        LineCursor cursor = new(name["proc/"u8.Length..]);
        if (cursor.TryNumber(out long number) && cursor.IsAtWordEnd && number <= int.MaxValue)
            id = (int)number;
        return HandleSourceKind.ProcessState;
    }
}

/// <summary>Represents the path of one of the driver's files in a line.</summary>
/// <param name="Kind">The kind of text that the file has.</param>
/// <param name="Id">The pid in the path; null if it has none.</param>
/// <param name="Start">The index of the path in the line.</param>
/// <param name="End">The index behind it.</param>
internal readonly record struct BinderPath(HandleSourceKind Kind, int? Id, int Start, int End);
