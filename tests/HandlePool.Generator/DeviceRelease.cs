namespace HandlePool.Generator;

/// <summary>Represents a release of Android: what its reports have, and the form in which they have it.</summary>
/// <param name="Name">The name on the command line.</param>
/// <param name="Version">The version of Android.</param>
/// <param name="IsRust">Whether its kernel has the Rust driver.</param>
/// <param name="IsVendor">Whether a vendor's script wrote the report: names behind pids, a text for each process, other ends of sections.</param>
internal sealed record DeviceRelease(string Name, int Version, bool IsRust = false, bool IsVendor = false)
{
    internal static readonly IReadOnlyList<DeviceRelease> All =
        [new("8", 8), new("10", 10), new("14", 14), new("17", 17, IsRust: true), new("mtk", 12, IsVendor: true)];

    /// <summary>Gets the folder of the driver's files.</summary>
    internal string Folder => Version < 11 ? "/sys/kernel/debug/binder" : "/dev/binderfs/binder_logs";

    /// <summary>Gets whether the activity manager keeps records of exits.</summary>
    internal bool HasExitInfo => Version >= 11;

    /// <summary>Gets whether <c>dumpsys</c> tells the clients of services.</summary>
    internal bool HasClients => Version >= 14;

    /// <summary>Gets the number of proxies beyond which a Java process crashes.</summary>
    internal int MapLimit => Version >= 11 ? 25_000 : 20_000;

    /// <summary>Gets whether a count of the proxies of an interface is left out where they are few.</summary>
    internal bool OmitsFewProxies => Version >= 10;

    internal string Fingerprint => $"generic/device:{Version}/BUILD.{Version}.005/1:userdebug/test-keys";
}
