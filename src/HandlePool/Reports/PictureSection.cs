using HandlePool.Reports.Markup;
using HandlePool.Text;

namespace HandlePool.Reports;

/// <summary>Shows the bitmaps of the pools as pictures.</summary>
internal static class PictureSection
{
    private const int MostPictures = 500;
    private const int MostOpen = 3;

    internal static Html Of(ReportData data)
    {
        PoolPicture[] used = [.. data.Pools.Where(pool => pool.InUse > 0)];
        Html content = $"""
            <p>{PoolPicture.Columns} cells in a row, from handle 0 on, with a mark after each 16. A cell that is full is in use; where a cell stands for several handles, its bar is the higher the more of them are. Gaps are handles that were dropped; the next references fill them, the lowest first.</p>
            {Html.Each(used.Take(MostPictures).Select((pool, index) => (pool, index)), each => Picture(each.pool, each.index, data))}
            """;
        if (used.Length > MostPictures)
            content.Append($"<p class=\"note\">Only the {MostPictures} with the most handles have a picture; {used.Length - MostPictures:N0} are left out.</p>\n");
        if (data.Pools.Count - used.Length is > 0 and int empty)
            content.Append($"<p class=\"note\">{ReportText.Count(empty, "process holds", "processes hold")} no handle and {(empty == 1 ? "has" : "have")} no picture.</p>\n");
        return Html.Section("pictures", "Bitmaps of the pools", content);
    }

    private static Html Picture(PoolPicture pool, int index, ReportData data)
    {
        Html description = Describe(pool);
        return $"""
            <details class="picture"{Html.Attribute("open", index < MostOpen ? "open" : null)}><summary>{ReportNames.Process(pool.Process)}{ReportNames.ContextIfMany(data, pool.Process.Context)} <small>{pool.InUse:N0} of {pool.Capacity:N0} handles in use</small></summary>
            <figure><svg class="bits" viewBox="0 0 {PoolPicture.Columns} {pool.Rows}" role="img" aria-labelledby="bits-{index} bits-{index}-text"><title id="bits-{index}">Bitmap of {VisibleText.Shorten(pool.Process.ToString(), 80)}</title>
            <desc id="bits-{index}-text">{description}</desc><rect width="{PoolPicture.Columns}" height="{pool.Rows}"/>
            <g transform="translate(0 .5)">{Html.Each(Enumerable.Range(1, PoolPicture.FullLevel).Where(level => pool.PathOf(level) is not null), level => $"<path class=\"b{level}\" d=\"{pool.PathOf(level)}\"/>\n")}</g><path class="mark" d="M16 0v{pool.Rows}M32 0v{pool.Rows}M48 0v{pool.Rows}"/>
            </svg>
            <figcaption>{description}</figcaption></figure></details>
            """;
    }

    private static Html Describe(PoolPicture pool)
    {
        Html? scale = pool.PerCell == 1 ? null : Html.Of($" A cell stands for {pool.PerCell:N0} handles, a row for {(long)pool.PerCell * PoolPicture.Columns:N0}.");
        return $"{pool.InUse:N0} of {pool.Capacity:N0} in use ({pool.Density:0.0%}{(pool.CapacityInferred ? ", capacity inferred" : "")}) in {ReportText.Count(pool.Runs, "run")}; "
            + $"highest {pool.HighestUsed ?? 0:N0}, {(pool.LowestFree is { } free ? $"next {ReportText.Number(free)}" : "full")}.{scale}";
    }
}
