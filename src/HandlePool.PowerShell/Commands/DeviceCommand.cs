using System.Management.Automation;
using HandlePool.Devices;
using HandlePool.PowerShell.Binding;
using HandlePool.PowerShell.Completion;
using HandlePool.PowerShell.Errors;

namespace HandlePool.PowerShell;

/// <summary>Represents a cmdlet that reads the binder driver of a device over adb, or of this computer.</summary>
public abstract class DeviceCommand : ModelCommand
{
    private const int MostSeconds = 24 * 3600;

    /// <summary>The path of adb; by default, it is looked for on the PATH.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [OneValue]
    public string? AdbPath { get; set; }

    /// <summary>Reads the driver's files through su, on devices that are rooted.</summary>
    [Parameter]
    public SwitchParameter UseSu { get; set; }

    /// <summary>Reads the driver of this computer, where it is Linux.</summary>
    [Parameter]
    public SwitchParameter Local { get; set; }

    /// <summary>The time after which each command on the device is stopped; a minute by default.</summary>
    [Parameter]
    [OneValue]
    [Duration(MostSeconds)]
    [ArgumentCompleter(typeof(NoCompleter))]
    public TimeSpan Timeout { get; set; } = CaptureOptions.DefaultTimeout;

    /// <inheritdoc/>
    private protected override ErrorRecord Describe(HandleException exception) =>
        exception.ErrorId == HandleErrorIds.DeviceRefused && !UseSu && !Local ? ErrorRecords.For(exception, "-UseSu reads through su.") : base.Describe(exception);

    /// <summary>Ends the pipeline if parameters exclude each other.</summary>
    private protected void CheckHost(bool hasSerial)
    {
        if (Local && (hasSerial || UseSu || AdbPath is not null))
            ThrowTerminatingError(ErrorRecords.LocalAndDevice(hasSerial ? "-Serial" : UseSu ? "-UseSu" : "-AdbPath"));
    }

    /// <summary>Returns the words for the host before it is known, because nothing may be asked.</summary>
    private protected string Describe(string? serial) =>
        Local ? "this computer" : serial is null ? "the connected device" : $"device '{Text.VisibleText.Name(serial)}'";

    /// <summary>Opens a device, the only one if no serial is given, or this computer.</summary>
    /// <exception cref="HandleException">There is none, or it does not answer.</exception>
    private protected IBinderHost Open(string? serial)
    {
        HostProcess commands = new();
        if (Local)
            return OperatingSystem.IsLinux() ? new LocalHost(commands) : throw DeviceErrors.NotLinux();
        Adb adb = new(commands, Adb.Find(AdbPath is null ? null : FilePath.Of(SessionState.Path, AdbPath)));
        return new AdbDevice(adb, adb.Choose(serial, StopToken).Serial, UseSu, Timeout, StopToken);
    }
}
