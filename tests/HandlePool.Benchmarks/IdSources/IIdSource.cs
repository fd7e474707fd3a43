namespace HandlePool.Benchmarks.IdSources;

/// <summary>Something that gives unused IDs, from 1.</summary>
public interface IIdSource
{
    /// <summary>Gets whether it always gives the lowest unused ID, as the driver's rule demands.</summary>
    bool IsLowestFirst => true;

    /// <summary>Gets the memory of its structure in bytes; 0 if that is not known.</summary>
    long Bytes => 0;

    /// <summary>Takes an unused ID.</summary>
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
