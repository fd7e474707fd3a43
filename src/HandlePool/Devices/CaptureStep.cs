namespace HandlePool.Devices;

/// <summary>Represents a text to take: where it is on the device, and where it goes in the archive.</summary>
/// <param name="Entry">The path of the entry, below the folder of the capture.</param>
/// <param name="Command">The words of the command that prints it, for the manifest.</param>
internal abstract record CaptureStep(string Entry, IReadOnlyList<string> Command)
{
    /// <summary>Gets whether the text is one of the driver's, or the proxies: without any of these, there is nothing to keep.</summary>
    internal bool TellsOfHandles { get; init; }

    /// <summary>Represents one of the driver's files.</summary>
    internal sealed record DriverFile(string Entry, string Path) : CaptureStep(Entry, ["cat", Path]);

    /// <summary>Represents all files of one of the driver's folders, each below a line with its path.</summary>
    internal sealed record DriverFolder(string Entry, string Path) : CaptureStep(Entry, ["cat", $"{Path}/*"]);

    /// <summary>Represents what a program of the device prints.</summary>
    internal sealed record Program(string Entry, params string[] Words) : CaptureStep(Entry, Words);
}

/// <summary>Represents what was taken for a step.</summary>
/// <param name="IsWhole">Whether the text has its end.</param>
/// <param name="ExitCode">The exit code of the command; null if it is not known.</param>
/// <param name="Problem">The reason why the text is not there, or not whole, as a clause; null if it is.</param>
/// <param name="Length">The number of its bytes.</param>
/// <param name="Sha256">Its SHA-256 in hexadecimal digits.</param>
internal sealed record CaptureOutcome(bool IsWhole, int? ExitCode, string? Problem, long Length, string Sha256)
{
    /// <summary>Gets whether the text is there, and has its end.</summary>
    internal bool IsTaken => IsWhole && Problem is null;
}

/// <summary>Represents a host of a binder driver: a device, or this computer.</summary>
internal interface IBinderHost
{
    /// <summary>Gets the serial of the device, or the name of this computer.</summary>
    string Name { get; }

    /// <summary>Gets the subject of a sentence, such as <c>Device 'emulator-5554'</c>.</summary>
    string Subject { get; }

    /// <summary>Gets whether commands of Android can be run.</summary>
    bool IsAndroid { get; }

    /// <summary>Returns what it is, and what its clock says.</summary>
    /// <exception cref="HandleException"><c>DeviceUnavailable</c>: it does not answer.</exception>
    DeviceIdentity Identify(CancellationToken cancellationToken);

    /// <summary>Returns which of the driver's folders it shows.</summary>
    /// <param name="folders">The folders to look for.</param>
    /// <param name="cancellationToken">Cancels the search.</param>
    /// <returns>The first that it shows, or null; and the first that it refuses, with the reason, or null.</returns>
    /// <exception cref="HandleException"><c>DeviceUnavailable</c>: it does not answer.</exception>
    (string? Shown, string? Refused) FindFolder(IReadOnlyList<string> folders, CancellationToken cancellationToken);

    /// <summary>Takes a text. What goes wrong is in the outcome.</summary>
    /// <param name="step">The text.</param>
    /// <param name="output">Takes the bytes.</param>
    /// <param name="timeout">The time after which the command is stopped.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="IOException">The output could not be kept.</exception>
    CaptureOutcome Take(CaptureStep step, ByteSink output, TimeSpan timeout, CancellationToken cancellationToken);
}
