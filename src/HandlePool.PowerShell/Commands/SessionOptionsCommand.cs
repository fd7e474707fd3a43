using System.Management.Automation;
using HandlePool.Pools;
using HandlePool.PowerShell.Binding;
using HandlePool.PowerShell.Completion;
using HandlePool.PowerShell.Errors;

namespace HandlePool.PowerShell;

/// <summary>Represents a cmdlet that creates a session with options.</summary>
public abstract class SessionOptionsCommand : ModelCommand
{
    /// <summary>The parameter set of the options.</summary>
    private protected const string OptionsSet = "New";

    /// <summary>The name of the session; by default "Session", with a number if that is taken.</summary>
    [Parameter(ParameterSetName = OptionsSet)]
    [ValidatePattern(@"\S")]
    [NameText]
    [OneValue]
    [ArgumentCompleter(typeof(NoCompleter))]
    public virtual string? Name { get; set; }

    /// <summary>The driver whose rules it follows.</summary>
    [Parameter(ParameterSetName = OptionsSet)]
    [Converted(typeof(HandleDriver))]
    [OneValue]
    public virtual HandleDriver Driver { get; set; }

    /// <summary>Lets the freeze notifications of dropped references leak, as the Rust driver did before Linux 7.2.</summary>
    [Parameter(ParameterSetName = OptionsSet)]
    public virtual SwitchParameter FreezeListenerLeak { get; set; }

    /// <summary>The allocator of its pools, which finds the lowest free handle; the driver's by default.</summary>
    [Parameter(ParameterSetName = OptionsSet)]
    [Converted(typeof(HandleAllocator?))]
    [OneValue]
    public virtual HandleAllocator? Allocator { get; set; }

    /// <summary>The policy that decides which thread allocates when several find a pool full at once.</summary>
    [Parameter(ParameterSetName = OptionsSet)]
    [Converted(typeof(GrowthPolicy))]
    [OneValue]
    public virtual GrowthPolicy GrowthPolicy { get; set; }

    /// <summary>The policy that decides when pools shrink automatically.</summary>
    [Parameter(ParameterSetName = OptionsSet)]
    [Converted(typeof(ShrinkPolicy))]
    [OneValue]
    public virtual ShrinkPolicy ShrinkPolicy { get; set; }

    /// <summary>The maximum capacity of each pool; the driver's by default.</summary>
    [Parameter(ParameterSetName = OptionsSet)]
    [Converted(typeof(int))]
    [ValidateRange(IdPool.MinCapacity, IdPool.LargestCapacity)]
    [OneValue]
    [ArgumentCompleter(typeof(NoCompleter))]
    public virtual int? MaxCapacity { get; set; }

    /// <summary>Records the operations on the session, which Get-HandleOperation returns for a replay.</summary>
    [Parameter(ParameterSetName = OptionsSet)]
    public virtual SwitchParameter Record { get; set; }

    /// <summary>Creates the session, which is in no runspace yet, or writes why it cannot be created and returns null.</summary>
    private protected HandleSession? Create()
    {
        if (Name is not null && SessionStore.Here.Contains(Name))
        {
            WriteError(ErrorRecords.SessionExists(Name));
            return null;
        }

        HandleSessionOptions options = new()
        {
            Driver = Driver,
            FreezeListenerLeak = FreezeListenerLeak,
            GrowthPolicy = GrowthPolicy,
            ShrinkPolicy = ShrinkPolicy,
        };
        if (options.IsInconsistent)
        {
            WriteError(ErrorRecords.DriverWithoutLeak(Driver));
            return null;
        }

        if (Allocator is { } allocator)
            options = options with { Allocator = allocator };
        if (MaxCapacity is { } maxCapacity)
            options = options with { MaxCapacity = maxCapacity };
        HandleSession session = new(Name ?? "Session", options);
        if (Record)
            session.StartRecording();
        return session;
    }
}
