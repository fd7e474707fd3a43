using System.Diagnostics;

namespace HandlePool.Pools;

/// <summary>The second look's outcomes in words.</summary>
internal static class ResizeReason
{
    internal static string For(ResizeOutcome outcome, int capacity) => outcome switch
    {
        ResizeOutcome.Applied => "the second look found nothing against it",
        ResizeOutcome.AlreadyGrown => $"somebody else has grown the pool to {capacity} meanwhile",
        ResizeOutcome.AlreadyShrunk => $"somebody else has shrunk the pool to {capacity} meanwhile",
        ResizeOutcome.InUse => "handles that are used now do not allow it any more",
        _ => throw new UnreachableException(),
    };
}
