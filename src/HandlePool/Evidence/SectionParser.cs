namespace HandlePool.Evidence;

/// <summary>Represents a line of a report with its number.</summary>
/// <param name="text">The line, without blanks before it.</param>
/// <param name="number">Its number in the file, from 1.</param>
internal readonly ref struct EvidenceLine(ReadOnlySpan<byte> text, long number)
{
    /// <summary>Gets the line, without blanks before it.</summary>
    internal ReadOnlySpan<byte> Text { get; } = text;

    /// <summary>Gets the number of the line in the file, from 1.</summary>
    internal long Number { get; } = number;
}

/// <summary>Parses the lines of one kind of section.</summary>
/// <remarks>
/// The reader offers it the lines that begin with one of its letters. From the line that it says begins its section, it is given all lines
/// up to the next heading. Parsers read by words and not by columns, because spacing differs between releases.
/// </remarks>
internal abstract class SectionParser
{
    /// <summary>Gets the name of the section.</summary>
    internal abstract string Name { get; }

    /// <summary>Gets the letters with which lines begin that may begin the section.</summary>
    internal abstract ReadOnlySpan<byte> FirstLetters { get; }

    /// <summary>Returns whether a line begins the section. Lines without a heading may do so, if no other text has such.</summary>
    internal abstract bool Begins(ReadOnlySpan<byte> text);

    /// <summary>Forgets what it knows of a section before, at the line that begins another.</summary>
    internal virtual void Begin()
    {
    }

    /// <summary>Gets the letters with which the lines begin that say something; empty if any may.</summary>
    internal virtual ReadOnlySpan<byte> ReadLetters => [];

    /// <summary>Adds a line of the section; the first one is that which begins it.</summary>
    internal abstract void Add(in EvidenceLine line, EvidenceStore store);

    /// <summary>Ends the section, at a heading or the end of the file.</summary>
    internal virtual void End(EvidenceStore store)
    {
    }

    /// <summary>Creates a fact of a line.</summary>
    private protected static HandleEvidence Fact(HandleEvidenceKind kind, in EvidenceLine line, EvidenceStore store, int? pid = null, int? uid = null,
        string? name = null, long? count = null) =>
        new(kind, store.Path, line.Number, EvidenceStore.TextOf(line.Text)) { Pid = pid, Uid = uid, Name = name, Count = count };
}
