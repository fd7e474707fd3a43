using HandlePool.Text;

namespace HandlePool.Reports;

/// <summary>The bitmaps of the pools as pictures.</summary>
internal static class PictureSection
{
    private const int MostPictures = 500;
    private const int MostOpen = 3;

    internal static void Write(HtmlWriter html, ReportData data)
    {
        ReportPage.OpenSection(html, "pictures", "Bitmaps of the pools");
        PoolPicture[] used = [.. data.Pools.Where(pool => pool.InUse > 0)];
        html.Element("p", $"{PoolPicture.Columns} cells in a row, from handle 0 on, with a mark after each 16. A cell that is full is in use; where a cell stands for several handles, "
            + "its bar is the higher the more of them are. Gaps are handles that were dropped; the next references fill them, the lowest first.");
        for (int index = 0; index < Math.Min(used.Length, MostPictures); index++)
            WritePicture(html, used[index], index, data);
        if (used.Length > MostPictures)
            html.Open("p").Class("note").Text($"Only the {ReportText.Number(MostPictures)} with the most handles have a picture; {ReportText.Number(used.Length - MostPictures)} are left out.").Close();
        if (used.Length < data.Pools.Count)
            html.Open("p").Class("note").Text($"{ReportText.Count(data.Pools.Count - used.Length, "process holds", "processes hold")} no handle and {(data.Pools.Count - used.Length == 1 ? "has" : "have")} no picture.").Close();
        html.Close();
    }

    private static void WritePicture(HtmlWriter html, PoolPicture pool, int index, ReportData data)
    {
        html.Open("details").Class("picture").Attribute("open", index < MostOpen ? "open" : null);
        html.Open("summary").Process(pool.Process).ContextIfMany(data, pool.Process.Context);
        html.Text(" ").Element("small", $"{ReportText.Number(pool.InUse)} of {ReportText.Number(pool.Capacity)} handles in use").Close();
        html.Open("figure").Open("svg").Class("bits").Attribute("viewBox", $"0 0 {PoolPicture.Columns} {pool.Rows}")
            .Attribute("role", "img").Attribute("aria-labelledby", $"bits-{index} bits-{index}-text");
        html.Open("title").Attribute("id", $"bits-{index}").Text($"Bitmap of {VisibleText.Shorten(pool.Process.ToString(), 80)}").Close();
        html.Open("desc").Attribute("id", $"bits-{index}-text").Text(Describe(pool)).Close();
        html.Open("rect").Attribute("width", PoolPicture.Columns).Attribute("height", pool.Rows).Close();
        html.Open("g").Attribute("transform", "translate(0 .5)");
        for (int level = 1; level <= PoolPicture.FullLevel; level++)
        {
            if (pool.PathOf(level) is { } path)
                html.Open("path").Class($"b{level}").Attribute("d", path).Close();
        }

        html.Close();
        html.Open("path").Class("mark").Attribute("d", $"M16 0v{pool.Rows}M32 0v{pool.Rows}M48 0v{pool.Rows}").Close();
        html.Close().Element("figcaption", Describe(pool)).Close().Close();
    }

    private static string Describe(PoolPicture pool)
    {
        string scale = pool.PerCell == 1 ? "" : $" A cell stands for {ReportText.Number(pool.PerCell)} handles, a row for {ReportText.Number((long)pool.PerCell * PoolPicture.Columns)}.";
        return $"{ReportText.Number(pool.InUse)} of {ReportText.Number(pool.Capacity)} in use ({ReportText.Percent(100 * pool.Density)}"
            + $"{(pool.CapacityInferred ? ", capacity inferred" : "")}) in {ReportText.Count(pool.Runs, "run")}; highest {ReportText.Number(pool.HighestUsed ?? 0)}, "
            + $"{(pool.LowestFree is { } free ? "next " + ReportText.Number(free) : "full")}.{scale}";
    }
}
