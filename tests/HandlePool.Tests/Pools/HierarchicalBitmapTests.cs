using HandlePool.Pools;

namespace HandlePool.Tests.Pools;

public class HierarchicalBitmapTests
{
    [Fact]
    public void A_bitmap_of_64_bits_has_one_word_and_no_summary() => Assert.Equal(8, HierarchicalBitmap.Create(64).Bytes);

    [Theory]
    [InlineData(128, 1)] // one level of one pair
    [InlineData(4096, 1)] // the most that one pair stands for
    [InlineData(8192, 2 + 1)] // two pairs, and one above them
    [InlineData(262_144, 64 + 1)]
    [InlineData(524_288, 128 + 2 + 1)]
    [InlineData(1 << 20, 256 + 4 + 1)]
    public void Every_64_words_of_a_level_have_a_pair_of_summary_words(int length, int pairs) =>
        Assert.Equal((length / 8) + (pairs * 16), HierarchicalBitmap.Create(length).Bytes);

    [Fact]
    public void Summaries_of_2_to_30_bits_work_and_take_at_most_4_percent_more()
    {
        const int Length = 1 << 30;
        HierarchicalBitmap bitmap = HierarchicalBitmap.Create(Length);

        Assert.InRange(bitmap.Bytes, Length / 8, (long)(Length / 8 * 1.04));
        bitmap.TrySet(Length - 1);
        Assert.Equal(Length - 1, bitmap.LastBit());
        Assert.Equal(-1, bitmap.NextZeroBit(Length - 1));
        Assert.Equal(Length - 2, bitmap.NextZeroBit(Length - 2));
        bitmap.TryClear(Length - 1);
        Assert.Equal(-1, bitmap.LastBit());
    }

    [Fact]
    public void A_pool_takes_memory_for_its_capacity_not_for_its_limit()
    {
        IdPool pool = IdPool.Create(HandleAllocator.HierarchicalBitmap, 1 << 16);
        for (int capacity = 64; capacity <= 1 << 16; capacity *= 2)
        {
            Assert.Equal(capacity, pool.Capacity);
            Assert.Equal(HierarchicalBitmap.Create(capacity).Bytes, pool.Bytes);
            if (pool.GrowRequest() is { } request)
                pool.Grow(request.Allocate());
        }
    }

    [Fact]
    public void A_full_group_is_skipped_until_a_bit_in_it_is_cleared()
    {
        // Groups of 64 words (4096 bits) and of 64 groups (262144 bits): fill one of each except for its last bit.
        HierarchicalBitmap bitmap = HierarchicalBitmap.Create(1 << 20);
        for (int bit = 0; bit < 262_144; bit++)
            bitmap.TrySet(bit);
        Assert.Equal(262_144, bitmap.NextZeroBit(0));

        bitmap.TryClear(4095);
        Assert.Equal(4095, bitmap.NextZeroBit(0));
        Assert.Equal(262_144, bitmap.NextZeroBit(4096));
        bitmap.TrySet(4095);
        Assert.Equal(262_144, bitmap.NextZeroBit(0));
        bitmap.TryClear(262_143);
        Assert.Equal(262_143, bitmap.NextZeroBit(0));
        Assert.Equal(262_142, bitmap.LastBit());
    }

    [Fact]
    public void Clearing_the_last_used_word_of_a_group_marks_the_group_as_empty()
    {
        HierarchicalBitmap bitmap = HierarchicalBitmap.Create(1 << 20);
        bitmap.TrySet(3);
        bitmap.TrySet(262_144);
        bitmap.TrySet(262_145);
        bitmap.TryClear(262_145);
        Assert.Equal(262_144, bitmap.LastBit());
        bitmap.TryClear(262_144);
        Assert.Equal(3, bitmap.LastBit());
    }
}
