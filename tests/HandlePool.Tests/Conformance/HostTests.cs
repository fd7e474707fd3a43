using System.Diagnostics;
using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using HandlePool.Conformance;

namespace HandlePool.Tests.Conformance;

/// <summary>What a run with a real driver needs of its host, and what it says where something is missing or fails. No test boots anything.</summary>
public sealed class HostTests : IDisposable
{
    private static readonly TimeSpan Bound = TimeSpan.FromMilliseconds(200);

    private readonly string _folder = Directory.CreateTempSubdirectory("handlepool-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Tools_that_are_missing_are_named_with_the_command_that_installs_them()
    {
        string message = Assert.Throws<GuestException>(() => HostTools.Check(_folder, file => file == "/etc/debian_version")).Message;

        Assert.StartsWith("Missing: qemu-system-x86_64, which boots the kernel; cpio", message, StringComparison.Ordinal);
        Assert.EndsWith("sudo apt-get install qemu-system-x86 cpio gcc busybox-static libc6-dev linux-libc-dev", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Only_the_tools_that_are_missing_are_named()
    {
        foreach (string program in new[] { "qemu-system-x86_64", "gcc", "busybox" })
            File.WriteAllText(Path.Combine(_folder, program), "");

        Assert.Equal("Missing: cpio, which packs the guest's files. On Debian: sudo apt-get install cpio",
            Assert.Throws<GuestException>(() => HostTools.Check($"/nowhere{Path.PathSeparator}{_folder}", _ => false)).Message);
        File.WriteAllText(Path.Combine(_folder, "cpio"), "");
        HostTools.Check(_folder, _ => true);
    }

    [Fact]
    public void A_kernel_without_the_module_is_refused_and_told_what_it_lacks()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "kernel", "drivers"));

        Assert.Contains("there is no binder_linux.ko under", Assert.Throws<GuestException>(() => KernelImage.FindModule(_folder)).Message, StringComparison.Ordinal);
        string module = Path.Combine(_folder, "kernel", "drivers", "binder_linux.ko.zst");
        File.WriteAllText(module, "");
        Assert.Throws<GuestException>(() => KernelImage.FindModule(_folder));
        File.WriteAllText(module, "module");
        Assert.Equal(module, KernelImage.FindModule(_folder));
        Assert.Contains("There is no folder", Assert.Throws<GuestException>(() => KernelImage.FindModule(module)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_module_that_is_a_link_is_found_and_links_to_folders_are_not_followed()
    {
        SkipWhereNoShell();
        string modules = Directory.CreateDirectory(Path.Combine(_folder, "modules")).FullName, store = Directory.CreateDirectory(Path.Combine(_folder, "store")).FullName;
        using (GZipStream zip = new(File.Create(Path.Combine(store, "binder_linux.ko.gz")), CompressionLevel.Fastest))
            zip.Write("module"u8);
        Directory.CreateSymbolicLink(Path.Combine(modules, "source"), store);
        Directory.CreateSymbolicLink(Path.Combine(modules, "circle"), modules);
        File.CreateSymbolicLink(Path.Combine(modules, "binder_linux.ko.xz"), Path.Combine(store, "nothing"));
        Assert.Throws<GuestException>(() => KernelImage.FindModule(modules));

        string link = Path.Combine(modules, "binder_linux.ko");
        File.CreateSymbolicLink(link, Path.Combine(store, "binder_linux.ko.gz"));

        Assert.Equal(link, KernelImage.FindModule(modules));
        string target = Path.Combine(_folder, "plain");
        new KernelImage("vmlinuz", link, "6.12").WriteModule(target);
        Assert.Equal("module", File.ReadAllText(target));
    }

    [Fact]
    public void A_kernel_or_a_module_that_is_a_pipe_is_refused_without_being_opened()
    {
        SkipWhereNoShell();
        string pipe = Path.Combine(_folder, "binder_linux.ko"), link = Path.Combine(_folder, "vmlinuz");
        HostProgram.Run("/bin/sh", ["-c", $"mkfifo {pipe}"]);
        File.CreateSymbolicLink(link, pipe);

        Assert.Contains("or it is no file", Assert.Throws<GuestException>(() => KernelImage.Open(pipe, null)).Message, StringComparison.Ordinal);
        Assert.Contains("or it is no file", Assert.Throws<GuestException>(() => KernelImage.Open(link, null)).Message, StringComparison.Ordinal);
        Assert.Contains("or it is no file", Assert.Throws<GuestException>(() => KernelImage.Open("/dev/zero", null)).Message, StringComparison.Ordinal);
        Assert.Contains("there is no binder_linux.ko under", Assert.Throws<GuestException>(() => KernelImage.FindModule(_folder)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("6.1.0-56-amd64", HandleDriver.CTree, false)]
    [InlineData("6.10.11+deb12-amd64", HandleDriver.CTree, false)]
    [InlineData("6.11.4", HandleDriver.C, false)]
    [InlineData("7.3-amd64", HandleDriver.C, true)]
    public void A_kernel_is_known_by_the_release_in_its_header(string release, HandleDriver driver, bool hasFreezeNotifications)
    {
        KernelImage kernel = KernelImage.Open(WriteKernel(release), null);

        Assert.Equal((release, driver, hasFreezeNotifications), (kernel.Release, kernel.Driver, kernel.HasFreezeNotifications));
    }

    [Theory]
    [InlineData("6.12-/../../../../esc")]
    [InlineData("6.12..1")]
    [InlineData("/tmp/6.12")]
    [InlineData("..")]
    [InlineData("6.12\n")]
    [InlineData("6.12\\1")]
    [InlineData("~6.12")]
    [InlineData("")]
    public void A_release_in_a_header_that_is_no_plain_name_is_refused(string release)
    {
        Assert.Contains("is not a kernel with a release", Assert.Throws<GuestException>(() => KernelImage.Open(WriteKernel(release), null)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Results_of_another_kernel_are_refused()
    {
        KernelImage kernel = new("vmlinuz", null, "6.12.117+deb12-amd64");
        File.WriteAllText(Path.Combine(_folder, "release.txt"), "6.12.117+deb12-amd64\n");
        KernelRun.CheckRelease(kernel, _folder);

        File.WriteAllText(Path.Combine(_folder, "release.txt"), "6.12.118+deb12-amd64\n");

        Assert.Contains("the kernel that ran says '6.12.118+deb12-amd64'", Assert.Throws<GuestException>(() => KernelRun.CheckRelease(kernel, _folder)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Rules_that_are_given_count_more_than_the_version()
    {
        KernelImage kernel = new("vmlinuz", null, "6.6.30-android15") { GivenDriver = ConformanceOptions.Parse(["/", "--kernel", "k", "--driver", "C"]).Driver };

        Assert.Equal(HandleDriver.C, kernel.Driver);
        Assert.Equal(HandleDriver.CTree, (kernel with { GivenDriver = null }).Driver);
    }

    [Fact]
    public void A_kept_kernel_that_is_damaged_or_was_never_verified_is_not_whole()
    {
        string image = Path.Combine(_folder, "vmlinuz"), module = Path.Combine(_folder, "binder_linux.ko.xz");
        File.WriteAllText(image, "kernel");
        File.WriteAllText(module, "module");
        Assert.False(DebianKernels.IsWhole(_folder));

        DebianKernels.WriteSums(_folder);

        Assert.True(DebianKernels.IsWhole(_folder));
        Assert.Equal("6923dd1bc0460082c5d55a831908c24a282860b7f1cd6c2b79cf1bc8857c639c  vmlinuz", File.ReadLines(Path.Combine(_folder, "SHA256SUMS")).Last());
        File.WriteAllText(image, "kerne");
        Assert.False(DebianKernels.IsWhole(_folder));
        File.WriteAllText(image, "kernel");
        File.Delete(module);
        Assert.False(DebianKernels.IsWhole(_folder));
    }

    [Fact]
    public void A_folder_of_a_run_that_was_killed_is_deleted_and_that_of_a_run_that_lives_is_not()
    {
        string killed = Path.Combine(_folder, "conform-0"), other = Path.Combine(_folder, "bin");
        Directory.CreateDirectory(Path.Combine(killed, "1"));
        File.WriteAllText(killed + ".lock", "");
        Directory.CreateDirectory(other);
        using RunFolder living = RunFolder.Create(_folder);
        Assert.Equal(new[] { other, living.Path, living.Path + ".lock" }.Order(StringComparer.Ordinal), Directory.GetFileSystemEntries(_folder).Order(StringComparer.Ordinal));

        string path;
        using (RunFolder run = RunFolder.Create(_folder))
        {
            path = run.Path;
            File.WriteAllText(Path.Combine(path, "conform"), "");
            Assert.True(Directory.Exists(living.Path));
        }

        Assert.False(Directory.Exists(path) || File.Exists(path + ".lock"));
    }

    [Fact]
    public void Results_are_kept_in_a_new_folder_with_the_steps_that_led_to_them()
    {
        string results = Path.Combine(_folder, "results"), kept = Path.Combine(_folder, "kept");
        Directory.CreateDirectory(Path.Combine(results, "random-001", "dump"));
        File.WriteAllText(Path.Combine(results, "random-001", "dump", "state"), "state");
        KeptResults keep = KeptResults.Create(kept);

        keep.Add("6.1", [new Scenario("random-001", ["process A binder", "read A"])], results);
        keep.AddShortened("6.1", new Scenario("random-001", ["read A"]));

        string folder = Path.Combine(kept, "6.1", "random-001");
        Assert.Equal("state", File.ReadAllText(Path.Combine(folder, "dump", "state")));
        Assert.Equal(["process A binder", "read A"], File.ReadAllLines(Path.Combine(folder, "scenario.steps")));
        Assert.Equal(["read A"], File.ReadAllLines(Path.Combine(folder, "shortened.steps")));
        Assert.Contains("so that the results of runs do not mix", Assert.Throws<GuestException>(() => KeptResults.Create(kept)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_for_results_that_is_a_file_is_refused_and_an_empty_one_is_taken()
    {
        string file = Path.Combine(_folder, "README.md"), empty = Path.Combine(_folder, "empty");
        File.WriteAllText(file, "");
        Directory.CreateDirectory(empty);

        Assert.EndsWith("README.md is a file.", Assert.Throws<GuestException>(() => KeptResults.Create(file)).Message, StringComparison.Ordinal);
        Assert.StartsWith("-Keep needs a folder that can be written", Assert.Throws<GuestException>(() => KeptResults.Create(Path.Combine(file, "results"))).Message,
            StringComparison.Ordinal);
        KeptResults.Create(empty);
        Assert.Empty(Directory.GetFileSystemEntries(empty));
    }

    [Theory]
    [InlineData("", "", "is empty")]
    [InlineData("", "1\t3000\t5\n", "not whole: '1\t3000\t5'")]
    [InlineData("", "1\t3000\t5\t4\tfast\t9\n", "not whole")]
    [InlineData("S1 does not hold C1.0\n", "1\t3000\t5\t4\t5\t9\n", "measure: the guest did not finish it: S1 does not hold C1.0")]
    public void A_measurement_that_is_not_whole_is_refused(string failure, string times, string message)
    {
        WriteMeasurement(times);
        File.WriteAllText(Path.Combine(_folder, "failure.txt"), failure);

        Assert.Contains(message, Assert.ThrowsAny<Exception>(() => KernelRun.ReadTimes(Measuring, _folder)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_measurement_is_read()
    {
        WriteMeasurement("1\t3000\t5\t4\t6\t9\n");

        Assert.Equal([new RoundTrip(1, 3000, 5, 4, 6, 9)], KernelRun.ReadTimes(Measuring, _folder));

        File.Delete(Path.Combine(_folder, "end.txt"));
        Assert.Equal("measure: the guest did not finish it: there is no end.txt", Assert.Throws<GuestException>(() => KernelRun.ReadTimes(Measuring, _folder)).Message);
    }

    [Fact]
    public void A_program_of_the_host_has_a_session_of_its_own_so_that_Ctrl_C_does_not_end_it()
    {
        SkipWhereNoShell();
        Assert.SkipWhen(HostTools.Find("setpriv", HostTools.SearchPath) is null, "util-linux is not installed.");

        // The sixth field of its own line is its session, whose leader it is.
        string line = HostProgram.Run("/bin/sh", ["-c", "read line </proc/$$/stat; echo $line"]);

        string[] fields = line.Split(' ');
        Assert.Equal(fields[0], fields[5]);
    }

    [Fact]
    public void A_program_of_the_host_ends_with_the_thread_that_started_it()
    {
        SkipWhereNoShell();
        Assert.SkipWhen(HostTools.Find("setpriv", HostTools.SearchPath) is null, "util-linux is not installed.");
        Process? started = null;
        Thread thread = new(() =>
        {
            started = ChildProcess.Start("/bin/sh", ["-c", "echo ready; exec tail -f /dev/null"]);
            started.StandardOutput.ReadLine();
        });
        thread.Start();
        thread.Join();

        using Process ended = started!;

        // It ends at once; a bound for the case that it does not.
        bool isEnded = ended.WaitForExit(TimeSpan.FromSeconds(30));
        ended.Kill();
        Assert.True(isEnded);
        Assert.Equal(128 + 9, ended.ExitCode);
    }

    [Fact]
    public void A_file_that_is_no_kernel_is_refused()
    {
        string image = Path.Combine(_folder, "vmlinuz");

        Assert.Contains("There is no kernel", Assert.Throws<GuestException>(() => KernelImage.Open(image, null)).Message, StringComparison.Ordinal);
        File.WriteAllText(image, "#!/bin/sh\n");
        Assert.Contains("is not a kernel", Assert.Throws<GuestException>(() => KernelImage.Open(image, null)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_newest_tree_the_newest_bitmap_and_the_newest_of_all_are_chosen()
    {
        string[] packages =
        [
            "6.1.0-9-amd64", "6.1.0-56-amd64", "6.1.0-57-cloud-amd64", "6.12.117+deb12-amd64", "6.12.20+deb12-amd64", "6.12.118+deb12-rt-amd64", "7.3.4+deb13-amd64",
            "7.3.4+deb13-amd64-dbg", "7.3.4+deb13-amd64-unsigned", "7.2.13+deb14-amd64", "amd64", "99999999999999999999.1-amd64", "6.1.0-99999999999999999999-amd64",
        ];

        Assert.Equal(["6.1.0-56-amd64", "6.12.117+deb12-amd64", "7.3.4+deb13-amd64"], DebianKernels.Choose(packages));
        Assert.Equal(["6.12.20+deb12-amd64"], DebianKernels.Choose(["6.12.20+deb12-amd64"]));
    }

    [Fact]
    public void A_guest_that_hangs_is_stopped_and_its_console_is_shown()
    {
        // It waits for what it never gets, as the bound is reached long before.
        string message = RunGuest($"echo $$ >{_folder}/pid; printf 'booting\\n\\033[31mpanic\\n' >{_folder}/console.txt; exec tail -f /dev/null").Message;

        Assert.Contains("did not end within 0.2 s and was stopped", message, StringComparison.Ordinal);
        Assert.EndsWith("The end of its console:\nbooting\n[31mpanic", message, StringComparison.Ordinal);
        Assert.False(Directory.Exists($"/proc/{File.ReadAllText(Path.Combine(_folder, "pid")).Trim()}"));
    }

    [Fact]
    public void A_guest_that_falls_silent_is_stopped_and_one_that_writes_is_not()
    {
        SkipWhereNoShell();
        string silent = Emulator($"echo booting >{_folder}/console.txt; exec tail -f /dev/null");

        Assert.StartsWith("The guest has written nothing for 0.2 s and was stopped",
            Assert.Throws<GuestException>(() => new Guest(silent, TimeSpan.FromMinutes(1), Bound).Run("", "", _folder, CancellationToken.None)).Message,
            StringComparison.Ordinal);

        // It writes until it is stopped for taking too long.
        string busy = Emulator($"while :; do echo more >>{_folder}/console.txt; done");

        Assert.StartsWith("The guest did not end within 0.2 s",
            Assert.Throws<GuestException>(() => new Guest(busy, Bound, TimeSpan.FromMinutes(1)).Run("", "", _folder, CancellationToken.None)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_guest_ends_with_the_run()
    {
        SkipWhereNoShell();
        using CancellationTokenSource stop = new();
        string path = Path.Combine(_folder, "pid");
        using FileSystemWatcher started = new(_folder, "ready");
        started.Created += (_, _) => stop.Cancel();
        started.EnableRaisingEvents = true;
        Guest guest = new(Emulator($"echo $$ >{path}; >{_folder}/ready; exec tail -f /dev/null"), TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1));

        Assert.ThrowsAny<OperationCanceledException>(() => guest.Run("", "", _folder, stop.Token));
        Assert.False(Directory.Exists($"/proc/{File.ReadAllText(path).Trim()}"));
    }

    [Fact]
    public void A_program_whose_output_is_enough_is_not_asked_for_the_rest()
    {
        SkipWhereNoShell();
        string text = "";

        HostProgram.Run("/bin/sh", ["-c", "while echo line; do :; done; exit 5"], takeOutput: output =>
        {
            using StreamReader reader = new(output, leaveOpen: true);
            text = reader.ReadLine()!;
            return true;
        });

        Assert.Equal("line", text);
        Assert.Contains("failed with exit code 3",
            Assert.Throws<GuestException>(() => HostProgram.Run("/bin/sh", ["-c", "exit 3"], takeOutput: output => HostProgram.CopyAll(output, Stream.Null))).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Of_a_package_no_more_is_read_than_the_kernel_and_the_module()
    {
        using MemoryStream tar = new();
        using (TarWriter writer = new(tar, leaveOpen: true))
        {
            foreach (string name in new[] { "./boot/System.map-7", "./boot/vmlinuz-7", "./lib/modules/7/kernel/drivers/android/binder_linux.ko.xz", "./lib/modules/7/kernel/zz.ko.xz" })
                writer.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(new byte[5000]) });
        }

        tar.Position = 0;
        Assert.True(DebianKernels.Unpack(tar, _folder, ["vmlinuz", "binder_linux.ko"]));

        Assert.Equal(["binder_linux.ko.xz", "vmlinuz"], Directory.GetFiles(_folder).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal));
        Assert.True(tar.Position < tar.Length / 4 * 3, $"{tar.Position} of {tar.Length}");
        tar.Position = 0;
        Assert.False(DebianKernels.Unpack(tar, _folder, ["vmlinuz", "rust_binder.ko"]));
        Assert.Equal(tar.Length, tar.Position);
    }

    [Fact]
    public void A_virtual_machine_that_does_not_start_is_quoted()
    {
        Assert.Equal("qemu failed with exit code 3: no memory", RunGuest("echo no memory >&2; exit 3", TimeSpan.FromMinutes(1)).Message);
    }

    [Fact]
    public void Results_that_are_not_whole_are_refused()
    {
        byte[] whole = Results(("release.txt", "7.3.4"), ("first/rows.csv", new string('x', 100_000)));
        foreach (int length in new[] { 0, 5, whole.Length / 2 })
        {
            File.WriteAllBytes(Path.Combine(_folder, "sent"), whole[..length]);

            Assert.Contains("is not whole", RunGuest($"cp {_folder}/sent {_folder}/results.tar.gz", TimeSpan.FromMinutes(1)).Message, StringComparison.Ordinal);
            Directory.Delete(Path.Combine(_folder, "results"), recursive: true);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("part of an archive")]
    public void A_panic_is_named_before_anything_that_follows_from_it(string sent)
    {
        File.WriteAllText(Path.Combine(_folder, "sent"), sent);

        Assert.StartsWith("The guest's kernel panicked. The end of its console:\nconform: deaths\nKernel panic - not syncing",
            RunGuest($"cp {_folder}/sent {_folder}/results.tar.gz; printf 'conform: deaths\\nKernel panic - not syncing: Fatal exception' >{_folder}/console.txt",
                TimeSpan.FromMinutes(1)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_a_console_without_lines_only_the_end_is_shown()
    {
        File.WriteAllText(Path.Combine(_folder, "text"), new string('x', 1_000_000) + " the end");

        string message = RunGuest($"cp {_folder}/text {_folder}/console.txt; echo >{_folder}/results.tar.gz", TimeSpan.FromMinutes(1)).Message;

        Assert.EndsWith("x the end", message, StringComparison.Ordinal);
        Assert.InRange(message.Length, 500, 1500);
    }

    [Fact]
    public void Of_what_a_virtual_machine_says_only_the_end_is_kept()
    {
        string text = Path.Combine(_folder, "text");
        File.WriteAllText(text, new string('x', 1_000_000) + "\nno memory");

        string message = RunGuest($"cat {text}; exit 3", TimeSpan.FromMinutes(1)).Message;

        Assert.EndsWith("x\nno memory", message, StringComparison.Ordinal);
        Assert.InRange(message.Length, 1000, 70_000);
    }

    [Fact]
    public void Results_that_have_a_pipe_or_a_link_or_lead_out_of_their_folder_are_refused()
    {
        TarEntry[] entries =
        [
            new PaxTarEntry(TarEntryType.Fifo, "first/rows.csv"),
            new PaxTarEntry(TarEntryType.SymbolicLink, "first/rows.csv") { LinkName = "/etc/passwd" },
            new PaxTarEntry(TarEntryType.RegularFile, "../rows.csv"),
        ];
        foreach (TarEntry entry in entries)
        {
            File.WriteAllBytes(Path.Combine(_folder, "sent"), Packed(tar => tar.WriteEntry(entry)));

            Assert.Contains($"'{entry.Name}' is no file of the results", RunGuest($"cp {_folder}/sent {_folder}/results.tar.gz", TimeSpan.FromMinutes(1)).Message,
                StringComparison.Ordinal);
            Assert.Empty(Directory.GetFiles(Path.Combine(_folder, "results"), "*", SearchOption.AllDirectories));
            Assert.False(File.Exists(Path.Combine(_folder, "rows.csv")));
        }
    }

    [Fact]
    public void A_program_that_cannot_be_started_is_named()
    {
        SkipWhereNoShell();
        string path = Emulator("");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, UnixFileMode.UserRead);
        Guest guest = new(path, TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1));

        Assert.Contains(path, Assert.Throws<GuestException>(() => guest.Run("", "", _folder, CancellationToken.None)).Message, StringComparison.Ordinal);
        Assert.Contains("no-such-program", Assert.Throws<GuestException>(() => HostProgram.Run("no-such-program", [])).Message, StringComparison.Ordinal);
        Assert.StartsWith("no-such-program cannot be started: ",
            Assert.Throws<GuestException>(() => ChildProcess.Start(new ProcessStartInfo("no-such-program"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_the_guest_says_about_its_failure_is_shown()
    {
        File.WriteAllBytes(Path.Combine(_folder, "sent"), Results(("failure.txt", "the kernel does not load binder_linux.ko"), ("release.txt", "7.3.4")));

        Assert.StartsWith("The guest failed: the kernel does not load binder_linux.ko.", RunGuest($"cp {_folder}/sent {_folder}/results.tar.gz", TimeSpan.FromMinutes(1)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Results_are_unpacked()
    {
        File.WriteAllBytes(Path.Combine(_folder, "sent"), Results(("release.txt", "7.3.4"), ("first/rows.csv", "1")));
        SkipWhereNoShell();

        string folder = new Guest(Emulator($"cp {_folder}/sent {_folder}/results.tar.gz"), TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1)).Run("", "", _folder, CancellationToken.None);

        Assert.Equal("1", File.ReadAllText(Path.Combine(folder, "first", "rows.csv")));
    }

    [Fact]
    public void Arguments_that_do_not_fit_together_are_refused()
    {
        Assert.Contains("-Modules needs -Kernel", Assert.Throws<GuestException>(() => ConformanceOptions.Parse(["/", "--modules", "/lib"])).Message, StringComparison.Ordinal);
        Assert.Contains("'--seed'", Assert.Throws<GuestException>(() => ConformanceOptions.Parse(["/", "--seed"])).Message, StringComparison.Ordinal);
        Assert.Contains("one is empty", Assert.Throws<GuestException>(() => ConformanceOptions.Parse(["/", "--kernel", ""])).Message, StringComparison.Ordinal);
        Assert.Contains("'x' is not a seed", Assert.Throws<GuestException>(() => ConformanceOptions.Parse(["/", "--seed", "x"])).Message, StringComparison.Ordinal);
        Assert.Contains("'--fast' is not an option", Assert.Throws<GuestException>(() => ConformanceOptions.Parse(["/", "--fast", "1"])).Message, StringComparison.Ordinal);
        Assert.Contains("-Driver needs -Kernel", Assert.Throws<GuestException>(() => ConformanceOptions.Parse(["/", "--driver", "C"])).Message, StringComparison.Ordinal);
        Assert.Contains("'Rust' is not a driver that a kernel may have here",
            Assert.Throws<GuestException>(() => ConformanceOptions.Parse(["/", "--kernel", "k", "--driver", "Rust"])).Message, StringComparison.Ordinal);
        Assert.Contains("'99999999999' is not a seed", Assert.Throws<GuestException>(() => ConformanceOptions.Parse(["/", "--seed", "99999999999"])).Message,
            StringComparison.Ordinal);
        Assert.StartsWith("-Seed is about random scenarios, and -Measure plays none",
            Assert.Throws<GuestException>(() => ConformanceOptions.Parse(["/", "--measure", "--seed", "1"])).Message, StringComparison.Ordinal);
        Assert.StartsWith("-Long is about random scenarios, and -Measure plays none",
            Assert.Throws<GuestException>(() => ConformanceOptions.Parse(["/", "--long", "--measure"])).Message, StringComparison.Ordinal);
        ConformanceOptions options = ConformanceOptions.Parse(["/src", "--long", "--seed", "7", "--kernel", "k", "--modules", "m"]);
        Assert.Equal(("/src", true, 7, "k", "m"), (options.Root, options.IsLong, options.Seed, options.Kernel, options.Modules));
    }

    private static void SkipWhereNoShell() => Assert.SkipWhen(OperatingSystem.IsWindows(), "The stand-in for the virtual machine is a script.");

    private GuestException RunGuest(string script, TimeSpan? bound = null)
    {
        SkipWhereNoShell();
        return Assert.Throws<GuestException>(() => new Guest(Emulator(script), bound ?? Bound, TimeSpan.FromMinutes(1)).Run("", "", _folder, CancellationToken.None));
    }

    /// <summary>Writes a script that stands in for the virtual machine.</summary>
    private string Emulator(string script)
    {
        string path = Path.Combine(_folder, "qemu");
        File.WriteAllText(path, $"#!/bin/sh\n{script}\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return path;
    }

    private static readonly Scenario Measuring = new("measure", ["measure S1 C1 3000 3000"]);

    private void WriteMeasurement(string times)
    {
        File.WriteAllText(Path.Combine(_folder, "failure.txt"), "");
        File.WriteAllText(Path.Combine(_folder, "rows.csv"), DriverRow.Header + "\n");
        File.WriteAllText(Path.Combine(_folder, "end.txt"), "0\n");
        File.WriteAllText(Path.Combine(_folder, "measure.tsv"), times);
    }

    /// <summary>Writes a file with the header of a kernel, and returns its path.</summary>
    private string WriteKernel(string release)
    {
        byte[] header = new byte[0x1000];
        "HdrS"u8.CopyTo(header.AsSpan(0x202));
        BitConverter.TryWriteBytes(header.AsSpan(0x20e), (ushort)0x600);
        Encoding.ASCII.GetBytes($"{release} (debian-kernel@lists.debian.org) #1").CopyTo(header, 0x800);
        string image = Path.Combine(_folder, "vmlinuz");
        File.WriteAllBytes(image, header);
        return image;
    }

    private static byte[] Results(params (string Name, string Text)[] files) => Packed(tar =>
    {
        foreach ((string name, string text) in files)
            tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(Encoding.UTF8.GetBytes(text)) });
    });

    private static byte[] Packed(Action<TarWriter> write)
    {
        using MemoryStream stream = new();
        using (GZipStream zip = new(stream, CompressionLevel.NoCompression))
        using (TarWriter tar = new(zip))
            write(tar);
        return stream.ToArray();
    }
}
