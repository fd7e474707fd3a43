using System.Globalization;
using HandlePool.Analysis;

namespace HandlePool.Reports;

/// <summary>Who may be leaking, why, and the references behind it.</summary>
internal static class SuspectSection
{
    internal const int LongestReason = 2_000;

    private const int MostInDetail = 50;

    internal static void Write(HtmlWriter html, ReportData data)
    {
        ReportPage.OpenSection(html, "suspects", "Leak suspects");
        IReadOnlyList<HandleLeakSuspect> suspects = data.Suspects;
        if (suspects.Count == 0)
        {
            html.Element("p", "Nobody stands out from the others by what it holds, or by what is held of it.").Close();
            return;
        }

        html.Element("p", "Learnt from this data: a suspect stands out from its peers by number, by kind or by growth. "
            + "The score says how many times over the threshold it is.");
        ReportTable.Write(html, "table-suspects", "Suspects, the most suspicious first.", suspects, data.Options.MaxRows,
            new("Place", suspect => html.Number(suspect.Place), IsNumber: true, Sorted: "ascending"),
            new("Holder", suspect => html.Holder(suspect.Holder, suspect.HolderName)),
            new("Owner", suspect => html.Owner(suspect.Owner, suspect.OwnerName, suspect.Usage.IsDead)),
            new("Context", suspect => html.DumpText(suspect.Context)),
            new("Kinds", suspect => html.Text(string.Join(", ", suspect.Kinds))),
            new("Score", suspect => html.Text(suspect.Score.ToString("N1", CultureInfo.InvariantCulture)), IsNumber: true),
            new("Handles", suspect => html.Number(suspect.Handles), IsNumber: true),
            new("Dead", suspect => html.Number(suspect.Dead), IsNumber: true),
            new("Weak only", suspect => html.Number(suspect.WeakOnly), IsNumber: true),
            new("Single holder", suspect => html.Number(suspect.SingleHolder), IsNumber: true));

        foreach (HandleLeakSuspect suspect in suspects.Take(MostInDetail))
            WriteSuspect(html, suspect, data);
        if (suspects.Count > MostInDetail)
            html.Open("p").Class("note").Text($"The other {ReportText.Number(suspects.Count - MostInDetail)} are in the table above only.").Close();
        html.Close();
    }

    private static void WriteSuspect(HtmlWriter html, HandleLeakSuspect suspect, ReportData data)
    {
        html.Open("h3").Text($"{suspect.Place}. ").Pair(suspect).ContextIfMany(data, suspect.Context).Close();
        html.Open("p").DumpText(suspect.Reason, LongestReason).Close();
        if (suspect.Counts.Count > 1)
        {
            html.Open("p").Class("note").Text($"Handles in the last {ReportText.Number(suspect.Counts.Count)} dumps: "
                + $"{string.Join(", ", suspect.Counts.TakeLast(20).Select(count => ReportText.Number(count)))} ({ReportText.Change(suspect.Growth)}).").Close();
        }

        int references = Math.Min(suspect.References.Count, data.Options.MaxReferences);
        if (references == 0)
            return;
        bool isGrowth = suspect.Kinds.Contains(HandleLeakKind.Growth);
        html.Open("details").Element("summary", $"{ReportText.Count(suspect.References.Count, "reference")} behind it"
            + (isGrowth ? ", taken since the first of these dumps" : ""));
        ReportTable.Write(html, $"table-suspect-{suspect.Place}", $"References behind suspect {suspect.Place}.", suspect.References, data.Options.MaxReferences,
            new("Handle", reference => html.Number(reference.Handle), IsNumber: true),
            new("Holder", reference => html.Process(reference.Process)),
            new("Node", reference => html.Text(reference.Node.Id.ToString(CultureInfo.InvariantCulture)), IsNumber: true),
            new("Name", reference => html.DumpText(reference.Node.Name ?? "")),
            new("State", reference => html.Text(reference.IsDead ? "dead" : "alive")),
            new("Strong", reference => html.Number(reference.Strong), IsNumber: true),
            new("Weak", reference => html.Number(reference.Weak), IsNumber: true),
            new("Holders", reference => html.Number(reference.Node.HolderCount), IsNumber: true));
        html.Close();
    }
}
