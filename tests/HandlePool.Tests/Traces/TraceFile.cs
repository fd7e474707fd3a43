using System.Globalization;
using HandlePool.Tests.Dumps;

namespace HandlePool.Tests.Traces;

/// <summary>Reads a trace of the kernel's code, line by line. tests/data/traces/README.md describes the format.</summary>
internal sealed class TraceFile
{
    private readonly string[] _lines;

    internal TraceFile(string name)
    {
        Name = name;
        _lines = File.ReadAllLines(DumpSource.DataFile(Path.Combine("traces", name)));
        SkipHeaders();
    }

    internal string Name { get; }

    /// <summary>Gets the number of the current line, from 1.</summary>
    internal int Number { get; private set; } = 1;

    /// <summary>Gets the number of lines that have been replayed.</summary>
    internal int Replayed { get; private set; }

    internal bool IsAtEnd => Number > _lines.Length;

    /// <summary>Gets the words of the current line.</summary>
    internal string[] Words => _lines[Number - 1].Split(' ', StringSplitOptions.RemoveEmptyEntries);

    internal static int Parse(string word) => int.Parse(word, CultureInfo.InvariantCulture);

    /// <summary>Returns the words of the current line, and goes to the next.</summary>
    internal string[] Take()
    {
        string[] words = Words;
        Number++;
        Replayed++;
        SkipHeaders();
        return words;
    }

    /// <summary>Returns the numbers after each occurrence of a word at the beginning of a line, up to the next line that begins with another.</summary>
    internal HashSet<int> NumbersAfter(string word, string until)
    {
        HashSet<int> numbers = [];
        foreach (string line in _lines.Skip(Number - 1).TakeWhile(line => !line.StartsWith(until, StringComparison.Ordinal)))
        {
            if (line.StartsWith(word, StringComparison.Ordinal))
                numbers.Add(Parse(line[word.Length..].Trim()));
        }

        return numbers;
    }

    private void SkipHeaders()
    {
        while (!IsAtEnd && (_lines[Number - 1].StartsWith('#') || _lines[Number - 1].StartsWith("allocator", StringComparison.Ordinal)))
            Number++;
    }
}
