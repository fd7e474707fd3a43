using System.Security.Cryptography;
using System.Text;
using HandlePool.Analysis;
using HandlePool.Text;

namespace HandlePool.Reports;

/// <summary>The page itself: its head, what it begins and ends with, and the sections in their order.</summary>
internal static class ReportPage
{
    private const int LongestName = 80;

    private static readonly string Style = ReadResource("report.css");
    private static readonly string Script = ReadResource("report.js");

    /// <summary>Nothing may be loaded, and nothing but this style and this script may run, whatever else got into the page.</summary>
    private static readonly string Policy =
        $"default-src 'none'; style-src '{HashOf(Style)}'; script-src '{HashOf(Script)}'; img-src data:; base-uri 'none'; form-action 'none'";

    internal static void Write(HtmlWriter html, ReportData data)
    {
        string title = data.Options.Title ?? (data.IsSeries
            ? $"Binder handles: {VisibleText.Shorten(data.First.Name, LongestName)} to {VisibleText.Shorten(data.Last.Name, LongestName)}"
            : $"Binder handles: {VisibleText.Shorten(data.Last.Name, LongestName)}");
        html.Raw("<!DOCTYPE html>\n").Open("html").Attribute("lang", "en");
        html.Open("head");
        html.Open("meta").Attribute("charset", "utf-8").Close();
        html.Open("meta").Attribute("http-equiv", "Content-Security-Policy").Attribute("content", Policy).Close();
        html.Open("meta").Attribute("name", "viewport").Attribute("content", "width=device-width, initial-scale=1").Close();
        html.Open("meta").Attribute("name", "generator").Attribute("content", "HandlePool").Close();
        html.Element("title", title);
        html.Open("style").Raw(Style).Close();
        html.Close();

        html.Open("body");
        html.Open("a").Class("skip").Attribute("href", "#summary").Text("Skip to the summary").Close();
        html.Open("header");
        html.Open("h1").Open("bdi").Text(title).Close().Close();
        html.Open("p").Class("sub").Text($"Made {ReportText.Time(data.Created)} by HandlePool {typeof(HandleReport).Assembly.GetName().Version!.ToString(3)}.").Close();
        WriteContents(html, data);
        html.Close();

        html.Open("main");
        SummarySection.Write(html, data);
        SuspectSection.Write(html, data);
        LimitSection.Write(html, data);
        if (data.IsSeries)
        {
            GrowthSection.Write(html, data.Growth!, data);
            ComparisonSection.Write(html, data.Comparison!, data);
        }

        PairSection.Write(html, data);
        MatrixSection.Write(html, data);
        PartySection.WriteOwners(html, data);
        PartySection.WriteHolders(html, data);
        ProcessSection.Write(html, data);
        PictureSection.Write(html, data);
        FindingSection.Write(html, data);
        WriteNotes(html, data);
        html.Close();
        html.Open("script").Raw(Script).Close();
        html.Close().Close();
    }

    /// <summary>Begins a section with its heading.</summary>
    internal static HtmlWriter OpenSection(HtmlWriter html, string id, string heading) =>
        html.Open("section").Attribute("aria-labelledby", id).Open("h2").Attribute("id", id).Text(heading).Close();

    private static void WriteContents(HtmlWriter html, ReportData data)
    {
        html.Open("nav").Attribute("aria-label", "Contents").Open("ul");
        Link("summary", "Summary");
        Link("suspects", "Leak suspects");
        Link("limits", "Limits");
        if (data.IsSeries)
        {
            Link("growth", "Growth");
            Link("comparison", "First and last");
        }

        Link("pairs", "Pairs");
        Link("matrix", "Matrix");
        Link("owners", "Owners");
        Link("holders", "Holders");
        Link("processes", "Processes");
        Link("pictures", "Bitmaps");
        Link("findings", "Findings");
        Link("notes", "Notes");
        html.Close().Close();

        void Link(string id, string text) => html.Open("li").Open("a").Attribute("href", "#" + id).Text(text).Close().Close();
    }

    private static void WriteNotes(HtmlWriter html, ReportData data)
    {
        SessionTotals last = data.Totals[^1];
        OpenSection(html, "notes", "What is known, and what is inferred").Open("ul");
        if (data.Pools.Any(pool => pool.CapacityInferred))
        {
            Note("Capacities are inferred where the tables say so: a dump does not tell them. They are the least power of two, 64 or more, that "
                + "holds the highest handle; the driver's pool may be larger.");
            Note("Who manages a context is inferred, too: it is the owner of the node that others hold by handle 0.");
        }

        if (last.Unnamed > 0)
        {
            Note($"{ReportText.Count(last.Unnamed, "process has", "processes have")} no name here and {(last.Unnamed == 1 ? "is" : "are")} shown by pid: "
                + "the driver's dumps tell none unless the vendor added them.");
        }

        if (last.Unowned > 0)
            Note($"Of {ReportText.Count(last.Unowned, "handle")} the owner is not known: no process of the dump owns the node.");
        Note($"Android's limits ({ReportText.Number(HandleLimit.ProxyLowWatermark.Handles)} to {ReportText.Number(HandleLimit.JavaProxiesNewer.Handles)} "
            + "proxies) are compared with handles of processes. Android counts proxies by uid and in each holder by itself, and a dump tells no uids: "
            + "what is near a limit here is a warning, not a measurement.");
        if (data.IsSeries)
        {
            Note(data.HasTimes ? "The dumps are in the order of their times."
                : "The time of at least one dump is not known, so that they are in the order in which they were given, and no rates by the hour are told.");
            Note("Of two dumps, a process is the same by pid and name, by pid alone where a name is not known, or by a name that only one process has.");
        }

        Note("Dead: the node's owner has exited. Weak only: there is no strong count. Single holder: nobody else holds the node.");
        Note("A suspect stands out from its peers in this data. That is a reason to look, not a proof.");
        html.Close().Close();

        void Note(string text) => html.Element("li", text);
    }

    private static string ReadResource(string name)
    {
        using StreamReader reader = new(typeof(ReportPage).Assembly.GetManifestResourceStream(name)!);

        // The hash in the policy is of what a browser sees, which is without carriage returns.
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }

    private static string HashOf(string text) => "sha256-" + Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
