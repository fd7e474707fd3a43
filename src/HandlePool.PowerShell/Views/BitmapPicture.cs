using System.Globalization;
using System.Management.Automation;
using System.Text;
using HandlePool.Pools;

namespace HandlePool.PowerShell.Views;

/// <summary>Draws a bitmap as text: the default view of Get-HandleBitmap.</summary>
/// <remarks>
/// Plain ASCII, which looks the same in any terminal, font and file. There are up to 64 rows of 64 cells, and one more if a range
/// begins within a row. A larger bitmap has several handles in a cell, which shows how full it is. Rows begin at multiples of their
/// length, so that a handle has the same column in a range as in the whole bitmap.
/// </remarks>
internal sealed class BitmapPicture
{
    private const int CellsPerRow = 64;
    private const int MostRows = 64;
    private const int CondensedRows = 32;

    private readonly Shown _bitmap;
    private readonly ulong[] _words;
    private readonly HandleRun _range;

    private BitmapPicture(Shown bitmap, ulong[] words, HandleRun range) => (_bitmap, _words, _range) = (bitmap, words, range);

    /// <summary>Returns the picture, at most 80 columns wide. Lines are separated by line feeds.</summary>
    /// <remarks>A copy without its words, or with fewer than its range needs, is only described.</remarks>
    internal static string Draw(Shown bitmap)
    {
        object? words = bitmap.Original is HandleBitmap original ? original.GetWords() : bitmap[nameof(ViewProperties.Words)];
        return LanguagePrimitives.TryConvertTo(words, CultureInfo.InvariantCulture, out ulong[] bits) && bits is not null
            && RangeOf(bitmap) is { } range && range.First <= range.Last && range.Last < Math.Min(64L * bits.Length, IdPool.LargestCapacity)
            ? new BitmapPicture(bitmap, bits, range).Draw()
            : bitmap.ToString();
    }

    /// <summary>Returns the range, which is text in a copy, such as 12 or 12-20. The constrained language mode does not allow the conversion for parameters.</summary>
    private static HandleRun? RangeOf(Shown bitmap) => bitmap.Text(nameof(HandleBitmap.Range))?.Split('-') is { Length: 1 or 2 } ends
        && int.TryParse(ends[0], NumberStyles.None, CultureInfo.InvariantCulture, out int from)
        && int.TryParse(ends[^1], NumberStyles.None, CultureInfo.InvariantCulture, out int to)
        ? new HandleRun(from, to)
        : null;

    private string Draw()
    {
        int perCell = HandlesPerCell(_range.Length);
        int perRow = perCell * CellsPerRow;
        int firstRow = _range.First / perRow;
        int rows = (_range.Last / perRow) + 1;
        int offsetWidth = Math.Max(6, Number((rows - 1) * perRow).Length);

        StringBuilder text = new();
        Title(text);
        Scale(text, offsetWidth, perCell);
        char[] row = new char[CellsPerRow];
        for (int index = firstRow; index < rows; index++)
        {
            int first = index * perRow;
            Fill(row, first, perCell);

            // Rows that repeat the previous one are condensed, as in a hex dump.
            int same = index == firstRow ? 0 : SameRows(index, perRow);
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

    private void Title(StringBuilder text)
    {
        text.Append(_bitmap.Part(nameof(HandleBitmap.Process)) is { } process ? ViewText.TitleOf(process) : "").Append('\n');
        text.Append(CultureInfo.InvariantCulture, $"{Of(nameof(HandleBitmap.InUse))} of {Of(nameof(HandleBitmap.Capacity))} handles used");
        if (_bitmap.Value<bool>(nameof(HandleBitmap.CapacityInferred)) == true)
            text.Append(" (capacity inferred)");
        text.Append(CultureInfo.InvariantCulture, $", highest used {Of(nameof(HandleBitmap.HighestUsed))}");
        text.Append(CultureInfo.InvariantCulture, $", lowest free {Of(nameof(HandleBitmap.LowestFree))}\n");
        if (_range.Length < _bitmap.Value<int>(nameof(HandleBitmap.Capacity)))
        {
            int used = HandleBitmap.CountSet(_words, _range.First, _range.Length);
            text.Append(CultureInfo.InvariantCulture, $"showing {_range}: {Number(used)} of {Number(_range.Length)} used\n");
        }

        text.Append('\n');

        string Of(string property) => _bitmap.Text(property) ?? "none";
    }

    /// <summary>Writes the line above the cells, with the offset of every 16th cell.</summary>
    private static void Scale(StringBuilder text, int offsetWidth, int perCell)
    {
        text.Append(' ', offsetWidth + 2);
        for (int cell = 0; cell < CellsPerRow; cell += 16)
            text.Append($"+{Number(cell * perCell)}".PadRight(cell + 16 < CellsPerRow ? 16 : 0));
        text.Append('\n');
    }

    private void Fill(char[] row, int first, int perCell)
    {
        for (int cell = 0; cell < CellsPerRow; cell++)
        {
            int from = Math.Max(first + (cell * perCell), _range.First);
            int length = Math.Min(first + (cell * perCell) + perCell - 1, _range.Last) - from + 1;
            int used = length <= 0 ? 0 : HandleBitmap.CountSet(_words, from, length);
            row[cell] = length <= 0 ? ' '
                : used == 0 ? '.'
                : used == length ? '#'
                : (char)('0' + Math.Clamp((int)(used * 10L / length), 1, 9));
        }
    }

    /// <summary>Returns the number of rows from this one on that, like the previous row, are all used or all unused.</summary>
    private int SameRows(int index, int perRow)
    {
        if ((index - 1) * perRow < _range.First)
            return 0;

        int rows = (_range.Last + 1) / perRow;
        int used = HandleBitmap.CountSet(_words, (index - 1) * perRow, perRow);
        if (used != 0 && used != perRow)
            return 0;

        int same = 0;
        while (index + same < rows && HandleBitmap.CountSet(_words, (index + same) * perRow, perRow) == used)
            same++;
        return same;
    }

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
