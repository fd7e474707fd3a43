using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using HandlePool.Devices;
using HandlePool.Dumps;

namespace HandlePool.Tests.Devices;

/// <summary>What is taken of a device, and what is said of the rest.</summary>
public sealed class DumpCaptureTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("capture").FullName;

    private string Archive => Path.Combine(_folder, "out.zip");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("/dev/binderfs/binder_logs", false, 1)]
    [InlineData("/sys/kernel/debug/binder", false, 4_096)]
    [InlineData("/proc/binder", true, 7)]
    public void All_texts_of_a_device_are_one_session(string folder, bool hasTerminal, int chunk)
    {
        RecordedAdb adb = RecordedAdb.Healthy(folder);
        (adb.HasTerminal, adb.Chunk) = (hasTerminal, chunk);

        DumpCapture capture = Take(adb, withProxies: true);

        Assert.Empty(capture.DescribeProblems());
        Assert.Equal(folder, capture.Folder);
        ImportedDump dump = Assert.Single(DumpReader.ReadFile(Archive));
        Assert.Empty(dump.Problems);
        Assert.Empty(dump.Refusals);
        Assert.Equal(0, dump.UnknownLineCount);
        HandleSession session = dump.Session;
        Assert.Empty(session.Findings);
        Assert.Equal(["system_server", "com.example.mail"], session.GetProcesses().Select(process => process.Name));
        Assert.Equal([1000, 10087], session.GetProcesses().Select(process => process.Uid));
        Assert.Equal(1, session.GetProcess(5).HandleCount);
        Assert.NotNull(session.Statistics);
        Assert.Equal(new DateTimeOffset(2026, 11, 26, 17, 30, 11, TimeSpan.Zero), session.Time);
        Assert.All(session.Sources, source => Assert.StartsWith("google/husky", source.Build, StringComparison.Ordinal));
        Assert.Superset(
            new HashSet<HandleEvidenceKind> { HandleEvidenceKind.Service, HandleEvidenceKind.ProxyLimit, HandleEvidenceKind.UidCount },
            session.GetEvidence().Select(fact => fact.Kind).ToHashSet());
    }

    [Fact]
    public void The_manifest_tells_commands_times_hashes_and_the_device()
    {
        Take(RecordedAdb.Healthy(), withProxies: false);

        using ZipArchive archive = ZipFile.OpenRead(Archive);
        JsonElement manifest = JsonDocument.Parse(Read(archive, "manifest.json")).RootElement;
        JsonElement device = manifest.GetProperty("device");
        Assert.Equal((RecordedAdb.Serial, "Pixel", 34), (device.GetProperty("serial").GetString(), device.GetProperty("model").GetString(), device.GetProperty("apiLevel").GetInt32()));
        Assert.Equal("2026-05-28T20:26:40+00:00", device.GetProperty("clock").GetString());
        JsonElement[] texts = [.. manifest.GetProperty("texts").EnumerateArray()];
        Assert.Equal(["state", "stats", "transactions", "transaction_log", "failed_transaction_log", "ps.txt", "services.txt", "logcat.txt"],
            texts.Select(text => Path.GetFileName(text.GetProperty("entry").GetString()!)));
        Assert.Equal(["cat", "/dev/binderfs/binder_logs/state"], texts[0].GetProperty("command").EnumerateArray().Select(word => word.GetString()!));
        Assert.All(texts, text =>
        {
            byte[] bytes = Read(archive, $"20261126-173011.000Z/{text.GetProperty("entry").GetString()}");
            Assert.Equal(bytes.Length, text.GetProperty("bytes").GetInt64());
            Assert.Equal(Convert.ToHexString(SHA256.HashData(bytes)), text.GetProperty("sha256").GetString(), ignoreCase: true);
            Assert.Equal((0, true), (text.GetProperty("exitCode").GetInt32(), text.GetProperty("isWhole").GetBoolean()));
        });
    }

    [Fact]
    public void The_activity_manager_is_asked_only_on_request()
    {
        RecordedAdb adb = RecordedAdb.Healthy();

        Take(adb, withProxies: false);
        Assert.DoesNotContain(adb.Scripts, script => script.Contains("dumpsys", StringComparison.Ordinal));

        Take(adb, withProxies: true);
        Assert.Contains(adb.Scripts, script => script.Contains("'dumpsys' 'activity' 'binder-proxies'", StringComparison.Ordinal));
    }

    [Fact]
    public void A_device_lost_in_the_middle_leaves_what_it_gave_and_says_so()
    {
        string state = RecordedAdb.Healthy().Files["/dev/binderfs/binder_logs/state"]!;

        // Wherever it is cut: within a line, behind one, or within the mark at the end.
        for (int length = 20; length < state.Length + 45; length += length < state.Length - 2 ? 7 : 1)
        {
            RecordedAdb adb = RecordedAdb.Healthy();
            adb.Loss = ("binder_logs/state", length);

            DumpCapture capture = Take(adb, withProxies: false);

            Assert.Equal(2, capture.DescribeProblems().Count());
            Assert.Matches(@"^Device 'emulator-5554': binder_logs/state was cut off after \d+ bytes: error: device offline\.$", capture.DescribeProblems().First());
            Assert.EndsWith("not taken: binder_logs/stats, binder_logs/transactions, binder_logs/transaction_log, binder_logs/failed_transaction_log, ps.txt, services.txt, logcat.txt.",
                capture.DescribeProblems().Last(), StringComparison.Ordinal);
            ImportedDump dump = Assert.Single(DumpReader.ReadFile(Archive));
            Assert.Contains(dump.Session.Findings, finding => finding.Kind == HandleFindingKind.Truncated);
            using ZipArchive archive = ZipFile.OpenRead(Archive);
            Assert.StartsWith(Encoding.UTF8.GetString(Read(archive, "20261126-173011.000Z/binder_logs/state")), state, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_device_lost_before_anything_came_leaves_no_file()
    {
        RecordedAdb adb = RecordedAdb.Healthy();
        adb.Loss = ("binder_logs/state", 0);

        HandleException exception = Refused.With(HandleErrorIds.DeviceUnavailable, Errno.ENODEV, () => Take(adb, withProxies: false));

        Assert.Contains("device offline", exception.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_folder));
    }

    [Fact]
    public void A_command_that_hangs_is_given_up_and_the_rest_is_taken()
    {
        RecordedAdb adb = RecordedAdb.Healthy();
        adb.Hang = "'logcat'";

        DumpCapture capture = Take(adb, withProxies: true);

        Assert.Equal(["Device 'emulator-5554': logcat.txt was cut off after 0 bytes: it did not end within 2 seconds."], capture.DescribeProblems());
        Assert.Equal("binder-proxies.txt", capture.Entries[^1].Step.Entry);
    }

    [Fact]
    public void A_state_that_is_refused_is_taken_from_the_files_of_the_processes()
    {
        RecordedAdb adb = RecordedAdb.Healthy();
        const string Folder = "/dev/binderfs/binder_logs";
        adb.Files[$"{Folder}/state"] = null;
        adb.Files[$"{Folder}/proc/5"] = "binder proc state:\nproc 5\ncontext binder\n  ref 9: desc 3 node 7 s 1 w 1";
        adb.Files[$"{Folder}/proc/6"] = "binder proc state:\nproc 6\ncontext binder\n  node 7: u0 c0 hs true hw true cs 1 cw 1 proc 5\n";
        adb.Files[$"{Folder}/proc/7"] = null;

        DumpCapture capture = Take(adb, withProxies: false);

        Assert.Equal([$"Device 'emulator-5554': binder_logs/state could not be taken: cat: {Folder}/state: Permission denied. Run 'adb root' first: this is a userdebug build."],
            capture.DescribeProblems());
        ImportedDump dump = Assert.Single(DumpReader.ReadFile(Archive));
        Assert.Equal((0, 0), (dump.UnknownLineCount, dump.ProblemCount));
        Assert.Contains(dump.Refusals, refusal => refusal.Text == $"{Folder}/state");
        Assert.Equal("6", dump.Session.GetProcess(5).GetReferences().Single().Owner?.Id.ToString(System.Globalization.CultureInfo.InvariantCulture));
    }

    [Theory]
    [InlineData("cat: {0}: Permission denied\n")]
    [InlineData("/system/bin/cat: can't open '{0}': Permission denied\r\n\n")]
    public void A_refusal_with_exit_code_0_is_a_refusal(string answer)
    {
        RecordedAdb adb = RecordedAdb.Healthy();
        const string Folder = "/dev/binderfs/binder_logs";
        string line = string.Format(System.Globalization.CultureInfo.InvariantCulture, answer, $"{Folder}/state");
        adb.Files[$"{Folder}/state"] = line;

        Assert.Equal([$"Device 'emulator-5554': binder_logs/state could not be taken: {line.Trim()}. Run 'adb root' first: this is a userdebug build.",
            "Device 'emulator-5554': binder_logs/proc.txt could not be taken: it gave no reason."], Take(adb, withProxies: false).DescribeProblems());

        foreach (string file in adb.Files.Keys)
            adb.Files[file] = string.Format(System.Globalization.CultureInfo.InvariantCulture, answer, file);
        File.Delete(Archive);
        HandleException exception = Refused.With(HandleErrorIds.DeviceRefused, Errno.EACCES, () => Take(adb, withProxies: false));
        Assert.Contains("Run 'adb root' first", exception.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(Archive));
    }

    [Fact]
    public void An_empty_state_is_said()
    {
        RecordedAdb adb = RecordedAdb.Healthy();
        adb.Files["/dev/binderfs/binder_logs/state"] = "";

        Assert.Contains("Device 'emulator-5554': binder_logs/state is empty.", Take(adb, withProxies: false).DescribeProblems());
    }

    [Theory]
    [InlineData("userdebug", "uid=2000(shell)", "Run 'adb root' first")]
    [InlineData("user", "uid=2000(shell)", "adb bugreport")]
    [InlineData("user", "uid=0(root)", "SELinux")]
    public void A_device_that_refuses_the_files_is_an_error_that_says_what_to_do(string build, string user, string advice)
    {
        RecordedAdb adb = RecordedAdb.Healthy();
        (adb.BuildType, adb.User) = (build, user);
        adb.Files["/dev/binderfs/binder_logs/stats"] = null;

        HandleException exception = Refused.With(HandleErrorIds.DeviceRefused, Errno.EACCES, () => Take(adb, withProxies: false));

        Assert.Contains("Permission denied", exception.Message, StringComparison.Ordinal);
        Assert.Contains(advice, exception.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(Archive));
    }

    [Fact]
    public void A_device_without_the_files_is_an_error_and_its_proxies_are_taken_on_request()
    {
        RecordedAdb adb = RecordedAdb.Healthy("/elsewhere");

        Assert.Contains("none of /dev/binderfs/binder_logs, /sys/kernel/debug/binder, /proc/binder",
            Refused.With(HandleErrorIds.DeviceRefused, Errno.EACCES, () => Take(adb, withProxies: false)).Message, StringComparison.Ordinal);

        DumpCapture capture = Take(adb, withProxies: true);
        Assert.Single(capture.DescribeProblems());
        Assert.Contains(Assert.Single(DumpReader.ReadFile(Archive)).Session.GetEvidence(), fact => fact.Kind == HandleEvidenceKind.UidCount);
    }

    [Theory]
    [InlineData("su 0 sh -c ")]
    [InlineData("su -c ")]
    public void Files_are_read_through_either_form_of_su(string form)
    {
        RecordedAdb adb = RecordedAdb.Healthy();
        const string Stats = "/dev/binderfs/binder_logs/stats";
        adb.Programs["su"] = (form, 0);
        adb.Programs["root:" + Stats] = (adb.Files[Stats]!, 0);
        adb.Files[Stats] = null;

        Assert.Empty(Take(adb.Device(useSu: true), withProxies: false).DescribeProblems());
    }

    [Fact]
    public void A_device_without_su_is_an_error()
    {
        Assert.Contains("su is refused", Refused.With(HandleErrorIds.DeviceRefused, Errno.EACCES, () => RecordedAdb.Healthy().Device(useSu: true)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Old_devices_list_their_processes_in_the_old_way()
    {
        RecordedAdb adb = RecordedAdb.Healthy("/proc/binder");
        adb.Api = "19";
        adb.Programs["'ps'"] = ("USER     PID   PPID  VSIZE  RSS     WCHAN    PC         NAME\nsystem    5     1     100 100 ffffffff 00000000 S system_server\n", 0);

        Take(adb, withProxies: false);

        Assert.Contains(adb.Scripts, script => script.StartsWith("{ 'ps'; }", StringComparison.Ordinal));
        Assert.DoesNotContain(adb.Scripts, script => script.Contains("'crash'", StringComparison.Ordinal));
        Assert.Equal("system_server", Assert.Single(DumpReader.ReadFile(Archive)).Session.GetProcess(5).Name);
    }

    [Fact]
    public void Bytes_that_are_no_text_are_kept_as_they_are()
    {
        RecordedAdb adb = RecordedAdb.Healthy();
        adb.Files["/dev/binderfs/binder_logs/state"] += "proc 9 (\u00ff\u0000\u001b[31m)\ncontext binder\n";

        Take(adb, withProxies: false);

        using ZipArchive archive = ZipFile.OpenRead(Archive);
        Assert.Equal(adb.Files["/dev/binderfs/binder_logs/state"], Encoding.UTF8.GetString(Read(archive, "20261126-173011.000Z/binder_logs/state")));
    }

    [Fact]
    public void A_device_that_says_nothing_of_itself_is_taken_all_the_same()
    {
        DeviceIdentity identity = DeviceIdentity.Parse("model=\nboot\n=x\nuptime=moo\nclock=-5\napi=99999999999999999999\nuser=uid=00(fake)\nmodel=" + new string('x', 70_000));

        Assert.Equal((400, null, null, null, false), (identity.Model!.Length, identity.Uptime, identity.Clock, identity.ApiLevel, identity.IsRoot));
    }

    [Fact]
    public void A_stopped_capture_leaves_no_file()
    {
        using CancellationTokenSource stop = new();
        DumpCapture capture = DumpCapture.Begin(RecordedAdb.Healthy().Device(), Options(withProxies: false) with { Progress = (done, _) => { if (done == 3) stop.Cancel(); } }, stop.Token);

        Assert.ThrowsAny<OperationCanceledException>(() => capture.Write(Archive, overwrite: true, stop.Token));
        Assert.Empty(Directory.GetFileSystemEntries(_folder));
    }

    [Fact]
    public void A_file_is_named_after_the_device_and_the_time()
    {
        RecordedAdb adb = RecordedAdb.Healthy();

        Assert.Equal("emulator-5554-20261126-173011.000Z.zip", DumpCapture.Begin(adb.Device(), Options(withProxies: false), CancellationToken.None).FileName());
    }

    [Fact]
    public void The_host_itself_is_read_without_a_shell()
    {
        string root = Path.Combine(_folder, "root");
        string logs = Path.Combine(root, "dev", "binderfs", "binder_logs");
        Directory.CreateDirectory(Path.Combine(logs, "proc"));
        foreach ((string path, string? text) in RecordedAdb.Healthy().Files)
            File.WriteAllText(Path.Combine(logs, Path.GetFileName(path)), text);

        DumpCapture capture = Take(new LocalHost(new HostProcess(), root), withProxies: false);

        Assert.Equal(["state", "stats", "transactions", "transaction_log", "failed_transaction_log", "ps.txt"], capture.Entries.Select(entry => Path.GetFileName(entry.Step.Entry)));
        Assert.Equal(1, Assert.Single(DumpReader.ReadFile(Archive)).Session.GetProcess(5).HandleCount);

        File.Delete(Path.Combine(logs, "stats"));
        Assert.Contains("has none of", Refused.With(HandleErrorIds.DeviceRefused, Errno.EACCES,
            () => Take(new LocalHost(new HostProcess(), root), withProxies: false)).Message, StringComparison.Ordinal);
    }

    private DumpCapture Take(RecordedAdb adb, bool withProxies) => Take(adb.Device(), withProxies);

    private DumpCapture Take(IBinderHost host, bool withProxies)
    {
        DumpCapture capture = DumpCapture.Begin(host, Options(withProxies), CancellationToken.None);
        capture.Write(Archive, overwrite: true, CancellationToken.None);
        return capture;
    }

    private static CaptureOptions Options(bool withProxies) =>
        new() { IncludesProxies = withProxies, Timeout = TimeSpan.FromSeconds(2), Clock = new StoppedClock(new DateTimeOffset(2026, 11, 26, 17, 30, 11, TimeSpan.Zero)) };

    private static byte[] Read(ZipArchive archive, string name)
    {
        using Stream stream = archive.GetEntry(name)!.Open();
        using MemoryStream bytes = new();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }
}

/// <summary>A clock that a test sets.</summary>
internal sealed class StoppedClock(DateTimeOffset now) : TimeProvider
{
    internal DateTimeOffset Now { get; set; } = now;

    public override DateTimeOffset GetUtcNow() => Now;
}
