namespace HandlePool.Reports;

/// <summary>Specifies the format of a report.</summary>
public enum HandleReportFormat
{
    /// <summary>One HTML page with charts and full tables, which needs no other file.</summary>
    Html,

    /// <summary>Markdown as GitHub reads it, with the beginning of each table, for a ticket or a comment.</summary>
    Markdown,
}
