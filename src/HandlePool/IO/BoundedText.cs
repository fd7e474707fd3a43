namespace HandlePool.IO;

/// <summary>Decompressed text that ends where the data is damaged, or the limit is reached, and says so.</summary>
/// <remarks>So whoever reads it has everything up to there, and no exception in the middle of a line.</remarks>
internal sealed class BoundedText(Stream content, DecompressionBudget budget) : ForwardStream
{
    /// <summary>Why it ended before its time; null if it did not.</summary>
    internal string? Failure { get; private set; }

    public override int Read(Span<byte> buffer)
    {
        if (Failure is not null)
            return 0;
        try
        {
            int read = content.Read(buffer);
            int taken = budget.Take(read);
            if (taken < read)
                Failure = budget.Describe();
            return taken;
        }
        catch (InvalidDataException exception)
        {
            Failure = Damaged(exception);
            return 0;
        }
    }

    /// <summary>What to say about data that cannot be decompressed.</summary>
    internal static string Damaged(Exception exception) => $"the compressed data is damaged. {exception.Message}";

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            content.Dispose();
        base.Dispose(disposing);
    }
}
