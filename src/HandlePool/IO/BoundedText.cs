namespace HandlePool.IO;

/// <summary>Represents decompressed text that ends where the data is damaged or the limit is reached.</summary>
/// <remarks>So its reader gets everything up to there, and no exception in the middle of a line.</remarks>
internal sealed class BoundedText(Stream content, DecompressionBudget budget) : ForwardStream
{
    /// <summary>Gets the reason why the text ended early; null if it did not.</summary>
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

    /// <summary>Returns the message for data that cannot be decompressed.</summary>
    internal static string Damaged(Exception exception) => $"the compressed data is damaged. {exception.Message}";

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            content.Dispose();
        base.Dispose(disposing);
    }
}
