using HandlePool.Analysis;
using HandlePool.Reports.Markup;
using HandlePool.Text;
using static HandlePool.Analysis.LeakWords;
using static HandlePool.Reports.ReportNames;

namespace HandlePool.Reports;

/// <summary>Says first what the reader came for: who leaks, how many, how fast, when it ends, and what to do.</summary>
internal static class VerdictSection
{
    private const int MostOthers = 4;

    /// <summary>The share of a holder's handles from which on one owner is named for all.</summary>
    private const double MainShare = 0.8;

    internal static void Write(ReportWriter to, ReportData data)
    {
        Prose headline = data switch
        {
            { Suspects.Count: > 0 } => Headline(data.Suspects[0], data),
            { HasHandles: false } => $"No verdict: there are no handles to judge.",
            { Search.NoVerdict: { } reason } => $"No verdict: {reason}.",
            { IsIncomplete: true } => $"No leak suspects, but the dump is cut off.",
            _ => $"No leak suspects.",
        };
        bool? isBad = data.IsJudged && (data.Suspects.Count > 0 || !data.IsIncomplete) ? data.Suspects.Count > 0 : null;
        to.Verdict(isBad, headline, [.. data.Suspects.Count > 0 ? OfSuspect(data.Suspects[0], data) : OfNone(data)]);
        if (data.Suspects.Count > 1)
        {
            to.Paragraph($"Other suspects:");
            to.Items(data.Suspects.Skip(1).Take(MostOthers).Select(suspect => Other(suspect, data)));
            if (data.Suspects.Count - 1 - MostOthers is > 0 and int left)
                to.Note($"{left} more {(left == 1 ? "is" : "are")} listed below. {Prose.Link("suspects", "All suspects")}");
        }

        foreach (string note in data.Search.Notes)
            to.Note($"Note: {Prose.Sentence(note, LongestSentence)}");
        if (data.Anomalies > 0)
        {
            to.Note($"The data has {Phrase.Count(data.Anomalies, "anomaly", "anomalies")}, so it may be incomplete. "
                + $"{Prose.Link("anomalies", "All anomalies")}");
        }

        to.Copyable("ticket", "Text for a ticket", () => ReportContents.Ticket(data));
    }

    private static Prose Headline(HandleLeakSuspect suspect, ReportData data)
    {
        Prose holder = suspect.Holder is { } one ? Process(one) : $"Many processes together";
        Prose owner = OwnerOf(suspect, data);
        return suspect.Kinds[0] switch
        {
            HandleLeakKind.NearLimit => $"{holder} {Verb(suspect, "holds", "hold")} so many handles of {owner} that Android may act.",
            HandleLeakKind.DeadNodes => $"{holder} {Verb(suspect, "keeps", "keep")} handles to dead nodes.",
            HandleLeakKind.WeakOnly => $"{holder} may be leaking weak references to nodes of {owner}.",
            HandleLeakKind.Growth => $"{holder} {Verb(suspect, "is", "are")} likely leaking handles of {owner}.",
            _ => $"{holder} may be leaking handles of {owner}.",
        };
    }

    private static Prose OwnerOf(HandleLeakSuspect suspect, ReportData data) => suspect switch
    {
        { Owner: { } owner } => Process(owner),
        { Usage.By: HandleUsageGrouping.Holder } when MainOwner(suspect, data) is { } main => Process(main),
        { Usage: { By: HandleUsageGrouping.Holder, Source: not HandleCountSource.Statistics } } => $"many owners",
        { Usage.IsDead: true } => $"owners that have exited",
        _ => $"unknown owners",
    };

    /// <summary>Returns the owner of most of a holder's handles; null if there is none.</summary>
    private static HandleProcess? MainOwner(HandleLeakSuspect suspect, ReportData data) =>
        data.Pairs.FirstOrDefault(pair => pair.Holder == suspect.Holder && pair.Owner is not null) is { } largest
        && largest.Handles >= MainShare * suspect.Handles
            ? largest.Owner
            : null;

    private static string Verb(HandleLeakSuspect suspect, string one, string many) => suspect.Holder is null ? many : one;

    private static IEnumerable<(string Question, Prose Answer)> OfSuspect(HandleLeakSuspect suspect, ReportData data)
    {
        yield return ("Who", $"{Pair(suspect.Usage)}{ContextIfMany(data, suspect.Context)}");
        yield return ("How many", HowMany(suspect));
        yield return ("How fast", HowFast(suspect, data));
        yield return ("When it ends", WhenItEnds(suspect, data));
        yield return ("What to do", WhatToDo(suspect, data));
    }

    private static Prose HowMany(HandleLeakSuspect suspect)
    {
        Prose count = $"{Phrase.Count(suspect.Handles, "handle")}, {suspect.Usage.Share:0.0%} of all";
        if (suspect.Limit is { } limit)
            count = $"{count}, and {(double)suspect.Handles / limit.Handles:0.0%} of the limit of {limit.Handles}";
        return suspect switch
        {
            { Dead: > 0 } => $"{count}. {suspect.Dead} refer to dead nodes.",
            { Kinds: var kinds } when kinds.Contains(HandleLeakKind.WeakOnly) => $"{count}. {suspect.WeakOnly} have only weak counts.",
            { SingleHolder: var single } when single == suspect.Handles => $"{count}. No other process holds these nodes.",
            { SingleHolder: > 0 } => $"{count}. No other process holds {suspect.SingleHolder} of the nodes.",
            _ => $"{count}.",
        };
    }

    private static Prose HowFast(HandleLeakSuspect suspect, ReportData data)
    {
        if (!data.IsSeries)
            return $"Unknown: one dump shows no growth.";
        if (suspect.GrowthPerDump is not { } perDump)
        {
            CountTrend trend = new(suspect.Counts);
            int first = data.Series.Length - suspect.Counts.Count + 1;
            return trend switch
            {
                { OnlyStep: { } step } when suspect.Kinds.Contains(HandleLeakKind.Growth) =>
                    $"{ReportText.Change(suspect.Growth)} in one step, between dumps {first + step} and {first + step + 1}, which gives no rate.",
                { Falls: true } => $"It fell from {suspect.Counts[0]} to {suspect.Counts[^1]} over {Phrase.Count(trend.Steps, "dump")}.",
                _ => Prose.Of($"It did not grow steadily over this series."),
            };
        }

        string perHour = suspect.GrowthPerHour is { } rate ? $", {Rate(rate)} per hour" : "";
        return $"{ReportText.Change(suspect.Growth)} over {Phrase.Count(suspect.Counts.Count - 1, "dump")}: {Rate(perDump)} "
            + $"per dump{perHour}.";
    }

    private static Prose WhenItEnds(HandleLeakSuspect suspect, ReportData data)
    {
        if (suspect.Limit is not { } limit)
            return $"No limit of Android applies, but each handle costs memory in the kernel.";
        Prose at = $"{limit.Handles} handles: {limit.Consequence}.";
        return suspect switch
        {
            _ when suspect.Handles >= limit.Handles => $"It is already beyond {at}",
            { TimeToLimit: { } time } => $"In about {Duration(time)}"
                + $"{Range(suspect.EarliestTimeToLimit, suspect.LatestTimeToLimit, Duration)}"
                + $"{Clock(data.Last.Time, time)}, on reaching {at}",
            { DumpsToLimit: { } dumps } => $"In about {Amount(dumps, "more dump")} like these"
                + $"{Range(suspect.EarliestDumpsToLimit, suspect.LatestDumpsToLimit, Rate)}, on reaching {at}",
            _ => $"Unknown without a rate. The limit is {at}",
        };
    }

    /// <summary>Returns the time of the limit, unless it is too far away for a clock time to mean anything.</summary>
    private static string Clock(DateTimeOffset? last, TimeSpan left) =>
        last is { } known && left < TimeSpan.FromDays(30) && left < DateTimeOffset.MaxValue - known
            ? $", at {ReportText.Minute(known + left)}"
            : "";

    private static Prose WhatToDo(HandleLeakSuspect suspect, ReportData data)
    {
        Prose holder = suspect.Holder is { } one ? Process(one) : $"the holders";
        Prose owner = OwnerOf(suspect, data);
        Prose action = suspect switch
        {
            { Kinds: [HandleLeakKind.DeadNodes, ..] } => $"In {holder}, find where proxies are kept after their process has exited, and "
                + $"drop them when the death notification arrives.",
            { Kinds: [HandleLeakKind.WeakOnly, ..] } => $"In {holder}, find the weak references that are kept after the last strong one.",
            { References.Count: 0 } => $"Take a dump of the driver's state, {State}, which tells the owners of the handles.",
            _ => $"Find the binder objects of {owner} that {holder} keeps: listeners that are registered for each call and never "
                + $"unregistered, or sessions that are opened and never closed. The report lists their node "
                + $"ids, and {Prose.Name("dumpsys activity binder-proxies")} counts the interfaces on the device.",
        };
        if (suspect.Usage.IsNearLimit)
            action = $"Restart the processes {(suspect.Handles >= suspect.Limit?.Handles ? "now" : "before the limit")}. {action}";
        return data.IsSeries ? action : $"{action} A second dump some time later shows the rate.";
    }

    private static Prose Other(HandleLeakSuspect suspect, ReportData data)
    {
        string growth = suspect.Kinds.Contains(HandleLeakKind.Growth) ? $", {ReportText.Change(suspect.Growth)}" : "";
        return $"{Pair(suspect.Usage)}: {Phrase.Count(suspect.Handles, "handle")}{growth}{MarkOf(data, suspect)}";
    }

    private static IEnumerable<(string Question, Prose Answer)> OfNone(ReportData data)
    {
        if (!data.HasHandles)
        {
            yield return ("Why", data.Pools.Count == 0
                ? Prose.Of($"{What(data)} has no processes.")
                : $"{What(data)} has {Phrase.Count(data.Pools.Count, "process", "processes")}, but no handles.");
            yield return ("What to do", $"Take a dump of the driver's state, {State}, and report on that.");
            yield break;
        }

        HandleUsage largest = data.Pairs[0];
        yield return ("Most handles", $"{Pair(largest)}: {Phrase.Count(largest.Handles, "handle")}.");
        if (data.Near.Count > 0)
        {
            yield return ("Limits", $"{Phrase.Count(data.Near.Count, "count is", "counts are")} near a limit in sum, but Android "
                + $"counts each holder separately. {Prose.Link("limits", "Limits")}");
        }

        yield return ("What it covers", data switch
        {
            { Search.NoVerdict: not null } => $"The totals of the holders only. Neither growth nor pairs can be judged.",
            { IsSeries: true, HasOwners: false } =>
                $"The totals of the holders did not grow steadily over {data.Series.Length} dumps. The owners of most handles are unknown.",
            { IsSeries: true } => $"Nothing grew steadily over {data.Series.Length} dumps, and no pair stands out.",
            { IsIncomplete: true } => $"No pair stands out in what there is of this dump. Processes are missing, so counts may be too low.",
            _ => Prose.Of($"No pair stands out in this dump. One dump shows no growth, so a slow leak does not show."),
        });
        yield return ("What to do", data switch
        {
            { IsIncomplete: true } => $"Take the dump again, and see that it ends with a whole line of the last process.",
            { HasOwners: false } => $"Take a dump of the driver's state, {State}, which tells the owners.",
            { IsSeries: true } => $"If you expect a leak, use the device longer between the dumps.",
            _ => Prose.Of($"If you expect a leak, take dumps before and after using the device, and report on the series."),
        });
    }

    private static Prose State => Prose.Name("binder_logs/state");

    private static string What(ReportData data) => data.IsSeries ? "The last dump" : "The session";
}
