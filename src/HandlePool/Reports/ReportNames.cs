using HandlePool.Analysis;
using HandlePool.Reports.Markup;

namespace HandlePool.Reports;

/// <summary>Builds the names of processes and contexts: isolated, as the dump has them, with the pid beside them.</summary>
internal static class ReportNames
{
    /// <summary>The number of characters of a sentence about a dump that are shown at most.</summary>
    internal const int LongestSentence = 2_000;

    internal static Html Process(HandleProcess process) =>
        process.Name is { } name ? Html.Of($"{Html.Isolate(name)} ({process.Id})") : $"pid {process.Id}";

    /// <summary>Returns a holder, or the name that stands for many.</summary>
    internal static Html Holder(HandleProcess? holder, string name) => holder is null ? $"{name}" : Process(holder);

    /// <summary>Returns an owner, or the name that stands for many or none.</summary>
    internal static Html Owner(HandleProcess? owner, string name, bool isDead) =>
        $"{Holder(owner, name)}{(isDead && owner is not null ? ", dead nodes" : "")}";

    internal static Html Owner(HandleUsage usage) => Owner(usage.Owner, usage.OwnerName, usage.IsDead);

    internal static Html Pair(HandleUsage usage) => $"{Holder(usage.Holder, usage.HolderName)} \u2192 {Owner(usage)}";

    /// <summary>Returns the context, if the session has several.</summary>
    internal static Html? ContextIfMany(ReportData data, string context) =>
        data.IsOfManyContexts ? Html.Of($", {Html.Isolate(context)}") : null;
}
