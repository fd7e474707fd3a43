using System.Reflection;
using HandlePool.Pools;

namespace HandlePool.Tests.Pools;

/// <summary>Tests what only a bitmap in segments does: growing without a copy, shrinking without memory, and the current word.</summary>
public class SegmentedBitmapTests(ITestOutputHelper output)
{
    private const int First = SegmentedBitmap.FirstLength;

    [Fact]
    public void Growing_beyond_two_segments_takes_memory_for_the_new_bits_alone()
    {
        IdPool pool = PoolBuilder.Create(HandleAllocator.SegmentedBitmap, 2 * First);
        for (int capacity = 2 * First; capacity < 1 << 24; capacity *= 2)
        {
            long before = pool.Bytes;
            PoolResizer resizer = pool.GrowRequest()!.Allocate();
            Assert.InRange(resizer.Bytes, capacity / 8, (int)(capacity / 8 * 1.03));
            Assert.Equal(ResizeOutcome.Applied, pool.Grow(resizer));
            Assert.Equal(before + resizer.Bytes, pool.Bytes);
            Assert.Equal(2 * capacity, pool.Capacity);
        }
    }

    [Fact]
    public void Up_to_the_first_segment_the_pool_has_the_bits_and_nothing_else()
    {
        IdPool pool = IdPool.Create(HandleAllocator.SegmentedBitmap);
        for (; pool.Capacity < First; pool.Grow(pool.GrowRequest()!.Allocate()))
            Assert.Equal(pool.Capacity / 8, pool.Bytes);
        Assert.Equal(First / 8, pool.Bytes);
    }

    [Fact]
    public void A_pool_of_one_word_has_no_array_and_needs_none_to_become_one_again()
    {
        Assert.Empty(Assert.IsType<ulong[]>(Field("_words").GetValue(SegmentedBitmap.Create(64))));

        IdPool pool = PoolBuilder.Create(HandleAllocator.SegmentedBitmap, 128, 5);
        PoolResizer resizer = pool.ShrinkRequest()!.Allocate();
        Assert.Equal(0, resizer.Bytes);
        Assert.Equal(ResizeOutcome.Applied, pool.Shrink(resizer));
        Assert.Equal((64, 8L), (pool.Capacity, pool.Bytes));
        Assert.Equal([5], pool.UsedIds());
    }

    [Theory]
    [InlineData(128)]
    [InlineData(First)]
    [InlineData(4 * First)]
    public void The_first_word_is_kept_when_the_pool_grows_and_shrinks(int largest)
    {
        IdPool pool = PoolBuilder.Create(HandleAllocator.SegmentedBitmap, 64, 0, 7, 63);
        while (pool.Capacity < largest)
        {
            Assert.Equal(ResizeOutcome.Applied, pool.Grow(pool.GrowRequest()!.Allocate()));
            Check(0, 7, 63);
            Assert.Equal(64, pool.Find(63));
        }

        // It is beyond the first quarter of 128.
        pool.ReleaseId(63);
        while (pool.ShrinkRequest() is { } request)
        {
            Assert.Equal(ResizeOutcome.Applied, pool.Shrink(request.Allocate()));
            Check(0, 7);
        }

        Assert.Equal(64, pool.Capacity);

        void Check(params int[] used)
        {
            Assert.Equal(used, pool.UsedIds());
            Assert.Equal(used[^1], pool.LastUsedId);
            Assert.Equal([1, 8], [pool.Find(0), pool.Find(7)]);
            Assert.Empty(pool.FindMismatches([.. used]));
        }
    }

    [Theory]
    [InlineData(128)]
    [InlineData(First)]
    [InlineData(4 * First)]
    public void As_many_handles_as_fit_below_the_first_quarter_may_be_in_it_and_one_more_may_not(int capacity)
    {
        IdPool pool = PoolBuilder.Create(HandleAllocator.SegmentedBitmap, capacity, [.. Enumerable.Range(0, (capacity / 4) + 1)]);
        Assert.Null(pool.ShrinkRequest());
        pool.ReleaseId(capacity / 4);
        Assert.Equal(capacity / 2, pool.ShrinkRequest()!.ToCapacity);
        pool.ReleaseId(3);
        pool.Take(capacity - 1);
        Assert.Null(pool.ShrinkRequest());
    }

    [Fact]
    public void Shrinking_to_the_first_segment_or_beyond_takes_no_memory()
    {
        IdPool pool = PoolBuilder.Create(HandleAllocator.SegmentedBitmap, 1 << 20, 5);
        while (pool.Capacity > First)
        {
            PoolResizer resizer = pool.ShrinkRequest()!.Allocate();
            Assert.Equal(0, resizer.Bytes);
            Assert.Equal(ResizeOutcome.Applied, pool.Shrink(resizer));
        }

        Assert.Equal([5], pool.UsedIds());
        Assert.NotEqual(0, pool.ShrinkRequest()!.Allocate().Bytes);
    }

    [Theory]
    [InlineData(First, 64)]
    [InlineData(2 * First, 64)]
    [InlineData(8 * First, First)]
    [InlineData(8 * First, 2 * First)]
    public void Growing_is_applied_although_the_pool_has_shrunk_since_the_request(int requestedAt, int shrunkTo)
    {
        IdPool pool = PoolBuilder.Create(HandleAllocator.SegmentedBitmap, requestedAt, 7);
        PoolResizer resizer = pool.GrowRequest()!.Allocate();
        while (pool.Capacity > shrunkTo)
            Assert.Equal(ResizeOutcome.Applied, pool.Shrink(pool.ShrinkRequest()!.Allocate()));

        Assert.Equal(ResizeOutcome.Applied, pool.Grow(resizer));
        Assert.Equal(2 * requestedAt, pool.Capacity);
        Assert.Equal([7], pool.UsedIds());
        pool.Fill();
        Assert.Equal(2 * requestedAt, pool.InUse);
        Assert.Empty(pool.FindMismatches(pool.UsedIds().ToList()));
    }

    [Theory]
    [InlineData(64, First)]
    [InlineData(First / 2, 4 * First)]
    [InlineData(First, 4 * First)]
    public void An_older_smaller_request_to_grow_is_discarded(int requestedAt, int grownTo)
    {
        IdPool pool = PoolBuilder.Create(HandleAllocator.SegmentedBitmap, requestedAt);
        PoolResizer resizer = pool.GrowRequest()!.Allocate();
        while (pool.Capacity < grownTo)
            pool.Grow(pool.GrowRequest()!.Allocate());
        pool.Take(grownTo - 1);

        Assert.Equal(ResizeOutcome.AlreadyGrown, pool.Grow(resizer));
        Assert.Equal([grownTo - 1], pool.UsedIds());
    }

    [Fact]
    public void A_stale_resizer_of_the_Rust_driver_enlarges_the_pool_again()
    {
        IdPool pool = IdPool.Create(HandleAllocator.SegmentedBitmap, driver: HandleDriver.Rust);
        while (pool.Capacity < 8 * First)
            pool.Grow(pool.GrowRequest()!.Allocate());
        pool.Take(3);
        PoolResizer stale = pool.ShrinkRequest()!.Allocate();
        while (pool.Capacity > First)
            pool.Shrink(pool.ShrinkRequest()!.Allocate());

        Assert.Equal(ResizeOutcome.Applied, pool.Shrink(stale));
        Assert.Equal(4 * First, pool.Capacity);
        Assert.Equal(4 * First, pool.Fill().InUse);
    }

    [Fact]
    public void Handles_are_found_in_order_across_the_boundaries_of_segments()
    {
        IdPool pool = PoolBuilder.Create(HandleAllocator.SegmentedBitmap, 4 * First).Fill();
        int[] released = [3, First - 1, First, First + 64, (2 * First) - 1, 2 * First, (4 * First) - 1];
        foreach (int id in released.Reverse())
            Assert.True(pool.ReleaseId(id));

        Assert.Equal(First + 64, pool.Find(First + 1));
        Assert.Equal((4 * First) - 1, pool.Find((2 * First) + 1));
        Assert.Equal(released, released.Select(_ => pool.Take(1)));
        Assert.False(pool.FindUnusedId(1, out _));
    }

    [Fact]
    public void Whether_the_pool_can_shrink_depends_on_the_last_handle_of_any_segment()
    {
        IdPool pool = PoolBuilder.Create(HandleAllocator.SegmentedBitmap, 8 * First, 1, 2 * First);
        Assert.Null(pool.ShrinkRequest());
        Assert.Equal(4 * First, pool.FittingCapacity);
        pool.ReleaseId(2 * First);
        pool.Take((2 * First) - 1);
        Assert.Equal(4 * First, pool.ShrinkRequest()!.ToCapacity);
        Assert.Equal(2 * First, pool.FittingCapacity);
        Assert.Equal((2 * First) - 1, pool.LastUsedId);
    }

    [Fact]
    public void A_free_word_of_a_segment_marked_as_full_is_skipped_until_the_repair()
    {
        IdPool pool = PoolBuilder.Create(HandleAllocator.SegmentedBitmap, 2 * First).Fill();
        pool.ReleaseId(First + 100);
        pool.FlipSummary(First + 100);
        Assert.False(pool.FindUnusedId(1, out _));

        List<int> held = [.. pool.UsedIds()];
        Assert.Contains(pool.FindMismatches(held), each => each.Kind == HandleMismatchKind.Summary && each.Location.Contains("segment 2", StringComparison.Ordinal));
        pool.Rebuild(held);
        Assert.Empty(pool.FindMismatches(held));
        Assert.Equal(First + 100, pool.Take(1));
    }

    [Fact]
    public void A_full_word_of_a_segment_marked_as_free_is_reported_and_repaired()
    {
        IdPool pool = PoolBuilder.Create(HandleAllocator.SegmentedBitmap, 2 * First).Fill();
        pool.FlipSummary(First + 100);

        HandleException exception = Assert.Throws<HandleException>(() => pool.FindUnusedId(1, out _));
        Assert.Equal(HandleErrorIds.PoolCorrupted, exception.ErrorId);
        Assert.False(pool.FindUnusedId(1, out _));
        Assert.Empty(pool.FindMismatches([.. pool.UsedIds()]));
    }

    [Theory]
    [InlineData(256)]
    [InlineData(First)]
    public void An_open_word_marked_as_full_is_found_again_when_a_release_mends_its_mark(int capacity)
    {
        IdPool pool = PoolBuilder.Create(HandleAllocator.SegmentedBitmap, capacity);
        while (pool.InUse < capacity / 2)
            pool.Take();
        int released = (capacity / 4) + 36;
        pool.ReleaseId(released);
        pool.FlipSummary(released);
        Assert.Equal(capacity / 2, pool.Take());
        pool.ReleaseId(released + 1);

        Assert.Equal(released, pool.Find(0));
        Assert.Empty(pool.FindMismatches([.. pool.UsedIds()]));
        Assert.Equal([released, released + 1, (capacity / 2) + 1], [pool.Take(), pool.Take(), pool.Take()]);
    }

    [Theory]
    [InlineData(256, 100)]
    [InlineData(2 * First, 64)]
    [InlineData(2 * First, First)]
    public void Rebuilding_the_summaries_keeps_what_is_free_in_the_current_word(int capacity, int released)
    {
        IdPool pool = PoolBuilder.Create(HandleAllocator.SegmentedBitmap, capacity).Fill();
        pool.FlipSummary(capacity - 70);
        pool.ReleaseId(released);
        Assert.Equal(released, pool.Find(1));
        Assert.Equal(HandleErrorIds.PoolCorrupted, Assert.Throws<HandleException>(() => pool.FindUnusedId(released + 1, out _)).ErrorId);

        Assert.Equal(released, pool.Find(1));
        Assert.Null(pool.Find(released + 1));
        Assert.Empty(pool.FindMismatches([.. pool.UsedIds()]));
    }

    [Fact]
    public void A_full_word_of_the_first_ones_marked_as_free_is_reported_and_repaired()
    {
        IdPool pool = PoolBuilder.Create(HandleAllocator.SegmentedBitmap, 256).Fill();
        pool.FlipSummary(100);
        Assert.Equal(HandleErrorIds.PoolCorrupted, Assert.Throws<HandleException>(() => pool.FindUnusedId(1, out _)).ErrorId);
        Assert.False(pool.FindUnusedId(1, out _));
        Assert.Empty(pool.FindMismatches([.. pool.UsedIds()]));
    }

    [Theory]
    [InlineData(0, 300)]
    [InlineData(1, 127)]
    public void A_stray_write_where_the_first_or_the_current_word_would_be_kept_is_undone(int word, int last)
    {
        SegmentedBitmap bitmap = SegmentedBitmap.Create(512);
        for (int index = 0; index <= last; index++)
            bitmap.TrySet(bitmap.NextZeroBit(0));
        if (word == 0)
            bitmap.FlipSummary(500);
        ((ulong[])Field("_words").GetValue(bitmap)!)[word] = 0;

        bitmap.Summarize();

        Assert.All(Enumerable.Range(0, last + 1), index => Assert.True(bitmap.IsSet(index)));
        Assert.Equal(last + 1, bitmap.NextZeroBit(0));
        List<PoolMismatch> found = [];
        bitmap.FindMismatches(found);
        Assert.Empty(found);
    }

    [Fact]
    public void A_mark_of_a_word_that_is_not_there_leads_nowhere()
    {
        SegmentedBitmap bitmap = SegmentedBitmap.Create(128);
        for (int index = 1; index < 128; index++)
            bitmap.TrySet(index);
        object damaged = bitmap;
        Field("_full").SetValue(damaged, ~(1UL << 60));
        bitmap = (SegmentedBitmap)damaged;

        Assert.Equal(BitSearch.Corrupted, bitmap.NextZeroBit(1));
        Assert.Equal(BitSearch.Corrupted, bitmap.NextZeroBit(100));
        Assert.Equal(0, bitmap.WordsFrom(2).Length);
    }

    [Fact]
    public void A_wrong_count_of_a_segment_is_found_and_does_not_lose_its_handles()
    {
        SegmentedBitmap bitmap = SegmentedBitmap.Create(8 * First);
        bitmap.TrySet(5);
        bitmap.TrySet(6 * First);
        ((int[])Field("_usedOfSegments").GetValue(bitmap)!)[2] = 0;

        List<PoolMismatch> found = [];
        bitmap.FindMismatches(found);
        Assert.Equal(("segment 4, count of used handles", "1", "0"), (found.Single().Location, found.Single().Expected, found.Single().Found));
        Assert.True(bitmap.IsClearFrom(4 * First, used: 2));
        Assert.False(bitmap.IsCertainlyClearFrom(4 * First, used: 2));
        bitmap.Summarize();
        Assert.False(bitmap.IsClearFrom(4 * First, used: 2));
    }

    [Theory]
    [InlineData(First, "_full", 2UL, "full words, word 0")]
    [InlineData(First, "_used", 40, "first words, count of used handles")]
    [InlineData(2 * First, "_used", 7, "first words, count of used handles")]
    [InlineData(2 * First, "_next", 40, "lower bound of unused handles")]
    [InlineData(2 * First, "_next", 0, "lower bound of unused handles")]
    public void A_damaged_mark_or_bound_is_found_and_repaired(int length, string field, object value, string location)
    {
        SegmentedBitmap bitmap = SegmentedBitmap.Create(length);
        for (int index = 1; index < 70; index++)
            bitmap.TrySet(index);
        object damaged = bitmap;
        Field(field).SetValue(damaged, value);
        bitmap = (SegmentedBitmap)damaged;

        List<PoolMismatch> found = [];
        bitmap.FindMismatches(found);
        Assert.Contains(location, found.Select(each => each.Location));
        bitmap.Summarize();
        found.Clear();
        bitmap.FindMismatches(found);
        Assert.Empty(found);
        Assert.Equal(70, bitmap.NextZeroBit(1));
    }

    [Theory]
    [InlineData(128)]
    [InlineData(First)]
    [InlineData(8 * First)]
    public void Appending_and_releasing_one_handle_at_a_time_write_no_array(int capacity)
    {
        SegmentedBitmap bitmap = SegmentedBitmap.Create(capacity);
        ulong[][] before = Arrays();
        for (int index = 0; index < capacity - 40; index++)
        {
            Assert.Equal(index, bitmap.NextZeroBit(0));
            bitmap.TrySet(index);

            // Of 64 handles, the first makes a word the current one.
            if (index % 64 == 0)
                before = Arrays();
            else if (index % 64 == 63)
                Assert.Equal(before, Arrays());
        }

        // The word in which the handles end is put back once.
        bitmap.TryClear(70);
        Assert.Equal(70, bitmap.NextZeroBit(0));
        bitmap.TrySet(70);
        ulong[][] full = Arrays();
        foreach (int index in new[] { 3, capacity / 2, 65, capacity - 65, 64, capacity - 70, 3 })
        {
            Assert.True(bitmap.TryClear(index));
            Assert.False(bitmap.TryClear(index));
            Assert.Equal(full, Arrays());
            Assert.Equal(index, bitmap.NextZeroBit(0));
            Assert.True(bitmap.TrySet(index));
            Assert.False(bitmap.TrySet(index));
            Assert.Equal(full, Arrays());
        }

        Assert.Equal(capacity - 40, bitmap.NextZeroBit(0));

        ulong[][] Arrays() => [[.. (ulong[])Field("_words").GetValue(bitmap)!],
            .. ((Array)Field("_segments").GetValue(bitmap)!).OfType<object>().Select(segment =>
                (ulong[])((ulong[])segment.GetType().GetField("Words", BindingFlags.Instance | BindingFlags.NonPublic)!.GetValue(segment)!).Clone())];
    }

    [Fact]
    public void The_second_phase_of_a_resize_allocates_nothing()
    {
        Assert.NotEmpty(Resize(16 * First));
        Assert.All(Resize(16 * First), resize => Assert.Equal(0, resize.Allocated));

        static List<(int From, int To, long Allocated)> Resize(int largest)
        {
            IdPool pool = PoolBuilder.Create(HandleAllocator.SegmentedBitmap, IdPool.MinCapacity);
            List<(int From, int To, long Allocated)> resizes = [];
            while (pool.Capacity < largest)
            {
                PoolResizer resizer = pool.GrowRequest()!.Allocate();
                long before = GC.GetAllocatedBytesForCurrentThread();
                pool.Grow(resizer);
                resizes.Add((resizer.FromCapacity, resizer.ToCapacity, GC.GetAllocatedBytesForCurrentThread() - before));
            }

            pool.Acquire(5);
            while (pool.ShrinkRequest() is { } request)
            {
                PoolResizer resizer = request.Allocate();
                long before = GC.GetAllocatedBytesForCurrentThread();
                pool.Shrink(resizer);
                resizes.Add((resizer.FromCapacity, resizer.ToCapacity, GC.GetAllocatedBytesForCurrentThread() - before));
            }

            return resizes;
        }
    }

    [Theory]
    [InlineData(First)]
    [InlineData(4 * First)]
    public void The_current_word_is_part_of_the_bits_wherever_they_are_read(int capacity)
    {
        // All but the last word, then a release far below, so that a word in the middle is the current one.
        IdPool pool = PoolBuilder.Create(HandleAllocator.SegmentedBitmap, capacity);
        while (pool.InUse < capacity - 64)
            pool.Take();
        int released = (capacity / 2) + 5;
        pool.ReleaseId(released);
        List<int> held = [.. Enumerable.Range(0, capacity - 64).Where(id => id != released)];
        Check(pool);
        Check(pool.Copy());
        pool.Grow(pool.GrowRequest()!.Allocate());
        Check(pool);
        pool.Shrink(pool.FitRequest()!.Allocate());
        Check(pool);

        void Check(IdPool each)
        {
            Assert.Equal(held, each.UsedIds());
            Assert.False(each.IsUsed(released));
            Assert.True(each.IsUsed(released - 1));
            Assert.Equal(capacity - 65, each.LastUsedId);
            Assert.Equal([released, capacity - 64, released], [each.Find(0), each.Find(released + 1), each.Find(released)]);
            Assert.Empty(each.FindMismatches(held));
        }
    }

    [Fact]
    public void A_current_word_with_the_only_handles_keeps_the_pool_from_shrinking()
    {
        IdPool pool = PoolBuilder.Create(HandleAllocator.SegmentedBitmap, 128);
        while (pool.InUse < 66)
            pool.Take();
        for (int id = 0; id < 64; id++)
            pool.ReleaseId(id);
        Assert.Null(pool.ShrinkRequest());
        Assert.Equal([64, 65], pool.UsedIds());
    }

    [Theory]
    [InlineData(64)]
    [InlineData(First)]
    [InlineData(4 * First)]
    public void A_copy_shares_no_bits(int capacity)
    {
        IdPool pool = PoolBuilder.Create(HandleAllocator.SegmentedBitmap, capacity);
        while (pool.InUse < capacity - 10)
            pool.Take();
        int[] used = pool.UsedIds();
        IdPool copy = pool.Copy();
        for (int id = 0; id < capacity; id += 3)
            copy.ReleaseId(id);
        Assert.Equal(used, pool.UsedIds());
        Assert.Empty(pool.FindMismatches([.. used]));
        Assert.Equal(capacity - 10, pool.Take());
    }

    [Theory]
    [InlineData(2 * First, First)]
    [InlineData(8 * First, 4 * First)]
    [InlineData(First, First / 2)]
    [InlineData(128, 64)]
    public void An_empty_current_word_does_not_keep_the_pool_from_shrinking(int capacity, int shrunk)
    {
        IdPool pool = PoolBuilder.Create(HandleAllocator.SegmentedBitmap, capacity);
        while (pool.InUse <= shrunk)
            pool.Take();
        for (int id = shrunk; id >= shrunk / 4; id--)
            pool.ReleaseId(id);
        Assert.Equal((shrunk / 4) - 1, pool.LastUsedId);
        Assert.Equal(shrunk, pool.ShrinkRequest()!.ToCapacity);
        Assert.Equal(ResizeOutcome.Applied, pool.Shrink(pool.ShrinkRequest()!.Allocate()));
        Assert.Equal(shrunk / 4, pool.Take());
        Assert.Empty(pool.FindMismatches([.. Enumerable.Range(0, (shrunk / 4) + 1)]));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(40)]
    public void Releasing_and_taking_a_few_at_a_time_keeps_marks_and_bounds_right(int most)
    {
        const int Seed = 20_261_126;
        output.WriteLine($"seed {Seed}");
        Random random = new(Seed + most);
        SegmentedBitmap bitmap = SegmentedBitmap.Create(4 * First);
        SortedSet<int> free = [.. Enumerable.Range(0, 4 * First)];
        List<PoolMismatch> found = [];
        for (int step = 0; step < 2_000; step++)
        {
            // Mostly full, with the ends of words and segments released often.
            int target = step % 700 < 100 ? 2_000 : most;
            while (free.Count > target)
                Take(random.Next(8) == 0 ? random.Next(4 * First) : 1);
            for (int i = random.Next(most) + 1; i > 0; i--)
                Release(random.Next(3) == 0 ? (First * random.Next(1, 4)) + random.Next(-2, 2) : random.Next(4 * First));
            if (random.Next(20) == 0)
                Take(0);
            found.Clear();
            if (step % 10 == 0)
                bitmap.FindMismatches(found);
            Assert.Empty(found);
        }

        void Take(int start)
        {
            // The least of an empty view is 0. Counting it would take long.
            int least = free.GetViewBetween(start, 4 * First).Min;
            int expected = least > 0 || (start == 0 && free.Contains(0)) ? least : BitSearch.None;
            Assert.Equal(expected, bitmap.NextZeroBit(start));
            if (expected < 0)
                return;
            Assert.True(bitmap.TrySet(expected));
            Assert.False(bitmap.TrySet(expected));
            free.Remove(expected);
        }

        void Release(int index) => Assert.Equal(free.Add(index), bitmap.TryClear(index));
    }

    [Fact]
    public void Segments_of_2_to_30_bits_work_and_take_at_most_4_percent_more()
    {
        const int Length = 1 << 30;
        SegmentedBitmap bitmap = SegmentedBitmap.Create(Length);

        Assert.InRange(bitmap.Bytes, Length / 8, (long)(Length / 8 * 1.04));
        Assert.True(bitmap.TrySet(Length - 1));
        Assert.False(bitmap.TrySet(Length - 1));
        Assert.False(bitmap.TrySet(Length));
        Assert.Equal(Length - 1, bitmap.LastBit());
        Assert.Equal(Length, bitmap.FittingLength);
        Assert.Equal(-1, bitmap.NextZeroBit(Length - 1));
        Assert.Equal(Length - 2, bitmap.NextZeroBit(Length - 2));
        Assert.True(bitmap.TryClear(Length - 1));
        Assert.False(bitmap.TryClear(Length - 1));
        Assert.Equal(-1, bitmap.LastBit());
    }

    private static FieldInfo Field(string name) => typeof(SegmentedBitmap).GetField(name, BindingFlags.Instance | BindingFlags.NonPublic)!;
}
