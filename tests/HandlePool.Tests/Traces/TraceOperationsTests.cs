using HandlePool.Benchmarks.Traces;
using HandlePool.Tests.Dumps;
using HandlePool.Traces;

namespace HandlePool.Tests.Traces;

/// <summary>A trace that is played in a session gives the handles of the device.</summary>
public sealed class TraceOperationsTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(1, true)]
    [InlineData(2, true)]
    [InlineData(1, false)]
    [InlineData(3, false)]
    public void Playing_a_trace_gives_its_handles(int seed, bool fromDump)
    {
        (_, string text, string state) = TraceSource.World(new TraceWorldOptions(seed), before: 500, after: 1_500);
        HandleTrace trace = TraceSource.Read(text);
        HandleSession session = fromDump ? DumpSource.Read(state, new HandlePool.Dumps.DumpReaderOptions { Session = new() { Driver = HandleDriver.C } }).Session
            : new HandleSession(options: new HandleSessionOptions { Driver = HandleDriver.C });
        long dump = fromDump ? session.HighestId : 0;

        OperationPlayer player = new(session);
        HandleOperationResult[] results = [.. TraceOperations.Of(trace, fromDump ? session : null).Select(player.Play)];

        output.WriteLine($"{results.Length} operations");
        Assert.Empty(results.Where(result => !result.Succeeded).Select(result => $"{result} {result.Process} {result.Node} {result.Handle}: {result.Message}"));
        Dictionary<string, List<(int Process, int Handle)>> expected = trace.GetEvents().Where(each => each.ReferenceId is not null && each.TransactionId > dump)
            .GroupBy(each => $"node-{each.NodeId}").ToDictionary(group => group.Key, group => group.Select(each => (each.DestinationProcessId!.Value, each.Handle!.Value)).ToList());
        HandleOperationResult[] added = [.. results.Where(result => result is { Operation: HandleOperationKind.AddReference, Node: not null } && expected.ContainsKey(result.Node))];
        Assert.True(added.Length > 500);
        Assert.All(added, result => Assert.Contains((((HandleReference)result.Result!).Process.Id, (int)result.Handle!.Value), expected[result.Node!]));
    }
}
