using BenchmarkDotNet.Attributes;

namespace HandlePool.Benchmarks;

/// <summary>What a process does with its handle table, by the number of references that it holds. Times are for one reference.</summary>
public class TableBenchmarks
{
    private const int Batch = 1000;

    private readonly HandleNode[] _held = new HandleNode[Batch];
    private readonly int[] _handles = new int[Batch];
    private HandleNode[] _new = [];
    private HandleProcess _process = null!;

    /// <summary>How many references the process holds.</summary>
    [Params(1_000, 100_000, 1_000_000)]
    public int Live { get; set; }

    [GlobalSetup]
    public void Fill()
    {
        HandleSession session = new();
        HandleProcess owner = session.CreateProcess("owner");
        _process = session.CreateProcess("holder");
        HandleReference[] references = new HandleReference[Live];
        for (int i = 0; i < references.Length; i++)
            references[i] = _process.AddReference(session.CreateNode(owner));

        Random random = new(1);
        for (int i = 0; i < Batch; i++)
        {
            HandleReference reference = references[random.Next(Live)];
            (_held[i], _handles[i]) = (reference.Node, reference.Handle);
        }

        _new = [.. Enumerable.Range(0, Batch).Select(_ => session.CreateNode(owner))];
        WarmUp.Run(() =>
        {
            AddNewNode();
            Release();
            AddHeldNode();
            TakeCountsBack();
        });
    }

    [Benchmark(OperationsPerInvoke = Batch)]
    public void AddNewNode() => HoldNew();

    [IterationCleanup(Target = nameof(AddNewNode))]
    public void DropNew()
    {
        for (int i = Batch; i > 0; i--)
            _process.RemoveReference(Live + i);
    }

    [Benchmark(OperationsPerInvoke = Batch)]
    public void AddHeldNode()
    {
        foreach (HandleNode node in _held)
            _process.AddReference(node);
    }

    [IterationCleanup(Target = nameof(AddHeldNode))]
    public void TakeCountsBack()
    {
        foreach (int handle in _handles)
            _process.RemoveReference(handle);
    }

    [IterationSetup(Target = nameof(Release))]
    public void HoldNew()
    {
        foreach (HandleNode node in _new)
            _process.AddReference(node);
    }

    [Benchmark(OperationsPerInvoke = Batch)]
    public void Release() => DropNew();

    [Benchmark(OperationsPerInvoke = Batch)]
    public HandleReference? GetByHandle()
    {
        HandleReference? last = null;
        foreach (int handle in _handles)
            last = _process.GetReference(handle);
        return last;
    }

    [Benchmark(OperationsPerInvoke = Batch)]
    public HandleReference? GetByNode()
    {
        HandleReference? last = null;
        foreach (HandleNode node in _held)
            last = _process.GetReference(node);
        return last;
    }
}
