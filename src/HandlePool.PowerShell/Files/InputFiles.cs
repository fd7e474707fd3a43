using System.Management.Automation;
using HandlePool.PowerShell.Binding;
using HandlePool.PowerShell.Errors;

namespace HandlePool.PowerShell.Files;

/// <summary>Finds the files that -Path and -LiteralPath name.</summary>
internal static class InputFiles
{
    /// <summary>Returns the full paths of files and folders. A missing one is a non-terminating error.</summary>
    /// <param name="cmdlet">The cmdlet, in whose current location a relative path is.</param>
    /// <param name="paths">The paths.</param>
    /// <param name="isLiteral">Whether the paths are taken literally.</param>
    /// <param name="fail">Writes an error.</param>
    internal static List<string> Resolve(PSCmdlet cmdlet, IEnumerable<string> paths, bool isLiteral, Action<ErrorRecord> fail)
    {
        List<string> files = [];
        foreach (string path in paths)
        {
            try
            {
                PathIntrinsics intrinsics = cmdlet.SessionState.Path;
                string[] found = isLiteral ? [FilePath.Of(intrinsics, path)] : FilePath.Matching(intrinsics, path);
                if (found.Length == 0)
                    fail(ErrorRecords.NoFileMatches(path));
                foreach (string file in found)
                {
                    if (File.Exists(file) || Directory.Exists(file))
                        files.Add(file);
                    else
                        fail(ErrorRecords.PathNotFound(file));
                }
            }
            catch (RuntimeException exception)
            {
                fail(ErrorRecords.NotResolved(path, exception));
            }
        }

        return files;
    }
}
