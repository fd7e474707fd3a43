namespace HandlePool.Dumps;

/// <summary>Walks along the bytes of a line. A step that fails leaves the cursor where it was.</summary>
internal ref struct DumpCursor
{
    internal DumpCursor(ReadOnlySpan<byte> rest) => Rest = rest;

    internal ReadOnlySpan<byte> Rest { get; private set; }

    internal void SkipSpace()
    {
        ReadOnlySpan<byte> rest = Rest;
        int length = 0;
        while (length < rest.Length && rest[length] is (byte)' ' or (byte)'\t')
            length++;
        Rest = rest[length..];
    }

    internal bool TryText(ReadOnlySpan<byte> text)
    {
        if (!Rest.StartsWith(text))
            return false;
        Rest = Rest[text.Length..];
        return true;
    }

    /// <summary>A decimal number of at most 18 digits, so that it is within 64 bits.</summary>
    internal bool TryNumber(out long value)
    {
        ReadOnlySpan<byte> rest = Rest;
        value = 0;
        int length = 0;
        while (length < rest.Length && (uint)(rest[length] - '0') <= 9)
        {
            if (length == 18)
                return false;
            value = (value * 10) + (rest[length] - '0');
            length++;
        }

        if (length == 0)
            return false;
        Rest = rest[length..];
        return true;
    }

    /// <summary>A name followed by a space and a number, such as <c>desc 12</c>, after any space.</summary>
    internal bool TryNumber(ReadOnlySpan<byte> name, out long value)
    {
        ReadOnlySpan<byte> before = Rest;
        SkipSpace();
        if (TryText(name))
        {
            SkipSpace();
            if (TryNumber(out value))
                return true;
        }

        Rest = before;
        value = 0;
        return false;
    }

    /// <summary>Everything up to the next space.</summary>
    internal ReadOnlySpan<byte> Word()
    {
        int length = Rest.IndexOfAny((byte)' ', (byte)'\t');
        ReadOnlySpan<byte> word = length < 0 ? Rest : Rest[..length];
        Rest = Rest[word.Length..];
        return word;
    }
}
