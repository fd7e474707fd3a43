namespace HandlePool.Dumps;

/// <summary>A line of a dump that cannot be read, or a file.</summary>
/// <param name="Path">The file.</param>
/// <param name="Line">The line, from 1; 0 if it is about the file.</param>
/// <param name="Message">What is wrong with it.</param>
/// <param name="Text">How the line begins, with control characters replaced; empty if it is about the file.</param>
public sealed record DumpProblem(string Path, long Line, string Message, string Text)
{
    /// <summary>A problem of a whole file.</summary>
    internal static DumpProblem OfFile(string path, string message) => new(path, 0, message, "");

    /// <summary>The problem as an error with id <c>DumpFormat</c>.</summary>
    public HandleException ToException() => Line == 0
        ? DumpErrors.DumpFormat(Path, Message, this)
        : DumpErrors.DumpFormat(Path, Line, $"{Message}: '{Text}'.", this);
}
