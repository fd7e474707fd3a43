using System.IO.Compression;
using System.IO.Enumeration;
using System.Text;
using System.Text.RegularExpressions;

namespace HandlePool.Conformance;

/// <summary>Represents a kernel to boot.</summary>
/// <param name="Image">The bootable file.</param>
/// <param name="Module">The file of the driver, which may be compressed; null if the driver is part of the kernel.</param>
/// <param name="Release">The kernel's release, such as <c>6.12.117+deb12-amd64</c>.</param>
internal sealed partial record KernelImage(string Image, string? Module, string Release)
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
        if (!FileKind.HasContent(image))
            throw new GuestException($"There is no kernel {image}, or it is no file. Give the path of a bootable file, such as /boot/vmlinuz.");
        return new KernelImage(image, modules is null ? null : FindModule(modules), ReadRelease(image));
    }

    /// <summary>Returns the file of the driver among the modules of a kernel.</summary>
    /// <exception cref="GuestException">There is none.</exception>
    internal static string FindModule(string folder)
    {
        if (!Directory.Exists(folder))
            throw new GuestException($"There is no folder {folder}. Give the folder of the kernel's modules, such as /lib/modules/RELEASE.");

        // A link to the file is one, too; links to folders may lead anywhere, and into a circle.
        FileSystemEnumerable<string> modules = new(folder, (ref FileSystemEntry entry) => entry.ToFullPath(),
            new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0, IgnoreInaccessible = true })
        {
            ShouldIncludePredicate = (ref FileSystemEntry entry) => !entry.IsDirectory && entry.FileName.StartsWith("binder_linux.ko", StringComparison.Ordinal),
            ShouldRecursePredicate = (ref FileSystemEntry entry) => !entry.Attributes.HasFlag(FileAttributes.ReparsePoint),
        };
        return modules.Where(FileKind.HasContent).Min(StringComparer.Ordinal)
            ?? throw new GuestException($"The kernel has no binder driver: there is no binder_linux.ko under {folder}. "
                + "Give a kernel with CONFIG_ANDROID_BINDER_IPC=m, or without modules one with CONFIG_ANDROID_BINDER_IPC=y.");
    }

    /// <summary>Writes the module as the kernel loads it.</summary>
    internal void WriteModule(string path)
    {
        string module = File.ResolveLinkTarget(Module!, returnFinalTarget: true)?.FullName ?? Module!;
        (string Program, string Package)? unpacker = Path.GetExtension(module) switch
        {
            ".xz" => ("xz", "xz-utils"),
            ".zst" => ("zstd", "zstd"),
            _ => null,
        };
        using FileStream target = File.Create(path);
        if (unpacker is var (program, package))
        {
            HostProgram.Run(HostTools.Get(program, package), ["-dc", module], takeOutput: output => HostProgram.CopyAll(output, target));
            return;
        }

        using FileStream source = File.OpenRead(module);
        using Stream plain = module.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(source, CompressionMode.Decompress) : source;
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
        string release = Encoding.ASCII.GetString(header, at, Math.Min(LongestRelease, length - at)).Split(' ', '\0')[0];

        // It becomes the name of a folder.
        return PlainName().IsMatch(release) && !release.Contains("..", StringComparison.Ordinal) ? release
            : throw new GuestException($"{image} is not a kernel with a release: its header has '{string.Concat(release.Where(letter => !char.IsControl(letter)))}'.");
    }

    [GeneratedRegex(@"^[0-9][0-9A-Za-z.+_~-]*\z")]
    private static partial Regex PlainName();
}
