using HandlePool.Reports.Markup;
using HandlePool.Text;

namespace HandlePool.Reports;

/// <summary>Shows the bitmaps of the pools as pictures.</summary>
internal static class PictureSection
{
    private const int MostPictures = 500;

    internal static void Write(ReportWriter to, ReportData data)
    {
        PoolPicture[] used = [.. data.Pools.Where(pool => pool.Bitmap.InUse > 0)];
        to.Paragraph($"Each row has {PoolPicture.Columns} cells, from handle 0 on, with a mark after every 16. A full cell is in use; if "
            + $"a cell covers several handles, the height of its bar shows how many are in use. Gaps are dropped handles, which new "
            + $"references fill, the lowest first.");
        to.Fold($"{Phrase.Count(Math.Min(used.Length, MostPictures), "bitmap")}", () =>
        {
            for (int index = 0; index < Math.Min(used.Length, MostPictures); index++)
            {
                int shown = index;
                to.Picture(() => Picture(used[shown], shown, data));
            }
        });
        if (used.Length > MostPictures)
            to.Note($"Not shown: {used.Length - MostPictures} pools with fewer handles.");
        int unknown = data.Pools.Count(pool => !pool.IsKnown);
        if (unknown > 0)
            to.Note($"Not shown: {Phrase.Count(unknown, "pool")} of which only the number of handles is known.");
        if (data.Pools.Count - used.Length - unknown is > 0 and int empty)
            to.Note($"Not shown: {Phrase.Count(empty, "pool")} without handles.");
    }

    private static Html Picture(PoolPicture pool, int index, ReportData data)
    {
        Prose name = $"{ReportNames.Process(pool.Process)}{ReportNames.ContextIfMany(data, pool.Process.Context)}";
        Html description = Describe(pool);
        Html bars = Html.Each(Enumerable.Range(1, PoolPicture.FullLevel), level => pool.PathOf(level) is { } path
            ? Html.Of($"<path class=\"b{level}\" d=\"{path}\"/>\n")
            : $"");
        return $"""
            <details class="picture">
            <summary>{name} <small>{pool.Bitmap.InUse} of {pool.Bitmap.Capacity} handles in use</small></summary>
            <figure>
            <svg class="bits" viewBox="0 0 {PoolPicture.Columns} {pool.Rows}" role="img" aria-labelledby="bits-{index} bits-{index}-text">
            <title id="bits-{index}">Bitmap of {VisibleText.Shorten(pool.Process.ToString(), 80)}</title>
            <desc id="bits-{index}-text">{description}</desc><rect width="{PoolPicture.Columns}" height="{pool.Rows}"/>
            <g transform="translate(0 .5)">{bars}</g><path class="mark" d="M16 0v{pool.Rows}M32 0v{pool.Rows}M48 0v{pool.Rows}"/>
            </svg>
            <figcaption>{description}</figcaption></figure></details>
            """;
    }

    private static Html Describe(PoolPicture pool)
    {
        HandleBitmap bitmap = pool.Bitmap;
        Html? scale = pool.PerCell == 1
            ? null
            : Html.Of($" A cell covers {pool.PerCell} handles, a row {pool.PerCell * PoolPicture.Columns}.");
        string inferred = bitmap.CapacityInferred ? ", capacity inferred" : "";
        string next = bitmap.LowestFree is { } free ? $"next {free}" : "full";
        return $"{bitmap.InUse} of {bitmap.Capacity} in use ({bitmap.Density:0.0%}{inferred}) "
            + $"in {Phrase.Count(bitmap.Runs.Count, "run")}; highest {bitmap.HighestUsed ?? 0}, {next}.{scale}";
    }
}
