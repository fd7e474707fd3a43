namespace HandlePool.Dumps;

/// <summary>How far the reading of a file is.</summary>
/// <param name="Path">The file.</param>
/// <param name="BytesRead">How many of its bytes were read; compressed ones, if it is compressed.</param>
/// <param name="TotalBytes">How many it has; null if that cannot be known.</param>
public readonly record struct DumpProgress(string Path, long BytesRead, long? TotalBytes);
