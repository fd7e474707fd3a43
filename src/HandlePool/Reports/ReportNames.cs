using HandlePool.Analysis;
using HandlePool.Reports.Markup;

namespace HandlePool.Reports;

/// <summary>Builds the names of processes and contexts: isolated, as the dump has them, with the pid beside them.</summary>
internal static class ReportNames
{
    /// <summary>The number of characters of a sentence about a dump that are shown at most.</summary>
    internal const int LongestSentence = 2_000;

    internal static Prose Process(HandleProcess process) =>
        process.Name is { } name ? Prose.Of($"{Prose.Name(name)} ({process.Id})") : $"pid {process.Id}";

    /// <summary>Returns a holder, or the name that stands for many.</summary>
    internal static Prose Holder(HandleProcess? holder, string name) => holder is null ? $"{name}" : Process(holder);

    /// <summary>Returns an owner, or the name that stands for many or none.</summary>
    internal static Prose Owner(HandleProcess? owner, string name, bool isDead) =>
        $"{Holder(owner, name)}{(isDead && owner is not null ? ", dead nodes" : "")}";

    internal static Prose Owner(HandleUsage usage) => Owner(usage.Owner, usage.OwnerName, usage.IsDead);

    internal static Prose Pair(HandleUsage usage) => $"{Holder(usage.Holder, usage.HolderName)} \u2192 {Owner(usage)}";

    /// <summary>Returns the context, if the session has several.</summary>
    internal static Prose? ContextIfMany(ReportData data, string context) =>
        data.IsOfManyContexts ? Prose.Of($", {Prose.Name(context)}") : null;

    /// <summary>Returns a column of contexts, if the session has several.</summary>
    internal static ReportColumn<T>? ContextColumnIfMany<T>(ReportData data, Func<T, string> context) =>
        data.IsOfManyContexts ? new("Context", row => Prose.Name(context(row))) : null;

    /// <summary>Returns a mark with a space before it, if there is a suspect.</summary>
    internal static Prose? MarkOf(ReportData data, HandleLeakSuspect? suspect) => suspect is null
        ? null
        : Prose.Of($" {Prose.Mark(SuspectSection.IdOf(data, suspect), $"suspect {suspect.Rank}")}");
}
