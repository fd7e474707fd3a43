namespace HandlePool.Tests.Sessions;

public sealed class HandleListTests
{
    [Fact]
    public void A_handle_list_is_formatted_as_its_items()
    {
        HandleBitmap bitmap = BitmapOf(100, out HandleProcess client);
        client.DropReference(3);
        Assert.Equal("1-2, 4-100", client.GetBitmap().Runs.ToString());
        Assert.Equal("1-100", bitmap.Runs.ToString());
        Assert.Equal("", new HandleSession().GetFindings().ToString());
    }

    [Fact]
    public void A_picture_may_show_a_range_of_the_same_bitmap()
    {
        HandleBitmap bitmap = BitmapOf(100, out _);
        HandleBitmap part = bitmap.Show(new HandleRun(90, 1000));
        Assert.Equal(new HandleRun(0, 127), bitmap.Range);
        Assert.Equal(new HandleRun(90, 127), part.Range);
        Assert.Equal(bitmap.GetWords(), part.GetWords());
        Assert.Equal(bitmap.Runs, part.Runs);
        Assert.Equal((bitmap.InUse, bitmap.HighestUsed, bitmap.LowestFree), (part.InUse, part.HighestUsed, part.LowestFree));
    }

    [Theory]
    [InlineData(-1, 5)]
    [InlineData(128, 200)]
    [InlineData(10, 9)]
    public void An_invalid_range_for_a_picture_is_refused(int first, int last)
    {
        HandleBitmap bitmap = BitmapOf(100, out _);
        Assert.Throws<ArgumentOutOfRangeException>(() => bitmap.Show(new HandleRun(first, last)));
    }

    private static HandleBitmap BitmapOf(int count, out HandleProcess client)
    {
        HandleSession session = new();
        HandleProcess server = session.CreateProcess("server");
        client = session.CreateProcess("client");
        for (int i = 0; i < count; i++)
            client.AddReference(session.CreateNode(server));
        return client.GetBitmap();
    }
}
