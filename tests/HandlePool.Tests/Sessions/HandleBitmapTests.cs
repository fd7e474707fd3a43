namespace HandlePool.Tests.Sessions;

public class HandleBitmapTests
{
    [Fact]
    public void An_empty_handle_bitmap_has_no_runs_and_density_0()
    {
        HandleBitmap bitmap = new World().Client.GetBitmap();

        Assert.Empty(bitmap.Runs);
        Assert.Equal((64, 0, 1, null, 0.0), (bitmap.Capacity, bitmap.InUse, bitmap.LowestFree, bitmap.HighestUsed, bitmap.Density));
        Assert.Equal([0UL], bitmap.Words);
        Assert.Equal(0, bitmap.CountSet(0, 64));
    }

    [Fact]
    public void A_full_handle_bitmap_is_one_run_and_has_density_1()
    {
        HandleBitmap bitmap = World.Holding(128).Client.GetBitmap();

        Assert.Equal([new HandleRun(0, 127)], bitmap.Runs);
        Assert.Equal((128, 128, null, 127, 1.0), (bitmap.Capacity, bitmap.InUse, bitmap.LowestFree, bitmap.HighestUsed, bitmap.Density));
        Assert.Equal([ulong.MaxValue, ulong.MaxValue], bitmap.Words);
        Assert.Equal(128, bitmap.CountSet(0, 128));
    }

    [Theory]
    [InlineData("0")]
    [InlineData("63")]
    [InlineData("64")]
    [InlineData("255")]
    [InlineData("0-63")]
    [InlineData("64-127")]
    [InlineData("63-64")]
    [InlineData("0-62,64-127")]
    [InlineData("1,3,5,60-70,128-254")]
    [InlineData("0-63,128-191,255")]
    [InlineData("62-192,194-255")]
    public void Runs_IsSet_CountSet_and_Density_agree_with_the_held_handles(string held)
    {
        World world = World.Holding(256, new HandleSessionOptions { ShrinkPolicy = ShrinkPolicy.Never });
        HandleRun[] runs = [.. held.Split(',').Select(Parse)];
        HashSet<int> handles = [.. runs.SelectMany(run => Enumerable.Range(run.First, run.Length))];
        foreach (int handle in Enumerable.Range(0, 256).Except(handles))
            world.Client.DropReference(handle);

        HandleBitmap bitmap = world.Client.GetBitmap();
        Assert.Equal(runs, bitmap.Runs);
        Assert.Equal(held, string.Join(',', bitmap.Runs));
        Assert.Equal(handles.Count / 256.0, bitmap.Density);
        Assert.Equal((handles.Count, handles.Max()), (bitmap.InUse, bitmap.HighestUsed));
        Assert.All(Enumerable.Range(0, 256), handle => Assert.Equal(handles.Contains(handle), bitmap.IsSet(handle)));
        int[] edges = [0, 1, 62, 63, 64, 65, 127, 128, 129, 191, 192, 255, 256];
        foreach (int first in edges)
        {
            foreach (int end in edges.Where(end => end >= first))
                Assert.Equal(handles.Count(handle => handle >= first && handle < end), bitmap.CountSet(first, end - first));
        }
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(64)]
    [InlineData(128)]
    [InlineData(long.MaxValue)]
    [InlineData(long.MinValue)]
    [InlineData(1L << 32)]
    public void IsSet_is_false_for_numbers_outside_the_bitmap(long handle) =>
        Assert.False(World.Holding(64).Client.GetBitmap().IsSet(handle));

    [Theory]
    [InlineData(-1, 1)]
    [InlineData(0, -1)]
    [InlineData(0, 65)]
    [InlineData(64, 1)]
    [InlineData(65, 0)]
    [InlineData(1, int.MaxValue)]
    [InlineData(int.MaxValue, int.MaxValue)]
    public void CountSet_refuses_a_range_beyond_the_capacity(int first, int length) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new World().Client.GetBitmap().CountSet(first, length));

    [Fact]
    public void A_handle_bitmap_is_a_snapshot_and_its_words_are_a_copy()
    {
        World world = World.Holding(3);
        HandleBitmap before = world.Client.GetBitmap();
        world.Hold(5);
        Assert.Equal((3, 7UL), (before.InUse, before.Words[0]));
        world.Client.GetBitmap().Words[0] = 0;
        Assert.Equal(8, world.Client.GetBitmap().CountSet(0, 64));
    }

    private static HandleRun Parse(string text)
    {
        string[] ends = text.Split('-');
        return new HandleRun(int.Parse(ends[0], null), int.Parse(ends[^1], null));
    }
}
