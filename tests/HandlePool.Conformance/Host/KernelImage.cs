using System.IO.Compression;
using System.Text;

namespace HandlePool.Conformance;

/// <summary>Represents a kernel to boot.</summary>
/// <param name="Image">The bootable file.</param>
/// <param name="Module">The file of the driver, which may be compressed; null if the driver is part of the kernel.</param>
/// <param name="Release">The kernel's release, such as <c>6.12.117+deb12-amd64</c>.</param>
internal sealed record KernelImage(string Image, string? Module, string Release)
{
    private const int HeaderMark = 0x202;
    private const int ReleaseOffset = 0x20e;
    private const int SetupStart = 0x200;
    private const int LongestRelease = 64;

    /// <summary>Gets the rules to compare with, whatever the version; null to choose them by the version.</summary>
    internal HandleDriver? GivenDriver { get; init; }

    /// <summary>Gets the rules that the driver of the kernel follows.</summary>
    internal HandleDriver Driver => GivenDriver ?? DriverOfVersion;

    private HandleDriver DriverOfVersion => Version >= new Version(6, 11) ? HandleDriver.C : HandleDriver.CTree;

    /// <summary>Gets whether the driver has freeze notifications.</summary>
    internal bool HasFreezeNotifications => Version >= new Version(6, 12);

    /// <summary>Gets the number of the release: its digits up to anything else.</summary>
    internal Version Version
    {
        get
        {
            string[] parts = Release.Split('.', '-', '+');
            return int.TryParse(parts[0], out int major) && parts.Length > 1 && int.TryParse(parts[1], out int minor)
                ? new Version(major, minor)
                : throw new GuestException($"'{Release}' is not the release of a kernel.");
        }
    }

    /// <summary>Opens a kernel and its module.</summary>
    /// <param name="image">The bootable file, such as vmlinuz.</param>
    /// <param name="modules">The folder of the kernel's modules; null if the driver is part of the kernel.</param>
    /// <exception cref="GuestException">There is no kernel, or no module.</exception>
    internal static KernelImage Open(string image, string? modules)
    {
        if (!File.Exists(image))
            throw new GuestException($"There is no kernel {image}. Give the path of a bootable file, such as /boot/vmlinuz.");
        return new KernelImage(image, modules is null ? null : FindModule(modules), ReadRelease(image));
    }

    /// <summary>Returns the file of the driver among the modules of a kernel.</summary>
    /// <exception cref="GuestException">There is none.</exception>
    internal static string FindModule(string folder)
    {
        if (!Directory.Exists(folder))
            throw new GuestException($"There is no folder {folder}. Give the folder of the kernel's modules, such as /lib/modules/RELEASE.");
        EnumerationOptions options = new() { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint, IgnoreInaccessible = true };
        return Directory.EnumerateFiles(folder, "binder_linux.ko*", options).FirstOrDefault()
            ?? throw new GuestException($"The kernel has no binder driver: there is no binder_linux.ko under {folder}. "
                + "Give a kernel with CONFIG_ANDROID_BINDER_IPC=m, or without modules one with CONFIG_ANDROID_BINDER_IPC=y.");
    }

    /// <summary>Writes the module as the kernel loads it.</summary>
    internal void WriteModule(string path)
    {
        (string Program, string Package)? unpacker = Path.GetExtension(Module) switch
        {
            ".xz" => ("xz", "xz-utils"),
            ".zst" => ("zstd", "zstd"),
            _ => null,
        };
        using FileStream target = File.Create(path);
        if (unpacker is var (program, package))
        {
            HostProgram.Run(HostTools.Get(program, package), ["-dc", Module!], takeOutput: output => HostProgram.CopyAll(output, target));
            return;
        }

        using FileStream source = File.OpenRead(Module!);
        using Stream plain = Module!.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(source, CompressionMode.Decompress) : source;
        plain.CopyTo(target);
    }

    /// <summary>Reads the release from the header of an x86 boot image (Documentation/arch/x86/boot.rst).</summary>
    private static string ReadRelease(string image)
    {
        using FileStream file = File.OpenRead(image);
        byte[] header = new byte[SetupStart * 128];
        int length = file.ReadAtLeast(header, header.Length, throwOnEndOfStream: false);
        int at = length < ReleaseOffset + 2 || Encoding.ASCII.GetString(header, HeaderMark, 4) != "HdrS" ? length
            : BitConverter.ToUInt16(header, ReleaseOffset) + SetupStart;
        if (at >= length)
            throw new GuestException($"{image} is not a kernel for x86 that can be booted. Give a bzImage, such as /boot/vmlinuz.");
        return Encoding.ASCII.GetString(header, at, Math.Min(LongestRelease, length - at)).Split(' ', '\0')[0];
    }
}
