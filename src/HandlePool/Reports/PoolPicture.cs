using System.Globalization;
using System.Text;

namespace HandlePool.Reports;

/// <summary>Represents the pool of a process: its numbers, and its bitmap scaled to at most 1,024 cells.</summary>
internal sealed class PoolPicture
{
    /// <summary>The number of cells in a row.</summary>
    internal const int Columns = 64;

    /// <summary>The level of a cell whose handles are all in use; the levels below are quarters, and 0 is none.</summary>
    internal const int FullLevel = 5;

    private const int MostCells = 1024;

    private readonly byte[] _levels;

    internal PoolPicture(HandleProcess process)
    {
        HandleBitmap bitmap = process.GetBitmap();
        Process = process;
        IsKnown = process.CountSource == HandleCountSource.State;
        NodeCount = process.NodeCount;
        Bitmap = bitmap;
        int cells = Math.Min(bitmap.Capacity, MostCells);
        PerCell = bitmap.Capacity / cells;
        _levels = new byte[cells];
        for (int cell = 0; cell < cells; cell++)
        {
            int used = bitmap.CountSet(cell * PerCell, PerCell);
            _levels[cell] = (byte)(used == PerCell ? FullLevel : used == 0 ? 0 : 1 + (4L * used / PerCell));
        }
    }

    internal HandleProcess Process { get; }

    /// <summary>Gets whether the handles are known. Of some processes only their number is.</summary>
    internal bool IsKnown { get; }

    internal int NodeCount { get; }

    internal HandleBitmap Bitmap { get; }

    /// <summary>Gets the number of handles that a cell covers: a power of two.</summary>
    internal int PerCell { get; }

    internal int Rows => _levels.Length / Columns;

    /// <summary>Returns the cells of a level as a path of horizontal strokes, one unit per cell; null if there are none.</summary>
    internal string? PathOf(int level)
    {
        StringBuilder path = new();
        for (int row = 0; row < Rows; row++)
        {
            ReadOnlySpan<byte> cells = _levels.AsSpan(row * Columns, Columns);
            for (int column = 0; column < Columns;)
            {
                int first = column;
                while (column < Columns && cells[column] == level)
                    column++;
                if (column > first)
                    path.Append(CultureInfo.InvariantCulture, $"M{first} {row}h{column - first}");
                else
                    column++;
            }
        }

        return path.Length == 0 ? null : path.ToString();
    }
}
