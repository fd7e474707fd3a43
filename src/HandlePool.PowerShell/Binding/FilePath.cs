using System.Management.Automation;
using HandlePool.Text;

namespace HandlePool.PowerShell.Binding;

/// <summary>Finds the full path of what -Path and the like name, in the current location of a session.</summary>
internal static class FilePath
{
    /// <summary>Returns the full path, which need not exist.</summary>
    /// <param name="paths">The paths of the session, to which a relative path belongs.</param>
    /// <param name="path">The path, taken literally.</param>
    /// <exception cref="RuntimeException">Its drive or its provider does not exist, or it is not in the file system.</exception>
    internal static string Of(PathIntrinsics paths, string path)
    {
        string full = paths.GetUnresolvedProviderPathFromPSPath(path, out ProviderInfo provider, out _);
        Check(path, full, provider);
        return full;
    }

    /// <summary>Returns the full paths of what matches a pattern.</summary>
    /// <param name="paths">The paths of the session, to which a relative path belongs.</param>
    /// <param name="pattern">The pattern.</param>
    /// <exception cref="RuntimeException">It is not a pattern, nothing has the path, its drive or its provider does not exist, or it is not in the file system.</exception>
    internal static string[] Matching(PathIntrinsics paths, string pattern)
    {
        // A folder without files refuses no pattern.
        _ = new WildcardPattern(pattern).IsMatch("");
        string[] found = [.. paths.GetResolvedProviderPathFromPSPath(pattern, out ProviderInfo provider)];
        foreach (string full in found)
            Check(pattern, full, provider);
        if (found.Length == 0)
            Check(pattern, null, provider);
        return found;
    }

    private static void Check(string path, string? full, ProviderInfo provider)
    {
        if (provider.Name != "FileSystem")
        {
            NotSupportedException reason = new($"'{VisibleText.Of(path)}' is not in the file system. Use the path of a file.");
            throw new RuntimeException(reason.Message, reason);
        }

        // The engine passes on \\server\share everywhere, and .NET looks for it in the folder in which the process was started.
        if (full is not null && !Path.IsPathFullyQualified(full))
            throw new ItemNotFoundException($"Cannot find path '{VisibleText.Of(path)}' because there are no shares of Windows here.");
    }
}
