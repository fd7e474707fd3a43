using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using HandlePool.Devices;

namespace HandlePool.Tests.Devices;

/// <summary>Plays what adb and a device answered, and their failures, without a process.</summary>
internal sealed partial class RecordedAdb : IHostCommands
{
    internal const string Serial = "emulator-5554";

    /// <summary>Gets what devices adb lists, after its heading.</summary>
    internal string Devices { get; set; } = $"{Serial}\tdevice\n";

    /// <summary>Gets the files of the device; those with a null text are refused.</summary>
    internal Dictionary<string, string?> Files { get; } = [];

    /// <summary>Gets what its programs print, by the beginning of their command.</summary>
    internal Dictionary<string, (string Text, int Code)> Programs { get; } = [];

    /// <summary>Gets or sets the command at which the device is lost, and after how many bytes.</summary>
    internal (string Command, int Bytes)? Loss { get; set; }

    /// <summary>Gets or sets the command that never ends.</summary>
    internal string? Hang { get; set; }

    /// <summary>Gets or sets how many bytes come at once.</summary>
    internal int Chunk { get; set; } = 4_096;

    /// <summary>Gets or sets the end of lines that the terminal of an old device makes.</summary>
    internal bool HasTerminal { get; set; }

    internal string User { get; set; } = "uid=2000(shell) gid=2000(shell)";

    internal string Boot { get; set; } = "11111111-2222-3333-4444-555555555555";

    /// <summary>Gets or sets the time since the boot, in seconds.</summary>
    internal double Uptime { get; set; } = 100.5;

    internal string BuildType { get; set; } = "userdebug";

    internal string Api { get; set; } = "34";

    internal bool IsLost { get; set; }

    /// <summary>Gets the scripts that the device was given.</summary>
    internal List<string> Scripts { get; } = [];

    internal Adb Adb => new(this, "/opt/adb");

    internal AdbDevice Device(bool useSu = false) => new(Adb, Serial, useSu, TimeSpan.FromSeconds(1), CancellationToken.None);

    /// <summary>Returns a device that shows a state and statistics in a folder.</summary>
    internal static RecordedAdb Healthy(string folder = "/dev/binderfs/binder_logs")
    {
        RecordedAdb adb = new();
        adb.Files[$"{folder}/state"] = "binder state:\nproc 5\ncontext binder\n  ref 9: desc 3 node 7 s 1 w 1 d 0\nproc 6\ncontext binder\n"
            + "  node 7: u0 c0 hs 1 hw 1 ls 0 lw 0 is 1 iw 1 tr 1 proc 5\n";
        adb.Files[$"{folder}/stats"] = "binder stats:\nproc 5\ncontext binder\n  nodes: 0\n  refs: 1 s 1 w 1\nproc 6\ncontext binder\n  nodes: 1\n  refs: 0 s 0 w 0\n";
        adb.Files[$"{folder}/transactions"] = "binder transactions:\n";
        adb.Files[$"{folder}/transaction_log"] = "409: call  from 5:5 to 6:6 context binder node 7 handle 3 size 64:0 ret 0/0 l=0\n";
        adb.Files[$"{folder}/failed_transaction_log"] = "";
        adb.Programs["'ps'"] = ("USER           UID   PID NAME\nsystem        1000     5 system_server\nu0_a87       10087     6 com.example.mail\n", 0);
        adb.Programs["'service' 'list'"] = ("Found 1 services:\n0\tactivity: [android.app.IActivityManager]\n", 0);
        adb.Programs["'logcat'"] = ("01-02 09:00:00.100  1754  1822 E BpBinder: Too many binder proxy objects sent to uid 1000 from uid 10087 (6000 proxies held)\n", 0);
        adb.Programs["'dumpsys' 'activity' 'binder-proxies'"] = ("ACTIVITY MANAGER BINDER PROXY STATE (dumpsys activity binder-proxies)\n"
            + "  Counts of Binder Proxies held by SYSTEM\n    UID 10087, binder count = 2, package(s)= com.example.mail; \n", 0);
        return adb;
    }

    public HostCommandResult Run(HostCommand command, ByteSink output, TimeSpan timeout, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (command.Arguments is ["devices"])
        {
            Print($"* daemon started successfully\r\nList of devices attached\n{Devices}\n", output, int.MaxValue);
            return new HostCommandResult(0, "");
        }

        Assert.Equal(["-s", Serial, "shell"], command.Arguments.Take(3));
        if (IsLost)
            return new HostCommandResult(1, $"adb: device '{Serial}' not found\n");
        string script = command.Arguments[3];
        Scripts.Add(script);
        Match mark = Mark().Match(script);
        string body = script[2..script.IndexOf("; } 2>&1; e=$?", StringComparison.Ordinal)];
        (string text, int code) = Answer(body);
        text += string.Create(CultureInfo.InvariantCulture, $"\n{mark.Value} {code}\n");
        if (HasTerminal)
            text = text.Replace("\n", "\r\n", StringComparison.Ordinal);
        bool isLost = Loss is { } loss && body.Contains(loss.Command, StringComparison.Ordinal);
        bool hangs = Hang is not null && body.Contains(Hang, StringComparison.Ordinal);
        Print(text, output, isLost ? Loss!.Value.Bytes : hangs ? 0 : int.MaxValue);
        IsLost = isLost;
        return hangs ? new HostCommandResult(null, "") : new HostCommandResult(isLost ? 1 : 0, isLost ? "error: device offline\n" : "");
    }

    private (string Text, int Code) Answer(string body)
    {
        if (body.StartsWith("su ", StringComparison.Ordinal))
        {
            return !Programs.TryGetValue("su", out (string Text, int Code) su) || !body.StartsWith(su.Text, StringComparison.Ordinal)
                ? ("/system/bin/sh: su: inaccessible or not found\n", 127)
                : AsRoot(Unquote(body[su.Text.Length..]));
        }

        if (body.Contains("getprop", StringComparison.Ordinal))
        {
            return ($"model=Pixel\nbuild=google/husky/husky:14/AP1A/1:{BuildType}/test-keys\ntype={BuildType}\napi={Api}\nkernel=Linux version 6.1\nboot={Boot}\n"
                + string.Create(CultureInfo.InvariantCulture, $"uptime={Uptime:0.00} 99.00\nclock=1780000000\nuser={User}\n"), 0);
        }

        if (body == "id")
            return (User + "\n", 0);
        if (body.StartsWith("ls -d ", StringComparison.Ordinal))
        {
            return (string.Concat(Words(body[6..]).Select(path => !Files.TryGetValue(path, out string? text) ? $"ls: {path}: No such file or directory\n"
                : text is null ? $"ls: {path}: Permission denied\n" : $"{path}\n")), 1);
        }

        if (body.StartsWith("cat ", StringComparison.Ordinal))
            return Cat(Assert.Single(Words(body[4..])));
        if (Folder().Match(body) is { Success: true } folder)
        {
            string prefix = folder.Groups[1].Value + "/";
            (string Text, int Code)[] all = [.. Files.Keys.Where(path => path.StartsWith(prefix, StringComparison.Ordinal))
                .Select(path => ($"\n==> {path} <==\n{Cat(path).Text}", Cat(path).Code))];
            return (string.Concat(all.Select(each => each.Text)), all.Select(each => each.Code).DefaultIfEmpty(1).Min());
        }

        foreach ((string beginning, (string Text, int Code) answer) in Programs)
        {
            if (body.StartsWith(beginning, StringComparison.Ordinal))
                return answer;
        }

        return ($"/system/bin/sh: {body}: not found\n", 127);
    }

    private (string Text, int Code) AsRoot(string body)
    {
        string user = User;
        User = "uid=0(root) gid=0(root)";
        foreach (string path in Files.Keys.Where(path => Files[path] is null).ToArray())
            Files[path] = Programs.GetValueOrDefault("root:" + path).Text;
        (string Text, int Code) answer = Answer(body);
        User = user;
        return answer;
    }

    private (string Text, int Code) Cat(string path) => !Files.TryGetValue(path, out string? text) ? ($"cat: {path}: No such file or directory\n", 1)
        : text is null ? ($"cat: {path}: Permission denied\n", 1)
        : (text, 0);

    private void Print(string text, ByteSink output, int most)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        for (int at = 0; at < Math.Min(bytes.Length, most); at += Chunk)
            output(bytes.AsSpan(at, Math.Min(Chunk, Math.Min(bytes.Length, most) - at)));
    }

    private static string[] Words(string words) => [.. words.Split(' ').Select(Unquote)];

    private static string Unquote(string word) => word.Trim()[1..^1].Replace("'\\''", "'", StringComparison.Ordinal);

    [GeneratedRegex("handlepool-end-[0-9a-f]{32}")]
    private static partial Regex Mark();

    [GeneratedRegex("^n=1; for f in '([^']*)'/\\*")]
    private static partial Regex Folder();
}
