using System.Globalization;
using HandlePool.Analysis;
using HandlePool.Reports.Markup;
using HandlePool.Text;
using static HandlePool.Reports.ReportNames;

namespace HandlePool.Reports;

/// <summary>Shows holders and owners as a heat map: a table whose cells are shaded by their numbers.</summary>
internal static class MatrixSection
{
    private const int MostShown = 25;
    private const int Levels = 5;

    internal static void Write(ReportWriter to, ReportData data)
    {
        if (data.Pairs.Count == 0)
            to.Paragraph($"There are no handles to show.");
        else
            to.Picture(() => Matrix(data));
    }

    private static Html Matrix(ReportData data)
    {
        HandleUsage[] holders = [.. data.Holders.Take(MostShown)];
        HandleUsage[] owners = [.. data.Owners.Take(MostShown)];
        long[][] cells = Count(data.Pairs, holders, owners);
        long largest = cells.Take(holders.Length).Max(row => row.Take(owners.Length).Max());

        // The last row and column are the others, which may be none.
        int others = data.Owners.Count - owners.Length;
        int columns = others > 0 ? owners.Length + 1 : owners.Length;
        List<Prose> names = [.. owners.Select(owner => Prose.Of($"{Owner(owner)}{ContextIfMany(data, owner.Context)}"))];
        if (others > 0)
            names.Add($"{Phrase.Count(others, "other")}");
        names.Add($"all");
        List<Html> rows = [.. holders.Select((holder, row) => Row(data,
            $"{Process(holder.Holder!)}{ContextIfMany(data, holder.Context)}", cells[row][..columns],
            column => column < owners.Length
                ? data.SuspectOf(HandleUsageGrouping.Pair, owners[column].Key with { Holder = holder.Holder })
                : column == columns ? data.SuspectOf(HandleUsageGrouping.Holder, holder.Key) : null,
            (column, number) => column < owners.Length ? LevelOf(number, largest) : 0))];
        if (data.Holders.Count > holders.Length)
        {
            string other = Phrase.Count(data.Holders.Count - holders.Length, "other");
            rows.Add(Row(data, $"{other}", cells[^1][..columns], _ => null, (_, _) => 0));
        }

        rows.Add(Row(data, $"all", [.. Enumerable.Range(0, columns).Select(column => cells.Sum(row => row[column]))],
            column => column < owners.Length ? data.SuspectOf(HandleUsageGrouping.Owner, owners[column].Key) : null, (_, _) => 0));
        string caption = $"The largest {Phrase.Count(holders.Length, "holder")} and {Phrase.Count(owners.Length, "owner")}.";
        return $"""
            <p class="note">Rows are holders, columns are owners, and cells are numbers of handles, shaded by order of magnitude.
            10.2k is about 10,200: the tables have the exact numbers. An empty cell is zero. Framed numbers are leak suspects.</p>
            <div class="scroll tall" role="region" aria-labelledby="table-matrix" tabindex="0"><table class="heat">
            <caption id="table-matrix"><span>{caption}</span></caption>
            <thead><tr><td></td>{Html.Each(names, name => $"""<th scope="col"><span>{name}</span></th>""")}</tr>
            </thead>
            <tbody>{Html.Each(rows, row => row)}</tbody></table></div>
            """;
    }

    /// <summary>Returns a row and its sum.</summary>
    private static Html Row(
        ReportData data, Prose name, long[] numbers, Func<int, HandleLeakSuspect?> suspectOf, Func<int, long, int> levelOf)
    {
        IEnumerable<Html> cells = numbers.Select((number, column) => Cell(data, number, levelOf(column, number), suspectOf(column)));
        Html sum = Cell(data, numbers.Sum(), level: 0, suspectOf(numbers.Length));
        return $"""
            <tr><th scope="row">{name}</th>{Html.Each(cells, cell => cell)}{sum}</tr>

            """;
    }

    private static Html Cell(ReportData data, long number, int level, HandleLeakSuspect? suspect)
    {
        string shown = number switch
        {
            0 => "",
            < 10_000 => $"{number}",
            < 100_000 => (number / 1000.0).ToString("0.0", CultureInfo.InvariantCulture) + "k",
            _ => $"{number / 1000}k",
        };
        Html text = suspect is null
            ? Html.Of($"{shown}")
            : $"<a href=\"#{SuspectSection.IdOf(data, suspect)}\" aria-label=\"{shown}, suspect {suspect.Rank}\">{shown}</a>";
        return $"<td class=\"n{(level > 0 && number > 0 ? $" v{level}" : "")}{(suspect is null ? "" : " suspect")}\">{text}</td>";
    }

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
