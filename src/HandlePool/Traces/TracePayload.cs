using System.Buffers.Text;

namespace HandlePool.Traces;

/// <summary>Represents the fields of a binder event: <c>transaction=45 node=46 src_ref=5 src_desc=1 ==> dest_ref=47 dest_desc=5</c>.</summary>
/// <remarks>Fields are found by name, so that a release may add some or print them in another order.</remarks>
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

    internal static TracePayload Parse(ReadOnlySpan<byte> text)
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
