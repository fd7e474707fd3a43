using FsCheck;
using FsCheck.Fluent;

namespace HandlePool.Tests.Models;

/// <summary>
/// Represents an operation on a session and its model. Numbers modulo the number of processes, nodes and so on select these, so that
/// every sequence of operations can be done, and so can every part of it.
/// </summary>
internal abstract record ModelOperation
{
    private static readonly Arbitrary<int> Numbers = ArbMap.Default.ArbFor<int>();

    internal abstract void Do(ModelRun run);

    /// <summary>Returns the same operation with smaller numbers, the smallest first.</summary>
    internal virtual IEnumerable<ModelOperation> Simpler() => [];

    private protected static IEnumerable<int> Below(int value) => Numbers.Shrinker(value).Where(smaller => smaller >= 0 && smaller < value);
}

internal sealed record CreateProcess(int Context, int? IdOf, bool IsManager) : ModelOperation
{
    internal static readonly string[] Contexts = ["binder", "hwbinder", "vndbinder"];

    internal override void Do(ModelRun run) =>
        run.CreateProcess(IdOf is { } index ? run.Process(index).Model.Id : null, Contexts[Context], IsManager);

    internal override IEnumerable<ModelOperation> Simpler()
    {
        if (IdOf is not null)
            yield return this with { IdOf = null };
        if (IsManager)
            yield return this with { IsManager = false };
    }
}

internal sealed record ExitProcess(int Process) : ModelOperation
{
    internal override void Do(ModelRun run) => run.ExitProcess(run.Process(Process));

    internal override IEnumerable<ModelOperation> Simpler() => Below(Process).Select(process => this with { Process = process });
}

internal sealed record CreateNode(int Process) : ModelOperation
{
    internal override void Do(ModelRun run) => run.CreateNode(run.Process(Process));

    internal override IEnumerable<ModelOperation> Simpler() => Below(Process).Select(process => this with { Process = process });
}

internal sealed record RemoveNode(int Node) : ModelOperation
{
    internal override void Do(ModelRun run) => run.RemoveNode(run.Node(Node));

    internal override IEnumerable<ModelOperation> Simpler() => Below(Node).Select(node => this with { Node = node });
}

internal sealed record AddToNode(int Process, int Node, int Strong, int Weak) : ModelOperation
{
    internal override void Do(ModelRun run) => run.AddReference(run.Process(Process), run.Node(Node), Strong, Weak);

    internal override IEnumerable<ModelOperation> Simpler() =>
    [
        .. Below(Process).Select(process => this with { Process = process }),
        .. Below(Node).Select(node => this with { Node = node }),
        .. Below(Strong).Select(strong => this with { Strong = strong }),
        .. Below(Weak).Select(weak => this with { Weak = weak }),
    ];
}

/// <summary>Represents an operation on a handle: the held one at or above a number, or the number itself.</summary>
internal abstract record OperationOnHandle(int Process, long Handle, bool IsHeld) : ModelOperation
{
    internal sealed override void Do(ModelRun run)
    {
        (HandleProcess Real, ModelProcess Model) process = run.Process(Process);
        Do(run, process, IsHeld ? process.Model.HeldFrom((int)Handle) ?? Handle : Handle);
    }

    internal override IEnumerable<ModelOperation> Simpler() =>
    [
        .. Below(Process).Select(process => this with { Process = process }),
        .. Handle is > 0 and <= int.MaxValue ? Below((int)Handle).Select(handle => this with { Handle = handle }) : [],
    ];

    private protected abstract void Do(ModelRun run, (HandleProcess Real, ModelProcess Model) process, long handle);
}

internal sealed record AddToHandle(int Process, long Handle, bool IsHeld, int Strong, int Weak) : OperationOnHandle(Process, Handle, IsHeld)
{
    internal override IEnumerable<ModelOperation> Simpler() =>
    [
        .. base.Simpler(),
        .. Below(Strong).Select(strong => this with { Strong = strong }),
        .. Below(Weak).Select(weak => this with { Weak = weak }),
    ];

    private protected override void Do(ModelRun run, (HandleProcess Real, ModelProcess Model) process, long handle) =>
        run.AddReference(process, handle, Strong, Weak);
}

internal sealed record TakeFromHandle(int Process, long Handle, bool IsHeld, int Strong, int Weak) : OperationOnHandle(Process, Handle, IsHeld)
{
    internal override IEnumerable<ModelOperation> Simpler() =>
    [
        .. base.Simpler(),
        .. Below(Strong).Select(strong => this with { Strong = strong }),
        .. Below(Weak).Select(weak => this with { Weak = weak }),
    ];

    private protected override void Do(ModelRun run, (HandleProcess Real, ModelProcess Model) process, long handle) =>
        run.RemoveReference(process, handle, Strong, Weak);
}

internal sealed record DropHandle(int Process, long Handle, bool IsHeld) : OperationOnHandle(Process, Handle, IsHeld)
{
    private protected override void Do(ModelRun run, (HandleProcess Real, ModelProcess Model) process, long handle) =>
        run.DropReference(process, handle);
}

/// <summary>Takes as many new handles as there is room for, to existing nodes and then to new ones.</summary>
internal sealed record Fill(int Process, int Count) : ModelOperation
{
    internal override void Do(ModelRun run)
    {
        (HandleProcess Real, ModelProcess Model) process = run.Process(Process);
        int node = 0;
        for (int done = 0; done < Count; done++)
        {
            int? found = run.FindUnheld(process.Model, node);
            if (found is null)
            {
                run.CreateNodeFor(process.Model);
                found = run.FindUnheld(process.Model, node);
            }

            if (found is null || run.AddReference(process, run.Node(found.Value), 1, 0).Error is not null)
                return;
            node = found.Value;
        }
    }

    internal override IEnumerable<ModelOperation> Simpler() =>
    [
        .. Below(Process).Select(process => this with { Process = process }),
        .. Below(Count).Select(count => this with { Count = count }),
    ];
}

/// <summary>Drops consecutive held handles from the one at or above a number.</summary>
internal sealed record Drain(int Process, int Handle, int Count, bool HighestFirst) : ModelOperation
{
    internal override void Do(ModelRun run)
    {
        (HandleProcess Real, ModelProcess Model) process = run.Process(Process);
        int first = process.Model.HeldFrom(Handle) ?? 0;
        int[] handles = [.. process.Model.References.Keys.Where(handle => handle >= first).Order().Take(Count)];
        foreach (int handle in HighestFirst ? handles.Reverse() : handles)
            run.DropReference(process, handle);
    }

    internal override IEnumerable<ModelOperation> Simpler() =>
    [
        .. Below(Process).Select(process => this with { Process = process }),
        .. Below(Handle).Select(handle => this with { Handle = handle }),
        .. Below(Count).Select(count => this with { Count = count }),
    ];
}

internal sealed record Resize(int Process, ResizeDirection Direction, bool Fit) : ModelOperation
{
    internal override void Do(ModelRun run) => run.Resize(run.Process(Process), Direction, Fit);

    internal override IEnumerable<ModelOperation> Simpler() => Below(Process).Select(process => this with { Process = process });
}

internal sealed record RequestResize(int Process, ResizeDirection Direction, bool Fit) : ModelOperation
{
    internal override void Do(ModelRun run) => run.RequestResize(run.Process(Process), Direction, Fit);

    internal override IEnumerable<ModelOperation> Simpler() => Below(Process).Select(process => this with { Process = process });
}

internal sealed record CompleteResize(int Resizer) : ModelOperation
{
    internal override void Do(ModelRun run) => run.CompleteResize(Resizer);

    internal override IEnumerable<ModelOperation> Simpler() => Below(Resizer).Select(resizer => this with { Resizer = resizer });
}

internal sealed record Optimize(int Process) : ModelOperation
{
    internal override void Do(ModelRun run) => run.Optimize(run.Process(Process));

    internal override IEnumerable<ModelOperation> Simpler() => Below(Process).Select(process => this with { Process = process });
}

internal sealed record FailAllocations(int? Process, ResizeDirection? Direction, int After, int Count) : ModelOperation
{
    internal override void Do(ModelRun run) =>
        run.FailAllocations(Process is { } index ? run.Process(index) : null, Direction, After, Count);

    internal override IEnumerable<ModelOperation> Simpler() =>
    [
        .. Process is { } index ? Below(index).Select(process => this with { Process = process }) : [],
        .. Below(After).Select(after => this with { After = after }),
        .. Below(Count).Where(count => count > 0).Select(count => this with { Count = count }),
    ];
}

internal sealed record FlipBit(int Process, int Handle) : ModelOperation
{
    internal override void Do(ModelRun run)
    {
        (HandleProcess Real, ModelProcess Model) process = run.Process(Process);
        run.FlipBit(process, Handle % (process.Model.Pool.Capacity + 1));
    }

    internal override IEnumerable<ModelOperation> Simpler() =>
    [
        .. Below(Process).Select(process => this with { Process = process }),
        .. Below(Handle).Select(handle => this with { Handle = handle }),
    ];
}

internal sealed record ClearFault(int Fault) : ModelOperation
{
    internal override void Do(ModelRun run) => run.ClearFault(Fault);

    internal override IEnumerable<ModelOperation> Simpler() => Below(Fault).Select(fault => this with { Fault = fault });
}

internal sealed record Repair : ModelOperation
{
    internal override void Do(ModelRun run) => run.Repair();
}
