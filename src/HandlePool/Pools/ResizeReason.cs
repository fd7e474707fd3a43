using System.Diagnostics;

namespace HandlePool.Pools;

/// <summary>The second look's outcomes in words.</summary>
internal static class ResizeReason
{
    internal static string For(ResizeOutcome outcome, int capacity) => outcome switch
    {
        ResizeOutcome.Applied => "nothing against it",
        ResizeOutcome.AlreadyGrown => $"grown to {capacity} meanwhile",
        ResizeOutcome.AlreadyShrunk => $"shrunk to {capacity} meanwhile",
        ResizeOutcome.InUse => "handles are in the way",
        ResizeOutcome.Disabled => "the bitmap is disabled",
        _ => throw new UnreachableException(),
    };
}
