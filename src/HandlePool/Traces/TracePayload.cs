using System.Buffers.Text;
using HandlePool.Text;

namespace HandlePool.Traces;

/// <summary>Represents the fields of a binder event: <c>transaction=45 node=46 src_ref=5 src_desc=1 ==> dest_ref=47 dest_desc=5</c>.</summary>
/// <remarks>
/// Fields are found by name, so that a release may add some or print them in another order. Those that are printed as all kernels so far do
/// are read in one go.
/// </remarks>
internal ref struct TracePayload
{
    private Fields _found;

    [Flags]
    private enum Fields
    {
        Transaction = 1,
        Node = 2,
        SourceReference = 4,
        SourceHandle = 8,
        Reference = 16,
        Handle = 32,
        TargetNode = 64,
        Process = 128,
        Thread = 256,
        Reply = 512,
        Flags = 1024,
        Code = 2048,
    }

    internal uint Transaction;
    internal uint Node;
    internal uint SourceReference;
    internal int SourceHandle;
    internal uint Reference;
    internal int Handle;
    internal uint TargetNode;
    internal int Process;
    internal int Thread;
    internal int Reply;
    internal uint Flags;
    internal uint Code;

    /// <summary>Gets whether all fields of a transaction were found.</summary>
    internal readonly bool IsTransaction => Has(Fields.Transaction | Fields.TargetNode | Fields.Process | Fields.Thread | Fields.Reply | Fields.Flags | Fields.Code);

    /// <summary>Gets whether all fields were found of an object that becomes a reference of the receiver.</summary>
    internal readonly bool HasReference => Has(Fields.Transaction | Fields.Node | Fields.Reference | Fields.Handle);

    /// <summary>Gets whether all fields were found of a handle of the sender.</summary>
    internal readonly bool HasSource => Has(Fields.Transaction | Fields.Node | Fields.SourceReference | Fields.SourceHandle);

    internal static TracePayload Parse(ReadOnlySpan<byte> text) => TryParseUsual(text, out TracePayload usual) ? usual : ParseByName(text);

    /// <summary>Parses all fields by their names, in any order.</summary>
    internal static TracePayload ParseByName(ReadOnlySpan<byte> text)
    {
        TracePayload payload = default;
        while (!text.IsEmpty)
        {
            int length = text.IndexOf((byte)' ');
            ReadOnlySpan<byte> word = length < 0 ? text : text[..length];
            text = length < 0 ? default : text[(length + 1)..];
            int equals = word.IndexOf((byte)'=');
            if (equals > 0)
                payload.Take(word[..equals], word[(equals + 1)..]);
        }

        return payload;
    }

    /// <summary>Parses what kernels print.</summary>
    private static bool TryParseUsual(ReadOnlySpan<byte> text, out TracePayload payload)
    {
        payload = default;
        LineCursor cursor = new(text);
        if (!TryTakeId(ref cursor, "transaction="u8, ref payload.Transaction))
            return false;
        payload._found = Fields.Transaction;
        if (TryTakeId(ref cursor, " dest_node="u8, ref payload.TargetNode))
        {
            payload._found |= Fields.TargetNode | Fields.Process | Fields.Thread | Fields.Reply | Fields.Flags | Fields.Code;
            return TryTake(ref cursor, " dest_proc="u8, ref payload.Process) && TryTake(ref cursor, " dest_thread="u8, ref payload.Thread)
                && TryTake(ref cursor, " reply="u8, ref payload.Reply) && TryTakeHex(ref cursor, " flags=0x"u8, ref payload.Flags)
                && TryTakeHex(ref cursor, " code=0x"u8, ref payload.Code) && cursor.IsAtEnd;
        }

        if (!TryTakeId(ref cursor, " node="u8, ref payload.Node))
            return false;
        payload._found |= Fields.Node;
        if (TryTakeId(ref cursor, " src_ref="u8, ref payload.SourceReference))
        {
            if (!TryTake(ref cursor, " src_desc="u8, ref payload.SourceHandle))
                return false;
            payload._found |= Fields.SourceReference | Fields.SourceHandle;
        }
        else if (!cursor.TryText(" src_ptr=0x"u8) || !cursor.TryWholePointer(out _))
        {
            return false;
        }

        if (!cursor.TryText(" ==> dest_"u8))
            return false;
        if (cursor.TryText("ptr=0x"u8))
            return cursor.TryWholePointer(out _) && cursor.IsAtEnd;
        payload._found |= Fields.Reference | Fields.Handle;
        return TryTakeId(ref cursor, "ref="u8, ref payload.Reference) && TryTake(ref cursor, " dest_desc="u8, ref payload.Handle) && cursor.IsAtEnd;
    }

    private static bool TryTake(ref LineCursor cursor, ReadOnlySpan<byte> name, ref int field)
    {
        if (!cursor.TryText(name) || !cursor.TryNumber(out long number) || number > int.MaxValue)
            return false;
        field = (int)number;
        return true;
    }

    // Ids beyond 2^31, which are printed as negative numbers, are parsed by name.
    private static bool TryTakeId(ref LineCursor cursor, ReadOnlySpan<byte> name, ref uint field)
    {
        if (!cursor.TryText(name) || !cursor.TryNumber(out long number) || number > uint.MaxValue)
            return false;
        field = (uint)number;
        return true;
    }

    private static bool TryTakeHex(ref LineCursor cursor, ReadOnlySpan<byte> name, ref uint field) =>
        cursor.TryText(name) && Utf8Parser.TryParse(cursor.Rest, out field, out int used, 'x') && cursor.TryText(cursor.Rest[..used]);

    private void Take(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        if (name.SequenceEqual("transaction"u8))
            TakeId(value, ref Transaction, Fields.Transaction);
        else if (name.SequenceEqual("node"u8))
            TakeId(value, ref Node, Fields.Node);
        else if (name.SequenceEqual("dest_ref"u8))
            TakeId(value, ref Reference, Fields.Reference);
        else if (name.SequenceEqual("dest_desc"u8))
            Take(value, ref Handle, Fields.Handle);
        else if (name.SequenceEqual("src_ref"u8))
            TakeId(value, ref SourceReference, Fields.SourceReference);
        else if (name.SequenceEqual("src_desc"u8))
            Take(value, ref SourceHandle, Fields.SourceHandle);
        else if (name.SequenceEqual("dest_node"u8))
            TakeId(value, ref TargetNode, Fields.TargetNode);
        else if (name.SequenceEqual("dest_proc"u8))
            Take(value, ref Process, Fields.Process);
        else if (name.SequenceEqual("dest_thread"u8))
            Take(value, ref Thread, Fields.Thread);
        else if (name.SequenceEqual("reply"u8))
            Take(value, ref Reply, Fields.Reply);
        else if (name.SequenceEqual("flags"u8))
            TakeHex(value, ref Flags, Fields.Flags);
        else if (name.SequenceEqual("code"u8))
            TakeHex(value, ref Code, Fields.Code);
    }

    private void Take(ReadOnlySpan<byte> value, ref int field, Fields which)
    {
        // No process holds 2^31 handles.
        if (Utf8Parser.TryParse(value, out int number, out int used) && used == value.Length && number >= 0)
            (field, _found) = (number, _found | which);
    }

    /// <summary>Takes an id of the driver's counter, whose 32 bits are printed as a signed number: beyond 2^31, it is negative.</summary>
    private void TakeId(ReadOnlySpan<byte> value, ref uint field, Fields which)
    {
        if (Utf8Parser.TryParse(value, out long number, out int used) && used == value.Length && number is >= int.MinValue and <= uint.MaxValue)
            (field, _found) = (unchecked((uint)number), _found | which);
    }

    private void TakeHex(ReadOnlySpan<byte> value, ref uint field, Fields which)
    {
        if (value.StartsWith("0x"u8) && Utf8Parser.TryParse(value[2..], out uint number, out int used, 'x') && used == value.Length - 2)
            (field, _found) = (number, _found | which);
    }

    private readonly bool Has(Fields fields) => (_found & fields) == fields;
}
