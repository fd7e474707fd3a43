using System.Runtime.InteropServices;
using HandlePool.Conformance;

// Each run has a folder of its own, so that runs at the same time do not meet, and deletes that one alone.
string? work = null;
using CancellationTokenSource stop = new();
using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
try
{
    ConformanceOptions options = ConformanceOptions.Parse(args);
    work = Path.Combine(options.Root, "obj", $"conform-{Guid.NewGuid():n}");
    Directory.CreateDirectory(work);
    return new ConformanceRun(options, work, Console.WriteLine).Run(stop.Token);
}
catch (Exception exception) when (Cause(exception) is { } cause)
{
    Console.Error.WriteLine(cause switch
    {
        // Ctrl+C also ends the programs that the run has started.
        _ when stop.IsCancellationRequested => "Stopped.",
        GuestException or InvalidDataException => cause.Message,
        _ => $"{cause.Message} (The run writes to {work}.)",
    });
    return 2;
}
finally
{
    if (Directory.Exists(work))
        Directory.Delete(work, recursive: true);
}

// The guest ends with the run.
void Stop(PosixSignalContext signal)
{
    signal.Cancel = true;
    stop.Cancel();
}

// What the user can do something about: a tool, a guest, a disk.
static Exception? Cause(Exception exception) => exception switch
{
    GuestException or InvalidDataException or IOException or UnauthorizedAccessException or OperationCanceledException => exception,
    AggregateException several => several.Flatten().InnerExceptions.Select(Cause).FirstOrDefault(cause => cause is not null),
    _ => null,
};
