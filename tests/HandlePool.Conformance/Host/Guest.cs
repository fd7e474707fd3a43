using System.Diagnostics;
using System.Formats.Tar;
using System.Globalization;
using System.IO.Compression;
using System.Text;

namespace HandlePool.Conformance;

/// <summary>Boots a kernel in a virtual machine, waits until it switches itself off, and unpacks what it sent.</summary>
/// <param name="emulator">The path of qemu-system-x86_64.</param>
/// <param name="bound">The longest time that a guest may take.</param>
/// <param name="silence">The longest time in which it may write nothing: it says when a scenario ends.</param>
internal sealed class Guest(string emulator, TimeSpan bound, TimeSpan silence)
{
    private const int ShownLines = 20;
    private const int ShownLetters = 500;

    /// <summary>As much of the end of a console is read: a guest can write without end, and without lines.</summary>
    private const int ReadBytes = 1 << 16;

    private const string Panic = "Kernel panic";

    /// <summary>How often it is looked whether a guest has written something.</summary>
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    /// <summary>Runs a guest. It ends with the calling thread at the latest.</summary>
    /// <param name="image">The kernel.</param>
    /// <param name="initialDisk">Its initial RAM disk.</param>
    /// <param name="work">A folder of this guest.</param>
    /// <param name="cancellation">Ends the guest.</param>
    /// <returns>The folder of the results.</returns>
    /// <exception cref="GuestException">The guest hangs, cannot be started, or sent nothing that is whole.</exception>
    internal string Run(string image, string initialDisk, string work, CancellationToken cancellation)
    {
        string console = Path.Combine(work, "console.txt"), sent = Path.Combine(work, "results.tar.gz");
        string[] arguments =
        [
            // Emulated everywhere: it is fast enough, and virtualization that is there in part (in a cloud's machine) fails in many ways.
            "-accel", "tcg", "-cpu", "max", "-smp", "1", "-m", "768", "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",

            // The kernel's check of its timer fails on a host that has much other work.
            "-kernel", image, "-initrd", initialDisk, "-append", "console=ttyS0 quiet loglevel=4 panic=-1 mitigations=off no_timer_check "
                + "binder.debug_mask=0 binder.devices=binder,hwbinder",
            "-serial", $"file:{console}", "-serial", $"file:{sent}",
        ];
        using Process process = ChildProcess.Start(emulator, arguments);
        process.StandardInput.Close();
        Task<string> errors = ChildProcess.ReadEndAsync(process.StandardError);
        Task<string> output = ChildProcess.ReadEndAsync(process.StandardOutput);
        try
        {
            WaitFor(process, [console, sent], cancellation);
        }
        catch (TimeoutException exception)
        {
            throw new GuestException($"The guest {exception.Message} and was stopped (process {process.Id}). {Show(EndOf(console))}", exception);
        }
        finally
        {
            // This process, and no other of the same name.
            if (!process.HasExited)
                process.Kill();
            process.WaitForExit();
        }

        if (process.ExitCode != 0)
            throw new GuestException($"{Path.GetFileName(emulator)} failed with exit code {process.ExitCode}: {(errors.Result + output.Result).Trim()}");
        return Unpack(sent, console, Path.Combine(work, "results"));
    }

    /// <summary>Waits until a guest ends.</summary>
    /// <exception cref="TimeoutException">It takes too long, or has written nothing for too long.</exception>
    private void WaitFor(Process process, string[] written, CancellationToken cancellation)
    {
        Stopwatch whole = Stopwatch.StartNew(), silent = Stopwatch.StartNew();
        long length = 0;
        Task exit = process.WaitForExitAsync(cancellation);
        TimeSpan look = silence < Look ? silence : Look;
        while (!exit.Wait(look, cancellation))
        {
            long now = written.Sum(file => File.Exists(file) ? new FileInfo(file).Length : 0);
            if (now != length)
                silent.Restart();
            length = now;
            if (silent.Elapsed > silence)
                throw new TimeoutException(string.Create(CultureInfo.InvariantCulture, $"has written nothing for {silence.TotalSeconds:0.#} s"));
            if (whole.Elapsed > bound)
                throw new TimeoutException(string.Create(CultureInfo.InvariantCulture, $"did not end within {bound.TotalSeconds:0.#} s"));
        }
    }

    private static string Unpack(string sent, string console, string folder)
    {
        string[] end = EndOf(console);

        // A guest that panics starts again, which ends the virtual machine as if nothing had happened.
        bool hasPanicked = Array.Exists(end, line => line.Contains(Panic, StringComparison.Ordinal));
        try
        {
            Directory.CreateDirectory(folder);
            using FileStream file = File.OpenRead(sent);
            using GZipStream plain = new(file, CompressionMode.Decompress);
            Unpack(plain, folder);
        }
        catch (Exception exception) when (exception is InvalidDataException or IOException or FormatException)
        {
            throw new GuestException(hasPanicked ? $"The guest's kernel panicked. {Show(end)}"
                : $"What the guest sent is not whole ({exception.Message}); perhaps the disk of {sent} is full. {Show(end)}", exception);
        }

        string failure = Path.Combine(folder, "failure.txt");
        return File.Exists(failure) || !File.Exists(Path.Combine(folder, "release.txt"))
            ? throw new GuestException($"The guest failed: {(File.Exists(failure) ? File.ReadAllText(failure).Trim() : "it sent no results")}. {Show(end)}")
            : folder;
    }

    /// <summary>Unpacks files and folders. A guest can also send pipes, which would keep a reader waiting, and links.</summary>
    private static void Unpack(Stream stream, string folder)
    {
        string root = Path.GetFullPath(folder) + Path.DirectorySeparatorChar;
        using TarReader tar = new(stream);
        while (tar.GetNextEntry() is { } entry)
        {
            string path = Path.GetFullPath(Path.Combine(root, entry.Name));
            if (!path.StartsWith(root, StringComparison.Ordinal) || entry.EntryType is not (TarEntryType.Directory or TarEntryType.RegularFile or TarEntryType.V7RegularFile))
                throw new InvalidDataException($"'{Visible(entry.Name)}' is no file of the results");
            if (entry.EntryType == TarEntryType.Directory)
            {
                Directory.CreateDirectory(path);
                continue;
            }

            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            entry.ExtractToFile(path, overwrite: false);
        }
    }

    /// <summary>Returns the last lines of a console.</summary>
    private static string[] EndOf(string console)
    {
        if (!File.Exists(console))
            return [];
        using FileStream file = File.OpenRead(console);
        file.Seek(-Math.Min(file.Length, ReadBytes), SeekOrigin.End);
        byte[] read = new byte[ReadBytes];
        return Encoding.UTF8.GetString(read, 0, file.ReadAtLeast(read, read.Length, throwOnEndOfStream: false)).TrimEnd().Split('\n');
    }

    private static string Show(string[] end) => Array.TrueForAll(end, line => line.Length == 0) ? "Its console is empty."
        : $"The end of its console:\n{string.Join('\n', end.TakeLast(ShownLines).Select(Visible))}";

    /// <summary>Returns the end of a line without control characters, which firmware writes.</summary>
    private static string Visible(string line) => string.Concat(line.Where(letter => !char.IsControl(letter)).TakeLast(ShownLetters));
}
