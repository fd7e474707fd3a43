using System.Management.Automation;
using HandlePool.PowerShell.Binding;
using HandlePool.PowerShell.Completion;
using HandlePool.PowerShell.Errors;

namespace HandlePool.PowerShell;

/// <summary>Gets the bitmaps of the pools of processes.</summary>
[Cmdlet(VerbsCommon.Get, "HandleBitmap")]
[OutputType(typeof(HandleBitmap))]
public sealed class GetHandleBitmapCommand : PoolsCommand
{
    /// <summary>The handles to show, such as 1000..1999 or 1000, 1999; all by default. The object still covers the whole pool.</summary>
    [Parameter]
    [HandleRange]
    [ArgumentCompleter(typeof(NoCompleter))]
    public HandleRun? Range { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (HandleProcess process in WithKnownPools(GetProcesses(Process, Contexts)))
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
