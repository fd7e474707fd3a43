using BenchmarkDotNet.Attributes;
using HandlePool.Benchmarks.IdSources;

namespace HandlePool.Benchmarks;

/// <summary>Pools, and what people would write themselves, by the number of live IDs.</summary>
/// <remarks>
/// Times are for one ID. Releasing includes the driver's question whether the pool may shrink, where there is a bitmap. What is
/// appended is released between iterations, so that those peers that keep a set of free IDs take them from there.
/// </remarks>
public class PoolBenchmarks
{
    private const int Batch = 500;

    private readonly int[] _ids = new int[Batch];
    private readonly Random _random = new(1);
    private IIdSource _source = null!;
    private int _live;

    /// <summary>All cases.</summary>
    public static IEnumerable<IdSourceCase> Cases => IdSourceCase.All;

    /// <summary>What is measured, with how many live IDs.</summary>
    [ParamsSource(nameof(Cases))]
    public IdSourceCase Case { get; set; } = null!;

    [GlobalSetup]
    public void Fill()
    {
        Use(Case with { Live = 2 * Batch });
        WarmUp.Run(() =>
        {
            Append();
            ReleaseWhatWasAppended();
            ChooseAtRandom();
            Churn();
            ChurnInBatches();
            DrainNewestFirst();
            TakeBatch();
            DrainOldestFirst();
            TakeBatch();
        });
        Use(Case);
    }

    /// <summary>Takes the next IDs when all below are live.</summary>
    [Benchmark(OperationsPerInvoke = Batch)]
    public void Append() => TakeBatch();

    [IterationCleanup(Target = nameof(Append))]
    public void ReleaseWhatWasAppended()
    {
        for (int i = Batch; i > 0; i--)
            _source.Release(_live + i);
    }

    [IterationSetup(Targets = [nameof(Churn), nameof(ChurnInBatches)])]
    public void ChooseAtRandom() => IdBatch.ChooseDistinct(_random, _live, _ids);

    /// <summary>Releases an ID at random and takes the lowest unused one, which is the same.</summary>
    [Benchmark(OperationsPerInvoke = Batch)]
    public void Churn()
    {
        foreach (int id in _ids)
        {
            _source.Release(id);
            _source.Take();
        }
    }

    /// <summary>Releases many IDs at random, then takes as many.</summary>
    [Benchmark(OperationsPerInvoke = Batch)]
    public void ChurnInBatches()
    {
        foreach (int id in _ids)
            _source.Release(id);
        TakeBatch();
    }

    /// <summary>Releases the highest IDs, from the highest down.</summary>
    [Benchmark(OperationsPerInvoke = Batch)]
    public void DrainNewestFirst()
    {
        for (int i = 0; i < Batch; i++)
            _source.Release(_live - i);
    }

    /// <summary>Releases the lowest IDs, from the lowest up.</summary>
    [Benchmark(OperationsPerInvoke = Batch)]
    public void DrainOldestFirst()
    {
        for (int id = 1; id <= Batch; id++)
            _source.Release(id);
    }

    [IterationCleanup(Targets = [nameof(DrainNewestFirst), nameof(DrainOldestFirst)])]
    public void TakeBatch()
    {
        for (int i = 0; i < Batch; i++)
            _source.Take();
    }

    private void Use(IdSourceCase measured)
    {
        _source = measured.Create();
        _live = measured.Live;
    }
}
