namespace HandlePool.Devices;

/// <summary>Names the folders in which kernels show the driver's files.</summary>
internal static class BinderFolder
{
    /// <summary>The file that each of the folders has.</summary>
    internal const string Probe = "stats";

    /// <summary>Gets the folders: those of binderfs (Android 11 and later), debugfs, and kernels before 2010.</summary>
    internal static IReadOnlyList<string> Known { get; } = ["/dev/binderfs/binder_logs", "/sys/kernel/debug/binder", "/proc/binder"];

    /// <summary>Returns whether a message says that a file is there, and may not be read.</summary>
    internal static bool IsRefusal(string message) => message.Contains("ermission denied", StringComparison.Ordinal) || message.Contains("not permitted", StringComparison.Ordinal);

    /// <summary>Returns the error of a host that shows none of the folders.</summary>
    /// <param name="host">The host.</param>
    /// <param name="identity">What it is.</param>
    /// <param name="refused">The message with which it refused one; null if it refused none.</param>
    internal static HandleException NotShown(IBinderHost host, DeviceIdentity identity, string? refused) => DeviceErrors.Refused(host.Subject,
        refused is null
            ? $"it has none of {string.Join(", ", Known)}. "
                + (identity.IsRoot ? $"Mount debugfs: 'mount -t debugfs none /sys/kernel/debug'{(host.IsAndroid ? "" : ", or binderfs")}." : Become(host, identity))
            : $"{refused}. {Advise(host, identity)}");

    /// <summary>Returns what to do about a file that the host refuses to show.</summary>
    internal static string Advise(IBinderHost host, DeviceIdentity identity) =>
        identity.IsRoot ? "SELinux may be the reason: a userdebug or eng build lets root read it." : Become(host, identity);

    private static string Become(IBinderHost host, DeviceIdentity identity) => !host.IsAndroid ? "Run PowerShell as root."
        : identity.BuildType is "userdebug" or "eng" ? $"Run 'adb root' first: this is {(identity.BuildType == "eng" ? "an eng" : "a userdebug")} build."
        : "A user build shows them to root only. Use a userdebug build and 'adb root', read through su on a rooted device, or take a bug report ('adb bugreport').";
}
