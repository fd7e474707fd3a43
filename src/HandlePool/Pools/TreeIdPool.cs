using System.Diagnostics;

namespace HandlePool.Pools;

/// <summary>Keeps used IDs in a tree. It has no capacity of its own, so it never grows or shrinks.</summary>
internal abstract class TreeIdPool : IdPool
{
    private protected TreeIdPool(HandleAllocator allocator, int maxCapacity, DriverRules rules)
        : base(allocator, maxCapacity, rules)
    {
    }

    /// <summary>Returns whether pools of an allocator are of this kind.</summary>
    internal static bool IsTree(HandleAllocator allocator) => allocator is HandleAllocator.TreeScan or HandleAllocator.AugmentedTree or HandleAllocator.XArray;

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

    internal override PoolResizer AllocateResizer(ResizeRequest request, bool toFit) => throw new UnreachableException("A tree cannot be resized.");

    private protected override bool IsUnusedFrom(int id) => FindLast() < id;

    private protected override bool IsCertainlyUnusedFrom(int id) => FindLast() < id;

    private protected override void Adopt(PoolResizer resizer) => throw new UnreachableException("A tree cannot be resized.");

    private protected abstract void CopyTo(ulong[] words);
}
