using System.Management.Automation;
using HandlePool.Pools;
using HandlePool.PowerShell.Binding;
using HandlePool.PowerShell.Completion;

namespace HandlePool.PowerShell;

/// <summary>Represents a cmdlet that resizes the pool of one process, in a direction that must be given.</summary>
public abstract class ResizeCommand : ContextCommand
{
    /// <summary>The process: an object, a name or a pid.</summary>
    [Parameter(Position = 0, Mandatory = true, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ProcessIdentity]
    [OneValue]
    [ArgumentCompleter(typeof(ProcessCompleter))]
    public ProcessIdentity Process { get; set; } = null!;

    /// <summary>Doubles the capacity, even if the pool is not full.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "Grow")]
    [Chosen]
    public SwitchParameter Grow { get; set; }

    /// <summary>Shrinks to the capacity to which the driver would shrink.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "Shrink")]
    [Chosen]
    public SwitchParameter Shrink { get; set; }

    /// <summary>Gets the direction that was given.</summary>
    private protected ResizeDirection Direction => Grow ? ResizeDirection.Grow : ResizeDirection.Shrink;
}
