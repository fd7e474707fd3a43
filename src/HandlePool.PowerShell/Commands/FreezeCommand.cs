using System.Management.Automation;
using HandlePool.PowerShell.Binding;
using HandlePool.PowerShell.Completion;

namespace HandlePool.PowerShell;

/// <summary>Represents a cmdlet that freezes or thaws processes.</summary>
public abstract class FreezeCommand : ContextCommand
{
    /// <summary>The processes: objects, names or pids. Names may be patterns.</summary>
    [Parameter(Position = 0, Mandatory = true, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [ProcessIdentity]
    [ArgumentCompleter(typeof(ProcessCompleter))]
    public ProcessIdentity[] Process { get; set; } = [];

    /// <summary>Writes the processes of the pids, in all contexts, to the pipeline.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (HandleProcess process in GetProcesses(Process, One(Context), answer: refused => DriverReplies.AnswerFreeze(refused, GetSession())))
            Try(() => Change(process));
    }

    private protected abstract HandleList<HandleProcess> Apply(HandleProcess process);

    private void Change(HandleProcess process)
    {
        if (MayAsk && !ShouldProcess($"process '{process}' ({process.Id}) in all contexts"))
            return;
        HandleList<HandleProcess> processes = Apply(process);
        CountChanges();
        if (PassThru)
            WriteObject(processes, enumerateCollection: true);
    }
}
