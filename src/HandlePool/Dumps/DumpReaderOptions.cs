namespace HandlePool.Dumps;

/// <summary>How dumps are read, and what is known of them that they do not say.</summary>
public sealed record DumpReaderOptions
{
    /// <summary>How the pools of the sessions work; the driver's way by default.</summary>
    public HandleSessionOptions? Session { get; init; }

    /// <summary>What to call a session; by default as the file that it is from.</summary>
    public string? Name { get; init; }

    /// <summary>Names of processes by pid. They stand against those in the file.</summary>
    public IReadOnlyDictionary<int, string>? ProcessNames { get; init; }

    /// <summary>When the dumps were taken; by default what the file, or else its name, tells of that.</summary>
    public DateTimeOffset? Time { get; init; }

    /// <summary>How many bytes may come out of one compressed file; 0, the default, for the larger of 256 MB and 20 times its size.</summary>
    public long MaxDecompressedSize { get; init; }

    /// <summary>Called on the reading thread, about every 4 MB of a file.</summary>
    public Action<DumpProgress>? Progress { get; init; }
}
