using System.Text;
using HandlePool.Benchmarks.Traces;
using HandlePool.Tests.Dumps;
using HandlePool.Traces;

namespace HandlePool.Tests.Traces;

/// <summary>Where the tests have their traces from.</summary>
internal static class TraceSource
{
    /// <summary>The path under which <see cref="Read"/> hands text to the reader.</summary>
    internal const string Name = "trace.txt";

    /// <summary>The trace of a real driver.</summary>
    internal static string Real => DumpSource.DataFile("real/small/trace.txt");

    internal static HandleTrace Read(string text) => ReadBytes(Encoding.UTF8.GetBytes(text));

    internal static HandleTrace ReadBytes(byte[] bytes, TraceReaderOptions? options = null) => TraceReader.Read(new MemoryStream(bytes), Name, options);

    /// <summary>Returns a line in today's columns.</summary>
    internal static string Line(string payload, string thread = "app-300", string time = "1.000001", int cpu = 0) =>
        $"{thread,20}     [{cpu:000}] ..... {time,12}: {payload}\n";

    /// <summary>Returns the lines of a call with nodes of the sender that the receiver gets by these handles.</summary>
    internal static string Call(long id, int receiver, params (long Node, long Reference, int Handle)[] objects) =>
        Line($"binder_transaction: transaction={id} dest_node=1 dest_proc={receiver} dest_thread=0 reply=0 flags=0x10 code=0x7")
        + string.Concat(objects.Select(each => Line(
            $"binder_transaction_node_to_ref: transaction={id} node={each.Node} src_ptr=0x0000700300001000 ==> dest_ref={each.Reference} dest_desc={each.Handle}")));

    /// <summary>Makes up a device and its trace, with a dump in the middle.</summary>
    internal static (TraceWorld World, string Trace, string State) World(TraceWorldOptions options, int before = 1_000, int after = 5_000,
        Action<TraceWorld>? middle = null)
    {
        StringWriter text = new();
        TraceWorld world = new(text, options);
        world.Play(before);
        string state = world.DumpState();
        world.Play(after / 2);
        middle?.Invoke(world);
        world.Play(after - (after / 2));
        return (world, text.ToString(), state);
    }
}
