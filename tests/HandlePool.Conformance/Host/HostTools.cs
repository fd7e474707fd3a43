namespace HandlePool.Conformance;

/// <summary>Finds the programs that a run needs, and says how to install those that are missing.</summary>
internal static class HostTools
{
    private static readonly (string Program, string Package, string For)[] Needed =
    [
        ("qemu-system-x86_64", "qemu-system-x86", "boots the kernel"),
        ("cpio", "cpio", "packs the guest's files"),
        ("gcc", "gcc", "compiles the program that drives binder"),
        ("busybox", "busybox-static", "is the guest's shell"),
    ];

    private static readonly (string File, string Package)[] NeededFiles =
    [
        ("/usr/lib/x86_64-linux-gnu/libc.a", "libc6-dev"),
        ("/usr/include/linux/android/binder.h", "linux-libc-dev"),
    ];

    /// <summary>Returns the path of a program, or null.</summary>
    internal static string? Find(string program, string path) => path.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
        .Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);

    /// <summary>Returns the path of a program.</summary>
    /// <exception cref="GuestException">There is none.</exception>
    internal static string Get(string program, string package) => Find(program, SearchPath)
        ?? throw new GuestException($"There is no {program} on PATH. Install it: sudo apt-get install {package}");

    /// <summary>Checks that everything is there that each run needs.</summary>
    /// <param name="path">The folders in which programs are looked for, as in PATH.</param>
    /// <param name="fileExists">Returns whether a file exists.</param>
    /// <exception cref="GuestException">Something is missing.</exception>
    internal static void Check(string path, Func<string, bool> fileExists)
    {
        (string Program, string Package, string For)[] programs = [.. Needed.Where(tool => Find(tool.Program, path) is null)];

        // Other distributions have the libraries elsewhere: there the compiler says what it lacks.
        (string File, string Package)[] files = fileExists("/etc/debian_version") ? [.. NeededFiles.Where(file => !fileExists(file.File))] : [];
        if (programs.Length + files.Length == 0)
            return;
        IEnumerable<string> missing = [.. programs.Select(tool => $"{tool.Program}, which {tool.For}"), .. files.Select(file => file.File)];
        IEnumerable<string> packages = [.. programs.Select(tool => tool.Package), .. files.Select(file => file.Package)];
        throw new GuestException($"Missing: {string.Join("; ", missing)}. On Debian: sudo apt-get install {string.Join(' ', packages)}");
    }

    internal static string SearchPath => Environment.GetEnvironmentVariable("PATH") ?? "";
}
