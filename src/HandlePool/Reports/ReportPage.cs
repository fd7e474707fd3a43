using System.Security.Cryptography;
using System.Text;
using HandlePool.Analysis;
using HandlePool.Reports.Markup;
using HandlePool.Text;

namespace HandlePool.Reports;

/// <summary>Writes the page: its head, its contents, its notes, and the sections in their order.</summary>
internal static class ReportPage
{
    private const int LongestName = 80;

    private static readonly string Style = ReadResource("report.css");
    private static readonly string Script = ReadResource("report.js");

    /// <summary>Nothing may be loaded, and nothing but this style and this script may run, whatever else got into the page.</summary>
    private static readonly string Policy =
        $"default-src 'none'; style-src '{HashOf(Style)}'; script-src '{HashOf(Script)}'; img-src data:; base-uri 'none'; form-action 'none'";

    internal static void Write(TextWriter writer, ReportData data)
    {
        string name = VisibleText.Shorten(data.Last.Name, LongestName);
        string title = data.Options.Title ?? $"Binder handles: {(data.IsSeries ? $"{VisibleText.Shorten(data.First.Name, LongestName)} to {name}" : name)}";
        Part($"""
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8"/>
            <meta http-equiv="Content-Security-Policy" content="{Policy}"/>
            <meta name="viewport" content="width=device-width, initial-scale=1"/>
            <meta name="generator" content="HandlePool"/>
            <title>{title}</title>
            <style>{Html.Trusted(Style)}</style>
            </head><body><a class="skip" href="#summary">Skip to the summary</a><header><h1><bdi>{title}</bdi></h1>
            <p class="sub">Made {ReportText.Time(data.Created)} by HandlePool {typeof(HandleReport).Assembly.GetName().Version!.ToString(3)}.</p>
            {Contents(data)}</header><main>
            """);

        // Each part is written before the next one is built.
        Part(SummarySection.Of(data));
        Part(SuspectSection.Of(data));
        Part(LimitSection.Of(data));
        if (data.IsSeries)
        {
            Part(GrowthSection.Of(data.Growth!, data));
            Part(ComparisonSection.Of(data.Comparison!, data));
        }

        Part(PairSection.Of(data));
        Part(MatrixSection.Of(data));
        Part(PartySection.OfOwners(data));
        Part(PartySection.OfHolders(data));
        Part(ProcessSection.Of(data));
        Part(PictureSection.Of(data));
        Part(FindingSection.Of(data));
        Part(Html.Section("notes", "What is known, and what is inferred", $"<ul>{Html.Each(Notes(data), note => $"<li>{note}</li>\n")}</ul>"));
        Part($"</main><script>{Html.Trusted(Script)}</script>\n</body></html>");

        void Part(Html part) => part.WriteTo(writer);
    }

    private static Html Contents(ReportData data)
    {
        List<(string Id, string Text)> links = [("summary", "Summary"), ("suspects", "Leak suspects"), ("limits", "Limits")];
        if (data.IsSeries)
            links.AddRange([("growth", "Growth"), ("comparison", "First and last")]);
        links.AddRange([("pairs", "Pairs"), ("matrix", "Matrix"), ("owners", "Owners"), ("holders", "Holders"), ("processes", "Processes"), ("pictures", "Bitmaps"),
            ("findings", "Findings"), ("notes", "Notes")]);
        return $"<nav aria-label=\"Contents\"><ul>{Html.Each(links, link => $"<li><a href=\"#{link.Id}\">{link.Text}</a></li>\n")}</ul></nav>";
    }

    private static IEnumerable<string> Notes(ReportData data)
    {
        SessionTotals last = data.Totals[^1];
        if (data.Pools.Any(pool => pool.CapacityInferred))
        {
            yield return "Capacities are inferred where the tables say so: a dump does not tell them. They are the least power of two, 64 or more, that "
                + "holds the highest handle; the driver's pool may be larger.";
            yield return "Who manages a context is inferred, too: it is the owner of the node that others hold by handle 0.";
        }

        if (last.Unnamed > 0)
        {
            yield return $"{ReportText.Count(last.Unnamed, "process has", "processes have")} no name here and {(last.Unnamed == 1 ? "is" : "are")} shown by pid: "
                + "the driver's dumps tell none unless the vendor added them.";
        }

        if (last.Unowned > 0)
            yield return $"Of {ReportText.Count(last.Unowned, "handle")} the owner is not known: no process of the dump owns the node.";
        yield return $"Android's limits ({ReportText.Number(HandleLimit.ProxyLowWatermark.Handles)} to {ReportText.Number(HandleLimit.JavaProxiesNewer.Handles)} "
            + "proxies) are compared with handles of processes. Android counts proxies by uid and in each holder by itself, and a dump tells no uids: "
            + "what is near a limit here is a warning, not a measurement.";
        if (data.IsSeries)
        {
            yield return data.HasTimes ? "The dumps are in the order of their times."
                : "The time of at least one dump is not known, so that they are in the order in which they were given, and no rates by the hour are told.";
            yield return "Of two dumps, a process is the same by pid and name, by pid alone where a name is not known, or by a name that only one process has.";
        }

        yield return "Dead: the node's owner has exited. Weak only: there is no strong count. Single holder: nobody else holds the node.";
        yield return "A suspect stands out from its peers in this data. That is a reason to look, not a proof.";
    }

    private static string ReadResource(string name)
    {
        using StreamReader reader = new(typeof(ReportPage).Assembly.GetManifestResourceStream(name)!);

        // The hash in the policy is of what a browser sees, which is without carriage returns.
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }

    private static string HashOf(string text) => "sha256-" + Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
