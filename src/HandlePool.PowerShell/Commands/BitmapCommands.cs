using System.Management.Automation;

namespace HandlePool.PowerShell;

/// <summary>Gets the bitmaps of the pools of processes.</summary>
[Cmdlet(VerbsCommon.Get, "HandleBitmap")]
[OutputType(typeof(HandleBitmap))]
public sealed class GetHandleBitmapCommand : HandleCommand
{
    /// <summary>The processes: objects, names or pids. Names may be patterns. All processes by default.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ProcessIdentity]
    [ArgumentCompleter(typeof(ProcessCompleter))]
    public ProcessIdentity[]? Process { get; set; }

    /// <summary>Only processes of this context.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ContextCompleter))]
    public string? Context { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() =>
        WriteObject(GetProcesses(Process, Context).ConvertAll(process => process.GetBitmap()), enumerateCollection: true);
}
