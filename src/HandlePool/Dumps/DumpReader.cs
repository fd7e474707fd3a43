using HandlePool.IO;
using HandlePool.Text;

namespace HandlePool.Dumps;

/// <summary>Reads the driver's text dumps: <c>binder_logs/state</c> and <c>proc/PID</c>, as the C and the Rust driver write them.</summary>
/// <remarks>
/// <para>The lines, their differences between drivers, and what becomes of each are described in docs/dumps.md.</para>
/// <para>The text is streamed: memory is that of the session. Reading continues after a line that cannot be read. Files may be
/// compressed by gzip, or zip archives, such as bug reports; their content tells, not their names. Static and thread-safe.</para>
/// </remarks>
public static class DumpReader
{
    /// <summary>The number of unreadable lines that are kept; the others are only counted.</summary>
    public const int MaxProblems = 100;

    /// <summary>The number of unknown lines that are kept; the others are only counted.</summary>
    public const int MaxUnknownLines = 5;

    // As of binder/binder_logs/proc.
    private const int DeepestFolder = 3;

    /// <summary>Reads a file.</summary>
    /// <inheritdoc cref="Read"/>
    public static IReadOnlyList<ImportedDump> ReadFile(string path, DumpReaderOptions? options = null, CancellationToken cancellationToken = default) =>
        ReadFile(path, options, isNamed: true, cancellationToken);

    /// <summary>Reads the dumps in a stream.</summary>
    /// <param name="stream">
    /// The text. It is read to its end and left open. A zip archive in a stream that cannot seek is buffered, up to 256 MB.
    /// </param>
    /// <param name="path">The source, which errors and anomalies name. The session is named after its file name.</param>
    /// <param name="options">The options; null for the defaults.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <returns>A session for each dump, at least one.</returns>
    /// <exception cref="HandleException"><c>DumpFormat</c>: the text is empty, has no dump, or cannot be read.</exception>
    /// <exception cref="OperationCanceledException">The reading was cancelled.</exception>
    public static IReadOnlyList<ImportedDump> Read(Stream stream, string path, DumpReaderOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentException.ThrowIfNullOrEmpty(path);
        DumpPath source = new(path);
        DumpCollector results = new(source, options, isMerging: false);
        try
        {
            DumpUnpacker.Read(stream, source, results, options, cancellationToken);
        }
        catch (IOException exception)
        {
            throw DumpErrors.DumpUnreadable(path, exception);
        }

        return results.Finish();
    }

    /// <summary>Reads files and merges their dumps into one session.</summary>
    /// <param name="paths">
    /// The files. A folder stands for its files that are not hidden, in natural order (<c>9</c> before <c>10</c>), and then for those of the
    /// driver's folders in it, <c>binder_logs</c>, <c>binder</c> and <c>proc</c>, if they are no links.
    /// </param>
    /// <param name="options">The options; null for the defaults. The session is named after the first path, and its time is that of the first dump.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <returns>The session. Files without a dump, or that could not be read, are among the problems.</returns>
    /// <exception cref="HandleException"><c>DumpFormat</c>: no file has a dump.</exception>
    /// <exception cref="OperationCanceledException">The reading was cancelled.</exception>
    public static ImportedDump Merge(IEnumerable<string> paths, DumpReaderOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(paths);
        string[] given = [.. paths];
        if (given.Length == 0 || given.Any(string.IsNullOrEmpty))
            throw new ArgumentException("Give at least one path, and none that is empty.", nameof(paths));

        DumpPath path = new(Path.TrimEndingDirectorySeparator(given[0]));
        DumpCollector results = new(path, options, isMerging: true);
        (string Path, bool IsNamed)[] files = [.. given.SelectMany(each => FilesOf(each).Select(file => (file, file == each)))];
        foreach ((string file, bool isNamed) in files.TakeWhile(_ => !results.Budget.IsExceeded))
            DumpUnpacker.Read(file, results, options, isNamed, cancellationToken);
        return files.Length > 0 ? results.FinishMerged(files.Length) : throw DumpErrors.DumpFormat(path.Text, DescribeWithoutFiles(given[0]));
    }

    /// <summary>Reads a file, which may be one of a folder that was named.</summary>
    /// <inheritdoc cref="Read"/>
    internal static IReadOnlyList<ImportedDump> ReadFile(string path, DumpReaderOptions? options, bool isNamed, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        DumpCollector results = new(new DumpPath(path), options, isMerging: false);
        DumpUnpacker.Read(path, results, options, isNamed, cancellationToken);
        return results.Finish();
    }

    /// <summary>Returns the files of a moment: one, or those for which a folder stands.</summary>
    /// <exception cref="HandleException"><c>DumpFormat</c>: the folder cannot be read.</exception>
    internal static IReadOnlyList<string> FilesOf(string path)
    {
        if (!Directory.Exists(path))
            return [path];
        List<string> files = [];
        Add(path, depth: 0);
        return files;

        void Add(string folder, int depth)
        {
            files.AddRange(Entries(folder, Directory.GetFiles, FileAttributes.None));
            if (depth < DeepestFolder)
            {
                foreach (string inner in FoldersOf(folder).Where(inner => DumpPath.IsOfDriver(Path.GetFileName(inner))))
                    Add(inner, depth + 1);
            }
        }
    }

    /// <summary>Returns the folders in a folder that are neither hidden nor links, in natural order.</summary>
    /// <exception cref="HandleException"><c>DumpFormat</c>: the folder cannot be read.</exception>
    internal static IReadOnlyList<string> FoldersOf(string folder) => Entries(folder, Directory.GetDirectories, FileAttributes.ReparsePoint);

    private static string[] Entries(string folder, Func<string, string, EnumerationOptions, string[]> get, FileAttributes skipped)
    {
        try
        {
            EnumerationOptions options = new();
            options.AttributesToSkip |= skipped;
            return [.. get(folder, "*", options).Order(NaturalOrder.Instance)];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw DumpErrors.DumpUnreadable(folder, exception);
        }
    }

    private static string DescribeWithoutFiles(string folder) => FoldersOf(folder) is [string first, ..]
        ? $"the folder has no files, but folders, such as '{VisibleText.Of(Path.GetFileName(first))}'. Name the folder that has the files of one moment."
        : "the folder has no files.";
}
