using HandlePool.Analysis;
using HandlePool.Reports.Markup;

namespace HandlePool.Reports;

/// <summary>Shows the calls that are stuck, and for whom their senders wait.</summary>
internal static class CallSection
{
    internal static void Write(ReportWriter to, ReportData data)
    {
        to.Paragraph(Verdict(data));
        to.Table("table-calls", "Stuck calls, the oldest first.", data.StuckCalls, data.Options.MaxRows, fold: null,
            new("Call", call => $"{call.Id}", IsNumber: true),
            new("From", call => Prose.Name(call.From ?? "")),
            new("To", call => Prose.Name(call.To ?? "")),
            new("Node", call => $"{call.Node}", IsNumber: true),
            new("Seconds", call => $"{call.Age?.TotalSeconds:0.0}", IsNumber: true),
            new("Threads that wait", call => call.WaitingThreads),
            new("Who waits for whom", call => Prose.Sentence(call.WaitsFor ?? "", ReportNames.LongestSentence)),
            new("Source", call => Prose.Name(call.Source, ReportNames.LongestSentence)));
    }

    private static Prose Verdict(ReportData data)
    {
        int certain = data.StuckCalls.Count(call => call.Cycle == HandleWaitCycle.Threads);
        int possible = data.StuckCalls.Count(call => call.Cycle is HandleWaitCycle.Pool or HandleWaitCycle.Processes);
        return certain > 0 ? $"A deadlock: {certain} of these calls wait for each other in a circle of threads."
            : possible > 0 ? $"Perhaps a deadlock: {possible} of these calls are between processes that wait for each other."
            : Prose.Of($"These calls have had no answer for 5 seconds or longer. Nothing waits in a circle, as far as the driver shows.");
    }
}
