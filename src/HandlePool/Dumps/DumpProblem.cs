namespace HandlePool.Dumps;

/// <summary>A line of a dump that cannot be read.</summary>
/// <param name="Path">The file.</param>
/// <param name="Line">The line, from 1.</param>
/// <param name="Message">What is wrong with it.</param>
/// <param name="Text">How it begins; control characters are replaced.</param>
public sealed record DumpProblem(string Path, long Line, string Message, string Text)
{
    /// <summary>The problem as an error with id <c>DumpFormat</c>.</summary>
    public HandleException ToException() => HandleErrors.DumpFormat(Path, Line, $"{Message}: '{Text}'.", this);
}
