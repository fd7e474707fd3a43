using HandlePool.Devices;

namespace HandlePool.Tests.Devices;

/// <summary>Which device is meant, and what the host's programs are given.</summary>
public sealed class AdbTests
{
    [Theory]
    [InlineData("a\tdevice\n", null, "a")]
    [InlineData("a\toffline\nb\tdevice\n", null, "b")]
    [InlineData("a\tdevice\r\nb\tdevice\r\n", "b", "b")]
    [InlineData("adb-R5 (2)._adb-tls-connect._tcp.\tdevice\n", null, "adb-R5 (2)._adb-tls-connect._tcp.")]
    public void A_device_is_chosen_by_serial_or_as_the_only_one(string list, string? serial, string expected)
    {
        Assert.Equal(expected, new RecordedAdb { Devices = list }.Adb.Choose(serial, CancellationToken.None).Serial);
    }

    [Theory]
    [InlineData("", null, HandleErrorIds.DeviceNotFound, "No device is connected")]
    [InlineData("a\tdevice\n", "b", HandleErrorIds.DeviceNotFound, "There is 'a'")]
    [InlineData("a\tdevice\nb\tdevice\nc\toffline\n", null, HandleErrorIds.DeviceAmbiguous, "3 devices are connected: 'a', 'b', 'c' (offline)")]
    [InlineData("a\tunauthorized\n", null, HandleErrorIds.DeviceUnavailable, "allow USB debugging")]
    [InlineData("a\toffline\n", "a", HandleErrorIds.DeviceUnavailable, "adb reconnect")]
    [InlineData("a\tno permissions (user in plugdev group); see [http://developer.android.com]\n", null, HandleErrorIds.DeviceUnavailable, "udev")]
    [InlineData("a\trecovery\n", null, HandleErrorIds.DeviceUnavailable, "Start Android")]
    [InlineData("e\u001b[31m\toffline\n", null, HandleErrorIds.DeviceUnavailable, "'e[U+001B][31m'")]
    [InlineData("nonsense\n\t\n \tdevice\n", null, HandleErrorIds.DeviceNotFound, "No device")]
    public void A_device_that_cannot_be_used_is_an_error_that_says_why(string list, string? serial, string id, string says)
    {
        HandleException exception = Assert.Throws<HandleException>(() => new RecordedAdb { Devices = list }.Adb.Choose(serial, CancellationToken.None));
        Assert.Equal(id, exception.ErrorId);
        Assert.Contains(says, exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("plain", "'plain'")]
    [InlineData("", "''")]
    [InlineData("it's $HOME `id` \"x\" \\ ; & | > * \n", "'it'\\''s $HOME `id` \"x\" \\ ; & | > * \n'")]
    public void A_word_is_quoted_so_that_a_shell_changes_nothing(string word, string quoted) => Assert.Equal(quoted, ShellWord.Quote(word));

    [Fact]
    public void A_word_with_a_NUL_is_refused() => Assert.Throws<ArgumentException>(() => ShellWord.Quote("a\0b"));

    [Fact]
    public void Quoted_words_come_back_from_a_real_shell()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There is no POSIX shell.");
        string[] words = ["it's", "$HOME", "`id`", "\"x\"", "a\\b", "*", "", " two  blanks ", "'''", "$(id)", "!", "~", "\u00e9\u4e2d"];
        Assert.Equal(words, Shell($"printf '%s\\n' {ShellWord.Join(words)}").TrimEnd('\n').Split('\n'));
    }

    [Fact]
    public void Arguments_reach_a_program_as_they_are()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There is no POSIX shell.");
        Assert.Equal("$HOME|a b|\"|'|*|", Shell("printf '%s|' \"$@\"", "$HOME", "a b", "\"", "'", "*"));
    }

    [Fact]
    public void A_program_that_hangs_is_killed_when_its_time_is_over()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There is no POSIX shell.");
        List<byte> output = [];
        HostCommandResult result = new HostProcess().Run(new HostCommand("/bin/sh", ["-c", "echo begun; echo why >&2; exec sleep 600"]),
            bytes => output.AddRange(bytes), TimeSpan.FromMilliseconds(300), CancellationToken.None);

        Assert.Null(result.ExitCode);
        Assert.Equal(("begun\n", "why\n"), (System.Text.Encoding.ASCII.GetString([.. output]), result.Error));
    }

    [Fact]
    public void A_server_that_keeps_the_pipes_of_its_starter_open_is_not_waited_for()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There is no POSIX shell.");
        List<byte> output = [];
        HostCommandResult result = new HostProcess(grace: TimeSpan.FromMilliseconds(200)).Run(new HostCommand("/bin/sh", ["-c", "sleep 3 & echo begun"]),
            bytes => output.AddRange(bytes), TimeSpan.FromMinutes(1), CancellationToken.None);

        Assert.Equal((0, "begun\n"), (result.ExitCode, System.Text.Encoding.ASCII.GetString([.. output])));
    }

    [Fact]
    public void A_text_of_any_size_is_passed_on_and_hashed_without_being_kept()
    {
        const string Mark = "handlepool-end-0";
        long passed = 0;
        using CapturedText text = new(Mark, bytes => passed += bytes.Length);
        byte[] part = new byte[1 << 16];
        Array.Fill(part, (byte)0xff);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1_000; i++)
            text.Add(part);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 10 << 20);
        text.Add(System.Text.Encoding.ASCII.GetBytes($"\r\n{Mark} 7\r\n"));

        string hash = text.Finish();
        Assert.Equal((1_000L << 16, 1_000L << 16, true, 7), (passed, text.Length, text.IsWhole, text.ExitCode!.Value));
        Assert.Equal(Convert.ToHexString(System.Security.Cryptography.SHA256.HashData([.. Enumerable.Repeat(part, 1_000).SelectMany(each => each)])), hash, ignoreCase: true);
    }

    [Fact]
    public void A_program_ends_when_it_is_cancelled_or_its_output_cannot_be_kept()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There is no POSIX shell.");
        HostCommand endless = new("/bin/sh", ["-c", "echo $$; while :; do echo xxxxxxxxxxxxxxxx; done"]);
        using CancellationTokenSource stop = new();

        Assert.ThrowsAny<OperationCanceledException>(() => new HostProcess().Run(endless, _ => stop.Cancel(), TimeSpan.FromMinutes(1), stop.Token));
        Assert.Equal("full", Assert.Throws<IOException>(
            () => new HostProcess().Run(endless, _ => throw new IOException("full"), TimeSpan.FromMinutes(1), CancellationToken.None)).Message);
    }

    [Fact]
    public void A_program_that_is_not_there_is_an_error()
    {
        string missing = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}");
        Refused.With(HandleErrorIds.AdbNotFound, Errno.ENOENT, () => Adb.Find(missing));
        Refused.With(HandleErrorIds.AdbNotFound, Errno.ENOENT, () => new HostProcess().Run(new HostCommand(missing, []), _ => { }, TimeSpan.FromSeconds(1), CancellationToken.None));
    }

    private static string Shell(string script, params string[] arguments)
    {
        List<byte> output = [];
        HostCommandResult result = new HostProcess().Run(new HostCommand("/bin/sh", ["-c", script, "sh", .. arguments]), bytes => output.AddRange(bytes),
            TimeSpan.FromMinutes(1), CancellationToken.None);
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        return System.Text.Encoding.UTF8.GetString([.. output]);
    }
}
