using System.Management.Automation;
using HandlePool.Text;

namespace HandlePool.PowerShell;

/// <summary>Error records for the model's errors: id, category and target in one place.</summary>
internal static class ErrorRecords
{
    internal static ErrorRecord For(HandleException exception) =>
        new(exception, exception.ErrorId, CategoryOf(exception.ErrorId), exception.Target);

    /// <summary>The same for one of many rows: the message says which.</summary>
    internal static ErrorRecord ForRow(long row, HandleException exception)
    {
        ErrorRecord record = For(exception);
        if (exception.ErrorId != HandleErrorIds.OperationFormat)
            record.ErrorDetails = new ErrorDetails($"Row {row}: {exception.Message}");
        return record;
    }

    internal static ErrorRecord RangeBeyondCapacity(HandleRun range, HandleBitmap bitmap) =>
        new(new ArgumentException($"The range {range} is beyond the pool of process '{bitmap.Process}', whose last handle is {bitmap.Capacity - 1}."),
            "RangeBeyondCapacity", ErrorCategory.InvalidArgument, bitmap.Process);

    internal static ErrorRecord NotRecorded(HandleSession session) =>
        new(new InvalidOperationException($"Session '{session}' does not record its operations. Create it with New-HandleSession -Record."),
            "NotRecorded", ErrorCategory.InvalidOperation, session);

    internal static ErrorRecord BadFault(string message, object kind) =>
        new(new ArgumentException(message), "BadFault", ErrorCategory.InvalidArgument, kind);

    internal static ErrorRecord NoDirection() =>
        new(new ArgumentException("Say which way the pool is to be resized: -Grow or -Shrink."), "NoDirection", ErrorCategory.InvalidArgument, null);

    internal static ErrorRecord BadPattern(WildcardPatternException exception) =>
        new(exception, "BadPattern", ErrorCategory.InvalidArgument, null);

    internal static ErrorRecord PathNotFound(string path) =>
        new(new ItemNotFoundException($"Cannot find path '{VisibleText.Of(path)}' because it does not exist."), "PathNotFound", ErrorCategory.ObjectNotFound, path);

    internal static ErrorRecord NotAFile(string path) =>
        new(new NotSupportedException($"'{VisibleText.Of(path)}' is not in the file system."), "NotAFile", ErrorCategory.InvalidArgument, path);

    internal static ErrorRecord FileExists(string path) =>
        new(new IOException($"The file '{VisibleText.Of(path)}' exists already, and -NoClobber was given."), "NoClobber", ErrorCategory.ResourceExists, path);

    internal static ErrorRecord FileReadOnly(string path) =>
        new(new UnauthorizedAccessException($"The file '{VisibleText.Of(path)}' is read-only. Use -Force to replace it."), "FileReadOnly",
            ErrorCategory.PermissionDenied, path);

    internal static ErrorRecord FileIsDevice(string path) =>
        new(new NotSupportedException($"'{VisibleText.Of(path)}' is a device, a pipe or a socket, which writing would replace by a file. Name a file."), "FileIsDevice",
            ErrorCategory.InvalidArgument, path);

    internal static ErrorRecord SecondSession(HandleSession session, HandleSession first) =>
        new(new InvalidOperationException($"Session '{session}' is not exported: the file has session '{first}' already. Export each to a file of its own."),
            "SecondSession", ErrorCategory.InvalidArgument, session);

    internal static ErrorRecord NotOneFile(string path, int count) =>
        new(new ArgumentException($"'{VisibleText.Of(path)}' stands for {count} files; one is needed."), "NotOneFile", ErrorCategory.InvalidArgument, path);

    internal static ErrorRecord NotWritten(string path, Exception exception) =>
        new(exception, "FileNotWritten", ErrorCategory.WriteError, path);

    internal static ErrorRecord BadProcessName(object names, string message) =>
        new(new ArgumentException(message), "BadProcessName", ErrorCategory.InvalidArgument, names);

    private static ErrorCategory CategoryOf(string errorId) => errorId switch
    {
        HandleErrorIds.HandleNotFound or HandleErrorIds.NodeNotFound or HandleErrorIds.ProcessNotFound
            or HandleErrorIds.SessionNotFound or HandleErrorIds.ManagerMissing => ErrorCategory.ObjectNotFound,
        HandleErrorIds.ProcessExists or HandleErrorIds.SessionExists => ErrorCategory.ResourceExists,
        HandleErrorIds.ManagerExists or HandleErrorIds.ShrinkNotPossible => ErrorCategory.ResourceBusy,
        HandleErrorIds.ProcessAmbiguous or HandleErrorIds.NodeAmbiguous => ErrorCategory.InvalidArgument,
        HandleErrorIds.PoolExhausted or HandleErrorIds.CountOverflow => ErrorCategory.LimitsExceeded,
        HandleErrorIds.AllocationFailed => ErrorCategory.ResourceUnavailable,
        HandleErrorIds.PoolCorrupted or HandleErrorIds.DumpFormat or HandleErrorIds.SessionFormat
            or HandleErrorIds.OperationFormat => ErrorCategory.InvalidData,
        _ => ErrorCategory.InvalidOperation,
    };
}
