using System.Numerics;

namespace HandlePool.Tests.Pools;

/// <summary>Tests the common behavior of the bitmaps at each length that gives one of them a different shape.</summary>
public class BitmapSearchTests(ITestOutputHelper output)
{
    public static TheoryData<HandleAllocator, int> KindsAndLengths => BitmapCases.KindsAndLengths;

    [Theory]
    [MemberData(nameof(KindsAndLengths))]
    public void A_new_bitmap_has_no_bit_set(HandleAllocator kind, int length)
    {
        AnyBitmap bitmap = AnyBitmap.Create(kind, length);

        Assert.Equal(length, bitmap.Length);
        Assert.Equal(-1, bitmap.LastBit());
        Assert.Equal(0, bitmap.NextZeroBit(0));
        Assert.Equal(length - 1, bitmap.NextZeroBit(length - 1));
        Assert.All(bitmap.Words, word => Assert.Equal(0UL, word));
    }

    [Theory]
    [MemberData(nameof(KindsAndLengths))]
    public void A_full_bitmap_has_no_zero_bit_and_its_last_bit_is_the_last(HandleAllocator kind, int length)
    {
        AnyBitmap bitmap = AnyBitmap.Create(kind, length).SetAll();

        Assert.All(BitmapCases.EdgesWithin(length), edge => Assert.Equal(-1, bitmap.NextZeroBit(edge)));
        Assert.Equal(length - 1, bitmap.LastBit());
    }

    [Theory]
    [MemberData(nameof(KindsAndLengths))]
    public void Beyond_the_length_no_zero_bit_is_found(HandleAllocator kind, int length)
    {
        AnyBitmap bitmap = AnyBitmap.Create(kind, length);

        Assert.Equal(-1, bitmap.NextZeroBit(length));
        Assert.Equal(-1, bitmap.NextZeroBit(length + 1));
        Assert.Equal(-1, bitmap.NextZeroBit(int.MaxValue));
    }

    [Theory]
    [MemberData(nameof(KindsAndLengths))]
    public void A_single_hole_is_found_from_every_start_up_to_it_and_none_after(HandleAllocator kind, int length)
    {
        AnyBitmap bitmap = AnyBitmap.Create(kind, length).SetAll();
        int[] edges = BitmapCases.EdgesWithin(length);
        foreach (int hole in edges)
        {
            bitmap.Clear(hole);
            foreach (int start in edges)
                Assert.Equal(start <= hole ? hole : -1, bitmap.NextZeroBit(start));
            bitmap.Set(hole);
            Assert.Equal(-1, bitmap.NextZeroBit(0));
        }
    }

    [Theory]
    [MemberData(nameof(KindsAndLengths))]
    public void A_single_bit_is_the_last_bit_until_it_is_cleared(HandleAllocator kind, int length)
    {
        AnyBitmap bitmap = AnyBitmap.Create(kind, length);
        foreach (int bit in BitmapCases.EdgesWithin(length))
        {
            bitmap.Set(bit);
            Assert.Equal(bit, bitmap.LastBit());
            Assert.Equal(1UL << (bit & 63), bitmap.Words[bit >> 6]);
            bitmap.Clear(bit);
            Assert.Equal(-1, bitmap.LastBit());
        }
    }

    [Theory]
    [MemberData(nameof(KindsAndLengths))]
    public void Clearing_from_the_top_leaves_the_next_lower_bit_as_the_last(HandleAllocator kind, int length)
    {
        AnyBitmap bitmap = AnyBitmap.Create(kind, length);
        int[] edges = BitmapCases.EdgesWithin(length);
        foreach (int bit in edges)
            bitmap.Set(bit);

        for (int i = edges.Length - 1; i >= 0; i--)
        {
            Assert.Equal(edges[i], bitmap.LastBit());
            bitmap.Clear(edges[i]);
        }

        Assert.Equal(-1, bitmap.LastBit());
    }

    [Theory]
    [MemberData(nameof(KindsAndLengths))]
    public void Taking_the_lowest_zero_bit_repeatedly_fills_the_bitmap_in_order(HandleAllocator kind, int length)
    {
        AnyBitmap bitmap = AnyBitmap.Create(kind, length);
        for (int expected = 0; expected < length; expected++)
        {
            // From 0, the flat scan is quadratic. Calling Assert.Equal a million times would take longer than the bitmap.
            int found = bitmap.NextZeroBit(kind == HandleAllocator.Bitmap ? Math.Max(0, expected - 4096) : 0);
            if (found != expected)
                Assert.Fail($"After {expected} bits, {found} was found.");
            bitmap.Set(found);
        }

        Assert.Equal(-1, bitmap.NextZeroBit(0));
    }

    [Theory]
    [MemberData(nameof(KindsAndLengths))]
    public void Both_searches_agree_with_a_naive_scan_of_random_bits(HandleAllocator kind, int length)
    {
        const int Seed = 20_240_611;
        output.WriteLine($"seed {Seed}");
        Random random = new(Seed + length);
        int steps = Math.Min(4 * length, 20_000);
        AnyBitmap bitmap = AnyBitmap.Create(kind, length);
        bool[] model = new bool[length];

        // Fill whole words around the edges first, so that full words stand beside mixed and empty ones.
        foreach (int edge in BitmapCases.EdgesWithin(length))
        {
            for (int bit = edge & ~63; bit <= (edge | 63); bit++)
            {
                if (model[bit])
                    continue;
                model[bit] = true;
                bitmap.Set(bit);
            }
        }

        for (int step = 0; step < steps; step++)
        {
            int bit = random.Next(4) == 0 ? random.Next(length) : NearAnEdge(random, length);
            model[bit] = !model[bit];
            if (model[bit])
                bitmap.Set(bit);
            else
                bitmap.Clear(bit);

            int start = random.Next(2) == 0 ? NearAnEdge(random, length) : 0;
            Assert.Equal(Array.IndexOf(model, false, start), bitmap.NextZeroBit(start));
            if (step % 16 == 0)
                Assert.Equal(Array.LastIndexOf(model, true), bitmap.LastBit());
        }

        Assert.Equal(Enumerable.Range(0, length).Where(bit => model[bit]), Observed.SetBits(bitmap.Words));
    }

    [Theory]
    [MemberData(nameof(KindsAndLengths))]
    public void A_larger_copy_has_the_same_bits_and_its_searches_work(HandleAllocator kind, int length)
    {
        AnyBitmap bitmap = AnyBitmap.Create(kind, length).SetAll();
        AnyBitmap copy = bitmap.CopyTo(2 * length);

        Assert.Equal(2 * length, copy.Length);
        Assert.Equal(length, copy.Words.Sum(word => BitOperations.PopCount(word)));
        Assert.Equal(length, copy.NextZeroBit(0));
        Assert.Equal(length - 1, copy.LastBit());
        copy.Set(length);
        Assert.Equal(length, copy.LastBit());
        Assert.Equal(2 * length - 1, copy.NextZeroBit(2 * length - 1));
    }

    [Theory]
    [MemberData(nameof(KindsAndLengths))]
    public void A_smaller_copy_has_the_bits_that_fit_and_its_searches_work(HandleAllocator kind, int length)
    {
        AnyBitmap bitmap = AnyBitmap.Create(kind, 2 * length);
        for (int bit = 0; bit < length; bit++)
            bitmap.Set(bit);
        AnyBitmap copy = bitmap.CopyTo(length);

        Assert.Equal(-1, copy.NextZeroBit(0));
        Assert.Equal(length - 1, copy.LastBit());
        foreach (int edge in BitmapCases.EdgesWithin(length))
        {
            copy.Clear(edge);
            Assert.Equal(edge, copy.NextZeroBit(0));
            copy.Set(edge);
        }
    }

    [Theory]
    [InlineData(HandleAllocator.Bitmap)]
    [InlineData(HandleAllocator.HierarchicalBitmap)]
    [InlineData(HandleAllocator.SegmentedBitmap)]
    [InlineData(HandleAllocator.FdTwoLevel)]
    public void A_copy_shares_no_bits_with_its_source(HandleAllocator kind)
    {
        AnyBitmap bitmap = AnyBitmap.Create(kind, 128);
        bitmap.Set(5);
        AnyBitmap copy = bitmap.CopyTo(256);
        copy.Clear(5);
        bitmap.Set(100);

        Assert.Equal(-1, copy.LastBit());
        Assert.Equal(100, bitmap.LastBit());
    }

    private static int NearAnEdge(Random random, int length)
    {
        int[] edges = BitmapCases.EdgesWithin(length);
        return Math.Clamp(edges[random.Next(edges.Length)] + random.Next(-2, 3), 0, length - 1);
    }
}
