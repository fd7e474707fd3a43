using System.Management.Automation;
using HandlePool.PowerShell.Errors;

namespace HandlePool.PowerShell.Files;

/// <summary>Finds the files that -Path and -LiteralPath name.</summary>
internal static class InputFiles
{
    /// <summary>Returns the full paths of files and folders. A missing one is a non-terminating error.</summary>
    internal static List<string> Resolve(PSCmdlet cmdlet, IEnumerable<string> paths, bool isLiteral)
    {
        List<string> files = [];
        foreach (string path in paths)
        {
            try
            {
                ProviderInfo provider;
                IEnumerable<string> resolved = isLiteral
                    ? [cmdlet.SessionState.Path.GetUnresolvedProviderPathFromPSPath(path, out provider, out _)]
                    : cmdlet.SessionState.Path.GetResolvedProviderPathFromPSPath(path, out provider);
                if (provider.Name != "FileSystem")
                {
                    cmdlet.WriteError(ErrorRecords.NotAFile(path));
                    continue;
                }

                string[] found = [.. resolved];
                if (found.Length == 0)
                    cmdlet.WriteError(ErrorRecords.NoFileMatches(path));
                foreach (string file in found)
                {
                    if (File.Exists(file) || Directory.Exists(file))
                        files.Add(file);
                    else
                        cmdlet.WriteError(ErrorRecords.PathNotFound(file));
                }
            }
            catch (RuntimeException exception)
            {
                cmdlet.WriteError(ErrorRecords.NotResolved(path, exception));
            }
        }

        return files;
    }
}
