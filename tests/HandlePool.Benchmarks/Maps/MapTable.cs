using System.Diagnostics;
using System.Globalization;

namespace HandlePool.Benchmarks.Maps;

/// <summary>Prints what a handle table costs by the number of references that it holds: its maps by handle and by node, and its pool, under its lock.</summary>
internal static class MapTable
{
    /// <summary>The numbers of references, in ascending order.</summary>
    internal static readonly int[] Sizes = [100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000];

    private const int Batch = 1_000;
    private const int Rounds = 101;
    private const int Fills = 7;
    private const int WarmUps = 20;

    private static readonly TimeSpan WarmUpPause = TimeSpan.FromMilliseconds(100);

    private static double TicksPerNanosecond => Stopwatch.Frequency / 1e9;

    /// <summary>Prints a table in Markdown: medians of nanoseconds for one reference, and the managed memory that each takes.</summary>
    /// <param name="output">Where to print.</param>
    /// <param name="sizes">The numbers of references.</param>
    internal static void Print(TextWriter output, IEnumerable<int> sizes)
    {
        output.WriteLine("| references | fill | by handle | by node | remove + add | bytes |");
        output.WriteLine("| ---: | ---: | ---: | ---: | ---: | ---: |");

        // The runtime replaces code twice, at times when it has nothing else to compile.
        for (int run = 0; run < WarmUps; run++)
        {
            Measure(Sizes[2]);
            Thread.Sleep(WarmUpPause);
        }

        foreach (int live in sizes)
        {
            MapCost cost = Measure(live);
            output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"| {live:N0} | {cost.Fill:0.0} | {cost.ByHandle:0.0} | {cost.ByNode:0.0} | {cost.Churn:0.0} | {cost.Bytes:0.0} |"));
        }
    }

    private static MapCost Measure(int live)
    {
        HandleSession session = new();
        HandleProcess owner = session.CreateProcess("owner");
        HandleNode[] nodes = new HandleNode[live];
        for (int index = 0; index < live; index++)
            nodes[index] = session.CreateNode(owner);
        double[] fills = new double[Fills];
        HandleProcess holder = null!;
        double bytes = 0;
        for (int index = 0; index < Fills; index++)
        {
            holder = session.CreateProcess("holder");
            long before = GC.GetTotalMemory(forceFullCollection: true);
            long begin = Stopwatch.GetTimestamp();
            foreach (HandleNode node in nodes)
                holder.AddReference(node);
            fills[index] = (Stopwatch.GetTimestamp() - begin) / TicksPerNanosecond / live;
            bytes = (double)(GC.GetTotalMemory(forceFullCollection: true) - before) / live;
        }

        Array.Sort(fills);

        Random random = new(1);
        int[] chosen = [.. Enumerable.Range(0, Batch).Select(_ => random.Next(live))];
        int[] handles = Array.ConvertAll(chosen, index => holder.GetReference(nodes[index])!.Handle);
        MapCost cost = new(fills[Fills / 2], Median(index => holder.GetReference(handles[index])), Median(index => holder.GetReference(nodes[chosen[index]])), Median(index =>
        {
            // The handle is the lowest free one, so that the node gets it again.
            holder.RemoveReference(handles[index]);
            holder.AddReference(nodes[chosen[index]]);
        }), bytes);
        GC.KeepAlive(session);
        return cost;
    }

    private static double Median(Action<int> step)
    {
        double[] times = new double[Rounds];
        for (int round = 0; round < Rounds; round++)
        {
            long begin = Stopwatch.GetTimestamp();
            for (int index = 0; index < Batch; index++)
                step(index);
            times[round] = (Stopwatch.GetTimestamp() - begin) / TicksPerNanosecond / Batch;
        }

        Array.Sort(times);
        return times[Rounds / 2];
    }

    /// <summary>Represents the nanoseconds and bytes for one reference.</summary>
    private readonly record struct MapCost(double Fill, double ByHandle, double ByNode, double Churn, double Bytes);
}
