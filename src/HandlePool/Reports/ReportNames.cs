using HandlePool.Analysis;

namespace HandlePool.Reports;

/// <summary>Writes who is meant: names as the dump has them, isolated, with the pid beside them.</summary>
internal static class ReportNames
{
    /// <summary>A process.</summary>
    internal static HtmlWriter Process(this HtmlWriter html, HandleProcess process) => process.Name is { } name
        ? html.DumpText(name).Text($" ({process.Id})")
        : html.Text($"pid {process.Id}");

    /// <summary>A holder, or what stands for many.</summary>
    internal static HtmlWriter Holder(this HtmlWriter html, HandleProcess? holder, string name) =>
        holder is null ? html.Text(name) : html.Process(holder);

    /// <summary>An owner, or what stands for many or none.</summary>
    internal static HtmlWriter Owner(this HtmlWriter html, HandleProcess? owner, string name, bool isDead)
    {
        html.Holder(owner, name);
        return isDead && owner is not null ? html.Text(", dead nodes") : html;
    }

    internal static HtmlWriter Owner(this HtmlWriter html, HandleUsage usage) => html.Owner(usage.Owner, usage.OwnerName, usage.IsDead);

    /// <summary>A suspect's holder and owner.</summary>
    internal static HtmlWriter Pair(this HtmlWriter html, HandleLeakSuspect suspect) => html.Holder(suspect.Holder, suspect.HolderName)
        .Text(" \u2192 ").Owner(suspect.Owner, suspect.OwnerName, suspect.Usage.IsDead);

    /// <summary>The context, where there are several.</summary>
    internal static HtmlWriter ContextIfMany(this HtmlWriter html, ReportData data, string context) =>
        data.IsOfManyContexts ? html.Text(", ").DumpText(context) : html;
}
