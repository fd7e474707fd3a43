using HandlePool.Text;

namespace HandlePool.Dumps;

/// <summary>Reads the driver's text dumps: <c>binder_logs/state</c> and <c>proc/PID</c>, as the C and the Rust driver write them.</summary>
/// <remarks>
/// <para>What lines there are, how they differ from driver to driver, and what is made of each is in docs/dumps.md.</para>
/// <para>The text is streamed: memory is that of the model. A line that cannot be read does not stop the rest. Files may be
/// compressed by gzip, or in a zip archive as bug reports are, which is seen by what is in them.
/// Static and thread-safe.</para>
/// </remarks>
public static class DumpReader
{
    /// <summary>How many unreadable lines are kept one by one; the others are only counted.</summary>
    public const int MaxProblems = 100;

    /// <summary>How many unknown lines are kept; the others are only counted.</summary>
    public const int MaxUnknownLines = 5;

    /// <summary>Reads a file.</summary>
    /// <inheritdoc cref="Read"/>
    public static IReadOnlyList<ImportedDump> ReadFile(string path, DumpReaderOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        DumpSplitter results = new(options);
        DumpUnpacker.Read(path, results, options, cancellationToken);
        return results.Finish();
    }

    /// <summary>Reads the dump, or the dumps one after the other, in a stream.</summary>
    /// <param name="stream">
    /// The text. It is read to its end and left open. A zip archive in a stream that cannot seek is kept in memory meanwhile.
    /// </param>
    /// <param name="path">Where it is from: named in errors and findings, and its file name becomes the session's.</param>
    /// <param name="options">How it is read.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <returns>A session for each dump, one at least.</returns>
    /// <exception cref="HandleException"><c>DumpFormat</c>: it is empty, or no dump, or cannot be read.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static IReadOnlyList<ImportedDump> Read(Stream stream, string path, DumpReaderOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentException.ThrowIfNullOrEmpty(path);
        DumpSplitter results = new(options);
        try
        {
            DumpUnpacker.Read(stream, new DumpPath(path), results, options, cancellationToken);
        }
        catch (IOException exception)
        {
            throw HandleErrors.DumpUnreadable(path, exception);
        }

        return results.Finish();
    }

    /// <summary>Reads files, and makes one session of all dumps in them.</summary>
    /// <param name="paths">The files. A folder stands for the files in it that are not hidden, in the order that people give them.</param>
    /// <param name="options">How they are read. The session is called after the first folder or file, and its time is that of the first dump.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <returns>The session. Files that could not be read, or are no dump, are among the problems.</returns>
    /// <exception cref="HandleException"><c>DumpFormat</c>: there is no dump in any file.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static ImportedDump Merge(IEnumerable<string> paths, DumpReaderOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(paths);
        string[] given = [.. paths];
        if (given.Length == 0 || given.Any(string.IsNullOrEmpty))
            throw new ArgumentException("There must be a path, and none may be empty.", nameof(paths));

        DumpPath path = new(Path.TrimEndingDirectorySeparator(given[0]));
        DumpMerger results = new(path, options);
        string[] files = [.. given.SelectMany(FilesOf)];
        foreach (string file in files.TakeWhile(_ => !results.Budget.IsExceeded))
            DumpUnpacker.Read(file, results, options, cancellationToken);
        return results.Finish(files.Length);
    }

    private static IEnumerable<string> FilesOf(string path)
    {
        if (!Directory.Exists(path))
            return [path];
        try
        {
            return Directory.GetFiles(path, "*", new EnumerationOptions()).Order(NaturalOrder.Instance);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw HandleErrors.DumpUnreadable(path, exception);
        }
    }
}
