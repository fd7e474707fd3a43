using System.Management.Automation;
using HandlePool.PowerShell.Binding;
using HandlePool.PowerShell.Completion;

namespace HandlePool.PowerShell;

/// <summary>Gets the driver's statistics of processes, or what the session says in their place.</summary>
[Cmdlet(VerbsCommon.Get, "HandleStatistic")]
[OutputType(typeof(HandleStatistic))]
public sealed class GetHandleStatisticCommand : PoolsCommand
{
    private bool _isSessionNamed;

    /// <summary>The session to work in: an object or a name. By default that of the given objects, otherwise the current one.</summary>
    [Parameter(ValueFromPipeline = true)]
    [ValidateNotNull]
    [SessionIdentity]
    [ArgumentCompleter(typeof(SessionCompleter))]
    public override SessionIdentity? Session { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing() => _isSessionNamed = Session is not null;

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        // A string from the pipeline names a process, as everywhere. PowerShell binds it to -Session as well.
        if (!_isSessionNamed && Session is { Value: string })
            Session = null;

        if (Try(GetSession) is not { } session)
            return;
        List<HandleStatistic> found = GetProcesses(Process, Context).ConvertAll(process => process.GetStatistic());
        if (Process is null && session.Statistics is { } statistics)
        {
            // A process that came or went between the statistics and the state is in the statistics only.
            found.AddRange(statistics.Processes.Where(each => each.Process is null && IsInContext(each.Context)));
            found = [.. found.OrderBy(each => each.ProcessId).ThenBy(each => each.Context, StringComparer.Ordinal).ThenBy(each => each.OpenNumber)];
        }

        WriteObject(found, enumerateCollection: true);
    }
}
