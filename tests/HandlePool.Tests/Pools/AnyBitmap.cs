using HandlePool.Pools;

namespace HandlePool.Tests.Pools;

/// <summary>Wraps a bitmap in virtual calls, so that a theory can run over all kinds.</summary>
internal abstract class AnyBitmap
{
    internal abstract int Length { get; }

    internal abstract long Bytes { get; }

    internal abstract ulong[] Words { get; }

    internal static AnyBitmap Create(HandleAllocator kind, int length) => kind switch
    {
        HandleAllocator.Bitmap => new Boxed<FlatBitmap>(FlatBitmap.Create(length)),
        HandleAllocator.SegmentedBitmap => new Boxed<SegmentedBitmap>(SegmentedBitmap.Create(length)),
        HandleAllocator.FdTwoLevel => new Boxed<FdTwoLevelBitmap>(FdTwoLevelBitmap.Create(length)),
        HandleAllocator.HierarchicalBitmap => new Boxed<HierarchicalBitmap>(HierarchicalBitmap.Create(length)),
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    internal abstract int NextZeroBit(int start);

    internal abstract int LastBit();

    internal abstract void Set(int index);

    internal abstract void Clear(int index);

    internal abstract AnyBitmap CopyTo(int length);

    internal AnyBitmap SetAll()
    {
        for (int index = 0; index < Length; index++)
            Set(index);
        return this;
    }

    private sealed class Boxed<TBitmap>(TBitmap bits) : AnyBitmap
        where TBitmap : struct, IIdBitmap<TBitmap>
    {
        internal override int Length => bits.Length;

        internal override long Bytes => bits.Bytes;

        internal override ulong[] Words => bits.Words.ToArray();

        internal override int NextZeroBit(int start) => bits.NextZeroBit(start);

        internal override int LastBit() => bits.LastBit();

        internal override void Set(int index) => Assert.True(bits.TrySet(index));

        internal override void Clear(int index) => Assert.True(bits.TryClear(index));

        internal override AnyBitmap CopyTo(int length)
        {
            TBitmap copy = bits.Copy();
            copy.Resize(TBitmap.AllocateResize(bits.Length, length), length);
            return new Boxed<TBitmap>(copy);
        }
    }
}
