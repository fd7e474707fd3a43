using System.Globalization;
using HandlePool.Pools;
using HandlePool.Text;

namespace HandlePool;

/// <summary>Identifies what a process asks the driver for.</summary>
internal enum DriverCall
{
    /// <summary>A node arrives in a transaction (<c>insert_or_update_handle</c>, <c>binder_inc_ref_for_node</c>).</summary>
    Transaction,

    /// <summary><c>BC_ACQUIRE</c> or <c>BC_INCREFS</c>.</summary>
    Increase,

    /// <summary><c>BC_RELEASE</c> or <c>BC_DECREFS</c>.</summary>
    Decrease,
}

/// <summary>Adds to an error what the session's driver tells user space and logs in the same case.</summary>
/// <remarks>
/// Of refused changes of a count, only the manager's increase of handle 0 reaches user space; of refused commands about notifications,
/// those about freezing. Both drivers answer all others with success. A case that the driver does not have, such as a name that matches several nodes, keeps no answer.
/// </remarks>
internal static class DriverReplies
{
    /// <param name="refused">The error.</param>
    /// <param name="process">The process that asked.</param>
    /// <param name="call">What it asked for.</param>
    /// <param name="handle">The handle of a change of counts.</param>
    /// <param name="isStrong">Whether strong counts were to change.</param>
    internal static void Answer(HandleException refused, HandleProcess process, DriverCall call, long handle = 0, bool isStrong = true) =>
        Answer(refused, refused.ErrorId, process, call, handle, isStrong);

    /// <summary>Adds it to the error of counts that cannot be removed: the answer to the first of the commands that fails.</summary>
    /// <inheritdoc cref="Answer(HandleException, HandleProcess, DriverCall, long, bool)"/>
    internal static void AnswerDecrease(HandleException refused, HandleProcess process, long handle, int strong, int weak)
    {
        (string errorId, bool isStrong) = (refused.ErrorId, strong > 0);
        if (errorId == HandleErrorIds.CountUnderflow && process.GetReference(handle) is { } held)
        {
            // Each command changes a count by one, so those before it may have dropped the reference.
            isStrong = strong > held.Strong;
            if (isStrong ? held.Weak == 0 : held.Strong == strong)
                errorId = HandleErrorIds.HandleNotFound;
        }

        Answer(refused, errorId, process, DriverCall.Decrease, handle, isStrong);
    }

    private static void Answer(HandleException refused, string errorId, HandleProcess process, DriverCall call, long handle, bool isStrong)
    {
        if (!IsInCommand(handle))
            return;
        (refused.DriverAnswer, refused.DriverLog) = process.Session.Options.Rules.Family switch
        {
            DriverFamily.Rust => Rust(errorId, process, call, handle, isStrong),
            DriverFamily.C => C(errorId, process, call, handle, isStrong),
            _ => (null, null),
        };
    }

    /// <summary>Returns whether a command can name a handle: its 32 bits may also be written as a negative number.</summary>
    private static bool IsInCommand(long handle) => handle is >= int.MinValue and <= uint.MaxValue;

    /// <summary>Adds it to the error of a process that wanted to become a manager (<c>BINDER_SET_CONTEXT_MGR</c>), and returns the error.</summary>
    internal static HandleException AnswerManager(HandleException refused, DriverRules rules)
    {
        if (rules.Family == DriverFamily.None)
            return refused;
        bool isTaken = refused.ErrorId == HandleErrorIds.ManagerExists;
        refused.DriverAnswer = isTaken ? DriverAnswer.EBUSY : DriverAnswer.EPERM;
        refused.DriverLog = isTaken ? "BINDER_SET_CONTEXT_MGR already set" : null;
        return refused;
    }

    /// <summary>Adds it to the error of a process that cannot be frozen or thawed (<c>BINDER_FREEZE</c>), and returns the error.</summary>
    /// <remarks>A pid that no process has is EINVAL in the C driver only: the Rust driver freezes each process of the pid, here none.</remarks>
    internal static HandleException AnswerFreeze(HandleException refused, HandleSession session)
    {
        int? id = refused switch
        {
            { ErrorId: HandleErrorIds.ProcessDead, Target: HandleProcess process } => process.Id,
            { ErrorId: HandleErrorIds.ProcessNotFound, Target: int pid } => pid,
            { ErrorId: HandleErrorIds.ProcessNotFound, Target: string text } when WholeNumber.TryParse(text, NumberStyles.None, out int pid) => pid,
            _ => null,
        };
        bool isMissing = id is { } given && !session.HasProcess(given);
        refused.DriverAnswer = session.Options.Rules.Family switch
        {
            DriverFamily.None => null,
            _ when refused.ErrorId == HandleErrorIds.ProcessBusy => DriverAnswer.EAGAIN,
            DriverFamily.C when isMissing => DriverAnswer.EINVAL,
            _ when isMissing => DriverAnswer.Success,
            _ => null,
        };
        return refused;
    }

    /// <summary>Adds it to the error of a command about a notification.</summary>
    /// <param name="refused">The error.</param>
    /// <param name="process">The process that gave the command.</param>
    /// <param name="command">The command.</param>
    internal static void AnswerNotification(HandleException refused, HandleProcess process, in SessionOperation command)
    {
        DriverFamily family = process.Session.Options.Rules.Family;
        bool isC = family == DriverFamily.C;
        bool isDeath = command.NotificationKind == HandleNotificationKind.Death;
        if (family == DriverFamily.None || !IsInCommand(command.Handle ?? 0) || Describe(refused, process, command, isC) is not { } what)
            return;
        bool isNoMemory = refused.ErrorId == HandleErrorIds.AllocationFailed;
        refused.DriverAnswer = isNoMemory ? isC && isDeath ? DriverAnswer.Success : DriverAnswer.ENOMEM
            : isDeath ? DriverAnswer.Success
            : DriverAnswer.EINVAL;
        string name = (command.Kind, isDeath) switch
        {
            (HandleOperationKind.CompleteNotification, true) => "BC_DEAD_BINDER_DONE",
            (HandleOperationKind.CompleteNotification, false) => "BC_FREEZE_NOTIFICATION_DONE",
            (HandleOperationKind.ClearNotification, true) => "BC_CLEAR_DEATH_NOTIFICATION",
            (HandleOperationKind.ClearNotification, false) => "BC_CLEAR_FREEZE_NOTIFICATION",
            (_, true) => "BC_REQUEST_DEATH_NOTIFICATION",
            _ => "BC_REQUEST_FREEZE_NOTIFICATION",
        };
        bool isSilent = isNoMemory ? !isC || !isDeath : !isC && isDeath && command.Kind == HandleOperationKind.CompleteNotification;
        refused.DriverLog = isSilent ? null : Text($"{(isC ? Text($"{process.Id}:{process.Id} ") : "")}{name} {what}");
    }

    /// <summary>Returns what a driver logs about a refused command after its name; null if it has no such case.</summary>
    private static string? Describe(HandleException refused, HandleProcess process, in SessionOperation command, bool isC)
    {
        bool isDeath = command.NotificationKind == HandleNotificationKind.Death;
        string kind = isDeath ? "death" : "freeze";
        switch (refused.ErrorId)
        {
            case HandleErrorIds.AllocationFailed:
                return "failed";
            case HandleErrorIds.HandleNotFound:
                return Text($"invalid ref {(isC ? (int)command.Handle!.Value : (uint)command.Handle!.Value)}");
            case HandleErrorIds.NotificationExists:
                return isDeath ? "death notification already set" : "already set";
            case HandleErrorIds.CookieInUse:
                return "duplicate cookie";
            case HandleErrorIds.NotificationNotFound when command.Kind == HandleOperationKind.CompleteNotification:
                return Text($"{command.Cookie:x16} not {(!isC && process.HasFreezeNotification(command.Cookie!.Value) ? "pending" : "found")}");
            case HandleErrorIds.NotificationNotFound:
                return process.FindNotification(command.NotificationKind!.Value, (int)command.Handle!.Value) is not { } set ? $"{kind} notification not active"
                    : Text($"{kind} notification cookie mismatch{(isC ? Text($" {set.Cookie:x16} != {command.Cookie:x16}") : "")}");
            default:
                return null;
        }
    }

    private static (DriverAnswer?, string?) Rust(string errorId, HandleProcess process, DriverCall call, long handle, bool isStrong) => (call, errorId) switch
    {
        (DriverCall.Transaction, HandleErrorIds.PoolCorrupted) => (DriverAnswer.FailedReply, Mismatch),
        (DriverCall.Increase, HandleErrorIds.PoolCorrupted) => (DriverAnswer.Success, Mismatch),
        (DriverCall.Increase or DriverCall.Decrease, HandleErrorIds.HandleNotFound or HandleErrorIds.ManagerMissing) =>
            (DriverAnswer.Success, Text($"{process.Id}: no such ref {(uint)handle}")),
        (DriverCall.Decrease, HandleErrorIds.CountUnderflow) when !isStrong =>
            (DriverAnswer.Success, Text($"pid {process.Id} performed invalid decrement on ref")),
        _ => (Common(errorId, call), null),
    };

    private static (DriverAnswer?, string?) C(string errorId, HandleProcess process, DriverCall call, long handle, bool isStrong)
    {
        string thread = Text($"{process.Id}:{process.Id}");
        string command = (call, isStrong) switch
        {
            (DriverCall.Increase, true) => "Acquire",
            (DriverCall.Increase, false) => "IncRefs",
            (_, true) => "Release",
            _ => "DecRefs",
        };
        string invalid = Text($"{thread} {command} {(isStrong ? 1 : 0)} refcount change on invalid ref {(int)handle} ret -22");
        return (call, errorId) switch
        {
            (_, HandleErrorIds.HandleZeroTaken) => (DriverAnswer.Crash, null),
            (DriverCall.Increase, HandleErrorIds.ManagerSelfReference) => (DriverAnswer.EINVAL, $"{thread} context manager tried to acquire desc 0"),
            (DriverCall.Increase or DriverCall.Decrease,
                HandleErrorIds.HandleNotFound or HandleErrorIds.ManagerMissing or HandleErrorIds.AllocationFailed) => (DriverAnswer.Success, invalid),
            (DriverCall.Increase, HandleErrorIds.WeakReferenceOnly) => (DriverAnswer.Success, $"tried to use weak ref as strong ref\n{invalid}"),
            (DriverCall.Decrease, HandleErrorIds.CountUnderflow) => (DriverAnswer.Success, isStrong
                ? $"tried to use weak ref as strong ref\n{invalid}"
                : Text($"{process.Id} invalid dec weak, desc {handle} s {process.GetReference(handle)?.Strong ?? 0} w 0")),
            _ => (Common(errorId, call), null),
        };
    }

    private static DriverAnswer? Common(string errorId, DriverCall call) => (call, errorId) switch
    {
        (DriverCall.Transaction, HandleErrorIds.PoolExhausted or HandleErrorIds.AllocationFailed or HandleErrorIds.ProcessDead) => DriverAnswer.FailedReply,
        (DriverCall.Increase, HandleErrorIds.ManagerSelfReference) => DriverAnswer.EINVAL,
        (DriverCall.Increase, HandleErrorIds.PoolExhausted or HandleErrorIds.AllocationFailed or HandleErrorIds.WeakReferenceOnly) => DriverAnswer.Success,
        (DriverCall.Decrease, HandleErrorIds.CountUnderflow) => DriverAnswer.Success,
        _ => null,
    };

    private const string Mismatch = "Detected mismatch between handle_is_present and by_handle";

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
