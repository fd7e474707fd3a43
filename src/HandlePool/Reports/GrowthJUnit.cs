using System.Globalization;
using System.Text;
using System.Xml;
using HandlePool.Gates;
using HandlePool.Text;

namespace HandlePool.Reports;

/// <summary>Writes results as JUnit XML.</summary>
internal static class GrowthJUnit
{
    private static readonly XmlWriterSettings Settings = new() { Indent = true, NewLineChars = "\n", OmitXmlDeclaration = true };

    internal static string Write(IReadOnlyList<HandleGrowthResult> results)
    {
        StringBuilder text = new("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n");
        using (XmlWriter xml = XmlWriter.Create(text, Settings))
        {
            xml.WriteStartElement("testsuites");
            xml.WriteAttributeString("name", "Handle growth");
            WriteCounts(xml, results);
            foreach (IGrouping<(string?, string), HandleGrowthResult> suite in results.GroupBy(result => (result.Device, result.Rule)))
                WriteSuite(xml, [.. suite]);
            xml.WriteEndElement();
        }

        return text.ToString();
    }

    private static void WriteSuite(XmlWriter xml, IReadOnlyList<HandleGrowthResult> results)
    {
        string? device = results[0].Device;
        string rule = VisibleText.Of(results[0].Rule);
        xml.WriteStartElement("testsuite");
        xml.WriteAttributeString("name", device is null ? rule : $"{VisibleText.Of(device)}: {rule}");
        WriteCounts(xml, results);
        xml.WriteAttributeString("skipped", "0");
        if (results.Max(result => result.LastTime) is { } time)
            xml.WriteAttributeString("timestamp", time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss", CultureInfo.InvariantCulture));
        foreach (HandleGrowthResult result in results)
            WriteCase(xml, result, rule);
        xml.WriteEndElement();
    }

    private static void WriteCounts(XmlWriter xml, IReadOnlyList<HandleGrowthResult> results)
    {
        xml.WriteAttributeString("tests", results.Count.ToString(CultureInfo.InvariantCulture));
        xml.WriteAttributeString("failures", Count(HandleGrowthOutcome.Failed));
        xml.WriteAttributeString("errors", Count(HandleGrowthOutcome.Undecidable));

        string Count(HandleGrowthOutcome outcome) => results.Count(result => result.Outcome == outcome).ToString(CultureInfo.InvariantCulture);
    }

    private static void WriteCase(XmlWriter xml, HandleGrowthResult result, string rule)
    {
        xml.WriteStartElement("testcase");
        xml.WriteAttributeString("name", GrowthReport.TitleOf(result));
        xml.WriteAttributeString("classname", rule);
        string evidence = VisibleText.Of(result.Evidence);
        string details = string.Join('\n', new[] { evidence, GrowthReport.PlaceOf(result) }.OfType<string>());
        switch (result.Outcome)
        {
            case HandleGrowthOutcome.Failed:
                WriteProblem("failure", "HandleGrowth", string.Create(CultureInfo.InvariantCulture,
                    $"{result.Measured:0.###} {VisibleText.Of(result.Unit)}, {result.Allowed:0.###} allowed"));
                break;
            case HandleGrowthOutcome.Undecidable:
                WriteProblem("error", "Undecidable", evidence);
                break;
            default:
                xml.WriteElementString("system-out", details);
                break;
        }

        xml.WriteEndElement();

        void WriteProblem(string element, string type, string message)
        {
            xml.WriteStartElement(element);
            xml.WriteAttributeString("type", type);
            xml.WriteAttributeString("message", message);
            xml.WriteString(details);
            xml.WriteEndElement();
        }
    }
}
