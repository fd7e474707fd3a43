using HandlePool.Text;

namespace HandlePool;

/// <content>Freezing and thawing of processes.</content>
public sealed partial class HandleSession
{
    /// <summary>Freezes the processes of a pid, in all contexts one after the other, and tells those that asked for it.</summary>
    /// <remarks>
    /// This is the driver's <c>BINDER_FREEZE</c>, or the rest of it after <see cref="BeginSuspendProcess"/>. The model has no transactions
    /// that it would wait for, so only a fault makes it fail. O(nodes).
    /// </remarks>
    /// <returns>The processes.</returns>
    /// <exception cref="HandleException">
    /// <c>ProcessDead</c>; <c>ProcessNotFound</c> if it belongs to another session; <c>ProcessBusy</c> if a fault leaves a transaction
    /// pending: one of the processes is thawed then, and nobody is told. Those before it are frozen.
    /// </exception>
    public HandleList<HandleProcess> SuspendProcess(HandleProcess process) => Freeze(process, HandleOperationKind.SuspendProcess);

    /// <summary>Begins to freeze a process: the driver waits until its transactions have ended. <see cref="SuspendProcess"/> ends it.</summary>
    /// <remarks>
    /// It is neither frozen nor thawed then, and nobody is told. The C driver answers a request for a freeze notification as if it were
    /// frozen. Processes of the pid in other contexts are frozen before it or after it, in the order of <see cref="SuspendProcess"/>.
    /// </remarks>
    /// <returns>The processes that are frozen, and the one whose freezing has begun.</returns>
    /// <exception cref="HandleException">
    /// <c>ProcessDead</c>; <c>ProcessNotFound</c> if it belongs to another session; <c>ProcessBusy</c> if one before it cannot be frozen.
    /// </exception>
    public HandleList<HandleProcess> BeginSuspendProcess(HandleProcess process) => Freeze(process, HandleOperationKind.BeginSuspendProcess);

    /// <summary>Thaws the processes of a pid, in all contexts, and tells those that asked for it. It also ends a freezing that has begun. O(nodes).</summary>
    /// <returns>The processes.</returns>
    /// <exception cref="HandleException"><c>ProcessDead</c>, or <c>ProcessNotFound</c> if it belongs to another session.</exception>
    public HandleList<HandleProcess> ResumeProcess(HandleProcess process) => Freeze(process, HandleOperationKind.ResumeProcess);

    private HandleList<HandleProcess> Freeze(HandleProcess process, HandleOperationKind kind)
    {
        CheckOwn(process);
        using OperationScope operation = Observer?.Begin(new SessionOperation(kind, process)) ?? default;
        lock (SyncRoot)
        {
            if (process.IsDead)
                throw DriverReplies.AnswerFreeze(SessionErrors.ProcessDead(process), this);
            List<HandleProcess> done = [];
            foreach (HandleProcess each in _processes.FindById(process.Id))
            {
                done.Add(each);
                if (kind == HandleOperationKind.ResumeProcess)
                {
                    End(each, FreezeState.Thawed, HandleEventKind.ProcessThawed, "was thawed");
                }
                else if (kind == HandleOperationKind.BeginSuspendProcess && each == process)
                {
                    Interrupt(each, FreezeState.Freezing, HandleEventKind.FreezeBegun, "is being frozen");
                    break;
                }
                else if (Fails(each, HandleOperationKind.FailFreeze))
                {
                    Interrupt(each, FreezeState.Thawed, HandleEventKind.FreezeFailed, "was not frozen, because a transaction is pending");
                    throw DriverReplies.AnswerFreeze(SessionErrors.ProcessBusy(each), this);
                }
                else
                {
                    End(each, FreezeState.Frozen, HandleEventKind.ProcessFrozen, "was frozen");
                }
            }

            return operation.Succeed(new HandleList<HandleProcess>(done));
        }
    }

    private void End(HandleProcess process, FreezeState state, HandleEventKind kind, string what)
    {
        SetFreezeState(process, state, kind, what);
        Notifications.Freeze(process.GetNodes(), state == FreezeState.Frozen);
    }

    private void Interrupt(HandleProcess process, FreezeState state, HandleEventKind kind, string what)
    {
        SetFreezeState(process, state, kind, what);
        Notifications.CountAsThawed(process.GetNodes());
    }

    private void SetFreezeState(HandleProcess process, FreezeState state, HandleEventKind kind, string what)
    {
        process.FreezeState = state;
        Record(process, kind, $"Process '{process}' ({process.Id}, {VisibleText.Name(process.Context)}) {what}.", null, null, null);
    }
}
