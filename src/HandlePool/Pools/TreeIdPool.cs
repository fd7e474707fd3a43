using System.Diagnostics;

namespace HandlePool.Pools;

/// <summary>Keeps used IDs in a tree. It has no capacity of its own, so it never grows or shrinks.</summary>
internal abstract class TreeIdPool : IdPool
{
    private protected TreeIdPool(HandleAllocator allocator, int maxCapacity, DriverRules rules)
        : base(allocator, maxCapacity, rules)
    {
    }

    /// <summary>Gets the capacity that a bitmap would need for the IDs in use.</summary>
    public override int Capacity => FittingCapacity;

    public override bool IsResizable => false;

    public override long Bytes => (long)InUse * BytesPerId;

    /// <summary>Gets a bitmap created for this call: O(n).</summary>
    public override ReadOnlySpan<ulong> Words
    {
        get
        {
            ulong[] words = new ulong[Capacity >> 6];
            CopyTo(words);
            return words;
        }
    }

    /// <summary>Gets the managed memory of one used ID, in bytes.</summary>
    private protected abstract int BytesPerId { get; }

    internal override PoolResizer AllocateResizer(in ResizeRequest request, bool toFit) => throw new UnreachableException("A tree cannot be resized.");

    private protected override void Adopt(PoolResizer resizer) => throw new UnreachableException("A tree cannot be resized.");

    private protected abstract void CopyTo(ulong[] words);
}
