using System.Diagnostics;

namespace HandlePool.Pools;

/// <summary>Describes the outcomes of the second look in words.</summary>
internal static class ResizeReason
{
    internal static string For(ResizeOutcome outcome, int capacity) => outcome switch
    {
        ResizeOutcome.Applied => "still possible",
        ResizeOutcome.AlreadyGrown => $"already grown to {capacity}",
        ResizeOutcome.AlreadyShrunk => $"already shrunk to {capacity}",
        ResizeOutcome.InUse => "handles are in the way",
        ResizeOutcome.Disabled => "the bitmap is disabled",
        _ => throw new UnreachableException(),
    };
}
