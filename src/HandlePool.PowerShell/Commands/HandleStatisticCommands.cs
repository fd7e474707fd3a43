using System.Management.Automation;

namespace HandlePool.PowerShell;

/// <summary>Gets the driver's statistics of processes, or what the session says in their place.</summary>
[Cmdlet(VerbsCommon.Get, "HandleStatistic")]
[OutputType(typeof(HandleStatistic))]
public sealed class GetHandleStatisticCommand : PoolsCommand
{
    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (Try(GetSession) is not { } session)
            return;
        List<HandleStatistic> found = GetProcesses(Process, Contexts).ConvertAll(process => process.GetStatistic());
        if (Process is null && session.Statistics is { } statistics)
        {
            // A process that came or went between the statistics and the state is in the statistics only.
            found.AddRange(statistics.Processes.Where(each => each.Process is null && IsInContext(each.Context)));
            found = [.. found.OrderBy(each => each.ProcessId).ThenBy(each => each.Context, StringComparer.Ordinal).ThenBy(each => each.OpenNumber)];
        }

        WriteObject(found, enumerateCollection: true);
    }
}
