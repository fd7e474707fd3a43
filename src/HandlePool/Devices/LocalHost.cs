using System.Text;
using HandlePool.Text;

namespace HandlePool.Devices;

/// <summary>Represents this computer, where it is Linux with a binder driver. Thread-safe.</summary>
/// <param name="commands">Runs programs.</param>
/// <param name="root">The folder that stands for the root; tests give another.</param>
internal sealed class LocalHost(IHostCommands commands, string root = "/") : IBinderHost
{
    private const int BufferLength = 1 << 16;

    /// <inheritdoc/>
    public string Name => Environment.MachineName;

    /// <inheritdoc/>
    public string Subject => "This computer";

    /// <inheritdoc/>
    public bool IsAndroid => false;

    /// <inheritdoc/>
    public DeviceIdentity Identify(CancellationToken cancellationToken) => DeviceIdentity.Parse(string.Join('\n',
        $"kernel={Line(DeviceIdentity.KernelFile)}", $"boot={Line(DeviceIdentity.BootIdFile)}", $"uptime={Line(DeviceIdentity.UptimeFile)}")) with
    {
        IsRoot = Environment.IsPrivilegedProcess,
        Clock = DateTimeOffset.UtcNow,
    };

    /// <inheritdoc/>
    public (string? Shown, string? Refused) FindFolder(IReadOnlyList<string> folders, CancellationToken cancellationToken)
    {
        string? refused = null;
        foreach (string folder in folders)
        {
            try
            {
                using (File.OpenRead(Here($"{folder}/{BinderFolder.Probe}")))
                    return (folder, refused);
            }
            catch (UnauthorizedAccessException)
            {
                refused ??= $"{folder}: Permission denied";
            }
            catch (IOException)
            {
                // It is not there.
                continue;
            }
        }

        return (null, refused);
    }

    /// <inheritdoc/>
    public CaptureOutcome Take(CaptureStep step, ByteSink output, TimeSpan timeout, CancellationToken cancellationToken)
    {
        using CapturedText text = new(mark: null, output);
        string? problem = step switch
        {
            CaptureStep.DriverFile file => Copy(file.Path, text, cancellationToken),
            CaptureStep.DriverFolder folder => CopyAll(folder.Path, text, cancellationToken),
            _ => Run(step.Command, text, timeout, cancellationToken),
        };
        string hash = text.Finish();
        return new CaptureOutcome(IsWhole: problem is null || text.Length == 0, ExitCode: problem is null ? 0 : 1, problem, text.Length, hash);
    }

    private string Here(string path) => Path.Join(root, path);

    private string Line(string path)
    {
        try
        {
            return File.ReadLines(Here(path)).FirstOrDefault() ?? "";
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    private string? CopyAll(string folder, CapturedText text, CancellationToken cancellationToken)
    {
        string[] files;
        try
        {
            files = [.. Directory.EnumerateFiles(Here(folder)).Select(Path.GetFileName).OfType<string>().Order(NaturalOrder.Instance)];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return exception.Message;
        }

        string? problem = "it is empty";
        foreach (string file in files)
        {
            // A process may exit meanwhile.
            text.Add(Encoding.UTF8.GetBytes($"\n==> {folder}/{file} <==\n"));
            if (Copy($"{folder}/{file}", text, cancellationToken) is null)
                problem = null;
        }

        return problem;
    }

    /// <summary>Copies a file.</summary>
    /// <returns>The reason why it could not be read; null if it was.</returns>
    private string? Copy(string path, CapturedText text, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[BufferLength];
        FileStream stream;
        try
        {
            stream = new FileStream(Here(path), FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return exception.Message;
        }

        using (stream)
        {
            while (true)
            {
                cancellationToken.ThrowIfCancellationRequested();
                int read;
                try
                {
                    read = stream.Read(buffer);
                }
                catch (IOException exception)
                {
                    return exception.Message;
                }

                if (read == 0)
                    return null;
                text.Add(buffer.AsSpan(0, read));
            }
        }
    }

    private string? Run(IReadOnlyList<string> words, CapturedText text, TimeSpan timeout, CancellationToken cancellationToken)
    {
        try
        {
            HostCommandResult result = commands.Run(new HostCommand($"/bin/{words[0]}", [.. words.Skip(1)]), text.Add, timeout, cancellationToken);
            return result.ExitCode switch
            {
                0 => null,
                null => $"it did not end within {timeout.TotalSeconds:0.#} seconds",
                _ => VisibleText.Of(Adb.FirstLine(result.Error)),
            };
        }
        catch (HandleException exception)
        {
            return exception.Message;
        }
    }
}
