using System.Text;
using HandlePool.Text;

namespace HandlePool.Evidence;

/// <summary>Parses the lines in which both drivers show calls and buffers, in every form since Linux 3.4.</summary>
/// <remarks>
/// The C driver prints <c>outgoing transaction ID: POINTER from P:T to P:T code HEX flags HEX pri N:N rN elapsed Nms node N size N:N offset HEX</c>, of
/// which old releases lack some. The Rust driver has neither the pointer nor the thread that is called. All fields are read by name.
/// </remarks>
internal static class CallParser
{
    private const long OneWayFlag = 1;

    private static readonly (byte[] Text, CallRecordKind? Kind)[] Beginnings =
    [
        ("outgoing transaction "u8.ToArray(), CallRecordKind.Outgoing),
        ("incoming transaction "u8.ToArray(), CallRecordKind.Incoming),
        ("pending transaction "u8.ToArray(), CallRecordKind.Pending),
        ("pending async transaction "u8.ToArray(), CallRecordKind.Pending),

        // Of neither the thread that calls nor the one that is called.
        ("bad transaction "u8.ToArray(), CallRecordKind.Pending),
    ];

    /// <summary>Returns whether a line begins as a call or a buffer does.</summary>
    internal static bool IsCall(ReadOnlySpan<byte> text) => text[0] switch
    {
        (byte)'b' => text.StartsWith("buffer"u8) || text.StartsWith("bad transaction "u8),
        (byte)'o' or (byte)'i' or (byte)'p' => KindOf(text, out _) is not null,
        _ => false,
    };

    /// <summary>Parses a line of a call or a buffer; returns null if it is none, or cannot be read.</summary>
    internal static CallRecord? Parse(ReadOnlySpan<byte> text, string path, long line)
    {
        if (text[0] == (byte)'b' && text.StartsWith("buffer"u8))
            return ParseBuffer(text, path, line);
        if (KindOf(text, out int length) is not { } kind)
            return null;
        LineCursor cursor = new(text[length..]);
        if (!cursor.TryId(out long id) || !cursor.TryText(":"u8))
            return null;

        // The C driver prints the pointer of the call before it.
        cursor.SkipTo(" from "u8);
        if (!cursor.TryText(" from "u8) || !TryThread(ref cursor, out int? fromId, out int? fromThread) || !cursor.TryText(" to "u8)
            || !TryThread(ref cursor, out int? toId, out int? toThread))
        {
            return null;
        }

        CallFields fields = CallFields.Read(cursor);
        return new CallRecord(kind, path, line)
        {
            Id = id,
            FromId = fromId,
            FromThread = fromThread,
            ToId = toId,
            ToThread = toThread,
            CallKind = fields.IsOneWay is true || (fields.Flags.GetValueOrDefault() & OneWayFlag) != 0 ? HandleTransactionKind.OneWay
                : fields.NeedsReply ?? fields.Node is not null ? HandleTransactionKind.Call : HandleTransactionKind.Reply,
            Code = fields.Code,
            Flags = fields.Flags,
            Age = fields.Age,
            Node = fields.Node,
            Size = fields.Size,
            OffsetsSize = fields.OffsetsSize,
        };
    }

    /// <summary>Parses an entry of a log: <c>409: call  from 1754:1822 to 812:0 context binder node 12 handle 7 size 64:0 ret 0/0 l=0</c>.</summary>
    internal static CallRecord? ParseEntry(ReadOnlySpan<byte> text, CallRecordKind kind, string path, long line)
    {
        LineCursor cursor = new(text);
        if (!cursor.TryNumber(out long id) || !cursor.TryText(":"u8))
            return null;
        cursor.SkipSpace();
        HandleTransactionKind? called = cursor.TryText("call"u8) ? HandleTransactionKind.Call : cursor.TryText("reply"u8) ? HandleTransactionKind.Reply
            : cursor.TryText("async"u8) ? HandleTransactionKind.OneWay : null;
        cursor.SkipSpace();
        if (called is null || !cursor.TryText("from "u8) || !TryThread(ref cursor, out int? fromId, out int? fromThread) || !cursor.TryText(" to "u8)
            || !TryThread(ref cursor, out int? toId, out int? toThread))
        {
            return null;
        }

        cursor.SkipSpace();
        string? context = null;
        if (cursor.TryText("context "u8))
        {
            // The name of a device may have blanks.
            ReadOnlySpan<byte> rest = cursor.Rest;
            cursor.SkipTo(" node "u8);
            context = EvidenceStore.NameOf(rest[..(rest.Length - cursor.Rest.Length)]);
        }

        if (!cursor.TryField("node"u8, out long node))
            return null;
        CallFields fields = CallFields.Read(cursor);
        return new CallRecord(kind, path, line)
        {
            Id = id,
            CallKind = called,
            Context = context,
            FromId = fromId,
            FromThread = fromThread,
            ToId = toId,
            ToThread = toThread,
            Node = node == 0 ? null : node,
            Handle = called == HandleTransactionKind.Reply ? null : fields.Handle,
            Size = fields.Size,
            OffsetsSize = fields.OffsetsSize,
            Return = fields.Return,
            Error = fields.Error,
            DriverLine = fields.DriverLine,
            IsIncomplete = text.EndsWith("(incomplete)"u8),
        };
    }

    /// <summary>Returns the looper flags of <c>thread 1754: l 12 need_return 0 tr 0</c>, and the thread; null if a line is none.</summary>
    internal static int? ParseThread(ReadOnlySpan<byte> text, out long flags)
    {
        LineCursor cursor = new(text);
        flags = 0;
        if (!cursor.TryWord("thread"u8) || !cursor.TryNumber(out long thread) || thread > int.MaxValue || !cursor.TryText(":"u8))
            return null;
        cursor.SkipSpace();
        if (!cursor.TryWord("l"u8) || !TryHex(cursor.Word(), out flags))
            flags = -1;
        return (int)thread;
    }

    /// <summary>Parses <c>buffer 7: 00000000 size 8:0:0 delivered</c>, and of the Rust driver <c>buffer: 0 size 8 pid 50 oneway allocated</c>.</summary>
    private static CallRecord? ParseBuffer(ReadOnlySpan<byte> text, string path, long line)
    {
        LineCursor cursor = new(text["buffer"u8.Length..]);
        bool hasId = !cursor.TryText(":"u8);
        long id = 0;
        cursor.SkipSpace();
        if (hasId && (!cursor.TryId(out id) || !cursor.TryText(":"u8)))
            return null;
        long? offset = !hasId && cursor.TryNumber(out long place) ? place : null;
        cursor.SkipTo(" size "u8);
        if (cursor.IsAtEnd)
            return null;
        CallFields fields = CallFields.Read(cursor);
        if (fields.Size is null || (!hasId && fields.Sender is null))
            return null;
        return new CallRecord(CallRecordKind.Buffer, path, line)
        {
            Id = hasId ? id : null,
            Offset = offset,
            FromId = fields.Sender,
            CallKind = fields.IsOneWay is true ? HandleTransactionKind.OneWay : null,
            Size = fields.Size,
            OffsetsSize = fields.OffsetsSize,

            // The Rust driver does not tell whether the call of a buffer is over.
            IsDelivered = hasId && !fields.IsActive,
        };
    }

    private static CallRecordKind? KindOf(ReadOnlySpan<byte> text, out int length)
    {
        foreach ((byte[] beginning, CallRecordKind? kind) in Beginnings)
        {
            length = beginning.Length;
            if (text.StartsWith(beginning))
                return kind;
        }

        length = 0;
        return null;
    }

    /// <summary>Reads <c>1754:1822</c> or <c>1754</c>. A zero is a process or a thread that the driver does not know.</summary>
    private static bool TryThread(ref LineCursor cursor, out int? process, out int? thread)
    {
        thread = null;
        process = cursor.TryNumber(out long id) && id <= int.MaxValue ? Known(id) : null;
        if (id > int.MaxValue || (process is null && id != 0))
            return false;
        if (!cursor.TryText(":"u8))
            return true;
        bool isRead = cursor.TryNumber(out long number) && number <= int.MaxValue;
        thread = isRead ? Known(number) : null;
        return isRead;
    }

    private static int? Known(long id) => id == 0 ? null : (int)id;

    private static bool TryHex(ReadOnlySpan<byte> digits, out long value) =>
        long.TryParse(Encoding.ASCII.GetString(digits[..Math.Min(digits.Length, 17)]), System.Globalization.NumberStyles.AllowHexSpecifier,
            System.Globalization.CultureInfo.InvariantCulture, out value) && value >= 0;

    /// <summary>Holds the fields behind the processes of a call, which are there in any order.</summary>
    private struct CallFields
    {
        internal long? Code;
        internal long? Flags;
        internal long? Age;
        internal long? Node;
        internal long? Handle;
        internal long? Size;
        internal long? OffsetsSize;
        internal long? Return;
        internal long? Error;
        internal long? DriverLine;
        internal int? Sender;
        internal bool? IsOneWay;
        internal bool? NeedsReply;
        internal bool IsActive;

        internal static CallFields Read(LineCursor cursor)
        {
            CallFields fields = default;
            bool saysOneWay = false;
            while (true)
            {
                cursor.SkipSpace();
                if (cursor.IsAtEnd)
                    break;
                ReadOnlySpan<byte> name = cursor.Word();
                cursor.SkipSpace();
                if (name.SequenceEqual("code"u8) && TryHex(cursor.Word(), out long code))
                    fields.Code = code;
                else if (name.SequenceEqual("flags"u8) && TryHex(cursor.Word(), out long flags))
                    fields.Flags = flags;
                else if (name.SequenceEqual("elapsed"u8) && cursor.TryNumber(out long age))
                    fields.Age = age;
                else if (name.SequenceEqual("node"u8) && cursor.TryId(out long node))
                    fields.Node = node;
                else if (name.SequenceEqual("handle"u8))
                    fields.Handle = ReadHandle(ref cursor);
                else if (name.SequenceEqual("size"u8) && cursor.TryNumber(out long size))
                    (fields.Size, fields.OffsetsSize) = (size, cursor.TryText(":"u8) && cursor.TryNumber(out long offsets) ? offsets : null);
                else if (name.SequenceEqual("ret"u8) && cursor.TryNumber(out long returned))
                    (fields.Return, fields.Error) = (returned, ReadError(ref cursor));
                else if (name.StartsWith("l="u8) && new LineCursor(name[2..]).TryNumber(out long line))
                    fields.DriverLine = line;
                else if (name.SequenceEqual("pid"u8) && cursor.TryNumber(out long pid) && pid <= int.MaxValue)
                    fields.Sender = Known(pid);
                else if (name is [(byte)'a', (byte)'0' or (byte)'1'])
                    (fields.IsOneWay, saysOneWay) = (name[1] == (byte)'1', true);
                else if (name is [(byte)'r', (byte)'0' or (byte)'1'])
                    fields.NeedsReply = name[1] == (byte)'1';
                else if (name.SequenceEqual("oneway"u8))
                    fields.IsOneWay = true;
                else if (name.SequenceEqual("active"u8) || name.SequenceEqual("reserved"u8))
                    fields.IsActive = true;
            }

            // Newer drivers print whether a call is one-way, and then whether it is a reply; older ones, whether it needs a reply.
            if (saysOneWay)
                fields.NeedsReply = !fields.NeedsReply;
            return fields;
        }

        /// <summary>Reads a handle, which old drivers print as a negative number above 2^31; null for -1, which stands for none.</summary>
        private static long? ReadHandle(ref LineCursor cursor)
        {
            bool isNegative = cursor.TryText("-"u8);
            if (!cursor.TryNumber(out long handle) || handle > uint.MaxValue)
                return null;
            return !isNegative ? handle : handle is > 1 and <= 1L << 31 ? (1L << 32) - handle : null;
        }

        private static long? ReadError(ref LineCursor cursor)
        {
            if (!cursor.TryText("/"u8))
                return null;
            cursor.TryText("-"u8);
            return cursor.TryNumber(out long error) ? error : null;
        }
    }
}
