using System.Text;
using System.Xml;
using System.Xml.Linq;
using HandlePool.Reports;

namespace HandlePool.Tests.Reports;

/// <summary>Writes reports and reads them back as XML, so that tests can query them.</summary>
internal sealed class ReportReader
{
    private ReportReader(string html)
    {
        Html = html;
        using XmlReader reader = XmlReader.Create(new StringReader(html), new XmlReaderSettings { DtdProcessing = DtdProcessing.Ignore });
        Document = XDocument.Load(reader);
    }

    internal static HandleReportOptions Options { get; } = new() { Created = new DateTimeOffset(2026, 11, 22, 10, 0, 0, TimeSpan.Zero) };

    internal string Html { get; }

    internal XDocument Document { get; }

    internal string Title => Document.Descendants("h1").Single().Value;

    internal static ReportReader Of(params HandleSession[] series) => Of(Options, series);

    /// <summary>Gets the headline of the verdict and all that follows it in its section.</summary>
    internal string Verdict => string.Concat(Section("verdict").Elements().Skip(1).Select(element => element.Value));

    internal static ReportReader Of(HandleReportOptions options, params HandleSession[] series) => new(Write(options, series));

    /// <summary>Returns a report in the format of the options.</summary>
    internal static string Write(HandleReportOptions options, params HandleSession[] series)
    {
        using MemoryStream stream = new();
        HandleReport.Write(stream, series, options);
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    internal IEnumerable<XElement> All(string name) => Document.Descendants(name);

    internal XElement ById(string id) => Document.Descendants().Single(element => (string?)element.Attribute("id") == id);

    internal bool Has(string id) => Document.Descendants().Any(element => (string?)element.Attribute("id") == id);

    /// <summary>Returns the section under the heading of an id.</summary>
    internal XElement Section(string id) => ById(id).Parent!;

    /// <summary>Returns the text of the body rows of a table, cell by cell.</summary>
    internal string[][] Rows(string tableId) => [.. Table(tableId).Element("tbody")!.Elements("tr")
        .Select(row => row.Elements().Select(cell => cell.Value).ToArray())];

    internal string[] Headings(string tableId) => [.. Table(tableId).Element("thead")!.Descendants("th").Select(cell => cell.Value)];

    /// <summary>Returns the answer to a question in the verdict.</summary>
    internal string Answer(string question) =>
        Section("verdict").Descendants("dt").Single(term => term.Value == question).ElementsAfterSelf("dd").First().Value;

    internal string Caption(string tableId) => ById(tableId).Value;

    private XElement Table(string tableId) => ById(tableId).Parent!;
}
