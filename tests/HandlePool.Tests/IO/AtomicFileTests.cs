using System.Diagnostics;
using System.Text;
using HandlePool.IO;

namespace HandlePool.Tests.IO;

/// <summary>Files are written whole or not at all, and nothing else is touched.</summary>
public sealed class AtomicFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("handlepool-test-").FullName;

    private string Target => Path.Combine(_folder, "out.txt");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_file_that_another_creates_meanwhile_stays_unless_it_may_be_replaced()
    {
        FileRefusedException refused = Assert.Throws<FileRefusedException>(() => AtomicFile.Write(Target, overwrite: false, stream =>
        {
            stream.Write("ours"u8);
            File.WriteAllText(Target, "theirs");
        }));
        Assert.Equal((FileRefusal.Exists, "theirs"), (refused.Refusal, File.ReadAllText(Target)));

        AtomicFile.Write(Target, overwrite: true, stream => stream.Write("ours"u8));
        Assert.Equal("ours", File.ReadAllText(Target));
        Assert.Equal([Target], Directory.GetFileSystemEntries(_folder));
    }

    [Fact]
    public void A_name_is_taken_by_a_link_and_not_by_a_look_and_a_rename()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows refuses to rename to a name that is taken.");

        // No test can stop .NET between its look and its rename. But .NET accepts a name that the same file has already, which a link never does.
        FileRefusedException refused = Assert.Throws<FileRefusedException>(() => AtomicFile.Write(Target, overwrite: false, _ =>
        {
            using Process linking = Process.Start("ln", [Directory.GetFiles(_folder, ".handlepool-*").Single(), Target]);
            linking.WaitForExit();
        }));

        Assert.Equal(FileRefusal.Exists, refused.Refusal);
        Assert.Equal([Target], Directory.GetFileSystemEntries(_folder));
    }

    [Fact]
    public void Of_several_that_create_a_file_at_once_one_succeeds()
    {
        for (int file = 0; file < 200; file++)
        {
            string target = Path.Combine(_folder, $"{file}");
            using Barrier ready = new(4);
            int written = 0, refused = 0;
            Thread[] writers = [.. Enumerable.Range(0, ready.ParticipantCount).Select(_ => new Thread(() =>
            {
                try
                {
                    AtomicFile.Write(target, overwrite: false, _ => ready.SignalAndWait());
                    Interlocked.Increment(ref written);
                }
                catch (FileRefusedException refusal) when (refusal.Refusal == FileRefusal.Exists)
                {
                    Interlocked.Increment(ref refused);
                }
            }))];
            Array.ForEach(writers, writer => writer.Start());
            Array.ForEach(writers, writer => writer.Join());
            Assert.Equal((1, 3), (written, refused));
        }
    }

    [Fact]
    public void A_pipe_that_is_named_like_a_leftover_is_neither_waited_for_nor_deleted()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Pipes are no files on Windows.");
        string pipe = Path.Combine(_folder, ".handlepool-0.tmp"), old = Path.Combine(_folder, ".handlepool-1.tmp");
        using (Process made = Process.Start("mkfifo", [pipe]))
            made.WaitForExit();
        File.WriteAllText(old, "left over");
        foreach (string path in new[] { pipe, old })
            File.SetLastWriteTimeUtc(path, DateTime.UtcNow.AddHours(-2));

        // On a thread that does not keep the process, should it wait for the other side.
        Thread writing = new(() => AtomicFile.Write(Target, overwrite: false, _ => { })) { IsBackground = true };
        writing.Start();
        Assert.True(writing.Join(TimeSpan.FromMinutes(1)), "The pipe was opened.");

        Assert.Equal([pipe, Target], Directory.GetFileSystemEntries(_folder).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_link_without_a_target_exists_and_can_be_written_through()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links need a privilege on Windows.");
        string link = Path.Combine(_folder, "link");
        File.CreateSymbolicLink(link, "out.txt");
        Assert.Throws<FileRefusedException>(() => AtomicFile.Write(link, overwrite: false, _ => { }));
        AtomicFile.Write(link, overwrite: true, stream => stream.Write("new"u8));
        Assert.Equal(("new", "out.txt"), (File.ReadAllText(Target), new FileInfo(link).LinkTarget));
    }

    [Fact]
    public void A_relative_link_is_followed_from_the_folder_that_it_is_in()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links need a privilege on Windows.");
        string inner = Path.Combine(_folder, "a", "b");
        Directory.CreateDirectory(inner);
        Directory.CreateSymbolicLink(Path.Combine(_folder, "short"), inner);
        File.CreateSymbolicLink(Path.Combine(inner, "link"), "../found.txt");

        AtomicFile.Write(Path.Combine(_folder, "short", "link"), overwrite: true, stream => stream.Write("new"u8));

        Assert.Equal("new", File.ReadAllText(Path.Combine(_folder, "a", "found.txt")));
        Assert.False(File.Exists(Path.Combine(_folder, "found.txt")));
    }

    [Fact]
    public void A_loop_of_links_is_an_error()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links need a privilege on Windows.");
        File.CreateSymbolicLink(Target, "other");
        File.CreateSymbolicLink(Path.Combine(_folder, "other"), "out.txt");
        Assert.ThrowsAny<IOException>(() => AtomicFile.Write(Target, overwrite: true, _ => { }));
        Assert.Equal(2, Directory.GetFileSystemEntries(_folder).Length);
    }

    [Fact]
    public void A_link_in_a_folder_of_everybody_is_not_followed()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no such folders.");
        string shared = Path.Combine(_folder, "shared"), own = Path.Combine(_folder, "private.txt");
        Directory.CreateDirectory(shared);
        SetMode(shared, (UnixFileMode)0b1_111_111_111);
        File.WriteAllText(own, "mine");
        File.CreateSymbolicLink(Path.Combine(shared, "out.txt"), own);

        FileRefusedException refused = Assert.Throws<FileRefusedException>(
            () => AtomicFile.Write(Path.Combine(shared, "out.txt"), overwrite: true, _ => { }));

        Assert.Equal((FileRefusal.Link, "mine"), (refused.Refusal, File.ReadAllText(own)));
        AtomicFile.Write(Path.Combine(shared, "other.txt"), overwrite: true, _ => { });
    }

    [Theory]
    [InlineData("/dev/stdout")]
    [InlineData("/dev/null")]
    [InlineData("/proc/self/fd/1")]
    [InlineData("/dev/fd/2")]
    public void An_open_file_of_a_process_is_not_replaced(string path)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no such files.");
        Assert.Equal(FileRefusal.Device, Assert.Throws<FileRefusedException>(() => AtomicFile.Write(path, overwrite: true, _ => { })).Refusal);
    }

    [Theory]
    [InlineData("600")]
    [InlineData("640")]
    [InlineData("444")]
    public void The_new_file_has_the_mode_of_the_old_one_and_is_never_more_readable(string octal)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no modes.");
        UnixFileMode mode = (UnixFileMode)Convert.ToInt32(octal, 8);
        File.WriteAllText(Target, "old");
        SetMode(Target, mode);
        UnixFileMode during = default;
        AtomicFile.Write(Target, overwrite: true, _ => during = ModeOf(Directory.GetFiles(_folder, ".handlepool-*").Single()));

        Assert.Equal(mode, ModeOf(Target));
        Assert.Equal(UnixFileMode.None, during & ~mode & ~UnixFileMode.UserWrite);
    }

    [Fact]
    public void What_a_killed_process_left_is_deleted_and_what_is_being_written_is_not()
    {
        string left = Leave(".handlepool-00000000000000000000000000000001.tmp"), locked = Leave(".handlepool-2.tmp");
        string foreign = Leave(".other-3.tmp"), young = Path.Combine(_folder, ".handlepool-4.tmp");
        File.WriteAllText(young, "");
        using (new FileStream(locked, FileMode.Open, FileAccess.Write, FileShare.None))
        {
            File.SetLastWriteTimeUtc(locked, DateTime.UnixEpoch);
            AtomicFile.Write(Target, overwrite: true, stream => stream.Write(Encoding.ASCII.GetBytes("new")));
        }

        Assert.False(File.Exists(left));
        Assert.All([locked, foreign, young, Target], file => Assert.True(File.Exists(file), file));
    }

    private static UnixFileMode ModeOf(string path) => OperatingSystem.IsWindows() ? default : File.GetUnixFileMode(path);

    private static void SetMode(string path, UnixFileMode mode)
    {
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, mode);
    }

    private string Leave(string name)
    {
        string path = Path.Combine(_folder, name);
        File.WriteAllText(path, "half");
        File.SetLastWriteTimeUtc(path, DateTime.UnixEpoch);
        return path;
    }
}
