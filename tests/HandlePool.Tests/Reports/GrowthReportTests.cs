using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml;
using System.Xml.Linq;
using System.Xml.Schema;
using HandlePool.Gates;
using HandlePool.Reports;

namespace HandlePool.Tests.Reports;

/// <summary>The texts of results are what their readers take: by the rules of JUnit's and SARIF's schemas, written down here.</summary>
public class GrowthReportTests
{
    // Names that end an element, an attribute, a CDATA section, a string, a code span or a cell of a table, or that no XML can have.
    private const string Hostile = "a\"b'c<d>e&f]]>g|h`i``j\\k\r\nl\u0000m\u001b[7mn\u202eo\ud800p\uffffq-->r{{s}}t$u*_#";

    // What readers of JUnit XML agree on: the names, the order and the required attributes of elements.
    private const string JUnitSchema = """
        <xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">
          <xs:complexType name="problem" mixed="true">
            <xs:attribute name="type" type="xs:string" use="required"/>
            <xs:attribute name="message" type="xs:string" use="required"/>
          </xs:complexType>
          <xs:complexType name="case">
            <xs:choice minOccurs="0">
              <xs:element name="failure" type="problem"/>
              <xs:element name="error" type="problem"/>
              <xs:element name="system-out" type="xs:string"/>
            </xs:choice>
            <xs:attribute name="name" type="xs:string" use="required"/>
            <xs:attribute name="classname" type="xs:string" use="required"/>
          </xs:complexType>
          <xs:complexType name="suite">
            <xs:sequence>
              <xs:element name="testcase" type="case" maxOccurs="unbounded"/>
            </xs:sequence>
            <xs:attribute name="name" type="xs:string" use="required"/>
            <xs:attribute name="tests" type="xs:nonNegativeInteger" use="required"/>
            <xs:attribute name="failures" type="xs:nonNegativeInteger" use="required"/>
            <xs:attribute name="errors" type="xs:nonNegativeInteger" use="required"/>
            <xs:attribute name="skipped" type="xs:nonNegativeInteger"/>
            <xs:attribute name="timestamp" type="xs:dateTime"/>
          </xs:complexType>
          <xs:element name="testsuites">
            <xs:complexType>
              <xs:sequence>
                <xs:element name="testsuite" type="suite" minOccurs="0" maxOccurs="unbounded"/>
              </xs:sequence>
              <xs:attribute name="name" type="xs:string"/>
              <xs:attribute name="tests" type="xs:nonNegativeInteger"/>
              <xs:attribute name="failures" type="xs:nonNegativeInteger"/>
              <xs:attribute name="errors" type="xs:nonNegativeInteger"/>
            </xs:complexType>
          </xs:element>
        </xs:schema>
        """;

    // The members of SARIF's objects that we write, with those that must be there. Others are not allowed, as in its schema.
    private static readonly Dictionary<string, (string[] Required, string[] Others)> Members = new()
    {
        ["log"] = (["$schema", "version", "runs"], []),
        ["run"] = (["tool", "results"], []),
        ["tool"] = (["driver"], []),
        ["driver"] = (["name", "semanticVersion", "rules"], []),
        ["rule"] = (["id"], ["shortDescription", "fullDescription", "defaultConfiguration"]),
        ["configuration"] = (["level"], []),
        ["message"] = (["text"], []),
        ["result"] = (["message", "ruleId", "ruleIndex", "kind", "level", "locations", "partialFingerprints"], ["relatedLocations", "properties"]),
        ["location"] = (["logicalLocations"], ["physicalLocation"]),
        ["related"] = (["physicalLocation", "message"], []),
        ["physicalLocation"] = (["artifactLocation"], ["region"]),
        ["artifactLocation"] = (["uri"], ["uriBaseId"]),
        ["region"] = (["startLine"], []),
        ["logicalLocation"] = (["fullyQualifiedName"], []),
    };

    [Fact]
    public void JUnit_counts_failures_and_errors_by_rule_and_device()
    {
        XElement root = ReadJUnit([Result(), Result(HandleGrowthOutcome.Undecidable), Result(HandleGrowthOutcome.Passed, device: "phone")]);

        Assert.Equal(("3", "1", "1"), Counts(root));
        Assert.Equal([("maps", "2", "1", "1"), ("phone: maps", "1", "0", "0")],
            root.Elements().Select(suite => (suite.Attribute("name")!.Value, suite.Attribute("tests")!.Value, suite.Attribute("failures")!.Value, suite.Attribute("errors")!.Value)));
        XElement failure = Assert.Single(root.Descendants("failure"));
        Assert.Equal(("HandleGrowth", "96.3 handles per sample, 5 allowed"), (failure.Attribute("type")!.Value, failure.Attribute("message")!.Value));
        Assert.Equal("Evidence.\n/dumps/state.txt:2290", failure.Value);
        Assert.Equal("maps -> system_server (binder)", failure.Parent!.Attribute("name")!.Value);
        Assert.Equal("Evidence.", Assert.Single(root.Descendants("error")).Attribute("message")!.Value);
        Assert.Equal("2026-11-01T11:00:00", root.Element("testsuite")!.Attribute("timestamp")!.Value);

        static (string, string, string) Counts(XElement element) =>
            (element.Attribute("tests")!.Value, element.Attribute("failures")!.Value, element.Attribute("errors")!.Value);
    }

    [Fact]
    public void JUnit_is_well_formed_whatever_names_are_in_it()
    {
        XElement root = ReadJUnit([Hostiles(HandleGrowthOutcome.Failed), Hostiles(HandleGrowthOutcome.Undecidable), Hostiles(HandleGrowthOutcome.Passed)]);

        Assert.Contains("a\"b'c<d>e&f]]>g|h`i``j\\k[U+000D][U+000A]l[U+0000]m[U+001B][7mn[U+202E]o\ufffdp[U+FFFF]q-->r", root.Descendants("failure").Single().Value);
        Assert.Equal(3, root.Descendants("testcase").Count());
    }

    [Fact]
    public void SARIF_has_what_failed_as_errors_and_what_is_undecidable_as_open()
    {
        JsonElement run = ReadSarif(GrowthReport.ToSarif([Result(), Result(HandleGrowthOutcome.Undecidable, rule: "other"), Result(HandleGrowthOutcome.Passed, rule: "third")], "/dumps"));

        JsonElement[] results = [.. run.GetProperty("results").EnumerateArray()];
        Assert.Equal([("maps", 0, "fail", "error"), ("other", 1, "open", "none")], results.Select(result => (result.GetProperty("ruleId").GetString(),
            result.GetProperty("ruleIndex").GetInt32(), result.GetProperty("kind").GetString(), result.GetProperty("level").GetString())));
        Assert.Equal(["maps", "other", "third"], run.GetProperty("tool").GetProperty("driver").GetProperty("rules").EnumerateArray().Select(rule => rule.GetProperty("id").GetString()));
        Assert.Equal("maps -> system_server (binder): Evidence.", results[0].GetProperty("message").GetProperty("text").GetString());
        JsonElement place = results[0].GetProperty("locations")[0].GetProperty("physicalLocation");
        Assert.Equal(("state.txt", "%SRCROOT%", 2290), (place.GetProperty("artifactLocation").GetProperty("uri").GetString(),
            place.GetProperty("artifactLocation").GetProperty("uriBaseId").GetString(), place.GetProperty("region").GetProperty("startLine").GetInt32()));
        Assert.Equal(96.3, results[0].GetProperty("properties").GetProperty("measured").GetDouble());
    }

    [Fact]
    public void SARIF_names_the_line_of_the_rule_and_shows_it_where_no_dump_has_the_process()
    {
        HandleGrowthResult[] results = [Result(policy: "/repo/gate.psd1"), Result(HandleGrowthOutcome.Undecidable, path: null, policy: "/repo/gate.psd1")];

        JsonElement[] written = [.. ReadSarif(GrowthReport.ToSarif(results, "/repo")).GetProperty("results").EnumerateArray()];

        Assert.Equal(("file:///dumps/state.txt", "gate.psd1"), (UriOf(written[0].GetProperty("locations")[0]), UriOf(written[0].GetProperty("relatedLocations")[0])));
        Assert.Equal("gate.psd1", UriOf(written[1].GetProperty("locations")[0]));
        Assert.False(written[1].TryGetProperty("relatedLocations", out _));

        static string? UriOf(JsonElement location) => location.GetProperty("physicalLocation").GetProperty("artifactLocation").GetProperty("uri").GetString();
    }

    [Fact]
    public void SARIF_fingerprints_stay_when_counts_samples_and_lines_change()
    {
        HandleGrowthResult later = Result(measured: 120, path: "/dumps/other.txt", line: 7, pid: 9);

        Assert.Equal(Fingerprint(Result()), Fingerprint(later));
        Assert.NotEqual(Fingerprint(Result()), Fingerprint(Result(holder: "other")));
        Assert.NotEqual(Fingerprint(Result()), Fingerprint(Result(device: "phone")));
        Assert.NotEqual(Fingerprint(Result()), Fingerprint(Result(rule: "other")));

        static string Fingerprint(HandleGrowthResult result) =>
            ReadSarif(GrowthReport.ToSarif([result])).GetProperty("results")[0].GetProperty("partialFingerprints").GetRawText();
    }

    [Theory]
    [InlineData("/a b/c#d?e%f.txt", "file:///a%20b/c%23d%3Fe%25f.txt")]
    [InlineData("/root/in/x.txt", "in/x.txt")]
    [InlineData("/rooted/x.txt", "file:///rooted/x.txt")]
    [InlineData("dump", "dump")]
    [InlineData("a:b/c", "a%3Ab/c")]
    [InlineData("/root/report.zip!FS/state", "report.zip%21FS/state")]
    public void SARIF_paths_are_URIs(string path, string uri)
    {
        if (!path.StartsWith('/') || !OperatingSystem.IsWindows())
            Assert.Contains($"\"uri\": \"{uri}\"", GrowthReport.ToSarif([Result(path: path)], "/root"));
    }

    [Fact]
    public void SARIF_has_no_links_in_its_messages()
    {
        HandleGrowthResult result = Result(HandleGrowthOutcome.Failed, holder: @"[l](http://evil) a\b");

        string text = JsonDocument.Parse(GrowthReport.ToSarif([result])).RootElement.GetProperty("runs")[0].GetProperty("results")[0]
            .GetProperty("message").GetProperty("text").GetString()!;

        Assert.Contains(@"\[l\](http://evil) a\\b", text);
    }

    [Fact]
    public void SARIF_is_well_formed_whatever_names_are_in_it()
    {
        string text = GrowthReport.ToSarif([Hostiles(HandleGrowthOutcome.Failed), Hostiles(HandleGrowthOutcome.Undecidable)], Hostile);

        Assert.Equal(2, ReadSarif(text).GetProperty("results").GetArrayLength());
        Assert.DoesNotContain('\u001b', text);
    }

    [Fact]
    public void Markdown_shows_what_failed_first_in_tables()
    {
        string text = GrowthReport.ToMarkdown([Result(HandleGrowthOutcome.Passed, holder: "fine"), Result(HandleGrowthOutcome.Undecidable, holder: "unknown"), Result(device: "phone")]);

        Assert.StartsWith("### Handle growth: failed\n\n1 result failed, 1 undecidable, 1 passed.\n\nFailed.\n\n| Rule | Device | Holder | Owner | Measured | Allowed | Unit | Evidence | Where |\n", text);
        Assert.Contains("| `maps` | `phone` | `maps` | `system_server` | 96.3 | 5 | handles per sample | Evidence. | `/dumps/state.txt:2290` |\n", text);
        Assert.True(text.IndexOf("`unknown`", StringComparison.Ordinal) < text.IndexOf("`fine`", StringComparison.Ordinal));
        Assert.StartsWith("### Handle growth: passed\n", GrowthReport.ToMarkdown([Result(HandleGrowthOutcome.Passed)]));
        Assert.StartsWith("### Handle growth: undecidable\n", GrowthReport.ToMarkdown([Result(HandleGrowthOutcome.Undecidable)]));
    }

    [Fact]
    public void Markdown_keeps_its_tables_whatever_names_are_in_them()
    {
        string text = GrowthReport.ToMarkdown([Hostiles(HandleGrowthOutcome.Failed), Hostiles(HandleGrowthOutcome.Undecidable), Hostiles(HandleGrowthOutcome.Passed)]);

        string[] rows = [.. text.Split('\n').Where(line => line.StartsWith('|'))];
        Assert.Equal(9, rows.Length);
        Assert.All(rows, row => Assert.Equal(10, Regex.Count(row, @"(?<!\\)\|")));
        Assert.DoesNotContain(rows, row => Regex.IsMatch(Regex.Replace(row, "(`+).*?(?<!`)\\1(?!`)", ""), "[<>&*_#]"));
    }

    [Fact]
    public void Markdown_of_many_results_is_short()
    {
        string text = GrowthReport.ToMarkdown([.. Enumerable.Range(0, 5_000).Select(index => Result(index % 2 == 0 ? HandleGrowthOutcome.Failed : HandleGrowthOutcome.Passed, holder: $"app{index}"))]);

        Assert.InRange(text.Length, 1, 100_000);
        Assert.Contains("Failed. The first 200 of 2500; 2300 are left out.", text);
    }

    [Fact]
    public void Numbers_are_written_alike_in_every_culture()
    {
        CultureInfo culture = CultureInfo.CurrentCulture;
        HandleGrowthResult[] results = [Result(), Result(HandleGrowthOutcome.Undecidable)];
        string[] expected = [GrowthReport.ToJUnit(results), GrowthReport.ToSarif(results), GrowthReport.ToMarkdown(results)];
        try
        {
            CultureInfo.CurrentCulture = new CultureInfo("ar-SA");
            Assert.Equal(expected, new[] { GrowthReport.ToJUnit(results), GrowthReport.ToSarif(results), GrowthReport.ToMarkdown(results) });
        }
        finally
        {
            CultureInfo.CurrentCulture = culture;
        }
    }

    [Fact]
    public void No_results_are_documents_without_any()
    {
        Assert.Empty(ReadJUnit([]).Elements());
        Assert.Equal(0, ReadSarif(GrowthReport.ToSarif([])).GetProperty("results").GetArrayLength());
        Assert.StartsWith("### Handle growth: passed\n\n0 results failed", GrowthReport.ToMarkdown([]));
    }

    private static HandleGrowthResult Result(HandleGrowthOutcome outcome = HandleGrowthOutcome.Failed, string rule = "maps", string holder = "maps", string? device = null,
        double measured = 96.3, string? path = "/dumps/state.txt", long line = 2290, int pid = 840, string? policy = null) => new()
        {
            Rule = rule,
            Outcome = outcome,
            Device = device,
            Context = "binder",
            Holder = holder,
            HolderId = pid,
            Owner = "system_server",
            OwnerId = 707,
            Unit = "handles per sample",
            Measured = measured,
            Allowed = 5,
            Samples = 4,
            FirstSample = "first",
            LastSample = "last",
            FirstTime = new DateTimeOffset(2026, 11, 1, 9, 0, 0, TimeSpan.FromHours(1)),
            LastTime = new DateTimeOffset(2026, 11, 1, 12, 0, 0, TimeSpan.FromHours(1)),
            Evidence = "Evidence.",
            Path = path,
            Line = path is null ? null : line,
            PolicyPath = policy,
            PolicyLine = policy is null ? null : 5,
        };

    private static HandleGrowthResult Hostiles(HandleGrowthOutcome outcome) => new()
    {
        Rule = Hostile,
        Outcome = outcome,
        Device = Hostile,
        Context = Hostile,
        Holder = Hostile,
        Owner = Hostile,
        Unit = Hostile,
        Measured = double.NaN,
        Allowed = double.PositiveInfinity,
        Evidence = Hostile,
        FirstSample = Hostile,
        LastSample = Hostile,
        FirstTime = DateTimeOffset.MinValue,
        LastTime = DateTimeOffset.MaxValue,
        Path = "/" + Hostile,
        Line = -1,
        PolicyPath = Hostile,
        PolicyLine = long.MaxValue,
    };

    private static XElement ReadJUnit(HandleGrowthResult[] results)
    {
        XmlSchemaSet schemas = new();
        schemas.Add(null, XmlReader.Create(new StringReader(JUnitSchema)));
        XDocument document = XDocument.Parse(GrowthReport.ToJUnit(results));
        document.Validate(schemas, (_, problem) => Assert.Fail(problem.Message));
        Assert.Equal("utf-8", document.Declaration!.Encoding);
        return document.Root!;
    }

    /// <summary>Reads SARIF by its rules, and returns its run.</summary>
    private static JsonElement ReadSarif(string text)
    {
        JsonElement log = JsonDocument.Parse(text).RootElement;
        Check("log", log);
        Assert.Equal("2.1.0", log.GetProperty("version").GetString());
        JsonElement run = Assert.Single(log.GetProperty("runs").EnumerateArray());
        Check("run", run);
        JsonElement driver = Check("driver", Check("tool", run.GetProperty("tool")).GetProperty("driver"));
        Assert.Matches(@"^\d+\.\d+\.\d+$", driver.GetProperty("semanticVersion").GetString());
        JsonElement[] rules = [.. driver.GetProperty("rules").EnumerateArray()];
        Assert.Distinct(rules.Select(rule => rule.GetProperty("id").GetString()));
        foreach (JsonElement rule in rules)
        {
            Check("rule", rule);
            Check("message", rule.GetProperty("shortDescription"));
            Check("configuration", rule.GetProperty("defaultConfiguration"));
        }

        foreach (JsonElement result in run.GetProperty("results").EnumerateArray())
        {
            Check("result", result);
            Assert.NotEmpty(Check("message", result.GetProperty("message")).GetProperty("text").GetString()!);
            Assert.Equal(rules[result.GetProperty("ruleIndex").GetInt32()].GetProperty("id").GetString(), result.GetProperty("ruleId").GetString());

            // A kind other than fail has no level.
            Assert.True($"{result.GetProperty("kind")} {result.GetProperty("level")}" is "fail error" or "open none");
            Assert.All(result.GetProperty("partialFingerprints").EnumerateObject(), print => Assert.NotEmpty(print.Value.GetString()!));
            foreach (JsonElement location in result.GetProperty("locations").EnumerateArray())
            {
                Check("location", location);
                Assert.All(location.GetProperty("logicalLocations").EnumerateArray(), logical => Check("logicalLocation", logical));
                if (location.TryGetProperty("physicalLocation", out JsonElement place))
                    CheckPlace(place);
            }

            if (!result.TryGetProperty("relatedLocations", out JsonElement related))
                continue;
            foreach (JsonElement location in related.EnumerateArray())
                CheckPlace(Check("related", location).GetProperty("physicalLocation"));
        }

        return run;

        static void CheckPlace(JsonElement place)
        {
            Check("physicalLocation", place);
            JsonElement file = Check("artifactLocation", place.GetProperty("artifactLocation"));
            string uri = file.GetProperty("uri").GetString()!;
            bool isRelative = file.TryGetProperty("uriBaseId", out _);

            // The characters of RFC 3986. The base class library takes no escaped quotes in the URIs of files.
            Assert.Matches(isRelative ? @"^[\w.~!$&'()*+,;=@%-][\w.~!$&'()*+,;=@%/-]*$" : @"^file:///[\w.~!$&'()*+,;=:@%/-]+$", uri);
            Assert.DoesNotMatch("%(?![0-9A-F]{2})|[^\0-~]", uri);
            if (place.TryGetProperty("region", out JsonElement region))
                Assert.InRange(Check("region", region).GetProperty("startLine").GetInt64(), 1, int.MaxValue);
        }

        static JsonElement Check(string kind, JsonElement given)
        {
            string[] names = [.. given.EnumerateObject().Select(member => member.Name)];
            (string[] required, string[] others) = Members[kind];
            Assert.Equal([], required.Except(names));
            Assert.Equal([], names.Except(required).Except(others));
            return given;
        }
    }
}
