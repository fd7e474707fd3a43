namespace HandlePool.Devices;

/// <summary>Takes a part of what a command prints.</summary>
/// <exception cref="IOException">The part cannot be kept. The command is stopped.</exception>
internal delegate void ByteSink(ReadOnlySpan<byte> bytes);

/// <summary>Represents a program of this host with its arguments. No shell of the host reads them.</summary>
/// <param name="Program">The full path of the program.</param>
/// <param name="Arguments">Its arguments.</param>
internal sealed record HostCommand(string Program, IReadOnlyList<string> Arguments);

/// <summary>Represents the end of a command.</summary>
/// <param name="ExitCode">The exit code; null if it was stopped because its time was over.</param>
/// <param name="Error">The beginning of what it printed as errors.</param>
internal sealed record HostCommandResult(int? ExitCode, string Error);

/// <summary>Runs programs of this host. Tests play recorded answers instead.</summary>
internal interface IHostCommands
{
    /// <summary>Runs a program to its end.</summary>
    /// <param name="command">The program.</param>
    /// <param name="output">Takes what it prints, part by part, on another thread; no more once this has returned.</param>
    /// <param name="timeout">The time after which it is stopped.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="HandleException"><c>AdbNotFound</c>: it cannot be started.</exception>
    /// <exception cref="IOException">The output could not be kept.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    HostCommandResult Run(HostCommand command, ByteSink output, TimeSpan timeout, CancellationToken cancellationToken);
}
