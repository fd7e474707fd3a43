using HandlePool.Analysis;

namespace HandlePool.Tests.Analysis;

public class PeerStatisticsTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void The_peers_of_a_member_are_all_others_of_its_group(int seed)
    {
        Random random = new(seed);
        for (int size = 1; size <= 64; size++)
        {
            int[] counts = [.. Enumerable.Range(0, size).Select(_ => random.Next(random.Next(2) == 0 ? 5 : 2_000))];
            PeerGroup group = new(counts);
            for (int member = 0; member < size; member++)
                Assert.Equal(Expected([.. counts[..member], .. counts[(member + 1)..]]), group.Without(counts[member]));
            Assert.Equal(Expected(counts), PeerStatistics.Of([.. counts.Order()]));
        }
    }

    [Fact]
    public void In_a_large_group_one_member_changes_only_the_number()
    {
        int[] counts = [.. Enumerable.Range(1, 65)];

        Assert.Equal(Expected(counts) with { Count = 64 }, new PeerGroup(counts).Without(65));
    }

    private static PeerStatistics Expected(int[] counts)
    {
        if (counts.Length == 0)
            return default;
        int middle = (counts.Length - 1) / 2, usual = counts.Order().ElementAt(middle);
        double spread = counts.Select(count => Math.Abs(Math.Log(Math.Max(1, count)) - Math.Log(Math.Max(1, usual)))).Order().ElementAt(middle);
        return new PeerStatistics(counts.Length, usual, 1.4826 * spread);
    }
}
