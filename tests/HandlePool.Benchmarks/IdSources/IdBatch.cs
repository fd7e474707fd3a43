namespace HandlePool.Benchmarks.IdSources;

/// <summary>IDs that are settled on before the clock starts.</summary>
internal static class IdBatch
{
    /// <summary>Chooses distinct IDs from 1 to <paramref name="live"/> at random, in random order.</summary>
    internal static void ChooseDistinct(Random random, int live, int[] ids)
    {
        HashSet<int> chosen = [];
        for (int i = 0; i < ids.Length; i++)
        {
            do
                ids[i] = random.Next(1, live + 1);
            while (!chosen.Add(ids[i]));
        }
    }
}
