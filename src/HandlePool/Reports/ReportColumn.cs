namespace HandlePool.Reports;

/// <summary>A column of a table in a report.</summary>
/// <param name="Heading">Its heading.</param>
/// <param name="Write">Writes what a row has in it.</param>
/// <param name="IsNumber">Whether it has numbers: they are aligned, and sorted as such.</param>
/// <param name="Sorted">How the rows are sorted by it to begin with: ascending or descending; null if they are not.</param>
internal sealed record ReportColumn<T>(string Heading, Action<T> Write, bool IsNumber = false, string? Sorted = null);
