using HandlePool.Analysis;
using HandlePool.Reports.Markup;
using HandlePool.Text;
using static HandlePool.Reports.ReportNames;

namespace HandlePool.Reports;

/// <summary>Shows the leak suspects, the reasons, and the references behind them.</summary>
internal static class SuspectSection
{
    private const int MostInDetail = 50;
    private const int MostCounts = 20;

    /// <summary>Returns the id of the heading of a suspect; that of the section if it is in the table only.</summary>
    internal static string IdOf(ReportData data, HandleLeakSuspect suspect) =>
        suspect.Rank <= InDetail(data) ? $"suspect-{suspect.Rank}" : "suspects";

    internal static void Write(ReportWriter to, ReportData data)
    {
        IReadOnlyList<HandleLeakSuspect> suspects = data.Suspects;
        if (suspects.Count == 0)
        {
            to.Paragraph(data switch
            {
                { HasHandles: false } => $"There are no handles to judge.",
                { HasOwners: false } => $"The owners of most handles are unknown, so their pairs of holder and owner could not be judged.",
                _ => Prose.Of($"No process stands out from its peers as a holder or an owner."),
            });
            return;
        }

        to.Paragraph($"A suspect stands out from its peers and from healthy phones, or is near a limit. The score is the count as a "
            + $"multiple of the threshold.");
        to.Table("table-suspects", "Suspects by rank, the strongest first.", suspects, data.Options.MaxRows, fold: null,
            new("Rank", suspect => suspect.Rank, "ascending"),
            new("Holder", suspect => Holder(suspect.Holder, suspect.HolderName)),
            new("Owner", suspect => Owner(suspect.Usage)),
            new("Handles", suspect => suspect.Handles),
            new("Score", suspect => $"{suspect.Score:0.0}", IsNumber: true),
            new("Threshold", suspect => suspect.Threshold),
            new("Usual", suspect => suspect.Usual),
            new("Kinds", suspect => $"{string.Join(", ", suspect.Kinds)}"),
            new("Dead", suspect => suspect.Dead),
            new("Weak only", suspect => suspect.WeakOnly),
            new("Single holder", suspect => suspect.SingleHolder),
            ContextColumnIfMany<HandleLeakSuspect>(data, suspect => suspect.Context));
        foreach (HandleLeakSuspect suspect in suspects.Take(InDetail(data)))
            WriteDetails(to, data, suspect);
        if (suspects.Count > InDetail(data))
            to.Note($"The other {suspects.Count - InDetail(data)} are not shown in detail.");
    }

    private static int InDetail(ReportData data) => Math.Min(MostInDetail, data.Options.MaxRows);

    private static void WriteDetails(ReportWriter to, ReportData data, HandleLeakSuspect suspect)
    {
        to.Heading($"{suspect.Rank}. {Pair(suspect.Usage)}{ContextIfMany(data, suspect.Context)}", IdOf(data, suspect));
        to.Paragraph(Prose.Sentence(suspect.Reason, LongestSentence));
        to.Items(suspect.Signs.Select(Sign));
        if (suspect.Counts.Count > 1)
        {
            string counts = string.Join(", ", suspect.Counts.TakeLast(MostCounts));
            to.Note($"Handles in the last {Math.Min(suspect.Counts.Count, MostCounts)} dumps: {counts} "
                + $"({ReportText.Change(suspect.Growth)}).");
        }

        if (suspect.References.Count > 0 && data.Options.MaxReferences > 0)
        {
            string since = suspect.Kinds.Contains(HandleLeakKind.Growth) ? ", taken since the first of these dumps" : "";
            to.Fold($"{Phrase.Count(suspect.References.Count, "reference")}{since}", () => WriteReferences(to, suspect, data));
        }
    }

    /// <summary>Returns the count, the threshold and its source.</summary>
    private static Prose Sign(HandleLeakSign sign)
    {
        string usual = sign.Usual is { } median ? $"; the median of its peers is {median}" : "";
        return $"{sign.Kind}: {sign.Measured}, {sign.Score:0.0} times the threshold of {Math.Ceiling(sign.Threshold)}, which "
            + $"{Basis(sign.Basis)}{usual}.";
    }

    private static string Basis(HandleLeakBasis basis) => basis switch
    {
        HandleLeakBasis.HealthyPhones => "is from healthy phones",
        HandleLeakBasis.Peers => "is from its peers",
        HandleLeakBasis.Baseline => "is from the baseline",
        HandleLeakBasis.Limit => "is from a limit of Android",
        _ => "is the least that counts",
    };

    private static void WriteReferences(ReportWriter to, HandleLeakSuspect suspect, ReportData data) =>
        to.Table($"table-suspect-{suspect.Rank}", $"References of suspect {suspect.Rank}.", suspect.References,
            data.Options.MaxReferences, fold: null,
            new("Handle", reference => reference.Handle),
            new("Node", reference => $"{reference.Node.Id}", IsNumber: true),
            suspect.Holder is null ? new("Holder", reference => Process(reference.Process)) : null,
            new("Name", reference => Prose.Name(reference.Node.Name ?? "")),
            new("State", reference => $"{(reference.IsDead ? "dead" : "alive")}"),
            new("Strong", reference => reference.Strong),
            new("Weak", reference => reference.Weak),
            new("Holders", reference => reference.Node.HolderCount));
}
