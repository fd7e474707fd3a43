using System.Diagnostics;

namespace HandlePool.Pools;

/// <summary>A pool that keeps used IDs in a tree: without capacity of its own, there is nothing to grow or to shrink.</summary>
internal abstract class TreeIdPool : IdPool
{
    private protected TreeIdPool(int maxCapacity)
        : base(maxCapacity)
    {
    }

    /// <summary>What a bitmap would need for the IDs in use.</summary>
    public override int Capacity => FittingCapacity;

    public override bool IsResizable => false;

    public override long Bytes => (long)InUse * BytesPerId;

    /// <summary>A bitmap made for the occasion: O(n).</summary>
    public override ReadOnlySpan<ulong> Words
    {
        get
        {
            ulong[] words = new ulong[Capacity >> 6];
            CopyTo(words);
            return words;
        }
    }

    /// <summary>The managed memory of one used ID, in bytes.</summary>
    private protected abstract int BytesPerId { get; }

    internal override PoolResizer AllocateResizer(in ResizeRequest request, bool toFit) => throw new UnreachableException("A tree is not resized.");

    private protected override void Adopt(PoolResizer resizer) => throw new UnreachableException("A tree is not resized.");

    private protected abstract void CopyTo(ulong[] words);
}
