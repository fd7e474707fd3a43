using System.Globalization;

namespace HandlePool.IO;

/// <summary>How many bytes may come out of a compressed file, so that a small one cannot keep the reader busy for hours.</summary>
internal sealed class DecompressionBudget
{
    /// <summary>What may come out of any file: 256 MB.</summary>
    internal const long LeastLimit = 256L << 20;

    /// <summary>How many times its own size may come out of a larger file. Dumps and logs are compressed to about a tenth.</summary>
    internal const int LargestRatio = 20;

    private readonly long _given;
    private readonly Func<long> _compressedSize;
    private long _used;

    /// <param name="given">The limit in bytes; 0 for the usual one.</param>
    /// <param name="compressedSize">The size of the compressed file, or as much of it as was read.</param>
    internal DecompressionBudget(long given, Func<long> compressedSize)
    {
        _given = given;
        _compressedSize = compressedSize;
    }

    private long Limit => _given > 0 ? _given : Math.Max(LeastLimit, LargestRatio * _compressedSize());

    /// <summary>Whether more came out than may.</summary>
    internal bool IsExceeded => _used > Limit;

    /// <summary>How many of so many bytes more are within the limit.</summary>
    internal int Take(int count)
    {
        int taken = (int)Math.Min(count, Math.Max(0, Limit - _used));
        _used += count;
        return taken;
    }

    /// <summary>What to say when the limit is reached.</summary>
    internal string Describe() => string.Create(CultureInfo.InvariantCulture,
        $"more than {Limit} bytes come out of this compressed file, which is the limit. If it is what it should be, raise the limit with -MaxDecompressedSize.");
}
