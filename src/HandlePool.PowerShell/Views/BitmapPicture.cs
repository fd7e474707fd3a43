using System.Globalization;
using System.Text;
using HandlePool.Text;

namespace HandlePool.PowerShell.Views;

/// <summary>Draws a bitmap as text: the default view of Get-HandleBitmap.</summary>
/// <remarks>
/// Plain ASCII, which looks the same in any terminal, font and file. There are up to 64 rows of 64 cells, and one more if a range
/// begins within a row. A larger bitmap has several handles in a cell, which shows how full it is. Rows begin at multiples of their
/// length, so that a handle has the same column in a range as in the whole bitmap.
/// </remarks>
public static class BitmapPicture
{
    private const int CellsPerRow = 64;
    private const int MostRows = 64;
    private const int CondensedRows = 32;

    /// <summary>Returns the picture, at most 80 columns wide. Lines are separated by line feeds.</summary>
    public static string Draw(HandleBitmap bitmap)
    {
        ArgumentNullException.ThrowIfNull(bitmap);
        HandleRun range = bitmap.Range;
        int perCell = HandlesPerCell(range.Length);
        int perRow = perCell * CellsPerRow;
        int firstRow = range.First / perRow;
        int rows = (range.Last / perRow) + 1;
        int offsetWidth = Math.Max(6, Number((rows - 1) * perRow).Length);

        StringBuilder text = new();
        Title(text, bitmap);
        Scale(text, offsetWidth, perCell);
        char[] row = new char[CellsPerRow];
        for (int index = firstRow; index < rows; index++)
        {
            int first = index * perRow;
            Fill(row, bitmap, first, perCell);

            // Rows that repeat the previous one are condensed, as in a hex dump.
            int same = index == firstRow ? 0 : SameRows(bitmap, index, perRow);
            if (same > 1)
            {
                text.Append(' ', offsetWidth - 1).Append('*').Append("  ")
                    .Append(CultureInfo.InvariantCulture, $"{same} rows {(row[0] == '.' ? "unused" : "used")}").Append('\n');
                index += same - 1;
                continue;
            }

            text.Append(Number(first).PadLeft(offsetWidth)).Append("  ").Append(new string(row).TrimEnd()).Append('\n');
        }

        text.Append(perCell == 1
            ? "# used, . unused"
            : $"each cell is {Number(perCell)} handles: . none used, 1-9 tenths used, # all used");
        return text.ToString();
    }

    /// <summary>Returns the number of handles in a cell: a power of two, and 1 as long as there are enough rows.</summary>
    private static int HandlesPerCell(int handles)
    {
        if (handles <= CellsPerRow * MostRows)
            return 1;
        int perCell = 1;
        while ((long)perCell * CellsPerRow * CondensedRows < handles)
            perCell *= 2;
        return perCell;
    }

    private static void Title(StringBuilder text, HandleBitmap bitmap)
    {
        text.Append(CultureInfo.InvariantCulture,
            $"{bitmap.Process} ({bitmap.Process.Id}, {VisibleText.Name(bitmap.Process.Context)})\n");
        text.Append(CultureInfo.InvariantCulture, $"{Number(bitmap.InUse)} of {Number(bitmap.Capacity)} handles used");
        if (bitmap.CapacityInferred)
            text.Append(" (capacity inferred)");
        text.Append(CultureInfo.InvariantCulture, $", highest used {(bitmap.HighestUsed is { } highest ? Number(highest) : "none")}");
        text.Append(CultureInfo.InvariantCulture, $", lowest free {(bitmap.LowestFree is { } lowest ? Number(lowest) : "none")}\n");
        if (bitmap.Range.Length < bitmap.Capacity)
        {
            int used = bitmap.CountSet(bitmap.Range.First, bitmap.Range.Length);
            text.Append(CultureInfo.InvariantCulture, $"showing {bitmap.Range}: {Number(used)} of {Number(bitmap.Range.Length)} used\n");
        }

        text.Append('\n');
    }

    /// <summary>Writes the line above the cells, with the offset of every 16th cell.</summary>
    private static void Scale(StringBuilder text, int offsetWidth, int perCell)
    {
        text.Append(' ', offsetWidth + 2);
        for (int cell = 0; cell < CellsPerRow; cell += 16)
            text.Append($"+{Number(cell * perCell)}".PadRight(cell + 16 < CellsPerRow ? 16 : 0));
        text.Append('\n');
    }

    private static void Fill(char[] row, HandleBitmap bitmap, int first, int perCell)
    {
        for (int cell = 0; cell < CellsPerRow; cell++)
        {
            int from = Math.Max(first + (cell * perCell), bitmap.Range.First);
            int length = Math.Min(first + (cell * perCell) + perCell - 1, bitmap.Range.Last) - from + 1;
            int used = length <= 0 ? 0 : bitmap.CountSet(from, length);
            row[cell] = length <= 0 ? ' '
                : used == 0 ? '.'
                : used == length ? '#'
                : (char)('0' + Math.Clamp((int)(used * 10L / length), 1, 9));
        }
    }

    /// <summary>Returns the number of rows from this one on that, like the previous row, are all used or all unused.</summary>
    private static int SameRows(HandleBitmap bitmap, int index, int perRow)
    {
        if ((index - 1) * perRow < bitmap.Range.First)
            return 0;

        int rows = (bitmap.Range.Last + 1) / perRow;
        int used = bitmap.CountSet((index - 1) * perRow, perRow);
        if (used != 0 && used != perRow)
            return 0;

        int same = 0;
        while (index + same < rows && bitmap.CountSet((index + same) * perRow, perRow) == used)
            same++;
        return same;
    }

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
