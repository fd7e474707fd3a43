using System.Globalization;
using System.Management.Automation;
using HandlePool.Tables;

namespace HandlePool.PowerShell.Completion;

/// <summary>Completes the handles that the named processes hold.</summary>
internal sealed class HandleCompleter : IdentityCompleter
{
    // A handle means something in its process only, so the handles of many processes are of little use.
    private const int MaxProcesses = 16;

    private protected override IEnumerable<CompletionResult> Complete(CompletedLine line, CompletedWord word)
    {
        List<(int Handle, string Tooltip)> found = [];
        foreach (HandleProcess process in line.FindProcesses().Take(MaxProcesses))
        {
            found.AddRange(process.Table.ToArray().Where(entry => word.Matches(entry.Handle)).Take(MaxResults)
                .Select(entry => (entry.Handle, Describe(process, entry))));
            if (line.Adds && word.Matches(0)
                && process.BinderContext.ManagerNode is { } manager && manager.Owner != process && !process.Table.TryGet(0, out _))
            {
                found.Add((0, $"handle 0: context manager, {NodeCompleter.Identify(manager)}, not held yet"));
            }
        }

        return found.GroupBy(each => each.Handle, each => each.Tooltip)
            .OrderBy(same => same.Key)
            .Select(same =>
                Offer(word.Write(same.Key), same.Key.ToString(CultureInfo.InvariantCulture), string.Join("; ", same.Distinct())));
    }

    private static string Describe(HandleProcess holder, in TableEntry entry)
    {
        HandleReference reference = holder.ToReference(entry);
        return $"handle {reference.Handle} of {holder}: {NodeCompleter.Identify(reference.Node)}, "
            + $"strong {reference.Strong}, weak {reference.Weak}"
            + (reference.IsDead ? ", dead" : "");
    }
}
