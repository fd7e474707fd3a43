using System.Management.Automation;
using HandlePool.IO;
using HandlePool.Text;

namespace HandlePool.PowerShell.Errors;

/// <summary>Creates the error records of the cmdlets, so that ids, categories and targets are consistent.</summary>
/// <remarks>The library names no cmdlets or parameters in its messages. Advice that does is added here.</remarks>
internal static class ErrorRecords
{
    /// <summary>Returns the record of an error of the model.</summary>
    /// <param name="exception">The error.</param>
    /// <param name="advice">A sentence that says what to do; by default the advice for the error's id, if there is one.</param>
    internal static ErrorRecord For(HandleException exception, string? advice = null)
    {
        ErrorRecord record = new(exception, exception.ErrorId, CategoryOf(exception.ErrorId), exception.Target);
        if ((advice ?? AdviceFor(exception.ErrorId)) is { } text)
            record.ErrorDetails = new ErrorDetails($"{exception.Message} {text}");
        return record;
    }

    /// <summary>Returns the record of an error in one of many rows; the message begins with the row's number.</summary>
    internal static ErrorRecord ForRow(long row, HandleException exception)
    {
        ErrorRecord record = For(exception);
        if (exception.ErrorId != HandleErrorIds.OperationFormat)
            record.ErrorDetails = new ErrorDetails($"Row {row}: {record.ErrorDetails?.Message ?? exception.Message}");
        return record;
    }

    internal static ErrorRecord SessionExists(string name) =>
        For(new HandleException(HandleErrorIds.SessionExists, Errno.EEXIST,
            $"Session '{name}' already exists in this runspace. Choose another name, or use Remove-HandleSession first.", name));

    internal static ErrorRecord DriverWithoutLeak(HandleDriver driver) =>
        new(new ArgumentException($"The driver {driver} leaks no freeze listener. Use -FreezeListenerLeak with -Driver Rust or RustTree."),
            "DriverWithoutLeak", ErrorCategory.InvalidArgument, driver);

    internal static ErrorRecord LocalAndDevice(string parameter) =>
        new(new ArgumentException($"-Local reads this computer, and {parameter} a device. Omit one of them."), "LocalAndDevice", ErrorCategory.InvalidArgument, parameter);

    internal static ErrorRecord SeveralDevices(int devices, string path) =>
        new(new InvalidOperationException($"No dump was taken: '{VisibleText.Of(path)}' is no existing folder, and each of the {devices} devices has a file of its own. "
            + "Create the folder first."), "SeveralDevices", ErrorCategory.InvalidArgument, path);

    internal static ErrorRecord RangeBeyondCapacity(HandleRun range, HandleBitmap bitmap) =>
        new(new ArgumentException($"The range {range} is beyond the pool of process '{bitmap.Process}'. "
            + $"Choose a range that begins at handle {bitmap.Capacity - 1} or below."),
            "RangeBeyondCapacity", ErrorCategory.InvalidArgument, bitmap.Process);

    internal static ErrorRecord NotRecorded(HandleSession session) =>
        new(new InvalidOperationException($"Session '{session}' does not record its operations. Create it with New-HandleSession -Record."),
            "NotRecorded", ErrorCategory.InvalidOperation, session);

    internal static ErrorRecord BadEventCount(ArgumentException exception, object counts) =>
        new(new ArgumentException(exception.Message.Split(" (Parameter")[0], exception), "BadEventCount", ErrorCategory.InvalidArgument, counts);

    internal static ErrorRecord CounterAndEventCount(string counter) =>
        new(new ArgumentException("Events are counted by the driver or by you. Use -Counter or -EventCount, not both."), "BadEventCount", ErrorCategory.InvalidArgument, counter);

    internal static ErrorRecord BadFault(string message, object kind) =>
        new(new ArgumentException(message), "BadFault", ErrorCategory.InvalidArgument, kind);

    internal static ErrorRecord BadBaseline(ArgumentException exception, object? source) =>
        new(exception, "BadBaseline", ErrorCategory.InvalidData, source);

    internal static ErrorRecord NodeAndHandle(long handle) =>
        new(new ArgumentException("A node and a handle were given. Use -Node or -Handle, not both."), "NodeAndHandle", ErrorCategory.InvalidArgument, handle);

    internal static ErrorRecord AssertionMisused(string message) =>
        new(new ArgumentException(message), "AssertionMisused", ErrorCategory.InvalidArgument, null);

    internal static ErrorRecord AssertionUndecidable(string message) =>
        new(new InvalidOperationException(message), "AssertionUndecidable", ErrorCategory.InvalidData, null);

    internal static ErrorRecord PesterMissing() =>
        new(new InvalidOperationException("Pester is not here: there is no Add-ShouldOperator. Import Pester 5.7 or later, then run Import-HandleAssertion again."),
            "PesterMissing", ErrorCategory.NotInstalled, null);

    internal static ErrorRecord AssertionLimit(IReadOnlyCollection<string> names) =>
        new(new InvalidOperationException($"Pester takes 32 operators of Should, and has no room for {Phrase.List(names, name => $"-{name}")}. "
            + "Add fewer operators of your own, or use Pester 6, which has the assertions as commands."), "AssertionLimit", ErrorCategory.LimitsExceeded, null);

    internal static ErrorRecord BadPattern(WildcardPatternException exception) =>
        new(new WildcardPatternException(VisibleText.Of(exception.Message), exception), "BadPattern", ErrorCategory.InvalidArgument, null);

    internal static ErrorRecord HandleUnheld(long handle, HandleSession session) =>
        For(new HandleException(HandleErrorIds.HandleNotFound, Errno.ENOENT, $"No process of session '{session}' holds handle {handle}.", handle));

    internal static ErrorRecord ContextNotFound(string context, HandleSession session, string[] contexts) =>
        new(new ItemNotFoundException($"No process of session '{session}' is in context '{VisibleText.Name(context)}'. "
            + NearNames.Suggest(context, contexts, $"There is {Phrase.List(contexts, known => $"'{VisibleText.Name(known)}'")}.")),
            "ContextNotFound", ErrorCategory.ObjectNotFound, context);

    internal static ErrorRecord PathNotFound(string path) =>
        new(new ItemNotFoundException($"Cannot find path '{VisibleText.Of(path)}' because it does not exist."),
            "PathNotFound", ErrorCategory.ObjectNotFound, path);

    /// <summary>Returns the record of a path that PowerShell cannot resolve: it, its drive or its provider does not exist, or it is no file.</summary>
    internal static ErrorRecord NotResolved(string path, RuntimeException exception) => exception switch
    {
        System.Management.Automation.DriveNotFoundException drive => PathNotFound(path, $"there is no drive '{VisibleText.Of(drive.ItemName)}'", exception),
        ProviderNotFoundException provider => PathNotFound(path, $"there is no provider '{VisibleText.Of(provider.ItemName)}'", exception),
        { InnerException: NotSupportedException reason } => new ErrorRecord(reason, "NotAFile", ErrorCategory.InvalidArgument, path),
        WildcardPatternException pattern => BadPattern(pattern),
        ItemNotFoundException when VisibleText.Of(exception.Message) == exception.Message => new ErrorRecord(exception, "PathNotFound", ErrorCategory.ObjectNotFound, path),
        _ => PathNotFound(path, VisibleText.Of(exception.Message.TrimEnd('.')), exception),
    };

    private static ErrorRecord PathNotFound(string path, string reason, Exception exception) =>
        new(new ItemNotFoundException($"Cannot find path '{VisibleText.Of(path)}' because {reason}.", exception),
            "PathNotFound", ErrorCategory.ObjectNotFound, path);

    internal static ErrorRecord NoFileMatches(string pattern) =>
        new(new ItemNotFoundException($"No file matches '{VisibleText.Of(pattern)}', so that nothing was read. Use the path of a file."),
            "PathNotFound", ErrorCategory.ObjectNotFound, pattern);

    internal static ErrorRecord NoSessionMatches(string pattern) =>
        For(new HandleException(HandleErrorIds.SessionNotFound, Errno.ENOENT,
            $"No session in this runspace matches '{VisibleText.Of(pattern)}'. Get-HandleSession lists them.", pattern));

    internal static ErrorRecord NotAFolder(string path) =>
        new(new NotSupportedException($"'{VisibleText.Of(path)}' is a file. Use the path of a folder."), "NotAFolder", ErrorCategory.InvalidArgument, path);

    internal static ErrorRecord FileExists(string path) =>
        new(new IOException($"The file '{VisibleText.Of(path)}' already exists. Omit -NoClobber to replace it."),
            "NoClobber", ErrorCategory.ResourceExists, path);

    internal static ErrorRecord FileReadOnly(string path) =>
        new(new UnauthorizedAccessException($"The file '{VisibleText.Of(path)}' is read-only. Use -Force to replace it."),
            "FileReadOnly", ErrorCategory.PermissionDenied, path);

    internal static ErrorRecord FileIsDevice(string path) => FileIsDevice(path, FileRefusedException.Device(path, exists: true));

    private static ErrorRecord FileIsDevice(string path, FileRefusedException refusal) =>
        new(new NotSupportedException($"{VisibleText.Of(refusal.Message)} Use the path of a file.", refusal), "FileIsDevice", ErrorCategory.InvalidArgument, path);

    internal static ErrorRecord SecondSession(HandleSession session, HandleSession first) =>
        new(new InvalidOperationException($"Session '{session}' was not exported: the file already contains session '{first}'. "
            + "Export each session to a file of its own."), "SecondSession", ErrorCategory.InvalidArgument, session);

    internal static ErrorRecord NotOneFile(string path, int count) =>
        new(new ArgumentException($"'{VisibleText.Of(path)}' matches {(count == 0 ? "no" : count)} files. Use a path that matches one."),
            "NotOneFile", ErrorCategory.InvalidArgument, path);

    internal static ErrorRecord FileIsLink(string path, Exception exception) =>
        new(Visible(exception), "FileIsLink", ErrorCategory.SecurityError, path);

    internal static ErrorRecord NotWritten(string path, Exception exception) => exception switch
    {
        FileRefusedException { Refusal: FileRefusal.Exists } => FileExists(path),
        FileRefusedException { Refusal: FileRefusal.Device } refusal => FileIsDevice(path, refusal),
        FileRefusedException { Refusal: FileRefusal.Link } => FileIsLink(path, exception),
        ArgumentException => new ErrorRecord(new IOException($"The file '{VisibleText.Of(path)}' cannot be written: its path has a null character.", exception),
            "FileNotWritten", ErrorCategory.WriteError, path),
        _ => new ErrorRecord(Visible(exception), "FileNotWritten", ErrorCategory.WriteError, path),
    };

    internal static ErrorRecord NotADump(string source, string message) =>
        For(new HandleException(HandleErrorIds.DumpFormat, Errno.EINVAL, $"{source}: {message}", source));

    internal static ErrorRecord BadProcessName(object names, string message) =>
        new(new ArgumentException(VisibleText.Of(message)), "BadProcessName", ErrorCategory.InvalidArgument, names);

    /// <summary>Returns an error of the base class library whose message, which contains the path, is visible.</summary>
    private static Exception Visible(Exception exception) => exception switch
    {
        _ when VisibleText.Of(exception.Message) == exception.Message => exception,
        UnauthorizedAccessException => new UnauthorizedAccessException(VisibleText.Of(exception.Message), exception),
        _ => new IOException(VisibleText.Of(exception.Message), exception),
    };

    /// <summary>Returns the cmdlet that does what the message of the library advises.</summary>
    private static string? AdviceFor(string errorId) => errorId switch
    {
        HandleErrorIds.HandleNotFound => "Get-HandleReference lists them.",
        HandleErrorIds.NotificationNotFound => "Get-HandleNotification lists them.",
        HandleErrorIds.ProcessDead => "Get-HandleProcess -IncludeDead shows it.",
        HandleErrorIds.FaultNotFound => "Get-HandleFault lists them.",
        HandleErrorIds.ManagerMissing => "Create one with New-HandleProcess -Manager.",
        HandleErrorIds.PoolExhausted => "Drop references with Remove-HandleReference, or create a session with a larger -MaxCapacity.",
        HandleErrorIds.PoolCorrupted => "Use Find-HandleMismatch to find other inconsistencies.",
        HandleErrorIds.ResizerCompleted => "Request a new one with Request-HandlePoolResize.",
        HandleErrorIds.AdbNotFound => "Use -AdbPath for its path.",
        HandleErrorIds.DeviceAmbiguous => "Use -Serial.",
        HandleErrorIds.WeakReferenceOnly => "Use Add-HandleReference -Node.",
        _ => null,
    };

    private static ErrorCategory CategoryOf(string errorId) => errorId switch
    {
        HandleErrorIds.HandleNotFound or HandleErrorIds.NodeNotFound or HandleErrorIds.ProcessNotFound
            or HandleErrorIds.SessionNotFound or HandleErrorIds.ManagerMissing or HandleErrorIds.NotificationNotFound
            or HandleErrorIds.FaultNotFound or HandleErrorIds.AdbNotFound or HandleErrorIds.DeviceNotFound => ErrorCategory.ObjectNotFound,
        HandleErrorIds.DeviceUnavailable => ErrorCategory.ConnectionError,
        HandleErrorIds.ProcessExists or HandleErrorIds.SessionExists or HandleErrorIds.HandleZeroTaken
            or HandleErrorIds.NotificationExists => ErrorCategory.ResourceExists,
        HandleErrorIds.ManagerUidMismatch or HandleErrorIds.DeviceRefused => ErrorCategory.PermissionDenied,
        HandleErrorIds.ManagerExists or HandleErrorIds.ShrinkNotPossible or HandleErrorIds.ProcessBusy => ErrorCategory.ResourceBusy,
        HandleErrorIds.ProcessAmbiguous or HandleErrorIds.NodeAmbiguous or HandleErrorIds.SessionAmbiguous
            or HandleErrorIds.CookieInUse or HandleErrorIds.DeviceAmbiguous => ErrorCategory.InvalidArgument,
        HandleErrorIds.PoolExhausted or HandleErrorIds.CountOverflow => ErrorCategory.LimitsExceeded,
        HandleErrorIds.AllocationFailed => ErrorCategory.ResourceUnavailable,
        HandleErrorIds.PoolCorrupted or HandleErrorIds.DumpFormat or HandleErrorIds.SessionFormat
            or HandleErrorIds.OperationFormat or HandleErrorIds.PolicyFormat or HandleErrorIds.PolicyCode or HandleErrorIds.PolicyConflict
            or HandleErrorIds.SampleOrder => ErrorCategory.InvalidData,
        _ => ErrorCategory.InvalidOperation,
    };
}
