using BenchmarkDotNet.Attributes;
using HandlePool.Benchmarks.IdSources;

namespace HandlePool.Benchmarks;

/// <summary>What is allocated for each of a million references, or IDs.</summary>
/// <remarks>
/// Allocated is not the same as kept: what growing leaves behind is in it, and the object that AddReference returns.
/// What is kept per reference is a row of <c>-- compare</c>.
/// </remarks>
[MemoryDiagnoser]
public class MemoryBenchmarks
{
    private const int Count = 1_000_000;

    private HandleSession _session = null!;
    private HandleNode[] _nodes = [];

    [GlobalSetup]
    public void CreateNodes()
    {
        _session = new HandleSession();
        HandleProcess owner = _session.CreateProcess("owner");
        _nodes = [.. Enumerable.Range(0, Count).Select(_ => _session.CreateNode(owner))];
    }

    [Benchmark(OperationsPerInvoke = Count)]
    public void References()
    {
        HandleProcess holder = _session.CreateProcess("holder");
        foreach (HandleNode node in _nodes)
            holder.AddReference(node);
        _session.ExitProcess(holder);
    }

    [Benchmark(OperationsPerInvoke = Count)]
    [Arguments(HandleAllocator.SegmentedBitmap)]
    [Arguments(HandleAllocator.HierarchicalBitmap)]
    [Arguments(HandleAllocator.Bitmap)]
    [Arguments(HandleAllocator.AugmentedTree)]
    public void Ids(HandleAllocator allocator) => new PoolIdSource(allocator).Fill(_nodes.Length);

    [Benchmark(OperationsPerInvoke = Count)]
    public void IdsOfBooleanList() => new BooleanListIdSource().Fill(_nodes.Length);
}
