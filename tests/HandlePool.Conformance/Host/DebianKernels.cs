using System.Formats.Tar;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.RegularExpressions;

namespace HandlePool.Conformance;

/// <summary>
/// Takes kernels from Debian's packages: the newest 6.1, whose driver scans a tree, the newest 6.12, whose driver has a bitmap, and the newest
/// of all. Packages are downloaded and unpacked, never installed; the machine's own sources and lists of packages are left alone.
/// </summary>
/// <param name="cache">The folder in which kernels are kept.</param>
/// <param name="work">A folder of this run.</param>
/// <param name="write">Writes a line.</param>
/// <param name="cancellation">Ends a download.</param>
internal sealed partial class DebianKernels(string cache, string work, Action<string> write, CancellationToken cancellation)
{
    private const string Keyring = "/usr/share/keyrings/debian-archive-keyring.gpg";

    private const string Kernel = "vmlinuz";
    private const string Module = "binder_linux.ko";
    private const string Sums = "SHA256SUMS";

    private static readonly string[] Sources =
    [
        $"deb [signed-by={Keyring}] http://deb.debian.org/debian-security bookworm-security main",
        $"deb [signed-by={Keyring}] http://deb.debian.org/debian trixie-backports main",
    ];

    private readonly List<string> _options = [];

    /// <summary>Returns the releases of the kernels, from the oldest. Without a network, those of earlier runs.</summary>
    /// <exception cref="GuestException">There is none.</exception>
    internal IReadOnlyList<string> GetReleases()
    {
        string[] kept = Choose(Directory.Exists(cache) ? Directory.GetDirectories(cache).Select(folder => Path.GetFileName(folder)) : []);
        string[] releases;
        try
        {
            releases = Choose(Available());
        }
        catch (GuestException exception) when (kept.Length > 0 && !cancellation.IsCancellationRequested)
        {
            write($"The kernels of an earlier run are used: {exception.Message}");
            releases = kept;
        }

        return releases.Length == 0 ? throw new GuestException("The packages of Debian have no kernel. Give one with -Kernel and -Modules.") : releases;
    }

    /// <summary>Returns the kernel of a release. Downloads it, one at a time, if no earlier run has, or if what is kept is damaged.</summary>
    /// <exception cref="GuestException">A package cannot be had.</exception>
    internal KernelImage Get(string release)
    {
        string folder = Path.Combine(cache, release);
        lock (_options)
        {
            cancellation.ThrowIfCancellationRequested();
            bool isKept = Directory.Exists(folder);
            if (isKept && !IsWhole(folder))
            {
                write($"{release}: the kept kernel does not match its {Sums}, and is downloaded again");
                isKept = false;
            }

            if (!isKept)
                Download(release, folder);
        }

        return KernelImage.Open(Path.Combine(folder, Kernel), folder);
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

    /// <summary>Writes the sums of the files of a kernel beside them, as sha256sum does.</summary>
    internal static void WriteSums(string folder) => File.WriteAllLines(Path.Combine(folder, Sums), [.. SumsOf(folder)]);

    /// <summary>Returns whether a kernel is as it was downloaded.</summary>
    internal static bool IsWhole(string folder)
    {
        string path = Path.Combine(folder, Sums);
        return File.Exists(path) && File.ReadAllLines(path).SequenceEqual(SumsOf(folder));
    }

    private static IEnumerable<string> SumsOf(string folder)
    {
        foreach (string path in Directory.GetFiles(folder).Where(path => Path.GetFileName(path) != Sums).Order(StringComparer.Ordinal))
        {
            using FileStream file = File.OpenRead(path);
            yield return $"{Convert.ToHexString(SHA256.HashData(file)).ToLowerInvariant()}  {Path.GetFileName(path)}";
        }
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
        _options.AddRange(
        [
            "-q", "-o", $"Dir::Etc::sourcelist={apt}/sources.list", "-o", "Dir::Etc::sourceparts=-", "-o", $"Dir::State::lists={apt}/lists",
            "-o", $"Dir::State::status={apt}/status", "-o", $"Dir::Cache={apt}/cache", "-o", "APT::Architecture=amd64",
            "-o", "APT::Sandbox::User=root", "-o", "APT::Update::Error-Mode=any", "-o", "Acquire::Languages=none",
        ]);
        HostProgram.Run("apt-get", [.. _options, "update"], cancellation: cancellation);
        return PackageNames("linux-image-");
    }

    private IEnumerable<string> PackageNames(string prefix) => HostProgram.Run("apt-cache", [.. _options, "pkgnames", prefix])
        .Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(name => name[prefix.Length..]);

    private void Download(string release, string folder)
    {
        // Recent kernels are split: linux-image then only depends on the others.
        string made = Path.Combine(work, "kernel-" + release);
        Directory.CreateDirectory(made);
        (string Name, string[] Files)[] packages = PackageNames("linux-binary-").Contains(release)
            ? [($"linux-binary-{release}", [Kernel]), ($"linux-modules-{release}", [Module])]
            : [($"linux-image-{release}", [Kernel, Module])];
        foreach ((string name, string[] files) in packages)
        {
            write($"Downloading {name}");
            HostProgram.Run("apt-get", [.. _options, "download", name], made, cancellation: cancellation);
            foreach (string file in Directory.GetFiles(made, "*.deb"))
            {
                HostProgram.Run("dpkg-deb", ["--fsys-tarfile", file], takeOutput: tar => Unpack(tar, made, files), cancellation: cancellation);
                File.Delete(file);
            }
        }

        if (!File.Exists(Path.Combine(made, Kernel)))
            throw new GuestException($"{string.Join(" and ", packages.Select(package => package.Name))} have no kernel. Give one with -Kernel and -Modules.");
        KernelImage.FindModule(made);
        WriteSums(made);

        // Another run may have been faster.
        Directory.CreateDirectory(cache);
        try
        {
            if (Directory.Exists(folder) && !IsWhole(folder))
                Directory.Delete(folder, recursive: true);
            Directory.Move(made, folder);
        }
        catch (IOException) when (Directory.Exists(folder))
        {
        }
    }

    /// <summary>Takes the kernel or the driver's module, or both, out of a package.</summary>
    /// <param name="tar">The package's files, which are many: no more is read than needed.</param>
    /// <param name="folder">The folder for what is taken.</param>
    /// <param name="files">The beginnings of the names of what is taken.</param>
    /// <returns>Whether everything was there.</returns>
    internal static bool Unpack(Stream tar, string folder, IReadOnlyCollection<string> files)
    {
        HashSet<string> missing = [.. files];
        using TarReader reader = new(tar, leaveOpen: true);
        while (missing.Count > 0 && reader.GetNextEntry() is { } entry)
        {
            string name = Path.GetFileName(entry.Name);
            if (entry.DataStream is null || missing.FirstOrDefault(file => name.StartsWith(file, StringComparison.Ordinal)) is not { } found)
                continue;
            entry.ExtractToFile(Path.Combine(folder, found == Kernel ? Kernel : name), overwrite: true);
            missing.Remove(found);
        }

        // What a package that lacks something has left, so that its program does not end at a closed pipe.
        if (missing.Count > 0)
            tar.CopyTo(Stream.Null);
        return missing.Count == 0;
    }

    // Not those for clouds, for real time, of debug symbols, or unsigned. No number is longer than a long.
    [GeneratedRegex(@"^(?!.*[0-9]{19})[0-9]+\.[0-9]+(\.[0-9]+)?([-+][0-9a-z~]+)?-amd64$")]
    private static partial Regex ReleaseName();

    [GeneratedRegex("[0-9]+")]
    private static partial Regex Number();
}
