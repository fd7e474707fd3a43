using System.Globalization;
using HandlePool.Analysis;

namespace HandlePool.Reports;

/// <summary>Holders and owners as a heat map: a table whose cells are shaded by their numbers.</summary>
internal static class MatrixSection
{
    private const int MostShown = 25;
    private const int Levels = 5;

    internal static void Write(HtmlWriter html, ReportData data)
    {
        ReportPage.OpenSection(html, "matrix", "Matrix of holders and owners");
        if (data.Pairs.Count == 0)
        {
            html.Element("p", "No process holds a handle.").Close();
            return;
        }

        HandleUsage[] holders = [.. data.Holders.Take(MostShown)];
        HandleUsage[] owners = [.. data.Owners.Take(MostShown)];
        int otherHolders = data.Holders.Count - holders.Length;
        int otherOwners = data.Owners.Count - owners.Length;
        long[,] cells = Count(data.Pairs, holders, owners);
        int rows = holders.Length + (otherHolders > 0 ? 1 : 0);
        int columns = owners.Length + (otherOwners > 0 ? 1 : 0);
        long largest = 0;
        for (int row = 0; row < holders.Length; row++)
        {
            for (int column = 0; column < owners.Length; column++)
                largest = Math.Max(largest, cells[row, column]);
        }

        html.Open("p").Class("note").Text("Rows hold, columns own. The numbers are handles; the larger, the stronger the shade, by orders of magnitude. "
            + "10.2k stands for 10,200 or so: the tables have the whole number. Empty is none.").Close();
        html.Open("div").Class("scroll tall").Attribute("role", "region").Attribute("aria-labelledby", "table-matrix").Attribute("tabindex", 0);
        html.Open("table").Class("heat");
        html.Open("caption").Attribute("id", "table-matrix").Open("span").Text($"Handles by holder (rows) and owner (columns), the largest "
            + $"{ReportText.Number(holders.Length)} and {ReportText.Number(owners.Length)}.").Close().Close();
        html.Open("thead").Open("tr").Open("td").Close();
        foreach (HandleUsage owner in owners)
            html.Open("th").Attribute("scope", "col").Open("span").Owner(owner).ContextIfMany(data, owner.Context).Close().Close();
        if (otherOwners > 0)
            html.Open("th").Attribute("scope", "col").Open("span").Text(ReportText.Count(otherOwners, "other")).Close().Close();
        html.Open("th").Attribute("scope", "col").Open("span").Text("all").Close().Close().Close().Close();

        html.Open("tbody");
        for (int row = 0; row < rows; row++)
        {
            html.Open("tr").Open("th").Attribute("scope", "row");
            if (row < holders.Length)
                html.Process(holders[row].Holder!).ContextIfMany(data, holders[row].Context);
            else
                html.Text(ReportText.Count(otherHolders, "other"));
            html.Close();
            long sum = 0;
            for (int column = 0; column < columns; column++)
            {
                long number = cells[row, column < owners.Length ? column : owners.Length];
                sum += number;
                bool isShaded = row < holders.Length && column < owners.Length;
                WriteCell(html, number, isShaded ? LevelOf(number, largest) : 0, isSum: false);
            }

            WriteCell(html, sum, 0, isSum: true);
            html.Close();
        }

        html.Open("tr").Open("th").Attribute("scope", "row").Text("all").Close();
        long all = 0;
        for (int column = 0; column < columns; column++)
        {
            long sum = 0;
            for (int row = 0; row < rows; row++)
                sum += cells[row, column];
            all += sum;
            WriteCell(html, sum, 0, isSum: true);
        }

        WriteCell(html, all, 0, isSum: true);
        html.Close().Close().Close().Close().Close();
    }

    /// <summary>The handles by holder and owner; the last row and the last column are all others.</summary>
    private static long[,] Count(IReadOnlyList<HandleUsage> pairs, HandleUsage[] holders, HandleUsage[] owners)
    {
        Dictionary<UsageKey, int> rows = holders.Select((usage, index) => (usage.Key, index)).ToDictionary(each => each.Key, each => each.index);
        Dictionary<UsageKey, int> columns = owners.Select((usage, index) => (usage.Key, index)).ToDictionary(each => each.Key, each => each.index);
        long[,] cells = new long[holders.Length + 1, owners.Length + 1];
        foreach (HandleUsage pair in pairs)
        {
            int row = rows.GetValueOrDefault(pair.Key with { Owner = null, IsDead = false }, holders.Length);
            int column = columns.GetValueOrDefault(pair.Key with { Holder = null }, owners.Length);
            cells[row, column] += pair.Handles;
        }

        return cells;
    }

    private static int LevelOf(long number, long largest) =>
        number == 0 ? 0 : Math.Clamp((int)Math.Ceiling(Levels * Math.Log(1 + number) / Math.Log(1 + largest)), 1, Levels);

    private static void WriteCell(HtmlWriter html, long number, int level, bool isSum)
    {
        html.Open("td").Class(level > 0 ? $"n v{level}" : isSum ? "n sum" : "n");
        if (number >= 10_000)
            html.Text((number / 1000.0).ToString(number < 100_000 ? "N1" : "N0", CultureInfo.InvariantCulture) + "k");
        else if (number > 0)
            html.Number(number);
        html.Close();
    }
}
