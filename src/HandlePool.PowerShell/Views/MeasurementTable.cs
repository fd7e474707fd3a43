using System.Globalization;
using System.Text;
using HandlePool.Measurements;

namespace HandlePool.PowerShell.Views;

/// <summary>Draws a latency table: the default view of Measure-HandlePool.</summary>
public static class MeasurementTable
{
    private const int NarrowestColumn = 9;

    /// <summary>Returns a time in nanoseconds, with a decimal where it is short.</summary>
    internal static string Time(double time) => time.ToString(time < 1000 ? "0.0" : "0", CultureInfo.CurrentCulture);

    /// <summary>Returns the table: ranges as rows, allocators as columns, their growth below. Lines end with line feeds.</summary>
    public static string Draw(PoolMeasurement measurement)
    {
        ArgumentNullException.ThrowIfNull(measurement);
        HandleAllocator[] allocators = [.. measurement.Rows.Select(row => row.Allocator).Distinct()];
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture,
            $"{measurement.Workload}, mean ns per step by live handles (shrinking: {measurement.ShrinkPolicy}, seed {measurement.Seed})");
        text.Append("\n\n");
        int[] widths = [.. allocators.Select(allocator => Math.Max(NarrowestColumn, allocator.ToString().Length) + 1)];
        int numberWidth = measurement.Count.ToString(CultureInfo.CurrentCulture).Length;
        int rangeWidth = Math.Max("last / first".Length, (2 * numberWidth) + 1);
        Row("Live", allocators.Select(allocator => allocator.ToString()));
        Row("----", allocators.Select(allocator => new string('-', allocator.ToString().Length)));
        foreach (IGrouping<(int First, int Last), PoolLatency> range in measurement.Rows.GroupBy(row => (row.First, row.Last)))
        {
            Row($"{Number(range.Key.First)}-{Number(range.Key.Last)}",
                allocators.Select(allocator => Time(range.Single(row => row.Allocator == allocator).Mean)));
        }

        Row("last / first", allocators.Select(allocator =>
            measurement.GrowthOf(allocator) is { } growth ? $"{growth:0.00}x" : ""));
        foreach (HandleAllocator allocator in allocators)
        {
            PoolLatency row = measurement.Rows.First(row => row.Allocator == allocator);
            if (row.IsSampled)
            {
                text.Append(CultureInfo.InvariantCulture,
                    $"\n{allocator} is sampled: {row.MeasuredSteps} of {row.Steps} steps of each range were measured.");
            }
        }

        return text.ToString().TrimEnd('\n');

        string Number(int number) => number.ToString(CultureInfo.CurrentCulture).PadLeft(numberWidth);

        void Row(string range, IEnumerable<string> cells)
        {
            text.Append(range.PadRight(rangeWidth));
            foreach ((string cell, int width) in cells.Zip(widths))
                text.Append(cell.PadLeft(width));
            text.Append('\n');
        }
    }
}
