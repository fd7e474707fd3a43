using System.Management.Automation;

namespace HandlePool.PowerShell;

/// <summary>Error records for the model's errors: id, category and target in one place.</summary>
internal static class ErrorRecords
{
    internal static ErrorRecord For(HandleException exception) =>
        new(exception, exception.ErrorId, CategoryOf(exception.ErrorId), exception.Target);

    internal static ErrorRecord BadPattern(WildcardPatternException exception) =>
        new(exception, "BadPattern", ErrorCategory.InvalidArgument, null);

    internal static ErrorRecord PathNotFound(string path) =>
        new(new ItemNotFoundException($"Cannot find path '{path}' because it does not exist."), "PathNotFound", ErrorCategory.ObjectNotFound, path);

    internal static ErrorRecord NotAFile(string path) =>
        new(new NotSupportedException($"'{path}' is not in the file system."), "NotAFile", ErrorCategory.InvalidArgument, path);

    private static ErrorCategory CategoryOf(string errorId) => errorId switch
    {
        HandleErrorIds.HandleNotFound or HandleErrorIds.NodeNotFound or HandleErrorIds.ProcessNotFound
            or HandleErrorIds.SessionNotFound or HandleErrorIds.ManagerMissing => ErrorCategory.ObjectNotFound,
        HandleErrorIds.ProcessExists or HandleErrorIds.SessionExists => ErrorCategory.ResourceExists,
        HandleErrorIds.ManagerExists or HandleErrorIds.ShrinkNotPossible => ErrorCategory.ResourceBusy,
        HandleErrorIds.ProcessAmbiguous or HandleErrorIds.NodeAmbiguous => ErrorCategory.InvalidArgument,
        HandleErrorIds.PoolExhausted or HandleErrorIds.CountOverflow => ErrorCategory.LimitsExceeded,
        HandleErrorIds.AllocationFailed => ErrorCategory.ResourceUnavailable,
        HandleErrorIds.PoolCorrupted or HandleErrorIds.DumpFormat => ErrorCategory.InvalidData,
        _ => ErrorCategory.InvalidOperation,
    };
}
