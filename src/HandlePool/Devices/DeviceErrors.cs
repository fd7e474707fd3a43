using HandlePool.Text;

namespace HandlePool.Devices;

/// <summary>Creates the errors of devices.</summary>
internal static class DeviceErrors
{
    internal static HandleException AdbNotFound(string? path) => new(HandleErrorIds.AdbNotFound, Errno.ENOENT, path is null
        ? "No adb was found on the PATH. Install Android's platform tools, or say where adb is."
        : $"There is no adb at '{path}'. Give the path of the program.", path ?? "adb");

    internal static HandleException NotStarted(string program, Exception inner) =>
        new(HandleErrorIds.AdbNotFound, Errno.ENOENT, $"'{program}' cannot be started. {inner.Message}", program, inner);

    internal static HandleException NoDevice() => new(HandleErrorIds.DeviceNotFound, Errno.ENODEV,
        "No device is connected. Connect one, allow USB debugging on it, or start an emulator; 'adb devices' lists them.", "adb");

    internal static HandleException NoSuchDevice(string serial, IReadOnlyCollection<AdbEntry> known) => new(HandleErrorIds.DeviceNotFound, Errno.ENODEV,
        $"No device '{VisibleText.Name(serial)}' is connected. "
            + (known.Count == 0 ? "There is none." : $"There {(known.Count == 1 ? "is" : "are")} {List(known)}."), serial);

    internal static HandleException Ambiguous(IReadOnlyCollection<AdbEntry> known) => new(HandleErrorIds.DeviceAmbiguous, Errno.EINVAL,
        $"{Phrase.Count(known.Count, "device is", "devices are")} connected: {List(known)}. Choose one by its serial.", known.Select(device => device.Serial).ToArray());

    internal static HandleException NotReady(AdbEntry device) => new(HandleErrorIds.DeviceUnavailable, Errno.ENODEV,
        $"Device '{VisibleText.Name(device.Serial)}' is {VisibleText.Name(device.State)}. " + device.State switch
        {
            "unauthorized" or "authorizing" => "Unlock it, and allow USB debugging for this computer.",
            "offline" => "Connect it again, or run 'adb reconnect'.",
            _ when device.State.StartsWith("no permissions", StringComparison.Ordinal) => "Allow your user to access it by udev rules, and connect it again.",
            _ => "Start Android on it.",
        }, device.Serial);

    internal static HandleException Unavailable(string who, string reason) =>
        new(HandleErrorIds.DeviceUnavailable, Errno.ENODEV, $"{who} does not answer: {reason} Check the connection, and try again.", who);

    internal static HandleException Refused(string who, string reason) =>
        new(HandleErrorIds.DeviceRefused, Errno.EACCES, $"{who} does not show the driver's files: {reason}", who);

    internal static HandleException NotLinux() => new(HandleErrorIds.DeviceNotFound, Errno.ENODEV,
        "This host is not Linux and has no binder driver. Choose a device.", Environment.MachineName);

    private static string List(IReadOnlyCollection<AdbEntry> devices) =>
        Phrase.List(devices, device => $"'{VisibleText.Name(device.Serial)}'{(device.IsReady ? "" : $" ({VisibleText.Name(device.State)})")}");
}
