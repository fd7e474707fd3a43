using HandlePool.IO;

namespace HandlePool.Reports;

/// <summary>Writes what is known of a session, or of a series of the same device, as one HTML page. Static and thread-safe.</summary>
/// <remarks>
/// <para>The page needs nothing but itself: no network, no other file, and no script to be read; its script only sorts and filters
/// tables. Text from dumps is escaped, and characters that could hide or reorder it are shown as what they are.</para>
/// <para>Tables are of processes, pairs and suspects, never of all references, so that the page stays small where dumps are large.</para>
/// </remarks>
public static class HandleReport
{
    /// <summary>Writes a report as UTF-8. O(handles of all sessions).</summary>
    /// <param name="stream">Where to. It is left open.</param>
    /// <param name="series">
    /// One session, or a series; it is put into the order of the times, if all are known, and is else in the order given.
    /// </param>
    /// <param name="options">Title and limits; the defaults by default.</param>
    /// <exception cref="ArgumentException">There is no session, or one is there twice.</exception>
    /// <exception cref="IOException">The stream cannot be written to.</exception>
    public static void Write(Stream stream, IReadOnlyList<HandleSession> series, HandleReportOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        Write(stream, new ReportData(series, options ?? new HandleReportOptions(), CancellationToken.None));
    }

    /// <summary>Writes a report into a file, whole or not at all. One that is there is replaced.</summary>
    /// <param name="path">The file.</param>
    /// <param name="series">As for <see cref="Write(Stream, IReadOnlyList{HandleSession}, HandleReportOptions?)"/>.</param>
    /// <param name="options">Likewise.</param>
    /// <param name="cancellationToken">Stops it; what was there is still there.</param>
    /// <exception cref="ArgumentException">There is no session, or one is there twice.</exception>
    /// <exception cref="IOException">The file cannot be written. What was there is still there.</exception>
    /// <exception cref="UnauthorizedAccessException">The file, or its folder, may not be written to.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static void WriteFile(string path, IReadOnlyList<HandleSession> series, HandleReportOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ReportData data = new(series, options ?? new HandleReportOptions(), cancellationToken);
        AtomicFile.Write(path, stream => Write(stream, data));
    }

    private static void Write(Stream stream, ReportData data)
    {
        using StreamWriter writer = new(stream, bufferSize: 1 << 16, leaveOpen: true);
        ReportPage.Write(new HtmlWriter(writer), data);
    }
}
