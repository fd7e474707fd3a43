namespace HandlePool;

/// <summary>Lists the stable ids of <see cref="HandleException.ErrorId"/>. They are never renamed.</summary>
public static class HandleErrorIds
{
    /// <summary>ENOENT: the process does not hold the handle.</summary>
    public const string HandleNotFound = nameof(HandleNotFound);

    /// <summary>ENOENT: there is no such node in the session, or in the context of the process that asks for it.</summary>
    public const string NodeNotFound = nameof(NodeNotFound);

    /// <summary>EINVAL: a name matches several nodes where one is needed.</summary>
    public const string NodeAmbiguous = nameof(NodeAmbiguous);

    /// <summary>ENOENT: there is no such process in the session.</summary>
    public const string ProcessNotFound = nameof(ProcessNotFound);

    /// <summary>EEXIST: a living process already has the Id in that context.</summary>
    public const string ProcessExists = nameof(ProcessExists);

    /// <summary>EINVAL: a name or pid matches several processes where one is needed.</summary>
    public const string ProcessAmbiguous = nameof(ProcessAmbiguous);

    /// <summary>ESRCH: the process has exited.</summary>
    public const string ProcessDead = nameof(ProcessDead);

    /// <summary>ENOENT: there is no such session.</summary>
    public const string SessionNotFound = nameof(SessionNotFound);

    /// <summary>EINVAL: a pattern matches several sessions where one is needed.</summary>
    public const string SessionAmbiguous = nameof(SessionAmbiguous);

    /// <summary>EEXIST: a session already has the name.</summary>
    public const string SessionExists = nameof(SessionExists);

    /// <summary>EBUSY: the context already has a manager.</summary>
    public const string ManagerExists = nameof(ManagerExists);

    /// <summary>ENOENT: handle 0 is not held, and the context has no manager.</summary>
    public const string ManagerMissing = nameof(ManagerMissing);

    /// <summary>EINVAL: the context manager asks for a handle to its own node.</summary>
    public const string ManagerSelfReference = nameof(ManagerSelfReference);

    /// <summary>EPERM: a process of another uid than the first manager's wants to become the manager of the context.</summary>
    public const string ManagerUidMismatch = nameof(ManagerUidMismatch);

    /// <summary>EEXIST: the driver of Linux 6.11-rc1 would give handle 0 a second time, and crash.</summary>
    public const string HandleZeroTaken = nameof(HandleZeroTaken);

    /// <summary>EINVAL: a strong count was added by handle to a reference that has only weak counts.</summary>
    public const string WeakReferenceOnly = nameof(WeakReferenceOnly);

    /// <summary>EINVAL: a count would fall below zero.</summary>
    public const string CountUnderflow = nameof(CountUnderflow);

    /// <summary>EOVERFLOW: a count would exceed 2147483647.</summary>
    public const string CountOverflow = nameof(CountOverflow);

    /// <summary>ENOMEM: the pool is full and cannot grow beyond MaxCapacity.</summary>
    public const string PoolExhausted = nameof(PoolExhausted);

    /// <summary>ENOMEM: there is no memory for a larger bitmap, or for a notification.</summary>
    public const string AllocationFailed = nameof(AllocationFailed);

    /// <summary>EBUSY: the pool cannot shrink, usually because a handle is in the way.</summary>
    public const string ShrinkNotPossible = nameof(ShrinkNotPossible);

    /// <summary>EINVAL: the pool is a tree, or a disabled bitmap, and has no capacity to change.</summary>
    public const string NotResizable = nameof(NotResizable);

    /// <summary>EINVAL: the resizer has already been completed.</summary>
    public const string ResizerCompleted = nameof(ResizerCompleted);

    /// <summary>EUCLEAN: the bitmap and the table are inconsistent.</summary>
    public const string PoolCorrupted = nameof(PoolCorrupted);

    /// <summary>EEXIST: the reference already has a notification of that kind.</summary>
    public const string NotificationExists = nameof(NotificationExists);

    /// <summary>ENOENT: the reference has no such notification, or none of that cookie was received.</summary>
    public const string NotificationNotFound = nameof(NotificationNotFound);

    /// <summary>EINVAL: the process already uses the cookie for another freeze notification.</summary>
    public const string CookieInUse = nameof(CookieInUse);

    /// <summary>EAGAIN: a process cannot be frozen while a transaction is pending.</summary>
    public const string ProcessBusy = nameof(ProcessBusy);

    /// <summary>ENOENT: the session has no such fault.</summary>
    public const string FaultNotFound = nameof(FaultNotFound);

    /// <summary>EINVAL: a dump, or a line of it, cannot be read.</summary>
    public const string DumpFormat = nameof(DumpFormat);

    /// <summary>EINVAL: a trace, or a line of it, cannot be read.</summary>
    public const string TraceFormat = nameof(TraceFormat);

    /// <summary>EINVAL: a session file, or a part of it, cannot be read.</summary>
    public const string SessionFormat = nameof(SessionFormat);

    /// <summary>EINVAL: a row is not a valid operation.</summary>
    public const string OperationFormat = nameof(OperationFormat);

    /// <summary>ENOENT: there is no adb, or it cannot be started.</summary>
    public const string AdbNotFound = nameof(AdbNotFound);

    /// <summary>ENODEV: no device is connected, or none of that serial.</summary>
    public const string DeviceNotFound = nameof(DeviceNotFound);

    /// <summary>EINVAL: several devices are connected, and none was chosen.</summary>
    public const string DeviceAmbiguous = nameof(DeviceAmbiguous);

    /// <summary>ENODEV: the device is offline, not authorized, or does not answer.</summary>
    public const string DeviceUnavailable = nameof(DeviceUnavailable);

    /// <summary>EACCES: the device, or this computer, does not show the driver's files.</summary>
    public const string DeviceRefused = nameof(DeviceRefused);

    /// <summary>EINVAL: a policy, or a key of it, cannot be read.</summary>
    public const string PolicyFormat = nameof(PolicyFormat);

    /// <summary>EINVAL: a policy has code, which is never run.</summary>
    public const string PolicyCode = nameof(PolicyCode);

    /// <summary>EINVAL: keys of a policy contradict each other.</summary>
    public const string PolicyConflict = nameof(PolicyConflict);

    /// <summary>EINVAL: the samples of a series are not in order of time, and cannot be sorted.</summary>
    public const string SampleOrder = nameof(SampleOrder);
}
