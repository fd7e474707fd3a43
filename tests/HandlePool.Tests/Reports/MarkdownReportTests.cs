using HandlePool.Dumps;
using HandlePool.Reports;
using HandlePool.Tests.Dumps;

namespace HandlePool.Tests.Reports;

public class MarkdownReportTests
{
    private static readonly HandleReportOptions Options = ReportReader.Options with { Format = HandleReportFormat.Markdown };

    [Fact]
    public void Markdown_begins_with_title_and_verdict()
    {
        string[] lines = Write(Pixel()).Split('\n');

        Assert.Equal("# Binder handles: `state-pixel.txt`", lines[0]);
        Assert.Equal("Created 2026-11-22 10:00:00 +00:00 by HandlePool 0.1.0.", lines[2]);
        Assert.Equal("## Verdict", lines[4]);
        Assert.Equal("**`com.example.photos` (4127) may be leaking handles of `system_server` (1754).**", lines[6]);
        Assert.StartsWith("- **Who:** `com.example.photos` (4127) \u2192 `system_server` (1754)", lines[8]);
    }

    [Fact]
    public void Markdown_has_the_tables_of_the_page_with_their_first_rows()
    {
        HandleSession session = Pixel();
        string markdown = Write(session);

        string[][] pairs = MarkdownReader.Table(markdown, "Handles by pair of holder and owner");
        Assert.Equal(ReportReader.Of(session).Headings("table-pairs"), pairs[0]);
        Assert.Equal(["`com.example.photos` (4127)", "`system_server` (1754) **suspect 1**", "194", "57.6%"], pairs[1][..4]);
        Assert.Equal(21, pairs.Length);
        Assert.Contains("Pairs of holder and owner, the most handles first. The first 20 of 29; 9 are left out.\n", markdown);
    }

    [Fact]
    public void Markdown_has_no_pictures_and_no_html()
    {
        string markdown = Write(Pixel());

        Assert.DoesNotContain("## Matrix", markdown);
        Assert.DoesNotContain("## Pool bitmaps", markdown);
        Assert.DoesNotContain('<', markdown);
        Assert.DoesNotContain("  ", markdown.Replace("|  |", "| |"));
        Assert.All(markdown.Split('\n'), line => Assert.Equal(line.TrimEnd(), line));
        Assert.DoesNotContain('\r', markdown);
    }

    [Theory]
    [InlineData("<script>alert(1)</script>")]
    [InlineData("| a \\| b |")]
    [InlineData("``` `x` ```")]
    [InlineData("[a](javascript:alert(1)) ![b](http://evil.example/x.png)")]
    [InlineData("https://evil.example @everyone #1")]
    [InlineData("a\n\n# heading\n- item\n\n---\n")]
    [InlineData("a\0\u001b[31m\u202e\u2066b")]
    [InlineData("**bold** _it_ ~~gone~~ &lt;b&gt;")]
    [InlineData("\u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627")]
    public void Names_have_no_effect_in_markdown(string name)
    {
        string markdown = Write(Hostile(name));

        Assert.DoesNotContain(markdown, character => char.IsControl(character) && character != '\n');
        Assert.All(markdown.Split('\n'), line =>
        {
            string bare = MarkdownReader.WithoutCode(line.StartsWith('|') ? string.Join(" ", MarkdownReader.Cells(line)) : line);
            Assert.DoesNotContain(bare.Replace("**", ""), character => character is '<' or '>' or '[' or ']' or '`' or '\\' or '@' or '_' or '*' or '~' or '&' or '|' or '/');
        });
        string[][] pairs = MarkdownReader.Table(markdown, "Handles by pair of holder and owner");
        Assert.All(pairs, row => Assert.Equal(pairs[0].Length, row.Length));
        Assert.StartsWith("`", pairs[1][0]);
    }

    [Fact]
    public void A_long_name_does_not_make_long_markdown() => Assert.InRange(Write(Hostile(new string('x', 4_000))).Length, 1, 20_000);

    [Fact]
    public void Markdown_of_600_processes_and_many_suspects_stays_a_comment()
    {
        HandleSession session = new();
        HandleProcess owner = session.CreateProcess("owner");
        for (int index = 0; index < 600; index++)
        {
            HandleProcess process = session.CreateProcess($"com.example.process{index}");
            for (int count = 0; count < 5; count++)
                process.AddReference(session.CreateNode(owner), strong: 0, weak: 1);
        }

        Assert.InRange(Write(session).Length, 1, 65_536);
    }

    [Fact]
    public void The_limits_of_the_options_win_over_those_of_the_format()
    {
        string markdown = Write(Options with { MaxRows = 2, MaxReferences = 0 }, Pixel());

        Assert.Equal(3, MarkdownReader.Table(markdown, "Handles by pair of holder and owner").Length);
        Assert.DoesNotContain("References of suspect", markdown);
        Assert.Equal((20, 10), (Options.MaxRows, Options.MaxReferences));
        Assert.Equal((5_000, 200), (ReportReader.Options.MaxRows, ReportReader.Options.MaxReferences));
    }

    [Fact]
    public void A_format_that_does_not_exist_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new HandleReportOptions { Format = (HandleReportFormat)2 });

    private static string Write(params HandleSession[] series) => Write(Options, series);

    private static string Write(HandleReportOptions options, params HandleSession[] series) => ReportReader.Write(options, series);

    private static HandleSession Pixel() => DumpReader.ReadFile(DumpSource.DataFile("state-pixel.txt")).Single().Session;

    /// <summary>Creates a session in which everything has the same name: itself, a suspect, an owner, a context and nodes.</summary>
    private static HandleSession Hostile(string name)
    {
        HandleSession session = new(name);
        HandleProcess owner = session.CreateProcess(name, context: name);
        HandleProcess holder = session.CreateProcess(name, context: name);
        session.CreateProcess(name);
        for (int count = 0; count < 120; count++)
            holder.AddReference(session.CreateNode(owner, name), strong: 0, weak: 1);
        return session;
    }
}
