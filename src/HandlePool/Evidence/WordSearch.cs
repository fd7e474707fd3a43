namespace HandlePool.Evidence;

/// <summary>Looks for a word in line after line of a text, and passes over each byte once: it remembers where the next one is.</summary>
/// <param name="word">The word, without a line feed.</param>
internal sealed class WordSearch(byte[] word)
{
    // Where the next one begins; none does from there to where it was looked for.
    private long _found = -1;
    private long _end;

    /// <summary>Begins another text.</summary>
    internal void BeginFile() => (_found, _end) = (-1, 0);

    /// <summary>Returns whether the word begins in a line. Lines must be asked for in their order; some may be left out.</summary>
    /// <param name="text">Text that begins with the line; what follows is looked at for the lines to come.</param>
    /// <param name="offset">The number of bytes before it in the whole text.</param>
    /// <param name="length">The length of the line.</param>
    internal bool IsIn(ReadOnlySpan<byte> text, long offset, int length)
    {
        if (_found < offset)
        {
            long from = Math.Max(offset, _end);
            if (from >= offset + length)
                return false;
            int found = text[(int)(from - offset)..].IndexOf(word);
            _found = found < 0 ? -1 : from + found;
            _end = found < 0 ? Math.Max(from, offset + text.Length - word.Length + 1) : _found + 1;
        }

        return _found >= 0 && _found < offset + length;
    }
}
