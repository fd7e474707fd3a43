using HandlePool.Analysis;
using HandlePool.Reports.Markup;
using static HandlePool.Reports.ReportNames;

namespace HandlePool.Reports;

/// <summary>Shows holders and owners as a heat map: a table whose cells are shaded by their numbers.</summary>
internal static class MatrixSection
{
    private const int MostShown = 25;
    private const int Levels = 5;

    internal static Html Of(ReportData data) => Html.Section("matrix", "Matrix of holders and owners", data.Pairs.Count == 0
        ? $"<p>No process holds a handle.</p>\n"
        : Matrix(data));

    private static Html Matrix(ReportData data)
    {
        HandleUsage[] holders = [.. data.Holders.Take(MostShown)];
        HandleUsage[] owners = [.. data.Owners.Take(MostShown)];
        long[][] cells = Count(data.Pairs, holders, owners);
        long largest = cells.Take(holders.Length).Max(row => row.Take(owners.Length).Max());

        // The last row and column are the others, which may be none.
        int columns = data.Owners.Count > owners.Length ? owners.Length + 1 : owners.Length;
        List<Html> names = [.. owners.Select(owner => Html.Of($"{Owner(owner)}{ContextIfMany(data, owner.Context)}"))];
        if (columns > owners.Length)
            names.Add($"{ReportText.Count(data.Owners.Count - owners.Length, "other")}");
        names.Add($"all");
        List<Html> rows = [.. holders.Select((holder, row) =>
            Row($"{Process(holder.Holder!)}{ContextIfMany(data, holder.Context)}", cells[row][..columns], owners.Length, largest))];
        if (data.Holders.Count > holders.Length)
            rows.Add(Row($"{ReportText.Count(data.Holders.Count - holders.Length, "other")}", cells[^1][..columns], shaded: 0, largest));
        IEnumerable<long> sums = Enumerable.Range(0, columns).Select(column => cells.Sum(row => row[column]));
        string caption = $"The largest {ReportText.Count(holders.Length, "holder")} and {ReportText.Count(owners.Length, "owner")}.";
        return $"""
            <p class="note">Rows are holders, columns are owners, and cells are numbers of handles, shaded by order of magnitude.
            10.2k is about 10,200: the tables have the exact numbers. An empty cell is zero.</p>
            <div class="scroll tall" role="region" aria-labelledby="table-matrix" tabindex="0"><table class="heat">
            <caption id="table-matrix"><span>{caption}</span></caption>
            <thead><tr><td></td>{Html.Each(names, name => $"""<th scope="col"><span>{name}</span></th>""")}</tr>
            </thead>
            <tbody>{Html.Each(rows, row => row)}
            <tr><th scope="row">all</th>{Html.Each(sums.Append(sums.Sum()), sum => Cell(sum, "n sum"))}</tr>
            </tbody></table></div>
            """;
    }

    private static Html Row(Html name, long[] numbers, int shaded, long largest)
    {
        IEnumerable<Html> cells = numbers.Select((number, column) =>
            Cell(number, column < shaded && number > 0 ? $"n v{LevelOf(number, largest)}" : "n"));
        return $"<tr><th scope=\"row\">{name}</th>{Html.Each(cells, cell => cell)}{Cell(numbers.Sum(), "n sum")}</tr>\n";
    }

    private static Html Cell(long number, string @class) => $"""<td class="{@class}">{(number switch
    {
        0 => Html.Of($""),
        < 10_000 => $"{number:N0}",
        < 100_000 => $"{number / 1000.0:N1}k",
        _ => $"{number / 1000.0:N0}k",
    })}</td>""";

    /// <summary>Returns the handles by holder and owner; the last row and the last column are all others.</summary>
    private static long[][] Count(IReadOnlyList<HandleUsage> pairs, HandleUsage[] holders, HandleUsage[] owners)
    {
        Dictionary<UsageKey, int> rows = Enumerable.Range(0, holders.Length).ToDictionary(index => holders[index].Key);
        Dictionary<UsageKey, int> columns = Enumerable.Range(0, owners.Length).ToDictionary(index => owners[index].Key);
        long[][] cells = [.. Enumerable.Range(0, holders.Length + 1).Select(_ => new long[owners.Length + 1])];
        foreach (HandleUsage pair in pairs)
        {
            int row = rows.GetValueOrDefault(pair.Key with { Owner = null, IsDead = false }, holders.Length);
            int column = columns.GetValueOrDefault(pair.Key with { Holder = null }, owners.Length);
            cells[row][column] += pair.Handles;
        }

        return cells;
    }

    private static int LevelOf(long number, long largest) =>
        Math.Clamp((int)Math.Ceiling(Levels * Math.Log(1 + number) / Math.Log(1 + largest)), 1, Levels);
}
