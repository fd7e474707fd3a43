using System.Globalization;
using System.Numerics;
using System.Text.RegularExpressions;

namespace HandlePool.Conformance;

/// <summary>
/// Reads from a kernel's trace which bitmaps the C driver allocated in each step: what its functions for references ask the kernel for is the
/// capacity in bytes. They also ask for references, whose size is not a power of two.
/// </summary>
internal sealed partial class BitmapTrace
{
    private readonly Dictionary<int, List<int>> _capacities = [];

    /// <summary>Gets the number of bitmaps.</summary>
    internal int Count { get; private set; }

    /// <summary>Reads a trace, in which the guest has marked the beginning of each step.</summary>
    internal static BitmapTrace Read(TextReader text)
    {
        BitmapTrace trace = new();
        List<int> now = [];
        while (text.ReadLine() is { } line)
        {
            if (Mark().Match(line) is { Success: true } mark)
            {
                trace._capacities[int.Parse(mark.Groups[1].ValueSpan, CultureInfo.InvariantCulture)] = now = [];
            }
            else if (Allocation().Match(line) is { Success: true } allocation)
            {
                int bytes = int.Parse(allocation.Groups[1].ValueSpan, CultureInfo.InvariantCulture);
                if (!BitOperations.IsPow2(bytes))
                    continue;
                trace.Count++;
                now.Add(bytes * 8);
            }
        }

        return trace;
    }

    /// <summary>Returns the capacities that were allocated in a step, in their order.</summary>
    internal IReadOnlyList<int> Of(int step) => _capacities.GetValueOrDefault(step) ?? [];

    [GeneratedRegex(": tracing_mark_write: step ([0-9]+)$")]
    private static partial Regex Mark();

    [GeneratedRegex(": kmalloc: call_site=binder_(?:inc_ref_for_node|update_ref_for_handle|dec_ref_for_handle)[^ ]* .*bytes_req=([0-9]+) ")]
    private static partial Regex Allocation();
}
