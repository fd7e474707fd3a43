namespace HandlePool.Dumps;

/// <summary>Represents the options of reading dumps, and facts that dumps do not state.</summary>
public sealed record DumpReaderOptions
{
    /// <summary>Gets the options of the sessions; the driver's behavior by default.</summary>
    public HandleSessionOptions? Session { get; init; }

    /// <summary>Gets the name of the session; by default that of the file.</summary>
    public string? Name { get; init; }

    /// <summary>Gets names of processes by pid. They override those in the file.</summary>
    public IReadOnlyDictionary<int, string>? ProcessNames { get; init; }

    /// <summary>Gets the time of the dumps; by default the time in the file, or else in its name.</summary>
    public DateTimeOffset? Time { get; init; }

    /// <summary>Gets the limit to the decompressed bytes of one file; 0, the default, for the larger of 256 MB and 20 times its size.</summary>
    public long MaxDecompressedSize { get; init; }

    /// <summary>Gets the callback for progress. It runs on a thread that reads, about every 4 MB of a file.</summary>
    public Action<DumpProgress>? Progress { get; init; }
}

/// <summary>Represents the progress of reading a file.</summary>
/// <param name="Path">The file.</param>
/// <param name="BytesRead">The number of bytes read so far; compressed bytes, if the file is compressed.</param>
/// <param name="TotalBytes">The size of the file in bytes; null if it is unknown.</param>
public readonly record struct DumpProgress(string Path, long BytesRead, long? TotalBytes);
