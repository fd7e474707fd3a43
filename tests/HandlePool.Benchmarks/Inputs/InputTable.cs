using System.Diagnostics;
using System.Globalization;
using HandlePool.Dumps;

namespace HandlePool.Benchmarks.Inputs;

/// <summary>Prints what reading a text of each kind takes.</summary>
internal static class InputTable
{
    /// <summary>Prints a table in Markdown: the time, and the memory that was allocated and that the sessions keep, or the error.</summary>
    /// <param name="output">Where to print.</param>
    /// <param name="size">About the size of each text, in bytes.</param>
    internal static void Print(TextWriter output, int size)
    {
        output.WriteLine("| kind | text | time | allocated | kept | |");
        output.WriteLine("| --- | ---: | ---: | ---: | ---: | --- |");
        foreach (string kind in InputKinds.Texts.Keys)
        {
            // A small one tells how long a part is, and compiles the reader.
            const int Sample = 2_000;
            Read(InputKinds.Encode(kind, Sample));
            byte[] text = InputKinds.Encode(kind, (int)((long)Sample * size / InputKinds.Encode(kind, Sample).Length));
            long kept = GC.GetTotalMemory(forceFullCollection: true), allocated = GC.GetAllocatedBytesForCurrentThread();
            Stopwatch watch = Stopwatch.StartNew();
            (IReadOnlyList<ImportedDump> dumps, string error) = Read(text);
            double time = watch.Elapsed.TotalMilliseconds;
            allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
            kept = Math.Max(0, GC.GetTotalMemory(forceFullCollection: true) - kept);
            GC.KeepAlive(dumps);
            output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"| {kind} | {Megabytes(text.Length)} | {time:0} ms | {Megabytes(allocated)} | {Megabytes(kept)} | {error} |"));
        }
    }

    private static (IReadOnlyList<ImportedDump> Dumps, string Error) Read(byte[] text)
    {
        try
        {
            return (DumpReader.Read(new MemoryStream(text), "text"), "");
        }
        catch (HandleException refused)
        {
            return ([], refused.ErrorId);
        }
    }

    private static string Megabytes(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:0.0} MB");
}
