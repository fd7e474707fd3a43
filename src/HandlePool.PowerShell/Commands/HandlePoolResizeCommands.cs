using System.Management.Automation;
using HandlePool.PowerShell.Binding;
using HandlePool.PowerShell.Completion;

namespace HandlePool.PowerShell;

/// <summary>Runs the first phase of a resize, which allocates memory for the new capacity.</summary>
[Cmdlet(VerbsLifecycle.Request, "HandlePoolResize")]
[OutputType(typeof(HandlePoolResizer))]
public sealed class RequestHandlePoolResizeCommand : ResizeCommand
{
    /// <inheritdoc/>
    protected override void ProcessRecord() => Try(() => WriteObject(GetProcess(Process, Context).RequestResize(Direction)));
}

/// <summary>Runs the second phase of a resize, which checks again and applies or discards what was allocated.</summary>
[Cmdlet(VerbsLifecycle.Complete, "HandlePoolResize", SupportsShouldProcess = true)]
[OutputType(typeof(HandlePoolResizeResult))]
public sealed class CompleteHandlePoolResizeCommand : SessionCommand
{
    /// <summary>The resizers that Request-HandlePoolResize wrote.</summary>
    [Parameter(Position = 0, Mandatory = true, ValueFromPipeline = true)]
    [ValidateNotNull]
    [LiveObject("a resizer, as Request-HandlePoolResize writes it", typeof(HandlePoolResizer))]
    [ArgumentCompleter(typeof(NoCompleter))]
    public HandlePoolResizer[] Resizer { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (HandlePoolResizer resizer in Resizer)
            Complete(resizer);
    }

    private void Complete(HandlePoolResizer resizer) => Try(() =>
    {
        if (Session is not null && GetSession() != resizer.Process.Session)
            throw SessionErrors.ResizerForeign(resizer, GetSession());
        HandleProcess process = resizer.Process;
        string target = $"pool of process '{process}', from {resizer.FromCapacity} to {resizer.ToCapacity}";
        if (!MayChange(target, resizer.Direction.ToString()))
            return;
        long mark = MarkEvents(process.Session);
        HandlePoolResizeResult result = process.CompleteResize(resizer);
        WriteEvents(process.Session, mark, process);
        WriteObject(result);
    });
}
