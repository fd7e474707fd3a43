namespace HandlePool.Conformance;

/// <summary>Tells files from what would keep a reader waiting.</summary>
internal static class FileKind
{
    /// <summary>Returns whether a path leads, perhaps by links, to a file that is not empty. Pipes and devices, which may have no end, have no length.</summary>
    internal static bool HasContent(string path)
    {
        try
        {
            FileInfo file = new(File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path);
            return file.Exists && file.Length > 0;
        }
        catch (IOException)
        {
            // There is nothing, or its links lead nowhere.
            return false;
        }
    }
}
