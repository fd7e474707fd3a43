using HandlePool.Text;

namespace HandlePool;

/// <content>Freezing and thawing of processes.</content>
public sealed partial class HandleSession
{
    /// <summary>Freezes the processes of a pid, in all contexts, and tells those that asked for it.</summary>
    /// <remarks>This is the driver's <c>BINDER_FREEZE</c>. The model has no transactions that it would wait for. O(nodes).</remarks>
    /// <returns>The processes.</returns>
    /// <exception cref="HandleException"><c>ProcessDead</c>, or <c>ProcessNotFound</c> if it belongs to another session.</exception>
    public HandleList<HandleProcess> SuspendProcess(HandleProcess process) => Freeze(process, HandleOperationKind.SuspendProcess, isFrozen: true);

    /// <summary>Thaws the processes of a pid, in all contexts, and tells those that asked for it.</summary>
    /// <inheritdoc cref="SuspendProcess"/>
    public HandleList<HandleProcess> ResumeProcess(HandleProcess process) => Freeze(process, HandleOperationKind.ResumeProcess, isFrozen: false);

    private HandleList<HandleProcess> Freeze(HandleProcess process, HandleOperationKind kind, bool isFrozen)
    {
        CheckOwn(process);
        using OperationScope operation = Observer?.Begin(new SessionOperation(kind, process)) ?? default;
        lock (SyncRoot)
        {
            if (process.IsDead)
                throw SessionErrors.ProcessDead(process);
            HandleProcess[] processes = _processes.FindById(process.Id);
            foreach (HandleProcess each in processes)
            {
                each.SetFrozen(isFrozen);
                Record(each, isFrozen ? HandleEventKind.ProcessFrozen : HandleEventKind.ProcessThawed,
                    $"Process '{each}' ({each.Id}, {VisibleText.Name(each.Context)}) was {(isFrozen ? "frozen" : "thawed")}.", null, null, null);
                Notifications.Freeze(each.GetNodes(), isFrozen);
            }

            return operation.Succeed(new HandleList<HandleProcess>(processes));
        }
    }
}
