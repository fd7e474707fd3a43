using System.ComponentModel;
using HandlePool.Conformance;

const int CannotRun = 2;
using RunSignals signals = new();
string obj = "";
try
{
    ConformanceOptions options = ConformanceOptions.Parse(args);
    obj = Path.Combine(options.Root, "obj");
    using RunFolder folder = RunFolder.Create(obj);
    return new ConformanceRun(options, folder.Path, Console.WriteLine).Run(signals.Token);
}
catch (Exception exception) when (Cause(exception) is { } cause)
{
    // The folder is deleted by now.
    string message = signals.ExitCode is not null ? "Stopped: the guests are switched off, and the files of the run deleted."
        : cause is GuestException or InvalidDataException || obj.Length == 0 ? cause.Message
        : $"{cause.Message} (The run writes to {obj}.)";
    try
    {
        Console.Error.WriteLine(message);
    }
    catch (IOException)
    {
        // The terminal is closed.
    }

    return signals.ExitCode ?? CannotRun;
}

// What the user can do something about: a tool, a guest, a disk.
static Exception? Cause(Exception exception) => exception switch
{
    GuestException or InvalidDataException or IOException or UnauthorizedAccessException or OperationCanceledException or Win32Exception => exception,
    AggregateException several => several.Flatten().InnerExceptions.Select(Cause).FirstOrDefault(cause => cause is not null),
    _ => null,
};
