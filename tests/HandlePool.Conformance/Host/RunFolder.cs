namespace HandlePool.Conformance;

/// <summary>
/// Represents the folder of a run, which is deleted with it. A file beside it is locked while the run lives: a folder whose file is not locked is of a
/// run that was killed, and the next run deletes it.
/// </summary>
internal sealed class RunFolder : IDisposable
{
    private const string Prefix = "conform-";
    private const string LockExtension = ".lock";

    private readonly FileStream _lock;

    private RunFolder(string path)
    {
        Path = path;

        // Before the folder, which must never be there without it.
        _lock = Lock(path);
        Directory.CreateDirectory(path);
    }

    internal string Path { get; }

    /// <summary>Deletes the folders of runs that were killed, and makes one.</summary>
    /// <param name="parent">The folder for the folders of runs.</param>
    internal static RunFolder Create(string parent)
    {
        Directory.CreateDirectory(parent);
        foreach (string folder in Directory.GetDirectories(parent, Prefix + "*"))
        {
            try
            {
                using FileStream held = Lock(folder);
                Delete(folder);
            }
            catch (IOException)
            {
                // Its run lives, or another run is deleting it.
            }
        }

        return new RunFolder(System.IO.Path.Combine(parent, $"{Prefix}{Guid.NewGuid():n}"));
    }

    public void Dispose()
    {
        Delete(Path);
        _lock.Dispose();
    }

    private static FileStream Lock(string folder) => new(folder + LockExtension, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);

    private static void Delete(string folder)
    {
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
        File.Delete(folder + LockExtension);
    }
}
