using System.Globalization;

namespace HandlePool.IO;

/// <summary>Limits the decompressed size of a file, so that a small one cannot occupy the reader for hours.</summary>
internal sealed class DecompressionBudget
{
    /// <summary>The limit for any file, in bytes: 256 MB.</summary>
    internal const long LeastLimit = 256L << 20;

    /// <summary>The limit for a larger file, as a multiple of its size. Dumps and logs compress to about a tenth.</summary>
    internal const int LargestRatio = 20;

    private readonly long _given;
    private readonly Func<long> _compressedSize;
    private long _used;

    /// <param name="given">The limit in bytes; 0 for the default.</param>
    /// <param name="compressedSize">Returns the size of the compressed file, or of what was read so far.</param>
    internal DecompressionBudget(long given, Func<long> compressedSize)
    {
        _given = given;
        _compressedSize = compressedSize;
    }

    private long Limit => _given > 0 ? _given : Math.Max(LeastLimit, LargestRatio * _compressedSize());

    /// <summary>Gets whether the limit was exceeded.</summary>
    internal bool IsExceeded => _used > Limit;

    /// <summary>Counts more bytes, and returns how many of them are within the limit.</summary>
    internal int Take(int count)
    {
        int taken = (int)Math.Min(count, Math.Max(0, Limit - _used));
        _used += count;
        return taken;
    }

    /// <summary>Returns the message for a file that exceeds the limit.</summary>
    internal string Describe() => string.Create(CultureInfo.InvariantCulture,
        $"the file decompresses to more than {Limit} bytes, the limit. If you trust it, raise MaxDecompressedSize.");
}
