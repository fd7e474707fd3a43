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

    /// <summary>The handles that the picture shows, such as 1000..1999 or 1000, 1999; all by default. The object is of the whole pool all the same.</summary>
    [Parameter]
    [HandleRange]
    public HandleRun? Range { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (HandleProcess process in GetProcesses(Process, Context))
        {
            HandleBitmap bitmap = process.GetBitmap();
            if (Range is not { } range)
                WriteObject(bitmap);
            else if (range.First < bitmap.Capacity)
                WriteObject(bitmap.Show(range));
            else
                WriteError(ErrorRecords.RangeBeyondCapacity(range, bitmap));
        }
    }
}
