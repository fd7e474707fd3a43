using System.Formats.Tar;
using System.Globalization;
using System.Text.RegularExpressions;

namespace HandlePool.Conformance;

/// <summary>
/// Takes kernels from Debian's packages: the newest 6.1, whose driver scans a tree, the newest 6.12, whose driver has a bitmap, and the newest
/// of all. Packages are downloaded and unpacked, never installed; the machine's own sources and lists of packages are left alone.
/// </summary>
/// <param name="cache">The folder in which kernels are kept.</param>
/// <param name="work">A folder of this run.</param>
/// <param name="write">Writes a line.</param>
internal sealed partial class DebianKernels(string cache, string work, Action<string> write)
{
    private const string Keyring = "/usr/share/keyrings/debian-archive-keyring.gpg";

    private static readonly string[] Sources =
    [
        $"deb [signed-by={Keyring}] http://deb.debian.org/debian-security bookworm-security main",
        $"deb [signed-by={Keyring}] http://deb.debian.org/debian trixie-backports main",
    ];

    private string[] _options = [];

    /// <summary>Returns the kernels, from the oldest. Without a network, those of earlier runs.</summary>
    /// <exception cref="GuestException">There is none, or a package cannot be had.</exception>
    internal IReadOnlyList<KernelImage> Get()
    {
        string[] kept = Choose(Directory.Exists(cache) ? Directory.GetDirectories(cache).Select(folder => Path.GetFileName(folder)) : []);
        string[] releases;
        try
        {
            releases = Choose(Available());
        }
        catch (GuestException exception) when (kept.Length > 0)
        {
            write($"The kernels of an earlier run are used: {exception.Message}");
            releases = kept;
        }

        return releases.Length == 0 ? throw new GuestException("The packages of Debian have no kernel. Give one with -Kernel and -Modules.")
            : [.. releases.Select(Get)];
    }

    /// <summary>Chooses the newest 6.1, the newest 6.12 and the newest of all.</summary>
    internal static string[] Choose(IEnumerable<string> releases)
    {
        (string Release, long[] Numbers)[] known = [.. releases.Where(release => ReleaseName().IsMatch(release))
            .Select(release => (release, NumbersOf(release))).OrderBy(each => each.Item2, Comparer<long[]>.Create(Compare))];
        IEnumerable<string> chosen =
        [
            .. known.Where(each => each.Numbers is [6, 1, ..]).TakeLast(1).Select(each => each.Release),
            .. known.Where(each => each.Numbers is [6, 12, ..]).TakeLast(1).Select(each => each.Release),
            .. known.TakeLast(1).Select(each => each.Release),
        ];
        return [.. chosen.Distinct()];
    }

    private static long[] NumbersOf(string release) =>
        [.. Number().Matches(release.Split('+')[0]).Select(match => long.Parse(match.ValueSpan, CultureInfo.InvariantCulture))];

    private static int Compare(long[]? left, long[]? right)
    {
        int order = left!.Zip(right!, (one, other) => one.CompareTo(other)).FirstOrDefault(order => order != 0);
        return order != 0 ? order : left!.Length.CompareTo(right!.Length);
    }

    private IEnumerable<string> Available()
    {
        if (HostTools.Find("apt-get", HostTools.SearchPath) is null || HostTools.Find("dpkg-deb", HostTools.SearchPath) is null)
            throw new GuestException("There is no apt-get, which takes Debian's kernels. Give a kernel of your own with -Kernel and -Modules.");
        if (!File.Exists(Keyring))
            throw new GuestException($"There is no {Keyring}, which verifies Debian's packages. Install it: sudo apt-get install debian-archive-keyring");
        string apt = Path.Combine(work, "apt");
        Directory.CreateDirectory(Path.Combine(apt, "lists", "partial"));
        Directory.CreateDirectory(Path.Combine(apt, "cache", "archives", "partial"));
        File.WriteAllLines(Path.Combine(apt, "sources.list"), Sources);
        File.WriteAllText(Path.Combine(apt, "status"), "");
        _options =
        [
            "-q", "-o", $"Dir::Etc::sourcelist={apt}/sources.list", "-o", "Dir::Etc::sourceparts=-", "-o", $"Dir::State::lists={apt}/lists",
            "-o", $"Dir::State::status={apt}/status", "-o", $"Dir::Cache={apt}/cache", "-o", "APT::Architecture=amd64",
            "-o", "APT::Sandbox::User=root", "-o", "APT::Update::Error-Mode=any", "-o", "Acquire::Languages=none",
        ];
        HostProgram.Run("apt-get", [.. _options, "update"]);
        return PackageNames("linux-image-");
    }

    private IEnumerable<string> PackageNames(string prefix) => HostProgram.Run("apt-cache", [.. _options, "pkgnames", prefix])
        .Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(name => name[prefix.Length..]);

    private KernelImage Get(string release)
    {
        string folder = Path.Combine(cache, release);
        if (!Directory.Exists(folder))
            Download(release, folder);
        return KernelImage.Open(Path.Combine(folder, "vmlinuz"), folder);
    }

    private void Download(string release, string folder)
    {
        // Recent kernels are split: linux-image then only depends on the others.
        string made = Path.Combine(work, "kernel-" + release);
        Directory.CreateDirectory(made);
        string[] packages = PackageNames("linux-binary-").Contains(release)
            ? [$"linux-binary-{release}", $"linux-modules-{release}"]
            : [$"linux-image-{release}"];
        foreach (string package in packages)
        {
            write($"Downloading {package}");
            HostProgram.Run("apt-get", [.. _options, "download", package], made);
            foreach (string file in Directory.GetFiles(made, "*.deb"))
            {
                HostProgram.Run("dpkg-deb", ["--fsys-tarfile", file], takeOutput: tar => Unpack(tar, made));
                File.Delete(file);
            }
        }

        if (!File.Exists(Path.Combine(made, "vmlinuz")))
            throw new GuestException($"{string.Join(" and ", packages)} have no kernel. Give one with -Kernel and -Modules.");
        KernelImage.FindModule(made);

        // Another run may have been faster.
        Directory.CreateDirectory(cache);
        try
        {
            Directory.Move(made, folder);
        }
        catch (IOException) when (Directory.Exists(folder))
        {
        }
    }

    /// <summary>Takes the kernel and the driver's module out of a package.</summary>
    private static void Unpack(Stream tar, string folder)
    {
        using TarReader reader = new(tar, leaveOpen: true);
        while (reader.GetNextEntry() is { } entry)
        {
            string name = Path.GetFileName(entry.Name);
            if (entry.DataStream is null)
                continue;
            if (name.StartsWith("vmlinuz", StringComparison.Ordinal))
                entry.ExtractToFile(Path.Combine(folder, "vmlinuz"), overwrite: true);
            else if (name.StartsWith("binder_linux.ko", StringComparison.Ordinal))
                entry.ExtractToFile(Path.Combine(folder, name), overwrite: true);
        }

        // What is left of the program's output, so that it does not end at a closed pipe.
        tar.CopyTo(Stream.Null);
    }

    // Not those for clouds, for real time, of debug symbols, or unsigned.
    [GeneratedRegex(@"^[0-9]+\.[0-9]+(\.[0-9]+)?([-+][0-9a-z~]+)?-amd64$")]
    private static partial Regex ReleaseName();

    [GeneratedRegex("[0-9]+")]
    private static partial Regex Number();
}
