using System.Text;
using HandlePool.Text;

namespace HandlePool.Devices;

/// <summary>Represents an Android device over adb. Thread-safe.</summary>
internal sealed class AdbDevice : IBinderHost
{
    // What the device answers to a question is short.
    private const int LongestAnswer = 1 << 16;

    private readonly Adb _adb;
    private readonly TimeSpan _timeout;
    private readonly Func<string, string>? _asRoot;

    /// <summary>Opens a device.</summary>
    /// <param name="adb">The adb that knows it.</param>
    /// <param name="serial">Its serial.</param>
    /// <param name="useSu">Whether the driver's files are read through su.</param>
    /// <param name="timeout">The time after which a question is given up.</param>
    /// <param name="cancellationToken">Cancels the question for su.</param>
    /// <exception cref="HandleException"><c>DeviceRefused</c>: su is not there or refuses. <c>DeviceUnavailable</c>: the device does not answer.</exception>
    internal AdbDevice(Adb adb, string serial, bool useSu, TimeSpan timeout, CancellationToken cancellationToken)
    {
        (_adb, Name, _timeout) = (adb, serial, timeout);
        if (useSu)
            _asRoot = FindSu(cancellationToken);
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public string Subject => $"Device '{VisibleText.Name(Name)}'";

    /// <inheritdoc/>
    public bool IsAndroid => true;

    /// <inheritdoc/>
    public DeviceIdentity Identify(CancellationToken cancellationToken) =>
        DeviceIdentity.Parse(Ask(DeviceIdentity.Script, cancellationToken)) is var identity && _asRoot is null ? identity : identity with { IsRoot = true };

    /// <inheritdoc/>
    public (string? Shown, string? Refused) FindFolder(IReadOnlyList<string> folders, CancellationToken cancellationToken)
    {
        string[] files = [.. folders.Select(folder => $"{folder}/{BinderFolder.Probe}")];
        string[] lines = Ask(AsRoot($"ls -d {ShellWord.Join(files)}"), cancellationToken).Split('\n', StringSplitOptions.TrimEntries);
        string? shown = folders.FirstOrDefault(folder => lines.Contains($"{folder}/{BinderFolder.Probe}"));
        string? refused = Array.Find(lines, line => Array.Exists(files, file => line.Contains(file, StringComparison.Ordinal)) && BinderFolder.IsRefusal(line));
        return (shown, refused is null ? null : VisibleText.Of(VisibleText.Shorten(refused, VisibleText.LongestName)));
    }

    /// <inheritdoc/>
    public CaptureOutcome Take(CaptureStep step, ByteSink output, TimeSpan timeout, CancellationToken cancellationToken)
    {
        (CaptureOutcome outcome, string beginning) = Run(ScriptOf(step), output, timeout, cancellationToken);
        string? complaint = outcome.Problem is not null ? null
            : outcome.ExitCode != 0 ? Adb.FirstLine(beginning)
            : step is CaptureStep.DriverFile file && outcome.Length <= CapturedText.LongestBeginning ? Complaint(beginning, file.Path)
            : null;
        return complaint is null ? outcome : outcome with { Problem = VisibleText.Of(VisibleText.Shorten(complaint, VisibleText.LongestName)) };
    }

    /// <summary>Returns what a device says of a file in place of its text, with an exit code of 0: no file of the driver has its own path in it.</summary>
    private static string? Complaint(string text, string path) =>
        Array.Find(text.Split('\n', StringSplitOptions.TrimEntries), line => line.Contains(path, StringComparison.Ordinal));

    private string ScriptOf(CaptureStep step) => step switch
    {
        CaptureStep.DriverFile file => AsRoot($"cat {ShellWord.Quote(file.Path)}"),

        // The Rust driver may end a file without a line feed, and a process may exit meanwhile.
        CaptureStep.DriverFolder folder =>
            AsRoot($"n=1; for f in {ShellWord.Quote(folder.Path)}/*; do echo; echo \"==> $f <==\"; cat \"$f\" && n=0; done; (exit $n)"),
        _ => ShellWord.Join(step.Command),
    };

    private string AsRoot(string script) => _asRoot?.Invoke(script) ?? script;

    /// <summary>Returns how su runs a script: Android's own takes a user and words, that of rooted devices an option and a line.</summary>
    private Func<string, string> FindSu(CancellationToken cancellationToken)
    {
        Func<string, string>[] forms = [script => $"su 0 sh -c {ShellWord.Quote(script)}", script => $"su -c {ShellWord.Quote(script)}"];
        string answer = "";
        foreach (Func<string, string> form in forms)
        {
            answer = Ask(form("id"), cancellationToken);
            if (answer.TrimStart().StartsWith("uid=0(", StringComparison.Ordinal))
                return form;
        }

        throw DeviceErrors.Refused(Subject, $"su is refused ({VisibleText.Shorten(Adb.FirstLine(answer), VisibleText.LongestName)}). "
            + "Allow it on the device, or run 'adb root' on a userdebug or eng build.");
    }

    /// <summary>Returns what a script prints.</summary>
    private string Ask(string script, CancellationToken cancellationToken)
    {
        MemoryStream answer = new();
        (CaptureOutcome outcome, _) = Run(script, bytes => answer.Write(bytes[..Math.Min(bytes.Length, LongestAnswer - (int)answer.Length)]), _timeout, cancellationToken);
        return outcome.IsWhole
            ? Encoding.UTF8.GetString(answer.GetBuffer(), 0, (int)answer.Length)
            : throw DeviceErrors.Unavailable(Subject, $"{outcome.Problem}.");
    }

    private (CaptureOutcome Outcome, string Beginning) Run(string script, ByteSink output, TimeSpan timeout, CancellationToken cancellationToken)
    {
        // No text of the device can have it.
        string mark = $"handlepool-end-{Guid.NewGuid():N}";
        using CapturedText text = new(mark, output);
        HostCommandResult result = _adb.Commands.Run(
            new HostCommand(_adb.Program, ["-s", Name, "shell", $"{{ {script}; }} 2>&1; e=$?; echo; echo {mark} $e"]), text.Add, timeout, cancellationToken);
        string hash = text.Finish();
        string? problem = text.IsWhole ? null
            : result.ExitCode is null ? $"it did not end within {timeout.TotalSeconds:0.#} seconds"
            : string.IsNullOrWhiteSpace(result.Error) ? "the connection was lost"
            : VisibleText.Of(VisibleText.Shorten(Adb.FirstLine(result.Error), VisibleText.LongestName));
        return (new CaptureOutcome(text.IsWhole, text.ExitCode, problem, text.Length, hash), text.Beginning);
    }
}
