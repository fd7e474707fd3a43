using System.Globalization;

namespace HandlePool.Benchmarks.Comparisons;

/// <summary>Managed memory that holding references takes. The nodes are there before.</summary>
internal static class MemoryComparisons
{
    private const long MostOfOne = 36;
    private const long MostOfMany = 45;

    internal static IEnumerable<Comparison> Measure()
    {
        yield return PerReference("1,000,000 references of one process", [1_000_000], countProcesses: false, MostOfOne);

        // Just after the pool has doubled there is most room to spare.
        yield return PerReference("65,536 references of one process, the pool just doubled", [65_536], countProcesses: false, null);

        // As on a phone: a server or two hold much, most processes little.
        int[] phone = [20_000, 4_000, .. Enumerable.Repeat(600, 20), .. Enumerable.Repeat(80, 100), .. Enumerable.Repeat(15, 150)];
        string ofPhone = $"{phone.Sum():N0} references of {phone.Length} processes as on a phone";
        yield return PerReference(ofPhone, phone, countProcesses: false, MostOfMany);
        yield return PerReference(ofPhone + ", the processes counted", phone, countProcesses: true, null);
    }

    private static Comparison PerReference(string what, int[] counts, bool countProcesses, long? most)
    {
        HandleSession session = new();
        HandleProcess owner = session.CreateProcess("owner");
        HandleNode[] nodes = new HandleNode[counts.Max()];
        for (int i = 0; i < nodes.Length; i++)
            nodes[i] = session.CreateNode(owner);
        HandleProcess[] holders = new HandleProcess[counts.Length];
        if (!countProcesses)
            CreateHolders();

        // GetTotalMemory is content when two collections agree within 5%; of the garbage of a million nodes, that is too much.
        GC.Collect();
        long before = GC.GetTotalMemory(forceFullCollection: true);
        if (countProcesses)
            CreateHolders();
        for (int i = 0; i < counts.Length; i++)
        {
            for (int node = 0; node < counts[i]; node++)
                holders[i].AddReference(nodes[node]);
        }

        double bytes = (double)(GC.GetTotalMemory(forceFullCollection: true) - before) / counts.Sum();

        // What was there before must be there after, or it would count as gained.
        GC.KeepAlive(session);
        GC.KeepAlive(nodes);
        GC.KeepAlive(holders);
        return new Comparison($"managed memory per held reference: {what}", most is null ? null : $"<= {most} bytes",
            string.Create(CultureInfo.InvariantCulture, $"{bytes:F1} bytes"), bytes <= most);

        void CreateHolders()
        {
            for (int i = 0; i < holders.Length; i++)
                holders[i] = session.CreateProcess();
        }
    }
}
