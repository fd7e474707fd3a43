namespace HandlePool.Benchmarks.IdSources;

/// <summary>Something that gives the lowest unused ID, from 1.</summary>
public interface IIdSource
{
    /// <summary>Takes the lowest unused ID.</summary>
    int Take();

    /// <summary>Gives an ID back.</summary>
    void Release(int id);

    /// <summary>Takes the IDs 1 to <paramref name="count"/> of a source that has given none, as fast as it can be had.</summary>
    void Fill(int count)
    {
        for (int i = 0; i < count; i++)
            Take();
    }
}
