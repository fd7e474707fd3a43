using System.Globalization;
using System.Text;

namespace HandlePool.PowerShell;

/// <summary>Draws a bitmap as text: the default view of Get-HandleBitmap.</summary>
/// <remarks>
/// Plain ASCII, so that it reads the same in any terminal, font and file. Up to 64 rows of 64 cells; where that is not
/// enough for a cell a handle, a cell shows how full its part is.
/// </remarks>
public static class BitmapPicture
{
    private const int CellsPerRow = 64;
    private const int MostRows = 64;
    private const int CondensedRows = 32;

    /// <summary>The picture, rows separated by line feeds, at most 80 columns wide.</summary>
    public static string Draw(HandleBitmap bitmap)
    {
        ArgumentNullException.ThrowIfNull(bitmap);
        int cells = Math.Min(bitmap.Capacity, CellsPerRow * MostRows);
        if (bitmap.Capacity > cells)
            cells = CellsPerRow * CondensedRows;
        int perCell = bitmap.Capacity / cells;
        int perRow = perCell * CellsPerRow;
        int offsetWidth = Math.Max(6, Number(bitmap.Capacity - perRow).Length);

        StringBuilder text = new();
        Title(text, bitmap);
        Scale(text, offsetWidth, perCell);
        char[] row = new char[CellsPerRow];
        int rows = bitmap.Capacity / perRow;
        for (int index = 0; index < rows; index++)
        {
            int first = index * perRow;
            Fill(row, bitmap, first, perCell);

            // Rows that say the same as the one before and the one after are left out, as a hex dump does.
            int same = index == 0 ? 0 : SameRows(bitmap, index, rows, perRow);
            if (same > 1)
            {
                text.Append(' ', offsetWidth - 1).Append('*').Append("  ")
                    .Append(CultureInfo.InvariantCulture, $"{same} rows {(row[0] == '.' ? "unused" : "used")}").Append('\n');
                index += same - 1;
                continue;
            }

            text.Append(Number(first).PadLeft(offsetWidth)).Append("  ").Append(row).Append('\n');
        }

        text.Append(perCell == 1
            ? "# used, . unused"
            : $"a cell is {Number(perCell)} handles: . none used, 1-9 tenths, # all used");
        return text.ToString();
    }

    private static void Title(StringBuilder text, HandleBitmap bitmap)
    {
        text.Append(CultureInfo.InvariantCulture,
            $"{Printable(bitmap.Process.ToString())} ({bitmap.Process.Id}, {Printable(bitmap.Process.Context)})\n");
        text.Append(CultureInfo.InvariantCulture, $"{Number(bitmap.InUse)} of {Number(bitmap.Capacity)} handles used");
        if (bitmap.CapacityInferred)
            text.Append(" (capacity inferred)");
        text.Append(CultureInfo.InvariantCulture, $", highest {(bitmap.HighestUsed is { } highest ? Number(highest) : "none")}");
        text.Append(CultureInfo.InvariantCulture, $", next {(bitmap.LowestFree is { } lowest ? Number(lowest) : "none before it grows")}");
        text.Append("\n\n");
    }

    /// <summary>A line above the cells with the offset of every 16th within its row.</summary>
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
            int used = bitmap.CountSet(first + (cell * perCell), perCell);
            row[cell] = used == 0 ? '.' : used == perCell ? '#' : (char)('0' + Math.Clamp((int)(used * 10L / perCell), 1, 9));
        }
    }

    /// <summary>How many rows from this one on are all used or all unused, as the one before them is.</summary>
    private static int SameRows(HandleBitmap bitmap, int index, int rows, int perRow)
    {
        int used = bitmap.CountSet((index - 1) * perRow, perRow);
        if (used != 0 && used != perRow)
            return 0;

        int same = 0;
        while (index + same < rows && bitmap.CountSet((index + same) * perRow, perRow) == used)
            same++;
        return same;
    }

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>The text with a replacement for what a terminal would obey.</summary>
    private static string Printable(string text) =>
        string.Concat(text.EnumerateRunes().Select(rune => Rune.GetUnicodeCategory(rune)
            is UnicodeCategory.Control or UnicodeCategory.Format ? "\uFFFD" : rune.ToString()));
}
