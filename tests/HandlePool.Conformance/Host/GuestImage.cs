namespace HandlePool.Conformance;

/// <summary>Makes the files of a guest: the program that drives binder, a shell, the driver, the scenarios.</summary>
internal static class GuestImage
{
    private static readonly string[] Applets =
        ["sh", "mount", "insmod", "chmod", "mkdir", "cat", "tar", "gzip", "dmesg", "tail", "uname", "ln", "stty", "poweroff"];

    /// <summary>Compiles the program that drives binder.</summary>
    /// <returns>Its path.</returns>
    internal static string Compile(string folder, string work)
    {
        string program = Path.Combine(work, "conform");
        HostProgram.Run(HostTools.Get("gcc", "gcc"), ["-static", "-O2", "-Wall", "-Werror", "-o", program, .. Directory.GetFiles(folder, "*.c")]);
        return program;
    }

    /// <summary>Packs the initial RAM disk of a guest.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="program">The program that drives binder.</param>
    /// <param name="init">The script that the guest starts with.</param>
    /// <param name="scenarios">The scenarios.</param>
    /// <param name="work">A folder of this guest, which is empty.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>Its path.</returns>
    internal static string Pack(KernelImage kernel, string program, string init, IEnumerable<Scenario> scenarios, string work, CancellationToken cancellation)
    {
        string root = Path.Combine(work, "root");
        foreach (string folder in new[] { "bin", "proc", "sys", "dev", "out", "scenarios" })
            Directory.CreateDirectory(Path.Combine(root, folder));
        Add(HostTools.Get("busybox", "busybox-static"), "bin/busybox");
        Add(program, "bin/conform");
        Add(init, "init");
        foreach (string applet in Applets)
            File.CreateSymbolicLink(Path.Combine(root, "bin", applet), "busybox");
        if (kernel.Module is not null)
            kernel.WriteModule(Path.Combine(root, "binder_linux.ko"));
        foreach (Scenario scenario in scenarios)
            File.WriteAllText(Path.Combine(root, "scenarios", scenario.Name), string.Join('\n', scenario.Steps) + "\n");

        string image = Path.Combine(work, "initrd");
        using FileStream file = File.Create(image);
        IEnumerable<string> names = Directory.EnumerateFileSystemEntries(root, "*", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(root, path)).Order(StringComparer.Ordinal);
        HostProgram.Run(HostTools.Get("cpio", "cpio"), ["-o", "-H", "newc", "--quiet"], root, names, output => HostProgram.CopyAll(output, file), cancellation);
        return image;

        void Add(string source, string name)
        {
            string target = Path.Combine(root, name);
            File.Copy(source, target);
            if (!OperatingSystem.IsWindows())
                File.SetUnixFileMode(target, (UnixFileMode)0b111_101_101);
        }
    }
}
