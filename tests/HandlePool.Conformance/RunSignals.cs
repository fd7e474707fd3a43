using System.Runtime.InteropServices;

namespace HandlePool.Conformance;

/// <summary>Turns the signals that end a program into the cancellation of a run, which then ends its guests and deletes its files.</summary>
internal sealed class RunSignals : IDisposable
{
    private static readonly (PosixSignal Signal, int Number)[] Known =
        [(PosixSignal.SIGHUP, 1), (PosixSignal.SIGINT, 2), (PosixSignal.SIGQUIT, 3), (PosixSignal.SIGTERM, 15)];

    private readonly CancellationTokenSource _stop = new();
    private readonly PosixSignalRegistration[] _registrations;
    private int _number;

    internal RunSignals() => _registrations = [.. Known.Select(known => PosixSignalRegistration.Create(known.Signal, Stop))];

    internal CancellationToken Token => _stop.Token;

    /// <summary>Gets the exit code that a shell expects of a program that a signal has ended; null if there was none.</summary>
    internal int? ExitCode => _number == 0 ? null : 128 + _number;

    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations)
            registration.Dispose();
        _stop.Dispose();
    }

    private void Stop(PosixSignalContext context)
    {
        context.Cancel = true;
        int number = Array.Find(Known, known => known.Signal == context.Signal).Number;

        // The first counts: a terminal that is closed sends several.
        if (Interlocked.CompareExchange(ref _number, number, 0) == 0)
            _stop.Cancel();
    }
}
