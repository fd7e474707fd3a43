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

    /// <summary>The content policy: nothing is loaded, and only this style and script apply, whatever else got into the page.</summary>
    private static readonly string Policy = $"default-src 'none'; style-src '{HashOf(Style)}'; script-src '{HashOf(Script)}'; "
        + "img-src data:; base-uri 'none'; form-action 'none'";

    internal static void Write(TextWriter writer, ReportData data)
    {
        string name = VisibleText.Shorten(data.Last.Name, LongestName);
        string series = data.IsSeries ? VisibleText.Shorten(data.First.Name, LongestName) + " to " : "";
        string title = data.Options.Title ?? $"Binder handles: {series}{name}";
        string version = typeof(HandleReport).Assembly.GetName().Version!.ToString(3);
        Part($"""
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8"/>
            <meta http-equiv="Content-Security-Policy" content="{Policy}"/>
            <meta name="viewport" content="width=device-width, initial-scale=1"/>
            <meta name="generator" content="HandlePool"/>
            <title>{title}</title>
            <style>{Html.Trusted(Style)}</style>
            </head><body><a class="skip" href="#summary">Skip to the summary</a><header><h1><bdi>{title}</bdi></h1>
            <p class="sub">Created {ReportText.Time(data.Created)} by HandlePool {version}.</p>
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
        Part(AnomalySection.Of(data));
        Part(Html.Section("notes", "Notes", $"<ul>{Html.Each(Notes(data), note => $"<li>{note}</li>\n")}</ul>"));
        Part($"</main><script>{Html.Trusted(Script)}</script>\n</body></html>");

        void Part(Html part) => part.WriteTo(writer);
    }

    private static Html Contents(ReportData data)
    {
        List<(string Id, string Text)> links = [("summary", "Summary"), ("suspects", "Leak suspects"), ("limits", "Limits")];
        if (data.IsSeries)
            links.AddRange([("growth", "Growth"), ("comparison", "Changes")]);
        links.AddRange([("pairs", "Pairs"), ("matrix", "Matrix"), ("owners", "Owners"), ("holders", "Holders"), ("processes", "Processes"),
            ("pictures", "Bitmaps"), ("anomalies", "Anomalies"), ("notes", "Notes")]);
        Html items = Html.Each(links, link => $"<li><a href=\"#{link.Id}\">{link.Text}</a></li>\n");
        return $"<nav aria-label=\"Contents\"><ul>{items}</ul></nav>";
    }

    private static IEnumerable<string> Notes(ReportData data)
    {
        SessionTotals last = data.Totals[^1];
        if (data.Pools.Any(pool => pool.Bitmap.CapacityInferred))
        {
            yield return "Capacities marked as inferred are not in the dump. They are the smallest power of two, at least 64, that holds "
                + "the highest handle; the driver's pool may be larger.";
            yield return "The manager of a context is inferred, too: it owns the node to which others hold handle 0.";
        }

        if (last.Unnamed > 0)
        {
            yield return $"Processes without a name ({ReportText.Number(last.Unnamed)}) are shown by pid: the driver's dumps have names "
                + "only if the vendor added them.";
        }

        if (last.Unowned > 0)
            yield return $"The owner is unknown for {ReportText.Count(last.Unowned, "handle")}: no process of the dump owns the node.";
        yield return "Android's limits on proxies are compared with the handles of a process. Android counts proxies per uid and in each "
            + "holder separately, and a dump has no uids, so a limit that is near is a warning, not a measurement.";
        if (data.IsSeries)
        {
            yield return data.HasTimes
                ? "The dumps are sorted by time."
                : "The time of at least one dump is unknown, so the dumps are in the order given, without rates per hour.";
            yield return "Processes are matched between dumps by pid and name, by pid alone if a name is missing, or by a unique name.";
        }

        yield return "Dead: the owner of the node has exited. Weak only: the reference has no strong count. Single holder: no other "
            + "process holds the node.";
        yield return "A suspect stands out from its peers in this data, which is a reason to look closer, not proof of a leak.";
    }

    private static string ReadResource(string name)
    {
        using StreamReader reader = new(typeof(ReportPage).Assembly.GetManifestResourceStream(name)!);

        // Browsers drop carriage returns before they compare the hash of the policy.
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }

    private static string HashOf(string text) => "sha256-" + Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
