using System.Globalization;
using HandlePool.IO;

namespace HandlePool.Reports;

/// <summary>Writes a report on a session, or on a series of the same device, as one file. Static and thread-safe.</summary>
/// <remarks>
/// <para>A report begins with the verdict. HTML and Markdown have the same sections; only HTML has pictures. A page needs no other file
/// and is readable without its script, which only copies, sorts and filters. Text from dumps is escaped, and characters that could hide
/// or reorder text are shown by number.</para>
/// <para>Numbers are written in the same way in every culture, because reports are passed on.</para>
/// <para>Tables list processes, pairs and suspects, never all references, so the file stays small even if dumps are large.</para>
/// </remarks>
public static class HandleReport
{
    private static readonly object Collecting = new();

    /// <summary>Writes a report as UTF-8. Costs O(handles of all sessions).</summary>
    /// <param name="stream">The stream to write to. It is left open.</param>
    /// <param name="series">
    /// One session, or a series. A series is sorted by time if all times are known; otherwise it is taken in the order given.
    /// </param>
    /// <param name="options">The format, title and limits, or null for the defaults.</param>
    /// <exception cref="ArgumentException">There is no session, or one is given twice.</exception>
    /// <exception cref="IOException">The stream cannot be written.</exception>
    public static void Write(Stream stream, IReadOnlyList<HandleSession> series, HandleReportOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        using InvariantScope scope = new();
        Write(stream, Collect(series, options, CancellationToken.None), CancellationToken.None);
    }

    /// <summary>Writes a report to a file atomically.</summary>
    /// <param name="path">The path of the file. Its extension does not choose the format.</param>
    /// <param name="series">The sessions, as for <see cref="Write(Stream, IReadOnlyList{HandleSession}, HandleReportOptions?)"/>.</param>
    /// <param name="options">The format, title and limits, or null for the defaults.</param>
    /// <param name="overwrite">Whether an existing file is replaced. Otherwise it stays, even if it is created during the writing.</param>
    /// <param name="cancellationToken">Cancels the operation, which leaves an existing file as it was.</param>
    /// <exception cref="ArgumentException">There is no session, or one is given twice.</exception>
    /// <exception cref="IOException">The file cannot be written, or exists and is not to be replaced. An existing file is left as it was.</exception>
    /// <exception cref="UnauthorizedAccessException">Access to the file or its folder is denied.</exception>
    /// <exception cref="OperationCanceledException">The operation was canceled.</exception>
    public static void WriteFile(string path, IReadOnlyList<HandleSession> series, HandleReportOptions? options = null,
        bool overwrite = true, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using InvariantScope scope = new();
        ReportData data = Collect(series, options, cancellationToken);
        AtomicFile.Write(path, overwrite, stream => Write(stream, data, cancellationToken));
    }

    /// <summary>Collects what is written, of one moment: it counts the same handles in several ways.</summary>
    private static ReportData Collect(IReadOnlyList<HandleSession> series, HandleReportOptions? options, CancellationToken cancellationToken)
    {
        Stack<SessionLock> locks = [];
        try
        {
            // One thread at a time, as another may have the sessions in another order.
            lock (Collecting)
            {
                foreach (HandleSession session in series ?? [])
                    locks.Push(session.LockAll(cancellationToken));
            }

            return new ReportData(series!, options ?? new HandleReportOptions(), cancellationToken);
        }
        finally
        {
            while (locks.TryPop(out SessionLock? held))
                held.Dispose();
        }
    }

    private static void Write(Stream stream, ReportData data, CancellationToken cancellationToken)
    {
        using StreamWriter writer = new(stream, bufferSize: 1 << 16, leaveOpen: true);
        ReportContents.Write(writer, data, cancellationToken);
    }

    /// <summary>Sets the invariant culture, in which the reasons of suspects are written as well, until it is disposed.</summary>
    private sealed class InvariantScope : IDisposable
    {
        private readonly CultureInfo _culture = CultureInfo.CurrentCulture;

        public InvariantScope() => CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;

        public void Dispose() => CultureInfo.CurrentCulture = _culture;
    }
}
